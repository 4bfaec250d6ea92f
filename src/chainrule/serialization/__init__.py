"""Checkpoints in PyTorch's own format: `save`, `load`, and which classes a file may name."""

from chainrule.serialization.allowed import (
    add_safe_globals,
    clear_safe_globals,
    get_safe_globals,
    get_unsafe_globals_in_checkpoint,
    safe_globals,
)
from chainrule.serialization.reading import load
from chainrule.serialization.writing import save

__all__ = [
    "add_safe_globals",
    "clear_safe_globals",
    "get_safe_globals",
    "get_unsafe_globals_in_checkpoint",
    "load",
    "safe_globals",
    "save",
]
