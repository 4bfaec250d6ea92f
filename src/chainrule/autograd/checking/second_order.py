"""The function whose Jacobian `gradgradcheck` checks: the gradients of another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import autograd
from chainrule.autograd.checking.subject import Array, Subject, as_tuple
from chainrule.engine.tensor_base import new_tensor


class SubjectOfGradients(Subject):
    """The gradients of `inner` for `inputs`, and for the gradients of its outputs.

    - `inner`: the function itself. `node_watch`: where it is set, called with the outputs of `inner`; the gradients are
      computed in the context that it returns.
    """

    def __init__(self, inner: Subject, grad_outputs: tuple[Any, ...]) -> None:
        self.inner = inner
        self.node_watch: Callable[[list[Any]], Any] | None = None
        self._requires_grad = [i in inner.positions for i in range(len(inner.inputs))]
        self._requires_grad += [g.requires_grad for g in grad_outputs]
        super().__init__(self._gradients, inner.inputs + grad_outputs)

    def _gradients(self, *args: Any) -> tuple[Any, ...]:
        # Forward mode gives tensors that require no grad.
        args = tuple(
            x.requires_grad_() if needs and not x.requires_grad else x
            for x, needs in zip(args, self._requires_grad, strict=True)
        )
        count = len(self.inner.inputs)
        returned = as_tuple(self.inner.func(*args[:count]))
        outputs = [output for output in returned if output.requires_grad]
        variables = [args[i] for i in self.inner.positions]
        if self.node_watch is None:
            found = autograd.grad(outputs, variables, args[count:], create_graph=True, allow_unused=True)
        else:
            with self.node_watch(outputs):
                found = autograd.grad(outputs, variables, args[count:], create_graph=True, allow_unused=True)
        return tuple(gradient for gradient in found if gradient is not None)


def subject_of_gradients(
    func: Callable[..., Any], inputs: Any, grad_outputs: Any, *, apart: bool
) -> SubjectOfGradients:
    """The gradients of `func`; those of its outputs are random where they are not given, and lie `apart` in memory."""
    inner = Subject(func, inputs)
    if grad_outputs is not None:
        return SubjectOfGradients(inner, as_tuple(grad_outputs))
    rng = np.random.default_rng(0)
    made = []
    for output in inner.outputs():
        if output.requires_grad:
            gradient = new_tensor(_uniform(output._array, rng, apart=apart))
            gradient._requires_grad = True
            made.append(gradient)
    return SubjectOfGradients(inner, tuple(made))


def _uniform(array: Array, rng: np.random.Generator, *, apart: bool) -> Array:
    shape = (*array.shape[:-1], 2 * array.shape[-1]) if apart and array.ndim else array.shape
    values = rng.uniform(-1, 1, shape)
    if array.dtype.kind == "c":
        values = values + 1j * rng.uniform(-1, 1, shape)
    made = np.asarray(values, array.dtype)
    return made[..., ::2] if apart and array.ndim else made
