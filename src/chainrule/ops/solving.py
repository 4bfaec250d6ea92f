"""Inverses of matrices and solutions of systems of equations, and their derivatives.

The derivatives are in M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008). Their formulas are made of operations themselves, so they can be differentiated again.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.op import op
from chainrule.kernels.lapack import lu_factor
from chainrule.ops.matrices import (
    adjoint,
    failure,
    first_failure,
    for_each,
    into,
    require_matrices,
    require_same_dtype,
    transposed,
    triangle,
)

METHODS = ("inverse", "cholesky_solve", "cholesky_inverse", "triangular_solve")
__all__ = ["inverse", "cholesky_solve", "cholesky_inverse", "triangular_solve"]

# ---- inverses ----


def _inv_backward(grad: Any, result: Any) -> Any:
    return -(transposed(result) @ grad @ transposed(result))


def _singular_inverse(matrix: Any) -> str:
    return (
        f"The diagonal element {int(lu_factor(matrix)[2])} is zero, the inversion could not be completed because the "
        "input matrix is singular."
    )


@op(
    name="linalg_inv", spaces="linalg:inv", node_name="LinalgInvExBackward0", saved_names={"result": "inverse"},
    A=_inv_backward,
    batching=batches.trailing,
)  # fmt: skip
def inv(A: Any) -> Any:
    """The inverse of a square matrix, or of each of a batch.

    Raises RuntimeError for a matrix that has none.

    >>> torch.linalg.inv(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    require_matrices("linalg.inv", A)
    return for_each(np.linalg.inv, A, _singular_inverse, "linalg.inv")


def _inv_ex_backward(grads: Any, inverse: Any) -> Any:
    return _inv_backward(grads[0], inverse)


@op(spaces="linalg:inv_ex", results=("inverse", "info"), A=_inv_ex_backward, batching=batches.trailing)
def linalg_inv_ex(A: Any, check_errors: bool = False) -> Any:
    """The inverse, and 0 or the place of the zero that keeps a matrix from having one; its inverse is NaN.

    >>> torch.linalg.inv_ex(torch.tensor([[2.0]])).info.item()
    0
    """
    require_matrices("linalg.inv", A)
    try:
        return np.linalg.inv(A), np.zeros(A.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        info = lu_factor(A)[2]
    place, number = first_failure(info)
    if check_errors and place:
        which = A if number is None else A.reshape(-1, *A.shape[-2:])[number]
        raise failure("linalg.inv_ex", number, _singular_inverse(which))
    return _where_regular(info, A, np.linalg.inv), info


def _where_regular(info: Any, A: Any, compute: Any) -> Any:
    # What is computed of the matrices that are not singular, and NaN for the others.
    singular = np.asarray(info)[..., None, None] != 0
    found = compute(np.where(singular, np.eye(A.shape[-1], dtype=A.dtype), A))
    return np.where(singular, np.asarray(np.nan, A.dtype), found)


def inverse(input: Any, *, out: Any = None) -> Any:
    """The inverse of a square matrix, as `linalg.inv`.

    >>> torch.inverse(torch.tensor([[4.0]]))
    tensor([[0.2500]])
    """
    return inv(input) if out is None else inv(input, out=out)


def tensorinv(input: Any, ind: int = 2, *, out: Any = None) -> Any:
    """The inverse for `tensordot` over `ind` dimensions: of the matrix whose rows are the first `ind` dimensions.

    >>> torch.linalg.tensorinv(torch.eye(4).reshape(4, 2, 2), ind=1).size()[2]
    4
    """
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    rows, columns = tuple(input.shape[:ind]), tuple(input.shape[ind:])
    if math.prod(rows) != math.prod(columns):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{math.prod(columns)} != {math.prod(rows)}"
        )
    return into("linalg_tensorinv", out, inv(input.reshape((math.prod(rows), -1))).reshape(columns + rows))


# ---- systems of equations ----


def is_vector(A_shape: tuple[int, ...], B_shape: tuple[int, ...]) -> bool:
    """Whether the right side is one vector for each matrix."""
    return len(B_shape) == 1 or (len(A_shape) - 1 == len(B_shape) and tuple(A_shape[:-1]) == tuple(B_shape))


def _solve_backward(
    grad: Any, A: Any, B_shape: tuple[int, ...], result: Any, left: bool, needs: tuple[bool, ...]
) -> tuple[Any, Any]:
    vector = left and is_vector(np.shape(A), B_shape)
    if vector:
        grad, result = np.expand_dims(grad, -1), np.expand_dims(result, -1)
    of_B = solve(transposed(A), grad, left)
    of_A = None
    if needs[0]:
        of_A = -(of_B @ transposed(result) if left else transposed(result) @ of_B)
    return of_A, of_B.reshape(np.shape(of_B)[:-1]) if vector else of_B


def _solve_ex_backward(
    grads: Any, A: Any, B_shape: tuple[int, ...], result: Any, left: bool, needs: tuple[bool, ...]
) -> tuple[Any, Any]:
    return _solve_backward(grads[0], A, B_shape, result, left, needs)


def _require_system(name: str, A: Any, B: Any, left: bool) -> None:
    if B.ndim < 2 or B.shape[-2 if left else -1] != A.shape[-1]:
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {'AX' if left else 'XA'} = B "
            f"({A.shape[-2]}x{A.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})"
        )
    require_same_dtype(name, A, B)


def _solution(A: Any, B: Any, left: bool) -> Any:
    return np.linalg.solve(A, B) if left else transposed(np.linalg.solve(transposed(A), transposed(B)))


def _singular_system(matrix: Any) -> str:
    return "The solver failed because the input matrix is singular."


def _right_side(A: Any, B: Any, left: bool) -> tuple[Any, bool]:
    require_matrices("linalg.solve", A)
    vector = is_vector(A.shape, B.shape)
    right = B[..., None] if vector else B
    _require_system("linalg.solve", A, right, left)
    if vector and not left:
        raise RuntimeError(
            "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case "
            "linalg.solve is equivalent to B / A.squeeze(-1)"
        )
    return right, vector


def _fitting(right: Any, A: Any, a: Any) -> Any:
    # The right sides for all matrices; zeros when one matrix alone is tried.
    return right if a is A else np.zeros(right.shape[-2:], right.dtype)


@op(
    name="linalg_solve", spaces="linalg:solve", node_name="LinalgSolveExBackward0",
    derivatives={"A, B": _solve_backward},
    batching=batches.of_matrices,
)  # fmt: skip
def solve(A: Any, B: Any, left: bool = True) -> Any:
    """The solution `X` of `A @ X = B`, or of `X @ A = B` with `left=False`; of each system of a batch.

    Raises RuntimeError for a singular matrix.

    >>> torch.linalg.solve(torch.tensor([[2.0, 0.0], [0.0, 4.0]]), torch.tensor([1.0, 1.0]))
    tensor([0.5000, 0.2500])
    """
    right, vector = _right_side(A, B, left)
    solution = for_each(lambda a: _solution(a, _fitting(right, A, a), left), A, _singular_system, "torch.linalg.solve")
    return solution[..., 0] if vector else solution


@op(
    spaces="linalg:solve_ex",
    results=("result", "info"),
    derivatives={"A, B": _solve_ex_backward},
    batching=batches.of_matrices,
)
def linalg_solve_ex(A: Any, B: Any, left: bool = True, check_errors: bool = False) -> Any:
    """The solution, and 0 or the place of the zero that keeps a system from having one; its solution is NaN.

    >>> torch.linalg.solve_ex(torch.tensor([[2.0]]), torch.tensor([[1.0]])).result
    tensor([[0.5000]])
    """
    right, vector = _right_side(A, B, left)
    try:
        solution, info = _solution(A, right, left), np.zeros(A.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        info = lu_factor(A)[2]
        place, number = first_failure(info)
        if check_errors and place:
            raise failure("torch.linalg.solve_ex", number, _singular_system(A)) from None
        solution = _where_regular(info, A, lambda a: _solution(a, right, left))
    return (solution[..., 0] if vector else solution), info


def tensorsolve(input: Any, other: Any, dims: Any = None, *, out: Any = None) -> Any:
    """The solution `X` of `tensordot(A, X, X.ndim) = B`; `dims` of `A` are moved to its end first.

    >>> torch.linalg.tensorsolve(torch.eye(4).reshape(2, 2, 4), torch.ones(2, 2))
    tensor([1., 1., 1., 1.])
    """
    if dims is not None:
        input = input.movedim(tuple(dims), tuple(range(-len(dims), 0)))
    own, unknown = math.prod(input.shape[: other.ndim]), tuple(input.shape[other.ndim :])
    if math.prod(unknown) != own or own != other.numel():
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), "
            f"but got {math.prod(unknown)} != {other.numel()}"
        )
    return into("linalg_tensorsolve", out, solve(input.reshape((own, own)), other.reshape((own,))).reshape(unknown))


# ---- triangular systems ----


def _solve_triangular_backward(
    grad: Any, self: Any, result: Any, upper: bool, left: bool, unitriangular: bool, needs: tuple[bool, ...]
) -> tuple[Any, Any]:
    of_B = solve_triangular(transposed(self), grad, not upper, left, unitriangular)
    of_A = None
    if needs[0]:
        product = of_B @ transposed(result) if left else transposed(result) @ of_B
        of_A = -triangle(product, upper, unitriangular)
    return of_A, of_B


@op(
    name="linalg_solve_triangular", spaces="linalg:solve_triangular",
    derivatives={"self, B": _solve_triangular_backward},
    batching=batches.trailing,
)  # fmt: skip
def solve_triangular(self: Any, B: Any, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    """The solution `X` of `A @ X = B` for a triangular `A`; only its triangle is read.

    >>> torch.linalg.solve_triangular(torch.tensor([[2.0, 0.0], [2.0, 1.0]]), torch.tensor([[2.0], [3.0]]), upper=False)
    tensor([[1.],
            [1.]])
    """
    require_matrices("linalg.solve_triangular", self)
    require_matrices("linalg.solve_triangular", B, square=False, parameter="B")
    _require_system("linalg.solve_triangular", self, B, left)
    return _triangular_solution(self, B, upper, left, unitriangular)


def _triangular_solution(A: Any, B: Any, upper: bool, left: bool, unitriangular: bool) -> Any:
    part = triangle(A, upper, unitriangular)
    if unitriangular:
        part = part + np.eye(A.shape[-1], dtype=A.dtype)
    try:
        return _solution(part, B, left)
    except np.linalg.LinAlgError:
        # With a zero on the diagonal: LAPACK's substitution goes on with infinities, as PyTorch's.
        return _substituted(part, B, upper, left)


def _substituted(part: Any, B: Any, upper: bool, left: bool) -> Any:
    if not left:
        return transposed(_substituted(transposed(part), transposed(B), not upper, True))
    batch = np.broadcast_shapes(part.shape[:-2], B.shape[:-2])
    X = np.array(np.broadcast_to(B, (*batch, *B.shape[-2:])))
    count = part.shape[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        for i in range(count)[:: -1 if upper else 1]:
            known = slice(i + 1, count) if upper else slice(0, i)
            sums = part[..., i, None, known] @ X[..., known, :]
            X[..., i, :] = (X[..., i, :] - sums[..., 0, :]) / part[..., i, i, None]
    return X


def _old_triangular_solve_backward(
    grads: Any, A: Any, solution: Any, upper: bool, transpose: bool, unitriangular: bool, needs: tuple[bool, ...]
) -> tuple[Any, Any]:
    of_solution, of_copy = grads
    of_b = of_A = None
    if of_solution is not None:
        of_b = solve_triangular(A if transpose else transposed(A), of_solution, upper == transpose, True, unitriangular)
        if needs[1]:
            product = of_b @ transposed(solution)
            of_A = -triangle(transposed(product) if transpose else product, upper, unitriangular)
    if of_copy is not None:
        of_A = of_copy if of_A is None else of_A + of_copy
    return of_b, of_A


@op(
    name="triangular_solve", spaces="", results=("solution", "cloned_coefficient"),
    derivatives={"self, A": _old_triangular_solve_backward},
    batching=batches.trailing,
)  # fmt: skip
def triangular_solve_row(self: Any, A: Any, upper: bool, transpose: bool, unitriangular: bool) -> Any:
    if A.shape[-1] != A.shape[-2]:
        raise RuntimeError(
            f"A must be batches of square matrices, but they are {A.shape[-2]} by {A.shape[-1]} matrices"
        )
    if self.shape[-2] != A.shape[-1]:
        raise RuntimeError(
            f"Incompatible matrix sizes for triangular_solve: each A matrix is {A.shape[-1]} by {A.shape[-1]} but each "
            f"b matrix is {self.shape[-2]} by {self.shape[-1]}"
        )
    batch = np.broadcast_shapes(self.shape[:-2], A.shape[:-2])
    b = np.broadcast_to(self, (*batch, *self.shape[-2:]))
    copy = np.array(np.broadcast_to(A, (*batch, *A.shape[-2:])))
    turned, is_upper = (transposed(A), not upper) if transpose else (A, upper)
    return _triangular_solution(turned, b, is_upper, True, unitriangular), copy


def triangular_solve(
    input: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False, *, out: Any = None
) -> Any:
    """The solution `X` of `A @ X = b` for a triangular `A`, or of `A.T @ X = b`, and a copy of `A`.

    >>> torch.triangular_solve(torch.tensor([[4.0]]), torch.tensor([[2.0]])).solution
    tensor([[2.]])
    """
    kwargs = {} if out is None else {"out": out}
    return triangular_solve_row(input, A, upper, transpose, unitriangular, **kwargs)


# ---- with a Cholesky factor ----


def _cholesky_solve_backward(grad: Any, L: Any, result: Any, upper: bool, needs: tuple[bool, ...]) -> tuple[Any, Any]:
    of_B = cholesky_solve_row(grad, L, upper)
    if not needs[1]:
        return of_B, None
    part, common = triangle(L, upper), of_B @ adjoint(result)
    common = common + adjoint(common)
    return of_B, -triangle(part @ common if upper else common @ part, upper)


@op(
    name="cholesky_solve", spaces="", conjugate=False, saved_names={"L": "input2"},
    derivatives={"self, L": _cholesky_solve_backward},
    batching=batches.trailing,
)  # fmt: skip
def cholesky_solve_row(self: Any, L: Any, upper: bool) -> Any:
    if self.ndim < 2:
        raise RuntimeError(f"b should have at least 2 dimensions, but has {self.ndim} dimensions instead")
    if L.ndim < 2:
        raise RuntimeError(f"u should have at least 2 dimensions, but has {L.ndim} dimensions instead")
    if L.shape[-1] != L.shape[-2]:
        raise RuntimeError(
            f"A must be batches of square matrices, but they are {L.shape[-2]} by {L.shape[-1]} matrices"
        )
    if L.shape[-1] != self.shape[-2]:
        raise RuntimeError(
            f"Incompatible matrix sizes for cholesky_solve: each A matrix is {L.shape[-1]} by {L.shape[-1]} but each b "
            f"matrix is {self.shape[-2]} by {self.shape[-1]}"
        )
    lower = adjoint(L) if upper else L
    half = _triangular_solution(lower, self, False, True, False)
    return _triangular_solution(adjoint(lower), half, True, True, False)


def cholesky_solve(input: Any, input2: Any, upper: bool = False, *, out: Any = None) -> Any:
    """The solution of `A @ X = B` from the Cholesky factor `L` of `A`.

    >>> torch.cholesky_solve(torch.tensor([[4.0]]), torch.tensor([[2.0]]))
    tensor([[1.]])
    """
    return (
        cholesky_solve_row(input, input2, upper) if out is None else cholesky_solve_row(input, input2, upper, out=out)
    )


def _cholesky_inverse_backward(grad: Any, self: Any, result: Any, upper: bool) -> Any:
    common = result @ (grad + adjoint(grad)) @ result
    part = triangle(self, upper)
    return -triangle(part @ common if upper else common @ part, upper)


@op(name="cholesky_inverse", spaces="", conjugate=False, self=_cholesky_inverse_backward, batching=batches.trailing)
def cholesky_inverse_row(self: Any, upper: bool) -> Any:
    require_matrices("cholesky_inverse", self)
    return cholesky_solve_row(np.broadcast_to(np.eye(self.shape[-1], dtype=self.dtype), self.shape), self, upper)


def cholesky_inverse(input: Any, upper: bool = False, *, out: Any = None) -> Any:
    """The inverse of `A` from its Cholesky factor `L`.

    >>> torch.cholesky_inverse(torch.tensor([[2.0]]))
    tensor([[0.2500]])
    """
    return cholesky_inverse_row(input, upper) if out is None else cholesky_inverse_row(input, upper, out=out)


ELSEWHERE = {"linalg": {"tensorinv": tensorinv, "tensorsolve": tensorsolve}}
