"""Sparse Jacobians and Hessians beside dense ones, those of PyTorch where it is installed.

The Jacobian is that of a tridiagonal map, the Hessian that of Rosenbrock's function. `first` is a call with a new
function, whose pattern has to be found and coloured; `next` one whose pattern is known, and looked at again. Minima
over rounds in which all take turns, one thread.

    python benchmarks/sparse_jacobians.py
    python benchmarks/sparse_jacobians.py --rounds 3 --sizes 1000
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import platform
import time
from collections.abc import Callable
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np

import chainrule

# Dense matrices are computed up to this size: a larger one takes more than a gigabyte.
LARGEST_DENSE = 3000

Run = Callable[[], Any]


def tridiagonal(x: Any) -> Any:
    """A map of as many numbers as it is given, each of which depends on three neighbours."""
    middle = x[1:-1] ** 2 * x[2:] - x[:-2].sin()
    left = x[:1] * x[1:2]
    right = x[-1:] * x[-2:-1]
    return left, middle, right


def joined(library: ModuleType) -> Callable[[Any], Any]:
    """The tridiagonal map as one tensor."""
    return lambda x: library.cat(tridiagonal(x))


def rosenbrock(x: Any) -> Any:
    """Rosenbrock's function in any number of dimensions."""
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def of_jacobian(library: ModuleType, x: np.ndarray) -> dict[str, Run]:
    """The ways to the Jacobian of the tridiagonal map at `x`."""
    point = library.tensor(x)
    functional = library.autograd.functional
    runs: dict[str, Run] = {}
    if library is chainrule:
        known = chainrule.func.sparse_jacobian(joined(library))
        runs["chainrule, sparse, first"] = lambda: chainrule.func.sparse_jacobian(joined(library))(point)
        runs["chainrule, sparse, next"] = lambda: known(point)
    if x.size <= LARGEST_DENSE:
        f = joined(library)
        name = library.__name__
        runs[f"{name}, dense"] = lambda: functional.jacobian(f, point)
        runs[f"{name}, dense, vectorize=True"] = lambda: functional.jacobian(f, point, vectorize=True)
    return runs


def of_hessian(library: ModuleType, x: np.ndarray) -> dict[str, Run]:
    """The ways to the Hessian of Rosenbrock's function at `x`."""
    point = library.tensor(x)
    functional = library.autograd.functional
    runs: dict[str, Run] = {}
    if library is chainrule:
        known = chainrule.func.sparse_hessian(rosenbrock)
        runs["chainrule, sparse, first"] = lambda: chainrule.func.sparse_hessian(rosenbrock)(point)
        runs["chainrule, sparse, next"] = lambda: known(point)
    if x.size <= LARGEST_DENSE:
        name = library.__name__
        runs[f"{name}, dense"] = lambda: functional.hessian(rosenbrock, point)
        runs[f"{name}, dense, vectorize=True"] = lambda: functional.hessian(rosenbrock, point, vectorize=True)
    return runs


def as_array(matrix: Any) -> np.ndarray:
    """A matrix of any kind, as NumPy has it."""
    return matrix.toarray() if hasattr(matrix, "toarray") else matrix.numpy()


def measured(runs: dict[str, Run], rounds: int) -> dict[str, float]:
    """The least time that each run took, in milliseconds, when they take turns."""
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(rounds):
        for name, run in runs.items():
            number = 1 if best[name] > 0.005 else 5
            start = time.perf_counter()
            for _ in range(number):
                run()
            best[name] = min(best[name], (time.perf_counter() - start) / number)
    return {name: 1e3 * seconds for name, seconds in best.items()}


def table(title: str, ways: Callable[..., dict[str, Run]], passes: int, size: int, rounds: int) -> None:
    """Compute, compare, measure and print one matrix."""
    x = np.linspace(0.5, 1.5, size)
    runs: dict[str, Run] = {}
    for library in LIBRARIES:
        runs |= ways(library, x)
    if size <= LARGEST_DENSE:
        matrices = {name: as_array(run()) for name, run in runs.items()}
        wanted = matrices["chainrule, dense"]
        for name, matrix in matrices.items():
            np.testing.assert_allclose(matrix, wanted, rtol=1e-12, atol=1e-12, err_msg=name)
    print(f"\n{title}, n = {size:,}: {passes} passes")
    times = measured(runs, rounds)
    best = times["chainrule, sparse, next"]
    for name, milliseconds in times.items():
        print(f"  {name:36}{milliseconds:>12,.2f} ms{milliseconds / best:>10,.0f} x")


def passes_for(size: int) -> tuple[int, int]:
    """How many passes the Jacobian and the Hessian take."""
    x = chainrule.tensor(np.linspace(0.5, 1.5, size))
    jacobian = chainrule.func.sparse_jacobian(joined(chainrule))
    hessian = chainrule.func.sparse_hessian(rosenbrock)
    jacobian(x)
    hessian(x)
    return jacobian.passes, hessian.passes


LIBRARIES: list[ModuleType] = [chainrule]


def main() -> None:
    """Measure all sizes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000])
    args = parser.parse_args()
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, chainrule {chainrule.__version__}"
    if find_spec("torch") is None:
        print("PyTorch is not installed: chainrule alone")
    else:
        import torch

        torch.set_num_threads(1)
        LIBRARIES.append(torch)
        versions += f", PyTorch {torch.__version__}"
    print(versions)
    for size in args.sizes:
        of_first, of_second = passes_for(size)
        table("Jacobian of a tridiagonal map", of_jacobian, of_first, size, args.rounds)
        table("Hessian of Rosenbrock's function", of_hessian, of_second, size, args.rounds)


if __name__ == "__main__":
    main()
