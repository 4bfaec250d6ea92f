"""What an operation costs beside its arithmetic: chainrule, PyTorch and HIPS autograd, side by side in one run.

Tensors of three float32 elements, so that nearly all of the time is the system's own. Rounds are interleaved (each
system once, then each once more), so that a busy moment of the machine hits all of them; medians and minima are shown.
One thread each. Python's garbage collector stays on, as it is for users, but what the systems made when they were
imported is set aside (`gc.freeze`), so that none pays for the modules of another. Systems not installed are left out.

    python benchmarks/overhead.py                        # everything, about two minutes
    python benchmarks/overhead.py products sines         # some parts
    python benchmarks/overhead.py graph --rounds 3
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import gc
import importlib
import importlib.util
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
CHAIN_LENGTH = 1_000
SMALL_GRAPH, LARGE_GRAPH = 20_000, 400_000

Chain = Callable[[int], Any]
"""Goes forward and backward through a chain of that many operations, and returns the gradient of its input."""


def torch_chains(name: str) -> dict[str, Chain]:
    """The chains for PyTorch, and letter for letter the same for chainrule."""
    torch = importlib.import_module(name)
    if name == "torch":
        torch.set_num_threads(1)

    def products(length: int) -> Any:
        y = x = torch.ones(3, requires_grad=True)
        b = torch.ones(3, requires_grad=True)
        for _ in range(length):
            y = y * b
        y.backward(torch.ones(3))
        return x.grad

    def sines(length: int) -> Any:
        y = x = torch.ones(3, requires_grad=True)
        for _ in range(length):
            y = y.sin()
        y.backward(torch.ones(3))
        return x.grad

    return {"products": products, "sines": sines}


def hips_chains() -> dict[str, Chain]:
    """The same for HIPS autograd, which differentiates functions."""
    import autograd
    import autograd.numpy as anp

    ones = np.ones(3, dtype=np.float32)

    def products(length: int) -> Any:
        def chain(x_and_b: Any) -> Any:
            y, b = x_and_b
            for _ in range(length):
                y = y * b
            return y

        pull_back, _ = autograd.make_vjp(chain)((ones, ones))
        gradient_of_x, _ = pull_back(ones)
        return gradient_of_x

    def sines(length: int) -> Any:
        def chain(y: Any) -> Any:
            for _ in range(length):
                y = anp.sin(y)
            return y

        pull_back, _ = autograd.make_vjp(chain)(ones)
        return pull_back(ones)

    return {"products": products, "sines": sines}


def installed_chains() -> dict[str, dict[str, Chain]]:
    """The systems that are there, chainrule first; each is seen to compute the same before it is timed."""
    loaders: dict[str, Callable[[], dict[str, Chain]]] = {
        "chainrule": lambda: torch_chains("chainrule"),
        "torch": lambda: torch_chains("torch"),
        "autograd": hips_chains,
    }
    missing = [name for name in loaders if importlib.util.find_spec(name) is None]
    if missing:
        print(f"not installed, so left out: {', '.join(missing)}")
    systems = {name: load() for name, load in loaders.items() if name not in missing}
    for chains in systems.values():
        np.testing.assert_allclose(chains["products"](3), np.ones(3))
        np.testing.assert_allclose(chains["sines"](2), np.full(3, np.cos(np.sin(1)) * np.cos(1)), rtol=1e-6)
    gc.collect()
    gc.freeze()
    return systems


def progress(steps: Iterable[int], text: str) -> Iterator[int]:
    """With a progress bar where tqdm is installed."""
    if importlib.util.find_spec("tqdm"):
        from tqdm import tqdm

        steps = tqdm(steps, desc=text, leave=False)
    yield from steps


def interleaved(measures: dict[str, Callable[[], float]], rounds: int, text: str) -> dict[str, list[float]]:
    """The numbers of each measure, taken in turn; a first round is thrown away."""
    numbers: dict[str, list[float]] = {name: [] for name in measures}
    for number in progress(range(rounds + 1), text):
        for name, measure in measures.items():
            value = measure()
            if number:
                numbers[name].append(value)
    return numbers


def microseconds_per_op(chain: Chain, length: int) -> float:
    """One run through a chain, its graph freed again included."""
    gc.collect()
    start = time.perf_counter()
    chain(length)
    return (time.perf_counter() - start) / length * 1e6


def show(title: str, unit: str, numbers: dict[str, list[float]], against: str = "torch") -> None:
    """A table: median, minimum, and how many times less chainrule's median is than each."""
    print(f"\n{title} ({unit})")
    print(f"  {'':22}{'median':>10}{'minimum':>10}{f'{against} / it':>16}")
    for name, values in numbers.items():
        ratio = f"{median(numbers[against]) / median(values):.2f}" if against in numbers else ""
        print(f"  {name:22}{median(values):10.2f}{min(values):10.2f}{ratio:>16}")


def chains(part: str, what: str, rounds: int) -> None:
    """Forward and backward through a chain, per operation."""
    measures = {
        name: lambda chain=systems[part]: microseconds_per_op(chain, CHAIN_LENGTH)
        for name, systems in installed_chains().items()
    }
    title = f"chain of {CHAIN_LENGTH} {what}, 3 float32 elements, forward + backward"
    show(title, "us per op", interleaved(measures, rounds, part))


def products(rounds: int) -> None:
    """Forward and backward through y = y * b, with gradients for both."""
    chains("products", "products y = y * b", rounds)


def sines(rounds: int) -> None:
    """Forward and backward through y = y.sin()."""
    chains("sines", "sines y = y.sin()", rounds)


def graph(rounds: int) -> None:
    """What a node of a large graph costs in time, beside one of a small graph, and in memory."""
    systems = {name: chains for name, chains in installed_chains().items() if name != "autograd"}
    measures = {
        f"{name}, {size:,} nodes": lambda chain=chains["products"], size=size: microseconds_per_op(chain, size)
        for name, chains in systems.items()
        for size in (SMALL_GRAPH, LARGE_GRAPH)
    }
    numbers = interleaved(measures, max(3, rounds // 4), "graph")
    print("\ngraph of products, forward + backward + freeing (us per node)")
    print(f"  {'':22}{SMALL_GRAPH:>10,}{LARGE_GRAPH:>10,}{'large / small':>16}{'minima':>10}")
    for name in systems:
        small, large = (numbers[f"{name}, {size:,} nodes"] for size in (SMALL_GRAPH, LARGE_GRAPH))
        ratio, of_minima = median(large) / median(small), min(large) / min(small)
        print(f"  {name:22}{median(small):10.2f}{median(large):10.2f}{ratio:16.2f}{of_minima:10.2f}")
    print(f"\nresident memory of a recorded graph of {LARGE_GRAPH:,} products (bytes per node, fresh processes)")
    for name in systems:
        print(f"  {name:22}{bytes_per_node(name):10.0f}")


# What the process holds, as the operating system counts it: whatever allocator it came from, C++'s or Python's. The
# values are part of it: three float32 elements with all that an array or a tensor around them takes.
RECORD_A_GRAPH = """
import gc, os, sys
import {name} as torch

def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

y = torch.ones(3, requires_grad=True)
b = torch.ones(3, requires_grad=True)
(y * b).backward(torch.ones(3))
gc.collect()
before = resident()
for _ in range({size}):
    y = y * b
print((resident() - before) / {size})
"""


def bytes_per_node(name: str) -> float:
    """How much a fresh process grows by recording a large graph."""
    if not Path("/proc/self/statm").exists():
        return float("nan")
    return float(run_python(RECORD_A_GRAPH.format(name=name, size=LARGE_GRAPH)))


def run_python(program: str, **environment: str) -> str:
    """What a program prints in a fresh process."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=os.environ | environment, check=True, capture_output=True, text=True).stdout


def imports(rounds: int) -> None:
    """How long `import` takes in a fresh process, from byte code, as it does for all but the first."""
    with tempfile.TemporaryDirectory() as folder:
        measure_imports(rounds, PYTHONDONTWRITEBYTECODE="", PYTHONPYCACHEPREFIX=folder)


def measure_imports(rounds: int, **environment: str) -> None:
    """The round that is thrown away writes the byte code that the others load."""
    names = [name for name in ("numpy", "chainrule", "torch", "autograd") if importlib.util.find_spec(name)]
    program = "import time; start = time.perf_counter(); import {}; print(1e3 * (time.perf_counter() - start))"
    measures = {name: lambda name=name: float(run_python(program.format(name), **environment)) for name in names}
    numbers = interleaved(measures, rounds, "import")
    show("import in a fresh process", "ms", numbers)
    print(f"  chainrule beyond numpy: {min(numbers['chainrule']) - min(numbers['numpy']):.1f} ms (minima)")


def wheel(rounds: int) -> None:
    """How large the wheel is: built once, however many rounds the other parts take."""
    with tempfile.TemporaryDirectory() as folder:
        build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, str(ROOT)]
        subprocess.run(build, check=True)
        (built,) = Path(folder).glob("*.whl")
        print(f"\nwheel\n  {built.name:40}{built.stat().st_size / 1e6:8.3f} MB")


PARTS = {"products": products, "sines": sines, "graph": graph, "import": imports, "wheel": wheel}


def main() -> None:
    """Measure the chosen parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=20, help="how often each is measured (default: 20)")
    args = parser.parse_args()
    if unknown := set(args.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    names = [name for name in ("numpy", "torch", "autograd") if importlib.util.find_spec(name)]
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    print(f"Python {platform.python_version()}, {packages}; {os.cpu_count()} cores, one thread used")
    for part in args.parts or PARTS:
        PARTS[part](args.rounds)


if __name__ == "__main__":
    main()
