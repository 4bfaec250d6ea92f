"""Samples for the Fourier transforms (ops/fourier.py and those beside it)."""

from functools import partial

import numpy as np

from op_samples import complexes, integers, real, refuses, sample, values

OTHER_NORM = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def along_one(function):
    return lambda x, n=None, dim=-1, norm=None: function(x, n, dim, norm)


def along_all(function):
    def reference(x, s=None, dim=None, norm=None):
        if dim is None:
            dim = range(x.ndim) if s is None else range(-len(s), 0)
        return function(x, s, tuple(dim), norm)

    return reference


def along_two(function):
    return lambda x, s=None, dim=(-2, -1), norm=None: function(x, s, dim, norm)


def of_hermitian(x, s, dim, norm):
    return np.fft.irfftn(np.conj(x), s, dim, OTHER_NORM[norm])


def to_hermitian(x, s, dim, norm):
    return np.conj(np.fft.rfftn(x, s, dim, OTHER_NORM[norm]))


of_rows = partial(sample, covers=())  # all of these are made of three rows

NO_POINTS = "Invalid number of data points (0) specified"
NO_AXES = "must transform at least one axis"
COMPLEX = "but got ComplexDouble"
TOO_FAR = "Dimension out of range (expected to be in range of [-2, 1], but got 2)"
half_precision = values(np.ones(3, np.float16), differentiate=False)


ONE_DIMENSION = [
    # complex and real numbers to complex ones
    of_rows(
        "fft.fft", [complexes(3, 4)], along_one(np.fft.fft), covers=("_fft_c2c",),
        must_raise=[
            refuses(IndexError, TOO_FAR, complexes(3, 4), dim=2),
            refuses(IndexError, "Dimension specified as -1 but tensor has no dimensions", complexes()),
            refuses(RuntimeError, NO_POINTS, complexes(3, 4), 0),
            refuses(RuntimeError, NO_POINTS, complexes(3, 0)),
            refuses(RuntimeError, 'Invalid normalization mode: "mine"', complexes(3), norm="mine"),
            refuses(RuntimeError, "Unsupported dtype Half", half_precision),
            refuses(TypeError, "argument 'input' (position 1) must be Tensor, not list", [1.0]),
            refuses(TypeError, "argument 'n' must be int, not float", complexes(3), n=2.5),
            refuses(TypeError, "argument 'dim' must be int, not tuple", complexes(3), dim=(0,)),
            refuses(TypeError, "argument 'norm' must be str, not int", complexes(3), norm=2),
        ],
    ),
    of_rows("fft.fft", [real(3, 4)], along_one(np.fft.fft), covers=("_fft_r2c",)),
    of_rows("fft.fft", [integers(5)], lambda x: np.fft.fft(x).astype(np.complex64), tolerance=1e-5),
    *(of_rows("fft.fft", [real(3, 4)], along_one(np.fft.fft), n=n, dim=0, norm="ortho") for n in (1, 2, 5)),
    *(of_rows("fft.ifft", [complexes(3, 4)], along_one(np.fft.ifft), norm=norm) for norm in OTHER_NORM),
    of_rows("fft.ifft", [real(3, 4)], along_one(np.fft.ifft), n=5, dim=-2),
    # real numbers to half a transform
    *(
        of_rows(
            "fft.rfft", [real(3, size)], along_one(np.fft.rfft), norm=norm, covers=("_fft_r2c",),
            must_raise=[
                refuses(RuntimeError, "rfft expects a real input tensor, but got ComplexDouble", complexes(3)),
                refuses(RuntimeError, NO_POINTS, real(3), 0),
            ],
        )
        for size in (1, 2, 5, 6) for norm in OTHER_NORM
    ),
    of_rows("fft.rfft", [real(5, 3)], along_one(np.fft.rfft), n=4, dim=0),
    of_rows("fft.ihfft", [real(3, 5)], along_one(np.fft.ihfft)),
    of_rows("fft.ihfft", [real(3, 4)], along_one(np.fft.ihfft), n=6, dim=0, norm="forward"),
    # and back
    *(
        of_rows(
            "fft.irfft", [complexes(3, size)], along_one(np.fft.irfft), norm=norm, covers=("_fft_c2r",),
            must_raise=[refuses(RuntimeError, NO_POINTS, complexes(3, 1))],
        )
        for size in (2, 4) for norm in OTHER_NORM
    ),
    *(of_rows("fft.irfft", [complexes(4, 3)], along_one(np.fft.irfft), n=n, dim=0) for n in (1, 2, 6, 7, 9)),
    of_rows("fft.irfft", [real(3, 4)], along_one(np.fft.irfft)),
    of_rows("fft.hfft", [complexes(3, 4)], along_one(np.fft.hfft)),
    of_rows("fft.hfft", [complexes(4, 3)], along_one(np.fft.hfft), n=5, dim=0, norm="ortho"),
    of_rows("fft.hfft", [real(3, 4)], along_one(np.fft.hfft)),
]  # fmt: skip

SEVERAL_DIMENSIONS = [
    of_rows(
        "fft.fftn", [complexes(2, 3, 4)], along_all(np.fft.fftn), covers=("_fft_c2c",),
        must_raise=[
            refuses(RuntimeError, "FFT dims must be unique", complexes(3, 4), dim=(0, -2)),
            refuses(
                RuntimeError, "When given, dim and shape arguments must have the same length",
                complexes(3, 4), s=(2,), dim=(0, 1),
            ),
            refuses(
                RuntimeError, "Got shape with 3 values but input tensor only has 2 dimensions.",
                complexes(3, 4), s=(2, 2, 2),
            ),
            refuses(RuntimeError, NO_POINTS, complexes(3, 0)),
            refuses(RuntimeError, NO_POINTS, complexes(3, 4), s=(3, 0)),
            refuses(IndexError, TOO_FAR, complexes(3, 4), dim=(0, 2)),
            refuses(TypeError, "argument 's' failed to unpack the object at pos 2", complexes(3, 4), s=(3, 0.5)),
        ],
    ),
    of_rows("fft.fftn", [real(2, 3, 4)], along_all(np.fft.fftn), s=(5, 2), norm="ortho"),
    of_rows("fft.fftn", [real(3, 4)], lambda x, dim: x + 0j, dim=()),
    of_rows("fft.fftn", [complexes()], lambda x: x),
    of_rows("fft.ifftn", [complexes(2, 3, 4)], along_all(np.fft.ifftn), dim=(0, -1), norm="forward"),
    of_rows("fft.ifftn", [real(3, 4)], along_all(np.fft.ifftn), s=(4, 3)),
    of_rows("fft.fft2", [real(2, 3, 4)], along_two(np.fft.fft2)),
    of_rows("fft.fft2", [complexes(2, 3, 4)], along_two(np.fft.fft2), s=(4, 2), dim=(0, 1)),
    of_rows("fft.ifft2", [complexes(3, 4)], along_two(np.fft.ifft2), norm="ortho"),
    *(
        of_rows(
            "fft.rfftn", [real(2, 3, size)], along_all(np.fft.rfftn), norm=norm, covers=("_fft_r2c",),
            must_raise=[
                refuses(RuntimeError, f"rfftn {NO_AXES}", real(3), dim=()),
                refuses(RuntimeError, "rfftn expects a real-valued input tensor, but got ComplexDouble", complexes(3)),
            ],
        )
        for size in (4, 5) for norm in OTHER_NORM
    ),
    of_rows("fft.rfftn", [real(3, 4, 2)], along_all(np.fft.rfftn), s=(6, 2), dim=(1, 0)),
    of_rows("fft.rfft2", [real(2, 3, 4)], along_two(np.fft.rfft2), s=(2, 5)),
    *(
        of_rows(
            "fft.irfftn", [complexes(2, 3, 4)], along_all(np.fft.irfftn), norm=norm, covers=("_fft_c2r",),
            must_raise=[refuses(RuntimeError, f"irfftn {NO_AXES}", complexes(3), dim=())],
        )
        for norm in OTHER_NORM
    ),
    of_rows("fft.irfftn", [complexes(3, 4, 2)], along_all(np.fft.irfftn), s=(3, 5), dim=(1, 0)),
    of_rows("fft.irfftn", [real(3, 4)], along_all(np.fft.irfftn)),
    of_rows("fft.irfft2", [complexes(2, 3, 4)], along_two(np.fft.irfft2), s=(5, 3)),
    *(
        of_rows(
            "fft.hfftn", [complexes(2, 3, 4)], along_all(of_hermitian), norm=norm,
            must_raise=[refuses(RuntimeError, f"hfftn {NO_AXES}", complexes(3), dim=())],
        )
        for norm in OTHER_NORM
    ),
    of_rows("fft.hfftn", [complexes(3, 4)], along_all(of_hermitian), s=(5,), dim=(0,)),
    of_rows("fft.hfft2", [complexes(2, 3, 4)], along_two(of_hermitian), s=(2, 7)),
    *(
        of_rows(
            "fft.ihfftn", [real(2, 3, 4)], along_all(to_hermitian), norm=norm,
            must_raise=[
                refuses(RuntimeError, f"ihfftn {NO_AXES}", real(3), dim=()),
                refuses(RuntimeError, "Only supports floating-point dtypes, but found: ComplexDouble", complexes(3)),
            ],
        )
        for norm in OTHER_NORM
    ),
    of_rows("fft.ihfftn", [real(3, 5)], along_all(to_hermitian), s=(4,)),
    of_rows("fft.ihfft2", [real(2, 3, 4)], along_two(to_hermitian), s=(4, 3)),
]  # fmt: skip

SAMPLES = [*ONE_DIMENSION, *SEVERAL_DIMENSIONS]
