"""What a sparsity pattern was made of: two graphs that are equal in this have the same pattern."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from chainrule.autograd.sparsity.pattern import is_probed
from chainrule.autograd.sparsity.recorded import (
    Graph,
    Input,
    changes_gradients,
    output_of,
    result_dtypes,
    result_shapes,
    saved_arrays,
    view_positions,
)
from chainrule.autograd.sparsity.rules import used_of_constant
from chainrule.engine.copy_slices import CopySlices
from chainrule.engine.node import Node, OwnNode
from chainrule.engine.op import ELEMENTWISE
from chainrule.engine.tensor_base import TensorBase

PLAIN = (int, float, complex, str, bytes, type(None), type(Ellipsis), np.dtype, np.generic)


def structure_of(graph: Graph) -> Any:
    """All of a graph that its sparsity pattern is made of, as something to compare and to hash.

    Values of floating-point tensors are no part of it, but for the few that say where numbers go, and for the zeros of
    constant factors.
    """
    numbers: dict[Any, int] = {leaf: i for i, leaf in enumerate(graph.leaves)}
    found: list[Any] = [tuple([leaf._array.shape for leaf in graph.leaves])]
    for node in graph.nodes:
        numbers[node] = len(numbers)
        found.append(_of_node(node, _edges(node, graph, numbers)))
    found.append(_targets(graph.edges, numbers))
    return tuple(found)


def _edges(node: Node, graph: Graph, numbers: dict[Any, int]) -> Any:
    return _targets([edge if graph.leads_to_inputs(edge) else None for edge in node.next_edges], numbers)


def _targets(edges: Any, numbers: dict[Any, int]) -> tuple[Any, ...]:
    found: list[Any] = []
    for edge in edges:
        if edge is None:
            found.append(None)
        else:
            target, number = output_of(edge)
            found.append((numbers[target], number))
    return tuple(found)


def _of_node(node: Node, edges: Any) -> Any:
    shapes = result_shapes(node)
    if changes_gradients(node):
        return "hooks", shapes, edges
    if isinstance(node, CopySlices) and node.function is not None:
        function = node.function
        there = tuple([edge is not None for edge in function.next_edges])
        return "view", shapes, edges, node.slot, _digest(view_positions(node)), _of_node(function, there)
    if isinstance(node, OwnNode) or node.op is None:
        return "own", shapes, edges
    name = node.op.name
    if node.op.kind == ELEMENTWISE:
        return name, shapes, edges
    return name, shapes, edges, result_dtypes(node), node.argument_plan, _plain(node.arguments), _values(node)


def _values(node: Node) -> tuple[Any, ...]:
    # Of saved tensors: all that a formula sees that is asked where it sends numbers; the zeros of constant factors.
    found: list[Any] = []
    if is_probed(node):
        for source, saved in saved_arrays(node):
            found.append((source, _digest(saved._array if isinstance(saved, TensorBase) else saved)))
    for i, edge in enumerate(node.next_edges):
        if edge is not None:
            used = used_of_constant(Input(node, i, 0))
            if used is not None:
                found.append((i, _digest(used)))
    return tuple(found)


def _plain(value: Any) -> Any:
    if isinstance(value, PLAIN) or (isinstance(value, type) and issubclass(value, np.generic)):
        return type(value), value
    if isinstance(value, (tuple, list)):
        return type(value), tuple([_plain(each) for each in value])
    if isinstance(value, slice):
        return slice, value.start, value.stop, value.step
    if isinstance(value, TensorBase):
        return _digest(value._array)
    if isinstance(value, np.ndarray):
        return _digest(value)
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is not None:
        return type(value), tuple([_plain(getattr(value, name)) for name in fields])
    return object()  # nothing is known of it: equal to nothing, so the pattern is found anew


def _digest(array: Any) -> Any:
    array = np.ascontiguousarray(array)
    if array.dtype.kind == "b":
        return array.shape, hashlib.blake2b(np.packbits(array).tobytes()).digest()
    return array.shape, array.dtype.str, hashlib.blake2b(array.tobytes()).digest()
