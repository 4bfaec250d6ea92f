"""Derivatives in the forms that SciPy's solvers take.

    scipy.optimize.minimize(fun, x0, **chainrule.scipy.derivatives(fun, method="trust-exact"))
    scipy.optimize.least_squares(residuals, x0, jac=chainrule.scipy.jacobian(residuals))
    scipy.integrate.solve_ivp(fun, span, y0, method="BDF", jac=chainrule.scipy.jacobian(fun, argnum=1, form="sparse"))
    scipy.integrate.solve_bvp(fun, bc, x, y, **chainrule.scipy.bvp_derivatives(fun, bc))

Functions are written as for SciPy, with NumPy's functions, operators and methods, or with those of this package: SciPy
calls them with arrays, the derivatives with tensors.
"""

from chainrule.scipy.boundary_values import bvp_derivatives
from chainrule.scipy.functions import gradient, hessian, hessian_of_constraints, hessian_product, jacobian
from chainrule.scipy.minimizing import Derivatives, derivatives
from chainrule.scipy.operators import hessian_operator, linear_operator

__all__ = [
    "derivatives",
    "Derivatives",
    "gradient",
    "jacobian",
    "hessian",
    "hessian_product",
    "hessian_of_constraints",
    "linear_operator",
    "hessian_operator",
    "bvp_derivatives",
]
