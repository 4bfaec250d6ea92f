"""A line search for the strong Wolfe conditions (Nocedal and Wright, Numerical Optimization, chapter 3)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, Any]

# How much of the decrease that the slope promises is enough, and how much flatter the slope must get.
ENOUGH_DECREASE = 1e-4
FLATTER = 0.9
MOST_TRIALS = 25


class Trial(NamedTuple):
    """What was found at a step along the direction: the loss, the gradient, and the slope along the direction."""

    step: float
    loss: float
    grad: Array
    slope: float


def strong_wolfe(
    evaluate: Callable[[float], Trial],
    start: Trial,
    step: float,
    longest: float,
    tolerance: float,
    most: int = MOST_TRIALS,
) -> tuple[Trial, int]:
    """The step to take along a direction, and how often the function was evaluated to find it.

    Args:
        evaluate: says what is found at a step.
        start: what was found where the search begins.
        step: the first step to try.
        longest: the largest element of the direction.
        tolerance: below this an interval of steps is narrow enough.
        most: how many steps to try after the first one.
    """
    low, high, trials, found = _bracket(evaluate, start, step, most)
    if found or high is None:
        return low, trials + 1
    evaluations = trials + 1
    stuck = False
    while trials < most and abs(high.step - low.step) * longest >= tolerance:
        left, right = min(low.step, high.step), max(low.step, high.step)
        step, stuck = _inside(_lowest_of_cubic(low, high, left, right), left, right, stuck)
        trial = evaluate(step)
        evaluations += 1
        trials += 1
        if _too_high(trial, start) or trial.loss >= low.loss:
            high = trial
        elif abs(trial.slope) <= -FLATTER * start.slope:
            return trial, evaluations
        else:
            if trial.slope * (high.step - low.step) >= 0:
                high = low
            low = trial
    return low, evaluations


def _bracket(
    evaluate: Callable[[float], Trial], start: Trial, step: float, most: int
) -> tuple[Trial, Trial | None, int, bool]:
    # Two trials with such a step between them, the lower one first; or one that is found.
    before, trial = start, evaluate(step)
    for trials in range(most):
        if _too_high(trial, start) or (trials > 1 and trial.loss >= before.loss):
            return *_by_loss(before, trial), trials, False
        if abs(trial.slope) <= -FLATTER * start.slope:
            return trial, None, trials, True
        if trial.slope >= 0:
            return *_by_loss(before, trial), trials, False
        nearest, farthest = trial.step + 0.01 * (trial.step - before.step), trial.step * 10
        step = _lowest_of_cubic(before, trial, nearest, farthest)
        before, trial = trial, evaluate(step)
    return *_by_loss(start, trial), most, False


def _too_high(trial: Trial, start: Trial) -> bool:
    return trial.loss > start.loss + ENOUGH_DECREASE * trial.step * start.slope


def _by_loss(a: Trial, b: Trial) -> tuple[Trial, Trial]:
    return (a, b) if a.loss <= b.loss else (b, a)


def _inside(step: float, left: float, right: float, stuck: bool) -> tuple[float, bool]:
    # Twice in a row next to an end of the interval, and the step is moved away from it: the interval must get shorter.
    margin = 0.1 * (right - left)
    if min(right - step, step - left) >= margin:
        return step, False
    if not (stuck or step >= right or step <= left):
        return step, True
    return (right - margin if abs(step - right) < abs(step - left) else left + margin), False


def _lowest_of_cubic(a: Trial, b: Trial, left: float, right: float) -> float:
    # Where the cubic through both losses and slopes is lowest; the middle where it has no such place.
    if b.step < a.step:
        a, b = b, a
    with np.errstate(all="ignore"):
        secant = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.step - b.step)
        square = secant**2 - a.slope * b.slope
        if not square >= 0:
            return (left + right) / 2
        root = math.sqrt(square)
        lowest = b.step - (b.step - a.step) * ((b.slope + root - secant) / (b.slope - a.slope + 2 * root))
    return min(max(lowest, left), right)
