"""`DataLoader`: batches of a dataset, in order or shuffled, fetched here or by worker processes."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from chainrule.random import Generator
from chainrule.utils.data._utils.collate import default_collate, default_convert
from chainrule.utils.data._utils.worker import get_worker_info
from chainrule.utils.data.dataset import IterableDataset
from chainrule.utils.data.iterators import MAP, STREAM, _BaseDataLoaderIter, _SingleProcessDataLoaderIter
from chainrule.utils.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]

T_co = TypeVar("T_co", covariant=True)


class _DatasetKind:
    Map = MAP
    Iterable = STREAM


class _InfiniteConstantSampler(Sampler[None]):
    """What stands for indices where a dataset is a stream."""

    def __iter__(self) -> Any:
        while True:
            yield None


_FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class DataLoader(Generic[T_co]):
    """Goes through a dataset batch by batch; each `for` loop over it is a new pass.

    Args:
        dataset: what has samples by index (`__getitem__` and `__len__`), or an `IterableDataset`.
        batch_size: how many samples make a batch; None gives single samples.
        shuffle: take the samples in another random order in each pass. The same seed gives PyTorch's order.
        sampler: gives the indices instead.
        batch_sampler: gives lists of indices instead.
        num_workers: how many processes fetch batches in advance; 0 fetches each in this process when asked.
        collate_fn: makes a batch of a list of samples: `default_collate` unless given, or `default_convert` without
            batches.
        pin_memory: accepted; there is no accelerator whose memory could be pinned.
        drop_last: leave the last batch out if it is not full.
        timeout: so many seconds to wait for a batch of a worker, then RuntimeError; 0 waits on.
        worker_init_fn: called in each worker, with its number, before it begins.
        multiprocessing_context: how processes are started: a name such as `"spawn"`, or a context of `multiprocessing`.
        generator: what the random order, and the seeds of workers, are drawn from.
        prefetch_factor: how many batches each worker is ahead: 2 unless given.
        persistent_workers: keep the workers for the next pass.
        pin_memory_device: accepted, like `pin_memory`.
        in_order: whether batches of workers come in the sampler's order. If not, they come as they are ready.

    An error in a worker is raised here, as one of its class, with the worker's traceback in the message.

    >>> data = torch.utils.data.TensorDataset(torch.arange(5))
    >>> _ = torch.manual_seed(0)
    >>> for (numbers,) in torch.utils.data.DataLoader(data, batch_size=2, shuffle=True):
    ...     print(numbers)
    tensor([1, 4])
    tensor([2, 3])
    tensor([0])
    """

    dataset: Any
    batch_size: int | None
    num_workers: int
    pin_memory: bool
    drop_last: bool
    timeout: float
    sampler: Any
    batch_sampler: Any
    pin_memory_device: str
    prefetch_factor: int | None
    persistent_workers: bool
    _initialized = False

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order

        self._dataset_kind = STREAM if isinstance(dataset, IterableDataset) else MAP
        if self._dataset_kind == STREAM:
            _check_stream(shuffle, sampler, batch_sampler)
        _check_sampling(batch_size, shuffle, sampler, batch_sampler, drop_last)
        if sampler is None:
            if self._dataset_kind == STREAM:
                sampler = _InfiniteConstantSampler()
            else:
                sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_sampler is not None:
            batch_size = None
        elif batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self.persistent_workers = persistent_workers
        self._initialized = True
        # What `len` said of a stream: it is warned of one that is longer.
        self._told_length: int | None = None
        self._iterator: Any = None
        self.check_worker_number_rationality()

    @property
    def multiprocessing_context(self) -> Any:
        """How processes are started: a context of `multiprocessing`, or None for Python's own choice."""
        return self._multiprocessing_context

    @multiprocessing_context.setter
    def multiprocessing_context(self, multiprocessing_context: Any) -> None:
        if multiprocessing_context is not None:
            multiprocessing_context = _context(multiprocessing_context, self.num_workers)
        self._multiprocessing_context = multiprocessing_context

    def __setattr__(self, attr: str, val: Any) -> None:
        if self._initialized and attr in _FIXED:
            raise ValueError(f"{attr} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(attr, val)

    @property
    def _auto_collation(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Any:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __iter__(self) -> _BaseDataLoaderIter:
        if not self.persistent_workers:
            return self._get_iterator()
        if self._iterator is None:
            self._iterator = self._get_iterator()
        else:
            self._iterator._reset(self)
        iterator: _BaseDataLoaderIter = self._iterator
        return iterator

    def _get_iterator(self) -> _BaseDataLoaderIter:
        if self.num_workers == 0:
            return _SingleProcessDataLoaderIter(self)
        self.check_worker_number_rationality()
        from chainrule.utils.data.worker_iterator import _MultiProcessingDataLoaderIter

        return _MultiProcessingDataLoaderIter(self)

    def __len__(self) -> int:
        if self._dataset_kind == MAP:
            return len(self._index_sampler)
        length = self._told_length = len(self.dataset)
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else math.ceil(length / self.batch_size)

    def check_worker_number_rationality(self) -> None:
        """Warn of more worker processes than this process may use processors.

        >>> torch.utils.data.DataLoader("abc").check_worker_number_rationality()
        """
        counted = hasattr(os, "sched_getaffinity")
        processors = len(os.sched_getaffinity(0)) if counted else os.cpu_count()
        if not self.num_workers or (processors is not None and self.num_workers <= processors):
            return
        if processors is None:
            most = "DataLoader is not able to compute a suggested max number of worker in current system."
        else:
            most = (
                f"Our suggested max number of worker in current system is {processors}"
                f"{'' if counted else ' (`cpuset` is not taken into account)'}, which is smaller than what this "
                "DataLoader is going to create."
            )
        warnings.warn(
            f"This DataLoader will create {self.num_workers} worker processes in total. {most} Please be aware that "
            "excessive worker creation might get DataLoader running slow or even freeze, lower the worker number to "
            "avoid potential slowness/freeze if necessary.",
            stacklevel=3,
        )


def _check_workers(num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool) -> None:
    if num_workers < 0:
        raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable "
            "multiprocessing, otherwise set prefetch_factor to None."
        )
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError("prefetch_factor option should be non-negative")
    if persistent_workers and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _check_stream(shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
    begin = "DataLoader with IterableDataset: expected unspecified"
    if shuffle not in {False, None}:
        raise ValueError(f"{begin} shuffle option, but got shuffle={shuffle}")
    if sampler is not None:
        raise ValueError(f"{begin} sampler option, but got sampler={sampler}")
    if batch_sampler is not None:
        raise ValueError(f"{begin} batch_sampler option, but got batch_sampler={batch_sampler}")


def _check_sampling(batch_size: Any, shuffle: Any, sampler: Any, batch_sampler: Any, drop_last: bool) -> None:
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ValueError("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
    if batch_sampler is None and batch_size is None and drop_last:
        raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")


def _context(wanted: Any, num_workers: int) -> Any:
    import multiprocessing
    from multiprocessing.context import BaseContext

    if num_workers == 0:
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
            f"num_workers={num_workers}"
        )
    if isinstance(wanted, str):
        known = multiprocessing.get_all_start_methods()
        if wanted not in known:
            raise ValueError(
                f"multiprocessing_context option should specify a valid start method in {known!r}, but got "
                f"multiprocessing_context={wanted!r}"
            )
        return multiprocessing.get_context(wanted)
    if not isinstance(wanted, BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string specifying the start method, "
            f"but got multiprocessing_context={wanted}"
        )
    return wanted
