"""Products of vectors, matrices and tensors, and sums of products: dot, einsum, convolve."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.numpy_operands import alike, as_tensor, constant, row, written
from chainrule.numpy_protocols import implements
from chainrule.ops import einsum as _sums


@implements(np.dot)
def _dot(a: Any, b: Any, out: Any = None) -> Any:
    a, b = alike(a, b)
    if 0 in (a._array.ndim, b._array.ndim):
        return written("dot", a * b, out)
    if b._array.ndim <= 2:
        return written("dot", row("matmul")(a, b), out)
    return written("dot", np.tensordot(a, b, (-1, -2)), out)


@implements(np.vdot)
def _vdot(a: Any, b: Any, /) -> Any:
    a, b = alike(a, b)
    return row("vdot")(a.reshape((-1,)), b.reshape((-1,)))


@implements(np.inner)
def _inner(a: Any, b: Any, /) -> Any:
    return row("inner")(*alike(a, b))


@implements(np.outer)
def _outer(a: Any, b: Any, out: Any = None) -> Any:
    return written("outer", as_tensor(a).reshape((-1, 1)) * as_tensor(b).reshape((-1,)), out)


@implements(np.tensordot)
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    if not isinstance(axes, int):
        axes = [[x] if isinstance(x, int) else list(x) for x in axes]
    a, b = alike(a, b)
    return _sums.tensordot(a, b, axes)


@implements(np.einsum)
def _einsum(*operands: Any, out: Any = None, optimize: Any = False) -> Any:
    taken = [as_tensor(o) if isinstance(o, np.ndarray) else o for o in operands]
    return written("einsum", _sums.einsum(*taken), out)


@implements(np.kron)
def _kron(a: Any, b: Any) -> Any:
    return row("kron")(as_tensor(a), as_tensor(b))


@implements(np.trace)
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    return written("trace", np.sum(a.diagonal(offset, axis1, axis2), -1, dtype), out)


# ---- convolutions of two sequences ----


def _products(a: Any, v: Any) -> Any:
    # All sums of products of `a` with `v`, the last element of which is the first to meet `a`: len(a) + len(v) - 1.
    a, v = alike(a, v)
    if a.ndim != 1 or v.ndim != 1 or not len(a) or not len(v):
        msg = "convolve and correlate take two sequences of one dimension that are not empty"
        raise ValueError(msg)
    length = v.shape[0]
    margin = constant(np.zeros(length - 1, a._array.dtype))
    return row("matmul")(row("cat")([margin, a, margin], 0).unfold(0, length, 1), v)


def _of_mode(found: Any, mode: Any, longer: int, shorter: int, before: int) -> Any:
    # `before`: how many of the full result stand before those as many as the longer sequence has elements.
    if mode not in ("full", "same", "valid"):
        msg = f"mode must be one of 'valid', 'same', or 'full', not {mode!r}"
        raise ValueError(msg)
    if mode == "full":
        return found
    begin, length = (before, longer) if mode == "same" else (shorter - 1, longer - shorter + 1)
    return found.narrow(0, begin, length)


@implements(np.convolve)
def _convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    a, v = np.atleast_1d(as_tensor(a)), np.atleast_1d(as_tensor(v))
    if len(v) > len(a):
        a, v = v, a
    return _of_mode(_products(a, v.flip(0)), mode, len(a), len(v), (len(v) - 1) // 2)


@implements(np.correlate)
def _correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    a, v = np.atleast_1d(as_tensor(a)), np.atleast_1d(as_tensor(v)).conj()
    found = _products(a, v)
    if len(v) > len(a):
        return _of_mode(found, mode, len(v), len(a), len(a) // 2)
    return _of_mode(found, mode, len(a), len(v), (len(v) - 1) // 2)
