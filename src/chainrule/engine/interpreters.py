"""Transforms of functions while they run: what each of them does with the operations that are called within it.

`vmap` and forward mode are levels on a stack, the interceptors of modes.py. An operation is handed to the innermost
level first, which does its part in terms of operations, and these go to the levels around it. So transforms compose in
any order, and an operation that knows nothing of them is run at the bottom and recorded as always.

Reverse mode needs no level: a graph is recorded as the function runs. To ask it for gradients (`pull`) where tensors
are wrapped by levels is a matter of taking the wrapping off, level by level, and putting it on again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from chainrule.engine.backward import run_backward
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.modes import op_interceptors, pushed
from chainrule.engine.tensor_base import LEAF, TensorBase, new_tensor
from chainrule.engine.views import refresh_view

Pull = Callable[[list[Any], list[Any], list[Any]], list[Any]]


class Level:
    """One transform that is running. Called with each operation: `run(op, args)` is the operation one level down."""

    size: int | None = None  # of a batch

    def wrap(self, tensor: Any, dim: int = 0) -> Any:
        """A tensor of all entries as one of this level, which has a size."""
        raise NotImplementedError

    def __call__(self, op: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """The operation's result, as this transform has it."""
        raise NotImplementedError

    def change(self, op: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """The same for an operation that changes its first argument."""
        raise NotImplementedError

    def apply(self, function: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """The same for a custom function."""
        raise NotImplementedError

    def owns(self, tensor: Any) -> bool:
        """Whether the tensor is wrapped at this level."""
        raise NotImplementedError

    def variable(self, tensor: Any, variable: Callable[[Any], Any]) -> Any:
        """An equal tensor that gradients can be asked for; `variable` makes one of what lies below."""
        raise NotImplementedError

    def pull(self, outputs: list[Any], inputs: list[Any], seeds: list[Any], pull: Pull) -> list[Any]:
        """Gradients of tensors at this level, by means of `pull` for those below."""
        raise NotImplementedError

    def entered(self) -> AbstractContextManager[None]:
        """The level on top of the stack, within a `with` block."""
        level: Callable[..., Any] = self
        return pushed(op_interceptors, level)


def levels() -> tuple[Level, ...]:
    """The transforms that are running in this thread, the innermost last."""
    return tuple([each for each in op_interceptors.get() if isinstance(each, Level)])


def wraps(tensor: Any) -> bool:
    """Whether a running transform has more to say of this tensor than its values."""
    return any(level.owns(tensor) for level in levels())


def batches_of(tensor: Any) -> set[Any]:
    """The levels at which a tensor is a batch."""
    found = set()
    while hasattr(tensor, "_value"):
        found.add(tensor._level)
        tensor = tensor._value
    return found


def zeros_at(tensor: Any, around: Sequence[Level]) -> Any:
    """Zeros of the tensor's shape and type that can be written to at all of these levels."""
    sizes = [level.size for level in around if level.size is not None]
    if not sizes:
        return new_tensor(np.zeros_like(tensor._array))  # in the same order
    zeros: Any = new_tensor(np.zeros((*sizes, *tensor._array.shape), tensor._array.dtype))
    for level in around:
        if level.size is not None:
            zeros = level.wrap(zeros)
    return zeros


def innermost(tensor: Any) -> Any:
    """The tensor that has the values: of a batch, the one of all entries."""
    while hasattr(tensor, "_value"):
        tensor = tensor._value
    return tensor


def is_followed(tensor: Any) -> bool:
    """Whether a derivative of what is computed from this tensor may be asked for: backwards or forwards."""
    if is_grad_enabled() and getattr(tensor, "requires_grad", False):
        return True
    while isinstance(tensor, TensorBase):
        if tensor._tangents:  # type: ignore[attr-defined]
            return True
        tensor = getattr(tensor, "_value", None)  # of a batch
    return False


def variable_of(tensor: Any, around: Sequence[Level]) -> Any:
    """A tensor equal to this one, whose own gradients can be asked for: with the history that the other has."""
    if around:
        return around[-1].variable(tensor, lambda below: variable_of(below, around[:-1]))
    if tensor.requires_grad:
        return tensor.view(tensor.shape)
    variable = new_tensor(tensor._array)
    variable._version_counter = tensor._version_counter
    variable._requires_grad = True
    return variable


def make_private(variables: Sequence[Any]) -> None:
    """Say that nobody outside may ask for gradients of these: the transform that made them has run its function."""
    for variable in variables:
        inside = variable
        while hasattr(inside, "_value"):  # of a batch
            inside = inside._value
        if inside._edge is None:
            inside._is_private = True


def pull(
    outputs: list[Any],
    inputs: list[Any],
    seeds: list[Any],
    around: Sequence[Level],
    *,
    keep_graph: bool,
    records: bool,
) -> list[Any]:
    """The gradients of the inputs, from these of the outputs; None for what no output depends on.

    `around`: the levels at which outputs and inputs may be wrapped, those that were running when they were made. The
    seeds may be wrapped at others as well, and then so are the gradients. They have the outputs' shapes; None stands
    for zeros.
    """
    if around:
        level = around[-1]

        def below(outputs: list[Any], inputs: list[Any], seeds: list[Any]) -> list[Any]:
            # What was wrapped at the level is not any more: formulas there have nothing to do with it.
            token = op_interceptors.set(tuple([each for each in op_interceptors.get() if each is not level]))
            try:
                return pull(outputs, inputs, seeds, around[:-1], keep_graph=keep_graph, records=records)
            finally:
                op_interceptors.reset(token)

        return level.pull(outputs, inputs, seeds, below)
    if any(hasattr(tensor, "_value") for tensor in (*outputs, *inputs)):
        raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn")
    pairs = [
        (edge_of(output), seed)
        for output, seed in zip(outputs, seeds, strict=True)
        if seed is not None and output.requires_grad
    ]
    if not pairs:
        return [None] * len(inputs)
    on_tensors = records or any(wraps(seed) for _, seed in pairs)
    found = run_backward(
        [edge for edge, _ in pairs],
        [_cast(seed, edge) if on_tensors else _cast(seed._array, edge) for edge, seed in pairs],
        keep_graph=keep_graph,
        create_graph=on_tensors,
        inputs=[edge_of(tensor) for tensor in inputs],
        records=records,
    )
    return [g if g is None or isinstance(g, TensorBase) else new_tensor(np.array(g)) for g in found]


def edge_of(tensor: Any) -> Any:
    """Where the gradient of a tensor that requires one goes."""
    if tensor._base is not None:
        refresh_view(tensor)
    return tensor if tensor._edge is None else tensor._edge


def _cast(seed: Any, edge: Any) -> Any:
    dtype = edge._array.dtype if edge.kind == LEAF else edge.dtype
    own = seed._array.dtype if isinstance(seed, TensorBase) else seed.dtype
    return seed if own == dtype else seed.astype(dtype)


def reaches_a_leaf(outputs: Sequence[Any]) -> bool:
    """Whether the graph of these outputs has a leaf that is not private: then gradients may be wanted of it."""
    stack = [edge_of(output) for output in outputs if output.requires_grad]
    seen: set[int] = set()
    while stack:
        edge = stack.pop()
        if edge is None or id(edge) in seen:
            continue
        seen.add(id(edge))
        if edge.kind == LEAF:
            if not getattr(edge, "_is_private", False):
                return True
        else:
            stack += (edge.node if hasattr(edge, "node") else edge).next_edges
    return False
