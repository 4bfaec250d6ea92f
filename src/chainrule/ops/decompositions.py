"""Inverses, solutions, determinants and factorizations of matrices, and their derivatives.

The derivatives are in M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008); those of QR in S. Walter and L. Lehmann, "Algorithmic differentiation of linear algebra
functions" (2010); that of the pseudoinverse in G. Golub and V. Pereyra (1973). Their formulas are made of operations
themselves, so they can be differentiated again.

Eigenvectors and singular vectors are determined up to signs or phases: a derivative exists only for what does not
depend on that choice, and none for the vectors of equal values. The formulas divide by the differences of the values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine.op import op
from chainrule.ops.reductions import product_of_others
from chainrule.return_types import return_type

METHODS = (
    "inverse", "det", "logdet", "slogdet", "pinverse", "svd", "qr", "cholesky", "cholesky_solve",
)  # fmt: skip
__all__ = [
    "inverse", "det", "logdet", "slogdet", "pinverse", "svd", "qr", "cholesky", "cholesky_solve",
]  # fmt: skip


# The older functions' results are named after them.
_SLOGDET = return_type("slogdet", ("sign", "logabsdet"))
_QR = return_type("qr", ("Q", "R"))
_SVD = return_type("svd", ("U", "S", "V"))


class _LinAlgError(RuntimeError):
    """A matrix has no such inverse, solution or factorization."""


LinAlgError = _LinAlgError


# ---- what PyTorch says of matrices that do not fit ----


def _require_matrices(name: str, A: Any, *, square: bool = True, parameter: str = "A") -> None:
    if A.ndim < 2:
        raise RuntimeError(f"linalg.{name}: The input tensor {parameter} must have at least 2 dimensions.")
    if square and A.shape[-1] != A.shape[-2]:
        raise RuntimeError(
            f"linalg.{name}: {parameter} must be batches of square matrices, but they are "
            f"{A.shape[-2]} by {A.shape[-1]} matrices"
        )
    if A.dtype.kind not in "fc":
        raise RuntimeError(
            f"linalg.{name}: Expected a floating point or complex tensor as input. Got {scalar_type_name(A.dtype)}"
        )
    if A.dtype == np.float16:
        raise RuntimeError(f"linalg.{name}: Low precision dtypes not supported. Got Half")


def _for_each(compute: Callable[[Any], Any], A: Any, explain: Callable[[Any], str], name: str) -> Any:
    # NumPy's function on all matrices at once; where it fails, the first that fails by itself is named.
    try:
        return compute(A)
    except np.linalg.LinAlgError:
        for number, matrix in enumerate(A.reshape(-1, *A.shape[-2:])):
            try:
                compute(matrix)
            except np.linalg.LinAlgError:
                which = f"(Batch element {number}): " if A.ndim > 2 else ""
                raise LinAlgError(f"{name}: {which}{explain(matrix)}") from None
        raise


def _singular_inverse(matrix: Any) -> str:
    from scipy.linalg.lapack import get_lapack_funcs

    (getrf,) = get_lapack_funcs(("getrf",), (matrix,))
    return (
        f"The diagonal element {getrf(matrix)[2]} is zero, the inversion could not be completed because the input "
        "matrix is singular."
    )


def _not_positive(matrix: Any) -> str:
    from scipy.linalg.lapack import get_lapack_funcs

    (potrf,) = get_lapack_funcs(("potrf",), (matrix,))
    return (
        "The factorization could not be completed because the input is not positive-definite (the leading minor of "
        f"order {potrf(matrix, lower=True)[1]} is not positive-definite)."
    )


def _transposed(a: Any) -> Any:
    return np.swapaxes(a, -1, -2)


def _adjoint(a: Any) -> Any:
    transposed = np.swapaxes(a, -1, -2)
    return np.conj(transposed) if a.dtype.kind == "c" else transposed


def _scaled_columns(a: Any, factors: Any) -> Any:
    return a * np.expand_dims(factors, -2)


# ---- inverse and solution ----


@op(
    name="linalg_inv", spaces="", node_name="LinalgInvExBackward0", saved_names={"result": "inverse"},
    self=lambda grad, result: -(_transposed(result) @ grad @ _transposed(result)),
)  # fmt: skip
def inv(self: Any) -> Any:
    """The inverse of a square matrix, or of each of a batch.

    Raises RuntimeError for a matrix that has none.

    >>> torch.linalg.inv(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    _require_matrices("inv", self)
    return _for_each(np.linalg.inv, self, _singular_inverse, "linalg.inv")


inverse = inv


def _is_vector(A_shape: tuple[int, ...], B_shape: tuple[int, ...]) -> bool:
    # Whether the right side is one vector for each matrix.
    return len(B_shape) == 1 or (len(A_shape) - 1 == len(B_shape) and A_shape[:-1] == B_shape)


def _solve_backward(
    grad: Any, A: Any, B_shape: tuple[int, ...], result: Any, left: bool, needs: tuple[bool, ...]
) -> tuple[Any, Any]:
    vector = left and _is_vector(np.shape(A), B_shape)
    if vector:
        grad, result = np.expand_dims(grad, -1), np.expand_dims(result, -1)
    of_B = solve_row(_transposed(A), grad, left)
    of_A = None
    if needs[0]:
        of_A = -(of_B @ _transposed(result) if left else _transposed(result) @ of_B)
    return of_A, of_B.reshape(np.shape(of_B)[:-1]) if vector else of_B


def _require_system(name: str, A: Any, B: Any, left: bool) -> None:
    if B.ndim < 2 or B.shape[-2 if left else -1] != A.shape[-1]:
        raise RuntimeError(
            f"linalg.{name}: Incompatible shapes of A and B for the equation {'AX' if left else 'XA'} = B "
            f"({A.shape[-2]}x{A.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})"
        )
    if A.dtype != B.dtype:
        raise RuntimeError(
            f"linalg.{name}: Expected A and B to have the same dtype, but found A of type {scalar_type_name(A.dtype)} "
            f"and B of type {scalar_type_name(B.dtype)} instead"
        )


def _solution(A: Any, B: Any, left: bool) -> Any:
    return np.linalg.solve(A, B) if left else _transposed(np.linalg.solve(_transposed(A), _transposed(B)))


def _singular_system(matrix: Any) -> str:
    return "The solver failed because the input matrix is singular."


@op(name="linalg_solve", spaces="", node_name="LinalgSolveExBackward0", derivatives={"A, B": _solve_backward})
def solve_row(A: Any, B: Any, left: bool) -> Any:
    _require_matrices("solve", A)
    vector = _is_vector(A.shape, B.shape)
    right = B[..., None] if vector else B
    _require_system("solve", A, right, left)
    solution = _for_each(lambda a: _solution(a, _fitting(right, A, a), left), A, _singular_system, "torch.linalg.solve")
    return solution[..., 0] if vector else solution


def _fitting(right: Any, A: Any, a: Any) -> Any:
    # The right sides for all matrices; zeros when one matrix alone is tried.
    return right if a is A else np.zeros(right.shape[-2:], right.dtype)


def solve(A: Any, B: Any, *, left: bool = True, out: Any = None) -> Any:
    """The solution `X` of `A @ X = B`, or of `X @ A = B` with `left=False`; of each system of a batch.

    Raises RuntimeError for a singular matrix.

    >>> torch.linalg.solve(torch.tensor([[2.0, 0.0], [0.0, 4.0]]), torch.tensor([1.0, 1.0]))
    tensor([0.5000, 0.2500])
    """
    solution = solve_row(A, B, left)
    return solution if out is None else out.copy_(solution)


def _triangle(a: Any, upper: bool, unitriangular: bool = False) -> Any:
    return np.triu(a, int(unitriangular)) if upper else np.tril(a, -int(unitriangular))


def _solve_triangular_backward(
    grad: Any, A: Any, result: Any, upper: bool, left: bool, unitriangular: bool, needs: tuple[bool, ...]
) -> tuple[Any, Any]:
    of_B = solve_triangular_row(_transposed(A), grad, not upper, left, unitriangular)
    of_A = None
    if needs[0]:
        product = of_B @ _transposed(result) if left else _transposed(result) @ of_B
        of_A = -_triangle(product, upper, unitriangular)
    return of_A, of_B


@op(name="linalg_solve_triangular", spaces="", derivatives={"A, B": _solve_triangular_backward})
def solve_triangular_row(A: Any, B: Any, upper: bool, left: bool, unitriangular: bool) -> Any:
    _require_matrices("solve_triangular", A)
    _require_matrices("solve_triangular", B, square=False, parameter="B")
    _require_system("solve_triangular", A, B, left)
    triangle = _triangle(A, upper, unitriangular)
    if unitriangular:
        triangle = triangle + np.eye(A.shape[-1], dtype=A.dtype)
    return _solution(triangle, B, left)


def solve_triangular(
    A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False, out: Any = None
) -> Any:
    """The solution `X` of `A @ X = B` for a triangular `A`; only its triangle is read.

    >>> torch.linalg.solve_triangular(torch.tensor([[2.0, 0.0], [2.0, 1.0]]), torch.tensor([[2.0], [3.0]]), upper=False)
    tensor([[1.],
            [1.]])
    """
    solution = solve_triangular_row(A, B, upper, left, unitriangular)
    return solution if out is None else out.copy_(solution)


def cholesky_solve(input: Any, L: Any, upper: bool = False, *, out: Any = None) -> Any:
    """The solution of `A @ X = input` from the Cholesky factor `L` of `A`.

    >>> torch.cholesky_solve(torch.tensor([[4.0]]), torch.tensor([[2.0]]))
    tensor([[1.]])
    """
    lower = L.mH if upper else L
    solution = solve_triangular(lower.mH, solve_triangular(lower, input, upper=False), upper=True)
    return solution if out is None else out.copy_(solution)


# ---- determinant ----


def _cofactors_backward(grad: Any, self: Any, result: Any) -> Any:
    # From cofactors = det * inverse transposed; a singular matrix has no inverse to write it with.
    along = (grad * result).sum(axis=(-2, -1), keepdims=True)
    return (along * result - result @ _transposed(grad) @ result) / det(self).reshape((*np.shape(self)[:-2], 1, 1))


@op(spaces="", self=_cofactors_backward)
def cofactors(self: Any) -> Any:
    # The derivative of the determinant. By singular values, of which each factor leaves out one: singular matrices too.
    u, s, vh = np.linalg.svd(self)
    others = product_of_others(s, s.ndim - 1).astype(self.dtype)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return sign[..., None, None] * (np.conj(u * others[..., None, :]) @ np.conj(vh))


@op(
    name="linalg_det", spaces="", saved_names={"self": "A"},
    self=lambda grad, self: np.expand_dims(grad, (-2, -1)) * cofactors(self),
)  # fmt: skip
def det(self: Any) -> Any:
    """The determinant of a square matrix, or of each of a batch.

    >>> torch.linalg.det(torch.tensor([[2.0, 0.0], [0.0, 3.0]]))
    tensor(6.)
    """
    _require_matrices("det", self)
    return np.linalg.det(self)


def _slogdet_backward(grads: Any, self: Any, sign: Any) -> Any:
    of_sign, of_logarithm = grads
    grad = of_logarithm
    if sign.dtype.kind == "c" and of_sign is not None:
        turn = -1j * np.imag(np.conj(of_sign) * sign)
        grad = turn if grad is None else grad + turn
    if grad is None:
        return self * 0
    return np.expand_dims(grad, (-2, -1)) * _adjoint(inv(self))


@op(
    name="linalg_slogdet", spaces="", results=("sign", "logabsdet"), conjugate=False, saved_names={"self": "A"},
    self=_slogdet_backward,
)  # fmt: skip
def linalg_slogdet(self: Any) -> Any:
    """The sign of the determinant and the logarithm of its size.

    >>> torch.linalg.slogdet(torch.tensor([[0.0, 1.0], [1.0, 0.0]])).sign
    tensor(-1.)
    """
    _require_matrices("slogdet", self)
    return tuple(np.linalg.slogdet(self))


def slogdet(input: Any) -> Any:
    """The sign of the determinant and the logarithm of its size, as `linalg.slogdet`."""
    return _SLOGDET(linalg_slogdet(input))


def logdet(input: Any) -> Any:
    """The logarithm of the determinant; NaN where that is negative.

    >>> torch.logdet(torch.eye(2))
    tensor(0.)
    """
    sign, logarithm = linalg_slogdet(input)
    if sign.is_complex():
        return sign.log() + logarithm
    return np.where(sign < 0, np.nan, logarithm)


# ---- factorizations ----


def _cholesky_backward(grad: Any, result: Any, upper: bool) -> Any:
    if upper:
        grad, result = _adjoint(grad), _adjoint(result)
    lower = np.tril(_adjoint(result) @ grad)
    halved = lower - 0.5 * (lower * np.eye(np.shape(lower)[-1], dtype=np.bool_))
    inverse = inv(result)
    whole = _adjoint(inverse) @ halved @ inverse
    return 0.5 * (whole + _adjoint(whole))


@op(name="linalg_cholesky", spaces="", node_name="LinalgCholeskyExBackward0", conjugate=False, self=_cholesky_backward)
def linalg_cholesky(self: Any, upper: bool = False) -> Any:
    """The lower triangular `L` with `A = L @ L.mH` for a positive-definite matrix; `L.mH` with `upper=True`.

    >>> torch.linalg.cholesky(torch.tensor([[4.0]]))
    tensor([[2.]])
    """
    _require_matrices("cholesky", self)
    factor = _for_each(np.linalg.cholesky, self, _not_positive, "linalg.cholesky")
    return _adjoint(factor) if upper else factor


def cholesky(input: Any, upper: bool = False, *, out: Any = None) -> Any:
    """The Cholesky factor, as `linalg.cholesky`."""
    factor = linalg_cholesky(input, upper)
    return factor if out is None else out.copy_(factor)


def _qr_backward(grads: Any, self_shape: tuple[int, ...], Q: Any, R: Any, mode: str) -> Any:
    of_Q, of_R = grads
    rows, columns = self_shape[-2:]
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
            "linalg.qr(A, mode='reduced') if you are going to require gradients."
        )
    if mode == "complete" and rows > columns:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols")
    of_Q = Q * 0 if of_Q is None else of_Q
    of_R = R * 0 if of_R is None else of_R
    if rows >= columns:
        return _qr_backward_of_tall(of_Q, of_R, Q, R)
    # The columns beyond the square part are a product with the Q of that part.
    R_square, of_R_square, of_R_rest = R[..., :rows], of_R[..., :rows], of_R[..., rows:]
    rest = Q @ R[..., rows:]
    of_square = _qr_backward_of_tall(of_Q + rest @ _adjoint(of_R_rest), of_R_square, Q, R_square)
    return np.concatenate([of_square, Q @ of_R_rest], axis=-1)


def _qr_backward_of_tall(of_Q: Any, of_R: Any, Q: Any, R: Any) -> Any:
    inner = R @ _adjoint(of_R) - _adjoint(of_Q) @ Q
    lower = np.tril(inner, -1)
    diagonal = inner * np.eye(np.shape(inner)[-1], dtype=np.bool_)
    if inner.dtype.kind == "c":
        diagonal = np.real(diagonal)
    return (of_Q + Q @ (lower + _adjoint(lower) + diagonal)) @ _adjoint(inv(R))


@op(name="linalg_qr", spaces="", results=("Q", "R"), conjugate=False, self=_qr_backward)
def linalg_qr(self: Any, mode: str = "reduced") -> Any:
    """The orthonormal `Q` and upper triangular `R` with `A = Q @ R`; `mode` is `reduced`, `complete` or `r`.

    >>> Q, R = torch.linalg.qr(torch.tensor([[3.0], [4.0]]))
    >>> (Q @ R).round(decimals=4)
    tensor([[3.],
            [4.]])
    """
    _require_matrices("qr", self, square=False)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    if mode == "r":
        return np.empty(0, self.dtype), np.linalg.qr(self, "r")
    how: Any = mode
    return tuple(np.linalg.qr(self, how))


def qr(input: Any, some: bool = True, *, out: Any = None) -> Any:
    """The QR factorization, as `linalg.qr`; complete unless `some`."""
    return _QR(linalg_qr(input, "reduced" if some else "complete"))


def _eigh_backward(grads: Any, eigenvalues: Any, eigenvectors: Any) -> Any:
    of_values, of_vectors = grads
    vectors = eigenvectors
    middle: Any = 0
    if of_values is not None:
        middle = np.expand_dims(of_values, -1) * np.eye(np.shape(of_values)[-1], dtype=np.bool_)
    if of_vectors is not None:
        gaps = np.expand_dims(eigenvalues, -2) - np.expand_dims(eigenvalues, -1)
        itself = np.eye(np.shape(gaps)[-1], dtype=np.bool_)
        turned = _adjoint(vectors) @ of_vectors
        turned = 0.5 * (turned - _adjoint(turned))
        middle = middle + np.where(itself, 0, turned / np.where(itself, 1, gaps))
    return vectors @ middle.astype(vectors.dtype) @ _adjoint(vectors)


@op(name="linalg_eigh", spaces="", results=("eigenvalues", "eigenvectors"), conjugate=False, self=_eigh_backward)
def eigh(self: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a symmetric or Hermitian matrix, in ascending order, and its eigenvectors, as columns.

    Only the triangle that `UPLO` names, lower or upper, is read.

    >>> torch.linalg.eigh(torch.tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    tensor([1., 2.])
    """
    _require_matrices("eigh", self)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    triangle: Any = UPLO
    return tuple(np.linalg.eigh(self, triangle))


def eigvalsh(A: Any, UPLO: str = "L", *, out: Any = None) -> Any:
    """The eigenvalues of a symmetric or Hermitian matrix, in ascending order.

    >>> torch.linalg.eigvalsh(torch.tensor([[2.0, 0.0], [0.0, 1.0]]))
    tensor([1., 2.])
    """
    values = eigh(A, UPLO)[0]
    return values if out is None else out.copy_(values)


def _svd_backward(grads: Any, U: Any, S: Any, Vh: Any) -> Any:
    count = np.shape(S)[-1]
    of_U, of_S, of_Vh = grads
    rows, columns = np.shape(U)[-2], np.shape(Vh)[-1]
    # Of the vectors that only fill the space nothing comes back.
    U, Vh = U[..., :count], Vh[..., :count, :]
    itself = np.eye(count, dtype=np.bool_)
    middle: Any = 0
    if of_S is not None:
        middle = np.expand_dims(of_S, -1) * itself
    if of_U is not None or of_Vh is not None:
        squares = S * S
        gaps = np.where(itself, 1, np.expand_dims(squares, -2) - np.expand_dims(squares, -1))
    if of_U is not None:
        of_U = of_U[..., :count]
        turned = _adjoint(U) @ of_U
        middle = middle + _scaled_columns((turned - _adjoint(turned)) / gaps, S)
    if of_Vh is not None:
        of_V = _adjoint(of_Vh[..., :count, :])
        turned = Vh @ of_V
        middle = middle + np.expand_dims(S, -1) * ((turned - _adjoint(turned)) / gaps)
    if of_U is not None and middle.dtype.kind == "c":
        # The phase that U and V share.
        middle = middle + itself * (1j * np.imag(_adjoint(U) @ of_U) / np.expand_dims(S, -2))
    gradient = U @ middle.astype(U.dtype) @ Vh
    if of_U is not None and rows > count:
        outside = of_U - U @ (_adjoint(U) @ of_U)
        gradient = gradient + _scaled_columns(outside, 1 / S) @ Vh
    if of_Vh is not None and columns > count:
        outside = _adjoint(of_V) - (_adjoint(of_V) @ _adjoint(Vh)) @ Vh
        gradient = gradient + U @ (np.expand_dims(1 / S, -1) * outside)
    return gradient


@op(name="linalg_svd", spaces="", results=("U", "S", "Vh"), conjugate=False, self=_svd_backward)
def linalg_svd(self: Any, full_matrices: bool = True) -> Any:
    """The singular value decomposition `A = U @ diag(S) @ Vh`; with `full_matrices`, `U` and `Vh` are square.

    >>> torch.linalg.svd(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).S
    tensor([4., 3.])
    """
    _require_matrices("svd", self, square=False)
    return tuple(np.linalg.svd(self, full_matrices))


def svdvals(A: Any, *, out: Any = None) -> Any:
    """The singular values, in descending order.

    >>> torch.linalg.svdvals(torch.tensor([[3.0, 0.0], [0.0, 4.0]]))
    tensor([4., 3.])
    """
    values = linalg_svd(A, False)[1]
    return values if out is None else out.copy_(values)


def svd(input: Any, some: bool = True, compute_uv: bool = True, *, out: Any = None) -> Any:
    """The singular value decomposition `U @ diag(S) @ V.mH`: as `linalg.svd`, but with `V`; reduced if `some`."""
    U, S, Vh = linalg_svd(input, not some)
    return _SVD((U, S, Vh.mH))


# ---- the pseudoinverse, and what singular values tell ----


def _pinv_backward(grad: Any, self: Any, result: Any) -> Any:
    A, P = self, result
    P_adjoint, grad_adjoint = _adjoint(P), _adjoint(grad)
    right = grad_adjoint @ (P @ P_adjoint)
    left = (P_adjoint @ P) @ grad_adjoint
    return right - A @ (P @ right) + left - (left @ P) @ A - P_adjoint @ grad @ P_adjoint


@op(name="linalg_pinv", spaces="", conjugate=False, self=_pinv_backward)
def pinv_row(self: Any, rtol: float | None, hermitian: bool) -> Any:
    if self.ndim < 2 or self.dtype.kind not in "fc":
        raise RuntimeError(
            f"linalg.pinv({scalar_type_name(self.dtype)}{{{list(self.shape)}}}): expected a tensor with 2 or more "
            "dimensions of float, double, cfloat or cdouble types"
        )
    cutoff = float(np.finfo(self.dtype).eps) * max(self.shape[-2:]) if rtol is None else rtol
    return np.linalg.pinv(self, cutoff, hermitian)


def pinv(A: Any, *, rtol: float | None = None, hermitian: bool = False, out: Any = None) -> Any:
    """The Moore-Penrose pseudoinverse; singular values up to `rtol` times the largest count as zero.

    >>> torch.linalg.pinv(torch.tensor([[2.0], [0.0]]))
    tensor([[0.5000, 0.0000]])
    """
    inverse = pinv_row(A, rtol, hermitian)
    return inverse if out is None else out.copy_(inverse)


def pinverse(input: Any, rcond: float = 1e-15) -> Any:
    """The Moore-Penrose pseudoinverse, as `linalg.pinv` with `rtol=rcond`."""
    return pinv(input, rtol=rcond)
