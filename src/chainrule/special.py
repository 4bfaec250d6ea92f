"""Special functions, as `torch.special` has them."""

from chainrule.namespaces import functions_in as _functions_in

globals().update(_functions_in("special"))

__all__ = sorted(_functions_in("special"))  # noqa: PLE0605 (the names are the table's)
