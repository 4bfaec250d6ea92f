"""Polynomials by their coefficients, highest power first, and what is found by fitting or solving them."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.numpy_operands import as_arrays, as_tensor, constant, real_or_complex, require_constant, row
from chainrule.numpy_protocols import implements

linalg: Any = np.linalg
convolve: Any = np.convolve


def _coefficients(p: Any) -> Any:
    return _vector(as_tensor(p.coeffs if isinstance(p, np.poly1d) else p))


def _vector(tensor: Any) -> Any:
    return tensor if tensor.ndim else tensor.reshape(1)


@implements(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    p = _coefficients(p)
    if isinstance(x, np.poly1d):
        msg = "np.polyval: a poly1d as x is not supported with tensors"
        raise TypeError(msg)
    x = as_tensor(x)
    value = np.zeros_like(x)
    for coefficient in p.unbind(0):
        value = value * x + coefficient
    return value


def _of_one_length(a: Any, b: Any) -> tuple[Any, Any]:
    a, b = _coefficients(a), _coefficients(b)
    length = max(len(a), len(b))
    a, b = (row("cat")([constant(np.zeros(length - len(p), p._array.dtype)), p], 0) for p in (a, b))
    return a, b


@implements(np.polyadd)
def _polyadd(a1: Any, a2: Any) -> Any:
    a, b = _of_one_length(a1, a2)
    return a + b


@implements(np.polysub)
def _polysub(a1: Any, a2: Any) -> Any:
    a, b = _of_one_length(a1, a2)
    return a - b


@implements(np.polymul)
def _polymul(a1: Any, a2: Any) -> Any:
    return np.convolve(_coefficients(a1), _coefficients(a2))


@implements(np.polydiv)
def _polydiv(u: Any, v: Any) -> Any:
    left, divisor = real_or_complex(_coefficients(u)), real_or_complex(_coefficients(v))
    quotient = []
    places = len(left) - len(divisor) + 1
    for _ in range(places):
        factor = left[0] / divisor[0]
        quotient.append(factor)
        rest = left[1 : len(divisor)] - factor * divisor[1:]
        left = row("cat")([rest, left[len(divisor) :]], 0)
    found = row("stack")(quotient, 0) if quotient else np.zeros_like(left[:1])
    while len(left) > 1 and np.allclose(left._array[0], 0, rtol=1e-14):
        left = left[1:]
    return found, left if len(left) else np.zeros_like(found[:1])


@implements(np.polyder)
def _polyder(p: Any, m: int = 1) -> Any:
    if m < 0:
        msg = "Order of derivative must be positive (see polyint)"
        raise ValueError(msg)
    p = _coefficients(p)
    for _ in range(m):
        p = p[:-1] * constant(np.arange(len(p) - 1, 0, -1))
    return p


@implements(np.polyint)
def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    if m < 0:
        msg = "Order of integral must be positive (see polyder)"
        raise ValueError(msg)
    p = real_or_complex(_coefficients(p))
    constants = _vector(as_tensor(0.0 if k is None else k)).astype(p._array.dtype)
    if len(constants) == 1:
        constants = constants.expand(m)
    if len(constants) < m:
        msg = "k must be a scalar or a rank-1 array of length 1 or >m."
        raise ValueError(msg)
    for last in constants.unbind(0)[:m]:
        p = row("cat")([p / constant(np.arange(len(p), 0, -1)), last.reshape(1)], 0)
    return p


@implements(np.poly)
def _poly(seq_of_zeros: Any) -> Any:
    zeros = _vector(real_or_complex(seq_of_zeros))
    if zeros.ndim == 2:
        zeros = linalg.eigvals(zeros)
    found = constant(np.ones(1, zeros._array.dtype))
    for zero in zeros.unbind(0):
        found = convolve(found, row("stack")([np.ones_like(zero), -zero], 0))
    if found.is_complex() and not np.iscomplexobj(np.poly(zeros._array)):
        return found.real
    return found


@implements(np.roots)
def _roots(p: Any) -> Any:
    p = real_or_complex(_coefficients(p))
    nonzero = np.flatnonzero(p._array)
    if not nonzero.size:
        return np.zeros_like(p[:0])
    zeros = len(p) - int(nonzero[-1]) - 1
    p = p[int(nonzero[0]) : int(nonzero[-1]) + 1]
    if len(p) == 1:
        return constant(np.zeros(zeros))
    below = constant(np.eye(len(p) - 2, len(p) - 1, dtype=p._array.dtype))
    found: Any = np.linalg.eigvals(row("cat")([(-p[1:] / p[0]).unsqueeze(0), below], 0))
    return row("cat")([found, constant(np.zeros(zeros, found._array.dtype))], 0) if zeros else found


@implements(np.polyfit)
def _polyfit(x: Any, y: Any, deg: Any, rcond: Any = None, full: bool = False, w: Any = None, cov: bool = False) -> Any:
    if full or cov:
        msg = "np.polyfit: full= and cov= are not supported on tensors"
        raise TypeError(msg)
    require_constant("polyfit", "there is no derivative for w=", w)
    x, y = real_or_complex(x), real_or_complex(y)
    rcond = len(x) * np.finfo(x._array.dtype).eps if rcond is None else rcond
    powers: Any = np.vander(x, int(deg) + 1)
    scale = np.sqrt(np.sum(powers._array**2, axis=0))
    powers = powers / constant(scale)
    if w is not None:
        weights = as_tensor(np.asarray(as_arrays(w), x._array.dtype))
        powers, y = powers * weights.unsqueeze(-1), y * (weights.unsqueeze(-1) if y.ndim == 2 else weights)
    found = np.linalg.lstsq(powers, y, rcond)[0]
    return found / constant(scale if found.ndim == 1 else scale[:, None])
