# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Callable, Sequence
from typing import Any, Literal, overload

from chainrule._declared.arguments import Dims, Number
from chainrule.dtypes import dtype
from chainrule.random import Generator
from chainrule.tensor import Tensor

def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """How much `input1` falls short of being `margin` above `input2` (`target` 1), or below it (`target` -1)."""

@overload
def max_pool1d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@overload
def max_pool1d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@overload
def max_pool1d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window over the last dimension; NaN where the window has one."""

def max_pool1d_with_indices(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    return_indices: bool = True,
) -> tuple[Tensor, Tensor]:
    """What `max_pool1d` gives, and the index along the last dimension of each element."""

@overload
def max_pool2d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@overload
def max_pool2d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@overload
def max_pool2d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window over the last two dimensions; NaN where the window has one."""

def max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    return_indices: bool = True,
) -> Tensor:
    """`max_pool2d` with `return_indices=True`."""

@overload
def max_pool3d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@overload
def max_pool3d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@overload
def max_pool3d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest element of each window over the last three dimensions; see `max_pool2d`."""

def max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    return_indices: bool = True,
) -> Tensor:
    """`max_pool3d` with `return_indices=True`."""

def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    output_size: int | Sequence[int | None] | None = None,
) -> Tensor:
    """Zeros, and the elements that `max_pool1d` found at the places where it found them."""

def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    output_size: int | Sequence[int | None] | None = None,
) -> Tensor:
    """Zeros, and the elements that `max_pool2d` found at the places where it found them."""

def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    output_size: int | Sequence[int | None] | None = None,
) -> Tensor:
    """Zeros, and the elements that `max_pool3d` found at the places where it found them; see `max_unpool2d`."""

def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """`x * tanh(softplus(x))`."""

def mish_(input: Tensor) -> Tensor:
    """`mish`, written into the tensor itself."""

def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The mean of `(input - target) ** 2`, or their sum, or each of them; as weighted by `weight`."""

def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor]:
    """The attention of several heads, and with `need_weights` their weights (else None)."""

def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The `p`-th powers of how much every other class comes within `margin` of the right one, over all classes."""

def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
) -> Tensor:
    """How much every other class comes within 1 of each of the right ones: those in `target` before the first -1."""

def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean over classes (the last dimension) of the cross entropy of `sigmoid(input)` against `target`."""

def native_channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Channels of `groups` groups in turn: the first of each, then the second of each, and so on."""

def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Minus the logarithm that `input`, of shape `(N, C, ...)` or `(C,)`, holds for the right class."""

def normalize(
    input: Tensor, p: float = 2.0, dim: int | Sequence[int] = 1, eps: float = 1e-12, out: Tensor | None = None
) -> Tensor:
    """Divide vectors along `dim` by their `p`-norm, or by `eps` where that is larger."""

def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Zeros, with a new last dimension in which a one stands at the place that each integer names."""

def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Add margins: of `value` (0), or of the input's own elements."""

def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-06, keepdim: bool = False) -> Tensor:
    """The `p`-norm distances of the vectors of two tensors in the last dimension; `eps` is added to every
    difference.
    """

def pdist(input: Tensor, p: float = 2) -> Tensor:
    """The `p`-norm distances between every two rows of a matrix: the upper triangle of `cdist`."""

def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Each `upscale_factor ** 2` channels as one, of that many times the height and width."""

def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """The inverse of `pixel_shuffle`: squares of `downscale_factor` elements along each side become channels."""

def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-08,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The negative log likelihood of counts `target` that are Poisson, without what depends on them alone."""

def prelu(input: Tensor, weight: Tensor | Number) -> Tensor:
    """`x` where positive, else `weight * x`, with one weight or one for each channel (dimension 1)."""

def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """`max(0, x)`."""

def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """`min(max(0, x), 6)`."""

def relu_(input: Tensor) -> Tensor:
    """`relu`, written into the tensor itself."""

def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Divide by the root of the mean square over the last dimensions, then multiply by `weight`."""

def rrelu(
    input: Tensor,
    lower: float = 0.125,
    upper: float = 0.3333333333333333,
    training: bool = False,
    inplace: bool = False,
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

def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """`softmax(query @ key.T * scale + attn_mask) @ value`: each query's mean of values, weighted by their keys."""

def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """The self-normalising ELU."""

def selu_(input: Tensor) -> Tensor:
    """`selu`, written into the tensor itself."""

def sigmoid(input: Tensor) -> Tensor:
    """`1 / (1 + exp(-x))`."""

def sigmoid_(input: Tensor) -> Tensor:
    """`sigmoid`, written into the tensor itself."""

def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """`x * sigmoid(x)`."""

def silu_(input: Tensor) -> Tensor:
    """`silu`, written into the tensor itself."""

def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """The mean of `|d|` of the differences `d`, but of `d ** 2 / (2 * beta)`, shifted to meet it, below `beta`."""

def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
) -> Tensor:
    """`log(1 + exp(-target * input))` for targets 1 and -1."""

def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: dtype | None = None) -> Tensor:
    """`exp(x)` divided by its sum along `dim`; computed in `dtype`, where given."""

def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: dtype | None = None) -> Tensor:
    """The softmax of `-x`."""

def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """`log(1 + exp(beta * x)) / beta`, and `x` itself where `beta * x` is above the threshold."""

def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """`x` moved towards 0 by `lambd`, and 0 between `-lambd` and `lambd`."""

def softsign(input: Tensor) -> Tensor:
    """`x / (1 + |x|)`."""

def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.tanh`."""

def tanhshrink(input: Tensor) -> Tensor:
    """`x - tanh(x)`."""

def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """`x` where above `threshold`, else `value`."""

def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """`threshold`, written into the tensor itself."""

def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-06,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """How much `negative` is less than `margin` farther from `anchor` than `positive` is, by the `p`-norm."""

def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with a distance of one's own; `pairwise_distance` unless given."""

def unfold(
    input: Tensor,
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Tensor:
    """All windows of pictures (batch, channels, height, width) as columns: (batch, channels * window, windows)."""

def upsample(
    input: Tensor,
    size: Dims | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """The older name of `interpolate`; warns."""

def upsample_bilinear(
    input: Tensor, size: Dims | None = None, scale_factor: float | Sequence[float] | None = None
) -> Tensor:
    """`interpolate` with `mode="bilinear", align_corners=True`; warns."""

def upsample_nearest(
    input: Tensor, size: Dims | None = None, scale_factor: float | Sequence[float] | None = None
) -> Tensor:
    """`interpolate` with `mode="nearest"`; warns."""
