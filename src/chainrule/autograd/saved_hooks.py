"""Hooks of what is saved for backward: what stands in the graph in place of saved tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from chainrule.engine import modes
from chainrule.engine.profiling import close_short_way, reopen_short_way
from chainrule.tensor import Tensor

# What entering hooks must be refused with; None where they are allowed.
_refusal: ContextVar[str | None] = ContextVar("saved_tensors_hooks_refusal", default=None)


class saved_tensors_hooks:
    """Within the `with` block, what operations save for backward is packed; it is unpacked when backward needs it.

    `pack_hook(tensor)` is called, without recording, with each tensor that an operation saves; what it returns, which
    may be anything, stands in the graph in place of the tensor. `unpack_hook` is called with that, each time that the
    tensor is needed, and returns a tensor of the same values. Of several blocks within each other, the innermost
    counts. A pack hook that keeps a saved result itself, not its `detach()`, makes a cycle.

    Packing raises RuntimeError where the hook changes the tensor in place, unpacking TypeError where the hook returns
    no tensor, and RuntimeError where it returns the memory of a tensor that was changed in place since.

    >>> import chainrule as torch
    >>> x = torch.ones(3, requires_grad=True)
    >>> with torch.autograd.graph.saved_tensors_hooks(lambda saved: saved.half(), lambda packed: packed.float()):
    ...     y = x.exp()  # saved in half precision
    >>> y.sum().backward()
    >>> x.grad
    tensor([2.7188, 2.7188, 2.7188])
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        refusal = _refusal.get()
        if refusal is not None:
            raise RuntimeError(refusal)
        for name, hook in (("pack_hook", self.pack_hook), ("unpack_hook", self.unpack_hook)):
            if not callable(hook):
                raise TypeError(f"saved_tensors_hooks(): {name} must be a function, not {type(hook).__name__}")
        close_short_way()
        modes.saved_tensors_hooks.set((*modes.saved_tensors_hooks.get(), (self.pack_hook, self.unpack_hook)))

    def __exit__(self, *exception: object) -> None:
        modes.saved_tensors_hooks.set(modes.saved_tensors_hooks.get()[:-1])
        reopen_short_way()


class save_on_cpu(saved_tensors_hooks):
    """Within the `with` block, what is saved for backward is kept on the CPU, where chainrule's tensors are anyway.

    With `pin_memory`, which PyTorch has for copies from a GPU, a copy is saved; so the tensor may be changed in place
    afterwards. `device_type` has no effect.

    >>> import chainrule as torch
    >>> x = torch.ones(3, requires_grad=True)
    >>> with torch.autograd.graph.save_on_cpu():
    ...     y = x.exp()
    >>> y.sum().backward()
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        del device_type

        def pack(tensor: Tensor) -> tuple[Any, Tensor]:
            return tensor.device, tensor.detach().clone() if pin_memory else tensor.detach()

        def unpack(packed: tuple[Any, Tensor]) -> Tensor:
            device, tensor = packed
            return tensor.to(device, non_blocking=pin_memory)

        super().__init__(pack, unpack)


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within the `with` block (or the decorated function), saved-tensor hooks are refused.

    Raises RuntimeError with `error_message` where they are active already; entering them raises it within the block.

    >>> import chainrule as torch
    >>> with torch.autograd.graph.disable_saved_tensors_hooks("no hooks here, please"):
    ...     with torch.autograd.graph.save_on_cpu():
    ...         pass
    Traceback (most recent call last):
        ...
    RuntimeError: no hooks here, please
    """
    if modes.saved_tensors_hooks.get():
        raise RuntimeError(error_message)
    token = _refusal.set(error_message)
    try:
        yield
    finally:
        _refusal.reset(token)
