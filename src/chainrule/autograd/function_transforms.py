"""Custom functions within the transforms of `func`: their tangents, and their batches.

A Function that says how it runs there (`jvp`, `vmap`, `generate_vmap_rule`) is taken at its word. For any other,
tangents come from its backward, which is linear in the gradients, and a batch is run entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from chainrule.autograd import function as functions
from chainrule.engine.batching import VmapLevel
from chainrule.engine.forward_mode import is_in_a_graph, linear_transpose
from chainrule.engine.grad_flag import grad_enabled, is_grad_enabled
from chainrule.engine.grad_mode import no_grad
from chainrule.engine.interpreters import levels, variable_of
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.func.forward import check_tangent

Run = Callable[[Any, tuple[Any, ...]], Any]


class VmapInfo(NamedTuple):
    """What `Function.vmap` is told of the `vmap` that it runs in."""

    batch_size: int
    randomness: str


class _Context(functions.FunctionCtx):
    # The context that a Function's methods see when they run on what is not the call's own tensors.

    saved_tensors: tuple[Any, ...] = ()
    needs_input_grad: tuple[bool, ...] = ()
    to_save: Any = ()
    saved_for_forward: Any = ()
    non_differentiable: Any = ()
    dirty_tensors: Any = ()
    materialize_grads = True


def apply_to_duals(
    function: Any, args: tuple[Any, ...], tangents: list[Any], run: Run, attach: Callable[[Any, Any], None]
) -> Any:
    """Apply a Function to dual tensors; `attach(outputs, tangents)` gives the outputs theirs."""
    if function.jvp is not functions.Function.jvp:
        return _by_own_jvp(function, args, tangents, run, attach)
    outputs = run(function, args)
    around = levels()
    records = is_grad_enabled() and any(map(is_in_a_graph, (*args, *tangents)))
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


def _by_own_jvp(
    function: Any, args: tuple[Any, ...], tangents: list[Any], run: Run, attach: Callable[[Any, Any], None]
) -> Any:
    context = _Context()
    context.needs_input_grad = tuple([t is not None for t in tangents])
    if function.setup_context is functions.Function.setup_context:
        outputs = function._apply_with_context(args, context.__dict__)[0]
    else:
        outputs = run(function, args)
        with no_grad():
            function.setup_context(context, args, outputs)
    context.saved_tensors = tuple(context.saved_for_forward)
    given = tangents
    if context.materialize_grads:
        given = [_zeros(a) if t is None and _moves(a) else t for a, t in zip(args, tangents, strict=True)]
    moved = function.jvp(context, *given)
    several = outputs if isinstance(outputs, tuple) else (outputs,)
    moved = moved if isinstance(moved, tuple) else (moved,)
    if len(moved) != len(several):
        raise RuntimeError(
            "Function's jvp returned an invalid number of forward gradients "
            f"(expected {len(several)} but got {len(moved)})"
        )
    for output, tangent in zip(several, moved, strict=True):
        if tangent is not None and _moves(output):
            check_tangent(output, tangent)
    # Tangents are changed in place with their tensors.
    moved = tuple([t.clone() if any(t is g for g in given) else t for t in moved])
    constants = {id(t) for t in context.non_differentiable or ()}
    attach(outputs, tuple([None if id(o) in constants else t for o, t in zip(several, moved, strict=True)]))
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
                "overridden vmap staticmethod. Please set generate_vmap_rule=False or delete the overridden vmap "
                "staticmethod to avoid ambiguity. For more details, please see "
                "https://pytorch.org/docs/main/notes/extending.func.html"
            )
        return _by_own_rule(function, level, values, dims)
    if function.generate_vmap_rule and function.setup_context is not functions.Function.setup_context:
        return _generated(function, level, values, dims)
    rows = [
        run(function, tuple([v[i] if d else v for v, d in zip(values, dims, strict=True)])) for i in range(level.size)
    ]
    if isinstance(rows[0], tuple):
        return tuple([_stacked(level, each) for each in zip(*rows, strict=True)])
    return _stacked(level, rows)


def _stacked(level: VmapLevel, rows: Any) -> Any:
    return level.wrap(np.stack(rows)) if isinstance(rows[0], TensorBase) else rows[0]


def _by_own_rule(function: Any, level: VmapLevel, values: list[Any], dims: list[Any]) -> Any:
    in_dims = tuple([_in_dims(d) for d in dims])
    returned = function.vmap(VmapInfo(level.size, level.randomness), in_dims, *values)
    if not isinstance(returned, tuple) or len(returned) != 2:
        got = f"{len(returned)} returns" if isinstance(returned, tuple) else f"a {type(returned)}"
        raise RuntimeError(
            "Expected the vmap staticmethod to have two returns, an output and out_dims with pytree structure "
            f"compatible with the output. Got {got} instead"
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


def _generated(function: Any, level: VmapLevel, values: list[Any], dims: list[Any]) -> Any:
    outputs = _of_batches(function, level, dims).apply(*values)
    if isinstance(outputs, tuple):
        return tuple([_wrapped(level, output, 0) for output in outputs])
    return _wrapped(level, outputs, 0)


def _of_batches(function: Any, level: VmapLevel, dims: list[Any]) -> Any:
    # The Function of whole batches whose methods are those of this one, run on batched tensors.
    inner = VmapLevel(level.size, level.randomness, level.number)

    def wrapped(tensors: Any, are_batched: Any) -> tuple[Any, ...]:
        return tuple([_batched(inner, t, b) for t, b in zip(tensors, are_batched, strict=True)])

    def entries(outputs: Any) -> Any:
        if isinstance(outputs, tuple):
            return tuple([entries(output) for output in outputs])
        return inner.entries(outputs) if isinstance(outputs, TensorBase) else outputs

    def saved(tensors: Any) -> tuple[list[Any], list[bool]]:
        return [t._value if inner.owns(t) else t for t in tensors], [inner.owns(t) for t in tensors]

    class Batch(functions.Function):
        @staticmethod
        def forward(*values: Any) -> Any:
            with inner.entered():
                return entries(function.forward(*wrapped(values, dims)))

        @staticmethod
        def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
            ctx.entry = entry = _Context()
            entry.needs_input_grad = ctx.needs_input_grad
            several = output if isinstance(output, tuple) else (output,)
            args, outputs = wrapped(inputs, dims), wrapped(several, [True] * len(several))
            with inner.entered():
                function.setup_context(entry, args, outputs if isinstance(output, tuple) else outputs[0])
            for_backward, ctx.for_backward = saved(entry.to_save)
            for_forward, ctx.for_forward = saved(entry.saved_for_forward)
            ctx.save_for_backward(*for_backward)
            ctx.save_for_forward(*for_forward)
            ctx.mark_non_differentiable(*saved(entry.non_differentiable)[0])
            ctx.mark_dirty(*saved(entry.dirty_tensors)[0])
            ctx.set_materialize_grads(entry.materialize_grads)
            entry.to_save = entry.saved_for_forward = entry.non_differentiable = entry.dirty_tensors = ()

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            run = function.backward if function.vjp is functions.Function.vjp else function.vjp
            with inner.entered():
                ctx.entry.saved_tensors = wrapped(ctx.saved_tensors, ctx.for_backward)
                returned = entries(run(ctx.entry, *wrapped(grads, [True] * len(grads))))
                ctx.entry.saved_tensors = ()
            gradients = returned if isinstance(returned, tuple) else (returned,)
            if len(gradients) != len(dims):
                return gradients  # which are refused
            return tuple([g if b or g is None else g.sum(0) for g, b in zip(gradients, dims, strict=True)])

    if function.jvp is not functions.Function.jvp:

        def jvp(ctx: Any, *tangents: Any) -> Any:
            with inner.entered():
                ctx.entry.saved_tensors = wrapped(ctx.saved_tensors, ctx.for_forward)
                moved = entries(function.jvp(ctx.entry, *wrapped(tangents, dims)))
                ctx.entry.saved_tensors = ()
            return moved

        Batch.jvp = staticmethod(jvp)  # type: ignore[method-assign]
    Batch.__name__ = Batch.__qualname__ = function.__name__
    return Batch


def _batched(level: VmapLevel, tensor: Any, which: Any) -> Any:
    if isinstance(which, list):
        return type(tensor)([_batched(level, t, b) for t, b in zip(tensor, which, strict=True)])
    return level.wrap(tensor) if which and isinstance(tensor, TensorBase) else tensor
