"""Pooling gives what PyTorch gives: values, indices, nodes, gradients to second order, texts and errors."""

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")

BOTH = (torch, chainrule)
_RNG = np.random.default_rng(5)
_INPUTS = {
    "a": _RNG.permutation(60).reshape(2, 3, 10) / 7,
    "u": _RNG.permutation(30).reshape(3, 10) / 7,
    "b": _RNG.permutation(2 * 3 * 7 * 9).reshape(2, 3, 7, 9) / 50 - 3,
    "v": _RNG.permutation(3 * 7 * 9).reshape(3, 7, 9) / 50 - 2,
    "c": _RNG.permutation(2 * 2 * 5 * 6 * 7).reshape(2, 2, 5, 6, 7) / 100,
    "w": _RNG.permutation(2 * 5 * 6 * 7).reshape(2, 5, 6, 7) / 100,
    "ties": _RNG.integers(0, 3, (2, 3, 7, 9)).astype(float),
    "nan": np.where(_RNG.random((2, 3, 7, 9)) < 0.3, np.nan, _RNG.integers(0, 3, (2, 3, 7, 9))),
    "low": np.where(_RNG.random((2, 3, 7, 9)) < 0.8, -np.inf, 1.0),
    "none": np.zeros((0, 3, 7, 9)),
}  # fmt: skip
_OTHERS = {
    "i": _RNG.integers(-9, 9, (2, 3, 7, 9)),
    "byte": _RNG.integers(0, 255, (3, 7, 9)).astype(np.uint8),
    "short": _RNG.integers(-9, 9, (2, 3, 10)),
    "deep": _RNG.integers(-9, 9, (2, 5, 6, 7)),
    "flag": _RNG.random((2, 3, 7, 9)) < 0.5,
    "z": _RNG.random((2, 3, 7, 9)) + 1j,
    "h": _RNG.integers(-9, 9, (2, 3, 7, 9)).astype(np.float16),
    "f": _RNG.standard_normal((2, 3, 7, 9)).astype(np.float32),
    "where": np.array([[[0, 3], [8, 11]]]),
    "what": np.ones((1, 2, 2)),
}


def evaluate(library, expression):
    leaves = {}
    for name, array in _INPUTS.items():
        leaves[name] = library.from_numpy(array.copy()).requires_grad_()
    others = {name: library.from_numpy(array.copy()) for name, array in _OTHERS.items()}
    scope = {"t": library, "F": library.nn.functional, "inf": float("inf"), **leaves, **others}
    return leaves, eval(expression, scope)


def array_of(tensor):
    return tensor.detach().numpy()


def gradients(library, result, leaves):
    """The first gradients, and the gradients of a weighted sum of these."""
    rng = np.random.default_rng(1)

    def weighted(tensors):
        return sum((t * library.from_numpy(rng.standard_normal(tuple(t.shape)))).sum() for t in tensors)

    inputs = list(leaves.values())
    # The square, so that the second derivatives are not all zero.
    first = library.autograd.grad(weighted([result**2 + result]), inputs, create_graph=True, allow_unused=True)
    found = [g for g in first if g is not None]
    second = library.autograd.grad(weighted(found), inputs, allow_unused=True)
    return found + [g for g in second if g is not None]


MAXIMA = """
F.max_pool1d(a, 2)
F.max_pool1d(a, 3, 2, 1)
F.max_pool1d(a, 3, 1, 1, 2)
F.max_pool1d(u, 4, 3, 2, 1, True)
F.max_pool1d(a, 3, return_indices=True)
F.max_pool1d(u, [3], (2,), [1], (1,), return_indices=True)
t.max_pool1d_with_indices(a, 2)
F.max_pool1d_with_indices(a, 2)
F.max_pool1d(a.detach(), 2)
F.max_pool1d(short.float(), 2, stride=())
F.max_pool1d(short, 2, return_indices=True)
F.max_pool2d(b, 2)
F.max_pool2d(v, 2)
t.max_pool2d(b, 3, 2, 1)
F.max_pool2d(b, (2, 3))
F.max_pool2d(b, (2, 3), 1)
F.max_pool2d(b, (3, 2), (1, 2), (1, 0), (2, 3))
F.max_pool2d(b, 2, 3)
F.max_pool2d(b, 3, 2, 1, 1, True)
F.max_pool2d(b, 2, 2, 0, 1, True)
F.max_pool2d(b, 2, 3, 1, 1, True)
F.max_pool2d(b, (7, 9))
F.max_pool2d(b, 1)
F.max_pool2d(b, 1, 2)
F.max_pool2d(b, 1, (3, 2), 0, 4)
F.max_pool2d(b, 3, 1, 1, return_indices=True)
F.max_pool2d(b, 2, None, return_indices=True)
F.max_pool2d_with_indices(v, 3, 2, 1)
F.max_pool2d(b.detach(), 3, 1, 1)
F.max_pool2d(b.transpose(2, 3), 3, 2, 1)
F.max_pool2d(b[:, :, ::2, ::3], 2, return_indices=True)
F.max_pool2d(ties, 3, 2, 1, return_indices=True)
F.max_pool2d(ties, 2, return_indices=True)
F.max_pool2d(ties, (2, 4), 1, (1, 2), (1, 2), return_indices=True)
F.max_pool2d(nan, 3, 2, 1, return_indices=True)
F.max_pool2d(nan, 2, return_indices=True)
F.max_pool2d(low, 3, 2, 1, return_indices=True)
F.max_pool2d(low, 2, return_indices=True)
F.max_pool2d(none, 2, return_indices=True)
F.max_pool2d(none, 3, 2, 1)
F.max_pool2d(i, 3, 2, 1)
F.max_pool2d(i, 3, 2, 1, return_indices=True)
F.max_pool2d(byte, 2, return_indices=True)
F.max_pool2d(h, 2, return_indices=True)
F.max_pool2d(f, 3, 2, 1)
t.max_pool2d(input=b, kernel_size=2, stride=1, padding=1, dilation=1, ceil_mode=True)
F.max_pool3d(c, 2)
F.max_pool3d(w, 2)
t.max_pool3d(c, (2, 3, 2), (1, 2, 3), (0, 1, 1), (2, 1, 1), True)
F.max_pool3d(c, 2, return_indices=True)
F.max_pool3d_with_indices(w, 3, 1, 1)
F.max_pool3d(deep, 2)
F.max_pool3d(c[:0], 2)
""".strip().splitlines()

MEANS = """
F.avg_pool1d(a, 2)
F.avg_pool1d(u, 3, 2, 1)
t.avg_pool1d(a, 3, 2, 1, True, False)
F.avg_pool1d(a, (4,), (3,), (2,), True)
F.avg_pool1d(short, 2)
F.avg_pool2d(b, 2)
F.avg_pool2d(v, 3, 1)
F.avg_pool2d(b, (2, 3), (1, 2), (1, 1))
F.avg_pool2d(b, 3, 2, 1, count_include_pad=False)
F.avg_pool2d(b, 2, 2, 0, True)
F.avg_pool2d(b, 2, 3, 1, True)
F.avg_pool2d(b, 2, 3, 1, True, False)
F.avg_pool2d(b, 4, 3, 2, True, True)
F.avg_pool2d(b, 3, 2, 1, True, False, 5)
F.avg_pool2d(b, 3, divisor_override=-2)
F.avg_pool2d(b, (7, 9))
F.avg_pool2d(b, 1)
F.avg_pool2d(b.transpose(2, 3), 3, 2, 1)
F.avg_pool2d(i, 2)
F.avg_pool2d(-i, 3, 2, 1)
F.avg_pool2d(h, 2)
F.avg_pool2d(f, 3, 2, 1)
F.avg_pool2d(none, 2)
F.avg_pool3d(c, 2)
F.avg_pool3d(w, (2, 3, 2), (1, 2, 3), (0, 1, 1), True)
F.avg_pool3d(c, 3, 2, 1, False, False)
F.avg_pool3d(c, 2, None, 1, divisor_override=3)
F.avg_pool3d(deep, 2)
""".strip().splitlines()

ADAPTIVE = """
F.adaptive_avg_pool1d(a, 5)
F.adaptive_avg_pool1d(u, 4)
t.adaptive_avg_pool1d(a, (1,))
F.adaptive_avg_pool1d(a.detach(), 0)
F.adaptive_avg_pool2d(b, 3)
F.adaptive_avg_pool2d(v, (7, 3))
F.adaptive_avg_pool2d(b, (4, 5))
F.adaptive_avg_pool2d(b, (None, 2))
F.adaptive_avg_pool2d(b, 1)
F.adaptive_avg_pool2d(v, (1, 1))
F.adaptive_avg_pool2d(b, (1, 9))
F.adaptive_avg_pool2d(b, (10, 20))
F.adaptive_avg_pool2d(b.detach(), (0, 2))
F.adaptive_avg_pool2d(f, 4)
F.adaptive_avg_pool2d(h, 4)
F.adaptive_avg_pool2d(none, 4)
F.adaptive_avg_pool2d(none, 1)
F.adaptive_avg_pool3d(c, 2)
F.adaptive_avg_pool3d(w, (5, 3, 1))
F.adaptive_avg_pool3d(c, (None, 2, None))
F.adaptive_avg_pool3d(c, 1)
F.adaptive_max_pool1d(a, 5)
F.adaptive_max_pool1d(u, 4, True)
t.adaptive_max_pool1d(a, 3)
F.adaptive_max_pool1d_with_indices(a, 3)
F.adaptive_max_pool2d(b, 3)
F.adaptive_max_pool2d(v, (7, 3), True)
F.adaptive_max_pool2d(b, (4, 5), return_indices=True)
F.adaptive_max_pool2d(b, (None, 2))
F.adaptive_max_pool2d(b, 1, True)
F.adaptive_max_pool2d(b, (10, 20), True)
F.adaptive_max_pool2d(b.detach(), (0, 2))
F.adaptive_max_pool2d(ties, (4, 3), True)
F.adaptive_max_pool2d(ties, 1, True)
F.adaptive_max_pool2d(nan, (4, 3), True)
F.adaptive_max_pool2d(nan, 1, True)
F.adaptive_max_pool2d(low, (3, 4), True)
F.adaptive_max_pool2d(none, 4)
F.adaptive_max_pool2d(h, 4, True)
F.adaptive_max_pool2d_with_indices(f, 4)
F.adaptive_max_pool3d(c, 2, True)
F.adaptive_max_pool3d(w, (5, 3, 1))
F.adaptive_max_pool3d_with_indices(w, (2, None, 4))
""".strip().splitlines()

OTHERS = """
F.lp_pool1d(a, 2, 3)
F.lp_pool1d(u, 1, 2, 3, True)
F.lp_pool2d(b + 4, 3, (2, 3), 1)
F.lp_pool2d(b, 2.0, 2, ceil_mode=True)
F.lp_pool2d(b, inf, 2)
F.lp_pool2d(b, -inf, 2, 1)
F.lp_pool3d(c + 1, 2, 2)
F.lp_pool2d(i, 2, 2)
F.max_unpool1d(*F.max_pool1d(a, 2, return_indices=True), 2)
F.max_unpool1d(*F.max_pool1d(u, 3, return_indices=True), 3, output_size=(10,))
F.max_unpool2d(*F.max_pool2d(v, 2, return_indices=True), 2, output_size=(7, 9))
F.max_unpool2d(*F.max_pool2d(b, 3, 2, 1, return_indices=True), 3, 2, 1)
F.max_unpool2d(*F.max_pool2d(b, 3, 2, 1, return_indices=True), 3, 2, 1, b.shape)
F.max_unpool2d(what, where, 2)
F.max_unpool2d(what.half(), where, 2)
F.max_unpool2d(*F.max_pool2d(none, 2, return_indices=True), 2, output_size=(7, 9))
F.max_unpool3d(*F.max_pool3d(c, (1, 2, 1), return_indices=True), (1, 2, 1))
F.max_unpool3d(*F.max_pool3d(w, 2, return_indices=True), 2, None, 0, w.shape[1:])
""".strip().splitlines()


@pytest.mark.parametrize("expression", MAXIMA + MEANS + ADAPTIVE + OTHERS)
def test_same_values_nodes_and_gradients(expression):
    their_leaves, theirs = evaluate(torch, expression)
    our_leaves, ours = evaluate(chainrule, expression)
    assert isinstance(ours, tuple) == isinstance(theirs, tuple)
    pairs = list(zip(ours, theirs, strict=True)) if isinstance(theirs, tuple) else [(ours, theirs)]
    for a, b in pairs:
        assert tuple(a.shape) == tuple(b.shape)
        assert str(a.dtype).partition(".")[2] == str(b.dtype).partition(".")[2]
        assert type(a.grad_fn).__name__ == type(b.grad_fn).__name__
        assert a.is_contiguous() == b.is_contiguous()
        close = {"float16": 1e-3, "float32": 1e-6}.get(array_of(b).dtype.name, 1e-12)
        np.testing.assert_allclose(array_of(a), array_of(b), rtol=close, atol=close)
    ours, theirs = pairs[0]
    if theirs.requires_grad:
        for a, b in zip(gradients(chainrule, ours, our_leaves), gradients(torch, theirs, their_leaves), strict=True):
            np.testing.assert_allclose(array_of(a), array_of(b), rtol=1e-9, atol=1e-9)


REFUSED = """
F.max_pool2d(a[0], 2)
F.max_pool2d(c, 2)
F.max_pool2d(3, 2)
F.max_pool2d(b, (2, 2, 2))
F.max_pool2d(b, ())
F.max_pool2d(b, 2, (1, 2, 3))
F.max_pool2d(b, 2, 2, (0, 1, 2))
F.max_pool2d(b, 2, 2, 1, (1, 2, 3))
F.max_pool2d(b, 2, 0)
F.max_pool2d(b, 0)
F.max_pool2d(b, -1)
F.max_pool2d(b, (0, 2), 1)
F.max_pool2d(b, 2, -1)
F.max_pool2d(b, 2, 2, -1)
F.max_pool2d(b, 2, 2, 2)
F.max_pool2d(b, 2, 2, (0, 2))
F.max_pool2d(b, 2, 2, 0, 0)
F.max_pool2d(b, 2, 2, 0, (1, -1))
F.max_pool2d(b, 3, 2, 2, 2)
F.max_pool2d(b, 3, 2, 3, 2)
F.max_pool2d(b, 20)
F.max_pool2d(b, (2, 20))
F.max_pool2d(b, 2.5)
F.max_pool2d(b, "a")
F.max_pool2d(b, True)
F.max_pool2d(b, (2, 1.5))
F.max_pool2d(b, (2.5, 1))
F.max_pool2d(b, 2, 2.0)
F.max_pool2d(b, 2, 2, None)
F.max_pool2d(b, 2, 2, 1.0)
F.max_pool2d(b, 2, 2, 0, None)
F.max_pool2d(b, 2, 2, 0, 1, None)
F.max_pool2d(b, 2, ceil_mode=1)
F.max_pool2d(flag, 2)
F.max_pool2d(z, 2)
F.max_pool2d(b[:, :0], 2)
F.max_pool2d(b[:, :, :0], 2)
F.max_pool2d(v[:0], 2)
F.max_pool1d(a[0, 0], 2)
F.max_pool1d(b, 2)
F.max_pool1d(a, 0)
F.max_pool1d(a, 2, 0)
F.max_pool1d(a, 2, 2, 2)
F.max_pool1d(a, 2, 2, -1)
F.max_pool1d(a, 2, 2, 1, 0)
F.max_pool1d(a, 20)
F.max_pool1d(a, (2, 2))
F.max_pool1d(a, 2, (2, 2))
F.max_pool1d(a, 2, 2, (1, 1))
F.max_pool1d(a, 2, 2, 1, (1, 1))
F.max_pool1d(a, 2.5)
F.max_pool1d(a, 3, 1, 2, 2)
F.max_pool1d(a.detach(), 10, 1, 4, 4)
F.max_pool1d(short, 2)
F.max_pool1d(a[:, :0], 2)
F.max_pool1d(a[:, :, :0], 2)
F.max_pool1d(u[:0], 2)
F.max_pool1d(a[0, 0], 2, return_indices=True)
F.max_pool1d(a, 2, 2, 2, return_indices=True)
F.max_pool1d(a, 20, return_indices=True)
F.max_pool1d(a, (2, 2), return_indices=True)
F.max_pool1d(a, 0, return_indices=True)
F.max_pool1d(a[:, :0], 2, return_indices=True)
F.max_pool1d(a, 3, 1, 2, 2, return_indices=True)
F.max_pool3d(v, 2)
F.max_pool3d(c, 20)
F.max_pool3d(c, 0)
F.max_pool3d(c, (0, 2, 2), 1)
F.max_pool3d(c, 2, 0)
F.max_pool3d(c, 2, -1)
F.max_pool3d(c, 2, 1, -1)
F.max_pool3d(c, 2, 2, 2)
F.max_pool3d(c, 2, 2, 1, 0)
F.max_pool3d(c, 2, 1, 0, 0)
F.max_pool3d(c, 3, 2, 2, 2)
F.max_pool3d(c, (2, 2))
F.max_pool3d(c, 2, (2, 2))
F.max_pool3d(c, 2, 2, (1, 1))
F.max_pool3d(c, 2, 2, 1, (2, 2))
F.max_pool3d(c > 0, 2)
F.max_pool3d(c[:, :0], 2)
F.max_pool3d(c[:, :, :, :0], 2)
F.max_pool3d(w[:0], 2)
F.avg_pool2d(a[0], 2)
F.avg_pool2d(a[0, 0], 2)
F.avg_pool2d(c, 2)
F.avg_pool2d(3, 2)
F.avg_pool2d(b, (2, 2, 2))
F.avg_pool2d(b, 2, (1, 2, 3))
F.avg_pool2d(b, 2, 2, (1, 1, 1))
F.avg_pool2d(b, 2, 0)
F.avg_pool2d(b, 0)
F.avg_pool2d(b, -1)
F.avg_pool2d(b, 2, -1)
F.avg_pool2d(b, 2, 2, -1)
F.avg_pool2d(b, 2, 2, 2)
F.avg_pool2d(b, 20)
F.avg_pool2d(b, 2.5)
F.avg_pool2d(b, (2, 2.5))
F.avg_pool2d(b, 2, 2.5)
F.avg_pool2d(b, 2, 2, None)
F.avg_pool2d(b, 2, None, 0, 1)
F.avg_pool2d(b, 2, None, 0, False, 1)
F.avg_pool2d(b, 2, divisor_override=0)
F.avg_pool2d(b, 2, divisor_override=1.5)
F.avg_pool2d(i.int(), 2)
F.avg_pool2d(byte, 2)
F.avg_pool2d(flag, 2)
F.avg_pool2d(z, 2)
F.avg_pool2d(b[:, :0], 2)
F.avg_pool2d(v[:0], 2)
F.avg_pool1d(a[0, 0], 2)
F.avg_pool1d(b, 2)
F.avg_pool1d(a, 0)
F.avg_pool1d(a, 2, 2, 2)
F.avg_pool1d(a, 2, 2, -1)
F.avg_pool1d(a, 20)
F.avg_pool1d(a, (2, 2))
F.avg_pool1d(a, 2, (2, 2))
F.avg_pool1d(a, 2, 2, (1, 1))
F.avg_pool1d(a, None)
F.avg_pool1d(a[:, :0], 2)
F.avg_pool1d(u[:0], 2)
F.avg_pool1d(short.int(), 2)
F.avg_pool3d(v, 2)
F.avg_pool3d(c, 20)
F.avg_pool3d(c, (2, 20, 2))
F.avg_pool3d(c, (6, 2, 2), 2, (3, 0, 0), True)
F.avg_pool3d(c, 0)
F.avg_pool3d(c, (0, 2, 2), 1)
F.avg_pool3d(c, 2, 2, 2)
F.avg_pool3d(c, (2, 2))
F.avg_pool3d(c, 2, (2, 2))
F.avg_pool3d(c, 2, 2, (1, 1))
F.avg_pool3d(c, 2, divisor_override=0)
F.avg_pool3d(deep.int(), 2)
F.avg_pool3d(c[:, :0], 2)
F.adaptive_avg_pool2d(b, -1)
F.adaptive_avg_pool2d(b, (3,))
F.adaptive_avg_pool2d(b, (3, 3, 3))
F.adaptive_avg_pool2d(b, None)
F.adaptive_avg_pool2d(b, 2.5)
F.adaptive_avg_pool2d(b, True)
F.adaptive_avg_pool2d(b, (2, 2.5))
F.adaptive_avg_pool2d(u, 2)
F.adaptive_avg_pool2d(u, (2, 2))
F.adaptive_avg_pool2d(c, 2)
F.adaptive_avg_pool2d(i, 2)
F.adaptive_avg_pool2d(i, 1)
F.adaptive_avg_pool2d(flag, 2)
F.adaptive_avg_pool2d(z, 2)
F.adaptive_avg_pool2d(b[:, :, :0], 2)
F.adaptive_avg_pool2d(b[:, :, :0], 0)
F.adaptive_avg_pool1d(a[0, 0], 2)
F.adaptive_avg_pool1d(b, 2)
F.adaptive_avg_pool1d(a, (2, 2))
F.adaptive_avg_pool1d(a, (None,))
F.adaptive_avg_pool1d(a, None)
F.adaptive_avg_pool1d(a, -1)
F.adaptive_avg_pool1d(a[:, :, :0], 2)
F.adaptive_avg_pool1d(short, 2)
F.adaptive_avg_pool3d(v, 2)
F.adaptive_avg_pool3d(c, (2, 2))
F.adaptive_avg_pool3d(c, -1)
F.adaptive_avg_pool3d(c, (2, -1, 1))
F.adaptive_avg_pool3d(deep, 2)
F.adaptive_avg_pool3d(c[:, :, :0], 2)
F.adaptive_max_pool2d(b, -1)
F.adaptive_max_pool2d(b, (3,))
F.adaptive_max_pool2d(b, (3, 3, 3))
F.adaptive_max_pool2d(b, None)
F.adaptive_max_pool2d(b, 2.5)
F.adaptive_max_pool2d(b, (2, 2.5))
F.adaptive_max_pool2d(u, 2)
F.adaptive_max_pool2d(u, (2, 2))
F.adaptive_max_pool2d(c, 2)
F.adaptive_max_pool2d(i, 2)
F.adaptive_max_pool2d(z, 2)
F.adaptive_max_pool2d(b[:, :0], 2)
F.adaptive_max_pool2d(b[:, :, :0], 2)
F.adaptive_max_pool1d(a[0, 0], 2)
F.adaptive_max_pool1d(b, 2)
F.adaptive_max_pool1d(3, 2)
F.adaptive_max_pool1d(a, (2, 2))
F.adaptive_max_pool1d(a, None)
F.adaptive_max_pool1d(a, -1)
F.adaptive_max_pool1d(a[:, :, :0], 2)
F.adaptive_max_pool1d(short, 2)
F.adaptive_max_pool3d(v, 2)
F.adaptive_max_pool3d(c, (2, 2))
F.adaptive_max_pool3d(c, -1)
F.adaptive_max_pool3d(deep, 2)
F.adaptive_max_pool3d(w[:, :0], 2)
F.max_unpool2d(what, where + 5, 2)
F.max_unpool2d(what, where - 1, 2)
F.max_unpool2d(what, where.int(), 2)
F.max_unpool2d(what, where[:, :1], 2)
F.max_unpool2d(what[0], where[0], 2)
F.max_unpool2d(what, where, 2, output_size=(6, 5))
F.max_unpool2d(what, where, 2, output_size=(6,))
F.max_unpool2d(what, where, 2, 3, 1)
F.max_unpool2d(what, where, -2)
F.max_unpool2d(what.long(), where, 2)
F.max_unpool2d(what[:, :0], where[:, :0], 2)
F.max_unpool1d(what[0, 0], where[0, 0], 2)
F.max_unpool1d(what[:, :1, :1], where[:, :1, :1] + 5, 2)
F.max_unpool3d(what, where, 2)
F.max_unpool3d(what[None, :, :1, :1], where[None, :, :1, :1] + 90, 2)
F.max_unpool3d(what[None], where[None], 2, 0)
F.max_unpool3d(what[None], where[None].int(), 2)
F.max_unpool3d(what[None], where[None], 1, 1, 1)
F.max_unpool3d(what[None].long(), where[None], 2)
F.lp_pool2d(b, 2, 2, 0)
F.lp_pool2d(b, 0, 2)
""".strip().splitlines()


def refusal(library, expression):
    try:
        evaluate(library, expression)
    except Exception as error:  # noqa: BLE001 (whatever it is, both must raise it)
        return type(error).__name__, str(error).partition("\n")[0]
    return None


@pytest.mark.parametrize("expression", REFUSED)
def test_same_errors(expression):
    theirs = refusal(torch, expression)
    assert theirs is not None, "PyTorch does not refuse this"
    assert refusal(chainrule, expression) == theirs


LAYERS = """
nn.MaxPool1d(2)
nn.MaxPool1d(3, 2, 1, 1, False, True)
nn.MaxPool2d(2)
nn.MaxPool2d((2, 3), stride=(1, 2), padding=(1, 0), ceil_mode=True)
nn.MaxPool3d(2, dilation=2)
nn.AvgPool1d(2)
nn.AvgPool1d(3, 2, 1, True, False)
nn.AvgPool2d(2)
nn.AvgPool2d((2, 3), 1, 1, count_include_pad=False, divisor_override=4)
nn.AvgPool3d(2, stride=1)
nn.LPPool1d(2, 3)
nn.LPPool2d(3, (2, 3), stride=1)
nn.LPPool3d(2, 2, ceil_mode=True)
nn.AdaptiveMaxPool1d(3)
nn.AdaptiveMaxPool2d((None, 3))
nn.AdaptiveMaxPool3d(2)
nn.AdaptiveAvgPool1d(3)
nn.AdaptiveAvgPool2d((2, None))
nn.AdaptiveAvgPool3d((1, 2, 3))
""".strip().splitlines()


@pytest.mark.parametrize("layer", LAYERS)
def test_same_layers(layer):
    rank = int(layer[layer.index("(") - 2])
    name = {1: "a", 2: "b", 3: "c"}[rank]
    texts, outputs = [], []
    for library in BOTH:
        made = eval(layer, {"nn": library.nn})
        x = library.from_numpy(_INPUTS[name] + 5)
        texts.append(repr(library.nn.Sequential(made)))
        outputs.append(made(x).numpy())
    assert texts[1] == texts[0]
    np.testing.assert_allclose(outputs[1], outputs[0], rtol=1e-12)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_same_unpooling_layers(rank):
    texts, outputs = [], []
    for library in BOTH:
        nn = library.nn
        x = library.from_numpy(_INPUTS["abc"[rank - 1]].copy())
        values, indices = nn.MaxPool1d(2, return_indices=True)(x) if rank == 1 else (
            (nn.MaxPool2d if rank == 2 else nn.MaxPool3d)(2, stride=2, return_indices=True)(x)
        )  # fmt: skip
        made = getattr(nn, f"MaxUnpool{rank}d")(2, stride=2)
        texts.append(repr(made))
        outputs.append(made(values, indices, output_size=x.size()).numpy())
        _, indices = getattr(nn, f"AdaptiveMaxPool{rank}d")(2, return_indices=True)(x)
        outputs.append(indices.numpy())
    assert texts[1] == texts[0]
    np.testing.assert_array_equal(outputs[2], outputs[0])
    np.testing.assert_array_equal(outputs[3], outputs[1])


def test_a_lenet_learns_as_pytorchs_does():
    rng = np.random.default_rng(2)
    images, labels = rng.standard_normal((4, 1, 28, 28)), rng.integers(0, 10, 4)
    weights, losses = [], []
    for library in BOTH:
        nn = library.nn
        library.manual_seed(0)
        net = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
        ).double()  # fmt: skip
        optimizer = library.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
        x, y = library.from_numpy(images.copy()), library.from_numpy(labels.copy())
        for _ in range(5):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        weights.append([array_of(p) for p in net.parameters()])
    np.testing.assert_allclose(losses[5:], losses[:5], rtol=1e-10)
    for ours, theirs in zip(weights[1], weights[0], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-12)
