"""One library in one process: it is asked for workloads, runs them, and answers with times.

    python worker.py torch

Started by the programs beside it. A question is a line of JSON on the standard input, its answer one on the standard
output. What a library itself prints goes to the standard error.
"""

import gc
import importlib
import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from workloads import WORKLOADS, Run

SHORTEST_REPEAT = 0.01  # seconds
LONG_RUN = 0.25  # seconds; a longer one needs no warm-up
CHECKED_RUNS = 3
WARM_UP = 0.003  # seconds
PAUSE = 0.01  # seconds between looks whether the threads rest
AT_REST = 0.1  # of a processor, at most
LONGEST_WAIT = 1.0  # seconds for the threads to come to rest
NUMBERS_SHOWN = 50


class Library:
    """The library of this process, and the workload that was asked for last."""

    def __init__(self, module: str) -> None:
        self.name = module.split(".", maxsplit=1)[0]
        self.family = "torch" if self.name == "chainrule" else self.name
        threads = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))
        if self.name in {"jax", "mlx"} and hasattr(os, "sched_setaffinity"):
            # They have as many threads as there are cores for them.
            cores = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(0, cores[:threads])
        self.module = importlib.import_module(module)
        if hasattr(self.module, "set_num_threads"):
            self.module.set_num_threads(threads)
        self.run: Run | None = None
        self.warm_up = False
        # What importing made is no burden of what runs later. The collector itself stays on, as it is for users.
        gc.collect()
        gc.freeze()

    def describe(self) -> dict[str, Any]:
        """Which library this is, and for chainrule, whether its engine is the compiled one."""
        described = {"version": version(self.name, self.module)}
        if self.name == "chainrule":
            engine = importlib.import_module("chainrule.engine.record")
            compiled = not str(engine.__file__).endswith(".py")
            described |= {"engine": "compiled" if compiled else "pure Python", "path": str(self.module.__file__)}
        return described

    def prepare(self, workload: str) -> dict[str, Any]:
        """Set the workload up: its results for comparison, and how often to run it in one repeat."""
        self.run = None
        row = WORKLOADS[workload]
        run = row.set_up(self.family, self.module)
        times = []
        for _ in range(1 if row.unit == "node" else CHECKED_RUNS):
            start = time.perf_counter()
            results = run()
            times.append(time.perf_counter() - start)
        summaries = [summary(to_numpy(result)) for result in results]
        # Set up anew: to look at a result as an array of NumPy is to share its memory, which has its price.
        del run, results
        self.run, self.warm_up = row.set_up(self.family, self.module), min(times) < LONG_RUN
        come_to_rest()
        return {"results": summaries, "number": max(1, round(SHORTEST_REPEAT / min(times)))}

    def time(self, number: int, *, processor: bool) -> dict[str, float]:
        """The time of one run, from so many in a row; those before them bring memory, caches and threads back."""
        clock = time.process_time if processor else time.perf_counter
        run = self.run
        if run is None:
            raise RuntimeError("prepare a workload first")
        gc.collect()
        if self.warm_up:
            warm = time.perf_counter() + WARM_UP
            run()
            while time.perf_counter() < warm:
                run()
        start = clock()
        for _ in range(number):
            run()
        seconds = (clock() - start) / number
        come_to_rest()
        return {"time": seconds}

    def forget(self) -> dict[str, Any]:
        """Let go of the workload."""
        self.run = None
        gc.collect()
        return {}


def come_to_rest() -> None:
    """Wait until no thread of this process runs.

    Threads of OpenMP, OpenBLAS and XLA look for new work for up to 0.2 seconds before they sleep, and would keep a
    core from the library that is measured next.
    """
    start = time.perf_counter()
    while time.perf_counter() < start + LONGEST_WAIT:
        seconds, used = time.perf_counter(), time.process_time()
        time.sleep(PAUSE)
        if time.process_time() - used < AT_REST * (time.perf_counter() - seconds):
            return


def version(name: str, module: Any) -> str:
    """The version of the installed package, or what the module says."""
    try:
        return str(getattr(module, "__version__", None) or importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def to_numpy(result: Any) -> np.ndarray:
    """The result of any library as an array."""
    if hasattr(result, "detach"):
        result = result.detach().numpy()
    return np.array(result, dtype=np.float64)


def summary(array: np.ndarray) -> dict[str, Any]:
    """What is compared of an array: its shape, its norm, and numbers picked evenly from it."""
    picked = array.reshape(-1)[:: max(1, array.size // NUMBERS_SHOWN)]
    return {"shape": list(array.shape), "norm": float(np.linalg.norm(array)), "numbers": picked.tolist()}


def answer(library: Library, question: dict[str, Any]) -> dict[str, Any]:
    """The answer to one question; what is missing, and what fails, is an answer too."""
    actions: dict[str, Callable[..., dict[str, Any]]] = {
        "describe": library.describe, "prepare": library.prepare, "time": library.time, "forget": library.forget,
    }  # fmt: skip
    try:
        return actions[question.pop("do")](**question)
    except LookupError as missing:
        return {"missing": str(missing)}
    except Exception as error:  # noqa: BLE001  the other libraries go on
        return {"failed": f"{type(error).__name__}: {error}"}


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    library = Library(sys.argv[1])
    for line in sys.stdin:
        print(json.dumps(answer(library, json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
