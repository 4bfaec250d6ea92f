"""optim: parameter groups, steps, hooks and states; what is refused, and that refusing changes nothing."""

import copy
import pickle

import numpy as np
import pytest

import chainrule as torch
from chainrule import optim
from chainrule.optim import formula_runs

ALL = [
    *(optim.SGD, optim.Adam, optim.AdamW, optim.Adagrad, optim.RMSprop, optim.Adadelta, optim.Adamax, optim.NAdam),
    *(optim.RAdam, optim.ASGD),
]


def weights(*values, **options):
    return torch.tensor(values or (1.0, -2.0), requires_grad=True, **options)


def with_grad(*values):
    w = weights()
    w.grad = torch.tensor(values or (1.0, 1.0))
    return w


# ---- refusals ----


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda w: optim.SGD([]), ValueError, "optimizer got an empty parameter list"),
        (
            lambda w: optim.SGD(params=w),
            TypeError,
            "argument given to the optimizer should be an iterable of Tensors or dicts, but got torch.FloatTensor",
        ),
        (lambda w: optim.SGD([w * 2]), ValueError, "can't optimize a non-leaf Tensor"),
        (lambda w: optim.SGD([3]), TypeError, "optimizer can only optimize Tensors, but one of the params is int"),
        (lambda w: optim.SGD([w], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda w: optim.SGD([w], lr=torch.tensor(-1.0)), ValueError, "Invalid learning rate: -1.0"),
        (lambda w: optim.SGD([w], lr=torch.ones(2)), ValueError, "Tensor lr must be 1-element"),
        (lambda w: optim.SGD([w], momentum=-1), ValueError, "Invalid momentum value: -1"),
        (lambda w: optim.SGD([w], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
        (
            lambda w: optim.SGD([w], nesterov=True),
            ValueError,
            "Nesterov momentum requires a momentum and zero dampening",
        ),
        (
            lambda w: optim.SGD([w], nesterov=True, momentum=0.9, dampening=0.1),
            ValueError,
            "Nesterov momentum requires a momentum and zero dampening",
        ),
        (
            lambda w: optim.SGD([w], fused=True, foreach=True),
            RuntimeError,
            "`fused` and `foreach` cannot be `True` together.",
        ),
        (
            lambda w: optim.SGD([w], fused=True, differentiable=True),
            RuntimeError,
            "`fused` does not support `differentiable`",
        ),
        (lambda w: optim.Adam([w], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda w: optim.Adam([w], eps=-1), ValueError, "Invalid epsilon value: -1"),
        (lambda w: optim.Adam([w], betas=(1.0, 0.9)), ValueError, "Invalid beta parameter at index 0: 1.0"),
        (lambda w: optim.Adam([w], betas=(0.9, 1.5)), ValueError, "Invalid beta parameter at index 1: 1.5"),
        (lambda w: optim.Adam([w], betas=(0, 0.9)), ValueError, "betas must be either both floats or both Tensors"),
        (lambda w: optim.AdamW([w], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
        (lambda w: optim.Adagrad([w], lr_decay=-1), ValueError, "Invalid lr_decay value: -1"),
        (
            lambda w: optim.Adagrad([w], initial_accumulator_value=-1),
            ValueError,
            "Invalid initial_accumulator_value value: -1",
        ),
        (lambda w: optim.RMSprop([w], alpha=-1), ValueError, "Invalid alpha value: -1"),
        (lambda w: optim.Adadelta([w], rho=2), ValueError, "Invalid rho value: 2"),
        (
            lambda w: optim.SGD([{"params": {w}}]),
            TypeError,
            "optimizer parameters need to be organized in ordered collections",
        ),
        (
            lambda w: optim.SGD([{"params": w}, {"params": w}]),
            ValueError,
            "some parameters appear in more than one parameter group",
        ),
        (
            lambda w: optim.SGD([w, ("w", w)]),
            ValueError,
            "all optimizer params should be with/without names. Some param names are missing",
        ),
        (lambda w: optim.SGD([w]).add_param_group(w), TypeError, "param_group must be a dict, but got <class"),
        (
            lambda w: optim.SGD([("w", w)]).add_param_group({"params": [weights()]}),
            ValueError,
            "cannot add param group without names to the optimizer",
        ),
        (
            lambda w: optim.Optimizer([{"params": w}], {"lr": optim.optimizer.required}),
            ValueError,
            "parameter group didn't specify a value of required optimization parameter lr",
        ),
        (lambda w: optim.Optimizer([w], {}).step(), NotImplementedError, "Optimizer has no step()"),
    ],
)  # fmt: skip
def test_what_is_refused(wrong, error, message):
    with pytest.raises(error) as raised:
        wrong(weights())
    assert message in str(raised.value)


def test_a_refused_group_changes_nothing():
    w, v = weights(), weights()
    optimizer = optim.SGD([w], lr=0.5)
    group = {"params": (v, w)}
    with pytest.raises(ValueError, match="more than one parameter group"):
        optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1
    assert group == {"params": (v, w)}


def test_duplicates_are_warned_of():
    w = weights()
    with pytest.warns(UserWarning, match="optimizer contains a parameter group with duplicate parameters"):
        optim.SGD([w, w])


# ---- groups ----


def test_groups_have_their_own_options():
    v, w = with_grad(), with_grad()
    optimizer = optim.SGD([{"params": v}, {"params": [w], "lr": 0.5}], lr=0.1)
    optimizer.step()
    assert v.tolist() == pytest.approx([0.9, -2.1])
    assert w.tolist() == pytest.approx([0.5, -2.5])


def test_named_parameters():
    optimizer = optim.SGD([("w", weights())])
    assert optimizer.param_groups[0]["param_names"] == ["w"]
    assert optimizer.state_dict()["param_groups"][0]["param_names"] == ["w"]


def test_printing():
    assert repr(optim.RMSprop([weights()], lr=0.5)) == (
        "RMSprop (\nParameter Group 0\n    alpha: 0.99\n    capturable: False\n    centered: False\n"
        "    differentiable: False\n    eps: 1e-08\n    foreach: None\n    lr: 0.5\n    maximize: False\n"
        "    momentum: 0\n    weight_decay: 0\n)"
    )


# ---- steps ----


def test_momentum_by_hand():
    w = with_grad(1.0, 2.0)
    optimizer = optim.SGD([w], lr=0.1, momentum=0.9, dampening=0.5, weight_decay=0.1)
    value, buffer = np.array([1.0, -2.0]), None
    for _ in range(3):
        grad = np.array([1.0, 2.0]) + 0.1 * value
        buffer = grad if buffer is None else 0.9 * buffer + 0.5 * grad
        value = value - 0.1 * buffer
        optimizer.step()
    assert w.tolist() == pytest.approx(value.tolist(), rel=1e-6)


@pytest.mark.parametrize("kind", ALL)
def test_every_optimizer_goes_down(kind):
    w = weights(3.0, -4.0)
    optimizer = kind([w], lr=0.1)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses == sorted(losses, reverse=True)


@pytest.mark.parametrize("kind", ALL)
def test_maximizing_is_minimizing_the_opposite(kind):
    down, up = with_grad(1.0, -2.0), with_grad(-1.0, 2.0)
    kind([down], weight_decay=0.1).step()
    kind([up], weight_decay=0.1, maximize=True).step()
    assert down.tolist() == up.tolist()


@pytest.mark.parametrize("kind", ALL)
def test_large_small_and_transposed_parameters_are_updated_alike(kind, monkeypatch):
    monkeypatch.setattr(formula_runs, "BLOCK", 100)
    rng = np.random.default_rng(0)
    values, grads = rng.standard_normal((2, 30, 20)).astype(np.float32)
    results = []
    for layout in (lambda a: a.copy(), np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2]):
        w = torch.nn.Parameter(torch.zeros(1))
        w._array = layout(values)
        w._grad = torch.zeros(1)
        w._grad._array = grads.copy()
        optimizer = kind([w], lr=0.1)
        optimizer.step()
        optimizer.step()
        results.append(w._array)
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


@pytest.mark.parametrize("kind", ALL)
def test_parameters_without_gradient_stay(kind):
    w, v = with_grad(), weights()
    optimizer = kind([w, v])
    optimizer.step()
    assert v.tolist() == [1, -2]
    assert w.tolist() != [1, -2]
    assert (w._version, v._version) == (1, 0)


@pytest.mark.parametrize("kind", ALL)
def test_small_parameters_are_updated_together_as_they_are_alone(kind, monkeypatch):
    rng = np.random.default_rng(0)
    shapes = [(3,), (), (2, 4), (0,), (5,), (30, 100)]
    values = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    results = []
    for several in (2, 100):
        monkeypatch.setattr(formula_runs, "SEVERAL", several)
        params = [torch.nn.Parameter(torch.tensor(value)) for value in values]
        params.append(torch.nn.Parameter(torch.tensor([1.0, 2.0], dtype=torch.float64)))
        optimizer = kind(params, lr=0.1, weight_decay=0.1)
        for number in range(4):
            for place, param in enumerate(params):
                # Now and then one has no gradient, so that its count of steps falls behind the others'.
                param.grad = None if place == number else torch.sin(param.detach() + number)
            optimizer.step()
        results.append([*params, *[kept for state in optimizer.state.values() for kept in state.values()]])
    assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))


def test_sets_of_parameters_that_change_do_not_pile_up():
    params = [weights() for _ in range(12)]
    optimizer = optim.Adam(params)
    for number in range(12):
        for place, param in enumerate(params):
            param.grad = None if place == number else torch.ones(2)
        optimizer.step()
    for number in range(3, 12):
        for place, param in enumerate(params):
            param.grad = torch.ones(2) if place < number else None
        optimizer.step()
    assert len(optimizer._runs._rooms) <= formula_runs.MOST_ROOMS


@pytest.mark.parametrize("kind", ALL)
def test_a_parameter_twice_in_a_group_is_updated_twice(kind):
    w, v = with_grad(), with_grad()
    with pytest.warns(UserWarning, match="duplicate parameters"):
        twice = kind([w, w], lr=0.1)
    once = kind([v], lr=0.1)
    twice.step()
    once.step()
    once.step()
    assert w.tolist() == v.tolist()
    assert w._version == 2


def test_parameters_that_share_memory_are_updated_in_turn():
    options = {"lr": 0.1, "weight_decay": 0.5}
    v, w = with_grad(), with_grad()
    a, b = torch.nn.Parameter(v.data), torch.nn.Parameter(v.data[:1])
    a.grad, b.grad = torch.ones(2), torch.ones(1)
    optim.RMSprop([with_grad(), a, b, with_grad(), with_grad()], **options).step()
    first = torch.nn.Parameter(w.data[:1])
    first.grad = torch.ones(1)
    optim.RMSprop([w], **options).step()
    optim.RMSprop([first], **options).step()
    assert a.tolist() == w.tolist()


@pytest.mark.parametrize("kind", ALL)
def test_a_step_that_fails_changes_nothing(kind):
    v, w = with_grad(), with_grad()
    optimizer = kind([{"params": [v]}, {"params": [w], "lr": 0.5}], weight_decay=0.1)

    def fails(error, match):
        before = repr((v, w, optimizer.state_dict()))
        with pytest.raises(error, match=match):
            optimizer.step()
        assert repr((v, w, optimizer.state_dict())) == before
        assert v._version == w._version == version

    version = 0
    optimizer.param_groups[1]["lr"] = "fast"
    fails((TypeError, ValueError), None)
    optimizer.param_groups[1]["lr"] = 0.5
    optimizer.step()
    version = 1
    w._array = np.ones(3, np.float32)
    fails(
        RuntimeError, r"The size of tensor a \(3\) must match the size of tensor b \(2\) at non-singleton dimension 0"
    )
    w._grad = torch.ones(3)
    if optimizer.state:
        fails(RuntimeError, r"of a parameter has shape \[2\], but the parameter itself has \[3\]")
        optimizer.state.pop(w)
    optimizer.step()
    assert w._version == 2


def test_counts_of_steps_that_are_plain_numbers_are_taken():
    w, v = with_grad(), with_grad()
    optimizer, other = optim.Adam([w]), optim.Adam([v])
    optimizer.step()
    state = copy.deepcopy(optimizer.state_dict())
    state["state"][0]["step"] = 1
    other.load_state_dict(state)
    v.data = w.data.clone()
    optimizer.step()
    other.step()
    assert v.tolist() == w.tolist()
    assert repr(other.state[v]["step"]) == "tensor(2.)"


@pytest.mark.parametrize("kind", ALL)
def test_copies_go_their_own_way(kind):
    params = [with_grad() for _ in range(4)]
    optimizer = kind(params, lr=0.1)
    optimizer.step()
    made = copy.deepcopy(optimizer)
    before = [param.tolist() for param in params]
    made.step()
    assert [param.tolist() for param in params] == before
    optimizer.step()
    assert [param.tolist() for param in made.param_groups[0]["params"]] == [param.tolist() for param in params]


def test_a_step_after_the_forward_is_noticed():
    w = with_grad()
    result = (w * w).sum()
    optim.SGD([w], lr=0.1).step()
    with pytest.raises(RuntimeError, match="has been modified by an inplace operation"):
        result.backward()


def test_a_parameter_without_dimensions():
    w = torch.tensor(2.0, requires_grad=True)
    w.grad = torch.tensor(1.0)
    for kind in ALL:
        kind([w], lr=0.01).step()
    assert w.item() < 2


def test_a_learning_rate_in_a_tensor():
    w = with_grad()
    lr = torch.tensor(0.5)
    optimizer = optim.SGD([w], lr=lr)
    optimizer.step()
    assert w.tolist() == [0.5, -2.5]
    lr.fill_(0)
    optimizer.step()
    assert w.tolist() == [0.5, -2.5]


def test_closures_compute_with_a_graph():
    w = weights()
    optimizer = optim.SGD([w], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 5
    assert w.tolist() == [0.5, -1]


def test_an_optimizer_of_ones_own():
    class Signs(optim.Optimizer):
        def __init__(self, params, lr=optim.optimizer.required):
            super().__init__(params, {"lr": lr})

        @torch.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    p.add_(p.grad.sign() * -group["lr"])

    w = with_grad(3.0, -4.0)
    Signs([w], lr=0.5).step()
    assert w.tolist() == [0.5, -1.5]
    with pytest.raises(ValueError, match="required optimization parameter lr"):
        Signs([w])


def test_zero_grad():
    w = with_grad()
    optimizer = optim.SGD([w])
    optimizer.zero_grad(set_to_none=False)
    assert w.grad.tolist() == [0, 0]
    optimizer.zero_grad()
    assert w.grad is None


def test_zero_grad_left_zeros_before_version_2(monkeypatch):
    from chainrule import versions

    monkeypatch.setattr(versions, "_emulated", (1, 13))
    w = with_grad()
    optim.SGD([w]).zero_grad()
    assert w.grad.tolist() == [0, 0]


# ---- hooks ----


def test_step_hooks():
    w = with_grad()
    optimizer = optim.SGD([w], lr=1.0)
    log = []
    optimizer.register_step_pre_hook(lambda opt, args, kwargs: log.append((w.tolist(), args)))
    handle = optimizer.register_step_post_hook(lambda opt, args, kwargs: log.append(w.tolist()))
    optimizer.step()
    assert log == [([1, -2], ()), [0, -3]]
    handle.remove()
    optimizer.register_step_pre_hook(lambda *args: 3)
    with pytest.raises(RuntimeError, match=r"must return None or a tuple of \(new_args, new_kwargs\), but got 3."):
        optimizer.step()
    assert w.tolist() == [0, -3]


def test_state_hooks():
    optimizer = optim.SGD([with_grad()], momentum=0.9)
    log = []
    optimizer.register_state_dict_pre_hook(lambda opt: log.append("before"))
    optimizer.register_state_dict_post_hook(lambda opt, state: {**state, "more": 1})
    optimizer.register_load_state_dict_pre_hook(lambda opt, state: log.append(state.pop("more")))
    optimizer.register_load_state_dict_post_hook(lambda opt: log.append("loaded"))
    optimizer.load_state_dict(optimizer.state_dict())
    assert log == ["before", 1, "loaded"]


# ---- states ----


def test_the_state_has_pytorchs_form():
    w, v = with_grad(), weights()
    optimizer = optim.Adam([w, v])
    optimizer.step()
    state = optimizer.state_dict()
    assert list(state) == ["state", "param_groups"]
    assert list(state["state"]) == [0]
    assert list(state["state"][0]) == ["step", "exp_avg", "exp_avg_sq"]
    assert repr(state["state"][0]["step"]) == "tensor(1.)"
    assert list(state["param_groups"][0]) == [
        "lr", "betas", "eps", "weight_decay", "amsgrad", "maximize", "foreach", "capturable", "differentiable", "fused",
        "decoupled_weight_decay", "params",
    ]  # fmt: skip
    assert state["param_groups"][0]["params"] == [0, 1]


@pytest.mark.parametrize("kind", ALL)
def test_training_goes_on_after_loading(kind):
    options = {"lr": 0.1, "weight_decay": 0.1, **({"momentum": 0.9} if kind in {optim.SGD, optim.RMSprop} else {})}
    w = with_grad()
    optimizer = kind([w], **options)
    optimizer.step()
    made = with_grad()
    made.data = w.data.clone()
    other = kind([made], lr=7.0)
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    optimizer.step()
    other.step()
    assert made.tolist() == w.tolist()
    twin = pickle.loads(pickle.dumps(other))
    twin.step()
    assert repr(twin) == repr(other)


def test_loaded_state_takes_the_parameters_type():
    w = with_grad()
    optimizer = optim.Adam([w])
    optimizer.step()
    double = optim.Adam([torch.ones(2, dtype=torch.float64, requires_grad=True)])
    double.load_state_dict(optimizer.state_dict())
    state = double.state[double.param_groups[0]["params"][0]]
    assert state["exp_avg"].dtype is torch.float64
    assert state["step"].dtype is torch.float32


def test_wrong_states_change_nothing():
    w = with_grad()
    optimizer = optim.SGD([w], lr=0.5, momentum=0.9)
    optimizer.step()
    before = repr(optimizer.state_dict())
    with pytest.raises(ValueError, match="loaded state dict has a different number of parameter groups"):
        optimizer.load_state_dict({"state": {}, "param_groups": []})
    with pytest.raises(ValueError, match="contains a parameter group that doesn't match the size of optimizer's group"):
        optimizer.load_state_dict({"state": {}, "param_groups": [{"params": [0, 1], "lr": 3}]})
    with pytest.raises(KeyError, match="param_groups"):
        optimizer.load_state_dict({})
    assert repr(optimizer.state_dict()) == before
