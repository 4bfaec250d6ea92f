"""The loss of connectionist temporal classification: see kernels/ctc.py, which computes it on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine.interpreters import is_followed
from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.engine.tensor_base import TensorBase
from chainrule.kernels import ctc as kernels
from chainrule.kernels.ctc import LEAST
from chainrule.ops.losses import check_reduction, reduced
from chainrule.ops.recorded_derivatives import is_recorded, through

_WHILE = "(while checking arguments for ctc_loss_allocate_outputs)"


def _scores(log_probs: Any, states: Any) -> Any:
    # The logarithm of each state's likelihood at each time: (times, batch, states).
    return log_probs[:, np.arange(len(states))[:, None], states]


def _ctc_backward(
    grad: Any, log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int, found: Any
) -> Any:
    targets, input_lengths, target_lengths = (np.asarray(x) for x in (targets, input_lengths, target_lengths))
    states, skips = kernels.states_of(targets, blank)
    last = 2 * target_lengths
    if is_recorded(grad, log_probs):
        return through(
            lambda log_probs: (_composed(log_probs, states, skips, input_lengths, last),),
            (log_probs,),
            (True,),
            (grad,),
        )[0]
    shape = log_probs.shape
    scores = _scores(log_probs, states)
    arrived, remaining = found or kernels.both_ways(scores, skips, input_lengths, last)
    total = kernels.totals(arrived, input_lengths, last)
    likely = kernels.posteriors(arrived, remaining, scores, input_lengths, total)
    likely *= -grad[:, None]
    places = np.arange(shape[0] * shape[1]).reshape(*shape[:2], 1) * shape[2] + states
    sums = np.bincount(places.reshape(-1), likely.reshape(-1), log_probs.size)
    return sums.reshape(shape).astype(log_probs.dtype, copy=False)


def _composed(log_probs: Any, states: Any, skips: Any, input_lengths: Any, last: Any) -> Any:
    # The losses, as the kernels compute them, in operations that are recorded.
    batch, count = states.shape
    scores = np.maximum(_scores(log_probs, states), LEAST)
    places = np.arange(count)
    beyond = np.where(places <= last[:, None], 0.0, LEAST)
    margin = _like(np.full((batch, 2), LEAST), scores)
    arrived = np.maximum(scores[0] + np.where(places < 2, beyond, LEAST), LEAST)
    for time in range(1, log_probs.shape[0]):
        before = np.concatenate([margin, arrived], axis=1)
        ways = np.logaddexp(before[:, 2:], before[:, 1:-1])
        ways = np.logaddexp(ways, np.where(skips, before[:, :-2], LEAST))
        # A sequence that is over stays as it is.
        now = np.maximum(ways + scores[time] + beyond, LEAST)
        arrived = np.where((time < input_lengths)[:, None], now, arrived)
    ends = np.where((places == last[:, None]) | (places == last[:, None] - 1), arrived, LEAST)
    largest = _array_of(ends).max(axis=-1)
    possible = (largest > LEAST / 10) & (input_lengths > 0)
    powers = np.exp(np.where(possible[:, None], ends - largest[:, None], 0))
    return np.where(possible, -np.log(powers.sum(axis=-1)) - largest, 0)


def _like(array: Any, scores: Any) -> Any:
    return array.astype(scores.dtype if isinstance(scores, np.ndarray) else scores.dtype.numpy)


def _array_of(x: Any) -> Any:
    return x._array if isinstance(x, TensorBase) else x


@op(
    name="ctc_loss", spaces="", log_probs=_ctc_backward,
    targets=NOT_DIFFERENTIABLE, input_lengths=NOT_DIFFERENTIABLE, target_lengths=NOT_DIFFERENTIABLE,
)  # fmt: skip
def ctc_loss_rows(
    log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int, zero_infinity: bool,
    found: list[Any] | None = None,
) -> Any:  # fmt: skip
    """The losses of `log_probs` (times, batch, classes) for targets (batch, labels); `found`: what is both ways."""
    states, skips = kernels.states_of(targets, blank)
    last = 2 * target_lengths
    scores = _scores(log_probs, states)
    if found is None:
        arrived = kernels.arrivals(scores, skips, last)
    else:
        found[:] = arrived, _ = kernels.both_ways(scores, skips, input_lengths, last)
    losses = -kernels.totals(arrived, input_lengths, last)
    return np.where(np.isinf(losses), 0, losses) if zero_infinity else losses


def ctc_loss(
    log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int, reduction: str,
    zero_infinity: bool,
) -> Any:  # fmt: skip
    """How unlikely targets are to be read from `log_probs` (times, batch, classes) or (times, classes).

    `targets`: (batch, labels), or all labels one after another. `reduction="mean"` divides each loss by the length of
    its target first.
    """
    check_reduction(reduction)
    is_batch = len(log_probs.shape) == 3
    if not is_batch and len(log_probs.shape) == 2:
        log_probs = log_probs[:, None]
        targets = targets[None] if len(targets.shape) == 1 else targets
    if len(log_probs.shape) != 3:
        raise RuntimeError(
            f"Expected 3-dimensional tensor, but got {len(log_probs.shape)}-dimensional tensor for argument #1 "
            f"'log_probs' {_WHILE}"
        )
    if 0 in tuple(log_probs.shape):
        raise RuntimeError("log_probs tensor must not be empty")
    times, batch, classes = log_probs.shape
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    kind = _array_of(log_probs).dtype
    if kind.kind != "f" or kind == np.float16:
        raise NotImplementedError(f"\"ctc_loss_cpu\" not implemented for '{scalar_type_name(kind)}'")
    of_inputs, of_targets = _lengths("input", input_lengths, batch), _lengths("target", target_lengths, batch)
    if of_inputs.max() > times:
        raise RuntimeError(
            f"Expected input_lengths to have value at most {times}, but got value {of_inputs.max()} {_WHILE}"
        )
    labels = _padded(_array_of(targets).astype(np.int64), of_targets)
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        outside = labels[(labels < 0) | (labels >= classes)][0]
        raise RuntimeError(f"ctc_loss: the target {outside} is not in the label range: there are {classes} classes")
    found: list[Any] | None = [] if is_followed(log_probs) else None
    losses = ctc_loss_rows(log_probs, labels, of_inputs, of_targets, blank, zero_infinity, found)
    if reduction == "mean":
        losses = losses / np.maximum(of_targets, 1).astype(kind)
    return reduced(losses if is_batch or reduction != "none" else losses[0], reduction)


def _lengths(name: str, lengths: Any, batch: int) -> Any:
    array = np.asarray(_array_of(lengths)).reshape(-1)
    if array.dtype.kind not in "iu" and array.size:
        raise RuntimeError(f"{name}_lengths must be integral")
    if array.size != batch:
        raise RuntimeError(f"{name}_lengths must be of size batch_size")
    if array.min() < 0:
        raise RuntimeError(
            f"Expected {name}_lengths to have value at least 0, but got value {array[array < 0][0]} {_WHILE}"
        )
    return array.astype(np.int64)


def _padded(targets: Any, lengths: Any) -> Any:
    # The labels of each sequence in a row, with zeros behind them.
    longest = int(lengths.max())
    if targets.ndim > 1:
        if targets.shape[1] < longest:
            raise RuntimeError(
                f"Expected tensor to have size at least {longest} at dimension 1, but got size {targets.shape[1]} for "
                f"argument #2 'targets' {_WHILE}"
            )
        return np.where(np.arange(longest) < lengths[:, None], targets[:, :longest], 0)
    if len(targets) != lengths.sum():
        raise RuntimeError(
            f"Expected tensor to have size {lengths.sum()} at dimension 0, but got size {len(targets)} for argument #2 "
            f"'targets' {_WHILE}"
        )
    rows = np.zeros((len(lengths), longest), np.int64)
    rows[np.arange(longest) < lengths[:, None]] = targets
    return rows
