# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Literal, Self, overload

from chainrule._declared.arguments import Dims, Number
from chainrule.random import Generator
from chainrule.tensor import Tensor

class MethodsDToE:
    """Methods of `Tensor`."""

    def deg2rad(self) -> Tensor:
        """See `numpy.deg2rad`."""

    def deg2rad_(self) -> Self:
        """`deg2rad`, written into the tensor itself."""

    def dense_dim(self) -> int:
        """The number of dense dimensions: all."""

    def det(self) -> Tensor:
        """The determinant of a square matrix, as `linalg.det`."""

    def diag(self, diagonal: int = 0) -> Tensor:
        """The matrix with this diagonal; of a matrix a copy of its diagonal."""

    def diag_embed(self, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
        """Matrices, in dimensions `dim1` and `dim2` of the result, with the last dimension as their diagonal, else
        zero.
        """

    def diagflat(self, offset: int = 0) -> Tensor:
        """The matrix with all elements, in order, on its diagonal."""

    def diagonal(self, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
        """The same memory: the diagonal of the matrices in two dimensions, as a new last dimension."""

    def diagonal_copy(self, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
        """A copy of the diagonal of the matrices in two dimensions, as a new last dimension."""

    def diagonal_scatter(self, src: Tensor | Number, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
        """A copy with `src` in place of a diagonal."""

    def diff(self, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None) -> Tensor:
        """The differences of neighbours along `dim`, taken `n` times; `prepend` and `append` are put at the ends
        first.
        """

    def digamma(self) -> Tensor:
        """The derivative of `lgamma` (5.2.2)."""

    def digamma_(self) -> Self:
        """`digamma`, written into the tensor itself."""

    def dim_order(self, *, ambiguity_check: bool = False) -> tuple[int, ...]:
        """The dimensions in the order in which they lie in memory, the innermost last."""

    def dist(self, other: Tensor | Number, p: float = 2) -> Tensor:
        """The `p`-norm of the difference of two tensors."""

    def div(self, other: Tensor | Number, *, rounding_mode: Literal["trunc", "floor"] | None = None) -> Tensor:
        """See `numpy.divide`."""

    def div_(self, other: Tensor | Number, *, rounding_mode: Literal["trunc", "floor"] | None = None) -> Self:
        """`div`, written into the tensor itself."""

    def divide(self, other: Tensor | Number, *, rounding_mode: Literal["trunc", "floor"] | None = None) -> Tensor:
        """See `numpy.divide`."""

    def divide_(self, other: Tensor | Number, *, rounding_mode: Literal["trunc", "floor"] | None = None) -> Self:
        """`divide`, written into the tensor itself."""

    def dot(self, tensor: Tensor) -> Tensor:
        """The sum of the products of the elements of two vectors."""

    def dsplit(self, indices_or_sections: Dims) -> tuple[Tensor, ...]:
        """Equal pieces, or pieces cut before the given indices, behind one another: along the third dimension."""

    def eig(self, eigenvectors: bool = False, *, e: Tensor | None = None, v: Tensor | None = None) -> Tensor:
        """Removed: see `linalg.eig`, whose results are complex."""

    def eq(self, other: Tensor | Number) -> Tensor:
        """See `numpy.equal`."""

    def eq_(self, other: Tensor | Number) -> Self:
        """`eq`, written into the tensor itself."""

    def erf(self) -> Tensor:
        """The error function (7.2.1)."""

    def erf_(self) -> Self:
        """`erf`, written into the tensor itself."""

    def erfc(self) -> Tensor:
        """`1 - erf(x)`, without the loss of digits (7.2.2)."""

    def erfc_(self) -> Self:
        """`erfc`, written into the tensor itself."""

    def erfinv(self) -> Tensor:
        """The inverse of the error function."""

    def erfinv_(self) -> Self:
        """`erfinv`, written into the tensor itself."""

    def exp(self) -> Tensor:
        """See `numpy.exp`."""

    def exp2(self) -> Tensor:
        """See `numpy.exp2`."""

    def exp2_(self) -> Self:
        """`exp2`, written into the tensor itself."""

    def exp_(self) -> Self:
        """`exp`, written into the tensor itself."""

    @overload
    def expand(self, *size: int, implicit: bool = False) -> Tensor: ...
    @overload
    def expand(self, size: Sequence[int], *, implicit: bool = False) -> Tensor:
        """The same memory with dimensions of size 1 repeated to `size`; -1 keeps a dimension as it is."""

    def expand_as(self, other: Tensor) -> Tensor:
        """`expand` to the shape of `other`."""

    def expm1(self) -> Tensor:
        """See `numpy.expm1`."""

    def expm1_(self) -> Self:
        """`expm1`, written into the tensor itself."""

    def exponential_(self, lambd: float = 1.0, *, generator: Generator | None = None) -> Self:
        """Fill with waiting times of events that come at the rate `lambd`."""
