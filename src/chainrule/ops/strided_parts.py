"""A tensor's memory seen with other strides: for the tensor itself (`as_strided_`), and a part of it replaced."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.inplace import require_writable
from chainrule.engine.op import LINEAR, op
from chainrule.engine.views import become_view
from chainrule.ops.shapes import array_of
from chainrule.ops.strided import as_strided, layouts, moved, storage, strided_view

__all__ = ["as_strided_", "as_strided_scatter", "slice_inverse"]
METHODS = ("as_strided_", "as_strided_scatter", "slice_inverse")


def as_strided_(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """`as_strided` of the tensor itself: it has another shape afterwards, and the same memory.

    >>> torch.as_strided_(torch.arange(4), (3, 2), (1, 1))
    tensor([[0, 1],
            [1, 2],
            [2, 3]])
    """
    require_writable(input, records=input.requires_grad)
    become_view(input, strided_view.op, layouts(input, size, stride, storage_offset), "AsStridedBackward1")  # type: ignore[attr-defined]
    return input


def _beside(grad: Any, wanted: Any, own: Any) -> Any:
    # What was there before counts only where nothing was written over it.
    written = moved(np.ones(wanted[0], np.float32), wanted, own) > 0
    return np.where(written, 0, grad)


@op(
    name="as_strided_scatter", kind=LINEAR, conjugate=False, spaces="",
    self=_beside, src=lambda grad, wanted, own: moved(grad, own, wanted),
)  # fmt: skip
def strided_part_replaced(self: Any, src: Any, wanted: Any, own: Any) -> Any:
    shape = wanted[0]
    if src.shape != tuple(shape):
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, "
            f"slice size = {list(shape)}"
        )
    flat, start = storage(self)
    memory = flat.copy()
    strided_view.op.forward(memory[start:], wanted, own)[...] = src  # type: ignore[attr-defined]
    # The result lies in its memory as the tensor does in its own.
    return np.lib.stride_tricks.as_strided(memory[start:], self.shape, self.strides)


def as_strided_scatter(
    input: Any, src: Any, size: Any, stride: Any, storage_offset: int | None = None, *, out: Any = None
) -> Any:
    """A copy with `src` in place of the elements that `as_strided` would see.

    >>> torch.as_strided_scatter(torch.zeros(2, 2), torch.ones(2), (2,), (3,))
    tensor([[1., 0.],
            [0., 1.]])
    """
    kwargs = {} if out is None else {"out": out}
    return strided_part_replaced(input, src, *layouts(input, size, stride, storage_offset), **kwargs)


def slice_inverse(
    input: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """The tensor of the layout of `src` in the memory of `input`, which is a slice of such a tensor.

    >>> x = torch.arange(4)
    >>> torch.slice_inverse(x[2:], x, 0, 2)
    tensor([0, 1, 2, 3])
    """
    del dim, start, end, step
    array = array_of(src)
    strides = [s // array.itemsize for s in array.strides]
    return as_strided(input, tuple(array.shape), strides, storage(array)[1])
