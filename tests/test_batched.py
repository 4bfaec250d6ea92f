"""Gradients of all elements of a result computed together are those computed one by one."""

import numpy as np
import pytest

import chainrule as torch
from chainrule.autograd.functional import jacobian
from chainrule.autograd.gradient_edges import engine_edge
from chainrule.engine import batched
from chainrule.engine.batched import gradients_of_rows
from test_every_op import BROADCASTING, DIFFERENTIABLE, POINTWISE, each, has_gradient, prepare, run


def together(result, leaves):
    return gradients_of_rows(engine_edge(result), result._array.shape, result._array.dtype, leaves)


def one_by_one(result, leaves):
    rows = []
    for place in np.ndindex(*result.shape):
        unit = torch.zeros_like(result)
        unit[place] = 1
        rows.append(torch.autograd.grad(result, leaves, unit, retain_graph=True, allow_unused=True))
    return [None if column[0] is None else np.stack(column) for column in zip(*rows, strict=True)]


@each(DIFFERENTIABLE)
def test_any_row(row):
    call = prepare(row)
    leaves = tuple(call.variables)
    for result in run(row, call):
        if isinstance(result, torch.Tensor) and result.requires_grad and result.nelement():
            for found, expected in zip(together(result, leaves), one_by_one(result, leaves), strict=True):
                assert (found is None) == (expected is None)
                if found is not None:
                    np.testing.assert_allclose(found, expected._array, rtol=1e-14, atol=1e-14, strict=True)


@each([row for row in BROADCASTING if has_gradient(row)])
def test_rows_that_broadcast(row):
    test_any_row(row.resized((3, 1), (2, 1, 4)))
    test_any_row(row.resized((2, 1), (2,)))


@each([row for row in POINTWISE if has_gradient(row)])
def test_rows_without_dimensions(row):
    test_any_row(row.resized(()))


def test_whatever_number_of_rows_is_computed_at_once(monkeypatch):
    x = torch.rand(3, 4, requires_grad=True)
    result = (x.sin() @ x.T).exp() + x.sum(1)
    (expected,) = together(result, (x,))
    for largest in (1, 50, 99):
        monkeypatch.setattr(batched, "LARGEST", largest)
        assert np.array_equal(together(result, (x,))[0], expected)


def test_what_is_no_operation():
    x, y = torch.rand(2, requires_grad=True), torch.rand(2, requires_grad=True)
    found, missing = together(x, (x, y))
    assert found.tolist() == [[1, 0], [0, 1]]
    assert missing is None


def test_a_graph_that_was_freed_is_refused():
    x = torch.rand(2, requires_grad=True)
    y = x.exp()
    y.sum().backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        together(y, (x,))


def test_saved_values_that_were_changed_are_refused():
    x = torch.rand(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        jacobian(lambda x: [y := x.exp(), y.add_(1)][0], x)


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        assert grad.shape == (2,)
        return grad * 2


def with_a_hook(x, calls):
    y = x * 2
    y.register_hook(calls.append)
    return y


def with_a_change_in_place(x, calls):
    y = x * 1
    y[0] *= 2
    y[1] *= 2
    calls += [None, None]
    return y


def with_a_function(x, calls):
    calls += [None, None]
    return Doubled.apply(x)


@pytest.mark.parametrize("function", [with_a_hook, with_a_change_in_place, with_a_function])
def test_where_more_than_rules_is_on_the_way_each_row_has_a_pass(function):
    calls = []
    found = jacobian(lambda x: function(x, calls).sin(), torch.zeros(2))
    assert found.tolist() == [[2, 0], [0, 2]]
    assert len(calls) == 2


def test_anomaly_mode_sees_each_row():
    with torch.autograd.set_detect_anomaly(True), pytest.raises(RuntimeError, match="returned nan values"):
        jacobian(lambda x: x.sqrt() * 2, torch.full((2,), -1.0))
