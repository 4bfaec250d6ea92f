"""What the functions of the standard make of their arguments."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.devices import require_cpu
from chainrule.engine.tensor_base import TensorBase
from chainrule.numpy_operands import constant

Array = Any  # a tensor, as the standard calls it


def promoted(*values: Any) -> tuple[Array, ...]:
    """Tensors of one type: that of all, whatever their dimensions; a Python number takes the type of the tensors.

    >>> import chainrule as torch
    >>> promoted(torch.tensor(1.0, dtype=torch.float64), torch.ones(2))[1].dtype
    chainrule.float64
    """
    common = common_type(*values)
    return tuple(
        (v if v._array.dtype == common else v.astype(common))  # type: ignore[attr-defined]
        if isinstance(v, TensorBase)
        else constant(dtypes.cast_number(v, common))
        for v in values
    )


def common_type(*values: Any) -> np.dtype[Any]:
    """NumPy's dtype for what is made of tensors, types and Python numbers, by the standard's table of promotion."""
    types = [v._array.dtype if isinstance(v, TensorBase) else v.numpy for v in values if not _is_number(v)]
    numbers = [v for v in values if _is_number(v)]
    if not types:
        raise TypeError("at least one argument must be a tensor or a type, not a Python number")
    common = functools.reduce(_promote, types)
    for number in numbers:
        # A number of a higher kind than the type makes it one of that kind, of the default size.
        common = dtypes.result_dtype((np.empty(1, common), number))
    return common


def _promote(a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
    kinds = dtypes.category(a), dtypes.category(b)
    if min(kinds) < 2 <= max(kinds):
        # The standard leaves integers beside floating-point numbers open: these keep their type, as in PyTorch.
        return a if kinds[0] > kinds[1] else b
    return np.promote_types(a, b)


def _is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float, complex))


def numpy_type(dtype: Any) -> np.dtype[Any] | None:
    """NumPy's dtype for one of ours; None for None."""
    return None if dtype is None else dtypes.as_numpy_dtype(dtype)


def default_type(like: type | Any) -> Any:
    """The type of new tensors of Python's numbers of this kind."""
    if like is complex:
        return dtypes.default_complex()
    return {bool: dtypes.BOOL, int: dtypes.INT64}.get(like, dtypes.default_float())


def accumulator(x: Array, dtype: Any) -> np.dtype[Any]:
    """The type in which elements are summed or multiplied: that of the default integer for smaller integers."""
    if dtype is not None:
        return dtypes.as_numpy_dtype(dtype)
    kind = x._array.dtype.kind
    return np.dtype(np.uint64) if kind == "u" else dtypes.INT64 if kind in "bi" else x._array.dtype


def on_device(device: Any) -> None:
    """Raise RuntimeError for a device other than the CPU.

    >>> on_device("cpu")
    """
    require_cpu(device)
