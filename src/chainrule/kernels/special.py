"""Special functions, from SciPy, which is imported when the first of them is used."""

from __future__ import annotations

from typing import Any

import numpy as np


def special(name: str) -> Any:
    """The function of `scipy.special` of this name."""
    from scipy import special as functions  # importing SciPy takes longer than importing NumPy

    return getattr(functions, name)


def evaluated(name: str, *arguments: Any) -> Any:
    """The function of `scipy.special` of this name, in the floating-point type of the last argument that has one.

    SciPy has no half precision, and some functions in double precision alone: it gives longer numbers there.
    """
    result = special(name)(*arguments)
    for argument in reversed(arguments):
        if hasattr(argument, "dtype"):
            dtype = argument.dtype
            return result if result.dtype == dtype or dtype.kind != "f" else result.astype(dtype)
    return result


def firm(value: Any) -> Any:
    """A number of Python's as one of NumPy's, which functions of the table take as they take an array."""
    return np.float64(value) if isinstance(value, (int, float)) else value


def whole(n: Any) -> Any:
    """Degrees as integers, cut towards zero: SciPy has faster and more exact ways for these."""
    return np.asarray(n).astype(np.int64)


def whole_if_all_are(n: Any) -> Any:
    """Degrees as integers where none of them is anything else."""
    n = np.asarray(n)
    if n.dtype.kind in "iu":
        return n
    integers = n.astype(np.int64)
    return integers if (integers == n).all() else n
