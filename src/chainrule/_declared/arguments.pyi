# Made by `make stubs` (tests/make_stubs.py).

"""The types of arguments."""

from collections.abc import Sequence
from types import EllipsisType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.devices import device
from chainrule.tensor import Tensor

# A number of Python's or NumPy's. (To a type checker an int is a float, and a float is complex.)
Number: TypeAlias = complex | np.number[Any] | np.bool
# What may stand beside a tensor at an operator.
Operand: TypeAlias = Tensor | Number | NDArray[Any]
# One dimension, or several.
Dims: TypeAlias = int | Sequence[int]
Device: TypeAlias = device | str | int
OneIndex: TypeAlias = int | slice | EllipsisType | Tensor | NDArray[Any] | list[Any] | np.integer[Any] | None
# What may stand between the brackets of `x[...]`.
Index: TypeAlias = OneIndex | tuple[OneIndex, ...]
