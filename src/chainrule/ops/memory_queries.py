"""Questions about a tensor's memory and layout, and methods that go through its elements or give others like it."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import layouts
from chainrule.dimensions import sizes
from chainrule.dtypes import scalar_type_name
from chainrule.engine.grad_mode import is_recording
from chainrule.engine.inplace import require_writable, written
from chainrule.engine.op import TABLE
from chainrule.engine.tensor_base import TensorBase
from chainrule.engine.versions import about_to_change
from chainrule.ops.creation import legacy_tensor
from chainrule.ops.reductions import sum as total
from chainrule.ops.shapes import reshape, view
from chainrule.ops.storages import NOT_SHARED
from chainrule.ops.strided import storage

METHODS = (
    "apply_", "bfloat16", "ccol_indices", "chalf", "coalesce", "col_indices", "const_data_ptr", "crow_indices",
    "dense_dim", "dim_order", "index", "indices", "ipu", "is_coalesced", "is_distributed", "is_nonzero",
    "is_same_size", "is_set_to", "is_shared", "map2_", "map_", "mtia", "new", "record_stream", "reinforce", "resize",
    "resize_as", "row_indices", "share_memory_", "sparse_dim", "sum_to_size", "to_dense", "to_mkldnn", "values",
    "xpu",
)  # fmt: skip
__all__ = ["get_device", "is_distributed", "is_same_size", "is_signed"]

# ---- memory ----


def const_data_ptr(self: Any) -> int:
    """The address of the first element, to be read from.

    >>> x = torch.ones(2)
    >>> x.const_data_ptr() == x.data_ptr()
    True
    """
    return int(self.data_ptr())


def is_set_to(self: Any, tensor: Any) -> bool:
    """Whether `tensor` has the same memory, size and strides.

    >>> x = torch.ones(2)
    >>> x.is_set_to(x.detach()), x.is_set_to(x.clone())
    (True, False)
    """
    a, b = self._array, tensor._array
    same = a.shape == b.shape and self.stride() == tensor.stride() and a.dtype == b.dtype
    return bool(same and self.data_ptr() == tensor.data_ptr() and storage(a)[1] == storage(b)[1])


def is_shared(self: Any) -> bool:
    """Whether processes share the memory: False.

    >>> torch.ones(2).is_shared()
    False
    """
    del self
    return False


def share_memory_(self: Any) -> Any:
    """Raise RuntimeError: NumPy's memory belongs to one process."""
    del self
    raise RuntimeError(NOT_SHARED)


def dim_order(self: Any, *, ambiguity_check: Any = False) -> tuple[int, ...]:
    """The dimensions in the order in which they lie in memory, the innermost last.

    With `ambiguity_check` (True, or a list of memory formats) a RuntimeError where there are several such orders.

    >>> torch.empty(2, 3, 4).permute(2, 0, 1).dim_order()
    (1, 2, 0)
    """
    formats = ambiguity_check if isinstance(ambiguity_check, list) else []
    if not isinstance(ambiguity_check, bool) and (not formats or any(f not in _ORDERS for f in formats)):
        raise TypeError("The ambiguity_check argument must be a bool or a list of memory formats.")
    strides, shape = self.stride(), tuple(self.shape)
    if ambiguity_check and (1 in shape or any(a == b for a, b in itertools.pairwise(strides))):
        fitting = [_ORDERS[f] for f in formats if _lies_in(self._array, _ORDERS[f])]
        if len(fitting) != 1:
            raise RuntimeError(
                "The tensor does not have unique dim order, or cannot map to exact one of the given memory formats."
            )
        return fitting[0] or tuple(range(len(shape)))
    order: list[int] = []
    for dim in range(len(shape)):
        # Where elements are repeated (strides of 0) a dimension stays behind those before it.
        place = len(order)
        while place and 0 < strides[order[place - 1]] < strides[dim]:
            place -= 1
        order.insert(place, dim)
    return tuple(order)


# The orders of dimensions in memory, by formats; None is their own.
_ORDERS: dict[Any, tuple[int, ...] | None] = {
    layouts.contiguous_format: None,
    layouts.channels_last: (0, 2, 3, 1),
    layouts.channels_last_3d: (0, 2, 3, 4, 1),
}


def _lies_in(array: Any, dims: tuple[int, ...] | None) -> bool:
    if dims is not None and len(dims) != array.ndim:
        return False
    return bool((array if dims is None else array.transpose(dims)).flags.c_contiguous)


# ---- questions that are functions too ----


def is_same_size(input: Any, other: Any) -> bool:
    """Whether two tensors have the same size.

    >>> torch.is_same_size(torch.ones(2), torch.zeros(2))
    True
    """
    if not isinstance(other, TensorBase):
        raise TypeError(f"is_same_size(): argument 'other' (position 1) must be Tensor, not {type(other).__name__}")
    return bool(input._array.shape == other._array.shape)


def is_signed(input: Any) -> bool:
    """Whether the elements of a tensor can be negative.

    >>> torch.is_signed(torch.ones(2))
    True
    """
    return bool(input.is_signed())


def is_nonzero(self: Any) -> bool:
    """Whether the one element is not zero; RuntimeError for another number of elements.

    >>> torch.tensor([1.5]).is_nonzero()
    True
    """
    return bool(self)


def is_distributed(input: Any) -> bool:
    """Whether the tensor is spread over several processes: False.

    >>> torch.is_distributed(torch.ones(2))
    False
    """
    del input
    return False


def get_device(input: Any) -> int:
    """The index of the tensor's device, -1 on the CPU.

    >>> torch.get_device(torch.ones(2))
    -1
    """
    return int(input.get_device())


# ---- element by element, in Python ----


def _changed(self: Any, function: Callable[..., Any], others: tuple[tuple[str, Any], ...], name: str) -> Any:
    if self.requires_grad and is_recording():
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")
    array = self._array
    arrays = [array]
    for argument, other in others:
        if other.requires_grad and is_recording():
            raise RuntimeError(
                f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead."
            )
        if other._array.dtype != array.dtype:
            own, given = (scalar_type_name(t.dtype) for t in (array, other._array))
            raise TypeError(f"{name}: expected torch.{own}Tensor for '{argument}' (got torch.{given}Tensor)")
        arrays.append(TABLE["expand"].forward(other._array, array.shape))
    if not callable(function):
        raise TypeError(f"'{type(function).__name__}' object is not callable")
    require_writable(self, records=False)
    results = [function(*elements) for elements in zip(*[a.ravel().tolist() for a in arrays], strict=True)]
    about_to_change(self._version_counter)
    array[...] = np.array(results).astype(array.dtype).reshape(array.shape)
    written(self, name)
    return self


def apply_(self: Any, callable: Callable[[Any], Any]) -> Any:
    """Replace each element by what the function gives for it. Slow: the function is called with Python's numbers.

    >>> torch.tensor([1.0, 2.0]).apply_(lambda x: x + 1)
    tensor([2., 3.])
    """
    return _changed(self, callable, (), "apply_")


def map_(self: Any, other: Any, callable: Callable[[Any, Any], Any]) -> Any:
    """Replace each element by what the function gives for it and that of `other`.

    >>> torch.tensor([1.0, 2.0]).map_(torch.tensor([3.0, 4.0]), lambda x, y: x * y)
    tensor([3., 8.])
    """
    return _changed(self, callable, (("other", other),), "map_")


def map2_(self: Any, x: Any, y: Any, callable: Callable[[Any, Any, Any], Any]) -> Any:
    """Replace each element by what the function gives for it and those of `x` and `y`.

    >>> torch.tensor([1.0]).map2_(torch.tensor([2.0]), torch.tensor([3.0]), lambda a, b, c: a + b * c)
    tensor([7.])
    """
    return _changed(self, callable, (("x", x), ("y", y)), "map2_")


# ---- others of the same type or size ----


def new(self: Any, *data: Any, device: Any = None) -> Any:
    """A tensor of the same type: of these sizes, uninitialised; of these values; or over the memory of another.

    >>> torch.ones(1, dtype=torch.int64).new([1, 2])
    tensor([1, 2])
    """
    dtype = self._array.dtype
    return legacy_tensor(data, {} if device is None else {"device": device}, dtype)


def sum_to_size(self: Any, *size: Any) -> Any:
    """The sum that has this size, to which the tensor could be expanded from: what undoes broadcasting.

    >>> torch.ones(2, 3).sum_to_size(1, 3)
    tensor([[2., 2., 2.]])
    """
    wanted, shape = sizes(size, "sum_to_size", "size"), tuple(self.shape)
    extra = len(shape) - len(wanted)
    if extra < 0 or any(w not in (1, n) for w, n in zip(wanted, shape[extra:], strict=True)):
        raise RuntimeError(f"size {{{list(wanted)}}} is not expandable to size {{{list(shape)}}}.")
    dims = [*range(extra), *[d for d in range(extra, len(shape)) if wanted[d - extra] == 1 != shape[d]]]
    if not dims:
        return self
    summed = total(self, tuple(dims), True)
    return view(summed, wanted) if extra else summed


def resize(self: Any, *size: Any) -> Any:
    """The tensor in another shape of as many elements; see `resize_` for more or fewer."""
    warnings.warn("non-inplace resize is deprecated", UserWarning, stacklevel=2)
    return _resized(self, sizes(size, "resize", "size"))


def _resized(self: Any, wanted: tuple[int, ...]) -> Any:
    if math.prod(wanted) != self._array.size:
        shown, own = "x".join(map(str, wanted)), "x".join(map(str, self.shape))
        raise RuntimeError(
            f"requested resize to {shown} ({math.prod(wanted)} elements in total), but the given tensor has a size of "
            f"{own} ({self._array.size} elements). autograd's resize can only change the shape of a given tensor, "
            "while preserving the number of elements. "
        )
    return reshape(self, wanted)


def resize_as(self: Any, tensor: Any) -> Any:
    """`resize` to the shape of another tensor."""
    warnings.warn("non-inplace resize_as is deprecated", UserWarning, stacklevel=2)
    return _resized(self, tuple(tensor.shape))


# ---- layouts: every tensor is strided ----


def to_dense(self: Any, dtype: Any = None, *, masked_grad: bool | None = None) -> Any:
    """The tensor itself, in the type `dtype`: it is dense.

    >>> torch.ones(2).to_dense()
    tensor([1., 1.])
    """
    del masked_grad
    return self if dtype is None else self.to(dtype)


def dense_dim(self: Any) -> int:
    """The number of dense dimensions: all.

    >>> torch.ones(2, 3).dense_dim()
    2
    """
    return int(self._array.ndim)


def sparse_dim(self: Any) -> int:
    """The number of sparse dimensions: 0.

    >>> torch.ones(2, 3).sparse_dim()
    0
    """
    del self
    return 0


def _of_other_layouts(name: str, layout: str) -> Callable[[Any], Any]:
    def refused(self: Any) -> Any:
        del self
        raise RuntimeError(f"{name} expected sparse {layout}tensor layout but got Strided")

    refused.__name__ = refused.__qualname__ = name
    refused.__doc__ = "Raise RuntimeError: the tensor is not sparse."
    return refused


is_coalesced = _of_other_layouts("is_coalesced", "coordinate ")
coalesce = _of_other_layouts("coalesce", "coordinate ")
indices = _of_other_layouts("indices", "coordinate ")
values = _of_other_layouts("values", "")
crow_indices = _of_other_layouts("crow_indices", "row compressed ")
col_indices = _of_other_layouts("col_indices", "row compressed ")
ccol_indices = _of_other_layouts("ccol_indices", "column compressed ")
row_indices = _of_other_layouts("row_indices", "column compressed ")


# ---- what there is no such thing of ----


def _not_supported(name: str, why: str, exception: type[Exception] = RuntimeError) -> Callable[..., Any]:
    def refused(self: Any, *args: Any, **kwargs: Any) -> Any:
        del self, args, kwargs
        raise exception(f"{name}() is not supported: {why}")

    refused.__name__ = refused.__qualname__ = name
    refused.__doc__ = f"Raise {exception.__name__}: {why}."
    return refused


bfloat16 = _not_supported("bfloat16", "NumPy has no numbers of this type; use half() or float()")
chalf = _not_supported("chalf", "NumPy has no complex numbers of half precision; use cfloat()")
ipu = _not_supported("ipu", "tensors live on the CPU")
xpu = _not_supported("xpu", "tensors live on the CPU", AssertionError)
mtia = _not_supported("mtia", "tensors live on the CPU", AssertionError)
record_stream = _not_supported("record_stream", "there are no streams on the CPU")
to_mkldnn = _not_supported("to_mkldnn", "NumPy's arrays are the one layout there is")
index = _not_supported("index", "dimensions are no objects here; use brackets, x[...], or einsum")


def reinforce(self: Any, reward: Any) -> Any:
    """Raise RuntimeError: it was removed from PyTorch."""
    del self, reward
    raise RuntimeError("reinforce() was removed.\nMultiply the reward with the logarithm of the action's probability.")
