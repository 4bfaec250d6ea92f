"""Colourings of sparse matrices: which rows, or which columns of a symmetric matrix, one derivative may find together.

What has one colour is found by one product with a vector. Colours are the bits of Python's integers, so that all the
colours that a row must not have are found by joining a few numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def row_colours(starts: Ints, members: Ints, columns: int) -> Ints:
    """A colour for each row, so that no two rows with an entry in the same column have the same colour.

    `members[starts[i] : starts[i + 1]]` are the columns of row `i`. The first colour that is free is taken (Curtis,
    Powell and Reid, "On the estimation of sparse Jacobian matrices", 1974), for the rows as they come and for the
    longest first; the better of the two is given back.

    >>> row_colours(np.array([0, 2, 4, 6]), np.array([0, 1, 1, 2, 2, 3]), 4)
    array([0, 1, 0])
    """
    fewest = fewest_colours(members, columns)
    if fewest == len(starts) - 1:
        return np.arange(fewest)
    colours = _first_free(starts, members, columns, None)
    if colours.max(initial=-1) + 1 > fewest:
        lengths = np.diff(starts)
        if lengths.min() < lengths.max():
            others = _first_free(starts, members, columns, np.argsort(-lengths, kind="stable"))
            if others.max() < colours.max():
                return others
    return colours


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
