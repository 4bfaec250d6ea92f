"""Every public function of NumPy on tensors: differentiated, values by its nature, or refused with the reason.

Each that is differentiated is called as NumPy documents it and held against NumPy's own result (values, dtype, shape)
and against finite differences of it, first and second order. A function that is in none of the lists fails the test
of the lists: there is no hole that nobody knows of.
"""

import warnings

import numpy as np
import pytest

import chainrule as torch
from chainrule.numpy_protocols import FUNCTIONS, REFUSED, VALUES, implementations
from chainrule.numpy_ufuncs import STEPS, UFUNCS
from numpy_samples import CALLS, KNOTS, MASK, PLACES, RNG, V, X, Y

implementations()
SAME = {"amax": "max", "amin": "min", "around": "round", "concat": "concatenate", "permute_dims": "transpose"}

# Results that do not depend on the elements smoothly, or at all: a sample of each, held against NumPy's.
PLAIN = {
    "all": lambda a: np.all(a, axis=0, where=MASK),
    "allclose": lambda a: np.allclose(a, X),
    "any": lambda a: np.any(a > 1, 1),
    "argmax": lambda a: np.argmax(a, 1, keepdims=True),
    "argmin": lambda a: np.argmin(a),
    "argpartition": lambda a: np.argpartition(a, 3),
    "argsort": lambda a: np.argsort(a, 0),
    "argwhere": lambda a: np.argwhere(a > 0),
    "array2string": lambda a: np.array2string(a),
    "array_equal": lambda a: np.array_equal(a, X),
    "array_equiv": lambda a: np.array_equiv(a, X),
    "array_repr": lambda a: np.array_repr(a),
    "array_str": lambda a: np.array_str(a),
    "can_cast": lambda a: np.can_cast(a.dtype.name, np.float32),
    "common_type": lambda a: np.common_type(a),
    "count_nonzero": lambda a: np.count_nonzero(a > 0, axis=0),
    "diag_indices_from": lambda a: np.diag_indices_from(a[:, :3]),
    "digitize": lambda a: np.digitize(a, KNOTS),
    "einsum_path": lambda a: np.einsum_path("ij,kj->ik", a, a)[0],
    "flatnonzero": lambda a: np.flatnonzero(a > 0),
    "isclose": lambda a: np.isclose(a, X[0]),
    "iscomplex": lambda a: np.iscomplex(a),
    "iscomplexobj": lambda a: np.iscomplexobj(a),
    "isin": lambda a: np.isin(a, X[0]),
    "isneginf": lambda a: np.isneginf(a),
    "isposinf": lambda a: np.isposinf(a),
    "isreal": lambda a: np.isreal(a),
    "isrealobj": lambda a: np.isrealobj(a),
    "ix_": lambda a: np.ix_(a[0] > 0, a[0] > 1),
    "lexsort": lambda a: np.lexsort((a[0], a[1])),
    "may_share_memory": lambda a: np.may_share_memory(a, a),
    "min_scalar_type": lambda a: np.min_scalar_type(a),
    "nanargmax": lambda a: np.nanargmax(a, 0),
    "nanargmin": lambda a: np.nanargmin(a),
    "ndim": lambda a: np.ndim(a),
    "nonzero": lambda a: np.nonzero(a > 0),
    "ravel_multi_index": lambda a: np.ravel_multi_index(a[:2].astype(int).astype(np.int64) ** 2, (9, 9)),
    "result_type": lambda a: np.result_type(a, np.float32),
    "searchsorted": lambda a: np.searchsorted(np.sort(a[0]), KNOTS),
    "shape": lambda a: np.shape(a),
    "shares_memory": lambda a: np.shares_memory(a, np.zeros(1)),
    "size": lambda a: np.size(a, 1),
    "tril_indices_from": lambda a: np.tril_indices_from(a),
    "triu_indices_from": lambda a: np.triu_indices_from(a),
    "unravel_index": lambda a: np.unravel_index(np.argmax(a), (3, 4)),
    "empty_like": lambda a: np.empty_like(a).shape,
    "zeros_like": lambda a: np.zeros_like(a, shape=(2,)),
    "ones_like": lambda a: np.ones_like(a, np.float32),
    "full_like": lambda a: np.full_like(a, 3),
}
OF_BITS_AND_DATES = {"packbits", "unpackbits", "busday_count", "busday_offset", "is_busday", "datetime_as_string"}
WRITING = {"copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"}


def public_functions():
    return {n: f for n in dir(np) if hasattr(f := getattr(np, n), "_implementation") and not n.startswith("_")}


def test_every_function_is_in_one_list():
    refused = {f.__name__ for f in REFUSED}
    lists = (set(CALLS), set(SAME), set(PLAIN), OF_BITS_AND_DATES, WRITING, refused)
    assert set().union(*lists) == set(public_functions())
    assert sum(map(len, lists)) == len(public_functions())
    assert all(f in FUNCTIONS or f in REFUSED for f in public_functions().values())
    assert {f.__name__ for f in VALUES} <= set(PLAIN) | OF_BITS_AND_DATES
    for space in (np.linalg, np.fft):
        names = [f for n in dir(space) if hasattr(f := getattr(space, n), "_implementation")]
        assert all(f in FUNCTIONS for f in names)
    for name, other in SAME.items():
        assert FUNCTIONS[getattr(np, name)] is FUNCTIONS[getattr(np, other)]


def test_every_ufunc_has_an_answer():
    ufuncs = {f for n in dir(np) if isinstance(f := getattr(np, n), np.ufunc)}

    assert [f.__name__ for f in ufuncs if UFUNCS[f] is None] == []
    assert set(STEPS) <= ufuncs


def flat(found):
    if isinstance(found, (list, tuple)):
        return [leaf for part in found for leaf in flat(part)]
    return [found]


CASES = [(name, number) for name, calls in CALLS.items() for number in range(len(calls))]


@pytest.mark.parametrize(("name", "number"), CASES, ids=lambda x: str(x))
def test_values_and_derivatives(name, number):
    function, *given = CALLS[name][number]
    given = [np.asarray(g) for g in given]
    expected = flat(function(*[g[()] for g in given]))
    tensors = [torch.tensor(g, requires_grad=True) for g in given]
    found = flat(function(*tensors))
    for result, wanted in zip(found, expected, strict=True):
        assert isinstance(result, torch.Tensor)
        np.testing.assert_allclose(result.detach().numpy(), wanted, rtol=1e-12, atol=1e-13)
        assert result.shape == np.shape(wanted)
        assert result.dtype.numpy == np.asarray(wanted).dtype
    assert any(result.requires_grad for result in found)
    weights = [RNG.normal(size=np.shape(w)) * (1 + (1j if np.iscomplexobj(w) else 0)) for w in expected]

    def total(results):
        # Squares beside, so that there is a second derivative.
        parts = [((r * w + 0.3 * r * r).real) for r, w in zip(flat(results), weights, strict=True)]
        return sum((np.nan_to_num(p) if isinstance(p, np.ndarray) else p).sum() for p in parts)

    def of_arrays(*arrays):
        return float(total([np.asarray(r) for r in flat(function(*arrays))]))

    directions = [RNG.normal(size=g.shape) * (1 + (1j if np.iscomplexobj(g) else 0)) for g in given]

    def slopes(*arrays):
        inputs = [torch.tensor(a, requires_grad=True) for a in arrays]
        grads = torch.autograd.grad(
            total(function(*inputs)), inputs, create_graph=True, allow_unused=True, materialize_grads=True
        )
        slope = sum((g * torch.tensor(d).conj()).real.sum() for g, d in zip(grads, directions, strict=True))
        if not slope.requires_grad:
            return slope.item(), 0.0
        second = torch.autograd.grad(slope, inputs, allow_unused=True, materialize_grads=True)
        return slope.item(), sum(
            (s * torch.tensor(d).conj()).real.sum().item() for s, d in zip(second, directions, strict=True)
        )

    step = 1e-5
    after, before = ([g + s * d for g, d in zip(given, directions, strict=True)] for s in (step, -step))
    first, second = slopes(*given)
    np.testing.assert_allclose(first, (of_arrays(*after) - of_arrays(*before)) / (2 * step), rtol=2e-6, atol=1e-7)
    np.testing.assert_allclose(second, (slopes(*after)[0] - slopes(*before)[0]) / (2 * step), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", PLAIN)
def test_values_by_nature(name):
    found, expected = flat(PLAIN[name](torch.tensor(X, requires_grad=True))), flat(PLAIN[name](X))
    for result, wanted in zip(found, expected, strict=True):
        if isinstance(result, torch.Tensor):
            assert not result.requires_grad
            np.testing.assert_array_equal(result.numpy(), wanted, strict=True)
        else:
            assert isinstance(wanted, str) or result == wanted


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_refused_with_the_reason(function):
    x = torch.tensor(V, requires_grad=True)
    two = (x, V) if function.__name__ in ("union1d", "intersect1d", "setdiff1d", "setxor1d", "histogram2d") else (x,)
    arguments = ("file", x) if function.__name__.startswith("save") else two
    with pytest.raises(
        TypeError, match=rf"np\.{function.__name__} does not take tensors that require grad: "
    ) as raised:
        function(*arguments)
    assert REFUSED[function] in str(raised.value)
    assert "detach" in str(raised.value)


def test_without_a_gradient_the_refused_give_values():
    assert np.unique(torch.tensor([2.0, 1.0, 2.0])).tolist() == [1, 2]
    assert [a.tolist() for a in np.unique(torch.tensor([2, 1, 2]), return_counts=True)] == [[1, 2], [1, 2]]
    assert np.union1d(torch.tensor([2, 1]), [5]).tolist() == [1, 2, 5]


WRITES = {
    "copyto": lambda a, v: np.copyto(a, v[0], where=MASK),
    "fill_diagonal": lambda a, v: np.fill_diagonal(a, v[0, :3]),
    "place": lambda a, v: np.place(a, MASK, v[1]),
    "put": lambda a, v: np.put(a, [0, 5, 5, -1], v[2]),
    "put_along_axis": lambda a, v: np.put_along_axis(a, PLACES, v[:, :2], 1),
    "putmask": lambda a, v: np.putmask(a, MASK, v[0]),
}


@pytest.mark.parametrize("name", WRITES)
def test_what_writes_is_a_change_in_place(name):
    expected = X.copy()
    WRITES[name](expected, Y)
    x, y = torch.tensor(X, requires_grad=True), torch.tensor(Y, requires_grad=True)
    target = x * 1
    WRITES[name](target, y)
    np.testing.assert_array_equal(target.detach().numpy(), expected)
    target.sum().backward()
    assert x.grad.sum().item() + y.grad.sum().item() == X.size
    # NumPy asks nobody about the values of fill_diagonal.
    error, text = (
        (RuntimeError, "Can't call numpy")
        if name == "fill_diagonal"
        else (TypeError, f"np.{name}: the gradient would be")
    )
    with pytest.raises(error, match=text):
        WRITES[name](X.copy(), y)


def test_functions_that_are_complex_where_real_ones_have_no_value():
    x = np.array([0.5, -2.0, 3.0])
    direction, step = np.array([0.3, -0.4, 0.8]), 1e-6

    for function in (
        lambda a: np.emath.sqrt(a),
        lambda a: np.emath.log(a),
        lambda a: np.emath.log2(a),
        lambda a: np.emath.log10(a),
        lambda a: np.emath.arccos(a),
        lambda a: np.emath.arcsin(a),
        lambda a: np.emath.arctanh(a),
        lambda a: np.emath.power(a, 1.5),
        lambda a: np.emath.logn(3.0, a),
    ):
        for values in (x, np.array([0.1, 0.2, 0.7])):
            given = torch.tensor(values, requires_grad=True)
            found, wanted = function(given), function(values)
            np.testing.assert_allclose(found.detach().numpy(), wanted, rtol=1e-12, strict=True)
            (found.real.sum() + (found.imag * 2).sum() if found.is_complex() else found.sum()).backward()
            change = (function(values + step * direction) - function(values - step * direction)).sum() / (2 * step)
            slope = change.real + 2 * change.imag if found.is_complex() else change
            np.testing.assert_allclose((given.grad.numpy() * direction).sum(), slope, rtol=1e-7)


def test_windows():
    x = torch.tensor(X, requires_grad=True)
    view = np.lib.stride_tricks.sliding_window_view

    np.testing.assert_array_equal(view(x, (2, 3)).detach(), view(X, (2, 3)))
    np.testing.assert_array_equal(view(x, (2, 2), axis=(1, 1)).detach(), view(X, (2, 2), axis=(1, 1)))
    view(x, 3, axis=1).sum().backward()
    assert x.grad[0].tolist() == [1, 2, 2, 1]


def test_like():
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    for made, expected in (
        (np.zeros(2, like=x), np.zeros(2)),
        (np.arange(3, like=x), np.arange(3)),
        (np.eye(2, like=x), np.eye(2)),
        (np.full((2,), 3.0, like=x), np.full(2, 3.0)),
        (np.array([1, 2], like=x), np.array([1, 2])),
        (np.asarray([[1.5]], np.float32, like=x), np.float32([[1.5]])),
        (np.identity(2, like=x), np.eye(2)),
        (np.ones((1, 2), like=x), np.ones((1, 2))),
        (np.tri(2, like=x), np.tri(2)),
        (np.fromiter(range(3), float, like=x), np.arange(3.0)),
        (np.fromfunction(lambda i: i, (3,), like=x), np.arange(3.0)),
    ):
        assert isinstance(made, torch.Tensor)
        np.testing.assert_array_equal(made.numpy(), expected, strict=True)
    assert np.asarray(x, like=x) is x
    copied = np.array(x, like=x, ndmin=2)
    assert copied.shape == (1, 2)
    pair = np.array([x[0], 2 * x[1]], like=x) + np.full(2, x[0], like=x)
    pair.sum().backward()
    assert x.grad.tolist() == [3, 2]


def test_what_is_not_finite():
    rows = np.array([[1.0, np.inf, 2.0], [np.nan, 1.0, 0.0], [np.nan] * 3, [-np.inf, 3.0, np.inf]])
    x = torch.tensor(rows, requires_grad=True)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for function in (
            lambda a: np.nanmax(a, 1),
            lambda a: np.nanmedian(a, 1),
            lambda a: np.median(a, 1),
            lambda a: np.nan_to_num(a),
            lambda a: np.sort(a),
            lambda a: np.nansum(a, 0),
            lambda a: np.max(a, 1),
        ):
            np.testing.assert_array_equal(function(x).detach().numpy(), function(rows))
    # NumPy multiplies infinity by zero here, and gives NaN.
    assert np.quantile(x[0], [0.0, 0.5, 1.0]).tolist() == [1, 2, np.inf]
    assert np.real_if_close(torch.tensor([1 + 1e-16j], requires_grad=True)).dtype == torch.float32


def test_whole_numbers_are_computed_as_numpy_does():
    n = np.array([[3, 1, 4], [1, 5, 9]])

    for function in (
        lambda a: np.sum(a, 0, initial=2),
        lambda a: np.prod(a, 1, initial=2),
        lambda a: np.max(a, 1, initial=4),
        lambda a: np.min(a, where=n > 1, initial=8),
        lambda a: np.pad(a, 2, "mean"),
        lambda a: np.pad(a, 2, "linear_ramp"),
        lambda a: np.round(a, -1),
        lambda a: np.mean(a, 0),
        lambda a: np.var(a),
        lambda a: np.median(a, 1),
        lambda a: np.trapezoid(a),
        lambda a: np.gradient(a, axis=1),
        lambda a: np.average(a, weights=[[1, 2, 3]] * 2),
        lambda a: np.cumsum(a, 1),
        lambda a: np.interp(a, [0, 10], [0, 1]),
        lambda a: np.linspace(a, 1, 3),
        lambda a: np.trim_zeros(a - 1),
    ):
        np.testing.assert_allclose(function(torch.tensor(n)).numpy(), function(n), rtol=1e-15, strict=True)


def test_what_is_no_number_stands_beside_tensors():
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    found, nothing, text = np.broadcast_arrays(x, None, "a")
    assert found.requires_grad
    assert (nothing.tolist(), text.tolist()) == ([None, None], ["a", "a"])
    assert np.atleast_1d(x[0], None)[1].tolist() == [None]


def test_of_no_elements():
    empty = torch.zeros(0, 3, requires_grad=True)

    assert np.isnan(np.median(empty).item())
    assert np.quantile(empty, [0.2, 0.5], axis=0).shape == (2, 3)
    assert np.sum(empty, 0).tolist() == [0, 0, 0]
    assert np.max(empty, 0, initial=2).tolist() == [2, 2, 2]
    assert np.hstack([empty, empty]).shape == (0, 6)
    assert np.repeat(empty, 2, axis=1).shape == (0, 6)


def test_arguments_that_are_not_there_are_named():
    x = torch.ones(3, requires_grad=True)

    with pytest.raises(TypeError, match=r"np.sort\(\) got an unexpected keyword argument 'order'"):
        np.sort(x, order="name")
    for function in (np.var, np.max, np.argmax, np.any, np.cumsum, np.median, np.fft.fft, np.zeros_like):
        with pytest.raises(TypeError, match=rf"{function.__name__}\(\) got an unexpected keyword argument 'nothing'"):
            FUNCTIONS[function](x, nothing=1)
    with pytest.raises(TypeError, match=r"np.quantile: weights= is not supported"):
        np.quantile(x, 0.5, weights=[1, 2, 3], method="inverted_cdf")
    with pytest.raises(TypeError, match=r"np.interp: there is no derivative for period"):
        np.interp(x, KNOTS, KNOTS, period=torch.tensor(2.0, requires_grad=True))
    with pytest.raises(TypeError, match=r"np.histogram: which bin an element falls in has no derivative"):
        np.histogram(x)


def test_out_of_functions():
    x, out = torch.tensor(X, requires_grad=True), torch.zeros(4, dtype=torch.float64)

    assert np.sum(x, 0, out=out) is out
    np.matmul(out, torch.ones(4, dtype=torch.float64)).backward()
    assert x.grad.tolist() == np.ones_like(X).tolist()
    with pytest.raises(TypeError, match=r"np.sum: a NumPy array as out= would lose the gradient"):
        np.sum(x, 0, out=np.zeros(4))
    with pytest.raises(ValueError, match=r"np.sum: out= has shape \(3,\), but the result has \(4,\)"):
        np.sum(x, 0, out=torch.zeros(3))
    with pytest.raises(TypeError, match=r"np.max: cannot cast the result from float64 to int64"):
        np.max(x, 0, out=torch.zeros(4, dtype=torch.int64))
    assert np.sum(x.detach(), 0, out=np.zeros(4)).tolist() == X.sum(0).tolist()
