"""Several gradients sent through one graph at once: the rows of a Jacobian, or sums of rows of a sparse one.

A batch is an array with one dimension more, the first: one entry for each gradient. The formula of an elementwise
operation takes a whole batch, because NumPy broadcasts what was saved against it. Another is called with a batched
tensor, as `vmap` calls it, where the batch is large and each operation of the formula has a rule for batches; else for
one entry after the other. So the graph is walked once for a batch, not once for each gradient.

Only rules are run this way. Where hooks, custom functions or somebody who watches expect a pass for each gradient, they
get one: `gradients_of_rows` says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from chainrule.engine.anomaly_mode import anomaly
from chainrule.engine.backward import GraphRoot, Way, is_wanted
from chainrule.engine.batching import RulesOnly
from chainrule.engine.broadcasting import sum_to_shape
from chainrule.engine.captures import Captures
from chainrule.engine.entrywise import BatchedValuesError
from chainrule.engine.evaluation import as_rules_take_it, fit_array, note_place
from chainrule.engine.grad_flag import grad_enabled
from chainrule.engine.hooks import NO_HOOKS
from chainrule.engine.node import GROUP, NOTHING, Array, Node, OwnNode, begin
from chainrule.engine.op import ELEMENTWISE
from chainrule.engine.places import NO_FRAME
from chainrule.engine.profiling import watch
from chainrule.engine.saved import as_tensors, gather
from chainrule.engine.tensor_base import LEAF, OUTPUT, TensorBase, new_tensor
from chainrule.engine.zero_gradients import with_zeros

# How many elements the largest array of a batch may have: what is on the way of a batch should fit into the cache.
LARGEST = 1 << 18
# From how many entries on a formula is called with a batched tensor: below, calling it for each takes less time.
MANY = 20


def gradients_of_rows(
    edge: Any, shape: tuple[int, ...], dtype: Any, leaves: tuple[Any, ...], ends: Collection[Node] = ()
) -> list[Any] | None:
    """For each leaf the gradients of all elements of one result, which `edge` leads to: a row each, first to last.

    None in place of a leaf that the result does not depend on; None in place of all where each row needs a pass of its
    own. Nothing is freed. The graph is not looked at behind the nodes `ends`.
    """
    count = math.prod(shape)

    def units(start: int, stop: int) -> list[Array]:
        made = np.zeros((stop - start, count), dtype)
        made[np.arange(stop - start), np.arange(start, stop)] = 1
        return [made.reshape((-1, *shape))]

    return gradients_of_vectors((edge,), count, units, leaves, ends)


def gradients_of_vectors(
    edges: tuple[Any, ...],
    count: int,
    vectors: Callable[[int, int], list[Array]],
    leaves: tuple[Any, ...],
    ends: Collection[Node] = (),
) -> list[Any] | None:
    """For each leaf the gradients that `count` vectors give, sent through the graph behind `edges`: a row for each.

    `vectors(start, stop)` makes those from `start` to `stop`, for each edge an array of them. The rest is as
    `gradients_of_rows` has it.
    """
    captures = Captures(list(leaves), accumulates=False, ends=ends)
    wanted = _nodes_on_the_way(edges, captures)
    if not _only_rules(wanted, captures):
        return None
    nodes = sorted(wanted, key=lambda node: node.sequence_nr, reverse=True)
    found: list[Any] = [None] * len(leaves)
    at_once = max(LARGEST // max([_elements(node) for node in nodes], default=1), 1)
    with np.errstate(all="ignore"):
        for start in range(0, count, at_once):
            stop = min(start + at_once, count)
            arrived = _walk(edges, vectors(start, stop), stop - start, nodes, wanted, captures)
            for position, leaf in enumerate(leaves):
                rows = arrived.get(leaf)
                if rows is not None:
                    if found[position] is None:
                        found[position] = np.zeros((count, *leaf._array.shape), rows.dtype)
                    found[position][start:stop] = rows
    return found


def gradients_of_batch(edge: Any, batch: Array, leaves: tuple[Any, ...]) -> dict[Any, Array] | None:
    """For each leaf that `edge` leads to a batch of gradients, for this batch of gradients of what `edge` is of.

    None where each gradient needs a pass of its own. Nothing is freed, and hooks that run before a node are not called.
    """
    captures = Captures(list(leaves), accumulates=False)
    wanted = _nodes_on_the_way((edge,), captures)
    if anomaly.enabled or watch.observer is not None:
        return None
    for node in wanted:
        hooks = node.hooks
        if isinstance(node, OwnNode) or (hooks is not None and (hooks.tensor_hooks or hooks.posthooks or hooks.packed)):
            return None
    nodes = sorted(wanted, key=lambda node: node.sequence_nr, reverse=True)
    with np.errstate(all="ignore"):
        return _walk((edge,), [batch], len(batch), nodes, wanted, captures)


def _nodes_on_the_way(edges: tuple[Any, ...], captures: Captures) -> set[Node]:
    root = GraphRoot()
    begin(root, None, None, None, 0, (), None, NO_FRAME.f_code, -1)
    root.more_edges = edges
    wanted = Way(root, captures).wanted
    wanted.discard(root)
    return wanted


def _only_rules(wanted: set[Node], captures: Captures) -> bool:
    # Whether there is nothing on the way but rules.
    if captures.nodes or anomaly.enabled or watch.observer is not None:
        return False
    for node in wanted:
        if isinstance(node, OwnNode) or not (node.hooks is None or node.hooks is NO_HOOKS):
            return False
    return all(leaf._hooks is None for leaf in captures.leaves)


def _elements(node: Node) -> int:
    shapes = node.shape if isinstance(node.dtype, tuple) else (node.shape,)
    return max([math.prod(shape) for shape in shapes]) or 1


def _walk(
    edges: tuple[Any, ...], batches: list[Array], count: int, nodes: list[Node], wanted: set[Node], captures: Captures
) -> dict[Any, Any]:
    # What arrives at each leaf, when a batch of `count` starts at each edge. A node is always younger than those it
    # leads to.
    arrived: dict[Any, Any] = {}
    for edge, batch in zip(edges, batches, strict=True):
        _arrive(edge, batch, arrived)
    for node in nodes:
        grad = arrived.pop(node, None)
        if grad is not None:
            try:
                for to, gradient in _gradients(node, grad, count, wanted, captures):
                    _arrive(to, gradient, arrived)
            except Exception as error:
                note_place(error, node)
                raise
    return arrived


def _gradients(node: Node, grad: Any, count: int, wanted: set[Node], captures: Captures) -> list[tuple[Any, Array]]:
    # The edges of a node with the batch for each.
    whole = node.op.kind == ELEMENTWISE and not isinstance(node.dtype, tuple)
    groups: dict[Any, Any] = {}
    batches: list[tuple[Any, Array]] = []
    for edge, (formula, code, at) in zip(node.next_edges, node.rules, strict=True):
        if edge is None or not is_wanted(edge, wanted, captures):
            continue
        target = edge._array if edge.kind == LEAF else edge
        if whole and code != GROUP:
            values = [] if code == NOTHING else gather(node, node.saved, at)
            found = with_zeros(node, formula, code, at, grad, formula(grad, *values))
            batches.append((edge, _fitted(found, target)))
            continue
        if code == GROUP:
            if formula not in groups:
                groups[formula] = _of_all(node, formula, at[0], grad, count)
            gradients = groups[formula]
            gradients = gradients[at[1]] if isinstance(gradients, tuple) else [each[at[1]] for each in gradients]
        else:
            gradients = _of_all(node, formula, None if code == NOTHING else at, grad, count)
        batch = _fitted(gradients, target) if isinstance(gradients, np.ndarray) else _stacked(gradients, target, node)
        if batch is not None:
            batches.append((edge, batch))
    return batches


# The formulas that gave up: they are called for one entry after the other.
_entry_by_entry: set[Any] = set()


def _of_all(node: Node, formula: Any, at: Any, grad: Any, count: int) -> Any:
    # What a formula gives for all entries: a batch (a tuple of these from one with several results), or a list.
    if count >= MANY and formula not in _entry_by_entry:
        try:
            return _at_once(node, formula, at, grad, count)
        except BatchedValuesError:
            _entry_by_entry.add(formula)
    values = [] if at is None else gather(node, node.saved, at)
    return [formula(entry, *values) for entry in _entries(grad, node, count)]


def _at_once(node: Node, formula: Any, at: Any, grad: Any, count: int) -> Any:
    level = RulesOnly(count)
    token = grad_enabled.set(False)
    try:
        with level.entered():
            given = [None if each is None else level.wrap(new_tensor(each)) for each in _as_list(grad)]
            entry = as_rules_take_it(node, given, create_graph=True) if isinstance(grad, list) else given[0]
            saved = as_tensors(node, node.saved) if node.saved_count else node.saved
            values = [] if at is None else gather(node, saved, at)
            found = formula(entry, *values)
        if isinstance(found, (tuple, list)):
            return tuple([_entries_of(level, each) for each in found])
        return _entries_of(level, found)
    finally:
        grad_enabled.reset(token)


def _as_list(grad: Any) -> list[Any]:
    return grad if isinstance(grad, list) else [grad]


def _entries_of(level: RulesOnly, found: Any) -> Any:
    if found is None:
        return None
    return level.entries(found if isinstance(found, TensorBase) else new_tensor(np.asarray(found)))._array


def _entries(grad: Any, node: Node, count: int) -> list[Any]:
    # The entries of a batch as formulas take them.
    if isinstance(grad, list):
        rows = [[None if each is None else each[i, ...] for each in grad] for i in range(count)]
        return [as_rules_take_it(node, row, create_graph=False) for row in rows]
    return list(grad) if grad.ndim > 1 else [grad[i, ...] for i in range(count)]


def _fitted(batch: Any, target: Any) -> Any:
    # A batch as one of arrays of the shape and type of `target`.
    shape = (len(batch), *target.shape)
    if batch.shape != shape:
        summed = sum_to_shape(batch, (len(batch), *[1] * (batch.ndim - len(shape)), *target.shape))
        batch = summed.reshape(shape)
    if batch.dtype != target.dtype:
        if batch.dtype.kind == "c" and target.dtype.kind != "c":
            batch = batch.real
        batch = batch.astype(target.dtype)
    return batch


def _stacked(gradients: list[Any] | None, target: Any, node: Node) -> Any:
    # Gradients of shapes that `target` was broadcast to, as a batch.
    batch = None
    if gradients is None:
        return None
    for i, gradient in enumerate(gradients):
        if gradient is not None:
            if batch is None:
                batch = np.zeros((len(gradients), *target.shape), target.dtype)
            batch[i] = fit_array(gradient, target, node)
    return batch


def _arrive(edge: Any, batch: Array, arrived: dict[Any, Any]) -> None:
    # Add a batch to what has arrived where `edge` leads.
    if edge.kind == OUTPUT:
        batches = arrived.setdefault(edge.node, [None] * len(edge.node.shape))
        present = batches[edge.output_nr]
        batches[edge.output_nr] = batch if present is None else present + batch
    else:
        present = arrived.get(edge)
        arrived[edge] = batch if present is None else present + batch
