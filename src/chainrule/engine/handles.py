"""The handle that registering a hook returns."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, ClassVar, Self


class RemovableHandle:
    """Removes the hook that it was returned for, by `remove()` or at the end of a `with` block.

    Args:
        hooks_dict: the ordered dictionary that holds the hook under the handle's `id`.
        extra_dict: one or more dictionaries that may hold the same key.

    >>> layer = torch.nn.ReLU()
    >>> with layer.register_forward_hook(lambda module, args, output: output + 1):
    ...     layer(torch.zeros(2))
    tensor([1., 1.])
    >>> layer(torch.zeros(2))
    tensor([0., 0.])
    """

    __module__ = "chainrule.utils.hooks"  # where users find it

    id: int
    next_id: ClassVar[int] = 0

    def __init__(
        self, hooks_dict: OrderedDict[int, Any], *, extra_dict: OrderedDict[int, Any] | Iterable[Any] | None = None
    ) -> None:
        extra = () if extra_dict is None else (extra_dict,) if isinstance(extra_dict, dict) else tuple(extra_dict)
        self.__setstate__((RemovableHandle.next_id, (hooks_dict, *extra)))

    def remove(self) -> None:
        """Remove the hook; a second call does nothing."""
        for hooks in self._hooks():
            hooks.pop(self.id, None)

    def _hooks(self) -> list[OrderedDict[int, Any]]:
        return [hooks for reference in self._references if (hooks := reference()) is not None]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()

    # A copied module's handle removes the copy's hook: the dictionaries are copied along.

    def __getstate__(self) -> tuple[int, Iterable[OrderedDict[int, Any]]]:
        return self.id, self._hooks()

    def __setstate__(self, state: tuple[int, Iterable[OrderedDict[int, Any]]]) -> None:
        self.id, hooks = state
        RemovableHandle.next_id = max(RemovableHandle.next_id, self.id + 1)
        # Weak, so that a handle that is kept does not keep the module or tensor.
        self._references = tuple(weakref.ref(each) for each in hooks)
