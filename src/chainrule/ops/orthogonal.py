"""Factors with orthonormal columns: QR, and the products of reflections that LAPACK makes them of.

The derivatives of QR are in S. Walter and L. Lehmann, "Algorithmic differentiation of linear algebra functions" (2010).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.op import op
from chainrule.kernels import lapack
from chainrule.ops import gauge, spectral_tangents
from chainrule.ops.matrices import (
    LinAlgError,
    adjoint,
    diagonal_of,
    into,
    require_matrices,
)
from chainrule.ops.solving import solve_triangular
from chainrule.return_types import return_type

METHODS = ("qr", "orgqr", "ormqr", "geqrf")
__all__ = ["qr", "orgqr", "ormqr", "geqrf"]

_QR = return_type("qr", ("Q", "R"))  # the older function's results are named after it

# ---- QR ----


def _qr_backward(grads: Any, A_shape: tuple[int, ...], Q: Any, R: Any, mode: str) -> Any:
    of_Q, of_R = grads
    rows, columns = A_shape[-2:]
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
            "linalg.qr(A, mode='reduced') if you are going to require gradients."
        )
    if 0 in A_shape:
        return Q @ R * 0
    of_Q = Q * 0 if of_Q is None else of_Q
    of_R = R * 0 if of_R is None else of_R
    if rows >= columns:
        if rows > np.shape(R)[-2] or np.shape(Q)[-1] == columns:
            return _qr_backward_of_tall(of_Q, of_R, Q, R)
        first = slice(None, columns)
        return _qr_backward_of_tall(
            _of_the_first(Q, of_Q, columns), of_R[..., first, :], Q[..., first], R[..., first, :]
        )
    # The columns beyond the square part are a product with the Q of that part.
    R_square, of_R_square, of_R_rest = R[..., :rows], of_R[..., :rows], of_R[..., rows:]
    rest = Q @ R[..., rows:]
    of_square = _qr_backward_of_tall(of_Q + rest @ adjoint(of_R_rest), of_R_square, Q, R_square)
    return np.concatenate([of_square, Q @ of_R_rest], axis=-1)


def _of_the_first(Q: Any, of_Q: Any, count: int) -> Any:
    # The columns that complete Q turn with the first; among each other they may turn as they like.
    first, filling, of_filling = Q[..., :count], Q[..., count:], of_Q[..., count:]
    turned = adjoint(filling) @ of_filling
    gauge.require_free(
        turned - adjoint(turned),
        np.True_,
        gauge.size_of(of_Q),
        "The QR decomposition is not differentiable when mode='complete' and nrows > ncols: the columns beyond the "
        "first ncols are specified up to a rotation among them, on which the loss depends.",
    )
    return of_Q[..., :count] - filling @ (adjoint(of_filling) @ first)


def _qr_backward_of_tall(of_Q: Any, of_R: Any, Q: Any, R: Any) -> Any:
    sizes = np.abs(diagonal_of(R))
    if bool((np.min(sizes, axis=-1) <= gauge.rounding(sizes) * np.max(sizes, axis=-1)).any()):
        raise LinAlgError(
            "linalg_qr_backward: The columns of the matrix are linearly dependent: R has no inverse, and the columns "
            "of Q that belong to its zeros are not determined."
        )
    inner = R @ adjoint(of_R) - adjoint(of_Q) @ Q
    lower = np.tril(inner, -1)
    diagonal = inner * np.eye(np.shape(inner)[-1], dtype=np.bool_)
    if inner.dtype.kind == "c":
        diagonal = np.real(diagonal)
    return solve_triangular(
        adjoint(R), of_Q + Q @ (lower + adjoint(lower) + diagonal).astype(Q.dtype), upper=False, left=False
    )


@op(
    spaces="linalg:qr",
    results=("Q", "R"),
    conjugate=False,
    A=_qr_backward,
    batching=batches.trailing,
    tangent=spectral_tangents.qr_tangent,
)
def linalg_qr(A: Any, mode: str = "reduced") -> Any:
    """The orthonormal `Q` and upper triangular `R` with `A = Q @ R`; `mode` is `reduced`, `complete` or `r`.

    >>> Q, R = torch.linalg.qr(torch.tensor([[3.0], [4.0]]))
    >>> (Q @ R).round(decimals=4)
    tensor([[3.],
            [4.]])
    """
    require_matrices("linalg.qr", A, square=False)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    if mode == "r":
        return np.empty(0, A.dtype), np.linalg.qr(A, "r")
    how: Any = mode
    return tuple(np.linalg.qr(A, how))


def qr(input: Any, some: bool = True, *, out: Any = None) -> Any:
    """The QR factorization, as `linalg.qr`; complete unless `some`.

    >>> torch.qr(torch.tensor([[2.0]])).R.abs()
    tensor([[2.]])
    """
    return into("qr", out, _QR(linalg_qr(input, "reduced" if some else "complete")))


# ---- reflections ----


def _vector(self: Any, place: int, rows: int) -> Any:
    # The vector of a reflection, as one column: zeros, a 1 at its place, and what stands below the diagonal.
    number = np.arange(rows)[:, None]
    return np.where(number > place, self[..., place : place + 1], np.where(number == place, 1, 0).astype(self.dtype))


def _reflected(C: Any, vector: Any, factor: Any) -> Any:
    return C - vector @ (np.expand_dims(factor, (-2, -1)) * (adjoint(vector) @ C))


def _product(self: Any, tau: Any, C: Any, adjoint_of_it: bool) -> Any:
    count, rows = np.shape(tau)[-1], np.shape(C)[-2]
    for place in range(count) if adjoint_of_it else range(count)[::-1]:
        factor = tau[..., place]
        C = _reflected(C, _vector(self, place, rows), np.conj(factor) if adjoint_of_it else factor)
    return C


def _product_backward(grad: Any, self: Any, tau: Any, result: Any, adjoint_of_it: bool) -> tuple[Any, Any, Any]:
    # Back through the reflections one by one: what each was given is the other's reflection undone.
    count, (rows, columns) = np.shape(tau)[-1], np.shape(self)[-2:]
    places = range(count)[::-1] if adjoint_of_it else range(count)
    of_columns, of_factors = {}, {}
    after = result
    for place in places:
        factor = tau[..., place]
        factor = np.conj(factor) if adjoint_of_it else factor
        wide = np.expand_dims(factor, (-2, -1))
        vector = _vector(self, place, rows)
        before = _undone(after, vector, factor)
        along, of_along = adjoint(before) @ vector, adjoint(grad) @ vector
        of_factor = -(adjoint(along) @ of_along)
        of_factor = np.conj(of_factor).reshape(np.shape(factor))
        of_factors[place] = np.conj(of_factor) if adjoint_of_it else of_factor
        of_vector = -(np.conj(wide) * (grad @ along) + wide * (before @ of_along))
        of_columns[place] = np.where(np.arange(rows)[:, None] > place, of_vector, 0)
        grad = _reflected(grad, vector, np.conj(factor))
        after = before
    zeros = self[..., :1] * 0
    whole = np.concatenate([of_columns.get(place, zeros) for place in range(columns)], axis=-1)
    factors = [np.expand_dims(of_factors[place], -1) for place in range(count)]
    return whole, np.concatenate(factors, axis=-1) if factors else tau * 0, grad


def _undone(C: Any, vector: Any, factor: Any) -> Any:
    # (1 - t v v*) has the inverse 1 + t / (1 - t v*v) v v*.
    length = np.real(adjoint(vector) @ vector).reshape(np.shape(factor))
    return _reflected(C, vector, -factor / (1 - factor * length))


def _ormqr_backward(
    grad: Any, self: Any, tau: Any, result: Any, left: bool, transpose: bool, needs: tuple[bool, ...]
) -> tuple[Any, Any, Any]:
    if left:
        return _product_backward(grad, self, tau, result, transpose)
    of_self, of_tau, of_other = _product_backward(adjoint(grad), self, tau, adjoint(result), not transpose)
    return of_self, of_tau, adjoint(of_other)


def _require_reflections(name: str, self: Any, tau: Any) -> None:
    if self.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if tau.ndim != self.ndim - 1 or tau.shape[:-1] != self.shape[:-2]:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to {tau.ndim} and "
            f"input.ndim is equal to {self.ndim}"
        )
    if tau.dtype != self.dtype:
        from chainrule.dtypes import scalar_type_name

        raise RuntimeError(
            f"{name}: Expected input and tau to have the same dtype, but input has dtype "
            f"{scalar_type_name(self.dtype)} and tau has dtype {scalar_type_name(tau.dtype)}"
        )


@op(
    name="ormqr", spaces="", conjugate=False, saved_names={"tau": "input2", "other": "input3"},
    derivatives={"self, tau, other": _ormqr_backward},
    batching=batches.repeated_for_all,
)  # fmt: skip
def ormqr_row(self: Any, tau: Any, other: Any, left: bool, transpose: bool) -> Any:
    _require_reflections("torch.ormqr", self, tau)
    side = other.shape[-2 if left else -1]
    if tau.shape[-1] > self.shape[-1]:
        raise RuntimeError("torch.ormqr: tau.shape[-1] must be less than or equal to input.shape[-1]")
    if side != self.shape[-2]:
        place = -2 if left else -1
        raise RuntimeError(f"torch.ormqr: other.shape[{place}] must be equal to input.shape[-2]")
    if left:
        return _product(self, tau, other, transpose)
    return adjoint(_product(self, tau, adjoint(other), not transpose))


def ormqr(input: Any, input2: Any, input3: Any, left: bool = True, transpose: bool = False, *, out: Any = None) -> Any:
    """The product of the square `Q` of reflections, as `geqrf` gives them, with another matrix, on its left or right.

    `transpose`: of `Q.mH`.

    >>> torch.ormqr(torch.tensor([[1.0]]), torch.tensor([2.0]), torch.tensor([[3.0]]))
    tensor([[-3.]])
    """
    kwargs = {} if out is None else {"out": out}
    return ormqr_row(input, input2, input3, left, transpose, **kwargs)


def _householder_backward(grad: Any, self: Any, tau: Any, result: Any) -> tuple[Any, Any]:
    return _product_backward(grad, self, tau, result, False)[:2]


@op(
    name="linalg_householder_product", spaces="linalg:householder_product", conjugate=False,
    saved_names={"self": "input"},
    derivatives={"self, tau": _householder_backward},
    batching=batches.trailing,
)  # fmt: skip
def householder_product(self: Any, tau: Any) -> Any:
    """The first columns of the product of reflections, as `geqrf` gives them: as many as `input` has.

    >>> torch.linalg.householder_product(torch.tensor([[1.0]]), torch.tensor([2.0]))
    tensor([[-1.]])
    """
    name = "torch.linalg.householder_product"
    if self.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if self.shape[-2] < self.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if self.shape[-1] < tau.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    _require_reflections(name, self, tau)
    start = np.broadcast_to(np.eye(*self.shape[-2:], dtype=self.dtype), self.shape)
    return np.array(_product(self, tau, start, False))


def orgqr(input: Any, input2: Any, *, out: Any = None) -> Any:
    """The first columns of the product of reflections, as `linalg.householder_product`.

    >>> torch.orgqr(torch.tensor([[1.0]]), torch.tensor([2.0]))
    tensor([[-1.]])
    """
    return householder_product(input, input2) if out is None else householder_product(input, input2, out=out)


# ---- QR by reflections ----


def _geqrf_backward(grads: Any, self: Any, a: Any, tau: Any) -> Any:
    """Back through the reflections, last first; each takes a column below the diagonal to one number."""
    of_a, of_tau = grads
    of_a = a * 0 if of_a is None else of_a
    of_tau = tau * 0 if of_tau is None else of_tau
    rows, columns = np.shape(self)[-2:]
    steps = np.shape(tau)[-1]
    number = np.arange(rows)[:, None]
    # What the columns were before each step.
    before = [self]
    for place in range(steps - 1):
        before.append(_reflected(before[-1], _vector(a, place, rows), np.conj(tau[..., place])))
    # Every step's own column keeps the vector's numbers below the diagonal; R's stand on and above it.
    grad = np.where(number <= np.arange(columns), of_a, 0)
    for place in range(steps)[::-1]:
        C, vector = before[place], _vector(a, place, rows)
        factor = np.conj(tau[..., place])
        wide = np.expand_dims(factor, (-2, -1))
        rest = np.where(np.arange(columns) > place, grad, 0)
        along, of_along = adjoint(C) @ vector, adjoint(rest) @ vector
        of_factor = -np.conj(adjoint(along) @ of_along)
        of_vector = -(np.conj(wide) * (rest @ along) + wide * (C @ of_along))
        of_vector = np.where(number > place, of_vector + of_a[..., place : place + 1], 0)
        of_factor = np.conj(of_factor) + np.expand_dims(of_tau[..., place], (-2, -1))
        of_column = _of_reflection(
            C[..., place : place + 1], a[..., place : place + 1, place : place + 1],
            place, vector, of_vector, of_factor, grad[..., place : place + 1, place : place + 1],
        )  # fmt: skip
        carried = _reflected(rest, vector, np.conj(factor))
        column = np.where(number < place, grad[..., place : place + 1], of_column)
        grad = np.where(np.arange(columns) == place, column, np.where(np.arange(columns) > place, carried, grad))
    return grad


def _of_reflection(x: Any, beta: Any, place: int, vector: Any, of_vector: Any, of_factor: Any, of_beta: Any) -> Any:
    # beta = -sign(Re alpha) * |x|, tau = (beta - alpha) / beta, v = x / (alpha - beta) below alpha; |x| from it on.
    rows = np.shape(x)[-2]
    number = np.arange(rows)[:, None]
    own, below = number == place, number > place
    alpha = x[..., place : place + 1, :]
    length = np.real(beta)
    size = np.where(length == 0, 1, length)
    span = alpha - length
    divisor = np.where(span == 0, 1, span)
    of_span = -np.conj(1 / divisor) * (np.conj(vector) * np.where(below, of_vector, 0)).sum(axis=-2, keepdims=True)
    of_alpha = of_span - of_factor / size
    of_length = -np.real(of_span) + np.real(of_beta) + np.real(np.conj(of_factor) * (alpha / (size * size)))
    of_x = np.where(below, of_vector * np.conj(1 / divisor), 0) + np.where(own, of_alpha, 0)
    return of_x + np.where(number >= place, x, 0) * (of_length / size)


@op(name="geqrf", spaces="", results=("a", "tau"), conjugate=False, self=_geqrf_backward, batching=batches.trailing)
def geqrf_row(self: Any) -> Any:
    if self.ndim < 2:
        raise RuntimeError("torch.geqrf: input must have at least 2 dimensions.")
    return lapack.geqrf(self)


def geqrf(input: Any, *, out: Any = None) -> Any:
    """LAPACK's QR: `R` on and above the diagonal, the vectors of reflections below it, and their factors `tau`.

    `orgqr` and `ormqr` take these. Use `linalg.qr` for `Q` and `R`.

    >>> torch.geqrf(torch.tensor([[2.0]])).tau
    tensor([0.])
    """
    return geqrf_row(input) if out is None else geqrf_row(input, out=out)
