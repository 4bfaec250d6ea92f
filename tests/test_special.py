"""Special functions: derivatives in every argument, their accuracy far out and at edges, and identities."""

import math

import numpy as np
import pytest
import scipy.special

import chainrule as torch
from samples_special import of_fourth_order
from test_scipy_ufuncs import DIFFERENTIATED, UFUNCS, arguments, as_tuple, of_integers

INF, NAN = math.inf, math.nan
# Whole numbers, of which functions of real numbers are made by another way.
WHOLE = {
    "bdtr": (0, 1), "bdtrc": (0, 1), "nbdtr": (0, 1), "nbdtrc": (0, 1), "pdtr": (0,), "pdtrc": (0,), "expn": (0,),
    "eval_hermite": (0,), "eval_hermitenorm": (0,), "kn": (0,), "yn": (0,), "jn": (0,), "gammasgn": (0,), "round": (0,),
}  # fmt: skip
CASES = [(name, i) for name in DIFFERENTIATED for i in range(UFUNCS[name].nin) if i not in WHOLE.get(name, ())]


def leaf(*numbers):
    return torch.tensor(list(numbers), dtype=torch.float64, requires_grad=True)


def gradient(result, *variables):
    return torch.autograd.grad(result.sum(), variables, create_graph=True)


@pytest.mark.parametrize(("name", "argument"), CASES)
def test_derivative_in_each_argument(name, argument):
    # Against SciPy's values alone.
    given = list(arguments(name))
    variable = leaf(given[argument])
    results = as_tuple(UFUNCS[name](*given[:argument], variable, *given[argument + 1 :]))
    exact = of_integers(name)

    def moved(number):
        return as_tuple(UFUNCS[name](*exact[:argument], float(number), *exact[argument + 1 :]))

    for part, result in enumerate(results):
        try:
            (found,) = gradient(result.real if result.is_complex() else result, variable)
        except NotImplementedError as error:
            assert "with respect to its" in str(error)  # noqa: PT017 (it may raise, and then this)
            return
        wanted = of_fourth_order(lambda number, part=part: np.real(moved(number)[part]), given[argument])
        np.testing.assert_allclose(found.detach().numpy(), [wanted], rtol=2e-9, atol=1e-11)


# ---- accuracy: numbers computed with 40 digits ----


# Expression in t, t, its slope there.
SLOPES = [
    # In a parameter, where a series or a difference would lose its digits.
    ("gammainc(t, 0.25)", 0.01, -1.0453366350748019),
    ("gammainc(t, 1050.0)", 1000.0, -0.0036718379194951802),
    ("gammaincc(t, 3.0)", 0.001, 0.013097911478885032),
    ("gammaincc(t, 60.0)", 2.0, 1.9700535528457559e-24),
    ("betainc(t, 0.02, 0.996)", 2.0, -0.011635417036145779),
    ("betainc(t, 300.0, 0.4)", 200.0, -0.021872227094796969),
    ("betainc(2.0, t, 1e-6)", 0.5, 1.0000000833333332e-12),
    ("zeta(t, 3.0)", 1.001, -999999.58086061916),
    ("zeta(t, 0.01)", 20.0, 4.6051701859880894e40),
    ("jv(t, 1500.0)", 2.0, 0.020233966471064162),
    ("yv(t, 0.01)", 3.5, -766152774.2864414),
    ("iv(t, 50.0)", 2.0, -1.137771005770628e19),
    ("kv(t, 0.001)", 1.5, 302694.74731912016),
    # Where a quotient would.
    ("ellipk(t)", 0.999999, 499998.3014712779),
    ("ellipk(t)", -1e4, 2.4955576098909522e-6),
    ("ellipe(t)", 1e-8, -0.39269908317134572),
    ("ellipkinc(1.57, t)", 0.99, 49.048170972012383),
    ("ellipeinc(10.0, t)", -5.0, -1.1466980574912552),
    ("erfcx(t)", 12.0, -0.003877862738062271),
    ("erfcx(t)", 1e6, -5.6418958354691e-13),
    ("dawsn(t)", 30.0, -0.00055648406355054791),
    ("log_ndtr(t)", -100.0, 100.00999800099926),
    ("airy_ai(t)", 5.0, -0.00024741389086846248),
]


@pytest.mark.parametrize(("expression", "at", "slope"), SLOPES)
def test_slopes_known_to_40_digits(expression, at, slope):
    t = leaf(at)
    (found,) = gradient(eval(f"special.{expression}", {"special": torch.special, "t": t}), t)
    np.testing.assert_allclose(found.item(), slope, rtol=2e-12)


def test_riemanns_zeta_on_the_left():
    s = leaf(-2.5, 0.3)
    (found,) = gradient(scipy.special.zeta(s), s)
    np.testing.assert_allclose(found.detach().numpy(), [-0.0062657363721897584, -1.9618608600898818], rtol=1e-12)


def test_a_second_derivative_in_a_parameter():
    a = leaf(2.5)
    (first,) = gradient(torch.special.gammainc(a, 3.0), a)
    (second,) = gradient(first, a)
    np.testing.assert_allclose(second.item(), -0.03980498725025574, rtol=1e-12)


def test_derivatives_in_two_arguments_may_be_taken_in_either_order():
    a, b, x = leaf(0.7), leaf(2.5), leaf(0.3)
    for result, pairs in (
        (torch.special.gammainc(a, x), [(a, x)]),
        (torch.special.betainc(a, b, x), [(a, b), (a, x), (b, x)]),
        (torch.special.zeta(b, x), [(b, x)]),
        (torch.special.kv(a, x), [(a, x)]),
        (torch.special.jv(a, x), [(a, x)]),
        (torch.special.ellipkinc(a, x), [(a, x)]),
        (torch.special.ellipj(a, x).dn, [(a, x)]),
        (torch.special.binom(b, a), [(a, b)]),
    ):
        for u, v in pairs:
            (of_u,), (of_v,) = gradient(result, u), gradient(result, v)
            (one,), (other,) = gradient(of_u, v), gradient(of_v, u)
            np.testing.assert_allclose(one.item(), other.item(), rtol=1e-9)


def test_third_derivatives():
    a = leaf(1.7)
    (first,) = gradient(torch.special.gammaincc(a, 2.0), a)
    (second,) = gradient(first, a)
    (third,) = gradient(second, a)

    def second_at(number):
        at = leaf(number)
        (of_it,) = gradient(torch.special.gammaincc(at, 2.0), at)
        return gradient(of_it, at)[0].item()

    np.testing.assert_allclose(third.item(), of_fourth_order(second_at, 1.7), rtol=1e-8)


# ---- identities ----


def test_wronskians():
    z = leaf(0.3, 2.0, 17.0)
    j, y = torch.special.jv(0.7, z), torch.special.yv(0.7, z)
    (of_j,), (of_y,) = gradient(j, z), gradient(y, z)
    np.testing.assert_allclose((j * of_y - of_j * y).detach().numpy(), 2 / (np.pi * z.detach().numpy()), rtol=1e-12)
    i, k = torch.special.iv(0.7, z), torch.special.kv(0.7, z)
    (of_i,), (of_k,) = gradient(i, z), gradient(k, z)
    np.testing.assert_allclose((i * of_k - of_i * k).detach().numpy(), -1 / z.detach().numpy(), rtol=1e-12)


def test_legendres_equation():
    x = leaf(-1.0, -0.3, 0.0, 0.9, 1.0)
    for n in range(6):
        p = torch.special.legendre_polynomial_p(x, n)
        (first,) = gradient(p, x)
        if n == 0:
            assert not first.detach().numpy().any()
            continue
        (second,) = gradient(first, x)
        rest = (1 - x * x) * second - 2 * x * first + n * (n + 1) * p
        np.testing.assert_allclose(rest.detach().numpy(), 0, atol=1e-13)


def test_the_gamma_distributions_score_has_no_mean():
    # The integral of the density's slope in its parameter is that of a constant: zero.
    x = np.linspace(0, 60, 20001)[1:]
    a = torch.full(x.shape, 2.5, dtype=torch.float64, requires_grad=True)
    (slope,) = gradient(torch.special.gammainc(a, torch.tensor(x)), a)
    assert abs(slope[-1].item()) < 1e-20
    np.testing.assert_allclose(slope.detach().numpy().min(), -0.2, atol=0.1)


# ---- edges ----

# Expression in x (and so in all of its elements), x, value, gradient of the sum.
EDGES = [
    ("gammainc(x[0], x[1])", [0, 2], 1, [-0.04890051070806112, 0]),
    ("gammainc(x[0], x[1])", [2, 0], 0, [0, 0]),
    ("gammainc(x[0], x[1])", [1, 0], 0, [0, 1]),
    ("gammainc(x[0], x[1])", [2, INF], 1, [0, 0]),
    ("gammaincc(x[0], x[1])", [2, INF], 0, [0, 0]),
    ("gammainc(x[0], x[1])", [1, -1], NAN, [NAN, NAN]),
    ("betainc(x[0], x[1], x[2])", [2, 3, 0], 0, [0, 0, 0]),
    ("betainc(x[0], x[1], x[2])", [2, 3, 1], 1, [0, 0, 0]),
    ("betainc(x[0], x[1], x[2])", [1, 2, 0], 0, [0, 0, 2]),
    ("betainc(x[0], x[1], x[2])", [1, 1, 2], NAN, [NAN, NAN, NAN]),
    ("betainc(x[0], x[1], x[2])", [0, 2, 0.25], 1, [0.75 - math.log(4), 0, 0]),
    ("betainc(x[0], x[1], x[2])", [1, 0, 0.25], 0, [0, math.log(4 / 3), 0]),
    ("zeta(x[0], x[1])", [0.5, 2], NAN, [NAN, NAN]),
    ("rgamma(x)", [0.0], 0, [1]),
    ("rgamma(x)", [-3.0], 0, [-6]),
    ("binom(x[0], x[1])", [3, 5], 0, [-0.05, 0.05]),
    ("binom(x[0], x[1])", [2, -1], 0, [0, 1 / 3]),
    ("binom(x[0], x[1])", [0, 300], 0, [-1 / 300, 1 / 300]),
    ("poch(x[0], x[1])", [0, 3], 0, [2, 0]),
    ("i0e(x)", [0.0], 1, [0]),
    ("i1e(x)", [0.0], 0, [0.5]),
    ("bessel_j1(x)", [0.0], 0, [0.5]),
    ("bessel_y1(x)", [0.0], -INF, [INF]),
    ("modified_bessel_k1(x)", [0.0], INF, [-INF]),
    ("scaled_modified_bessel_k0(x)", [0.0], INF, [-INF]),
    ("spherical_bessel_j0(x)", [0.0], 1, [0]),
    ("airy_ai(x)", [200.0], 0, [0]),
    ("airy(x).aip", [INF], 0, [0]),
    ("airy(x).bi", [INF], INF, [INF]),
    ("xlog1py(x[0], x[1])", [0, -1], 0, [0, 0]),
    ("xlog1py(x[0], x[1])", [0, -3], 0, [0, 0]),
    ("rel_entr(x[0], x[1])", [0, 2], 0, [-INF, 0]),
    ("kl_div(x[0], x[1])", [0, 0], 0, [0, 1]),
    ("ellipk(x)", [0.0], math.pi / 2, [math.pi / 8]),
    ("ellipe(x)", [0.0], math.pi / 2, [-math.pi / 8]),
    ("exprel(x)", [0.0], 1, [0.5]),
    ("spence(x)", [1.0], 0, [-1]),
    ("stdtr(x[0], x[1])", [3, 0], 0.5, [0, 0.36755259694786137]),
    ("stdtr(x[0], x[1])", [2, INF], 1, [0, 0]),
    ("stdtr(x[0], x[1])", [INF, 1], 0.8413447460685429, [0, 0.24197072451914337]),
    ("jv(x[0], x[1])", [1, 0], 0, [0, 0.5]),
    ("kv(x[0], x[1])", [1, INF], 0, [0, 0]),
    ("rgamma(x)", [INF], 0, [0]),
    ("beta(x[0], x[1])", [1, INF], 0, [0, 0]),
    ("beta(x[0], x[1])", [0.5, -1.5], 0, [-4.18879020478639, -4.18879020478639]),
    ("binom(x[0], x[1])", [300, 1e5], 0, [0, 0]),
    ("hyp1f1(1.0, 2.0, x)", [INF], INF, [INF]),
    ("hyp1f1(1.0, 2.0, x)", [-INF], 0, [0]),
    ("powm1(x[0], x[1])", [0, 2], -1, [0, 0]),
    ("boxcox(x[0], x[1])", [0, 2], -0.5, [0, 0.25]),
    ("boxcox(x[0], x[1])", [3, 0], math.log(3), [1 / 3, math.log(3) ** 2 / 2]),
    ("inv_boxcox(x[0], x[1])", [2, 0], math.exp(2), [math.exp(2), -2 * math.exp(2)]),
    ("huber(x[0], x[1])", [1, 1], 0.5, [0, 1]),
    ("lambertw(x).real", [0.0], 0, [1]),
    ("legendre_polynomial_p(x, 4)", [1.0], 1, [10]),
    ("chebyshev_polynomial_t(x, 5)", [-1.0], -1, [25]),
    ("laguerre_polynomial_l(x, 3)", [INF], -INF, [-INF]),
    ("hermite_polynomial_h(x, 0)", [NAN], 1, [0]),
    ("log_ndtr(x)", [-INF], -INF, [INF]),
    ("log_ndtr(x)", [INF], 0, [0]),
]


@pytest.mark.parametrize(("expression", "at", "value", "slopes"), EDGES)
def test_edges(expression, at, value, slopes):
    x = leaf(*map(float, at))
    result = eval(f"special.{expression}", {"special": torch.special, "x": x})
    np.testing.assert_allclose(result.detach().numpy().reshape(-1), [value], rtol=1e-12, atol=0)
    found = torch.autograd.grad(result.sum(), x)[0]
    np.testing.assert_allclose(found.numpy(), slopes, rtol=1e-12, atol=1e-300)


def test_second_derivatives_at_edges_are_numbers():
    for expression, at in (
        ("log_ndtr(x)", 40.0), ("log_ndtr(x)", -1e3), ("erfcx(x)", 100.0), ("spherical_bessel_j0(x)", 0.0),
        ("bessel_j1(x)", 0.0), ("i1e(x)", 1e-300), ("ellipk(x)", 0.0), ("exprel(x)", 0.0), ("spence(x)", 1.0),
        ("legendre_polynomial_p(x, 4)", 1.0), ("gammainc(2.0, x)", 1e-300), ("rgamma(x)", 0.5), ("boxcox(2.0, x)", 0.0),
    ):  # fmt: skip
        x = leaf(at)
        (first,) = gradient(eval(f"special.{expression}", {"special": torch.special, "x": x}), x)
        (second,) = gradient(first, x)
        assert math.isfinite(second.item()), expression


# ---- types and methods ----


def test_half_precision_is_kept():
    x = torch.tensor([0.5, 1.0], dtype=torch.float16)
    for name in ("bessel_j0", "erfcx", "airy_ai", "gamma", "ellipk", "log_ndtr"):
        assert getattr(torch.special, name)(x * 0.5).dtype == torch.float16
    assert torch.special.gammainc(x, x).dtype == torch.float16
    assert torch.special.chebyshev_polynomial_t(x, 3).dtype == torch.float16


def test_large_arrays_have_the_same_numbers():
    x = np.linspace(0.1, 3, 1 << 18)
    t = torch.tensor(x, requires_grad=True)
    for name, value in (("bessel_j0", scipy.special.j0), ("erfcx", scipy.special.erfcx), ("ellipk", None)):
        result = getattr(torch.special, name)(t if value else t * 0.1)
        (slope,) = torch.autograd.grad(result[:5].sum(), t)
        small = leaf(*x[:5])
        short = getattr(torch.special, name)(small if value else small * 0.1)
        assert np.array_equal(result[:5].detach().numpy(), short.detach().numpy())
        np.testing.assert_allclose(slope[:5].numpy(), gradient(short, small)[0].detach().numpy(), rtol=1e-13)


def test_derivatives_of_many_elements_are_those_of_each():
    rng = np.random.default_rng(0)
    a, x = rng.uniform(0.1, 30, 5000), rng.uniform(0.1, 30, 5000)
    for function in (torch.special.gammainc, torch.special.kv, torch.special.jv):
        t = torch.tensor(a, requires_grad=True)
        (slopes,) = torch.autograd.grad(function(t, torch.tensor(x)).sum(), t)
        for i in (0, 2047, 2048, 4999):
            one = leaf(a[i])
            np.testing.assert_allclose(
                slopes[i].item(), gradient(function(one, x[i]), one)[0].item(), rtol=1e-9, atol=1e-14
            )


def test_students_slope_in_the_degrees_of_freedom_near_zero():
    # There the function is 1/2 + t times the density at zero, whose slope is known.
    df, t = leaf(3.0), 1e-9
    (found,) = gradient(torch.special.stdtr(df, t), df)
    halves = (scipy.special.digamma(2.0) - scipy.special.digamma(1.5)) / 2 - 1 / 6
    np.testing.assert_allclose(found.item(), t * 0.36755259694786137 * halves, rtol=1e-9)


def test_methods_and_twins():
    x = torch.tensor([0.5, 1.5])
    assert x.polygamma(1).tolist() == torch.polygamma(1, x).tolist()
    assert x.clone().polygamma_(1).tolist() == x.polygamma(1).tolist()
    assert x.clone().igamma_(x).tolist() == torch.igamma(x, x).tolist() == x.igamma(x).tolist()
    assert x.clone().igammac_(x).tolist() == torch.igammac(x, x).tolist()
    assert torch.xlogy_(x.clone(), x).tolist() == torch.xlogy(x, x).tolist()
