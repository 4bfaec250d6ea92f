"""Gradients kept within bounds: by their common norm, or one by one."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from chainrule.dtypes import default_float
from chainrule.engine.places import here
from chainrule.engine.versions import about_to_change, count_change
from chainrule.names import public_name
from chainrule.tensor import Tensor, wrap


def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all elements of all tensors taken together.

    Args:
        tensors: one or more tensors.
        norm_type: the exponent; `inf` for the largest absolute value.
        error_if_nonfinite: raise RuntimeError when the norm is infinite or NaN.
        foreach: how PyTorch is to compute; without effect here.

    >>> get_total_norm([torch.tensor([3.0]), torch.tensor([4.0])])
    tensor(5.)
    """
    arrays = [tensor._array for tensor in ([tensors] if isinstance(tensors, Tensor) else tensors)]
    order = float(norm_type)
    # Infinities and NaN are for the caller to look at: the result says what there is to say.
    with np.errstate(all="ignore"):
        norms = [_norm(array, order) for array in arrays if array.size]
        if order == 2:
            total = math.sqrt(sum([norm * norm for norm in norms]))
        else:
            total = float(np.linalg.norm(norms, order)) if norms else 0.0
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {order} for gradients from `parameters` is non-finite, so it cannot be clipped. "
            "To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return wrap(np.array(total, arrays[0].real.dtype if arrays else default_float()))


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale all gradients by `max_norm / total_norm` where that is below 1."""
    scale = float(max_norm) / (total_norm.item() + 1e-6)
    # A factor of 1 too is multiplied by, as PyTorch does: infinities and versions come out the same. NaN is no factor
    # above 1, and stays.
    scale = 1.0 if scale > 1 else scale
    place = here()
    grads = _grads(parameters)
    for grad in grads:
        about_to_change(grad._version_counter)
    with np.errstate(all="ignore"):
        for grad in grads:
            array = grad._array
            np.multiply(array, np.array(scale, array.dtype), out=array)
            count_change(grad._version_counter, operation="clip_grad_norm_", at=place)


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients together so that their common norm is at most `max_norm`; returns the norm they had.

    Args:
        parameters: whose gradients to scale.
        max_norm: the largest norm allowed.
        norm_type: the exponent; `inf` for the largest absolute value.
        error_if_nonfinite: raise RuntimeError when the norm is infinite or NaN, and change nothing.
        foreach: how PyTorch is to compute; without effect here.

    >>> w = torch.zeros(2, requires_grad=True)
    >>> w.grad = torch.tensor([3.0, 4.0])
    >>> clip_grad_norm_([w], max_norm=1.0)
    tensor(5.)
    >>> w.grad
    tensor([0.6000, 0.8000])
    """
    parameters = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    total_norm = get_total_norm(_grads(parameters), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(parameters, max_norm, total_norm)
    return total_norm


def clip_grad_norm(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """As `clip_grad_norm_`, which takes its place; warns of that."""
    path = f"{public_name()}.nn.utils.clip_grad_norm"
    warnings.warn(f"`{path}` is now deprecated in favor of `{path}_`.", FutureWarning, stacklevel=2)
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Bring each element of the gradients between `-clip_value` and `clip_value`.

    >>> w = torch.zeros(2, requires_grad=True)
    >>> w.grad = torch.tensor([3.0, -0.5])
    >>> clip_grad_value_([w], 1.0)
    >>> w.grad
    tensor([ 1.0000, -0.5000])
    """
    bound = float(clip_value)
    place = here()
    grads = _grads(parameters)
    for grad in grads:
        about_to_change(grad._version_counter)
    for grad in grads:
        array = grad._array
        array.clip(np.array(-bound, array.dtype), np.array(bound, array.dtype), array)
        count_change(grad._version_counter, operation="clip_grad_value_", at=place)


def _grads(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    parameters = [parameters] if isinstance(parameters, Tensor) else parameters
    return [parameter.grad for parameter in parameters if parameter._grad is not None]  # type: ignore[misc]


def _norm(array: np.ndarray[Any, Any], order: float) -> float:
    flat = array.ravel(order="K")
    if order == 2 and array.dtype.kind == "f" and array.itemsize > 2:
        # What np.linalg.norm does too, once it has found out that it may.
        return math.sqrt(flat.dot(flat))
    return float(np.linalg.norm(flat, order))
