"""How PyTorch cuts the batch of a linear cross entropy into pieces: taken, checked, and not needed here."""

from __future__ import annotations

import dataclasses

from chainrule import dtypes

__all__ = ["LinearCrossEntropyOptions"]

POLICIES = ("auto", "accurate", "balanced", "compact")
ACCUMULATED_IN = (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64)


@dataclasses.dataclass(slots=True, frozen=True)
class LinearCrossEntropyOptions:
    """Options of `linear_cross_entropy`, which change no value: checked as PyTorch checks them, and then ignored.

    Args:
        allow_retain_graph: whether backward may run twice.
        batch_chunk_size: how many rows to take at a time.
        chunking_method: how to find that number: `"auto"`, `"aspect_ratio"`, `"aspect_ratio:2"`, ..., or None.
        acc_policy: which numbers to keep in `acc_dtype`: `"auto"`, `"accurate"`, `"balanced"` or `"compact"`.
        acc_dtype: what to sum up in.

    >>> torch.nn.LinearCrossEntropyOptions(batch_chunk_size=64).chunking_method
    'auto'
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: dtypes.dtype | None = None

    def __post_init__(self) -> None:
        if self.acc_policy not in POLICIES:
            raise ValueError(f"invalid acc_policy: {self.acc_policy!r}")
        if self.chunking_method is not None and self.chunking_method != "auto":
            name, colon, factor = self.chunking_method.partition(":")
            if name != "aspect_ratio" or (colon and not (factor.isdigit() and int(factor) > 0)):
                raise ValueError(f"invalid chunking_method: {self.chunking_method!r}")
        size = self.batch_chunk_size
        if size is not None and not (isinstance(size, int) and size > 0):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {size!r}")
        if self.acc_dtype is not None and self.acc_dtype not in ACCUMULATED_IN:
            raise ValueError(
                "acc_dtype must be one of {None, torch.float16, torch.bfloat16, torch.float32, torch.float64}, got "
                f"{self.acc_dtype!r}. Pass acc_dtype=None to let the op pick automatically."
            )
