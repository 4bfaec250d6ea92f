"""What parameters of distributions go through: broadcasting, probabilities and log-odds, lazy values."""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, overload

import chainrule
from chainrule.dtypes import dtype
from chainrule.nn import functional as F
from chainrule.tensor import Tensor

__all__ = [
    "broadcast_all",
    "clamp_probs",
    "euler_constant",
    "lazy_property",
    "logits_to_probs",
    "probs_to_logits",
    "standard_normal",
    "sum_rightmost",
    "tril_matrix_to_vec",
    "vec_to_tril_matrix",
]

euler_constant = 0.57721566490153286060

Owner = TypeVar("Owner")
Value = TypeVar("Value")


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """These tensors and numbers as tensors of one shape; numbers get the type of the first tensor.

    >>> import chainrule as torch
    >>> torch.distributions.utils.broadcast_all(torch.zeros(2), 1)
    (tensor([0., 0.]), tensor([1., 1.]))
    """
    tensors = [value for value in values if isinstance(value, Tensor)]
    if not all(isinstance(value, (Tensor, numbers.Number)) for value in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__."
        )
    kind = tensors[0].dtype if tensors else chainrule.get_default_dtype()
    return tuple(
        chainrule.broadcast_tensors(
            *(value if isinstance(value, Tensor) else chainrule.tensor(value, dtype=kind) for value in values)
        )
    )


def standard_normal(shape: Sequence[int], kind: dtype) -> Tensor:
    """Normal numbers of mean 0 and variance 1."""
    return chainrule.empty(shape, dtype=kind).normal_()


def sum_rightmost(value: Tensor, dim: int) -> Tensor:
    """The sum over the last `dim` dimensions."""
    return value.reshape(*value.shape[: value.ndim - dim], -1).sum(-1) if dim else value


# ---- probabilities ----


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities, kept away from 0 and 1 by the smallest step that the type can make at 1.

    >>> import chainrule as torch
    >>> torch.distributions.utils.clamp_probs(torch.tensor([0.0, 0.5]))
    tensor([1.1921e-07, 5.0000e-01])
    """
    step = chainrule.finfo(probs.dtype).eps
    return probs.clamp(min=step, max=1 - step)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """The log-odds of probabilities if they are of two outcomes, else their logarithms.

    >>> import chainrule as torch
    >>> torch.distributions.utils.probs_to_logits(torch.tensor(0.5), is_binary=True)
    tensor(0.)
    """
    inside = clamp_probs(probs)
    return inside.log() - (-inside).log1p() if is_binary else inside.log()


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """The probabilities of log-odds if they are of two outcomes, else of logarithms, along the last dimension.

    >>> import chainrule as torch
    >>> torch.distributions.utils.logits_to_probs(torch.zeros(2))
    tensor([0.5000, 0.5000])
    """
    return chainrule.sigmoid(logits) if is_binary else F.softmax(logits, dim=-1)


def require_one(probs: Any, logits: Any) -> None:
    """Refuse to be given both forms of a parameter, or none."""
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")


class lazy_property(Generic[Owner, Value]):
    """A property that is worked out when it is first asked for, and is an attribute from then on.

    >>> from chainrule.distributions.utils import lazy_property
    >>> class Circle:
    ...     radius = 2
    ...     @lazy_property
    ...     def area(self):
    ...         return 3.14 * self.radius**2
    >>> Circle().area
    12.56
    """

    def __init__(self, wrapped: Callable[[Owner], Value]) -> None:
        self.wrapped = wrapped
        functools.update_wrapper(self, wrapped)  # type: ignore[arg-type]

    @overload
    def __get__(self, instance: None, owner: Any = None) -> lazy_property[Owner, Value]: ...

    @overload
    def __get__(self, instance: Owner, owner: Any = None) -> Value: ...

    def __get__(self, instance: Owner | None, owner: Any = None) -> Value | lazy_property[Owner, Value]:
        if instance is None:
            return self
        # Somebody may want its gradient later, whoever asks first.
        with chainrule.enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


class TwoOutcomes:
    """What has `probs` or `logits` of two outcomes, each worked out from the other when it is asked for."""

    # Which of the two was given.
    _by_probs: bool

    def _take(self, probs: Any, logits: Any, beside: Any = None) -> Any:
        # `beside` is broadcast with the one that is given, and comes back.
        require_one(probs, logits)
        self._by_probs = probs is not None
        given = probs if self._by_probs else logits
        if beside is None:
            (given,) = broadcast_all(given)
        else:
            beside, given = broadcast_all(beside, given)
            beside = beside.type_as(given)
        setattr(self, "probs" if self._by_probs else "logits", given)
        return beside

    @lazy_property
    def logits(self) -> Tensor:
        """The log-odds."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Tensor:
        """The probabilities."""
        return logits_to_probs(self.logits, is_binary=True)

    @property
    def _param(self) -> Tensor:
        return self.probs if self._by_probs else self.logits

    @property
    def param_shape(self) -> Any:
        """The shape of the parameters."""
        return self._param.size()


class Categories(TwoOutcomes):
    """What has `probs` or `logits` of categories, along the last dimension."""

    def _take_normalized(self, probs: Any, logits: Any) -> None:
        require_one(probs, logits)
        self._by_probs = probs is not None
        name, given = ("probs", probs) if self._by_probs else ("logits", logits)
        if given.ndim < 1:
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        whole = given / given.sum(-1, keepdim=True) if self._by_probs else given - given.logsumexp(-1, keepdim=True)
        setattr(self, name, whole)

    @lazy_property
    def logits(self) -> Tensor:
        """The logarithms of the probabilities."""
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self) -> Tensor:
        """The probabilities."""
        return logits_to_probs(self.logits)


def listed(distribution: Any, values: Tensor, expand: bool) -> Tensor:
    """These values of a distribution along the first dimension, the batch's dimensions behind it."""
    values = values.view(-1, *[1] * len(distribution.batch_shape))
    return values.expand((-1, *distribution.batch_shape)) if expand else values


# ---- triangles ----


def _below(size: int, diag: int) -> Tensor:
    return chainrule.ones(size, size, dtype=chainrule.bool).tril(diag)


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The elements on and below a diagonal of square matrices, row by row.

    >>> import chainrule as torch
    >>> torch.distributions.utils.tril_matrix_to_vec(torch.tensor([[1, 2], [3, 4]]))
    tensor([1, 3, 4])
    """
    size = mat.shape[-1]
    if not -size <= diag < size:
        raise ValueError(f"diag ({diag}) provided is outside [{-size}, {size - 1}].")
    return mat[..., _below(size, diag)]


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """Square matrices that have these elements on and below a diagonal, row by row, and 0 elsewhere.

    >>> import chainrule as torch
    >>> torch.distributions.utils.vec_to_tril_matrix(torch.tensor([1.0, 2.0, 3.0]))
    tensor([[1., 0.],
            [2., 3.]])
    """
    count = vec.shape[-1]
    size = next((n for n in range(count + abs(diag) + 2) if _count_below(n, diag) == count and -n <= diag < n), None)
    if size is None:
        raise ValueError(
            f"The size of last dimension is {count} which cannot be expressed as "
            "the lower triangular part of a square D x D matrix."
        )
    matrix = vec.new_zeros((*vec.shape[:-1], size, size))
    matrix[..., _below(size, diag)] = vec
    return matrix


def _count_below(size: int, diag: int) -> int:
    return sum(min(max(row + diag + 1, 0), size) for row in range(size))
