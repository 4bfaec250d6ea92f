"""Version counters: how often a tensor's values were changed in place, and what changed them last.

A counter is a `bytearray`, because Python's garbage collector does not track those. Each recorded operation makes one,
and what the collector has to visit is most of the cost of recording a graph of hundreds of thousands of nodes.

Its first byte is 0 until the first change; then come the number of changes (8 bytes) and the name of the last node that
a recorded change made. Views and `detach()` share the counter of the tensor they come from.
"""

from __future__ import annotations


def new_counter() -> bytearray:
    """The counter of a tensor that nothing has changed."""
    return bytearray(1)


def changes(counter: bytearray) -> int:
    """How often the values were changed."""
    return int.from_bytes(counter[1:9], "little") if counter[0] else 0


def stamp(counter: bytearray) -> int:
    """What is saved beside a tensor, to be compared later: 0 before any change, else minus their number.

    Where no change has happened it equals the first byte, at the time of saving and later; so `counter[0] != stamp` is
    all that backward asks for nearly every saved tensor.
    """
    return -changes(counter)


def count_change(counter: bytearray, writer: str = "") -> None:
    """Count one change; `writer` is the name of its node where it was recorded."""
    told = writer.encode() if writer else counter[9:]
    counter[:] = b"\1" + (changes(counter) + 1).to_bytes(8, "little") + told


def last_writer(counter: bytearray) -> str:
    """The name of the node of the last recorded change, empty where there was none."""
    return counter[9:].decode()
