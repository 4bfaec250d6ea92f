"""The type and the device that a user asks a tensor to be converted to, in all the ways PyTorch lets them be said."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.devices import device
from chainrule.engine.tensor_base import TensorBase


def scalar_type_class(tensor: TensorBase) -> str:
    """`FloatTensor` for a tensor of float32, and so on."""
    return dtypes.scalar_type_name(tensor._array.dtype) + "Tensor"


def tensor_type_dtype(wanted: Any) -> Any:
    """The dtype that `wanted` names: a dtype, a Python type, or a name such as `'torch.FloatTensor'`."""
    if isinstance(wanted, str):
        short = wanted.rpartition(".")[2]
        for candidate in dtypes.ALL_DTYPES:
            if dtypes.scalar_type_name(candidate.numpy) + "Tensor" == short:
                return candidate
        msg = f"invalid type: '{wanted}'"
        raise ValueError(msg)
    return getattr(wanted, "dtype", wanted) if not isinstance(wanted, dtypes.dtype) else wanted


def to_arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """The device and the NumPy dtype that the arguments of `Tensor.to` ask for; None where they say nothing."""
    known = {"device", "dtype", "non_blocking", "copy", "memory_format", "other"}
    unknown = set(kwargs) - known
    if unknown:
        msg = f"to() got an unexpected keyword argument '{unknown.pop()}'"
        raise TypeError(msg)
    where, dtype = kwargs.get("device"), kwargs.get("dtype")
    other = kwargs.get("other")
    for argument in args:
        if isinstance(argument, TensorBase):
            other = argument
        elif isinstance(argument, (str, device, int)) and not isinstance(argument, bool):
            where = argument
        elif isinstance(argument, (dtypes.dtype, np.dtype, type)):
            dtype = argument
        elif argument is not None and not isinstance(argument, bool):
            msg = (
                "to() received an invalid combination of arguments - got "
                f"({', '.join(type(a).__name__ for a in args)}), but expected a dtype, a device or a tensor"
            )
            raise TypeError(msg)
    if other is not None:
        return "cpu", other._array.dtype
    return where, None if dtype is None else dtypes.as_numpy_dtype(dtype)
