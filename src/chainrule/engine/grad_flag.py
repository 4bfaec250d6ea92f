"""Whether operations are recorded: a flag per thread and per asyncio task."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

grad_enabled: Final[ContextVar[bool]] = ContextVar("grad_enabled", default=True)
# Called once per operation with an input that requires grad: bound here so that the call is one C function.
is_grad_enabled: Final[Callable[[], bool]] = grad_enabled.get
