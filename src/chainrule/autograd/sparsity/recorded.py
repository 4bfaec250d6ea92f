"""A recorded operation, as the rules for its sparsity see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chainrule.engine.backward import GraphRoot, Way, is_wanted
from chainrule.engine.captures import Captures
from chainrule.engine.copy_slices import CopySlices, positions_in_base
from chainrule.engine.node import Node, begin
from chainrule.engine.places import NO_FRAME
from chainrule.engine.saved import unpacked
from chainrule.engine.tensor_base import LEAF, OUTPUT


class Graph:
    """What of a graph lies between `edges` and `leaves`: `nodes`, each before those that were made of its result."""

    def __init__(self, edges: tuple[Any, ...], leaves: tuple[Any, ...]) -> None:
        self.edges = edges
        self.leaves = leaves
        root = GraphRoot()
        begin(root, None, None, None, 0, (), None, NO_FRAME.f_code, -1)
        root.more_edges = edges
        self._captures = Captures(list(leaves), accumulates=False)
        self._wanted = Way(root, self._captures).wanted
        self._wanted.discard(root)
        self.nodes: list[Node] = sorted(self._wanted, key=lambda node: node.sequence_nr)

    def leads_to_inputs(self, edge: Any) -> bool:
        """Whether there is an input behind an edge."""
        return edge is not None and is_wanted(edge, self._wanted, self._captures)


class Input:
    """One differentiable input of a recorded operation, beside one of its results.

    - `parameter`: its name among the arguments of the row's forward; `item`: its place in the
      sequence, where that is one.
    - `shape`, `result_shape`; `result`: the number of the result.
    """

    __slots__ = ("item", "node", "parameter", "result", "result_shape", "shape")

    def __init__(self, node: Node, number: int, result: int) -> None:
        self.node = node
        self.result = result
        source = node.edge_sources[number]
        position, self.item = source if isinstance(source, tuple) else (source, 0)
        self.parameter: str = node.op.parameters[position]
        self.shape = shape_of(node.next_edges[number])
        self.result_shape = result_shapes(node)[result]

    def argument(self, name: str) -> Any:
        """What was given for an argument, where the node keeps it and it is no tensor. KeyError where it does not."""
        for (what, position), value in zip(self.node.argument_plan, self.node.arguments, strict=True):
            if what == "value" and self.node.op.parameters[position] == name:
                return value
        raise KeyError(name)

    def shape_of(self, name: str) -> tuple[int, ...]:
        """The shape of an argument that the node keeps, or keeps the shape of. KeyError where it does neither."""
        for (what, position), value in zip(self.node.argument_plan, self.node.arguments, strict=True):
            if what == "shape" and self.node.op.parameters[position] == name:
                return tuple(value)
        return tuple(self.saved(name).shape)

    def saved(self, name: str) -> Any:
        """The array of an argument that the node keeps. KeyError where it does not."""
        for source, array in saved_arrays(self.node):
            if isinstance(source, int) and source >= 0 and self.node.op.parameters[source] == name:
                return array
        raise KeyError(name)


def saved_arrays(node: Node) -> Iterator[tuple[Any, Any]]:
    """What a node keeps of each tensor: (where it is from, as in its class's `save_plan`; the array)."""
    saved = unpacked(node) or ()
    for number, source in enumerate(node.save_plan):
        yield source, saved[3 * number]


def shape_of(edge: Any) -> tuple[int, ...]:
    """The shape of what an edge leads to."""
    shape: tuple[int, ...] = edge._array.shape if edge.kind == LEAF else edge.shape
    return shape


def dtype_of(edge: Any) -> Any:
    """The dtype of what an edge leads to."""
    return edge._array.dtype if edge.kind == LEAF else edge.dtype


def result_shapes(node: Node) -> tuple[tuple[int, ...], ...]:
    """The shapes of all results of a node."""
    return node.shape if isinstance(node.dtype, tuple) else (node.shape,)


def result_dtypes(node: Node) -> tuple[Any, ...]:
    """The dtypes of all results of a node."""
    return node.dtype if isinstance(node.dtype, tuple) else (node.dtype,)


def output_of(edge: Any) -> tuple[Any, int]:
    """The node or leaf that an edge leads to, and the number of its result."""
    return (edge.node, edge.output_nr) if edge.kind == OUTPUT else (edge, 0)


def changes_gradients(node: Node) -> bool:
    """Whether there are hooks that may change the gradients that arrive or leave."""
    hooks = node.hooks
    return hooks is not None and bool(hooks.tensor_hooks or hooks.prehooks or hooks.posthooks)


def view_positions(node: CopySlices) -> Any:
    """Where the elements of the view that was changed in place are among those of its base, counted row by row."""
    return positions_in_base(node).reshape(-1)
