"""Scaled dot-product attention as a row, whose kernels are in kernels/attention.py."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.dtypes import c_type_name, scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.engine.tensor_base import new_tensor
from chainrule.kernels import attention as kernels
from chainrule.ops import sampling
from chainrule.ops.recorded_derivatives import is_recorded, through

__all__ = ["scaled_dot_product_attention"]
SPACE = "nn.functional"


def _in_heads(*arrays: Any) -> list[Any]:
    # Arrays of one batch shape, with all their batch dimensions in one.
    batch = np.broadcast_shapes(*(a.shape[:-2] for a in arrays))
    return [np.broadcast_to(a, (*batch, *a.shape[-2:])).reshape((math.prod(batch), *a.shape[-2:])) for a in arrays]


def _mask_in_heads(mask: Any, batch: tuple[int, ...], dtype: Any) -> Any:
    if mask is None:
        return None
    if mask.dtype.kind == "b":
        mask = np.where(mask, dtype.type(0), dtype.type(-np.inf))
    if mask.ndim < 2:
        mask = mask.reshape((1,) * (2 - mask.ndim) + mask.shape)
    if all(n == 1 for n in mask.shape[:-2]):
        return mask.reshape((1, *mask.shape[-2:]))
    return np.broadcast_to(mask, (*batch, *mask.shape[-2:])).reshape((math.prod(batch), *mask.shape[-2:]))


def _working(*arrays: Any) -> list[Any]:
    # Half precision has too few digits for sums.
    return [a.astype(np.float32) if a is not None and a.dtype == np.float16 else a for a in arrays]


def _attention_backward(
    grad: Any, query: Any, key: Any, value: Any, attn_mask: Any, noise: Any, scale: float, is_causal: bool, found: Any,
    result: Any, needs: Any,
) -> Any:  # fmt: skip
    if is_recorded(grad, query, key, value, attn_mask):
        return through(
            lambda q, k, v, mask: (_composed(q, k, v, mask, noise, scale, is_causal),),
            (query, key, value, attn_mask), needs, (grad,),
        )  # fmt: skip
    batch = result.shape[:-2]
    along, of_query, of_key, of_value, y = _in_heads(*_working(grad, query, key, value, result))
    mask = _mask_in_heads(attn_mask, batch, of_query.dtype)
    drops = None if noise is None else noise.reshape((-1, *noise.shape[-2:]))
    parts = kernels.attention_backward(
        along, of_query, of_key, of_value, mask, drops, y, scale, is_causal, found, by_mask=needs[3]
    )
    return tuple(None if part is None else part.reshape((*batch, *part.shape[-2:])) for part in parts)


def _composed(query: Any, key: Any, value: Any, attn_mask: Any, noise: Any, scale: float, is_causal: bool) -> Any:
    scores: Any = np.matmul(query * scale, key.swapaxes(-1, -2))
    seen: Any = np.ones(tuple(scores.shape[-2:]), bool)
    if is_causal:
        seen = np.tril(seen)
    if attn_mask is not None:
        mask: Any = attn_mask if isinstance(attn_mask, np.ndarray) else attn_mask._array
        if mask.dtype.kind == "b":
            seen = seen & mask
        else:
            # What is minus infinity has no gradient.
            seen = seen & (mask != -np.inf)
            scores = scores + np.where(mask == -np.inf, 0, attn_mask)
    scores = np.where(seen, scores, 0)
    largest = np.max(np.where(seen, scores._array, -np.inf), axis=-1, keepdims=True)
    powers = np.where(seen, np.exp(scores - np.where(np.isinf(largest), 0, largest).astype(largest.dtype)), 0)
    totals = powers.sum(axis=-1, keepdims=True)
    weights = powers / np.where(totals._array == 0, 1, totals)
    return np.matmul(weights if noise is None else weights * noise, value)


def _attention_of_batch(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    size = batches.size_of(values, dims)
    given = [*zip(values[:4], dims[:4], strict=True)]
    rank = max(batches.rank_of(value, own) for value, own in given if value is not None)
    args: list[Any] = [None if value is None else batches.of_rank(value, own, rank) for value, own in given]
    shape = np.broadcast_shapes((size, *(1,) * (rank - 2)), *[tuple(v.shape[:-2]) for v in args[:3]])
    args[:3] = [v.expand((*shape, *v.shape[-2:])) for v in args[:3]]
    noise = values[4]
    if noise is not None:
        noise = batches.of_rank(noise, dims[4], rank).expand((*shape, *noise.shape[-2:]))
    found: list[Any] | None = None if values[-1] is None else []
    return run(op, (*args, noise, *values[5:-1], found))


@op(
    spaces="", name="attention", node_name="ScaledDotProductFlashAttentionForCpuBackward0", noise=NOT_DIFFERENTIABLE,
    derivatives={"query, key, value, attn_mask": _attention_backward},
    batching=_attention_of_batch,
)  # fmt: skip
def attention_of_heads(
    query: Any, key: Any, value: Any, attn_mask: Any, noise: Any, scale: float, is_causal: bool,
    found: list[Any] | None = None,
) -> Any:  # fmt: skip
    # `found` is filled with weights.
    batch = np.broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
    of_query, of_key, of_value = _in_heads(*_working(query, key, value))
    mask = _mask_in_heads(attn_mask, batch, of_query.dtype)
    drops = None if noise is None else noise.reshape((-1, *noise.shape[-2:]))
    result = kernels.attention(of_query, of_key, of_value, mask, drops, scale, is_causal, found)
    return result.reshape((*batch, *result.shape[-2:])).astype(query.dtype, copy=False)


def scaled_dot_product_attention(
    query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None, enable_gqa: bool = False,
) -> Any:  # fmt: skip
    """`softmax(query @ key.T * scale + attn_mask) @ value`: each query's mean of values, weighted by their keys.

    - `query`: (..., queries, size); `key`: (..., keys, size); `value`: (..., keys, any size).
    - `attn_mask`: numbers that are added to the products, or booleans that say which keys a query sees; broadcast. A
      query that sees none gets zeros.
    - `dropout_p`: the probability with which each weight is dropped. `is_causal`: query i sees the keys up to i.
    - `scale`: one over the root of the size, unless given.
    - `enable_gqa`: several heads of queries (the third dimension from behind) share one of keys and values.

    >>> x = torch.tensor([[0.0], [1.0]])
    >>> torch.nn.functional.scaled_dot_product_attention(x, x, x, is_causal=True)
    tensor([[0.0000],
            [0.7311]])
    """
    _check(query, key, value, attn_mask)
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p:g}")
    if enable_gqa:
        key, value = (_repeated(query, x) for x in (key, value))
    shapes = [tuple(x.shape) for x in (query, key, value)]
    batch = _broadcast(shapes)
    scores = (*batch, shapes[0][-2], shapes[1][-2])
    if attn_mask is not None:
        _require_broadcast(tuple(attn_mask.shape), scores)
    noise = None
    if dropout_p:
        noise = np.zeros(scores, query._array.dtype)
        if dropout_p < 1:
            drawn = sampling.bernoulli_values(noise, 1 - dropout_p, sampling.stream_of(None))
            noise = drawn.reshape(scores) / noise.dtype.type(1 - dropout_p)
    by = kernels.default_scale(shapes[0][-1]) if scale is None else scale
    return attention_of_heads(
        query, key, value, attn_mask, None if noise is None else new_tensor(noise), by, is_causal, []
    )


def _repeated(query: Any, x: Any) -> Any:
    times, remainder = divmod(query.shape[-3], x.shape[-3])
    if remainder:
        raise RuntimeError("Number of heads in key and value must divide the number of heads in the query")
    return x if times == 1 else x.repeat_interleave(times, -3)


def _check(query: Any, key: Any, value: Any, attn_mask: Any) -> None:
    ranks = [len(x.shape) for x in (query, key, value)]
    if min(ranks) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: {} key.dim: {} and "
            "value.dim: {} instead.".format(*ranks)
        )
    kinds = [x._array.dtype for x in (query, key, value)]
    if kinds[1] != kinds[0] or kinds[2] != kinds[0]:
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got query.dtype: {} key.dtype: {} and "
            "value.dtype: {} instead.".format(*map(c_type_name, kinds))
        )
    if kinds[0].kind == "c":
        raise NotImplementedError(f"\"softmax_lastdim_kernel_impl\" not implemented for '{scalar_type_name(kinds[0])}'")
    if kinds[0].kind != "f":
        raise RuntimeError(f"expected scalar type Float but found {scalar_type_name(kinds[0])}")
    if attn_mask is not None and (given := attn_mask._array.dtype) not in (kinds[0], np.bool_, np.float32):
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{c_type_name(given)} and  query.dtype: {c_type_name(kinds[0])} instead."
        )


def _broadcast(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    # The shape of the batch, as the products of queries and keys, and of weights and values, need it.
    batch = _require_broadcast(shapes[1][:-2], shapes[0][:-2])
    if shapes[0][-1] != shapes[1][-1]:
        count = math.prod(batch)
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{count}, {shapes[0][-1]}] but got: "
            f"[{count}, {shapes[1][-1]}]."
        )
    batch = _require_broadcast(shapes[2][:-2], batch)
    if shapes[1][-2] != shapes[2][-2]:
        raise RuntimeError(
            f"scaled_dot_product_attention: there must be a value for each key, but there are {shapes[1][-2]} keys and "
            f"{shapes[2][-2]} values"
        )
    return batch


def _require_broadcast(shape: tuple[int, ...], wanted: tuple[int, ...]) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(shape, wanted)
    except ValueError:
        rank = max(len(shape), len(wanted))
        a, b = ((1,) * (rank - len(s)) + s for s in (wanted, shape))
        dim = next(d for d in range(rank - 1, -1, -1) if a[d] != b[d] and 1 not in (a[d], b[d]))
        raise RuntimeError(
            f"The size of tensor a ({a[dim]}) must match the size of tensor b ({b[dim]}) "
            f"at non-singleton dimension {dim}"
        ) from None
