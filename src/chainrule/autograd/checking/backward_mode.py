"""What else must hold of a backward pass: linear in what it is given, right without gradients, and for batches."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from chainrule import autograd
from chainrule.autograd.checking.messages import (
    NOT_MULTIPLIED,
    UNDEFINED,
    UNDEFINED_NOT_ZERO,
    batched_failed,
    batched_mismatch,
)
from chainrule.autograd.checking.subject import Subject
from chainrule.autograd.function import Function
from chainrule.autograd.gradcheck import GradcheckError
from chainrule.engine.tensor_base import new_tensor


def require_multiplied(subject: Subject, outputs: list[Any], *, masked: bool) -> None:
    """Raise GradcheckError where gradients are not zero for zero gradients of the outputs, or not as their inputs."""
    if not outputs:
        return
    seeds = [new_tensor(np.zeros_like(output._array, order="C", subok=False)) for output in outputs]
    found = autograd.grad(outputs, subject.variables, seeds, retain_graph=True, allow_unused=True)  # type: ignore[arg-type]
    for gradient, variable in zip(found, subject.variables, strict=True):
        if gradient is None:
            continue
        array = gradient._array
        if not (np.allclose(array, 0) if masked else (array == 0).all()):
            raise GradcheckError(NOT_MULTIPLIED)
        if array.dtype != variable._array.dtype:
            raise GradcheckError("grad is incorrect type")
        if array.shape != variable._array.shape:
            raise GradcheckError("grad is incorrect size")


class Undefined(Function):
    """The same tensor, and no gradient for it."""

    @staticmethod
    def forward(ctx: Any, tensor: Any) -> Any:
        """Return the same values."""
        return tensor.view_as(tensor)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> None:
        """Return no gradient."""


def require_undefined_supported(subject: Subject) -> None:
    """Raise GradcheckError where an output without a gradient is not as good as one whose gradient is zero."""
    count = sum(output.requires_grad for output in subject.outputs())
    if not count:
        return
    choices: list[set[int]] = [set(range(count))]
    if count > 1:
        choices += [{number} for number in range(count)]
    for undefined in choices:
        outputs = [output for output in subject.outputs() if output.requires_grad]
        seeds = [new_tensor(np.zeros_like(output._array, order="C", subok=False)) for output in outputs]
        ends = [Undefined.apply(output) if o in undefined else output for o, output in enumerate(outputs)]
        try:
            found = autograd.grad(ends, subject.variables, seeds, allow_unused=True)  # type: ignore[arg-type]
        except Exception as error:
            raise GradcheckError(UNDEFINED) from error
        if any(gradient is not None and (gradient._array != 0).any() for gradient in found):
            raise GradcheckError(UNDEFINED_NOT_ZERO)


def require_batched_gradients(subject: Subject, output: Any, number: int) -> None:
    """Raise GradcheckError where the gradients for a batch of two are not those for each."""
    rng = np.random.default_rng(0)
    seeds = [random_like(output._array, rng) for _ in range(2)]

    def grad(seed: Any, *, batched: bool) -> list[Any]:
        found = autograd.grad(
            output, subject.variables, seed, retain_graph=True, allow_unused=True, is_grads_batched=batched
        )
        shape = (2,) if batched else ()
        return [
            np.zeros(shape + variable._array.shape, variable._array.dtype) if gradient is None else gradient._array
            for gradient, variable in zip(found, subject.variables, strict=True)
        ]

    expected = [grad(new_tensor(seed), batched=False) for seed in seeds]
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="There is a performance drop")
            together = grad(new_tensor(np.stack(seeds)), batched=True)
    except RuntimeError as error:
        raise GradcheckError(batched_failed(error)) from error
    for i, got in enumerate(together):
        wanted = np.stack([each[i] for each in expected])
        if got.shape != wanted.shape or not np.allclose(got, wanted, 1e-5, 1e-8):
            raise GradcheckError(batched_mismatch(number, i, new_tensor(got), new_tensor(wanted)))


def random_like(array: Any, rng: np.random.Generator) -> Any:
    """An array of random numbers of the shape and type of this one."""
    values = rng.standard_normal(array.shape)
    if array.dtype.kind == "c":
        values = (values + 1j * rng.standard_normal(array.shape)) / np.sqrt(2)
    return np.asarray(values, array.dtype)
