"""How `torch.fft` reads its arguments: sizes, dimensions and norms, checked with PyTorch's words."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dim
from chainrule.dtypes import as_numpy_dtype, scalar_type_name
from chainrule.engine.tensor_base import TensorBase
from chainrule.ops.padding import constant_pad_nd

__all__ = [
    "in_dimension", "in_dimensions", "integers", "is_complex", "normalization", "require_axes", "require_out",
    "require_points", "require_real", "require_tensor", "resized",
]  # fmt: skip

Dims = tuple[int, ...]


def in_dimension(function: str, input: Any, n: Any, dim: Any) -> tuple[int, int | None]:
    """The dimension counted from the front, and the size asked for."""
    require_tensor(function, input)
    if n is not None:
        n = _integer(function, "n", n)
    return wrap_dim(_integer(function, "dim", dim), len(input.shape), wrap_scalar=False), n


def in_dimensions(function: str, input: Any, s: Any, dim: Any) -> tuple[Dims, Dims]:
    """The dimensions counted from the front, and a size for each: the one asked for, or the one that it has.

    A size of -1 is the one that it has. Without dimensions the last ones are meant, as many as there are sizes.
    """
    require_tensor(function, input)
    shape = tuple(input.shape)
    dims = None
    if dim is not None:
        dims = tuple([wrap_dim(d, len(shape), wrap_scalar=False) for d in integers(function, "dim", dim)])
        if len(set(dims)) < len(dims):
            raise RuntimeError("FFT dims must be unique")
    if s is None:
        dims = tuple(range(len(shape))) if dims is None else dims
        sizes = tuple([shape[d] for d in dims])
    else:
        given = integers(function, "s", s)
        if dims is not None and len(dims) != len(given):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
        if len(given) > len(shape):
            raise RuntimeError(f"Got shape with {len(given)} values but input tensor only has {len(shape)} dimensions.")
        dims = tuple(range(len(shape) - len(given), len(shape))) if dims is None else dims
        sizes = tuple([shape[d] if n == -1 else n for n, d in zip(given, dims, strict=True)])
    for size in sizes:
        require_points(size)
    return dims, sizes


def require_points(size: int) -> None:
    """Refuse a transform of no numbers."""
    if size < 1:
        raise RuntimeError(f"Invalid number of data points ({size}) specified")


def resized(input: Any, dims: Dims, sizes: Dims) -> Any:
    """The input cut, or filled up with zeros, to these sizes of these dimensions."""
    shape = tuple(input.shape)
    cut = [slice(None)] * len(shape)
    margins = [0] * (2 * len(shape))
    for d, size in zip(dims, sizes, strict=True):
        if size < shape[d]:
            cut[d] = slice(size)
        else:
            margins[2 * (len(shape) - 1 - d) + 1] = size - shape[d]
    if any(c.stop is not None for c in cut):
        input = input[tuple(cut)]
    return constant_pad_nd(input, tuple(margins)) if any(margins) else input


def normalization(function: str, norm: Any, *, forward: bool) -> int:
    """What sums are divided by, in PyTorch's numbers: 0 for nothing, 1 for the root of their length, 2 for that."""
    if norm is None or norm == "backward":
        return 0 if forward else 2
    if norm == "ortho":
        return 1
    if norm == "forward":
        return 2 if forward else 0
    if not isinstance(norm, str):
        raise TypeError(f"fft_{function}(): argument 'norm' must be str, not {type(norm).__name__}")
    raise RuntimeError(f'Invalid normalization mode: "{norm}"')


def require_axes(function: str, dims: Dims) -> None:
    """Refuse a transform along no dimension."""
    if not dims:
        raise RuntimeError(f"{function} must transform at least one axis")


def is_complex(input: Any) -> bool:
    """Whether these are complex numbers."""
    return bool(_dtype(input).kind == "c")


def require_real(function: str, input: Any, expected: str = "real") -> None:
    """Refuse complex numbers, naming what was expected."""
    require_tensor(function, input)
    if is_complex(input):
        dtype = _dtype(input)
        if function == "ihfftn":
            raise RuntimeError(f"Only supports floating-point dtypes, but found: {scalar_type_name(dtype)}")
        raise RuntimeError(f"{function} expects a {expected} input tensor, but got {scalar_type_name(dtype)}")


def require_out(function: str, out: Any, kind: str) -> None:
    """Refuse a tensor for the result that is not of this kind: `c` for complex numbers, `f` for real ones."""
    if out is None:
        return
    if not isinstance(out, TensorBase):
        raise TypeError(f"fft_{function}(): argument 'out' must be Tensor, not {type(out).__name__}")
    dtype = out._array.dtype
    if dtype.kind != kind:
        expected = "complex" if kind == "c" else "floating point"
        raise RuntimeError(f"{function} expects a {expected} output tensor, but got {scalar_type_name(dtype)}")


def _dtype(input: Any) -> Any:
    return input.dtype if isinstance(input, np.ndarray) else as_numpy_dtype(input.dtype)


def require_tensor(function: str, input: Any) -> None:
    """Refuse what is neither a tensor nor an array."""
    if not isinstance(input, (TensorBase, np.ndarray)):
        raise TypeError(f"fft_{function}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")


def integers(function: str, argument: str, value: Any) -> Dims:
    """One integer, or a sequence of them, as a tuple."""
    if isinstance(value, (tuple, list)):
        for place, number in enumerate(value, 1):
            if not _is_integer(number):
                raise TypeError(
                    f"fft_{function}(): argument '{argument}' failed to unpack the object at pos {place} "
                    f'with error "type must be tuple of ints,but got {type(number).__name__}"'
                )
        return tuple([operator.index(n) for n in value])
    if not _is_integer(value):
        raise TypeError(f"fft_{function}(): argument '{argument}' must be tuple of ints, not {type(value).__name__}")
    return (operator.index(value),)


def _integer(function: str, argument: str, value: Any) -> int:
    if not _is_integer(value):
        raise TypeError(f"fft_{function}(): argument '{argument}' must be int, not {type(value).__name__}")
    return operator.index(value)


def _is_integer(value: Any) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)
