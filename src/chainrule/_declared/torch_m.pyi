# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Literal, overload

from chainrule._declared import results
from chainrule._declared.arguments import Dims, Number
from chainrule.dtypes import dtype
from chainrule.random import Generator
from chainrule.tensor import Tensor

def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 0
) -> Tensor:
    """`nn.functional.margin_ranking_loss`, with a number for the reduction."""

def masked_fill(input: Tensor, mask: Tensor, value: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """A copy with `value`, a number or a tensor without dimensions, where the mask is true."""

def masked_scatter(input: Tensor, mask: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A copy with the elements of `source`, in order, where the mask is true."""

def masked_select(input: Tensor, mask: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements where the mask, broadcast against the tensor, is true, in one dimension."""

def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of two matrices, two vectors, a matrix and a vector, or batches of matrices, whose sizes
    broadcast.
    """

def matrix_exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The exponential of a square matrix, or of each of a batch."""

def matrix_power(input: Tensor, n: int, *, out: Tensor | None = None) -> Tensor:
    """The product of `n` copies of a square matrix; of its inverse for negative `n`."""

def matrix_rank(
    input: Tensor, tol: Tensor | float | None = None, symmetric: bool = False, *, out: Tensor | None = None
) -> Tensor:
    """Removed: see `linalg.matrix_rank`."""

@overload
def max(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
@overload
def max(input: Tensor, dim: int, keepdim: bool = False, *, out: Sequence[Tensor] | None = None) -> results.max: ...
@overload
def max(input: Tensor, *, axis: int, keepdims: bool = False, out: Sequence[Tensor] | None = None) -> results.max: ...
@overload
def max(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The largest of all elements; with `dim` the largest along it and their indices; of two tensors their
    `maximum`.
    """

def max_pool1d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """The largest element of each window over the last dimension; NaN where the window has one."""

def max_pool1d_with_indices(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    return_indices: bool = True,
) -> tuple[Tensor, Tensor]:
    """What `max_pool1d` gives, and the index along the last dimension of each element."""

def max_pool2d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """The largest element of each window over the last two dimensions; NaN where the window has one."""

def max_pool3d(
    input: Tensor,
    kernel_size: Dims,
    stride: Dims | None = None,
    padding: Dims = 0,
    dilation: Dims = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    """The largest element of each window over the last three dimensions; see `max_pool2d`."""

def maximum(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.maximum`."""

@overload
def mean(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    dtype: dtype | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@overload
def mean(
    input: Tensor, axis: Dims | None, *, keepdims: bool = False, dtype: dtype | None = None, out: Tensor | None = None
) -> Tensor:
    """The mean of the elements along `dim`, of all of them by default."""

@overload
def median(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
@overload
def median(
    input: Tensor, dim: int, keepdim: bool = False, *, out: Sequence[Tensor] | None = None
) -> results.median: ...
@overload
def median(input: Tensor, *, axis: int, keepdim: bool = False, out: Sequence[Tensor] | None = None) -> results.median:
    """The middle one of all elements, the lower of two; with `dim` the middle ones along it and their indices."""

@overload
def meshgrid(*tensors: Tensor, indexing: Literal["ij", "xy"] | None = None) -> tuple[Tensor, ...]: ...
@overload
def meshgrid(tensors: Sequence[Tensor], /, *, indexing: Literal["ij", "xy"] | None = None) -> tuple[Tensor, ...]:
    """Coordinates of a grid: the i-th result varies along the i-th dimension as the i-th tensor does."""

@overload
def min(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
@overload
def min(input: Tensor, dim: int, keepdim: bool = False, *, out: Sequence[Tensor] | None = None) -> results.min: ...
@overload
def min(input: Tensor, *, axis: int, keepdims: bool = False, out: Sequence[Tensor] | None = None) -> results.min: ...
@overload
def min(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The smallest of all elements; with `dim` the smallest along it and their indices; of two tensors their
    `minimum`.
    """

def minimum(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.minimum`."""

def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of two matrices."""

@overload
def mode(
    input: Tensor, dim: int = -1, keepdim: bool = False, *, out: Sequence[Tensor] | None = None
) -> results.mode: ...
@overload
def mode(input: Tensor, axis: int, *, keepdims: bool = False, out: Sequence[Tensor] | None = None) -> results.mode:
    """The most frequent value along `dim`, the smallest of several, and the index of its last occurrence."""

def moveaxis(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """`movedim` by NumPy's name."""

def movedim(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """Dimensions `source` moved to the places `destination`; the others keep their order."""

def msort(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements in order along the first dimension."""

def mul(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.multiply`."""

def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Places drawn from each row of `input` with a probability in proportion to the weight there, as `int64`."""

def multiply(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.multiply`."""

def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The product of a matrix and a vector."""

def mvlgamma(input: Tensor, p: int, *, out: Tensor | None = None) -> Tensor:
    """The logarithm of the multivariate gamma function of dimension `p` (35.3.4)."""

def mvlgamma_(input: Tensor, p: int) -> Tensor:
    """`mvlgamma`, written into the tensor itself."""
