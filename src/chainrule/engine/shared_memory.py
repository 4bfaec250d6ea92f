"""Memory that NumPy can write to behind the graph's back, and how a backward pass notices that it did.

While NumPy holds memory of a tensor, the version counter of the tensor and its views says SHARED. What a node saves of
such memory is stamped with the values (a hash of them, where they are many), which are compared when it is used. What
was saved before NumPy got hold of it is compared when NumPy's array is gone, with what it was when that array came.

Nobody pays for this who does not share: an array that NumPy was lent is watched, and when it is gone the counter is as
it was. Nor does a tensor over an array that nobody else holds any more, as in `from_numpy(np.random.rand(3))`.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any

import numpy as np

from chainrule.engine.places import Place, here
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.engine.versions import (
    INFERENCE,
    SHARED,
    changes,
    changes_of_all_kinds,
    count_change_through_numpy,
)

Array = np.ndarray[Any, Any]

# Up to so many bytes are kept as they are, which is quicker than a hash of them; beyond, the memory counts for more.
MOST_KEPT = 1 << 23
# Up to so many are, where there is one copy for each time that they are kept.
MOST_KEPT_EACH_TIME = 1 << 14
# Of all memory that NumPy is lent, up to so many: a program may collect arrays.
MOST_KEPT_OF_LENT = 1 << 26
# Hashed in pieces that stay in the processor's cache.
PIECE = 1 << 16

_checked: ContextVar[bool] = ContextVar("check_shared_memory", default=True)


class set_check_shared_memory:
    """Say whether values shared with NumPy are checked for changes, in this thread; as a function or in a `with` block.

    They are unless told otherwise. What is saved while they are not is not checked later either.

    >>> import numpy as np
    >>> import chainrule as torch
    >>> array = np.ones(2)
    >>> w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    >>> with torch.autograd.graph.set_check_shared_memory(False):
    ...     loss = (w * torch.from_numpy(array)).sum()
    >>> array *= 3
    >>> loss.backward()
    >>> w.grad  # as PyTorch: not the gradient of what was computed
    tensor([3., 3.], dtype=chainrule.float64)
    """

    def __init__(self, enabled: bool) -> None:
        self.before = _checked.get()
        _checked.set(enabled)

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _checked.set(self.before)


class Kept:
    """How many bytes the `values` of all sharings are.

    In an object, because setting an attribute of a class throws away what Python has cached of the class.
    """

    __slots__ = ("bytes",)

    def __init__(self) -> None:
        self.bytes = 0


kept = Kept()


class Sharing:
    """One way in which NumPy can reach the memory of a tensor, for as long as something lives.

    - `through`: that something, referred to weakly: where memory is lent to NumPy, the memoryview that NumPy's arrays
      hold; where it is borrowed from NumPy, the array that the tensors hold.
    - `counter`: of the tensor and its views.
    - `lent`: the tensor's array, where memory is lent.
    - `moment`, `values`: of what was lent, at that time; `values` is None where nobody can have saved them before.
    - `told`: what shared the memory, and the line of the program that asked for it.
    """

    __slots__ = ("counter", "lent", "moment", "through", "told", "values")

    def __init__(
        self, through: Any, counter: bytearray, lent: Array | None, values: Any, told: tuple[str, Place | None]
    ) -> None:
        self.through: Callable[[], Any] = weakref.ref(through, self._is_gone)
        self.counter = counter
        self.lent = lent
        self.moment = counter[0] and changes_of_all_kinds(counter)
        self.values = values
        self.told = told

    def begin(self) -> None:
        """Have the counter say SHARED."""
        counter = self.counter
        with _lock:
            of_counter = _sharings.get(id(counter))
            if of_counter is None:
                of_counter = {}
            of_counter[self] = None
            # While these lines run another sharing of the counter may end: so this comes last.
            _sharings[id(counter)] = of_counter
            counter[0] |= SHARED
            if self.values is not None:
                kept.bytes += self._size()

    def end(self) -> None:
        """Have the counter no longer say so, if this was the last sharing of the tensor."""
        self.through = _gone  # the reference holds this object by its callback
        counter = self.counter
        with _lock:
            of_counter = _sharings.get(id(counter))
            if of_counter is not None and self in of_counter:
                del of_counter[self]
                if self.values is not None:
                    kept.bytes -= self._size()
            if not of_counter:
                _sharings.pop(id(counter), None)
                counter[0] &= ~SHARED

    def _size(self) -> int:
        return len(self.values) if isinstance(self.values, bytes) else 0

    def _is_gone(self, _: Any) -> None:
        if sys.getrefcount(self.counter) > _ONE:  # else there is no tensor any more, and nothing that was saved
            self.notice_change()
        self.end()

    def notice_change(self) -> None:
        """Count a change if NumPy has made one since it was lent the memory."""
        if self.values is None or self.lent is None or self.moment != changes_of_all_kinds(self.counter):
            return
        if not are_values_of(self.lent, self.values):
            count_change_through_numpy(self.counter, *self.told)


def _gone() -> None:
    return None


class SharedStamp:
    """The stamp of values that NumPy could change when they were saved."""

    __slots__ = ("__weakref__", "changes", "told", "values")

    def __init__(self, changes: int, array: Array, told: tuple[str, Place | None]) -> None:
        self.changes = changes
        self.told = told
        self.values: Any = None
        if not _checked.get():
            return
        if not MOST_KEPT_EACH_TIME < array.nbytes <= MOST_KEPT:
            self.values = values_of(array)
            return
        # The weights of a loop are saved at each turn, and are the same.
        where = (array.__array_interface__["data"][0], array.shape, array.strides, array.dtype)
        last = _last_stamps.get(where)
        values = array.tobytes(order="A")
        self.values = last.values if last is not None and last.values == values else values
        _last_stamps[where] = self


_last_stamps: weakref.WeakValueDictionary[Any, SharedStamp] = weakref.WeakValueDictionary()


# The sharings of each counter, in their order. Each holds its counter, so no other counter can have that id.
_sharings: dict[int, dict[Sharing, None]] = {}
_lock = threading.RLock()  # a sharing may end at any time, in any thread


def _of(counter: bytearray) -> tuple[Sharing, ...]:
    return tuple(_sharings.get(id(counter), ()))


class _Holder:
    __slots__ = ("held",)

    def __init__(self) -> None:
        self.held = np.empty(0)


_holder = _Holder()
# What `sys.getrefcount` says of something that one other thing holds, asked for by attribute as below.
_ONE = sys.getrefcount(_holder.held)


def lend(tensor: TensorBase, operation: str) -> Array:
    """An array for NumPy over the memory of `tensor`; `operation` is what users call it that gives it to them."""
    array = tensor._array
    if not array.size:
        return array.view()
    # What NumPy makes of this array, slices of slices too, holds its memoryview: between an array and its memory NumPy
    # leaves out other arrays, but nothing else.
    lent = np.asarray(array.data)
    if not tensor._version_counter[0] & INFERENCE:
        others = sys.getrefcount(tensor._version_counter) > _ONE or type(tensor._version_counter) is Aside
        values = None
        if others and _checked.get():
            values = values_of(array, min(MOST_KEPT, MOST_KEPT_OF_LENT - kept.bytes))
        told = (operation, here())
        counter: bytearray | None = tensor._version_counter
        while counter is not None:
            Sharing(lent.base, counter, array, values, told).begin()
            counter = counter.of if isinstance(counter, Aside) else None
    return lent


def borrow(array: Array, operation: str) -> TensorBase:
    """A tensor over the memory of NumPy's `array`; `operation` is what users call it that makes the tensor."""
    if not array.size:
        return new_tensor(array.view(np.ndarray))
    own = np.asarray(np.asarray(array).data)  # of a masked array `data` is something else
    tensor = new_tensor(own)
    Sharing(own, tensor._version_counter, None, None, (operation, here())).begin()
    return tensor


class Aside(bytearray):
    """The counter of `x.data`: its changes are not those of `x`, but NumPy's are both's."""

    __slots__ = ("of",)

    of: bytearray


def counter_aside(counter: bytearray) -> Aside:
    """A new counter for `x.data`, where `counter` is that of `x`."""
    aside = Aside(1)
    aside.of = counter
    if counter[0]:
        aside[0] = counter[0] & INFERENCE
        share_borrowed(counter, aside)
    return aside


def share_borrowed(counter: bytearray, other: bytearray) -> None:
    """Note that the tensors of the counter `other` use memory of the tensors of `counter`."""
    for sharing in _of(counter) if counter[0] & SHARED else ():
        own = sharing.through()
        if sharing.lent is None and own is not None:
            Sharing(own, other, None, None, sharing.told).begin()


def _is_alone(own: Array | None) -> bool:
    # Whether nobody but tensors holds the memory of an array that `borrow` made.
    if own is None:
        return True
    memory: Any = own.base
    if type(memory) is not memoryview or sys.getrefcount(memory.obj) > _ONE:
        return False
    array: Any = memory.obj
    while type(array) is np.ndarray and not weakref.getweakrefcount(array):
        if array.base is None:
            return array.flags.owndata
        if sys.getrefcount(array.base) > _ONE:
            return False
        array = array.base
    return False


def shared_stamp(counter: bytearray, array: Array) -> Any:
    """The stamp for what is saved of memory that NumPy may be able to change."""
    told = None
    for sharing in _of(counter):
        if sharing.lent is None and _is_alone(sharing.through()):
            sharing.end()
        else:
            told = sharing.told
    if told is None or not _checked.get():
        return -changes_of_all_kinds(counter)
    return SharedStamp(changes(counter), array, told)


def operand_stamp(array: Array) -> SharedStamp:
    """The stamp for a NumPy array that is saved because an operation was called with it."""
    return SharedStamp(0, array, ("an operation with it", here()))


def is_unchanged(counter: bytearray, array: Array, stamp: Any) -> bool:
    """Whether a saved array has the values that it was stamped with, where NumPy may have changed them."""
    if isinstance(stamp, SharedStamp):
        if stamp.changes != changes(counter):
            return False
        return stamp.values is None or not _checked.get() or are_values_of(array, stamp.values)
    if _checked.get():
        for sharing in _of(counter):
            if sharing.lent is not None and np.may_share_memory(sharing.lent, array):
                sharing.notice_change()
    return bool(stamp == -changes_of_all_kinds(counter))


def values_of(array: Array, most_kept: int = MOST_KEPT_EACH_TIME) -> Any:
    """What `are_values_of` recognises the values by: their bytes, or a hash if they are more than `most_kept`."""
    return array.tobytes(order="A") if array.nbytes <= most_kept else _hash_of(array)


def are_values_of(array: Array, values: Any) -> bool:
    """Whether an array still has the values, each in its place."""
    return bool(values == (array.tobytes(order="A") if isinstance(values, bytes) else _hash_of(array)))


def _hash_of(array: Array) -> int:
    flat = array.ravel(order="K").view(np.uint8)
    return hash(tuple([hash(flat[at : at + PIECE].tobytes()) for at in range(0, flat.size, PIECE)]))
