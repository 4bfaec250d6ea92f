# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Any, Literal, Self, overload

from chainrule._declared import results
from chainrule._declared.arguments import Number
from chainrule.layouts import memory_format
from chainrule.random import Generator
from chainrule.tensor import Tensor

class MethodsQToR:
    """Methods of `Tensor`."""

    def qr(self, some: bool = True) -> results.qr:
        """The QR factorization, as `linalg.qr`; complete unless `some`."""

    def quantile(
        self,
        q: Tensor | float,
        dim: int | None = None,
        keepdim: bool = False,
        *,
        interpolation: Literal["linear", "lower", "higher", "midpoint", "nearest"] = "linear",
    ) -> Tensor:
        """The values below which the fractions `q` (a number, or a tensor of one dimension) of the elements lie."""

    def rad2deg(self) -> Tensor:
        """See `numpy.rad2deg`."""

    def rad2deg_(self) -> Self:
        """`rad2deg`, written into the tensor itself."""

    @overload
    def random_(self, from_: int, /, to: int, *, generator: Generator | None = None) -> Self: ...
    @overload
    def random_(self, to: int = ..., *, generator: Generator | None = None) -> Self:
        """Fill with whole numbers: `random_(to)` from `[0, to)`, `random_(from, to)` from `[from, to)`."""

    def ravel(self) -> Tensor:
        """All elements in one dimension; a view where the memory allows it."""

    def reciprocal(self) -> Tensor:
        """See `numpy.reciprocal`."""

    def reciprocal_(self) -> Self:
        """`reciprocal`, written into the tensor itself."""

    def record_stream(self, *args: Any, **kwargs: Any) -> Tensor:
        """Raise RuntimeError: there are no streams on the CPU."""

    def reinforce(self, reward: Tensor) -> Tensor:
        """Raise RuntimeError: it was removed from PyTorch."""

    def relu(self) -> Tensor:
        """The positive part: `max(x, 0)`."""

    def relu_(self) -> Self:
        """`relu`, written into the tensor itself."""

    def remainder(self, other: Tensor | Number) -> Tensor:
        """Python's modulus: the remainder has the divisor's sign."""

    def remainder_(self, other: Tensor | Number) -> Self:
        """`remainder`, written into the tensor itself."""

    def renorm(self, p: float, dim: int, maxnorm: float) -> Tensor:
        """Slices of dimension `dim` whose norm of order `p` is more than `maxnorm` made so short; the others as they
        are.
        """

    def renorm_(self, p: float, dim: int, maxnorm: float) -> Self:
        """`renorm`, written into the tensor itself."""

    @overload
    def repeat(self, *repeats: int) -> Tensor: ...
    @overload
    def repeat(self, repeats: Sequence[int]) -> Tensor:
        """The tensor repeated along each dimension; more repeats than dimensions make new ones in front."""

    def repeat_interleave(
        self, repeats: Tensor | int | None = None, dim: int | None = None, *, output_size: int | None = None
    ) -> Tensor:
        """Each slice along `dim` repeated: all as often, or each as often as `repeats` says; without `dim`, each
        element.
        """

    @overload
    def reshape(self, *shape: int) -> Tensor: ...
    @overload
    def reshape(self, shape: Sequence[int]) -> Tensor:
        """The tensor in another shape: a view where the memory allows it, else a copy. One size may be -1."""

    def reshape_as(self, other: Tensor) -> Tensor:
        """`reshape` to the shape of `other`."""

    def resize(self, *size: int) -> Tensor:
        """The tensor in another shape of as many elements; see `resize_` for more or fewer."""

    @overload
    def resize_(self, *size: int, memory_format: memory_format | None = None) -> Self: ...
    @overload
    def resize_(self, size: Sequence[int], *, memory_format: memory_format | None = None) -> Self:
        """Give the tensor another shape over its memory, row by row; of more memory, if need be, with anything in
        it.
        """

    def resize_as(self, the_template: Tensor, *, memory_format: memory_format | None = None) -> Tensor:
        """`resize` to the shape of another tensor."""

    def resize_as_(self, the_template: Tensor, *, memory_format: memory_format | None = None) -> Self:
        """`resize_` to the shape of another tensor."""

    def resolve_conj(self) -> Tensor:
        """The tensor itself: its values are conjugated already where they are to be."""

    def resolve_neg(self) -> Tensor:
        """The tensor itself: its values are negated already where they are to be."""

    def roll(self, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None) -> Tensor:
        """A copy with the elements moved along `dims` by `shifts`, those pushed out coming in again at the other
        end.
        """

    def rot90(self, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
        """A copy turned by `k` quarter turns, from the first of `dims` towards the second."""

    def round(self, decimals: int = 0) -> Tensor:
        """The nearest whole number, halves to even; with `decimals`, to that many places."""

    def round_(self, decimals: int = 0) -> Self:
        """`round`, written into the tensor itself."""

    def row_indices(self) -> Tensor:
        """Raise RuntimeError: the tensor is not sparse."""

    def rsqrt(self) -> Tensor:
        """The reciprocal of the square root."""

    def rsqrt_(self) -> Self:
        """`rsqrt`, written into the tensor itself."""

    def rsub(self, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
        """`other - self`."""
