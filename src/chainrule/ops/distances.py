"""Distances between vectors: in pairs, and each with each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.engine import batching_rules as batches
from chainrule.engine.op import op
from chainrule.ops.norms import vector_norm

SPACE = "torch nn.functional"
__all__ = ["pairwise_distance", "pdist"]

# ---- each with each ----


def _slopes(differences: Any, distances: Any, p: float) -> Any:
    # The derivative of a distance by its difference; the smallest of the subgradients where it has a corner.
    distances = np.expand_dims(distances, -1)
    if p == 0:
        return differences * 0
    if p == 1:
        return np.sign(differences)
    zero = distances == 0
    safe = np.where(zero, 1, distances)
    if p == 2:
        return np.where(zero, 0, differences / safe)
    sizes = np.abs(differences)
    if math.isinf(p):
        largest = (sizes == distances) & ~zero
        count = np.where(largest, 1, 0).sum(axis=-1, keepdims=True).astype(differences.dtype)
        return np.where(largest, np.sign(differences) / np.where(count == 0, 1, count), 0)
    none = zero | (sizes == 0)
    return np.where(none, 0, np.sign(differences) * (np.where(none, 1, sizes) / safe) ** (p - 1))


def _cdist_backward(grad: Any, x1: Any, x2: Any, result: Any, p: float, needs: tuple[bool, ...]) -> tuple[Any, Any]:
    if 0 in np.shape(x1)[-1:] or 0 in np.shape(result):
        return x1 * 0, x2 * 0
    if p == 2:
        # The differences need not stand in memory: a sum of them is a product of matrices.
        zero = result == 0
        weights = np.where(zero, 0, grad / np.where(zero, 1, result))
        turned = np.swapaxes(weights, -1, -2)
        of_x1 = np.expand_dims(weights.sum(axis=-1), -1) * x1 - weights @ x2 if needs[0] else None
        of_x2 = np.expand_dims(weights.sum(axis=-2), -1) * x2 - turned @ x1 if needs[1] else None
        return of_x1, of_x2
    differences = np.expand_dims(x1, -2) - np.expand_dims(x2, -3)
    parts = np.expand_dims(grad, -1) * _slopes(differences, result, p)
    return parts.sum(axis=-2), -parts.sum(axis=-3)


_METRICS = {1.0: "cityblock", 2.0: "euclidean", math.inf: "chebyshev"}


def _distances(x1: Any, x2: Any, p: float) -> Any:
    from scipy.spatial import distance  # importing SciPy takes longer than importing NumPy

    if not x1.shape[-1] or not x1.shape[-2] * x2.shape[-2]:
        return np.zeros((x1.shape[-2], x2.shape[-2]), x1.dtype)
    if p == 0:
        found = distance.cdist(x1, x2, "hamming") * x1.shape[-1]
    elif p in _METRICS:
        found = distance.cdist(x1, x2, _METRICS[p])
    else:
        found = distance.cdist(x1, x2, "minkowski", p=p) if p >= 1 else _minkowski(x1, x2, p)
    return found.astype(x1.dtype, copy=False)


def _minkowski(x1: Any, x2: Any, p: float) -> Any:
    return (np.abs(x1[:, None] - x2[None]) ** p).sum(-1) ** (1 / p)


def _cdist_node_name(x1: Any, x2: Any, p: float, by_product: bool) -> str:
    return "EuclideanDistBackward0" if by_product else "CdistBackward0"


@op(
    name="cdist",
    spaces="",
    node_name=_cdist_node_name,
    derivatives={"x1, x2": _cdist_backward},
    batching=batches.trailing,
)
def cdist_row(x1: Any, x2: Any, p: float, by_product: bool) -> Any:
    from chainrule.dtypes import scalar_type_name

    if x1.ndim < 2 or x2.ndim < 2:
        which, x = ("X1", x1) if x1.ndim < 2 else ("X2", x2)
        raise RuntimeError(f"cdist only supports at least 2D tensors, {which} got: {x.ndim}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    for which, x in (("X1", x1), ("X2", x2)):
        if x.dtype.kind != "f":
            raise RuntimeError(f"cdist only supports floating-point dtypes, {which} got: {scalar_type_name(x.dtype)}")
    if x1.dtype != x2.dtype:
        raise RuntimeError(f"expected scalar type {scalar_type_name(x1.dtype)} but found {scalar_type_name(x2.dtype)}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    batch = np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    if not batch:
        return _distances(x1, x2, p)
    left = np.broadcast_to(x1, (*batch, *x1.shape[-2:])).reshape(math.prod(batch), *x1.shape[-2:])
    right = np.broadcast_to(x2, (*batch, *x2.shape[-2:])).reshape(math.prod(batch), *x2.shape[-2:])
    found = np.empty((math.prod(batch), x1.shape[-2], x2.shape[-2]), x1.dtype)
    for number, (a, b) in enumerate(zip(left, right, strict=True)):
        found[number] = _distances(a, b, p)
    return found.reshape(*batch, *found.shape[1:])


_MODES = {
    "use_mm_for_euclid_dist_if_necessary": 25,
    "use_mm_for_euclid_dist": 0,
    "donot_use_mm_for_euclid_dist": math.inf,
}


def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Any:
    """The `p`-norm distances between every row of one matrix and every row of another, for batches too.

    `compute_mode` says when PyTorch takes a product of matrices for `p=2`; the distances are the same here.

    >>> torch.cdist(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    if compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    by_product = p == 2 and max(x1.shape[-2:-1] + x2.shape[-2:-1], default=0) > _MODES[compute_mode]
    return cdist_row(x1, x2, p, by_product)


# ---- in pairs ----


def _pdist_backward(grad: Any, self: Any, result: Any, p: float) -> Any:
    first, second = np.triu_indices(np.shape(self)[0], 1)
    differences = self[first] - self[second]
    parts = np.expand_dims(grad, -1) * _slopes(differences, result, p)
    # Of each pair one row gets it, the other its opposite.
    count = np.shape(self)[0]
    sides = np.zeros((count, len(first)), parts.dtype)
    sides[first, np.arange(len(first))], sides[second, np.arange(len(first))] = 1, -1
    return sides @ parts


@op(name="pdist", spaces="", node_name="PdistBackward0", self=_pdist_backward)
def pdist_row(self: Any, p: float) -> Any:
    if self.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {self.ndim}D")
    if self.dtype.kind != "f":
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    return _distances(self, self, p)[np.triu_indices(self.shape[0], 1)]


def pdist(input: Any, p: float = 2) -> Any:
    """The `p`-norm distances between every two rows of a matrix: the upper triangle of `cdist`.

    >>> torch.pdist(torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
    tensor([5.0000, 1.0000, 4.2426])
    """
    return pdist_row(input, p)


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """The `p`-norm distances of the vectors of two tensors in the last dimension; `eps` is added to every difference.

    >>> torch.pairwise_distance(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]]))
    tensor([5.0000])
    """
    return vector_norm(x1 - x2 + eps, p, -1, keepdim)


ELSEWHERE = {"torch": {"cdist": cdist}}
