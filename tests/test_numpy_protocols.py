"""NumPy's functions on tensors: differentiated where there is a row, NumPy's own where no gradient can be lost."""

import numpy as np
import pytest
from scipy import special

import chainrule as torch


@pytest.fixture
def weights():
    return torch.tensor([1.0, 2.0, 3.0], requires_grad=True)


def test_functions_with_a_row_are_differentiated(weights):
    (np.sin(weights) * np.array([1.0, 2.0, 3.0], dtype=np.float32)).sum().backward()

    np.testing.assert_allclose(weights.grad, np.cos([1, 2, 3]) * [1, 2, 3], rtol=1e-6)


def test_without_a_gradient_the_rest_of_numpy_works_on_the_values():
    x = torch.tensor([3.0, 1.0, 1.0])

    assert np.unique(x).tolist() == [1, 3]
    assert np.median(x) == 1
    assert np.array_equal(x, x)
    assert np.where(x)[0].tolist() == [0, 1, 2]
    assert np.add.reduce(x).item() == 5
    assert [a.tolist() for a in np.broadcast_arrays(x, 2)] == [[3, 1, 1], [2, 2, 2]]


def test_without_a_gradient_other_ufuncs_give_tensors():
    x = torch.tensor([0.0, 1.0])

    assert isinstance(special.expit(x), torch.Tensor)
    torch_pair = np.modf(x)
    assert all(isinstance(part, torch.Tensor) for part in torch_pair)
    out = np.empty(2)
    assert np.exp(x, out=out) is out


def test_no_gradient_is_lost_silently(weights):
    for function in (np.unique, np.histogram):
        with pytest.raises(TypeError, match=r"tensor|detach"):
            function(weights)
    with torch.no_grad():
        assert np.median(weights) == 2


def test_close_to_numbers_of_another_type(weights):
    assert np.allclose(weights, [1, 2, 3])
    assert np.isclose(weights.detach(), np.array([1.0, 0.0, 3.0])).tolist() == [True, False, True]


def test_products_with_arrays_are_brought_to_one_type(weights):
    matrix = np.arange(9.0).reshape(3, 3)

    product = weights @ matrix
    assert product.dtype == torch.float64
    product.sum().backward()
    np.testing.assert_allclose(weights.grad, matrix.sum(axis=1))
    assert (matrix @ weights).tolist() == (matrix @ [1, 2, 3]).tolist()
    assert (weights @ matrix.astype(np.float32)).dtype == torch.float32


def test_numpy_integers_name_dimensions():
    x = torch.arange(6.0).reshape(2, 3)
    first = np.int64(0)

    assert x.sum(first).tolist() == [3, 5, 7]
    assert x.std(first).shape == (3,)
    assert x[None].squeeze(first).shape == (2, 3)
    assert x.roll(np.int64(1), first)[0].tolist() == [3, 4, 5]


def test_out_writes_into_the_tensor_as_a_change_in_place():
    x = torch.tensor([1.0, 2.0, 3.0])

    assert np.add(x, 1, out=x) is x
    assert (x.tolist(), x._version) == ([2, 3, 4], 1)
    np.multiply(x, 10, out=x, where=torch.tensor([True, False, True]))
    assert (x.tolist(), x._version) == ([20, 3, 40], 2)
    np.add.at(x, [0, 0], 1)
    assert (x.tolist(), x._version) == ([22, 3, 40], 3)

    quotient, remainder = np.divmod(x, 7, out=(None, x))
    assert remainder is x
    assert (quotient.tolist(), x.tolist()) == ([3, 0, 5], [1, 3, 5])

    array = np.ones(3)
    array += x
    assert array.tolist() == [2, 4, 6]


def test_out_is_noticed_by_the_graph(weights):
    factor = torch.tensor([1.0, 2.0, 3.0])
    product = weights * factor
    np.negative(factor, out=factor)

    with pytest.raises(RuntimeError, match="modified by an inplace operation") as raised:
        product.sum().backward()
    assert "np.negative at" in str(raised.value)
    assert "np.negative(factor, out=factor)" in str(raised.value)


def test_out_is_refused_where_a_gradient_would_be_lost(weights):
    with pytest.raises(TypeError, match=r"np.exp: a NumPy array as out= would lose the gradient"):
        np.exp(weights, out=np.empty(3, np.float32))
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        np.exp(np.ones(3), out=weights)
    with torch.no_grad():
        assert np.add(weights, 1, out=weights) is weights
    assert (weights.tolist(), weights._version) == ([2, 3, 4], 1)


def test_an_out_that_fails_changes_nothing():
    x = torch.tensor([1.0, 0.0])

    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        np.divide(1, x, out=x)
    with pytest.raises(TypeError, match="same_kind"):
        np.add(x, 1j, out=x)
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
        np.add(x, 1, out=torch.ones(1).expand(2))
    assert (x.tolist(), x._version) == ([1, 0], 0)
    with torch.inference_mode():
        inferred = torch.ones(2)
    with pytest.raises(RuntimeError, match="Inplace update to inference tensor"):
        np.add(x, 1, out=inferred)
    assert inferred.tolist() == [1, 1]
