"""Version counters: how often a tensor's values were changed in place, and by which lines of the program.

A counter is a `bytearray`, because Python's garbage collector does not track those. Each recorded operation makes one,
and what the collector has to visit is most of the cost of recording a graph of hundreds of thousands of nodes.

Its first byte is 0 for values that nothing has happened to; else it says what has (CHANGED, SHARED, INFERENCE). Then
come the number of changes (8 bytes), the name of the last node that a recorded change made, and the last few changes.
Views and `detach()` share the counter of the tensor they come from.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from typing import Any, NamedTuple

from chainrule.engine.places import described, frames, users_frame

CHANGED = 1  # changed in place
SHARED = 2  # NumPy can change them too (see shared_memory.py)
INFERENCE = 4  # made in inference mode: nothing is counted, and nothing may be saved

KEPT_WRITES = 3
_COUNT_END = 9

INFERENCE_SAVED = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
    "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in "
    "autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
)


class Write(NamedTuple):
    """One change of a tensor's values in place: what changed them, the line of the program, and the thread."""

    operation: str
    file: str
    line: int
    thread: int

    def __str__(self) -> str:
        where = described(self.file, self.line) if self.file else "a line that was not recorded"
        return f"{self.operation or 'an operation'} at {where}"


def new_counter() -> bytearray:
    """The counter of a tensor that nothing has happened to."""
    return bytearray(1)


def changes(counter: bytearray) -> int:
    """How often the values were changed."""
    return int.from_bytes(counter[1:_COUNT_END], "little") if counter[0] & CHANGED else 0


def stamp(counter: bytearray, array: Any) -> int:
    """What is saved beside an array, to be compared later: 0 before any change, else minus their number.

    For memory that NumPy can change it carries the values' fingerprint too. Where nothing has happened it equals the
    first byte, at the time of saving and later; so `counter[0] != stamp` is all that backward asks for nearly every
    saved tensor. Raises RuntimeError for the values of an inference tensor.
    """
    state = counter[0]
    if state & INFERENCE:
        raise RuntimeError(INFERENCE_SAVED)
    if state & SHARED:
        from chainrule.engine.shared_memory import shared_stamp

        return shared_stamp(counter, array)
    return -changes(counter)


# Called with the counter by whatever is about to change a tensor in place; see `allow_mutation_on_saved_tensors`.
before_change: list[Callable[[bytearray], None]] = []


def about_to_change(counter: bytearray) -> None:
    """Say that the values counted here will be changed in place: called before they are."""
    for callback in before_change:
        callback(counter)


def count_change(counter: bytearray, node_name: str = "", operation: str = "") -> None:
    """Count one change and remember the line that asked for it.

    `operation`: what users call it, such as `add_`; `node_name`: the name of its node where it was recorded.
    """
    if counter[0] & INFERENCE:
        return
    frame = users_frame(frames.get(1))
    last_node, *earlier = bytes(counter[_COUNT_END:]).split(b"\0")
    write = f"{operation}\t{frame.f_code.co_filename}\t{frame.f_lineno}\t{get_ident()}"
    kept = [*earlier[1 - KEPT_WRITES :], write.encode("utf-8", "surrogateescape")]
    told = node_name.encode() or last_node
    count = changes(counter) + 1
    counter[:] = bytes([counter[0] | CHANGED]) + count.to_bytes(8, "little") + b"\0".join([told, *kept])


def last_node_name(counter: bytearray) -> str:
    """The name of the node of the last recorded change, empty where there was none."""
    return bytes(counter[_COUNT_END:]).split(b"\0", 1)[0].decode()


def writes(counter: bytearray) -> list[Write]:
    """The last few changes, the latest last."""
    found = []
    for write in bytes(counter[_COUNT_END:]).split(b"\0")[1:]:
        operation, rest = write.decode("utf-8", "surrogateescape").split("\t", 1)
        file, line, thread = rest.rsplit("\t", 2)
        found.append(Write(operation, file, int(line), int(thread)))
    return found
