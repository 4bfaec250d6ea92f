# Made by `make stubs` (tests/make_stubs.py).

from typing import Self, overload

from chainrule._declared.arguments import Dims, Number
from chainrule.dtypes import dtype
from chainrule.random import Generator
from chainrule.tensor import Tensor

class MethodsL:
    """Methods of `Tensor`."""

    def lcm(self, other: Tensor | Number) -> Tensor:
        """See `numpy.lcm`."""

    def lcm_(self, other: Tensor | Number) -> Self:
        """`lcm`, written into the tensor itself."""

    def ldexp(self, other: Tensor | Number) -> Tensor:
        """`input * 2 ** other`, also where the power alone is out of the type's range."""

    def ldexp_(self, other: Tensor | Number) -> Self:
        """`ldexp`, written into the tensor itself."""

    def le(self, other: Tensor | Number) -> Tensor:
        """See `numpy.less_equal`."""

    def le_(self, other: Tensor | Number) -> Self:
        """`le`, written into the tensor itself."""

    def lerp(self, end: Tensor | Number, weight: Tensor | Number) -> Tensor:
        """`self + weight * (end - self)`."""

    def lerp_(self, end: Tensor | Number, weight: Tensor | Number) -> Self:
        """`lerp`, written into the tensor itself."""

    def less(self, other: Tensor | Number) -> Tensor:
        """See `numpy.less`."""

    def less_(self, other: Tensor | Number) -> Self:
        """`lt`, written into the tensor itself."""

    def less_equal(self, other: Tensor | Number) -> Tensor:
        """See `numpy.less_equal`."""

    def less_equal_(self, other: Tensor | Number) -> Self:
        """`le`, written into the tensor itself."""

    def lgamma(self) -> Tensor:
        """The logarithm of the absolute value of the gamma function (5.2.1)."""

    def lgamma_(self) -> Self:
        """`lgamma`, written into the tensor itself."""

    def log(self) -> Tensor:
        """See `numpy.log`."""

    def log10(self) -> Tensor:
        """See `numpy.log10`."""

    def log10_(self) -> Self:
        """`log10`, written into the tensor itself."""

    def log1p(self) -> Tensor:
        """See `numpy.log1p`."""

    def log1p_(self) -> Self:
        """`log1p`, written into the tensor itself."""

    def log2(self) -> Tensor:
        """See `numpy.log2`."""

    def log2_(self) -> Self:
        """`log2`, written into the tensor itself."""

    def log_(self) -> Self:
        """`log`, written into the tensor itself."""

    def log_normal_(self, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Self:
        """Fill with numbers whose logarithm is normal, with this `mean` and `std`."""

    def log_softmax(self, dim: int, dtype: dtype | None = None) -> Tensor:
        """The logarithm of `softmax`, without overflow."""

    def logaddexp(self, other: Tensor | Number) -> Tensor:
        """`log(exp(self) + exp(other))`, without overflow."""

    def logaddexp2(self, other: Tensor | Number) -> Tensor:
        """See `numpy.logaddexp2`."""

    @overload
    def logcumsumexp(self, dim: int) -> Tensor: ...
    @overload
    def logcumsumexp(self, axis: int) -> Tensor:
        """`log(cumsum(exp(x)))` along `dim`, without overflow."""

    def logdet(self) -> Tensor:
        """The logarithm of the determinant; NaN where that is negative."""

    def logical_and(self, other: Tensor | Number) -> Tensor:
        """See `numpy.logical_and`."""

    def logical_and_(self, other: Tensor | Number) -> Self:
        """`logical_and`, written into the tensor itself."""

    def logical_not(self) -> Tensor:
        """See `numpy.logical_not`."""

    def logical_not_(self) -> Self:
        """`logical_not`, written into the tensor itself."""

    def logical_or(self, other: Tensor | Number) -> Tensor:
        """See `numpy.logical_or`."""

    def logical_or_(self, other: Tensor | Number) -> Self:
        """`logical_or`, written into the tensor itself."""

    def logical_xor(self, other: Tensor | Number) -> Tensor:
        """See `numpy.logical_xor`."""

    def logical_xor_(self, other: Tensor | Number) -> Self:
        """`logical_xor`, written into the tensor itself."""

    def logit(self, eps: float | None = None) -> Tensor:
        """`log(x / (1 - x))`, with `x` first clamped to `[eps, 1 - eps]`."""

    def logit_(self, eps: float | None = None) -> Self:
        """`logit`, written into the tensor itself."""

    @overload
    def logsumexp(self, dim: Dims, keepdim: bool = False) -> Tensor: ...
    @overload
    def logsumexp(self, axis: Dims, *, keepdims: bool = False) -> Tensor:
        """`log(sum(exp(x)))` along `dim`, without overflow."""

    def lstsq(self, A: Tensor) -> Tensor:
        """Removed: see `linalg.lstsq`, which takes its arguments the other way round."""

    def lt(self, other: Tensor | Number) -> Tensor:
        """See `numpy.less`."""

    def lt_(self, other: Tensor | Number) -> Self:
        """`lt`, written into the tensor itself."""

    def lu(self, pivot: bool = True, get_infos: bool = False) -> tuple[Tensor, ...]:
        """Both factors of LU in one matrix, and the row exchanges; with `get_infos`, LAPACK's code too."""

    def lu_solve(self, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
        """The solution of `A @ X = b` from A's LU, as `linalg.lu_solve`."""
