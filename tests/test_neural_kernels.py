"""What the kernels of neural networks promise beyond their rows' samples: single precision, layouts, large sizes."""

import numpy as np
import pytest
import scipy.special

import chainrule as torch
from chainrule.kernels import activations, contraction, normalization, rows, softmax, threads

F = torch.nn.functional


def numbers(*shape, dtype=np.float32, scale=1.0):
    return (np.random.default_rng(0).standard_normal(shape) * scale).astype(dtype)


# ---- activations ----


def exact_gelu(x):
    return x * scipy.special.ndtr(x)


def exact_gelu_derivative(x):
    return scipy.special.ndtr(x) + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def test_gelu_of_single_precision_is_as_exact_as_that_is():
    x = np.linspace(-12, 12, 100_001).astype(np.float32)
    wide = x.astype(np.float64)
    np.testing.assert_allclose(activations.gelu(x), exact_gelu(wide), rtol=2.5e-7, atol=4e-7)
    np.testing.assert_allclose(activations.gelu_derivative(x), exact_gelu_derivative(wide), rtol=3e-7, atol=3e-7)


def test_gelu_far_out():
    x = np.array([-np.inf, -1e38, -20, 0, 20, 1e38, np.inf, np.nan], np.float32)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(activations.gelu(x), [np.nan, 0, 0, 0, 20, np.float32(1e38), np.inf, np.nan])


@pytest.mark.parametrize("approximate", ["none", "tanh"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_gelu_keeps_the_type(dtype, approximate):
    x = torch.tensor([-1.0, 0.5], dtype=dtype, requires_grad=True)
    y = F.gelu(x, approximate=approximate)
    y.sum().backward()
    assert (y.dtype, x.grad.dtype) == (dtype, dtype)
    np.testing.assert_allclose(y.detach().double().numpy(), exact_gelu(np.array([-1.0, 0.5])), atol=1e-3)


def test_softplus_is_exact_on_both_sides():
    x = np.array([-700.0, -30.0, 0.0, 30.0, 700.0])
    np.testing.assert_allclose(activations.softplus(x), np.logaddexp(0, x), rtol=1e-15)


# ---- rows and columns ----


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (40, 33), (7, 191), (7, 200), (5, 1500), (2500, 3)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_sums_and_maxima(shape, dtype):
    x = numbers(*shape, dtype=dtype)
    exact = x.astype(np.float64)
    tolerance = {"rtol": 0, "atol": 2 * max(shape) * float(np.finfo(dtype).eps)}
    np.testing.assert_allclose(rows.row_sums(x), exact.sum(axis=1), **tolerance)
    np.testing.assert_allclose(rows.column_sums(x), exact.sum(axis=0), **tolerance)
    np.testing.assert_array_equal(rows.row_maxima(x), x.max(axis=1))
    np.testing.assert_allclose(rows.row_dots(x, x), (exact * exact).sum(axis=1), rtol=max(shape) * np.finfo(dtype).eps)


@pytest.mark.parametrize("column", [0, 15, 16, 17, 32])
def test_a_nan_is_the_largest_of_its_row(column):
    x = numbers(3, 33)
    x[1, column] = np.nan
    np.testing.assert_array_equal(rows.row_maxima(x), [x[0].max(), np.nan, x[2].max()])


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("layout", [lambda x: x, lambda x: x.transpose(1, 0, 2, 3), lambda x: x[:, ::2]])
def test_sums_over_leading_dimensions(count, layout):
    x = layout(numbers(6, 8, 10, 12, dtype=np.float64))
    np.testing.assert_allclose(rows.leading_sums(x, count), x.sum(axis=tuple(range(4 - count))), rtol=1e-12, atol=1e-12)


def test_the_gradient_of_what_was_added_to_each_row():
    bias = torch.tensor(numbers(4, 5, dtype=np.float64), requires_grad=True)
    weights = numbers(30, 3, 4, 5, dtype=np.float64)
    ((torch.zeros(30, 3, 4, 5, dtype=torch.float64) + bias) * torch.tensor(weights)).sum().backward()
    np.testing.assert_allclose(bias.grad.numpy(), weights.sum(axis=(0, 1)), rtol=1e-12, atol=1e-12)


# ---- softmax ----


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("scale", [0.1, 1, 30, 1000])
def test_softmax_of_single_precision(axis, scale):
    x = numbers(16, 12, 20, scale=scale)
    wide = x.astype(np.float64)
    np.testing.assert_allclose(softmax.softmax(x, axis), scipy.special.softmax(wide, axis), rtol=2e-4, atol=1e-7)
    np.testing.assert_allclose(
        softmax.log_softmax(x, axis), scipy.special.log_softmax(wide, axis), rtol=1e-6, atol=1e-6
    )


def test_what_is_masked_out_of_a_softmax_is_nothing():
    x = numbers(32, 40)
    x[np.triu(np.ones((32, 40), bool), 1)] = -np.inf
    expected = scipy.special.softmax(x.astype(np.float64), -1)
    np.testing.assert_allclose(softmax.softmax(x, -1), expected, rtol=1e-6)


def test_a_row_without_a_largest_number_is_its_own_affair():
    x = numbers(32, 40)
    x[3], x[5, 7] = -np.inf, np.nan
    with np.errstate(all="ignore"):
        result = softmax.softmax(x, -1)
    assert np.isnan(result[[3, 5]]).all()
    assert np.isfinite(np.delete(result, [3, 5], axis=0)).all()


def test_rows_of_small_powers_are_shifted():
    x = numbers(32, 40)
    x[4] -= 90  # exp(x) has few digits there, or none
    np.testing.assert_allclose(softmax.softmax(x, -1), scipy.special.softmax(x.astype(np.float64), -1), rtol=1e-5)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_of_a_transposed_tensor(name):
    x = torch.tensor(numbers(30, 40, dtype=np.float64), requires_grad=True)
    weights = torch.tensor(numbers(40, 30, dtype=np.float64)).T
    (getattr(torch, name)(x.T, -1) * weights.T).sum().backward()
    found, x.grad = x.grad, None
    (getattr(torch, name)(x.T.contiguous(), -1) * weights.T).sum().backward()
    np.testing.assert_allclose(found.numpy(), x.grad.numpy(), rtol=1e-12, atol=1e-14)


# ---- losses ----


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("ignored", [-100, 2])
def test_classes_that_all_count_give_what_masked_ones_give(reduction, ignored):
    logits = torch.tensor(numbers(6, 4, dtype=np.float64), requires_grad=True)
    classes = torch.tensor([0, 1, 3, 0, 1, 3])
    found = F.cross_entropy(logits, classes, ignore_index=ignored, reduction=reduction)
    expected = F.cross_entropy(logits, classes, weight=torch.ones(4, dtype=torch.float64), reduction=reduction)
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-14)
    pairs = [torch.autograd.grad(loss.sum(), logits)[0].numpy() for loss in (found, expected)]
    np.testing.assert_allclose(*pairs, rtol=1e-12, atol=1e-15)


def test_a_class_out_of_bounds_is_refused():
    with pytest.raises(IndexError, match=r"Target 4 is out of bounds\."):
        F.nll_loss(torch.zeros(2, 4), torch.tensor([0, 4]))
    with pytest.raises(IndexError, match=r"Target -1 is out of bounds\."):
        F.nll_loss(torch.zeros(2, 4), torch.tensor([0, -1]))


# ---- normalisation ----


def test_a_large_mean_takes_no_digits_of_the_variance():
    x = numbers(64, 100) + np.float32(1000)
    wide = x.astype(np.float64)
    y, _, _ = normalization.layer_norm(x, None, None, 1e-5)
    expected = (wide - wide.mean(1, keepdims=True)) / np.sqrt(wide.var(1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(y, expected, atol=1e-3)


def test_running_values_move_by_the_batchs_own():
    x = numbers(4, 3, 5, dtype=np.float64)
    mean, variance = torch.zeros(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    F.batch_norm(torch.tensor(x), mean, variance, training=True, momentum=0.25)
    np.testing.assert_allclose(mean.numpy(), 0.25 * x.mean(axis=(0, 2)), rtol=1e-12)
    np.testing.assert_allclose(variance.numpy(), 0.75 + 0.25 * x.var(axis=(0, 2), ddof=1), rtol=1e-12)


@pytest.mark.parametrize(
    "layer",
    [
        lambda x: F.layer_norm(x, (4, 6)),
        lambda x: F.group_norm(x, 2),
        lambda x: F.batch_norm(x, None, None, None, None, True),
    ],
    ids=["layer", "group", "batch"],
)
def test_a_second_pass_through_a_norm_gives_the_same(layer):
    x = torch.tensor(numbers(3, 4, 6, dtype=np.float64), requires_grad=True)
    y = (layer(x) ** 3).sum()
    first, again = (torch.autograd.grad(y, x, retain_graph=True)[0].numpy() for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_norms_of_a_transposed_tensor():
    x = torch.tensor(numbers(6, 5, 4, dtype=np.float64), requires_grad=True)
    for layer in (
        lambda x: F.layer_norm(x, (5,)),
        lambda x: F.group_norm(x, 2),
        lambda x: F.batch_norm(x, None, None, None, None, True),
    ):
        gradients = [
            torch.autograd.grad((layer(turned) ** 3).sum(), x)[0].numpy()
            for turned in (x.transpose(1, 2), x.transpose(1, 2).contiguous())
        ]
        np.testing.assert_allclose(*gradients, rtol=1e-10, atol=1e-12)


# ---- products of few rows ----


@pytest.mark.parametrize("has_small_products", [True, False])
@pytest.mark.parametrize(
    "shape", [(16, 1000, 100), (12, 500, 256), (40, 5000, 10), (17, 1000, 100), (64, 400, 300), (16, 97, 1013)]
)
def test_a_layer_of_few_rows_and_many_numbers(shape, has_small_products, monkeypatch):
    monkeypatch.setattr(contraction, "has_small_products", lambda: has_small_products)
    count, inner, results = shape
    x, weight, bias = numbers(count, inner), numbers(results, inner), numbers(results)
    expected = x.astype(np.float64) @ weight.T.astype(np.float64) + bias
    grad = numbers(count, results)
    by_weight, by_rows = grad.T.astype(np.float64) @ x, grad.astype(np.float64) @ weight
    tensors = [torch.tensor(v, requires_grad=v is not bias) for v in (x, weight, bias)]
    for rows_of in (tensors[0], tensors[0].T.contiguous().T):
        y = F.linear(rows_of, *tensors[1:])
        assert y.dtype == torch.float32
        assert y.is_contiguous()
        np.testing.assert_allclose(y.detach().numpy(), expected, atol=1e-5 * np.abs(expected).max())
        gradients = torch.autograd.grad(y, (tensors[1], rows_of), torch.tensor(grad))
        for found, right in zip(gradients, (by_weight, by_rows), strict=True):
            np.testing.assert_allclose(found.numpy(), right, atol=1e-5 * np.abs(right).max())


# ---- large arrays ----


@pytest.fixture
def same_with_any_number_of_threads(monkeypatch):
    monkeypatch.setattr(rows, "WORTH_A_THREAD", 1 << 16)
    return _same_with_any_number_of_threads


def _same_with_any_number_of_threads(compute):
    count = threads.count()
    try:
        results = []
        for number in (1, 2, 5):
            threads.set_count(number)
            results.append(compute())
    finally:
        threads.set_count(count)
    for others in results[1:]:
        for result, other in zip(results[0], others, strict=True):
            np.testing.assert_array_equal(result, other)
    return results[0]


@pytest.mark.parametrize("shape", [(5003, 96), (40, 20_001)])
def test_layer_norm_in_blocks(shape, same_with_any_number_of_threads):
    x, grad = numbers(*shape), numbers(*shape)[::-1].copy()
    weight, bias = numbers(2, shape[1])
    y, means, scales = same_with_any_number_of_threads(lambda: normalization.layer_norm(x, weight, bias, 1e-5))
    gradients = same_with_any_number_of_threads(
        lambda: normalization.layer_norm_backward(grad, x, weight, means, scales)
    )
    wide = [torch.tensor(v.astype(np.float64), requires_grad=True) for v in (x, weight, bias)]
    expected = F.layer_norm(wide[0], shape[1:], *wide[1:])
    expected.backward(torch.tensor(grad.astype(np.float64)))
    np.testing.assert_allclose(y, expected.detach().numpy(), atol=1e-5)
    for gradient, tensor in zip(gradients, wide, strict=True):
        size = np.abs(tensor.grad.numpy()).max()
        np.testing.assert_allclose(gradient, tensor.grad.numpy(), atol=2e-6 * size)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("shape", [(5003, 96), (40, 20_001)])
def test_softmax_in_blocks(name, shape, same_with_any_number_of_threads):
    x, grad = numbers(*shape, scale=3), numbers(*shape)[::-1].copy()
    x[1000 % shape[0]] += 100  # one block is shifted
    [y] = same_with_any_number_of_threads(lambda: [getattr(softmax, name)(x, 1)])
    [gradient] = same_with_any_number_of_threads(lambda: [getattr(softmax, f"{name}_backward")(grad, y, 1)])
    wide = torch.tensor(x.astype(np.float64), requires_grad=True)
    expected = getattr(torch, name)(wide, 1)
    expected.backward(torch.tensor(grad.astype(np.float64)))
    exactness = {"rtol": 1e-4} if name == "softmax" else {"rtol": 1e-6, "atol": 2e-6}
    np.testing.assert_allclose(y, expected.detach().numpy(), **exactness)
    np.testing.assert_allclose(gradient, wide.grad.numpy(), atol=1e-4)
