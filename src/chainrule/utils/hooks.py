"""What hooks need: the handle that registering one returns."""

from chainrule.engine.handles import RemovableHandle

__all__ = ["RemovableHandle"]
