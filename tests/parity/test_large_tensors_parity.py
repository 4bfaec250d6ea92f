"""Large tensors beside PyTorch: values, gradients, layouts; and how the number of threads is said."""

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")

SIZE = 300_007
PROGRAMS = [
    "(a.sin() * a.exp() + a * a).tanh().sum()",
    "(a**3).sigmoid().sum()",
    "t.where(a > 0, a.log1p(), a.exp()).mean()",
    "(a.clamp(-0.5, 0.5) * a.relu()).sum() / a.abs().sum()",
    "t.nn.functional.gelu(a).pow(2).sum()",
    "t.maximum(a, -a).sqrt().sum()",
    "a.masked_fill(a < 0, 2.0).log().sum()",
    "(a.view(-1, 1).expand(-1, 2) * 3).exp().sum()",
    "a.double().cos().sum()",
    "t.nn.functional.softplus(t.add(a, a, alpha=2)).sum()",
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_large_tensor_gives_what_pytorch_gives(program):
    values = np.random.default_rng(0).uniform(-0.9, 1.5, SIZE).astype(np.float32)
    found = []
    for library in (torch, chainrule):
        a = library.tensor(values, requires_grad=True)
        result = eval(program, {"a": a, "t": library})
        result.backward()
        found.append((result.item(), str(result.dtype).partition(".")[2], a.grad.numpy(), a.grad.stride()))
    (value, dtype, grad, stride), (other_value, other_dtype, other_grad, other_stride) = found
    assert other_value == pytest.approx(value, rel=1e-4)
    assert other_dtype == dtype
    assert other_stride == stride
    np.testing.assert_allclose(other_grad, grad, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("layout", ["a", "a.t()", "a[::2]", "a[:, ::3]", "a.flip(0)", "a[:1].expand(600, -1)"])
@pytest.mark.parametrize("operation", ["x.exp()", "x * 2", "x * x", "x.sigmoid()", "x + x.exp()"])
def test_a_result_lies_as_pytorchs_does(layout, operation):
    strides = []
    for library in (torch, chainrule):
        a = library.ones(1200, 600, requires_grad=True)
        x = eval(layout, {"a": a})
        result = eval(operation, {"x": x})
        result.sum().backward()
        strides.append((result.stride(), a.grad.stride(), a.grad.sum().item()))
    assert strides[0][:2] == strides[1][:2]
    assert strides[1][2] == pytest.approx(strides[0][2], rel=1e-5)


@pytest.mark.parametrize("function", ["set_num_threads", "set_num_interop_threads"])
@pytest.mark.parametrize("number", [0, -1, 1.5, True, "2", None])
def test_a_number_of_threads_is_refused_in_the_same_words(function, number):
    errors = []
    for library in (torch, chainrule):
        with pytest.raises(RuntimeError) as caught:
            getattr(library, function)(number)
        errors.append(str(caught.value))
    assert errors[0] == errors[1]


def test_the_number_of_threads_at_first():
    assert chainrule.get_num_threads() == torch.get_num_threads()
    assert chainrule.get_num_interop_threads() > 0
