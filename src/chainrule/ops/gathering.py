"""Elements picked by dimension and index, by mask, or by a rule: `select`, `gather`, `take`, `masked_select`, ..."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from chainrule.dimensions import slice_along, wrap_dim
from chainrule.dtypes import scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.batching import is_batched
from chainrule.engine.op import LINEAR, NOT_DIFFERENTIABLE, TABLE, op
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.kernels.scatter import add_at, add_rows, along
from chainrule.kernels.zero_times_infinity import left_aside
from chainrule.ops.expanding import expand
from chainrule.ops.indexing import SLICE, basic_index
from chainrule.ops.joining import unbind
from chainrule.ops.reduced_dimensions import largest_of
from chainrule.ops.refusals import UNKNOWN_SIZE
from chainrule.ops.shapes import contiguous_copy, flatten, unsqueeze, view

METHODS = ("where", "narrow", "nonzero", "argwhere", "repeat_interleave", "take_along_dim")
__all__ = ["narrow", "nonzero", "argwhere", "repeat_interleave", "take_along_dim"]


def positions(index: Any, size: int, *, error: type[Exception] = RuntimeError, dim: int = 0) -> Any:
    """`index` as NumPy takes it. Raises `error` when one is out of range; nothing counts from the end here."""
    if are_out_of_bounds(index, size):
        bad = (index < 0) | (index >= size)
        raise error(f"index {index[bad].flat[0]} is out of bounds for dimension {dim} with size {size}")
    return index


def are_out_of_bounds(index: Any, size: int) -> bool:
    """Whether one of these `int32` or `int64` indices is negative, or not less than `size`."""
    # Without their sign negative numbers are the largest: one pass tells.
    return bool(index.size) and bool(largest_of(index.view(_UNSIGNED[index.itemsize]), None) >= size)


_UNSIGNED = {4: np.uint32, 8: np.uint64}


# ---- one place, or some in a row ----


def _select_gradient(grad: Any, self_shape: Any, dim: Any, index: Any) -> Any:
    return select_backward(grad, self_shape, dim, index)


@op(
    kind=LINEAR, view=True, conjugate=False,
    self=_select_gradient,
    batching=batches.along("dim"),
)  # fmt: skip
def select(self: Any, dim: int, index: int) -> Any:
    """The slice at `index` of dimension `dim`, that dimension gone; the same memory."""
    if not self.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    place, at = wrap_dim(dim, self.ndim), operator.index(index)
    size = self.shape[place]
    if not -size <= at < size:
        raise IndexError(
            f"select(): index {at} out of range for tensor of size {list(self.shape)} at dimension {place}"
        )
    return self[(*slice_along(place, at), ...)]


@op(
    kind=LINEAR,
    conjugate=False,
    spaces="",
    self=lambda grad, dim, index: select(grad, dim, index),
    batching=batches.along("dim", whole=("shape",)),
)
def select_backward(self: Any, shape: tuple[int, ...], dim: int, index: int) -> Any:
    spread = np.zeros(shape, self.dtype)
    spread[slice_along(dim % len(shape), operator.index(index))] = self
    return spread


def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """`length` slices of dimension `dim` from `start` on; the same memory.

    >>> import chainrule as torch
    >>> torch.narrow(torch.arange(5), 0, 1, 2)
    tensor([1, 2])
    """
    shape = tuple(input.shape)
    if not shape:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    place, first = wrap_dim(dim, len(shape)), operator.index(start)
    size = shape[place]
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -size <= first <= size:
        raise IndexError(f"start out of range (expected to be in range of [{-size}, {size}], but got {first})")
    first += size if first < 0 else 0
    if first + length > size:
        raise RuntimeError(f"start ({first}) + length ({length}) exceeds dimension size ({size}).")
    return basic_index(input, slice_along(place, slice(first, first + length)), SLICE)


# ---- by index tensors ----


def _index_vector(index: Any, size: int, message: str = "") -> Any:
    if index.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if index.dtype.type not in (np.int32, np.int64):
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    index = index.reshape(-1)
    if are_out_of_bounds(index, size):
        raise IndexError(message)
    return index


def _index_select_gradient(grad: Any, self_shape: Any, dim: Any, index: Any) -> Any:
    return index_select_backward(grad, self_shape, dim, index)


@op(
    kind=LINEAR, conjugate=False, index=NOT_DIFFERENTIABLE,
    self=_index_select_gradient,
    batching=batches.slices,
)  # fmt: skip
def index_select(self: Any, dim: int, index: Any) -> Any:
    """The slices of dimension `dim` at the places of `index`, a vector."""
    place = wrap_dim(dim, self.ndim)
    if not self.ndim:
        if index.size != 1:
            raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index.size} value(s)")
        return self.copy()
    if self.ndim > 1 and not self.shape[place] and index.size:
        raise RuntimeError("index_select(): self indexing axis dim should be positive")
    return self.take(_index_vector(index, self.shape[place], "index out of range in self"), place)


@op(
    kind=LINEAR, conjugate=False, spaces="", index=NOT_DIFFERENTIABLE,
    self=lambda grad, dim, index: index_select(grad, dim, index),
    batching=batches.slices,
)  # fmt: skip
def index_select_backward(self: Any, shape: tuple[int, ...], dim: int, index: Any) -> Any:
    if not shape:
        return self.reshape(())
    return add_at(tuple(shape), slice_along(dim % len(shape), index.reshape(-1)), self)


def checked_along(index: Any, self: Any, dim: int, *, name: str, src: Any = None) -> Any:
    """The NumPy index that `gather` and `scatter` mean, after PyTorch's checks of it."""
    place = wrap_dim(dim, self.ndim)
    if index.dtype.type not in (np.int32, np.int64):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    rank = max(self.ndim, 1)
    if index.size and max(index.ndim, 1) != rank:
        shown = "input" if name == "gather" else "self"
        raise RuntimeError(f"Index tensor must have the same number of dimensions as {shown} tensor")
    shape, own = index.shape or (1,), self.shape or (1,)
    for d in range(rank):
        if not index.size:
            break
        too_large = d != place and shape[d] > own[d]
        if name == "gather":
            if too_large:
                raise RuntimeError(
                    f"Size does not match at dimension {d} expected index {list(index.shape)} to be no larger than "
                    f"self {list(self.shape)} apart from dimension {place}"
                )
        elif src is not None and d == rank - 1 and max(src.ndim, 1) != rank:
            raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
        elif too_large or (src is not None and src.ndim and shape[d] > src.shape[wrap_dim(d, src.ndim)]):
            beside = "" if src is None else f" and to be no larger size than src {list(src.shape)}"
            raise RuntimeError(
                f"Expected index {list(index.shape)} to be no larger than self {list(self.shape)} apart from dimension "
                f"{place}{beside}"
            )
    if index.size:
        positions(index, own[place], dim=place)
    return along(index.reshape(shape), place)


def _gather_gradient(grad: Any, self_shape: Any, dim: Any, index: Any) -> Any:
    return gather_backward(grad, self_shape, dim, index)


@op(
    kind=LINEAR, conjugate=False, index=NOT_DIFFERENTIABLE,
    self=_gather_gradient,
    batching=batches.along("dim"),
)  # fmt: skip
def gather(self: Any, dim: int, index: Any, sparse_grad: bool = False) -> Any:
    """The elements whose places along `dim` the index tensor says; their other places are those in the index."""
    del sparse_grad
    found = checked_along(index, self, dim, name="gather")
    if not index.size:
        return np.empty(index.shape, self.dtype)
    return (self if self.ndim else self.reshape(1))[found].reshape(index.shape)


@op(
    kind=LINEAR, conjugate=False, spaces="", index=NOT_DIFFERENTIABLE,
    self=lambda grad, dim, index: gather(grad, dim, index),
    batching=batches.along("dim", whole=("shape",)),
)  # fmt: skip
def gather_backward(self: Any, shape: tuple[int, ...], dim: int, index: Any) -> Any:
    if not index.size:
        return np.zeros(shape, self.dtype)
    full = tuple(shape) or (1,)
    place = dim % len(full)
    indexes = along(index.reshape(index.shape or (1,)), place)
    return add_at(full, indexes, self.reshape(indexes[place].shape)).reshape(tuple(shape))


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """NumPy's `take_along_axis`: `gather` that broadcasts the index; without `dim`, of all elements in one dimension.

    >>> import chainrule as torch
    >>> x = torch.tensor([[3, 1], [2, 4]])
    >>> torch.take_along_dim(x, torch.tensor([[1], [0]]), 1)
    tensor([[1],
            [2]])
    """
    if indices._array.dtype != np.int64:
        raise RuntimeError(
            f"torch.take_along_dim(): dtype of indices should be Long but got {scalar_type_name(indices._array.dtype)}"
        )
    if dim is None:
        return gather(view(input, -1), 0, view(indices, -1))
    shape, wanted = tuple(input.shape), tuple(indices.shape)
    if len(shape) != len(wanted):
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{len(shape)} dimensions for input, and {len(wanted)} dimensions for indices"
        )
    place = wrap_dim(dim, len(shape))
    for d, (a, b) in enumerate(zip(shape, wanted, strict=True)):
        if d != place and a != b and 1 not in (a, b):
            raise RuntimeError(
                f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton dimension {d}"
            )
    common = [b if a == 1 else a for a, b in zip(shape, wanted, strict=True)]
    own = tuple(shape[d] if d == place else n for d, n in enumerate(common))
    index_shape = tuple(wanted[d] if d == place else n for d, n in enumerate(common))
    return gather(
        input if own == shape else expand(input, own), place,
        indices if index_shape == wanted else expand(indices, index_shape),
    )  # fmt: skip


def _take_gradient(grad: Any, self_shape: Any, index: Any) -> Any:
    return take_backward(grad, self_shape, index)


@op(
    kind=LINEAR, conjugate=False, index=NOT_DIFFERENTIABLE,
    self=_take_gradient,
    batching=batches.taken,
)  # fmt: skip
def take(self: Any, index: Any) -> Any:
    """The elements at the places of `index` among all elements in order."""
    if index.dtype != np.int64:
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {scalar_type_name(index.dtype)}")
    if index.size and not self.size:
        raise IndexError("take(): tried to take from an empty tensor")
    bad = (index >= self.size) | (index < -self.size)
    if bad.any():
        raise IndexError(
            f"out of range: tried to access index {index[bad].flat[0]} on a tensor of {self.size} elements."
        )
    return np.take(self, index)


@op(kind=LINEAR, conjugate=False, spaces="", index=NOT_DIFFERENTIABLE, self=lambda grad, index: take(grad, index))
def take_backward(self: Any, shape: tuple[int, ...], index: Any) -> Any:
    count = math.prod(shape)
    places = np.where(index < 0, index + count, index).reshape(-1)
    return add_rows(count, places, self.reshape(-1, 1)).reshape(tuple(shape))


# ---- by masks ----


def _mask_shape(self_shape: tuple[int, ...], mask_shape: tuple[int, ...]) -> tuple[int, ...]:
    rank = max(len(self_shape), len(mask_shape))
    a = (1,) * (rank - len(self_shape)) + tuple(self_shape)
    b = (1,) * (rank - len(mask_shape)) + tuple(mask_shape)
    for d, (m, n) in reversed(list(enumerate(zip(b, a, strict=True)))):
        if m != n and 1 not in (m, n):
            raise RuntimeError(
                f"The size of tensor a ({m}) must match the size of tensor b ({n}) at non-singleton dimension {d}"
            )
    return tuple(n if m == 1 else m for m, n in zip(b, a, strict=True))


def _masked_select_gradient(grad: Any, self_shape: Any, mask: Any) -> Any:
    return masked_select_backward(grad, self_shape, mask)


def _masked_select_of_batch(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    tensor, mask = values
    if dims[1]:
        raise RuntimeError(
            "vmap: Attempted to vmap over `mask` in torch.masked_select(self, mask) We cannot support this because for "
            "each batch this would return a differently shaped Tensor."
        )
    size = tensor.shape[0]
    picked = run(op, (batches.of_rank(tensor, True, np.ndim(mask)), mask))
    return picked.reshape((size, picked.shape[0] // max(size, 1)))


def _masked_select_backward_of_batch(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    picked, shape, mask = values
    size = picked.shape[0]
    missing = max(np.ndim(mask) - len(shape), 0)
    return run(op, (picked.reshape((-1,)), (size, *(1,) * missing, *shape), mask)).reshape((size, *shape))


@op(
    kind=LINEAR, conjugate=False, selects=True, mask=NOT_DIFFERENTIABLE,
    self=_masked_select_gradient, batching=_masked_select_of_batch,
)  # fmt: skip
def masked_select(self: Any, mask: Any) -> Any:
    """The elements where the mask, broadcast against the tensor, is true, in one dimension."""
    if mask.dtype.kind != "b":
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = _mask_shape(self.shape, mask.shape)
    left_aside(self)
    return np.broadcast_to(self, shape)[np.broadcast_to(mask, shape)]


@op(
    kind=LINEAR, conjugate=False, spaces="", mask=NOT_DIFFERENTIABLE,
    self=lambda grad, shape, mask: masked_select(expand(grad, _mask_shape(shape, mask.shape)), mask),
    batching=_masked_select_backward_of_batch,
)  # fmt: skip
def masked_select_backward(self: Any, shape: tuple[int, ...], mask: Any) -> Any:
    from chainrule.engine.broadcasting import sum_to_shape

    whole = _mask_shape(shape, mask.shape)
    spread = np.zeros(whole, self.dtype)
    spread[np.broadcast_to(mask, whole)] = self
    return sum_to_shape(spread, tuple(shape))


# ---- where something is ----


def _one_hot_of_batch(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    if values[1] < 0:
        raise RuntimeError(
            "When vmap-ing torch.nn.functional.one_hot, please provide an explicit positive num_classes argument."
        )
    return run(op, tuple(values))


@op(spaces="nn.functional", tensor=NOT_DIFFERENTIABLE, batching=_one_hot_of_batch)
def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Zeros, with a new last dimension in which a one stands at the place that each integer names."""
    if tensor.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not tensor.size:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return np.zeros((*tensor.shape, num_classes), np.int64)
    if tensor.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(tensor.max()) + 1
    elif num_classes < 1:
        raise RuntimeError("num_classes should be positive")
    if tensor.max() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return (tensor[..., None] == np.arange(num_classes)).astype(np.int64)


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not zero, one in each row; with `as_tuple` a vector for each dimension.

    >>> import chainrule as torch
    >>> torch.nonzero(torch.tensor([0, 5, 6]))
    tensor([[1],
            [2]])
    """
    array = input._array if isinstance(input, TensorBase) else np.asarray(input)
    if isinstance(input, TensorBase) and is_batched(input):
        raise RuntimeError(UNKNOWN_SIZE.format("nonzero"))
    if as_tuple:
        return unbind(new_tensor(np.argwhere(array if array.ndim else array.reshape(1))), 1)
    return new_tensor(np.argwhere(array))


def where(self: Any, condition: Any, other: Any) -> Any:
    """The tensor's elements where the condition holds, else those of `other`: the method, whose arguments come so."""
    return TABLE["where"].function(condition, self, other)


def argwhere(input: Any) -> Any:
    """The indices of the elements that are not zero, one in each row.

    >>> import chainrule as torch
    >>> torch.argwhere(torch.tensor([0, 5, 6]))
    tensor([[1],
            [2]])
    """
    return nonzero(input)


# ---- some several times ----


def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Any:
    """Each slice along `dim` repeated: all as often, or each as often as `repeats` says; without `dim`, each element.

    With a tensor of counts alone, the numbers 0, 1, ... as often as it says.

    >>> import chainrule as torch
    >>> torch.repeat_interleave(torch.tensor([1, 2]), 2)
    tensor([1, 1, 2, 2])
    >>> torch.repeat_interleave(torch.tensor([2, 1]))
    tensor([0, 0, 1])
    """
    del output_size
    if repeats is None:
        return new_tensor(_repeated_places(input._array))
    if dim is None:
        input, dim = flatten(input), 0
    rank = len(input.shape)
    place = wrap_dim(dim, rank)
    size = input.shape[place]
    if isinstance(repeats, TensorBase):
        counts = repeats._array
        if counts.ndim > 1:
            raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
        if counts.size not in (1, size):
            raise RuntimeError(
                "repeats must have the same size as input along dim, but got "
                f"repeats.size(0) = {counts.shape[0]} and input.size({place}) = {size}"
            )
        return index_select(input, place, new_tensor(_repeated_places(np.broadcast_to(counts, (size,)))))
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    shape = tuple(input.shape)
    spread = expand(unsqueeze(input, place + 1), (*shape[: place + 1], repeats, *shape[place + 1 :]))
    return flatten(contiguous_copy(spread), place, place + 1)


def _repeated_places(counts: Any) -> Any:
    if counts.dtype.kind not in "iu":
        raise NotImplementedError(f"\"repeat_interleave_cpu\" not implemented for '{scalar_type_name(counts.dtype)}'")
    if (counts < 0).any():
        raise RuntimeError("repeats can not be negative")
    return np.repeat(np.arange(counts.size), counts)
