"""chainrule before and after a change, side by side: two source trees, asked in turn.

    python benchmarks/compare.py HEAD~3                    # this tree beside that commit
    python benchmarks/compare.py HEAD products mlp         # what is not committed yet; some workloads
    python benchmarks/compare.py path/to/src --quick       # a folder with another copy of the package
    python benchmarks/compare.py HEAD~3 sines --compiled   # compiles both engines first (needs mypy)

Ratios are the time before divided by the time now: above 1, the change made it quicker.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from libraries import Library, started
from side_by_side import add_options, chosen_rows, measure

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def source_of(commit_or_folder: str) -> Iterator[Path]:
    """The folder that holds the package: the one named, or that of a commit, checked out for the time being."""
    if (Path(commit_or_folder) / "chainrule").is_dir():
        yield Path(commit_or_folder).resolve()
        return
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit_or_folder], check=True)
        try:
            yield tree / "src"
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def compile_engine(tree: Path) -> None:
    """Compile the engine of a source tree, in place."""
    if not (tree / "setup.py").exists():
        raise SystemExit(f"{tree} has no setup.py that compiles the engine; compare without --compiled")
    subprocess.run([sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"], cwd=tree, check=True)


def main() -> None:
    """Measure both trees, print the table, write the results if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", help="a commit, or a folder with the package `chainrule` in it")
    parser.add_argument("--compiled", action="store_true", help="with both engines compiled (default: plain Python)")
    add_options(parser)
    args = parser.parse_args()
    rows = chosen_rows(parser, args)
    with source_of(args.before) as before:
        sources = {"before": before, "now": ROOT / "src"}
        if args.compiled:
            for source in sources.values():
                compile_engine(source.parent)
        engine = "compiled" if args.compiled else "python"
        libraries = [
            Library(name, "chainrule", {"PYTHONPATH": str(source), "CHAINRULE_ENGINE": engine})
            for name, source in sources.items()
        ]
        measure(args, rows, lambda: started(libraries, needed=True), reference="before")


if __name__ == "__main__":
    main()
