"""Optimizers with differentiable=True: gradients flow through their steps."""

import numpy as np
import pytest

import chainrule as torch
from chainrule import optim

CASES = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9, "dampening": 0.2, "weight_decay": 0.1}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("SGD", {"maximize": True}),
    ("Adam", {"weight_decay": 0.1}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {"weight_decay": 0.1}),
    ("Adagrad", {"lr_decay": 0.1, "weight_decay": 0.1}),
    ("RMSprop", {"momentum": 0.9, "weight_decay": 0.1}),
    ("RMSprop", {"centered": True}),
    ("Adadelta", {"weight_decay": 0.1}),
    ("Adamax", {"weight_decay": 0.1}),
    ("NAdam", {"weight_decay": 0.1}),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {"weight_decay": 0.1}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "betas": (0.9, 0.5)}),
    ("Rprop", {}),
    ("ASGD", {"t0": 2, "lambd": 0.1, "weight_decay": 0.1}),
]


def trained(start, scale, name, options, steps=4, lr=0.05):
    param = start.clone()
    optimizer = getattr(optim, name)([param], lr=lr, differentiable=True, **options)
    for step in range(steps):
        value = param.clone()
        loss = ((value * scale - step) ** 2 + value**4).sum()
        (param.grad,) = torch.autograd.grad(loss, value, create_graph=True)
        optimizer.step()
    return param


def ends():
    start = torch.tensor([0.7, -0.4, 1.3], dtype=torch.float64, requires_grad=True)
    return start, torch.tensor(1.5, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_gradients_through_four_steps(name, options):
    start, scale = ends()
    assert torch.autograd.gradcheck(lambda start, scale: trained(start, scale, name, options), (start, scale))


@pytest.mark.parametrize(("name", "options"), CASES)
def test_recorded_steps_have_the_numbers_of_others(name, options):
    start, scale = ends()
    recorded = trained(start, scale, name, options)
    param = start.detach().clone().requires_grad_()
    optimizer = getattr(optim, name)([param], lr=0.05, **options)
    for step in range(4):
        optimizer.zero_grad()
        ((param * scale.detach() - step) ** 2 + param**4).sum().backward()
        optimizer.step()
    np.testing.assert_allclose(recorded.detach().numpy(), param.detach().numpy(), rtol=1e-12)
    assert recorded.requires_grad
    assert not recorded.is_leaf


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "Adagrad", "RMSprop", "Adadelta", "Adamax", "NAdam", "RAdam"])
def test_gradients_of_the_learning_rate_and_of_weight_decay(name):
    start = ends()[0].detach()
    lr = torch.tensor(0.05, dtype=torch.float64, requires_grad=True)
    decay = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)

    def end(lr, decay):
        param = start.clone()
        optimizer = getattr(optim, name)([param], lr=lr, weight_decay=decay, differentiable=True)
        for step in range(3):
            param.grad = torch.tensor([1.0, -0.5, 0.3 * step], dtype=torch.float64)
            optimizer.step()
        return param

    assert torch.autograd.gradcheck(end, (lr, decay))


def test_gradients_of_betas():
    betas = [torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in (0.8, 0.95)]

    def end(first, second):
        param = torch.ones(3, dtype=torch.float64)
        optimizer = optim.Adam([param], lr=0.1, betas=(first, second), differentiable=True)
        for step in range(3):
            param.grad = torch.tensor([1.0, -0.5, 0.3 * step + 0.1], dtype=torch.float64)
            optimizer.step()
        return param

    assert torch.autograd.gradcheck(end, tuple(betas))


def test_nadam_says_that_its_betas_have_no_gradients():
    param = torch.ones(3)
    beta = torch.tensor(0.9, requires_grad=True)
    optimizer = optim.NAdam([param], betas=(beta, 0.999), differentiable=True)
    param.grad = torch.ones(3)
    with pytest.raises(TypeError, match="gives no gradients for its betas"):
        optimizer.step()


def test_complex_parameters():
    start = torch.tensor([0.7 - 0.2j, -0.4 + 1j], dtype=torch.complex128, requires_grad=True)

    def end(start):
        param = start.clone()
        optimizer = optim.Adam([param], lr=0.05, differentiable=True)
        for _ in range(3):
            value = param.clone()
            (param.grad,) = torch.autograd.grad((value.abs() ** 4).sum(), value, create_graph=True)
            optimizer.step()
        return torch.view_as_real(param)

    assert torch.autograd.gradcheck(end, (start,))


def test_a_learned_learning_rate_gets_better():
    lr = torch.tensor(0.01, requires_grad=True)
    outer = optim.Adam([lr], lr=0.02)
    losses = []
    for _ in range(20):
        param = torch.tensor([3.0, -2.0], requires_grad=True).clone()
        inner = optim.SGD([param], lr=lr, differentiable=True)
        for _ in range(3):
            param.grad = 2 * param.clone()
            inner.step()
        loss = (param**2).sum()
        outer.zero_grad()
        loss.backward()
        outer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]


def test_a_leaf_is_refused_and_stays():
    w = torch.ones(2, requires_grad=True)
    w.grad = torch.ones(2)
    optimizer = optim.Adam([w], differentiable=True)
    with pytest.raises(
        RuntimeError, match="With differentiable=True the optimizer takes what was computed from leaves"
    ):
        optimizer.step()
    assert w.tolist() == [1.0, 1.0]
    assert not optimizer.state
