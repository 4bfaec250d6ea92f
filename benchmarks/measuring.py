"""Workloads measured under several libraries in turn, and seen to give the same numbers first."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from libraries import Library, NotAvailableError
from workloads import Workload

FEWEST_ROUNDS = 3
Seconds = dict[str, list[float]]
"""For each library, the time of one run in each round."""


class DifferentNumbersError(Exception):
    """Two libraries do not agree on a result."""


def measured(
    workload: Workload, libraries: list[Library], rounds: int, limit: float, step: Callable[[str], object]
) -> tuple[Seconds, dict[str, str]]:
    """The times, in as many rounds as fit into `limit` seconds, and why libraries are left out of this row."""
    numbers: dict[str, int] = {}
    results: dict[str, list[dict[str, Any]]] = {}
    left_out: dict[str, str] = {}
    for library in libraries:
        try:
            answer = library.ask("prepare", workload=workload.name)
        except NotAvailableError as reason:
            left_out[library.name] = str(reason)
        else:
            numbers[library.name], results[library.name] = answer["number"], answer["results"]
    compare(workload, results)
    taking_part = [library for library in libraries if library.name in numbers]
    seconds: Seconds = {library.name: [] for library in taking_part}
    start = time.perf_counter()
    for number in range(rounds):
        if number >= FEWEST_ROUNDS and time.perf_counter() - start > limit:
            break
        step(f"{workload.name} {number + 1}/{rounds}")
        # Each round begins with another library: none always has the same one before it.
        turn = number % max(1, len(taking_part))
        for library in taking_part[turn:] + taking_part[:turn]:
            seconds[library.name].append(library.ask("time", number=numbers[library.name])["seconds"])
    for library in taking_part:
        library.ask("forget")
    return seconds, left_out


def compare(workload: Workload, results: dict[str, list[dict[str, Any]]]) -> None:
    """See that all libraries give the same results, within the row's tolerance of the largest number."""
    if not results:
        return
    reference = "torch" if "torch" in results else next(iter(results))
    for name, arrays in results.items():
        for index, (array, expected) in enumerate(zip(arrays, results[reference], strict=True)):
            same = array["shape"] == expected["shape"]
            for ours, theirs in ((array["numbers"], expected["numbers"]), ([array["norm"]], [expected["norm"]])):
                scale = max(map(abs, theirs), default=0.0)
                same = same and np.allclose(ours, theirs, rtol=0, atol=workload.tolerance * scale)
            if not same:
                raise DifferentNumbersError(
                    f"{workload.name}, result {index}: {name} gives {array}, {reference} gives {expected}"
                )
