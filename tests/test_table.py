"""The table of operations: every row is tested, a wrong row is refused, and each saves what its formulas name."""

import doctest
import inspect
import re

import numpy as np
import pytest

import chainrule as torch
from chainrule.engine.op import ELEMENTWISE, GENERAL, LINEAR, MULTILINEAR, NOT_DIFFERENTIABLE, TABLE, op
from op_samples import all_samples

# Rows that have no samples: what their test is instead.
TESTED_ELSEWHERE = {
    **dict.fromkeys(["copy", "fill", "zero"], "test_inplace.py: they are what copy_, fill_ and zero_ write"),
    **dict.fromkeys(
        ["bernoulli", "bernoulli_fill", "cauchy", "exponential", "geometric", "log_normal", "normal", "normal_fill"],
        "test_random.py: their values are drawn",
    ),
    **dict.fromkeys(["random", "random_from_to", "uniform"], "test_random.py: their values are drawn"),
    **dict.fromkeys(["poisson", "binomial"], "test_random_counts.py: their values are drawn"),
    **dict.fromkeys(["_standard_gamma", "_sample_dirichlet"], "test_distributions.py: their values are drawn"),
}


def test_every_row_has_samples():
    covered = {name for row in all_samples() for name in row.covers}
    missing = set(TABLE) - covered - set(TESTED_ELSEWHERE)
    assert not missing, f"give these rows of the table a row of samples: {sorted(missing)}"
    assert not set(TESTED_ELSEWHERE) & covered, "these rows have samples by now"


def test_every_sample_names_what_exists():
    assert not {name for row in all_samples() for name in row.covers} - set(TABLE)
    assert not set(TESTED_ELSEWHERE) - set(TABLE)


# ---- what is wrong with a row is said when it is made, and the row named ----


def two(self, other, factor=1):
    return self * other * factor


def wrong(**row):
    return lambda: op(two, name="two_of_a_test", **row)


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (
            wrong(third=lambda grad: grad),
            "op 'two_of_a_test': 'third' is not an argument of the forward; it has self, other, factor",
        ),
        (
            wrong(derivatives={"self, third": lambda grad: (grad, grad)}),
            "op 'two_of_a_test': 'third' is not an argument of the forward; it has self, other, factor",
        ),
        (
            wrong(self=lambda grad, ohter: grad * ohter),
            "op 'two_of_a_test': the formula for 'self' asks for 'ohter', which is neither an argument (self, other,",
        ),
        (
            wrong(self=lambda grad, third_shape: grad),
            "op 'two_of_a_test': the formula for 'self' asks for 'third_shape', which is neither",
        ),
        (
            wrong(self=lambda gradient: gradient),
            "op 'two_of_a_test': the formula for 'self' must take 'grad' or 'grads' first",
        ),
        (wrong(self=lambda: 1), "op 'two_of_a_test': the formula for 'self' must take 'grad' or 'grads' first"),
        (
            wrong(self=lambda grad: grad, other=lambda grads: grads[0]),
            "op 'two_of_a_test': its formulas must take 'grad' or 'grads', all the same",
        ),
        (lambda: op(np.tanh, self=lambda grad: grad), "op 'tanh': there is a row of this name already"),
        (lambda: op(two, name="add"), "op 'add': there is a row of this name already"),
    ],
)
def test_a_wrong_row_is_refused(declare, message):
    before = dict(TABLE)
    with pytest.raises(TypeError, match=re.escape(message)):
        declare()
    assert before == TABLE


def test_rows_are_declared_in_known_words():
    for row in TABLE.values():
        assert row.kind in {ELEMENTWISE, LINEAR, MULTILINEAR, GENERAL}, row
        assert row.promotion in {"as given", "common", "floating"}, row
        assert row.name.isidentifier(), row
        assert all(s.isidentifier() or s.replace(":", "").replace(".", "").isidentifier() for s in row.spaces), row


# ---- what a node saves, and what it is called ----


def leaf(*numbers):
    return torch.tensor(list(numbers), requires_grad=True)


def saved_arrays(tensor):
    return [value for value in tensor.grad_fn.saved if isinstance(value, np.ndarray)]


def test_add_saves_nothing():
    assert (leaf(1.0) + leaf(2.0)).grad_fn.saved == ()


def test_tanh_saves_its_result_alone():
    y = leaf(1.0).tanh()
    (saved,) = saved_arrays(y)
    assert saved is y._array


def test_sin_saves_its_input_alone():
    x = leaf(1.0)
    (saved,) = saved_arrays(x.sin())
    assert saved is x._array


def test_mul_saves_the_factors_that_a_needed_gradient_asks_for():
    x, factor = leaf(1.0), torch.tensor([2.0])
    (saved,) = saved_arrays(x * factor)
    assert saved is factor._array
    (saved,) = saved_arrays(factor * x)
    assert saved is factor._array
    other = leaf(3.0)
    assert {id(a) for a in saved_arrays(x * other)} == {id(x._array), id(other._array)}


def test_a_number_is_kept_as_it_is():
    assert saved_arrays(leaf(1.0) * 3) == []


def test_a_row_in_use(monkeypatch):
    monkeypatch.setattr("chainrule.engine.op.TABLE", {})
    made = op(
        two, name="two_of_a_test",
        self=lambda grad, other, factor: grad * other * factor,
        other=NOT_DIFFERENTIABLE,
    )  # fmt: skip
    x, y = leaf(2.0), leaf(5.0)
    result = made(x, y, factor=3)
    assert result.tolist() == [30]
    assert result.grad_fn.name() == "TwoOfATestBackward0"
    assert torch.autograd.grad(result, [x, y], allow_unused=True)[0].tolist() == [15]
    assert repr(made.op) == "<op two_of_a_test(self, other, factor)>"


@pytest.mark.parametrize(
    ("compute", "name"),
    [
        (lambda x: x + x, "AddBackward0"),
        (lambda x: x - 1, "SubBackward0"),
        (lambda x: 1 - x, "RsubBackward1"),
        (lambda x: x * x, "MulBackward0"),
        (lambda x: x / 2, "DivBackward0"),
        (lambda x: torch.div(x, 2, rounding_mode="trunc"), "DivBackward2"),
        (lambda x: x**2, "PowBackward0"),
        (lambda x: x**x, "PowBackward1"),
        (lambda x: 2**x, "PowBackward2"),
        (lambda x: x.square(), "PowBackward0"),
        (lambda x: x.log1p(), "Log1PBackward0"),
        (lambda x: x.clamp(0, 1), "ClampBackward1"),
        (lambda x: x.clamp(x, x), "ClampBackward0"),
        (lambda x: torch.lerp(x, x, 0.5), "LerpBackward0"),
        (lambda x: torch.lerp(x, x, x), "LerpBackward1"),
        (lambda x: x.clone(), "CloneBackward0"),
        (lambda x: x.to(torch.float64), "ToCopyBackward0"),
    ],
)
def test_nodes_have_the_names_that_pytorch_gives_them(compute, name):
    y = compute(leaf(2.0))
    assert y.grad_fn.name() == name
    assert type(y.grad_fn).__name__ == name
    assert repr(y.grad_fn).startswith(f"<{name} object at 0x")


def test_the_examples_of_all_public_functions_hold():
    # A row's function is made in engine/record.py, where the collection of modules' examples does not find it.
    namespaces = (torch, torch.nn.functional, torch.fft, torch.linalg, torch.special)
    functions = {id(f): f for space in namespaces for f in vars(space).values() if inspect.isfunction(f)}
    functions.update((id(op.public), op.public) for op in TABLE.values())
    runner = doctest.DocTestRunner(verbose=False)
    finder = doctest.DocTestFinder(recurse=False)
    for function in functions.values():
        name = getattr(function, "__name__", str(function))
        names = {**getattr(function, "__globals__", {}), "torch": torch}
        for example in finder.find(function, name, module=False, globs=names):
            runner.run(example)
    assert runner.tries > 50
    assert runner.failures == 0
