"""Tangents of eigenvectors, singular vectors and the factors of QR.

What vectors leave open is chosen: they do not turn by themselves. So every function that does not depend on the choice
has the right derivative, which the formulas of gradients, transposed, could not give: they refuse gradients that do.
Vectors of equal values have no derivative in a direction that tells the values apart, and that is said.

The formulas are those of the gradients, read forwards (see eigenvalues.py and orthogonal.py for their sources).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.ops import gauge
from chainrule.ops.matrices import adjoint, diagonal_of, scaled_columns


def _refuse_splitting(part: Any, equal: Any, size: Any, values: str) -> None:
    gauge.require_free(
        part,
        equal,
        size,
        f"The vectors of equal {values} have no derivative in a direction in which the {values} become different: they "
        "are specified up to a rotation until then.",
    )


def _gaps(values: Any, itself: Any, equal: Any) -> tuple[Any, Any]:
    # Value j minus value i, and where that is not to be divided by.
    unused = itself | equal
    gaps = np.expand_dims(values, -2) - np.expand_dims(values, -1)
    return np.where(unused, 1, gaps), unused


def eigh_tangent(self_t: Any, eigenvalues: Any, eigenvectors: Any) -> tuple[Any, Any]:
    """Those of `linalg.eigh`: of the values, and of the vectors."""
    V = eigenvectors
    if 0 in np.shape(V):
        return eigenvalues * 0, V * 0
    turned = adjoint(V) @ (0.5 * (self_t + adjoint(self_t))) @ V
    itself = np.eye(np.shape(V)[-1], dtype=np.bool_)
    equal = gauge.same(eigenvalues)
    _refuse_splitting(turned, equal, gauge.size_of(turned), "eigenvalues")
    gaps, unused = _gaps(eigenvalues, itself, equal)
    return np.real(diagonal_of(turned)), V @ np.where(unused, 0, turned / gaps).astype(V.dtype)


def eig_tangent(self_t: Any, eigenvalues: Any, eigenvectors: Any) -> tuple[Any, Any]:
    """Those of `linalg.eig`, whose vectors keep the length 1."""
    from chainrule.ops.solving import solve

    V = eigenvectors
    if 0 in np.shape(V):
        return eigenvalues * 0, V * 0
    turned = solve(V, self_t.astype(V.dtype) @ V)
    itself = np.eye(np.shape(V)[-1], dtype=np.bool_)
    equal = gauge.same(eigenvalues)
    _refuse_splitting(turned, equal, gauge.size_of(turned), "eigenvalues")
    gaps, unused = _gaps(eigenvalues, itself, equal)
    moved = V @ np.where(unused, 0, turned / gaps)
    return diagonal_of(turned), moved - scaled_columns(V, np.real((np.conj(V) * moved).sum(axis=-2)).astype(V.dtype))


def svd_tangent(A_t: Any, U: Any, S: Any, Vh: Any) -> tuple[Any, Any, Any]:
    """Those of `linalg.svd`; the vectors that only fill the space turn with the others."""
    count = np.shape(S)[-1]
    full_U, full_V, U, V = U, adjoint(Vh), U[..., :count], adjoint(Vh)[..., :count]
    if 0 in np.shape(S):
        return full_U * 0, S * 0, Vh * 0
    between = adjoint(U) @ A_t @ V
    itself = np.eye(count, dtype=np.bool_)
    equal = gauge.same(S)
    size = gauge.size_of(between)
    symmetric, skew = 0.5 * (between + adjoint(between)), 0.5 * (between - adjoint(between))
    _refuse_splitting(symmetric, equal, size, "singular values")
    gaps, unused = _gaps(S, itself, equal)
    zero = np.less_equal(S, 8 * max(np.shape(A_t)[-2:]) * gauge.rounding(S) * np.amax(S, axis=-1, keepdims=True))
    both_zero = np.expand_dims(zero, -1) & np.expand_dims(zero, -2)
    sums = np.where(both_zero, 1, np.expand_dims(S, -2) + np.expand_dims(S, -1))
    together = np.where(unused, 0, symmetric / gaps)
    against = np.where(both_zero, 0, skew / sums)
    of_U = U @ (together + against).astype(U.dtype)
    of_V = V @ (together - against).astype(V.dtype)
    divisor = np.expand_dims(np.where(zero, 1, S), -2)
    dead = np.expand_dims(zero, -2)
    if np.shape(U)[-2] > count:
        of_U = of_U + np.where(dead, 0, (A_t @ V - U @ between) / divisor)
    if np.shape(V)[-2] > count:
        of_V = of_V + np.where(dead, 0, (adjoint(A_t) @ U - V @ adjoint(between)) / divisor)
    return (
        _with_filling(full_U, of_U),
        np.real(diagonal_of(between)),
        adjoint(_with_filling(full_V, of_V)),
    )


def _with_filling(vectors: Any, of_first: Any) -> Any:
    # The tangent of all vectors, from that of the first: those behind stay at right angles to them.
    count = np.shape(of_first)[-1]
    if np.shape(vectors)[-1] == count:
        return of_first
    first, filling = vectors[..., :count], vectors[..., count:]
    return np.concatenate([of_first, -first @ (adjoint(of_first) @ filling)], axis=-1)


def qr_tangent(A_t: Any, Q: Any, R: Any, mode: str) -> tuple[Any, Any]:
    """Those of `linalg.qr`; columns that complete `Q` turn with the others."""
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
            "linalg.qr(A, mode='reduced') if you are going to require gradients."
        )
    rows, columns = np.shape(A_t)[-2:]
    if 0 in (rows, columns):
        return Q * 0, R * 0
    count = min(rows, columns)
    first, square = Q[..., :count], R[..., :count, :count]
    of_first, of_square = _tall_qr_tangent(A_t[..., :count], first, square)
    of_Q = _with_filling(Q, of_first)
    if columns > count:
        rest = adjoint(first) @ (A_t[..., count:] - of_first @ R[..., :count, count:])
        return of_Q, np.concatenate([of_square, rest], axis=-1)
    missing = np.shape(R)[-2] - count
    if not missing:
        return of_Q, of_square
    return of_Q, np.concatenate([of_square, np.zeros_like(R[..., count:, :])], axis=-2)


def _tall_qr_tangent(A_t: Any, Q: Any, R: Any) -> tuple[Any, Any]:
    from chainrule.ops.solving import solve_triangular

    moved = solve_triangular(R, A_t, upper=True, left=False)
    inside = adjoint(Q) @ moved
    lower = np.tril(inside, -1)
    turning = lower - adjoint(lower)
    if inside.dtype.kind == "c" if isinstance(inside, np.ndarray) else inside.is_complex():
        turning = turning + 1j * np.imag(inside) * np.eye(np.shape(inside)[-1], dtype=np.bool_)
    return Q @ turning + (moved - Q @ inside), np.triu(inside - turning) @ R
