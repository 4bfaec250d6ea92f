# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Any, Literal, Self, overload

from chainrule._declared import results
from chainrule._declared.arguments import Device, Dims, Number
from chainrule.dtypes import dtype
from chainrule.layouts import layout
from chainrule.random import Generator
from chainrule.tensor import Tensor

class MethodsNToP:
    """Methods of `Tensor`."""

    def nan_to_num(self, nan: float | None = None, posinf: float | None = None, neginf: float | None = None) -> Tensor:
        """NaN as `nan` (0), infinities as `posinf` and `neginf` (the largest and least finite numbers)."""

    def nan_to_num_(self, nan: float | None = None, posinf: float | None = None, neginf: float | None = None) -> Self:
        """`nan_to_num`, written into the tensor itself."""

    @overload
    def nanmean(self, dim: Dims | None = None, keepdim: bool = False, dtype: dtype | None = None) -> Tensor: ...
    @overload
    def nanmean(self, axis: Dims | None, *, keepdims: bool = False, dtype: dtype | None = None) -> Tensor:
        """The mean along `dim` of the elements that are not NaN."""

    @overload
    def nanmedian(self) -> Tensor: ...
    @overload
    def nanmedian(self, dim: int, keepdim: bool = False) -> results.nanmedian: ...
    @overload
    def nanmedian(self, *, axis: int, keepdim: bool = False) -> results.nanmedian:
        """`median` of the elements that are not NaN."""

    def nanquantile(
        self,
        q: Tensor | float,
        dim: int | None = None,
        keepdim: bool = False,
        *,
        interpolation: Literal["linear", "lower", "higher", "midpoint", "nearest"] = "linear",
    ) -> Tensor:
        """`quantile` of the elements that are not NaN."""

    @overload
    def nansum(self, dim: Dims | None = None, keepdim: bool = False, dtype: dtype | None = None) -> Tensor: ...
    @overload
    def nansum(self, axis: Dims | None, *, keepdims: bool = False, dtype: dtype | None = None) -> Tensor:
        """The sum along `dim`, in which NaN counts as 0."""

    def narrow(self, dim: int, start: int | Tensor, length: int) -> Tensor:
        """`length` slices of dimension `dim` from `start` on; the same memory."""

    def narrow_copy(self, dim: int, start: int, length: int) -> Tensor:
        """A copy of `length` slices of dimension `dim` from `start` on."""

    def ne(self, other: Tensor | Number) -> Tensor:
        """See `numpy.not_equal`."""

    def ne_(self, other: Tensor | Number) -> Self:
        """`ne`, written into the tensor itself."""

    def neg(self) -> Tensor:
        """See `numpy.negative`."""

    def neg_(self) -> Self:
        """`neg`, written into the tensor itself."""

    def negative(self) -> Tensor:
        """See `numpy.negative`."""

    def negative_(self) -> Self:
        """`neg`, written into the tensor itself."""

    def new(self, *data: Any, device: Device | None = None) -> Tensor:
        """A tensor of the same type: of these sizes, uninitialised; of these values; or over the memory of another."""

    @overload
    def new_empty(
        self,
        *size: int,
        dtype: dtype | None = None,
        layout: layout | None = None,
        device: Device | None = None,
        requires_grad: bool = False,
        pin_memory: bool = False,
    ) -> Tensor: ...
    @overload
    def new_empty(
        self,
        size: Sequence[int],
        *,
        dtype: dtype | None = None,
        layout: layout | None = None,
        device: Device | None = None,
        requires_grad: bool = False,
        pin_memory: bool = False,
    ) -> Tensor:
        """A tensor of a size of its own and the type of `self`, whose values are whatever was in its memory."""

    def new_empty_strided(
        self,
        size: Sequence[int],
        stride: Dims,
        dtype: dtype | None = None,
        layout: layout | None = None,
        device: Device | None = None,
        pin_memory: bool = False,
        requires_grad: bool = False,
    ) -> Tensor:
        """`empty_strided` in the type of the tensor."""

    def new_full(
        self,
        size: Sequence[int],
        fill_value: Tensor | Number,
        *,
        dtype: dtype | None = None,
        layout: layout | None = None,
        device: Device | None = None,
        requires_grad: bool = False,
        pin_memory: bool = False,
    ) -> Tensor:
        """`fill_value` everywhere, in a size of its own and the type of `self`."""

    @overload
    def new_ones(
        self,
        *size: int,
        dtype: dtype | None = None,
        layout: layout | None = None,
        device: Device | None = None,
        requires_grad: bool = False,
        pin_memory: bool = False,
    ) -> Tensor: ...
    @overload
    def new_ones(
        self,
        size: Sequence[int],
        *,
        dtype: dtype | None = None,
        layout: layout | None = None,
        device: Device | None = None,
        requires_grad: bool = False,
        pin_memory: bool = False,
    ) -> Tensor:
        """Ones in a size of their own and the type of `self`."""

    def new_tensor(
        self,
        data: Any,
        *,
        dtype: dtype | None = None,
        device: Device | None = None,
        requires_grad: bool = False,
        layout: layout | None = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """A new leaf with a copy of `data`, of the type of `self` unless `dtype` is given."""

    @overload
    def new_zeros(
        self,
        *size: int,
        dtype: dtype | None = None,
        layout: layout | None = None,
        device: Device | None = None,
        requires_grad: bool = False,
        pin_memory: bool = False,
    ) -> Tensor: ...
    @overload
    def new_zeros(
        self,
        size: Sequence[int],
        *,
        dtype: dtype | None = None,
        layout: layout | None = None,
        device: Device | None = None,
        requires_grad: bool = False,
        pin_memory: bool = False,
    ) -> Tensor:
        """Zeros in a size of their own and the type of `self`."""

    def nextafter(self, other: Tensor | Number) -> Tensor:
        """See `numpy.nextafter`."""

    def nextafter_(self, other: Tensor | Number) -> Self:
        """`nextafter`, written into the tensor itself."""

    @overload
    def nonzero(self, *, as_tuple: Literal[False] = False) -> Tensor: ...
    @overload
    def nonzero(self, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]:
        """The indices of the elements that are not zero, one in each row; with `as_tuple` a vector for each
        dimension.
        """

    def nonzero_static(self, *, size: int, fill_value: int = -1) -> Tensor:
        """The indices of the first `size` elements that are not zero, one in each row; then rows of `fill_value`."""

    def norm(
        self, p: float | str = "fro", dim: Dims | None = None, keepdim: bool = False, dtype: dtype | None = None
    ) -> Tensor:
        """The `p`-norm of all elements, or of the vectors along `dim`; `p` also `"fro"` (as 2), `"nuc"` and `inf`."""

    def normal_(self, mean: float = 0, std: float = 1, *, generator: Generator | None = None) -> Self:
        """Fill with normal numbers."""

    def not_equal(self, other: Tensor | Number) -> Tensor:
        """See `numpy.not_equal`."""

    def not_equal_(self, other: Tensor | Number) -> Self:
        """`ne`, written into the tensor itself."""

    def orgqr(self, input2: Tensor) -> Tensor:
        """The first columns of the product of reflections, as `linalg.householder_product`."""

    def ormqr(self, input2: Tensor, input3: Tensor, left: bool = True, transpose: bool = False) -> Tensor:
        """The product of the square `Q` of reflections, as `geqrf` gives them, with another matrix, on its left or
        right.
        """

    def outer(self, vec2: Tensor) -> Tensor:
        """The products of every element of one vector with every element of another."""

    @overload
    def permute(self, *dims: int) -> Tensor: ...
    @overload
    def permute(self, dims: Sequence[int]) -> Tensor:
        """The same memory with the dimensions in another order."""

    def pinverse(self, rcond: float = 1e-15) -> Tensor:
        """The Moore-Penrose pseudoinverse, as `linalg.pinv` with `rtol=rcond`."""

    def polygamma(self, n: int) -> Tensor:
        """The n-th derivative of `digamma`: `torch.polygamma(n, self)`."""

    def polygamma_(self, n: int) -> Self:
        """The same, written into the tensor."""

    def positive(self) -> Tensor:
        """See `numpy.positive`."""

    def pow(self, exponent: Tensor | Number) -> Tensor:
        """`input ** exponent`; either may be a number."""

    def pow_(self, exponent: Tensor | Number) -> Self:
        """`pow`, written into the tensor itself."""

    def prelu(self, weight: Tensor | Number) -> Tensor:
        """`x` where positive, else `weight * x`, with one weight or one for each channel (dimension 1)."""

    @overload
    def prod(self, dim: int | None = None, keepdim: bool = False, dtype: dtype | None = None) -> Tensor: ...
    @overload
    def prod(self, axis: int | None, *, keepdims: bool = False, dtype: dtype | None = None) -> Tensor:
        """The product of the elements along the one dimension `dim`, of all of them by default."""

    def put(self, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
        """A copy with the elements of `source` at the places of `index` among all in order, or added there."""

    def put_(self, index: Tensor, source: Tensor, accumulate: bool = False) -> Self:
        """`put`, written into the tensor itself."""
