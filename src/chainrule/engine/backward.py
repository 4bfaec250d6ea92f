"""The walk: gradients from the roots of a graph to its leaves.

Nodes run when all gradients that reach them have arrived, the most recently recorded first. A first pass counts, for
nodes that several edges lead to, how many; the walk itself holds each gradient only until its node has run. Neither
recurses, so a graph may be millions of nodes deep.

Leaves are written when the walk is over: one that fails leaves every `.grad` as it was.
"""

from __future__ import annotations

import heapq
import threading
from typing import Any

import numpy as np
from numpy import ndarray

from chainrule.broadcasting import sum_to_shape
from chainrule.engine.grad_mode import GradModeContext
from chainrule.engine.hooks import NodeHooks
from chainrule.engine.node import FIRST, GROUP, NOTHING, SECOND, GradientEdge, Node
from chainrule.engine.places import frames, users_frame
from chainrule.engine.profiling import NodeWatch, watch
from chainrule.engine.saved import SECOND_BACKWARD, as_tensors, call_formula, check_version, gather
from chainrule.engine.tensor_base import LEAF, NODE, OUTPUT, TensorBase, new_tensor
from chainrule.engine.versions import count_change
from chainrule.engine.views import CopySlices

# Two backward passes may end in the same leaf at the same time.
_accumulating = threading.Lock()


class GraphRoot(Node):
    """Where a walk starts: its edges lead to the roots, with the gradients given for them."""

    __slots__ = ("gradients",)

    gradients: list[Any]


class Captures:
    """The gradients that `grad(outputs, inputs)` asks for: by leaf, and by node and output number."""

    __slots__ = ("found", "leaves", "nodes")

    def __init__(self, inputs: list[Any], count: int) -> None:
        self.leaves: dict[TensorBase, list[int]] = {}
        self.nodes: dict[Node, list[tuple[int, int]]] = {}
        self.found: list[Any] = [None] * count
        for position, target in enumerate(inputs):
            if target.kind == LEAF:
                self.leaves.setdefault(target, []).append(position)
            elif target.kind == OUTPUT:
                self.nodes.setdefault(target.node, []).append((position, target.output_nr))
            else:
                self.nodes.setdefault(target, []).append((position, 0))

    def take(self, node: Node, grad: Any) -> None:
        """Keep what the inputs that this node made asked for."""
        for position, output_nr in self.nodes.get(node, ()):
            self.found[position] = grad[output_nr] if isinstance(grad, list) else grad


def run_backward(
    roots: list[Any],
    gradients: list[Any],
    *,
    keep_graph: bool,
    create_graph: bool,
    inputs: list[Any] | None = None,
) -> list[Any]:
    """Send `gradients` down from the edges `roots`.

    Without `inputs`, adds to `.grad` of every leaf reached and returns nothing found. With `inputs` (edges), returns
    their gradients, None where none arrived, and writes no leaf. Gradients are arrays, or Tensors when `create_graph`.
    """
    frame = users_frame(frames.get(1))
    root = GraphRoot(None, None, None, 0, (), None, frame.f_code, frame.f_lasti)
    root.more_edges = tuple(roots)
    root.gradients = gradients
    root.hooks = NodeHooks()
    captures = None if inputs is None else Captures(inputs, len(inputs))
    wanted = None if captures is None else _nodes_on_the_way(root, captures)
    shared = _count_edges(root, wanted, captures)
    observer = watch.observer
    shown = None if observer is None else NodeWatch(observer)
    try:
        with np.errstate(all="ignore"), GradModeContext(create_graph):
            writes = _walk(root, shared, wanted, captures, keep_graph, create_graph, shown)
        for tensor, gradient, borrowed in writes:
            if shown is not None:
                shown.begins("torch::autograd::AccumulateGrad", -1, gradient, ())
            accumulate(tensor, gradient, borrowed=borrowed, create_graph=create_graph)
    finally:
        if shown is not None:
            shown.ends()
    return [] if captures is None else captures.found


def _count_edges(root: Node, wanted: set[Node] | None, captures: Captures | None) -> dict[Any, int]:
    # How many edges lead to each node and leaf that more than one leads to.
    shared: dict[Any, int] = {}
    seen: set[Any] = set()
    see = seen.add
    stack: list[Any] = [root]
    push = stack.append
    while stack:
        node = stack.pop()
        if node.saved_count and node.first_counter is None and node.more_saved is None:
            raise RuntimeError(SECOND_BACKWARD)
        for edge in node.more_edges or (node.edge, node.other_edge):
            if edge is not None:
                target = edge
                if edge.kind == OUTPUT:
                    target = edge.node
                if wanted is not None and not _is_wanted(target, wanted, captures):
                    continue
                if target in seen:
                    shared[target] = shared.get(target, 1) + 1
                else:
                    see(target)
                    if target.kind == NODE and (wanted is None or target in wanted):
                        push(target)
    return shared


def _is_wanted(edge: Any, wanted: set[Node], captures: Any) -> bool:
    target = edge.node if edge.kind == OUTPUT else edge
    if target.kind == LEAF:
        return target in captures.leaves
    return target in wanted or target in captures.nodes


def _nodes_on_the_way(root: Node, captures: Captures) -> set[Node]:
    # The nodes that have an input of `grad` before them: only these have to run.
    reached = {root}
    stack = [root]
    while stack:
        for edge in stack.pop().next_edges:
            if edge is not None and edge.kind != LEAF:
                target = edge.node if edge.kind == OUTPUT else edge
                if target not in reached:
                    reached.add(target)
                    stack.append(target)
    wanted: set[Node] = set()
    # A node is always younger than the nodes it leads to.
    for node in sorted(reached, key=lambda n: n.sequence_nr):
        for edge in node.next_edges:
            if edge is not None and _is_wanted(edge, wanted, captures):
                wanted.add(node)
                break
    return wanted


def _walk(  # noqa: C901, PLR0912, PLR0915 (the innermost loop: every call saved is paid back at every node)
    root: Node,
    shared: dict[Any, int],
    wanted: set[Node] | None,
    captures: Captures | None,
    keep_graph: bool,
    create_graph: bool,
    shown: NodeWatch | None,
) -> list[tuple[TensorBase, Any, bool]]:
    writes: list[tuple[TensorBase, Any, bool]] = []
    heap: list[tuple[int, Node, Any]] = []  # ready nodes beside the next one; the youngest first
    sums: dict[Any, Any] = {}  # for nodes and leaves that wait for more gradients: what has arrived, summed
    firsts: dict[Any, Any] = {}  # the same while it is a single array that others may hold, so not to be added to
    add = np.add
    saved: Any
    node: Any = root
    grad: Any = None
    rules: Any
    group: Any
    special = captures is not None or shown is not None
    while True:
        edges = node.more_edges or (node.edge, node.other_edge)
        rules = node.rules
        count = node.saved_count
        saved = group = group_formula = None
        if grad is None or special or node.hooks is not None:
            if shown is not None and node is not root:
                rules = shown.begins(node.name(), node.sequence_nr, grad, rules)
            grad = _arrive(node, grad, captures, writes, create_graph)
            if node is root:
                group = root.gradients
            elif grad is None or (wanted is not None and node not in wanted):
                group = [None] * len(edges)
            elif isinstance(node, CopySlices):
                group = _through_view(node, grad, keep_graph, create_graph)
            if group is not None:
                count = 0
                rules = [(None, GROUP, (None, i)) for i in range(len(edges))]
            if captures is not None and wanted is not None:
                edges = tuple([e if e is not None and _is_wanted(e, wanted, captures) else None for e in edges])
        if count and create_graph:
            saved = as_tensors(node, node.saved)
        following: Any = None
        following_grad: Any = None
        for edge, (formula, code, at) in zip(edges, rules):  # noqa: B905 (one rule per edge, by construction)
            if edge is None:
                continue
            if code == FIRST and saved is None:
                counter = node.first_counter
                if counter is None or counter[0] != node.first_stamp:
                    check_version(node, node.saved, 0)
                gradient = formula(grad, node.first)
            elif code == SECOND and saved is None:
                counter = node.second_counter
                if counter is None or counter[0] != node.second_stamp:
                    check_version(node, node.saved, 3)
                gradient = formula(grad, node.second)
            elif code == NOTHING:
                gradient = formula(grad)
            elif code == GROUP:
                if group is None or group_formula is not formula:
                    group = formula(grad, *gather(node, node.saved if saved is None else saved, at[0]))
                    group_formula = formula
                gradient = group[at[1]]
            else:
                gradient = call_formula(node, formula, grad, node.saved if saved is None else saved, at)

            kind = edge.kind
            if gradient is not None:
                if create_graph:
                    gradient = _fit_tensor(gradient, edge, node)
                elif kind == LEAF:
                    array = edge._array
                    if gradient.dtype is not array.dtype or gradient.shape != array.shape:
                        gradient = _fit(gradient, array, node)
                elif gradient.dtype is not edge.dtype or gradient.shape != edge.shape:
                    gradient = _fit(gradient, edge, node)

            if kind == OUTPUT:
                if not _arrive_at_output(edge, gradient, shared, sums):
                    continue
                edge = edge.node  # noqa: PLW2901 (what the edge leads to)
                gradient = sums.pop(edge, None)
            else:
                waiting = shared.get(edge)
                owned = False
                if waiting is not None:
                    shared[edge] = waiting = waiting - 1
                    if gradient is not None:
                        total = sums.get(edge)
                        if total is not None:
                            add(total, gradient, total)
                        elif edge in firsts:
                            total = firsts.pop(edge) + gradient
                            if create_graph:
                                firsts[edge] = total
                            else:
                                sums[edge] = np.asarray(total)
                        elif create_graph or _is_borrowed(gradient, grad, code):
                            firsts[edge] = gradient
                        else:
                            sums[edge] = gradient
                    if waiting:
                        continue
                    gradient = sums.pop(edge, None)
                    owned = gradient is not None
                    if gradient is None:
                        gradient = firsts.pop(edge, None)
                if kind == LEAF:
                    if gradient is not None:
                        borrowed = not owned and (create_graph or _is_borrowed(gradient, grad, code))
                        _arrive_at_leaf(edge, gradient, borrowed, captures, writes)
                    continue

            if following is None:
                following = edge
                following_grad = gradient
            else:
                heapq.heappush(heap, (-edge.sequence_nr, edge, gradient))
        if count and not keep_graph:
            node.first = node.first_counter = None
            if count > 1:
                node.second = node.second_counter = node.more_saved = None
        if following is None:
            if not heap:
                return writes
            _, node, grad = heapq.heappop(heap)
        elif heap and -heap[0][0] > following.sequence_nr:
            _, node, grad = heapq.heapreplace(heap, (-following.sequence_nr, following, following_grad))
        else:
            node = following
            grad = following_grad


def _is_borrowed(gradient: Any, grad: Any, code: int) -> bool:
    # Whether somebody else may hold the array of a formula's result: a fresh one is no view, nor what came in, nor
    # one of several, which may be the same array twice (and for the root are the arrays that the user gave).
    return code == GROUP or gradient is grad or type(gradient) is not ndarray or gradient.base is not None


def _arrive_at_output(edge: GradientEdge, gradient: Any, shared: dict[Any, int], sums: dict[Any, Any]) -> bool:
    # A node with several results collects a list of gradients; returns whether it has all it will get.
    node = edge.node
    if gradient is not None:
        gradients = sums.get(node)
        if gradients is None:
            gradients = sums[node] = [None] * len(node.shape)
        present = gradients[edge.output_nr]
        gradients[edge.output_nr] = gradient if present is None else present + gradient
    if node not in shared:
        return True
    shared[node] -= 1
    return shared[node] == 0


def _arrive(node: Node, grad: Any, captures: Captures | None, writes: list[Any], create_graph: bool) -> Any:
    # Everything that happens at a node before its rules run; returns the gradient in the form that the rules take.
    if captures is not None and node in captures.nodes:
        captures.take(node, grad)
    hooks: NodeHooks | None = node.hooks
    if hooks is None or grad is None:
        return grad
    for output_nr, reference in hooks.retained:
        tensor = reference()
        retained = grad[output_nr] if isinstance(grad, list) else grad
        if tensor is not None and retained is not None and captures is None:
            writes.append((tensor, retained, True))
    if not isinstance(grad, list):
        return grad
    if node.takes_grads:
        return tuple(grad)
    if grad[0] is None:
        zeros = np.zeros(node.shape[0], node.dtype[0])
        return new_tensor(zeros) if create_graph else zeros
    return grad[0]


def _arrive_at_leaf(
    leaf: TensorBase, gradient: Any, borrowed: bool, captures: Captures | None, writes: list[Any]
) -> None:
    if captures is None:
        writes.append((leaf, gradient, borrowed))
    else:
        for position in captures.leaves[leaf]:
            captures.found[position] = gradient


def _fit(gradient: Any, target: Any, node: Node) -> Any:
    # The gradient as what it belongs to: the same shape (broadcasting undone) and the same type.
    if gradient.shape != target.shape:
        gradient = _sum_to(gradient, target.shape, node)
    if gradient.dtype != target.dtype:
        if gradient.dtype.kind == "c" and target.dtype.kind != "c":
            gradient = gradient.real
        gradient = gradient.astype(target.dtype)
    return gradient


def _fit_tensor(gradient: Any, edge: Any, node: Node) -> Any:
    target = edge._array if edge.kind == LEAF else edge
    if not isinstance(gradient, TensorBase):
        gradient = new_tensor(np.asarray(gradient))
    array = gradient._array
    if array.shape != target.shape:
        gradient = _sum_to(gradient, target.shape, node)
    if array.dtype != target.dtype:
        if array.dtype.kind == "c" and target.dtype.kind != "c":
            gradient = gradient.real
        gradient = gradient.astype(target.dtype)
    return gradient


def _sum_to(gradient: Any, shape: tuple[int, ...], node: Node) -> Any:
    try:
        return sum_to_shape(gradient, shape)
    except ValueError:
        msg = (
            f"Function {node.name()} returned an invalid gradient - got {list(gradient.shape)} "
            f"but expected shape compatible with {list(shape)}"
        )
        raise RuntimeError(msg) from None


def _through_view(node: CopySlices, grad: Any, keep_graph: bool, create_graph: bool) -> list[Any]:
    # See CopySlices: what reaches the base outside the view passes on, what reaches the view goes through the
    # in-place operation first.
    saved = node.saved
    function = node.function
    if saved is None or function is None:
        raise RuntimeError(SECOND_BACKWARD)
    if isinstance(grad, TensorBase):
        positions = _positions(node)
        part = grad.reshape((-1,))[positions]  # type: ignore[attr-defined]
        saved = as_tensors(function, saved)
    else:
        whole = node.base_like(grad.dtype)
        whole[...] = grad
        part = _replayed(node, whole).copy()
    if not keep_graph and saved:
        node.function = node.more_saved = None  # unless a recorded pass leads to the function too
    gradients: list[Any] = []
    for edge, (formula, code, at) in zip((node, *node.next_edges[1:]), function.rules, strict=True):
        if edge is None:
            gradients.append(None)
        elif code == GROUP:
            gradients.append(formula(part, *gather(function, saved, at[0]))[at[1]])
        elif code == NOTHING:
            gradients.append(formula(part))
        else:
            gradients.append(formula(part, *gather(function, saved, at)))
    if node.next_edges[0] is not None:
        inside = gradients[0]
        if inside is None:
            inside = np.zeros(part.shape, node.dtype)
        if tuple(inside.shape) != part.shape:
            inside = sum_to_shape(inside, part.shape)
        if isinstance(grad, TensorBase):
            gradients[0] = _chosen(node, grad, inside, positions)
        else:
            _replayed(node, whole)[...] = inside.real if whole.dtype.kind != "c" else inside
            gradients[0] = whole
    return gradients


def _replayed(node: CopySlices, array: Any) -> Any:
    for step in node.view_chain:
        array = step.replay(array)
    return array


def _positions(node: CopySlices) -> Any:
    # Where each element of the view is among those of the base, counted row by row.
    counted = node.base_like(np.intp)
    counted[...] = np.arange(counted.size).reshape(node.shape)
    return _replayed(node, counted)


def _chosen(node: CopySlices, grad: Any, inside: Any, positions: Any) -> Any:
    # `grad` with `inside` in place of the view, as a tensor: chosen element by element.
    if not positions.size:
        return grad
    in_view = np.zeros(node.shape, np.bool_)
    in_view.reshape(-1)[positions] = True
    place = np.zeros(node.shape, np.intp)
    place.reshape(-1)[positions.reshape(-1)] = np.arange(positions.size)
    inside = inside if isinstance(inside, TensorBase) else new_tensor(np.asarray(inside))
    return np.where(in_view, inside.reshape((-1,))[place], grad)


def accumulate(tensor: TensorBase, gradient: Any, *, borrowed: bool, create_graph: bool) -> None:
    """Add `gradient` to `tensor.grad`: in place where it is an array, as a new tensor where the pass is recorded.

    `borrowed`: somebody else may hold the gradient's array.
    """
    with _accumulating:
        present = tensor._grad
        if create_graph:
            tensor._grad = gradient if present is None else present + gradient
        elif present is None:
            array = tensor._array
            if borrowed or gradient.strides != array.strides:
                # In the layout of the tensor it belongs to, and nobody else's.
                own = np.empty_like(array)
                own[...] = gradient
                gradient = own
            tensor._grad = new_tensor(gradient)
        elif present._requires_grad:
            tensor._grad = present + new_tensor(np.asarray(gradient))  # type: ignore[operator]
        else:
            present._array[...] += gradient
            count_change(present._version_counter)
