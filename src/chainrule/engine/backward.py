"""The walk: gradients from the roots of a graph to its leaves.

Nodes run when all gradients that reach them have arrived, the most recently recorded first. A first pass counts, for
nodes that several edges lead to, how many; the walk itself holds each gradient only until its node has run. Neither
recurses, so a graph may be millions of nodes deep.

Leaves are written when the walk is over: one that fails leaves every `.grad` as it was.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import partial
from operator import attrgetter
from typing import Any
from weakref import WeakSet

import numpy as np

from chainrule.engine.accumulation import Writes
from chainrule.engine.anomaly_mode import anomaly
from chainrule.engine.arrivals import Arrivals, arrived_at_output, is_borrowed, wait_for_one_more
from chainrule.engine.captures import Captures
from chainrule.engine.compilation import CALLER
from chainrule.engine.deferral import Pending, gradient_put_off, settle, sum_put_off
from chainrule.engine.entrywise import entrywise
from chainrule.engine.evaluation import (
    as_rules_take_it,
    evaluate,
    fit,
    fit_array,
    fit_tensor,
    is_undefined,
    note_place,
)
from chainrule.engine.grad_flag import grad_enabled
from chainrule.engine.hooks import (
    NO_HOOKS,
    SAME,
    NodeHooks,
    run_post_accumulate_hooks,
    run_posthooks,
    run_prehooks,
    run_tensor_hooks,
)
from chainrule.engine.modes import op_interceptors
from chainrule.engine.node import (
    DEFERRED,
    FIRST,
    FIRST_AND_PLAIN,
    GROUP,
    NOTHING,
    PLAIN,
    SECOND,
    SELECTING,
    GradientEdge,
    Node,
    OwnNode,
    begin,
)
from chainrule.engine.numpy_calls import on_tensors
from chainrule.engine.places import frames, users_frame
from chainrule.engine.profiling import NodeWatch, watch
from chainrule.engine.saved import as_tensors, call_formula, check_version, freed_error, gather, with_history
from chainrule.engine.tensor_base import LEAF, OUTPUT, TensorBase
from chainrule.engine.zero_gradients import Lookout, with_zeros
from chainrule.kernels.blockwise import Deferred


class GraphRoot(Node):
    """Where a walk starts: its edges lead to the roots, with the gradients given for them."""

    __slots__ = ("gradients",)

    gradients: list[Any]


class Pass:
    """One backward pass: what it was asked for, and everything that happens at nodes with hooks."""

    __slots__ = (
        "_reached", "callbacks", "captures", "create_graph", "depth", "keep_graph", "lost", "notes", "pending", "place",
        "records", "root", "shown", "wanted", "writes",
    )  # fmt: skip

    def __init__(
        self,
        root: GraphRoot,
        captures: Captures | None,
        depth: int,
        *,
        keep_graph: bool,
        create_graph: bool,
        records: bool,
    ) -> None:
        self.root = root
        self.place = root.place
        self.depth = depth  # 1, and one more than that of the pass that it runs within
        self._reached: set[Any] | None = None
        self.captures = captures
        self.keep_graph = keep_graph
        self.create_graph = create_graph
        self.records = create_graph and records
        self.wanted: set[Node] | None = None
        self.shown: NodeWatch | None = None
        self.writes = Writes(root, create_graph=create_graph)
        self.pending: Pending | None = None  # gradients of large arrays that were put off, once there is one
        self.callbacks: list[Callable[[], object]] = []
        self.lost = Lookout()
        self.notes: dict[Any, Any] = {}  # what hooks that belong together know of this pass

    def arrive(self, node: Node, grad: Any) -> tuple[Any, list[Any] | None]:
        """Everything special at a node: the gradient as its rules take it, and the gradients if they are computed."""
        if node is self.root:
            return grad, self.root.gradients
        if self.pending is not None:
            settle(self.pending)
        if type(grad) is Deferred:
            grad = grad.taken()
        rules: Any = node.rules
        if self.shown is not None:
            rules = self.shown.begins(node.name(), node.sequence_nr, grad, rules)
        hooks: NodeHooks | None = node.hooks
        if grad is None and isinstance(node.dtype, tuple):
            grad = [None] * len(node.dtype)
        if hooks is not None and hooks is not NO_HOOKS:
            grad = self._run_hooks_before(node, hooks, grad)
        elif grad is not None and self.captures is not None:
            self.captures.take(node, grad)
        if self.wanted is not None and node not in self.wanted:
            return grad, [None] * len(node.next_edges)
        arrived = grad
        if is_undefined(grad, node):
            return grad, self._undefined(node, hooks, grad)
        if not isinstance(node, OwnNode):
            if isinstance(grad, list):
                grad = as_rules_take_it(node, grad, create_graph=self.create_graph)
            beside = hooks is not None and (hooks.packed or hooks.posthooks)
            if not (beside or self.shown is not None or anomaly.enabled):
                return grad, None
        if anomaly.enabled:
            return grad, anomaly.run(node, grad, partial(self._run, node, grad, rules, arrived))
        return grad, self._run(node, grad, rules, arrived)

    def _run(self, node: Node, grad: Any, rules: Any, arrived: Any) -> list[Any]:
        return self._run_hooks_behind(node.hooks, self._evaluated(node, grad, rules), arrived)

    def _undefined(self, node: Node, hooks: NodeHooks | None, grad: Any) -> list[Any]:
        # No gradient came, so none goes on; to its hooks the node has run all the same.
        gradients = self._run_hooks_behind(hooks, [None] * len(node.next_edges), grad)
        if not self.keep_graph and node.saved_count:
            node.free(self.place)
        return gradients

    def _run_hooks_behind(self, hooks: NodeHooks | None, gradients: list[Any], grad: Any) -> list[Any]:
        if hooks is None or not hooks.posthooks:
            return gradients
        self.writes.write_early()
        return run_posthooks(hooks.posthooks, gradients, grad if isinstance(grad, list) else [grad])

    def will_reach(self, target: Any) -> bool:
        """Whether the pass comes to this node or leaf."""
        if self.wanted is not None:
            return target is not None and is_wanted(target, self.wanted, self.captures)
        if self._reached is None:
            self._reached = _reached_from(self.root)
        return target in self._reached

    def _run_hooks_before(self, node: Node, hooks: NodeHooks, grad: Any) -> Any:
        grads = list(grad) if isinstance(grad, list) else [grad]
        captures = self.captures
        runs = self.wanted is None or node in self.wanted
        if captures is not None and runs:
            captures.take(node, grad)  # as it came, where the node runs
        for output_nr, tensor_hooks in list(hooks.tensor_hooks.items()):
            if tensor_hooks:
                grads[output_nr] = run_tensor_hooks(tensor_hooks, grads[output_nr])
        for output_nr, reference in hooks.retained:
            tensor = reference()
            if tensor is not None and grads[output_nr] is not None:
                self.writes.due.append((tensor, grads[output_nr], True))
        if captures is not None and not runs:
            captures.take(node, grads if isinstance(grad, list) else grads[0])
        elif hooks.prehooks:
            self.writes.write_early()
            grads = run_prehooks(hooks.prehooks, grads)
        return grads if isinstance(grad, list) else grads[0]

    def _evaluated(self, node: Node, grad: Any, rules: Any) -> list[Any]:
        gradients = evaluate(node, grad, keep_graph=self.keep_graph, create_graph=self.create_graph, rules=rules)
        if not self.keep_graph and node.saved_count:
            node.free(self.place)
        return [self._fitted(node, g, edge) for g, edge in zip(gradients, node.next_edges, strict=True)]

    def _fitted(self, node: Node, gradient: Any, edge: Any) -> Any:
        if isinstance(node, OwnNode) and node.gives_all:
            return gradient if edge is None else fit(gradient, edge, node, create_graph=self.create_graph)
        return fit(gradient, edge, node, create_graph=self.create_graph) if self._is_wanted(edge) else None

    def _is_wanted(self, edge: Any) -> bool:
        return edge is not None and (self.wanted is None or is_wanted(edge, self.wanted, self.captures))

    def arrive_at_leaf(self, leaf: TensorBase, gradient: Any, borrowed: bool) -> None:
        """Note the gradient of a leaf, and run the leaf's hooks; hooks run, too, where it is None."""
        captures = self.captures
        hooks: NodeHooks | None = leaf._hooks
        if hooks is None:
            if captures is not None and not captures.accumulates:
                captures.take_leaf(leaf, gradient)
            elif leaf._requires_grad:  # still
                self.writes.due.append((leaf, gradient, borrowed))
            return
        if self.pending is not None:
            settle(self.pending)
        if gradient is not None and not (hooks.grad_dtype is SAME or hooks.grad_dtype is None):
            gradient = gradient.astype(hooks.grad_dtype)
        if hooks.tensor_hooks:
            gradient = run_tensor_hooks(hooks.hooks_of_output(0), gradient)
            borrowed = True
        if captures is not None and not captures.accumulates:
            captures.take_leaf(leaf, gradient)
            return
        if not leaf._requires_grad:
            return
        if hooks.prehooks:
            self.writes.write_early()
            gradient = run_prehooks(hooks.prehooks, [gradient])[0]
            borrowed = True
        if gradient is not None:
            self.writes.due.append((leaf, gradient, borrowed or bool(hooks.posthooks)))
        if hooks.post_accumulate or hooks.posthooks:
            self.writes.write_early()
            run_post_accumulate_hooks(hooks.post_accumulate, leaf)
            run_posthooks(hooks.posthooks, [], [gradient])


# The pass that runs in this thread, the innermost: a hook or a custom function may start another.
_current_pass: ContextVar[Pass | None] = ContextVar("current_pass", default=None)

# Passes within passes that run on one thread; then the next goes on with a new one, which has a stack of its own.
DEEPEST = 20


def current_pass() -> Pass | None:
    """The pass that is running in this thread, the innermost where there are several; None outside of all."""
    return _current_pass.get()


def queue_callback(callback: Callable[[], object]) -> None:
    """Have `callback()` called when the pass that is running has succeeded, with every `.grad` written."""
    running = _current_pass.get()
    if running is None:
        msg = "Final callbacks can only be installed during backward pass."
        raise RuntimeError(msg)
    running.callbacks.append(callback)


def run_backward(
    roots: list[Any],
    gradients: list[Any],
    *,
    keep_graph: bool,
    create_graph: bool,
    inputs: list[Any] | None = None,
    accumulate: bool = False,
    records: bool = True,
    ends: Collection[Node] = (),
) -> list[Any]:
    """Send `gradients` down from the edges `roots`.

    Without `inputs`, adds to `.grad` of every leaf reached and returns nothing found. With `inputs` (edges), returns
    their gradients, None where none arrived, and writes no leaf; or, to `accumulate`, adds to `.grad` of those inputs.
    Gradients are arrays, or Tensors when `create_graph`; unless it `records`, these are no part of a graph. Nothing is
    looked at behind the nodes `ends`.
    """
    frame = users_frame(frames.get(CALLER))
    root = GraphRoot()
    begin(root, None, None, None, 0, (), None, frame.f_code, frame.f_lasti)
    root.more_edges = tuple(roots)
    root.gradients = gradients
    root.hooks = NO_HOOKS
    captures = None if inputs is None else Captures(inputs, accumulates=accumulate, ends=ends)
    around = _current_pass.get()
    depth = 1 if around is None else around.depth + 1
    run = Pass(root, captures, depth, keep_graph=keep_graph, create_graph=create_graph, records=records)
    if depth % DEEPEST:
        _run_pass(run)
    else:
        with ThreadPoolExecutor(1, "backward") as thread:
            thread.submit(copy_context().run, _run_pass, run).result()
    return [] if captures is None else captures.found


def _run_pass(run: Pass) -> None:
    root = run.root
    captures = run.captures
    partly: set[Node] | None = None
    shared: dict[Any, Arrivals] | None = None
    if captures is None:
        shared = _count_edges(root)
    elif not (captures.nodes or captures.ends):
        shared = _count_edges(root, captures.leaves)
    if shared is None and captures is not None:
        way = Way(root, captures)
        run.wanted = way.wanted
        partly = way.partly
        shared = way.shared
    run.shown = shown = None if watch.observer is None else NodeWatch(watch.observer)
    pass_before = _current_pass.set(run)
    try:
        try:
            mode_before = grad_enabled.set(run.records)
            try:
                with np.errstate(all="ignore", invalid="call", call=run.lost.note_invalid):
                    _walk(root, shared or {}, partly, run)
            finally:
                grad_enabled.reset(mode_before)
            if shown is not None:
                for _, gradient, _ in run.writes.due:
                    shown.begins("torch::autograd::AccumulateGrad", -1, gradient, ())
            run.writes.write()
        except BaseException:
            run.writes.take_back()
            raise
        for callback in run.callbacks:
            callback()
    finally:
        _current_pass.reset(pass_before)
        if shown is not None:
            shown.ends()


def _count_edges(root: Node, inputs: dict[TensorBase, list[int]] | None = None) -> dict[Any, Arrivals] | None:
    # For each node and leaf that more than one edge leads to, how many to wait for. With `inputs`, None where not
    # everything leads to these leaves, or something was freed.
    shared: dict[Any, Arrivals] = {}
    seen: set[Any] = set()
    count = 0  # of what was seen
    stack: list[Node] = []
    node = root
    while True:
        following: Node | None = None
        edges: tuple[Any, ...] = node.more_edges or (node.edge, node.other_edge)
        if node.first_counter is None and node.more_saved is None and node.saved_count:
            if inputs is not None:
                return None
            raise freed_error(node)
        if edges[0] is None and inputs is not None and not [edge for edge in edges if edge is not None]:
            return None
        for edge in edges:
            if edge is not None:
                target = edge.node if isinstance(edge, GradientEdge) else edge
                seen.add(target)
                if len(seen) == count:
                    wait_for_one_more(shared, target)
                    continue
                count += 1
                if isinstance(target, Node):
                    if following is not None:  # in a chain never, which needs no stack
                        stack.append(following)
                    following = target
                elif inputs is not None and target not in inputs:
                    return None
        if following is not None:
            node = following
        elif stack:
            node = stack.pop()
        else:
            return shared


def is_wanted(edge: Any, wanted: set[Node], captures: Any) -> bool:
    """Whether an edge leads to an input of `grad`, or to a node with one before it."""
    target = edge.node if edge.kind == OUTPUT else edge
    if target.kind == LEAF:
        return target in captures.leaves
    return target in wanted or target in captures.nodes


def _reached_from(root: Node) -> set[Any]:
    # All nodes and leaves behind the root, and itself.
    reached: set[Any] = {root}
    for node in _nodes_behind(root):
        reached.update([edge.node if edge.kind == OUTPUT else edge for edge in node.next_edges if edge is not None])
    return reached


class Way:
    """What of the graph behind a root runs, when only the gradients of some inputs are asked for.

    `wanted`: the nodes that have an input before them. `partly`: all nodes with an edge that leads elsewhere. `shared`:
    as `_count_edges` has it, which says whether there is any such edge.
    """

    __slots__ = ("partly", "shared", "wanted")

    def __init__(self, root: Node, captures: Captures) -> None:
        self.wanted: set[Node] = set()
        self.partly: set[Node] = set(captures.ends)
        self.shared: dict[Any, Arrivals] = {}
        leaves = captures.leaves
        nodes = captures.nodes
        reached = _nodes_behind(root, captures.ends)
        if captures.accumulates:
            # A node whose own gradient is accumulated runs, though nothing behind it does.
            self.wanted.update([node for node in reached if node in nodes])
        wanted = self.wanted
        freed: Node | None = None
        seen: set[Any] = set()
        # A node is always younger than the nodes it leads to.
        reached.sort(key=attrgetter("sequence_nr"))
        for node in reached:
            targets: list[Any] = []
            others = False
            for edge in node.more_edges or (node.edge, node.other_edge):
                if edge is not None:
                    target = edge.node if edge.kind == OUTPUT else edge
                    if target in wanted or target in leaves or (nodes and target in nodes):
                        targets.append(target)
                    else:
                        others = True
            if others:
                self.partly.add(node)
            if not targets and node not in wanted:
                continue
            if node.saved_count and node.first_counter is None and node.more_saved is None:
                freed = node
            wanted.add(node)
            for target in targets:
                if target in seen:
                    wait_for_one_more(self.shared, target)
                else:
                    seen.add(target)
        if freed is not None:
            raise freed_error(freed)


def _nodes_behind(root: Node, ends: Collection[Node] = ()) -> list[Node]:
    # The root and all nodes that it leads to, but for these ends and what only they lead to.
    found = [root]
    seen: set[Node] = {root, *ends}
    for node in found:  # which grows
        for edge in node.more_edges or (node.edge, node.other_edge):
            if edge is not None and edge.kind != LEAF:
                target = edge.node if edge.kind == OUTPUT else edge
                if target not in seen:
                    seen.add(target)
                    found.append(target)
    return found


def _walk(  # noqa: C901, PLR0912, PLR0915 (the innermost loop: every call saved is paid back at every node)
    root: Node, shared: dict[Any, Arrivals], partly: set[Node] | None, run: Pass
) -> None:
    keep_graph = run.keep_graph
    create_graph = run.create_graph
    captures = run.captures
    captured = captures.nodes if captures is not None and captures.nodes else None
    wanted = run.wanted
    lost = run.lost
    freed = run.place
    heap: list[tuple[int, Node, Any]] = []  # ready nodes beside the next one; the youngest first
    add = np.add
    node = root
    grad: Any = None
    edges: tuple[Any, ...] | None
    rules: tuple[tuple[Any, int, Any], ...]
    target: Node | None
    arrivals: Arrivals | None
    leaf_array: Any = None  # of the leaf that was met last, and what it is like: often it is the next one too
    leaf_shape: Any = None
    leaf_dtype: Any = None
    saved: Any
    group: Any
    group_formula: Any
    gradient: Any
    special = run.shown is not None or anomaly.enabled
    in_levels = create_graph and bool(op_interceptors.get())
    try:
        while True:
            edges = node.more_edges
            rules = node.rules
            frees = not keep_graph
            saved = group = group_formula = None
            if grad is None or special or node.hooks is not None or (captured is not None and node in captured):
                grad, group = run.arrive(node, grad)
                if group is not None:
                    frees = False
                    rules = tuple([(None, GROUP, (None, i)) for i in range(len(group))])
            if partly and wanted is not None and node in partly:
                edges = node.next_edges
                edges = tuple([e if e is not None and is_wanted(e, wanted, captures) else None for e in edges])
            position = 0
            following: Node | None = None
            following_grad: Any = None
            for formula, code, at in rules:
                edge = edges[position] if edges is not None else node.other_edge if position else node.edge
                position += 1
                if edge is None:
                    continue
                if create_graph:
                    formula = on_tensors(formula, formula)  # noqa: PLW2901 (the same, for tensors)
                    if in_levels and code != GROUP:
                        formula = entrywise(formula)  # noqa: PLW2901
                if code == FIRST:
                    value = node.first  # before the counter: another thread may free them, the counter first
                    counter = node.first_counter
                    if counter is None or counter[0] != node.first_stamp:
                        check_version(node, node.saved, 0)
                    if create_graph:
                        value = with_history(node, 0, value, counter)
                    gradient = formula(grad, value)
                elif code == SECOND:
                    value = node.second
                    counter = node.second_counter
                    if counter is None or counter[0] != node.second_stamp:
                        check_version(node, node.saved, 3)
                    if create_graph:
                        value = with_history(node, 1, value, counter)
                    gradient = formula(grad, value)
                elif code == NOTHING:
                    gradient = formula(grad)
                elif code == GROUP:
                    if group is None or group_formula is not formula:
                        if saved is None:
                            saved = as_tensors(node, node.saved) if create_graph else node.saved
                        of_all = entrywise(formula) if in_levels else formula
                        group = of_all(grad, *gather(node, saved, at[0]))
                        group_formula = formula
                    gradient = group[at[1]]
                elif code == PLAIN:
                    plain = node.arguments  # one or two nearly always; compiled, `*plain` takes longer
                    if len(plain) == 1:
                        gradient = formula(grad, plain[0])
                    else:
                        gradient = formula(grad, plain[0], plain[1]) if len(plain) == 2 else formula(grad, *plain)
                elif code == FIRST_AND_PLAIN and not create_graph:
                    value = node.first
                    counter = node.first_counter
                    if counter is None or counter[0] != node.first_stamp:
                        check_version(node, node.saved, 0)
                    gradient = formula(grad, value, *node.arguments)
                elif code == DEFERRED and not create_graph:
                    saved = node.saved
                    if run.pending is None:
                        run.pending = WeakSet()
                    gradient = gradient_put_off(run.pending, lost, node, formula, grad, saved, at, edge)
                else:
                    if saved is None:
                        saved = as_tensors(node, node.saved) if create_graph else node.saved
                    gradient = call_formula(node, formula, grad, saved, at)
                    if code == SELECTING:
                        lost.note_choice()
                if lost.is_on and code != NOTHING and formula is not None and type(gradient) is not Deferred:
                    gradient = with_zeros(node, formula, code, at, grad, gradient)

                if isinstance(edge, Node):
                    target = edge
                    if gradient is None:
                        pass
                    elif create_graph:
                        gradient = fit_tensor(gradient, edge, node)
                    elif gradient.dtype is not target.dtype or gradient.shape != target.shape:
                        gradient = fit_array(gradient, edge, node)
                elif isinstance(edge, TensorBase):
                    target = None
                    array = edge._array
                    if array is not leaf_array:
                        leaf_array = array
                        leaf_shape = array.shape
                        leaf_dtype = array.dtype
                    if gradient is None:
                        pass
                    elif create_graph:
                        gradient = fit_tensor(gradient, edge, node)
                    elif gradient.dtype is not leaf_dtype or gradient.shape != leaf_shape:
                        gradient = fit_array(gradient, array, node)
                else:
                    gradient = fit(gradient, edge, node, create_graph=create_graph)
                    gradient = arrived_at_output(edge, gradient, shared)
                    edge = target = edge.node

                arrivals = shared.get(edge) if shared else None
                owned = False
                if arrivals is not None:
                    if gradient is not None:
                        total = arrivals.total
                        if total is None:
                            arrivals.total = gradient
                            arrivals.owned = not (create_graph or is_borrowed(gradient, grad, code))
                        elif arrivals.owned:
                            add(total, gradient, total)
                        elif create_graph:
                            arrivals.total = total + gradient
                        elif run.pending is not None and (type(total) is Deferred or type(gradient) is Deferred):
                            arrivals.total = sum_put_off(run.pending, total, gradient)
                        elif is_borrowed(gradient, grad, code):
                            arrivals.total = np.asarray(total + gradient)
                            arrivals.owned = True
                        else:
                            arrivals.total = add(total, gradient, gradient)
                            arrivals.owned = True
                    arrivals.waiting -= 1
                    if arrivals.waiting:
                        continue
                    gradient = arrivals.total
                    owned = arrivals.owned
                    arrivals.total = None
                if target is None:
                    if gradient is not None or edge._hooks is not None:
                        if type(gradient) is Deferred:
                            gradient = gradient.taken()
                        borrowed = not owned and (create_graph or is_borrowed(gradient, grad, code))
                        run.arrive_at_leaf(edge, gradient, borrowed)
                elif following is None:
                    following = target
                    following_grad = gradient
                else:
                    heapq.heappush(heap, (-target.sequence_nr, target, gradient))
            if frees and (node.first_counter is not None or node.more_saved is not None):
                node.first_counter = None
                node.first = freed
                node.second_counter = node.second = node.more_saved = None
            if following is None:
                if not heap:
                    return
                _, node, grad = heapq.heappop(heap)
            elif heap and -heap[0][0] > following.sequence_nr:
                _, node, grad = heapq.heapreplace(heap, (-following.sequence_nr, following, following_grad))
            else:
                node = following
                grad = following_grad
    except Exception as error:
        if node is not root:
            note_place(error, node)
        raise
