"""Intel's MKL, which chainrule does not ask for itself: NumPy multiplies matrices with what it was built with.

>>> torch.backends.mkl.is_available()
False
"""

from __future__ import annotations

from typing import Self

__all__ = ["VERBOSE_OFF", "VERBOSE_ON", "is_available", "verbose"]

VERBOSE_OFF = 0
VERBOSE_ON = 1


def is_available() -> bool:
    """Whether it is used: no."""
    return False


class verbose:
    """Ask inside of `with` for notes of what is called: there are none.

    >>> with torch.backends.mkl.verbose(torch.backends.mkl.VERBOSE_ON):
    ...     pass
    """

    def __init__(self, enable: int) -> None:
        self.enable = enable

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass
