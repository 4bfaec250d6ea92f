"""What a node computes from the gradient that arrived, for all its edges at once.

The walk (backward.py) does the same edge by edge, without the list, for the nodes that nothing else happens at.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from chainrule.engine.broadcasting import sum_to_shape
from chainrule.engine.entrywise import entrywise
from chainrule.engine.modes import op_interceptors
from chainrule.engine.node import GROUP, NOTHING, Node, OwnNode
from chainrule.engine.saved import as_tensors, gather, unpacked
from chainrule.engine.tensor_base import LEAF, TensorBase, new_tensor
from chainrule.engine.zero_gradients import with_zeros


def evaluate(node: Node, grad: Any, *, keep_graph: bool, create_graph: bool, rules: Any = None) -> list[Any]:
    """The gradient for each edge of a node, None where none is wanted; saved values are left alone.

    `rules`: in place of the node's own, when somebody watches them.
    """
    if isinstance(node, OwnNode):
        return node.gradients(grad, keep_graph=keep_graph, create_graph=create_graph)
    saved = unpacked(node)
    if create_graph and node.saved_count:
        saved = as_tensors(node, saved)
    gradients: list[Any] = []
    groups: dict[Any, Any] = {}
    in_levels = create_graph and bool(op_interceptors.get())
    for edge, (formula, code, at) in zip(node.next_edges, node.rules if rules is None else rules, strict=True):
        if in_levels and code != GROUP:
            formula = entrywise(formula)  # noqa: PLW2901
        if edge is None:
            gradients.append(None)
        elif code == GROUP:
            if formula not in groups:
                run = entrywise(formula) if in_levels else formula
                groups[formula] = run(grad, *gather(node, saved, at[0]))
            gradients.append(groups[formula][at[1]])
        elif code == NOTHING:
            gradients.append(formula(grad))
        else:
            gradients.append(formula(grad, *gather(node, saved, at)))
        if code != GROUP and edge is not None:
            gradients[-1] = with_zeros(node, formula, code, at, grad, gradients[-1], saved)
    return gradients


def is_undefined(grad: Any, node: Node) -> bool:
    """Whether nothing came, for any output; a custom function runs all the same, and is given zeros."""
    if not isinstance(grad, list):
        return grad is None
    if isinstance(node, OwnNode):
        return False
    for each in grad:  # noqa: SIM110 (making a generator would take longer)
        if each is not None:
            return False
    return True


def as_rules_take_it(node: Node, grads: list[Any], *, create_graph: bool) -> Any:
    """The gradients of a node's several outputs, as formulas of `grads` take them; else that of the first output."""
    if node.takes_grads:
        return tuple(grads)
    if grads[0] is None:
        zeros = np.zeros(node.shape[0], node.dtype[0])
        return new_tensor(zeros) if create_graph else zeros
    return grads[0]


def fit(gradient: Any, edge: Any, node: Node, *, create_graph: bool) -> Any:
    """A gradient as what it belongs to: of its shape (broadcasting undone) and type, a tensor where `create_graph`."""
    if gradient is None:
        return None
    if create_graph:
        return fit_tensor(gradient, edge, node)
    return fit_array(gradient, edge._array if edge.kind == LEAF else edge, node)


def fit_array(gradient: Any, target: Any, node: Node) -> Any:
    """A gradient as an array of the shape and type of `target`."""
    shape = target.shape
    if gradient.shape != shape:
        gradient = _sum_to(gradient, shape, node)
    if gradient.dtype != target.dtype:
        if gradient.dtype.kind == "c" and target.dtype.kind != "c":
            gradient = gradient.real
        gradient = gradient.astype(target.dtype)
    return gradient


def fit_tensor(gradient: Any, edge: Any, node: Node) -> Any:
    """A gradient as a tensor of the shape and type of what `edge` leads to."""
    if isinstance(edge, Node) and isinstance(gradient, TensorBase):
        # Nearly always both are results of recorded operations: their nodes know more quickly than arrays.
        made_by = gradient._edge
        if isinstance(made_by, Node) and made_by.dtype is edge.dtype and made_by.shape == edge.shape:
            return gradient
    target = edge._array if edge.kind == LEAF else edge
    if not isinstance(gradient, TensorBase):
        gradient = new_tensor(gradient if isinstance(gradient, ndarray) else np.asarray(gradient))
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


def note_place(error: Exception, node: Node) -> None:
    """Add to an error in a formula of this node which line recorded it, where the error does not tell."""
    told = "\n".join([str(error), *getattr(error, "__notes__", ())])
    if node.place is not None and str(node.place) not in told:
        error.add_note(f"  In the backward pass, at {node.name()}, recorded at {node.place}")
