"""Layers that only change the shape."""

from __future__ import annotations

from typing import Any

from chainrule.nn.modules.module import Layer
from chainrule.tensor import Tensor


class Flatten(Layer):
    """Makes one dimension of those from `start_dim` to `end_dim`.

    >>> torch.nn.Flatten()(torch.zeros(5, 2, 3)).shape
    chainrule.Size([5, 6])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """The dimensions."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Layer):
    """Makes several dimensions, of sizes `unflattened_size`, of one.

    >>> torch.nn.Unflatten(1, (2, 3))(torch.zeros(5, 6)).shape
    chainrule.Size([5, 2, 3])
    """

    def __init__(self, dim: int, unflattened_size: tuple[int, ...] | list[int]) -> None:
        super().__init__()
        if not isinstance(dim, int):
            raise TypeError(f"Unflatten dim must be an int (named dimensions are not supported), not {dim!r}")
        for position, size in enumerate(_sizes(unflattened_size)):
            if not isinstance(size, int):
                raise TypeError(
                    f"unflattened_size must be tuple of ints, but found element of type {type(size).__name__} "
                    f"at pos {position}"
                )
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        """The dimension and the sizes."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


def _sizes(unflattened_size: Any) -> Any:
    if not isinstance(unflattened_size, tuple | list):
        raise TypeError(f"unflattened_size must be a tuple of ints, but found type {type(unflattened_size).__name__}")
    return unflattened_size
