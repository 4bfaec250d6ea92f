"""Which inputs the results of a linear operation are made of, found out from the formula of its gradient.

The formula is the transpose of the operation, so what it does to a few well chosen gradients says where each element
goes. If an input goes to one element of the result, `c * (place + 1)` comes back for it when the gradients are numbered
from 1, and `c` when they are all 1. Random numbers then tell whether that was all; they would have to hit upon an exact
cancellation for a wrong answer. Where it was not all, the transpose is transposed once more, for inputs that go to many
places. What is left, sums along dimensions, is asked for place by place if these are not too many.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule import autograd
from chainrule.autograd.sparsity.recorded import (
    dtype_of,
    result_dtypes,
    result_shapes,
    shape_of,
)
from chainrule.engine.broadcasting import sum_to_shape
from chainrule.engine.evaluation import as_rules_take_it
from chainrule.engine.grad_mode import enable_grad
from chainrule.engine.node import GROUP, NOTHING, Node
from chainrule.engine.saved import as_tensors, gather, unpacked
from chainrule.engine.tensor_base import new_tensor
from chainrule.kernels.index_sets import IndexSets, Part

# Linear in what is differentiated, though the row says nothing of the kind or has a rule too: their other arguments are
# numbers, or tensors that have no gradient.
LINEAR_IN_INPUTS = {"constant_pad_nd", "cumsum", "embedding", "nll_loss_rows", "nll_loss_backward", "lu_unpack"}

# How many elements may be looked at to ask for one place after the other, and how many places there may be.
MOST_ELEMENTS = 1 << 24
MOST_PLACES = 1 << 10

# What complex numbers are asked about with, of no special phase: real and imaginary parts may go to different places.
PHASE = 0.6 + 0.8j


class _Transpose:
    """The transpose of a node's operation: from gradients of the results, one after another, to those of each edge."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.shapes = result_shapes(node)
        self.dtypes = [np.result_type(d, np.float64) if d.kind in "fc" else None for d in result_dtypes(node)]
        self.bounds = np.cumsum([0, *[math.prod(shape) for shape in self.shapes]]).tolist()
        self.count: int = self.bounds[-1]
        self.is_complex = any(d is not None and d.kind == "c" for d in self.dtypes)
        self.is_complex = self.is_complex or any(
            edge is not None and dtype_of(edge).kind == "c" for edge in node.next_edges
        )

    def __call__(self, numbers: Any, *, record: bool = False) -> tuple[list[Any], list[Any]]:
        """The gradients for all edges, in the edges' shapes, and what they were computed from (tensors to `record`)."""
        grads: list[Any] = []
        for shape, dtype, start, stop in zip(self.shapes, self.dtypes, self.bounds, self.bounds[1:], strict=False):
            if dtype is None:
                grads.append(None)
                continue
            part = numbers[start:stop].reshape(shape)
            array = (part * PHASE if dtype.kind == "c" else part).astype(dtype)
            grads.append(new_tensor(array).requires_grad_() if record else array)  # type: ignore[attr-defined]
        node = self.node
        several = isinstance(node.dtype, tuple)
        arrived = as_rules_take_it(node, list(grads), create_graph=record) if several else grads[0]
        with np.errstate(all="ignore"):
            found = _gradients(node, arrived, record=record)
        fitted = [
            None if gradient is None or edge is None else sum_to_shape(gradient, shape_of(edge))
            for gradient, edge in zip(found, node.next_edges, strict=True)
        ]
        return fitted, grads


def _gradients(node: Node, grad: Any, *, record: bool) -> list[Any]:
    # What the formulas give for each edge, as it is.
    saved = unpacked(node)
    if record and node.saved_count:
        saved = as_tensors(node, saved)
    found: list[Any] = []
    groups: dict[Any, Any] = {}
    for edge, (formula, code, at) in zip(node.next_edges, node.rules, strict=True):
        if edge is None:
            found.append(None)
        elif code == GROUP:
            if formula not in groups:
                groups[formula] = formula(grad, *gather(node, saved, at[0]))
            found.append(groups[formula][at[1]])
        else:
            found.append(formula(grad, *([] if code == NOTHING else gather(node, saved, at))))
    return found


def linear_parts(node: Node, inputs: dict[int, IndexSets]) -> list[Part] | None:
    """What the results of a node, one after another, are made of; None where that was not found out.

    `inputs`: the sets of those inputs that count, by the numbers of their edges.
    """
    transpose = _Transpose(node)
    count = transpose.count
    numbers = np.arange(1.0, count + 1)
    random = np.random.default_rng(count).uniform(1, 2, count)
    answers = [transpose(np.ones(count))[0], transpose(numbers)[0], transpose(random)[0]]
    parts: list[Part] = []
    for i, sets in inputs.items():
        flat = [_flat(answer[i], shape_of(node.next_edges[i])) for answer in answers]
        places = _places(flat, random)
        if places is not None:
            there = np.flatnonzero(places >= 0)
            parts.append((sets, places[there], there))
            continue
        places = _places_of_inputs(transpose, i)
        if places is not None:
            there = np.flatnonzero(places >= 0)
            parts.append((sets, there, places[there]))
            continue
        found = _place_by_place(transpose, i)
        if found is None:
            return None
        parts.append((sets, *found))
    return parts


def _flat(gradient: Any, shape: tuple[int, ...]) -> Any:
    return np.zeros(math.prod(shape)) if gradient is None else np.asarray(gradient).reshape(-1)


def _places(answers: list[Any], weights: Any) -> Any:
    # For each element the place whose number came back, -1 where nothing did; None where it was more than one place.
    # `answers`: what came back for ones, for numbers from 1, and for random `weights`.
    ones, numbered, random = answers
    there = (ones != 0) | (numbered != 0) | (random != 0)
    if not there.any():
        return np.full(len(ones), -1)
    with np.errstate(all="ignore"):
        numbers = np.rint((numbered / ones).real)
    good = np.isfinite(numbers) & (numbers >= 1) & (numbers <= len(weights))
    places = np.where(good & there, numbers, 0).astype(np.int64) - 1
    expected = ones * weights[places]
    if not (good | ~there).all() or not _close(random, np.where(there, expected, 0)):
        return None
    return places


def _close(found: Any, expected: Any) -> bool:
    return bool((np.abs(found - expected) <= 1e-14 * np.abs(expected)).all())


def _places_of_inputs(transpose: _Transpose, number: int) -> Any:
    # The same from the inputs' side: for each element of the results the element of the input that it is made of.
    edge = transpose.node.next_edges[number]
    shape = shape_of(edge)
    count = math.prod(shape)
    random = np.random.default_rng(count).uniform(1, 2, count)
    answers = []
    with enable_grad():
        given, grads = transpose(np.zeros(transpose.count), record=True)
        gradient = given[number]
        if gradient is None or not gradient.requires_grad:
            return None
        differentiable = [grad for grad in grads if grad is not None]
        for numbers in (np.ones(count), np.arange(1.0, count + 1), random):
            weights = numbers.reshape(shape) * (PHASE if gradient.is_complex() else 1)
            vector: Any = new_tensor(np.asarray(weights, gradient._array.dtype))
            found = autograd.grad(
                gradient, differentiable, vector, retain_graph=True, allow_unused=True, materialize_grads=True
            )
            left = list(found)
            answers.append(
                np.concatenate([
                    np.zeros(math.prod(shape)) if grad is None else left.pop(0)._array.reshape(-1)
                    for grad, shape in zip(grads, transpose.shapes, strict=True)
                ])
            )  # fmt: skip
    return _places(answers, random)


def _place_by_place(transpose: _Transpose, number: int) -> tuple[Any, Any] | None:
    # All pairs (place in the result, place in the input), by sending a gradient from one place after another; along
    # dimensions that keep apart what they index, from all of these at once.
    if len(transpose.shapes) > 1:
        return None
    shape, result_shape = shape_of(transpose.node.next_edges[number]), transpose.shapes[0]
    if (transpose.count + math.prod(shape)) * min(transpose.count, len(result_shape) + 1) > MOST_ELEMENTS:
        return None
    apart = _dimensions_apart(transpose, number)
    others = [d for d in range(len(result_shape)) if d not in apart]
    asked = math.prod([result_shape[d] for d in others])
    if asked > MOST_PLACES or asked * (transpose.count + math.prod(shape)) > MOST_ELEMENTS:
        return None
    within = _index_along(result_shape, others)
    block = _index_along(shape, list(apart.values()))
    # The place in the result that is at some index along the dimensions apart and another along the others.
    place_of = np.argsort(_index_along(result_shape, list(apart)) * asked + within).reshape(-1, asked)
    rng = np.random.default_rng(asked)
    labels, places = [], []
    for k in range(asked):
        answer = transpose((within == k) * rng.uniform(1, 2, transpose.count))[0][number]
        there = np.flatnonzero(_flat(answer, shape))
        labels.append(place_of[block[there], k])
        places.append(there)
    return np.concatenate(labels), np.concatenate(places)


def _index_along(shape: tuple[int, ...], dims: list[int]) -> Any:
    # For each element its index along these dimensions, counted row by row.
    index = np.zeros(shape, np.int64)
    for d in dims:
        index = index * shape[d] + _as_dimension(np.arange(shape[d]), d, shape)
    return index.reshape(-1)


def _as_dimension(numbers: Any, dim: int, shape: tuple[int, ...]) -> Any:
    return numbers.reshape([-1 if d == dim else 1 for d in range(len(shape))])


def _dimensions_apart(transpose: _Transpose, number: int) -> dict[int, int]:
    # Dimensions of the result and of the input along which the operation keeps apart what they index: scaling the
    # gradient along the one then scales what comes back along the other.
    shape, result_shape = shape_of(transpose.node.next_edges[number]), transpose.shapes[0]
    rng = np.random.default_rng(len(shape))
    random = rng.uniform(1, 2, transpose.count)
    plain = _flat(transpose(random)[0][number], shape).reshape(shape)
    apart: dict[int, int] = {}
    for o, size in enumerate(result_shape):
        for i in range(len(shape)):
            if size > 1 and shape[i] == size and i not in apart.values() and o not in apart:
                weights = rng.uniform(1, 2, size)
                scaled = (random.reshape(result_shape) * _as_dimension(weights, o, result_shape)).reshape(-1)
                answer = _flat(transpose(scaled)[0][number], shape).reshape(shape)
                expected = plain * _as_dimension(weights, i, shape)
                scale = np.abs(plain).max(initial=0)
                if (np.abs(answer - expected) <= 1e-12 * scale).all():
                    apart[o] = i
    return apart
