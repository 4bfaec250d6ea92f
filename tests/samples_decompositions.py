"""Samples for inverses, solutions and factorizations of matrices (ops/solving.py and others of linear algebra)."""

import numpy as np
import scipy.linalg

import chainrule as torch
from op_samples import complexes, real, refuses, sample, values

WELL_CONDITIONED = values([[4.0, 1.0, 0.5], [-1.0, 3.0, 0.2], [0.3, 0.7, -2.0]])
TALL = values([[2.0, 0.3], [-1.0, 1.5], [0.4, 0.7], [0.1, -0.9]])
COMPLEX = values([[4.0 + 1j, 1.0, 0.5j], [-1.0, 3.0 - 2j, 0.2], [0.3j, 0.7, -2.0 + 1j]])
TRIANGLE = values([[2.0, 0.0, 0.0], [0.3, 1.5, 0.0], [-0.4, 0.2, 1.0]])
COMPLEX_TRIANGLE = values([[2.0, 0.0], [0.3 - 0.5j, 1.5]])
INDEFINITE = values([[0.1, 2.0, 0.5], [2.0, 0.2, 1.0], [0.5, 1.0, -1.0]])
BATCH = values([[[4.0, 1.0], [-1.0, 3.0]], [[1.0, 2.0], [5.0, 0.3]]])
ONES = values(np.ones((2, 2)))
COMPLEX_INDEFINITE = values([[0.1, 2.0 + 1j, 0.5], [2.0 - 1j, 0.2, 1.0j], [0.5, 1.0, -1.0]])

NOT_SQUARE = "must be batches of square matrices, but they are 2 by 3 matrices"


def adjoint(a):
    return np.conj(np.swapaxes(a, -1, -2))


def lower_inverse(L):
    L = np.tril(L)
    return np.linalg.inv(L @ adjoint(L))


def lu_solve(LU, pivots, B, left, adjoint_of_it):
    A = (np.tril(LU, -1) + np.eye(len(LU))) @ np.triu(LU)
    for place in range(len(LU))[::-1]:
        A[[place, pivots[place] - 1]] = A[[pivots[place] - 1, place]]
    A = adjoint(A) if adjoint_of_it else A
    return np.linalg.solve(A, B) if left else B @ np.linalg.inv(A)


def lu(A):
    return tuple(part.astype(A.dtype) for part in scipy.linalg.lu(A))


def lu_factor(A, **_):
    factors, pivots = scipy.linalg.lu_factor(A)
    return factors, (pivots + 1).astype(np.int32), np.int32(0)


def symmetric(A, hermitian):
    return A + (A.mH if hermitian else A.mT) if isinstance(A, torch.Tensor) else A + (adjoint(A) if hermitian else A.T)


def solved(hermitian):
    """What is told by no choice of rows: a symmetric matrix taken apart, and what solves with it."""

    def solve(A, B):
        LD, pivots = torch.linalg.ldl_factor(symmetric(A, hermitian), hermitian=hermitian)
        return torch.linalg.ldl_solve(LD, pivots, B, hermitian=hermitian)

    return solve


def factored(hermitian):
    return lambda A: torch.linalg.ldl_factor(symmetric(A, hermitian), hermitian=hermitian).LD


def ldl_of(hermitian):
    """LAPACK's numbers, from SciPy's factors of a matrix that needs no exchange, or one of the first two rows."""

    def factor(A):
        (routine,) = scipy.linalg.get_lapack_funcs(("hetrf" if hermitian and A.dtype.kind == "c" else "sytrf",), (A,))
        return np.tril(routine(symmetric(A, hermitian), lower=1)[0])

    return factor


PIVOTS = values(np.array([3, 3, 3], np.int32))
ROWS_OF_TWO = values(np.array([-3, -3, 3], np.int32))

SAMPLES = [
    # inverses
    sample(
        "linalg_inv", [real(3, 3)], np.linalg.inv, tolerance=1e-9,
        must_raise=[refuses(RuntimeError, NOT_SQUARE, real(2, 3))],
    ),
    sample("linalg_inv", [complexes(2, 3, 3)], np.linalg.inv, tolerance=1e-9),
    sample(
        "linalg_inv_ex", [WELL_CONDITIONED], lambda A: (np.linalg.inv(A), np.int32(0)),
        must_raise=[refuses(RuntimeError, "The diagonal element 2 is zero", ONES, check_errors=True)],
    ),
    sample("linalg.tensorinv", [real(6, 2, 3), 1], np.linalg.tensorinv, tolerance=1e-9, covers=()),
    sample("linalg.tensorsolve", [real(2, 3, 6), real(2, 3)], np.linalg.tensorsolve, tolerance=1e-9, covers=()),
    # systems of equations
    sample("linalg_solve", [WELL_CONDITIONED, real(3), True], lambda A, b, left: np.linalg.solve(A, b)),
    sample("linalg_solve", [WELL_CONDITIONED, real(2, 3, 4), True], lambda A, b, left: np.linalg.solve(A, b)),
    sample("linalg_solve", [WELL_CONDITIONED, real(2, 3), False], lambda A, b, left: b @ np.linalg.inv(A)),
    sample(
        "linalg_solve_ex", [COMPLEX, complexes(3, 2)], lambda A, b: (np.linalg.solve(A, b), np.int32(0)),
        must_raise=[
            refuses(
                RuntimeError, "torch.linalg.solve_ex: The solver failed because the input matrix is singular.",
                values(np.ones((2, 2))), values(np.ones((2, 2))), check_errors=True,
            )
        ],
    ),
    sample(
        "linalg_solve_triangular", [WELL_CONDITIONED, real(3, 2), True, True, False],
        lambda A, b, *_: np.linalg.solve(np.triu(A), b),
    ),
    sample(
        "linalg_solve_triangular", [WELL_CONDITIONED, real(2, 3), False, False, True],
        lambda A, b, *_: b @ np.linalg.inv(np.tril(A, -1) + np.eye(3)),
    ),
    sample(
        "triangular_solve", [real(3, 2), WELL_CONDITIONED, True, False, False],
        lambda b, A, *_: (np.linalg.solve(np.triu(A), b), A),
    ),
    sample(
        "triangular_solve", [complexes(3, 2), COMPLEX, False, True, True],
        lambda b, A, *_: (np.linalg.solve((np.tril(A, -1) + np.eye(3)).T, b), A), name="triangular_solve transposed",
    ),
    sample("cholesky_solve", [real(3, 2), TRIANGLE, False], lambda b, L, _: lower_inverse(L) @ b),
    sample(
        "cholesky_solve", [complexes(2, 2), values(COMPLEX_TRIANGLE.draw(None, None).T), True],
        lambda b, U, _: np.linalg.inv(adjoint(np.triu(U)) @ np.triu(U)) @ b, name="cholesky_solve upper",
    ),
    sample("cholesky_inverse", [TRIANGLE, False], lambda L, _: lower_inverse(L)),
    sample("cholesky_inverse", [COMPLEX_TRIANGLE, False], lambda L, _: lower_inverse(L)),
    sample("cholesky_inverse", [WELL_CONDITIONED, True], lambda U, _: lower_inverse(U.T), name="upper inverse"),
    # determinants
    sample("linalg_det", [real(3, 3)], np.linalg.det),
    sample("linalg_det", [complexes(2, 3, 3)], np.linalg.det),
    sample("linalg_det", [values(np.ones((2, 2)))], np.linalg.det, name="det of a singular matrix"),
    sample("linalg_det", [values(np.outer([1.0, 2, 3, 4], [1.0, -1, 2, 5]))], np.linalg.det, name="det at rank 1"),
    sample("linalg_det", [values(np.diag([1.0, 2, 0, 0]))], np.linalg.det, name="det at rank 2"),
    sample("cofactors", [WELL_CONDITIONED], lambda A: np.linalg.det(A) * np.linalg.inv(A).T),
    sample("cofactors", [COMPLEX], lambda A: np.linalg.det(A) * np.linalg.inv(A).T, tolerance=1e-11),
    sample(
        "cofactors", [values(np.ones((2, 2)))], lambda A: np.array([[A[1, 1], -A[1, 0]], [-A[0, 1], A[0, 0]]]),
        name="cofactors of a singular matrix",
    ),
    sample(
        "second_cofactors", [WELL_CONDITIONED, real(3, 3)],
        lambda A, G: np.linalg.det(A) * (
            np.trace(np.linalg.inv(A) @ G) * np.linalg.inv(A).T - (np.linalg.inv(A) @ G @ np.linalg.inv(A)).T
        ), tolerance=1e-11,
    ),
    sample(
        "second_cofactors", [COMPLEX, complexes(3, 3)],
        lambda A, G: np.linalg.det(A) * (
            np.trace(np.linalg.inv(A) @ G) * np.linalg.inv(A).T - (np.linalg.inv(A) @ G @ np.linalg.inv(A)).T
        ), tolerance=1e-11,
    ),
    sample("linalg_slogdet", [real(3, 3)], lambda A: tuple(np.linalg.slogdet(A))),
    sample("linalg_slogdet", [complexes(3, 3)], lambda A: tuple(np.linalg.slogdet(A))),
    sample("logdet", [values([[4.0, 1.0, 0.5], [-1.0, 3.0, 0.2], [0.3, 0.7, 2.0]])],
           lambda A: np.linalg.slogdet(A)[1], covers=()),
    sample("logdet", [COMPLEX], lambda A: np.log(np.linalg.det(A)), covers=()),
    # triangular factors
    sample(lambda A: torch.linalg.cholesky(A @ A.mT), [WELL_CONDITIONED], lambda A: np.linalg.cholesky(A @ A.T),
           name="cholesky", covers=("linalg_cholesky",)),
    sample(lambda A: torch.linalg.cholesky(A @ A.mH, upper=True), [COMPLEX],
           lambda A: adjoint(np.linalg.cholesky(A @ adjoint(A))), name="cholesky upper", covers=("linalg_cholesky",)),
    sample(lambda A: torch.linalg.cholesky_ex(A @ A.mH), [COMPLEX],
           lambda A: (np.linalg.cholesky(A @ adjoint(A)), np.int32(0)), name="cholesky_ex",
           covers=("linalg_cholesky_ex",)),
    *[
        sample("linalg.lu", [matrix], lu, covers=("linalg_lu", "permutation_matrix"), name=f"lu of {name}")
        for name, matrix in (("a square matrix", WELL_CONDITIONED), ("a tall one", TALL),
                             ("a wide one", values(TALL.draw(None, None).T)), ("a complex one", COMPLEX))
    ],
    sample("linalg_lu", [values(np.array([[1.0, 2, 0.3], [3, 0.5, 1], [2, 1, 1]]))],
           lambda A: (*lu(A)[1:], lu_factor(A)[1]), name="lu row"),
    sample("permutation_matrix", [PIVOTS, 3, np.dtype(np.float64)], lambda *_: np.eye(3)[[2, 0, 1]].T, orders=0),
    *[
        sample("linalg_lu_factor_ex", [matrix], lu_factor, name=f"lu_factor of {name}")
        for name, matrix in (("a square matrix", WELL_CONDITIONED), ("a tall one", TALL),
                             ("a wide one", values(TALL.draw(None, None).T)), ("a complex one", COMPLEX))
    ],
    sample("lu_unpack", [WELL_CONDITIONED], lambda LU: (np.tril(LU, -1) + np.eye(3), np.triu(LU))),
    *[
        sample("linalg_lu_solve", [matrix, values(np.array([2, 3, 3], np.int32)), right(*shape), left, adjoint_of_it],
               lu_solve, name=f"lu_solve({left}, {adjoint_of_it}) {matrix.draw(None, None).dtype}")
        for matrix, right in ((WELL_CONDITIONED, real), (COMPLEX, complexes))
        for left, shape in ((True, (3, 2)), (False, (2, 3)))
        for adjoint_of_it in (False, True)
    ],
    # batches that broadcast
    sample("linalg_solve", [BATCH, real(2)], lambda A, b: np.linalg.solve(A, b), name="solve one vector for a batch"),
    sample("linalg_solve", [BATCH, real(3, 1, 2, 2)], lambda A, B: np.linalg.solve(A, B), name="solve, broadcast"),
    sample("linalg_solve_triangular", [BATCH, real(2, 3)], lambda A, B, upper: np.linalg.solve(np.tril(A), B),
           upper=False, name="solve_triangular, broadcast"),
    sample("triangular_solve", [real(2, 3), BATCH, False, False, False],
           lambda B, A, *_: (np.linalg.solve(np.tril(A), B), A), name="triangular_solve, broadcast"),
    sample("cholesky_solve", [real(2, 3), BATCH, False], lambda B, L, _: lower_inverse(L) @ B,
           name="cholesky_solve, broadcast"),
    sample(lambda A, B: torch.linalg.lu_solve(*torch.linalg.lu_factor(A), B), [BATCH, real(2, 3)],
           lambda A, B: np.linalg.solve(A, B), name="lu_solve, broadcast", covers=("linalg_lu_solve",)),
    sample(lambda A, B: torch.linalg.ldl_solve(*torch.linalg.ldl_factor(A + A.mT), B), [BATCH, real(2, 3)],
           lambda A, B: np.linalg.solve(A + np.swapaxes(A, -1, -2), B), name="ldl_solve, broadcast",
           covers=("linalg_ldl_solve",)),
    sample(lambda A: torch.linalg.lu(A)[1:], [BATCH],
           lambda A: tuple(np.stack(parts) for parts in zip(*[lu(a)[1:] for a in A], strict=True)), name="lu: batch",
           covers=("linalg_lu",)),
    # symmetric matrices, with and without blocks of two rows
    *[
        sample(solved(hermitian), [matrix, right(3, 2)],
               lambda A, B, hermitian=hermitian: np.linalg.solve(symmetric(A, hermitian), B),
               name=f"ldl_solve(hermitian={hermitian}) {number}", tolerance=1e-11,
               covers=("linalg_ldl_factor_ex", "linalg_ldl_solve"))
        for hermitian in (False, True)
        for number, (matrix, right) in enumerate(
            ((WELL_CONDITIONED, real), (INDEFINITE, real), (COMPLEX, complexes), (COMPLEX_INDEFINITE, complexes))
        )
    ],
    *[
        sample(factored(hermitian), [matrix], ldl_of(hermitian), name=f"ldl_factor(hermitian={hermitian}) {number}",
               covers=("linalg_ldl_factor_ex",), tolerance=1e-11)
        for hermitian in (False, True)
        for number, matrix in enumerate((WELL_CONDITIONED, INDEFINITE, COMPLEX, COMPLEX_INDEFINITE))
    ],
    sample("ldl_layout", [ROWS_OF_TWO], lambda _: (
        np.array([0, 2, 1]), np.array([[0, 0, 0], [1, 1, 1], [2, 2, 2]]),
        np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]]) > 0,
    )),
]  # fmt: skip
