"""Which operation's gradients do not account for what its results do.

The inputs are moved along a direction, and a backward pass sends weights down. At each operation, what the results
change by, times the gradients that arrived for them, must equal what the operands change by, times the gradients that
go on to them. Added up over all operations, what is missing is the difference between the numerical and the analytical
derivative; so where that is wrong, some operation is out of balance, and what is out of balance is wrong. Operands move
as they do in this program, so matrices that must be symmetric are, and the gradients are those that this program asks
for, so what they leave open does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule import autograd
from chainrule.autograd.checking.subject import Array, Subject
from chainrule.autograd.checking.trace import Call, Key, Trace, traced
from chainrule.engine.tensor_base import new_tensor

# How far inputs are moved: far enough for ten digits, near enough for what curves.
STEP = 1e-4
# What part of what moves may be missing, before an operation is out of balance.
TOLERANCE = 1e-6
# How many units in the last place an operation may be off by.
ROUNDING = 50
# How many times the error of a finite difference must be missing.
CERTAINTY = 10

Directions = list[Array]


@dataclass
class Side:
    """A sum of products with finite differences: its value, the value by a coarser difference, and the sum of sizes."""

    value: float = 0.0
    coarse: float = 0.0
    size: float = 0.0

    def add(self, gradient: Any, motion: Motion) -> None:
        """Add what a motion contributes by way of a gradient, None for none."""
        if gradient is None:
            return
        self.value += float(np.vdot(gradient, motion.fine).real)
        self.coarse += float(np.vdot(gradient, motion.coarse).real)
        self.size += float((np.abs(gradient) * (np.abs(motion.fine) + motion.noise)).sum())

    def add_exactly(self, gradient: Any, direction: Array) -> None:
        """Add what an input contributes that moves along a direction."""
        if gradient is None:
            return
        product = float(np.vdot(gradient, direction).real)
        self.value += product
        self.coarse += product
        self.size += float((np.abs(gradient) * np.abs(direction)).sum())


def is_missing(above: Side, below: Side) -> bool:
    """Whether two sides differ by more than finite differences can be wrong by."""
    missing = abs(above.value - below.value)
    error = abs(above.value - below.value - above.coarse + below.coarse)
    return missing > TOLERANCE * (above.size + below.size) and missing > CERTAINTY * error


class Motion:
    """How an array changes as the inputs move, from its values at -2, -1, 0, 1 and 2 steps."""

    def __init__(self, values: list[Array]) -> None:
        if values[0].dtype.kind not in "fc":
            values = [value.astype(np.float64) for value in values]
        far_low, low, here, high, far_high = values
        with np.errstate(all="ignore"):
            self.coarse = (high - low) / (2 * STEP)
            farther = (far_high - far_low) / (4 * STEP)
            self.fine = (4 * self.coarse - farther) / 3
            # What rounding may add to a difference, so that TOLERANCE allows for it.
            self.noise = ROUNDING * np.finfo(here.dtype).eps * np.abs(here) / STEP / TOLERANCE
            jump = np.abs(high - 2 * here + low) / STEP
            wider = np.abs(far_high - 2 * here + far_low) / STEP
        self.moves = bool((far_high != far_low).any() or (high != low).any())
        # Where a slope changes at once, the second difference grows with the step, not with its square.
        scale = np.abs(self.coarse).max(initial=0) + np.abs(farther).max(initial=0)
        self.bends = bool(
            ((jump > 1e-2 * scale) & (wider < 3 * jump)).any() or (np.abs(self.coarse - farther) > 0.1 * scale).any()
        )


@dataclass
class Imbalance:
    """An operation of a run: what its results and its operands contribute, and the operands that left the graph.

    - `results`: how results move. `moving`: how operands move that have an edge. `gradients`: those that arrived, and
      those that went on, for each edge.
    """

    call: Call
    above: Side
    below: Side
    is_at_a_kink: bool
    lost: list[str]
    results: list[Array]
    moving: dict[Key, Array]
    gradients: tuple[list[Any], list[Any]]

    @property
    def missing(self) -> float:
        """The difference of the two sides."""
        return self.above.value - self.below.value

    @property
    def is_certain(self) -> bool:
        """Whether more is missing than finite differences can be wrong by; or it is not finite, unlike what arrived."""
        if not np.isfinite(self.missing):
            return bool(np.isfinite(self.above.value) and not np.isfinite(self.below.value))
        return is_missing(self.above, self.below)


class Survey:
    """A run of a function, with four more around it, and a backward pass through it.

    - `trace`: the run itself. `inputs`, `weights`: how the inputs move, and the gradients of the outputs, which are
      random for each `number`. `gradients`: for each node those that arrived, and those that went on.
    - `is_aligned`: whether all runs called the same operations; else nothing is known of how they move. Nor is it where
      operations have more than `largest` elements together.
    - `total`: both sides for the function as a whole. `imbalances`: each operation that the backward pass came to.
    - `cut_outputs`: the outputs that move, and require no grad.
    """

    def __init__(self, subject: Subject, number: int, largest: float = np.inf) -> None:
        self.trace = traced(subject)
        inputs, weights = directions(subject, self.trace.values, number)
        self.total = Side(), Side()
        self.imbalances: list[Imbalance] = []
        self.cut_outputs: list[int] = []
        outputs = [o for o, output in enumerate(self.trace.outputs) if output.requires_grad]
        traces = [self.trace]
        if self.trace.size <= largest:
            traces = [self.trace if not n else _moved_trace(subject, inputs, n) for n in (-2, -1, 0, 1, 2)]
        self.is_aligned = len(traces) > 1 and all(trace.runs_as(self.trace) for trace in traces)
        motions: list[Motion] = []
        if self.is_aligned:
            motions = [Motion(list(values)) for values in zip(*[trace.values for trace in traces], strict=True)]
            # Turned to where the outputs go, so that nothing cancels.
            weights = [_turned(weight, motion.fine) for weight, motion in zip(weights, motions, strict=True)]
            self.cut_outputs = [o for o, motion in enumerate(motions) if motion.moves and o not in outputs]
        self.inputs, self.weights = inputs, weights
        seeds = [weights[o] for o in outputs]
        found, self.gradients = backward_watched(self.trace, subject.variables, outputs, seeds)
        if not self.is_aligned:
            return
        for o, seed in zip(outputs, seeds, strict=True):
            self.total[0].add(seed, motions[o])
        for gradient, direction in zip(found, inputs, strict=True):
            self.total[1].add_exactly(gradient, direction)
        for at, call in enumerate(self.trace.calls):
            if call.node in self.gradients:
                self._weigh(call, [trace.calls[at] for trace in traces], self.gradients[call.node])

    def _weigh(self, call: Call, runs: list[Call], gradients: tuple[list[Any], list[Any]]) -> None:
        arrived, gone = gradients
        above, below = Side(), Side()
        results = [Motion([run.results[r] for run in runs]) for r in range(len(call.results))]
        for motion, gradient in zip(results, arrived, strict=False):
            above.add(gradient, motion)
        operands = [Motion([run.operands[o].array for run in runs]) for o in range(len(call.operands))]
        lost = []
        for operand, motion in zip(call.operands, operands, strict=True):
            if operand.edge is not None:
                below.add(gone[operand.edge], motion)
            if operand.is_differentiable and motion.moves and not operand.requires_grad:
                lost.append(operand.name)
        kink = any(motion.bends for motion in results) and not any(motion.bends for motion in operands)
        moving = {
            operand.key: motion.fine
            for operand, motion in zip(call.operands, operands, strict=True)
            if motion.moves and operand.edge is not None
        }
        fine = [motion.fine for motion in results]
        self.imbalances.append(Imbalance(call, above, below, kink, lost, fine, moving, gradients))

    @property
    def missing(self) -> float:
        """The difference of the numerical and the analytical derivative of the whole."""
        return self.total[0].value - self.total[1].value

    def out_of_balance(self) -> list[Imbalance]:
        """The operations that are out of balance, most first; those that make what is not finite before all."""
        found = [each for each in self.imbalances if each.is_certain]
        return sorted(found, key=lambda each: -abs(each.missing) if np.isfinite(each.missing) else -np.inf)


def directions(subject: Subject, outputs: list[Array], number: int) -> tuple[Directions, Directions]:
    """Random directions of the inputs, and random gradients of outputs like these; others for another number."""
    rng = np.random.default_rng(number)

    def vector(array: Array) -> Array:
        drawn = rng.uniform(0.5, 1, array.shape) * rng.choice([-1, 1], array.shape)
        if array.dtype.kind == "c":
            drawn = drawn + 1j * rng.uniform(0.5, 1, array.shape) * rng.choice([-1, 1], array.shape)
        return np.asarray(drawn, array.dtype if array.dtype.kind in "fc" else np.float64)

    return [vector(variable._array) for variable in subject.variables], [vector(value) for value in outputs]


def _turned(weight: Array, motion: Array) -> Array:
    # Of the same sizes, and of the signs (for complex numbers directions) of the motion where there is any.
    with np.errstate(all="ignore"):
        turned = np.abs(weight) * (motion / np.abs(motion))
    return np.asarray(np.where(np.isfinite(turned), turned, weight), weight.dtype)


def _moved_trace(subject: Subject, directions: Directions, steps: int) -> Trace:
    arrays = [variable._array for variable in subject.variables]
    before = [array.copy() for array in arrays]
    try:
        for array, direction in zip(arrays, directions, strict=True):
            array[...] = array + steps * STEP * direction
        return traced(subject)
    finally:
        for array, values in zip(arrays, before, strict=True):
            array[...] = values


def backward_watched(
    trace: Trace, variables: list[Any], outputs: list[int], seeds: list[Array]
) -> tuple[list[Any], dict[Any, tuple[list[Any], list[Any]]]]:
    """The gradients of the inputs, and for each node those that arrived and those that went on, None for none."""
    gradients: dict[Any, tuple[list[Any], list[Any]]] = {}
    handles = []
    for node in {call.node: None for call in trace.calls if call.node is not None}:

        def note(grad_inputs: Any, grad_outputs: Any, node: Any = node) -> None:
            gradients[node] = _copied(grad_outputs), _copied(grad_inputs)

        handles.append(node.register_hook(note))
    try:
        found = autograd.grad(
            [trace.outputs[o] for o in outputs],
            variables,
            [new_tensor(seed) for seed in seeds],  # type: ignore[misc]
            retain_graph=True,
            allow_unused=True,
        )
    finally:
        for handle in handles:
            handle.remove()
    return _copied(found), gradients


def _copied(tensors: Any) -> list[Any]:
    return [None if tensor is None else tensor._array.copy() for tensor in tensors]
