"""Determinants, their logarithms, and their derivatives: right for singular matrices too.

The derivative of the determinant is the matrix of cofactors, each of them a polynomial of the elements; so is every
further derivative. They are computed by singular values, from products that leave some of these out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.op import op
from chainrule.ops.matrices import adjoint, diagonal_of, require_matrices, require_square, scaled_columns, transposed
from chainrule.ops.reductions import product_of_others
from chainrule.ops.solving import inv
from chainrule.return_types import return_type

METHODS = ("det", "logdet", "slogdet")
__all__ = ["det", "logdet", "slogdet"]

_SLOGDET = return_type("slogdet", ("sign", "logabsdet"))  # the older function's result is named after it

# ---- the determinant ----


def _singular_vectors(A: Any) -> tuple[Any, Any, Any, Any]:
    # And the determinant of both factors together, a sign or phase.
    u, s, vh = np.linalg.svd(A)
    return u, s, vh, np.linalg.det(u) * np.linalg.det(vh)


def _products_without_two(s: Any) -> Any:
    # [i, j]: the product of all but the i-th and j-th number: of those before, between and behind them.
    count = s.shape[-1]
    row, column = np.arange(count)[:, None], np.arange(count)
    ones = np.ones((*s.shape[:-1], 1), s.dtype)
    before = np.concatenate([ones, np.cumprod(s, -1)[..., :-1]], -1)
    behind = np.concatenate([ones, np.cumprod(s[..., ::-1], -1)[..., :-1]], -1)[..., ::-1]
    shifted = np.concatenate([ones, s[..., :-1]], -1)[..., None, :]
    between = np.cumprod(np.where(column > row + 1, shifted, 1), -1)
    products = np.where(column > row, before[..., :, None] * between * behind[..., None, :], 0)
    return products + transposed(products)


def _change_of_cofactors(A: Any, direction: Any) -> Any:
    u, s, vh, sign = _singular_vectors(A)
    inner = adjoint(u) @ direction @ adjoint(vh)
    products = _products_without_two(s).astype(A.dtype)
    changes = -products * transposed(inner)
    on_diagonal = (products @ diagonal_of(inner)[..., None])[..., 0]
    changes = np.where(np.eye(s.shape[-1], dtype=np.bool_), on_diagonal[..., None], changes)
    return sign[..., None, None] * (np.conj(u) @ changes @ np.conj(vh))


def _second_backward(grad: Any, self: Any, direction: Any) -> tuple[Any, Any]:
    # What changes with A is a polynomial; its linear part along `grad` is the mean of its values on a circle.
    points = max(np.shape(self)[-1] - 1, 2)
    radius = _largest(self) / _largest(direction)
    total: Any = 0
    for turn in np.exp(2j * np.pi * np.arange(points) / points):
        step = (radius * turn).astype(np.complex64 if self.dtype.itemsize == 4 else np.complex128)
        value = second_cofactors(self + step * direction, grad.astype(step.dtype)) / step
        total = total + (value if self.dtype.kind == "c" else np.real(value))
    return total / points, second_cofactors(self, grad)


def _from_inverse(A: Any) -> Any:
    # The transposed inverse times the determinant; None where a matrix of the batch is near a singular one.
    if not A.size:
        return None
    try:
        inverse = np.linalg.inv(A)
    except np.linalg.LinAlgError:
        return None
    condition = np.abs(A).sum(-1).max(-1) * np.abs(inverse).sum(-1).max(-1)
    determinant = np.linalg.det(A)
    if not (condition.max() < np.finfo(A.dtype).eps ** -0.25 and np.isfinite(determinant).all() and determinant.all()):
        return None
    return np.asarray(determinant)[..., None, None] * transposed(inverse)


def _largest(a: Any) -> float:
    values = a if isinstance(a, np.ndarray) else a.detach().numpy()
    return float(np.abs(values).max(initial=0)) or 1.0


@op(spaces="", derivatives={"self, direction": _second_backward}, batching=batches.trailing)
def second_cofactors(self: Any, direction: Any) -> Any:
    # How the cofactors change when the matrix changes in a direction: the second derivative of the determinant.
    return _change_of_cofactors(self, direction)


@op(spaces="", self=lambda grad, self: second_cofactors(self, grad), batching=batches.trailing)
def cofactors(self: Any) -> Any:
    # By singular values, of which each factor leaves out one; an inverse, where it is a good one, takes less time.
    found = _from_inverse(self)
    if found is not None:
        return found
    u, s, vh, sign = _singular_vectors(self)
    others = product_of_others(s, s.ndim - 1).astype(self.dtype)
    return sign[..., None, None] * (np.conj(scaled_columns(u, others)) @ np.conj(vh))


@op(
    name="linalg_det", spaces="linalg:det",
    A=lambda grad, A: np.expand_dims(grad, (-2, -1)) * cofactors(A),
    batching=batches.trailing,
)  # fmt: skip
def linalg_det(A: Any) -> Any:
    """The determinant of a square matrix, or of each of a batch.

    >>> torch.linalg.det(torch.tensor([[2.0, 0.0], [0.0, 3.0]]))
    tensor(6.)
    """
    require_matrices("linalg.det", A)
    return np.linalg.det(A)


def det(input: Any) -> Any:
    """The determinant of a square matrix, as `linalg.det`."""
    return linalg_det(input)


# ---- its logarithm ----


def _somewhere(condition: Any) -> bool:
    # Whether it holds for a matrix, of all that a batch of `vmap` has.
    while hasattr(condition, "_value"):
        condition = condition._value
    return bool(condition.any())


def _inverse_adjoint(A: Any, logarithm: Any) -> Any:
    # A singular matrix: cofactors over a determinant of 0, without a gradient where they are 0 themselves.
    singular = np.expand_dims(logarithm == -np.inf, (-2, -1))
    if not _somewhere(singular):
        return adjoint(inv(A))
    over_zero = np.conj(cofactors(A)) * np.where(singular, np.inf, 0)
    regular = adjoint(inv(np.where(singular, np.eye(np.shape(A)[-1], dtype=A.dtype), A)))
    return np.where(singular, np.where(np.isnan(over_zero), 0, over_zero), regular)


def _slogdet_backward(grads: Any, A: Any, sign: Any, logabsdet: Any) -> Any:
    of_sign, of_logarithm = grads
    grad = of_logarithm
    if sign.dtype.kind == "c" and of_sign is not None:
        turn = -1j * np.imag(np.conj(of_sign) * sign)
        grad = turn if grad is None else grad + turn
    if grad is None:
        return A * 0
    return np.expand_dims(grad, (-2, -1)) * _inverse_adjoint(A, logabsdet)


@op(
    name="linalg_slogdet", spaces="linalg:slogdet", results=("sign", "logabsdet"), conjugate=False,
    A=_slogdet_backward,
    batching=batches.trailing,
)  # fmt: skip
def linalg_slogdet(A: Any) -> Any:
    """The sign of the determinant and the logarithm of its size.

    >>> torch.linalg.slogdet(torch.tensor([[0.0, 1.0], [1.0, 0.0]])).sign
    tensor(-1.)
    """
    require_matrices("linalg.slogdet", A)
    return tuple(np.linalg.slogdet(A))


def slogdet(input: Any, *, out: Any = None) -> Any:
    """The sign of the determinant and the logarithm of its size, as `linalg.slogdet`.

    >>> torch.slogdet(torch.eye(2)).logabsdet
    tensor(0.)
    """
    found = linalg_slogdet(input) if out is None else linalg_slogdet(input, out=out)
    return _SLOGDET(found)


def logdet(input: Any) -> Any:
    """The logarithm of the determinant; NaN where that is negative.

    >>> torch.logdet(torch.eye(2))
    tensor(0.)
    """
    require_square("logdet", input)
    sign, logarithm = linalg_slogdet(input)
    if sign.is_complex():
        return sign.log() + logarithm
    return np.where(sign < 0, np.nan, logarithm)
