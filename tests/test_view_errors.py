"""Views that may not follow an in-place change: the errors name the line that made the view."""

import re

import pytest

import chainrule as torch
from chainrule.engine.places import record_places


def numbers(*values):
    return torch.tensor(values or (1.0, 2.0, 3.0, 4.0), requires_grad=True)


def lines_of(error):
    """The lines below PyTorch's sentence."""
    return str(error.value).splitlines()[1:]


def made_at(source):
    return re.compile(r"  The view was made at .*test_view_errors\.py:\d+: " + re.escape(source))


def one_of_several(base):
    return base.split(2)[1]  # of several


def without_recording(base):
    with torch.no_grad():
        return base[:2]  # not recorded


class Same(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x[:2]  # in a function

    @staticmethod
    def backward(ctx, grad):
        return torch.cat([grad, grad])


MAKERS = {
    one_of_several: "return base.split(2)[1]  # of several",
    without_recording: "return base[:2]  # not recorded",
    Same.apply: "return x[:2]  # in a function",
}


@pytest.mark.parametrize(("make", "source"), MAKERS.items(), ids=["several", "no_grad", "function"])
def test_a_change_of_the_view_names_the_line_that_made_it(make, source):
    view = make(numbers() * 2)
    with pytest.raises(RuntimeError, match="is being modified inplace") as error:
        view.add_(1)
    (line,) = lines_of(error)
    assert made_at(source).fullmatch(line)


@pytest.mark.parametrize(("make", "source"), MAKERS.items(), ids=["several", "no_grad", "function"])
def test_a_use_of_a_stale_view_names_the_line_that_made_it(make, source):
    base = numbers() * 2
    view = make(base)
    base.add_(1)
    with pytest.raises(RuntimeError, match="its base or another view of its base has been modified inplace") as error:
        view * 2
    (line,) = lines_of(error)
    assert made_at(source).fullmatch(line)


def test_no_line_where_none_was_recorded():
    base = numbers() * 2
    record_places(enabled=False)
    try:
        view = one_of_several(base)
    finally:
        record_places(enabled=True)
    with pytest.raises(RuntimeError, match="is being modified inplace") as error:
        view.add_(1)
    assert lines_of(error) == []


def test_a_stale_view_can_be_looked_at():
    base = numbers() * 2
    view = one_of_several(base)
    base.add_(1)
    assert repr(view) == "tensor([7., 9.], grad_fn=<Invalid>)"
    assert view.tolist() == [7, 9]
    assert (view > 8).tolist() == [False, True]
    assert view.requires_grad
    with torch.no_grad():
        assert (view + 1).tolist() == [8, 10]


def test_a_refused_change_changes_nothing():
    base = numbers() * 2
    view = one_of_several(base)
    node = base.grad_fn
    with pytest.raises(RuntimeError, match="is being modified inplace"):
        view.zero_()
    assert base.grad_fn is node
    assert base._version == 0
    assert base.tolist() == [2, 4, 6, 8]


def test_the_gradient_of_a_view_that_was_not_recorded_goes_nowhere():
    x = numbers()
    with torch.no_grad():
        view = x[:2]
    (view * 2).sum().backward()
    assert x.grad is None
    assert view.grad is None
    view.requires_grad_()
    (view * 2).sum().backward()
    assert view.grad.tolist() == [2, 2]


def test_a_view_of_a_constant_that_became_a_variable_may_be_changed():
    # PyTorch takes it for a leaf and refuses, until somebody asks for its node.
    w = numbers(2.0, 3.0)
    base = torch.zeros(2, 2)
    first, second = base[0], base[1]
    first.copy_(w)
    second.copy_(w * 2)
    (base * torch.tensor([[1.0, 10.0], [100.0, 1000.0]])).sum().backward()
    assert w.grad.tolist() == [201, 2010]
