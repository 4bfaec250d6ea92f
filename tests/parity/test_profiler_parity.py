"""Profiles as text: the same events give the same table, averages and stacks as PyTorch's profiler_util."""

import random
import warnings

import pytest

torch = pytest.importorskip("torch")

from torch.autograd import profiler_util as theirs  # noqa: E402

import chainrule  # noqa: E402
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


def the_tutorials_loop(library):
    x, y = library.ones(2, 3, requires_grad=True), library.ones(2, 3, requires_grad=True)
    z = library.ones(2, 3, requires_grad=True)
    with library.autograd.profiler.profile(use_cuda=False) as prof:
        for _ in range(100):
            z = (z / x) * y
    return prof


def test_the_tutorials_loop_has_the_same_rows():
    profiles = [the_tutorials_loop(torch), the_tutorials_loop(chainrule)]
    counts = [{average.key: average.count for average in prof.key_averages()} for prof in profiles]
    assert counts[0] == counts[1] == {"aten::div": 100, "aten::mul": 100}
    # same columns, same widths; the times differ
    heads = [str(prof.key_averages().table(sort_by="self_cpu_time_total")).splitlines()[:3] for prof in profiles]
    assert heads[0] == heads[1]


PROGRAMS = {
    "arithmetic": lambda x: ((x * x - x) / (x + 3)).sum(),
    "functions": lambda x: (x.sin() * x.exp()).tanh().sum(),
    "matrices": lambda x: (x @ x.t()).sum(),
    "a mean and a power": lambda x: (x**2).mean(),
    "several outputs": lambda x: x.unbind()[0].sum(),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_backward_has_the_same_nodes(program):
    names = []
    for library in (torch, chainrule):
        x = library.ones(2, 3, requires_grad=True)
        y = PROGRAMS[program](x)
        with library.autograd.profiler.profile() as prof:
            y.backward()
        events = [event for event in prof.function_events if event.scope == 1]
        assert all(event.cpu_parent.name == "autograd::engine::evaluate_function: " + event.name for event in events)
        names.append(sorted(event.name for event in events))
    assert names[0] == names[1]


@pytest.mark.parametrize("program", PROGRAMS)
def test_top_level_ops_have_the_same_names_and_shapes(program):
    seen = []
    for library in (torch, chainrule):
        x = library.ones(2, 3, requires_grad=True)
        with library.autograd.profiler.profile(record_shapes=True) as prof:
            PROGRAMS[program](x)
        # PyTorch lists an empty shape for each argument that is no tensor, given or not
        seen.append(
            [
                (event.name, [shape for shape in event.input_shapes if shape])
                for event in prof.function_events
                if event.cpu_parent is None
            ]
        )
    assert seen[0] == seen[1]


def test_regions_and_their_ops_nest_as_in_pytorch():
    trees = []
    for library in (torch, chainrule):
        x = library.ones(3)
        profiler = library.autograd.profiler

        @profiler.record_function("decorated")
        def work(x=x):
            return x.sin()

        with profiler.profile() as prof, profiler.record_function("outer", "a note"):
            work()
            with profiler.record_function("inner"):
                x.cos()
        trees.append(
            [
                (event.name, event.cpu_parent and event.cpu_parent.name, event.scope, event.is_user_annotation)
                for event in prof.function_events
            ]
        )
    assert trees[0] == trees[1]


def test_options_warn_and_fail_as_in_pytorch():
    outcomes = []
    for library in (torch, chainrule):
        said = []
        for options in ({"use_cuda": True}, {"use_device": "cuda"}, {"use_device": "xpu"}, {"use_device": "abacus"}):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                library.autograd.profiler.profile(**options)
            said += [(warning.category, str(warning.message)) for warning in caught]
        with pytest.raises(AssertionError) as error:
            library.autograd.profiler.profile(use_cpu=False)
        said.append(str(error.value))
        prof = library.autograd.profiler.profile()
        with prof:
            library.ones(2).sin()
        with pytest.raises(RuntimeError) as error:
            prof.__enter__()
        said.append(str(error.value))
        with pytest.raises(AssertionError) as error:
            prof.export_stacks("none")
        said.append(str(error.value))
        outcomes.append(said)
    assert outcomes[0] == outcomes[1]
