"""The optimizers beside PyTorch's: the same numbers over 100 steps, the same states, texts and refusals."""

import copy

import numpy as np
import pytest

import chainrule
from chainrule.optim import formula_runs

torch = pytest.importorskip("torch")

SGD_OPTIONS = [
    {"lr": 0.1},
    {"lr": 0.05, "momentum": 0.9},
    {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01},
    {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    {"lr": 0.001, "momentum": 0.5, "maximize": True},
]
ADAM_OPTIONS = [
    {},
    {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-6},
    {"lr": 0.01, "weight_decay": 0.1},
    {"lr": 0.01, "amsgrad": True, "weight_decay": 0.01},
    {"lr": 0.001, "maximize": True},
]
CASES = [
    *[("SGD", options) for options in SGD_OPTIONS],
    *[("Adam", options) for options in ADAM_OPTIONS],
    *[("AdamW", options) for options in ADAM_OPTIONS],
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.01, "initial_accumulator_value": 0.1}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.9, "weight_decay": 0.01}),
    ("RMSprop", {"centered": True, "alpha": 0.9, "maximize": True}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "weight_decay": 0.01}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1}),
    ("Adamax", {"maximize": True}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1, "momentum_decay": 0.1}),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("NAdam", {"maximize": True}),
    ("RAdam", {}),
    ("RAdam", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {"maximize": True}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.1, "etas": (0.4, 1.5), "step_sizes": (1e-3, 0.2)}),
    ("Rprop", {"maximize": True}),
    ("ASGD", {}),
    ("ASGD", {"lr": 0.1, "lambd": 0.01, "alpha": 0.5, "t0": 5, "weight_decay": 0.01}),
    ("ASGD", {"maximize": True}),
]
SHAPES = [(), (5,), (30, 20)]


@pytest.fixture(autouse=True)
def _several_blocks(monkeypatch):
    monkeypatch.setattr(formula_runs, "BLOCK", 100)


def trained(library, name, options, dtype, steps):
    # The gradients follow the parameters, so that an error goes on; they are tame, so that rounding does not grow.
    rng = np.random.default_rng(0)
    starts = [rng.standard_normal(shape).astype(dtype) for shape in SHAPES]
    if np.issubdtype(dtype, np.complexfloating):
        starts = [(start + 1j * rng.standard_normal(start.shape)).astype(dtype) for start in starts]
    params = [library.nn.Parameter(library.tensor(start)) for start in starts]
    optimizer = getattr(library.optim, name)(params, **options)
    for step in range(steps):
        for param in params:
            values = param.detach().numpy()
            param.grad = library.tensor((values + 0.3 * np.sin(values + step)).astype(dtype))
        optimizer.step()
    return params, optimizer


@pytest.mark.parametrize(("name", "options"), CASES)
def test_the_same_numbers_over_100_steps(name, options):
    theirs, _ = trained(torch, name, options, np.float64, 100)
    ours, _ = trained(chainrule, name, options, np.float64, 100)
    for a, b in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(b.detach().numpy(), a.detach().numpy(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_the_same_numbers_in_float32(name, options):
    theirs, _ = trained(torch, name, options, np.float32, 20)
    ours, _ = trained(chainrule, name, options, np.float32, 20)
    for a, b in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(b.detach().numpy(), a.detach().numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_the_same_complex_numbers(name, options):
    if options.get("centered"):
        pytest.skip("complex centered RMSprop divides by the root of a difference: rounding decides its sign")
    theirs, _ = trained(torch, name, options, np.complex128, 10)
    ours, _ = trained(chainrule, name, options, np.complex128, 10)
    for a, b in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(b.detach().numpy(), a.detach().numpy(), rtol=1e-9, atol=1e-9)


def as_plain(value):
    if isinstance(value, dict):
        return {key: as_plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(as_plain(each) for each in value)
    if hasattr(value, "tolist"):
        return str(value.dtype).partition(".")[2], np.asarray(value.detach()).astype(complex).round(5).tolist()
    return value


@pytest.mark.parametrize(("name", "options"), CASES)
def test_the_same_state_and_text(name, options):
    _, theirs = trained(torch, name, options, np.float32, 2)
    _, ours = trained(chainrule, name, options, np.float32, 2)
    assert repr(ours) == repr(theirs)
    a, b = as_plain(theirs.state_dict()), as_plain(ours.state_dict())
    for state in (a["state"], b["state"]):
        # These 600 numbers are compared above.
        state.pop(2, None)
    assert b == a
    assert [list(s) for s in ours.state_dict()["state"].values()] == [
        list(s) for s in theirs.state_dict()["state"].values()
    ]


def test_the_state_goes_from_one_to_the_other():
    _, theirs = trained(torch, "Adam", {"lr": 0.01}, np.float32, 3)
    _, ours = trained(chainrule, "Adam", {"lr": 0.01}, np.float32, 1)
    state = copy.deepcopy(theirs.state_dict())
    for entry in state["state"].values():
        for key, value in entry.items():
            entry[key] = chainrule.tensor(value.numpy())
    ours.load_state_dict(state)
    assert ours.state_dict()["state"][0]["step"].item() == 3


WRONG = [
    lambda lib, w: lib.optim.SGD([]),
    lambda lib, w: lib.optim.SGD(w),
    lambda lib, w: lib.optim.SGD([w * 2]),
    lambda lib, w: lib.optim.SGD([3]),
    lambda lib, w: lib.optim.SGD(3),
    lambda lib, w: lib.optim.SGD([w], lr=-1),
    lambda lib, w: lib.optim.SGD([w], lr=lib.tensor(-1.0)),
    lambda lib, w: lib.optim.SGD([w], lr=lib.ones(2)),
    lambda lib, w: lib.optim.SGD([w], momentum=-1),
    lambda lib, w: lib.optim.SGD([w], weight_decay=-0.5),
    lambda lib, w: lib.optim.SGD([w], nesterov=True),
    lambda lib, w: lib.optim.SGD([w], fused=True, foreach=True),
    lambda lib, w: lib.optim.SGD([w], fused=True, differentiable=True),
    lambda lib, w: lib.optim.Adam([w], lr=-1),
    lambda lib, w: lib.optim.Adam([w], lr=float("nan")),
    lambda lib, w: lib.optim.Adam([w], betas=(1.0, 0.0)),
    lambda lib, w: lib.optim.Adam([w], betas=(0.9, 1.5)),
    lambda lib, w: lib.optim.Adam([w], betas=(0, 0.9)),
    lambda lib, w: lib.optim.Adam([w], eps=-1),
    lambda lib, w: lib.optim.AdamW([w], weight_decay=-1),
    lambda lib, w: lib.optim.Adagrad([w], lr_decay=-1),
    lambda lib, w: lib.optim.RMSprop([w], alpha=-1),
    lambda lib, w: lib.optim.Adadelta([w], rho=2),
    lambda lib, w: lib.optim.SGD([{"params": {w}}]),
    lambda lib, w: lib.optim.SGD([{"params": w}, {"params": w}]),
    lambda lib, w: lib.optim.SGD([{"x": w}]),
    lambda lib, w: lib.optim.SGD([w, ("w", w)]),
    lambda lib, w: lib.optim.SGD([("w", w)]).add_param_group({"params": [lib.ones(1)]}),
    lambda lib, w: lib.optim.SGD([w]).load_state_dict({"state": {}, "param_groups": []}),
    lambda lib, w: lib.optim.SGD([w]).load_state_dict({"state": {}, "param_groups": [{"params": [0, 1]}]}),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_the_same_refusals(number):
    raised = []
    for library in (torch, chainrule):
        with pytest.raises(Exception) as info:  # noqa: PT011 (whatever PyTorch raises)
            WRONG[number](library, library.ones(2, requires_grad=True))
        raised.append((info.type, str(info.value)))
    assert raised[1] == raised[0]


def test_the_same_norms_and_clipped_gradients():
    rng = np.random.default_rng(0)
    grads = [rng.standard_normal(shape).astype(np.float32) for shape in [(3, 4), (5,), ()]]

    def params(library):
        made = [library.ones(g.shape, requires_grad=True) for g in grads]
        for param, grad in zip(made, grads, strict=True):
            param.grad = library.tensor(grad)
        return made

    for norm_type in (2.0, 1.0, 3, float("inf")):
        ours, theirs = params(chainrule), params(torch)
        a = torch.nn.utils.clip_grad_norm_(theirs, 0.5, norm_type)
        b = chainrule.nn.utils.clip_grad_norm_(ours, 0.5, norm_type)
        assert str(a.dtype).partition(".")[2] == str(b.dtype).partition(".")[2]
        assert b.item() == pytest.approx(a.item(), rel=1e-6)
        for p, q in zip(theirs, ours, strict=True):
            np.testing.assert_allclose(q.grad.numpy(), p.grad.numpy(), rtol=1e-6)
    ours, theirs = params(chainrule), params(torch)
    torch.nn.utils.clip_grad_value_(theirs, 0.3)
    chainrule.nn.utils.clip_grad_value_(ours, 0.3)
    for p, q in zip(theirs, ours, strict=True):
        assert np.array_equal(q.grad.numpy(), p.grad.numpy())
