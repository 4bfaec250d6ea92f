"""New tensors: like another (`np.zeros_like(t)`, `np.arange(3, like=t)`), or between two (`np.linspace(a, b)`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine.tensor_base import TensorBase
from chainrule.numpy_operands import as_arrays, as_tensor, as_tensors, constant, is_constant, real_or_complex, row
from chainrule.numpy_protocols import FUNCTIONS, implements


def _like(function: Callable[..., Any]) -> Callable[..., Any]:
    def make(
        a: Any, /, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None
    ) -> Any:
        return constant(function(as_arrays(a), dtype, order, shape=shape))

    return make


_ALIKE: tuple[Any, ...] = (np.zeros_like, np.ones_like, np.empty_like)
for _function in _ALIKE:
    FUNCTIONS[_function] = _like(_function)


@implements(np.full_like)
def _full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *,
    device: Any = None,
) -> Any:  # fmt: skip
    if is_constant(fill_value):
        full_like: Any = np.full_like
        return constant(full_like(as_arrays(a), as_arrays(fill_value), dtype, order, shape=shape))
    a = as_arrays(a)
    return as_tensor(fill_value).astype(dtype or a.dtype).expand(a.shape if shape is None else shape).clone()


# ---- with like= ----

_MAKING: tuple[Any, ...] = (
    np.arange, np.empty, np.eye, np.frombuffer, np.fromfile, np.fromfunction, np.fromiter, np.fromstring,
    np.genfromtxt, np.identity, np.loadtxt, np.ones, np.tri, np.zeros,
)  # fmt: skip
for _function in _MAKING:
    FUNCTIONS[_function] = lambda *args, _function=_function, **kwargs: as_tensors(
        _function(*as_arrays(args), **as_arrays(kwargs))
    )


@implements(np.full)
def _full(shape: Any, fill_value: Any, dtype: Any = None, **kwargs: Any) -> Any:
    value = as_tensor(fill_value)
    return (value if dtype is None else value.astype(np.dtype(dtype))).expand(shape).clone()


def _as_array(copies: bool) -> Callable[..., Any]:
    def make(object: Any, dtype: Any = None, *, copy: Any = None, ndmin: int = 0, **kwargs: Any) -> Any:
        tensor = as_tensor(object)
        if dtype is not None and tensor._array.dtype != np.dtype(dtype):
            tensor = tensor.astype(np.dtype(dtype))
        elif (copies if copy is None else copy) and isinstance(object, TensorBase):
            tensor = tensor.clone()
        return tensor.reshape((1,) * max(ndmin - tensor.ndim, 0) + tuple(tensor.shape)) if ndmin else tensor

    return make


FUNCTIONS[np.array] = _as_array(copies=True)
_AS_ARRAYS: tuple[Any, ...] = (np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray)
for _function in _AS_ARRAYS:
    FUNCTIONS[_function] = _as_array(copies=False)


@implements(np.require)
def _require(a: Any, dtype: Any = None, requirements: Any = None) -> Any:
    return FUNCTIONS[np.asarray](a, dtype)


# ---- between two ----


@implements(np.linspace)
def _linspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None,
    axis: int = 0, *, device: Any = None,
) -> Any:  # fmt: skip
    start, stop, num = real_or_complex(start), real_or_complex(stop), int(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    gaps = num - 1 if endpoint else num
    apart = stop - start
    part = np.arange(num).reshape((-1,) + (1,) * apart.ndim) / max(gaps, 1)
    found = start + apart * constant(part.astype(np.finfo(apart._array.dtype).dtype))
    if dtype is not None:
        found = (found.floor() if np.dtype(dtype).kind in "iu" else found).astype(np.dtype(dtype))
    found = found.movedim(0, axis)
    return (found, apart / gaps if gaps else apart * np.nan) if retstep else found


@implements(np.logspace)
def _logspace(
    start: Any, stop: Any, num: Any = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    powers = np.linspace(as_tensor(start), as_tensor(stop), num, endpoint)
    found = np.power(base, powers)
    return (found if dtype is None else found.astype(np.dtype(dtype))).movedim(0, axis)


@implements(np.geomspace)
def _geomspace(start: Any, stop: Any, num: Any = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    start, stop = real_or_complex(start), real_or_complex(stop)
    if (start._array == 0).any() or (stop._array == 0).any():
        msg = "Geometric sequence cannot include zero"
        raise ValueError(msg)
    ratio = stop / start
    if not ratio.is_complex() and (ratio._array < 0).any():
        msg = "np.geomspace: start and stop of different signs are not supported on tensors; make them complex"
        raise ValueError(msg)
    part = np.linspace(np.zeros_like(start), np.ones_like(start), num, endpoint)
    found = start * row("exp")(ratio.log() * part)
    return (found if dtype is None else found.astype(np.dtype(dtype))).movedim(0, axis)
