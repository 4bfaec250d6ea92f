"""What else happens at a node when its gradient arrives."""

from __future__ import annotations

import weakref

from chainrule.engine.tensor_base import TensorBase


class NodeHooks:
    """What happens at a node beside its rules. Nodes with several results have one too: their gradients are a list.

    `retained`: the tensors whose `.grad` the gradient arriving for an output is written to.
    """

    __slots__ = ("retained",)

    def __init__(self) -> None:
        self.retained: list[tuple[int, weakref.ref[TensorBase]]] = []

    def retain(self, output_nr: int, tensor: TensorBase) -> None:
        """Have the gradient of this output written to the tensor's `.grad`."""
        if not self.retains(output_nr, tensor):
            self.retained.append((output_nr, weakref.ref(tensor)))

    def retains(self, output_nr: int, tensor: TensorBase) -> bool:
        """Whether it is."""
        return any(nr == output_nr and reference() is tensor for nr, reference in self.retained)
