"""How operations run on a batch: rules that rows name.

A rule is called with the row, its arguments, which of them are batches, and `run(op, args)`. A batch is a tensor whose
first dimension is over the entries. The rule gives the result of all entries, with that dimension first, or
NotImplemented where the operation should run once for each entry. (A sequence of tensors is a list, and so is what says
which of them are batches.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dim
from chainrule.dtypes import result_dtype
from chainrule.engine.op import AS_GIVEN, Op
from chainrule.engine.tensor_base import TensorBase

Run = Callable[[Op, tuple[Any, ...]], Any]
Rule = Callable[[Op, list[Any], list[Any], Run], Any]


def rank_of(value: Any, batched: bool) -> int:
    """How many dimensions one entry has."""
    return value._array.ndim - batched if isinstance(value, TensorBase) else np.ndim(value)


def size_of(values: list[Any], dims: list[Any]) -> int:
    """How many entries the batch has."""
    for value, batched in zip(values, dims, strict=True):
        if isinstance(batched, list):
            if True in batched:
                return size_of(value, batched)
        elif batched:
            return int(value.shape[0])
    raise AssertionError


def as_batch(value: Any, batched: bool, size: int) -> Any:
    """A tensor, or an array, with the dimension over the entries: repeated where it is no batch."""
    if isinstance(value, np.ndarray):
        return np.broadcast_to(value, (size, *value.shape))
    return value if batched else value.unsqueeze(0).expand(size, *value.shape)


def of_rank(value: Any, batched: bool, rank: int) -> Any:
    """A tensor whose entries have `rank` dimensions, of size one in front where there were fewer."""
    missing = rank - rank_of(value, batched)
    if missing <= 0 or not isinstance(value, TensorBase):
        return value
    shape = value.shape  # type: ignore[attr-defined]
    if not batched:
        return value.reshape((1,) * missing + tuple(shape))  # type: ignore[attr-defined]
    return value.reshape((shape[0], *(1,) * missing, *shape[1:]))  # type: ignore[attr-defined]


def elementwise(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For what works on elements at the same place and broadcasts."""
    positions = op.tensor_positions
    if op.sequence >= 0:
        return NotImplemented
    if len(positions) == 1:
        return run(op, tuple(values))
    if _are_alike(positions, values, dims):
        return run(op, tuple(values))
    rank = max(rank_of(values[i], dims[i]) for i in positions if values[i] is not None)
    args = list(values)
    if op.promotion is not AS_GIVEN:
        _promoted(positions, args, dims)
    for i in positions:
        if dims[i]:
            args[i] = of_rank(args[i], True, rank)
    return run(op, tuple(args))


def _are_alike(positions: tuple[int, ...], values: list[Any], dims: list[Any]) -> bool:
    # Whether all are batches of one type and number of dimensions, or plain numbers: nothing has to be brought in line.
    first: Any = None
    for i in positions:
        value = values[i]
        if dims[i] is True:
            array = value._array
            if first is None:
                first = array
            elif array.ndim != first.ndim or array.dtype is not first.dtype:
                return False
        elif type(value) is not float and type(value) is not int:
            return False
    return True


def _promoted(positions: tuple[int, ...], args: list[Any], dims: list[Any]) -> None:
    # A number counts less in promotion than an array, also where there is one for each entry.
    tensors = [i for i in positions if isinstance(args[i], TensorBase)]
    if len({args[i]._array.dtype for i in tensors}) < 2 or not any(
        dims[i] and rank_of(args[i], True) == 0 for i in tensors
    ):
        return
    operands = [
        np.empty((1,) * min(rank_of(args[i], dims[i]), 1), args[i]._array.dtype) if i in tensors else args[i]
        for i in positions
    ]
    common = result_dtype(tuple(operands))
    for i in tensors:
        if dims[i] and args[i]._array.dtype != common:
            args[i] = args[i].astype(common)


def random(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For random numbers, element by element: others for each entry, where `vmap` is told that they be different."""
    return elementwise(op, values, dims, run)


def passed(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For what takes any number of dimensions in front of those that it works on, or works on every element."""
    return run(op, tuple(values))


def shifted(dim: Any, rank: int) -> Any:
    """A dimension of an entry of this rank, or several, as those of the batch.

    Raises IndexError where it is out of range, since a batch would have it.
    """
    if isinstance(dim, (tuple, list)):
        return tuple([shifted(d, rank) for d in dim])
    return wrap_dim(dim, rank) + 1


def along(*names: str, flat: bool = False, all_of_none: bool = True, whole: tuple[str, ...] = (), new: int = 0) -> Rule:
    """For what works along dimensions of its tensors: `names` are the arguments that say which.

    None for all of them is every dimension of an entry, or with `flat` the one that all are made; so is an empty tuple
    where `all_of_none`. `whole`: arguments that are the shape of something with the batch's dimension in front. `new`:
    how many more dimensions there are to say than the tensor has.
    """

    def rule(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
        args = list(values)
        size = size_of(values, dims)
        positions = [i for i in op.tensor_positions if isinstance(values[i], (TensorBase, np.ndarray))]
        ranks = [rank_of(values[i], dims[i]) for i in positions]
        for i in positions:
            args[i] = as_batch(values[i], dims[i], size)
        rank = max(ranks)
        if not rank:
            # A number may be asked for its first dimension, too.
            for i in positions:
                args[i] = np.expand_dims(args[i], 1)
        for name in names:
            i = op.parameters.index(name)
            if args[i] is None:
                if flat:
                    args[0] = args[0].reshape((size, -1))
                    args[i] = 1
                else:
                    args[i] = tuple(range(1, max(rank, 1) + 1))
            elif isinstance(args[i], (tuple, list)) and not args[i] and all_of_none and not flat:
                args[i] = tuple(range(1, max(rank, 1) + 1))
            else:
                args[i] = shifted(args[i], len(values[op.parameters.index(whole[0])]) if whole else rank + new)
        for name in whole:
            i = op.parameters.index(name)
            args[i] = (size, *(args[i] if rank else (1,)))
        result = run(op, tuple(args))
        if rank:
            return result
        if isinstance(result, (tuple, list)):
            return [r.reshape((size,)) if r.shape == (size, 1) else r for r in result]
        return result.reshape((size,)) if result.shape == (size, 1) else result

    return rule


def trailing(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For what works on the last dimensions of its tensors and has one entry for each index of those in front."""
    size = size_of(values, dims)
    positions = [i for i in op.tensor_positions if isinstance(values[i], (TensorBase, np.ndarray))]
    if len({rank_of(values[i], dims[i]) for i in positions}) > 1:
        return NotImplemented
    args = list(values)
    for i in positions:
        args[i] = as_batch(values[i], dims[i], size)
    return run(op, tuple(args))


def merged(*names: str) -> Rule:
    """For what has one entry for each index of its first dimension: the batch's is made one with it.

    `names`: further tensors, beside the first, of which that is so; others may be no batches.
    """

    def rule(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
        size = size_of(values, dims)
        own = [0, *[op.parameters.index(name) for name in names]]
        for i in op.tensor_positions:
            if dims[i] and i not in own:
                return NotImplemented
        args = list(values)
        length = 0
        for i in own:
            if isinstance(values[i], TensorBase):
                if rank_of(values[i], dims[i]) < 2:
                    return NotImplemented
                batch = as_batch(values[i], dims[i], size)
                length = batch.shape[1]
                args[i] = batch.reshape((size * length, *batch.shape[2:]))
        result = run(op, tuple(args))
        if isinstance(result, (tuple, list)):
            return [r.reshape((size, length, *r.shape[1:])) for r in result]
        return result.reshape((size, length, *result.shape[1:]))

    return rule


def with_size(name: str) -> Rule:
    """For another shape of the same elements: `name` is the argument that is the shape."""

    def rule(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
        wanted = values[op.parameters.index(name)]
        return values[0].reshape((values[0].shape[0], *wanted))

    return rule


def composed(function: Callable[..., Any]) -> Rule:
    """For what other operations say as well: `function` of the arguments, which are batched tensors again."""

    def rule(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
        from chainrule.engine.batching import VmapLevel

        level = VmapLevel(size_of(values, dims))
        with level.entered():
            args = [
                [level.wrap(v) if own else v for v, own in zip(value, batched, strict=True)]
                if isinstance(batched, list)
                else level.wrap(value)
                if batched
                else value
                for value, batched in zip(values, dims, strict=True)
            ]
            result = function(*args)
            if isinstance(result, (tuple, list)):
                return [level.entries(r) for r in result]
            return level.entries(result)

    return rule


def reduced(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For the losses that are a mean or a sum over all elements of what they are for each."""
    at = op.parameters.index("reduction")
    each = elementwise(op, [*values[:at], "none", *values[at + 1 :]], dims, run)
    if values[at] == "none" or each is NotImplemented:
        return each
    flat = each.reshape((each.shape[0], -1))
    return flat.mean(1) if values[at] == "mean" else flat.sum(1)


def joined(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For a sequence of tensors put together along a dimension, the second argument."""
    return _joined(op, values, dims, run, new=0)


def stacked(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For a sequence of tensors put together along a new dimension, the second argument."""
    return _joined(op, values, dims, run, new=1)


def _joined(op: Op, values: list[Any], dims: list[Any], run: Run, new: int) -> Any:
    size = size_of(values, dims)
    tensors = [as_batch(v, own, size) for v, own in zip(values[0], dims[0], strict=True)]
    ranks = {tensor._array.ndim for tensor in tensors}
    if len(ranks) > 1:
        # An empty tensor of one dimension goes with any shape.
        tensors = [tensor for tensor in tensors if tensor._array.shape != (size, 0)]
    return run(op, (tensors, shifted(values[1], max(ranks) - 1 + new)))


def pictures(rank: int) -> Rule:
    """For entries of `rank` dimensions whose first is a batch of its own, or of one dimension less without it."""
    with_batches = merged()

    def rule(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
        return (with_batches if rank_of(values[0], dims[0]) == rank else passed)(op, values, dims, run)

    return rule


def permuted(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For dimensions in the order that the second argument says."""
    rank = rank_of(values[0], True)
    return run(op, (values[0], (0, *[d % rank + 1 for d in values[1]])))


def turned(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For matrices that are transposed, and vectors that are not."""
    return values[0].transpose(1, 2) if rank_of(values[0], True) == 2 else values[0]


def squeezed(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For dimensions of size one left out: those that the second argument says, or all."""
    value, dim, *rest = values
    shape = tuple(value.shape)
    if dim is None:
        dim = [d for d in range(len(shape) - 1) if shape[d + 1] == 1]
    if len(shape) == 1:
        return value  # a number has no dimension, though it may be asked for the first
    return run(op, (value, shifted(tuple(dim) if isinstance(dim, (tuple, list)) else (dim,), len(shape) - 1), *rest))


def unsqueezed(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For a new dimension where the second argument says."""
    return run(op, (values[0], shifted(values[1], rank_of(values[0], True) + 1)))


def expanded(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For a size to be repeated to, which may have new dimensions in front."""
    value, size, *rest = values
    return run(op, (of_rank(value, True, len(size)), (value.shape[0], *size), *rest))


def repeated(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For repetitions along each dimension, of which there may be new ones in front."""
    value, repeats = values
    return run(op, (of_rank(value, True, len(repeats)), (1, *repeats)))


def rolled(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For elements moved along dimensions and around; along none, in the order of memory."""
    value, shifts, dim = values
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        flat = value.reshape((value.shape[0], -1))
        shift = shifts[0] if isinstance(shifts, (tuple, list)) else shifts
        return run(op, (flat, (shift,), (1,))).reshape(value.shape)
    rank = rank_of(value, True)
    if not rank:
        return value
    each = dim if isinstance(dim, (tuple, list)) else (dim,)
    return run(op, (value, shifts, shifted(tuple(each), rank)))


def behind_all(index: Any) -> tuple[Any, ...]:
    """An index of an entry as one of the batch."""
    return (slice(None), *(index if isinstance(index, tuple) else (index,)))


def indexed(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For the part of a tensor that an index chooses: the second argument."""
    return run(op, (values[0], behind_all(values[1]), *values[2:]))


def put_back(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For a part put where an index says into zeros of a shape: the arguments behind the first, in any order."""
    size = values[0].shape[0]
    args = list(values)
    for name in ("shape", "index", "indices"):
        if name in op.parameters:
            i = op.parameters.index(name)
            if name == "indices" and are_apart(values[i]):
                return NotImplemented
            args[i] = (size, *values[i]) if name == "shape" else behind_all(values[i])
    return run(op, tuple(args))


def are_apart(indices: tuple[Any, ...]) -> bool:
    """Whether there is a slice between arrays of an index: NumPy then puts what they pick first."""
    kinds = [isinstance(i, slice) for i in indices]
    while kinds and kinds[0]:
        kinds.pop(0)
    while kinds and kinds[-1]:
        kinds.pop()
    return True in kinds


def picked(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For the elements that arrays of indices pick, the same for all entries or others for each."""
    value, indices = values
    if not dims[1]:
        return NotImplemented if are_apart(indices) else run(op, (value, behind_all(indices)))
    size = size_of(values, dims)
    result = run(op, (as_batch(value, dims[0], size), by_entry(indices, dims[1], size)))
    picked_rank = max(rank_of(i, own) for i, own in zip(indices, dims[1], strict=True) if not isinstance(i, slice))
    in_front = 0 if are_apart(indices) else [isinstance(i, slice) for i in indices].index(False)
    if in_front:
        # What is picked came first, behind the batch.
        result = result.movedim(
            tuple(range(1, picked_rank + 1)), tuple(range(in_front + 1, in_front + picked_rank + 1))
        )
    return result


def by_entry(indices: tuple[Any, ...], batched: list[bool], size: int) -> tuple[Any, ...]:
    """Arrays of indices, of which some are batches, as they pick from the batch: each entry for itself."""
    rank = max(rank_of(i, own) for i, own in zip(indices, batched, strict=True) if not isinstance(i, slice))
    behind: list[Any] = []
    for index, own in zip(indices, batched, strict=True):
        array = of_rank(index, True, rank) if own else index
        behind.append(array._array if isinstance(array, TensorBase) and type(array._array) is np.ndarray else array)
    return (np.arange(size).reshape((size, *(1,) * rank)), *behind)


def put(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For values written where arrays of indices say."""
    value, indices, new, accumulate = values
    size = size_of(values, dims)
    if are_apart(indices) or (dims[1] and any(isinstance(i, slice) for i in indices)):
        return NotImplemented
    value = as_batch(value, dims[0], size)
    indices = by_entry(indices, dims[1], size) if dims[1] else behind_all(indices)
    rank = np.broadcast_to(np.empty(()), tuple(value.shape))[indices].ndim - 1
    if dims[2]:
        new = of_rank(new, True, rank)
    return run(op, (value, indices, new, accumulate))


def slices(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For whole slices along `dim` at the places that `index` says, which are the same for all entries."""
    at = op.parameters.index("index")
    size = size_of(values, dims)
    positions = [i for i in op.tensor_positions if i != at and isinstance(values[i], (TensorBase, np.ndarray))]
    if dims[at] or any(not rank_of(values[i], dims[i]) for i in positions):
        return NotImplemented
    args = list(values)
    for i in positions:
        args[i] = as_batch(values[i], dims[i], size)
    i = op.parameters.index("dim")
    rank = max(rank_of(values[p], dims[p]) for p in positions)
    if "shape" in op.parameters:
        at = op.parameters.index("shape")
        rank = len(args[at])
        args[at] = (size, *args[at])
    args[i] = shifted(args[i], rank)
    return run(op, tuple(args))


def filled(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For one value everywhere in the shape of the first tensor."""
    self, value = values
    if not dims[1]:
        return run(op, (self, value))
    size = size_of(values, dims)
    shape = (size, *(self.shape[1:] if dims[0] else self.shape))
    spread = of_rank(value, True, len(shape) - 1).expand(shape)
    return spread if spread._array.dtype == self._array.dtype else spread.astype(self._array.dtype)


def of_matrices(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For a matrix and what stands on its other side: a vector, or a matrix too."""
    size = size_of(values, dims)
    ranks = [rank_of(values[i], dims[i]) for i in (0, 1)]
    if ranks[1] not in (ranks[0], ranks[0] - 1):
        return NotImplemented
    return run(op, (as_batch(values[0], dims[0], size), as_batch(values[1], dims[1], size), *values[2:]))


def repeated_for_all(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For what works on the last dimensions: two of the first tensor and the last, fewer of those between."""
    size = size_of(values, dims)
    args = list(values)
    first, last = op.tensor_positions[0], op.tensor_positions[-1]
    if rank_of(values[first], dims[first]) != rank_of(values[last], dims[last]):
        return NotImplemented
    for i in op.tensor_positions:
        if isinstance(values[i], (TensorBase, np.ndarray)):
            args[i] = as_batch(values[i], dims[i], size)
    return run(op, tuple(args))


def taken(op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
    """For elements by their numbers in the order of memory."""
    self, index = values
    size = size_of(values, dims)
    if isinstance(index, np.ndarray):
        return NotImplemented
    flat = as_batch(self, dims[0], size).reshape((size, -1))
    numbers = as_batch(index, dims[1], size).reshape((size, -1))
    found = flat.gather(1, np.where(numbers < 0, numbers + flat.shape[1], numbers))
    return found.reshape((size, *(index.shape[1:] if dims[1] else index.shape)))
