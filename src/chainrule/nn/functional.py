"""The functions that the modules of `nn` call: rows of the table, taken as PyTorch takes them.

What a row does not know is done here: whether to change the input in place, whether one is in training, which dimension
is meant when none is given.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from chainrule.dtypes import dtype
from chainrule.engine.inplace import call_inplace, make_inplace
from chainrule.engine.op import TABLE
from chainrule.namespaces import functions_in
from chainrule.nn.attention_functions import multi_head_attention_forward
from chainrule.nn.dropout_functions import (
    alpha_dropout,
    dropout1d,
    dropout2d,
    dropout3d,
    feature_alpha_dropout,
    gumbel_softmax,
    rrelu,
)
from chainrule.nn.embedding_functions import embedding_bag
from chainrule.nn.likelihood_loss_functions import (
    ctc_loss,
    gaussian_nll_loss,
    linear_cross_entropy,
    multilabel_soft_margin_loss,
    poisson_nll_loss,
)
from chainrule.nn.loss_functions import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    nll_loss,
    smooth_l1_loss,
)
from chainrule.nn.margin_loss_functions import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from chainrule.nn.normalization_functions import instance_norm, local_response_norm, rms_norm
from chainrule.nn.pooling_functions import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool1d_with_indices,
    adaptive_max_pool2d,
    adaptive_max_pool2d_with_indices,
    adaptive_max_pool3d,
    adaptive_max_pool3d_with_indices,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_pool1d,
    max_pool1d_with_indices,
    max_pool2d,
    max_pool2d_with_indices,
    max_pool3d,
    max_pool3d_with_indices,
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)
from chainrule.ops import activations, elementwise, neural
from chainrule.ops import dropout as rows
from chainrule.ops.attention import scaled_dot_product_attention
from chainrule.ops.convolution import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from chainrule.ops.dropout import rrelu_
from chainrule.ops.embedding_bag import embedding_renorm_
from chainrule.ops.fold import fold, unfold
from chainrule.ops.fractional_pooling import (
    fractional_max_pool2d,
    fractional_max_pool2d_with_indices,
    fractional_max_pool3d,
    fractional_max_pool3d_with_indices,
)
from chainrule.ops.grid_sampling import affine_grid, grid_sample
from chainrule.ops.normalization import batch_norm, group_norm, layer_norm, normalize
from chainrule.ops.padding import pad
from chainrule.ops.shuffling import channel_shuffle, pixel_shuffle, pixel_unshuffle
from chainrule.ops.similarity import cosine_similarity
from chainrule.ops.softmax import log_softmax as log_softmax_along
from chainrule.ops.softmax import softmax as softmax_along
from chainrule.ops.upsampling import interpolate, upsample, upsample_bilinear, upsample_nearest
from chainrule.tensor import Tensor

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "affine_grid",
    "alpha_dropout",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "celu",
    "celu_",
    "channel_shuffle",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "ctc_loss",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "elu",
    "elu_",
    "embedding",
    "embedding_bag",
    "feature_alpha_dropout",
    "fold",
    "fractional_max_pool2d",
    "fractional_max_pool2d_with_indices",
    "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices",
    "gaussian_nll_loss",
    "gelu",
    "glu",
    "grid_sample",
    "group_norm",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "hinge_embedding_loss",
    "huber_loss",
    "instance_norm",
    "interpolate",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "leaky_relu_",
    "linear",
    "linear_cross_entropy",
    "local_response_norm",
    "log_softmax",
    "logsigmoid",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    "mish",
    "mse_loss",
    "multi_head_attention_forward",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "normalize",
    "pad",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson_nll_loss",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "rms_norm",
    "rrelu",
    "rrelu_",
    "scaled_dot_product_attention",
    "selu",
    "selu_",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "threshold_",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
    "unfold",
    "upsample",
    "upsample_bilinear",
    "upsample_nearest",
]

# ---- activations ----


def _changed(name: str, input: Tensor, *options: Any) -> Any:
    return call_inplace(TABLE[name], (input, *options))


def relu(input: Tensor, inplace: bool = False) -> Any:
    """`max(0, x)`.

    >>> relu(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return _changed("relu", input) if inplace else elementwise.relu(input)


def relu6(input: Tensor, inplace: bool = False) -> Any:
    """`min(max(0, x), 6)`."""
    return _changed("hardtanh", input, 0.0, 6.0) if inplace else activations.hardtanh(input, 0.0, 6.0)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """`x` between `min_val` and `max_val`, and those beyond."""
    return _changed("hardtanh", input, min_val, max_val) if inplace else activations.hardtanh(input, min_val, max_val)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """`x` where positive, else `negative_slope * x`.

    >>> leaky_relu(torch.tensor([-1.0, 2.0]), 0.5)
    tensor([-0.5000,  2.0000])
    """
    return _changed("leaky_relu", input, negative_slope) if inplace else activations.leaky_relu(input, negative_slope)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Any:
    """`x` where positive, else `alpha * (exp(x) - 1)`."""
    return _changed("elu", input, alpha) if inplace else activations.elu(input, alpha)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Any:
    """`x` where positive, else `alpha * (exp(x / alpha) - 1)`."""
    return _changed("celu", input, alpha) if inplace else activations.celu(input, alpha)


def selu(input: Tensor, inplace: bool = False) -> Any:
    """The self-normalising ELU."""
    return _changed("selu", input) if inplace else activations.selu(input)


def silu(input: Tensor, inplace: bool = False) -> Any:
    """`x * sigmoid(x)`."""
    return _changed("silu", input) if inplace else activations.silu(input)


def mish(input: Tensor, inplace: bool = False) -> Any:
    """`x * tanh(softplus(x))`."""
    return _changed("mish", input) if inplace else activations.mish(input)


def hardswish(input: Tensor, inplace: bool = False) -> Any:
    """`x * relu6(x + 3) / 6`."""
    return _changed("hardswish", input) if inplace else activations.hardswish(input)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Any:
    """`relu6(x + 3) / 6`."""
    return _changed("hardsigmoid", input) if inplace else activations.hardsigmoid(input)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Any:
    """`x` where above `threshold`, else `value`."""
    return _changed("threshold", input, threshold, value) if inplace else activations.threshold(input, threshold, value)


relu_ = make_inplace(TABLE["relu"])
hardtanh_ = make_inplace(TABLE["hardtanh"])
leaky_relu_ = make_inplace(TABLE["leaky_relu"])
elu_ = make_inplace(TABLE["elu"])
celu_ = make_inplace(TABLE["celu"])
selu_ = make_inplace(TABLE["selu"])
threshold_ = make_inplace(TABLE["threshold"])

gelu = activations.gelu
glu = activations.glu
hardshrink = activations.hardshrink
logsigmoid = activations.logsigmoid
prelu = activations.prelu
softplus = activations.softplus
softshrink = activations.softshrink
softsign = activations.softsign
tanhshrink = activations.tanhshrink
sigmoid = elementwise.sigmoid
tanh = elementwise.tanh


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: dtype | None = None) -> Any:
    """`exp(x)` divided by its sum along `dim`; computed in `dtype`, where given.

    >>> softmax(torch.zeros(2), dim=0)
    tensor([0.5000, 0.5000])
    """
    return softmax_along(input, _dim_of("softmax", input, dim, _stacklevel), dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: dtype | None = None) -> Any:
    """The softmax of `-x`."""
    return activations.softmin(input, _dim_of("softmin", input, dim, _stacklevel), dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: dtype | None = None) -> Any:
    """The logarithm of the softmax, computed without overflow."""
    return log_softmax_along(input, _dim_of("log_softmax", input, dim, _stacklevel), dtype)


def _dim_of(name: str, input: Tensor, dim: int | None, stacklevel: int) -> int:
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if input.ndim in (0, 1, 3) else 1


# ---- layers ----

linear = neural.linear
bilinear = neural.bilinear


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Zero each element with probability `p` and divide the others by `1 - p`; the input itself unless in training.

    >>> dropout(torch.ones(3), training=False)
    tensor([1., 1., 1.])
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    return (rows.dropout_ if inplace else rows.dropout)(input, p, training)


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of `weight` with the numbers in `input`.

    Args:
        input: integers, of any shape.
        weight: a matrix.
        padding_idx: a number whose row gets no gradient.
        max_norm: scale rows that are used down to this norm at most, in place.
        norm_type: the exponent of that norm.
        scale_grad_by_freq: divide gradients by how often a number occurs in `input`.
        sparse: not supported: gradients are dense.

    >>> embedding(torch.tensor([1, 1, 0]), torch.eye(2))
    tensor([[0., 1.],
            [0., 1.],
            [1., 0.]])
    """
    if sparse:
        raise NotImplementedError(
            "embedding(sparse=True) is not supported: there are no sparse gradients; leave it out"
        )
    rows = weight.shape[0]
    if padding_idx is None:
        padding_idx = -1
    elif not -rows <= padding_idx < rows:
        raise AssertionError("Padding_idx must be within num_embeddings")
    else:
        padding_idx %= rows
    if max_norm is not None:
        embedding_renorm_(weight, input, max_norm, norm_type)
    return neural.embedding(weight, input, padding_idx, scale_grad_by_freq)


# What else the table has for this namespace.
_others: dict[str, Callable[..., Any]] = {
    name: function for name, function in functions_in("nn.functional").items() if name not in globals()
}
globals().update(_others)
