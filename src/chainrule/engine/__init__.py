"""The machinery: how operations are recorded and differentiated. It knows no operation by name.

The same source runs as plain Python and compiled by mypyc. The compiled modules, where there are any, lie in the folder
`compiled` and are imported in place of the files here, unless the environment variable CHAINRULE_ENGINE is `python`.
With `compiled` it is an error if there are none.
"""

import os
from importlib.machinery import EXTENSION_SUFFIXES

from chainrule.engine.sources import COMPILED, NOTED, digest


def _missing() -> str:
    # Why the compiled engine cannot be taken, empty if it can.
    if not any((COMPILED / f"record{suffix}").exists() for suffix in EXTENSION_SUFFIXES):
        return "this installation has none for this Python (a pure wheel, or a checkout: see `make compile`)"
    if NOTED.exists() and NOTED.read_text(encoding="utf-8") != digest():
        return "it was compiled from other sources than those that are here now (see `make compile`)"
    return ""


def _choose() -> tuple[str, str]:
    # Which engine runs, and why.
    asked = os.environ.get("CHAINRULE_ENGINE", "")
    if asked not in {"", "python", "compiled"}:
        msg = f"CHAINRULE_ENGINE must be 'python' or 'compiled', not {asked!r}"
        raise ImportError(msg)
    if asked == "python":
        return "python", "CHAINRULE_ENGINE=python"
    missing = _missing()
    if missing and asked:
        msg = f"CHAINRULE_ENGINE=compiled, but there is no compiled engine to import: {missing}"
        raise ImportError(msg)
    return ("python", missing) if missing else ("compiled", "CHAINRULE_ENGINE=compiled" if asked else "")


ENGINE, WHY = _choose()
if ENGINE == "compiled":
    __path__.insert(0, str(COMPILED))
