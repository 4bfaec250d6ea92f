"""Which version of PyTorch is answered for: today's, unless `python -m chainrule --torch-version X.Y` says another.

A default that PyTorch has changed is asked for with `emulates_before` where it applies. These are all there are, among
what chainrule has and since 1.13; an older version is answered for like 1.13:

- 2.0: `zero_grad()` of optimizers and modules leaves None in `grad`; before, it left zeros (`set_to_none=False`).
"""

from __future__ import annotations

import re

TODAY = (2, 13)
OLDEST = (1, 0)

_emulated = TODAY


def emulated_version() -> tuple[int, int]:
    """The (major, minor) version of PyTorch whose defaults apply.

    >>> emulated_version() == TODAY
    True
    """
    return _emulated


def emulates_before(major: int, minor: int) -> bool:
    """Whether the defaults of a version older than `major.minor` apply.

    >>> emulates_before(2, 0)
    False
    """
    return _emulated < (major, minor)


def emulate(version: tuple[int, int]) -> None:
    """Apply the defaults of `version`, as `parse_version` gives it, from now on and in the whole process."""
    global _emulated  # noqa: PLW0603 (one process runs one script)
    _emulated = version


def parse_version(text: str) -> tuple[int, int]:
    """The (major, minor) of a PyTorch version such as "1.13" or "1.13.1"; ValueError if it cannot be answered for.

    >>> parse_version("1.13.1")
    (1, 13)
    """
    match = re.fullmatch(r"(\d+)\.(\d+)(\.\d+)?", text)
    if match is None:
        raise ValueError(f"expected a version such as 1.13, but got {text!r}")
    version = int(match[1]), int(match[2])
    if not OLDEST <= version <= TODAY:
        oldest, today = (f"{major}.{minor}" for major, minor in (OLDEST, TODAY))
        raise ValueError(f"expected a version from {oldest} to {today}, but got {text}")
    return version


class TorchVersion(str):
    """What `torch.__version__` is: text that compares by its numbers, with other text and with tuples.

    >>> TorchVersion("2.13.0") > "2.9", TorchVersion("2.13.0") >= (2, 13)
    (True, True)
    """

    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return _release(self) < _release(other)

    def __le__(self, other: object) -> bool:
        return _release(self) <= _release(other)

    def __gt__(self, other: object) -> bool:
        return _release(self) > _release(other)

    def __ge__(self, other: object) -> bool:
        return _release(self) >= _release(other)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str | tuple) and _release(self) == _release(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(_release(self))


def _release(version: object) -> tuple[int, ...]:
    if isinstance(version, str):
        # A local part such as "+cpu" says how it was built.
        numbers = re.findall(r"\d+", version.partition("+")[0])
    elif isinstance(version, tuple):
        numbers = list(version)
    else:
        raise TypeError(f"a version compares with text or a tuple of numbers, not with {type(version).__name__}")
    while numbers and int(numbers[-1]) == 0:
        numbers.pop()
    return tuple(map(int, numbers))
