"""Products of vectors in every pair, over the last dimension, in blocks and across; chains of matrix products."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.dimensions import wrap_dim
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import COMMON, LINEAR, MULTILINEAR, op
from chainrule.ops.matrices import into
from chainrule.ops.products import vdot
from chainrule.ops.refusals import require_kernel

METHODS = ("outer", "ger", "inner", "cross")
__all__ = ["outer", "ger", "inner", "chain_matmul", "cross"]

# ---- outer and inner ----


def outer(input: Any, vec2: Any, *, out: Any = None) -> Any:
    """The products of every element of one vector with every element of another.

    >>> torch.outer(torch.tensor([1, 2]), torch.tensor([3, 4]))
    tensor([[3, 4],
            [6, 8]])
    """
    for name, vector in (("self", input), ("vec2", vec2)):
        if vector.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {vector.ndim}-D")
    product = input.reshape(-1, 1) * vec2
    return into("outer", out, product)


ger = outer


def _inner_backward(grad: Any, self_shape: tuple[int, ...], other: Any) -> Any:
    if not self_shape or np.ndim(other) == 0:
        return grad * other
    size = self_shape[-1]
    rows, columns = math.prod(self_shape[:-1]), math.prod(np.shape(other)[:-1])
    return (grad.reshape((rows, columns)) @ other.reshape((columns, size))).reshape(self_shape)


def _inner_other_backward(grad: Any, self: Any, other_shape: tuple[int, ...]) -> Any:
    self_rank, other_rank = np.ndim(self), len(other_shape)
    if 0 not in (self_rank, other_rank):
        # As if `other` came first.
        first = range(self_rank - 1, self_rank + other_rank - 2)
        grad = np.transpose(grad, (*first, *range(self_rank - 1)))
    return _inner_backward(grad, other_shape, self)


def _inner_node_name(self: Any, other: Any) -> str:
    return "MulBackward0" if 0 in (self.ndim, other.ndim) else "ViewBackward0"


@op(
    name="inner", spaces="", promotion=COMMON, node_name=_inner_node_name,
    self=_inner_backward, other=_inner_other_backward,
    kind=MULTILINEAR,
)  # fmt: skip
def inner_row(self: Any, other: Any) -> Any:
    if 0 in (self.ndim, other.ndim):
        return self * other
    if self.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(self.shape)} and {list(other.shape)}"
        )
    return np.tensordot(self, other, (-1, -1))


def inner(input: Any, other: Any, *, out: Any = None) -> Any:
    """The sums of products over the last dimensions of two tensors.

    >>> torch.inner(torch.tensor([1, 2]), torch.tensor([3, 4]))
    tensor(11)
    """
    return inner_row(input, other) if out is None else inner_row(input, other, out=out)


# ---- blocks, diagonal, across ----


def _interleaved(shape: tuple[int, ...], other: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    # Shapes of equal rank in which the dimensions of the two take turns.
    rank = max(len(shape), len(other))
    shape, other = (1,) * (rank - len(shape)) + shape, (1,) * (rank - len(other)) + other
    return (
        tuple(size for s in shape for size in (s, 1)),
        tuple(size for s in other for size in (1, s)),
    )


def _kron_backward(grad: Any, own: tuple[int, ...], other: tuple[int, ...], factor: Any, own_shape: Any) -> Any:
    both = tuple([a * b for a, b in zip(own, other, strict=True)])
    summed = tuple([i for i, size in enumerate(other) if size != 1])
    blocks = grad.reshape(both) * factor.reshape(other)
    return (blocks.sum(axis=summed) if summed else blocks).reshape(own_shape)


@op(
    promotion=COMMON, node_name="UnsafeViewBackward0",
    self=lambda grad, self_shape, other: _kron_backward(
        grad, *_interleaved(self_shape, np.shape(other)), other, self_shape
    ),
    other=lambda grad, self, other_shape: _kron_backward(
        grad, *_interleaved(np.shape(self), other_shape)[::-1], self, other_shape
    ),
    kind=MULTILINEAR,
)  # fmt: skip
def kron(self: Any, other: Any) -> Any:
    """The Kronecker product: blocks of `other`, each multiplied by an element of the first.

    >>> torch.kron(torch.tensor([1, 10]), torch.tensor([1, 2]))
    tensor([ 1,  2, 10, 20])
    """
    own, others = _interleaved(self.shape, other.shape)
    shape = tuple([a * b for a, b in zip(own, others, strict=True)])
    merged = [a * b for a, b in zip(shape[::2], shape[1::2], strict=True)]
    return (self.reshape(own) * other.reshape(others)).reshape(merged)


@op(
    kind=LINEAR,
    self=lambda grad, self_shape: np.where(np.eye(*self_shape, dtype=np.bool_), grad, 0),
    batching=batches.composed(lambda self: self.diagonal().sum()),
)
def trace(self: Any) -> Any:
    """The sum of the diagonal of a matrix.

    >>> torch.trace(torch.tensor([[1, 2], [3, 4]]))
    tensor(5)
    """
    if self.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {self.ndim}")
    require_kernel("trace", "b", self.dtype)
    return np.trace(self, dtype=None if self.dtype.kind in "fc" else np.int64)


def _cross_self_backward(grad: Any, other: Any, dim: int) -> Any:
    return linalg_cross(other, grad, dim)


def _cross_other_backward(grad: Any, self: Any, dim: int) -> Any:
    return linalg_cross(grad, self, dim)


@op(
    spaces="linalg:cross", promotion=COMMON,
    self=_cross_self_backward,
    other=_cross_other_backward,
    batching=batches.along("dim"),
    kind=MULTILINEAR,
)  # fmt: skip
def linalg_cross(self: Any, other: Any, dim: int = -1) -> Any:
    """The cross products of vectors of three elements along `dim`.

    >>> torch.linalg.cross(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    if self.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    given, dim = dim, wrap_dim(dim, self.ndim)
    if (self.shape[dim], other.shape[dim]) != (3, 3):
        raise RuntimeError(
            f"linalg.cross: inputs dimension {given} must have length 3. Got {self.shape[dim]} and {other.shape[dim]}"
        )
    require_kernel("cross", "b", self.dtype)
    a, b = np.moveaxis(self, dim, 0), np.moveaxis(other, dim, 0)
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]], axis=dim)


def vecdot(x: Any, y: Any, *, dim: int = -1, out: Any = None) -> Any:
    """The sums of products along `dim`, of the complex conjugate of `x` with `y`.

    >>> torch.linalg.vecdot(torch.tensor([[1, 2], [3, 4]]), torch.tensor([1, 1]))
    tensor([3, 7])
    """
    product = vdot(x, y) if x.ndim == y.ndim == 1 else (x.conj() * y).sum(dim)
    return into("linalg_vecdot", out, product)


def cross(input: Any, other: Any, dim: int | None = None, *, out: Any = None) -> Any:
    """The cross products of vectors along `dim`, by default the first dimension of size 3.

    >>> torch.cross(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0]), dim=0)
    tensor([0., 0., 1.])
    """
    if dim is None:
        dim = next((d for d, size in enumerate(input.shape) if size == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    kwargs = {} if out is None else {"out": out}
    return linalg_cross(input, other, dim, **kwargs)


# ---- several matrices ----


def chain_matmul(*matrices: Any, out: Any = None) -> Any:
    """The product of several matrices, in the order of fewest multiplications.

    >>> torch.chain_matmul(torch.ones(1, 2), torch.ones(2, 2), torch.ones(2, 1))
    tensor([[4.]])
    """
    matrices = tuple(matrices[0]) if len(matrices) == 1 and isinstance(matrices[0], (tuple, list)) else matrices
    product = matrices[0].clone() if len(matrices) == 1 else multi_dot(matrices)
    return into("chain_matmul", out, product)


def multi_dot(tensors: Any, *, out: Any = None) -> Any:
    """The product of two or more matrices, in the order of fewest multiplications; the ends may be vectors.

    >>> torch.linalg.multi_dot([torch.ones(2), torch.ones(2, 2), torch.ones(2)])
    tensor(4.)
    """
    if not isinstance(tensors, (tuple, list)):
        kind = type(tensors).__name__
        raise TypeError(f"linalg_multi_dot(): argument 'tensors' (position 1) must be tuple of Tensors, not {kind}")
    tensors = list(tensors)
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    last = len(tensors) - 1
    for place, tensor in enumerate(tensors):
        if tensor.ndim != 2 and not (place in (0, last) and tensor.ndim == 1):
            allowed = "1D or 2D" if place in (0, last) else "2D"
            which = "the first tensor" if place == 0 else "the last tensor" if place == last else f"tensor {place}"
            raise RuntimeError(f"multi_dot(): {which} must be {allowed} but got {tensor.ndim}D")
    matrices = list(tensors)
    if tensors[0].ndim == 1:
        matrices[0] = tensors[0].unsqueeze(0)
    if tensors[-1].ndim == 1:
        matrices[-1] = tensors[-1].unsqueeze(-1)
    for place in range(last):
        if matrices[place].shape[1] != matrices[place + 1].shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {place} and {place + 1} with shapes {list(tensors[place].shape)} and "
                f"{list(tensors[place + 1].shape)} cannot be multiplied"
            )
    product = _in_best_order(matrices).view((*tensors[0].shape[:-1], *tensors[-1].shape[1:]))
    return into("linalg_multi_dot", out, product)


def _in_best_order(matrices: list[Any]) -> Any:
    # cost[first, last] of a chain, and where to split it, for ever longer chains.
    sizes = [m.shape[0] for m in matrices] + [matrices[-1].shape[1]]
    count = len(matrices)
    cost = {(i, i): 0 for i in range(count)}
    split: dict[tuple[int, int], int] = {}
    for length in range(1, count):
        for first in range(count - length):
            last = first + length
            cost[first, last], split[first, last] = min(
                (cost[first, k] + cost[k + 1, last] + sizes[first] * sizes[k + 1] * sizes[last + 1], k)
                for k in range(first, last)
            )

    def product(first: int, last: int) -> Any:
        if first == last:
            return matrices[first]
        k = split[first, last]
        return product(first, k) @ product(k + 1, last)

    return product(0, count - 1)


ELSEWHERE = {"linalg": {"multi_dot": multi_dot, "vecdot": vecdot}}
