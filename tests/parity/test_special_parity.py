"""Special functions give what PyTorch gives: one expression, one line."""

import io
import re
from contextlib import redirect_stdout

import numpy as np
import pytest

import chainrule
from expressions import differences, outcome

torch = pytest.importorskip("torch")

# `positive` is drawn from 0.2 to 2; `y`, `x`, `v`, `w` are normal numbers; `i`, `u`, `b` integers and booleans.
SAME = """
torch.special.erfcx(x)
torch.special.erfcx(i)
torch.special.erfcx(b)
torch.special.erfcx(f)
torch.special.erfcx(e)
torch.special.erfcx(z)
torch.special.i0e(x)
torch.special.i0e(i)
torch.special.i0e(h)
torch.special.i1e(x)
torch.special.i1e(f)
torch.special.i1e(h)
torch.special.log_ndtr(x)
torch.special.log_ndtr(10 * x)
torch.special.log_ndtr(u)
torch.special.xlog1py(x, positive)
torch.special.xlog1py(x, v.abs())
torch.special.xlog1py(x, 2)
torch.special.xlog1py(2, positive)
torch.special.xlog1py(i, j[:3])
torch.special.xlog1py(h, h)
torch.special.xlog1py(x, 0.5)
torch.special.xlogy(x, 2)
torch.special.xlogy(0.5, positive)
torch.xlogy_(x * 1, positive)
(x * 1).xlogy_(positive)
torch.igamma(positive.detach(), y.abs())
torch.igammac(positive.detach(), y.abs())
torch.special.gammainc(positive.detach(), y.abs())
torch.special.gammaincc(positive.detach(), y.abs())
torch.igamma(positive.detach(), v.abs())
torch.igamma(f.abs(), i)
torch.igamma(h, h)
positive.detach().igamma(y.abs())
positive.detach().igammac(y.abs())
positive.detach().clone().igamma_(y.detach().abs())
positive.detach().clone().igammac_(y.detach().abs())
torch.special.zeta(positive.detach() + 1, positive)
torch.special.zeta(2, positive)
torch.special.zeta(3.5, i + 1)
torch.special.zeta(i, i)
positive.polygamma(2)
(positive * 1).polygamma_(2)
torch.polygamma(3, positive)
torch.special.polygamma(1, f.abs())
torch.special.expit(x)
torch.special.ndtr(x)
torch.special.ndtri(positive / 3)
torch.special.entr(positive)
torch.special.sinc(x)
torch.special.round(x, decimals=2)
torch.special.logit(positive / 3)
torch.special.logit(x, 0.1)
torch.special.softmax(x, 1)
torch.special.log_softmax(x, -1)
torch.special.logsumexp(x, (0, 1))
torch.special.exp2(x)
torch.special.expm1(x)
torch.special.log1p(positive)
torch.special.erfinv(x.tanh())
torch.special.erfcx(x.detach(), out=torch.zeros(2, 3, dtype=torch.float64))
torch.special.gammainc(positive.detach(), positive.detach(), out=torch.zeros(2, 3, dtype=torch.float64))
torch.special.zeta(positive.detach() + 1, 2, out=torch.zeros(2, 3, dtype=torch.float64))
torch.special.bessel_j0(f, out=torch.zeros(2, 3))
torch.special.chebyshev_polynomial_t(f, 2, out=torch.zeros(2, 3))
torch.special.bessel_j0(i)
torch.special.airy_ai(u)
torch.special.spherical_bessel_j0(f)
torch.special.modified_bessel_k0(f.abs())
torch.special.scaled_modified_bessel_k1(u)
torch.special.chebyshev_polynomial_u(2, i)
torch.special.chebyshev_polynomial_v(f, 3)
torch.special.chebyshev_polynomial_w(f, 3)
torch.special.hermite_polynomial_h(f, 2.7)
torch.special.hermite_polynomial_he(f, -1)
torch.special.laguerre_polynomial_l(f, i)
torch.special.legendre_polynomial_p(f, v.detach() * 3)
torch.special.shifted_chebyshev_polynomial_t(f, j[:3])
torch.special.shifted_chebyshev_polynomial_u(b, 2)
torch.special.shifted_chebyshev_polynomial_v(e.detach(), 2)
torch.special.shifted_chebyshev_polynomial_w(z.detach(), 3)
""".strip().splitlines()

# PyTorch's trigamma, a derivative here, has about nine digits.
LESS_EXACT = """
positive.polygamma(0)
positive.polygamma(1)
(positive * 1).polygamma_(0)
torch.special.psi(positive)
torch.special.gammaln(positive)
torch.special.multigammaln(positive + 2, 3)
""".strip().splitlines()

REFUSED = """
torch.special.airy_ai(c)
torch.special.bessel_j0(c)
torch.special.bessel_j1(c)
torch.special.bessel_y0(c)
torch.special.bessel_y1(c)
torch.special.modified_bessel_i0(c)
torch.special.modified_bessel_i1(c)
torch.special.modified_bessel_k0(c)
torch.special.modified_bessel_k1(c)
torch.special.scaled_modified_bessel_k0(c)
torch.special.scaled_modified_bessel_k1(c)
torch.special.spherical_bessel_j0(c)
torch.special.chebyshev_polynomial_t(c, 2)
torch.special.hermite_polynomial_h(c, 2)
torch.special.laguerre_polynomial_l(c, 2)
torch.special.legendre_polynomial_p(c, 2)
torch.special.erfcx(c)
torch.special.i0e(c)
torch.special.i1e(c)
torch.special.log_ndtr(c)
torch.special.xlog1py(c, c)
torch.special.zeta(c, c)
torch.igamma(c, c)
torch.igammac(c, c)
torch.igamma(x, w4)
torch.special.zeta(x, w4)
torch.special.chebyshev_polynomial_t(x, w4)
torch.special.erfcx(f, out=i)
i.igamma_(f)
x.igamma_(y)
x.polygamma(-1)
torch.polygamma(-1, x)
torch.xlogy_(x, y)
torch.xlogy_(i, f)
""".strip().splitlines()


@pytest.mark.parametrize("expression", SAME)
def test_same_values_types_nodes_and_gradients(expression):
    assert not differences(outcome(chainrule, expression), outcome(torch, expression))


@pytest.mark.parametrize("expression", LESS_EXACT)
def test_same_to_fewer_digits(expression):
    assert not differences(outcome(chainrule, expression), outcome(torch, expression), tolerance=1e-7)


@pytest.mark.parametrize("expression", REFUSED)
def test_same_errors(expression):
    ours, theirs = outcome(chainrule, expression), outcome(torch, expression)
    assert theirs[0].endswith("Error")
    assert ours == theirs


def test_every_name_is_there():
    assert set(torch.special.__all__) <= set(chainrule.special.__all__)


# What PyTorch refuses and chainrule computes.
MORE = """
torch.special.airy_ai(h)
torch.special.bessel_j0(h)
torch.special.erfcx(h)
torch.special.zeta(h + 1, h)
torch.special.chebyshev_polynomial_t(h, 2)
torch.igamma(x, 2)
torch.special.gammainc(2, positive)
torch.igamma(positive, positive).sum().backward()
torch.special.zeta(positive + 1, positive).sum().backward()
""".strip().splitlines()


@pytest.mark.parametrize("expression", MORE)
def test_what_is_taken_beyond_pytorch(expression):
    assert outcome(torch, expression)[0] in {"NotImplementedError", "TypeError"}
    assert not outcome(chainrule, expression)[0].endswith("Error")


# Where PyTorch's value or gradient is NaN, or has lost its digits, and a better one is there.
BETTER = [
    ("special.airy_ai", [-2.5], -0.112325067692966),
    ("special.airy_ai", [float("inf")], 0.0),
    ("special.chebyshev_polynomial_t", [float("inf"), 3.0], float("inf")),
    ("special.zeta", [2.0, float("inf")], 0.0),
    ("special.ndtr", [-20.0], 2.753624118606e-89),
]


@pytest.mark.parametrize(("name", "arguments", "value"), BETTER)
def test_better_values(name, arguments, value):
    def compute(library):
        return getattr(library.special, name.partition(".")[2])(
            *[library.tensor(a, dtype=library.float64) for a in arguments]
        ).item()

    assert compute(chainrule) == pytest.approx(value, rel=1e-12)
    assert not np.isclose(compute(torch), value, rtol=1e-9, atol=0)


PROGRAM = """
import torch

torch.manual_seed(0)

# The rate of an exponential distribution, from its distribution function.
shape = torch.tensor(1.0, dtype=torch.float64)
rate = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
levels = torch.linspace(0.05, 0.95, 10, dtype=torch.float64)
points = -torch.log1p(-levels) / 2
optimizer = torch.optim.SGD([rate], lr=1.0)
for step in range(40):
    optimizer.zero_grad()
    loss = ((torch.special.gammainc(shape.expand(10), rate * points) - levels) ** 2).sum()
    loss.backward()
    optimizer.step()
print("rate", rate)

# A probit regression by log_ndtr.
x = torch.linspace(-2, 2, 9, dtype=torch.float64)
signs = torch.where(x > 0.3, 1.0, -1.0).double()
parameters = torch.tensor([0.5, 0.0], dtype=torch.float64, requires_grad=True)
for step in range(5):
    loss = -torch.special.log_ndtr(signs * (parameters[0] * x + parameters[1])).mean() + 0.01 * (parameters**2).sum()
    (gradient,) = torch.autograd.grad(loss, parameters, create_graph=True)
    hessian = torch.stack([torch.autograd.grad(g, parameters, retain_graph=True)[0] for g in gradient])
    with torch.no_grad():
        parameters -= torch.linalg.solve(hessian, gradient)
    print(step, loss.item().__format__(".6f"), parameters)

# Entropies, and the scale of a von Mises distribution by i0e and i1e.
p = torch.softmax(torch.arange(4.0), 0).requires_grad_()
torch.special.entr(p).sum().backward()
print(p.grad)
kappa = torch.tensor([0.1, 1.0, 10.0, 100.0], requires_grad=True)
log_i0 = torch.special.i0e(kappa).log() + kappa
(ratio,) = torch.autograd.grad(log_i0.sum(), kappa)
print(ratio, torch.special.i1e(kappa) / torch.special.i0e(kappa))
print(torch.special.xlog1py(torch.tensor([0.0, 2.0]), torch.tensor([-1.0, 1.0])))
print(torch.special.zeta(torch.tensor([2.0, 4.0]), 1), torch.special.bessel_j0(torch.arange(4)))
print(torch.special.chebyshev_polynomial_t(torch.linspace(-1, 1, 5), 3))
print(torch.tensor([0.5, 1.5]).polygamma_(1), torch.polygamma(2, torch.tensor(1.0)))
print(torch.special.erfcx(torch.tensor([1.0, 30.0])), torch.special.log_ndtr(torch.tensor(-30.0)))
"""


def test_a_program():
    def printed(library):
        text = io.StringIO()
        with redirect_stdout(text):
            exec(PROGRAM.replace("import torch\n", ""), {"torch": library})
        return re.sub(r"chainrule\.(float64|int64)", r"torch.\1", text.getvalue())

    assert printed(chainrule) == printed(torch)
