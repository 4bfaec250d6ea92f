"""Norms of vectors, and of matrices by their elements, rows, columns or singular values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dims
from chainrule.dtypes import as_numpy_dtype, scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import COMMON, op
from chainrule.ops.eigenvalues import svdvals
from chainrule.ops.extremes import amax, amin
from chainrule.ops.matrices import into
from chainrule.ops.reduced_dimensions import largest_of, reduced_dims, restored, smallest_of, sum_of
from chainrule.ops.reductions import sum
from chainrule.ops.refusals import refuse_boolean_difference

METHODS = ("norm",)
__all__ = ["norm", "frobenius_norm", "nuclear_norm", "norm_except_dim"]

# ---- vectors ----


def _direction(self: Any) -> Any:
    # x / |x|, and 0 at 0.
    if self.dtype.kind != "c":
        return np.sign(self)
    size = np.abs(self)
    return np.where(size == 0, 0, self / np.where(size == 0, 1, size))


def vector_norm_backward(grad: Any, self: Any, result: Any, ord: float, dim: Any) -> Any:
    """The gradient of the norm of order `ord` of an array along `dim`."""
    # At 0, where a norm has a corner, the smallest of its subgradients: 0.
    shape = np.shape(self)
    grad, result = restored(grad, shape, dim), restored(result, shape, dim)
    if ord == 0:
        return self * 0
    if ord == 1:
        return grad * _direction(self)
    zero = result == 0
    if ord == 2:
        return grad * np.where(zero, 0, self / np.where(zero, 1, result))
    size = np.abs(self)
    if math.isinf(ord):
        taken = (size == result) | (np.isnan(size) & np.isnan(result))
        count = restored(taken.sum(reduced_dims(dim, len(shape))).astype(grad.dtype), shape, dim)
        return np.where(taken, _direction(self) * (grad / count), 0)
    at_zero = size == 0
    # |x / norm| ** (ord - 1), with the sign of x; where x is 0, so is it for every order above 1.
    slope = np.where(at_zero | zero, 0, (np.where(at_zero, 1, size) / np.where(zero, 1, result)) ** (ord - 1))
    return grad * (_direction(self) * slope)


@op(name="linalg_vector_norm", spaces="", conjugate=False, self=vector_norm_backward, batching=batches.along("dim"))
def vector_norm_row(self: Any, ord: float, dim: Any, keepdim: bool, dtype: Any) -> Any:
    return vector_norm_of(self, ord, dim, keepdim, dtype)


def vector_norm_of(self: Any, ord: float, dim: Any, keepdim: bool, dtype: Any) -> Any:
    """The norm of an array along `dim`."""
    if self.dtype.kind not in "fc":
        raise RuntimeError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. "
            f"Got {scalar_type_name(self.dtype)}"
        )
    if dtype is not None:
        self = _in_wider_type(self, as_numpy_dtype(dtype))
    dims = reduced_dims(dim, self.ndim)
    real = self.real.dtype
    if self.size == 0 and (ord < 0 or math.isinf(ord)):
        shown = "inf" if ord == math.inf else "-inf" if ord == -math.inf else f"{ord:g}"
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {shown} norm on an empty tensor because the operation does not "
            "have an identity"
        )
    if ord == 2:
        wide = self.astype(np.float32) if real == np.float16 else self
        squares = wide * wide if wide.dtype.kind == "f" else wide.real * wide.real + wide.imag * wide.imag
        return np.sqrt(sum_of(squares, dims, keepdims=keepdim)).astype(real, copy=False)
    if ord == 0:
        return sum_of(self != 0, dims, real, None, keepdim)
    size = np.abs(self)
    if ord == 1:
        return sum_of(size, dims, real, None, keepdim)
    if math.isinf(ord):
        return (largest_of if ord > 0 else smallest_of)(size, dims, keepdims=keepdim)
    return sum_of(size**ord, dims, keepdims=keepdim) ** (1 / ord)


def _in_wider_type(self: Any, wanted: Any) -> Any:
    if wanted.kind not in "fc":
        raise RuntimeError(
            f"linalg.vector_norm: dtype should be floating point or complex, but got {scalar_type_name(wanted)}"
        )
    if (self.dtype.kind == "c") != (wanted.kind == "c"):
        is_complex = "complex" if self.dtype.kind == "c" else "real"
        raise RuntimeError(
            f"linalg.vector_norm: dtype should be {is_complex} for {is_complex} inputs, but got "
            f"{scalar_type_name(wanted)}"
        )
    if not np.can_cast(self.dtype, wanted):
        raise RuntimeError(
            f"linalg.vector_norm: the dtype of the input ({scalar_type_name(self.dtype)}) should be convertible "
            f"without narrowing to the specified dtype ({scalar_type_name(wanted)})"
        )
    return self.astype(wanted, copy=False)


def vector_norm(
    x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Any:
    """The norm of order `ord` of a tensor taken as a vector, or of the vectors along `dim`.

    `sum(|x| ** ord) ** (1 / ord)`; the largest size for `inf`, the smallest for `-inf`, the number of elements other
    than 0 for `ord=0`.

    >>> torch.linalg.vector_norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    if isinstance(ord, str):
        raise TypeError(f"linalg_vector_norm(): argument 'ord' (position 2) must be Number, not {type(ord).__name__}")
    kwargs = {} if out is None else {"out": out}
    return vector_norm_row(x, ord, dim, keepdim, dtype, **kwargs)


# ---- matrices ----


def matrix_norm(
    input: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Any:
    """The norm of the matrices in the two dimensions `dim`.

    `"fro"`: of all elements as a vector; `"nuc"`: the sum of the singular values; 2 and -2: the largest and smallest of
    them; 1 and -1 (inf and -inf): the largest and smallest sum of sizes in a column (row).

    >>> torch.linalg.matrix_norm(torch.tensor([[3.0, 0.0], [0.0, 4.0]]), 2)
    tensor(4.)
    """
    if input.ndim < 2:
        raise RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    if not isinstance(dim, (tuple, list)) or len(dim) != 2:
        shown = dim if isinstance(dim, int) else len(dim)
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {shown}")
    if isinstance(ord, str) and ord not in ("fro", "nuc"):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    if not isinstance(ord, str) and abs(ord) not in (1, 2, math.inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    rows, columns = wrap_dims(tuple(dim), input.ndim)
    if dtype is not None:
        input = input.to(dtype)
    if ord == "fro":
        result = vector_norm(input, 2, (rows, columns), keepdim)
    elif ord == "nuc" or abs(ord) == 2:
        values = svdvals(input.movedim((rows, columns), (-2, -1)))
        result = _of_singular_values(values, ord)
        if keepdim:
            result = result.reshape(tuple([1 if d in (rows, columns) else size for d, size in enumerate(input.shape)]))
    else:
        added, compared = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = vector_norm(input, 1, added, keepdim)
        result = (amax if ord > 0 else amin)(sums, compared - (compared > added and not keepdim), keepdim)
    return into("linalg_matrix_norm", out, result)


def _of_singular_values(values: Any, ord: Any) -> Any:
    if ord == "nuc" or (ord == 2 and values.shape[-1] == 0):
        return sum(values, -1)
    return amax(values, -1) if ord > 0 else amin(values, -1)


def linalg_norm(
    input: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Any:
    """The norm of a vector, of a matrix, or of those in the dimensions `dim`: one for a vector, two for a matrix.

    Without `ord`, the 2-norm of all elements. See `vector_norm` and `matrix_norm` for the orders.

    >>> torch.linalg.norm(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), 1)
    tensor(6.)
    """
    if ord is None:
        return vector_norm(input, 2, dim, keepdim, dtype=dtype, out=out)
    if dim is None:
        if not isinstance(ord, str) and input.ndim not in (1, 2):
            raise RuntimeError(
                f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {input.ndim}D."
            )
        dim = 0 if input.ndim == 1 and not isinstance(ord, str) else (-2, -1)
    is_vector = isinstance(dim, int) or len(dim) == 1
    if isinstance(ord, str) or not is_vector:
        return matrix_norm(input, ord, dim, keepdim, dtype=dtype, out=out)
    return vector_norm(input, ord, dim, keepdim, dtype=dtype, out=out)


# ---- torch.norm and its kin ----


def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, out: Any = None, dtype: Any = None) -> Any:
    """The `p`-norm of all elements, or of the vectors along `dim`; `p` also `"fro"` (as 2), `"nuc"` and `inf`.

    >>> torch.norm(torch.tensor([[3.0, 4.0], [0.0, 0.0]]), dim=1)
    tensor([5., 0.])
    """
    p = 2 if p is None or p == "fro" else p
    if isinstance(p, str):
        return matrix_norm(input, p, (-2, -1) if dim is None else dim, keepdim, dtype=dtype, out=out)
    return vector_norm(input, p, dim, keepdim, dtype=dtype, out=out)


def frobenius_norm(input: Any, dim: Any = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """The 2-norm of the vectors or matrices along one or two dimensions.

    >>> torch.frobenius_norm(torch.tensor([[3.0, 4.0]]), dim=(0, 1))
    tensor(5.)
    """
    if dim is None:
        raise TypeError('frobenius_norm() missing 1 required positional arguments: "dim"')
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    if len(dims) > 2:
        raise RuntimeError(f"Expected at most 2 dimensions, but got {len(dims)} dimensions instead.")
    return vector_norm(input, 2, dims or None, keepdim, out=out)


def nuclear_norm(input: Any, dim: Any = (-2, -1), keepdim: bool = False, *, out: Any = None) -> Any:
    """The sum of the singular values of the matrices in two dimensions.

    >>> torch.nuclear_norm(torch.eye(3))
    tensor(3.)
    """
    return matrix_norm(input, "nuc", dim, keepdim, out=out)


def norm_except_dim(v: Any, pow: int = 2, dim: int = 0) -> Any:
    """The norms of the parts of a tensor along one dimension, over all others; over all dimensions for `dim=-1`.

    >>> torch.norm_except_dim(torch.tensor([[3.0, 4.0], [0.0, 1.0]]), 2, 0)
    tensor([[5.],
            [1.]])
    """
    if dim == -1:
        return norm(v, pow)
    dim = wrap_dims((dim,), v.ndim)[0]
    others = tuple([d for d in range(v.ndim) if d != dim])
    return vector_norm(v, pow, others, True) if others else v.abs()


def _require_norm_of_difference(dtype: Any, operands: list[Any]) -> None:
    refuse_boolean_difference(dtype, operands)
    if dtype.kind in "iu":
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {scalar_type_name(dtype)} instead."
        )


@op(
    spaces="torch Tensor", promotion=COMMON, conjugate=False, check=_require_norm_of_difference,
    self=lambda grad, self, other, result, p: vector_norm_backward(grad, self - other, result, p, None),
    other=lambda grad, self, other, result, p: vector_norm_backward(grad, other - self, result, p, None),
)  # fmt: skip
def dist(self: Any, other: Any, p: float = 2) -> Any:
    """The `p`-norm of the difference of two tensors.

    >>> torch.dist(torch.tensor([0.0, 0.0]), torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    return vector_norm_of(self - other, p, None, False, None)


ELSEWHERE = {"linalg": {"norm": linalg_norm, "matrix_norm": matrix_norm, "vector_norm": vector_norm}}
