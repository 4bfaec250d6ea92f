"""What `gradcheck` says, in PyTorch's words."""

from __future__ import annotations

from typing import Any

INCORRECT_SIZE = "Analytical gradient has incorrect size"
INCORRECT_TYPE = "Gradient has dtype mismatch"
FORWARD_TYPE = "Forward AD gradient has dtype mismatch."
NOT_ZERO = "Numerical gradient for function expected to be zero"
NOT_MULTIPLIED = "backward not multiplied by grad_output"
UNDEFINED = (
    "Expected backward function to handle undefined output grads. Backward is given None for an output that no gradient"
    " came for, where its Function calls `ctx.set_materialize_grads(False)`."
)
UNDEFINED_NOT_ZERO = "Expected all input grads to be undefined or zero when all output grads are undefined or zero."

FAST_MODE = (
    "\nThe above quantities relating the numerical and analytical jacobians are computed \n"
    "in fast mode. See: https://github.com/pytorch/pytorch/issues/53876 for more background \n"
    "about fast mode. Below, we recompute numerical and analytical jacobians in slow mode:\n\n"
    "Numerical:\n {numerical}\nAnalytical:\n{analytical}\n\n"
    "The max per-element difference (slow mode) is: {difference}.\n"
)
PASSES_ELEMENTWISE = (
    "Fast gradcheck failed but element-wise differences are small. This means that the\n"
    "test might've passed in slow_mode!"
)

BATCHED = "gradcheck or gradgradcheck failed while testing batched gradient computation."
BATCHED_FORWARD = "gradcheck failed while testing batched gradient computation with forward-mode AD."


def not_reentrant(nondet_tol: float) -> str:
    """That the same backward pass gave two things."""
    return (
        "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives "
        "different values, although analytical gradient matches numerical gradient.The tolerance for nondeterminism "
        f"was {nondet_tol}."
    )


def mismatch(
    numerical: Any, analytical: Any, output: int, input: int, part: str | None = None, *, forward: bool = False
) -> str:
    """That two Jacobians do not agree; `part`: the part of complex outputs (in forward mode: inputs) looked at."""
    of = "inputs" if forward else "outputs"
    considering = "" if part is None else f"While considering the {part} part of complex {of} only, "
    mode = "computed with forward mode " if forward else ""
    return (
        f"{considering}Jacobian {mode}mismatch for output {output} with respect to input {input},\n"
        f"numerical:{numerical}\nanalytical:{analytical}\n"
    )


def batched_failed(error: Exception, *, forward: bool = False) -> str:
    """That the computation of a batch raised an error."""
    return f"While computing batched gradients, got: {error}\n\n{BATCHED_FORWARD if forward else BATCHED}"


def batched_mismatch(output: int, input: int, got: Any, expected: Any, *, forward: bool = False) -> str:
    """That the gradients of a batch are not those of its entries."""
    return (
        f"For output {output} and input {input}:\n\n{BATCHED_FORWARD if forward else BATCHED}\n\n"
        f"Got:\n{got}\n\nExpected:\n{expected}"
    )
