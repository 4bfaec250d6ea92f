"""New tensors, by the standard's signatures."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.array_api.arguments import Array, default_type, numpy_type, on_device
from chainrule.engine.tensor_base import TensorBase
from chainrule.numpy_operands import constant
from chainrule.ops import from_data

__all__ = [
    "arange", "asarray", "empty", "empty_like", "eye", "from_dlpack", "full", "full_like", "linspace", "meshgrid",
    "ones", "ones_like", "tril", "triu", "zeros", "zeros_like",
]  # fmt: skip


def _float(dtype: Any) -> np.dtype[Any]:
    return numpy_type(dtype) or dtypes.default_float()


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None) -> Array:
    """Numbers from `start` (0 where only the end is given) up to `stop`, `step` apart.

    >>> arange(3)
    tensor([0, 1, 2])
    """
    on_device(device)
    start, stop = (0, start) if stop is None else (start, stop)
    given = numpy_type(dtype) or default_type(int if all(isinstance(n, int) for n in (start, stop, step)) else float)
    return constant(np.arange(start, stop, step).astype(given))


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Array:
    """A tensor of the values of `obj`: a tensor, an array, a number, nested lists, anything with `__dlpack__`.

    >>> asarray([1.5, 2])
    tensor([1.5000, 2.0000])
    """
    on_device(device)
    if isinstance(obj, TensorBase):
        wanted = numpy_type(dtype)
        if wanted is not None and wanted != obj._array.dtype:
            if copy is False:
                raise ValueError(f"a tensor of {obj._array.dtype} becomes one of {wanted} only by being copied")
            return obj.astype(wanted)  # type: ignore[attr-defined]
        return obj.clone() if copy else obj  # type: ignore[attr-defined]
    if copy is False and not hasattr(obj, "__array_interface__") and not hasattr(obj, "__dlpack__"):
        raise ValueError(f"the values of a {type(obj).__name__} cannot be shared, only copied")
    return from_data.asarray(obj, dtype=dtype, copy=copy)


def empty(shape: Any, *, dtype: Any = None, device: Any = None) -> Array:
    """A tensor with values that nobody has written.

    >>> empty((2, 3)).shape
    chainrule.Size([2, 3])
    """
    on_device(device)
    return constant(np.empty(shape, _float(dtype)))


def zeros(shape: Any, *, dtype: Any = None, device: Any = None) -> Array:
    """A tensor of zeros.

    >>> zeros(2)
    tensor([0., 0.])
    """
    on_device(device)
    return constant(np.zeros(shape, _float(dtype)))


def ones(shape: Any, *, dtype: Any = None, device: Any = None) -> Array:
    """A tensor of ones.

    >>> ones(2)
    tensor([1., 1.])
    """
    on_device(device)
    return constant(np.ones(shape, _float(dtype)))


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Array:
    """A tensor with one value everywhere, of the type of the value unless given.

    >>> full(2, 7)
    tensor([7, 7])
    """
    on_device(device)
    given = numpy_type(dtype) or default_type(type(fill_value))
    return constant(np.full(shape, fill_value, given))


def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> Array:
    """A matrix with ones on a diagonal.

    >>> eye(2, 3, k=1)
    tensor([[0., 1., 0.],
            [0., 0., 1.]])
    """
    on_device(device)
    return constant(np.eye(n_rows, n_cols, k, _float(dtype)))


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None, endpoint: bool = True
) -> Array:
    """`num` numbers at equal distances from `start` to `stop`.

    >>> linspace(0, 1, 3)
    tensor([0.0000, 0.5000, 1.0000])
    """
    on_device(device)
    given = numpy_type(dtype) or default_type(complex if complex in (type(start), type(stop)) else float)
    return constant(np.linspace(start, stop, num, endpoint=endpoint, dtype=given))


def empty_like(x: Array, /, *, dtype: Any = None, device: Any = None) -> Array:
    """`empty` with the shape and type of `x`.

    >>> empty_like(zeros(3)).shape
    chainrule.Size([3])
    """
    return empty(x._array.shape, dtype=x.dtype if dtype is None else dtype, device=device)


def zeros_like(x: Array, /, *, dtype: Any = None, device: Any = None) -> Array:
    """`zeros` with the shape and type of `x`.

    >>> zeros_like(ones(2))
    tensor([0., 0.])
    """
    return zeros(x._array.shape, dtype=x.dtype if dtype is None else dtype, device=device)


def ones_like(x: Array, /, *, dtype: Any = None, device: Any = None) -> Array:
    """`ones` with the shape and type of `x`.

    >>> ones_like(zeros(2))
    tensor([1., 1.])
    """
    return ones(x._array.shape, dtype=x.dtype if dtype is None else dtype, device=device)


def full_like(x: Array, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Array:
    """`full` with the shape and type of `x`.

    >>> full_like(zeros(2), 3)
    tensor([3., 3.])
    """
    return full(x._array.shape, fill_value, dtype=x.dtype if dtype is None else dtype, device=device)


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Array:
    """A tensor over the memory of another library's array.

    >>> import numpy as np
    >>> from_dlpack(np.ones(2, np.float32))
    tensor([1., 1.])
    """
    return from_data.from_dlpack(x, device=device, copy=copy)


def meshgrid(*arrays: Array, indexing: str = "xy") -> list[Array]:
    """The coordinates of the points of a grid, a tensor for each axis.

    >>> meshgrid(arange(2), arange(2))[0]
    tensor([[0, 1],
            [0, 1]])
    """
    return list(np.meshgrid(*arrays, indexing=indexing)) if arrays else []  # type: ignore[call-overload]


def tril(x: Array, /, *, k: int = 0) -> Array:
    """The lower triangle of matrices, zeros above.

    >>> tril(ones((2, 2)))
    tensor([[1., 0.],
            [1., 1.]])
    """
    return np.tril(x, k)


def triu(x: Array, /, *, k: int = 0) -> Array:
    """The upper triangle of matrices, zeros below.

    >>> triu(ones((2, 2)))
    tensor([[1., 1.],
            [0., 1.]])
    """
    return np.triu(x, k)
