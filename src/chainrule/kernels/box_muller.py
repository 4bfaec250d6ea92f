"""The Box-Muller transform: pairs of uniform numbers become pairs of normal ones, equal to PyTorch's in the last bit.

For ``float32`` that takes the logarithm, sine and cosine which PyTorch's vector code computes: the polynomials of the
Cephes library, with every multiplication that an addition follows rounded once, as the processor's fused instruction
does. Here ``float64`` arrays hold the ``float32`` numbers: a product of two of them is exact there, so that rounding
the sum back to ``float32`` is that one rounding.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.kernels.multiply_add import multiply_add

__all__ = ["BLOCK", "box_muller"]

Array = NDArray[Any]

BLOCK = 16
"""The transform works on blocks of 16: 8 numbers that become radii, then 8 that become angles."""

# Blocks that are worked on at a time, so that what is computed on the way stays in the processor's cache.
_CHUNK = 1024

_SINGLE = np.float32

# log(1 + x) = x - x**2 / 2 + x**3 * P(x) for x from sqrt(1/2) - 1 to sqrt(2) - 1; highest power first.
_LOG_POLYNOMIAL = (
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip
# log(2) in two parts, the large one with so few bits that its product with an exponent is exact.
_LOG_2_HIGH, _LOG_2_LOW = 0.693359375, -2.12194440e-4
# sin(x) = x + x**3 * S(x**2) and cos(x) = 1 - x**2 / 2 + x**4 * C(x**2) for x from -pi/4 to pi/4.
_SIN_POLYNOMIAL = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_COS_POLYNOMIAL = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
# -pi/4 in three parts.
_MINUS_QUARTER_PI = (-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)


def box_muller(uniforms: Array, mean: float, std: float) -> Any:
    """Return normal numbers from flat ``uniforms`` in [0, 1), whose length is a multiple of 16, in their type."""
    scalar = uniforms.dtype.type
    blocks = uniforms.reshape(-1, 2, BLOCK // 2)
    normals = np.empty_like(blocks)
    for start in range(0, len(blocks), _CHUNK):
        chunk, made = blocks[start : start + _CHUNK], normals[start : start + _CHUNK]
        remainders, angles = scalar(1) - chunk[:, 0], scalar(2.0 * math.pi) * chunk[:, 1]
        if uniforms.dtype == np.float32:
            logarithms = _log(remainders)
            sines, cosines = _sin_and_cos(angles)
        else:
            logarithms, sines, cosines = np.log(remainders), np.sin(angles), np.cos(angles)
        logarithms *= scalar(-2)
        radii = np.sqrt(logarithms, out=logarithms)
        np.multiply(radii, cosines, out=made[:, 0], casting="same_kind")
        np.multiply(radii, sines, out=made[:, 1], casting="same_kind")
    return multiply_add(normals.reshape(-1), scalar(std), scalar(mean))


# Below, every array is float64 and every number in it a float32.


def _round(values: Array) -> Array:
    return values.astype(_SINGLE).astype(np.float64)


def _number(value: float) -> float:
    return float(_SINGLE(value))


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    value: Any = _number(coefficients[0])
    for coefficient in coefficients[1:]:
        value = _round(value * x + _number(coefficient))
    return value


def _log(values: Array) -> Array:
    mantissa, exponent = np.frexp(values)
    x, power = mantissa.astype(np.float64), exponent.astype(np.float64)
    below = mantissa < _SINGLE(math.sqrt(0.5))
    power -= below
    x += x * below - 1  # from sqrt(1/2) - 1 to sqrt(2) - 1
    square = _round(x * x)
    cube_part = _round(_polynomial(_LOG_POLYNOMIAL, x) * x)
    correction = _round(cube_part * square + _round(power * _number(_LOG_2_LOW)))
    correction = _round(correction - 0.5 * square)
    return _round(power * _LOG_2_HIGH + _round(x + correction)).astype(_SINGLE)


def _sin_and_cos(angles: Array) -> tuple[Array, Array]:
    # The angle is what remains of it after an even number of quarters of pi.
    quarters = (angles * _SINGLE(4 / math.pi)).astype(np.int32)
    quarters += quarters & 1
    x = angles.astype(np.float64)
    for part in _MINUS_QUARTER_PI:
        x = _round(quarters * _number(part) + x)
    square = _round(x * x)
    cosine = _round(_polynomial(_COS_POLYNOMIAL, square) * square)
    cosine = _round(_round(cosine * square - 0.5 * square) + 1)
    sine = _round(_polynomial(_SIN_POLYNOMIAL, square) * square)
    sine = _round(sine * x + x)
    # Quarters 2 and 6 swap the two; from 4 on the sine is negative, from 2 to 5 the cosine.
    swapped = (quarters & 2) != 0
    sine, cosine = np.where(swapped, cosine, sine), np.where(swapped, sine, cosine)
    sine *= 1 - ((quarters & 4) >> 1)
    cosine *= 1 - (((quarters + 2) & 4) >> 1)
    return sine, cosine
