"""Gamma's and Dirichlet's distribution, with derivatives of the numbers drawn: implicit reparametrization.

What moves with a concentration is the number at which the distribution function has the value that was drawn, so its
slope is minus that of the distribution function over the density (Figurnov, Mohamed and Mnih, 2018).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import op
from chainrule.kernels.random_gammas import standard_gamma
from chainrule.ops.beta_functions import betainc_by, betainc_density
from chainrule.ops.gamma_functions import gamma_slope_of_sample
from chainrule.ops.sampling import stream_of

__all__: list[str] = []


def _floating(self: Any, kernel: str) -> None:
    if self.dtype.kind != "f":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_type_name(self.dtype)}'")


@op(
    name="_standard_gamma", spaces="torch", node_name="StandardGammaBackward0", batching=batches.random,
    self=lambda grad, self, result: grad * gamma_slope_of_sample(self, result),
    tangent=lambda self_t, self, result: self_t * gamma_slope_of_sample(self, result),
)  # fmt: skip
def _standard_gamma(self: Any, generator: Any = None) -> Any:
    """Numbers of the gamma distribution of these concentrations and rate 1.

    >>> _ = torch.manual_seed(0)
    >>> bool((torch._standard_gamma(torch.tensor([0.5, 3.0])) > 0).all())
    True
    """
    _floating(self, "gamma_cpu")
    drawn = standard_gamma(self.reshape(-1), stream_of(generator)).astype(self.dtype)
    return np.maximum(drawn, np.finfo(self.dtype).tiny).reshape(self.shape)


def _slope_of_share(self: Any, result: Any) -> Any:
    # Each share is of a beta distribution; what it gains, the others lose in proportion.
    rest = self.sum(-1, keepdims=True) - self
    density = betainc_density(self, rest, result)
    return -betainc_by(self, rest, result, 1, 0) / (density * (1 - result))


def _dirichlet_backward(grad: Any, self: Any, result: Any) -> Any:
    return _slope_of_share(self, result) * (grad - (result * grad).sum(-1, keepdims=True))


def _dirichlet_tangent(self_t: Any, self: Any, result: Any) -> Any:
    gain = _slope_of_share(self, result) * self_t
    return gain - result * gain.sum(-1, keepdims=True)


@op(
    name="_sample_dirichlet", spaces="torch", node_name="DirichletBackward0", batching=batches.random,
    self=_dirichlet_backward, tangent=_dirichlet_tangent,
)  # fmt: skip
def _sample_dirichlet(self: Any, generator: Any = None) -> Any:
    """Shares of a whole, along the last dimension, of Dirichlet's distribution of these concentrations.

    >>> _ = torch.manual_seed(0)
    >>> torch._sample_dirichlet(torch.ones(3)).sum()
    tensor(1.)
    """
    _floating(self, "dirichlet")
    drawn = standard_gamma(self.astype(np.float64).reshape(-1), stream_of(generator)).reshape(self.shape)
    drawn = np.maximum(drawn, np.finfo(np.float64).tiny)
    shares = (drawn / drawn.sum(-1, keepdims=True)).astype(self.dtype)
    limits = np.finfo(self.dtype)
    return shares.clip(limits.tiny, 1 - limits.epsneg)
