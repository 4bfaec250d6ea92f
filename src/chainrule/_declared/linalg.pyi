# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Literal, overload

from chainrule._declared import results
from chainrule._declared.arguments import Dims, Number
from chainrule.dtypes import dtype
from chainrule.tensor import Tensor

def cholesky(input: Tensor, upper: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The lower triangular `L` with `A = L @ L.mH` for a positive-definite matrix; `L.mH` with `upper=True`."""

def cholesky_ex(
    input: Tensor, upper: bool = False, check_errors: bool = False, *, out: Sequence[Tensor] | None = None
) -> results.linalg_cholesky_ex:
    """The Cholesky factor, and 0 or the order of the leading minor that is not positive-definite."""

def cond(input: Tensor, p: float | str | None = None, *, out: Tensor | None = None) -> Tensor:
    """The condition of a matrix: its norm times that of its inverse; by default by the singular values."""

@overload
def cross(input: Tensor, other: Tensor | Number, dim: int = -1, *, out: Tensor | None = None) -> Tensor: ...
@overload
def cross(input: Tensor, other: Tensor | Number, axis: int, *, out: Tensor | None = None) -> Tensor:
    """The cross products of vectors of three elements along `dim`."""

def det(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The determinant of a square matrix, or of each of a batch."""

def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of matrices, as a view: `torch.diagonal` of the last two dimensions."""

def eig(input: Tensor, *, out: Sequence[Tensor] | None = None) -> results.linalg_eig:
    """The eigenvalues of a square matrix, in no order, and its eigenvectors, as columns of length 1; both complex."""

def eigh(input: Tensor, UPLO: Literal["L", "U"] = "L", *, out: Sequence[Tensor] | None = None) -> results.linalg_eigh:
    """The eigenvalues of a symmetric or Hermitian matrix, in ascending order, and its eigenvectors, as columns."""

def eigvals(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The eigenvalues of a square matrix, in no order; complex."""

def eigvalsh(input: Tensor, UPLO: Literal["L", "U"] = "L", *, out: Tensor | None = None) -> Tensor:
    """The eigenvalues of a symmetric or Hermitian matrix, in ascending order."""

def householder_product(input: Tensor, tau: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The first columns of the product of reflections, as `geqrf` gives them: as many as `input` has."""

def inv(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of a square matrix, or of each of a batch."""

def inv_ex(A: Tensor, check_errors: bool = False, *, out: Sequence[Tensor] | None = None) -> results.linalg_inv_ex:
    """The inverse, and 0 or the place of the zero that keeps a matrix from having one; its inverse is NaN."""

def ldl_factor(
    input: Tensor, *, hermitian: bool = False, out: Sequence[Tensor] | None = None
) -> results.linalg_ldl_factor:
    """The factors of a symmetric (Hermitian) `A = L @ D @ L.T`, and the exchanges, for `ldl_solve`."""

def ldl_factor_ex(
    input: Tensor, hermitian: bool = False, check_errors: bool = False, *, out: Sequence[Tensor] | None = None
) -> results.linalg_ldl_factor_ex:
    """The factors of a symmetric (Hermitian) `A = L @ D @ L.T`, the exchanges, and 0 or the place of a zero in `D`."""

def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, hermitian: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The solution `X` of `A @ X = B` from what `ldl_factor` gives."""

def lstsq(
    input: Tensor,
    b: Tensor,
    rcond: float | None = None,
    *,
    driver: str | None = None,
    out: Sequence[Tensor] | None = None,
) -> results.linalg_lstsq:
    """The `X` for which `A @ X - B` is smallest, and of all such the smallest; of each problem of a batch."""

def lu(A: Tensor, *, pivot: bool = True, out: Sequence[Tensor] | None = None) -> results.linalg_lu:
    """The factors of `A = P @ L @ U`: a permutation, a lower triangle with ones on its diagonal, and an upper one."""

def lu_factor(A: Tensor, *, pivot: bool = True, out: Sequence[Tensor] | None = None) -> results.linalg_lu_factor:
    """Both factors of LU in one matrix, and the row exchanges, for `lu_solve`."""

def lu_factor_ex(
    A: Tensor, pivot: bool = True, check_errors: bool = False, *, out: Sequence[Tensor] | None = None
) -> results.linalg_lu_factor_ex:
    """Both factors of LU in one matrix, the row exchanges, and 0 or the place of a zero on the diagonal of `U`."""

def lu_solve(
    LU: Tensor, pivots: Tensor, B: Tensor, left: bool = True, adjoint: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The solution `X` of `A @ X = B`, of `X @ A = B` with `left=False`, of `A.mH` with `adjoint`, from A's LU."""

def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of two matrices, two vectors, a matrix and a vector, or batches of matrices, whose sizes
    broadcast.
    """

def matrix_exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The exponential of a square matrix, or of each of a batch."""

def matrix_norm(
    input: Tensor,
    ord: float | str = "fro",
    dim: Dims = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The norm of the matrices in the two dimensions `dim`."""

def matrix_power(input: Tensor, n: int, *, out: Tensor | None = None) -> Tensor:
    """The product of `n` copies of a square matrix; of its inverse for negative `n`."""

def matrix_rank(
    input: Tensor,
    tol: Tensor | float | None = None,
    hermitian: bool = False,
    *,
    atol: Tensor | float | None = None,
    rtol: Tensor | float | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """How many singular values are above `atol` and above `rtol` times the largest."""

def multi_dot(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The product of two or more matrices, in the order of fewest multiplications; the ends may be vectors."""

def norm(
    input: Tensor,
    ord: float | str | None = None,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The norm of a vector, of a matrix, or of those in the dimensions `dim`: one for a vector, two for a matrix."""

def pinv(
    input: Tensor,
    rcond: Tensor | float | None = None,
    hermitian: bool = False,
    *,
    atol: Tensor | float | None = None,
    rtol: Tensor | float | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The Moore-Penrose pseudoinverse; singular values up to `atol`, or `rtol` times the largest, count as zero."""

def qr(A: Tensor, mode: str = "reduced", *, out: Sequence[Tensor] | None = None) -> results.linalg_qr:
    """The orthonormal `Q` and upper triangular `R` with `A = Q @ R`; `mode` is `reduced`, `complete` or `r`."""

def slogdet(A: Tensor, *, out: Sequence[Tensor] | None = None) -> results.linalg_slogdet:
    """The sign of the determinant and the logarithm of its size."""

def solve(A: Tensor, B: Tensor, left: bool = True, *, out: Tensor | None = None) -> Tensor:
    """The solution `X` of `A @ X = B`, or of `X @ A = B` with `left=False`; of each system of a batch."""

def solve_ex(
    A: Tensor, B: Tensor, left: bool = True, check_errors: bool = False, *, out: Sequence[Tensor] | None = None
) -> results.linalg_solve_ex:
    """The solution, and 0 or the place of the zero that keeps a system from having one; its solution is NaN."""

def solve_triangular(
    input: Tensor, B: Tensor, upper: bool, left: bool = True, unitriangular: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The solution `X` of `A @ X = B` for a triangular `A`; only its triangle is read."""

def svd(
    A: Tensor, full_matrices: bool = True, driver: str | None = None, *, out: Sequence[Tensor] | None = None
) -> results.linalg_svd:
    """The singular value decomposition `A = U @ diag(S) @ Vh`; with `full_matrices`, `U` and `Vh` are square."""

def svdvals(A: Tensor, *, driver: str | None = None, out: Tensor | None = None) -> Tensor:
    """The singular values, in descending order."""

def tensorinv(input: Tensor, ind: int = 2, *, out: Tensor | None = None) -> Tensor:
    """The inverse for `tensordot` over `ind` dimensions: of the matrix whose rows are the first `ind` dimensions."""

def tensorsolve(input: Tensor, other: Tensor, dims: Dims | None = None, *, out: Tensor | None = None) -> Tensor:
    """The solution `X` of `tensordot(A, X, X.ndim) = B`; `dims` of `A` are moved to its end first."""

def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The powers of the numbers in the last dimension, from the 0th on: `N` of them, by default as many as numbers."""

def vecdot(x: Tensor, y: Tensor, *, dim: int = -1, out: Tensor | None = None) -> Tensor:
    """The sums of products along `dim`, of the complex conjugate of `x` with `y`."""

def vector_norm(
    x: Tensor,
    ord: float = 2,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """The norm of order `ord` of a tensor taken as a vector, or of the vectors along `dim`."""
