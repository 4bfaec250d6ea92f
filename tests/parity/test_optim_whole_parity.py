"""Adafactor, Muon, LBFGS, differentiable steps and refusals beside PyTorch's."""

import copy
import inspect
import warnings

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")

WHOLE = [
    ("Adafactor", {}),
    ("Adafactor", {"lr": 0.1, "beta2_decay": -0.5, "eps": (1e-8, 1e-2), "d": 2.0, "weight_decay": 0.1}),
    ("Adafactor", {"maximize": True, "foreach": True}),
    ("Muon", {}),
    ("Muon", {"lr": 0.02, "momentum": 0.9, "nesterov": False, "weight_decay": 0.0}),
    ("Muon", {"adjust_lr_fn": "match_rms_adamw", "ns_steps": 3}),
    ("Muon", {"adjust_lr_fn": "original", "ns_coefficients": (2.0, -1.5, 0.5)}),
]
SHAPES = {"Adafactor": [(), (5,), (3, 4), (2, 3, 4)], "Muon": [(3, 4), (8, 5), (30, 20)]}


def trained(library, name, options, dtype, steps=30):
    rng = np.random.default_rng(0)
    params = [library.nn.Parameter(library.tensor(rng.standard_normal(s).astype(dtype))) for s in SHAPES[name]]
    optimizer = getattr(library.optim, name)(params, **options)
    for step in range(steps):
        for param in params:
            values = param.detach().numpy()
            param.grad = library.tensor((values + 0.3 * np.sin(values + step)).astype(dtype))
        optimizer.step()
    return params, optimizer


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "options"), WHOLE)
def test_the_same_numbers_over_30_steps(name, options, dtype):
    theirs, their_optimizer = trained(torch, name, options, dtype)
    ours, our_optimizer = trained(chainrule, name, options, dtype)
    # Muon rounds to eight bits in both, but a sum may fall on either side of where rounding turns.
    tolerance = 1e-3 if name == "Muon" else 1e-6 if dtype is np.float32 else 1e-12
    for a, b in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(b.detach().numpy(), a.detach().numpy(), rtol=tolerance, atol=tolerance)
    assert repr(our_optimizer) == repr(their_optimizer)
    a, b = their_optimizer.state_dict(), our_optimizer.state_dict()
    assert b["param_groups"] == a["param_groups"]
    for number, state in a["state"].items():
        assert list(b["state"][number]) == list(state)
        for key, value in state.items():
            np.testing.assert_allclose(b["state"][number][key].numpy(), value.numpy(), rtol=tolerance, atol=tolerance)


# ---- LBFGS ----

SEARCHES = [
    {"max_iter": 10},
    {"line_search_fn": "strong_wolfe"},
    {"lr": 0.5, "max_iter": 5, "history_size": 3},
    {"lr": 2.0, "line_search_fn": "strong_wolfe", "max_iter": 4, "history_size": 4},
    {"lr": 1e-3, "line_search_fn": "strong_wolfe", "max_iter": 4},
    {"lr": 30.0, "line_search_fn": "strong_wolfe", "max_iter": 6, "max_eval": 50},
    {"line_search_fn": "strong_wolfe", "tolerance_grad": 1e-2},
    {"line_search_fn": "strong_wolfe", "tolerance_change": 1e-3},
    {"max_eval": 3},
]


def fitted(library, options, steps):
    library.manual_seed(0)
    nn = library.nn
    model = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1)).double()
    rng = np.random.default_rng(0)
    x, y = library.tensor(rng.standard_normal((40, 3))), library.tensor(np.sin(rng.standard_normal((40, 1))))
    optimizer = library.optim.LBFGS(model.parameters(), **options)
    losses = []

    def closure():
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        losses.append(loss.item())
        return loss

    returned = [optimizer.step(closure).item() for _ in range(steps)]
    return returned, losses, optimizer, [param.detach().numpy() for param in model.parameters()]


@pytest.mark.parametrize("options", SEARCHES)
def test_the_same_losses_at_every_evaluation(options):
    theirs, ours = fitted(torch, options, 3), fitted(chainrule, options, 3)
    assert len(ours[1]) == len(theirs[1])
    # Rounding grows from step to step.
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-5)
    assert ours[0] == pytest.approx(theirs[0], rel=1e-5)
    for a, b in zip(theirs[3], ours[3], strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-3, atol=1e-5)
    assert repr(ours[2]) == repr(theirs[2])
    a, b = theirs[2].state_dict()["state"][0], ours[2].state_dict()["state"][0]
    assert sorted(b) == sorted(a)
    assert (b["func_evals"], b["n_iter"], len(b["old_dirs"])) == (a["func_evals"], a["n_iter"], len(a["old_dirs"]))


def as_ours(value):
    if isinstance(value, torch.Tensor):
        return chainrule.tensor(value.numpy())
    if isinstance(value, list):
        return [as_ours(each) for each in value]
    return {key: as_ours(each) for key, each in value.items()} if isinstance(value, dict) else value


def test_a_search_goes_on_from_the_state_of_the_other():
    options = {"line_search_fn": "strong_wolfe", "max_iter": 3}
    _, _, theirs, values = fitted(torch, options, 2)
    at = [torch.nn.Parameter(torch.tensor(value)) for value in values]
    here = [chainrule.nn.Parameter(chainrule.tensor(value)) for value in values]
    losses = []
    for library, params in ((torch, at), (chainrule, here)):
        optimizer = library.optim.LBFGS(params, **options)
        state = copy.deepcopy(theirs.state_dict())
        optimizer.load_state_dict(state if library is torch else as_ours(state))

        def closure(optimizer=optimizer, params=params):
            optimizer.zero_grad()
            loss = sum((param**2).sum() + (param**4).sum() for param in params)
            loss.backward()
            return loss

        losses.append([optimizer.step(closure).item() for _ in range(3)])
    assert losses[1] == pytest.approx(losses[0], rel=1e-7)


@pytest.mark.parametrize("line_search_fn", [None, "strong_wolfe"])
def test_the_same_search_of_complex_parameters(line_search_fn):
    seen = []
    for library in (torch, chainrule):
        start = np.array([1 + 2j, -1j, 0.5 - 1j])
        param = library.tensor(start, requires_grad=True)
        optimizer = library.optim.LBFGS([param], max_iter=5, line_search_fn=line_search_fn)

        def closure(library=library, optimizer=optimizer, param=param):
            optimizer.zero_grad()
            loss = library.view_as_real(param - 1).pow(4).sum() + param.abs().pow(2).sum()
            loss.backward()
            return loss

        optimizer.step(closure)
        seen.append(param.detach().numpy())
    np.testing.assert_allclose(seen[1], seen[0], rtol=1e-7)


# ---- differentiable steps ----

# PyTorch cannot go back through two steps of some, and leaves gradients out of SGD's momentum.
RECORDED = [
    ("SGD", {"weight_decay": 0.1}, 8),
    ("Adam", {"weight_decay": 0.1}, 8),
    ("Adam", {"amsgrad": True}, 1),
    ("AdamW", {}, 8),
    ("Adagrad", {"lr_decay": 0.1, "weight_decay": 0.1}, 8),
    ("RMSprop", {"momentum": 0.9}, 8),
    ("RMSprop", {"centered": True}, 1),
    ("Adadelta", {"weight_decay": 0.1}, 8),
    ("Adamax", {"weight_decay": 0.1}, 1),
    ("NAdam", {"weight_decay": 0.1}, 8),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}, 8),
    ("RAdam", {"weight_decay": 0.1}, 8),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}, 8),
    ("Rprop", {}, 1),
    ("ASGD", {"t0": 2, "weight_decay": 0.1}, 8),
]


def unrolled(library, name, options, dtype, steps):
    rng = np.random.default_rng(0)
    start = rng.standard_normal(4)
    if dtype is np.complex128:
        start = start + 1j * rng.standard_normal(4)
    start = library.tensor(start, requires_grad=True)
    scale = library.tensor(1.5, dtype=library.float64, requires_grad=True)
    param = start.clone()
    optimizer = getattr(library.optim, name)([param], lr=0.05, differentiable=True, **options)
    for step in range(steps):
        # Of a copy, since the step changes the parameter in place.
        value = param.clone()
        loss = ((value * scale - step).abs() ** 2 + value.abs() ** 4).sum()
        (param.grad,) = library.autograd.grad(loss, param, create_graph=True)
        optimizer.step()
    loss = (param.abs() ** 2).sum()
    return param.detach().numpy(), [grad.numpy() for grad in library.autograd.grad(loss, [start, scale])]


@pytest.mark.parametrize(("name", "options", "steps"), RECORDED)
def test_the_same_gradients_through_steps(name, options, steps):
    theirs = unrolled(torch, name, options, np.float64, steps)
    ours = unrolled(chainrule, name, options, np.float64, steps)
    # PyTorch takes powers of the count of steps in float32.
    for a, b in zip([theirs[0], *theirs[1]], [ours[0], *ours[1]], strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("name", "steps"), [("SGD", 4), ("Adam", 4), ("RMSprop", 4), ("Adamax", 1), ("Adadelta", 4)])
def test_the_same_gradients_of_complex_parameters(name, steps):
    theirs = unrolled(torch, name, {}, np.complex128, steps)
    ours = unrolled(chainrule, name, {}, np.complex128, steps)
    for a, b in zip([theirs[0], *theirs[1]], [ours[0], *ours[1]], strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RAdam"])
def test_the_same_gradient_of_the_learning_rate(name):
    seen = []
    for library in (torch, chainrule):
        lr = library.tensor(0.1, dtype=library.float64, requires_grad=True)
        param = library.ones(3, dtype=library.float64, requires_grad=True).clone()
        optimizer = getattr(library.optim, name)([param], lr=lr, differentiable=True)
        for step in range(4):
            param.grad = library.tensor([1.0, 2.0, -1.0 * step], dtype=library.float64)
            optimizer.step()
        seen.append(library.autograd.grad((param**2).sum(), lr)[0].item())
    # PyTorch takes powers of the count of steps in float32.
    assert seen[1] == pytest.approx(seen[0], rel=1e-4)


# ---- refusals ----

KINDS = ["Adamax", "NAdam", "RAdam", "Rprop", "ASGD", "Adam", "AdamW", "RMSprop", "Adadelta"]
WRONG = [
    *[lambda lib, w, k=k: getattr(lib.optim, k)([w], lr=-1) for k in [*KINDS, "LBFGS", "Adafactor", "SparseAdam"]],
    *[lambda lib, w, k=k: getattr(lib.optim, k)([w], lr=lib.ones(2)) for k in [*KINDS, "LBFGS", "Adafactor", "Muon"]],
    *[lambda lib, w, k=k: getattr(lib.optim, k)([w], eps=-1) for k in ("Adamax", "NAdam", "RAdam", "SparseAdam")],
    *[lambda lib, w, k=k: getattr(lib.optim, k)([w], betas=(1.0, 0.9)) for k in ("Adamax", "NAdam", "SparseAdam")],
    *[lambda lib, w, k=k: getattr(lib.optim, k)([w], betas=(0.5, -1.0)) for k in ("Adamax", "NAdam", "RAdam")],
    *[lambda lib, w, k=k: getattr(lib.optim, k)([w], weight_decay=-1) for k in ("Adamax", "ASGD", "Adafactor")],
    lambda lib, w: lib.optim.NAdam([w], momentum_decay=-1),
    lambda lib, w: lib.optim.Rprop([w], etas=(1.5, 2)),
    lambda lib, w: lib.optim.LBFGS([{"params": [w]}, {"params": [lib.ones(1)]}]),
    lambda lib, w: lib.optim.LBFGS([w]).step(),
    lambda lib, w: lib.optim.Adafactor([w], beta2_decay=1),
    lambda lib, w: lib.optim.Adafactor([w], eps=(-1, 0)),
    lambda lib, w: lib.optim.Adafactor([w], eps=(None, -1)),
    lambda lib, w: lib.optim.Adafactor([w], d=0.5),
    lambda lib, w: lib.optim.Muon([w]),
    lambda lib, w: lib.optim.Muon([lib.ones(2, 2)], lr=-1),
    lambda lib, w: lib.optim.Muon([lib.ones(2, 2)], momentum=-1),
    lambda lib, w: lib.optim.Muon([lib.ones(2, 2)], weight_decay=-1),
    lambda lib, w: lib.optim.Muon([lib.ones(2, 2)], adjust_lr_fn="mine"),
    lambda lib, w: stepped(lib, lib.optim.Muon([lib.ones(2, 2, requires_grad=True)], ns_steps=100)),
    lambda lib, w: stepped(lib, lib.optim.Muon([lib.ones(2, 2, requires_grad=True)], ns_coefficients=(1.0, 2.0))),
    lambda lib, w: stepped(lib, lib.optim.Muon([lib.ones(2, 2, dtype=lib.complex64, requires_grad=True)])),
    lambda lib, w: stepped(lib, lib.optim.Adafactor([lib.ones(2, dtype=lib.complex64, requires_grad=True)])),
    lambda lib, w: stepped(lib, lib.optim.SparseAdam([w])),
    lambda lib, w: lib.optim.SparseAdam([w], lr=0.0),
    lambda lib, w: lib.optim.SparseAdam([lib.ones(1, dtype=lib.complex64)]),
    *[lambda lib, w, k=k: stepped(lib, getattr(lib.optim, k)([w], capturable=True)) for k in KINDS],
    *[lambda lib, w, k=k: stepped(lib, getattr(lib.optim, k)([w], capturable=True, foreach=True)) for k in KINDS],
    *[lambda lib, w, k=k: stepped(lib, getattr(lib.optim, k)([w], differentiable=True, foreach=True)) for k in KINDS],
    lambda lib, w: lib.optim.Adam([w], lr=lib.tensor(0.1), foreach=True),
    lambda lib, w: lib.optim.Adam([w], betas=(lib.tensor(0.1), lib.tensor(0.1)), foreach=True),
    lambda lib, w: lib.optim.Adam([w], betas=(lib.ones(2) / 2, lib.tensor(0.1))),
    lambda lib, w: lib.optim.LBFGS([w], line_search_fn="armijo").step(lambda: summed(w)),
]  # fmt: skip


def summed(w):
    loss = w.sum()
    loss.backward()
    return loss


def stepped(library, optimizer):
    for group in optimizer.param_groups:
        for param in group["params"]:
            param.grad = library.ones_like(param).detach()
    optimizer.step()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("number", range(len(WRONG)))
def test_the_same_refusals(number):
    raised = []
    for library in (torch, chainrule):
        with pytest.raises(Exception) as info:  # noqa: PT011 (whatever PyTorch raises)
            WRONG[number](library, library.ones(2, requires_grad=True))
        raised.append((info.type, str(info.value).replace("chainrule.Size", "torch.Size")))
    assert raised[1] == raised[0]


@pytest.mark.parametrize("name", ["SGD", *KINDS])
def test_a_leaf_is_refused_where_steps_are_recorded(name):
    for library in (torch, chainrule):
        w = library.ones(2, requires_grad=True)
        with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place oper"):
            stepped(library, getattr(library.optim, name)([w], differentiable=True))
        assert w.tolist() == [1.0, 1.0]


def test_custom_optimizers_step_in_the_grad_mode_of_the_caller():
    seen = []
    for library in (torch, chainrule):

        class Custom(library.optim.Optimizer):
            def step(self, closure=None, library=library):
                self.loss = closure()
                return library.is_grad_enabled()

        w = library.ones(2, requires_grad=True)
        optimizer = Custom([w], {})
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            seen.append((optimizer.step(lambda w=w: (w * 2).sum()), optimizer.loss.requires_grad))
    assert seen[1] == seen[0]


def parameters_of(function):
    return [(each.name, each.default, each.kind) for each in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize("module", ["optim", "optim.lr_scheduler", "optim.swa_utils"])
def test_the_same_names_and_signatures(module):
    theirs, ours = torch, chainrule
    for name in module.split("."):
        theirs, ours = getattr(theirs, name), getattr(ours, name)
    for name in theirs.__all__:
        a, b = getattr(theirs, name), getattr(ours, name)
        if inspect.ismodule(a):
            continue
        assert parameters_of(b) == parameters_of(a), name
        for method in ("step", "get_lr", "get_last_lr", "state_dict", "load_state_dict", "add_param_group"):
            if hasattr(a, method):
                assert parameters_of(getattr(b, method)) == parameters_of(getattr(a, method)), (name, method)
