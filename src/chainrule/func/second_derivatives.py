"""Laplacians and diagonals of Hessians: second derivatives carried forward, with what they need and nothing else."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from chainrule.engine.power_series import as_tensor
from chainrule.engine.second_order import SecondOrderLevel
from chainrule.func import series_rules
from chainrule.func.arguments import Argnums, positions, refuse_complex, replaced, selected
from chainrule.func.trees import tree_flatten
from chainrule.ops.joining import cat
from chainrule.tensor import Tensor

series_rules.install()


class ForwardLaplacian(NamedTuple):
    """What `forward_laplacian` gives: each of the structure of the function's result."""

    value: Any
    jacobian: Any
    laplacian: Any


def laplacian(
    func: Callable[..., Any], argnums: Argnums = 0, *, batch_dims: int = 0, chunk_size: int | None = None
) -> Callable[..., Any]:
    """A function that gives the Laplacian of `func`: the sum of its second derivatives by each number of the argument.

    The value, the Jacobian and the Laplacian of every intermediate result are carried forward together ("forward
    Laplacian"), which costs little more than the Jacobian in forward mode, and much less than a Hessian.

    Args:
        func: takes real tensors, alone or in containers, and gives real tensors of any shape, alone or in containers.
        argnums: the argument by which is differentiated; a tuple for several, over all of which the sum goes.
        batch_dims: the argument has so many dimensions in front that are a batch, as the results have: `func` treats
            each entry for itself, and the sum goes over the numbers of an entry.
        chunk_size: at most so many numbers of the argument at once, for less memory.

    The Laplacian has the shape of the result, and is differentiable. The function raises RuntimeError for complex
    tensors, ValueError where `batch_dims` does not fit or what is differentiated is no tensor.

    >>> import chainrule as torch
    >>> torch.func.laplacian(lambda x: (x**3).sum())(torch.tensor([1.0, 2.0]))
    tensor(18.)
    >>> points = torch.tensor([[1.0, 2.0], [0.0, 1.0], [3.0, 3.0]])
    >>> torch.func.laplacian(lambda x: (x**3).sum(-1), batch_dims=1)(points)
    tensor([18.,  6., 36.])
    """

    @functools.wraps(func)
    def summed(*args: Any, **kwargs: Any) -> Any:
        call = _Call("laplacian", func, args, kwargs, argnums, batch_dims)
        chunks = []
        for run in call.runs(chunk_size, summed=True):
            chunks.append(run.curvatures())
            structure = run.result
        return structure.unflatten(_added(chunks))

    return summed


def forward_laplacian(
    func: Callable[..., Any], argnums: Argnums = 0, *, batch_dims: int = 0, chunk_size: int | None = None
) -> Callable[..., ForwardLaplacian]:
    """A function that gives the value of `func`, its Jacobian and its Laplacian, which are worked out together.

    Arguments and errors are those of `laplacian`. The result is a named tuple `(value, jacobian, laplacian)`; the
    Jacobian is that of `jacfwd`, with the dimensions of the batch, if any, in front.

    >>> import chainrule as torch
    >>> found = torch.func.forward_laplacian(lambda x: (x**3).sum())(torch.tensor([1.0, 2.0]))
    >>> found.value, found.jacobian, found.laplacian
    (tensor(9.), tensor([ 3., 12.]), tensor(18.))
    """

    @functools.wraps(func)
    def together(*args: Any, **kwargs: Any) -> ForwardLaplacian:
        call = _Call("forward_laplacian", func, args, kwargs, argnums, batch_dims)
        slopes, curvatures = [], []
        for run in call.runs(chunk_size, summed=True):
            slopes.append(run.slopes())
            curvatures.append(run.curvatures())
            values, structure = run.values(), run.result
        jacobians = [call.by_argument(each) for each in _joined(slopes)]
        return ForwardLaplacian(
            structure.unflatten(values), structure.unflatten(jacobians), structure.unflatten(_added(curvatures))
        )

    return together


def hessian_diag(
    func: Callable[..., Any], argnums: Argnums = 0, *, batch_dims: int = 0, chunk_size: int | None = None
) -> Callable[..., Any]:
    """A function that gives the diagonal of the Hessian of `func`: second derivatives by each number of the argument.

    Arguments and errors are those of `laplacian`. In place of each tensor of the result stands what the argument is, of
    the result's shape followed by the argument's (with the dimensions of the batch, if any, in front).

    >>> import chainrule as torch
    >>> torch.func.hessian_diag(lambda x: x.prod() + (x**3).sum())(torch.tensor([1.0, 2.0]))
    tensor([ 6., 12.])
    """

    @functools.wraps(func)
    def diagonal(*args: Any, **kwargs: Any) -> Any:
        call = _Call("hessian_diag", func, args, kwargs, argnums, batch_dims)
        chunks = []
        for run in call.runs(chunk_size, summed=False):
            chunks.append(run.curvatures())
            structure = run.result
        return structure.unflatten([call.by_argument(each) for each in _joined(chunks)])

    return diagonal


class _Call:
    # A call of a function whose second derivatives are asked for: along all unit vectors, or some at a time.

    def __init__(
        self,
        name: str,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        argnums: Argnums,
        batch_dims: int,
    ) -> None:
        self.name = name
        self.func = func
        self.args = args
        self.kwargs = kwargs
        self.where = positions(argnums, len(args))
        self.leaves, self.structure = tree_flatten(selected(args, self.where))
        self.batch = _batch_of(name, self.leaves, batch_dims)
        self.sizes = [int(np.prod(leaf.shape[batch_dims:], dtype=int)) for leaf in self.leaves]

    def runs(self, chunk_size: int | None, *, summed: bool) -> Iterator[_Run]:
        if chunk_size is not None and chunk_size <= 0:
            raise ValueError(f"{self.name}: `chunk_size` should be greater than 0.")
        count = sum(self.sizes)
        step = chunk_size or count or 1
        for start in range(0, count or 1, step):
            yield _Run(self, range(start, min(start + step, count)), summed=summed)

    def by_argument(self, value: Any) -> Any:
        # What has the directions along its first dimension, with the shapes of the tensors behind in their place.
        value = value.movedim(0, -1)
        parts = []
        start = 0
        for leaf, size in zip(self.leaves, self.sizes, strict=True):
            part = value[..., start : start + size]
            parts.append(part.reshape((*value.shape[:-1], *leaf.shape[len(self.batch) :])))
            start += size
        return self.structure.unflatten(parts)


class _Run:
    # The function called once, with second derivatives along some of the unit vectors.

    def __init__(self, call: _Call, units: range, *, summed: bool) -> None:
        self.call = call
        self.level = level = SecondOrderLevel(len(units), summed=summed)
        carrying = call.structure.unflatten(list(self._carrying(units)))
        with level.entered():
            result = call.func(*replaced(call.args, call.where, carrying), **call.kwargs)
        self.outputs, self.result = tree_flatten(result)
        for output in self.outputs:
            if not isinstance(output, Tensor):
                msg = f"{call.name}: expected func to return tensors only, but got {type(output)}"
                raise RuntimeError(msg)  # noqa: TRY004 (as the other transforms)
            if output.shape[: len(call.batch)] != call.batch:
                raise ValueError(
                    f"{call.name}: expected results with the dimensions of the batch in front, {list(call.batch)}, but "
                    f"got a tensor of shape {list(output.shape)}"
                )
        refuse_complex(call.name, self.outputs, "outputs")

    def _carrying(self, units: range) -> Iterator[Any]:
        # Each tensor with the unit vectors as its slopes, the same for each entry of the batch.
        start = 0
        batch = self.call.batch
        for leaf, size in zip(self.call.leaves, self.call.sizes, strict=True):
            slopes = np.zeros((len(units), size), leaf._array.dtype)
            own = range(max(start, units.start), min(start + size, units.stop))
            for number in own:
                slopes[number - units.start, number - start] = 1
            slopes = slopes.reshape((len(units), *(1,) * len(batch), *leaf.shape[len(batch) :]))
            carrying = leaf.clone()
            self.level.attach(carrying, np.broadcast_to(slopes, (len(units), *leaf.shape)), None)
            yield carrying
            start += size

    def values(self) -> list[Any]:
        return [self.level.without(output) for output in self.outputs]

    def slopes(self) -> list[Any]:
        return [self._part(output, "slopes", (self.level.count, *output.shape)) for output in self.outputs]

    def curvatures(self) -> list[Any]:
        directions = () if self.level.summed else (self.level.count,)
        return [self._part(output, "curvature", (*directions, *output.shape)) for output in self.outputs]

    def _part(self, output: Any, which: str, shape: tuple[int, ...]) -> Any:
        own = self.level.derivatives(output)
        value = None if own is None else getattr(own, which)
        if value is None:
            value = np.zeros(shape, output._array.dtype)
        return value if isinstance(value, Tensor) else as_tensor(np.array(value, order="C"))


def _added(chunks: list[list[Any]]) -> list[Any]:
    return [sum(column[1:], column[0]) for column in zip(*chunks, strict=True)]


def _joined(chunks: list[list[Any]]) -> list[Any]:
    return chunks[0] if len(chunks) == 1 else [cat(column) for column in zip(*chunks, strict=True)]


def _batch_of(name: str, leaves: list[Any], batch_dims: int) -> tuple[int, ...]:
    refuse_complex(name, leaves, "inputs")
    shapes = []
    for leaf in leaves:
        if not isinstance(leaf, Tensor) or leaf._array.dtype.kind != "f":
            kind = leaf.dtype if isinstance(leaf, Tensor) else type(leaf)
            raise ValueError(f"{name}: expected to differentiate by tensors of floating-point numbers, but got {kind}")
        if not 0 <= batch_dims <= leaf.ndim:
            raise ValueError(f"{name}: batch_dims={batch_dims}, but the argument has {leaf.ndim} dimensions")
        shapes.append(tuple(leaf.shape[:batch_dims]))
    if len(set(shapes)) > 1:
        raise ValueError(f"{name}: the arguments have batches of different shapes: {sorted(set(shapes))}")
    return shapes[0] if shapes else ()
