"""gradcheck: what it takes, what it leaves as it was, and every operation of the table put before it."""

import numpy as np
import pytest

import chainrule as torch
import test_every_op as properties
from chainrule.autograd import Function, gradcheck, gradgradcheck
from chainrule.tensor import wrap


def variable(*shape, seed=0):
    return wrap(np.random.default_rng(seed).uniform(-2, 2, shape)).requires_grad_()


# ---- the table ----


@pytest.mark.parametrize("row", properties.DIFFERENTIABLE, ids=repr)
def test_every_operation_passes(row):
    call = properties.prepare(row)

    def function(*variables):
        results = properties.made_by(properties.run(row, call), call)
        return tuple(r for r in results if r._array.dtype.kind in "fc")

    assert gradcheck(function, tuple(call.variables), fast_mode=True, check_grad_dtypes=True)


# ---- programs ----

EYE = torch.eye(3, dtype=torch.float64)


def in_place(x):
    y = x.clone()
    y[0].mul_(x[1])
    y[1] = x[0] * x[2]
    y.T[2] = y[0].exp()
    return y.tanh_()


STEPS = [
    lambda x, y: x.sin() * y,
    lambda x, y: x.relu() + y.abs(),
    lambda x, y: x.softmax(-1) - x.mean(0, keepdim=True),
    lambda x, y: x @ y.mT,
    lambda x, y: x / (1 + x.norm()),
    lambda x, y: torch.linalg.cholesky(x @ x.mT + EYE) + y,
    lambda x, y: torch.linalg.eigvalsh(x @ x.mT + 4 * torch.diag(torch.arange(3.0, dtype=torch.float64))) * y,
    lambda x, y: x.sort(-1)[0] * y.max(0, keepdim=True)[0],
    lambda x, y: torch.where(x > y, x.sin(), y.cos()),
    lambda x, y: torch.cat([x[1:], y[:1]]).cumsum(0),
    lambda x, y: torch.einsum("ij,kj->ik", x, y)[[2, 0, 1]],
    lambda x, y: torch.fft.fft(x).abs() + torch.nn.functional.layer_norm(y, (3,)),
    lambda x, y: in_place(x) * y,
    lambda x, y: x.unfold(0, 2, 1).sum(-1).sum(0) * y.flip(0),
    lambda x, y: torch.logsumexp(x, 0) * x.var(0) + torch.maximum(x, y + 0.1),
]


@pytest.mark.parametrize("seed", range(20))
def test_programs_of_several_operations_pass(seed):
    steps = np.random.default_rng(seed).choice(len(STEPS), 4)

    def program(x, y):
        for step in steps:
            x, y = STEPS[step](x, y), x
        return x

    inputs = variable(3, 3, seed=seed), variable(3, 3, seed=100 + seed)
    assert gradcheck(program, inputs)
    assert gradcheck(program, inputs, check_forward_ad=True, check_backward_ad=False, fast_mode=True)
    assert gradgradcheck(program, inputs, fast_mode=True)


# ---- what it takes ----


def test_a_tensor_a_tuple_and_other_arguments():
    x = variable(3)
    assert gradcheck(torch.sin, x)
    assert gradcheck(torch.sin, (x,))
    assert gradcheck(torch.sin, [x])
    assert gradcheck(torch.pow, (variable(3).abs().detach().requires_grad_(), 3))
    assert gradcheck(lambda a, b, c: [a * b, c], (x, torch.ones(3), variable(2)))


def test_what_a_function_must_return():
    with pytest.raises(TypeError, match=r"return a Tensor or a tuple of Tensors, but output 0 is of type float"):
        gradcheck(lambda x: x.sum().item(), variable(2))


def test_inputs_that_cannot_be_moved():
    array = np.ones(3)
    array.flags.writeable = False
    x = wrap(array).requires_grad_()
    with pytest.raises(RuntimeError, match="The 0th input lies in memory that cannot be written to"):
        gradcheck(torch.sin, x)


def test_the_warning_points_at_the_line_that_called():
    x = torch.ones(2, requires_grad=True)
    with pytest.warns(UserWarning, match="Input #0 requires gradient and is not a double precision") as said:
        gradcheck(lambda x: x * 2, x, atol=0.1)
    assert said[0].filename == __file__


def test_options_that_make_no_sense():
    x = variable(2)
    with pytest.raises(
        AssertionError, match="Expected at least one of check_forward_ad or check_backward_ad to be True"
    ):
        gradcheck(torch.sin, x, check_backward_ad=False)
    with pytest.raises(AssertionError, match="check_batched_grad=True requires check_backward_ad to be True"):
        gradcheck(torch.sin, x, check_backward_ad=False, check_forward_ad=True, check_batched_grad=True)
    with pytest.raises(AssertionError, match="check_batched_forward_grad=True requires check_forward_ad to be True"):
        gradcheck(torch.sin, x, check_batched_forward_grad=True)
    with pytest.raises(AssertionError, match="one of check_fwd_over_rev or check_rev_over_rev to be True"):
        gradgradcheck(torch.sin, x, check_rev_over_rev=False)
    with pytest.raises(AssertionError, match="check_undefined_grad=True requires check_rev_over_rev to be True"):
        gradgradcheck(torch.sin, x, check_rev_over_rev=False, check_fwd_over_rev=True)


# ---- what it leaves as it was ----


def fails(x):
    raise ValueError("never mind")


@pytest.mark.parametrize("options", [{}, {"fast_mode": True}, {"check_forward_ad": True}], ids=str)
def test_inputs_and_their_gradients_are_left_as_they_were(options):
    x, y = variable(2, 3), variable(3, seed=1)
    before = x._array.copy(), y._array.copy()
    x.grad = torch.ones(2, 3, dtype=torch.float64)
    assert gradcheck(lambda x, y: (x * y).exp(), (x, y), **options)
    assert gradgradcheck(lambda x, y: (x * y).exp(), (x, y), fast_mode=True)
    np.testing.assert_array_equal(x._array, before[0])
    np.testing.assert_array_equal(y._array, before[1])
    np.testing.assert_array_equal(x.grad._array, np.ones((2, 3)))
    assert y.grad is None
    assert x._version == 0


def test_inputs_are_moved_back_when_the_function_fails():
    x = variable(3)
    before = x._array.copy()
    calls = []

    def function(x):
        calls.append(x)
        return x * 2 if len(calls) < 3 else fails(x)

    with pytest.raises(ValueError, match="never mind"):
        gradcheck(function, x)
    np.testing.assert_array_equal(x._array, before)


def test_random_numbers_are_drawn_from_elsewhere():
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    gradcheck(torch.sin, variable(3), fast_mode=True, check_batched_grad=True)
    gradgradcheck(torch.sin, variable(3))
    assert torch.equal(torch.rand(3), expected)


def test_a_function_of_tensors_that_it_is_not_given():
    # The tensors are moved themselves, so a module's parameters may be checked.
    layer = torch.nn.Linear(3, 2, dtype=torch.float64)
    x = variable(4, 3)
    assert gradcheck(lambda *parameters: layer(x).tanh(), tuple(layer.parameters()))


# ---- what may have no gradient ----


class NotForNone(Function):
    """A Function that asks for None in place of zeros, and cannot do with it."""

    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 2


def test_gradients_that_are_none():
    with pytest.raises(RuntimeError, match="Expected backward function to handle undefined output grads") as caught:
        gradcheck(NotForNone.apply, variable(2))
    assert isinstance(caught.value.__cause__, TypeError)
    assert "set_materialize_grads" in str(caught.value)
    assert gradcheck(NotForNone.apply, variable(2), check_undefined_grad=False)


def test_what_is_no_gradcheck_error_is_raised_whatever_is_asked():
    with pytest.raises(ValueError, match="never mind"):
        gradcheck(fails, variable(2), raise_exception=False)
    assert gradcheck(lambda x: x * x.detach(), variable(2), raise_exception=False) is False


# ---- second derivatives ----


def test_gradients_of_outputs_that_are_given():
    x, weight = variable(2, 3), variable(2, 3, seed=1)
    assert gradgradcheck(lambda x: x.exp(), x, weight)
    assert gradgradcheck(lambda x: (x.exp(), x.sum()), x, (weight, torch.ones((), dtype=torch.float64)))
    assert gradgradcheck(lambda x: x.exp(), x, gen_non_contig_grad_outputs=True)


def test_complex_second_derivatives():
    z = wrap(np.array([0.5 + 1j, -0.3 - 0.2j])).requires_grad_()
    assert gradgradcheck(lambda z: (z * z).exp(), z)
    assert gradgradcheck(lambda z: (z * z).abs(), z, check_fwd_over_rev=True)


# ---- precision ----


def test_what_is_looser_than_the_default_is_let_pass():
    class Nearly(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2.001

    assert gradcheck(Nearly.apply, variable(3), rtol=1e-2)
    with pytest.raises(RuntimeError, match=r"Nearly .*\n.*1\.0005 times"):
        gradcheck(Nearly.apply, variable(3))


def test_a_program_that_takes_other_ways_is_not_searched():
    x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda x: x.sin() if x[0] > 0.5 else x.sin().clone(), x)


def test_a_function_that_does_not_bear_to_be_looked_at():
    # It passes, and fails wherever it is called other than element by element.
    def function(x):
        if abs(x[0].item() - 1) > 1e-5:
            raise ValueError("too far")
        return x * x

    assert gradcheck(function, torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True))


def test_single_precision_is_nobodys_fault():
    x = torch.tensor([0.3, 0.7], requires_grad=True)
    with (
        pytest.warns(UserWarning, match="not a double precision"),
        pytest.raises(RuntimeError, match="No operation is to"),
    ):
        gradcheck(lambda x: (x * 3).sin() * x.exp(), x)
