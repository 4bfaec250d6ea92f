"""Samples for orthogonal polynomials (ops/polynomials.py)."""

import numpy as np
import scipy.special

from op_samples import complexes, integers, real, refuses, sample, values

SPECIAL = scipy.special


def at_whole(function):
    """SciPy's polynomial, with PyTorch's order of the arguments and none of the degrees below zero."""
    return lambda x, n: np.where(np.asarray(n) < 0, 0, function(np.maximum(n, 0).astype(int), x))


def third(n, x):
    return np.cos((n + 0.5) * np.arccos(x)) / np.cos(0.5 * np.arccos(x))


def fourth(n, x):
    return np.sin((n + 0.5) * np.arccos(x)) / np.sin(0.5 * np.arccos(x))


def at_shifted(function):
    return lambda n, x: function(n, 2 * x - 1)


INSIDE = real(3, 4, low=-0.9, high=0.9)
HALF = real(3, 4, low=0.1, high=0.9)
DEGREES = integers(4, low=-1, high=9)
SMALL = integers(4, low=0, high=6)
ENDS = values([-1.0, 1.0, 0.0])

SAMPLES = [
    sample("special_chebyshev_polynomial_t", [INSIDE, DEGREES], at_whole(SPECIAL.eval_chebyt), tolerance=1e-11),
    sample("special_chebyshev_polynomial_t", [ENDS, 5], at_whole(SPECIAL.eval_chebyt)),
    sample("special_chebyshev_polynomial_u", [INSIDE, DEGREES], at_whole(SPECIAL.eval_chebyu)),
    sample("special_chebyshev_polynomial_u", [ENDS, 5], at_whole(SPECIAL.eval_chebyu)),
    sample("special_chebyshev_polynomial_v", [INSIDE, DEGREES], at_whole(third), tolerance=1e-11),
    sample("special_chebyshev_polynomial_w", [INSIDE, DEGREES], at_whole(fourth), tolerance=1e-11),
    sample("special_shifted_chebyshev_polynomial_t", [HALF, DEGREES], at_whole(SPECIAL.eval_sh_chebyt),
           tolerance=1e-11),
    sample("special_shifted_chebyshev_polynomial_u", [HALF, DEGREES], at_whole(SPECIAL.eval_sh_chebyu),
           tolerance=1e-11),
    sample("special_shifted_chebyshev_polynomial_v", [HALF, DEGREES], at_whole(at_shifted(third)), tolerance=1e-11),
    sample("special_shifted_chebyshev_polynomial_w", [HALF, DEGREES], at_whole(at_shifted(fourth)), tolerance=1e-11),
    sample("special_hermite_polynomial_h", [real(3, 4), SMALL], at_whole(SPECIAL.eval_hermite)),
    sample("special_hermite_polynomial_he", [real(3, 4), SMALL], at_whole(SPECIAL.eval_hermitenorm)),
    sample("special_laguerre_polynomial_l", [real(3, 4), DEGREES], at_whole(SPECIAL.eval_laguerre)),
    sample("special_legendre_polynomial_p", [INSIDE, DEGREES], at_whole(SPECIAL.eval_legendre)),
    sample("special_legendre_polynomial_p", [ENDS, 5], at_whole(SPECIAL.eval_legendre),
           must_raise=[refuses(NotImplementedError, '"legendre_polynomial_p_cpu" not implemented', complexes(3), 2)]),
    sample("_gegenbauer", [3, 1.5, real(3, 4)], SPECIAL.eval_gegenbauer),
    sample("_laguerre", [3, 1.0, real(3, 4)], SPECIAL.eval_genlaguerre),
    *(
        sample(name, [3, real(3, 4)], getattr(SPECIAL, name))
        for name in (
            "eval_chebyt", "eval_chebyu", "eval_chebyc", "eval_chebys", "eval_hermite", "eval_hermitenorm",
            "eval_legendre", "eval_laguerre", "eval_sh_chebyt", "eval_sh_chebyu", "eval_sh_legendre",
        )
    ),
    *(
        sample(name, [0, real(3, 4)], getattr(SPECIAL, name))
        for name in ("eval_chebyt", "eval_hermite", "eval_legendre", "eval_laguerre")
    ),
    *(
        sample(name, [2.5, HALF], getattr(SPECIAL, name))
        for name in ("eval_chebyt", "eval_chebyu", "eval_legendre", "eval_laguerre")
    ),
    sample("eval_genlaguerre", [3, 1.5, real(3, 4)], SPECIAL.eval_genlaguerre),
    sample("eval_gegenbauer", [3, 1.5, real(3, 4)], SPECIAL.eval_gegenbauer),
    sample("eval_jacobi", [3, 1.5, 0.5, real(3, 4)], SPECIAL.eval_jacobi),
]  # fmt: skip
