"""The standard's extension for linear algebra; its functions are those of `numpy.linalg`, which know tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.array_api.arguments import Array, promoted
from chainrule.array_api.reducing import sum as summed

__all__ = [
    "cholesky", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "matmul", "matrix_norm", "matrix_power",
    "matrix_rank", "matrix_transpose", "outer", "pinv", "qr", "slogdet", "solve", "svd", "svdvals", "tensordot",
    "trace", "vecdot", "vector_norm",
]  # fmt: skip

_linalg: Any = np.linalg


def cholesky(x: Array, /, *, upper: bool = False) -> Array:
    """The triangular factor of positive definite matrices.

    >>> import chainrule as torch
    >>> cholesky(torch.tensor([[4.0, 0.0], [0.0, 9.0]]))
    tensor([[2., 0.],
            [0., 3.]])
    """
    return _linalg.cholesky(x, upper=upper)


def cross(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """The cross product of vectors of three elements.

    >>> import chainrule as torch
    >>> cross(torch.tensor([1, 0, 0]), torch.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    x1, x2 = promoted(x1, x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        msg = f"cross takes vectors of three elements, not of {x1.shape[axis]} and {x2.shape[axis]}"
        raise ValueError(msg)
    return _linalg.cross(x1, x2, axis=axis)


def det(x: Array, /) -> Array:
    """The determinant of matrices.

    >>> import chainrule as torch
    >>> det(torch.tensor([[2.0, 0.0], [0.0, 3.0]]))
    tensor(6.)
    """
    return _linalg.det(x)


def diagonal(x: Array, /, *, offset: int = 0) -> Array:
    """A diagonal of matrices.

    >>> import chainrule as torch
    >>> diagonal(torch.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    return _linalg.diagonal(x, offset=offset)


def eigh(x: Array, /) -> Any:
    """The eigenvalues and eigenvectors of symmetric or Hermitian matrices.

    >>> import chainrule as torch
    >>> eigh(torch.tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    tensor([1., 2.])
    """
    return _linalg.eigh(x)


def eigvalsh(x: Array, /) -> Array:
    """The eigenvalues of symmetric or Hermitian matrices.

    >>> import chainrule as torch
    >>> eigvalsh(torch.tensor([[2.0, 0.0], [0.0, 1.0]]))
    tensor([1., 2.])
    """
    return _linalg.eigvalsh(x)


def inv(x: Array, /) -> Array:
    """The inverse of matrices.

    >>> import chainrule as torch
    >>> inv(torch.tensor([[2.0]]))
    tensor([[0.5000]])
    """
    return _linalg.inv(x)


def matmul(x1: Array, x2: Array, /) -> Array:
    """The product of matrices, or of vectors with them.

    >>> import chainrule as torch
    >>> matmul(torch.tensor([1, 2]), torch.tensor([3, 4]))
    tensor(11)
    """
    return np.matmul(*promoted(x1, x2))


def matrix_norm(x: Array, /, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    """A norm of matrices.

    >>> import chainrule as torch
    >>> matrix_norm(torch.tensor([[3.0, 4.0]]))
    tensor(5.)
    """
    return _linalg.matrix_norm(x, keepdims=keepdims, ord=ord)


def matrix_power(x: Array, n: int, /) -> Array:
    """Matrices to a whole power.

    >>> import chainrule as torch
    >>> matrix_power(torch.tensor([[2.0]]), 3)
    tensor([[8.]])
    """
    return _linalg.matrix_power(x, n)


def matrix_rank(x: Array, /, *, rtol: Any = None) -> Array:
    """The rank of matrices: how many singular values are above `rtol` times the largest.

    >>> import chainrule as torch
    >>> matrix_rank(torch.ones(2, 2))
    tensor(1)
    """
    return _linalg.matrix_rank(x, rtol=rtol)


def matrix_transpose(x: Array, /) -> Array:
    """The last two axes exchanged.

    >>> import chainrule as torch
    >>> matrix_transpose(torch.ones(2, 3)).shape
    chainrule.Size([3, 2])
    """
    return np.matrix_transpose(x)


def outer(x1: Array, x2: Array, /) -> Array:
    """The products of all elements of two vectors.

    >>> import chainrule as torch
    >>> outer(torch.tensor([1, 2]), torch.tensor([3, 4]))
    tensor([[3, 4],
            [6, 8]])
    """
    return _linalg.outer(*promoted(x1, x2))


def pinv(x: Array, /, *, rtol: Any = None) -> Array:
    """The pseudoinverse of matrices.

    >>> import chainrule as torch
    >>> pinv(torch.tensor([[2.0], [0.0]]))
    tensor([[0.5000, 0.0000]])
    """
    # The standard's default is not NumPy's.
    default = max(x.shape[-2:]) * np.finfo(x._array.dtype).eps
    return _linalg.pinv(x, rtol=default if rtol is None else rtol)


def qr(x: Array, /, *, mode: str = "reduced") -> Any:
    """An orthonormal and a triangular factor of matrices.

    >>> import chainrule as torch
    >>> qr(torch.eye(2)).Q.shape
    chainrule.Size([2, 2])
    """
    return _linalg.qr(x, mode)


def slogdet(x: Array, /) -> Any:
    """The sign of the determinant, and the logarithm of its absolute value.

    >>> import chainrule as torch
    >>> slogdet(-torch.eye(1)).sign
    tensor(-1.)
    """
    return _linalg.slogdet(x)


def solve(x1: Array, x2: Array, /) -> Array:
    """The solution of systems of linear equations; `x2` is a vector only where it has one dimension.

    >>> import chainrule as torch
    >>> solve(torch.tensor([[2.0]]), torch.tensor([6.0]))
    tensor([3.])
    """
    return _linalg.solve(*promoted(x1, x2))


def svd(x: Array, /, *, full_matrices: bool = True) -> Any:
    """The singular value decomposition of matrices.

    >>> import chainrule as torch
    >>> svd(torch.tensor([[2.0]])).S
    tensor([2.])
    """
    return _linalg.svd(x, full_matrices)


def svdvals(x: Array, /) -> Array:
    """The singular values of matrices.

    >>> import chainrule as torch
    >>> svdvals(torch.tensor([[-2.0]]))
    tensor([2.])
    """
    return _linalg.svdvals(x)


def tensordot(x1: Array, x2: Array, /, *, axes: Any = 2) -> Array:
    """Sums of products over these axes.

    >>> import chainrule as torch
    >>> tensordot(torch.ones(2, 3), torch.ones(3, 2), axes=1).shape
    chainrule.Size([2, 2])
    """
    return _linalg.tensordot(*promoted(x1, x2), axes=axes)


def trace(x: Array, /, *, offset: int = 0, dtype: Any = None) -> Array:
    """The sum of a diagonal of matrices.

    >>> import chainrule as torch
    >>> trace(torch.eye(3))
    tensor(3.)
    """
    return summed(_linalg.diagonal(x, offset=offset), axis=-1, dtype=dtype)


def vecdot(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """The dot product of vectors, the first of them conjugated; they have equal length, other axes are broadcast.

    >>> import chainrule as torch
    >>> vecdot(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    tensor(11.)
    """
    return _linalg.vecdot(*promoted(x1, x2), axis=axis)


def vector_norm(x: Array, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Array:
    """A norm of vectors.

    >>> import chainrule as torch
    >>> vector_norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    return _linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)
