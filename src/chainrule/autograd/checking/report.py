"""Which operation is wrong, and how, in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.autograd.checking.balance import STEP, Imbalance
from chainrule.autograd.checking.trace import Call, gradients_at
from chainrule.engine.grad_mode import no_grad
from chainrule.engine.op import ELEMENTWISE
from chainrule.engine.tensor_base import new_tensor

CUT = "on its way it was cut from the graph (detach(), .data, .item(), numpy(), no_grad())"

# How many operations a report names.
MOST = 3


class Finding:
    """Something that is wrong with an operation."""

    def __init__(self, call: Call, what: str) -> None:
        self.call = call
        self.what = what

    def __str__(self) -> str:
        return f"  {named(self.call)}:\n    {self.what}"


def report(findings: list[Finding]) -> str:
    """The text for an error; empty where nothing was found."""
    if not findings:
        return ""
    shown = "\n".join(str(finding) for finding in findings[:MOST])
    more = f"\n  and {len(findings) - MOST} more" if len(findings) > MOST else ""
    return f"What is wrong comes from here:\n{shown}{more}"


def named(call: Call) -> str:
    """An operation, its node and the line that called it."""
    node = "" if call.node is None else f" ({call.node.name()})"
    place = "" if call.place is None else f", called at {call.place}"
    if call.formula_of is None:
        return f"{call.name}{node}{place}"
    own = call.formula_of
    recorded = "" if own.place is None else f", called at {own.place}"
    return f"{operation_of(own)} ({own.name()}){recorded}, in its backward formula, at {call.name}"


def operation_of(node: Any) -> str:
    """The name of the operation that a node belongs to."""
    row = node.op
    if row is not None:
        return str(row.name)
    function = getattr(node, "function", None)
    return str(getattr(function, "__name__", None) or node.name())


def of_imbalance(imbalance: Imbalance) -> Finding:
    """What is wrong with an operation that is out of balance."""
    call = imbalance.call
    if imbalance.lost:
        names = " and ".join(f"'{name}'" for name in imbalance.lost)
        return Finding(
            call,
            f"{names} depends on the inputs but does not require grad: {CUT}",
        )
    if not np.isfinite(imbalance.missing):
        return Finding(
            call, "its gradient is not finite, where what arrived is and its result changes by finite amounts"
        )
    if imbalance.is_at_a_kink:
        return Finding(call, "it has no derivative where it is called: its slopes to both sides are not the same")
    wrong = _wrong_operands(imbalance)
    if not wrong:
        return Finding(call, f"its gradient is wrong: {compared(imbalance.below.value, imbalance.above.value)}")
    said = [f"its gradient for '{name}' is wrong: {compared(is_, ought)}" for name, is_, ought in wrong]
    if len(wrong) == 1:
        said[0] += _where(imbalance)
    if _is_right_when_conjugated(imbalance):
        said.append("it is right when it is conjugated: a gradient is the conjugate of the derivative")
    return Finding(call, "; ".join(said))


def _where(imbalance: Imbalance) -> str:
    # At which elements an operation on each by itself is wrong, where it is not at all.
    call = imbalance.call
    (arrived, *_), gone = imbalance.gradients
    if call.is_function or call.op.kind != ELEMENTWISE or len(imbalance.moving) != 1 or len(imbalance.results) != 1:
        return ""
    operand = next(o for o in call.operands if o.key in imbalance.moving)
    gradient, motion, result = gone[operand.edge or 0], imbalance.moving[operand.key], imbalance.results[0]
    shape = operand.array.shape
    if arrived is None or gradient is None or not arrived.shape == gradient.shape == result.shape == shape:
        return ""
    ought, found = (np.conj(arrived) * result).real, (np.conj(gradient) * motion).real
    wrong = np.abs(ought - found) > 1e-5 * (np.abs(ought) + np.abs(found))
    if wrong.all() or not wrong.any():
        return ""
    at, elsewhere = operand.array[wrong], operand.array[~wrong]
    for sign, which in ((-1, "negative"), (1, "positive")):
        if at.dtype.kind == "f" and (sign * at > 0).all() and not (sign * elsewhere > 0).any():
            return f", at the {wrong.sum()} of {wrong.size} elements where '{operand.name}' is {which}"
    some = ", ".join([f"{value:.6g}" for value in at[:MOST]] + ["..."] * (at.size > MOST))
    return f", at {wrong.sum()} of {wrong.size} elements, where '{operand.name}' is {some}"


def _is_right_when_conjugated(imbalance: Imbalance) -> bool:
    # Formulas are linear in the gradient, and right for complex numbers as the conjugate at the conjugate gradient.
    call = imbalance.call
    arrived, _ = imbalance.gradients
    if not any(motion.dtype.kind == "c" for motion in imbalance.moving.values()):
        return False
    with no_grad():
        conjugated = [None if gradient is None else new_tensor(np.conj(gradient)) for gradient in arrived]
        gone = gradients_at(call.node, conjugated)
    total = 0.0
    for operand in call.operands:
        gradient = None if operand.edge is None else gone[operand.edge]
        if gradient is not None and operand.key in imbalance.moving:
            total += float(np.vdot(np.conj(gradient._array), imbalance.moving[operand.key]).real)
    return abs(total - imbalance.above.value) <= 1e-6 * imbalance.above.size


def compared(analytical: float, numerical: float) -> str:
    """What two derivatives along a direction are, and how one can be made the other."""
    if analytical == 0:
        return f"it is zero, by finite differences {numerical:.6g}"
    text = f"{analytical:.8g} along the direction tried, by finite differences {numerical:.8g}"
    ratio = analytical / numerical if numerical else np.inf
    if abs(ratio + 1) < 1e-6:
        return f"{text} (the sign is wrong)"
    return f"{text} ({ratio:.6g} times as much)" if np.isfinite(ratio) else text


def _wrong_operands(imbalance: Imbalance) -> list[tuple[str, float, float]]:
    # The operands whose gradients are wrong, each moved by itself: name, analytical and numerical derivative.
    call = imbalance.call
    operands = [operand for operand in call.operands if operand.key in imbalance.moving]
    if len(operands) == 1:
        return [(operands[0].name, imbalance.below.value, imbalance.above.value)]
    arrived, gone = imbalance.gradients
    found = []
    for operand in operands:
        step = STEP * imbalance.moving[operand.key]
        try:
            high, low = (call.again({operand.key: operand.array + s * step}).results for s in (1, -1))
        except Exception:  # noqa: BLE001  an operation that cannot be called by itself is left at what is known of it
            return []
        numerical = sum(
            float(np.vdot(gradient, (b._array - a._array) / (2 * STEP)).real)
            for gradient, a, b in zip(arrived, low, high, strict=False)
            if gradient is not None
        )
        gradient = gone[operand.edge]  # type: ignore[index]
        analytical = 0.0 if gradient is None else float(np.vdot(gradient, imbalance.moving[operand.key]).real)
        if abs(numerical - analytical) > 0.1 * abs(imbalance.missing):
            found.append((operand.name, analytical, numerical))
    return found
