"""Elements written or added at places named by dimension and index, or by a mask, in a copy of the tensor.

Where several values are written to one place one of them wins, and each gets the gradient of the place: PyTorch says of
`scatter` and `index_copy` that their gradients are right only where no index is there twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dimensions import slice_along, wrap_dim
from chainrule.dtypes import c_type_name, cast_number, scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.batching import is_batched
from chainrule.engine.inplace import call_inplace
from chainrule.engine.op import LINEAR, NOT_DIFFERENTIABLE, TABLE, op
from chainrule.engine.tensor_base import TensorBase
from chainrule.kernels.selection import nothing_of, select
from chainrule.kernels.zero_times_infinity import left_aside
from chainrule.ops.gathering import checked_along, gather, index_select, positions, take
from chainrule.ops.indexing import INDEX_PUT, basic_index, put, write
from chainrule.ops.refusals import require_kernel

METHODS = ("scatter", "scatter_", "index_put", "index_put_", "select_scatter", "slice_scatter")
__all__ = ["scatter", "index_put", "index_put_", "select_scatter", "slice_scatter"]


def require_same_type(self: Any, src: Any, message: str) -> None:
    if src.dtype != self.dtype:
        raise RuntimeError(message.format(own=scalar_type_name(self.dtype), given=scalar_type_name(src.dtype)))


def as_number_of(self: Any, value: Any) -> Any:
    """A number or an array of one as a scalar of the type of `self`, or PyTorch's refusal."""
    return cast_number(value.item() if isinstance(value, np.ndarray) else value, self.dtype)


# ---- scatter: an index for each element ----


def _scattered(self: Any, dim: int, index: Any, src: Any, combine: Callable[..., Any] | None) -> Any:
    # A copy with `src`, an array or a number, at the places of the index; `combine` is a ufunc's `at`.
    found = checked_along(index, self, dim, name="scatter", src=src if isinstance(src, np.ndarray) else None)
    made = self.copy()
    if not index.size:
        return made
    target = made if made.ndim else made.reshape(1)
    if isinstance(src, np.ndarray):
        shape = index.shape or (1,)
        src = (src if src.ndim else src.reshape(1))[tuple(slice(n) for n in shape)]
    if combine is None:
        target[found] = src
    else:
        combine(target, found, src)
    return made


def _outside_of_scatter(grad: Any, dim: Any, index: Any) -> Any:
    return scatter_value(grad, dim, index, 0.0)


@op(
    kind=LINEAR, conjugate=False, spaces="", inplace=True, node_name="ScatterBackward0", index=NOT_DIFFERENTIABLE,
    self=_outside_of_scatter,
    src=lambda grad, dim, index, src_shape: _of_part(gather(grad, dim, index), src_shape),
    batching=batches.along("dim"),
)  # fmt: skip
def scatter_src(self: Any, dim: int, index: Any, src: Any) -> Any:
    require_same_type(self, src, "scatter(): Expected self.dtype to be equal to src.dtype")
    return _scattered(self, dim, index, src, None)


@op(
    kind=LINEAR, conjugate=False, spaces="", inplace=True, node_name="ScatterBackward1", index=NOT_DIFFERENTIABLE,
    self=_outside_of_scatter, tangent=lambda self_t, dim, index: _outside_of_scatter(self_t, dim, index),
    batching=batches.along("dim"),
)  # fmt: skip
def scatter_value(self: Any, dim: int, index: Any, value: Any) -> Any:
    return _scattered(self, dim, index, cast_number(value, self.dtype), None)


@op(
    kind=LINEAR,
    conjugate=False,
    spaces="",
    self=lambda grad, index: basic_index(grad, index, "SliceBackward0"),
    batching=batches.put_back,
)
def in_corner(self: Any, shape: tuple[int, ...], index: Any) -> Any:
    spread = np.zeros(shape, self.dtype)
    spread[index] = self
    return spread


def _of_part(grad: Any, src_shape: tuple[int, ...]) -> Any:
    # Only the corner of `src` that the index covers is used.
    if tuple(grad.shape) == tuple(src_shape):
        return grad
    return in_corner(grad, tuple(src_shape), tuple(slice(n) for n in grad.shape))


def _scatter_row(src: Any, reduce: str | None) -> Any:
    if reduce is not None and reduce not in {"add", "multiply"}:
        raise RuntimeError("reduce argument must be either add or multiply.")
    is_tensor = isinstance(src, (TensorBase, np.ndarray))
    if reduce is None:
        return TABLE["scatter_src" if is_tensor else "scatter_value"]
    return TABLE["scatter_combined"]


@op(
    spaces="",
    inplace=True,
    index=NOT_DIFFERENTIABLE,
    self=NOT_DIFFERENTIABLE,
    src=NOT_DIFFERENTIABLE,
    batching=batches.along("dim"),
)
def scatter_combined(self: Any, dim: int, index: Any, src: Any, reduce: str) -> Any:
    src = src if isinstance(src, np.ndarray) else cast_number(src, self.dtype)
    return _scattered(self, dim, index, src, np.add.at if reduce == "add" else np.multiply.at)


def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
    """A copy with the elements of `src`, or a number, written where the index tensor says along `dim`.

    `reduce="add"` or `"multiply"` combines them with what is there; it has no gradient: see `scatter_reduce`.

    >>> import chainrule as torch
    >>> torch.zeros(2, 2).scatter(1, torch.tensor([[1], [0]]), 5.0)
    tensor([[0., 5.],
            [5., 0.]])
    """
    src = value if src is None else src
    row = _scatter_row(src, reduce)
    return row.function(input, dim, index, src) if reduce is None else row.function(input, dim, index, src, reduce)


def scatter_(self: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
    """`scatter`, written into the tensor itself."""
    src = value if src is None else src
    more = () if reduce is None else (reduce,)
    return call_inplace(_scatter_row(src, reduce), (self, dim, index, src, *more))


@op(
    kind=LINEAR, conjugate=False, inplace=True, index=NOT_DIFFERENTIABLE,
    self=lambda grad: grad,
    src=lambda grad, dim, index, src_shape: _of_part(gather(grad, dim, index), src_shape),
    batching=batches.along("dim"),
)  # fmt: skip
def scatter_add(self: Any, dim: int, index: Any, src: Any) -> Any:
    """A copy with the elements of `src` added where the index tensor says along `dim`."""
    require_same_type(self, src, "scatter(): Expected self.dtype to be equal to src.dtype")
    return _scattered(self, dim, index, src, np.add.at)


# ---- scatter_reduce ----

REDUCTIONS = {"sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


def _counts(like: Any, dim: int, index: Any, include_self: bool) -> Any:
    # How many values meet at each place, at least 1.
    start = np.ones_like(like) if include_self else np.zeros_like(like)
    ones = np.ones(tuple(index.shape), np.float32)
    return np.maximum(scatter_add(start, dim, index, ones_as(ones, start)), 1)


def ones_as(ones: Any, like: Any) -> Any:
    return ones.astype(getattr(like, "_array", like).dtype)


def scatter_reduce_backward(
    grad: Any, self: Any, dim: int, index: Any, src: Any, reduce: str, include_self: bool, result: Any
) -> tuple[Any, Any]:
    used = tuple(slice(n) for n in index.shape)
    src_shape, src = tuple(src.shape), src[used] if used else src
    if reduce == "mean":
        grad = grad / _counts(_values(grad), dim, _values(index), include_self)
    if reduce in {"sum", "mean"}:
        grad_self, grad_src = grad, gather(grad, dim, index)
    elif reduce == "prod":
        grad_self = grad * scatter_reduce(np.ones_like(self), dim, index, src, "prod", True)
        zero = src == 0
        alone = zero & (gather(scatter_add(np.zeros_like(self), dim, index, zero * np.ones_like(src)), dim, index) == 1)
        others = scatter_reduce(self, dim, index, np.where(alone, 1, src), "prod", include_self)
        grad_src = np.where(
            alone, gather(grad * others, dim, index), gather(grad * result, dim, index) / np.where(zero, 1, src)
        )
    else:
        # The extreme value's gradient is shared evenly by all that have it.
        at_self = (self == result) * np.ones_like(self)
        if not include_self:
            at_self = scatter_value(at_self, dim, index, 0.0)
        at_src = (src == gather(result, dim, index)) * np.ones_like(src)
        shared = grad / np.maximum(scatter_add(at_self, dim, index, at_src), 1)
        grad_self, grad_src = shared * at_self, gather(shared, dim, index) * at_src
        if not include_self:
            # Places that the index does not name keep what is there.
            grad_self = grad
    if not include_self:
        grad_self = scatter_value(grad_self, dim, index, 0.0)
    return grad_self, _of_part(grad_src, src_shape)


def _values(tensor: Any) -> Any:
    return getattr(tensor, "_array", tensor)


@op(
    inplace=True, index=NOT_DIFFERENTIABLE, derivatives={"self, src": scatter_reduce_backward},
    batching=batches.along("dim"),
)  # fmt: skip
def scatter_reduce(self: Any, dim: int, index: Any, src: Any, reduce: str, include_self: bool = True) -> Any:
    """A copy with the elements of `src` combined with what is there, where the index tensor says along `dim`.

    `reduce` is sum, prod, mean, amax or amin; `include_self=False` leaves out what is there.
    """
    if reduce not in REDUCTIONS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    require_same_type(self, src, "scatter(): Expected self.dtype to be equal to src.dtype")
    refused = {"mean": "b", "amax": "c", "amin": "c"}.get(reduce, "")
    require_kernel(f"scatter_gather_tensor_cpu_reduce_{reduce}", refused, self.dtype)
    start = self
    if not include_self:
        kind = np.iinfo(self.dtype) if self.dtype.kind in "iu" else None
        low, high = (kind.min, kind.max) if kind else (-np.inf, np.inf)
        neutral = {"sum": 0, "mean": 0, "prod": 1, "amax": low, "amin": high}[reduce]
        start = _scattered(self, dim, index, neutral, None)
    made = _scattered(start, dim, index, src, REDUCTIONS[reduce].at)
    if reduce == "mean":
        counts = _counts(self, dim, index, include_self)
        made = np.floor_divide(made, counts) if self.dtype.kind in "iu" else made / counts
    return made


# ---- index_add, index_copy, index_fill: whole slices ----


def _scaled(function: Callable[..., Any]) -> Callable[..., Any]:
    def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1, **kwargs: Any) -> Any:
        return function(input, dim, index, source if alpha == 1 else source * alpha, **kwargs)

    return index_add


@op(
    kind=LINEAR, conjugate=False, inplace=True, adapt=_scaled, index=NOT_DIFFERENTIABLE,
    self=lambda grad: grad,
    source=lambda grad, dim, index: index_select(grad, dim, index),
    batching=batches.slices,
)  # fmt: skip
def index_add(self: Any, dim: int, index: Any, source: Any) -> Any:
    """A copy with the slices of `source` along `dim` added at the places of `index`; `alpha` multiplies them first."""
    place = wrap_dim(dim, self.ndim)
    require_same_type(self, source, "index_add_(): self ({own}) and source ({given}) must have the same scalar type")
    if place and place >= source.ndim:
        raise RuntimeError(
            f"index_add_(): Indexing dim {place} is out of bounds of the source tensor with dim {source.ndim}"
        )
    size = source.shape[place] if source.ndim else 1
    if index.size != size:
        raise RuntimeError(
            f"index_add_(): Number of indices ({index.size}) should be equal to source.size(dim): ({size}), for "
            f"dim: {place}"
        )
    if _without_dimension(self, source, place) != _without_dimension(source, self, place):
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(self.shape)} source.shape = {list(source.shape)}"
        )
    made = self.copy()
    target = made if made.ndim else made.reshape(1)
    where = positions(index.reshape(-1), target.shape[place], dim=place)
    np.add.at(target, slice_along(place, where), source if source.ndim else source.reshape(1))
    return made


def _without_dimension(tensor: Any, other: Any, place: int) -> tuple[int, ...]:
    return tensor.shape[:place] + tensor.shape[place + 1 :] if tensor.ndim and other.ndim else tensor.shape


def _outside(grad: Any, dim: int, index: Any) -> Any:
    # What was there before counts only where nothing was written over it.
    return index_fill(grad, dim, index, 0.0)


@op(
    kind=LINEAR, conjugate=False, inplace=True, index=NOT_DIFFERENTIABLE,
    self=_outside,
    source=lambda grad, dim, index: index_select(grad, dim, index),
    batching=batches.slices,
)  # fmt: skip
def index_copy(self: Any, dim: int, index: Any, source: Any) -> Any:
    """A copy with the slices of `source` along `dim` written at the places of `index`."""
    place = wrap_dim(dim, self.ndim)
    if index.ndim > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {index.ndim})")
    if not source.ndim and index.size != 1:
        raise IndexError(f"index_copy_(): When source is scalar, index should have one element (got {index.size})")
    if source.ndim != self.ndim and source.ndim and self.ndim:
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
            f"dimensionality ({source.ndim}), destination dimensionality ({self.ndim})"
        )
    require_same_type(
        self,
        source,
        "index_copy_(): self and source expected to have the same dtype, but got (self) {own} and (source) {given}",
    )
    own, given = [t.shape[:place] + t.shape[place + 1 :] for t in (self, source)]
    if own != given:
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{_in_words(own)} at dimension {place} and source slice shape: {_in_words(given)} at dimension 0."
        )
    size = source.shape[place] if source.ndim else 1
    if index.size != size:
        raise IndexError(
            f"index_copy_(): Number of indices ({index.size}) should be equal to source.size(dim) ({size})"
        )
    made = self.copy()
    target = made if made.ndim else made.reshape(1)
    try:
        where = positions(index.reshape(-1), target.shape[place], error=IndexError, dim=place)
    except IndexError as error:
        raise IndexError(f"index_copy_(): {error}") from None
    target[slice_along(place, where)] = source if source.ndim else source.reshape(1)
    return made


def _in_words(shape: tuple[int, ...]) -> str:
    return " ".join(map(str, shape))


def _inside(grad: Any, dim: int, index: Any) -> Any:
    return grad - index_fill(grad, dim, index, 0.0)


@op(
    kind=LINEAR, conjugate=False, inplace=True, index=NOT_DIFFERENTIABLE,
    node_name=lambda self, dim, index, value: f"IndexFillBackward{int(hasattr(value, 'shape'))}",
    self=_outside,
    value=_inside,
    batching=batches.slices,
)  # fmt: skip
def index_fill(self: Any, dim: int, index: Any, value: Any) -> Any:
    """A copy with `value`, a number or a tensor of one, in the slices of dimension `dim` at the places of `index`."""
    place = wrap_dim(dim, self.ndim)
    if np.ndim(value):
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {np.ndim(value)} "
            "dimension(s)."
        )
    if self.dtype.kind != "c" and (isinstance(value, complex) or getattr(value, "dtype", self.dtype).kind == "c"):
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    value = as_number_of(self, value)
    made = self.copy()
    target = made if made.ndim else made.reshape(1)
    size = target.shape[place]
    places = np.where(index < 0, index + size, index).reshape(-1)
    if ((places < 0) | (places >= size)).any():
        wrong = index.reshape(-1)[(places < 0) | (places >= size)][0]
        raise IndexError(f"index {wrong} is out of bounds for dimension 0 with size {size}")
    target[slice_along(place, places)] = value
    return made


# ---- index_put: by index tensors for several dimensions ----


def _indices(indices: Any, input: Any) -> tuple[Any, ...]:
    if not isinstance(indices, (tuple, list)):
        raise TypeError(
            f"index_put(): argument 'indices' (position 1) must be tuple of Tensors, not {type(indices).__name__}"
        )
    rank = len(input.shape)
    if len(indices) > rank:
        raise IndexError(f"too many indices for tensor of dimension {rank} (got {len(indices)})")
    for place, index in enumerate(indices):
        if not isinstance(index, TensorBase):
            raise TypeError(f"expected Tensor as element {place} in argument 0, but got {type(index).__name__}")
    return tuple([i if is_batched(i) else i._array.copy() for i in indices])


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """A copy with `values` written, or with `accumulate` added, at `input[indices]`; `indices` is a tuple of tensors.

    >>> import chainrule as torch
    >>> torch.zeros(3).index_put((torch.tensor([0, 2]),), torch.tensor(1.0))
    tensor([1., 0., 1.])
    """
    return put(input, _indices(indices, input), values, accumulate)


def index_put_(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """`index_put`, written into the tensor itself.

    >>> import chainrule as torch
    >>> torch.zeros(3).index_put_((torch.tensor([0, 2]),), torch.tensor(1.0))
    tensor([1., 0., 1.])
    """
    return call_inplace(INDEX_PUT, (input, _indices(indices, input), values, accumulate))


# ---- put: by number among all elements ----


def _beside_put(grad: Any, index: Any, accumulate: Any) -> Any:
    return grad if accumulate else put_numbered(grad, index, nothing_of(take(grad, index)), accumulate=False)


@op(
    name="put", kind=LINEAR, conjugate=False, inplace=True, index=NOT_DIFFERENTIABLE,
    self=_beside_put, source=lambda grad, index, source_shape: take(grad, index).reshape(source_shape),
)  # fmt: skip
def put_numbered(self: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """A copy with the elements of `source` at the places of `index` among all in order, or added there."""
    if index.dtype != np.int64:
        raise RuntimeError(f"put_(): Expected a long tensor for index, but got {scalar_type_name(index.dtype)}")
    require_same_type(
        self, source,
        "put_(): self and source expected to have the same dtype, but got self.dtype = {own} and source.dtype = {given}"
    )  # fmt: skip
    if source.size != index.size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.size}, index.numel() = {index.size}"
        )
    bad = (index >= self.size) | (index < -self.size)
    if bad.any():
        raise IndexError(
            f"out of range: tried to access index {index[bad].flat[0]} on a tensor of {self.size} elements."
        )
    made = self.copy()
    write(made.reshape(-1), (index.reshape(-1),), source.reshape(-1), accumulate=accumulate)
    return made


# ---- masks ----


def _broadcast_with(self: Any, mask: Any) -> tuple[int, ...]:
    rank = max(self.ndim, mask.ndim)
    a, b = (1,) * (rank - mask.ndim) + mask.shape, (1,) * (rank - self.ndim) + self.shape
    for d in reversed(range(rank)):
        if a[d] != b[d] and 1 not in (a[d], b[d]):
            raise RuntimeError(
                f"The size of tensor a ({a[d]}) must match the size of tensor b ({b[d]}) at non-singleton dimension {d}"
            )
    return tuple(y if x == 1 else x for x, y in zip(a, b, strict=True))


def _masked_fill_of_batch(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    if dims[2]:  # one value for each entry
        return batches.composed(lambda self, mask, value: select(mask, value, self))(op, values, dims, run)
    return batches.elementwise(op, values, dims, run)


@op(
    kind=LINEAR, conjugate=False, selects=True, inplace=True, mask=NOT_DIFFERENTIABLE,
    node_name=lambda self, mask, value: f"MaskedFillBackward{int(hasattr(value, 'shape'))}",
    self=lambda grad, mask: select(mask, 0, grad),
    value=lambda grad, mask: select(mask, grad, 0),
    tangent=lambda self_t, mask, value_t=None: select(mask, 0 if value_t is None else value_t, self_t),
    batching=_masked_fill_of_batch,
)  # fmt: skip
def masked_fill(self: Any, mask: Any, value: Any) -> Any:
    """A copy with `value`, a number or a tensor without dimensions, where the mask is true."""
    left_aside(self)
    if type(value) is float and mask.shape == self.shape and mask.dtype.kind == "b" and self.dtype.kind == "f":
        return select(mask, np.asarray(cast_number(value, self.dtype)), self)
    if np.ndim(value):
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {np.ndim(value)} "
            "dimension(s)."
        )
    shape = _broadcast_with(self, mask)
    if mask.dtype.kind != "b":
        raise RuntimeError(
            f"masked_fill_ only supports boolean masks, but got mask with dtype {c_type_name(mask.dtype)}"
        )
    return select(mask, np.asarray(as_number_of(self, value)), np.broadcast_to(self, shape))


def _masked_scatter_source_gradient(grad: Any, mask: Any, source_shape: Any) -> Any:
    return masked_scatter_backward(grad, mask, source_shape)


@op(
    kind=LINEAR, conjugate=False, inplace=True, mask=NOT_DIFFERENTIABLE,
    self=lambda grad, mask: select(mask, 0, grad),
    source=_masked_scatter_source_gradient,
)  # fmt: skip
def masked_scatter(self: Any, mask: Any, source: Any) -> Any:
    """A copy with the elements of `source`, in order, where the mask is true."""
    require_same_type(
        self, source, "masked_scatter: expected self and source to have same dtypes but got{own} and {given}"
    )
    shape = _broadcast_with(self, mask)
    if mask.dtype.kind != "b":
        name = scalar_type_name(mask.dtype)
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {name}")
    made = np.array(np.broadcast_to(self, shape))
    places = np.broadcast_to(mask, shape)
    count = np.count_nonzero(places)
    if count > source.size:
        raise RuntimeError("Number of elements of source < number of ones in mask")
    made[places] = source.reshape(-1)[:count]
    return made


@op(
    kind=LINEAR, conjugate=False, spaces="", mask=NOT_DIFFERENTIABLE,
    self=lambda grad, self_shape, mask: masked_scatter(grad_zeros(grad, self_shape), mask, grad),
)  # fmt: skip
def masked_scatter_backward(self: Any, mask: Any, shape: tuple[int, ...]) -> Any:
    taken = self[np.broadcast_to(mask, self.shape)]
    spread = np.zeros(int(np.prod(shape)), self.dtype)
    spread[: taken.size] = taken
    return spread.reshape(tuple(shape))


def grad_zeros(grad: Any, shape: tuple[int, ...]) -> Any:
    return np.zeros(shape, _values(grad).dtype)


# ---- one slice ----


@op(
    kind=LINEAR, conjugate=False, spaces="", node_name=lambda self, src, index, name: name,
    self=lambda grad, index: _without(grad, index),
    src=lambda grad, index: basic_index(grad, index, "SliceBackward0"),
)  # fmt: skip
def part_replaced(self: Any, src: Any, index: Any, name: str) -> Any:
    del name
    made = self.copy()
    place = made[index]
    if place.shape != src.shape:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, "
            f"slice size = {list(place.shape)}"
        )
    write(made, index, src)
    return made


def _without(grad: Any, index: Any) -> Any:
    return part_replaced(grad, nothing_of(basic_index(grad, index, "SliceBackward0")), index, "SliceScatterBackward0")


def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """A copy with `src` in place of the slice at `index` of dimension `dim`.

    >>> import chainrule as torch
    >>> torch.select_scatter(torch.zeros(2, 2), torch.ones(2), 0, 0)
    tensor([[1., 1.],
            [0., 0.]])
    """
    place = wrap_dim(dim, len(input.shape))
    size = input.shape[place]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {place}"
        )
    return part_replaced(input, src, (*slice_along(place, index), ...), "SelectScatterBackward0")


def slice_scatter(
    input: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """A copy with `src` in place of the slices `start` to `end`, each `step`-th, of dimension `dim`.

    >>> import chainrule as torch
    >>> torch.slice_scatter(torch.zeros(3), torch.ones(2), 0, 1)
    tensor([0., 1., 1.])
    """
    place = wrap_dim(dim, len(input.shape))
    return part_replaced(input, src, slice_along(place, slice(start, end, step)), "SliceScatterBackward0")
