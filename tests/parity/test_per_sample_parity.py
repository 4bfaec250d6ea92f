"""Per-sample gradients against torch's way to them, `vmap(grad(...))` of the model as a function of its parameters."""

import numpy as np
import pytest

import chainrule
from chainrule.func import per_sample_gradients
from per_sample_models import MODELS, losses, made

torch = pytest.importorskip("torch")

# torch's vmap has no rule for these, or for what they are made of.
WITHOUT_RULE = {"lstm", "gru", "gru, last state", "rnn", "weight used in every step", "picked by masks"}


def by_torch(name, values):
    """The gradients by torch, of a model with these values of the parameters."""
    model, x = made(torch, name)
    parameters = {n: torch.tensor(value) for n, value in values.items()}
    buffers = dict(model.named_buffers())

    def loss(parameters, sample):
        return losses(torch.func.functional_call(model, (parameters, buffers), (sample[None],))).sum()

    found = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(parameters, x)
    return {n: g.numpy() for n, g in found.items()}


@pytest.mark.filterwarnings("ignore:There is a performance drop", "ignore:Using padding='same'")  # torch says so
@pytest.mark.parametrize("name", [name for name in MODELS if name not in WITHOUT_RULE])
def test_gradients_are_those_of_vmap_of_grad(name):
    model, x = made(chainrule, name)
    expected = by_torch(name, {n: p.detach().numpy() for n, p in model.named_parameters()})
    with per_sample_gradients(model):
        losses(model(x)).mean().backward()
    for n, p in model.named_parameters():
        np.testing.assert_allclose(p.grad_sample, expected[n], atol=1e-9, err_msg=n)
