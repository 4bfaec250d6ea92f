"""Angles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import chainrule
from chainrule.distributions import constraints
from chainrule.distributions.distribution import Distribution
from chainrule.distributions.parameters import broadcast_all
from chainrule.tensor import Tensor

__all__ = ["VonMises"]


class VonMises(Distribution):
    """Angles around `loc`, the nearer the greater the `concentration`.

    Drawn by rejection in float64, after Best and Fisher (1979).

    >>> torch.distributions.VonMises(torch.tensor(0.0), torch.tensor(1.0)).log_prob(torch.tensor(0.0))
    tensor(-1.0738)
    """

    arg_constraints: Any = {"loc": constraints.real, "concentration": constraints.positive}
    support: Any = constraints.real
    _parameters = {"loc": 0, "concentration": 0}

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def log_prob(self, value: Tensor) -> Tensor:
        self._checked(value)
        height = self.concentration * (value - self.loc).cos()
        # The integral is 2 pi I0(concentration), here without overflow.
        scaled = chainrule.special.i0e(self.concentration).log() + self.concentration
        return height - math.log(2 * math.pi) - scaled

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with chainrule.no_grad():
            concentration = self.concentration.double()
            return self._around(self._angles(concentration, shape).to(self.loc.dtype))

    def _around(self, angle: Tensor) -> Tensor:
        return (angle + math.pi + self.loc) % (2 * math.pi) - math.pi

    def _angles(self, concentration: Tensor, shape: Any) -> Tensor:
        tau = 1 + (1 + 4 * concentration**2).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * concentration)
        usual = (1 + rho**2) / (2 * rho)
        # For small concentrations, the first terms of the series.
        r = chainrule.where(concentration < 1e-5, 1 / concentration + concentration, usual)
        angles = chainrule.zeros(shape, dtype=chainrule.float64)
        done = chainrule.zeros(shape, dtype=chainrule.bool)
        while not bool(done.all()):
            u1, u2, u3 = chainrule.rand((3, *shape), dtype=chainrule.float64).unbind()
            z = (math.pi * u1).cos()
            cosine = (1 + r * z) / (r + z)
            c = concentration * (r - cosine)
            accepted = (c * (2 - c) - u2 > 0) | ((c / u2).log() + 1 - c >= 0)
            angles = chainrule.where(accepted, (u3 - 0.5).sign() * cosine.acos(), angles)
            done = done | accepted
        return angles

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        """How spread the angles are: 1 less the mean of the cosine."""
        return 1 - chainrule.special.i1e(self.concentration) / chainrule.special.i0e(self.concentration)
