"""A hook of several tensors at once."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Sequence
from typing import Any, Literal

from chainrule.autograd.function_node import edge_of
from chainrule.engine.backward import current_pass
from chainrule.engine.tensor_base import OUTPUT
from chainrule.engine.views import refresh_view
from chainrule.tensor import Tensor
from chainrule.utils.hooks import RemovableHandle

MODES = ("all", "any")


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[[Any], object], *, mode: Literal["all", "any"] = "all"
) -> RemovableHandle:
    """Call `fn` when the gradients of several tensors have been computed; what it returns is ignored.

    With `mode="all"`, `fn` is called with the list of gradients once the last of those that this pass computes is
    there; None stands for the tensors that have none in this pass. With `mode="any"`, it is called with the first
    gradient that is there. Returns a handle with `remove()`. Raises ValueError for another mode, and for "all"
    AssertionError where a tensor does not require grad.

    >>> import chainrule as torch
    >>> a, b = torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)
    >>> handle = torch.autograd.graph.register_multi_grad_hook((a, b), print)
    >>> (a + 2 * b).backward()
    [tensor([1.]), tensor([2.])]
    """
    if mode not in MODES:
        raise ValueError(f"Expects mode to be one of {MODES} but got {mode}")
    if mode == "any":
        hook = _once_in_a_pass(fn)
        return _MultiHandle(tuple(tensor.register_hook(hook) for tensor in tensors if tensor.requires_grad))
    for tensor in tensors:
        if not tensor.requires_grad:
            raise AssertionError("Expected gradient function to be set")
    gradients = _Gradients(tensors, fn)
    return _MultiHandle(
        tuple(
            tensor.register_hook(functools.partial(gradients.arrive, position))
            for position, tensor in enumerate(tensors)
        )
    )


class _Gradients:
    """Collects the gradients of the tensors, for each pass its own: one may start within another, or in a thread."""

    def __init__(self, tensors: Sequence[Tensor], fn: Callable[[list[Any]], object]) -> None:
        self.fn = fn
        # Weakly, as the hooks of each node lead here: a node would keep the others, and itself, alive.
        self.targets = [weakref.ref(_target(tensor)) for tensor in tensors]

    def arrive(self, position: int, gradient: Any) -> None:
        """Note the gradient of the tensor at this position; call the hook if it is the last."""
        running = current_pass()
        if running is None:
            raise AssertionError("expected this hook to be called inside a backward call")
        missing, collected = running.notes.pop(self, (None, None))
        if missing is None or collected is None:
            missing = sum(running.will_reach(target()) for target in self.targets)
            collected = [None] * len(self.targets)
        collected[position] = gradient
        if missing > 1:
            running.notes[self] = missing - 1, collected
        else:
            self.fn(collected)


def _target(tensor: Tensor) -> Any:
    # The node whose gradient is the tensor's, or the tensor itself if it is a leaf.
    if tensor._base is not None:
        refresh_view(tensor)
    edge = edge_of(tensor)
    return edge.node if edge.kind == OUTPUT else edge


def _once_in_a_pass(fn: Callable[[Any], object]) -> Callable[[Any], None]:
    @functools.wraps(fn)
    def hook(gradient: Any) -> None:
        running = current_pass()
        if running is None:
            raise AssertionError("expected this hook to be called inside a backward call")
        if hook not in running.notes:
            running.notes[hook] = True
            fn(gradient)

    return hook


class _MultiHandle(RemovableHandle):
    """Removes the hooks of all the tensors."""

    def __init__(self, handles: tuple[RemovableHandle, ...]) -> None:
        self.handles = handles

    def remove(self) -> None:
        """Remove the hook; a second call does nothing."""
        for handle in self.handles:
            handle.remove()

    def __getstate__(self) -> Any:
        return self.handles

    def __setstate__(self, state: Any) -> None:
        self.handles = state
