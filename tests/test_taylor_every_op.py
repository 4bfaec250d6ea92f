"""Taylor mode of all operations, held against every row of op_samples.py.

The series of a result, along a curve in the arguments, is compared with derivatives of derivatives by reverse mode: for
a result `y(t)` with the weight `w`, the derivatives of `<w, y(t)>` by the number `t`.
"""

import math

import numpy as np

import chainrule as torch
from chainrule.engine.op import ELEMENTWISE
from chainrule.func.taylor import jet
from chainrule.tensor import wrap
from op_samples import Input
from test_every_op import TWICE, each, like, prepare, values_of


def kind_of(row):
    return None if row.row is None else row.row.kind


def loses_digits(row):
    # At 1e-6 the formulas of higher derivatives subtract large numbers: by reverse mode one near 0 comes out as -50.
    return row.op == "beip" and row.inputs[0].fixed


def with_variables(row, call, replaced):
    """The call's arguments with these tensors in place of its variables."""
    left = list(replaced)

    def put(given, argument):
        if isinstance(given, Input):
            return left.pop(0) if any(argument is v for v in call.variables) else argument
        if isinstance(given, (list, tuple)):
            return type(given)(put(g, a) for g, a in zip(given, argument, strict=True))
        return argument

    return [put(i, a) for i, a in zip(row.inputs, call.arguments, strict=True)]


def weighted(results, weights):
    total = None
    for result, weight in zip(results, weights, strict=True):
        if weight is not None:
            product = result * weight.conj()
            term = (product.real if product.is_complex() else product).sum()
            total = term if total is None else total + term.to(total.dtype)
    return total


def listed(result):
    return list(result) if isinstance(result, (tuple, list)) else [result]


def derivatives_by_reverse_mode(function, order):
    t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    y = function(t)
    found = []
    for _ in range(order):
        (y,) = (
            torch.autograd.grad(y, t, create_graph=True) if y.requires_grad else (torch.zeros((), dtype=torch.float64),)
        )
        found.append(float(y.detach()))
    return found


def check(row, order):
    rng = row.rng()
    call = prepare(row, track=False)
    curves = [[wrap(like(v._array, rng)) for _ in range(2)] for v in call.variables]
    results = values_of(listed(row.function(*call.arguments, **row.kwargs)))
    weights = [wrap(like(r, rng)) if r.dtype.kind in "fc" else None for r in results]

    def total(*variables):
        return weighted(listed(row.function(*with_variables(row, call, variables), **row.kwargs)), weights)

    def along(t):
        return total(*[v + t * (a + t * b) for v, (a, b) in zip(call.variables, curves, strict=True)])

    expected = derivatives_by_reverse_mode(along, order)
    rest = [0] * (order - 2)
    value, terms = jet(total, call.variables, [[a, b, *rest] for a, b in curves], factorial_scaled=False)
    np.testing.assert_allclose(float(value), float(along(torch.zeros((), dtype=torch.float64))), rtol=1e-12, atol=1e-12)
    found = [float(c) * math.factorial(k) for k, c in enumerate(terms, 1)]
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8 * max(1, *map(abs, expected)))


@each([row for row in TWICE if kind_of(row) == ELEMENTWISE and not loses_digits(row)])
def test_elementwise_rows_to_the_fourth_order(row):
    check(row, 4)


@each([row for row in TWICE if kind_of(row) != ELEMENTWISE])
def test_other_rows_to_the_third_order(row):
    check(row, 3)
