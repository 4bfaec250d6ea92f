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
from chainrule.tensor import Tensor

series_rules.install()


class ForwardLaplacian(NamedTuple):
    """What `forward_laplacian` gives: each of the structure of the function's result."""

    value: Any
    jacobian: Any
    laplacian: Any


def laplacian(func: Callable[..., Any], argnums: Argnums = 0, *, batch_dims: int = 0) -> Callable[..., Any]:
    """A function that gives the Laplacian of `func`: the sum of its second derivatives by each number of the argument.

    The value, the Jacobian and the Laplacian of every intermediate result are carried forward together ("forward
    Laplacian"), which costs little more than the Jacobian in forward mode, and much less than a Hessian.

    Args:
        func: takes real tensors, alone or in containers, and gives real tensors of any shape, alone or in containers.
        argnums: the argument by which is differentiated; a tuple for several, over all of which the sum goes.
        batch_dims: the argument has so many dimensions in front that are a batch, as the results have: `func` treats
            each entry for itself, and the sum goes over the numbers of an entry.

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
        run = _Run("laplacian", func, args, kwargs, argnums, batch_dims, summed=True)
        return run.tree([run.curvature(output) for output in run.outputs])

    return summed


def forward_laplacian(
    func: Callable[..., Any], argnums: Argnums = 0, *, batch_dims: int = 0
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
        run = _Run("forward_laplacian", func, args, kwargs, argnums, batch_dims, summed=True)
        return ForwardLaplacian(
            run.tree([run.level.without(output) for output in run.outputs]),
            run.tree([run.by_argument(run.slopes(output)) for output in run.outputs]),
            run.tree([run.curvature(output) for output in run.outputs]),
        )

    return together


def hessian_diag(func: Callable[..., Any], argnums: Argnums = 0, *, batch_dims: int = 0) -> Callable[..., Any]:
    """A function that gives the diagonal of the Hessian of `func`: second derivatives by each number of the argument.

    Arguments and errors are those of `laplacian`. In place of each tensor of the result stands what the argument is, of
    the result's shape followed by the argument's (with the dimensions of the batch, if any, in front).

    >>> import chainrule as torch
    >>> torch.func.hessian_diag(lambda x: x.prod() + (x**3).sum())(torch.tensor([1.0, 2.0]))
    tensor([ 6., 12.])
    """

    @functools.wraps(func)
    def diagonal(*args: Any, **kwargs: Any) -> Any:
        run = _Run("hessian_diag", func, args, kwargs, argnums, batch_dims, summed=False)
        return run.tree([run.by_argument(run.curvature(output)) for output in run.outputs])

    return diagonal


class _Run:
    # A function that was called with second derivatives carried along.

    def __init__(
        self,
        name: str,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        argnums: Argnums,
        batch_dims: int,
        *,
        summed: bool,
    ) -> None:
        where = positions(argnums, len(args))
        self.leaves, self.structure = tree_flatten(selected(args, where))
        self.batch = _batch_of(name, self.leaves, batch_dims)
        self.sizes = [int(np.prod(leaf.shape[batch_dims:], dtype=int)) for leaf in self.leaves]
        self.level = level = SecondOrderLevel(sum(self.sizes), summed=summed)
        carrying = list(self._carrying())
        with level.entered():
            result = func(*replaced(args, where, self.structure.unflatten(carrying)), **kwargs)
        self.outputs, self.result = tree_flatten(result)
        for output in self.outputs:
            if not isinstance(output, Tensor):
                raise RuntimeError(f"{name}: expected func to return tensors only, but got {type(output)}")  # noqa: TRY004
            if output.shape[:batch_dims] != self.batch:
                raise ValueError(
                    f"{name}: expected results with the dimensions of the batch in front, {list(self.batch)}, but got "
                    f"a tensor of shape {list(output.shape)}"
                )
        refuse_complex(name, self.outputs, "outputs")

    def _carrying(self) -> Iterator[Any]:
        # Each tensor with the unit vectors as its slopes, the same for each entry of the batch.
        start = 0
        for leaf, size in zip(self.leaves, self.sizes, strict=True):
            own = leaf.shape[len(self.batch) :]
            units = np.zeros((self.level.count, size), leaf._array.dtype)
            units[np.arange(start, start + size), np.arange(size)] = 1
            units = units.reshape((self.level.count, *(1,) * len(self.batch), *own))
            carrying = leaf.clone()
            self.level.attach(carrying, np.broadcast_to(units, (self.level.count, *leaf.shape)), None)
            yield carrying
            start += size

    def tree(self, found: list[Any]) -> Any:
        return self.result.unflatten(found)

    def slopes(self, output: Any) -> Any:
        own = self.level.derivatives(output)
        return self._tensor(None if own is None else own.slopes, (self.level.count, *output.shape), output)

    def curvature(self, output: Any) -> Any:
        own = self.level.derivatives(output)
        shape = tuple(output.shape) if self.level.summed else (self.level.count, *output.shape)
        return self._tensor(None if own is None else own.curvature, shape, output)

    @staticmethod
    def _tensor(value: Any, shape: tuple[int, ...], output: Any) -> Any:
        if value is None:
            value = np.zeros(shape, output._array.dtype)
        return value if isinstance(value, Tensor) else as_tensor(np.array(value, order="C"))

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
