"""Margins around a tensor: of one value, or of its own elements in another order.

`pad` says how many elements to add before and after, for the last dimension first: `(left, right, top, bottom)`.
A negative number takes elements away.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.dtypes import as_numpy_dtype, cast_number
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import LINEAR, op
from chainrule.kernels.scatter import add_rows

__all__ = ["pad"]
SPACE = "nn.functional"

_MODES = ("reflect", "replicate", "circular")
_SUPPORTED = """Padding size {} is not supported for {}D input tensor.
Supported combinations for non-constant padding:
  - 2D or 3D input: padding size = 2 (pads last dimension)
  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)
  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"""


def _margins(pad: Sequence[int], rank: int) -> list[tuple[int, int]]:
    # Before and after, for each dimension.
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(pad) > 2 * rank:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {rank}"
        )
    given = list(zip(pad[::2], pad[1::2], strict=True))
    return [(0, 0)] * (rank - len(given)) + given[::-1]


# ---- of one value ----


def _without_margins(grad: Any, pad: Sequence[int]) -> Any:
    return constant_pad_nd(grad, tuple(-n for n in pad))


@op(spaces="torch", self=_without_margins, batching=batches.passed)
def constant_pad_nd(self: Any, pad: Sequence[int], value: float = 0) -> Any:
    """Margins of one value around a tensor, see `nn.functional.pad`."""
    margins = list(zip(self.shape, _margins(pad, self.ndim), strict=True))
    if any(size + min(before, 0) + min(after, 0) < 0 for size, (before, after) in margins):
        raise RuntimeError("narrow(): length must be non-negative.")
    kept = self[tuple([slice(max(-before, 0), size - max(-after, 0)) for size, (before, after) in margins])]
    shape = [size + before + after for size, (before, after) in margins]
    if type(value) is int and value == 0:
        padded: Any = np.zeros(shape, self.dtype)
    else:
        padded = np.full(shape, cast_number(value, self.dtype))
    starts = [max(before, 0) for _, (before, _) in margins]
    padded[tuple([slice(start, start + size) for start, size in zip(starts, kept.shape, strict=True)])] = kept
    return padded


# ---- of its own elements ----


def _sources(size: int, before: int, after: int, mode: str) -> Any:
    # For each place of the result along one dimension, the element that stands there.
    places = np.arange(-before, size + after)
    if mode == "circular":
        return places % size
    if mode == "replicate":
        return places.clip(0, size - 1)
    return (size - 1) - np.abs((size - 1) - np.abs(places))


def _each_dimension(shape: Sequence[int], pad: Sequence[int], mode: str) -> list[tuple[int, Any]]:
    # The dimensions that get margins, with the sources along each.
    margins = _margins(pad, len(shape))
    return [(i, _sources(shape[i], *margins[i], mode)) for i in range(len(shape) - len(pad) // 2, len(shape))]


def _node_name(self: Any, pad: Sequence[int], mode: str) -> str:
    if mode == "circular":
        return "CopySlices"
    return f"{'Reflection' if mode == 'reflect' else 'Replication'}Pad{len(pad) // 2}DBackward0"


def _pad_backward(grad: Any, self_shape: Sequence[int], pad: Sequence[int], mode: str) -> Any:
    return pad_backward(grad, self_shape, pad, mode)


@op(
    kind=LINEAR, spaces="", node_name=_node_name,
    self=_pad_backward,
    batching=batches.merged(),
)  # fmt: skip
def pad_with_itself(self: Any, pad: Sequence[int], mode: str) -> Any:
    for dimension, sources in _each_dimension(self.shape, pad, mode):
        self = self.take(sources, dimension)
    return self


@op(
    kind=LINEAR,
    spaces="",
    self=lambda grad, pad, mode: pad_with_itself(grad, pad, mode),
    batching=batches.along(whole=("shape",)),
)
def pad_backward(self: Any, shape: Sequence[int], pad: Sequence[int], mode: str) -> Any:
    # Each element gets the sum of what came to stand for it: most stand for themselves alone.
    margins = _margins(pad, len(shape))
    for dimension, sources in _each_dimension(shape, pad, mode):
        moved = np.moveaxis(self, dimension, 0)
        size, (before, after) = shape[dimension], margins[dimension]
        if before < 0 or after < 0:
            rest = moved.shape[1:]
            total = add_rows(size, sources, moved.reshape((len(sources), math.prod(rest)))).reshape((size, *rest))
        else:
            total = moved[before : before + size].copy()
            for edge in (slice(before), slice(before + size, None)):
                if mode == "replicate":
                    total[0 if edge.start is None else -1] += moved[edge].sum(0)
                else:  # each margin has an element but once
                    total[sources[edge]] += moved[edge]
        self = np.moveaxis(total, 0, dimension)
    return self


def _check_padding(shape: Sequence[int], is_bool: bool, pad: Sequence[int], mode: str) -> None:
    rank, padded = len(shape), len(pad) // 2
    if not 1 <= padded <= 3 or rank not in {padded + 1, padded + 2}:
        raise NotImplementedError(_SUPPORTED.format(len(pad), rank))
    margins = list(zip(shape, _margins(pad, rank), strict=True))
    if mode == "circular":
        if any(max(before, after) > size for size, (before, after) in margins):
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if any(size + before + after < 0 for size, (before, after) in margins):
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
        return
    if 0 in shape[rank - padded - 1 :]:
        raise RuntimeError(
            f"Expected {padded + 1}D or {padded + 2}D (batch mode) tensor with possibly 0 batch size and other "
            f"non-zero dimensions for input, but got: {list(shape)}"
        )
    for dimension in range(rank - 1, rank - padded - 1, -1):
        size, (before, after) = margins[dimension]
        if mode == "reflect" and max(before, after) >= size:
            raise RuntimeError(
                f"Argument #{4 + 2 * (rank - 1 - dimension)}: Padding size should be less than the corresponding input "
                f"dimension, but got: padding ({before}, {after}) at dimension {dimension} of input {list(shape)}"
            )
        if size + before + after < 1:
            name = "WHD"[rank - 1 - dimension]
            raise RuntimeError(
                f"input ({name}: {size}) is too small. Calculated output {name}: {size + before + after}"
            )
    if is_bool:
        kernel = "reflection" if mode == "reflect" else "replication"
        raise NotImplementedError(f"\"{kernel}_pad{padded}d\" not implemented for 'Bool'")


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """Add margins: of `value` (0), or of the input's own elements.

    Args:
        input: of any type.
        pad: how many before and after, for the last dimension, then for the one before it, and so on. Negative numbers
            take elements away.
        mode: `constant` for `value`; `reflect` for a mirror image without the edge, `replicate` for the edge again and
            again, `circular` for the other end. These three take margins for the last 1, 2 or 3 dimensions of an input
            that has 1 or 2 more.
        value: what the margins are filled with.

    >>> torch.nn.functional.pad(torch.tensor([1.0, 2.0]), (1, 2))
    tensor([0., 1., 2., 0., 0.])
    >>> torch.nn.functional.pad(torch.tensor([[1.0, 2.0, 3.0]]), (1, 1), mode="reflect")
    tensor([[2., 1., 2., 3., 2.]])
    """
    if not isinstance(pad, (tuple, list)):
        raise TypeError(f"pad(): argument 'pad' (position 2) must be tuple of ints, not {type(pad).__name__}")
    for position, number in enumerate(pad):
        if not hasattr(number, "__index__"):
            raise TypeError(
                "pad(): argument 'pad' (position 2) must be tuple of ints, "
                f"but found element of type {type(number).__name__} at pos {position}"
            )
    sizes = tuple(operator.index(n) for n in pad)
    shape = tuple(input.shape)
    _margins(sizes, len(shape))
    if mode == "constant":
        return constant_pad_nd(input, sizes, 0 if value is None else float(value))
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in _MODES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    _check_padding(shape, as_numpy_dtype(input.dtype).kind == "b", sizes, mode)
    return pad_with_itself(input, sizes, mode)
