"""Inference mode: nothing is recorded, and the tensors made in it are marked, since nothing that records may use them.

The mark is in the first byte of a tensor's version counter (see versions.py), which recording looks at anyway whenever
it saves a tensor.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

inference_mode_is_on: Final[ContextVar[bool]] = ContextVar("inference_mode", default=False)
is_inference_mode_enabled: Final[Callable[[], bool]] = inference_mode_is_on.get

SAVED = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
    "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in "
    "autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
)
CHANGED_OUTSIDE = (
    "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal "
    "tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
)
REQUIRED_OUTSIDE = "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed."
NOT_COUNTED = "Inference tensors do not track version counter."
