"""Special functions, from SciPy, which is imported when the first of them is used."""

from __future__ import annotations

from typing import Any


def special(name: str) -> Any:
    """The function of `scipy.special` of this name."""
    from scipy import special as functions  # importing SciPy takes longer than importing NumPy

    return getattr(functions, name)
