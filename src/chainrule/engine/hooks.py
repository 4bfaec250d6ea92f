"""What else happens at a node, or at a leaf, when its gradient arrives."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine.handles import RemovableHandle
from chainrule.engine.places import formatted_stack
from chainrule.engine.tensor_base import TensorBase, new_tensor

Hooks = OrderedDict[int, Callable[..., Any]]

SAME = object()


class NodeHooks:
    """What happens at a node beside its rules. Nodes with several results have NO_HOOKS: their gradients are a list.

    - `tensor_hooks`: by output number, the hooks of the tensors there: `hook(grad)`.
    - `prehooks`: `hook(grad_outputs)`. `posthooks`: `hook(grad_inputs, grad_outputs)`.
    - `retained`: the tensors whose `.grad` the gradient arriving for an output is written to.
    - `packed`: whether saved-tensor hooks have packed the saved values.
    - `metadata`: whatever anybody notes about the node. In anomaly mode that has `stack`, the calls that recorded the
      node (see places.py), under `traceback_`, and `parent`, the node whose gradient was being computed, `parent_`.
    - of a leaf: `post_accumulate`: `hook(leaf)`; `accumulator`: its AccumulateGrad, once that has hooks; `grad_dtype`:
      the type of its gradient, SAME for its own, None for any.
    """

    __slots__ = (
        "_metadata", "accumulator", "grad_dtype", "packed", "parent", "post_accumulate", "posthooks", "prehooks",
        "retained", "stack", "tensor_hooks",
    )  # fmt: skip

    def __init__(self) -> None:
        self.retained: list[tuple[int, weakref.ref[TensorBase]]] = []
        self.tensor_hooks: dict[int, Hooks] = {}
        self.prehooks: Hooks = OrderedDict()
        self.posthooks: Hooks = OrderedDict()
        self.post_accumulate: Hooks = OrderedDict()
        self.accumulator: Any = None
        self.grad_dtype: Any = SAME
        self.packed = False
        self.stack: Any = None
        self.parent: Any = None
        self._metadata: dict[Any, Any] | None = None

    @property
    def metadata(self) -> dict[Any, Any]:
        """Whatever anybody notes about the node."""
        if self._metadata is None:
            self._metadata = {}
            if self.stack is not None:
                self._metadata["traceback_"] = formatted_stack(self.stack)
            if self.parent is not None:
                self._metadata["parent_"] = self.parent
        return self._metadata

    def retain(self, output_nr: int, tensor: TensorBase) -> None:
        """Have the gradient of this output written to the tensor's `.grad`."""
        if not self.retains(output_nr, tensor):
            self.retained.append((output_nr, weakref.ref(tensor)))

    def retains(self, output_nr: int, tensor: TensorBase) -> bool:
        """Whether it is."""
        return any(nr == output_nr and reference() is tensor for nr, reference in self.retained)

    def hooks_of_output(self, output_nr: int) -> Hooks:
        """The hooks of the tensors that are this output."""
        return self.tensor_hooks.setdefault(output_nr, OrderedDict())


# The hooks of a node that has none, but that must be treated as one that may have: shared, and never changed.
NO_HOOKS = NodeHooks()


def register(hooks: Hooks, hook: Callable[..., Any]) -> RemovableHandle:
    """Put the hook behind those there are."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


def run_tensor_hooks(hooks: Hooks, gradient: Any) -> Any:
    """The gradient as the hooks of its tensor leave it: an array, or a tensor where one came in."""
    value = as_tensor(gradient)
    for hook in list(hooks.values()):
        returned = hook(value)
        if returned is not None:
            _check(hook, value, returned)
            value = returned
    return as_came(value, gradient)


def run_prehooks(hooks: Hooks, gradients: list[Any]) -> list[Any]:
    """The gradients that arrived at a node as its pre-hooks leave them."""
    values = tuple(as_tensor(g) for g in gradients)
    for hook in list(hooks.values()):
        values = _replaced(hook, values, hook(values))
    return [as_came(value, g) for value, g in zip(values, gradients, strict=True)]


def run_posthooks(hooks: Hooks, grad_inputs: list[Any], grad_outputs: list[Any]) -> list[Any]:
    """The gradients that a node computed, as its post-hooks leave them."""
    values = tuple(as_tensor(g) for g in grad_inputs)
    arrived = tuple(as_tensor(g) for g in grad_outputs)
    for hook in list(hooks.values()):
        values = _replaced(hook, values, hook(values, arrived))
    return [as_came(value, g) for value, g in zip(values, grad_inputs, strict=True)]


def run_post_accumulate_hooks(hooks: Hooks, leaf: TensorBase) -> None:
    """Call the hooks of a leaf when its `.grad` has been written; raises RuntimeError where one returns another."""
    value = leaf
    for hook in list(hooks.values()):
        returned = hook(value)
        if returned is not None:
            _check(hook, value, returned)
            value = returned
    if value is not leaf:
        msg = "Tensor post accumulate grad hooks should return None."
        raise RuntimeError(msg)


def as_tensor(gradient: Any) -> Any:
    """A gradient as hooks see it."""
    if gradient is None or isinstance(gradient, TensorBase):
        return gradient
    return new_tensor(np.asarray(gradient))


def as_came(value: Any, gradient: Any) -> Any:
    """A hook's value in the form that the gradient had: an array unless that was a tensor."""
    if value is None or gradient is None or isinstance(gradient, TensorBase):
        return value
    return value._array


def _replaced(hook: Callable[..., Any], values: tuple[Any, ...], returned: Any) -> tuple[Any, ...]:
    if returned is None:
        return values
    if not isinstance(returned, tuple):
        msg = f"expected tuple, but hook returned '{type(returned).__name__}'"
        raise TypeError(msg)
    if len(returned) != len(values):
        msg = (
            f"hook '{_name(hook)}' has returned an incorrect number of values "
            f"(got {len(returned)}, but expected {len(values)})"
        )
        raise RuntimeError(msg)
    for before, after in zip(values, returned, strict=True):
        _check(hook, before, after)
    return returned


def _check(hook: Callable[..., Any], before: Any, after: Any) -> None:
    if after is None:
        return
    if before is None:
        msg = "can't replace a None gradient with a non-None value"
        raise RuntimeError(msg)
    if not isinstance(after, TensorBase):
        msg = f"expected Variable, but hook returned '{type(after).__name__}'"
        raise TypeError(msg)
    if after._array.dtype != before._array.dtype:
        was, got = (_type_name(t) for t in (before, after))
        msg = f"hook '{_name(hook)}' has changed the type of value (was {was} got {got})"
        raise RuntimeError(msg)
    if after._array.shape != before._array.shape:
        msg = f"hook '{_name(hook)}' has changed the size of value"
        raise RuntimeError(msg)


def _name(hook: Callable[..., Any]) -> str:
    return getattr(hook, "__name__", "<unknown>")


def _type_name(tensor: TensorBase) -> str:
    from chainrule.dtypes import scalar_type_name

    name = scalar_type_name(tensor._array.dtype)
    # PyTorch has no legacy tensor type for these, and says it so.
    return f"CPU{name}Type" if tensor._array.dtype.kind == "c" else f"torch.{name}Tensor"
