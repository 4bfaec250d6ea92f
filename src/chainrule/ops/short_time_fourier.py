"""Spectra of the frames of a signal, and signals from such spectra: `stft` and `istft`."""

from __future__ import annotations

import operator
import warnings
from typing import Any

from chainrule.dtypes import scalar_type_name
from chainrule.engine.tensor_base import TensorBase
from chainrule.names import public_name
from chainrule.ops.creation import ones
from chainrule.ops.fourier import fft_c2c, fft_c2r, fft_r2c
from chainrule.ops.padding import constant_pad_nd, pad
from chainrule.ops.strided import unfold_backward, view_as_real

__all__ = ["istft", "stft"]
METHODS = ("istft", "stft")

_NO_WINDOW = (
    "A window was not provided. A rectangular window will be applied, which is known to cause spectral leakage. Other "
    "windows such as torch.hann_window or torch.hamming_window are recommended to reduce spectral leakage. To suppress "
    "this warning and use a rectangular window, explicitly set `window=torch.ones(n_fft, device=<device>)`."
)
_NO_WINDOW_TO_INVERT = (
    "A window was not provided. A rectangular window will be applied. Please provide the same window used by stft to "
    "make the inversion lossless. To suppress this warning and use a rectangular window, explicitly set "
    "`window=torch.ones(n_fft, device=<device>)`."
)
_PAIRS_ARE_DEPRECATED = (
    "stft with return_complex=False is deprecated. In a future pytorch release, stft will return complex tensors for "
    "all inputs, and return_complex=False will raise an error.\n"
    "Note: you can still call torch.view_as_real on the complex output to recover the old return format."
)


def stft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Any:
    """The Fourier transforms of the frames of a signal: complex, (batch, frequencies, frames).

    Args:
        input: a signal, or a batch of them; real or complex.
        n_fft: how many numbers are transformed.
        hop_length: how far frames are apart, by default a quarter of `n_fft`.
        win_length: how long frames are, by default `n_fft`; shorter ones have zeros on both sides.
        window: a weight for each of these, by default 1.
        center: whether frames are about their places in the signal, which is padded for that; otherwise they begin
            there.
        pad_mode: with what it is padded, see `nn.functional.pad`.
        normalized: whether the transforms are divided by the square root of `n_fft`.
        onesided: whether to leave out what is the conjugate of the rest: the default where all is real.
        return_complex: to be given for real signals; False asks for pairs of real numbers.
        align_to_window: without `center`, whether the windows begin at their places, rather than the `n_fft` numbers.

    >>> spectra = torch.stft(torch.arange(8.0), 4, 2, window=torch.ones(4), center=False, return_complex=True)
    >>> spectra.abs()
    tensor([[ 6.0000, 14.0000, 22.0000],
            [ 2.8284,  2.8284,  2.8284],
            [ 2.0000,  2.0000,  2.0000]])
    """
    _require_tensor("stft", input)
    n_fft = _integer("stft", "n_fft", n_fft)
    hop_length = n_fft // 4 if hop_length is None else _integer("stft", "hop_length", hop_length)
    win_length = n_fft if win_length is None else _integer("stft", "win_length", win_length)
    if center:
        if align_to_window is not None:
            raise RuntimeError("stft align_to_window should only be set when center = false")
        input = _padded(input, n_fft // 2, pad_mode)
    if window is None:
        warnings.warn(_NO_WINDOW, UserWarning, stacklevel=2)
    is_complex = input.is_complex() or (window is not None and window.is_complex())
    if return_complex is None and not is_complex:
        raise RuntimeError(
            "stft requires the return_complex parameter be given for real inputs, and will further require that "
            "return_complex=True in a future PyTorch release."
        )
    if return_complex is False:
        warnings.warn(_PAIRS_ARE_DEPRECATED, UserWarning, stacklevel=2)
    call = (
        f"stft({_shown(input, '[]')}, n_fft={n_fft}, hop_length={hop_length}, win_length={win_length}, "
        f"window={_shown(window, '{[]}')}, normalized={int(normalized)}, onesided={_flag(onesided)}, "
        f"return_complex={_flag(return_complex)}, align_to_window={_flag(align_to_window)}) "
    )
    _check_signal(call, input, n_fft, hop_length, win_length, window)
    single = input.dim() == 1
    frames = _frames(input.unsqueeze(0) if single else input, n_fft, hop_length, win_length, align_to_window)
    whole = _whole_window(window, win_length, n_fft, input.dtype)
    if whole is not None:
        frames = frames * whole
    if is_complex and onesided:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if is_complex:
        spectra = fft_c2c(frames, (2,), int(normalized), True)
    else:
        spectra = fft_r2c(frames, (2,), int(normalized), onesided is not False)
    spectra.transpose_(1, 2)
    if single:
        spectra.squeeze_(0)
    return view_as_real(spectra) if return_complex is False else spectra


def istft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Any:
    """The signal whose frames have spectra as near to these as can be: the inverse of `stft`.

    Args:
        input: spectra as `stft` gives them, complex.
        n_fft: as for `stft`.
        hop_length: as for `stft`.
        win_length: as for `stft`.
        window: as for `stft`.
        center: as for `stft`.
        normalized: as for `stft`.
        onesided: whether they are halves, by default where there are not `n_fft` frequencies.
        length: how long the signal is. Otherwise its end is where the last whole frame is (the last frame's middle, if
            it was centered).
        return_complex: whether the signal is complex.

    Raises RuntimeError where all windows together leave out a part of the signal.

    >>> window = torch.hann_window(4)
    >>> spectra = torch.stft(torch.arange(8.0), 4, window=window, return_complex=True)
    >>> torch.istft(spectra, 4, window=window, length=8)
    tensor([0., 1., 2., 3., 4., 5., 6., 7.])
    """
    _require_tensor("istft", input)
    n_fft = _integer("istft", "n_fft", n_fft)
    hop_length = n_fft // 4 if hop_length is None else _integer("istft", "hop_length", hop_length)
    win_length = n_fft if win_length is None else _integer("istft", "win_length", win_length)
    length = None if length is None else _integer("istft", "length", length)
    if window is None:
        warnings.warn(_NO_WINDOW_TO_INVERT, UserWarning, stacklevel=2)
    call = (
        f"istft({_shown(input, '[]')}, n_fft={n_fft}, hop_length={hop_length}, win_length={win_length}, "
        f"window={_shown(window, '{[]}')}, center={int(center)}, normalized={int(normalized)}, "
        f"onesided={_flag(onesided)}, length={length}, return_complex={int(return_complex)}) "
    )
    onesided = _check_spectra(call, input, n_fft, hop_length, win_length, window, onesided)
    single = input.dim() == 2
    spectra = (input.unsqueeze(0) if single else input).transpose(1, 2)
    scale = 1 if normalized else 2
    if return_complex:
        if onesided:
            raise RuntimeError("Cannot have onesided output if window or input is complex")
        frames = fft_c2c(spectra, (2,), scale, False)
    else:
        if window is not None and window.is_complex():
            raise RuntimeError("Complex windows are incompatible with return_complex=False")
        frames = fft_c2r(spectra if onesided else spectra[..., : n_fft // 2 + 1], (2,), scale, n_fft)
    signal, envelope, missing = _overlapping(call, frames, window, win_length, hop_length, center, length)
    signal = signal / envelope
    if single:
        signal = signal.squeeze(0)
    if missing > 0:
        warnings.warn(
            "The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail. "
            "Please check your center and hop_length settings.",
            UserWarning,
            stacklevel=2,
        )
        signal = constant_pad_nd(signal, (0, missing))
    return signal


# ---- frames and windows ----


def _padded(input: Any, margin: int, mode: str) -> Any:
    # `pad` takes signals with a batch and channels.
    wide = input.reshape((1,) * (3 - input.dim()) + tuple(input.shape))
    padded = pad(wide, (margin, margin), mode)
    return padded.reshape((*input.shape[:-1], padded.shape[-1]))


def _frames(input: Any, n_fft: int, hop_length: int, win_length: int, align_to_window: bool | None) -> Any:
    if align_to_window:
        before = (n_fft - win_length) // 2
        input = constant_pad_nd(input, (before, n_fft - win_length - before))
    return input.unfold(-1, n_fft, hop_length)


def _whole_window(window: Any, win_length: int, n_fft: int, dtype: Any) -> Any:
    # The window with zeros on both sides, up to `n_fft`; None where there is nothing to multiply with.
    if win_length == n_fft:
        return window
    before = (n_fft - win_length) // 2
    given = ones(win_length, dtype=dtype) if window is None else window
    return constant_pad_nd(given, (before, n_fft - win_length - before))


def _overlapping(
    call: str, frames: Any, window: Any, win_length: int, hop_length: int, center: bool, length: int | None
) -> tuple[Any, Any, int]:
    # The sums of frames where they overlap, and those of the squares of the windows; how many numbers are missing.
    channels, count, n_fft = frames.shape
    whole = _whole_window(window, win_length, n_fft, frames.real.dtype)
    if whole is None:
        whole = ones(n_fft, dtype=frames.real.dtype)
    expected = n_fft + hop_length * (count - 1)
    signal = unfold_backward(frames * whole, (channels, expected), 1, n_fft, hop_length)
    envelope = unfold_backward(whole.pow(2).expand(1, count, n_fft), (1, expected), 1, n_fft, hop_length)
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else -(n_fft // 2) if center else expected
    signal, envelope = signal[:, start:end], envelope[:, start:end]
    if bool(envelope.abs().min() < 1e-11):
        raise RuntimeError(f"{call}window overlap add min: 1")
    return signal, envelope, end - expected


# ---- arguments ----


def _require_tensor(function: str, input: Any) -> None:
    if not isinstance(input, TensorBase):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")


def _integer(function: str, argument: str, value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{function}(): argument '{argument}' must be int, not {type(value).__name__}")
    return operator.index(value)


def _check_signal(call: str, input: Any, n_fft: int, hop_length: int, win_length: int, window: Any) -> None:
    dtype = input._array.dtype
    if dtype.kind not in "fc":
        raise RuntimeError(f"{call}: expected a tensor of floating point or complex values")
    if input.dim() not in {1, 2}:
        raise RuntimeError(f"{call}: expected a 1D or 2D tensor")
    size = input.shape[-1]
    if not 0 < n_fft <= size:
        raise RuntimeError(f"{call}: expected 0 < n_fft < {size}, but got n_fft={win_length}")
    if hop_length <= 0:
        raise RuntimeError(f"{call}: expected hop_length > 0, but got hop_length={hop_length}")
    if not 0 < win_length <= n_fft:
        raise RuntimeError(f"{call}: expected 0 < win_length <= n_fft, but got win_length={win_length}")
    if window is not None and tuple(window.shape) != (win_length,):
        raise RuntimeError(
            f"{call}: expected a 1D window tensor of size equal to win_length={win_length}, but got window with size "
            f"{list(window.shape)}"
        )


def _check_spectra(
    call: str, input: Any, n_fft: int, hop_length: int, win_length: int, window: Any, onesided: bool | None
) -> bool:
    # Whether they are halves.
    if not input.is_complex():
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    if input.numel() == 0:
        raise RuntimeError(f"{call}: input tensor cannot be empty.")
    if input.dim() not in {2, 3}:
        # A complex number counts as a dimension of two.
        raise RuntimeError(f"{call}: expected a tensor with 3 or 4 dimensions, but got {input.dim() + 1}")
    frequencies = input.shape[-2]
    onesided = frequencies != n_fft if onesided is None else onesided
    if frequencies != (n_fft // 2 + 1 if onesided else n_fft):
        raise RuntimeError(
            f"{call}: expected the frequency dimension (3rd to the last) of the input tensor to match "
            f"n_fft{' / 2 + 1' if onesided else ''} when onesided={onesided}, but got {frequencies}"
        )
    if not 0 < hop_length <= win_length:
        raise RuntimeError(f"{call}: expected 0 < hop_length <= win_length")
    if not 0 < win_length <= n_fft:
        raise RuntimeError(f"{call}: expected 0 < win_length <= n_fft")
    if window is not None and tuple(window.shape) != (win_length,):
        raise RuntimeError(f"{call}: Invalid window shape. window has to be 1D and length of `win_length`")
    return onesided


def _shown(tensor: Any, brackets: str) -> str:
    if tensor is None:
        return "None"
    dtype, sizes = tensor._array.dtype, str(list(tensor.shape))
    name = scalar_type_name(dtype)
    type_name = f"CPU{name}Type" if dtype.kind == "c" else f"{public_name()}.{name}Tensor"
    return type_name + brackets.replace("[]", sizes)


def _flag(value: bool | None) -> str:
    return "None" if value is None else str(int(value))
