"""Derivatives estimated from differences of neighbours: `gradient`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dim, wrap_dims
from chainrule.engine.tensor_base import TensorBase
from chainrule.ops.gathering import narrow
from chainrule.ops.joining import cat
from chainrule.ops.shapes import array_of, reshape

__all__ = ["gradient"]


def gradient(input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Any, ...]:
    """The derivative along each dimension of `dim` (all unless given), estimated from a function's values on a grid.

    `spacing`: the distance of neighbours, for all dimensions or one for each; or a tensor of coordinates for each.
    `edge_order`: 1 or 2, how many neighbours the two ends are estimated from. Differentiable, in the coordinates too.

    >>> torch.gradient(torch.tensor([1.0, 2.0, 4.0, 7.0]))
    (tensor([1.0000, 1.5000, 2.5000, 3.0000]),)
    """
    shape = array_of(input).shape
    rank = len(shape)
    by_tensors = isinstance(spacing, (tuple, list)) and any(isinstance(s, TensorBase) for s in spacing)
    count = len(spacing) if isinstance(spacing, (tuple, list)) else None
    if dim is None:
        dims = tuple(range(rank))
    else:
        dims = (wrap_dim(dim, rank),) if hasattr(dim, "__index__") else wrap_dims(tuple(dim), rank)
    _check(input, spacing, count, dim, dims, edge_order)
    steps: Sequence[Any] = spacing if count is not None else [spacing] * len(dims)
    found = []
    for place, step in zip(dims, steps, strict=True):
        found.append((_uneven if by_tensors else _even)(input, step, place, edge_order))
    return tuple(found)


def _check(input: Any, spacing: Any, count: int | None, dim: Any, dims: tuple[int, ...], edge_order: int) -> None:
    shape = array_of(input).shape
    if array_of(input).dtype == np.uint8:
        raise RuntimeError("torch.gradient does not support uint8 input.")
    if count is not None and count != len(dims):
        if dim is None:
            raise RuntimeError(
                "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to "
                f"'self.dim() = {len(shape)}', since dim argument was not given, but got a list of length {count}"
            )
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the "
            f"same length, but got a spacing argument of length {count} and a dim argument of length {len(dims)}."
        )
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    for number, place in enumerate(dims):
        if shape[place] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")
        if count is not None and isinstance(spacing[number], TensorBase):
            step = spacing[number]._array
            if step.ndim != 1:
                raise RuntimeError(
                    f"torch.gradient expected each element of spacing to have one dimension, but got an element with "
                    f"{step.ndim} dimensions!"
                )
            if step.size != shape[place]:
                raise RuntimeError("torch.gradient expected each tensor to be of the size of its dimension")


def _parts(input: Any, place: int) -> tuple[Any, Any, Any]:
    # For every inner element the one before it, itself, and the one behind it.
    inner = array_of(input).shape[place] - 2
    return narrow(input, place, 0, inner), narrow(input, place, 1, inner), narrow(input, place, 2, inner)


def _even(input: Any, step: Any, place: int, edge_order: int) -> Any:
    size = array_of(input).shape[place]

    def at(i: int) -> Any:
        return narrow(input, place, i % size, 1)

    if edge_order == 1:
        first, last = (at(1) - at(0)) / step, (at(-1) - at(-2)) / step
    else:
        first = (at(0) * -1.5 + at(1) * 2 - at(2) * 0.5) / step
        last = (at(-1) * 1.5 - at(-2) * 2 + at(-3) * 0.5) / step
    before, _, behind = _parts(input, place)
    return cat([first, (behind - before) / (2 * step), last], place)


def _uneven(input: Any, coordinates: Any, place: int, edge_order: int) -> Any:
    rank = len(array_of(input).shape)
    size = array_of(input).shape[place]
    distances = narrow(coordinates, 0, 1, size - 1) - narrow(coordinates, 0, 0, size - 1)

    def at(i: int) -> Any:
        return narrow(input, place, i % size, 1)

    def distance(i: int) -> Any:
        return reshape(narrow(distances, 0, i % (size - 1), 1), (1,) * rank)

    if edge_order == 1:
        first, last = (at(1) - at(0)) / distance(0), (at(-1) - at(-2)) / distance(-1)
    else:
        near, far = distance(0), distance(1)
        first = (
            at(0) * (-(2 * near + far) / (near * (near + far)))
            + at(1) * ((near + far) / (near * far))
            - at(2) * (near / (far * (near + far)))
        )
        far, near = distance(-2), distance(-1)
        last = (
            at(-3) * (near / (far * (far + near)))
            - at(-2) * ((far + near) / (far * near))
            + at(-1) * ((far + 2 * near) / (near * (far + near)))
        )
    along = (-1, *(1,) * (rank - place - 1))
    back, ahead = (reshape(narrow(distances, 0, start, size - 2), along) for start in range(2))
    before, here, behind = _parts(input, place)
    inner = (
        before * (-ahead / (back * (back + ahead)))
        + here * ((ahead - back) / (back * ahead))
        + behind * (back / (ahead * (back + ahead)))
    )
    return cat([first, inner, last], place)
