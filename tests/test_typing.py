"""Type checkers pass programs as users write them, and find the mistakes in those that have some."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "typing"
spec = importlib.util.spec_from_file_location("check_types", FOLDER / "check.py")
check = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check)


@pytest.mark.parametrize("name", check.FILES)
@pytest.mark.parametrize("checker", check.CHECKERS)
def test_reports_are_those_expected(checker, name):
    if not check.installed(checker):
        pytest.skip(f"{checker} is not installed")
    assert not check.complaints(checker, name)


def test_the_programs_run():
    done = subprocess.run([sys.executable, FOLDER / "programs.py"], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
