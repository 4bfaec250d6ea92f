"""Functions that make tensors of random numbers: the same seed gives PyTorch's numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dtypes import INT64, cast_number, default_float, scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.batching import drawn, drawn_from, draws, is_batched
from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.engine.tensor_base import TensorBase
from chainrule.kernels.random_stream import fill_in_memory_order
from chainrule.ops import sampling
from chainrule.ops.factory_arguments import (
    array_for,
    array_like,
    checked_options,
    finished,
    integer_from,
    number_from,
    require_differentiable,
    shape_from,
    tensor_from,
)
from chainrule.ops.sampling import stream_of

__all__ = [
    "bernoulli", "multinomial", "normal", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like",
    "randperm",
]  # fmt: skip
METHODS = ("multinomial",)

MOST_CATEGORIES = 1 << 24  # float32 counts no further

# ---- of a size -------------------------------------------------------------------------------------------------------


@draws
def rand(
    *sizes: Any,
    size: Any = None,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """Numbers drawn uniformly from `[0, 1)`.

    >>> _ = torch.manual_seed(0)
    >>> torch.rand(2, 2)
    tensor([[0.4963, 0.7682],
            [0.0885, 0.1320]])
    """
    shape = shape_from("rand", sizes, size)
    array = array_for("rand", shape, default_float(), out, dtype, layout, device, pin_memory, requires_grad)
    fill_in_memory_order(array, sampling.uniform_values(array, 0.0, 1.0, stream_of(generator)))
    return finished(array, requires_grad, out)


@draws
def randn(
    *sizes: Any,
    size: Any = None,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """Normal numbers with mean 0 and variance 1.

    >>> _ = torch.manual_seed(0)
    >>> torch.randn(3)
    tensor([ 1.5410, -0.2934, -2.1788])
    """
    shape = shape_from("randn", sizes, size)
    array = array_for("randn", shape, default_float(), out, dtype, layout, device, pin_memory, requires_grad)
    fill_in_memory_order(array, sampling.normal_values(array, 0.0, 1.0, stream_of(generator)))
    return finished(array, requires_grad, out)


@draws
def randint(
    low: Any = 0,
    high: Any = None,
    size: Any = None,
    *,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """Whole numbers from `[low, high)`; called with one bound, from `[0, high)`. The type is `int64` unless given.

    >>> _ = torch.manual_seed(0)
    >>> torch.randint(10, (3,)), torch.randint(3, 5, (2,))
    (tensor([4, 9, 3]), tensor([3, 4]))
    """
    if size is None:
        high, size = None, high
    if size is None:
        raise TypeError('randint() missing 1 required positional arguments: "size"')
    if high is None:
        low, high = 0, integer_from("randint", "high", 1, low)
    low, high = integer_from("randint", "low", 1, low), integer_from("randint", "high", 2, high)
    if isinstance(size, (int, np.integer)):
        kind = type(size).__name__
        raise TypeError(f"randint(): argument 'size' (position 2) must be tuple of ints, not {kind}")
    shape = shape_from("randint", (size,))
    array = array_for("randint", shape, INT64, out, dtype, layout, device, pin_memory, requires_grad)
    fill_in_memory_order(array, sampling.integer_values(array, low, high, stream_of(generator)))
    return finished(array, requires_grad, out)


@draws
def randperm(
    n: Any,
    *,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """The whole numbers below `n` in random order, as `int64` unless `dtype` is given.

    >>> _ = torch.manual_seed(0)
    >>> torch.randperm(4)
    tensor([0, 1, 3, 2])
    """
    count = integer_from("randperm", "n", 1, n)
    if count < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {count}: [{count}]")
    array = array_for("randperm", (count,), INT64, out, dtype, layout, device, pin_memory, requires_grad)
    if array.dtype.kind not in "iuf":
        raise NotImplementedError(f"\"randperm\" not implemented for '{scalar_type_name(array.dtype)}'")
    if array.dtype.kind == "f":
        largest = (1 << (np.finfo(array.dtype).nmant + 1)) + 1
        if count > largest:
            raise RuntimeError(f"n cannot be greater than {largest} for {scalar_type_name(array.dtype)} type.")
    else:
        cast_number(count, array.dtype)
    array[...] = stream_of(generator).permutation(count)
    return finished(array, requires_grad, out)


# ---- like another tensor ---------------------------------------------------------------------------------------------


@draws
def rand_like(
    input: Any,
    *,
    generator: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Any:
    """Numbers drawn uniformly from `[0, 1)`, in the shape and type of `input`.

    >>> torch.rand_like(torch.ones(2, 3)).shape
    chainrule.Size([2, 3])
    """
    array = _array_like("rand_like", input, dtype, layout, device, requires_grad, pin_memory, memory_format)
    fill_in_memory_order(array, sampling.uniform_values(array, 0.0, 1.0, stream_of(generator)))
    return finished(array, requires_grad)


@draws
def randn_like(
    input: Any,
    *,
    generator: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Any:
    """Normal numbers with mean 0 and variance 1, in the shape and type of `input`.

    >>> torch.randn_like(torch.ones(2, 3)).shape
    chainrule.Size([2, 3])
    """
    array = _array_like("randn_like", input, dtype, layout, device, requires_grad, pin_memory, memory_format)
    fill_in_memory_order(array, sampling.normal_values(array, 0.0, 1.0, stream_of(generator)))
    return finished(array, requires_grad)


@draws
def randint_like(
    input: Any,
    low: Any = None,
    high: Any = None,
    *,
    generator: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: Any = None,
) -> Any:
    """Whole numbers from `[low, high)`, in the shape and type of `input`; called with one bound, from `[0, high)`.

    >>> torch.randint_like(torch.ones(2), 1)
    tensor([0., 0.])
    """
    if high is None:
        low, high = None, low
    if high is None:
        raise TypeError('randint_like() missing 1 required positional arguments: "high"')
    low = 0 if low is None else integer_from("randint_like", "low", 2, low)
    high = integer_from("randint_like", "high", 3, high)
    array = _array_like("randint_like", input, dtype, layout, device, requires_grad, pin_memory, memory_format)
    fill_in_memory_order(array, sampling.integer_values(array, low, high, stream_of(generator)))
    return finished(array, requires_grad)


def _array_like(
    function: str,
    input: Any,
    dtype: Any,
    layout: Any,
    device: Any,
    requires_grad: bool,
    pin_memory: bool,
    memory_format: Any,
) -> Any:
    source = tensor_from(function, "input", 1, input)._array
    numpy_dtype = checked_options(dtype, layout, device, pin_memory) or source.dtype
    require_differentiable(numpy_dtype, requires_grad)
    if is_batched(input):
        return np.empty(source.shape, numpy_dtype)
    return array_like(source, numpy_dtype, memory_format)


# ---- with parameters for each element --------------------------------------------------------------------------------


def _no_influence(grad: Any) -> Any:
    # PyTorch's gradient of a drawn number by the parameters of its distribution.
    return np.zeros_like(grad)


@op(self=_no_influence, p=NOT_DIFFERENTIABLE, node_name="BernoulliBackward0", batching=batches.random)
def bernoulli(self: Any, p: Any = None, generator: Any = None) -> Any:
    """Ones and zeros: ones with the probabilities in `input`, or with probability `p` everywhere if that is given.

    >>> torch.bernoulli(torch.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    result = np.empty(self.shape, self.dtype)
    values = sampling.bernoulli_values(result, self if p is None else p, stream_of(generator))
    fill_in_memory_order(result, values)
    return result


def _normal_node_name(mean: Any, std: Any, generator: Any) -> str:
    if not isinstance(mean, TensorBase):
        return "NormalBackward2"
    return "NormalBackward3" if isinstance(std, TensorBase) else "NormalBackward1"


@op(
    name="normal",
    mean=_no_influence,
    std=_no_influence,
    node_name=_normal_node_name,
    spaces="",
    batching=batches.random,
)
def _normal_around(mean: Any, std: Any, generator: Any) -> Any:
    """Normal numbers, each with a mean and a standard deviation of its own."""
    if isinstance(std, np.ndarray):
        if std.dtype.kind == "c":
            raise RuntimeError("normal expects standard deviation to be non-complex")
        if not np.all(std >= 0):
            raise RuntimeError("normal expects all elements of std >= 0.0")
    place = sampling.mismatch(np.shape(mean), np.shape(std))
    if place is not None:
        rank = max(np.ndim(mean), np.ndim(std))
        raise RuntimeError(
            f"The size of tensor a ({mean.shape[place - rank]}) must match the size of tensor b "
            f"({std.shape[place - rank]}) at non-singleton dimension {place}",
        )
    shape = np.broadcast_shapes(np.shape(mean), np.shape(std))
    result = np.empty(shape, mean.dtype if isinstance(mean, np.ndarray) else std.dtype)
    spread = 1.0 if isinstance(std, np.ndarray) else std
    result[...] = sampling.normal_values(result, 0.0, spread, stream_of(generator)).reshape(shape)
    if isinstance(std, np.ndarray):
        result *= std.astype(result.dtype, copy=False)
    result += mean
    return result


def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """Normal numbers: of one `mean` and `std` in a given `size`, or with a tensor of means, or of deviations, or both.

    >>> torch.normal(torch.tensor([1.0, 2.0]), 0.0)
    tensor([1., 2.])
    """
    if isinstance(mean, TensorBase) or isinstance(std, TensorBase):
        if size is not None:
            raise TypeError("normal() takes a size only where mean and std are numbers")
        checked_options(dtype, layout, device, pin_memory)
        mean = mean if isinstance(mean, TensorBase) else float(number_from("normal", "mean", 1, mean))
        std = std if isinstance(std, TensorBase) else float(number_from("normal", "std", 2, std))
        if out is not None:
            return _normal_around(mean, std, generator, out=out)
        return _normal_around(mean, std, generator)
    if size is None:
        raise TypeError('normal() missing 1 required positional arguments: "size"')
    center, spread = float(number_from("normal", "mean", 1, mean)), float(number_from("normal", "std", 2, std))
    shape = shape_from("normal", (size,))

    def make() -> Any:
        array = array_for("normal", shape, default_float(), out, dtype, layout, device, pin_memory, requires_grad)
        fill_in_memory_order(array, sampling.normal_values(array, center, spread, stream_of(generator)))
        return finished(array, requires_grad, out)

    return drawn(make)


def multinomial(
    input: Any,
    num_samples: Any,
    replacement: bool = False,
    *,
    generator: Any = None,
    out: Any = None,
) -> Any:
    """Places drawn from each row of `input` with a probability in proportion to the weight there, as `int64`.

    `input` has one dimension or two. Without `replacement` no place comes twice in a row.

    >>> torch.multinomial(torch.tensor([0.0, 2.0]), 3, replacement=True)
    tensor([1, 1, 1])
    """
    if out is None:
        return drawn_from(
            tensor_from("multinomial", "input", 1, input),
            lambda weights: _multinomial(weights, num_samples, replacement, generator, None),
        )
    return _multinomial(input, num_samples, replacement, generator, out)


def _multinomial(input: Any, num_samples: Any, replacement: bool, generator: Any, out: Any) -> Any:
    weights = tensor_from("multinomial", "input", 1, input)._array
    count = integer_from("multinomial", "num_samples", 2, num_samples)
    if not 1 <= weights.ndim <= 2:
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if weights.dtype.kind != "f":
        given = scalar_type_name(weights.dtype)
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {given}")
    if out is not None and tensor_from("multinomial", "out", 4, out)._array.dtype != np.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {scalar_type_name(out._array.dtype)}")
    if count <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if weights.shape[-1] > MOST_CATEGORIES:
        raise RuntimeError("number of categories cannot exceed 2^24")
    if not replacement and count > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    rows = weights.reshape(-1, weights.shape[-1])
    if rows.size:
        if not np.all((rows >= 0) & np.isfinite(rows)):
            raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
        if np.any(rows.sum(axis=1) == 0):
            raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    stream = stream_of(generator)
    # A single draw is one without replacement too, and PyTorch has the faster way for that.
    draw = stream.choices if replacement and count > 1 else stream.distinct_choices
    places = draw(rows, count).reshape(*weights.shape[:-1], count)
    if out is None:
        return finished(places)
    array = array_for("multinomial", places.shape, INT64, out, None, None, None, pin_memory=False, requires_grad=False)
    array[...] = places
    return finished(array, out=out)
