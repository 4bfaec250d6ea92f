"""Ufuncs of `scipy.special` on tensors: each gives SciPy's values, and is differentiated or says that it is not."""

import subprocess
import sys

import numpy as np
import pytest
import scipy.special

import chainrule as torch

UFUNCS = {
    name: function
    for name, function in vars(scipy.special).items()
    if isinstance(function, np.ufunc) and not name.startswith("_")
}
DIFFERENTIATED = sorted(set(UFUNCS) & set(vars(torch.special)))
# Whole numbers, which some functions need, and others.
ARGUMENTS = {
    "bdtr": (2.0, 5.0, 0.3), "bdtrc": (2.0, 5.0, 0.3), "nbdtr": (2.0, 5.0, 0.3), "nbdtrc": (2.0, 5.0, 0.3),
    "binom": (4.0, 1.5), "expn": (2.0, 0.7), "eval_hermite": (3.0, 0.7), "eval_hermitenorm": (3.0, 0.7),
    "kn": (2.0, 0.7), "yn": (2.0, 0.7), "jn": (2.0, 0.7), "ndtri_exp": (-0.7,), "eval_gegenbauer": (3.0, 1.5, 0.7),
}  # fmt: skip
SOME = (0.3, 0.7, 0.6, 0.4)


def arguments(name):
    return ARGUMENTS.get(name, SOME[: UFUNCS[name].nin])


def as_tuple(result):
    return result if isinstance(result, tuple) else (result,)


def of_integers(name):
    # SciPy's own integer arguments are to be integers.
    return [int(a) if a == int(a) else a for a in arguments(name)]


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_values_are_scipys(name):
    given = arguments(name)
    tensors = [torch.tensor([a], dtype=torch.float64, requires_grad=True) for a in given]
    results = as_tuple(UFUNCS[name](*tensors))
    wanted = as_tuple(UFUNCS[name](*of_integers(name)))
    for result, value in zip(results, wanted, strict=True):
        assert isinstance(result, torch.Tensor)
        np.testing.assert_allclose(result.detach().numpy(), [value], rtol=1e-12)


@pytest.mark.filterwarnings("ignore:floating point number truncated", "ignore:non-integer arg")
@pytest.mark.parametrize("name", sorted(set(UFUNCS) - set(DIFFERENTIATED)))
def test_no_gradient_is_lost(name):
    function = UFUNCS[name]
    given = SOME[: function.nin] if function.nin <= len(SOME) else (*SOME, 0.5)
    tensors = [torch.tensor([a], dtype=torch.float64, requires_grad=True) for a in given]
    with pytest.raises(TypeError, match=f"scipy.special.{function.__name__} has no row in chainrule's table"):
        function(*tensors)
    try:
        wanted = as_tuple(function(*given))
    except TypeError:
        return  # this one takes complex numbers alone
    for result, value in zip(as_tuple(function(*[t.detach() for t in tensors])), wanted, strict=True):
        np.testing.assert_allclose(result.numpy(), [value], rtol=1e-12, err_msg=name)


def test_functions_behind_which_ufuncs_stand():
    x = torch.tensor([1.5, 3.0], dtype=torch.float64, requires_grad=True)
    for compute in (
        scipy.special.zeta,
        lambda x: scipy.special.zeta(x, 2.0),
        lambda x: scipy.special.lambertw(x).real,
    ):
        result = compute(x)
        np.testing.assert_allclose(result.detach().numpy(), compute(x.detach().numpy()), rtol=1e-14)
        (gradient,) = torch.autograd.grad(result.sum(), x)
        h = 1e-6
        numbers = x.detach().numpy()
        slope = (compute(numbers + h) - compute(numbers - h)) / (2 * h)
        np.testing.assert_allclose(gradient.numpy(), slope, rtol=1e-6)


def test_numbers_arrays_and_lists_beside_a_tensor():
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    assert scipy.special.gammainc(2.0, x).dtype == torch.float32
    for order in (2, [2, 2], np.array([2.0, 2.0], np.float32), np.float64(2), torch.tensor(2.0)):
        result = scipy.special.jv(order, x)
        np.testing.assert_allclose(result.detach().numpy(), scipy.special.jv(2, x.detach().numpy()), rtol=1e-6)
        assert torch.autograd.grad(result.sum(), x)[0].dtype == torch.float32


def test_second_derivatives():
    x = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(scipy.special.j0(x), x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    # Bessel's equation.
    assert second.item() + first.item() / 0.7 + scipy.special.j0(0.7) == pytest.approx(0, abs=1e-15)


def test_an_argument_without_a_derivative_is_named():
    order = torch.tensor(0.5, requires_grad=True)
    with pytest.raises(NotImplementedError, match="struve with respect to its order v is not implemented"):
        scipy.special.struve(order, torch.tensor(1.0)).backward()


def test_complex_numbers_have_values_where_no_gradient_is_asked_for():
    z = torch.tensor([0.5 + 1j])
    assert scipy.special.gamma(z).numpy() == scipy.special.gamma(z.numpy())
    with pytest.raises(NotImplementedError, match="ComplexFloat"):
        scipy.special.gamma(z.requires_grad_())


def test_functions_that_are_no_ufuncs_refuse_tensors_that_require_grad():
    x = torch.tensor([0.5], requires_grad=True)
    with pytest.raises(RuntimeError, match="Can't call numpy"):
        scipy.special.polygamma(1, x)


def test_scipy_is_not_imported_before_it_is_needed():
    code = "import sys, chainrule; chainrule.ones(2).exp(); assert 'scipy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
