"""Views: whose memory they share, and what gradients say after a base or a view of it was changed in place."""

import gc
import re
import weakref

import numpy as np
import pytest

import chainrule as torch

MULTI_OUTPUT = (
    "Output {} of {} is a view and is being modified inplace. This view is the output of a function that returns "
    "multiple views. Such functions do not allow the output views to be modified inplace. You should replace the "
    "inplace operation by an out-of-place one."
)
OVERLAPPING = (
    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
    "Please clone() the tensor before performing the operation."
)


def numbers(*shape):
    return torch.tensor(np.arange(1.0, 1 + np.prod(shape, dtype=int)).reshape(shape), requires_grad=True)


VIEWS = {
    "select": lambda x: x[0],
    "slice": lambda x: x[:, 1:],
    "steps": lambda x: x[:, ::2],
    "one element": lambda x: x[1, 2],
    "None": lambda x: x[None],
    "Ellipsis": lambda x: x[...],
    "view": lambda x: x.view(3, 2),
    "reshape": lambda x: x.reshape(-1),
    "flatten": lambda x: x.flatten(),
    "transpose": lambda x: x.transpose(0, 1),
    "t": lambda x: x.t(),
    "T": lambda x: x.T,
    "permute": lambda x: x.permute(1, 0),
    "movedim": lambda x: x.movedim(0, 1),
    "unsqueeze": lambda x: x.unsqueeze(1),
    "squeeze": lambda x: x[:1].squeeze(0),
    "diagonal": lambda x: x.diagonal(),
    "narrow": lambda x: x.narrow(1, 0, 2),
    "unfold without overlap": lambda x: x.unfold(1, 1, 2),
    "as_strided": lambda x: torch.as_strided(x, (2, 2), (3, 1), 1),
    "view of a view": lambda x: x.t()[1:].transpose(0, 1)[0],
    "expand to the same size": lambda x: x.expand(2, 3),
}
SEVERAL = {
    "unbind": lambda x: x.unbind(0),
    "split": lambda x: x.split(1),
    "split_with_sizes": lambda x: x.split([1, 1]),
    "chunk": lambda x: x.chunk(2),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_a_view_shares_memory_base_and_version(view):
    x = numbers(2, 3).detach()
    v = view(x)
    assert np.shares_memory(v.numpy(), x.numpy())
    assert v._base is x
    v.mul_(0)
    assert v._version == x._version == 1
    assert (view(x).numpy() == 0).all()


@pytest.mark.parametrize("split", SEVERAL.values(), ids=SEVERAL)
def test_several_views_at_once_share_memory(split):
    x = numbers(2, 3).detach()
    first, second = split(x)
    second.mul_(0)
    assert first._base is second._base is x
    assert x.tolist() == [[1, 2, 3], [0, 0, 0]]
    assert first._version == 1


def with_views(view, change, x):
    """The base and the view after `change` of the view."""
    base = x * 1
    changed = view(base)
    change(changed)
    return base, changed


CHANGES = {
    "mul_ by a number": lambda v: v.mul_(3),
    "mul_ by itself": lambda v: v.mul_(v.detach().clone()),
    "exp_": lambda v: v.mul_(0.1).exp_(),
    "zero_": lambda v: v.zero_(),
    "twice": lambda v: v.mul_(2).add_(1).mul_(v.detach()[...].clone()),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_gradients_through_a_changed_view_are_right(view, change):
    rng = np.random.default_rng(3)
    x = numbers(2, 3)
    base, changed = with_views(view, change, x)
    base_weights = torch.tensor(rng.uniform(-1, 1, tuple(base.shape)))
    view_weights = torch.tensor(rng.uniform(-1, 1, tuple(changed.shape)))

    def loss(x):
        base, changed = with_views(view, change, x)
        return (base * base_weights).sum() + (changed * view_weights).sum()

    (found,) = torch.autograd.grad(loss(x), x, create_graph=True)
    (plain,) = torch.autograd.grad(loss(x), x)
    np.testing.assert_allclose(found.detach().numpy(), plain.numpy())

    direction = rng.uniform(-1, 1, (2, 3))
    step = 1e-6
    constant = "detach" in change.__code__.co_names  # what is detached does not move with x
    if constant:
        return
    numerical = (
        loss(torch.tensor(x.detach().numpy() + step * direction)).item()
        - loss(torch.tensor(x.detach().numpy() - step * direction)).item()
    ) / (2 * step)
    np.testing.assert_allclose((plain.numpy() * direction).sum(), numerical, rtol=1e-6, atol=1e-7)


def test_a_value_that_was_written_gets_its_gradient():
    x, value = numbers(2, 3), numbers(3)
    y = x * 1
    y[0] = value * 2
    (y * torch.tensor([[1.0, 10, 100], [2, 2, 2]], dtype=torch.float64)).sum().backward()
    assert value.grad.tolist() == [2, 20, 200]
    assert x.grad.tolist() == [[0, 0, 0], [2, 2, 2]]


def test_writing_into_a_tensor_without_history_gives_it_one():
    value = numbers(3)
    y = torch.zeros(2, 3, dtype=torch.float64)
    row = y[0]
    y[0] = value
    assert y.requires_grad
    assert row.requires_grad
    assert row.grad_fn.name() == "AsStridedBackward0"
    (row * 3).sum().backward()
    assert value.grad.tolist() == [3, 3, 3]


def test_a_view_made_before_sees_what_the_base_becomes():
    x = numbers(2, 3)
    y = x * 1
    row = y[0]
    y.mul_(2)
    assert row.tolist() == [2, 4, 6]
    row.sum().backward()
    assert x.grad.tolist() == [[2, 2, 2], [0, 0, 0]]


def test_views_of_one_base_see_each_other():
    x = numbers(4)
    y = x * 1
    left, right = y[:3], y[1:]
    left.mul_(2)
    right.mul_(3)
    (left * torch.tensor([1.0, 10, 100], dtype=torch.float64)).sum().backward()
    assert x.grad.tolist() == [2, 60, 600, 0]


def test_a_base_whose_memory_runs_the_other_way():
    x = numbers(2, 3)
    y = (x * 1).t().clone()  # a clone keeps the order of memory, so y.t() can be viewed as one dimension
    flat = y.t().view(-1)
    flat[1:3].mul_(5)
    y.sum().backward()
    assert x.grad.tolist() == [[1, 5, 5], [1, 1, 1]]


def test_given_strides_count_from_the_start_of_the_memory():
    x = torch.from_numpy(np.arange(10.0)[2:])
    assert torch.as_strided(x, (2,), (3,)).tolist() == [2, 5]
    assert torch.as_strided(x, (2,), (3,), 1).tolist() == [3, 6]
    value = torch.tensor(7.0, dtype=torch.float64, requires_grad=True)
    torch.as_strided(x, (2,), (3,)).copy_(value)
    (x * x).sum().backward()
    assert value.grad.item() == 28


def test_second_derivatives_through_a_changed_view():
    x = torch.tensor([2.0, 3.0], dtype=torch.float64, requires_grad=True)
    y = x * x
    y[0].mul_(x[1])  # x0**2 * x1, x1**2
    (first,) = torch.autograd.grad(y[0] * y[1], x, create_graph=True)  # x0**2 * x1**3
    assert first.tolist() == [2 * 2 * 27, 3 * 4 * 9]
    (second,) = torch.autograd.grad(first.sum(), x)
    assert second.tolist() == [2 * 27 + 6 * 2 * 9, 6 * 2 * 9 + 6 * 4 * 3]


def test_names_of_the_nodes():
    y = numbers(2, 3) * 1
    v = y[0]
    v.mul_(2)
    assert y.grad_fn.name() == "torch::autograd::CopySlices"
    assert v.grad_fn.name() == "AsStridedBackward0"
    assert y.t_().grad_fn.name() == "TBackward1"


def test_a_saved_view_that_was_changed_is_noticed():
    x = numbers(2, 3)
    y = x * 1
    z = y[0].exp() * y[0]
    y[0, 0] = 5.0
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


@pytest.mark.parametrize(
    ("split", "name"),
    [("unbind", "Unbind"), ("split_with_sizes", "SplitWithSizes"), ("split", "Split"), ("chunk", "Split")],
)
def test_one_of_several_views_is_not_changed_in_place(split, name):
    y = numbers(2, 3) * 1
    second = SEVERAL[split](y)[1]
    with pytest.raises(RuntimeError, match=re.escape(MULTI_OUTPUT.format(1, name))):
        second.mul_(2)
    assert y.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_a_view_of_a_leaf_is_not_changed_in_place():
    x = numbers(2, 3)
    words = "a view of a leaf Variable that requires grad is being used in an in-place operation."
    with pytest.raises(RuntimeError, match=words):
        x[0].mul_(2)
    with pytest.raises(RuntimeError, match=words):
        x[0] = 1.0
    with torch.no_grad():
        x[0] = 1.0
        x.t()[2].mul_(2)
    assert x.tolist() == [[1, 1, 2], [4, 5, 12]]
    assert x.is_leaf


def test_a_view_made_without_grad_is_not_changed_with_it():
    y = numbers(2, 3) * 1
    with torch.no_grad():
        v = y[0]
    assert v.requires_grad
    assert v.grad_fn is None
    with pytest.raises(RuntimeError, match="A view was created in no_grad mode and is being modified inplace"):
        v.mul_(2)


def test_an_expanded_tensor_is_not_changed_in_place():
    y = numbers(1, 3) * 1
    with pytest.raises(RuntimeError, match=re.escape(OVERLAPPING)):
        y.expand(2, 3).mul_(2)
    y.expand(2, 3)[0].mul_(2)  # one row of it names each element once
    assert y.tolist() == [[2, 4, 6]]


def test_a_change_of_shape_in_place():
    x = numbers(2, 3)
    y = x * 1
    assert y.t_() is y
    assert y.shape == (3, 2)
    assert y.unsqueeze_(0).shape == (1, 3, 2)
    assert y.squeeze_(0).transpose_(0, 1).shape == (2, 3)
    y[0].mul_(2)
    y.sum().backward()
    assert x.grad.tolist() == [[2, 2, 2], [1, 1, 1]]


def test_a_view_that_changes_its_shape_stays_a_view():
    x = numbers(2, 3)
    y = x * 1
    v = y[:, 1:]
    v.t_()
    v[0].mul_(3)  # the second column
    assert y.tolist() == [[1, 6, 3], [4, 15, 6]]
    (y.sum() + v.sum()).backward()
    assert x.grad.tolist() == [[1, 6, 2], [1, 6, 2]]


def test_a_leaf_does_not_change_its_shape():
    x = numbers(2, 3)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        x.t_()
    assert x.shape == (2, 3)


def test_a_changed_base_is_released_without_the_garbage_collector():
    gc.disable()
    try:
        y = numbers(2, 3) * 1
        y[0].mul_(2)
        array = weakref.ref(y._array)
        del y
        assert array() is None
    finally:
        gc.enable()


TURNS = {
    "t_": lambda y: y.t_(),
    "transpose_ there and back": lambda y: y.transpose_(0, 1).transpose_(0, 1),
    "unsqueeze_": lambda y: y.unsqueeze_(1),
    "unsqueeze_ and t_": lambda y: y.t_().unsqueeze_(0),
}


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_views_of_a_base_that_changes_its_shape_afterwards(view, turn):
    rng = np.random.default_rng(5)
    weights = rng.uniform(-1, 1, 6)

    def both(x):
        base = x * 1
        part = view(base)
        turn(base)
        part.mul_(part.detach() + 1)
        part.sin_()
        return base, part

    def loss(x):
        base, part = both(x)
        chosen = torch.tensor(weights[: part.numel()])
        return (base.flatten() * torch.tensor(weights)).sum() + (part.flatten() ** 2 * chosen).sum()

    x = numbers(2, 3)
    (found,) = torch.autograd.grad(loss(x), x, create_graph=True)
    (plain,) = torch.autograd.grad(loss(x), x)
    np.testing.assert_allclose(found.detach().numpy(), plain.numpy())

    # The same without in-place operations: `part` holds its own elements of `x`.
    places = view(torch.arange(6).view(2, 3)).flatten().tolist()
    order = turn(torch.arange(6).view(2, 3)).flatten().tolist()
    free = numbers(2, 3)
    flat = free.flatten()
    changed = (flat * (flat.detach() + 1)).sin()
    values = torch.stack([changed[i] if i in places else flat[i] for i in range(6)])
    total = (values[order] * torch.tensor(weights)).sum()
    total = total + (values[places] ** 2 * torch.tensor(weights[: len(places)])).sum()
    (expected,) = torch.autograd.grad(total, free)
    np.testing.assert_allclose(plain.numpy(), expected.numpy())


def test_a_view_that_retains_its_gradient_goes_on_retaining_it():
    x = numbers(4)
    base = x * 2
    view = base[:2]
    view.retain_grad()
    for _ in range(3):
        base.mul_(2)
        assert view.retains_grad
    view.sum().backward()
    assert view.grad.tolist() == [1, 1]


def test_setting_the_memory_of_another_tensor():
    x, memory = torch.zeros(3), torch.arange(4.0)
    saved = x * torch.ones(3, requires_grad=True)
    x.set_(memory)
    memory.add_(1)
    assert x.tolist() == [1, 2, 3, 4]
    assert x._version == memory._version == 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        saved.sum().backward()
    y = memory * torch.ones(4, requires_grad=True)
    x.zero_()
    with pytest.raises(RuntimeError, match="zero_ at"):
        y.sum().backward()


def test_setting_the_memory_of_a_view_leaves_its_base():
    base = torch.zeros(4)
    view = base[:2]
    view.set_(torch.ones(3))
    view.add_(1)
    assert base.tolist() == [0, 0, 0, 0]
    assert not view._is_view()


@pytest.mark.parametrize(
    ("arguments", "exception", "message"),
    [
        (([1, 2],), TypeError, "set_(): argument 'source' must be Tensor, not list"),
        ((torch.ones(2).double(),), RuntimeError, "Could not set tensor of type double to a tensor of type float"),
        ((torch.ones(2), 0, (5,)), RuntimeError, "out of bounds for storage of size 8"),
        ((torch.ones(2, requires_grad=True),), RuntimeError, "the derivative for 'set_' is not implemented"),
    ],
)
def test_memory_that_cannot_be_set(arguments, exception, message):
    x = torch.zeros(3)
    with pytest.raises(exception, match=re.escape(message)):
        x.set_(*arguments)
    assert x.tolist() == [0, 0, 0]
    assert x._version == 0


def test_resizing_keeps_what_fits():
    x = torch.arange(4.0)
    view = x[2:]
    assert x.resize_(6)[:4].tolist() == [0, 1, 2, 3]
    assert x.shape == (6,)
    assert view.tolist() == [2, 3]
    with pytest.raises(RuntimeError, match=re.escape("resize_(): sizes must not be negative, got [-1]")):
        x.resize_(-1)
    assert x._version == 1
