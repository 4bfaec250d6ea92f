"""One pass over a `DataLoader`, in this process."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn, Self

from chainrule.autograd.profiler import record_function
from chainrule.utils.data._utils.fetch import IterableFetcher, MapFetcher
from chainrule.utils.data.sampler import drawn_seed

if TYPE_CHECKING:
    from chainrule.utils.data.dataloader import DataLoader

__all__ = ["MAP", "STREAM", "_BaseDataLoaderIter", "_SingleProcessDataLoaderIter"]

# Kinds of datasets, by PyTorch's numbers.
MAP = 0
STREAM = 1

_NOT_SHARDED = (
    "For multiprocessing data-loading, this could be caused by not properly configuring the IterableDataset replica at "
    "each worker. Please see https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset for examples."
)


class _BaseDataLoaderIter:
    """What all passes have in common: the sampler's indices, a seed for workers, and a count of batches."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        self._dataset = loader.dataset
        self._dataset_kind = loader._dataset_kind
        self._auto_collation = loader._auto_collation
        self._drop_last = loader.drop_last
        self._index_sampler = loader._index_sampler
        self._num_workers = loader.num_workers
        self._timeout = loader.timeout
        self._collate_fn = loader.collate_fn
        self._persistent_workers = loader.persistent_workers
        self._profile_name = f"enumerate(DataLoader)#{type(self).__name__}.__next__"
        if loader.pin_memory:
            _warn_of_pinned_memory(loader.pin_memory_device)
        self._begin(loader)
        # Drawn in any case, as PyTorch does: what is random afterwards depends on it.
        self._base_seed = drawn_seed(loader.generator)

    def _begin(self, loader: DataLoader[Any]) -> None:
        self._sampler_iter: Iterator[Any] = iter(self._index_sampler)
        self._num_yielded = 0
        self._told_length = loader._told_length

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        with record_function(self._profile_name):
            data = self._next_data()
            self._num_yielded += 1
            if self._told_length is not None and self._num_yielded > self._told_length:
                self._warn_of_length()
            return data

    def _next_data(self) -> Any:
        raise NotImplementedError

    def _warn_of_length(self) -> None:
        message = (
            f"Length of IterableDataset {self._dataset} was reported to be {self._told_length}(when accessing "
            f"len(dataloader)), but {self._num_yielded} samples have been fetched. "
        )
        if self._num_workers:
            message += _NOT_SHARDED
        warnings.warn(message, stacklevel=3)

    def __len__(self) -> int:
        return len(self._index_sampler)

    def __getstate__(self) -> NoReturn:
        # what PyTorch raises, down to the class's name
        raise NotImplementedError("{} cannot be pickled", type(self).__name__)


class _SingleProcessDataLoaderIter(_BaseDataLoaderIter):
    """Fetches each batch when it is asked for."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        if self._timeout:
            raise AssertionError("_SingleProcessDataLoaderIter requires timeout == 0")
        kind = IterableFetcher if self._dataset_kind == STREAM else MapFetcher
        self._fetcher = kind(self._dataset, self._auto_collation, self._collate_fn, self._drop_last)

    def _next_data(self) -> Any:
        return self._fetcher.fetch(next(self._sampler_iter))


def _warn_of_pinned_memory(device: str) -> None:
    if device:
        message = (
            "pin_memory_device is deprecated, the current accelerator will be used as the device,"
            f"ignore pin_memory_device='{device}'."
        )
        warnings.warn(message, stacklevel=6)
    message = (
        "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be used."
    )
    warnings.warn(message, stacklevel=6)
