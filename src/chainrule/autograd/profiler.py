"""Where the time of a program goes: `profile` times every op and every backward node, `record_function` names regions.

A profile sees what its own thread does. Profiles may be nested: each one sees all that happens inside it. (PyTorch
loses the outer one's events then.)
"""

from __future__ import annotations

import functools
import os
import uuid
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from chainrule.autograd.profiler_recording import Recorder, Tokens, dispatcher
from chainrule.autograd.profiler_util import EventList, FunctionEvent, FunctionEventAvg, write_chrome_trace
from chainrule.names import public_name

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "profile", "record_function"]

Params = ParamSpec("Params")
Returned = TypeVar("Returned")


class profile:
    """Time every op and every backward node run inside the `with` block.

    Afterwards `key_averages()` sums the events up by name, `table()` and `str()` show them, and
    `export_chrome_trace(path)` writes them for chrome://tracing and ui.perfetto.dev.

    Args:
        enabled: with False the block runs unwatched and the profile stays empty.
        use_cuda: the old way to say `use_device="cuda"`.
        use_device: a device to time as well; there is none but the CPU, so any other warns and changes nothing.
        record_shapes: keep the shapes of inputs, for `key_averages(group_by_input_shape=True)`.
        with_flops: count the floating point operations of products, sums and matrix products (keeps shapes too).
        profile_memory: count the bytes of the arrays that ops make.
        with_stack: keep the source lines of the caller; a backward node gets those of the op that made it.
        with_modules: accepted; concerns TorchScript modules only, in PyTorch too.
        use_kineto: accepted; makes no difference.
        use_cpu: must be True unless `use_kineto` is.
        experimental_config: not supported.
        acc_events: accepted; a profile can be entered once, so there is nothing to accumulate.
        custom_trace_id_callback: gives the id that the exported trace carries.

    Raises:
        RuntimeError: when the same profile is entered twice.

    >>> import numpy as np
    >>> import chainrule as torch
    >>> x = torch.ones(3, requires_grad=True)
    >>> with torch.autograd.profiler.profile() as prof:
    ...     y = (x * x).sum()
    ...     y.backward()
    >>> [(average.key, average.count) for average in prof.key_averages()][:2]
    [('aten::mul', 1), ('aten::sum', 1)]
    """

    def __init__(
        self,
        enabled: bool = True,
        *,
        use_cuda: bool = False,
        use_device: str | None = None,
        record_shapes: bool = False,
        with_flops: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_modules: bool = False,
        use_kineto: bool = False,
        use_cpu: bool = True,
        experimental_config: object = None,
        acc_events: bool = False,
        custom_trace_id_callback: Callable[[], str] | None = None,
    ) -> None:
        self.enabled = enabled
        self.use_cuda = use_cuda
        self.use_device = use_device
        self.record_shapes = record_shapes or with_flops
        self.with_flops = with_flops
        self.profile_memory = profile_memory
        self.with_stack = with_stack
        self.with_modules = with_modules
        self.use_kineto = use_kineto
        self.use_cpu = use_cpu
        self.acc_events = acc_events
        self.custom_trace_id_callback = custom_trace_id_callback
        self.trace_id = ""
        self.entered = False
        self._recorder: Recorder | None = None
        self._function_events: EventList[FunctionEvent] | None = None
        if enabled:
            self._check_what_is_asked(experimental_config)

    def _check_what_is_asked(self, experimental_config: object) -> None:
        if experimental_config is not None:
            raise NotImplementedError(
                "profile(experimental_config=...) sets options of Kineto, which chainrule does not use: leave it out"
            )
        if not self.use_cpu and not self.use_kineto:
            raise AssertionError("Device-only events supported only with Kineto (use_kineto=True)")
        if self.use_cuda:
            message = "The attribute `use_cuda` will be deprecated soon, please use ``use_device = 'cuda'`` instead."
            warnings.warn(message, FutureWarning, stacklevel=3)
            self.use_device = "cuda"
        if self.use_device is None:
            return
        if self.use_device in {"cuda", "xpu", "hpu", "mtia"}:
            device = self.use_device.upper()
            message = f"{device} is not available, disabling {device} profiling"
        else:
            message = f"The {self.use_device} is not a valid device option."
        warnings.warn(message, UserWarning, stacklevel=3)
        self.use_cuda = False
        self.use_device = None

    def __enter__(self) -> Self:
        if not self.enabled:
            return self
        if self.entered:
            raise RuntimeError("Profiler context manager is not reentrant")
        self.entered = True
        self.trace_id = self.custom_trace_id_callback() if self.custom_trace_id_callback else f"{uuid.uuid4().int:032X}"
        self._recorder = Recorder(
            shapes=self.record_shapes, memory=self.profile_memory, stacks=self.with_stack, flops=self.with_flops
        )
        dispatcher.start(self._recorder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._recorder is not None:
            dispatcher.stop(self._recorder)

    def __repr__(self) -> str:
        return repr(self.function_events) if self._is_finished() else f"<unfinished {public_name()}.autograd.profile>"

    def __str__(self) -> str:
        return str(self.function_events) if self._is_finished() else repr(self)

    def _is_finished(self) -> bool:
        return self._recorder is not None and self._recorder.stopped

    @property
    def function_events(self) -> EventList[FunctionEvent]:
        """All events, by start; empty until the block is left."""
        if self._recorder is None or not self._is_finished():
            return EventList()
        if self._function_events is None:
            self._function_events = EventList(
                self._recorder.events(), profile_memory=self.profile_memory, with_flops=self.with_flops
            )
        return self._function_events

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int | None = 75,
        max_name_column_width: int | None = 55,
        max_shapes_column_width: int | None = 80,
        header: str | None = None,
        top_level_events_only: bool = False,
    ) -> str:
        """Return all events as a table; see `EventList.table`.

        >>> with profile() as prof, record_function("nothing"):
        ...     pass
        >>> prof.table().splitlines()[3].split()[0]
        'nothing'
        """
        return self.function_events.table(
            sort_by=sort_by,
            row_limit=row_limit,
            max_src_column_width=max_src_column_width,
            max_name_column_width=max_name_column_width,
            max_shapes_column_width=max_shapes_column_width,
            header=header,
            top_level_events_only=top_level_events_only,
        )

    def key_averages(
        self,
        group_by_input_shape: bool = False,
        group_by_stack_n: int = 0,
    ) -> EventList[FunctionEventAvg]:
        """Return one average for each name; see `EventList.key_averages`.

        >>> with profile() as prof:
        ...     for _ in range(3):
        ...         with record_function("step"):
        ...             pass
        >>> [(average.key, average.count) for average in prof.key_averages()]
        [('step', 3)]
        """
        return self.function_events.key_averages(group_by_input_shape, group_by_stack_n)

    def total_average(self) -> FunctionEventAvg:
        """Return the sums over all events; see `EventList.total_average`.

        >>> with profile() as prof, record_function("step"):
        ...     pass
        >>> prof.total_average().count
        1
        """
        return self.function_events.total_average()

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds spent in all events, none counted twice."""
        return self.function_events.self_cpu_time_total

    def export_chrome_trace(self, path: str | os.PathLike[str]) -> None:
        """Write a Trace Event file; see `EventList.export_chrome_trace`.

        >>> import tempfile
        >>> with profile() as prof, record_function("step"):
        ...     pass
        >>> with tempfile.NamedTemporaryFile("r", suffix=".json") as file:
        ...     prof.export_chrome_trace(file.name)
        ...     "step" in file.read()
        True
        """
        write_chrome_trace(self.function_events, path, self.trace_id)

    def export_stacks(self, path: str | os.PathLike[str], metric: str = "self_cpu_time_total") -> None:
        """Write the stacks of all events for a flame graph; see `EventList.export_stacks`.

        >>> with profile() as prof:
        ...     pass
        >>> prof.export_stacks("stacks.txt")
        Traceback (most recent call last):
        AssertionError: export_stacks() requires with_stack=True
        """
        if not self.with_stack:
            raise AssertionError("export_stacks() requires with_stack=True")
        self.function_events.export_stacks(path, metric)


class record_function:
    """Give a block of code, or each call of a function, a line of its own in a running profile.

    `args` is a note for the reader of the program; nothing is done with it. Without a profile nothing happens.

    >>> @record_function("work")
    ... def work():
    ...     with record_function("part"):
    ...         return 1
    >>> with profile() as prof:
    ...     result = work()
    >>> [(event.name, event.cpu_parent is None) for event in prof.function_events]
    [('work', True), ('part', False)]
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        if not isinstance(name, str):
            raise TypeError(f"record_function() takes a name, a str, but got {type(name).__name__}")
        self.name = name
        self.args = args
        self._open: list[Tokens] = []

    def __enter__(self) -> Self:
        self._open.append(dispatcher.region_begins(self.name))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        dispatcher.ends(self._open.pop(), None)

    def __call__(self, function: Callable[Params, Returned]) -> Callable[Params, Returned]:
        """Return `function` with each call of it recorded; calls may nest and run in several threads."""

        @functools.wraps(function)
        def recorded(*args: Params.args, **kwargs: Params.kwargs) -> Returned:
            with record_function(self.name, self.args):
                return function(*args, **kwargs)

        return recorded
