"""NNPACK, which is not used here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["flags", "is_available", "set_flags"]

_allowed = {"enabled": True}


def is_available() -> bool:
    """Whether it is used: no.

    >>> torch.backends.nnpack.is_available()
    False
    """
    return False


def set_flags(_enabled: bool) -> tuple[bool]:
    """Allow it: remembered, and changes nothing. Returns what it was.

    >>> torch.backends.nnpack.set_flags(True)
    (True,)
    """
    before = _allowed["enabled"]
    _allowed["enabled"] = _enabled
    return (before,)


@contextmanager
def flags(enabled: bool = False) -> Iterator[None]:
    """Allow it inside of `with`.

    >>> with torch.backends.nnpack.flags(enabled=True):
    ...     pass
    """
    (before,) = set_flags(enabled)
    try:
        yield
    finally:
        set_flags(before)
