"""Which module recorded a node: noted while somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from chainrule.engine import modes
from chainrule.engine.node import Node

# Where a node's `metadata` has it.
MODULE = "module"


class _Call(NamedTuple):
    # A module's call that is running: its label, and the names of all modules of the outermost.
    label: str
    names: dict[int, str]


_calls: ContextVar[tuple[_Call, ...]] = ContextVar("calls_of_modules", default=())


@contextmanager
def record_modules() -> Iterator[None]:
    """Within the `with` block, note on each node which `nn.Module` recorded it, for `report` to add up.

    `grad_fn.metadata["module"]` has the module's name in the outermost one that was called, and its class.

    >>> import chainrule as torch
    >>> model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh())
    >>> with torch.autograd.graph.record_modules():
    ...     y = model(torch.ones(1, 2))
    >>> y.grad_fn.metadata["module"]
    '1 (Tanh)'
    """
    from chainrule.nn.modules.global_hooks import register_module_forward_hook, register_module_forward_pre_hook

    def enter(module: Any, args: Any) -> None:
        del args
        calls = _calls.get()
        names = calls[-1].names if calls else {id(part): name for name, part in module.named_modules()}
        name = names.get(id(module), "")
        label = f"{name} ({type(module).__name__})" if name else type(module).__name__
        _calls.set((*calls, _Call(label, names)))

    def leave(module: Any, args: Any, output: Any) -> None:
        del module, args, output
        _calls.set(_calls.get()[:-1])

    def note(node: Node) -> None:
        calls = _calls.get()
        if calls:
            node.metadata[MODULE] = calls[-1].label

    token = _calls.set(())
    try:
        with (
            modes.pushed(modes.node_creation_hooks, note),
            register_module_forward_pre_hook(enter),
            register_module_forward_hook(leave, always_call=True),
        ):
            yield
    finally:
        _calls.reset(token)
