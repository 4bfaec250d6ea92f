"""What is raised where a problem was not solved."""

from __future__ import annotations

from typing import Any


class SolverError(RuntimeError):
    """SciPy's solver did not find a solution; the message has SciPy's own, `result` what it returned, if anything.

    >>> import chainrule as torch
    >>> from chainrule import implicit
    >>> try:
    ...     implicit.root(lambda x: x * x + 1, torch.tensor(1.0, dtype=torch.float64))
    ... except implicit.SolverError as error:
    ...     print(str(error)[:52])
    root: SciPy's method 'hybr' found no solution: The i
    """

    def __init__(self, message: str, result: Any = None) -> None:
        super().__init__(message)
        self.result = result


def not_solved(what: str, method: str, said: str, result: Any = None) -> SolverError:
    """The error for `what`, which SciPy gave up with these words."""
    said = " ".join(str(said).split())
    return SolverError(f"{what}: SciPy's method {method!r} found no solution: {said}", result)
