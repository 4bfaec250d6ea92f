"""Random number generators: the same seed gives the numbers that PyTorch's CPU generator gives."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from chainrule.devices import CPU, device, require_cpu
from chainrule.kernels.random_stream import DEFAULT_SEED, RandomStream, default_stream, unforeseeable_seed
from chainrule.names import public_name
from chainrule.ops.sampling import stream_of
from chainrule.tensor import Tensor, wrap

__all__ = [
    "Generator",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
    "stream_of",
]


class Generator:
    """A stream of random numbers of its own, which threads may share.

    >>> g = Generator().manual_seed(0)
    >>> g.initial_seed(), g.device
    (0, device(type='cpu'))
    """

    __slots__ = ("__weakref__", "_stream")

    def __init__(self, device: device | str = "cpu") -> None:
        require_cpu(device)
        self._stream = RandomStream(DEFAULT_SEED)

    @property
    def device(self) -> device:
        """Where the numbers are made: the CPU."""
        return CPU

    def manual_seed(self, seed: int) -> Generator:
        """Start again from ``seed``, an integer of 64 bits (a negative one counts down from ``2**64``)."""
        self._stream.seed(_unsigned_seed(seed))
        return self

    def seed(self) -> int:
        """Start again from a seed nobody can foresee, and return it."""
        chosen = unforeseeable_seed()
        self._stream.seed(chosen)
        return chosen

    def initial_seed(self) -> int:
        """The seed given last."""
        return self._stream.initial_seed

    def get_state(self) -> Tensor:
        """The state, a ``uint8`` tensor of the 5056 bytes that PyTorch's generator has in the same state."""
        return wrap(self._stream.get_state())

    def set_state(self, new_state: Tensor) -> None:
        """Continue from a state that `get_state` returned, here or in PyTorch."""
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a {public_name()}.ByteTensor, but got {type(new_state).__name__}")
        if new_state._array.dtype != np.uint8:
            raise TypeError(f"RNG state must be a {public_name()}.ByteTensor")
        self._stream.set_state(new_state._array)

    def clone_state(self) -> Generator:
        """Another generator in the same state."""
        other = Generator()
        other._stream = self._stream.clone()
        return other

    graphsafe_get_state = clone_state

    def graphsafe_set_state(self, state: Generator) -> None:
        """Continue from the state of another generator."""
        self._stream.set_state(state._stream.get_state())

    def get_offset(self) -> int:
        """Raise RuntimeError: this generator counts no offset, as PyTorch's does not."""
        raise RuntimeError("CPU Generator does not use offset")

    def set_offset(self, offset: int) -> None:
        """Raise RuntimeError: this generator counts no offset, as PyTorch's does not."""
        raise RuntimeError("CPU Generator does not use offset")

    def __reduce__(self) -> tuple[Any, ...]:
        return _generator_in_state, (self._stream.get_state(),)


def _generator_in_state(state: Any) -> Generator:
    generator = Generator()
    generator._stream.set_state(state)
    return generator


def _unsigned_seed(seed: int) -> int:
    try:
        # PyTorch takes no bool for a seed.
        number = operator.index(None if isinstance(seed, bool) else seed)  # type: ignore[arg-type]
    except TypeError:
        raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}") from None
    if not -(1 << 63) <= number < 1 << 64:
        raise ValueError("Overflow when unpacking long long")
    return number % (1 << 64)


default_generator = Generator()
"""The generator of every function that is given none. Until `manual_seed`, nobody can foresee what it gives."""
default_generator._stream = default_stream


def manual_seed(seed: int) -> Generator:
    """Start the default generator again from `seed`, and return it.

    >>> torch.manual_seed(0).initial_seed()
    0
    >>> torch.rand(2)
    tensor([0.4963, 0.7682])
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start the default generator again from a seed nobody can foresee, and return it.

    >>> torch.seed() == torch.initial_seed()
    True
    """
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the default generator was given last.

    >>> _ = torch.manual_seed(7)
    >>> torch.initial_seed()
    7
    """
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The state of the default generator, a ``uint8`` tensor.

    >>> torch.get_rng_state().shape[0]
    5056
    """
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Let the default generator continue from a state that `get_rng_state` returned.

    >>> state = torch.get_rng_state()
    >>> first = torch.rand(3)
    >>> torch.set_rng_state(state)
    >>> torch.equal(first, torch.rand(3))
    True
    """
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(
    devices: Iterable[object] | None = None,
    enabled: bool = True,
    _caller: str = "fork_rng",
    _devices_kw: str = "devices",
    device_type: str | None = None,
) -> Iterator[None]:
    """Draw freely inside the `with`: afterwards the default generator continues as if nothing had been drawn.

    >>> _ = torch.manual_seed(0)
    >>> with torch.random.fork_rng():
    ...     unseen = torch.rand(100)
    >>> torch.rand(2)
    tensor([0.4963, 0.7682])
    """
    for index in devices or ():
        require_cpu(f"{device_type or 'cuda'}:{index}" if isinstance(index, int) else index)  # type: ignore[arg-type]
    if not enabled:
        yield
        return
    state = default_generator._stream.get_state()
    try:
        yield
    finally:
        default_generator._stream.set_state(state)
