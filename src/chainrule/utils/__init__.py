"""What does not belong to tensors or networks: hooks and their handles, checkpoints, DLPack."""

from chainrule.utils import checkpoint, dlpack, hooks

__all__ = ["checkpoint", "dlpack", "hooks"]
