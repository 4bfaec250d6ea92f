"""nn.init: initial weights follow the seed, and what cannot be filled is refused."""

import numpy as np
import pytest

import chainrule as torch
from chainrule import nn


def ones(*shape):
    return torch.ones(*shape)


def test_initial_weights_follow_the_seed():
    torch.manual_seed(0)
    first = nn.Linear(20, 30)
    torch.manual_seed(0)
    assert nn.Linear(20, 30).weight.tolist() == first.weight.tolist()
    assert first.weight.abs().max().item() <= 1 / np.sqrt(20)
    assert nn.Linear(2, 1, dtype=torch.float64).bias.dtype is torch.float64


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: nn.init.eye_(ones(2)), ValueError, "Only tensors with 2 dimensions are supported"),
        (lambda: nn.init.dirac_(ones(2, 2)), ValueError, "Only tensors with 3, 4, or 5 dimensions are supported"),
        (lambda: nn.init.dirac_(ones(3, 2, 2), 2), ValueError, "dim 0 must be divisible by groups"),
        (
            lambda: nn.init.xavier_normal_(ones(2)),
            ValueError,
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions",
        ),
        (
            lambda: nn.init.kaiming_normal_(ones(2, 2), mode="x"),
            ValueError,
            "Mode x not supported, please use one of ['fan_in', 'fan_out']",
        ),
        (lambda: nn.init.calculate_gain("x"), ValueError, "Unsupported nonlinearity x"),
        (lambda: nn.init.calculate_gain("leaky_relu", True), ValueError, "negative_slope True not a valid number"),
        (lambda: nn.init.orthogonal_(ones(2)), ValueError, "Only tensors with 2 or more dimensions are supported"),
    ],
)  # fmt: skip
def test_what_init_refuses(wrong, error, message):
    with pytest.raises(error) as raised:
        wrong()
    assert str(raised.value) == message


def test_init_warns():
    with pytest.warns(UserWarning, match="Initializing zero-element tensors is a no-op"):
        nn.Linear(0, 2)
    with pytest.warns(FutureWarning, match=r"`nn.init.constant` is now deprecated in favor of `nn.init.constant_`."):
        nn.init.constant(ones(2), 3)
    with pytest.warns(UserWarning, match="mean is more than 2 std from"):
        nn.init.trunc_normal_(ones(2), mean=5.0)
