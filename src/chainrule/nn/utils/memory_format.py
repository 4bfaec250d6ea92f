"""The weights of convolutions in another order in memory."""

from __future__ import annotations

from typing import Any, TypeVar

from chainrule.layouts import memory_format
from chainrule.nn.modules.conv import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d
from chainrule.nn.modules.module import Module
from chainrule.ops.creation import empty_like

__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]

M = TypeVar("M", bound=Module)


def convert_conv2d_weight_memory_format(module: M, memory_format: memory_format) -> M:
    """Lay the weights of all convolutions over pictures out in memory as `memory_format` says; their values stay.

    >>> import chainrule as torch
    >>> layer = torch.nn.utils.convert_conv2d_weight_memory_format(torch.nn.Conv2d(3, 8, 2), torch.channels_last)
    >>> layer.weight.stride()
    (12, 1, 6, 3)
    """
    return _convert(module, memory_format, (Conv2d, ConvTranspose2d))


def convert_conv3d_weight_memory_format(module: M, memory_format: memory_format) -> M:
    """Lay the weights of all convolutions over volumes out in memory as `memory_format` says; their values stay.

    >>> import chainrule as torch
    >>> layer = torch.nn.utils.convert_conv3d_weight_memory_format(torch.nn.Conv3d(2, 1, 2), torch.channels_last_3d)
    >>> layer.weight.stride()
    (16, 1, 8, 4, 2)
    """
    return _convert(module, memory_format, (Conv3d, ConvTranspose3d))


def _convert(module: M, memory_format: memory_format, kinds: tuple[type[Module], ...]) -> M:
    for part in module.modules():
        if isinstance(part, kinds):
            weight: Any = part.weight
            weight.data = empty_like(weight, memory_format=memory_format).copy_(weight.detach())
    return module
