"""Every Python block of the documents is run, every link leads somewhere, every file that is named exists."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule
from kinks import KINKS, gradient_at

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\((?!https?://|#)([^)#\s]+)[^)]*\)")
NAMED_FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|md|toml|yaml))`")
DEFINITION = re.compile(r"`((?:[\w-]+/)*[\w-]+\.py)`: `(\w+)")


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def run_document(path, folder):
    # A fresh process, so that neither a seed, nor a default dtype, nor a row of the table leaks from one to the next.
    command = [sys.executable, "-W", "error", ROOT / "tests" / "run_document.py", path]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_code_in_documents_runs(document, tmp_path):
    run = run_document(document, tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_document_that_is_wrong_is_noticed(tmp_path):
    document = tmp_path / "wrong.md"
    for source, complaint in ((">>> 1 + 1\n3\n", "Expected"), ("\n1 / 0\n", 'wrong.md", line 5')):
        document.write_text(f"Words.\n\n```python\n{source}```\n", encoding="utf-8")
        run = run_document(document, tmp_path)
        assert run.returncode == 1
        assert complaint in run.stdout + run.stderr


def found(document, name):
    places = [document.parent, ROOT, ROOT / "src" / "chainrule"]
    return next((place / name for place in places if (place / name).exists()), None)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_files_and_definitions_that_are_named_exist(document):
    text = document.read_text(encoding="utf-8")
    lost = [name for name in LINK.findall(text) + NAMED_FILE.findall(text) if not found(document, name)]
    for name, definition in DEFINITION.findall(text):
        path = found(document, name)
        if path is None or not re.search(
            rf"^ *(def|class) {definition}\b|^{definition}\b.* = ", path.read_text(), re.MULTILINE
        ):
            lost.append(f"{definition} in {name}")
    assert not lost


def test_the_documents_are_found():
    assert {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"} <= set(map(name_of, DOCUMENTS))


@pytest.mark.parametrize(("expression", "x", "gradient"), KINKS)
def test_gradients_at_nondifferentiable_points_are_those_documented(expression, x, gradient):
    np.testing.assert_allclose(gradient_at(chainrule, expression, x), gradient, rtol=1e-6)
