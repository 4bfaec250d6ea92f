"""Views that look at a tensor's memory in their own way: windows, given strides, real pairs for complex numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dimensions import sizes, wrap_dim
from chainrule.dtypes import scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import LINEAR, op, set_any_view

METHODS = ("as_strided", "fill_diagonal_")
__all__ = ["as_strided"]

# ---- windows ----


def _unfold_gradient(grad: Any, self_shape: Any, dimension: Any, size: Any, step: Any) -> Any:
    return unfold_backward(grad, self_shape, dimension, size, step)


@op(
    kind=LINEAR, view=True, conjugate=False, spaces="Tensor",
    self=_unfold_gradient,
    batching=batches.along("dimension"),
)  # fmt: skip
def unfold(self: Any, dimension: int, size: int, step: int) -> Any:
    """The same memory: all windows of `size` elements along a dimension, `step` apart, each in a new last dimension."""
    place = wrap_dim(dimension, self.ndim)
    array = self if self.ndim else self.reshape(1)
    length = array.shape[place]
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > length:
        raise RuntimeError(f"maximum size for tensor at dimension {place} is {length} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    shape, strides = list(array.shape), list(array.strides)
    shape[place] = (length - size) // step + 1
    strides[place] *= step
    if not self.ndim:
        shape, strides = [], []
    return np.lib.stride_tricks.as_strided(self, (*shape, size), (*strides, array.strides[place]))


@op(
    kind=LINEAR, conjugate=False, spaces="",
    self=lambda grad, dimension, size, step: unfold(grad, dimension, size, step),
    batching=batches.along("dimension", whole=("shape",)),
)  # fmt: skip
def unfold_backward(self: Any, shape: tuple[int, ...], dimension: int, size: int, step: int) -> Any:
    total = np.zeros(shape, self.dtype)
    if not shape:
        return total + self.sum()
    place = dimension % len(shape)
    along = np.moveaxis(total, place, 0)
    windows = np.moveaxis(self, place, 0)
    if step < 16:
        for offset in range(size):
            along[offset : offset + step * (len(windows) - 1) + 1 : step] += windows[..., offset]
        return total
    # Pieces of windows that are no wider than the windows are apart, so that those of one place do not overlap.
    first, *others = along.strides
    for offset in range(0, size if len(windows) else 0, step):
        width = min(step, size - offset)
        pieces = np.lib.stride_tricks.as_strided(
            along[offset:], (len(windows), width, *along.shape[1:]), (step * first, first, *others)
        )
        pieces += np.moveaxis(windows[..., offset : offset + width], -1, 1)
    return total


# ---- given strides ----


def owner_of(array: Any) -> Any:
    """The array that the memory of this one belongs to."""
    owner = base = array
    # Between an array and its memory other objects may stand: NumPy's as_strided puts one of its own there.
    while (base := getattr(base, "base", None)) is not None:
        if isinstance(base, np.ndarray):
            owner = base
    return owner


def storage(array: Any) -> tuple[Any, int]:
    """All of the memory that the array is a part of, in one dimension, and where in it the array begins."""
    owner = owner_of(array)
    flat = np.lib.stride_tricks.as_strided(owner, (owner.size,), (owner.itemsize,))
    start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    # A view in another type counts the memory in elements of its own.
    return flat if owner.dtype == array.dtype else flat.view(array.dtype), start // array.itemsize


# Where elements lie: sizes and strides, and how far from the first element of the tensor the first one is.
Layout = tuple[tuple[int, ...], tuple[int, ...], int]


def _places(layout: Layout) -> Any:
    shape, strides, offset = layout
    places = np.full((1,) * len(shape), offset)
    for d, (size, stride) in enumerate(zip(shape, strides, strict=True)):
        places = places + (np.arange(size) * stride).reshape((-1,) + (1,) * (len(shape) - d - 1))
    return places


def _strided_gradient(grad: Any, wanted: Layout, own: Layout) -> Any:
    return moved(grad, wanted, own)


@op(name="as_strided", kind=LINEAR, view=True, conjugate=False, spaces="", self=_strided_gradient)
def strided_view(self: Any, wanted: Layout, own: Layout) -> Any:
    del own
    shape, strides, offset = wanted
    flat, start = storage(self)
    first = start + offset
    needed = 0 if 0 in shape else first + sum((n - 1) * s for n, s in zip(shape, strides, strict=True)) + 1
    if needed > flat.size or first < 0:
        item = self.itemsize
        raise RuntimeError(
            f"setStorage: sizes {list(shape)}, strides {list(strides)}, storage offset {first}, and itemsize {item} "
            f"requiring a storage size of {needed * item} are out of bounds for storage of size {flat.size * item}"
        )
    return np.lib.stride_tricks.as_strided(flat[first:], shape, [s * self.itemsize for s in strides])


set_any_view(strided_view.op)  # type: ignore[attr-defined]


def _moved_back(grad: Any, source: Layout, target: Layout) -> Any:
    return moved(grad, target, source)


@op(kind=LINEAR, conjugate=False, spaces="", self=_moved_back)
def moved(self: Any, source: Layout, target: Layout) -> Any:
    # Added into memory where `source` lies, and read from it where `target` does.
    read, written = _places(target), _places(source)
    low = min(read.min(initial=0), written.min(initial=0))
    memory = np.zeros(max(read.max(initial=0), written.max(initial=0)) - low + 1, self.dtype)
    np.add.at(memory, (written - low).reshape(-1), self.reshape(-1))
    found = memory[read - low]
    if any(s == 0 and n > 1 for n, s in zip(target[0], target[1], strict=True)):
        # Several elements of the target are one in memory: they share its gradient.
        found = found / np.bincount((read - low).reshape(-1), minlength=memory.size)[read - low]
    return found


def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """The memory of the tensor in the given size and strides, counted in elements; all of the memory it is a part of.

    >>> import chainrule as torch
    >>> torch.as_strided(torch.arange(4), (3, 2), (1, 1))
    tensor([[0, 1],
            [1, 2],
            [2, 3]])
    """
    return strided_view(input, *layouts(input, size, stride, storage_offset))


def layouts(input: Any, size: Any, stride: Any, storage_offset: int | None) -> tuple[Layout, Layout]:
    """The layout that is asked of `as_strided`, and that of the tensor itself, both from the tensor's first element."""
    shape, strides = sizes((size,), "as_strided", "size"), sizes((stride,), "as_strided", "stride")
    if len(shape) != len(strides):
        raise RuntimeError("mismatch in length of strides and shape")
    if min(strides, default=0) < 0:
        raise RuntimeError(
            f"as_strided: Negative strides are not supported at the moment, got strides: {list(strides)}"
        )
    array = input if isinstance(input, np.ndarray) else input._array
    offset = 0 if storage_offset is None else storage_offset - storage(array)[1]
    return (shape, strides, offset), (array.shape, tuple(s // array.itemsize for s in array.strides), 0)


def fill_diagonal_(self: Any, fill_value: Any, wrap: bool = False) -> Any:
    """Write a number on the diagonal of a matrix, or of a tensor of more dimensions that all have the same size.

    With `wrap` the diagonal of a tall matrix starts again below its end.
    """
    shape, strides = tuple(self.shape), self.stride()
    if len(shape) < 2:
        raise RuntimeError("dimensions must larger than 1")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    as_strided(self, (min(shape),), (sum(strides),)).fill_(fill_value)
    if wrap and len(shape) == 2 and shape[0] > shape[1] + 1:
        fill_diagonal_(self[shape[1] + 1 :], fill_value, wrap=True)
    return self


# ---- complex numbers as pairs of real ones ----


@op(
    kind=LINEAR, view=True, conjugate=False, self=lambda grad: grad[..., 0] + 1j * grad[..., 1], batching=batches.passed
)
def view_as_real(self: Any) -> Any:
    """The same memory: real and imaginary parts of complex numbers, in a new last dimension of size 2."""
    if self.dtype.kind != "c":
        raise RuntimeError("view_as_real is only supported for complex tensors")
    parts = self.real
    return np.lib.stride_tricks.as_strided(parts, (*self.shape, 2), (*parts.strides, parts.itemsize))


@op(
    kind=LINEAR,
    view=True,
    conjugate=False,
    self=lambda grad: np.stack([np.real(grad), np.imag(grad)], axis=-1),
    batching=batches.passed,
)
def view_as_complex(self: Any) -> Any:
    """The same memory: pairs of real numbers, in a last dimension of size 2, as complex ones."""
    if self.dtype.kind != "f":
        raise RuntimeError(
            "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: "
            f"{scalar_type_name(self.dtype)}"
        )
    if self.dtype == np.float16:
        raise RuntimeError("view_as_complex of float16: there is no complex type of parts so small")
    if self.ndim == 0:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if self.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if self.strides[-1] != self.itemsize and self.size:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(s // self.itemsize % 2 for s in self.strides[:-1]):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    if storage(self)[1] % 2:
        raise RuntimeError("Tensor must have a storage_offset divisible by 2")
    return self.view(np.result_type(self.dtype, np.complex64))[..., 0]
