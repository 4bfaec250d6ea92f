"""Functions that PyTorch has removed, and that say what to use instead."""

from __future__ import annotations

from typing import Any

__all__ = ["lstsq", "matrix_rank", "symeig", "eig", "solve"]
METHODS = ("lstsq", "symeig", "eig", "solve")

_REMOVED = "This function was deprecated since version 1.9 and is now removed."


def lstsq(input: Any, A: Any, *, out: Any = None) -> Any:
    """Removed: see `linalg.lstsq`, which takes its arguments the other way round."""
    del input, A, out
    raise RuntimeError(f"{_REMOVED} `torch.lstsq` is deprecated in favor of `torch.linalg.lstsq`.")


def matrix_rank(input: Any, tol: Any = None, symmetric: bool = False, *, out: Any = None) -> Any:
    """Removed: see `linalg.matrix_rank`."""
    del input, tol, symmetric, out
    raise RuntimeError(f"{_REMOVED}\nUse `torch.linalg.matrix_rank` instead.")


def symeig(input: Any, eigenvectors: bool = False, upper: bool = True, *, out: Any = None) -> Any:
    """Removed: see `linalg.eigh`, which reads the lower triangle by default."""
    del input, eigenvectors, upper, out
    raise RuntimeError(
        f"{_REMOVED} The default behavior has changed from using the upper triangular portion of the matrix by default "
        "to using the lower triangular portion.\nUse `torch.linalg.eigh` or `torch.linalg.eigvalsh` instead."
    )


def eig(self: Any, eigenvectors: bool = False, *, e: Any = None, v: Any = None) -> Any:
    """Removed: see `linalg.eig`, whose results are complex."""
    del self, eigenvectors, e, v
    raise RuntimeError(
        f"{_REMOVED} `torch.linalg.eig` returns complex tensors of dtype `cfloat` or `cdouble` rather than real "
        "tensors mimicking complex tensors."
    )


def solve(input: Any, A: Any, *, out: Any = None) -> Any:
    """Removed: see `linalg.solve`, which takes its arguments the other way round."""
    del input, A, out
    raise RuntimeError(
        f"{_REMOVED} `torch.solve` is deprecated in favor of `torch.linalg.solve`. `torch.linalg.solve` has its "
        "arguments reversed and does not return the LU factorization."
    )
