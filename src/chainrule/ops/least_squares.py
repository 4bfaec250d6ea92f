"""Pseudoinverses, least squares, and what singular values tell: rank and condition.

The derivative of the pseudoinverse is in G. Golub and V. Pereyra, "The differentiation of pseudo-inverses and nonlinear
least squares problems whose variables separate" (1973); it holds where the rank stays as it is.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.entrywise import holds_anywhere
from chainrule.engine.op import op
from chainrule.kernels import lapack
from chainrule.ops import gauge
from chainrule.ops.eigenvalues import eigvalsh, linalg_svd, svdvals
from chainrule.ops.matrices import adjoint, first_failure, into, require_square, scaled_columns, scaled_rows
from chainrule.ops.norms import matrix_norm
from chainrule.ops.solving import is_vector, linalg_inv_ex

METHODS = ("pinverse",)
__all__ = ["pinverse"]

# ---- the pseudoinverse ----


def _pinv_backward(grad: Any, self: Any, result: Any, atol: Any, rtol: Any) -> Any:
    if (atol is not None or rtol is not None) and not _is_whole(self, result):
        return _truncated_backward(grad, self, atol, rtol)
    return _backward_at_constant_rank(grad, self, result)


def _is_whole(A: Any, P: Any) -> bool:
    # Whether all singular values that are not 0 have an inverse in P.
    rest = np.abs(A - A @ P @ A)
    return not bool((rest > gauge.rounding(rest) * 8 * max(np.shape(A)[-2:]) * gauge.size_of(A)).any())


def _truncated_backward(grad: Any, A: Any, atol: Any, rtol: Any) -> Any:
    # Quotients h(s) -+ h(t) over s -+ t for every two singular values, where h inverts those that are kept.
    U, S, Vh = linalg_svd(A, False)
    kept = _cutoff(S[..., :1], atol, rtol, A) < S
    inverse = np.where(kept, 1 / np.where(kept, S, 1), 0)
    both, one = np.expand_dims(inverse, -1) * np.expand_dims(inverse, -2), np.expand_dims(kept, -1) ^ kept[..., None, :]
    sums, gaps = np.expand_dims(S, -1) + np.expand_dims(S, -2), np.expand_dims(S, -1) - np.expand_dims(S, -2)
    either = np.expand_dims(inverse, -1) + np.expand_dims(inverse, -2)
    change = np.expand_dims(inverse, -1) - np.expand_dims(inverse, -2)
    grad = adjoint(grad)
    inner = adjoint(U) @ grad @ adjoint(Vh)
    symmetric, skew = 0.5 * (inner + adjoint(inner)), 0.5 * (inner - adjoint(inner))
    middle = np.where(one, change / np.where(one, gaps, 1), -both) * symmetric
    middle = middle + np.where(one, either / np.where(one, sums, 1), both) * skew
    beside_U, beside_V = grad @ adjoint(Vh) - U @ inner, adjoint(U) @ grad - inner @ Vh
    squares = inverse * inverse
    return U @ middle @ Vh + scaled_columns(beside_U, squares) @ Vh + U @ scaled_rows(beside_V, squares)


def _backward_at_constant_rank(grad: Any, self: Any, result: Any) -> Any:
    A, P = self, result
    P_adjoint, grad_adjoint = adjoint(P), adjoint(grad)
    right = grad_adjoint @ (P @ P_adjoint)
    left = (P_adjoint @ P) @ grad_adjoint
    return right - A @ (P @ right) + left - (left @ P) @ A - P_adjoint @ grad @ P_adjoint


@op(name="linalg_pinv", spaces="", conjugate=False, self=_pinv_backward, batching=batches.trailing)
def pinv_row(self: Any, atol: Any, rtol: Any, hermitian: bool) -> Any:
    if self.ndim < 2 or self.dtype.kind not in "fc":
        raise RuntimeError(
            f"linalg.pinv({scalar_type_name(self.dtype)}{{{list(self.shape)}}}): expected a tensor with 2 or more "
            "dimensions of float, double, cfloat or cdouble types"
        )
    if 0 in self.shape:
        return np.zeros((*self.shape[:-2], self.shape[-1], self.shape[-2]), self.dtype)
    if hermitian:
        require_square("linalg.eigh", self)
        values, vectors = np.linalg.eigh(self)
        kept = np.abs(values) > _cutoff(np.abs(values).max(-1, keepdims=True), atol, rtol, self)
        inverses = np.where(kept, 1 / np.where(kept, values, 1), 0)
        return (vectors * inverses[..., None, :]) @ adjoint(vectors)
    u, s, vh = np.linalg.svd(self, full_matrices=False)
    kept = s > _cutoff(s[..., :1], atol, rtol, self)
    inverses = np.where(kept, 1 / np.where(kept, s, 1), 0)
    return adjoint(vh) @ (inverses[..., None] * adjoint(u))


def _cutoff(largest: Any, atol: Any, rtol: Any, A: Any) -> Any:
    # What counts as zero: PyTorch's choice where the tolerances leave it open.
    absolute = 0.0 if atol is None else np.expand_dims(np.asarray(atol), -1)
    if rtol is None:
        default = float(np.finfo(A.dtype).eps) * max(A.shape[-2:])
        rtol = default if atol is None else np.where(absolute > 0, 0.0, default)
    else:
        rtol = np.expand_dims(np.asarray(rtol), -1)
    return np.maximum(absolute, rtol * largest)


def _tolerance(value: Any) -> Any:
    return value.detach().numpy() if hasattr(value, "detach") else value


def pinv(
    input: Any, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None, out: Any = None
) -> Any:
    """The Moore-Penrose pseudoinverse; singular values up to `atol`, or `rtol` times the largest, count as zero.

    The tolerances are numbers, or tensors with one for each matrix. `hermitian`: the matrix is symmetric (Hermitian),
    and its lower triangle alone is read.

    >>> torch.linalg.pinv(torch.tensor([[2.0], [0.0]]))
    tensor([[0.5000, 0.0000]])
    """
    rtol = rcond if rtol is None else rtol
    kwargs = {} if out is None else {"out": out}
    return pinv_row(input, _tolerance(atol), _tolerance(rtol), hermitian, **kwargs)


def pinverse(input: Any, rcond: float = 1e-15) -> Any:
    """The Moore-Penrose pseudoinverse, as `linalg.pinv` with `rtol=rcond`.

    >>> torch.pinverse(torch.tensor([[2.0]]))
    tensor([[0.5000]])
    """
    return pinv(input, rtol=rcond)


# ---- least squares ----


def _lstsq_backward(grads: Any, A: Any, B: Any, solution: Any, needs: tuple[bool, ...]) -> tuple[Any, Any]:
    of_solution, of_residuals, _, of_singular_values = grads
    vector = is_vector(np.shape(A), np.shape(B))
    X, right = solution, B
    if vector:
        X, right = np.expand_dims(X, -1), np.expand_dims(B, -1)
        of_solution = None if of_solution is None else np.expand_dims(of_solution, -1)
    of_A, of_B = A * 0, right * 0
    if of_solution is not None:
        P = pinv_row(A, None, None, False)
        of_B = adjoint(P) @ of_solution
        if needs[0]:
            of_A = _backward_at_constant_rank(of_solution @ adjoint(right), A, P)
    if of_residuals is not None and 0 not in np.shape(of_residuals):
        # At the solution the residuals do not change with it.
        error = 2 * np.expand_dims(of_residuals, -2) * (A @ X - right)
        of_B = of_B - error
        of_A = of_A + error @ adjoint(X)
    if of_singular_values is not None and needs[0] and 0 not in np.shape(of_singular_values):
        U, _, Vh = linalg_svd(A, False)
        of_A = of_A + scaled_columns(U, of_singular_values) @ Vh
    return (of_A if needs[0] else None), (of_B.reshape(np.shape(B)) if vector else of_B)


_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


@op(
    name="linalg_lstsq", spaces="", results=("solution", "residuals", "rank", "singular_values"), conjugate=False,
    derivatives={"A, B": _lstsq_backward},
)  # fmt: skip
def lstsq_row(A: Any, B: Any, rcond: float | None, driver: str) -> Any:
    name = "torch.linalg.lstsq"
    if A.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if B.ndim < 1:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if A.dtype.kind not in "fc":
        raise RuntimeError("This function doesn't handle types other than float and double")
    if A.dtype != B.dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype "
            f"{scalar_type_name(A.dtype)} and other's dtype {scalar_type_name(B.dtype)}"
        )
    vector = is_vector(A.shape, B.shape)
    right = B[..., None] if vector else B
    rows, columns = A.shape[-2:]
    if right.shape[-2] != rows:
        raise RuntimeError(f"{name}: input.size(-2) should match other.size(-{1 if vector else 2})")
    batch = np.broadcast_shapes(A.shape[:-2], right.shape[:-2])
    wide_A = np.broadcast_to(A, (*batch, rows, columns))
    wide_B = np.broadcast_to(right, (*batch, *right.shape[-2:]))
    cutoff = float(np.finfo(A.dtype).eps) * max(rows, columns) if rcond is None else float(rcond)
    X, rank, values, info = lapack.least_squares(wide_A, wide_B, cutoff, driver)
    code, number = first_failure(info)
    if code:
        which = "" if number is None else f"(Batch element {number}): "
        raise _rank_error(f"{name}: {which}", code)
    residuals = np.empty(0, A.real.dtype)
    # Of matrices that have full rank and more rows than columns, as far as the driver knows.
    if rows > columns and driver != "gelsy" and (driver == "gels" or bool((rank == columns).all())):
        error = np.abs(wide_A @ X - wide_B)
        residuals = (error * error).sum(-2)
    if driver == "gels":
        rank = np.empty(0, np.int64)
    if driver in ("gels", "gelsy"):
        values = np.empty(0, A.real.dtype)
    return (X[..., 0] if vector else X), residuals, rank, values


def _rank_error(place: str, code: int) -> Exception:
    from chainrule.ops.matrices import LinAlgError

    return LinAlgError(
        f"{place}The least squares solution could not be computed because the input matrix does not have full rank "
        f"(error code: {code})."
    )


def lstsq(input: Any, b: Any, rcond: float | None = None, *, driver: str | None = None, out: Any = None) -> Any:
    """The `X` for which `A @ X - B` is smallest, and of all such the smallest; of each problem of a batch.

    Also the sums of squares that remain (where every `A` has full rank and more rows than columns), the rank, and the
    singular values, as far as the LAPACK `driver` finds them: `gelsy`, `gelsd`, `gelss`, or `gels` for full rank.
    Singular values up to `rcond` times the largest count as zero.

    >>> torch.linalg.lstsq(torch.tensor([[1.0], [1.0]]), torch.tensor([[1.0], [3.0]])).solution.round(decimals=3)
    tensor([[2.]])
    """
    driver = "gelsy" if driver is None else driver
    if driver not in _DRIVERS:
        raise RuntimeError("torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    kwargs = {} if out is None else {"out": out}
    return lstsq_row(input, b, rcond, driver, **kwargs)


# ---- rank and condition ----


def matrix_rank(
    input: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None, out: Any = None
) -> Any:
    """How many singular values are above `atol` and above `rtol` times the largest.

    The tolerances are numbers, or tensors with one for each matrix. `hermitian`: the matrix is symmetric (Hermitian).

    >>> torch.linalg.matrix_rank(torch.ones(3, 3))
    tensor(1)
    """
    if input.ndim < 2:
        raise RuntimeError("torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions.")
    atol, rtol = (tol, 0.0) if tol is not None else (atol, rtol)
    input = input.detach()
    values = eigvalsh(input).abs() if hermitian else svdvals(input)
    if 0 in tuple(input.shape[-2:]):
        return into("linalg_matrix_rank", out, values.new_zeros(tuple(input.shape[:-2])).long())
    largest = values.amax(-1, keepdim=True)
    cutoff = _cutoff(largest.numpy(), _tolerance(atol), _tolerance(rtol), input.numpy())
    return into("linalg_matrix_rank", out, (values > values.new_tensor(cutoff)).sum(-1))


def cond(input: Any, p: Any = None, *, out: Any = None) -> Any:
    """The condition of a matrix: its norm times that of its inverse; by default by the singular values.

    `p` is an order of `matrix_norm`. Infinite for a singular matrix.

    >>> torch.linalg.cond(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor(2.)
    """
    if input.ndim < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    if p is None or (not isinstance(p, str) and abs(p) == 2):
        values = svdvals(input)
        if 0 in tuple(input.shape[-2:]):
            return into("linalg_cond", out, values.new_zeros(tuple(input.shape[:-2])))
        first, last = values.narrow(-1, 0, 1), values.narrow(-1, -1, 1)
        return into("linalg_cond", out, (last / first if p == -2 else first / last).squeeze(-1))
    if p not in ("fro", "nuc") and (isinstance(p, str) or p not in (1, -1, math.inf, -math.inf)):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    shown = p if isinstance(p, str) else f"{p:g}"
    require_square(f"linalg.cond(ord={shown})", input)
    inverse, info = linalg_inv_ex(input)
    if not holds_anywhere(info != 0):
        return into("linalg_cond", out, matrix_norm(input, p) * matrix_norm(inverse, p))
    singular = info != 0
    inverse = np.where(singular.unsqueeze(-1).unsqueeze(-1), 0, inverse)
    return into("linalg_cond", out, np.where(singular, math.inf, matrix_norm(input, p) * matrix_norm(inverse, p)))


ELSEWHERE = {"linalg": {"pinv": pinv, "lstsq": lstsq, "matrix_rank": matrix_rank, "cond": cond}}
