"""Hooks of modules, beyond what PyTorch shows of them."""

import copy
import gc
import warnings
import weakref

import pytest

import chainrule as torch
from chainrule import nn
from chainrule.nn.modules import module as every


class Scale(nn.Module):
    """Multiplies by a parameter."""

    def __init__(self, factor=2.0):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, x, more=0):
        return x * self.factor + more


def leaf(*numbers):
    return torch.tensor(list(numbers), requires_grad=True)


def numbers_of(gradients):
    return [gradient and gradient.tolist() for gradient in gradients]


def test_the_order_of_all_hooks_of_a_call():
    order = []

    def note(name):
        return lambda *_: order.append(name)

    module = Scale()
    module.register_full_backward_hook(note("full"))
    module.register_full_backward_pre_hook(note("pre"))
    module.register_forward_hook(note("after"))
    module.register_forward_pre_hook(note("before"))
    with (
        every.register_module_full_backward_hook(note("every full")),
        every.register_module_full_backward_pre_hook(note("every pre")),
        every.register_module_forward_hook(note("every after")),
        every.register_module_forward_pre_hook(note("every before")),
    ):
        module(leaf(1.0)).backward()

    assert order == ["every before", "before", "every after", "after", "every pre", "pre", "every full", "full"]


def test_hooks_do_not_change_the_gradients():
    def net():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))

    plain, hooked = net(), net()
    for module in hooked.modules():
        module.register_full_backward_hook(lambda *_: None)
        module.register_full_backward_pre_hook(lambda *_: None)
    x, same = torch.ones(2, 3, requires_grad=True), torch.ones(2, 3, requires_grad=True)

    plain(x).square().sum().backward()
    hooked(same).square().sum().backward()

    assert torch.equal(x.grad, same.grad)
    for ours, other in zip(hooked.parameters(), plain.parameters(), strict=True):
        assert torch.equal(ours.grad, other.grad)


@pytest.mark.parametrize("kind", ["register_full_backward_hook", "register_full_backward_pre_hook"])
def test_a_hook_that_fails_leaves_every_gradient_as_it_was(kind):
    module = Scale()

    def fails(*_):
        raise ValueError("this hook fails")

    x = leaf(1.0, 2.0)
    with getattr(module, kind)(fails), pytest.raises(ValueError, match="this hook fails"):
        module(x).sum().backward()
    assert x.grad is None
    assert module.factor.grad is None

    module(x).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_the_line_of_warnings_is_the_users():
    module = Scale()
    module.register_full_backward_hook(lambda *_: None)
    with pytest.warns(UserWarning, match="since no inputs require gradients") as caught:
        module(torch.ones(1)).backward()
    assert caught[0].filename == __file__

    class Listed(nn.Module):
        def forward(self, x):
            return [x]

    listed = Listed()
    listed.register_full_backward_hook(lambda *_: None)
    with pytest.warns(UserWarning, match="module output should be a Tensor or a tuple of Tensors") as caught:
        listed(leaf(1.0))
    assert caught[0].filename == __file__


def test_inputs_by_name_are_not_among_those_of_the_hook():
    module = Scale()
    seen = []
    module.register_full_backward_hook(lambda _, grad_inputs, __: seen.append(numbers_of(grad_inputs)))
    x, more = leaf(1.0), leaf(5.0)

    module(x, more=more).backward()

    assert seen == [[[2.0]]]
    assert more.grad.tolist() == [1.0]


def test_a_call_made_while_hooks_were_there_keeps_them():
    module = Scale()
    seen = []
    handle = module.register_full_backward_hook(lambda *_: seen.append(1))
    y = module(leaf(1.0))
    handle.remove()

    y.backward()
    module(leaf(1.0)).backward()

    assert seen == [1]


def test_a_module_without_hooks_adds_no_nodes():
    module = Scale()
    handle = module.register_full_backward_hook(lambda *_: None)
    assert module(leaf(1.0)).grad_fn.name() == "BackwardHookFunctionBackward"

    handle.remove()
    assert module(leaf(1.0)).grad_fn.name() == "AddBackward0"


def test_one_call_within_another_of_the_same_module():
    module = Scale(3.0)
    seen = []
    module.register_full_backward_hook(
        lambda _, grad_inputs, grad_outputs: seen.append((numbers_of(grad_inputs), numbers_of(grad_outputs)))
    )

    module(module(leaf(1.0))).backward()

    assert seen == [([[3.0]], [[1.0]]), ([[9.0]], [[3.0]])]


def test_copies_and_originals_have_separate_hooks():
    module = Scale()
    seen = []
    handle = module.register_full_backward_pre_hook(lambda which, _: seen.append(which))
    other = copy.deepcopy(module)
    handle.remove()

    module(leaf(1.0)).backward()
    other(leaf(1.0)).backward()

    assert seen == [other]


def test_a_module_of_before_backward_hooks_can_be_restored():
    module = Scale()
    state = dict(module.__dict__)
    for name in ("_backward_hooks", "_backward_pre_hooks", "_is_full_backward_hook"):
        del state[name]
    restored = Scale.__new__(Scale)
    restored.__setstate__(state)

    seen = []
    restored.register_full_backward_hook(lambda *_: seen.append(1))
    restored(leaf(1.0)).backward()

    assert seen == [1]


def test_hooks_of_every_module_leave_nothing_behind():
    seen = []
    handle = every.register_module_forward_hook(
        lambda *args: seen.append(len(args)), with_kwargs=True, always_call=True
    )
    nn.ReLU()(torch.ones(1))
    handle.remove()
    nn.ReLU()(torch.ones(1))

    assert seen == [4]
    assert not every.hooks_of_every_module


def test_the_two_kinds_for_every_module_exclude_each_other_while_both_are_there():
    with (
        every.register_module_backward_hook(lambda *_: None),
        pytest.raises(RuntimeError, match="Cannot use both regular backward hooks and full backward hooks as a global"),
    ):
        every.register_module_full_backward_hook(lambda *_: None)

    every.register_module_full_backward_hook(lambda *_: None).remove()


def test_the_deprecated_hook_of_every_module():
    seen = []
    with every.register_module_backward_hook(lambda module, *_: seen.append(module)), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        module = Scale()
        module(leaf(1.0)).backward()

    assert seen == [module]


def test_a_module_with_hooks_that_hold_it_is_collected():
    module = Scale()
    module.register_full_backward_hook(lambda *_, module=module: None)
    module.register_forward_hook(lambda *_, module=module: None)
    y = module(leaf(1.0))
    y.backward()
    seen = weakref.ref(module)
    del module, y
    gc.collect()

    assert seen() is None


def test_the_error_about_a_change_in_place_names_the_call():
    module = Scale()
    module.register_full_backward_hook(lambda *_: None)
    y = module(leaf(1.0))

    with pytest.raises(RuntimeError, match="Output 0 of BackwardHookFunction is a view and is being modified inplace"):
        y.add_(1)
    y.backward()
