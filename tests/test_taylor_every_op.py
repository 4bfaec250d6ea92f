"""Taylor mode of all operations, held against every row of op_samples.py.

The series of a result, along a curve in the arguments, is compared with derivatives of derivatives by reverse mode: for
a result `y(t)` with the weight `w`, the derivatives of `<w, y(t)>` by the number `t`.
"""

import math

import numpy as np
import pytest

import chainrule as torch
from chainrule.engine.op import ELEMENTWISE
from chainrule.engine.second_order import SecondOrderLevel
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


class Subject:
    """A row's call as a function of its variables that gives one number, and random directions for these."""

    def __init__(self, row, directions):
        rng = row.rng()
        self.row = row
        self.call = prepare(row, track=False)
        self.variables = self.call.variables
        self.directions = [[wrap(like(v._array, rng)) for _ in range(directions)] for v in self.variables]
        results = values_of(listed(row.function(*self.call.arguments, **row.kwargs)))
        self.weights = [wrap(like(r, rng)) if r.dtype.kind in "fc" else None for r in results]

    def total(self, *variables):
        arguments = with_variables(self.row, self.call, variables)
        return weighted(listed(self.row.function(*arguments, **self.row.kwargs)), self.weights)


def check(row, order):
    subject = Subject(row, 2)

    def along(t):
        return subject.total(
            *[v + t * (a + t * b) for v, (a, b) in zip(subject.variables, subject.directions, strict=True)]
        )

    expected = derivatives_by_reverse_mode(along, order)
    series = [[a, b, *[0] * (order - 2)] for a, b in subject.directions]
    value, terms = jet(subject.total, subject.variables, series, factorial_scaled=False)
    np.testing.assert_allclose(float(value), float(along(torch.zeros((), dtype=torch.float64))), rtol=1e-12, atol=1e-12)
    found = [float(c) * math.factorial(k) for k, c in enumerate(terms, 1)]
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8 * max(1, *map(abs, expected)))


@each([row for row in TWICE if kind_of(row) == ELEMENTWISE and not loses_digits(row)])
def test_elementwise_rows_to_the_fourth_order(row):
    check(row, 4)


@each([row for row in TWICE if kind_of(row) != ELEMENTWISE])
def test_other_rows_to_the_third_order(row):
    check(row, 3)


@pytest.mark.filterwarnings("ignore:There is a performance drop")
@each([row for row in TWICE if not loses_digits(row)])
def test_second_derivatives_along_several_directions_are_those_along_each(row):
    subject = Subject(row, 3)
    first, second, curved = zip(*subject.directions, strict=True) if subject.variables else ((), (), ())
    # The second derivatives of the variables: along the first direction only.
    series = [[[a, c] for a, c in zip(first, curved, strict=True)], [[b, 0] for b in second]]
    terms = [jet(subject.total, subject.variables, each)[1] for each in series]
    slopes, curvatures = ([float(t[k]) for t in terms] for k in (0, 1))
    for summed in (True, False):
        level = SecondOrderLevel(2, summed=summed)
        with level.entered():
            carrying = []
            for v, a, b, c in zip(subject.variables, first, second, curved, strict=True):
                variable = v.view(v.shape)
                along = np.stack([a._array, b._array])
                level.attach(variable, along, c if summed else np.stack([c._array, np.zeros_like(c._array)]))
                carrying.append(variable)
            found = level.derivatives(subject.total(*carrying))
        expected = [slopes, sum(curvatures) if summed else curvatures]
        values = (
            [
                np.zeros(np.shape(e)) if part is None else np.asarray(part)
                for part, e in zip(found, expected, strict=True)
            ]
            if found
            else [np.zeros(np.shape(e)) for e in expected]
        )
        for ours, theirs in zip(values, expected, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * max(1, *map(abs, curvatures)))
