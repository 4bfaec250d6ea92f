"""`DistributedSampler`: each of several processes takes a part of a dataset."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, TypeVar

from chainrule.ops.random_creation import randperm
from chainrule.random import Generator
from chainrule.utils.data.sampler import Sampler

__all__ = ["DistributedSampler"]

T_co = TypeVar("T_co", covariant=True)


class DistributedSampler(Sampler[T_co]):
    """Every `num_replicas`-th index, from number `rank` on, in the order that the seed and the epoch give.

    All parts are equally long: some samples are taken twice, or with `drop_last` a few are left out. How many processes
    there are, and which this one is, must be said: there is no `torch.distributed` here to ask (RuntimeError).

    >>> [list(torch.utils.data.DistributedSampler(range(5), 2, rank, shuffle=False)) for rank in (0, 1)]
    [[0, 2, 4], [1, 3, 0]]
    """

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            raise RuntimeError("Requires distributed package to be available")
        if not 0 <= rank < num_replicas:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        length = len(dataset)
        self.num_samples = length // num_replicas if drop_last else math.ceil(length / num_replicas)
        self.total_size = self.num_samples * num_replicas
        self.shuffle = shuffle
        self.seed = seed

    def __iter__(self) -> Iterator[Any]:
        length = len(self.dataset)
        if self.shuffle:
            generator = Generator().manual_seed(self.seed + self.epoch)
            order = randperm(length, generator=generator).tolist()
        else:
            order = list(range(length))
        if length and self.total_size > length:
            order *= math.ceil(self.total_size / length)
        return iter(order[: self.total_size][self.rank :: self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch this is, so that each has an order of its own.

        >>> sampler = torch.utils.data.DistributedSampler(range(4), 1, 0)
        >>> sampler.set_epoch(1)
        >>> list(sampler)
        [1, 3, 2, 0]
        """
        self.epoch = epoch
