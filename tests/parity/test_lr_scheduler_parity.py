"""lr_scheduler and swa_utils beside PyTorch's: the same learning rates, states, warnings and refusals."""

import math
import warnings

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")

S = "lr_scheduler"
CASES = {
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda epoch: 0.95**epoch),
    "LambdaLR, two": lambda s, o: s.LambdaLR(o, [lambda epoch: 0.95**epoch, lambda epoch: 1 / (1 + epoch)]),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, lambda epoch: 0.9 + 0.01 * (epoch % 3)),
    "StepLR": lambda s, o: s.StepLR(o, 7, gamma=0.5),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [3, 10, 10, 30], gamma=0.3),
    "ConstantLR": lambda s, o: s.ConstantLR(o, factor=0.3, total_iters=8),
    "LinearLR": lambda s, o: s.LinearLR(o, start_factor=0.2, end_factor=0.9, total_iters=20),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.9),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 12, eta_min=0.001),
    "CosineAnnealingLR, whole": lambda s, o: s.CosineAnnealingLR(o, 50),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o, 30, power=2.0),
    "CyclicLR": lambda s, o: s.CyclicLR(o, 0.01, 0.1, step_size_up=5, step_size_down=8),
    "CyclicLR, triangular2": lambda s, o: s.CyclicLR(o, [0.01, 0.02], [0.1, 0.3], step_size_up=4, mode="triangular2"),
    "CyclicLR, exp_range": lambda s, o: s.CyclicLR(
        o, 0.01, 0.1, step_size_up=5, mode="exp_range", gamma=0.97, cycle_momentum=False
    ),
    "CyclicLR, a function": lambda s, o: s.CyclicLR(
        o, 0.01, 0.1, step_size_up=5, scale_fn=lambda x: 1 / (5 ** (x * 0.01)), scale_mode="iterations"
    ),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, 0.5, total_steps=60),
    "OneCycleLR, linear": lambda s, o: s.OneCycleLR(
        o, [0.5, 0.3], epochs=10, steps_per_epoch=6, anneal_strategy="linear", pct_start=0.4
    ),
    "OneCycleLR, three phases": lambda s, o: s.OneCycleLR(
        o, 0.5, total_steps=55, three_phase=True, div_factor=10, final_div_factor=100, base_momentum=0.7
    ),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 7, eta_min=0.01),
    "CosineAnnealingWarmRestarts, longer": lambda s, o: s.CosineAnnealingWarmRestarts(o, 5, T_mult=2),
    "ChainedScheduler": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 20), s.ExponentialLR(o, 0.9)]),
    "SequentialLR": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.1, total_iters=10), s.CosineAnnealingLR(o, 25), s.ConstantLR(o, 0.5, 5)], [10, 35]
    ),
    "SequentialLR of another": lambda s, o: s.SequentialLR(
        o, [s.SequentialLR(o, [s.StepLR(o, 3), s.ExponentialLR(o, 0.7)], [8]), s.ExponentialLR(o, 0.8)], [15]
    ),
    "SequentialLR, restarts": lambda s, o: s.SequentialLR(
        o, [s.ConstantLR(o, 0.5, 100), s.CosineAnnealingWarmRestarts(o, 6)], [10]
    ),
}


def optimizer_of(library, kind="SGD", lr=0.1):
    params = [library.ones(2, requires_grad=True), library.ones(3, requires_grad=True)]
    lrs = (library.tensor(lr), library.tensor(lr * 2)) if kind == "tensor" else (lr, lr * 2)
    kind = "SGD" if kind == "tensor" else kind
    groups = [{"params": [param], "lr": each} for param, each in zip(params, lrs, strict=True)]
    more = {"momentum": 0.9} if kind == "SGD" else {}
    return getattr(library.optim, kind)(groups, **more)


def plain(value):
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(plain(each) for each in value)
    if hasattr(value, "item"):
        return ("tensor", pytest.approx(value.item(), rel=1e-5))
    return pytest.approx(value, rel=1e-9, abs=1e-12) if isinstance(value, float) and math.isfinite(value) else value


def options(optimizer):
    return [{name: value for name, value in group.items() if name != "params"} for group in optimizer.param_groups]


def run(library, name, kind, epochs=50):
    optimizer = optimizer_of(library, kind)
    scheduler = CASES[name](library.optim.lr_scheduler, optimizer)
    seen = [options(optimizer)]
    for _ in range(epochs):
        optimizer.step()
        scheduler.step()
        pairs = zip(options(optimizer), scheduler.get_last_lr(), strict=True)
        seen.append([{**group, "last": lr} for group, lr in pairs])
    return seen, scheduler


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["SGD", "Adam", "tensor"])
@pytest.mark.parametrize("name", CASES)
def test_the_same_learning_rates_over_50_epochs(name, kind):
    theirs, their_scheduler = run(torch, name, kind)
    ours, our_scheduler = run(chainrule, name, kind)
    for epoch, (a, b) in enumerate(zip(theirs, ours, strict=True)):
        assert [{k: as_number(v) for k, v in group.items()} for group in b] == plain(
            [{k: as_number(v) for k, v in group.items()} for group in a]
        ), epoch
    a, b = their_scheduler.state_dict(), our_scheduler.state_dict()
    assert list(a) == list(b)
    assert numbers_in(b) == plain(numbers_in(a))


def as_number(value):
    return value.item() if hasattr(value, "item") else value


def numbers_in(state):
    if isinstance(state, dict):
        return {key: numbers_in(each) for key, each in state.items()}
    if isinstance(state, list | tuple):
        return [numbers_in(each) for each in state]
    return as_number(state)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_a_state_of_one_is_taken_by_the_other(name):
    _, theirs = run(torch, name, "SGD", 20)
    state = theirs.state_dict()
    optimizer = optimizer_of(chainrule)
    ours = CASES[name](chainrule.optim.lr_scheduler, optimizer)
    for group, other in zip(optimizer.param_groups, theirs.optimizer.param_groups, strict=True):
        group.update({key: value for key, value in other.items() if key != "params"})
    ours.load_state_dict(state)
    for _ in range(10):
        theirs.step()
        ours.step()
        assert ours.get_last_lr() == pytest.approx(theirs.get_last_lr(), rel=1e-9)


CLOSED = ["StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "CosineAnnealingLR", "PolynomialLR"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name", [*CLOSED, "LambdaLR", "CosineAnnealingWarmRestarts", "CosineAnnealingWarmRestarts, longer"]
)
def test_the_same_closed_forms(name):
    rates = []
    for library in (torch, chainrule):
        optimizer = optimizer_of(library)
        scheduler = CASES[name](library.optim.lr_scheduler, optimizer)
        for epoch in (1, 2, 8, 10, 13, 30, 31, 49, 4):
            scheduler.step(epoch)
            rates.append(scheduler.get_last_lr())
    half = len(rates) // 2
    for a, b in zip(rates[:half], rates[half:], strict=True):
        assert b == pytest.approx(a, rel=1e-9, abs=1e-15)


RESUMED = {
    "StepLR": lambda s, o: s.StepLR(o, 7, gamma=0.5, last_epoch=10),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.9, last_epoch=10),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 12, 0.001, last_epoch=10),
    "LinearLR": lambda s, o: s.LinearLR(o, 0.2, 0.9, 20, last_epoch=10),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o, 30, 2.0, last_epoch=10),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [3, 11, 30], 0.3, last_epoch=10),
    "ConstantLR": lambda s, o: s.ConstantLR(o, 0.3, 11, last_epoch=10),
    "CyclicLR": lambda s, o: s.CyclicLR(o, 0.01, 0.1, 5, 8, last_epoch=10),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, 0.5, 60, last_epoch=10),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, lambda epoch: 0.9, last_epoch=10),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 7, last_epoch=10),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", RESUMED)
def test_the_same_learning_rates_after_resuming(name):
    seen = []
    for library in (torch, chainrule):
        optimizer = optimizer_of(library)
        scheduler = CASES[name](library.optim.lr_scheduler, optimizer)
        for _ in range(10):
            optimizer.step()
            scheduler.step()
        scheduler = RESUMED[name](library.optim.lr_scheduler, optimizer)
        rates = [scheduler.get_last_lr()]
        for _ in range(10):
            scheduler.step()
            rates.append(scheduler.get_last_lr())
        seen.append(rates)
    for a, b in zip(*seen, strict=True):
        assert b == pytest.approx(a, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"patience": 2, "factor": 0.5},
        {"mode": "max", "patience": 1},
        {"patience": 1, "cooldown": 3, "threshold": 0.01, "threshold_mode": "abs"},
        {"patience": 0, "min_lr": [0.01, 0.05]},
        {"mode": "max", "patience": 1, "threshold_mode": "abs", "eps": 0.01},
    ],
)
def test_the_same_plateaus(options):
    losses = np.abs(np.sin(np.arange(50) * 0.7)) + np.exp(-np.arange(50) / 20)
    seen = []
    for library in (torch, chainrule):
        optimizer = optimizer_of(library)
        scheduler = library.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        rates = []
        for number, loss in enumerate(losses):
            scheduler.step(library.tensor(loss) if number % 2 else loss)
            rates.append((scheduler.get_last_lr(), scheduler.num_bad_epochs, scheduler.best, scheduler.in_cooldown))
        seen.append((rates, scheduler.state_dict()))
    assert seen[1] == seen[0]
    assert list(seen[1][1]) == list(seen[0][1])


def warned(function):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function()
    return [(each.category, str(each.message)) for each in caught]


def too_early(library):
    optimizer = optimizer_of(library)
    scheduler = library.optim.lr_scheduler.StepLR(optimizer, 2)
    scheduler.step()
    optimizer.step()
    scheduler.step()


def in_order(library):
    optimizer = optimizer_of(library)
    scheduler = library.optim.lr_scheduler.StepLR(optimizer, 2)
    optimizer.step()
    scheduler.step()


def overridden(library):
    optimizer = optimizer_of(library)
    scheduler = library.optim.lr_scheduler.StepLR(optimizer, 2)
    optimizer.step = lambda: None
    optimizer.step()
    scheduler.step()


def two_schedulers(library):
    optimizer = optimizer_of(library)
    first = library.optim.lr_scheduler.StepLR(optimizer, 2)
    second = library.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    optimizer.step()
    first.step()
    second.step()


WARNINGS = [
    too_early,
    in_order,
    overridden,
    two_schedulers,
    lambda lib: lib.optim.lr_scheduler.StepLR(optimizer_of(lib), 2).get_lr(),
    lambda lib: lib.optim.lr_scheduler.StepLR(optimizer_of(lib), 2).step(3),
    lambda lib: lib.optim.lr_scheduler.ReduceLROnPlateau(optimizer_of(lib)).step(1.0, 3),
    lambda lib: lib.optim.swa_utils.SWALR(optimizer_of(lib), 0.5).get_lr(),
    lambda lib: [CASES["SequentialLR"](lib.optim.lr_scheduler, optimizer_of(lib)).step() for _ in range(2)],
    lambda lib: [CASES["ChainedScheduler"](lib.optim.lr_scheduler, optimizer_of(lib)).step() for _ in range(2)],
    lambda lib: [CASES["CosineAnnealingWarmRestarts"](lib.optim.lr_scheduler, optimizer_of(lib)).step(0.5)],
]


@pytest.mark.parametrize("number", range(len(WARNINGS)))
def test_the_same_warnings(number):
    assert warned(lambda: WARNINGS[number](chainrule)) == warned(lambda: WARNINGS[number](torch))


WRONG = [
    lambda s, o: s.StepLR(3, 2),
    lambda s, o: s.StepLR(o, 2, last_epoch=3),
    lambda s, o: s.LambdaLR(o, [lambda e: e]),
    lambda s, o: s.MultiplicativeLR(o, [lambda e: e]),
    lambda s, o: s.MultiplicativeLR(o, 3),
    lambda s, o: s.ConstantLR(o, factor=2),
    lambda s, o: s.LinearLR(o, start_factor=0),
    lambda s, o: s.LinearLR(o, end_factor=2),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 0),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 1.5),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 2, T_mult=0),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 2, eta_min="0"),
    lambda s, o: s.CosineAnnealingWarmRestarts(o, 2).step(-1),
    lambda s, o: s.SequentialLR(o, [], []),
    lambda s, o: s.SequentialLR(o, [s.ExponentialLR(o, 0.9)], [3]),
    lambda s, o: s.SequentialLR(o, [s.ExponentialLR(o, 0.9), s.ReduceLROnPlateau(o)], [3]),
    lambda s, o: s.SequentialLR(o, [s.ExponentialLR(o, 0.9), 3], [3]),
    lambda s, o: s.ChainedScheduler([]),
    lambda s, o: s.ChainedScheduler([s.ExponentialLR(o, 0.9), s.ReduceLROnPlateau(o)]),
    lambda s, o: s.ReduceLROnPlateau(o, factor=1.0),
    lambda s, o: s.ReduceLROnPlateau(o, mode="least"),
    lambda s, o: s.ReduceLROnPlateau(o, threshold_mode="least"),
    lambda s, o: s.ReduceLROnPlateau(o, min_lr=[0.1]),
    lambda s, o: s.ReduceLROnPlateau(3),
    lambda s, o: s.CyclicLR(3, 0.1, 1),
    lambda s, o: s.CyclicLR(o, [0.1], 1),
    lambda s, o: s.CyclicLR(o, 0.1, 1, mode="round"),
    lambda s, o: s.OneCycleLR(o, 1),
    lambda s, o: s.OneCycleLR(o, 1, epochs=3),
    lambda s, o: s.OneCycleLR(o, 1, total_steps=0),
    lambda s, o: s.OneCycleLR(o, 1, epochs=0, steps_per_epoch=1),
    lambda s, o: s.OneCycleLR(o, 1, epochs=1, steps_per_epoch=1.5),
    lambda s, o: s.OneCycleLR(o, 1, total_steps=10, pct_start=2.0),
    lambda s, o: s.OneCycleLR(o, 1, total_steps=10, anneal_strategy="round"),
    lambda s, o: [each.step() for each in [s.OneCycleLR(o, 1, total_steps=3)] for _ in range(5)],
    lambda s, o: s.OneCycleLR(o, [1], total_steps=3),
    lambda s, o: s.OneCycleLR(3, 1, total_steps=3),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("number", range(len(WRONG)))
def test_the_same_refusals(number):
    raised = []
    for library in (torch, chainrule):
        with pytest.raises(Exception) as info:  # noqa: PT011 (whatever PyTorch raises)
            WRONG[number](library.optim.lr_scheduler, optimizer_of(library))
        raised.append((info.type, str(info.value)))
    assert raised[1] == raised[0]


def no_momentum(library):
    return library.optim.Adagrad([library.ones(1, requires_grad=True)])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda lib: lib.optim.lr_scheduler.CyclicLR(no_momentum(lib), 0.1, 1),
        lambda lib: lib.optim.lr_scheduler.OneCycleLR(no_momentum(lib), 1, total_steps=3),
        lambda lib: lib.optim.swa_utils.SWALR(no_momentum(lib), 0.1, anneal_strategy="round"),
        lambda lib: lib.optim.swa_utils.SWALR(no_momentum(lib), 0.1, anneal_epochs=-1),
        lambda lib: lib.optim.swa_utils.SWALR(no_momentum(lib), [0.1, 0.2]),
        lambda lib: lib.optim.swa_utils.get_ema_multi_avg_fn(2),
        lambda lib: lib.optim.swa_utils.get_ema_avg_fn(-1),
        lambda lib: lib.optim.swa_utils.AveragedModel(lib.nn.Linear(1, 1), avg_fn=min, multi_avg_fn=min),
    ],
)
def test_more_of_the_same_refusals(wrong):
    raised = []
    for library in (torch, chainrule):
        with pytest.raises(Exception) as info:  # noqa: PT011 (whatever PyTorch raises)
            wrong(library)
        raised.append((info.type, str(info.value)))
    assert raised[1] == raised[0]


# ---- swa_utils ----


def averaged(library, options, steps=5):
    library.manual_seed(0)
    nn, swa = library.nn, library.optim.swa_utils
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1))
    average = swa.AveragedModel(model, **{name: value(swa) for name, value in options.items()})
    optimizer = library.optim.SGD(model.parameters(), lr=0.1)
    scheduler = swa.SWALR(optimizer, 0.05, anneal_epochs=3)
    rates = []
    rng = np.random.default_rng(0)
    batches = [library.tensor(rng.standard_normal((6, 3)).astype(np.float32)) for _ in range(steps)]
    for batch in batches:
        optimizer.zero_grad()
        model(batch).square().mean().backward()
        optimizer.step()
        average.update_parameters(model)
        scheduler.step()
        rates += scheduler.get_last_lr()
    before = [value.detach().numpy().copy() for value in average.state_dict().values()]
    swa.update_bn([(batch, None) for batch in batches], average)
    after = [value.detach().numpy() for value in average.state_dict().values()]
    return average, rates, before, after


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"use_buffers": lambda swa: True},
        {"multi_avg_fn": lambda swa: swa.get_ema_multi_avg_fn(0.9)},
        {"multi_avg_fn": lambda swa: swa.get_ema_multi_avg_fn(0.9), "use_buffers": lambda swa: True},
        {"multi_avg_fn": lambda swa: swa.get_swa_multi_avg_fn()},
        {"avg_fn": lambda swa: swa.get_ema_avg_fn(0.9)},
        {"avg_fn": lambda swa: swa.get_swa_avg_fn(), "use_buffers": lambda swa: True},
        {"avg_fn": lambda swa: lambda average, now, count: average + (now - average) / (count + 2)},
    ],
)
def test_the_same_averages(options):
    theirs, ours = averaged(torch, options), averaged(chainrule, options)
    assert list(ours[0].state_dict()) == list(theirs[0].state_dict())
    assert repr(ours[0]).replace("bias=True, track", "track") == repr(theirs[0]).replace("bias=True, track", "track")
    assert ours[1] == pytest.approx(theirs[1], rel=1e-9)
    for a, b in zip(theirs[2] + theirs[3], ours[2] + ours[3], strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(b, a, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("epochs", [0, 1, 10])
def test_the_same_way_to_a_learning_rate(strategy, epochs):
    seen = []
    for library in (torch, chainrule):
        optimizer = optimizer_of(library)
        scheduler = library.optim.swa_utils.SWALR(optimizer, [0.03, 0.5], epochs, strategy)
        rates = [scheduler.get_last_lr()]
        for _ in range(15):
            optimizer.step()
            scheduler.step()
            rates.append(scheduler.get_last_lr())
        seen.append((rates, sorted(scheduler.state_dict())))
    assert seen[1][1] == seen[0][1]
    for a, b in zip(seen[0][0], seen[1][0], strict=True):
        assert b == pytest.approx(a, rel=1e-9)
