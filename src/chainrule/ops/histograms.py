"""How many elements lie in each of the boxes of a grid: `histogram`, `histogramdd`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.dtypes import c_type_name, scalar_type_name
from chainrule.engine.op import LINEAR, op
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.ops.copies import clone
from chainrule.ops.shapes import reshape
from chainrule.return_types import return_type

__all__ = ["histogram", "histogramdd"]
METHODS = ("histogram",)

_HISTOGRAM = return_type("histogram", ("hist", "bin_edges"))
_HISTOGRAM_OUT = return_type("histogram_out", ("hist", "bin_edges"))
_HISTOGRAMDD = return_type("histogramdd", ("hist", "bin_edges"))


def _counts_gradient(grad: Any, places: Any, weight_shape: Any) -> Any:
    # What lies outside has the place behind the last box.
    flat = grad.reshape(-1)
    values = flat[np.minimum(places, math.prod(flat.shape) - 1)]
    return np.where(places < math.prod(flat.shape), values, 0).reshape(tuple(weight_shape))


@op(name="histogram_counts", kind=LINEAR, conjugate=False, spaces="", weight=_counts_gradient)
def counts_in(weight: Any, places: Any, shape: tuple[int, ...]) -> Any:
    count = math.prod(shape)
    total = np.bincount(places, weight.reshape(-1), count + 1)[:count]
    return total.reshape(shape).astype(weight.dtype)


def _even_edges(low: float, high: float, bins: int, dtype: Any) -> Any:
    return np.linspace(dtype.type(low), dtype.type(high), bins + 1, dtype=dtype)


def _ranges(points: Any, range: Any, dims: int) -> list[tuple[float, float]]:
    if range is not None:
        if len(range) != 2 * dims:
            raise RuntimeError(
                f"torch.histogramdd: for a {dims}-dimensional histogram range should have {2 * dims} elements, but got "
                f"{len(range)}"
            )
        ranges = [(float(range[2 * d]), float(range[2 * d + 1])) for d in np.arange(dims)]
    elif points.size:
        with np.errstate(invalid="ignore"):
            ranges = list(zip(points.min(0).tolist(), points.max(0).tolist(), strict=True))
    else:
        ranges = [(0.0, 1.0)] * dims
    for d, (low, high) in enumerate(ranges):
        if not (math.isfinite(low) and math.isfinite(high)):
            raise RuntimeError(f"torch.histogramdd: dimension {d}'s range [{low:g}, {high:g}] is not finite")
        if low > high:
            raise RuntimeError(
                f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for dimension {d}"
            )
    return [(low - 0.5, high + 0.5) if low == high else (low, high) for low, high in ranges]


def _edges(points: Any, bins: list[Any], range: Any) -> list[Any]:
    if not isinstance(bins[0], TensorBase):
        for d, count in enumerate(bins):
            if count <= 0:
                raise RuntimeError(f"torch.histogram(): bins must be > 0, but got {count} for dimension {d}")
        ranges = _ranges(points, range, len(bins))
        return [_even_edges(*bounds, count, points.dtype) for bounds, count in zip(ranges, bins, strict=True)]
    found = []
    for d, given in enumerate(bins):
        edges = given._array
        if edges.dtype != points.dtype:
            raise RuntimeError(
                "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with dtype "
                f"{c_type_name(points.dtype)} and bins for dimension {d} with dtype {c_type_name(edges.dtype)}"
            )
        if edges.ndim != 1:
            raise RuntimeError(
                f"torch.histogramdd: bins tensor should have one dimension, but got {edges.ndim} dimensions in the "
                f"bins tensor for dimension {d}"
            )
        if not edges.size:
            raise RuntimeError(
                "torch.histogramdd: bins tensor should have at least 1 element, but got 0 elements in the bins tensor "
                f"for dimension {d}"
            )
        if edges.size == 1:
            raise RuntimeError(f"torch.histogram(): bins must be > 0, but got 0 for dimension {d}")
        found.append(edges.copy())
    return found


def _places(points: Any, edges: list[Any]) -> Any:
    # The number of the box of each point among all boxes; one more than there are for those outside.
    number = np.zeros(len(points), np.int64)
    outside = np.zeros(len(points), np.bool_)
    for values, bounds in zip(points.T, edges, strict=True):
        at = np.searchsorted(bounds, values, "right") - 1
        # The last bin has its upper edge too.
        at[values == bounds[-1]] = bounds.size - 2
        outside |= ~((values >= bounds[0]) & (values <= bounds[-1]))
        number = number * (bounds.size - 1) + at
    return np.where(outside, math.prod([bounds.size - 1 for bounds in edges]), number)


def _densities(counts: Any, edges: list[Any]) -> Any:
    volumes: Any = np.ones((), edges[0].dtype)
    for bounds in edges:
        volumes = np.multiply.outer(volumes, np.diff(bounds))
    return counts / counts.sum() / new_tensor(np.asarray(volumes))


def _counted(input: Any, points: Any, bins: list[Any], range: Any, weight: Any, density: bool) -> tuple[Any, list[Any]]:
    if points.dtype not in (np.float32, np.float64):
        raise NotImplementedError(f"\"histogramdd\" not implemented for '{scalar_type_name(points.dtype)}'")
    if weight is not None:
        if tuple(weight.shape) != tuple(input.shape):
            raise RuntimeError(
                "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor "
                f"excluding its innermost dimension, but got input with shape {[*input.shape, points.shape[1]]} and "
                f"weight with shape {list(weight.shape)}"
            )
        if weight._array.dtype != points.dtype:
            raise RuntimeError(
                "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the same "
                f"dtype, but got input({c_type_name(points.dtype)}), and weight({c_type_name(weight._array.dtype)})"
            )
    edges = _edges(points, bins, range)
    shape = tuple([bounds.size - 1 for bounds in edges])
    counts = counts_in(
        new_tensor(np.ones(len(points), points.dtype)) if weight is None else reshape(weight, -1),
        _places(points, edges), shape,
    )  # fmt: skip
    return _densities(counts, edges) if density else counts, edges


class _Flat:
    # What errors say of the input of `histogram`: all elements, each a point of one dimension.
    def __init__(self, array: Any) -> None:
        self.shape = (array.size,)


def histogram(
    input: Any, bins: Any = 100, *, range: Any = None, weight: Any = None, density: bool = False, out: Any = None
) -> Any:
    """How many elements lie between each two neighbours of the edges `bins`, or in so many equal parts of `range`.

    By default the range of the elements. `weight`: what each element counts; the counts are differentiable in it.
    `density`: divided so that the integral is 1. Gives `hist` and `bin_edges`; there is no gradient for `input`.

    >>> torch.histogram(torch.tensor([1.0, 2.0, 1.0]), bins=4, range=(0.0, 3.0)).hist
    tensor([0., 2., 1., 0.])
    """
    array = input._array
    if isinstance(bins, TensorBase) and range is not None:
        raise TypeError("histogram(): got both edges, as a tensor for `bins`, and a `range`")
    if weight is not None and tuple(weight.shape) == tuple(input.shape):
        weight = reshape(weight, -1)
    counts, edges = _counted(_Flat(array), array.reshape(-1, 1), [bins], range, weight, density)
    found = (counts, new_tensor(edges[0]))
    if out is None:
        return _HISTOGRAM(found)
    for name, target in zip(("hist", "bin_edges"), out, strict=True):
        if target._array.dtype != array.dtype:
            raise RuntimeError(
                f"torch.histogram: input tensor and {name} tensor should have the same dtype, but got input "
                f"{c_type_name(array.dtype)} and {name} {c_type_name(target._array.dtype)}"
            )
    for part, target in zip(found, out, strict=True):
        clone(part, out=target)
    return _HISTOGRAM_OUT(out)


def histogramdd(input: Any, bins: Any, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """The same for points of several dimensions, which lie in the last dimension of `input`.

    `bins`: a tensor of edges for each dimension, a number for each, or one number for all. `range`: the least and the
    greatest coordinate of each, one after another.

    >>> torch.histogramdd(torch.tensor([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), bins=2).hist
    tensor([[0., 1.],
            [1., 1.]])
    """
    array = input._array
    if array.ndim < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    dims = array.shape[-1]
    wanted = list(bins) if isinstance(bins, (tuple, list)) else [bins] * dims
    if len(wanted) != dims:
        raise RuntimeError("histogramdd: The size of bins must be equal to the innermost dimension of the input.")
    points = array.reshape(-1, dims)
    counts, edges = _counted(input[..., 0].detach(), points, wanted, range, weight, density)
    return _HISTOGRAMDD((counts, tuple([new_tensor(e) for e in edges])))
