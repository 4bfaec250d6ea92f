"""Initial weights: functions that fill a tensor in place and return it.

They draw in PyTorch's order, so that the same seed gives the same weights.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np

from chainrule.engine.grad_mode import no_grad
from chainrule.engine.versions import about_to_change, count_change
from chainrule.random import Generator, stream_of
from chainrule.tensor import Tensor, wrap

P = ParamSpec("P")
R = TypeVar("R")

SAME_SCALE = (
    "linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid",
)  # fmt: skip


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which the weights before a nonlinearity should be larger than for none.

    Args:
        nonlinearity: its name in `nn.functional`.
        param: the negative slope of `leaky_relu`; 0.01 unless given.

    >>> calculate_gain("tanh")
    1.6666666666666667
    """
    if nonlinearity in SAME_SCALE:
        return 1
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, int | float):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity == "selu":
        return 3.0 / 4
    raise ValueError(f"Unsupported nonlinearity {nonlinearity}")


@no_grad()
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with numbers drawn evenly from `a` up to `b`.

    >>> bool((uniform_(torch.empty(100), 2, 3) >= 2).all())
    True
    """
    return tensor.uniform_(a, b, generator=generator)


@no_grad()
def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with normally distributed numbers.

    >>> normal_(torch.empty(2), mean=3.0, std=0.0)
    tensor([3., 3.])
    """
    return tensor.normal_(mean, std, generator=generator)


@no_grad()
def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Fill with normally distributed numbers, drawn again until they lie between `a` and `b`.

    >>> bool((trunc_normal_(torch.empty(1000)).abs() <= 2).all())
    True
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
            stacklevel=3,
        )

    def below(x: float) -> float:
        return (1 + math.erf((x - mean) / std / math.sqrt(2))) / 2

    about_to_change(tensor._version_counter)
    values = tensor._array
    drawn = wrap(np.empty_like(values))
    if below(b) - below(a) > 0.3:
        low, high = np.array([a, b], values.dtype)
        tensor.normal_(mean, std, generator=generator)
        while (outside := (values < low) | (values > high)).any():
            drawn.normal_(mean, std, generator=generator)
            np.copyto(values, drawn._array, where=outside)
        return tensor

    # Where few normal numbers would fall, even ones are accepted with the probability of their place.
    peak = ((max(a, min(mean, b)) - mean) / std) ** 2
    chance = wrap(np.empty_like(values))
    pending = np.ones(values.shape, bool)
    while pending.any():
        drawn.uniform_(a, b, generator=generator)
        np.copyto(values, drawn._array, where=pending)
        log_density = -0.5 * (((drawn._array - mean) / std) ** 2 - peak)
        with np.errstate(divide="ignore"):
            pending &= np.log(chance.uniform_(generator=generator)._array) > log_density
    count_change(tensor._version_counter, operation="trunc_normal_")
    return tensor


@no_grad()
def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value.

    >>> constant_(torch.empty(2), 0.5)
    tensor([0.5000, 0.5000])
    """
    return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones.

    >>> ones_(torch.empty(2))
    tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros.

    >>> zeros_(torch.empty(2))
    tensor([0., 0.])
    """
    return constant_(tensor, 0.0)


@no_grad()
def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with ones on the diagonal and zeros elsewhere.

    >>> eye_(torch.empty(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    return tensor.copy_(wrap(np.eye(*tensor._array.shape, dtype=tensor._array.dtype)))


@no_grad()
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill the weights of a convolution so that it hands on as many of its channels as it can.

    Args:
        tensor: the weights, of 3, 4 or 5 dimensions.
        groups: hand on in each of so many groups of channels.

    >>> dirac_(torch.empty(1, 1, 3))
    tensor([[[0., 1., 0.]]])
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    out_channels, in_channels, *window = tensor._array.shape
    if out_channels % groups:
        raise ValueError("dim 0 must be divisible by groups")
    values = np.zeros_like(tensor._array)
    middle = tuple(size // 2 for size in window)
    per_group = out_channels // groups
    for group in range(groups):
        for channel in range(min(per_group, in_channels)):
            values[group * per_group + channel, channel, *middle] = 1
    return tensor.copy_(wrap(values))


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    if tensor.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    out_channels, in_channels, *window = tensor._array.shape
    return in_channels * math.prod(window), out_channels * math.prod(window)


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    mode = mode.lower()
    modes = ["fan_in", "fan_out"]
    if mode not in modes:
        raise ValueError(f"Mode {mode} not supported, please use one of {modes}")
    return _calculate_fan_in_and_fan_out(tensor)[modes.index(mode)]


@no_grad()
def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill evenly, wide enough that signals and gradients keep their size on average (Glorot and Bengio, 2010).

    >>> bool((xavier_uniform_(torch.empty(3, 3)).abs() <= 1).all())
    True
    """
    bound = math.sqrt(3.0) * gain * math.sqrt(2.0 / sum(_calculate_fan_in_and_fan_out(tensor)))
    return tensor.uniform_(-bound, bound, generator=generator)


@no_grad()
def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill normally, wide enough that signals and gradients keep their size on average (Glorot and Bengio, 2010)."""
    std = gain * math.sqrt(2.0 / sum(_calculate_fan_in_and_fan_out(tensor)))
    return tensor.normal_(0.0, std, generator=generator)


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float | None:
    if 0 in tensor._array.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=4)
        return None
    return calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))


@no_grad()
def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill evenly, wide enough that signals keep their size through rectifiers (He and others, 2015).

    Args:
        tensor: of at least 2 dimensions.
        a: the negative slope of the rectifier.
        mode: `"fan_in"` keeps the size of the signals, `"fan_out"` that of the gradients.
        nonlinearity: what follows the weights.
        generator: where the numbers come from.

    >>> bool((kaiming_uniform_(torch.empty(3, 6)).abs() <= 1).all())
    True
    """
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    if std is None:
        return tensor
    bound = math.sqrt(3.0) * std
    return tensor.uniform_(-bound, bound, generator=generator)


@no_grad()
def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill normally, wide enough that signals keep their size through rectifiers; arguments as `kaiming_uniform_`."""
    std = _kaiming_std(tensor, a, mode, nonlinearity)
    return tensor if std is None else tensor.normal_(0, std, generator=generator)


@no_grad()
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """Fill with a matrix whose rows or columns, whichever are shorter, are orthogonal and of length `gain`.

    Trailing dimensions count as one.

    >>> w = orthogonal_(torch.empty(2, 5))
    >>> np.allclose((w @ w.T).numpy(), np.eye(2), atol=1e-6)
    True
    """
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    values = tensor._array
    if not values.size:
        return tensor
    rows = values.shape[0]
    flat = wrap(np.empty((rows, values.size // rows), values.dtype)).normal_(0, 1, generator=generator)._array
    wide = flat.shape[0] < flat.shape[1]
    q, r = np.linalg.qr(flat.T if wide else flat)
    # Signs as in Mezzadri (2006), which make all orthogonal matrices equally likely.
    q *= np.sign(np.diagonal(r))
    return tensor.copy_(wrap(((q.T if wide else q) * gain).reshape(values.shape).astype(values.dtype)))


@no_grad()
def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Fill a matrix normally, then put zeros in a fraction `sparsity` of each column (Martens, 2010).

    >>> int((sparse_(torch.empty(10, 2), sparsity=0.3) == 0).sum())
    6
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, cols = tensor._array.shape
    zeros = math.ceil(sparsity * rows)
    tensor.normal_(0, std, generator=generator)
    # Which elements are zero comes from the default generator, as in PyTorch.
    for column in range(cols):
        tensor._array[stream_of(None).permutation(rows)[:zeros], column] = 0
    return tensor


def _deprecated(function: Callable[P, R]) -> Callable[P, R]:
    new = function.__name__
    old = new[:-1]

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        warnings.warn(f"`nn.init.{old}` is now deprecated in favor of `nn.init.{new}`.", FutureWarning, stacklevel=2)
        return function(*args, **kwargs)

    call.__name__ = old
    call.__doc__ = f"The old name of `{new}`."
    return call


uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)
