"""Variance, standard deviation, covariance and quantiles."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.dimensions import wrap_dim
from chainrule.dtypes import as_numpy_dtype, scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import op
from chainrule.ops.reduced_dimensions import reduced_count, reduced_dims, restored, spread, sum_of
from chainrule.ops.sorting import add_along

METHODS = ("quantile", "nanquantile", "cov", "corrcoef")
__all__ = ["quantile", "nanquantile", "cov", "corrcoef"]

# ---- variance and standard deviation ----


def with_unbiased(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adapts `f(input, dim, correction, keepdim)` to PyTorch's ways of saying by how much the divisor is corrected.

    `f(input, dim=None, unbiased=True, keepdim=False)`, `f(input, unbiased)`, and `correction=` by keyword.
    """

    def adapted(
        input: Any,
        dim: Any = None,
        unbiased: bool | None = None,
        keepdim: bool = False,
        *,
        correction: float | None = None,
        axis: Any = None,
        keepdims: bool = False,
        **kwargs: Any,
    ) -> Any:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if correction is None:
            correction = 1 if unbiased is None or unbiased else 0
        return function(input, axis if dim is None else dim, correction, keepdim or keepdims, **kwargs)

    return adapted


def _deviations(name: str, self: Any, dim: Any, correction: float, keepdim: bool) -> tuple[Any, Any]:
    # The mean, and the squares of the distances from it divided by the degrees of freedom.
    if self.dtype.kind not in "fc":
        raise RuntimeError("std and var only support floating point and complex dtypes")
    dims = reduced_dims(dim, self.ndim)
    count = reduced_count(self.shape, dim)
    freedom = max(count - correction, 0)
    if freedom <= 0 and count - correction <= 0:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the "
            "reduction factor (input numel divided by output numel).",
            UserWarning,
            stacklevel=5,
        )
    wide = self.astype(np.float32) if self.dtype == np.float16 else self
    mean = sum_of(wide, dims, keepdims=True) / wide.dtype.type(count)
    distance = wide - mean
    squares = distance * distance if self.dtype.kind == "f" else (distance * np.conj(distance)).real
    variance = sum_of(squares, dims, keepdims=keepdim) / squares.dtype.type(freedom)
    return mean if keepdim else mean.reshape(variance.shape), variance


def _freedom(shape: tuple[int, ...], dim: Any, correction: float) -> float:
    # As a float, so that a division by it is IEEE's: what has no degree of freedom has no finite gradient.
    return float(reduced_count(shape, dim) - correction) or math.nan


def _var_backward(grad: Any, self: Any, dim: Any, correction: float) -> Any:
    shape = np.shape(self)
    distance = self - (self.mean() if dim is None or not shape else self.mean(dim, keepdims=True))
    return restored(grad, shape, dim) * (2 / _freedom(shape, dim, correction)) * distance


def _std_backward(grad: Any, self: Any, result: Any, dim: Any, correction: float) -> Any:
    # 0 for the standard deviation of equal numbers, the smallest of its subgradients.
    constant = result == 0
    slope = np.where(constant, 0, grad / np.where(constant, 1, 2 * result))
    return _var_backward(slope, self, dim, correction)


@op(adapt=with_unbiased, conjugate=False, self=_var_backward, batching=batches.along("dim"))
def var(self: Any, dim: Any = None, correction: float = 1, keepdim: bool = False) -> Any:
    """The variance along `dim`; its divisor is the number of elements less `correction`.

    `unbiased=False` stands for `correction=0`. Warns where no degree of freedom is left.

    >>> torch.var(torch.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    return _deviations("var", self, dim, correction, keepdim)[1].astype(self.real.dtype, copy=False)


@op(adapt=with_unbiased, conjugate=False, self=_std_backward, batching=batches.along("dim"))
def std(self: Any, dim: Any = None, correction: float = 1, keepdim: bool = False) -> Any:
    """The standard deviation along `dim`; see `var` for `correction`.

    >>> torch.std(torch.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    return np.sqrt(_deviations("std", self, dim, correction, keepdim)[1]).astype(self.real.dtype, copy=False)


def _mean_part(grad: Any, shape: tuple[int, ...], dim: Any) -> Any:
    return spread(grad / reduced_count(shape, dim), shape, dim)


def _with_mean(backward: Callable[..., Any]) -> Callable[..., Any]:
    # The gradient of a measure of spread beside that of the mean; either may be missing.
    def joined(grads: Any, self: Any, result: Any, dim: Any, correction: float) -> Any:
        of_spread, of_mean = grads
        parts = []
        if of_spread is not None:
            parts.append(backward(of_spread, self, result, dim, correction))
        if of_mean is not None:
            parts.append(_mean_part(of_mean, np.shape(self), dim))
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]

    return joined


_var_mean_backward = _with_mean(lambda grad, self, _, dim, correction: _var_backward(grad, self, dim, correction))
_std_mean_backward = _with_mean(_std_backward)


@op(
    spaces="torch", adapt=with_unbiased, conjugate=False,
    self=lambda grads, self, dim, correction: _var_mean_backward(grads, self, None, dim, correction),
    batching=batches.along("dim"),
)  # fmt: skip
def var_mean(self: Any, dim: Any = None, correction: float = 1, keepdim: bool = False) -> Any:
    """The variance and the mean along `dim`; see `var` for `correction`.

    >>> torch.var_mean(torch.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    mean, variance = _deviations("var_mean", self, dim, correction, keepdim)
    return variance.astype(self.real.dtype, copy=False), mean.astype(self.dtype, copy=False)


@op(
    spaces="torch", adapt=with_unbiased, conjugate=False, saved_names={"result": "result0"},
    self=_std_mean_backward,
    batching=batches.along("dim"),
)  # fmt: skip
def std_mean(self: Any, dim: Any = None, correction: float = 1, keepdim: bool = False) -> Any:
    """The standard deviation and the mean along `dim`; see `var` for `correction`.

    >>> torch.std_mean(torch.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    mean, variance = _deviations("std_mean", self, dim, correction, keepdim)
    return np.sqrt(variance).astype(self.real.dtype, copy=False), mean.astype(self.dtype, copy=False)


# ---- covariance ----


def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariance matrix of variables (rows) from their observations (columns).

    `fweights`: how often each observation was made, `aweights`: how much it counts.

    >>> torch.cov(torch.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if input.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {input.ndim} dimensions"
        )
    if input.dtype == dtypes.bool:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    _require_weights(input, fweights, aweights)
    observations = input.reshape(1, -1) if input.ndim < 2 else input
    if not (observations.is_floating_point() or observations.is_complex()):
        observations = observations + 0.0
    weights = fweights
    if aweights is not None:
        weights = aweights if weights is None else fweights * aweights
    if weights is None:
        total: Any = observations.shape[1]
        mean = observations.mean(1, keepdim=True)
        centred = weighted = observations - mean
    else:
        total = weights.sum()
        mean = (observations * weights).sum(1, keepdim=True) / total
        centred = observations - mean
        weighted = centred * weights
    if aweights is None or correction == 0:
        freedom = total - correction
    else:
        freedom = total - correction * (weights * aweights).sum() / total
    covariance = (weighted @ centred.mT.conj()) / freedom
    return covariance.squeeze()


def _require_weights(input: Any, fweights: Any, aweights: Any) -> None:
    count = input.shape[-1] if input.ndim else 1
    for name, weights in (("fweights", fweights), ("aweights", aweights)):
        if weights is None:
            continue
        if weights.ndim > 1:
            raise RuntimeError(
                f"cov(): expected {name} to have one or fewer dimensions but got {name} with {weights.ndim} dimensions"
            )
        kind = as_numpy_dtype(weights.dtype).kind
        if (kind in "iu") != (name == "fweights") or kind not in "iuf":
            wanted = "integral" if name == "fweights" else "floating point"
            shown = scalar_type_name(as_numpy_dtype(weights.dtype))
            raise RuntimeError(f"cov(): expected {name} to have {wanted} dtype but got {name} with {shown} dtype")
        if weights.numel() != count:
            raise RuntimeError(
                f"cov(): expected {name} to have the same numel as there are observations in the input but got "
                f"{weights.numel()} != {count}"
            )
        if bool((weights < 0).any()):
            raise RuntimeError(f"cov(): {name} cannot be negative")


def corrcoef(input: Any) -> Any:
    """The matrix of correlation coefficients of variables (rows) from their observations (columns).

    >>> torch.corrcoef(torch.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    covariance = cov(input)
    if covariance.ndim == 0:
        return covariance / covariance
    deviation = covariance.diagonal().real.sqrt() if covariance.is_complex() else covariance.diagonal().sqrt()
    coefficients = covariance / deviation.unsqueeze(-1) / deviation
    return coefficients if covariance.is_complex() else coefficients.clamp(-1, 1)


# ---- quantiles ----

_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def quantile(
    input: Any,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Any:
    """The values below which the fractions `q` (a number, or a tensor of one dimension) of the elements lie.

    Between two elements: `interpolation` `linear`, `lower`, `higher`, `midpoint` or `nearest`. A dimension for several
    fractions comes first.

    >>> torch.quantile(torch.tensor([0.0, 1.0, 2.0, 3.0]), 0.5)
    tensor(1.5000)
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation)


def nanquantile(
    input: Any,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Any:
    """`quantile` of the elements that are not NaN.

    >>> torch.nanquantile(torch.tensor([1.0, float("nan"), 3.0]), 0.5)
    tensor(2.)
    """
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation)


def _quantile(name: str, input: Any, q: Any, dim: int | None, keepdim: bool, interpolation: str) -> Any:
    if input.numel() == 0:
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if not input.is_floating_point() or input.itemsize < 4:
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {interpolation}"
        )
    if isinstance(q, (int, float)) and not 0 <= q <= 1:
        raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q:g}")
    fractions = q.numpy(force=True) if hasattr(q, "numpy") else np.asarray(q)
    if fractions.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
    if hasattr(q, "dtype") and q.dtype != input.dtype:
        raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
    if ((fractions < 0) | (fractions > 1)).any():
        raise RuntimeError(f"{name}() q values must be in the range [0, 1]")
    if getattr(q, "requires_grad", False):
        raise RuntimeError(f"{name}() has no gradient for q yet: use q.detach()")
    return quantile_row(input, fractions, dim, keepdim, interpolation, name == "nanquantile")[0]


def _quantile_backward(grad: Any, self_shape: tuple[int, ...], below: Any, above: Any, weight: Any, dim: Any) -> Any:
    # Back to lines, with the fractions in the last dimension as `below` has them; then to the two neighbours of each.
    whole = dim is None or not self_shape
    lines = (math.prod(self_shape),) if whole else np.shape(np.moveaxis(np.empty(self_shape), dim, -1))
    grad = np.moveaxis(grad.reshape((np.shape(below)[-1], *lines[:-1])), 0, -1)
    last = len(lines) - 1
    gradient = add_along(grad * (1 - weight), below, last, lines[-1]) + add_along(grad * weight, above, last, lines[-1])
    return gradient.reshape(self_shape) if whole else np.moveaxis(gradient, -1, dim)


@op(
    name="quantile", spaces="", node_name="SqueezeBackward4", results=("values", "below", "above", "weight"),
    self=_quantile_backward,
)  # fmt: skip
def quantile_row(self: Any, fractions: Any, dim: int | None, keepdim: bool, interpolation: str, skip_nan: bool) -> Any:
    # The values, and from where they come: the indices of the elements below and above, and the weight of the second.
    whole = dim is None or self.ndim == 0
    along = 0 if dim is None else wrap_dim(dim, self.ndim)
    lines = self.reshape(-1) if whole else np.moveaxis(self, along, -1)
    order = np.argsort(lines, axis=-1, kind="stable")
    numbers = sum_of(~np.isnan(lines), -1, keepdims=True)
    flat = fractions.reshape(-1).astype(self.dtype)
    place = flat * np.maximum(numbers - 1, 0).astype(self.dtype)
    if not skip_nan:
        # NaN sorts last, and is the quantile where there is one.
        place = np.where(numbers < lines.shape[-1], self.dtype.type(lines.shape[-1] - 1), place)
    if interpolation in ("lower", "higher", "nearest"):
        place = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}[interpolation](place)
    weight = np.full_like(place, 0.5) if interpolation == "midpoint" else place - np.floor(place)
    below = np.take_along_axis(order, np.floor(place).astype(np.int64), -1)
    above = np.take_along_axis(order, np.ceil(place).astype(np.int64), -1)
    low, high = np.take_along_axis(lines, below, -1), np.take_along_axis(lines, above, -1)
    values = np.moveaxis(low + weight * (high - low), -1, 0)
    if keepdim:
        values = values.reshape(-1, *(1,) * self.ndim) if whole else np.expand_dims(values, along + 1)
    return (values if fractions.ndim else values[0]), below, above, weight
