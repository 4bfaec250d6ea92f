"""What every distribution is."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import chainrule
from chainrule.distributions import constraints
from chainrule.distributions.parameters import lazy_property
from chainrule.size import Size
from chainrule.tensor import Tensor

__all__ = ["Distribution"]


class Distribution:
    """What has a density or probabilities, and numbers that can be drawn: a batch of them, of one kind.

    Args:
        batch_shape: the shape of the batch.
        event_shape: the shape of what is drawn from one of them.
        validate_args: whether to look if parameters and values are where they must be; by default where Python's
            `assert` would.

    >>> normal = torch.distributions.Normal(torch.zeros(2), 1.0)
    >>> normal.batch_shape, normal.event_shape, normal.sample((3,)).shape
    (chainrule.Size([2]), chainrule.Size([]), chainrule.Size([3, 2]))
    """

    has_rsample: Any = False
    has_enumerate_support: Any = False
    _validate_args: bool = __debug__
    # The attributes that are parameters, with how many of their last dimensions belong to the event.
    _parameters: ClassVar[dict[str, int]]

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions look at their arguments if they are not told."""
        if value not in {True, False}:
            raise ValueError(f"value must be True or False, got {value}")
        Distribution._validate_args = value

    def __init__(
        self, batch_shape: Sequence[int] = (), event_shape: Sequence[int] = (), validate_args: bool | None = None
    ) -> None:
        self._batch_shape = Size(batch_shape)
        self._event_shape = Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._validate_parameters()
        super().__init__()

    def _validate_parameters(self) -> None:
        try:
            required = self.arg_constraints
        except NotImplementedError:
            required = {}
            warnings.warn(
                f"{self.__class__} does not define `arg_constraints`. "
                "Please set `arg_constraints = {}` or initialize the distribution "
                "with `validate_args=False` to turn off validation.",
                stacklevel=4,
            )
        for name, constraint in required.items():
            if constraints.is_dependent(constraint):
                continue
            if name not in self.__dict__ and isinstance(getattr(type(self), name, None), lazy_property):
                continue  # made of one that is looked at
            value = getattr(self, name)
            if not bool(constraint.check(value).all()):
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) "
                    f"of distribution {self!r} to satisfy the constraint {constraint!r}, "
                    f"but found invalid values:\n{value}"
                )

    # ---- what it is ----

    @property
    def batch_shape(self) -> Size:
        """The shape of the batch."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of what is drawn from one distribution."""
        return self._event_shape

    @property
    def arg_constraints(self) -> dict[str, constraints.Constraint]:
        """What each parameter must satisfy."""
        raise NotImplementedError

    @property
    def support(self) -> constraints.Constraint | None:
        """Where the values are."""
        raise NotImplementedError

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Self:
        """The same distribution for each of a larger batch, whose parameters share memory."""
        own: Any = next((kind for kind in type(self).__mro__ if "_parameters" in vars(kind)), None)
        if own is None:
            raise NotImplementedError
        new: Any = self._get_checked_instance(own, _instance)
        new.__dict__.update(self.__dict__)
        batch_shape = Size(batch_shape)
        for name, of_event in own._parameters.items():
            value = self.__dict__.get(name)
            if isinstance(value, Distribution):
                new.__dict__[name] = value.expand(batch_shape)
            elif value is not None:
                new.__dict__[name] = value.expand((*batch_shape, *value.shape[value.ndim - of_event :]))
        new._batch_shape = batch_shape
        return new

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        if _instance is None and type(self).__init__ is not cls.__init__:  # type: ignore[misc]
            raise NotImplementedError(
                f"Subclass {self.__class__.__name__} of {cls.__name__} that defines a custom __init__ method "
                "must also define a custom .expand() method."
            )
        return self.__new__(type(self)) if _instance is None else _instance

    # ---- moments ----

    @property
    def mean(self) -> Tensor:
        """The mean."""
        raise NotImplementedError

    @property
    def mode(self) -> Tensor:
        """The most likely value."""
        raise NotImplementedError(f"{self.__class__} does not implement mode")

    @property
    def variance(self) -> Tensor:
        """The mean of the squared distance from the mean."""
        raise NotImplementedError

    @property
    def stddev(self) -> Tensor:
        """The square root of the variance."""
        return self.variance.sqrt()

    def entropy(self) -> Tensor:
        """The mean of `-log_prob`, one for each of the batch."""
        raise NotImplementedError

    def perplexity(self) -> Tensor:
        """The exponential of the entropy."""
        return self.entropy().exp()

    # ---- drawing ----

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw a tensor of shape `sample_shape + batch_shape + event_shape`, which knows no gradient."""
        with chainrule.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw as a function of the parameters, so that gradients reach them."""
        raise NotImplementedError

    def sample_n(self, n: int) -> Tensor:
        """Draw `n` times; PyTorch will do without it."""
        warnings.warn(
            "`sample_n(n)` will be deprecated. Use `sample((n,))` instead.", category=FutureWarning, stacklevel=2
        )
        return self.sample(Size((n,)))

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values that a discrete distribution may have, along the first dimension.

        Without `expand`, the dimensions of the batch have size 1.
        """
        raise NotImplementedError

    def _extended_shape(self, sample_shape: Sequence[int] = ()) -> Size:
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    # ---- values ----

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density, or of the probability, at `value`."""
        raise NotImplementedError

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of what is not above `value`."""
        raise NotImplementedError

    def icdf(self, value: Tensor) -> Tensor:
        """Where `cdf` has this value."""
        raise NotImplementedError

    def _checked(self, value: Tensor) -> None:
        if self._validate_args:
            self._validate_sample(value)

    def _validate_sample(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")  # noqa: TRY004 (PyTorch's)
        shape, event_shape = value.shape, self._event_shape
        if shape[max(len(shape) - len(event_shape), 0) :] != event_shape:
            raise ValueError(f"The right-most size of value must match event_shape: {shape} vs {event_shape}.")
        expected = Size((*self._batch_shape, *event_shape))
        if any(i != j and 1 not in {i, j} for i, j in zip(reversed(shape), reversed(expected), strict=False)):
            raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {shape} vs {expected}.")
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(
                f"{self.__class__} does not define `support` to enable sample validation. Please initialize the "
                "distribution with `validate_args=False` to turn off validation.",
                stacklevel=4,
            )
            return
        if support is not None and not bool(support.check(value).all()):
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(shape)}) "
                f"to be within the support ({support!r}) of the distribution {self!r}, "
                f"but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        values = {name: self.__dict__[name] for name in self.arg_constraints if name in self.__dict__}
        shown = (f"{name}: {value if value.numel() == 1 else value.size()}" for name, value in values.items())
        return f"{self.__class__.__name__}({', '.join(shown)})"
