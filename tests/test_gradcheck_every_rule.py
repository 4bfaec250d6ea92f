"""The rule of every row of the table spoilt, one after the other: gradcheck finds that, and names the row."""

from contextlib import contextmanager

import numpy as np
import pytest

import test_every_op as properties
from chainrule.autograd import gradcheck, gradgradcheck
from chainrule.engine.profiling import close_short_way, reopen_short_way
from chainrule.engine.tensor_base import TensorBase

# A gradient that is smaller than this everywhere is within the tolerances, whatever it is multiplied by.
LARGE_ENOUGH = 1e-6


@contextmanager
def spoilt(row, wrong):
    """Each gradient that the row's formulas give is `wrong` of it."""

    def of_all(gradients):
        if isinstance(gradients, (tuple, list)):
            return tuple(of_all(gradient) for gradient in gradients)
        return None if gradients is None else wrong(gradients)

    def spoil(formula):
        return lambda *args: of_all(formula(*args))

    before = row.formulas, row.node_classes, row.forms
    row.formulas = [(positions, spoil(formula), names) for positions, formula, names in row.formulas]
    row.node_classes, row.forms = {}, {}
    close_short_way()  # which keeps node classes of its own
    try:
        yield
    finally:
        reopen_short_way()
        row.formulas, row.node_classes, row.forms = before


def first_of_each(rows):
    """The first sample of each row of the table."""
    return list({sample.row.name: sample for sample in reversed(rows) if sample.row is not None}.values())[::-1]


def program(sample):
    """The operation as a function of the sample's variables."""
    call = properties.prepare(sample)

    def function(*variables):
        results = properties.made_by(properties.run(sample, call), call)
        return tuple(r for r in results if r._array.dtype.kind in "fc")

    return function, tuple(call.variables)


def has_large_gradients(function, variables):
    outputs = [output for output in function() if output.requires_grad]
    weights = properties.weights_for(outputs, np.random.default_rng(0))
    found = properties.gradients(outputs, variables, weights)
    return any((np.abs(gradient._array) > LARGE_ENOUGH).any() for gradient in found)


def assert_named(check, sample, wrong):
    function, variables = program(sample)
    if not has_large_gradients(function, variables):
        return
    with spoilt(sample.row, wrong), pytest.raises(RuntimeError) as caught:
        check(function, variables, fast_mode=True)
    assert f"\n  {sample.row.name} (" in str(caught.value)


@pytest.mark.parametrize("sample", first_of_each(properties.DIFFERENTIABLE), ids=repr)
def test_a_gradient_wrong_by_a_twentieth_of_a_percent(sample):
    assert_named(gradcheck, sample, lambda gradient: gradient * 1.0005)


@pytest.mark.parametrize("sample", first_of_each(properties.TWICE), ids=repr)
def test_a_second_derivative_that_is_halved(sample):
    # The gradient is right, and half of it has no history.
    assert_named(gradgradcheck, sample, lambda g: g * 0.5 + g.detach() * 0.5 if isinstance(g, TensorBase) else g)
