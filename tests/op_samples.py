"""What the tests know about each operation: a row of samples for a row of the table.

    sample("tanh", inputs=[real(3, 4)], reference=np.tanh)

says that `tanh` of a 3 x 4 tensor of real numbers is what `np.tanh` gives and that it can be differentiated twice where
these inputs lie. The rest is read from the table: that it has an in-place twin, that it works element by element and so
on tensors without dimensions or elements. test_every_op.py holds every property against every row. An operation may
have several rows.

The rows are in `samples_*.py`, a file for each module of operations; each has a list `SAMPLES`.
"""

import functools
import importlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

import chainrule
from chainrule.engine.inplace import make_inplace
from chainrule.engine.op import TABLE, Op

FILES = tuple(sorted(path.stem for path in Path(__file__).parent.glob("samples_*.py")))


# ---- inputs ----


@dataclass(frozen=True)
class Input:
    """An array to be drawn: `draw(rng, shape)` gives its values.

    `differentiate`: whether a gradient is asked for, where the values are floating-point or complex numbers. `fixed`:
    the values are what they are, and have the shape that they have.
    """

    shape: tuple[int, ...]
    draw: Callable[[np.random.Generator, tuple[int, ...]], Any]
    differentiate: bool = True
    fixed: bool = False


def real(*shape: int, low: float = -2.0, high: float = 2.0, differentiate: bool = True) -> Input:
    """Real numbers, evenly distributed from `low` to `high`."""
    return Input(shape, lambda rng, shape: rng.uniform(low, high, shape), differentiate)


def positive(*shape: int, differentiate: bool = True) -> Input:
    """Real numbers that keep away from zero, on its positive side."""
    return real(*shape, low=0.3, high=3.0, differentiate=differentiate)


def nonzero(*shape: int, differentiate: bool = True) -> Input:
    """Real numbers of both signs that keep away from zero."""
    return Input(shape, lambda rng, shape: rng.uniform(0.3, 2.0, shape) * rng.choice([-1.0, 1.0], shape), differentiate)


def between_integers(*shape: int, differentiate: bool = True) -> Input:
    """Real numbers that keep away from the integers, and from the halves."""
    return Input(
        shape,
        lambda rng, shape: rng.integers(-4, 4, shape) + rng.choice([0.1, 0.6], shape) + rng.uniform(0, 0.3, shape),
        differentiate,
    )


def distinct(*shape: int, differentiate: bool = True) -> Input:
    """Real numbers of both signs, no two of them closer than 0.1: for what compares elements with each other."""
    return Input(
        shape,
        lambda rng, shape: rng.permutation(np.arange(np.prod(shape, dtype=int)) - np.prod(shape, dtype=int) // 2)
        .reshape(shape) * 0.2 + rng.uniform(0.02, 0.1, shape),
        differentiate,
    )  # fmt: skip


def complexes(*shape: int, differentiate: bool = True) -> Input:
    """Complex numbers that keep away from zero and from the negative real axis."""
    return Input(
        shape,
        lambda rng, shape: rng.uniform(0.5, 2.0, shape) * np.exp(1j * rng.uniform(-2.5, 2.5, shape)),
        differentiate,
    )


def integers(*shape: int, low: int = -5, high: int = 6) -> Input:
    """int64 numbers from `low` to `high`, `high` excluded."""
    return Input(shape, lambda rng, shape: rng.integers(low, high, shape))


def booleans(*shape: int) -> Input:
    """True and False."""
    return Input(shape, lambda rng, shape: rng.integers(0, 2, shape).astype(bool))


def values(array: Any, *, differentiate: bool = True) -> Input:
    """These very values."""
    array = np.asarray(array)
    return Input(array.shape, lambda rng, shape: array.copy(), differentiate, fixed=True)


# ---- rows ----


@dataclass(frozen=True)
class Refusal:
    """Inputs that an operation must refuse, and how: the exception's class and what its message says."""

    exception: type[Exception]
    message: str
    inputs: tuple[Any, ...]
    kwargs: dict[str, Any]


def refuses(exception: type[Exception], message: str, *inputs: Any, **kwargs: Any) -> Refusal:
    """The operation called with `inputs` (Inputs and plain values) raises `exception` with `message` in its text."""
    return Refusal(exception, message, inputs, kwargs)


@dataclass(frozen=True, eq=False)
class Sample:
    """One row; see `sample`."""

    op: str | Callable[..., Any]
    inputs: tuple[Any, ...]
    reference: Callable[..., Any]
    kwargs: dict[str, Any] = field(default_factory=dict)
    must_raise: tuple[Refusal, ...] = ()
    orders: int = 2
    tolerance: float = 1e-12
    covers: tuple[str, ...] = ()
    name: str = ""

    def __repr__(self) -> str:
        return self.name

    @functools.cached_property
    def row(self) -> Op | None:
        """The row of the table, where `op` names one."""
        return TABLE.get(self.op) if isinstance(self.op, str) else None

    @functools.cached_property
    def function(self) -> Callable[..., Any]:
        """What users call."""
        if callable(self.op):
            return self.op
        if self.row is not None:
            return self.row.public
        return functools.reduce(getattr, self.op.split("."), chainrule)

    @property
    def inplace(self) -> Callable[..., Any] | None:
        """The twin that changes its first argument, where there is one."""
        if self.row is None or not self.row.inplace:
            return None
        return make_inplace(self.row)

    def resized(self, *shapes: tuple[int, ...]) -> "Sample | None":
        """The same row with inputs of other shapes, the last of them for all that are left; None where one is fixed."""
        if any(isinstance(i, list) or (isinstance(i, Input) and i.fixed) for i in self.inputs):
            return None
        left = list(shapes)
        inputs = [
            replace(i, shape=left.pop(0) if len(left) > 1 else left[0]) if isinstance(i, Input) else i
            for i in self.inputs
        ]
        return replace(self, inputs=tuple(inputs))

    def rng(self) -> np.random.Generator:
        """A generator of this row's own, the same each time."""
        return np.random.default_rng(zlib.crc32(self.name.encode()))


def drawn(argument: Any, rng: np.random.Generator) -> Any:
    """An argument as it is given to the reference: arrays in place of Inputs, also inside lists."""
    if isinstance(argument, Input):
        return np.asarray(argument.draw(rng, argument.shape))
    if isinstance(argument, (list, tuple)):
        return type(argument)(drawn(a, rng) for a in argument)
    return argument


def sample(
    op: str | Callable[..., Any],
    inputs: list[Any],
    reference: Callable[..., Any],
    *,
    must_raise: list[Refusal] | tuple[Refusal, ...] = (),
    orders: int = 2,
    tolerance: float = 1e-12,
    covers: tuple[str, ...] | None = None,
    name: str | None = None,
    **kwargs: Any,
) -> Sample:
    """A row of samples.

    - `op`: the name of a row of the table; or a public name in chainrule (`"pow"`, `"nn.functional.linear"`); or a
      function of tensors, for what only a combination of operations defines (then say `name` and `covers`).
    - `inputs`: the positional arguments: an `Input` for each tensor (`real(3, 4)`), a list of them for a sequence of
      tensors, anything else as it is. The operation must be smooth within 1e-5 of them.
    - `reference`: the same in NumPy or SciPy, called with the same arguments, arrays in place of tensors.
    - `orders`: how often it can be differentiated: 0, 1 or 2. An operation without floating-point inputs needs no 0.
    - `tolerance`: of the value, relative and absolute, where more than 1e-12 of float64 is in order.
    - `must_raise`: what it refuses, see `refuses`.
    - `covers`: the rows of the table that this row tests, where they are not the one that it names.
    - every further keyword is an argument of the operation, and of the reference.
    """
    label = name or (op if isinstance(op, str) else op.__name__)
    shown = ",".join(f"{k}={v}" for k, v in kwargs.items())
    return Sample(
        op=op,
        inputs=tuple(inputs),
        reference=reference,
        kwargs=kwargs,
        must_raise=tuple(must_raise),
        orders=orders,
        tolerance=tolerance,
        covers=covers if covers is not None else ((op,) if isinstance(op, str) else ()),
        name=f"{label}({shown})" if shown else label,
    )


@functools.cache
def all_samples() -> tuple[Sample, ...]:
    """Every row of every file."""
    return tuple(row for file in FILES for row in importlib.import_module(file).SAMPLES)
