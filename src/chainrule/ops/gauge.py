"""What singular vectors and eigenvectors leave open, and what that means for derivatives.

Vectors are determined up to a sign or phase each; those of equal values up to any rotation among them. A loss has a
derivative where it does not depend on that choice. The vectors' gradients then have no part along it;
`require_free` says so if they do. What remains is finite, except where that part, 0, is divided by the difference of two
equal values, 0 too. `between_equal` finds this quotient:

- where the gradients of equal values are 0, or the same, as for a loss of the space that their vectors span: 0.
- where the loss is one of `V @ diag(h(values)) @ V.mH` for some function `h`, the gradient of that product, `C` in the
  basis of the vectors, shows in both: `h' * diag(C)` comes back to the values, `2 * h * C` to the vectors. Their ratio
  on the diagonal gives `h' * C` off the diagonal.

Where neither explains what came back, the gradient cannot be found from it, and that is said.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.op import op
from chainrule.ops.matrices import diagonal_of


def rounding(values: Any) -> float:
    """The unit of the last place, for numbers of this type."""
    return float(np.finfo(values.dtype).eps)


def tolerance(array: Any) -> float:
    """The relative error below which a gradient's part counts as 0."""
    return rounding(array) ** (1 / 3)


def same(values: Any) -> Any:
    """Which pairs of values, of different places, are equal up to rounding; False if none are."""
    count = np.shape(values)[-1]
    sizes = np.abs(values)
    largest = np.amax(sizes, axis=-1, keepdims=True)
    distances = np.abs(np.expand_dims(values, -1) - np.expand_dims(values, -2))
    close = distances <= np.expand_dims(8 * count * rounding(sizes) * largest, -1)
    close = close & ~np.eye(count, dtype=np.bool_)
    return close if bool(close.any()) else False


def size_of(*parts: Any) -> Any:
    """The largest size of an element, for each matrix: what its parts' errors are measured by."""
    found: Any = 0
    for part in parts:
        found = found + np.amax(np.abs(part), axis=(-2, -1), keepdims=True)
    return found


def require_free(part: Any, where: Any, size: Any, message: str) -> None:
    """Refuse a gradient that has a part along what is not determined, beside its size."""
    if where is False:
        return
    if bool((where & (np.abs(part) > tolerance(part) * size)).any()):
        raise RuntimeError(message)


def between_equal(equal: Any, symmetric: Any, of_values: Any, size: Any, message: str) -> Any:
    """The part of the gradient between vectors of equal values: see above.

    `symmetric`: the part of the vectors' gradients that is not along the choice.
    """
    block = equal | np.eye(np.shape(symmetric)[-1], dtype=np.bool_)
    close = tolerance(symmetric) * size
    own = np.real(diagonal_of(symmetric))
    if of_values is None:
        of_values = own * 0
    weights = np.where(block, 1.0, 0.0).astype(own.dtype)
    products, squares = _sums(weights, of_values * own), _sums(weights, own * own)
    known = squares > np.squeeze(close, -1) ** 2
    ratio = np.where(known, products / np.where(known, squares, 1), 0)
    residual = np.abs(of_values - ratio * own)
    unlike = residual > np.squeeze(close, -1)
    has_part = equal & (np.abs(symmetric) > close)
    # A gradient of zeros on the diagonal says nothing of what is off it.
    silent = ~known
    means = _sums(weights, of_values) / _sums(weights, own * 0 + 1)
    uneven = np.abs(of_values - means) > np.squeeze(close, -1)
    any_unlike, any_uneven = (
        _sums(weights, np.where(unlike, 1.0, 0.0)) > 0,
        _sums(weights, np.where(uneven, 1.0, 0.0)) > 0,
    )
    undetermined = (any_unlike & any_uneven) | (silent & ~any_unlike)
    if bool((has_part & np.expand_dims(undetermined, -1)).any()):
        raise RuntimeError(message)
    ratio = np.where(any_unlike, 0, ratio)
    part = np.where(has_part, np.expand_dims(ratio, -1) * symmetric, 0)
    return once(part) if not isinstance(part, np.ndarray) and bool((np.abs(part) > 0).any()) else part


def _sums(weights: Any, numbers: Any) -> Any:
    return (weights @ np.expand_dims(numbers.astype(weights.dtype), -1)).reshape(np.shape(numbers))


def _no_second(grad: Any) -> Any:
    raise RuntimeError(
        "The second derivative of eigenvectors or singular vectors at equal values is not known: the first was found "
        "from the gradients at these values alone. Differentiate a matrix whose values differ."
    )


@op(name="known_once", spaces="", self=_no_second)
def once(self: Any) -> Any:
    """The same numbers, which cannot be differentiated."""
    return self.copy()
