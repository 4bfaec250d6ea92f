"""Samples for Bessel functions (ops/bessel.py)."""

import numpy as np
import scipy.special

from op_samples import complexes, nonzero, positive, real, refuses, sample, values
from samples_special import not_for_complex, of_fourth_order


def spherical_j(n, z):
    return np.where(np.asarray(n) < 0, 0, scipy.special.spherical_jn(np.maximum(n, 0).astype(int), z))


def by_order(function):
    """The first derivative in the order, by differences."""
    return lambda v, z, n: of_fourth_order(function, v, z)


SAMPLES = [
    sample("special_bessel_j0", [real(3, 4)], scipy.special.j0, must_raise=not_for_complex("bessel_j0_cpu")),
    sample("special_bessel_j1", [real(3, 4)], scipy.special.j1, must_raise=not_for_complex("bessel_j1_cpu")),
    sample("special_bessel_j1", [values([0.0, 1e-9])], scipy.special.j1),
    sample("special_bessel_y0", [positive(3, 4)], scipy.special.y0, must_raise=not_for_complex("bessel_y0_cpu")),
    sample("special_bessel_y1", [positive(3, 4)], scipy.special.y1, must_raise=not_for_complex("bessel_y1_cpu")),
    sample("jv", [2, real(3, 4)], scipy.special.jv),
    sample("jv", [real(4, low=-2, high=3), positive(3, 4)], scipy.special.jv),
    sample("yv", [0.5, positive(3, 4)], scipy.special.yv),
    sample("yv", [real(4, low=-2, high=3), positive(3, 4)], scipy.special.yv),
    sample("i0", [real(3, 4)], scipy.special.i0),
    sample("special_i1", [real(3, 4)], scipy.special.i1),
    sample("special_i1", [values([0.0, 1e-9])], scipy.special.i1),
    sample("special_i0e", [nonzero(3, 4)], scipy.special.i0e, must_raise=not_for_complex("i0e_cpu")),
    sample("special_i1e", [nonzero(3, 4)], scipy.special.i1e, must_raise=not_for_complex("i1e_cpu")),
    sample("special_modified_bessel_i0", [real(3, 4)], scipy.special.i0),
    sample("special_modified_bessel_i1", [real(3, 4)], scipy.special.i1),
    sample("iv", [2, real(3, 4)], scipy.special.iv),
    sample("iv", [real(4, low=-2, high=3), positive(3, 4)], scipy.special.iv),
    sample("ive", [real(4, low=-2, high=3), positive(3, 4)], scipy.special.ive),
    sample("special_modified_bessel_k0", [positive(3, 4)], scipy.special.k0),
    sample("special_modified_bessel_k1", [positive(3, 4)], scipy.special.k1),
    sample("special_scaled_modified_bessel_k0", [positive(3, 4)], scipy.special.k0e),
    sample("special_scaled_modified_bessel_k1", [positive(3, 4)], scipy.special.k1e),
    sample("kv", [real(4), positive(3, 4)], scipy.special.kv),
    sample("kve", [real(4), positive(3, 4)], scipy.special.kve),
    sample("_j_by_order", [positive(4), positive(3, 4), 1], by_order(scipy.special.jv), tolerance=1e-9),
    sample("_y_by_order", [positive(4), positive(3, 4), 1], by_order(scipy.special.yv), tolerance=1e-9),
    sample("_scaled_i_by_order", [positive(4), positive(3, 4), 1], by_order(scipy.special.ive), tolerance=1e-9),
    sample("_scaled_k_by_order", [positive(4), positive(3, 4), 1], by_order(scipy.special.kve), tolerance=1e-9),
    sample("special_spherical_bessel_j0", [real(3, 4)], lambda x: scipy.special.spherical_jn(0, x),
           must_raise=not_for_complex("spherical_bessel_j0_cpu")),
    sample("special_spherical_bessel_j0", [values([0.0, 1e-9])], lambda x: scipy.special.spherical_jn(0, x)),
    sample("_spherical_j", [2, real(3, 4)], spherical_j),
    sample("special_airy_ai", [real(3, 4, low=-5, high=5)], lambda x: scipy.special.airy(x)[0],
           must_raise=not_for_complex("airy_ai_cpu")),
    sample("airy", [real(3, 4)], scipy.special.airy),
    sample("struve", [0.5, positive(3, 4)], scipy.special.struve),
    sample("modstruve", [0.5, positive(3, 4)], scipy.special.modstruve),
    *(
        sample(name, [positive(3, 4)], getattr(scipy.special, name), must_raise=[
            refuses(NotImplementedError, f"\"{name}\" not implemented for 'ComplexDouble'", complexes(3))
        ])
        for name in ("ber", "bei", "ker", "kei", "berp", "beip", "kerp", "keip")
    ),
    sample("berp", [values([0.0, 1e-6])], scipy.special.berp),
    sample("beip", [values([0.0, 1e-6])], scipy.special.beip),
]  # fmt: skip
