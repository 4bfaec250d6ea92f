"""How far one distribution is from another: the divergence of Kullback and Leibler.

It is the mean, over the first, of the difference of the `log_prob`s. For most pairs of different kinds only a few means
are needed, of the value, of its logarithm, of its square: see `kl_between_kinds.py`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from chainrule.distributions.distribution import Distribution
from chainrule.tensor import Tensor

__all__ = ["kl_divergence", "register_kl"]

Formula = Callable[[Any, Any], Any]
_KL_REGISTRY: dict[tuple[type, type], Formula] = {}
_KL_MEMOIZE: dict[tuple[type, type], Formula | None] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Formula], Formula]:
    """Decorate a function of two distributions of these classes, or subclasses, with `kl_divergence` as its use.

    Where several fit, that of the nearest classes is taken.

    >>> from chainrule.distributions import Normal, kl_divergence, register_kl
    >>> class Mine(Normal): pass
    >>> @register_kl(Mine, Normal)
    ... def kl_mine_normal(p, q):
    ...     return p.loc - q.loc
    >>> kl_divergence(Mine(3.0, 1.0), Normal(1.0, 1.0))
    tensor(2.)
    """
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not isinstance(kind, type) or not issubclass(kind, Distribution):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def decorate(formula: Formula) -> Formula:
        _KL_REGISTRY[type_p, type_q] = formula
        _KL_MEMOIZE.clear()
        return formula

    return decorate


def _nearest(type_p: type, type_q: type) -> Formula | None:
    pairs = [pair for pair in _KL_REGISTRY if issubclass(type_p, pair[0]) and issubclass(type_q, pair[1])]
    if not pairs:
        return None

    def distance(pair: tuple[type, type]) -> tuple[int, int]:
        return type_p.__mro__.index(pair[0]), type_q.__mro__.index(pair[1])

    by_p = min(pairs, key=distance)
    by_q = min(pairs, key=lambda pair: distance(pair)[::-1])
    if _KL_REGISTRY[by_p] is not _KL_REGISTRY[by_q]:
        warnings.warn(
            f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). "
            f"Please register_kl({by_p[0].__name__}, {by_q[1].__name__})",
            RuntimeWarning,
            stacklevel=3,
        )
    return _KL_REGISTRY[by_p]


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """The mean over `p` of `p.log_prob - q.log_prob`, one for each of the batch.

    Raises NotImplementedError for pairs of which no formula is known.

    >>> D = torch.distributions
    >>> D.kl_divergence(D.Normal(0.0, 1.0), D.Normal(1.0, 1.0))
    tensor(0.5000)
    """
    types = type(p), type(q)
    if types not in _KL_MEMOIZE:
        _KL_MEMOIZE[types] = _nearest(*types)
    formula = _KL_MEMOIZE[types]
    if formula is None:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {p.__class__.__name__} and q type {q.__class__.__name__}"
        )
    return formula(p, q)
