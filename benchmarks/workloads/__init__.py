"""What is measured: one row for each workload, with the ratio to PyTorch that it should reach.

A row names a function and its sizes. The modules of a family of libraries have a function of that name, or not: then
the workload is left out for that family. It sets the work up and returns what is timed: a function without arguments,
which returns the results that all libraries must agree on.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Run = Callable[[], Any]
"""Does the work once; what it returns is compared between the libraries, and not looked at while time is taken."""

# Where the functions of a family of libraries stand. PyTorch and chainrule have the same: they are given the module.
FAMILIES = {
    "torch": ["chains", "networks", "arrays", "derivatives"],
    "numpy": ["in_numpy"],
    "autograd": ["in_autograd"],
    "jax": ["in_jax"],
    "mygrad": ["in_mygrad"],
    "mlx": ["in_mlx"],
}


@dataclass(frozen=True)
class Workload:
    """One row: `per` is how many operations, steps or nodes one run is, and `unit` what one of them is called."""

    name: str
    title: str
    function: str
    sizes: dict[str, int]
    tiny: dict[str, int]  # sizes at which a test may run it
    unit: str = "step"
    per: int = 1
    target: float | None = None
    pure_target: float | None = None
    tolerance: float = 1e-3
    quick: bool = True

    def set_up(self, family: str, library: Any, *, tiny: bool = False) -> Run:
        """The function to time, for a library of the family; LookupError where there is none."""
        for module_name in FAMILIES[family]:
            module = importlib.import_module(f"workloads.{module_name}")
            if function := getattr(module, self.function, None):
                sizes = self.tiny if tiny else self.sizes
                return function(library, **sizes) if family == "torch" else function(**sizes)
        raise LookupError(f"{self.name} is not written for {family}")


def chain(name: str, title: str, targets: tuple[float, float], *, length: int = 1_000, each: int = 1) -> Workload:
    """A row whose time is given per operation; `each` operations for one of its length."""
    return Workload(
        name, title, name.replace("-", "_"), {"length": length}, {"length": 3}, "op", length * each, *targets
    )


def elementwise(size: int, title: str, target: float | None = None) -> Workload:
    """A row of the chain over arrays of that size."""
    return Workload(
        f"elementwise-{title}", f"`(a.sin()*a.exp()+a*a).tanh().sum()`, {title} float32", "elementwise",
        {"size": size}, {"size": 10}, target=target, quick=size in {1_000, 1_000_000},
    )  # fmt: skip


def matmul(size: int, target: float | None = None) -> Workload:
    """A row of the product of two square matrices."""
    return Workload(
        f"matmul-{size}", f"matmul {size} x {size}, forward + backward", "matmul",
        {"size": size}, {"size": 5}, target=target, quick=size in {64, 1024},
    )  # fmt: skip


def graph(size: int, title: str, target: float | None = None) -> Workload:
    """A row of a graph of that many nodes: recorded, walked and freed."""
    return Workload(
        f"graph-{title}", f"graph of {title} products: record, backward, free", "graph",
        {"nodes": size}, {"nodes": 3}, "node", size, target, quick=size <= 20_000,
    )  # fmt: skip


WORKLOADS = {
    row.name: row
    for row in [
        chain("products", "product chain `y = y * b`, 3 elements, forward + backward", (2.4, 1.4)),
        chain("sines", "sine chain `y = y.sin()`, 3 elements, forward + backward", (2.8, 1.8)),
        chain("mixed-no-grad", "mixed operations under `no_grad`, 4 x 4", (2.0, 1.2), length=50, each=17),
        chain("indexing", "indexing and reduction chain, 8 x 8", (2.0, 1.3), length=50, each=10),
        Workload("rnn", "RNN by hand: 50 steps, hidden 64, batch 16", "rnn", {"steps": 50, "hidden": 64},
                 {"steps": 3, "hidden": 4}, target=1.8),
        Workload("tiny-model", "TinyModel of the tutorial 1000-100-10, batch 16, SGD", "tiny_model",
                 {"inputs": 1000, "hidden": 100}, {"inputs": 6, "hidden": 5}, target=1.15),
        Workload("mlp", "MLP 784-256-10, batch 128, cross entropy, Adam", "mlp", {"inputs": 784, "hidden": 256},
                 {"inputs": 7, "hidden": 5}, target=1.1),
        Workload("transformer", "transformer block 8 x 64 x 128, 4 heads, AdamW", "transformer",
                 {"length": 64, "width": 128}, {"length": 3, "width": 8}, target=1.0),
        Workload("lenet", "LeNet, 28 x 28, batch 64, SGD", "lenet", {"batch": 64}, {"batch": 2}, target=0.8),
        elementwise(1_000, "1k"),
        elementwise(10_000, "10k"),
        elementwise(100_000, "100k"),
        elementwise(1_000_000, "1M", 1.3),
        elementwise(10_000_000, "10M"),
        matmul(64),
        matmul(256),
        matmul(512),
        matmul(1024, 0.95),
        Workload("jacobian", "jacobian 100 -> 100 of a tanh network", "jacobian", {"size": 100}, {"size": 4},
                 target=2.0),
        Workload("hessian", "hessian of a function of 30 numbers", "hessian", {"size": 30}, {"size": 4}, target=2.0),
        Workload("second-derivative", "second derivative through a chain of 100 operations", "second_derivative",
                 {"length": 50}, {"length": 3}, target=2.0),
        graph(1_000, "1k"),
        graph(20_000, "20k"),
        graph(400_000, "400k", 2.5),
        graph(1_000_000, "1M"),
        Workload("graph-memory", "graph of 400k products: memory of a node", "graph_memory", {"nodes": 400_000},
                 {"nodes": 1000}, "byte", target=1.0, quick=False),
        Workload("import", "`import` in a fresh process", "imports", {}, {}, "import", target=5.0),
        Workload("import-after-numpy", "`import` when NumPy is there already", "imports", {"after_numpy": True},
                 {"after_numpy": True}, "import"),
        Workload("size", "installed, the package alone", "installed_size", {}, {}, "byte"),
        Workload("size-with-needed", "installed, with the packages it needs", "installed_size", {"with_needed": True},
                 {"with_needed": True}, "byte"),
    ]
}  # fmt: skip
