"""Samples for error functions, the normal distribution, entropies (ops/special.py), gamma functions and zeta."""

import numpy as np
import scipy.special
import scipy.stats

import chainrule as torch
from op_samples import complexes, integers, nonzero, positive, real, refuses, sample

NEGATIVE_ORDER = "polygamma(n, x) does not support negative n."


def not_for_complex(kernel):
    return [refuses(NotImplementedError, f"\"{kernel}\" not implemented for 'ComplexDouble'", complexes(3))]


def between(low, high, *shape):
    return real(*(shape or (3, 4)), low=low, high=high)


SAMPLES = [
    # error functions
    sample("erf", [real(3, 4)], scipy.special.erf, must_raise=not_for_complex("erf_vml_cpu")),
    sample("erf", [integers(3)], lambda x: scipy.special.erf(x).astype(np.float32), tolerance=1e-6),
    sample("erfc", [real(3, 4)], scipy.special.erfc),
    sample("erfinv", [between(-0.9, 0.9)], scipy.special.erfinv),
    sample("erfcinv", [between(0.1, 1.9)], scipy.special.erfcinv),
    sample("special_erfcx", [real(3, 4)], scipy.special.erfcx, must_raise=not_for_complex("erfcx_cpu")),
    sample("special_erfcx", [between(10.5, 1000.0)], scipy.special.erfcx),
    sample("erfi", [real(3, 4)], scipy.special.erfi),
    sample("dawsn", [real(3, 4)], scipy.special.dawsn),
    sample("dawsn", [between(-1000.0, -10.5)], scipy.special.dawsn),
    sample("fresnel", [real(3, 4)], scipy.special.fresnel),
    # the normal distribution
    sample("ndtr", [real(3, 4)], scipy.stats.norm.cdf),
    sample("special_ndtri", [between(0.1, 0.9)], scipy.stats.norm.ppf),
    sample("special_log_ndtr", [between(-40.0, 5.0)], scipy.special.log_ndtr,
           must_raise=not_for_complex("log_ndtr_cpu")),
    sample("_hazard", [between(-40.0, 10.0)], lambda x: np.exp(scipy.stats.norm.logpdf(x) - scipy.special.log_ndtr(x)),
           tolerance=1e-11),
    sample("ndtri_exp", [between(-3.0, -0.1)], scipy.special.ndtri_exp),
    sample("owens_t", [real(3, 4), real(4)], scipy.special.owens_t),
    # entropies and logarithms
    sample("special_entr", [positive(3, 4)], scipy.special.entr),
    sample("rel_entr", [positive(3, 4), positive(4)], scipy.special.rel_entr),
    sample("kl_div", [positive(3, 4), positive(4)], scipy.special.kl_div),
    sample("special_xlog1py", [nonzero(3, 4), between(-0.7, 2.0, 4)], scipy.special.xlog1py),
    sample("special_xlog1py", [nonzero(3, 4), 0.5], scipy.special.xlog1py),
    sample("special_xlog1py", [0.5, positive(3, 4)], scipy.special.xlog1py),
    # the gamma function
    sample("gamma", [positive(3, 4)], scipy.special.gamma, must_raise=not_for_complex("gamma")),
    sample("gamma", [between(-1.9, -1.1, 5)], scipy.special.gamma),
    sample("rgamma", [positive(3, 4)], scipy.special.rgamma),
    sample("rgamma", [between(-1.9, -1.1, 5)], scipy.special.rgamma),
    sample("lgamma", [positive(3, 4)], scipy.special.gammaln),
    sample("lgamma", [between(-1.9, -1.1, 5)], scipy.special.gammaln),
    sample("loggamma", [positive(3, 4)], scipy.special.loggamma),
    sample("gammasgn", [nonzero(3, 4)], scipy.special.gammasgn, orders=0),
    sample("digamma", [positive(3, 4)], scipy.special.digamma),
    sample("digamma", [between(-1.9, -1.1, 5)], scipy.special.digamma),
    sample("polygamma", [0, positive(3, 4)], scipy.special.polygamma, covers=()),
    sample(
        "polygamma", [1, positive(3, 4)], scipy.special.polygamma, covers=(),
        must_raise=[refuses(RuntimeError, NEGATIVE_ORDER, -1, real(3))],
    ),
    sample("_polygamma", [positive(3, 4), 2], lambda x, n: scipy.special.polygamma(n, x)),
    sample(
        lambda n, x: torch.polygamma(n, x), [3, positive(5)], scipy.special.polygamma,
        name="polygamma of order 3", covers=(),
    ),
    sample(
        "mvlgamma", [between(1.2, 4.0), 3], scipy.special.multigammaln,
        must_raise=[refuses(RuntimeError, "p has to be greater than or equal to 1", real(3), 0)],
    ),
    # incomplete gamma functions
    sample("igamma", [positive(3, 4), positive(4)], scipy.special.gammainc),
    sample("igamma", [between(20.0, 60.0), between(20.0, 60.0, 4)], scipy.special.gammainc),
    sample("igammac", [positive(3, 4), positive(4)], scipy.special.gammaincc),
    sample("igammac", [between(0.01, 0.5), between(0.001, 0.5, 4)], scipy.special.gammaincc),
    sample(
        "_igamma_by_a", [positive(3, 4), positive(4), 1], lambda a, x, n: of_fourth_order(scipy.special.gammainc, a, x),
        tolerance=1e-9,
    ),
    sample("gammaincinv", [positive(3, 4), between(0.1, 0.9, 4)], scipy.special.gammaincinv),
    sample("gammainccinv", [positive(3, 4), between(0.1, 0.9, 4)], scipy.special.gammainccinv),
    # zeta
    sample("special_zeta", [between(1.5, 4.0), between(0.5, 3.0, 4)], scipy.special.zeta),
    sample("special_zeta", [between(1.5, 4.0), 2.0], scipy.special.zeta),
    sample("special_zeta", [3.0, between(0.5, 3.0)], scipy.special.zeta),
    sample(
        "_zeta_by_s", [between(1.5, 4.0), between(0.5, 3.0, 4), 1],
        lambda s, q, n: of_fourth_order(scipy.special.zeta, s, q), tolerance=1e-9,
    ),
    sample("_riemann_zeta", [between(-3.0, 0.9)], scipy.special.zeta),
    sample("_riemann_zeta", [between(1.1, 4.0)], scipy.special.zeta),
    sample("zetac", [between(1.1, 4.0)], scipy.special.zetac),
]  # fmt: skip


def of_fourth_order(function, a, *others):
    """The derivative in the first argument by differences, of which the error is about 1e-11."""
    h = 2e-3 * np.abs(a)

    def difference(h):
        return (function(a + h, *others) - function(a - h, *others)) / (2 * h)

    # Richardson's extrapolation, twice.
    d = [difference(h / 2**i) for i in range(3)]
    d = [(4 * d[1] - d[0]) / 3, (4 * d[2] - d[1]) / 3]
    return (16 * d[1] - d[0]) / 15
