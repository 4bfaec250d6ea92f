"""Eigenvalues and singular values with their vectors, and their derivatives (see gauge.py for what these leave open).

The derivatives are in M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008). In those of singular vectors what `U` and `V` turn together is kept apart from what they turn
against each other: the first is divided by the difference of two singular values, the second by their sum, so that
`U @ V.mH` has a derivative at equal values too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.interpreters import is_followed
from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.ops import gauge, spectral_tangents
from chainrule.ops.matrices import (
    LinAlgError,
    adjoint,
    diagonal_of,
    for_each,
    into,
    not_finite,
    require_matrices,
    scaled_columns,
)
from chainrule.return_types import return_type

METHODS = ("svd",)
__all__ = ["svd"]

_SVD = return_type("svd", ("U", "S", "V"))  # the older function's results are named after it

# ---- what is said of a loss that depends on what is not determined ----

_PHASE = {
    "svd": (
        "svd_backward: The singular vectors in the complex case are specified up to multiplication by e^{i phi}. The "
        "specified loss function depends on this phase term, making it ill-defined."
    ),
    **{
        name: (
            f"{name}_backward: The eigenvectors in the complex case are specified up to multiplication by e^{{i phi}}. "
            "The specified loss function depends on this quantity, so it is ill-defined."
        )
        for name in ("linalg_eigh", "linalg_eig")
    },
}
_ROTATION = {
    "svd": (
        "svd_backward: The singular vectors of equal singular values are specified up to a rotation among them. The "
        "specified loss function depends on this rotation, making it ill-defined."
    ),
    **{
        name: (
            f"{name}_backward: The eigenvectors of equal eigenvalues are specified up to a change of basis among them. "
            "The specified loss function depends on this basis, so it is ill-defined."
        )
        for name in ("linalg_eigh", "linalg_eig")
    },
}
_FILLING = (
    "svd_backward: The vectors that full_matrices=True adds are specified up to a rotation among them. The specified "
    "loss function depends on this rotation, making it ill-defined."
)


def _unknown(name: str, values: str) -> str:
    return (
        f"{name}_backward: The gradient at equal {values} cannot be found from the gradients of the {values} and their "
        "vectors. It can where these come from one function of the matrix, V @ diag(h(values)) @ V.mH, or from the "
        "space that the vectors span."
    )


# ---- symmetric matrices ----


def _eigh_backward(grads: Any, eigenvalues: Any, eigenvectors: Any) -> Any:
    of_values, of_vectors = grads
    V = eigenvectors
    if of_vectors is None or 0 in np.shape(V):
        return scaled_columns(V, of_values) @ adjoint(V) if of_values is not None else V * 0
    turned = adjoint(V) @ of_vectors
    symmetric, skew = 0.5 * (turned + adjoint(turned)), 0.5 * (turned - adjoint(turned))
    itself = np.eye(np.shape(turned)[-1], dtype=np.bool_)
    size = gauge.size_of(of_vectors)
    equal = gauge.same(eigenvalues)
    gauge.require_free(skew, itself if turned.dtype.kind == "c" else False, size, _PHASE["linalg_eigh"])
    gauge.require_free(skew, equal, size, _ROTATION["linalg_eigh"])
    gaps = np.expand_dims(eigenvalues, -2) - np.expand_dims(eigenvalues, -1)
    unused = itself | equal
    middle = np.where(unused, 0, skew / np.where(unused, 1, gaps))
    if equal is not False:
        message = _unknown("linalg_eigh", "eigenvalues")
        middle = middle + gauge.between_equal(eigenvalues, equal, symmetric, of_values, size, message)
    if of_values is not None:
        middle = middle + np.expand_dims(of_values, -1) * itself
    return V @ middle.astype(V.dtype) @ adjoint(V)


def _unconverged(matrix: Any) -> str:
    return not_finite(
        matrix,
        "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated "
        "eigenvalues.",
    )


def _require_triangle_name(UPLO: str) -> None:
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")


@op(
    name="linalg_eigh", spaces="linalg:eigh", results=("eigenvalues", "eigenvectors"), conjugate=False,
    self=_eigh_backward,
    batching=batches.trailing,
    tangent=spectral_tangents.eigh_tangent,
)  # fmt: skip
def eigh(self: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a symmetric or Hermitian matrix, in ascending order, and its eigenvectors, as columns.

    Only the triangle that `UPLO` names, lower or upper, is read.

    >>> torch.linalg.eigh(torch.tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    tensor([1., 2.])
    """
    require_matrices("linalg.eigh", self)
    _require_triangle_name(UPLO)
    which: Any = UPLO
    return tuple(for_each(lambda a: np.linalg.eigh(a, which), self, _unconverged, "linalg.eigh"))


@op(spaces="", A=NOT_DIFFERENTIABLE, batching=batches.trailing)
def values_of_symmetric(A: Any, UPLO: str) -> Any:
    # The eigenvalues alone, which takes less time: for a matrix without a gradient.
    require_matrices("linalg.eigh", A)
    _require_triangle_name(UPLO)
    which: Any = UPLO
    return for_each(lambda a: np.linalg.eigvalsh(a, which), A, _unconverged, "linalg.eigh")


def eigvalsh(input: Any, UPLO: str = "L", *, out: Any = None) -> Any:
    """The eigenvalues of a symmetric or Hermitian matrix, in ascending order.

    >>> torch.linalg.eigvalsh(torch.tensor([[2.0, 0.0], [0.0, 1.0]]))
    tensor([1., 2.])
    """
    return into(
        "linalg_eigvalsh", out, eigh(input, UPLO)[0] if is_followed(input) else values_of_symmetric(input, UPLO)
    )


# ---- any square matrix ----


def _eig_backward(grads: Any, self_shape: tuple[int, ...], eigenvalues: Any, eigenvectors: Any) -> Any:
    of_values, of_vectors = grads
    V = eigenvectors
    middle: Any = 0
    itself = np.eye(self_shape[-1], dtype=np.bool_)
    if of_vectors is not None and 0 not in self_shape:
        turned = adjoint(V) @ of_vectors
        size = gauge.size_of(of_vectors)
        own = diagonal_of(turned)
        gauge.require_free(1j * np.imag(turned), itself, size, _PHASE["linalg_eig"])
        # Columns keep the length 1.
        turned = turned - scaled_columns(adjoint(V) @ V, np.real(own))
        equal = gauge.same(eigenvalues)
        gauge.require_free(turned, equal, size, _ROTATION["linalg_eig"])
        if equal is not False and of_values is not None:
            # Of what lies between them nothing at all comes back to the vectors.
            depends = np.abs(of_values) > gauge.tolerance(V) * np.squeeze(size, -1)
            if bool((equal.any(-1) & depends).any()):
                raise RuntimeError(_unknown("linalg_eig", "eigenvalues"))
        gaps = np.conj(np.expand_dims(eigenvalues, -2) - np.expand_dims(eigenvalues, -1))
        unused = itself | equal
        middle = np.where(unused, 0, turned / np.where(unused, 1, gaps))
    if of_values is not None:
        middle = middle + np.expand_dims(of_values, -1) * itself
    return V * 0 if 0 in self_shape else _from_left_vectors(V, middle @ adjoint(V))


def _from_left_vectors(V: Any, right: Any) -> Any:
    from chainrule.ops.solving import solve

    if not isinstance(V, np.ndarray) or np.linalg.cond(V).max(initial=0) * gauge.rounding(V) < 1:
        return solve(adjoint(V), right)
    raise LinAlgError(
        "linalg_eig_backward: The matrix is defective: its eigenvectors do not span the space, and its eigenvalues "
        "have no derivative."
    )


def _require_finite(A: Any) -> None:
    if not np.isfinite(A).all():
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")


def _complex_type(A: Any) -> Any:
    return np.result_type(A.dtype, np.complex64)


@op(
    name="linalg_eig", spaces="linalg:eig", results=("eigenvalues", "eigenvectors"), conjugate=False,
    self=_eig_backward,
    batching=batches.trailing,
    tangent=spectral_tangents.eig_tangent,
)  # fmt: skip
def eig(self: Any) -> Any:
    """The eigenvalues of a square matrix, in no order, and its eigenvectors, as columns of length 1; both complex.

    >>> torch.linalg.eig(torch.tensor([[0.0, 1.0], [-1.0, 0.0]])).eigenvalues.imag.abs()
    tensor([1., 1.])
    """
    require_matrices("linalg.eig", self)
    _require_finite(self)
    return tuple(found.astype(_complex_type(self), copy=False) for found in np.linalg.eig(self))


@op(spaces="", A=NOT_DIFFERENTIABLE, batching=batches.trailing)
def values_of_any(A: Any) -> Any:
    # The eigenvalues alone, which takes less time: for a matrix without a gradient.
    require_matrices("linalg.eig", A)
    _require_finite(A)
    return np.linalg.eigvals(A).astype(_complex_type(A), copy=False)


def eigvals(input: Any, *, out: Any = None) -> Any:
    """The eigenvalues of a square matrix, in no order; complex.

    >>> torch.linalg.eigvals(torch.tensor([[2.0, 0.0], [0.0, 1.0]]))
    tensor([2.+0.j, 1.+0.j])
    """
    return into("linalg_eigvals", out, eig(input)[0] if is_followed(input) else values_of_any(input))


# ---- singular values ----


def _svd_backward(grads: Any, U: Any, S: Any, Vh: Any) -> Any:
    count = np.shape(S)[-1]
    of_U, of_S, of_Vh = grads
    columns = slice(None, count)
    full_U, full_V, U, Vh = U, adjoint(Vh), U[..., columns], Vh[..., columns, :]
    if count == 0 or 0 in np.shape(S):
        return U @ Vh * 0
    largest = np.amax(S, axis=-1, keepdims=True)
    least = 8 * max(np.shape(full_U)[-2], np.shape(full_V)[-2]) * gauge.rounding(S) * largest
    zero = np.less_equal(S, least)
    if of_U is None and of_Vh is None:
        # The smallest of the subgradients, where a singular value is 0.
        return scaled_columns(U, np.where(zero, 0, of_S)) @ Vh
    V = adjoint(Vh)
    of_U = full_U * 0 if of_U is None else of_U
    of_V = full_V * 0 if of_Vh is None else adjoint(of_Vh)
    size = gauge.size_of(of_U, of_V)
    of_U, of_V = _of_the_first(full_U, of_U, count, size), _of_the_first(full_V, of_V, count, size)
    turned_U, turned_V = adjoint(U) @ of_U, adjoint(V) @ of_V
    middle = _between(turned_U, turned_V, S, of_S, zero, size, np.shape(full_U)[-2] != np.shape(full_V)[-2])
    gradient = U @ middle.astype(U.dtype) @ Vh
    divisor = np.where(zero, 1, S)
    dead = np.expand_dims(zero, -2)
    if np.shape(U)[-2] > count:
        outside = of_U - U @ turned_U
        gauge.require_free(outside, dead, size, _ROTATION["svd"])
        gradient = gradient + np.where(dead, 0, outside / np.expand_dims(divisor, -2)) @ Vh
    if np.shape(V)[-2] > count:
        outside = of_V - V @ turned_V
        gauge.require_free(outside, dead, size, _ROTATION["svd"])
        gradient = gradient + U @ adjoint(np.where(dead, 0, outside / np.expand_dims(divisor, -2)))
    return gradient


def _of_the_first(vectors: Any, grad: Any, count: int, size: Any) -> Any:
    # What the gradient of all vectors means for the first: those that only fill the space turn with them.
    if np.shape(vectors)[-1] == count:
        return grad
    first, filling = vectors[..., :count], vectors[..., count:]
    of_first, of_filling = grad[..., :count], grad[..., count:]
    turned = adjoint(filling) @ of_filling
    gauge.require_free(turned - adjoint(turned), np.True_, size, _FILLING)
    return of_first - filling @ (adjoint(of_filling) @ first)


def _between(turned_U: Any, turned_V: Any, S: Any, of_S: Any, zero: Any, size: Any, is_oblong: bool) -> Any:
    itself = np.eye(np.shape(S)[-1], dtype=np.bool_)
    skew_U, skew_V = turned_U - adjoint(turned_U), turned_V - adjoint(turned_V)
    together, against = 0.5 * (skew_U + skew_V), 0.5 * (skew_U - skew_V)
    gauge.require_free(together, itself if together.dtype.kind == "c" else False, size, _PHASE["svd"])
    both_zero = np.expand_dims(zero, -1) & np.expand_dims(zero, -2)
    if not bool(zero.any()):
        both_zero = False
    gauge.require_free(against, both_zero, size, _ROTATION["svd"])
    sums = np.expand_dims(S, -2) + np.expand_dims(S, -1)
    middle = np.where(both_zero, 0, against / np.where(both_zero, 1, sums))
    equal = gauge.same(S)
    gauge.require_free(together, equal, size, _ROTATION["svd"])
    gaps = np.expand_dims(S, -2) - np.expand_dims(S, -1)
    unused = itself | equal
    middle = middle + np.where(unused, 0, together / np.where(unused, 1, gaps))
    message = _unknown("svd", "singular values")
    if both_zero is not False and of_S is not None:
        open_values = zero if is_oblong else (both_zero & ~itself).any(-1)
        if bool((open_values & (np.abs(of_S) > gauge.tolerance(S) * size[..., 0])).any()):
            raise RuntimeError(message)
    if equal is not False:
        sum_of_both = turned_U + turned_V
        symmetric = 0.25 * (sum_of_both + adjoint(sum_of_both))
        middle = middle + gauge.between_equal(S, equal, symmetric, of_S, size, message)
    return middle if of_S is None else middle + np.expand_dims(of_S, -1) * itself


def _no_singular_values(matrix: Any) -> str:
    return not_finite(
        matrix,
        "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated "
        "singular values.",
    )


def _require_no_driver(driver: str | None) -> None:
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )


@op(
    spaces="linalg:svd",
    results=("U", "S", "Vh"),
    conjugate=False,
    A=_svd_backward,
    batching=batches.trailing,
    tangent=spectral_tangents.svd_tangent,
)
def linalg_svd(A: Any, full_matrices: bool = True, driver: str | None = None) -> Any:
    """The singular value decomposition `A = U @ diag(S) @ Vh`; with `full_matrices`, `U` and `Vh` are square.

    >>> torch.linalg.svd(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).S
    tensor([4., 3.])
    """
    require_matrices("linalg.svd", A, square=False)
    _require_no_driver(driver)
    return tuple(for_each(lambda a: np.linalg.svd(a, full_matrices), A, _no_singular_values, "linalg.svd"))


@op(spaces="", A=NOT_DIFFERENTIABLE, batching=batches.trailing)
def singular_values(A: Any) -> Any:
    # The singular values alone, which takes less time: for a matrix without a gradient.
    require_matrices("linalg.svd", A, square=False)
    return for_each(lambda a: np.linalg.svd(a, compute_uv=False), A, _no_singular_values, "linalg.svd")


def svdvals(A: Any, *, driver: str | None = None, out: Any = None) -> Any:
    """The singular values, in descending order.

    >>> torch.linalg.svdvals(torch.tensor([[3.0, 0.0], [0.0, 4.0]]))
    tensor([4., 3.])
    """
    _require_no_driver(driver)
    return into("linalg_svdvals", out, linalg_svd(A, False)[1] if is_followed(A) else singular_values(A))


def svd(input: Any, some: bool = True, compute_uv: bool = True, *, out: Any = None) -> Any:
    """The singular value decomposition `U @ diag(S) @ V.mH`: as `linalg.svd`, but with `V`; reduced if `some`.

    Without `compute_uv`, `U` and `V` are zeros.

    >>> torch.svd(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).S
    tensor([4., 3.])
    """
    if compute_uv:
        U, S, Vh = linalg_svd(input, not some)
        return into("svd", out, _SVD((U, S, Vh.mH)))
    rows, columns = input.shape[-2:]
    zeros = [input.new_zeros((*input.shape[:-2], size, size)) for size in (rows, columns)]
    return into("svd", out, _SVD((zeros[0], svdvals(input), zeros[1])))


ELSEWHERE = {"linalg": {"eigvals": eigvals, "eigvalsh": eigvalsh, "svdvals": svdvals}}
