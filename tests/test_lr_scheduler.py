"""lr_scheduler and swa_utils: learning rates over epochs, states, warnings, averages."""

import copy
import gc
import pickle
import warnings
import weakref

import pytest

import chainrule as torch
from chainrule import nn, optim
from chainrule.optim import lr_scheduler, swa_utils


def sgd(lr=1.0, **options):
    return optim.SGD([torch.ones(2, requires_grad=True)], lr=lr, **options)


def rates(scheduler, epochs):
    seen = [scheduler.get_last_lr()[0]]
    for _ in range(epochs):
        scheduler.optimizer.step()
        scheduler.step()
        seen.append(scheduler.get_last_lr()[0])
    return [pytest.approx(each, abs=1e-12) for each in seen]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda o: lr_scheduler.LambdaLR(o, lambda epoch: 1 / (epoch + 1)), [1, 1 / 2, 1 / 3]),
        (lambda o: lr_scheduler.MultiplicativeLR(o, lambda epoch: 0.5), [1, 0.5, 0.25]),
        (lambda o: lr_scheduler.StepLR(o, 2, 0.5), [1, 1, 0.5, 0.5, 0.25]),
        (lambda o: lr_scheduler.MultiStepLR(o, [1, 3, 3], 0.5), [1, 0.5, 0.5, 0.125]),
        (lambda o: lr_scheduler.ConstantLR(o, 0.5, 2), [0.5, 0.5, 1, 1]),
        (lambda o: lr_scheduler.LinearLR(o, 0.2, 1.0, 4), [0.2, 0.4, 0.6, 0.8, 1, 1]),
        (lambda o: lr_scheduler.ExponentialLR(o, 0.5), [1, 0.5, 0.25]),
        (lambda o: lr_scheduler.PolynomialLR(o, 4, 2.0), [1, 9 / 16, 1 / 4, 1 / 16, 0, 0]),
        (lambda o: lr_scheduler.CosineAnnealingLR(o, 2, eta_min=0.2), [1, 0.6, 0.2, 0.6, 1]),
        (lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 1, T_mult=2), [1, 1, 0.5, 1]),
        (lambda o: lr_scheduler.CyclicLR(o, 1.0, 2.0, 2, cycle_momentum=False), [1, 1.5, 2, 1.5, 1, 1.5]),
        (lambda o: lr_scheduler.OneCycleLR(o, 1.0, 5, pct_start=0.4, anneal_strategy="linear", cycle_momentum=False),
         [0.04, 1, 1 - (1 - 4e-6) / 3, 1 - (1 - 4e-6) * 2 / 3, 4e-6]),
        (lambda o: swa_utils.SWALR(o, 0.5, 2, "linear"), [1, 0.75, 0.5, 0.5]),
        (lambda o: swa_utils.SWALR(o, 0.5, 2), [1, 0.75, 0.5, 0.5]),
    ],
)  # fmt: skip
def test_learning_rates(make, expected):
    assert rates(make(sgd()), len(expected) - 1) == expected


def test_schedulers_one_after_the_other_and_all_at_once():
    optimizer = sgd()
    parts = [lr_scheduler.ConstantLR(optimizer, 0.5, 10), lr_scheduler.ExponentialLR(optimizer, 0.5)]
    assert rates(lr_scheduler.SequentialLR(optimizer, parts, [2]), 4) == [0.5, 0.5, 1, 0.5, 0.25]
    optimizer = sgd()
    parts = [lr_scheduler.ConstantLR(optimizer, 0.5, 2), lr_scheduler.ExponentialLR(optimizer, 0.5)]
    assert rates(lr_scheduler.ChainedScheduler(parts), 3) == [0.5, 0.25, 0.25, 0.125]


def test_momentum_goes_the_other_way():
    optimizer = sgd(momentum=0.5)
    lr_scheduler.CyclicLR(optimizer, 1.0, 2.0, 2, base_momentum=0.8, max_momentum=0.9)
    assert optimizer.param_groups[0]["momentum"] == pytest.approx(0.9)
    adam = optim.Adam([torch.ones(1, requires_grad=True)])
    lr_scheduler.OneCycleLR(adam, 1.0, 10)
    assert adam.param_groups[0]["betas"] == (pytest.approx(0.95), 0.999)


def test_a_learning_rate_that_is_a_tensor_keeps_its_place():
    lr = torch.tensor(1.0)
    optimizer = sgd(lr)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] is lr
    assert lr.item() == 0.5
    assert scheduler.get_last_lr()[0] is not lr
    assert optimizer.param_groups[0]["initial_lr"].item() == 1.0


@pytest.mark.parametrize(
    "make",
    [
        lambda o: lr_scheduler.StepLR(o, 2, 0.5),
        lambda o: lr_scheduler.CyclicLR(o, 1.0, 2.0, 2),
        lambda o: lr_scheduler.OneCycleLR(o, 1.0, 20),
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 2),
        lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.StepLR(o, 2), lr_scheduler.ExponentialLR(o, 0.9)]),
        lambda o: lr_scheduler.SequentialLR(o, [lr_scheduler.StepLR(o, 2), lr_scheduler.ExponentialLR(o, 0.9)], [4]),
    ],
)
def test_training_goes_on_from_saved_states(make):
    optimizer = sgd(momentum=0.9)
    scheduler = make(optimizer)
    rates(scheduler, 5)
    saved = pickle.loads(pickle.dumps((optimizer.state_dict(), scheduler.state_dict())))
    again = sgd(momentum=0.9)
    resumed = make(again)
    again.load_state_dict(saved[0])
    resumed.load_state_dict(saved[1])
    assert rates(resumed, 4) == [each.expected for each in rates(scheduler, 4)]


def test_objects_that_are_called_are_saved_and_functions_are_not():
    class Decay:
        def __init__(self, by):
            self.by = by

        def __call__(self, epoch):
            return self.by**epoch

    scheduler = lr_scheduler.LambdaLR(sgd(), Decay(0.5))
    state = scheduler.state_dict()
    assert state["lr_lambdas"] == [{"by": 0.5}]
    other = lr_scheduler.LambdaLR(sgd(), Decay(0.1))
    other.load_state_dict(state)
    assert other.lr_lambdas[0].by == 0.5
    assert state["lr_lambdas"] == [{"by": 0.5}]
    assert lr_scheduler.LambdaLR(sgd(), lambda epoch: 1.0).state_dict()["lr_lambdas"] == [None]
    cyclic = lr_scheduler.CyclicLR(sgd(), 1.0, 2.0, 2, scale_fn=Decay(0.5), cycle_momentum=False)
    assert cyclic.state_dict()["_scale_fn_custom"] == {"by": 0.5}


def test_plateaus():
    optimizer = sgd()
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, cooldown=2, min_lr=0.3)
    seen = []
    for loss in [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5]:
        scheduler.step(torch.tensor(loss))
        seen.append((optimizer.param_groups[0]["lr"], scheduler.in_cooldown))
    assert seen == [
        *[(1.0, False)] * 2,
        *[(0.5, True)] * 2,
        *[(0.5, False)] * 2,
        (0.3, True),
        (0.3, True),
    ]
    optimizer.add_param_group({"params": [torch.ones(1, requires_grad=True)]})
    assert scheduler.best == 0.5


def test_order_of_steps():
    optimizer = sgd()
    scheduler = lr_scheduler.StepLR(optimizer, 2)
    with pytest.warns(UserWarning, match="Detected call of `lr_scheduler.step\\(\\)` before `optimizer.step\\(\\)`"):
        scheduler.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer = sgd()
        scheduler = lr_scheduler.StepLR(optimizer, 2)
        optimizer.step()
        scheduler.step()
        scheduler.step()
    optimizer = sgd()
    scheduler = lr_scheduler.StepLR(optimizer, 2)
    optimizer.step = lambda: None
    with pytest.warns(UserWarning, match="has been overridden after learning rate scheduler initialization"):
        scheduler.step()


def test_hooks_are_called_once_where_a_scheduler_notes_steps():
    w = torch.ones(2, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.5)
    lr_scheduler.StepLR(optimizer, 2)
    lr_scheduler.ExponentialLR(optimizer, 0.9)
    calls = []
    optimizer.register_step_post_hook(lambda *_: calls.append(1))
    w.grad = torch.ones(2)
    assert optimizer.step(lambda: torch.tensor(3.0)).item() == 3.0
    assert calls == [1]
    assert copy.deepcopy(optimizer).step() is None


def test_an_optimizer_goes_with_its_schedulers():
    optimizer = sgd()
    scheduler = lr_scheduler.StepLR(optimizer, 2)
    gone = weakref.ref(optimizer)
    gc.disable()
    try:
        del optimizer, scheduler
        assert gone() is None
    finally:
        gc.enable()


def test_a_scheduler_without_get_lr():
    class Nothing(lr_scheduler.LRScheduler):
        pass

    with pytest.raises(NotImplementedError, match="Nothing has no get_lr"):
        Nothing(sgd())


def test_a_mean_of_models():
    model = nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1))
    average = swa_utils.AveragedModel(model)
    for value in (1.0, 2.0, 6.0):
        nn.init.constant_(model[0].weight, value)
        average.update_parameters(model)
    assert average.module[0].weight.item() == 3.0
    assert model[0].weight.item() == 6.0
    assert average.n_averaged.item() == 3
    assert list(average.state_dict())[:2] == ["n_averaged", "module.0.weight"]
    other = swa_utils.AveragedModel(model)
    other.load_state_dict(average.state_dict())
    assert other.module[0].weight.item() == 3.0
    x = torch.tensor([[1.0], [3.0], [8.0]])
    swa_utils.update_bn([x, [x, None]], average)
    inputs = average.module[0](x)
    assert torch.allclose(average.module[1].running_mean, inputs.mean(0))
    assert average.module[1].momentum == 0.1
    assert average.training


def test_a_moving_average_and_a_function_of_ones_own():
    model = nn.Linear(1, 1, bias=False)
    moving = swa_utils.AveragedModel(model, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.9))
    largest = swa_utils.AveragedModel(model, avg_fn=lambda average, now, count: torch.maximum(average, now))
    for value in (1.0, 2.0, 1.0):
        nn.init.constant_(model.weight, value)
        moving.update_parameters(model)
        largest.update_parameters(model)
    assert moving.module.weight.item() == pytest.approx(0.9 * 1.1 + 0.1)
    assert largest.module.weight.item() == 2.0
    assert largest(torch.ones(1, 1)).item() == 2.0
