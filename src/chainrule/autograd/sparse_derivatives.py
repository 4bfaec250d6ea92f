"""Jacobians and Hessians as sparse arrays of SciPy, computed with as many backward passes as their sparsity needs.

What each element of the results may depend on is read from the recorded graph (`autograd.sparsity`). Rows that have no
column in common are then found by one backward pass together, or columns that have no row in common by one product from
the other side; the colourings of `kernels.colouring` say which. All these vectors go through the graph at once.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from chainrule import autograd
from chainrule.autograd.gradient_edges import engine_edge
from chainrule.autograd.sparsity.compression import Compression, compression
from chainrule.autograd.sparsity.pattern import pattern_of
from chainrule.autograd.sparsity.recorded import Graph
from chainrule.autograd.sparsity.structure import structure_of
from chainrule.engine.batched import gradients_of_vectors
from chainrule.engine.grad_mode import enable_grad
from chainrule.engine.tensor_base import new_tensor
from chainrule.ops.creation import zeros_like

# A Tensor's methods come from the table, where a type checker does not see them: hence Any for each.
Tensors = tuple[Any, ...]

# How many patterns of one function are kept: it may have several, by the branches that it takes.
MOST_PATTERNS = 16


class Patterns:
    """The patterns that one function has been found to have, by what they were made of.

    `symmetric`: they are those of a Hessian. `given`: a sparse array whose entries are the pattern, in place of what
    would be found.
    """

    def __init__(self, *, symmetric: bool = False, given: Any = None) -> None:
        self.symmetric = symmetric
        self.given = given
        self.searches = 0  # how often a pattern had to be found
        self.last: Compression | None = None
        self._known: dict[Any, Compression] = {}

    def of(self, outputs: Tensors, inputs: Tensors) -> Compression:
        """The pattern of what the outputs were computed by."""
        if self.given is not None:
            return self._of_given(outputs, inputs)
        if not any(output.requires_grad for output in outputs):
            self.last = no_dependence(outputs, inputs)
            return self.last
        recorded = [output for output in outputs if output.requires_grad]
        graph = Graph(tuple([engine_edge(output) for output in recorded]), inputs)
        which = tuple([output.requires_grad or output._array.shape for output in outputs])
        is_complex = any(input.is_complex() for input in inputs)
        structure = which, is_complex, structure_of(graph)
        found = self._known.pop(structure, None)
        if found is None:
            self.searches += 1
            starts, columns = pattern_of(graph)
            lengths = np.zeros(sum(output._array.size for output in outputs), np.int64)
            lengths[np.repeat([o.requires_grad for o in outputs], [o._array.size for o in outputs])] = np.diff(starts)
            starts = np.concatenate([[0], np.cumsum(lengths)])
            width = sum(input._array.size for input in inputs)
            found = compression(starts, columns, width, symmetric=self.symmetric, by_rows=is_complex)
            while len(self._known) >= MOST_PATTERNS:
                self._known.pop(next(iter(self._known)))
        self._known[structure] = found  # the last used stand last
        self.last = found
        return found

    def _of_given(self, outputs: Tensors, inputs: Tensors) -> Compression:
        shape = sum(o._array.size for o in outputs), sum(i._array.size for i in inputs)
        if self.last is None:
            from scipy.sparse import csr_array

            pattern = csr_array(self.given)
            pattern.sum_duplicates()
            if pattern.shape != shape:
                raise ValueError(f"the pattern has the shape {pattern.shape}, the derivative {shape}")
            starts, columns = pattern.indptr.astype(np.int64), pattern.indices.astype(np.int64)
            is_complex = any(input.is_complex() for input in inputs)
            self.last = compression(starts, columns, shape[1], symmetric=self.symmetric, by_rows=is_complex)
        if self.last.shape != shape:
            raise ValueError(f"the pattern has the shape {self.last.shape}, the derivative {shape}")
        return self.last


_patterns: WeakKeyDictionary[Any, dict[Any, Patterns]] = WeakKeyDictionary()


def patterns_of(func: Callable[..., Any], *, symmetric: bool) -> Patterns:
    """The patterns that a function is known to have, kept for as long as it lives."""
    owner = getattr(func, "__self__", func)
    try:
        known = _patterns.setdefault(owner, {})
    except TypeError:  # it cannot be hashed, or not be referred to weakly
        return Patterns(symmetric=symmetric)
    return known.setdefault((getattr(func, "__func__", None), symmetric), Patterns(symmetric=symmetric))


def entries(outputs: Tensors, inputs: Tensors, pattern: Compression) -> Any:
    """The derivatives of the outputs for the inputs, which are leaves, that the pattern has, one after another."""
    if pattern.by_columns:
        with enable_grad():
            vectors = tuple([zeros_like(output, requires_grad=True) for output in outputs])
            outputs = autograd.grad(
                [output for output in outputs if output.requires_grad], inputs,
                [v for v, output in zip(vectors, outputs, strict=True) if output.requires_grad],
                create_graph=True, allow_unused=True, materialize_grads=True,
            )  # fmt: skip
        inputs = vectors
    weights = np.zeros((pattern.passes, len(pattern.colours)))
    weights[pattern.colours, np.arange(len(pattern.colours))] = 1
    return np.take(_products(outputs, inputs, weights), pattern.place)


def _products(outputs: Tensors, inputs: Tensors, weights: Any) -> Any:
    # For each row of weights of the outputs, one after another, the gradients for all inputs, one after another.
    count = len(weights)
    recorded = [output for output in outputs if output.requires_grad]
    bounds = np.cumsum([0, *[output._array.size for output in outputs]]).tolist()

    def vectors(start: int, stop: int) -> list[Any]:
        return [
            weights[start:stop, a:b].reshape(stop - start, *output._array.shape).astype(output._array.dtype)
            for output, (a, b) in zip(outputs, pairwise(bounds), strict=True)
            if output.requires_grad
        ]

    if not recorded:
        return np.zeros((count, sum(input._array.size for input in inputs)))
    found = gradients_of_vectors(tuple([engine_edge(output) for output in recorded]), count, vectors, inputs)
    if found is None:
        found = _one_by_one(recorded, inputs, vectors, count)
    return np.concatenate([
        np.zeros((count, input._array.size), input._array.dtype) if rows is None else rows.reshape(count, -1)
        for input, rows in zip(inputs, found, strict=True)
    ], axis=1)  # fmt: skip


def _one_by_one(outputs: list[Any], inputs: Tensors, vectors: Callable[[int, int], list[Any]], count: int) -> list[Any]:
    # The same by a backward pass for each colour: where there are hooks, or custom functions.
    found = []
    for i in range(count):
        weights: Any = [new_tensor(vector[0]) for vector in vectors(i, i + 1)]
        found.append(
            autograd.grad(outputs, inputs, weights, retain_graph=True, allow_unused=True, materialize_grads=True)
        )
    return [np.stack([gradient._array for gradient in column]) for column in zip(*found, strict=True)]


def blocks(data: Any, pattern: Compression, outputs: Tensors, inputs: Tensors) -> list[list[Any]]:
    """What `entries` found as sparse arrays: for each output a list of one for each input."""
    from scipy.sparse import csr_array

    whole = csr_array((data, pattern.columns.copy(), pattern.starts.copy()), shape=pattern.shape)
    row_bounds = np.cumsum([0, *[output._array.size for output in outputs]]).tolist()
    column_bounds = np.cumsum([0, *[input._array.size for input in inputs]]).tolist()
    found = []
    for a, b in pairwise(row_bounds):
        rows = whole if len(outputs) == 1 else whole[a:b]
        found.append([
            (rows if len(inputs) == 1 else rows[:, c:d]).astype(input._array.dtype, copy=False)
            for input, (c, d) in zip(inputs, pairwise(column_bounds), strict=True)
        ])  # fmt: skip
    return found


def no_dependence(outputs: Tensors, inputs: Tensors) -> Compression:
    """The pattern of outputs that depend on no input."""
    height, width = sum(o._array.size for o in outputs), sum(i._array.size for i in inputs)
    none = np.zeros(0, np.int64)
    return compression(np.zeros(height + 1, np.int64), none, width)


def sparse_blocks(outputs: Tensors, inputs: Tensors, patterns: Patterns) -> list[list[Any]]:
    """The derivatives of recorded outputs for their inputs, which are leaves, as `blocks` has them.

    Raises RuntimeError where a given pattern lacks entries.
    """
    pattern = patterns.of(outputs, inputs)
    data = entries(outputs, inputs, pattern)
    if patterns.given is not None:
        _check(data, outputs, inputs, pattern)
    return blocks(data, pattern, outputs, inputs)


def _check(data: Any, outputs: Tensors, inputs: Tensors, pattern: Compression) -> None:
    # The product of a random vector with what was found, beside what a backward pass gives for it: had two entries
    # been taken for one, they would have to cancel.
    height, width = pattern.shape
    weights = np.random.default_rng().uniform(1, 2, (1, height))
    expected = _products(outputs, inputs, weights)[0]
    parts = weights[0, np.repeat(np.arange(height), np.diff(pattern.starts))] * data
    found = np.zeros(width, expected.dtype)
    np.add.at(found, pattern.columns, parts)
    scale = np.abs(expected).max(initial=0) + np.abs(parts).max(initial=0)
    if not np.allclose(found, expected, rtol=0, atol=np.sqrt(np.finfo(expected.dtype).eps) * scale, equal_nan=True):
        column = int(np.argmax(np.abs(found - expected)))
        raise RuntimeError(
            f"the derivative has entries that the given pattern does not have, among others in column {column}"
            " or in a row that has an entry there"
        )


def gradient_of(output: Any, inputs: Tensors) -> Tensors:
    """The recorded gradient of one element for the inputs, with zeros for those that it does not depend on."""
    if not output.requires_grad:
        return tuple([zeros_like(input) for input in inputs])
    return autograd.grad(output, inputs, create_graph=True, allow_unused=True, materialize_grads=True)
