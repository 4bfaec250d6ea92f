# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Any, Literal, Self, overload

from chainrule._declared import results
from chainrule._declared.arguments import Dims, Number
from chainrule.dtypes import dtype
from chainrule.random import Generator
from chainrule.tensor import Tensor

class MethodsTToZ:
    """Methods of `Tensor`."""

    def t(self) -> Tensor:
        """A matrix transposed, the same memory; a tensor of fewer dimensions as it is."""

    def t_(self) -> Self:
        """`t` of the tensor itself: it has another shape afterwards, and the same memory."""

    def take(self, index: Tensor) -> Tensor:
        """The elements at the places of `index` among all elements in order."""

    def take_along_dim(self, indices: Tensor, dim: int | None = None) -> Tensor:
        """NumPy's `take_along_axis`: `gather` that broadcasts the index; without `dim`, of all elements in one
        dimension.
        """

    def tan(self) -> Tensor:
        """See `numpy.tan`."""

    def tan_(self) -> Self:
        """`tan`, written into the tensor itself."""

    def tanh(self) -> Tensor:
        """See `numpy.tanh`."""

    def tanh_(self) -> Self:
        """`tanh`, written into the tensor itself."""

    def tensor_split(
        self,
        indices_or_sections: int | Sequence[int] | Tensor | None = None,
        dim: int = 0,
        *,
        indices: Sequence[int] | Tensor | None = None,
        sections: int | None = None,
    ) -> tuple[Tensor, ...]:
        """Pieces along dimension `dim`: `sections` of nearly one length, or cut before each of `indices`. The same
        memory.
        """

    @overload
    def tile(self, *dims: int) -> Tensor: ...
    @overload
    def tile(self, dims: Sequence[int]) -> Tensor:
        """The tensor repeated along its last dimensions, as NumPy's `tile` does."""

    def to_dense(self, dtype: dtype | None = None, *, masked_grad: bool | None = None) -> Tensor:
        """The tensor itself, in the type `dtype`: it is dense."""

    def to_mkldnn(self, *args: Any, **kwargs: Any) -> Tensor:
        """Raise RuntimeError: NumPy's arrays are the one layout there is."""

    @overload
    def topk(self, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> results.topk: ...
    @overload
    def topk(self, k: int, axis: int, *, largest: bool = True, sorted: bool = True) -> results.topk:
        """The `k` largest elements along `dim` (the smallest unless `largest`), in order, and their indices."""

    def trace(self) -> Tensor:
        """The sum of the diagonal of a matrix."""

    def transpose(self, dim0: int, dim1: int) -> Tensor:
        """The same memory with two dimensions exchanged."""

    def transpose_(self, dim0: int, dim1: int) -> Self:
        """`transpose` of the tensor itself: it has another shape afterwards, and the same memory."""

    def triangular_solve(
        self, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
    ) -> results.triangular_solve:
        """The solution `X` of `A @ X = b` for a triangular `A`, or of `A.T @ X = b`, and a copy of `A`."""

    def tril(self, diagonal: int = 0) -> Tensor:
        """The elements on and below a diagonal, the others zero."""

    def tril_(self, diagonal: int = 0) -> Self:
        """`tril`, written into the tensor itself."""

    def triu(self, diagonal: int = 0) -> Tensor:
        """The elements on and above a diagonal, the others zero."""

    def triu_(self, diagonal: int = 0) -> Self:
        """`triu`, written into the tensor itself."""

    def true_divide(self, other: Tensor | Number, *, rounding_mode: Literal["trunc", "floor"] | None = None) -> Tensor:
        """See `numpy.divide`."""

    def true_divide_(self, other: Tensor | Number, *, rounding_mode: Literal["trunc", "floor"] | None = None) -> Self:
        """`true_divide`, written into the tensor itself."""

    def trunc(self) -> Tensor:
        """See `numpy.trunc`."""

    def trunc_(self) -> Self:
        """`trunc`, written into the tensor itself."""

    @overload
    def unbind(self, dim: int = 0) -> tuple[Tensor, ...]: ...
    @overload
    def unbind(self, axis: int) -> tuple[Tensor, ...]:
        """The slices along dimension `dim`, that dimension gone; the same memory."""

    def unflatten(self, dim: int, sizes: Sequence[int]) -> Tensor:
        """Dimension `dim` made several, of the given sizes; one may be -1."""

    def unfold(self, dimension: int, size: int, step: int) -> Tensor:
        """The same memory: all windows of `size` elements along a dimension, `step` apart, each in a new last
        dimension.
        """

    def uniform_(self, from_: float = 0, /, to: float = 1, *, generator: Generator | None = None) -> Self:
        """Fill with numbers drawn uniformly from `[from, to)`, `[0, 1)` unless given."""

    @overload
    def unique(
        self,
        sorted: bool = True,
        return_inverse: Literal[False] | None = False,
        return_counts: Literal[False] = False,
        dim: int | None = None,
    ) -> Tensor: ...
    @overload
    def unique(
        self,
        sorted: bool = True,
        *,
        return_inverse: Literal[True],
        return_counts: Literal[True],
        dim: int | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]: ...
    @overload
    def unique(
        self, sorted: bool = True, *, return_inverse: Literal[True], dim: int | None = None
    ) -> tuple[Tensor, Tensor]: ...
    @overload
    def unique(
        self, sorted: bool = True, *, return_counts: Literal[True], dim: int | None = None
    ) -> tuple[Tensor, Tensor]: ...
    @overload
    def unique(
        self, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
    ) -> Any:
        """The distinct elements (slices along `dim`) in order; where each element went, and how often each occurs."""

    @overload
    def unique_consecutive(
        self,
        return_inverse: Literal[False] | None = False,
        return_counts: Literal[False] = False,
        dim: int | None = None,
    ) -> Tensor: ...
    @overload
    def unique_consecutive(
        self, *, return_inverse: Literal[True], return_counts: Literal[True], dim: int | None = None
    ) -> tuple[Tensor, Tensor, Tensor]: ...
    @overload
    def unique_consecutive(self, *, return_inverse: Literal[True], dim: int | None = None) -> tuple[Tensor, Tensor]: ...
    @overload
    def unique_consecutive(self, *, return_counts: Literal[True], dim: int | None = None) -> tuple[Tensor, Tensor]: ...
    @overload
    def unique_consecutive(
        self, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
    ) -> Any:
        """As `unique`, but only neighbours that are equal become one, and the order stays."""

    def unsafe_chunk(self, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
        """`chunk`, but the pieces are no views: each may be changed in place."""

    def unsafe_split(self, split_size: int, dim: int = 0) -> tuple[Tensor, ...]:
        """`split` in pieces of one length, but the pieces are no views: each may be changed in place."""

    @overload
    def unsafe_split_with_sizes(self, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]: ...
    @overload
    def unsafe_split_with_sizes(self, split_sizes: Sequence[int], axis: int) -> tuple[Tensor, ...]:
        """`split_with_sizes`, but the pieces are no views: each may be changed in place."""

    @overload
    def unsqueeze(self, dim: int) -> Tensor: ...
    @overload
    def unsqueeze(self, axis: int) -> Tensor:
        """The same memory with a dimension of size 1 at `dim`."""

    @overload
    def unsqueeze_(self, dim: int) -> Self: ...
    @overload
    def unsqueeze_(self, axis: int) -> Self:
        """`unsqueeze` of the tensor itself: it has another shape afterwards, and the same memory."""

    def untyped_storage(self) -> Tensor:
        """All of the memory that the tensor is a part of, byte by byte."""

    def values(self) -> Tensor:
        """Raise RuntimeError: the tensor is not sparse."""

    @overload
    def var(self, unbiased: bool = True) -> Tensor: ...
    @overload
    def var(self, dim: Dims | None = None, *, correction: float | None = None, keepdim: bool = False) -> Tensor: ...
    @overload
    def var(self, dim: Dims | None, unbiased: bool = True, keepdim: bool = False) -> Tensor: ...
    @overload
    def var(self, dim: Dims | None = None, *, unbiased: bool, keepdim: bool = False) -> Tensor: ...
    @overload
    def var(self, *, axis: Dims | None, correction: float | None = None, keepdims: bool = False) -> Tensor:
        """The variance along `dim`; its divisor is the number of elements less `correction`."""

    def vdot(self, other: Tensor) -> Tensor:
        """`dot` with the complex conjugate of the first vector."""

    @overload
    def view(self, *size: int) -> Tensor: ...
    @overload
    def view(self, size: Sequence[int]) -> Tensor: ...
    @overload
    def view(self, dtype: dtype) -> Tensor:
        """The same memory in another shape."""

    def view_as(self, other: Tensor) -> Tensor:
        """`view` in the shape of `other`."""

    def view_as_complex(self) -> Tensor:
        """The same memory: pairs of real numbers, in a last dimension of size 2, as complex ones."""

    def view_as_real(self) -> Tensor:
        """The same memory: real and imaginary parts of complex numbers, in a new last dimension of size 2."""

    def vsplit(self, indices_or_sections: Dims) -> tuple[Tensor, ...]:
        """Equal pieces, or pieces cut before the given indices, below one another: along the first dimension."""

    def where(self, condition: Tensor, other: Tensor | Number) -> Tensor:
        """The tensor's elements where the condition holds, else those of `other`: the method, whose arguments come
        so.
        """

    def xlogy(self, other: Tensor | Number) -> Tensor:
        """`self * log(other)`, and 0 where `self` is 0."""

    def xlogy_(self, other: Tensor | Number) -> Self:
        """`xlogy`, written into the tensor itself."""

    def xpu(self, *args: Any, **kwargs: Any) -> Tensor:
        """Raise AssertionError: tensors live on the CPU."""
