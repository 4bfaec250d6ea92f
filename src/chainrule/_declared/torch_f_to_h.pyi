# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Any, overload

from numpy.typing import NDArray

from chainrule._declared import results
from chainrule._declared.arguments import Device, Dims, Number
from chainrule.dtypes import dtype
from chainrule.layouts import layout, memory_format
from chainrule.ops.storages import StorageType
from chainrule.tensor import Tensor

FloatStorage: StorageType
HalfStorage: StorageType

def feature_alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """`alpha_dropout` of whole channels."""

def feature_alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """`feature_alpha_dropout` in place."""

def feature_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """`dropout` of whole channels: of all numbers that share the first two indices."""

def feature_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """`feature_dropout` in place."""

def fill(input: Tensor, value: Tensor | Number) -> Tensor:
    """A tensor of the shape and type of `input` with `value`, a number or a tensor without dimensions, everywhere."""

def fill_(input: Tensor, value: Tensor | Number) -> Tensor:
    """`Tensor.fill_`, as a function."""

def fix(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.trunc`."""

def fix_(input: Tensor) -> Tensor:
    """`trunc`, written into the tensor itself."""

def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Dimensions `start_dim` to `end_dim` made one."""

@overload
def flip(input: Tensor, *dims: int) -> Tensor: ...
@overload
def flip(input: Tensor, dims: Sequence[int]) -> Tensor:
    """A copy with the elements along `dims` in the opposite order."""

def fliplr(input: Tensor) -> Tensor:
    """A copy with the second dimension in the opposite order."""

def flipud(input: Tensor) -> Tensor:
    """A copy with the first dimension in the opposite order."""

@overload
def float_power(input: Tensor, exponent: Tensor | Number) -> Tensor: ...
@overload
def float_power(input: Number, exponent: Tensor) -> Tensor:
    """`input ** exponent` in double precision."""

def floor(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.floor`."""

def floor_(input: Tensor) -> Tensor:
    """`floor`, written into the tensor itself."""

def floor_divide(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """The quotient rounded down."""

def fmax(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.fmax`."""

def fmin(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.fmin`."""

def fmod(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """C's modulus: the remainder has the dividend's sign."""

def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """What is left without the whole part, with the sign of `self`."""

def frac_(input: Tensor) -> Tensor:
    """`frac`, written into the tensor itself."""

def frexp(input: Tensor, *, out: Sequence[Tensor] | None = None) -> results.frexp:
    """Each number as a mantissa of a size from 0.5 to 1 times a power of two: mantissas, and exponents (`int32`)."""

def frobenius_norm(
    input: Tensor, dim: Dims | None = None, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """The 2-norm of the vectors or matrices along one or two dimensions."""

def from_dlpack(ext_tensor: Any, *, device: Device | None = None, copy: bool | None = None) -> Tensor:
    """A tensor over the memory of another library's array, by way of its `__dlpack__`, or of a capsule it gave."""

def from_file(
    filename: str,
    shared: bool | None = None,
    size: int | None = 0,
    *,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of `size` elements over the memory of a file; with `shared` what is written there is in the file."""

def from_numpy(ndarray: NDArray[Any]) -> Tensor:
    """A tensor over the memory of a NumPy array: what changes in one changes in the other."""

def frombuffer(
    buffer: Any, *, dtype: dtype | None = None, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A tensor of one dimension over the memory of a buffer, such as a `bytearray`, from byte `offset` on."""

def full(
    size: Sequence[int],
    fill_value: Tensor | Number,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor with `fill_value` everywhere, of that number's type unless `dtype` is given."""

def full_like(
    input: Tensor,
    fill_value: Number,
    *,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: memory_format | None = None,
) -> Tensor:
    """`fill_value` everywhere, in the shape and type of `input`."""

def gather(input: Tensor, dim: int, index: Tensor, sparse_grad: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The elements whose places along `dim` the index tensor says; their other places are those in the index."""

def gcd(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.gcd`."""

def gcd_(input: Tensor, other: Tensor | Number) -> Tensor:
    """`Tensor.gcd_`, as a function."""

def ge(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.greater_equal`."""

def geqrf(input: Tensor, *, out: Sequence[Tensor] | None = None) -> results.geqrf:
    """LAPACK's QR: `R` on and above the diagonal, the vectors of reflections below it, and their factors `tau`."""

def ger(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The products of every element of one vector with every element of another."""

def get_device(input: Tensor) -> int:
    """The index of the tensor's device, -1 on the CPU."""

def gradient(
    input: Tensor,
    *,
    spacing: Number | Sequence[Number] | Tensor | Sequence[Tensor] = 1,
    dim: Dims | None = None,
    edge_order: int = 1,
) -> tuple[Tensor, ...]:
    """The derivative along each dimension of `dim` (all unless given), estimated from a function's values on a grid."""

def greater(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.greater`."""

def greater_equal(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.greater_equal`."""

def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """What `nn.functional.grid_sample` does, with numbers for its modes."""

def grid_sampler_2d(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """`grid_sampler` of pictures."""

def grid_sampler_3d(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """`grid_sampler` of volumes."""

def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-05,
    cudnn_enabled: bool = True,
) -> Tensor:
    """`nn.functional.group_norm`; `cudnn_enabled` has no meaning here."""

@overload
def gru(
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
def gru(
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
    """Layers of gated recurrent units: outputs and last states; the arguments are those of `rnn_tanh`."""

def gru_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """The next state of gated recurrent units."""

def gt(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.greater`."""

def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Weights `alpha - beta cos(x)`, where `x` goes round once."""

def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Weights `0.5 - 0.5 cos(x)`, where `x` goes round once."""

def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """`x`, and 0 between `-lambd` and `lambd`."""

def hash_tensor(
    input: Tensor, dim: Dims = (), *, keepdim: bool = False, mode: int = 0, out: Tensor | None = None
) -> Tensor:
    """The bits of all elements, or of those along `dim`, combined by exclusive or: equal tensors have equal ones."""

def heaviside(input: Tensor, values: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """0 below zero, 1 above, and `values` at zero."""

def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: int = 0) -> Tensor:
    """`nn.functional.hinge_embedding_loss`, with a number for the reduction."""

def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0, *, out: Tensor | None = None) -> Tensor:
    """How many elements fall into each of `bins` equal parts of the range from `min` to `max`."""

def histogram(
    input: Tensor,
    bins: int | Tensor = 100,
    *,
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
    out: Sequence[Tensor] | None = None,
) -> results.histogram:
    """How many elements lie between each two neighbours of the edges `bins`, or in so many equal parts of `range`."""

def histogramdd(
    input: Tensor,
    bins: int | Sequence[int] | Sequence[Tensor],
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> results.histogramdd:
    """The same for points of several dimensions, which lie in the last dimension of `input`."""

def hsplit(input: Tensor, indices_or_sections: Dims) -> tuple[Tensor, ...]:
    """Equal pieces, or pieces cut before the given indices, side by side: along the second dimension."""

def hstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors side by side: along the second dimension, one-dimensional ones along the first."""

def hypot(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.hypot`."""
