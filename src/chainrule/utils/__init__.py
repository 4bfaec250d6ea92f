"""What does not belong to tensors or networks: hooks and handles, checkpoints, data, DLPack, trees of containers."""

from importlib import import_module
from types import ModuleType

from chainrule.utils import checkpoint, dlpack, hooks

__all__ = ["checkpoint", "dlpack", "hooks"]


def __getattr__(name: str) -> ModuleType:
    # They stand on what stands on what is imported before this module is done.
    if name in {"_pytree", "data"}:
        return import_module(f"chainrule.utils.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
