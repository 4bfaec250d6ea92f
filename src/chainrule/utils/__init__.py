"""What does not belong to tensors or networks: hooks and their handles, checkpoints."""

from chainrule.utils import checkpoint, hooks

__all__ = ["checkpoint", "hooks"]
