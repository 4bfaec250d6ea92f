"""Slices whose norm is too large made smaller: `renorm`."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dim
from chainrule.engine.op import op
from chainrule.ops.norms import vector_norm, vector_norm_backward, vector_norm_of

# Added to a norm before it divides, as PyTorch does.
SMALL = 1e-7


def _others(rank: int, dim: int) -> tuple[int, ...]:
    place = wrap_dim(dim, rank)
    return tuple([d for d in range(rank) if d != place])


def _norms(self: Any, p: float, dims: tuple[int, ...]) -> Any:
    if isinstance(self, np.ndarray):
        wide = self.astype(np.float32) if self.dtype == np.float16 else self
        return vector_norm_of(wide, p, dims, True, None)
    return vector_norm(self, p, dims, keepdim=True)


def _renorm_backward(grad: Any, self: Any, p: float, dim: int, maxnorm: float) -> Any:
    dims = _others(len(self.shape), dim)
    norms = _norms(self, p, dims)
    longer = norms > maxnorm
    shortened = 1 / (np.where(longer, norms, 1) + SMALL)
    along = np.real(np.conj(self) * grad).sum(dims, keepdims=True)
    turned = vector_norm_backward(along * shortened, self, norms, p, dims)
    return np.where(longer, maxnorm * shortened * (grad - turned), grad)


@op(conjugate=False, inplace=True, self=_renorm_backward)
def renorm(self: Any, p: float, dim: int, maxnorm: float) -> Any:
    """Slices of dimension `dim` whose norm of order `p` is more than `maxnorm` made so short; the others as they are.

    >>> torch.renorm(torch.tensor([[3.0, 4.0], [0.3, 0.4]]), 2, 0, 1)
    tensor([[0.6000, 0.8000],
            [0.3000, 0.4000]])
    """
    for name, value in (("p", p), ("maxnorm", maxnorm)):
        if isinstance(value, complex):
            raise RuntimeError(f"renorm: {name} must be real-valued")  # noqa: TRY004 (PyTorch's)
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm:g}")
    if self.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {self.ndim} dimensions")
    norms = _norms(self, p, _others(self.ndim, dim))
    longer = norms > maxnorm
    factor = np.where(longer, maxnorm / (np.where(longer, norms, 1) + SMALL), 1)
    return (self * factor).astype(self.dtype, copy=False)
