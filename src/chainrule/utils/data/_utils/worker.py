"""What a worker process of a `DataLoader` does: it fetches the batches that it is told to, and sends them."""

from __future__ import annotations

import contextlib
import queue
import random
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakSet

import numpy as np

from chainrule.random import manual_seed
from chainrule.threads import set_num_threads
from chainrule.utils.data._utils.fetch import IterableFetcher, MapFetcher

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["WorkerInfo", "get_worker_info"]


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """What a worker process knows of itself: its number and how many there are, its seed, and its copy of the dataset.

    >>> from chainrule.utils.data._utils.worker import WorkerInfo
    >>> WorkerInfo(id=0, num_workers=2, seed=7, dataset=None).seed
    7
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Any = None
    worker_method: str | None = "multiprocessing"


_worker_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """In a worker process of a `DataLoader`: its `id`, `num_workers`, `seed` and `dataset`. Elsewhere None.

    >>> torch.utils.data.get_worker_info() is None
    True
    """
    return _worker_info


class Exhausted:
    """Sent in place of a batch when an `IterableDataset` has come to its end."""


class Failure:
    """Sent in place of a batch: the error being handled, and its traceback as text."""

    def __init__(self, where: str) -> None:
        kind, _, _ = sys.exc_info()
        assert kind is not None  # noqa: S101 (for the type checker: called where an error is handled)
        self.kind: type[BaseException] = kind
        self.text = f"Caught {kind.__name__} {where}.\nOriginal {traceback.format_exc()}"

    def raise_again(self) -> NoReturn:
        """Raise an error of the same class, whose message has the traceback of the first."""
        message = _Lines(self.text) if issubclass(self.kind, KeyError) else self.text
        try:
            error = self.kind(message=message) if getattr(self.kind, "message", None) else self.kind(message)  # type: ignore[call-arg]
        except Exception:  # noqa: BLE001 (a class whose errors are made of something else than a message)
            raise RuntimeError(self.text) from None
        raise error


class _Lines(str):
    """Text that a KeyError shows as it is, in place of its repr."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass(slots=True)
class Assignment:
    """What a worker process is given when it starts."""

    id: int
    num_workers: int
    base_seed: int
    dataset: Any
    iterable: bool
    auto_collation: bool
    collate_fn: Callable[[Any], Any]
    drop_last: bool
    init_fn: Callable[[int], Any] | None

    def begin(self) -> MapFetcher | IterableFetcher:
        """Seed all generators, each worker's otherwise, call the function that sets the worker up, and be ready."""
        global _worker_info  # noqa: PLW0603 (one process is one worker)
        seed = self.base_seed + self.id
        random.seed(seed)
        manual_seed(seed)
        words = [self.id, self.base_seed & 0xFFFFFFFF, self.base_seed >> 32, 0]
        # NumPy's old generator is what datasets use without making one of their own.
        np.random.seed(np.random.SeedSequence(words).generate_state(4))  # noqa: NPY002
        _worker_info = WorkerInfo(self.id, self.num_workers, seed, self.dataset)
        if self.init_fn is not None:
            self.init_fn(self.id)
        return self.fetcher()

    def fetcher(self) -> MapFetcher | IterableFetcher:
        """What gives the batches of one epoch."""
        kind = IterableFetcher if self.iterable else MapFetcher
        return kind(self.dataset, self.auto_collation, self.collate_fn, self.drop_last)


ANOTHER_EPOCH = "another epoch"
"""Tells a worker to begin again."""

held_by_main_process: WeakSet[Connection] = WeakSet()
"""The main process's ends of pipes to workers. A forked worker has copies of them, and must not keep the pipes open."""


def work(connection: Connection, assignment: Assignment) -> None:
    """Do what comes through the pipe, until it says None or is closed; the results go back."""
    for other in list(held_by_main_process):
        other.close()
    set_num_threads(1)
    # Another thread reads what is to be done: so the main process can always say it, also while this one waits for the
    # main process to take a batch.
    tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(connection, tasks), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError, ConnectionResetError):  # the main process tells of it
        _work_on(connection, tasks, assignment)


def _read(connection: Connection, tasks: queue.SimpleQueue[Any]) -> None:
    try:
        while (task := connection.recv()) is not None:
            tasks.put(task)
    except (EOFError, OSError):
        pass  # the main process is gone
    finally:
        tasks.put(None)


def _work_on(connection: Connection, tasks: queue.SimpleQueue[Any], assignment: Assignment) -> None:
    where = f"in DataLoader worker process {assignment.id}"
    fetcher = _attempt(assignment.begin, where)
    ended = False
    while (task := tasks.get()) is not None:
        if task == ANOTHER_EPOCH:
            fetcher, ended = _attempt(assignment.fetcher, where), False
            continue
        number, index = task
        if ended:
            continue
        result: Any = fetcher
        if not isinstance(fetcher, Failure):
            try:
                result = fetcher.fetch(index)
            except Exception as error:  # noqa: BLE001 (raised in the main process)
                ended = isinstance(error, StopIteration) and assignment.iterable
                result = Exhausted() if ended else Failure(where)
        _send(connection, number, result, where)


def _attempt(make: Callable[[], Any], where: str) -> Any:
    try:
        return make()
    except Exception:  # noqa: BLE001 (raised in the main process, in place of each batch)
        return Failure(where)


def _send(connection: Connection, number: int, result: Any, where: str) -> None:
    from chainrule.utils.data._utils.transfer import send

    try:
        send(connection, (number, result))
    except (BrokenPipeError, ConnectionResetError):
        raise
    except Exception:  # noqa: BLE001 (a batch that cannot be pickled, say: nothing of it was sent)
        refused = Failure(where)
        if isinstance(result, Failure):  # its class is one that the main process cannot find
            refused.kind, refused.text = RuntimeError, result.text
        send(connection, (number, refused))
