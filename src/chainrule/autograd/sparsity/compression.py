"""How a sparsity pattern is compressed: which of its rows, or columns, one product with a vector finds together."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from chainrule.kernels.colouring import fewest_colours, row_colours, star_colours
from chainrule.kernels.index_sets import distinct


class Compression(NamedTuple):
    """A sparsity pattern, and how what it may hold is found by few products with vectors.

    - `starts`, `columns`: the pattern: those of row `i` are `columns[starts[i] : starts[i + 1]]`.
    - `by_columns`: the vectors are multiplied from the right, else from the left.
    - `colours`: of each row, or column; `passes`: how many there are, and so vectors.
    - `place`: for each entry of the pattern where it is found in the products, one after another.
    """

    shape: tuple[int, int]
    starts: Any
    columns: Any
    by_columns: bool
    colours: Any
    passes: int
    place: Any


def compression(
    starts: Any, columns: Any, width: int, *, symmetric: bool = False, by_rows: bool = False
) -> Compression:
    """How a pattern of `width` columns is compressed best. `by_rows`: in this way only."""
    shape = (len(starts) - 1, width)
    if symmetric:
        starts, columns = _symmetric(starts, columns)
    rows = np.repeat(np.arange(shape[0]), np.diff(starts))
    if symmetric:
        colours = star_colours(starts, columns)
        if colours.max(initial=-1) + 1 > fewest_colours(columns, width):
            others = row_colours(starts, columns, width)
            if others.max() <= colours.max():
                return _compression(shape, starts, columns, False, others, others[rows], columns)
        # An entry stands alone in its row among those of its column's colour, or the one that mirrors it does.
        own, mirrored = colours[columns], colours[rows]
        count = int(colours.max(initial=-1)) + 1
        alone = np.bincount(rows * count + own, minlength=shape[0] * count)[rows * count + own] == 1
        vector, place = np.where(alone, own, mirrored), np.where(alone, rows, columns)
        return _compression(shape, starts, columns, False, colours, vector, place)
    by_columns, colours = _better(starts, columns, rows, shape, by_rows)
    if by_columns:
        return _compression(shape, starts, columns, True, colours, colours[columns], rows)
    return _compression(shape, starts, columns, False, colours, colours[rows], columns)


def _compression(
    shape: tuple[int, int], starts: Any, columns: Any, by_columns: bool, colours: Any, vector: Any, place: Any
) -> Compression:
    # `vector`, `place`: for each entry in the product of which vector it is found, and where.
    count = int(colours.max(initial=-1)) + 1
    length = shape[0] if by_columns else shape[1]
    small = max(len(columns), *shape) <= np.iinfo(np.int32).max  # what SciPy's solvers are quickest with
    starts, columns = (starts.astype(np.int32), columns.astype(np.int32)) if small else (starts, columns)
    return Compression(shape, starts, columns, by_columns, colours, count, vector * length + place)


def _better(starts: Any, columns: Any, rows: Any, shape: tuple[int, int], by_rows: bool) -> tuple[bool, Any]:
    # Whether to go by columns, and the colours: of what needs fewer, rows where they are equal.
    height, width = shape
    fewest_by_rows, fewest_by_columns = fewest_colours(columns, width), fewest_colours(rows, height)
    of_rows = of_columns = None
    if by_rows or fewest_by_rows <= fewest_by_columns:
        of_rows = row_colours(starts, columns, width)
        if by_rows or of_rows.max(initial=-1) < fewest_by_columns:
            return False, of_rows
    order = np.argsort(columns, kind="stable")
    column_starts = np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=width))])
    of_columns = row_colours(column_starts, rows[order], height)
    if of_rows is None:
        if of_columns.max(initial=-1) + 1 < fewest_by_rows:
            return True, of_columns
        of_rows = row_colours(starts, columns, width)
    return (True, of_columns) if of_columns.max(initial=-1) < of_rows.max(initial=-1) else (False, of_rows)


def _symmetric(starts: Any, columns: Any) -> tuple[Any, Any]:
    # A pattern with all that mirrors its entries.
    size = len(starts) - 1
    rows = np.repeat(np.arange(size), np.diff(starts))
    keys = distinct(np.concatenate([rows * size + columns, columns * size + rows]))
    return np.concatenate([[0], np.cumsum(np.bincount(keys // max(size, 1), minlength=size))]), keys % max(size, 1)
