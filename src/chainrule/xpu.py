"""What PyTorch programs ask of Intel's GPUs: there is none here."""

from __future__ import annotations

from typing import Any

from chainrule.devices import require_cpu

__all__ = [
    "device_count", "empty_cache", "is_available", "is_bf16_supported", "is_initialized", "manual_seed",
    "manual_seed_all", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """Whether there is one: no.

    >>> torch.xpu.is_available()
    False
    """
    return False


def device_count() -> int:
    """How many there are: none.

    >>> torch.xpu.device_count()
    0
    """
    return 0


def is_initialized() -> bool:
    """Whether it was started: no."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether it computes with bfloat16: no."""
    return False


def manual_seed(seed: int) -> None:
    """Seed its generator: there is none, so nothing happens.

    >>> torch.xpu.manual_seed(0)
    """


def manual_seed_all(seed: int) -> None:
    """Seed all generators: there are none, so nothing happens.

    >>> torch.xpu.manual_seed_all(0)
    """


def empty_cache() -> None:
    """Give cached memory back: there is none, so nothing happens.

    >>> torch.xpu.empty_cache()
    """


def synchronize(device: Any = None) -> None:
    """Wait for its work; RuntimeError, since there is none."""
    require_cpu("xpu")
