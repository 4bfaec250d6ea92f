"""The examples run, and what they promise holds."""

import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def test_the_demo_learns_the_digits_and_draws_its_pictures(tmp_path):
    command = [sys.executable, "-W", "error", EXAMPLES / "digits.py", "--outputs", tmp_path / "pictures"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    accuracy = re.search(r"test accuracy: ([\d.]+)%", run.stdout)
    assert accuracy, run.stdout
    assert float(accuracy[1]) >= 96
    for name in ("loss.png", "graph.png"):
        assert (tmp_path / "pictures" / name).read_bytes().startswith(b"\x89PNG")
        assert name in run.stdout
