"""The sparsity of a recorded function: which of its inputs each element of its results may depend on."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.autograd.sparsity import rules
from chainrule.autograd.sparsity.probing import LINEAR_IN_INPUTS, linear_parts
from chainrule.autograd.sparsity.recorded import (
    Graph,
    Input,
    changes_gradients,
    output_of,
    result_dtypes,
    result_shapes,
    view_positions,
)
from chainrule.engine.copy_slices import CopySlices
from chainrule.engine.node import Node, OwnNode
from chainrule.engine.op import ELEMENTWISE, LINEAR
from chainrule.kernels.index_sets import IndexSets, empty_sets, gathered, singles

# The sets of some of a node's inputs, by the numbers of their edges.
Inputs = dict[int, IndexSets]


def pattern_of(graph: Graph) -> tuple[Any, Any]:
    """The inputs that each element of what the graph's edges lead to may depend on, all edges one after another.

    Returns where the elements' columns begin (and the last ones end), and the columns: elements of the graph's leaves,
    one leaf after another. Raises MemoryError where they would be too many.
    """
    bound = sum(leaf._array.size for leaf in graph.leaves)
    patterns: dict[Any, list[IndexSets]] = {}
    first = 0
    for leaf in graph.leaves:
        patterns[leaf] = [singles(first, leaf._array.size, bound)]
        first += leaf._array.size

    def behind(edge: Any) -> IndexSets:
        target, number = output_of(edge)
        return patterns[target][number]

    for node in graph.nodes:
        inputs = {i: behind(edge) for i, edge in enumerate(node.next_edges) if graph.leads_to_inputs(edge)}
        patterns[node] = _results(node, inputs, bound)
    ends = [behind(edge) for edge in graph.edges]
    bounds = np.cumsum([0, *[len(sets.of) for sets in ends]]).tolist()
    parts = [
        (sets, np.arange(start, stop), np.arange(stop - start))
        for sets, (start, stop) in zip(ends, pairwise(bounds), strict=True)
    ]
    return gathered(parts, bounds[-1], bound).rows()


def _results(node: Node, inputs: Inputs, bound: int) -> list[IndexSets]:
    sizes = [math.prod(shape) for shape in result_shapes(node)]
    if changes_gradients(node):
        return _all_of_all(inputs, sizes, bound)
    if isinstance(node, CopySlices) and node.function is not None:
        return [_written(node, node.function, inputs, bound)]
    if isinstance(node, OwnNode) or node.op is None:
        return _all_of_all(inputs, sizes, bound)
    kind = node.op.kind
    if is_probed(node):
        parts = linear_parts(node, inputs)
        if parts is not None:
            return _cut(gathered(parts, sum(sizes), bound), sizes)
    found: list[IndexSets] = []
    for result, (size, dtype) in enumerate(zip(sizes, result_dtypes(node), strict=True)):
        if dtype.kind not in "fc":
            found.append(empty_sets(size, bound))
            continue
        rule = rules.broadcast if kind == ELEMENTWISE else rules.RULES.get(node.op.name, rules.everything)
        found.append(_united([rule(Input(node, i, result), sets) for i, sets in inputs.items()], size, bound))
    return found


def is_probed(node: Node) -> bool:
    """Whether what an operation is made of is found out from its formula."""
    op = node.op
    return op is not None and (op.name in LINEAR_IN_INPUTS or (op.kind == LINEAR and op.name not in rules.RULES))


def _united(all_sets: list[IndexSets], size: int, bound: int) -> IndexSets:
    different: list[IndexSets] = []
    for sets in all_sets:
        if not any(sets.same_as(other) for other in different):
            different.append(sets)
    if len(different) == 1:
        return different[0]
    return gathered([(sets, np.arange(size), np.arange(size)) for sets in different], size, bound)


def _cut(sets: IndexSets, sizes: list[int]) -> list[IndexSets]:
    if len(sizes) == 1:
        return [sets]
    bounds = np.cumsum([0, *sizes]).tolist()
    return [sets.taken(np.arange(a, b)) for a, b in pairwise(bounds)]


def _all_of_all(inputs: Inputs, sizes: list[int], bound: int) -> list[IndexSets]:
    # Each result depends on all that any input depends on.
    parts = [(sets, np.zeros(len(sets.of), np.int64), np.arange(len(sets.of))) for sets in inputs.values()]
    one = gathered(parts, 1, bound)
    return [one.taken(np.zeros(size, np.int64)) for size in sizes]


def _written(node: CopySlices, function: Node, inputs: Inputs, bound: int) -> IndexSets:
    # A base of which a view was changed in place: as it was, but where the view is what the operation gave.
    size = math.prod(node.shape)
    old = inputs.get(node.slot, empty_sets(size, bound))
    places = view_positions(node)
    inside = {i: sets for i, sets in inputs.items() if i != node.slot}
    if node.slot in inputs and function.next_edges[node.slot] is not None:
        inside[node.slot] = old.taken(places)
    (written,) = _results(function, dict(sorted(inside.items())), bound)
    others = np.ones(size, np.bool_)
    others[places] = False
    others = np.flatnonzero(others)
    return gathered([(old, others, others), (written, places, np.arange(len(places)))], size, bound)
