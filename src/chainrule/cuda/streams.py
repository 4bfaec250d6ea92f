"""Streams and events of CUDA: both need a device, and there is none."""

from __future__ import annotations

from typing import Any, NoReturn, Self

from chainrule.devices import require_cpu

__all__ = ["Event", "Stream", "StreamContext", "current_stream", "default_stream", "set_stream", "stream"]


def _refuse() -> NoReturn:
    require_cpu("cuda")
    raise AssertionError("unreachable: there is no CUDA device")


class Stream:
    """Work on a device, in order; RuntimeError when one is made, since there is no device."""

    def __init__(self, device: Any = None, priority: int = 0, **kwargs: Any) -> None:
        _refuse()


class Event:
    """A point in a stream; RuntimeError when one is made, since there is no device."""

    def __init__(self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False) -> None:
        _refuse()


class StreamContext:
    """Select a stream inside of `with`: None selects nothing.

    >>> with torch.cuda.stream(None):
    ...     pass
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass


def stream(stream: Any) -> StreamContext:
    """Select a stream inside of `with`: None selects nothing.

    >>> with torch.cuda.stream(None):
    ...     pass
    """
    return StreamContext(stream)


def current_stream(device: Any = None) -> Stream:
    """The selected stream; RuntimeError, since there is none."""
    _refuse()


def default_stream(device: Any = None) -> Stream:
    """The stream that a device begins with; RuntimeError, since there is none."""
    _refuse()


def set_stream(stream: Any) -> None:
    """Select a stream; RuntimeError, since there is none. None selects nothing."""
    if stream is not None:
        _refuse()
