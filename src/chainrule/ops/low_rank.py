"""Decompositions of matrices of low rank from random projections, and a few eigenpairs of a symmetric matrix.

N. Halko, P. Martinsson and J. Tropp, "Finding structure with randomness" (2009), algorithms 4.4 and 5.1; A. Knyazev,
"Toward the optimal preconditioned eigensolver: locally optimal block preconditioned conjugate gradient" (2001).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.ops import gauge
from chainrule.ops.eigenvalues import linalg_svd
from chainrule.ops.matrices import require_square, scaled_columns, transposed
from chainrule.ops.orthogonal import linalg_qr
from chainrule.ops.random_creation import randn
from chainrule.ops.solving import solve, solve_triangular
from chainrule.ops.triangular_factors import linalg_cholesky

__all__ = ["svd_lowrank", "pca_lowrank", "lobpcg"]

# ---- random projections ----


def _basis(A: Any, count: int, iterations: int, shift: Any) -> Any:
    # An orthonormal basis of about the space of A's columns: that of random combinations, made better by iteration.
    def times(matrix: Any, moved: Any, vectors: Any) -> Any:
        product = matrix @ vectors
        return product if moved is None else product - moved @ vectors

    combinations = randn(A.shape[-1], count, dtype=A.dtype)
    Q = linalg_qr(times(A, shift, combinations))[0]
    back = None if shift is None else shift.mH
    for _ in range(iterations):
        Q = linalg_qr(times(A.mH, back, Q))[0]
        Q = linalg_qr(times(A, shift, Q))[0]
    return Q


def _decomposed(A: Any, count: int, iterations: int, shift: Any) -> tuple[Any, Any, Any]:
    if A.shape[-2] < A.shape[-1]:
        V, S, U = _decomposed(A.mH, count, iterations, None if shift is None else shift.mH)
        return U, S, V
    Q = _basis(A, count, iterations, shift)
    inner = Q.mH @ A
    if shift is not None:
        inner = inner - Q.mH @ shift
    U, S, Vh = linalg_svd(inner, False)
    return Q @ U, S, Vh.mH


def svd_lowrank(A: Any, q: int | None = 6, niter: int | None = 2, M: Any = None) -> tuple[Any, Any, Any]:
    """About the `q` largest singular values of `A - M` with their vectors, `U`, `S` and `V`, from random projections.

    Right where the rank is not above `q`; `niter` iterations make the others better.

    >>> torch.svd_lowrank(torch.ones(3, 2), q=1)[1]
    tensor([2.4495])
    """
    shift = None if M is None else M.expand(tuple(A.shape))
    return _decomposed(A, 6 if q is None else q, 2 if niter is None else niter, shift)


def pca_lowrank(A: Any, q: int | None = None, center: bool = True, niter: int = 2) -> tuple[Any, Any, Any]:
    """Principal components of the rows of `A`: about the `q` largest singular values of `A` less the mean of its rows.

    `V` has the directions as columns, `S` divided by the root of one less than the number of rows the deviations.

    >>> torch.pca_lowrank(torch.tensor([[1.0, 0.0], [3.0, 0.0]]), q=1)[1]
    tensor([1.4142])
    """
    rows, columns = A.shape[-2:]
    least = min(rows, columns)
    if q is None:
        q = min(6, least)
    elif not 0 <= q <= least:
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={least}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    if not (A.is_floating_point() or A.is_complex()):
        raise ValueError(f"input expected to be floating-point tensor, got dtype={A.dtype}")
    return _decomposed(A - A.mean(-2, keepdim=True) if center else A, q, niter, None)


# ---- a few eigenpairs ----


def _lobpcg_backward(grads: Any, A: Any, values: Any, vectors: Any) -> Any:
    of_values, of_vectors = grads
    V = vectors
    gradient: Any = 0
    if of_values is not None:
        gradient = scaled_columns(V, of_values) @ transposed(V)
    if of_vectors is not None:
        count = np.shape(V)[-1]
        turned = transposed(V) @ of_vectors
        skew = 0.5 * (turned - transposed(turned))
        size = gauge.size_of(of_vectors)
        equal = gauge.same(values)
        gauge.require_free(skew, equal, size, _ROTATION)
        gaps = np.expand_dims(values, -2) - np.expand_dims(values, -1)
        unused = equal | np.eye(count, dtype=np.bool_)
        gradient = gradient + V @ np.where(unused, 0, skew / np.where(unused, 1, gaps)) @ transposed(V)
        # And how the vectors leave the space that they span: by systems of equations in what is beside it.
        outside = of_vectors - V @ turned
        for place in range(count):
            gradient = gradient + _leaving(A, V, values, outside, place)
    return 0.5 * (gradient + transposed(gradient))


def _leaving(A: Any, V: Any, values: Any, outside: Any, place: int) -> Any:
    size, count = np.shape(V)[-2:]
    column = slice(place, place + 1)
    value = np.expand_dims(values[..., column], -1)
    zeros = np.zeros((*np.shape(V)[:-2], count, count), V.dtype)
    above = np.concatenate([value * np.eye(size, dtype=V.dtype) - A, V], axis=-1)
    below = np.concatenate([transposed(V), zeros], axis=-1)
    right = np.concatenate(
        [outside[..., column], V[..., :1, :count].reshape((*np.shape(V)[:-2], count, 1)) * 0], axis=-2
    )
    found = solve(np.concatenate([above, below], axis=-2), right)[..., :size, :]
    return found @ transposed(V[..., column])


_ROTATION = (
    "lobpcg_backward: The eigenvectors of equal eigenvalues are specified up to a change of basis among them. The "
    "specified loss function depends on this basis, so it is ill-defined."
)


@op(
    name="lobpcg", spaces="", results=("values", "vectors"), node_name="LOBPCGAutogradFunctionBackward",
    derivatives={"A": _lobpcg_backward, "start": NOT_DIFFERENTIABLE, "inverse": NOT_DIFFERENTIABLE},
)  # fmt: skip
def lobpcg_row(
    A: Any, start: Any, inverse: Any, niter: int | None, tol: float | None, largest: bool
) -> tuple[Any, Any]:
    from scipy.sparse.linalg import lobpcg as solver

    iterations = 20 + 10 * A.shape[-1] if niter is None or niter < 0 else niter
    tolerance = float(np.finfo(A.dtype).eps) ** 0.5 if tol is None else tol
    batch = A.shape[:-2]
    values = np.empty((*batch, start.shape[-1]), A.dtype)
    vectors = np.empty((*batch, *start.shape[-2:]), A.dtype)
    import warnings

    for place in np.ndindex(*batch):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an accuracy that was not reached
            values[place], vectors[place] = solver(
                A[place], start[place], M=None if inverse is None else inverse[place], tol=tolerance,
                maxiter=iterations, largest=largest,
            )  # fmt: skip
    return values, vectors


def lobpcg(
    A: Any,
    k: int | None = None,
    B: Any = None,
    X: Any = None,
    n: int | None = None,
    iK: Any = None,
    niter: int | None = None,
    tol: float | None = None,
    largest: bool | None = None,
    method: str | None = None,
    tracker: Any = None,
    ortho_iparams: dict[str, int] | None = None,
    ortho_fparams: dict[str, float] | None = None,
    ortho_bparams: dict[str, bool] | None = None,
) -> tuple[Any, Any]:
    """The `k` largest (or smallest) eigenvalues of a symmetric positive-definite matrix, and their vectors as columns.

    Of `A @ x = value * B @ x` with `B`. `X` is where to start (else random), `iK` a guess of A's inverse that makes it
    quicker. The parameters of PyTorch's own iteration, `method` and `ortho_...`, change nothing here.

    >>> torch.lobpcg(torch.diag(torch.tensor([1.0, 2.0, 4.0, 8.0])))[0].round(decimals=3)
    tensor([8.])
    """
    del ortho_iparams, ortho_fparams, ortho_bparams
    if tracker is not None:
        raise NotImplementedError("lobpcg: tracker= is not supported: the iteration is SciPy's")
    if method not in (None, "basic", "ortho"):
        raise ValueError(f"lobpcg: method must be 'basic' or 'ortho', not {method!r}")
    require_square("lobpcg", A)
    count = (X.shape[-1] if X is not None else 1) if k is None else k
    width = count if n is None else n
    rows = A.shape[-2]
    if rows < 3 * width:
        raise ValueError(
            f"LOBPCG algorithm is not applicable when the number of A rows (={rows}) is smaller than 3 x the number of "
            f"requested eigenpairs (={width})"
        )
    start = randn(*A.shape[:-2], rows, width, dtype=A.dtype) if X is None else X
    largest = True if largest is None else largest
    if B is None:
        values, vectors = lobpcg_row(A, start, iK, niter, tol, largest)
        return (values, vectors) if count == width else (values[..., :count], vectors[..., :count])
    # A matrix with the same eigenvalues, from the Cholesky factor of B.
    factor = linalg_cholesky(B)
    half = solve_triangular(factor, A, upper=False)
    alike = solve_triangular(factor.mH, half, upper=True, left=False)
    values, vectors = lobpcg_row(alike, factor.mH @ start, None, niter, tol, largest)
    return values[..., :count], solve_triangular(factor.mH, vectors[..., :count], upper=True)
