"""Samples for spectra of frames, windows, shifts of spectra, and convolution along time."""

import numpy as np
import scipy.signal

import chainrule as torch
from op_samples import complexes, integers, positive, real, refuses, sample, values


def frames_of(x, n_fft, hop_length, win_length, window, center=True, pad_mode="reflect", align_to_window=None):
    if center:
        margins = [(0, 0)] * (x.ndim - 1) + [(n_fft // 2, n_fft // 2)]
        x = np.pad(x, margins, mode={"replicate": "edge", "circular": "wrap"}.get(pad_mode, pad_mode))
    before = (n_fft - win_length) // 2
    if align_to_window:
        x = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(before, n_fft - win_length - before)])
    weights = np.zeros(n_fft, window.dtype)
    weights[before : before + win_length] = window
    starts = range(0, x.shape[-1] - n_fft + 1, hop_length)
    return np.stack([x[..., start : start + n_fft] * weights for start in starts], axis=-1)


def short_time_fourier(
    x, n_fft, hop_length=None, win_length=None, window=None, *, normalized=False, onesided=None, return_complex=None,
    **framing,
):  # fmt: skip
    win_length = n_fft if win_length is None else win_length
    window = np.ones(win_length) if window is None else window
    frames = frames_of(x, n_fft, hop_length or n_fft // 4, win_length, window, **framing)
    spectra = np.fft.fft(frames, axis=-2, norm="ortho" if normalized else None)
    if onesided is not False and frames.dtype.kind != "c":
        spectra = spectra[..., : n_fft // 2 + 1, :]
    return spectra


def stft(x, window, **kwargs):
    return torch.stft(x, window=window, **kwargs)


def istft(spectra, window, **kwargs):
    return torch.istft(spectra, window=window, **kwargs)


def there_and_back(x, window, *, length=None, **kwargs):
    spectra = torch.stft(x, window=window, onesided=False, return_complex=True, **kwargs)
    return torch.istft(spectra, window=window, length=length, **kwargs)


def from_frames(
    spectra, window, *, n_fft, hop_length=None, win_length=None, center=True, normalized=False, onesided=None,
    length=None, return_complex=False,
):  # fmt: skip
    hop_length = hop_length or n_fft // 4
    before = (n_fft - len(window)) // 2
    weights = np.zeros(n_fft, window.dtype)
    weights[before : before + len(window)] = window
    norm = "ortho" if normalized else None
    if return_complex:
        frames = np.fft.ifft(spectra, axis=-2, norm=norm)
    else:
        frames = np.fft.irfft(spectra[..., : n_fft // 2 + 1, :], n_fft, axis=-2, norm=norm)
    count = spectra.shape[-1]
    signal = np.zeros((*spectra.shape[:-2], n_fft + hop_length * (count - 1)), frames.dtype)
    envelope = np.zeros(signal.shape[-1:], weights.dtype)
    for k in range(count):
        place = slice(k * hop_length, k * hop_length + n_fft)
        signal[..., place] += frames[..., k] * weights
        envelope[place] += weights**2
    start = n_fft // 2 if center else 0
    stop = start + length if length is not None else len(envelope) - start
    return signal[..., start:stop] / envelope[start:stop]


def convolved_along_time(x, weight, bias, pad=0):
    padded = np.pad(x, [(pad, pad), (0, 0), (0, 0)]) if pad >= 0 else x[-pad:pad]
    steps = range(padded.shape[0] - weight.shape[0] + 1)
    return np.stack([np.einsum("kbi,kio->bo", padded[t : t + weight.shape[0]], weight) + bias for t in steps])


FRAMES = [
    sample(stft, [real(20), positive(8)], lambda x, w, **kw: short_time_fourier(x, window=w, **kw), covers=(), **kwargs)
    for kwargs in [
        {"n_fft": 8, "return_complex": True},
        {"n_fft": 8, "hop_length": 3, "return_complex": True, "onesided": False, "normalized": True},
        {"n_fft": 11, "win_length": 8, "hop_length": 5, "center": False, "return_complex": True},
        {
            "n_fft": 11,
            "win_length": 8,
            "hop_length": 5,
            "center": False,
            "align_to_window": True,
            "return_complex": True,
        },
        {"n_fft": 9, "win_length": 8, "pad_mode": "constant", "return_complex": True},
        {"n_fft": 9, "win_length": 8, "pad_mode": "circular", "return_complex": True},
    ]
] + [
    sample(
        stft, [given, window], lambda x, w, **kw: short_time_fourier(x, window=w, **kw), covers=(), n_fft=8, **kwargs
    )
    for given, window, kwargs in [
        (real(2, 20), positive(8), {"return_complex": True}),
        (complexes(2, 20), positive(8), {}),
        (real(20), complexes(8), {"hop_length": 5}),
    ]
]

BACK = [
    sample(istft, [given, positive(8)], from_frames, covers=(), **kwargs)
    for given, kwargs in [
        (complexes(5, 6), {"n_fft": 8}),
        (complexes(2, 5, 6), {"n_fft": 8, "hop_length": 3, "normalized": True, "length": 13}),
        (complexes(8, 6), {"n_fft": 8, "center": False}),
        (complexes(8, 6), {"n_fft": 8, "return_complex": True}),
        (complexes(6, 6), {"n_fft": 11, "win_length": 8, "hop_length": 4, "length": 18}),
    ]
] + [
    sample(there_and_back, [real(2, 24), positive(8)], lambda x, w, **kw: x, covers=(), n_fft=8, length=24),
]

SHIFTS = [
    sample("fft.fftshift", [real(3, 4)], lambda x, dim=None: np.fft.fftshift(x, dim), covers=()),
    sample("fft.fftshift", [complexes(3, 4)], lambda x, dim=None: np.fft.fftshift(x, dim), covers=(), dim=0),
    sample("fft.ifftshift", [real(3, 5)], lambda x, dim=None: np.fft.ifftshift(x, dim), covers=()),
    sample("fft.ifftshift", [integers(3, 5)], lambda x, dim=None: np.fft.ifftshift(x, dim), covers=(), dim=(1,)),
]

ALONG_TIME = [
    sample(
        "conv_tbc", [real(6, 2, 3), real(2, 3, 4), real(4)], convolved_along_time, **kwargs,
        must_raise=[
            refuses(RuntimeError, "Input must have 3 dims: time, batch, in_channel", real(6, 3), real(2, 3, 4),
                    real(4)),
            refuses(RuntimeError, "Weight tensor must have 3 dims", real(6, 2, 3), real(3, 4), real(4)),
            refuses(RuntimeError, "Bias must be 1-D", real(6, 2, 3), real(2, 3, 4), real(1, 4)),
            refuses(
                RuntimeError, "Input dim 2 (input channels) is not == dim 1 in the weight tensor",
                real(6, 2, 3), real(2, 2, 4), real(4),
            ),
            refuses(
                RuntimeError, "Bias size must equal dim 2 in the weight tensor (output channels).",
                real(6, 2, 3), real(2, 3, 4), real(3),
            ),
            refuses(
                RuntimeError, "self and mat2 must have the same dtype, but got Double and Float",
                real(6, 2, 3), values(np.ones((2, 3, 4), np.float32)), values(np.ones(4, np.float32)),
            ),
            refuses(TypeError, "argument 'bias' (position 3) must be Tensor, not NoneType", real(6, 2, 3),
                    real(2, 3, 4), None),
            refuses(TypeError, "argument 'pad' (position 4) must be int, not float", real(6, 2, 3), real(2, 3, 4),
                    real(4), 1.0),
            refuses(RuntimeError, "Trying to create tensor with negative dimension -1: [-1, 2, 4]", real(1, 2, 3),
                    real(3, 3, 4), real(4)),
        ],
    )
    for kwargs in [{}, {"pad": 1}, {"pad": 2}]
] + [
    sample("conv_tbc", [complexes(5, 2, 3), complexes(2, 3, 2), complexes(2)], convolved_along_time, pad=-1),
]  # fmt: skip

NAMED = {
    "bartlett_window": "bartlett", "blackman_window": "blackman", "hamming_window": "hamming", "hann_window": "hann",
}  # fmt: skip
WINDOWS = [
    sample(
        name, [length], lambda n, periodic=True, dtype=None, own=own: scipy.signal.get_window(own, n, fftbins=periodic),
        covers=(), tolerance=1e-12, **kwargs, dtype=torch.float64,
        must_raise=[refuses(RuntimeError, f"{name} requires non-negative window_length, got window_length=-1", -1)],
    )
    for name, own in NAMED.items()
    for length, kwargs in [(1, {}), (8, {}), (9, {}), (7, {"periodic": False})]
]  # fmt: skip

SAMPLES = [*FRAMES, *BACK, *SHIFTS, *ALONG_TIME, *WINDOWS]
