"""Random numbers of CUDA devices: there are none, and the seeds of all of them may be set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from chainrule.devices import require_cpu

__all__ = [
    "get_rng_state", "get_rng_state_all", "initial_seed", "manual_seed", "manual_seed_all", "seed", "seed_all",
    "set_rng_state", "set_rng_state_all",
]  # fmt: skip


def manual_seed(seed: int) -> None:
    """Seed the current device's generator: there is none, so nothing happens.

    >>> torch.cuda.manual_seed(0)
    """


def manual_seed_all(seed: int) -> None:
    """Seed all devices' generators: there are none, so nothing happens.

    >>> torch.cuda.manual_seed_all(0)
    """


def seed() -> None:
    """Seed the current device's generator with what nobody can foresee: nothing happens.

    >>> torch.cuda.seed()
    """


def seed_all() -> None:
    """Seed all devices' generators so: nothing happens.

    >>> torch.cuda.seed_all()
    """


def initial_seed() -> int:
    """The seed of the current device's generator; RuntimeError, since there is none."""
    _refuse()


def get_rng_state(device: Any = "cuda") -> Any:
    """The state of a device's generator; RuntimeError, since there is none."""
    _refuse()


def get_rng_state_all() -> list[Any]:
    """The states of all devices' generators.

    >>> torch.cuda.get_rng_state_all()
    []
    """
    return []


def set_rng_state(new_state: Any, device: Any = "cuda") -> None:
    """Set the state of a device's generator, once there is one: nothing happens."""


def set_rng_state_all(new_states: Iterable[Any]) -> None:
    """Set the states of all devices' generators.

    >>> torch.cuda.set_rng_state_all(torch.cuda.get_rng_state_all())
    """
    for state in new_states:
        set_rng_state(state)


def _refuse() -> NoReturn:
    require_cpu("cuda")
    raise AssertionError("unreachable: there is no CUDA device")
