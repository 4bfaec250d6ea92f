"""Where special functions differ from PyTorch on purpose, by the names of their rows of samples."""

_FROM_SCIPY = [
    "erfcinv", "erfi", "dawsn", "dawsn 2", "fresnel", "ndtri_exp", "owens_t", "rel_entr", "kl_div", "gamma",
    "gamma 2", "rgamma", "rgamma 2", "loggamma", "gammasgn", "gammaincinv", "gammainccinv", "zetac", "jv", "jv 2",
    "yv", "yv 2", "iv", "iv 2", "ive", "kv", "kve", "airy", "struve", "modstruve", "ber", "bei", "ker", "kei", "berp",
    "beip", "kerp", "keip", "berp 2", "beip 2", "beta", "betaln", "betainc", "betainc 2", "betaincc", "betaincc 2",
    "betaincinv", "betainccinv", "binom", "poch", "ellipk", "ellipk 2", "ellipkm1", "ellipe", "ellipkinc",
    "ellipeinc", "ellipj", "hyp0f1", "hyp1f1", "hyp2f1", "hyperu", "wright_bessel", "expi", "exp1", "expn", "expn 2",
    "exprel", "exprel 2", "spence", "spence 2", "sici", "shichi", "lambertw", "wrightomega", "eval_chebyt",
    "eval_chebyu", "eval_chebyc", "eval_chebys", "eval_hermite", "eval_hermitenorm", "eval_legendre", "eval_laguerre",
    "eval_sh_chebyt", "eval_sh_chebyu", "eval_sh_legendre", "eval_chebyt 2", "eval_hermite 2", "eval_legendre 2",
    "eval_laguerre 2", "eval_chebyt 3", "eval_chebyu 2", "eval_legendre 3", "eval_laguerre 3", "eval_genlaguerre",
    "eval_gegenbauer", "eval_jacobi", "cbrt", "exp10", "cosm1", "log_expit", "sindg", "cosdg", "tandg", "cotdg",
    "powm1", "boxcox", "boxcox1p", "inv_boxcox", "inv_boxcox1p", "huber", "pseudo_huber", "wofz", "wofz 2", "stdtr",
]  # fmt: skip
_WITHOUT_DERIVATIVE = [
    "bessel_j0", "bessel_j1", "bessel_j1 2", "bessel_y0", "bessel_y1", "modified_bessel_i0", "modified_bessel_i1",
    "modified_bessel_k0", "modified_bessel_k1", "scaled_modified_bessel_k0", "scaled_modified_bessel_k1",
    "spherical_bessel_j0", "spherical_bessel_j0 2", "airy_ai", "chebyshev_polynomial_t", "chebyshev_polynomial_t 2",
    "chebyshev_polynomial_u", "chebyshev_polynomial_u 2", "chebyshev_polynomial_v", "chebyshev_polynomial_w",
    "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v",
    "shifted_chebyshev_polynomial_w", "hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l",
    "legendre_polynomial_p", "legendre_polynomial_p 2",
]  # fmt: skip
_WITHOUT_SOME_DERIVATIVE = ["igamma", "igamma 2", "igammac", "igammac 2", "special_zeta", "special_zeta 2"]

NOT_IN_PYTORCH = dict.fromkeys(_FROM_SCIPY, "a function of SciPy's that PyTorch does not have")
DIFFERENT_VALUES = {"special_airy_ai": "PyTorch's has six digits in places, SciPy's fifteen"}
DIFFERENT_GRADIENTS = {
    **dict.fromkeys(
        [f"special_{name}" for name in _WITHOUT_DERIVATIVE],
        "PyTorch's function has no derivative, and drops it silently",
    ),
    **dict.fromkeys(_WITHOUT_SOME_DERIVATIVE, "PyTorch has no derivative with respect to one of the arguments"),
}
