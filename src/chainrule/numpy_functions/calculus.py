"""Differences, slopes, interpolation, and phases made continuous."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.numpy_operands import as_arrays, as_tensor, constant, real_or_complex, require_constant, row
from chainrule.numpy_protocols import implements


@implements(np.diff)
def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    a = as_tensor(a)
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    if prepend is None and append is None:
        return a.diff(n, axis)
    parts = [a]
    for margin, place in ((prepend, 0), (append, len(parts))):
        if margin is not None:
            margin = as_tensor(margin).astype(a._array.dtype)  # noqa: PLW2901
            if not margin.ndim:
                margin = margin.expand(tuple(1 if x == axis % a.ndim else s for x, s in enumerate(a.shape)))  # noqa: PLW2901
            parts.insert(place if place == 0 else len(parts), margin)
    return row("cat")(parts, axis).diff(n, axis)


@implements(np.ediff1d)
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    ary = as_tensor(ary).reshape((-1,))
    parts = [None if to_begin is None else to_begin, ary.diff(), None if to_end is None else to_end]
    return row("cat")([as_tensor(p).reshape((-1,)).astype(ary._array.dtype) for p in parts if p is not None], 0)


@implements(np.gradient)
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    f = real_or_complex(f)
    axes = np.lib.array_utils.normalize_axis_tuple(range(f.ndim) if axis is None else axis, f.ndim)
    if len(varargs) not in (0, 1, len(axes)):
        msg = "invalid number of arguments"
        raise TypeError(msg)
    if edge_order not in (1, 2):
        msg = "'edge_order' greater than 2 not supported"
        raise ValueError(msg)
    spacings = varargs * len(axes) if len(varargs) == 1 else varargs or (1.0,) * len(axes)
    slopes = [_slope(f.movedim(x, -1), h, edge_order).movedim(-1, x) for x, h in zip(axes, spacings, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _slope(f: Any, spacing: Any, edge_order: int) -> Any:
    # Along the last dimension, exact for parabolas, with the distances between the points.
    length = f.shape[-1]
    if length < edge_order + 1:
        msg = (
            "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements are needed"
        )
        raise ValueError(msg)
    spacing = as_tensor(spacing)
    if spacing.ndim and spacing.shape[0] != length:
        msg = "when 1d, distances must match the length of the corresponding dimension"
        raise ValueError(msg)
    steps = (spacing.diff() if spacing.ndim else spacing.expand(length - 1)).astype(np.finfo(f._array.dtype).dtype)
    slopes = f.diff() / steps
    if length == 2:
        return row("cat")([slopes, slopes], -1)
    left, right = steps[:-1], steps[1:]
    inner = (slopes[..., :-1] * right + slopes[..., 1:] * left) / (left + right)
    first, last = slopes[..., :1], slopes[..., -1:]
    if edge_order == 2:
        first = first + (first - slopes[..., 1:2]) * steps[:1] / (steps[:1] + steps[1:2])
        last = last + (last - slopes[..., -2:-1]) * steps[-1:] / (steps[-1:] + steps[-2:-1])
    return row("cat")([first, inner, last], -1)


@implements(np.interp)
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    x, xp, fp = (real_or_complex(t) for t in (x, xp, fp))
    if xp.ndim != 1 or fp.ndim != 1 or len(xp) != len(fp) or not len(xp):
        msg = "fp and xp are not of the same length, or are empty"
        raise ValueError(msg)
    if period is not None:
        require_constant("interp", "there is no derivative for period=", period)
        period, left, right = abs(float(period)), None, None
        x, xp = np.remainder(x, period), np.remainder(xp, period)
        order = constant(np.argsort(xp._array))
        xp, fp = xp[order], fp[order]
        xp = row("cat")([xp[-1:] - period, xp, xp[:1] + period], 0)
        fp = row("cat")([fp[-1:], fp, fp[:1]], 0)
    before, after = x._array < xp._array[0], x._array > xp._array[-1]
    if len(xp) == 1:
        found = fp.expand(x.shape) + 0 * x
    else:
        at = np.clip(np.searchsorted(xp._array, x._array, side="right") - 1, 0, len(xp) - 2)
        low, high = constant(at), constant(at + 1)
        found = fp[low] + (x - xp[low]) / (xp[high] - xp[low]) * (fp[high] - fp[low])
    first, last = fp[0] if left is None else left, fp[-1] if right is None else right
    found = row("where")(constant(before), as_tensor(first).astype(found._array.dtype), found)
    return row("where")(constant(after), as_tensor(last).astype(found._array.dtype), found)


@implements(np.unwrap)
def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Any:
    require_constant("unwrap", "there is no derivative for period= and discont=", discont, period)
    p = real_or_complex(p)
    turns = np.unwrap(p._array, discont, axis, period=period) - p._array
    whole = np.round(turns / period) * period
    return p + constant(whole.astype(p._array.dtype))


@implements(np.trapezoid)
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = real_or_complex(y)
    if x is None:
        widths = as_tensor(dx) if np.ndim(as_arrays(dx)) else dx
    else:
        x = as_tensor(x)
        if x.ndim != 1:
            y, x = y.movedim(axis, -1), x.movedim(axis, -1)
            return ((y[..., 1:] + y[..., :-1]) * x.diff() / 2).sum(-1)
        widths = x.diff()
    y = y.movedim(axis, -1)
    return ((y[..., 1:] + y[..., :-1]) * widths / 2).sum(-1)
