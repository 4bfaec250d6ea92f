"""Several threads, one graph; passes within passes. For what PyTorch does: parity/autograd_programs/threads.py."""

import asyncio
import gc
import sys
import threading
import weakref

import pytest

import chainrule as torch
from chainrule.autograd import grad
from chainrule.engine.backward import DEEPEST, current_pass


def leaf(*numbers):
    return torch.tensor(list(numbers), dtype=torch.float64, requires_grad=True)


def in_threads(count, work):
    errors = []
    all_there = threading.Barrier(count)

    def guarded(number):
        try:
            all_there.wait(10)
            work(number)
        except BaseException as error:  # noqa: BLE001 (to be raised where the test sees it)
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.fixture(autouse=True)
def often_another_thread():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def test_eight_threads_lose_no_gradient():
    shared = leaf(1, 2, 3)

    def work(number):
        for _ in range(200):
            (shared * (number + 1)).backward(torch.ones(3))

    in_threads(8, work)
    assert shared.grad.tolist() == [200 * 36] * 3


def test_threads_that_share_a_graph():
    x = leaf(1, 2)
    y = x.exp() * x
    expected = grad(y, x, torch.ones(2), retain_graph=True)[0].tolist()

    def work(number):
        for _ in range(100):
            assert grad(y, x, torch.ones(2), retain_graph=True)[0].tolist() == expected

    in_threads(4, work)


def test_threads_that_share_a_graph_with_everything_in_it():
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, gradient):
            (x,) = ctx.saved_tensors
            return gradient * 2 + x * 0

    x, w = leaf(1, 2, 3, 4), leaf(1, 1, 1, 1)
    a = Twice.apply(x * w)
    b = a.clone()
    b[1:3].mul_(3)  # through a view
    first, second = b.split(2)
    calls = []
    a.register_hook(lambda gradient: calls.append(1))
    x.register_hook(lambda gradient: gradient * 2)
    loss = (first * second).sum()
    expected = [g.tolist() for g in grad(loss, [x, w], retain_graph=True)]
    calls.clear()

    def work(number):
        for _ in range(25):
            loss.backward(retain_graph=True)
            assert [g.tolist() for g in grad(loss, [x, w], retain_graph=True)] == expected

    in_threads(4, work)
    assert x.grad.tolist() == [100 * value for value in expected[0]]
    assert w.grad.tolist() == [100 * value for value in expected[1]]
    assert len(calls) == 2 * 100


def test_a_graph_that_one_thread_frees_runs_in_others_whole_or_not_at_all():
    refusals = []
    ran = 0
    counting = threading.Lock()
    for _ in range(60):
        x = leaf(3)
        y = x
        for _ in range(20):
            y = y * x
        loss = y.sum()

        def work(number, loss=loss):
            nonlocal ran
            try:
                loss.backward()
            except RuntimeError as error:
                refusals.append(str(error))
            else:
                with counting:
                    ran += 1

        ran_before = ran
        in_threads(3, work)
        assert (0 if x.grad is None else x.grad.item()) == (ran - ran_before) * 21 * 3**20
    assert len(refusals) + ran == 180
    assert refusals
    assert all(refusal.startswith("Trying to backward through the graph a second time") for refusal in refusals)


def test_threads_that_make_and_read_the_same_views():
    base = leaf(*range(6)) * 1
    base.mul_(2)
    view = base[2:5]
    base.mul_(3)  # the view's history is due to be made anew, by whichever thread asks first

    def work(number):
        for _ in range(50):
            assert view.grad_fn is not None
            (gradient,) = grad(view.sum(), base, retain_graph=True)
            assert gradient.tolist() == [0, 0, 1, 1, 1, 0]

    in_threads(4, work)


def test_threads_that_count_changes():
    x = torch.zeros(1)

    def work(number):
        mine = torch.zeros(1)
        for _ in range(200):
            mine.add_(1)
        assert mine._version == 200
        with lock:
            x.add_(1)

    lock = threading.Lock()
    in_threads(4, work)
    assert x._version == 4


def test_modes_of_one_thread_are_not_seen_in_others():
    x = leaf(1, 2)
    kinds = [
        (torch.no_grad, lambda y: not y.requires_grad),
        (torch.inference_mode, lambda y: y.is_inference() and not y.requires_grad),
        (torch.enable_grad, lambda y: y.requires_grad and not y.is_inference()),
        (lambda: torch.autograd.set_detect_anomaly(False), lambda y: y.requires_grad and not y.is_inference()),
    ]

    def work(number):
        mode, holds = kinds[number]
        for _ in range(100):
            with mode():
                assert holds(x * 2)
                assert holds(x.exp())
                assert holds(x.sum())
            assert (x * 2).requires_grad

    in_threads(4, work)


def test_tasks_that_share_a_leaf():
    w = leaf(1)

    async def train(number):
        for _ in range(10):
            loss = (w * number).sum()
            await asyncio.sleep(0)
            loss.backward()

    async def main():
        await asyncio.gather(*[train(number) for number in range(5)])

    asyncio.run(main())
    assert w.grad.item() == 100


class Deep(torch.autograd.Function):
    """Its backward runs a backward pass of its own, which runs one, and so on."""

    @staticmethod
    def forward(ctx, x, depth, at_bottom=None):
        ctx.depth = depth
        ctx.at_bottom = at_bottom
        return x * 1

    @staticmethod
    def backward(ctx, gradient):
        if not ctx.depth:
            if ctx.at_bottom is not None:
                ctx.at_bottom()
            return gradient, None, None
        with torch.enable_grad():
            x = leaf(1)
            Deep.apply(x, ctx.depth - 1, ctx.at_bottom).sum().backward()
        return gradient + x.grad, None, None


def test_passes_within_passes_hundreds_deep():
    x = leaf(1)
    Deep.apply(x, 400).sum().backward()
    assert x.grad.item() == 401
    assert current_pass() is None


def test_deep_passes_go_on_in_new_threads_with_the_modes_of_the_first():
    seen = []

    def look():
        seen.append((threading.current_thread(), torch.is_grad_enabled(), torch.autograd.is_multithreading_enabled()))

    x = leaf(1)
    with torch.autograd.set_multithreading_enabled(False):
        Deep.apply(x, DEEPEST - 3, look).sum().backward()
        Deep.apply(x, DEEPEST + 3, look).sum().backward()
    (near, *modes), (far, *modes_there) = seen
    assert near is threading.main_thread()
    assert far is not near
    assert modes == modes_there == [False, False]


def test_an_error_deep_within_is_the_error_and_leaves_nothing():
    def fail():
        raise KeyError("at the bottom")

    x, other = leaf(1), leaf(2)
    with pytest.raises(KeyError, match="at the bottom"):
        (Deep.apply(x, 50, fail) * other).sum().backward()
    assert x.grad is None
    assert other.grad is None
    assert current_pass() is None
    Deep.apply(x, 2).sum().backward()
    assert x.grad.item() == 3


def test_a_pass_within_a_pass_writes_what_it_reaches():
    x, z = leaf(1), leaf(5)
    y = x * 2

    def hook(gradient):
        (z * z).sum().backward()
        assert z.grad.item() == 10

    with torch.enable_grad():
        y.register_hook(lambda gradient: torch.enable_grad()(hook)(gradient))
    y.sum().backward()
    assert x.grad.item() == 2


def test_callbacks():
    queue_callback = torch.autograd.Variable._execution_engine.queue_callback
    x = leaf(1)
    seen = []

    def hook(gradient):
        queue_callback(lambda: seen.append(x.grad.item()))

    y = x * 2
    y.register_hook(hook)
    y.sum().backward()
    assert seen == [2]
    with pytest.raises(RuntimeError, match="Final callbacks can only be installed during backward pass"):
        queue_callback(seen.clear)


def test_callbacks_of_a_pass_that_fails_are_not_called():
    x = leaf(1)
    seen = []

    def hook(gradient):
        torch.autograd.Variable._execution_engine.queue_callback(lambda: seen.append(1))
        raise KeyError

    y = x * 2
    y.register_hook(hook)
    with pytest.raises(KeyError):
        y.sum().backward()
    assert not seen
    (x * 2).sum().backward()
    assert not seen


def test_recording_a_backward_pass_warns_of_no_leak_because_there_is_none():
    x = leaf(1, 2)
    (x**3).sum().backward(create_graph=True)  # a warning would be an error here
    assert x.grad.requires_grad
    gone = weakref.ref(x)
    del x
    gc.collect()
    assert gone() is None
