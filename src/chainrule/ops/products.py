"""Products of matrices and vectors.

Formulas give gradients with all batch dimensions; the engine sums over those that were broadcast.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.dtypes import c_type_name, scalar_type_name, tensor_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import COMMON, MULTILINEAR, op
from chainrule.engine.tensor_base import FLOAT32, FLOAT64
from chainrule.kernels.blockwise import LARGE
from chainrule.kernels.contraction import matrix_product
from chainrule.ops import product_batches
from chainrule.ops.reduced_dimensions import sum_of

# ---- what PyTorch says of arguments that do not fit ----


def _require_tensors(name: str, **arguments: Any) -> None:
    for position, (parameter, value) in enumerate(arguments.items(), 1):
        if not isinstance(value, np.ndarray):
            raise TypeError(
                f"{name}(): argument '{parameter}' (position {position}) must be Tensor, not {type(value).__name__}"
            )


def _require_same_type(a: Any, b: Any, *, name: str = "matmul") -> None:
    if a.dtype != b.dtype:
        first, second = scalar_type_name(a.dtype), scalar_type_name(b.dtype)
        if name == "dot":
            raise RuntimeError(f"dot : expected both vectors to have same dtype, but found {first} and {second}")
        if name == "mv":
            raise RuntimeError(f"addmv input tensors must have the same dtype, but got {second}, {first}, and {second}")
        if name == "bmm":
            raise RuntimeError(f"expected scalar type {first} but found {second}")
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {c_type_name(a.dtype)} != {c_type_name(b.dtype)}"
        )
    if a.dtype.kind == "b":
        _refuse_booleans(name)


def _refuse_booleans(name: str) -> None:
    kernel = {"matmul": "addmm_impl_cpu_", "mv": "addmv_impl_cpu"}.get(name, name)
    raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")


def _require_matrix_product(a_shape: tuple[int, ...], b_shape: tuple[int, ...]) -> None:
    if a_shape[-1] != b_shape[-2]:
        (rows, inner), (other_inner, columns) = a_shape, b_shape
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({rows}x{inner} and {other_inner}x{columns})")


def _require_matrix_vector(shape: tuple[int, ...], size: int, length: int | None = None) -> None:
    rows, columns = shape
    if columns != size or length not in (None, 1, rows):
        raise RuntimeError(
            f"size mismatch, got input ({rows if length is None else length}), mat ({rows}x{columns}), vec ({size})"
        )


def _require_vectors(name: str, a: Any, b: Any) -> None:
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    if a.dtype != b.dtype:
        _require_same_type(a, b, name=name)
    if a.shape != b.shape:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{a.shape[0]}] and src [{b.shape[0]}] to have the same number "
            f"of elements, but got {a.shape[0]} and {b.shape[0]} elements respectively"
        )
    _require_same_type(a, b, name=name)


def _require_batches(batch1: Any, batch2: Any) -> None:
    for name, batch in (("batch1", batch1), ("batch2", batch2)):
        if batch.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    _require_batch2(batch1.shape[0], batch1.shape[2], batch2.shape)


def _require_batch2(batch: int, inner: int, shape: tuple[int, ...]) -> None:
    if shape[:2] != (batch, inner):
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{batch}, {inner}] but got: [{shape[0]}, {shape[1]}]."
        )


def _expanded(self: Any, shape: tuple[int, ...]) -> Any:
    if self.shape == shape:
        return self
    extra = len(shape) - self.ndim
    if extra < 0:
        tensor = f"{tensor_type_name(self.dtype)}{{{list(self.shape)}}}"
        raise RuntimeError(
            f"expand({tensor}, size={list(shape)}): the number of sizes provided ({len(shape)}) must be greater or "
            f"equal to the number of dimensions in the tensor ({self.ndim})"
        )
    for place in reversed(range(self.ndim)):
        if self.shape[place] not in (1, shape[extra + place]):
            raise RuntimeError(
                f"The expanded size of the tensor ({shape[extra + place]}) must match the existing size "
                f"({self.shape[place]}) at non-singleton dimension {extra + place}.  Target sizes: {list(shape)}.  "
                f"Tensor sizes: {list(self.shape)}"
            )
    return np.broadcast_to(self, shape)


# ---- matrix by matrix, matrix by vector, vector by vector ----


def _matmul_self_backward(grad: Any, other: Any) -> Any:
    rank = other.ndim
    if rank == 2:
        return _product(grad, other.T)  # a vector's gradient too: it is one
    if rank == 1:
        return np.expand_dims(grad, -1) * other if grad.ndim else grad * other
    if grad.ndim < rank:  # of a vector
        return (other @ np.expand_dims(grad, -1)).sum(axis=tuple(range(rank - 2)))[:, 0]
    return _product(grad, np.swapaxes(other, -1, -2))


def _matmul_other_backward(grad: Any, self: Any, other_shape: tuple[int, ...]) -> Any:
    rank = self.ndim
    if rank == 2:
        return _product(self.T, grad)
    if rank == 1:
        return grad * self if len(other_shape) == 1 else np.expand_dims(self, -1) * np.expand_dims(grad, -2)
    if len(other_shape) <= 2:
        # One matrix (or vector) for all of a batch: as for one tall matrix.
        return _product(self.reshape((-1, self.shape[-1])).T, grad.reshape((-1, *other_shape[1:])))
    return _product(np.swapaxes(self, -1, -2), grad)


def _product(a: Any, b: Any) -> Any:
    return matrix_product(a, b) if type(a) is type(b) is np.ndarray else a @ b


# The last of the operations that PyTorch makes a product of these ranks from.
_MATMUL_NODES = {(2, 2): "MmBackward0", (2, 1): "MvBackward0", (1, 1): "DotBackward0", (1, 2): "SqueezeBackward4"}


def _matmul_node_name(self: Any, other: Any) -> str:
    ranks = (self.ndim, other.ndim)
    name = _MATMUL_NODES.get(ranks)
    if name is not None:
        return name
    return "CloneBackward0" if ranks[0] == 2 and ranks[1] > 2 else "UnsafeViewBackward0"


@op(
    spaces="torch Tensor linalg:matmul",
    node_name=_matmul_node_name, self=_matmul_self_backward, other=_matmul_other_backward,
    saved_names={"other": {"MmBackward0": "mat2", "MvBackward0": "vec", "DotBackward0": "tensor"}},
    kind=MULTILINEAR,
    batching=product_batches.matmul,
)  # fmt: skip
def matmul(self: Any, other: Any) -> Any:
    """The product of two matrices, two vectors, a matrix and a vector, or batches of matrices, whose sizes broadcast.

    Raises RuntimeError where sizes or types do not agree; types are not promoted.

    >>> torch.matmul(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1.0, 1.0]))
    tensor([3., 7.])
    """
    if not (isinstance(self, np.ndarray) and isinstance(other, np.ndarray)):
        _require_tensors("matmul", input=self, other=other)
    given, by = self.shape, other.shape
    if not (len(given) == 2 == len(by) and given[1] == by[0] and self.dtype is other.dtype):
        _require_product(self, other)
    elif given[0] * by[1] < LARGE and (self.dtype is FLOAT32 or self.dtype is FLOAT64):
        return self.dot(other)  # what `matrix_product` comes to, where most steps are not its work
    if self.dtype.kind == "b":
        _refuse_booleans("mv" if other.ndim == 1 else "bmm" if min(self.ndim, other.ndim) > 2 else "matmul")
    return matrix_product(self, other)


def _require_product(self: Any, other: Any) -> None:
    ranks = (self.ndim, other.ndim)
    if ranks == (2, 2):
        _require_matrix_product(self.shape, other.shape)
    elif 0 in ranks:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {ranks[0]}D and {ranks[1]}D")
    elif ranks == (1, 1):
        _require_vectors("dot", self, other)
    elif other.ndim == 1:
        _require_matrix_vector((math.prod(self.shape[:-1]), self.shape[-1]), other.shape[0])
    elif other.ndim == 2:
        _require_matrix_product((math.prod(self.shape[:-1]), self.shape[-1]), other.shape)
    elif self.ndim <= 2:
        # PyTorch turns both round, to have one tall matrix.
        tall = (math.prod(other.shape[:-2]) * other.shape[-1], other.shape[-2])
        if self.ndim == 1:
            _require_matrix_vector(tall, self.shape[0])
        else:
            _require_matrix_product(tall, self.shape[::-1])
    else:
        count = math.prod(_broadcast_batches(self.shape[:-2], other.shape[:-2]))
        _require_batch2(count, self.shape[-1], (count, *other.shape[-2:]))
    if self.dtype != other.dtype:
        if self.ndim <= 2 < other.ndim:
            self, other = other, self
        _require_same_type(self, other, name="mv" if other.ndim == 1 else "bmm" if min(ranks) > 2 else "matmul")


def _broadcast_batches(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    rank = max(len(a), len(b))
    a, b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    for dim in reversed(range(rank)):
        if a[dim] != b[dim] and 1 not in (a[dim], b[dim]):
            raise RuntimeError(
                f"The size of tensor a ({a[dim]}) must match the size of tensor b ({b[dim]}) at non-singleton "
                f"dimension {dim}"
            )
    return tuple([y if x == 1 else x for x, y in zip(a, b, strict=True)])


@op(
    self=lambda grad, mat2: _product(grad, mat2.T),
    mat2=lambda grad, self: _product(self.T, grad),
    kind=MULTILINEAR,
    batching=batches.composed(np.matmul),
)  # fmt: skip
def mm(self: Any, mat2: Any) -> Any:
    """The product of two matrices.

    >>> torch.mm(torch.tensor([[1, 2]]), torch.tensor([[3], [4]]))
    tensor([[11]])
    """
    _require_tensors("mm", input=self, mat2=mat2)
    if self.ndim != 2:
        raise RuntimeError("self must be a matrix")
    if mat2.ndim != 2:
        raise RuntimeError("mat2 must be a matrix")
    _require_matrix_product(self.shape, mat2.shape)
    _require_same_type(self, mat2)
    return matrix_product(self, mat2)


@op(
    self=lambda grad, mat2: _product(grad, np.swapaxes(mat2, -1, -2)),
    mat2=lambda grad, self: _product(np.swapaxes(self, -1, -2), grad),
    kind=MULTILINEAR,
    batching=batches.composed(np.matmul),
)  # fmt: skip
def bmm(self: Any, mat2: Any) -> Any:
    """The products of the matrices of two batches of equal size.

    >>> torch.bmm(torch.ones(2, 1, 3), torch.ones(2, 3, 1)).shape
    chainrule.Size([2, 1, 1])
    """
    _require_tensors("bmm", input=self, mat2=mat2)
    _require_batches(self, mat2)
    _require_same_type(self, mat2, name="bmm")
    return matrix_product(self, mat2)


@op(
    self=lambda grad, vec: np.expand_dims(grad, -1) * vec,
    vec=lambda grad, self: self.T @ grad,
    kind=MULTILINEAR,
    batching=batches.composed(np.matmul),
)  # fmt: skip
def mv(self: Any, vec: Any) -> Any:
    """The product of a matrix and a vector.

    >>> torch.mv(torch.tensor([[1, 2], [3, 4]]), torch.tensor([1, 1]))
    tensor([3, 7])
    """
    _require_tensors("mv", input=self, vec=vec)
    if self.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {self.ndim}, {vec.ndim}")
    _require_matrix_vector(self.shape, vec.shape[0])
    _require_same_type(self, vec, name="mv")
    return np.matmul(self, vec)


@op(
    self=lambda grad, tensor: grad * tensor,
    tensor=lambda grad, self: grad * self,
    kind=MULTILINEAR,
    batching=product_batches.dot,
)  # fmt: skip
def dot(self: Any, tensor: Any) -> Any:
    """The sum of the products of the elements of two vectors.

    >>> torch.dot(torch.tensor([1, 2]), torch.tensor([3, 4]))
    tensor(11)
    """
    _require_tensors("dot", input=self, tensor=tensor)
    _require_vectors("dot", self, tensor)
    return np.matmul(self, tensor)


@op(
    conjugate=False,
    self=lambda grad, other: np.conj(grad) * other,
    other=lambda grad, self: grad * self,
    kind=MULTILINEAR,
    batching=product_batches.dot,
)  # fmt: skip
def vdot(self: Any, other: Any) -> Any:
    """`dot` with the complex conjugate of the first vector.

    >>> torch.vdot(torch.tensor([1j]), torch.tensor([1j]))
    tensor(1.+0.j)
    """
    _require_tensors("vdot", input=self, other=other)
    _require_vectors("dot", self, other)
    return np.matmul(np.conj(self), other)


# ---- a product added to something ----


def _scaled(value: Any, factor: Any) -> Any:
    return value if factor == 1 else value * factor


def _beta_backward(grad: Any, beta: Any) -> Any:
    return _scaled(grad, beta)


def _sum_of(self: Any, product: Any, beta: Any, alpha: Any) -> Any:
    # What is multiplied by 0 does not matter, not even NaN.
    product = _scaled(product, _number_for(product, alpha))
    self = _expanded(self, product.shape)
    if beta == 0:
        return product
    term = _scaled(self, _number_for(product, beta))
    return np.add(product, term, out=product) if product.ndim and term.dtype == product.dtype else term + product


def _number_for(array: Any, number: Any) -> Any:
    return int(number) if array.dtype.kind in "iu" else number


def _require_type_of_mat2(name: str, matrix: Any, mat2: Any) -> None:
    if matrix.dtype != mat2.dtype:
        raise RuntimeError(
            f"{name} and mat2 must have the same dtype, but got "
            f"{scalar_type_name(matrix.dtype)} and {scalar_type_name(mat2.dtype)}"
        )


@op(
    inplace=True,
    self=_beta_backward,
    mat1=lambda grad, mat2, alpha: _product(_scaled(grad, alpha), mat2.T),
    mat2=lambda grad, mat1, alpha: _product(mat1.T, _scaled(grad, alpha)),
    batching=batches.composed(product_batches.scaled(np.matmul)),
)  # fmt: skip
def addmm(self: Any, mat1: Any, mat2: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """`beta * self + alpha * (mat1 @ mat2)`.

    >>> torch.addmm(torch.zeros(1), torch.ones(1, 2), torch.ones(2, 1))
    tensor([[2.]])
    """
    _require_type_of_mat2("self", self, mat2)
    _require_type_of_mat2("mat1", mat1, mat2)
    for name, matrix in (("mat1", mat1), ("mat2", mat2)):
        if matrix.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix, got {matrix.ndim}-D tensor")
    _require_matrix_product(mat1.shape, mat2.shape)
    if mat1.dtype.kind == "b":
        _refuse_booleans("matmul")
    return _sum_of(self, matrix_product(mat1, mat2), beta, alpha)


@op(
    inplace=True,
    self=_beta_backward,
    mat=lambda grad, vec, alpha: np.expand_dims(_scaled(grad, alpha), -1) * vec,
    vec=lambda grad, mat, alpha: mat.T @ _scaled(grad, alpha),
    batching=batches.composed(product_batches.scaled(np.matmul)),
)  # fmt: skip
def addmv(self: Any, mat: Any, vec: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """`beta * self + alpha * (mat @ vec)`.

    >>> torch.addmv(torch.zeros(1), torch.ones(1, 2), torch.ones(2))
    tensor([2.])
    """
    if mat.ndim != 2 or vec.ndim != 1 or self.ndim > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {self.ndim}, {mat.ndim}, {vec.ndim}")
    _require_matrix_vector(mat.shape, vec.shape[0], self.size if self.ndim else 1)
    _require_same_type(mat, vec, name="mv")
    return _sum_of(self, matrix_product(mat, vec), beta, alpha)


@op(
    inplace=True,
    self=_beta_backward,
    batch1=lambda grad, batch2, alpha: _product(_scaled(grad, alpha), np.swapaxes(batch2, -1, -2)),
    batch2=lambda grad, batch1, alpha: _product(np.swapaxes(batch1, -1, -2), _scaled(grad, alpha)),
    batching=batches.composed(product_batches.scaled(np.matmul)),
)  # fmt: skip
def baddbmm(self: Any, batch1: Any, batch2: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """`beta * self + alpha * (batch1 @ batch2)` for batches of matrices.

    >>> torch.baddbmm(torch.zeros(1), torch.ones(2, 1, 3), torch.ones(2, 3, 1)).shape
    chainrule.Size([2, 1, 1])
    """
    _require_batches(batch1, batch2)
    _require_same_type(batch1, batch2, name="bmm")
    return _sum_of(self, matrix_product(batch1, batch2), beta, alpha)


@op(
    inplace=True,
    self=_beta_backward,
    batch1=lambda grad, batch2, alpha: _product(_scaled(grad, alpha), np.swapaxes(batch2, -1, -2)),
    batch2=lambda grad, batch1, alpha: _product(np.swapaxes(batch1, -1, -2), _scaled(grad, alpha)),
    batching=batches.composed(product_batches.scaled(lambda first, second: np.matmul(first, second).sum(axis=0))),
)  # fmt: skip
def addbmm(self: Any, batch1: Any, batch2: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """`beta * self + alpha * sum(batch1 @ batch2)`, summed over the batch.

    >>> torch.addbmm(torch.zeros(1), torch.ones(2, 1, 3), torch.ones(2, 3, 1))
    tensor([[6.]])
    """
    _require_batches(batch1, batch2)
    _require_same_type(batch1, batch2, name="bmm")
    return _sum_of(self, sum_of(matrix_product(batch1, batch2), 0, self.dtype), beta, alpha)


@op(
    inplace=True, promotion=COMMON,
    self=_beta_backward,
    vec1=lambda grad, vec2, alpha: _scaled(grad, alpha) @ vec2,
    vec2=lambda grad, vec1, alpha: _scaled(grad, alpha).T @ vec1,
    batching=batches.composed(product_batches.scaled(np.outer)),
)  # fmt: skip
def addr(self: Any, vec1: Any, vec2: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """`beta * self + alpha * outer(vec1, vec2)`.

    >>> torch.addr(torch.zeros(1), torch.tensor([1.0, 2.0]), torch.tensor([3.0]))
    tensor([[3.],
            [6.]])
    """
    for name, vector in (("vec1", vec1), ("vec2", vec2)):
        if vector.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {name}, but got {vector.ndim}-D")
    return _sum_of(self, np.multiply.outer(vec1, vec2), beta, alpha)
