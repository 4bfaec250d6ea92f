"""One pass over a `DataLoader`, whose batches are fetched by worker processes.

Each worker has a pipe. Tasks are dealt out in turn, so many to each worker that it always has a next one, and numbered,
so that batches come out in the sampler's order however long each takes. A worker that dies closes its pipe, so nobody
waits for it; and when the main process dies, the workers' pipes are closed, and they end.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
import warnings
import weakref
from itertools import cycle
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pickle import PicklingError
from typing import TYPE_CHECKING, Any

from chainrule.utils.data._utils.transfer import receive
from chainrule.utils.data._utils.worker import (
    ANOTHER_EPOCH,
    Assignment,
    Exhausted,
    Failure,
    held_by_main_process,
    work,
)
from chainrule.utils.data.iterators import STREAM, _BaseDataLoaderIter

if TYPE_CHECKING:
    from chainrule.utils.data.dataloader import DataLoader

__all__ = ["_MultiProcessingDataLoaderIter"]

# So many seconds a worker may take to end, before it is made to.
PATIENCE = 5.0

_NOT_PICKLED = (
    "Got pickle error when attempting to start a worker Process. This might be because the worker Process arguments "
    "are not picklable. Python 3.14+ changed the multiprocessing start method in non-Mac POSIX platforms to "
    "'forkserver', which requires the worker Process arguments to be picklable. You can also try "
    "multiprocessing.set_start_method('fork')."
)


class _MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """Deals the sampler's indices out to worker processes, and puts what they fetch in order."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        self._in_order = loader.in_order
        self._most_tasks = (loader.prefetch_factor or 0) * self._num_workers
        if self._most_tasks < 1:
            raise AssertionError("prefetch_factor must be positive: a worker that is asked for nothing gives nothing")
        self._workers: list[BaseProcess] = []
        self._connections: list[Connection] = []
        self._stop = weakref.finalize(self, _stop, os.getpid(), self._workers, self._connections)
        self._sent = 0  # the number of the next task
        self._start(loader)
        self._reset(loader)

    def _start(self, loader: DataLoader[Any]) -> None:
        context = loader.multiprocessing_context or multiprocessing.get_context()
        for worker in range(self._num_workers):
            assignment = Assignment(
                id=worker,
                num_workers=self._num_workers,
                base_seed=self._base_seed,
                dataset=self._dataset,
                iterable=self._dataset_kind == STREAM,
                auto_collation=self._auto_collation,
                collate_fn=self._collate_fn,
                drop_last=self._drop_last,
                init_fn=loader.worker_init_fn,
            )
            ours, its = context.Pipe()
            held_by_main_process.add(ours)
            process = context.Process(target=work, args=(its, assignment), daemon=True)
            try:
                process.start()
            except (TypeError, AttributeError, PicklingError):
                warnings.warn(_NOT_PICKLED, stacklevel=6)
                raise
            finally:
                its.close()
            self._workers.append(process)
            self._connections.append(ours)

    def _reset(self, loader: DataLoader[Any]) -> None:
        # Results of tasks that were given out before are not waited for any more: their numbers are below `_due`.
        again = self._sent > 0
        self._begin(loader)
        self._due = self._sent  # the number of the batch that is next
        self._worker_of: dict[int, int] = {}
        self._arrived: dict[int, tuple[int, Any]] = {}
        self._active = [True] * self._num_workers
        self._loads = [0] * self._num_workers
        self._turns = cycle(range(self._num_workers))
        if again:
            for worker in range(self._num_workers):
                self._tell(worker, ANOTHER_EPOCH)
        for _ in range(self._most_tasks):
            self._deal_out()

    def _deal_out(self) -> None:
        for _ in range(self._num_workers):
            worker = next(self._turns)
            if self._active[worker] and (self._in_order or self._loads[worker] < self._most_tasks // sum(self._active)):
                break
        else:
            return
        try:
            index = next(self._sampler_iter)
        except StopIteration:
            return
        self._tell(worker, (self._sent, index))
        self._worker_of[self._sent] = worker
        self._loads[worker] += 1
        self._sent += 1

    def _tell(self, worker: int, what: Any) -> None:
        # One that is gone is noticed when something is expected of it.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._connections[worker].send(what)

    def _next_data(self) -> Any:
        while True:
            # A worker whose part of a stream is at its end leaves tasks undone.
            while self._due < self._sent and not self._is_coming(self._due):
                self._worker_of.pop(self._due, None)
                self._due += 1
            if self._due == self._sent:
                if not self._persistent_workers:
                    self._stop()
                raise StopIteration
            if self._due in self._arrived:
                worker, data = self._arrived.pop(self._due)
            else:
                task, data = self._receive()
                if task not in self._worker_of:
                    continue
                worker = self._worker_of.pop(task)
                if isinstance(data, Exhausted):
                    self._active[worker] = False
                    if not self._persistent_workers:
                        self._tell(worker, None)
                    self._deal_out()
                    continue
                if task != self._due and self._in_order:
                    self._arrived[task] = (worker, data)
                    continue
            if self._in_order:
                self._due += 1
            self._loads[worker] -= 1
            self._deal_out()
            if isinstance(data, Failure):
                data.raise_again()
            return data

    def _is_coming(self, task: int) -> bool:
        return task in self._arrived or (task in self._worker_of and self._active[self._worker_of[task]])

    def _receive(self) -> tuple[int, Any]:
        deadline = time.monotonic() + self._timeout if self._timeout > 0 else None
        # A worker at the end of its stream may be gone, and nothing is expected of it.
        expected = [
            self._connections[worker]
            for worker in range(self._num_workers)
            if self._active[worker] or self._persistent_workers
        ]
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready = wait(expected, left)
        if not ready:
            raise RuntimeError(f"DataLoader timed out after {self._timeout} seconds")
        connection: Any = ready[0]
        try:
            result: tuple[int, Any] = receive(connection)
        except (EOFError, ConnectionResetError) as error:
            self._raise_of_death(self._connections.index(connection), error)
        return result

    def _raise_of_death(self, worker: int, error: BaseException) -> None:
        process = self._workers[worker]
        process.join(PATIENCE)
        self._active[worker] = False
        raise RuntimeError(f"DataLoader worker (pid(s) {process.pid}) exited unexpectedly") from RuntimeError(
            _cause_of_death(process)
        )


def _cause_of_death(process: BaseProcess) -> str:
    code, who = process.exitcode, f"DataLoader worker (pid {process.pid})"
    if code is not None and code < 0:
        return f"{who} is killed by signal: {signal.strsignal(-code)}. "
    return (
        f"{who} exited unexpectedly with exit code {code}. Details are lost due to multiprocessing. Rerunning with "
        "num_workers=0 may give better error trace."
    )


def _stop(main_process: int, workers: list[BaseProcess], connections: list[Connection]) -> None:
    if os.getpid() != main_process:
        return  # a process forked from it has a copy of the iterator, and no say in its workers
    for connection in connections:
        with contextlib.suppress(OSError):
            connection.send(None)
        connection.close()
    deadline = time.monotonic() + PATIENCE
    for process in workers:
        process.join(max(0.0, deadline - time.monotonic()))
        if process.is_alive():
            process.terminate()
            process.join(PATIENCE)
