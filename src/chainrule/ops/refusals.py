"""What operations say of types that they do not take, in PyTorch's words: the `check` of a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from chainrule.dtypes import scalar_type_name

Check: TypeAlias = "Callable[[Any, list[Any]], None]"


UNKNOWN_SIZE = (
    "vmap: We do not support batching operators that can output dynamic shape. Attempted to vmap over aten::{}, whose "
    "result would have another size for each entry."
)


def not_implemented(kernel: str, kinds: str) -> Check:
    """Refuse NumPy's `kinds` of types ("b", "c", ...) as PyTorch does where a kernel has no code for them."""

    def check(dtype: Any, operands: list[Any]) -> None:
        require_kernel(kernel, kinds, dtype)

    return check


def require_kernel(kernel: str, kinds: str, dtype: Any) -> None:
    """The same in a forward, for rows that have no common type."""
    if dtype.kind in kinds:
        msg = f"\"{kernel}\" not implemented for '{scalar_type_name(dtype)}'"
        raise NotImplementedError(msg)


def refuse(kinds: str, message: str, exception: type[Exception] = RuntimeError) -> Check:
    """Refuse NumPy's `kinds` of types with a sentence of its own."""

    def check(dtype: Any, operands: list[Any]) -> None:
        if dtype.kind in kinds:
            raise exception(message)

    return check


def no_derivative(name: str) -> Callable[..., Any]:
    """The formula of an operation that has a node and no derivative: backward refuses it as PyTorch does."""

    def refused(grad: Any) -> Any:
        del grad
        msg = f"derivative for aten::{name} is not implemented"
        raise RuntimeError(msg)

    return refused


def no_derivative_in(function: str, argument: str) -> Callable[..., Any]:
    """The formula of an argument that has no derivative here, where others have: backward says which one it is."""

    def refused(grad: Any) -> Any:
        del grad
        msg = (
            f"the derivative of {function} with respect to {argument} is not implemented: give a tensor that does not "
            "require grad for it, such as its detach()"
        )
        raise NotImplementedError(msg)

    return refused


def both(first: Check, second: Check) -> Check:
    """One check after another."""

    def check(dtype: Any, operands: list[Any]) -> None:
        first(dtype, operands)
        second(dtype, operands)

    return check


def refuse_boolean_difference(dtype: Any, operands: list[Any]) -> None:
    """`-` is neither defined on booleans nor between one and a number."""
    booleans = [isinstance(o, (bool, np.bool_)) or str(getattr(o, "dtype", "")).endswith("bool") for o in operands]
    if all(booleans):
        msg = (
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
            "operator instead."
        )
        raise RuntimeError(msg)
    if any(booleans):
        msg = (
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, "
            "use the `~` or `logical_not()` operator instead."
        )
        raise RuntimeError(msg)


def require_one_type(message: str) -> Check:
    """Refuse tensors of two types; the message may show both."""

    def check(dtype: Any, operands: list[Any]) -> None:
        given = [o.dtype for o in operands if hasattr(o, "dtype")]
        for other in given[1:]:
            if other != given[0]:
                raise RuntimeError(message.format(scalar_type_name(given[0]), scalar_type_name(other)))

    return check
