"""NumPy's and SciPy's ufuncs on tensors: `np.sin(t)`, and their `out=`, `where=`, `dtype=`, `reduce`, `accumulate`, ...

A plain call is the row with that ufunc; the methods are made of the function that answers the plain call. Where no
gradient can be lost, NumPy itself computes on the values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import scipy_ufuncs
from chainrule.engine.copy_slices import require_distinct
from chainrule.engine.op import TABLE
from chainrule.engine.shared_memory import borrow
from chainrule.engine.tensor_base import TensorBase
from chainrule.engine.versions import about_to_change, count_change
from chainrule.numpy_operands import alike, as_arrays, as_tensor, as_tensors, constant, is_constant, row, written
from chainrule.ops.powers import pow as power

# ufuncs that are the forward of no row under their own name.
UFUNC_ROWS = {
    np.abs: "abs", np.fabs: "abs", np.conjugate: "conj", np.floor_divide: "floor_divide", np.remainder: "remainder",
    np.fmod: "fmod", np.rint: "round", np.bitwise_and: "bitwise_and", np.bitwise_or: "bitwise_or",
    np.bitwise_xor: "bitwise_xor", np.invert: "bitwise_not", np.left_shift: "bitwise_left_shift",
    np.right_shift: "bitwise_right_shift", np.sign: "sgn", np.square: "square", np.logaddexp: "logaddexp",
    np.heaviside: "heaviside", np.cbrt: "cbrt", np.degrees: "rad2deg", np.radians: "deg2rad",
}  # fmt: skip

# Of these no value has a derivative other than zero, and NumPy's are the only numbers there are.
STEPS = (np.spacing, np.bitwise_count, np.isnat)


class _Ufuncs(dict[np.ufunc, Callable[..., Any]]):
    # What answers a plain call of each ufunc; rows may be added to the table at any time.
    rows_seen = 0

    def __missing__(self, ufunc: np.ufunc) -> Callable[..., Any] | None:
        if self.rows_seen != len(TABLE):
            self.rows_seen = len(TABLE)
            for row in TABLE.values():
                if isinstance(row.forward, np.ufunc):
                    self[row.forward] = _taking_arrays(row.forward, row.function)
            for other, name in UFUNC_ROWS.items():
                self[other] = _taking_arrays(other, TABLE[name].function)
            self.update(_COMPOSED)
            for other in STEPS:
                self[other] = _of_values(other)
        if ufunc not in self:
            function = scipy_ufuncs.answering(ufunc)
            if function is not None:
                self[ufunc] = _of_real_numbers(ufunc, function)
        return self.get(ufunc)


UFUNCS = _Ufuncs()


def array_ufunc(self: Any, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """What `Tensor.__array_ufunc__` does: the row for this ufunc, on these inputs."""
    function = UFUNCS[ufunc]
    if function is not None and method == "__call__" and not kwargs:
        return function(*inputs)
    del self
    if is_constant((inputs, kwargs)):
        return _on_values(ufunc, method, inputs, kwargs)
    name = f"{'scipy.special' if scipy_ufuncs.is_scipys(ufunc) else 'np'}.{ufunc.__name__}"
    if function is None:
        msg = f"{name} has no row in chainrule's table: use tensor.detach().numpy() for its values alone"
        raise TypeError(msg)
    if method == "__call__":
        return _call(name, ufunc, function, inputs, kwargs)
    try:
        return _METHODS[method](name, ufunc, function, *inputs, **kwargs)
    except _UnsupportedError as unsupported:
        raise TypeError(f"{name}.{method}: {unsupported}") from None


class _UnsupportedError(Exception):
    # Says what a method cannot do.
    pass


# ---- values alone ----


def _on_values(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    # Tensors to be written get a copy's values when NumPy has succeeded, as a change in place.
    targets = inputs[:1] if method == "at" else kwargs.get("out", ())
    written = [target for target in targets if isinstance(target, TensorBase)]
    for target in written:
        require_distinct(target._array)
        about_to_change(target._version_counter)
    copies = tuple(t._array.copy() if isinstance(t, TensorBase) else t for t in targets)
    inputs, kwargs = as_arrays(inputs), as_arrays(kwargs)
    if method == "at":
        inputs = (*copies, *inputs[1:])
    elif targets:
        kwargs["out"] = copies
    results = getattr(ufunc, method)(*inputs, **kwargs)
    for target, copy in zip(targets, copies, strict=True):
        if isinstance(target, TensorBase):
            target._array[...] = copy
            count_change(target._version_counter, operation=f"np.{ufunc.__name__}")
    if method == "at":
        return None
    if not targets:
        return as_tensors(results)
    results = results if isinstance(results, tuple) else (results,)
    given = tuple(as_tensors(r) if t is None else t for r, t in zip(results, targets, strict=True))
    return given if len(given) > 1 else given[0]


def _of_values(ufunc: np.ufunc) -> Callable[..., Any]:
    return lambda *inputs: as_tensors(ufunc(*as_arrays(inputs)))


# ---- plain calls ----


def _call(name: str, ufunc: np.ufunc, function: Callable[..., Any], inputs: tuple[Any, ...], kwargs: Any) -> Any:
    outs = kwargs.pop("out", None) or (None,) * ufunc.nout
    where, dtype, casting = kwargs.pop("where", True), kwargs.pop("dtype", None), kwargs.pop("casting", "same_kind")
    kwargs.pop("order", None)
    kwargs.pop("subok", None)
    if ufunc is np.vecdot and "axis" in kwargs:
        axis = kwargs.pop("axis")
        inputs = tuple(as_tensor(i).movedim(axis, -1) for i in inputs)
    if kwargs:
        msg = f"{name}: {', '.join(sorted(kwargs))}= is not supported on tensors that require grad"
        raise TypeError(msg)
    if dtype is not None:
        inputs = tuple(_cast(name, as_tensor(i), np.dtype(dtype), casting) for i in inputs)
    # What is written over is read from a copy, which the graph may keep.
    changed = [out._version_counter for out in outs if isinstance(out, TensorBase)]
    inputs = tuple(
        i.clone() if isinstance(i, TensorBase) and any(i._version_counter is c for c in changed) else i  # type: ignore[attr-defined]
        for i in inputs
    )
    if where is not True:
        if ufunc.nout != 1 or ufunc.signature is not None:
            msg = f"{name}: where= is not supported on tensors that require grad"
            raise TypeError(msg)
        return _call_where(name, function, inputs, where, outs[0])
    results = function(*inputs)
    name = name.removeprefix("np.")
    if ufunc.nout == 1:
        return written(name, results, outs[0])
    return tuple(written(name, result, out) for result, out in zip(results, outs, strict=True))


def _cast(name: str, tensor: Any, dtype: np.dtype[Any], casting: Any) -> Any:
    if not np.can_cast(tensor._array.dtype, dtype, casting):
        msg = f"Cannot cast {name} input from {tensor._array.dtype} to {dtype} with casting rule '{casting}'"
        raise TypeError(msg)
    return tensor.astype(dtype)


def _call_where(name: str, function: Callable[..., Any], inputs: tuple[Any, ...], where: Any, out: Any) -> Any:
    # Only the chosen elements are computed, so that the others have no derivative, be it NaN. Where NumPy leaves
    # elements without a value, they are zero.
    tensors, mask = [as_tensor(i) for i in inputs], as_arrays(where)
    mask = np.asarray(mask, bool)
    shape = np.broadcast_shapes(mask.shape, *[t._array.shape for t in tensors])
    chosen = constant(np.array(np.broadcast_to(mask, shape)))
    values = function(*[t.expand(shape)[chosen] for t in tensors])
    base = constant(np.zeros(shape, values._array.dtype)) if out is None else out
    if not isinstance(base, TensorBase):
        base = constant(np.array(base))
    result = base.astype(np.promote_types(base._array.dtype, values._array.dtype))
    return written(name.removeprefix("np."), result.index_put((chosen,), values.astype(result._array.dtype)), out)


def _of_real_numbers(ufunc: np.ufunc, function: Callable[..., Any]) -> Callable[..., Any]:
    # The function for a ufunc of SciPy's, which for complex numbers has values all the same.
    of_real = _taking_arrays(ufunc, function)

    def of_any(*inputs: Any) -> Any:
        inputs = tuple(np.asarray(i) if isinstance(i, (list, tuple)) else i for i in inputs)
        is_complex = any(np.iscomplexobj(i._array if isinstance(i, TensorBase) else i) for i in inputs)
        if is_complex and is_constant(inputs):
            return _on_values(ufunc, "__call__", inputs, {})
        return of_real(*inputs)

    return of_any


def _taking_arrays(ufunc: np.ufunc, function: Callable[..., Any]) -> Callable[..., Any]:
    # The function of a row, for arguments of which one at least is a tensor.
    if ufunc.nin == 1:
        return function
    if ufunc.nin > 2:
        return lambda *inputs: function(*[_as_operand(i) if isinstance(i, NUMPYS_OWN) else i for i in inputs])

    def of_two(a: Any, b: Any) -> Any:
        if isinstance(a, NUMPYS_OWN):
            a = _as_operand(a)
        if isinstance(b, NUMPYS_OWN):
            b = _as_operand(b)
        return function(a, b)

    return of_two


NUMPYS_OWN = (np.ndarray, np.generic)


def _as_operand(value: Any) -> Any:
    # NumPy's scalars and 0-d arrays beside a tensor are numbers, as weak as Python's; arrays are constant tensors.
    return borrow(value, "an operation with it") if value.ndim else value.item()


# ---- made of several rows ----


def _divmod(a: Any, b: Any) -> Any:
    return UFUNCS[np.floor_divide](a, b), UFUNCS[np.remainder](a, b)


def _modf(x: Any) -> Any:
    whole = x.trunc()
    return row("where")(x.isinf(), 0.0, x - whole), whole


def _frexp(x: Any) -> Any:
    exponent = np.asarray(np.frexp(x._array)[1])
    return _ldexp(x, -exponent), constant(exponent)


def _ldexp(x: Any, exponent: Any) -> Any:
    # In two steps: half of an exponent is always a power of two that there is.
    x, exponent = as_tensor(x), np.asarray(as_arrays(exponent))
    half = exponent // 2
    dtype = x._array.dtype
    return x * constant(np.ldexp(dtype.type(1), half)) * constant(np.ldexp(dtype.type(1), exponent - half))


def _matvec(a: Any, b: Any) -> Any:
    a, b = alike(a, b)
    return np.matmul(a, b.unsqueeze(-1)).squeeze(-1)


def _vecmat(a: Any, b: Any) -> Any:
    a, b = alike(a, b)
    return np.matmul(a.conj().unsqueeze(-2), b).squeeze(-2)


def _vecdot(a: Any, b: Any) -> Any:
    a, b = as_tensor(a), as_tensor(b)
    if a.size(-1) != b.size(-1):
        raise ValueError(f"vecdot takes vectors of equal length, not of {a.size(-1)} and {b.size(-1)} elements")
    products = a.conj() * b
    return products.sum(-1, dtype=products.dtype)  # Without the type, small integers would be summed as 64-bit ones.


_COMPOSED: dict[np.ufunc, Callable[..., Any]] = {
    np.power: power, np.float_power: lambda a, b: power(_in_double(a), _in_double(b)), np.divmod: _divmod,
    np.matmul: lambda a, b: a @ b if isinstance(a, TensorBase) else b.__rmatmul__(a), np.modf: _modf,
    np.frexp: _frexp, np.ldexp: _ldexp, np.matvec: _matvec, np.vecmat: _vecmat, np.vecdot: _vecdot,
}  # fmt: skip


def _in_double(value: Any) -> Any:
    tensor = as_tensor(value)
    return tensor.astype(np.promote_types(tensor._array.dtype, np.float64))


# ---- methods ----


def _reduce(
    name: str, ufunc: np.ufunc, function: Callable[..., Any], array: Any, axis: Any = 0, dtype: Any = None,
    out: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True,
) -> Any:  # fmt: skip
    array, short = as_tensor(array), name.removeprefix("np.") + ".reduce"
    if dtype is not None:
        array = array.astype(dtype)
    options = {} if initial is None else {"initial": initial}
    if where is not True:
        options["where"] = where
    if ufunc in _REDUCTIONS:
        return written(short, _REDUCTIONS[ufunc](array, axis=axis, keepdims=keepdims, **options), out)
    if where is not True:
        msg = "where= is supported for the reductions that np has a function of (np.sum, np.max, ...)"
        raise _UnsupportedError(msg)
    axes = range(array.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    result = array
    for each in sorted((a % array.ndim for a in axes), reverse=True):
        result = _folded(function, result, each, initial)[-1]
    if keepdims:
        result = np.expand_dims(result, axis if axis is not None else tuple(axes))
    return written(short, result, out)


def _folded(function: Callable[..., Any], array: Any, axis: int, initial: Any = None) -> list[Any]:
    parts = list(array.unbind(axis))
    if initial is not None:
        parts.insert(0, as_tensor(initial).expand(parts[0].shape if parts else array.select(axis, 0).shape))
    if not parts:
        msg = "there are no elements to begin with"
        raise _UnsupportedError(msg)
    found = parts[:1]
    for part in parts[1:]:
        found.append(function(found[-1], part))
    return found


_REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min, np.fmax: np.nanmax,
    np.fmin: np.nanmin, np.logical_and: np.all, np.logical_or: np.any,
}  # fmt: skip
_SCANS: dict[np.ufunc, Callable[[Any, int], Any]] = {
    np.add: lambda a, axis: a.cumsum(axis), np.multiply: lambda a, axis: a.cumprod(axis),
    np.maximum: lambda a, axis: a.cummax(axis)[0], np.minimum: lambda a, axis: a.cummin(axis)[0],
    np.logaddexp: lambda a, axis: a.logcumsumexp(axis),
}  # fmt: skip


def _accumulate(
    name: str, ufunc: np.ufunc, function: Callable[..., Any], array: Any, axis: int = 0, dtype: Any = None,
    out: Any = None,
) -> Any:  # fmt: skip
    array = as_tensor(array)
    if dtype is not None:
        array = array.astype(dtype)
    if ufunc in _SCANS or array.shape[axis] == 0:
        result = _SCANS[ufunc](array, axis) if ufunc in _SCANS else array.clone()
    else:
        result = row("stack")(_folded(function, array, axis), axis)
    return written(name.removeprefix("np.") + ".accumulate", result, out)


def _outer(name: str, ufunc: np.ufunc, function: Callable[..., Any], a: Any, b: Any, **kwargs: Any) -> Any:
    a, b = as_tensor(a), as_tensor(b)
    a = a.reshape(tuple(a.shape) + (1,) * b.ndim)
    return _call(name + ".outer", ufunc, function, (a, b), kwargs)


def _reduceat(
    name: str, ufunc: np.ufunc, function: Callable[..., Any], array: Any, indices: Any, axis: int = 0,
    dtype: Any = None, out: Any = None,
) -> Any:  # fmt: skip
    array, starts = as_tensor(array), [int(i) for i in as_arrays(indices)]
    length = array.shape[axis]
    if any(not 0 <= start < length for start in starts):
        raise IndexError(f"index out of bounds in {name}.reduceat: the axis has {length} elements")
    parts = []
    for start, end in zip(starts, [*starts[1:], length], strict=True):
        if start < end:
            part = array.narrow(axis, start, end - start)
            parts.append(_reduce(name, ufunc, function, part, axis, dtype))
        else:
            parts.append(array.select(axis, start))
    return written(name.removeprefix("np.") + ".reduceat", row("stack")(parts, axis), out)


def _at(name: str, ufunc: np.ufunc, function: Callable[..., Any], a: Any, indices: Any, *b: Any) -> None:
    if not isinstance(a, TensorBase):
        msg = f"the gradient would be lost in a NumPy array; give a tensor to be changed, not {type(a).__name__}"
        raise _UnsupportedError(msg)
    positions = np.arange(a._array.size).reshape(a._array.shape)[as_arrays(indices)]
    values = [as_tensor(x).expand(positions.shape).reshape(-1) for x in b]
    flat: Any = a.reshape(-1)  # type: ignore[attr-defined]
    places = positions.reshape(-1)
    if ufunc in (np.add, np.subtract):
        (value,) = values
        value = (value if ufunc is np.add else -value).astype(a._array.dtype)
        flat = flat.index_put((constant(places),), value, accumulate=True)
    else:
        # An element that is named several times is changed as often: those named for the first time, then the rest.
        times = _times_seen(places)
        for time in range(int(times.max(initial=-1)) + 1):
            now = times == time
            place, chosen = constant(places[now]), constant(now)
            changed = function(flat[place], *[value[chosen] for value in values])
            flat = flat.index_put((place,), changed.astype(a._array.dtype))
    a.copy_(flat.reshape(a._array.shape))  # type: ignore[attr-defined]


def _times_seen(places: Any) -> Any:
    # For each element, how many equal ones stand before it.
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    begins = np.searchsorted(ordered, ordered)
    times = np.empty(places.shape, np.int64)
    times[order] = np.arange(places.size) - begins
    return times


_METHODS: dict[str, Callable[..., Any]] = {
    "reduce": _reduce, "accumulate": _accumulate, "outer": _outer, "reduceat": _reduceat, "at": _at,
}  # fmt: skip
