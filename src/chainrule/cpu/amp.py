"""Older names of what is in `chainrule.amp`, for the CPU."""

from __future__ import annotations

import warnings
from typing import Any

from chainrule import amp
from chainrule.dtypes import bfloat16
from chainrule.names import public_name

__all__ = ["GradScaler", "autocast"]


def _deprecated(what: str) -> None:
    name = public_name()
    message = f"`{name}.cpu.amp.{what}(args...)` is deprecated. Please use `{name}.amp.{what}('cpu', args...)` instead."
    warnings.warn(message, FutureWarning, stacklevel=3)


class autocast(amp.autocast):
    """`torch.amp.autocast("cpu", ...)` under an older name."""

    def __init__(self, enabled: bool = True, dtype: Any = bfloat16, cache_enabled: bool = True) -> None:
        _deprecated("autocast")
        super().__init__("cpu", enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)


class GradScaler(amp.GradScaler):
    """`torch.amp.GradScaler("cpu", ...)` under an older name."""

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        _deprecated("GradScaler")
        super().__init__("cpu", init_scale, growth_factor, backoff_factor, growth_interval, enabled)
