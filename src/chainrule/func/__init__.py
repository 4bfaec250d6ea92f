"""Transforms of functions, as `torch.func` has them: derivatives and batches, composed in any order."""

from chainrule.func.mapping import vmap

__all__ = ["vmap"]
