"""All that `gradcheck` compares, in PyTorch's order, and then what PyTorch does not look at."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from chainrule.autograd.checking.backward_mode import (
    require_batched_gradients,
    require_multiplied,
    require_undefined_supported,
)
from chainrule.autograd.checking.differences import Slopes, slopes_along
from chainrule.autograd.checking.forward_mode import (
    RealInputs,
    require_batched_tangents,
    require_undefined_tangents,
    tangents_along,
    tangents_of_elements,
)
from chainrule.autograd.checking.jacobians import analytical_jacobian, require_alike, slopes_of_inputs
from chainrule.autograd.checking.messages import FAST_MODE, NOT_ZERO, PASSES_ELEMENTWISE, mismatch
from chainrule.autograd.checking.options import Options
from chainrule.autograd.checking.projections import Vectors, analytical_products
from chainrule.autograd.checking.search import blame, blame_batched_tangents, blame_batches, blame_tangents, search
from chainrule.autograd.checking.subject import Array, Subject, is_float
from chainrule.autograd.gradcheck import GradcheckError
from chainrule.engine.tensor_base import new_tensor


def check(subject: Subject, options: Options) -> None:
    """Raise GradcheckError where anything does not agree."""
    returned = subject.outputs()
    outputs = [output for output in returned if output.requires_grad]
    if options.check_backward_ad:
        with _blamed(blame, subject, options):
            for part in _parts([output._array for output in returned]):
                _check_backward(subject, returned, part, options)
    if options.check_forward_ad:
        with _blamed(blame_tangents, subject, options):
            for part, real in RealInputs.parts(subject):
                _check_forward(real, part, options)
            if options.check_undefined_grad:
                for _, real in RealInputs.parts(subject):
                    require_undefined_tangents(real)
    if options.check_batched_forward_grad:
        with _blamed(blame_batched_tangents, subject, options):
            require_batched_tangents(subject)
    if not options.check_backward_ad:
        return
    if options.check_batched_grad:
        with _blamed(blame_batches, subject, options):
            for number, output in enumerate(outputs):
                require_batched_gradients(subject, output, number)
    with _blamed(blame, subject, options):
        require_multiplied(subject, outputs, masked=options.masked)
        if options.check_undefined_grad:
            require_undefined_supported(subject)
    search(subject, options)


@contextmanager
def _blamed(find: Any, subject: Subject, options: Options) -> Iterator[None]:
    # Adds to a GradcheckError which operation is wrong.
    try:
        yield
    except GradcheckError as error:
        found = ""
        with suppress(Exception):  # what is told is the error that there was
            found = find(subject, options)
        if not found:
            raise
        raise GradcheckError(f"{str(error).rstrip()}\n\n{found}") from error.__cause__


def _parts(values: list[Array]) -> tuple[str | None, ...]:
    # The parts of complex outputs are checked one after the other.
    return ("imaginary", "real") if any(value.dtype.kind == "c" for value in values) else (None,)


def _part_of(array: Array, part: str | None) -> str | None:
    return part if array.dtype.kind == "c" else None


def _close(analytical: Array, numerical: Array, rtol: float, atol: float) -> bool:
    with np.errstate(invalid="ignore", over="ignore"):
        return bool(np.allclose(analytical, numerical, rtol, atol))


# ---- backward mode ----


def _check_backward(subject: Subject, returned: tuple[Any, ...], part: str | None, options: Options) -> None:
    # Real outputs beside complex ones are looked at with the imaginary part alone: once is enough.
    outputs = [
        (o, output)
        for o, output in enumerate(returned)
        if output.requires_grad and not (part == "real" and output._array.dtype.kind != "c")
    ]
    if not any(output.requires_grad for output in returned):
        _require_zero(subject, part, options)
        return
    if options.fast_mode:
        _check_products(subject, returned, outputs, part, options)
        return
    slopes = slopes_of_inputs(subject.values, subject.variables, options.eps)
    numbers = _numbers(returned)
    for o, output in outputs:
        own_part = _part_of(output._array, part)
        found = analytical_jacobian(
            output, subject.variables, own_part, options.nondet_tol, check_types=options.check_grad_dtypes
        )
        for i, (analytical, along) in enumerate(zip(found, slopes, strict=True)):
            numerical = along.jacobian(o, own_part)
            if not _close(analytical, numerical, options.rtol, options.atol):
                shown = new_tensor(numerical), new_tensor(analytical)
                raise GradcheckError(mismatch(*shown, numbers[o], i, own_part))


def _numbers(returned: tuple[Any, ...]) -> dict[int, int]:
    # The number that messages give an output: it counts those that require grad.
    differentiable = [o for o, output in enumerate(returned) if output.requires_grad]
    return {o: number for number, o in enumerate(differentiable)}


def _require_zero(subject: Subject, part: str | None, options: Options) -> None:
    # Nothing requires grad, so nothing may depend on the inputs.
    if options.fast_mode:
        vectors = Vectors(subject.variables, [])
        for variable, u in zip(subject.variables, vectors.u, strict=True):
            slopes = slopes_along(subject.values, variable._array, u, options.eps)
            for o, real in enumerate(slopes.real):
                if real is not None and real.size and np.abs(slopes.jacobian(o, part)).max() > options.nondet_tol:
                    raise GradcheckError(NOT_ZERO)
        return
    for slopes in slopes_of_inputs(subject.values, subject.variables, options.eps):
        for o, real in enumerate(slopes.real):
            if real is not None and (slopes.jacobian(o, part) != 0).any():
                raise GradcheckError(NOT_ZERO)


def _check_products(
    subject: Subject, returned: tuple[Any, ...], outputs: list[Any], part: str | None, options: Options
) -> None:
    every = [output for output in returned if output.requires_grad]
    numbers = _numbers(returned)
    vectors = Vectors(subject.variables, every)
    slopes = [
        slopes_along(subject.values, variable._array, u, options.eps)
        for variable, u in zip(subject.variables, vectors.u, strict=True)
    ]
    analytical: dict[int, list[Any]] = {}
    for o, output in outputs:
        own_part = _part_of(output._array, part)
        products = analytical_products(output, vectors, numbers[o], subject.variables, own_part, options.nondet_tol)
        analytical[o] = products[0]
        require_alike(*products[1:], options.nondet_tol, check_types=options.check_grad_dtypes)
    for i, along in enumerate(slopes):
        for o, output in outputs:
            own_part = _part_of(output._array, part)
            numerical = np.asarray((vectors.v[numbers[o]] * along.jacobian(o, own_part)[0]).sum())
            found = np.asarray(analytical[o][i])
            if not _close(found, numerical, options.rtol, vectors.tolerance(options.atol, i, numbers[o])):
                text = mismatch(new_tensor(numerical), new_tensor(found), numbers[o], i, own_part)
                whole = slopes_of_inputs(subject.values, [subject.variables[i]], options.eps)[0].jacobian(o, own_part)
                jacobians = analytical_jacobian(output, subject.variables, own_part, math.inf, check_types=False)
                raise GradcheckError(text + _in_slow_mode(whole, jacobians[i], options))


def _in_slow_mode(numerical: Array, analytical: Array, options: Options) -> str:
    text = FAST_MODE.format(
        numerical=new_tensor(numerical),
        analytical=new_tensor(analytical),
        difference=new_tensor(np.asarray(np.abs(numerical - analytical).max(initial=0))),
    )
    return text + PASSES_ELEMENTWISE if _close(analytical, numerical, options.rtol, options.atol) else text


# ---- forward mode ----


def _check_forward(real: RealInputs, part: str | None, options: Options) -> None:
    returned = real.outputs()
    wanted = [o for o, output in enumerate(returned) if is_float(output)]
    numbers = _numbers(returned)
    if not numbers:
        _require_zero(real, None, options)
        return
    vectors = Vectors(real.variables, [], forward=True) if options.fast_mode else None
    for i, variable in enumerate(real.variables):
        along: Slopes
        if vectors is None:
            along = slopes_of_inputs(real.values, [variable], options.eps)[0]
            tangents = tangents_of_elements(real, i, check_types=options.check_grad_dtypes)
            atol = options.atol
        else:
            along = slopes_along(real.values, variable._array, vectors.u[i], options.eps)
            tangents = tangents_along(real, i, vectors.u[i], check_types=options.check_grad_dtypes)
            atol = vectors.tolerance(options.atol, i, None)
        own_part = part if real.is_complex(i) else None
        for o in wanted:
            if o not in numbers:
                continue
            numerical, analytical = along.jacobian(o, None), tangents[o]
            if _close(analytical, numerical, options.rtol, atol):
                continue
            if vectors is None:
                shown = new_tensor(numerical), new_tensor(analytical)
                raise GradcheckError(mismatch(*shown, numbers[o], i, own_part, forward=True))
            text = mismatch(new_tensor(numerical[0]), new_tensor(analytical[0]), numbers[o], i, own_part, forward=True)
            whole = slopes_of_inputs(real.values, [variable], options.eps)[0].jacobian(o, None)
            slow = tangents_of_elements(real, i, check_types=False)[o]
            raise GradcheckError(text + _in_slow_mode(whole, slow, options))
