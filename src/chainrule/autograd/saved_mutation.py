"""In-place changes of what is saved for backward, allowed: the saved values are copied before they change."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from chainrule.autograd.saved_hooks import saved_tensors_hooks
from chainrule.engine import versions
from chainrule.engine.tensor_base import TensorBase, new_tensor

OUTSIDE = (
    "Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin which the graph was originally "
    "recorded."
)

_active: ContextVar[bool] = ContextVar("allow_mutation_on_saved_tensors", default=False)


class _SavedValues:
    """What was saved of tensors that share a version counter, between two changes: it lives as long as a node needs it.

    `tensors`: by the ids of their arrays; they are copies once `are_copies`.
    """

    def __init__(self, counter: bytearray) -> None:
        self.counter = counter
        self.tensors: dict[int, TensorBase] = {}
        self.are_copies = False

    def held_by_graph(self) -> tuple[Any, ...]:
        """What a node keeps alive with this."""
        return tuple(self.tensors.values())

    def copy(self) -> None:
        """Copy the values, which are about to change."""
        self.tensors = {key: new_tensor(tensor._array.copy("K")) for key, tensor in self.tensors.items()}
        self.are_copies = True


class SavedMutation:
    """What `allow_mutation_on_saved_tensors` knows, to look at: `original`, the tensors saved, and `cloned`, copies."""

    def __init__(self) -> None:
        # By the id of their counter, which each of them keeps.
        self._unchanged: weakref.WeakValueDictionary[int, _SavedValues] = weakref.WeakValueDictionary()
        self._all: weakref.WeakSet[_SavedValues] = weakref.WeakSet()
        self._is_over = False

    @property
    def original(self) -> list[TensorBase]:
        """The saved tensors that are as they were."""
        return [tensor for values in self._all if not values.are_copies for tensor in values.tensors.values()]

    @property
    def cloned(self) -> list[TensorBase]:
        """The copies of saved tensors that were changed."""
        return [tensor for values in self._all if values.are_copies for tensor in values.tensors.values()]

    def clear(self) -> None:
        """Let go of all saved values: what was recorded can have no backward any more."""
        for values in list(self._all):
            values.tensors = {}
        self._is_over = True

    def pack(self, tensor: TensorBase) -> tuple[_SavedValues, int]:
        """Where the values of a tensor that is saved will be found."""
        counter = tensor._version_counter
        values = self._unchanged.get(id(counter))
        if values is None:
            values = self._unchanged[id(counter)] = _SavedValues(counter)
            self._all.add(values)
        key = id(tensor._array)
        if key not in values.tensors:
            values.tensors[key] = new_tensor(tensor._array, None, counter)
        return values, key

    def unpack(self, packed: tuple[_SavedValues, int]) -> TensorBase:
        """The values as they were saved."""
        if self._is_over:
            raise AssertionError(OUTSIDE)
        values, key = packed
        return values.tensors[key]

    def before_change(self, counter: bytearray) -> None:
        """Copy what was saved of the tensors counted here."""
        values = self._unchanged.pop(id(counter), None)
        if values is not None:
            values.copy()


@contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[SavedMutation]:
    """Within the `with` block, tensors that are saved for backward may be changed in place: they are copied first.

    Both the operations and backward must be within the block: backward after it raises AssertionError. The block gives
    an object that shows what is saved. Raises RuntimeError within another such block.

    >>> import chainrule as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.autograd.graph.allow_mutation_on_saved_tensors():
    ...     y = x.clone()
    ...     squares = (y * y).sum()
    ...     _ = y.zero_()
    ...     squares.backward()
    >>> x.grad
    tensor([2., 2.])
    """
    if _active.get():
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    mutation = SavedMutation()
    callback: Any = mutation.before_change
    token = _active.set(True)
    versions.before_change.append(callback)
    try:
        with saved_tensors_hooks(mutation.pack, mutation.unpack):  # type: ignore[arg-type]
            yield mutation
    finally:
        versions.before_change.remove(callback)
        _active.reset(token)
        mutation.clear()
