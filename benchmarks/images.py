"""Interpolation and grid sampling beside PyTorch's: one line for each, the best of many runs taken in turn.

    python benchmarks/images.py                  # both libraries on one thread
    python benchmarks/images.py --threads 2
    python benchmarks/images.py --only bicubic

Times are those of the forward pass, of the forward and the backward pass, and of both and a second backward pass
through the first. Ratios are PyTorch's time over chainrule's, of each: above 1 chainrule is faster.
"""

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

Shape = tuple[int, ...]

SIZES: list[tuple[str, dict[str, Any], Shape]] = [
    ("bilinear, twice as large", {"scale_factor": 2, "mode": "bilinear"}, (8, 3, 64, 64)),
    ("bilinear, of features", {"scale_factor": 2, "mode": "bilinear", "align_corners": True}, (8, 64, 32, 32)),
    ("bilinear, half as large", {"scale_factor": 0.5, "mode": "bilinear"}, (8, 3, 64, 64)),
    ("bilinear, 512 to 224", {"size": 224, "mode": "bilinear"}, (1, 3, 512, 512)),
    ("bilinear, 512 to 224, smooth", {"size": 224, "mode": "bilinear", "antialias": True}, (1, 3, 512, 512)),
    ("bilinear, tiny", {"scale_factor": 2, "mode": "bilinear"}, (2, 3, 4, 4)),
    ("bicubic, twice as large", {"scale_factor": 2, "mode": "bicubic"}, (1, 3, 256, 256)),
    ("nearest, twice as large", {"scale_factor": 2, "mode": "nearest"}, (8, 3, 64, 64)),
    ("nearest, of features", {"scale_factor": 2, "mode": "nearest"}, (8, 64, 32, 32)),
    ("nearest, 256 to 300", {"size": 300, "mode": "nearest"}, (1, 3, 256, 256)),
    ("linear", {"scale_factor": 2, "mode": "linear"}, (8, 16, 1000)),
    ("trilinear", {"scale_factor": 2, "mode": "trilinear"}, (2, 8, 16, 16, 16)),
]

PLACES: list[tuple[str, str, Shape]] = [
    ("bilinear", "bilinear", (8, 3, 64, 64)),
    ("bilinear, of features", "bilinear", (8, 64, 32, 32)),
    ("bilinear, large", "bilinear", (1, 3, 256, 256)),
    ("bilinear, digits", "bilinear", (8, 1, 28, 28)),
    ("bicubic", "bicubic", (4, 3, 64, 64)),
    ("nearest", "nearest", (8, 3, 64, 64)),
    ("volumes", "bilinear", (2, 4, 16, 16, 16)),
]

Passes = tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]


def passes(library: Any, function: Callable[..., Any], arrays: list[Any]) -> Passes:
    """What is timed, for one library."""
    inputs = [library.from_numpy(array.copy()).requires_grad_() for array in arrays]
    weights = library.ones_like(function(library, *inputs))

    def forward() -> Any:
        with library.no_grad():
            return function(library, *inputs)

    def backward() -> Any:
        return library.autograd.grad(function(library, *inputs), inputs, weights)

    def twice() -> Any:
        result = function(library, *inputs)
        gradients = library.autograd.grad((result * result).sum(), inputs, create_graph=True)
        total = sum((g * g).sum() for g in gradients if g.requires_grad)
        return library.autograd.grad(total, inputs, allow_unused=True)

    return forward, backward, twice


def best(of_each: list[Passes], seconds: float) -> list[list[float]]:
    """For each library the best time of each pass."""
    times = [[float("inf")] * 3 for _ in of_each]
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for found, runs in zip(times, of_each, strict=True):
            for number, run in enumerate(runs):
                # Several runs in a row: the first finds the caches full of the other library's arrays.
                for _ in range(4):
                    start = time.perf_counter()
                    run()
                    found[number] = min(found[number], time.perf_counter() - start)
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
    lines: list[tuple[str, Callable[..., Any], list[Any]]] = [
        (
            f"interpolate {name}",
            lambda library, x, options=options: library.nn.functional.interpolate(x, **options),
            [rng.standard_normal(shape, np.float32)],
        )
        for name, options, shape in SIZES
    ]
    lines += [
        (
            f"grid_sample {name}",
            lambda library, x, grid, mode=mode: library.nn.functional.grid_sample(
                x, grid, mode=mode, align_corners=False
            ),
            [
                rng.standard_normal(shape, np.float32),
                rng.uniform(-1.1, 1.1, (shape[0], *shape[2:], len(shape) - 2)).astype(np.float32),
            ],
        )
        for name, mode, shape in PLACES
    ]
    print(f"{'':42} {'PyTorch, us':>26}  {'chainrule, us':>26}  {'ratio':>17}")
    for name, function, arrays in lines:
        if args.only not in name:
            continue
        theirs, ours = best([passes(library, function, arrays) for library in (torch, chainrule)], args.seconds)
        columns = ["".join(f"{t * 1e6:9.0f}" for t in times) for times in (theirs, ours)]
        ratios = "".join(f"{t / o:6.2f}" for t, o in zip(theirs, ours, strict=True))
        print(f"{name:42} {columns[0]} {columns[1]} {ratios}", flush=True)


if __name__ == "__main__":
    main()
