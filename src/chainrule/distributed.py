"""Training with several processes or machines: not here. Programs that ask are told so, and go on alone."""

from __future__ import annotations

from typing import Any, NoReturn

from chainrule.names import public_name

__all__ = [
    "barrier", "destroy_process_group", "get_rank", "get_world_size", "init_process_group", "is_available",
    "is_gloo_available", "is_initialized", "is_mpi_available", "is_nccl_available", "is_torchelastic_launched",
]  # fmt: skip


def is_available() -> bool:
    """Whether processes can train together: no.

    >>> torch.distributed.is_available()
    False
    """
    return False


def is_initialized() -> bool:
    """Whether a group of processes was made: no.

    >>> torch.distributed.is_initialized()
    False
    """
    return False


def is_nccl_available() -> bool:
    """Whether NVIDIA's library for this is there: no."""
    return False


def is_gloo_available() -> bool:
    """Whether Gloo is there: no."""
    return False


def is_mpi_available() -> bool:
    """Whether MPI is there: no."""
    return False


def is_torchelastic_launched() -> bool:
    """Whether `torchrun` has started this process: no."""
    return False


def _refuse(what: str) -> NoReturn:
    raise RuntimeError(
        f"{public_name()}.distributed.{what} is not supported: chainrule trains in one process. Ask "
        f"{public_name()}.distributed.is_available() first."
    )


def init_process_group(*args: Any, **kwargs: Any) -> None:
    """Raise RuntimeError: there are no groups of processes.

    >>> try:
    ...     torch.distributed.init_process_group("gloo")
    ... except RuntimeError as error:
    ...     print(str(error).partition(":")[0])
    chainrule.distributed.init_process_group is not supported
    """
    _refuse("init_process_group")


def destroy_process_group(group: Any = None) -> None:
    """Raise RuntimeError: there are no groups of processes."""
    _refuse("destroy_process_group")


def get_rank(group: Any = None) -> int:
    """Raise RuntimeError: there are no groups of processes."""
    _refuse("get_rank")


def get_world_size(group: Any = None) -> int:
    """Raise RuntimeError: there are no groups of processes."""
    _refuse("get_world_size")


def barrier(*args: Any, **kwargs: Any) -> None:
    """Raise RuntimeError: there are no groups of processes."""
    _refuse("barrier")
