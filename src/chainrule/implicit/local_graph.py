"""The graph of one call of a function, apart from the graph around it.

Everything from outside that the call used, whether it was an argument or captured by the function, is found in what was
recorded: it is where the edges of the call's own nodes leave them. A `Join` is put there, through which gradients pass
unchanged. So the derivatives for what came from outside can be asked for one by one, and each is that of its direct use
in the function, however those tensors depend on one another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from chainrule.autograd.function_node import edge_of
from chainrule.engine.backward import run_backward
from chainrule.engine.batched import gradients_of_rows
from chainrule.engine.grad_mode import inference_mode
from chainrule.engine.hooks import NO_HOOKS
from chainrule.engine.node import Node, OwnNode, begin, next_sequence_nr
from chainrule.engine.places import NO_FRAME
from chainrule.engine.saved import check_version
from chainrule.engine.tensor_base import LEAF, OUTPUT, TensorBase, new_tensor
from chainrule.engine.views import refresh_view

Array = np.ndarray[Any, Any]


class Join(OwnNode):
    """A node between two parts of a graph: the gradient that arrives goes on as it is."""

    __slots__ = ()

    def gradients(self, grads: Any, *, keep_graph: bool, create_graph: bool) -> list[Any]:
        """What arrived."""
        return [grads]

    def name(self) -> str:
        """As it is shown in pictures of the graph."""
        return "Join"


def joined(target: Any) -> Join:
    """A join that leads to `target`, an edge."""
    described = target._array if target.kind == LEAF else target
    node = Join()
    begin(node, target, None, None, 0, described.shape, described.dtype, NO_FRAME.f_code, -1)
    node.more_edges = (target,)
    node.hooks = NO_HOOKS  # it is to be asked, not its rules
    return node


def variable(array: Array) -> Any:
    """A leaf that requires grad, over this array."""
    leaf = new_tensor(array)
    leaf._requires_grad = True
    return leaf


def behind_a_join(tensor: Any) -> Any:
    """An equal tensor whose gradient goes to where that of `tensor` goes, through a join of its own."""
    if tensor._base is not None:
        refresh_view(tensor)
    edge = edge_of(tensor)
    return variable(tensor._array) if edge is None else new_tensor(tensor._array, joined(edge), tensor._version_counter)


class LocalGraph:
    """What one call `function(*variables)` recorded, with joins where it leaves the call.

    - `output`: what the function returned, a tensor. `root`: its edge; None where it depends on nothing.
    - `joins`: by what they lead to, in the order in which they were found.
    """

    def __init__(self, function: Callable[..., Any], *variables: Any) -> None:
        self.variables = variables
        self.joins: dict[Any, Join] = {}
        start = next_sequence_nr()
        with inference_mode(mode=False):  # recorded, whatever is switched off around it
            output = function(*variables)
        if isinstance(output, TensorBase) and output._base is not None:
            refresh_view(output)
        self.output = output
        self._own = {_key(edge_of(each)) for each in variables}
        self.root = self._led_out(edge_of(output), start)
        self.nodes: list[Node] = []
        if isinstance(self.root, Join) or self.root is None or self.root.kind == LEAF:
            return
        self.nodes = _recorded_since(start, self.root)
        for node in self.nodes:
            edges = tuple([self._led_out(edge, start) for edge in node.next_edges])
            if node.more_edges is not None:
                node.more_edges = edges
            else:
                node.edge = edges[0] if edges else None
                node.other_edge = edges[1] if len(edges) > 1 else None
        for node in self.nodes:
            node.sequence_nr = next_sequence_nr()  # a node is always younger than those it leads to, and so than joins

    @classmethod
    def at(cls, function: Callable[..., Any], array: Array) -> LocalGraph:
        """Of the function of one variable, a leaf over this array."""
        with inference_mode(mode=False):
            return cls(function, variable(array))

    def _led_out(self, edge: Any, start: int) -> Any:
        # The edge, or a join in place of one that leaves the call.
        if edge is None or (edge.kind == LEAF and not edge._requires_grad):
            return None
        target = edge.node if edge.kind == OUTPUT else edge
        if target.kind != LEAF and target.sequence_nr > start:
            return edge
        key = _key(edge)
        if key in self._own:
            return edge
        join = self.joins.get(key)
        if join is None:
            join = self.joins[key] = joined(edge)
        return join

    def stand_ins(self) -> list[Any]:
        """For everything from outside a tensor with its gradient's destination, if not with its values."""
        return [
            edge if edge.kind == LEAF else new_tensor(np.broadcast_to(np.zeros((), edge.dtype), edge.shape), edge)
            for (edge,) in [join.next_edges for join in self.joins.values()]
        ]

    def pulled_back(self, cotangent: Any, inputs: Sequence[Any] | None = None) -> list[Any]:
        """The gradients of `(output * cotangent).sum()` for the edges `inputs` (the joins, by default).

        For an array as the cotangent these are arrays; for a tensor, tensors that are part of a graph. None for what
        the output does not depend on. The graph stays.
        """
        wanted = list(self.joins.values()) if inputs is None else list(inputs)
        if self.root is None or not wanted:
            return [None] * len(wanted)
        return run_backward(
            [self.root],
            [cotangent],
            keep_graph=True,
            create_graph=isinstance(cotangent, TensorBase),
            inputs=wanted,
            ends=self.ends(),
        )

    def pulled_back_to_variable(self, cotangent: Any) -> Any:
        """The same for the one variable; zeros where the output does not depend on it."""
        (own,) = self.variables
        (found,) = self.pulled_back(cotangent, [edge_of(own)])
        if found is not None:
            return found
        zeros = np.zeros_like(own._array)
        return new_tensor(zeros) if isinstance(cotangent, TensorBase) else zeros

    def rows(self) -> Array:
        """The Jacobian for the one variable, a leaf: as a matrix, with a row for each element of the output."""
        (own,) = self.variables
        shape, dtype = self.output._array.shape, self.output._array.dtype
        count = self.output._array.size
        if self.root is None or not count:
            return np.zeros((count, own._array.size), dtype)
        found = gradients_of_rows(self.root, shape, dtype, self.variables, self.ends())
        if found is not None:
            rows = found[0]
            return np.zeros((count, own._array.size), dtype) if rows is None else np.asarray(rows.reshape(count, -1))
        units = np.eye(count, dtype=dtype).reshape(-1, *shape)
        return np.stack([self.pulled_back_to_variable(unit).ravel() for unit in units])

    def ends(self) -> list[Any]:
        """The nodes that lead out of the call."""
        own = [edge_of(each) for each in self.variables]
        return [*self.joins.values(), *[edge for edge in own if edge is not None and edge.kind != LEAF]]

    def check_versions(self) -> None:
        """Raise RuntimeError where something that the call used was changed in place since."""
        for node in self.nodes:
            for at in range(0, len(node.saved or ()), 3):
                if node.saved is not None and node.saved[at] is not None:
                    check_version(node, node.saved, at)


def _recorded_since(start: int, root: Any) -> list[Node]:
    first = root.node if root.kind == OUTPUT else root
    found = [first]
    seen = {first}
    for node in found:  # which grows
        for edge in node.next_edges:
            if edge is not None:
                target = edge.node if edge.kind == OUTPUT else edge
                if target.kind != LEAF and target.sequence_nr > start and target not in seen:
                    seen.add(target)
                    found.append(target)
    found.sort(key=attrgetter("sequence_nr"))
    return found


def _key(edge: Any) -> Any:
    if edge is None:
        return None
    return (id(edge.node), edge.output_nr) if edge.kind == OUTPUT else (id(edge), 0)
