"""Functions and layers beside PyTorch's: values, gradients, errors and warnings."""

import warnings

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")

BOTH = (torch, chainrule)
VALUES = np.array([[-3.5, -1.0, -0.3, 0.2], [0.7, 1.4, 3.2, 7.0], [-0.6, 0.4, 2.2, -7.0]], np.float32)


def outcome(function, library):
    # What a call gives, as text: its result, or the error and its message; and what it warns of.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # NumPy's own, which PyTorch has no like of.
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            result = repr(function(library, library.nn.functional))
        except Exception as error:  # noqa: BLE001 (whatever PyTorch raises)
            result = f"{type(error).__name__}: {error}"
    warned = [(w.category, str(w.message).replace("chainrule.", "torch.")) for w in caught]
    return result.replace("chainrule.", "torch."), warned


def value_and_grads(library, function, *arrays):
    inputs = [library.tensor(array) for array in arrays]
    for tensor in inputs:
        if tensor.is_floating_point():
            tensor.requires_grad_()
    result = function(library, library.nn.functional, *inputs)
    rng = np.random.default_rng(1)
    weights = rng.standard_normal(tuple(result.shape)).astype(str(result.dtype).partition(".")[2])
    (result * library.tensor(weights)).sum().backward()
    grads = [None if t.grad is None else t.grad.numpy() for t in inputs]
    return [result.detach().numpy(), *grads], type(result.grad_fn).__name__


def assert_the_same(function, *arrays, names=True):
    (theirs, their_node), (ours, our_node) = (value_and_grads(library, function, *arrays) for library in BOTH)
    for a, b in zip(theirs, ours, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert a.dtype == b.dtype
            np.testing.assert_allclose(b, a, rtol=2e-5, atol=2e-6)
    if names:
        assert our_node == their_node


ACTIVATIONS = [
    lambda nn: nn.ReLU(),
    lambda nn: nn.ReLU6(),
    lambda nn: nn.LeakyReLU(0.2),
    lambda nn: nn.ELU(0.7),
    lambda nn: nn.CELU(0.7),
    lambda nn: nn.SELU(),
    lambda nn: nn.GELU(),
    lambda nn: nn.GELU("tanh"),
    lambda nn: nn.SiLU(),
    lambda nn: nn.Mish(),
    lambda nn: nn.Softplus(2.0, 5.0),
    lambda nn: nn.Softsign(),
    lambda nn: nn.Softmax(1),
    lambda nn: nn.Softmin(0),
    lambda nn: nn.LogSoftmax(-1),
    lambda nn: nn.Hardtanh(-0.5, 2.0),
    lambda nn: nn.Hardswish(),
    lambda nn: nn.Hardsigmoid(),
    lambda nn: nn.Hardshrink(),
    lambda nn: nn.Softshrink(),
    lambda nn: nn.LogSigmoid(),
    lambda nn: nn.Sigmoid(),
    lambda nn: nn.Tanh(),
    lambda nn: nn.Tanhshrink(),
    lambda nn: nn.Threshold(0.5, 0.1),
    lambda nn: nn.GLU(),
    lambda nn: nn.PReLU(),
    lambda nn: nn.PReLU(4),
    lambda nn: nn.Identity(),
    lambda nn: nn.Flatten(0),
    lambda nn: nn.Unflatten(1, (2, 2)),
]


@pytest.mark.parametrize("number", range(len(ACTIVATIONS)))
def test_activations(number):
    assert_the_same(lambda library, F, x: ACTIVATIONS[number](library.nn)(x), VALUES)


@pytest.mark.parametrize(
    "name",
    ["relu", "relu6", "leaky_relu", "elu", "celu", "selu", "silu", "mish", "hardswish", "hardsigmoid", "hardtanh"],
)
def test_activations_in_place(name):
    def function(library, F, x):
        y = x * 1
        result = getattr(F, name)(y, inplace=True)
        assert result is y
        return result

    assert_the_same(function, VALUES)


RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((2, 4, 3)).astype(np.float32)
P, Q = (1 / (1 + np.exp(-X)), 1 / (1 + np.exp(-Y)))
W = np.abs(Y) + np.float32(0.1)
CLASSES = np.array([0, 2, 1, 2])
CLASS_WEIGHT = np.array([0.5, 1.0, 2.0], np.float32)
X4 = RNG.standard_normal((2, 3, 4, 5)).astype(np.float32)
CLASSES4 = RNG.integers(0, 3, (2, 4, 5))
REDUCTIONS = ["mean", "sum", "none"]

LOSSES = [
    (lambda lib, F, x, y, r: F.mse_loss(x, y, reduction=r), X, Y),
    (lambda lib, F, x, y, r: F.mse_loss(x, y, reduction=r, weight=lib.tensor(W)), X, Y),
    (lambda lib, F, x, y, r: F.l1_loss(x, y, reduction=r), X, Y),
    (lambda lib, F, x, y, r: F.l1_loss(x, y, reduction=r, weight=lib.tensor(W)), X, Y),
    (lambda lib, F, x, y, r: F.smooth_l1_loss(x, y, reduction=r, beta=0.5), X, Y),
    (lambda lib, F, x, y, r: F.huber_loss(x, y, reduction=r, delta=0.5), X, Y),
    (lambda lib, F, x, y, r: F.huber_loss(x, y, reduction=r, weight=lib.tensor(W)), X, Y),
    (lambda lib, F, x, y, r: F.binary_cross_entropy(x, y, reduction=r), P, Q),
    (lambda lib, F, x, y, r: F.binary_cross_entropy(x, y, lib.tensor(W), reduction=r), P, Q),
    (lambda lib, F, x, y, r: F.binary_cross_entropy_with_logits(x, y, reduction=r), X, Q),
    (
        lambda lib, F, x, y, r: F.binary_cross_entropy_with_logits(
            x, y, lib.tensor(W), reduction=r, pos_weight=lib.tensor(CLASS_WEIGHT)
        ),
        X,
        Q,
    ),
    (lambda lib, F, x, y, r: F.nll_loss(x, y, reduction=r), X, CLASSES),
    (lambda lib, F, x, y, r: F.nll_loss(x, y, lib.tensor(CLASS_WEIGHT), ignore_index=1, reduction=r), X, CLASSES),
    (lambda lib, F, x, y, r: F.nll_loss(x, y, reduction=r), X4, CLASSES4),
    (lambda lib, F, x, y, r: F.cross_entropy(x, y, reduction=r), X, CLASSES),
    (lambda lib, F, x, y, r: F.cross_entropy(x, y, lib.tensor(CLASS_WEIGHT), ignore_index=2, reduction=r), X, CLASSES),
    (lambda lib, F, x, y, r: F.cross_entropy(x, y, label_smoothing=0.1, reduction=r), X, CLASSES),
    (
        lambda lib, F, x, y, r: F.cross_entropy(
            x, y, lib.tensor(CLASS_WEIGHT), ignore_index=1, label_smoothing=0.2, reduction=r
        ),
        X,
        CLASSES,
    ),
    (lambda lib, F, x, y, r: F.cross_entropy(x, y, reduction=r), X4, CLASSES4),
    (lambda lib, F, x, y, r: F.cross_entropy(x, y, reduction=r), X, Q),
    (lambda lib, F, x, y, r: F.cross_entropy(x, y, lib.tensor(CLASS_WEIGHT), label_smoothing=0.1, reduction=r), X, Q),
    (lambda lib, F, x, y, r: F.cross_entropy(x, y, reduction=r), X[0], np.array(1)),
    (lambda lib, F, x, y, r: F.kl_div(x, y, reduction="batchmean" if r == "mean" else r), X, Q),
    (lambda lib, F, x, y, r: F.kl_div(x, y, reduction="batchmean" if r == "mean" else r, log_target=True), X, Y),
]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("number", range(len(LOSSES)))
def test_losses(number, reduction):
    loss, x, y = LOSSES[number]
    # The names of what a loss is composed of may differ; those that are one operation are held by test_node_names.
    assert_the_same(lambda lib, F, a, b: loss(lib, F, a, b, reduction), x, y, names=False)


MODULES = [
    lambda nn: nn.MSELoss(reduction="sum"),
    lambda nn: nn.L1Loss(),
    lambda nn: nn.SmoothL1Loss(beta=0.3),
    lambda nn: nn.HuberLoss(delta=0.3),
    lambda nn: nn.BCEWithLogitsLoss(),
    lambda nn: nn.CrossEntropyLoss(label_smoothing=0.1),
    lambda nn: nn.KLDivLoss(reduction="batchmean", log_target=True),
]


@pytest.mark.parametrize("number", range(len(MODULES)))
def test_loss_modules(number):
    assert_the_same(lambda lib, F, x, y: MODULES[number](lib.nn)(x, y), X, Q, names=False)


def test_node_names():
    def named(library):
        F = library.nn.functional
        x, y = library.tensor(X, requires_grad=True), library.tensor(Q)
        classes = library.tensor(CLASSES)
        made = [
            F.mse_loss(x, y),
            F.l1_loss(x, y),
            F.smooth_l1_loss(x, y),
            F.huber_loss(x, y),
            F.cross_entropy(x, classes),
            F.nll_loss(x, classes),
            F.binary_cross_entropy_with_logits(x, y),
            F.binary_cross_entropy(library.sigmoid(x), y),
            F.kl_div(x, y, reduction="sum"),
            F.linear(x, library.tensor(Y)),
            F.linear(x, library.tensor(Y), library.ones(4)),
            F.dropout(x, 0.3),
            F.layer_norm(x, (3,)),
        ]
        return [type(tensor.grad_fn).__name__ for tensor in made]

    theirs, ours = named(torch), named(chainrule)
    assert ours == theirs


def test_linear_of_any_rank():
    weight, bias = RNG.standard_normal((5, 3)).astype(np.float32), RNG.standard_normal(5).astype(np.float32)
    for shape in [(3,), (4, 3), (2, 4, 3)]:
        x = RNG.standard_normal(shape).astype(np.float32)
        assert_the_same(lambda lib, F, *inputs: F.linear(*inputs), x, weight, names=False)
        assert_the_same(lambda lib, F, *inputs: F.linear(*inputs), x, weight, bias, names=False)
    a, b, w = (RNG.standard_normal(s).astype(np.float32) for s in [(4, 2), (4, 3), (5, 2, 3)])
    assert_the_same(lambda lib, F, *inputs: F.bilinear(*inputs), a, b, w, bias, names=False)


def test_normalisation():
    weight, bias = (RNG.standard_normal(3).astype(np.float32) for _ in range(2))
    last = RNG.standard_normal((2, 4, 5)).astype(np.float32)
    assert_the_same(lambda lib, F, x: F.layer_norm(x, (5,)), X4)
    assert_the_same(lambda lib, F, x, w: F.layer_norm(x, (4, 5), w[0], w[1], 1e-3), X4, last, names=False)
    assert_the_same(lambda lib, F, x, w, b: F.group_norm(x, 3, w, b), X4, weight, bias, names=False)
    assert_the_same(lambda lib, F, x, w, b: F.batch_norm(x, None, None, w, b, True), X4, weight, bias, names=False)
    assert_the_same(
        lambda lib, F, x, w, b: F.batch_norm(x, lib.tensor(weight), lib.tensor(weight**2), w, b),
        X4,
        weight,
        bias,
        names=False,
    )


@pytest.mark.parametrize("momentum", [0.1, None])
def test_batch_norm_tracks(momentum):
    states = []
    for library in BOTH:
        layer = library.nn.BatchNorm2d(3, momentum=momentum)
        for _ in range(3):
            out = layer(library.tensor(X4))
        out = layer.eval()(library.tensor(X4))
        states.append([*layer.state_dict().values(), out])
    for a, b in zip(*states, strict=True):
        assert str(a.dtype).partition(".")[2] == str(b.dtype).partition(".")[2]
        np.testing.assert_allclose(b.detach().numpy(), a.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_embedding():
    table = RNG.standard_normal((6, 3)).astype(np.float32)
    numbers = np.array([[1, 1, 2], [5, 0, 1]])
    for options in ({}, {"padding_idx": 1}, {"padding_idx": -1}, {"scale_grad_by_freq": True}):
        assert_the_same(lambda lib, F, i, w, options=options: F.embedding(i, w, **options), numbers, table)
    for norm_type in (2.0, 1.0):
        weights = []
        for library in BOTH:
            weight = library.tensor(table)
            library.nn.functional.embedding(library.tensor(numbers), weight, max_norm=0.7, norm_type=norm_type)
            weights.append(weight.numpy())
        np.testing.assert_allclose(weights[1], weights[0], rtol=1e-5)


def test_dropout():
    def function(library, F, x):
        library.manual_seed(0)
        return F.dropout(x, 0.4)

    big = RNG.standard_normal((40, 30)).astype(np.float32)
    values, grads = value_and_grads(chainrule, function, big)[0]
    kept = values != 0
    assert 0.5 < kept.mean() < 0.7
    np.testing.assert_allclose(values[kept], big[kept] / 0.6, rtol=1e-6)
    assert np.array_equal(grads == 0, ~kept)
    for p in (0.0, 1.0):
        assert_the_same(lambda lib, F, x, p=p: F.dropout(x * 1, p), X)


CALLS = [
    lambda lib, F: F.mse_loss(lib.ones(2, 3), lib.ones(2, 1)),
    lambda lib, F: F.l1_loss(lib.ones(2, 3), lib.ones(2, 1)),
    lambda lib, F: F.smooth_l1_loss(lib.ones(2, 3), lib.ones(2, 1)),
    lambda lib, F: F.huber_loss(lib.ones(2, 3), lib.ones(2, 1)),
    lambda lib, F: F.mse_loss(lib.ones(2, 3), lib.ones(2)),
    lambda lib, F: F.mse_loss(lib.ones(2), lib.zeros(2), size_average=False),
    lambda lib, F: F.mse_loss(lib.ones(2), lib.zeros(2), reduction="elementwise_mean"),
    lambda lib, F: F.l1_loss(lib.ones(2), lib.zeros(2), size_average=True, reduce=True),
    lambda lib, F: F.mse_loss(lib.ones(2), lib.zeros(2), reduction="foo"),
    lambda lib, F: F.mse_loss(lib.ones(2), lib.zeros(2), weight=lib.ones(3)),
    lambda lib, F: F.softmax(lib.ones(2, 3)),
    lambda lib, F: lib.nn.Softmax()(lib.ones(2, 3)),
    lambda lib, F: F.log_softmax(lib.ones(2)),
    lambda lib, F: lib.nn.LogSoftmax()(lib.ones(2)),
    lambda lib, F: F.softmin(lib.ones(2, 2, 2)),
    lambda lib, F: F.softmax(lib.ones(2, 3), 5),
    lambda lib, F: F.softmax(lib.ones(2), 0, dtype=lib.float64),
    lambda lib, F: F.cross_entropy(lib.ones(2, 3), lib.tensor([0, 5])),
    lambda lib, F: F.cross_entropy(lib.ones(2, 3), lib.tensor([0.0, 1.0])),
    lambda lib, F: F.cross_entropy(lib.ones(2, 3), lib.tensor([0, 1, 2])),
    lambda lib, F: F.cross_entropy(lib.ones(2, 3), lib.tensor([0, -100])),
    lambda lib, F: F.cross_entropy(lib.ones(2, 3), lib.tensor([-100, -100])),
    lambda lib, F: F.cross_entropy(lib.ones(2, 3), lib.tensor([0, 1]), label_smoothing=2.0),
    lambda lib, F: F.cross_entropy(lib.ones(2, 3), lib.tensor([0, 1]), weight=lib.ones(2)),
    lambda lib, F: F.cross_entropy(lib.ones(2, 3), lib.tensor([0, 1]).to(lib.int32)),
    lambda lib, F: F.nll_loss(lib.ones(2, 3), lib.tensor([0, 5])),
    lambda lib, F: F.nll_loss(lib.ones(2, 3), lib.tensor([0.0, 1.0])),
    lambda lib, F: F.dropout(lib.ones(2), p=2),
    lambda lib, F: F.dropout(lib.ones(2), p=0.5, training=False),
    lambda lib, F: F.binary_cross_entropy(lib.ones(2) * 2, lib.ones(2)),
    lambda lib, F: F.binary_cross_entropy(lib.ones(2, 3), lib.ones(2, 1)),
    lambda lib, F: F.binary_cross_entropy(lib.ones(2), lib.ones(2) * 2),
    lambda lib, F: F.binary_cross_entropy_with_logits(lib.ones(2, 3), lib.ones(2, 1)),
    lambda lib, F: F.kl_div(lib.ones(2, 3), lib.ones(2, 3)),
    lambda lib, F: F.kl_div(lib.ones(2, 3), lib.ones(2, 3), reduction="batchmean"),
    lambda lib, F: F.huber_loss(lib.ones(2), lib.ones(2), delta=-1),
    lambda lib, F: F.smooth_l1_loss(lib.ones(2), lib.ones(2), beta=-1),
    lambda lib, F: F.smooth_l1_loss(lib.ones(2), lib.zeros(2), beta=0),
    lambda lib, F: F.embedding(lib.tensor([5]), lib.ones(2, 3)),
    lambda lib, F: F.embedding(lib.ones(2), lib.ones(2, 3)),
    lambda lib, F: F.embedding(lib.tensor([0]), lib.ones(2, 3), padding_idx=9),
    lambda lib, F: F.layer_norm(lib.ones(2, 3), (2,)),
    lambda lib, F: F.batch_norm(lib.ones(1, 3), None, None, training=True),
    lambda lib, F: lib.nn.BatchNorm1d(3)(lib.ones(3)),
    lambda lib, F: lib.nn.BatchNorm2d(3)(lib.ones(2, 3)),
    lambda lib, F: lib.nn.GroupNorm(3, 4),
    lambda lib, F: F.gelu(lib.ones(2), approximate="foo"),
    lambda lib, F: F.one_hot(lib.tensor([0, 2])),
    lambda lib, F: F.one_hot(lib.tensor([0, 2]), 2),
    lambda lib, F: F.one_hot(lib.tensor([-1])),
    lambda lib, F: F.one_hot(lib.ones(2)),
    lambda lib, F: F.linear(lib.ones(2, 3), lib.ones(4, 2)),
    lambda lib, F: F.linear(lib.ones(1, 5), lib.ones(2, 3), lib.ones(2)),
    lambda lib, F: F.linear(lib.ones(1, 3), lib.ones(2, 3, dtype=lib.float64)),
    lambda lib, F: lib.nn.CrossEntropyLoss(lib.ones(3)).state_dict(),
]


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_the_same_results_refusals_and_warnings(number):
    theirs, ours = (outcome(CALLS[number], library) for library in BOTH)
    assert ours == theirs
