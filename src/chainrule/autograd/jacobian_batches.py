"""Jacobians as one batch of products with unit vectors: by forward mode, and by reverse mode with a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import autograd
from chainrule.engine.tensor_base import new_tensor

Tensors = tuple[Any, ...]


def rows_in_one_batch(outputs: Tensors, inputs: Tensors, create_graph: bool) -> list[Tensors]:
    """For each output the Jacobians for all inputs, by reverse mode, from one pass for all elements of all outputs."""
    from chainrule.func.jacobians import unit_vectors

    counts = [output.numel() for output in outputs]
    moving = [i for i, output in enumerate(outputs) if output.requires_grad]
    found: Any = [None] * len(inputs)
    if moving and sum(counts):
        (basis,) = unit_vectors(list(outputs))
        found = autograd.grad(
            [outputs[i] for i in moving],
            inputs,
            [basis[i] for i in moving],
            create_graph=create_graph,
            allow_unused=True,
            is_grads_batched=True,
        )
    columns = [
        input.new_zeros((sum(counts), *input.shape)) if rows is None else rows
        for rows, input in zip(found, inputs, strict=True)
    ]
    blocks = []
    start = 0
    for output, count in zip(outputs, counts, strict=True):
        stop = start + count
        shapes = [(*output.shape, *input.shape) for input in inputs]
        blocks.append(tuple([c[start:stop].reshape(shape) for c, shape in zip(columns, shapes, strict=True)]))
        start = stop
    return blocks


def jacobian_by_tangents(call: Callable[..., tuple[bool, Tensors]], inputs: Tensors) -> tuple[bool, list[Tensors]]:
    """Whether the outputs are a tuple, and for each the Jacobians for all inputs, by forward mode.

    `call(*inputs)`: whether the outputs are a tuple, and the outputs.
    """
    from chainrule.func.forward import jvp
    from chainrule.func.jacobians import split_columns, unit_vectors
    from chainrule.func.mapping import vmap

    are_tuple = False

    def outputs_of(*inputs: Any) -> Tensors:
        nonlocal are_tuple
        are_tuple, outputs = call(*inputs)
        return outputs

    (basis,) = unit_vectors(list(inputs))
    products = vmap(lambda *tangents: jvp(outputs_of, inputs, tangents)[1])(*basis)
    return are_tuple, [tuple(split_columns(product, list(inputs))) for product in products]


def gradient_by_recording(call: Callable[..., Any], inputs: Tensors) -> Tensors:
    """The gradient of a function of one element, which forward mode goes through."""
    from chainrule.func.arguments import ALL
    from chainrule.func.reverse import vjp_of_some

    output, pullback, _ = vjp_of_some(call, inputs, ALL, has_aux=False)
    gradients: Tensors = pullback(new_tensor(np.ones(output.shape, output._array.dtype)))
    return gradients
