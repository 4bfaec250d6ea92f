# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Literal, overload

from chainrule._declared import results
from chainrule._declared.arguments import Device, Dims, Number
from chainrule.dtypes import dtype
from chainrule.layouts import layout, memory_format
from chainrule.random import Generator
from chainrule.tensor import Tensor

def nan_to_num(
    input: Tensor,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """NaN as `nan` (0), infinities as `posinf` and `neginf` (the largest and least finite numbers)."""

def nan_to_num_(
    input: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """`nan_to_num`, written into the tensor itself."""

@overload
def nanmean(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    dtype: dtype | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@overload
def nanmean(
    input: Tensor, axis: Dims | None, *, keepdims: bool = False, dtype: dtype | None = None, out: Tensor | None = None
) -> Tensor:
    """The mean along `dim` of the elements that are not NaN."""

@overload
def nanmedian(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
@overload
def nanmedian(
    input: Tensor, dim: int, keepdim: bool = False, *, out: Sequence[Tensor] | None = None
) -> results.nanmedian: ...
@overload
def nanmedian(
    input: Tensor, *, axis: int, keepdim: bool = False, out: Sequence[Tensor] | None = None
) -> results.nanmedian:
    """`median` of the elements that are not NaN."""

def nanquantile(
    input: Tensor,
    q: Tensor | float,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: Literal["linear", "lower", "higher", "midpoint", "nearest"] = "linear",
) -> Tensor:
    """`quantile` of the elements that are not NaN."""

@overload
def nansum(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    dtype: dtype | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@overload
def nansum(
    input: Tensor, axis: Dims | None, *, keepdims: bool = False, dtype: dtype | None = None, out: Tensor | None = None
) -> Tensor:
    """The sum along `dim`, in which NaN counts as 0."""

def narrow(input: Tensor, dim: int, start: int | Tensor, length: int) -> Tensor:
    """`length` slices of dimension `dim` from `start` on; the same memory."""

def narrow_copy(input: Tensor, dim: int, start: int, length: int, *, out: Tensor | None = None) -> Tensor:
    """A copy of `length` slices of dimension `dim` from `start` on."""

def native_channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Channels of `groups` groups in turn: the first of each, then the second of each, and so on."""

def native_dropout(input: Tensor, p: float, train: bool | None) -> tuple[Tensor, Tensor]:
    """`dropout`, and which numbers were kept; `train=None` counts as True."""

def ne(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.not_equal`."""

def neg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.negative`."""

def neg_(input: Tensor) -> Tensor:
    """`neg`, written into the tensor itself."""

def negative(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.negative`."""

def negative_(input: Tensor) -> Tensor:
    """`neg`, written into the tensor itself."""

def nextafter(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.nextafter`."""

@overload
def nonzero(input: Tensor, *, as_tuple: Literal[False] = False, out: Tensor | None = None) -> Tensor: ...
@overload
def nonzero(input: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]:
    """The indices of the elements that are not zero, one in each row; with `as_tuple` a vector for each dimension."""

def nonzero_static(input: Tensor, *, size: int, fill_value: int = -1, out: Tensor | None = None) -> Tensor:
    """The indices of the first `size` elements that are not zero, one in each row; then rows of `fill_value`."""

def norm(
    input: Tensor,
    p: float | str = "fro",
    dim: Dims | None = None,
    keepdim: bool = False,
    out: Tensor | None = None,
    dtype: dtype | None = None,
) -> Tensor:
    """The `p`-norm of all elements, or of the vectors along `dim`; `p` also `"fro"` (as 2), `"nuc"` and `inf`."""

def norm_except_dim(v: Tensor, pow: int = 2, dim: int = 0) -> Tensor:
    """The norms of the parts of a tensor along one dimension, over all others; over all dimensions for `dim=-1`."""

@overload
def normal(
    mean: Tensor, std: Tensor | float = 1, *, generator: Generator | None = None, out: Tensor | None = None
) -> Tensor: ...
@overload
def normal(mean: float, std: Tensor, *, generator: Generator | None = None, out: Tensor | None = None) -> Tensor: ...
@overload
def normal(
    mean: float,
    std: float,
    size: Sequence[int],
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Normal numbers: of one `mean` and `std` in a given `size`, or with a tensor of means, or of deviations, or
    both.
    """

def not_equal(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.not_equal`."""

def nuclear_norm(input: Tensor, dim: Dims = (-2, -1), keepdim: bool = False, *, out: Tensor | None = None) -> Tensor:
    """The sum of the singular values of the matrices in two dimensions."""

@overload
def ones(
    *size: int,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor: ...
@overload
def ones(
    size: Sequence[int],
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of ones, of the default floating-point type unless `dtype` is given."""

def ones_like(
    input: Tensor,
    *,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: memory_format | None = None,
) -> Tensor:
    """Ones, in the shape and type of `input`."""

def orgqr(input: Tensor, input2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The first columns of the product of reflections, as `linalg.householder_product`."""

def ormqr(
    input: Tensor,
    input2: Tensor,
    input3: Tensor,
    left: bool = True,
    transpose: bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The product of the square `Q` of reflections, as `geqrf` gives them, with another matrix, on its left or
    right.
    """

def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The products of every element of one vector with every element of another."""

def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-06, keepdim: bool = False) -> Tensor:
    """The `p`-norm distances of the vectors of two tensors in the last dimension; `eps` is added to every
    difference.
    """

def pca_lowrank(A: Tensor, q: int | None = None, center: bool = True, niter: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    """Principal components of the rows of `A`: about the `q` largest singular values of `A` less the mean of its
    rows.
    """

def pdist(input: Tensor, p: float = 2) -> Tensor:
    """The `p`-norm distances between every two rows of a matrix: the upper triangle of `cdist`."""

@overload
def permute(input: Tensor, *dims: int) -> Tensor: ...
@overload
def permute(input: Tensor, dims: Sequence[int]) -> Tensor:
    """The same memory with the dimensions in another order."""

def permute_copy(input: Tensor, dims: Sequence[int], *, out: Tensor | None = None) -> Tensor:
    """A copy of what `permute` gives."""

def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """The Moore-Penrose pseudoinverse, as `linalg.pinv` with `rtol=rcond`."""

def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Each `upscale_factor ** 2` channels as one, of that many times the height and width."""

def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """The inverse of `pixel_shuffle`: squares of `downscale_factor` elements along each side become channels."""

def poisson(input: Tensor, generator: Generator | None = None, *, out: Tensor | None = None) -> Tensor:
    """Numbers of events that come at these rates, in the type of the rates; their gradient is 0."""

def poisson_nll_loss(input: Tensor, target: Tensor, log_input: bool, full: bool, eps: float, reduction: int) -> Tensor:
    """`nn.functional.poisson_nll_loss`, with a number for the reduction."""

def polar(abs: Tensor, angle: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The complex numbers of this distance from 0 and this angle, both of one floating-point type."""

def polygamma(n: int, input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The n-th derivative of `digamma` (5.15)."""

def positive(input: Tensor) -> Tensor:
    """See `numpy.positive`."""

@overload
def pow(input: Tensor, exponent: Tensor | Number, *, out: Tensor | None = None) -> Tensor: ...
@overload
def pow(input: Number, exponent: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`input ** exponent`; either may be a number."""

def prelu(input: Tensor, weight: Tensor | Number) -> Tensor:
    """`x` where positive, else `weight * x`, with one weight or one for each channel (dimension 1)."""

@overload
def prod(
    input: Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    dtype: dtype | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@overload
def prod(
    input: Tensor, axis: int | None, *, keepdims: bool = False, dtype: dtype | None = None, out: Tensor | None = None
) -> Tensor:
    """The product of the elements along the one dimension `dim`, of all of them by default."""

def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False, *, out: Tensor | None = None) -> Tensor:
    """A copy with the elements of `source` at the places of `index` among all in order, or added there."""
