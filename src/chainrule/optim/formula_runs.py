"""Running the formula of an optimizer over the arrays of its parameters: large ones in blocks, small ones gathered."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import accumulate, pairwise
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, Any]
# Called with a row: changes the parameter and its state in place, element by element.
Formula: TypeAlias = Callable[..., None]
# A parameter, its gradient, and its state.
Row: TypeAlias = list[Array]

# Elements that are updated at once: few enough that what a formula makes in between stays in the processor's cache.
BLOCK = 1 << 17
# Up to so many elements the dozen calls of NumPy that a formula makes cost more than to copy the elements twice.
SMALL = 2048
# From so many small parameters on they are gathered.
SEVERAL = 3
# Rooms that are kept: a model has one set of small parameters, or a few where not always all have gradients.
MOST_ROOMS = 8


class FormulaRuns:
    """Runs formulas, and keeps the arrays in which it gathers what is small."""

    def __init__(self) -> None:
        self._rooms: dict[Any, _Room] = {}

    def run(self, updates: list[tuple[Formula, Row]]) -> None:
        """Call each formula with its row, or once for several small rows of one formula."""
        small: dict[Formula, list[Row]] = {}
        for formula, row in updates:
            param = row[0]
            if param.size > SMALL or len(row) == 2:
                # Without state there is so little to do that gathering takes as long.
                in_blocks(formula, row)
            elif param.base is None and param.dtype is row[1].dtype and param.dtype.kind == "f":
                small.setdefault(formula, []).append(row)
            else:
                # This may be a view of one of those before it: each in its turn.
                self._run_small(small)
                in_blocks(formula, row)
        self._run_small(small)

    def _run_small(self, rows_of: dict[Formula, list[Row]]) -> None:
        for formula, rows in rows_of.items():
            if len(rows) < SEVERAL:
                for row in rows:
                    in_blocks(formula, row)
                continue
            dtype, kinds = rows[0][0].dtype, len(rows[0])
            shapes = [row[0].shape for row in rows]
            key = (dtype, kinds, *shapes)
            # Taken out while it is in use: two threads never share one.
            room = self._rooms.pop(key, None)
            if room is None:
                room = _Room(dtype, kinds, shapes)
            room.run(formula, rows)
            if len(self._rooms) == MOST_ROOMS:
                self._rooms.clear()
            self._rooms[key] = room
        rows_of.clear()


class _Room:
    # One array for all parameters, one for their gradients, and one for each kind of state; and the parts of each
    # that belong to a parameter.
    def __init__(self, dtype: np.dtype[Any], kinds: int, shapes: list[tuple[int, ...]]) -> None:
        ends = list(accumulate(map(math.prod, shapes), initial=0))
        self._arrays = [np.empty(ends[-1], dtype) for _ in range(kinds)]
        self._parts = [
            [array[start:end].reshape(shape) for (start, end), shape in zip(pairwise(ends), shapes, strict=True)]
            for array in self._arrays
        ]

    def run(self, formula: Formula, rows: list[Row]) -> None:
        columns = list(zip(self._parts, zip(*rows, strict=True), strict=True))
        for parts, column in columns:
            for part, array in zip(parts, column, strict=True):
                part[...] = array
        in_blocks(formula, self._arrays)
        del columns[1]  # the gradients, which stay as they are
        for parts, column in columns:
            for part, array in zip(parts, column, strict=True):
                array[...] = part


def in_blocks(formula: Formula, row: Row) -> None:
    """Call `formula` with matching blocks of the arrays; complex ones as their real and their imaginary parts."""
    first = row[0]
    if first.dtype.kind == "c":
        in_blocks(formula, [array.real for array in row])
        in_blocks(formula, [array.imag for array in row])
    elif first.size > BLOCK and all(array.flags.forc and array.strides == first.strides for array in row):
        flat = [array.ravel(order="K") for array in row]
        for start in range(0, first.size, BLOCK):
            formula(*[array[start : start + BLOCK] for array in flat])
    elif first.ndim:
        formula(*row)
    else:
        # Of arrays without dimensions NumPy makes scalars, which nothing can be written to.
        formula(*[array.reshape(1) for array in row])
