# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import overload

from chainrule._declared import results
from chainrule._declared.arguments import Device, Dims, Number
from chainrule.dtypes import dtype
from chainrule.layouts import layout, memory_format
from chainrule.ops.storages import StorageType
from chainrule.random import Generator
from chainrule.size import Size
from chainrule.tensor import Tensor

BoolStorage: StorageType
ByteStorage: StorageType
CharStorage: StorageType
ComplexDoubleStorage: StorageType
ComplexFloatStorage: StorageType

def baddbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, beta: Number = 1, alpha: Number = 1, *, out: Tensor | None = None
) -> Tensor:
    """`beta * self + alpha * (batch1 @ batch2)` for batches of matrices."""

def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Weights that rise from 0 to 1 and fall again in straight lines."""

def batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """`nn.functional.batch_norm`, with its arguments in another order; `cudnn_enabled` has no meaning here."""

def bernoulli(
    input: Tensor, p: Tensor | float | None = None, generator: Generator | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Ones and zeros: ones with the probabilities in `input`, or with probability `p` everywhere if that is given."""

def bilinear(
    input1: Tensor | Number, input2: Tensor | Number, weight: Tensor | Number, bias: Tensor | Number | None = None
) -> Tensor:
    """`input1 @ weight[k] @ input2 + bias[k]` for each output k; weight (out, in1, in2)."""

def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, pos_weight: Tensor | None = None, reduction: int = 0
) -> Tensor:
    """`nn.functional.binary_cross_entropy_with_logits`, with a number for the reduction."""

def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0, *, out: Tensor | None = None) -> Tensor:
    """How often each integer from 0 to the largest occurs; with `weights`, the sum of the weights of each."""

def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None, *, out: Tensor | None = None) -> Tensor:
    """How many of `count` trials succeed, each with probability `prob`; both of one floating-point type."""

def bitwise_and(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.bitwise_and`."""

def bitwise_left_shift(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.left_shift`."""

def bitwise_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.invert`."""

def bitwise_not_(input: Tensor) -> Tensor:
    """`bitwise_not`, written into the tensor itself."""

def bitwise_or(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.bitwise_or`."""

def bitwise_right_shift(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.right_shift`."""

def bitwise_xor(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.bitwise_xor`."""

def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Weights `0.42 - 0.5 cos(x) + 0.08 cos(2 x)`, where `x` goes round once."""

def block_diag(*tensors: Tensor) -> Tensor:
    """The matrix with the tensors (of at most two dimensions) as blocks on its diagonal, else zero."""

def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The products of the matrices of two batches of equal size."""

def broadcast_shapes(*shapes: int | Sequence[int]) -> Size:
    """The shape that tensors of these shapes broadcast to."""

@overload
def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]: ...
@overload
def broadcast_tensors(tensors: Sequence[Tensor], /) -> tuple[Tensor, ...]:
    """The tensors expanded to the one shape that they broadcast to."""

@overload
def broadcast_to(input: Tensor, *size: int) -> Tensor: ...
@overload
def broadcast_to(input: Tensor, size: Sequence[int]) -> Tensor:
    """The tensor expanded to `size`."""

def bucketize(
    input: Tensor | Number,
    boundaries: Tensor,
    out_int32: bool = False,
    right: bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The index of the bucket between sorted `boundaries` in which each value lies."""

@overload
def cartesian_prod(*tensors: Tensor) -> Tensor: ...
@overload
def cartesian_prod(tensors: Sequence[Tensor], /) -> Tensor:
    """All combinations of one element of each of these one-dimensional tensors, one in each row."""

@overload
def cat(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor: ...
@overload
def cat(tensors: Sequence[Tensor], *, axis: int, out: Tensor | None = None) -> Tensor:
    """The tensors one after another along dimension `dim`."""

def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """The `p`-norm distances between every row of one matrix and every row of another, for batches too."""

def ceil(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.ceil`."""

def ceil_(input: Tensor) -> Tensor:
    """`ceil`, written into the tensor itself."""

def celu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`x` where positive, else `alpha * (exp(x / alpha) - 1)`."""

def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`celu`, written into the tensor itself."""

def chain_matmul(*matrices: Tensor, out: Tensor | None = None) -> Tensor:
    """The product of several matrices, in the order of fewest multiplications."""

def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Channels of `groups` groups in turn: the first of each, then the second of each, and so on."""

def cholesky(input: Tensor, upper: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The Cholesky factor, as `linalg.cholesky`."""

def cholesky_inverse(input: Tensor, upper: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The inverse of `A` from its Cholesky factor `L`."""

def cholesky_solve(input: Tensor, input2: Tensor, upper: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The solution of `A @ X = B` from the Cholesky factor `L` of `A`."""

def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` pieces of one length along dimension `dim`, the last one perhaps shorter. The same memory."""

def clamp(
    input: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Each element moved to the nearest number between `min` and `max`; either may be missing."""

def clamp_(input: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor:
    """`Tensor.clamp_`, as a function."""

def clamp_max(input: Tensor, max: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Each element, or `max` where it is greater."""

def clamp_max_(input: Tensor, max: Tensor | Number) -> Tensor:
    """`Tensor.clamp_max_`, as a function."""

def clamp_min(input: Tensor, min: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """Each element, or `min` where it is less."""

def clamp_min_(input: Tensor, min: Tensor | Number) -> Tensor:
    """`Tensor.clamp_min_`, as a function."""

def clip(
    input: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Each element moved to the nearest number between `min` and `max`; either may be missing."""

def clip_(input: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor:
    """`Tensor.clip_`, as a function."""

def clone(input: Tensor, memory_format: memory_format | None = None, *, out: Tensor | None = None) -> Tensor:
    """A copy with memory of its own; gradients go through."""

def column_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors side by side: matrices as they are, one-dimensional ones as columns."""

def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All combinations of `r` elements of a one-dimensional tensor, one in each row."""

def complex(real: Tensor, imag: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complex numbers with these real and imaginary parts, both of one floating-point type."""

@overload
def concat(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor: ...
@overload
def concat(tensors: Sequence[Tensor], *, axis: int, out: Tensor | None = None) -> Tensor:
    """`cat` by another name."""

@overload
def concatenate(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor: ...
@overload
def concatenate(tensors: Sequence[Tensor], *, axis: int, out: Tensor | None = None) -> Tensor:
    """`cat` by NumPy's name."""

def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor's is itself."""

def conj_physical(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor's is itself."""

def conj_physical_(input: Tensor) -> Tensor:
    """The complex conjugate, written into the tensor itself; a real tensor stays as it is."""

def constant_pad_nd(input: Tensor, pad: Sequence[int], value: float = 0, *, out: Tensor | None = None) -> Tensor:
    """Margins of one value around a tensor, see `nn.functional.pad`."""

def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """A convolution over the last dimension of (batch, channels, length), or (channels, length); see `conv2d`."""

def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """A convolution over the last two dimensions."""

def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] | str = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """A convolution over the last three dimensions of (batch, channels, depth, height, width); see `conv2d`."""

def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """A convolution along the first dimension of (time, batch, channels), with `pad` zeros before and after."""

def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """The transpose of `conv1d`; see `conv_transpose2d`."""

def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """The transpose of `conv2d`, which is its gradient: each number of the input adds a multiple of the kernel."""

def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """The transpose of `conv3d`; see `conv_transpose2d`."""

def convolution(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    transposed: bool,
    output_padding: tuple[int, ...],
    groups: int,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """A convolution over as many dimensions as `weight` has, less two; see `conv2d` and `conv_transpose2d`."""

def copysign(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.copysign`."""

def corrcoef(input: Tensor) -> Tensor:
    """The matrix of correlation coefficients of variables (rows) from their observations (columns)."""

def cos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.cos`."""

def cos_(input: Tensor) -> Tensor:
    """`cos`, written into the tensor itself."""

def cosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.cosh`."""

def cosh_(input: Tensor) -> Tensor:
    """`cosh`, written into the tensor itself."""

def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 0
) -> Tensor:
    """`nn.functional.cosine_embedding_loss`, with a number for the reduction."""

def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-08) -> Tensor:
    """The cosine of the angle between vectors along `dim`; the norm of each counts as `eps` at least."""

@overload
def count_nonzero(input: Tensor, dim: Dims | None = None, *, out: Tensor | None = None) -> Tensor: ...
@overload
def count_nonzero(input: Tensor, axis: Dims | None, *, out: Tensor | None = None) -> Tensor:
    """How many elements along `dim` are not zero."""

def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
) -> Tensor:
    """The covariance matrix of variables (rows) from their observations (columns)."""

def cross(input: Tensor, other: Tensor, dim: int | None = None, *, out: Tensor | None = None) -> Tensor:
    """The cross products of vectors along `dim`, by default the first dimension of size 3."""

def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int],
    target_lengths: Tensor | Sequence[int],
    blank: int = 0,
    reduction: int = 0,
    zero_infinity: bool = False,
) -> Tensor:
    """`nn.functional.ctc_loss`, with a number for the reduction."""

@overload
def cummax(input: Tensor, dim: int, *, out: Sequence[Tensor] | None = None) -> results.cummax: ...
@overload
def cummax(input: Tensor, axis: int, *, out: Sequence[Tensor] | None = None) -> results.cummax:
    """The largest element along `dim` up to each one, and its index, the last of several."""

@overload
def cummin(input: Tensor, dim: int, *, out: Sequence[Tensor] | None = None) -> results.cummin: ...
@overload
def cummin(input: Tensor, axis: int, *, out: Sequence[Tensor] | None = None) -> results.cummin:
    """The smallest element along `dim` up to each one, and its index, the last of several."""

@overload
def cumprod(input: Tensor, dim: int, dtype: dtype | None = None, *, out: Tensor | None = None) -> Tensor: ...
@overload
def cumprod(input: Tensor, axis: int, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor:
    """The products of the elements along `dim` up to each one."""

@overload
def cumprod_(input: Tensor, dim: int, dtype: dtype | None = None) -> Tensor: ...
@overload
def cumprod_(input: Tensor, axis: int, *, dtype: dtype | None = None) -> Tensor:
    """`cumprod`, written into the tensor itself."""

@overload
def cumsum(input: Tensor, dim: int, dtype: dtype | None = None, *, out: Tensor | None = None) -> Tensor: ...
@overload
def cumsum(input: Tensor, axis: int, *, dtype: dtype | None = None, out: Tensor | None = None) -> Tensor:
    """The sums of the elements along `dim` up to each one; integers and booleans are summed as int64."""

@overload
def cumsum_(input: Tensor, dim: int, dtype: dtype | None = None) -> Tensor: ...
@overload
def cumsum_(input: Tensor, axis: int, *, dtype: dtype | None = None) -> Tensor:
    """`cumsum`, written into the tensor itself."""

def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int = -1) -> Tensor:
    """The integrals of samples along `dim` up to each but the first."""
