"""Fourier transforms: gradients of any order, np.fft on tensors, frames of signals, and warnings."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule as torch

RNG = np.random.default_rng(3)


def tensor(*shape, dtype=torch.float64):
    return torch.tensor(RNG.normal(size=shape).tolist(), dtype=dtype, requires_grad=True)


# ---- what a transform is ----


@pytest.mark.parametrize("size", [1, 2, 5, 8])
@pytest.mark.parametrize("norm", ["backward", "ortho", "forward"])
def test_transforms_and_their_inverses(size, norm):
    x = tensor(3, size)
    z = torch.fft.fft(x, norm=norm)
    assert torch.allclose(torch.fft.ifft(z, norm=norm).real, x)
    assert torch.allclose(torch.fft.irfft(torch.fft.rfft(x, norm=norm), size, norm=norm), x)
    assert torch.allclose(torch.fft.hfft(torch.fft.ihfft(x, norm=norm), size, norm=norm), x)
    assert torch.allclose(torch.fft.irfftn(torch.fft.rfftn(x, norm=norm), (3, size), norm=norm), x)
    assert torch.allclose(torch.fft.hfftn(torch.fft.ihfftn(x, norm=norm), (3, size), norm=norm), x)
    assert torch.allclose(torch.fft.ifftn(torch.fft.fftn(x, norm=norm), norm=norm).real, x)


def test_the_energy_of_a_signal_is_that_of_its_spectrum():
    x = tensor(7)
    energy = torch.fft.fft(x, norm="ortho").abs().square().sum()
    (gradient,) = torch.autograd.grad(energy, x)
    assert torch.allclose(gradient, 2 * x)


def test_a_convolution_by_its_spectrum_has_the_gradients_of_the_convolution():
    x, kernel = tensor(9), tensor(4)
    by_spectrum = torch.fft.irfft(torch.fft.rfft(x, 12) * torch.fft.rfft(kernel, 12), 12)
    direct = torch.nn.functional.conv1d(x[None, None], kernel.flip(0)[None, None], padding=3)[0, 0]
    assert torch.allclose(by_spectrum, direct)
    weights = tensor(12).detach()
    for found, expected in zip(
        torch.autograd.grad((by_spectrum * weights).sum(), (x, kernel)),
        torch.autograd.grad((direct * weights).sum(), (x, kernel)),
        strict=True,
    ):
        assert torch.allclose(found, expected)


def test_third_derivatives():
    x = tensor(6)
    y = torch.fft.rfft(x.sin()).abs().square().sum()
    for _ in range(3):
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        y = (g * torch.arange(6)).sum()

    def second(values):
        v = torch.tensor(values.tolist(), dtype=torch.float64, requires_grad=True)
        total = torch.fft.rfft(v.sin()).abs().square().sum()
        for _ in range(2):
            (g,) = torch.autograd.grad(total, v, create_graph=True)
            total = (g * torch.arange(6)).sum()
        return total.item()

    direction, step = RNG.normal(size=6), 1e-5
    numerical = (second(x.numpy(force=True) + step * direction) - second(x.numpy(force=True) - step * direction)) / (
        2 * step
    )
    assert np.isclose((g.numpy(force=True) * direction).sum(), numerical, rtol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_precision_is_kept(dtype):
    x = tensor(4, dtype=dtype)
    assert torch.fft.rfft(x).dtype is dtype.to_complex()
    assert torch.fft.irfft(torch.fft.rfft(x)).dtype is dtype
    torch.fft.rfft(x).abs().sum().backward()
    assert x.grad.dtype is dtype


def test_integers_become_the_default_type():
    assert torch.fft.fft(torch.arange(3)).dtype is torch.complex64
    torch.set_default_dtype(torch.float64)
    try:
        assert torch.fft.fft(torch.arange(3)).dtype is torch.complex128
    finally:
        torch.set_default_dtype(torch.float32)


def test_nothing_is_transformed_without_complaint():
    assert torch.fft.fft(torch.zeros(0, 3)).shape == (0, 3)
    assert torch.fft.rfft2(torch.zeros(0, 3, 4)).shape == (0, 3, 3)
    assert torch.fft.irfftn(torch.zeros(0, 3, 4), dim=(1, 2)).shape == (0, 3, 6)


def test_the_input_is_not_the_result():
    x = torch.ones(3, dtype=torch.complex64)
    y = torch.fft.fftn(x, dim=())
    y += 1
    assert x.tolist() == [1, 1, 1]


@pytest.mark.parametrize("threads", [1, 2])
def test_large_transforms_are_the_same_on_any_number_of_threads(threads):
    before = torch.get_num_threads()
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(512, 1024)).astype(np.float32))
    torch.set_num_threads(1)
    alone = torch.fft.rfft2(x).numpy()
    torch.set_num_threads(threads)
    try:
        assert np.array_equal(torch.fft.rfft2(x).numpy(), alone)
    finally:
        torch.set_num_threads(before)


# ---- out= ----


def test_a_result_can_be_put_into_a_tensor():
    x = torch.arange(4.0)
    out = torch.empty(4, dtype=torch.complex64)
    assert torch.fft.fft(x, out=out) is out
    assert torch.equal(out, torch.fft.fft(x))
    with pytest.raises(RuntimeError, match="fft expects a complex output tensor, but got Float"):
        torch.fft.fft(x, out=torch.empty(4))
    with pytest.raises(TypeError, match="argument 'out' must be Tensor, not int"):
        torch.fft.fft(x, out=3)
    with pytest.raises(RuntimeError, match="don't support automatic differentiation"):
        torch.fft.ifft(x.requires_grad_(), out=out)


# ---- np.fft ----

ONE = ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]
SEVERAL = ["fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [(name, arguments) for name in ONE for arguments in ({}, {"n": 5, "axis": 0, "norm": "ortho"})]
    + [(name, arguments) for name in SEVERAL for arguments in ({}, {"s": (3, 5), "axes": (1, 0), "norm": "forward"})]
    + [(name, arguments) for name in ("fftshift", "ifftshift") for arguments in ({}, {"axes": 1})],
)
def test_numpys_functions_differentiate(name, arguments):
    function = getattr(np.fft, name)
    x = tensor(3, 4)
    result = function(x, **arguments)
    np.testing.assert_allclose(result.numpy(force=True), function(x.numpy(force=True), **arguments), atol=1e-12)
    assert result.requires_grad
    weights = RNG.normal(size=result.shape)
    direction = RNG.normal(size=x.shape)
    ((result.real * torch.from_numpy(weights)).sum()).backward()
    # The functions are linear.
    along = (function(direction, **arguments).real * weights).sum()
    assert np.isclose((x.grad.numpy() * direction).sum(), along)


# ---- frames ----


def test_a_signal_comes_back_from_its_frames():
    signal, window = tensor(2, 50), torch.hann_window(16, dtype=torch.float64)
    spectra = torch.stft(signal, 16, 4, window=window, return_complex=True)
    assert torch.allclose(torch.istft(spectra, 16, 4, window=window, length=50), signal)


def test_pairs_of_real_numbers_are_deprecated():
    signal, window = tensor(20), torch.ones(8, dtype=torch.float64)
    with pytest.warns(UserWarning, match="stft with return_complex=False is deprecated"):
        pairs = torch.stft(signal, 8, window=window, return_complex=False)
    assert torch.equal(torch.view_as_complex(pairs), torch.stft(signal, 8, window=window, return_complex=True))


def test_a_window_that_is_missing_is_warned_of():
    with pytest.warns(UserWarning, match="A rectangular window will be applied, which is known to cause spectral leak"):
        spectra = torch.stft(tensor(20), 8, return_complex=True)
    with pytest.warns(UserWarning, match="Please provide the same window used by stft"):
        torch.istft(spectra, 8)


def test_a_signal_that_is_too_short_is_filled_up():
    window = torch.hann_window(8)
    spectra = torch.stft(torch.ones(16), 8, window=window, return_complex=True)
    with pytest.warns(UserWarning, match="The length of signal is shorter than the length parameter"):
        signal = torch.istft(spectra, 8, window=window, length=24)
    assert torch.allclose(signal[:20], torch.ones(20))
    assert signal[20:].tolist() == [0.0] * 4


@pytest.mark.parametrize("step", [1, 3, 15, 16, 17, 40])
def test_windows_are_added_up_for_any_step(step):
    x = tensor(2, 100)
    weights = torch.tensor(RNG.normal(size=tuple(x.unfold(1, 33, step).shape)).tolist(), dtype=torch.float64)
    (x.unfold(1, 33, step) * weights).sum().backward()
    expected = np.zeros((2, 100))
    for k in range(weights.shape[1]):
        expected[:, k * step : k * step + 33] += weights[:, k].numpy()
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-12, atol=1e-12)


# ---- namespaces ----


@pytest.mark.parametrize(
    ("program", "printed"),
    [
        (
            "import chainrule.fft, chainrule.signal.windows as w; from chainrule.fft import rfft; print(w.hann(3))",
            "tensor([0., 1., 0.])\n",
        ),
        # SciPy takes longer to import than all of this package.
        ("import sys, chainrule.fft; print('scipy' in sys.modules)", "False\n"),
    ],
)
def test_namespaces_can_be_imported(program, printed):
    environment = os.environ | {"PYTHONPATH": str(Path(torch.__file__).parents[1])}
    found = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout == printed
