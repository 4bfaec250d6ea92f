"""Samples for the special functions (ops/special.py)."""

import numpy as np
import scipy.special
import scipy.stats

import chainrule as torch
from op_samples import complexes, integers, positive, real, refuses, sample, values

NEGATIVE_ORDER = "polygamma(n, x) does not support negative n."


def not_for_complex(kernel):
    return [refuses(NotImplementedError, f"\"{kernel}\" not implemented for 'ComplexDouble'", complexes(3))]


SAMPLES = [
    # the normal distribution
    sample("erf", [real(3, 4)], scipy.special.erf, must_raise=not_for_complex("erf_vml_cpu")),
    sample("erf", [integers(3)], lambda x: scipy.special.erf(x).astype(np.float32), tolerance=1e-6),
    sample("erfc", [real(3, 4)], scipy.special.erfc),
    sample("erfinv", [real(3, 4, low=-0.9, high=0.9)], scipy.special.erfinv),
    sample("ndtr", [real(3, 4)], scipy.stats.norm.cdf),
    sample("ndtri", [real(3, 4, low=0.1, high=0.9)], scipy.stats.norm.ppf),
    # the gamma function
    sample("lgamma", [positive(3, 4)], scipy.special.gammaln),
    sample("lgamma", [real(5, low=-1.9, high=-1.1)], scipy.special.gammaln),
    sample("digamma", [positive(3, 4)], scipy.special.digamma),
    sample("digamma", [real(5, low=-1.9, high=-1.1)], scipy.special.digamma),
    sample("polygamma", [0, positive(3, 4)], scipy.special.polygamma, covers=("digamma",)),
    sample(
        "polygamma", [1, positive(3, 4)], scipy.special.polygamma, covers=("_polygamma",),
        must_raise=[refuses(RuntimeError, NEGATIVE_ORDER, -1, real(3))],
    ),
    sample(
        lambda n, x: torch.polygamma(n, x), [3, positive(5)], scipy.special.polygamma,
        name="polygamma of order 3", covers=(),
    ),
    sample(
        "mvlgamma", [real(3, 4, low=1.2, high=4), 3], scipy.special.multigammaln,
        must_raise=[refuses(RuntimeError, "p has to be greater than or equal to 1", real(3), 0)],
    ),
    # Bessel functions and entropy
    sample("i0", [real(3, 4)], scipy.special.i0),
    sample("i1", [real(3, 4)], scipy.special.i1),
    sample("i1", [values([0.0, 1e-9])], scipy.special.i1),
    sample("_bessel_i", [2, real(3, 4)], scipy.special.iv),
    sample("entr", [positive(3, 4)], scipy.special.entr),
]  # fmt: skip
