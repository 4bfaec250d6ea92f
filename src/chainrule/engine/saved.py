"""Saved values: taken out of a node, checked against in-place changes, and turned back into tensors.

A node saves arrays, not tensors, so that a saved result does not keep result -> node -> result alive. In a
differentiable backward pass they are wrapped again: a saved input gets back the edge it came in by, a saved result the
node itself.
"""

from __future__ import annotations

import re
from typing import Any

from chainrule.engine.node import Formula, GradientEdge, Node
from chainrule.engine.tensor_base import LEAF, TensorBase, new_tensor
from chainrule.engine.versions import changes, last_writer, stamp

SECOND_BACKWARD = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been "
    "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
    "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors "
    "after calling backward."
)


def gather(node: Node, saved: tuple[Any, ...] | None, getters: tuple[Any, ...]) -> list[Any]:
    """The arguments of a formula, in its order: saved tensors (checked), lists of them, and plain values."""
    if saved is None:
        raise RuntimeError(SECOND_BACKWARD)
    values: list[Any] = []
    for g in getters:
        if isinstance(g, int):
            if g >= 0:
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
    return formula(grad, *gather(node, saved, getters))


def check_version(node: Node, saved: tuple[Any, ...] | None, at: int) -> None:
    """Raise when the tensor saved at `at` was changed in place since, or all of them freed."""
    if saved is None:
        raise RuntimeError(SECOND_BACKWARD)
    counter = saved[at + 1]
    if counter[0] != saved[at + 2] and stamp(counter) != saved[at + 2]:
        raise modified_error(node, saved, at)


def modified_error(node: Node, saved: tuple[Any, ...], at: int) -> RuntimeError:
    """PyTorch's error for a saved tensor that was changed in place."""
    from chainrule.dtypes import scalar_type_name

    array, counter, stamped = saved[at : at + 3]
    if isinstance(array, TensorBase):
        array = array._array
    source = node.saved_edges[at // 3]
    origin: Any = node if source is not None and source < 0 else None if source is None else node.next_edges[source]
    output_nr = ~source if source is not None and source < 0 else 0
    if isinstance(origin, GradientEdge):
        origin, output_nr = origin.node, origin.output_nr
    made_by = ""
    if isinstance(origin, Node):
        # An input that an in-place operation changed is that operation's result now; a saved result remains its own.
        written_by = (last_writer(counter) if origin is not node else "") or origin.name()
        made_by = f", which is output {output_nr} of {function_name(written_by)},"
    shape = ", ".join(map(str, array.shape))
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[torch.{scalar_type_name(array.dtype)}Tensor [{shape}]]{made_by} is at version {changes(counter)}; "
        f"expected version {-stamped} instead. Hint: enable anomaly detection to find the operation that failed to "
        "compute its gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )


def function_name(node_name: str) -> str:
    """A node's name without the `Backward0` behind it, as PyTorch's messages have it."""
    return re.sub(r"Backward\d*$", "", node_name)


def as_tensors(node: Node, saved: tuple[Any, ...] | None) -> tuple[Any, ...]:
    """The saved triples with tensors that know their history in place of arrays, for a differentiable backward."""
    if saved is None:
        raise RuntimeError(SECOND_BACKWARD)
    wrapped = list(saved)
    for number, source in enumerate(node.saved_edges):
        at = 3 * number
        edge: Any = None
        if source is not None:
            if source >= 0:
                edge = node.next_edges[source]
            elif isinstance(node.shape, tuple) and isinstance(node.dtype, tuple):
                edge = GradientEdge(node, ~source, node.shape[~source], node.dtype[~source])
                edge = edge if edge.dtype.kind in "fc" else None
            else:
                edge = node
        if edge is not None and edge.kind == LEAF and edge._array is saved[at]:
            wrapped[at] = edge
        elif saved[at + 1] is not None:
            wrapped[at] = new_tensor(saved[at], edge, saved[at + 1])
    return tuple(wrapped)
