"""Element-wise functions of the standard: of one tensor, and of two, which are brought to one type first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.array_api.arguments import Array, promoted
from chainrule.engine.op import TABLE
from chainrule.ops import powers

_OF_ONE = {
    "abs": "abs", "acos": "acos", "acosh": "acosh", "asin": "asin", "asinh": "asinh", "atan": "atan",
    "atanh": "atanh", "bitwise_invert": "bitwise_not", "ceil": "ceil", "conj": "conj", "cos": "cos", "cosh": "cosh",
    "exp": "exp", "expm1": "expm1", "floor": "floor", "isfinite": "isfinite", "isinf": "isinf", "isnan": "isnan",
    "log": "log", "log1p": "log1p", "log2": "log2", "log10": "log10", "logical_not": "logical_not",
    "negative": "neg", "positive": "positive", "real": "real", "reciprocal": "reciprocal",
    "sign": "sgn", "signbit": "signbit", "sin": "sin", "sinh": "sinh", "sqrt": "sqrt", "square": "square",
    "tan": "tan", "tanh": "tanh", "trunc": "trunc",
}  # fmt: skip
_OF_TWO = {
    "add": "add", "atan2": "atan2", "bitwise_and": "bitwise_and", "bitwise_left_shift": "bitwise_left_shift",
    "bitwise_or": "bitwise_or", "bitwise_right_shift": "bitwise_right_shift", "bitwise_xor": "bitwise_xor",
    "copysign": "copysign", "divide": "div", "equal": "eq", "floor_divide": "floor_divide", "greater": "gt",
    "greater_equal": "ge", "hypot": "hypot", "less": "lt", "less_equal": "le", "logaddexp": "logaddexp",
    "logical_and": "logical_and", "logical_or": "logical_or", "logical_xor": "logical_xor", "maximum": "maximum",
    "minimum": "minimum", "multiply": "mul", "nextafter": "nextafter", "not_equal": "ne", "remainder": "remainder",
    "subtract": "sub",
}  # fmt: skip


def _of_one(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def elementwise(x: Array, /) -> Array:
        return function(x)

    elementwise.__name__ = elementwise.__qualname__ = name
    elementwise.__doc__ = f"`{name}` of each element of `x`."
    return elementwise


def _of_two(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def elementwise(x1: Array, x2: Array, /) -> Array:
        return function(*promoted(x1, x2))

    elementwise.__name__ = elementwise.__qualname__ = name
    elementwise.__doc__ = f"`{name}` of each two elements of `x1` and `x2`, broadcast; one may be a Python number."
    return elementwise


globals().update({name: _of_one(name, TABLE[row].function) for name, row in _OF_ONE.items()})
globals().update({name: _of_two(name, TABLE[row].function) for name, row in _OF_TWO.items()})
__all__ = [*_OF_ONE, *_OF_TWO, "clip", "imag", "pow", "round"]  # noqa: PLE0604 (the names are those above)


def imag(x: Array, /) -> Array:
    """The imaginary part of each element.

    >>> import chainrule as torch
    >>> imag(torch.tensor([1 + 2j]))
    tensor([2.])
    """
    return np.imag(x)


def pow(x1: Array, x2: Array, /) -> Array:
    """Each element of `x1` to the power of that of `x2`; one may be a Python number.

    >>> import chainrule as torch
    >>> pow(torch.tensor([2.0, 3.0]), 2)
    tensor([4., 9.])
    """
    return powers.pow(*promoted(x1, x2))


def round(x: Array, /) -> Array:
    """The whole number nearest to each element, the even one of two; of complex numbers, of both their parts.

    >>> import chainrule as torch
    >>> round(torch.tensor([0.5, 1.5, 2.6]))
    tensor([0., 2., 3.])
    """
    whole = TABLE["round"].function
    return TABLE["complex"].function(whole(x.real), whole(x.imag)) if x._array.dtype.kind == "c" else whole(x)


def clip(x: Array, /, min: Any = None, max: Any = None) -> Array:
    """Each element of `x`, or the bound that it is beyond.

    >>> import chainrule as torch
    >>> clip(torch.tensor([-1, 0, 5]), 0, 3)
    tensor([0, 0, 3])
    """
    bounds = [None if bound is None else promoted(x, bound)[1] for bound in (min, max)]
    return np.clip(x, *bounds)


if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
