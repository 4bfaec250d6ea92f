"""Integrals of sampled functions by the trapezoidal rule."""

from __future__ import annotations

from typing import Any

from chainrule import dtypes
from chainrule.dimensions import wrap_dim

__all__ = ["trapezoid", "trapz", "cumulative_trapezoid"]


def trapezoid(y: Any, x: Any = None, *, dx: float | None = None, dim: int = -1) -> Any:
    """The integral of samples along `dim`, which lie at `x`, or `dx` (1) apart.

    >>> torch.trapezoid(torch.tensor([1.0, 3.0]), dx=2)
    tensor(4.)
    """
    areas, factor = _areas("trapezoid", y, x, dx, dim)
    if x is None:
        if not (y.is_floating_point() or y.is_complex()):
            # Sums of integers are of int64, where those of two neighbours might not fit.
            return (y.sum(dim) - (y.select(dim, 0) + y.select(dim, -1)) * 0.5) * (2.0 * factor)
        return areas.sum(dim) * factor
    return areas.sum(dim) / 2.0


def trapz(y: Any, x: Any = None, *, dx: float | None = None, dim: int = -1) -> Any:
    """The integral of samples along `dim`, as `trapezoid`.

    >>> torch.trapz(torch.tensor([1.0, 3.0]))
    tensor(2.)
    """
    return trapezoid(y, x, dx=dx, dim=dim)


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: float | None = None, dim: int = -1) -> Any:
    """The integrals of samples along `dim` up to each but the first.

    >>> torch.cumulative_trapezoid(torch.tensor([1.0, 3.0, 5.0]))
    tensor([2., 6.])
    """
    areas, factor = _areas("cumulative_trapezoid", y, x, dx, dim)
    return (areas * factor).cumsum(dim) if x is None else areas.cumsum(dim) / 2.0


def _areas(name: str, y: Any, x: Any, dx: float | None, dim: int) -> tuple[Any, float]:
    # Twice those of the trapezoids between neighbours, and by what to multiply them where no `x` is given.
    if x is not None and dx is not None:
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got (Tensor, Tensor, dx={type(dx).__name__}), "
            "but expected one of:"
        )
    parameter = "`y`" if x is None else "`x` or `y`"
    for tensor in (y, x):
        if tensor is not None and tensor.dtype == dtypes.bool:
            raise RuntimeError(f"{name}: received a bool input for {parameter}, but bool is not supported")
    if y.ndim == 0:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    dim = wrap_dim(dim, y.ndim)
    count = y.shape[dim]
    before, behind = y.narrow(dim, 0, max(count - 1, 0)), y.narrow(dim, min(1, count), max(count - 1, 0))
    if x is None:
        return before + behind, (1.0 if dx is None else dx) / 2.0
    if x.ndim == 1:
        if x.shape[0] != count:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
        steps = x.diff().reshape((max(count - 1, 0),) + (1,) * (y.ndim - 1 - dim))
    else:
        if x.ndim < y.ndim:
            x = x.reshape((1,) * (y.ndim - x.ndim) + tuple(x.shape))
        steps = x.diff(dim=dim)
    return (before + behind) * steps, 0.5
