"""A linear layer or a convolution and the batch normalisation after it as one layer, for use after training."""

from __future__ import annotations

import copy
from typing import Any, TypeVar

from chainrule.nn.modules.batchnorm import _BatchNorm
from chainrule.nn.modules.conv import _ConvNd
from chainrule.nn.modules.linear import Linear
from chainrule.nn.parameter import Parameter
from chainrule.ops.creation import ones_like, zeros_like

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]

C = TypeVar("C", bound=_ConvNd)
L = TypeVar("L", bound=Linear)


def _require_fusible(layer: Any, bn: Any) -> None:
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")


def _require_statistics(bn: Any) -> None:
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")


def fuse_conv_bn_eval(conv: C, bn: _BatchNorm, transpose: bool = False) -> C:
    """A convolution that does what `conv` and then `bn` do, both in evaluation.

    Args:
        conv: a convolution.
        bn: the batch normalisation after it, with running statistics.
        transpose: whether `conv` is a transposed convolution.

    >>> import chainrule as torch
    >>> conv, bn, images = torch.nn.Conv2d(1, 2, 3).eval(), torch.nn.BatchNorm2d(2).eval(), torch.ones(1, 1, 4, 4)
    >>> fused = torch.nn.utils.fuse_conv_bn_eval(conv, bn)
    >>> torch.allclose(fused(images), bn(conv(images)), atol=1e-6)
    True
    """
    _require_fusible(conv, bn)
    fused: Any = copy.deepcopy(conv)
    _require_statistics(bn)
    statistics = (bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)
    fused.weight, fused.bias = fuse_conv_bn_weights(fused.weight, fused.bias, *statistics, transpose=transpose)
    return fused  # type: ignore[no-any-return]


def fuse_conv_bn_weights(
    conv_w: Any, conv_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any, bn_b: Any, transpose: bool = False
) -> tuple[Parameter, Parameter]:
    """The weight and bias of a convolution that does what these parameters of one and of a batch normalisation do.

    Args:
        conv_w: the convolution's weight.
        conv_b: its bias, or None.
        bn_rm: the running mean.
        bn_rv: the running variance.
        bn_eps: what is added to the variance.
        bn_w: the weight of the batch normalisation, or None.
        bn_b: its bias, or None.
        transpose: whether the convolution is a transposed one.
    """
    bias_dtype = conv_w.dtype if conv_b is None else conv_b.dtype
    conv_b = zeros_like(bn_rm) if conv_b is None else conv_b
    bn_w = ones_like(bn_rm) if bn_w is None else bn_w
    bn_b = zeros_like(bn_rm) if bn_b is None else bn_b
    inverse = (bn_rv + bn_eps).rsqrt()
    along = [1] * conv_w.ndim
    along[1 if transpose else 0] = -1
    weight = (conv_w * (bn_w * inverse).reshape(along)).to(conv_w.dtype)
    bias = ((conv_b - bn_rm) * inverse * bn_w + bn_b).to(bias_dtype)
    return _parameter(weight, conv_w), _parameter(bias, conv_b)


def fuse_linear_bn_eval(linear: L, bn: _BatchNorm) -> L:
    """A linear layer that does what `linear` and then `bn` do, both in evaluation.

    AssertionError unless `bn` has as many features as `linear` has outputs, or one.

    >>> import chainrule as torch
    >>> linear, bn, batch = torch.nn.Linear(3, 2).eval(), torch.nn.BatchNorm1d(2).eval(), torch.ones(4, 3)
    >>> torch.allclose(torch.nn.utils.fuse_linear_bn_eval(linear, bn)(batch), bn(linear(batch)), atol=1e-6)
    True
    """
    _require_fusible(linear, bn)
    fused: Any = copy.deepcopy(linear)
    if bn.num_features not in (linear.out_features, 1):
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, "
            f"got linear.out_features={linear.out_features} and bn.num_features={bn.num_features}"
        )
    _require_statistics(bn)
    statistics = (bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)
    fused.weight, fused.bias = fuse_linear_bn_weights(fused.weight, fused.bias, *statistics)
    return fused  # type: ignore[no-any-return]


def fuse_linear_bn_weights(
    linear_w: Any, linear_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any, bn_b: Any
) -> tuple[Parameter, Parameter]:
    """The weight and bias of a linear layer that does what these parameters of one and of a batch normalisation do.

    The arguments are those of `fuse_conv_bn_weights`.
    """
    bias_dtype = linear_w.dtype if linear_b is None else linear_b.dtype
    linear_b = zeros_like(bn_rm) if linear_b is None else linear_b
    scale = bn_w * (bn_rv + bn_eps).rsqrt()
    weight = linear_w * scale.unsqueeze(-1).to(linear_w.dtype)
    bias = ((linear_b - bn_rm) * scale + bn_b).to(bias_dtype)
    return _parameter(weight, linear_w), _parameter(bias, linear_b)


def _parameter(value: Any, like: Any) -> Parameter:
    return Parameter(value.detach(), like.requires_grad)
