"""Attention of several heads, with the products before and behind it, as `nn.MultiheadAttention` calls it."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from chainrule.engine.tensor_base import new_tensor
from chainrule.ops.attention import scaled_dot_product_attention
from chainrule.ops.dropout import dropout
from chainrule.ops.joining import cat
from chainrule.ops.neural import linear
from chainrule.ops.padding import pad
from chainrule.tensor import Tensor

__all__ = ["multi_head_attention_forward"]


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)


def _check_dims(query: Tensor, key: Tensor, value: Tensor, padding: Any, mask: Any, num_heads: int) -> bool:
    # Whether there is a batch.
    if query.ndim not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {query.ndim}-D query tensor"
        )
    rank = query.ndim
    kind = "batched (3-D)" if rank == 3 else "unbatched (2-D)"
    _require(
        key.ndim == value.ndim == rank,
        f"For {kind} `query`, expected `key` and `value` to be {rank}-D but found {key.ndim}-D and {value.ndim}-D "
        "tensors respectively",
    )
    if padding is not None:
        _require(
            padding.ndim == rank - 1,
            f"For {kind} `query`, expected `key_padding_mask` to be `None` or {rank - 1}-D but found {padding.ndim}-D "
            "tensor instead",
        )
    if mask is not None:
        _require(
            mask.ndim in (2, 3),
            f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {mask.ndim}-D tensor instead",
        )
        wanted = (num_heads, query.shape[0], key.shape[0])
        _require(
            rank == 3 or mask.ndim == 2 or tuple(mask.shape) == wanted,
            f"Expected `attn_mask` shape to be {wanted} but got {mask.shape}",
        )
    return rank == 3


def as_numbers(mask: Any, name: str, dtype: Any, other: Any = None, other_name: str = "") -> Any:
    """A mask of booleans (True: not seen) as one of numbers to add; warns where another mask is of another type."""
    if mask is None:
        return None
    kind = mask._array.dtype.kind
    _require(kind in "bf", f"only bool and floating types of {name} are supported")
    if other is not None and other.dtype != mask.dtype:
        warnings.warn(
            f"Support for mismatched {name} and {other_name} is deprecated. Use same type for both instead.",
            stacklevel=3,
        )
    if kind == "f":
        return mask
    return new_tensor(np.where(mask._array, dtype.type(-np.inf), dtype.type(0)))


def _projected(
    query: Tensor, key: Tensor, value: Tensor, weights: tuple[Any, Any, Any], bias: Any
) -> tuple[Any, Any, Any]:
    biases = (None, None, None) if bias is None else bias.chunk(3)
    q, k, v = (linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True))
    return q, k, v


def _heads_at_once(query: Tensor, key: Tensor, weight: Any, bias: Any, num_heads: int) -> Any:
    # Queries, keys and values (batch, heads, length, size), where keys and values are made of the same.
    if query is key:
        return _divided(linear(query, weight, bias), 3, num_heads)
    sizes = [query.shape[-1], 2 * query.shape[-1]]
    first, others = weight.split(sizes)
    biases = (None, None) if bias is None else bias.split(sizes)
    of_query = _divided(linear(query, first, biases[0]), 1, num_heads)
    return (*of_query, *_divided(linear(key, others, biases[1]), 2, num_heads))


def _divided(projected: Any, count: int, num_heads: int) -> Any:
    # (length, batch, all of a sample) as `count` times (batch, heads, length, size).
    length, batch, size = projected.shape
    parts = projected.reshape(length, batch, count, num_heads, size // (count * num_heads))
    return parts.permute(2, 1, 3, 0, 4).unbind()


def _check_weights(query: Tensor, key: Tensor, value: Tensor, weights: tuple[Any, Any, Any]) -> None:
    size = query.shape[-1]
    for name, x, weight in zip(("query", "key", "value"), (query, key, value), weights, strict=True):
        wanted = (size, x.shape[-1])
        _require(weight is not None, f"use_separate_proj_weight is True but {name[0]}_proj_weight is None")
        _require(tuple(weight.shape) == wanted, f"expecting {name} weights shape of {wanted}, but got {weight.shape}")


def _in_heads(x: Any, static: Any, name: str, heads: int, size: int) -> Any:
    # (length, batch, heads of a sample) as (batch and heads, length, size).
    if static is None:
        return x.reshape(x.shape[0], heads, size).transpose(0, 1)
    _require(static.shape[0] == heads, f"expecting {name}.size(0) of {heads}, but got {static.shape[0]}")
    _require(static.shape[2] == size, f"expecting {name}.size(2) of {size}, but got {static.shape[2]}")
    return static


def _check_mask(mask: Any, heads: int, shape: tuple[int, int]) -> Any:
    wanted = shape if mask.ndim == 2 else (heads, *shape)
    if tuple(mask.shape) != wanted:
        raise RuntimeError(f"The shape of the {mask.ndim}D attn_mask is {mask.shape}, but should be {wanted}.")
    return mask.unsqueeze(0) if mask.ndim == 2 else mask


def _with_padding(mask: Any, padding: Any, batch: int, num_heads: int, keys: int) -> Any:
    if padding is None:
        return mask
    for dim, wanted in enumerate((batch, keys)):
        found = padding.shape[dim]
        _require(found == wanted, f"Expected key_padded_mask.shape[{dim}] to be {wanted}, but got {found}")
    padding = padding.view(batch, 1, 1, keys).expand(-1, num_heads, -1, -1).reshape(batch * num_heads, 1, keys)
    return padding if mask is None else mask + padding


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Any, Any]:
    """The attention of several heads, and with `need_weights` their weights (else None).

    - `query`: (queries, batch, size), or (queries, size).
    - `key`, `value`: (keys, batch, size), or (keys, size).
    - `embed_dim_to_check`: the size of queries.
    - `num_heads`: between how many heads the size is divided.
    - `in_proj_weight`, `in_proj_bias`: what queries, keys and values are multiplied by, one upon another.
    - `bias_k`, `bias_v`: a key and a value behind the others.
    - `add_zero_attn`: whether to add a key and a value of zeros.
    - `dropout_p`: the probability that a weight is dropped, in training.
    - `out_proj_weight`, `out_proj_bias`: what the heads together are multiplied by.
    - `training`: whether to drop weights.
    - `key_padding_mask`: (batch, keys): True, or minus infinity, for keys that are not there.
    - `need_weights`: whether to return the weights.
    - `attn_mask`: (queries, keys) or (batch * heads, queries, keys): True for what is not seen, or numbers to add.
    - `use_separate_proj_weight`: take `q_proj_weight`, `k_proj_weight` and `v_proj_weight`, not `in_proj_weight`.
    - `static_k`, `static_v`: keys and values of all heads, (batch * heads, keys, size), in place of those given.
    - `average_attn_weights`: whether weights are averaged over heads.
    - `is_causal`: `attn_mask` is the one of causal attention.

    >>> x, weight = torch.ones(3, 1, 2), torch.eye(2)
    >>> options = (2, 1, torch.cat([weight] * 3), None, None, None, False, 0.0, weight, None)
    >>> output, weights = torch.nn.functional.multi_head_attention_forward(x, x, x, *options)
    >>> weights[0, 0]
    tensor([0.3333, 0.3333, 0.3333])
    """
    is_batched = _check_dims(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not is_batched:
        same_key, same_value = key is query, value is key
        query = query.unsqueeze(1)
        key = query if same_key else key.unsqueeze(1)
        value = key if same_value else value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, size = query.shape
    keys = key.shape[0]
    dtype = query._array.dtype
    key_padding_mask = as_numbers(key_padding_mask, "key_padding_mask", dtype, attn_mask, "attn_mask")
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    is_causal = is_causal and key_padding_mask is None
    attn_mask = None if is_causal and not need_weights else as_numbers(attn_mask, "attn_mask", dtype)
    _require(size == embed_dim_to_check, f"was expecting embedding dimension of {embed_dim_to_check}, but got {size}")
    head_size = size // num_heads
    _require(head_size * num_heads == size, f"embed_dim {size} not divisible by num_heads {num_heads}")
    weights: Any = None
    if use_separate_proj_weight:
        _require(
            key.shape[:2] == value.shape[:2],
            f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}",
        )
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
        _check_weights(query, key, value, weights)
    else:
        _require(key.shape == value.shape, f"key shape {key.shape} does not match value shape {value.shape}")
        _require(in_proj_weight is not None, "use_separate_proj_weight is False but in_proj_weight is None")
    heads = batch * num_heads
    if attn_mask is not None:
        attn_mask = _check_mask(attn_mask, heads, (length, keys))
    _require(bias_k is None or bias_v is not None, "bias_k is set but bias_v is None")
    _require(bias_v is None or bias_k is not None, "bias_v is set but bias_k is None")
    if weights is None and key is value and bias_k is static_k is static_v is None and not add_zero_attn:
        q, k, v = _heads_at_once(query, key, in_proj_weight, in_proj_bias, num_heads)
    else:
        if in_proj_weight is not None and not use_separate_proj_weight:
            weights = in_proj_weight.chunk(3)
        q, k, v = _projected(query, key, value, weights, in_proj_bias)
        if bias_k is not None and bias_v is not None:
            _require(static_k is None, "bias cannot be added to static key.")
            _require(static_v is None, "bias cannot be added to static value.")
            k, v = (cat([x, b.expand(1, batch, b.shape[-1])]) for x, b in ((k, bias_k), (v, bias_v)))
        q = _in_heads(q, None, "query", heads, head_size)
        k = _in_heads(k, static_k, "static_k", heads, head_size)
        v = _in_heads(v, static_v, "static_v", heads, head_size)
        if add_zero_attn:
            k, v = (pad(x, (0, 0, 0, 1)) for x in (k, v))
        q, k, v = (x.reshape(batch, num_heads, -1, head_size) for x in (q, k, v))
        more = (bias_k is not None) + bool(add_zero_attn)
        attn_mask, key_padding_mask = (
            pad(mask, (0, more)) if more and mask is not None else mask for mask in (attn_mask, key_padding_mask)
        )
    keys = k.shape[2]
    attn_mask = _with_padding(attn_mask, key_padding_mask, batch, num_heads, keys)
    results = _attended(q, k, v, attn_mask, dropout_p if training else 0.0, is_causal, need_weights)
    output = linear(results[0].permute(2, 0, 1, 3).reshape(length * batch, size), out_proj_weight, out_proj_bias)
    output = output.view(length, batch, output.shape[1])
    shares = results[1] if results[1] is None or not average_attn_weights else results[1].mean(1)
    if not is_batched:
        output, shares = output.squeeze(1), None if shares is None else shares.squeeze(0)
    return output, shares


def _attended(
    q: Any, k: Any, v: Any, mask: Any, dropout_p: float, is_causal: bool, need_weights: bool
) -> tuple[Any, Any]:
    # What the heads (batch, heads, length, size) attend to, and how.
    if mask is not None:
        mask = mask.unsqueeze(0) if mask.shape[0] == 1 else mask.view(*q.shape[:2], -1, k.shape[2])
    if not need_weights:
        return scaled_dot_product_attention(q, k, v, mask, dropout_p, is_causal), None
    scores = (q * math.sqrt(1 / q.shape[-1])) @ k.transpose(-2, -1)
    shares = (scores if mask is None else scores + mask).softmax(-1)
    if dropout_p:
        shares = dropout(shares, dropout_p, train=True)
    return shares @ v, shares
