"""Reductions: the forms in which they are called, and what holds at corners, zeros and NaN."""

import math

import numpy as np
import pytest

import chainrule as torch


def gradient(function, values, order=1):
    x = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    result = function(x).sum()
    for _ in range(order):
        (result,) = torch.autograd.grad(result, x, create_graph=True)
        found, result = result, result.sum()
    return found.tolist()


@pytest.mark.parametrize(
    ("made", "dtype"),
    [
        (lambda x: x.sum(), torch.int64),
        (lambda x: x.prod(), torch.int64),
        (lambda x: x.cumsum(0), torch.int64),
        (lambda x: x.sum(dtype=torch.int32), torch.int32),
        (lambda x: x.mean(dtype=torch.float32), torch.float32),
        (lambda x: np.argmax(x), torch.int64),  # PyTorch's argmax takes no booleans
        (lambda x: x.count_nonzero(), torch.int64),
        (lambda x: x.logsumexp(0), torch.float32),
    ],
)
@pytest.mark.parametrize("given", [torch.int16, torch.uint8, torch.bool])
def test_type_of_a_reduction_of_integers(made, dtype, given):
    assert made(torch.tensor([1, 0, 1], dtype=given)).dtype == dtype


def test_numpy_says_axis_and_keepdims():
    x = torch.arange(6.0).reshape(2, 3)
    assert x.sum(axis=0, keepdims=True).tolist() == x.sum(0, keepdim=True).tolist() == [[3, 5, 7]]
    assert x.max(axis=1).values.tolist() == [2, 5]
    assert np.sum(x, axis=1).tolist() == [3, 12]
    assert np.max(x, axis=0, keepdims=True).tolist() == [[3, 4, 5]]
    assert math.isclose(np.std(x).item(), np.std(x.numpy()), rel_tol=1e-6)


@pytest.mark.parametrize(
    ("function", "values", "expected"),
    [
        (lambda x: x.prod(), [2.0, 3.0, 4.0], [12.0, 8.0, 6.0]),
        (lambda x: x.prod(), [0.0, 3.0, 4.0], [12.0, 0.0, 0.0]),
        (lambda x: x.prod(), [0.0, 0.0, 4.0], [0.0, 0.0, 0.0]),
        (lambda x: x.cumprod(0), [2.0, 0.0, 4.0], [1.0, 10.0, 0.0]),
        (lambda x: x.max(), [1.0, 3.0, 3.0], [0.0, 0.5, 0.5]),
        (lambda x: x.amin(0), [1.0, 1.0, 3.0], [0.5, 0.5, 0.0]),
        (lambda x: x.max(0).values, [1.0, 3.0, 3.0], [0.0, 1.0, 0.0]),
        (lambda x: x.median(), [4.0, 1.0, 3.0, 2.0], [0.0, 0.0, 0.0, 1.0]),
        (lambda x: x.norm(), [0.0, 0.0], [0.0, 0.0]),
        (lambda x: x.norm(1), [0.0, 2.0], [0.0, 1.0]),
        (lambda x: x.norm(3), [0.0, 0.0], [0.0, 0.0]),
        (lambda x: x.norm(math.inf), [2.0, -2.0], [0.5, -0.5]),
        (lambda x: x.std(), [2.0, 2.0, 2.0], [0.0, 0.0, 0.0]),
        (lambda x: x.var(), [2.0, 2.0, 2.0], [0.0, 0.0, 0.0]),
        (lambda x: x.logsumexp(0), [-math.inf, -math.inf], [0.0, 0.0]),
        (lambda x: x.logsumexp(0), [1.0, -math.inf], [1.0, 0.0]),
        (lambda x: x.nansum(), [1.0, math.nan], [1.0, 0.0]),
        (lambda x: x.nanmean(), [1.0, math.nan, 3.0], [0.5, 0.0, 0.5]),
    ],
)
def test_gradient_where_it_takes_care(function, values, expected):
    assert gradient(function, values) == pytest.approx(expected)


@pytest.mark.parametrize("values", [[0.0, 0.0, 4.0], [0.0, 3.0, 4.0], [2.0, 3.0, 4.0]])
def test_second_gradient_of_a_product_with_zeros(values):
    # The derivative of a*b*c by a, summed over all three first derivatives: (b + c, a + c, a + b).
    a, b, c = values
    assert gradient(lambda x: x.prod(), values, order=2) == pytest.approx([b + c, a + c, a + b])
    assert gradient(lambda x: x.cumprod(0)[-1:], values, order=2) == pytest.approx([b + c, a + c, a + b])


@pytest.mark.parametrize("function", [lambda x: x.norm(), lambda x: x.std(), lambda x: x.norm(dim=0)])
def test_second_gradient_at_a_corner_is_finite(function):
    assert np.isfinite(gradient(function, [0.0, 0.0], order=2)).all()


def test_three_forms_of_max():
    x = torch.tensor([[1.0, 5.0], [3.0, 2.0]])
    assert torch.max(x).item() == 5
    values, indices = torch.max(x, 1)
    assert values.tolist() == [5, 3]
    assert indices.tolist() == [1, 0]
    assert torch.max(x, torch.full((2, 2), 2.5)).tolist() == [[2.5, 5.0], [3.0, 2.5]]
    assert torch.min(x, dim=0, keepdim=True).values.tolist() == [[1.0, 2.0]]
    with pytest.raises(TypeError, match="invalid combination of arguments"):
        torch.max(x, "0")


@pytest.mark.parametrize("size", [5, 5000])
def test_values_along_a_dimension_are_those_at_the_indices(size):
    x = torch.tensor(np.random.default_rng(3).integers(0, size // 2, (3, size)).astype(np.float32))
    x[1, size // 2] = math.nan
    for function in (torch.max, torch.min):
        for dim in (0, 1):
            values, indices = function(x, dim)
            np.testing.assert_array_equal(values.numpy(), x.gather(dim, indices.unsqueeze(dim)).squeeze(dim).numpy())
            kept = function(x, dim, keepdim=True)
            np.testing.assert_array_equal(kept.values.squeeze(dim).numpy(), values.numpy())
            assert kept.indices.shape == kept.values.shape


def test_arguments_by_position_and_by_name():
    x = torch.tensor([[1.0, 5.0], [3.0, 2.0]])
    for _ in range(2):  # the second time the names are known
        for total in (
            torch.sum(x, 1, True), torch.sum(x, 1, keepdim=True), torch.sum(x, keepdim=True, dim=1),
            torch.sum(input=x, dim=1, keepdim=True), torch.sum(keepdims=True, axis=1, input=x),
        ):  # fmt: skip
            assert total.tolist() == [[6.0], [5.0]]
        assert x.sum(keepdim=True).tolist() == [[11.0]]
        assert x.sum(dtype=torch.float64).dtype == torch.float64
        with pytest.raises(TypeError, match="multiple values for argument 'dim'"):
            torch.sum(x, 1, dim=1)
        with pytest.raises(TypeError, match="unexpected keyword argument 'dims'"):
            torch.sum(x, dims=1)
        with pytest.raises(TypeError, match='missing 1 required positional arguments: "input"'):
            torch.sum(dim=1)


def test_out_is_written():
    x = torch.tensor([[1.0, 5.0], [3.0, 2.0]])
    total = torch.empty(2)
    assert torch.sum(x, 0, out=total) is total
    assert total.tolist() == [4, 7]
    values, indices = torch.empty(2), torch.empty(2, dtype=torch.int64)
    torch.max(x, 0, out=(values, indices))
    assert (values.tolist(), indices.tolist()) == ([3, 5], [1, 0])


def test_degrees_of_freedom_are_warned_of():
    with np.errstate(invalid="ignore"), pytest.warns(UserWarning, match="degrees of freedom is <= 0"):
        assert math.isnan(torch.ones(1).std().item())


def test_a_gradient_of_a_sum_cannot_be_changed_by_accident():
    x = torch.ones(3, requires_grad=True)
    y = x * 1
    y.retain_grad()
    y.sum().backward()
    x.grad += 1  # the leaf's own memory
    assert x.grad.tolist() == [2, 2, 2]
    assert y.grad.tolist() == [1, 1, 1]


def test_numbers_are_summed_in_float32_to_full_precision():
    x = torch.full((1_000_000,), 0.1)
    assert x.sum().item() == pytest.approx(100_000, rel=1e-6)
    assert torch.full((60_000,), 2.0, dtype=torch.float16).mean().item() == 2


def test_quantile_says_that_fractions_have_no_gradient():
    q = torch.tensor(0.5, requires_grad=True)
    with pytest.raises(RuntimeError, match="no gradient for q"):
        torch.quantile(torch.arange(3.0), q)
