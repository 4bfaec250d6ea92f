# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Callable, Sequence
from typing import Any, Self, overload

from chainrule._declared import results
from chainrule._declared.arguments import Dims, Number
from chainrule.tensor import Tensor

class MethodsA:
    """Methods of `Tensor`."""

    def abs(self) -> Tensor:
        """The absolute value."""

    def abs_(self) -> Self:
        """`abs`, written into the tensor itself."""

    def absolute(self) -> Tensor:
        """The absolute value."""

    def absolute_(self) -> Self:
        """`abs`, written into the tensor itself."""

    def acos(self) -> Tensor:
        """See `numpy.arccos`."""

    def acos_(self) -> Self:
        """`acos`, written into the tensor itself."""

    def acosh(self) -> Tensor:
        """See `numpy.arccosh`."""

    def acosh_(self) -> Self:
        """`acosh`, written into the tensor itself."""

    def add(self, other: Tensor | Number, of_old: Tensor | Number | None = None, *, alpha: Number = 1) -> Tensor:
        """See `numpy.add`."""

    def add_(self, other: Tensor | Number, of_old: Tensor | Number | None = None, *, alpha: Number = 1) -> Self:
        """`add`, written into the tensor itself."""

    def addbmm(self, batch1: Tensor, batch2: Tensor, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """`beta * self + alpha * sum(batch1 @ batch2)`, summed over the batch."""

    def addbmm_(self, batch1: Tensor, batch2: Tensor, beta: Number = 1, alpha: Number = 1) -> Self:
        """`addbmm`, written into the tensor itself."""

    def addcdiv(self, tensor1: Tensor | Number, tensor2: Tensor | Number, value: Number = 1) -> Tensor:
        """`self + value * tensor1 / tensor2`."""

    def addcdiv_(self, tensor1: Tensor | Number, tensor2: Tensor | Number, value: Number = 1) -> Self:
        """`addcdiv`, written into the tensor itself."""

    def addcmul(self, tensor1: Tensor | Number, tensor2: Tensor | Number, value: Number = 1) -> Tensor:
        """`self + value * tensor1 * tensor2`."""

    def addcmul_(self, tensor1: Tensor | Number, tensor2: Tensor | Number, value: Number = 1) -> Self:
        """`addcmul`, written into the tensor itself."""

    def addmm(self, mat1: Tensor, mat2: Tensor, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """`beta * self + alpha * (mat1 @ mat2)`."""

    def addmm_(self, mat1: Tensor, mat2: Tensor, beta: Number = 1, alpha: Number = 1) -> Self:
        """`addmm`, written into the tensor itself."""

    def addmv(self, mat: Tensor, vec: Tensor, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """`beta * self + alpha * (mat @ vec)`."""

    def addmv_(self, mat: Tensor, vec: Tensor, beta: Number = 1, alpha: Number = 1) -> Self:
        """`addmv`, written into the tensor itself."""

    def addr(self, vec1: Tensor | Number, vec2: Tensor | Number, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """`beta * self + alpha * outer(vec1, vec2)`."""

    def addr_(self, vec1: Tensor | Number, vec2: Tensor | Number, beta: Number = 1, alpha: Number = 1) -> Self:
        """`addr`, written into the tensor itself."""

    def adjoint(self) -> Tensor:
        """The last two dimensions exchanged, complex numbers conjugated."""

    @overload
    def all(self, dim: Dims | None = None, keepdim: bool = False) -> Tensor: ...
    @overload
    def all(self, axis: Dims | None, *, keepdims: bool = False) -> Tensor:
        """Whether all elements along `dim` are true (not zero)."""

    def allclose(self, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
        """Whether all elements are close to those of `other`."""

    @overload
    def amax(self, dim: Dims = (), keepdim: bool = False) -> Tensor: ...
    @overload
    def amax(self, axis: Dims, *, keepdims: bool = False) -> Tensor:
        """The largest element along `dim`, of all by default; equal ones share the gradient."""

    @overload
    def amin(self, dim: Dims = (), keepdim: bool = False) -> Tensor: ...
    @overload
    def amin(self, axis: Dims, *, keepdims: bool = False) -> Tensor:
        """The smallest element along `dim`, of all by default; equal ones share the gradient."""

    @overload
    def aminmax(self, dim: int | None = None, keepdim: bool = False) -> results.aminmax: ...
    @overload
    def aminmax(self, axis: int | None, *, keepdims: bool = False) -> results.aminmax:
        """The smallest and the largest element along the one dimension `dim`, of all by default."""

    def angle(self) -> Tensor:
        """The angle in the complex plane, in radians."""

    @overload
    def any(self, dim: Dims | None = None, keepdim: bool = False) -> Tensor: ...
    @overload
    def any(self, axis: Dims | None, *, keepdims: bool = False) -> Tensor:
        """Whether an element along `dim` is true (not zero)."""

    def apply_(self, callable: Callable[[Any], Any]) -> Self:
        """Replace each element by what the function gives for it. Slow: the function is called with Python's
        numbers.
        """

    def arccos(self) -> Tensor:
        """See `numpy.arccos`."""

    def arccos_(self) -> Self:
        """`acos`, written into the tensor itself."""

    def arccosh(self) -> Tensor:
        """See `numpy.arccosh`."""

    def arccosh_(self) -> Self:
        """`acosh`, written into the tensor itself."""

    def arcsin(self) -> Tensor:
        """See `numpy.arcsin`."""

    def arcsin_(self) -> Self:
        """`asin`, written into the tensor itself."""

    def arcsinh(self) -> Tensor:
        """See `numpy.arcsinh`."""

    def arcsinh_(self) -> Self:
        """`asinh`, written into the tensor itself."""

    def arctan(self) -> Tensor:
        """See `numpy.arctan`."""

    def arctan2(self, other: Tensor | Number) -> Tensor:
        """See `numpy.arctan2`."""

    def arctan2_(self, other: Tensor | Number) -> Self:
        """`atan2`, written into the tensor itself."""

    def arctan_(self) -> Self:
        """`atan`, written into the tensor itself."""

    def arctanh(self) -> Tensor:
        """See `numpy.arctanh`."""

    def arctanh_(self) -> Self:
        """`atanh`, written into the tensor itself."""

    @overload
    def argmax(self, dim: int | None = None, keepdim: bool = False) -> Tensor: ...
    @overload
    def argmax(self, axis: int | None, *, keepdims: bool = False) -> Tensor:
        """The index of the first largest element along `dim`, by default among all elements in order."""

    @overload
    def argmin(self, dim: int | None = None, keepdim: bool = False) -> Tensor: ...
    @overload
    def argmin(self, axis: int | None, *, keepdims: bool = False) -> Tensor:
        """The index of the first smallest element along `dim`, by default among all elements in order."""

    def argsort(self, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Tensor:
        """The indices that put the elements in order along `dim`."""

    def argwhere(self) -> Tensor:
        """The indices of the elements that are not zero, one in each row."""

    def as_strided(self, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
        """The memory of the tensor in the given size and strides, counted in elements; all of the memory it is a
        part of.
        """

    def as_strided_(self, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Self:
        """`as_strided` of the tensor itself: it has another shape afterwards, and the same memory."""

    def as_strided_scatter(
        self, src: Tensor, size: Sequence[int], stride: Dims, storage_offset: int | None = None
    ) -> Tensor:
        """A copy with `src` in place of the elements that `as_strided` would see."""

    def asin(self) -> Tensor:
        """See `numpy.arcsin`."""

    def asin_(self) -> Self:
        """`asin`, written into the tensor itself."""

    def asinh(self) -> Tensor:
        """See `numpy.arcsinh`."""

    def asinh_(self) -> Self:
        """`asinh`, written into the tensor itself."""

    def atan(self) -> Tensor:
        """See `numpy.arctan`."""

    def atan2(self, other: Tensor | Number) -> Tensor:
        """See `numpy.arctan2`."""

    def atan2_(self, other: Tensor | Number) -> Self:
        """`atan2`, written into the tensor itself."""

    def atan_(self) -> Self:
        """`atan`, written into the tensor itself."""

    def atanh(self) -> Tensor:
        """See `numpy.arctanh`."""

    def atanh_(self) -> Self:
        """`atanh`, written into the tensor itself."""
