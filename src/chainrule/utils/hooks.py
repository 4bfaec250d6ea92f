"""What hooks need: the handle that registering one returns, and a word about pickling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from chainrule.engine.handles import RemovableHandle

__all__ = ["RemovableHandle", "unserializable_hook"]

F = TypeVar("F", bound=Callable[..., Any])


def unserializable_hook(f: F) -> F:
    """Mark a hook as one that copies and pickles need not warn of leaving out.

    >>> @torch.utils.hooks.unserializable_hook
    ... def double(grad):
    ...     return grad * 2
    """
    f.__torch_unserializable__ = True  # type: ignore[attr-defined]
    return f
