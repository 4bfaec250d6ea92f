# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence

from chainrule._declared.arguments import Device, Dims
from chainrule.dtypes import dtype
from chainrule.layouts import layout
from chainrule.tensor import Tensor

def fft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The Fourier transform along one dimension, of real or complex numbers: complex, and as long."""

def fft2(
    input: Tensor, s: Dims | None = None, dim: Dims = (-2, -1), norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The Fourier transform along two dimensions, as `fftn`."""

def fftfreq(
    n: int,
    d: float = 1.0,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """The frequencies of `fft` of `n` numbers that are `d` apart, in its order: the negative ones last."""

def fftn(
    input: Tensor, s: Dims | None = None, dim: Dims | None = None, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The Fourier transform along several dimensions: all, or the last as many as `s` has sizes, or `dim`."""

def fftshift(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """A transform with its frequency 0 brought to the middle, along `dim` or all dimensions."""

def hfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The Fourier transform of a signal that is given by its first half, the other being its conjugate: real."""

def hfft2(
    input: Tensor, s: Dims | None = None, dim: Dims = (-2, -1), norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The Fourier transform along two dimensions of a signal given by one half, as `hfftn`."""

def hfftn(
    input: Tensor, s: Dims | None = None, dim: Dims | None = None, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The Fourier transform along several dimensions of a signal that is given by one half in the last: real."""

def ifft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The inverse of `fft`."""

def ifft2(
    input: Tensor, s: Dims | None = None, dim: Dims = (-2, -1), norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The inverse of `fft2`."""

def ifftn(
    input: Tensor, s: Dims | None = None, dim: Dims | None = None, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The inverse of `fftn`."""

def ifftshift(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """The inverse of `fftshift`."""

def ihfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The inverse of `hfft`: the first half of the signal with this real transform."""

def ihfft2(
    input: Tensor, s: Dims | None = None, dim: Dims = (-2, -1), norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The inverse of `hfft2`."""

def ihfftn(
    input: Tensor, s: Dims | None = None, dim: Dims | None = None, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The inverse of `hfftn`."""

def irfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The inverse of `rfft`: `n` real numbers, by default an even number of them."""

def irfft2(
    input: Tensor, s: Dims | None = None, dim: Dims = (-2, -1), norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The inverse of `rfft2`."""

def irfftn(
    input: Tensor, s: Dims | None = None, dim: Dims | None = None, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The inverse of `rfftn`; in the last dimension an even number of them unless `s` says otherwise."""

def rfft(
    input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The Fourier transform of real numbers along one dimension: its first `n // 2 + 1` numbers."""

def rfft2(
    input: Tensor, s: Dims | None = None, dim: Dims = (-2, -1), norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The Fourier transform of real numbers along two dimensions, as `rfftn`."""

def rfftfreq(
    n: int,
    d: float = 1.0,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """The frequencies of `rfft` of `n` numbers that are `d` apart."""

def rfftn(
    input: Tensor, s: Dims | None = None, dim: Dims | None = None, norm: str | None = None, *, out: Tensor | None = None
) -> Tensor:
    """The Fourier transform of real numbers along several dimensions; of the last, the half that says all."""
