# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Literal, overload

from chainrule._declared import results
from chainrule._declared.arguments import Device, Dims, Number
from chainrule.dtypes import dtype
from chainrule.layouts import layout
from chainrule.ops.storages import StorageType
from chainrule.tensor import Tensor

ShortStorage: StorageType

def scalar_tensor(
    s: Number,
    *,
    dtype: dtype | None = None,
    layout: layout | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """The number `s` as a tensor of no dimensions, of the default floating-point type unless `dtype` is given."""

@overload
def scatter(input: Tensor, dim: int, index: Tensor, src: Tensor | Number, *, reduce: str | None = None) -> Tensor: ...
@overload
def scatter(input: Tensor, dim: int, index: Tensor, *, value: Number, reduce: str | None = None) -> Tensor:
    """A copy with the elements of `src`, or a number, written where the index tensor says along `dim`."""

def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor, *, out: Tensor | None = None) -> Tensor:
    """A copy with the elements of `src` added where the index tensor says along `dim`."""

def scatter_reduce(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor,
    reduce: str,
    include_self: bool = True,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """A copy with the elements of `src` combined with what is there, where the index tensor says along `dim`."""

def searchsorted(
    sorted_sequence: Tensor,
    input: Tensor | Number,
    out_int32: bool = False,
    right: bool = False,
    side: Literal["left", "right"] | None = None,
    sorter: Tensor | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """The index before which each value would stand in the sorted sequence, of the last dimension."""

def segment_reduce(
    data: Tensor,
    reduce: str,
    *,
    lengths: Tensor | None = None,
    indices: Tensor | None = None,
    offsets: Tensor | None = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: Number | None = None,
) -> Tensor:
    """The sum, mean, max, min or prod of each stretch of a dimension, given by their lengths or by where they begin."""

def select(input: Tensor, dim: int, index: int) -> Tensor:
    """The slice at `index` of dimension `dim`, that dimension gone; the same memory."""

def select_copy(input: Tensor, dim: int, index: int, *, out: Tensor | None = None) -> Tensor:
    """A copy of what `select` gives."""

def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """A copy with `src` in place of the slice at `index` of dimension `dim`."""

def selu(input: Tensor) -> Tensor:
    """The scaled exponential linear unit."""

def selu_(input: Tensor) -> Tensor:
    """`selu`, written into the tensor itself."""

def sgn(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """The direction of a complex number, `z / |z|` and 0 at 0; the sign of a real one."""

def sgn_(input: Tensor) -> Tensor:
    """`sgn`, written into the tensor itself."""

def sigmoid(input: Tensor) -> Tensor:
    """`1 / (1 + exp(-x))`."""

def sigmoid_(input: Tensor) -> Tensor:
    """`sigmoid`, written into the tensor itself."""

def sign(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """-1, 0 or 1, as the element is."""

def sign_(input: Tensor) -> Tensor:
    """`sign`, written into the tensor itself."""

def signbit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.signbit`."""

def sin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.sin`."""

def sin_(input: Tensor) -> Tensor:
    """`sin`, written into the tensor itself."""

def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """`sin(pi x) / (pi x)`, and 1 at 0."""

def sinc_(input: Tensor) -> Tensor:
    """`sinc`, written into the tensor itself."""

def sinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.sinh`."""

def sinh_(input: Tensor) -> Tensor:
    """`sinh`, written into the tensor itself."""

@overload
def slice_copy(
    input: Tensor,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@overload
def slice_copy(
    input: Tensor,
    axis: int,
    *,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
    out: Tensor | None = None,
) -> Tensor:
    """A copy of the slices `start` to `end`, each `step`-th, of dimension `dim`."""

def slice_inverse(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """The tensor of the layout of `src` in the memory of `input`, which is a slice of such a tensor."""

def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """A copy with `src` in place of the slices `start` to `end`, each `step`-th, of dimension `dim`."""

def slogdet(input: Tensor, *, out: Sequence[Tensor] | None = None) -> results.slogdet:
    """The sign of the determinant and the logarithm of its size, as `linalg.slogdet`."""

def softmax(input: Tensor, dim: int, dtype: dtype | None = None) -> Tensor:
    """`exp(input)` divided by its sum along `dim`; `dtype` casts the input first."""

def solve(input: Tensor, A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Removed: see `linalg.solve`, which takes its arguments the other way round."""

@overload
def sort(
    input: Tensor,
    dim: int = -1,
    descending: bool = False,
    stable: bool | None = None,
    *,
    out: Sequence[Tensor] | None = None,
) -> results.sort: ...
@overload
def sort(
    input: Tensor,
    axis: int,
    *,
    descending: bool = False,
    stable: bool | None = None,
    out: Sequence[Tensor] | None = None,
) -> results.sort:
    """The elements in order along `dim`, and the index that each had before."""

def split(tensor: Tensor, split_size_or_sections: Dims, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces along dimension `dim`: of one length, the last one perhaps shorter, or of several. The same memory."""

def split_copy(
    input: Tensor, split_size: int, dim: int = 0, *, out: Sequence[Tensor] | None = None
) -> tuple[Tensor, ...]:
    """Copies of the pieces of one length along dimension `dim`."""

@overload
def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]: ...
@overload
def split_with_sizes(input: Tensor, split_sizes: Sequence[int], axis: int) -> tuple[Tensor, ...]:
    """Pieces of the given lengths along dimension `dim`; the same memory."""

def split_with_sizes_copy(
    input: Tensor, split_sizes: Sequence[int], dim: int = 0, *, out: Sequence[Tensor] | None = None
) -> tuple[Tensor, ...]:
    """Copies of the pieces of the given lengths along dimension `dim`."""

def sqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """See `numpy.sqrt`."""

def sqrt_(input: Tensor) -> Tensor:
    """`sqrt`, written into the tensor itself."""

def square(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Each element times itself."""

def square_(input: Tensor) -> Tensor:
    """`square`, written into the tensor itself."""

@overload
def squeeze(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor: ...
@overload
def squeeze(input: Tensor, axis: int | Sequence[int] | None) -> Tensor:
    """The same memory without dimensions of size 1: without all of them, or those of `dim` that are."""

@overload
def squeeze_copy(input: Tensor, dim: int | Sequence[int] | None = None, *, out: Tensor | None = None) -> Tensor: ...
@overload
def squeeze_copy(input: Tensor, axis: int | Sequence[int] | None, *, out: Tensor | None = None) -> Tensor:
    """A copy of what `squeeze` gives."""

@overload
def stack(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor: ...
@overload
def stack(tensors: Sequence[Tensor], *, axis: int, out: Tensor | None = None) -> Tensor:
    """The tensors, all of one shape, one after another along a new dimension `dim`."""

@overload
def std(input: Tensor, unbiased: bool = True) -> Tensor: ...
@overload
def std(
    input: Tensor,
    dim: Dims | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
@overload
def std(
    input: Tensor, dim: Dims | None, unbiased: bool = True, keepdim: bool = False, *, out: Tensor | None = None
) -> Tensor: ...
@overload
def std(
    input: Tensor, dim: Dims | None = None, *, unbiased: bool, keepdim: bool = False, out: Tensor | None = None
) -> Tensor: ...
@overload
def std(
    input: Tensor,
    *,
    axis: Dims | None,
    correction: float | None = None,
    keepdims: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """The standard deviation along `dim`; see `var` for `correction`."""

@overload
def std_mean(input: Tensor, unbiased: bool = True) -> tuple[Tensor, Tensor]: ...
@overload
def std_mean(
    input: Tensor,
    dim: Dims | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
    out: Sequence[Tensor] | None = None,
) -> tuple[Tensor, Tensor]: ...
@overload
def std_mean(
    input: Tensor,
    dim: Dims | None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    out: Sequence[Tensor] | None = None,
) -> tuple[Tensor, Tensor]: ...
@overload
def std_mean(
    input: Tensor,
    dim: Dims | None = None,
    *,
    unbiased: bool,
    keepdim: bool = False,
    out: Sequence[Tensor] | None = None,
) -> tuple[Tensor, Tensor]: ...
@overload
def std_mean(
    input: Tensor,
    *,
    axis: Dims | None,
    correction: float | None = None,
    keepdims: bool = False,
    out: Sequence[Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """The standard deviation and the mean along `dim`; see `var` for `correction`."""

def stft(
    input: Tensor,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Tensor | None = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Tensor:
    """The Fourier transforms of the frames of a signal: complex, (batch, frequencies, frames)."""

def sub(
    input: Tensor | Number,
    other: Tensor | Number,
    of_old: Tensor | Number | None = None,
    *,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """See `numpy.subtract`."""

def subtract(
    input: Tensor | Number,
    other: Tensor | Number,
    of_old: Tensor | Number | None = None,
    *,
    alpha: Number = 1,
    out: Tensor | None = None,
) -> Tensor:
    """See `numpy.subtract`."""

@overload
def sum(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    dtype: dtype | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@overload
def sum(
    input: Tensor, axis: Dims | None, *, keepdims: bool = False, dtype: dtype | None = None, out: Tensor | None = None
) -> Tensor:
    """The sum of the elements along `dim`, of all of them by default; integers and booleans are summed as int64."""

def svd(
    input: Tensor, some: bool = True, compute_uv: bool = True, *, out: Sequence[Tensor] | None = None
) -> results.svd:
    """The singular value decomposition `U @ diag(S) @ V.mH`: as `linalg.svd`, but with `V`; reduced if `some`."""

def svd_lowrank(
    A: Tensor, q: int | None = 6, niter: int | None = 2, M: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """About the `q` largest singular values of `A - M` with their vectors, `U`, `S` and `V`, from random
    projections.
    """

def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """`transpose` by NumPy's name."""

def swapdims(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """`transpose` by another name."""

def symeig(input: Tensor, eigenvectors: bool = False, upper: bool = True, *, out: Tensor | None = None) -> Tensor:
    """Removed: see `linalg.eigh`, which reads the lower triangle by default."""
