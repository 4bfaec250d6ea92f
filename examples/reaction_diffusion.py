"""Integrate the Brusselator, a stiff reaction with diffusion, with SciPy's BDF method and a sparse Jacobian.

SciPy needs the Jacobian of the right-hand side for its implicit steps. Without one it takes differences, a call of the
function for each of the unknowns, and factorizes a full matrix; a sparse one costs a few backward passes and a sparse
factorization.
"""

import argparse
import time

import numpy as np
from scipy.integrate import solve_ivp

from chainrule.scipy import jacobian

DIFFUSION = 1 / 50


def brusselator(t: float, y: np.ndarray) -> np.ndarray:
    """The rates of change of both substances at all inner points; at the ends they are 1 and 3."""
    u, v = np.split(y, 2)
    return np.concatenate([1 + u**2 * v - 4 * u + spread(u, 1.0), 3 * u - u**2 * v + spread(v, 3.0)])


def spread(u: np.ndarray, end: float) -> np.ndarray:
    """The change by diffusion."""
    ends = np.full(1, end)
    left, right = np.concatenate([ends, u[:-1]]), np.concatenate([u[1:], ends])
    return DIFFUSION * (len(u) + 1) ** 2 * (left - 2 * u + right)


def main() -> None:
    """Integrate with the sparse Jacobian, and without."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=400)
    args = parser.parse_args()

    x = np.linspace(0, 1, args.points + 2)[1:-1]
    y0 = np.concatenate([1 + np.sin(2 * np.pi * x), np.full(args.points, 3.0)])
    ends = []
    for name, how in {
        "sparse": {"jac": jacobian(brusselator, argnum=1, form="sparse")},
        "differences": {},
    }.items():
        start = time.perf_counter()
        result = solve_ivp(brusselator, (0, 10), y0, method="BDF", rtol=1e-6, atol=1e-8, **how)
        seconds = time.perf_counter() - start
        if not result.success:
            raise SystemExit(result.message)
        print(f"{name:12} {seconds:6.2f} s, {result.nfev} calls of the function, {result.njev} Jacobians")
        ends.append(result.y[:, -1])
    print(f"difference at the end: {np.abs(ends[0] - ends[1]).max():.1e}")


if __name__ == "__main__":
    main()
