"""Jacobians and Hessians: the products of `vjp` or `jvp` with all unit vectors, taken as one batch."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from chainrule.engine.batched import gradients_of_rows
from chainrule.engine.interpreters import edge_of, levels
from chainrule.engine.tensor_base import LEAF, new_tensor
from chainrule.func.arguments import ALL, Argnums, positions, refuse_complex, selected
from chainrule.func.forward import check_tangent, jvp_of_some
from chainrule.func.mapping import check_randomness, chunk_sizes, vmap
from chainrule.func.reverse import Pullback, vjp_of_some
from chainrule.func.tree_maps import tree_map
from chainrule.func.trees import tree_flatten, tree_leaves
from chainrule.ops.joining import cat
from chainrule.tensor import Tensor


def jacrev(
    func: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable[..., Any]:
    """A function that gives the Jacobian of `func`, by reverse mode: for fewer outputs than inputs.

    Args:
        func: takes real tensors, alone or in containers, and gives real tensors, alone or in containers.
        argnums: the argument that is differentiated, by its number; a tuple for several.
        has_aux: `func` gives `(output, aux)`, and the result is `(jacobian, aux)`.
        chunk_size: at most so many rows at once, for less memory; 1 for one after another.

    The Jacobian is of the structure of the output, with that of the argument in place of each tensor (a tuple for
    several arguments), and in place of each of its tensors one of the output's shape followed by the input's.

    >>> import chainrule as torch
    >>> torch.func.jacrev(lambda x: x * x)(torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def jacobian(*args: Any) -> Any:
        refuse_complex("jacrev", args, "inputs")
        output, pullback, aux = vjp_of_some(func, args, argnums, has_aux=has_aux)
        outputs, out_structure = tree_flatten(output)
        refuse_complex("jacrev", outputs, "outputs")
        columns = _all_rows(pullback) or _rows_in_batches(pullback, chunk_size)
        inputs = pullback.recording.variables
        of_outputs = []
        start = 0
        for each in outputs:
            stop = start + each.numel()
            rows = [
                column[start:stop].reshape((*each.shape, *i.shape)) for column, i in zip(columns, inputs, strict=True)
            ]
            of_outputs.append(pullback.recording.structure.unflatten(rows))
            start = stop
        found = out_structure.unflatten(of_outputs)
        return (found, aux) if has_aux else found

    return jacobian


def _all_rows(pullback: Pullback) -> list[Any] | None:
    # All rows in one walk of the graph, with no tensor made: where nothing wraps or records what is computed.
    recording = pullback.recording
    if recording.records or levels() or any(v.kind != LEAF or v._edge is not None for v in recording.variables):
        return None
    leaves = tuple(recording.variables)
    blocks: list[list[Any]] = []
    for output in recording.outputs:
        array = output._array
        found: list[Any] | None = [None] * len(leaves)
        if output.requires_grad and array.size:
            found = gradients_of_rows(edge_of(output), array.shape, array.dtype, leaves)
        if found is None:
            return None
        blocks.append(
            [
                np.zeros((array.size, *leaf._array.shape), leaf._array.dtype) if rows is None else rows
                for rows, leaf in zip(found, leaves, strict=True)
            ]
        )
    return [
        new_tensor(column[0] if len(column) == 1 else np.concatenate(column)) for column in zip(*blocks, strict=True)
    ]


def _rows_in_batches(pullback: Pullback, chunk_size: int | None) -> list[Any]:
    # For each input the rows of all outputs, one below the other.
    one_by_one = chunk_size == 1 or sum([output.numel() for output in pullback.recording.outputs]) == 1
    chunks = []
    for basis in unit_vectors(pullback.recording.outputs, chunk_size):
        if one_by_one:
            row = pullback(pullback.structure.unflatten([each[0] for each in basis]))
            chunks.append([each.unsqueeze(0) for each in tree_leaves(row)])
        else:
            chunks.append(tree_leaves(vmap(pullback)(pullback.structure.unflatten(basis))))
    if len(chunks) == 1:
        return chunks[0]
    return [cat(column) for column in zip(*chunks, strict=True)]


def unit_vectors(tensors: list[Any], chunk_size: int | None = None) -> Iterator[list[Any]]:
    """All vectors that are 1 in one element of these tensors and 0 elsewhere, along the first dimension of each.

    In chunks of `chunk_size`: each has a part for each tensor.
    """
    counts = [tensor.numel() for tensor in tensors]
    total = sum(counts)
    start = 0
    for size in chunk_sizes(total, chunk_size or total) if total else [0]:
        chunk = []
        before = 0
        for tensor, count in zip(tensors, counts, strict=True):
            rows = np.zeros((size, count), tensor._array.dtype)
            inside = np.arange(max(start, before), min(start + size, before + count))
            rows[inside - start, inside - before] = 1
            chunk.append(new_tensor(rows.reshape((size, *tensor.shape))))
            before += count
        yield chunk
        start += size


def jacfwd(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Callable[..., Any]:
    """A function that gives the Jacobian of `func`, by forward mode: for more outputs than inputs.

    The arguments and the result are those of `jacrev`; `randomness` is as in `vmap`.

    >>> import chainrule as torch
    >>> torch.func.jacfwd(lambda x: x * x)(torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    @functools.wraps(func)
    def jacobian(*args: Any) -> Any:
        check_randomness(randomness)
        refuse_complex("jacfwd", args, "inputs")
        where = ALL if argnums is None else positions(argnums, len(args))
        inputs, structure = tree_flatten(selected(args, where))
        (basis,) = unit_vectors(inputs)

        def push(direction: Any) -> Any:
            output, product, aux = jvp_of_some(func, args, direction, where, strict=False, has_aux=has_aux)
            refuse_complex("jacfwd", output, "outputs")
            return (product, aux) if has_aux else product

        found = vmap(push, randomness=randomness)(structure.unflatten(basis))
        products, aux = found if has_aux else (found, None)

        jacobians = tree_map(lambda product: structure.unflatten(split_columns(product, inputs)), products)
        return (jacobians, tree_map(lambda each: each[0], aux)) if has_aux else jacobians

    return jacobian


def split_columns(product: Any, inputs: list[Any]) -> list[Any]:
    """The Jacobians for each of these inputs, from the products with all their unit vectors, one below the other."""
    columns = product.movedim(0, -1)
    parts = []
    start = 0
    for each in inputs:
        stop = start + each.numel()
        parts.append(columns[..., start:stop].reshape((*product.shape[1:], *each.shape)))
        start = stop
    return parts


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that gives the second derivatives of `func`: the Jacobian of its Jacobian.

    The arguments are those of `jacrev`. Within other transforms it is forward mode over reverse mode, `jacfwd(jacrev)`;
    elsewhere reverse mode over reverse mode, which has the values of `func` and its gradient once for all rows.

    >>> import chainrule as torch
    >>> torch.func.hessian(lambda x: (x**3).sum())(torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    gradient = jacrev(func, argnums)
    within, alone = jacfwd(gradient, argnums), jacrev(gradient, argnums)

    @functools.wraps(func)
    def second_derivatives(*args: Any) -> Any:
        if levels():
            return within(*args)
        refuse_complex("jacfwd", args, "inputs")
        for each in tree_leaves(selected(args, positions(argnums, len(args)))):
            if isinstance(each, Tensor):
                check_tangent(each, each)
        return alone(*args)

    return second_derivatives
