"""Parts of tensors combined, replaced and taken apart: ties, zeros, other layouts of memory, history."""

import re

import numpy as np
import pytest

import chainrule as torch


def gradient(function, *values):
    leaf = torch.tensor(*values, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(function(leaf).sum(), leaf)[0].tolist()


# ---- ties, where PyTorch gives other gradients ----


def test_a_segment_splits_a_tie_evenly():
    lengths = torch.tensor([2, 3])
    assert gradient(lambda x: torch.segment_reduce(x, "max", lengths=lengths), [4.0, 4.0, 1.0, 1.0, 1.0]) == [
        0.5, 0.5, *[pytest.approx(1 / 3)] * 3,
    ]  # fmt: skip
    assert gradient(lambda x: torch.segment_reduce(x, "min", lengths=lengths[:1], initial=2.0), [2.0, 3.0]) == [0.5, 0]


def test_what_is_left_out_of_index_reduce_has_no_part_in_a_tie():
    source = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    index = torch.tensor([0])
    start = torch.tensor([2.0, 1.0], dtype=torch.float64, requires_grad=True)
    out = start.index_reduce(0, index, source, "amax", include_self=False)
    found = torch.autograd.grad(out.sum(), [start, source])
    assert [g.tolist() for g in found] == [[0, 1], [1]]
    both = start.index_reduce(0, index, source, "amax")
    found = torch.autograd.grad(both.sum(), [start, source])
    assert [g.tolist() for g in found] == [[0.5, 1], [0.5]]


def test_products_with_zeros():
    lengths = torch.tensor([3, 2])
    found = gradient(lambda x: torch.segment_reduce(x, "prod", lengths=lengths), [0.0, 2.0, 3.0, 0.0, 0.0])
    assert found == [6, 0, 0, 0, 0]


def test_nothing_is_nan_where_a_norm_is_zero():
    assert gradient(lambda x: torch.renorm(x, 2, 0, 1), [[0.0, 0.0], [0.3, 0.4]]) == [[1, 1], [1, 1]]
    assert gradient(lambda x: torch.renorm(x, 2, 0, 0), [[0.0, 0.0]]) == [[1, 1]]


def test_a_polar_number_at_the_origin_has_the_gradient_of_its_ray():
    distance = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    torch.polar(distance, torch.full((1,), np.pi / 3, dtype=torch.float64)).real.sum().backward()
    assert distance.grad.item() == pytest.approx(0.5)


# ---- memory ----


def test_as_strided_scatter_of_another_layout():
    x = torch.arange(6.0, dtype=torch.float64).reshape(2, 3).t().requires_grad_()
    part = torch.tensor([10.0, 20.0], dtype=torch.float64, requires_grad=True)
    out = torch.as_strided_scatter(x, part, (2,), (3,))  # the first and fourth in memory: the first row
    assert out.tolist() == [[10, 20], [1, 4], [2, 5]]
    assert out.stride() == x.stride()
    found = torch.autograd.grad((out * torch.arange(1.0, 7.0).reshape(3, 2)).sum(), [x, part])
    assert [g.tolist() for g in found] == [[[0, 0], [3, 4], [5, 6]], [1, 2]]
    assert x.detach().tolist() == [[0, 3], [1, 4], [2, 5]]


def test_as_strided_of_the_tensor_itself_keeps_its_history():
    x = torch.arange(4.0, requires_grad=True)
    y = x * 2
    assert torch.as_strided_(y, (3, 2), (1, 1)) is y
    assert y.grad_fn.name() == "AsStridedBackward1"
    y.sum().backward()
    assert x.grad.tolist() == [2, 4, 4, 2]
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        x.as_strided_((2,), (1,))


def test_pieces_that_are_no_views_may_be_changed():
    x = torch.arange(4.0, requires_grad=True)
    first, second = (x * 1).unsafe_split(2)
    first.mul_(3)
    (first.sum() + second.sum()).backward()
    assert x.grad.tolist() == [3, 3, 1, 1]


def test_copies_have_memory_of_their_own():
    x = torch.arange(6).reshape(2, 3)
    for copy in (*torch.split_copy(x, 1), torch.permute_copy(x, (1, 0)), torch.t_copy(x), x.narrow_copy(0, 0, 1)):
        assert copy.is_contiguous()
        assert not copy._is_view()
        copy.fill_(9)
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_results_are_written_into_what_is_given():
    x = torch.arange(6.0).reshape(3, 2)
    targets = [torch.empty(2), torch.empty(2), torch.empty(2)]
    assert torch.unbind_copy(x, out=targets) is None
    assert [t.tolist() for t in targets] == x.tolist()
    with pytest.raises(
        RuntimeError, match=re.escape("split_copy_out() expected an out= argument of size 2, got size 1")
    ):
        torch.split_copy(x, 2, out=[torch.empty(2, 2)])
    mantissa, exponent = torch.empty(0), torch.empty(0, dtype=torch.int32)
    torch.frexp(x[0], out=(mantissa, exponent))
    assert (mantissa * 2.0**exponent).tolist() == x[0].tolist()


# ---- boxes ----


def test_a_histogram_is_differentiable_in_its_weights():
    x = torch.tensor([0.1, 0.9, 5.0, 0.2])
    weights = torch.ones(4, requires_grad=True)
    counts = torch.histogram(x, 2, range=(0.0, 1.0), weight=weights).hist
    assert counts.tolist() == [2, 1]
    (counts * torch.tensor([10.0, 1.0])).sum().backward()
    assert weights.grad.tolist() == [10, 1, 0, 10]


def test_edges_as_a_tensor_are_copied():
    edges = torch.tensor([0.0, 1.0, 2.0])
    found = torch.histogram(torch.tensor([0.5, 2.0]), edges)
    found.bin_edges.fill_(7)
    assert edges.tolist() == [0, 1, 2]
    assert found.hist.tolist() == [1, 1]
