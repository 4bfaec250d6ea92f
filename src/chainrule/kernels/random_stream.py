"""PyTorch's CPU random numbers, drawn from NumPy's Mersenne Twister.

PyTorch and NumPy share the generator (MT19937, seeded with one 32-bit word), so what is left to reproduce is how words
become numbers. A ``float32`` takes the low 24 bits of one word and a ``float64`` the low 53 bits of two; an integer is
a word modulo the width of its range; normals come from the Box-Muller transform. Every method draws the words that
PyTorch draws, in its order, so streams stay equal however draws are interleaved.

All samplers return flat arrays in the order of drawing; :func:`fill_in_memory_order` puts them where PyTorch would.

Where PyTorch's own numbers depend on the machine, these do not: ``bernoulli`` with a number and ``exponential`` (and
``multinomial`` without replacement, which uses it) come from this generator, as PyTorch has it everywhere but on Intel
processors, where it asks MKL instead.
"""

from __future__ import annotations

import math
import os
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.kernels.box_muller import BLOCK, box_muller
from chainrule.kernels.multiply_add import multiply_add

__all__ = [
    "DEFAULT_SEED",
    "RandomStream",
    "default_stream",
    "fill_in_memory_order",
    "memory_order",
    "unforeseeable_seed",
]

Array = NDArray[Any]

DEFAULT_SEED = 67280421310721
"""The seed of a generator that was given none, PyTorch's own number."""

STATE_BYTES = 5056
_KEY_WORDS = 624
_STATE_LAYOUT = np.dtype(
    {
        "names": ["initial_seed", "left", "seeded", "next", "key", "spare_normal", "has_spare_normal"],
        "formats": ["<u8", "<i4", "<i4", "<u8", ("<u8", (_KEY_WORDS,)), "<f8", "<i4"],
        "offsets": [0, 8, 12, 16, 24, 5024, 5040],
        "itemsize": STATE_BYTES,
    },
)

# From this width of range on, PyTorch spends two words on an integer: the bias of the modulo would show with one.
_WIDE_RANGE = 1 << 28
# From this length on, PyTorch's randperm spends two words on a swap.
_LONG_PERMUTATION = (2**32 - 1) // 20
# Below this length swapping in Python costs less than importing SciPy would.
_SHORT_PERMUTATION = 10_000


class RandomStream:
    """A stream of random numbers equal to that of a PyTorch CPU generator with the same seed; threads may share it."""

    __slots__ = ("_bits", "_initial_seed", "_lock", "_spare_normal")

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self._lock = Lock()
        self._bits = np.random.MT19937()
        self._initial_seed = seed
        self._spare_normal: float | None = None
        self.seed(seed)

    @property
    def initial_seed(self) -> int:
        """The seed given last, as an unsigned 64-bit integer."""
        return self._initial_seed

    def seed(self, seed: int) -> None:
        """Start again from ``seed``, of which the generator uses the low 32 bits, as PyTorch's does."""
        state = _seeded_state(seed)
        with self._lock:
            self._bits.state = state
            self._initial_seed = seed
            self._spare_normal = None

    # ---- state -------------------------------------------------------------------------------------------------------

    def get_state(self) -> NDArray[np.uint8]:
        """Return the state as the 5056 bytes that ``torch.get_rng_state()`` returns at the same point."""
        with self._lock:
            inner = self._bits.state["state"]
            initial_seed, spare = self._initial_seed, self._spare_normal
        record = np.zeros((), _STATE_LAYOUT)
        position = int(inner["pos"])
        record["initial_seed"] = initial_seed
        record["left"] = _KEY_WORDS + 1 - position
        record["seeded"] = 1
        # A block that is used up and one that was just seeded both stand at the end here; PyTorch tells them apart.
        just_seeded = position == _KEY_WORDS and np.array_equal(
            inner["key"], _seeded_state(initial_seed)["state"]["key"]
        )
        record["next"] = 0 if just_seeded else position
        record["key"] = inner["key"]
        record["has_spare_normal"] = spare is not None
        record["spare_normal"] = 0.0 if spare is None else spare
        return record.reshape(1).view(np.uint8)

    def set_state(self, state: NDArray[np.uint8]) -> None:
        """Continue from a state that :meth:`get_state`, or ``torch.get_rng_state()``, returned."""
        if state.size != STATE_BYTES:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {STATE_BYTES} "
                f"but found the input RNG state size to be {state.size}",
            )
        record = np.ascontiguousarray(state).reshape(STATE_BYTES).view(_STATE_LAYOUT)[0]
        left = int(record["left"])
        if record["seeded"] != 1 or not 0 < left <= _KEY_WORDS or record["next"] > _KEY_WORDS:
            raise RuntimeError("Invalid mt19937 state")
        key = record["key"].astype(np.uint32)
        with self._lock:
            self._bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": _KEY_WORDS + 1 - left}}
            self._initial_seed = int(record["initial_seed"])
            self._spare_normal = float(record["spare_normal"]) if record["has_spare_normal"] else None

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as :meth:`restore` takes it: a fifth of the time of :meth:`get_state`."""
        with self._lock:
            return self._bits.state, self._initial_seed, self._spare_normal

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Continue from what :meth:`snapshot` returned."""
        with self._lock:
            self._bits.state, self._initial_seed, self._spare_normal = snapshot

    def clone(self) -> RandomStream:
        """Return another stream that will give the same numbers."""
        other = RandomStream()
        other.set_state(self.get_state())
        return other

    # ---- words -------------------------------------------------------------------------------------------------------

    def words32(self, count: int) -> NDArray[np.uint32]:
        """Return the next ``count`` words."""
        with self._lock:
            return self._bits.random_raw(count).astype(np.uint32)

    def words64(self, count: int) -> NDArray[np.uint64]:
        """Return the next ``count`` pairs of words, the first of each pair in the high half."""
        with self._lock:
            return _join_words(self._bits.random_raw(2 * count))

    # ---- integers ----------------------------------------------------------------------------------------------------

    def integers(self, count: int, dtype: np.dtype[Any], low: int, width: int) -> Array:
        """Return ``count`` integers in ``[low, low + width)``; with the lowest ``low``, the width may be ``2**64``."""
        if width == 1 << 64:
            return self.words64(count).view(np.int64).astype(dtype)
        if width >= _WIDE_RANGE:
            offsets = self.words64(count) % np.uint64(width)
        else:
            offsets = (self.words32(count) % np.uint32(width)).astype(np.uint64)
        offsets += np.uint64(low % (1 << 64))
        return offsets.view(np.int64).astype(dtype, copy=False)

    def full_range_integers(self, count: int, dtype: np.dtype[Any]) -> Array:
        """Return ``count`` integers from 0 to the largest that ``dtype`` holds (for floats: holds without a gap)."""
        if dtype.kind == "f":
            largest = 1 << (np.finfo(dtype).nmant + 1)
        else:
            largest = 1 if dtype.kind == "b" else int(np.iinfo(dtype).max)
        if dtype in (np.float64, np.int64):
            return (self.words64(count) % np.uint64(largest + 1)).astype(dtype)
        # Unlike `integers`, one word serves here however wide the range is: 31 bits of it for an int32.
        words = self.words32(count).astype(np.uint64)
        return (words % np.uint64(largest + 1)).astype(dtype)

    def permutation(self, count: int) -> NDArray[np.int64]:
        """Return the numbers below ``count`` in random order: each in turn is swapped with itself or a later one."""
        swaps = max(count - 1, 0)
        words: Array = self.words32(swaps) if count < _LONG_PERMUTATION else self.words64(swaps)
        words %= np.arange(count, 1, -1, dtype=words.dtype)
        partners = np.arange(count)
        partners[:swaps] += words.astype(np.int64)
        if count < _SHORT_PERMUTATION:
            order = list(range(count))
            for place, partner in enumerate(partners.tolist()):
                order[place], order[partner] = order[partner], order[place]
            return np.array(order, dtype=np.int64)
        # LAPACK's row interchanges are this very loop, eighty times as fast.
        from scipy.linalg.lapack import dlaswp

        rows = np.arange(count, dtype=np.float64).reshape(count, 1)
        return dlaswp(rows, partners, overwrite_a=True).reshape(count).astype(np.int64)

    # ---- real numbers ------------------------------------------------------------------------------------------------

    def uniform(self, count: int, dtype: np.dtype[Any], low: float = 0.0, high: float = 1.0) -> Any:
        """Return ``count`` numbers in ``[low, high)``."""
        in_float64 = dtype == np.float64
        values = _unit_float64(self.words64(count)) if in_float64 else _unit_float32(self.words32(count))
        if low == 0.0 and high == 1.0 and dtype != np.float16:
            return values
        computed_in = values.dtype.type
        values = multiply_add(values, computed_in(high) - computed_in(low), computed_in(low)).astype(dtype, copy=False)
        # Rounding may reach the upper bound, which is not part of the range.
        values[values == dtype.type(high)] = dtype.type(low)
        return values

    def normal(
        self,
        count: int,
        dtype: np.dtype[Any],
        mean: float = 0.0,
        std: float = 1.0,
        *,
        contiguous: bool = True,
    ) -> Any:
        """Return ``count`` normal numbers; PyTorch draws them differently for a target that is not ``contiguous``."""
        if count >= BLOCK and contiguous:
            return self._normal_from_blocks(count, dtype, mean, std)
        return _rounded(self._normal_from_pairs(count, mean, std), dtype)

    def log_normal(self, count: int, dtype: np.dtype[Any], mean: float = 1.0, std: float = 2.0) -> Array:
        """Return ``count`` numbers whose logarithm is normal."""
        return _rounded(np.exp(self._normal_from_pairs(count, mean, std)), dtype)

    def exponential(self, count: int, dtype: np.dtype[Any], rate: float = 1.0) -> Array:
        """Return ``count`` waiting times of events that come at ``rate``."""
        return _rounded(-1.0 / rate * np.log1p(-_unit_float64(self.words64(count))), dtype)

    def cauchy(self, count: int, dtype: np.dtype[Any], median: float = 0.0, sigma: float = 1.0) -> Array:
        """Return ``count`` Cauchy numbers."""
        return _rounded(median + sigma * np.tan(math.pi * (_unit_float64(self.words64(count)) - 0.5)), dtype)

    def geometric(self, count: int, dtype: np.dtype[Any], p: float) -> Array:
        """Return how many trials of success probability ``p`` it took to succeed, ``count`` times."""
        with np.errstate(divide="ignore"):
            trials = np.ceil(np.log(_unit_float64(self.words64(count))) / math.log1p(-p))
        return _rounded(trials, dtype)

    # ---- choices -----------------------------------------------------------------------------------------------------

    def bernoulli(self, count: int, p: float) -> NDArray[np.bool_]:
        """Return ``count`` outcomes of trials that succeed with probability ``p``."""
        return _unit_float64(self.words64(count)) < p

    def bernoulli_each(self, probabilities: Array) -> NDArray[np.bool_]:
        """Return one outcome for each of ``probabilities``, a flat array."""
        if probabilities.dtype == np.float64:
            return _unit_float64(self.words64(probabilities.size)) < probabilities
        return _unit_float32(self.words32(probabilities.size)) < probabilities.astype(np.float32)

    def choices(self, weights: Array, count: int) -> NDArray[np.int64]:
        """Return for each row of ``weights`` (rows, categories) ``count`` categories, drawn with replacement."""
        accumulated_in = np.float64 if weights.dtype == np.float64 else np.float32
        cumulative: Array = np.cumsum(weights, axis=1, dtype=accumulated_in)
        cumulative /= cumulative[:, -1:]
        cumulative[:, -1] = 1
        points = _unit_float64(self.words64(len(weights) * count)).reshape(len(weights), count)
        rows = [np.searchsorted(row.astype(np.float64), point) for row, point in zip(cumulative, points, strict=True)]
        return np.stack(rows) if rows else np.empty((0, count), np.int64)

    def distinct_choices(self, weights: Array, count: int) -> NDArray[np.int64]:
        """Return for each row of ``weights`` (rows, categories) ``count`` categories, drawn without replacement."""
        # The largest weight over waiting time is category i with a probability in proportion to its weight.
        waiting = self.exponential(weights.size, weights.dtype).reshape(weights.shape)
        with np.errstate(divide="ignore", over="ignore"):
            keys = weights / waiting
        return np.ascontiguousarray(np.argsort(-keys, axis=1, kind="stable")[:, :count], np.int64)

    # ---- normal numbers ----------------------------------------------------------------------------------------------

    def _normal_from_pairs(self, count: int, mean: float, std: float) -> Any:
        # Two uniforms give two normals; the one left over by an odd count is handed out first by the next call.
        with self._lock:
            spare, self._spare_normal = self._spare_normal, None
            first = 0 if spare is None or count == 0 else 1
            pairs = (count - first + 1) // 2
            uniforms = _unit_float64(_join_words(self._bits.random_raw(4 * pairs)))
            radius = np.sqrt(-2.0 * np.log1p(-uniforms[1::2]))
            angle = 2.0 * math.pi * uniforms[::2]
            normals = np.empty(first + 2 * pairs)
            normals[:first] = spare
            normals[first::2] = radius * np.cos(angle)
            normals[first + 1 :: 2] = radius * np.sin(angle)
            if normals.size > count:
                self._spare_normal = float(normals[-1])
            elif count == 0:
                self._spare_normal = spare
        return multiply_add(normals[:count], np.float64(std), np.float64(mean))

    def _normal_from_blocks(self, count: int, dtype: np.dtype[Any], mean: float, std: float) -> Any:
        whole = count - count % BLOCK
        # The last 16 numbers are made anew when they are no whole block. The uniforms for the part of a block are then
        # drawn in vain, except for float16, which PyTorch computes elsewhere.
        unused = 0 if dtype == np.float16 else count - whole
        tail = BLOCK if count > whole else 0
        uniforms = self.uniform(whole + unused + tail, np.dtype(np.float32) if dtype == np.float16 else dtype)
        if unused:
            uniforms = np.delete(uniforms, slice(whole, whole + unused))
        normals = box_muller(uniforms, mean, std).astype(dtype, copy=False)
        return np.concatenate([normals[: count - tail], normals[-tail:]]) if tail else normals


def unforeseeable_seed() -> int:
    """Return 64 random bits of the operating system."""
    return int.from_bytes(os.urandom(8), "little")


def memory_order(array: Array) -> Array:
    """Return a view of ``array`` whose C order is the order of its elements in memory, as far as strides allow."""
    strides = array.strides
    return array.transpose(sorted(range(array.ndim), key=lambda axis: -abs(strides[axis])))


def fill_in_memory_order(target: Array, values: Array) -> None:
    """Write flat ``values`` into ``target`` in the order of its memory, as PyTorch does where it is a view."""
    ordered = target if target.flags.c_contiguous else memory_order(target)
    ordered[...] = values.reshape(ordered.shape)


def _seeded_state(seed: int) -> Any:
    return np.random.RandomState(seed & 0xFFFFFFFF).get_state(legacy=False)


def _join_words(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    joined = words[::2] << np.uint64(32)
    joined |= words[1::2]
    return joined


def _unit_float32(words: NDArray[np.uint32]) -> Array:
    words &= np.uint32((1 << 24) - 1)
    values = words.view(np.int32).astype(np.float32)
    values *= np.float32(2.0**-24)
    return values


def _unit_float64(words: NDArray[np.uint64]) -> Array:
    words &= np.uint64((1 << 53) - 1)
    values = words.view(np.int64).astype(np.float64)
    values *= 2.0**-53
    return values


def _rounded(values: Array, dtype: np.dtype[Any]) -> Array:
    if dtype == np.float16:
        # PyTorch rounds twice on the way to a half.
        values = values.astype(np.float32)
    with np.errstate(over="ignore"):
        return values.astype(dtype, copy=False)


default_stream = RandomStream(unforeseeable_seed())
"""The stream of every function that is given no generator."""
