"""What `grad(outputs, inputs)` asks a backward pass for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from chainrule.engine.node import Node
from chainrule.engine.tensor_base import LEAF, OUTPUT, TensorBase


class Captures:
    """The gradients that `grad(outputs, inputs)` asks for: by leaf, and by node and output number.

    `ends`: nodes that nothing behind is looked at, where a part of a graph is asked, not all of it.
    """

    __slots__ = ("accumulates", "ends", "found", "leaves", "nodes")

    def __init__(self, inputs: list[Any], *, accumulates: bool, ends: Collection[Node] = ()) -> None:
        self.leaves: dict[TensorBase, list[int]] = {}
        self.nodes: dict[Node, list[tuple[int, int]]] = {}
        self.found: list[Any] = [None] * len(inputs)
        self.ends = ends
        self.accumulates = accumulates  # to `.grad` of the inputs, and nothing is found
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

    def take_leaf(self, leaf: TensorBase, grad: Any) -> None:
        """Keep what the inputs that are this leaf asked for."""
        for position in self.leaves[leaf]:
            self.found[position] = grad
