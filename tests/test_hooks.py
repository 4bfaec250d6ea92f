"""Hooks of tensors and nodes: their order, what they may do, and what is left when they fail."""

import gc
import pickle
import threading
import weakref

import pytest

import chainrule as torch
from chainrule.autograd.multi_grad_hook import register_multi_grad_hook
from chainrule.utils.hooks import RemovableHandle, unserializable_hook, warn_if_has_hooks


def leaf(*numbers):
    return torch.tensor(list(numbers), dtype=torch.float64, requires_grad=True)


def fails(*_):
    raise ValueError("this hook fails")


def test_the_order_at_one_node_and_its_leaf():
    x = leaf(1.0, 2.0)
    y = x * 2
    order = []
    accumulator = y.grad_fn.next_functions[0][0]
    # Registered in another order than they run.
    accumulator.register_hook(lambda *_: order.append("accumulator, after"))
    x.register_post_accumulate_grad_hook(lambda _: order.append(f"post accumulate, of {x.grad.tolist()}"))
    accumulator.register_prehook(lambda _: order.append(f"accumulator, before {x.grad}"))
    x.register_hook(lambda _: order.append("leaf"))
    y.grad_fn.register_hook(lambda *_: order.append("node, after"))
    y.grad_fn.register_prehook(lambda _: order.append(f"node, before, with {y.grad.tolist()} retained"))
    y.retain_grad()
    y.register_hook(lambda _: order.append("tensor"))

    y.sum().backward()

    assert order == [
        "tensor",
        "node, before, with [1.0, 1.0] retained",
        "node, after",
        "leaf",
        "accumulator, before None",
        "post accumulate, of [2.0, 2.0]",
        "accumulator, after",
    ]


@pytest.mark.parametrize(
    "register",
    [
        lambda x, y: y.register_hook(fails),
        lambda x, y: y.grad_fn.register_prehook(fails),
        lambda x, y: y.grad_fn.register_hook(fails),
        lambda x, y: x.register_hook(fails),
        lambda x, y: x.register_post_accumulate_grad_hook(fails),
        lambda x, y: y.grad_fn.next_functions[0][0].register_prehook(fails),
        lambda x, y: y.grad_fn.next_functions[0][0].register_hook(fails),
        lambda x, y: register_multi_grad_hook((x, y), fails),
        lambda x, y: register_multi_grad_hook((x, y), fails, mode="any"),
    ],
)
def test_a_hook_that_fails_leaves_every_gradient_as_it_was(register):
    first, second, x = leaf(1.0), leaf(2.0), leaf(3.0)
    first.grad = torch.tensor([100.0], dtype=torch.float64)
    kept = first.grad
    seen = []
    # Written before the failing hook runs, as hooks of its own are to see it.
    first.register_post_accumulate_grad_hook(lambda _: seen.append(first.grad.tolist()))
    y = x * 2
    total = first * (second + y)
    handle = register(x, y)

    with pytest.raises(ValueError, match="this hook fails"):
        total.sum().backward(retain_graph=True)
    assert seen == [[108.0]]
    assert first.grad is kept
    assert kept.tolist() == [100.0]
    assert second.grad is None
    assert x.grad is None

    handle.remove()
    total.sum().backward()
    assert (first.grad.item(), second.grad.item(), x.grad.item()) == (108.0, 1.0, 2.0)


def test_the_error_of_a_hook_says_where_its_node_was_recorded():
    y = leaf(1.0).exp()
    y.register_hook(fails)

    with pytest.raises(ValueError, match="this hook fails") as caught:
        y.sum().backward()

    assert any("ExpBackward0" in note and "test_hooks.py" in note for note in caught.value.__notes__)


def test_training_within_the_backward_pass_is_training_behind_it():
    def net():
        torch.manual_seed(0)
        return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))

    data = torch.linspace(-1, 1, 12).reshape(4, 3)
    usual, within = net(), net()
    usual_optimizer = torch.optim.Adam(usual.parameters(), lr=0.1)
    optimizers = {parameter: torch.optim.Adam([parameter], lr=0.1) for parameter in within.parameters()}

    def step(parameter):
        optimizers[parameter].step()
        parameter.grad = None

    for parameter in within.parameters():
        parameter.register_post_accumulate_grad_hook(step)
    for _ in range(5):
        usual_optimizer.zero_grad()
        usual(data).square().sum().backward()
        usual_optimizer.step()
        within(data).square().sum().backward()

    assert all(parameter.grad is None for parameter in within.parameters())
    for ours, other in zip(within.parameters(), usual.parameters(), strict=True):
        assert torch.equal(ours, other)


def test_a_hook_that_holds_its_own_tensor_is_collected():
    x = leaf(1.0, 2.0)
    y = x * 2

    def hook(_, y=y):
        return y

    for register in (y.register_hook, y.grad_fn.register_hook, x.register_post_accumulate_grad_hook):
        register(hook)
    seen = weakref.ref(hook)
    del x, y, hook, register
    gc.collect()

    assert seen() is None


def test_a_hook_of_a_view_stays_with_the_history_it_was_registered_for():
    x = leaf(1.0, 2.0, 3.0)
    y = x * 1
    view = y[:2]
    seen = []
    view.register_hook(lambda grad: seen.append(("before", grad.tolist())))
    y.mul_(5)
    view.register_hook(lambda grad: seen.append(("after", grad.tolist())))

    view.sum().backward()

    assert seen == [("after", [1.0, 1.0])]
    assert x.grad.tolist() == [5.0, 5.0, 0.0]


def test_hooks_of_an_accumulating_node_live_as_long_as_the_leaf():
    x = leaf(1.0)
    seen = []
    (x * 2).grad_fn.next_functions[0][0].register_hook(lambda *_: seen.append(x.grad.item()))
    gc.collect()

    (x * 3).sum().backward()

    assert seen == [3.0]


def test_hooks_run_though_no_gradient_came():
    x = leaf(1.0)
    y = x.exp()
    z = y * 2
    seen = []
    z.grad_fn.register_hook(lambda grad_inputs, _: tuple(None for _ in grad_inputs))
    y.register_hook(lambda grad: seen.append(("y", grad)))
    y.grad_fn.register_hook(lambda *grads: seen.append(("node", grads)))
    x.register_hook(lambda grad: seen.append(("x", grad)))

    z.sum().backward()

    assert seen == [("y", None), ("node", ((None,), (None,))), ("x", None)]
    assert x.grad is None
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        z.sum().backward()


def test_nothing_can_take_the_place_of_no_gradient():
    x = leaf(1.0, 2.0, 3.0, 4.0).reshape(2, 2)
    first, second = x.unbind(0)
    first.register_hook(lambda _: torch.ones(2, dtype=torch.float64))

    with pytest.raises(RuntimeError, match="can't replace a None gradient with a non-None value"):
        second.sum().backward()


def test_the_hook_of_several_waits_for_leaves_that_grad_asks_for():
    a, b = leaf(2.0), leaf(3.0)
    c = a * b
    seen = []
    register_multi_grad_hook((a, b, c), lambda grads: seen.append([grad and grad.item() for grad in grads]))

    torch.autograd.grad(c, a, retain_graph=True)
    torch.autograd.grad(c, [a, b])

    assert seen == [[3.0, None, 1.0], [3.0, 2.0, 1.0]]


def test_the_hook_of_several_starts_anew_after_a_pass_that_failed():
    a, b = leaf(2.0), leaf(3.0)
    c = a * b
    seen = []
    register_multi_grad_hook((a, b, c), seen.append)
    with a.register_hook(fails), pytest.raises(ValueError, match="this hook fails"):
        c.sum().backward(retain_graph=True)
    assert not seen

    c.sum().backward()

    assert [grad.item() for grad in seen[0]] == [3.0, 2.0, 1.0]


def test_the_hook_of_several_keeps_no_graph():
    a = leaf(2.0)
    kept, dropped = a * 2, a * 3
    node = weakref.ref(dropped.grad_fn)
    register_multi_grad_hook((kept, dropped), print)
    del dropped

    assert node() is None


def test_the_hook_of_several_in_several_threads():
    a, b = leaf(2.0), leaf(3.0)
    seen = []
    register_multi_grad_hook((a, b), lambda grads: seen.append([grad.item() for grad in grads]))

    def work(number):
        for _ in range(20):
            (a * number + b * number).sum().backward()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(seen) == [[float(number)] * 2 for number in range(4) for _ in range(20)]


def test_the_hook_of_several_that_cannot_be_leaves_no_hooks():
    a, b = leaf(2.0), torch.ones(1)
    seen = []
    with pytest.raises(AssertionError, match="Expected gradient function to be set"):
        register_multi_grad_hook((a, b), seen.append)
    with pytest.raises(ValueError, match=r"Expects mode to be one of \('all', 'any'\) but got both"):
        register_multi_grad_hook((a, b), seen.append, mode="both")

    a.sum().backward()

    assert not seen


def test_the_handle_of_several_hooks():
    a, b = leaf(2.0), leaf(3.0)
    seen = []
    with register_multi_grad_hook((a, b), seen.append) as handle:
        assert isinstance(handle, RemovableHandle)
        (a * b).backward()
    (a * b).backward()
    handle.remove()

    assert len(seen) == 1


def test_a_handle_that_was_saved_removes_nothing_here():
    x = leaf(1.0)
    handle = x.register_hook(lambda grad: grad * 2)
    handle.remove()

    copy = pickle.loads(pickle.dumps(handle))

    assert copy.id == handle.id
    copy.remove()


def test_hooks_that_saving_leaves_behind_are_warned_of():
    x = leaf(1.0)

    @unserializable_hook
    def marked(grad):
        return grad

    x.register_hook(marked)
    warn_if_has_hooks(x)
    warn_if_has_hooks(torch.ones(1))

    x.register_hook(fails)
    with pytest.warns(UserWarning, match=r"backward hook <function fails.*will not be serialized") as caught:
        warn_if_has_hooks(x)
    assert caught[0].filename == __file__


def test_a_graph_with_hooks_may_be_deep():
    x = leaf(1.0)
    y = x
    count = 20_000
    calls = []
    for number in range(count):
        y = y + 1
        if number % 100 == 0:
            y.register_hook(calls.append)
    register_multi_grad_hook((x, y), calls.append)

    y.backward()

    assert len(calls) == count // 100 + 1
    assert x.grad.item() == 1.0


def test_a_failing_pass_puts_a_gradient_with_a_history_back():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x**3).sum().backward(create_graph=True)
    before = x.grad
    x.register_post_accumulate_grad_hook(lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        (x * x).sum().backward()
    assert x.grad is before
    assert x.grad.tolist() == [3, 12]
