"""The profiler: what it records, how it nests, what it writes, and that it is gone when it is off."""

import json
import threading
import warnings

import pytest

import chainrule as torch
from chainrule.autograd.profiler import EventList, profile, record_function
from chainrule.engine.profiling import watch


def names(prof):
    return [event.name for event in prof.function_events]


def named(prof, name):
    (event,) = (event for event in prof.function_events if event.name == name)
    return event


def test_ops_are_counted_by_name():
    x = torch.ones(3)
    with profile() as prof:
        for _ in range(4):
            x = x / 2 * 3
        x.sin()
    assert {average.key: average.count for average in prof.key_averages()} == {
        "aten::div": 4,
        "aten::mul": 4,
        "aten::sin": 1,
    }


def test_functions_methods_and_names_bound_earlier_are_all_seen():
    from chainrule import sin

    x = torch.ones(3)
    method = x.sin
    with profile() as prof:
        sin(x)
        torch.sin(x)
        x.sin()
        method()
    assert names(prof) == ["aten::sin"] * 4


def test_backward_nodes_stand_inside_what_the_engine_does_around_them():
    x = torch.ones(3, requires_grad=True)
    with profile() as prof:
        (x * x).sum().backward()
    assert [name for name in names(prof) if "Backward" in name or "Accumulate" in name] == [
        "autograd::engine::evaluate_function: SumBackward0",
        "SumBackward0",
        "autograd::engine::evaluate_function: MulBackward0",
        "MulBackward0",
        "autograd::engine::evaluate_function: torch::autograd::AccumulateGrad",
        "torch::autograd::AccumulateGrad",
    ]
    node = named(prof, "MulBackward0")
    assert node.cpu_parent.name == "autograd::engine::evaluate_function: MulBackward0"
    assert node.sequence_nr == named(prof, "aten::mul").sequence_nr >= 0


def test_gradients_are_the_same_with_and_without_a_profile():
    gradients = []
    for enabled in (False, True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        with profile(enabled=enabled):
            (x.exp() * x).sum().backward()
        gradients.append(x.grad.tolist())
    assert gradients[0] == gradients[1]


def test_self_time_leaves_out_what_ran_inside():
    with profile() as prof, record_function("outer"):
        with record_function("inner"):
            sum(range(10_000))
        with record_function("inner"):
            sum(range(10_000))
    outer = named(prof, "outer")
    inner = [event for event in prof.function_events if event.name == "inner"]
    assert [event.cpu_parent for event in inner] == [outer, outer]
    assert outer.self_cpu_time_total == pytest.approx(outer.cpu_time_total - sum(e.cpu_time_total for e in inner))
    assert prof.self_cpu_time_total == pytest.approx(outer.cpu_time_total)


def test_an_error_ends_the_events_and_the_profile():
    x = torch.ones(3)
    prof = profile()
    with pytest.raises(RuntimeError), prof, record_function("region"):
        x + torch.ones(4)
    assert names(prof) == ["region", "aten::add"]
    assert watch.observer is None


def test_nothing_is_watched_before_inside_a_disabled_one_and_after():
    assert watch.observer is None
    with profile(enabled=False) as prof:
        torch.ones(3).sin()
        assert watch.observer is None
    assert names(prof) == []
    with profile():
        assert watch.observer is not None
    assert watch.observer is None


def test_record_function_outside_a_profile_does_nothing():
    @record_function("work")
    def work():
        return 7

    with record_function("region"):
        assert work() == 7


def test_a_decorated_function_may_call_itself():
    @record_function("factorial", "a note")
    def factorial(n):
        return n * factorial(n - 1) if n else 1

    with profile() as prof:
        assert factorial(4) == 24
    assert factorial.__name__ == "factorial"
    # calls that do nothing but call themselves again are shown as one, as in PyTorch
    assert names(prof) == ["factorial"]


def test_nested_profiles_each_see_what_happens_inside_them():
    x = torch.ones(3)
    with profile() as outer:
        x.sin()
        with profile() as inner:
            x.cos()
        x.tan()
    assert names(outer) == ["aten::sin", "aten::cos", "aten::tan"]
    assert names(inner) == ["aten::cos"]


def test_the_same_profile_cannot_be_entered_twice():
    prof = profile()
    with prof, pytest.raises(RuntimeError, match="Profiler context manager is not reentrant"):
        prof.__enter__()
    with pytest.raises(RuntimeError, match="Profiler context manager is not reentrant"):
        prof.__enter__()


def test_a_profile_sees_its_own_thread_only():
    x = torch.ones(3)
    seen = {}

    def other():
        with profile() as prof:
            x.cos()
        seen["other"] = names(prof)
        x.tan()

    with profile() as prof:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        x.sin()
    assert names(prof) == ["aten::sin"]
    assert seen["other"] == ["aten::cos"]


def test_shapes_are_recorded_when_asked_for():
    x = torch.ones(2, 3)
    with profile(record_shapes=True) as prof:
        x * x
        x * 2
        x[0] * x
    averages = [a for a in prof.key_averages(group_by_input_shape=True) if a.key == "aten::mul"]
    assert [a.input_shapes for a in averages] == [[[2, 3], [2, 3]], [[2, 3], []], [[3], [2, 3]]]
    assert "Input Shapes" in prof.key_averages(group_by_input_shape=True).table()
    assert "Input Shapes" not in prof.key_averages().table()
    with profile() as prof:
        x * x
    assert "Input Shapes" not in str(prof)


def test_memory_is_that_of_new_arrays():
    x = torch.ones(100)
    with profile(profile_memory=True) as prof, record_function("region"):
        x * x
        x.view(10, 10)
        x.add_(1)
    assert named(prof, "aten::mul").cpu_memory_usage == 400
    assert named(prof, "aten::view").cpu_memory_usage == 0
    assert named(prof, "aten::add_").cpu_memory_usage == 0
    region = named(prof, "region")
    assert (region.cpu_memory_usage, region.self_cpu_memory_usage) == (400, 0)
    assert "CPU Mem  Self CPU Mem" in str(prof)
    assert "400 B" in str(prof)


def test_stacks_name_the_callers_line_also_for_backward(tmp_path):
    x = torch.ones(3, requires_grad=True)
    with profile(with_stack=True) as prof:
        y = (x * x).sum()
        y.backward()
    mul = named(prof, "aten::mul")
    assert mul.stack[0].endswith("test_stacks_name_the_callers_line_also_for_backward")
    assert "test_profiler.py(" in mul.stack[0]
    assert named(prof, "MulBackward0").stack == mul.stack
    assert "Source Location" in prof.key_averages(group_by_stack_n=2).table()
    prof.export_stacks(tmp_path / "stacks.txt")
    assert "test_profiler.py(" in (tmp_path / "stacks.txt").read_text()
    with profile() as prof, pytest.raises(AssertionError, match=r"export_stacks\(\) requires with_stack=True"):
        prof.export_stacks(tmp_path / "stacks.txt")


def test_floating_point_operations_are_counted():
    a, b = torch.ones(4, 5), torch.ones(5, 6)
    with profile(with_flops=True) as prof:
        a @ b
        a * a
        a + 1
    flops = {event.name: event.flops for event in prof.function_events}
    assert (flops["aten::mul"], flops["aten::add"]) == (20, 20)
    assert sum(flops.values()) == 2 * 4 * 5 * 6 + 40
    assert "Total FLOPs" in str(prof)


def test_the_trace_is_what_chrome_and_perfetto_read(tmp_path):
    x = torch.ones(3, requires_grad=True)
    with profile(record_shapes=True, custom_trace_id_callback=lambda: "run 7") as prof, record_function("all"):
        (x * x).sum().backward()
    path = tmp_path / "trace.json"
    prof.export_chrome_trace(path)
    trace = json.loads(path.read_text())
    assert trace["trace_id"] == prof.trace_id == "run 7"
    events = trace["traceEvents"]
    spans = {event["name"]: event for event in events if event["ph"] == "X"}
    assert len(spans) == len(set(names(prof)))
    for event in spans.values():
        assert set(event) == {"ph", "cat", "name", "pid", "tid", "ts", "dur", "args"}
    assert spans["all"]["cat"] == "user_annotation"
    assert spans["aten::mul"]["args"]["Input Dims"] == [[3], [3]]
    inside, around = spans["aten::mul"], spans["all"]
    assert around["ts"] <= inside["ts"]
    assert inside["ts"] + inside["dur"] <= around["ts"] + around["dur"]
    # an arrow leads from each op to its backward node
    starts = {event["id"]: event for event in events if event["ph"] == "s"}
    ends = {event["id"]: event for event in events if event["ph"] == "f"}
    assert starts.keys() == ends.keys()
    assert len(starts) == 2
    at = {event["ts"]: name for name, event in spans.items()}
    assert {at[starts[key]["ts"]]: at[ends[key]["ts"]] for key in starts} == {
        "aten::mul": "MulBackward0",
        "aten::sum": "SumBackward0",
    }
    EventList(prof.function_events).export_chrome_trace(path)
    assert len(json.loads(path.read_text())["traceEvents"]) == len(events)


def test_a_profile_that_is_not_over_is_empty_and_says_so():
    prof = profile()
    assert str(prof) == repr(prof) == "<unfinished chainrule.autograd.profile>"
    with prof:
        torch.ones(3).sin()
        assert str(prof) == "<unfinished chainrule.autograd.profile>"
        assert prof.function_events == []
        assert prof.table() == ""
        assert prof.total_average().count == 0
    assert prof.total_average().count == len(prof.function_events) > 0
    assert str(prof) == prof.table()


def test_a_device_that_is_not_there_is_warned_of_and_the_cpu_goes_on():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        prof = profile(use_cuda=True)
    assert [(warning.category, str(warning.message)) for warning in caught] == [
        (
            FutureWarning,
            "The attribute `use_cuda` will be deprecated soon, please use ``use_device = 'cuda'`` instead.",
        ),
        (UserWarning, "CUDA is not available, disabling CUDA profiling"),
    ]
    assert caught[0].filename == __file__
    with prof:
        torch.ones(3).sin()
    assert (prof.use_cuda, prof.use_device) == (False, None)
    assert "aten::sin" in names(prof)
    with pytest.warns(UserWarning, match="CUDA is not available, disabling CUDA profiling"):
        profile(use_device="cuda")
    with pytest.warns(UserWarning, match="The abacus is not a valid device option."):
        profile(use_device="abacus")


def test_what_cannot_be_asked_for_is_refused():
    with pytest.raises(AssertionError, match=r"Device-only events supported only with Kineto \(use_kineto=True\)"):
        profile(use_cpu=False)
    with pytest.raises(NotImplementedError, match="experimental_config"):
        profile(experimental_config=object())
    with pytest.raises(TypeError, match="record_function\\(\\) takes a name, a str, but got int"):
        record_function(3)
    with profile() as prof, record_function("region"):
        pass
    with pytest.raises(AttributeError, match="'FunctionEvent' object has no attribute 'speed'"):
        prof.table(sort_by="speed")
