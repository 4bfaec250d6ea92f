"""Work in several threads: as many as `set_count` says, those of this package alone (see chainrule/threads.py for all).

NumPy lets other threads run while it works on an array, so pieces of a large array can be worked on side by side.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from queue import SimpleQueue
from typing import Any, Final

__all__ = ["WORTH_A_THREAD", "count", "run_side_by_side", "set_count"]

# So many numbers at least are worth a thread, where they take work; with less the threads keep each other from Python
# for longer than they help. On two quiet cores with one and two threads, forward and backward, in milliseconds: gelu of
# 2 ** 18 numbers 0.89 and 0.94, of 2 ** 19 1.7 and 2.0, of 2 ** 20 3.8 and 2.8; softmax of these 0.6 and 0.6 at
# 2 ** 19, 1.3 and 0.9 at 2 ** 20. OpenBLAS's threads, which wait for more work for a while, add to what it costs.
WORTH_A_THREAD: Final = 3 << 17


class Piece:
    """A piece of work, done once, by whoever comes first: a thread of the crew, or the one that waits for it."""

    __slots__ = ("_claim", "_context", "_done", "_work", "error")

    def __init__(self, work: Callable[[], object], context: Context) -> None:
        self._work: Callable[[], object] | None = work
        # What NumPy is told of errors (`np.errstate`) stands in the context of the caller.
        self._context = context
        self._claim = threading.Lock()
        self._done = threading.Lock()
        self._done.acquire()
        self.error: BaseException | None = None

    def run(self) -> None:
        """Do it, unless somebody does already."""
        if not self._claim.acquire(blocking=False):
            return
        work = self._work
        try:
            if work is not None:
                self._context.run(work)
        except BaseException as error:  # noqa: BLE001 (the thread that waits raises it)
            self.error = error
        finally:
            # Before anybody hears of it: the arrays that it worked on must not live until this thread runs again.
            self._work = work = None
            self._done.release()

    def wait(self) -> None:
        """Return when it is done."""
        self._done.acquire()


class Crew:
    """The threads, which wait for pieces of work. They begin when there is work for them."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.begin_again()

    def begin_again(self) -> None:
        """Have no threads yet: at first, and in a forked process, to which threads do not come along."""
        self._pieces: SimpleQueue[Piece] = SimpleQueue()
        self._started = 0
        self._lock = threading.Lock()

    def run(self, works: list[Callable[[], object]]) -> None:
        """Do all, the first in this thread, and return when all are done; raise what one of them raised."""
        pieces = [Piece(work, copy_context()) for work in works[1:]]
        if self._started < self.count - 1:
            self._start()
        for piece in pieces:
            self._pieces.put(piece)
        error: BaseException | None = None
        try:
            works[0]()
        except BaseException as raised:  # noqa: BLE001 (raised again below: the others' memory must not go before)
            error = raised
        for piece in pieces:
            piece.run()
        for piece in pieces:
            piece.wait()
            error = error or piece.error
        if error is not None:
            raise error

    def _start(self) -> None:
        with self._lock:
            while self._started < self.count - 1:
                name = f"chainrule-{self._started + 1}"
                threading.Thread(target=_work_on, args=(self._pieces,), name=name, daemon=True).start()
                self._started += 1


def _work_on(pieces: SimpleQueue[Piece]) -> None:
    while True:
        pieces.get().run()


def _count_at_start() -> int:
    # As PyTorch: what OpenMP is told, or the processors that this process may use.
    given = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    if given.isdecimal() and int(given) > 0:
        return int(given)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_crew: Final = Crew(_count_at_start())
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_crew.begin_again)


def count() -> int:
    """How many threads work side by side, at most."""
    return _crew.count


def set_count(number: int) -> None:
    """Have `number` threads work side by side, at most."""
    _crew.count = number


def run_side_by_side(works: list[Callable[[], Any]]) -> None:
    """Call all of these, each in a thread of its own as far as there are so many, and return when all have returned."""
    _crew.run(works)
