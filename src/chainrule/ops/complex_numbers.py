"""Complex numbers made of two real ones: `complex`, `polar`; and what is asked of conjugates."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine.inplace import call_inplace
from chainrule.engine.op import ELEMENTWISE, TABLE, op
from chainrule.ops.shapes import array_of

METHODS = ("conj_physical_", "is_conj", "is_neg", "resolve_conj", "resolve_neg")
__all__ = ["conj_physical_", "is_conj", "is_neg", "resolve_conj", "resolve_neg"]


def _require_parts(function: str, names: tuple[str, str], parts: tuple[Any, Any]) -> None:
    for number, (name, part) in enumerate(zip(names, parts, strict=True), 1):
        if not isinstance(part, np.ndarray):
            raise TypeError(
                f"{function}(): argument '{name}' (position {number}) must be Tensor, not {type(part).__name__}"
            )
    first, second = parts
    if first.dtype.kind != "f" or second.dtype.kind != "f":
        given, other = scalar_type_name(first.dtype), scalar_type_name(second.dtype)
        raise RuntimeError(f"Expected both inputs to be Half, Float or Double tensors but got {given} and {other}")
    if first.dtype != second.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {scalar_type_name(first.dtype)} but got scalar type "
            f"{scalar_type_name(second.dtype)} for second argument"
        )
    if first.dtype.itemsize == 2:
        raise NotImplementedError(
            f"\"{function}_cpu\" not implemented for 'Half': NumPy has no complex numbers of half precision"
        )


@op(
    name="complex", kind=ELEMENTWISE, conjugate=False, spaces="torch",
    real=lambda grad: np.real(grad), imag=lambda grad: np.imag(grad),
)  # fmt: skip
def complex_number(real: Any, imag: Any) -> Any:
    """The complex numbers with these real and imaginary parts, both of one floating-point type.

    >>> torch.complex(torch.tensor([1.0]), torch.tensor([2.0]))
    tensor([1.+2.j])
    """
    _require_parts("complex", ("real", "imag"), (real, imag))
    made = np.empty(np.broadcast_shapes(real.shape, imag.shape), np.result_type(real.dtype, np.complex64))
    made.real = real
    made.imag = imag
    return made


# The rays from the origin: at a distance of 0, and below it, they have the same direction.
def _along_the_ray(grad: Any, angle: Any) -> Any:
    return np.real(grad) * np.cos(angle) + np.imag(grad) * np.sin(angle)


def _across_the_ray(grad: Any, abs: Any, angle: Any) -> Any:
    return abs * (np.imag(grad) * np.cos(angle) - np.real(grad) * np.sin(angle))


@op(kind=ELEMENTWISE, conjugate=False, spaces="torch", abs=_along_the_ray, angle=_across_the_ray)
def polar(abs: Any, angle: Any) -> Any:
    """The complex numbers of this distance from 0 and this angle, both of one floating-point type.

    >>> torch.polar(torch.tensor([2.0]), torch.tensor([0.0]))
    tensor([2.+0.j])
    """
    _require_parts("polar", ("abs", "angle"), (abs, angle))
    made = np.empty(np.broadcast_shapes(abs.shape, angle.shape), np.result_type(abs.dtype, np.complex64))
    made.real = abs * np.cos(angle)
    made.imag = abs * np.sin(angle)
    return made


# ---- conjugates: PyTorch takes them late, here they are taken at once ----


def is_conj(input: Any) -> bool:
    """Whether the tensor is one whose values are still to be conjugated: False, they are as soon as it is made.

    >>> torch.is_conj(torch.tensor([1j]).conj())
    False
    """
    array_of(input)
    return False


def is_neg(input: Any) -> bool:
    """Whether the tensor is one whose values are still to be negated: False, they are as soon as it is made.

    >>> torch.is_neg(torch.tensor([1j]).conj().imag)
    False
    """
    array_of(input)
    return False


def resolve_conj(input: Any) -> Any:
    """The tensor itself: its values are conjugated already where they are to be.

    >>> torch.resolve_conj(torch.tensor([1j]).conj())
    tensor([0.-1.j])
    """
    array_of(input)
    return input


def resolve_neg(input: Any) -> Any:
    """The tensor itself: its values are negated already where they are to be.

    >>> torch.resolve_neg(torch.tensor([1j]).conj().imag)
    tensor([-1.])
    """
    array_of(input)
    return input


def conj_physical_(input: Any) -> Any:
    """The complex conjugate, written into the tensor itself; a real tensor stays as it is.

    >>> torch.conj_physical_(torch.tensor([1j]))
    tensor([0.-1.j])
    """
    return call_inplace(TABLE["conj"], (input,)) if array_of(input).dtype.kind == "c" else input
