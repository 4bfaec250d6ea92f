"""What it costs to notice that NumPy changed memory which a backward pass needs.

Three tables: ways to notice, beside the operation whose operand is watched; whole steps, forward and backward, over
memory that is shared and memory that is not; and sharing itself. Minima over rounds, one thread.

    python benchmarks/shared_memory.py
    python benchmarks/shared_memory.py --rounds 3
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import hashlib
import platform
import time
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as torch
from chainrule.engine.shared_memory import SharedStamp, are_values_of

SIZES = (3, 1_000, 100_000, 1_000_000, 10_000_000)


def microseconds(function: Callable[[], Any], rounds: int) -> float:
    """The quickest of several runs, each long enough to be measured."""
    start = time.perf_counter()
    function()
    number = max(1, int(0.002 / (time.perf_counter() - start + 1e-7)))
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(number):
            function()
        best = min(best, (time.perf_counter() - start) / number)
    return best * 1e6


def table(title: str, columns: list[str], rows: dict[str, list[str]]) -> None:
    """Print rows of numbers below their columns."""
    print(f"\n{title}\n  {'':44}" + "".join(f"{column:>13}" for column in columns))
    for name, row in rows.items():
        print(f"  {name:44}" + "".join(f"{entry:>13}" for entry in row))


def ways_to_notice(rounds: int) -> None:
    """Each way does what it does for one operand of one operation: when it is saved, and when it is used."""

    def locked(array: np.ndarray) -> None:
        array.flags.writeable = False
        array.flags.writeable = True

    def twice(fingerprint: Callable[[np.ndarray], Any]) -> Callable[[np.ndarray], bool]:
        return lambda array: fingerprint(array) == fingerprint(array)

    ways: dict[str, Callable[[np.ndarray], Any]] = {
        "array * array, the operation": lambda array: array * array,
        "np.exp(array)": np.exp,
        "lock: writeable = False, then True": locked,
        "keep a copy, compare": lambda array: np.array_equal(array, array.copy()),
        "check: chainrule's": lambda array: are_values_of(array, SharedStamp(0, array, ("", None)).values),
        "check: zlib.crc32": twice(zlib.crc32),
        "check: zlib.adler32": twice(zlib.adler32),
        "check: hash of bytes": twice(lambda array: hash(array.tobytes())),
        "check: hashlib.blake2b": twice(lambda array: hashlib.blake2b(array).digest()),
    }
    arrays = [np.random.default_rng(0).random(size, dtype=np.float32) for size in SIZES]
    rows = {
        name: [f"{microseconds(lambda array=array, way=way: way(array), rounds):,.2f}" for array in arrays]
        for name, way in ways.items()
    }
    table("ways to notice (us, float32)", [f"{size:,}" for size in SIZES], rows)


def step(data: Any, weights: Any, operation: Callable[[Any, Any], Any]) -> Callable[[], None]:
    """A forward and a backward pass; `data` is what the derivative by `weights` needs."""

    def run() -> None:
        weights.grad = None
        operation(data, weights).sum().backward()

    return run


def steps(rounds: int) -> None:
    """The same step over memory that nobody else has, that NumPy has, and that NumPy had."""
    shapes: dict[str, tuple[tuple[int, ...], tuple[int, ...], Callable[[Any, Any], Any]]] = {
        f"x * w, {size:,}": ((size,), (size,), lambda x, w: x * w) for size in SIZES[:4]
    }
    shapes["(32, 100) @ (100, 10)"] = ((32, 100), (100, 10), lambda x, w: x @ w)
    shapes["(256, 784) @ (784, 128)"] = ((256, 784), (784, 128), lambda x, w: x @ w)
    rows: dict[str, list[str]] = {}
    for name, (shape, weight_shape, operation) in shapes.items():
        rng = np.random.default_rng(0)
        array = rng.random(shape, dtype=np.float32)
        weights = torch.tensor(rng.random(weight_shape, dtype=np.float32), requires_grad=True)
        own = step(torch.tensor(array), weights, operation)
        shared = step(torch.from_numpy(array), weights, operation)
        left = step(torch.from_numpy(array.copy()), weights, operation)
        plain = microseconds(own, rounds)
        times = [plain, microseconds(shared, rounds), microseconds(left, rounds)]
        with torch.autograd.graph.set_check_shared_memory(False):
            times.append(microseconds(shared, rounds))
        rows[name] = [f"{times[0]:,.1f}", *(f"{each / plain:.2f} x" for each in times[1:])]
    columns = ["own (us)", "shared", "array gone", "not checked"]
    table("forward and backward (times that of memory of the tensor's own)", columns, rows)


def sharing(rounds: int) -> None:
    """What the calls cost that share memory, the end of the sharing included."""
    times: dict[str, list[str]] = {}
    for size in SIZES[:4]:
        array = np.zeros(size, dtype=np.float32)
        tensor = torch.tensor(array)
        result = torch.ones(size, requires_grad=True).exp()
        rows: dict[str, Callable[[], Any]] = {
            "array.copy()": array.copy,
            "torch.from_numpy(array)": lambda array=array: torch.from_numpy(array),
            "tensor.numpy()": tensor.numpy,
            "result.detach().numpy(), saved by a graph": lambda result=result: result.detach().numpy(),
        }
        for name, call in rows.items():
            times.setdefault(name, []).append(f"{microseconds(call, rounds):,.2f}")
    table("sharing (us, float32)", [f"{size:,}" for size in SIZES[:4]], times)


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="how often each is measured (default: 10)")
    rounds = parser.parse_args().rounds
    print(f"Python {platform.python_version()}, numpy {np.__version__}, zlib {zlib.ZLIB_RUNTIME_VERSION}")
    ways_to_notice(rounds)
    steps(rounds)
    sharing(rounds)


if __name__ == "__main__":
    main()
