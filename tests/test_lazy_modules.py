"""Lazy modules: parameters without shapes, what may be done with them, and what a failure leaves."""

import copy
import io

import pytest

import chainrule as torch
from chainrule import nn

REFUSED = "Attempted to use an uninitialized parameter in"


@pytest.mark.parametrize(
    "use",
    [
        lambda p: p + 1, lambda p: 1 / p, lambda p: p @ p, lambda p: p[0], lambda p: p.sum(), lambda p: torch.sum(p),
        lambda p: torch.add(torch.ones(2), p), lambda p: torch.mul(torch.ones(2), p), lambda p: p.detach(),
        lambda p: p.exp(),
        lambda p: p.clone(), lambda p: p.zero_(), lambda p: p.numel(), lambda p: p.dim(), lambda p: bool(p),
        lambda p: p == p,
        lambda p: p.reshape(-1), lambda p: p.tolist(), lambda p: p.item(), lambda p: p.backward(), lambda p: f"{p}",
        lambda p: torch.cat([p, p]), lambda p: nn.init.uniform_(p), lambda p: nn.functional.linear(torch.ones(1, 2), p),
        lambda p: nn.utils.parameters_to_vector([p]), lambda p: p.copy_(torch.ones(2)),
    ],
)  # fmt: skip
def test_values_that_are_not_there_are_refused(use):
    with pytest.raises(ValueError, match=REFUSED):
        use(nn.UninitializedParameter())


def test_shapes_that_are_not_there_are_refused():
    with pytest.raises(RuntimeError, match="Can't access the shape of an uninitialized parameter or buffer"):
        _ = nn.UninitializedBuffer().shape
    with pytest.raises(RuntimeError, match="Can't share memory"):
        nn.UninitializedParameter().share_memory_()


def test_a_load_that_fails_leaves_parameters_without_shapes():
    net = nn.Sequential(nn.LazyLinear(2), nn.LazyLinear(3))
    state = {"0.weight": torch.ones(2, 5), "0.bias": torch.ones(2), "1.weight": torch.ones(3, 2)}
    with pytest.raises(RuntimeError, match=r"Missing key\(s\) in state_dict: \"1.bias\""):
        net.load_state_dict(state)
    assert repr(net[0].weight) == "<UninitializedParameter>"
    assert net(torch.ones(1, 4)).shape == (1, 3)


def test_a_file_of_a_network_without_shapes():
    file = io.BytesIO()
    torch.save(nn.Sequential(nn.LazyLinear(2), nn.LazyBatchNorm1d()).state_dict(), file)
    file.seek(0)
    net = nn.Sequential(nn.LazyLinear(2), nn.LazyBatchNorm1d())
    assert str(net.load_state_dict(torch.load(file))) == "<All keys matched successfully>"
    assert repr(net[1].running_mean) == "<UninitializedBuffer>"


def test_copies_see_their_own_sizes():
    net = nn.LazyLinear(2)
    other = copy.deepcopy(net)
    net(torch.ones(1, 3))
    other(torch.ones(1, 4))
    assert (net.in_features, other.in_features) == (3, 4)


def test_the_weights_are_those_of_the_module_it_becomes():
    torch.manual_seed(1)
    lazy = nn.LazyConv2d(4, 3)
    lazy(torch.ones(1, 2, 5, 5))
    torch.manual_seed(1)
    assert torch.equal(lazy.weight, nn.Conv2d(2, 4, 3).weight)


def test_an_optimizer_made_before_the_first_call_trains():
    net = nn.Sequential(nn.LazyLinear(4), nn.Tanh(), nn.LazyLinear(1))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    x, losses = torch.linspace(-1, 1, 8).unsqueeze(1), []
    for _ in range(30):
        optimizer.zero_grad()
        loss = (net(x) - x.square()).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 4


def test_hooks_see_what_modules_get():
    seen = []
    every = nn.modules.module
    with (
        every.register_module_parameter_registration_hook(lambda module, name, parameter: seen.append(name)),
        every.register_module_buffer_registration_hook(lambda module, name, buffer: seen.append(name)),
        every.register_module_module_registration_hook(
            lambda module, name, child: nn.Identity() if name == "1" else None
        ),
    ):
        net = nn.Sequential(nn.BatchNorm1d(2), nn.ReLU())
    assert seen == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    assert isinstance(net[1], nn.Identity)
    nn.Linear(1, 1)
    assert len(seen) == 5


def test_several_devices_are_refused_clearly():
    for refused in (nn.parallel.replicate, nn.parallel.scatter, nn.parallel.gather, nn.parallel.parallel_apply):
        with pytest.raises(RuntimeError, match="works on several GPUs, and there are none"):
            refused(None, None)


def test_a_gradient_of_the_wrong_size_is_refused():
    with pytest.raises(RuntimeError, match=r"tensor.size\[2\] == 3 but got: dimension 4 and tensor.size\[2\] = 4"):
        nn.grad.conv2d_input((1, 1, 5, 5), torch.ones(1, 1, 3, 3), torch.ones(1, 1, 4, 4))
    with pytest.raises(RuntimeError, match="Expected a tensor of dimension 4 but got one of dimension 3"):
        nn.grad.conv2d_weight(torch.ones(1, 1, 5, 5), (1, 1, 3, 3), torch.ones(1, 4, 4))


def test_derivatives_of_cross_map_normalization():
    x = torch.randn(1, 6, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(nn.CrossMapLRN2d(3, 0.5), (x,))


def test_adaptive_softmax_gives_probabilities():
    torch.manual_seed(0)
    softmax = nn.AdaptiveLogSoftmaxWithLoss(16, 30, [5, 12]).double()
    x = torch.randn(7, 16, dtype=torch.float64)
    target = torch.tensor([0, 4, 5, 11, 12, 29, 1])
    logs = softmax.log_prob(x)
    assert torch.allclose(logs.exp().sum(1), torch.ones(7, dtype=torch.float64))
    output, loss = softmax(x, target)
    assert torch.allclose(output, logs.gather(1, target.unsqueeze(1)).squeeze(1))
    assert loss.item() == pytest.approx(-output.mean().item())
    assert torch.equal(softmax.predict(x), logs.argmax(1))
