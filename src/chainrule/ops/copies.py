"""Copies of a tensor that the graph knows of: of the same type, and of another."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dtypes import cast_number
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import LINEAR, op
from chainrule.kernels.selection import nothing_of


@op(kind=LINEAR, spaces="torch", self=lambda grad: grad, batching=batches.passed)
def clone(self: Any, memory_format: Any = None) -> Any:
    """A copy with memory of its own; gradients go through."""
    del memory_format
    return self.copy(order="K")


@op(kind=LINEAR, spaces="", node_name="ToCopyBackward0", self=lambda grad: grad, batching=batches.passed)
def to_copy(self: Any, dtype: Any) -> Any:
    """The same values in another type."""
    # Complex numbers lose their imaginary parts as in PyTorch, without NumPy's warning.
    if self.dtype.kind == "c" and dtype.kind not in "cb":
        self = self.real
    return np.array(self, dtype=dtype)


@op(
    kind=LINEAR, spaces="", inplace=True, overwrite=np.copyto, node_name="CopyBackwards",
    self=lambda grad: nothing_of(grad), src=lambda grad: grad,
    batching=batches.elementwise,
)  # fmt: skip
def copy(self: Any, src: Any) -> Any:
    """What `copy_` writes: nothing of the tensor's own values remains."""
    return np.broadcast_to(src, np.broadcast_shapes(self.shape, np.shape(src)))


def _fill(array: Any, value: Any = 0) -> None:
    array.fill(cast_number(value, array.dtype))


@op(
    kind=LINEAR,
    spaces="",
    inplace=True,
    overwrite=_fill,
    node_name="ZeroBackward0",
    self=lambda grad: nothing_of(grad),
    batching=batches.passed,
)
def zero(self: Any) -> Any:
    """Zeros."""
    return np.zeros_like(self)


@op(
    kind=LINEAR, spaces="", inplace=True, overwrite=_fill,
    self=lambda grad: nothing_of(grad), value=lambda grad: grad.sum(),
    node_name=lambda self, value: "FillBackward3" if hasattr(value, "shape") else "FillBackward2",
    batching=batches.filled,
)  # fmt: skip
def fill(self: Any, value: Any) -> Any:
    """`value` everywhere."""
    if np.ndim(value) > 0:
        msg = f"fill_ only supports 0-dimension value tensor but got tensor with {np.ndim(value)} dimensions."
        raise RuntimeError(msg)
    filled = np.empty(self.shape, self.dtype)
    filled[...] = value if isinstance(value, np.ndarray) else cast_number(value, self.dtype)
    return filled
