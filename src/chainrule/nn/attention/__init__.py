"""Which kernel computes `scaled_dot_product_attention`: here there is one, so whatever is chosen changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

__all__ = ["WARN_FOR_UNFUSED_KERNELS", "SDPBackend", "sdpa_kernel"]

# PyTorch warns, where this is set, of attention that its quicker kernels cannot compute.
WARN_FOR_UNFUSED_KERNELS = False


class SDPBackend(Enum):
    """The kernels that PyTorch knows.

    >>> SDPBackend.MATH
    <SDPBackend.MATH: 0>
    """

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4

    def __int__(self) -> int:
        return self.value


@contextmanager
def sdpa_kernel(backends: list[SDPBackend] | SDPBackend, set_priority: bool = False) -> Iterator[dict[str, object]]:
    """Choose kernels for `scaled_dot_product_attention`: accepted, and without effect, as there is one for all cases.

    Args:
        backends: the kernels that may be used.
        set_priority: whether in this order.

    >>> q = torch.ones(1, 2, 4)
    >>> with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
    ...     torch.nn.functional.scaled_dot_product_attention(q, q, q).shape
    chainrule.Size([1, 2, 4])
    """
    del set_priority
    if not isinstance(backends, list | SDPBackend):
        raise AssertionError(  # noqa: TRY004 (PyTorch's class)
            "Backend must be an instance of SDPBackend or a list of SDPBackend instances, "
            f"got {type(backends).__name__}"
        )
    yield {}
