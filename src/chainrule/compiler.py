"""What `torch.compile` and its neighbours do here: nothing is compiled, and functions run as they are."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from chainrule.names import public_name

__all__ = [
    "allow_in_graph", "assume_constant_result", "compile", "cudagraph_mark_step_begin", "disable", "is_compiling",
    "is_dynamo_compiling", "is_exporting", "list_backends", "reset", "set_stance",
]  # fmt: skip

_said: set[str] = set()


def compile(
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable[..., Any] = "inductor",
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    disable: bool = False,
) -> Any:
    """The function or module as it is: nothing is compiled, which a warning says once. It may be used as a decorator.

    RuntimeError for both a mode and options, as PyTorch's.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     torch.compile(torch.sin) is torch.sin
    True
    """
    if mode is not None and options is not None:
        raise RuntimeError("Either mode or options can be specified, but both can't be specified at the same time.")
    if not disable and not _said:
        _said.add("compile")
        message = "compile returns the function as it is: chainrule runs each operation as it comes, and compiles none."
        warnings.warn(f"{public_name()}.{message}", stacklevel=2)
    if model is None:
        return _as_it_is
    if not callable(model):
        raise TypeError(f"expected a function or a module, but got {type(model).__name__}")
    return model


def _as_it_is(function: Any) -> Any:
    if function is None:
        raise RuntimeError("Model can't be None")
    return function


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """The function as it is: it would not be compiled anyway. It may be used as a decorator.

    >>> @torch.compiler.disable
    ... def double(x):
    ...     return 2 * x
    >>> double(3)
    6
    """
    return _as_it_is if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """The function as it is.

    >>> torch.compiler.allow_in_graph(abs)(-1)
    1
    """
    return fn


def assume_constant_result(fn: Any) -> Any:
    """The function as it is.

    >>> torch.compiler.assume_constant_result(abs)(-1)
    1
    """
    return fn


def is_compiling() -> bool:
    """Whether a function is being compiled: never.

    >>> torch.compiler.is_compiling()
    False
    """
    return False


def is_dynamo_compiling() -> bool:
    """Whether a function is being traced: never.

    >>> torch.compiler.is_dynamo_compiling()
    False
    """
    return False


def is_exporting() -> bool:
    """Whether a module is being exported: never.

    >>> torch.compiler.is_exporting()
    False
    """
    return False


def list_backends(exclude_tags: Any = ("debug", "experimental")) -> list[str]:
    """What could compile: nothing.

    >>> torch.compiler.list_backends()
    []
    """
    return []


def reset() -> None:
    """Forget what was compiled: nothing was.

    >>> torch.compiler.reset()
    """


def cudagraph_mark_step_begin() -> None:
    """Say that a step begins: nothing happens.

    >>> torch.compiler.cudagraph_mark_step_begin()
    """


class set_stance:
    """Say when to compile: nothing is compiled anyway. It may stand in a `with`, or decorate a function.

    >>> with torch.compiler.set_stance("force_eager"):
    ...     pass
    """

    def __init__(
        self, stance: str = "default", *, skip_guard_eval_unsafe: bool = False, force_backend: Any = None
    ) -> None:
        self.stance = stance

    def __call__(self, fn: Any) -> Any:
        """The function as it is."""
        return fn

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        pass
