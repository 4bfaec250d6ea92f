"""Dropout: in training, elements are zeroed at random and the others scaled up; in use, nothing happens."""

from __future__ import annotations

from typing import Any

from chainrule.nn import functional as F
from chainrule.nn.modules.module import Layer
from chainrule.tensor import Tensor


class _Dropout(Layer):
    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        """The probability, and whether in place."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """Zeroes each element with probability `p`, and divides the others by `1 - p`.

    >>> torch.nn.Dropout(0.5).eval()(torch.ones(3))
    tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """Zeroes whole channels of sequences, `(N, C, L)` or `(C, L)`, with probability `p`.

    >>> torch.nn.Dropout1d().eval()(torch.ones(2, 3, 4)).sum()
    tensor(24.)
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """Zeroes whole channels of images, `(N, C, H, W)`, with probability `p`.

    >>> torch.nn.Dropout2d().eval()(torch.ones(2, 3, 1, 4)).sum()
    tensor(24.)
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """Zeroes whole channels of volumes, `(N, C, D, H, W)` or `(C, D, H, W)`, with probability `p`.

    >>> torch.nn.Dropout3d().eval()(torch.ones(2, 3, 1, 1, 4)).sum()
    tensor(24.)
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Dropout that keeps mean 0 and variance 1, for networks of scaled exponential units.

    >>> torch.nn.AlphaDropout().eval()(torch.ones(3))
    tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_Dropout):
    """The same of whole channels.

    >>> torch.nn.FeatureAlphaDropout().eval()(torch.ones(1, 3))
    tensor([[1., 1., 1.]])
    """

    def forward(self, input: Tensor) -> Any:
        """Apply it."""
        return F.feature_alpha_dropout(input, self.p, self.training)
