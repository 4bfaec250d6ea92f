"""Connectionist temporal classification: how likely a sequence of classes, stretched over time, reads a target.

A path writes down one class at every time; equal neighbours are read as one, and blanks are left out. The target with
blanks between, before and behind its labels is a row of states, and a path goes through them: it stays, goes one on, or
two on where that leaves out a blank between two labels that are not equal. (Graves et al., Connectionist temporal
classification: labelling unsegmented sequence data with recurrent neural networks, 2006.)

Logarithms are added up with `LEAST` in place of minus infinity, so that no difference is undefined.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

__all__ = ["LEAST", "arrivals", "both_ways", "posteriors", "states_of", "totals"]

LEAST: Final = -1e30
# A logarithm as small as this is one of zero, with something added.
_HOPELESS: Final = -1e29


def states_of(targets: Any, blank: int) -> tuple[Any, Any]:
    """The class of each state (batch, 2 * labels + 1), and whether it may be reached from two states before.

    >>> states_of(np.array([[1, 1, 2]]), 0)
    (array([[0, 1, 0, 1, 0, 2, 0]]), array([[False, False, False, False, False,  True, False]]))
    """
    batch, length = targets.shape
    states = np.full((batch, 2 * length + 1), blank, np.int64)
    states[:, 1::2] = targets
    skips = np.zeros(states.shape, bool)
    skips[:, 2:] = (states[:, 2:] != states[:, :-2]) & (states[:, 2:] != blank)
    return states, skips


def arrivals(scores: Any, skips: Any, last: Any) -> Any:
    """For each time and state the logarithm of the likelihood of all ways there, from the first two states.

    `scores`: the logarithms of the states' own likelihoods, (times, batch, states). `last`: the last state of each
    sequence; those beyond are not reached.
    """
    times, batch, count = scores.shape
    found = np.empty_like(scores)
    # Two states more before the first, from which no way comes.
    before = np.full((batch, count + 2), LEAST, scores.dtype)
    blocked = np.where(skips, scores.dtype.type(0), scores.dtype.type(LEAST))
    beyond = np.where(np.arange(count) <= last[:, None], scores.dtype.type(0), scores.dtype.type(LEAST))
    first = np.full((batch, count), LEAST, scores.dtype)
    first[:, :2] = scores[0, :, :2]
    found[0] = np.maximum(first + beyond, LEAST)
    stay, on = before[:, 2:], before[:, 1:-1]
    two_on, most, ways = (np.empty((batch, count), scores.dtype) for _ in range(3))
    for time in range(1, times):
        stay[...] = found[time - 1]
        np.add(before[:, :-2], blocked, out=two_on)
        np.maximum(stay, on, out=most)
        np.maximum(most, two_on, out=most)
        total = np.exp(stay - most)
        np.subtract(on, most, out=ways)
        total += np.exp(ways, out=ways)
        two_on -= most
        total += np.exp(two_on, out=two_on)
        np.log(total, out=total)
        total += most
        total += scores[time]
        total += beyond
        np.maximum(total, LEAST, out=found[time])
    return found


def totals(arrived: Any, input_lengths: Any, last: Any) -> Any:
    """The logarithm of each sequence's likelihood: of the ways that end in one of its last two states, at its end.

    >>> scores = np.log(np.full((2, 1, 3), 0.5))  # two times, one label: three ways of four
    >>> arrived = arrivals(scores, np.zeros((1, 3), bool), np.array([2]))
    >>> np.exp(totals(arrived, np.array([2]), np.array([2])))
    array([0.75])
    """
    batch = np.arange(len(last))
    # A sequence without any time is read as nothing.
    ends = arrived[np.maximum(input_lengths - 1, 0), batch]
    total = ends[batch, last]
    total = np.where(last > 0, np.logaddexp(total, ends[batch, np.maximum(last - 1, 0)]), total)
    total = np.where(input_lengths == 0, np.where(last == 0, 0, -np.inf), total)
    return np.where(total <= _HOPELESS, -np.inf, total).astype(arrived.dtype)


def both_ways(scores: Any, skips: Any, input_lengths: Any, last: Any) -> tuple[Any, Any]:
    """What arrives at each time and state from the first ones, and what remains from there to the last ones.

    Backwards in time, and in states, a sequence is one of the same kind, turned about its own end: all are gone through
    together.
    """
    times, batch, count = scores.shape
    moments, places, rows = np.arange(times)[:, None], np.arange(count), np.arange(batch)[:, None]
    turned_time = np.where(moments < input_lengths, input_lengths - 1 - moments, moments)[:, :, None]
    turned_state = np.where(places <= last[:, None], last[:, None] - places, places)
    # From two states on one comes where that state may be reached from here.
    reach = np.zeros((batch, count + 2), bool)
    reach[:, :-2] = skips
    turned_skips = reach[rows, np.minimum(turned_state + 2, count + 1)]
    turned_skips[:, :2] = False
    found = arrivals(
        np.concatenate([scores, scores[turned_time, rows, turned_state]], axis=1),
        np.concatenate([skips, turned_skips]),
        np.concatenate([last, last]),
    )
    return found[:, :batch], found[:, batch:][turned_time, rows, turned_state]


def posteriors(arrived: Any, remaining: Any, scores: Any, input_lengths: Any, total: Any) -> Any:
    """How likely each state is at each time, given that the target is read; zeros where it cannot be.

    >>> scores, lengths, last = np.log(np.full((2, 1, 3), 0.5)), np.array([2]), np.array([2])
    >>> ways = both_ways(scores, np.zeros((1, 3), bool), lengths, last)
    >>> posteriors(*ways, scores, lengths, totals(ways[0], lengths, last)).round(3)
    array([[[0.333, 0.667, 0.   ]],
    <BLANKLINE>
           [[0.   , 0.667, 0.333]]])
    """
    possible = np.isfinite(total)
    likely = arrived + remaining
    likely -= np.maximum(scores, LEAST)
    likely -= np.where(possible, total, 0)[:, None]
    np.exp(np.minimum(likely, 0, out=likely), out=likely)
    likely *= ((np.arange(len(scores))[:, None] < input_lengths) & possible)[:, :, None]
    return likely
