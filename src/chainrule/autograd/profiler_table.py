"""A profile as a text table, laid out as PyTorch's, and the units of its times and sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from chainrule.autograd.profiler_util import FormattedTimesMixin

NUMBER_WIDTH = 12
GAP = "  "
US_IN_MS = 1e3
US_IN_S = 1e6


class Column(NamedTuple):
    """One column: its title, its width, the text of its cell for an event, and to which side it is aligned."""

    title: str
    width: int
    cell: Callable[[FormattedTimesMixin], str]
    align: str = ">"


def build_table(
    events: Sequence[FormattedTimesMixin],
    *,
    sort_by: str | None,
    row_limit: int,
    max_src_column_width: int | None,
    max_name_column_width: int | None,
    max_shapes_column_width: int | None,
    header: str | None,
    top_level_events_only: bool,
    time_unit: str | None,
    profile_memory: bool,
    with_flops: bool,
) -> str:
    """Return the table; with no events, an empty text."""
    if not events:
        return ""
    if sort_by is not None:
        events = sorted(events, key=attrgetter(device_neutral(sort_by)), reverse=True)

    total_us = sum(event.self_cpu_time_total for event in events)
    columns = [_name_column(events, max_name_column_width), *_time_columns(total_us, time_unit)]
    if profile_memory:
        columns += _memory_columns()
    columns.append(Column("# of Calls", NUMBER_WIDTH, lambda event: str(event.count)))
    if any(event.input_shapes for event in events):
        columns.append(_shapes_column(events, max_shapes_column_width))
    if with_flops and any(event.flops > 0 for event in events):
        columns.append(_flops_column(events))
    has_source = any(event.stack for event in events)
    if has_source:
        columns.append(_source_column(events, max_src_column_width))

    line_length = sum(column.width + len(GAP) for column in columns) - len(GAP)
    dashes = _line(columns, ["-" * column.width for column in columns])
    lines = []
    if header is not None:
        lines += ["=" * line_length, header]
    if top_level_events_only:
        lines += ["=" * line_length, "This report only display top-level ops statistics"]
        events = [event for event in events if event.cpu_parent is None]
    lines += [dashes, _line(columns, [column.title for column in columns]), dashes]
    for event in events if row_limit < 0 else events[:row_limit]:
        lines.append(_line(columns, [column.cell(event) for column in columns]))
        if has_source:
            # the rest of the stack stands below its innermost line, then one empty line
            further = [fitted_path(entry, columns[-1].width) for entry in event.stack[1:]]
            lines += [_line(columns, [""] * (len(columns) - 1) + [entry]) for entry in [*further, ""]]
    lines += [dashes, f"Self CPU time total: {format_time(total_us, time_unit)}"]
    return "\n".join(lines) + "\n"


def device_neutral(attribute: str) -> str:
    """Return the name under which an event keeps what `attribute` asks for: `cuda_time` is kept as `device_time`."""
    for device in ("cuda", "xpu", "privateuse1"):
        attribute = attribute.replace(device, "device")
    return attribute


def format_time(time_us: float, unit: str | None = None) -> str:
    """Return a time as text, in `unit` ("s", "ms" or "us") or in the one that suits its size."""
    if unit not in ("s", "ms", "us"):
        unit = "s" if time_us >= US_IN_S else "ms" if time_us >= US_IN_MS else "us"
    divisor = {"s": US_IN_S, "ms": US_IN_MS, "us": 1}[unit]
    return f"{time_us / divisor:.3f}{unit}"


def format_memory(nbytes: int) -> str:
    """Return a number of bytes as text, in the largest unit of which it is at least one."""
    for unit, size in (("GB", 2**30), ("MB", 2**20), ("KB", 2**10)):
        if abs(nbytes) >= size:
            return f"{nbytes / size:.2f} {unit}"
    return f"{nbytes} B"


def format_share(part: float, whole: float) -> str:
    """Return a part as a percentage of a whole; of nothing, "NaN"."""
    return f"{part * 100 / whole:.2f}%" if whole else "NaN"


def fitted_path(entry: str, width: int) -> str:
    """Return a source line cut at its left, where the least telling part of a path stands, to at most `width`."""
    if len(entry) <= width:
        return entry
    entry = entry[-width:]
    return "..." + entry[3:] if width > len("...") else entry


def _name_column(events: Sequence[FormattedTimesMixin], limit: int | None) -> Column:
    width = max(len(str(event.key)) for event in events) + 4
    if limit is None:
        return Column("Name", width, lambda event: str(event.key))
    longest = limit - len("...")

    def name(event: FormattedTimesMixin) -> str:
        key = str(event.key)
        return key[:longest] + "..." if len(key) >= longest else key

    return Column("Name", min(width, limit), name)


def _time_columns(total_us: float, unit: str | None) -> list[Column]:
    return [
        Column("Self CPU %", NUMBER_WIDTH, lambda event: format_share(event.self_cpu_time_total, total_us)),
        Column("Self CPU", NUMBER_WIDTH, lambda event: format_time(event.self_cpu_time_total, unit)),
        Column("CPU total %", NUMBER_WIDTH, lambda event: format_share(event.cpu_time_total, total_us)),
        Column("CPU total", NUMBER_WIDTH, lambda event: format_time(event.cpu_time_total, unit)),
        Column("CPU time avg", NUMBER_WIDTH, lambda event: format_time(event.cpu_time, unit)),
    ]


def _memory_columns() -> list[Column]:
    return [
        Column("CPU Mem", NUMBER_WIDTH, lambda event: format_memory(event.cpu_memory_usage)),
        Column("Self CPU Mem", NUMBER_WIDTH, lambda event: format_memory(event.self_cpu_memory_usage)),
    ]


def _shapes_column(events: Sequence[FormattedTimesMixin], limit: int | None) -> Column:
    width = max(len(str(event.input_shapes)) for event in events) + 4
    if limit is not None:
        width = min(width, limit)
    return Column("Input Shapes", width, lambda event: str(event.input_shapes)[:width])


def _source_column(events: Sequence[FormattedTimesMixin], limit: int | None) -> Column:
    width = max(len(entry) for event in events for entry in event.stack) + 4
    if limit is not None:
        width = min(width, limit)
    return Column(
        "Source Location", width, lambda event: fitted_path(event.stack[0], width) if event.stack else "", "<"
    )


def _flops_column(events: Sequence[FormattedTimesMixin]) -> Column:
    smallest = min(event.flops for event in events if event.flops > 0)
    # the unit in which the smallest number still is at least one
    units = ["FLOPs", "KFLOPs", "MFLOPs", "GFLOPs", "TFLOPs", "PFLOPs"]
    power = min((len(str(smallest)) - 1) // 3, len(units) - 1)

    def cell(event: FormattedTimesMixin) -> str:
        return f"{event.flops / 1000**power:8.3f}" if event.flops > 0 else "--"

    return Column(f"Total {units[power]}", NUMBER_WIDTH, cell)


def _line(columns: Sequence[Column], cells: Sequence[str]) -> str:
    return "".join(f"{cell:{column.align}{column.width}}{GAP}" for column, cell in zip(columns, cells, strict=True))
