"""`autograd.graph` beyond what PyTorch shows: what a graph holds, where its nodes come from, and what is never lost."""

import gc
import threading
import tracemalloc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import chainrule as torch
from chainrule.autograd import graph
from chainrule.engine import modes, profiling, versions
from chainrule.utils.checkpoint import checkpoint


def leaf(*numbers):
    return torch.tensor(list(numbers), dtype=torch.float64, requires_grad=True)


def identity(value):
    return value


@pytest.fixture(autouse=True)
def _nothing_is_left_on():
    yield
    assert modes.saved_tensors_hooks.get() == modes.node_creation_hooks.get() == ()
    assert profiling.watch.tensor_type is torch.Tensor
    assert versions.before_change == []


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        ctx.note = x * 1
        return x**3

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * 3 * x * x


# ---- hooks of saved tensors ----


def test_memory_that_an_unpack_hook_hands_back_changed_is_an_error():
    # PyTorch takes the changed values, and the gradient is wrong.
    x = leaf(1, 2)
    for hooks in (graph.saved_tensors_hooks(identity, identity), graph.save_on_cpu()):
        y = x * 2
        with hooks:
            z = y.sin()
        y.add_(1)
        with pytest.raises(
            RuntimeError, match=r"modified by an inplace operation(.|\n)*test_graph.py:\d+: y.add_\(1\)"
        ):
            z.sum().backward()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            z.grad_fn._saved_self


def test_so_it_is_for_custom_functions():
    x = leaf(1, 2)
    y = x * 2
    with graph.saved_tensors_hooks(identity, identity):
        z = Cube.apply(y)
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_a_failing_pack_hook_leaves_an_inplace_operation_in_the_graph():
    x = leaf(1, 2)
    y = x * 1

    def fail(tensor):
        raise ValueError("full")

    with graph.saved_tensors_hooks(fail, identity), pytest.raises(ValueError, match="full"):
        y.exp_()
    assert y.grad_fn.name() == "ExpBackward0"
    y.sum().backward()
    assert np.allclose(x.grad, np.exp([1, 2]))


def test_what_is_packed_is_freed_by_backward():
    x = leaf(1, 2)
    packed = []

    class Box:
        def __init__(self, tensor):
            self.array = tensor.numpy(force=True)

    def pack(tensor):
        box = Box(tensor)
        packed.append(weakref.ref(box))
        return box

    with graph.saved_tensors_hooks(pack, lambda box: torch.from_numpy(box.array)):
        y = (x.sin() * x.exp()).sum()
    assert all(reference() is not None for reference in packed)
    y.backward()
    assert len(packed) == 4
    assert not any(reference() is not None for reference in packed)


def test_a_pack_hook_that_keeps_the_result_itself_leaks_nothing():
    x = leaf(1, 2)
    with graph.saved_tensors_hooks(identity, identity):
        y = x.exp()
    alive = weakref.ref(y.grad_fn)
    del y
    gc.collect()
    assert alive() is None


def test_hooks_are_for_their_own_thread():
    x = leaf(1, 2)
    start = threading.Barrier(4)

    def packed_by(number):
        seen = []
        with graph.saved_tensors_hooks(lambda t: seen.append(number) or t.detach(), identity):
            start.wait()
            for _ in range(50):
                (x.sin() * 2).sum().backward()
        return seen

    with ThreadPoolExecutor(4) as threads:
        for number, seen in enumerate(threads.map(packed_by, range(4))):
            assert seen == [number] * 50


def test_the_short_way_is_open_again_after_an_error():
    with pytest.raises(KeyError), graph.saved_tensors_hooks(identity, identity):
        raise KeyError
    with (
        pytest.raises(TypeError, match="pack_hook must be a function, not int"),
        graph.saved_tensors_hooks(1, identity),
    ):
        pass


# ---- changes of what is saved ----


def test_copies_are_freed_with_their_graph():
    with graph.allow_mutation_on_saved_tensors() as mutation:
        for _ in range(3):
            x = leaf(1, 2)
            y = x.clone()
            z = (y * y).sum()
            y.zero_()
            assert len(mutation.cloned) == 1
            z.backward()
            assert mutation.cloned == mutation.original == []
        assert len(mutation._unchanged) == 0


def test_mutation_in_a_custom_function_and_through_setitem_of_a_view():
    x = leaf(1, 2, 3)
    with graph.allow_mutation_on_saved_tensors():
        y = x.clone()
        z = Cube.apply(y).sum() + (y[1:] ** 2).sum()
        y.view(-1)[0] = 10
        y.t()[1:] = 7
        z.backward()
    assert x.grad.tolist() == [3, 12 + 4, 27 + 6]


def test_mutation_is_allowed_in_one_thread_only_and_seen_from_all():
    x = leaf(1, 2)
    with graph.allow_mutation_on_saved_tensors():
        y = x.clone()
        z = (y * y).sum()
        thread = threading.Thread(target=y.zero_)
        thread.start()
        thread.join()
        with ThreadPoolExecutor(1) as threads:
            with pytest.raises(RuntimeError, match="cannot be nested"), graph.allow_mutation_on_saved_tensors():
                pass
            threads.submit(z.backward).result()
    assert x.grad.tolist() == [2, 4]


# ---- nodes ----


def test_a_hook_of_new_nodes_sees_each():
    x = leaf(1, 2)
    made = []
    with graph.node_creation_hook(lambda node: made.append(node)):
        y = x * x
        z = Cube.apply(y)
        y.add_(1)
        with torch.no_grad():
            x * 2
        z.sort()
    assert [node.name() for node in made] == ["MulBackward0", "CubeBackward", "AddBackward0", "SortBackward0"]
    assert made[2] is y.grad_fn
    assert (x * 2).grad_fn not in made


def test_hooks_of_new_nodes_nest_the_innermost_first():
    order = []
    with graph.node_creation_hook(lambda _: order.append("outer")):
        with graph.node_creation_hook(lambda _: order.append("inner")):
            leaf(1) * 2
        leaf(1) * 2
    assert order == ["inner", "outer", "outer"]


def test_a_hook_of_new_nodes_may_hook_them():
    x = leaf(1, 2)
    with graph.node_creation_hook(lambda node: node.register_hook(lambda grads, _: (grads[0] * 10,))):
        y = x.sin().sum()
    y.register_hook(lambda grad: grad)
    y.backward()
    assert np.allclose(x.grad, 100 * np.cos([1, 2]))


def test_a_hook_of_new_nodes_must_not_record():
    x = leaf(1, 2)
    with graph.node_creation_hook(lambda _: x * 2), pytest.raises(RuntimeError, match="recorded MulBackward0"):
        x.sin()
    with graph.node_creation_hook(lambda _: x.detach() * 2):
        x.sin()


def test_the_hook_of_another_thread_is_not_called():
    made = []
    x = leaf(1, 2)
    with graph.node_creation_hook(made.append):
        thread = threading.Thread(target=x.sin)
        thread.start()
        thread.join()
    assert made == []


def test_callbacks_run_when_the_pass_has_succeeded():
    x = leaf(1, 2)
    called = []
    y = x * 2
    y.register_hook(lambda _: graph.queue_callback(lambda: called.append(x.grad.tolist())))
    y.sum().backward()
    assert called == [[2, 2]]
    with pytest.raises(RuntimeError, match="Final callbacks can only be installed during backward pass"):
        graph.queue_callback(called.clear)
    z = x * 2
    z.register_hook(lambda _: graph.queue_callback(called.clear))
    x.register_hook(lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        z.sum().backward()
    assert called == [[2, 2]]


def test_an_edge_keeps_the_graph_but_not_the_values():
    x = leaf(1, 2)
    y = x * 2
    values = weakref.ref(y)
    edge = graph.get_gradient_edge(y)
    del y
    assert values() is None
    assert torch.autograd.grad(edge, x, torch.ones(2, dtype=torch.float64))[0].tolist() == [2, 2]


def test_an_edge_to_an_output_that_is_not_there():
    x = leaf(1, 2)
    y = x * 2
    with pytest.raises(IndexError, match="MulBackward0 has 1 output, so there is no output 3"):
        torch.autograd.grad(graph.GradientEdge(y.grad_fn, 3), x, torch.ones(2))
    with pytest.raises(IndexError, match="UnbindBackward0 has 2 outputs, so there is no output 2"):
        torch.autograd.grad(graph.GradientEdge(y.unbind()[0].grad_fn, 2), x)


def test_saved_values_are_listed():
    x = leaf(1, 2)
    node = (x * x).grad_fn
    assert {"_saved_self", "_raw_saved_other", "name"} <= set(dir(node))
    assert not any(name.startswith("_saved") for name in dir(x.exp().grad_fn.next_functions[0][0]))


def test_a_saved_value_after_free_names_the_line():
    x = leaf(1, 2)
    y = x.exp()
    y.sum().backward()
    with pytest.raises(
        RuntimeError, match=r"freed by the backward pass at .*test_graph.py:\d+: y.sum\(\).backward\(\)"
    ):
        y.grad_fn._saved_result
    with pytest.raises(RuntimeError, match="second time"):
        y.grad_fn._raw_saved_result.register_hooks(identity, identity)


def test_saved_tensors_of_a_sequence():
    x, y = leaf(1, 2), leaf(3, 4)
    node = torch.einsum("i,i->", x, y).grad_fn
    assert len(node._saved_tensors) == 2
    assert node._saved_tensors[0] is x
    assert [raw.data is t for raw, t in zip(node._raw_saved_tensors, (x, y), strict=True)] == [True, True]


def test_calling_a_node_records_where_gradients_are_recorded():
    x = leaf(1, 2)
    node = (x**3).grad_fn
    gradient = node(torch.ones(2, dtype=torch.float64))
    gradient.sum().backward()
    assert x.grad.tolist() == [6, 12]


# ---- lines ----


def test_places_can_be_switched_off():
    x = leaf(1, 2)
    with graph.set_record_places(False):
        y = x.exp()
        with graph.set_record_places(True):
            z = x.exp()
        assert graph.report(y).by_line.keys() == {"(not recorded)"}
    assert y.grad_fn.place is None
    assert z.grad_fn.place.function == "test_places_can_be_switched_off"
    graph.set_record_places(False)
    try:
        assert x.exp().grad_fn.place is None
    finally:
        graph.set_record_places(True)
    assert x.exp().grad_fn.place is not None


# ---- the report ----


def test_a_report_adds_up_what_is_saved():
    x = torch.ones(100, 50, requires_grad=True)
    w = torch.ones(50, 20, requires_grad=True)
    y = (x @ w).tanh()
    z = (y * y.exp()).sum()

    found = graph.report(z)

    saved = [z for _, z in _saved_arrays(z.grad_fn)]
    blocks = {id(_owner(array)): _owner(array).nbytes for array in saved}
    assert found.bytes == sum(blocks.values()) == 4 * (100 * 50 + 50 * 20 + 2 * 100 * 20)
    assert found.blocks == len(blocks) == 4
    assert found.leaf_bytes == 4 * (100 * 50 + 50 * 20)
    for table in (found.by_line, found.by_function, found.by_operation):
        assert sum(held.bytes for held in table.values()) == found.bytes
        assert sum(held.blocks for held in table.values()) == found.blocks
        assert sum(held.nodes for held in table.values()) == found.nodes == 5
    assert list(found.by_operation) == ["MmBackward0", "TanhBackward0", "ExpBackward0", "MulBackward0", "SumBackward0"]
    assert found.by_module == {}


def _saved_arrays(node, seen=None):
    seen = set() if seen is None else seen
    if node in seen or node is None:
        return
    seen.add(node)
    for name in dir(node):
        if name.startswith("_saved_") and isinstance(getattr(node, name), torch.Tensor):
            yield name, getattr(node, name)._array
    for parent, _ in node.next_functions:
        yield from _saved_arrays(parent, seen)


def _owner(array):
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def test_it_agrees_with_what_python_has_allocated():
    x = torch.ones(300, 300, requires_grad=True)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        y = x
        for _ in range(10):
            y = (y.exp() * 0.1).tanh().sigmoid()
        loss = y.sum()
        del y
        held = tracemalloc.get_traced_memory()[0] - before
        found = graph.report(loss)
    finally:
        tracemalloc.stop()
    assert found.bytes == 30 * x.nbytes
    assert found.bytes == pytest.approx(held, rel=0.02)


def test_a_view_counts_as_the_memory_that_it_keeps():
    x = torch.ones(1000, requires_grad=True)
    y = x * 1
    z = y[:2].sin() + y[2:4].cos()
    del y
    found = graph.report(z)
    assert found.bytes == 4000
    assert found.blocks == 1
    assert found.by_operation["SinBackward0"].bytes == 4000
    assert found.by_operation["CosBackward0"].bytes == 0


def test_memory_of_several_graphs_is_counted_once():
    x = torch.ones(1000, requires_grad=True)
    y = x.exp()
    one, other = y.sin(), y.cos()
    assert graph.report(one).bytes == graph.report([one, other]).bytes == 4000
    assert graph.report([graph.get_gradient_edge(one), one]).nodes == 2


def test_what_packed_values_and_custom_functions_hold():
    x = torch.ones(1000, requires_grad=True)
    with graph.saved_tensors_hooks(lambda t: {"a": [t.numpy(force=True).astype(np.float16)]}, identity):
        y = x.exp()
    assert graph.report(y).bytes == 2000
    z = Cube.apply(x)
    assert graph.report(z).bytes == 4000 + 4000
    assert graph.report(z).leaf_bytes == 4000
    with graph.allow_mutation_on_saved_tensors():
        assert graph.report(x.exp()).bytes == 4000


def test_what_a_checkpoint_holds():
    x = torch.ones(1000, requires_grad=True)
    y = x * 2
    z = checkpoint(lambda t: t.sin().exp().tanh(), y, use_reentrant=False)
    assert graph.report(z).bytes == 4000


def test_what_a_change_through_a_view_holds():
    x = torch.ones(1000, requires_grad=True)
    y = x * 1
    y[:500].mul_(torch.ones(500))
    found = graph.report(y)
    assert found.bytes == 2000
    assert found.by_operation["torch::autograd::CopySlices"].bytes == 2000


def test_nothing_is_left_after_backward():
    x = torch.ones(1000, requires_grad=True)
    y = (x.exp().sin()).sum()
    y.backward()
    found = graph.report(y)
    assert (found.bytes, found.blocks, found.freed) == (0, 0, 2)
    assert "2 nodes freed" in str(found)
    assert graph.report(torch.ones(3)).nodes == 0


def test_a_report_leaves_the_graph_as_it_was():
    x = torch.ones(10, requires_grad=True)
    calls = []
    with graph.saved_tensors_hooks(identity, lambda packed: calls.append(1) or packed):
        y = x.exp().sum()
    graph.report(y)
    assert calls == []
    y.backward()
    assert np.allclose(x.grad, np.e)


def test_a_report_by_module():
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Sequential(torch.nn.Tanh(), torch.nn.Linear(4, 1)))
    with graph.record_modules():
        loss = (model(torch.ones(5, 3)) ** 2).sum()
    found = graph.report(loss)
    assert set(found.by_module) == {"0 (Linear)", "1.0 (Tanh)", "1.1 (Linear)", "(no module)"}
    assert sum(held.bytes for held in found.by_module.values()) == found.bytes
    assert "module" not in (model(torch.ones(5, 3)).grad_fn).metadata


def test_modules_are_noted_right_after_one_has_failed():
    class Fails(torch.nn.Module):
        def forward(self, x):
            raise ValueError("no")

    class Tries(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.fails = Fails()

        def forward(self, x):
            with pytest.raises(ValueError, match="no"):
                self.fails(x)
            return x * 2

    with graph.record_modules():
        y = Tries()(leaf(1))
        z = y * 3
    assert y.grad_fn.metadata["module"] == "Tries"
    assert z.grad_fn.metadata == {}


def test_the_text_of_a_report():
    x = torch.ones(1000, requires_grad=True)
    y = x.exp()
    text = str(graph.report(y.sin()))
    assert text.startswith("2 nodes hold 3.91 KB in 1 block\n")
    assert "function" in text
    assert "y = x.exp()" in text
    assert repr(graph.report(y)) == "<GraphReport: 3.91 KB in 1 node>"
    many = [x.exp()]
    many += [
        getattr(x, name)()
        for name in ["sin", "cos", "tan", "sinh", "cosh", "asinh", "atan", "erf", "log1p", "expm1", "sigmoid"]
    ]
    assert "... and 2 more" in str(graph.report(many))


def test_a_report_of_something_else():
    with pytest.raises(TypeError, match="element 1 must be a Tensor or a GradientEdge, not int"):
        graph.report([leaf(1), 3])


def test_a_deep_graph():
    x = leaf(1)
    y = x
    for _ in range(100_000):
        y = y * 1.0
    assert graph.report(y).nodes == 100_000
