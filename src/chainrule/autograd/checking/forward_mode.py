"""Tangents of forward mode, and what must hold of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from typing import Any

import numpy as np

from chainrule.autograd.checking.backward_mode import random_like
from chainrule.autograd.checking.messages import FORWARD_TYPE, batched_failed, batched_mismatch
from chainrule.autograd.checking.subject import Array, Subject, is_float
from chainrule.autograd.gradcheck import GradcheckError
from chainrule.engine.tensor_base import new_tensor
from chainrule.tensor import Tensor


class RealInputs(Subject):
    """A function as one of real inputs: of one part of those that are complex, while the other part stays as it is."""

    def __init__(self, subject: Subject, part: str | None) -> None:
        self._complex = [isinstance(x, Tensor) and x._array.dtype.kind == "c" for x in subject.inputs]
        inputs = []
        self._others: list[Any] = []
        for i, x in enumerate(subject.inputs):
            other = None
            if self._complex[i]:
                array = x._array
                own, rest = (array.real, array.imag) if part == "real" else (array.imag, array.real)
                other = rest * 1j if part == "real" else rest.astype(array.dtype)
                made = new_tensor(own.copy())
                made._requires_grad = x.requires_grad
                inputs.append(made)
            else:
                inputs.append(x)
            self._others.append(other)
        self._unit = 1 if part == "real" else 1j
        self._function = subject.func
        super().__init__(self._of_real if any(self._complex) else subject.func, tuple(inputs))

    @classmethod
    def parts(cls, subject: Subject) -> Iterator[tuple[str | None, RealInputs]]:
        """The function of the imaginary and of the real part of its inputs; once where none is complex."""
        is_complex = any(isinstance(x, Tensor) and x._array.dtype.kind == "c" for x in subject.inputs)
        for part in ("imaginary", "real") if is_complex else (None,):
            yield part, cls(subject, part)

    def is_complex(self, number: int) -> bool:
        """Whether the variable of this number is a part of a complex one."""
        return self._complex[self.positions[number]]

    def _of_real(self, *inputs: Any) -> Any:
        return self._function(
            *[
                x if other is None else x * self._unit + new_tensor(other)
                for x, other in zip(inputs, self._others, strict=True)
            ]
        )


def dual_outputs(subject: Subject, tangents: dict[int, Array | None], watch: Any = None) -> list[tuple[Any, Any]]:
    """What the function gives for inputs with these tangents: each output and its tangent, None for none.

    `tangents`: by the number of the variable; of one that is left out it is zero, of None there is none. `watch`: a
    context to call the function in.
    """
    from chainrule.autograd import forward_ad

    with forward_ad.dual_level(), ExitStack() as stack:
        inputs = list(subject.inputs)
        for number, position in enumerate(subject.positions):
            variable = inputs[position]
            tangent = tangents.get(number, np.zeros_like(variable._array))
            plain = variable.detach()
            inputs[position] = plain if tangent is None else forward_ad.make_dual(plain, new_tensor(tangent))
        if watch is not None:
            stack.enter_context(watch)
        outputs = subject.func(*inputs)
        stack.pop_all().close()
        outputs = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
        return [tuple(forward_ad.unpack_dual(output)) for output in outputs]


def _tangents(subject: Subject, number: int, directions: Iterator[Array], *, check_types: bool) -> list[Any]:
    # For each output one row for each direction of the variable.
    rows: list[list[Any]] = []
    for direction in directions:
        row = []
        for primal, tangent in dual_outputs(subject, {number: direction}):
            value = primal._array
            if tangent is None:
                row.append(np.zeros(value.size, value.dtype))
                continue
            if check_types and (tangent._array.dtype.kind == "c") != (value.dtype.kind == "c"):
                raise GradcheckError(FORWARD_TYPE)
            row.append(tangent._array.reshape(-1).copy())
        rows.append(row)
    if not rows:
        return [np.zeros((0, output._array.size), output._array.dtype) for output in subject.outputs()]
    return [np.stack(each) for each in zip(*rows, strict=True)]


def tangents_of_elements(subject: Subject, number: int, *, check_types: bool) -> list[Array]:
    """For each output the Jacobian by forward mode, one row for each element of the variable of this number."""
    array = subject.variables[number]._array

    def units() -> Iterator[Array]:
        for index in np.ndindex(array.shape):
            unit = np.zeros_like(array)
            unit[index] = 1
            yield unit

    return _tangents(subject, number, units(), check_types=check_types)


def tangents_along(subject: Subject, number: int, u: Array, *, check_types: bool) -> list[Array]:
    """For each output one row: its tangent as the variable of this number moves along `u`."""
    direction = u.reshape(subject.variables[number]._array.shape)
    return _tangents(subject, number, iter([direction]), check_types=check_types)


def require_undefined_tangents(subject: Subject) -> None:
    """Raise GradcheckError where an input without a tangent is not as good as one whose tangent is zero."""
    rng = np.random.default_rng(0)
    directions: dict[int, Array | None] = {
        number: random_like(variable._array, rng) for number, variable in enumerate(subject.variables)
    }
    for number, position in enumerate(subject.positions):
        zero = np.zeros_like(subject.variables[number]._array)
        with_zeros = dual_outputs(subject, {**directions, number: zero})
        without = dual_outputs(subject, {**directions, number: None})
        for o, ((primal, expected), (_, got)) in enumerate(zip(with_zeros, without, strict=True)):
            if got is None or expected is None or not is_float(primal):
                continue
            if not np.allclose(got._array, expected._array, 1e-5, 1e-8):
                raise GradcheckError(
                    f"Mismatch in tangent values for output with index: {o} when input: {subject.inputs[position]} has"
                    f" an undefined tangent value.  Got: {got} but expected: {expected}"
                )


def require_batched_tangents(subject: Subject, watch: Callable[[], Any] = nullcontext) -> None:
    """Raise GradcheckError where the tangents for a batch of two directions are not those for each.

    `watch`: makes a context to run forward mode in.
    """
    from chainrule.autograd import forward_ad
    from chainrule.func import vmap

    rng = np.random.default_rng(0)
    for number, position in enumerate(subject.positions):
        variable = subject.variables[number]
        directions = [random_like(variable._array, rng) for _ in range(2)]

        def tangents(direction: Any, position: int = position) -> tuple[Any, ...]:
            with watch(), forward_ad.dual_level():
                inputs = [x.detach() if isinstance(x, Tensor) else x for x in subject.inputs]
                inputs[position] = forward_ad.make_dual(inputs[position], direction)
                outputs = subject.func(*inputs)
                outputs = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
                found = []
                for output in outputs:
                    primal, tangent = forward_ad.unpack_dual(output)
                    if is_float(primal):
                        found.append(primal * 0 if tangent is None else tangent)
                return tuple(found)

        expected = [tangents(new_tensor(direction)) for direction in directions]
        try:
            together = vmap(tangents)(new_tensor(np.stack(directions)))
        except RuntimeError as error:
            raise GradcheckError(batched_failed(error, forward=True)) from error
        for o, got in enumerate(together):
            wanted = np.stack([each[o]._array for each in expected])
            if not np.allclose(got._array, wanted, 1e-5, 1e-8):
                raise GradcheckError(batched_mismatch(o, o, got, new_tensor(wanted), forward=True))
