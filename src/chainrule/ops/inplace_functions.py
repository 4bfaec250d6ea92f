"""Functions that change their first argument, and are in-place twins or methods elsewhere: `clamp_`, `fill_`, ..."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.op import LINEAR, TABLE, op
from chainrule.engine.tensor_base import TensorBase
from chainrule.kernels.selection import nothing_of

__all__ = ["detach", "detach_"]


@op(
    name="filled", kind=LINEAR, spaces="torch:fill", self=lambda grad: nothing_of(grad), value=lambda grad: grad.sum(),
    node_name=lambda self, value: "FillBackward1" if hasattr(value, "shape") else "FillBackward0",
    batching=batches.filled,
)  # fmt: skip
def filled(self: Any, value: Any) -> Any:
    """A tensor of the shape and type of `input` with `value`, a number or a tensor without dimensions, everywhere.

    >>> torch.fill(torch.zeros(2), 3)
    tensor([3., 3.])
    """
    if not isinstance(value, (int, float, complex, np.ndarray, np.generic)):
        raise TypeError(f"fill(): argument 'value' (position 2) must be Number, not {type(value).__name__}")
    return TABLE["fill"].forward(self, value)


def detach(input: Any) -> Any:
    """The same values without history; changes are seen on both sides, and counted.

    >>> torch.detach(torch.ones(2, requires_grad=True)).requires_grad
    False
    """
    return _required("detach", input).detach()


def detach_(input: Any) -> Any:
    """Take the tensor out of the graph: it becomes a leaf that does not require grad.

    >>> x = torch.ones(2, requires_grad=True) * 2
    >>> torch.detach_(x).requires_grad
    False
    """
    return _required("detach_", input).detach_()


def _required(name: str, input: Any) -> Any:
    if not isinstance(input, TensorBase):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    return input


def _method(name: str) -> Callable[..., Any]:
    def function(input: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(_required(name, input), name)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`Tensor.{name}`, as a function."
    return function


_METHODS = (
    "addmv_", "clamp_", "clamp_max_", "clamp_min_", "clip_", "fill_", "gcd_", "lcm_", "ldexp_", "resize_as_",
    "zero_",
)  # fmt: skip
ELSEWHERE = {"torch": {name: _method(name) for name in _METHODS}}
