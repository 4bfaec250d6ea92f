"""What pooling functions are called with: sizes read as PyTorch reads them, and its refusals in its words and order."""

from __future__ import annotations

import operator
from functools import lru_cache
from typing import Any

import numpy as np

from chainrule.dtypes import as_numpy_dtype, scalar_type_name
from chainrule.engine.tensor_base import TensorBase
from chainrule.kernels.pooling import Windows

__all__ = [
    "check_kind", "check_one_dimensional", "one_size", "output_size", "require_bool", "require_tensor", "sizes_of",
    "windows_of_average", "windows_of_maximum", "windows_of_maximum_1d",
]  # fmt: skip

_COUNT = {2: "two", 3: "three"}


def require_tensor(name: str, input: Any) -> None:
    """Raises TypeError for what is neither tensor nor array."""
    if not isinstance(input, (TensorBase, np.ndarray)):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")


def check_kind(input: Any, kernel: str, kinds: str, *, also: str = "") -> None:
    """Raises NotImplementedError for a type of none of NumPy's `kinds`, nor `also`, the one of this name."""
    dtype = as_numpy_dtype(input.dtype)
    if dtype.kind not in kinds and dtype.name != also:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_type_name(dtype)}'")


def _is_size(value: Any) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool) and not getattr(value, "shape", ())


def sizes_of(name: str, argument: str, position: int, value: Any) -> tuple[int, ...]:
    """An argument that is an int or a sequence of ints, as a tuple."""
    if isinstance(value, (tuple, list)):
        for place, size in enumerate(value):
            if _is_size(size):
                continue
            given = type(size).__name__
            if place == 0:
                raise TypeError(
                    f"{name}(): argument '{argument}' (position {position}) must be tuple of ints, "
                    f"but found element of type {given} at pos 0"
                )
            raise TypeError(
                f"{name}(): argument '{argument}' failed to unpack the object at pos {place + 1} with error "
                f'"type must be tuple of ints,but got {given}"'
            )
        return tuple([operator.index(size) for size in value])
    if not _is_size(value):
        raise TypeError(
            f"{name}(): argument '{argument}' (position {position}) must be tuple of ints, not {type(value).__name__}"
        )
    return (operator.index(value),)


def require_bool(name: str, argument: str, position: int, value: Any) -> None:
    """Raises TypeError for anything but True and False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(
            f"{name}(): argument '{argument}' (position {position}) must be bool, not {type(value).__name__}"
        )


def one_size(name: str, argument: str, position: int, value: Any) -> int:
    """An argument of a function of one dimension: an int, or a sequence of one."""
    sizes = sizes_of(name, argument, position, value)
    if len(sizes) != 1:
        raise RuntimeError(f"{name}() argument '{argument}' should contain one int (got {len(sizes)})")
    return sizes[0]


def check_one_dimensional(name: str, input: Any) -> None:
    """Raises RuntimeError unless there are channels and one dimension behind them, and a batch or none."""
    require_tensor(name, input)
    rank = len(input.shape)
    if rank not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {rank}-dimensional tensor for argument #1 'self' "
            f"(while checking arguments for {name})"
        )


# ---- windows of a given size ----


def _expanded(name: str, argument: str, sizes: tuple[int, ...], rank: int) -> tuple[int, ...]:
    if len(sizes) == rank:
        return sizes
    if len(sizes) == 1:
        return sizes * rank
    either = "" if name == "avg_pool3d" else "be either" if argument == "dilation" else "either be"
    omitted = "omitted, " if argument == "stride" else ""
    raise RuntimeError(
        f"{name}: {argument} must {either or 'be'} {omitted}a single int, or a tuple of {_COUNT[rank]} ints"
    )


def output_size(size: int, length: int, step: int, margin: int, distance: int, ceil_mode: bool) -> int:
    """How many windows there are along a dimension of `size`; raises RuntimeError for what cannot be.

    With `ceil_mode` also one that begins within the dimension or its margin and ends beyond.

    >>> output_size(5, 2, 2, 0, 1, False), output_size(5, 2, 2, 0, 1, True)
    (2, 3)
    """
    if step == 0:
        raise RuntimeError("stride should not be zero")
    if margin < 0:
        raise RuntimeError(f"pad must be non-negative, but got pad: {margin}")
    if margin > int(((length - 1) * distance + 1) / 2):
        raise RuntimeError(
            f"pad should be at most half of effective kernel size, but got pad={margin}, kernel_size={length} "
            f"and dilation={distance}"
        )
    room = size + 2 * margin - distance * (length - 1) - 1
    count = -(-room // step) + 1 if ceil_mode else room // step + 1
    if ceil_mode and (count - 1) * step >= size + margin:
        count -= 1
    return count


@lru_cache(maxsize=512)
def _windows(
    name: str,
    shape: tuple[int, ...],
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    ceil_mode: bool,
) -> Windows:
    # The same layers see the same shapes again and again.
    rank = len(kernel_size)
    sizes = shape[-rank:]
    counts = tuple(
        [
            output_size(*numbers, ceil_mode)
            for numbers in zip(sizes, kernel_size, stride, padding, dilation, strict=True)
        ]
    )
    _check_positive("kernel size", "k", kernel_size)
    _check_positive("stride", "d", stride)
    _check_positive("dilation", "dilation", dilation)
    _check_not_empty(name, shape, rank)
    _check_half(kernel_size, padding)
    if name == "avg_pool3d":
        _check_room(sizes, kernel_size)
    _check_counts(shape[-1 - rank], sizes, counts)
    return Windows(sizes, counts, kernel_size, stride, padding, dilation)


def _check_positive(what: str, prefix: str, numbers: tuple[int, ...]) -> None:
    if min(numbers) <= 0:
        shown = _by_axis(prefix, numbers)
        raise RuntimeError(f"{what} should be greater than zero, but got {shown}")


def _by_axis(prefix: str, numbers: tuple[int, ...]) -> str:
    return " ".join([f"{prefix}{axis}: {n}" for axis, n in zip("THW"[-len(numbers) :], numbers, strict=True)])


def _check_not_empty(name: str, shape: tuple[int, ...], rank: int) -> None:
    if 0 not in shape[1:] and (shape[0] or len(shape) == rank + 2):
        return
    if rank == 2:
        raise _not_a_plane(shape)
    function = "max_pool3d_with_indices_out_cpu_template" if name == "max_pool3d" else name
    raise RuntimeError(
        f"{function}(): Expected input's non-batch dimensions to have positive length, but input has a shape of "
        f"{list(shape)} and non-batch dimension 0 has length zero!"
    )


def _not_a_plane(shape: tuple[int, ...]) -> RuntimeError:
    return RuntimeError(
        f"Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:{list(shape)}"
    )


def _check_half(kernel_size: tuple[int, ...], padding: tuple[int, ...]) -> None:
    if all(2 * margin <= length for margin, length in zip(padding, kernel_size, strict=True)):
        return
    if len(kernel_size) == 2:
        (h, w), (pad_h, pad_w) = kernel_size, padding
        shown = f"padW = {pad_w}, padH = {pad_h}, kW = {w}, kH = {h}"
    else:
        (t, h, w), (pad_t, pad_h, pad_w) = kernel_size, padding
        shown = f"kT: {t} kW: {w} kH: {h} padT: {pad_t} padW: {pad_w} padH: {pad_h}"
    raise RuntimeError(f"pad should be smaller than or equal to half of kernel size, but got {shown}")


def _check_room(sizes: tuple[int, ...], kernel_size: tuple[int, ...]) -> None:
    if any(size < length for size, length in zip(sizes, kernel_size, strict=True)):
        raise RuntimeError(
            f"input image ({_by_axis('', sizes)}) smaller than kernel size ({_by_axis('k', kernel_size)})"
        )


def _check_counts(channels: int, sizes: tuple[int, ...], counts: tuple[int, ...]) -> None:
    if min(counts) < 1:
        given, calculated = ("x".join(map(str, (channels, *numbers))) for numbers in (sizes, counts))
        raise RuntimeError(
            f"Given input size: ({given}). Calculated output size: ({calculated}). Output size is too small"
        )


def _check_dimensions(rank: int, dimensions: int) -> None:
    if dimensions not in (rank + 1, rank + 2):
        raise RuntimeError(f"non-empty {rank + 1}D or {rank + 2}D (batch mode) tensor expected for input")


def windows_of_maximum(
    name: str, rank: int, input: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: Any
) -> Windows:
    """How the windows of `max_pool2d` and `max_pool3d` lie, all of PyTorch's checks made."""
    require_tensor(name, input)
    lengths = sizes_of(name, "kernel_size", 2, kernel_size)
    steps = () if stride is None else sizes_of(name, "stride", 3, stride)
    margins = sizes_of(name, "padding", 4, padding)
    distances = sizes_of(name, "dilation", 5, dilation)
    require_bool(name, "ceil_mode", 6, ceil_mode)
    lengths = _expanded(name, "kernel_size", lengths, rank)
    steps = _expanded(name, "stride", steps, rank) if steps else lengths
    margins = _expanded(name, "padding", margins, rank)
    distances = _expanded(name, "dilation", distances, rank)
    shape = tuple(input.shape)
    _check_dimensions(rank, len(shape))
    return _windows(name, shape, lengths, steps, margins, distances, bool(ceil_mode))


def windows_of_average(
    name: str,
    rank: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: Any,
    count_include_pad: Any,
) -> Windows:
    """How the windows of `avg_pool2d` and `avg_pool3d` lie, all of PyTorch's checks made."""
    require_tensor(name, input)
    lengths = sizes_of(name, "kernel_size", 2, kernel_size)
    steps = () if stride is None else sizes_of(name, "stride", 3, stride)
    margins = sizes_of(name, "padding", 4, padding)
    require_bool(name, "ceil_mode", 5, ceil_mode)
    require_bool(name, "count_include_pad", 6, count_include_pad)
    lengths = _expanded(name, "kernel_size", lengths, rank)
    steps = _expanded(name, "stride", steps, rank) if steps else lengths
    margins = _expanded(name, "padding", margins, rank)
    shape = tuple(input.shape)
    dimensions = len(shape)
    if rank == 2 and dimensions < 3:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-dimensions}, {dimensions - 1}], but got -3)"
        )
    if rank == 2 and dimensions > 4:
        raise _not_a_plane(shape)
    _check_dimensions(rank, dimensions)
    return _windows(name, shape, lengths, steps, margins, (1,) * rank, bool(ceil_mode))


def windows_of_maximum_1d(
    input: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: Any
) -> Windows:
    """The same for `max_pool1d`, whose windows lie over an array that has a dimension of one element before its last.

    Its checks are its own.
    """
    name = "max_pool1d"
    require_tensor(name, input)
    given = {
        "kernel_size": kernel_size,
        "stride": () if stride is None else stride,
        "padding": padding,
        "dilation": dilation,
    }
    sizes = {argument: sizes_of(name, argument, at, value) for at, (argument, value) in enumerate(given.items(), 2)}
    require_bool(name, "ceil_mode", 6, ceil_mode)
    shape = tuple(input.shape)
    rank = len(shape)
    if rank not in (2, 3) or 0 in shape[1:] or (rank == 2 and not shape[0]):
        raise RuntimeError(
            f"{name}: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, "
            f"but got:{list(shape)}"
        )
    for argument in ("kernel_size", "stride", "padding", "dilation"):
        count = len(sizes[argument])
        if count == 1 or (argument == "stride" and not count):
            continue
        comma = "," if argument in ("stride", "padding") else ""
        form = "be None, an int, list of ints" if argument == "stride" else "be an int, list of ints"
        raise RuntimeError(f"{name}() {argument} must {form}{comma} or tuple of ints of size 1 but got size {count}")
    (length,), (margin,), (distance,) = sizes["kernel_size"], sizes["padding"], sizes["dilation"]
    step = sizes["stride"][0] if sizes["stride"] else length
    for argument, number in (("kernel_size", length), ("stride", step)):
        if number <= 0:
            raise RuntimeError(f"{name}() {argument} must be greater than zero, but got {number}")
    if margin < 0:
        raise RuntimeError(f"{name}() padding must be non-negative, but got {margin}")
    if 2 * margin > length:
        raise RuntimeError(
            f"{name}() padding should be at most half of kernel size, but got padding={margin} and kernel_size={length}"
        )
    if distance <= 0:
        raise RuntimeError(f"{name}() dilation must be greater than zero, but got {distance}")
    count = output_size(shape[-1], length, step, margin, distance, ceil_mode)
    if count <= 0:
        raise RuntimeError(f"{name}() Invalid computed output size: {count}")
    return Windows((1, shape[-1]), (1, count), (1, length), (1, step), (0, margin), (1, distance))
