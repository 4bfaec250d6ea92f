"""What does not belong to tensors or networks: hooks and their handles, checkpoints, DLPack, trees of containers."""

from importlib import import_module
from types import ModuleType

from chainrule.utils import checkpoint, dlpack, hooks

__all__ = ["checkpoint", "dlpack", "hooks"]


def __getattr__(name: str) -> ModuleType:
    # It stands on `chainrule.func`, which stands on what is imported before this module is done.
    if name == "_pytree":
        return import_module("chainrule.utils._pytree")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
