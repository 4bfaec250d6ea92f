"""Samples for eigenvalues, singular values, orthogonal factors, functions of matrices and distances of vectors."""

import math

import numpy as np
import scipy.integrate
import scipy.linalg
import scipy.spatial.distance

import chainrule as torch
from op_samples import complexes, distinct, real, refuses, sample, values

WELL_CONDITIONED = values([[4.0, 1.0, 0.5], [-1.0, 3.0, 0.2], [0.3, 0.7, -2.0]])
COMPLEX = values([[4.0 + 1j, 1.0, 0.5j], [-1.0, 3.0 - 2j, 0.2], [0.3j, 0.7, -2.0 + 1j]])
COMPLEX_TALL = values([[2.0, 0.3j], [-1.0 + 1j, 1.5], [0.4, 0.7 - 0.3j], [0.1, 0.2]])
RANK_ONE = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]])
SYMMETRIC = values([[3.0, 0.4, 0.1, 0.0], [0.4, 2.0, 0.3, 0.2], [0.1, 0.3, 1.0, 0.5], [0.0, 0.2, 0.5, 0.4]])


def adjoint(a):
    return np.conj(np.swapaxes(a, -1, -2))


def projection(A):
    """Onto the space of the first eigenvector of any square matrix: on the vectors as they are, not their phase."""
    values, vectors = np.linalg.eig(A)
    first = vectors[:, [np.argmax(values.real)]]
    return first @ adjoint(first)


def chainrules_projection(A):
    values, vectors = torch.linalg.eig(A)
    first = vectors[:, [int(values.real.argmax())]]
    return first @ first.mH


def projection_on(Q):
    return Q @ Q.mH


def filled(A):
    U, _, Vh = torch.linalg.svd(A)
    return U[:, :2].abs(), Vh.abs(), projection_on(U[:, 2:])


def truncated_inverse(A, atol, rtol, _):
    u, s, vh = np.linalg.svd(A, full_matrices=False)
    kept = s > max(atol or 0, (rtol or 0) * s[0])
    return adjoint(vh) @ (np.where(kept, 1 / s, 0)[:, None] * adjoint(u))


def reflections(A, tau):
    rows = A.shape[0]
    Q = np.eye(rows, dtype=A.dtype)
    for place in range(len(tau)):
        v = np.concatenate([np.zeros(place), [1], A[place + 1 :, place]])
        Q = Q @ (np.eye(rows) - tau[place] * np.outer(v, v.conj()))
    return Q


def ormqr(A, tau, C, left, transpose):
    Q = reflections(A, tau)
    Q = adjoint(Q) if transpose else Q
    return Q @ C if left else C @ Q


def geqrf(A):
    (found, factors), _ = scipy.linalg.qr(A, mode="raw")
    return found, factors


def lstsq(A, B, rcond, driver):
    solution, residuals, rank, singular = scipy.linalg.lstsq(
        A, B, lapack_driver="gelsd" if driver == "gels" else driver
    )
    none = np.empty(0)
    error = A @ solution - B
    residuals = none if driver == "gelsy" or A.shape[0] <= A.shape[1] else (np.abs(error) ** 2).sum(0)
    rank = np.empty(0, np.int64) if driver == "gels" else np.int64(rank)
    return solution, residuals, rank, none if driver in ("gelsy", "gels") else singular


def distances(x, y, p, _=None):
    differences = x[..., :, None, :] - y[..., None, :, :]
    return np.linalg.norm(differences, ord=p, axis=-1)


def pairs(x, p):
    return distances(x, x, p)[np.triu_indices(len(x), 1)]


def powers(x, N=None, **_):
    return np.stack([np.vander(row, N, increasing=True) for row in x])


def hypotenuses(v, pow, dim):
    return np.linalg.norm(np.moveaxis(v, dim, 0).reshape(v.shape[dim], -1), ord=pow, axis=1)


SAMPLES = [
    # QR and reflections
    sample("linalg_qr", [real(4, 3)], lambda A: tuple(np.linalg.qr(A))),
    sample("linalg_qr", [real(2, 3, 5)], lambda A: tuple(np.linalg.qr(A))),
    sample("linalg_qr", [COMPLEX_TALL], lambda A: tuple(np.linalg.qr(A)), name="linalg_qr of complex numbers"),
    sample(
        lambda A: projection_on(torch.linalg.qr(A, mode="complete").Q[:, 2:]), [COMPLEX_TALL],
        lambda A: np.eye(4) - A @ np.linalg.pinv(A), name="qr: what completes Q", covers=("linalg_qr",),
    ),
    sample("linalg_householder_product", [real(4, 3), real(3)], lambda A, tau: reflections(A, tau)[:, :3]),
    sample("linalg_householder_product", [COMPLEX_TALL, complexes(2)], lambda A, tau: reflections(A, tau)[:, :2]),
    sample("linalg_householder_product", [real(2, 4, 3), real(2, 2)],
           lambda A, tau: np.stack([reflections(a, t)[:, :3] for a, t in zip(A, tau, strict=True)])),
    sample("ormqr", [real(3, 2), real(2), real(3, 2), True, False], ormqr),
    sample("ormqr", [COMPLEX_TALL, complexes(2), complexes(4, 3), True, True], ormqr),
    sample("ormqr", [COMPLEX_TALL, complexes(2), complexes(3, 4), False, False], ormqr),
    sample("ormqr", [COMPLEX_TALL, complexes(2), complexes(3, 4), False, True], ormqr),
    sample("geqrf", [real(4, 3)], geqrf),
    sample("geqrf", [real(3, 3)], geqrf),
    sample("geqrf", [real(2, 4)], geqrf),
    sample("geqrf", [COMPLEX_TALL], geqrf, name="geqrf of complex numbers"),
    # eigenvalues; vectors that are determined only up to a sign or phase, by what does not depend on it
    sample(lambda A: torch.linalg.eigvalsh(A + A.mT), [distinct(3, 3)], lambda A: np.linalg.eigvalsh(A + A.T),
           name="eigvalsh", covers=("linalg_eigh",)),
    sample("values_of_symmetric", [SYMMETRIC, "L"], np.linalg.eigvalsh, orders=0),
    sample(lambda A: torch.linalg.eigh(A + A.mT).eigenvectors ** 2, [distinct(3, 3)],
           lambda A: np.linalg.eigh(A + A.T).eigenvectors ** 2, name="squared eigenvectors", covers=("linalg_eigh",),
           tolerance=1e-10),
    sample(lambda A: torch.linalg.eigh(A + A.mH).eigenvectors.abs(), [COMPLEX],
           lambda A: np.abs(np.linalg.eigh(A + adjoint(A)).eigenvectors), name="sizes of eigenvectors",
           covers=("linalg_eigh",), tolerance=1e-10),
    sample("linalg.eigvals", [WELL_CONDITIONED], np.linalg.eigvals, covers=("linalg_eig",)),
    sample("linalg.eigvals", [COMPLEX], np.linalg.eigvals, covers=("linalg_eig",)),
    sample("values_of_any", [COMPLEX], np.linalg.eigvals, orders=0),
    sample(chainrules_projection, [WELL_CONDITIONED], lambda A: projection(A).astype(np.complex128),
           name="projection of eig", covers=("linalg_eig",)),
    sample(chainrules_projection, [COMPLEX], projection, name="projection of a complex eig", covers=("linalg_eig",)),
    # singular values
    sample("linalg.svdvals", [distinct(3, 4)], lambda A: np.linalg.svd(A, compute_uv=False), covers=("linalg_svd",)),
    sample("singular_values", [real(3, 4)], lambda A: np.linalg.svd(A, compute_uv=False), orders=0),
    sample(lambda A: torch.linalg.svd(A, full_matrices=False).U ** 2, [distinct(4, 3)],
           lambda A: np.linalg.svd(A, full_matrices=False).U ** 2, name="squared U", covers=("linalg_svd",),
           tolerance=1e-10),
    sample(lambda A: torch.linalg.svd(A, full_matrices=False).Vh ** 2, [distinct(3, 4)],
           lambda A: np.linalg.svd(A, full_matrices=False).Vh ** 2, name="squared Vh", covers=("linalg_svd",),
           tolerance=1e-10),
    sample(filled, [COMPLEX_TALL], lambda A: (
               np.abs(np.linalg.svd(A).U[:, :2]), np.abs(np.linalg.svd(A).Vh), np.eye(4) - A @ np.linalg.pinv(A)
           ), name="svd: the space that fills U", covers=("linalg_svd",), tolerance=1e-10),
    # pseudoinverse, least squares, condition
    sample("linalg_pinv", [real(4, 3), None, None, False], lambda A, *_: np.linalg.pinv(A), tolerance=1e-10),
    sample("linalg_pinv", [complexes(3, 4), None, None, False], lambda A, *_: np.linalg.pinv(A), tolerance=1e-10),
    *[
        sample("linalg_pinv", [matrix, *tolerances, False], truncated_inverse, name=f"cut {tolerances} {number}",
               tolerance=1e-10)
        for number, matrix in enumerate((WELL_CONDITIONED, COMPLEX_TALL, values(COMPLEX_TALL.draw(None, None).T)))
        for tolerances in ((None, 0.8), (2.1, None))
    ],
    sample(lambda x, y: torch.linalg.pinv(x.outer(y)), [real(3), real(4)], lambda x, y: np.linalg.pinv(np.outer(x, y)),
           name="pinv at rank 1", covers=("linalg_pinv",), tolerance=1e-10),
    sample(lambda A: torch.linalg.pinv(A + A.mH, hermitian=True), [COMPLEX],
           lambda A: np.linalg.pinv(A + adjoint(A)), name="pinv of a Hermitian matrix", covers=("linalg_pinv",),
           tolerance=1e-10),
    *[
        sample("linalg_lstsq", [real(4, 2), real(4, 3), None, driver], lstsq, tolerance=1e-10, name=driver)
        for driver in ("gels", "gelsy", "gelsd", "gelss")
    ],
    sample("linalg_lstsq", [real(2, 3), real(2, 1), None, "gelsd"], lstsq, tolerance=1e-10, name="wide lstsq"),
    sample("linalg_lstsq", [COMPLEX_TALL, complexes(4, 2), None, "gelss"], lstsq, tolerance=1e-10),
    sample(lambda A, B: torch.linalg.lstsq(A, B, driver="gelsd")[:2], [real(4, 2), real(3, 4, 1)],
           lambda A, B: (np.linalg.pinv(A) @ B, ((A @ np.linalg.pinv(A) @ B - B) ** 2).sum(-2)), tolerance=1e-10,
           name="lstsq, broadcast", covers=("linalg_lstsq",)),
    sample(lambda x, y, b: torch.linalg.lstsq(x.outer(y), b).solution, [real(4), real(3), real(4)],
           lambda x, y, b: np.linalg.pinv(np.outer(x, y)) @ b, name="lstsq at rank 1", covers=("linalg_lstsq",),
           tolerance=1e-10),
    sample("linalg.cond", [real(3, 3)], np.linalg.cond, covers=(), tolerance=1e-9),
    *[sample("linalg.cond", [WELL_CONDITIONED, p], np.linalg.cond, covers=()) for p in ("fro", "nuc", 1, -1, -2)],
    sample("linalg.cond", [values(np.stack([np.eye(2) + 1, np.diag([1.0, 3.0]) + 0.2]))], np.linalg.cond, covers=()),
    # functions of matrices
    sample("matrix_exp", [real(3, 3)], scipy.linalg.expm, must_raise=[refuses(RuntimeError, "2 by 3", real(2, 3))]),
    sample("matrix_exp", [complexes(2, 3, 3)], scipy.linalg.expm, tolerance=1e-10),
    sample("matrix_exp", [values(np.diag([1.0, 1.0, 2.0]))], scipy.linalg.expm, name="exp at equal eigenvalues"),
    sample("matrix_power", [real(3, 3), 5], np.linalg.matrix_power, covers=(), tolerance=1e-10),
    sample("matrix_power", [WELL_CONDITIONED, -3], np.linalg.matrix_power, covers=(), tolerance=1e-10),
    sample("linalg.vander", [real(2, 4)], powers, covers=()),
    sample("linalg.vander", [real(2, 3)], powers, covers=(), N=5),
    sample("vander", [real(3), 4], np.vander, covers=()),
    sample("linalg.diagonal", [real(2, 3, 3)], lambda A: np.diagonal(A, 0, -2, -1), covers=()),
    # norms
    sample("linalg.matrix_norm", [distinct(3, 4), 2], np.linalg.norm, covers=()),
    sample("linalg.matrix_norm", [distinct(3, 4), "nuc"], np.linalg.norm, covers=()),
    sample("nuclear_norm", [distinct(3, 4)], lambda A: np.linalg.norm(A, "nuc"), covers=()),
    sample("frobenius_norm", [real(2, 3, 4), (0, 2)], lambda A, dim: np.linalg.norm(A, axis=dim), covers=()),
    sample("norm_except_dim", [real(2, 3, 4), 2, 1], lambda *a: hypotenuses(*a).reshape(1, 3, 1), covers=()),
    # distances
    *[
        sample("cdist", [distinct(3, 4), distinct(2, 4), p, False], distances, name=f"cdist({p})")
        for p in (0.0, 0.7, 1.0, 2.0, 3.0, math.inf)
    ],
    sample("cdist", [real(2, 1, 3, 4), real(5, 2, 4), 2.0, True], distances, name="cdist of batches"),
    sample("cdist", [real(2, 1, 3, 4), real(5, 2, 4), 1.5, False], distances, name="cdist of batches by 1.5"),
    *[sample("pdist", [distinct(4, 3), p], pairs, name=f"pdist({p})") for p in (0.0, 1.0, 2.0, 3.0, math.inf)],
    sample("pairwise_distance", [real(3, 4), real(3, 4), 3.0, 0.0], lambda x, y, p, eps: (
        np.linalg.norm(x - y + eps, ord=p, axis=-1)
    ), covers=()),
    # integrals
    sample("trapezoid", [real(3, 4)], lambda y: scipy.integrate.trapezoid(y), covers=()),
    sample("trapezoid", [real(3, 4), real(4)], lambda y, x: scipy.integrate.trapezoid(y, x), covers=()),
    sample("trapezoid", [real(3, 4), real(3)], lambda y, x, dim: scipy.integrate.trapezoid(y, x, axis=0), covers=(),
           dim=0),
    sample("trapz", [real(3, 4)], lambda y, dx: scipy.integrate.trapezoid(y, dx=dx), covers=(), dx=0.5),
    sample("cumulative_trapezoid", [real(3, 4), real(4)],
           lambda y, x: scipy.integrate.cumulative_trapezoid(y, x), covers=()),
    # a few eigenpairs
    sample(lambda A: torch.lobpcg(A + A.mT, 1, tol=1e-13, X=torch.ones(4, 1, dtype=A.dtype))[0], [SYMMETRIC],
           lambda A: np.linalg.eigvalsh(A + A.T)[-1:], name="lobpcg", covers=("lobpcg",), orders=1),
    sample(lambda A: torch.lobpcg(A + A.mT, 1, tol=1e-13, X=torch.ones(4, 1, dtype=A.dtype))[1] ** 2, [SYMMETRIC],
           lambda A: np.linalg.eigh(A + A.T)[1][:, -1:] ** 2, name="vectors of lobpcg", covers=("lobpcg",),
           tolerance=1e-9),
    sample(lambda A, B: torch.lobpcg(A + A.mT, 1, B + B.mT, tol=1e-13, X=torch.ones(4, 1, dtype=A.dtype))[0],
           [SYMMETRIC, values(np.diag([2.0, 1.0, 3.0, 1.5]) + 0.1)],
           lambda A, B: scipy.linalg.eigvalsh(A + A.T, B + B.T)[-1:], name="lobpcg of two", covers=("lobpcg",),
           orders=1, tolerance=1e-10),
    sample("known_once", [real(3)], np.copy, orders=0),
    sample("linalg.matrix_rank", [values(RANK_ONE, differentiate=False)], np.linalg.matrix_rank, covers=()),
    sample("linalg.matrix_rank", [values(np.eye(3), differentiate=False)], np.linalg.matrix_rank, covers=()),
]  # fmt: skip
