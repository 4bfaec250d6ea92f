"""Formulas that need the values of a batch: run once for each entry.

Most formulas are operations on tensors, and so take a batch as they take one entry. Those that look at values (whether
two singular values are equal, say) find an outline without values in a batched tensor, and are run entry by entry.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine.modes import op_interceptors
from chainrule.engine.tensor_base import TensorBase, new_tensor


class BatchedValuesError(RuntimeError, AttributeError):
    """The values of a batched tensor were asked for, of which there is one for each entry."""


def entrywise(formula: Callable[..., Any]) -> Callable[..., Any]:
    """`formula`, run entry by entry where it asks for the values of a batch. For use while a transform is running."""
    return functools.partial(_run, formula)


def _run(formula: Callable[..., Any], *args: Any) -> Any:
    try:
        return formula(*args)
    except BatchedValuesError:
        interceptors: tuple[Any, ...] = op_interceptors.get()
        for number in range(len(interceptors) - 1, -1, -1):
            level = interceptors[number]
            if getattr(level, "size", None) is not None and _has_batch(level, args):
                break
        else:
            raise
    token = op_interceptors.set((*interceptors[:number], *interceptors[number + 1 :]))
    try:
        rows = [_run(formula, *[_entry(level, a, i) for a in args]) for i in range(level.size)]
        return _stacked(level, rows)
    finally:
        op_interceptors.reset(token)


def _has_batch(level: Any, args: Any) -> bool:
    return any(_has_batch(level, a) if isinstance(a, (tuple, list)) else level.owns(a) for a in args)


def _entry(level: Any, arg: Any, number: int) -> Any:
    if isinstance(arg, (tuple, list)):
        return type(arg)([_entry(level, a, number) for a in arg])
    return arg._value[number] if level.owns(arg) else arg


def _stacked(level: Any, rows: list[Any]) -> Any:
    first = rows[0]
    if isinstance(first, (tuple, list)):
        return [_stacked(level, list(each)) for each in zip(*rows, strict=True)]
    if first is None:
        return None
    if not isinstance(first, TensorBase):
        rows = [new_tensor(np.asarray(row)) for row in rows]
    return level.wrap(np.stack(rows))


def holds_anywhere(condition: Any) -> bool:
    """Whether a tensor of booleans is True at any place; of a batch, in any entry."""
    while hasattr(condition, "_value"):
        condition = condition._value
    return bool(condition.any())
