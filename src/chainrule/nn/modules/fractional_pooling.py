"""Fractional max pooling layers: the largest elements of windows at random distances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.nn import functional as F
from chainrule.nn.modules.module import Module
from chainrule.tensor import Tensor


def _numbers(given: Any, rank: int) -> Any:
    return given if isinstance(given, (tuple, list)) else (given,) * rank


class _FractionalMaxPool(Module):
    rank = 2

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        output_size: int | Sequence[int] | None = None,
        output_ratio: float | Sequence[float] | None = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        rank = self.rank
        self.kernel_size = _numbers(kernel_size, rank)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = _numbers(output_size, rank) if output_size is not None else None
        self.output_ratio = _numbers(output_ratio, rank) if output_ratio is not None else None
        if output_size is None and output_ratio is None:
            raise ValueError(f"{type(self).__name__} requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if self.output_ratio is not None and not all(0 < ratio < 1 for ratio in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Tensor) -> Any:
        """Apply it to a tensor, with a batch or without."""
        pool = F.fractional_max_pool2d if self.rank == 2 else F.fractional_max_pool3d
        return pool(
            input,
            self.kernel_size,
            self.output_size,
            self.output_ratio,
            self.return_indices,
            _random_samples=self._random_samples,
        )


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest elements of windows over the last two dimensions, whose distances are random.

    Args:
        kernel_size: the size of a window along each dimension, or one number for all.
        output_size: how many windows there are along each.
        output_ratio: the same as parts of the sizes, between 0 and 1.
        return_indices: whether to give also where each element was found.

    >>> torch.nn.FractionalMaxPool2d(2, output_ratio=0.5)(torch.ones(1, 1, 6, 6)).shape
    chainrule.Size([1, 1, 3, 3])
    """

    rank = 2


class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest elements of windows over the last three dimensions, whose distances are random.

    Args:
        kernel_size: the size of a window along each dimension, or one number for all.
        output_size: how many windows there are along each.
        output_ratio: the same as parts of the sizes, between 0 and 1.
        return_indices: whether to give also where each element was found.

    >>> torch.nn.FractionalMaxPool3d(2, output_ratio=0.5)(torch.ones(1, 1, 6, 6, 6)).shape
    chainrule.Size([1, 1, 3, 3, 3])
    """

    rank = 3
