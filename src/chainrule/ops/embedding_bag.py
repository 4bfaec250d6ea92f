"""Embeddings as they stand in `torch` itself, and bags of them: the sum, mean or maximum of several rows of a table."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.engine.tensor_base import new_tensor
from chainrule.engine.versions import about_to_change, count_change
from chainrule.kernels.scatter import add_rows
from chainrule.ops.neural import embedding as embedding_row
from chainrule.ops.neural import embedding_backward

__all__ = ["embedding", "embedding_bag", "embedding_renorm_"]

SUM, MEAN, MAX = 0, 1, 2


def embedding(
    weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Any:
    """The rows of `weight` with the numbers in `indices`; `padding_idx` is one whose row gets no gradient.

    >>> torch.embedding(torch.eye(2), torch.tensor([1, 0]))
    tensor([[0., 1.],
            [1., 0.]])
    """
    if sparse:
        refuse_sparse("embedding")
    if len(weight.shape) != 2:
        raise RuntimeError("'weight' must be 2-D")
    return embedding_row(weight, indices, padding_idx, scale_grad_by_freq)


def refuse_sparse(function: str) -> None:
    """Raise what a function says of `sparse=True`."""
    raise NotImplementedError(f"{function}(sparse=True) is not supported: there are no sparse gradients; leave it out")


def _require_integers(function: str, position: int, indices: Any) -> None:
    if indices.dtype.kind not in "iu":
        raise RuntimeError(
            f"Expected tensor for argument #{position} 'indices' to have one of the following scalar types: Long, Int; "
            f"but got torch.{scalar_type_name(indices.dtype)}Tensor instead (while checking arguments for {function})"
        )


def embedding_renorm_(weight: Any, indices: Any, max_norm: float, norm_type: float) -> Any:
    """Scale those rows of a matrix that `indices` names down to a norm of `max_norm`, in place, where it is larger.

    >>> torch.embedding_renorm_(torch.tensor([[3.0, 4.0], [3.0, 4.0]]), torch.tensor([0]), 1.0, 2.0)
    tensor([[0.6000, 0.8000],
            [3.0000, 4.0000]])
    """
    table, numbers = weight._array, indices._array
    if table.ndim != 2:
        raise RuntimeError(
            f"Expected 2-dimensional tensor, but got {table.ndim}-dimensional tensor for argument #1 'self' "
            "(while checking arguments for embedding_renorm_)"
        )
    _require_integers("embedding_renorm_", 2, numbers)
    numbers = np.unique(numbers)
    if numbers.size and not 0 <= numbers[0] <= numbers[-1] < len(table):
        outside = numbers[0] if numbers[0] < 0 else numbers[-1]
        raise IndexError(
            f"select(): index {outside} out of range for tensor of size {list(table.shape)} at dimension 0"
        )
    about_to_change(weight._version_counter)
    used = table[numbers]
    norms = np.linalg.norm(used, norm_type, axis=1, keepdims=True)
    table[numbers] = np.where(norms > max_norm, used * (max_norm / (norms + 1e-7)), used)
    count_change(weight._version_counter, operation="embedding_renorm_")
    return weight


# ---- bags ----


def _bags(offsets: Any, count: int) -> Any:
    # For each index the bag that it is in.
    return np.repeat(np.arange(len(offsets)), np.diff(offsets, append=count))


def _counted(indices: Any, bags: Any, number: int, padding_idx: int) -> Any:
    # How many indices of each bag count.
    return np.bincount(bags[indices != padding_idx], minlength=number)


def _first_largest(weight: Any, indices: Any, bags: Any, number: int, padding_idx: int) -> tuple[Any, Any]:
    # For each bag and column which index has the largest number, the first of several; and which bags have any.
    kept = np.flatnonzero(indices != padding_idx)
    rows, of_bag = weight[indices[kept]], bags[kept]
    found = np.zeros((number, weight.shape[1]), np.int64)
    filled = np.zeros(number, bool)
    if not kept.size:
        return found, filled
    starts = np.flatnonzero(np.diff(of_bag, prepend=-1))
    filled[of_bag[starts]] = True
    largest = np.repeat(np.maximum.reduceat(rows, starts, axis=0), np.diff(starts, append=len(kept)), axis=0)
    is_largest = (rows == largest) | np.isnan(rows)
    places = np.where(is_largest, np.arange(len(kept))[:, None], len(kept) - 1)
    found[filled] = indices[kept][np.minimum.reduceat(places, starts, axis=0)]
    return found, filled


def _shares(
    indices: Any, bags: Any, number: int, mode: int, per_sample_weights: Any, padding_idx: int, dtype: Any
) -> Any:
    # By what each row is multiplied in its bag.
    share = (indices != padding_idx).astype(dtype)
    if mode == MEAN:
        counts = _counted(indices, bags, number, padding_idx)
        share = share / np.maximum(counts, 1).astype(dtype)[bags]
    return share if per_sample_weights is None else share * per_sample_weights


def _bag_backward(
    grad: Any, weight: Any, indices: Any, offsets: Any, by_frequency: bool, mode: int, per_sample_weights: Any,
    padding_idx: int, found: Any, needs: Any,
) -> tuple[Any, Any]:  # fmt: skip
    indices, offsets = np.asarray(indices), np.asarray(offsets)
    bags, number = _bags(offsets, len(indices)), len(offsets)
    rows, width = tuple(weight.shape)
    if mode == MAX:
        table = weight if isinstance(weight, np.ndarray) else weight._array
        largest, filled = found or _first_largest(table, indices, bags, number, padding_idx)
        places = largest * width + np.arange(width)
        flat = (grad * filled[:, None].astype(table.dtype)).reshape((-1, 1))
        total = embedding_backward(flat, (rows * width, 1), places.reshape(-1), -1, False)
        return total.reshape((rows, width)), None
    along = grad[bags]
    shares = _shares(indices, bags, number, mode, per_sample_weights, padding_idx, _dtype_of(weight))
    of_weight = of_shares = None
    if needs[0]:
        of_weight = embedding_backward(shares[:, None] * along, (rows, width), indices, -1, by_frequency)
    if needs[1]:
        of_shares = (along * weight[indices]).sum(axis=-1) * (indices != padding_idx)
    return of_weight, of_shares


def _dtype_of(x: Any) -> Any:
    return x.dtype if isinstance(x, np.ndarray) else x._array.dtype


@op(
    name="embedding_bag", spaces="", indices=NOT_DIFFERENTIABLE, offsets=NOT_DIFFERENTIABLE,
    derivatives={"weight, per_sample_weights": _bag_backward},
)  # fmt: skip
def embedding_bag_rows(
    weight: Any, indices: Any, offsets: Any, by_frequency: bool, mode: int, per_sample_weights: Any, padding_idx: int,
    found: list[Any] | None = None,
) -> Any:  # fmt: skip
    # `found` is filled with the indices of the largest numbers, and which bags have any.
    bags, number = _bags(offsets, len(indices)), len(offsets)
    if mode == MAX:
        largest, filled = _first_largest(weight, indices, bags, number, padding_idx)
        if found is not None:
            found[:] = largest, filled
        return np.where(filled[:, None], weight[largest, np.arange(weight.shape[1])], weight.dtype.type(0))
    shares = _shares(indices, bags, number, mode, per_sample_weights, padding_idx, weight.dtype)
    if indices.size * weight.shape[1] < _MANY or weight.dtype == np.float16:
        return add_rows(number, bags, weight[indices] * shares[:, None])
    from scipy.sparse import csr_array  # importing SciPy takes longer than importing NumPy

    # One product, without a copy of the rows: each bag is a row of a sparse matrix.
    bounds = np.append(offsets, len(indices))
    return csr_array((shares, indices, bounds), shape=(number, len(weight))) @ weight


# From this many numbers on a sparse product is worth it.
_MANY = 1 << 14


def embedding_bag(
    weight: Any, indices: Any, offsets: Any, scale_grad_by_freq: bool = False, mode: int = SUM, sparse: bool = False,
    per_sample_weights: Any = None, include_last_offset: bool = False, padding_idx: int | None = None,
) -> tuple[Any, Any, Any, Any]:  # fmt: skip
    """The sum (`mode` 0), mean (1) or maximum (2) of the rows of `weight` that each bag of `indices` names.

    `offsets`: where each bag begins; with `include_last_offset` also where the last one ends. Returns the bags, and
    what PyTorch returns beside them: the bag of each index, their sizes, and the indices of the largest numbers.

    >>> torch.embedding_bag(torch.eye(2), torch.tensor([0, 1, 1]), torch.tensor([0, 2]))[0]
    tensor([[1., 1.],
            [0., 1.]])
    """
    result, numbers, starts, padding, found = bagged(
        weight, indices, offsets, scale_grad_by_freq, mode, sparse, per_sample_weights, include_last_offset, padding_idx
    )
    bags, none = _bags(starts, len(numbers)), np.zeros(tuple(offsets.shape), np.int64)
    if mode == SUM:
        # PyTorch does not say which bag an index is in where it has a quick way.
        quick = padding_idx is None and weight._array.dtype != np.float64
        return result, _new(bags[:0] if quick else bags), _new(none), _new(none)
    counts = _counted(numbers, bags, len(starts), padding)
    return result, _new(bags), _new(counts), _new(counts if mode == MEAN else found[0])


def bagged(
    weight: Any, indices: Any, offsets: Any, scale_grad_by_freq: bool, mode: int, sparse: bool,
    per_sample_weights: Any, include_last_offset: bool, padding_idx: int | None,
) -> tuple[Any, Any, Any, int, list[Any]]:  # fmt: skip
    """The bags; indices, offsets and the padding index as they count; and what was found of the largest numbers."""
    if sparse:
        refuse_sparse("embedding_bag")
    table, numbers, starts = weight._array, indices._array, offsets._array
    _check_bags(table, numbers, starts, mode, per_sample_weights, include_last_offset, padding_idx)
    numbers, starts = numbers.astype(np.int64, copy=False), starts.astype(np.int64, copy=False)
    if include_last_offset:
        # What is behind the last bag is in none.
        numbers, starts = numbers[: starts[-1]], starts[:-1]
        per_sample_weights = None if per_sample_weights is None else per_sample_weights[: len(numbers)]
    padding = -1 if padding_idx is None else padding_idx % len(table)
    found: list[Any] = []
    result = embedding_bag_rows(weight, numbers, starts, scale_grad_by_freq, mode, per_sample_weights, padding, found)
    return result, numbers, starts, padding, found


def _new(array: Any) -> Any:
    return new_tensor(array.astype(np.int64))


def _check_bags(
    weight: Any, indices: Any, offsets: Any, mode: int, per_sample_weights: Any, include_last: bool, padding_idx: Any
) -> None:
    for numbers in (indices, offsets):
        _require_integers("embedding_bag", 1, numbers)
    if weight.dtype.kind != "f":
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, BFloat16, "
            f"Float, Double; but got torch.{scalar_type_name(weight.dtype)}Tensor instead (while checking arguments "
            "for embedding_bag)"
        )
    if mode not in (SUM, MEAN, MAX):
        raise RuntimeError("`mode` must be sum, mean, or max.")
    count = math.prod(indices.shape[:1])
    if len(offsets):
        if offsets[0] != 0:
            raise RuntimeError(
                "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. "
                f"However, got {offsets[0]}"
            )
        if offsets[-1] > count:
            raise RuntimeError(
                f"offsets[-1] can not be greater than input's length {count} but got offsets[-1] of {offsets[-1]}"
            )
        if (np.diff(offsets) < 0).any():
            raise RuntimeError("embedding_bag: offsets must not decrease: a bag begins where the one before it ends")
    elif include_last:
        raise RuntimeError("include_last_offset: number of offset should be at least 1")
    if per_sample_weights is not None:
        if mode != SUM:
            raise RuntimeError("embedding_bag: per_sample_weights only supported with mode='sum'")
        given = per_sample_weights._array.dtype
        if given != weight.dtype:
            kinds = [f"torch.{scalar_type_name(kind)}Tensor" for kind in (weight.dtype, given)]
            raise RuntimeError(
                "Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 "
                f"'per_sample_weights'; but type {kinds[0]} does not equal {kinds[1]} (while checking arguments for "
                "embedding_bag)"
            )
        if tuple(per_sample_weights.shape) != indices.shape:
            raise RuntimeError(
                f"embedding_bag: expected per_sample_weights of the shape of indices, {list(indices.shape)}, but got "
                f"{list(per_sample_weights.shape)}"
            )
    if padding_idx is not None and not -len(weight) <= padding_idx < len(weight):
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, {-len(weight)} through {len(weight) - 1}, but got "
            f"{padding_idx}"
        )
    outside = (indices < 0) | (indices >= len(weight))
    if outside.any():
        place = int(np.argmax(outside))
        raise RuntimeError(
            f"Index {place} of input takes value {indices[place]} which is not in the valid range [0, {len(weight)})"
        )
