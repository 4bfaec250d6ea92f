"""How convolutions run on a batch (see engine/batching_rules.py): as one, of more pictures or more groups."""

from __future__ import annotations

from typing import Any

from chainrule.engine.batching_rules import as_batch, size_of


def _beside(tensor: Any) -> Any:
    # (entries, pictures, channels, ...) as (pictures, entries * channels, ...).
    moved = tensor.movedim(0, 1)
    return moved.reshape((moved.shape[0], moved.shape[1] * moved.shape[2], *moved.shape[3:]))


def _below(tensor: Any) -> Any:
    # (entries, n, ...) as (entries * n, ...).
    return tensor.reshape((tensor.shape[0] * tensor.shape[1], *tensor.shape[2:]))


def convolution(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    """The rule of `convolution`: entries are more pictures, or more groups where each has a weight of its own."""
    self, weight, bias, *options, groups = values
    size = size_of(values, dims)
    if not dims[1] and not dims[2]:
        result = run(op, (_below(self), weight, bias, *options, groups))
        return result.reshape((size, self.shape[1], *result.shape[1:]))
    if dims[1]:
        self = _beside(as_batch(self, dims[0], size))
        result = run(op, (self, _below(weight), None, *options, groups * size))
        result = result.reshape((result.shape[0], size, -1, *result.shape[2:])).movedim(1, 0)
    else:
        result = (
            convolution(op, [self, weight, None, *options, groups], [dims[0], False, False], run) if dims[0] else None
        )
        if result is None:
            result = as_batch(run(op, (self, weight, None, *options, groups)), False, size)
    if bias is None:
        return result
    places = (1,) * (result.ndim - 3)
    return result + (bias.reshape((size, 1, -1, *places)) if dims[2] else bias.reshape((-1, *places)))


def convolution_weight(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    """The rule of the gradient for the weight: each entry's weight has groups of its own."""
    self, other, *options, groups = values
    size = size_of(values, dims)
    self, other = as_batch(self, dims[0], size), as_batch(other, dims[1], size)
    result = run(op, (_beside(self), _beside(other), *options, groups * size))
    return result.reshape((size, -1, *result.shape[1:]))
