"""What a convolution refuses, in PyTorch's words."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from chainrule.dtypes import c_type_name, scalar_type_name
from chainrule.kernels.convolution import Geometry

__all__ = ["check", "check_transposed_sizes", "expanded", "is_empty", "whole_number", "whole_numbers"]

AXES = ("depth", "height", "width")


def whole_numbers(function: str, argument: str, value: Any) -> tuple[int, ...]:
    """`value`, a number or a sequence of them, as a tuple; TypeError, naming the argument, for what is neither."""
    given = value if isinstance(value, (tuple, list)) else (value,)
    numbers: list[int] = []
    for place, number in enumerate(given):
        if isinstance(number, bool) or not hasattr(number, "__index__"):
            kind = type(number).__name__
            if given is value:
                raise TypeError(
                    f"{function}(): argument '{argument}' failed to unpack the object at pos {place + 1} with error "
                    f'"type must be tuple of ints,but got {kind}"'
                )
            raise TypeError(f"{function}(): argument '{argument}' must be tuple of ints, not {kind}")
        numbers.append(operator.index(number))
    return tuple(numbers)


def whole_number(function: str, argument: str, value: Any) -> int:
    """`value`; TypeError, naming the argument, for what is no whole number."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{function}(): argument '{argument}' must be int, not {type(value).__name__}")
    return operator.index(value)


def expanded(argument: str, numbers: Sequence[int], rank: int) -> tuple[int, ...]:
    """One number for each of `rank` dimensions, where one may stand for all."""
    if isinstance(numbers, int):
        raise TypeError(f"convolution(): argument '{argument}' must be tuple of ints, not int")
    if len(numbers) == rank:
        return tuple(numbers)
    if len(numbers) != 1:
        raise RuntimeError(
            f"expected {argument} to be a single integer value or a list of {rank} values to match the convolution "
            f"dimensions, but got {argument}={list(numbers)}"
        )
    return tuple(numbers) * rank


def check(x: Any, weight: Any, bias: Any, geometry: Geometry, transposed: bool) -> None:
    """Raise for arrays that cannot be convolved, or not in this way."""
    _check_geometry(geometry)
    groups, sizes = geometry.groups, list(weight.shape)
    if x.ndim != weight.ndim:
        raise RuntimeError(
            f"Expected {weight.ndim}-dimensional input for {weight.ndim}-dimensional weight {sizes}, but got "
            f"{x.ndim}-dimensional input of size {list(x.shape)} instead"
        )
    if sizes[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size "
            f"{sizes} instead"
        )
    if sizes[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size [{sizes}] instead"
        )
    given = f"Given transposed={int(transposed)}" if transposed else f"Given groups={groups}"
    channels = sizes[0] if transposed else sizes[1] * groups
    if x.shape[1] != channels:
        raise RuntimeError(
            f"{given}, weight of size {sizes}, expected input{list(x.shape)} to have {channels} channels, but got "
            f"{x.shape[1]} channels instead"
        )
    results = sizes[1] * groups if transposed else sizes[0]
    if bias is not None and bias.shape != (results,):
        given = f"{given}, weight" if transposed else "Given weight"
        raise RuntimeError(
            f"{given} of size {sizes}, expected bias to be 1-dimensional with {results} elements, but got bias of size "
            f"{list(bias.shape)} instead"
        )
    _check_sizes(x, geometry, transposed)
    _check_types(x, weight, bias, transposed)


def _check_geometry(geometry: Geometry) -> None:
    if min(geometry.padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(geometry.stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(geometry.dilation) < 0:
        raise RuntimeError("dilation should be greater than zero")
    if geometry.groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if 0 in geometry.dilation:
        raise RuntimeError("non-positive dilation is not supported")


def _named(what: str, numbers: Sequence[int]) -> str:
    # "kernel_height: 3 kernel_width: 3"; one dimension is a picture of height 1.
    return " ".join(f"{what}_{axis}: {n}" for axis, n in zip(AXES[-len(numbers) :], numbers, strict=True))


def _by(numbers: Sequence[int]) -> str:
    return f"({' x '.join(map(str, numbers))})"


def _check_sizes(x: Any, geometry: Geometry, transposed: bool) -> None:
    if 0 in geometry.kernel:
        raise RuntimeError(f"kernel size should be greater than zero, but got {_named('kernel', geometry.kernel)}")
    if not transposed and min(geometry.places(x.shape[2:])) < 1:
        around = [n + 2 * p for n, p in zip(x.shape[2:], geometry.padding, strict=True)]
        spread = [d * (k - 1) + 1 for k, d in zip(geometry.kernel, geometry.dilation, strict=True)]
        raise RuntimeError(
            f"Calculated padded input size per channel: {_by(around)}. Kernel size: {_by(spread)}. "
            "Kernel size can't be greater than actual input size"
        )
    if 0 in x.shape[2:] and 0 not in x.shape[:2]:
        raise RuntimeError(
            f"Only zero batch or zero channel inputs are supported, but got input shape: {list(x.shape)}"
        )


def check_transposed_sizes(x: Any, geometry: Geometry, output_padding: Sequence[int], sizes: Sequence[int]) -> None:
    """Raise where the result of a transposed convolution has no elements, or more rows than it can have."""
    if min(output_padding) < 0:
        raise RuntimeError("negative output_padding is not supported")
    stride, dilation = geometry.stride, geometry.dilation
    if any(p >= s and p >= d for p, s, d in zip(output_padding, stride, dilation, strict=True)):
        if len(stride) == 1:
            output_padding, stride, dilation = (0, *output_padding), (1, *stride), (1, *dilation)
        raise RuntimeError(
            "output padding must be smaller than either stride or dilation, but got "
            f"{_named('output_padding', output_padding)} {_named('stride', stride)} {_named('dilation', dilation)}"
        )
    if min(sizes) < 1:
        raise RuntimeError(
            f"Given input size per channel: {_by(x.shape[2:])}. Calculated output size per channel: {_by(sizes)}. "
            "Output size is too small"
        )


def _check_types(x: Any, weight: Any, bias: Any, transposed: bool) -> None:
    if bias is not None and bias.dtype != x.dtype and weight.dtype == x.dtype:
        raise RuntimeError(
            f"Input type ({c_type_name(x.dtype)}) and bias type ({c_type_name(bias.dtype)}) should be the same"
        )
    if weight.dtype != x.dtype:
        if scalar_type_name(x.dtype) == "Float":
            raise RuntimeError(
                f"Input type (torch.FloatTensor) and weight type (torch.{scalar_type_name(weight.dtype)}Tensor) should "
                "be the same or input should be a MKLDNN tensor and weight is a dense tensor"
            )
        if x.dtype.kind == "c":
            raise RuntimeError(
                f"Input type (CPU{scalar_type_name(x.dtype)}Type) and weight type "
                f"(torch.{scalar_type_name(weight.dtype)}Tensor) should be the same"
            )
        raise RuntimeError(
            f"expected scalar type {scalar_type_name(x.dtype)} but found {scalar_type_name(weight.dtype)}"
        )
    if x.dtype.kind == "b":
        kernel = "slow_conv_transpose2d_out_cpu" if transposed else "slow_conv2d_cpu"
        if x.ndim == 5:
            kernel = "slow_conv_transpose3d_out_cpu" if transposed else "compute_columns3d"
        raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")


def is_empty(*shapes: Sequence[int]) -> bool:
    """Whether one of these shapes has no elements."""
    return any(0 in shape for shape in shapes)
