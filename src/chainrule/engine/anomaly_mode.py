"""Anomaly mode: every gradient, and on request every value, is looked at; errors tell the forward call's traceback.

It is one setting for all threads, as in PyTorch. While it is on, operations take the general way (see modes.py), and a
backward pass runs each node through `anomaly.run`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from chainrule.engine.node import Node, hooks_of
from chainrule.engine.op import AS_GIVEN, Op
from chainrule.engine.places import formatted_stack, frames, here, stack_of
from chainrule.engine.profiling import close_short_way, reopen_short_way
from chainrule.engine.tensor_base import TensorBase

# The node whose gradients this thread is computing, the innermost: what is recorded meanwhile comes from it.
_running: ContextVar[Node | None] = ContextVar("running_node", default=None)


class Settings(NamedTuple):
    """What anomaly mode does; see `chainrule.autograd.detect_anomaly`."""

    enabled: bool = False
    check_nan: bool = True
    check_inf: bool = False
    check_forward: bool = False


class Anomaly:
    """Anomaly mode, and what it does while it is on."""

    __slots__ = ("_setting", "checks_forward", "enabled", "settings")

    def __init__(self) -> None:
        self.settings = Settings()
        self.enabled = self.checks_forward = False
        self._setting = threading.Lock()

    def set(self, settings: Settings) -> None:
        """Have these settings from now on, in all threads."""
        with self._setting:
            if settings.enabled and not self.enabled:
                close_short_way()
            elif self.enabled and not settings.enabled:
                reopen_short_way()
            self.settings = settings
            self.enabled = settings.enabled
            self.checks_forward = settings.enabled and settings.check_forward

    def note(self, node: Node) -> None:
        """Note on a node that is being recorded where the program is, and for which node's gradient."""
        hooks = hooks_of(node)
        hooks.stack = stack_of(frames.get(1))
        hooks.parent = _running.get()

    def run(self, node: Node, grad: Any, gradients_of_node: Callable[[], list[Any]]) -> list[Any]:
        """The gradients that a node computes from `grad`; raises RuntimeError where they are not finite."""
        saved = node.saved
        before = _running.set(node)
        try:
            gradients = gradients_of_node()
        except Exception as error:
            error.add_note("\n".join(_history(node)))
            raise
        finally:
            _running.reset(before)
        for number, gradient in enumerate(gradients):
            array = _array_of(gradient)
            found = None if array is None else self._not_finite(array)
            if found is not None and array is not None:
                name, at = found
                details = [_where(array, at, name), *_values(at, array.shape, _operands_of_node(node, grad, saved))]
                msg = f"Function '{node.name()}' returned {name} values in its {number}th output."
                raise RuntimeError("\n  ".join([msg, *details]) + "\n" + "\n".join(_history(node)))
        return gradients

    def check_call(self, op: Op, name: str, args: tuple[Any, ...], result: Any) -> None:
        """Raise RuntimeError where an operation called `name` has given NaN or infinities, as far as looked for."""
        self.check_values(name, _operands_of_call(op, args), result, same_places=op.promotion is not AS_GIVEN)

    def check_values(self, name: str, operands: Iterable[tuple[str, Any]], result: Any, *, same_places: bool) -> None:
        """The same for what is no row of the table.

        `operands`: their names and arrays. `same_places`: whether their elements belong to those of the result.
        """
        for tensor in result if isinstance(result, (tuple, list)) else (result,):
            array = _array_of(tensor)
            found = None if array is None else self._not_finite(array)
            if found is None or array is None:
                continue
            operands = list(operands)
            bad, at = found
            if bad == "inf" and not all(np.isfinite(operand).all() for _, operand in operands):
                continue  # what is infinite already, or was asked to be as in masked_fill(mask, -inf), is not made here
            details = [_where(array, at, bad)]
            if same_places:
                details += _values(at, array.shape, operands)
            place = here()
            details += [f"computed at {place}"] if place else []
            raise RuntimeError("\n  ".join([f"Operation '{name}' returned {bad} values.", *details]))

    def _not_finite(self, array: Any) -> tuple[str, tuple[int, ...]] | None:
        # What is looked for and found, and the place of the first such element.
        if array.dtype.kind not in "fc":
            return None
        for name, asked, test in (
            ("nan", self.settings.check_nan, np.isnan),
            ("inf", self.settings.check_inf, np.isinf),
        ):
            if asked and (bad := test(array)).any():
                return name, tuple(int(i) for i in np.argwhere(bad)[0])
        return None


anomaly = Anomaly()


def _array_of(value: Any) -> Any:
    array = value._array if isinstance(value, TensorBase) else value
    return np.asarray(array) if isinstance(array, (ndarray, np.generic)) else None


def _where(array: Any, at: tuple[int, ...], name: str) -> str:
    count = int((np.isnan if name == "nan" else np.isinf)(array).sum())
    return f"{count} of {array.size} elements, the first at {list(at)}" if at else "the one element"


def _values(at: tuple[int, ...], shape: tuple[int, ...], operands: Any) -> Iterator[str]:
    # What the operands are at the place where the result is not finite, those that are as large as it or broadcast.
    for name, operand in operands:
        try:
            value = np.broadcast_to(operand, shape)[at]
        except ValueError:
            continue
        yield f"where {name} is {value.item()}"


def _operands_of_node(node: Node, grad: Any, saved: tuple[Any, ...] | None) -> Iterator[tuple[str, Any]]:
    arrived = _array_of(grad)
    if arrived is not None:
        yield "the gradient that arrived", arrived
    if node.op is None:
        return
    for number, source in enumerate(node.save_plan):
        array = _array_of(saved[3 * number]) if saved else None
        if array is not None:
            yield _name_of_operand(node.op, source), array


def _name_of_operand(op: Op, source: Any) -> str:
    if isinstance(source, tuple):
        return f"{op.parameters[source[0]]}[{source[1]}]"
    if source < 0:
        return op.results[~source] if op.results else "the result"
    return "input" if op.parameters[source] == "self" else op.parameters[source]


def _operands_of_call(op: Op, args: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    for position, value in enumerate(args):
        name = _name_of_operand(op, position)
        if position == op.sequence:
            for number, item in enumerate(value):
                yield f"{name}[{number}]", _array_of(item)
        elif isinstance(value, (TensorBase, ndarray)):
            yield name, _array_of(value)
        elif isinstance(value, (float, complex, np.floating)):
            yield name, np.asarray(value)


def _history(node: Node | None) -> Iterator[str]:
    # The lines that recorded a node, and where that was done by a backward pass the node that it ran, and so on.
    name = f"{node.name()} was" if node is not None else ""
    while node is not None:
        hooks = node.hooks
        stack = None if hooks is None else hooks.stack
        yield f"  {name} recorded at {node.place or 'a line that is not known'}"
        if stack:
            yield "  Traceback of that call (most recent call last):"
            yield from ("  " + line for entry in formatted_stack(stack) for line in entry.splitlines())
        node = None if hooks is None else hooks.parent
        name = f"That was in a backward pass, when {node.name()} ran, which was" if node is not None else ""
