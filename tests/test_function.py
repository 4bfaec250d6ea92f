"""Functions with a derivative of the user's own, beyond what PyTorch shows of them."""

import gc
import re
import threading
import weakref

import numpy as np
import pytest

import chainrule as torch
from chainrule.autograd import Function
from chainrule.autograd.function import BackwardCFunction, FunctionCtx, once_differentiable
from chainrule.engine.modes import node_creation_hooks, pushed, saved_tensors_hooks


class Sine(Function):
    """Saves its input."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * x.cos()


class Exp(Function):
    """Saves its output."""

    @staticmethod
    def forward(x):
        return x.exp()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx, grad):
        (result,) = ctx.saved_tensors
        return grad * result


class ExpInPlace(Function):
    """Saves its output, which is its input."""

    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        ctx.save_for_backward(x.exp_())
        return x

    @staticmethod
    def backward(ctx, grad):
        (result,) = ctx.saved_tensors
        return grad * result


class Product(Function):
    """Has several inputs and outputs, of which one goes on to a Function within its backward."""

    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y, x.sin()

    @staticmethod
    def backward(ctx, grad, grad_sine):
        x, y = ctx.saved_tensors
        return grad * y + grad_sine * Sine.apply(x + np.pi / 2), grad * x


def product_of_both(x):
    product, sine = Product.apply(x, x.flip(0))
    return product + sine


class Double(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 2


class ScaleSecond(Function):
    """Changes its second input in place."""

    @staticmethod
    def forward(ctx, factor, x):
        ctx.mark_dirty(x)
        ctx.save_for_backward(factor, x.clone())
        return x.mul_(factor)

    @staticmethod
    def backward(ctx, grad):
        factor, before = ctx.saved_tensors
        return grad * before, grad * factor


SMOOTH = {
    "saved input": Sine.apply,
    "saved output": Exp.apply,
    "in place": lambda x: ExpInPlace.apply(x * 0.5),
    "in place on a view": lambda x: change_a_part(x * 0.5),
    "several": product_of_both,
    "nested": lambda x: Sine.apply(Exp.apply(Sine.apply(x))),
    "the same twice": lambda x: Product.apply(x, x)[0],
}


def change_a_part(x):
    ExpInPlace.apply(x[1:])
    return x.sin()


def numbers(*values):
    return torch.tensor(values or (0.3, -0.8, 1.2), dtype=torch.float64, requires_grad=True)


def along(function, x, direction, step=1e-5):
    """The derivative of the sum of function's cubes along a direction, by differences."""
    with torch.no_grad():
        ahead, behind = (function(x + direction * s) for s in (step, -step))
    return ((ahead - behind) / (2 * step)).sum().item()


@pytest.mark.parametrize("function", SMOOTH.values(), ids=SMOOTH)
def test_both_derivatives_agree_with_differences(function):
    x = numbers()
    direction = torch.tensor([0.7, -0.4, 0.5], dtype=torch.float64)

    def first(x):
        with torch.enable_grad():
            x = x.detach().requires_grad_() if not x.requires_grad else x
            (gradient,) = torch.autograd.grad((function(x) ** 3).sum(), x, create_graph=True)
        return gradient

    (second,) = torch.autograd.grad(first(x).sum(), x)

    assert (first(x) * direction).sum().item() == pytest.approx(
        along(lambda x: function(x) ** 3, x, direction), rel=1e-6
    )
    assert (second * direction).sum().item() == pytest.approx(along(first, x, direction), rel=1e-6)


def test_the_node_knows_the_line_of_apply():
    y = Sine.apply(numbers())

    assert str(y.grad_fn.place).endswith("y = Sine.apply(numbers())")
    assert y.grad_fn.place.function == "test_the_node_knows_the_line_of_apply"


def test_a_changed_saved_tensor_names_both_lines():
    x = numbers() * 1
    y = Sine.apply(x)
    x.add_(1)

    with pytest.raises(RuntimeError, match="modified by an inplace operation") as raised:
        y.sum().backward()

    said = str(raised.value)
    assert "SineBackward needs the values as they were at" in said
    assert "y = Sine.apply(x)" in said
    assert "x.add_(1)" in said


def test_a_freed_graph_names_both_lines():
    y = Sine.apply(numbers())
    loss = y.sum()
    loss.backward()

    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time") as raised:
        y.grad_fn.saved_tensors

    assert "loss.backward()" in str(raised.value)
    assert "y = Sine.apply(numbers())" in str(raised.value)


@pytest.mark.parametrize("function", SMOOTH.values(), ids=SMOOTH)
def test_a_graph_goes_without_the_garbage_collector(function):
    x = numbers()
    gc.collect()
    gc.disable()
    try:
        y = function(x)
        node = y.grad_fn
        assert not isinstance(node, BackwardCFunction) or node.next_functions
        gone = weakref.ref(y)
        del y, node
        assert gone() is None
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_context_is_one_object_for_as_long_as_it_is_held():
    seen = []

    class Noting(Double):
        @staticmethod
        def forward(ctx, x):
            seen.append(ctx)
            ctx.note = "forward"
            return x * 2

    y = Noting.apply(numbers())

    assert y.grad_fn is seen.pop()
    y.grad_fn.more = 1
    gc.collect()
    assert vars(y.grad_fn) == {"note": "forward", "more": 1}
    assert isinstance(y.grad_fn, FunctionCtx)


def test_attributes_may_have_the_names_of_methods():
    class Naming(Double):
        @staticmethod
        def forward(ctx, x):
            ctx.name, ctx.place, ctx.apply_jvp, ctx.register_hook = "mine", "here", 1, 2
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            assert (ctx.name, ctx.place, ctx.apply_jvp, ctx.register_hook) == ("mine", "here", 1, 2)
            return grad * 2

    x = numbers()
    Naming.apply(x).sum().backward()

    assert x.grad.tolist() == [2, 2, 2]


def test_what_is_packed_keeps_its_history():
    weight = numbers(2.0, 3.0, 4.0)

    class Weighted(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x, weight, x.sin())
            return x * weight

        @staticmethod
        def backward(ctx, grad):
            x, factor, sine = ctx.saved_tensors
            assert x is not leaf
            assert not sine.requires_grad
            return grad * factor * x

    leaf = numbers()
    packed = []
    with pushed(saved_tensors_hooks, (lambda t: packed.append(t.clone()) or len(packed) - 1, lambda at: packed[at])):
        y = Weighted.apply(leaf)
    (first,) = torch.autograd.grad(y.sum(), leaf, create_graph=True)
    by_leaf, by_weight = torch.autograd.grad(first.sum(), (leaf, weight))

    assert by_leaf.tolist() == weight.tolist()
    assert by_weight.tolist() == leaf.tolist()


def test_a_creation_hook_is_given_the_context():
    seen = []
    with pushed(node_creation_hooks, seen.append):
        y = Sine.apply(numbers())

    assert seen == [y.grad_fn]
    assert seen[0].saved_tensors


def test_a_context_in_a_cycle_is_collected():
    class Cycle(Double):
        @staticmethod
        def forward(ctx, x):
            ctx.result = x * 2
            return ctx.result

    y = Cycle.apply(numbers())
    gone = weakref.ref(y)
    del y
    gc.collect()

    assert gone() is None


def test_an_error_in_backward_lets_go_of_everything():
    class Failing(Double):
        @staticmethod
        def backward(ctx, grad):
            raise ValueError("no gradient today")

    x, other = numbers(), numbers()
    other.grad = torch.ones(3, dtype=torch.float64)
    y = Failing.apply(Sine.apply(x)) + other
    gone = weakref.ref(y)

    with pytest.raises(ValueError, match="no gradient today"):
        y.sum().backward()

    assert x.grad is None
    assert other.grad.tolist() == [1, 1, 1]
    assert torch.is_grad_enabled()
    del y
    gc.collect()
    assert gone() is None


def test_a_call_that_fails_leaves_histories_alone():
    class Forgetful(Double):
        @staticmethod
        def forward(ctx, x, y):
            ctx.mark_dirty(x, y)
            return x

    x, y = numbers() * 1, numbers() * 1
    before = x.grad_fn, y.grad_fn, x._version, y._version

    with pytest.raises(RuntimeError, match="were not returned as output"):
        Forgetful.apply(x, y)

    assert (x.grad_fn, y.grad_fn, x._version, y._version) == before


def test_a_warning_names_the_line_of_apply():
    class Marking(Double):
        @staticmethod
        def forward(ctx, x):
            result = x * 2
            ctx.mark_dirty(result)
            return result

    with pytest.warns(UserWarning, match="received a tensor that was not an input") as given:
        Marking.apply(numbers())

    assert given[0].filename == __file__


def test_an_unfit_attribute_is_named():
    class Listing(Double):
        @staticmethod
        def forward(ctx, x):
            ctx.to_save = [x]
            return x * 2

    with pytest.raises(RuntimeError, match="to_save attribute is expected to be a tuple but is list"):
        Listing.apply(numbers())

    class Marking(Double):
        @staticmethod
        def forward(ctx, x, mark):
            getattr(ctx, mark)(5)
            return x * 2

    with pytest.raises(TypeError, match="mark_dirty can only accept variables, but argument 0 is of type int"):
        Marking.apply(numbers(), "mark_dirty")
    with pytest.raises(TypeError, match="mark_non_differentiable only accepts variable arguments, but got int"):
        Marking.apply(numbers(), "mark_non_differentiable")


def test_a_complex_gradient_of_a_real_input_is_refused():
    class Rotated(Double):
        @staticmethod
        def backward(ctx, grad):
            return grad * 1j

    with pytest.raises(RuntimeError, match="RotatedBackward returned an invalid gradient at index 0"):
        Rotated.apply(numbers()).sum().backward()


def test_a_view_changed_in_place_may_be_any_argument():
    leaf, factor = numbers(), numbers(5.0, 6.0)
    base = leaf * 1
    ScaleSecond.apply(factor, base[:2])
    (base * base).sum().backward()

    again, other = numbers(), numbers(5.0, 6.0)
    (torch.cat((again[:2] * other, again[2:])) ** 2).sum().backward()
    np.testing.assert_allclose(leaf.grad.numpy(), again.grad.numpy())
    np.testing.assert_allclose(factor.grad.numpy(), other.grad.numpy())


def test_a_deep_chain_neither_recurses_nor_crashes():
    x = numbers()
    y = x
    for _ in range(50_000):
        y = Double.apply(y) * 0.5
    y.sum().backward()

    assert x.grad.tolist() == [1, 1, 1]
    del y


def test_threads_apply_and_go_back_at_once():
    x = numbers()

    def work():
        for _ in range(50):
            Sine.apply(Exp.apply(x)).sum().backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    values = x.detach().numpy()
    np.testing.assert_allclose(x.grad.numpy(), 200 * np.cos(np.exp(values)) * np.exp(values))


def test_a_profiler_shows_a_function_by_its_name():
    x = numbers()
    with torch.autograd.profiler.profile() as profile:
        Sine.apply(x).sum().backward()

    names = [event.name for event in profile.function_events]
    assert "Sine" in names
    assert "SineBackward" in names


def test_a_once_differentiable_error_is_that_of_its_own():
    class Once(Double):
        backward = staticmethod(once_differentiable(lambda ctx, grad: grad * 2))

    x, seed = numbers(), torch.ones(3, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(Once.apply(x), x, seed, create_graph=True)

    assert re.fullmatch(r"<Error object at 0x[0-9a-f]+>", repr(gradient.grad_fn))
    with pytest.raises(RuntimeError, match="trying to differentiate twice a function that was marked with"):
        gradient.sum().backward()
    assert seed.grad is None


def test_a_nested_function_says_what_to_do():
    with pytest.raises(NotImplementedError, match="subclass Function"):
        torch.autograd.NestedIOFunction.apply(numbers())
