"""Diagonals and triangles of matrices, and of the matrices in any two dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dim
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import COMMON, LINEAR, op
from chainrule.kernels.selection import nothing_of
from chainrule.ops.shapes import reshape

METHODS = ("diag", "diagflat")
__all__ = ["diag", "diagflat"]


def _diagonal_view(array: Any, offset: int, dim1: int, dim2: int) -> Any:
    rank = array.ndim
    first, second = wrap_dim(dim1, rank), wrap_dim(dim2, rank)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    found = np.diagonal(array, offset, first, second)
    # NumPy's is read-only, always.
    if array.flags.writeable:
        found.flags.writeable = True
    return found


def _diagonal_gradient(grad: Any, self_shape: Any, offset: Any, dim1: Any, dim2: Any) -> Any:
    return diagonal_backward(grad, self_shape, offset, dim1, dim2)


@op(
    kind=LINEAR, view=True, conjugate=False,
    self=_diagonal_gradient,
    batching=batches.along("dim1", "dim2"),
)  # fmt: skip
def diagonal(self: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The same memory: the diagonal of the matrices in two dimensions, as a new last dimension."""
    return _diagonal_view(self, offset, dim1, dim2)


def _diagonal_copy_gradient(grad: Any, self_shape: Any, offset: Any, dim1: Any, dim2: Any) -> Any:
    return diagonal_backward(grad, self_shape, offset, dim1, dim2)


@op(
    kind=LINEAR, conjugate=False, node_name="DiagonalBackward0_copy",
    self=_diagonal_copy_gradient,
    batching=batches.along("dim1", "dim2"),
)  # fmt: skip
def diagonal_copy(self: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A copy of the diagonal of the matrices in two dimensions, as a new last dimension."""
    return _diagonal_view(self, offset, dim1, dim2).copy()


@op(
    kind=LINEAR, conjugate=False, spaces="",
    self=lambda grad, offset, dim1, dim2: diagonal(grad, offset, dim1, dim2),
    batching=batches.along("dim1", "dim2", whole=("shape",)),
)  # fmt: skip
def diagonal_backward(self: Any, shape: tuple[int, ...], offset: int, dim1: int, dim2: int) -> Any:
    spread = np.zeros(shape, self.dtype)
    _diagonal_view(spread, offset, dim1, dim2)[...] = self
    return spread


@op(
    kind=LINEAR, conjugate=False,
    self=lambda grad, offset, dim1, dim2: diagonal(grad, offset, dim1, dim2),
    batching=batches.along("dim1", "dim2", new=1),
)  # fmt: skip
def diag_embed(self: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Matrices, in dimensions `dim1` and `dim2` of the result, with the last dimension as their diagonal, else zero."""
    rank = self.ndim + 1
    first, second = wrap_dim(dim1, rank), wrap_dim(dim2, rank)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    side = self.shape[-1] + abs(offset)
    shape = list(self.shape[:-1])
    for place in sorted((first, second)):
        shape.insert(place, side)
    spread = np.zeros(shape, self.dtype)
    _diagonal_view(spread, offset, first, second)[...] = self
    return spread


def diag(input: Any, diagonal: int = 0) -> Any:
    """The matrix with this diagonal; of a matrix a copy of its diagonal.

    >>> import chainrule as torch
    >>> torch.diag(torch.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    rank = len(input.shape)
    if rank == 1:
        return diag_embed(input, diagonal)
    if rank == 2:
        return diagonal_copy(input, diagonal)
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {rank}D")


def diagflat(input: Any, offset: int = 0) -> Any:
    """The matrix with all elements, in order, on its diagonal.

    >>> import chainrule as torch
    >>> torch.diagflat(torch.tensor([[1], [2]]))
    tensor([[1, 0],
            [0, 2]])
    """
    return diag_embed(reshape(input, -1), offset)


def _require_matrix(self: Any, name: str) -> None:
    if self.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")


@op(
    kind=LINEAR,
    conjugate=False,
    inplace=True,
    self=lambda grad, diagonal: np.tril(grad, diagonal),
    batching=batches.passed,
)
def tril(self: Any, diagonal: int = 0) -> Any:
    """The elements on and below a diagonal, the others zero."""
    _require_matrix(self, "tril")
    return np.tril(self, diagonal)


@op(
    kind=LINEAR,
    conjugate=False,
    inplace=True,
    self=lambda grad, diagonal: np.triu(grad, diagonal),
    batching=batches.passed,
)
def triu(self: Any, diagonal: int = 0) -> Any:
    """The elements on and above a diagonal, the others zero."""
    _require_matrix(self, "triu")
    return np.triu(self, diagonal)


def _off_diagonal(grad: Any, offset: int, dim1: int, dim2: int) -> Any:
    return diagonal_scatter(grad, nothing_of(diagonal(grad, offset, dim1, dim2)), offset, dim1, dim2)


@op(
    kind=LINEAR, conjugate=False, promotion=COMMON,
    self=_off_diagonal,
    src=lambda grad, offset, dim1, dim2: diagonal(grad, offset, dim1, dim2),
    batching=batches.along("dim1", "dim2"),
)  # fmt: skip
def diagonal_scatter(self: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A copy with `src` in place of a diagonal."""
    made = self.copy()
    place = _diagonal_view(made, offset, dim1, dim2)
    if place.shape != src.shape:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, "
            f"slice size = {list(place.shape)}"
        )
    place[...] = src
    return made
