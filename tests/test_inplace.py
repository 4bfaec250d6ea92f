"""In-place changes: versions, what was saved, histories of tensors and of views, what is refused."""

import re

import numpy as np
import pytest

import chainrule as torch
from chainrule.autograd import grad

MODIFIED = (
    "one of the variables needed for gradient computation has been modified by an inplace operation: "
    "[torch.FloatTensor [2]]{made_by} is at version {now}; expected version {saved} instead. Hint: enable anomaly "
    "detection to find the operation that failed to compute its gradient, with "
    "torch.autograd.set_detect_anomaly(True, check_nan=False)."
)
LEAF = "a leaf Variable that requires grad is being used in an in-place operation."


def leaf(*numbers):
    return torch.tensor([float(n) for n in numbers], requires_grad=True)


def ones(*size):
    return torch.tensor(np.ones(size, np.float32))


# ---- versions ----


def test_each_change_counts_once():
    x = ones(2)
    for number, change in enumerate(
        [
            lambda: x.add_(1),
            lambda: x.mul_(2).sub_(1),
            x.zero_,
            lambda: x.fill_(3),
            lambda: x.copy_(ones(2)),
            lambda: x.__iadd__(1),
            lambda: x.__setitem__(0, 5.0),
            lambda: x.clamp_(0, 1),
        ]
    ):
        before = x._version
        change()
        assert x._version == before + 1 + (number == 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.add_(1),
        lambda x: x.mul_(ones(2)),
        lambda x: x.zero_(),
        lambda x: x.fill_(3),
        lambda x: x.copy_(ones(2)),
        lambda x: x.clamp_(min=0),
        lambda x: x.__setitem__(0, 5.0),
    ],
)
def test_a_change_that_nothing_records_is_seen_by_a_graph_before_it(change):
    x = leaf(1, 2)
    constant = ones(2) * 2
    y = x * constant
    change(constant)
    with pytest.raises(RuntimeError, match="is at version 1; expected version 0 instead"):
        y.sum().backward()
    with torch.no_grad():
        change(x)
    assert x._version == 1
    assert x.is_leaf


def test_what_cannot_be_written_is_not_written_over():
    array = np.ones(2, np.float32)
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        fixed = torch.from_numpy(array)
    for change in (lambda: fixed.add_(1), fixed.zero_, lambda: fixed.__setitem__(0, 2.0)):
        with pytest.raises(ValueError, match="read-only"):
            change()
    expanded = ones(1).expand(2)
    for change in (lambda: expanded.add_(1), lambda: expanded.copy_(ones(2))):
        with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
            change()
    with pytest.raises(RuntimeError, match="At least one of 'min' or 'max' must not be None"):
        ones(2).clamp_()
    assert array.tolist() == [1, 1]


def test_a_read_counts_as_nothing():
    x = ones(2)
    x + 1, x[0], x.view(2), x.detach(), x.tolist(), x.numpy(), x.clone()
    assert x._version == 0


def test_views_and_detached_tensors_share_the_count():
    x = ones(2, 2)
    first, flat, detached = x[0], x.view(4), x.detach()
    first.add_(1)
    assert [t._version for t in (x, first, flat, detached)] == [1] * 4
    detached.add_(1)
    assert [t._version for t in (x, first, flat, detached)] == [2] * 4
    assert x.tolist() == [[3, 3], [2, 2]]
    assert x.clone()._version == 0
    assert x.data._version == 0


# ---- what was saved ----


def test_a_factor_that_was_changed():
    # The product saved its factors; the sum saved nothing and does not mind.
    c = (leaf(1, 2) * 1).detach().requires_grad_()
    d = leaf(3, 4)
    b = c * 1
    e = b * d
    b += 1
    with pytest.raises(RuntimeError, match=re.escape(MODIFIED.format(made_by="", now=1, saved=0).split(" is at")[0])):
        e.backward(ones(2))
    assert c.grad is None
    assert d.grad is None
    b = c * 1
    s = b + d
    b += 1
    s.backward(ones(2))
    assert c.grad.tolist() == [1, 1]


def test_the_whole_sentence():
    x = leaf(1, 2)
    y = x.exp()
    y.mul_(2)
    with pytest.raises(RuntimeError) as raised:
        y.backward(ones(2))
    first = str(raised.value).splitlines()[0]
    assert first.startswith(MODIFIED.format(made_by=", which is output 0 of Exp,", now=1, saved=0))


def test_the_sentence_names_the_last_node_that_made_it():
    x = leaf(1, 2)
    y = x.sigmoid()
    square = y * y
    y.add_(1)
    with pytest.raises(RuntimeError, match=r"which is output 0 of Add, is at version 1; expected version 0 instead"):
        square.backward(ones(2))


def test_a_saved_input_that_no_needed_gradient_asks_for_may_change():
    x, factor = leaf(1, 2), ones(2)
    y = x * factor  # the gradient of the factor is not needed, so x is not saved
    with torch.no_grad():
        x.mul_(10)
    y.backward(ones(2))
    assert x.grad.tolist() == [1, 1]


def test_a_leaf_changed_without_recording_after_it_was_saved():
    x = leaf(1, 2)
    y = x * x
    with torch.no_grad():
        x.add_(1)
    with pytest.raises(RuntimeError, match=re.escape("inplace operation: [torch.FloatTensor [2]] is at")):
        y.backward(ones(2))


def test_changes_of_a_detached_twin_are_noticed():
    x = leaf(1, 2)
    y = x.exp()
    y.detach().zero_()
    with pytest.raises(RuntimeError, match="has been modified by an inplace operation"):
        y.backward(ones(2))


def test_a_change_before_saving_is_fine():
    x = leaf(1, 2)
    y = x * 1
    y.add_(1)
    (y * y).backward(ones(2))
    assert x.grad.tolist() == [4, 6]


# ---- the history of what was changed ----


def test_a_change_is_a_node():
    x = leaf(1, 2)
    y = x * 2
    node = y.grad_fn
    y.exp_()
    assert y.grad_fn.name() == "ExpBackward0"
    assert y.grad_fn.next_functions == ((node, 0),)
    y.backward(ones(2))
    np.testing.assert_allclose(x.grad.numpy(), 2 * np.exp([2.0, 4.0]), rtol=1e-6)


def test_a_formula_sees_its_input_as_it_was_before_the_change():
    x = leaf(1, 2)
    y = x * 1
    y.sin_()
    y.square_()
    y.backward(ones(2))
    np.testing.assert_allclose(x.grad.numpy(), np.sin([2.0, 4.0]), rtol=1e-6)


def test_changing_by_itself():
    x = leaf(2, 3)
    y = x * 1
    y.add_(y)
    y.backward(ones(2))
    assert x.grad.tolist() == [2, 2]
    z = x * 1
    z.mul_(z)  # saves itself as its second factor, and then changes it
    with pytest.raises(RuntimeError, match="which is output 0 of Mul, is at version 1; expected version 0 instead"):
        z.backward(ones(2))


def test_a_constant_that_takes_in_a_variable():
    total, x = ones(2), leaf(1, 2)
    total.add_(x)
    total *= x
    assert total.requires_grad
    assert total.grad_fn.name() == "MulBackward0"
    total.backward(ones(2))
    assert x.grad.tolist() == [1 + 2 * 1, 1 + 2 * 2]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda y: y.zero_(), [0, 0]),
        (lambda y: y.fill_(3), [0, 0]),
        (lambda y: y.copy_(ones(2)), [0, 0]),
        (lambda y: y.eq_(1), [0, 0]),
        (lambda y: y.div_(2, rounding_mode="floor"), [0, 0]),
        (lambda y: y.sign_(), [0, 0]),
        (lambda y: y.clamp_(0, 1.5), [1, 0]),
        (lambda y: y.neg_(), [-1, -1]),
        (lambda y: y.pow_(2), [2, 4]),
    ],
)
def test_gradients_through_a_change(change, expected):
    x = leaf(1, 2)
    y = x * 1
    change(y)
    assert y.requires_grad
    y.backward(ones(2))
    assert x.grad.tolist() == expected


def test_values_written_have_gradients():
    x, source, value = leaf(1, 2), leaf(5), leaf(7)
    y = x * 1
    y.copy_(source)
    y.backward(ones(2))
    assert source.grad.tolist() == [2]
    z = x * 1
    z.fill_(value[0])
    z.backward(ones(2))
    assert value.grad.tolist() == [2]
    w = x * 1
    w.copy_(torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True))
    assert w.dtype == torch.float32
    with pytest.raises(RuntimeError, match="fill_ only supports 0-dimension value tensor but got tensor with 1 dim"):
        w.fill_(ones(2))


def test_a_second_derivative_through_a_change():
    x = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
    y = x * 1
    y.sin_()
    (first,) = grad(y * y, x, create_graph=True)
    (second,) = grad(first, x)
    assert second.item() == pytest.approx(2 * np.cos(1.0))


# ---- refused, and then nothing has changed ----


@pytest.mark.parametrize(
    ("change", "exception", "message"),
    [
        (lambda x: x.add_(1), RuntimeError, LEAF),
        (lambda x: x.zero_(), RuntimeError, LEAF),
        (lambda x: x.__iadd__(1), RuntimeError, LEAF),
        (
            lambda x: x.__setitem__(0, 1.0),
            RuntimeError,
            "leaf Variable that requires grad is being used in",
        ),
        (lambda x: x[0].add_(1), RuntimeError, "a view of a leaf Variable that requires grad is"),
        (
            lambda x: x.detach().add_(ones(3)),
            RuntimeError,
            "The size of tensor a (2) must match the size of tensor b (3)",
        ),
        (
            lambda x: x.detach().add_(ones(3, 2)),
            RuntimeError,
            "output with shape [2] doesn't match the broadcast shape [3, 2]",
        ),
        (
            lambda x: x.to(torch.int64).add_(1.5),
            RuntimeError,
            "result type Float can't be cast to the desired output type Long",
        ),
        (lambda x: torch.Tensor.add_(1, x), TypeError, "Tensor"),
        (lambda x: x.detach().add_("one"), TypeError, "must be Tensor, not str"),
    ],
)
def test_refused(change, exception, message):
    x = leaf(1, 2)
    with pytest.raises(exception, match=re.escape(message)):
        change(x)
    assert x.tolist() == [1, 2]
    assert x._version == 0
    assert x.is_leaf


def test_a_refused_change_leaves_the_history():
    x = leaf(1, 2)
    y = x * 2
    node = y.grad_fn
    with pytest.raises(RuntimeError, match="must match the size"):
        y.add_(ones(3))
    assert y.grad_fn is node
    assert y._version == 0
    y.backward(ones(2))
    assert x.grad.tolist() == [2, 2]


# ---- views ----


def test_a_view_knows_its_base():
    x = leaf(1, 2, 3)
    y = x * 1
    part = y[1:]
    assert part._is_view()
    assert part._base is y
    assert part[0]._base is y
    assert not y._is_view()
    assert not part.clone()._is_view()


def test_a_change_of_a_view_is_in_the_history_of_its_base():
    x = leaf(1, 2, 3)
    y = x * 1
    y[1:].mul_(10)
    assert y.tolist() == [1, 20, 30]
    assert y.grad_fn.name() == "torch::autograd::CopySlices"
    y.backward(ones(3))
    assert x.grad.tolist() == [1, 10, 10]


def test_a_change_of_the_base_is_in_the_history_of_its_views():
    x = leaf(1, 2, 3)
    y = x * 1
    part = y[1:]
    y.mul_(10)
    assert part.tolist() == [20, 30]
    part.backward(ones(2))
    assert x.grad.tolist() == [0, 10, 10]


def test_two_views_of_one_base():
    x = leaf(1, 2, 3)
    y = x * 1
    left, right = y[:2], y[1:]
    left.mul_(2)
    right.add_(left)
    assert y.tolist() == [2, 6, 7]
    (y * torch.tensor([1.0, 10.0, 100.0])).backward(ones(3))
    # y = [2 a, 2 b + 2 a, c + 2 b]
    assert x.grad.tolist() == [2 + 20, 20 + 200, 100]


def test_writing_into_zeros():
    x = leaf(1, 2)
    out = torch.tensor(np.zeros((3, 2), np.float32))
    out[0] = x
    out[1] = x * x
    assert out.requires_grad
    out.backward(ones(3, 2))
    assert x.grad.tolist() == [3, 5]


def test_writing_a_row_over_another():
    x = leaf(1, 2)
    y = x * 3
    y[0] = 7.0
    y.backward(ones(2))
    assert x.grad.tolist() == [0, 3]


def test_a_view_of_a_view():
    x = torch.tensor(np.arange(6, dtype=np.float32).reshape(2, 3), requires_grad=True)
    y = x * 1
    y[1][1:].mul_(5)
    y.backward(ones(2, 3))
    assert x.grad.tolist() == [[1, 1, 1], [1, 5, 5]]


def test_a_change_through_a_transposed_view():
    x = torch.tensor(np.arange(6, dtype=np.float32).reshape(2, 3), requires_grad=True)
    y = x * 1
    y.t()[0].mul_(5)
    y.backward(ones(2, 3))
    assert x.grad.tolist() == [[5, 1, 1], [5, 1, 1]]


def test_saved_views_are_checked():
    x = leaf(1, 2, 3)
    y = x * 1
    square = y[1:] * y[1:]
    y[0].zero_()
    with pytest.raises(RuntimeError, match="has been modified by an inplace operation"):
        square.backward(ones(2))


def test_a_detached_change_of_a_view_has_no_gradient_and_no_history():
    x = leaf(1, 2)
    y = x * 1
    with torch.no_grad():
        y[0].zero_()
    y.backward(ones(2))
    assert y.tolist() == [0, 2]
    assert x.grad.tolist() == [1, 1]


def test_views_of_several_results_are_not_changed():
    x = leaf(1, 2)
    y = x * 1
    a, _ = y.unbind()
    with pytest.raises(RuntimeError, match="Output 0 of Unbind is a view and is being modified inplace"):
        a.mul_(2)
    assert y.tolist() == [1, 2]


def test_views_made_without_recording_are_not_changed_with_it():
    x = leaf(1, 2)
    y = x * 1
    with torch.no_grad():
        part = y[0]
    with pytest.raises(RuntimeError, match="A view was created in no_grad mode and is being modified"):
        part.mul_(2)
    with torch.no_grad():
        part.mul_(2)
    assert y.tolist() == [2, 2]


def test_second_derivatives_through_a_changed_view():
    x = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    y = x * 1
    y[0].exp_()
    (first,) = grad(y * y * y, x, torch.tensor([1.0, 1.0], dtype=torch.float64), create_graph=True)
    (second,) = grad(first, x, torch.tensor([1.0, 1.0], dtype=torch.float64))
    np.testing.assert_allclose(first.detach().numpy(), [3 * np.exp(1.5), 12], rtol=1e-12)
    np.testing.assert_allclose(second.numpy(), [9 * np.exp(1.5), 12], rtol=1e-12)


def test_what_a_changed_view_saved_is_freed():
    x = leaf(1, 2)
    y = x * 1
    y[0].exp_()
    y.backward(ones(2))
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward(ones(2))
    z = x + 0
    z[0].add_(1)
    z.backward(ones(2))
    z.backward(ones(2))
    assert x.grad.tolist() == [np.exp(np.float32(1)) + 2, 3]


# ---- out= ----


def test_out():
    x, out = ones(2), torch.tensor([0.0, 0.0])
    assert torch.add(x, 1, out=out) is out
    assert out.tolist() == [2, 2]
    assert out._version == 1
    with pytest.raises(RuntimeError, match=re.escape("add(): functions with out=... arguments don't support")):
        torch.add(leaf(1, 2), 1, out=out)
    with pytest.raises(RuntimeError, match="result type Float can't be cast to the desired output type Long"):
        torch.add(x, 1, out=torch.tensor([0, 0]))
    with pytest.raises(TypeError, match="argument 'out' must be Tensor, not list"):
        torch.exp(x, out=[1])
    assert out.tolist() == [2, 2]
    with torch.no_grad():
        torch.exp(leaf(0, 0), out=out)
    assert out.tolist() == [1, 1]
