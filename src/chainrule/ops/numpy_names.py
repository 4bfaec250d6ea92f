"""Arguments by NumPy's names: PyTorch's functions take `axis` for `dim`, and what NumPy calls the first argument."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, TypeVar

__all__ = ["numpy_names"]

F = TypeVar("F", bound=Callable[..., Any])

_NAMES: Final = {"axis": "dim", "keepdims": "keepdim", "a": "input", "x": "input", "x1": "input", "x2": "other"}


def numpy_names(function: F) -> F:
    """The function, called with NumPy's names of arguments too. Rows of the table take them without this.

    >>> numpy_names(lambda input, dim: (input, dim))(1, axis=0)
    (1, 0)
    """

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            kwargs = {_NAMES.get(name, name): value for name, value in kwargs.items()}
        return function(*args, **kwargs)

    return called  # type: ignore[return-value]
