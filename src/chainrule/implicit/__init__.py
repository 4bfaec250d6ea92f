"""Solutions of equations with their derivatives: SciPy solves, and the implicit function theorem differentiates."""

from chainrule.implicit.failures import SolverError
from chainrule.implicit.initial_values import OdeResult, solve_ivp
from chainrule.implicit.linear_equations import solve
from chainrule.implicit.minima import argmin
from chainrule.implicit.roots import fixed_point, root

__all__ = ["OdeResult", "SolverError", "argmin", "fixed_point", "root", "solve", "solve_ivp"]
