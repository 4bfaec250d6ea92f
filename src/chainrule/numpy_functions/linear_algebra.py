"""NumPy's linear algebra on tensors: `np.linalg.inv(t)` and the others are those of `torch.linalg`, and differentiate.

With NumPy's arguments and results: integers become float64, `b` of `solve` is a vector if it has one dimension, and
`eig` of a real matrix is real where all its eigenvalues are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import linalg as _linalg
from chainrule.numpy_operands import as_tensor
from chainrule.numpy_protocols import FUNCTIONS, implements
from chainrule.ops import einsum, matrix_functions, orthogonal, statistics
from chainrule.return_types import return_type

linalg: Any = _linalg  # its names are the table's

_LSTSQ = return_type("lstsq", ("x", "residuals", "rank", "s"))


def _matrix(a: Any) -> Any:
    # A tensor of floating-point or complex numbers.
    tensor = as_tensor(a)
    return tensor if tensor.is_floating_point() or tensor.is_complex() else tensor.double()


def _of_one_matrix(name: str) -> Callable[..., Any]:
    function = getattr(linalg, name)

    def implementation(a: Any) -> Any:
        return function(_matrix(a))

    return implementation


for _name in ("inv", "det", "slogdet", "svdvals"):
    FUNCTIONS[getattr(np.linalg, _name)] = _of_one_matrix(_name)


# ---- inverses and solutions ----


@implements(np.linalg.solve)
def _solve(a: Any, b: Any) -> Any:
    a, b = _alike(a, b)
    if b.ndim > 1 and b.ndim == a.ndim - 1:
        b = b.unsqueeze(0)  # matrices, not a vector for each of the batch
    return linalg.solve(a, b)


def _alike(a: Any, b: Any) -> tuple[Any, Any]:
    a, b = _matrix(a), _matrix(b)
    common = np.result_type(a._array, b._array)
    return a.astype(common), b.astype(common)


@implements(np.linalg.tensorsolve)
def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = _alike(a, b)
    return linalg.tensorsolve(a, b, axes)


@implements(np.linalg.tensorinv)
def _tensorinv(a: Any, ind: int = 2) -> Any:
    return linalg.tensorinv(_matrix(a), ind)


@implements(np.linalg.pinv)
def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    rtol = rcond if rtol is None or rtol is getattr(np, "_NoValue", None) else rtol
    return linalg.pinv(_matrix(a), rtol=1e-15 if rtol is None else rtol, hermitian=hermitian)


@implements(np.linalg.lstsq)
def _lstsq(a: Any, b: Any, rcond: float | None = None) -> Any:
    a, b = _alike(a, b)
    found = linalg.lstsq(a, b.unsqueeze(-1) if b.ndim == 1 else b, rcond, driver="gelsd")
    residuals = found.residuals
    solution = found.solution.squeeze(-1) if b.ndim == 1 else found.solution
    return _LSTSQ((solution, residuals, int(found.rank), found.singular_values))


# ---- factorizations ----


@implements(np.linalg.cholesky)
def _cholesky(a: Any, /, *, upper: bool = False) -> Any:
    # NumPy reads the triangle that it gives.
    a = _matrix(a)
    return linalg.cholesky(a.mH, upper=True) if upper else linalg.cholesky(a)


@implements(np.linalg.qr)
def _qr(a: Any, mode: Any = "reduced") -> Any:
    if mode == "raw":
        reflections, factors = orthogonal.geqrf(_matrix(a))
        return reflections.mT, factors
    if mode == "r":
        return linalg.qr(_matrix(a))[1]
    return linalg.qr(_matrix(a), mode)


@implements(np.linalg.svd)
def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    a = _matrix(a)
    if hermitian:
        a = a.tril() + a.tril(-1).mH
    return linalg.svd(a, full_matrices) if compute_uv else linalg.svdvals(a)


@implements(np.linalg.eigh)
def _eigh(a: Any, UPLO: Any = "L") -> Any:
    return linalg.eigh(_matrix(a), UPLO)


@implements(np.linalg.eigvalsh)
def _eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    return linalg.eigvalsh(_matrix(a), UPLO)


@implements(np.linalg.eig)
def _eig(a: Any) -> Any:
    a = _matrix(a)
    found = linalg.eig(a)
    return type(found)(part.real for part in found) if _has_real_eigenvalues(a, found[0]) else found


@implements(np.linalg.eigvals)
def _eigvals(a: Any) -> Any:
    a = _matrix(a)
    values = linalg.eigvals(a)
    return values.real if _has_real_eigenvalues(a, values) else values


def _has_real_eigenvalues(a: Any, values: Any) -> bool:
    return not a.is_complex() and not bool(values.detach().imag.any())


# ---- numbers that tell of a matrix ----


@implements(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    return linalg.norm(_matrix(x), ord, axis, keepdims)


@implements(np.linalg.vector_norm)
def _vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    if axis == ():  # Each element is a vector of its own; PyTorch's empty `dim` stands for all dimensions.
        return linalg.vector_norm(_matrix(x).unsqueeze(-1), ord, -1)
    return linalg.vector_norm(_matrix(x), ord, axis, keepdims)


@implements(np.linalg.matrix_norm)
def _matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return linalg.matrix_norm(_matrix(x), ord, (-2, -1), keepdims)


@implements(np.linalg.cond)
def _cond(x: Any, p: Any = None) -> Any:
    return linalg.cond(_matrix(x), p)


@implements(np.linalg.matrix_rank)
def _matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    A = _matrix(A)
    if A.ndim < 2:
        return A.any().long()
    return linalg.matrix_rank(A, atol=tol, rtol=0.0 if tol is not None else rtol, hermitian=hermitian)


@implements(np.linalg.trace)
def _trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    return as_tensor(x).diagonal(offset, -2, -1).sum(-1, dtype=dtype)


@implements(np.linalg.diagonal)
def _diagonal(x: Any, /, *, offset: int = 0) -> Any:
    return as_tensor(x).diagonal(offset, -2, -1)


# ---- products ----


@implements(np.linalg.matrix_power)
def _matrix_power(a: Any, n: int) -> Any:
    return linalg.matrix_power(_matrix(a) if n < 0 else as_tensor(a), n)


@implements(np.linalg.multi_dot)
def _multi_dot(arrays: Any, *, out: Any = None) -> Any:
    return linalg.multi_dot([as_tensor(a) for a in arrays], out=out)


@implements(np.linalg.cross)
def _cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return _cross_of_numpy(x1, x2, axis=axis)


@implements(np.linalg.outer)
def _outer(x1: Any, x2: Any, /) -> Any:
    return as_tensor(x1).outer(as_tensor(x2))


@implements(np.linalg.matmul)
def _matmul(x1: Any, x2: Any, /) -> Any:
    return np.matmul(x1, x2)


@implements(np.linalg.vecdot)
def _vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return np.vecdot(x1, x2, axis=axis)  # type: ignore[call-overload]


@implements(np.linalg.tensordot)
def _tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    return einsum.tensordot(as_tensor(x1), as_tensor(x2), axes)


@implements(np.linalg.matrix_transpose, np.matrix_transpose)
def _matrix_transpose(x: Any, /) -> Any:
    return as_tensor(x).mT


# ---- beside np.linalg ----


@implements(np.cross)
def _cross_of_numpy(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    a, b = as_tensor(a).movedim(axisa, -1), as_tensor(b).movedim(axisb, -1)
    rank = max(a.ndim, b.ndim)
    a, b = (t.reshape((1,) * (rank - t.ndim) + tuple(t.shape)) for t in (a, b))
    return linalg.cross(a, b).movedim(-1, axisc)


@implements(np.vander)
def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    return matrix_functions.vander(as_tensor(x), N, increasing)


@implements(np.corrcoef)
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    return statistics.corrcoef(_observations(x, y, rowvar))


@implements(np.cov)
def _cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None, fweights: Any = None,
    aweights: Any = None,
) -> Any:  # fmt: skip
    correction = int(not bias) if ddof is None else ddof
    weights = {"fweights": fweights, "aweights": aweights}
    given = {name: as_tensor(value) for name, value in weights.items() if value is not None}
    return statistics.cov(_observations(m, y, rowvar), correction=correction, **given)


def _observations(x: Any, y: Any, rowvar: bool) -> Any:
    def rows(a: Any) -> Any:
        a = _matrix(a)
        return a.mT if a.ndim == 2 and not rowvar and a.shape[0] != 1 else a

    if y is None:
        return rows(x)
    both = [a if a.ndim == 2 else a.unsqueeze(0) for a in (rows(x), rows(y))]
    return np.concatenate(both)
