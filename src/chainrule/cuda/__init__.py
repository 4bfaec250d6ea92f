"""What PyTorch programs ask of CUDA: there is none here, since arrays of NumPy live on the CPU.

Questions are answered (`is_available`, `device_count`, the memory in use: none), seeds and clean-ups do nothing, and
what needs a device is a RuntimeError that says so.
"""

from __future__ import annotations

from typing import Any, NoReturn, Self

from chainrule.cuda import amp, memory, random
from chainrule.cuda.memory import (
    empty_cache,
    max_memory_allocated,
    max_memory_reserved,
    mem_get_info,
    memory_allocated,
    memory_reserved,
    memory_stats,
    memory_summary,
    reset_max_memory_allocated,
    reset_peak_memory_stats,
    set_per_process_memory_fraction,
)
from chainrule.cuda.random import (
    get_rng_state,
    get_rng_state_all,
    initial_seed,
    manual_seed,
    manual_seed_all,
    seed,
    seed_all,
    set_rng_state,
    set_rng_state_all,
)
from chainrule.cuda.streams import Event, Stream, StreamContext, current_stream, default_stream, set_stream, stream
from chainrule.devices import device as Device
from chainrule.devices import require_cpu

__all__ = [
    "Event", "Stream", "StreamContext", "amp", "can_device_access_peer", "current_device", "current_stream",
    "default_generators", "default_stream", "device", "device_count", "empty_cache", "get_arch_list",
    "get_device_capability", "get_device_name", "get_device_properties", "get_gencode_flags", "get_rng_state",
    "get_rng_state_all", "has_half", "has_magma", "init", "initial_seed", "ipc_collect", "is_available",
    "is_bf16_supported", "is_current_stream_capturing", "is_initialized", "is_tf32_supported", "manual_seed",
    "manual_seed_all", "max_memory_allocated", "max_memory_reserved", "mem_get_info", "memory", "memory_allocated",
    "memory_reserved", "memory_stats", "memory_summary", "random", "reset_max_memory_allocated",
    "reset_peak_memory_stats", "seed", "seed_all", "set_device", "set_per_process_memory_fraction", "set_rng_state",
    "set_rng_state_all", "set_stream", "stream", "synchronize",
]  # fmt: skip

has_half = True
has_magma = False
default_generators: tuple[Any, ...] = ()


def is_available() -> bool:
    """Whether tensors can live on a CUDA device.

    >>> "cuda" if torch.cuda.is_available() else "cpu"
    'cpu'
    """
    return False


def device_count() -> int:
    """The number of CUDA devices.

    >>> torch.cuda.device_count()
    0
    """
    return 0


def is_initialized() -> bool:
    """Whether CUDA was started.

    >>> torch.cuda.is_initialized()
    False
    """
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether a device computes with bfloat16.

    >>> torch.cuda.is_bf16_supported()
    False
    """
    return False


def is_tf32_supported() -> bool:
    """Whether a device computes with TensorFloat-32.

    >>> torch.cuda.is_tf32_supported()
    False
    """
    return False


def is_current_stream_capturing() -> bool:
    """Whether work is being captured in a CUDA graph.

    >>> torch.cuda.is_current_stream_capturing()
    False
    """
    return False


def get_arch_list() -> list[str]:
    """The architectures this was compiled for.

    >>> torch.cuda.get_arch_list()
    []
    """
    return []


def get_gencode_flags() -> str:
    """The compiler's flags for these.

    >>> torch.cuda.get_gencode_flags()
    ''
    """
    return ""


def _refuse() -> NoReturn:
    require_cpu("cuda")
    raise AssertionError("unreachable: there is no CUDA device")


def init() -> None:
    """Start CUDA: RuntimeError, since there is none.

    >>> try:
    ...     torch.cuda.init()
    ... except RuntimeError as error:
    ...     print(str(error).partition(":")[0])
    No CUDA GPUs are available
    """
    _refuse()


def current_device() -> int:
    """The index of the selected device; RuntimeError, since there is none."""
    _refuse()


def set_device(device: Any) -> None:
    """Select a device; RuntimeError, since there is none. A negative index selects nothing."""
    if not (isinstance(device, int) and device < 0):
        _refuse()


def get_device_name(device: Any = None) -> str:
    """The name of a device; RuntimeError, since there is none."""
    _refuse()


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """What a device can do, as a version; RuntimeError, since there is none."""
    _refuse()


def get_device_properties(device: Any = None) -> Any:
    """What a device has; RuntimeError, since there is none."""
    _refuse()


def can_device_access_peer(device: Any, peer_device: Any) -> bool:
    """Whether a device reads another's memory; RuntimeError, since there is none."""
    _refuse()


def synchronize(device: Any = None) -> None:
    """Wait for a device's work; RuntimeError, since there is none: ask `is_available` first."""
    _refuse()


def ipc_collect() -> None:
    """Free memory that was shared with other processes: there is none, so nothing happens.

    >>> torch.cuda.ipc_collect()
    """


class device:
    """Select a device inside of `with`; RuntimeError when it is entered, since there is none.

    None, or a negative index, selects nothing.

    >>> with torch.cuda.device(None):
    ...     pass
    """

    def __init__(self, device: Any) -> None:
        if isinstance(device, (str, Device)):
            found = Device(device)
            if found.type != "cuda":
                raise ValueError(f"Expected a cuda device, but got: {found}")
            self.idx = found.index or 0
        else:
            self.idx = -1 if device is None else int(device)

    def __enter__(self) -> Self:
        if self.idx >= 0:
            _refuse()
        return self

    def __exit__(self, *error: object) -> None:
        pass
