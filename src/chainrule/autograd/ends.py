"""Where a backward pass starts and ends: the roots with the gradients given for them, and the inputs asked for.

Both are tensors, or GradientEdges, which stand for tensors that need not be there any more.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.autograd.gradient_edges import GradientEdge, engine_edge
from chainrule.dtypes import from_numpy_dtype
from chainrule.engine.tensor_base import LEAF, TensorBase, new_tensor
from chainrule.size import Size

NO_GRAPH = "element {} of tensors does not require grad and does not have a grad_fn"


def as_tuple(ends: Any) -> tuple[Any, ...]:
    """One or several, as a tuple."""
    return (ends,) if isinstance(ends, (TensorBase, GradientEdge)) else tuple(ends)


def gradients_for(roots: tuple[Any, ...], given: Any) -> tuple[Any, ...]:
    """A gradient for each root, None where none was given; more than that are not looked at."""
    if given is None:
        return (None,) * len(roots)
    gradients = as_tuple(given)[: len(roots)]
    if len(gradients) < len(roots):
        msg = f"got {len(roots)} tensors and {len(gradients)} gradients"
        raise RuntimeError(msg)
    return gradients


def root_edges(roots: tuple[Any, ...]) -> list[Any]:
    """The edges that a pass starts with."""
    edges: list[Any] = []
    for number, root in enumerate(roots):
        if not isinstance(root, (TensorBase, GradientEdge)):
            msg = f"element {number} of tensors must be a Tensor, not {type(root).__name__}"
            raise TypeError(msg)
        edge = engine_edge(root)
        if edge is None:
            raise RuntimeError(NO_GRAPH.format(number))
        edges.append(edge)
    return edges


def input_edge(wanted: Any, refusal: str) -> Any:
    """The edge of an input; raises RuntimeError with `refusal` where it requires no grad."""
    if not isinstance(wanted, (TensorBase, GradientEdge)):
        msg = f"grad inputs must be Tensors, but got {type(wanted).__name__}"
        raise TypeError(msg)
    edge = engine_edge(wanted)
    if edge is None:
        raise RuntimeError(refusal)
    return edge


def seeds_of(roots: tuple[Any, ...], gradients: tuple[Any, ...], create_graph: bool) -> list[Any]:
    """What starts the walk: arrays, or tensors where the walk itself is recorded."""
    seeds: list[Any] = []
    for number, (root, gradient) in enumerate(zip(roots, gradients, strict=True)):
        shape, dtype, requires_grad = _described(root)
        if gradient is None:
            if requires_grad:
                _require_scalar(shape, dtype)
            seed = np.empty(shape, dtype)
            seed.fill(1)
            seeds.append(new_tensor(seed) if create_graph else seed)
            continue
        if not isinstance(gradient, TensorBase):
            msg = f"gradients can be either Tensors or None, but got {type(gradient).__name__}"
            raise TypeError(msg)
        given = gradient._array
        _check(number, given, shape, dtype)
        if create_graph:
            seeds.append(gradient if given.dtype == dtype else gradient.astype(from_numpy_dtype(dtype)))  # type: ignore[attr-defined]
        else:
            seeds.append(given if given.dtype == dtype else given.astype(dtype))
    return seeds


def _described(root: Any) -> tuple[tuple[int, ...], Any, bool]:
    # The shape and type of a root, and whether it requires grad.
    if isinstance(root, GradientEdge):
        edge = engine_edge(root)
        target = edge._array if edge.kind == LEAF else edge
        return target.shape, target.dtype, True
    array = root._array
    return array.shape, array.dtype, root.requires_grad


def _require_scalar(shape: tuple[int, ...], dtype: Any) -> None:
    if math.prod(shape) != 1:
        msg = "grad can be implicitly created only for scalar outputs"
        raise RuntimeError(msg)
    if dtype.kind != "f":
        msg = f"grad can be implicitly created only for real scalar outputs but got {_torch_name(dtype)}"
        raise RuntimeError(msg)


def _check(number: int, given: np.ndarray[Any, Any], shape: tuple[int, ...], dtype: Any) -> None:
    if given.shape != shape:
        msg = (
            f"Mismatch in shape: grad_output[{number}] has a shape of {_torch_size(given.shape)} and "
            f"output[{number}] has a shape of {_torch_size(shape)}."
        )
        raise RuntimeError(msg)
    if (given.dtype.kind == "c") != (dtype.kind == "c"):
        msg = (
            "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in "
            f"dtype: grad_output[{number}] has a dtype of {_torch_name(given.dtype)} and "
            f"output[{number}] has a dtype of {_torch_name(dtype)}."
        )
        raise RuntimeError(msg)


def _torch_name(numpy_dtype: Any) -> str:
    return f"torch.{from_numpy_dtype(numpy_dtype).name}"


def _torch_size(shape: tuple[int, ...]) -> str:
    return f"torch.Size({list(Size(shape))})"
