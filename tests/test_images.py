"""What no sample shows of interpolation, grid sampling and their layers."""

import numpy as np
import pytest

import chainrule as torch
from chainrule.kernels.resampling import resampling


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((8, 16, 32, 32), {"scale_factor": 2, "mode": "bilinear"}),
        ((1, 3, 300, 200), {"size": 111, "mode": "bilinear", "antialias": True}),
        ((2, 4, 16, 16, 16), {"scale_factor": 1.7, "mode": "trilinear"}),
        ((8, 16, 1000), {"scale_factor": 2, "mode": "linear"}),
    ],
)
def test_the_same_digits_with_any_number_of_threads(shape, options):
    x = torch.from_numpy(np.random.default_rng(0).standard_normal(shape, np.float32)).requires_grad_()
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            y = torch.nn.functional.interpolate(x, **options)
            found.append((y.detach().numpy(), torch.autograd.grad((y * y).sum(), x)[0].numpy()))
    finally:
        torch.set_num_threads(before)
    for one, two in zip(*found, strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_way_back_is_the_transpose():
    for mode in ("nearest", "linear", "cubic", "lanczos antialias"):
        r = resampling(mode, 7, 12, False, None)
        matrix, back = np.zeros((12, 7)), np.zeros((7, 12))
        np.add.at(matrix, (r.targets, r.sources), r.weights)
        np.add.at(back, (r.transposed.targets, r.transposed.sources), r.transposed.weights)
        np.testing.assert_array_equal(back, matrix.T)
        np.testing.assert_allclose(matrix.sum(1), 1)
        assert r.transposed.transposed is r


@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_third_derivatives_of_grid_sampling(mode, padding_mode):
    rng = np.random.default_rng(4)
    x = torch.tensor(rng.normal(size=(1, 2, 5, 4)), requires_grad=True)
    grid = torch.tensor(rng.uniform(-1.2, 1.2, (1, 2, 3, 2)), requires_grad=True)

    def gradients(x, grid):
        y = torch.nn.functional.grid_sample(x, grid, mode, padding_mode, align_corners=False)
        return torch.autograd.grad((y**3).sum(), [x, grid], create_graph=True)

    def second(x, grid):
        return torch.autograd.grad(sum((g * g).sum() for g in gradients(x, grid)), [x, grid], create_graph=True)

    along = [rng.normal(size=tuple(v.shape)) for v in (x, grid)]
    third = torch.autograd.grad(sum((g**2).sum() for g in second(x, grid)), [x, grid])
    analytical = sum(float((t.numpy() * a).sum()) for t, a in zip(third, along, strict=True))
    ends = []
    for step in (1e-6, -1e-6):
        moved = [
            torch.tensor(v.detach().numpy() + step * a, requires_grad=True)
            for v, a in zip((x, grid), along, strict=True)
        ]
        ends.append(sum((g**2).sum().item() for g in second(*moved)))
    assert analytical == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5)


def test_a_place_that_is_no_number_gives_none():
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    grid = torch.tensor([[[[float("nan"), 0.0], [0.0, 0.0], [float("inf"), 0.0]]]])
    for padding_mode in ("zeros", "border"):
        first, second, third = torch.nn.functional.grid_sample(
            x, grid, padding_mode=padding_mode, align_corners=False
        ).flatten()
        assert first.isnan()
        assert second == 7.5
        assert third == (0 if padding_mode == "zeros" else 9)


def test_what_is_not_finite_touches_its_neighbours_only():
    x = torch.zeros(1, 1, 6, 6)
    x[0, 0, 2, 2] = float("inf")
    larger = torch.nn.functional.interpolate(x, scale_factor=2, mode="bilinear")
    assert int((larger != 0).sum()) == 16
    places = torch.tensor([[[[-0.9, -0.9], [0.9, 0.9], [-2.0, -2.0], [-0.2, -0.2]]]])
    assert torch.nn.functional.grid_sample(x, places, align_corners=False).flatten().tolist() == [0, 0, 0, float("inf")]
    shallow = torch.tensor([[[[-0.5, -0.5], [-1.5, -1.5]]]], requires_grad=True)
    torch.nn.functional.grid_sample(x, shallow, align_corners=False).sum().backward()
    assert shallow.grad.isfinite().all()
