"""Results whose elements are those of tensors in other places: NumPy says which by rearranging their positions.

`np.repeat(t, 2)` takes from `t` what `np.repeat(positions, 2)` says, so that one differentiable function, a gather,
stands for all that only move, repeat or leave out elements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.numpy_operands import as_tensor, constant, row


def rearranged(arrange: Callable[..., Any], *data: Any) -> Any:
    """What `arrange` makes of these tensors, or a list of them where it gives a list.

    >>> import chainrule as torch
    >>> rearranged(lambda x: np.tile(x, 2), torch.tensor([1.0, 2.0]))
    tensor([1., 2., 1., 2.])
    """
    tensors = [as_tensor(each) for each in data]
    places, begin = [], 0
    for tensor in tensors:
        size = tensor._array.size
        places.append(np.arange(begin, begin + size).reshape(tensor._array.shape))
        begin += size
    flat = [tensor.reshape(-1) for tensor in tensors]
    source = flat[0] if len(flat) == 1 else row("cat")(flat, 0)
    return _taken(source, arrange(*places))


def _taken(source: Any, places: Any) -> Any:
    if isinstance(places, (list, tuple)):
        return type(places)(_taken(source, each) for each in places)
    return row("index_select")(source, 0, constant(places.reshape(-1).astype(np.int64))).reshape(places.shape)


def flat_nested(nested: Any) -> list[Any]:
    """The leaves of nested lists, in order."""
    return [leaf for part in nested for leaf in flat_nested(part)] if isinstance(nested, (list, tuple)) else [nested]


def nested_like(nested: Any, leaves: Sequence[Any]) -> Any:
    """Other leaves in the form of nested lists."""
    left = iter(leaves)

    def build(part: Any) -> Any:
        return type(part)(map(build, part)) if isinstance(part, (list, tuple)) else next(left)

    return build(nested)
