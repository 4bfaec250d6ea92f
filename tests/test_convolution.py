"""Convolution in every way that its kernel may take, held against windows cut out one by one, and its layers."""

import itertools

import numpy as np
import pytest

import chainrule as torch
from chainrule.kernels import convolution as kernels
from chainrule.kernels import long_convolution, threads
from chainrule.kernels.convolution import Geometry
from samples_convolution import convolution, weight_gradient

RNG = np.random.default_rng(11)

GEOMETRIES = [
    Geometry((3, 3), (1, 1), (1, 1), (1, 1), 1),
    Geometry((5, 3), (2, 1), (0, 2), (1, 1), 1),
    Geometry((2, 3), (3, 2), (1, 0), (1, 2), 2),
    Geometry((3, 2), (1, 1), (2, 0), (2, 1), 2),
    Geometry((4,), (1,), (1,), (1,), 1),
    Geometry((2, 2, 3), (1, 2, 1), (0, 1, 1), (1, 1, 1), 2),
]
WAYS = {
    "as it is": {},
    "small pieces": {"PIECE": 1, "WORTH_TWO": 1, "WORTH_THREADS": 1},
    "lines are never shared": {"SHORTEST_LINE": 10**9},
    "lines are always shared": {"LONG_LINE": 1, "SHORTEST_LINE": 1, "PIECE": 200},
    "the batch is never innermost": {"LONG_RUN": 0, "PIECE": 300},
    "the batch is always innermost": {"LONG_RUN": 1000},
    "gradients are always folded": {"COST_OF_ADDING": -(10**9), "COST_OF_A_CALL": 0},
    "products in blocks": {"SMALL_PRODUCT": 300, "FEW_COLUMNS": 3, "SMALL_RESULT": 12, "FEWEST_ROWS": 2},
}


def arrays(geometry, batch=5):
    groups, rank = geometry.groups, len(geometry.kernel)
    x = RNG.normal(size=(batch, 2 * groups, 8, 7, 6)[: 2 + rank])
    weight = RNG.normal(size=(3 * groups, 2, *geometry.kernel))
    return x, weight, RNG.normal(size=3 * groups)


def forward(x, weight, bias, geometry):
    kernel, stride, padding, dilation, groups = geometry
    return convolution(x, weight, bias, stride, padding, dilation, False, (0,) * len(kernel), groups)


def input_gradient(grad, weight, geometry, sizes):
    kernel, stride, padding, dilation, groups = geometry
    least = convolution(grad, weight, None, stride, padding, dilation, True, (0,) * len(kernel), groups)
    more = tuple(n - m for n, m in zip(sizes, least.shape[2:], strict=True))
    return convolution(grad, weight, None, stride, padding, dilation, True, more, groups)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
def test_every_way_gives_the_same(monkeypatch, geometry, way):
    for name, value in WAYS[way].items():
        monkeypatch.setattr(kernels, name, value)
    for batch in (1, 5, 20):
        x, weight, bias = arrays(geometry, batch)
        expected = forward(x, weight, bias, geometry)
        result = kernels.convolve(x, weight, geometry, bias)
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)
        grad = RNG.normal(size=result.shape)
        for_input = kernels.input_gradient(grad, weight, geometry, x.shape[2:])
        np.testing.assert_allclose(
            for_input, input_gradient(grad, weight, geometry, x.shape[2:]), rtol=1e-12, atol=1e-12
        )
        for_weight = kernels.weight_gradient(grad, x, geometry)
        wanted = weight_gradient(grad, x, *geometry)
        np.testing.assert_allclose(for_weight, wanted, rtol=1e-12, atol=1e-11)
        assert all(array.flags.c_contiguous for array in (result, for_input, for_weight))


@pytest.mark.parametrize(("batch", "groups", "results", "channels"), [(2, 1, 3, 2), (1, 4, 1, 1), (3, 2, 1, 2)])
def test_long_kernels(monkeypatch, batch, groups, results, channels):
    monkeypatch.setattr(long_convolution, "PIECE", 1)
    for length, taps, padding in [(700, 130, 0), (400, 300, 70), (9000, 100, 99)]:
        x = RNG.normal(size=(batch, groups * channels, length))
        weight = RNG.normal(size=(groups * results, channels, taps))
        geometry = Geometry((taps,), (1,), (padding,), (1,), groups)
        expected = kernels.convolve(x, weight, geometry)
        short = [a.astype(np.float32) for a in (x, weight, expected)]
        assert long_convolution.is_long(short[0], taps, expected.shape[-1], groups)
        pairs = [
            (kernels.convolve(*short[:2], geometry), expected),
            (kernels.weight_gradient(short[2], short[0], geometry), kernels.weight_gradient(expected, x, geometry)),
            (
                kernels.input_gradient(short[2], short[1], geometry, (length,)),
                kernels.input_gradient(expected, weight, geometry, (length,)),
            ),
        ]
        for found, wanted in pairs:
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6 * np.abs(wanted).max())


def test_threads_change_no_bit(monkeypatch):
    found = []
    before = threads.count()
    monkeypatch.setattr(kernels, "WORTH_TWO", 1)
    monkeypatch.setattr(kernels, "WORTH_THREADS", 1)
    geometry = GEOMETRIES[0]
    x, weight, bias = (a.astype(np.float32) for a in arrays(geometry, 40))
    try:
        for count in (1, 3):
            threads.set_count(count)
            result = kernels.convolve(x, weight, geometry, bias)
            gradients = (
                kernels.input_gradient(result, weight, geometry, x.shape[2:]),
                kernels.weight_gradient(result, x, geometry),
            )
            found.append([array.tobytes() for array in (result, *gradients)])
    finally:
        threads.set_count(before)
    assert found[0] == found[1]


def test_a_number_that_is_none_stays_where_it_is():
    for length, taps in [(20, 3), (3000, 500)]:
        x = torch.ones(1, 1, length)
        x[0, 0, 0] = float("nan")
        x[0, 0, -1] = float("inf")
        result = torch.conv1d(x, torch.ones(1, 1, taps))
        assert result.isnan().sum() == 1
        assert result.isinf().sum() == 1
        assert (result[0, 0, 1:-1] == taps).all()


def test_layers_train():
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(4, 2, 3, stride=2), torch.nn.Flatten(),
    )  # fmt: skip
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    x = torch.randn(6, 1, 5, 5)
    target = torch.randn(6, 8)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


def test_a_layer_may_have_parameters_of_another_kind():
    class Standardized(torch.nn.Conv2d):
        def forward(self, input):
            weight = self.weight - self.weight.mean(dim=(1, 2, 3), keepdim=True)
            return self._conv_forward(input, weight, self.bias)

    layer = Standardized(2, 3, 3, padding=1, padding_mode="reflect")
    ones = layer(torch.ones(1, 2, 4, 4))
    assert torch.allclose(ones, layer.bias.reshape(1, 3, 1, 1).expand_as(ones), atol=1e-5)


def test_unfold_and_fold_are_transposes():
    for kernel, stride in itertools.product([2, (3, 1)], [1, (2, 3)]):
        x = torch.randn(2, 3, 6, 5, dtype=torch.float64)
        columns = torch.nn.functional.unfold(x, kernel, stride=stride)
        other = torch.randn(*columns.shape, dtype=torch.float64)
        folded = torch.nn.functional.fold(other, (6, 5), kernel, stride=stride)
        assert torch.allclose((columns * other).sum(), (x * folded).sum())
