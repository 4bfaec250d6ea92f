"""Batch normalisation."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from chainrule.devices import device
from chainrule.dtypes import as_numpy_dtype, default_float, dtype
from chainrule.nn import functional as F
from chainrule.nn.modules.linear import uninitialized
from chainrule.nn.modules.module import Layer
from chainrule.nn.modules.normalization import reset_affine
from chainrule.nn.parameter import Parameter
from chainrule.tensor import Tensor, wrap


class _NormBase(Layer):
    # Before version 2 there was no count of batches; loading such a state leaves the count as it is.
    _version = 2

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self.register_parameter("weight", uninitialized((num_features,), device, dtype) if affine else None)
        self.register_parameter("bias", uninitialized((num_features,), device, dtype) if affine and bias else None)
        kind = default_float() if dtype is None else as_numpy_dtype(dtype)
        tracked = track_running_stats
        self.register_buffer("running_mean", wrap(np.zeros(num_features, kind)) if tracked else None)
        self.register_buffer("running_var", wrap(np.ones(num_features, kind)) if tracked else None)
        self.register_buffer("num_batches_tracked", wrap(np.zeros((), np.int64)) if tracked else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget what was tracked: mean 0, variance 1."""
        for name, value in (("running_mean", 0), ("running_var", 1), ("num_batches_tracked", 0)):
            buffer = self._buffers[name]
            if buffer is not None:
                buffer.fill_(value)

    def reset_parameters(self) -> None:
        """Set the weights to 1, the biases to 0, and forget what was tracked."""
        self.reset_running_stats()
        reset_affine(self)

    def extra_repr(self) -> str:
        """The size and options."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        *rest: Any,
    ) -> None:
        key = prefix + "num_batches_tracked"
        if (local_metadata.get("version") or 1) < 2 and self.num_batches_tracked is not None and key not in state_dict:
            state_dict[key] = self.num_batches_tracked
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


class _BatchNorm(_NormBase):
    dims: ClassVar[tuple[int, ...]] = ()

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, num_features, ...)`."""
        if input.ndim not in self.dims:
            expected = " or ".join(f"{dims}D" for dims in self.dims)
            raise ValueError(f"expected {expected} input (got {input.ndim}D input)")
        momentum = 0.0 if self.momentum is None else self.momentum
        tracks = self.training and self.track_running_stats
        if tracks and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                # The plain mean of all batches.
                momentum = 1.0 / float(self.num_batches_tracked._array)
        by_batch = self.training or self.running_mean is None
        keep = not self.training or self.track_running_stats
        return F.batch_norm(
            input,
            self.running_mean if keep else None,
            self.running_var if keep else None,
            self.weight,
            self.bias,
            by_batch,
            momentum,
            self.eps,
        )


class BatchNorm1d(_BatchNorm):
    """Shifts and scales each channel to mean 0 and variance 1 over the batch, then by a weight and a bias.

    Args:
        num_features: the number of channels, dimension 1 of the input.
        eps: what is added to the variance, against division by zero.
        momentum: how far each batch moves the running mean and variance; None for the mean of all batches.
        affine: whether to learn weights.
        track_running_stats: whether to keep a running mean and variance, for use after training.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.
        bias: whether to learn biases, where there are weights.

    >>> layer = torch.nn.BatchNorm1d(1)
    >>> layer(torch.tensor([[1.0], [3.0]])).detach()
    tensor([[-1.0000],
            [ 1.0000]])
    >>> layer.running_mean
    tensor([0.2000])
    """

    dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """The same for images of shape `(N, num_features, H, W)`.

    >>> torch.nn.BatchNorm2d(3)(torch.zeros(2, 3, 4, 4)).shape
    chainrule.Size([2, 3, 4, 4])
    """

    dims = (4,)


class BatchNorm3d(_BatchNorm):
    """The same for volumes of shape `(N, num_features, D, H, W)`.

    >>> torch.nn.BatchNorm3d(3)(torch.zeros(2, 3, 4, 4, 4)).shape
    chainrule.Size([2, 3, 4, 4, 4])
    """

    dims = (5,)
