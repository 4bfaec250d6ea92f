"""Interpolation: pictures, sounds and volumes made larger or smaller.

One row does all of it, and is its own derivative: what says how a dimension is resampled can be transposed.
"""

from __future__ import annotations

import operator
import warnings
from typing import Any

import numpy as np

from chainrule.dtypes import as_numpy_dtype, scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import LINEAR, op
from chainrule.engine.tensor_base import TensorBase
from chainrule.kernels.resampling import Resampling, resample, resample_bytes, resampling
from chainrule.ops.adaptive_pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d

__all__ = ["interpolate", "upsample", "upsample_bilinear", "upsample_nearest"]
SPACE = "nn.functional"

# By the mode and the number of dimensions that are resampled: the node's name.
NAMES = {
    **{("nearest", rank): f"UpsampleNearest{rank}D" for rank in (1, 2, 3)},
    **{("nearest-exact", rank): f"UpsampleNearestExact{rank}D" for rank in (1, 2, 3)},
    ("linear", 1): "UpsampleLinear1D",
    ("bilinear", 2): "UpsampleBilinear2D",
    ("bicubic", 2): "UpsampleBicubic2D",
    ("trilinear", 3): "UpsampleTrilinear3D",
    ("lanczos", 2): "UpsampleLanczos2D",
}  # fmt: skip
ALONG = {"bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}
RANKS = {"linear": 1, "bilinear": 2, "trilinear": 3}


def _back(name: str) -> str:
    return name.removesuffix("Backward") if name.endswith("Backward") else name + "Backward"


def _backward(grad: Any, name: str, along: tuple[Resampling, ...]) -> Any:
    return resampled(grad, _back(name), tuple([r.transposed for r in along]))


@op(
    kind=LINEAR, spaces="", node_name=lambda self, name, along: f"{name}Backward0",
    self=_backward,
    batching=batches.merged(),
)  # fmt: skip
def resampled(self: Any, name: str, along: tuple[Resampling, ...]) -> Any:
    # `name`: what the node is called, less its last word.
    if self.dtype == np.uint8 and not all(r.picks for r in along):
        return resample_bytes(self, along)
    return resample(self, along)


# ---- what is asked for ----


def _each(given: Any, rank: int) -> list[Any]:
    return list(given) if isinstance(given, (tuple, list)) else [given] * rank


def _is_whole(number: Any) -> bool:
    if isinstance(number, TensorBase):
        return number._array.dtype.kind in "iu"
    return isinstance(number, (int, np.integer))


def _asked_sizes(size: Any, shape: list[int]) -> list[Any]:
    if not isinstance(size, (tuple, list)):
        return [size] * len(shape)
    if len(size) != len(shape):
        raise ValueError(
            "Input and output must have the same number of spatial dimensions, but got input with spatial dimensions "
            f"of {shape} and output size of {size}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and "
            "output size in (o1, o2, ...,oK) format."
        )
    if not all(_is_whole(n) for n in size):
        raise TypeError(
            "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], "
            f"but got size with types {[type(n) for n in size]}"
        )
    return list(size)


def _asked_factors(scale_factor: Any, shape: list[int]) -> list[Any]:
    if isinstance(scale_factor, (tuple, list)) and len(scale_factor) != len(shape):
        raise ValueError(
            "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial "
            f"dimensions of {shape} and scale_factor of shape {scale_factor}. Please provide input tensor in "
            "(N, C, d1, d2, ...,dK) format and scale_factor in (s1, s2, ...,sK) format."
        )
    return _each(scale_factor, len(shape))


def _multiplied(size: int, factor: Any) -> int:
    try:
        return int(size * factor)
    except (ValueError, OverflowError):
        raise RuntimeError("value cannot be converted to type int64_t without overflow") from None


def _check_numbers(name: str, given: list[Any], what: str, kinds: tuple[type, ...]) -> None:
    if any(isinstance(n, bool) or not isinstance(n, kinds) for n in given):
        shown = ", ".join(type(n).__name__ for n in given)
        raise TypeError(f"{name}(): its {what} must be numbers of type {kinds[0].__name__}, but got ({shown})")


def _check_sizes(shape: tuple[int, ...], counts: list[int]) -> None:
    sizes = shape[2:]
    if min(*sizes, *counts) <= 0:
        letters = "DHW"[3 - len(sizes) :]
        before = ", ".join(f"{letter}: {n}" for letter, n in zip(letters, sizes, strict=True))
        after = ", ".join(f"{letter}: {n}" for letter, n in zip(letters, counts, strict=True))
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input ({before}) "
            f"{'and ' if len(sizes) == 1 else ''}output ({after})"
        )
    if not shape[1]:
        raise RuntimeError(f"Non-empty {len(shape)}D data tensor expected but got a tensor with sizes {list(shape)}")


def _check_kind(dtype: Any, mode: str, rank: int, antialias: bool) -> None:
    if mode.startswith("nearest"):
        taken = dtype.kind == "f" or dtype == np.uint8
        kernel = "upsample_nearest2d_channels_last" if rank == 2 else "compute_indices_weights_nearest"
    elif antialias:
        taken = dtype.name in {"float32", "float64", "uint8"}
        kernel = "compute_index_ranges_weights"
    else:
        taken = dtype.kind == "f" or (rank == 2 and dtype == np.uint8)
        kernel = "compute_indices_weights_cubic" if mode == "bicubic" else "compute_indices_weights_linear"
        kernel = "upsample_bilinear2d_channels_last" if mode == "bilinear" else kernel
    if not taken:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{scalar_type_name(dtype)}'")


def _node_name(mode: str, rank: int, antialias: bool) -> str:
    name = NAMES.get((mode, rank))
    if name is not None:
        return name + "Aa" if antialias else name
    if mode in RANKS and rank in (1, 2, 3):
        raise NotImplementedError(f"Got {rank + 2}D input, but {mode} mode needs {RANKS[mode] + 2}D input")
    raise NotImplementedError(
        f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {rank + 2}D) for the modes: nearest | linear | "
        f"bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})"
    )


def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """The last one, two or three dimensions of a tensor made larger or smaller.

    Args:
        input: of shape `(N, C, L)`, `(N, C, H, W)` or `(N, C, D, H, W)`: floating-point; or uint8, of two dimensions or
            for the nearest element.
        size: the sizes to have, or one number for all.
        scale_factor: by how much to multiply the sizes instead.
        mode: `nearest` (the element that a place begins in) or `nearest-exact` (in which its middle lies); `linear`,
            `bilinear` or `trilinear`, by the number of dimensions; `bicubic`; `area`, the mean of what a place covers;
            `lanczos`, with `antialias` only.
        align_corners: whether the first and last elements stay where they are, and not the outer edges.
        recompute_scale_factor: whether to take the factor that the sizes, rounded down, have.
        antialias: whether a smaller picture's elements are means over all that they cover (`bilinear`, `bicubic`,
            `lanczos`).

    >>> torch.nn.functional.interpolate(torch.tensor([[[1.0, 2.0]]]), scale_factor=2, mode="linear")
    tensor([[[1.0000, 1.2500, 1.7500, 2.0000]]])
    """
    rank = input.dim() - 2
    spatial = list(input.shape[2:])
    if mode in {"nearest", "area", "nearest-exact"} and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    factors: list[Any] | None = None
    if size is not None:
        sizes = _asked_sizes(size, spatial)
        if recompute_scale_factor:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    elif scale_factor is not None:
        factors = _asked_factors(scale_factor, spatial)
        _check_numbers("interpolate", factors, "scale factors", (float, int, np.floating, np.integer))
        sizes = [_multiplied(n, f) for n, f in zip(spatial, factors, strict=True)]
        if recompute_scale_factor:
            factors = None
    else:
        raise ValueError("either size or scale_factor should be defined")
    if antialias and not (mode in {"bilinear", "bicubic", "lanczos"} and rank == 2):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )
    if mode == "area" and rank in (1, 2, 3):
        return (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[rank - 1](input, tuple(sizes))
    if mode == "lanczos" and rank == 2:
        if align_corners:
            raise ValueError("Lanczos mode does not support align_corners=True")
        if not antialias:
            raise ValueError("Lanczos mode requires antialias=True")
    name = _node_name(mode, rank, antialias)
    sizes = [n if isinstance(n, bool) or not _is_whole(n) else operator.index(n) for n in sizes]
    _check_numbers("interpolate", sizes, "sizes", (int,))
    _check_sizes(tuple(input.shape), sizes)
    _check_kind(as_numpy_dtype(input.dtype), mode, rank, antialias)
    along = ALONG.get(mode, mode) + (" antialias" if antialias else "")
    taken = [None if f is None else float(f) for f in factors or [None] * rank]
    if mode == "nearest" and rank == 2:  # of pictures PyTorch takes the factor that the sizes have, where it is 1 or 2
        taken = [None if m in {n, 2 * n} else f for n, m, f in zip(spatial, sizes, taken, strict=True)]
    each = zip(spatial, sizes, taken, strict=True)
    return resampled(input, name, tuple([resampling(along, n, m, bool(align_corners), f) for n, m, f in each]))


def _deprecated(name: str) -> None:
    warnings.warn(
        f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning, stacklevel=3
    )


def upsample(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Any:
    """The older name of `interpolate`; warns.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     torch.nn.functional.upsample(torch.tensor([[[1.0, 2.0]]]), 4)
    tensor([[[1., 1., 2., 2.]]])
    """
    _deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate` with `mode="bilinear", align_corners=True`; warns.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     torch.nn.functional.upsample_bilinear(torch.tensor([[[[1.0, 2.0]]]]), (1, 3))
    tensor([[[[1.0000, 1.5000, 2.0000]]]])
    """
    _deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, "bilinear", align_corners=True)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate` with `mode="nearest"`; warns.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     torch.nn.functional.upsample_nearest(torch.tensor([[[1.0, 2.0]]]), 4)
    tensor([[[1., 1., 2., 2.]]])
    """
    _deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor)
