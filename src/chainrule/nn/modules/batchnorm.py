"""Batch normalisation."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from chainrule.devices import device
from chainrule.dtypes import as_numpy_dtype, default_float, dtype
from chainrule.nn import functional as F
from chainrule.nn.modules.lazy import LazyModuleMixin
from chainrule.nn.modules.linear import uninitialized
from chainrule.nn.modules.module import Layer, Module
from chainrule.nn.modules.normalization import reset_affine
from chainrule.nn.parameter import Parameter, UninitializedBuffer, UninitializedParameter
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


class _LazyNormBase(LazyModuleMixin, _NormBase):
    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, False, False, device, dtype, bias=False)
        self.affine = affine
        self.track_running_stats = track_running_stats
        if affine:
            self.weight = UninitializedParameter(device=device, dtype=dtype)
            if bias:
                self.bias = UninitializedParameter(device=device, dtype=dtype)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(device=device, dtype=dtype)
            self.running_var = UninitializedBuffer(device=device, dtype=dtype)
            self.num_batches_tracked = wrap(np.zeros((), np.int64))

    def reset_parameters(self) -> None:
        """As for the other norms, once there are parameters."""
        if not self.has_uninitialized_params() and self.num_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Take the number of channels of `input`."""
        if not self.has_uninitialized_params():
            return
        self.num_features = input.shape[1]
        for tensor in (self.weight, self.bias, self.running_mean, self.running_var):
            if isinstance(tensor, UninitializedParameter | UninitializedBuffer):
                tensor.materialize((self.num_features,))
        self.reset_parameters()


class _BatchNorm(_NormBase):
    dims: ClassVar[tuple[int, ...]] = ()

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim not in self.dims:
            expected = " or ".join(f"{dims}D" for dims in self.dims)
            raise ValueError(f"expected {expected} input (got {input.ndim}D input)")

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor of shape `(N, num_features, ...)`."""
        self._check_input_dim(input)
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


class LazyBatchNorm1d(_LazyNormBase, _BatchNorm):
    """A `BatchNorm1d` that sees the number of channels from the first input.

    Args:
        eps: what is added to the variance, against division by zero.
        momentum: how far each batch moves the running mean and variance; None for the mean of all batches.
        affine: whether to learn weights.
        track_running_stats: whether to keep a running mean and variance, for use after training.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.
        bias: whether to learn biases, where there are weights.

    >>> layer = torch.nn.LazyBatchNorm1d()
    >>> _ = layer(torch.zeros(2, 3))
    >>> layer.num_features
    3
    """

    cls_to_become = BatchNorm1d
    dims = (2, 3)


class LazyBatchNorm2d(_LazyNormBase, _BatchNorm):
    """A `BatchNorm2d` that sees the number of channels from the first input.

    The arguments are those of `LazyBatchNorm1d`.

    >>> layer = torch.nn.LazyBatchNorm2d()
    >>> _ = layer(torch.zeros(2, 3, 4, 4))
    >>> layer.num_features
    3
    """

    cls_to_become = BatchNorm2d
    dims = (4,)


class LazyBatchNorm3d(_LazyNormBase, _BatchNorm):
    """A `BatchNorm3d` that sees the number of channels from the first input.

    The arguments are those of `LazyBatchNorm1d`.

    >>> layer = torch.nn.LazyBatchNorm3d()
    >>> _ = layer(torch.zeros(2, 3, 4, 4, 4))
    >>> layer.num_features
    3
    """

    cls_to_become = BatchNorm3d
    dims = (5,)


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation over the batches of several processes; here of one, where it is what `BatchNorm` is.

    Args:
        num_features: the number of channels, dimension 1 of the input, which may have any number of dimensions.
        eps: what is added to the variance, against division by zero.
        momentum: how far each batch moves the running mean and variance; None for the mean of all batches.
        affine: whether to learn weights.
        track_running_stats: whether to keep a running mean and variance, for use after training.
        process_group: the processes; kept, and not used, as there are no others.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.
        bias: whether to learn biases, where there are weights.

    >>> torch.nn.SyncBatchNorm(3)(torch.zeros(2, 3, 4)).shape
    chainrule.Size([2, 3, 4])
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim < 2:
            raise ValueError(f"expected at least 2D input (got {input.ndim}D input)")
        if input.shape[1] == 0:
            raise ValueError("SyncBatchNorm number of input channels should be non-zero")

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """Replace each batch normalisation in a network by one of these, with the same parameters.

        >>> torch.nn.SyncBatchNorm.convert_sync_batchnorm(torch.nn.Sequential(torch.nn.BatchNorm1d(2)))
        Sequential(
          (0): SyncBatchNorm(2, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
        )
        """
        converted = module
        if isinstance(module, _BatchNorm):
            converted = SyncBatchNorm(
                module.num_features,
                module.eps,
                module.momentum,
                module.affine,
                module.track_running_stats,
                process_group,
                bias=module.bias is not None,
            )
            converted._parameters.update(module._parameters)
            converted._buffers.update(module._buffers)
            converted.training = module.training
        for name, child in module.named_children():
            converted.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return converted
