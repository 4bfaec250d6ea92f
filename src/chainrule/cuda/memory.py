"""The memory of CUDA devices: there is none, and none of it is in use."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from chainrule.devices import require_cpu

__all__ = [
    "empty_cache", "max_memory_allocated", "max_memory_reserved", "mem_get_info", "memory_allocated",
    "memory_reserved", "memory_stats", "memory_summary", "reset_max_memory_allocated", "reset_peak_memory_stats",
    "set_per_process_memory_fraction",
]  # fmt: skip


def empty_cache() -> None:
    """Give cached device memory back: there is none, so nothing happens.

    >>> torch.cuda.empty_cache()
    """


def memory_allocated(device: Any = None) -> int:
    """How many bytes tensors take.

    >>> torch.cuda.memory_allocated()
    0
    """
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """How many bytes tensors took at most.

    >>> torch.cuda.max_memory_allocated()
    0
    """
    return 0


def memory_reserved(device: Any = None) -> int:
    """How many bytes are held for tensors.

    >>> torch.cuda.memory_reserved()
    0
    """
    return 0


def max_memory_reserved(device: Any = None) -> int:
    """How many bytes were held for tensors at most.

    >>> torch.cuda.max_memory_reserved()
    0
    """
    return 0


def memory_stats(device: Any = None) -> OrderedDict[str, Any]:
    """Counts of the allocator, by name: there are none.

    >>> torch.cuda.memory_stats()
    OrderedDict()
    """
    return OrderedDict()


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """The same as text.

    >>> torch.cuda.memory_summary()
    'no CUDA device: no memory'
    """
    return "no CUDA device: no memory"


def reset_peak_memory_stats(device: Any = None) -> None:
    """Forget how much memory there was in use at most: nothing happens.

    >>> torch.cuda.reset_peak_memory_stats()
    """


def reset_max_memory_allocated(device: Any = None) -> None:
    """An older name of `reset_peak_memory_stats`.

    >>> torch.cuda.reset_max_memory_allocated()
    """


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """How much memory of a device is free, and how much there is; RuntimeError, since there is no device."""
    require_cpu("cuda")
    return 0, 0


def set_per_process_memory_fraction(fraction: float, device: Any = None) -> None:
    """Take no more than this part of a device's memory; RuntimeError, since there is no device."""
    require_cpu("cuda")
