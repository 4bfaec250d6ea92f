"""Whole programs, run by PyTorch and by `python -m chainrule`: the same text, addresses and times apart."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))

# PyTorch as it was before 2.0, as far as the programs notice: `zero_grad()` leaves zeros.
WITH_OLD_DEFAULTS = """
import runpy, sys
import torch
zero_grad = torch.optim.Optimizer.zero_grad
torch.optim.Optimizer.zero_grad = lambda self, set_to_none=False: zero_grad(self, set_to_none)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""

# The lines below PyTorch's own sentence, which say what PyTorch does not: see docs/coming-from-pytorch.md.
WHICH_LINE = re.compile(
    r"\n  (?:changed \d+ times|\w+ needs the values as they were at|\w+ was recorded at|changed in place by"
    r"|Change a copy instead|An optimizer's step|The graph was freed by|The view was made at).*"
)


def printed(*command):
    finished = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, check=False, timeout=300
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def without_addresses_and_times(text):
    text = re.sub(r"0x[0-9a-f]+", "0x", text)
    lines = []
    in_table = False
    for printed in text.splitlines():
        line = printed
        if "Self CPU %" in line:
            in_table = True
        if in_table:
            # The profiler's table: its percentages and times, and the order and widths that follow from them, go.
            line = re.sub(r"\d+\.\d+%|\d+\.\d+(us|ms|s)\b", "#", line)
            line = " ".join(line.split()).replace("-", "")
            if line.startswith("Self CPU time total"):
                in_table = False
        lines.append(line)
    table_rows = sorted(line for line in lines if line.startswith("aten::"))
    rest = [line for line in lines if not line.startswith("aten::")]
    return table_rows, rest


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_prints_what_it_prints_under_torch(program):
    expected = printed("-c", WITH_OLD_DEFAULTS, program)

    given = WHICH_LINE.sub("", printed("-m", "chainrule", "--torch-version", "1.13", program))

    assert len(expected.splitlines()) > 20
    assert without_addresses_and_times(given) == without_addresses_and_times(expected)
