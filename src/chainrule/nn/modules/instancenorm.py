"""Normalisation of each channel of each sample."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

from chainrule.devices import device
from chainrule.dtypes import dtype
from chainrule.nn import functional as F
from chainrule.nn.modules.batchnorm import _LazyNormBase, _NormBase
from chainrule.tensor import Tensor

__all__ = [
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LazyInstanceNorm1d",
    "LazyInstanceNorm2d",
    "LazyInstanceNorm3d",
]


class _InstanceNorm(_NormBase):
    # How many dimensions a sample has; a batch has one more.
    sample_dims: ClassVar[int] = 0

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Any:
        """Apply it to a batch of samples, or to one."""
        dims = self.sample_dims
        if input.ndim not in (dims, dims + 1):
            raise ValueError(f"expected {dims}D or {dims + 1}D input (got {input.ndim}D input)")
        place = input.ndim - dims
        if input.shape[place] != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={place} to match num_features"
                    f" ({self.num_features}), but got: {input.shape[place]}."
                )
            warnings.warn(
                f"input's size at dim={place} does not match num_features. "
                "You can silence this warning by not passing in num_features, "
                "which is not used because affine=False",
                stacklevel=2,
            )
        if input.ndim == dims:
            return self._normalized(input.unsqueeze(0)).squeeze(0)
        return self._normalized(input)

    def _normalized(self, input: Tensor) -> Any:
        return F.instance_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )


class InstanceNorm1d(_InstanceNorm):
    """Shifts and scales each channel of each sample to mean 0 and variance 1: of sequences, (N, C, L) or (C, L).

    Args:
        num_features: the number of channels.
        eps: what is added to the variance, against division by zero.
        momentum: how far each batch moves the running mean and variance.
        affine: whether to learn a weight and a bias for each channel.
        track_running_stats: whether to keep a running mean and variance, and use them after training.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.
        bias: whether to learn biases, where there are weights.

    >>> torch.nn.InstanceNorm1d(1)(torch.tensor([[[1.0, 3.0]]]))
    tensor([[[-1.0000,  1.0000]]])
    """

    sample_dims = 2


class InstanceNorm2d(_InstanceNorm):
    """The same for images of shape `(N, C, H, W)` or `(C, H, W)`.

    >>> torch.nn.InstanceNorm2d(3)(torch.zeros(2, 3, 4, 4)).shape
    chainrule.Size([2, 3, 4, 4])
    """

    sample_dims = 3


class InstanceNorm3d(_InstanceNorm):
    """The same for volumes of shape `(N, C, D, H, W)` or `(C, D, H, W)`.

    >>> torch.nn.InstanceNorm3d(3)(torch.zeros(2, 3, 4, 4, 4)).shape
    chainrule.Size([2, 3, 4, 4, 4])
    """

    sample_dims = 4


class LazyInstanceNorm1d(_LazyNormBase, _InstanceNorm):
    """An `InstanceNorm1d` that sees the number of channels from the first input.

    The arguments are those of `LazyBatchNorm1d`; unlike `InstanceNorm`, it learns weights and keeps statistics
    unless told otherwise.

    >>> layer = torch.nn.LazyInstanceNorm1d()
    >>> _ = layer(torch.zeros(2, 3, 4))
    >>> layer.num_features
    3
    """

    cls_to_become = InstanceNorm1d
    sample_dims = 2


class LazyInstanceNorm2d(_LazyNormBase, _InstanceNorm):
    """An `InstanceNorm2d` that sees the number of channels from the first input.

    The arguments are those of `LazyInstanceNorm1d`.

    >>> layer = torch.nn.LazyInstanceNorm2d()
    >>> _ = layer(torch.zeros(2, 3, 4, 4))
    >>> layer.num_features
    3
    """

    cls_to_become = InstanceNorm2d
    sample_dims = 3


class LazyInstanceNorm3d(_LazyNormBase, _InstanceNorm):
    """An `InstanceNorm3d` that sees the number of channels from the first input.

    The arguments are those of `LazyInstanceNorm1d`.

    >>> layer = torch.nn.LazyInstanceNorm3d()
    >>> _ = layer(torch.zeros(2, 3, 4, 4, 4))
    >>> layer.num_features
    3
    """

    cls_to_become = InstanceNorm3d
    sample_dims = 4
