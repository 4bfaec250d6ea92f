"""Elements in another order: channels that become pixels, pixels that become channels, channels dealt out to groups."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.op import LINEAR, op

__all__: list[str] = []

SPACES = "torch nn.functional"


def _check_factor(name: str, argument: str, factor: Any, shape: tuple[int, ...]) -> None:
    if isinstance(factor, bool) or not isinstance(factor, (int, np.integer)):
        raise TypeError(f"{name}(): argument '{argument}' (position 2) must be int, not {type(factor).__name__}")
    if len(shape) < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {len(shape)} dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive {argument}, but got {factor}")


def _shuffled_back(grad: Any, upscale_factor: int) -> Any:
    return pixel_unshuffle(grad, upscale_factor)


@op(kind=LINEAR, spaces=SPACES, self=_shuffled_back, batching=batches.passed)
def pixel_shuffle(self: Any, upscale_factor: int) -> Any:
    """Each `upscale_factor ** 2` channels as one, of that many times the height and width.

    `input`: of shape `(..., C, H, W)`.

    >>> torch.pixel_shuffle(torch.tensor([[[1.0]], [[2.0]], [[3.0]], [[4.0]]]), 2)
    tensor([[[1., 2.],
             [3., 4.]]])
    """
    r, shape = upscale_factor, self.shape
    _check_factor("pixel_shuffle", "upscale_factor", r, shape)
    *lead, channels, height, width = shape
    if channels % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={channels} is not divisible by {r * r}"
        )
    parts = self.reshape((*lead, channels // (r * r), r, r, height, width))
    n = len(lead)
    placed = parts.transpose((*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return placed.reshape((*lead, channels // (r * r), height * r, width * r))


@op(
    kind=LINEAR,
    spaces=SPACES,
    self=lambda grad, downscale_factor: pixel_shuffle(grad, downscale_factor),
    batching=batches.passed,
)
def pixel_unshuffle(self: Any, downscale_factor: int) -> Any:
    """The inverse of `pixel_shuffle`: squares of `downscale_factor` elements along each side become channels.

    >>> torch.pixel_unshuffle(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]), 2).flatten()
    tensor([1., 2., 3., 4.])
    """
    r, shape = downscale_factor, self.shape
    _check_factor("pixel_unshuffle", "downscale_factor", r, shape)
    *lead, channels, height, width = shape
    for name, dimension, size in (("height", -2, height), ("width", -1, width)):
        if size % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, "
                f"but input.size({dimension})={size} is not divisible by {r}"
            )
    parts = self.reshape((*lead, channels, height // r, r, width // r, r))
    n = len(lead)
    placed = parts.transpose((*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return placed.reshape((*lead, channels * r * r, height // r, width // r))


def _dealt_back(grad: Any, self_shape: tuple[int, ...], groups: int) -> Any:
    return channel_shuffle(grad, self_shape[1] // groups) if self_shape[1] else grad


@op(kind=LINEAR, spaces=SPACES, aliases="native_channel_shuffle", self=_dealt_back, batching=batches.merged())
def channel_shuffle(self: Any, groups: int) -> Any:
    """Channels of `groups` groups in turn: the first of each, then the second of each, and so on.

    `input`: of shape `(N, C, ...)`.

    >>> torch.channel_shuffle(torch.tensor([[[1], [2], [3], [4]]]), 2).flatten()
    tensor([1, 3, 2, 4])
    """
    shape = self.shape
    if len(shape) < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {shape[1]} channels and {groups} groups."
        )
    return self.reshape((shape[0], groups, shape[1] // groups, *shape[2:])).swapaxes(1, 2).reshape(shape)
