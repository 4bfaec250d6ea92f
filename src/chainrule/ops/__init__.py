"""The table: one row per operation, its forward and its derivatives. Rows know arrays, never the machinery."""

import chainrule.engine.record  # makes the recording functions of the rows
from chainrule.ops import arithmetic, copies, elementwise

__all__ = ["arithmetic", "copies", "elementwise"]
