"""Gradients for many gradients of outputs at once, and within `vmap` and `jvp`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.autograd.ends import check_gradient, described, require_scalar, torch_size
from chainrule.engine.batching import VmapLevel
from chainrule.engine.grad_mode import is_recording
from chainrule.engine.interpreters import levels, pull, wraps
from chainrule.engine.modes import op_interceptors
from chainrule.engine.tensor_base import TensorBase, new_tensor


def needs_levels(tensors: tuple[Any, ...]) -> bool:
    """Whether a running transform has more to say of one of these than its values."""
    if not op_interceptors.get():
        return False  # nearly always, and for nothing
    return any(isinstance(tensor, TensorBase) and wraps(tensor) for tensor in tensors)


def gradients_at_levels(
    roots: tuple[Any, ...], wanted: tuple[Any, ...], seeds: list[Any], *, keep_graph: bool, create_graph: bool
) -> list[Any]:
    """The gradients of tensors that `vmap` or `jvp` may have wrapped; None where there is none."""
    seeds = [seed if isinstance(seed, TensorBase) else new_tensor(seed) for seed in seeds]
    around = [level for level in levels() if any(map(level.owns, (*roots, *wanted)))]
    keep_graph = keep_graph or bool(around)
    return pull(
        list(roots), list(wanted), seeds, around, keep_graph=keep_graph, records=create_graph and is_recording()
    )


def gradients_of_batch(
    roots: tuple[Any, ...], gradients: tuple[Any, ...], run: Callable[[list[Any]], list[Any]]
) -> list[Any]:
    """The gradients for each entry of the first dimension of these, by `run`, called once with all."""
    size = _batch_size(roots, gradients)
    level = VmapLevel(size, "error", len(levels()) + 1)
    with level.entered():
        found = run([level.wrap(gradient) for gradient in gradients])
    return [None if g is None else level.unwrap(g) for g in found]


def _batch_size(roots: tuple[Any, ...], gradients: tuple[Any, ...]) -> int:
    sizes: list[int] = []
    for number, (root, gradient) in enumerate(zip(roots, gradients, strict=True)):
        one = described(root)
        if gradient is None:
            require_scalar(one.shape, one.dtype)
            raise ValueError(
                "vmap(vjp, in_dims=0, ...)(<inputs>): Got in_dim=0 for some input, but that input is a Tensor of "
                "dimensionality 0 so expected in_dim to satisfy 0 <= in_dim < 0. Give a gradient of the output with a "
                "first dimension for the batch."
            )
        entry = gradient
        if isinstance(gradient, TensorBase):
            shape = gradient._array.shape
            if not shape:
                raise IndexError(
                    "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
                    "convert a 0-dim tensor to a number"
                )
            if shape[1:] != one.shape:
                raise RuntimeError(
                    "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch "
                    "dimension. The sizes of the remaining dimensions are expected to match the shape of corresponding "
                    f"output, but a mismatch was detected: grad_output[{number}] has a shape of "
                    f"{torch_size(shape[1:])} and output[{number}] has a shape of {torch_size(one.shape)}. If you only "
                    "want some tensors in `grad_output` to be considered batched, consider using vmap."
                )
            sizes.append(shape[0])
            entry = new_tensor(np.broadcast_to(np.zeros((), gradient._array.dtype), one.shape))
        check_gradient(number, entry, one.shape, one.dtype)
    if len(set(sizes)) > 1:
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return sizes[0]
