"""Solvers within `vmap` and forward mode.

SciPy is given one problem at a time, so a batch is solved entry by entry: for as long, a level of its own stands in the
place of `vmap`'s, and hands every operation that entry of a batched tensor, wherever the function has it from. And
SciPy is given values, not tangents: for as long, the levels of forward mode are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from chainrule.engine.batching import VmapLevel
from chainrule.engine.forward_mode import JvpLevel, forward_mode_enabled
from chainrule.engine.interpreters import Level, Pull
from chainrule.engine.modes import op_interceptors
from chainrule.engine.nesting import batch, inside
from chainrule.engine.profiling import close_short_way, reopen_short_way

# Levels, the innermost last.
Stack = tuple[Any, ...]


class Entry(Level):
    """One entry of a batch, in the place of the `vmap` that has the batch."""

    def __init__(self, level: VmapLevel, number: int) -> None:
        self.level = level
        self.number = number
        self.was_met = False  # a batched tensor

    def __call__(self, op: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """The operation on this entry."""
        return run(op, self._of_entry(args))

    def change(self, op: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """The same for an operation that changes its first argument."""
        return run(op, self._of_entry(args))

    def apply(self, function: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """The same for a custom function."""
        return run(function, self._of_entry(args))

    def owns(self, tensor: Any) -> bool:
        """Never: what comes out is wrapped no more."""
        return False

    def variable(self, tensor: Any, variable: Callable[[Any], Any]) -> Any:
        """A variable of this entry."""
        return variable(self._of_entry((tensor,))[0])

    def pull(self, outputs: list[Any], inputs: list[Any], seeds: list[Any], pull: Pull) -> list[Any]:
        """As below."""
        return pull(outputs, inputs, seeds)

    def _of_entry(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        taken = self.level._taken(args)
        if taken is None:
            return args
        self.was_met = True
        return tuple([self._chosen(value, own) for value, own in zip(*taken, strict=True)])

    def _chosen(self, value: Any, own: Any) -> Any:
        if isinstance(own, list):
            return type(value)([self._chosen(v, o) for v, o in zip(value, own, strict=True)])
        return value[self.number] if own else value


@contextmanager
def among(stack: Stack) -> Iterator[None]:
    """These levels, and no others, within a `with` block."""
    if stack:
        close_short_way()
    token = op_interceptors.set(stack)
    try:
        yield
    finally:
        op_interceptors.reset(token)
        if stack:
            reopen_short_way()


def running() -> Stack:
    """The levels as they are."""
    return op_interceptors.get()


def without_tangents() -> Stack:
    """The levels that are running, but for those of forward mode."""
    return tuple([each for each in op_interceptors.get() if not isinstance(each, JvpLevel)])


def forward_level() -> JvpLevel | None:
    """The innermost level of forward mode that is running; None where tangents are not carried."""
    if forward_mode_enabled.get():
        for level in reversed(op_interceptors.get()):
            if isinstance(level, JvpLevel):
                return level
    return None


def again(kept: Stack, added: Level | None = None) -> Stack:
    """The levels that are running and within them, of those that were (`kept`), the entries of batches and `added`."""
    now = op_interceptors.get()
    batches = [each.level for each in kept if isinstance(each, Entry)]
    others = [n for n in now if n not in kept and not (isinstance(n, Entry) and n.level in batches)]
    return (*others, *[k for k in kept if isinstance(k, Entry) or k is added or k in now])


def in_same_entries(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, to be called later, with the entries of batches that it sees now."""
    kept = op_interceptors.get()
    if not any(isinstance(each, Entry) for each in kept):
        return function

    def call(*args: Any) -> Any:
        with among(again(kept)):
            return function(*args)

    return call


def own_entry(tensor: Any) -> Any:
    """The tensor as a function sees it that is called now: this entry, where it is a batch."""
    return tensor.clone() if op_interceptors.get() else tensor


def entry_by_entry(call: Callable[[], Sequence[Any]]) -> Sequence[Any]:
    """What `call` returns, tensors or None; within `vmap` it is called once for each entry, and these are batches."""
    stack = op_interceptors.get()
    batches = [(place, each) for place, each in enumerate(stack) if isinstance(each, VmapLevel)]
    if not batches:
        return call()
    at, level = batches[-1]
    results: list[Sequence[Any]] = []
    for number in range(level.size):
        entry = Entry(level, number)
        with among((*stack[:at], entry, *stack[at + 1 :])):
            results.append(entry_by_entry(call))
        if not entry.was_met:
            return results[0]  # the same for all
    if not results:
        raise RuntimeError("vmap: a batch without entries has no problem to solve")
    inner = inside(level)
    with among((*stack[:at], *stack[at + 1 :])):
        stacked = [None if each[0] is None else np.stack(each) for each in zip(*results, strict=True)]
    return [None if each is None else batch(level, each, inner) for each in stacked]
