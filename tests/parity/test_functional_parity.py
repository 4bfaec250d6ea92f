"""autograd.functional under both libraries: values, shapes, structure, requires_grad, and what errors say."""

import itertools
import re

import numpy as np
import pytest

theirs = pytest.importorskip("torch")

import chainrule as ours  # noqa: E402

# Each takes the library, then inputs; all of them differentiable at least three times where they are not constant.
OF_ONE = {
    "product": lambda torch, x: x * x,
    "cube": lambda torch, x: x**3,
    "linear": lambda torch, x: 2 * x,
    "identity": lambda torch, x: x,
    "exponential sum": lambda torch, x: (2 * x).exp().sum(-1),
    "scalar": lambda torch, x: (x**3).sum(),
    "scalar in a vector": lambda torch, x: (x.sin() * x).sum().reshape(1),
    "linear scalar": lambda torch, x: x.sum(),
    "several": lambda torch, x: (x * x, x.sum()),
    "tuple of one": lambda torch, x: ((x * x).sum(),),
    "constant": lambda torch, x: torch.ones(2),
    "detached": lambda torch, x: (x * x).sum().detach(),
    "other type": lambda torch, x: x.to(torch.float64) * 2,
    "list": lambda torch, x: [x * x],
    "number": lambda torch, x: 3,
    "tuple with a number": lambda torch, x: (x * x, 2),
}
OF_TWO = {
    "product": lambda torch, x, y: x * y,
    "adder": lambda torch, x, y: 2 * x.exp() + 3 * y,
    "scalar": lambda torch, x, y: (x * x * y * y).sum(),
    "scalar of the first": lambda torch, x, y: (x**3).sum(),
    "first": lambda torch, x, y: x,
    "several": lambda torch, x, y: (x * y, x.sum()),
    "one detached": lambda torch, x, y: (x * x, y.detach()),
}
MODES = [{"create_graph": c, "strict": s} for c, s in itertools.product([False, True], repeat=2)]


def vector(torch, *, grad=False):
    return torch.tensor([1.0, 2.0, 3.0], requires_grad=grad)


def matrix(torch, *, grad=False):
    return torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=grad)


def one(make, *, grad=False):
    return lambda torch: make(torch, grad=grad)


def two(first=False, second=False):
    return lambda torch: (vector(torch, grad=first), 2 * vector(torch, grad=second))


def outcome(torch, name, function, inputs, *vectors, **options):
    """What a call gives, in a form that two libraries can be compared in."""
    call = getattr(torch.autograd.functional, name)
    try:
        return described(call(lambda *tensors: function(torch, *tensors), inputs, *vectors, **options))
    except Exception as error:  # noqa: BLE001  any error is an outcome
        text = str(error).replace("chainrule.", "torch.").replace("torch.tensor.Tensor", "torch.Tensor")
        return type(error).__name__, text


def described(result):
    if isinstance(result, tuple):
        return ["tuple", *map(described, result)]
    return [tuple(result.shape), str(result.dtype).rpartition(".")[2], result.requires_grad, Values(result.tolist())]


class Values:
    """Numbers that are equal when they are nearly so."""

    def __init__(self, values):
        self.values = np.array(values)

    def __eq__(self, other):
        return np.allclose(self.values, other.values, rtol=1e-5, atol=1e-6)

    __hash__ = None

    def __repr__(self):
        return repr(self.values)


def assert_same(name, function, inputs, *vectors, **options):
    """`inputs` and `vectors` are functions of the library."""
    a, b = (
        outcome(torch, name, function, inputs(torch), *(v(torch) for v in vectors), **options)
        for torch in (theirs, ours)
    )
    if name == "jacobian" and options == {"create_graph": True, "strict": True}:
        # Where a strict Jacobian refuses, PyTorch's sentence gives the output's number where it says "input".
        a, b = (without_the_number_of_the_input(result) for result in (a, b))
    assert b == a


def without_the_number_of_the_input(result):
    if not isinstance(result, tuple):  # no error
        return result
    error, text = result
    return error, re.sub(r"independent of input \d+", "independent of input", text)


@pytest.mark.parametrize("options", MODES, ids=str)
@pytest.mark.parametrize("function", OF_ONE)
@pytest.mark.parametrize("name", ["jacobian", "hessian"])
def test_derivatives_for_one_input(name, function, options):
    for make, grad in itertools.product([vector, matrix], [False, True]):
        assert_same(name, OF_ONE[function], one(make, grad=grad), **options)


@pytest.mark.parametrize("options", MODES, ids=str)
@pytest.mark.parametrize("function", OF_TWO)
@pytest.mark.parametrize("name", ["jacobian", "hessian"])
def test_derivatives_for_two_inputs(name, function, options):
    for first, second in itertools.product([False, True], repeat=2):
        assert_same(name, OF_TWO[function], two(first, second), **options)


@pytest.mark.parametrize("options", MODES, ids=str)
@pytest.mark.parametrize("function", OF_ONE)
@pytest.mark.parametrize("name", ["vjp", "jvp", "vhp", "hvp"])
def test_products_with_one_input(name, function, options):
    vectors = [
        lambda torch: vector(torch) * 2,
        lambda torch: vector(torch, grad=True),
        matrix,
        lambda torch: (vector(torch), vector(torch)),
        lambda torch: (vector(torch),),
        lambda torch: torch.tensor(2.0),
        lambda torch: [vector(torch)],
        lambda torch: None,
    ]
    for v, grad in itertools.product(vectors, [False, True]):
        assert_same(name, OF_ONE[function], one(vector, grad=grad), v, **options)
    assert_same(name, OF_ONE[function], matrix, matrix, **options)
    # a single element: the vector may be left out
    if function not in {"constant", "detached"}:
        assert_same(name, OF_ONE[function], lambda torch: torch.tensor(2.0), **options)
        assert_same(name, OF_ONE[function], lambda torch: torch.tensor([2.0]), **options)


@pytest.mark.parametrize("options", MODES, ids=str)
@pytest.mark.parametrize("function", OF_TWO)
@pytest.mark.parametrize("name", ["vjp", "jvp", "vhp", "hvp"])
def test_products_with_two_inputs(name, function, options):
    vectors = [
        lambda torch: (vector(torch), vector(torch) * 3),
        vector,
        lambda torch: (vector(torch),),
        lambda torch: (vector(torch), torch.tensor(2.0)),
        lambda torch: (vector(torch), vector(torch), vector(torch)),
        lambda torch: torch.tensor(2.0),
        lambda torch: None,
    ]
    for v, grad in itertools.product(vectors, [False, True]):
        assert_same(name, OF_TWO[function], two(grad), v, **options)


@pytest.mark.parametrize("name", ["jacobian", "hessian", "vjp", "jvp", "vhp", "hvp"])
def test_what_is_no_tensor_is_refused(name):
    for inputs in ([1.0], 1.0, None, "x", ["x"], (1.0,)):
        assert_same(name, OF_ONE["product"], lambda torch, inputs=inputs: inputs)
    assert_same(name, OF_TWO["product"], lambda torch: (vector(torch), 3))
    assert_same(name, OF_ONE["product"], lambda torch: [vector(torch)])


@pytest.mark.parametrize("function", ["product", "scalar", "several", "linear"])
def test_vectorize_gives_the_same(function):
    assert_same("jacobian", OF_ONE[function], vector, vectorize=True)
    assert_same("jacobian", OF_ONE[function], vector, vectorize=True, strict=True)
    assert_same("jacobian", OF_TWO["adder"], lambda torch: (vector(torch), vector(torch)), vectorize=True)
    assert_same("hessian", OF_ONE["scalar"], vector, vectorize=True)


@pytest.mark.parametrize("options", MODES, ids=str)
def test_strategies(options):
    assert_same("jacobian", OF_ONE["product"], vector, strategy="forward-mode", **options)
    assert_same("jacobian", OF_ONE["product"], vector, strategy="sideways", **options)
    assert_same("hessian", OF_ONE["scalar"], vector, outer_jacobian_strategy="forward-mode", **options)
    assert_same("hessian", OF_ONE["scalar"], vector, outer_jacobian_strategy="sideways", **options)


@pytest.mark.parametrize("name", ["vjp", "jvp", "jacobian", "vhp", "hvp"])
def test_complex_numbers(name):
    def inputs(torch):
        return torch.tensor([1 + 2j, 3 - 1j])

    def square(torch, c):
        return c * c

    def squared_norm(torch, c):
        return (c * c.conj()).real.sum()

    for function in (square, squared_norm):
        if name == "jacobian":
            assert_same(name, function, inputs)
            assert_same(name, function, inputs, vectorize=True)
        else:
            vectors = {"vjp": inputs if function is square else lambda torch: None}.get(name, inputs)
            assert_same(name, function, inputs, vectors)


def test_a_tensor_that_the_function_reaches_by_itself_is_not_its_input():
    for torch in (theirs, ours):
        x = vector(torch, grad=True)
        result = torch.autograd.functional.jacobian(lambda y, x=x: x * y, x)
        assert result.tolist() == [[1, 0, 0], [0, 2, 0], [0, 0, 3]]


def test_results_with_a_graph_can_be_differentiated():
    gradients = []
    for torch in (theirs, ours):
        x = vector(torch, grad=True)
        functional = torch.autograd.functional
        total = functional.jacobian(lambda x: x**3, x, create_graph=True).sum()
        total = total + functional.hessian(lambda x: (x**4).sum(), x, create_graph=True).sum()
        for product in (functional.vhp, functional.hvp):
            value, other = product(lambda x: (x**4).sum(), x, x, create_graph=True)
            total = total + value + other.sum()
        for product in (functional.vjp, functional.jvp):
            value, other = product(lambda x: x**3, x, x * 2, create_graph=True)
            total = total + (value * other).sum()
        total.backward()
        gradients.append(x.grad.tolist())
    assert gradients[1] == pytest.approx(gradients[0])
