"""NumPy's functions on tensors: `np.where(mask, t, 0)` gives a tensor and is differentiated.

The formulas of the table are written in NumPy's functions; through these protocols the same formulas run on tensors
when a backward pass is itself recorded. Of every public function of NumPy that takes arrays, the modules of
`numpy_functions` say what it is for tensors: differentiated, values by its nature (a shape, an index), or refused to
tensors that require grad, with the reason, so that no gradient is lost silently.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from chainrule.engine.shared_memory import lend
from chainrule.numpy_operands import as_arrays, as_tensors, is_constant
from chainrule.numpy_ufuncs import array_ufunc
from chainrule.tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])

FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}
VALUES: set[Callable[..., Any]] = set()
REFUSED: dict[Callable[..., Any], str] = {}


def implements(*numpy_functions: Callable[..., Any]) -> Callable[[F], F]:
    """Decorate a function that answers calls of these NumPy functions with tensors among their arguments."""

    def register(function: F) -> F:
        function.__qualname__ = name_of(numpy_functions[0])
        for numpy_function in numpy_functions:
            FUNCTIONS[numpy_function] = function
        return function

    return register


def gives_values(*numpy_functions: Callable[..., Any]) -> None:
    """Declare functions whose results are constant by nature: NumPy's own, on the tensors' values."""
    for function in numpy_functions:
        VALUES.add(function)
        FUNCTIONS[function] = functools.partial(_on_values, function)


def refuses(reason: str, *numpy_functions: Callable[..., Any]) -> None:
    """Declare functions that are NumPy's own on tensors without a gradient, and why they refuse the others."""
    REFUSED.update(dict.fromkeys(numpy_functions, reason))


def name_of(function: Callable[..., Any]) -> str:
    """What users call a function of NumPy."""
    return f"{function.__module__}.{function.__name__}".replace("numpy", "np", 1)


def _on_values(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return as_tensors(function(*as_arrays(args), **as_arrays(kwargs)))


@functools.cache
def implementations() -> dict[Callable[..., Any], Callable[..., Any]]:
    """What answers each function; the modules that say so are imported when the first is called."""
    importlib.import_module("chainrule.numpy_functions")
    for function, implementation in FUNCTIONS.items():
        if "<locals>" in getattr(implementation, "__qualname__", ""):
            implementation.__qualname__ = name_of(function)  # for errors of arguments that it does not take
    return FUNCTIONS


def array_function(
    self: Tensor, function: Callable[..., Any], types: Sequence[type], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """What `Tensor.__array_function__` does: the implementation registered for this NumPy function."""
    implementation = implementations().get(function)
    if implementation is not None:
        return implementation(*args, **kwargs)
    del self, types
    name = name_of(function)
    if is_constant((args, kwargs)):
        if function in REFUSED:
            return _on_values(function, *args, **kwargs)
        # What a function that nobody here knows may write to, or return a part of, it is lent.
        array_of = functools.partial(lend, operation=name)
        return function(*as_arrays(args, array_of), **as_arrays(kwargs, array_of))
    reason = REFUSED.get(function, "it is not known to chainrule")
    msg = f"{name} does not take tensors that require grad: {reason}. Use tensor.detach().numpy() for its values alone"
    raise TypeError(msg)


Tensor.__array_ufunc__ = array_ufunc  # type: ignore[attr-defined]
Tensor.__array_function__ = array_function  # type: ignore[attr-defined]
