"""NumPy's functions on tensors: `np.sin(t)`, `np.where(mask, t, 0)` give tensors and are differentiated.

The formulas of the table are written in NumPy's functions; through these protocols the same formulas run on tensors
when a backward pass is itself recorded. Of tensors without a gradient, what has no row here is NumPy's own business, as
it is with PyTorch; a tensor that requires grad refuses it with TypeError, so that no gradient is lost silently.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np

from chainrule import scipy_ufuncs
from chainrule.engine.call import OUT_IS_NOT_RECORDED
from chainrule.engine.copy_slices import require_distinct
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.op import TABLE
from chainrule.engine.shared_memory import borrow, lend
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.engine.versions import about_to_change, count_change
from chainrule.ops import fourier_frequencies, fourier_transforms
from chainrule.ops.powers import pow as power
from chainrule.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])

FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}
# ufuncs that are the forward of no row under their own name.
UFUNC_ROWS = {
    np.abs: "abs", np.fabs: "abs", np.conjugate: "conj", np.floor_divide: "floor_divide", np.remainder: "remainder",
    np.fmod: "fmod", np.rint: "round", np.bitwise_and: "bitwise_and", np.bitwise_or: "bitwise_or",
    np.bitwise_xor: "bitwise_xor", np.invert: "bitwise_not", np.left_shift: "bitwise_left_shift",
    np.right_shift: "bitwise_right_shift", np.sign: "sgn", np.square: "square", np.logaddexp: "logaddexp",
    np.heaviside: "heaviside",
}  # fmt: skip


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
            self[np.power] = self[np.float_power] = power
            self[np.matmul] = lambda a, b: a @ b if isinstance(a, TensorBase) else b.__rmatmul__(a)
        if ufunc not in self:
            function = scipy_ufuncs.answering(ufunc)
            if function is not None:
                self[ufunc] = _of_real_numbers(ufunc, function)
        return self.get(ufunc)


UFUNCS = _Ufuncs()


def implements(*numpy_functions: Callable[..., Any]) -> Callable[[F], F]:
    """Decorate a function that answers calls of these NumPy functions with tensors among their arguments."""

    def register(function: F) -> F:
        for numpy_function in numpy_functions:
            FUNCTIONS[numpy_function] = function
        return function

    return register


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """What `Tensor.__array_ufunc__` does: the row for this ufunc, on these inputs."""
    function = UFUNCS[ufunc]
    if function is not None and method == "__call__" and not kwargs:
        return function(*inputs)
    del self
    if _constant((inputs, kwargs)):
        return _ufunc_on_values(ufunc, method, inputs, kwargs)
    name = f"{'scipy.special' if scipy_ufuncs.is_scipys(ufunc) else 'np'}.{ufunc.__name__}"
    name = name if method == "__call__" else f"{name}.{method}"
    if "out" in kwargs:
        raise RuntimeError(OUT_IS_NOT_RECORDED.format(name))
    if method != "__call__":
        msg = f"{name} is not supported on tensors that require grad yet: only plain calls of ufuncs are"
        raise TypeError(msg)
    if kwargs:
        msg = f"{name}: {', '.join(sorted(kwargs))}= is not supported on tensors that require grad yet"
        raise TypeError(msg)
    msg = f"{name} has no row in chainrule's table: use tensor.detach().numpy() for its values alone"
    raise TypeError(msg)


def _ufunc_on_values(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    # Tensors to be written get a copy's values when NumPy has succeeded, as a change in place.
    targets = inputs[:1] if method == "at" else kwargs.get("out", ())
    written = [target for target in targets if isinstance(target, TensorBase)]
    for target in written:
        require_distinct(target._array)
        about_to_change(target._version_counter)
    copies = tuple(t._array.copy() if isinstance(t, TensorBase) else t for t in targets)
    inputs, kwargs = _as_arrays(inputs, _array_of), _as_arrays(kwargs, _array_of)
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
        return _as_tensors(results)
    results = results if isinstance(results, tuple) else (results,)
    given = tuple(_as_tensors(r) if t is None else t for r, t in zip(results, targets, strict=True))
    return given if len(given) > 1 else given[0]


def _array_of(tensor: TensorBase) -> Any:
    return tensor._array


def array_function(
    self: Tensor, function: Callable[..., Any], types: Sequence[type], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """What `Tensor.__array_function__` does: the implementation registered for this NumPy function."""
    implementation = FUNCTIONS.get(function)
    if implementation is not None:
        return implementation(*args, **kwargs)
    del self, types
    name = f"{function.__module__}.{function.__name__}".replace("numpy", "np", 1)
    if _constant((args, kwargs)):
        # What NumPy's function may write to, or return a part of, it is lent.
        array_of = partial(lend, operation=name)
        return function(*_as_arrays(args, array_of), **_as_arrays(kwargs, array_of))
    msg = f"{name} is not supported on tensors yet: use tensor.detach().numpy() for its values alone"
    raise TypeError(msg)


def _constant(arguments: Any) -> bool:
    # Whether no gradient depends on these arguments.
    if isinstance(arguments, TensorBase):
        return not (arguments.requires_grad and is_grad_enabled())  # type: ignore[attr-defined]
    if isinstance(arguments, dict):
        arguments = arguments.values()
    elif not isinstance(arguments, (tuple, list)):
        return True
    return all(_constant(argument) for argument in arguments)


def _as_arrays(arguments: Any, array_of: Callable[[TensorBase], Any]) -> Any:
    # The arguments with `array_of` each tensor in its place.
    if isinstance(arguments, TensorBase):
        return array_of(arguments)
    if isinstance(arguments, dict):
        return {name: _as_arrays(argument, array_of) for name, argument in arguments.items()}
    if type(arguments) in (tuple, list):
        return type(arguments)(_as_arrays(argument, array_of) for argument in arguments)
    return arguments


def _as_tensors(results: Any) -> Any:
    return tuple(map(_as_tensors, results)) if isinstance(results, tuple) else new_tensor(np.asarray(results))


def _of_real_numbers(ufunc: np.ufunc, function: Callable[..., Any]) -> Callable[..., Any]:
    # The function for a ufunc of SciPy's, which for complex numbers has values all the same.
    of_real = _taking_arrays(ufunc, function)

    def of_any(*inputs: Any) -> Any:
        inputs = tuple(np.asarray(i) if isinstance(i, (list, tuple)) else i for i in inputs)
        is_complex = any(np.iscomplexobj(i._array if isinstance(i, TensorBase) else i) for i in inputs)
        if is_complex and _constant(inputs):
            return _ufunc_on_values(ufunc, "__call__", inputs, {})
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


def as_tensor(value: Any) -> Any:
    """A tensor as it is; an array or number as a constant tensor."""
    if isinstance(value, TensorBase):
        return value
    return borrow(value, "an operation with it") if isinstance(value, np.ndarray) else new_tensor(np.asarray(value))


def row(name: str) -> Callable[..., Any]:
    """The recording function of a row."""
    return TABLE[name].function


Tensor.__array_ufunc__ = array_ufunc  # type: ignore[attr-defined]
Tensor.__array_function__ = array_function  # type: ignore[attr-defined]


# ---- choosing and comparing ----


@implements(np.where)
def _where(condition: Any, x: Any = None, y: Any = None) -> Any:
    if x is None and y is None:
        return np.where(condition._array)
    return row("where")(as_tensor(condition), x, y)


@implements(np.isclose)
def _isclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
    a, b = (x._array if isinstance(x, TensorBase) else x for x in (a, b))
    return new_tensor(np.asarray(np.isclose(a, b, rtol, atol, equal_nan)))


@implements(np.allclose)
def _allclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    return bool(_isclose(a, b, rtol, atol, equal_nan).all())


@implements(np.clip)
def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    return row("clamp")(a, a_min if min is None else min, a_max if max is None else max)


@implements(np.nan_to_num)
def _nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Any:
    del copy
    return row("nan_to_num")(x, nan, posinf, neginf)


@implements(np.sinc)
def _sinc(x: Any) -> Any:
    return row("sinc")(x)


# ---- one more array like this ----


@implements(np.zeros_like)
def _zeros_like(a: Any, dtype: Any = None) -> Any:
    return new_tensor(np.zeros_like(a._array, dtype=dtype))


@implements(np.ones_like)
def _ones_like(a: Any, dtype: Any = None) -> Any:
    return new_tensor(np.ones_like(a._array, dtype=dtype))


@implements(np.full_like)
def _full_like(a: Any, fill_value: Any, dtype: Any = None) -> Any:
    return new_tensor(np.full_like(a._array, fill_value, dtype=dtype))


# ---- sizes ----


@implements(np.shape)
def _shape(a: Any) -> tuple[int, ...]:
    return tuple(a._array.shape)


@implements(np.ndim)
def _ndim(a: Any) -> int:
    return int(a._array.ndim)


@implements(np.size)
def _size(a: Any, axis: int | None = None) -> int:
    return int(a._array.size if axis is None else a._array.shape[axis])


# ---- another shape ----


@implements(np.reshape)
def _reshape(a: Any, shape: Any) -> Any:
    return a.reshape(shape)


@implements(np.ravel)
def _ravel(a: Any) -> Any:
    return a.reshape((-1,))


@implements(np.broadcast_to)
def _broadcast_to(array: Any, shape: Any) -> Any:
    return row("expand")(array, (shape,) if isinstance(shape, int) else tuple(shape))


@implements(np.expand_dims)
def _expand_dims(a: Any, axis: Any) -> Any:
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    rank = a._array.ndim + len(axes)
    for place in sorted(x % rank for x in axes):
        a = row("unsqueeze")(a, place)
    return a


@implements(np.squeeze)
def _squeeze(a: Any, axis: Any = None) -> Any:
    return a.squeeze() if axis is None else a.squeeze(axis)


@implements(np.transpose, np.permute_dims)
def _transpose(a: Any, axes: Any = None) -> Any:
    return row("permute")(a, tuple(range(a._array.ndim))[::-1] if axes is None else tuple(axes))


@implements(np.swapaxes)
def _swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    return row("transpose")(a, axis1, axis2)


@implements(np.moveaxis)
def _moveaxis(a: Any, source: Any, destination: Any) -> Any:
    return a.movedim(source, destination)


@implements(np.flip)
def _flip(m: Any, axis: Any = None) -> Any:
    axes = tuple(range(m._array.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    return row("flip")(m, axes)


@implements(np.roll)
def _roll(a: Any, shift: Any, axis: Any = None) -> Any:
    return a.roll(shift, axis)


@implements(np.tril)
def _tril(m: Any, k: int = 0) -> Any:
    return row("tril")(m, k)


@implements(np.triu)
def _triu(m: Any, k: int = 0) -> Any:
    return row("triu")(m, k)


@implements(np.diagonal)
def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return a.diagonal(offset, axis1, axis2)


@implements(np.concatenate)
def _concatenate(arrays: Any, axis: int = 0) -> Any:
    return row("cat")([as_tensor(a) for a in arrays], axis)


@implements(np.stack)
def _stack(arrays: Any, axis: int = 0) -> Any:
    return row("stack")([as_tensor(a) for a in arrays], axis)


# ---- complex numbers ----


@implements(np.real)
def _real(val: Any) -> Any:
    return val.real


@implements(np.imag)
def _imag(val: Any) -> Any:
    return val.imag


@implements(np.angle)
def _angle(z: Any) -> Any:
    return row("angle")(z)


# ---- reductions, with NumPy's arguments ----


def _reduction(name: str, **fixed: Any) -> Callable[..., Any]:
    def reduce(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        _require_no_out(name, out)
        options = fixed if dtype is None else {**fixed, "dtype": dtype}
        return row(name)(a, dim=() if axis is None and name in {"amax", "amin"} else axis, keepdim=keepdims, **options)

    return reduce


def _require_no_out(name: str, out: Any) -> None:
    if out is not None:
        msg = f"np.{name}: out= is not supported on tensors yet"
        raise TypeError(msg)


for _function, _name in (
    (np.sum, "sum"), (np.mean, "mean"), (np.nansum, "nansum"), (np.nanmean, "nanmean"), (np.any, "any"),
    (np.all, "all"), (np.amax, "amax"), (np.amin, "amin"), (np.max, "amax"), (np.min, "amin"),
):  # fmt: skip
    FUNCTIONS[_function] = _reduction(_name)


@implements(np.prod)
def _prod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
    _require_no_out("prod", out)
    axes = sorted((x % a._array.ndim for x in axis), reverse=True) if isinstance(axis, tuple) else (axis,)
    for x in axes:
        a = row("prod")(a, x, keepdims, dtype)
    return a


@implements(np.var)
def _var(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    _require_no_out("var", out)
    return row("var")(a if dtype is None else a.astype(dtype), axis, ddof, keepdims)


@implements(np.std)
def _std(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    _require_no_out("std", out)
    return row("std")(a if dtype is None else a.astype(dtype), axis, ddof, keepdims)


def _counted(a: Any) -> Any:
    # NumPy finds the first True of a mask, where PyTorch's argmax takes no booleans.
    return a.byte() if a._array.dtype == np.bool_ else a


@implements(np.argmax)
def _argmax(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
    _require_no_out("argmax", out)
    return row("argmax")(_counted(a), axis, keepdims)


@implements(np.argmin)
def _argmin(a: Any, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
    _require_no_out("argmin", out)
    return row("argmin")(_counted(a), axis, keepdims)


@implements(np.count_nonzero)
def _count_nonzero(a: Any, axis: Any = None) -> Any:
    return row("count_nonzero")(a, axis)


# ---- scans and order ----


@implements(np.cumsum)
def _cumsum(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    return row("cumsum")(a.reshape((-1,)) if axis is None else a, axis or 0, dtype)


@implements(np.cumprod)
def _cumprod(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    return row("cumprod")(a.reshape((-1,)) if axis is None else a, axis or 0, dtype)


@implements(np.diff)
def _diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    return a.diff(n, axis)


@implements(np.sort)
def _sort(a: Any, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None) -> Any:
    del kind, stable
    return row("sort")(a.reshape((-1,)) if axis is None else a, -1 if axis is None else axis)[0]


@implements(np.argsort)
def _argsort(a: Any, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None) -> Any:
    del kind, stable
    return row("sort")(a.reshape((-1,)) if axis is None else a, -1 if axis is None else axis)[1]


# ---- products ----


@implements(np.dot)
def _dot(a: Any, b: Any) -> Any:
    a, b = as_tensor(a), as_tensor(b)
    if 0 in (a._array.ndim, b._array.ndim):
        return a * b
    if b._array.ndim <= 2:
        return row("matmul")(a, b)
    return np.tensordot(a, b, (-1, -2))


@implements(np.vdot)
def _vdot(a: Any, b: Any) -> Any:
    return row("vdot")(as_tensor(a).reshape((-1,)), as_tensor(b).reshape((-1,)))


@implements(np.inner)
def _inner(a: Any, b: Any) -> Any:
    return row("inner")(as_tensor(a), as_tensor(b))


@implements(np.outer)
def _outer(a: Any, b: Any) -> Any:
    return as_tensor(a).reshape((-1, 1)) * as_tensor(b).reshape((-1,))


@implements(np.tensordot)
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    from chainrule.ops.einsum import tensordot

    return tensordot(as_tensor(a), as_tensor(b), axes)


@implements(np.einsum)
def _einsum(*operands: Any, optimize: Any = False) -> Any:
    from chainrule.ops.einsum import einsum

    del optimize
    return einsum(*[as_tensor(o) if isinstance(o, np.ndarray) else o for o in operands])


@implements(np.kron)
def _kron(a: Any, b: Any) -> Any:
    return row("kron")(as_tensor(a), as_tensor(b))


@implements(np.trace)
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return a.diagonal(offset, axis1, axis2).sum(-1)


# ---- Fourier transforms ----


def _transform_of_one(name: str) -> Callable[..., Any]:
    def transform(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Any:
        return getattr(fourier_transforms, name)(a, n, axis, norm, out=out)

    return transform


def _transform_of_several(name: str, default: Any) -> Callable[..., Any]:
    def transform(a: Any, s: Any = None, axes: Any = default, norm: str | None = None, out: Any = None) -> Any:
        return getattr(fourier_transforms, name)(a, s, axes, norm, out=out)

    return transform


for _name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    FUNCTIONS[getattr(np.fft, _name)] = _transform_of_one(_name)
for _name in ("fft", "ifft", "rfft", "irfft"):
    FUNCTIONS[getattr(np.fft, _name + "n")] = _transform_of_several(_name + "n", None)
    FUNCTIONS[getattr(np.fft, _name + "2")] = _transform_of_several(_name + "2", (-2, -1))


@implements(np.fft.fftshift)
def _fftshift(x: Any, axes: Any = None) -> Any:
    return fourier_frequencies.fftshift(x, axes)


@implements(np.fft.ifftshift)
def _ifftshift(x: Any, axes: Any = None) -> Any:
    return fourier_frequencies.ifftshift(x, axes)
