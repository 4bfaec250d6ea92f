"""Functions of square matrices: the exponential and powers; and the matrices of powers that are Vandermonde's.

The derivative of the exponential is a block of the exponential of a larger matrix: R. Mathias, "A chain rule for matrix
functions and applications" (1996).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.op import op
from chainrule.ops.matrices import adjoint, into, require_matrices
from chainrule.ops.solving import inv

METHODS = ("matrix_power",)
__all__ = ["matrix_power", "vander"]

# ---- the exponential ----


def _matrix_exp_backward(grad: Any, self: Any) -> Any:
    # exp([[A, E], [0, A]]) has the change of exp(A) along E in its upper right block; the adjoint is that of A's.
    turned = adjoint(self)
    size = np.shape(self)[-1]
    upper = np.concatenate([turned, grad], axis=-1)
    lower = np.concatenate([turned * 0, turned], axis=-1)
    return matrix_exp(np.concatenate([upper, lower], axis=-2))[..., :size, size:]


@op(
    spaces="torch Tensor linalg:matrix_exp", node_name="LinalgMatrixExpBackward0", conjugate=False,
    self=_matrix_exp_backward,
    batching=batches.trailing,
)  # fmt: skip
def matrix_exp(self: Any) -> Any:
    """The exponential of a square matrix, or of each of a batch.

    >>> torch.linalg.matrix_exp(torch.zeros(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    from scipy.linalg import expm  # importing SciPy takes longer than importing NumPy

    wide = self.astype(np.float32) if self.dtype == np.float16 else self
    require_matrices("linalg.matrix_exp", wide)
    return expm(wide).astype(self.dtype, copy=False) if self.size else self.copy()


# ---- powers ----


def matrix_power(input: Any, n: int, *, out: Any = None) -> Any:
    """The product of `n` copies of a square matrix; of its inverse for negative `n`.

    >>> torch.matrix_power(torch.tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
    tensor([[1., 3.],
            [0., 1.]])
    """
    if not isinstance(n, (int, np.integer)):
        raise TypeError(f"linalg_matrix_power(): argument 'n' (position 2) must be int, not {type(n).__name__}")
    if input.ndim < 2:
        raise RuntimeError("linalg.matrix_power: The input tensor A must have at least 2 dimensions.")
    if input.shape[-1] != input.shape[-2]:
        raise RuntimeError(
            "linalg.matrix_power: A must be batches of square matrices, but they are "
            f"{input.shape[-2]} by {input.shape[-1]} matrices"
        )
    if n < 0:
        input, n = inv(input), -n
    power, original = None, input
    if n == 3:
        return into("linalg_matrix_power", out, input @ input @ input)
    while n:
        if n & 1:
            power = input if power is None else power @ input
        n >>= 1
        if n:
            input = input @ input
    if power is None:
        power = input * 0 + np.eye(input.shape[-1], dtype=np.bool_)
    elif power is original:
        power = input.clone()
    return into("linalg_matrix_power", out, power)


def _powers(x: Any, count: int) -> Any:
    # 1, x, x squared and so on along a new last dimension.
    if count <= 1:
        return x.unsqueeze(-1).new_ones((*x.shape, count))
    repeated = x.unsqueeze(-1).expand((*x.shape, count - 1))
    return _cat([x.new_ones((*x.shape, 1)), repeated.cumprod(-1)])


def _cat(tensors: list[Any]) -> Any:
    from chainrule.ops.joining import cat

    return cat(tensors, -1)


def linalg_vander(x: Any, *, N: int | None = None) -> Any:
    """The powers of the numbers in the last dimension, from the 0th on: `N` of them, by default as many as numbers.

    >>> torch.linalg.vander(torch.tensor([1, 2, 3]))
    tensor([[1, 1, 1],
            [1, 2, 4],
            [1, 3, 9]])
    """
    count = (x.shape[-1] if x.ndim else 1) if N is None else N
    if count <= 1:
        raise RuntimeError("N must be greater than 1.")
    return _powers(x, count)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of a vector's numbers as columns, from the highest to the 0th; in rising order with `increasing`.

    >>> torch.vander(torch.tensor([1, 2, 3]))
    tensor([[1, 1, 1],
            [4, 2, 1],
            [9, 3, 1]])
    """
    if x.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = x.shape[0] if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    powers = _powers(x, count)
    if powers.dtype.is_floating_point is False and not powers.is_complex():
        powers = powers.long()
    return powers if increasing else powers.flip(-1)


def linalg_diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonals of matrices, as a view: `torch.diagonal` of the last two dimensions.

    >>> torch.linalg.diagonal(torch.eye(2))
    tensor([1., 1.])
    """
    return A.diagonal(offset, dim1, dim2)


ELSEWHERE = {"linalg": {"diagonal": linalg_diagonal, "matrix_power": matrix_power, "vander": linalg_vander}}
