"""Pooling: which element wins, where its gradient goes, what a node keeps; pieces and threads change nothing."""

import numpy as np
import pytest

import chainrule as torch
from chainrule.kernels import pooling, threads

F = torch.nn.functional
INF, NAN = float("inf"), float("nan")


def leaf(*rows):
    return torch.tensor([rows], dtype=torch.float64, requires_grad=True)


def numbers(*shape, kind=np.float32):
    return np.random.default_rng(3).integers(-4, 5, shape).astype(kind)


# ---- which element wins ----


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (([1, 2], [3, 4]), 3),
        (([4, 4], [4, 4]), 0),
        (([1, 4], [4, 1]), 1),
        (([0, 0], [4, 4]), 2),
        (([NAN, 9], [9, 9]), 0),
        (([1, NAN], [NAN, 9]), 2),
        (([-INF, -INF], [-INF, -INF]), 0),
        (([-INF, -INF], [INF, INF]), 2),
        (([0.0, -0.0], [-0.0, 0.0]), 0),
    ],
)
@pytest.mark.parametrize("pool", [F.max_pool2d, F.adaptive_max_pool2d])
def test_of_equal_elements_the_first_wins_and_of_nan_the_last(pool, rows, index):
    x = leaf(*rows)
    value, found = pool(x, 2 if pool is F.max_pool2d else 1, return_indices=True)
    assert found.item() == index
    assert np.array_equal(value.item(), x.detach().numpy().reshape(-1)[index], equal_nan=True)
    assert np.array_equal(F.max_pool2d(x.detach(), 2).item(), value.item(), equal_nan=True)
    (gradient,) = torch.autograd.grad(value.sum(), x)
    assert gradient.reshape(-1).nonzero().tolist() == [[index]]


def test_a_window_of_many_elements_keeps_count():
    x = numbers(2, 40, 30, kind=np.float64)
    x[0, 20:] = 9
    value, index = F.max_pool2d(torch.from_numpy(x).requires_grad_(), (40, 30), return_indices=True)
    assert value.reshape(-1).tolist() == [9, 4]
    assert index.reshape(-1).tolist() == [600, int(np.argmax(x[1]))]


def test_an_infinite_gradient_goes_to_one_element():
    x = leaf([1, 2, 3], [4, 5, 6])
    y = F.max_pool2d(x, 2, 1)
    (gradient,) = torch.autograd.grad(y, x, torch.tensor([[[INF, 1.0]]], dtype=torch.float64))
    assert gradient.tolist() == [[[0, 0, 0], [0, INF, 1]]]
    (gradient,) = torch.autograd.grad(F.max_pool2d(x, (2, 1)), x, torch.tensor([[[INF, NAN, 1]]], dtype=torch.float64))
    assert np.array_equal(gradient.numpy(), [[[0, 0, 0], [INF, NAN, 1]]], equal_nan=True)


def test_a_window_without_elements_gives_nothing_back():
    x = leaf([1, 2], [3, 4])
    y = F.max_pool2d(x, 2, 1, 1, 3)
    assert y.tolist() == [[[-INF]]]
    y.sum().backward()
    assert not x.grad.any()


def test_neighbours_of_a_nan_or_an_infinity_keep_their_means():
    x = leaf([1, INF, 1, 1, NAN, 1, 1, 1])
    assert np.array_equal(F.avg_pool1d(x, 2).tolist(), [[[INF, 1, NAN, 1]]], equal_nan=True)
    assert np.array_equal(F.adaptive_avg_pool1d(x, 3).tolist(), [[[INF, NAN, 1]]], equal_nan=True)
    assert np.array_equal(F.adaptive_avg_pool1d(x, 4).tolist(), [[[INF, 1, NAN, 1]]], equal_nan=True)


# ---- what a node keeps ----


def test_a_node_keeps_a_byte_for_each_window():
    x = torch.from_numpy(numbers(2, 3, 8, 8)).requires_grad_()
    y = F.max_pool2d(x, 2)
    (kept,) = [value for value in y.grad_fn.saved if isinstance(value, np.ndarray)]
    assert kept.nbytes == y.numel()
    assert not [value for value in F.avg_pool2d(x, 2).grad_fn.saved if isinstance(value, np.ndarray)]


def test_input_and_result_may_change_afterwards():
    x = leaf([1, 2], [3, 4])
    doubled = x * 2
    y = F.max_pool2d(doubled, 2)
    doubled.zero_()
    y.mul_(3).relu_()
    y.sum().backward()
    assert x.grad.tolist() == [[[0, 0], [0, 6]]]


def test_a_second_backward_is_refused():
    y = F.max_pool2d(leaf([1, 2], [3, 4]), 2).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()


def test_nothing_is_searched_for_that_nobody_asks_for(monkeypatch):
    monkeypatch.setattr(pooling, "largest_and_taps", None)
    x = torch.from_numpy(numbers(2, 3, 8, 8)).requires_grad_()
    with torch.no_grad():
        assert F.max_pool2d(x, 2).shape == (2, 3, 4, 4)
    assert F.max_pool1d(x[0].detach(), 2).shape == (3, 8, 4)


# ---- large arrays ----

LAYERS = {
    "2 x 2": lambda x: F.max_pool2d(x, 2),
    "3 x 3": lambda x: F.max_pool2d(x, 3, 2, 1),
    "mean": lambda x: F.avg_pool2d(x, 2),
    "mean of 3 x 3": lambda x: F.avg_pool2d(x, 3, 2, 1),
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_pieces_and_threads_change_nothing(layer, monkeypatch):
    array = np.random.default_rng(0).standard_normal((13, 5, 12, 14)).astype(np.float32)
    array[3, 2, 5, 5] = NAN

    def value_and_gradient():
        x = torch.from_numpy(array.copy()).requires_grad_()
        y = layer(x)
        (gradient,) = torch.autograd.grad(y, x, y.detach().cos())
        return y.detach().numpy().tobytes(), gradient.numpy().tobytes()

    whole = value_and_gradient()
    monkeypatch.setattr(pooling, "PIECE", 1000)
    monkeypatch.setattr(pooling, "WORTH_A_THREAD", 1000)
    before = threads.count()
    try:
        for count in (1, 2, 3):
            threads.set_count(count)
            assert value_and_gradient() == whole
    finally:
        threads.set_count(before)


def test_any_layout_of_memory_gives_a_result_row_by_row():
    x = torch.from_numpy(numbers(2, 3, 8, 6))
    for pool in (F.max_pool2d, F.avg_pool2d, F.adaptive_avg_pool2d, F.adaptive_max_pool2d):
        expected = pool(x, 2)
        for moved in (x.permute(1, 3, 0, 2).contiguous().permute(2, 0, 3, 1), x.flip(3).flip(3)):
            y = pool(moved, 2)
            assert y.is_contiguous()
            assert torch.equal(y, expected)


# ---- layers ----


def test_layers_of_a_network():
    nn = torch.nn
    net = nn.Sequential(nn.MaxPool2d(2), nn.AvgPool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    x = torch.from_numpy(numbers(4, 3, 16, 16)).requires_grad_()
    net(x).sum().backward()
    assert net(x).shape == (4, 3)
    assert x.grad.sum().item() == pytest.approx(12)


def test_unpooling_undoes_pooling():
    nn = torch.nn
    x = torch.arange(1.0, 51.0).reshape(1, 2, 5, 5)
    values, indices = nn.MaxPool2d(2, return_indices=True)(x)
    spread = nn.MaxUnpool2d(2)(values, indices, output_size=x.size())
    assert spread.shape == x.shape
    assert torch.equal(nn.MaxPool2d(2)(spread), values)
    assert (spread != 0).sum() == values.numel()
