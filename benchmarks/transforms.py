"""The transforms of `func` beside those of PyTorch: what each takes, in one run, as ratios.

Every line is the time that PyTorch takes for one call, divided by chainrule's: more is better. The two take turns,
round by round, and the minima of all rounds are compared, so that a busy machine disturbs little.

    python benchmarks/transforms.py
    python benchmarks/transforms.py --seconds 1 hessian jvp
"""

import argparse
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import chainrule

Work = Callable[[], object]


def mlp(torch: Any, inputs: int = 16, hidden: int = 64) -> tuple[dict[str, Any], Callable[..., Any]]:
    """The parameters of a small network, and the network as a function of them and of one example."""
    torch.manual_seed(0)
    parameters = {
        "w0": torch.randn(hidden, inputs) / 4, "b0": torch.zeros(hidden),
        "w1": torch.randn(hidden, hidden) / 8, "b1": torch.zeros(hidden),
        "w2": torch.randn(1, hidden) / 8,
    }  # fmt: skip

    def network(parameters: dict[str, Any], x: Any) -> Any:
        h = (parameters["w0"] @ x + parameters["b0"]).tanh()
        h = (parameters["w1"] @ h + parameters["b1"]).tanh()
        return (parameters["w2"] @ h).sum()

    return parameters, network


def works(torch: Any) -> Iterator[tuple[str, Work]]:
    """What is timed: a name, and a function without arguments."""
    func = torch.func
    parameters, network = mlp(torch)
    x, batch = torch.randn(16), torch.randn(64, 16)
    direction = torch.randn(16)

    def pointwise(x: Any) -> Any:
        return (x.sin() * x.exp() + x.tanh()).sum()

    yield "vmap of five small operations", lambda: func.vmap(pointwise)(batch)
    yield "vmap of a network, 64 examples", lambda: func.vmap(network, in_dims=(None, 0))(parameters, batch)
    yield "grad of a network", lambda: func.grad(network)(parameters, x)
    yield (
        "per-example gradients, 64 examples",
        lambda: func.vmap(func.grad(network), in_dims=(None, 0))(parameters, batch),
    )
    yield "jvp of a network", lambda: func.jvp(lambda x: network(parameters, x), (x,), (direction,))
    yield "Hessian-vector product", lambda: func.jvp(
        func.grad(lambda x: network(parameters, x)), (x,), (direction,)
    )  # fmt: skip
    yield "jacrev, 64 outputs", lambda: func.jacrev(lambda x: (parameters["w0"] @ x).tanh())(x)
    yield "jacfwd, 16 inputs", lambda: func.jacfwd(lambda x: (parameters["w0"] @ x).tanh())(x)
    yield "hessian of a network, 16 inputs", lambda: func.hessian(lambda x: network(parameters, x))(x)
    yield "hessians of 64 examples", lambda: func.vmap(func.hessian(lambda x: network(parameters, x)))(batch)
    yield "linearize, and one tangent", lambda: func.linearize(lambda x: network(parameters, x), x)[1](direction)


def measured(pairs: list[tuple[Work, Work]], seconds: float) -> list[tuple[float, float]]:
    """The least time of each of two pieces of work, which take turns."""
    found = []
    for first, second in pairs:
        best = [float("inf"), float("inf")]
        for work in (first, second):
            work()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for number, work in enumerate((first, second)):
                start = time.perf_counter()
                work()
                best[number] = min(best[number], time.perf_counter() - start)
        found.append((best[0], best[1]))
    return found


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("only", nargs="*", help="lines whose names have one of these words")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each line")
    options = parser.parse_args()
    import torch

    libraries: tuple[ModuleType, ModuleType] = (torch, chainrule)
    theirs, ours = (dict(works(library)) for library in libraries)
    names = [name for name in ours if not options.only or any(word in name for word in options.only)]
    width = max(map(len, names))
    print(f"{'':{width}}   torch      chainrule   ratio")
    for name, (first, second) in zip(
        names, measured([(theirs[n], ours[n]) for n in names], options.seconds), strict=True
    ):
        print(f"{name:{width}}  {first * 1e6:8.0f} us {second * 1e6:8.0f} us  {first / second:6.2f}")


if __name__ == "__main__":
    main()
