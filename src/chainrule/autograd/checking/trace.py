"""A function run with each operation watched: what it was given, what it gave, and which node was recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from chainrule.autograd.checking.second_order import SubjectOfGradients
from chainrule.autograd.checking.subject import Array, Subject, as_tuple
from chainrule.engine.copy_slices import CopySlices
from chainrule.engine.modes import op_interceptors, pushed
from chainrule.engine.node import OwnNode
from chainrule.engine.places import Place, here
from chainrule.engine.tensor_base import LEAF, OUTPUT, TensorBase, new_tensor
from chainrule.engine.versions import changes

# In place of the values of what is no tensor.
NOTHING = np.zeros(0)

# Where an argument stands: its position, and in a sequence of tensors its number there.
Key = tuple[int, int | None]


@dataclass
class Operand:
    """One tensor that an operation was given: its values then, and which edge of the node its gradient takes."""

    key: Key
    name: str
    array: Array
    requires_grad: bool
    is_differentiable: bool
    edge: int | None = None


class Again(NamedTuple):
    """An operation that was called once more: what it gave, what was recorded, and what it was given."""

    results: list[Any]
    node: Any
    leaves: list[Any]


@dataclass
class Call:
    """One operation that was called.

    - `op`: its row, or the user's Function. `place`: the line that called it. `node`: what was recorded, if anything.
    - `operands`, `results`: what it was given and what it gave; of a change through a view, of the base.
    - `formula_of`: the node whose formula called it, where that was in a recorded backward pass.
    - `overwritten`: the names of operands that it changed without counting a change.
    """

    op: Any
    name: str
    args: tuple[Any, ...]
    place: Place | None
    operands: list[Operand]
    results: list[Array]
    node: Any = None
    formula_of: Any = None
    is_in_place: bool = False
    overwritten: list[str] = field(default_factory=list)

    @property
    def is_function(self) -> bool:
        """Whether it is a user's Function."""
        return isinstance(self.op, type)

    @property
    def signature(self) -> tuple[Any, ...]:
        """What must be the same where the same program runs again."""
        shapes = tuple((o.key, o.array.shape) for o in self.operands)
        return self.name, shapes, tuple(r.shape for r in self.results)

    def again(self, arrays: dict[Key, Array]) -> Again:
        """The operation, called once more with these values in place of some; never in place."""
        args = list(_kept(self.args))
        leaves = []
        for operand in self.operands:
            leaf = new_tensor(arrays[operand.key] if operand.key in arrays else operand.array.copy())
            leaf._requires_grad = operand.requires_grad
            leaves.append(leaf)
            position, number = operand.key
            if number is None:
                args[position] = leaf
            else:
                args[position] = [*args[position][:number], leaf, *args[position][number + 1 :]]
        result = self.op.apply(*args) if self.is_function else self.op.function(*args)
        results = [each for each in as_tuple(result) if isinstance(each, TensorBase)]
        return Again(results, self.node_of(results), leaves)

    def node_of(self, results: list[Any]) -> Any:
        """The node of these results, if it is one of this operation."""
        for result in results:
            edge: Any = result._edge if isinstance(result, TensorBase) else None
            if edge is None or edge.kind == LEAF:
                continue
            node = edge.node if edge.kind == OUTPUT else edge
            made_by = node.function if isinstance(node, OwnNode) else node  # type: ignore[attr-defined]
            if self.op in (made_by, getattr(made_by, "op", None)):
                return node
        return None


def gradients_at(node: Any, grads: list[Any]) -> tuple[Any, ...]:
    """What a node gives for each of its edges, for these gradients of its outputs: tensors, or None."""
    gone = node(*grads[: len(node._input_metadata)])  # integers at the end of its outputs have none
    return gone if isinstance(gone, tuple) else (gone,)


class Recorder:
    """Notes every operation that is called while it is on the stack of interceptors."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.formula_of: Any = None
        self.without_history: list[Call] = []

    def __call__(self, op: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """Note the operation, and run it."""
        call = self._begin(op, op.name, args, operands_of(op, args))
        result = run(op, args)
        self._end(call, [each for each in as_tuple(result) if isinstance(each, TensorBase)])
        return result

    def change(self, op: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """Note an operation that changes its first argument, and run it; through a view it is the base that changes."""
        target = args[0]
        base = target._base if isinstance(target, TensorBase) else None
        call = self._begin(op, op.inplace_name, args, operands_of(op, args))
        call.is_in_place = True
        if base is None:
            result = run(op, args)
            self._end(call, [target])
            return result
        for operand in call.operands:
            if operand.key == (0, None):
                operand.array = base._array.copy()
        result = run(op, args)
        self._end(call, [base])
        return result

    def apply(self, function: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """Note a user's Function, and run it."""
        names = _argument_names(function, len(args))
        operands = [
            Operand((i, None), names[i], a._array.copy(), bool(a.requires_grad), True)  # type: ignore[attr-defined]
            for i, a in enumerate(args)
            if isinstance(a, TensorBase)
        ]
        call = self._begin(function, function.__name__, args, operands)
        result = run(function, args)
        self._end(call, list(as_tuple(result)))
        return result

    def _begin(self, op: Any, name: str, args: tuple[Any, ...], operands: list[Operand]) -> Call:
        call = Call(op, name, _kept(args), here(), operands, [], formula_of=self.formula_of)
        self._changes = [changes(operand_at(args, operand.key)._version_counter) for operand in operands]
        return call

    def _end(self, call: Call, results: list[Any]) -> None:
        if not call.operands:
            return
        call.results = [r._array.copy() if isinstance(r, TensorBase) else NOTHING for r in results]
        node = call.node_of(results)
        if node is not None:
            call.node = node
            sources: list[Any] = [operand.key for operand in call.operands]
            if not call.is_function:
                row_node: Any = node.function if isinstance(node, CopySlices) else node
                sources = [s if isinstance(s, tuple) else (s, None) for s in row_node.edge_sources]
            for operand in call.operands:
                operand.edge = sources.index(operand.key) if operand.key in sources else None
        for operand, before in zip(call.operands, self._changes, strict=True):
            tensor = operand_at(call.args, operand.key)
            unsaid = changes(tensor._version_counter) == before
            if unsaid and not call.is_in_place and not is_same(tensor._array, operand.array):
                call.overwritten.append(operand.name)
        self.calls.append(call)


def _kept(args: tuple[Any, ...]) -> tuple[Any, ...]:
    # Lists are copied: a forward may fill one, for its formulas.
    return tuple(a.copy() if isinstance(a, list) else a for a in args)


def operand_at(args: tuple[Any, ...], key: Key) -> Any:
    """The argument at this place."""
    position, number = key
    return args[position] if number is None else args[position][number]


def operands_of(op: Any, args: tuple[Any, ...]) -> list[Operand]:
    """The tensors among the arguments of a row."""
    differentiable = {p for positions, _, _ in op.formulas for p in positions}
    found: list[Operand] = []

    def note(key: Key, name: str, value: Any) -> None:
        if isinstance(value, TensorBase) and isinstance(value._array, np.ndarray):
            needs_grad = bool(value.requires_grad)  # type: ignore[attr-defined] # a view asks its base
            found.append(Operand(key, name, value._array.copy(), needs_grad, key[0] in differentiable))

    for position in op.tensor_positions:
        value, name = args[position], op.parameters[position]
        if position == op.sequence:
            for number, each in enumerate(value):
                note((position, number), f"{name}[{number}]", each)
        else:
            note((position, None), "input" if name == "self" else name, value)
    return found


def _argument_names(function: Any, count: int) -> list[str]:
    code = getattr(function.forward, "__code__", None)
    names = list(code.co_varnames[: code.co_argcount]) if code is not None else []
    if len(names) == count + 1:  # the context is the first
        names = names[1:]
    return names if len(names) == count else [f"argument {i}" for i in range(count)]


def is_same(a: Array, b: Array) -> bool:
    """Whether two arrays have the same shape and values."""
    return a.shape == b.shape and bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))


class Trace:
    """The operations of one run, in their order, what the function returned, and its values then.

    `without_history`: in second order, the operations whose formulas gave gradients that are not part of the graph.
    """

    def __init__(self, calls: list[Call], outputs: tuple[Any, ...], without_history: list[Call]) -> None:
        self.calls = calls
        self.without_history = without_history
        self.outputs = outputs
        self.values = [output._array.copy() for output in outputs]

    @property
    def size(self) -> int:
        """How many elements all operands and results have together."""
        return sum(o.array.size for call in self.calls for o in call.operands) + sum(
            result.size for call in self.calls for result in call.results
        )

    def runs_as(self, other: Trace) -> bool:
        """Whether both called the same operations on the same shapes."""
        own, others = ([call.signature for call in trace.calls] for trace in (self, other))
        return own == others and [v.shape for v in self.values] == [v.shape for v in other.values]


def watched_by(recorder: Callable[..., Any]) -> AbstractContextManager[None]:
    """The recorder on top of the stack of interceptors, within a `with` block."""
    return pushed(op_interceptors, recorder)


def traced(subject: Subject) -> Trace:
    """Run the function with each operation watched; in second order, those that formulas call know whose they are."""
    recorder = Recorder()
    if isinstance(subject, SubjectOfGradients):
        subject.node_watch = lambda outputs: formulas_watched(recorder, outputs)
    try:
        with watched_by(recorder):
            outputs = subject.outputs()
    finally:
        if isinstance(subject, SubjectOfGradients):
            subject.node_watch = None
    return Trace(recorder.calls, outputs, recorder.without_history)


@contextmanager
def formulas_watched(recorder: Recorder, outputs: list[Any]) -> Iterator[None]:
    """Have the recorder know, within a `with` block, whose formula calls an operation, and which gives no history."""
    handles = []
    for call in recorder.calls:
        if call.node is None:
            continue

        def begins(grads: Any, node: Any = call.node) -> None:
            recorder.formula_of = node

        def ends(grad_inputs: Any, grad_outputs: Any, call: Call = call) -> None:
            # A gradient depends on those that arrived, unless it is zero.
            without = [g for g in grad_inputs if g is not None and not g.requires_grad and (g._array != 0).any()]
            if without and any(g is not None and g.requires_grad for g in grad_outputs):
                recorder.without_history.append(call)

        handles += [call.node.register_prehook(begins), call.node.register_hook(ends)]
    try:
        yield
    finally:
        recorder.formula_of = None
        for handle in handles:
            handle.remove()
