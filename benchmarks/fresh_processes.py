"""What is measured in a fresh process, or by looking at files: importing, the memory of a graph, the size installed."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import weakref
from pathlib import Path

from libraries import Library, NotAvailableError

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"

TIME_AN_IMPORT = "{before}from time import {clock} as clock; start = clock(); import {module}; print(clock() - start)"

# What the process holds, as the operating system counts it: whatever allocator it came from, C++'s or Python's. The
# values are part of it: three float32 elements with all that an array or a tensor around them takes.
RECORD_A_GRAPH = """
import gc, os
import {module} as torch

def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

y = torch.ones(3, requires_grad=True)
b = torch.ones(3, requires_grad=True)
(y * b).backward(torch.ones(3))
gc.collect()
before = resident()
for _ in range({nodes}):
    y = y * b
print((resident() - before) / {nodes})
"""


def printed(library: Library, program: str, **environment: str) -> float:
    """The number that a program prints in a fresh process."""
    command = [sys.executable, "-c", program]
    variables = os.environ | library.environment | environment
    result = subprocess.run(command, env=variables, check=False, capture_output=True, text=True)
    if result.returncode:
        raise NotAvailableError(result.stderr.strip().splitlines()[-1])
    return float(result.stdout)


class Imports:
    """How long `import` takes, from byte code, as it does for all but the first; after NumPy, if so chosen."""

    def __init__(self, library: Library, *, after_numpy: bool = False, processor: bool = False) -> None:
        if after_numpy and library.module == "numpy":
            raise NotAvailableError(f"not written for {library.name}")
        self.library = library
        self.byte_code = tempfile.mkdtemp()
        weakref.finalize(self, shutil.rmtree, self.byte_code)
        before = "import numpy; " if after_numpy else ""
        clock = "process_time" if processor else "perf_counter"
        self.program = TIME_AN_IMPORT.format(before=before, clock=clock, module=library.importable)
        self()  # writes the byte code

    def __call__(self) -> float:
        """Seconds."""
        folder = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": self.byte_code}
        return printed(self.library, self.program, **folder)


class GraphMemory:
    """By how many bytes a node the process grows while it records a graph; for what has PyTorch's names."""

    def __init__(self, library: Library, *, nodes: int) -> None:
        if library.module not in {"chainrule", "torch"}:
            raise NotAvailableError(f"not written for {library.name}")
        if not Path("/proc/self/statm").exists():
            raise NotAvailableError("this system does not say how much memory a process holds")
        self.library = library
        self.program = RECORD_A_GRAPH.format(module=library.module, nodes=nodes)

    def __call__(self) -> float:
        """Bytes."""
        return printed(self.library, self.program)


class InstalledSize:
    """What the package takes on the disk; with everything that it needs, if so chosen. Byte code is not counted."""

    def __init__(self, library: Library, *, with_needed: bool = False) -> None:
        packages = {library.module}
        if with_needed:
            packages |= needed(library.module, set(filter(is_installed, library.beside)))
        self.bytes = sum(size_of(package, library) for package in packages)

    def __call__(self) -> float:
        """Bytes."""
        return self.bytes


def needed(package: str, seen: set[str]) -> set[str]:
    """The installed packages that a package requires, theirs included; `seen` are those that are known already."""
    if package == "chainrule":
        requirements = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["dependencies"]
    else:
        requirements = importlib.metadata.requires(package) or []
    for requirement in requirements:
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        if "extra ==" not in requirement and name not in seen and is_installed(name):
            seen.add(name)
            needed(name, seen)
    return seen


def is_installed(package: str) -> bool:
    """Whether there is such a distribution; what is required on other systems only is not there."""
    try:
        importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def size_of(package: str, library: Library) -> int:
    """The bytes of a package's files; chainrule's are those of the folder that it is imported from."""
    if package == "chainrule":
        files = list(Path(library.description["path"]).parent.rglob("*"))
    else:
        files = [Path(str(file.locate())) for file in importlib.metadata.files(package) or []]
    return sum(file.stat().st_size for file in files if file.is_file() and "__pycache__" not in file.parts)
