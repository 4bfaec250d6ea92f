"""Pictures of what a program built: the backward graph behind a tensor."""

from chainrule.see.picture import graph

__all__ = ["graph"]
