"""Rules with a fault planted: gradcheck finds each of them, and names the operation and the line that called it."""

import re

import numpy as np
import pytest

import chainrule as torch
from chainrule.autograd import Function, gradcheck, gradgradcheck
from chainrule.engine.inplace import make_inplace
from chainrule.engine.op import COMMON, ELEMENTWISE, FLOATING, GENERAL, LINEAR, TABLE, op
from chainrule.tensor import wrap


def planted(forward=np.sin, **row):
    """An operation that is in no table, declared as its rows are."""
    row = {"kind": ELEMENTWISE, "promotion": FLOATING, "inplace": True, **row}
    return op(forward, name="planted", **row)


def cosine(grad, self):
    return grad * np.cos(self)


@pytest.fixture(autouse=True)
def _nothing_is_left_in_the_table():
    yield
    TABLE.pop("planted", None)


def variable(*shape, low=-2.0, high=2.0):
    return wrap(np.random.default_rng(3).uniform(low, high, shape or (2, 3))).requires_grad_()


def complex_variable():
    return wrap(np.array([0.5 + 1j, -0.3 - 0.2j, 1.1 + 0.4j])).requires_grad_()


def around(function):
    """A program that calls the operation in the middle of others, on this line."""
    return lambda *tensors: (function(*[t * 1.5 for t in tensors]) + 1).exp().sum(0)  # THE CALL


def fault(check, function, *variables, match="", **options):
    """What the check says of the fault in the operation: it must name it, and the line that called it."""
    with pytest.raises(RuntimeError) as caught:
        check(function, variables, **options)
    said = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", ())])
    assert re.search(match, said), said
    assert re.search(r"\n  planted_?\b.*THE CALL", said) or re.search("PlantedBackward0.*THE CALL", said), said
    return said


@pytest.mark.parametrize("check", [gradcheck, gradgradcheck])
@pytest.mark.parametrize("options", [{}, {"fast_mode": True}], ids=["slow", "fast"])
def test_a_right_rule_passes(check, options):
    assert check(around(planted(self=cosine)), variable(), **options)


def test_a_right_rule_passes_in_forward_mode_and_in_batches():
    every = {"check_forward_ad": True, "check_batched_grad": True, "check_batched_forward_grad": True}
    assert gradcheck(around(planted(self=cosine)), variable(), check_grad_dtypes=True, **every)


# ---- first derivatives ----


@pytest.mark.parametrize("options", [{}, {"fast_mode": True}], ids=["slow", "fast"])
def test_a_gradient_wrong_by_a_twentieth_of_a_percent(options):
    wrong = planted(self=lambda grad, self: grad * np.cos(self) * 1.0005)
    fault(gradcheck, around(wrong), variable(), match=r"1\.0005 times as much", **options)


def test_a_gradient_of_the_wrong_sign():
    wrong = planted(self=lambda grad, self: -grad * np.cos(self))
    fault(gradcheck, around(wrong), variable(), match="the sign is wrong")


def test_a_gradient_that_forgets_what_it_was_given():
    fault(gradcheck, around(planted(self=lambda grad, self: np.cos(self))), variable(), match="'input' is wrong")


def test_a_gradient_that_is_missing_for_the_second_argument():
    wrong = planted(np.multiply, derivatives={"self, other": lambda grad, other: (grad * other, None)})
    fault(gradcheck, around(wrong), variable(), variable(), match="for 'other' is wrong: it is zero")


def test_a_term_that_is_missing():
    # d(x**2 * y) = 2xy dx + x**2 dy
    wrong = planted(
        lambda self, other: self * self * other,
        promotion=COMMON,
        self=lambda grad, self, other: grad * self * other,
        other=lambda grad, self: grad * self * self,
    )
    fault(gradcheck, around(wrong), variable(), variable(), match=r"for 'input' is wrong.*\(0\.5 times")


def test_a_gradient_for_the_wrong_one_of_two_arguments():
    wrong = planted(
        np.divide,
        promotion=COMMON,
        self=lambda grad, self, other: -grad * self / other**2,
        other=lambda grad, other: grad / other,
    )
    said = fault(gradcheck, around(wrong), variable(), variable(low=1.0, high=2.0))
    assert "'input'" in said
    assert "'other'" in said


def test_a_gradient_of_the_wrong_shape():
    wrong = planted(self=lambda grad, self: (grad * np.cos(self))[:1, :2])
    fault(gradcheck, around(wrong), variable(), match="returned an invalid gradient - got")


def test_a_gradient_that_is_summed_where_nothing_was_broadcast():
    wrong = planted(self=lambda grad, self: np.broadcast_to((grad * np.cos(self)).sum(0), self.shape))
    fault(gradcheck, around(wrong), variable(), match="'input' is wrong")


def test_a_gradient_that_is_not_summed_where_something_was_broadcast():
    wrong = planted(
        np.multiply,
        self=lambda grad, other: grad * other,
        other=lambda grad, self, other_shape: (grad * self)[:1].reshape(other_shape),
    )
    fault(gradcheck, around(wrong), variable(2, 3), variable(3), match="'other' is wrong")


def test_a_gradient_of_the_wrong_type():
    wrong = planted(self=lambda grad, self: (grad * np.cos(self)).astype(np.float32))
    fault(gradcheck, around(wrong), variable(), match="less precision", check_grad_dtypes=True)


def test_a_conjugate_that_is_missing():
    wrong = planted(self=cosine, conjugate=False)
    fault(gradcheck, around(wrong), complex_variable(), match="it is right when it is conjugated")


def test_a_gradient_wrong_only_for_negative_numbers():
    wrong = planted(np.abs, self=lambda grad: grad)
    fault(gradcheck, around(wrong), variable(), match="at the 4 of 6 elements where 'input' is negative")


def test_a_gradient_wrong_in_one_element_of_many():
    def careless(grad, self):
        found = grad * np.cos(self)
        found[3, 4] += 0.01
        return found

    x = variable(10, 10)
    place = f"at 1 of 100 elements, where 'input' is {1.5 * x[3, 4].item():.6g}"
    fault(gradcheck, around(planted(self=careless)), x, match=place)


def test_a_gradient_that_is_not_finite():
    wrong = planted(self=lambda grad, self: grad * np.cos(self) / (self > -1))
    fault(gradcheck, around(wrong), variable(), match="is not finite")


def test_one_of_several_results_without_its_gradient():
    wrong = planted(
        lambda self: (np.sin(self), np.cos(self)),
        kind=GENERAL,
        inplace=False,
        results=("sine", "cosine"),
        self=lambda grads, sine, cosine: None if grads[0] is None else grads[0] * cosine,
    )

    def program(x):
        a, b = wrong(x * 1.5)  # THE CALL
        return a * a * b

    fault(gradcheck, program, variable(), match="'input' is wrong")


def test_a_wrong_rule_that_changes_its_argument_in_place():
    change = make_inplace(planted(self=lambda grad, self: grad * np.cos(self) * 1.1).op)

    def program(x):
        y = x * 2
        change(y)  # THE CALL
        return y * y

    def through_a_view(x):
        y = x * 2
        change(y[0])  # THE CALL
        return y * y

    fault(gradcheck, program, variable(), match=r"\(1\.1 times")
    fault(gradcheck, through_a_view, variable(), match="planted_ ")


def test_two_wrong_rules_are_both_named():
    wrong = planted(self=lambda grad, self: grad * np.cos(self) * 1.1)
    with pytest.raises(RuntimeError) as caught:
        gradcheck(lambda x: wrong(Sine.apply(x)).sum(), variable())
    assert "planted (PlantedBackward0)" in str(caught.value)
    assert "Sine (SineBackward)" in str(caught.value)


class Sine(Function):
    """A user's Function, wrong for negative numbers."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * x.abs().cos() * x.sign()


def test_a_function_of_the_users_own_is_named_too():
    with pytest.raises(
        RuntimeError, match=r"Sine \(SineBackward\), called at .*test_gradcheck_planted.py.*\n.*'x' is wr"
    ):
        gradcheck(lambda x: Sine.apply(x * 2).exp(), variable())


# ---- what does not show in Jacobians ----


def test_a_gradient_that_is_random():
    rng = np.random.default_rng(0)
    wrong = planted(self=lambda grad, self: grad * np.cos(self) * (1 + 1e-9 * rng.standard_normal()))
    said = fault(gradcheck, around(wrong), variable(), match="another each time that it is computed")
    assert said.startswith("Backward is not reentrant")


def test_a_forward_that_is_random():
    rng = np.random.default_rng(0)
    wrong = planted(lambda self: np.sin(self) + 1e-3 * rng.standard_normal(), self=cosine)
    fault(gradcheck, around(wrong), variable(), match="something else each time it is called")


def test_a_forward_that_changes_its_input():
    def careless(self):
        np.add(self, 1, out=self)
        return np.sin(self - 1)

    fault(gradcheck, around(planted(careless, self=cosine)), variable(), match="it changes 'input'")


def test_a_linear_forward_that_changes_its_input():
    # Its derivative is the same wherever it is: Jacobians agree.
    def careless(self):
        np.add(self, 1, out=self)
        return self * 2

    wrong = planted(careless, self=lambda grad: grad * 2)
    fault(gradcheck, lambda x: wrong(x), variable(), match="it changes 'input'")  # THE CALL


def test_a_formula_that_changes_its_gradient():
    def careless(grad, self):
        grad *= np.cos(self)
        return grad

    fault(gradcheck, around(planted(self=careless)), variable(), match="changes the gradient that it is given")


def test_a_formula_that_changes_what_was_saved():
    def careless(grad, self):
        np.cos(self, out=self)
        return grad * self

    fault(gradcheck, around(planted(self=careless)), variable(), match="formula changes 'input', in place")


def test_a_rule_that_reads_memory_as_it_lies():
    wrong = planted(self=lambda grad, self: grad * np.cos(self.ravel(order="K").reshape(self.shape)))
    fault(gradcheck, around(wrong), variable(), match="in memory that is laid out column by column")


def test_a_rule_wrong_for_memory_that_is_not_contiguous():
    wrong = planted(self=lambda grad, self: grad * np.cos(self) * (1 if self.flags.forc else 2))
    fault(gradcheck, around(wrong), variable(), match="in memory that is not contiguous")
    fault(gradcheck, lambda x: wrong(x * 1.5), variable(4, 4)[::2, ::2].detach().requires_grad_())  # THE CALL


def test_a_saved_value_that_is_stale():
    kept = {}

    def forward(self):
        kept["self"] = self
        return np.sin(self)

    wrong = planted(forward, self=lambda grad: grad * np.cos(kept["self"]))
    fault(gradcheck, around(wrong), variable(), match="depends on calls of it that came after")


def test_a_saved_value_in_memory_that_is_used_again():
    workspace = np.zeros((2, 3))

    def forward(self):
        np.exp(self, out=workspace)
        return workspace[:]

    wrong = planted(forward, inplace=False, kind=GENERAL, self=lambda grad, result: grad * result)
    with pytest.raises(RuntimeError, match="planted"):
        gradcheck(lambda x: wrong(x) * 1.0, variable())


# ---- second derivatives ----


def test_a_rule_that_is_right_once_and_wrong_twice():
    wrong = planted(self=lambda grad, self: grad * np.cos(self.detach() if hasattr(self, "detach") else self))
    assert gradcheck(around(wrong), variable())
    fault(gradgradcheck, around(wrong), variable(), match=r"in its backward formula, at mul:\n.*was cut from the graph")


def test_a_formula_with_a_wrong_operation_in_it():
    planted(self=lambda grad, self: grad * np.cos(self) * 1.1)
    formula = TABLE["planted"].public
    outer = op(
        np.cos, name="outer", kind=ELEMENTWISE, promotion=FLOATING, self=lambda grad, self: -grad * formula(self)
    )
    try:
        assert gradcheck(lambda x: outer(x), variable())
        with pytest.raises(RuntimeError, match=r"outer .*in its backward formula, at planted:\n.*1\.1 times"):
            gradgradcheck(lambda x: outer(x), variable())
    finally:
        TABLE.pop("outer")


def test_a_rule_wrong_only_where_it_is_recorded():
    wrong = planted(self=lambda grad, self: grad * np.cos(self) * (2 if hasattr(grad, "detach") else 1))
    assert gradcheck(around(wrong), variable())
    fault(gradgradcheck, around(wrong), variable(), match="is another when it is recorded")


def test_a_function_whose_backward_leaves_the_graph():
    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return torch.from_numpy(2 * x.detach().numpy()) * grad

    assert gradcheck(Square.apply, variable())
    with pytest.raises(RuntimeError, match=r"Square \(SquareBackward\).*in its backward formula, at mul:\n.*cut from"):
        gradgradcheck(lambda x: Square.apply(x).sum(), variable())


# ---- forward mode and batches ----


def test_a_tangent_that_is_wrong():
    wrong = planted(self=cosine, tangent=lambda self_t, self: self_t * np.cos(self) * 1.1)
    assert gradcheck(around(wrong), variable())
    fault(gradcheck, around(wrong), variable(), match=r"its tangent is wrong.*\(1\.1 times", check_forward_ad=True)


def test_a_tangent_that_is_missing():
    wrong = planted(np.multiply, self=lambda grad, other: grad * other, other=lambda grad, self: grad * self,
                    tangent=lambda self_t, other: self_t * other)  # fmt: skip
    fault(gradcheck, around(wrong), variable(), variable(), match="its tangent is wrong", check_forward_ad=True)


def test_a_tangent_that_is_wrong_over_reverse_mode():
    wrong = planted(self=lambda grad, self: grad * TABLE["planted"].public(self + np.pi / 2),
                    tangent=lambda self_t, self: self_t * np.cos(self) * 1.1)  # fmt: skip
    assert gradgradcheck(around(wrong), variable())
    fault(
        gradgradcheck, around(wrong), variable(), match="its tangent is wrong",
        check_fwd_over_rev=True, check_rev_over_rev=False, check_undefined_grad=False,
    )  # fmt: skip


def wrong_for_a_batch(op, values, dims, run):
    return run(op, tuple(values)) * 1.1


def test_a_batching_rule_that_is_wrong_for_tangents():
    wrong = planted(lambda self: self * 2.0, kind=LINEAR, self=lambda grad: grad * 2.0, batching=wrong_for_a_batch)
    options = {"check_forward_ad": True, "check_batched_forward_grad": True}
    fault(gradcheck, around(wrong), variable(), match="its result for a batch is not that", **options)


def test_a_batching_rule_that_is_wrong_for_gradients():
    wrong = planted(
        lambda self: self * 2.0,
        kind=LINEAR,
        batching=wrong_for_a_batch,
        self=lambda grad: TABLE["planted"].public(grad),
    )
    said = fault(gradcheck, around(wrong), variable(), match="its gradients for a batch", check_batched_grad=True)
    assert "in its backward formula, planted is wrong for one" in said


def test_a_formula_that_takes_one_gradient_is_right_for_a_batch():
    right = planted(self=lambda grad, self: grad.reshape((2, 3)) * np.cos(self))
    assert gradcheck(lambda x: right(x * 1.5), variable(), check_batched_grad=True)


# ---- what is no rule's fault ----


def test_where_there_is_no_derivative():
    x = torch.tensor([0.0, 1.0], dtype=torch.float64, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"relu .*\n    it has no derivative where it is called"):
        gradcheck(lambda x: x.relu().exp(), x)


def test_what_was_cut_from_the_graph():
    with pytest.raises(RuntimeError, match=r"mul .*\n    'other' depends on the inputs but does not require grad"):
        gradcheck(lambda x: x * (2 * x).detach(), variable())
    with pytest.raises(
        RuntimeError, match=r"expected to be zero\n\n.*\n  exp .*\n    what it gives is output 0, but wit"
    ):
        gradcheck(lambda x: x.exp().detach(), variable())


def test_what_is_random():
    with pytest.raises(RuntimeError, match=r"dropout.*\n    'other' is another each time that the function is called"):
        gradcheck(lambda x: torch.nn.functional.dropout(x, 0.5), variable(20))
