"""Python's own `multiprocessing`, by PyTorch's name. Tensors go to other processes by their values.

>>> torch.multiprocessing.get_sharing_strategy()
'file_system'
"""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import *  # noqa: F403 (PyTorch's module has all of it)
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any

_STRATEGIES = {"file_descriptor", "file_system"}
_chosen = {"strategy": "file_system"}


def get_all_sharing_strategies() -> set[str]:
    """How PyTorch may share memory.

    >>> sorted(torch.multiprocessing.get_all_sharing_strategies())
    ['file_descriptor', 'file_system']
    """
    return set(_STRATEGIES)


def get_sharing_strategy() -> str:
    """What `set_sharing_strategy` was told."""
    return _chosen["strategy"]


def set_sharing_strategy(new_strategy: str) -> None:
    """Say how memory is shared: it is remembered, and changes nothing, since values are sent.

    >>> torch.multiprocessing.set_sharing_strategy("file_system")
    """
    if new_strategy not in _STRATEGIES:
        raise AssertionError(f"expected one of {sorted(_STRATEGIES)}, but got {new_strategy!r}")
    _chosen["strategy"] = new_strategy


class SpawnContext:
    """The processes that `spawn` started."""

    def __init__(self, processes: list[BaseProcess]) -> None:
        self.processes = processes

    def pids(self) -> list[int | None]:
        """Their numbers."""
        return [process.pid for process in self.processes]

    def join(self, timeout: float | None = None) -> bool:
        """Wait for them, and return whether all have ended; RuntimeError if one has failed."""
        for process in self.processes:
            process.join(timeout)
        failed = [(i, process.exitcode) for i, process in enumerate(self.processes) if process.exitcode]
        if failed:
            raise RuntimeError(f"process {failed[0][0]} terminated with exit code {failed[0][1]}")
        return all(process.exitcode is not None for process in self.processes)


def start_processes(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> SpawnContext | None:
    """Call `fn(i, *args)` in `nprocs` processes, and wait for them unless `join` is False."""
    context: Any = get_context(start_method)
    processes = [context.Process(target=fn, args=(i, *args), daemon=daemon) for i in range(nprocs)]
    for process in processes:
        process.start()
    started = SpawnContext(processes)
    if not join:
        return started
    started.join()
    return None


def spawn(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> SpawnContext | None:
    """Call `fn(i, *args)` in `nprocs` fresh processes, and wait for them unless `join` is False.

    RuntimeError if one of them fails; what it raised is printed by the process itself.
    """
    return start_processes(fn, args, nprocs, join, daemon, start_method)
