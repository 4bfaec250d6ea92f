"""Interpolation, grid sampling, shuffles and fractional pooling give what PyTorch gives, and refuse the same.

On purpose: a picture resampled to a width of one with `antialias` is right here (PyTorch mixes up the rows of a picture
of one column); the gradient of `nearest` goes to the elements that were taken, also where a factor just above 2
doubles the size (PyTorch's goes elsewhere); that of a size that stays, with a factor that is not 1 and `antialias`, is
the gradient of the copy that was made; a mode that there is not is refused by `torch.grid_sampler`; `output_ratio` of
`fractional_max_pool2d` may be one number, as its documentation says.
"""

import random
import warnings

import numpy as np
import pytest

import chainrule
from chainrule.names import set_public_name

torch = pytest.importorskip("torch")

BOTH = (torch, chainrule)
TOLERANCES = {"float64": 1e-9, "float32": 1e-4, "float16": 1e-2, "uint8": 0}
RANKS = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2, "lanczos": 2}


@pytest.fixture(autouse=True)
def _names():
    set_public_name("torch")
    yield
    set_public_name("chainrule")


def drawn(seed, shape, dtype):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, shape).astype(dtype) if dtype == "uint8" else rng.normal(size=shape).astype(dtype)


def assert_close(ours, theirs, dtype, what):
    assert ours.dtype == theirs.dtype, what
    close = TOLERANCES[dtype]
    wide = [x.astype(np.float64) for x in (ours, theirs)]
    np.testing.assert_allclose(
        *wide, rtol=close, atol=close * max(1, np.abs(wide[1]).max(initial=0)), err_msg=str(what)
    )


def value_gradient_and_node(library, array, call):
    x = library.from_numpy(array.copy())
    if array.dtype.kind != "f":
        return call(library, x).numpy(), None, ""
    x.requires_grad_()
    y = call(library, x)
    weights = library.from_numpy(drawn(1, tuple(y.shape), array.dtype.name))
    return y.detach().numpy(), library.autograd.grad(y, x, weights)[0].numpy(), y.grad_fn.name()


def interpolations(mode, count):
    """Random sizes and options for a mode, apart from what differs on purpose."""
    choose = random.Random(mode)
    name, _, smooth = mode.partition(" ")
    for _ in range(count):
        rank = RANKS.get(name) or choose.choice([1, 2, 3])
        shape = [choose.choice([1, 2]), choose.choice([1, 3]), *[choose.randint(1, 9) for _ in range(rank)]]
        options = {"mode": name}
        if smooth:
            options["antialias"] = True
        if name in RANKS and name != "lanczos":
            options["align_corners"] = choose.choice([None, False, True])
        if smooth or choose.random() < 0.5:
            options["size"] = [choose.randint(2 if smooth else 1, 14) for _ in range(rank)]
        else:
            options["scale_factor"] = [choose.choice([2, 3, 0.5, 1.5, 0.7, 1.0, 1.9]) for _ in range(rank)]
            options["recompute_scale_factor"] = choose.choice([None, False, True])
            if 0 in [int(n * f) for n, f in zip(shape[2:], options["scale_factor"], strict=True)]:
                continue
        yield shape, options


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize(
    "mode",
    ["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area", "bilinear smooth",
     "bicubic smooth", "lanczos smooth"],
)  # fmt: skip
def test_interpolation(mode, dtype):
    def call(library, x, options):
        return library.nn.functional.interpolate(x, **options)

    for number, (shape, options) in enumerate(interpolations(mode, 15)):
        what = (shape, options)
        if dtype == "float16" and options.get("size") == shape[2:]:
            continue  # PyTorch copies, and refuses the gradient of the copy
        array = drawn(number, shape, dtype)
        outcomes = []
        for library in BOTH:
            try:
                outcomes.append(value_gradient_and_node(library, array, lambda t, x, o=options: call(t, x, o)))
            except (NotImplementedError, RuntimeError) as error:
                outcomes.append(str(error))
        theirs, ours = outcomes
        if isinstance(theirs, str):
            assert ours == theirs, what
            continue
        assert_close(ours[0], theirs[0], dtype, what)
        if theirs[1] is not None:
            assert_close(ours[1], theirs[1], dtype, what)
        assert ours[2] == theirs[2], what


def test_a_factor_that_doubles_a_size_almost():
    for shape, factors in (((2, 3, 4, 14), (2, 2.034)), ((1, 1, 14), (2.034,)), ((1, 2, 3, 4, 14), (1, 1.2, 2.034))):
        for mode in ("nearest", "nearest-exact"):
            theirs, ours = [
                t.nn.functional.interpolate(t.from_numpy(drawn(0, shape, "float32")), scale_factor=factors, mode=mode)
                for t in BOTH
            ]
            np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_smoothing_down_to_one_column_is_both_directions_one_after_the_other():
    # PyTorch takes the rows last, and mixes them up in a picture of one column.
    def smoothed(t, x, size):
        return t.nn.functional.interpolate(x, size=size, mode="bilinear", antialias=True)

    array = drawn(0, (2, 3, 14, 9), "float64")
    expected = smoothed(torch, smoothed(torch, torch.from_numpy(array), (6, 9)), (6, 1)).numpy()
    given = smoothed(torch, torch.from_numpy(array), (6, 1)).numpy()
    assert not np.allclose(given, expected)
    np.testing.assert_allclose(smoothed(chainrule, chainrule.from_numpy(array), (6, 1)).numpy(), expected)


def test_what_is_not_finite_stays_where_it_is():
    array = drawn(0, (1, 2, 40, 40), "float32")
    array[0, 0, 3, 3], array[0, 1, 20, 20] = np.nan, np.inf
    for options in ({"size": 70, "mode": "bilinear"}, {"scale_factor": 0.57, "mode": "bicubic"}):
        theirs, ours = [t.nn.functional.interpolate(t.from_numpy(array), **options).numpy() for t in BOTH]
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("padding_mode", ["zeros", "border", "reflection"])
@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
def test_grid_sampling(mode, padding_mode, dtype):
    choose = random.Random(mode + padding_mode)
    for number in range(20):
        rank = 2 if mode == "bicubic" else choose.choice([2, 3])
        batch = choose.choice([1, 2])
        x = drawn(number, (batch, choose.choice([1, 3]), *[choose.randint(1, 6) for _ in range(rank)]), dtype)
        reach = choose.choice([0.8, 1.5, 7])
        places = (batch, *[choose.randint(1, 5) for _ in range(rank)], rank)
        grid = np.random.default_rng(number).uniform(-reach, reach, places).astype(dtype)
        align_corners = choose.random() < 0.5
        found = []
        for t in BOTH:
            inputs = [t.from_numpy(a).clone().requires_grad_() for a in (x, grid)]
            y = t.nn.functional.grid_sample(*inputs, mode=mode, padding_mode=padding_mode, align_corners=align_corners)
            weights = t.from_numpy(drawn(1, tuple(y.shape), dtype))
            gradients = t.autograd.grad(y, inputs, weights, create_graph=True)
            second = t.autograd.grad(
                [(g * g).sum() for g in gradients if g.requires_grad], inputs, materialize_grads=True
            )
            found.append([y, *gradients, *second])
            assert y.grad_fn.name() == f"GridSampler{rank}DBackward0"
        for theirs, ours in zip(*found, strict=True):
            assert_close(ours.detach().numpy(), theirs.detach().numpy(), dtype, (x.shape, grid.shape, align_corners))


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_fractional_pooling_draws_the_same_windows(dtype):
    for shape, options in (
        ((2, 3, 9, 8), {"output_size": (4, 3)}),
        ((3, 9, 8), {"output_ratio": (0.5, 0.7)}),
        ((2, 3, 7, 6, 8), {"output_size": 4}),
        ((3, 7, 6, 8), {"output_ratio": (0.5, 0.5, 0.4)}),
        ((0, 3, 7, 6), {"output_size": 2}),
    ):
        rank = len(options["output_ratio"]) if "output_ratio" in options else 3 if len(shape) == 5 else 2
        found = []
        for t in BOTH:
            t.manual_seed(11)
            pool = getattr(t.nn, f"FractionalMaxPool{rank}d")(2, return_indices=True, **options)
            x = t.from_numpy(drawn(0, shape, dtype)).requires_grad_()
            values, indices = pool(x)
            weights = t.from_numpy(drawn(2, tuple(values.shape), dtype))
            found.append([values.detach(), indices, t.autograd.grad(values, x, weights)[0], t.rand(1)])
        for theirs, ours in zip(*found, strict=True):
            np.testing.assert_array_equal(ours.numpy(), theirs.numpy(), strict=True)


SAME = """
F.interpolate(ones(1, 3, 4), 0)
F.interpolate(ones(1, 3, 4, 4, 4), 0)
F.interpolate(ones(1, 3, 0, 4), 2, mode="bicubic")
F.interpolate(ones(1, 0, 4, 4), 2, mode="bilinear")
F.interpolate(ones(0, 2, 4, 4), 2, mode="bilinear")
F.interpolate(ones(1, 1, 4, 4), (2, 2, 2))
F.interpolate(ones(1, 1, 4, 4), (2, 2.5))
F.interpolate(ones(1, 1, 4, 4), scale_factor=(2,))
F.interpolate(ones(1, 1, 4, 4), scale_factor=-1)
F.interpolate(ones(1, 1, 4, 4), scale_factor=inf)
F.interpolate(ones(1, 1, 4, 4), scale_factor=0.1, mode="area")
F.interpolate(ones(1, 1, 4, 4), 2, recompute_scale_factor=True)
F.interpolate(ones(1, 1, 4, 4), 2, mode="lanczos")
F.interpolate(ones(1, 1, 4, 4), 2, mode="lanczos", antialias=True, align_corners=True)
F.interpolate(ones(1, 1, 4), 2, mode="bicubic")
F.interpolate(ones(1, 1, 4, 4), torch.tensor(2))
F.interpolate(ones(1, 1, 4, 4), (torch.tensor(2), 3))
F.interpolate(ones(1, 1, 4, 4), torch.Size((3, 2)))
F.interpolate(ones(1, 3, 4, 4).int(), 2, mode="bilinear")
F.interpolate(ones(1, 3, 4, 4).int(), 2)
F.interpolate(ones(1, 3, 4, 4).half(), 2, mode="bicubic", antialias=True)
F.upsample(ones(1, 1, 4, 4), 2)
F.upsample_bilinear(ones(1, 1, 4, 4), 7)
F.upsample_nearest(ones(1, 1, 4, 4), 7)
F.upsample_bilinear(ones(1, 1, 4), 2)
F.grid_sample(ones(1, 1, 4, 4), ones(1, 2, 2, 2))
F.grid_sample(ones(1, 1, 4, 4), ones(1, 2, 2, 2).double(), align_corners=False)
F.grid_sample(ones(1, 1, 4), ones(1, 2, 1), align_corners=False)
F.grid_sample(ones(1, 1, 4, 4), ones(1, 2, 2, 2, 2), align_corners=False)
F.grid_sample(ones(1, 1, 0, 4), ones(1, 2, 2, 2), align_corners=False)
F.grid_sample(ones(0, 1, 4, 4), ones(0, 2, 2, 2), align_corners=False)
F.grid_sample(ones(1, 0, 4, 4), ones(1, 2, 2, 2), align_corners=False)
F.grid_sample(ones(1, 1, 4, 4), ones(1, 0, 2, 2), align_corners=False)
F.grid_sample(ones(1, 1, 4, 4), ones(1, 2, 2, 2), mode="no such")
F.grid_sample(ones(1, 1, 4, 4), ones(1, 2, 2, 2), padding_mode="no such")
F.grid_sample(ones(1, 1, 4, 4).long(), ones(1, 2, 2, 2), align_corners=False)
F.grid_sample([1], ones(1, 2, 2, 2), align_corners=False)
torch.grid_sampler(ones(1, 1, 4, 4), ones(1, 2, 2, 2) / 3, 0, 0, False)
torch.grid_sampler_2d(ones(1, 1, 4, 4), ones(1, 2, 2, 2) / 3, 2, 2, True)
torch.grid_sampler_3d(ones(1, 1, 4, 4, 4), ones(1, 2, 2, 2, 3) / 3, 0, 2, True)
F.affine_grid(ones(1, 2, 3), (1, 1, 2, 2))
F.affine_grid(ones(1, 2, 3), (1, 1, 1, 2), align_corners=True)
F.affine_grid(ones(1, 2, 3), (1, 1, 0, 2), align_corners=False)
F.affine_grid(ones(1, 2, 3).long(), (1, 1, 2, 2), align_corners=False)
F.affine_grid(ones(1, 2, 3).half(), (1, 1, 2, 2), align_corners=False)
F.affine_grid(ones(2, 2, 3), (1, 1, 2, 2), align_corners=False)
F.affine_grid(ones(1, 2, 3), (1, 1, 2, 2, 2), align_corners=False)
torch.affine_grid_generator(ones(1, 2, 3), (1, 1, 2), False)
F.pixel_shuffle(ones(4, 2), 2)
F.pixel_shuffle(ones(1, 4, 2, 2), 2.0)
F.pixel_shuffle(ones(0, 4, 2, 2), 2)
F.pixel_shuffle(ones(4, 2, 2).long(), upscale_factor=2)
F.pixel_unshuffle(ones(4, 2), 2)
F.pixel_unshuffle(ones(1, 4, 2, 3), 2)
F.pixel_unshuffle(ones(1, 4, 2, 4), downscale_factor=2)
F.channel_shuffle(ones(1, 4, 2, 2), 0)
F.channel_shuffle(ones(4, 2), 2)
F.channel_shuffle(ones(1, 0, 2, 3), 2)
torch.native_channel_shuffle(torch.arange(8).reshape(1, 4, 2), 2)
F.fractional_max_pool2d(ones(1, 1, 6, 6), 2)
F.fractional_max_pool2d(ones(1, 1, 6, 6), 2, output_ratio=(0.5, 0.5, 0.5))
F.fractional_max_pool2d(ones(1, 1, 6, 6), 2, output_size=6)
F.fractional_max_pool2d(ones(1, 1, 6, 6), (2, 8), output_size=3)
F.fractional_max_pool2d(ones(6, 6), 2, output_size=3)
F.fractional_max_pool2d(ones(1, 1, 6, 6), (2, 2, 2), output_size=3)
F.fractional_max_pool2d(ones(1, 0, 6, 6), 2, output_size=3)
F.fractional_max_pool2d(ones(1, 1, 6, 6).long(), 2, output_size=3)
F.fractional_max_pool2d(ones(1, 1, 6, 6), 2, output_size=3, _random_samples=ones(1, 1, 3))
F.fractional_max_pool2d(ones(2, 1, 6, 6), 2, output_size=3, _random_samples=ones(1, 1, 2))
F.fractional_max_pool2d(ones(1, 1, 6, 6), 2, output_size=3, _random_samples=ones(1, 1, 2).double())
F.fractional_max_pool2d(ones(1, 1, 6, 6) * nan, 2, output_size=3, return_indices=True)
F.fractional_max_pool3d(ones(1, 1, 6, 6, 6), 2, output_size=(3, 6, 3))
F.fractional_max_pool3d(ones(1, 1, 6, 6, 6), 2, output_size=(3, 3))
nn.FractionalMaxPool2d(3)
nn.FractionalMaxPool2d(3, output_size=2, output_ratio=2)
nn.FractionalMaxPool3d(3, output_ratio=2)
nn.FractionalMaxPool3d(3, output_size=2).kernel_size
nn.Upsample(scale_factor=(2, 3), mode="bilinear", align_corners=True)
nn.Upsample(scale_factor=[2, 3])
nn.Upsample(7)
nn.Upsample(scale_factor=2)(ones(1, 1, 2))
nn.Sequential(nn.UpsamplingNearest2d(scale_factor=2), nn.UpsamplingBilinear2d(size=(2, 3)))
nn.Sequential(nn.PixelShuffle(2), nn.PixelUnshuffle(2), nn.ChannelShuffle(3))
nn.Sequential(nn.ReflectionPad1d(2), nn.ReplicationPad2d((1, 2, 3, 4)), nn.ZeroPad2d(2), nn.CircularPad3d(1))
nn.ConstantPad2d(2, 3.5)
nn.ConstantPad1d((1, -1), 3.5)(ones(2, 3))
nn.CircularPad2d(1)(ones(3, 3))
nn.CircularPad2d(1)(torch.arange(9.0).reshape(1, 3, 3))
nn.ReflectionPad3d(1)(torch.arange(27.0).reshape(1, 3, 3, 3))
nn.ReflectionPad2d(3)(ones(1, 3, 3))
nn.ReplicationPad1d((2, 1))(torch.arange(6.0).reshape(2, 3))
nn.ZeroPad3d(1).value
"""


@pytest.mark.parametrize("expression", SAME.strip().splitlines())
def test_the_same_text_and_warnings(expression):
    outcomes = []
    for t in BOTH:
        t.manual_seed(0)
        scope = {"torch": t, "F": t.nn.functional, "nn": t.nn, "ones": t.ones, "inf": np.inf, "nan": np.nan}
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                outcome = repr(eval(expression, scope))
            except Exception as error:  # noqa: BLE001 (that it fails, and how, is the outcome)
                outcome = (type(error), str(error))
        outcomes.append([outcome, [(w.category, str(w.message), w.filename) for w in warned]])
    assert outcomes[1] == outcomes[0]
