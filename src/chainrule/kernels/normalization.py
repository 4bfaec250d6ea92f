"""Numbers shifted and scaled to mean 0 and variance 1, and the derivative of that.

With y = (x - mean) / s, where s is the standard deviation, the derivative along a direction g is

    (g - mean(g) - y mean(g y)) / s

with every mean over the numbers that are normalised together: the rows of a matrix, or the channels (dimension 1) of an
array (batch, channels, positions). Variances are means of squares of what is left when the mean is taken off, so that
none are lost where the mean is large.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.kernels import memory
from chainrule.kernels.rows import block_count, column_sums, in_blocks, row_dots, row_sums

__all__ = [
    "channel_sums",
    "channels_backward",
    "channels_centred",
    "layer_norm",
    "layer_norm_backward",
]


def layer_norm(rows: Any, weight: Any, bias: Any, eps: float) -> tuple[Any, Any, Any]:
    """The rows of a matrix shifted and scaled, times `weight` plus `bias`; their means; what they were scaled by.

    `weight`, `bias`: a number for each column, or None.

    >>> layer_norm(np.array([[1.0, 3.0]]), None, None, 0.0)
    (array([[-1.,  1.]]), array([2.]), array([1.]))
    """
    count = max(rows.shape[1], 1)
    result = memory.empty(rows.shape, rows.dtype)
    means, scales = np.empty((2, rows.shape[0]), rows.dtype)

    def normalize(number: int, part: slice) -> None:
        x, y, mean, scale = rows[part], result[part], means[part], scales[part]
        np.divide(row_sums(x), count, out=mean)
        np.subtract(x, mean[:, None], out=y)
        np.divide(row_dots(y, y), count, out=scale)
        scale += eps
        np.divide(1, np.sqrt(scale, out=scale), out=scale)
        y *= scale[:, None]
        if weight is not None:
            y *= weight
        if bias is not None:
            y += bias

    in_blocks(normalize, rows.shape)
    return result, means, scales


def layer_norm_backward(grad: Any, rows: Any, weight: Any, means: Any, scales: Any) -> tuple[Any, Any, Any]:
    """The derivatives of `layer_norm` along `grad`: by the rows, the weight and the bias."""
    count = max(rows.shape[1], 1)
    own = memory.empty(rows.shape, rows.dtype)
    # For each block a sum over its rows.
    by_weight, by_bias = np.empty((2, block_count(rows.shape), rows.shape[1]), rows.dtype)

    def differentiate(number: int, part: slice) -> None:
        along, centred, scale = grad[part], own[part], scales[part]
        np.subtract(rows[part], means[part][:, None], out=centred)
        products = along * centred
        np.matmul(scale, products, out=by_weight[number])
        by_bias[number] = column_sums(along)
        if weight is None:
            mean, slope = row_sums(along), row_sums(products)
        else:
            mean, slope = along @ weight, products @ weight
            along = np.multiply(along, weight, out=products)
        slope *= scale
        slope *= scale
        slope /= count
        mean /= count
        centred *= slope[:, None]
        centred += mean[:, None]
        np.subtract(along, centred, out=centred)
        centred *= scale[:, None]

    in_blocks(differentiate, rows.shape)
    return own, column_sums(by_weight), column_sums(by_bias)


def channel_sums(x: Any) -> Any:
    """The sum of each channel.

    >>> channel_sums(np.ones((2, 3, 4)))
    array([8., 8., 8.])
    """
    batch, channels, positions = x.shape
    if positions == 1:
        return column_sums(x[:, :, 0])
    return row_sums(x.reshape(batch * channels, positions)).reshape(batch, channels).sum(axis=0)


def channels_centred(x: Any, eps: float) -> tuple[Any, Any, Any, Any]:
    """An array with the mean of each channel taken off, the means, the variances, and what to scale by.

    >>> centred, means, variances, scales = channels_centred(np.array([[[1.0, 3.0]]]), 0.0)
    >>> centred, means, variances, scales
    (array([[[-1.,  1.]]]), array([2.]), array([1.]), array([1.]))
    """
    count = max(x.shape[0] * x.shape[2], 1)
    means = channel_sums(x) / count
    centred = x - means[:, None]
    variances = _channel_dots(centred, centred) / count
    return centred, means, variances, 1 / np.sqrt(variances + eps)


def channels_backward(
    grad: Any, x: Any, weight: Any, means: Any, scales: Any, *, by_batch: bool
) -> tuple[Any, Any, Any]:
    """The derivatives of `(x - means) * scales * weight` along `grad`: by x, by the weight and by what is added to it.

    `by_batch`: whether means and scales are those of x itself, and change with it.
    """
    centred = x - means[:, None]
    sums = channel_sums(grad)
    products = _channel_dots(grad, centred) * scales
    slopes = scales if weight is None else scales * weight
    if by_batch:
        count = max(x.shape[0] * x.shape[2], 1)
        centred *= (products * scales / count)[:, None]
        centred += (sums / count)[:, None]
        np.subtract(grad, centred, out=centred)
        centred *= slopes[:, None]
    else:
        np.multiply(grad, slopes[:, None], out=centred)
    return centred, products, sums


def _channel_dots(a: Any, b: Any) -> Any:
    # The sum of the products of each channel of two arrays.
    if a.shape[2] == 1:
        return column_sums(a[:, :, 0] * b[:, :, 0])
    return row_dots(a, b).sum(axis=0)
