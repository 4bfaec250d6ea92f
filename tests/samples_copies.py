"""Samples for the copies of what views give (ops/view_copies.py)."""

import numpy as np

import chainrule as torch
from op_samples import complexes, real, refuses, sample

DIM_OUT_OF_RANGE = "Dimension out of range (expected to be in range of [-2, 1], but got 2)"


def pieces(*cuts, axis=0):
    return lambda a, *args: np.split(a, cuts, axis)


SAMPLES = [
    sample("alias_copy", [real(2, 3)], np.copy),
    sample("detach_copy", [real(2, 3, differentiate=False)], np.copy, covers=()),
    sample("expand_copy", [real(3, 1), (2, 3, 4)], lambda a, size: np.broadcast_to(a, size)),
    sample("permute_copy", [real(2, 3, 4), (2, 0, -2)], lambda a, dims: a.transpose(2, 0, 1), must_raise=[
        refuses(RuntimeError, "permute(): duplicate dims are not allowed.", real(2, 3), (0, 0)),
    ]),
    sample("transpose_copy", [real(2, 3, 4), 0, -1], np.swapaxes),
    sample("transpose_copy", [complexes(2, 3), 0, 1], np.swapaxes),
    sample("t_copy", [real(2, 3)], np.transpose, must_raise=[
        refuses(RuntimeError, "t() expects a tensor with <= 2 dimensions, but self is 3D", real(2, 3, 4)),
    ]),
    sample("squeeze_copy", [real(1, 3, 1)], np.squeeze),
    sample("squeeze_copy", [real(1, 3, 1), 0], np.squeeze),
    sample("squeeze_copy", [real(1, 3, 1), (0, 1)], lambda a, dim: a[0]),
    sample("unsqueeze_copy", [real(2, 3), -1], np.expand_dims),
    sample("select_copy", [real(2, 3), 1, -1], lambda a, d, i: a[:, i], must_raise=[
        refuses(IndexError, "select(): index 2 out of range for tensor of size [2, 3] at dimension 0", real(2, 3),
                0, 2),
    ]),
    sample("slice_copy", [real(5, 2)], lambda a: a),
    sample("slice_copy", [real(2, 5), 1, -4, 9, 2], lambda a, *args: a[:, 1::2], must_raise=[
        refuses(RuntimeError, "slice step must be positive", real(2, 3), 0, 0, 1, 0),
        refuses(IndexError, DIM_OUT_OF_RANGE, real(2, 3), 2, 0, 1),
    ]),
    sample("narrow_copy", [real(2, 5), 1, -3, 2], lambda a, *args: a[:, 2:4], must_raise=[
        refuses(RuntimeError, "start (0) + length (-1) exceeds dimension size (2).", real(2, 3), 0, 0, -1),
        refuses(RuntimeError, "start (1) + length (2) exceeds dimension size (2).", real(2, 3), 0, 1, 2),
        refuses(IndexError, "start out of range (expected to be in range of [-2, 2], but got 3)", real(2, 3), 0, 3, 0),
    ]),
    sample("unfold_copy", [real(7), 0, 3, 2], lambda a, *args: np.lib.stride_tricks.sliding_window_view(a, 3)[::2]),
    sample(lambda x: torch.view_copy(x.contiguous(), (3, -1)), [real(2, 3)], lambda a: a.reshape(3, 2),
           name="view_copy", covers=("view_copy",)),
    sample(lambda x: torch.as_strided_copy(x.contiguous(), (2, 2), (3, 1), 1), [real(2, 3)], lambda a: a[:, 1:],
           name="as_strided_copy", covers=("as_strided_copy",)),
    sample(lambda x: torch.as_strided_copy(x.contiguous(), (3, 2), (1, 1)), [real(4)],
           lambda a: np.lib.stride_tricks.sliding_window_view(a, 2), name="as_strided_copy", covers=()),
    sample("view_as_real_copy", [complexes(2, 3)], lambda a: np.stack([a.real, a.imag], -1)),
    sample(lambda x: torch.view_as_complex_copy(x.contiguous()), [real(3, 2)], lambda a: a[:, 0] + 1j * a[:, 1],
           name="view_as_complex_copy", covers=("view_as_complex_copy",), must_raise=[
        refuses(RuntimeError, "Tensor must have a last dimension of size 2", real(3)),
    ]),
    sample("unbind_copy", [real(2, 3), 1], lambda a, dim: list(a.T), covers=("unbind_copy",)),
    sample(lambda x: torch.split_copy(x, 2, 1), [real(2, 5)], pieces(2, 4, axis=1), name="split_copy",
           covers=("split_copy",)),
    sample(lambda x: torch.split_with_sizes_copy(x, (1, 0, 4)), [real(5)], pieces(1, 1), name="split_with_sizes_copy",
           covers=("split_with_sizes_copy",)),
    sample("unsafe_split", [real(2, 5), 2, 1], pieces(2, 4, axis=1), covers=("unsafe_split_evenly",)),
    sample("unsafe_split_with_sizes", [real(5), (1, 4)], pieces(1)),
    sample("unsafe_chunk", [real(5), 2], pieces(3), covers=()),
]  # fmt: skip
