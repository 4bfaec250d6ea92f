"""The gradients of every sample of a batch, beside PyTorch's: one pass, `vmap` of `grad`, or a loop; best of many runs.

    python benchmarks/per_sample_gradients.py                  # both libraries on one thread
    python benchmarks/per_sample_gradients.py --threads 2
    python benchmarks/per_sample_gradients.py --only mlp --batch 256

All ways are taken in turn in one process, forward pass included, and are first seen to give the same numbers. Ratios
are the time of a way over that of chainrule's pass with per-sample gradients: above 1 that pass is faster.
"""

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

Way = Callable[[], Any]
Build = Callable[[Any], Any]


def mlp(library: Any) -> Any:
    """A network for flat images."""
    nn = library.nn
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))


def wide_mlp(library: Any) -> Any:
    """The same with more parameters, 0.9 million."""
    nn = library.nn
    layers = [nn.Linear(784, 512), nn.Tanh(), nn.Linear(512, 512), nn.Tanh(), nn.Linear(512, 512), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(512, 10))


def convolutional(library: Any) -> Any:
    """A small network for images, as in the first papers on private training."""
    nn = library.nn
    return nn.Sequential(
        nn.Conv2d(1, 16, 8, stride=2, padding=3), nn.ReLU(), nn.MaxPool2d(2, 1),
        nn.Conv2d(16, 32, 4, stride=2), nn.ReLU(), nn.MaxPool2d(2, 1),
        nn.Flatten(), nn.Linear(512, 32), nn.ReLU(), nn.Linear(32, 10),
    )  # fmt: skip


MODELS: list[tuple[str, Build, tuple[int, ...]]] = [
    ("mlp", mlp, (784,)),
    ("wide mlp", wide_mlp, (784,)),
    ("convolutional", convolutional, (1, 28, 28)),
]


def ours(chainrule: Any, model: Any, x: Any, y: Any, context: Callable[[Any], Any] | None, attribute: str) -> Way:
    """One pass of chainrule's, with something kept of every sample."""
    loss = chainrule.nn.functional.cross_entropy

    def run() -> Any:
        model.zero_grad()
        if context is None:
            loss(model(x), y).backward()
        else:
            with context(model):
                loss(model(x), y).backward()
        return [getattr(p, attribute) for p in model.parameters()]

    return run


def by_vmap(torch: Any, model: Any, x: Any, y: Any) -> Way:
    """PyTorch's way, `vmap` over `grad` of the model as a function of its parameters."""
    parameters = {name: p.detach() for name, p in model.named_parameters()}

    def loss(parameters: Any, sample: Any, target: Any) -> Any:
        output = torch.func.functional_call(model, parameters, (sample[None],))
        return torch.nn.functional.cross_entropy(output, target[None])

    gradients = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))
    return lambda: list(gradients(parameters, x, y).values())


def by_loop(library: Any, model: Any, x: Any, y: Any) -> Way:
    """A backward pass for each sample."""
    loss = library.nn.functional.cross_entropy
    parameters = list(model.parameters())

    def run() -> Any:
        each = [library.autograd.grad(loss(model(x[i : i + 1]), y[i : i + 1]), parameters) for i in range(len(x))]
        return [library.stack(gradients) for gradients in zip(*each, strict=True)]

    return run


def best(ways: dict[str, Way], seconds: float) -> dict[str, float]:
    """The best time of each way."""
    times = dict.fromkeys(ways, float("inf"))
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, run in ways.items():
            for _ in range(1 if "loop" in name else 3):
                start = time.perf_counter()
                run()
                times[name] = min(times[name], time.perf_counter() - start)
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long for each model")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--only", default="", help="models that have this in their name")
    args = parser.parse_args()
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(args.threads)))

    import numpy as np
    import torch

    import chainrule
    from chainrule.func import per_sample_gradients, per_sample_norms, per_sample_second_moments

    torch.set_num_threads(args.threads)
    chainrule.set_num_threads(args.threads)
    rng = np.random.default_rng(0)
    for name, build, shape in MODELS:
        if args.only not in name:
            continue
        model, theirs = build(chainrule), build(torch)
        theirs.load_state_dict({key: torch.from_numpy(p.detach().numpy()) for key, p in model.state_dict().items()})
        images = rng.standard_normal((args.batch, *shape), np.float32)
        labels = rng.integers(0, 10, args.batch)
        x, y = chainrule.from_numpy(images.copy()), chainrule.from_numpy(labels.copy())
        of_torch = torch.from_numpy(images), torch.from_numpy(labels)
        ways = {
            "chainrule, per-sample gradients": ours(chainrule, model, x, y, per_sample_gradients, "grad_sample"),
            "chainrule, per-sample norms": ours(chainrule, model, x, y, per_sample_norms, "grad_sample_norm"),
            "chainrule, second moments": ours(chainrule, model, x, y, per_sample_second_moments, "sum_grad_squared"),
            "chainrule, the gradient alone": ours(chainrule, model, x, y, None, "grad"),
            "chainrule, loop": by_loop(chainrule, model, x, y),
            "PyTorch, vmap of grad": by_vmap(torch, theirs, *of_torch),
            "PyTorch, loop": by_loop(torch, theirs, *of_torch),
        }
        same = ("chainrule, per-sample gradients", "chainrule, loop", "PyTorch, vmap of grad", "PyTorch, loop")
        results = [[np.asarray(g) for g in ways[way]()] for way in same]
        for way, result in zip(same, results, strict=True):
            for gradient, expected in zip(result, results[-1], strict=True):
                np.testing.assert_allclose(gradient, expected, atol=1e-4 * np.abs(expected).max(), err_msg=way)
        times = best(ways, args.seconds)
        own = times["chainrule, per-sample gradients"]
        count = sum(p.numel() for p in model.parameters())
        print(f"{name}, batch {args.batch}, {count:,} parameters")
        for way, seconds in times.items():
            print(f"  {way:33} {seconds * 1e3:9.2f} ms {seconds / own:8.2f}")


if __name__ == "__main__":
    main()
