"""Series of what is linear in each of its arguments: Cauchy's products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from chainrule.engine.op import Op
from chainrule.engine.power_series import More, sum_of, zeros_like


def products(level: Any, op: Op, args: tuple[Any, ...], additive: Sequence[int] = ()) -> More:
    """The coefficients of what is linear in each of its arguments: the sum over all whose orders add up.

    `additive`: arguments that are not factors but added to the product.
    """
    factors = [
        (p, None) if p != op.sequence else (p, number)
        for p in op.edge_positions
        if p not in additive
        for number in (range(len(args[p])) if p == op.sequence else (0,))
        if level.owns(args[p][number] if p == op.sequence else args[p])
    ]
    still = [level.plain_all(a) for a in args]
    nothing = [None if args[p] is None else zeros_like(args[p]) for p in additive]

    def at(place: tuple[int, int | None]) -> Any:
        value = args[place[0]]
        return value if place[1] is None else value[place[1]]

    def more(order: int) -> Any:
        total = None
        for orders in _adding_up_to(order, len(factors)):
            taken = [level.coefficient(at(place), k) for place, k in zip(factors, orders, strict=True)]
            if any(c is None for c in taken):
                continue
            moved = list(still)
            for (p, number), c in zip(factors, taken, strict=True):
                if number is None:
                    moved[p] = c
                else:
                    moved[p] = [*moved[p][:number], c, *moved[p][number + 1 :]]
            for p, zeros in zip(additive, nothing, strict=True):
                moved[p] = zeros
            total = sum_of(total, level.compute(op, tuple(moved)))
        for p in additive:
            c = level.coefficient(args[p], order)
            if c is not None:
                moved = list(still)
                for q, zeros in zip(additive, nothing, strict=True):
                    moved[q] = zeros
                for q in op.edge_positions:
                    if q not in additive:
                        moved[q] = zeros_like(args[q])
                moved[p] = c
                total = sum_of(total, level.compute(op, tuple(moved)))
        return total

    return more


def _adding_up_to(order: int, count: int) -> Iterator[tuple[int, ...]]:
    if count <= 1:
        if count:
            yield (order,)
        return
    for first in range(order + 1):
        for rest in _adding_up_to(order - first, count - 1):
            yield (first, *rest)
