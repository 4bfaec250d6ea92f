"""The frequencies that Fourier transforms are of, and transforms with the frequency 0 in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dim
from chainrule.dtypes import default_float, scalar_type_name
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.ops.arithmetic import mul
from chainrule.ops.factory_arguments import array_for, checked_options, finished, integer_from, number_from, shape_from
from chainrule.ops.fourier_arguments import integers, require_tensor
from chainrule.ops.numpy_names import numpy_names
from chainrule.ops.shapes import roll

__all__ = ["fftfreq", "fftshift", "ifftshift", "rfftfreq"]
SPACE = "fft"

Array = Any


def fftfreq(
    n: int,
    d: float = 1.0,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """The frequencies of `fft` of `n` numbers that are `d` apart, in its order: the negative ones last.

    >>> torch.fft.fftfreq(5)
    tensor([ 0.0000,  0.2000,  0.4000, -0.4000, -0.2000])
    """
    n = integer_from("fft_fftfreq", "n", 1, n)
    positive, negative = np.arange((n + 1) // 2), np.arange(-(n // 2), 0)
    options = (out, dtype, layout, device, pin_memory, requires_grad)
    return _multiples("fftfreq", n, d, n, np.concatenate([positive, negative]), *options)


def rfftfreq(
    n: int,
    d: float = 1.0,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """The frequencies of `rfft` of `n` numbers that are `d` apart.

    >>> torch.fft.rfftfreq(5)
    tensor([0.0000, 0.2000, 0.4000])
    """
    n = integer_from("fft_rfftfreq", "n", 1, n)
    options = (out, dtype, layout, device, pin_memory, requires_grad)
    return _multiples("rfftfreq", n, d, n // 2 + 1, np.arange(n // 2 + 1), *options)


def _multiples(
    function: str,
    n: int,
    d: Any,
    count: int,
    multiples: Array,
    out: Any,
    dtype: Any,
    layout: Any,
    device: Any,
    pin_memory: bool,
    requires_grad: bool,
) -> Any:
    d = number_from(f"fft_{function}", "d", 2, d)
    wanted = checked_options(dtype, layout, device, pin_memory)
    if wanted is None:
        wanted = out._array.dtype if isinstance(out, TensorBase) else default_float()
    if wanted.kind not in "fc":
        raise RuntimeError(f"{function} requires a floating point or complex dtype")
    shape = shape_from(f"fft_{function}", (count,))
    array = array_for(function, shape, default_float(), out, dtype, layout, device, pin_memory, requires_grad)
    if array.dtype.kind == "c":
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{scalar_type_name(array.dtype)}'")
    # A number times a tensor rounds as in PyTorch.
    array[...] = mul(new_tensor(multiples.astype(array.dtype)), float(np.divide(1.0, n * d)))._array
    return finished(array, requires_grad, out)


@numpy_names
def fftshift(input: Any, dim: int | Sequence[int] | None = None) -> Any:
    """A transform with its frequency 0 brought to the middle, along `dim` or all dimensions.

    >>> torch.fft.fftshift(torch.fft.fftfreq(4))
    tensor([-0.5000, -0.2500,  0.0000,  0.2500])
    """
    sizes, dims = _sizes("fftshift", input, dim)
    return roll(input, tuple([size // 2 for size in sizes]), dims)


@numpy_names
def ifftshift(input: Any, dim: int | Sequence[int] | None = None) -> Any:
    """The inverse of `fftshift`.

    >>> torch.fft.ifftshift(torch.tensor([-0.5, -0.25, 0.0, 0.25]))
    tensor([ 0.0000,  0.2500, -0.5000, -0.2500])
    """
    sizes, dims = _sizes("ifftshift", input, dim)
    return roll(input, tuple([(size + 1) // 2 for size in sizes]), dims)


def _sizes(function: str, input: Any, dim: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    require_tensor(function, input)
    shape = tuple(input.shape)
    if dim is None:
        return shape, tuple(range(len(shape)))
    dims = tuple([wrap_dim(d, len(shape)) for d in integers(function, "dim", dim)])
    return tuple([shape[d] for d in dims]), dims
