"""Methods that fill a tensor with random numbers: `uniform_`, `normal_`, `bernoulli_` and their likes.

Each is a row like any other, with a gradient of zero: what was in the tensor has no influence on what is there after.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.inplace import call_inplace
from chainrule.engine.op import ELEMENTWISE, NOT_DIFFERENTIABLE, op
from chainrule.ops import sampling
from chainrule.ops.factory_arguments import integer_from, number_from

METHODS = ("bernoulli_", "cauchy_", "exponential_", "geometric_", "log_normal_", "normal_", "random_", "uniform_")


def _no_influence(grad: Any) -> Any:
    return np.zeros_like(grad)


def _row(name: str, node_name: str, values: Any) -> Any:
    def forward(self: Any, first: Any, second: Any, generator: Any) -> Any:
        return sampling.placed(self, values(self, first, second, sampling.stream_of(generator)))

    function: Any = op(
        forward,
        name=name,
        node_name=node_name,
        kind=ELEMENTWISE,
        spaces="",
        self=_no_influence,
        batching=batches.random,
    )
    return function.op


_UNIFORM = _row("uniform", "UniformBackward0", sampling.uniform_values)
_NORMAL = _row("normal_fill", "NormalBackward0", sampling.normal_values)
_LOG_NORMAL = _row("log_normal", "LogNormalBackward0", sampling.log_normal_values)
_CAUCHY = _row("cauchy", "CauchyBackward0", sampling.cauchy_values)
_INTEGERS = _row("random_from_to", "RandomBackward0", sampling.integer_values)
_RANDOM = _row("random", "RandomBackward2", lambda array, first, second, stream: sampling.random_values(array, stream))
_EXPONENTIAL = _row(
    "exponential",
    "ExponentialBackward0",
    lambda array, first, second, stream: sampling.exponential_values(array, first, stream),
)
_GEOMETRIC = _row(
    "geometric",
    "GeometricBackward0",
    lambda array, first, second, stream: sampling.geometric_values(array, first, stream),
)


def _bernoulli_forward(self: Any, p: Any, generator: Any) -> Any:
    return sampling.placed(self, sampling.bernoulli_values(self, p, sampling.stream_of(generator)))


_BERNOULLI = op(
    _bernoulli_forward,
    name="bernoulli_fill",
    node_name=lambda self, p, generator: "BernoulliBackward1" if hasattr(p, "shape") else "BernoulliBackward2",
    kind=ELEMENTWISE,
    batching=batches.random,
    spaces="",
    self=_no_influence,
    p=NOT_DIFFERENTIABLE,
).op  # type: ignore[attr-defined]


def _bounds(function: str, given: tuple[Any, ...], named: dict[str, Any], defaults: tuple[Any, Any]) -> tuple[Any, Any]:
    # `from` is PyTorch's name of a bound, and a word that Python keeps for itself: it comes in as a keyword only.
    names = ("from", "to")
    if len(given) > 2:
        raise TypeError(f"{function}() takes at most 2 bounds but {len(given)} were given")
    bounds = dict(zip(names, given, strict=False))
    for name, value in named.items():
        if name not in names or name in bounds:
            problem = "multiple values for argument" if name in bounds else "an unexpected keyword argument"
            raise TypeError(f"{function}() got {problem} '{name}'")
        bounds[name] = value
    return bounds.get("from", defaults[0]), bounds.get("to", defaults[1])


def uniform_(self: Any, *bounds: Any, generator: Any = None, **named: Any) -> Any:
    """Fill with numbers drawn uniformly from `[from, to)`, `[0, 1)` unless given.

    >>> _ = torch.manual_seed(0)
    >>> torch.empty(2).uniform_(-1, 1)
    tensor([-0.0075,  0.5364])
    """
    low, high = _bounds("uniform_", bounds, named, (0.0, 1.0))
    low, high = float(number_from("uniform_", "from", 1, low)), float(number_from("uniform_", "to", 2, high))
    return call_inplace(_UNIFORM, (self, low, high, generator))


def normal_(self: Any, mean: Any = 0.0, std: Any = 1.0, *, generator: Any = None) -> Any:
    """Fill with normal numbers.

    >>> _ = torch.manual_seed(0)
    >>> torch.empty(2).normal_()
    tensor([ 1.5410, -0.2934])
    """
    mean, std = float(number_from("normal_", "mean", 1, mean)), float(number_from("normal_", "std", 2, std))
    return call_inplace(_NORMAL, (self, mean, std, generator))


def log_normal_(self: Any, mean: Any = 1.0, std: Any = 2.0, *, generator: Any = None) -> Any:
    """Fill with numbers whose logarithm is normal, with this `mean` and `std`.

    >>> bool((torch.empty(100).log_normal_() > 0).all())
    True
    """
    mean, std = float(number_from("log_normal_", "mean", 1, mean)), float(number_from("log_normal_", "std", 2, std))
    return call_inplace(_LOG_NORMAL, (self, mean, std, generator))


def cauchy_(self: Any, median: Any = 0.0, sigma: Any = 1.0, *, generator: Any = None) -> Any:
    """Fill with numbers of Cauchy's distribution.

    >>> torch.empty(3).cauchy_().shape
    chainrule.Size([3])
    """
    median, sigma = number_from("cauchy_", "median", 1, median), number_from("cauchy_", "sigma", 2, sigma)
    return call_inplace(_CAUCHY, (self, float(median), float(sigma), generator))


def exponential_(self: Any, lambd: Any = 1.0, *, generator: Any = None) -> Any:
    """Fill with waiting times of events that come at the rate `lambd`.

    >>> bool((torch.empty(100).exponential_() >= 0).all())
    True
    """
    rate = float(number_from("exponential_", "lambd", 1, lambd))
    return call_inplace(_EXPONENTIAL, (self, rate, None, generator))


def geometric_(self: Any, p: Any, *, generator: Any = None) -> Any:
    """Fill with how many trials it takes to succeed with probability `p` each.

    >>> bool((torch.empty(100).geometric_(0.5) >= 1).all())
    True
    """
    return call_inplace(_GEOMETRIC, (self, float(number_from("geometric_", "p", 1, p)), None, generator))


def bernoulli_(self: Any, p: Any = 0.5, *, generator: Any = None) -> Any:
    """Fill with ones, each with probability `p` (a number, or a tensor with one for each element), and zeros.

    >>> torch.empty(3).bernoulli_(1)
    tensor([1., 1., 1.])
    """
    probability = p if hasattr(p, "_array") else float(number_from("bernoulli_", "p", 1, p))
    return call_inplace(_BERNOULLI, (self, probability, generator))


def random_(self: Any, *bounds: Any, generator: Any = None, **named: Any) -> Any:
    """Fill with whole numbers: `random_(to)` from `[0, to)`, `random_(from, to)` from `[from, to)`.

    `random_()` goes from 0, and `random_(from, None)` from `from`, to the largest number that the type holds (a
    floating-point type: holds with all whole numbers below it).

    >>> _ = torch.manual_seed(0)
    >>> torch.empty(4, dtype=torch.int64).random_(10)
    tensor([4, 9, 3, 0])
    """
    if len(bounds) == 1 and not named:
        bounds = (0, *bounds)
    if not bounds and not named:
        return call_inplace(_RANDOM, (self, None, None, generator))
    low, high = _bounds("random_", bounds, named, (0, None))
    low = integer_from("random_", "from", 1, low)
    high = None if high is None else integer_from("random_", "to", 2, high)
    return call_inplace(_INTEGERS, (self, low, high, generator))
