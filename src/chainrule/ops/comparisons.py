"""Comparisons and logic, element by element. Nothing here has a gradient."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.op import COMMON, ELEMENTWISE, NOT_DIFFERENTIABLE, op
from chainrule.ops.refusals import not_implemented, refuse, require_one_type

__all__ = ["allclose"]
METHODS = ("allclose",)

# ---- comparisons ----

eq = op(
    np.equal, name="eq", promotion=COMMON, inplace=True,
    self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE,
)  # fmt: skip
ne = op(
    np.not_equal, name="ne", promotion=COMMON, inplace=True, aliases="not_equal",
    self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE,
)  # fmt: skip
lt = op(
    np.less, name="lt", kind=ELEMENTWISE, promotion=COMMON, inplace=True, aliases="less",
    check=not_implemented("lt_cpu", "c"),
    self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE,
)  # fmt: skip
le = op(
    np.less_equal, name="le", kind=ELEMENTWISE, promotion=COMMON, inplace=True, aliases="less_equal",
    check=not_implemented("le_cpu", "c"),
    self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE,
)  # fmt: skip
gt = op(
    np.greater, name="gt", kind=ELEMENTWISE, promotion=COMMON, inplace=True, aliases="greater",
    check=not_implemented("gt_cpu", "c"),
    self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE,
)  # fmt: skip
ge = op(
    np.greater_equal, name="ge", kind=ELEMENTWISE, promotion=COMMON, inplace=True, aliases="greater_equal",
    check=not_implemented("ge_cpu", "c"),
    self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE,
)  # fmt: skip
isnan = op(np.isnan, promotion=COMMON, self=NOT_DIFFERENTIABLE)
isinf = op(np.isinf, promotion=COMMON, self=NOT_DIFFERENTIABLE)
isfinite = op(np.isfinite, promotion=COMMON, self=NOT_DIFFERENTIABLE)


@op(promotion=COMMON, self=NOT_DIFFERENTIABLE, batching=batches.elementwise)
def isreal(self: Any) -> Any:
    """Whether an element has no imaginary part."""
    return np.isreal(self)


@op(
    promotion=COMMON,
    self=NOT_DIFFERENTIABLE,
    check=refuse("c", "isposinf does not support complex inputs."),
    batching=batches.elementwise,
)
def isposinf(self: Any) -> Any:
    """Whether an element is positive infinity."""
    return self == math.inf


@op(
    promotion=COMMON,
    self=NOT_DIFFERENTIABLE,
    check=refuse("c", "isneginf does not support complex inputs."),
    batching=batches.elementwise,
)
def isneginf(self: Any) -> Any:
    """Whether an element is negative infinity."""
    return self == -math.inf


@op(
    self=NOT_DIFFERENTIABLE,
    other=NOT_DIFFERENTIABLE,
    promotion=COMMON,
    check=require_one_type("{} did not match {}"),
    batching=batches.elementwise,
)
def isclose(self: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
    """Whether `|self - other| <= atol + rtol * |other|`, element by element."""
    return np.isclose(self, other, rtol=rtol, atol=atol, equal_nan=equal_nan)


def allclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close to those of `other`.

    >>> import chainrule as torch
    >>> torch.allclose(torch.tensor([1.0]), torch.tensor([1.0 + 1e-9]))
    True
    """
    return bool(isclose(input, other, rtol=rtol, atol=atol, equal_nan=equal_nan).all())


# ---- logic ----

logical_and = op(np.logical_and, promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
logical_or = op(np.logical_or, promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
logical_xor = op(np.logical_xor, promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE)
logical_not = op(np.logical_not, promotion=COMMON, inplace=True, self=NOT_DIFFERENTIABLE)


bitwise_and = op(
    np.bitwise_and, kind=ELEMENTWISE, promotion=COMMON, inplace=True, check=not_implemented("bitwise_and_cpu", "fc"),
    self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE,
)  # fmt: skip
bitwise_or = op(
    np.bitwise_or, kind=ELEMENTWISE, promotion=COMMON, inplace=True, check=not_implemented("bitwise_or_cpu", "fc"),
    self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE,
)  # fmt: skip
bitwise_xor = op(
    np.bitwise_xor, kind=ELEMENTWISE, promotion=COMMON, inplace=True, check=not_implemented("bitwise_xor_cpu", "fc"),
    self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE,
)  # fmt: skip
bitwise_not = op(
    np.invert, name="bitwise_not", promotion=COMMON, inplace=True, check=not_implemented("bitwise_not_cpu", "fc"),
    self=NOT_DIFFERENTIABLE,
)  # fmt: skip
bitwise_left_shift = op(
    np.left_shift, name="bitwise_left_shift", kind=ELEMENTWISE, promotion=COMMON, inplace=True,
    check=not_implemented("lshift_cpu", "bfc"), self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE,
)  # fmt: skip
bitwise_right_shift = op(
    np.right_shift, name="bitwise_right_shift", kind=ELEMENTWISE, promotion=COMMON, inplace=True,
    check=not_implemented("rshift_cpu", "bfc"), self=NOT_DIFFERENTIABLE, other=NOT_DIFFERENTIABLE,
)  # fmt: skip
