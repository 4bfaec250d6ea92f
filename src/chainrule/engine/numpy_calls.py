"""NumPy's functions, called from this file.

NumPy warns of overflow, division by zero and the like at the line of Python that called it, and the warnings of this
package's own lines are switched off (PyTorch gives none). A compiled function has no line in Python: called from there,
NumPy would warn at the user's. This file is not compiled, and stands between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def called_from_here(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which if it is a ufunc of NumPy is called from a line of this file."""
    if not isinstance(function, np.ufunc):
        return function
    if function.nin == 1:
        return lambda a: function(a)
    if function.nin == 2:
        return lambda a, b: function(a, b)
    return lambda *args: function(*args)


def called_from_here_into(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same for calls that give the array for the result behind the operands."""
    return (lambda *args: function(*args)) if isinstance(function, np.ufunc) else function
