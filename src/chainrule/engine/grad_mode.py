"""Whether operations are recorded, and whether in inference mode: flags per thread and per asyncio task.

Each class here is a context manager that sets one, and a decorator, of functions, methods, generators and coroutines.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from contextvars import ContextVar
from typing import Any, Self, TypeVar

from chainrule.engine.grad_flag import grad_enabled, is_grad_enabled
from chainrule.engine.inference import inference_mode_is_on
from chainrule.engine.profiling import close_short_way, reopen_short_way

_multithreading_enabled: ContextVar[bool] = ContextVar("multithreading_enabled", default=True)
is_multithreading_enabled: Callable[[], bool] = _multithreading_enabled.get

F = TypeVar("F", bound=Callable[..., Any])


def is_recording() -> bool:
    """Whether operations are recorded: not in inference mode, even where grad mode is switched on within it."""
    return is_grad_enabled() and not inference_mode_is_on.get()


class ModeContext:
    """A context that sets a mode on entering and puts the one found there back on leaving."""

    mode: bool

    def __init__(self, mode: bool) -> None:
        self.mode = mode
        self._before: list[Any] = []

    def __enter__(self) -> Self:
        raise NotImplementedError

    def __exit__(self, *exception: object) -> None:
        raise NotImplementedError

    def clone(self) -> ModeContext:
        """A fresh context of the same mode, one for each call of a decorated function."""
        raise NotImplementedError

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


def _decorated_generator(context: ModeContext, function: F) -> F:
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


class GradModeContext(ModeContext):
    """Sets whether operations are recorded."""

    def __enter__(self) -> Self:
        self._before.append(grad_enabled.get())
        grad_enabled.set(self.mode)
        return self

    def __exit__(self, *exception: object) -> None:
        grad_enabled.set(self._before.pop())

    def clone(self) -> GradModeContext:
        """A fresh context of the same mode."""
        return GradModeContext(self.mode)


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
        if not isinstance(mode, bool):
            msg = f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            raise TypeError(msg)
        super().__init__(mode)
        self._mode_found = grad_enabled.get()
        grad_enabled.set(mode)

    def __enter__(self) -> Self:
        self._before.append(self._mode_found)
        grad_enabled.set(self.mode)
        return self

    def __call__(self, function: F) -> F:
        """Decorate a function; the mode of the code around it is left alone."""
        grad_enabled.set(self._mode_found)
        return super().__call__(function)


class inference_mode(ModeContext):
    """As `no_grad`, and tensors made inside can never be part of a graph, so that nothing has to be counted for them.

    Outside they refuse in-place changes, `requires_grad_()`, and operations that would save them for backward, with a
    RuntimeError; a clone made outside is a normal tensor. Tensors made outside stay normal inside, and so do views of
    them. `inference_mode(False)` is as outside of all: operations are recorded.

    >>> import chainrule as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.inference_mode():
    ...     y = x * 3
    >>> y.requires_grad, y.is_inference()
    (False, True)
    """

    def __init__(self, mode: bool = True) -> None:
        super().__init__(mode)

    def __new__(cls, mode: Any = True) -> Any:
        """Make the context; `@inference_mode` without parentheses decorates too."""
        return super().__new__(cls) if isinstance(mode, bool) else cls()(mode)

    def __enter__(self) -> Self:
        if self.mode:
            close_short_way()
        self._before.append((grad_enabled.get(), inference_mode_is_on.get()))
        inference_mode_is_on.set(self.mode)
        grad_enabled.set(not self.mode)
        return self

    def __exit__(self, *exception: object) -> None:
        recording, inference = self._before.pop()
        grad_enabled.set(recording)
        inference_mode_is_on.set(inference)
        if self.mode:
            reopen_short_way()

    def clone(self) -> inference_mode:
        """A fresh context of the same mode."""
        return inference_mode(self.mode)


class set_multithreading_enabled(ModeContext):
    """Allows backward to use several threads, or forbids it; at once, and as a context until that ends.

    The engine runs in the thread that calls it either way, so nothing changes but `is_multithreading_enabled()`.

    >>> import chainrule as torch
    >>> with torch.autograd.set_multithreading_enabled(False):
    ...     torch.autograd.is_multithreading_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        super().__init__(mode)
        self._mode_found = _multithreading_enabled.get()
        _multithreading_enabled.set(mode)

    def __enter__(self) -> Self:
        _multithreading_enabled.set(self.mode)
        return self

    def __exit__(self, *exception: object) -> None:
        _multithreading_enabled.set(self._mode_found)

    def clone(self) -> set_multithreading_enabled:
        """A fresh context of the same mode."""
        return set_multithreading_enabled(self.mode)

    def __call__(self, function: F) -> F:
        """Decorate a function; the mode of the code around it is left alone."""
        _multithreading_enabled.set(self._mode_found)
        return super().__call__(function)
