"""Samples for ops/shapes.py, expanding.py, diagonals.py, strided.py and joining.py."""

import numpy as np

import chainrule as torch
from op_samples import complexes, integers, real, refuses, sample

OUT_OF_RANGE = "Dimension out of range (expected to be in range of [-2, 1], but got 2)"
WRONG_SHAPE = "shape '[5]' is invalid for input of size 6"
SIZES = (
    "Sizes of tensors must match except in dimension 0. Expected size 3 but got size 4 for tensor number 1 in the list."
)


def pieces(lengths, axis=0):
    return lambda a, *args, **kwargs: tuple(np.split(a, np.cumsum(lengths)[:-1], axis))


def block_diagonal(a, b):
    made = np.zeros((a.shape[0] + b.shape[0], a.shape[1] + b.shape[1]))
    made[: a.shape[0], : a.shape[1]] = a
    made[a.shape[0] :, a.shape[1] :] = b
    return made


def with_diagonal(a, src):
    made = a.copy()
    np.fill_diagonal(made, src)
    return made


SAMPLES = [
    # another shape
    sample(
        "view", [real(3, 4), (3, 2, 2)], lambda a, size: a.reshape(size),
        must_raise=[refuses(RuntimeError, WRONG_SHAPE, real(2, 3), 5)],
    ),
    sample("view", [real(3, 4), 3, -1, 2], lambda a, *size: a.reshape(size)),
    sample(lambda x: x.view(torch.int64), [integers(3)], lambda a: a, name="view as a type", covers=("view_dtype",)),
    sample("reshape", [real(3, 4), (2, 6)], np.reshape, covers=("view", "unsafe_view", "contiguous_copy")),
    sample(lambda x: x.t().reshape(-1), [real(2, 3)], lambda a: a.T.reshape(-1), name="reshape with a copy", covers=()),
    sample("flatten", [real(2, 3, 4), 1], lambda a, d: a.reshape(2, 12), covers=()),
    sample("ravel", [real(2, 3)], np.ravel, covers=()),
    sample("unflatten", [real(2, 6), 1, (2, 3)], lambda a, d, s: a.reshape(2, 2, 3), covers=()),
    sample("squeeze", [real(1, 3, 1)], np.squeeze),
    sample("squeeze", [real(1, 3, 1), 2], np.squeeze, must_raise=[refuses(IndexError, OUT_OF_RANGE, real(2, 3), 2)]),
    sample("squeeze", [real(1, 3, 1), (0, 1)], lambda a, d: a[0]),
    sample("unsqueeze", [real(2, 3), -1], np.expand_dims),
    # another order of dimensions
    sample("transpose", [real(2, 3, 4), 0, -1], np.swapaxes,
           must_raise=[refuses(IndexError, OUT_OF_RANGE, real(2, 3), 0, 2)]),
    sample("t", [real(2, 3)], np.transpose),
    sample("t", [real(3)], np.transpose),
    sample("permute", [real(2, 3, 4), (2, 0, 1)], np.transpose),
    sample("permute", [complexes(2, 3), 1, 0], lambda a, *dims: a.transpose(dims)),
    sample("movedim", [real(2, 3, 4), (0, 1), (2, 0)], np.moveaxis, covers=()),
    sample("adjoint", [complexes(2, 3)], lambda a: a.conj().T, covers=()),
    # repeated and grown
    sample("expand", [real(2, 1), (3, 2, 4)], np.broadcast_to),
    sample("expand", [real(2, 1), -1, 3], lambda a, *size: np.broadcast_to(a, (2, 3))),
    sample("repeat", [real(2, 3), (2, 1, 2)], np.tile),
    sample("repeat", [real(), (3,)], np.tile),
    sample("tile", [real(2, 3), (2,)], np.tile, covers=()),
    sample("broadcast_tensors", [real(2, 1), real(3)], np.broadcast_arrays, covers=()),
    sample(
        "meshgrid", [real(2), real(3)], lambda *a, indexing: tuple(np.meshgrid(*a, indexing=indexing)),
        covers=(), indexing="xy",
    ),
    sample("atleast_3d", [real(3)], np.atleast_3d, covers=()),
    # another order of elements
    sample("flip", [real(2, 3, 4), (0, 2)], np.flip, must_raise=[refuses(IndexError, OUT_OF_RANGE, real(2, 3), 2)]),
    sample("roll", [real(2, 3), 1], np.roll),
    sample("roll", [real(2, 3), (1, -2), (0, 1)], np.roll),
    sample("rot90", [real(2, 3)], np.rot90),
    sample("rot90", [real(2, 3, 2), -1, (1, 2)], np.rot90),
    # diagonals and triangles
    sample("diagonal", [real(2, 3, 4), 1, 2, 0], np.diagonal, covers=("diagonal", "diagonal_backward")),
    sample("diagonal_copy", [real(3, 4), -1], np.diagonal),
    sample("diag", [real(3), 1], np.diag, covers=()),
    sample("diag", [real(3, 4), -1], np.diag, covers=()),
    sample("diagflat", [real(2, 2)], np.diagflat, covers=()),
    sample("diag_embed", [real(3), -2], np.diag),
    sample("diag_embed", [real(2, 3)], lambda a: np.eye(3) * a[:, None]),
    sample("diagonal_backward", [real(3), (3, 4), 1, 0, 1], lambda a, *args: np.diag(a, 1)[:3]),
    sample("diagonal_scatter", [real(3, 4), real(3)], with_diagonal),
    sample("tril", [real(3, 4)], np.tril),
    sample("tril", [real(2, 3, 3), -1], np.tril),
    sample(
        "triu", [real(3, 4), 1], np.triu,
        must_raise=[refuses(RuntimeError, "triu: input tensor must have at least 2 dimensions", real(3))],
    ),
    # memory in its own way
    sample("unfold", [real(2, 5), 1, 3, 2], lambda a, *args: np.stack([a[:, 0:3], a[:, 2:5]], 1)),
    sample("unfold_backward", [real(2, 3), (4,), 0, 3, 1], lambda a, *args: np.array([
        a[0, 0], a[0, 1] + a[1, 0], a[0, 2] + a[1, 1], a[1, 2]]),
    ),
    sample(
        lambda x: torch.as_strided(x.contiguous(), (2, 2), (1, 2), 1), [real(2, 3)],
        lambda a: a.reshape(-1)[[[1, 3], [2, 4]]], name="as_strided", covers=("as_strided", "moved"),
    ),
    sample("view_as_real", [complexes(2, 3)], lambda a: np.stack([a.real, a.imag], -1)),
    sample(lambda x: torch.view_as_complex(x.contiguous()), [real(3, 2)], lambda a: a[:, 0] + 1j * a[:, 1],
           name="view_as_complex", covers=("view_as_complex",)),
    # put together
    sample(
        "cat", [[real(2, 3), real(1, 3)]], np.concatenate,
        must_raise=[refuses(RuntimeError, SIZES, [real(2, 3), real(2, 4)])],
    ),
    sample("cat", [[real(2, 3), real(2, 1)], -1], np.concatenate),
    sample("cat", [[real(2, 3), complexes(2, 3)]], np.concatenate),
    sample("stack", [[real(3), real(3)], 1], np.stack, must_raise=[
        refuses(RuntimeError, "stack expects each tensor to be equal size, but got [3] at entry 0 and [4] at entry 1",
                [real(3), real(4)]),
    ]),
    sample("hstack", [[real(2, 1), real(2, 3)]], np.hstack, covers=()),
    sample("vstack", [[real(3), real(3)]], np.vstack, covers=()),
    sample("dstack", [[real(2, 3), real(2, 3)]], np.dstack, covers=()),
    sample("column_stack", [[real(3), real(3, 2)]], np.column_stack, covers=()),
    sample("block_diag", [real(2, 3), real(1, 2)], block_diagonal, name="block_diag"),
    sample("cartesian_prod", [real(2), real(2)], lambda a, b: np.array([[x, y] for x in a for y in b]), covers=()),
    # taken apart
    sample(torch.split, [real(5, 2), 2], pieces([2, 2, 1]), name="split", covers=("split",)),
    sample("split_with_sizes", [real(2, 5), [1, 4], 1], pieces([1, 4], 1)),
    sample("chunk", [real(5), 2], pieces([3, 2]), covers=()),
    sample("tensor_split", [real(5), 3], lambda a, n: tuple(np.array_split(a, n)), covers=()),
    sample("unbind", [real(2, 3), 1], lambda a, d: tuple(a.T)),
    sample(lambda x: x.unbind(1)[2], [real(2, 3)], lambda a: a[:, 2], name="one piece alone", covers=()),
]  # fmt: skip
