"""Which operation is wrong in forward mode, and which for batches."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from chainrule import autograd
from chainrule.autograd.checking.backward_mode import random_like
from chainrule.autograd.checking.balance import STEP, Motion, Side, is_missing
from chainrule.autograd.checking.forward_mode import RealInputs, dual_outputs, require_batched_tangents
from chainrule.autograd.checking.report import Finding, compared
from chainrule.autograd.checking.second_order import SubjectOfGradients
from chainrule.autograd.checking.subject import Array, Subject
from chainrule.autograd.checking.trace import (
    Call,
    Recorder,
    formulas_watched,
    gradients_at,
    operand_at,
    operands_of,
    watched_by,
)
from chainrule.autograd.gradcheck import GradcheckError
from chainrule.engine.batching import VmapLevel
from chainrule.engine.forward_mode import JvpLevel
from chainrule.engine.grad_mode import enable_grad
from chainrule.engine.interpreters import levels
from chainrule.engine.places import here
from chainrule.engine.tensor_base import TensorBase, new_tensor


class TangentRecorder(Recorder):
    """Notes for every operation also the tangents of its operands and of its results, at the level below it."""

    def __init__(self) -> None:
        super().__init__()
        # For each call the tangents of its operands, and those of its results.
        self.tangents: list[tuple[dict[Any, Array], list[Any]]] = []

    def change(self, op: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """Note an operation that changes its first argument, and run it."""
        call = self._begin(op, op.inplace_name, args, operands_of(op, args))
        call.is_in_place = True
        result = run(op, args)
        self._end(call, [args[0]])
        return result

    def _begin(self, op: Any, name: str, args: tuple[Any, ...], operands: list[Any]) -> Call:
        call = super()._begin(op, name, args, operands)
        self._own = {operand.key: _tangent(operand_at(args, operand.key)) for operand in operands}
        return call

    def _end(self, call: Call, results: list[Any]) -> None:
        super()._end(call, results)
        if call.operands:
            own = {key: tangent for key, tangent in self._own.items() if tangent is not None}
            self.tangents.append((own, [_tangent(result) for result in results]))


def _tangent(tensor: Any) -> Array | None:
    # At the innermost level; where gradients are computed there may be none.
    running = levels()
    level = running[-1] if running else None
    tangent = level.tangent(tensor) if isinstance(level, JvpLevel) and isinstance(tensor, TensorBase) else None
    return None if tangent is None else np.array(tangent._array)


def wrong_tangents(subject: Subject) -> list[Finding]:
    """The operations whose tangents are not what finite differences along the operands' tangents are."""
    rng = np.random.default_rng(0)
    for _, real in RealInputs.parts(subject):
        recorder = TangentRecorder()
        directions = {n: random_like(variable._array, rng) for n, variable in enumerate(real.variables)}
        if isinstance(subject, SubjectOfGradients):
            subject.node_watch = lambda outputs, recorder=recorder: formulas_watched(recorder, outputs)
        try:
            dual_outputs(real, directions, watched_by(recorder))
        finally:
            if isinstance(subject, SubjectOfGradients):
                subject.node_watch = None
        for call, (moving, tangents) in zip(recorder.calls, recorder.tangents, strict=True):
            found = _compared_tangents(call, moving, tangents, rng) if moving else None
            if found is not None:
                return [found]
    return []


def _compared_tangents(
    call: Call, moving: dict[Any, Array], tangents: list[Any], rng: np.random.Generator
) -> Finding | None:
    try:
        around = [
            call.again(
                {o.key: o.array + steps * STEP * moving[o.key] for o in call.operands if o.key in moving}
            ).results
            for steps in (-2, -1, 0, 1, 2)
        ]
    except Exception:  # noqa: BLE001  an operation that cannot be called by itself is not looked at
        return None
    numerical, analytical = Side(), Side()
    for number, tangent in enumerate(tangents):
        values = [results[number]._array for results in around if number < len(results)]
        if len(values) < 5 or values[0].dtype.kind not in "fc":
            continue
        weights = random_like(values[0], rng)
        numerical.add(weights, Motion(values))
        if tangent is not None and tangent.shape != values[0].shape:
            return Finding(call, f"its tangent is of shape {list(tangent.shape)}, its result {list(values[0].shape)}")
        if tangent is not None:
            analytical.add_exactly(weights, tangent)
    if not np.isfinite(numerical.value) or not is_missing(numerical, analytical):
        return None
    return Finding(call, f"its tangent is wrong: {compared(analytical.value, numerical.value)}")


class BatchRecorder:
    """Compares what every operation gives for a batch, at the level below it, with what it gives for each entry."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def __call__(self, op: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """Run the operation, on the batch and then on its entries."""
        return self._compared(op, op.name, args, run)

    def apply(self, function: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """The same for a user's Function."""
        return self._compared(function, function.__name__, args, run)

    def _compared(self, op: Any, name: str, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        call = Call(op, name, args, here(), [], [])
        result = run(op, args)
        running = levels()
        level = running[-1] if running else None
        batched = isinstance(level, VmapLevel) and any(level.owns(each) for each in _flat(args))
        if not batched or self.findings or not isinstance(level, VmapLevel):
            return result
        for number in range(level.size):
            alone = run(op, tuple(_entry(level, argument, number) for argument in args))
            for whole, each in zip(_flat(result), _flat(alone), strict=False):
                entries = level.entries(whole)._array
                if entries[number].shape != each._array.shape or not np.allclose(
                    entries[number], each._array, 1e-6, 1e-9
                ):
                    self.findings.append(Finding(call, "its result for a batch is not that of each of its entries"))
                    return result
        return result


def _flat(values: Any) -> list[Any]:
    if isinstance(values, (tuple, list)):
        return [tensor for value in values for tensor in _flat(value)]
    return [values] if isinstance(values, TensorBase) else []


def _entry(level: VmapLevel, value: Any, number: int) -> Any:
    if level.owns(value):
        return value._value[number]
    if isinstance(value, (tuple, list)) and _flat(value):
        return type(value)([_entry(level, each, number) for each in value])
    return value


def wrong_batched_tangents(subject: Subject) -> list[Finding]:
    """The operations that give something else for a batch of tangents than for its entries."""
    recorder = BatchRecorder()
    with suppress(GradcheckError):
        require_batched_tangents(subject, lambda: watched_by(recorder))
    return recorder.findings


def wrong_batches(calls: list[Call], gradients: dict[Any, Any]) -> list[Finding]:
    """The operations whose gradients for a batch are not those of its entries; `gradients`: those at their nodes."""
    rng = np.random.default_rng(0)
    for call in calls:
        if call.node in gradients:
            seeds = [[random_like(result, rng) for result in call.results] for _ in range(2)]
            wrong = _wrong_batch(call, seeds)
            if wrong:
                return [Finding(call, f"its gradients for a batch {wrong}{_inside(call, seeds)}")]
    return []


def _wrong_batch(call: Call, seeds: list[list[Array]]) -> str:
    with enable_grad():
        run = call.again({})
    leaves = [leaf for leaf in run.leaves if leaf._requires_grad]
    outputs = [(o, result) for o, result in enumerate(run.results) if result._requires_grad]

    def grad(rows: list[Array], *, batched: bool) -> list[Any]:
        weights: list[Any] = [new_tensor(rows[o]) for o, _ in outputs]
        return list(
            autograd.grad(
                [result for _, result in outputs], leaves, weights, retain_graph=True, allow_unused=True,
                is_grads_batched=batched,
            )
        )  # fmt: skip

    expected = [grad(rows, batched=False) for rows in seeds]
    try:
        together = grad([np.stack(rows) for rows in zip(*seeds, strict=True)], batched=True)
    except RuntimeError as error:
        return f"raise {type(error).__name__}: {error}"
    for got, *each in zip(together, *expected, strict=True):
        if got is not None and not np.allclose(got._array, np.stack([e._array for e in each]), 1e-6, 1e-9):
            return "are not those of each of its entries"
    return ""


def _inside(call: Call, seeds: list[list[Array]]) -> str:
    # The operation of the backward formula that is wrong for a batch, if it is one.
    from chainrule.func import vmap

    recorder = BatchRecorder()

    def backward(*grads: Any) -> Any:
        with watched_by(recorder):
            return gradients_at(call.node, list(grads))

    with suppress(Exception), enable_grad():
        vmap(backward)(*[new_tensor(np.stack(rows)) for rows in zip(*seeds, strict=True)])
    return f": in its backward formula, {recorder.findings[0].call.name} is wrong for one" if recorder.findings else ""
