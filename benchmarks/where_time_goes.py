"""Where the time of a workload goes: the functions of chainrule that take most of it.

    python benchmarks/where_time_goes.py indexing
    python benchmarks/where_time_goes.py transformer --library torch --lines 15

Python's profiler adds to each call, so look at which functions there are and how often they run, not at their shares.
A compiled engine shows no functions: CHAINRULE_ENGINE=python shows them.
"""

import argparse
import cProfile
import importlib
import pstats
import time

from workloads import WORKLOADS

SECONDS = 1.0


def main() -> None:
    """Profile one workload for about a second."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "workload", choices=[row.name for row in WORKLOADS.values() if row.unit not in {"byte", "import"}]
    )
    parser.add_argument("--library", choices=["chainrule", "torch", "numpy"], default="chainrule")
    parser.add_argument("--lines", type=int, default=30, help="how many functions to show (default: 30)")
    args = parser.parse_args()
    family = "numpy" if args.library == "numpy" else "torch"
    run = WORKLOADS[args.workload].set_up(family, importlib.import_module(args.library))
    run()
    start = time.perf_counter()
    run()
    number = max(1, round(SECONDS / (time.perf_counter() - start)))
    with cProfile.Profile() as profile:
        for _ in range(number):
            run()
    print(f"{args.workload} under {args.library}, {number} runs")
    pstats.Stats(profile).strip_dirs().sort_stats("tottime").print_stats(args.lines)


if __name__ == "__main__":
    main()
