"""Convolution of sequences with time as their first dimension: `conv_tbc`.

The shapes: input (time, batch, channels); weight (taps, channels, results); bias (results,).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.dtypes import scalar_type_name
from chainrule.engine.op import op
from chainrule.ops.padding import constant_pad_nd
from chainrule.ops.refusals import require_kernel


def _padded(sequence: Any, pad: int) -> Any:
    return constant_pad_nd(sequence, (0, 0, 0, 0, pad, pad)) if pad else sequence


def _input_backward(grad: Any, weight: Any, pad: int) -> Any:
    # Each place of the result hands back to the places that it saw: a convolution with the taps in reverse.
    reverse = np.swapaxes(np.flip(weight, 0), 1, 2)
    return conv_tbc(grad, reverse, np.zeros(weight.shape[1], np.float16), weight.shape[0] - 1 - pad)


def _weight_backward(grad: Any, self: Any, weight_shape: tuple[int, ...], pad: int) -> Any:
    seen, count = _padded(self, pad), grad.shape[0]
    taps = [np.tensordot(seen[k : k + count], grad, ([0, 1], [0, 1])) for k in range(weight_shape[0])]
    return np.stack(taps)


def _check(self: Any, weight: Any, bias: Any, pad: Any) -> None:
    if bias is None:
        raise TypeError("conv_tbc(): argument 'bias' (position 3) must be Tensor, not NoneType")
    if isinstance(pad, bool) or not hasattr(pad, "__index__"):
        raise TypeError(f"conv_tbc(): argument 'pad' (position 4) must be int, not {type(pad).__name__}")
    if self.ndim != 3:
        raise RuntimeError("Input must have 3 dims: time, batch, in_channel")
    if weight.ndim != 3:
        raise RuntimeError("Weight tensor must have 3 dims: kernel_width, in_channels, out_channels.")
    if bias.ndim != 1:
        raise RuntimeError("Bias must be 1-D")
    if self.shape[2] != weight.shape[1]:
        raise RuntimeError("Input dim 2 (input channels) is not == dim 1 in the weight tensor")
    if bias.shape[0] != weight.shape[2]:
        raise RuntimeError("Bias size must equal dim 2 in the weight tensor (output channels).")
    if self.dtype != weight.dtype:
        raise RuntimeError(
            "self and mat2 must have the same dtype, but got "
            f"{scalar_type_name(self.dtype)} and {scalar_type_name(weight.dtype)}"
        )


@op(
    spaces="torch nn.functional",
    self=_input_backward, weight=_weight_backward, bias=lambda grad: grad.sum((0, 1)),
)  # fmt: skip
def conv_tbc(self: Any, weight: Any, bias: Any, pad: int = 0) -> Any:
    """A convolution along the first dimension of (time, batch, channels), with `pad` zeros before and after.

    `weight` is (taps, channels, results), `bias` (results,).

    >>> ones = torch.ones(4, 1, 1)
    >>> torch.nn.functional.conv_tbc(ones, ones[:2], torch.zeros(1)).flatten()
    tensor([2., 2., 2.])
    """
    _check(self, weight, bias, pad)
    taps, _, results = weight.shape
    seen = _padded(self, pad)
    count = seen.shape[0] + 1 - taps
    if count < 0:
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {count}: {[count, self.shape[1], results]}"
        )
    require_kernel("addmm_impl_cpu_", "b", self.dtype)
    # Half precision has too few digits for sums.
    wide = np.float32 if self.dtype == np.float16 else self.dtype
    total = np.empty((count, self.shape[1], results), wide)
    total[...] = bias
    for k in range(taps):
        total += seen[k : k + count].astype(wide, copy=False) @ weight[k].astype(wide, copy=False)
    return total.astype(self.dtype, copy=False)
