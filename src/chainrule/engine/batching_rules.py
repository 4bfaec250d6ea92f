"""How operations run on a batch: rules that rows name.

A rule is called with the row, its arguments, which of them are batches, and `run(op, args)`. A batch is a tensor whose
first dimension is over the entries. The rule gives the result of all entries, with that dimension first, or
NotImplemented where the operation should run once for each entry. (A sequence of tensors is a list, and so is what says
which of them are batches.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dtypes import result_dtype
from chainrule.engine.op import AS_GIVEN, Op
from chainrule.engine.tensor_base import TensorBase

Run = Callable[[Op, tuple[Any, ...]], Any]
Rule = Callable[[Op, list[Any], list[Any], Run], Any]


def rank_of(value: Any, batched: bool) -> int:
    """How many dimensions one entry has."""
    return value._array.ndim - batched if isinstance(value, TensorBase) else np.ndim(value)


def size_of(values: list[Any], dims: list[Any]) -> int:
    """How many entries the batch has."""
    for value, batched in zip(values, dims, strict=True):
        if isinstance(batched, list):
            if True in batched:
                return size_of(value, batched)
        elif batched:
            return int(value.shape[0])
    raise AssertionError


def as_batch(value: Any, batched: bool, size: int) -> Any:
    """A tensor with the dimension over the entries: repeated where it is no batch."""
    return value if batched else value.unsqueeze(0).expand(size, *value.shape)


def of_rank(value: Any, batched: bool, rank: int) -> Any:
    """A tensor whose entries have `rank` dimensions, of size one in front where there were fewer."""
    missing = rank - rank_of(value, batched)
    if missing <= 0 or not isinstance(value, TensorBase):
        return value
    shape = value.shape  # type: ignore[attr-defined]
    if not batched:
        return value.reshape((1,) * missing + tuple(shape))  # type: ignore[attr-defined]
    return value.reshape((shape[0], *(1,) * missing, *shape[1:]))  # type: ignore[attr-defined]


def elementwise(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For what works on elements at the same place and broadcasts."""
    positions = op.tensor_positions
    if op.sequence >= 0:
        return NotImplemented
    rank = max(rank_of(values[i], dims[i]) for i in positions if values[i] is not None)
    args = list(values)
    if op.promotion is not AS_GIVEN:
        _promoted(positions, args, dims)
    for i in positions:
        if dims[i]:
            args[i] = of_rank(args[i], True, rank)
    return run(op, tuple(args))


def _promoted(positions: tuple[int, ...], args: list[Any], dims: list[Any]) -> None:
    # A number counts less in promotion than an array, also where there is one for each entry.
    tensors = [i for i in positions if isinstance(args[i], TensorBase)]
    if len({args[i]._array.dtype for i in tensors}) < 2 or not any(dims[i] and rank_of(args[i], True) == 0 for i in tensors):
        return
    operands = [
        np.empty((1,) * min(rank_of(args[i], dims[i]), 1), args[i]._array.dtype) if i in tensors else args[i]
        for i in positions
    ]
    common = result_dtype(tuple(operands))
    for i in tensors:
        if dims[i] and args[i]._array.dtype != common:
            args[i] = args[i].astype(common)
