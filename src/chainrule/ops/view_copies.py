"""What views give, as copies with memory of their own: `permute_copy`, `select_copy` and their likes.

A row here has the formulas of the view that it copies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chainrule.dimensions import sizes, wrap_dim
from chainrule.dtypes import as_numpy_dtype, dtype
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import LINEAR, TABLE, Op, camel_case, op
from chainrule.ops.copies import clone
from chainrule.ops.indexing import basic_index_backward
from chainrule.ops.joining import chunk, split_lengths
from chainrule.ops.strided import layouts

__all__ = [
    "as_strided_copy", "detach_copy", "split_copy", "split_with_sizes_copy", "unbind_copy", "unsafe_chunk",
    "unsafe_split",
]  # fmt: skip
METHODS = ("unsafe_chunk", "unsafe_split")


def _as(view: str, **row: Any) -> dict[str, Any]:
    # What a row says that copies what the row `view` gives.
    source: Op = TABLE[view]
    formulas = {", ".join([source.parameters[p] for p in places]): formula for places, formula, _ in source.formulas}
    node_name = f"{camel_case(view)}Backward0_copy"
    return {"kind": LINEAR, "conjugate": False, "node_name": node_name, "derivatives": formulas, **row}


def _copied(view: str, *arguments: Any) -> Any:
    found = TABLE[view].forward(*arguments)
    return tuple([part.copy() for part in found]) if isinstance(found, tuple) else found.copy()


# ---- one result ----


@op(
    kind=LINEAR,
    conjugate=False,
    spaces="torch",
    node_name="AliasBackward0_copy",
    self=lambda grad: grad,
    batching=batches.passed,
)
def alias_copy(self: Any) -> Any:
    """A copy of the whole tensor.

    >>> torch.alias_copy(torch.tensor([1, 2]))
    tensor([1, 2])
    """
    return self.copy()


def detach_copy(input: Any, *, out: Any = None) -> Any:
    """A copy without history.

    >>> torch.detach_copy(torch.ones(2, requires_grad=True))
    tensor([1., 1.])
    """
    return clone(input.detach()) if out is None else clone(input.detach(), out=out)


@op(**_as("expand", spaces="torch"), batching=batches.expanded)
def expand_copy(self: Any, size: Sequence[int], implicit: bool = False) -> Any:
    """A copy of what `expand` gives.

    >>> torch.expand_copy(torch.tensor([1, 2]), (2, 2))
    tensor([[1, 2],
            [1, 2]])
    """
    del implicit
    return _copied("expand", self, sizes((size,), "expand_copy", "size"))


@op(**_as("permute", spaces="torch"), batching=batches.permuted)
def permute_copy(self: Any, dims: Sequence[int]) -> Any:
    """A copy of what `permute` gives.

    >>> torch.permute_copy(torch.tensor([[1, 2], [3, 4]]), (1, 0))
    tensor([[1, 3],
            [2, 4]])
    """
    return _copied("permute", self, sizes((dims,), "permute_copy", "dims"))


@op(**_as("transpose", spaces="torch"), batching=batches.along("dim0", "dim1"))
def transpose_copy(self: Any, dim0: int, dim1: int) -> Any:
    """A copy of what `transpose` gives.

    >>> torch.transpose_copy(torch.tensor([[1, 2], [3, 4]]), 0, 1)
    tensor([[1, 3],
            [2, 4]])
    """
    return _copied("transpose", self, dim0, dim1)


@op(**_as("t", spaces="torch"), batching=batches.turned)
def t_copy(self: Any) -> Any:
    """A copy of what `t` gives.

    >>> torch.t_copy(torch.tensor([[1, 2], [3, 4]]))
    tensor([[1, 3],
            [2, 4]])
    """
    return _copied("t", self)


def _squeeze_node_name(self: Any, dim: Any) -> str:
    name = TABLE["squeeze"].node_name
    return f"{name if isinstance(name, str) else name(self, dim)}_copy"


@op(**_as("squeeze", spaces="torch", node_name=_squeeze_node_name), batching=batches.squeezed)
def squeeze_copy(self: Any, dim: int | Sequence[int] | None = None) -> Any:
    """A copy of what `squeeze` gives.

    >>> torch.squeeze_copy(torch.tensor([[1, 2]]))
    tensor([1, 2])
    """
    return _copied("squeeze", self, dim)


@op(**_as("unsqueeze", spaces="torch"), batching=batches.unsqueezed)
def unsqueeze_copy(self: Any, dim: int) -> Any:
    """A copy of what `unsqueeze` gives.

    >>> torch.unsqueeze_copy(torch.tensor([1, 2]), 0)
    tensor([[1, 2]])
    """
    return _copied("unsqueeze", self, dim)


@op(**_as("select", spaces="torch"), batching=batches.along("dim"))
def select_copy(self: Any, dim: int, index: int) -> Any:
    """A copy of what `select` gives.

    >>> torch.select_copy(torch.tensor([[1, 2], [3, 4]]), 0, 1)
    tensor([3, 4])
    """
    return _copied("select", self, dim, index)


@op(**_as("unfold", spaces="torch"), batching=batches.along("dimension"))
def unfold_copy(self: Any, dimension: int, size: int, step: int) -> Any:
    """A copy of what `unfold` gives.

    >>> torch.unfold_copy(torch.tensor([1, 2, 3]), 0, 2, 1)
    tensor([[1, 2],
            [2, 3]])
    """
    return _copied("unfold", self, dimension, size, step)


@op(**_as("view_as_real", spaces="torch"), batching=batches.passed)
def view_as_real_copy(self: Any) -> Any:
    """A copy of what `view_as_real` gives.

    >>> torch.view_as_real_copy(torch.tensor([1 + 2j]))
    tensor([[1., 2.]])
    """
    return _copied("view_as_real", self)


@op(**_as("view_as_complex", spaces="torch"), batching=batches.passed)
def view_as_complex_copy(self: Any) -> Any:
    """A copy of what `view_as_complex` gives.

    >>> torch.view_as_complex_copy(torch.tensor([[1.0, 2.0]]))
    tensor([1.+2.j])
    """
    return _copied("view_as_complex", self)


def _sliced(rank: int, dim: int, start: int | None, end: int | None, step: int) -> tuple[Any, ...]:
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    return (slice(None),) * wrap_dim(dim, rank, wrap_scalar=False) + (slice(start, end, step),)


def _slice_gradient(grad: Any, self_shape: Any, dim: int, start: Any, end: Any, step: int) -> Any:
    return basic_index_backward(grad, self_shape, _sliced(len(self_shape), dim, start, end, step))


@op(
    kind=LINEAR,
    conjugate=False,
    spaces="torch",
    node_name="SliceBackward0_copy",
    self=_slice_gradient,
    batching=batches.along("dim"),
)
def slice_copy(self: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    """A copy of the slices `start` to `end`, each `step`-th, of dimension `dim`.

    >>> torch.slice_copy(torch.arange(5), 0, 1, 5, 2)
    tensor([1, 3])
    """
    if not self.ndim:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    return self[_sliced(self.ndim, dim, start, end, step)].copy()


def _narrow_gradient(grad: Any, self_shape: Any, dim: int, start: int, length: int) -> Any:
    size = self_shape[wrap_dim(dim, len(self_shape))]
    first = start + size if start < 0 else start
    return basic_index_backward(grad, self_shape, _sliced(len(self_shape), dim, first, first + length, 1))


@op(kind=LINEAR, conjugate=False, self=_narrow_gradient, batching=batches.along("dim"))
def narrow_copy(self: Any, dim: int, start: int, length: int) -> Any:
    """A copy of `length` slices of dimension `dim` from `start` on.

    >>> torch.narrow_copy(torch.arange(5), 0, 1, 2)
    tensor([1, 2])
    """
    if not self.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    size = self.shape[wrap_dim(dim, self.ndim)]
    if not -size <= start <= size:
        raise IndexError(f"start out of range (expected to be in range of [-{size}, {size}], but got {start})")
    first = start + size if start < 0 else start
    if length < 0 or first + length > size:
        raise RuntimeError(f"start ({first}) + length ({length}) exceeds dimension size ({size}).")
    return self[_sliced(self.ndim, dim, first, first + length, 1)].copy()


def _taking_size_or_dtype(function: Callable[..., Any]) -> Callable[..., Any]:
    def view_copy(input: Any, size: Any = None, *, dtype: Any = None, **kwargs: Any) -> Any:
        return function(input, dtype if size is None else size, **kwargs)

    return view_copy


def _viewed_back(grad: Any, self_shape: Any) -> Any:
    return grad.reshape(self_shape)


@op(
    kind=LINEAR, conjugate=False, spaces="torch", node_name="ViewBackward0_copy", adapt=_taking_size_or_dtype,
    self=_viewed_back,
    batching=batches.with_size("size"),
)  # fmt: skip
def view_copy(self: Any, size: Any) -> Any:
    """A copy of what `view` gives, of a size or of a type.

    >>> torch.view_copy(torch.arange(4), (2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    if isinstance(size, dtype):
        return _copied("view_dtype", self, as_numpy_dtype(size))
    return _copied("view", self, sizes((size,), "view_copy", "size"))


@op(**_as("as_strided", name="as_strided_copy", spaces=""))
def strided_copy(self: Any, wanted: Any, own: Any) -> Any:
    return _copied("as_strided", self, wanted, own)


def as_strided_copy(input: Any, size: Any, stride: Any, storage_offset: int | None = None, *, out: Any = None) -> Any:
    """A copy of what `as_strided` gives.

    >>> torch.as_strided_copy(torch.arange(4), (3, 2), (1, 1))
    tensor([[0, 1],
            [1, 2],
            [2, 3]])
    """
    found = layouts(input, size, stride, storage_offset)
    return strided_copy(input, *found) if out is None else strided_copy(input, *found, out=out)


# ---- several results ----


@op(**_as("unbind", name="unbind_copy", spaces="", batching=batches.along("dim")))
def slices_copied(self: Any, dim: int) -> Any:
    return _copied("unbind", self, dim)


@op(**_as("split", name="split_copy", spaces="", batching=batches.along("dim")))
def evenly_split_copy(self: Any, lengths: Sequence[int], dim: int) -> Any:
    return _copied("split", self, lengths, dim)


@op(**_as("split_with_sizes", name="split_with_sizes_copy", spaces="", batching=batches.along("dim")))
def split_in_sizes_copy(self: Any, split_sizes: Sequence[int], dim: int) -> Any:
    return _copied("split_with_sizes", self, split_sizes, dim)


def _given(name: str, found: tuple[Any, ...], out: Any) -> Any:
    # The results, or None when they are written into the tensors of `out`.
    if out is None:
        return found
    if len(out) != len(found):
        raise RuntimeError(f"{name}_out() expected an out= argument of size {len(found)}, got size {len(out)}")
    for part, target in zip(found, out, strict=True):
        clone(part, out=target)
    return None


def unbind_copy(input: Any, dim: int = 0, *, out: Any = None) -> Any:
    """Copies of the slices along dimension `dim`.

    >>> torch.unbind_copy(torch.tensor([1, 2]))
    (tensor(1), tensor(2))
    """
    return _given("unbind_copy", slices_copied(input, dim), out)


def split_copy(input: Any, split_size: int, dim: int = 0, *, out: Any = None) -> Any:
    """Copies of the pieces of one length along dimension `dim`.

    >>> torch.split_copy(torch.arange(3), 2)
    (tensor([0, 1]), tensor([2]))
    """
    return _given("split_copy", evenly_split_copy(input, *split_lengths(input, split_size, dim)), out)


def split_with_sizes_copy(input: Any, split_sizes: Sequence[int], dim: int = 0, *, out: Any = None) -> Any:
    """Copies of the pieces of the given lengths along dimension `dim`.

    >>> torch.split_with_sizes_copy(torch.arange(3), (1, 2))
    (tensor([0]), tensor([1, 2]))
    """
    return _given("split_with_sizes_copy", split_in_sizes_copy(input, tuple(split_sizes), dim), out)


# ---- pieces that the graph does not know to be views: they may be changed in place whatever becomes of the whole ----


@op(
    **_as(
        "split", name="unsafe_split_evenly", node_name="UnsafeSplitBackward0", spaces="", batching=batches.along("dim")
    )
)
def unsafely_split(self: Any, lengths: Sequence[int], dim: int) -> Any:
    return _copied("split", self, lengths, dim)


@op(**_as("split_with_sizes", node_name="UnsafeSplitWithSizesBackward0"), batching=batches.along("dim"))
def unsafe_split_with_sizes(self: Any, split_sizes: Sequence[int], dim: int = 0) -> Any:
    """`split_with_sizes`, but the pieces are no views: each may be changed in place.

    >>> torch.unsafe_split_with_sizes(torch.arange(3), (1, 2))
    (tensor([0]), tensor([1, 2]))
    """
    return _copied("split_with_sizes", self, tuple(split_sizes), dim)


def unsafe_split(tensor: Any, split_size: int, dim: int = 0) -> Any:
    """`split` in pieces of one length, but the pieces are no views: each may be changed in place.

    >>> torch.unsafe_split(torch.arange(3), 2)
    (tensor([0, 1]), tensor([2]))
    """
    return unsafely_split(tensor, *split_lengths(tensor, split_size, dim))


def unsafe_chunk(input: Any, chunks: int, dim: int = 0) -> Any:
    """`chunk`, but the pieces are no views: each may be changed in place.

    >>> torch.unsafe_chunk(torch.arange(3), 2)
    (tensor([0, 1]), tensor([2]))
    """
    lengths = [piece.shape[dim] for piece in chunk(input.detach(), chunks, dim)]
    if lengths and lengths[0] == 0:
        return unsafe_split_with_sizes(input, lengths, dim)
    return unsafe_split(input, lengths[0], dim)
