"""Matrices in the last two dimensions of an array: their adjoints and parts, and what is said of those that do not fit.

The words are PyTorch's, under the name that it gives the operation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.dtypes import as_numpy_dtype, category, scalar_type_name
from chainrule.engine.call import OUT_IS_NOT_RECORDED, cannot_cast
from chainrule.engine.grad_flag import is_grad_enabled

# ---- parts ----


def transposed(a: Any) -> Any:
    """The matrices transposed."""
    return np.swapaxes(a, -1, -2)


def adjoint(a: Any) -> Any:
    """The matrices transposed, and conjugate where they are complex."""
    turned = np.swapaxes(a, -1, -2)
    return np.conj(turned) if a.dtype.kind == "c" else turned


def scaled_columns(a: Any, factors: Any) -> Any:
    """Each column times its factor."""
    return a * np.expand_dims(factors, -2)


def scaled_rows(a: Any, factors: Any) -> Any:
    """Each row times its factor."""
    return a * np.expand_dims(factors, -1)


def diagonal_of(a: Any) -> Any:
    """The diagonals of the matrices."""
    return np.diagonal(a, 0, -2, -1)


def triangle(a: Any, upper: bool, unitriangular: bool = False) -> Any:
    """The upper or lower triangle, without its diagonal where that counts as ones."""
    return np.triu(a, int(unitriangular)) if upper else np.tril(a, -int(unitriangular))


# ---- what does not fit ----


class _LinAlgError(RuntimeError, np.linalg.LinAlgError):
    """A matrix has no such inverse, solution or factorization. It is NumPy's error too."""


LinAlgError = _LinAlgError


def require_matrices(name: str, A: Any, *, square: bool = True, parameter: str = "A") -> None:
    """Refuse what is not a matrix of floating-point or complex numbers, or a batch of them."""
    if not isinstance(A, np.ndarray):
        where = f"{name.replace('.', '_')}(): argument '{parameter}'"
        raise TypeError(f"{where} (position {1 + (parameter == 'B')}) must be Tensor, not {type(A).__name__}")
    if A.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {parameter} must have at least 2 dimensions.")
    if square:
        require_square(name, A, parameter)
    if A.dtype.kind not in "fc":
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {scalar_type_name(A.dtype)}"
        )
    if A.dtype == np.float16:
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got Half")


def require_square(name: str, A: Any, parameter: str = "A") -> None:
    """Refuse matrices that are not square."""
    if A.shape[-1] != A.shape[-2]:
        raise RuntimeError(
            f"{name}: {parameter} must be batches of square matrices, but they are "
            f"{A.shape[-2]} by {A.shape[-1]} matrices"
        )


def refuse_kernel(kernel: str, A: Any) -> None:
    """Refuse what LAPACK has no routine for, as PyTorch's kernel of this name does."""
    if A.dtype.kind not in "fc" or A.dtype == np.float16:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_type_name(A.dtype)}'")


def require_same_dtype(name: str, A: Any, B: Any, names: tuple[str, str] = ("A", "B")) -> None:
    """Refuse two matrices of different types."""
    if A.dtype != B.dtype:
        raise RuntimeError(
            f"{name}: Expected {names[0]} and {names[1]} to have the same dtype, but found {names[0]} of type "
            f"{scalar_type_name(A.dtype)} and {names[1]} of type {scalar_type_name(B.dtype)} instead"
        )


def for_each(compute: Callable[[Any], Any], A: Any, explain: Callable[[Any], str], name: str) -> Any:
    """NumPy's function of all matrices at once; where it fails, the first that fails by itself is named."""
    try:
        return compute(A)
    except np.linalg.LinAlgError:
        for number, matrix in enumerate(A.reshape(-1, *A.shape[-2:])):
            try:
                compute(matrix)
            except np.linalg.LinAlgError:
                raise failure(name, number if A.ndim > 2 else None, explain(matrix)) from None
        raise


def failure(name: str, number: int | None, explanation: str) -> Exception:
    """The error for the matrix of this number in its batch."""
    which = "" if number is None else f"(Batch element {number}): "
    return LinAlgError(f"{name}: {which}{explanation}")


def first_failure(info: Any) -> tuple[int, int | None]:
    """The first of LAPACK's codes that is not 0, and the number of its matrix, None for a single matrix; 0 if none."""
    codes = np.reshape(info, (-1,))
    failed = np.flatnonzero(codes)
    if not failed.size:
        return 0, None
    return int(codes[failed[0]]), int(failed[0]) if np.ndim(info) else None


def not_finite(matrix: Any, otherwise: str) -> str:
    """Why an iteration did not converge."""
    if not np.isfinite(matrix).all():
        return "The algorithm failed to converge because the input matrix contained non-finite values."
    return otherwise


def into(name: str, out: Any, result: Any) -> Any:
    """The result, in the tensor `out` where there is one; in a tuple of them where there are several."""
    if out is None:
        return result
    several = isinstance(result, tuple)
    targets, parts = (out, result) if several else ((out,), (result,))
    if is_grad_enabled() and any(t.requires_grad for t in (*targets, *parts)):
        raise RuntimeError(OUT_IS_NOT_RECORDED.format(name))
    for target, part in zip(targets, parts, strict=True):
        given, wanted = as_numpy_dtype(part.dtype), as_numpy_dtype(target.dtype)
        if category(given) > category(wanted):
            raise cannot_cast(given, wanted)
    for target, part in zip(targets, parts, strict=True):
        if target.shape != part.shape:
            target.resize_(part.shape)
        target.copy_(part)
    return type(result)(out) if several else out
