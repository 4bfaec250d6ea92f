"""The one place where something may watch the engine work; empty unless a profiler runs.

Nothing is paid for it on the short way of an operation (record.py). That way is open to tensors of one class, which it
reads from `watch.tensor_type`; while somebody watches, or a mode of modes.py is on, this is None, so that every call
takes the other branch, which asks for the observer. The observed call then goes the short way all the same, through the
operation's second function, which reads `unwatched` in place of `watch`: what is timed is what runs without a profiler.

A backward walk reads `watch.observer` once, and has a NodeWatch when there is one.

Nothing here knows an op, or what an observer does with what it sees.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from chainrule.engine.tensor_base import TensorBase


class Observer(Protocol):
    """What a profiler must answer; each `*_begins` is followed by one `ends` with what it returned, errors included."""

    def op_begins(self, name: str, inputs: tuple[object, ...]) -> object:
        """Note that the op called `name` starts on `inputs`; the return value is handed to `ends`."""

    def function_begins(self, name: str, inputs: tuple[object, ...]) -> object:
        """Note that the forward of the user's function called `name` starts on `inputs`."""

    def node_begins(self, name: str, sequence_nr: int, gradient: object) -> object:
        """Note that the backward node called `name` starts on `gradient` (a list of them for several results)."""

    def ends(self, token: object, result: object) -> None:
        """Note that what began with `token` is over; `result` is what it gave, None where it failed."""


class Watch:
    """Whether somebody watches, and which class of tensors may take the short way."""

    __slots__ = ("observer", "tensor_type")

    observer: Observer | None
    tensor_type: type[TensorBase] | None

    def __init__(self) -> None:
        self.observer = None
        self.tensor_type = None

    def begin(self, observer: Observer) -> None:
        """Show `observer` everything from now on."""
        with _switching:
            self.observer = observer
            _set_ways()

    def end(self) -> None:
        """Show nobody anything any more."""
        with _switching:
            self.observer = None
            _set_ways()


watch: Final = Watch()
unwatched: Final = Watch()
always_open: Final = Watch()  # for inference mode, which has operations take the short way by itself (see call.py)


class _ShortWay:
    # The class whose tensors may take the short way, and how many have it closed.

    __slots__ = ("closed", "tensor_type")

    def __init__(self) -> None:
        self.tensor_type: type[TensorBase] | None = None
        self.closed = 0


_short_way = _ShortWay()
_switching = threading.Lock()


def _set_ways() -> None:
    unwatched.tensor_type = None if _short_way.closed else _short_way.tensor_type
    watch.tensor_type = None if watch.observer is not None else unwatched.tensor_type


def open_short_way(tensor_type: type[TensorBase]) -> None:
    """Let tensors of this class take the short way; said once, when tensor.py is imported."""
    _short_way.tensor_type = always_open.tensor_type = tensor_type
    _set_ways()


def close_short_way() -> None:
    """Have every operation take the general way until `reopen_short_way` has been called as often as this."""
    with _switching:
        _short_way.closed += 1
        _set_ways()


def reopen_short_way() -> None:
    """Undo one `close_short_way`."""
    with _switching:
        _short_way.closed -= 1
        _set_ways()


def watched_call(
    observer: Observer, name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Return `function(*args, **kwargs)`, an op called `name`, and tell `observer` when it begins and ends."""
    token = observer.op_begins(name, (*args, *kwargs.values()))
    result = None
    try:
        result = function(*args, **kwargs)
    finally:
        observer.ends(token, result)
    return result


class NodeWatch:
    """Shows a backward walk to an observer: one node ends where the next begins."""

    __slots__ = ("gradients", "observer", "token")

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.token: object = None
        self.gradients: list[Any] = []

    def begins(self, name: str, sequence_nr: int, gradient: object, rules: Sequence[Any]) -> list[Any]:
        """Note that a node begins; the rules returned are its `rules`, and note what they give."""
        self.ends()
        shown: dict[Any, Any] = {}
        watched = [(shown.setdefault(formula, self._noting(formula)), code, at) for formula, code, at in rules]
        self.token = self.observer.node_begins(name, sequence_nr, gradient)
        return watched

    def ends(self) -> None:
        """Note that the node that began last is over."""
        if self.token is not None:
            token, self.token = self.token, None
            gradients, self.gradients = self.gradients, []
            self.observer.ends(token, gradients)

    def _noting(self, formula: Any) -> Any:
        def noting(*args: Any) -> Any:
            gradients = formula(*args)
            self.gradients.append(gradients)
            return gradients

        return noting
