"""Data types: PyTorch's names and promotion rules over NumPy's dtypes.

Promotion has three priorities (tensors with dimensions, 0-dim tensors, Python numbers): a lower one takes part only
when its category (bool < integer < floating < complex) is above all higher ones. That is what makes Python numbers and
0-dim tensors *weak*.
"""

from __future__ import annotations

import math
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from chainrule.names import public_name

NumpyDType: TypeAlias = "np.dtype[Any]"


# For annotations inside the class, where `dtype` is a property.
DType: TypeAlias = "dtype"


class dtype:
    """A data type such as `float32`; `.numpy` is NumPy's own.

    >>> float64.is_floating_point, float64.itemsize
    (True, 8)
    """

    __slots__ = ("is_complex", "is_floating_point", "is_signed", "itemsize", "kind", "name", "numpy")

    name: str
    numpy: NumpyDType
    is_floating_point: bool
    is_complex: bool
    is_signed: bool
    itemsize: int
    kind: str

    def __init__(self, name: str, numpy: npt.DTypeLike) -> None:
        self.name = name
        self.numpy = np.dtype(numpy)
        self.is_floating_point = self.numpy.kind == "f"
        self.is_complex = self.numpy.kind == "c"
        self.is_signed = self.numpy.kind in "ifc"
        self.itemsize = self.numpy.itemsize
        self.kind = self.numpy.kind

    def __getattr__(self, name: str) -> Any:
        if name == "numpy":
            raise TypeError(f"{self!r} has no numbers here: NumPy has none of this type. Use float32")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    @property
    def dtype(self) -> NumpyDType:
        """NumPy's dtype, under the name by which `np.dtype(...)` looks for it."""
        return self.numpy

    def to_real(self) -> DType:
        """The real type of a complex type's parts; a real type is its own."""
        return {complex64: float32, complex128: float64}.get(self, self)

    def to_complex(self) -> DType:
        """The complex type whose parts have this type."""
        if self.is_complex:
            return self
        if self not in (float32, float64):
            msg = f"{self} has no complex type: only float32 and float64 have"
            raise TypeError(msg)
        return complex64 if self is float32 else complex128

    def __repr__(self) -> str:
        return f"{public_name()}.{self.name}"

    def __reduce__(self) -> str | tuple[Any, ...]:
        return _by_name, (self.name,)


float16: Final = dtype("float16", np.float16)
float32: Final = dtype("float32", np.float32)
float64: Final = dtype("float64", np.float64)
complex64: Final = dtype("complex64", np.complex64)
complex128: Final = dtype("complex128", np.complex128)
int8: Final = dtype("int8", np.int8)
int16: Final = dtype("int16", np.int16)
int32: Final = dtype("int32", np.int32)
int64: Final = dtype("int64", np.int64)
uint8: Final = dtype("uint8", np.uint8)
uint16: Final = dtype("uint16", np.uint16)
uint32: Final = dtype("uint32", np.uint32)
uint64: Final = dtype("uint64", np.uint64)
bool: Final = dtype("bool", np.bool_)


def _only_a_name(name: str, itemsize: int) -> dtype:
    # A type that NumPy has no numbers of: programs compare with it, and whoever wants a tensor of it is told.
    named = dtype.__new__(dtype)
    named.name, named.itemsize, named.kind = name, itemsize, "f"
    named.is_floating_point, named.is_complex, named.is_signed = True, False, True
    return named


bfloat16: Final = _only_a_name("bfloat16", 2)
float8_e4m3fn: Final = _only_a_name("float8_e4m3fn", 1)
float8_e4m3fnuz: Final = _only_a_name("float8_e4m3fnuz", 1)
float8_e5m2: Final = _only_a_name("float8_e5m2", 1)
float8_e5m2fnuz: Final = _only_a_name("float8_e5m2fnuz", 1)
float8_e8m0fnu: Final = _only_a_name("float8_e8m0fnu", 1)
float4_e2m1fn_x2: Final = _only_a_name("float4_e2m1fn_x2", 1)

ALL_DTYPES: Final = (
    float16, float32, float64, complex64, complex128,
    int8, int16, int32, int64, uint8, uint16, uint32, uint64, bool,
)  # fmt: skip
_OF_NUMPY: Final[dict[NumpyDType, dtype]] = {d.numpy: d for d in ALL_DTYPES}
NAMES_ONLY: Final = (
    bfloat16, float8_e4m3fn, float8_e4m3fnuz, float8_e5m2, float8_e5m2fnuz, float8_e8m0fnu, float4_e2m1fn_x2,
)  # fmt: skip
_OF_NAME: Final[dict[str, dtype]] = {d.name: d for d in (*ALL_DTYPES, *NAMES_ONLY)}
_OF_PYTHON: Final[dict[type, dtype]] = {}


def _by_name(name: str) -> dtype:
    return _OF_NAME[name]


_default = float32.numpy
_default_complex = complex64.numpy

BOOL: Final = bool.numpy
INT64: Final = int64.numpy
# NumPy's kind letters in the order of PyTorch's categories.
_CATEGORY: Final = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}


def from_numpy_dtype(numpy_dtype: NumpyDType) -> dtype:
    """The `dtype` of a NumPy dtype; TypeError for one that has none.

    >>> from_numpy_dtype(np.dtype("float32"))
    chainrule.float32
    """
    found = _OF_NUMPY.get(numpy_dtype)
    if found is None:
        found = _OF_NUMPY.get(numpy_dtype.newbyteorder("="))
    if found is None:
        supported = ", ".join(d.name for d in ALL_DTYPES)
        msg = (
            f"can't convert np.ndarray of type {numpy_dtype.type.__module__}.{numpy_dtype.type.__name__}. "
            f"The only supported types are: {supported}."
        )
        raise TypeError(msg)
    return found


def as_numpy_dtype(wanted: object) -> NumpyDType:
    """NumPy's dtype for a `dtype`, a NumPy dtype or scalar type, or one of Python's `bool`, `int`, `float`, `complex`.

    >>> as_numpy_dtype(float)
    dtype('float64')
    """
    if isinstance(wanted, dtype):
        return wanted.numpy
    python = _python_dtypes().get(wanted) if isinstance(wanted, type) else None
    if python is not None:
        return python
    if isinstance(wanted, np.dtype) or (isinstance(wanted, type) and issubclass(wanted, np.generic)):
        return from_numpy_dtype(np.dtype(wanted)).numpy
    msg = f"dtype must be a {public_name()}.dtype, not {type(wanted).__name__}"
    raise TypeError(msg)


def _python_dtypes() -> dict[type, NumpyDType]:
    import builtins  # this module's `bool` is PyTorch's

    return {builtins.bool: BOOL, int: INT64, float: float64.numpy, complex: complex128.numpy}


def get_default_dtype() -> dtype:
    """The type of new floating-point tensors: `float32` unless changed by `set_default_dtype`.

    >>> get_default_dtype()
    chainrule.float32
    """
    return _OF_NUMPY[_default]


def set_default_dtype(d: dtype) -> None:
    """Make `d` (`float16`, `float32` or `float64`) the type of new floating-point tensors."""
    global _default, _default_complex  # noqa: PLW0603 (one default per process, as PyTorch's)
    if not isinstance(d, dtype):
        msg = "invalid dtype object: only floating-point types are supported as the default type"
        raise TypeError(msg)
    if not d.is_floating_point:
        msg = "only floating-point types are supported as the default type"
        raise TypeError(msg)
    _default = d.numpy
    _default_complex = np.dtype(np.complex128 if d is float64 else np.complex64)


def default_float() -> NumpyDType:
    """The type of a tensor made of Python's floats."""
    return _default


def default_complex() -> NumpyDType:
    """The type of a tensor made of Python's complex numbers."""
    return _default_complex


def category(numpy_dtype: NumpyDType) -> int:
    """0 for bool, 1 for integers, 2 for floating point, 3 for complex."""
    return _CATEGORY[numpy_dtype.kind]


def promote_numpy(a: NumpyDType, b: NumpyDType) -> NumpyDType:
    """PyTorch's promotion of two types of equal priority: NumPy's, but an integer never widens a float."""
    if a is b:
        return a
    ca, cb = _CATEGORY[a.kind], _CATEGORY[b.kind]
    if ca < 2 <= cb:
        return b
    if cb < 2 <= ca:
        return a
    if (
        "u" in (a.kind, b.kind)
        and a.kind != b.kind
        and "b" not in (a.kind, b.kind)
        and max(a.itemsize if a.kind == "u" else 0, b.itemsize if b.kind == "u" else 0) > 1
    ):
        # uint16 and wider have no promotion to a signed type in PyTorch.
        msg = (
            "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
            f"{_type_name(a)} and {_type_name(b)}"
        )
        raise RuntimeError(msg)
    return np.promote_types(a, b)


def _type_name(numpy_dtype: NumpyDType) -> str:
    return {
        "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long", "uint8": "Byte", "bool": "Bool",
        "float16": "Half", "float32": "Float", "float64": "Double", "complex64": "ComplexFloat",
        "complex128": "ComplexDouble", "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64",
    }[numpy_dtype.name]  # fmt: skip


def scalar_type_name(numpy_dtype: NumpyDType) -> str:
    """PyTorch's name of a type in its error messages: `Float`, `Double`, `Long` and so on."""
    return _type_name(numpy_dtype)


def tensor_type_name(numpy_dtype: NumpyDType) -> str:
    """What PyTorch calls a tensor of a type in the errors of `expand`: `torch.FloatTensor`, `CPUBoolType`."""
    name = _type_name(numpy_dtype)
    return f"CPU{name}Type" if numpy_dtype.kind in "bc" else f"torch.{name}Tensor"


def c_type_name(numpy_dtype: NumpyDType) -> str:
    """The name of a type in those of PyTorch's error messages that name C++ types: `float`, `double`, `long int`."""
    names = {
        "bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int",
        "int64": "long int", "float16": "c10::Half", "float32": "float", "float64": "double",
        "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
    }  # fmt: skip
    return names.get(numpy_dtype.name, _type_name(numpy_dtype))


# The names of types in the error of a number that does not fit: C's own where C has one.
_C_NUMBERS: Final = {
    "int8": "int8_t", "int16": "int16_t", "int32": "int", "int64": "int64_t",
    "uint8": "uint8_t", "uint16": "uint16_t", "uint32": "uint32_t", "uint64": "uint64_t",
    "float16": "c10::Half", "float32": "float", "float64": "double",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip


def cast_number(number: Any, numpy_dtype: NumpyDType) -> Any:
    """A Python or NumPy number as a NumPy scalar of a type, cut to a whole number for an integer type.

    Unsigned types take negative numbers and wrap, any number is a boolean. Raises RuntimeError for a number that the
    type cannot hold, and OverflowError for an integer that no type can.

    >>> cast_number(-1, np.dtype("uint8")), cast_number(2.5, np.dtype("int64"))
    (np.uint8(255), np.int64(2))
    """
    kind = numpy_dtype.kind
    if (type(number) is int or type(number) is float) and -128 <= number < 128 and kind in "if":
        return numpy_dtype.type(number)
    if isinstance(number, np.generic):
        number = number.item()
    if isinstance(number, int) and not -(1 << 63) <= number < 1 << 64:
        msg = "int too big to convert" if number > 0 else "can't convert negative int to unsigned"
        raise OverflowError(msg)
    if kind == "b":
        return np.bool_(number)
    fits = True
    if isinstance(number, complex) and kind != "c":
        fits, number = number.imag == 0, number.real
    if not (fits and _fits(number, numpy_dtype)):
        msg = f"value cannot be converted to type {_C_NUMBERS[numpy_dtype.name]} without overflow"
        raise RuntimeError(msg)
    if kind in "fc":
        return numpy_dtype.type(number)
    return np.array(int(number) % (1 << 64), np.uint64).astype(numpy_dtype)[()]


def _fits(number: Any, numpy_dtype: NumpyDType) -> Any:
    if isinstance(number, complex):
        return _fits(number.real, numpy_dtype) and _fits(number.imag, numpy_dtype)
    if numpy_dtype.kind in "fc":
        return not math.isfinite(number) or abs(number) <= float(np.finfo(numpy_dtype).max)
    limits = np.iinfo(numpy_dtype)
    lowest = -limits.max if numpy_dtype.kind == "u" and isinstance(number, int) else limits.min
    return lowest <= number <= limits.max


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest type to which both can be promoted, by PyTorch's rules.

    >>> promote_types(int64, float32)
    chainrule.float32
    """
    return _OF_NUMPY[promote_numpy(type1.numpy, type2.numpy)]


def dtype_of_number(number: object) -> NumpyDType:
    """The type that a Python number has when it takes part in promotion."""
    import builtins

    if isinstance(number, (builtins.bool, np.bool_)):
        return BOOL
    if isinstance(number, (int, np.integer)):
        return INT64
    if isinstance(number, (float, np.floating)):
        return _default
    if isinstance(number, (complex, np.complexfloating)):
        return _default_complex
    msg = f"unsupported type: {type(number).__name__}"
    raise TypeError(msg)


def result_dtype(operands: tuple[object, ...]) -> NumpyDType:
    """The common type of arrays and Python numbers, by priority: arrays with dimensions, 0-dim arrays, numbers."""
    dimensional: NumpyDType | None = None
    zero_dim: NumpyDType | None = None
    number: NumpyDType | None = None
    for operand in operands:
        if isinstance(operand, np.ndarray):
            if operand.ndim:
                dimensional = operand.dtype if dimensional is None else promote_numpy(dimensional, operand.dtype)
            else:
                zero_dim = operand.dtype if zero_dim is None else promote_numpy(zero_dim, operand.dtype)
        elif operand is not None:
            d = dtype_of_number(operand)
            number = d if number is None else promote_numpy(number, d)
    common: NumpyDType = _combine(_combine(dimensional, zero_dim), number)
    return common


def _combine(higher: NumpyDType | None, lower: NumpyDType | None) -> Any:
    if higher is None:
        return lower
    if lower is None:
        return higher
    high, low = _CATEGORY[higher.kind], _CATEGORY[lower.kind]
    if low <= high:
        return higher
    if low == 3 and high == 2:
        # A complex number beside real floats takes their width.
        return np.dtype(np.complex128) if higher.itemsize == 8 else np.dtype(np.complex64)
    if high < 2 <= low or high < low:
        return lower
    return higher
