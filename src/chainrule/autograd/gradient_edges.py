"""Places in a graph where a gradient is computed: `Node`, and `GradientEdge`, one output of a node."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any, NamedTuple

from chainrule.autograd.function import BackwardCFunction
from chainrule.autograd.function_node import edge_of
from chainrule.engine import node as engine_node
from chainrule.engine.tensor_base import TensorBase
from chainrule.engine.views import refresh_view
from chainrule.tensor import Tensor
from chainrule.utils.hooks import RemovableHandle

NO_GRADIENT = "It is not possible to get the gradient edge for a Tensor that does not require gradients"


class Node(abc.ABC):
    """What every `grad_fn` is an instance of: one operation in the graph, seen from its gradient.

    It cannot be made by hand. `grad_fn._saved_self` and the like are what it saved for backward, by the names of the
    operation's arguments (`result` for its result), and `grad_fn._raw_saved_self` the place where it stands.

    >>> import chainrule as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> y = x.exp()
    >>> isinstance(y.grad_fn, torch.autograd.graph.Node)
    True
    >>> y.grad_fn.name(), y.grad_fn.next_functions[0][0].name()
    ('ExpBackward0', 'torch::autograd::AccumulateGrad')
    """

    @abc.abstractmethod
    def name(self) -> str:
        """The name, such as `MulBackward0`."""

    @property
    @abc.abstractmethod
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """For each input, the node its gradient goes to and the number of that node's output."""

    @property
    @abc.abstractmethod
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for whatever anybody wants to note about this node."""

    @abc.abstractmethod
    def _sequence_nr(self) -> int:
        """A number that grows with each node made."""

    @property
    @abc.abstractmethod
    def _input_metadata(self) -> tuple[Any, ...]:
        """For each output its shape, dtype and device, which the gradient that arrives for it must have."""

    @abc.abstractmethod
    def register_hook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call `fn(grad_inputs, grad_outputs)` when this node has run; what it returns replaces `grad_inputs`."""

    @abc.abstractmethod
    def register_prehook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call `fn(grad_outputs)` before this node runs; what it returns replaces them."""


for _class in (engine_node.Node, engine_node.AccumulateGrad, BackwardCFunction):
    Node.register(_class)


class GradientEdge(NamedTuple):
    """One output of a node: where a tensor's gradient is computed. Taken by `grad` and `backward` in a tensor's place.

    It does not keep the tensor's values, only the graph behind it.
    """

    node: Any
    output_nr: int
    ownership_token: Any = None  # as PyTorch has it; here a node always keeps its graph


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge at which the gradient of this tensor is computed. Raises RuntimeError where it requires none.

    >>> import chainrule as torch
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> y = x * 3
    >>> edge = torch.autograd.graph.get_gradient_edge(y)
    >>> torch.autograd.grad(y * y, edge)
    (tensor(12.),)
    """
    if not tensor.requires_grad:
        raise RuntimeError(NO_GRADIENT)
    return GradientEdge(*engine_node.gradient_edge(engine_edge(tensor)))


def engine_edge(target: TensorBase | GradientEdge) -> Any:
    """The engine's edge for a tensor or a GradientEdge; None where no gradient is computed there."""
    if isinstance(target, TensorBase):
        if target._base is not None:
            refresh_view(target)
        return edge_of(target)
    node = target.node
    if isinstance(node, engine_node.AccumulateGrad):
        return node.variable
    if isinstance(node, BackwardCFunction):
        node = node._function_node
    if not isinstance(node, engine_node.Node):
        raise RuntimeError(  # noqa: TRY004 (as PyTorch)
            f"GradientEdge's first object must be an autograd.graph.Node but got {type(node).__name__}"
        )
    if not isinstance(node.dtype, tuple):
        if target.output_nr != 0:
            raise IndexError(f"{node.name()} has 1 output, so there is no output {target.output_nr}")
        return node
    if not 0 <= target.output_nr < len(node.dtype):
        raise IndexError(f"{node.name()} has {len(node.dtype)} outputs, so there is no output {target.output_nr}")
    number = target.output_nr
    return engine_node.GradientEdge(node, number, node.shape[number], node.dtype[number])
