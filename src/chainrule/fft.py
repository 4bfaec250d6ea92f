"""Discrete Fourier transforms, as `torch.fft` has them."""

from chainrule.namespaces import functions_in as _functions_in

globals().update(_functions_in("fft"))

__all__ = sorted(_functions_in("fft"))  # noqa: PLE0605 (the names are the table's)
