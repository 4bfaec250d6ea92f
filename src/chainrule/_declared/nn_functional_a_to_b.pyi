# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Any, Literal, overload

from chainrule._declared.arguments import Dims, Number
from chainrule.tensor import Tensor

def adaptive_avg_pool1d(input: Tensor, output_size: int | Sequence[int | None]) -> Tensor:
    """The means of `output_size` parts of the last dimension, which may share an element where it does not divide."""

def adaptive_avg_pool2d(input: Tensor, output_size: int | Sequence[int | None]) -> Tensor:
    """The means of `output_size` parts of the last two dimensions, which may share elements where it does not
    divide.
    """

def adaptive_avg_pool3d(input: Tensor, output_size: int | Sequence[int | None]) -> Tensor:
    """The means of `output_size` parts of the last three dimensions; see `adaptive_avg_pool2d`."""

@overload
def adaptive_max_pool1d(
    input: Tensor, output_size: int | Sequence[int | None], return_indices: Literal[False] = False
) -> Tensor: ...
@overload
def adaptive_max_pool1d(
    input: Tensor, output_size: int | Sequence[int | None], *, return_indices: Literal[True]
) -> tuple[Tensor, Tensor]: ...
@overload
def adaptive_max_pool1d(input: Tensor, output_size: int | Sequence[int | None], return_indices: bool = False) -> Any:
    """The largest elements of `output_size` parts of the last dimension, which may share one where it does not
    divide.
    """

def adaptive_max_pool1d_with_indices(input: Tensor, output_size: int | Sequence[int | None]) -> tuple[Tensor, Tensor]:
    """The largest elements of `output_size` parts of the last dimension, and their indices."""

@overload
def adaptive_max_pool2d(
    input: Tensor, output_size: int | Sequence[int | None], return_indices: Literal[False] = False
) -> Tensor: ...
@overload
def adaptive_max_pool2d(
    input: Tensor, output_size: int | Sequence[int | None], *, return_indices: Literal[True]
) -> tuple[Tensor, Tensor]: ...
@overload
def adaptive_max_pool2d(input: Tensor, output_size: int | Sequence[int | None], return_indices: bool = False) -> Any:
    """The largest elements of `output_size` parts of the last two dimensions, which may share elements."""

def adaptive_max_pool2d_with_indices(
    input: Tensor, output_size: int | Sequence[int | None], return_indices: bool = True
) -> Tensor:
    """`adaptive_max_pool2d` with `return_indices=True`."""

@overload
def adaptive_max_pool3d(
    input: Tensor, output_size: int | Sequence[int | None], return_indices: Literal[False] = False
) -> Tensor: ...
@overload
def adaptive_max_pool3d(
    input: Tensor, output_size: int | Sequence[int | None], *, return_indices: Literal[True]
) -> tuple[Tensor, Tensor]: ...
@overload
def adaptive_max_pool3d(input: Tensor, output_size: int | Sequence[int | None], return_indices: bool = False) -> Any:
    """The largest elements of `output_size` parts of the last three dimensions; see `adaptive_max_pool2d`."""

def adaptive_max_pool3d_with_indices(
    input: Tensor, output_size: int | Sequence[int | None], return_indices: bool = True
) -> Tensor:
    """`adaptive_max_pool3d` with `return_indices=True`."""

def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The places that affine maps send those of a picture or volume to: a grid for `grid_sample`."""

def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout that keeps mean 0 and variance 1, for networks of scaled exponential units (`selu`)."""

def avg_pool1d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window over the last dimension."""

def avg_pool2d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window over the last two dimensions."""

def avg_pool3d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window over the last three dimensions; see `avg_pool2d`."""

def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-05,
) -> Tensor:
    """Shift and scale each channel (dimension 1) to mean 0 and variance 1, then by its `weight` and `bias`."""

def bilinear(
    input1: Tensor | Number, input2: Tensor | Number, weight: Tensor | Number, bias: Tensor | Number | None = None
) -> Tensor:
    """`input1 @ weight[k] @ input2 + bias[k]` for each output k; weight (out, in1, in2)."""

def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The cross entropy of probabilities `input` against `target`, both between 0 and 1."""

def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """The cross entropy of `sigmoid(input)` against `target`, computed without overflow."""
