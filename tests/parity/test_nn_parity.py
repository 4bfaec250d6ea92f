"""Modules beside PyTorch's: the same weights from the same seed, outputs, losses, gradients, texts, refusals."""

import warnings
from collections import OrderedDict

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")

BOTH = (torch, chainrule)


def in_torchs_words(text):
    return text.replace("chainrule.", "torch.")


def outcome(function, library):
    # What a call gives, as text: its result, or the error and its message; and what it warns of.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # NumPy's own, which PyTorch has no like of.
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            result = repr(function(library))
        except Exception as error:  # noqa: BLE001 (whatever PyTorch raises)
            result = f"{type(error).__name__}: {error}"
    return in_torchs_words(result), [(w.category, in_torchs_words(str(w.message))) for w in caught]


def assert_close(ours, theirs, **tolerance):
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert in_torchs_words(str(ours.dtype)) == str(theirs.dtype)
    ours, theirs = ours.detach().numpy(), theirs.detach().numpy()
    np.testing.assert_allclose(ours, theirs, **{"rtol": 1e-5, "atol": 1e-6, **tolerance})


# ---- text ----

TEXTS = [
    lambda nn: nn.Identity(3, a=2),
    lambda nn: nn.Linear(3, 2),
    lambda nn: nn.Linear(3, 2, bias=False),
    lambda nn: nn.Bilinear(2, 3, 4),
    lambda nn: nn.Flatten(),
    lambda nn: nn.Unflatten(1, (2, 3)),
    lambda nn: nn.ReLU(),
    lambda nn: nn.ReLU(True),
    lambda nn: nn.ReLU6(),
    lambda nn: nn.ReLU6(True),
    lambda nn: nn.LeakyReLU(0.1),
    lambda nn: nn.LeakyReLU(0.1, True),
    lambda nn: nn.ELU(),
    lambda nn: nn.ELU(0.5, True),
    lambda nn: nn.CELU(),
    lambda nn: nn.SELU(),
    lambda nn: nn.GELU(),
    lambda nn: nn.GELU("tanh"),
    lambda nn: nn.SiLU(),
    lambda nn: nn.Mish(),
    lambda nn: nn.Softplus(),
    lambda nn: nn.Softsign(),
    lambda nn: nn.Softmax(1),
    lambda nn: nn.LogSoftmax(),
    lambda nn: nn.Softmin(0),
    lambda nn: nn.Softmax2d(),
    lambda nn: nn.Hardtanh(),
    lambda nn: nn.Hardtanh(0, 6, True),
    lambda nn: nn.Hardswish(),
    lambda nn: nn.Hardsigmoid(),
    lambda nn: nn.Hardshrink(),
    lambda nn: nn.Softshrink(),
    lambda nn: nn.LogSigmoid(),
    lambda nn: nn.Sigmoid(),
    lambda nn: nn.Tanh(),
    lambda nn: nn.Tanhshrink(),
    lambda nn: nn.Threshold(1, 2),
    lambda nn: nn.GLU(),
    lambda nn: nn.Dropout(),
    lambda nn: nn.Embedding(3, 4),
    lambda nn: nn.Embedding(3, 4, padding_idx=1, max_norm=2.0, norm_type=1.0, scale_grad_by_freq=True),
    lambda nn: nn.MSELoss(),
    lambda nn: nn.L1Loss(),
    lambda nn: nn.CrossEntropyLoss(),
    lambda nn: nn.NLLLoss(),
    lambda nn: nn.BCELoss(),
    lambda nn: nn.BCEWithLogitsLoss(),
    lambda nn: nn.SmoothL1Loss(),
    lambda nn: nn.HuberLoss(),
    lambda nn: nn.KLDivLoss(),
    lambda nn: nn.Sequential(),
    lambda nn: nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.ReLU(), nn.ReLU())),
    lambda nn: nn.Sequential(OrderedDict([("first", nn.Linear(1, 2)), ("act", nn.Tanh())])),
    lambda nn: nn.Sequential(nn.ReLU(), nn.Tanh(), nn.ELU())[1:],
    lambda nn: nn.ModuleList(),
    lambda nn: nn.ModuleList([nn.Linear(1, 1) for _ in range(3)] + [nn.Sequential(nn.ReLU()), nn.ReLU(), nn.ReLU()]),
    lambda nn: nn.ModuleDict({"a": nn.ReLU(), "b": nn.Sequential(nn.ReLU())}),
    lambda nn: nn.Parameter(),
]


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_the_same_text(number):
    theirs, ours = (outcome(lambda library: TEXTS[number](library.nn), library) for library in BOTH)
    assert ours == theirs


def test_the_same_text_of_parameter_containers():
    def listed(lib):
        return lib.nn.ParameterList([lib.ones(2, 3, dtype=lib.float64), lib.nn.Parameter(lib.ones(())), [1]])

    def keyed(lib):
        return lib.nn.ParameterDict({"b": lib.ones(2), "a": lib.ones(2, 3, dtype=lib.float64), "c": 3})

    for make in (listed, keyed):
        theirs, ours = (outcome(make, library) for library in BOTH)
        assert ours == theirs


# ---- refusals ----


def net(lib):
    made = lib.nn.Linear(3, 2)
    made.buf = lib.nn.Buffer(lib.ones(2))
    made.sub = lib.nn.ReLU()
    return made


class _Early:
    def __init__(self, value):
        self.value = value

    def __call__(self, lib):
        value = self.value(lib)

        class Early(lib.nn.Module):
            def __init__(self):
                self.member = value

        return Early()


WRONG = [
    lambda lib: setattr(net(lib), "weight", 3),
    lambda lib: setattr(net(lib), "weight", lib.ones(2)),
    lambda lib: setattr(net(lib), "sub", lib.ones(2)),
    lambda lib: setattr(net(lib), "buf", "x"),
    _Early(lambda lib: lib.nn.ReLU()),
    _Early(lambda lib: lib.nn.Parameter(lib.ones(1))),
    lambda lib: net(lib).nothing,
    lambda lib: lib.nn.Module()(1),
    lambda lib: lib.nn.Module(1),
    lambda lib: lib.nn.Module(a=1),
    lambda lib: net(lib).register_parameter("p", 3),
    lambda lib: net(lib).register_parameter("p.q", None),
    lambda lib: net(lib).register_parameter("", None),
    lambda lib: net(lib).register_parameter(3, None),
    lambda lib: net(lib).register_parameter("training", None),
    lambda lib: net(lib).register_buffer("p", 3),
    lambda lib: net(lib).register_buffer("p.q", None),
    lambda lib: net(lib).register_buffer("weight", None),
    lambda lib: net(lib).add_module("p", 3),
    lambda lib: net(lib).add_module("p.q", None),
    lambda lib: net(lib).add_module("", None),
    lambda lib: net(lib).add_module("weight", None),
    lambda lib: net(lib).get_submodule("x.y"),
    lambda lib: net(lib).get_submodule("weight"),
    lambda lib: net(lib).get_parameter("x"),
    lambda lib: net(lib).get_parameter("in_features"),
    lambda lib: net(lib).get_buffer("weight"),
    lambda lib: net(lib).to(lib.int64),
    lambda lib: net(lib).train("x"),
    lambda lib: net(lib).load_state_dict(3),
    lambda lib: net(lib).load_state_dict({}),
    lambda lib: net(lib).load_state_dict({"weight": lib.ones(2), "bias": 3, "x": 1, "sub.y": 2, "z.w": 3}),
    lambda lib: lib.nn.Sequential(net(lib)).load_state_dict({"0.weight": lib.ones(2, 3)}),
    lambda lib: net(lib).load_state_dict({"x": lib.ones(1)}, strict=False),
    lambda lib: net(lib).load_state_dict({"weight": lib.ones(1)}, strict=False),
    lambda lib: list(net(lib).state_dict({}, "a.")),
    lambda lib: net(lib)(lib.ones(1, 5)),
    lambda lib: lib.nn.Sequential(lib.nn.ReLU())[3],
    lambda lib: lib.nn.Sequential(3),
    lambda lib: lib.nn.Sequential() * 0,
    lambda lib: lib.nn.Sequential().insert(9, lib.nn.ReLU()),
    lambda lib: lib.nn.ModuleList(3),
    lambda lib: lib.nn.ModuleList([3]),
    lambda lib: lib.nn.ModuleList([])[0],
    lambda lib: lib.nn.ModuleDict([3]),
    lambda lib: lib.nn.ModuleDict([(1, 2, 3)]),
    lambda lib: lib.nn.ModuleDict({"forward": lib.nn.ReLU()}),
    lambda lib: lib.nn.ParameterList([])(),
    lambda lib: lib.nn.ParameterDict({"a": 3})["b"],
    lambda lib: lib.nn.Dropout(-1),
    lambda lib: lib.nn.Hardtanh(1, 0),
    lambda lib: lib.nn.Embedding(3, 2, padding_idx=9),
    lambda lib: lib.nn.Embedding(3, 2, _weight=lib.ones(2, 2)),
    lambda lib: lib.nn.Unflatten(1, 3),
    lambda lib: lib.nn.Unflatten(1, (1.0, 2)),
    lambda lib: lib.nn.Bilinear(0, 1, 1),
    lambda lib: lib.nn.Softmax2d()(lib.ones(2, 2)),
    lambda lib: lib.nn.Linear(0, 2),
    lambda lib: lib.nn.L1Loss(False),
    lambda lib: lib.nn.MSELoss(reduce=False)(lib.ones(2), lib.zeros(2)),
    lambda lib: lib.nn.init.kaiming_uniform_(lib.ones(2)),
    lambda lib: lib.nn.init.kaiming_normal_(lib.ones(2, 2), mode="x"),
    lambda lib: lib.nn.init.calculate_gain("x"),
    lambda lib: lib.nn.init.constant(lib.ones(2), 3),
    lambda lib: lib.nn.init.trunc_normal_(lib.ones(0), mean=5.0),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_the_same_refusals_and_warnings(number):
    theirs, ours = (outcome(WRONG[number], library) for library in BOTH)
    assert ours == theirs


# ---- the same weights ----

LAYERS = [
    lambda nn: nn.Linear(7, 5),
    lambda nn: nn.Linear(300, 200),
    lambda nn: nn.Bilinear(3, 4, 5),
    lambda nn: nn.Embedding(11, 6, padding_idx=2),
    lambda nn: nn.Sequential(nn.Linear(20, 30), nn.ReLU(), nn.Linear(30, 4, bias=False)),
]


@pytest.mark.parametrize("number", range(len(LAYERS)))
def test_the_same_seed_gives_the_same_weights(number):
    states = []
    for library in BOTH:
        library.manual_seed(number)
        states.append(LAYERS[number](library.nn).state_dict())
    theirs, ours = states
    assert list(ours) == list(theirs)
    for name in theirs:
        assert_close(ours[name], theirs[name], rtol=0, atol=3e-7)


INITS = [
    lambda init, w: init.uniform_(w, -1, 2),
    lambda init, w: init.normal_(w, 1, 2),
    lambda init, w: init.trunc_normal_(w),
    lambda init, w: init.trunc_normal_(w, 0.0, 1.0, 1.5, 1.8),
    lambda init, w: init.constant_(w, 0.3),
    lambda init, w: init.ones_(w),
    lambda init, w: init.zeros_(w),
    lambda init, w: init.eye_(w),
    lambda init, w: init.xavier_uniform_(w, 2.0),
    lambda init, w: init.xavier_normal_(w),
    lambda init, w: init.kaiming_uniform_(w, nonlinearity="relu"),
    lambda init, w: init.kaiming_normal_(w, mode="fan_out"),
    lambda init, w: init.orthogonal_(w, 2),
    lambda init, w: init.sparse_(w, 0.3),
]


@pytest.mark.parametrize("number", range(len(INITS)))
@pytest.mark.parametrize("shape", [(6, 9), (9, 6)])
def test_the_same_initial_values(number, shape):
    made = []
    for library in BOTH:
        library.manual_seed(number)
        made.append(INITS[number](library.nn.init, library.empty(*shape)))
    assert_close(made[1], made[0], atol=2e-6)


@pytest.mark.parametrize(("shape", "groups"), [((4, 3, 5), 1), ((4, 2, 3, 3), 2), ((2, 2, 3, 3, 3), 1)])
def test_dirac(shape, groups):
    theirs, ours = (library.nn.init.dirac_(library.empty(*shape), groups) for library in BOTH)
    assert_close(ours, theirs)


# ---- training ----


def losses_of(library, optimizer, options, steps=60):
    library.manual_seed(3)
    model = library.nn.Sequential(
        library.nn.Linear(8, 16),
        library.nn.Tanh(),
        library.nn.Linear(16, 16),
        library.nn.ReLU(),
        library.nn.Linear(16, 4),
    )
    x, y = library.randn(64, 8), library.randint(0, 4, (64,))
    criterion = library.nn.CrossEntropyLoss()
    optimizer = getattr(library.optim, optimizer)(model.parameters(), **options)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        library.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize(
    ("optimizer", "options"),
    [
        ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 1e-4}),
        ("Adam", {"lr": 0.01}),
        ("AdamW", {"lr": 0.01, "amsgrad": True}),
        ("RMSprop", {"lr": 0.001, "momentum": 0.9}),
        ("Adagrad", {"lr": 0.05}),
        ("Adadelta", {}),
    ],
)
def test_a_network_learns_the_same(optimizer, options):
    theirs, ours = (losses_of(library, optimizer, options) for library in BOTH)
    assert ours[-1] < 0.8 * ours[0]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)
