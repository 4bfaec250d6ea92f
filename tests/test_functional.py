"""autograd.functional against derivatives worked out by hand."""

import pytest

import chainrule as torch
from chainrule.autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp

X = torch.tensor([1.0, 2.0], dtype=torch.float64)
V = torch.tensor([3.0, 5.0], dtype=torch.float64)


def test_the_tutorials_jacobian():
    x, y = torch.zeros(2), torch.ones(2)
    by_x, by_y = jacobian(lambda x, y: 2 * x.exp() + 3 * y, (x, y))
    assert by_x.tolist() == [[2, 0], [0, 2]]
    assert by_y.tolist() == [[3, 0], [0, 3]]


def test_a_jacobian_has_the_outputs_shape_and_then_the_inputs():
    result = jacobian(lambda x: x.reshape(3, 2).sum(0), torch.ones(2, 3))
    assert result.shape == (2, 2, 3)
    assert not result.requires_grad


def test_a_tuple_on_either_side_makes_a_tuple():
    by_output = jacobian(lambda x: (x * x, x.sum()), X)
    assert [part.tolist() for part in by_output] == [[[2, 0], [0, 4]], [1, 1]]
    (row,) = jacobian(lambda x: (x,), (X,))
    assert [part.tolist() for part in row] == [[[1, 0], [0, 1]]]


def test_an_output_without_elements_has_a_jacobian_without_elements():
    assert jacobian(lambda x: x[:0] * 2, X).shape == (0, 2)


def test_what_does_not_depend_on_an_input_has_derivative_zero():
    _, by_y = jacobian(lambda x, y: x * 2, (X, V))
    assert by_y.tolist() == [[0, 0], [0, 0]]
    assert hessian(lambda x: x.sum(), X).tolist() == [[0, 0], [0, 0]]
    assert vhp(lambda x: x.sum(), X, V)[1].tolist() == [0, 0]
    assert hvp(lambda x: x.sum(), X, V)[1].tolist() == [0, 0]


def test_products_agree_with_the_whole_matrices():
    def function(x):
        return torch.stack([x[0] ** 2 * x[1], x.exp().sum(), x[1]])

    def scalar(x):
        return x[0] ** 3 * x[1] ** 2 + x.sin().sum()

    matrix = jacobian(function, X)
    w = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    assert vjp(function, X, w)[1].tolist() == pytest.approx((w @ matrix).tolist())
    assert jvp(function, X, V)[1].tolist() == pytest.approx((matrix @ V).tolist())
    second = hessian(scalar, X)
    assert vhp(scalar, X, V)[1].tolist() == pytest.approx((V @ second).tolist())
    assert hvp(scalar, X, V)[1].tolist() == pytest.approx((second @ V).tolist())


def test_the_mixed_parts_of_a_hessian_are_transposes():
    (xx, xy), (yx, yy) = hessian(lambda x, y: (x * x * y).sum() * y.sum(), (X, V))
    assert xy.tolist() == yx.T.tolist()
    assert (xx.shape, yy.shape) == ((2, 2), (2, 2))


def test_strict_says_which_input_is_not_used():
    message = "Output 0 of the user-provided function is independent of input 1. This is not allowed in strict mode."
    with pytest.raises(RuntimeError, match=message):
        jacobian(lambda x, y: x * 2, (X, V), strict=True)
    with pytest.raises(RuntimeError, match="found that the jacobian of the user-provided function with respect to inp"):
        hessian(lambda x: x.sum(), X, strict=True)


def test_a_graph_is_made_only_when_asked_for():
    x = X.clone().requires_grad_()
    assert not jacobian(torch.sin, x).requires_grad
    result = jacobian(torch.sin, x, create_graph=True)
    assert result.requires_grad
    result.sum().backward()
    assert x.grad.tolist() == pytest.approx((-x.sin()).tolist())


def test_inputs_are_left_as_they_were():
    x = X.clone()
    jacobian(torch.sin, x)
    vjp(torch.sum, x)
    jvp(torch.sin, x, x)
    assert not x.requires_grad
    assert x.grad is None


def test_it_works_inside_no_grad():
    with torch.no_grad():
        assert jacobian(lambda x: x * x, X).tolist() == [[2, 0], [0, 4]]
        assert vjp(lambda x: (x * x).sum(), X)[1].tolist() == [2, 4]


def test_forward_mode_gives_the_same():
    f = lambda x: (x.outer(x).sin(), x.prod())
    for forwards, backwards in zip(
        jacobian(f, X, vectorize=True, strategy="forward-mode"), jacobian(f, X), strict=True
    ):
        assert torch.allclose(forwards, backwards)
    g = lambda x, y: (x * y).prod() + y.exp().sum()
    forwards = hessian(g, (X, V), vectorize=True, outer_jacobian_strategy="forward-mode")
    for row, expected in zip(forwards, hessian(g, (X, V)), strict=True):
        assert all(map(torch.allclose, row, expected))
    with pytest.raises(NotImplementedError, match="only implemented for"):
        jacobian(f, X, strategy="forward-mode")


def test_rows_of_a_batch_have_a_graph():
    x = X.clone().requires_grad_()
    rows = jacobian(lambda x: (x**3, x.sum()), x, create_graph=True, vectorize=True)
    (second,) = torch.autograd.grad(rows[0].sum(), x)
    assert second.tolist() == [6, 12]
    assert rows[1].tolist() == [1, 1]
