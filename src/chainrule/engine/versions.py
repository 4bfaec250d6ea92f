"""Version counters: how often a tensor's values were changed in place, and by which lines of the program.

A counter is a `bytearray`, because Python's garbage collector does not track those. Each recorded operation makes one,
and what the collector has to visit is most of the cost of recording a graph of hundreds of thousands of nodes.

It is one byte, 0, while nothing has happened to the values; else that byte says what has (CHANGED, SHARED, INFERENCE).
The first change adds the number of changes, the node of the last recorded one, and room for the last few changes: what
made them, on which line of the program, in which thread. Changes through NumPy, where they are noticed, are counted
apart, in the upper bits. Views and `detach()` share the counter of the tensor they come from.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable
from threading import Lock, get_ident
from typing import Any, ClassVar, Final, NamedTuple

from chainrule.engine import inference
from chainrule.engine.compilation import CALLER
from chainrule.engine.places import NO_FRAME, Place, frames, place_of, users_frame

CHANGED: Final = 1  # changed in place
SHARED: Final = 2  # NumPy can change them too (see shared_memory.py)
INFERENCE: Final = 4  # made in inference mode: nothing is counted, and nothing may be saved

# After the first byte: how many changes, the number of the last node's name, the site that shared the memory with NumPy
# (where NumPy changed it), and KEPT_WRITES changes in turns, each the number of its site, an offset into the site's
# code, and a thread.
KEPT_WRITES = 3
_THROUGH_NUMPY = 1 << 48
_BY_OPERATIONS = _THROUGH_NUMPY - 1
_COUNTED = struct.Struct("<BQ")
_COUNT = struct.Struct("<Q")
_NAME = struct.Struct("<I")
_SHARING = struct.Struct("<II")
_WRITE = struct.Struct("<IIQ")
_NAME_AT = _COUNTED.size
_SHARING_AT = _NAME_AT + _NAME.size
_WRITES_AT = _SHARING_AT + _SHARING.size
_WRITE_SIZE = _WRITE.size
_ROOM = bytes(_WRITES_AT + KEPT_WRITES * _WRITE_SIZE - 1)


class _Numbers:
    """Numbers for things that a counter, being bytes, cannot hold: names of nodes, and (operation, code) pairs.

    A program has few of them; should one go on making more (by compiling code all the time), the rest are all 0.
    """

    most: ClassVar[int] = 1 << 16

    def __init__(self, unknown: Any) -> None:
        self.things: list[Any] = [unknown]
        self.number_of: dict[Any, int] = {}
        self._adding = Lock()

    def number(self, key: Any, thing: Any) -> int:
        found = self.number_of.get(key)
        if found is not None:
            return found
        with self._adding:
            if key not in self.number_of:
                if len(self.things) >= self.most:
                    return 0
                self.things.append(thing)
                self.number_of[key] = len(self.things) - 1
            return self.number_of[key]


_node_names = _Numbers("")
_sites = _Numbers(("", NO_FRAME.f_code))
_known_site = _sites.number_of.get


class Write(NamedTuple):
    """One change of a tensor's values in place: what changed them, the line of the program, and the thread."""

    operation: str
    place: Place | None
    thread: int

    def __str__(self) -> str:
        thread = "" if self.thread == get_ident() else f" in {_thread_name(self.thread)}"
        return f"{self.operation or 'an operation'}{thread} at {self.place or 'a line that was not recorded'}"


def _thread_name(identifier: int) -> str:
    names = [f"thread {thread.name!r}" for thread in threading.enumerate() if thread.ident == identifier]
    return names[0] if names else "a thread that has ended"


# The counter of a tensor that nothing has happened to, outside inference mode; `bytearray(1)` takes twice as long.
fresh_counter: Final[Callable[[], bytearray]] = bytearray(1).copy


def new_counter() -> bytearray:
    """The counter of a tensor that nothing has happened to."""
    counter = fresh_counter()
    if inference.is_inference_mode_enabled():
        counter[0] = INFERENCE
    return counter


def changes(counter: bytearray) -> int:
    """How often the values were changed."""
    return _COUNT.unpack_from(counter, 1)[0] & _BY_OPERATIONS if counter[0] & CHANGED else 0


def changes_of_all_kinds(counter: bytearray) -> int:
    """A number that grows with each change, with those through NumPy that were noticed too."""
    return _COUNT.unpack_from(counter, 1)[0] if counter[0] & CHANGED else 0


def stamp(counter: bytearray, array: Any) -> Any:
    """What is saved beside an array, to be compared later: 0 before any change, else minus their number.

    Where nothing has happened it equals the first byte, at the time of saving and later; so `counter[0] != stamp` is
    all that backward asks for nearly every saved tensor. For memory that NumPy can change it is a `SharedStamp`, which
    never does. Raises RuntimeError for the values of an inference tensor.
    """
    state = counter[0]
    if state & INFERENCE:
        raise RuntimeError(inference.SAVED)
    if state & SHARED:
        from chainrule.engine.shared_memory import shared_stamp

        return shared_stamp(counter, array)
    return -changes_of_all_kinds(counter)


def changes_in_stamp(stamp: int) -> int:
    """How often the values had been changed when this stamp was made."""
    return -stamp & _BY_OPERATIONS


# Called with the counter by whatever is about to change a tensor in place; see `allow_mutation_on_saved_tensors`.
before_change: list[Callable[[bytearray], None]] = []


def about_to_change(counter: bytearray) -> None:
    """Say that the values counted here will be changed in place: called before they are.

    Raises RuntimeError for an inference tensor outside inference mode.
    """
    if counter[0] & INFERENCE and not inference.is_inference_mode_enabled():
        raise RuntimeError(inference.CHANGED_OUTSIDE)
    for callback in before_change:
        callback(counter)


def count_change(counter: bytearray, node_name: str = "", operation: str = "", at: Any = None) -> None:
    """Count one change and remember the line that asked for it.

    `operation`: what users call it, such as `add_`; `node_name`: the name of its node where it was recorded; `at`: a
    node or place of that line, where there is one.
    """
    state = counter[0]
    if state & INFERENCE:
        return
    if len(counter) == 1:
        counter += _ROOM
    if at is None:
        frame = users_frame(frames.get(CALLER))
        code = frame.f_code
        lasti = frame.f_lasti
    else:
        code = at.code
        lasti = at.lasti
    count = _COUNT.unpack_from(counter, 1)[0] + 1
    _COUNTED.pack_into(counter, 0, state | CHANGED, count)
    if node_name:
        _NAME.pack_into(counter, _NAME_AT, _node_names.number(node_name, node_name))
    # By identity, because hashing a code object takes longer than all the rest; the table keeps it alive.
    key = (operation, id(code))
    site = _known_site(key) or _sites.number(key, (operation, code))
    offset = _WRITES_AT + (count & _BY_OPERATIONS) % KEPT_WRITES * _WRITE_SIZE
    _WRITE.pack_into(counter, offset, site, lasti + 1, get_ident())


def last_node_name(counter: bytearray) -> str:
    """The name of the node of the last recorded change, empty where there was none."""
    return _node_names.things[_NAME.unpack_from(counter, _NAME_AT)[0]] if counter[0] & CHANGED else ""


def writes(counter: bytearray) -> list[Write]:
    """The last few changes, the latest last."""
    count = changes(counter)
    found = []
    for number in range(max(count - KEPT_WRITES, 0) + 1, count + 1):
        site, lasti, thread = _WRITE.unpack_from(counter, _WRITES_AT + number % KEPT_WRITES * _WRITE.size)
        operation, code = _sites.things[site]
        found.append(Write(operation, place_of(code, lasti - 1), thread))
    return found


def count_change_through_numpy(counter: bytearray, operation: str, place: Place | None) -> None:
    """Count a change that NumPy has made; `operation`, at `place`, is what shared the memory with it."""
    if len(counter) == 1:
        counter += _ROOM
    count = _COUNT.unpack_from(counter, 1)[0] + _THROUGH_NUMPY
    _COUNTED.pack_into(counter, 0, counter[0] | CHANGED, count)
    code, lasti = (NO_FRAME.f_code, -1) if place is None else (place.code, place.lasti)
    site = _sites.number((operation, id(code)), (operation, code))
    _SHARING.pack_into(counter, _SHARING_AT, site, lasti + 1)


def shared_by(counter: bytearray) -> tuple[str, Place | None]:
    """What shared with NumPy the memory that NumPy was last noticed to have changed, and the line that asked for it."""
    site, lasti = _SHARING.unpack_from(counter, _SHARING_AT)
    operation, code = _sites.things[site]
    return operation, place_of(code, lasti - 1)
