"""Derivatives of high order, and Laplacians, beside PyTorch's and JAX's ways of getting them.

    python benchmarks/high_order.py                      # everything that is installed, on one thread
    python benchmarks/high_order.py --only laplacian --seconds 5

All ways of one table give the same numbers, which is checked first; they are then measured in turn, and the best of
many runs counts. Ratios are to chainrule's way, the first line of each table. What JAX compiles is compiled before.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

Way = Callable[[], Any]
Table = dict[str, Way]

ORDER = 10
SIZES = (64, 256, 256, 1)


def high_order(numpy: Any) -> Table:
    """The 10th derivative of tanh(tanh(x)) at 0.3."""
    import chainrule

    del numpy
    x = chainrule.tensor(0.3, dtype=chainrule.float64)
    tenth = chainrule.func.derivative(lambda x: chainrule.tanh(chainrule.tanh(x)), ORDER)
    nested = nested_by_autograd(chainrule)
    ways = {"chainrule: derivative(f, 10)": lambda: tenth(x), "chainrule: grad of grad ...": nested}
    if torch := installed("torch"):
        ways["PyTorch: autograd.grad, 10 times"] = nested_by_autograd(torch)
    if jax := installed("jax"):
        ways.update(high_order_in_jax(jax))
    return ways


def nested_by_autograd(library: Any) -> Way:
    """The same by derivatives of derivatives, in a library that is spelt as PyTorch is."""

    def way() -> Any:
        x = library.tensor(0.3, dtype=library.float64, requires_grad=True)
        y = library.tanh(library.tanh(x))
        for order in range(ORDER):
            (y,) = library.autograd.grad(y, x, create_graph=order < ORDER - 1)
        return y

    return way


def high_order_in_jax(jax: Any) -> Table:
    """By nested forward mode and by `jet`, compiled and not."""
    from jax.experimental.jet import jet

    x = jax.numpy.asarray(0.3)

    def function(x: Any) -> Any:
        return jax.numpy.tanh(jax.numpy.tanh(x))

    def by_series(x: Any) -> Any:
        return jet(function, (x,), ([1.0] + [0.0] * (ORDER - 1),))[1][-1]

    compiled = jax.jit(by_series)
    return {
        "JAX: jet": lambda: by_series(x).block_until_ready(),
        "JAX: jet, compiled": lambda: compiled(x).block_until_ready(),
    }


def laplacian(numpy: Any, batch: int) -> Table:
    """The Laplacian of a network of 64-256-256-1 with tanh, for each input of a batch."""
    import chainrule

    rng = numpy.random.default_rng(0)
    weights = [rng.normal(size=(n, m)) / n**0.5 for n, m in pairwise(SIZES)]
    inputs = rng.normal(size=(batch, SIZES[0]))
    ways = laplacian_as_in_torch("chainrule", chainrule, weights, inputs)
    network, x = network_of(chainrule, [chainrule.from_numpy(w) for w in weights]), chainrule.from_numpy(inputs)
    forward = chainrule.func.laplacian(network, batch_dims=1)
    ways = {"chainrule: laplacian(f)": lambda: forward(x), **ways}
    if torch := installed("torch"):
        ways.update(laplacian_as_in_torch("PyTorch", torch, weights, inputs))
    if jax := installed("jax"):
        ways.update(laplacian_in_jax(jax, weights, inputs))
    return ways


def network_of(library: Any, weights: list[Any]) -> Callable[[Any], Any]:
    """A network of these weights, one number for each input."""

    def network(x: Any) -> Any:
        for weight in weights[:-1]:
            x = library.tanh(x @ weight)
        return (x @ weights[-1])[..., 0]

    return network


def laplacian_as_in_torch(name: str, library: Any, weights: list[Any], inputs: Any) -> Table:
    """In a library that is spelt as PyTorch is: what PyTorch's users write, and the Jacobian-vector products alone."""
    func = library.func
    network = network_of(library, [library.from_numpy(w) for w in weights])
    x = library.from_numpy(inputs)
    units = library.eye(SIZES[0], dtype=x.dtype)

    def of_hessian(x: Any) -> Any:
        return library.trace(func.hessian(network)(x))

    def of_gradient(x: Any) -> Any:
        def along(unit: Any) -> Any:
            return (func.jvp(func.grad(network), (x,), (unit,))[1] * unit).sum()

        return func.vmap(along)(units).sum()

    def products() -> Any:
        return func.vmap(lambda unit: func.jvp(network, (x,), (unit.expand(x.shape),))[1])(units)

    return {
        f"{name}: 64 Jacobian-vector products": products,
        f"{name}: trace of vmap(hessian(f))": lambda: func.vmap(of_hessian)(x),
        f"{name}: jvp of grad, for each unit vector": lambda: func.vmap(of_gradient)(x),
    }


def laplacian_in_jax(jax: Any, weights: list[Any], inputs: Any) -> Table:
    """As JAX's users write it; all compiled."""
    from jax.experimental.jet import jet

    network = network_of(jax.numpy, [jax.numpy.asarray(w) for w in weights])
    x = jax.numpy.asarray(inputs)
    units = jax.numpy.eye(SIZES[0])

    def of_hessian(x: Any) -> Any:
        return jax.numpy.trace(jax.hessian(network)(x))

    def of_gradient(x: Any) -> Any:
        along = lambda unit: jax.jvp(jax.grad(network), (x,), (unit,))[1] @ unit
        return jax.vmap(along)(units).sum()

    def by_series(x: Any) -> Any:
        along = lambda unit: jet(network, (x,), ([unit, 0 * unit],))[1][1]
        return jax.vmap(along)(units).sum()

    def products(x: Any) -> Any:
        along = lambda unit: jax.jvp(network, (x,), (jax.numpy.broadcast_to(unit, x.shape),))[1]
        return jax.vmap(along)(units)

    compiled = {
        "JAX: 64 Jacobian-vector products, compiled": jax.jit(products),
        "JAX: trace of vmap(hessian(f)), compiled": jax.jit(jax.vmap(of_hessian)),
        "JAX: jvp of grad, for each unit vector, compiled": jax.jit(jax.vmap(of_gradient)),
        "JAX: jet, for each unit vector, compiled": jax.jit(jax.vmap(by_series)),
    }
    return {name: lambda way=way: way(x).block_until_ready() for name, way in compiled.items()}


TABLES: dict[str, Callable[[Any], Table]] = {
    "10th derivative of tanh(tanh(x))": high_order,
    "laplacian, batch of 1": lambda numpy: laplacian(numpy, 1),
    "laplacian, batch of 64": lambda numpy: laplacian(numpy, 64),
}


def installed(name: str) -> Any:
    """The library of this name; None where it is not installed."""
    try:
        return __import__(name)
    except ImportError:
        return None


def in_agreement(numpy: Any, ways: Table) -> Iterator[str]:
    """What does not give the numbers that the first way gives (the products are not of the kind)."""
    results = {name: numpy.asarray(way()) for name, way in ways.items() if "products" not in name}
    first = next(iter(results.values()))
    for name, result in results.items():
        if not numpy.allclose(result, first, rtol=1e-8):
            yield name


def best(ways: Table, seconds: float) -> dict[str, float]:
    """The best time of each, in seconds: all in turn, as often as there is time for, and three times at least."""
    times = dict.fromkeys(ways, float("inf"))
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < 3 or time.perf_counter() < end:
        rounds += 1
        for name, way in ways.items():
            for _ in range(2):  # the first finds the caches full of another's arrays
                start = time.perf_counter()
                way()
                times[name] = min(times[name], time.perf_counter() - start)
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long for each table")
    parser.add_argument("--only", default="", help="tables that have this in their name")
    args = parser.parse_args()
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

    import numpy as np

    if torch := installed("torch"):
        torch.set_num_threads(1)
    if jax := installed("jax"):
        jax.config.update("jax_enable_x64", True)
    for name, table in TABLES.items():
        if args.only not in name:
            continue
        ways = table(np)
        wrong = list(in_agreement(np, ways))
        times = best({way: run for way, run in ways.items() if way not in wrong}, args.seconds)
        first = next(iter(times.values()))
        print(f"{name:50} {'ms':>10} {'ratio':>8}")
        for way, seconds in times.items():
            print(f"  {way:48} {1000 * seconds:10.3f} {seconds / first:8.2f}")
        for way in wrong:
            print(f"  {way:48} gives other numbers")
        print()


if __name__ == "__main__":
    main()
