"""How a tensor prints: PyTorch's text, character for character.

The elements of a tensor share one style, chosen by looking at all that will be shown: whole numbers (`1.`), fixed point
(`1.5000`) or scientific (`1.5000e+00`). They are padded to one width, and broken into lines of `linewidth` characters.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chainrule import dtypes
from chainrule.engine.dual_levels import tangent_to_show

if TYPE_CHECKING:
    from chainrule.tensor import Tensor

# Beyond these, fixed point shows too few digits or too many.
_FIXED_POINT_RATIO = 1000.0
_FIXED_POINT_LARGEST = 1e8
_FIXED_POINT_SMALLEST = 1e-4


@dataclasses.dataclass(frozen=True)
class _PrintOptions:
    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


_PROFILES = {
    "default": _PrintOptions(),
    "short": _PrintOptions(precision=2, edgeitems=2),
    "full": _PrintOptions(threshold=math.inf),
}

_options = _PROFILES["default"]


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors print; what is not given stays, except that `sci_mode` returns to automatic (None).

    `profile` is "default", "short" or "full", and can be refined by the other arguments.

    >>> torch.set_printoptions(precision=2)
    >>> torch.tensor([1.12345])
    tensor([1.12])
    >>> torch.set_printoptions(profile="default")
    >>> torch.tensor([1.12345])
    tensor([1.1235])
    """
    if profile is not None and profile not in _PROFILES:
        raise ValueError(f"profile must be one of {', '.join(map(repr, _PROFILES))}, but got {profile!r}")
    start = _options if profile is None else _PROFILES[profile]
    _replace_options(
        _PrintOptions(
            start.precision if precision is None else _count("precision", precision),
            start.threshold if threshold is None else _checked_threshold(threshold),
            start.edgeitems if edgeitems is None else _count("edgeitems", edgeitems),
            start.linewidth if linewidth is None else _count("linewidth", linewidth),
            sci_mode,
        )
    )


def get_printoptions() -> dict[str, Any]:
    """Return the options in force, as keyword arguments of `set_printoptions`.

    >>> get_printoptions()["precision"]
    4
    """
    return dataclasses.asdict(_options)


@contextlib.contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """Print with other options inside a `with` block; the keywords are those of `set_printoptions`.

    >>> with printoptions(precision=2):
    ...     print(torch.tensor([1.12345]))
    tensor([1.12])
    """
    before = _options
    set_printoptions(**options)
    try:
        yield
    finally:
        _replace_options(before)


def tensor_repr(tensor: Tensor, *, tensor_contents: str | None = None) -> str:
    """The text of `repr(tensor)`, with `tensor_contents` in place of the elements if given."""
    array = tensor._array
    plain = type(tensor) in _plain_types()
    name = "tensor" if plain else type(tensor).__name__
    indent = len(name) + 1
    suffixes = _shape_and_dtype_suffixes(array)
    try:
        grad_fn = tensor.grad_fn
        name_of_node = type(grad_fn).__name__
    except RuntimeError:  # a view that may not be used any more can be looked at all the same
        grad_fn = name_of_node = "Invalid"  # type: ignore[assignment]
    if grad_fn is not None:
        suffixes.append(f"grad_fn=<{name_of_node}>")
    elif tensor.requires_grad:
        suffixes.append("requires_grad=True")
    if tensor._tangents is not None:
        tangent = tangent_to_show(tensor)
        if tangent is not None:
            suffixes.append(f"tangent={tangent!r}")
    contents = array_text(array, indent) if tensor_contents is None else tensor_contents
    text = _with_suffixes(f"{name}({contents}", suffixes, indent) + ")"
    return f"Parameter({text})" if _is_parameter(tensor) and not plain else text


def format_tensor(tensor: Tensor, spec: str) -> str:
    """The text of `format(tensor, spec)`: a 0-dim tensor formats as its number, any other tensor as an object."""
    if tensor._array.ndim == 0 and type(tensor) in _plain_types() and not _is_parameter(tensor):
        return format(tensor._array.item(), spec)
    return object.__format__(tensor, spec)


def array_text(array: np.ndarray[Any, Any], indent: int) -> str:
    """Return the elements in their brackets, as they stand in a line after `indent` characters.

    >>> print(array_text(np.array([[1.0, 20.0], [300.0, np.nan]]), 0))
    [[  1.,  20.],
     [300.,  nan]]
    """
    if array.size == 0:
        return "[]"
    summarize = array.size > _options.threshold
    edgeitems = _options.edgeitems if summarize else array.size
    if edgeitems == 0 and array.ndim > 0:
        return "[...]"
    shown = _edges(array, edgeitems)
    style = _complex_style(shown) if array.dtype.kind == "c" else _real_style(shown)
    return _block_text(array, indent, edgeitems, style)


class _Style(NamedTuple):
    """How one element is written, and how many characters that takes."""

    write: Callable[[Any], str]
    width: int


def _edges(array: np.ndarray[Any, Any], edgeitems: int) -> np.ndarray:
    for axis, length in enumerate(array.shape):
        if length > 2 * edgeitems:
            array = np.delete(array, slice(edgeitems, length - edgeitems), axis)
    return array


def _complex_style(array: np.ndarray[Any, Any]) -> _Style:
    write_real, real_width = _real_style(array.real)
    write_imag, imag_width = _real_style(array.imag)

    def write(value: complex) -> str:
        imag = write_imag(value.imag).lstrip()
        sign = "" if imag.startswith("-") else "+"
        return f"{write_real(value.real)}{sign}{imag}j"

    return _Style(write, real_width + imag_width + len("j"))


def _real_style(array: np.ndarray[Any, Any]) -> _Style:
    if array.dtype.kind != "f":
        width = max(len(str(array.min().item())), len(str(array.max().item())))
        return _Style(lambda value: str(value).rjust(width), width)
    # Zeros, infinities and NaN have no say in the style, nor in the width.
    values = array[np.isfinite(array) & (array != 0)]
    precision = _options.precision
    if _is_scientific(values):
        spec, point = f".{precision}e", ""
    elif (values == np.ceil(values)).all():
        spec, point = ".0f", "."
    else:
        spec, point = f".{precision}f", ""
    width = max((len(format(value, spec) + point) for value in _longest(values)), default=1)

    def write(value: float) -> str:
        return (format(value, spec) + (point if math.isfinite(value) else "")).rjust(width)

    return _Style(write, width)


def _is_scientific(values: np.ndarray[Any, Any]) -> bool:
    if values.size == 0:
        return False
    if _options.sci_mode is not None:
        return _options.sci_mode
    magnitudes = np.abs(values)
    smallest, largest = magnitudes.min().item(), magnitudes.max().item()
    return bool(
        largest / smallest > _FIXED_POINT_RATIO or largest > _FIXED_POINT_LARGEST or smallest < _FIXED_POINT_SMALLEST
    )


def _longest(values: np.ndarray[Any, Any]) -> list[float]:
    # On each side of zero the text is longest at one of the two ends: the largest magnitude, or the smallest (1e-100).
    sides = [side for side in (values[values > 0], values[values < 0]) if side.size]
    return [end.item() for side in sides for end in (side.min(), side.max())]


def _block_text(array: np.ndarray[Any, Any], indent: int, edgeitems: int, style: _Style) -> str:
    if array.ndim == 0:
        return style.write(array.item())
    if array.ndim == 1:
        per_line = max(1, (_options.linewidth - indent) // (style.width + len(", ")))
        texts = _with_ellipsis(array, edgeitems, lambda part: [style.write(value) for value in part.tolist()], " ...")
        parts = [", ".join(texts[start : start + per_line]) for start in range(0, len(texts), per_line)]
    else:
        parts = _with_ellipsis(
            array,
            edgeitems,
            lambda part: [_block_text(block, indent + 1, edgeitems, style) for block in part],
            "...",
        )
    newlines = "\n" * max(1, array.ndim - 1)
    return "[" + ("," + newlines + " " * (indent + 1)).join(parts) + "]"


def _with_ellipsis(
    array: np.ndarray[Any, Any], edgeitems: int, texts: Callable[[np.ndarray], list[str]], ellipsis: str
) -> list[str]:
    if len(array) <= 2 * edgeitems:
        return texts(array)
    return [*texts(array[:edgeitems]), ellipsis, *texts(array[-edgeitems:])]


def _shape_and_dtype_suffixes(array: np.ndarray[Any, Any]) -> list[str]:
    default = dtypes.default_float()
    if array.size == 0:
        show_size = array.ndim != 1
        unnamed = [default]
    else:
        show_size = _options.edgeitems == 0
        unnamed = [default, dtypes.default_complex(), dtypes.INT64, dtypes.BOOL]
    suffixes = [f"size={array.shape}"] if show_size else []
    if array.dtype not in unnamed:
        suffixes.append(f"dtype={dtypes.from_numpy_dtype(array.dtype)!r}")
    return suffixes


def _with_suffixes(text: str, suffixes: Sequence[str], indent: int) -> str:
    # PyTorch counts two characters too many for the line that is there; where lines break depends on it.
    line_length = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if line_length + len(suffix) + len(", ") > _options.linewidth:
            text += ",\n" + " " * indent + suffix
            line_length = indent + len(suffix)
        else:
            text += ", " + suffix
            line_length += len(", ") + len(suffix)
    return text


def _plain_types() -> tuple[type[Tensor], ...]:
    # These modules import this one.
    from chainrule.nn.parameter import Buffer, Parameter
    from chainrule.tensor import Tensor

    return Tensor, Parameter, Buffer


def _is_parameter(tensor: Tensor) -> bool:
    from chainrule.nn.parameter import Parameter

    return isinstance(tensor, Parameter)


def _replace_options(options: _PrintOptions) -> None:
    global _options  # noqa: PLW0603 (one setting for the process, as in PyTorch)
    _options = options


def _count(option: str, value: int) -> int:
    try:
        count = operator.index(value)
    except TypeError:
        raise TypeError(f"{option} must be an integer, but got {value!r}") from None
    if count < 0:
        raise ValueError(f"{option} must not be negative, but got {value!r}")
    return count


def _checked_threshold(value: float) -> float:
    if math.isnan(value):
        raise ValueError(f"threshold must be a number (inf to show everything), but got {value!r}")
    return value
