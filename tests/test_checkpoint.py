"""Checkpoints: what programs of both libraries (parity/) do not show, and what chainrule adds."""

import copy
import gc
import pickle
import threading
import weakref
from functools import partial

import numpy as np
import pytest

import chainrule as torch
from chainrule.utils import checkpoint as tools
from chainrule.utils.checkpoint import CheckpointError, checkpoint, create_selective_checkpoint_contexts


def leaf(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def plain_gradient(function, x):
    return torch.autograd.grad(function(x).sum(), x)[0]


def deep(x):
    for _ in range(5):
        x = (x.sin() + x * x).tanh()
    return x


# What is kept


def test_intermediate_values_are_not_kept():
    kept = []

    def function(x):
        y = x.sin()
        kept.append(weakref.ref(y._array.base if y._array.base is not None else y))
        return y.exp()

    x = leaf(1.0, 2.0)
    y = checkpoint(function, x, use_reentrant=False)
    assert kept[0]() is None
    y.sum().backward()
    assert all(reference() is None for reference in kept)


@pytest.mark.parametrize("use_reentrant", [True, False])
def test_dropping_the_output_frees_everything_at_once(use_reentrant):
    gc.disable()
    try:
        x = leaf(1.0, 2.0)
        inside = x * 2
        y = checkpoint(deep, inside, use_reentrant=use_reentrant)
        gone = weakref.ref(inside)
        del y, inside
        assert gone() is None
    finally:
        gc.enable()


def test_what_a_pass_left_over_goes_with_the_pass():
    made = []

    def function(x):
        y = x + x
        made.append(weakref.ref(y))
        return y.sin(), y.cos()

    x = leaf(1.0, 2.0)
    one, other = checkpoint(function, x, use_reentrant=False)
    one.sum().backward()  # asks for one of the two values
    gc.collect()
    assert all(reference() is None for reference in made)
    other.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), plain_gradient(lambda x: (x * 2).sin() + (x * 2).cos(), x).numpy())


@pytest.mark.parametrize("use_reentrant", [True, False])
def test_a_long_chain_of_checkpoints(use_reentrant):
    x = leaf(1.0)
    y = x
    for _ in range(3000):
        y = checkpoint(lambda y: y + 1, y, use_reentrant=use_reentrant)
    y.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [1.0])
    y = x
    for _ in range(3000):
        y = checkpoint(torch.sin, y, use_reentrant=use_reentrant)
    del y  # neither does letting go recurse


# The decorator


def test_as_a_decorator():
    @checkpoint(use_reentrant=False, preserve_rng_state=False)
    def function(x, scale=1):
        """It says something."""
        return deep(x) * scale

    x = leaf(0.3, 0.7)
    (gradient,) = torch.autograd.grad(function(x, scale=3).sum(), x)
    np.testing.assert_allclose(gradient.numpy(), 3 * plain_gradient(deep, x).numpy())
    assert function.__name__ == "function"
    assert function.__doc__ == "It says something."


def test_the_decorator_takes_no_other_keywords():
    with pytest.raises(ValueError, match="Unexpected keyword arguments: scale"):
        checkpoint(scale=3)


def test_a_decorator_of_no_kind_warns_when_the_function_is_called():
    decorate = checkpoint()
    function = decorate(torch.sin)
    with pytest.warns(UserWarning, match="the use_reentrant parameter should be passed explicitly") as given:
        function(leaf(1.0))
    assert given[0].filename == __file__


def test_the_warning_points_at_the_call():
    with pytest.warns(UserWarning, match="the use_reentrant parameter should be passed explicitly") as given:
        checkpoint(torch.sin, leaf(1.0))
    assert given[0].filename == __file__


# A function that does something else


def alternating(*functions):
    """A function that is another each time it is called."""
    calls = iter(functions)
    return lambda x: next(calls)(x)


def test_fewer_values_name_the_lines_of_both_runs():
    y = checkpoint(
        alternating(lambda x: x.sin().exp().cos(), lambda x: x.sin()),
        leaf(1.0),
        use_reentrant=False,
    )
    with pytest.raises(CheckpointError, match="A different number of tensors was saved") as caught:
        y.backward()
    text = str(caught.value)
    assert "Number of tensors saved during forward: 3" in text
    assert "Number of tensors saved during recomputation: 1" in text
    assert "in the original forward: saved at" in text
    assert "x.sin().exp().cos()" in text
    assert "Tip: To see a more detailed error message, either pass `debug=True`" in text


def test_more_values_name_the_lines_of_both_runs():
    function = alternating(lambda x: x.sin(), lambda x: x.sin().exp())
    y = checkpoint(function, leaf(1.0), use_reentrant=False, early_stop=False)
    with pytest.raises(CheckpointError, match="trying to save more tensors during recomputation") as caught:
        y.backward()
    assert "position 1:\n  in the original forward: nothing was saved\n  in recomputation: saved at" in str(
        caught.value
    )


def test_other_shapes_name_the_lines_of_both_runs():
    def function(x):
        seen.append(x)
        if len(seen) == 2:
            return x[:1].sin()  # the second time
        return x.sin()  # the first time

    seen = []
    y = checkpoint(function, leaf(1.0, 2.0), use_reentrant=False)
    with pytest.raises(CheckpointError, match="have different metadata than during the forward pass") as caught:
        y.sum().backward()
    text = str(caught.value)
    assert "tensor at position 0" in text
    assert "in the original forward: saved at" in text
    assert text.index("# the first time") < text.index("# the second time")


def test_debug_lists_the_operations_of_both_runs():
    function = alternating(lambda x: x.sin().exp(), lambda x: x.cos())
    y = checkpoint(function, leaf(1.0), use_reentrant=False, debug=True)
    with pytest.raises(CheckpointError, match="dumping logs of latest computation") as caught:
        y.backward()
    forward, _, recomputation = str(caught.value).partition("2. Operations of the recomputation")
    assert "aten.sin.default(float64[1])   (1 of 2 in original)" in forward
    assert "aten.exp.default" in forward
    assert "aten.cos.default" in recomputation
    assert "test_checkpoint.py" in forward


def test_a_failed_pass_leaves_everything_as_it_was():
    x = leaf(1.0, 2.0)
    function = alternating(torch.sin, lambda x: x.no_such_method(), torch.sin)
    y = checkpoint(function, x, use_reentrant=False).sum()
    with pytest.raises(AttributeError):
        y.backward()
    assert x.grad is None
    y.backward()
    np.testing.assert_allclose(x.grad.numpy(), np.cos([1.0, 2.0]))


def test_an_input_changed_in_place_names_both_lines():
    y = leaf(1.0) * 2
    z = checkpoint(torch.sin, y, use_reentrant=False)  # it is given here
    y.add_(1)  # it is changed here
    with pytest.raises(RuntimeError, match="modified by an inplace operation") as caught:
        z.backward()
    assert "checkpoint needs the values as they were at" in str(caught.value)
    assert "# it is given here" in str(caught.value)
    assert "# it is changed here" in str(caught.value)


@pytest.mark.parametrize("early_stop", [True, False])
def test_a_saved_value_that_the_function_changes_afterwards(early_stop):
    def function(x):
        y = x * 2
        z = y * y  # it is saved here
        y.add_(1)  # it is changed here
        return z.sin()

    y = checkpoint(function, leaf(1.0), use_reentrant=False, early_stop=early_stop)
    with pytest.raises(RuntimeError, match="is at version 1; expected version 0 instead") as caught:
        y.backward()
    assert "# it is saved here" in str(caught.value)
    assert "# it is changed here" in str(caught.value)


def test_a_change_after_everything_is_saved_does_no_harm():
    def function(x):
        y = x * 2
        z = (y * y).sin()
        y.add_(1)
        return z

    x = leaf(1.0)
    checkpoint(function, x, use_reentrant=False).backward()
    np.testing.assert_allclose(x.grad.numpy(), 8 * np.cos([4.0]))
    with pytest.raises(RuntimeError, match="is at version 1; expected version 0 instead"):
        checkpoint(function, x, use_reentrant=False, early_stop=False).backward()


def test_except_exception_does_not_catch_the_early_stop():
    def function(x):
        try:
            y = x.sin()
        except Exception:  # noqa: BLE001 (what a careless program does)
            y = x.exp()
        return y * 3

    x = leaf(1.0)
    checkpoint(function, x, use_reentrant=False).backward()
    np.testing.assert_allclose(x.grad.numpy(), 3 * np.cos([1.0]))


# Modes of this thread


def test_backward_in_another_thread_computes_again_there():
    x = leaf(0.3, 0.7)
    y = checkpoint(deep, x, use_reentrant=False).sum()
    thread = threading.Thread(target=y.backward)
    thread.start()
    thread.join()
    np.testing.assert_allclose(x.grad.numpy(), plain_gradient(deep, x).numpy())


def test_backward_from_several_threads_at_once_gives_the_exact_sum():
    x = leaf(0.25, 0.5)
    y = checkpoint(lambda x: (x * 2).exp() * 0 + x * x, x, use_reentrant=False).sum()
    threads = [threading.Thread(target=lambda: [y.backward(retain_graph=True) for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert x.grad.tolist() == [80 * 0.5, 80 * 1.0]


def test_the_contexts_are_of_this_thread():
    told = []

    def look():
        y = checkpoint(alternating(torch.sin, lambda x: x[:1].sin()), leaf(1.0, 2.0), use_reentrant=False)
        try:
            y.sum().backward()
        except CheckpointError as error:
            told.append("dumping logs" in str(error))

    with tools.set_checkpoint_debug_enabled(True):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        look()
    assert told == [False, True]


def test_everything_is_left_as_found_when_a_function_fails():
    def fails(x):
        raise KeyboardInterrupt

    for use_reentrant in (True, False):
        with pytest.raises(KeyboardInterrupt):
            checkpoint(fails, leaf(1.0), use_reentrant=use_reentrant)
    x = leaf(1.0)
    node = x.sin().grad_fn
    assert node.hooks is None


# Random numbers


@pytest.mark.parametrize("use_reentrant", [True, False])
def test_recomputation_draws_the_same_numbers_and_leaves_no_trace(use_reentrant):
    x = torch.ones(1000, dtype=torch.float64, requires_grad=True)
    torch.manual_seed(1)
    y = checkpoint(lambda x: torch.nn.functional.dropout(x) * x, x, use_reentrant=use_reentrant)
    state = torch.get_rng_state()
    y.sum().backward()
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(x.grad.numpy(), 2 * y.detach().numpy())


# Selective checkpoints


def counting(row_name, monkeypatch):
    """How often the forward of a row runs: a list that grows."""
    from chainrule.engine.op import TABLE

    row, runs = TABLE[row_name], []
    forward = row.forward

    def counted(*args):
        runs.append(row_name)
        return forward(*args)

    monkeypatch.setattr(row, "compute", counted)
    return runs


def products(x, w):
    return ((x @ w).tanh() @ w).tanh()


@pytest.mark.parametrize(
    ("policies", "products_computed"),
    [
        ([torch.ops.aten.mm.default], 2),
        ([torch.ops.aten.bmm.default], 4),
        (lambda ctx, op, *args, **kwargs: op == torch.ops.aten.mm.default, 2),
        (lambda ctx, op, *args, **kwargs: tools.CheckpointPolicy.PREFER_SAVE, 2),
        (lambda ctx, op, *args, **kwargs: tools.CheckpointPolicy.MUST_CPU_OFFLOAD, 2),
        (lambda ctx, op, *args, **kwargs: tools.CheckpointPolicy.MUST_RECOMPUTE, 4),
    ],
)
def test_a_policy_says_what_is_computed_again(policies, products_computed, monkeypatch):
    generator = np.random.default_rng(0)
    x, w = (torch.tensor(generator.normal(size=(3, 3)), requires_grad=True) for _ in range(2))
    expected = torch.autograd.grad(products(x, w).sum(), (x, w))
    runs = counting("matmul", monkeypatch)
    contexts = partial(create_selective_checkpoint_contexts, policies)
    y = checkpoint(products, x, w, use_reentrant=False, context_fn=contexts, early_stop=False)
    y.sum().backward()
    assert len(runs) == products_computed
    for got, gradient in zip((x.grad, w.grad), expected, strict=True):
        np.testing.assert_allclose(got.numpy(), gradient.numpy(), rtol=1e-12)


def test_several_results_are_kept_together(monkeypatch):
    runs = counting("max_dim", monkeypatch)
    contexts = partial(create_selective_checkpoint_contexts, [torch.ops.aten.max.dim])
    x = leaf(3.0, 1.0, 2.0)
    y = checkpoint(lambda x: x.max(0).values.sin(), x, use_reentrant=False, context_fn=contexts)
    y.backward()
    assert len(runs) == 1
    np.testing.assert_allclose(x.grad.numpy(), [np.cos(3.0), 0, 0])


def test_views_are_made_again_whatever_the_policy():
    contexts = partial(create_selective_checkpoint_contexts, lambda *args, **kwargs: True)
    x = leaf(1.0, 2.0, 3.0, 4.0)
    checkpoint(
        lambda x: (x.view(2, 2) @ x.view(2, 2).t()).sin(), x, use_reentrant=False, context_fn=contexts
    ).sum().backward()
    expected = plain_gradient(lambda x: (x.view(2, 2) @ x.view(2, 2).t()).sin(), x)
    np.testing.assert_allclose(x.grad.numpy(), expected.numpy())


def test_a_kept_value_that_was_changed_names_the_line():
    def function(x):
        y = x.sin()
        z = y * 2
        y.add_(1)  # the culprit
        return z.exp()

    contexts = partial(create_selective_checkpoint_contexts, [torch.ops.aten.sin.default])
    y = checkpoint(function, leaf(1.0), use_reentrant=False, context_fn=contexts)
    with pytest.raises(RuntimeError, match="cached during selective activation checkpoint has been mutated") as caught:
        y.backward()
    assert "# the culprit" in str(caught.value)


def test_names_of_operations():
    aten = torch.ops.aten
    assert aten.add.Tensor == aten.add.Scalar
    assert aten._softmax.default == aten.softmax.int
    assert aten.mm.default != aten.bmm.default
    assert aten.mm.default != "mm"
    assert len({aten.mm.default, aten.mm.out, aten.bmm.default}) == 2
    assert aten.mm.default.overloadpacket == aten.mm
    assert copy.deepcopy(aten.mm) == aten.mm
    assert pickle.loads(pickle.dumps(aten.mm.default)) == aten.mm.default
    with pytest.raises(AttributeError, match="no operation of this name here"):
        _ = aten.convolution_of_tomorrow
    with pytest.raises(AttributeError, match="has no overload name"):
        _ = aten.mm._nothing


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda x: x @ x, "mm"),
        (lambda x: x @ x[0], "mv"),
        (lambda x: x[0] @ x[0], "dot"),
        (lambda x: x.sum(0), "sum"),
        (lambda x: x.log1p(), "log1p"),
        (lambda x: x + 1, "add"),
        (lambda x: torch.softmax(x, 0), "_softmax"),
        (lambda x: x.reshape(4), "view"),
        (lambda x: torch.nn.functional.linear(x, x, x[0]), "addmm"),
    ],
)
def test_operations_have_their_names_in_pytorch(call, name):
    asked = []
    contexts = partial(create_selective_checkpoint_contexts, lambda ctx, op, *args: bool(asked.append(op)))
    x = torch.rand(2, 2, requires_grad=True)
    checkpoint(call, x, use_reentrant=False, context_fn=contexts)
    assert getattr(torch.ops.aten, name).default in asked


# Devices


def test_there_is_one_device():
    assert tools.get_device_states(leaf(1.0)) == ([], [])
    tools.set_device_states([], [])
    with pytest.raises(RuntimeError, match="No CUDA GPUs are available"):
        tools.set_device_states([0], [torch.get_rng_state()], device_type="cuda")
    tools.DefaultDeviceType.set_device_type("cuda")
    assert tools.DefaultDeviceType.get_device_type() == "cuda"
    tools.DefaultDeviceType._default_device_type = None
