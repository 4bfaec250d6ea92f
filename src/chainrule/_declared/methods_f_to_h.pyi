# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Self, overload

from chainrule._declared import results
from chainrule._declared.arguments import Dims, Number
from chainrule.random import Generator
from chainrule.tensor import Tensor

class MethodsFToH:
    """Methods of `Tensor`."""

    def fill_diagonal_(self, fill_value: Number, wrap: bool = False) -> Self:
        """Write a number on the diagonal of a matrix, or of a tensor of more dimensions that all have the same size."""

    def fix(self) -> Tensor:
        """See `numpy.trunc`."""

    def fix_(self) -> Self:
        """`trunc`, written into the tensor itself."""

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Tensor:
        """Dimensions `start_dim` to `end_dim` made one."""

    @overload
    def flip(self, *dims: int) -> Tensor: ...
    @overload
    def flip(self, dims: Sequence[int]) -> Tensor:
        """A copy with the elements along `dims` in the opposite order."""

    def fliplr(self) -> Tensor:
        """A copy with the second dimension in the opposite order."""

    def flipud(self) -> Tensor:
        """A copy with the first dimension in the opposite order."""

    def float_power(self, exponent: Tensor | Number) -> Tensor:
        """`input ** exponent` in double precision."""

    def float_power_(self, exponent: Tensor | Number) -> Self:
        """`float_power`, written into the tensor itself; RuntimeError where that is of another type."""

    def floor(self) -> Tensor:
        """See `numpy.floor`."""

    def floor_(self) -> Self:
        """`floor`, written into the tensor itself."""

    def floor_divide(self, other: Tensor | Number) -> Tensor:
        """The quotient rounded down."""

    def floor_divide_(self, other: Tensor | Number) -> Self:
        """`floor_divide`, written into the tensor itself."""

    def fmax(self, other: Tensor | Number) -> Tensor:
        """See `numpy.fmax`."""

    def fmin(self, other: Tensor | Number) -> Tensor:
        """See `numpy.fmin`."""

    def fmod(self, other: Tensor | Number) -> Tensor:
        """C's modulus: the remainder has the dividend's sign."""

    def fmod_(self, other: Tensor | Number) -> Self:
        """`fmod`, written into the tensor itself."""

    def frac(self) -> Tensor:
        """What is left without the whole part, with the sign of `self`."""

    def frac_(self) -> Self:
        """`frac`, written into the tensor itself."""

    def frexp(self) -> results.frexp:
        """Each number as a mantissa of a size from 0.5 to 1 times a power of two: mantissas, and exponents
        (`int32`).
        """

    def gather(self, dim: int, index: Tensor, sparse_grad: bool = False) -> Tensor:
        """The elements whose places along `dim` the index tensor says; their other places are those in the index."""

    def gcd(self, other: Tensor | Number) -> Tensor:
        """See `numpy.gcd`."""

    def gcd_(self, other: Tensor | Number) -> Self:
        """`gcd`, written into the tensor itself."""

    def ge(self, other: Tensor | Number) -> Tensor:
        """See `numpy.greater_equal`."""

    def ge_(self, other: Tensor | Number) -> Self:
        """`ge`, written into the tensor itself."""

    def geometric_(self, p: float | str, *, generator: Generator | None = None) -> Self:
        """Fill with how many trials it takes to succeed with probability `p` each."""

    def geqrf(self) -> results.geqrf:
        """LAPACK's QR: `R` on and above the diagonal, the vectors of reflections below it, and their factors `tau`."""

    def ger(self, vec2: Tensor) -> Tensor:
        """The products of every element of one vector with every element of another."""

    def greater(self, other: Tensor | Number) -> Tensor:
        """See `numpy.greater`."""

    def greater_(self, other: Tensor | Number) -> Self:
        """`gt`, written into the tensor itself."""

    def greater_equal(self, other: Tensor | Number) -> Tensor:
        """See `numpy.greater_equal`."""

    def greater_equal_(self, other: Tensor | Number) -> Self:
        """`ge`, written into the tensor itself."""

    def gt(self, other: Tensor | Number) -> Tensor:
        """See `numpy.greater`."""

    def gt_(self, other: Tensor | Number) -> Self:
        """`gt`, written into the tensor itself."""

    def hardshrink(self, lambd: float = 0.5) -> Tensor:
        """`x`, and 0 between `-lambd` and `lambd`."""

    def hash_tensor(self, dim: Dims = (), *, keepdim: bool = False, mode: int = 0) -> Tensor:
        """The bits of all elements, or of those along `dim`, combined by exclusive or: equal tensors have equal
        ones.
        """

    def heaviside(self, values: Tensor | Number) -> Tensor:
        """0 below zero, 1 above, and `values` at zero."""

    def heaviside_(self, values: Tensor | Number) -> Self:
        """`heaviside`, written into the tensor itself."""

    def histc(self, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
        """How many elements fall into each of `bins` equal parts of the range from `min` to `max`."""

    def histogram(
        self,
        bins: int | Tensor = 100,
        *,
        range: Sequence[float] | None = None,
        weight: Tensor | None = None,
        density: bool = False,
    ) -> results.histogram:
        """How many elements lie between each two neighbours of the edges `bins`, or in so many equal parts of
        `range`.
        """

    def hsplit(self, indices_or_sections: Dims) -> tuple[Tensor, ...]:
        """Equal pieces, or pieces cut before the given indices, side by side: along the second dimension."""

    def hypot(self, other: Tensor | Number) -> Tensor:
        """See `numpy.hypot`."""

    def hypot_(self, other: Tensor | Number) -> Self:
        """`hypot`, written into the tensor itself."""
