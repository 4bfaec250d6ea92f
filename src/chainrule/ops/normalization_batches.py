"""How normalizations run on a batch (see engine/batching_rules.py)."""

from __future__ import annotations

from typing import Any

from chainrule.engine.batching_rules import as_batch, of_rank, rank_of, size_of


def _fresh(found: Any) -> Any:
    return None if found is None else []


def over_last(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    """The rule of `layer_norm` and `rms_norm`: rows of all entries, then each entry's own weight and bias."""
    parameters = [i for i in op.tensor_positions[1:] if values[i] is not None]
    if not any(dims[i] for i in parameters):
        return run(op, tuple(values))
    if not dims[0]:
        return NotImplemented
    plain = [None if i in parameters else v for i, v in enumerate(values)]
    plain[-1] = _fresh(values[-1])
    result = run(op, tuple(plain))
    rank = rank_of(values[0], True)
    for i in parameters:
        parameter = of_rank(values[i], True, rank) if dims[i] else values[i]
        result = result + parameter if op.parameters[i] == "bias" else result * parameter
    return result


def over_groups(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    """The rule of `group_norm`: entries are more pictures, each with its own weight and bias."""
    self, groups, weight, bias, eps, found = values
    size = size_of(values, dims)
    self = as_batch(self, dims[0], size)
    with_own = dims[2] or dims[3]
    rows = self.reshape((size * self.shape[1], *self.shape[2:]))
    result = run(op, (rows, groups, None if with_own else weight, None if with_own else bias, eps, _fresh(found)))
    result = result.reshape(self.shape)
    if with_own:
        shape = (1, -1, *(1,) * (self.ndim - 3))
        if weight is not None:
            result = result * weight.reshape((size, *shape) if dims[2] else shape)
        if bias is not None:
            result = result + bias.reshape((size, *shape) if dims[3] else shape)
    return result


def over_channels(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    """The rule of `batch_norm`: entries are more channels."""
    self, *parameters, eps, found = values
    size = size_of(values, dims)
    moved = as_batch(self, dims[0], size).movedim(0, 1)
    pictures, _, channels, *places = moved.shape
    own = [
        None if p is None else as_batch(p, batched, size).reshape((-1,))
        for p, batched in zip(parameters, dims[1:], strict=False)
    ]
    result = run(op, (moved.reshape((pictures, size * channels, *places)), *own, eps, _fresh(found)))
    return result.reshape((pictures, size, channels, *places)).movedim(1, 0)
