"""Linear algebra, as `torch.linalg` has it."""

from chainrule.namespaces import functions_in as _functions_in
from chainrule.ops.matrices import LinAlgError as LinAlgError  # noqa: PLC0414 (that it is public)

globals().update(_functions_in("linalg"))

__all__ = sorted(["LinAlgError", *_functions_in("linalg")])  # noqa: PLE0605 (the names are the table's)
