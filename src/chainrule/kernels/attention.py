"""Scaled dot-product attention: sums of values, weighted by a softmax of products of queries and keys.

The weights are computed for some heads, or some queries of one head, at a time, so that they stay in the cache; where
a query sees no keys behind it (`causal`), products that nobody sees are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

__all__ = ["attention", "attention_backward", "weights_of"]

# So many weights are worked on at a time.
_BLOCK: Final = 1 << 18
# So many are kept for the derivative; more are computed again.
_KEPT: Final = 1 << 23
_FEWEST_QUERIES: Final = 64


def _blocks(heads: int, queries: int, keys: int, causal: bool) -> Iterator[tuple[slice, slice, int]]:
    # Heads, queries, and how many keys the last of them sees.
    count = queries
    if queries * keys > _BLOCK or causal:
        count = min(queries, max(_BLOCK // max(keys, 1), _FEWEST_QUERIES))
        if causal:
            count = min(count, max(_FEWEST_QUERIES, queries // 8))
    together = max(_BLOCK // max(count * keys, 1), 1)
    for head in range(0, heads, together):
        for start in range(0, queries, max(count, 1)):
            stop = min(start + count, queries)
            yield slice(head, min(head + together, heads)), slice(start, stop), min(stop, keys) if causal else keys


def weights_of(query: Any, key: Any, mask: Any, scale: float, first: int | None) -> Any:
    """The softmax of `query @ key.T * scale + mask` along keys; zeros for a query that sees none.

    `query`, `key`: (heads, queries, size), (heads, keys, size). `mask`: None, or numbers that broadcast. `first`: the
    number of the first query, where none sees keys behind it; else None.

    >>> weights_of(np.zeros((1, 2, 1)), np.zeros((1, 2, 1)), None, 1.0, 0)
    array([[[1. , 0. ],
            [0.5, 0.5]]])
    """
    scores = np.matmul(query if scale == 1 else query * scale, key.swapaxes(-1, -2))
    if mask is not None:
        scores += mask
    queries, keys = scores.shape[-2:]
    if first is not None and keys > first + 1:
        behind = np.arange(first, keys) > np.arange(first, first + queries)[:, None]
        scores[..., first:] += np.where(behind, scores.dtype.type(-np.inf), scores.dtype.type(0))
    largest = scores.max(axis=-1, keepdims=True, initial=-np.inf)
    if mask is not None:
        largest[largest == -np.inf] = 0  # all keys are masked
    scores -= largest
    np.exp(scores, out=scores)
    totals = scores.sum(axis=-1, keepdims=True)
    if mask is not None:
        totals[totals == 0] = 1
    scores /= totals
    return scores


def _part(mask: Any, heads: slice, rows: slice, keys: int) -> Any:
    # Of a mask (heads, queries, keys), each of them perhaps 1 for all.
    if mask is None:
        return None
    mask = mask if mask.shape[0] == 1 else mask[heads]
    mask = mask if mask.shape[1] == 1 else mask[:, rows]
    return mask if mask.shape[2] == 1 else mask[:, :, :keys]


def attention(
    query: Any, key: Any, value: Any, mask: Any, noise: Any, scale: float, causal: bool, kept: list[Any] | None
) -> Any:
    """The attention of queries (heads, queries, size) to keys and values (heads, keys, size).

    `mask`: what is added to the products, or None. `noise`: what weights are multiplied by, or None. `kept` is filled
    with the weights of all blocks, if they are few enough.

    >>> x = np.array([[[0.0], [1.0]]])
    >>> attention(x, x, x, None, None, 1.0, True, None).round(4)
    array([[[0.    ],
            [0.7311]]])
    """
    heads, queries, _ = query.shape
    keys = key.shape[1]
    result = np.empty((heads, queries, value.shape[2]), query.dtype)
    keeps = kept is not None and heads * queries * keys <= _KEPT
    for some, rows, seen in _blocks(heads, queries, keys, causal):
        first = rows.start if causal else None
        weights = weights_of(query[some, rows], key[some, :seen], _part(mask, some, rows, seen), scale, first)
        if keeps and kept is not None:
            kept.append(weights)
        if noise is not None:
            weights = weights * noise[some, rows, :seen]
        np.matmul(weights, value[some, :seen], out=result[some, rows])
    return result


def attention_backward(
    grad: Any, query: Any, key: Any, value: Any, mask: Any, noise: Any, result: Any, scale: float, causal: bool,
    kept: list[Any] | None, *, by_mask: bool,
) -> tuple[Any, Any, Any, Any]:  # fmt: skip
    """The derivatives of `attention` along `grad`: by queries, keys, values, and by the mask if `by_mask`."""
    heads, queries, _ = query.shape
    keys = key.shape[1]
    by_query, by_key, by_value = np.zeros_like(query), np.zeros_like(key), np.zeros_like(value)
    by_scores = np.zeros((heads, queries, keys), query.dtype) if by_mask else None
    # The mean of each query's slopes, as its weights have it.
    means = np.vecdot(grad, result)[..., None]
    left = iter(kept or ())
    for some, rows, seen in _blocks(heads, queries, keys, causal):
        along, asked, known = grad[some, rows], query[some, rows], key[some, :seen]
        weights = next(left, None)
        if weights is None:
            first = rows.start if causal else None
            weights = weights_of(asked, known, _part(mask, some, rows, seen), scale, first)
        drops = None if noise is None else noise[some, rows, :seen]
        used = weights if drops is None else weights * drops
        by_value[some, :seen] += np.matmul(used.swapaxes(-1, -2), along)
        slopes = np.matmul(along, value[some, :seen].swapaxes(-1, -2))
        if drops is not None:
            slopes *= drops
        slopes -= means[some, rows]
        slopes *= weights
        if by_scores is not None:
            by_scores[some, rows, :seen] = slopes
        if scale != 1:
            slopes *= scale
        np.matmul(slopes, known, out=by_query[some, rows])
        by_key[some, :seen] += np.matmul(slopes.swapaxes(-1, -2), asked)
    return by_query, by_key, by_value, by_scores


def default_scale(size: int) -> float:
    """The scale where none is given: products of random vectors of `size` numbers get variance 1.

    >>> default_scale(4)
    0.5
    """
    return 1 / math.sqrt(size) if size else math.inf
