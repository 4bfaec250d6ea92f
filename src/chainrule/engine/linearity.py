"""What a row says of one call of it: whether the result is linear in what is carried along, but for a constant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.engine.op import ELEMENTWISE, Op
from chainrule.engine.power_series import results_of
from chainrule.engine.tensor_base import TensorBase

Carries = Callable[[Any], bool]


def is_plain(op: Op, args: tuple[Any, ...], result: Any) -> bool:
    """Whether the formula of the gradient, given a tangent, gives that of the result."""
    if op.kind != ELEMENTWISE or op.takes_grads or not isinstance(result, TensorBase):
        return False
    if op.conjugate:
        return True
    tensors = [args[i] for i in op.tensor_positions if isinstance(args[i], TensorBase)]
    return all(t._array.dtype.kind != "c" for t in (*tensors, result))


def is_affine(op: Op, args: tuple[Any, ...], carries: Carries) -> bool:
    """Whether no formula of what carries something depends on anything that does."""
    moving = {op.parameters[i] for i in op.tensor_positions if carries(args[i])} | {"result"}
    return not any(moving.intersection(names) for (position,), _, names in op.formulas if carries(args[position]))


def has_affine_tangent(op: Op, args: tuple[Any, ...], result: Any, carries: Carries) -> bool:
    """Whether the row's formula of the tangent depends on nothing that carries something but tangents."""
    asked = [name for name in op.tangent_names if name in op.parameters]
    if any(carries(args[op.parameters.index(name)]) for name in asked):
        return False
    results = dict(zip(op.results, results_of(result), strict=True)) if op.results else {"result": result}
    of_results = [results[name] for name in op.tangent_names if name in results and name not in op.parameters]
    return "result" not in op.tangent_names and not any(r._array.dtype.kind in "fc" for r in of_results)


def is_floating(value: Any) -> bool:
    """Whether an argument is a tensor of floating-point or complex numbers, or all of a sequence are."""
    if isinstance(value, (list, tuple)):
        return all(is_floating(v) for v in value)
    return isinstance(value, TensorBase) and value._array.dtype.kind in "fc"
