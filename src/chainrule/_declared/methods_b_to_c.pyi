# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Any, Self, overload

from chainrule._declared import results
from chainrule._declared.arguments import Dims, Number
from chainrule.dtypes import dtype
from chainrule.layouts import memory_format
from chainrule.random import Generator
from chainrule.tensor import Tensor

class MethodsBToC:
    """Methods of `Tensor`."""

    def baddbmm(self, batch1: Tensor, batch2: Tensor, beta: Number = 1, alpha: Number = 1) -> Tensor:
        """`beta * self + alpha * (batch1 @ batch2)` for batches of matrices."""

    def baddbmm_(self, batch1: Tensor, batch2: Tensor, beta: Number = 1, alpha: Number = 1) -> Self:
        """`baddbmm`, written into the tensor itself."""

    def bernoulli(self, p: Tensor | float | None = None, generator: Generator | None = None) -> Tensor:
        """Ones and zeros: ones with the probabilities in `input`, or with probability `p` everywhere if that is
        given.
        """

    def bernoulli_(self, p: Tensor | float = 0.5, *, generator: Generator | None = None) -> Self:
        """Fill with ones, each with probability `p` (a number, or a tensor with one for each element), and zeros."""

    def bfloat16(self, *args: Any, **kwargs: Any) -> Tensor:
        """Raise RuntimeError: NumPy has no numbers of this type; use half() or float()."""

    def bincount(self, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
        """How often each integer from 0 to the largest occurs; with `weights`, the sum of the weights of each."""

    def bitwise_and(self, other: Tensor | Number) -> Tensor:
        """See `numpy.bitwise_and`."""

    def bitwise_and_(self, other: Tensor | Number) -> Self:
        """`bitwise_and`, written into the tensor itself."""

    def bitwise_left_shift(self, other: Tensor | Number) -> Tensor:
        """See `numpy.left_shift`."""

    def bitwise_left_shift_(self, other: Tensor | Number) -> Self:
        """`bitwise_left_shift`, written into the tensor itself."""

    def bitwise_not(self) -> Tensor:
        """See `numpy.invert`."""

    def bitwise_not_(self) -> Self:
        """`bitwise_not`, written into the tensor itself."""

    def bitwise_or(self, other: Tensor | Number) -> Tensor:
        """See `numpy.bitwise_or`."""

    def bitwise_or_(self, other: Tensor | Number) -> Self:
        """`bitwise_or`, written into the tensor itself."""

    def bitwise_right_shift(self, other: Tensor | Number) -> Tensor:
        """See `numpy.right_shift`."""

    def bitwise_right_shift_(self, other: Tensor | Number) -> Self:
        """`bitwise_right_shift`, written into the tensor itself."""

    def bitwise_xor(self, other: Tensor | Number) -> Tensor:
        """See `numpy.bitwise_xor`."""

    def bitwise_xor_(self, other: Tensor | Number) -> Self:
        """`bitwise_xor`, written into the tensor itself."""

    def bmm(self, mat2: Tensor) -> Tensor:
        """The products of the matrices of two batches of equal size."""

    @overload
    def broadcast_to(self, *size: int) -> Tensor: ...
    @overload
    def broadcast_to(self, size: Sequence[int]) -> Tensor:
        """The tensor expanded to `size`."""

    def cauchy_(self, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Self:
        """Fill with numbers of Cauchy's distribution."""

    def ccol_indices(self) -> Tensor:
        """Raise RuntimeError: the tensor is not sparse."""

    def ceil(self) -> Tensor:
        """See `numpy.ceil`."""

    def ceil_(self) -> Self:
        """`ceil`, written into the tensor itself."""

    def chalf(self, *args: Any, **kwargs: Any) -> Tensor:
        """Raise RuntimeError: NumPy has no complex numbers of half precision; use cfloat()."""

    def cholesky(self, upper: bool = False) -> Tensor:
        """The Cholesky factor, as `linalg.cholesky`."""

    def cholesky_inverse(self, upper: bool = False) -> Tensor:
        """The inverse of `A` from its Cholesky factor `L`."""

    def cholesky_solve(self, input2: Tensor, upper: bool = False) -> Tensor:
        """The solution of `A @ X = B` from the Cholesky factor `L` of `A`."""

    def chunk(self, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
        """At most `chunks` pieces of one length along dimension `dim`, the last one perhaps shorter. The same
        memory.
        """

    def clamp(self, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor:
        """Each element moved to the nearest number between `min` and `max`; either may be missing."""

    def clamp_(self, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Self:
        """`clamp`, written into the tensor itself."""

    def clamp_max(self, max: Tensor | Number) -> Tensor:
        """Each element, or `max` where it is greater."""

    def clamp_max_(self, max: Tensor | Number) -> Self:
        """`clamp_max`, written into the tensor itself."""

    def clamp_min(self, min: Tensor | Number) -> Tensor:
        """Each element, or `min` where it is less."""

    def clamp_min_(self, min: Tensor | Number) -> Self:
        """`clamp_min`, written into the tensor itself."""

    def clip(self, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor:
        """Each element moved to the nearest number between `min` and `max`; either may be missing."""

    def clip_(self, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Self:
        """`clamp`, written into the tensor itself."""

    def coalesce(self) -> Tensor:
        """Raise RuntimeError: the tensor is not sparse."""

    def col_indices(self) -> Tensor:
        """Raise RuntimeError: the tensor is not sparse."""

    def conj(self) -> Tensor:
        """The complex conjugate; a real tensor's is itself."""

    def conj_physical(self) -> Tensor:
        """The complex conjugate; a real tensor's is itself."""

    def conj_physical_(self) -> Self:
        """The complex conjugate, written into the tensor itself; a real tensor stays as it is."""

    def const_data_ptr(self) -> int:
        """The address of the first element, to be read from."""

    def contiguous(self, memory_format: memory_format | None = None) -> Tensor:
        """The tensor itself where its elements lie one after another in memory, else a copy for which they do."""

    def copysign(self, other: Tensor | Number) -> Tensor:
        """See `numpy.copysign`."""

    def copysign_(self, other: Tensor | Number) -> Self:
        """`copysign`, written into the tensor itself."""

    def corrcoef(self) -> Tensor:
        """The matrix of correlation coefficients of variables (rows) from their observations (columns)."""

    def cos(self) -> Tensor:
        """See `numpy.cos`."""

    def cos_(self) -> Self:
        """`cos`, written into the tensor itself."""

    def cosh(self) -> Tensor:
        """See `numpy.cosh`."""

    def cosh_(self) -> Self:
        """`cosh`, written into the tensor itself."""

    @overload
    def count_nonzero(self, dim: Dims | None = None) -> Tensor: ...
    @overload
    def count_nonzero(self, axis: Dims | None) -> Tensor:
        """How many elements along `dim` are not zero."""

    def cov(self, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
        """The covariance matrix of variables (rows) from their observations (columns)."""

    def cross(self, other: Tensor, dim: int | None = None) -> Tensor:
        """The cross products of vectors along `dim`, by default the first dimension of size 3."""

    def crow_indices(self) -> Tensor:
        """Raise RuntimeError: the tensor is not sparse."""

    @overload
    def cummax(self, dim: int) -> results.cummax: ...
    @overload
    def cummax(self, axis: int) -> results.cummax:
        """The largest element along `dim` up to each one, and its index, the last of several."""

    @overload
    def cummin(self, dim: int) -> results.cummin: ...
    @overload
    def cummin(self, axis: int) -> results.cummin:
        """The smallest element along `dim` up to each one, and its index, the last of several."""

    @overload
    def cumprod(self, dim: int, dtype: dtype | None = None) -> Tensor: ...
    @overload
    def cumprod(self, axis: int, *, dtype: dtype | None = None) -> Tensor:
        """The products of the elements along `dim` up to each one."""

    @overload
    def cumprod_(self, dim: int, dtype: dtype | None = None) -> Self: ...
    @overload
    def cumprod_(self, axis: int, *, dtype: dtype | None = None) -> Self:
        """`cumprod`, written into the tensor itself."""

    @overload
    def cumsum(self, dim: int, dtype: dtype | None = None) -> Tensor: ...
    @overload
    def cumsum(self, axis: int, *, dtype: dtype | None = None) -> Tensor:
        """The sums of the elements along `dim` up to each one; integers and booleans are summed as int64."""

    @overload
    def cumsum_(self, dim: int, dtype: dtype | None = None) -> Self: ...
    @overload
    def cumsum_(self, axis: int, *, dtype: dtype | None = None) -> Self:
        """`cumsum`, written into the tensor itself."""
