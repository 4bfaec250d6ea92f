"""The libraries that are measured, each in a process of its own, asked in turn.

They cannot share a process: chainrule's two engines are one package, and each library has threads, caches and garbage
of its own. Asked in turn, one repeat each and again from the start, a busy moment of the machine hits all of them.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any

WORKER = Path(__file__).with_name("worker.py")


class NotAvailableError(Exception):
    """The library, or this workload of it, is left out; the message says why."""


@dataclass
class Library:
    """One column: the module to import, and what is set in the environment of its process."""

    name: str
    module: str  # and its distribution
    environment: dict[str, str] = field(default_factory=dict)
    description: dict[str, Any] = field(default_factory=dict)
    beside: tuple[str, ...] = ()  # what it needs here without requiring it

    @cached_property
    def errors(self) -> IO[str]:
        """A file for what the library prints: a pipe that nobody reads would fill up and stop it."""
        return tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")

    @property
    def importable(self) -> str:
        """The module that has the library's functions."""
        return "mlx.core" if self.module == "mlx" else self.module

    @cached_property
    def process(self) -> subprocess.Popen[str]:
        """The worker, started when it is first asked."""
        return subprocess.Popen(
            [sys.executable, str(WORKER), self.importable],
            env=os.environ | self.environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True,
        )  # fmt: skip

    def ask(self, do: str, **question: Any) -> dict[str, Any]:
        """The worker's answer."""
        process = self.process
        try:
            print(json.dumps({"do": do, **question}), file=process.stdin, flush=True)
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            process.wait()
            self.errors.seek(0)
            error = self.errors.read().strip().splitlines()
            self.stop()
            raise NotAvailableError(error[-1] if error else f"its process ended with status {process.returncode}")
        answer: dict[str, Any] = json.loads(line)
        if reason := answer.get("missing") or answer.get("failed"):
            raise NotAvailableError(reason)
        return answer

    def start(self) -> None:
        """Import the library and keep what it says of itself."""
        self.description = self.ask("describe")

    def stop(self) -> None:
        """End the process."""
        if "process" in self.__dict__:
            self.process.communicate()
            self.errors.close()
            del self.process, self.errors

    @property
    def title(self) -> str:
        """The name with the version, and for chainrule which engine runs."""
        if engine := self.description.get("engine"):
            return f"{self.name} {self.description['version']} ({engine})"
        return f"{self.name} {self.description['version']}"


KNOWN = {
    library.name: library
    for library in [
        Library("chainrule", "chainrule"),
        Library("chainrule-pure", "chainrule", {"CHAINRULE_ENGINE": "python"}),
        Library("torch", "torch"),
        Library("jax", "jax", {"JAX_PLATFORMS": "cpu"}),
        Library("autograd", "autograd"),
        Library("mygrad", "mygrad"),
        Library("mlx", "mlx", beside=("mlx-cpu",)),
        Library("numpy", "numpy"),
    ]
}


def started(libraries: list[Library], *, needed: bool) -> list[Library]:
    """Those that can be imported; what is left out is said, or refused if it was asked for by name."""
    running = []
    for library in libraries:
        try:
            library.start()
        except NotAvailableError as reason:
            if needed:
                raise SystemExit(f"{library.name}: {reason}") from None
            print(f"left out: {library.name}: {reason}")
        else:
            running.append(library)
    engines = {library.name: library.description.get("engine") for library in running}
    if engines.get("chainrule-pure") and engines.get("chainrule-pure") == engines.get("chainrule"):
        print("left out: chainrule-pure: chainrule's engine is not compiled here, so it would be the same again")
        running = [library for library in running if library.name != "chainrule-pure"]
    return running


def use_threads(number: int) -> None:
    """Have the libraries of the processes that are started from now on compute with so many threads.

    And each as it does on this processor: where the environment tells OpenBLAS that it is another, that is left aside.
    """
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(name, None)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(number)
