"""Samples for beta functions, elliptic integrals, hypergeometric functions, and what SciPy has beside them."""

import functools

import numpy as np
import scipy.integrate
import scipy.special

from op_samples import complexes, integers, nonzero, positive, real, sample, values
from samples_special import between, of_fourth_order

SPECIAL = scipy.special


@functools.partial(np.vectorize, otypes=[float])
def sine_integral(phi, m, power, n):
    def integrand(t):
        return (1 - m * np.sin(t) ** 2) ** power * np.sin(t) ** (2 * n)

    return scipy.integrate.quad(integrand, 0, phi, epsabs=1e-13, epsrel=1e-13)[0]


SAMPLES = [
    # beta functions
    sample("beta", [positive(3, 4), positive(4)], SPECIAL.beta),
    sample("betaln", [positive(3, 4), positive(4)], SPECIAL.betaln),
    sample("betainc", [positive(3, 4), positive(4), between(0.1, 0.9, 4)], SPECIAL.betainc),
    sample("betainc", [between(5.0, 30.0), between(5.0, 30.0, 4), between(0.2, 0.8, 4)], SPECIAL.betainc),
    sample("betaincc", [positive(3, 4), positive(4), between(0.1, 0.9, 4)], SPECIAL.betaincc),
    sample("betaincc", [between(0.02, 0.2), positive(4), between(0.001, 0.1, 4)], SPECIAL.betaincc),
    sample(
        "betainc_by", [positive(3, 4), positive(4), between(0.1, 0.9, 4), 1, 0],
        lambda a, b, x, i, j: of_fourth_order(SPECIAL.betainc, a, b, x), tolerance=1e-9,
    ),
    sample("betaincinv", [positive(3, 4), positive(4), between(0.2, 0.8, 4)], SPECIAL.betaincinv, tolerance=1e-11),
    sample("betainccinv", [positive(3, 4), positive(4), between(0.2, 0.8, 4)], SPECIAL.betainccinv, tolerance=1e-11),
    sample("binom", [between(2.2, 5.0), between(0.1, 2.0, 4)], SPECIAL.binom),
    sample("poch", [positive(3, 4), positive(4)], SPECIAL.poch),
    # elliptic integrals
    sample("ellipk", [between(-3.0, 0.9)], SPECIAL.ellipk),
    sample("ellipk", [values([0.0, 1e-9])], SPECIAL.ellipk),
    sample("ellipkm1", [between(0.1, 3.0)], SPECIAL.ellipkm1),
    sample("ellipe", [between(-3.0, 0.9)], SPECIAL.ellipe),
    sample("ellipkinc", [between(-4.0, 4.0), between(-3.0, 0.9, 4)], SPECIAL.ellipkinc),
    sample("ellipeinc", [between(-4.0, 4.0), between(-3.0, 0.9, 4)], SPECIAL.ellipeinc),
    sample("_sine_integral", [between(0.0, 1.5), between(-3.0, 0.9, 4), -1.5, 1], sine_integral),
    sample("ellipj", [real(3, 4), between(0.1, 0.9, 4)], SPECIAL.ellipj),
    # hypergeometric functions
    sample("hyp0f1", [1.5, real(3, 4)], SPECIAL.hyp0f1),
    sample("hyp1f1", [0.5, 1.5, real(3, 4)], SPECIAL.hyp1f1),
    sample("hyp2f1", [0.5, 0.7, 1.5, between(-3.0, 0.9)], SPECIAL.hyp2f1),
    sample("hyperu", [0.5, 1.5, positive(3, 4)], SPECIAL.hyperu),
    sample("wright_bessel", [0.5, 1.5, positive(3, 4)], SPECIAL.wright_bessel),
    # exponential integrals
    sample("expi", [nonzero(3, 4)], SPECIAL.expi),
    sample("exp1", [positive(3, 4)], SPECIAL.exp1),
    sample("expn", [integers(4, low=1, high=5), positive(3, 4)], SPECIAL.expn),
    sample("expn", [0, positive(3, 4)], SPECIAL.expn),
    sample("_expn", [-2, positive(3, 4)], lambda n, x: np.exp(-x) * (x * x + 2 * x + 2) / x**3),
    sample("exprel", [nonzero(3, 4)], SPECIAL.exprel),
    sample("exprel", [values([0.0, 1e-9])], SPECIAL.exprel),
    sample("spence", [positive(3, 4)], SPECIAL.spence),
    sample("spence", [values([1.0, 1 + 1e-9])], SPECIAL.spence),
    sample("sici", [positive(3, 4)], SPECIAL.sici),
    sample("shichi", [positive(3, 4)], SPECIAL.shichi),
    # Lambert's and Wright's
    sample("lambertw", [positive(3, 4)], SPECIAL.lambertw),
    sample("wrightomega", [real(3, 4)], SPECIAL.wrightomega),
    # elementary functions and distributions
    *(sample(name, [nonzero(3, 4)], getattr(SPECIAL, name)) for name in ("cbrt", "exp10", "cosm1", "log_expit")),
    *(
        sample(name, [between(10.0, 80.0)], getattr(SPECIAL, name), tolerance=1e-11)
        for name in ("sindg", "cosdg", "tandg", "cotdg")
    ),
    sample("powm1", [positive(3, 4), real(4)], SPECIAL.powm1),
    sample("boxcox", [positive(3, 4), real(4)], SPECIAL.boxcox),
    sample("boxcox1p", [positive(3, 4), real(4)], SPECIAL.boxcox1p),
    sample("inv_boxcox", [positive(3, 4), between(-0.2, 1.0, 4)], SPECIAL.inv_boxcox),
    sample("inv_boxcox1p", [positive(3, 4), between(-0.2, 1.0, 4)], SPECIAL.inv_boxcox1p),
    sample("huber", [between(0.5, 0.9, 4), values([[0.2], [3.0], [-4.0]])], SPECIAL.huber),
    sample("pseudo_huber", [positive(4), real(3, 4)], SPECIAL.pseudo_huber),
    sample("wofz", [real(3, 4)], SPECIAL.wofz),
    sample("wofz", [complexes(3)], SPECIAL.wofz),
    sample("stdtr", [positive(4), nonzero(3, 4)], SPECIAL.stdtr),
]  # fmt: skip
