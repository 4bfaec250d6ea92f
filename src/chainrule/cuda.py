"""What PyTorch programs ask of CUDA: there is none here, since arrays of NumPy live on the CPU."""

from __future__ import annotations

from typing import Any

from chainrule.devices import require_cpu


def is_available() -> bool:
    """Whether tensors can live on a CUDA device.

    >>> is_available()
    False
    """
    return False


def device_count() -> int:
    """The number of CUDA devices.

    >>> device_count()
    0
    """
    return 0


def is_initialized() -> bool:
    """Whether CUDA was started."""
    return False


def current_device() -> int:
    """The index of the selected device; raises RuntimeError since there is none."""
    require_cpu("cuda")
    return 0


def get_device_name(device: Any = None) -> str:
    """The name of a device; raises RuntimeError since there is none."""
    del device
    require_cpu("cuda")
    return ""


def synchronize(device: Any = None) -> None:
    """Wait for a device's work; raises RuntimeError since there is none."""
    del device
    require_cpu("cuda")


def empty_cache() -> None:
    """Give cached device memory back: there is none, so nothing happens."""


def manual_seed(seed: int) -> None:
    """Seed the current device's generator: there is none, so nothing happens."""
    del seed


def manual_seed_all(seed: int) -> None:
    """Seed all devices' generators: there are none, so nothing happens."""
    del seed
