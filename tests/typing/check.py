"""What type checkers say of programs.py, which is nothing, and of mistakes.py, which is something at each marked line.

make types
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
FILES = ("programs.py", "mistakes.py")
CHECKERS = ("mypy", "basedpyright")
MARK = "# expect: "


def found_by(checker: str, name: str) -> dict[int, str]:
    """What a checker reports of a file, by line; reports of other files stand at line 0."""
    return found_by_mypy(name) if checker == "mypy" else found_by_pyright(name)


def found_by_mypy(name: str) -> dict[int, str]:
    """What `mypy --strict` reports; what follows from imports is checked where it stands."""
    said = output_of("mypy", "--strict", "--follow-imports=silent", "--no-error-summary", str(FOLDER / name))
    reports = re.findall(r"^(.*?):(\d+): error: (.*)$", said, re.MULTILINE)
    if said and not reports:
        return {0: said}
    return {int(line) if file.endswith(name) else 0: what for file, line, what in reports}


def found_by_pyright(name: str) -> dict[int, str]:
    """What pyright reports in its strict mode (see pyproject.toml)."""
    said = json.loads(output_of("basedpyright", "--outputjson", "--pythonpath", sys.executable, str(FOLDER / name)))
    return {
        found["range"]["start"]["line"] + 1 if found["file"].endswith(name) else 0: found["message"]
        for found in said["generalDiagnostics"]
        if found["severity"] == "error"
    }


def output_of(checker: str, *options: str) -> str:
    """What a checker prints, in the folder with its settings."""
    command = [sys.executable, "-m", checker, *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout


def complaints(checker: str, name: str) -> list[str]:
    """Where a checker's reports are not those expected."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    expected = {number for number, line in enumerate(lines, 1) if MARK in line}
    found = found_by(checker, name)
    wrong = [f"{name}:{line}: {checker} says: {what}" for line, what in sorted(found.items()) if line not in expected]
    return wrong + [f"{name}:{line}: {checker} says nothing" for line in sorted(expected - found.keys())]


def installed(checker: str) -> bool:
    """Whether a checker is there."""
    return importlib.util.find_spec(checker) is not None


if __name__ == "__main__":
    wrong = [said for c in CHECKERS if installed(c) for name in FILES for said in complaints(c, name)]
    sys.stdout.write("\n".join([*wrong, f"tests/typing: {len(wrong)} complaints\n"]))
    sys.exit(bool(wrong))
