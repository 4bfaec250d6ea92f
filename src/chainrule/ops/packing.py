"""Rows of sequences taken out of a padded batch, and put into one: two rows, each the other's derivative.

`indices` says for each row where it is in the first two dimensions of the batch; no two rows are at the same place.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.op import LINEAR, op
from chainrule.kernels.zero_times_infinity import left_aside

Indices = tuple[Any, Any]


def _pack_backward(grad: Any, self_shape: tuple[int, ...], indices: Indices) -> Any:
    return pad_rows(grad, self_shape, indices)


@op(
    name="_pack_padded_sequence", kind=LINEAR, conjugate=False, selects=True, spaces="", self=_pack_backward,
    node_name="PackPaddedSequenceBackward0", batching=batches.picked,
)  # fmt: skip
def pack_rows(self: Any, indices: Indices) -> Any:
    """The rows of a padded batch that are no padding, one after another."""
    left_aside(self)
    return self[indices]


@op(
    name="_pad_packed_sequence", kind=LINEAR, conjugate=False, spaces="",
    self=lambda grad, indices: pack_rows(grad, indices),
    node_name="CopySlices", batching=batches.put_back,
)  # fmt: skip
def pad_rows(self: Any, shape: tuple[int, ...], indices: Indices) -> Any:
    """A batch of the shape with these rows in it; zeros are the padding."""
    padded = np.zeros(shape, self.dtype)
    padded[indices] = self
    return padded
