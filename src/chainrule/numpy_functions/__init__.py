"""What each function of NumPy is for tensors, by subject: see `numpy_protocols`, which looks them up."""

from chainrule.numpy_functions import (
    calculus,
    choosing,
    complex_domain,
    creation,
    fourier,
    joining,
    linear_algebra,
    order,
    padding,
    polynomials,
    products,
    reductions,
    shapes,
    values,
    writing,
)

__all__ = [
    "calculus", "choosing", "complex_domain", "creation", "fourier", "joining", "linear_algebra", "order", "padding",
    "polynomials", "products", "reductions", "shapes", "values", "writing",
]  # fmt: skip
