"""What PyTorch programs ask of Apple's GPUs: there is none here."""

from __future__ import annotations

from typing import NoReturn

__all__ = [
    "current_allocated_memory", "device_count", "driver_allocated_memory", "empty_cache", "is_available", "manual_seed",
    "seed", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """Whether there is one: no.

    >>> torch.mps.is_available()
    False
    """
    return False


def device_count() -> int:
    """How many there are: none.

    >>> torch.mps.device_count()
    0
    """
    return 0


def manual_seed(seed: int) -> None:
    """Seed its generator: there is none, so nothing happens.

    >>> torch.mps.manual_seed(0)
    """


def seed() -> None:
    """Seed its generator with what nobody can foresee: nothing happens.

    >>> torch.mps.seed()
    """


def _refuse(what: str) -> NoReturn:
    raise RuntimeError(f"Cannot execute {what}() without MPS backend.")


def synchronize() -> None:
    """Wait for its work; RuntimeError, since there is none."""
    _refuse("deviceSynchronize")


def empty_cache() -> None:
    """Give its cached memory back; RuntimeError, since there is none."""
    _refuse("emptyCache")


def current_allocated_memory() -> int:
    """How many bytes tensors take; RuntimeError, since there is none."""
    _refuse("getCurrentAllocatedMemory")


def driver_allocated_memory() -> int:
    """How many bytes the driver holds; RuntimeError, since there is none."""
    _refuse("getDriverAllocatedMemory")
