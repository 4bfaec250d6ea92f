# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Any, Literal, overload

from chainrule._declared.arguments import Device, Dims, Number
from chainrule.dtypes import dtype
from chainrule.layouts import layout, memory_format
from chainrule.ops.storages import StorageType
from chainrule.tensor import Tensor

DoubleStorage: StorageType

def deg2rad(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.deg2rad`."""

def deg2rad_(input: Tensor) -> Tensor:
    """`deg2rad`, written into the tensor itself."""

def det(input: Tensor) -> Tensor:
    """The determinant of a square matrix, as `linalg.det`."""

def detach(input: Tensor) -> Tensor:
    """The same values without history; changes are seen on both sides, and counted."""

def detach_(input: Tensor) -> Tensor:
    """Take the tensor out of the graph: it becomes a leaf that does not require grad."""

def detach_copy(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A copy without history."""

def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The matrix with this diagonal; of a matrix a copy of its diagonal."""

def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1, *, out: Tensor | None = None) -> Tensor:
    """Matrices, in dimensions `dim1` and `dim2` of the result, with the last dimension as their diagonal, else zero."""

def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix with all elements, in order, on its diagonal."""

def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The same memory: the diagonal of the matrices in two dimensions, as a new last dimension."""

def diagonal_copy(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1, *, out: Tensor | None = None) -> Tensor:
    """A copy of the diagonal of the matrices in two dimensions, as a new last dimension."""

def diagonal_scatter(
    input: Tensor, src: Tensor | Number, offset: int = 0, dim1: int = 0, dim2: int = 1, *, out: Tensor | None = None
) -> Tensor:
    """A copy with `src` in place of a diagonal."""

def diff(
    input: Tensor,
    n: int = 1,
    dim: int = -1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The differences of neighbours along `dim`, taken `n` times; `prepend` and `append` are put at the ends first."""

def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The derivative of `lgamma` (5.2.2)."""

def digamma_(input: Tensor) -> Tensor:
    """`digamma`, written into the tensor itself."""

def dist(input: Tensor, other: Tensor | Number, p: float = 2, *, out: Tensor | None = None) -> Tensor:
    """The `p`-norm of the difference of two tensors."""

def div(
    input: Tensor | Number,
    other: Tensor | Number,
    *,
    rounding_mode: Literal["trunc", "floor"] | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """See `numpy.divide`."""

def divide(
    input: Tensor | Number,
    other: Tensor | Number,
    *,
    rounding_mode: Literal["trunc", "floor"] | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """See `numpy.divide`."""

def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The sum of the products of the elements of two vectors."""

def dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Zero each number with probability `p` and divide the others by `1 - p`; the input itself unless `train`."""

def dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """`dropout` in place."""

def dsplit(input: Tensor, indices_or_sections: Dims) -> tuple[Tensor, ...]:
    """Equal pieces, or pieces cut before the given indices, behind one another: along the third dimension."""

def dstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """The tensors behind one another: along the third dimension."""

def eig(input: Tensor, eigenvectors: bool = False, *, e: Tensor | None = None, v: Tensor | None = None) -> Tensor:
    """Removed: see `linalg.eig`, whose results are complex."""

@overload
def einsum(equation: str, *operands: Tensor) -> Tensor: ...
@overload
def einsum(equation: str, operands: Sequence[Tensor], /) -> Tensor: ...
@overload
def einsum(operand: Tensor, sublist: Sequence[Any], /, *more: Any) -> Tensor:
    """The sum of products that an equation such as `"ij,jk->ik"` describes."""

def embedding(
    weight: Tensor, indices: Tensor, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Tensor:
    """The rows of `weight` with the numbers in `indices`; `padding_idx` is one whose row gets no gradient."""

def embedding_bag(
    weight: Tensor,
    indices: Tensor,
    offsets: Tensor,
    scale_grad_by_freq: bool = False,
    mode: int = 0,
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The sum (`mode` 0), mean (1) or maximum (2) of the rows of `weight` that each bag of `indices` names."""

def embedding_renorm_(weight: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> Tensor:
    """Scale those rows of a matrix that `indices` names down to a norm of `max_norm`, in place, where it is larger."""

@overload
def empty(
    *size: int,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: memory_format | None = None,
) -> Tensor: ...
@overload
def empty(
    size: Sequence[int],
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: memory_format | None = None,
) -> Tensor:
    """A tensor whose values are whatever was in its memory; to be filled before use."""

def empty_like(
    input: Tensor,
    *,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
    memory_format: memory_format | None = None,
) -> Tensor:
    """A tensor of the shape and type of `input` whose values are whatever was in its memory."""

def empty_permuted(
    size: Sequence[int],
    physical_layout: Sequence[int],
    *,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor whose dimensions lie in memory in the order `physical_layout`, the last of them innermost."""

def empty_strided(
    size: Sequence[int],
    stride: Sequence[int],
    *,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of a size with these strides, counted in elements, whose values are whatever was in its memory."""

def eq(input: Tensor, other: Tensor | Number, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.equal`."""

def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The error function (7.2.1)."""

def erf_(input: Tensor) -> Tensor:
    """`erf`, written into the tensor itself."""

def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`1 - erf(x)`, without the loss of digits (7.2.2)."""

def erfc_(input: Tensor) -> Tensor:
    """`erfc`, written into the tensor itself."""

def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The inverse of the error function."""

def erfinv_(input: Tensor) -> Tensor:
    """`erfinv`, written into the tensor itself."""

def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.exp`."""

def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.exp2`."""

def exp2_(input: Tensor) -> Tensor:
    """`exp2`, written into the tensor itself."""

def exp_(input: Tensor) -> Tensor:
    """`exp`, written into the tensor itself."""

def expand_copy(input: Tensor, size: Sequence[int], implicit: bool = False, *, out: Tensor | None = None) -> Tensor:
    """A copy of what `expand` gives."""

def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.expm1`."""

def expm1_(input: Tensor) -> Tensor:
    """`expm1`, written into the tensor itself."""

def eye(
    n: int,
    m: int | None = None,
    *,
    out: Tensor | None = None,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """The identity matrix of `n` rows and `m` columns (`n` unless given): ones on the diagonal, zeros elsewhere."""
