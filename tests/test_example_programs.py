"""The programs of examples/programs run on chainrule without a warning, and learn."""

import os
import re
import subprocess
import sys
from pathlib import Path
from statistics import mean

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "examples" / "programs"
PROGRAMS = sorted(FOLDER.glob("*.py"))

# Their losses are no measure of what is learnt: two networks compete, or episodes that last longer cost more.
LOSS_SAYS_LITTLE = {"gan", "reinforce", "wasserstein_gan"}


def printed_by(program, *arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error", "-m", "chainrule", program, *arguments]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    return run.stdout


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_learns(program):
    printed = printed_by(program, "--steps", "40", "--every", "1")

    lines = re.findall(r"^(?:step|episode) .*$", printed, re.MULTILINE)
    assert len(lines) == 40
    if program.stem not in LOSS_SAYS_LITTLE:
        losses = [float(re.search(r"loss (\S+)", line)[1]) for line in lines]
        assert mean(losses[-10:]) < 0.95 * mean(losses[:10])


def test_every_program_is_in_the_table_of_the_folder():
    rows = re.findall(r"^\| `(\w+)\.py` \|", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [path.stem for path in PROGRAMS]
