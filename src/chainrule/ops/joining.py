"""Tensors put together into one, and one taken apart into several."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.dimensions import slice_along, wrap_dim
from chainrule.dtypes import as_numpy_dtype
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import COMMON, LINEAR, op
from chainrule.ops.expanding import atleast_1d, atleast_2d, atleast_3d, meshgrid
from chainrule.ops.indexing import pick
from chainrule.ops.shapes import array_of, reshape

METHODS = ("chunk", "tensor_split", "hsplit", "vsplit", "dsplit", "split")
__all__ = [
    "concat", "concatenate", "hstack", "vstack", "row_stack", "dstack", "column_stack", "split", "chunk",
    "tensor_split", "hsplit", "vsplit", "dsplit", "cartesian_prod", "combinations",
]  # fmt: skip

# ---- putting together ----


def _refusing_nothing(error: Exception) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    # Adapts a function of a sequence of tensors: an empty one is PyTorch's error.
    def adapt(function: Callable[..., Any]) -> Callable[..., Any]:
        def joined(tensors: Any, *args: Any, **kwargs: Any) -> Any:
            if not isinstance(tensors, (tuple, list)):
                raise _not_several(tensors, function.__name__)
            if not tensors:
                raise error
            return function(tensors, *args, **kwargs)

        return joined

    return adapt


def _is_legacy_empty(shape: tuple[int, ...]) -> bool:
    # `cat` skips tensors of shape (0,), whatever the shape of the others.
    return shape == (0,)


def _cat_backward(grad: Any, tensors_shape: tuple[tuple[int, ...], ...], dim: int) -> list[Any]:
    rank = grad.ndim
    place = dim % rank
    before = (slice(None),) * place
    parts: list[Any] = []
    start = 0
    for shape in tensors_shape:
        if len(shape) != rank:  # skipped, being of shape (0,)
            parts.append(None)
            continue
        end = start + shape[place]
        parts.append(grad[(*before, slice(start, end))])
        start = end
    return parts


@op(
    kind=LINEAR, promotion=COMMON, conjugate=False, spaces="torch",
    adapt=_refusing_nothing(ValueError("torch.cat(): expected a non-empty list of Tensors")),
    tensors=_cat_backward,
    batching=batches.joined,
)  # fmt: skip
def cat(tensors: Any, dim: int = 0) -> Any:
    """The tensors one after another along dimension `dim`."""
    rank = tensors[0].ndim
    if rank > 1:
        # What fits, fits; else what follows says why.
        try:
            return np.concatenate(tensors, dim)
        except ValueError:
            pass
    first = next((t for t in tensors if not _is_legacy_empty(t.shape)), tensors[0])
    for position, tensor in enumerate(tensors):
        if tensor.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {position}) cannot be concatenated")
    place = wrap_dim(dim, first.ndim)
    for position, tensor in enumerate(tensors):
        if _is_legacy_empty(tensor.shape):
            continue
        if tensor.ndim != first.ndim:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {first.ndim} and {tensor.ndim}")
        for d in range(first.ndim):
            if d != place and tensor.shape[d] != first.shape[d]:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {place}. Expected size {first.shape[d]} but got "
                    f"size {tensor.shape[d]} for tensor number {position} in the list."
                )
    return np.concatenate([t for t in tensors if t.ndim == first.ndim], place)


def _stack_backward(grad: Any, tensors_shape: tuple[tuple[int, ...], ...], dim: int) -> list[Any]:
    place = dim % grad.ndim
    if not place and grad.ndim > 1 and isinstance(grad, np.ndarray):
        return list(grad)
    before = (slice(None),) * place
    return [grad[(*before, i, ...)] for i in range(len(tensors_shape))]


@op(
    kind=LINEAR, promotion=COMMON, conjugate=False, spaces="torch",
    adapt=_refusing_nothing(RuntimeError("stack expects a non-empty TensorList")),
    tensors=_stack_backward,
    batching=batches.stacked,
)  # fmt: skip
def stack(tensors: Any, dim: int = 0) -> Any:
    """The tensors, all of one shape, one after another along a new dimension `dim`."""
    shape = tensors[0].shape
    place = wrap_dim(dim, len(shape) + 1)
    for position, tensor in enumerate(tensors):
        if tensor.shape != shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 and "
                f"{list(tensor.shape)} at entry {position}"
            )
    return stacked(tensors, shape, place)


def stacked(arrays: Any, shape: tuple[int, ...], place: int) -> Any:
    """Arrays, all of this shape, one after another along a new dimension: np.stack at a third of its price."""
    if not place:
        return np.array(arrays)
    grown = (*shape[:place], 1, *shape[place:])
    return np.concatenate([array.reshape(grown) for array in arrays], place)


def concat(tensors: Any, dim: int = 0, **kwargs: Any) -> Any:
    """`cat` by another name.

    >>> import chainrule as torch
    >>> torch.concat([torch.tensor([1]), torch.tensor([2, 3])])
    tensor([1, 2, 3])
    """
    return cat(tensors, dim, **kwargs)


def concatenate(tensors: Any, dim: int = 0, **kwargs: Any) -> Any:
    """`cat` by NumPy's name.

    >>> import chainrule as torch
    >>> torch.concatenate([torch.tensor([1]), torch.tensor([2, 3])])
    tensor([1, 2, 3])
    """
    return cat(tensors, dim, **kwargs)


def hstack(tensors: Any, **kwargs: Any) -> Any:
    """The tensors side by side: along the second dimension, one-dimensional ones along the first.

    >>> import chainrule as torch
    >>> torch.hstack([torch.tensor([[1], [2]]), torch.tensor([[3], [4]])])
    tensor([[1, 3],
            [2, 4]])
    """
    grown = atleast_1d(_several(tensors, "hstack"))
    return cat(grown, 0 if len(grown[0].shape) == 1 else 1, **kwargs)


def vstack(tensors: Any, **kwargs: Any) -> Any:
    """The tensors below one another: along the first dimension, one-dimensional ones as rows.

    >>> import chainrule as torch
    >>> torch.vstack([torch.tensor([1, 2]), torch.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    return cat(atleast_2d(_several(tensors, "vstack")), 0, **kwargs)


def row_stack(tensors: Any, **kwargs: Any) -> Any:
    """`vstack` by another name.

    >>> import chainrule as torch
    >>> torch.row_stack([torch.tensor([1, 2]), torch.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    return vstack(tensors, **kwargs)


def dstack(tensors: Any, **kwargs: Any) -> Any:
    """The tensors behind one another: along the third dimension.

    >>> import chainrule as torch
    >>> torch.dstack([torch.tensor([1, 2]), torch.tensor([3, 4])]).shape
    chainrule.Size([1, 2, 2])
    """
    return cat(atleast_3d(_several(tensors, "dstack")), 2, **kwargs)


def column_stack(tensors: Any, **kwargs: Any) -> Any:
    """The tensors side by side: matrices as they are, one-dimensional ones as columns.

    >>> import chainrule as torch
    >>> torch.column_stack([torch.tensor([1, 2]), torch.tensor([3, 4])])
    tensor([[1, 3],
            [2, 4]])
    """
    columns = [t if len(t.shape) > 1 else reshape(t, (-1, 1)) for t in _several(tensors, "column_stack")]
    return cat(columns, 1, **kwargs)


def _not_several(given: Any, name: str) -> TypeError:
    return TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {type(given).__name__}")


def _several(tensors: Any, name: str) -> Any:
    if not isinstance(tensors, (tuple, list)):
        raise _not_several(tensors, name)
    if not tensors:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return tensors


def _block_corners(shapes: Sequence[tuple[int, ...]]) -> list[tuple[slice, slice]]:
    corners: list[tuple[slice, slice]] = []
    row = column = 0
    for shape in shapes:
        height, width = ((1, 1, *shape))[-2:]
        corners.append((slice(row, row + height), slice(column, column + width)))
        row, column = row + height, column + width
    return corners


def _block_diag_backward(grad: Any, tensors_shape: tuple[tuple[int, ...], ...]) -> list[Any]:
    blocks = zip(_block_corners(tensors_shape), tensors_shape, strict=True)
    return [grad[corner].reshape(tuple(shape)) for corner, shape in blocks]


def _taking_several(function: Callable[..., Any]) -> Callable[..., Any]:
    def block_diag(*tensors: Any) -> Any:
        return function(tensors)

    return block_diag


@op(
    kind=LINEAR, promotion=COMMON, conjugate=False, spaces="torch", adapt=_taking_several, tensors=_block_diag_backward,
)  # fmt: skip
def block_diag(tensors: Any) -> Any:
    """The matrix with the tensors (of at most two dimensions) as blocks on its diagonal, else zero."""
    for position, tensor in enumerate(tensors):
        if tensor.ndim > 2:
            raise RuntimeError(
                "torch.block_diag: Input tensors must have 2 or fewer dimensions. "
                f"Input {position} has {tensor.ndim} dimensions"
            )
    corners = _block_corners([t.shape for t in tensors])
    made = np.zeros((corners[-1][0].stop, corners[-1][1].stop), tensors[0].dtype)
    for corner, tensor in zip(corners, tensors, strict=True):
        made[corner] = tensor
    return made


def cartesian_prod(*tensors: Any) -> Any:
    """All combinations of one element of each of these one-dimensional tensors, one in each row.

    >>> import chainrule as torch
    >>> torch.cartesian_prod(torch.tensor([1, 2]), torch.tensor([3, 4]))
    tensor([[1, 3],
            [1, 4],
            [2, 3],
            [2, 4]])
    """
    for tensor in tensors:
        if len(tensor.shape) != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(tensor.shape)}")
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(grid, -1) for grid in meshgrid(*tensors, indexing="ij")], 1)


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All combinations of `r` elements of a one-dimensional tensor, one in each row.

    >>> import chainrule as torch
    >>> torch.combinations(torch.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    if len(input.shape) != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return input[:0]
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    chosen = np.array(list(choose(range(input.shape[0]), r)), np.intp).reshape(-1, r)
    return stack([pick(input, (places,)) for places in chosen.T], 1)


# ---- taking apart ----


def _rejoined(grads: tuple[Any, ...], self_shape: tuple[int, ...], lengths: Sequence[int], dim: int) -> Any:
    # The pieces' gradients side by side; zeros for a piece that nothing was computed from.
    place = dim % len(self_shape)
    dtype = as_numpy_dtype(next(g for g in grads if g is not None).dtype)
    parts = [
        np.zeros((*self_shape[:place], length, *self_shape[place + 1 :]), dtype) if g is None else g
        for g, length in zip(grads, lengths, strict=True)
    ]
    return np.concatenate(parts, axis=place)


def _pieces(array: Any, lengths: Sequence[int], place: int) -> tuple[Any, ...]:
    before = (slice(None),) * place
    pieces: list[Any] = []
    start = 0
    for length in lengths:
        pieces.append(array[(*before, slice(start, start + length))])
        start += length
    return tuple(pieces)


@op(
    name="split", kind=LINEAR, view=True, conjugate=False, spaces="", node_name="SplitBackward0",
    self=lambda grads, self_shape, lengths, dim: _rejoined(grads, self_shape, lengths, dim),
    batching=batches.along("dim"),
)  # fmt: skip
def split_evenly(self: Any, lengths: Sequence[int], dim: int) -> Any:
    return _pieces(self, lengths, dim)


@op(
    kind=LINEAR, view=True, conjugate=False,
    self=lambda grads, self_shape, split_sizes, dim: _rejoined(grads, self_shape, split_sizes, dim),
    batching=batches.along("dim"),
)  # fmt: skip
def split_with_sizes(self: Any, split_sizes: Sequence[int], dim: int = 0) -> Any:
    """Pieces of the given lengths along dimension `dim`; the same memory."""
    place = wrap_dim(dim, self.ndim, wrap_scalar=False)
    if min(split_sizes, default=0) < 0:
        raise RuntimeError(
            "split_with_sizes expects split_sizes have only non-negative entries, but got "
            f"split_sizes={list(split_sizes)}"
        )
    if sum(split_sizes) != self.shape[place]:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {self.shape[place]} (input tensor's size at "
            f"dimension {place}), but got split_sizes={list(split_sizes)}"
        )
    return _pieces(self, split_sizes, place)


def split(tensor: Any, split_size_or_sections: Any = None, dim: int = 0, **kwargs: Any) -> tuple[Any, ...]:
    """Pieces along dimension `dim`: of one length, the last one perhaps shorter, or of several. The same memory.

    >>> import chainrule as torch
    >>> torch.split(torch.arange(5), 2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    wanted = kwargs.pop("split_size", split_size_or_sections)
    if isinstance(wanted, (tuple, list)):
        return split_with_sizes(tensor, tuple(wanted), dim)
    if not hasattr(wanted, "__index__"):
        raise TypeError(
            "split_with_sizes(): argument 'split_sizes' (position 2) must be tuple of ints, not "
            f"{type(wanted).__name__}"
        )
    return split_evenly(tensor, *split_lengths(tensor, int(wanted), dim))


def split_lengths(tensor: Any, length: int, dim: int) -> tuple[list[int], int]:
    """The lengths of pieces of one `length` along dimension `dim`, the last perhaps shorter; and the dimension."""
    shape = array_of(tensor).shape
    if not shape:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    place = wrap_dim(dim, len(shape))
    size = shape[place]
    if length < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={length}")
    if length == 0 and size:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {size}")
    count = max(math.ceil(size / length), 1) if length else 1
    return [length] * (count - 1) + [size - length * (count - 1)], place


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most `chunks` pieces of one length along dimension `dim`, the last one perhaps shorter. The same memory.

    >>> import chainrule as torch
    >>> torch.chunk(torch.arange(5), 2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    shape = array_of(input).shape
    if not shape:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    size = shape[wrap_dim(dim, len(shape))]
    if size == 0:
        return split_with_sizes(input, (0,) * chunks, dim)
    return split(input, math.ceil(size / chunks), dim)


def tensor_split(
    input: Any, indices_or_sections: Any = None, dim: int = 0, *, indices: Any = None, sections: int | None = None
) -> tuple[Any, ...]:
    """Pieces along dimension `dim`: `sections` of nearly one length, or cut before each of `indices`. The same memory.

    >>> import chainrule as torch
    >>> torch.tensor_split(torch.arange(5), 2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    >>> torch.tensor_split(torch.arange(5), (1, 3))
    (tensor([0]), tensor([1, 2]), tensor([3, 4]))
    """
    wanted = next((w for w in (indices_or_sections, indices, sections) if w is not None), None)
    shape = tuple(input.shape)
    if not shape:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    place = wrap_dim(dim, len(shape))
    size = shape[place]
    if hasattr(wanted, "tolist"):
        wanted = wanted.tolist()  # type: ignore[union-attr]
    if isinstance(wanted, (tuple, list)):
        cuts = [0, *wanted, size]
    elif isinstance(wanted, int):
        if wanted <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {wanted}")
        length, longer = divmod(size, wanted)
        cuts = [i * length + min(i, longer) for i in range(wanted + 1)]
    else:
        raise TypeError(
            "tensor_split(): expected the indices to split before, or the number of sections, "
            f"but got {type(wanted).__name__}"
        )
    return tuple(input[slice_along(place, slice(a, b))] for a, b in itertools.pairwise(cuts))


def _split_along(input: Any, wanted: Any, name: str, rank: int, dim: int) -> tuple[Any, ...]:
    shape = tuple(input.shape)
    if len(shape) < rank:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {rank} dimension, but got a tensor with {len(shape)} "
            "dimensions!"
        )
    if isinstance(wanted, int) and (wanted <= 0 or shape[dim] % wanted):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension {shape[dim]} is not "
            f"divisible by the split_size {wanted}!"
        )
    return tensor_split(input, wanted, dim)


def hsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Equal pieces, or pieces cut before the given indices, side by side: along the second dimension.

    >>> import chainrule as torch
    >>> torch.hsplit(torch.arange(4), 2)
    (tensor([0, 1]), tensor([2, 3]))
    """
    return _split_along(input, indices_or_sections, "hsplit", 1, 0 if len(input.shape) == 1 else 1)


def vsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Equal pieces, or pieces cut before the given indices, below one another: along the first dimension.

    >>> import chainrule as torch
    >>> torch.vsplit(torch.tensor([[1], [2]]), 2)
    (tensor([[1]]), tensor([[2]]))
    """
    return _split_along(input, indices_or_sections, "vsplit", 2, 0)


def dsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Equal pieces, or pieces cut before the given indices, behind one another: along the third dimension.

    >>> import chainrule as torch
    >>> torch.dsplit(torch.tensor([[[1, 2]]]), 2)
    (tensor([[[1]]]), tensor([[[2]]]))
    """
    return _split_along(input, indices_or_sections, "dsplit", 3, 2)


def _unbind_backward(grads: tuple[Any, ...], dim: int) -> Any:
    present = next(g for g in grads if g is not None)
    shape = tuple(present.shape)
    zeros = np.zeros(shape, as_numpy_dtype(present.dtype))
    parts = [zeros if g is None else g for g in grads]
    if not isinstance(present, np.ndarray):
        return np.stack(parts, axis=dim)
    return stacked(parts, shape, dim % (len(shape) + 1))


@op(kind=LINEAR, view=True, conjugate=False, self=_unbind_backward, batching=batches.along("dim"))
def unbind(self: Any, dim: int = 0) -> Any:
    """The slices along dimension `dim`, that dimension gone; the same memory."""
    place = wrap_dim(dim, self.ndim, wrap_scalar=False)
    if not place:
        return tuple([self[i, ...] for i in range(len(self))])
    before = (slice(None),) * place
    return tuple([self[(*before, i, ...)] for i in range(self.shape[place])])
