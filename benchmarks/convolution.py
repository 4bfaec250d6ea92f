"""Ways to compute a convolution and its gradients, beside each other, over a table of sizes.

For each size three lines: the convolution, the gradient for its input, the gradient for its weight; in microseconds of
the one thread's own time, so that a busy machine disturbs little; minima over rounds. `chosen` is what the kernel does
by its own rule; the others force one way, and a dash says that it is not one for this size. The rule in
chainrule/kernels/convolution.py is read off this table.

    python benchmarks/convolution.py
    python benchmarks/convolution.py lenet-1 lenet-2 --seconds 1

OpenBLAS chooses its instructions when it is loaded; with OPENBLAS_CORETYPE set in the environment it may know fewer
than the processor has, and all products take longer.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import importlib.util
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from chainrule.kernels import convolution as kernels
from chainrule.kernels import long_convolution, threads
from chainrule.kernels.convolution import Geometry

# The input, the weight, padding, stride, groups.
SIZES: dict[str, tuple[tuple[int, ...], tuple[int, ...], int, int, int]] = {
    "lenet-1": ((64, 1, 28, 28), (6, 1, 5, 5), 2, 1, 1),
    "lenet-2": ((64, 6, 14, 14), (16, 6, 5, 5), 0, 1, 1),
    "lenet-1, one image": ((1, 1, 28, 28), (6, 1, 5, 5), 2, 1, 1),
    "3x3 at 56": ((8, 64, 56, 56), (64, 64, 3, 3), 1, 1, 1),
    "3x3 at 28, one image": ((1, 64, 28, 28), (64, 64, 3, 3), 1, 1, 1),
    "3x3 at 14": ((16, 64, 14, 14), (64, 64, 3, 3), 1, 1, 1),
    "3x3 at 32, 3 to 32": ((32, 3, 32, 32), (32, 3, 3, 3), 1, 1, 1),
    "1x1 at 28": ((16, 64, 28, 28), (64, 64, 1, 1), 0, 1, 1),
    "each channel alone": ((16, 64, 28, 28), (64, 1, 3, 3), 1, 1, 64),
    "7x7, stride 2": ((4, 3, 112, 112), (64, 3, 7, 7), 3, 2, 1),
    "31 taps": ((16, 16, 1000), (16, 16, 31), 15, 1, 1),
    "100 taps": ((8, 16, 2000), (16, 16, 100), 0, 1, 1),
    "200 taps": ((8, 16, 2000), (16, 16, 200), 0, 1, 1),
    "100 taps, one channel": ((8, 1, 2000), (4, 1, 100), 0, 1, 1),
    "1000 taps, one channel": ((8, 1, 8000), (4, 1, 1000), 0, 1, 1),
    "3x3x3": ((4, 8, 16, 16, 16), (16, 8, 3, 3, 3), 1, 1, 1),
}
NEVER, ALWAYS = 1 << 40, 0
PRODUCTS = {"LONG_KERNEL": NEVER, "LONG_KERNEL_OF_MANY": NEVER}
# What is set in the kernel's modules to have it go one way.
WAYS: dict[str, dict[str, int]] = {
    "chosen": {},
    "shared lines": {"LONG_LINE": 1, "SHORTEST_LINE": 1, **PRODUCTS},
    "own columns": {"LONG_LINE": NEVER, **PRODUCTS},
    "batch first": {"LONG_RUN": ALWAYS, **PRODUCTS},
    "batch last": {"LONG_RUN": 1 << 12, **PRODUCTS},
    "large products": {"SMALL_PRODUCT": 1, **PRODUCTS},
    "folded": {"COST_OF_ADDING": -NEVER, "COST_OF_A_CALL": 0, **PRODUCTS},
    "convolved": {"COST_OF_ADDING": NEVER, **PRODUCTS},
    "transforms": {"LONG_KERNEL": ALWAYS, "LONG_KERNEL_OF_MANY": ALWAYS},
}
OPERATIONS = ("convolution", "for the input", "for the weight")


@contextmanager
def forced(settings: dict[str, int]) -> Iterator[None]:
    """A block in which the kernel's limits are these."""
    before = {}
    for name, value in settings.items():
        module: Any = kernels if hasattr(kernels, name) else long_convolution
        before[name] = (module, getattr(module, name))
        setattr(module, name, value)
    try:
        yield
    finally:
        for name, (module, value) in before.items():
            setattr(module, name, value)


def applies(way: str, operation: str, shape: tuple[int, ...], stride: int) -> bool:
    """Whether it is a way for this operation, and another than the rest."""
    if way == "transforms":
        return len(shape) == 3 and stride == 1
    if way in {"folded", "convolved"}:
        return operation == "for the input" and stride == 1
    return any(n != 1 for n in shape[2:])


def calls(name: str) -> dict[str, Callable[[], Any]]:
    """The three operations on arrays of this size."""
    shape, weight_shape, padding, stride, groups = SIZES[name]
    rank = len(shape) - 2
    rng = np.random.default_rng(0)
    x, weight = (rng.standard_normal(s, np.float32) for s in (shape, weight_shape))
    geometry = Geometry(weight_shape[2:], (stride,) * rank, (padding,) * rank, (1,) * rank, groups)
    grad = kernels.convolve(x, weight, geometry)
    functions = (
        lambda: kernels.convolve(x, weight, geometry),
        lambda: kernels.input_gradient(grad, weight, geometry, shape[2:]),
        lambda: kernels.weight_gradient(grad, x, geometry),
    )
    return dict(zip(OPERATIONS, functions, strict=True))


def torch_calls(name: str) -> dict[str, Callable[[], Any]]:
    """The same by PyTorch, where it is installed."""
    if not importlib.util.find_spec("torch"):
        return {}
    import torch

    torch.set_num_threads(1)
    shape, weight_shape, padding, stride, groups = SIZES[name]
    rank = len(shape) - 2
    x, weight = torch.randn(shape), torch.randn(weight_shape)
    geometry = ([stride] * rank, [padding] * rank, [1] * rank, False, [0] * rank, groups)
    grad = torch.randn(torch.convolution(x, weight, None, *geometry).shape)

    def backward(*mask: bool) -> Any:
        return torch.ops.aten.convolution_backward(grad, x, weight, None, *geometry, list(mask))

    functions = (
        lambda: torch.convolution(x, weight, None, *geometry),
        lambda: backward(True, False, False),
        lambda: backward(False, True, False),
    )
    return dict(zip(OPERATIONS, functions, strict=True))


def minima(functions: dict[str, Callable[[], Any]], seconds: float) -> dict[str, float]:
    """The quickest run of each, in microseconds; they are run in turn."""
    best = dict.fromkeys(functions, float("inf"))
    end = time.perf_counter() + seconds
    rounds = 0
    while time.perf_counter() < end or rounds < 2:
        for name, function in functions.items():
            start = time.thread_time()
            function()
            best[name] = min(best[name], (time.thread_time() - start) * 1e6)
        rounds += 1
    return best


def within(settings: dict[str, int], function: Callable[[], Any]) -> Callable[[], Any]:
    """The function, run while the kernel's limits are these."""

    def run() -> Any:
        with forced(settings):
            return function()

    return run


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", metavar="size", help=f"which (default: all): {', '.join(SIZES)}")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each line (default: 1)")
    args = parser.parse_args()
    threads.set_count(1)
    print(f"{'':24}{'':16}" + "".join(f"{way:>15}" for way in (*WAYS, "torch")))
    for name in args.sizes or SIZES:
        _, weight_shape, _, stride, _ = SIZES[name]
        theirs = torch_calls(name)
        for operation, function in calls(name).items():
            ways = {
                way: within(settings, function)
                for way, settings in WAYS.items()
                if way == "chosen" or applies(way, operation, weight_shape, stride)
            }
            if operation in theirs:
                ways["torch"] = theirs[operation]
            times = minima(ways, args.seconds)
            shown = [f"{times[way]:15.0f}" if way in times else f"{'-':>15}" for way in (*WAYS, "torch")]
            print(f"{name if operation == OPERATIONS[0] else '':24}{operation:16}" + "".join(shown), flush=True)


if __name__ == "__main__":
    main()
