"""The engine's source files: which they are now, and which the compiled ones were made of."""

import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent
COMPILED = FOLDER / "compiled"
# Beside modules that were compiled in a checkout: what they were compiled from. A wheel has one and the other together.
NOTED = COMPILED / "SOURCES"


def digest() -> str:
    """What tells whether the sources are still the same."""
    found = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()
