"""Samples for products of matrices and linear algebra (ops/products.py and others)."""

import numpy as np

import chainrule as torch
from op_samples import complexes, distinct, integers, real, refuses, sample, values

MISMATCH = refuses(RuntimeError, "mat1 and mat2 shapes cannot be multiplied (1x5 and 2x3)", real(1, 5), real(2, 3))

WELL_CONDITIONED = values([[4.0, 1.0, 0.5], [-1.0, 3.0, 0.2], [0.3, 0.7, -2.0]])


def equation(text, *shapes):
    """A row for einsum: its reference is NumPy's."""
    return sample(
        lambda *tensors: torch.einsum(text, *tensors), [real(*shape) for shape in shapes],
        lambda *arrays: np.asarray(np.einsum(text, *arrays)), name=f"einsum({text})", covers=("contraction",),
    )  # fmt: skip


SAMPLES = [
    # matmul, in all combinations of ranks
    sample("matmul", [real(3, 4), real(4, 2)], np.matmul, must_raise=[MISMATCH]),
    sample("matmul", [real(3, 4), real(4)], np.matmul),
    sample("matmul", [real(4), real(4, 2)], np.matmul),
    sample("matmul", [real(4), real(4)], np.matmul),
    sample("matmul", [real(2, 3, 4), real(4, 2)], np.matmul),
    sample("matmul", [real(2, 3, 4), real(4)], np.matmul),
    sample("matmul", [real(4), real(2, 4, 3)], np.matmul),
    sample("matmul", [real(4), real(5, 2, 4, 3)], np.matmul),
    sample("matmul", [real(3, 4), real(2, 4, 3)], np.matmul),
    sample("matmul", [real(2, 3, 4), real(2, 4, 3)], np.matmul),
    sample("matmul", [real(5, 1, 3, 4), real(2, 4, 3)], np.matmul),
    sample("matmul", [complexes(3, 4), complexes(4, 2)], np.matmul),
    sample("matmul", [complexes(3), complexes(3)], np.matmul),
    sample("matmul", [integers(3, 4), integers(4, 2)], np.matmul),
    sample("mm", [real(3, 4), real(4, 2)], np.matmul, must_raise=[MISMATCH]),
    sample("bmm", [real(2, 3, 4), real(2, 4, 2)], np.matmul),
    sample(
        "mv", [real(3, 4), real(4)], np.matmul,
        must_raise=[refuses(RuntimeError, "size mismatch, got input (3), mat (3x4), vec (5)", real(3, 4), real(5))],
    ),
    sample("dot", [real(4), real(4)], np.dot),
    sample("vdot", [complexes(4), complexes(4)], np.vdot),
    # a product added to something
    sample("addmm", [real(2), real(3, 4), real(4, 2)], lambda c, a, b: c + a @ b),
    sample(
        "addmm", [real(3, 2), real(3, 4), real(4, 2)], lambda c, a, b, beta, alpha: beta * c + alpha * (a @ b),
        beta=0.5, alpha=2.0,
    ),
    sample("addmv", [real(3), real(3, 4), real(4)], lambda c, a, b: c + a @ b),
    sample("baddbmm", [real(3, 2), real(5, 3, 4), real(5, 4, 2)], lambda c, a, b: c + a @ b),
    sample("addbmm", [real(3, 2), real(5, 3, 4), real(5, 4, 2)], lambda c, a, b: c + (a @ b).sum(0)),
    sample("addr", [real(3, 2), real(3), real(2)], lambda c, a, b: c + np.outer(a, b)),
    # products of vectors, blocks, the diagonal
    sample("outer", [real(3), real(4)], np.outer, covers=()),
    sample("inner", [real(2, 4), real(3, 5, 4)], np.inner),
    sample("inner", [real(4), real(4)], np.inner),
    sample("kron", [real(2, 3), real(3, 2)], np.kron),
    sample("kron", [real(3), real(2, 2)], np.kron),
    sample("trace", [real(3, 4)], np.trace),
    sample("linalg_cross", [real(2, 3), real(2, 3)], np.cross),
    sample("linalg_cross", [complexes(3, 2), complexes(3, 1), 0], lambda a, b, dim: np.cross(a, b, axis=dim)),
    sample("matrix_power", [real(3, 3), 5], np.linalg.matrix_power, covers=(), tolerance=1e-10),
    sample(
        lambda *m: torch.linalg.multi_dot(m), [real(3, 4), real(4, 2), real(2, 5)], lambda *m: np.linalg.multi_dot(m),
        name="multi_dot", covers=(),
    ),
    # sums of products
    equation("ij,jk->ik", (2, 3), (3, 4)),
    equation("bij,bjk->bik", (2, 3, 4), (2, 4, 5)),
    equation("...ij,...jk->...ik", (5, 1, 3, 4), (2, 4, 3)),
    equation("ij->ji", (2, 3)),
    equation("ij->", (2, 3)),
    equation("ii->i", (3, 3)),
    equation("ii", (3, 3)),
    equation("ii,i->i", (3, 3), (3,)),
    equation("i,i,i->", (3,), (3,), (3,)),
    equation("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)),
    equation("ij,kl->jl", (2, 3), (4, 2)),
    sample("tensordot", [real(2, 3, 4), real(3, 4, 5)], np.tensordot, covers=("contraction",)),
    sample("tensordot", [real(2, 3), real(4, 2), 0], np.tensordot, covers=("contraction",)),
    sample("tensordot", [real(2, 3, 4), real(3, 5, 2), ([0, 1], [2, 0])], np.tensordot, covers=("contraction",)),
    # inverse, solution, determinant
    sample(
        "linalg_inv", [real(3, 3)], np.linalg.inv, tolerance=1e-9,
        must_raise=[refuses(RuntimeError, "must be batches of square matrices", real(2, 3))],
    ),
    sample("linalg_inv", [complexes(2, 3, 3)], np.linalg.inv, tolerance=1e-9),
    sample("linalg_solve", [WELL_CONDITIONED, real(3), True], lambda A, b, left: np.linalg.solve(A, b)),
    sample("linalg_solve", [WELL_CONDITIONED, real(2, 3, 4), True], lambda A, b, left: np.linalg.solve(A, b)),
    sample("linalg_solve", [WELL_CONDITIONED, real(2, 3), False], lambda A, b, left: b @ np.linalg.inv(A)),
    sample(
        "linalg_solve_triangular", [WELL_CONDITIONED, real(3, 2), True, True, False],
        lambda A, b, *_: np.linalg.solve(np.triu(A), b),
    ),
    sample(
        "linalg_solve_triangular", [WELL_CONDITIONED, real(2, 3), False, False, True],
        lambda A, b, *_: b @ np.linalg.inv(np.tril(A, -1) + np.eye(3)),
    ),
    sample("cholesky_solve", [real(3, 2), WELL_CONDITIONED], lambda b, factor: (
        np.linalg.solve(np.tril(factor) @ np.tril(factor).T, b)
    ), covers=()),
    sample("linalg_det", [real(3, 3)], np.linalg.det),
    sample("linalg_det", [complexes(2, 3, 3)], np.linalg.det),
    sample("linalg_det", [values([[1.0, 1.0], [1.0, 1.0]])], np.linalg.det, orders=1, name="det of a singular matrix"),
    sample("cofactors", [WELL_CONDITIONED], lambda A: np.linalg.det(A) * np.linalg.inv(A).T),
    sample("linalg_slogdet", [real(3, 3)], lambda A: tuple(np.linalg.slogdet(A))),
    sample("linalg_slogdet", [complexes(3, 3)], lambda A: tuple(np.linalg.slogdet(A))),
    sample("logdet", [values([[4.0, 1.0, 0.5], [-1.0, 3.0, 0.2], [0.3, 0.7, 2.0]])],
           lambda A: np.linalg.slogdet(A)[1], covers=()),
    # factorizations; vectors that are determined only up to a sign, by what does not depend on it
    sample(lambda A: torch.linalg.cholesky(A @ A.mT), [WELL_CONDITIONED], lambda A: np.linalg.cholesky(A @ A.T),
           name="cholesky", covers=("linalg_cholesky",)),
    sample(lambda A: torch.linalg.cholesky(A @ A.mH, upper=True), [complexes(3, 3)],
           lambda A: np.linalg.cholesky(A @ A.conj().T).conj().T, name="upper cholesky", covers=("linalg_cholesky",),
           tolerance=1e-9),
    sample("linalg_qr", [real(4, 3)], lambda A: tuple(np.linalg.qr(A))),
    sample("linalg_qr", [real(2, 3, 5)], lambda A: tuple(np.linalg.qr(A))),
    sample(lambda A: torch.linalg.eigvalsh(A + A.mT), [distinct(3, 3)], lambda A: np.linalg.eigvalsh(A + A.T),
           name="eigvalsh", covers=("linalg_eigh",)),
    sample(lambda A: torch.linalg.eigh(A + A.mT).eigenvectors ** 2, [distinct(3, 3)],
           lambda A: np.linalg.eigh(A + A.T).eigenvectors ** 2, name="squared eigenvectors", covers=("linalg_eigh",),
           tolerance=1e-10),
    sample("linalg.svdvals", [distinct(3, 4)], lambda A: np.linalg.svd(A, compute_uv=False), covers=("linalg_svd",)),
    sample(lambda A: torch.linalg.svd(A, full_matrices=False).U ** 2, [distinct(4, 3)],
           lambda A: np.linalg.svd(A, full_matrices=False).U ** 2, name="squared U", covers=("linalg_svd",),
           tolerance=1e-10),
    sample(lambda A: torch.linalg.svd(A, full_matrices=False).Vh ** 2, [distinct(3, 4)],
           lambda A: np.linalg.svd(A, full_matrices=False).Vh ** 2, name="squared Vh", covers=("linalg_svd",),
           tolerance=1e-10),
    sample("linalg_pinv", [real(4, 3), None, False], lambda A, *_: np.linalg.pinv(A), tolerance=1e-10),
    sample("linalg_pinv", [complexes(3, 4), None, False], lambda A, *_: np.linalg.pinv(A), tolerance=1e-10),
    sample("linalg.matrix_norm", [distinct(3, 4), 2], np.linalg.norm, covers=()),
    sample("linalg.matrix_norm", [distinct(3, 4), "nuc"], np.linalg.norm, covers=()),
]  # fmt: skip
