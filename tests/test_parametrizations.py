"""Parametrizations and norms of weights: what holds whatever PyTorch does, and what a failure leaves."""

import copy

import pytest

import chainrule as torch
from chainrule import nn
from chainrule.nn.utils import parametrizations, parametrize


class Doubled(nn.Module):
    def forward(self, x):
        return x * 2

    def right_inverse(self, x):
        return x / 2


class Fails(nn.Module):
    def forward(self, x):
        return x.double()


def test_a_registration_that_fails_changes_nothing():
    layer = nn.Linear(3, 3)
    weight, values = layer.weight, layer.weight.detach().clone()
    with pytest.raises(ValueError, match=r"may not change the dtype of the tensor, unless `unsafe` flag is enabled\."):
        parametrize.register_parametrization(layer, "weight", Fails())
    assert type(layer) is nn.Linear
    assert layer.weight is weight
    assert torch.equal(layer.weight, values)
    parametrize.register_parametrization(layer, "weight", Doubled())
    with pytest.raises(ValueError, match=r"unless the `unsafe` flag is enabled"):
        parametrize.register_parametrization(layer, "weight", Fails())
    assert len(layer.parametrizations.weight) == 1


def test_the_parameter_stays_the_object_that_an_optimizer_holds():
    layer = nn.Linear(2, 1)
    weight = layer.weight
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    parametrize.register_parametrization(layer, "weight", Doubled())
    before = layer.weight.detach().clone()
    layer(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    assert torch.allclose(layer.weight, before - 0.4)
    parametrize.remove_parametrizations(layer, "weight")
    assert layer.weight is weight
    assert type(layer) is nn.Linear


def test_assigning_sets_what_the_tensor_is_computed_from():
    layer = parametrize.register_parametrization(nn.Linear(2, 1), "weight", Doubled())
    layer.weight = torch.tensor([[2.0, 4.0]])
    assert layer.parametrizations.weight.original.tolist() == [[1, 2]]
    assert layer.weight.tolist() == [[2, 4]]


def test_several_originals_are_all_looked_at_before_one_changes():
    class Outer(nn.Module):
        def forward(self, x, y):
            return x[:, None] * y

        def right_inverse(self, z):
            return z[:, 0].clone(), z[0] if z[0, 0] == 0 else z[0].double()

    layer = nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight.zero_()
    parametrize.register_parametrization(layer, "weight", Outer())
    with pytest.raises(ValueError, match="Tensor 1 returned by `right_inverse` has dtype"):
        layer.weight = torch.ones(2, 2)
    assert layer.weight.tolist() == [[0, 0], [0, 0]]


def test_what_is_cached_is_forgotten_outside():
    layer = parametrize.register_parametrization(nn.Linear(2, 1), "weight", Doubled())
    with parametrize.cached():
        first = layer.weight
        with parametrize.cached():
            assert layer.weight is first
        assert layer.weight is first
    assert layer.weight is not first


@pytest.mark.parametrize("orthogonal_map", ["matrix_exp", "cayley", "householder"])
@pytest.mark.parametrize("sizes", [(3, 3), (5, 2), (2, 5)])
def test_an_orthogonal_weight_stays_orthogonal_in_training(orthogonal_map, sizes):
    torch.manual_seed(0)
    layer = parametrizations.orthogonal(nn.Linear(*sizes), orthogonal_map=orthogonal_map)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.02)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = (layer(torch.ones(1, sizes[0])) - 0.3).square().sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    weight = layer.weight.detach()
    gram = weight.T @ weight if sizes[1] >= sizes[0] else weight @ weight.T
    assert torch.allclose(gram, torch.eye(min(sizes)), atol=1e-5)
    assert losses[-1] < losses[0]


def test_spectral_norm_becomes_one():
    torch.manual_seed(0)
    layer = parametrizations.spectral_norm(nn.Linear(20, 40), n_power_iterations=5)
    for _ in range(30):
        weight = layer.weight
    assert torch.linalg.matrix_norm(weight, 2).item() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("norm", [parametrizations.weight_norm, parametrizations.spectral_norm, nn.utils.spectral_norm])
def test_second_derivatives_go_through(norm):
    torch.manual_seed(0)
    layer = norm(nn.Linear(3, 2).double()).eval()
    parameters = [p for p in layer.parameters() if p.ndim > 1]

    def loss(*values):
        return torch.func.functional_call(layer, dict(zip(names, values, strict=True)), (x,)).square().sum()

    names = [name for name, p in layer.named_parameters() if p.ndim > 1]
    x = torch.randn(4, 3, dtype=torch.float64)
    inputs = [p.detach().clone().requires_grad_() for p in parameters]
    assert torch.autograd.gradcheck(loss, inputs)
    assert torch.autograd.gradgradcheck(loss, inputs)


def test_a_copy_has_parametrizations_of_its_own():
    layer = parametrizations.weight_norm(nn.Linear(3, 2))
    other = copy.deepcopy(layer)
    with torch.no_grad():
        other.parametrizations.weight.original0.mul_(2)
    assert torch.allclose(other.weight, layer.weight * 2)


def test_fused_layers_do_what_both_did():
    torch.manual_seed(0)
    conv, norm = nn.ConvTranspose2d(2, 3, 2), nn.BatchNorm2d(3)
    images = torch.randn(4, 2, 5, 5)
    norm(conv(images))
    fused = nn.utils.fuse_conv_bn_eval(conv.eval(), norm.eval(), transpose=True)
    assert torch.allclose(fused(images), norm(conv(images)), atol=1e-5)
    with pytest.raises(AssertionError, match=r"To fuse, linear.out_features == bn.num_features"):
        nn.utils.fuse_linear_bn_eval(nn.Linear(2, 3).eval(), nn.BatchNorm1d(2).eval())


def test_weights_in_another_layout_give_the_same():
    torch.manual_seed(0)
    net, images = nn.Conv2d(3, 4, 2), torch.randn(1, 3, 5, 5)
    before = net(images)
    nn.utils.convert_conv2d_weight_memory_format(net, torch.channels_last)
    assert net.weight.stride() == (12, 1, 6, 3)
    assert torch.allclose(net(images), before, atol=1e-6)
