"""Types and what the namespace can do, by the standard's signatures."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from chainrule import dtypes, type_info
from chainrule.array_api.arguments import Array, common_type, on_device
from chainrule.devices import CPU
from chainrule.engine.tensor_base import TensorBase

__all__ = ["astype", "can_cast", "finfo", "iinfo", "isdtype", "result_type"]

_KINDS = {
    "bool": ["bool"],
    "signed integer": ["int8", "int16", "int32", "int64"],
    "unsigned integer": ["uint8", "uint16", "uint32", "uint64"],
    "real floating": ["float32", "float64"],
    "complex floating": ["complex64", "complex128"],
}
_KINDS["integral"] = _KINDS["signed integer"] + _KINDS["unsigned integer"]
_KINDS["numeric"] = _KINDS["integral"] + _KINDS["real floating"] + _KINDS["complex floating"]


class _Floats(NamedTuple):
    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: Any


class _Integers(NamedTuple):
    bits: int
    max: int
    min: int
    dtype: Any


def _type_of(value: Any) -> Any:
    return value.dtype if isinstance(value, TensorBase) else value  # type: ignore[attr-defined]


def astype(x: Array, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Array:
    """The tensor in another type; itself where `copy` is False and it has that type.

    >>> import chainrule as torch
    >>> astype(torch.tensor([1.5]), torch.int64)
    tensor([1])
    """
    on_device(device)
    return x if not copy and x.dtype == dtype else x.astype(dtype)


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether promotion of the two types gives `to`.

    >>> import chainrule as torch
    >>> can_cast(torch.float32, torch.float64), can_cast(torch.float64, torch.float32)
    (True, False)
    """
    given, wanted = _type_of(from_).numpy, _type_of(to).numpy
    return dtypes.category(given) <= dtypes.category(wanted) and bool(np.promote_types(given, wanted) == wanted)


def finfo(type: Any, /) -> Any:
    """The limits of a floating-point type, or of the type of a tensor.

    >>> import chainrule as torch
    >>> finfo(torch.complex64).dtype
    chainrule.float32
    """
    real = _type_of(type).to_real()
    found = type_info.finfo(real)
    return _Floats(found.bits, found.eps, found.max, found.min, found.smallest_normal, real)


def iinfo(type: Any, /) -> Any:
    """The limits of an integer type, or of the type of a tensor.

    >>> import chainrule as torch
    >>> iinfo(torch.int8).max
    127
    """
    found = type_info.iinfo(_type_of(type))
    return _Integers(found.bits, found.max, found.min, _type_of(type))


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether a type is of a kind: `"integral"`, `"real floating"` and so on, a type, or a tuple of such.

    >>> import chainrule as torch
    >>> isdtype(torch.int64, ("bool", "integral"))
    True
    """
    if isinstance(kind, tuple):
        return any(isdtype(dtype, each) for each in kind)
    if isinstance(kind, dtypes.dtype):
        return bool(dtype == kind)
    if kind not in _KINDS:
        raise ValueError(f"kind must be one of {', '.join(map(repr, _KINDS))}, a type or a tuple of them, not {kind!r}")
    return dtype.name in _KINDS[kind] or (kind in ("real floating", "numeric") and dtype.name == "float16")


def result_type(*arrays_and_dtypes: Any) -> Any:
    """The type of what is made of these tensors, types and Python numbers.

    >>> import chainrule as torch
    >>> result_type(torch.int8, torch.uint8)
    chainrule.int16
    """
    return dtypes.from_numpy_dtype(common_type(*arrays_and_dtypes))


class Info:
    """What the namespace can do, as `__array_namespace_info__()` says it.

    >>> Info().default_device()
    device(type='cpu')
    """

    def capabilities(self) -> dict[str, Any]:
        """What of the standard is optional, and whether it is there."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> Any:
        """The device of new tensors."""
        return CPU

    def default_dtypes(self, *, device: Any = None) -> dict[str, Any]:
        """The types of new tensors of Python's numbers, and of indices."""
        on_device(device)
        real = dtypes.get_default_dtype()
        return {
            "real floating": real,
            "complex floating": dtypes.from_numpy_dtype(dtypes.default_complex()),
            "integral": dtypes.int64,
            "indexing": dtypes.int64,
        }

    def devices(self) -> list[Any]:
        """The devices there are."""
        return [CPU]

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, Any]:
        """The types of the standard by name, those of a kind where one is given."""
        on_device(device)
        found = {name: getattr(dtypes, name) for name in ["bool", *_KINDS["numeric"]]}
        return {name: dtype for name, dtype in found.items() if kind is None or isdtype(dtype, kind)}
