# Made by `make stubs` (tests/make_stubs.py).

from collections.abc import Sequence
from typing import Self, overload

from chainrule._declared import results
from chainrule._declared.arguments import Dims, Number
from chainrule.dtypes import dtype
from chainrule.ops.storages import TypedStorage, UntypedStorage
from chainrule.tensor import Tensor

class MethodsS:
    """Methods of `Tensor`."""

    @overload
    def scatter(self, dim: int, index: Tensor, src: Tensor | Number, *, reduce: str | None = None) -> Tensor: ...
    @overload
    def scatter(self, dim: int, index: Tensor, *, value: Number, reduce: str | None = None) -> Tensor:
        """A copy with the elements of `src`, or a number, written where the index tensor says along `dim`."""

    @overload
    def scatter_(self, dim: int, index: Tensor, src: Tensor | Number, *, reduce: str | None = None) -> Self: ...
    @overload
    def scatter_(self, dim: int, index: Tensor, *, value: Number, reduce: str | None = None) -> Self:
        """`scatter`, written into the tensor itself."""

    def scatter_add(self, dim: int, index: Tensor, src: Tensor) -> Tensor:
        """A copy with the elements of `src` added where the index tensor says along `dim`."""

    def scatter_add_(self, dim: int, index: Tensor, src: Tensor) -> Self:
        """`scatter_add`, written into the tensor itself."""

    def scatter_reduce(self, dim: int, index: Tensor, src: Tensor, reduce: str, include_self: bool = True) -> Tensor:
        """A copy with the elements of `src` combined with what is there, where the index tensor says along `dim`."""

    def scatter_reduce_(self, dim: int, index: Tensor, src: Tensor, reduce: str, include_self: bool = True) -> Self:
        """`scatter_reduce`, written into the tensor itself."""

    def select(self, dim: int, index: int) -> Tensor:
        """The slice at `index` of dimension `dim`, that dimension gone; the same memory."""

    def select_scatter(self, src: Tensor, dim: int, index: int) -> Tensor:
        """A copy with `src` in place of the slice at `index` of dimension `dim`."""

    def set_(
        self,
        source: Tensor | TypedStorage | UntypedStorage | None = None,
        storage_offset: int = 0,
        size: Sequence[int] | None = None,
        stride: Sequence[int] | None = None,
    ) -> Self:
        """Use the memory of `source`, a tensor or storage: what changes in one changes in the other. Without, have
        none.
        """

    def sgn(self) -> Tensor:
        """The direction of a complex number, `z / |z|` and 0 at 0; the sign of a real one."""

    def sgn_(self) -> Self:
        """`sgn`, written into the tensor itself."""

    def share_memory_(self) -> Self:
        """Raise RuntimeError: NumPy's memory belongs to one process."""

    def sigmoid(self) -> Tensor:
        """`1 / (1 + exp(-x))`."""

    def sigmoid_(self) -> Self:
        """`sigmoid`, written into the tensor itself."""

    def sign(self) -> Tensor:
        """-1, 0 or 1, as the element is."""

    def sign_(self) -> Self:
        """`sign`, written into the tensor itself."""

    def signbit(self) -> Tensor:
        """See `numpy.signbit`."""

    def sin(self) -> Tensor:
        """See `numpy.sin`."""

    def sin_(self) -> Self:
        """`sin`, written into the tensor itself."""

    def sinc(self) -> Tensor:
        """`sin(pi x) / (pi x)`, and 1 at 0."""

    def sinc_(self) -> Self:
        """`sinc`, written into the tensor itself."""

    def sinh(self) -> Tensor:
        """See `numpy.sinh`."""

    def sinh_(self) -> Self:
        """`sinh`, written into the tensor itself."""

    def slice_inverse(
        self, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
    ) -> Tensor:
        """The tensor of the layout of `src` in the memory of `input`, which is a slice of such a tensor."""

    def slice_scatter(
        self, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
    ) -> Tensor:
        """A copy with `src` in place of the slices `start` to `end`, each `step`-th, of dimension `dim`."""

    def slogdet(self) -> results.slogdet:
        """The sign of the determinant and the logarithm of its size, as `linalg.slogdet`."""

    def softmax(self, dim: int, dtype: dtype | None = None) -> Tensor:
        """`exp(input)` divided by its sum along `dim`; `dtype` casts the input first."""

    def solve(self, A: Tensor) -> Tensor:
        """Removed: see `linalg.solve`, which takes its arguments the other way round."""

    @overload
    def sort(self, dim: int = -1, descending: bool = False, stable: bool | None = None) -> results.sort: ...
    @overload
    def sort(self, axis: int, *, descending: bool = False, stable: bool | None = None) -> results.sort:
        """The elements in order along `dim`, and the index that each had before."""

    def sparse_dim(self) -> int:
        """The number of sparse dimensions: 0."""

    def split(self, split_size: Dims, dim: int = 0) -> tuple[Tensor, ...]:
        """Pieces along dimension `dim`: of one length, the last one perhaps shorter, or of several. The same memory."""

    @overload
    def split_with_sizes(self, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]: ...
    @overload
    def split_with_sizes(self, split_sizes: Sequence[int], axis: int) -> tuple[Tensor, ...]:
        """Pieces of the given lengths along dimension `dim`; the same memory."""

    def sqrt(self) -> Tensor:
        """See `numpy.sqrt`."""

    def sqrt_(self) -> Self:
        """`sqrt`, written into the tensor itself."""

    def square(self) -> Tensor:
        """Each element times itself."""

    def square_(self) -> Self:
        """`square`, written into the tensor itself."""

    @overload
    def squeeze(self, dim: int | Sequence[int] | None = None) -> Tensor: ...
    @overload
    def squeeze(self, axis: int | Sequence[int] | None) -> Tensor:
        """The same memory without dimensions of size 1: without all of them, or those of `dim` that are."""

    @overload
    def squeeze_(self, dim: int | Sequence[int] | None = None) -> Self: ...
    @overload
    def squeeze_(self, axis: int | Sequence[int] | None) -> Self:
        """`squeeze` of the tensor itself: it has another shape afterwards, and the same memory."""

    @overload
    def std(self, unbiased: bool = True) -> Tensor: ...
    @overload
    def std(self, dim: Dims | None = None, *, correction: float | None = None, keepdim: bool = False) -> Tensor: ...
    @overload
    def std(self, dim: Dims | None, unbiased: bool = True, keepdim: bool = False) -> Tensor: ...
    @overload
    def std(self, dim: Dims | None = None, *, unbiased: bool, keepdim: bool = False) -> Tensor: ...
    @overload
    def std(self, *, axis: Dims | None, correction: float | None = None, keepdims: bool = False) -> Tensor:
        """The standard deviation along `dim`; see `var` for `correction`."""

    def stft(
        self,
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

    def storage(self) -> Tensor:
        """All of the memory that the tensor is a part of, element by element."""

    def storage_type(self) -> Tensor:
        """The type of the tensor's storage, such as `FloatStorage`."""

    def sub(self, other: Tensor | Number, of_old: Tensor | Number | None = None, *, alpha: Number = 1) -> Tensor:
        """See `numpy.subtract`."""

    def sub_(self, other: Tensor | Number, of_old: Tensor | Number | None = None, *, alpha: Number = 1) -> Self:
        """`sub`, written into the tensor itself."""

    def subtract(self, other: Tensor | Number, of_old: Tensor | Number | None = None, *, alpha: Number = 1) -> Tensor:
        """See `numpy.subtract`."""

    def subtract_(self, other: Tensor | Number, of_old: Tensor | Number | None = None, *, alpha: Number = 1) -> Self:
        """`subtract`, written into the tensor itself."""

    @overload
    def sum(self, dim: Dims | None = None, keepdim: bool = False, dtype: dtype | None = None) -> Tensor: ...
    @overload
    def sum(self, axis: Dims | None, *, keepdims: bool = False, dtype: dtype | None = None) -> Tensor:
        """The sum of the elements along `dim`, of all of them by default; integers and booleans are summed as int64."""

    def sum_to_size(self, *size: Sequence[int]) -> Tensor:
        """The sum that has this size, to which the tensor could be expanded from: what undoes broadcasting."""

    def svd(self, some: bool = True, compute_uv: bool = True) -> results.svd:
        """The singular value decomposition `U @ diag(S) @ V.mH`: as `linalg.svd`, but with `V`; reduced if `some`."""

    def swapaxes(self, axis0: int, axis1: int) -> Tensor:
        """`transpose` by NumPy's name."""

    def swapaxes_(self, axis0: int, axis1: int) -> Self:
        """`transpose_` by NumPy's name."""

    def swapdims(self, dim0: int, dim1: int) -> Tensor:
        """`transpose` by another name."""

    def swapdims_(self, dim0: int, dim1: int) -> Self:
        """`transpose_` by another name."""

    def symeig(self, eigenvectors: bool = False, upper: bool = True) -> Tensor:
        """Removed: see `linalg.eigh`, which reads the lower triangle by default."""
