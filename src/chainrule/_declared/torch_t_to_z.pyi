# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Any, Literal, overload

from chainrule._declared import results
from chainrule._declared.arguments import Device, Dims, Number
from chainrule.dtypes import dtype
from chainrule.layouts import layout, memory_format
from chainrule.tensor import Tensor

from chainrule.ops.storages import TypedStorage as TypedStorage
from chainrule.ops.storages import UntypedStorage as UntypedStorage

def t(input: Tensor) -> Tensor:
    """A matrix transposed, the same memory; a tensor of fewer dimensions as it is."""

def t_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A copy of what `t` gives."""

def take(input: Tensor, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The elements at the places of `index` among all elements in order."""

def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """NumPy's `take_along_axis`: `gather` that broadcasts the index; without `dim`, of all elements in one
    dimension.
    """

def tan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.tan`."""

def tan_(input: Tensor) -> Tensor:
    """`tan`, written into the tensor itself."""

def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.tanh`."""

def tanh_(input: Tensor) -> Tensor:
    """`tanh`, written into the tensor itself."""

def tensor(
    data: Any,
    *,
    dtype: dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A new leaf with a copy of `data`: a number, nested lists of numbers, a NumPy array, or a tensor."""

def tensor_split(
    input: Tensor,
    indices_or_sections: int | Sequence[int] | Tensor | None = None,
    dim: int = 0,
    *,
    indices: Sequence[int] | Tensor | None = None,
    sections: int | None = None,
) -> tuple[Tensor, ...]:
    """Pieces along dimension `dim`: `sections` of nearly one length, or cut before each of `indices`. The same
    memory.
    """

def tensordot(
    a: Tensor, b: Tensor, dims: int | Sequence[Sequence[int]] | Tensor = 2, *, out: Tensor | None = None
) -> Tensor:
    """The sum of products over the last `dims` dimensions of `a` and the first of `b`, or over two lists of them."""

def threshold(input: Tensor, threshold: float, value: float) -> Tensor:
    """`x` where above the threshold, else `value`."""

def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """`threshold`, written into the tensor itself."""

@overload
def tile(input: Tensor, *dims: int) -> Tensor: ...
@overload
def tile(input: Tensor, dims: Sequence[int]) -> Tensor:
    """The tensor repeated along its last dimensions, as NumPy's `tile` does."""

def to_dlpack(tensor: Tensor) -> Any:
    """A capsule with the memory of a tensor, for a `from_dlpack`; pass the tensor itself to one that takes it."""

@overload
def topk(
    input: Tensor,
    k: int,
    dim: int = -1,
    largest: bool = True,
    sorted: bool = True,
    *,
    out: Sequence[Tensor] | None = None,
) -> results.topk: ...
@overload
def topk(
    input: Tensor, k: int, axis: int, *, largest: bool = True, sorted: bool = True, out: Sequence[Tensor] | None = None
) -> results.topk:
    """The `k` largest elements along `dim` (the smallest unless `largest`), in order, and their indices."""

def trace(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sum of the diagonal of a matrix."""

def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """The same memory with two dimensions exchanged."""

def transpose_copy(input: Tensor, dim0: int, dim1: int, *, out: Tensor | None = None) -> Tensor:
    """A copy of what `transpose` gives."""

def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int = -1) -> Tensor:
    """The integral of samples along `dim`, which lie at `x`, or `dx` (1) apart."""

def trapz(y: Tensor, x: Tensor | None = None, *, dx: float | None = None, dim: int = -1) -> Tensor:
    """The integral of samples along `dim`, as `trapezoid`."""

def triangular_solve(
    input: Tensor,
    A: Tensor,
    upper: bool = True,
    transpose: bool = False,
    unitriangular: bool = False,
    *,
    out: Sequence[Tensor] | None = None,
) -> results.triangular_solve:
    """The solution `X` of `A @ X = b` for a triangular `A`, or of `A.T @ X = b`, and a copy of `A`."""

def tril(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The elements on and below a diagonal, the others zero."""

def tril_(input: Tensor, diagonal: int = 0) -> Tensor:
    """`tril`, written into the tensor itself."""

def tril_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: dtype | None = None,
    device: Device = "cpu",
    layout: layout | None = None,
) -> Tensor:
    """The places on and below a diagonal of a `row` x `col` matrix: row numbers above, column numbers below."""

def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-06,
    swap: bool = False,
    reduction: int = 0,
) -> Tensor:
    """`nn.functional.triplet_margin_loss`, with a number for the reduction."""

def triu(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """The elements on and above a diagonal, the others zero."""

def triu_(input: Tensor, diagonal: int = 0) -> Tensor:
    """`triu`, written into the tensor itself."""

def triu_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: dtype | None = None,
    device: Device = "cpu",
    layout: layout | None = None,
) -> Tensor:
    """The places on and above a diagonal of a `row` x `col` matrix: row numbers above, column numbers below."""

def true_divide(
    input: Tensor | Number,
    other: Tensor | Number,
    *,
    rounding_mode: Literal["trunc", "floor"] | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """See `numpy.divide`."""

def trunc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.trunc`."""

def trunc_(input: Tensor) -> Tensor:
    """`trunc`, written into the tensor itself."""

@overload
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]: ...
@overload
def unbind(input: Tensor, axis: int) -> tuple[Tensor, ...]:
    """The slices along dimension `dim`, that dimension gone; the same memory."""

def unbind_copy(input: Tensor, dim: int = 0, *, out: Sequence[Tensor] | None = None) -> tuple[Tensor, ...]:
    """Copies of the slices along dimension `dim`."""

def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """Dimension `dim` made several, of the given sizes; one may be -1."""

def unfold_copy(input: Tensor, dimension: int, size: int, step: int, *, out: Tensor | None = None) -> Tensor:
    """A copy of what `unfold` gives."""

@overload
def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: Literal[False] | None = False,
    return_counts: Literal[False] = False,
    dim: int | None = None,
) -> Tensor: ...
@overload
def unique(
    input: Tensor,
    sorted: bool = True,
    *,
    return_inverse: Literal[True],
    return_counts: Literal[True],
    dim: int | None = None,
) -> tuple[Tensor, Tensor, Tensor]: ...
@overload
def unique(
    input: Tensor, sorted: bool = True, *, return_inverse: Literal[True], dim: int | None = None
) -> tuple[Tensor, Tensor]: ...
@overload
def unique(
    input: Tensor, sorted: bool = True, *, return_counts: Literal[True], dim: int | None = None
) -> tuple[Tensor, Tensor]: ...
@overload
def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements (slices along `dim`) in order; where each element went, and how often each occurs."""

@overload
def unique_consecutive(
    input: Tensor,
    return_inverse: Literal[False] | None = False,
    return_counts: Literal[False] = False,
    dim: int | None = None,
) -> Tensor: ...
@overload
def unique_consecutive(
    input: Tensor, *, return_inverse: Literal[True], return_counts: Literal[True], dim: int | None = None
) -> tuple[Tensor, Tensor, Tensor]: ...
@overload
def unique_consecutive(
    input: Tensor, *, return_inverse: Literal[True], dim: int | None = None
) -> tuple[Tensor, Tensor]: ...
@overload
def unique_consecutive(
    input: Tensor, *, return_counts: Literal[True], dim: int | None = None
) -> tuple[Tensor, Tensor]: ...
@overload
def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """As `unique`, but only neighbours that are equal become one, and the order stays."""

def unravel_index(indices: Tensor, shape: Sequence[int]) -> tuple[Tensor, ...]:
    """The places, a tensor for each dimension of a tensor of this shape, of elements counted in order."""

def unsafe_chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """`chunk`, but the pieces are no views: each may be changed in place."""

def unsafe_split(tensor: Tensor, split_size: int, dim: int = 0) -> tuple[Tensor, ...]:
    """`split` in pieces of one length, but the pieces are no views: each may be changed in place."""

@overload
def unsafe_split_with_sizes(
    input: Tensor, split_sizes: Sequence[int], dim: int = 0, *, out: Sequence[Tensor] | None = None
) -> tuple[Tensor, ...]: ...
@overload
def unsafe_split_with_sizes(
    input: Tensor, split_sizes: Sequence[int], axis: int, *, out: Sequence[Tensor] | None = None
) -> tuple[Tensor, ...]:
    """`split_with_sizes`, but the pieces are no views: each may be changed in place."""

@overload
def unsqueeze(input: Tensor, dim: int) -> Tensor: ...
@overload
def unsqueeze(input: Tensor, axis: int) -> Tensor:
    """The same memory with a dimension of size 1 at `dim`."""

@overload
def unsqueeze_copy(input: Tensor, dim: int, *, out: Tensor | None = None) -> Tensor: ...
@overload
def unsqueeze_copy(input: Tensor, axis: int, *, out: Tensor | None = None) -> Tensor:
    """A copy of what `unsqueeze` gives."""

def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of a vector's numbers as columns, from the highest to the 0th; in rising order with `increasing`."""

@overload
def var(input: Tensor, unbiased: bool = True) -> Tensor: ...
@overload
def var(
    input: Tensor,
    dim: Dims | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
@overload
def var(
    input: Tensor, dim: Dims | None, unbiased: bool = True, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor: ...
@overload
def var(
    input: Tensor, dim: Dims | None = None, *, unbiased: bool, keepdim: bool = False, out: Tensor | None = None
) -> Tensor: ...
@overload
def var(
    input: Tensor,
    *,
    axis: Dims | None,
    correction: float | None = None,
    keepdims: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The variance along `dim`; its divisor is the number of elements less `correction`."""

@overload
def var_mean(input: Tensor, unbiased: bool = True) -> tuple[Tensor, Tensor]: ...
@overload
def var_mean(
    input: Tensor,
    dim: Dims | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
    out: Sequence[Tensor] | None = None,
) -> tuple[Tensor, Tensor]: ...
@overload
def var_mean(
    input: Tensor,
    dim: Dims | None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    out: Sequence[Tensor] | None = None,
) -> tuple[Tensor, Tensor]: ...
@overload
def var_mean(
    input: Tensor,
    dim: Dims | None = None,
    *,
    unbiased: bool,
    keepdim: bool = False,
    out: Sequence[Tensor] | None = None,
) -> tuple[Tensor, Tensor]: ...
@overload
def var_mean(
    input: Tensor,
    *,
    axis: Dims | None,
    correction: float | None = None,
    keepdims: bool = False,
    out: Sequence[Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """The variance and the mean along `dim`; see `var` for `correction`."""

def vdot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`dot` with the complex conjugate of the first vector."""

def view_as_complex(input: Tensor) -> Tensor:
    """The same memory: pairs of real numbers, in a last dimension of size 2, as complex ones."""

def view_as_complex_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A copy of what `view_as_complex` gives."""

def view_as_real(input: Tensor) -> Tensor:
    """The same memory: real and imaginary parts of complex numbers, in a new last dimension of size 2."""

def view_as_real_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A copy of what `view_as_real` gives."""

@overload
def view_copy(input: Tensor, size: Sequence[int]) -> Tensor: ...
@overload
def view_copy(input: Tensor, dtype: dtype) -> Tensor:
    """A copy of what `view` gives, of a size or of a type."""

def vsplit(input: Tensor, indices_or_sections: Dims) -> tuple[Tensor, ...]:
    """Equal pieces, or pieces cut before the given indices, below one another: along the first dimension."""

def vstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors below one another: along the first dimension, one-dimensional ones as rows."""

@overload
def where(
    condition: Tensor, input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None
) -> Tensor: ...
@overload
def where(condition: Tensor) -> tuple[Tensor, ...]:
    """`self` where the condition holds, else `other`."""

def xlogy(input: Tensor | Number, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """`self * log(other)`, and 0 where `self` is 0."""

def xlogy_(input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """`self * log(other)`, written into `self`."""

def zero_(input: Tensor) -> Tensor:
    """`Tensor.zero_`, as a function."""

@overload
def zeros(
    *size: int,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor: ...
@overload
def zeros(
    size: Sequence[int],
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of zeros, of the default floating-point type unless `dtype` is given."""

def zeros_like(
    input: Tensor,
    *,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: memory_format | None = None,
) -> Tensor:
    """Zeros, in the shape and type of `input`."""
