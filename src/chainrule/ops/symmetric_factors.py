"""The factors `L @ D @ L.T` of symmetric matrices, or `L @ D @ L.mH` of Hermitian ones, and what solves with them.

`D` has blocks of one or two rows. PyTorch has no derivatives of these; they are found as those of LU (see
triangular_factors.py): row exchanges and the blocks stay as they are nearby.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.kernels import lapack
from chainrule.ops.gathering import gather
from chainrule.ops.matrices import (
    adjoint,
    failure,
    first_failure,
    into,
    require_matrices,
    require_square,
    transposed,
)
from chainrule.ops.solving import inv, solve_triangular
from chainrule.return_types import return_type

_LDL_FACTOR = return_type("linalg_ldl_factor", ("LD", "pivots"))


@op(spaces="", results=("order", "rows", "blocks"), pivots=NOT_DIFFERENTIABLE, batching=batches.passed)
def ldl_layout(pivots: Any) -> Any:
    """The order of the rows, where each multiplier of L stands in its column, and which elements are D's."""
    return lapack.ldl_layout(pivots)


def _ldl_factors(LD: Any, layout: Any, hermitian: bool) -> tuple[Any, Any]:
    # L with its ones, its rows in their final order, and D.
    _, rows, blocks = layout
    multipliers = gather(LD, -2, rows)
    below = np.tril(~blocks)
    L = np.where(below, multipliers, 0) + np.eye(np.shape(LD)[-1], dtype=LD.dtype)
    lower = np.where(blocks, np.tril(LD), 0)
    strict = np.tril(lower, -1)
    return L, lower + (adjoint(strict) if hermitian else transposed(strict))


def _ordered(a: Any, order: Any, back: bool = False) -> Any:
    # Rows and columns in this order, or back from it.
    order = np.argsort(order, axis=-1) if back else order
    wide = np.broadcast_to(np.expand_dims(order, -1), np.shape(a))
    return gather(gather(a, -2, wide), -1, transposed(wide))


def _ldl_factor_backward(grads: Any, LD: Any, pivots: Any, hermitian: bool) -> Any:
    of_LD = grads[0]
    layout = ldl_layout(pivots)
    order, rows, blocks = layout
    L, D = _ldl_factors(LD, layout, hermitian)
    turn = adjoint if hermitian else transposed
    of_L = np.where(np.tril(~blocks), gather(of_LD, -2, rows), 0)
    of_D = np.where(blocks, np.tril(of_LD), 0)
    middle = np.where(np.tril(~blocks), adjoint(L) @ of_L @ adjoint(inv(D)), 0) + of_D
    half = solve_triangular(adjoint(L), middle, upper=True, unitriangular=True)
    conjugate = L if hermitian else np.conj(L)
    gradient = solve_triangular(conjugate, half, upper=False, left=False, unitriangular=True)
    # A symmetric matrix: what comes back for one triangle stands for both.
    return _ordered(0.5 * (gradient + turn(gradient)), order, back=True)


@op(
    spaces="linalg:ldl_factor_ex",
    results=("LD", "pivots", "info"),
    conjugate=False,
    self=_ldl_factor_backward,
    batching=batches.trailing,
)
def linalg_ldl_factor_ex(self: Any, hermitian: bool = False, check_errors: bool = False) -> Any:
    """The factors of a symmetric (Hermitian) `A = L @ D @ L.T`, the exchanges, and 0 or the place of a zero in `D`.

    Only the lower triangle is read.

    >>> torch.linalg.ldl_factor_ex(torch.tensor([[2.0]])).LD
    tensor([[2.]])
    """
    require_matrices("torch.linalg.ldl_factor_ex", self)
    LD, pivots, info = lapack.ldl_factor(self, hermitian)
    place, number = first_failure(info)
    if check_errors and place:
        raise failure(
            "torch.linalg.ldl_factor_ex",
            number,
            f"D[{place},{place}] is zero and using it on ldl_solve would result in a division by zero.",
        )
    return LD, pivots, info


def ldl_factor(input: Any, *, hermitian: bool = False, out: Any = None) -> Any:
    """The factors of a symmetric (Hermitian) `A = L @ D @ L.T`, and the exchanges, for `ldl_solve`.

    >>> torch.linalg.ldl_factor(torch.tensor([[2.0]])).LD
    tensor([[2.]])
    """
    LD, pivots, _ = linalg_ldl_factor_ex(input, hermitian)
    return into("linalg_ldl_factor", out, _LDL_FACTOR((LD, pivots)))


def _ldl_solve_backward(
    grad: Any, LD: Any, pivots: Any, result: Any, hermitian: bool, needs: tuple[bool, ...]
) -> tuple[Any, Any]:
    if hermitian or LD.dtype.kind != "c":
        of_B = linalg_ldl_solve(LD, pivots, grad, hermitian)
    else:
        of_B = np.conj(linalg_ldl_solve(LD, pivots, np.conj(grad), hermitian))
    if not needs[0]:
        return None, of_B
    layout = ldl_layout(pivots)
    order, rows, blocks = layout
    L, D = _ldl_factors(LD, layout, hermitian)
    turn = adjoint if hermitian else transposed
    inner = _ordered(-(of_B @ adjoint(result)), order)
    both = inner + turn(inner)
    of_L = np.where(np.tril(~blocks), both @ (L if hermitian else np.conj(L)) @ adjoint(D), 0)
    whole = adjoint(L) @ both @ (L if hermitian else np.conj(L))
    of_D = np.where(blocks, np.tril(whole), 0)
    halved = of_D - 0.5 * (of_D * np.eye(np.shape(LD)[-1], dtype=np.bool_))
    return gather(of_L, -2, np.argsort(rows, axis=-2)) + halved, of_B


@op(
    spaces="linalg:ldl_solve", conjugate=False,
    derivatives={"LD, B": _ldl_solve_backward, "pivots": NOT_DIFFERENTIABLE},
    batching=batches.repeated_for_all,
)  # fmt: skip
def linalg_ldl_solve(LD: Any, pivots: Any, B: Any, hermitian: bool = False) -> Any:
    """The solution `X` of `A @ X = B` from what `ldl_factor` gives.

    >>> torch.linalg.ldl_solve(*torch.linalg.ldl_factor(torch.tensor([[2.0]])), torch.tensor([[4.0]]))
    tensor([[2.]])
    """
    name = "torch.linalg.ldl_solve"
    require_matrices(name, LD, parameter="LD")
    if B.ndim < 2:
        raise RuntimeError(
            f"torch.linalg.ldl_solve: Expected B to have at least 2 dimensions, but it has {B.ndim} dimensions instead"
        )
    require_square(name, LD)
    if pivots.dtype.kind not in "iu":
        raise RuntimeError(
            f"torch.linalg.ldl_solve: Expected pivots to be integers. Got {scalar_type_name(pivots.dtype)}"
        )
    if LD.dtype != B.dtype:
        raise RuntimeError("torch.linalg.ldl_solve: LD and B should have the same dtype.")
    layout = lapack.ldl_layout(pivots)
    L, D = _ldl_factors(LD, layout, hermitian)
    order = layout[0]
    batch = np.broadcast_shapes(LD.shape[:-2], B.shape[:-2])
    right = np.broadcast_to(B, (*batch, *B.shape[-2:]))
    wide = np.broadcast_to(order[..., None], right.shape)
    half = solve_triangular(L, gather(right, -2, wide), upper=False, unitriangular=True)
    turn = adjoint if hermitian else transposed
    solved = solve_triangular(turn(L), np.linalg.solve(D, half), upper=True, unitriangular=True)
    back = np.broadcast_to(np.argsort(order, axis=-1)[..., None], solved.shape)
    return gather(solved, -2, back)


ELSEWHERE = {"linalg": {"ldl_factor": ldl_factor}}
