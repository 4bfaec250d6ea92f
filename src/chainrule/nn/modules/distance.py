"""Distances and cosines of pairs of vectors."""

from __future__ import annotations

from typing import Any

from chainrule.nn.modules.module import Layer
from chainrule.ops.distances import pairwise_distance
from chainrule.ops.similarity import cosine_similarity
from chainrule.tensor import Tensor

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class PairwiseDistance(Layer):
    """The `p`-norm distances of vectors in the last dimension; `eps` is added to every difference.

    >>> torch.nn.PairwiseDistance()(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]))
    tensor([5.0000])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Any:
        """The distances of two batches of vectors."""
        return pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class CosineSimilarity(Layer):
    """The cosines of the angles between vectors along `dim`; the norm of each counts as `eps` at least.

    >>> torch.nn.CosineSimilarity(dim=0)(torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1.0]))
    tensor(0.7071)
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Any:
        """The cosines of two batches of vectors."""
        return cosine_similarity(x1, x2, self.dim, self.eps)
