"""Rules of Taylor mode for products of many factors, determinants and systems of equations.

The formulas of their gradients are made of the same operations, so that series by way of these would take exponentially
many steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dim
from chainrule.engine.op import Op
from chainrule.engine.power_series import More, divided, results_of, sum_of, zeros_like
from chainrule.engine.taylor import RULES, TaylorLevel
from chainrule.ops.solving import inv, is_vector, solve_triangular

# ---- equations ----


def _system(level: TaylorLevel, op: Op, args: tuple[Any, ...], result: Any) -> More:
    # Of A X = B: the coefficients of B, less the products of A's with those of X that are known, solved with A.
    A, B, *options = args
    solution = results_of(result)[0]
    left = options[op.parameters.index("left") - 2]
    triangular = op.name == "linalg_solve_triangular"
    vector = not triangular and left and is_vector(A.shape, B.shape)

    def product(a: Any, x: Any) -> Any:
        if triangular:
            a = _triangle(a, *options)
        if vector:
            return (a @ x[..., None])[..., 0]
        return a @ x if left else x @ a

    def more(order: int) -> Any:
        rest = level.coefficient(B, order)
        for k in range(1, order + 1):
            a, x = level.coefficient(A, k), level.coefficient(solution, order - k)
            if a is not None and x is not None:
                rest = -product(a, x) if rest is None else rest - product(a, x)
        return None if rest is None else results_of(level.compute(op, (level.plain(A), rest, *options)))[0]

    return more


def _triangle(a: Any, upper: bool, left: bool, unitriangular: bool) -> Any:
    # The part of a matrix that such a system is made of; what is taken to be 1 does not change.
    del left
    return np.triu(a, 1 if unitriangular else 0) if upper else np.tril(a, -1 if unitriangular else 0)


def _inverse(level: TaylorLevel, op: Op, args: tuple[Any, ...], result: Any) -> More:
    # Of A X = 1, in the same way.
    del op
    inverse = results_of(result)[0]

    def more(order: int) -> Any:
        total = None
        for k in range(1, order + 1):
            a, x = level.coefficient(args[0], k), level.coefficient(inverse, order - k)
            if a is not None and x is not None:
                total = sum_of(total, a @ x)
        return None if total is None else -(level.plain(inverse) @ total)

    return more


def _with_cholesky_factor(level: TaylorLevel, op: Op, args: tuple[Any, ...], result: Any) -> More:
    del op, result
    B, factor, upper = args
    with level.running():
        other = np.conj(np.swapaxes(factor, -1, -2))
        lower, turned = (other, factor) if upper else (factor, other)
        solution = solve_triangular(turned, solve_triangular(lower, B, upper=False), upper=True)
    return lambda order: level.coefficient(solution, order)


def _exponential(level: TaylorLevel, op: Op, args: tuple[Any, ...], result: Any) -> More:
    # A series is as a matrix that has the coefficient of order j on the j-th diagonal above the main one, in blocks:
    # the exponential of such a matrix has the coefficients in its first row.
    del result
    (A,) = args
    size = A.shape[-1]
    nothing = zeros_like(A)

    def more(order: int) -> Any:
        blocks = [level.coefficient(A, k) for k in range(order + 1)]
        if all(block is None for block in blocks[1:]):
            return None
        blocks = [nothing if block is None else block for block in blocks]
        rows = [np.concatenate([nothing] * k + blocks[: order + 1 - k], axis=-1) for k in range(order + 1)]
        exponential = level.compute(op, (np.concatenate(rows, axis=-2),))
        return exponential[..., :size, -size:]

    return more


# ---- products of elements ----


def _product(level: TaylorLevel, op: Op, args: tuple[Any, ...], result: Any) -> More:
    # Of halves, until one is left; with zeros among the elements as right as without.
    del op, result
    factors, dim, keepdim, dtype = args
    with level.running():
        if dtype is not None:
            factors = factors.astype(dtype)
        rank = factors.ndim
        if dim is None:
            factors = factors.reshape((-1,))
        along = np.moveaxis(factors, 0 if dim is None or not rank else wrap_dim(dim, rank), 0)
        while along.shape[0] > 1:
            half, odd = divmod(along.shape[0], 2)
            rest = along[2 * half :]
            along = along[:half] * along[half : 2 * half]
            if odd:
                along = np.concatenate([along, rest])
        if not along.shape[0]:
            return lambda order: None
        found = along[0]
        if keepdim and rank:
            found = found.reshape((1,) * rank) if dim is None else np.expand_dims(found, dim)
    return lambda order: level.coefficient(found, order)


def _product_of_others(level: TaylorLevel, op: Op, args: tuple[Any, ...], result: Any) -> More:
    # Of those before times those behind.
    del op, result
    factors, dim = args
    if not factors.ndim or factors.shape[dim] < 2:
        return lambda order: None
    with level.running():
        along = list(np.moveaxis(factors, dim, 0))
        before, behind = along[:1], along[-1:]
        for factor in along[1:-1]:
            before.append(before[-1] * factor)
        for factor in along[-2:0:-1]:
            behind.append(behind[-1] * factor)
        behind.reverse()
        inner = [a * b for a, b in zip(before, behind[1:], strict=False)]
        found = np.moveaxis(np.stack([behind[0], *inner, before[-1]]), 0, dim)
    return lambda order: level.coefficient(found, order)


# ---- determinants ----


def _determinant(level: TaylorLevel, op: Op, args: tuple[Any, ...], result: Any) -> More:
    del op
    (A,) = args
    if not A.shape[-1]:
        return lambda order: None
    if not _is_regular(A):
        with level.running():
            determinant = _by_powers(A)[0]
        return lambda order: level.coefficient(determinant, order)
    found: list[Any] = []  # the derivative, begun when the result has a series

    def more(order: int) -> Any:
        if not found:
            derivative = level.derivative(A)
            with level.running():
                found.append(result * (inv(A) * np.swapaxes(derivative, -1, -2)).sum((-2, -1)))
        return divided(level.coefficient(found[0], order - 1), order)

    return more


def _cofactors(level: TaylorLevel, op: Op, args: tuple[Any, ...], result: Any) -> More:
    del op, result
    (A,) = args
    if not A.shape[-1]:
        return lambda order: None
    with level.running():
        if _is_regular(A):
            cofactors = np.linalg.det(A)[..., None, None] * np.swapaxes(inv(A), -1, -2)
        else:
            cofactors = np.swapaxes(_by_powers(A)[1], -1, -2)
    return lambda order: level.coefficient(cofactors, order)


def _is_regular(A: Any) -> bool:
    # Whether the inverses of all matrices are good ones.
    while hasattr(A, "_value"):  # of a batch
        A = A._value
    array = A._array
    try:
        inverse = np.linalg.inv(array)
    except np.linalg.LinAlgError:
        return False
    condition = np.abs(array).sum(-1).max(-1, initial=0) * np.abs(inverse).sum(-1).max(-1, initial=0)
    return bool(condition.max(initial=0) < np.finfo(array.dtype).eps ** -0.5)


def _by_powers(A: Any) -> tuple[Any, Any]:
    # The determinant and the adjugate, by the method of Faddeev and Le Verrier: products of matrices, and no division
    # by what may be zero.
    count = A.shape[-1]
    unit = np.eye(count, dtype=A._array.dtype)
    power: Any = np.broadcast_to(unit, A.shape)
    for k in range(1, count + 1):
        adjugate = power if count % 2 else -power
        product = A @ power
        coefficient = (product * unit).sum((-2, -1)) * (-1 / k)
        power = product + coefficient[..., None, None] * unit
    return (-coefficient if count % 2 else coefficient), adjugate


def install() -> None:
    """Make these rules known."""
    RULES.update(dict.fromkeys(("linalg_solve", "linalg_solve_ex", "linalg_solve_triangular"), _system))
    RULES.update(dict.fromkeys(("linalg_inv", "linalg_inv_ex"), _inverse))
    RULES["matrix_exp"] = _exponential
    RULES["cholesky_solve"] = _with_cholesky_factor
    RULES["prod"] = _product
    RULES["product_of_others"] = _product_of_others
    RULES["linalg_det"] = _determinant
    RULES["cofactors"] = _cofactors
