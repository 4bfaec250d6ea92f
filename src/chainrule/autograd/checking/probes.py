"""Each operation of a function by itself: what a comparison of derivatives at one point does not show.

An operation is called again with the values it had, and its node is given the gradients that arrived. Reported is only
what cannot be right: what was given is changed, gradients depend on what was computed in between, on the layout of
memory, or on whether they are recorded themselves.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from chainrule.autograd.checking.options import Options
from chainrule.autograd.checking.report import Finding
from chainrule.autograd.checking.subject import Array
from chainrule.autograd.checking.trace import Call, gradients_at, is_same
from chainrule.engine.evaluation import as_rules_take_it, evaluate
from chainrule.engine.grad_mode import enable_grad, no_grad
from chainrule.engine.node import OwnNode
from chainrule.engine.tensor_base import new_tensor

Gradients = list[Any]


def probed(
    calls: list[Call], gradients: dict[Any, tuple[Gradients, Gradients]], options: Options, *, on_tensors: bool
) -> Iterator[Finding]:
    """What is wrong with operations by themselves; of several calls alike the first is looked at.

    `gradients`: those that arrived at nodes. `on_tensors`: whether gradients are to be differentiated too.
    """
    seen = set()
    for call in calls:
        alike = (*call.signature, call.op, tuple((o.array.dtype, o.requires_grad) for o in call.operands))
        if call.node not in gradients or alike in seen or call.formula_of is not None:
            continue
        seen.add(alike)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found = _probe(call, gradients[call.node][0], options, on_tensors=on_tensors)
        if found:
            yield Finding(call, found)


def _probe(call: Call, arrived: Gradients, options: Options, *, on_tensors: bool) -> str | None:
    try:
        plain = _Run(call, arrived)
    except Exception:  # noqa: BLE001  an operation that cannot be called by itself is not looked at
        return None
    if plain.node is None or not _are_close(plain.results, call.results, 0, 0):
        return None
    if plain.overwritten:
        return plain.overwritten
    same = _attempt(lambda: _Run(call, arrived))
    if same is None or not _are_close(same.gradients, plain.gradients, 0, 0):
        return None  # it is random, which was checked as far as it was asked for
    if options.check_grad_dtypes and (name := _less_precise(plain, call, arrived)):
        return f"its gradient for '{name}' is computed in less precision than the operand has"
    if _is_stale(call, arrived, plain.gradients):
        return "its gradient depends on calls of it that came after: what it keeps for backward is overwritten by them"
    for layout, laid_out in LAYOUTS.items():
        other = _attempt(lambda laid_out=laid_out: _Run(call, arrived, laid_out))  # type: ignore[misc]
        if (
            other is not None
            and _are_close(other.results, plain.results, 1e-6, 1e-9)
            and not _are_close(other.gradients, plain.gradients, options.rtol, options.atol)
        ):
            return f"its gradient is another for the same values in memory that is {layout}"
    if on_tensors:
        recorded = _attempt(lambda: _Run(call, arrived, recorded=True))
        if recorded is not None and not _are_close(recorded.gradients, plain.gradients, 1e-6, 1e-9):
            return "its gradient is another when it is recorded, to be differentiated, than when it is not"
    return None


def _attempt(run: Callable[[], _Run]) -> _Run | None:
    try:
        return run()
    except Exception:  # noqa: BLE001  a layout that an operation refuses is not wrong
        return None


class _Run:
    # An operation called again, and the gradients of its operands.

    def __init__(
        self,
        call: Call,
        arrived: Gradients,
        laid_out: Callable[[Array], Array] = np.copy,
        *,
        before_backward: Callable[[], object] | None = None,
        recorded: bool = False,
    ) -> None:
        operands = {operand.key: laid_out(operand.array) for operand in call.operands}
        with enable_grad():
            run = call.again(operands)
        results, self.node = run.results, run.node
        self.results = [result._array.copy() for result in results]
        self.overwritten = ""
        self.gradients: Gradients = []
        if self.node is None:
            return
        if before_backward is not None:
            before_backward()
        given = [None if gradient is None else gradient.copy() for gradient in arrived]
        tensors = [None if gradient is None else new_tensor(gradient) for gradient in given]
        with enable_grad() if recorded else no_grad():
            gone = gradients_at(self.node, tensors)
        self.gradients = [None if gradient is None else gradient._array for gradient in gone]
        if not all(a is None or is_same(a, b) for a, b in zip(given, arrived, strict=True)):
            self.overwritten = "its backward formula changes the gradient that it is given, in place"
        for operand in call.operands:
            if not call.is_in_place and not is_same(operands[operand.key], operand.array):
                self.overwritten = f"its backward formula changes '{operand.name}', in place"
        if not all(is_same(r._array, before) for r, before in zip(results, self.results, strict=True)):
            self.overwritten = "its backward formula changes its result, in place"


def _are_close(a: Gradients, b: Gradients, rtol: float, atol: float) -> bool:
    for one, other in zip(a, b, strict=False):
        if one is None or other is None:
            if one is not other:
                return False
        elif one.shape != other.shape or not np.allclose(one, other, rtol, atol, equal_nan=True):
            return False
    return True


def _is_stale(call: Call, arrived: Gradients, expected: Gradients) -> bool:
    # Whether the gradients are others when the operation has been called with other values in between.
    others = {
        operand.key: np.flip(operand.array) * 0.75 if operand.array.dtype.kind in "fc" else operand.array.copy()
        for operand in call.operands
    }
    others = {key: value.reshape(_shape_of(call, key)) for key, value in others.items()}

    def again() -> None:
        with suppress(Exception):  # the values may be none that it takes
            call.again(others)

    run = _attempt(lambda: _Run(call, arrived, before_backward=again))
    return run is not None and not _are_close(run.gradients, expected, 1e-7, 1e-12)


def _shape_of(call: Call, key: Any) -> tuple[int, ...]:
    return next(operand.array.shape for operand in call.operands if operand.key == key)


def _less_precise(run: _Run, call: Call, arrived: Gradients) -> str | None:
    # The operand whose formula gives numbers of less precision than both the operand and what arrived.
    node = run.node
    given: Any = [None if gradient is None else gradient.copy() for gradient in arrived]
    if not isinstance(node, OwnNode):
        given = as_rules_take_it(node, given, create_graph=False) if isinstance(node.dtype, tuple) else given[0]
    gone = evaluate(node, given, keep_graph=True, create_graph=False)
    for operand in call.operands:
        gradient = None if operand.edge is None else gone[operand.edge]
        least = min([_precision(operand.array), *[_precision(each) for each in arrived if each is not None]])
        if gradient is not None and _precision(gradient) < least:
            return operand.name
    return None


def _precision(array: Any) -> float:
    dtype = np.dtype(array.dtype)
    return float(-np.log10(np.finfo(dtype).eps)) if dtype.kind in "fc" else 0.0


def _apart(array: Array) -> Array:
    if not array.ndim:
        return array.copy()
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def _by_columns(array: Array) -> Array:
    return np.array(array, order="F")


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "not contiguous": _apart,
    "laid out column by column": _by_columns,
}
