"""The programs of examples/programs under PyTorch and under `python -m chainrule`: the same losses, step by step.

Each trains for 50 steps from the same seed, in a process of its own, and prints its loss after every step. All that is
printed must be the same, times apart; numbers with decimals may differ by 1e-4 of themselves, and in the last decimal.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = sorted((ROOT / "examples" / "programs").glob("*.py"))

NUMBER = re.compile(r"-?\d+\.(\d+)(?:e([+-]\d+))?")
TIME = re.compile(r"\d+\.\d+ s\b")
STEP = re.compile(r"^(?:step|episode) +\d+ .*loss|^step +\d+  discriminator", re.MULTILINE)


def printed(*command):
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    finished = subprocess.run(
        [sys.executable, *map(str, command), "--steps", "50", "--every", "1"],
        env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    return TIME.sub("# s", finished.stdout)


def line_with_tolerances(line):
    # The line without its numbers, and for each of them what it is and what its last decimal is worth.
    numbers = [(float(m[0]), 10.0 ** (int(m[2] or 0) - len(m[1]))) for m in NUMBER.finditer(line)]
    return " ".join(NUMBER.sub("#", line).split()), numbers


def differences(ours, theirs):
    """The lines that are not the same, the first first."""
    found = []
    for our_line, their_line in zip(ours.splitlines(), theirs.splitlines(), strict=False):
        our_words, our_numbers = line_with_tolerances(our_line)
        their_words, their_numbers = line_with_tolerances(their_line)
        same = our_words == their_words and all(
            abs(a - b) <= 1e-4 * abs(b) + 1.01 * last
            for (a, _), (b, last) in zip(our_numbers, their_numbers, strict=True)
        )
        if not same:
            found.append(f"{our_line!r}, not {their_line!r}")
    if len(ours.splitlines()) != len(theirs.splitlines()):
        found.append(f"{len(ours.splitlines())} lines, not {len(theirs.splitlines())}")
    return found


def test_there_are_at_least_ten_programs():
    assert len(PROGRAMS) >= 10


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_trains_to_the_same_losses(program):
    theirs = printed(program)

    ours = printed("-W", "error", "-m", "chainrule", program)

    assert len(STEP.findall(theirs)) == 50
    assert differences(ours, theirs) == []
