"""Networks on several devices: on the one there is, `DataParallel` hands on to its module; the rest is refused."""

from __future__ import annotations

from typing import Any, NoReturn

from chainrule.names import public_name
from chainrule.nn.modules.module import Module
from chainrule.nn.parallel.data_parallel import DataParallel, data_parallel

__all__ = [
    "DataParallel",
    "DistributedDataParallel",
    "data_parallel",
    "gather",
    "parallel_apply",
    "replicate",
    "scatter",
]


def _refuse(name: str) -> NoReturn:
    raise RuntimeError(
        f"nn.parallel.{name} works on several GPUs, and there are none: {public_name()} computes on the CPU. "
        "Call the module itself; DataParallel does."
    )


class DistributedDataParallel(Module):
    """A module that several processes train; ValueError, as there are no process groups here.

    >>> torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(2, 1))
    Traceback (most recent call last):
    ValueError: Default process group has not been initialized, please make sure to call init_process_group.
    """

    def __init__(self, module: Module, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        raise ValueError("Default process group has not been initialized, please make sure to call init_process_group.")


def replicate(network: Module, devices: Any, detach: bool = False) -> NoReturn:
    """RuntimeError: there are no devices to have copies on."""
    _refuse("replicate")


def scatter(inputs: Any, target_gpus: Any, dim: int = 0) -> NoReturn:
    """RuntimeError: there are no devices to spread over."""
    _refuse("scatter")


def gather(outputs: Any, target_device: Any, dim: int = 0) -> NoReturn:
    """RuntimeError: there are no devices to collect from."""
    _refuse("gather")


def parallel_apply(modules: Any, inputs: Any, kwargs_tup: Any = None, devices: Any = None) -> NoReturn:
    """RuntimeError: there are no devices to run on."""
    _refuse("parallel_apply")
