"""Tensors repeated and grown: along dimensions of size 1 without a copy (`expand`), and with one (`repeat`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dimensions import sizes
from chainrule.dtypes import tensor_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import LINEAR, op
from chainrule.ops.shapes import taking_sizes, unsqueeze, view
from chainrule.size import Size

METHODS = ("expand_as", "broadcast_to", "tile")
__all__ = [
    "broadcast_to", "broadcast_tensors", "broadcast_shapes", "meshgrid", "tile", "atleast_1d", "atleast_2d",
    "atleast_3d",
]  # fmt: skip

# ---- without a copy ----


@op(
    kind=LINEAR,
    view=True,
    conjugate=False,
    spaces="Tensor",
    adapt=taking_sizes("size"),
    self=lambda grad: grad,
    batching=batches.expanded,
)
def expand(self: Any, size: tuple[int, ...]) -> Any:
    """The same memory with dimensions of size 1 repeated to `size`; -1 keeps a dimension as it is."""
    extra = len(size) - self.ndim
    if extra < 0:
        raise RuntimeError(
            f"expand({tensor_type_name(self.dtype)}{{{list(self.shape)}}}, size={list(size)}): the number "
            f"of sizes provided ({len(size)}) must be greater or equal to the number of dimensions in the tensor "
            f"({self.ndim})"
        )
    wanted = list(size)
    for place in range(len(size) - 1, -1, -1):  # errors tell of the last dimension that does not fit
        given = size[place]
        if place < extra:
            if given < 0:
                raise RuntimeError(
                    f"The expanded size of the tensor ({given}) isn't allowed in a leading, non-existing dimension "
                    f"{place}"
                )
            continue
        present = self.shape[place - extra]
        if given == -1:
            wanted[place] = present
        elif given < 0 or present not in (1, given):
            raise RuntimeError(
                f"The expanded size of the tensor ({given}) must match the existing size ({present}) at non-singleton "
                f"dimension {place}.  Target sizes: {list(size)}.  Tensor sizes: {list(self.shape)}"
            )
    if self.flags.c_contiguous and self.size:
        # What np.broadcast_to gives, at a tenth of its price.
        strides = [s if w == n else 0 for n, w, s in zip(self.shape, wanted[extra:], self.strides, strict=True)]
        return np.ndarray(wanted, self.dtype, self, 0, [*[0] * extra, *strides])
    expanded = np.broadcast_to(self, wanted)
    # NumPy's is read-only, always. Whether an expanded tensor may be written is for the in-place operation to say.
    if self.flags.writeable:
        expanded.flags.writeable = True
    return expanded


def expand_as(self: Any, other: Any) -> Any:
    """`expand` to the shape of `other`."""
    return expand(self, tuple(other.shape))


def broadcast_to(input: Any, *size: Any, **kwargs: Any) -> Any:
    """The tensor expanded to `size`.

    >>> import chainrule as torch
    >>> torch.broadcast_to(torch.tensor([1, 2]), (2, 2))
    tensor([[1, 2],
            [1, 2]])
    """
    return expand(input, sizes((*size, *kwargs.values()), "broadcast_to", "size"))


def broadcast_shapes(*shapes: Any) -> Any:
    """The shape that tensors of these shapes broadcast to.

    >>> import chainrule as torch
    >>> torch.broadcast_shapes((2, 1), (3,))
    chainrule.Size([2, 3])
    """
    result: list[int] = []
    for given in shapes:
        shape = (given,) if isinstance(given, int) else tuple(given)
        result = [1] * (len(shape) - len(result)) + result
        for back in range(1, len(shape) + 1):
            if shape[-back] < 0:
                raise RuntimeError(
                    f"Trying to create tensor with negative dimension ({shape[-back]}): ({shape[-back]})"
                )
            if shape[-back] not in (1, result[-back]):
                if result[-back] != 1:
                    raise RuntimeError("Shape mismatch: objects cannot be broadcast to a single shape")
                result[-back] = shape[-back]
    return Size(result)


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """The tensors expanded to the one shape that they broadcast to.

    >>> import chainrule as torch
    >>> a, b = torch.broadcast_tensors(torch.zeros(2, 1), torch.zeros(3))
    >>> a.shape == b.shape == (2, 3)
    True
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    shape: tuple[int, ...] = ()
    for tensor in tensors:
        shape = _broadcast(shape, tuple(tensor.shape))
    return tuple(t if tuple(t.shape) == shape else expand(t, shape) for t in tensors)


def _broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    rank = max(len(a), len(b))
    a, b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    for d in reversed(range(rank)):
        if a[d] != b[d] and 1 not in (a[d], b[d]):
            raise RuntimeError(
                f"The size of tensor a ({a[d]}) must match the size of tensor b ({b[d]}) at non-singleton dimension {d}"
            )
    return tuple(y if x == 1 else x for x, y in zip(a, b, strict=True))


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Any, ...]:
    """Coordinates of a grid: the i-th result varies along the i-th dimension as the i-th tensor does.

    `indexing="xy"` exchanges the first two dimensions; the default is `"ij"`.

    >>> import chainrule as torch
    >>> x, y = torch.meshgrid(torch.tensor([1, 2]), torch.tensor([3, 4]), indexing="ij")
    >>> x
    tensor([[1, 1],
            [2, 2]])
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    for tensor in tensors:
        if len(tensor.shape) > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {tensor}")
        if tensor.dtype != tensors[0].dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    swap = indexing == "xy" and len(tensors) > 1
    ordered = (tensors[1], tensors[0], *tensors[2:]) if swap else tensors
    shape = tuple(math.prod(t.shape) for t in ordered)
    grids = [expand(view(t, (-1,) + (1,) * (len(shape) - i - 1)), shape) for i, t in enumerate(ordered)]
    return (grids[1], grids[0], *grids[2:]) if swap else tuple(grids)


# ---- at least so many dimensions ----


def _of_one_or_several(function: Callable[[Any], Any], tensors: tuple[Any, ...]) -> Any:
    if len(tensors) == 1 and not isinstance(tensors[0], (tuple, list)):
        return function(tensors[0])
    return tuple(function(t) for t in (tensors[0] if len(tensors) == 1 else tensors))


def atleast_1d(*tensors: Any) -> Any:
    """The tensor with at least one dimension; of several tensors, or a list of them, a tuple.

    >>> import chainrule as torch
    >>> torch.atleast_1d(torch.tensor(3))
    tensor([3])
    """
    return _of_one_or_several(lambda t: t if len(t.shape) else view(t, 1), tensors)


def atleast_2d(*tensors: Any) -> Any:
    """The tensor with at least two dimensions, new ones in front; of several tensors, or a list of them, a tuple.

    >>> import chainrule as torch
    >>> torch.atleast_2d(torch.tensor([1, 2]))
    tensor([[1, 2]])
    """

    def grown(tensor: Any) -> Any:
        rank = len(tensor.shape)
        return tensor if rank > 1 else unsqueeze(tensor, 0) if rank else view(tensor, 1, 1)

    return _of_one_or_several(grown, tensors)


def atleast_3d(*tensors: Any) -> Any:
    """The tensor with at least three dimensions; of several tensors, or a list of them, a tuple.

    >>> import chainrule as torch
    >>> torch.atleast_3d(torch.tensor([1, 2])).shape
    chainrule.Size([1, 2, 1])
    """

    def grown(tensor: Any) -> Any:
        rank = len(tensor.shape)
        if rank == 0:
            return view(tensor, 1, 1, 1)
        if rank == 1:
            tensor = unsqueeze(tensor, 0)
        return unsqueeze(tensor, -1) if rank < 3 else tensor

    return _of_one_or_several(grown, tensors)


# ---- with a copy ----


def _repeat_backward(grad: Any, self_shape: tuple[int, ...], repeats: tuple[int, ...]) -> Any:
    # Each repeated dimension taken apart as (repetition, place): the repetitions are summed.
    shape = (1,) * (len(repeats) - len(self_shape)) + tuple(self_shape)
    pairs = tuple(size for pair in zip(repeats, shape, strict=True) for size in pair)
    return grad.reshape(pairs).sum(axis=tuple(range(0, len(pairs), 2))).reshape(tuple(self_shape))


@op(
    kind=LINEAR, conjugate=False, spaces="Tensor", adapt=taking_sizes("repeats"),
    self=lambda grad, self_shape, repeats: _repeat_backward(grad, self_shape, repeats) if repeats else grad,
    batching=batches.repeated,
)  # fmt: skip
def repeat(self: Any, repeats: tuple[int, ...]) -> Any:
    """The tensor repeated along each dimension; more repeats than dimensions make new ones in front."""
    if len(repeats) < self.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    if min(repeats, default=0) < 0:
        sizes_asked = [r * s for r, s in zip(repeats, (1,) * (len(repeats) - self.ndim) + self.shape, strict=True)]
        negative = next(size for size in sizes_asked if size < 0)
        raise RuntimeError(f"Trying to create tensor with negative dimension {negative}: {sizes_asked}")
    return np.tile(self, repeats)


def tile(input: Any, *dims: Any, **kwargs: Any) -> Any:
    """The tensor repeated along its last dimensions, as NumPy's `tile` does.

    >>> import chainrule as torch
    >>> torch.tile(torch.tensor([1, 2]), (2,))
    tensor([1, 2, 1, 2])
    """
    repeats = sizes((*dims, *kwargs.values()), "tile", "dims")
    return repeat(input, (1,) * (len(input.shape) - len(repeats)) + repeats)
