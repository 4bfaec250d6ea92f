"""Second derivatives along many directions at once: forward Laplacians, and diagonals of Hessians.

A tensor at such a level has, beside its values, their first derivatives along each of the directions (its `slopes`,
the directions along the first dimension) and its `curvature`: the second derivatives along each of them, or the sum
of these. A sum is carried as one number for each element all the way, which is what makes a Laplacian cost little more
than the first derivatives that it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from chainrule.engine.batching import VmapLevel
from chainrule.engine.call import call
from chainrule.engine.forward_mode import same_tensor, tangents_of
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.interpreters import Level, Pull
from chainrule.engine.linearity import is_affine, is_plain
from chainrule.engine.modes import op_interceptors
from chainrule.engine.op import LINEAR, MULTILINEAR, Op
from chainrule.engine.power_series import Series, as_tensor, results_of, sum_of, zeros_like
from chainrule.engine.taylor import TaylorLevel
from chainrule.engine.taylor_changes import Changes, replayed, with_part
from chainrule.engine.tensor_base import TensorBase

Run = Callable[[Op, tuple[Any, ...]], Any]

PRODUCTS: set[str] = set()  # rows that are linear in each of their arguments but in those that are added


class Derivatives(NamedTuple):
    """What a tensor carries: None stands for zeros."""

    slopes: Any
    curvature: Any


class SecondOrderLevel(Level):
    """One level of second derivatives along `count` directions; `summed`: of their sum."""

    def __init__(self, count: int, *, summed: bool) -> None:
        self.count = count
        self.summed = summed
        self._changes = Changes()

    # ---- what tensors carry ----

    def derivatives(self, tensor: Any) -> Derivatives | None:
        """What a tensor carries at this level; None for a constant."""
        if not isinstance(tensor, TensorBase):
            return None
        if self._changes.concern(tensor):
            return self._of_view(tensor)
        carried = tensor._tangents  # type: ignore[attr-defined]
        return None if carried is None else carried.get(self)

    def attach(self, tensor: Any, slopes: Any, curvature: Any) -> None:
        """Have a tensor carry derivatives."""
        found = Derivatives(self.plain(slopes), self.plain(curvature))
        tensor._tangents = {**(tensor._tangents or {}), self: found}

    def without(self, tensor: Any) -> Any:
        """A tensor without what it carries."""
        if not self.owns(tensor):
            return tensor
        plain = same_tensor(tensor)
        plain._tangents = {level: each for level, each in tensor._tangents.items() if level is not self} or None
        return plain

    def plain(self, value: Any) -> Any:
        """A tensor as it is where somebody wants its derivative, else its array."""
        if not isinstance(value, TensorBase) or op_interceptors.get():
            return value
        return value if value._requires_grad and is_grad_enabled() else value._array

    def owns(self, tensor: Any) -> bool:
        """Whether a tensor has derivatives at this level."""
        return self.derivatives(tensor) is not None

    def carries(self, value: Any) -> bool:
        """The same of an argument, which may be a sequence of tensors."""
        return any(map(self.owns, value)) if isinstance(value, (list, tuple)) else self.owns(value)

    # ---- operations ----

    def __call__(self, op: Op, args: tuple[Any, ...], run: Run) -> Any:
        """The operation's result, with its derivatives where an argument has some."""
        result = run(op, args)
        if op.formulas and any(self.carries(args[i]) for i in op.tensor_positions):
            results = results_of(result)
            floating = [isinstance(r, TensorBase) and r._array.dtype.kind in "fc" for r in results]
            if True in floating:
                found = self._of_operation(op, args, result)
                for tensor, is_floating, (slopes, curvature) in zip(results, floating, found, strict=True):
                    if is_floating and (slopes is not None or curvature is not None):
                        self.attach(tensor, slopes, curvature)
        return result

    def _of_operation(self, op: Op, args: tuple[Any, ...], result: Any) -> list[Any]:
        moving = [i for i in op.tensor_positions if self.carries(args[i])]
        if op.kind == LINEAR or (is_plain(op, args, result) and is_affine(op, args, self.carries)):
            return self._linear(op, args, result)
        if op.kind == MULTILINEAR or op.name in PRODUCTS:
            if op.sequence not in moving and len(moving) == 1:
                return self._linear(op, args, result)
            if len(args) == 2 and len(moving) == 2:
                return [self._product(op, args, result)]
        elif is_plain(op, args, result):
            return [self._elementwise(op, args, result, moving)]
        return self._by_series(lambda *moved: op.function(*moved), args)

    def _linear(self, op: Op, args: tuple[Any, ...], result: Any) -> list[Any]:
        slopes = self._moved(op, args, result, "slopes", batched=True)
        curvatures = self._moved(op, args, result, "curvature", batched=not self.summed)
        return list(zip(slopes, curvatures, strict=True))

    def _moved(self, op: Op, args: tuple[Any, ...], result: Any, which: str, *, batched: bool) -> Sequence[Any]:
        # What the operation's derivative makes of what its arguments carry; `batched`: in all directions.
        tangents = [self._part(a, which) for a in args]
        if not _any(tangents):
            return (None,) * len(results_of(result))
        if not batched:
            return tangents_of(op, args, tangents, result, call)
        level = VmapLevel(self.count, "same")
        with level.entered():
            found = tangents_of(op, args, [_wrapped(level, t) for t in tangents], result, call)
        return [None if t is None else level.entries(t) for t in found]

    def _part(self, value: Any, which: str) -> Any:
        if isinstance(value, (list, tuple)):
            return [self._part(v, which) for v in value]
        own = self.derivatives(value)
        found = None if own is None else getattr(own, which)
        return None if found is None else as_tensor(found)

    def _product(self, op: Op, args: tuple[Any, ...], result: Any) -> Any:
        ((slopes, curvature),) = self._linear(op, args, result)
        first, second = [self.derivatives(a).slopes for a in args]  # type: ignore[union-attr]
        if first is not None and second is not None:
            level = VmapLevel(self.count, "same")
            with level.entered():
                both = call(op, (level.wrap(as_tensor(first)), level.wrap(as_tensor(second))))
            products = level.entries(both)
            curvature = sum_of(curvature, 2 * (products.sum(0) if self.summed else products))
        return slopes, curvature

    def _elementwise(self, op: Op, args: tuple[Any, ...], result: Any, moving: list[int]) -> Any:
        # By the partial derivatives, which are those of numbers: they need no directions.
        rank = result._array.ndim
        own = {i: self.derivatives(args[i]) for i in moving}
        first: dict[int, Any] = {}
        second: dict[tuple[int, int], Any] = {}
        for i in moving:
            first[i], second[i, i] = _expanded(op, args, result, (i,))
        for i in moving:
            for j in moving:
                if i < j:
                    mixed = _expanded(op, args, result, (i, j))[1]
                    second[i, j] = mixed - second[i, i] - second[j, j]
        slopes = curvature = None
        for i, (along, curved) in own.items():  # type: ignore[misc]
            if along is not None:
                slopes = sum_of(slopes, _aligned(self.plain(along), rank) * self.plain(first[i]))
            if curved is not None:
                lies = curved if self.summed else _aligned(curved, rank)
                curvature = sum_of(curvature, lies * self.plain(first[i]))
        for (i, j), partial in second.items():
            a, b = own[i].slopes, own[j].slopes  # type: ignore[union-attr]
            if a is not None and b is not None:
                products = self._products(_aligned(a, rank), _aligned(b, rank), a is b)
                curvature = sum_of(curvature, products * self.plain(2 * partial))
        return self._full(slopes, result, batched=True), self._full(curvature, result, batched=not self.summed)

    def _products(self, a: Any, b: Any, same: bool) -> Any:
        # Of slopes in the same direction, and their sum where that is what is wanted.
        if not self.summed:
            return a * b
        if isinstance(a, ndarray) and isinstance(b, ndarray):
            return np.einsum("d...,d...->...", a, a if same else b)
        return (a * b).sum(0)

    def _full(self, value: Any, result: Any, *, batched: bool) -> Any:
        if value is None:
            return None
        shape = (self.count, *result._array.shape) if batched else result._array.shape
        return value if value.shape == shape else np.broadcast_to(value, shape)

    def _by_series(self, function: Callable[..., Any], args: tuple[Any, ...]) -> list[Any]:
        # By a series for each direction, all of them together; one by one where something has to know the values.
        try:
            return self._by_batched_series(function, args)
        except RuntimeError:
            return self._by_single_series(function, args)

    def _by_batched_series(self, function: Callable[..., Any], args: tuple[Any, ...]) -> list[Any]:
        batch = VmapLevel(self.count, "same")
        series = TaylorLevel(2)

        def carried(slopes: Any, curvature: Any) -> list[Any]:
            if curvature is not None:
                # The coefficient is half of it; a sum goes along in the first of the directions.
                curvature = (self._in_first_direction(curvature) if self.summed else curvature) * 0.5
            return [_wrapped(batch, slopes), _wrapped(batch, curvature)]

        with batch.entered():
            with series.entered():
                result = function(*[self._with_series(a, series, carried) for a in args])
            found = []
            for each in results_of(result):
                slopes, curvature = series.coefficient(each, 1), series.coefficient(each, 2)
                if curvature is not None:
                    curvature = batch.entries(curvature) * 2
                    curvature = curvature.sum(0) if self.summed else curvature
                found.append((None if slopes is None else batch.entries(slopes), curvature))
        return found

    def _by_single_series(self, function: Callable[..., Any], args: tuple[Any, ...]) -> list[Any]:
        rows: list[list[Any]] = []
        for number in range(self.count):
            series = TaylorLevel(2)

            def carried(slopes: Any, curvature: Any, number: int = number) -> list[Any]:
                if curvature is not None:
                    curvature = (None if number else curvature) if self.summed else curvature[number]
                return [None if slopes is None else slopes[number], None if curvature is None else curvature * 0.5]

            with series.entered():
                result = function(*[self._with_series(a, series, carried) for a in args])
            rows.append([(series.coefficient(r, 1), series.coefficient(r, 2), r) for r in results_of(result)])
        found = []
        for column in zip(*rows, strict=True):
            slopes = _stacked([c for c, _, _ in column], column[0][2])
            curvature = _stacked([c for _, c, _ in column], column[0][2])
            if curvature is not None:
                curvature = 2 * (curvature.sum(0) if self.summed else curvature)
            found.append((slopes, curvature))
        return found

    def _with_series(self, value: Any, level: TaylorLevel, carried: Callable[[Any, Any], list[Any]]) -> Any:
        if isinstance(value, (list, tuple)) and self.carries(value):
            return type(value)([self._with_series(v, level, carried) for v in value])
        own = self.derivatives(value)
        if own is None:
            return value
        moved = same_tensor(value)
        level.attach(moved, Series(None, carried(*own)))
        return moved

    def _in_first_direction(self, curvature: Any) -> Any:
        value = as_tensor(curvature)
        rest = np.zeros((self.count - 1, *value._array.shape), value._array.dtype)
        return np.concatenate([value.unsqueeze(0), as_tensor(rest)]) if len(rest) else value.unsqueeze(0)

    def change(self, op: Op, args: tuple[Any, ...], run: Run) -> Any:
        """Change the first argument, and its derivatives."""
        target = args[0]
        base = target if target._base is None else target._base
        if not (self.owns(base) or any(self.carries(args[i]) for i in op.tensor_positions)):
            return run(op, args)
        token = op_interceptors.set((*op_interceptors.get(), self))
        try:
            result = op.function(target.clone(), *args[1:])
        finally:
            op_interceptors.reset(token)
        found = self.derivatives(result) or Derivatives(None, None)
        if target is not base:
            own = self.derivatives(base) or Derivatives(None, None)
            found = Derivatives(
                _with_parts(base, target, own.slopes, found.slopes, self.count),
                _with_parts(base, target, own.curvature, found.curvature, 0 if self.summed else self.count),
            )
        self._changes.add(base)
        changed = run(op, args)
        self.attach(base, *found)
        return changed

    def _of_view(self, view: Any) -> Derivatives | None:
        own = self.derivatives(view._base)
        if own is None:
            return None
        slopes, curvature = own
        if slopes is not None:
            slopes = _stacked([replayed(view, each) for each in slopes], view)
        if curvature is not None:
            each = replayed(view, curvature) if self.summed else _stacked([replayed(view, c) for c in curvature], view)
            curvature = each
        return Derivatives(slopes, curvature)

    def apply(self, function: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """Apply a custom function, by what it says of its tangents."""
        outputs = run(function, args)
        if any(self.owns(a) for a in args):
            for tensor, (slopes, curvature) in zip(
                results_of(outputs), self._by_series(function.apply, args), strict=True
            ):
                if slopes is not None or curvature is not None:
                    self.attach(tensor, slopes, curvature)
        return outputs

    # ---- gradients ----

    def variable(self, tensor: Any, variable: Callable[[Any], Any]) -> Any:
        """A variable with the same derivatives."""
        own = self.derivatives(tensor)
        made = variable(tensor)
        if own is not None:
            self.attach(made, *own)
        return made

    def pull(self, outputs: list[Any], inputs: list[Any], seeds: list[Any], pull: Pull) -> list[Any]:
        """The gradients, with their derivatives: one pass for each direction, and one for the curvature."""
        token = op_interceptors.set(tuple([each for each in op_interceptors.get() if each is not self]))
        try:
            found = pull(outputs, inputs, seeds)
            pairs = [(o, s) for o, s in zip(outputs, seeds, strict=True) if s is not None]
            if not any(self.owns(o) or self.owns(s) for o, s in pairs):
                return found

            def pulled(terms: list[tuple[Any, Any]]) -> list[Any]:
                terms = [(as_tensor(o), as_tensor(s)) for o, s in terms if o is not None and s is not None]
                return pull([o for o, _ in terms], inputs, [s for _, s in terms])

            def part(tensor: Any, which: str, d: int | None) -> Any:
                own = self.derivatives(tensor)
                value = None if own is None else getattr(own, which)
                return value if value is None or d is None else value[d]

            along: list[list[Any]] = []
            curved: list[list[Any]] = []
            for d in range(self.count):
                terms = [(part(o, "slopes", d), s) for o, s in pairs] + [(o, part(s, "slopes", d)) for o, s in pairs]
                along.append(pulled(terms))
                # The curvature: of the outputs, of the seeds, and twice what both have in the same direction.
                crossed = pulled([(part(o, "slopes", d), part(s, "slopes", d)) for o, s in pairs])
                curved.append([None if c is None else 2 * c for c in crossed])
                if d == 0 or not self.summed:
                    at = None if self.summed else d
                    terms = [(part(o, "curvature", at), s) for o, s in pairs]
                    terms += [(o, part(s, "curvature", at)) for o, s in pairs]
                    curved[-1] = [sum_of(a, b) for a, b in zip(curved[-1], pulled(terms), strict=True)]
            carrying = []
            for number, (gradient, tensor) in enumerate(zip(found, inputs, strict=True)):
                same = as_tensor(zeros_like(tensor)) if gradient is None else same_tensor(gradient)
                rows = [
                    [as_tensor(zeros_like(tensor)) if r[number] is None else r[number] for r in p]
                    for p in (along, curved)
                ]
                curvature = sum(rows[1][1:], rows[1][0]) if self.summed else np.stack(rows[1])
                self.attach(same, np.stack(rows[0]), curvature)
                carrying.append(same)
            return carrying
        finally:
            op_interceptors.reset(token)


def _stacked(rows: list[Any], like: Any) -> Any:
    # One row for each direction, None for zeros.
    if all(row is None for row in rows):
        return None
    rows = [zeros_like(like) if row is None else row for row in rows]
    if any(isinstance(row, TensorBase) for row in rows):
        rows = [as_tensor(row) for row in rows]
    return np.stack(rows)


def _with_parts(base: Any, view: Any, whole: Any, part: Any, count: int) -> Any:
    # What a base carries with something else in place of what its view does; `count`: of so many directions.
    if whole is None and part is None:
        return None
    if not count:
        return with_part(base, view, whole, part)
    rows = [
        with_part(base, view, None if whole is None else whole[d], None if part is None else part[d])
        for d in range(count)
    ]
    return _stacked(rows, base)


def _any(tangents: list[Any]) -> bool:
    return any(any(t is not None for t in each) if isinstance(each, list) else each is not None for each in tangents)


def _wrapped(level: VmapLevel, value: Any) -> Any:
    # What has the directions along its first dimension as a batch of them.
    if value is None:
        return None
    return [_wrapped(level, v) for v in value] if isinstance(value, list) else level.wrap(as_tensor(value))


def _aligned(value: Any, rank: int) -> Any:
    # With dimensions of size one behind that of the directions, so that the others broadcast as they would without it.
    missing = rank + 1 - (value._array.ndim if isinstance(value, TensorBase) else value.ndim)
    return value if missing <= 0 else value.reshape((value.shape[0], *(1,) * missing, *value.shape[1:]))


def _expanded(op: Op, args: tuple[Any, ...], result: Any, positions: tuple[int, ...]) -> tuple[Any, Any]:
    # The coefficients of the operation when these arguments are increased by t.
    level = TaylorLevel(2)
    moved = list(args)
    for i in positions:
        moved[i] = same_tensor(args[i])
        array = args[i]._array
        level.attach(moved[i], Series(None, [np.ones(array.shape, array.dtype)]))
    expanded = same_tensor(result)
    level.expand(op, tuple(moved), expanded)
    zeros = zeros_like(result)
    found = [level.coefficient(expanded, order) for order in (1, 2)]
    return zeros if found[0] is None else found[0], zeros if found[1] is None else found[1]
