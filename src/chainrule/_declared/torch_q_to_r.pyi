# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Literal, overload

from chainrule._declared import results
from chainrule._declared.arguments import Device, Number
from chainrule.dtypes import dtype
from chainrule.layouts import layout, memory_format
from chainrule.random import Generator
from chainrule.tensor import Tensor

def qr(input: Tensor, some: bool = True, *, out: Sequence[Tensor] | None = None) -> results.qr:
    """The QR factorization, as `linalg.qr`; complete unless `some`."""

def quantile(
    input: Tensor,
    q: Tensor | float,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: Literal["linear", "lower", "higher", "midpoint", "nearest"] = "linear",
) -> Tensor:
    """The values below which the fractions `q` (a number, or a tensor of one dimension) of the elements lie."""

def rad2deg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.rad2deg`."""

def rad2deg_(input: Tensor) -> Tensor:
    """`rad2deg`, written into the tensor itself."""

@overload
def rand(
    *size: int,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor: ...
@overload
def rand(
    size: Sequence[int],
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Numbers drawn uniformly from `[0, 1)`."""

def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: memory_format | None = None,
) -> Tensor:
    """Numbers drawn uniformly from `[0, 1)`, in the shape and type of `input`."""

@overload
def randint(
    high: int,
    size: Sequence[int],
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor: ...
@overload
def randint(
    low: int,
    high: int,
    size: Sequence[int],
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Whole numbers from `[low, high)`; called with one bound, from `[0, high)`. The type is `int64` unless given."""

@overload
def randint_like(
    input: Tensor,
    high: int | Tensor,
    *,
    generator: Generator | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: memory_format | None = None,
) -> Tensor: ...
@overload
def randint_like(
    input: Tensor,
    low: int,
    high: int,
    *,
    generator: Generator | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: memory_format | None = None,
) -> Tensor:
    """Whole numbers from `[low, high)`, in the shape and type of `input`; called with one bound, from `[0, high)`."""

@overload
def randn(
    *size: int,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor: ...
@overload
def randn(
    size: Sequence[int],
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Normal numbers with mean 0 and variance 1."""

def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: memory_format | None = None,
) -> Tensor:
    """Normal numbers with mean 0 and variance 1, in the shape and type of `input`."""

def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """The whole numbers below `n` in random order, as `int64` unless `dtype` is given."""

def range(
    start: Number | Tensor = 0,
    end: Number | Tensor | None = None,
    step: Number = 1,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """The numbers from `start` to `end`, which is included, at distances of `step`. Deprecated: use `arange`."""

def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension; a view where the memory allows it."""

def real(input: Tensor) -> Tensor:
    """The real part, a view; a real tensor's is itself."""

def reciprocal(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.reciprocal`."""

def reciprocal_(input: Tensor) -> Tensor:
    """`reciprocal`, written into the tensor itself."""

def relu(input: Tensor) -> Tensor:
    """The positive part: `max(x, 0)`."""

def relu_(input: Tensor) -> Tensor:
    """`relu`, written into the tensor itself."""

def remainder(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Python's modulus: the remainder has the divisor's sign."""

def renorm(input: Tensor, p: float, dim: int, maxnorm: float, *, out: Tensor | None = None) -> Tensor:
    """Slices of dimension `dim` whose norm of order `p` is more than `maxnorm` made so short; the others as they
    are.
    """

def renorm_(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """`renorm`, written into the tensor itself."""

def repeat_interleave(
    input: Tensor, repeats: Tensor | int | None = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Each slice along `dim` repeated: all as often, or each as often as `repeats` says; without `dim`, each
    element.
    """

@overload
def reshape(input: Tensor, *shape: int) -> Tensor: ...
@overload
def reshape(input: Tensor, shape: Sequence[int]) -> Tensor:
    """The tensor in another shape: a view where the memory allows it, else a copy. One size may be -1."""

def resize_as_(input: Tensor, the_template: Tensor, *, memory_format: memory_format | None = None) -> Tensor:
    """`Tensor.resize_as_`, as a function."""

def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself: its values are conjugated already where they are to be."""

def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself: its values are negated already where they are to be."""

def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Divide by the root of the mean square over the last dimensions, then multiply by `weight`."""

@overload
def rnn_relu(
    input: Tensor,
    hx: Tensor,
    params: Sequence[Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple[Tensor, Tensor]: ...
@overload
def rnn_relu(
    data: Tensor,
    batch_sizes: Tensor,
    hx: Tensor,
    params: Sequence[Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
) -> tuple[Tensor, Tensor]:
    """Layers whose state is `relu(W x + b + U h + c)`: as `rnn_tanh`."""

def rnn_relu_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """The next state: `relu(w_ih x + b_ih + w_hh h + b_hh)`."""

@overload
def rnn_tanh(
    input: Tensor,
    hx: Tensor,
    params: Sequence[Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple[Tensor, Tensor]: ...
@overload
def rnn_tanh(
    data: Tensor,
    batch_sizes: Tensor,
    hx: Tensor,
    params: Sequence[Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
) -> tuple[Tensor, Tensor]:
    """Layers whose state is `tanh(W x + b + U h + c)` of the input x and the state h before: outputs, last states."""

def rnn_tanh_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """The next state: `tanh(w_ih x + b_ih + w_hh h + b_hh)`, of inputs and states in the rows of matrices."""

def roll(
    input: Tensor, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None, *, out: Tensor | None = None
) -> Tensor:
    """A copy with the elements moved along `dims` by `shifts`, those pushed out coming in again at the other end."""

def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1), *, out: Tensor | None = None) -> Tensor:
    """A copy turned by `k` quarter turns, from the first of `dims` towards the second."""

def round(input: Tensor, decimals: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The nearest whole number, halves to even; with `decimals`, to that many places."""

def round_(input: Tensor, decimals: int = 0) -> Tensor:
    """`round`, written into the tensor itself."""

def row_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """`vstack` by another name."""

def rrelu(
    input: Tensor,
    lower: float = 0.125,
    upper: float = 0.3333333333333333,
    training: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """`x` where positive, else a slope times it: in training one drawn from `[lower, upper]`, else the middle of it."""

def rrelu_(
    input: Tensor,
    lower: float = 0.125,
    upper: float = 0.3333333333333333,
    training: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """`rrelu` in place."""

def rsqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The reciprocal of the square root."""

def rsqrt_(input: Tensor) -> Tensor:
    """`rsqrt`, written into the tensor itself."""

def rsub(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """`other - self`."""
