"""What the engine's source says to mypyc, which compiles it (see setup.py), and what differs where it did.

As plain Python the same source runs without mypyc, so nothing of it is needed at run time.
"""

from __future__ import annotations

import copyreg
import sys
from collections.abc import Callable
from typing import Any, Final

__all__ = ["CALLER", "COMPILED", "copied_as_itself", "mypyc_attr"]

try:
    from mypy_extensions import mypyc_attr
except ImportError:

    def mypyc_attr(**attributes: Any) -> Any:  # type: ignore[misc]
        """Leave the class as it is: what `attributes` say is for the compiler."""
        del attributes
        return lambda decorated: decorated


def _frame_of_this_function() -> Any:
    return sys._getframe(0)


# Whether this file was compiled; the others then were too.
COMPILED: Final[bool] = _frame_of_this_function().f_code.co_name != "_frame_of_this_function"

# The depth, for `sys._getframe` in a function of the engine, of the frame that called it: compiled functions have none.
CALLER: Final[int] = 0 if COMPILED else 1


def copied_as_itself(function: Callable[..., Any]) -> None:
    """Have a function that was made within another copied as functions are: `copy.deepcopy` gives the function itself.

    Compiled, it is an object of a class of its own, which `copy` would take apart.
    """
    if COMPILED:
        copyreg.pickle(type(function), _name_of)


def _name_of(function: Any) -> str:
    return str(function.__name__)
