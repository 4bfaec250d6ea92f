"""Inference mode: what its tensors may be used for, and that nothing refused has changed anything.

tests/parity/autograd_programs/modes.py compares with PyTorch; here is what goes beyond, and what holds without it.
"""

import asyncio
import threading

import numpy as np
import pytest

import chainrule as torch
from chainrule.engine.profiling import watch


@pytest.fixture
def x():
    return torch.tensor([1.0, 2.0], requires_grad=True)


@pytest.fixture
def made_inside():
    with torch.inference_mode():
        return torch.tensor([3.0, 4.0])


def modes():
    return torch.is_inference_mode_enabled(), torch.is_grad_enabled()


def test_what_is_made_inside_is_marked(x, made_inside):
    with torch.inference_mode():
        assert (x * 2).is_inference()
        assert not (x * 2).requires_grad
        assert modes() == (True, False)
    assert made_inside.is_inference()
    assert not (made_inside * 2).is_inference()
    assert modes() == (False, True)


OPERATIONS = {
    "of one tensor": lambda t: t.exp(),
    "of two": lambda t: t * t,
    "with a number": lambda t: t * 2,
    "with a number first": lambda t: 2 - t,
    "with another type": lambda t: t * t.double(),
    "of integers": lambda t: t.long() + 1,
    "that reduces": lambda t: t.sum(),
    "with several results": lambda t: t.sort()[1],
    "that copies": lambda t: t.clone(),
    "of a matrix": lambda t: torch.outer(t, t) @ t,
    "of NumPy": lambda t: np.sin(t),
    "of a module": lambda t: torch.nn.Linear(2, 1)(t),
    "that picks": lambda t: t[torch.tensor([1])],
    "that may view and copies": lambda t: torch.outer(t, t).t().reshape(4),
    "that makes a tensor": torch.zeros_like,
    "out of a checkpoint": lambda t: torch.utils.checkpoint.checkpoint(torch.exp, t, use_reentrant=False),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@pytest.mark.parametrize("grad_mode", [torch.no_grad, torch.enable_grad])
def test_every_operation_inside_marks_and_records_nothing(operation, grad_mode, x):
    with torch.inference_mode(), grad_mode():
        result = operation(x)
    assert result.is_inference()
    assert not result.requires_grad
    assert result.grad_fn is None


def test_refusals_change_nothing(x, made_inside):
    kept = made_inside.tolist()
    for change in (
        lambda: made_inside.add_(1),
        lambda: made_inside.__setitem__(0, 9.0),
        lambda: made_inside.view(2, 1).zero_(),
        lambda: torch.add(x.detach(), 1, out=made_inside),
        lambda: torch.ones(2, out=made_inside),
        lambda: torch.nn.init.trunc_normal_(made_inside),
        lambda: made_inside.unsqueeze_(0),
    ):
        with pytest.raises(RuntimeError, match=r"^Inplace update to inference tensor outside InferenceMode"):
            change()
        assert made_inside.tolist() == kept
    with pytest.raises(RuntimeError, match=r"^Setting requires_grad=True on inference tensor"):
        made_inside.requires_grad_()
    assert not made_inside.requires_grad


def test_saving_one_is_refused_on_every_way(x, made_inside):
    table = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    for operation in (
        lambda: x * made_inside,
        lambda: made_inside * x,
        lambda: x / made_inside,
        lambda: x @ made_inside,
        lambda: table @ made_inside,
        lambda: torch.where(x > 0, x, x) * made_inside.view(2),
        lambda: np.multiply(x, made_inside),
    ):
        with pytest.raises(RuntimeError, match=r"^Inference tensors cannot be saved for backward"):
            operation()


def test_a_leaf_made_inside_loses_no_gradient_silently():
    # PyTorch records nothing for an operation of this one alone; here it is recorded, or refused.
    with torch.inference_mode():
        weight = torch.tensor([1.0, 2.0], requires_grad=True)
    assert weight.exp().requires_grad
    with pytest.raises(RuntimeError, match=r"^Inference tensors cannot be saved for backward"):
        weight.sin()


def test_a_pass_that_ends_at_an_inference_gradient_writes_none(x):
    other = torch.tensor([5.0, 6.0], requires_grad=True)
    with torch.inference_mode():
        other.grad = torch.zeros(2)
    loss = (x + other).sum()
    with pytest.raises(RuntimeError, match=r"^Inplace update to inference tensor"):
        loss.backward()
    assert x.grad is None
    assert other.grad.tolist() == [0, 0]


def test_optimizers_and_clipping_outside(x, made_inside):
    with torch.inference_mode():
        weight = torch.tensor([1.0], requires_grad=True)
    weight.grad = torch.ones(1)
    with pytest.raises(RuntimeError, match=r"^Inplace update to inference tensor"):
        torch.optim.SGD([weight], lr=0.1).step()
    assert weight.tolist() == [1]
    x.grad = made_inside
    with pytest.raises(RuntimeError, match=r"^Inplace update to inference tensor"):
        torch.nn.utils.clip_grad_norm_([x], 0.1)
    assert made_inside.tolist() == [3, 4]


def test_numpy_memory(made_inside):
    array = np.ones(2)
    with torch.inference_mode():
        borrowed = torch.from_numpy(array)
    array[0] = 5
    assert borrowed.is_inference()
    assert borrowed.tolist() == [5, 1]
    made_inside.numpy()[0] = 7
    assert made_inside.tolist() == [7, 4]
    assert made_inside.is_inference()


def test_the_same_context_within_itself():
    context = torch.inference_mode()
    with context:
        with context:
            assert modes() == (True, False)
        assert modes() == (True, False)
    assert modes() == (False, True)


@pytest.mark.parametrize("leave", ["the end", "an exception", "a generator that is closed"])
def test_the_short_way_of_operations_is_open_again(leave, x):
    if leave == "the end":
        with torch.inference_mode(), torch.inference_mode(False):
            assert watch.tensor_type is None
    elif leave == "an exception":
        with pytest.raises(KeyError), torch.inference_mode():
            raise KeyError
    else:

        @torch.inference_mode()
        def produce():
            yield x * 2
            yield x * 3

        running = produce()
        assert next(running).is_inference()
        assert watch.tensor_type is torch.Tensor
        running.close()
    assert watch.tensor_type is torch.Tensor
    assert (x * 2).requires_grad


def test_other_threads_record_meanwhile(x):
    entered, leave = threading.Event(), threading.Event()

    def inside():
        with torch.inference_mode():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=inside)
    thread.start()
    entered.wait(10)
    y = x * x
    (y + y[:1]).sum().backward()
    leave.set()
    thread.join()
    assert not y.is_inference()
    assert x.grad.tolist() == [6, 4]


def test_tasks_do_not_see_each_other(x):
    async def inside():
        with torch.inference_mode():
            for _ in range(3):
                await asyncio.sleep(0)
                assert (x * 2).is_inference()

    async def outside():
        for _ in range(3):
            await asyncio.sleep(0)
            assert (x * 2).requires_grad

    async def main():
        await asyncio.gather(inside(), outside(), inside(), outside())

    asyncio.run(main())


def test_it_can_be_profiled(x):
    with torch.autograd.profiler.profile() as profile, torch.inference_mode():
        y = x * 2 + 1
    assert y.is_inference()
    assert {"aten::mul", "aten::add"} <= {event.key for event in profile.key_averages()}
