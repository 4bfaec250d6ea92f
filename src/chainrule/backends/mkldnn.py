"""Intel's oneDNN, which is not used here. Its settings can be made, and change nothing.

>>> torch.backends.mkldnn.is_available()
False
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = [
    "allow_tf32", "deterministic", "enabled", "flags", "fp32_precision", "is_acl_available", "is_available",
    "set_flags",
]  # fmt: skip

enabled = True
deterministic = False
allow_tf32: bool | None = None
fp32_precision = "none"

_SETTINGS = ("enabled", "deterministic", "allow_tf32", "fp32_precision")


def is_available() -> bool:
    """Whether it is used: no."""
    return False


def is_acl_available() -> bool:
    """Whether it uses ARM's library: no."""
    return False


def set_flags(
    _enabled: bool | None = None,
    _deterministic: bool | None = None,
    _allow_tf32: bool | None = None,
    _fp32_precision: str | None = None,
) -> tuple[Any, ...]:
    """Make several settings at once, and return what they were.

    >>> torch.backends.mkldnn.set_flags()[0]
    True
    """
    module = globals()
    before = tuple(module[name] for name in _SETTINGS)
    given = (_enabled, _deterministic, _allow_tf32, _fp32_precision)
    module.update({name: value for name, value in zip(_SETTINGS, given, strict=True) if value is not None})
    return before


@contextmanager
def flags(
    enabled: bool = False, deterministic: bool = False, allow_tf32: bool = True, fp32_precision: str = "none"
) -> Iterator[None]:
    """Make several settings inside of `with`.

    >>> with torch.backends.mkldnn.flags(enabled=False):
    ...     torch.backends.mkldnn.enabled
    False
    """
    before = set_flags(enabled, deterministic, allow_tf32, fp32_precision)
    try:
        yield
    finally:
        globals().update(zip(_SETTINGS, before, strict=True))
