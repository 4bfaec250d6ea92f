# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Callable, Sequence
from typing import Any, Self, overload

from chainrule._declared import results
from chainrule._declared.arguments import Dims, Number
from chainrule.dtypes import dtype
from chainrule.random import Generator
from chainrule.tensor import Tensor

class MethodsM:
    """Methods of `Tensor`."""

    def map2_(self, x: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Self:
        """Replace each element by what the function gives for it and those of `x` and `y`."""

    def map_(self, other: Tensor, callable: Callable[[Any, Any], Any]) -> Self:
        """Replace each element by what the function gives for it and that of `other`."""

    def masked_fill(self, mask: Tensor, value: Tensor | Number) -> Tensor:
        """A copy with `value`, a number or a tensor without dimensions, where the mask is true."""

    def masked_fill_(self, mask: Tensor, value: Tensor | Number) -> Self:
        """`masked_fill`, written into the tensor itself."""

    def masked_scatter(self, mask: Tensor, source: Tensor) -> Tensor:
        """A copy with the elements of `source`, in order, where the mask is true."""

    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Self:
        """`masked_scatter`, written into the tensor itself."""

    def masked_select(self, mask: Tensor) -> Tensor:
        """The elements where the mask, broadcast against the tensor, is true, in one dimension."""

    def matmul(self, other: Tensor) -> Tensor:
        """The product of two matrices, two vectors, a matrix and a vector, or batches of matrices, whose sizes
        broadcast.
        """

    def matrix_exp(self) -> Tensor:
        """The exponential of a square matrix, or of each of a batch."""

    def matrix_power(self, n: int) -> Tensor:
        """The product of `n` copies of a square matrix; of its inverse for negative `n`."""

    @overload
    def max(self) -> Tensor: ...
    @overload
    def max(self, dim: int, keepdim: bool = False) -> results.max: ...
    @overload
    def max(self, *, axis: int, keepdims: bool = False) -> results.max: ...
    @overload
    def max(self, other: Tensor) -> Tensor:
        """The largest of all elements; with `dim` the largest along it and their indices; of two tensors their
        `maximum`.
        """

    def maximum(self, other: Tensor | Number) -> Tensor:
        """See `numpy.maximum`."""

    @overload
    def mean(self, dim: Dims | None = None, keepdim: bool = False, dtype: dtype | None = None) -> Tensor: ...
    @overload
    def mean(self, axis: Dims | None, *, keepdims: bool = False, dtype: dtype | None = None) -> Tensor:
        """The mean of the elements along `dim`, of all of them by default."""

    @overload
    def median(self) -> Tensor: ...
    @overload
    def median(self, dim: int, keepdim: bool = False) -> results.median: ...
    @overload
    def median(self, *, axis: int, keepdim: bool = False) -> results.median:
        """The middle one of all elements, the lower of two; with `dim` the middle ones along it and their indices."""

    @overload
    def min(self) -> Tensor: ...
    @overload
    def min(self, dim: int, keepdim: bool = False) -> results.min: ...
    @overload
    def min(self, *, axis: int, keepdims: bool = False) -> results.min: ...
    @overload
    def min(self, other: Tensor) -> Tensor:
        """The smallest of all elements; with `dim` the smallest along it and their indices; of two tensors their
        `minimum`.
        """

    def minimum(self, other: Tensor | Number) -> Tensor:
        """See `numpy.minimum`."""

    def mm(self, mat2: Tensor) -> Tensor:
        """The product of two matrices."""

    @overload
    def mode(self, dim: int = -1, keepdim: bool = False) -> results.mode: ...
    @overload
    def mode(self, axis: int, *, keepdims: bool = False) -> results.mode:
        """The most frequent value along `dim`, the smallest of several, and the index of its last occurrence."""

    def moveaxis(self, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
        """`movedim` by NumPy's name."""

    def movedim(self, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
        """Dimensions `source` moved to the places `destination`; the others keep their order."""

    def msort(self) -> Tensor:
        """The elements in order along the first dimension."""

    def mtia(self, *args: Any, **kwargs: Any) -> Tensor:
        """Raise AssertionError: tensors live on the CPU."""

    def mul(self, other: Tensor | Number) -> Tensor:
        """See `numpy.multiply`."""

    def mul_(self, other: Tensor | Number) -> Self:
        """`mul`, written into the tensor itself."""

    def multinomial(self, num_samples: int, replacement: bool = False, *, generator: Generator | None = None) -> Tensor:
        """Places drawn from each row of `input` with a probability in proportion to the weight there, as `int64`."""

    def multiply(self, other: Tensor | Number) -> Tensor:
        """See `numpy.multiply`."""

    def multiply_(self, other: Tensor | Number) -> Self:
        """`mul`, written into the tensor itself."""

    def mv(self, vec: Tensor) -> Tensor:
        """The product of a matrix and a vector."""

    def mvlgamma(self, p: int) -> Tensor:
        """The logarithm of the multivariate gamma function of dimension `p` (35.3.4)."""

    def mvlgamma_(self, p: int) -> Self:
        """`mvlgamma`, written into the tensor itself."""
