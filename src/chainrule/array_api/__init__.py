"""The Array API standard (2024.12) on tensors: `x.__array_namespace__()` is this module.

Programs that are written for the standard get NumPy-like functions with its signatures: `xp.concat`, `xp.astype`,
`xp.linalg`, `xp.fft`. They are the functions that tensors have anyway, and are differentiated likewise. `xp.special` is
no part of the standard yet: SciPy looks there for its special functions.
"""

import typing as _typing
from math import e, inf, nan, pi

from chainrule import special
from chainrule.array_api import creation, elementwise, fft, linalg, manipulation, reducing, types
from chainrule.array_api.linalg import matmul, matrix_transpose, tensordot, vecdot
from chainrule.dtypes import (
    bool,
    complex64,
    complex128,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)

__array_api_version__ = "2024.12"
__array_namespace_info__ = types.Info
newaxis = None

_FUNCTIONS = {
    name: getattr(module, name)
    for module in (creation, elementwise, manipulation, reducing, types)
    for name in module.__all__
}
globals().update(_FUNCTIONS)

__all__ = [  # noqa: PLE0604 (the names are the modules')
    "__array_api_version__", "__array_namespace_info__", "e", "inf", "nan", "newaxis", "pi",
    "bool", "complex64", "complex128", "float32", "float64", "int8", "int16", "int32", "int64",
    "uint8", "uint16", "uint32", "uint64",
    "fft", "linalg", "special", "matmul", "matrix_transpose", "tensordot", "vecdot", *_FUNCTIONS,
]  # fmt: skip

if _typing.TYPE_CHECKING:

    def __getattr__(name: str) -> _typing.Any: ...
