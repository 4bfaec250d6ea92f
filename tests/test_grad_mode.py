"""Recording switched off and on: contexts, decorators of every kind of function, threads, asyncio tasks."""

import asyncio
import threading

import pytest

import chainrule as torch

MODES = [
    (torch.no_grad, False),
    (torch.enable_grad, True),
    (lambda: torch.set_grad_enabled(False), False),
    (lambda: torch.set_grad_enabled(True), True),
]
IDS = ["no_grad", "enable_grad", "set_grad_enabled(False)", "set_grad_enabled(True)"]


@pytest.fixture(params=[True, False], ids=["found on", "found off"])
def found(request):
    with torch.set_grad_enabled(request.param):
        yield request.param


@pytest.fixture(params=MODES, ids=IDS)
def mode(request):
    return request.param


def enabled():
    return torch.is_grad_enabled()


def test_on_by_default():
    assert enabled()


def test_a_context(mode, found):
    make, inside = mode
    with make():
        assert enabled() is inside
    assert enabled() is found


def test_a_context_left_by_an_exception(mode, found):
    make, _ = mode
    with pytest.raises(KeyError), make():
        raise KeyError
    assert enabled() is found


def test_a_context_entered_again(found):
    context = torch.no_grad()
    with context, torch.enable_grad(), context:
        assert not enabled()
    assert enabled() is found


def test_set_grad_enabled_at_once():
    torch.set_grad_enabled(False)
    assert not enabled()
    torch.set_grad_enabled(True)
    assert enabled()


def test_a_function(mode, found):
    make, inside = mode

    @make()
    def function(a, *, b):
        """What it says."""
        return enabled(), a, b

    assert enabled() is found
    assert function(1, b=2) == (inside, 1, 2)
    assert function.__name__ == "function"
    assert function.__doc__ == "What it says."
    assert enabled() is found


def test_without_parentheses():
    @torch.no_grad
    def off():
        return enabled()

    @torch.enable_grad
    def on():
        return enabled()

    assert not off()
    with torch.no_grad():
        assert on()


def test_a_function_that_calls_itself():
    @torch.no_grad()
    def down(n):
        assert not enabled()
        return n if n == 0 else down(n - 1)

    assert down(3) == 0
    assert enabled()


def test_a_method():
    class Model:
        @torch.no_grad()
        def predict(self):
            return self, enabled()

        @classmethod
        @torch.no_grad()
        def build(cls):
            return cls, enabled()

        @staticmethod
        @torch.no_grad()
        def helper():
            return enabled()

    model = Model()
    assert model.predict() == (model, False)
    assert Model.build() == (Model, False)
    assert Model.helper() is False


def test_a_generator(mode, found):
    make, inside = mode

    @make()
    def generator():
        received = yield enabled()
        try:
            yield enabled(), received
        except KeyError:
            yield enabled(), "caught"
        return enabled()

    running = generator()
    assert next(running) is inside
    assert enabled() is found
    assert running.send(7) == (inside, 7)
    assert enabled() is found
    assert running.throw(KeyError) == (inside, "caught")
    assert enabled() is found
    with pytest.raises(StopIteration) as stopped:
        next(running)
    assert stopped.value.value is inside
    assert enabled() is found


def test_a_generator_that_is_closed():
    closed = []

    @torch.no_grad()
    def generator():
        try:
            yield 1
        finally:
            closed.append(enabled())

    running = generator()
    next(running)
    running.close()
    assert closed == [False]
    assert enabled()


def test_a_coroutine(mode, found):
    make, inside = mode

    @make()
    async def coroutine():
        before = enabled()
        await asyncio.sleep(0)
        return before, enabled()

    assert asyncio.run(coroutine()) == (inside, inside)
    assert enabled() is found


def test_tasks_do_not_see_each_other():
    async def off():
        with torch.no_grad():
            for _ in range(5):
                await asyncio.sleep(0)
                assert not enabled()

    async def on():
        for _ in range(5):
            await asyncio.sleep(0)
            assert enabled()

    async def main():
        await asyncio.gather(off(), on(), off(), on())

    asyncio.run(main())


def test_a_new_thread_starts_with_recording_on():
    seen = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_threads_do_not_see_each_other():
    inside, leave = threading.Event(), threading.Event()

    def off():
        with torch.no_grad():
            inside.set()
            leave.wait(5)

    thread = threading.Thread(target=off)
    thread.start()
    inside.wait(5)
    assert enabled()
    leave.set()
    thread.join()


def test_what_the_mode_does():
    x = torch.tensor(2.0, requires_grad=True)
    with torch.no_grad():
        y = x * 3
        assert not y.requires_grad
        assert y.is_leaf
        with torch.enable_grad():
            z = x * 4
    assert z.requires_grad
    y.requires_grad_()
    (y * z).backward()
    assert y.grad.item() == 8
    assert x.grad.item() == 24


def test_new_tensors_require_grad_as_asked_in_every_mode():
    with torch.no_grad():
        assert torch.tensor(1.0, requires_grad=True).requires_grad
        assert torch.tensor(1.0).requires_grad_().requires_grad


def test_backward_works_where_recording_is_off():
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    with torch.no_grad():
        y.backward()
        assert not x.grad.requires_grad
    assert x.grad.item() == 4


def test_formulas_run_with_recording_off():
    x = torch.tensor(2.0, requires_grad=True)
    (x * x).backward()
    assert not x.grad.requires_grad
    assert enabled()


def test_a_leaf_may_be_changed_where_recording_is_off():
    x = torch.tensor(2.0, requires_grad=True)
    with torch.no_grad():
        x -= 0.5
        x.mul_(2)
    assert x.item() == 3
    assert x.is_leaf
    assert x.requires_grad
