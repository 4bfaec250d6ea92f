"""Pooling to a given size: the last dimensions are cut into that many parts, see `kernels/adaptive_pooling.py`."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.op import LINEAR, op
from chainrule.kernels import adaptive_pooling as kernel
from chainrule.kernels import pooling
from chainrule.kernels.pooling import Windows
from chainrule.ops.pooling_arguments import check_kind, check_one_dimensional, one_size, require_tensor, sizes_of
from chainrule.ops.reductions import mean
from chainrule.ops.shapes import squeeze, unsqueeze
from chainrule.ops.sorting import add_along, place_along

__all__ = ["adaptive_avg_pool1d", "adaptive_max_pool1d"]

RANKS = (2, 3)

# ---- means ----


@lru_cache(maxsize=512)
def _even(sizes: tuple[int, ...], counts: tuple[int, ...]) -> Windows | None:
    # Parts of one length are windows side by side.
    if any(count == 0 or size % count for size, count in zip(sizes, counts, strict=True)):
        return None
    lengths = tuple([size // count for size, count in zip(sizes, counts, strict=True)])
    rank = len(sizes)
    return Windows(sizes, counts, lengths, lengths, (0,) * rank, (1,) * rank)


def _means(self: Any, output_size: tuple[int, ...]) -> Any:
    sizes = self.shape[self.ndim - len(output_size) :]
    windows = _even(sizes, output_size)
    wide = self.astype(np.float32) if self.dtype == np.float16 else self
    if windows is None:
        return kernel.means(wide, output_size).astype(self.dtype, copy=False)
    sums = pooling.sums(wide, windows)
    sums /= math.prod(windows.kernel_size)
    return sums.astype(self.dtype, copy=False)


def _spread_means(self: Any, sizes: tuple[int, ...]) -> Any:
    counts = self.shape[self.ndim - len(sizes) :]
    windows = _even(sizes, counts)
    if windows is None:
        return kernel.spread_means(self, sizes)
    return pooling.spread(self / np.asarray(math.prod(windows.kernel_size), self.dtype), windows)


def _mean_backward(grad: Any, self_shape: tuple[int, ...], output_size: tuple[int, ...]) -> Any:
    rank = len(output_size)
    return _avg_pool_backward[rank](grad, tuple(self_shape[-rank:]))


_avg_pool: dict[int, Any] = {
    rank: op(
        _means, name=f"adaptive_avg_pool{rank}d", node_name=f"AdaptiveAvgPool{rank}DBackward0", kind=LINEAR, spaces="",
        self=_mean_backward, batching=batches.merged(),
    )
    for rank in RANKS
}  # fmt: skip
_avg_pool_backward: dict[int, Any] = {
    rank: op(
        _spread_means, name=f"adaptive_avg_pool{rank}d_backward", kind=LINEAR, spaces="",
        node_name=f"AdaptiveAvgPool{rank}DBackwardBackward0",
        self=lambda grad, self_shape, sizes: _avg_pool[len(sizes)](grad, tuple(self_shape[-len(sizes) :])),
        batching=batches.merged(),
    )
    for rank in RANKS
}  # fmt: skip


def sizes_with_default(input: Any, output_size: Any) -> Any:
    """`output_size` with the sizes that the input has in place of None."""
    if isinstance(output_size, int):
        return output_size
    shape = tuple(input.shape)
    if len(shape) <= len(output_size):
        raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
    own = shape[len(shape) - len(output_size) :]
    return [size if given is None else given for given, size in zip(output_size, own, strict=True)]


def _check_input(name: str, input: Any, rank: int, colon: str, first: int) -> None:
    shape = list(input.shape)
    if len(shape) not in (rank + 1, rank + 2):
        raise RuntimeError(f"{name}(): Expected {rank + 1}D or {rank + 2}D tensor, but got{colon} {shape}")
    _check_not_empty(name, shape, first)


def _check_not_empty(name: str, shape: list[int], first: int) -> None:
    for dimension in range(first, len(shape)):
        if not shape[dimension]:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, "
                f"but input has sizes {shape} with dimension {dimension} being empty"
            )


def _averaged(name: str, rank: int, input: Any, output_size: Any) -> Any:
    sizes = sizes_of(name, "output_size", 2, output_size)
    sizes = sizes * rank if len(sizes) == 1 and isinstance(output_size, int) else sizes
    if len(sizes) != rank:
        raise RuntimeError(f"{name}: output_size must be {rank}")
    if min(sizes) < 0:
        shown = ", ".join(map(str, sizes)) if rank == 2 else f"{sizes[0]}, {sizes[1]},{sizes[2]}"
        raise RuntimeError(
            f"{name}: elements of output_size must be greater than or equal to 0 but received {{{shown}}}"
        )
    if all(size == 1 for size in sizes):
        return mean(input, (-1, -2, -3)[:rank], True)
    _check_input(name, input, rank, "", len(input.shape) - rank)
    check_kind(input, name if rank == 2 else f"{name}_cpu", "f")
    return _avg_pool[rank](input, sizes)


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """The means of `output_size` parts of the last dimension, which may share an element where it does not divide.

    `input`: of shape `(N, C, L)` or `(C, L)`.

    >>> torch.nn.functional.adaptive_avg_pool1d(torch.tensor([[1.0, 3.0, 2.0, 6.0]]), 2)
    tensor([[2., 4.]])
    """
    check_one_dimensional("adaptive_avg_pool1d", input)
    size = one_size("adaptive_avg_pool1d", "output_size", 2, output_size)
    return squeeze(_averaged("adaptive_avg_pool2d", 2, unsqueeze(input, -2), (1, size)), -2)


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """The means of `output_size` parts of the last two dimensions, which may share elements where it does not divide.

    Args:
        input: of shape `(N, C, H, W)` or `(C, H, W)`.
        output_size: how many parts along each, or one number for both; None for as many as there are elements.

    >>> torch.nn.functional.adaptive_avg_pool2d(torch.arange(16.0).reshape(1, 4, 4), (2, 1))
    tensor([[[ 3.5000],
             [11.5000]]])
    """
    require_tensor("adaptive_avg_pool2d", input)
    return _averaged("adaptive_avg_pool2d", 2, input, sizes_with_default(input, output_size))


def adaptive_avg_pool3d(input: Any, output_size: Any) -> Any:
    """The means of `output_size` parts of the last three dimensions; see `adaptive_avg_pool2d`.

    >>> torch.nn.functional.adaptive_avg_pool3d(torch.arange(8.0).reshape(1, 2, 2, 2), (1, 1, 2))
    tensor([[[[3., 4.]]]])
    """
    require_tensor("adaptive_avg_pool3d", input)
    return _averaged("adaptive_avg_pool3d", 3, input, sizes_with_default(input, output_size))


# ---- the largest ----


def _largest(self: Any, output_size: tuple[int, ...]) -> tuple[Any, Any]:
    return kernel.largest(self, output_size)


def _largest_backward(grad: Any, indices: Any, self_shape: tuple[int, ...], output_size: tuple[int, ...]) -> Any:
    rank = len(output_size)
    lead, sizes = tuple(self_shape[:-rank]), tuple(self_shape[-rank:])
    flat = (*lead, math.prod(output_size))
    # Only parts that share elements can have their largest one in common.
    place = add_along if _even(sizes, output_size) is None else place_along
    return place(grad.reshape(flat), indices.reshape(flat), -1, math.prod(sizes)).reshape((*lead, *sizes))


_max_pool: dict[int, Any] = {
    rank: op(
        _largest, name=f"adaptive_max_pool{rank}d", node_name=f"AdaptiveMaxPool{rank}DBackward0", spaces="",
        results=("values", "indices"), saved_names={"indices": "result1"}, self=_largest_backward,
        batching=batches.merged(),
    )
    for rank in RANKS
}  # fmt: skip


def adaptive_max_pool_with_indices(rank: int, input: Any, output_size: Any) -> tuple[Any, Any]:
    """The largest elements of `output_size` parts of the last `rank` dimensions (2 or 3), and their indices."""
    name = f"adaptive_max_pool{rank}d"
    require_tensor(name, input)
    output_size = sizes_with_default(input, output_size)
    sizes = sizes_of(name, "output_size", 2, output_size)
    sizes = sizes * rank if len(sizes) == 1 and isinstance(output_size, int) else sizes
    if len(sizes) != rank:
        raise RuntimeError(f"{name}(): internal error: output_size.size() must be {rank}")
    _check_input(name, input, rank, ":", 1)
    return _with_indices(name if rank == 2 else f"{name}_cpu", input, sizes)


def _with_indices(kernel_name: str, input: Any, sizes: tuple[int, ...]) -> tuple[Any, Any]:
    if min(sizes) < 0:
        shape = [*tuple(input.shape)[: -len(sizes)], *sizes]
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(sizes)}: {shape}")
    check_kind(input, kernel_name, "f")
    values, indices = _max_pool[len(sizes)](input, sizes)
    return values, indices


def adaptive_max_pool1d_with_indices(input: Any, output_size: Any) -> tuple[Any, Any]:
    """The largest elements of `output_size` parts of the last dimension, and their indices.

    >>> torch.adaptive_max_pool1d(torch.tensor([[1.0, 3.0, 2.0, 6.0]]), 2)
    (tensor([[3., 6.]]), tensor([[1, 3]]))
    """
    name = "adaptive_max_pool1d"
    check_one_dimensional(name, input)
    size = one_size(name, "output_size", 2, output_size)
    _check_not_empty(name, list(input.shape), 1)
    values, indices = _with_indices("adaptive_max_pool2d", unsqueeze(input, -2), (1, size))
    return squeeze(values, -2), squeeze(indices, -2)


# In the namespace `torch` it has no choice.
adaptive_max_pool1d = adaptive_max_pool1d_with_indices
