"""Sums of products over named dimensions, in Einstein's notation; tensordot, which is one of them."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.dimensions import wrap_dim
from chainrule.dtypes import result_dtype, scalar_type_name
from chainrule.engine.op import MULTILINEAR, op
from chainrule.kernels.contraction import contract
from chainrule.ops import product_batches
from chainrule.ops.refusals import require_kernel

__all__ = ["einsum", "tensordot"]

Indices = tuple[int, ...]

# ---- the operation: dimensions named by numbers ----


def _node_name(tensors: Any, inputs: tuple[Indices, ...], output: Indices) -> str:
    # The last of the operations that PyTorch makes such a sum from.
    summed = {i for indices in inputs for i in indices} - set(output)
    if len(tensors) == 1:
        return "SumBackward1" if summed else "PermuteBackward0"
    return "ViewBackward0" if summed & set(inputs[-1]) else "MulBackward0"


def _contraction_backward(
    grad: Any, tensors: list[Any], inputs: tuple[Indices, ...], output: Indices, needs: tuple[bool, ...]
) -> list[Any]:
    return [
        _operand_backward(grad, tensors, inputs, output, number) if needed else None
        for number, needed in enumerate(needs)
    ]


def _operand_backward(grad: Any, tensors: list[Any], inputs: tuple[Indices, ...], output: Indices, number: int) -> Any:
    # The same kind of sum again: the result's gradient times the other factors, over what this operand has not.
    shape = np.shape(tensors[number])
    factors = [np.asarray(grad) if isinstance(grad, np.generic) else grad, *tensors[:number], *tensors[number + 1 :]]
    names = [output, *inputs[:number], *inputs[number + 1 :]]
    wanted: list[int] = []
    fresh = 1 + max((i for indices in inputs for i in indices), default=0)
    for index, size in zip(inputs[number], shape, strict=True):
        if index in wanted:
            # An index that is there twice took the diagonal: nothing goes anywhere else.
            factors.append(np.eye(size, dtype=_numpy_dtype(grad)))
            names.append((index, fresh))
            index, fresh = fresh, fresh + 1  # noqa: PLW2901
        wanted.append(index)
    present = {i for indices in names for i in indices}
    found = tuple(i for i in wanted if i in present)
    gradient = contraction(factors, tuple(names), found)
    for place, index in enumerate(wanted):
        if index not in present:
            gradient = np.expand_dims(gradient, place)
    # Along what was only summed the gradient is the same everywhere.
    full = tuple([max(size, given) for size, given in zip(shape, np.shape(gradient), strict=True)])
    return gradient if np.shape(gradient) == full else np.broadcast_to(gradient, full)


def _numpy_dtype(array: Any) -> Any:
    return array.dtype.numpy if hasattr(array.dtype, "numpy") else array.dtype


@op(
    spaces="",
    node_name=_node_name,
    tensors=_contraction_backward,
    kind=MULTILINEAR,
    batching=product_batches.contraction,
)
def contraction(tensors: Any, inputs: tuple[Indices, ...], output: Indices) -> Any:
    alone, shared = _summed(tensors, inputs, output)
    # What is summed before it meets another factor is summed as `sum` does it.
    tensors = [
        tensor.astype(np.int64) if tensor.dtype.kind in "biu" and alone.intersection(indices) else tensor
        for tensor, indices in zip(tensors, inputs, strict=True)
    ]
    if shared:
        _require_one_type(tensors)
        require_kernel("bmm", "b", tensors[0].dtype)
    elif any(tensor.dtype != tensors[0].dtype for tensor in tensors):
        dtype = result_dtype(tuple(tensors))
        tensors = [tensor.astype(dtype, copy=False) for tensor in tensors]
    return np.asarray(contract(tensors, inputs, output), order="C")


def _summed(tensors: list[Any], inputs: tuple[Indices, ...], output: Indices) -> tuple[set[int], set[int]]:
    # What is summed over: where only one tensor has a size for it, and where several have. Sizes of 1 are no sums.
    sizes: dict[int, int] = {}
    for tensor, indices in zip(tensors, inputs, strict=True):
        for index, size in {*zip(indices, tensor.shape, strict=True)}:
            if index not in output:
                sizes[index] = sizes.get(index, 0) + (size != 1 or len(tensors) == 1)
    return {i for i, count in sizes.items() if count == 1}, {i for i, count in sizes.items() if count > 1}


def _require_one_type(tensors: list[Any]) -> None:
    first = tensors[0].dtype
    for tensor in tensors[1:]:
        if tensor.dtype != first:
            raise RuntimeError(
                f"expected scalar type {scalar_type_name(first)} but found {scalar_type_name(tensor.dtype)}"
            )


# ---- its notation ----


def einsum(*args: Any) -> Any:
    """The sum of products that an equation such as `"ij,jk->ik"` describes.

    Each letter names a dimension; `...` stands for any others, which broadcast. Letters missing on the right are summed
    over; without `->` the result has the letters that occur once, in alphabetical order. Instead of an equation, each
    tensor may be followed by a list of numbers for its dimensions, and all by one for the result.

    Raises RuntimeError where the equation does not fit the tensors.

    >>> torch.einsum("ij,j->i", torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1.0, 1.0]))
    tensor([3., 7.])
    """
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    if isinstance(args[0], str):
        equation, operands = args[0], args[1:]
        if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
            operands = tuple(operands[0])
        left, output = _parsed(equation)
    else:
        operands, left, output = _from_lists(args)
    if len(operands) != len(left):
        which = "fewer" if len(operands) < len(left) else "more"
        raise RuntimeError(f"einsum(): {which} operands were provided than specified in the equation")
    inputs, numbered = _numbered(left, output, [tuple(t.shape) for t in operands])
    return contraction(list(operands), inputs, numbered)


Labels = list[Any]  # letters or numbers, and Ellipsis


def _parsed(equation: str) -> tuple[list[Labels], Labels | None]:
    text, arrow, right = equation.partition("->")
    left = [_labels(term, equation, f"operand {number}") for number, term in enumerate(text.split(","))]
    return left, _labels(right, equation, "the output") if arrow else None


def _labels(term: str, equation: str, where: str) -> Labels:
    labels: Labels = []
    position = 0
    while position < len(term):
        character = term[position]
        if term.startswith("...", position):
            if Ellipsis in labels:
                raise RuntimeError(f"einsum(): found '.' for {where} for which an ellipsis was already found")
            labels.append(Ellipsis)
            position += 3
            continue
        if character == ".":
            raise RuntimeError(f"einsum(): found '.' for {where} that is not part of any ellipsis")
        if character != " ":
            if character not in string.ascii_letters:
                raise RuntimeError(
                    f"einsum(): invalid subscript given at index {equation.index(character)} in the equation string, "
                    "subscripts must be in [a-zA-Z]"
                )
            labels.append(character)
        position += 1
    return labels


def _from_lists(args: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[Labels], Labels | None]:
    output = list(args[-1]) if len(args) % 2 else None
    pairs = args[:-1] if len(args) % 2 else args
    left = [list(labels) for labels in pairs[1::2]]
    for labels in (*left, output or []):
        for label in labels:
            if label is not Ellipsis and not 0 <= label < 52:
                raise ValueError("einsum(): subscripts in subscript list should be within the range [0, 52), but got "
                                 f"{label}")  # fmt: skip
    return pairs[::2], left, output


def _numbered(
    left: list[Labels], output: Labels | None, shapes: list[tuple[int, ...]]
) -> tuple[tuple[Indices, ...], Indices]:
    hidden = [
        _hidden_rank(number, labels, shape) for number, (labels, shape) in enumerate(zip(left, shapes, strict=True))
    ]
    most = max(hidden, default=0)
    if output is None:
        every = [label for labels in left for label in labels if label is not Ellipsis]
        once = sorted({label for label in every if every.count(label) == 1})
        output = [*([Ellipsis] if any(Ellipsis in labels for labels in left) else []), *once]
    names: dict[Any, int] = {}

    def number_of(label: Any) -> int:
        return names.setdefault(label, most + len(names))

    # The dimensions behind an ellipsis are counted from its end, and numbered first.
    inputs = tuple(
        tuple(i for label in labels for i in (range(most - rank, most) if label is Ellipsis else (number_of(label),)))
        for labels, rank in zip(left, hidden, strict=True)
    )
    for place, label in enumerate(output):
        if label is Ellipsis:
            continue
        if label in output[:place]:
            raise RuntimeError(f"einsum(): output subscript {_shown(label)} appears more than once in the output")
        if label not in names:
            raise RuntimeError(
                f"einsum(): output subscript {_shown(label)} does not appear in the equation for any input operand"
            )
    numbered = tuple(i for label in output for i in (range(most) if label is Ellipsis else (names[label],)))
    _require_sizes(inputs, shapes, {number: _shown(label) for label, number in names.items()})
    return inputs, numbered


def _hidden_rank(number: int, labels: Labels, shape: tuple[int, ...]) -> int:
    named = len(labels) - (Ellipsis in labels)
    if Ellipsis in labels and named <= len(shape):
        return len(shape) - named
    if Ellipsis in labels or named != len(shape):
        reason = (
            "is more than the number of dimensions" if Ellipsis in labels
            else "does not match the number of dimensions"
        )  # fmt: skip
        ending = "" if Ellipsis in labels else " and no ellipsis was given"
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({named}) {reason} ({len(shape)}) for operand "
            f"{number}{ending}"
        )
    return 0


def _require_sizes(inputs: tuple[Indices, ...], shapes: list[tuple[int, ...]], shown: dict[int, str]) -> None:
    sizes: dict[int, int] = {}
    for number, (indices, shape) in enumerate(zip(inputs, shapes, strict=True)):
        own: dict[int, int] = {}
        for index, size in zip(indices, shape, strict=True):
            if own.setdefault(index, size) != size:
                raise RuntimeError(
                    f"einsum(): subscript {shown[index]} is repeated for operand {number} but the sizes don't match, "
                    f"{size} != {own[index]}"
                )
        for index, size in own.items():
            seen = sizes.get(index, 1)
            if 1 not in (seen, size) and seen != size:
                raise RuntimeError(
                    f"einsum(): subscript {shown.get(index, '...')} has size {size} for operand {number} which does "
                    f"not broadcast with previously seen size {seen}"
                )
            sizes[index] = max(seen, size) if 0 not in (seen, size) else 0


def _shown(label: Any) -> str:
    return label if isinstance(label, str) else (string.ascii_uppercase + string.ascii_lowercase)[label]


# ---- tensordot ----


def tensordot(a: Any, b: Any, dims: Any = 2, *, out: Any = None) -> Any:
    """The sum of products over the last `dims` dimensions of `a` and the first of `b`, or over two lists of them.

    >>> torch.tensordot(torch.ones(2, 3), torch.ones(3, 4), dims=1).shape
    chainrule.Size([2, 4])
    """
    if isinstance(dims, (tuple, list)):
        first, second = ([d] if isinstance(d, int) else list(d) for d in dims)
    elif hasattr(dims, "tolist") and dims.numel() > 1:
        first, second = dims[0].tolist(), dims[1].tolist()
    else:
        count = int(dims)
        if count < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={count}")
        if count > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={count}")
        first, second = list(range(-count, 0)), list(range(count))
    if len(first) != len(second):
        raise RuntimeError("both dimension lists should have same length")
    for i, j in zip(first, second, strict=True):
        one, other = a.shape[wrap_dim(i, a.ndim)], b.shape[wrap_dim(j, b.ndim)]
        if one != other and 1 not in (one, other):
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {one} in dim {i} and second has size {other} "
                f"in dim {j}"
            )
    if a.dtype != b.dtype:
        raise RuntimeError("both inputs should have same dtype")
    if a.dtype == dtypes.bool:
        name = "dot" if a.ndim == b.ndim == 1 else "addmm_impl_cpu_"
        raise NotImplementedError(f"\"{name}\" not implemented for 'Bool'")
    in_a = list(range(a.ndim))
    in_b = list(range(a.ndim, a.ndim + b.ndim))
    for i, j in zip(first, second, strict=True):
        in_b[wrap_dim(j, b.ndim)] = in_a[wrap_dim(i, a.ndim)]
    summed = {in_a[wrap_dim(i, a.ndim)] for i in first}
    output = tuple(i for i in (*in_a, *in_b) if i not in summed)
    result = contraction([a, b], (tuple(in_a), tuple(in_b)), output)
    return result if out is None else out.copy_(result)
