"""nn.utils: gradients clipped, parameters as one vector."""

import pytest

import chainrule as torch
from chainrule import nn


def ones(*shape):
    return torch.ones(*shape)


def parameter(*shape):
    return nn.Parameter(ones(*shape))


def test_clipping_refuses_infinite_norms_and_changes_nothing():
    p, q = parameter(2), parameter(1)
    p.grad, q.grad = ones(2), torch.tensor([float("inf")])
    with pytest.raises(
        RuntimeError, match=r"The total norm of order 2.0 for gradients from `parameters` is non-finite"
    ):
        nn.utils.clip_grad_norm_([p, q], 1.0, error_if_nonfinite=True)
    assert p.grad.tolist() == [1, 1]


@pytest.mark.parametrize("norm_type", [2.0, 1.0, 3.0, float("inf")])
def test_infinities_and_nan_are_clipped_without_a_warning(norm_type):
    p, q = parameter(2), parameter(1)
    p.grad, q.grad = torch.tensor([1.0, float("inf")]), torch.tensor([3.0])
    assert nn.utils.clip_grad_norm_([p, q], 1.0, norm_type).item() == float("inf")
    assert repr((p.grad, q.grad)) == "(tensor([0., nan]), tensor([0.]))"
    assert repr(nn.utils.clip_grad_norm_([p, q], 1.0, norm_type)) == "tensor(nan)"
    assert p.grad.isnan().all()


def test_a_vector_of_parameters_and_back():
    net = nn.Linear(2, 1)
    vector = nn.utils.parameters_to_vector(net.parameters())
    assert vector.requires_grad
    nn.utils.vector_to_parameters(torch.tensor([1.0, 2.0, 3.0]), net.parameters())
    assert net.weight.tolist() == [[1, 2]]
    assert net.bias.tolist() == [3]
    with pytest.raises(TypeError, match=r"expected torch.Tensor, but got: int"):
        nn.utils.vector_to_parameters(3, net.parameters())
