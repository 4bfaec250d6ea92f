"""Numbers that tell whether tensors are equal: `hash_tensor`."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.ops.reduced_dimensions import reduced_dims

__all__ = ["hash_tensor"]
METHODS = ("hash_tensor",)


@op(name="hash_tensor", spaces="", self=NOT_DIFFERENTIABLE, batching=batches.along("dim"))
def bits_combined(self: Any, dim: Any, keepdim: bool) -> Any:
    if self.dtype.kind == "c":
        raise NotImplementedError(f"\"xor_sum_cpu\" not implemented for '{scalar_type_name(self.dtype)}'")
    dims = reduced_dims(dim, self.ndim)
    if not self.size and dims is None:
        raise RuntimeError(
            "hash_tensor: Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
            "with the 'dim' argument."
        )
    wide = self.astype(np.float64 if self.dtype.kind == "f" else np.int64)
    combine: Any = np.bitwise_xor.reduce
    return np.asarray(combine(np.ascontiguousarray(wide).view(np.uint64), dims, keepdims=keepdim))


def hash_tensor(input: Any, dim: Any = (), *, keepdim: bool = False, mode: int = 0, out: Any = None) -> Any:
    """The bits of all elements, or of those along `dim`, combined by exclusive or: equal tensors have equal ones.

    Floating-point numbers count as `float64`, integers as `int64`. `mode` is 0, the one way there is.

    >>> torch.hash_tensor(torch.tensor([1, 2, 4]))
    tensor(7, dtype=chainrule.uint64)
    """
    if mode != 0:
        raise RuntimeError(f"Unknown hash_tensor mode: {mode}")
    kwargs = {} if out is None else {"out": out}
    return bits_combined(input, dim, keepdim, **kwargs)
