"""Taylor mode: the first coefficients of a power series that are carried along as a function runs.

A tensor at a level of Taylor mode stands for `x(t) = x + x1 t + x2 t**2 + ...`: it is the tensor x, and has the
`Series` of the others at the level. What the level gives a result is told by the row: LINEAR rows act on each
coefficient, those linear in each argument on all pairs of coefficients (Cauchy's product), and every other row by its
derivative: `y' = f'(x) x'` is a formula of the table, which is run on tensors that have series themselves. That gives
the coefficients one after another, since those of `y'` up to some order need those of `y` up to the same order only.

Coefficients are worked out when they are asked for, and operations of a formula that were done before are not done
again: the formula of `sin` needs `cos`, whose formula needs the very `sin` that was asked for. So an operation takes a
number of steps that grows with the square of the order, where derivatives of derivatives grow exponentially.

A coefficient is a plain array where nobody wants its derivative, a tensor that is recorded where somebody does, and
None where it is zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy import ndarray

from chainrule.engine.broadcasting import broadcast_to
from chainrule.engine.call import call
from chainrule.engine.forward_mode import same_tensor, tangents_of
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.interpreters import Level, Pull
from chainrule.engine.linearity import has_affine_tangent, is_affine, is_floating, is_plain
from chainrule.engine.modes import op_interceptors
from chainrule.engine.nested_duals import nested_duals
from chainrule.engine.op import LINEAR, MULTILINEAR, Op
from chainrule.engine.power_series import (
    More,
    Series,
    as_tensor,
    divided,
    fitting,
    formula_argument,
    results_of,
    scaled,
    sum_of,
    tensors_for_arrays,
    zeros_like,
)
from chainrule.engine.taylor_changes import Changes, series_of_view, with_part
from chainrule.engine.taylor_products import products
from chainrule.engine.taylor_transpose import transposed_derivatives
from chainrule.engine.tensor_base import TensorBase

Run = Callable[[Op, tuple[Any, ...]], Any]
# A rule for a row: called with the level, the row, its arguments and its result.
Rule = Callable[["TaylorLevel", Op, tuple[Any, ...], Any], More]

RULES: dict[str, Rule] = {}  # of rows, by their names
EXPRESSIONS: set[str] = set()  # rows whose forward, an expression of other rows, is run in their place within formulas

SMALL = 64  # constants with so many elements are told from others by their values


class TaylorLevel(Level):
    """One level of Taylor mode, up to `order`."""

    def __init__(self, order: int) -> None:
        self.order = order
        # The operations of formulas, while a user's operation is worked out: by what they are and what they are given.
        self._done: dict[Any, Any] | None = None
        self._begun: list[Series] = []
        self._changes = Changes()

    # ---- what tensors carry ----

    def series(self, tensor: Any) -> Series | None:
        """The series of a tensor at this level; None for a constant."""
        if not isinstance(tensor, TensorBase):
            return None
        if self._changes.concern(tensor):
            return series_of_view(self, tensor)
        carried = tensor._tangents  # type: ignore[attr-defined]
        return None if carried is None else carried.get(self)

    def attach(self, tensor: Any, series: Series) -> None:
        """Have a tensor carry a series."""
        tensor._tangents = {**(tensor._tangents or {}), self: series}

    def without(self, tensor: Any) -> Any:
        """A tensor without its series; anything else as it is."""
        if not self.owns(tensor):
            return tensor
        plain = same_tensor(tensor)
        plain._tangents = {level: each for level, each in tensor._tangents.items() if level is not self} or None
        return plain

    def coefficient(self, value: Any, order: int) -> Any:
        """The coefficient of a tensor, array or number; of order 0 the values themselves. None for zero."""
        if not order:
            return self.plain(value)
        series = self.series(value)
        return None if series is None else series.coefficient(order)

    def plain(self, value: Any) -> Any:
        """A tensor as it is where somebody wants its derivative, else its array."""
        return value._array if isinstance(value, TensorBase) and self.is_constant(value) else value

    def is_constant(self, tensor: Any) -> bool:
        """Whether nobody wants the derivative of a tensor: neither a graph nor a level below."""
        return not (op_interceptors.get() or (tensor._requires_grad and is_grad_enabled()))

    def owns(self, tensor: Any) -> bool:
        """Whether a tensor has a series at this level."""
        return self.series(tensor) is not None

    def carries(self, value: Any) -> bool:
        """The same of an argument, which may be a sequence of tensors."""
        if isinstance(value, (list, tuple)):
            return any(self.owns(v) for v in value)
        return self.owns(value)

    def derivative(self, tensor: Any) -> Any:
        """The tensor that stands for the derivative of one by t; None for a constant."""
        series = self.series(tensor)
        if series is None:
            return None
        if series.derivative is None:
            first = series.coefficient(1)
            derivative = as_tensor(np.zeros(tensor._array.shape, tensor._array.dtype) if first is None else first)
            if derivative is first:
                derivative = derivative.view(derivative.shape)  # which may carry what it does not
            self.attach(derivative, self._begin(lambda order: scaled(series.coefficient(order + 1), order + 1)))
            series.derivative = derivative
        return series.derivative

    # ---- gradients ----

    def variable(self, tensor: Any, variable: Callable[[Any], Any]) -> Any:
        """A variable with the same series."""
        series = self.series(tensor)
        made = variable(tensor)
        if series is not None:
            self.attach(made, series)
        return made

    def pull(self, outputs: list[Any], inputs: list[Any], seeds: list[Any], pull: Pull) -> list[Any]:
        """The gradients, with their series.

        The derivatives of the coefficient of order i of an output by the input itself are the coefficient of order i of
        the Jacobian: so the gradients' coefficients are sums of gradients of the outputs' coefficients.
        """
        around = tuple([each for each in op_interceptors.get() if each is not self])
        pulled: dict[int, list[Any]] = {}

        def gradients(order: int) -> list[Any]:
            if order not in pulled:
                token = op_interceptors.set(around)
                try:
                    pairs = [
                        (self.coefficient(output, k), self.coefficient(seed, order - k))
                        for output, seed in zip(outputs, seeds, strict=True)
                        if seed is not None
                        for k in range(order + 1)
                    ]
                    pairs = [(as_tensor(o), as_tensor(s)) for o, s in pairs if o is not None and s is not None]
                    pulled[order] = pull([o for o, _ in pairs], inputs, [s for _, s in pairs])
                finally:
                    op_interceptors.reset(token)
            return pulled[order]

        found = gradients(0)
        if not any(self.owns(tensor) for tensor in (*outputs, *seeds)):
            return found
        carrying = []
        for number, (gradient, tensor) in enumerate(zip(found, inputs, strict=True)):
            same = as_tensor(zeros_like(tensor)) if gradient is None else same_tensor(gradient)
            self.attach(same, Series(lambda order, number=number: gradients(order)[number]))  # type: ignore[misc]
            carrying.append(same)
        return carrying

    # ---- operations ----

    def __call__(self, op: Op, args: tuple[Any, ...], run: Run) -> Any:
        """The operation's result, with its series where an argument has one."""
        carried = any(self.carries(args[i]) for i in op.tensor_positions)
        if self._done is not None:
            return self._of_formula(op, args, run, carried=carried)
        result = run(op, args)
        if carried and op.formulas:
            self.expand(op, args, result)
        return result

    def expand(self, op: Op, args: tuple[Any, ...], result: Any) -> None:
        """Have the result of an operation carry its series."""
        self._done = {}
        try:
            self._attach(op, args, result)
            self._remember(self._key(op, args), args, result)
            for tensor in results_of(result):
                series = self.series(tensor)
                if series is not None:
                    series.coefficient(self.order)
        finally:
            self._done = None
            self._end()

    def change(self, op: Op, args: tuple[Any, ...], run: Run) -> Any:
        """Change the first argument, and its series."""
        if self._done is not None:
            self._done.clear()  # what was worked out from it is not what it was
        target = args[0]
        base = target if target._base is None else target._base
        if not (self.owns(base) or any(self.carries(args[i]) for i in op.tensor_positions)):
            return run(op, args)
        with self.running():
            result = op.function(target.clone(), *args[1:])
        coefficients = [self.coefficient(result, order) for order in range(1, self.order + 1)]
        if target is not base:
            coefficients = [
                with_part(base, target, self.coefficient(base, order), c) for order, c in enumerate(coefficients, 1)
            ]
        self._changes.add(base)
        changed = run(op, args)
        dtype = base._array.dtype
        coefficients = [c if c is None or c.dtype == dtype else c.astype(dtype) for c in map(self.plain, coefficients)]
        self.attach(base, Series(None, coefficients))
        return changed

    def apply(self, function: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """Apply a custom function: it says what its tangents are, so the series is made of tangents of tangents."""
        if not any(self.owns(a) for a in args):
            return run(function, args)
        outputs = run(function, args)
        duals = nested_duals(function, [self._polynomial(a) for a in args], self.order)
        for tensor, coefficients in zip(results_of(outputs), duals, strict=True):
            if isinstance(tensor, TensorBase) and tensor._array.dtype.kind in "fc":
                self.attach(tensor, Series(None, [None if c is None else self.plain(c) for c in coefficients]))
        return outputs

    def _polynomial(self, value: Any) -> Any:
        # An argument's coefficients from order 0 on, where it has any; else the argument.
        if not self.owns(value):
            return value
        return [value, *[self.coefficient(value, order) for order in range(1, self.order + 1)]]

    def _of_formula(self, op: Op, args: tuple[Any, ...], run: Run, *, carried: bool) -> Any:
        key = self._key(op, args)
        if key is not None and self._done is not None and key in self._done:
            return self._done[key][0]
        if carried and op.name in EXPRESSIONS:
            with self.running():
                result = op.forward(*args)
        else:
            result = run(op, args)
            if carried and op.formulas:
                self._attach(op, args, result)
        self._remember(key, args, result)
        return result

    def _remember(self, key: Any, args: tuple[Any, ...], result: Any) -> None:
        if key is not None and self._done is not None:
            self._done[key] = (result, args)  # which must live as long as their identities stand in the key

    def _key(self, op: Op, args: tuple[Any, ...]) -> Any:
        key = (op.name, *map(self._name, args))
        try:
            hash(key)
        except TypeError:
            return None
        return key

    def _name(self, value: Any) -> Any:
        if isinstance(value, TensorBase):
            if self.owns(value) or value._requires_grad or op_interceptors.get() or value._array.size > SMALL:
                return id(value)
            value = value._array
        if isinstance(value, ndarray):
            return (value.dtype.str, value.shape, value.tobytes()) if value.size <= SMALL else id(value)
        if isinstance(value, (list, tuple)):
            return tuple([self._name(v) for v in value])
        return (type(value), repr(value) if isinstance(value, (float, complex)) else value)

    def _attach(self, op: Op, args: tuple[Any, ...], result: Any) -> None:
        results = results_of(result)
        floating = [isinstance(r, TensorBase) and r._array.dtype.kind in "fc" for r in results]
        if True in floating:
            for tensor, more, is_floating in zip(results, self._rule(op, args, result), floating, strict=True):
                if is_floating:
                    self.attach(tensor, self._begin(fitting(more, tensor)))

    def _begin(self, more: More) -> Series:
        series = Series(more)
        self._begun.append(series)
        return series

    def _end(self) -> None:
        # What has not been asked for is not needed, and holds what it would be made of.
        for series in self._begun:
            series.more = None
            series.derivative = None
        self._begun.clear()

    def _rule(self, op: Op, args: tuple[Any, ...], result: Any) -> list[More]:
        rule = RULES.get(op.name)
        if rule is not None:
            # The first result's; the others are not differentiable.
            return [rule(self, op, args, result), *[_nothing] * (len(results_of(result)) - 1)]
        if op.tangent is not None and has_affine_tangent(op, args, result, self.carries):
            return self._affine_by_tangent(op, args, result)
        if op.kind == LINEAR:
            return self._linear(op, args, len(results_of(result)))
        if op.kind == MULTILINEAR:
            return [products(self, op, args)]
        if is_plain(op, args, result) and is_affine(op, args, self.carries):
            return [self._affine(op, args, result)]
        if op.tangent is not None or is_plain(op, args, result):
            return self._by_derivative(op, args, result)
        return transposed_derivatives(self, op, args, result)

    def _linear(self, op: Op, args: tuple[Any, ...], count: int) -> list[More]:
        positions = {p for group, _, _ in op.formulas for p in group}
        carried = [args[p] for p in positions]
        orders: dict[int, Any] = {}

        def coefficients(order: int) -> Any:
            if order not in orders:
                if all(self.is_zero(value, order) for value in carried):
                    orders[order] = (None,) * count
                else:
                    moved = [self._term(a, order) if p in positions else self.plain_all(a) for p, a in enumerate(args)]
                    orders[order] = results_of(self.compute(op, tuple(moved)))
            return orders[order]

        return [lambda order, i=i: coefficients(order)[i] for i in range(count)]  # type: ignore[misc]

    def is_zero(self, value: Any, order: int) -> bool:
        """Whether the coefficient of an argument is zero, or all of a sequence's are."""
        if isinstance(value, (list, tuple)):
            return all(self.coefficient(v, order) is None for v in value)
        return self.coefficient(value, order) is None

    def _term(self, value: Any, order: int) -> Any:
        # The coefficient of an argument, zeros for None.
        if isinstance(value, (list, tuple)):
            return [self._term(v, order) for v in value]
        coefficient = self.coefficient(value, order)
        return zeros_like(value) if coefficient is None else coefficient

    def plain_all(self, value: Any) -> Any:
        """`plain` of an argument, which may be a sequence of tensors."""
        if isinstance(value, (list, tuple)) and any(isinstance(v, TensorBase) for v in value):
            return [self.plain(v) for v in value]
        return self.plain(value)

    def compute(self, op: Op, args: tuple[Any, ...]) -> Any:
        """An operation on coefficients, arrays or tensors: without its series."""
        for value in args:
            if isinstance(value, TensorBase) or (
                isinstance(value, (list, tuple)) and any(isinstance(v, TensorBase) for v in value)
            ):
                moved = list(args)
                for i in op.tensor_positions:
                    moved[i] = tensors_for_arrays(args[i])
                result = call(op, tuple(moved))
                return tuple(map(self.plain, result)) if isinstance(result, (tuple, list)) else self.plain(result)
        return op.compute(*args)

    def _affine(self, op: Op, args: tuple[Any, ...], result: Any) -> More:
        # The gradient's formula is the slope, and the coefficients go through it as tangents would.
        still = tuple([self.plain(a) for a in args])
        shape = result._array.shape

        def more(order: int) -> Any:
            total = None
            for (position,), formula, names in op.formulas:
                coefficient = self.coefficient(args[position], order)
                if coefficient is not None:
                    values = [formula_argument(op, name, still, result) for name in names[1:]]
                    total = sum_of(total, formula(broadcast_to(coefficient, shape), *values))
            return self.plain(total)

        return more

    def _affine_by_tangent(self, op: Op, args: tuple[Any, ...], result: Any) -> list[More]:
        still = tuple([self.plain_all(a) for a in args])
        orders: dict[int, Any] = {}

        def value(name: str, order: int) -> Any:
            if name.endswith("_t") and name[:-2] in op.parameters:
                argument = args[op.parameters.index(name[:-2])]
                return self._term(argument, order) if self.carries(argument) or is_floating(argument) else None
            return self.plain(formula_argument(op, name, still, result))

        def coefficients(order: int) -> Any:
            if order not in orders:
                moving = [args[i] for i in op.tensor_positions if self.carries(args[i])]
                if all(self.is_zero(a, order) for a in moving):
                    orders[order] = (None,) * len(results_of(result))
                else:
                    found = op.tangent(*[value(name, order) for name in op.tangent_names])  # type: ignore[misc]
                    orders[order] = tuple(map(self.plain, results_of(found)))
            return orders[order]

        return [lambda order, i=i: coefficients(order)[i] for i in range(len(results_of(result)))]  # type: ignore[misc]

    def _by_derivative(self, op: Op, args: tuple[Any, ...], result: Any) -> list[More]:
        derivatives: list[Any] = []

        def more(order: int, number: int) -> Any:
            if not derivatives:
                tangents = [
                    [self.derivative(v) for v in a] if isinstance(a, (list, tuple)) else self.derivative(a)
                    for a in args
                ]
                with self.running():
                    derivatives.extend(tangents_of(op, args, tangents, result, call))
            derivative = derivatives[number]
            if derivative is None:
                return None
            return divided(self.coefficient(derivative, order - 1), order)

        return [lambda order, i=i: more(order, i) for i in range(len(results_of(result)))]  # type: ignore[misc]

    @contextmanager
    def running(self) -> Iterator[None]:
        """The level on top of the stack again, for the operations of a formula."""
        token = op_interceptors.set((*op_interceptors.get(), self))
        try:
            yield
        finally:
            op_interceptors.reset(token)


def _nothing(order: int) -> None:
    del order
