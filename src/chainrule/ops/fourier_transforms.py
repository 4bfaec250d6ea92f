"""The transforms of `torch.fft`: each is one of the rows in ops/fourier.py, once its input has been brought to size.

`n` (`s` for several dimensions) is the size of the signal in the dimensions that are transformed: the input is cut or
filled up with zeros to it. `norm` says what is divided by the number of terms: `backward` (the default) what goes back,
`forward` what goes forth; `ortho` divides both by its square root. Everything is differentiable any number of times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chainrule.engine.op import TABLE
from chainrule.ops.elementwise import conj
from chainrule.ops.fourier import fft_c2c, fft_c2r, fft_r2c
from chainrule.ops.fourier_arguments import (
    in_dimension,
    in_dimensions,
    is_complex,
    normalization,
    require_axes,
    require_out,
    require_points,
    require_real,
    resized,
)
from chainrule.ops.numpy_names import numpy_names

__all__ = [
    "fft", "fft2", "fftn", "hfft", "hfft2", "hfftn", "ifft", "ifft2", "ifftn", "ihfft", "ihfft2", "ihfftn", "irfft",
    "irfft2", "irfftn", "rfft", "rfft2", "rfftn",
]  # fmt: skip
SPACE = "fft"

Dims = Sequence[int] | int

_CONJ = TABLE["conj"].function


# ---- what they have in common ----


def _given(row: Callable[..., Any], out: Any, *arguments: Any) -> Any:
    return row(*arguments) if out is None else row(*arguments, out=out)


def _along_one(name: str, input: Any, n: Any, dim: Any, norm: Any, out: Any, *, forward: bool) -> Any:
    # A whole transform.
    d, size = in_dimension(name, input, n, dim)
    require_out(name, out, "c")
    require_points(input.shape[d] if size is None else size)
    scale = normalization(name, norm, forward=forward)
    if size is not None:
        input = resized(input, (d,), (size,))
    if is_complex(input):
        return _given(fft_c2c, out, input, (d,), scale, forward)
    if forward:
        return _given(fft_r2c, out, input, (d,), scale, False)
    return _given(_CONJ, out, fft_r2c(input, (d,), scale, False))


def _along_several(name: str, input: Any, s: Any, dim: Any, norm: Any, out: Any, *, forward: bool) -> Any:
    dims, sizes = in_dimensions(name, input, s, dim)
    require_out(name, out, "c")
    scale = normalization(name, norm, forward=forward)
    return _given(fft_c2c, out, resized(input, dims, sizes), dims, scale, forward)


def _half_of_one(name: str, input: Any, n: Any, dim: Any, norm: Any, out: Any, *, forward: bool) -> Any:
    # From real numbers to half a transform.
    d, size = in_dimension(name, input, n, dim)
    require_real(name, input)
    require_out(name, out, "c")
    require_points(input.shape[d] if size is None else size)
    scale = normalization(name, norm, forward=forward)
    if size is not None:
        input = resized(input, (d,), (size,))
    if forward:
        return _given(fft_r2c, out, input, (d,), scale, True)
    return _given(_CONJ, out, fft_r2c(input, (d,), scale, True))


def _real_of_one(name: str, input: Any, n: Any, dim: Any, norm: Any, out: Any, *, forward: bool) -> Any:
    # From half a transform to real numbers.
    d, size = in_dimension(name, input, n, dim)
    require_out(name, out, "f")
    points = 2 * (input.shape[d] - 1) if size is None else size
    require_points(points)
    scale = normalization(name, norm, forward=forward)
    if size is not None:
        input = resized(input, (d,), (points // 2 + 1,))
    return _given(fft_c2r, out, conj(input) if forward else input, (d,), scale, points)


def _sizes_of_halves(name: str, input: Any, s: Any, dim: Any) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    # Dimensions, the sizes of half a transform in them, and the size of the signal in the last.
    dims, sizes = in_dimensions(name, input, s, dim)
    require_axes(name, dims)
    last_is_given = s is not None and (s if isinstance(s, int) else s[-1]) != -1
    points = sizes[-1] if last_is_given else 2 * (input.shape[dims[-1]] - 1)
    require_points(points)
    return dims, (*sizes[:-1], points // 2 + 1), points


# ---- complex numbers, one dimension ----


@numpy_names
def fft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Any:
    """The Fourier transform along one dimension, of real or complex numbers: complex, and as long.

    >>> torch.fft.fft(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    tensor([10.+0.j, -2.+2.j, -2.+0.j, -2.-2.j])
    """
    return _along_one("fft", input, n, dim, norm, out, forward=True)


@numpy_names
def ifft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Any:
    """The inverse of `fft`.

    >>> torch.fft.ifft(torch.tensor([4.0 + 0j, 0.0, 0.0, 0.0]))
    tensor([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
    """
    return _along_one("ifft", input, n, dim, norm, out, forward=False)


# ---- complex numbers, several dimensions ----


@numpy_names
def fftn(
    input: Any, s: Dims | None = None, dim: Dims | None = None, norm: str | None = None, *, out: Any = None
) -> Any:
    """The Fourier transform along several dimensions: all, or the last as many as `s` has sizes, or `dim`.

    >>> torch.fft.fftn(torch.ones(2, 2)).real
    tensor([[4., 0.],
            [0., 0.]])
    """
    return _along_several("fftn", input, s, dim, norm, out, forward=True)


@numpy_names
def ifftn(
    input: Any, s: Dims | None = None, dim: Dims | None = None, norm: str | None = None, *, out: Any = None
) -> Any:
    """The inverse of `fftn`.

    >>> torch.fft.ifftn(torch.fft.fftn(torch.ones(2, 2))).real
    tensor([[1., 1.],
            [1., 1.]])
    """
    return _along_several("ifftn", input, s, dim, norm, out, forward=False)


@numpy_names
def fft2(input: Any, s: Dims | None = None, dim: Dims = (-2, -1), norm: str | None = None, *, out: Any = None) -> Any:
    """The Fourier transform along two dimensions, as `fftn`.

    >>> torch.fft.fft2(torch.ones(2, 2)).real
    tensor([[4., 0.],
            [0., 0.]])
    """
    return _along_several("fft2", input, s, dim, norm, out, forward=True)


@numpy_names
def ifft2(input: Any, s: Dims | None = None, dim: Dims = (-2, -1), norm: str | None = None, *, out: Any = None) -> Any:
    """The inverse of `fft2`.

    >>> torch.fft.ifft2(torch.fft.fft2(torch.ones(2, 2))).real
    tensor([[1., 1.],
            [1., 1.]])
    """
    return _along_several("ifft2", input, s, dim, norm, out, forward=False)


# ---- real signals, and the half of their transforms that says all ----


@numpy_names
def rfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Any:
    """The Fourier transform of real numbers along one dimension: its first `n // 2 + 1` numbers.

    The others are the conjugates of these.

    >>> torch.fft.rfft(torch.tensor([1.0, 0.0, 0.0, 0.0]))
    tensor([1.+0.j, 1.+0.j, 1.+0.j])
    """
    return _half_of_one("rfft", input, n, dim, norm, out, forward=True)


@numpy_names
def irfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Any:
    """The inverse of `rfft`: `n` real numbers, by default an even number of them.

    >>> torch.fft.irfft(torch.tensor([4.0 + 0j, 0.0, 0.0]))
    tensor([1., 1., 1., 1.])
    """
    return _real_of_one("irfft", input, n, dim, norm, out, forward=False)


@numpy_names
def rfftn(
    input: Any, s: Dims | None = None, dim: Dims | None = None, norm: str | None = None, *, out: Any = None
) -> Any:
    """The Fourier transform of real numbers along several dimensions; of the last, the half that says all.

    >>> torch.fft.rfftn(torch.ones(2, 2)).real
    tensor([[4., 0.],
            [0., 0.]])
    """
    require_real("rfftn", input, "real-valued")
    dims, sizes = in_dimensions("rfftn", input, s, dim)
    require_axes("rfftn", dims)
    require_out("rfftn", out, "c")
    scale = normalization("rfftn", norm, forward=True)
    return _given(fft_r2c, out, resized(input, dims, sizes), dims, scale, True)


@numpy_names
def irfftn(
    input: Any, s: Dims | None = None, dim: Dims | None = None, norm: str | None = None, *, out: Any = None
) -> Any:
    """The inverse of `rfftn`; in the last dimension an even number of them unless `s` says otherwise.

    >>> torch.fft.irfftn(torch.fft.rfftn(torch.ones(2, 2)))
    tensor([[1., 1.],
            [1., 1.]])
    """
    dims, sizes, points = _sizes_of_halves("irfftn", input, s, dim)
    require_out("irfftn", out, "f")
    scale = normalization("irfftn", norm, forward=False)
    return _given(fft_c2r, out, resized(input, dims, sizes), dims, scale, points)


@numpy_names
def rfft2(input: Any, s: Dims | None = None, dim: Dims = (-2, -1), norm: str | None = None, *, out: Any = None) -> Any:
    """The Fourier transform of real numbers along two dimensions, as `rfftn`.

    >>> torch.fft.rfft2(torch.ones(2, 2)).real
    tensor([[4., 0.],
            [0., 0.]])
    """
    return rfftn(input, s, dim, norm, out=out)


@numpy_names
def irfft2(input: Any, s: Dims | None = None, dim: Dims = (-2, -1), norm: str | None = None, *, out: Any = None) -> Any:
    """The inverse of `rfft2`.

    >>> torch.fft.irfft2(torch.fft.rfft2(torch.ones(2, 2)))
    tensor([[1., 1.],
            [1., 1.]])
    """
    return irfftn(input, s, dim, norm, out=out)


# ---- signals whose transforms are real, given by their halves ----


@numpy_names
def hfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Any:
    """The Fourier transform of a signal that is given by its first half, the other being its conjugate: real.

    `n` is the length of the transform, by default an even one.

    >>> torch.fft.hfft(torch.tensor([1.0 + 0j, 0.0, 0.0]))
    tensor([1., 1., 1., 1.])
    """
    return _real_of_one("hfft", input, n, dim, norm, out, forward=True)


@numpy_names
def ihfft(input: Any, n: int | None = None, dim: int = -1, norm: str | None = None, *, out: Any = None) -> Any:
    """The inverse of `hfft`: the first half of the signal with this real transform.

    >>> torch.fft.ihfft(torch.tensor([4.0, 0.0, 0.0, 0.0])).real
    tensor([1., 1., 1.])
    """
    return _half_of_one("ihfft", input, n, dim, norm, out, forward=False)


@numpy_names
def hfftn(
    input: Any, s: Dims | None = None, dim: Dims | None = None, norm: str | None = None, *, out: Any = None
) -> Any:
    """The Fourier transform along several dimensions of a signal that is given by one half in the last: real.

    >>> torch.fft.hfftn(torch.tensor([[1.0 + 0j, 0.0]]))
    tensor([[1., 1.]])
    """
    dims, sizes, points = _sizes_of_halves("hfftn", input, s, dim)
    require_out("hfftn", out, "f")
    scale = normalization("hfftn", norm, forward=True)
    input = resized(input, dims, sizes)
    if len(dims) > 1:
        input = fft_c2c(input, dims[:-1], scale, True)
    return _given(fft_c2r, out, conj(input), dims[-1:], scale, points)


@numpy_names
def ihfftn(
    input: Any, s: Dims | None = None, dim: Dims | None = None, norm: str | None = None, *, out: Any = None
) -> Any:
    """The inverse of `hfftn`.

    >>> torch.fft.ihfftn(torch.tensor([[2.0, 0.0]])).real
    tensor([[1., 1.]])
    """
    dims, sizes = in_dimensions("ihfftn", input, s, dim)
    require_axes("ihfftn", dims)
    require_real("ihfftn", input, "real-valued")
    require_out("ihfftn", out, "c")
    scale = normalization("ihfftn", norm, forward=False)
    half = fft_r2c(resized(input, dims, sizes), dims[-1:], scale, True)
    if len(dims) == 1:
        return _given(_CONJ, out, half)
    return _given(fft_c2c, out, conj(half), dims[:-1], scale, False)


@numpy_names
def hfft2(input: Any, s: Dims | None = None, dim: Dims = (-2, -1), norm: str | None = None, *, out: Any = None) -> Any:
    """The Fourier transform along two dimensions of a signal given by one half, as `hfftn`.

    >>> torch.fft.hfft2(torch.tensor([[1.0 + 0j, 0.0]]))
    tensor([[1., 1.]])
    """
    return hfftn(input, s, dim, norm, out=out)


@numpy_names
def ihfft2(input: Any, s: Dims | None = None, dim: Dims = (-2, -1), norm: str | None = None, *, out: Any = None) -> Any:
    """The inverse of `hfft2`.

    >>> torch.fft.ihfft2(torch.tensor([[2.0, 0.0]])).real
    tensor([[1., 1.]])
    """
    return ihfftn(input, s, dim, norm, out=out)
