"""Memory for large arrays, kept when an array is gone and given to the next one of its size.

What large arrays cost is mostly not arithmetic: memory that comes fresh from the system is handed over page by page,
each at its first touch (4 ms for the 16 MB that four multiplications of a million numbers take, which is ten times the
multiplications). So the memory of a large array goes back to a pool when the array and all its views are gone.
It also lies as the processor likes it: at the start of a page, in pages as large as the system has them.

The pool keeps no more than its limit; and what it keeps and what is in use is never more, taken together, than what the
program had in use when it had most.
"""

from __future__ import annotations

import contextlib
import math
import mmap
import os
import threading
import weakref
from collections import deque
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import numpy as np

__all__ = ["Block", "Pool", "empty", "owns_memory", "pool"]

Array: TypeAlias = "np.ndarray[Any, Any]"

# From so many bytes on an array comes from the pool.
SMALLEST: Final = 1 << 20
# The page of a large array, where the system has such: blocks of more than two are whole ones.
LARGE_PAGE: Final = 1 << 21

# Memory that is nobody else's, a child process's neither. Windows knows no other.
_PRIVATE: Final = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}


class Block(mmap.mmap):
    """Memory from the system.

    The one array that has a block as its `base` is the owner of the memory; views of it have that array as theirs.
    """

    __slots__ = ()


class Lease(weakref.ref[Array]):
    """What the pool knows of an array while it lives."""

    __slots__ = ("block", "size")

    block: Block
    size: int


class Pool:
    """Blocks of memory that no array uses, and the count of those that one does. Any thread may use it.

    - `limit`: how many bytes are kept at most; with 0 the pool is off, and memory comes from NumPy.
    - `in_use`, `kept`: bytes that an array uses, and that none does. `most_in_use`: at most, since memory was last
      released; `peak`: the same since it was last asked to forget.
    - `hits`, `misses`: how often memory was used again, and how often it came from the system.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.hits = self.misses = 0
        self.in_use = self.most_in_use = self.peak = self.kept = 0
        # Blocks by size, with the time when they came back. The last one is the next to be used: the processor's cache
        # may still know it.
        self._kept: dict[int, list[tuple[int, Block]]] = {}
        self._time = 0
        self._leases: dict[int, Lease] = {}
        self._ended: deque[Lease] = deque()
        self._lock = threading.Lock()

    def array(self, shape: tuple[int, ...], dtype: Any, nbytes: int) -> Array:
        """A new array of `nbytes` bytes with anything in it, over a block."""
        size = block_size(nbytes)
        block = None
        with self._lock:
            self._take_back_ended()
            of_size = self._kept.get(size)
            if of_size:
                block = of_size.pop()[1]
                self.kept -= size
                self.hits += 1
            else:
                self.misses += 1
            self.in_use += size
            self.most_in_use = max(self.most_in_use, self.in_use)
            self.peak = max(self.peak, self.in_use)
            if block is None:
                self._let_go(self.most_in_use - self.in_use)
        if block is None:
            block = self._new_block(size)
            if block is None:
                return np.empty(shape, dtype)  # NumPy says what it could not get
        array: Array = np.ndarray(shape, dtype, block)
        lease = Lease(array, self._end)
        lease.block = block
        lease.size = size
        self._leases[id(lease)] = lease
        return array

    def _new_block(self, size: int) -> Block | None:
        try:
            block = Block(-1, size, **_PRIVATE)
        except OSError:
            with self._lock:
                self._let_go(0)
            try:
                block = Block(-1, size, **_PRIVATE)
            except OSError:
                with self._lock:
                    self.in_use -= size
                return None
        if size >= LARGE_PAGE and hasattr(mmap, "MADV_HUGEPAGE"):
            with contextlib.suppress(OSError):  # a system that has none
                block.madvise(mmap.MADV_HUGEPAGE)
        return block

    def _end(self, lease: Any) -> None:
        # Called when an array is gone: at any moment, in any thread, also while this very thread holds the lock. Then
        # whoever holds it, or comes next, takes the block back.
        self._ended.append(lease)
        if self._lock.acquire(blocking=False):
            try:
                self._take_back_ended()
            finally:
                self._lock.release()

    def _take_back_ended(self) -> None:
        while self._ended:
            lease = self._ended.popleft()
            del self._leases[id(lease)]
            self.in_use -= lease.size
            if lease.size <= self.limit:
                self._time += 1
                self._kept.setdefault(lease.size, []).append((self._time, lease.block))
                self.kept += lease.size
        self._let_go(self.limit)

    def _let_go(self, most_kept: int) -> None:
        # Those that have waited longest go first.
        while self.kept > most_kept:
            size = min((of_size[0][0], size) for size, of_size in self._kept.items() if of_size)[1]
            del self._kept[size][0]
            self.kept -= size

    def set_limit(self, limit: int) -> None:
        """Keep no more than `limit` bytes from now on."""
        with self._lock:
            self.limit = limit
            self._take_back_ended()

    def release(self) -> None:
        """Give all memory that no array uses back to the system."""
        with self._lock:
            self._take_back_ended()
            self._let_go(0)
            self.most_in_use = self.in_use

    def forget_peak(self) -> None:
        """Count from now on what is in use at most, and how often memory was used again."""
        with self._lock:
            self._take_back_ended()
            self.peak = self.in_use
            self.hits = self.misses = 0

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """A `with` block in which the numbers belong to one moment."""
        with self._lock:
            self._take_back_ended()
            yield

    def begin_in_child(self) -> None:
        """Start again in a forked process: another thread may have been in the middle of something."""
        self._lock = threading.Lock()
        self._kept = {}
        self.kept = 0
        self.in_use = sum(lease.size for lease in self._leases.values())


def block_size(nbytes: int) -> int:
    """The size of a block for so many bytes: an eighth more at most, or whole large pages."""
    step = max(SMALLEST >> 3, 1 << max(nbytes.bit_length() - 4, 0))
    if nbytes >= 2 * LARGE_PAGE:
        step = max(step, LARGE_PAGE)
    return -(-nbytes // step) * step


def limit_at_start() -> int:
    """What CHAINRULE_MEMORY_POOL says, in megabytes; else a quarter of the machine's memory.

    1 GB where the system does not say how much that is.
    """
    given = os.environ.get("CHAINRULE_MEMORY_POOL", "")
    if given:
        try:
            return int(given) << 20
        except ValueError:
            msg = f"CHAINRULE_MEMORY_POOL must be a number of megabytes, 0 for no pool; got {given!r}"
            raise ValueError(msg) from None
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4
    except (AttributeError, OSError, ValueError):
        return 1 << 30


pool: Final = Pool(limit_at_start())
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=pool.begin_in_child)
if pool.limit:
    # The C library of Linux gets the memory of every array of 128 KB and more from the system, and gives it back, until
    # a program has freed a larger one: from then on it keeps what is as small as that one was, 32 MB at most. With this
    # all of NumPy's arrays are spared the first touch of their pages, temporary ones too; elsewhere it does nothing.
    with contextlib.suppress(MemoryError):
        np.empty((1 << 25) - (1 << 16), np.uint8)


def empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """A new array, row by row, with anything in it: as `np.empty`, over memory of the pool where it is large."""
    nbytes = math.prod(shape) * dtype.itemsize
    if nbytes < SMALLEST or not pool.limit or dtype.hasobject:
        return np.empty(shape, dtype)
    return pool.array(shape, dtype, nbytes)


def owns_memory(array: Array) -> bool:
    """Whether an array is no view of another: all of its memory is its own."""
    base: Any = array.base
    return base is None or type(base) is Block
