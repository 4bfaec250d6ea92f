"""Fractional max pooling: windows at random places, from PyTorch's random stream."""

from __future__ import annotations

import math
from typing import Any

from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.kernels import fractional_pooling as kernel
from chainrule.ops.random_creation import rand
from chainrule.ops.sorting import add_along

__all__ = [
    "fractional_max_pool2d",
    "fractional_max_pool2d_with_indices",
    "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices",
]
SPACE = "nn.functional"

# Of which dimension each random number is.
ORDER = {2: (1, 0), 3: (0, 1, 2)}


def _pooled(
    self: Any, kernel_size: tuple[int, ...], output_size: tuple[int, ...], random_samples: Any
) -> tuple[Any, Any]:
    rank = len(kernel_size)
    batched = self if self.ndim == rank + 2 else self[None]
    begins = [
        kernel.starts(random_samples[: len(batched), :, number], *sizes)
        for number, *sizes in zip(ORDER[rank], batched.shape[2:], output_size, kernel_size, strict=True)
    ]
    shape = (*self.shape[:-rank], *output_size)
    values, indices = kernel.largest(batched, kernel_size, begins)
    return values.reshape(shape), indices.reshape(shape)


def _backward(grad: Any, indices: Any, self_shape: tuple[int, ...], output_size: tuple[int, ...]) -> Any:
    rank = len(output_size)
    lead, sizes = tuple(self_shape[:-rank]), tuple(self_shape[-rank:])
    flat = (*lead, math.prod(output_size))
    return add_along(grad.reshape(flat), indices.reshape(flat), -1, math.prod(sizes)).reshape((*lead, *sizes))


_rows: dict[int, Any] = {
    rank: op(
        _pooled, name=f"fractional_max_pool{rank}d", node_name=f"FractionalMaxPool{rank}DBackward0", spaces="",
        results=("values", "indices"), saved_names={"indices": "result1"}, random_samples=NOT_DIFFERENTIABLE,
        self=_backward,
    )
    for rank in (2, 3)
}  # fmt: skip


# ---- as users call it ----


def _sizes(rank: int, name: str, given: Any) -> tuple[int, ...]:
    numbers = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    if len(numbers) not in {1, rank}:
        kinds = "Ints" if rank == 2 else "three Ints"
        raise RuntimeError(f"fractional_max_pool{rank}d: {name} must either be a single Int or tuple of {kinds}")
    for number in numbers:
        if isinstance(number, bool) or not hasattr(number, "__index__"):
            raise TypeError(
                f"fractional_max_pool{rank}d(): argument '{name}' must be tuple of ints, not {type(number).__name__}"
            )
    return tuple([int(n) for n in numbers]) * (rank // len(numbers))


def _check_samples(samples: Any, input: Any, rank: int) -> None:
    shape, given = tuple(samples.shape), tuple(input.shape)
    if samples.dtype != input.dtype:
        raise RuntimeError("Expect _random_samples to have the same dtype as input")
    if len(shape) != 3:
        raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {len(shape)}")
    if shape[0] < (given[0] if len(given) == rank + 2 else 1):
        raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
    if shape[1] != given[-rank - 1]:
        raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
    if shape[2] != rank:
        raise RuntimeError(f"Expect _random_samples.size(2) equals to {rank}; got {shape[2]}.")


def _check_sizes(shape: tuple[int, ...], rank: int, lengths: tuple[int, ...], counts: tuple[int, ...]) -> None:
    name = f"fractional_max_pool{rank}d" if rank == 2 else "fractional_max_pool3d_out"
    if len(shape) not in {rank + 1, rank + 2}:
        raise RuntimeError(f"{name}(): Expected {rank + 1}D or {rank + 2}D tensor, but got: {list(shape)}")
    for dimension in range(len(shape) - rank - 1, len(shape)):
        if not shape[dimension]:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but got{list(shape)} with "
                f"dimension {dimension} being empty."
            )
    each = zip(("time", "height", "width")[3 - rank :], shape[-rank:], lengths, counts, strict=True)
    for side, size, length, count in each:
        if count + length - 1 > size:
            raise RuntimeError(f"{name}(): pool {side} {length} too large relative to input {side} {size}")


def _with_indices(
    rank: int, input: Any, kernel_size: Any, output_size: Any, output_ratio: Any, samples: Any
) -> tuple[Any, Any]:
    name = f"fractional_max_pool{rank}d"
    if output_size is None:
        if output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
        ratios = tuple(output_ratio) if isinstance(output_ratio, (tuple, list)) else (output_ratio,) * rank
        if len(ratios) != rank:
            raise ValueError(f"{name} requires output_ratio to either be a single Int or tuple of Ints.")
        output_size = [int(input.size(d - rank) * ratio) for d, ratio in enumerate(ratios)]
    if samples is None:
        batch = 1 if input.dim() == rank + 1 else input.size(0)
        channels = input.size(-rank - 1)
        samples = rand(batch, channels, rank, dtype=input.dtype)
    lengths, counts = _sizes(rank, "kernel_size", kernel_size), _sizes(rank, "output_size", output_size)
    _check_sizes(tuple(input.shape), rank, lengths, counts)
    _check_samples(samples, input, rank)
    values, indices = _rows[rank](input, lengths, counts, samples)
    return values, indices


def fractional_max_pool2d_with_indices(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> tuple[Any, Any]:
    """What `fractional_max_pool2d` gives, and the index of each element, counted row by row.

    >>> torch.nn.functional.fractional_max_pool2d_with_indices(torch.arange(4.0).reshape(1, 2, 2), 2, 1)
    (tensor([[[3.]]]), tensor([[[3]]]))
    """
    return _with_indices(2, input, kernel_size, output_size, output_ratio, _random_samples)


def fractional_max_pool2d(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """The largest elements of windows over the last two dimensions, whose distances are random.

    Args:
        input: of shape `(N, C, H, W)` or `(C, H, W)`.
        kernel_size: the height and width of a window, or one number for both.
        output_size: how many windows there are along each dimension.
        output_ratio: the same as parts of the sizes, between 0 and 1, where no `output_size` is given.
        return_indices: whether to give also where each element was found.
        _random_samples: numbers between 0 and 1 of shape `(N, C, 2)`; drawn unless given.

    >>> torch.nn.functional.fractional_max_pool2d(torch.arange(16.0).reshape(1, 4, 4), 3, output_size=(2, 1))
    tensor([[[11.],
             [15.]]])
    """
    both = _with_indices(2, input, kernel_size, output_size, output_ratio, _random_samples)
    return both if return_indices else both[0]


def fractional_max_pool3d_with_indices(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> tuple[Any, Any]:
    """What `fractional_max_pool3d` gives, and the index of each element.

    >>> torch.nn.functional.fractional_max_pool3d_with_indices(torch.arange(8.0).reshape(1, 2, 2, 2), 2, 1)
    (tensor([[[[7.]]]]), tensor([[[[7]]]]))
    """
    return _with_indices(3, input, kernel_size, output_size, output_ratio, _random_samples)


def fractional_max_pool3d(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """The largest elements of windows over the last three dimensions; see `fractional_max_pool2d`.

    >>> torch.nn.functional.fractional_max_pool3d(torch.arange(8.0).reshape(1, 2, 2, 2), 2, output_size=1)
    tensor([[[[7.]]]])
    """
    both = _with_indices(3, input, kernel_size, output_size, output_ratio, _random_samples)
    return both if return_indices else both[0]
