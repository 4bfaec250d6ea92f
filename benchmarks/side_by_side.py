"""How long the same work takes under chainrule, PyTorch and whatever else is installed, side by side in one run.

    python benchmarks/side_by_side.py                                   # everything, about ten minutes
    python benchmarks/side_by_side.py --quick                           # a first look, a minute or two
    python benchmarks/side_by_side.py products mlp --libraries chainrule,torch
    python benchmarks/side_by_side.py --list

Let the machine do nothing else meanwhile. On a busy one, libraries with several threads wait for each other most of the
time; `--threads 1 --cpu-time` then still tells how much work each does.

Each library runs in a process of its own and is asked in turn: one repeat of some milliseconds, then the next
library's, in many rounds. Ratios are PyTorch's time divided by chainrule's: above 1, chainrule is ahead. A full run
writes its table, chart and raw numbers to benchmarks/results; a run of some workloads only where --output says.
"""

import argparse
import importlib.util
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from libraries import KNOWN, Library, started, use_threads
from measuring import Effort, measured
from report import Report
from workloads import WORKLOADS, Workload

RESULTS = Path(__file__).with_name("results")


def add_options(parser: argparse.ArgumentParser) -> None:
    """What to measure and how long, for this program and for compare.py."""
    parser.add_argument("workloads", nargs="*", metavar="workload", help="which (default: all)")
    parser.add_argument("--rounds", type=int, help="how often each is measured at most (default: 30; quick: 7)")
    parser.add_argument("--seconds", type=float, help="no new round after that long in a row (default: 12; quick: 2)")
    parser.add_argument("--quick", action="store_true", help="fewer sizes and rounds")
    parser.add_argument("--threads", type=int, default=2, help="how many each library may use (default: 2)")
    parser.add_argument(
        "--cpu-time", action="store_true", help="the processor's time, that of all threads, not the clock's"
    )
    parser.add_argument("--output", type=Path, help="the folder for the table, the chart and the raw numbers")


def chosen_rows(parser: argparse.ArgumentParser, args: argparse.Namespace) -> list[Workload]:
    """The rows that the arguments ask for, and how long each may take."""
    if unknown := [name for name in args.workloads if name not in WORKLOADS]:
        parser.error(f"no such workload: {', '.join(unknown)}; there are {', '.join(WORKLOADS)}")
    args.rounds = args.rounds or (7 if args.quick else 30)
    args.seconds = args.seconds or (2 if args.quick else 12)
    if args.workloads:
        return [WORKLOADS[name] for name in args.workloads]
    return [row for row in WORKLOADS.values() if row.quick or not args.quick]


@contextmanager
def progress(total: int) -> Iterator[Callable[[str], object]]:
    """A function to call before each step; it moves a progress bar where tqdm is installed."""
    if not importlib.util.find_spec("tqdm"):
        yield lambda text: None
        return
    from tqdm import tqdm

    with tqdm(total=total, leave=False, disable=None) as bar:

        def step(text: str) -> None:
            bar.set_description(text)
            bar.update()

        yield step


def measure(args: argparse.Namespace, rows: list[Workload], start: Callable[[], list[Library]], reference: str) -> None:
    """Measure the rows, print the table, write the results if there is a folder for them."""
    use_threads(args.threads)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    libraries = start()
    report = Report(
        libraries, args.threads, reference, load=load, clock="processor time" if args.cpu_time else "clock time"
    )
    effort = Effort(args.rounds, args.seconds, args.cpu_time)
    with progress(len(rows) * args.rounds) as step:
        for row in rows:
            report.rows.append(measured(row, libraries, effort, step))
    for library in libraries:
        library.stop()
    print(report.markdown())
    if args.output:
        report.write(args.output)
    if wrong := [row.workload.name for row in report.rows if set(row.different) & set(report.measured)]:
        raise SystemExit(f"chainrule gives other numbers: {', '.join(wrong)}")


def main() -> None:
    """Measure what is installed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--libraries", help=f"separated by commas, of {', '.join(KNOWN)} (default: what is installed)")
    parser.add_argument("--list", action="store_true", help="name the workloads and end")
    args = parser.parse_args()
    rows = chosen_rows(parser, args)
    if args.list:
        for row in rows:
            print(f"{row.name:20} {row.title}")
        return
    names = args.libraries.split(",") if args.libraries else list(KNOWN)
    if unknown := [name for name in names if name not in KNOWN]:
        parser.error(f"no such library: {', '.join(unknown)}; there are {', '.join(KNOWN)}")
    if args.output is None and not (args.quick or args.workloads or args.libraries):
        args.output = RESULTS
    chosen = [KNOWN[name] for name in names]
    measure(args, rows, lambda: started(chosen, needed=bool(args.libraries)), reference="torch")


if __name__ == "__main__":
    main()
