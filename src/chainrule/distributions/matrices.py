"""Products and determinants of covariance matrices, by their factors."""

from __future__ import annotations

import chainrule
from chainrule.tensor import Tensor

__all__ = [
    "capacitance_factor",
    "factor_of_inverse",
    "half_log_det",
    "low_rank_log_det",
    "low_rank_squared_length",
    "squared_length",
    "times_vector",
]


def times_vector(matrix: Tensor, vector: Tensor) -> Tensor:
    """Products of matrices and vectors."""
    return (matrix @ vector.unsqueeze(-1)).squeeze(-1)


def half_log_det(factor: Tensor) -> Tensor:
    """Half of the logarithm of the determinant of `factor @ factor.mT`."""
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def squared_length(factor: Tensor, vector: Tensor) -> Tensor:
    """`vector @ inverse(factor @ factor.mT) @ vector`."""
    solved = chainrule.linalg.solve_triangular(factor, vector.unsqueeze(-1), upper=False)
    return solved.squeeze(-1).pow(2).sum(-1)


def factor_of_inverse(matrix: Tensor) -> Tensor:
    """The lower triangular factor of the inverse of a positive definite matrix.

    With rows and columns in reverse, the factor of the matrix is upper triangular, and its inverse is what is wanted.
    """
    reverse = chainrule.linalg.cholesky(matrix.flip((-2, -1)))
    upper = reverse.flip((-2, -1)).mT
    return chainrule.linalg.solve_triangular(upper, chainrule.eye(matrix.shape[-1], dtype=matrix.dtype), upper=False)


# ---- factor @ factor.mT + a diagonal, where factor has few columns ----


def capacitance_factor(factor: Tensor, diagonal: Tensor) -> Tensor:
    """The triangular factor of `1 + factor.mT @ inverse(diagonal) @ factor`, which is small."""
    small = factor.mT / diagonal.unsqueeze(-2) @ factor
    return chainrule.linalg.cholesky(small + chainrule.eye(factor.shape[-1], dtype=factor.dtype))


def low_rank_log_det(diagonal: Tensor, capacitance: Tensor) -> Tensor:
    """The logarithm of the determinant, by the matrix determinant lemma."""
    return 2 * half_log_det(capacitance) + diagonal.log().sum(-1)


def low_rank_squared_length(factor: Tensor, diagonal: Tensor, vector: Tensor, capacitance: Tensor) -> Tensor:
    """`vector @ inverse(covariance) @ vector`, by the Woodbury identity."""
    through = times_vector(factor.mT / diagonal.unsqueeze(-2), vector)
    return (vector.pow(2) / diagonal).sum(-1) - squared_length(capacitance, through)
