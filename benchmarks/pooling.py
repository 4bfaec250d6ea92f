"""Pooling layers beside PyTorch's: one line for each layer and size, the best of many runs taken in turn.

    python benchmarks/pooling.py                  # both libraries on one thread
    python benchmarks/pooling.py --threads 2
    python benchmarks/pooling.py --only lenet

Ratios are PyTorch's time over chainrule's: above 1 chainrule is faster.
"""

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

LAYERS: list[tuple[str, str, dict[str, Any], tuple[int, ...]]] = [
    ("lenet, first", "max_pool2d", {"kernel_size": 2}, (64, 6, 28, 28)),
    ("lenet, second", "max_pool2d", {"kernel_size": 2}, (64, 16, 10, 10)),
    ("valid lenet, first", "max_pool2d", {"kernel_size": 2}, (64, 6, 24, 24)),
    ("valid lenet, second", "max_pool2d", {"kernel_size": 2}, (64, 16, 8, 8)),
    ("one image", "max_pool2d", {"kernel_size": 2}, (1, 16, 28, 28)),
    ("2 x 2", "max_pool2d", {"kernel_size": 2}, (32, 64, 56, 56)),
    ("3 x 3, stride 2", "max_pool2d", {"kernel_size": 3, "stride": 2, "padding": 1}, (32, 64, 56, 56)),
    ("3 x 3, stride 1", "max_pool2d", {"kernel_size": 3, "stride": 1, "padding": 1}, (8, 64, 28, 28)),
    ("1d", "max_pool1d", {"kernel_size": 2}, (64, 16, 256)),
    ("3d", "max_pool3d", {"kernel_size": 2}, (4, 8, 16, 32, 32)),
    ("lenet, first", "avg_pool2d", {"kernel_size": 2}, (64, 6, 28, 28)),
    ("lenet, second", "avg_pool2d", {"kernel_size": 2}, (64, 16, 10, 10)),
    ("2 x 2", "avg_pool2d", {"kernel_size": 2}, (32, 64, 56, 56)),
    ("3 x 3, stride 2", "avg_pool2d", {"kernel_size": 3, "stride": 2, "padding": 1}, (32, 64, 56, 56)),
    ("global", "adaptive_avg_pool2d", {"output_size": 1}, (32, 512, 7, 7)),
    ("7 x 7 parts", "adaptive_avg_pool2d", {"output_size": 7}, (8, 256, 17, 17)),
    ("global", "adaptive_max_pool2d", {"output_size": 1}, (32, 512, 7, 7)),
    ("7 x 7 parts", "adaptive_max_pool2d", {"output_size": 7}, (8, 256, 17, 17)),
]

Task = tuple[Callable[[], Any], Callable[[Any], Any]]
"""The forward pass, and the backward pass from its result."""


def task(library: Any, layer: str, arguments: dict[str, Any], array: Any) -> Task:
    """What is timed, for one library."""
    x = library.from_numpy(array.copy()).requires_grad_()
    function = getattr(library.nn.functional, layer)

    def forward() -> Any:
        return function(x, **arguments)

    weights = library.ones_like(forward())
    return forward, lambda y: library.autograd.grad(y, x, weights)


def best(tasks: list[Task], seconds: float) -> list[tuple[float, float]]:
    """For each task its best time forward and backward."""
    times = [(float("inf"), float("inf"))] * len(tasks)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for i, (forward, backward) in enumerate(tasks):
            # Several runs in a row: the first finds the caches full of the other library's arrays.
            for _ in range(4):
                start = time.perf_counter()
                y = forward()
                middle = time.perf_counter()
                backward(y)
                stop = time.perf_counter()
                times[i] = (min(times[i][0], middle - start), min(times[i][1], stop - middle))
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long for each line")
    parser.add_argument("--only", default="", help="lines that have this in their name")
    args = parser.parse_args()
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(args.threads)))

    import numpy as np
    import torch

    import chainrule

    torch.set_num_threads(args.threads)
    rng = np.random.default_rng(0)
    print(f"{'':42} {'forward, us':>19}   {'backward, us':>19}    ratio")
    print(f"{'':42} {'PyTorch':>9} {'chainrule':>9}   {'PyTorch':>9} {'chainrule':>9}")
    for name, layer, arguments, shape in LAYERS:
        line = f"{layer} {name}"
        if args.only not in line:
            continue
        array = rng.standard_normal(shape, np.float32)
        theirs, ours = best([task(library, layer, arguments, array) for library in (torch, chainrule)], args.seconds)
        ratio = sum(theirs) / sum(ours)
        print(
            f"{line:42} {theirs[0] * 1e6:9.0f} {ours[0] * 1e6:9.0f}   {theirs[1] * 1e6:9.0f} {ours[1] * 1e6:9.0f} "
            f"{ratio:8.2f}"
        )


if __name__ == "__main__":
    main()
