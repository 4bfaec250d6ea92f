# Made by `make stubs` (tests/make_stubs.py).
"""Linear algebra, as `torch.linalg` has it."""

from chainrule.ops.matrices import LinAlgError as LinAlgError
from chainrule._declared.linalg import *
