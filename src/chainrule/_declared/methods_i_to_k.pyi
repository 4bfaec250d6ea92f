# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Any, Self, overload

from chainrule._declared import results
from chainrule._declared.arguments import Number
from chainrule.tensor import Tensor

class MethodsIToK:
    """Methods of `Tensor`."""

    def i0(self) -> Tensor:
        """The modified Bessel function of the first kind of order 0 (10.25.2, 10.29.3)."""

    def i0_(self) -> Self:
        """`i0`, written into the tensor itself."""

    def igamma(self, other: Tensor | Number) -> Tensor:
        """The regularized lower incomplete gamma function P of the parameter `self` at `other` (8.2.4)."""

    def igamma_(self, other: Tensor | Number) -> Self:
        """`igamma`, written into the tensor itself."""

    def igammac(self, other: Tensor | Number) -> Tensor:
        """The regularized upper incomplete gamma function Q of the parameter `self` at `other` (8.2.4)."""

    def igammac_(self, other: Tensor | Number) -> Self:
        """`igammac`, written into the tensor itself."""

    def index(self, *args: Any, **kwargs: Any) -> Tensor:
        """Raise RuntimeError: dimensions are no objects here; use brackets, x[...], or einsum."""

    def index_add(self, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1) -> Tensor:
        """A copy with the slices of `source` along `dim` added at the places of `index`; `alpha` multiplies them
        first.
        """

    def index_add_(self, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1) -> Self:
        """`index_add`, written into the tensor itself."""

    def index_copy(self, dim: int, index: Tensor, source: Tensor) -> Tensor:
        """A copy with the slices of `source` along `dim` written at the places of `index`."""

    def index_copy_(self, dim: int, index: Tensor, source: Tensor) -> Self:
        """`index_copy`, written into the tensor itself."""

    def index_fill(self, dim: int, index: Tensor, value: Tensor | Number) -> Tensor:
        """A copy with `value`, a number or a tensor of one, in the slices of dimension `dim` at the places of
        `index`.
        """

    def index_fill_(self, dim: int, index: Tensor, value: Tensor | Number) -> Self:
        """`index_fill`, written into the tensor itself."""

    def index_put(self, indices: Sequence[Tensor | None], values: Tensor, accumulate: bool = False) -> Tensor:
        """A copy with `values` written, or with `accumulate` added, at `input[indices]`; `indices` is a tuple of
        tensors.
        """

    def index_put_(self, indices: Sequence[Tensor | None], values: Tensor, accumulate: bool = False) -> Self:
        """`index_put`, written into the tensor itself."""

    def index_reduce(self, dim: int, index: Tensor, source: Tensor, reduce: str, include_self: bool = True) -> Tensor:
        """A copy with the slices of `source` along `dim` combined with those at the places of `index`."""

    def index_reduce_(self, dim: int, index: Tensor, source: Tensor, reduce: str, include_self: bool = True) -> Self:
        """`index_reduce`, written into the tensor itself."""

    def index_select(self, dim: int, index: Tensor) -> Tensor:
        """The slices of dimension `dim` at the places of `index`, a vector."""

    def indices(self) -> Tensor:
        """Raise RuntimeError: the tensor is not sparse."""

    def inner(self, other: Tensor) -> Tensor:
        """The sums of products over the last dimensions of two tensors."""

    def inverse(self) -> Tensor:
        """The inverse of a square matrix, as `linalg.inv`."""

    def ipu(self, *args: Any, **kwargs: Any) -> Tensor:
        """Raise RuntimeError: tensors live on the CPU."""

    def is_coalesced(self) -> Tensor:
        """Raise RuntimeError: the tensor is not sparse."""

    def is_conj(self) -> bool:
        """Whether the tensor is one whose values are still to be conjugated: False, they are as soon as it is made."""

    def is_distributed(self) -> bool:
        """Whether the tensor is spread over several processes: False."""

    def is_neg(self) -> bool:
        """Whether the tensor is one whose values are still to be negated: False, they are as soon as it is made."""

    def is_nonzero(self) -> bool:
        """Whether the one element is not zero; RuntimeError for another number of elements."""

    def is_same_size(self, other: Tensor) -> bool:
        """Whether two tensors have the same size."""

    def is_set_to(self, tensor: Tensor) -> bool:
        """Whether `tensor` has the same memory, size and strides."""

    def is_shared(self) -> bool:
        """Whether processes share the memory: False."""

    def isclose(
        self, other: Tensor | Number, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
    ) -> Tensor:
        """Whether `|self - other| <= atol + rtol * |other|`, element by element."""

    def isfinite(self) -> Tensor:
        """See `numpy.isfinite`."""

    def isinf(self) -> Tensor:
        """See `numpy.isinf`."""

    def isnan(self) -> Tensor:
        """See `numpy.isnan`."""

    def isneginf(self) -> Tensor:
        """Whether an element is negative infinity."""

    def isposinf(self) -> Tensor:
        """Whether an element is positive infinity."""

    def isreal(self) -> Tensor:
        """Whether an element has no imaginary part."""

    def istft(
        self,
        n_fft: int,
        hop_length: int | None = None,
        win_length: int | None = None,
        window: Tensor | None = None,
        center: bool = True,
        normalized: bool = False,
        onesided: bool | None = None,
        length: int | None = None,
        return_complex: bool = False,
    ) -> Tensor:
        """The signal whose frames have spectra as near to these as can be: the inverse of `stft`."""

    def kron(self, other: Tensor | Number) -> Tensor:
        """The Kronecker product: blocks of `other`, each multiplied by an element of the first."""

    @overload
    def kthvalue(self, k: int, dim: int = -1, keepdim: bool = False) -> results.kthvalue: ...
    @overload
    def kthvalue(self, k: int, axis: int, *, keepdims: bool = False) -> results.kthvalue:
        """The `k`-th smallest element along `dim` (the first for `k=1`), and its index."""
