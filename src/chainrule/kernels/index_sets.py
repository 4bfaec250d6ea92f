"""Sets of indices, one for each element of an array: which inputs an element may depend on.

Most elements of an intermediate result depend on what some other element depended on, so the sets stand in a list and
the elements say which set is theirs: to move, repeat or reshape elements touches no set.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

# The most indices that all sets of an array may have together: 8 bytes for each.
MOST_INDICES: Final = 1 << 26


class TooManyIndicesError(MemoryError):
    """The sets would take more memory than is in order."""


class IndexSets:
    """A set of indices for each element of a flat array.

    - `of`: for each element the number of its set; set 0 is empty.
    - `starts`, `members`: the members of set `i` are `members[starts[i] : starts[i + 1]]`, ascending.
    - `bound`: all members are smaller.
    """

    __slots__ = ("bound", "members", "of", "starts")

    def __init__(self, of: Ints, starts: Ints, members: Ints, bound: int) -> None:
        self.of = of
        self.starts = starts
        self.members = members
        self.bound = bound

    def taken(self, places: Any) -> IndexSets:
        """The sets of the elements at `places`, an array of any shape; -1 stands for an empty set.

        >>> singles(0, 3, 3).taken([2, -1, 2]).rows()
        (array([0, 1, 1, 2]), array([2, 2]))
        """
        places = np.asarray(places, np.int64).reshape(-1)
        of = self.of[places] if len(self.of) else np.zeros(len(places), np.int64)
        return IndexSets(np.where(places < 0, 0, of), self.starts, self.members, self.bound)

    def rows(self) -> tuple[Ints, Ints]:
        """The sets of all elements one after another: where each begins (and the last ends), and the members."""
        return _spelt_out(self.starts, self.members, self.of)

    def same_as(self, other: IndexSets) -> bool:
        """Whether it is easily seen that all elements have the same sets in both."""
        same_list = self.members is other.members and self.starts is other.starts
        return same_list and (self.of is other.of or np.array_equal(self.of, other.of))


def singles(first: int, count: int, bound: int) -> IndexSets:
    """For each of `count` elements the set of one index: `first`, `first + 1`, ...

    >>> singles(5, 2, 10).rows()
    (array([0, 1, 2]), array([5, 6]))
    """
    starts = np.arange(-1, count + 1)
    starts[0] = 0
    return IndexSets(np.arange(1, count + 1), starts, np.arange(first, first + count), bound)


def empty_sets(count: int, bound: int) -> IndexSets:
    """An empty set for each of `count` elements."""
    return IndexSets(np.zeros(count, np.int64), np.zeros(2, np.int64), np.zeros(0, np.int64), bound)


Part = tuple[IndexSets, Any, Any]


def gathered(parts: Sequence[Part], count: int, bound: int) -> IndexSets:
    """For each of `count` elements the union of the sets that the parts have for it.

    A part is `(sets, labels, places)`: the set at `places[i]` is for the element `labels[i]`.

    >>> x = singles(0, 4, 4)
    >>> gathered([(x, [0, 0, 1], [0, 1, 3]), (x, [0], [1])], 2, 4).rows()
    (array([0, 2, 3]), array([0, 1, 3]))
    """
    given = [(_needed(sets.taken(places)), np.asarray(labels, np.int64).reshape(-1)) for sets, labels, places in parts]
    given = [(sets, labels) for sets, labels in given if len(labels)]
    if not given:
        return empty_sets(count, bound)
    starts, members, offsets = _one_list([sets for sets, _ in given])
    labels = np.concatenate([labels for _, labels in given])
    numbers = np.concatenate([
        np.where(sets.of > 0, sets.of + offset, 0) for (sets, _), offset in zip(given, offsets, strict=True)
    ])  # fmt: skip
    if not (numbers > 0).all():
        labels, numbers = labels[numbers > 0], numbers[numbers > 0]
    counts = np.bincount(labels, minlength=count)
    if counts.max(initial=0) > 1:  # the same set may be there several times
        keys = distinct(labels * len(starts) + numbers)
        labels, numbers = keys // len(starts), keys % len(starts)
        counts = np.bincount(labels, minlength=count)
    if counts.max(initial=0) <= 1:
        of = np.zeros(count, np.int64)
        of[labels] = numbers
        return IndexSets(of, starts, members, bound)
    # From here on `labels` ascend.
    bounds = _bounds(counts)
    if len(starts) < count // 2 and counts.max() == 2:
        # Few sets: many elements unite the same two.
        first, last = numbers[bounds[:-1] * (counts > 0)], numbers[bounds[1:] - 1]
        pairs = np.where(counts > 0, first * len(starts) + np.where(counts > 1, last, 0), 0)
        pairs, of = np.unique(pairs, return_inverse=True)
        numbers = np.stack([pairs // len(starts), pairs % len(starts)], 1).reshape(-1)
        labels = np.repeat(np.arange(len(pairs)), 2)
        return IndexSets(of + 1, *_united(starts, members, labels, numbers, len(pairs), bound), bound)
    united = _united(starts, members, labels, numbers, count, bound)
    return IndexSets(np.where(counts > 0, np.arange(1, count + 1), 0), *united, bound)


def merged(sets: IndexSets, labels: Any, count: int) -> IndexSets:
    """For each label from 0 to `count - 1` the union of the sets of all elements that have it.

    >>> merged(singles(0, 4, 4), [0, 1, 1, 0], 2).rows()
    (array([0, 2, 4]), array([0, 3, 1, 2]))
    """
    labels = np.asarray(labels, np.int64).reshape(-1)
    return gathered([(sets, labels, np.arange(len(labels)))], count, sets.bound)


def _needed(sets: IndexSets) -> IndexSets:
    # With a list of their own where they need little of theirs: else lists would grow from write to write.
    if len(sets.starts) <= 2 * len(sets.of) + 2:
        return sets
    numbers, of = np.unique(sets.of, return_inverse=True)
    ends, members = _spelt_out(sets.starts, sets.members, numbers)
    return IndexSets(np.where(sets.of > 0, of + 1, 0), np.concatenate([[0], ends]), members, sets.bound)


def _one_list(parts: Sequence[IndexSets]) -> tuple[Ints, Ints, list[int]]:
    # The lists of sets of all parts in one, and what is added to the numbers of each part's sets.
    lists: list[IndexSets] = []
    offsets: dict[int, int] = {}
    offset = 0
    for sets in parts:
        if id(sets.starts) not in offsets:
            offsets[id(sets.starts)] = offset
            lists.append(sets)
            offset += len(sets.starts) - 2  # the empty set is there once
    if len(lists) == 1:
        return lists[0].starts, lists[0].members, [0] * len(parts)
    sizes = [np.diff(sets.starts[1:]) for sets in lists]
    starts = np.concatenate([[0], _bounds(np.concatenate(sizes))])
    return starts, np.concatenate([sets.members for sets in lists]), [offsets[id(sets.starts)] for sets in parts]


def _united(starts: Ints, members: Ints, labels: Ints, numbers: Ints, count: int, bound: int) -> tuple[Ints, Ints]:
    # A list of sets: the empty one, and for each label from 0 to `count - 1` the union of the sets of these numbers.
    ends, spelt = _spelt_out(starts, members, numbers)
    keys = distinct(np.repeat(labels, np.diff(ends)) * bound + spelt)
    return np.concatenate([[0], _bounds(np.bincount(keys // bound, minlength=count))]), keys % bound


def _spelt_out(starts: Ints, members: Ints, numbers: Ints) -> tuple[Ints, Ints]:
    begins = starts[numbers]
    counts = starts[numbers + 1] - begins
    ends = _bounds(counts)
    if ends[-1] > MOST_INDICES:
        raise TooManyIndicesError(f"{ends[-1]} places that may not be zero are more than {MOST_INDICES}")
    return ends, members[np.arange(ends[-1]) + np.repeat(begins - ends[:-1], counts)]


def _bounds(counts: Ints) -> Ints:
    bounds = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=bounds[1:])
    return bounds


def distinct(keys: Ints) -> Ints:
    """These numbers in ascending order, each once: what `np.unique` gives, which takes ten times as long for many."""
    keys = np.sort(keys)
    new = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return keys if new.all() else keys[new]
