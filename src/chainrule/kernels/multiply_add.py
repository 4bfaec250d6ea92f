"""A multiplication and an addition rounded once, as the processor's fused instruction does it.

PyTorch's kernels use that instruction and NumPy does not; the last bit of uniform numbers, `linspace` and `arange`
hangs on it.
"""

from typing import Any

import numpy as np

__all__ = ["multiply_add"]


def multiply_add(values: Any, factor: Any, addend: Any) -> Any:
    """Return ``values * factor + addend``, rounded once (``float16`` twice: processors have no such instruction)."""
    if values.dtype == np.float16 or (np.ndim(addend) == 0 and (factor == 1 or addend == 0)):
        return values * factor + addend
    if values.dtype == np.float32:
        return (values.astype(np.float64) * np.float64(factor) + np.float64(addend)).astype(np.float32)
    product = values * factor
    product_error = _product_error(values, factor, product)
    total = product + addend
    shared = total - product
    total_error = (product - (total - shared)) + (addend - shared)
    return total + (total_error + product_error)


def _product_error(left: Any, right: Any, product: Any) -> Any:
    # Dekker: halves of 26 bits multiply without rounding, so what the rounded product lost can be added up.
    left_high, left_low = _halves(left)
    right_high, right_low = _halves(right)
    return left_low * right_low - (((product - left_high * right_high) - left_low * right_high) - left_high * right_low)


def _halves(values: Any) -> tuple[Any, Any]:
    scaled = values * 134217729.0
    high = scaled - (scaled - values)
    return high, values - high
