"""Other shapes and places for the same elements, and elements chosen, by the standard's signatures."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.array_api.arguments import Array, promoted
from chainrule.engine.tensor_base import TensorBase

__all__ = [
    "broadcast_arrays", "broadcast_to", "concat", "expand_dims", "flip", "moveaxis", "permute_dims", "repeat",
    "reshape", "roll", "squeeze", "stack", "take", "take_along_axis", "tile", "unstack",
]  # fmt: skip


def broadcast_arrays(*arrays: Array) -> list[Array]:
    """The tensors, all of the shape to which they broadcast.

    >>> import chainrule as torch
    >>> broadcast_arrays(torch.ones(2), torch.ones(3, 1))[0].shape
    chainrule.Size([3, 2])
    """
    return list(np.broadcast_arrays(*arrays))


def broadcast_to(x: Array, /, shape: tuple[int, ...]) -> Array:
    """The tensor as one of another shape, to which it broadcasts.

    >>> import chainrule as torch
    >>> broadcast_to(torch.ones(2), (3, 2)).shape
    chainrule.Size([3, 2])
    """
    return np.broadcast_to(x, shape)


def concat(arrays: Any, /, *, axis: int | None = 0) -> Array:
    """The tensors one after another along an axis; flattened first where it is None.

    >>> import chainrule as torch
    >>> concat([torch.ones(1), torch.zeros(2)])
    tensor([1., 0., 0.])
    """
    return np.concatenate(promoted(*arrays), axis)


def stack(arrays: Any, /, *, axis: int = 0) -> Array:
    """The tensors along a new axis.

    >>> import chainrule as torch
    >>> stack([torch.ones(2), torch.zeros(2)], axis=1).shape
    chainrule.Size([2, 2])
    """
    return np.stack(promoted(*arrays), axis)


def unstack(x: Array, /, *, axis: int = 0) -> tuple[Array, ...]:
    """The parts of a tensor along an axis.

    >>> import chainrule as torch
    >>> unstack(torch.tensor([1.0, 2.0]))
    (tensor(1.), tensor(2.))
    """
    return tuple(np.unstack(x, axis=axis))


def expand_dims(x: Array, /, axis: int | tuple[int, ...]) -> Array:
    """The tensor with new axes of size one.

    >>> import chainrule as torch
    >>> expand_dims(torch.ones(2), 0).shape
    chainrule.Size([1, 2])
    """
    return np.expand_dims(x, axis)


def squeeze(x: Array, /, axis: int | tuple[int, ...]) -> Array:
    """The tensor without these axes; ValueError where one has another size than one.

    >>> import chainrule as torch
    >>> squeeze(torch.ones(1, 2), 0).shape
    chainrule.Size([2])
    """
    return np.squeeze(x, axis)


def flip(x: Array, /, *, axis: int | tuple[int, ...] | None = None) -> Array:
    """The elements in reversed order along the axes, all by default.

    >>> import chainrule as torch
    >>> flip(torch.tensor([1, 2]))
    tensor([2, 1])
    """
    return np.flip(x, axis)


def moveaxis(x: Array, source: int | tuple[int, ...], destination: int | tuple[int, ...], /) -> Array:
    """The tensor with axes in other places.

    >>> import chainrule as torch
    >>> moveaxis(torch.ones(1, 2, 3), 0, -1).shape
    chainrule.Size([2, 3, 1])
    """
    return np.moveaxis(x, source, destination)


def permute_dims(x: Array, /, axes: tuple[int, ...]) -> Array:
    """The tensor with its axes in this order.

    >>> import chainrule as torch
    >>> permute_dims(torch.ones(1, 2), (1, 0)).shape
    chainrule.Size([2, 1])
    """
    return np.permute_dims(x, axes)


def repeat(x: Array, repeats: Any, /, *, axis: int | None = None) -> Array:
    """Each element so many times.

    >>> import chainrule as torch
    >>> repeat(torch.tensor([1, 2]), 2)
    tensor([1, 1, 2, 2])
    """
    if isinstance(repeats, TensorBase):
        repeats = repeats._array.astype(np.int64, casting="same_kind")
    return np.repeat(x, repeats, axis)


def reshape(x: Array, /, shape: tuple[int, ...], *, copy: bool | None = None) -> Array:
    """The elements in another shape; ValueError where `copy` is False and it cannot be a view.

    >>> import chainrule as torch
    >>> reshape(torch.ones(4), (2, -1)).shape
    chainrule.Size([2, 2])
    """
    try:
        return np.reshape(x, shape, copy=copy)
    except RuntimeError as error:
        if copy is False:
            raise ValueError(str(error)) from None
        raise


def roll(x: Array, /, shift: int | tuple[int, ...], *, axis: int | tuple[int, ...] | None = None) -> Array:
    """The elements moved on by `shift`; the last become the first.

    >>> import chainrule as torch
    >>> roll(torch.tensor([1, 2, 3]), 1)
    tensor([3, 1, 2])
    """
    return np.roll(x, shift, axis)


def tile(x: Array, repetitions: tuple[int, ...], /) -> Array:
    """Copies of the tensor side by side.

    >>> import chainrule as torch
    >>> tile(torch.tensor([1, 2]), (2,))
    tensor([1, 2, 1, 2])
    """
    return np.tile(x, repetitions)


def take(x: Array, indices: Array, /, *, axis: int | None = None) -> Array:
    """The elements with these indices along an axis.

    >>> import chainrule as torch
    >>> take(torch.tensor([5, 6, 7]), torch.tensor([2, 0]))
    tensor([7, 5])
    """
    return np.take(x, indices, axis)


def take_along_axis(x: Array, indices: Array, /, *, axis: int = -1) -> Array:
    """The elements with these indices along an axis, other indices in each row.

    >>> import chainrule as torch
    >>> take_along_axis(torch.tensor([[5, 6], [7, 8]]), torch.tensor([[1], [0]]))
    tensor([[6],
            [7]])
    """
    return np.take_along_axis(x, indices, axis)
