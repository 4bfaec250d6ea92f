"""The graph itself, to look at and to control: `torch.autograd.graph`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from chainrule.autograd.gradient_edges import GradientEdge, Node, get_gradient_edge
from chainrule.autograd.graph_report import GraphReport, Held, report
from chainrule.autograd.module_names import record_modules
from chainrule.autograd.multi_grad_hook import register_multi_grad_hook
from chainrule.autograd.saved_hooks import disable_saved_tensors_hooks, save_on_cpu, saved_tensors_hooks
from chainrule.autograd.saved_mutation import allow_mutation_on_saved_tensors
from chainrule.engine import modes, places
from chainrule.engine.backward import queue_callback
from chainrule.engine.shared_memory import set_check_shared_memory
from chainrule.engine.tensor_base import TensorBase
from chainrule.engine.versions import count_change
from chainrule.tensor import Tensor

__all__ = [
    "GradientEdge",
    "GraphReport",
    "Held",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "node_creation_hook",
    "queue_callback",
    "record_modules",
    "region_activation_memory_budget",
    "register_multi_grad_hook",
    "report",
    "save_on_cpu",
    "saved_tensors_hooks",
    "set_check_shared_memory",
    "set_override_stale_capture_stream",
    "set_record_places",
    "set_warn_on_accumulate_grad_stream_mismatch",
]


def increment_version(tensor: Tensor | Iterable[Tensor]) -> None:
    """Say that tensors were changed in place, in a way that chainrule does not see: backward then refuses old values.

    Tensors made in inference mode count no changes. Raises RuntimeError for what is no tensor, before anything is
    counted.

    >>> import chainrule as torch
    >>> x = torch.ones(2)
    >>> torch.autograd.graph.increment_version(x)
    >>> x._version
    1
    """
    try:
        tensors = [tensor] if isinstance(tensor, TensorBase) else list(tensor)
    except TypeError:
        raise RuntimeError("increment_version expect a Iterable[Tensor] as input") from None
    if not all(isinstance(each, TensorBase) for each in tensors):
        raise RuntimeError("increment_version expects each element of the iterable to be a tensor")
    for each in tensors:
        count_change(each._version_counter, operation="increment_version")


@contextmanager
def node_creation_hook(hook: Callable[[Any], object]) -> Iterator[None]:
    """Within the `with` block, call `hook(node)` with each node that this thread records.

    The node has everything but its tensor then: the hook may register hooks on it, or note something in its `metadata`.
    Of several blocks within each other, the innermost hook comes first. Recording an operation within the hook raises
    RuntimeError.

    >>> import chainrule as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.autograd.graph.node_creation_hook(lambda node: print(node.name())):
    ...     y = (x * x).sum()
    MulBackward0
    SumBackward0
    """

    def refuse(node: Any) -> NoReturn:
        raise RuntimeError(f"a node creation hook must not create nodes itself, but it recorded {node.name()}")

    def guarded(node: Any) -> None:
        token = modes.node_creation_hooks.set((refuse,))
        try:
            hook(node)
        finally:
            modes.node_creation_hooks.reset(token)

    with modes.pushed(modes.node_creation_hooks, guarded):
        yield


class set_record_places:
    """Say whether nodes keep the line of the program that recorded them; as a function or in a `with` block.

    They do unless told otherwise: that is what error messages and `report` name. It costs a few per cent of a small
    operation. Holds for the whole process.

    >>> import chainrule as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.autograd.graph.set_record_places(False):
    ...     y = x * 2
    >>> print(y.grad_fn.place)
    None
    """

    def __init__(self, enabled: bool) -> None:
        self._before = places.places_are_recorded()
        places.record_places(enabled)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        places.record_places(self._before)


def set_warn_on_accumulate_grad_stream_mismatch(enabled: bool) -> None:
    """Taken as PyTorch takes it, and without effect: there are no streams on a CPU."""
    _require_bool(enabled)


def set_override_stale_capture_stream(enabled: bool) -> None:
    """Taken as PyTorch takes it, and without effect: there are no streams on a CPU."""
    _require_bool(enabled)


def _require_bool(enabled: Any) -> None:
    if not isinstance(enabled, bool):
        raise RuntimeError(f"enabled must be a bool, but got {type(enabled).__name__}")  # noqa: TRY004 (as PyTorch)


def region_activation_memory_budget(budget: float) -> NoReturn:
    """Raise RuntimeError, as PyTorch does outside of `torch.compile`, which chainrule does not have."""
    name = "torch.autograd.graph.region_activation_memory_budget"
    if isinstance(budget, bool) or not isinstance(budget, (int, float)):
        raise TypeError(f"{name}: expects a float, got {type(budget).__name__}")
    if not 0.0 <= budget <= 1.0:
        raise ValueError(f"{name}: must be in [0, 1], got {budget}")
    raise RuntimeError(f"{name} can only be used inside a torch.compile region; it has no effect in eager mode.")
