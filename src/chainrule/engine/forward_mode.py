"""Forward mode: tangents that are carried along as a function runs.

A dual tensor is a tensor like any other that also has a tangent at some level (`_tangents`). The level sees every
operation, and gives the result the tangent that the row's kind or rule says; where a row says nothing, the formula of
its gradient, which is linear in the gradient, is transposed. Tangents are tensors: they are recorded, batched, and have
tangents at other levels.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np

from chainrule.engine.broadcasting import broadcast_to
from chainrule.engine.entrywise import entrywise
from chainrule.engine.grad_flag import grad_enabled, is_grad_enabled
from chainrule.engine.interpreters import (
    Level,
    Pull,
    batches_of,
    innermost,
    levels,
    make_private,
    pull,
    variable_of,
    zeros_at,
)
from chainrule.engine.modes import op_interceptors
from chainrule.engine.nesting import dual, inside, unpacked
from chainrule.engine.op import ELEMENTWISE, LINEAR, MULTILINEAR, Op
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.engine.views import strided_step

Run = Callable[[Op, tuple[Any, ...]], Any]


UNSEEN = (
    "the tangent of a view is asked for whose base was changed in place, and had its shape changed in place since the "
    "view was taken: take it after that"
)

# Whether operations carry tangents.
forward_mode_enabled: ContextVar[bool] = ContextVar("forward_mode_enabled", default=True)


class JvpLevel(Level):
    """One level of forward mode."""

    def __init__(self) -> None:
        # Tensors whose tangents have changed: views of them look at these.
        self._roots: list[Any] = []

    def __call__(self, op: Op, args: tuple[Any, ...], run: Run) -> Any:
        """The operation's result, with its tangent where an argument has one."""
        tangents = self._of_arguments(op, args)
        result = run(op, args)
        if tangents is not None and op.formulas:
            moved = tangents_of(op, args, tangents, result, run)
            results = result if isinstance(result, (tuple, list)) else (result,)
            self._attach(result, [_apart(t, r, tangents) for t, r in zip(moved, results, strict=True)])
        if op.view:
            _note_views(op, args, result)
        return result

    def change(self, op: Op, args: tuple[Any, ...], run: Run) -> Any:
        """Change the first argument, and its tangent."""
        tangents = self._of_arguments(op, args)
        if tangents is None:
            return run(op, args)
        target = args[0]
        if not op.formulas:  # a comparison, say: the result does not move
            changed = run(op, args)
            if tangents[0] is not None:
                recorded = is_grad_enabled() and is_in_a_graph(tangents[0])
                self._change_tangent(target, _zeros(target), recorded=recorded)
            return changed
        recorded = is_grad_enabled() and any(map(is_in_a_graph, (*args, *tangents)))
        before = (
            target.clone()
            if any(0 in positions or "result" in names for positions, _, names in op.formulas)
            else target
        )
        result = op.function(before, *args[1:])
        (tangent,) = tangents_of(op, (before, *args[1:]), tangents, result, lambda op, args: op.function(*args))
        changed = run(op, args)
        self._change_tangent(target, _zeros(target) if tangent is None else tangent, recorded=recorded)
        return changed

    def _change_tangent(self, target: Any, tangent: Any, *, recorded: bool) -> None:
        root = self._root(target)
        own = (root._tangents or {}).get(self)
        if own is not None and not recorded and batches_of(tangent) <= batches_of(own):
            self._write(root, target, own, tangent)
            return
        # Another tangent, with room for one in each entry of a batch. What is recorded of the old one stays as it is.
        if target is root:
            changed = tangent.clone()
        else:
            changed = zeros_at(root, levels())
            if own is not None:
                changed.copy_(own)
            self._write(root, target, changed, tangent)
        self._attach(root, (changed,))
        if not self._is_root(root):
            self._roots.append(root)

    def _write(self, root: Any, target: Any, into: Any, tangent: Any) -> None:
        # The tangent of `target` into that of what it is a view of.
        part = self._seen_from(root, target, into)
        array = innermost(part)._array
        if array.size and not np.may_share_memory(array, innermost(into)._array):
            raise RuntimeError(UNSEEN)
        part.copy_(tangent)

    def _is_root(self, tensor: Any) -> bool:
        return any(tensor is root for root in self._roots)

    def _root(self, tensor: Any) -> Any:
        # What this is a view of, as far as tangents go: what has changed, or the furthest that has one, or the base.
        found = None
        source = tensor
        while not self._is_root(source):
            carried = source._tangents or {}
            if self in carried:
                if carried[self] is None:
                    break
                found = source
            further = _source(source)
            if further is None:
                break
            source = further
        else:
            return source
        return source if found is None else found

    def _seen_from(self, root: Any, view: Any, tangent: Any) -> Any:
        # The tangent of a view is the same view of the tangent.
        steps = []
        source = view
        while source is not root:
            noted = source._view if source._base is not None else source._seen_in
            if noted.has_changed(source):
                return strided_step(view._array, root._array).replay(tangent)
            steps.append(noted)
            source = noted.source
        for step in reversed(steps):
            tangent = step.replay(tangent)
        return tangent

    def apply(self, function: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """Apply a custom function, and its `jvp` to the tangents."""
        tangents = [self.tangent(a) for a in args]
        if all(t is None for t in tangents):
            return run(function, args)
        return function.apply_to_duals(args, tangents, run, self._attach)

    def owns(self, tensor: Any) -> bool:
        """Whether it has a tangent at this level."""
        return isinstance(tensor, TensorBase) and self.tangent(tensor) is not None

    def tangent(self, tensor: Any) -> Any:
        """The tangent of a tensor at this level; None for one that is constant."""
        if not isinstance(tensor, TensorBase):
            return None
        if self._roots and _source(tensor) is not None:
            root = self._root(tensor)
            if self._is_root(root):
                return self._seen_from(root, tensor, root._tangents[self])
        carried = tensor._tangents  # type: ignore[attr-defined]
        return None if carried is None else carried.get(self)

    def make_dual(self, primal: Any, tangent: Any) -> Any:
        """The same values, with a tangent at this level."""
        dual = primal.view(primal.shape) if primal._array.flags.c_contiguous else primal.view_as(primal)
        carried = dict(dual._tangents or {})
        carried[self] = tangent
        dual._tangents = carried
        return dual

    def dual(self, primal: Any, tangent: Any) -> Any:
        """The same tensor, as a constant or in the graph, with a tangent at this level."""
        same = same_tensor(primal)
        same._tangents = {**(same._tangents or {}), self: tangent}
        return same

    def unpack(self, tensor: Any) -> tuple[Any, Any]:
        """A tensor's values without their tangent at this level, and the tangent, None where it has none."""
        tangent = self.tangent(tensor)
        return (tensor if tangent is None else self._without(tensor)), tangent

    def variable(self, tensor: Any, variable: Callable[[Any], Any]) -> Any:
        """A variable with the same tangent."""
        tangent = self.tangent(tensor)
        if tangent is None:
            return variable(tensor)
        made = variable(self._without(tensor))
        made._tangents = {**(made._tangents or {}), self: tangent}
        return made

    def pull(self, outputs: list[Any], inputs: list[Any], seeds: list[Any], pull: Pull) -> list[Any]:
        """The gradients, and as their tangents those of the tangents of the outputs."""
        inner = inside(self)
        token = op_interceptors.set(tuple([each for each in op_interceptors.get() if each is not self]))
        try:
            parts = [(None, None) if s is None else unpacked(self, s, inner) for s in seeds]
            gradients = pull(outputs, inputs, [seed for seed, _ in parts])
            more = [(self.tangent(o), seed) for o, (seed, _) in zip(outputs, parts, strict=True)]
            more += [(o, moved) for o, (_, moved) in zip(outputs, parts, strict=True)]
            more = [(output, seed) for output, seed in more if output is not None and seed is not None]
            if more:
                tangents = pull([output for output, _ in more], inputs, [seed for _, seed in more])
                for number, (gradient, tangent) in enumerate(zip(gradients, tangents, strict=True)):
                    if tangent is not None:
                        primal = _zeros(inputs[number]) if gradient is None else gradient
                        gradients[number] = dual(self, primal, tangent, inner)
        finally:
            op_interceptors.reset(token)
        return gradients

    def _without(self, tensor: Any) -> Any:
        if self.tangent(tensor) is None:
            return tensor
        others = {level: t for level, t in (tensor._tangents or {}).items() if level is not self}
        if _source(tensor) is not None:
            others[self] = None  # and not what it would have as a view
        plain = same_tensor(tensor)
        plain._tangents = others or None
        return plain

    def _of_arguments(self, op: Op, args: tuple[Any, ...]) -> list[Any] | None:
        # The tangents of an operation's arguments, a list for a sequence of them; None where there are none at all.
        if not forward_mode_enabled.get():
            return None
        found = False
        tangents: list[Any] = [None] * len(args)
        for i in op.tensor_positions:
            value = args[i]
            if isinstance(value, (list, tuple)):
                tangents[i] = [self.tangent(v) for v in value]
                found = found or any(t is not None for t in tangents[i])
            else:
                tangents[i] = self.tangent(value)
                found = found or tangents[i] is not None
        return tangents if found else None

    def _attach(self, result: Any, tangents: Any) -> None:
        results = result if isinstance(result, (tuple, list)) else (result,)
        for tensor, tangent in zip(results, tangents, strict=True):
            if tangent is not None and isinstance(tensor, TensorBase) and tensor._array.dtype.kind in "fc":
                tensor._tangents = {**(tensor._tangents or {}), self: tangent}  # type: ignore[attr-defined]


class _BatchedView:
    # How a batch is a view of another, which only forward mode asks: what `views.View` is for other tensors.

    __slots__ = ("args", "number", "op", "own", "source", "source_value")

    op: Any
    args: tuple[Any, ...]
    number: int | None
    source: Any
    source_value: Any
    own: Any

    def replay(self, source: Any) -> Any:
        made = self.op.function(source, *self.args)
        return made if self.number is None else made[self.number]

    def has_changed(self, view: Any) -> bool:
        # Whether one of the two has another shape since, where nothing says which part of it the view is.
        if self.source_value is not self.source._value or self.own is not view._value:
            raise RuntimeError(UNSEEN)
        return False


def _note_views(op: Op, args: tuple[Any, ...], result: Any) -> None:
    several = isinstance(result, (tuple, list))
    for number, tensor in enumerate(result if several else (result,)):
        if hasattr(tensor, "_value") and innermost(tensor)._base is not None:
            noted = _BatchedView()
            noted.op = op
            noted.args = args[1:]
            noted.number = number if several else None
            noted.source = args[0]
            noted.source_value = args[0]._value
            noted.own = tensor._value
            tensor._seen_in = noted


def _source(tensor: Any) -> Any:
    # What this is a view of; None for what is none.
    if tensor._base is not None:
        return tensor._view.source
    noted = getattr(tensor, "_seen_in", None)
    return None if noted is None else noted.source


def _apart(tangent: Any, result: Any, given: list[Any]) -> Any:
    # The tangent of what is no view in memory of its own, since tangents are changed in place with their tensors.
    if tangent is None or innermost(result)._base is not None:
        return tangent
    if innermost(tangent)._base is not None or any(tangent is t for t in given):
        return tangent.clone()
    return tangent


def same_tensor(tensor: Any) -> Any:
    """Another tensor object of the same values and the same place in the graph."""
    if tensor._edge is None and tensor._requires_grad:
        return tensor.view(tensor.shape)  # a leaf is its own place
    batch_type: Any = type(tensor)
    same: Any = batch_type.__new__(batch_type) if hasattr(tensor, "_level") else new_tensor(tensor._array)
    for field in ("_array", "_edge", "_requires_grad", "_version_counter", "_base", "_view"):
        setattr(same, field, getattr(tensor, field))
    same._grad = same._hooks = None
    if hasattr(tensor, "_level"):
        same._level, same._value = tensor._level, tensor._value
    same._tangents = tensor._tangents
    return same


def tangents_of(op: Op, args: tuple[Any, ...], tangents: list[Any], result: Any, run: Run) -> tuple[Any, ...]:
    """The tangents of an operation's results, from those of its arguments: None for a result without one."""
    several = isinstance(result, (tuple, list))
    if op.tangent is not None:
        found = _by_rule(op, args, tangents, result)
    elif op.kind == LINEAR:
        found = run(op, _linear_arguments(op, args, tangents))
    elif op.kind == MULTILINEAR:
        found = _product_rule(op, args, tangents, run)
    elif op.kind == ELEMENTWISE and not several and _is_plain(op, args, result):
        found = _by_formulas(op, args, tangents, result)
    else:
        return transposed(op, args, tangents, result)
    results = tuple(result) if several else (result,)
    moved = tuple(found) if isinstance(found, (tuple, list)) else (found,)
    return tuple([_fitted(t, r) for t, r in zip(moved, results, strict=True)])


def _fitted(tangent: Any, result: Any) -> Any:
    # A tangent as one of its result: of the same shape and type.
    if tangent is None or not isinstance(result, TensorBase):
        return None
    array = result._array
    if array.dtype.kind not in "fc":
        return None
    if not isinstance(tangent, TensorBase):
        tangent = new_tensor(np.asarray(tangent))
    if tangent._array.shape != array.shape:
        tangent = broadcast_to(tangent, array.shape)
    if tangent._array.dtype != array.dtype:
        if tangent._array.dtype.kind == "c" and array.dtype.kind != "c":
            tangent = tangent.real
        tangent = tangent.astype(array.dtype)
    return tangent


def _zeros(tensor: Any) -> Any:
    return new_tensor(np.zeros(tensor._array.shape, tensor._array.dtype))


def _linear_arguments(op: Op, args: tuple[Any, ...], tangents: list[Any]) -> tuple[Any, ...]:
    # The tangents in place of the tensors that the result is linear in.
    moved = list(args)
    for positions, _, _ in op.formulas:
        for i in positions:
            value = args[i]
            if i == op.sequence:
                moved[i] = [_zeros(v) if t is None else t for v, t in zip(value, tangents[i], strict=True)]
            elif tangents[i] is not None:
                moved[i] = tangents[i]
            elif isinstance(value, TensorBase):
                moved[i] = _zeros(value)
            elif value is not None:
                moved[i] = np.zeros_like(value) if isinstance(value, np.ndarray) else type(value)(0)
    return tuple(moved)


def _product_rule(op: Op, args: tuple[Any, ...], tangents: list[Any], run: Run) -> Any:
    total = None
    for i, tangent in enumerate(tangents):
        of_sequence = isinstance(tangent, list)
        for j, t in enumerate(tangent if of_sequence else (tangent,)):
            if t is None:
                continue
            moved = [*args[i][:j], t, *args[i][j + 1 :]] if of_sequence else t
            term = run(op, (*args[:i], moved, *args[i + 1 :]))
            total = term if total is None else total + term
    return total


def _is_plain(op: Op, args: tuple[Any, ...], result: Any) -> bool:
    # Whether the tangent is the gradient's formula at the tangent: not for a complex function without a derivative.
    if op.takes_grads:
        return False
    if op.conjugate:
        return True
    tensors = [args[i] for i in op.tensor_positions if isinstance(args[i], TensorBase)]
    return all(t._array.dtype.kind != "c" for t in (*tensors, result))


def _by_formulas(op: Op, args: tuple[Any, ...], tangents: list[Any], result: Any) -> Any:
    total = None
    shape = result._array.shape
    for positions, formula, names in op.formulas:
        moving = [i for i in positions if tangents[i] is not None]
        if not moving:
            continue
        needs = tuple([i in moving for i in positions])
        values = [_value(op, name, args, result, needs) for name in names[1:]]
        for i in moving:
            gradients = entrywise(formula)(broadcast_to(tangents[i], shape), *values)
            term = gradients[positions.index(i)] if len(positions) > 1 else gradients
            if term is not None:
                total = term if total is None else total + term
    return total


def _by_rule(op: Op, args: tuple[Any, ...], tangents: list[Any], result: Any) -> Any:
    values: list[Any] = []
    rule: Any = op.tangent
    optional = len(op.tangent_names) - len(rule.__defaults__ or ())  # from there on None stands for no tangent
    for number, name in enumerate(op.tangent_names):
        if name.endswith("_t") and name[:-2] in op.parameters:
            i = op.parameters.index(name[:-2])
            values.append(tangents[i] if number >= optional else _materialized(args[i], tangents[i]))
        else:
            values.append(_value(op, name, args, result, ()))
    return entrywise(rule)(*values)


def _materialized(value: Any, tangent: Any) -> Any:
    # A tangent, zeros where a tensor has none; None for what is no tensor.
    if isinstance(tangent, list):
        return [_zeros(v) if t is None else t for v, t in zip(value, tangent, strict=True)]
    if tangent is None and isinstance(value, TensorBase) and value._array.dtype.kind in "fc":
        return _zeros(value)
    return tangent


def _value(op: Op, name: str, args: tuple[Any, ...], result: Any, needs: tuple[bool, ...]) -> Any:
    # What a formula's parameter stands for, in this call.
    if name == "needs":
        return needs
    if name == "result":
        return result
    if name in op.results and name not in op.parameters:
        return result[op.results.index(name)]
    if name not in op.parameters:
        value = args[op.parameters.index(name.removesuffix("_shape"))]
        if isinstance(value, (list, tuple)):
            return tuple([v._array.shape if isinstance(v, TensorBase) else np.shape(v) for v in value])
        return value._array.shape if isinstance(value, TensorBase) else np.shape(value)
    value = args[op.parameters.index(name)]
    if isinstance(value, TensorBase) and value._array.dtype.kind in "biu" and op.promotion != "as given":
        first = result[0] if isinstance(result, (tuple, list)) else result
        return value.astype(first._array.dtype)  # type: ignore[attr-defined]
    return value


def transposed(op: Op, args: tuple[Any, ...], tangents: list[Any], result: Any) -> tuple[Any, ...]:
    """The tangents of any row: the formulas of its gradients are linear in the gradients, so gradients through them."""
    around = levels()
    records = is_grad_enabled() and any(map(is_in_a_graph, (*args, *tangents)))
    token = grad_enabled.set(True)
    try:
        moved: list[Any] = []
        moving: list[Any] = []
        directions: list[Any] = []

        def variable(value: Any, tangent: Any) -> Any:
            if tangent is None:
                return value
            made = variable_of(value, around)
            moving.append(made)
            directions.append(tangent)
            return made

        for value, tangent in zip(args, tangents, strict=True):
            if isinstance(tangent, list):
                moved.append([variable(v, t) for v, t in zip(value, tangent, strict=True)])
            else:
                moved.append(variable(value, tangent))
        again = op.function(*moved)
        outputs = list(again) if isinstance(again, (tuple, list)) else [again]
        return linear_transpose(outputs, moving, directions, records=records)
    finally:
        grad_enabled.reset(token)


def is_in_a_graph(value: Any) -> bool:
    """Whether gradients may be wanted for a tensor or one of its tangents, or for one in a list."""
    if isinstance(value, (list, tuple)):
        return any(map(is_in_a_graph, value))
    if not isinstance(value, TensorBase):
        return False
    if value._tangents and is_in_a_graph(list(value._tangents.values())):  # type: ignore[attr-defined]
        return True
    return is_in_a_graph(value._value) if hasattr(value, "_value") else value._requires_grad


def linear_transpose(
    outputs: list[Any], variables: list[Any], directions: list[Any], *, records: bool
) -> tuple[Any, ...]:
    """The tangents of recorded outputs in these directions of their variables; None where one has none."""
    around = levels()
    found: list[Any] = []
    for output in outputs:
        if not isinstance(output, TensorBase) or output._array.dtype.kind not in "fc":
            found.append(None)
            continue
        seed = variable_of(_zeros(output), around)
        gradients = pull([output], variables, [seed], around, keep_graph=True, records=True)
        pairs = [(g, d) for g, d in zip(gradients, directions, strict=True) if g is not None]
        (tangent,) = pull(
            [g for g, _ in pairs], [seed], [d for _, d in pairs], around, keep_graph=True, records=records
        )
        make_private([seed])
        found.append(tangent)
    make_private(variables)
    return tuple(found)
