# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import overload

from chainrule._declared import results
from chainrule._declared.arguments import Device, Number
from chainrule.dtypes import dtype
from chainrule.layouts import layout
from chainrule.ops.storages import StorageType
from chainrule.tensor import Tensor

IntStorage: StorageType

def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The modified Bessel function of the first kind of order 0 (10.25.2, 10.29.3)."""

def i0_(input: Tensor) -> Tensor:
    """`i0`, written into the tensor itself."""

def igamma(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The regularized lower incomplete gamma function P of the parameter `self` at `other` (8.2.4)."""

def igammac(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The regularized upper incomplete gamma function Q of the parameter `self` at `other` (8.2.4)."""

def imag(input: Tensor) -> Tensor:
    """The imaginary part, a view."""

def index_add(
    input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1, out: Tensor | None = None
) -> Tensor:
    """A copy with the slices of `source` along `dim` added at the places of `index`; `alpha` multiplies them first."""

def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A copy with the slices of `source` along `dim` written at the places of `index`."""

def index_fill(input: Tensor, dim: int, index: Tensor, value: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """A copy with `value`, a number or a tensor of one, in the slices of dimension `dim` at the places of `index`."""

def index_put(input: Tensor, indices: Sequence[Tensor | None], values: Tensor, accumulate: bool = False) -> Tensor:
    """A copy with `values` written, or with `accumulate` added, at `input[indices]`; `indices` is a tuple of
    tensors.
    """

def index_put_(input: Tensor, indices: Sequence[Tensor | None], values: Tensor, accumulate: bool = False) -> Tensor:
    """`index_put`, written into the tensor itself."""

def index_reduce(
    input: Tensor,
    dim: int,
    index: Tensor,
    source: Tensor,
    reduce: str,
    include_self: bool = True,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with the slices of `source` along `dim` combined with those at the places of `index`."""

def index_select(input: Tensor, dim: int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The slices of dimension `dim` at the places of `index`, a vector."""

def inner(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sums of products over the last dimensions of two tensors."""

def instance_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """Shift and scale each channel of each sample to mean 0 and variance 1, then by the channel's weight and bias."""

def inverse(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of a square matrix, as `linalg.inv`."""

def is_conj(input: Tensor) -> bool:
    """Whether the tensor is one whose values are still to be conjugated: False, they are as soon as it is made."""

def is_distributed(input: Tensor) -> bool:
    """Whether the tensor is spread over several processes: False."""

def is_neg(input: Tensor) -> bool:
    """Whether the tensor is one whose values are still to be negated: False, they are as soon as it is made."""

def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same size."""

def is_signed(input: Tensor) -> bool:
    """Whether the elements of a tensor can be negative."""

def is_storage(obj: Tensor) -> bool:
    """Whether `obj` is the storage of a tensor."""

def isclose(
    input: Tensor,
    other: Tensor | Number,
    rtol: float = 1e-05,
    atol: float = 1e-08,
    equal_nan: bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Whether `|self - other| <= atol + rtol * |other|`, element by element."""

def isfinite(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.isfinite`."""

def isin(
    elements: Tensor | Number | None = None,
    test_elements: Tensor | Number | None = None,
    *,
    assume_unique: bool = False,
    invert: bool = False,
    element: Number | None = None,
    test_element: Number | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Whether each of `elements` is one of `test_elements`; the other way round with `invert`. Either may be a
    number.
    """

def isinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.isinf`."""

def isnan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.isnan`."""

def isneginf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether an element is negative infinity."""

def isposinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether an element is positive infinity."""

def isreal(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Whether an element has no imaginary part."""

def istft(
    input: Tensor,
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

def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Weights `i0(beta sqrt(1 - x**2)) / i0(beta)`, where `x` goes from -1 to 1; `i0` is a Bessel function."""

def kl_div(input: Tensor, target: Tensor, reduction: int = 0, *, log_target: bool = False) -> Tensor:
    """`nn.functional.kl_div`, with a number for the reduction: 0 for none, 1 for the mean, 2 for the sum."""

def kron(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The Kronecker product: blocks of `other`, each multiplied by an element of the first."""

@overload
def kthvalue(
    input: Tensor, k: int, dim: int = -1, keepdim: bool = False, *, out: Sequence[Tensor] | None = None
) -> results.kthvalue: ...
@overload
def kthvalue(
    input: Tensor, k: int, axis: int, *, keepdims: bool = False, out: Sequence[Tensor] | None = None
) -> results.kthvalue:
    """The `k`-th smallest element along `dim` (the first for `k=1`), and its index."""
