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
    for number, root in enumerate(roots):
        gradient = gradients[number]
        one = described(root)
        shape = one.shape
        dtype = one.dtype
        if gradient is None:
            if isinstance(root, GradientEdge) or root.requires_grad:
                require_scalar(shape, dtype)
            seed = np.empty(shape, dtype)
            seed.fill(1)
            seeds.append(new_tensor(seed) if create_graph else seed)
            continue
        check_gradient(number, gradient, shape, dtype)
        given = gradient._array
        if given.dtype is not dtype:
            if create_graph and given.dtype != dtype:
                gradient = gradient.astype(from_numpy_dtype(dtype))
            given = given.astype(dtype, copy=False)
        seeds.append(gradient if create_graph else given)
    return seeds


def described(root: TensorBase | GradientEdge) -> Any:
    """What has the shape and type of a root."""
    if isinstance(root, TensorBase):
        return root._array
    edge = engine_edge(root)
    return edge._array if edge.kind == LEAF else edge


def require_scalar(shape: tuple[int, ...], dtype: Any) -> None:
    """Raise RuntimeError where a result has no gradient 1 that goes without saying."""
    if math.prod(shape) != 1:
        msg = "grad can be implicitly created only for scalar outputs"
        raise RuntimeError(msg)
    if dtype.kind != "f":
        msg = f"grad can be implicitly created only for real scalar outputs but got {_torch_name(dtype)}"
        raise RuntimeError(msg)


def check_gradient(number: int, gradient: Any, shape: tuple[int, ...], dtype: Any) -> None:
    """Raise TypeError or RuntimeError where a gradient is none for a result of this shape and type."""
    if not isinstance(gradient, TensorBase):
        msg = f"gradients can be either Tensors or None, but got {type(gradient).__name__}"
        raise TypeError(msg)
    given = gradient._array
    if given.shape == shape and given.dtype is dtype:
        return
    if given.shape != shape:
        msg = (
            f"Mismatch in shape: grad_output[{number}] has a shape of {torch_size(given.shape)} and "
            f"output[{number}] has a shape of {torch_size(shape)}."
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


def torch_size(shape: tuple[int, ...]) -> str:
    """A shape as PyTorch prints it."""
    return f"torch.Size({list(Size(shape))})"
