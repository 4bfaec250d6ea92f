"""Every Python block of the documents is run, every link leads somewhere, every file that is named exists."""

import doctest
import re
from pathlib import Path

import numpy as np
import pytest

import chainrule
from kinks import KINKS, gradient_at

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\((?!https?://|#)([^)#\s]+)[^)]*\)")
NAMED_FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|md|toml|yaml))`")


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def python_blocks(text):
    return [(text.count("\n", 0, match.start(1)), match[1]) for match in FENCE.finditer(text)]


def run_doctest(source, names, document, line):
    test = doctest.DocTestParser().get_doctest(source, names, document, document, line)
    report = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    result = runner.run(test, out=report.append, clear_globs=False)
    assert not result.failed, "".join(report)
    names.update(test.globs)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_code_in_documents_runs(document, tmp_path, monkeypatch):
    # The blocks of one document share their names, as its reader's session does.
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    for line, source in python_blocks(document.read_text(encoding="utf-8")):
        if ">>> " in source:
            run_doctest(source, names, name_of(document), line)
        else:
            code = "\n" * line + source  # so that a traceback shows the document's own line
            exec(compile(code, document, "exec"), names)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_and_named_files_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    lost = [link for link in LINK.findall(text) if not (document.parent / link).exists()]
    places = [ROOT, ROOT / "src" / "chainrule", document.parent]
    lost += [name for name in NAMED_FILE.findall(text) if not any((place / name).exists() for place in places)]
    assert not lost


@pytest.mark.parametrize(("expression", "x", "gradient"), KINKS)
def test_gradients_at_nondifferentiable_points_are_those_documented(expression, x, gradient):
    np.testing.assert_allclose(gradient_at(chainrule, expression, x), gradient, rtol=1e-6)


def test_the_documents_are_found():
    assert {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"} <= set(map(name_of, DOCUMENTS))


def test_a_wrong_output_in_a_document_is_noticed():
    with pytest.raises(AssertionError, match="Expected"):
        run_doctest(">>> 1 + 1\n3\n", {}, "a document", 0)
