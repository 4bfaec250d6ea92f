"""Saved values: taken out of a node, checked against in-place changes, and turned back into tensors.

A node saves arrays, not tensors, so that a saved result does not keep result -> node -> result alive. In a
differentiable backward pass they are wrapped again: a saved input gets back the edge it came in by, a saved result the
node itself.
"""

from __future__ import annotations

import re
from typing import Any

from chainrule.engine.grad_mode import no_grad
from chainrule.engine.modes import saved_tensors_hooks
from chainrule.engine.node import Formula, GradientEdge, Node, hooks_of
from chainrule.engine.op import any_view
from chainrule.engine.places import Place
from chainrule.engine.shared_memory import SharedStamp, is_unchanged
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.engine.versions import (
    SHARED,
    changes,
    changes_in_stamp,
    changes_of_all_kinds,
    last_node_name,
    new_counter,
    shared_by,
    stamp,
    writes,
)

SECOND_BACKWARD = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been "
    "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
    "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors "
    "after calling backward."
)
HOOKS_FOR_WHAT_WAS_FREED = (
    "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the graph are "
    "freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time or if you need to access saved variables after calling backward."
)


def gather(node: Node, saved: tuple[Any, ...] | None, getters: tuple[Any, ...]) -> list[Any]:
    """The arguments of a formula, in its order: saved tensors (checked), lists of them, and plain values."""
    if saved is None:
        raise freed_error(node)
    values: list[Any] = []
    for g in getters:
        if isinstance(g, int):
            if g >= 0:
                if saved[g + 1][0] != saved[g + 2]:
                    check_version(node, saved, g)
                values.append(saved[g])
            else:
                values.append(node.arguments[~g])
        elif isinstance(g, list):
            for at in g:
                check_version(node, saved, at)
            values.append([saved[at] for at in g])
        else:
            values.append(g)
    return values


def call_formula(
    node: Node, formula: Formula, grad: Any, saved: tuple[Any, ...] | None, getters: tuple[Any, ...]
) -> Any:
    """A formula with everything it asks for."""
    values = gather(node, saved, getters)
    if len(values) == 2:  # nearly always; and compiled code takes long to make arguments of a list
        return formula(grad, values[0], values[1])
    return formula(grad, *values)


def freed_error(node: Node, message: str = SECOND_BACKWARD) -> RuntimeError:
    """PyTorch's error for saved values that were let go, and the line of the program that let them go."""
    told = f"\n  {node.name()} was recorded at {node.place}" if node.place else ""
    if isinstance(node.first, Place):
        told = f"\n  The graph was freed by the backward pass at {node.first}{told}"
    return RuntimeError(message + told)


def check_version(node: Node, saved: tuple[Any, ...] | None, at: int) -> None:
    """Raise when the tensor saved at `at` was changed in place since, or all of them freed."""
    if saved is None:
        raise freed_error(node)
    array, counter, stamped = saved[at : at + 3]
    if counter[0] != stamped:
        if type(stamped) is int and not counter[0] & SHARED:
            unchanged = stamped == -changes_of_all_kinds(counter)
        else:
            unchanged = is_unchanged(counter, array._array if isinstance(array, TensorBase) else array, stamped)
        if not unchanged:
            raise modified_error(node, saved, at)


def modified_error(node: Node, saved: tuple[Any, ...], at: int) -> RuntimeError:
    """PyTorch's error for a saved tensor that was changed, with the lines that saved it and changed (or shared) it."""
    from chainrule.dtypes import scalar_type_name

    array, counter, stamped = saved[at : at + 3]
    if isinstance(array, TensorBase):
        array = array._array
    source = node.saved_edges[at // 3] if node.saved_edges else None
    origin: Any = node if source is not None and source < 0 else None if source is None else node.next_edges[source]
    output_nr = ~source if source is not None and source < 0 else 0
    if isinstance(origin, GradientEdge):
        origin, output_nr = origin.node, origin.output_nr
    made_by = ""
    if isinstance(origin, Node):
        # An input that an in-place operation changed is that operation's result now, or a view of it; a saved result
        # remains its own.
        written_by = "" if origin is node else any_view().node_name if _is_view(origin) else last_node_name(counter)
        made_by = f", which is output {output_nr} of {function_name(written_by or origin.name())},"
    shape = ", ".join(map(str, array.shape))
    variable = f"[torch.{scalar_type_name(array.dtype)}Tensor [{shape}]]{made_by}"
    told = f"\n  {node.name()} needs the values as they were at {node.place}" if node.place else ""
    expected = stamped.changes if isinstance(stamped, SharedStamp) else changes_in_stamp(stamped)
    if expected == changes(counter):
        operation, place = stamped.told if isinstance(stamped, SharedStamp) else shared_by(counter)
        return RuntimeError(
            "one of the variables needed for gradient computation has been modified through NumPy, which shares its "
            f"memory: {variable.removesuffix(',')}.{told}"
            f"\n  memory shared with NumPy by {operation} at {place or 'a line that was not recorded'}"
            "\n  Let one side have a copy (torch.tensor(array), x.clone(), array.copy()), or change the array after "
            "backward()."
        )
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"{variable} is at version {changes(counter)}; expected version {expected} instead. Hint: enable anomaly "
        "detection to find the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True, check_nan=False)."
        f"{told}{_what_changed(counter, changes(counter) - expected)}"
    )


def _is_view(node: Node) -> bool:
    return node.op is not None and node.op.view and not node.op.results


def _what_changed(counter: bytearray, since: int) -> str:
    changed = writes(counter)[-since:]
    lines = [f"changed {since} times, of which the last are:"] if since > len(changed) else []
    lines += [f"changed in place by {write}" for write in changed]
    if any(write.operation.endswith(".step") for write in changed):
        lines.append(
            "An optimizer's step() changes the parameters in place: call every backward() that needs them before it, "
            "or compute the loss again after it."
        )
    elif changed:
        lines.append(
            "Change a copy instead (x = x.clone() before the change, or the operation without the underscore), "
            "or make the change after backward()."
        )
    return "".join("\n  " + line for line in lines)


class Packed:
    """What a saved-tensor pack hook gave for a tensor, and the hook that unpacks it.

    `counter`, `stamp`: those of the tensor that was packed; the unpack hook may hand back its very memory.
    """

    __slots__ = ("counter", "stamp", "unpack_hook", "value")

    def __init__(self, value: Any, unpack_hook: Any, counter: bytearray, stamped: Any) -> None:
        self.value = value
        self.unpack_hook = unpack_hook
        self.counter = counter
        self.stamp = stamped

    def unpack(self, node: Node, number: int) -> Any:
        """The array that the unpack hook gives back for the node's saved tensor of this number."""
        tensor = self.unpack_hook(self.value)
        if not isinstance(tensor, TensorBase):
            msg = (
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(tensor).__name__}"
            )
            raise TypeError(msg)
        if tensor._version_counter is self.counter:
            before = (None,) * 3 * number
            check_version(node, (*before, tensor._array, self.counter, self.stamp), 3 * number)
        return tensor._array


PACK_HOOK_CHANGED = (
    "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot be "
    "modified by in-place operations as this can lead to unexpected side-effects. Please open an issue if you need to "
    "perform in-place operations on the input to a pack hook."
)


def pack_tensor(tensor: TensorBase, hooks: tuple[Any, Any]) -> Packed:
    """What is saved in place of a tensor's array while saved-tensor hooks are active."""
    pack_hook, unpack_hook = hooks
    counter = tensor._version_counter
    stamped = stamp(counter, tensor._array)
    before = changes(counter)
    with no_grad():
        value = pack_hook(tensor)
    if changes(counter) != before:
        raise RuntimeError(PACK_HOOK_CHANGED)
    return Packed(value, unpack_hook, counter, stamped)


def pack_all(node: Node, args: tuple[Any, ...]) -> None:
    """Pack what a node of these arguments has just saved, if saved-tensor hooks are active."""
    active = saved_tensors_hooks.get()
    saved = node.saved
    if not active or not saved or not node.save_plan:
        return
    packed: list[Any] = []
    for number, source in enumerate(node.save_plan):
        array, counter = saved[3 * number : 3 * number + 2]
        given: Any = None
        if isinstance(source, tuple):
            given = args[source[0]][source[1]]
        elif source >= 0:
            given = args[source]
        if not isinstance(given, TensorBase) or given._array is not array:
            given = with_history(node, number, array, counter)
        packed += (pack_tensor(given, active[-1]), new_counter(), 0)
    node.save(tuple(packed))
    hooks_of(node).packed = True


def unpacked(node: Node) -> tuple[Any, ...] | None:
    """The saved entries of a node with what was packed unpacked."""
    saved = node.saved
    if not saved or node.hooks is None or not node.hooks.packed:
        return saved
    return tuple(entry.unpack(node, at // 3) if isinstance(entry, Packed) else entry for at, entry in enumerate(saved))


def function_name(node_name: str) -> str:
    """A node's name without the `Backward0` behind it, as PyTorch's messages have it."""
    return re.sub(r"Backward\d*$", "", node_name)


def as_tensors(node: Node, saved: tuple[Any, ...] | None) -> tuple[Any, ...]:
    """The saved triples with tensors that know their history in place of arrays, for a differentiable backward."""
    if saved is None:
        raise freed_error(node)
    wrapped = list(saved)
    for at in range(0, len(saved), 3):
        if saved[at] is not None and saved[at + 1] is not None:
            wrapped[at] = with_history(node, at // 3, saved[at], saved[at + 1])
    return tuple(wrapped)


def with_history(node: Node, number: int, array: Any, counter: bytearray | None) -> TensorBase:
    """A node's saved tensor of this number: a leaf itself, else a tensor over the array with the history it had."""
    source = node.saved_edges[number]
    edge: Any = None
    if source is not None:
        if source >= 0:
            edges = node.more_edges
            edge = edges[source] if edges is not None else node.other_edge if source else node.edge
        elif isinstance(node.dtype, tuple):
            edge = GradientEdge(node, ~source, node.shape[~source], node.dtype[~source])
            edge = edge if edge.dtype.kind in "fc" else None
        else:
            edge = node
        if isinstance(edge, TensorBase) and edge._array is array:
            return edge
    return new_tensor(array, edge, counter)
