"""Older names of what is in `chainrule.amp`, for CUDA: both are off, since there is none."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from chainrule import amp
from chainrule.dtypes import float16
from chainrule.names import public_name

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]


def _deprecated(old: str, new: str) -> None:
    name = public_name()
    message = f"`{name}.cuda.amp.{old}` is deprecated. Please use `{name}.amp.{new}` instead."
    warnings.warn(message, FutureWarning, stacklevel=3)


class autocast(amp.autocast):
    """`torch.amp.autocast("cuda", ...)` under an older name: off, with a warning, since there is no CUDA device."""

    def __init__(self, enabled: bool = True, dtype: Any = float16, cache_enabled: bool = True) -> None:
        _deprecated("autocast(args...)", "autocast('cuda', args...)")
        super().__init__("cuda", enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)


class GradScaler(amp.GradScaler):
    """`torch.amp.GradScaler("cuda", ...)` under an older name: off, with a warning, since there is no CUDA device."""

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        _deprecated("GradScaler(args...)", "GradScaler('cuda', args...)")
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)


def custom_fwd(fwd: Callable[..., Any] | None = None, *, cast_inputs: Any = None) -> Any:
    """`torch.amp.custom_fwd` for CUDA, under an older name."""
    _deprecated("custom_fwd(args...)", "custom_fwd(args..., device_type='cuda')")
    return functools.partial(amp.custom_fwd, device_type="cuda")(fwd, cast_inputs=cast_inputs)


def custom_bwd(bwd: Callable[..., Any]) -> Any:
    """`torch.amp.custom_bwd` for CUDA, under an older name."""
    _deprecated("custom_bwd(args...)", "custom_bwd(args..., device_type='cuda')")
    return amp.custom_bwd(bwd, device_type="cuda")
