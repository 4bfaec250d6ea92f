"""Where parameters and values may be: each constraint has `check(value)`, a boolean for each event.

`is_discrete` says whether the values are whole numbers, `event_dim` how many of the last dimensions are one event.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import chainrule
from chainrule.tensor import Tensor

__all__ = [
    "Constraint", "MixtureSameFamilyConstraint", "boolean", "cat", "corr_cholesky", "dependent", "dependent_property",
    "greater_than", "greater_than_eq", "independent", "integer_interval", "interval", "half_open_interval",
    "is_dependent", "less_than", "lower_cholesky", "lower_triangular", "multinomial", "nonnegative",
    "nonnegative_integer", "one_hot", "positive", "positive_semidefinite", "positive_definite", "positive_integer",
    "real", "real_vector", "simplex", "square", "stack", "symmetric", "unit_interval",
]  # fmt: skip


class Constraint:
    """A region; subclasses say in `check` which values are in it.

    >>> torch.distributions.constraints.positive.check(torch.tensor([-1.0, 1.0]))
    tensor([False,  True])
    """

    is_discrete: Any = False
    event_dim: Any = 0
    # The attributes that its text shows.
    _shown: tuple[str, ...] = ()

    def check(self, value: Any) -> Any:
        """Whether each event is inside."""
        raise NotImplementedError

    def __repr__(self) -> str:
        name = type(self).__name__.removeprefix("_")
        return f"{name}({', '.join(f'{each}={getattr(self, each)}' for each in self._shown)})"


# ---- regions that hang on other values ----


class _Dependent(Constraint):
    def __init__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented) -> None:
        self._is_discrete = is_discrete
        self._event_dim = event_dim
        super().__init__()

    @property
    def is_discrete(self) -> bool:
        if self._is_discrete is NotImplemented:
            raise NotImplementedError(".is_discrete cannot be determined statically")
        return bool(self._is_discrete)

    @property
    def event_dim(self) -> int:
        if self._event_dim is NotImplemented:
            raise NotImplementedError(".event_dim cannot be determined statically")
        return int(self._event_dim)

    def __call__(self, *, is_discrete: Any = NotImplemented, event_dim: Any = NotImplemented) -> _Dependent:
        return _Dependent(
            is_discrete=self._is_discrete if is_discrete is NotImplemented else is_discrete,
            event_dim=self._event_dim if event_dim is NotImplemented else event_dim,
        )

    def check(self, value: Any) -> Any:
        raise ValueError("Cannot determine validity of dependent constraint")


def is_dependent(constraint: Any) -> bool:
    """Whether a constraint hangs on values that are not known here.

    >>> torch.distributions.constraints.is_dependent(torch.distributions.Uniform.support)
    True
    """
    return isinstance(constraint, _Dependent)


class dependent_property(property, _Dependent):  # noqa: D101 (its docstring would be that of each property)
    def __init__(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        is_discrete: Any = NotImplemented,
        event_dim: Any = NotImplemented,
    ) -> None:
        property.__init__(self, fn)
        self._is_discrete = is_discrete
        self._event_dim = event_dim

    def __call__(self, fn: Any = None, **known: Any) -> Any:
        """Decorate a method, with what is known of every region that it returns."""
        return dependent_property(fn, is_discrete=self._is_discrete, event_dim=self._event_dim)


class independent(Constraint):
    """A region whose last batch dimensions count as dimensions of the event: all of an event must be inside.

    >>> torch.distributions.constraints.independent(torch.distributions.constraints.positive, 1).event_dim
    1
    """

    def __init__(self, base_constraint: Constraint, reinterpreted_batch_ndims: int) -> None:
        if not isinstance(base_constraint, Constraint):
            raise AssertionError(  # noqa: TRY004 (PyTorch's)
                f"base_constraint must be a Constraint, got {type(base_constraint).__name__}"
            )
        if not isinstance(reinterpreted_batch_ndims, int):
            raise AssertionError(  # noqa: TRY004 (PyTorch's)
                f"reinterpreted_batch_ndims must be an int, got {type(reinterpreted_batch_ndims).__name__}"
            )
        if reinterpreted_batch_ndims < 0:
            raise AssertionError(f"reinterpreted_batch_ndims must be >= 0, got {reinterpreted_batch_ndims}")
        self.base_constraint = base_constraint
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @property
    def is_discrete(self) -> bool:
        """Whether the values are whole numbers."""
        return bool(self.base_constraint.is_discrete)

    @property
    def event_dim(self) -> int:
        """How many of the last dimensions are one event."""
        return int(self.base_constraint.event_dim) + self.reinterpreted_batch_ndims

    def check(self, value: Any) -> Any:
        inside = self.base_constraint.check(value)
        if inside.ndim < self.reinterpreted_batch_ndims:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.ndim}")
        return inside.reshape((*inside.shape[: inside.ndim - self.reinterpreted_batch_ndims], -1)).all(-1)

    def __repr__(self) -> str:
        return f"IndependentConstraint({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamilyConstraint(Constraint):
    """Where the values of a mixture are: inside the region of each component.

    >>> constraints = torch.distributions.constraints
    >>> constraints.MixtureSameFamilyConstraint(constraints.positive).check(torch.tensor([1.0, -1.0]))
    tensor([ True, False])
    """

    def __init__(self, base_constraint: Constraint) -> None:
        if not isinstance(base_constraint, Constraint):
            raise AssertionError(  # noqa: TRY004 (PyTorch's)
                f"base_constraint must be a Constraint, got {type(base_constraint).__name__}"
            )
        self.base_constraint = base_constraint

    @property
    def is_discrete(self) -> bool:
        """Whether the values are whole numbers."""
        return bool(self.base_constraint.is_discrete)

    @property
    def event_dim(self) -> int:
        """How many of the last dimensions are one event."""
        return int(self.base_constraint.event_dim)

    def check(self, value: Any) -> Any:
        if value.ndim < self.event_dim:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.ndim}")
        inside = self.base_constraint.check(value.unsqueeze(-1 - self.event_dim))
        return inside.reshape((*inside.shape[: value.ndim - self.event_dim], -1)).all(-1)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_constraint!r})"


# ---- numbers ----


class _Boolean(Constraint):
    is_discrete = True

    def check(self, value: Any) -> Any:
        return (value == 0) | (value == 1)


class _Real(Constraint):
    def check(self, value: Any) -> Any:
        return value == value  # noqa: PLR0124 (NaN is not)


class _Bounded(Constraint):
    # Texts and checks of all that have bounds.
    _checks: tuple[Callable[[Any, Any], Any], ...]

    def __init__(self, *bounds: Any, **named: Any) -> None:
        given = dict(zip(self._shown, bounds, strict=False), **named)
        if len(bounds) + len(named) != len(self._shown) or set(given) != set(self._shown):
            raise TypeError(f"{type(self).__name__}() takes {' and '.join(self._shown)}")
        self.__dict__.update(given)

    def check(self, value: Any) -> Any:
        inside: Any = None
        for name, fits in zip(self._shown, self._checks, strict=True):
            fitting = fits(value, getattr(self, name))
            inside = fitting if inside is None else inside & fitting
        # Whole numbers need not be asked whether they are.
        return inside & (value % 1 == 0) if self.is_discrete and value.is_floating_point() else inside


def _above(value: Any, bound: Any) -> Any:
    return value > bound


def _from(value: Any, bound: Any) -> Any:
    return value >= bound


def _below(value: Any, bound: Any) -> Any:
    return value < bound


def _up_to(value: Any, bound: Any) -> Any:
    return value <= bound


class _GreaterThan(_Bounded):
    _shown, _checks = ("lower_bound",), (_above,)


class _GreaterThanEq(_Bounded):
    _shown, _checks = ("lower_bound",), (_from,)


class _LessThan(_Bounded):
    _shown, _checks = ("upper_bound",), (_below,)


class _Interval(_Bounded):
    _shown, _checks = ("lower_bound", "upper_bound"), (_from, _up_to)


class _HalfOpenInterval(_Bounded):
    _shown, _checks = ("lower_bound", "upper_bound"), (_from, _below)


class _IntegerInterval(_Bounded):
    is_discrete = True
    _shown, _checks = ("lower_bound", "upper_bound"), (_from, _up_to)


class _IntegerLessThan(_Bounded):
    is_discrete = True
    _shown, _checks = ("upper_bound",), (_up_to,)


class _IntegerGreaterThan(_Bounded):
    is_discrete = True
    _shown, _checks = ("lower_bound",), (_from,)


# ---- vectors ----


class _OneHot(Constraint):
    is_discrete = True
    event_dim = 1

    def check(self, value: Any) -> Any:
        return ((value == 0) | (value == 1)).all(-1) & (value.sum(-1) == 1)


class _Simplex(Constraint):
    event_dim = 1

    def check(self, value: Any) -> Any:
        return (value >= 0).all(-1) & ((value.sum(-1) - 1).abs() < 1e-6)


class _Multinomial(Constraint):
    is_discrete = True
    event_dim = 1

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    def check(self, value: Any) -> Any:
        return (value >= 0).all(-1) & (value.sum(-1) <= self.upper_bound)


# ---- matrices ----


class _LowerTriangular(Constraint):
    event_dim = 2

    def check(self, value: Any) -> Any:
        return (value.tril() == value).all(-1).all(-1)


class _LowerCholesky(_LowerTriangular):
    def check(self, value: Any) -> Any:
        return super().check(value) & (value.diagonal(dim1=-2, dim2=-1) > 0).all(-1)


class _CorrCholesky(_LowerCholesky):
    def check(self, value: Any) -> Any:
        # Rounding errors add up along a row.
        tolerance = chainrule.finfo(value.dtype).eps * value.size(-1) * 10
        lengths = chainrule.linalg.norm(value.detach(), dim=-1)
        return super().check(value) & ((lengths - 1).abs() <= tolerance).all(-1)


class _Square(Constraint):
    event_dim = 2

    def check(self, value: Any) -> Any:
        return chainrule.full(value.shape[:-2], value.shape[-2] == value.shape[-1], dtype=chainrule.bool)


class _Symmetric(_Square):
    def check(self, value: Any) -> Any:
        is_square = super().check(value)
        if value.shape[-2] != value.shape[-1]:
            return is_square
        return chainrule.isclose(value, value.mT, atol=1e-6).all(-2).all(-1)


class _PositiveSemidefinite(_Symmetric):
    def check(self, value: Any) -> Any:
        is_symmetric = super().check(value)
        if not is_symmetric.all():
            return is_symmetric
        return (chainrule.linalg.eigvalsh(value.detach()) >= 0).all(-1)


class _PositiveDefinite(_Symmetric):
    def check(self, value: Any) -> Any:
        is_symmetric = super().check(value)
        if not is_symmetric.all():
            return is_symmetric
        return chainrule.linalg.cholesky_ex(value.detach()).info == 0


# ---- parts ----


def _require_constraints(parts: Sequence[Any]) -> list[Any]:
    if not all(isinstance(part, Constraint) for part in parts):
        raise AssertionError("All elements of cseq must be Constraint instances")
    return list(parts)


class cat(Constraint):
    """Regions of parts that lie side by side along `dim`, as `torch.cat` puts them, `lengths` long.

    >>> constraints = torch.distributions.constraints
    >>> constraints.cat([constraints.positive, constraints.real]).check(torch.tensor([-1.0, -1.0]))
    tensor([False,  True])
    """

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0, lengths: Sequence[int] | None = None) -> None:
        self.cseq = _require_constraints(cseq)
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.cseq):
            raise AssertionError(f"lengths ({len(self.lengths)}) must match cseq ({len(self.cseq)})")
        self.dim = dim

    @property
    def is_discrete(self) -> bool:
        """Whether any of the values are whole numbers."""
        return any(part.is_discrete for part in self.cseq)

    @property
    def event_dim(self) -> int:
        """How many of the last dimensions are one event."""
        return max(part.event_dim for part in self.cseq)

    def check(self, value: Any) -> Any:
        parts = _require_dim(value, self.dim).split(self.lengths, self.dim)
        return chainrule.cat([region.check(part) for region, part in zip(self.cseq, parts, strict=True)], self.dim)

    def __repr__(self) -> str:
        return "Cat()"


class stack(Constraint):
    """Regions of parts that lie along `dim`, as `torch.stack` puts them.

    >>> constraints = torch.distributions.constraints
    >>> constraints.stack([constraints.positive, constraints.real]).check(torch.tensor([-1.0, -1.0]))
    tensor([False,  True])
    """

    def __init__(self, cseq: Sequence[Constraint], dim: int = 0) -> None:
        self.cseq = _require_constraints(cseq)
        self.dim = dim

    @property
    def is_discrete(self) -> bool:
        """Whether any of the values are whole numbers."""
        return any(part.is_discrete for part in self.cseq)

    @property
    def event_dim(self) -> int:
        """How many of the last dimensions are one event."""
        largest = max(part.event_dim for part in self.cseq)
        return largest + 1 if self.dim + largest < 0 else largest

    def check(self, value: Any) -> Any:
        parts = _require_dim(value, self.dim).unbind(self.dim)
        return chainrule.stack([region.check(part) for region, part in zip(self.cseq, parts, strict=True)], self.dim)

    def __repr__(self) -> str:
        return "Stack()"


def _require_dim(value: Tensor, dim: int) -> Tensor:
    if not -value.ndim <= dim < value.ndim:
        raise AssertionError(f"dim {dim} out of range for value with {value.ndim} dimensions")
    return value


# What is not its own name.
dependent = _Dependent()
boolean = _Boolean()
one_hot = _OneHot()
nonnegative_integer = _IntegerGreaterThan(0)
positive_integer = _IntegerGreaterThan(1)
integer_interval = _IntegerInterval
real = _Real()
real_vector = independent(real, 1)
positive = _GreaterThan(0.0)
nonnegative = _GreaterThanEq(0.0)
greater_than = _GreaterThan
greater_than_eq = _GreaterThanEq
less_than = _LessThan
multinomial = _Multinomial
unit_interval = _Interval(0.0, 1.0)
interval = _Interval
half_open_interval = _HalfOpenInterval
simplex = _Simplex()
lower_triangular = _LowerTriangular()
lower_cholesky = _LowerCholesky()
corr_cholesky = _CorrCholesky()
square = _Square()
symmetric = _Symmetric()
positive_semidefinite = _PositiveSemidefinite()
positive_definite = _PositiveDefinite()
