"""Solve Bratu's boundary-value problem u'' + exp(u) = 0, u(0) = u(1) = 0, by Newton's method on ten thousand points.

The differences between neighbours are written with NumPy's slices; that the Jacobian is tridiagonal is found from the
graph. Each Newton step takes three backward passes and one sparse solve.
"""

import argparse
import time

import numpy as np
from scipy.optimize import brentq
from scipy.sparse.linalg import spsolve

from chainrule.scipy import jacobian


def residual(u: np.ndarray) -> np.ndarray:
    """How far the values at the inner points are from solving the equation."""
    step = 1 / (len(u) + 1)
    left = np.concatenate([np.zeros(1), u[:-1]])
    right = np.concatenate([u[1:], np.zeros(1)])
    return left - 2 * u + right + step**2 * np.exp(u)


def exact(x: np.ndarray) -> np.ndarray:
    """The solution in closed form: the lower of two."""
    theta = brentq(lambda theta: theta - np.sqrt(2) * np.cosh(theta / 4), 0, 4)
    return -2 * np.log(np.cosh((x - 0.5) * theta / 2) / np.cosh(theta / 4))


def main() -> None:
    """Solve, and compare with what is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=10_000)
    args = parser.parse_args()

    start = time.perf_counter()
    derivative = jacobian(residual, form="sparse")
    u = np.zeros(args.points)
    for iteration in range(1, 20):
        matrix = derivative(u)
        step = spsolve(matrix.tocsc(), -residual(u))
        u += step
        moved = np.abs(step).max()
        print(f"step {iteration}: {matrix.nnz:,} derivatives of {matrix.shape[0] ** 2:,}, moved by {moved:.1e}")
        if moved < 1e-8:
            break
    seconds = time.perf_counter() - start
    x = np.linspace(0, 1, args.points + 2)[1:-1]
    print(f"{seconds:.2f} s, error: {np.abs(u - exact(x)).max():.1e}")


if __name__ == "__main__":
    main()
