"""Nodes of the backward graph, and the edges between them.

A node knows its rules (one per edge), what it saved for them, and what its result looked like. Each operation has node
classes of its own, made by op.py, so that a node carries PyTorch's name: `MulBackward0`.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from types import CodeType
from typing import Any, ClassVar, Final, TypeAlias

import numpy as np

from chainrule.engine.compilation import mypyc_attr
from chainrule.engine.hooks import NO_HOOKS, NodeHooks, register
from chainrule.engine.places import Place, place_of
from chainrule.engine.tensor_base import LEAF, NODE, OUTPUT, TensorBase

next_sequence_nr: Final[Callable[[], int]] = itertools.count().__next__

# The length of the saved entries of two tensors.
TWO_TENSORS: Final = 6

# The counter of a saved number, which PyTorch saves as a tensor: with it a node knows that it was freed.
NEVER_CHANGED: Final = bytearray(1)

# How a rule's formula gets its arguments, beside the gradient.
NOTHING: Final = 0  # formula(grad)
FIRST: Final = 1  # formula(grad, the first saved tensor)
SECOND: Final = 2  # formula(grad, the second saved tensor)
PLAIN: Final = 5  # as SEVERAL, where these are the node's `arguments`, all and in their order
FIRST_AND_PLAIN: Final = 6  # as PLAIN, behind the first saved tensor
SEVERAL: Final = 4  # formula(grad, *the values that the getters in `at` name), as the two before it may be called too
DEFERRED: Final = 7  # as SEVERAL, and the formula may be put off (see deferral.py)
SELECTING: Final = 8  # as SEVERAL, of an operation that may leave NaN aside (see zero_gradients.py)
GROUP: Final = 3  # as SEVERAL, for several edges at once: `at` is (getters, position in the formula's results)

Formula: TypeAlias = "Callable[..., Any]"
Rule: TypeAlias = "tuple[Formula, int, Any]"
Array: TypeAlias = "np.ndarray[Any, Any]"
Target: TypeAlias = "Node | GradientEdge | TensorBase"


@mypyc_attr(allow_interpreted_subclasses=True)
class Node:
    """One recorded operation, seen from its gradient.

    - `edge`, `other_edge`: for each differentiable input where its gradient goes: a Node, a GradientEdge (one output
      of a node with several), a leaf tensor, or None. Where there may be more than two, `more_edges` has them all.
    - `first`, `second`: saved arrays, each with its tensor's version counter and the counter's stamp when it was saved.
      More than two stand in `more_saved`, one after another.
    - `arguments`: saved values that are no tensors (sizes, dimensions, numbers).
    - `shape`, `dtype`: of the result; for several results a tuple of each.
    - `code`, `lasti`: the instruction of the user's program that called the operation (see places.py).
    - `hooks`: what else happens when the gradient arrives (see hooks.py), None for almost all nodes.

    Most nodes hold no tuples: each would be one object more for the garbage collector to visit.
    """

    __slots__ = (
        "arguments",
        "code",
        "dtype",
        "edge",
        "first",
        "first_counter",
        "first_stamp",
        "hooks",
        "lasti",
        "more_edges",
        "more_saved",
        "other_edge",
        "second",
        "second_counter",
        "second_stamp",
        "sequence_nr",
        "shape",
    )

    kind: ClassVar[int] = NODE
    # Set on the class of each operation's nodes, by op.py.
    op: ClassVar[Any] = None
    rules: ClassVar[tuple[Rule, ...]] = ()
    takes_grads: ClassVar[bool] = False
    defers: ClassVar[bool] = False  # its formulas take gradients that were put off
    edge_sources: ClassVar[tuple[Any, ...]] = ()
    save_plan: ClassVar[tuple[Any, ...]] = ()
    saved_count: ClassVar[int] = 0
    argument_plan: ClassVar[tuple[tuple[str, int], ...]] = ()
    saved_edges: ClassVar[tuple[int | None, ...]] = ()

    edge: Any
    other_edge: Any
    more_edges: tuple[Any, ...] | None
    first: Any
    first_counter: bytearray | None
    first_stamp: Any
    second: Any
    second_counter: bytearray | None
    second_stamp: Any
    more_saved: tuple[Any, ...] | None
    arguments: tuple[Any, ...]
    shape: Any
    dtype: Any
    sequence_nr: int
    hooks: Any
    code: CodeType
    lasti: int

    @property
    def next_edges(self) -> tuple[Any, ...]:
        """For each differentiable input where its gradient goes."""
        if self.more_edges is not None:
            return self.more_edges
        return (self.edge, self.other_edge)[: len(self.rules)]

    @property
    def saved(self) -> tuple[Any, ...] | None:
        """The saved tensors, three entries each: array, version counter, its stamp when saved; None once freed."""
        more_saved = self.more_saved
        if more_saved is not None:
            return more_saved
        if not self.saved_count:
            return ()
        first, second, second_counter = self.first, self.second, self.second_counter
        # Read last, as `free` clears it first: so what another thread frees meanwhile is there, or known to be freed.
        first_counter = self.first_counter
        if first_counter is None:
            return None
        saved = (first, first_counter, self.first_stamp, second, second_counter, self.second_stamp)
        return saved[: 3 * self.saved_count]

    def save(self, saved: tuple[Any, ...]) -> None:
        """Keep these saved tensors."""
        if len(saved) > TWO_TENSORS:
            self.more_saved = saved
        elif saved:
            self.first, self.first_counter, self.first_stamp = saved[:3]
            if len(saved) == TWO_TENSORS:
                self.second, self.second_counter, self.second_stamp = saved[3:]

    def free(self, place: Place | None) -> None:
        """Let go of the saved tensors; `place` is the line of the program that had them let go."""
        self.first_counter = None
        self.first = place
        self.second_counter = self.second = self.more_saved = None

    @property
    def place(self) -> Place | None:
        """The line of the program that called the operation; None where places were not recorded."""
        return place_of(self.code, self.lasti)

    @property
    def grad_fn(self) -> Any:
        """What users see as this node: itself, but for a custom function's, which they see as its context."""
        return self

    def name(self) -> str:
        """The name of the operation's backward, such as `MulBackward0`."""
        name = type(self).__name__
        # Nodes that PyTorch writes by hand have no number, and are called by their namespace.
        return name if name[-1].isdigit() or name.endswith("_copy") else f"torch::autograd::{name}"

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """For each input, the node its gradient goes to and the number of that node's output."""
        return tuple(gradient_edge(target) for target in self.next_edges)

    def register_hook(self, hook: Callable[..., Any]) -> Any:
        """Call `hook(grad_inputs, grad_outputs)` when this node has run; what it returns replaces `grad_inputs`.

        Returns a handle with `remove()`.
        """
        return register(hooks_of(self).posthooks, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> Any:
        """Call `hook(grad_outputs)` before this node runs; what it returns replaces them.

        Returns a handle with `remove()`.
        """
        return register(hooks_of(self).prehooks, hook)

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for whatever anybody wants to note about this node."""
        return hooks_of(self).metadata

    requires_grad: ClassVar[bool] = True

    def _sequence_nr(self) -> int:
        return self.sequence_nr

    @property
    def _input_metadata(self) -> tuple[Any, ...]:
        from chainrule.engine.node_attributes import input_metadata

        return input_metadata(self.shape, self.dtype)

    def __call__(self, *grads: Any) -> Any:
        """The gradients that this node computes from those of its outputs, hooks left aside; a tuple of several."""
        from chainrule.engine.node_attributes import applied

        return applied(self, grads)

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(f"cannot pickle {self.name()!r} object")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"


def begin(
    node: Node,
    edge: Any,
    first: Any,
    first_counter: bytearray | None,
    first_stamp: Any,
    shape: Any,
    dtype: Any,
    code: CodeType,
    lasti: int,
    other_edge: Any = None,
    second: Any = None,
    second_counter: bytearray | None = None,
    second_stamp: Any = 0,
    arguments: tuple[Any, ...] = (),
) -> Node:
    """Fill in a node that was just made, and return it.

    Not the node's `__init__`: to call a class with arguments takes compiled code longer than all that is done here.
    """
    node.edge = edge
    node.other_edge = other_edge
    node.more_edges = None
    node.first = first
    node.first_counter = first_counter
    node.first_stamp = first_stamp
    node.second = second
    node.second_counter = second_counter
    node.second_stamp = second_stamp
    node.more_saved = None
    node.arguments = arguments
    node.shape = shape
    node.dtype = dtype
    node.code = code
    node.lasti = lasti
    node.hooks = None
    node.sequence_nr = next_sequence_nr()
    return node


@mypyc_attr(allow_interpreted_subclasses=True)
class OwnNode(Node):
    """A node that computes its gradients itself, not by rules.

    `gives_all`: whether hooks see all that it computed, not only what is wanted of it.
    """

    __slots__ = ()

    gives_all: ClassVar[bool] = False

    def gradients(self, grads: Any, *, keep_graph: bool, create_graph: bool) -> list[Any]:
        """The gradient for each edge, None where there is none.

        `grads`: what arrived: an array (a tensor where `create_graph`); for a node of several outputs a list of them,
        None for an output that nothing came for. Without `keep_graph` what was saved is let go.
        """
        raise NotImplementedError


def hooks_of(node: Node) -> NodeHooks:
    """The hooks of a node, made if it has none."""
    hooks = node.hooks
    if hooks is None or hooks is NO_HOOKS:
        hooks = node.hooks = NodeHooks()
    return hooks


class GradientEdge:
    """One output of a node that has several."""

    __slots__ = ("dtype", "node", "output_nr", "shape")

    kind: ClassVar[int] = OUTPUT

    node: Node
    output_nr: int
    shape: tuple[int, ...]
    dtype: Any

    def __init__(self, node: Node, output_nr: int, shape: tuple[int, ...], dtype: Any) -> None:
        self.node = node
        self.output_nr = output_nr
        self.shape = shape
        self.dtype = dtype


@mypyc_attr(native_class=False)  # it is referred to weakly
class AccumulateGrad:
    """The end of every path: adds the gradient to `.grad` of a leaf.

    An edge to a leaf holds the leaf itself; this object is made when somebody looks at `next_functions`, one per leaf
    for as long as anybody holds it.
    """

    __slots__ = ("__weakref__", "variable")

    next_functions: ClassVar[tuple[tuple[Any, int], ...]] = ()
    # After every node of operations, so before them in the order of a walk.
    sequence_nr: ClassVar[int] = 2**64 - 1
    requires_grad: ClassVar[bool] = True

    def __init__(self, variable: TensorBase) -> None:
        self.variable = variable

    def register_hook(self, hook: Callable[..., Any]) -> Any:
        """Call `hook(grad_inputs, grad_outputs)`, of which the first is empty, when `.grad` has been written."""
        return register(self._hooks().posthooks, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> Any:
        """Call `hook(grad_outputs)` before `.grad` is written; what it returns is added in their place."""
        return register(self._hooks().prehooks, hook)

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for whatever anybody wants to note about this node."""
        return self._hooks().metadata

    def _sequence_nr(self) -> int:
        return self.sequence_nr

    @property
    def _input_metadata(self) -> tuple[Any, ...]:
        from chainrule.engine.node_attributes import input_metadata

        return input_metadata(self.variable._array.shape, self.variable._array.dtype)

    def _hooks(self) -> NodeHooks:
        hooks = leaf_hooks(self.variable)
        hooks.accumulator = self  # it lives as long as its leaf now, as the hooks do
        return hooks

    def name(self) -> str:
        """PyTorch's name for it."""
        return "torch::autograd::AccumulateGrad"

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self):#x}>"


def leaf_hooks(leaf: TensorBase) -> NodeHooks:
    """The hooks of a leaf, made if it has none."""
    hooks = leaf._hooks
    if hooks is None:
        hooks = leaf._hooks = NodeHooks()
    return hooks


_accumulator_of_id: dict[int, weakref.ref[AccumulateGrad]] = {}


def accumulator(leaf: TensorBase) -> AccumulateGrad:
    """The AccumulateGrad of a leaf."""
    # By identity: tensors compare element by element. An accumulator keeps its leaf alive, so while the entry's
    # accumulator lives the id cannot have passed to another tensor.
    known = _accumulator_of_id.get(id(leaf))
    found = None if known is None else known()
    if found is None:
        found = AccumulateGrad(leaf)
        key = id(leaf)
        made = weakref.ref(found)
        _accumulator_of_id[key] = made

        def forget() -> None:
            if _accumulator_of_id.get(key) is made:
                del _accumulator_of_id[key]

        weakref.finalize(found, forget).atexit = False
    return found


def gradient_edge(target: Any) -> tuple[Any, int]:
    """An edge as users see it: (node, output number), or (None, 0) where no gradient goes."""
    if target is None:
        return None, 0
    if target.kind == LEAF:
        return accumulator(target), 0
    if target.kind == OUTPUT:
        return target.node.grad_fn, target.output_nr
    return target.grad_fn, 0
