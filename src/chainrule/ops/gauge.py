"""What singular vectors and eigenvectors leave open, and what that means for derivatives.

Vectors are determined up to a sign or phase each; those of equal values up to any rotation among them. A loss has a
derivative where it does not depend on that choice. The vectors' gradients then have no part along it; `require_free`
says so if they do. What remains is finite, except where that part, 0, is divided by the difference of two equal values,
0 too. `between_equal` finds this quotient:

- It is 0 for a loss that depends on the vectors alone.
- For a loss of `V @ diag(h(values)) @ V.mH`, whatever `h`, the gradient `C` of that product, in the basis of vectors,
  shows in both gradients: `h' * diag(C)` comes back to the values, `2 * h * C` to the vectors. Their ratio on the
  diagonal gives `h' * C` off the diagonal.
- It is 0 where the gradients of equal values are the same, and no such ratio explains them: they come from the values.

Where none of this explains what came back, the gradient cannot be found from it, and that is said. No rule could find
it always: losses of different gradients can send back the same at such a matrix. `(V @ diag(values) @ V.mH).sum()` and
`values.sum() + (V @ V.mH).sum() / 2` do so at the identity, where the second is taken for the first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
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


def between_equal(values: Any, equal: Any, symmetric: Any, of_values: Any, size: Any, message: str) -> Any:
    """The part of the gradient between vectors of equal values: see above.

    `symmetric`: the part of the vectors' gradients that is not along the choice.
    """
    if of_values is None:
        return 0
    # A gradient of values times a value compares with one of vectors, which have the length 1.
    scale = np.amax(np.abs(values), axis=-1, keepdims=True)
    scale = np.where(scale == 0, 1, scale)
    of_values = of_values * scale
    both = np.squeeze(size, -1) + np.amax(np.abs(of_values), axis=-1, keepdims=True)
    close = tolerance(symmetric) * both
    # A diagonal far enough from rounding errors to divide by.
    least = min(300 * np.shape(symmetric)[-1] * rounding(symmetric), tolerance(symmetric)) * both
    own = np.real(diagonal_of(symmetric))
    # Sums over the equal values of each, itself among them.
    members = np.where(equal | np.eye(np.shape(symmetric)[-1], dtype=np.bool_), 1, 0).astype(own.dtype)
    products, squares = _sums(members, of_values * own), _sums(members, own * own)
    is_seen = squares > least * least
    ratio = np.where(is_seen, products / np.where(is_seen, squares, 1), 0)
    several = equal.any(-1)
    depends = several & (_sums(members, of_values * of_values) > close * close)
    means = _sums(members, of_values) / _sums(members, own * 0 + 1)
    uneven = _sums(members, (of_values - means) ** 2) > close * close
    explained = is_seen & (_sums(members, (of_values - ratio * own) ** 2) <= close * close)
    has_part = equal & (np.abs(symmetric) > np.expand_dims(close, -1))
    if bool(((depends & uneven & ~explained) | (~depends & ~is_seen & has_part.any(-1))).any()):
        raise RuntimeError(message)
    taken = np.expand_dims(depends & explained, -1)
    part = np.where(equal & taken, np.expand_dims(ratio / scale, -1) * symmetric, 0)
    return once(part) if not isinstance(part, np.ndarray) and bool((np.abs(part) > 0).any()) else part


def _sums(weights: Any, numbers: Any) -> Any:
    return (weights @ np.expand_dims(numbers.astype(weights.dtype), -1)).reshape(np.shape(numbers))


def _no_second(grad: Any) -> Any:
    raise RuntimeError(
        "The second derivative of eigenvectors or singular vectors at equal values is not known: the first was found "
        "from the gradients at these values alone. Differentiate a matrix whose values differ."
    )


@op(name="known_once", spaces="", self=_no_second, batching=batches.elementwise)
def once(self: Any) -> Any:
    """The same numbers, which cannot be differentiated."""
    return self.copy()
