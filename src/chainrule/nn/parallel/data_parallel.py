"""`DataParallel`: a network spread over the devices there are, which is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.devices import device
from chainrule.nn.modules.module import Module

__all__ = ["DataParallel", "data_parallel"]


class DataParallel(Module):
    """A network run on all GPUs, each with a part of the batch; without a GPU, as here, the network itself.

    The keys of its state begin with `module.`.

    Args:
        module: the network.
        device_ids: the GPUs; ignored, as PyTorch ignores them where there are none.
        output_device: where outputs go; ignored in the same way.
        dim: the dimension of the batch; ignored in the same way.

    >>> torch.nn.DataParallel(torch.nn.Linear(2, 1)).state_dict().keys()
    odict_keys(['module.weight', 'module.bias'])
    """

    module: Module

    def __init__(
        self,
        module: Module,
        device_ids: Sequence[int | device] | None = None,
        output_device: int | device | None = None,
        dim: int = 0,
    ) -> None:
        super().__init__()
        del device_ids, output_device, dim
        self.module = module
        self.device_ids: list[int] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """What the network gives."""
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Module,
    inputs: Any,
    device_ids: Sequence[int | device] | None = None,
    output_device: int | device | None = None,
    dim: int = 0,
    module_kwargs: Any = None,
) -> Any:
    """RuntimeError, as in PyTorch where there is no GPU: call the module."""
    raise RuntimeError("device type could not be determined")
