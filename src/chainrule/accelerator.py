"""Devices other than the CPU, whatever their kind. There are none here.

>>> torch.accelerator.current_accelerator().type if torch.accelerator.is_available() else "cpu"
'cpu'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from chainrule.devices import device

__all__ = [
    "current_accelerator", "current_device_idx", "current_device_index", "current_stream", "device_count",
    "empty_cache", "is_available", "max_memory_allocated", "memory_allocated", "memory_reserved",
    "set_device_idx", "set_device_index", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """Whether there is one: no."""
    return False


def device_count() -> int:
    """How many there are: none."""
    return 0


def current_accelerator(check_available: bool = False) -> device | None:
    """The device in use: None, as there is none."""
    return None


def _refuse() -> NoReturn:
    raise RuntimeError("Cannot access accelerator device when none is available.")


def current_device_index() -> int:
    """The index of the device in use; RuntimeError, since there is none."""
    _refuse()


def current_device_idx() -> int:
    """An older name of `current_device_index`."""
    _refuse()


def set_device_index(device: Any, /) -> None:
    """Select a device; RuntimeError, since there is none."""
    _refuse()


def set_device_idx(device: Any, /) -> None:
    """An older name of `set_device_index`."""
    _refuse()


def current_stream(device: Any = None, /) -> Any:
    """The selected stream; RuntimeError, since there is none."""
    _refuse()


def synchronize(device: Any = None, /) -> None:
    """Wait for a device's work; RuntimeError, since there is none: ask `is_available` first."""
    _refuse()


def empty_cache() -> None:
    """Give a device's cached memory back; RuntimeError, since there is none."""
    _refuse()


def memory_allocated(device_index: Any = None, /) -> int:
    """How many bytes tensors take; RuntimeError, since there is no device."""
    _refuse()


def max_memory_allocated(device_index: Any = None, /) -> int:
    """How many bytes tensors took at most; RuntimeError, since there is no device."""
    _refuse()


def memory_reserved(device_index: Any = None, /) -> int:
    """How many bytes are held for tensors; RuntimeError, since there is no device."""
    _refuse()
