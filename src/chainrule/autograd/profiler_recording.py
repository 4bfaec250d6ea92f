"""What a running profile notes, and how the notes become events.

The engine has one slot for an observer (`engine/profiling.py`), empty unless a profile runs. The first profile of the
process puts `dispatcher` there and the last one takes it out; the dispatcher hands what happens on a thread to the
recorders of the profiles that this thread has entered.
"""

from __future__ import annotations

import math
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter_ns
from types import FrameType
from typing import cast

import numpy as np

from chainrule.autograd.profiler_util import BACKWARD_SCOPE, FunctionEvent, give_forward_stacks, link_children
from chainrule.engine.node import GradientEdge, Node
from chainrule.engine.profiling import watch
from chainrule.engine.tensor_base import TensorBase

OP_SCOPE = 0
REGION_SCOPE = 7
PACKAGE = str(Path(__file__).parents[1]) + os.sep
# nodes that PyTorch shows with their namespace, as its other nodes have none
NAMESPACED_NODES = {"AccumulateGrad", "CopySlices"}


class Record:
    """What is noted of one event while the program runs; it becomes a FunctionEvent when the profile is read."""

    __slots__ = (
        "end_ns",
        "flops",
        "fwd_thread",
        "inputs",
        "name",
        "nbytes",
        "scope",
        "sequence_nr",
        "shapes",
        "stack",
        "start_ns",
    )

    def __init__(self, name: str, scope: int, sequence_nr: int) -> None:
        self.name = name
        self.scope = scope
        self.sequence_nr = sequence_nr
        self.fwd_thread = 1 if sequence_nr >= 0 else 0  # the thread of the op that a backward event belongs to
        self.flops = 0
        self.inputs: Sequence[object] | None = None
        self.shapes: list[list[int]] = []
        self.nbytes: int | None = None
        self.stack: list[str] = []
        self.start_ns = 0
        self.end_ns: int | None = None


class Recorder:
    """The records of one profile, of the thread that entered it."""

    def __init__(self, *, shapes: bool, memory: bool, stacks: bool, flops: bool) -> None:
        self.shapes = shapes
        self.memory = memory
        self.stacks = stacks
        self.flops = flops
        self.thread = threading.get_ident()
        self.records: list[Record] = []
        self.started_ns = perf_counter_ns()
        self.stopped = False

    def begin(self, name: str, scope: int, inputs: Sequence[object] | None, sequence_nr: int) -> Record:
        """Note that an event begins; with `inputs` None it is one around others, which its bytes are the sum of."""
        record = Record(name, scope, sequence_nr)
        if self.shapes and inputs is not None:
            record.shapes = [_shape(value) for value in inputs]
        if self.memory:
            record.inputs = inputs
        if self.stacks:
            record.stack = list(_callers(sys._getframe(1)))
        self.records.append(record)
        # asked last, so that the notes above do not count as this event's time
        record.start_ns = perf_counter_ns()
        return record

    def end(self, record: Record, result: object, now_ns: int) -> None:
        """Note that an event is over; `result` is what it gave."""
        if record.end_ns is not None:  # the profile was left before the event was over
            return
        record.end_ns = now_ns
        if record.inputs is not None:
            record.nbytes = _new_bytes(result, record.inputs)
            record.inputs = None
        if result is not None and record.scope == OP_SCOPE and not record.fwd_thread:
            record.sequence_nr = _sequence_nr(result)
            if self.flops:
                record.flops = _flops(record.name, record.shapes)

    def stop(self) -> None:
        """Close what is still open: the profile is being left."""
        now_ns = perf_counter_ns()
        for record in self.records:
            self.end(record, None, now_ns)
        self.stopped = True

    def events(self) -> list[FunctionEvent]:
        """Return what was noted as events, by start, each knowing its parent and its children."""
        events = link_children(self._event(number, record) for number, record in enumerate(self.records))
        # children come after their parents, so from the end every child has its bytes before its parent adds them up
        for event in reversed(events):
            nbytes = self.records[event.id].nbytes
            event.cpu_memory_usage = (
                sum(child.cpu_memory_usage for child in event.cpu_children) if nbytes is None else nbytes
            )
        give_forward_stacks(events)
        return events

    def _event(self, number: int, record: Record) -> FunctionEvent:
        end_ns = record.start_ns if record.end_ns is None else record.end_ns
        return FunctionEvent(
            number,
            record.name,
            thread=1,
            fwd_thread=record.fwd_thread,
            start_us=(record.start_ns - self.started_ns) / 1e3,
            end_us=(end_ns - self.started_ns) / 1e3,
            input_shapes=record.shapes,
            stack=record.stack,
            scope=record.scope,
            sequence_nr=record.sequence_nr,
            flops=record.flops,
            is_user_annotation=record.scope == REGION_SCOPE,
        )


Tokens = list[tuple[Recorder, Record]]


class Dispatcher:
    """The observer that sits in the engine's slot while any profile runs."""

    def __init__(self) -> None:
        self._recorders: dict[int, tuple[Recorder, ...]] = {}
        self._lock = threading.Lock()

    def start(self, recorder: Recorder) -> None:
        """Hand what happens on this thread to `recorder` too, from now on."""
        with self._lock:
            self._recorders[recorder.thread] = (*self._recorders.get(recorder.thread, ()), recorder)
            watch.begin(self)

    def stop(self, recorder: Recorder) -> None:
        """Hand nothing to `recorder` any more."""
        with self._lock:
            left = tuple(other for other in self._recorders[recorder.thread] if other is not recorder)
            if left:
                self._recorders[recorder.thread] = left
            else:
                del self._recorders[recorder.thread]
            if not self._recorders:
                watch.end()
        recorder.stop()

    def op_begins(self, name: str, inputs: tuple[object, ...]) -> Tokens:
        """Note that an op begins."""
        return self._begin("aten::" + name, OP_SCOPE, inputs)

    def function_begins(self, name: str, inputs: tuple[object, ...]) -> Tokens:
        """Note that the forward of a user's Function begins."""
        return self._begin(name, OP_SCOPE, inputs)

    def region_begins(self, name: str) -> Tokens:
        """Note that a `record_function` region begins."""
        return self._begin(name, REGION_SCOPE)

    def node_begins(self, name: str, sequence_nr: int, gradient: object) -> Tokens:
        """Note that a backward node begins: what the engine does around it, and the node itself."""
        if name in NAMESPACED_NODES:
            name = "torch::autograd::" + name
        grads = gradient if isinstance(gradient, (tuple, list)) else (gradient,)
        around = self._begin("autograd::engine::evaluate_function: " + name, OP_SCOPE, None, sequence_nr)
        return around + self._begin(name, BACKWARD_SCOPE, grads, sequence_nr)

    def ends(self, token: object, result: object) -> None:
        """Note that what began with `token` is over; all that it covers ends at the same moment."""
        now_ns = perf_counter_ns()
        for recorder, record in cast("Tokens", token):
            recorder.end(record, result, now_ns)

    def _begin(self, name: str, scope: int, inputs: Sequence[object] | None = None, sequence_nr: int = -1) -> Tokens:
        recorders = self._recorders.get(threading.get_ident(), ())
        return [(recorder, recorder.begin(name, scope, inputs, sequence_nr)) for recorder in recorders]


dispatcher = Dispatcher()


def _shape(value: object) -> list[int]:
    # PyTorch shows no shapes of what is no tensor, and none of lists of tensors
    array = value._array if isinstance(value, TensorBase) else value
    return list(array.shape) if isinstance(array, np.ndarray) else []


def _arrays(values: object) -> Iterator[np.ndarray]:
    if isinstance(values, TensorBase):
        yield values._array
    elif isinstance(values, np.ndarray):
        yield values
    elif isinstance(values, (tuple, list)):
        for value in values:
            yield from _arrays(value)


def _new_bytes(result: object, inputs: Sequence[object]) -> int:
    known = list(_arrays(inputs))
    return sum(
        array.nbytes for array in _arrays(result) if not any(np.may_share_memory(array, other) for other in known)
    )


def _sequence_nr(result: object) -> int:
    first = result[0] if isinstance(result, (tuple, list)) and result else result
    edge = first._edge if isinstance(first, TensorBase) else None
    node = edge.node if isinstance(edge, GradientEdge) else edge
    return node.sequence_nr if isinstance(node, Node) else -1


def _callers(frame: FrameType | None) -> Iterator[str]:
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(PACKAGE):
            yield f"{code.co_filename}({frame.f_lineno}): {code.co_name}"
        frame = frame.f_back


def _flops(name: str, shapes: list[list[int]]) -> int:
    if name in {"aten::mul", "aten::add"}:
        return math.prod(np.broadcast_shapes(*map(tuple, shapes)))
    if name in {"aten::addmm", "aten::baddbmm"}:
        shapes = shapes[1:]
    elif name == "aten::linear":
        shapes = [shapes[0], shapes[1][::-1]]
    elif name not in {"aten::mm", "aten::bmm", "aten::matmul"}:
        return 0
    left, right = shapes[:2]
    batch = np.broadcast_shapes(tuple(left[:-2]), tuple(right[:-2]))
    rows = left[-2] if len(left) > 1 else 1
    columns = right[-1] if len(right) > 1 else 1
    return 2 * math.prod(batch) * rows * left[-1] * columns
