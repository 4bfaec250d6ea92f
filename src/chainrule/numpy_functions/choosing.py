"""Elements chosen by index, by condition or by another tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.tensor_base import TensorBase
from chainrule.numpy_functions.placing import rearranged
from chainrule.numpy_operands import as_arrays, as_tensor, as_tensors, constant, row, written
from chainrule.numpy_protocols import implements


@implements(np.where)
def _where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    if x is None and y is None:
        return as_tensors(np.where(condition._array))
    if isinstance(x, (int, float, complex)) and isinstance(y, (int, float, complex)):
        # In NumPy's type of numbers, double precision; PyTorch's is its default type.
        return constant(np.where(as_arrays(condition), x, y))
    condition = as_tensor(condition)
    if condition._array.dtype.kind != "b":
        condition = constant(condition._array.astype(bool))
    return row("where")(condition, *[as_tensor(v) if isinstance(v, (list, tuple)) else v for v in (x, y)])


@implements(np.clip)
def _clip(
    a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None,
    dtype: Any = None,
) -> Any:  # fmt: skip
    a = as_tensor(a) if dtype is None else as_tensor(a).astype(np.dtype(dtype))
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    if low is None and high is None:
        return written("clip", a.clone(), out)
    if all(bound is None or isinstance(bound, (int, float)) for bound in (low, high)):
        return written("clip", row("clamp")(a, low, high), out)
    # Bounds may have more dimensions than what they bound.
    shape = np.broadcast_shapes(*[np.shape(as_arrays(x)) for x in (a, low, high) if x is not None])
    low, high = (None if b is None else as_tensor(b).astype(a._array.dtype) for b in (low, high))
    return written("clip", row("clamp")(a.expand(shape), low, high), out)


@implements(np.nan_to_num)
def _nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Any:
    if not copy:
        return x.copy_(row("nan_to_num")(x, nan, posinf, neginf))
    return row("nan_to_num")(x, nan, posinf, neginf)


@implements(np.take)
def _take(a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: Any = "raise") -> Any:
    indices = as_arrays(indices)
    return written("take", rearranged(lambda places: np.take(places, indices, axis, mode=mode), a), out)


@implements(np.take_along_axis)
def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    indices = as_arrays(indices)
    return rearranged(lambda places: np.take_along_axis(places, indices, axis), arr)


@implements(np.compress)
def _compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Any:
    condition = as_arrays(condition)
    return written("compress", rearranged(lambda places: np.compress(condition, places, axis), a), out)


@implements(np.extract)
def _extract(condition: Any, arr: Any) -> Any:
    condition = as_arrays(condition)
    return rearranged(lambda places: np.extract(condition, places), arr)


@implements(np.choose)
def _choose(a: Any, choices: Any, out: Any = None, mode: Any = "raise") -> Any:
    a = as_arrays(a)
    choices = list(choices.unbind(0)) if isinstance(choices, TensorBase) else choices  # type: ignore[attr-defined]
    return written("choose", rearranged(lambda *places: np.choose(a, places, mode=mode), *choices), out)


@implements(np.select)
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    if len(condlist) != len(choicelist):
        msg = "list of cases must be same length as list of conditions"
        raise ValueError(msg)
    chosen = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        chosen = row("where")(as_tensor(condition), as_tensor(choice), as_tensor(chosen))
    return chosen


@implements(np.piecewise)
def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    x, conditions = as_tensor(x), as_arrays(condlist)
    if np.ndim(conditions) == 0 or (np.ndim(conditions[0]) == 0 and x.ndim):
        conditions = [conditions]
    conditions = [np.broadcast_to(np.asarray(c, bool), x._array.shape) for c in conditions]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    elif len(funclist) != len(conditions):
        n = len(conditions)
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions are expected")
    result = np.zeros_like(x)
    for condition, function in zip(conditions, funclist, strict=True):
        # Each function sees only the elements that it is for, so that the others have no derivative, be it NaN.
        chosen = constant(np.array(condition))
        values = as_tensor(function(x[chosen], *args, **kw) if callable(function) else function)
        result = result.index_put((chosen,), values.astype(x._array.dtype))
    return result


@implements(np.sinc)
def _sinc(x: Any) -> Any:
    return row("sinc")(x)


@implements(np.i0)
def _i0(x: Any) -> Any:
    return row("i0")(x)


@implements(np.fix)
def _fix(x: Any, out: Any = None) -> Any:
    return written("fix", row("trunc")(x), out)


@implements(np.round, np.around)
def _round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    if a._array.dtype.kind not in "fc":
        return written("round", constant(np.round(a._array, decimals)), out)
    return written("round", row("round")(a) if not decimals else a.round(decimals=decimals), out)
