"""Colourings of sparse matrices: which rows, or which columns of a symmetric matrix, one derivative may find together.

What has one colour is found by one product with a vector. Colours are the bits of Python's integers, so that all the
colours that a row must not have are found by joining a few numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

MOST_DIMENSIONS: Final = 3  # of a grid


def row_colours(starts: Ints, members: Ints, columns: int) -> Ints:
    """A colour for each row, so that no two rows with an entry in the same column have the same colour.

    `members[starts[i] : starts[i + 1]]` are the columns of row `i`. The first colour that is free is taken (Curtis,
    Powell and Reid, "On the estimation of sparse Jacobian matrices", 1974), for the rows as they come and for the
    longest first; where the rows are the points of a grid, colours are also given by their coordinates. What needs the
    fewest colours is given back.

    >>> row_colours(np.array([0, 2, 4, 6]), np.array([0, 1, 1, 2, 2, 3]), 4)
    array([0, 1, 0])
    """
    fewest = fewest_colours(members, columns)
    if fewest == len(starts) - 1:
        return np.arange(fewest)
    colours = _first_free(starts, members, columns, None)
    if colours.max(initial=-1) < fewest:
        return colours
    lengths = np.diff(starts)
    if lengths.min() < lengths.max():
        others = _first_free(starts, members, columns, np.argsort(-lengths, kind="stable"))
        colours = others if others.max() < colours.max() else colours
    on_grid = _by_coordinates(starts, members, columns, range(fewest, int(colours.max()) + 1))
    return colours if on_grid is None else on_grid


def fewest_colours(members: Ints, columns: int) -> int:
    """A number of colours that `row_colours` cannot do without: the entries of the fullest column."""
    return int(np.bincount(members, minlength=columns).max(initial=0))


def _first_free(starts: Ints, members: Ints, columns: int, order: Ints | None) -> Ints:
    begins: list[int] = starts.tolist()
    places: list[int] = members.tolist()
    taken = [0] * columns  # the colours in each column
    colours = [0] * (len(begins) - 1)
    for row in range(len(colours)) if order is None else order.tolist():
        own = places[begins[row] : begins[row + 1]]
        used = 0
        for column in own:
            used |= taken[column]
        free = ~used & (used + 1)
        for column in own:
            taken[column] |= free
        colours[row] = free
    return _numbers(colours)


def _by_coordinates(starts: Ints, members: Ints, columns: int, counts: range) -> Ints | None:
    # Colours for the points of a grid that each depend on their neighbours along its dimensions: a weighted sum of the
    # coordinates, modulo the number of colours, that is another for each neighbour. None where that is no grid, or
    # where none of the `counts` will do.
    rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    offsets = members - rows
    around = [int(offset) for offset in np.flatnonzero(np.bincount(offsets + len(starts))) - len(starts)]
    steps = sorted({abs(offset) for offset in around} - {0})
    if not 2 <= len(steps) <= MOST_DIMENSIONS or any(b % a for a, b in pairwise(steps)):
        return None
    sizes = [b // a for a, b in pairwise(steps)]
    points = np.arange(len(starts) - 1)
    coordinates = [points // step % size for step, size in zip(steps, [*sizes, len(starts)], strict=True)]
    for count in counts:
        for weights in product(range(1, count), repeat=len(steps)):
            towards = dict(zip(steps, weights, strict=True))
            if len({np.sign(offset) * towards.get(abs(offset), 0) % count for offset in around}) == len(around):
                colours = np.stack(coordinates, 1) @ np.array(weights) % count
                keys = members * count + colours[rows]
                if np.bincount(keys, minlength=columns * count).max() <= 1:
                    return colours
                break
    return None


def _numbers(bits: Sequence[int]) -> Ints:
    number_of = {bit: bit.bit_length() - 1 for bit in set(bits)}
    return np.array([number_of[bit] for bit in bits], np.int64)


def star_colours(starts: Ints, members: Ints) -> Ints:
    """A colour for each column of a symmetric matrix, so that its products with the sums of each colour tell all.

    Neighbours (columns with an entry in each other's row) have different colours, and no path of four has two colours
    only: of two entries that mirror each other one is then alone in its row among those of its column's colour
    (Coleman and Moré, "Estimation of sparse Hessian matrices and graph coloring problems", 1984). As in `row_colours`,
    columns are taken as they come and longest first.

    >>> star_colours(np.array([0, 3, 5, 7]), np.array([0, 1, 2, 0, 1, 0, 2]))  # an arrow: a full row and column
    array([0, 1, 1])
    """
    rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    beside = members != rows
    lengths = np.bincount(rows[beside], minlength=len(starts) - 1)
    neighbours = _lists(members[beside], lengths)
    natural = _star(neighbours, range(len(neighbours)))
    # A path of four takes three colours, so that is nearly always as few as there can be.
    if natural.max(initial=-1) < 3 or lengths.min() == lengths.max():
        return natural
    others = _star(neighbours, np.argsort(-lengths, kind="stable").tolist())
    return others if others.max() < natural.max() else natural


def _lists(members: Ints, lengths: Ints) -> list[list[int]]:
    flat: list[int] = members.tolist()
    ends = np.cumsum(lengths).tolist()
    return [flat[end - length : end] for end, length in zip(ends, lengths.tolist(), strict=True)]


def _star(neighbours: list[list[int]], order: Any) -> Ints:
    count = len(neighbours)
    colours = [0] * count  # a bit each; 0: none yet
    once = [0] * count  # the colours among the neighbours,
    twice = [0] * count  # and those that several neighbours have
    blocked = [0] * count  # colours of those neighbours that have a further neighbour of this column's colour
    for column in order:
        own = neighbours[column]
        used = once[column]
        several = twice[column]
        for other in own:
            used |= blocked[other]
            if colours[other] & several:
                used |= once[other]
        free = ~used & (used + 1)
        colours[column] = free
        for other in own:
            its = colours[other]
            if its & several:
                blocked[other] |= free
            if not once[other] & free:
                once[other] |= free
            elif not its:
                twice[other] |= free
            elif twice[other] & free:
                blocked[column] |= its
            else:
                twice[other] |= free
                for third in neighbours[other]:
                    if colours[third] == free:
                        blocked[third] |= its
    return _numbers(colours)
