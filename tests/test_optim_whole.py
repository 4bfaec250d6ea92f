"""LBFGS, Adafactor, Muon, Rprop and SparseAdam: what they do, keep and refuse."""

import pickle

import numpy as np
import pytest

import chainrule as torch
from chainrule import optim
from chainrule.optim.line_search import Trial, strong_wolfe


def rosenbrock(w):
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2


def search(w, calls=20, **options):
    optimizer = optim.LBFGS([w], line_search_fn="strong_wolfe", **options)

    def closure():
        optimizer.zero_grad()
        loss = rosenbrock(w)
        loss.backward()
        return loss

    for _ in range(calls):
        optimizer.step(closure)
    return optimizer, closure


def test_lbfgs_finds_the_end_of_a_valley():
    w = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
    search(w)
    np.testing.assert_allclose(w.detach().numpy(), [1, 1], atol=1e-4)


def test_lbfgs_goes_on_from_a_saved_state():
    w = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer, closure = search(w, calls=3, max_iter=3)
    saved = pickle.loads(pickle.dumps(optimizer.state_dict()))
    v = w.detach().clone().requires_grad_()
    again, other_closure = search(v, calls=0, max_iter=3)
    again.load_state_dict(saved)
    for _ in range(3):
        assert again.step(other_closure).item() == optimizer.step(closure).item()
    assert v.tolist() == w.tolist()


def test_lbfgs_parameters_without_gradient_stay():
    w, v = torch.ones(2, requires_grad=True), torch.ones(3, requires_grad=True)
    optimizer = optim.LBFGS([w, v])

    def closure():
        optimizer.zero_grad()
        loss = (w**2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert v.tolist() == [1.0, 1.0, 1.0]
    np.testing.assert_allclose(w.detach().numpy(), 0, atol=1e-6)


def test_lbfgs_stops_where_it_is_flat():
    w = torch.zeros(2, requires_grad=True)
    optimizer = optim.LBFGS([w])

    def closure():
        optimizer.zero_grad()
        loss = (w**2).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 0.0
    assert optimizer.state_dict()["state"][0] == {"func_evals": 1, "n_iter": 0}


def test_lbfgs_restores_parameters_where_the_closure_fails():
    w = torch.tensor([3.0], requires_grad=True)
    optimizer = optim.LBFGS([w], line_search_fn="strong_wolfe")
    calls = []

    def closure():
        calls.append(w.item())
        if len(calls) == 3:
            raise KeyboardInterrupt
        optimizer.zero_grad()
        loss = (w**4).sum()
        loss.backward()
        return loss

    with pytest.raises(KeyboardInterrupt):
        optimizer.step(closure)
    assert w.item() in calls[:2]


@pytest.mark.parametrize("first", [1e-4, 0.1, 1.0, 30.0])
@pytest.mark.parametrize("function", [lambda x: (x - 2) ** 2, lambda x: np.cosh(x - 1), lambda x: (x - 1) ** 4 - x])
def test_a_line_search_meets_the_wolfe_conditions(function, first):
    def evaluate(step):
        slope = (function(step + 1e-6) - function(step - 1e-6)) / 2e-6
        return Trial(step, function(step), np.array([slope]), slope)

    start = evaluate(0.0)
    found, evaluations = strong_wolfe(evaluate, start, first, 1.0, 1e-9)
    assert found.loss <= start.loss + 1e-4 * found.step * start.slope
    assert abs(found.slope) <= 0.9 * abs(start.slope)
    assert evaluations <= 26


def test_adafactor_keeps_rows_and_columns_only():
    w, b = torch.ones(4, 6, requires_grad=True), torch.ones(6, requires_grad=True)
    w.grad, b.grad = torch.ones(4, 6), torch.ones(6)
    optimizer = optim.Adafactor([w, b])
    optimizer.step()
    state = optimizer.state_dict()["state"]
    assert [tuple(value.shape) for value in state[0].values()] == [(), (4, 1), (1, 6)]
    assert [tuple(value.shape) for value in state[1].values()] == [(), (6,)]
    assert (w < 1).all()


def test_muon_brings_singular_values_near_one():
    torch.manual_seed(0)
    w = torch.zeros(20, 8, requires_grad=True)
    w.grad = torch.randn(20, 8)
    optim.Muon([w], lr=1.0, weight_decay=0.0).step()
    values = torch.linalg.svdvals(w.detach()) / (20 / 8) ** 0.5
    assert (values > 0.5).all()
    assert (values < 1.5).all()


def test_a_step_that_fails_changes_nothing():
    good, bad = torch.ones(2, 2, requires_grad=True), torch.ones(2, 2, dtype=torch.complex64, requires_grad=True)
    good.grad, bad.grad = torch.ones(2, 2), torch.ones(2, 2, dtype=torch.complex64)
    for kind in (optim.Muon, optim.Adafactor):
        optimizer = kind([good, bad])
        with pytest.raises(RuntimeError, match="does not support complex parameters"):
            optimizer.step()
        assert good.tolist() == [[1.0, 1.0], [1.0, 1.0]]
        assert not optimizer.state


def test_rprop_goes_farther_while_the_sign_stays():
    w = torch.tensor([1.0, 1.0], requires_grad=True)
    optimizer = optim.Rprop([w], lr=0.1)
    places = []
    for grad in ([1.0, 1.0], [1.0, -1.0], [1.0, -1.0]):
        w.grad = torch.tensor(grad)
        optimizer.step()
        places.append(w.tolist())
    # The second one turned: that step is left out, and the next is half as long.
    assert places == [
        pytest.approx([0.9, 0.9]),
        pytest.approx([0.78, 0.9]),
        pytest.approx([0.636, 0.95]),
    ]


def test_sparse_adam_says_that_gradients_are_dense():
    w = torch.ones(2, requires_grad=True)
    optimizer = optim.SparseAdam([w])
    assert optimizer.step() is None
    w.grad = torch.ones(2)
    with pytest.raises(RuntimeError, match="SparseAdam does not support dense gradients, please consider Adam instead"):
        optimizer.step()


def test_asgd_keeps_the_mean():
    w = torch.tensor([2.0], requires_grad=True)
    optimizer = optim.ASGD([w], lr=0.1, lambd=0, t0=1)
    places = []
    for _ in range(4):
        w.grad = w.detach().clone()
        optimizer.step()
        places.append(w.item())
    assert optimizer.state_dict()["state"][0]["ax"].item() == pytest.approx(sum(places[2:]) / 2)


def test_steps_on_other_parameters_and_another_state():
    w, other = torch.ones(2, requires_grad=True), torch.zeros(2, requires_grad=True)
    w.grad, other.grad = torch.ones(2), torch.ones(2)
    optimizer = optim.Adam([w], lr=0.1)
    optimizer.step()
    before = w.tolist()
    state = {"state": {0: {"step": torch.tensor(4.0), "exp_avg": torch.ones(2), "exp_avg_sq": torch.ones(2)}}}
    state["param_groups"] = [{"params": [0], "lr": 0.5}]
    with optim.swap_in_optimizer_params_and_state(optimizer, {"other": other}, state):
        optimizer.step()
    assert w.tolist() == before
    assert other.tolist() != [0.0, 0.0]
    assert state["state"][0]["step"].item() == 5
    assert optimizer.state[w]["step"].item() == 1
    with (
        pytest.raises(ValueError, match="2 parameters"),
        optim.swap_in_optimizer_params_and_state(
            optimizer, {"other": other}, {"state": {}, "param_groups": [{"params": [0, 1]}]}
        ),
    ):
        pass
    assert optimizer.param_groups[0]["params"] == [w]


def test_hooks_of_all_optimizers():
    calls = []
    handles = [
        optim.optimizer.register_optimizer_step_pre_hook(lambda optimizer, *_: calls.append("before all")),
        optim.optimizer.register_optimizer_step_post_hook(lambda optimizer, *_: calls.append("after all")),
    ]
    w = torch.ones(2, requires_grad=True)
    w.grad = torch.ones(2)
    optimizer = optim.SGD([w])
    optimizer.register_step_pre_hook(lambda *_: calls.append("before"))
    optimizer.register_step_post_hook(lambda *_: calls.append("after"))
    optimizer.step()
    for handle in handles:
        handle.remove()
    optimizer.step()
    assert calls == ["before all", "before", "after", "after all", "before", "after"]


def test_adagrad_says_that_memory_is_not_shared():
    with pytest.raises(RuntimeError, match="memory shared with other processes is not supported"):
        optim.Adagrad([torch.ones(2, requires_grad=True)]).share_memory()
