"""Samples for products of matrices and vectors (ops/products.py, ops/vector_products.py, ops/einsum.py)."""

import numpy as np

import chainrule as torch
from op_samples import complexes, integers, real, refuses, sample

MISMATCH = refuses(RuntimeError, "mat1 and mat2 shapes cannot be multiplied (1x5 and 2x3)", real(1, 5), real(2, 3))


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
]  # fmt: skip
