"""Minimize Rosenbrock's function in a thousand dimensions with SciPy, each method with the derivatives that it uses.

The function is plain NumPy. Its Hessian is tridiagonal, which is found from the graph: the dense matrix that
`trust-exact` wants takes three backward passes, not a thousand.
"""

import time

import numpy as np
from scipy.optimize import minimize

from chainrule.scipy import derivatives

METHODS = {"trust-exact": {}, "Newton-CG": {"xtol": 1e-8}, "L-BFGS-B": {"ftol": 1e-14, "gtol": 1e-9}}


def rosenbrock(x: np.ndarray) -> float:
    """Least, and zero, where all numbers are one."""
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def main() -> None:
    """Minimize, and say how it went."""
    x0 = np.tile([1.3, 0.7, 0.8, 1.9, 1.2], 200)
    for method, options in METHODS.items():
        start = time.perf_counter()
        result = minimize(rosenbrock, x0, **derivatives(rosenbrock, method=method), options=options)
        seconds = time.perf_counter() - start
        distance = np.abs(result.x - 1).max()
        print(f"{method:12} {result.nit:3} iterations, {seconds:5.2f} s, distance from the minimum {distance:.1e}")


if __name__ == "__main__":
    main()
