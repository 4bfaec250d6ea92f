"""Order: sorting, the k largest, and elements taken along a dimension by their indices."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dim
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import LINEAR, NOT_DIFFERENTIABLE, op
from chainrule.ops.refusals import require_kernel

METHODS = ("argsort", "msort")
__all__ = ["argsort", "msort"]

# ---- elements by their indices ----


def _added_back(grad: Any, self_shape: tuple[int, ...], indices: Any, dim: int) -> Any:
    return add_along(grad, indices, dim, self_shape[dim])


def _taken(grad: Any, indices: Any, dim: int) -> Any:
    return take_along(grad, indices, dim) if np.ndim(grad) else grad


@op(
    kind=LINEAR, spaces="", node_name="GatherBackward0",
    indices=NOT_DIFFERENTIABLE, self=_added_back,
    batching=batches.along("dim"),
)  # fmt: skip
def take_along(self: Any, indices: Any, dim: int) -> Any:
    return np.take_along_axis(self, indices, dim)


@op(kind=LINEAR, spaces="", indices=NOT_DIFFERENTIABLE, self=_taken, batching=batches.along("dim"))
def place_along(self: Any, indices: Any, dim: int, size: int) -> Any:
    # Zeros, and each element at the place along `dim` that its index says. No index occurs twice.
    shape = list(self.shape)
    shape[dim] = size
    placed = np.zeros(shape, self.dtype)
    np.put_along_axis(placed, indices, self, dim)
    return placed


@op(kind=LINEAR, spaces="", indices=NOT_DIFFERENTIABLE, self=_taken, batching=batches.along("dim"))
def add_along(self: Any, indices: Any, dim: int, size: int) -> Any:
    # As place_along, where elements with the same index are added up.
    shape = list(self.shape)
    shape[dim] = size
    total = np.zeros(shape, self.dtype)
    where = list(np.indices(indices.shape, sparse=True))
    where[dim] = indices
    np.add.at(total, tuple(where), self)
    return total


def elements_at(self: Any, indices: Any, dim: int, keepdim: bool) -> Any:
    """The elements at `indices`, which have no dimension `dim` unless `keepdim`: those that a reduction chose."""
    if not np.ndim(self):
        return self
    found = take_along(self, indices if keepdim else np.expand_dims(indices, dim), dim)
    return found if keepdim else np.squeeze(found, dim)


def chosen(self: Any, indices: Any, dim: int, keepdim: bool) -> tuple[Any, Any]:
    """The elements at `indices`, one along `dim`, and the indices; without that dimension unless `keepdim`."""
    values = np.take_along_axis(self, indices, dim)
    if keepdim:
        return values, indices
    return values.squeeze(dim), indices.squeeze(dim)


def chosen_backward(grad: Any, indices: Any, self_shape: tuple[int, ...], dim: int) -> Any:
    """The gradient of `chosen`: zeros, and the gradient of each chosen element at its place."""
    if not self_shape:
        return grad.reshape(())
    dim = wrap_dim(dim, len(self_shape))
    kept = tuple([1 if i == dim else size for i, size in enumerate(self_shape)])
    return place_along(grad.reshape(kept), indices.reshape(kept), dim, self_shape[dim])


def _placed_back(grad: Any, indices: Any, self_shape: tuple[int, ...], dim: int) -> Any:
    if not self_shape:
        return grad.reshape(())
    dim = wrap_dim(dim, len(self_shape))
    return place_along(grad, indices, dim, self_shape[dim])


# ---- sorting ----


def _order(self: Any, dim: int, descending: bool) -> Any:
    # Always stable, and NaN counts as larger than any number.
    if self.dtype.kind == "c":
        raise RuntimeError(" Sort does not support complex dtypes on CPU")
    if not descending:
        return np.argsort(self, axis=dim, kind="stable")
    # Sorted from behind and turned round, equal elements keep their order.
    backwards = np.argsort(np.flip(self, dim), axis=dim, kind="stable")
    return self.shape[dim] - 1 - np.flip(backwards, dim)


@op(
    results=("values", "indices"), self=_placed_back,
    node_name=lambda self, dim, descending, stable: "SortBackward0" if stable is None else "SortBackward1",
    batching=batches.along("dim"),
    tangent=lambda self_t, indices, dim: (_taken(self_t, indices, dim), None),
)  # fmt: skip
def sort(self: Any, dim: int = -1, descending: bool = False, stable: bool | None = None) -> Any:
    """The elements in order along `dim`, and the index that each had before.

    Equal elements keep their order, whether `stable` or not; NaN counts as larger than any number.

    >>> torch.sort(torch.tensor([3.0, 1.0, 2.0])).indices
    tensor([1, 2, 0])
    """
    dim = wrap_dim(dim, self.ndim)
    if self.ndim == 0 and self.dtype.kind != "c":
        return self.copy(), np.zeros((), np.int64)
    order = _order(self, dim, descending)
    return np.take_along_axis(self, order, dim), order


def argsort(input: Any, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """The indices that put the elements in order along `dim`.

    >>> torch.argsort(torch.tensor([3.0, 1.0, 2.0]), descending=True)
    tensor([0, 2, 1])
    """
    return sort(input, dim, descending).indices


def msort(input: Any, *, out: Any = None) -> Any:
    """The elements in order along the first dimension.

    >>> torch.msort(torch.tensor([[3.0, 0.0], [1.0, 2.0]]))
    tensor([[1., 0.],
            [3., 2.]])
    """
    values = sort(input, 0).values
    return values if out is None else out.copy_(values)


@op(
    results=("values", "indices"),
    self=_placed_back,
    batching=batches.along("dim"),
    tangent=lambda self_t, indices, dim: (_taken(self_t, indices, dim), None),
)
def topk(self: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The `k` largest elements along `dim` (the smallest unless `largest`), in order, and their indices.

    Raises RuntimeError where there are no `k` elements.

    >>> torch.topk(torch.tensor([1.0, 4.0, 3.0]), 2).values
    tensor([4., 3.])
    """
    dim = wrap_dim(dim, self.ndim)
    if not 0 <= k <= (self.shape[dim] if self.ndim else 1):
        raise RuntimeError("selected index k out of range")
    if self.dtype.kind in "bc":
        refused = "topk does not support bool dtypes on CPU", " topk does not support complex dtypes on CPU"
        raise RuntimeError(refused[self.dtype.kind == "c"])
    if self.ndim == 0:
        return (self.copy(), np.zeros((), np.int64)) if k else (self.reshape(1)[:0], np.zeros(0, np.int64))
    order = np.take(_order(self, dim, largest), np.arange(k), dim)
    return np.take_along_axis(self, order, dim), order


@op(
    results=("values", "indices"),
    self=chosen_backward,
    batching=batches.along("dim"),
    tangent=lambda self_t, indices, dim, keepdim: (elements_at(self_t, indices, dim, keepdim), None),
)
def kthvalue(self: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The `k`-th smallest element along `dim` (the first for `k=1`), and its index.

    >>> torch.kthvalue(torch.tensor([5.0, 3.0, 4.0]), 2).values
    tensor(4.)
    """
    dim = wrap_dim(dim, self.ndim)
    if self.ndim and not self.shape[dim]:
        raise IndexError(f"kthvalue(): Expected reduction dim {dim} to have non-zero size.")
    if not 1 <= k <= (self.shape[dim] if self.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}")
    if self.ndim == 0:
        return self.copy(), np.zeros((), np.int64)
    require_kernel("kthvalue_cpu", "bc", self.dtype)
    return chosen(self, np.take(_order(self, dim, False), [k - 1], dim), dim, keepdim)


# ---- where a value belongs ----


@op(spaces="torch", self=NOT_DIFFERENTIABLE, sorted_sequence=NOT_DIFFERENTIABLE, sorter=NOT_DIFFERENTIABLE)
def searchsorted(
    sorted_sequence: Any,
    self: Any,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
) -> Any:
    """The index before which each value would stand in the sorted sequence, of the last dimension.

    After equal ones with `right=True` or `side="right"`. `sorter`: indices that put the sequence in order.

    >>> torch.searchsorted(torch.tensor([1, 3, 5]), torch.tensor([3, 4]))
    tensor([1, 2])
    """
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    require_kernel("searchsorted_out_cpu", "bc", sorted_sequence.dtype)
    values: Any = np.asarray(self)
    if sorter is not None:
        sorted_sequence = np.take_along_axis(sorted_sequence, sorter, -1)
    where: Any = "right" if right or side == "right" else "left"
    result_type = np.int32 if out_int32 else np.int64
    if sorted_sequence.ndim == 1:
        return np.asarray(np.searchsorted(sorted_sequence, values, where), result_type)
    if sorted_sequence.shape[:-1] != values.shape[:-1]:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
            f"tensor and input value tensor must match, but we got boundaries tensor {list(sorted_sequence.shape)} and "
            f"input value tensor {list(values.shape)}"
        )
    found: Any = np.empty(values.shape, result_type)
    for line in np.ndindex(values.shape[:-1]):
        found[line] = np.searchsorted(sorted_sequence[line], values[line], where)
    return found


@op(spaces="torch", self=NOT_DIFFERENTIABLE, boundaries=NOT_DIFFERENTIABLE)
def bucketize(self: Any, boundaries: Any, out_int32: bool = False, right: bool = False) -> Any:
    """The index of the bucket between sorted `boundaries` in which each value lies.

    >>> torch.bucketize(torch.tensor([0, 3, 9]), torch.tensor([1, 3, 5]))
    tensor([0, 1, 3])
    """
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    require_kernel("searchsorted_out_cpu", "bc", boundaries.dtype)
    values: Any = np.asarray(self)
    found: Any = np.searchsorted(boundaries, values, "right" if right else "left")
    return found.astype(np.int32 if out_int32 else np.int64)
