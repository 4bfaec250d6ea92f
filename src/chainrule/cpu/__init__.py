"""The CPU, asked as other devices are: there is one, and its work is done when an operation returns."""

from __future__ import annotations

from typing import Any, Self

from chainrule.cpu import amp

__all__ = [
    "Event", "Stream", "StreamContext", "amp", "current_device", "current_stream", "device_count", "is_available",
    "is_initialized", "set_device", "stream", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """Whether there is one.

    >>> torch.cpu.is_available()
    True
    """
    return True


def is_initialized() -> bool:
    """Whether it was started.

    >>> torch.cpu.is_initialized()
    True
    """
    return True


def device_count() -> int:
    """How many there are.

    >>> torch.cpu.device_count()
    1
    """
    return 1


def current_device() -> str:
    """Which one is used.

    >>> torch.cpu.current_device()
    'cpu'
    """
    return "cpu"


def set_device(device: Any) -> None:
    """Use this one: there is no other.

    >>> torch.cpu.set_device("cpu")
    """


def synchronize(device: Any = None) -> None:
    """Wait for its work, which is done.

    >>> torch.cpu.synchronize()
    """


class Stream:
    """Work in order, as all work is here.

    >>> torch.cpu.Stream().wait_stream(torch.cpu.current_stream())
    """

    def __init__(self, priority: int = -1) -> None:
        pass

    def wait_stream(self, stream: Any) -> None:
        """Wait for another's work, which is done."""

    def record_event(self) -> None:
        """Note a point in it: nothing happens."""

    def wait_event(self, event: Any) -> None:
        """Wait for a point in it, which has passed."""


class Event:
    """A point in a stream, which has passed.

    >>> torch.cpu.Event().query()
    True
    """

    def __init__(self, enable_timing: bool = False) -> None:
        pass

    def query(self) -> bool:
        """Whether it has passed."""
        return True

    def record(self, stream: Any = None) -> None:
        """Let it be now."""

    def synchronize(self) -> None:
        """Wait for it."""

    def wait(self, stream: Any = None) -> None:
        """Wait for it."""


class StreamContext:
    """Select a stream inside of `with`: nothing changes."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass


_STREAM = Stream()


def current_stream(device: Any = None) -> Stream:
    """The one stream there is."""
    return _STREAM


def stream(stream: Any) -> StreamContext:
    """Select a stream inside of `with`: nothing changes.

    >>> with torch.cpu.stream(None):
    ...     pass
    """
    return StreamContext(stream)
