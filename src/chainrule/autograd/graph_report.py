"""What a graph holds in memory until backward has run: by line of the program, by function, by module, by operation."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

from chainrule.autograd.gradient_edges import GradientEdge, engine_edge
from chainrule.autograd.module_names import MODULE
from chainrule.autograd.profiler_table import format_memory
from chainrule.engine.hooks import NO_HOOKS
from chainrule.engine.node import Node
from chainrule.engine.places import place_of
from chainrule.engine.saved import Packed
from chainrule.engine.tensor_base import LEAF, OUTPUT, TensorBase
from chainrule.tensor import Tensor

NOT_RECORDED = "(not recorded)"
ROWS = 10  # of each table, as text

# What a node has that is no saved value.
_STRUCTURE = {
    "__weakref__", "_context", "code", "dtype", "edge", "first_counter", "first_stamp", "hooks", "lasti", "more_edges",
    "other_edge", "second_counter", "second_stamp", "sequence_nr", "shape",
}  # fmt: skip


class Held(NamedTuple):
    """What some of the nodes hold: bytes, blocks of memory, and how many nodes they are."""

    bytes: int
    blocks: int
    nodes: int


class GraphReport:
    """What `report` found; as text, a table of it.

    - `bytes`, `blocks`: the memory that nodes hold, each block counted once however many hold it, and whole, also where
      only a view of it was saved. `leaf_bytes`: how much of that belongs to leaves, which the program holds anyway.
    - `nodes`: how many there are; `freed`: how many of them have let go of what they saved.
    - `by_line`, `by_function`, `by_module`, `by_operation`: from each line to its `Held`, the most bytes first. A block
      belongs to the node that was recorded first of those that hold it. `by_module` is empty unless `record_modules`
      was on.
    """

    def __init__(self, nodes: list[Node], leaves: list[TensorBase]) -> None:
        blocks: dict[int, Any] = {}
        of_nodes: list[tuple[Node, list[int]]] = []
        for node in sorted(nodes, key=lambda node: node.sequence_nr):
            sizes = []
            for array in _arrays(node):
                block = _block(array)
                if id(block) not in blocks:
                    blocks[id(block)] = block
                    sizes.append(block.nbytes)
            of_nodes.append((node, sizes))
        of_leaves = {id(block): block for block in (_block(leaf._array) for leaf in leaves)}
        self.nodes = len(nodes)
        self.freed = sum(node.saved is None for node in nodes)
        self.blocks = len(blocks)
        self.bytes: int = sum(block.nbytes for block in blocks.values())
        self.leaf_bytes: int = sum(block.nbytes for key, block in blocks.items() if key in of_leaves)
        self.by_line = _summed(of_nodes, _line)
        self.by_function = _summed(of_nodes, _function)
        with_modules = any(_module(node) for node in nodes)
        self.by_module = _summed(of_nodes, lambda node: _module(node) or "(no module)") if with_modules else {}
        self.by_operation = _summed(of_nodes, lambda node: node.name())

    def __str__(self) -> str:
        text = [f"{_count(self.nodes, 'node')} hold {format_memory(self.bytes)} in {_count(self.blocks, 'block')}"]
        if self.leaf_bytes:
            text.append(f", of which leaves have {format_memory(self.leaf_bytes)}")
        if self.freed:
            text.append(f"; {_count(self.freed, 'node')} freed")
        tables = {
            "line": self.by_line, "function": self.by_function, "module": self.by_module,
            "operation": self.by_operation,
        }  # fmt: skip
        for title, held in tables.items():
            if held:
                text.append(f"\n\n{'held':>10}  {'blocks':>6}  {'nodes':>6}  {title}")
                text += [_row(key, each) for key, each in list(held.items())[:ROWS]]
                if len(held) > ROWS:
                    text.append(f"\n... and {len(held) - ROWS} more")
        return "".join(text)

    def __repr__(self) -> str:
        return f"<GraphReport: {format_memory(self.bytes)} in {_count(self.nodes, 'node')}>"


def report(tensors: Tensor | GradientEdge | Iterable[Tensor | GradientEdge]) -> GraphReport:
    """What the graph behind these tensors holds in memory, by line, function, module and operation.

    Counted is what operations saved for backward, what custom functions keep, and what pack hooks gave (arrays, tensors
    and containers of them). Nothing is unpacked, and nothing changes.

    >>> import chainrule as torch
    >>> x = torch.ones(1000, requires_grad=True)
    >>> y = x.exp().sin()
    >>> found = torch.autograd.graph.report(y)
    >>> found.bytes, found.blocks, found.nodes
    (4000, 1, 2)
    >>> found.by_operation
    {'ExpBackward0': Held(bytes=4000, blocks=1, nodes=1), 'SinBackward0': Held(bytes=0, blocks=0, nodes=1)}
    """
    targets = [tensors] if isinstance(tensors, (TensorBase, GradientEdge)) else list(tensors)
    for position, target in enumerate(targets):
        if not isinstance(target, (TensorBase, GradientEdge)):
            raise TypeError(
                f"report(): element {position} must be a Tensor or a GradientEdge, not {type(target).__name__}"
            )
    return GraphReport(*_reached([engine_edge(target) for target in targets]))


def _reached(edges: list[Any]) -> tuple[list[Node], list[TensorBase]]:
    nodes: dict[int, Node] = {}
    leaves: dict[int, TensorBase] = {}
    stack = edges
    while stack:
        edge = stack.pop()
        if edge is None:
            continue
        if edge.kind == LEAF:
            leaves[id(edge)] = edge
            continue
        node = edge.node if edge.kind == OUTPUT else edge
        if id(node) not in nodes:
            nodes[id(node)] = node
            stack += node.next_edges
    return list(nodes.values()), list(leaves.values())


def _arrays(node: Node) -> Iterator[np.ndarray[Any, Any]]:
    # The arrays in all that a node holds, in containers too.
    stack: list[Any] = [node]
    seen: dict[int, Any] = {}
    while stack:
        value = stack.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, TensorBase):
            yield value._array
        elif isinstance(value, Mapping):
            stack += value.values()
        elif isinstance(value, (list, tuple, set, frozenset)):
            stack += value
        elif isinstance(value, Packed):
            stack += (value.value, getattr(value.unpack_hook, "__self__", None))
        elif isinstance(value, Node):
            stack += _held_by(value)
        elif hasattr(value, "held_by_graph"):
            stack += value.held_by_graph()


def _held_by(node: Node) -> list[Any]:
    if node.saved is None:
        return []
    node_class: Any = type(node)  # mypy takes a class for unhashable whose objects can be hashed
    return [getattr(node, name, None) for name in _slots_with_values(node_class)]


@functools.cache
def _slots_with_values(node_class: type[Node]) -> tuple[str, ...]:
    # A compiled class says what it has in another place.
    slots = {
        name
        for each in node_class.__mro__
        for names in ("__slots__", "__mypyc_attrs__")
        for name in getattr(each, names, ())
    }
    return tuple(sorted(slots - _STRUCTURE))


def _block(array: Any) -> Any:
    # The array that the memory belongs to, which a view keeps alive.
    while getattr(array.base, "__array_interface__", None) is not None:
        owner = array.base if isinstance(array.base, np.ndarray) else getattr(array.base, "base", None)
        if not isinstance(owner, np.ndarray):
            break
        array = owner
    return array


def _summed(of_nodes: list[tuple[Node, list[int]]], key_of: Callable[[Node], str]) -> dict[str, Held]:
    sums: dict[str, Held] = {}
    for node, sizes in of_nodes:
        key = key_of(node)
        before = sums.get(key, Held(0, 0, 0))
        sums[key] = Held(before.bytes + sum(sizes), before.blocks + len(sizes), before.nodes + 1)
    return dict(sorted(sums.items(), key=lambda item: -item[1].bytes))


def _line(node: Node) -> str:
    return _shown(node.code, node.lasti)[0]


def _function(node: Node) -> str:
    return _shown(node.code, node.lasti)[1]


@functools.lru_cache(maxsize=1000)
def _shown(code: CodeType, lasti: int) -> tuple[str, str]:
    # The line that called an operation, and the function that it stands in.
    place = place_of(code, lasti)
    return (NOT_RECORDED, NOT_RECORDED) if place is None else (str(place), place.function)


def _module(node: Node) -> str | None:
    hooks = node.hooks
    return None if hooks is None or hooks is NO_HOOKS else hooks.metadata.get(MODULE)


def _row(key: str, held: Held) -> str:
    return f"\n{format_memory(held.bytes):>10}  {held.blocks:>6}  {held.nodes:>6}  {key}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
