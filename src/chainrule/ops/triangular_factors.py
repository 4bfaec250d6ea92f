"""Factors that are triangular: Cholesky's, and those of LU with row exchanges.

The derivatives of Cholesky's are in I. Murray, "Differentiation of the Cholesky decomposition" (2016), those of LU in
F. de Hoog, R. Anderssen and M. Lukas, "Differentiation of matrix functionals using triangular factorization" (2011).
Row exchanges stay as they are nearby.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.entrywise import holds_anywhere
from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.kernels import lapack
from chainrule.ops.matrices import (
    adjoint,
    failure,
    first_failure,
    for_each,
    into,
    refuse_kernel,
    require_matrices,
    require_same_dtype,
    transposed,
)
from chainrule.ops.solving import solve_triangular
from chainrule.return_types import return_type

METHODS = ("cholesky", "lu", "lu_solve")
__all__ = ["cholesky", "lu", "lu_solve", "lu_unpack"]

_LU_FACTOR = return_type("linalg_lu_factor", ("LU", "pivots"))
_LU = return_type("linalg_lu", ("P", "L", "U"))
_LU_WITH_INFO = return_type("_lu_with_info", ("LU", "pivots", "info"))
_LU_UNPACK = return_type("lu_unpack", ("P", "L", "U"))

# ---- Cholesky ----


def _cholesky_backward(grad: Any, result: Any, upper: bool) -> Any:
    if upper:
        grad, result = adjoint(grad), adjoint(result)
    lower = np.tril(adjoint(result) @ grad)
    halved = lower - 0.5 * (lower * np.eye(np.shape(lower)[-1], dtype=np.bool_))
    half = solve_triangular(adjoint(result), halved, upper=True)
    whole = solve_triangular(result, half, upper=False, left=False)
    return 0.5 * (whole + adjoint(whole))


def _not_positive(matrix: Any) -> str:
    return (
        "The factorization could not be completed because the input is not positive-definite (the leading minor of "
        f"order {int(lapack.cholesky_ex(matrix)[1])} is not positive-definite)."
    )


@op(
    name="linalg_cholesky", spaces="linalg:cholesky", node_name="LinalgCholeskyExBackward0", conjugate=False,
    self=_cholesky_backward,
    batching=batches.trailing,
)  # fmt: skip
def linalg_cholesky(self: Any, upper: bool = False) -> Any:
    """The lower triangular `L` with `A = L @ L.mH` for a positive-definite matrix; `L.mH` with `upper=True`.

    >>> torch.linalg.cholesky(torch.tensor([[4.0]]))
    tensor([[2.]])
    """
    require_matrices("linalg.cholesky", self)
    factor = for_each(np.linalg.cholesky, self, _not_positive, "linalg.cholesky")
    return adjoint(factor) if upper else factor


def _cholesky_ex_backward(grads: Any, L: Any, upper: bool) -> Any:
    return _cholesky_backward(grads[0], L, upper)


@op(
    spaces="linalg:cholesky_ex",
    results=("L", "info"),
    conjugate=False,
    self=_cholesky_ex_backward,
    batching=batches.trailing,
)
def linalg_cholesky_ex(self: Any, upper: bool = False, check_errors: bool = False) -> Any:
    """The Cholesky factor, and 0 or the order of the leading minor that is not positive-definite.

    >>> torch.linalg.cholesky_ex(torch.tensor([[-4.0]])).info.item()
    1
    """
    require_matrices("linalg.cholesky", self)
    factor, info = lapack.cholesky_ex(self)
    if check_errors:
        order, number = first_failure(info)
        if order:
            raise failure(
                "linalg.cholesky_ex",
                number,
                "The factorization could not be completed because the input is not positive-definite (the leading "
                f"minor of order {order} is not positive-definite).",
            )
    return (adjoint(factor) if upper else factor), info


def cholesky(input: Any, upper: bool = False, *, out: Any = None) -> Any:
    """The Cholesky factor, as `linalg.cholesky`.

    >>> torch.cholesky(torch.tensor([[4.0]]))
    tensor([[2.]])
    """
    return linalg_cholesky(input, upper) if out is None else linalg_cholesky(input, upper, out=out)


# ---- LU ----


@op(spaces="", pivots=NOT_DIFFERENTIABLE, batching=batches.passed)
def permutation_matrix(pivots: Any, rows: int, dtype: Any) -> Any:
    # The `P` of `A = P @ L @ U`, from LAPACK's exchanges.
    return transposed(np.eye(rows, dtype=dtype)[lapack.permutation(pivots, rows)])


def _factors(LU: Any) -> tuple[Any, Any]:
    # L with its ones, and U.
    rows, columns = np.shape(LU)[-2:]
    count = min(rows, columns)
    return np.tril(LU[..., :count], -1) + np.eye(rows, count, dtype=LU.dtype), np.triu(LU[..., :count, :])


def _lu_backward(of_L: Any, of_U: Any, L: Any, U: Any, P: Any) -> Any:
    rows, columns = np.shape(L)[-2], np.shape(U)[-1]
    count = min(rows, columns)
    square_L, square_U = L[..., :count, :], U[..., :, :count]
    own_L, own_U = of_L[..., :count, :], of_U[..., :, :count]
    below = beside = None
    if rows > count:
        # The rows below are a quotient by U.
        below = solve_triangular(adjoint(square_U), of_L[..., count:, :], upper=False, left=False)
        own_U = own_U - adjoint(L[..., count:, :]) @ below
    if columns > count:
        beside = solve_triangular(adjoint(square_L), of_U[..., :, count:], upper=True, unitriangular=True)
        own_L = own_L - beside @ adjoint(U[..., :, count:])
    middle = np.tril(adjoint(square_L) @ own_L, -1) + np.triu(own_U @ adjoint(square_U))
    half = solve_triangular(adjoint(square_L), middle, upper=True, unitriangular=True)
    gradient = solve_triangular(adjoint(square_U), half, upper=False, left=False)
    if below is not None:
        gradient = np.concatenate([gradient, below], axis=-2)
    if beside is not None:
        gradient = np.concatenate([gradient, beside], axis=-1)
    return P @ gradient


def _require_factorable(name: str, A: Any) -> None:
    if A.ndim < 2:
        raise RuntimeError(f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(A.shape)} instead")
    refuse_kernel("lu_cpu", A)


def _require_pivoting(pivot: bool) -> None:
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")


def _lu_of_row_backward(grads: Any, A_shape: tuple[int, ...], L: Any, U: Any, pivots: Any) -> Any:
    of_L, of_U = (
        np.zeros_like(factor) if grad is None else grad for grad, factor in zip(grads[:2], (L, U), strict=True)
    )
    return _lu_backward(of_L, of_U, L, U, permutation_matrix(pivots, A_shape[-2], L.dtype))


@op(
    name="linalg_lu", spaces="", results=("L", "U", "pivots"), conjugate=False, A=_lu_of_row_backward,
    batching=batches.trailing,
)  # fmt: skip
def lu_row(A: Any) -> Any:
    _require_factorable("linalg.lu", A)
    LU, pivots, _ = lapack.lu_factor(A)
    return (*_factors(LU), pivots)


def linalg_lu(A: Any, *, pivot: bool = True, out: Any = None) -> Any:
    """The factors of `A = P @ L @ U`: a permutation, a lower triangle with ones on its diagonal, and an upper one.

    >>> torch.linalg.lu(torch.tensor([[0.0, 1.0], [2.0, 0.0]])).U
    tensor([[2., 0.],
            [0., 1.]])
    """
    _require_pivoting(pivot)
    L, U, pivots = lu_row(A)
    return into("linalg_lu", out, _LU((permutation_matrix(pivots, A.shape[-2], _dtype_of(L)), L, U)))


def _dtype_of(tensor: Any) -> Any:
    from chainrule.dtypes import as_numpy_dtype

    return as_numpy_dtype(tensor.dtype)


def _lu_factor_backward(grads: Any, LU: Any, pivots: Any) -> Any:
    L, U = _factors(LU)
    count = np.shape(L)[-1]
    of_LU = grads[0]
    P = permutation_matrix(pivots, np.shape(LU)[-2], LU.dtype)
    return _lu_backward(np.tril(of_LU[..., :count], -1), np.triu(of_LU[..., :count, :]), L, U, P)


@op(
    spaces="linalg:lu_factor_ex",
    results=("LU", "pivots", "info"),
    conjugate=False,
    A=_lu_factor_backward,
    batching=batches.trailing,
)
def linalg_lu_factor_ex(A: Any, pivot: bool = True, check_errors: bool = False) -> Any:
    """Both factors of LU in one matrix, the row exchanges, and 0 or the place of a zero on the diagonal of `U`.

    >>> torch.linalg.lu_factor_ex(torch.tensor([[2.0, 0.0], [0.0, 0.0]])).info.item()
    2
    """
    return _lu_factored("torch.linalg.lu_factor_ex", A, pivot, check_errors)


def _lu_factored(name: str, A: Any, pivot: bool, check_errors: bool) -> Any:
    _require_factorable("torch.lu_factor", A)
    _require_pivoting(pivot)
    LU, pivots, info = lapack.lu_factor(A)
    place, number = first_failure(info)
    if check_errors and place:
        which = "" if number is None else f"(Batch element {number}): "
        raise RuntimeError(
            f"{name}: {which}U[{place},{place}] is zero and using it on lu_solve would result in a division by zero. "
            "If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or "
            "linalg.lu_factor_ex(A, pivot)"
        )
    return LU, pivots, info


def lu_factor(A: Any, *, pivot: bool = True, out: Any = None) -> Any:
    """Both factors of LU in one matrix, and the row exchanges, for `lu_solve`.

    >>> torch.linalg.lu_factor(torch.tensor([[2.0]])).LU
    tensor([[2.]])
    """
    LU, pivots, info = linalg_lu_factor_ex(A, pivot)
    if holds_anywhere(info != 0):
        while hasattr(A, "_value"):  # a batch: all of its entries
            A = A._value
        _lu_factored("torch.linalg.lu_factor", A.detach().numpy(), pivot, True)
    return into("linalg_lu_factor", out, _LU_FACTOR((LU, pivots)))


def lu(A: Any, pivot: bool = True, get_infos: bool = False, out: Any = None) -> Any:
    """Both factors of LU in one matrix, and the row exchanges; with `get_infos`, LAPACK's code too.

    >>> torch.lu(torch.tensor([[2.0]]))[0]
    tensor([[2.]])
    """
    LU, pivots, info = linalg_lu_factor_ex(A, pivot)
    return into("lu", out, _LU_WITH_INFO((LU, pivots, info)) if get_infos else (LU, pivots))


def _lu_unpack_backward(grads: Any, LU_shape: tuple[int, ...]) -> Any:
    of_L, of_U = grads[:2]
    rows, columns = LU_shape[-2:]
    count = min(rows, columns)
    found: Any = 0
    if of_L is not None:
        found = _widened(np.tril(of_L, -1), 0, columns - count)
    if of_U is not None:
        found = found + _widened(np.triu(of_U), rows - count, 0)
    return found


def _widened(a: Any, rows: int, columns: int) -> Any:
    # With rows and columns of zeros behind.
    if columns:
        a = np.concatenate([a, np.zeros((*np.shape(a)[:-1], columns), a.dtype)], axis=-1)
    if rows:
        a = np.concatenate([a, np.zeros((*np.shape(a)[:-2], rows, np.shape(a)[-1]), a.dtype)], axis=-2)
    return a


@op(name="lu_unpack", spaces="", results=("L", "U"), LU=_lu_unpack_backward, batching=batches.trailing)
def lu_unpack_row(LU: Any) -> Any:
    return _factors(LU)


def lu_unpack(
    LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True, *, out: Any = None
) -> Any:
    """`P`, `L` and `U` from what `lu_factor` gives; those that are not asked for are empty.

    >>> torch.lu_unpack(*torch.linalg.lu_factor(torch.tensor([[2.0]]))).U
    tensor([[2.]])
    """
    if unpack_pivots and str(LU_pivots.dtype).rpartition(".")[2] != "int32":
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\n"
            "Note: this function is intended to be used with the output produced by torch.linalg.lu_factor"
        )
    L = U = P = LU_data.new_empty((0,))
    if unpack_data:
        L, U = lu_unpack_row(LU_data)
    if unpack_pivots:
        P = permutation_matrix(LU_pivots, LU_data.shape[-2], _dtype_of(LU_data))
    return into("lu_unpack", out, _LU_UNPACK((P, L, U)))


def _lu_solve_backward(
    grad: Any, LU: Any, pivots: Any, result: Any, left: bool, adjoint: bool, needs: tuple[bool, ...]
) -> tuple[Any, Any]:
    of_B = linalg_lu_solve(LU, pivots, grad, left, not adjoint)
    if not needs[0]:
        return None, of_B
    X = result
    if left:
        of_A = X @ _adjoint(of_B) if adjoint else of_B @ _adjoint(X)
    else:
        of_A = _adjoint(of_B) @ X if adjoint else _adjoint(X) @ of_B
    L, U = _factors(LU)
    turned = transposed(permutation_matrix(pivots, np.shape(LU)[-1], LU.dtype)) @ of_A
    return -(np.tril(turned @ _adjoint(U), -1) + np.triu(_adjoint(L) @ turned)), of_B


_adjoint = adjoint  # where an argument has that name


@op(
    spaces="linalg:lu_solve", conjugate=False,
    derivatives={"LU, B": _lu_solve_backward, "pivots": NOT_DIFFERENTIABLE},
    batching=batches.repeated_for_all,
)  # fmt: skip
def linalg_lu_solve(LU: Any, pivots: Any, B: Any, left: bool = True, adjoint: bool = False) -> Any:
    """The solution `X` of `A @ X = B`, of `X @ A = B` with `left=False`, of `A.mH` with `adjoint`, from A's LU.

    >>> torch.linalg.lu_solve(*torch.linalg.lu_factor(torch.tensor([[2.0]])), torch.tensor([[4.0]]))
    tensor([[2.]])
    """
    name = "linalg.lu_solve"
    require_matrices(name, LU, parameter="LU")
    require_matrices(name, B, square=False, parameter="B")
    if pivots.dtype != np.int32:
        raise RuntimeError(
            "linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32\n"
            "Make sure to call linalg.lu_factor or linalg.lu_factor_ex"
        )
    require_same_dtype("linalg.lu_solve", LU, B, ("LU", "B"))
    count = LU.shape[-1]
    if B.shape[-2 if left else -1] != count:
        raise RuntimeError(
            f"linalg.lu_solve: Incompatible shapes of A and B for the equation {'AX' if left else 'XA'} = B "
            f"({count}x{count} and {B.shape[-2]}x{B.shape[-1]})"
        )
    if not left:
        return _adjoint(_lu_solution(LU, pivots, _adjoint(B), not adjoint))
    return _lu_solution(LU, pivots, B, adjoint)


def _lu_solution(LU: Any, pivots: Any, B: Any, of_adjoint: bool) -> Any:
    L, U = _factors(LU)
    P = permutation_matrix(pivots, LU.shape[-1], LU.dtype)
    if of_adjoint:
        half = solve_triangular(_adjoint(U), B, upper=False)
        return P @ solve_triangular(_adjoint(L), half, upper=True, unitriangular=True)
    return solve_triangular(U, solve_triangular(L, transposed(P) @ B, upper=False, unitriangular=True), upper=True)


def lu_solve(input: Any, LU_data: Any, LU_pivots: Any, *, out: Any = None) -> Any:
    """The solution of `A @ X = b` from A's LU, as `linalg.lu_solve`.

    >>> torch.lu_solve(torch.tensor([[4.0]]), *torch.linalg.lu_factor(torch.tensor([[2.0]])))
    tensor([[2.]])
    """
    kwargs = {} if out is None else {"out": out}
    return linalg_lu_solve(LU_data, LU_pivots, input, **kwargs)


ELSEWHERE = {"linalg": {"lu": linalg_lu, "lu_factor": lu_factor}}
