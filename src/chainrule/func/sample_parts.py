"""Gradients of a parameter sample by sample, as parts that add up to them, and what can be said of them unmultiplied.

The gradient of a weight is nearly always a sum of products of two small things. Kept as these (`Outer`, `Rows`) its
norm takes little memory: |a b^T|^2 = |a|^2 |b|^2 for one product (Goodfellow, Efficient per-example gradient
computations, 2015), and sum_ts (a_t . a_s) (b_t . b_s) for a sum of them (Li et al., Large language models can be
strong differentially private learners, 2022). Where forming the gradient is less work, that is done for a few samples
at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from chainrule.kernels import memory
from chainrule.kernels.threads import count, run_side_by_side

Array = Any
Shape = tuple[int, ...]

# How many elements of per-sample gradients are formed at a time where only what they add up to is wanted.
AT_ONCE = 1 << 20


class Part(Protocol):
    """A summand of the gradients of one parameter."""

    def formed(self, samples: slice) -> Array:
        """The gradients of these samples: (samples, *shape of the parameter)."""
        ...


class Formed:
    """Gradients that are there already: (samples, *shape). `own`: nobody else holds their array."""

    def __init__(self, gradients: Array, *, own: bool = False) -> None:
        self.gradients = gradients
        self.own = own

    def formed(self, samples: slice) -> Array:
        """The gradients of these samples."""
        return self.gradients[samples]


class OfOne:
    """The gradient of one sample, of so many; those of the others are zero."""

    def __init__(self, gradient: Array, sample: int, size: int) -> None:
        self.gradient = gradient
        self.sample = sample
        self.size = size

    def formed(self, samples: slice) -> Array:
        """The gradients of these samples."""
        start, stop, _ = samples.indices(self.size)
        found = np.zeros((stop - start, *self.gradient.shape), self.gradient.dtype)
        if start <= self.sample < stop:
            found[self.sample - start] = self.gradient
        return found


class Shared:
    """A gradient that all samples have alike."""

    def __init__(self, gradient: Array, size: int) -> None:
        self.gradient = gradient
        self.size = size

    def formed(self, samples: slice) -> Array:
        """The gradients of these samples."""
        start, stop, _ = samples.indices(self.size)
        return np.broadcast_to(self.gradient, (stop - start, *self.gradient.shape))


class Outer:
    """Sums over `terms` of `left` by `right`: (samples, groups, terms, rows) and (samples, groups, terms, columns).

    `shape`: of the parameter, groups and rows before columns.
    """

    def __init__(self, left: Array, right: Array, shape: Shape) -> None:
        self.left = left
        self.right = right
        self.shape = shape

    def formed(self, samples: slice) -> Array:
        """The gradients of these samples."""
        left, right = self.left[samples], self.right[samples]
        size, groups, terms, rows = left.shape
        columns = right.shape[-1]
        dtype = np.result_type(left, right)
        found = memory.empty((size, groups, rows, columns), dtype)
        if terms == 1:
            _in_parts(np.multiply, left[:, :, 0, :, None], right[:, :, 0, None, :], found)
        else:
            np.matmul(left.swapaxes(-1, -2), right, out=found)
        return found.reshape(size, *self.shape)

    def turned(self) -> Outer:
        """The same of the transposed parameter."""
        return Outer(self.right, self.left, self.shape[::-1])

    def norms_squared(self) -> Array | None:
        """The squared norm of each sample's gradient; None where forming it is less work."""
        _, _, terms, rows = self.left.shape
        columns = self.right.shape[-1]
        if terms == 1:
            return (_squares(self.left, (2, 3)) * _squares(self.right, (2, 3))).sum(axis=1)
        if terms * (rows + columns) > rows * columns:
            return None
        of_left = np.matmul(self.left, self.left.conj().swapaxes(-1, -2))
        of_right = np.matmul(self.right, self.right.conj().swapaxes(-1, -2))
        return np.einsum("...gts,...gts->...", of_left, of_right.conj()).real

    def sum_of_squares(self) -> Array | None:
        """The sum over samples of the squares of the gradient's elements; None where it must be formed for that."""
        if self.left.shape[2] != 1:
            return None
        left, right = (_squared(part[:, :, 0]).transpose(1, 2, 0) for part in (self.left, self.right))
        return np.matmul(left, right.swapaxes(1, 2)).reshape(self.shape)


class Rows:
    """Rows of a table that values were added to: `values[i]` to row `rows[i]`, by sample `of[i]` of `size`."""

    def __init__(self, values: Array, rows: Array, of: Array, shape: Shape, size: int) -> None:
        self.shape = shape
        self.size = size
        self.count = count = math.prod(shape) // max(values.shape[-1], 1)  # of rows
        # What one sample adds to one row is one gradient.
        keys, places = np.unique(of * count + rows, return_inverse=True)
        sums = np.zeros((keys.size, values.shape[-1]), values.dtype)
        order = np.argsort(places, kind="stable")
        if order.size:
            starts = np.flatnonzero(np.diff(places[order], prepend=-1))
            sums = np.add.reduceat(values[order], starts, axis=0)
        self.values = sums
        self.of, self.rows = keys // max(count, 1), keys % max(count, 1)

    def formed(self, samples: slice) -> Array:
        """The gradients of these samples."""
        start, stop, _ = samples.indices(self.size)
        found = np.zeros((stop - start, self.count, self.values.shape[-1]), self.values.dtype)
        first, last = np.searchsorted(self.of, (start, stop))
        found[self.of[first:last] - start, self.rows[first:last]] = self.values[first:last]
        return found.reshape(stop - start, *self.shape)

    def norms_squared(self) -> Array:
        """The squared norm of each sample's gradient."""
        return np.bincount(self.of, _squares(self.values, (1,)), self.size).astype(self.values.real.dtype)

    def sum_of_squares(self) -> Array:
        """The sum over samples of the squares of the gradient's elements."""
        found = np.zeros((self.count, self.values.shape[-1]), self.values.real.dtype)
        np.add.at(found, self.rows, _squared(self.values))
        return found.reshape(self.shape)


def _in_parts(function: np.ufunc, a: Array, b: Array, out: Array) -> None:
    # On all threads where there is much to write.
    pieces = min(count(), len(out)) if out.size >= AT_ONCE else 1
    bounds = [len(out) * i // pieces for i in range(pieces + 1)]
    works: list[Callable[[], Any]] = [partial(_part, function, a, b, out, slice(*at)) for at in pairwise(bounds)]
    if pieces == 1:
        works[0]()
    else:
        run_side_by_side(works)


def _part(function: np.ufunc, a: Array, b: Array, out: Array, at: slice) -> None:
    function(a[at], b[at], out[at])


def _squared(array: Array) -> Array:
    return array.real**2 + array.imag**2 if array.dtype.kind == "c" else array * array


def _squares(array: Array, axes: tuple[int, ...]) -> Array:
    if array.dtype.kind == "c":
        return _squared(array).sum(axis=axes)
    rows = array.reshape(*array.shape[: array.ndim - len(axes)], math.prod(array.shape[a] for a in axes))
    return np.einsum("...i,...i->...", rows, rows)


def joined(parts: Sequence[Part]) -> list[Part]:
    """The same gradients from fewer parts: products of one size are one sum of products."""
    found: list[Part] = []
    products: dict[Any, list[Outer]] = {}
    for part in parts:
        if isinstance(part, Outer):
            key = (part.shape, part.left.shape[1], part.left.shape[3])
            products.setdefault(key, []).append(part)
        else:
            found.append(part)
    for (shape, _, _), several in products.items():
        if len(several) == 1:
            found += several
        else:
            left, right = (
                np.concatenate(each, axis=2) for each in zip(*((p.left, p.right) for p in several), strict=True)
            )
            found.append(Outer(left, right, shape))
    return found


def _blocks(parts: Sequence[Part], size: int, elements: int) -> Iterator[tuple[slice, Array]]:
    # The gradients, formed for a few samples at a time.
    step = max(AT_ONCE // max(elements, 1), 1)
    for start in range(0, size, step):
        at = slice(start, min(start + step, size))
        total = parts[0].formed(at)
        for part in parts[1:]:
            total = total + part.formed(at)
        yield at, total


def formed(parts: Sequence[Part], size: int) -> Array:
    """The gradients: an array (samples, *shape) that nobody else holds."""
    whole = slice(0, size)
    first = parts[0]
    total = first.formed(whole)
    own = first.own if isinstance(first, Formed) else not isinstance(first, Shared)
    for part in parts[1:]:
        total = np.add(total, part.formed(whole), out=total if own else None)
        own = True
    return total if own else np.array(total)


def norms_squared(parts: Sequence[Part], size: int) -> Array:
    """The squared norm of each sample's gradient: (samples,)."""
    parts = joined(parts)
    if len(parts) == 1 and isinstance(parts[0], (Outer, Rows)):
        found = parts[0].norms_squared()
        if found is not None:
            return found
    elements = parts[0].formed(slice(0, min(size, 1))).size
    return np.concatenate([_squares(g.reshape(len(g), -1), (1,)) for _, g in _blocks(parts, size, elements)])


def sum_of_squares(parts: Sequence[Part], size: int) -> Array:
    """The sum over samples of the squares of the gradient's elements: the parameter's shape."""
    parts = joined(parts)
    if len(parts) == 1 and isinstance(parts[0], (Outer, Rows)):
        found = parts[0].sum_of_squares()
        if found is not None:
            return found
    shape = parts[0].formed(slice(0, min(size, 1))).shape[1:]
    total: Any = 0
    for _, gradients in _blocks(parts, size, math.prod(shape)):
        total = total + (
            np.einsum("i...,i...->...", gradients, gradients)
            if gradients.dtype.kind != "c"
            else _squared(gradients).sum(axis=0)
        )
    return total
