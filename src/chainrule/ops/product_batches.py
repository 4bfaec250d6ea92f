"""How products of matrices and vectors run on a batch (see engine/batching_rules.py)."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.batching_rules import as_batch, of_rank, rank_of, size_of


def matmul(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    """The rule of `matmul`: vectors of a batch are the rows of a matrix where the other factor is the same for all."""
    left, right = values
    left_rank, right_rank = rank_of(left, dims[0]), rank_of(right, dims[1])
    if not left_rank or not right_rank:
        return NotImplemented
    if left_rank == 1 and not dims[1] and right_rank == 2:
        return run(op, (left, right))
    if right_rank == 1 and not dims[0] and left_rank == 2:
        return run(op, (right, left.transpose(0, 1)))
    rank = max(left_rank, right_rank, 2)
    if left_rank == 1:
        left = left.unsqueeze(-2)
    if right_rank == 1:
        right = right.unsqueeze(-1)
    left = of_rank(left, True, rank) if dims[0] else left
    right = of_rank(right, True, rank) if dims[1] else right
    product = run(op, (left, right))
    if right_rank == 1:
        product = product.squeeze(-1)
    return product.squeeze(-1 if right_rank == 1 else -2) if left_rank == 1 else product


def dot(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    """The rule of `dot` and `vdot`."""
    left, right = values
    return ((left.conj() if op.name == "vdot" else left) * right).sum(-1)


def scaled(product: Any) -> Any:
    """What `addmm` and its likes are, beside `product` of their factors."""

    def sum_of(self: Any, first: Any, second: Any, beta: Any, alpha: Any) -> Any:
        result = product(first, second)
        result = result if alpha == 1 else result * alpha
        if beta == 0:
            return result
        return (self if beta == 1 else self * beta) + result

    return sum_of


def affine(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    """The rule of `linear`."""
    bias, self, weight = values
    if not dims[0] and not dims[2]:
        return run(op, (bias, self, weight))
    if not dims[2] or rank_of(weight, dims[2]) != 2 or not rank_of(self, dims[1]):
        return NotImplemented
    size = size_of(values, dims)
    rows = self
    if rank_of(self, dims[1]) == 1:
        rows = as_batch(self, dims[1], size).unsqueeze(1)
    elif dims[1]:
        rows = self.reshape((size, -1, self.shape[-1]))
    else:
        rows = self.reshape((-1, self.shape[-1]))
    product = np.matmul(rows, weight.transpose(1, 2))
    if bias is not None:
        product = product + (bias.unsqueeze(1) if dims[0] else bias)
    shape = self.shape[1:-1] if dims[1] else self.shape[:-1]
    return product.reshape((size, *shape, weight.shape[1]))


def contraction(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    """The rule of `einsum`: the batch is a dimension of every operand that has it, and of the result."""
    tensors, inputs, output = values
    fresh = 1 + max([i for indices in (*inputs, output) for i in indices], default=0)
    named = tuple([(fresh, *indices) if own else indices for indices, own in zip(inputs, dims[0], strict=True)])
    return run(op, (tensors, named, (fresh, *output)))
