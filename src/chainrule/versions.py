"""Which version of PyTorch is answered for: today's, unless `python -m chainrule --torch-version X.Y` asks for another.

A default that PyTorch has changed is looked up with `emulates_before` where it applies, and listed in `CHANGED_DEFAULTS`.
"""

import re

TODAY = (2, 13)

# since -> what was done before, what is done from that version on
CHANGED_DEFAULTS = {
    (2, 0): "zero_grad() of optimizers and modules: set_to_none=False before (gradients become zeros), True since (None)",
}

_emulated = TODAY


def emulated_version() -> tuple[int, int]:
    """Return the (major, minor) version of PyTorch whose defaults apply.

    >>> emulated_version() == TODAY
    True
    """
    return _emulated


def emulates_before(major: int, minor: int) -> bool:
    """Say whether the defaults of a version older than `major.minor` apply.

    >>> emulates_before(2, 0)
    False
    """
    return _emulated < (major, minor)


def emulate(version: str) -> None:
    """Apply the defaults of `version`, such as "1.13" or "1.13.1", from now on and for the whole process."""
    global _emulated  # noqa: PLW0603  one process runs one script
    _emulated = parse_version(version)


def parse_version(version: str) -> tuple[int, int]:
    """Return (major, minor) of a version of PyTorch between 1.0 and today's.

    >>> parse_version("1.13.1")
    (1, 13)
    """
    match = re.fullmatch(r"(\d+)\.(\d+)(\.\d+)?", version)
    if match is None:
        msg = f"version {version!r} is not of the form X.Y, as in 1.13"
        raise ValueError(msg)
    wanted = int(match[1]), int(match[2])
    if not (1, 0) <= wanted <= TODAY:
        msg = f"version {version} is not one between 1.0 and {TODAY[0]}.{TODAY[1]}, the versions that can be answered for"
        raise ValueError(msg)
    return wanted


def version_text() -> str:
    """Return what `torch.__version__` reads inside a script run for PyTorch, such as "1.13.0"."""
    return f"{_emulated[0]}.{_emulated[1]}.0"
