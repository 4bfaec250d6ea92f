"""Evenly spaced numbers, equal to PyTorch's in the last bit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.kernels.multiply_add import multiply_add

__all__ = ["arange", "arange_length", "linspace", "logspace"]

Array = NDArray[Any]
Number = int | float | complex

# PyTorch fills long ranges a pair of vectors at a time, 32 bytes each, adding multiples of the step to the rounded
# first number of each vector.
_VECTOR_BYTES = 32


def arange_length(start: Number, end: Number, step: Number, dtype: np.dtype[Any]) -> int:
    """Return how many numbers lie from ``start`` up to, but without, ``end``.

    Raises RuntimeError for a step of zero or of the wrong sign, and for bounds that are not finite.
    """
    if isinstance(start, complex) or isinstance(end, complex) or isinstance(step, complex):
        raise RuntimeError("value cannot be converted to type double without overflow")  # noqa: TRY004 - PyTorch's
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if dtype.kind in "iu":
        # The values are whole steps from a whole start. For int64 so is the length.
        whole_start, whole_end, whole_step = int(start), int(end), int(step)
        if dtype == np.int64:
            start, end, step = whole_start, whole_end, whole_step
    else:
        whole_start, whole_end, whole_step = start, end, step  # type: ignore[assignment]
    if whole_step == 0:
        raise RuntimeError("step must be nonzero")
    if (whole_end < whole_start) if whole_step > 0 else (whole_end > whole_start):
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if isinstance(start, int) and isinstance(end, int) and isinstance(step, int):
        return -((start - end) // step)
    return math.ceil((end - start) / step)


def arange(start: Any, step: Any, length: int, dtype: np.dtype[Any]) -> Array:
    """Return ``start``, ``start + step``, ... up to ``length`` numbers."""
    if dtype.kind in "iu":
        whole: Array = np.arange(length, dtype=np.int64) * int(step) + int(start)
        return whole.astype(dtype, copy=False)
    exact_step = np.float64(step)
    values: Array = multiply_add(np.arange(length, dtype=np.float64), exact_step, np.float64(start)).astype(dtype)
    lanes = _VECTOR_BYTES // dtype.itemsize
    in_vectors = length - length % (2 * lanes)
    if in_vectors:
        first = values[:in_vectors:lanes].astype(np.float64)
        lane = np.arange(lanes, dtype=np.float64)
        values[:in_vectors] = multiply_add(lane, exact_step, first[:, None]).reshape(-1)
    return values


def linspace(start: Number, end: Number, steps: int, dtype: np.dtype[Any]) -> Array:
    """Return ``steps`` numbers from ``start`` to ``end``: half counted from the start, the rest from the end."""
    if steps < 2:
        return np.full(steps, np.array(start).astype(dtype), dtype)
    computed_in = np.dtype(np.float64) if dtype.kind in "iu" else dtype
    scalar = computed_in.type
    # Bounds are rounded to the type of the result first, or cut to whole numbers.
    first, last = (scalar(np.array(bound).astype(dtype)) for bound in (start, end))
    step = (last - first) / scalar(steps - 1)
    index = np.arange(steps)
    halfway = steps // 2
    values = np.empty(steps, computed_in)
    values[:halfway] = multiply_add(index[:halfway].astype(computed_in), step, first)
    values[halfway:] = multiply_add(index[steps - 1 - halfway :: -1].astype(computed_in), -step, last)
    return values.astype(dtype, copy=False)


def logspace(start: Any, end: Any, steps: int, base: float, dtype: np.dtype[Any]) -> Array:
    """Return ``steps`` powers of ``base`` whose exponents are evenly spaced from ``start`` to ``end``."""
    wide = np.dtype(np.complex128 if dtype.kind == "c" else np.float64)
    if dtype.kind in "iu":
        exponents = linspace(int(start), int(end), steps, wide)
    else:
        exponents = linspace(start, end, steps, dtype).astype(wide)
    with np.errstate(over="ignore", invalid="ignore"):
        return (wide.type(base) ** exponents).astype(dtype)
