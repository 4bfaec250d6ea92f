"""The same elements in another shape or order: views where no element has to move, copies elsewhere.

Every row here is linear. A view's gradient is the gradient seen through the inverse of that view.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from chainrule.dimensions import infer_size, sizes, wrap_dim, wrap_dims
from chainrule.dtypes import as_numpy_dtype, dtype, scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.inplace import require_writable
from chainrule.engine.op import LINEAR, NOT_DIFFERENTIABLE, TABLE, op
from chainrule.engine.profiling import watch
from chainrule.engine.tensor_base import TensorBase
from chainrule.engine.views import FROM_PYTHON, become_view, recorded_view

METHODS = (
    "reshape", "reshape_as", "view_as", "flatten", "ravel", "unflatten", "contiguous", "movedim", "moveaxis",
    "swapaxes", "swapdims", "adjoint", "fliplr", "flipud", "t_", "transpose_", "unsqueeze_", "squeeze_", "swapaxes_",
    "swapdims_",
)  # fmt: skip
__all__ = [
    "reshape", "flatten", "ravel", "unflatten", "movedim", "moveaxis", "swapaxes", "swapdims", "adjoint", "fliplr",
    "flipud",
]  # fmt: skip


def taking_sizes(parameter: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adapts `f(input, (2, 3))` to be called as `f(input, 2, 3)` too; `parameter` is what PyTorch calls the sizes."""

    def adapt(function: Callable[..., Any]) -> Callable[..., Any]:
        name = function.__name__

        def adapted(input: Any, *arguments: Any, **kwargs: Any) -> Any:
            if not kwargs:
                return function(input, sizes(arguments, name, parameter))
            if parameter in kwargs:
                arguments = (*arguments, kwargs.pop(parameter))
            return function(input, sizes(arguments, name, parameter), **kwargs)

        return adapted

    return adapt


# ---- another shape ----

NOT_COMPATIBLE = (
    "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
    "contiguous subspaces). Use .reshape(...) instead."
)


def _taking_size_or_dtype(function: Callable[..., Any]) -> Callable[..., Any]:
    def view(input: Any, *arguments: Any, **kwargs: Any) -> Any:
        if not kwargs and arguments:
            first = arguments[0]
            if type(first) is int:
                return function(input, arguments)
            if type(first) is tuple and len(arguments) == 1:
                return function(input, first)
        if "size" in kwargs:
            arguments = (*arguments, kwargs.pop("size"))
        wanted = kwargs.pop("dtype", arguments[0] if len(arguments) == 1 else None)
        if isinstance(wanted, dtype):
            return input if wanted == input.dtype else view_dtype(input, as_numpy_dtype(wanted))
        if not arguments:
            raise TypeError(
                "view() received an invalid combination of arguments - got (), but expected one of:\n"
                " * (torch.dtype dtype)\n * (tuple of ints size)\n"
            )
        return function(input, sizes(arguments, "view", "size"), **kwargs)

    return view


@op(
    kind=LINEAR, view=True, conjugate=False, spaces="Tensor", adapt=_taking_size_or_dtype,
    self=lambda grad, self_shape: grad.reshape(self_shape),
    batching=batches.with_size("size"),
)  # fmt: skip
def view(self: Any, size: tuple[int, ...]) -> Any:
    """The same memory in another shape."""
    if self.flags.c_contiguous:
        try:
            for length in size:
                if length < -1:
                    break
            else:
                return self.reshape(size)
        except (TypeError, ValueError):
            pass  # what follows says why
    shape = infer_size(sizes((size,), "view", "size"), self.size)
    try:
        return self.reshape(shape, copy=False)
    except ValueError:
        raise RuntimeError(NOT_COMPATIBLE) from None


VIEW: Final = TABLE["view"]
_view_as: Final = VIEW.function


@op(view=True, spaces="", self=NOT_DIFFERENTIABLE, batching=batches.passed)
def view_dtype(self: Any, wanted: Any) -> Any:
    given, size = self.dtype, self.shape[-1] if self.ndim else 1
    if wanted.itemsize > given.itemsize:
        ratio = wanted.itemsize // given.itemsize
        if size % ratio:
            raise RuntimeError(
                f"self.size(-1) must be divisible by {ratio} to view {scalar_type_name(given)} as "
                f"{scalar_type_name(wanted)} (different element sizes), but got {size}"
            )
    return self.view(wanted)


@op(
    kind=LINEAR, conjugate=False, spaces="", node_name="UnsafeViewBackward0",
    self=lambda grad, self_shape: grad.reshape(self_shape),
    batching=batches.with_size("size"),
)  # fmt: skip
def unsafe_view(self: Any, size: tuple[int, ...]) -> Any:
    return self.reshape(size)


@op(
    kind=LINEAR, conjugate=False, spaces="", node_name="CloneBackward0", self=lambda grad: grad, batching=batches.passed
)
def contiguous_copy(self: Any) -> Any:
    return self.copy(order="C")


def reshape(input: Any, *shape: Any, **kwargs: Any) -> Any:
    """The tensor in another shape: a view where the memory allows it, else a copy. One size may be -1.

    >>> import chainrule as torch
    >>> torch.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    if kwargs:
        shape = (*shape, kwargs.pop("shape"))
    elif watch.tensor_type is not None and isinstance(input, TensorBase):
        # What most calls are, without a step through the row's function.
        wanted = shape[0] if len(shape) == 1 and type(shape[0]) is tuple else shape
        found = _seen_as(input._array, wanted)
        if found is not None:
            return recorded_view(VIEW, (input, wanted), found, FROM_PYTHON)
    return reshaped(input, sizes(shape, "reshape", "shape"))


def _seen_as(array: Any, shape: tuple[int, ...]) -> Any:
    # The same memory in this shape; None where it cannot be, or is no plain matter.
    if not shape or not array.flags.c_contiguous:
        return None
    for size in shape:
        if type(size) is not int or size < -1:
            return None
    try:
        return array.reshape(shape)
    except ValueError:
        return None


def reshaped(input: Any, shape: tuple[int, ...]) -> Any:
    """`reshape` to a tuple of sizes."""
    array = input if isinstance(input, np.ndarray) else input._array
    if array.flags.c_contiguous:
        return _view_as(input, shape)
    resolved = infer_size(shape, math.prod(input.shape))
    if _can_be_viewed(input, resolved):
        return _view_as(input, resolved)
    return unsafe_view(contiguous_copy(input), resolved)


def _is_contiguous(input: Any) -> bool:
    return array_of(input).flags.c_contiguous


def _can_be_viewed(input: Any, shape: tuple[int, ...]) -> bool:
    try:
        array_of(input).reshape(shape, copy=False)
    except ValueError:
        return False
    return True


def array_of(input: Any) -> Any:
    """The array of a tensor; an array itself."""
    return input if isinstance(input, np.ndarray) else input._array


def reshape_as(self: Any, other: Any) -> Any:
    """`reshape` to the shape of `other`."""
    return reshape(self, tuple(other.shape))


def view_as(self: Any, other: Any) -> Any:
    """`view` in the shape of `other`."""
    return view(self, tuple(other.shape))


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Dimensions `start_dim` to `end_dim` made one.

    >>> import chainrule as torch
    >>> torch.zeros(2, 3, 4).flatten(1).shape
    chainrule.Size([2, 12])
    """
    shape = array_of(input).shape
    if start_dim == 0 and end_dim == -1 and len(shape) != 1:
        return reshaped(input, (-1,) if math.prod(shape) else (0,))
    start, end = wrap_dim(start_dim, len(shape)), wrap_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return reshape(input, (1,))
    if start == end:
        return input
    return reshaped(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def ravel(input: Any) -> Any:
    """All elements in one dimension; a view where the memory allows it.

    >>> import chainrule as torch
    >>> torch.ravel(torch.tensor([[1, 2], [3, 4]]))
    tensor([1, 2, 3, 4])
    """
    return view(contiguous(input), -1)


def unflatten(input: Any, dim: int, sizes: Sequence[int]) -> Any:
    """Dimension `dim` made several, of the given sizes; one may be -1.

    >>> import chainrule as torch
    >>> torch.zeros(2, 6).unflatten(1, (2, 3)).shape
    chainrule.Size([2, 2, 3])
    """
    shape = tuple(input.shape)
    dim = wrap_dim(dim, len(shape), wrap_scalar=False)
    if len(sizes) == 0:
        raise RuntimeError("unflatten: sizes must be non-empty")
    try:
        inner = infer_size(tuple(sizes), shape[dim])
    except RuntimeError as error:
        if "invalid" not in str(error):
            raise
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({shape[dim]}) "
            "in the input tensor"
        ) from None
    return view(input, (*shape[:dim], *inner, *shape[dim + 1 :]))


def contiguous(self: Any, memory_format: Any = None) -> Any:
    """The tensor itself where its elements lie one after another in memory, else a copy for which they do."""
    del memory_format
    return self if _is_contiguous(self) else contiguous_copy(self)


def _squeezable(shape: tuple[int, ...], dim: Any) -> tuple[int, ...]:
    rank = len(shape)
    dims = range(rank) if dim is None else wrap_dims(dim, rank)
    return tuple(d for d in dims if rank and shape[d] == 1)


@op(
    kind=LINEAR, view=True, conjugate=False, self=lambda grad, self_shape: grad.reshape(self_shape),
    node_name=lambda self, dim: (
        "SqueezeBackward0" if dim is None else "SqueezeBackward1" if hasattr(dim, "__index__") else "SqueezeBackward2"
    ),
    batching=batches.squeezed,
)  # fmt: skip
def squeeze(self: Any, dim: int | Sequence[int] | None = None) -> Any:
    """The same memory without dimensions of size 1: without all of them, or those of `dim` that are."""
    if type(dim) is int and -self.ndim <= dim < self.ndim:
        return self.squeeze(dim) if self.shape[dim] == 1 else self[...]
    return self.squeeze(_squeezable(self.shape, dim))


@op(
    kind=LINEAR,
    view=True,
    conjugate=False,
    self=lambda grad, self_shape: grad.reshape(self_shape),
    batching=batches.unsqueezed,
)
def unsqueeze(self: Any, dim: int) -> Any:
    """The same memory with a dimension of size 1 at `dim`."""
    place = wrap_dim(dim, self.ndim + 1)
    return self[(slice(None),) * place + (None,)]


# ---- another order of dimensions ----


def _swapped(array: Any, dim0: int, dim1: int) -> Any:
    return array.swapaxes(dim0, dim1) if array.ndim else array


@op(
    kind=LINEAR,
    view=True,
    conjugate=False,
    self=lambda grad, dim0, dim1: _swapped(grad, dim0, dim1),
    batching=batches.along("dim0", "dim1"),
)
def transpose(self: Any, dim0: int, dim1: int) -> Any:
    """The same memory with two dimensions exchanged."""
    try:
        return self.swapaxes(dim0, dim1)
    except np.exceptions.AxisError:
        pass  # what follows says why
    rank = self.ndim
    first, second = wrap_dim(dim0, rank), wrap_dim(dim1, rank)
    return self.swapaxes(first, second) if rank else self[...]


@op(
    kind=LINEAR, view=True, conjugate=False, node_name="TBackward0",
    self=lambda grad: grad.swapaxes(0, 1) if grad.ndim == 2 else grad,
    batching=batches.turned,
)  # fmt: skip
def t(self: Any) -> Any:
    """A matrix transposed, the same memory; a tensor of fewer dimensions as it is."""
    if self.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {self.ndim}D")
    return self.T


def _permuted_back(grad: Any, dims: tuple[int, ...]) -> Any:
    rank = len(dims)
    back = [0] * rank
    for place, d in enumerate(dims):
        back[d % rank] = place
    if not rank:
        return grad
    return grad.transpose(back) if isinstance(grad, np.ndarray) else np.transpose(grad, back)


@op(
    kind=LINEAR, view=True, conjugate=False, adapt=taking_sizes("dims"),
    self=lambda grad, dims: _permuted_back(grad, dims),
    batching=batches.permuted,
)  # fmt: skip
def permute(self: Any, dims: tuple[int, ...]) -> Any:
    """The same memory with the dimensions in another order."""
    try:
        return self.transpose(dims)
    except ValueError:
        pass  # what follows says why
    rank = self.ndim
    if len(dims) != rank:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {rank} is not equal to len(dims) = {len(dims)}"
        )
    wrapped = [wrap_dim(d, rank) for d in dims]
    if len(set(wrapped)) < rank:
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return self.transpose(wrapped)


_permuted: Final = TABLE["permute"].function


def _as_tuple(dims: Any) -> tuple[int, ...]:
    return (operator.index(dims),) if hasattr(dims, "__index__") else tuple(dims)


def movedim(input: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """Dimensions `source` moved to the places `destination`; the others keep their order.

    >>> import chainrule as torch
    >>> torch.zeros(2, 3, 4).movedim(0, -1).shape
    chainrule.Size([3, 4, 2])
    """
    rank = len(input.shape)
    sources, destinations = _as_tuple(source), _as_tuple(destination)
    if len(sources) != len(destinations):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(sources)} dims) should contain the same "
            f"number of dims as destination ({list(destinations)} dims)"
        )
    moved = dict(zip(wrap_dims(destinations, rank), wrap_dims(sources, rank), strict=True))
    rest = iter([d for d in range(rank) if d not in moved.values()])
    return permute(input, tuple(moved[d] if d in moved else next(rest) for d in range(rank)))


def moveaxis(input: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """`movedim` by NumPy's name.

    >>> import chainrule as torch
    >>> torch.moveaxis(torch.zeros(2, 3, 4), 0, 1).shape
    chainrule.Size([3, 2, 4])
    """
    return movedim(input, source, destination)


def swapaxes(input: Any, axis0: int, axis1: int) -> Any:
    """`transpose` by NumPy's name.

    >>> import chainrule as torch
    >>> torch.swapaxes(torch.zeros(2, 3, 4), 0, 2).shape
    chainrule.Size([4, 3, 2])
    """
    return transpose(input, axis0, axis1)


def swapdims(input: Any, dim0: int, dim1: int) -> Any:
    """`transpose` by another name.

    >>> import chainrule as torch
    >>> torch.swapdims(torch.zeros(2, 3, 4), 0, 2).shape
    chainrule.Size([4, 3, 2])
    """
    return transpose(input, dim0, dim1)


def adjoint(input: Any) -> Any:
    """The last two dimensions exchanged, complex numbers conjugated.

    >>> import chainrule as torch
    >>> torch.adjoint(torch.tensor([[1 + 2j, 3 + 0j]]))
    tensor([[1.-2.j],
            [3.-0.j]])
    """
    return matrix_transposed(input, "adjoint()", conjugated=True)


def matrix_transposed(input: Any, name: str, *, conjugated: bool = False) -> Any:
    """The last two dimensions exchanged; `name` is that of the property asked for, for the error."""
    rank = len(input.shape)
    if rank == 0:
        return input
    if rank < 2:
        raise RuntimeError(f"tensor.{name} is only supported on matrices or batches of matrices. Got {rank}-D tensor.")
    swapped = transpose(input, rank - 2, rank - 1)
    return swapped.conj() if conjugated and array_of(input).dtype.kind == "c" else swapped


def reversed_dims(input: Any) -> Any:
    """The dimensions in the opposite order: what `Tensor.T` is."""
    return _permuted(input, tuple(range(array_of(input).ndim))[::-1])


def hermitian(input: Any) -> Any:
    """A matrix transposed and conjugated: what `Tensor.H` is."""
    rank = len(input.shape)
    if rank not in {0, 2}:
        more = " For batches of matrices, consider using tensor.mH" if rank > 2 else ""
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {rank}-D tensor.{more}")
    return matrix_transposed(input, "H", conjugated=True) if rank else input


# ---- another order of elements ----


@op(
    kind=LINEAR, conjugate=False, adapt=taking_sizes("dims"),
    self=lambda grad, dims: np.flip(grad, dims) if grad.ndim else grad,
    batching=batches.along("dims", all_of_none=False),
)  # fmt: skip
def flip(self: Any, dims: tuple[int, ...]) -> Any:
    """A copy with the elements along `dims` in the opposite order."""
    wrapped = wrap_dims(dims, self.ndim)
    return np.flip(self, wrapped).copy() if self.ndim else self.copy()


def fliplr(input: Any) -> Any:
    """A copy with the second dimension in the opposite order.

    >>> import chainrule as torch
    >>> torch.fliplr(torch.tensor([[1, 2], [3, 4]]))
    tensor([[2, 1],
            [4, 3]])
    """
    if len(input.shape) < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, 1)


def flipud(input: Any) -> Any:
    """A copy with the first dimension in the opposite order.

    >>> import chainrule as torch
    >>> torch.flipud(torch.tensor([1, 2, 3]))
    tensor([3, 2, 1])
    """
    if len(input.shape) < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, 0)


def _rolled_back(grad: Any, shifts: Any, dims: Any) -> Any:
    back = -shifts if isinstance(shifts, int) else tuple(-s for s in shifts)
    return np.roll(grad, back, None if dims is None or dims == () else dims)


@op(kind=LINEAR, conjugate=False, self=_rolled_back, batching=batches.rolled)
def roll(self: Any, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None) -> Any:
    """A copy with the elements moved along `dims` by `shifts`, those pushed out coming in again at the other end."""
    moves = _as_tuple(shifts)
    if not moves:
        raise RuntimeError("`shifts` required")
    axes = () if dims is None else _as_tuple(dims)
    if not axes and len(moves) == 1:
        return np.asarray(np.roll(self, moves[0]), order="C")
    if len(axes) != len(moves):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(moves)}, dims:{len(axes)}")
    rolled = np.roll(self, moves, [wrap_dim(d, self.ndim, wrap_scalar=False) for d in axes])
    return np.asarray(rolled, order="C")


def _rot90_gradient(grad: Any, k: Any, dims: Any) -> Any:
    return rot90(grad, -k, dims)


@op(
    kind=LINEAR,
    conjugate=False,
    node_name="Rot90Backward0",
    self=_rot90_gradient,
    batching=batches.along("dims", all_of_none=False),
)
def rot90(self: Any, k: int = 1, dims: Sequence[int] = (0, 1)) -> Any:
    """A copy turned by `k` quarter turns, from the first of `dims` towards the second."""
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if self.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {self.ndim}")
    first, second = (wrap_dim(d, self.ndim) for d in dims)
    if first == second:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    return np.rot90(self, k, (first, second)).copy()


# ---- another shape for the tensor itself ----


def _becoming(name: str, node_name: Callable[[tuple[Any, ...]], str]) -> Callable[..., Any]:
    row = TABLE[name]

    def function(self: Any, *args: Any, **kwargs: Any) -> Any:
        args = row.bind((self, *args), kwargs)[1:]
        require_writable(self, records=self.requires_grad)
        become_view(self, row, args, node_name(args))
        return self

    function.__name__ = function.__qualname__ = name + "_"
    function.__doc__ = f"`{name}` of the tensor itself: it has another shape afterwards, and the same memory."
    return function


t_ = _becoming("t", lambda args: "TBackward1")
transpose_ = _becoming("transpose", lambda args: "TransposeBackward1")
unsqueeze_ = _becoming("unsqueeze", lambda args: "UnsqueezeBackward1")
squeeze_ = _becoming(
    "squeeze", lambda args: f"SqueezeBackward{3 if args[0] is None else 4 if isinstance(args[0], int) else 5}"
)


def swapaxes_(self: Any, axis0: int, axis1: int) -> Any:
    """`transpose_` by NumPy's name."""
    return transpose_(self, axis0, axis1)


def swapdims_(self: Any, dim0: int, dim1: int) -> Any:
    """`transpose_` by another name."""
    return transpose_(self, dim0, dim1)


# Properties of Tensor, bound in tensor.py.
PROPERTIES: dict[str, Callable[[Any], Any]] = {
    "T": reversed_dims,
    "H": hermitian,
    "mT": lambda self: matrix_transposed(self, "mT"),
    "mH": lambda self: matrix_transposed(self, "mH", conjugated=True),
}
