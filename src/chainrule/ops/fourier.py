"""Discrete Fourier transforms: the three rows that all of `torch.fft` is made of.

They are linear, so the gradient of each is its transpose. That of a transform is the transform of the other direction.
Where one side is half an array, the other half being its conjugate, a number of it stands for two, except those that
are their own conjugates.

`normalization` is PyTorch's: 0 leaves sums as they are, 1 divides them by the square root of their number of terms, 2
by that number. `dim` is a tuple, the halved dimension last; a whole transform of real numbers has one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import FLOATING, LINEAR, op
from chainrule.kernels import fourier

Dims = tuple[int, ...]


def _check_precision(dtype: Any, operands: Any) -> None:
    del operands
    if dtype == np.float16:
        raise RuntimeError(f"Unsupported dtype {scalar_type_name(dtype)}")


def _for_halves(rank: int, dim: int, size: int, factor: float) -> Any:
    # For each place of half a dimension of `size`: 1 where it is its own conjugate, `factor` where it stands for two.
    # Half precision is enough for 1, 2 and 0.5, and makes no gradient longer.
    weights = np.full(size // 2 + 1, factor, np.float16)
    weights[0] = 1
    if size % 2 == 0:
        weights[-1] = 1
    return weights.reshape((-1,) + (1,) * (rank - dim - 1))


def _c2c_backward(grad: Any, dim: Dims, normalization: int, forward: bool) -> Any:
    return fft_c2c(grad, dim, normalization, not forward)


def _r2c_backward(grad: Any, self_shape: Dims, dim: Dims, normalization: int, onesided: bool) -> Any:
    if not onesided:
        return np.real(fft_c2c(grad, dim, normalization, forward=False))
    size = self_shape[dim[-1]]
    return fft_c2r(grad * _for_halves(len(self_shape), dim[-1], size, 0.5), dim, normalization, size)


def _c2r_backward(grad: Any, self_shape: Dims, dim: Dims, normalization: int, last_dim_size: int) -> Any:
    spectrum = fft_r2c(grad, dim, normalization, onesided=True)
    return spectrum * _for_halves(len(self_shape), dim[-1], last_dim_size, 2)


@op(
    name="_fft_c2c", kind=LINEAR, promotion=FLOATING, conjugate=False, spaces="", node_name="FftC2CBackward0",
    check=_check_precision, self=_c2c_backward,
    batching=batches.along("dim", all_of_none=False),
)  # fmt: skip
def fft_c2c(self: Any, dim: Dims, normalization: int, forward: bool) -> Any:
    """The transform along all of `dim`; the inverse one where not `forward`."""
    return fourier.complex_to_complex(self, dim, normalization, forward)


@op(
    name="_fft_r2c", kind=LINEAR, promotion=FLOATING, conjugate=False, spaces="", node_name="FftR2CBackward0",
    check=_check_precision, self=_r2c_backward,
    batching=batches.along("dim", all_of_none=False),
)  # fmt: skip
def fft_r2c(self: Any, dim: Dims, normalization: int, onesided: bool) -> Any:
    """The transform of real numbers: whole, or with `onesided` the half that says all."""
    if onesided:
        return fourier.real_to_half(self, dim, normalization)
    return fourier.real_to_complex(self, dim[0], normalization)


@op(
    name="_fft_c2r", kind=LINEAR, promotion=FLOATING, conjugate=False, spaces="", node_name="FftC2RBackward0",
    check=_check_precision, self=_c2r_backward,
    batching=batches.along("dim", all_of_none=False),
)  # fmt: skip
def fft_c2r(self: Any, dim: Dims, normalization: int, last_dim_size: int) -> Any:
    """The inverse of half a transform: real numbers, `last_dim_size` of them in the last of `dim`."""
    return fourier.complex_to_real(self, dim, normalization, last_dim_size)
