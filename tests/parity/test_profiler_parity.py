"""Profiles as text: the same events give the same table, averages and stacks as PyTorch's profiler_util."""

import random

import pytest

torch = pytest.importorskip("torch")

from torch.autograd import profiler_util as theirs  # noqa: E402

from chainrule.autograd import profiler_util as ours  # noqa: E402

NAMES = ["aten::mul", "aten::sum", "MulBackward0", "aten::" + "a_long_name_" * 6, "x"]
SHAPES = [[], [[2, 3], [2, 3]], [[7], []], [[i] for i in range(40)]]
STACKS = [[], ["train.py(3): step", "train.py(9): main"], ["/a/long/path/" * 9 + "train.py(3): step"]]


def random_events(seed, *, nested=True):
    """Plain descriptions of events, so that both libraries can make theirs of them."""
    draw = random.Random(seed)
    events = []

    def fill(start, end, depth):
        while True:
            begin = start + draw.randrange(1, 50) / 7
            stop = begin + draw.choice([3, 40, 900, 12_345, 2_000_000]) / 3
            if stop >= end:
                return
            events.append(
                {
                    "id": len(events) + 1,
                    "name": draw.choice(NAMES),
                    "thread": draw.choice([1, 2]),
                    "start_us": begin,
                    "end_us": stop,
                    "input_shapes": draw.choice(SHAPES),
                    "stack": draw.choice(STACKS),
                    "cpu_memory_usage": draw.choice([0, 12, 5_000, -3_000_000, 7 * 2**30]),
                    "flops": draw.choice([0, 24, 123_456, 10**9]),
                }
            )
            if nested and depth < 3:
                fill(begin, stop, depth + 1)
            start = stop

    fill(0.0, 3e6, 0)
    return events


def both(events, **options):
    """The same events as both libraries hold them after a profile."""
    a = theirs.EventList([theirs.FunctionEvent(**event, overload_name="") for event in events], **options)
    a._build_tree()
    b = ours.EventList(ours.link_children([ours.FunctionEvent(**event) for event in events]), **options)
    return a, b


def without_flops_and_stacks(events):
    # PyTorch puts the two columns' cells in the wrong order when both are shown
    return [{**event, "stack": []} for event in events]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sort_by": "cpu_time_total"},
        {"sort_by": "self_cpu_time_total", "row_limit": 3},
        {"sort_by": "cuda_time_total"},
        {"sort_by": "count", "row_limit": -1},
        {"max_name_column_width": 20, "max_shapes_column_width": 30, "max_src_column_width": 25},
        {"max_name_column_width": None, "max_shapes_column_width": None, "max_src_column_width": None},
        {"header": "what took so long", "top_level_events_only": True, "row_limit": 4},
        {"time_unit": "ms"},
        {"time_unit": "s", "row_limit": 0},
    ],
    ids=str,
)
def test_the_table_is_the_same(seed, options):
    a, b = both(random_events(seed))
    assert b.table(**options) == a.table(**options)
    assert b.key_averages().table(**options) == a.key_averages().table(**options)
    for shapes, stack in [(True, 0), (False, 1), (True, 5)]:
        assert b.key_averages(shapes, stack).table(**options) == a.key_averages(shapes, stack).table(**options)


@pytest.mark.parametrize("seed", range(5))
def test_memory_and_flops_columns_are_the_same(seed):
    events = without_flops_and_stacks(random_events(seed))
    for options in ({"profile_memory": True}, {"with_flops": True}, {"profile_memory": True, "with_flops": True}):
        a, b = both(events, **options)
        assert str(b) == str(a)
        assert str(b.key_averages(group_by_input_shapes=True)) == str(a.key_averages(group_by_input_shapes=True))


@pytest.mark.parametrize("seed", range(5))
def test_events_averages_and_totals_are_the_same(seed, tmp_path):
    a, b = both(random_events(seed))
    assert [repr(event) for event in b] == [repr(event) for event in a]
    assert b.self_cpu_time_total == a.self_cpu_time_total
    assert repr(b.total_average()) == repr(a.total_average())
    for mine, other in zip(
        b.key_averages(group_by_input_shapes=True), a.key_averages(group_by_input_shapes=True), strict=True
    ):
        assert repr(mine) == repr(other)
        for attribute in (
            "key", "count", "cpu_time", "cpu_time_total", "self_cpu_time_total", "input_shapes", "cpu_time_str",
            "cpu_memory_usage", "self_cpu_memory_usage", "flops", "device_time_total", "node_id", "stack",
        ):  # fmt: skip
            assert getattr(mine, attribute) == getattr(other, attribute)
    a.export_stacks(tmp_path / "theirs", "self_cpu_time_total")
    b.export_stacks(tmp_path / "ours", "self_cpu_time_total")
    assert (tmp_path / "ours").read_text() == (tmp_path / "theirs").read_text()
    for events in (a, b):
        with pytest.raises(ValueError, match="metric should be one of: "):
            events.export_stacks(tmp_path / "none", "cpu_time")


def test_no_events_is_no_table():
    assert str(ours.EventList()) == str(theirs.EventList()) == ""


def test_an_event_repeated_inside_itself_alone_is_left_out():
    span = {"thread": 1, "input_shapes": [], "stack": []}
    events = [
        {"id": 1, "name": "a", "start_us": 0.0, "end_us": 90.0, **span},
        {"id": 2, "name": "a", "start_us": 1.0, "end_us": 80.0, **span},
        {"id": 3, "name": "a", "start_us": 2.0, "end_us": 70.0, **span},
        {"id": 4, "name": "b", "start_us": 3.0, "end_us": 20.0, **span},
        {"id": 5, "name": "a", "start_us": 30.0, "end_us": 40.0, **span},
    ]
    a, b = both(events)
    assert [event.id for event in b] == [event.id for event in a]
    assert str(b) == str(a)
