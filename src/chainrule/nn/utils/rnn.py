"""Sequences of several lengths: one behind another in a list, padded in a batch, or packed step by step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from chainrule.ops.joining import cat
from chainrule.ops.packing import pack_rows, pad_rows
from chainrule.tensor import Tensor, wrap
from chainrule.typename import typename

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]

NOT_SORTED = (
    "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
    "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not "
    "need ONNX exportability."
)


class _Fields(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Fields):
    """Sequences packed step by step: the first elements of all, then the second ones of those that have them, ...

    Made by `pack_padded_sequence` and `pack_sequence`; every recurrent module takes it as input.

    - `data`: the elements.
    - `batch_sizes`: how many there are at each step, int64.
    - `sorted_indices`: how the sequences were sorted by length, the longest first; None where they came so.
    - `unsorted_indices`: how to bring them back into the order in which they came.

    >>> torch.nn.utils.rnn.pack_sequence([torch.tensor([1, 2]), torch.tensor([3])])
    PackedSequence(data=tensor([1, 3, 2]), batch_sizes=tensor([2, 1]), sorted_indices=None, unsorted_indices=None)
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Any,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> Self:
        """Sequences of these parts; the first two may come as one pair."""
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            if not (isinstance(data, list | tuple) and len(data) == 2):
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """With data of another dtype: takes what `Tensor.to` takes; itself where nothing has to change.

        >>> torch.nn.utils.rnn.pack_sequence([torch.ones(2)]).to(torch.float64).data.dtype
        chainrule.float64
        """
        return self._with(self.data.to(*args, **kwargs))

    def _with(self, data: Tensor) -> Self:
        if data is self.data:
            return self
        return type(self)(data, self.batch_sizes, self.sorted_indices, self.unsorted_indices)

    def cpu(self, *args: Any, **kwargs: Any) -> Self:
        """Itself: data is on the CPU; or as `to` with these arguments."""
        return self.to(*args, **kwargs)

    def cuda(self, *args: Any, **kwargs: Any) -> Self:
        """Move the data to a GPU; an error, as there is none."""
        return self._with(self.data.cuda(*args, **kwargs))

    def pin_memory(self) -> Self:
        """With data in memory that is pinned for a GPU; an error, as there is none."""
        return self._with(self.data.pin_memory())

    def is_pinned(self) -> bool:
        """Whether the data is in pinned memory: it is not."""
        return self.data.is_pinned()

    @property
    def is_cuda(self) -> bool:
        """Whether the data is on a GPU: it is not."""
        return self.data.is_cuda

    def double(self) -> Self:
        """With data of dtype float64."""
        return self._with(self.data.double())

    def float(self) -> Self:
        """With data of dtype float32."""
        return self._with(self.data.float())

    def half(self) -> Self:
        """With data of dtype float16."""
        return self._with(self.data.half())

    def long(self) -> Self:
        """With data of dtype int64."""
        return self._with(self.data.long())

    def int(self) -> Self:
        """With data of dtype int32."""
        return self._with(self.data.int())

    def short(self) -> Self:
        """With data of dtype int16."""
        return self._with(self.data.short())

    def char(self) -> Self:
        """With data of dtype int8."""
        return self._with(self.data.char())

    def byte(self) -> Self:
        """With data of dtype uint8."""
        return self._with(self.data.byte())


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes another; None for None.

    >>> torch.nn.utils.rnn.invert_permutation(torch.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    if permutation is None:
        return None
    places = permutation._array
    inverse = np.empty_like(places)
    inverse[places] = np.arange(places.size)
    return wrap(inverse)


# ---- packed ----


def pack_padded_sequence(
    input: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack a padded batch of sequences.

    Args:
        input: (times, batch, ...), or (batch, times, ...) if `batch_first`.
        lengths: how long each sequence is.
        batch_first: whether the batch is the first dimension.
        enforce_sorted: the sequences come with the longest first; without it they are sorted.

    >>> padded = torch.tensor([[1, 2, 0], [3, 0, 0], [4, 5, 6]])
    >>> packed = torch.nn.utils.rnn.pack_padded_sequence(padded, [2, 1, 3], batch_first=True, enforce_sorted=False)
    >>> packed.data, packed.batch_sizes
    (tensor([4, 1, 3, 5, 2, 6]), tensor([3, 2, 1]))
    """
    counts = np.asarray(lengths._array if isinstance(lengths, Tensor) else lengths).astype(np.int64)
    if enforce_sorted:
        order = None
    else:
        order = np.argsort(-counts, axis=-1, kind="stable")
        counts = np.take_along_axis(counts, order, -1)
        input.size(0 if batch_first else 1)  # that it has the dimension
    if not input.numel():
        raise RuntimeError("Cannot pack empty tensors.")
    if counts.ndim != 1:
        raise RuntimeError(
            f"'lengths' argument should be a 1D CPU int64 tensor, but got {counts.ndim}D cpu Long tensor"
        )
    batch, times = (input.size(0), input.size(1)) if batch_first else (input.size(1), input.size(0))
    _check_lengths(counts, batch, times, is_sorted=order is not None)
    batch_sizes = _batch_sizes(counts)
    time, entry = _places(batch_sizes)
    if order is not None:
        entry = order[entry]
    data = pack_rows(input, (entry, time) if batch_first else (time, entry))
    return PackedSequence(data, wrap(batch_sizes), None if order is None else wrap(order))


def _check_lengths(counts: Any, batch: int, times: int, *, is_sorted: bool) -> None:
    if counts.size != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {counts.size} (batch_size={batch})"
        )
    # In PyTorch's order: it looks from the shortest sequence on.
    if counts[-1] <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    if not is_sorted and (np.diff(counts) > 0).any():
        raise RuntimeError(NOT_SORTED)
    if counts[0] > times:
        raise RuntimeError(f"a sequence cannot be longer than the batch: got a length of {counts[0]} for {times} times")


def _batch_sizes(counts: Any) -> Any:
    # How many sequences there are at each step, of lengths in decreasing order.
    return np.searchsorted(-counts, -np.arange(counts[0]), side="left")


def _places(batch_sizes: Any) -> tuple[Any, Any]:
    # The time and the sequence of each packed row.
    time = np.repeat(np.arange(batch_sizes.size), batch_sizes)
    begins = np.cumsum(batch_sizes) - batch_sizes
    return time, np.arange(time.size) - begins[time]


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """A padded batch of packed sequences, in the order in which they came, and their lengths.

    Args:
        sequence: what was packed.
        batch_first: make it (batch, times, ...), not (times, batch, ...).
        padding_value: what stands behind the end of a sequence.
        total_length: the number of times, if it is to be more than the longest sequence has.

    >>> packed = torch.nn.utils.rnn.pack_sequence([torch.tensor([1]), torch.tensor([2, 3])], enforce_sorted=False)
    >>> torch.nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
    (tensor([[1, 0],
            [2, 3]]), tensor([1, 2]))
    """
    batch_sizes = sequence.batch_sizes._array
    times = batch_sizes.size
    if total_length is not None:
        if total_length < times:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, but got "
                f"total_length={total_length} and max sequence length being {times}"
            )
        times = total_length
    batch = int(batch_sizes[0])
    time, entry = _places(batch_sizes)
    lengths = np.searchsorted(-batch_sizes, -np.arange(batch), side="left")
    if sequence.sorted_indices is not None:
        entry = sequence.sorted_indices._array[entry]
    if sequence.unsorted_indices is not None:
        lengths = lengths[sequence.unsorted_indices._array]
    return _padded(sequence.data, times, batch, (time, entry), batch_first, padding_value), wrap(lengths)


def _padded(
    rows: Tensor, times: int, batch: int, places: tuple[Any, Any], batch_first: bool, padding_value: float
) -> Tensor:
    if batch_first:
        shape, indices = (batch, times), places[::-1]
    else:
        shape, indices = (times, batch), places
    padded: Tensor = pad_rows(rows, (*shape, *rows.shape[1:]), indices)
    if padding_value and padded.numel() != rows.numel():
        is_padding = np.ones(shape, bool)
        is_padding[indices] = False
        padded = padded.masked_fill(wrap(is_padding.reshape(shape + (1,) * (rows.ndim - 1))), padding_value)
    return padded


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences of shapes (length, ...); the longest first, unless `enforce_sorted` is False.

    >>> torch.nn.utils.rnn.pack_sequence([torch.tensor([1, 2]), torch.tensor([3])]).data
    tensor([1, 3, 2])
    """
    lengths = [sequence.size(0) for sequence in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences that were packed, in the order in which they came.

    >>> packed = torch.nn.utils.rnn.pack_sequence([torch.tensor([1, 2]), torch.tensor([3])])
    >>> torch.nn.utils.rnn.unpack_sequence(packed)
    [tensor([1, 2]), tensor([3])]
    """
    return unpad_sequence(*pad_packed_sequence(packed_sequences, batch_first=True), batch_first=True)


# ---- padded ----


def pad_sequence(
    sequences: Tensor | Iterable[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences of shapes (length, ...) as one batch, padded to the length of the longest.

    Args:
        sequences: tensors that have all sizes but the first in common.
        batch_first: make it (batch, times, ...), not (times, batch, ...).
        padding_value: what is padded with.
        padding_side: `"right"` for behind the end of a sequence, `"left"` for before its beginning.

    >>> torch.nn.utils.rnn.pad_sequence([torch.tensor([1, 2]), torch.tensor([3])], batch_first=True)
    tensor([[1, 2],
            [3, 0]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(  # noqa: TRY004 (PyTorch's class)
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    given = tuple(sequences)
    for place, sequence in enumerate(given):
        if not isinstance(sequence, Tensor):
            raise TypeError(f"expected Tensor as element {place} in argument 0, but got {typename(sequence)}")
    if not given:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    if not all(sequence.ndim for sequence in given):
        raise RuntimeError("pad_sequence: sequences must have a first dimension, but one is a single number")
    lengths = np.array([sequence.shape[0] for sequence in given])
    times, dtype, trailing = int(lengths.max()), given[0].dtype, given[0].shape[1:]
    given = tuple(_alike(sequence.to(dtype), trailing) for sequence in given)
    entry = np.repeat(np.arange(len(given)), lengths)
    begins = np.cumsum(lengths) - lengths
    time = np.arange(entry.size) - begins[entry]
    if padding_side == "left":
        time = time + (times - lengths)[entry]
    return _padded(cat(given), times, len(given), (time, entry), batch_first, padding_value)


def _alike(sequence: Tensor, trailing: tuple[int, ...]) -> Tensor:
    # A sequence with these sizes behind the first; sizes of 1 are repeated.
    sizes = sequence.shape[1:]
    if sizes == trailing:
        return sequence
    for dim in range(-1, -max(len(sizes), len(trailing)) - 1, -1):
        # Dimensions are counted from behind; the first of the sequence, its length, takes part.
        given = sequence.shape[dim] if -dim <= sequence.ndim else 1
        wanted = trailing[dim] if -dim <= len(trailing) else sequence.shape[0]
        if given not in (1, wanted):
            raise RuntimeError(
                f"The size of tensor a ({wanted}) must match the size of tensor b ({given}) at non-singleton dimension "
                f"{len(trailing) + 1 + dim}"
            )
    return sequence.expand(sequence.shape[0], *trailing)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences of a padded batch, each as long as `lengths` says.

    Without `batch_first` the batch is transposed in place, as PyTorch does it.

    >>> torch.nn.utils.rnn.unpad_sequence(torch.tensor([[1, 2], [3, 0]]), torch.tensor([2, 1]), batch_first=True)
    [tensor([1, 2]), tensor([3])]
    """
    if not batch_first:
        padded_sequences.transpose_(0, 1)
    times = padded_sequences.shape[1]
    kept = (min(max(int(length), 0), times) for length in lengths.tolist())
    return [sequence[:length].clone() for sequence, length in zip(padded_sequences, kept, strict=True)]
