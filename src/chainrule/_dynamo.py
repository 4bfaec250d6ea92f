"""PyTorch's compiler from within, for programs that set it up: settings are accepted, and nothing is compiled."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from chainrule.compiler import allow_in_graph, assume_constant_result, disable, is_compiling, list_backends, reset

__all__ = [
    "allow_in_graph", "assume_constant_result", "config", "disable", "is_compiling", "list_backends", "mark_dynamic",
    "mark_static", "maybe_mark_dynamic", "reset",
]  # fmt: skip

config = SimpleNamespace(cache_size_limit=8, suppress_errors=False, verbose=False, recompile_limit=8)
"""Settings, which change nothing; others may be added."""


def mark_dynamic(t: Any, index: Any, **kwargs: Any) -> None:
    """Say that a dimension changes from call to call: nothing is compiled for one size.

    >>> torch._dynamo.mark_dynamic(torch.ones(2), 0)
    """


def maybe_mark_dynamic(t: Any, index: Any) -> None:
    """Say that a dimension may change from call to call."""


def mark_static(t: Any, index: Any = None) -> None:
    """Say that a dimension stays as it is."""
