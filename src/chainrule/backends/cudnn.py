"""NVIDIA's library for neural networks, which is not used here. Its settings can be made, and change nothing.

>>> torch.backends.cudnn.deterministic = True
>>> torch.backends.cudnn.is_available()
False
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = [
    "allow_tf32", "benchmark", "benchmark_limit", "deterministic", "enabled", "flags", "fp32_precision",
    "is_acceptable", "is_available", "set_flags", "version",
]  # fmt: skip

enabled = True
deterministic = False
benchmark = False
benchmark_limit: int | None = None
allow_tf32 = True
fp32_precision = "none"

_SETTINGS = ("enabled", "benchmark", "benchmark_limit", "deterministic", "allow_tf32", "fp32_precision")


def is_available() -> bool:
    """Whether the library is there: no."""
    return False


def version() -> None:
    """The version of the library: None, as there is none."""


def is_acceptable(tensor: Any) -> bool:
    """Whether it could compute with a tensor: no.

    >>> torch.backends.cudnn.is_acceptable(torch.ones(1))
    False
    """
    return False


def set_flags(
    _enabled: bool | None = None,
    _benchmark: bool | None = None,
    _benchmark_limit: int | None = None,
    _deterministic: bool | None = None,
    _allow_tf32: bool | None = None,
    _fp32_precision: str = "none",
) -> tuple[Any, ...]:
    """Make several settings at once, and return what they were.

    >>> torch.backends.cudnn.set_flags(_benchmark=False)[0]
    True
    """
    module = globals()
    before = tuple(module[name] for name in _SETTINGS)
    given = (_enabled, _benchmark, _benchmark_limit, _deterministic, _allow_tf32, _fp32_precision)
    module.update({name: value for name, value in zip(_SETTINGS, given, strict=True) if value is not None})
    return before


@contextmanager
def flags(
    enabled: bool = False,
    benchmark: bool = False,
    benchmark_limit: int | None = 10,
    deterministic: bool = False,
    allow_tf32: bool | None = True,
    fp32_precision: str = "none",
) -> Iterator[None]:
    """Make several settings inside of `with`.

    >>> with torch.backends.cudnn.flags(enabled=False):
    ...     torch.backends.cudnn.enabled
    False
    """
    before = set_flags(enabled, benchmark, benchmark_limit, deterministic, allow_tf32, fp32_precision)
    try:
        yield
    finally:
        globals().update(zip(_SETTINGS, before, strict=True))
