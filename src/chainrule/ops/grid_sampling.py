"""Pictures and volumes sampled at the places of a grid (`grid_sample`), and the grid of an affine map (`affine_grid`).

Sampling and its way back are a row each. The derivative by the grid is sampling again, with the weights' derivatives
(`orders` says of which order along which coordinate), so the two rows are all there is, for derivatives of any order.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.dtypes import as_numpy_dtype, scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import LINEAR, op
from chainrule.engine.tensor_base import TensorBase
from chainrule.kernels import grid_sampling as kernel
from chainrule.kernels.grid_sampling import BICUBIC, NEAREST
from chainrule.kernels.ranges import linspace

__all__ = ["affine_grid_generator", "grid_sampler", "grid_sampler_2d", "grid_sampler_3d"]

MODES = ("bilinear", "nearest", "bicubic")
PADDINGS = ("zeros", "border", "reflection")

Orders = tuple[int, ...]


def _node_name(input: Any, *rest: Any) -> str:
    return f"GridSampler{len(input.shape) - 2}DBackward0"


def _of_each_coordinate(
    factor: Any, input: Any, grid: Any, mode: int, padding: int, align_corners: bool, orders: Orders
) -> Any:
    # What `factor`, times the samples, gains by moving the grid along each coordinate.
    if mode == NEAREST:
        return np.zeros_like(grid)
    raised = [(*orders[:d], order + 1, *orders[d + 1 :]) for d, order in enumerate(orders)]
    return np.stack(
        [(factor * grid_sampler_samples(input, grid, mode, padding, align_corners, of)).sum(axis=1) for of in raised],
        axis=-1,
    )


def _by_input(
    grad: Any,
    input_shape: tuple[int, ...],
    grid: Any,
    interpolation_mode: int,
    padding_mode: int,
    align_corners: bool,
    orders: Orders,
) -> Any:
    sizes = tuple(input_shape[2:])
    return grid_sampler_spread(grad, grid, sizes, interpolation_mode, padding_mode, align_corners, orders)


def _by_grid(
    grad: Any,
    input: Any,
    grid: Any,
    interpolation_mode: int,
    padding_mode: int,
    align_corners: bool,
    orders: Orders,
) -> Any:
    return _of_each_coordinate(grad, input, grid, interpolation_mode, padding_mode, align_corners, orders)


@op(
    spaces="", node_name=_node_name,
    input=_by_input, grid=_by_grid,
    batching=batches.merged("grid"),
)  # fmt: skip
def grid_sampler_samples(
    input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool, orders: Orders
) -> Any:
    return kernel.sample(input, grid, interpolation_mode, padding_mode, align_corners, orders)


@op(
    spaces="", node_name=lambda self, grid, *rest: f"GridSampler{grid.shape[-1]}DBackwardBackward0",
    self=lambda grad, grid, interpolation_mode, padding_mode, align_corners, orders: grid_sampler_samples(
        grad, grid, interpolation_mode, padding_mode, align_corners, orders
    ),
    grid=lambda grad, self, grid, interpolation_mode, padding_mode, align_corners, orders: _of_each_coordinate(
        self, grad, grid, interpolation_mode, padding_mode, align_corners, orders
    ),
    batching=batches.merged("grid"),
)  # fmt: skip
def grid_sampler_spread(
    self: Any,
    grid: Any,
    sizes: tuple[int, ...],
    interpolation_mode: int,
    padding_mode: int,
    align_corners: bool,
    orders: Orders,
) -> Any:
    return kernel.spread(self, grid, sizes, interpolation_mode, padding_mode, align_corners, orders)


# ---- as users call it ----


def _check(input: Any, grid: Any, mode: int) -> None:
    for position, (name, value) in enumerate((("input", input), ("grid", grid)), 1):
        if not isinstance(value, TensorBase):
            raise TypeError(
                f"grid_sampler(): argument '{name}' (position {position}) must be Tensor, not {type(value).__name__}"
            )
    shape, places = list(input.shape), list(grid.shape)
    rank = len(shape) - 2
    both = f"but got input with sizes {shape} and grid with sizes {places}"
    if shape[0] != places[0]:
        raise RuntimeError(f"grid_sampler(): expected grid and input to have same batch size, {both}")
    if rank not in {2, 3} or len(places) != len(shape):
        raise RuntimeError(
            f"grid_sampler(): expected {min(max(rank, 2), 3) + 2 if rank in {2, 3} else 5}D input and grid with same "
            f"number of dimensions, {both}"
        )
    if places[-1] != rank:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {rank} in last dimension, but got grid with sizes {places}"
        )
    for dimension in range(2, rank + 2):
        if not shape[dimension]:
            raise RuntimeError(
                "grid_sampler(): expected input to have non-empty spatial dimensions, "
                f"but input has sizes {shape} with dimension {dimension} being empty"
            )
    if rank == 3 and mode == BICUBIC:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    given, other = as_numpy_dtype(input.dtype), as_numpy_dtype(grid.dtype)
    if given.kind != "f":
        name = "grid_sampler_2d_cpu_kernel_impl" if rank == 2 else "grid_sampler3d_cpu"
        raise NotImplementedError(f"\"{name}\" not implemented for '{scalar_type_name(given)}'")
    if given != other:
        raise RuntimeError(f"expected scalar type {scalar_type_name(given)} but found {scalar_type_name(other)}")


def grid_sampler(input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
    """What `nn.functional.grid_sample` does, with numbers for its modes.

    `interpolation_mode`: 0 bilinear, 1 nearest, 2 bicubic. `padding_mode`: 0 zeros, 1 border, 2 reflection.

    >>> torch.grid_sampler(torch.tensor([[[[1.0, 2.0]]]]), torch.zeros(1, 1, 1, 2), 0, 0, True)
    tensor([[[[1.5000]]]])
    """
    _check(input, grid, interpolation_mode)
    for name, mode in (("interpolation_mode", interpolation_mode), ("padding_mode", padding_mode)):
        if mode not in (0, 1, 2):
            raise ValueError(f"grid_sampler(): {name} must be 0, 1 or 2, but got {mode}")
    orders = (0,) * (len(input.shape) - 2)
    return grid_sampler_samples(input, grid, interpolation_mode, padding_mode, bool(align_corners), orders)


def grid_sampler_2d(input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
    """`grid_sampler` of pictures.

    >>> torch.grid_sampler_2d(torch.tensor([[[[1.0, 2.0]]]]), torch.zeros(1, 1, 1, 2), 0, 0, True)
    tensor([[[[1.5000]]]])
    """
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


def grid_sampler_3d(input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool) -> Any:
    """`grid_sampler` of volumes.

    >>> torch.grid_sampler_3d(torch.ones(1, 1, 2, 2, 2), torch.zeros(1, 1, 1, 1, 3), 0, 0, True)
    tensor([[[[[1.]]]]])
    """
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


def _aligned(align_corners: bool | None) -> bool:
    if align_corners is None:
        warnings.warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please "
            "specify align_corners=True if the old behavior is desired. See the documentation of grid_sample for "
            "details.",
            UserWarning,
            stacklevel=3,
        )
    return bool(align_corners)


def grid_sample(
    input: Any,
    grid: Any,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Any:
    """Pictures or volumes at the places of a grid, differentiable by both, any number of times.

    Args:
        input: of shape `(N, C, H, W)` or `(N, C, D, H, W)`.
        grid: the places, of shape `(N, ..., 2)` or `(N, ..., 3)` with as many dimensions as `input`; x first, and -1
            and 1 for the ends.
        mode: `bilinear` (for volumes, from all eight neighbours), `nearest`, or `bicubic` (pictures only).
        padding_mode: what is outside: `zeros`, the nearest element of the `border`, or the `reflection`.
        align_corners: whether -1 and 1 are the middles of the first and last elements, and not their outer edges.

    >>> picture = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> torch.nn.functional.grid_sample(picture, torch.zeros(1, 1, 1, 2), align_corners=False)
    tensor([[[[2.5000]]]])
    """
    if mode not in MODES:
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in PADDINGS:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', "
            f"but got: '{padding_mode}'"
        )
    return grid_sampler(input, grid, MODES.index(mode), PADDINGS.index(padding_mode), _aligned(align_corners))


# ---- grids of affine maps ----


def _base(sizes: Sequence[int], align_corners: bool, dtype: Any) -> Any:
    # The places of the identity map, each with a 1 behind: (places, dimensions + 1).
    lines = []
    for size in sizes:
        line = linspace(-1, 1, size, dtype) if size > 1 else np.zeros(1, dtype)
        lines.append(line if align_corners else line * dtype.type(size - 1) / dtype.type(size))
    grids = np.meshgrid(*lines, indexing="ij")[::-1]
    return np.stack([*[g.reshape(-1) for g in grids], np.ones(math.prod(sizes), dtype)], -1)


def _affine_backward(grad: Any, size: tuple[int, ...], align_corners: bool) -> Any:
    return affine_grid_back(grad, size, align_corners)


@op(kind=LINEAR, spaces="", node_name="AffineGridGeneratorBackward0", theta=_affine_backward)
def affine_grid_places(theta: Any, size: tuple[int, ...], align_corners: bool) -> Any:
    wide = theta.astype(np.float32) if theta.dtype == np.float16 else theta
    places = _base(size[2:], align_corners, wide.dtype) @ wide.swapaxes(-1, -2)
    return places.reshape((len(theta), *size[2:], len(size) - 2)).astype(theta.dtype, copy=False)


@op(
    kind=LINEAR, spaces="",
    self=lambda grad, size, align_corners: affine_grid_places(grad, size, align_corners),
)  # fmt: skip
def affine_grid_back(self: Any, size: tuple[int, ...], align_corners: bool) -> Any:
    wide = self.astype(np.float32) if self.dtype == np.float16 else self
    flat = wide.reshape((len(self), math.prod(size[2:]), len(size) - 2))
    return (flat.swapaxes(-1, -2) @ _base(size[2:], align_corners, wide.dtype)).astype(self.dtype, copy=False)


def affine_grid_generator(theta: Any, size: Sequence[int], align_corners: bool) -> Any:
    """What `nn.functional.affine_grid` does.

    >>> torch.affine_grid_generator(torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.5]]]), (1, 1, 1, 2), True)
    tensor([[[[-1.0000,  0.5000],
              [ 1.0000,  0.5000]]]])
    """
    if len(size) not in {4, 5}:
        raise RuntimeError("AffineGridGenerator needs 4d (spatial) or 5d (volumetric) inputs.")
    rank = len(size) - 2
    wanted, given = [size[0], rank + 1], [theta.shape[0], theta.shape[-1]]
    if len(theta.shape) != 3 or wanted != given:
        raise RuntimeError(f"Expected size for first two dimensions of batch2 tensor to be: {wanted} but got: {given}.")
    return affine_grid_places(theta, tuple(int(n) for n in size), bool(align_corners))


def affine_grid(theta: Any, size: Sequence[int], align_corners: bool | None = None) -> Any:
    """The places that affine maps send those of a picture or volume to: a grid for `grid_sample`.

    Args:
        theta: the maps, of shape `(N, 2, 3)` or `(N, 3, 4)`.
        size: of the result of `grid_sample`: `(N, C, H, W)` or `(N, C, D, H, W)`.
        align_corners: as for `grid_sample`.

    >>> identity = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    >>> torch.nn.functional.affine_grid(identity, (1, 1, 1, 2), align_corners=False)
    tensor([[[[-0.5000,  0.0000],
              [ 0.5000,  0.0000]]]])
    """
    aligned = _aligned(align_corners)
    if as_numpy_dtype(theta.dtype).kind != "f":
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    if len(size) not in {4, 5}:
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. "
            f"Got size {size}."
        )
    rank = len(size) - 2
    if tuple(theta.shape[1:]) != (rank, rank + 1):
        raise ValueError(
            f"Expected a batch of {rank}D affine matrices of shape Nx{rank}x{rank + 1} for size {size}. "
            f"Got {theta.shape}."
        )
    if aligned and min(size[2:]) == 1:
        warnings.warn(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when align_corners=True. This "
            "is not an intended use case of affine_grid. See the documentation of affine_grid for details.",
            UserWarning,
            stacklevel=2,
        )
    elif min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    return affine_grid_generator(theta, size, aligned)


# What `nn.functional` alone has.
ELSEWHERE = {"nn.functional": {"affine_grid": affine_grid, "grid_sample": grid_sample}}
