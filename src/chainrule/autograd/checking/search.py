"""The search for what is wrong: after a comparison has failed, and for what comparisons do not show."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from chainrule.autograd.checking.balance import Directions, Survey, backward_watched, directions, is_missing
from chainrule.autograd.checking.options import Options
from chainrule.autograd.checking.probes import probed
from chainrule.autograd.checking.report import CUT, Finding, of_imbalance, report
from chainrule.autograd.checking.second_order import SubjectOfGradients
from chainrule.autograd.checking.subject import Subject
from chainrule.autograd.checking.trace import Trace, is_same, traced
from chainrule.autograd.checking.transforms import wrong_batched_tangents, wrong_batches, wrong_tangents
from chainrule.autograd.gradcheck import GradcheckError

# How many random directions are tried before an operation is taken to be right.
TRIES = 3
# How many elements operations may have together, for a function that has passed to be run several times more.
LARGEST = 1 << 22
# What part of the tolerances a derivative along a random direction may be off by, unless they are larger than these.
PART = 0.03
RTOL = 1e-3
ATOL = 1e-5


def blame(subject: Subject, options: Options) -> str:
    """Say which operation makes first derivatives wrong; empty where none is found."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        trace = traced(subject)
        findings = _overwritten(trace) or _not_repeatable(subject, trace, options)
        for number in range(TRIES):
            if findings:
                break
            findings = _imbalances(subject, number)
        if not findings:
            survey = Survey(subject, 0)
            findings = list(probed(survey.trace.calls, survey.gradients, options, on_tensors=False))
        if not findings and not _is_double(subject):
            return (
                "No operation is to blame, as far as single precision shows: finite differences of it are not precise"
                " enough. Check with inputs of double precision."
            )
        return report(findings)


def search(subject: Subject, options: Options) -> None:
    """Raise GradcheckError for what is wrong although Jacobians agree."""
    with warnings.catch_warnings(), np.errstate(all="ignore"), suppress(_CannotLook):
        warnings.simplefilter("ignore")
        with _looking():
            survey = Survey(subject, 0, LARGEST)
        findings = _overwritten(survey.trace)
        if findings:
            raise GradcheckError(f"An operation changes what it is given\n\n{report(findings)}")
        with _looking():
            findings = _probe(subject, survey, options)
        if findings:
            raise GradcheckError(f"Gradients agree with finite differences here, but not always\n\n{report(findings)}")
        if _is_double(subject) and options.rtol <= RTOL and options.atol <= ATOL:
            _require_precise(subject, survey, options)


class _CannotLook(Exception):  # noqa: N818  no error: the function has passed
    pass


@contextmanager
def _looking() -> Iterator[None]:
    # A function that has passed may fail when it is run again, elsewhere or watched: then it is not looked at.
    try:
        yield
    except Exception as error:
        raise _CannotLook from error


def _is_double(subject: Subject) -> bool:
    return all(variable._array.dtype in (np.float64, np.complex128) for variable in subject.variables)


def _probe(subject: Subject, survey: Survey, options: Options) -> list[Finding]:
    if not isinstance(subject, SubjectOfGradients):
        return list(probed(survey.trace.calls, survey.gradients, options, on_tensors=False))
    inner = traced(subject.inner)
    return list(probed(inner.calls, _gradients_at_nodes(subject.inner, inner), options, on_tensors=True))


def _require_precise(subject: Subject, survey: Survey, options: Options) -> None:
    if not survey.is_aligned:
        return
    numerical, analytical = survey.total
    allowed = options.rtol * numerical.size
    allowed += options.atol * _length(survey.inputs) * _length(survey.weights)
    if not is_missing(numerical, analytical) or abs(survey.missing) <= PART * allowed:
        return
    findings = [of_imbalance(each) for each in survey.out_of_balance() if not each.is_at_a_kink]
    if findings:
        raise GradcheckError(
            "Jacobian mismatch along a random direction, by less than element by element is tolerated,\n"
            f"numerical:{numerical.value:.10g}\nanalytical:{analytical.value:.10g}\n\n{report(findings)}"
        )


def _length(vectors: Directions) -> float:
    return float(np.sqrt(sum((np.abs(vector) ** 2).sum() for vector in vectors)))


def _imbalances(subject: Subject, number: int) -> list[Finding]:
    survey = Survey(subject, number)
    findings = [
        Finding(call, f"its backward formula gives a gradient without its history: {CUT}")
        for call in survey.trace.without_history[:1]
    ]
    findings = findings or [of_imbalance(each) for each in survey.out_of_balance()]
    if not findings and survey.is_aligned:
        findings = _lost(survey)
    return findings


def _lost(survey: Survey) -> list[Finding]:
    # Outputs that move and require no grad: the last operation before they were cut from the graph.
    for o in survey.cut_outputs:
        for call in reversed(survey.trace.calls):
            if any(is_same(result, survey.trace.values[o]) for result in call.results):
                return [Finding(call, f"what it gives is output {o}, but without its history: {CUT}")]
    return []


def _overwritten(trace: Trace) -> list[Finding]:
    return [
        Finding(call, f"it changes '{name}', which it was given, in place")
        for call in trace.calls
        for name in call.overwritten
    ]


def _not_repeatable(subject: Subject, trace: Trace, options: Options) -> list[Finding]:
    # Operations that give something else when they are called again with the same, and nodes that do.
    again = traced(subject)
    if again.runs_as(trace):
        for one, other in zip(trace.calls, again.calls, strict=True):
            pairs = zip(one.operands, other.operands, strict=True)
            others = [a.name for a, b in pairs if not is_same(a.array, b.array)]
            if others:
                return [Finding(one, f"'{others[0]}' is another each time that the function is called: is it random?")]
            if not all(is_same(a, b) for a, b in zip(one.results, other.results, strict=True)):
                return [Finding(one, "it gives something else each time it is called with the same values")]
    passes = [_gradients_at_nodes(subject, trace) for _ in range(2)]
    for call in reversed(trace.calls):
        if call.node not in passes[0] or call.node not in passes[1]:
            continue
        (arrived, gone), (arrived_again, gone_again) = (gradients[call.node] for gradients in passes)
        if _alike(arrived, arrived_again) and not _alike(gone, gone_again):
            found = list(probed([call], passes[0], options, on_tensors=False))
            return found or [
                Finding(call, "its gradient is another each time that it is computed from the same values")
            ]
    return []


def _gradients_at_nodes(subject: Subject, trace: Trace) -> dict[Any, tuple[list[Any], list[Any]]]:
    outputs = [o for o, output in enumerate(trace.outputs) if output.requires_grad]
    _, weights = directions(subject, trace.values, 0)
    return backward_watched(trace, subject.variables, outputs, [weights[o] for o in outputs])[1]


def _alike(a: list[Any], b: list[Any]) -> bool:
    return all(
        one is other if one is None or other is None else is_same(one, other) for one, other in zip(a, b, strict=True)
    )


def blame_tangents(subject: Subject, options: Options) -> str:
    """Say which operation has wrong tangents; empty where none is found."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return report(_not_repeatable(subject, traced(subject), options) or wrong_tangents(subject))


def blame_batches(subject: Subject, options: Options) -> str:
    """Say which operation has wrong gradients for batches; empty where none is found."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        trace = traced(subject)
        return report(wrong_batches(trace.calls, _gradients_at_nodes(subject, trace)))


def blame_batched_tangents(subject: Subject, options: Options) -> str:
    """Say which operation has wrong tangents for batches; empty where none is found."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return report(wrong_batched_tangents(subject))
