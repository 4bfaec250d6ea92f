"""Which random values an array of a given type takes: PyTorch's limits and errors, before the numbers are drawn.

Every function here gets the array to fill only to look at it, and returns the values flat, in the order in which they
were drawn; `placed` and `fill_in_memory_order` put them in place.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.dtypes import scalar_type_name
from chainrule.kernels.random_stream import RandomStream, default_stream, fill_in_memory_order
from chainrule.names import public_name
from chainrule.ops.factory_arguments import array_like

__all__ = [
    "bernoulli_values",
    "cauchy_values",
    "exponential_values",
    "geometric_values",
    "integer_values",
    "log_normal_values",
    "mismatch",
    "normal_values",
    "placed",
    "random_values",
    "stream_of",
    "uniform_values",
]

Array = NDArray[Any]


def stream_of(generator: Any) -> RandomStream:
    """The stream that a `Generator` draws from; the default one for None."""
    if generator is None:
        return default_stream
    stream = getattr(generator, "_stream", None)
    if not isinstance(stream, RandomStream):
        kind = type(generator).__name__
        raise TypeError(f"argument 'generator' must be a {public_name()}.Generator or None, not {kind}")
    return stream


def placed(array: Array, values: Array) -> Array:
    """A new array like `array`, with flat `values` where PyTorch would write them into `array`."""
    if array.size and any(s == 0 and n > 1 for s, n in zip(array.strides, array.shape, strict=True)):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
            "Please clone() the tensor before performing the operation.",
        )
    result = array_like(array, values.dtype)
    fill_in_memory_order(result, values)
    return result


def _require_type(kernel: str, array: Array, kinds: str) -> None:
    if array.dtype.kind not in kinds:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_type_name(array.dtype)}'")


def _parts(array: Array) -> tuple[int, np.dtype[Any]]:
    # A complex number is two real ones, side by side in memory.
    if array.dtype.kind != "c":
        return array.size, array.dtype
    return 2 * array.size, np.dtype(np.float32 if array.dtype.itemsize == 8 else np.float64)


# ---- real numbers ----------------------------------------------------------------------------------------------------


_LARGEST = {np.dtype(kind): float(np.finfo(kind).max) for kind in (np.float16, np.float32, np.float64)}


def uniform_values(array: Array, low: float, high: float, stream: RandomStream) -> Array:
    """Uniform in `[low, high)`."""
    count, dtype = _parts(array)
    _require_type("check_uniform_bounds", array, "fc")
    largest = _LARGEST[dtype]
    for name, bound in (("from", low), ("to", high)):
        if not -largest <= bound <= largest:
            raise RuntimeError(f"{name} is out of bounds for {_CPP_NAMES[dtype.name]}")
    if low > high:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}",
        )
    if high - low > largest:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{scalar_type_name(dtype)}>::max(), but found to={high:g} "
            f"and from={low:g} which result in to-from to exceed the limit",
        )
    return stream.uniform(count, dtype, low, high).view(array.dtype)


def normal_values(array: Array, mean: float, std: float, stream: RandomStream) -> Any:
    """Normal; the variance of complex numbers is shared by the real and the imaginary part."""
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    _require_type("normal_kernel_cpu", array, "fc")
    count, dtype = _parts(array)
    if array.dtype.kind == "c":
        std /= math.sqrt(2)
    return stream.normal(count, dtype, mean, std, contiguous=array.flags.c_contiguous).view(array.dtype)


def log_normal_values(array: Array, mean: float, std: float, stream: RandomStream) -> Array:
    """Normal numbers' exponentials."""
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    _require_type("log_normal_cpu", array, "f")
    return stream.log_normal(array.size, array.dtype, mean, std)


def exponential_values(array: Array, rate: float, stream: RandomStream) -> Array:
    """Waiting times of events that come at `rate`."""
    if not rate > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={rate:g}")
    if array.dtype.kind != "f":
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. "
            f"dtype must be a floating point but you specified {scalar_type_name(array.dtype)}",
        )
    return stream.exponential(array.size, array.dtype, rate)


def cauchy_values(array: Array, median: float, sigma: float, stream: RandomStream) -> Array:
    """Cauchy's distribution around `median`."""
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    if array.dtype.kind != "f":
        raise RuntimeError(
            "Cauchy distribution is a continuous probability distribution. "
            f"dtype must be a floating point but you specified {_CPP_NAMES[array.dtype.name]}",
        )
    return stream.cauchy(array.size, array.dtype, median, sigma)


def geometric_values(array: Array, p: float, stream: RandomStream) -> Array:
    """How many trials it takes to succeed with probability `p` each."""
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    _require_type("geometric_cpu", array, "fiu")
    return stream.geometric(array.size, array.dtype, p)


# ---- trials ----------------------------------------------------------------------------------------------------------


def bernoulli_values(array: Array, p: Any, stream: RandomStream) -> Array:
    """Ones with probability `p`, else zeros; `p` is a number, or an array with a probability for each element."""
    if isinstance(p, np.ndarray):
        _require_type("bernoulli_tensor_cpu_self_", array, "biuf")
        _require_type("bernoulli_tensor_cpu_p_", p, "f")
        if not np.all((p >= 0) & (p <= 1)):
            raise RuntimeError(
                "Expected p_in >= 0 && p_in <= 1 to be true, but got false. "
                f"A probability lies between 0 and 1; these reach from {p.min():g} to {p.max():g}.",
            )
        return stream.bernoulli_each(_broadcast_in_order(p, array)).astype(array.dtype)
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    _require_type("bernoulli_scalar_cpu_", array, "biuf")
    return stream.bernoulli(array.size, p).astype(array.dtype)


def _broadcast_in_order(p: Array, array: Array) -> Array:
    # The probabilities flat, in the order in which the elements of `array` are filled.
    try:
        expanded = np.broadcast_to(p, array.shape)
    except ValueError:
        offsets = range(1, min(array.ndim, p.ndim) + 1)
        offset = next((i for i in offsets if p.shape[-i] not in {1, array.shape[-i]}), None)
        if offset is None:
            raise RuntimeError(
                f"expand: the number of sizes provided ({array.ndim}) must be greater or equal to the number of "
                f"dimensions in the tensor ({p.ndim})",
            ) from None
        raise RuntimeError(
            f"The expanded size of the tensor ({array.shape[-offset]}) must match the existing size "
            f"({p.shape[-offset]}) at non-singleton dimension {array.ndim - offset}.  "
            f"Target sizes: {list(array.shape)}.  Tensor sizes: {list(p.shape)}",
        ) from None
    order = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
    return expanded.transpose(order if not array.flags.c_contiguous else range(array.ndim)).reshape(-1)


def mismatch(shape: tuple[int, ...], other: tuple[int, ...]) -> int | None:
    """The last dimension in which two shapes do not broadcast, counted in the longer one; None if they do."""
    rank = max(len(shape), len(other))
    for offset in range(1, min(len(shape), len(other)) + 1):
        if shape[-offset] != other[-offset] and 1 not in (shape[-offset], other[-offset]):
            return rank - offset
    return None


# ---- integers --------------------------------------------------------------------------------------------------------

# C++'s names of types, as PyTorch's errors about bounds have them.
_CPP_NAMES = {
    "bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int",
    "int64": "long int", "float16": "c10::Half", "float32": "float", "float64": "double",
    "uint16": "unsigned short", "uint32": "unsigned int", "uint64": "unsigned long",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip
_LOWEST = -(1 << 63)


def random_values(array: Array, stream: RandomStream) -> Array:
    """Whole numbers from 0 to the largest that the type holds (for floats: holds without a gap)."""
    _require_type("random_kernel_cpu", array, "biuf")
    return stream.full_range_integers(array.size, array.dtype)


def integer_values(array: Array, low: int, high: int | None, stream: RandomStream) -> Array:
    """Whole numbers in `[low, high)`; without `high` up to the largest that the type holds."""
    dtype = array.dtype
    if dtype.kind not in "biuf":
        raise RuntimeError("check_random_bounds handles only integral, floating-point and boolean types")
    if high is None:
        if low == _LOWEST:
            return stream.integers(array.size, dtype, low, 1 << 64)
        largest = (1 << _digits(dtype)) if dtype.kind == "f" else 1 if dtype.kind == "b" else int(np.iinfo(dtype).max)
        low = _representable_from(low, dtype)
        _require_bounds(dtype, low, largest)
        return stream.integers(array.size, dtype, low, largest - low + 1)
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    low, high = _representable_from(low, dtype), _representable_to(high, dtype)
    if low >= high:
        raise RuntimeError(
            f"random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, "
            f"but got from={low} >= to={high}",
        )
    _require_bounds(dtype, low, high - 1)
    return stream.integers(array.size, dtype, low, high - low)


def _digits(dtype: np.dtype[Any]) -> int:
    return int(np.finfo(dtype).nmant) + 1


def _representable_from(low: int, dtype: np.dtype[Any]) -> int:
    # The nearest bound that no number in range falls below when it is rounded to the type.
    if dtype.kind == "f" and (rounded := _rounded(low + 1, dtype)) < low:
        return rounded + (1 << (abs(low + 1).bit_length() - _digits(dtype)))
    return low


def _representable_to(high: int, dtype: np.dtype[Any]) -> int:
    if dtype.kind == "f" and (rounded := _rounded(high - 1, dtype)) >= high:
        return rounded - (1 << (abs(high - 1).bit_length() - _digits(dtype)))
    return high


def _rounded(number: int, dtype: np.dtype[Any]) -> int:
    with np.errstate(over="ignore"):
        rounded = dtype.type(number)
    return int(rounded) if np.isfinite(rounded) else number


def _require_bounds(dtype: np.dtype[Any], low: int, largest: int) -> None:
    name = _CPP_NAMES[dtype.name]
    limits: Any
    if dtype.kind == "f":
        limits = np.finfo(dtype)
        lowest, highest = float(limits.min), float(limits.max)
    elif dtype.kind == "b":
        lowest, highest = 0, 1
    else:
        limits = np.iinfo(dtype)
        lowest, highest = int(limits.min), int(limits.max)
    for bound, number in (("from", low), ("to - 1", largest)):
        if not lowest <= number <= highest:
            raise RuntimeError(f"{bound} is out of bounds for {name}")
        if dtype.kind == "f" and abs(number) > 1 << _digits(dtype):
            exact = f"2^{_digits(dtype)}"
            warnings.warn(
                f"{bound} is out of bounds [-({exact}), {exact}]. Due to precision limitations {name} can support "
                "discrete uniform distribution only within this range.",
                stacklevel=4,
            )
