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

from chainrule.kernels.rows import column_sums, row_dots, row_sums

__all__ = [
    "channel_sums",
    "channels_backward",
    "channels_centred",
    "rows_backward",
    "rows_standardized",
]


def rows_standardized(rows: Any, eps: float) -> tuple[Any, Any, Any]:
    """The rows of a matrix shifted and scaled, their means, and what they were scaled by.

    >>> rows_standardized(np.array([[1.0, 3.0]]), 0.0)[0]
    array([[-1.,  1.]])
    """
    count = max(rows.shape[1], 1)
    means = row_sums(rows) / count
    y = rows - means[:, None]
    scales = 1 / np.sqrt(row_dots(y, y) / count + eps)
    y *= scales[:, None]
    return y, means, scales


def rows_backward(grad: Any, centred: Any, products: Any, weight: Any, scales: Any) -> Any:
    """The derivative of `centred * scales * weight` along `grad`; writes over `centred`.

    `centred`: rows less their means. `products`: those with `grad`. `weight`: a number for each column, or None.
    """
    count = max(centred.shape[1], 1)
    if weight is None:
        means, slopes = row_sums(grad), row_sums(products)
    else:
        means, slopes = grad @ weight, products @ weight
        grad = grad * weight
    centred *= (slopes * scales * scales / count)[:, None]
    centred += (means / count)[:, None]
    np.subtract(grad, centred, out=centred)
    centred *= scales[:, None]
    return centred


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
