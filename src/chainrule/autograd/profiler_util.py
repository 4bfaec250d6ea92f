"""The events that a profile consists of, and the ways to sum them up, under the names of PyTorch's `profiler_util`."""

from __future__ import annotations

import enum
import json
import os
import warnings
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from chainrule.autograd.profiler_table import build_table, device_neutral, format_time

__all__ = ["DeviceType", "EventList", "FormattedTimesMixin", "FunctionEvent", "FunctionEventAvg", "Interval"]

BACKWARD_SCOPE = 1
STACK_METRICS = (
    "self_cpu_time_total",
    "self_cuda_time_total",
    "self_xpu_time_total",
    "self_privateuse1_time_total",
)


class DeviceType(enum.Enum):
    """Where an event ran; all that chainrule records ran on the CPU.

    >>> str(DeviceType.CPU)
    'DeviceType.CPU'
    """

    CPU = 0


class Interval:
    """A span of time in microseconds.

    >>> Interval(2.0, 5.0).elapsed_us()
    3.0
    """

    def __init__(self, start: float, end: float) -> None:
        self.start = start
        self.end = end

    def elapsed_us(self) -> float:
        """Return the length of the span.

        >>> Interval(0.0, 1.5).elapsed_us()
        1.5
        """
        return self.end - self.start


class FormattedTimesMixin:
    """What single events and averages have in common: their sums, and the sums as text.

    Device times and sizes are there because programs sort by them (`sort_by="cuda_time_total"`); here they are zero.

    >>> FunctionEvent(1, "aten::mul", thread=1, start_us=0.0, end_us=1500.0).cpu_time_str
    '1.500ms'
    """

    key: str | None
    count: int
    cpu_time_total: float
    self_cpu_time_total: float
    cpu_memory_usage: int
    self_cpu_memory_usage: int
    input_shapes: Sequence[Any] | None
    stack: list[str]
    scope: int | None
    flops: int
    cpu_parent: FunctionEvent | None
    cpu_children: list[FunctionEvent] | None
    is_user_annotation: bool

    device_type = DeviceType.CPU
    use_device: str | None = None
    device_time_total: float = 0
    self_device_time_total: float = 0
    device_memory_usage: int = 0
    self_device_memory_usage: int = 0
    node_id = -1
    overload_name = ""
    is_async = False
    is_remote = False
    is_legacy = False

    @property
    def cpu_time(self) -> float:
        """Time of one call, in microseconds, with everything called inside it.

        >>> FunctionEvent(1, "aten::mul", thread=1, start_us=0.0, end_us=3.0).cpu_time
        3.0
        """
        return self.cpu_time_total / self.count if self.count else 0.0

    @property
    def device_time(self) -> float:
        """Time of one call on a device that is not the CPU: zero.

        >>> FunctionEvent(1, "aten::mul", thread=1, start_us=0.0, end_us=3.0).device_time
        0.0
        """
        return self.device_time_total / self.count if self.count else 0.0

    @property
    def cuda_time(self) -> float:
        """The old name of `device_time`; using it warns.

        >>> import warnings
        >>> event = FunctionEvent(1, "aten::mul", thread=1, start_us=0.0, end_us=3.0)
        >>> with warnings.catch_warnings(action="ignore"):
        ...     event.cuda_time
        0.0
        """
        message = "`cuda_time` is deprecated, please use `device_time` instead."
        warnings.warn(message, FutureWarning, stacklevel=2)
        return self.device_time

    @property
    def cpu_time_str(self) -> str:
        """`cpu_time` as text."""
        return format_time(self.cpu_time)

    @property
    def cpu_time_total_str(self) -> str:
        """`cpu_time_total` as text."""
        return format_time(self.cpu_time_total)

    @property
    def self_cpu_time_total_str(self) -> str:
        """`self_cpu_time_total` as text."""
        return format_time(self.self_cpu_time_total)

    @property
    def device_time_str(self) -> str:
        """`device_time` as text."""
        return format_time(self.device_time)

    @property
    def device_time_total_str(self) -> str:
        """`device_time_total` as text."""
        return format_time(self.device_time_total)

    @property
    def self_device_time_total_str(self) -> str:
        """`self_device_time_total` as text."""
        return format_time(self.self_device_time_total)


class FunctionEvent(FormattedTimesMixin):
    """One call of an op, one node of a backward walk or one `record_function` region.

    Times are microseconds since the profile began. `scope` is 0 for an op, 1 for a backward node, 7 for a region;
    `sequence_nr` is the number that an op and its backward node share, -1 where there is none.

    >>> event = FunctionEvent(1, "aten::mul", thread=1, start_us=1.0, end_us=3.5, input_shapes=[[2], [2]])
    >>> event.cpu_time_total, event.key, event.input_shapes
    (2.5, 'aten::mul', [[2], [2]])
    """

    def __init__(
        self,
        id: int,
        name: str,
        thread: int,
        start_us: float,
        end_us: float,
        *,
        fwd_thread: int | None = None,
        input_shapes: Sequence[Any] | None = None,
        stack: list[str] | None = None,
        scope: int = 0,
        cpu_memory_usage: int = 0,
        sequence_nr: int = -1,
        flops: int = 0,
        trace_name: str | None = None,
        is_user_annotation: bool = False,
    ) -> None:
        self.id = id
        self.name = name
        self.trace_name = name if trace_name is None else trace_name
        self.time_range = Interval(start_us, end_us)
        self.thread = thread
        self.fwd_thread = fwd_thread
        self.count = 1
        self.cpu_children: list[FunctionEvent] = []
        self.cpu_parent: FunctionEvent | None = None
        self.input_shapes = [] if input_shapes is None else input_shapes
        self.stack = [] if stack is None else stack
        self.scope: int = scope
        self.cpu_memory_usage = cpu_memory_usage
        self.sequence_nr = sequence_nr
        self.flops = flops
        self.is_user_annotation = is_user_annotation

    @property
    def key(self) -> str:  # type: ignore[override]  # an average's key can be set, an event's is its name
        """The name, by which events are averaged."""
        return self.name

    @property
    def cpu_time_total(self) -> float:  # type: ignore[override]  # an average stores its sum, an event derives it
        """Microseconds from begin to end."""
        return self.time_range.elapsed_us()

    @property
    def self_cpu_time_total(self) -> float:  # type: ignore[override]  # as above
        """Microseconds from begin to end, less those of the events directly inside."""
        return self.cpu_time_total - sum(child.cpu_time_total for child in self.cpu_children)

    @property
    def self_cpu_memory_usage(self) -> int:  # type: ignore[override]  # as above
        """Bytes allocated here and not in the events directly inside."""
        return self.cpu_memory_usage - sum(child.cpu_memory_usage for child in self.cpu_children)

    def append_cpu_child(self, child: FunctionEvent) -> None:
        """Note that `child` ran directly inside this event.

        >>> outer = FunctionEvent(1, "outer", thread=1, start_us=0.0, end_us=5.0)
        >>> outer.append_cpu_child(FunctionEvent(2, "inner", thread=1, start_us=1.0, end_us=2.0))
        >>> outer.self_cpu_time_total
        4.0
        """
        self.cpu_children.append(child)

    def set_cpu_parent(self, parent: FunctionEvent) -> None:
        """Note that this event ran directly inside `parent`; such events are not top-level ones.

        >>> inner = FunctionEvent(2, "inner", thread=1, start_us=1.0, end_us=2.0)
        >>> inner.set_cpu_parent(FunctionEvent(1, "outer", thread=1, start_us=0.0, end_us=5.0))
        >>> inner.cpu_parent.name
        'outer'
        """
        self.cpu_parent = parent

    def __repr__(self) -> str:
        return (
            f"<FunctionEvent id={self.id} name={self.name} overload_name={self.overload_name} "
            f"device_type={self.device_type} node_id={self.node_id} cpu_time={self.cpu_time_str} "
            f"start_us={self.time_range.start} end_us={self.time_range.end} "
            f"cpu_children={[child.id for child in self.cpu_children]} {self.use_device}_time={self.device_time_str} "
            f"name={self.name} thread={self.thread} input_shapes={self.input_shapes} "
            f"cpu_memory_usage={self.cpu_memory_usage} {self.use_device}_memory_usage={self.device_memory_usage} "
            f"is_async={self.is_async} is_remote={self.is_remote} seq_nr={self.sequence_nr} is_legacy={self.is_legacy}>"
        )


class FunctionEventAvg(FormattedTimesMixin):
    """The sums over all events that share a key; `cpu_time` is then the average of one call.

    >>> average = FunctionEventAvg()
    >>> for end in (2.0, 4.0):
    ...     average += FunctionEvent(1, "aten::mul", thread=1, start_us=0.0, end_us=end)
    >>> average.key, average.count, average.cpu_time_total, average.cpu_time
    ('aten::mul', 2, 6.0, 3.0)
    """

    def __init__(self) -> None:
        self.key: str | None = None
        self.count = 0
        self.cpu_time_total = 0
        self.self_cpu_time_total = 0
        self.cpu_memory_usage = 0
        self.self_cpu_memory_usage = 0
        self.input_shapes: Sequence[Any] | None = None
        self.stack: list[str] = []
        self.scope: int | None = None
        self.flops = 0
        self.cpu_parent: FunctionEvent | None = None
        self.cpu_children: list[FunctionEvent] | None = None
        self.is_user_annotation = False

    def add(self, other: FormattedTimesMixin) -> FunctionEventAvg:
        """Add an event, or another average with the same key, and return this one.

        >>> FunctionEventAvg().add(FunctionEvent(1, "aten::mul", thread=1, start_us=0.0, end_us=2.0)).count
        1
        """
        if self.key is None:
            self._take_identity(other)
        elif other.key != self.key:
            raise ValueError(f"an average of {self.key!r} takes events with this key, got one with key {other.key!r}")
        self._add_sums(other)
        return self

    __iadd__ = add

    def _take_identity(self, first: FormattedTimesMixin) -> None:
        self.key = first.key
        self.input_shapes = first.input_shapes
        self.stack = first.stack
        self.scope = first.scope
        self.cpu_parent = first.cpu_parent
        self.cpu_children = first.cpu_children
        self.is_user_annotation = first.is_user_annotation

    def _add_sums(self, other: FormattedTimesMixin) -> None:
        self.count += other.count
        self.cpu_time_total += other.cpu_time_total
        self.self_cpu_time_total += other.self_cpu_time_total
        self.cpu_memory_usage += other.cpu_memory_usage
        self.self_cpu_memory_usage += other.self_cpu_memory_usage
        self.flops += other.flops

    def __repr__(self) -> str:
        return (
            f"<FunctionEventAvg key={self.key} self_cpu_time={self.self_cpu_time_total_str} "
            f"cpu_time={self.cpu_time_str}  self_cuda_time={self.self_device_time_total_str} "
            f"cuda_time={self.device_time_str} input_shapes={self.input_shapes} "
            f"cpu_memory_usage={self.cpu_memory_usage} cuda_memory_usage={self.device_memory_usage}>"
        )


Event = TypeVar("Event", bound=FormattedTimesMixin)


class EventList(list[Event]):
    """Events of one profile, or averages over them, with the ways to show and to save them.

    >>> events = EventList([FunctionEvent(1, "aten::mul", thread=1, start_us=0.0, end_us=float(t)) for t in (1, 3)])
    >>> events.key_averages()[0].cpu_time, events.self_cpu_time_total
    (2.0, 4.0)
    """

    def __init__(self, events: Iterable[Event] = (), *, profile_memory: bool = False, with_flops: bool = False) -> None:
        super().__init__(events)
        self._profile_memory = profile_memory
        self._with_flops = with_flops

    def __str__(self) -> str:
        return self.table()

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds spent in all events, none counted twice."""
        return sum(event.self_cpu_time_total for event in self)

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int | None = 75,
        max_name_column_width: int | None = 55,
        max_shapes_column_width: int | None = 80,
        header: str | None = None,
        top_level_events_only: bool = False,
        time_unit: str | None = None,
    ) -> str:
        """Return the events as a table, one line each, in the order given or by the attribute `sort_by`, largest first.

        Args:
            sort_by: the attribute that orders the rows, such as `"cpu_time_total"`, `"self_cpu_time_total"`, `"count"`
                or `"cpu_memory_usage"`; without it the rows keep the order of the events.
            row_limit: rows to show at most; a negative number shows all.
            max_src_column_width: widest column of source lines.
            max_name_column_width: widest column of names; longer ones end in `...`.
            max_shapes_column_width: widest column of input shapes.
            header: a line to put above the table.
            top_level_events_only: leave out what ran inside another event.
            time_unit: `"s"`, `"ms"` or `"us"` for all times; without it each time gets the unit that suits it.

        >>> print(EventList([FunctionEvent(1, "aten::mul", thread=1, start_us=0.0, end_us=2.0)]).table())
        ... # doctest: +NORMALIZE_WHITESPACE
        -------------  ------------  ------------  ------------  ------------  ------------  ------------
                 Name    Self CPU %      Self CPU   CPU total %     CPU total  CPU time avg    # of Calls
        -------------  ------------  ------------  ------------  ------------  ------------  ------------
            aten::mul       100.00%       2.000us       100.00%       2.000us       2.000us             1
        -------------  ------------  ------------  ------------  ------------  ------------  ------------
        Self CPU time total: 2.000us
        <BLANKLINE>
        """
        return build_table(
            self,
            sort_by=sort_by,
            row_limit=row_limit,
            max_src_column_width=max_src_column_width,
            max_name_column_width=max_name_column_width,
            max_shapes_column_width=max_shapes_column_width,
            header=header,
            top_level_events_only=top_level_events_only,
            time_unit=time_unit,
            profile_memory=self._profile_memory,
            with_flops=self._with_flops,
        )

    def key_averages(
        self,
        group_by_input_shapes: bool = False,
        group_by_stack_n: int = 0,
    ) -> EventList[FunctionEventAvg]:
        """Return one average for each name.

        Args:
            group_by_input_shapes: one for each name and input shapes instead (the profile must have recorded them).
            group_by_stack_n: tell apart calls whose innermost `group_by_stack_n` source lines differ.

        >>> events = [
        ...     FunctionEvent(1, "aten::mul", thread=1, start_us=0.0, end_us=1.0, input_shapes=[[n]]) for n in (2, 3)
        ... ]
        >>> [average.count for average in EventList(events).key_averages()]
        [2]
        >>> [average.input_shapes for average in EventList(events).key_averages(group_by_input_shapes=True)]
        [[[2]], [[3]]]
        """
        averages: dict[tuple[object, ...], FunctionEventAvg] = {}
        for event in self:
            shapes = str(event.input_shapes) if group_by_input_shapes else ""
            group = (event.key, event.is_user_annotation, shapes, *event.stack[:group_by_stack_n])
            averages.setdefault(group, FunctionEventAvg()).add(event)
        for average in averages.values():
            average.stack = average.stack[:group_by_stack_n]
            if not group_by_input_shapes:
                average.input_shapes = ""
        return EventList(averages.values(), profile_memory=self._profile_memory, with_flops=self._with_flops)

    def total_average(self) -> FunctionEventAvg:
        """Return the sums over all events, under the key `"Total"`.

        >>> events = EventList([FunctionEvent(1, "aten::mul", thread=1, start_us=0.0, end_us=2.0)])
        >>> events.total_average().key, events.total_average().cpu_time_total
        ('Total', 2.0)
        """
        total = FunctionEventAvg()
        for event in self:
            total._take_identity(event)  # what is no sum is the last event's, as in PyTorch
            total._add_sums(event)
        total.key = "Total"
        return total

    def export_chrome_trace(self, path: str | os.PathLike[str]) -> None:
        """Write the events to `path` as a Trace Event file, which chrome://tracing and ui.perfetto.dev open.

        >>> import json, tempfile
        >>> events = EventList([FunctionEvent(1, "aten::mul", thread=1, start_us=0.0, end_us=2.0)])
        >>> with tempfile.NamedTemporaryFile("r", suffix=".json") as file:
        ...     events.export_chrome_trace(file.name)
        ...     [event["name"] for event in json.load(file)["traceEvents"] if event["ph"] == "X"]
        ['aten::mul']
        """
        write_chrome_trace([event for event in self if isinstance(event, FunctionEvent)], path)

    def export_stacks(self, path: str | os.PathLike[str], metric: str) -> None:
        r"""Write one line for each event with a stack: the stack, outermost first, and its `metric` in microseconds.

        Flame graph tools read this form. Blanks and semicolons inside a source line become `_`.

        >>> import tempfile
        >>> event = FunctionEvent(1, "mul", thread=1, start_us=0.0, end_us=2.0, stack=["a.py(3): f", "a.py(9): g"])
        >>> with tempfile.NamedTemporaryFile("r") as file:
        ...     EventList([event]).export_stacks(file.name, "self_cpu_time_total")
        ...     file.read()
        'a.py(9):_g;a.py(3):_f 2\n'
        """
        if metric not in STACK_METRICS:
            raise ValueError(f"metric should be one of: {list(STACK_METRICS)}")
        attribute = device_neutral(metric)
        blanks = str.maketrans(" ;\t\n", "____")
        lines = []
        for event in self:
            microseconds = int(getattr(event, attribute))
            if event.stack and microseconds > 0:
                stack = ";".join(entry.translate(blanks) for entry in reversed(event.stack))
                lines.append(f"{stack} {microseconds}\n")
        Path(path).write_text("".join(lines), encoding="utf-8")


def link_children(events: Iterable[FunctionEvent]) -> list[FunctionEvent]:
    """Make each event the child of the innermost event around it on its thread; return the events to show, by start.

    An event that is the only one inside its parent and has its parent's name says nothing new: it is left out.
    """
    shown = []
    ordered = sorted(events, key=lambda event: (event.thread, event.time_range.start, -event.time_range.end))
    for _, of_thread in groupby(ordered, key=lambda event: event.thread):
        around: list[FunctionEvent] = []
        for event in of_thread:
            while around and not _is_inside(event, around[-1]):
                around.pop()
            if around:
                around[-1].append_cpu_child(event)
                event.set_cpu_parent(around[-1])
            around.append(event)
            shown.append(event)
    repeated = {id(event) for event in reversed(shown) if _is_lifted_into_its_parent(event)}
    shown = [event for event in shown if id(event) not in repeated]
    return sorted(shown, key=lambda event: (event.time_range.start, -event.time_range.end))


def _is_inside(event: FunctionEvent, around: FunctionEvent) -> bool:
    return event.time_range.start < around.time_range.end >= event.time_range.end


def _is_lifted_into_its_parent(event: FunctionEvent) -> bool:
    parent = event.cpu_parent
    if parent is None or parent.name != event.name or len(parent.cpu_children) != 1:
        return False
    parent.cpu_children = event.cpu_children
    for child in event.cpu_children:
        child.set_cpu_parent(parent)
    return True


def give_forward_stacks(events: Iterable[FunctionEvent]) -> None:
    """Give each backward node the source lines of the op that made it, found by the number that both share."""
    events = list(events)
    made_at: dict[int, list[str]] = {}
    for event in events:
        if event.sequence_nr >= 0 and not event.fwd_thread:
            made_at.setdefault(event.sequence_nr, event.stack)
    for event in events:
        if event.scope == BACKWARD_SCOPE:
            event.stack = made_at.get(event.sequence_nr, [])


def write_chrome_trace(events: Sequence[FunctionEvent], path: str | os.PathLike[str], trace_id: str = "") -> None:
    """Write `events` in the Trace Event format, with an arrow from each op to its backward node."""
    pid = os.getpid()
    entries: list[dict[str, Any]] = [
        {"ph": "M", "name": "process_name", "pid": pid, "tid": 0, "args": {"name": "python"}},
    ]
    entries += [
        {"ph": "M", "name": "thread_name", "pid": pid, "tid": thread, "args": {"name": f"thread {thread} (python)"}}
        for thread in sorted({event.thread for event in events})
    ]
    forward: dict[int, FunctionEvent] = {}
    for event in events:
        entries.append(_span(event, pid))
        if event.sequence_nr >= 0 and not event.fwd_thread:
            forward[event.sequence_nr] = event
        elif event.scope == BACKWARD_SCOPE and event.sequence_nr in forward:
            made_by = forward.pop(event.sequence_nr)
            arrow = {"cat": "fwdbwd", "name": "fwdbwd", "id": event.id, "pid": pid}
            entries.append({"ph": "s", "tid": made_by.thread, "ts": made_by.time_range.start, **arrow})
            entries.append({"ph": "f", "bp": "e", "tid": event.thread, "ts": event.time_range.start, **arrow})
    document = {"schemaVersion": 1, "displayTimeUnit": "ms", "trace_id": trace_id, "traceEvents": entries}
    Path(path).write_text(json.dumps(document, indent=1), encoding="utf-8")


def _span(event: FunctionEvent, pid: int) -> dict[str, Any]:
    args: dict[str, Any] = {"External id": event.id}
    if event.sequence_nr >= 0:
        args["Sequence number"] = event.sequence_nr
    if event.input_shapes:
        args["Input Dims"] = event.input_shapes
    if event.cpu_memory_usage:
        args["Bytes"] = event.cpu_memory_usage
    if event.stack:
        args["Call stack"] = ";".join(event.stack)
    return {
        "ph": "X",
        "cat": "user_annotation" if event.is_user_annotation else "cpu_op",
        "name": event.trace_name,
        "pid": pid,
        "tid": event.thread,
        "ts": event.time_range.start,
        "dur": event.time_range.elapsed_us(),
        "args": args,
    }
