"""Transforms to triangular factors of matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import chainrule
from chainrule.distributions import constraints
from chainrule.distributions.parameters import tril_matrix_to_vec, vec_to_tril_matrix
from chainrule.distributions.transform import Transform, require_rank
from chainrule.nn import functional as F
from chainrule.size import Size

__all__ = ["CorrCholeskyTransform", "LowerCholeskyTransform", "PositiveDefiniteTransform"]


class LowerCholeskyTransform(Transform):
    """From square matrices to lower triangular ones with a positive diagonal: its exponential.

    >>> torch.distributions.transforms.LowerCholeskyTransform()(torch.zeros(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """

    domain: Any = constraints.independent(constraints.real, 2)
    codomain: Any = constraints.lower_cholesky

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LowerCholeskyTransform)

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        return x.tril(-1) + x.diagonal(dim1=-2, dim2=-1).exp().diag_embed()

    def _inverse(self, y: Any) -> Any:
        return y.tril(-1) + y.diagonal(dim1=-2, dim2=-1).log().diag_embed()


class PositiveDefiniteTransform(Transform):
    """From square matrices to positive definite ones, which have what `LowerCholeskyTransform` gives as a factor.

    >>> torch.distributions.transforms.PositiveDefiniteTransform()(torch.zeros(1, 1))
    tensor([[1.]])
    """

    domain: Any = constraints.independent(constraints.real, 2)
    codomain: Any = constraints.positive_definite

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PositiveDefiniteTransform)

    __hash__ = Transform.__hash__

    def _call(self, x: Any) -> Any:
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT

    def _inverse(self, y: Any) -> Any:
        return LowerCholeskyTransform().inv(chainrule.linalg.cholesky(y))


class CorrCholeskyTransform(Transform):
    """From vectors to Cholesky factors of correlation matrices.

    The hyperbolic tangents of the numbers are partial correlations, row by row: each takes its part of what the earlier
    ones leave of the row's length, which is 1.

    >>> torch.distributions.transforms.CorrCholeskyTransform()(torch.zeros(1))
    tensor([[1., 0.],
            [0., 1.]])
    """

    domain: Any = constraints.real_vector
    codomain: Any = constraints.corr_cholesky
    bijective: Any = True

    def _call(self, x: Any) -> Any:
        step = chainrule.finfo(x.dtype).eps
        partial = vec_to_tril_matrix(x.tanh().clamp(min=-1 + step, max=1 - step), diag=-1)
        left_over = (1 - partial**2).sqrt().cumprod(-1)
        partial = partial + chainrule.eye(partial.shape[-1], dtype=partial.dtype)
        return partial * F.pad(left_over[..., :-1], [1, 0], value=1)

    def _inverse(self, y: Any) -> Any:
        left_over = F.pad((1 - (y * y).cumsum(-1))[..., :-1], [1, 0], value=1)
        partial = tril_matrix_to_vec(y, diag=-1) / tril_matrix_to_vec(left_over, diag=-1).sqrt()
        return (partial.log1p() - (-partial).log1p()) / 2

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        # Before an entry stands what the entries on its left leave; before the first, everything.
        left_over = tril_matrix_to_vec(1 - (y * y).cumsum(-1), diag=-2)
        by_tangents = -2 * (x + F.softplus(-2 * x) - math.log(2.0)).sum(-1)
        return 0.5 * left_over.log().sum(-1) + by_tangents

    def forward_shape(self, shape: Sequence[int]) -> Size:
        *batch, count = require_rank(shape, 1)
        size = round((0.25 + 2 * count) ** 0.5 + 0.5)
        if size * (size - 1) // 2 != count:
            raise ValueError("Input is not a flattened lower-diagonal number")
        return Size((*batch, size, size))

    def inverse_shape(self, shape: Sequence[int]) -> Size:
        *batch, rows, size = require_rank(shape, 2)
        if rows != size:
            raise ValueError("Input is not square")
        return Size((*batch, size * (size - 1) // 2))
