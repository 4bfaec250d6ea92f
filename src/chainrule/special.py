"""Special functions: those of `torch.special`, and those of `scipy.special` under SciPy's names, differentiated."""

from chainrule.namespaces import functions_in as _functions_in

globals().update(_functions_in("special"))

__all__ = sorted(_functions_in("special"))  # noqa: PLE0605 (the names are the table's)
