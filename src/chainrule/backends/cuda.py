"""How CUDA would compute: settings that can be made, and change nothing.

>>> torch.backends.cuda.matmul.allow_tf32 = True
>>> torch.backends.cuda.is_built()
False
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = [
    "cudnn_sdp_enabled", "enable_cudnn_sdp", "enable_flash_sdp", "enable_math_sdp", "enable_mem_efficient_sdp",
    "flash_sdp_enabled", "is_built", "is_flash_attention_available", "math_sdp_enabled", "matmul",
    "mem_efficient_sdp_enabled", "preferred_blas_library", "preferred_linalg_library", "sdp_kernel",
]  # fmt: skip


class _Products:
    """How matrices are multiplied."""

    __slots__ = (
        "allow_bf16_reduced_precision_reduction",
        "allow_fp16_accumulation",
        "allow_fp16_reduced_precision_reduction",
        "allow_tf32",
        "fp32_precision",
    )

    def __init__(self) -> None:
        self.allow_tf32 = False
        self.allow_fp16_accumulation = False
        self.allow_fp16_reduced_precision_reduction = True
        self.allow_bf16_reduced_precision_reduction = True
        self.fp32_precision = "none"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError("Unknown attribute " + name, name=name)


matmul = _Products()
# The ways of attention that a GPU would choose from.
_attention = {"flash": True, "mem_efficient": True, "math": True, "cudnn": True}
_preferred = {"linalg": "default", "blas": "cublas"}


def is_built() -> bool:
    """Whether support for CUDA was built in: no."""
    return False


def is_flash_attention_available() -> bool:
    """Whether flash attention is there: no.

    >>> torch.backends.cuda.is_flash_attention_available()
    False
    """
    return False


def flash_sdp_enabled() -> bool:
    """Whether flash attention may be chosen.

    >>> torch.backends.cuda.flash_sdp_enabled()
    True
    """
    return _attention["flash"]


def enable_flash_sdp(enabled: bool) -> None:
    """Say so: it is remembered, and changes nothing.

    >>> torch.backends.cuda.enable_flash_sdp(True)
    """
    _attention["flash"] = enabled


def mem_efficient_sdp_enabled() -> bool:
    """Whether memory efficient attention may be chosen.

    >>> torch.backends.cuda.mem_efficient_sdp_enabled()
    True
    """
    return _attention["mem_efficient"]


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Say so: it is remembered, and changes nothing.

    >>> torch.backends.cuda.enable_mem_efficient_sdp(True)
    """
    _attention["mem_efficient"] = enabled


def math_sdp_enabled() -> bool:
    """Whether attention may be computed by its formula.

    >>> torch.backends.cuda.math_sdp_enabled()
    True
    """
    return _attention["math"]


def enable_math_sdp(enabled: bool) -> None:
    """Say so: it is remembered, and changes nothing.

    >>> torch.backends.cuda.enable_math_sdp(True)
    """
    _attention["math"] = enabled


def cudnn_sdp_enabled() -> bool:
    """Whether cuDNN's attention may be chosen.

    >>> torch.backends.cuda.cudnn_sdp_enabled()
    True
    """
    return _attention["cudnn"]


def enable_cudnn_sdp(enabled: bool) -> None:
    """Say so: it is remembered, and changes nothing.

    >>> torch.backends.cuda.enable_cudnn_sdp(True)
    """
    _attention["cudnn"] = enabled


@contextmanager
def sdp_kernel(
    enable_flash: bool = True, enable_math: bool = True, enable_mem_efficient: bool = True, enable_cudnn: bool = True
) -> Iterator[dict[str, bool]]:
    """Choose among the ways of attention inside of `with`: it is remembered, and changes nothing.

    >>> with torch.backends.cuda.sdp_kernel(enable_flash=False):
    ...     torch.backends.cuda.flash_sdp_enabled()
    False
    """
    before = dict(_attention)
    _attention.update(flash=enable_flash, math=enable_math, mem_efficient=enable_mem_efficient, cudnn=enable_cudnn)
    try:
        yield {}
    finally:
        _attention.update(before)


def preferred_linalg_library(backend: str | None = None) -> str:
    """Which library does linear algebra on a GPU: what is said is remembered, and changes nothing.

    >>> torch.backends.cuda.preferred_linalg_library()
    'default'
    """
    _preferred["linalg"] = backend or _preferred["linalg"]
    return _preferred["linalg"]


def preferred_blas_library(backend: str | None = None) -> str:
    """Which library multiplies matrices on a GPU: what is said is remembered, and changes nothing.

    >>> torch.backends.cuda.preferred_blas_library()
    'cublas'
    """
    _preferred["blas"] = backend or _preferred["blas"]
    return _preferred["blas"]
