"""Counts drawn at random: of events at a rate (`poisson`), of successes (`binomial`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.kernels import random_counts
from chainrule.ops.sampling import stream_of


@op(spaces="torch", self=lambda grad: np.zeros_like(grad), batching=batches.random)
def poisson(self: Any, generator: Any = None) -> Any:
    """Numbers of events that come at these rates, in the type of the rates; their gradient is 0.

    >>> _ = torch.manual_seed(0)
    >>> torch.poisson(torch.tensor([0.0, 3.0, 30.0])).shape
    chainrule.Size([3])
    """
    if self.dtype.kind != "f":
        raise NotImplementedError(f"\"poisson_cpu\" not implemented for '{scalar_type_name(self.dtype)}'")
    if (self < 0).any():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    drawn = random_counts.poisson(self.astype(np.float64).reshape(-1), stream_of(generator))
    return drawn.astype(self.dtype).reshape(self.shape)


@op(spaces="torch", count=NOT_DIFFERENTIABLE, prob=NOT_DIFFERENTIABLE, batching=batches.random)
def binomial(count: Any, prob: Any, generator: Any = None) -> Any:
    """How many of `count` trials succeed, each with probability `prob`; both of one floating-point type.

    >>> torch.binomial(torch.tensor([5.0, 5.0]), torch.tensor([0.0, 1.0]))
    tensor([0., 5.])
    """
    for name, given in (("count", count), ("prob", prob)):
        if given.dtype.kind != "f":
            raise ValueError(
                f"binomial only supports floating-point dtypes for {name}, got: {scalar_type_name(given.dtype)}"
            )
    if count.dtype != prob.dtype:
        raise RuntimeError(f"Found dtype {scalar_type_name(prob.dtype)} but expected {scalar_type_name(count.dtype)}")
    counts, probabilities = np.broadcast_arrays(count, prob)
    drawn = random_counts.binomial(
        counts.astype(np.float64).reshape(-1), probabilities.astype(np.float64).reshape(-1), stream_of(generator)
    )
    return drawn.astype(count.dtype).reshape(counts.shape)
