"""Run the Python blocks of a document, in order, in one namespace, as its reader's session would.

    python tests/run_document.py README.md

Blocks with `>>>` are checked as doctests. The exit code is 0 when everything ran and printed what the document says.
"""

import doctest
import re
import sys
from pathlib import Path

FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def python_blocks(text):
    """Each block with the number of lines above it."""
    return [(text.count("\n", 0, match.start(1)), match[1]) for match in FENCE.finditer(text)]


def run_blocks(text, name):
    """The number of examples that did not print what they should; a plain block that fails raises."""
    names = {"__name__": "__main__"}
    wrong = 0
    for line, source in python_blocks(text):
        if ">>> " in source:
            test = doctest.DocTestParser().get_doctest(source, names, name, name, line)
            runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
            wrong += runner.run(test, clear_globs=False).failed
            names.update(test.globs)
        else:
            # The empty lines make a traceback show the document's own line numbers.
            exec(compile("\n" * line + source, name, "exec"), names)
    return wrong


if __name__ == "__main__":
    document = Path(sys.argv[1])
    sys.exit(run_blocks(document.read_text(encoding="utf-8"), str(document)) and 1)
