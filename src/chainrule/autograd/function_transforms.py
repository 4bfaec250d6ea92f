"""Custom functions within the transforms of `func`: their tangents, and their batches.

A Function that says how it runs there (`jvp`, `vmap`, `generate_vmap_rule`) is taken at its word. For any other, tangents
come from its backward, which is linear in the gradients, and a batch is run entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from chainrule.autograd import function as functions
from chainrule.engine.batching import VmapLevel
from chainrule.engine.forward_mode import linear_transpose
from chainrule.engine.grad_flag import grad_enabled, is_grad_enabled
from chainrule.engine.interpreters import levels, variable_of
from chainrule.engine.tensor_base import TensorBase, new_tensor

Run = Callable[[Any, tuple[Any, ...]], Any]


class VmapInfo(NamedTuple):
    """What `Function.vmap` is told of the `vmap` that it runs in."""

    batch_size: int
    randomness: str


def apply_to_duals(
    function: Any, args: tuple[Any, ...], tangents: list[Any], run: Run, attach: Callable[[Any, Any], None]
) -> Any:
    """Apply a Function to dual tensors; `attach(outputs, tangents)` gives the outputs theirs."""
    if function.jvp is not functions.Function.jvp:
        outputs, context = function._apply_with_context(args)
        given = tangents
        if context.materialize_grads:
            given = [_zeros(a) if t is None and _moves(a) else t for a, t in zip(args, tangents, strict=True)]
        moved = context.apply_jvp(*given)
        attach(outputs, moved if isinstance(moved, tuple) else (moved,))
        return outputs
    outputs = run(function, args)
    around = levels()
    records = is_grad_enabled()
    token = grad_enabled.set(True)
    try:
        variables = [a if t is None else variable_of(a, around) for a, t in zip(args, tangents, strict=True)]
        again = run(function, tuple(variables))
        moved = linear_transpose(
            list(again) if isinstance(again, tuple) else [again],
            [v for v, t in zip(variables, tangents, strict=True) if t is not None],
            [t for t in tangents if t is not None],
            records=records,
        )
    finally:
        grad_enabled.reset(token)
    attach(outputs, moved)
    return outputs


def _moves(argument: Any) -> bool:
    return isinstance(argument, TensorBase) and argument._array.dtype.kind in "fc"


def _zeros(tensor: Any) -> Any:
    return new_tensor(np.zeros(tensor._array.shape, tensor._array.dtype))


def apply_to_batches(function: Any, level: VmapLevel, values: list[Any], dims: list[Any], run: Run) -> Any:
    """Apply a Function to batches: `values` have them with the entries first where `dims` says so."""
    if function.vmap is not functions.Function.vmap:
        if function.generate_vmap_rule:
            raise RuntimeError(
                f"You tried to vmap over {function.__name__}, but it has both generate_vmap_rule=True and an "
                "overriden vmap staticmethod. Please set generate_vmap_rule=False or delete the overriden vmap "
                "staticmethod to avoid ambiguity. For more details, please see "
                "https://pytorch.org/docs/main/notes/extending.func.html"
            )
        return _by_own_rule(function, level, values, dims)
    if function.generate_vmap_rule:
        return _generated(function, level, values, dims)
    rows = [run(function, tuple([v[i] if d else v for v, d in zip(values, dims, strict=True)])) for i in range(level.size)]
    if isinstance(rows[0], tuple):
        return tuple([_stacked(level, each) for each in zip(*rows, strict=True)])
    return _stacked(level, rows)


def _stacked(level: VmapLevel, rows: Any) -> Any:
    return level.wrap(np.stack(rows)) if isinstance(rows[0], TensorBase) else rows[0]


def _by_own_rule(function: Any, level: VmapLevel, values: list[Any], dims: list[Any]) -> Any:
    in_dims = tuple([_in_dims(d) for d in dims])
    returned = function.vmap(VmapInfo(level.size, level.randomness), in_dims, *values)
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise RuntimeError(
            f"Expected the {function.__name__} vmap staticmethod to have two returns, an output and out_dims with "
            "pytree structure compatible with the output."
        )
    output, out_dims = returned
    if isinstance(output, tuple):
        each = out_dims if isinstance(out_dims, tuple) else (out_dims,) * len(output)
        return tuple([_wrapped(level, o, d) for o, d in zip(output, each, strict=True)])
    return _wrapped(level, output, out_dims)


def _in_dims(batched: Any) -> Any:
    return tuple([0 if b else None for b in batched]) if isinstance(batched, list) else 0 if batched else None


def _wrapped(level: VmapLevel, output: Any, dim: int | None) -> Any:
    return output if dim is None or not isinstance(output, TensorBase) else level.wrap(output, dim)


class _EntryContext(functions.FunctionCtx):
    # The context that the methods of a Function see when these run on batched tensors.

    saved_tensors: tuple[Any, ...] = ()
    needs_input_grad: tuple[bool, ...] = ()
    to_save: Any = ()
    non_differentiable: Any = ()
    materialize_grads = True


def _generated(function: Any, level: VmapLevel, values: list[Any], dims: list[Any]) -> Any:
    # The Function's own methods, run on batched tensors, as the methods of a Function of whole batches.
    inner = VmapLevel(level.size, level.randomness, level.number)
    entry = _EntryContext()
    batched_outputs: list[bool] = []

    def wrapped(tensors: Any, which: Any) -> list[Any]:
        return [inner.wrap(t) if b and t is not None else t for t, b in zip(tensors, which, strict=True)]

    class Batch(functions.Function):
        @staticmethod
        def forward(ctx: Any, *values: Any) -> Any:
            entry.needs_input_grad = ctx.needs_input_grad
            with inner.entered():
                args = wrapped(values, dims)
                if function.setup_context is functions.Function.setup_context:
                    outputs = function.forward(entry, *args)
                else:
                    outputs = function.forward(*args)
                    function.setup_context(entry, tuple(args), outputs)
                several = outputs if isinstance(outputs, tuple) else (outputs,)
                saved = entry.to_save or ()
                ctx.saved_are_batched = [inner.owns(t) for t in saved]
                entries = [inner.entries(o) if isinstance(o, TensorBase) else o for o in several]
                by_id = {id(o): e for o, e in zip(several, entries, strict=True)}
                by_id.update({id(a): v for a, v in zip(args, values, strict=True)})
                ctx.save_for_backward(
                    *[by_id.get(id(t), t._value if own else t) for t, own in zip(saved, ctx.saved_are_batched, strict=True)]
                )
                own = {id(o) for o in entry.non_differentiable or ()}
                ctx.mark_non_differentiable(*[e for o, e in zip(several, entries, strict=True) if id(o) in own])
            entry.to_save = entry.non_differentiable = ()
            batched_outputs[:] = [isinstance(o, TensorBase) for o in several]
            return tuple(entries) if isinstance(outputs, tuple) else entries[0]

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            saved = ctx.saved_tensors
            with inner.entered():
                entry.saved_tensors = tuple(wrapped(saved, ctx.saved_are_batched))
                run = function.backward if function.vjp is functions.Function.vjp else function.vjp
                returned = run(entry, *wrapped(grads, batched_outputs))
                returned = returned if isinstance(returned, tuple) else (returned,)
                entry.saved_tensors = ()
                gradients = [g if not isinstance(g, TensorBase) else inner.entries(g) for g in returned]
            return tuple([g if b or g is None else g.sum(0) for g, b in zip(gradients, dims, strict=True)])

    Batch.__name__ = Batch.__qualname__ = function.__name__
    outputs = Batch.apply(*values)
    if isinstance(outputs, tuple):
        return tuple([level.wrap(o) if isinstance(o, TensorBase) else o for o in outputs])
    return level.wrap(outputs)
