"""Workloads measured under several libraries in turn, and seen to give the same numbers first."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from fresh_processes import GraphMemory, Imports, InstalledSize
from libraries import Library, NotAvailableError
from report import Row
from workloads import Workload

FEWEST_ROUNDS = 3

Measure = Callable[[], float]
"""Measures once: seconds for one run, or bytes."""

FRESH = {"imports": Imports, "graph_memory": GraphMemory, "installed_size": InstalledSize}


@dataclass(frozen=True)
class Effort:
    """How long to measure: so many rounds at most, none begun after so many seconds; and by which clock."""

    rounds: int
    seconds: float
    processor: bool = False


def measured(workload: Workload, libraries: list[Library], effort: Effort, step: Callable[[str], object]) -> Row:
    """What the libraries take for the workload, and why some are left out of it."""
    row = Row(workload, {})
    measures: dict[str, Measure] = {}
    results: dict[str, list[dict[str, Any]]] = {}
    for library in libraries:
        try:
            if workload.function in FRESH:
                clock = {"processor": effort.processor} if workload.function == "imports" else {}
                measures[library.name] = FRESH[workload.function](library, **workload.sizes, **clock)
            else:
                answer = library.ask("prepare", workload=workload.name)
                results[library.name] = answer["results"]
                measures[library.name] = partial(timed, library, answer["number"], processor=effort.processor)
        except NotAvailableError as reason:
            row.left_out[library.name] = str(reason)
    row.different = differences(workload, results)
    for name in row.different:
        del measures[name]
    in_turn(row, measures, Effort(1, 0) if workload.function == "installed_size" else effort, step)
    for library in libraries:
        if library.name in row.values and library.name in results:
            library.ask("forget")
    return row


def timed(library: Library, number: int, *, processor: bool) -> float:
    """The time of one run, when so many are made in a row."""
    seconds: float = library.ask("time", number=number, processor=processor)["time"]
    return seconds


def in_turn(row: Row, measures: dict[str, Measure], effort: Effort, step: Callable[[str], object]) -> None:
    """Add each measure's value to the row, round by round. No library always follows the same one."""
    start = time.perf_counter()
    names = list(measures)
    row.values.update({name: [] for name in names})
    for number in range(effort.rounds):
        if number >= FEWEST_ROUNDS and time.perf_counter() - start > effort.seconds:
            break
        step(f"{row.workload.name} {number + 1}/{effort.rounds}")
        turn = number % max(1, len(names))
        for name in names[turn:] + names[:turn]:
            try:
                row.values[name].append(measures[name]())
            except NotAvailableError as reason:
                row.left_out[name] = str(reason)
                names.remove(name)
                del row.values[name]


def differences(workload: Workload, results: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    """How a library's results differ from PyTorch's, or the first one's, by more than the row's tolerance."""
    reference = "torch" if "torch" in results else next(iter(results), "")
    different: dict[str, str] = {}
    for name, arrays in results.items():
        for index, (array, expected) in enumerate(zip(arrays, results[reference], strict=True)):
            if array["shape"] != expected["shape"]:
                different[name] = f"result {index} has shape {array['shape']}, that of {reference} {expected['shape']}"
            elif not (by := deviation(array, expected)) <= workload.tolerance:  # so that NaN differs, too
                different[name] = f"result {index} differs from that of {reference} by {by:.2%} of its largest number"
    return different


def deviation(array: dict[str, Any], expected: dict[str, Any]) -> float:
    """The largest difference, of the numbers to the largest of them, or of the norm."""
    deviations = [0.0]
    for ours, theirs in ((array["numbers"], expected["numbers"]), ([array["norm"]], [expected["norm"]])):
        if scale := np.max(np.abs(theirs), initial=0.0):
            deviations.append(np.max(np.abs(np.subtract(ours, theirs))) / scale)
        else:
            deviations.append(np.max(np.abs(ours), initial=0.0))
    return float(np.max(deviations))
