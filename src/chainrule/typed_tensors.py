"""`FloatTensor`, `LongTensor` and so on: PyTorch's older constructors, one for each type of elements."""

from __future__ import annotations

from typing import Any, Final

from chainrule import dtypes
from chainrule.ops.creation import legacy_tensor
from chainrule.tensor import Tensor

__all__ = [
    "BoolTensor",
    "ByteTensor",
    "CharTensor",
    "DoubleTensor",
    "FloatTensor",
    "HalfTensor",
    "IntTensor",
    "LongTensor",
    "ShortTensor",
]


class TensorType(type):
    """A type whose instances are the tensors of one type of elements, and which makes such tensors when called."""

    dtype: dtypes.dtype

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype

    def __call__(cls, *data: Any, **options: Any) -> Any:
        return legacy_tensor(data, options, cls.dtype.numpy)


def _tensor_type(dtype: dtypes.dtype) -> TensorType:
    name = dtypes.scalar_type_name(dtype.numpy) + "Tensor"
    about = f"`{name}(2, 3)`: an uninitialised tensor of {dtype.name}; `{name}([1, 2])`: one of these values."
    return TensorType(name, (), {"__doc__": about, "__module__": "chainrule", "dtype": dtype})


BoolTensor: Final = _tensor_type(dtypes.bool)
ByteTensor: Final = _tensor_type(dtypes.uint8)
CharTensor: Final = _tensor_type(dtypes.int8)
ShortTensor: Final = _tensor_type(dtypes.int16)
IntTensor: Final = _tensor_type(dtypes.int32)
LongTensor: Final = _tensor_type(dtypes.int64)
HalfTensor: Final = _tensor_type(dtypes.float16)
FloatTensor: Final = _tensor_type(dtypes.float32)
DoubleTensor: Final = _tensor_type(dtypes.float64)
