"""Whether operations are recorded: one flag per thread and per asyncio task, and the contexts that set it.

Each class here is a context manager and a decorator, of functions, methods, generators and coroutines.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from contextvars import ContextVar
from typing import Any, Self, TypeVar

_grad_enabled: ContextVar[bool] = ContextVar("grad_enabled", default=True)
# Called once per operation with an input that requires grad: bound here so that the call is one C function.
is_grad_enabled: Callable[[], bool] = _grad_enabled.get

F = TypeVar("F", bound=Callable[..., Any])


class GradModeContext:
    """Sets the mode on entering and puts the mode found there back on leaving."""

    mode: bool

    def __init__(self, mode: bool) -> None:
        self.mode = mode
        self._before: list[bool] = []

    def __enter__(self) -> Self:
        self._before.append(_grad_enabled.get())
        _grad_enabled.set(self.mode)
        return self

    def __exit__(self, *exception: object) -> None:
        _grad_enabled.set(self._before.pop())

    def clone(self) -> GradModeContext:
        """A fresh context of the same mode, one for each call of a decorated function."""
        return GradModeContext(self.mode)

    def __call__(self, function: F) -> F:
        """Decorate a function, method, generator, coroutine or class: it runs in this mode."""
        if inspect.isclass(function):
            setattr(function, "__init__", self(function.__init__))  # noqa: B010 (mypy minds the assignment)
            return function
        if inspect.isgeneratorfunction(function):
            return _decorated_generator(self, function)
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def call_async(*args: Any, **kwargs: Any) -> Any:
                with self.clone():
                    return await function(*args, **kwargs)

            return call_async  # type: ignore[return-value]

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return call  # type: ignore[return-value]


def _decorated_generator(context: GradModeContext, function: F) -> F:
    # The mode holds while the generator's own code runs, and is put back whenever it yields to its caller.
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = function(*args, **kwargs)
        try:
            with context.clone():
                produced = next(generator)
            while True:
                try:
                    received = yield produced
                except GeneratorExit:
                    with context.clone():
                        generator.close()
                    raise
                except BaseException as error:  # noqa: BLE001 (whatever the caller throws goes to the generator)
                    with context.clone():
                        produced = generator.throw(error)
                else:
                    with context.clone():
                        produced = generator.send(received)
        except StopIteration as stop:
            return stop.value

    return call  # type: ignore[return-value]


class no_grad(GradModeContext):
    """Operations inside are not recorded.

    >>> import chainrule as torch
    >>> with torch.no_grad():
    ...     torch.is_grad_enabled()
    False
    """

    def __init__(self, function: Callable[..., Any] | None = None) -> None:
        super().__init__(mode=False)
        del function

    def __new__(cls, function: F | None = None) -> Any:
        """Make the context; `@no_grad` without parentheses decorates too."""
        return super().__new__(cls) if function is None else cls()(function)


class enable_grad(GradModeContext):
    """Operations inside are recorded, also within `no_grad`.

    >>> import chainrule as torch
    >>> with torch.no_grad(), torch.enable_grad():
    ...     torch.is_grad_enabled()
    True
    """

    def __init__(self, function: Callable[..., Any] | None = None) -> None:
        super().__init__(mode=True)
        del function

    def __new__(cls, function: F | None = None) -> Any:
        """Make the context; `@enable_grad` without parentheses decorates too."""
        return super().__new__(cls) if function is None else cls()(function)


class set_grad_enabled(GradModeContext):
    """Switches recording on or off at once, and as a context puts the earlier mode back when it ends.

    >>> import chainrule as torch
    >>> with torch.set_grad_enabled(False):
    ...     torch.is_grad_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        super().__init__(mode)
        self._mode_found = _grad_enabled.get()
        _grad_enabled.set(mode)

    def __enter__(self) -> Self:
        self._before.append(self._mode_found)
        _grad_enabled.set(self.mode)
        return self

    def __call__(self, function: F) -> F:
        """Decorate a function; the mode of the code around it is left alone."""
        _grad_enabled.set(self._mode_found)
        return super().__call__(function)
