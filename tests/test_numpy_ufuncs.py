"""The arguments and methods of ufuncs on tensors that require grad: `out=`, `where=`, `dtype=`, `reduce`, `at`, ..."""

import numpy as np
import pytest

import chainrule as torch

RNG = np.random.default_rng(8)
X = RNG.permutation(np.linspace(0.4, 1.9, 12)).reshape(3, 4)
Y = RNG.permutation(np.linspace(0.6, 2.3, 12)).reshape(3, 4)
V = np.array([0.5, 1.5, 0.7, 1.2])
MASK = X > 1

CALLS = {
    "where": (lambda a: np.log(a, where=MASK, out=np.zeros_like(a)), X),
    "where of two": (lambda a, b: np.divide(a, b, where=MASK, out=np.zeros_like(a)), X, V),
    "dtype": (lambda a: np.exp(a, dtype=np.complex128), X),
    "vecdot with axis": (lambda a, b: np.vecdot(a, b, axis=0), X, Y),
    "vecdot": (lambda a, b: np.vecdot(a, b), X + 1j * Y, Y),
    "matvec": (lambda a, b: np.matvec(a, b), X, V),
    "vecmat": (lambda a, b: np.vecmat(a, b), V * (1 - 2j), X.T),
    "matmul": (lambda a, b: np.matmul(a, b), X, V),
    "divmod": (lambda a: np.divmod(a, 0.35)[1], X),
    "modf": (lambda a: np.modf(a * 3)[0], X),
    "frexp": (lambda a: np.frexp(a * 4.7)[0], X),
    "ldexp": (lambda a: np.ldexp(a, [1, 2, -3, 0]), X),
    "cbrt": (lambda a: np.cbrt(a), X),
    "degrees": (lambda a: np.degrees(a) + np.radians(a), X),
    "float_power": (lambda a, b: np.float_power(a, b), X, Y),
    "add.reduce": (lambda a: np.add.reduce(a), X),
    "add.reduce of all": (lambda a: np.add.reduce(a, axis=None, keepdims=True, initial=2.0, where=MASK), X),
    "multiply.reduce": (lambda a: np.multiply.reduce(a, axis=(0, 1)), X),
    "maximum.reduce": (lambda a: np.maximum.reduce(a, axis=1, keepdims=True), X),
    "minimum.reduce": (lambda a: np.minimum.reduce(a, initial=0.7), X),
    "logaddexp.reduce": (lambda a: np.logaddexp.reduce(a, axis=1), X),
    "hypot.reduce": (lambda a: np.hypot.reduce(a, axis=None), X),
    "subtract.reduce": (lambda a: np.subtract.reduce(a, axis=1), X),
    "divide.reduce": (lambda a: np.divide.reduce(a, axis=0), X),
    "add.accumulate": (lambda a: np.add.accumulate(a), X),
    "multiply.accumulate": (lambda a: np.multiply.accumulate(a, axis=1), X),
    "maximum.accumulate": (lambda a: np.maximum.accumulate(a, 1), X),
    "minimum.accumulate": (lambda a: np.minimum.accumulate(a, 1), X),
    "logaddexp.accumulate": (lambda a: np.logaddexp.accumulate(a, 1), X),
    "power.accumulate": (lambda a: np.power.accumulate(a, 1), X),
    "subtract.outer": (lambda a, b: np.subtract.outer(a, b), X, V),
    "power.outer": (lambda a, b: np.power.outer(a, b), V, X),
    "add.reduceat": (lambda a: np.add.reduceat(a, [0, 2, 1], axis=1), X),
    "multiply.reduceat": (lambda a: np.multiply.reduceat(a, [1, 0, 2, 2]), V),
}


def at(ufunc, indices):
    def call(a, *b):
        changed = a.copy() if isinstance(a, np.ndarray) else a * 1
        ufunc.at(changed, indices, *b)
        return changed

    return call


CALLS |= {
    "add.at": (at(np.add, ([0, 2, 0], [1, 3, 1])), X, V[:3]),
    "subtract.at": (at(np.subtract, [1, 1, 3]), V, X[0, :3]),
    "multiply.at": (at(np.multiply, [1, 1, 3, 1]), V, X[0]),
    "divide.at": (at(np.divide, (slice(None), [0, 0])), X, Y[:, :2]),
    "square.at": (at(np.square, [2, 2, 0]), V),
    "maximum.at": (at(np.maximum, [0, 0, 2]), V, np.array([0.9, 0.1, 0.2])),
}


@pytest.mark.parametrize("name", CALLS)
def test_values_and_gradients(name):
    function, *arrays = CALLS[name]
    expected = function(*arrays)
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    found = function(*tensors)
    assert isinstance(found, torch.Tensor)
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-12, strict=True)
    weights = RNG.normal(size=expected.shape) * (1 + (1j if np.iscomplexobj(expected) else 0))
    (found * torch.tensor(weights)).real.sum().backward()
    directions = [RNG.normal(size=a.shape) * (1 + (1j if np.iscomplexobj(a) else 0)) for a in arrays]
    step = 1e-6
    moved = [
        (function(*[a + s * d for a, d in zip(arrays, directions, strict=True)]) * weights).real.sum()
        for s in (step, -step)
    ]
    slope = sum((t.grad.numpy() * d.conj()).real.sum() for t, d in zip(tensors, directions, strict=True))
    np.testing.assert_allclose(slope, (moved[0] - moved[1]) / (2 * step), rtol=1e-6, atol=1e-7)


def test_where_leaves_no_trace_of_what_it_leaves_out():
    x = torch.tensor([0.0, 4.0, -1.0], requires_grad=True)

    root = np.sqrt(x, where=[False, True, False])
    root.sum().backward()
    assert root.tolist() == [0, 2, 0]
    assert x.grad.tolist() == [0, 0.25, 0]


def test_out_is_a_change_in_place():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = torch.ones(2)

    assert np.multiply(x, 3.0, out=out) is out
    np.square(out, out=out)
    np.add(out, x, out=out, where=[True, False])
    assert (out.tolist(), out._version) == ([10, 36], 3)
    out.sum().backward()
    assert x.grad.tolist() == [19, 36]
    whole = torch.zeros(2)
    _, remainder = np.divmod(x, 2.0, out=(whole, None))
    assert (whole.tolist(), remainder.tolist()) == ([0, 1], [1, 0])


def test_what_is_refused_says_why():
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    with pytest.raises(TypeError, match=r"np.exp: a NumPy array as out= would lose the gradient; give a tensor"):
        np.exp(x, out=np.zeros(2))
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        np.exp(np.ones(2), out=x)
    with pytest.raises(TypeError, match=r"np.exp: cannot cast the result from float32 to int64 of out="):
        np.exp(x, out=torch.zeros(2, dtype=torch.int64))
    with pytest.raises(
        TypeError, match=r"Cannot cast np.exp input from float32 to int64 with casting rule 'same_kind'"
    ):
        np.exp(x, dtype=np.int64)
    with pytest.raises(TypeError, match=r"np.matmul: axes= is not supported"):
        np.matmul(x, x, axes=[0, 0, 0])
    with pytest.raises(TypeError, match=r"np.add.at: the gradient would be lost in a NumPy array"):
        np.add.at(np.zeros(2), [0], x)
    with pytest.raises(IndexError, match=r"index out of bounds in np.add.reduceat"):
        np.add.reduceat(x, [0, 5])
    with pytest.raises(TypeError, match=r"np.hypot.reduce: where= is supported for"):
        np.hypot.reduce(x, where=[True, False])


def test_steps_are_values():
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    assert np.spacing(x).tolist() == np.spacing(np.float32([1, 2])).tolist()
    assert not np.spacing(x).requires_grad
    assert np.bitwise_count(torch.tensor([3, 8])).tolist() == [2, 1]
