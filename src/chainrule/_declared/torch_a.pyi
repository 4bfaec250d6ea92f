# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Any, overload

from chainrule._declared import results
from chainrule._declared.arguments import Device, Dims, Number
from chainrule.dtypes import dtype
from chainrule.layouts import layout
from chainrule.tensor import Tensor

def abs(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The absolute value."""

def abs_(input: Tensor) -> Tensor:
    """`abs`, written into the tensor itself."""

def absolute(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The absolute value."""

def absolute_(input: Tensor) -> Tensor:
    """`abs`, written into the tensor itself."""

def acos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.arccos`."""

def acos_(input: Tensor) -> Tensor:
    """`acos`, written into the tensor itself."""

def acosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.arccosh`."""

def acosh_(input: Tensor) -> Tensor:
    """`acosh`, written into the tensor itself."""

def adaptive_avg_pool1d(input: Tensor, output_size: int | Sequence[int | None]) -> Tensor:
    """The means of `output_size` parts of the last dimension, which may share an element where it does not divide."""

def adaptive_max_pool1d(input: Tensor, output_size: int | Sequence[int | None]) -> tuple[Tensor, Tensor]:
    """The largest elements of `output_size` parts of the last dimension, and their indices."""

def add(
    input: Tensor | Number,
    other: Tensor | Number,
    of_old: Tensor | Number | None = None,
    *,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """See `numpy.add`."""

def addbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, beta: Number = 1, alpha: Number = 1, *, out: Tensor | None = None
) -> Tensor:
    """`beta * self + alpha * sum(batch1 @ batch2)`, summed over the batch."""

def addcdiv(
    input: Tensor, tensor1: Tensor | Number, tensor2: Tensor | Number, value: Number = 1, *, out: Tensor | None = None
) -> Tensor:
    """`self + value * tensor1 / tensor2`."""

def addcmul(
    input: Tensor, tensor1: Tensor | Number, tensor2: Tensor | Number, value: Number = 1, *, out: Tensor | None = None
) -> Tensor:
    """`self + value * tensor1 * tensor2`."""

def addmm(
    input: Tensor, mat1: Tensor, mat2: Tensor, beta: Number = 1, alpha: Number = 1, *, out: Tensor | None = None
) -> Tensor:
    """`beta * self + alpha * (mat1 @ mat2)`."""

def addmv(
    input: Tensor, mat: Tensor, vec: Tensor, beta: Number = 1, alpha: Number = 1, *, out: Tensor | None = None
) -> Tensor:
    """`beta * self + alpha * (mat @ vec)`."""

def addmv_(input: Tensor, mat: Tensor, vec: Tensor, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """`Tensor.addmv_`, as a function."""

def addr(
    input: Tensor,
    vec1: Tensor | Number,
    vec2: Tensor | Number,
    beta: Number = 1,
    alpha: Number = 1,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """`beta * self + alpha * outer(vec1, vec2)`."""

def adjoint(input: Tensor) -> Tensor:
    """The last two dimensions exchanged, complex numbers conjugated."""

def affine_grid_generator(theta: Tensor, size: Sequence[int], align_corners: bool) -> Tensor:
    """What `nn.functional.affine_grid` does."""

def alias_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A copy of the whole tensor."""

@overload
def all(input: Tensor, dim: Dims | None = None, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor: ...
@overload
def all(input: Tensor, axis: Dims | None, *, keepdims: bool = False, out: Tensor | None = None) -> Tensor:
    """Whether all elements along `dim` are true (not zero)."""

def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close to those of `other`."""

def alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Dropout that keeps mean 0 and variance 1: numbers are set to a negative value, then all scaled and shifted."""

def alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """`alpha_dropout` in place."""

@overload
def amax(input: Tensor, dim: Dims = (), keepdim: bool = False, *, out: Tensor | None = None) -> Tensor: ...
@overload
def amax(input: Tensor, axis: Dims, *, keepdims: bool = False, out: Tensor | None = None) -> Tensor:
    """The largest element along `dim`, of all by default; equal ones share the gradient."""

@overload
def amin(input: Tensor, dim: Dims = (), keepdim: bool = False, *, out: Tensor | None = None) -> Tensor: ...
@overload
def amin(input: Tensor, axis: Dims, *, keepdims: bool = False, out: Tensor | None = None) -> Tensor:
    """The smallest element along `dim`, of all by default; equal ones share the gradient."""

@overload
def aminmax(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: Sequence[Tensor] | None = None
) -> results.aminmax: ...
@overload
def aminmax(
    input: Tensor, axis: int | None, *, keepdims: bool = False, out: Sequence[Tensor] | None = None
) -> results.aminmax:
    """The smallest and the largest element along the one dimension `dim`, of all by default."""

def angle(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The angle in the complex plane, in radians."""

@overload
def any(input: Tensor, dim: Dims | None = None, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor: ...
@overload
def any(input: Tensor, axis: Dims | None, *, keepdims: bool = False, out: Tensor | None = None) -> Tensor:
    """Whether an element along `dim` is true (not zero)."""

@overload
def arange(
    end: Number,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor: ...
@overload
def arange(
    start: Number,
    end: Number,
    step: Number = 1,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """The numbers from `start` up to, but without, `end`, at distances of `step`; called as `range` is."""

def arccos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.arccos`."""

def arccos_(input: Tensor) -> Tensor:
    """`acos`, written into the tensor itself."""

def arccosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.arccosh`."""

def arccosh_(input: Tensor) -> Tensor:
    """`acosh`, written into the tensor itself."""

def arcsin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.arcsin`."""

def arcsin_(input: Tensor) -> Tensor:
    """`asin`, written into the tensor itself."""

def arcsinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.arcsinh`."""

def arcsinh_(input: Tensor) -> Tensor:
    """`asinh`, written into the tensor itself."""

def arctan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.arctan`."""

def arctan2(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.arctan2`."""

def arctan_(input: Tensor) -> Tensor:
    """`atan`, written into the tensor itself."""

def arctanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.arctanh`."""

def arctanh_(input: Tensor) -> Tensor:
    """`atanh`, written into the tensor itself."""

@overload
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor: ...
@overload
def argmax(input: Tensor, axis: int | None, *, keepdims: bool = False, out: Tensor | None = None) -> Tensor:
    """The index of the first largest element along `dim`, by default among all elements in order."""

@overload
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: Tensor | None = None) -> Tensor: ...
@overload
def argmin(input: Tensor, axis: int | None, *, keepdims: bool = False, out: Tensor | None = None) -> Tensor:
    """The index of the first smallest element along `dim`, by default among all elements in order."""

def argsort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Tensor:
    """The indices that put the elements in order along `dim`."""

def argwhere(input: Tensor) -> Tensor:
    """The indices of the elements that are not zero, one in each row."""

def as_strided(input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
    """The memory of the tensor in the given size and strides, counted in elements; all of the memory it is a part
    of.
    """

def as_strided_(input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
    """`as_strided` of the tensor itself: it has another shape afterwards, and the same memory."""

def as_strided_copy(
    input: Tensor, size: Sequence[int], stride: Dims, storage_offset: int | None = None, *, out: Tensor | None = None
) -> Tensor:
    """A copy of what `as_strided` gives."""

def as_strided_scatter(
    input: Tensor,
    src: Tensor,
    size: Sequence[int],
    stride: Dims,
    storage_offset: int | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with `src` in place of the elements that `as_strided` would see."""

def as_tensor(data: Any, dtype: dtype | None = None, device: Device | None = None) -> Tensor:
    """`data` as a tensor, without a copy where there need be none: a tensor itself, an array's own memory."""

def asarray(
    obj: Any,
    *,
    dtype: dtype | None = None,
    device: Device | None = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """`obj` as a tensor that shares its memory unless `copy` is true, or false and it cannot (ValueError)."""

def asin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.arcsin`."""

def asin_(input: Tensor) -> Tensor:
    """`asin`, written into the tensor itself."""

def asinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.arcsinh`."""

def asinh_(input: Tensor) -> Tensor:
    """`asinh`, written into the tensor itself."""

def atan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.arctan`."""

def atan2(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.arctan2`."""

def atan_(input: Tensor) -> Tensor:
    """`atan`, written into the tensor itself."""

def atanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.arctanh`."""

def atanh_(input: Tensor) -> Tensor:
    """`atanh`, written into the tensor itself."""

@overload
def atleast_1d(tensor: Tensor, /) -> Tensor: ...
@overload
def atleast_1d(*tensors: Tensor) -> Any: ...
@overload
def atleast_1d(tensors: Sequence[Tensor]) -> Any:
    """The tensor with at least one dimension; of several tensors, or a list of them, a tuple."""

@overload
def atleast_2d(tensor: Tensor, /) -> Tensor: ...
@overload
def atleast_2d(*tensors: Tensor) -> Any: ...
@overload
def atleast_2d(tensors: Sequence[Tensor]) -> Any:
    """The tensor with at least two dimensions, new ones in front; of several tensors, or a list of them, a tuple."""

@overload
def atleast_3d(tensor: Tensor, /) -> Tensor: ...
@overload
def atleast_3d(*tensors: Tensor) -> Any: ...
@overload
def atleast_3d(tensors: Sequence[Tensor]) -> Any:
    """The tensor with at least three dimensions; of several tensors, or a list of them, a tuple."""

def avg_pool1d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window over the last dimension."""
