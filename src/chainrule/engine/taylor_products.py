"""Series of what is linear in each of its arguments: Cauchy's products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from numpy import ndarray

from chainrule.engine.op import Op
from chainrule.engine.power_series import More, Series, sum_of, zeros_like


class _Factor:
    # An argument that carries a series, or one of a sequence of them: its place, and its coefficients.

    __slots__ = ("number", "place", "series", "value")

    def __init__(self, level: Any, place: int, number: int | None, tensor: Any) -> None:
        self.place = place
        self.number = number
        self.value = level.plain(tensor)
        self.series: Series = level.series(tensor)

    def coefficient(self, order: int) -> Any:
        return self.series.coefficient(order) if order else self.value

    def put(self, args: list[Any], value: Any) -> None:
        if self.number is None:
            args[self.place] = value
        else:
            args[self.place] = [*args[self.place][: self.number], value, *args[self.place][self.number + 1 :]]


def products(level: Any, op: Op, args: tuple[Any, ...], additive: Sequence[int] = ()) -> More:
    """The coefficients of what is linear in each of its arguments: the sum over all whose orders add up.

    `additive`: arguments that are not factors but added to the product.
    """
    factors = _factors(level, op, args, additive)
    still = [level.plain_all(a) for a in args]
    for p in additive:
        still[p] = zeros_like(args[p])
    of_two = len(factors) == 2

    def more(order: int) -> Any:
        total = _of_two(level, op, still, factors, order) if of_two else _of_all(level, op, still, factors, order)
        for p in additive:
            coefficient = level.coefficient(args[p], order)
            if coefficient is not None:
                moved = [zeros_like(a) if q in op.edge_positions else a for q, a in enumerate(still)]
                moved[p] = coefficient
                total = sum_of(total, level.compute(op, tuple(moved)))
        return total

    return more


def _factors(level: Any, op: Op, args: tuple[Any, ...], additive: Sequence[int]) -> list[_Factor]:
    factors: list[_Factor] = []
    for p in op.edge_positions:
        if p == op.sequence:
            factors += [_Factor(level, p, number, t) for number, t in enumerate(args[p]) if level.owns(t)]
        elif p not in additive and level.owns(args[p]):
            factors.append(_Factor(level, p, None, args[p]))
    return factors


def _of_two(level: Any, op: Op, still: list[Any], factors: list[_Factor], order: int) -> Any:
    # The commonest: nothing is in the way between the coefficients and NumPy's function.
    first, second = factors
    moved = list(still)
    total = None
    for k in range(order + 1):
        a = first.coefficient(k)
        b = None if a is None else second.coefficient(order - k)
        if b is None:
            continue
        if op.is_ufunc and type(a) is ndarray and type(b) is ndarray:
            term = op.compute(a, b)
        else:
            first.put(moved, a)
            second.put(moved, b)
            term = level.compute(op, tuple(moved))
        total = term if total is None else total + term
    return total


def _of_all(level: Any, op: Op, still: list[Any], factors: list[_Factor], order: int) -> Any:
    total = None
    for orders in _adding_up_to(order, len(factors)):
        taken = [factor.coefficient(k) for factor, k in zip(factors, orders, strict=True)]
        if all(c is not None for c in taken):
            moved = list(still)
            for factor, c in zip(factors, taken, strict=True):
                factor.put(moved, c)
            total = sum_of(total, level.compute(op, tuple(moved)))
    return total


def _adding_up_to(order: int, count: int) -> Iterator[tuple[int, ...]]:
    # All ways of giving each of so many factors an order.
    if count <= 1:
        if count:
            yield (order,)
        return
    for first in range(order + 1):
        for rest in _adding_up_to(order - first, count - 1):
            yield (first, *rest)
