"""Cholesky factors of correlation matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Self

import chainrule
from chainrule.distributions import constraints
from chainrule.distributions.beta import Beta
from chainrule.distributions.distribution import Distribution
from chainrule.distributions.parameters import broadcast_all
from chainrule.size import Size
from chainrule.tensor import Tensor

__all__ = ["LKJCholesky"]


class LKJCholesky(Distribution):
    """Cholesky factors of correlation matrices of size `dim`, whose density is a power of the determinant.

    The power is `concentration - 1`: at 1 all correlation matrices are as likely. Drawn by the onion method of
    Lewandowski, Kurowicka and Joe (2009).

    >>> torch.distributions.LKJCholesky(3, 0.5).sample().shape
    chainrule.Size([3, 3])
    """

    arg_constraints: Any = {"concentration": constraints.positive}
    support: Any = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        batch_shape = self.concentration.shape
        row = chainrule.arange(dim - 1, dtype=self.concentration.dtype)
        row = chainrule.cat([row.new_zeros(1), row])
        centre = self.concentration + 0.5 * (dim - 2)
        # PyTorch's first concentration is row + 0.5, which from the third row on is another distribution.
        self._beta = Beta(0.5 * row + 0.5, centre.unsqueeze(-1) - 0.5 * row)
        super().__init__(batch_shape, Size((dim, dim)), validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Self:
        new: Any = self._get_checked_instance(LKJCholesky, _instance)
        new.__dict__.update(self.__dict__)
        new.concentration = self.concentration.expand(batch_shape)
        new._beta = self._beta.expand((*batch_shape, self.dim))
        new._batch_shape = Size(batch_shape)
        return new

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with chainrule.no_grad():
            # Of each row, how much of its length lies off the diagonal, and in which direction.
            part = self._beta.sample(sample_shape).unsqueeze(-1)
            directions = chainrule.randn(self._extended_shape(sample_shape), dtype=part.dtype).tril(-1)
            directions = directions / directions.norm(dim=-1, keepdim=True)
            directions[..., 0, :] = 0.0
            rows = part.sqrt() * directions
            rest = (1 - (rows**2).sum(-1)).clamp(min=chainrule.finfo(rows.dtype).tiny).sqrt()
            return rows + rest.diag_embed()

    def log_prob(self, value: Tensor) -> Tensor:
        self._checked(value)
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        order = chainrule.arange(2, self.dim + 1, dtype=self.concentration.dtype)
        powers = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - order
        below = self.dim - 1
        alpha = self.concentration + 0.5 * below
        # The integral, page 1999 of the paper.
        normalizer = 0.5 * below * math.log(math.pi) + (alpha - 0.5).mvlgamma(below) - alpha.lgamma() * below
        return (powers * diagonal.log()).sum(-1) - normalizer
