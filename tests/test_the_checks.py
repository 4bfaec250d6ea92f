"""Whether the properties of test_every_op.py find what is wrong: rules with a fault planted, each of them caught."""

import numpy as np
import pytest

import test_every_op as properties
from chainrule.engine.op import ELEMENTWISE, FLOATING, TABLE, op
from op_samples import real, refuses, sample

TWELVE = (real(3, 4),)


def planted(forward=np.sin, reference=np.sin, inputs=TWELVE, must_raise=(), promotion=FLOATING, **row):
    """Samples for an operation that is in no table, as its rows declare it."""
    function = op(forward, name="planted", kind=ELEMENTWISE, promotion=promotion, inplace=True, **row)
    made = sample(function, list(inputs), reference, must_raise=must_raise, name="planted")
    object.__setattr__(made, "row", function.op)
    return made


@pytest.fixture(autouse=True)
def _nothing_is_left_in_the_table():
    yield
    TABLE.pop("planted", None)


def fails(prop, row, match):
    with pytest.raises((AssertionError, RuntimeError, ValueError), match=match):
        prop(row)


def cosine(grad, self):
    return grad * np.cos(self)


ALL = [
    properties.test_value,
    properties.test_gradient,
    properties.test_second_order,
    properties.test_float32,
    properties.test_no_dimensions,
    properties.test_no_elements,
    properties.test_inputs_are_not_changed,
    properties.test_any_layout_of_memory,
    properties.test_inplace_twin,
    properties.test_nothing_is_recorded_without_need,
    properties.test_memory_is_released,
    properties.test_arrays_give_arrays,
]


@pytest.mark.parametrize("prop", ALL, ids=lambda p: p.__name__)
def test_a_right_rule_passes(prop):
    row = planted(self=cosine)
    prop(row)


def test_a_wrong_value():
    fails(properties.test_value, planted(lambda self: np.sin(self) + 1e-9, self=cosine), "result 0 of planted")


def test_a_value_of_the_wrong_type():
    row = planted(lambda self: np.sin(self).astype(np.float32), self=cosine)
    fails(properties.test_value, row, "dtype")


def test_a_value_of_the_wrong_shape():
    row = planted(lambda self: np.sin(self)[None], self=cosine)
    fails(properties.test_value, row, "shape")


def test_a_gradient_wrong_by_a_twentieth_of_a_percent():
    row = planted(self=lambda grad, self: grad * np.cos(self) * 1.0005)
    fails(properties.test_gradient, row, "derivative of planted along a direction")


def test_a_gradient_that_forgets_what_it_was_given():
    row = planted(self=lambda grad, self: np.cos(self))
    fails(properties.test_gradient, row, "derivative of planted along a direction")


def test_a_rule_that_is_right_once_and_wrong_twice():
    # The first gradient is the cosine, but as a constant: its own derivative is lost.
    row = planted(self=lambda grad, self: grad * np.cos(self.detach() if hasattr(self, "detach") else self))
    properties.test_gradient(row)
    fails(properties.test_second_order, row, "second derivative of planted")


def test_a_rule_wrong_only_on_tensors():
    row = planted(self=lambda grad, self: grad * np.cos(self) * (2 if hasattr(grad, "detach") else 1))
    properties.test_gradient(row)
    fails(properties.test_second_order, row, "the recorded first gradient of planted")


def test_a_gradient_of_the_wrong_shape():
    row = planted(self=lambda grad, self: (grad * np.cos(self))[:2])
    fails(properties.test_gradient, row, r"PlantedBackward0 returned an invalid gradient - got \[2, 4\] but expected")


def test_a_gradient_that_only_one_of_two_inputs_gets():
    def halved(grad, other, needs):
        return (grad * other if needs[1] else grad * other / 2), None

    row = planted(np.multiply, np.multiply, (real(3), real(3)), derivatives={"self, other": halved})
    fails(properties.test_gradient, row, "derivative of planted")
    fails(properties.test_each_gradient_alone, row, "gradient 0 of planted, asked for alone")


def test_a_forward_that_changes_its_input():
    def careless(self):
        np.add(self, 1, out=self)
        return np.sin(self - 1)

    row = planted(careless, self=lambda grad: grad)
    fails(properties.test_inputs_are_not_changed, row, "an input of planted")


def test_a_formula_that_changes_its_gradient():
    def careless(grad, self):
        grad *= np.cos(self)
        return grad

    row = planted(self=careless)
    fails(properties.test_inputs_are_not_changed, row, "the gradient given to planted was changed")


def test_a_formula_that_changes_what_was_saved():
    def careless(grad, self):
        np.cos(self, out=self)
        return grad * self

    row = planted(self=careless)
    fails(properties.test_inputs_are_not_changed, row, "an input of planted")


def test_a_result_that_float32_widens():
    row = planted(lambda self: np.sin(self) * np.float64(1), self=cosine)
    fails(properties.test_float32, row, "planted of float32 gives float64")


def test_a_rule_that_reads_memory_as_it_lies():
    def careless(grad, self):
        return grad * np.cos(self.ravel(order="K").reshape(self.shape))

    row = planted(self=careless)
    fails(properties.test_any_layout_of_memory, row, "gradient of planted of inputs in another layout")


def test_a_rule_that_needs_dimensions():
    row = planted(self=lambda grad, self: grad * np.cos(self.reshape((3, 4)) if self.size else self))
    with pytest.raises(ValueError, match="cannot reshape"):
        properties.test_no_dimensions(row)


def test_a_reference_cycle():
    kept = []

    def leaking(grad, result):
        kept.append(result)
        return grad * result

    row = planted(np.exp, np.exp, self=leaking)
    fails(properties.test_memory_is_released, row, "a result of planted is kept alive")


def test_an_error_that_is_not_raised():
    row = planted(self=cosine, must_raise=[refuses(RuntimeError, "never", real(3))])
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        properties.test_must_raise(row)


def test_an_error_with_another_text():
    row = planted(self=cosine, must_raise=[refuses(TypeError, "of another kind", "one")])
    fails(properties.test_must_raise, row, "Regex pattern did not match")
