"""The table: one row per operation, its forward and its derivatives. Rows know arrays, never the machinery.

Importing this package makes the table whole. Functions that only combine rows stand beside them, named in their
module's `__all__`, for the namespace that its `SPACE` says (`torch`); those that are Tensor methods in its `METHODS`.
"""

import chainrule.engine.record  # makes the recording functions of the rows
from chainrule.ops import (
    activations,
    arithmetic,
    comparisons,
    copies,
    creation,
    diagonals,
    elementwise,
    from_data,
    gathering,
    indexing,
    joining,
    losses,
    neural,
    powers,
    random_creation,
    random_fills,
    scattering,
    shapes,
    special,
)

MODULES = (
    activations,
    arithmetic,
    comparisons,
    copies,
    creation,
    diagonals,
    elementwise,
    from_data,
    gathering,
    indexing,
    joining,
    losses,
    neural,
    powers,
    random_creation,
    random_fills,
    scattering,
    shapes,
    special,
)
