"""Nothing is held on to: graphs, hooks, errors and checkpoints go when their names go.

What is acyclic goes at once; what the user ties into a cycle (a hook that holds its tensor, a `.grad` with a history)
goes with the garbage collector. `benchmarks/memory.py` does the same for a million steps and looks at the process.
"""

import gc
import importlib.util
import threading
import tracemalloc
import weakref
from pathlib import Path

import pytest

import chainrule as torch
from chainrule.utils.checkpoint import checkpoint

BENCHMARK = Path(__file__).resolve().parents[1] / "benchmarks" / "memory.py"


def load_benchmark():
    specification = importlib.util.spec_from_file_location("benchmark_of_memory", BENCHMARK)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


benchmark = load_benchmark()


class FaultError(Exception):
    pass


def fail(*args):
    raise FaultError


class FailsBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        raise FaultError


def leaf():
    return torch.ones(3, dtype=torch.float64, requires_grad=True)


# Each makes a graph and lets go of it; what it returns are weak references to what must be gone.


def recorded_backward():
    x = leaf()
    (x**3).sum().backward(create_graph=True)
    return [weakref.ref(x), weakref.ref(x.grad), weakref.ref(x.grad.grad_fn)]


def recorded_backward_of_a_module():
    model = torch.nn.Linear(3, 1)
    model(torch.ones(2, 3)).sum().backward(create_graph=True)
    return [weakref.ref(model), weakref.ref(model.weight), weakref.ref(model.weight.grad)]


def third_derivative():
    x = leaf()
    (first,) = torch.autograd.grad((x**4).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x, create_graph=True)
    second.sum().backward(create_graph=True)
    return [weakref.ref(each) for each in (x, first, second, x.grad)]


def hook_that_holds_its_tensor():
    x = leaf()
    y = x * 2
    y.register_hook(lambda grad: y.detach())
    y.retain_grad()
    y.sum().backward()
    return [weakref.ref(x), weakref.ref(y), weakref.ref(y.grad_fn)]


def hook_of_a_leaf_that_holds_it():
    def after(_):
        x.detach()

    x = leaf()
    x.register_hook(lambda grad: x.detach())
    x.register_post_accumulate_grad_hook(after)
    (x * 2).sum().backward()
    return [weakref.ref(x)]


def hook_of_a_node_that_holds_it():
    y = (leaf() * 2).sum()
    node = y.grad_fn
    node.register_hook(lambda *_: node.name() and None)
    node.register_prehook(lambda _: node.name() and None)
    node.metadata["self"] = node
    y.backward()
    return [weakref.ref(y), weakref.ref(node)]


def hook_that_raises():
    x = leaf()
    y = x * 2
    y.register_hook(fail)
    z = y.sin().sum()
    with pytest.raises(FaultError):
        z.backward()
    return [weakref.ref(each) for each in (x, y, z, z.grad_fn)]


def derivative_that_raises():
    x = leaf()
    y = FailsBackward.apply(x * 3)
    with pytest.raises(FaultError):
        y.sum().backward()
    return [weakref.ref(x), weakref.ref(y)]


def recorded_backward_that_raises():
    x = leaf()
    y = FailsBackward.apply(x**3)
    with pytest.raises(FaultError):
        (y * x.exp()).sum().backward(create_graph=True)
    return [weakref.ref(x), weakref.ref(y)]


def saved_tensor_changed():
    x = leaf()
    y = x.sigmoid()
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
    return [weakref.ref(x), weakref.ref(y), weakref.ref(y.grad_fn)]


def second_backward():
    x = leaf()
    y = (x * x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        y.backward()
    return [weakref.ref(x), weakref.ref(y), weakref.ref(y.grad_fn)]


def views_changed_in_place():
    base = leaf() * 1
    view = base[:2]
    view.mul_(2)
    base.sum().backward()
    return [weakref.ref(base), weakref.ref(view), weakref.ref(view.grad_fn)]


def context_that_holds_its_output():
    class HoldsOutput(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.output = x * 2
            return ctx.output

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    y = HoldsOutput.apply(leaf())
    y.sum().backward()
    return [weakref.ref(y)]


def saved_output_of_a_function():
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.saved_tensors[1]

    x = leaf()
    y = Exp.apply(x)
    return [weakref.ref(x), weakref.ref(y), weakref.ref(y.grad_fn)]


def checkpoint_that_records():
    x = leaf()
    y = checkpoint(lambda x: (x.sin() * x).exp(), x * 2, use_reentrant=False)
    y.sum().backward()
    return [weakref.ref(x), weakref.ref(y), weakref.ref(y.grad_fn)]


def checkpoint_within_a_checkpoint_dropped_before_backward():
    x = leaf()
    y = checkpoint(lambda x: checkpoint(torch.sin, x * 2, use_reentrant=False).exp(), x, use_reentrant=False)
    return [weakref.ref(x), weakref.ref(y), weakref.ref(y.grad_fn)]


def reentrant_checkpoint():
    x = leaf()
    y = checkpoint(lambda x: (x.sin() * x).exp(), x * 2, use_reentrant=True)
    y.sum().backward()
    return [weakref.ref(x), weakref.ref(y)]


def checkpoint_that_raises(use_reentrant):
    inputs = leaf() * 2
    with pytest.raises(FaultError):
        checkpoint(fail, inputs, use_reentrant=use_reentrant)
    return [weakref.ref(inputs)]


def checkpoint_that_raises_in_backward(use_reentrant):
    runs = []

    def function(x):
        runs.append(1)
        return x.sin() if len(runs) == 1 else fail()

    inputs = leaf() * 2
    y = checkpoint(function, inputs, use_reentrant=use_reentrant)
    with pytest.raises(FaultError):
        y.sum().backward()
    return [weakref.ref(inputs), weakref.ref(y)]


def second_derivative_of_a_checkpoint():
    x = leaf()
    y = checkpoint(lambda x: (x.sin() * x).exp(), x, use_reentrant=False)
    y.sum().backward(create_graph=True)
    return [weakref.ref(x), weakref.ref(y), weakref.ref(x.grad)]


ACYCLIC = [
    views_changed_in_place,
    saved_output_of_a_function,
    checkpoint_that_records,
    checkpoint_within_a_checkpoint_dropped_before_backward,
    reentrant_checkpoint,
]
ALL = [
    *ACYCLIC,
    recorded_backward,
    recorded_backward_of_a_module,
    third_derivative,
    hook_that_holds_its_tensor,
    hook_of_a_leaf_that_holds_it,
    hook_of_a_node_that_holds_it,
    hook_that_raises,
    derivative_that_raises,
    recorded_backward_that_raises,
    saved_tensor_changed,
    second_backward,
    context_that_holds_its_output,
    second_derivative_of_a_checkpoint,
]


def still_there(references):
    return [reference() for reference in references if reference() is not None]


@pytest.mark.filterwarnings("ignore:Using backward")
@pytest.mark.parametrize("let_go", ALL, ids=lambda each: each.__name__)
def test_what_has_no_name_is_collected(let_go):
    references = let_go()
    gc.collect()
    assert not still_there(references)


@pytest.mark.parametrize("use_reentrant", [True, False])
@pytest.mark.parametrize("let_go", [checkpoint_that_raises, checkpoint_that_raises_in_backward])
def test_what_a_failed_checkpoint_held_is_collected(let_go, use_reentrant):
    references = let_go(use_reentrant)
    gc.collect()
    assert not still_there(references)


@pytest.mark.parametrize("let_go", ACYCLIC, ids=lambda each: each.__name__)
def test_what_has_no_cycle_goes_at_once(let_go):
    gc.collect()
    gc.disable()
    try:
        assert not still_there(let_go())
    finally:
        gc.enable()


def test_a_backward_pass_in_another_thread_leaves_nothing():
    def go():
        references.extend(hook_that_holds_its_tensor())

    references = []
    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    gc.collect()
    assert references
    assert not still_there(references)


def growth_of(step, training, times):
    """How many objects and bytes more there are after doing the step so many times than before."""
    for _ in range(50):
        step(training)
    gc.collect()
    objects = len(gc.get_objects())
    tracemalloc.start()
    try:
        step(training)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(times):
            step(training)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return len(gc.get_objects()) - objects, after - before


@pytest.mark.filterwarnings("ignore:Using backward")
@pytest.mark.parametrize("step", benchmark.STEPS, ids=lambda each: each.__name__)
def test_steps_of_training_add_neither_objects_nor_bytes(step):
    times = 200
    objects, size = growth_of(step, benchmark.Training(), times)
    # Half an object a step would be a leak, or the bytes of the smallest array, which no garbage collector counts. What
    # Python and NumPy set aside for small things fills up on the way.
    assert objects < times // 2
    assert size < times * 100


def test_a_leak_would_be_noticed():
    kept = []
    objects, size = growth_of(lambda training: kept.append(training.loss()), benchmark.Training(), 200)
    assert objects >= 200
    assert size >= 200 * 100
