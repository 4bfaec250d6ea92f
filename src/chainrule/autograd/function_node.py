"""The node of a user's Function: what it saved, and how its gradients come from the user's backward.

Users see a node of this kind as its context, the `ctx` of their forward and backward (see function.py), so that they
may give the attributes that they set on it any name and touch no field of the engine's. The node owns those attributes,
and knows its context only weakly: there is no cycle to wait for the garbage collector.
"""

from __future__ import annotations

import weakref
from typing import Any, ClassVar

import numpy as np

from chainrule.engine.grad_mode import is_recording
from chainrule.engine.hooks import NO_HOOKS, as_tensor
from chainrule.engine.modes import saved_tensors_hooks
from chainrule.engine.node import GradientEdge, OwnNode, begin
from chainrule.engine.node_attributes import SavedTensor
from chainrule.engine.places import frames, here, users_frame
from chainrule.engine.saved import Packed, check_version, freed_error, pack_tensor
from chainrule.engine.tensor_base import LEAF, TensorBase, new_tensor
from chainrule.engine.versions import new_counter, stamp
from chainrule.engine.views import refresh_view

ACCESSED_TWICE = (
    "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the autograd.Function. "
    "Either access saved_tensors only once, or set clear_saved_tensors_on_access=False."
)


class FunctionNode(OwnNode):
    """One call of a user's Function.

    - `function`: the subclass of Function. `attributes`: what the user set on the context.
    - `are_tensors`, `needs_input_grad`: for each argument, whether it is a tensor, and whether that requires grad.
      Edges there are for the tensors only.
    - `records`: whether the call is part of a graph.
    - `saved_edges`: for each saved tensor the number of the input that it is, `~number` of the output, or None.
    - `kept`: for each saved tensor the tensor itself; None for an output, which would keep this node alive. Of one that
      is packed (see saved.py) where its gradient goes, if the entry before does not say so.
    - `shape`, `dtype`: one entry for each output; None for an output that is no tensor.
    """

    __slots__ = (
        "__weakref__",
        "_context",
        "are_tensors",
        "attributes",
        "function",
        "kept",
        "materialize_grads",
        "needs_input_grad",
        "records",
        "saved_edges",
        "was_cleared",
    )

    # Nodes of operations have one for their class.
    saved_edges: tuple[int | None, ...]  # type: ignore[misc]

    gives_all: ClassVar[bool] = True

    def __init__(self, function: Any, args: tuple[Any, ...]) -> None:
        frame = users_frame(frames.get(1))
        begin(self, None, None, None, 0, (), (), frame.f_code, frame.f_lasti)
        self.function = function
        self.attributes: dict[str, Any] = {}
        tensors: list[TensorBase] = []
        are_tensors: list[bool] = []
        needs: list[bool] = []
        for argument in args:
            is_tensor = isinstance(argument, TensorBase)
            are_tensors.append(is_tensor)
            if is_tensor:
                tensors.append(argument)
                if argument._base is not None:
                    refresh_view(argument)
            needs.append(is_tensor and argument._requires_grad)
        self.are_tensors = tuple(are_tensors)
        self.needs_input_grad: Any = tuple(needs)
        self.records = True in needs and is_recording()
        self.more_edges = tuple([edge_of(t) for t in tensors]) if self.records else ()
        self.more_saved = ()
        self.saved_edges = ()
        self.kept: tuple[Any, ...] = ()
        self.materialize_grads = True
        self.was_cleared = False
        self.hooks = NO_HOOKS
        self._context: Any = None

    @property
    def grad_fn(self) -> Any:
        """The node's context, which lives for as long as somebody holds it; its attributes live as long as the node."""
        context = None if self._context is None else self._context()
        if context is None:
            context_class = self.function._backward_cls
            context = context_class.__new__(context_class)
            context._function_node = self
            context.__dict__ = self.attributes
            self._context = weakref.ref(context)
        return context

    def name(self) -> str:
        """The name of the user's class, and `Backward`."""
        return str(self.function._backward_cls.__name__)

    @property
    def saved(self) -> tuple[Any, ...] | None:
        """The saved tensors, three entries each: array, version counter, its stamp when saved; None once freed."""
        return self.more_saved

    def save_tensors(self, tensors: tuple[Any, ...], outputs: dict[int, int] | None = None) -> None:
        """Keep these tensors, of which any may be None, for backward; `outputs`: the outputs' numbers by their ids."""
        hooks = saved_tensors_hooks.get()
        own = outputs or {}
        saved: list[Any] = []
        kept: list[Any] = []
        sources: list[int | None] = []
        for tensor in tensors:
            if tensor is None:
                saved += (None, new_counter(), 0)
                kept.append(None)
                sources.append(None)
                continue
            source = ~own[id(tensor)] if id(tensor) in own else self._input_number(tensor)
            sources.append(source)
            if hooks:
                saved += (pack_tensor(tensor, hooks[-1]), new_counter(), 0)
                # What is packed is not kept, only where its gradient goes.
                kept.append(None if source is not None else edge_of(tensor))
            else:
                counter = tensor._version_counter
                saved += (tensor._array, counter, stamp(counter, tensor._array))
                kept.append(None if source is not None and source < 0 else tensor)
        self.more_saved = tuple(saved)
        self.kept = tuple(kept)
        self.saved_edges = tuple(sources)

    def _input_number(self, tensor: TensorBase) -> int | None:
        if tensor._base is not None:
            refresh_view(tensor)
        edge = edge_of(tensor)
        if edge is not None:
            for number, other in enumerate(self.next_edges):
                if other is edge:
                    return number
        return None

    def saved_tensors(self) -> tuple[Any, ...]:
        """The saved tensors with their history; raises RuntimeError where they were freed or changed in place."""
        if self.was_cleared:
            raise RuntimeError(ACCESSED_TWICE)
        saved = self.more_saved
        if saved is None:
            raise freed_error(self)
        tensors = tuple([self.unpacked(number) for number in range(len(self.kept))])
        if self.function.clear_saved_tensors_on_access:
            self.was_cleared = True
            self.more_saved = self.kept = self.saved_edges = ()
        return tensors

    def raw_saved_tensors(self) -> tuple[SavedTensor, ...]:
        """Where the saved tensors stand; raises RuntimeError where they were freed."""
        if self.more_saved is None:
            raise freed_error(self)
        return tuple([SavedByFunction(self, number) for number in range(len(self.kept))])

    def unpacked(self, number: int) -> Any:
        """The saved tensor of this number; raises RuntimeError as `saved_tensors` does."""
        saved = self.more_saved
        if saved is None:
            raise freed_error(self)
        array, counter, _ = saved[3 * number : 3 * number + 3]
        if array is None:
            return None
        check_version(self, saved, 3 * number)
        kept = self.kept[number]
        source = self.saved_edges[number]
        if isinstance(array, Packed):
            array = array.unpack(self, number)
        elif kept is not None and kept._array is array:
            return kept
        edge: Any = kept if not isinstance(kept, TensorBase) else edge_of(kept)
        if source is not None and source >= 0:
            edge = self.next_edges[source]
        elif source is not None:
            edge = GradientEdge(self, ~source, self.shape[~source], self.dtype[~source])
        return new_tensor(array, edge, counter)

    def gradients(self, grads: Any, *, keep_graph: bool, create_graph: bool) -> list[Any]:
        """What the user's backward returns for each input that is a tensor."""
        arrived = [self._arrived(number) if grad is None else as_tensor(grad) for number, grad in enumerate(grads)]
        returned = self.grad_fn.apply(*arrived)
        gradients = self._checked(returned if isinstance(returned, tuple) else (returned,))
        if not keep_graph:
            self.free(here() if self.kept else None)
            self.kept = ()
        return gradients if create_graph else [None if g is None else g._array for g in gradients]

    def _arrived(self, number: int) -> Any:
        # For an output that no gradient came for.
        if not self.materialize_grads or self.shape[number] is None:
            return None
        return new_tensor(np.zeros(self.shape[number], self.dtype[number]))

    def _checked(self, returned: tuple[Any, ...]) -> list[Any]:
        # Of what backward returned for the arguments that which belongs to tensors.
        count = len(self.are_tensors)
        if len(returned) != count and not (len(returned) > count and all(g is None for g in returned[count:])):
            msg = (
                f"function {self.name()} returned an incorrect number of gradients "
                f"(expected {count}, got {len(returned)})"
            )
            raise RuntimeError(msg)
        gradients: list[Any] = []
        for position, (is_tensor, gradient) in enumerate(zip(self.are_tensors, returned, strict=False)):
            if not is_tensor:
                if gradient is not None:
                    msg = (
                        f"function {self.name()} returned a gradient different than None at position {position + 1}, "
                        "but the corresponding forward input was not a Variable"
                    )
                    raise RuntimeError(msg)
                continue
            if gradient is not None and not isinstance(gradient, TensorBase):
                msg = f"expected Variable or None (got {type(gradient).__name__})"
                raise RuntimeError(msg)
            gradients.append(gradient)
        for index, (gradient, edge) in enumerate(zip(gradients, self.next_edges, strict=True)):
            if gradient is not None and edge is not None:
                self._check(index, gradient._array, edge._array if edge.kind == LEAF else edge)
        return gradients

    def _check(self, index: int, gradient: np.ndarray[Any, Any], target: Any) -> None:
        given, expected = gradient.shape, target.shape
        if given != expected:
            trailing = given[len(given) - len(expected) :] if len(given) >= len(expected) else None
            if trailing is None or any(e not in {1, g} for e, g in zip(expected, trailing, strict=True)):
                msg = (
                    f"Function {self.name()} returned an invalid gradient at index {index} - got {list(given)} "
                    f"but expected shape compatible with {list(expected)}"
                )
                raise RuntimeError(msg)
        if gradient.dtype.kind == "c" and target.dtype.kind != "c":
            msg = (
                f"Function {self.name()} returned an invalid gradient at index {index} - got a complex one for an "
                "input that is real: return its real part"
            )
            raise RuntimeError(msg)


class SavedByFunction(SavedTensor):
    """One tensor that `save_for_backward` was given, as it stands in the node."""

    __slots__ = ()

    _node: FunctionNode

    def register_hooks(self, pack_hook: Any, unpack_hook: Any) -> None:
        """Put `pack_hook(tensor)` in place of the tensor now; backward then uses `unpack_hook` of that."""
        super().register_hooks(pack_hook, unpack_hook)
        node, number = self._node, self._number
        kept = node.kept[number]
        edge = None if kept is None or node.saved_edges[number] is not None else edge_of(kept)
        node.kept = (*node.kept[:number], edge, *node.kept[number + 1 :])

    def unpack(self) -> Any:
        """The tensor; raises RuntimeError where it was freed, or changed in place since."""
        return self._node.unpacked(self._number)


def edge_of(tensor: TensorBase) -> Any:
    """Where the gradient of a tensor goes; None where it requires none."""
    if not tensor._requires_grad:
        return None
    return tensor if tensor._edge is None else tensor._edge
