"""Layers of neural networks as operations: linear, bilinear, embedding."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.dtypes import c_type_name, category, result_dtype, scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.call import broadcast_shape, cannot_cast
from chainrule.engine.op import AS_GIVEN, COMMON, LINEAR, NOT_DIFFERENTIABLE, op
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.kernels.contraction import matrix_product
from chainrule.kernels.scatter import add_rows
from chainrule.ops import product_batches
from chainrule.ops.products import addmm, matmul
from chainrule.ops.refusals import not_implemented
from chainrule.ops.shapes import t

__all__ = ["linear"]
SPACE = "nn.functional"

# ---- linear ----


def _linear_node(bias: Any, self: Any, weight: Any) -> str:
    rank = len(self.shape)
    if bias is not None:
        return "AddmmBackward0" if rank == 2 else "ViewBackward0" if _as_rows(bias, self) else "AddBackward0"
    if len(weight.shape) == 1:
        return "DotBackward0" if rank == 1 else "MvBackward0"
    return {1: "SqueezeBackward4", 2: "MmBackward0"}.get(rank, "UnsafeViewBackward0")


def _as_rows(bias: Any, self: Any) -> bool:
    # Whether PyTorch makes a matrix of the input, and adds the bias to its rows; else it adds to the product in place.
    array = getattr(self, "_array", self)
    return array.ndim == 2 or bool(array.flags.c_contiguous and bias.ndim and math.prod(bias.shape[:-1]) == 1)


def _affine_tangent(self: Any, weight: Any, bias_t: Any = None, self_t: Any = None, weight_t: Any = None) -> Any:
    terms = [] if self_t is None else [affine(None, self_t, weight)]
    if weight_t is not None:
        terms.append(affine(None, self, weight_t))
    if bias_t is not None:
        terms.append(bias_t)
    return sum(terms[1:], terms[0])


@op(
    promotion=AS_GIVEN, spaces="", node_name=_linear_node,
    bias=lambda grad: grad,
    self=lambda grad, self, weight: _linear_self_backward(grad, weight),
    weight=lambda grad, self, weight_shape: _linear_weight_backward(grad, self, weight_shape),
    batching=product_batches.affine,
    tangent=_affine_tangent,
)  # fmt: skip
def affine(bias: Any, self: Any, weight: Any) -> Any:
    # The order of the arguments is the order of PyTorch's edges.
    if (
        self.dtype != weight.dtype
        or (bias is not None and (bias.dtype != weight.dtype or bias.ndim != 1 or weight.ndim != 2))
        or not (self.ndim and 0 < weight.ndim <= 2)
        or self.shape[-1] != weight.shape[-1]
        or not (bias is None or bias.shape[0] in (1, weight.shape[0]))
        or self.dtype.kind == "b"
    ):
        return _in_steps(bias, self, weight)
    result = matrix_product(self, weight.T)
    if bias is None:
        return result
    if result.ndim and isinstance(result, np.ndarray):
        result += bias
        return result
    return result + bias


def _in_steps(bias: Any, self: Any, weight: Any) -> Any:
    # What PyTorch makes it from, where something does not fit: the first step that refuses says so.
    if not (self.ndim and weight.ndim):
        msg = f"both arguments to linear need to be at least 1D, but they are {self.ndim}D and {weight.ndim}D"
        raise RuntimeError(msg)
    turned = t(weight)
    if bias is not None and _as_rows(bias, self):
        rows = self.reshape(math.prod(self.shape[:-1]), self.shape[-1])
        return addmm(bias, rows, turned).reshape(*self.shape[:-1], turned.shape[-1])
    result = matmul(self, turned)
    if bias is None:
        return result
    shape = broadcast_shape((result, bias))
    if shape != result.shape:
        msg = f"output with shape {list(result.shape)} doesn't match the broadcast shape {list(shape)}"
        raise RuntimeError(msg)
    if category(bias.dtype) > category(result.dtype):
        raise cannot_cast(result_dtype((result, bias)), result.dtype)
    return (result + bias).astype(result.dtype, copy=False)


def _linear_self_backward(grad: Any, weight: Any) -> Any:
    return grad[..., None] * weight if len(weight.shape) == 1 else _product(grad, weight)


def _linear_weight_backward(grad: Any, self: Any, weight_shape: tuple[int, ...]) -> Any:
    count = math.prod(self.shape[:-1])
    rows = self.reshape((count, weight_shape[-1]))
    if len(weight_shape) == 1:
        return _product(grad.reshape((1, count)), rows).reshape(weight_shape)
    return _product(grad.reshape((count, weight_shape[0])).swapaxes(0, 1), rows)


def _product(a: Any, b: Any) -> Any:
    return matrix_product(a, b) if type(a) is type(b) is np.ndarray else np.matmul(a, b)


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """`input @ weight.T + bias`: input (..., in), weight (out, in) or (in,), bias (out,) or none.

    >>> import chainrule as torch
    >>> torch.nn.functional.linear(torch.tensor([1.0, 2.0]), torch.tensor([[3.0, 4.0]]), torch.tensor([0.5]))
    tensor([11.5000])
    """
    if not isinstance(input, TensorBase):
        msg = f"linear(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
        raise TypeError(msg)
    return affine(bias, input, weight)


def _check_bilinear(dtype: Any, operands: list[Any]) -> None:
    types = [c_type_name(operand.dtype) for operand in operands[:3]]
    if len(set(types)) > 1:
        msg = "All tensors must have the same dtype, got input1: {}, input2: {}, weight: {}".format(*types)
        raise RuntimeError(msg)
    not_implemented("bmm", "b")(dtype, operands)


@op(
    promotion=COMMON, spaces="nn.functional torch", check=_check_bilinear,
    input1=lambda grad, input2, weight: np.einsum("...o,oij,...j->...i", grad, weight, input2),
    input2=lambda grad, input1, weight: np.einsum("...o,oij,...i->...j", grad, weight, input1),
    weight=lambda grad, input1, input2: _bilinear_weight_backward(grad, input1, input2),
    bias=lambda grad: grad,
)  # fmt: skip
def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """`input1 @ weight[k] @ input2 + bias[k]` for each output k; weight (out, in1, in2)."""
    if input1.shape[:-1] != input2.shape[:-1]:
        msg = "bilinear(): input batch dimensions do not match"
        raise RuntimeError(msg)
    result = np.einsum("...i,oij,...j->...o", input1, weight, input2)
    return result if bias is None else result + bias


def _bilinear_weight_backward(grad: Any, input1: Any, input2: Any) -> Any:
    return np.einsum(
        "bo,bi,bj->oij",
        grad.reshape((-1, grad.shape[-1])), input1.reshape((-1, input1.shape[-1])),
        input2.reshape((-1, input2.shape[-1])),
    )  # fmt: skip


# ---- embedding ----


def _embedding_of_batch(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    weight, indices, padding_idx, by_frequency = values
    if not dims[0]:
        return run(op, tuple(values))
    if padding_idx >= 0 or by_frequency:
        return NotImplemented
    # Each entry's rows lie behind those of the entries before it.
    size, count = weight.shape[:2]
    rank = batches.rank_of(indices, dims[1])
    first = new_tensor(np.arange(size).reshape((size, *(1,) * rank)) * count)
    return run(op, (weight.reshape((size * count, *weight.shape[2:])), indices + first, -1, False))


@op(
    spaces="", promotion=AS_GIVEN, node_name="EmbeddingBackward0",
    weight=lambda grad, weight_shape, indices, padding_idx, by_frequency: _embedding_weight_backward(
        grad, weight_shape, indices, padding_idx, by_frequency
    ),
    indices=NOT_DIFFERENTIABLE,
    batching=_embedding_of_batch,
)  # fmt: skip
def embedding(weight: Any, indices: Any, padding_idx: int = -1, by_frequency: bool = False) -> Any:
    if indices.dtype.kind not in "iu":
        msg = (
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"torch.{scalar_type_name(indices.dtype)}Tensor instead (while checking arguments for embedding)"
        )
        raise RuntimeError(msg)
    if indices.size and (indices.min() < 0 or indices.max() >= weight.shape[0]):
        msg = "index out of range in self"
        raise IndexError(msg)
    return weight.take(indices, axis=0)


@op(
    spaces="", kind=LINEAR,
    grad=lambda grad, indices, padding_idx, by_frequency: _embedding_gather(grad, indices, padding_idx, by_frequency),
    indices=NOT_DIFFERENTIABLE,
)  # fmt: skip
def embedding_backward(
    grad: Any, weight_shape: tuple[int, ...], indices: Any, padding_idx: int, by_frequency: bool
) -> Any:
    if padding_idx >= 0 or by_frequency:
        grad = grad * _embedding_scale(indices, padding_idx, by_frequency, grad.dtype)
    count, width = weight_shape[0], math.prod(weight_shape[1:])
    places = indices.astype(np.intp, copy=False).reshape(-1)
    return add_rows(count, places, grad.reshape(places.size, width)).reshape(weight_shape)


def _embedding_weight_backward(
    grad: Any, weight_shape: tuple[int, ...], indices: Any, padding_idx: int, by_frequency: bool
) -> Any:
    return embedding_backward(grad, weight_shape, indices, padding_idx, by_frequency)


def _embedding_gather(grad: Any, indices: Any, padding_idx: int, by_frequency: bool) -> Any:
    return grad[indices] * _embedding_scale(indices, padding_idx, by_frequency, np.float64)


def _embedding_scale(indices: Any, padding_idx: int, by_frequency: bool, dtype: Any) -> Any:
    indices = np.asarray(indices)
    scale = (indices != padding_idx).astype(dtype)
    if by_frequency and indices.size:
        counts = np.bincount(indices.reshape(-1))
        scale = scale / counts[indices].astype(dtype)
    return scale[..., None]
