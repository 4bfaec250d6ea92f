"""What hooks need: the handle that registering one returns, and how modules come to see gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from chainrule.engine.handles import RemovableHandle
from chainrule.nn.modules.backward_hooks import BackwardHook
from chainrule.tensor import Tensor
from chainrule.tensor_copies import warn_of_hooks

__all__ = ["BackwardHook", "RemovableHandle", "unserializable_hook", "warn_if_has_hooks"]

F = TypeVar("F", bound=Callable[..., Any])


def unserializable_hook(f: F) -> F:
    """Mark a hook as one that is left behind on purpose where its tensor is saved: `warn_if_has_hooks` is silent.

    >>> import chainrule as torch
    >>> @torch.utils.hooks.unserializable_hook
    ... def double(grad):
    ...     return grad * 2
    """
    f.__torch_unserializable__ = True  # type: ignore[attr-defined]
    return f


def warn_if_has_hooks(tensor: Tensor) -> None:
    """Warn of each hook of the tensor that is not marked by `unserializable_hook`: saving leaves hooks behind."""
    warn_of_hooks(tensor)
