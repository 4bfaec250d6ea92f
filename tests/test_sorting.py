"""Sorting, searching and counting: ties, NaN, and where gradients go."""

import math

import numpy as np
import pytest

import chainrule as torch


def test_equal_elements_keep_their_order():
    x = torch.tensor([2.0, 1.0, 2.0, 1.0])
    assert x.sort().indices.tolist() == [1, 3, 0, 2]
    assert x.sort(descending=True).indices.tolist() == [0, 2, 1, 3]
    assert torch.argsort(x, stable=True).tolist() == [1, 3, 0, 2]


def test_nan_counts_as_largest():
    x = torch.tensor([1.0, math.nan, 0.0])
    assert x.sort().indices.tolist() == [2, 0, 1]
    assert x.sort(descending=True).indices.tolist() == [1, 0, 2]
    assert x.topk(2).indices.tolist() == [1, 0]
    assert x.argmax().item() == x.argmin().item() == x.max(0).indices.item() == 1


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: x.sort().values[:1], [0, 1, 0]),
        (lambda x: x.topk(2).values, [1, 0, 1]),
        (lambda x: x.kthvalue(2).values, [0, 0, 1]),
        (lambda x: x.cummax(0).values, [3, 0, 0]),
        (lambda x: x.cumsum(0), [3, 2, 1]),
        (lambda x: x.diff(), [-1, 0, 1]),
        (lambda x: x.msort()[-1], [1, 0, 0]),
    ],
)
def test_gradient_goes_to_what_was_taken(function, expected):
    x = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
    function(x).sum().backward()
    assert x.grad.tolist() == expected


def test_named_results():
    found = torch.topk(torch.tensor([1.0, 3.0]), 1)
    assert repr(found).endswith("return_types.topk(\nvalues=tensor([3.]),\nindices=tensor([1]))")


def test_unique_tells_where_elements_went():
    x = torch.tensor([[3, 1], [3, 2]])
    values, inverse, counts = torch.unique(x, return_inverse=True, return_counts=True)
    assert (values.tolist(), inverse.tolist(), counts.tolist()) == ([1, 2, 3], [[2, 0], [2, 1]], [1, 1, 2])
    assert x.unique(dim=1).tolist() == [[1, 3], [2, 3]]
    assert torch.unique_consecutive(torch.tensor([1, 1, 2, 1])).tolist() == [1, 2, 1]


def test_unique_has_no_gradient_and_says_so():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(NotImplementedError, match="derivative for '_unique2' is not implemented"):
        x.unique().sum().backward()


def test_searching_lines_of_a_batch():
    sequence = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert torch.searchsorted(sequence, torch.tensor([[2.0], [9.0]])).tolist() == [[1], [3]]
    assert torch.bucketize(torch.tensor([1.0, 2.5]), sequence[0], right=True).tolist() == [1, 2]


def test_counting():
    assert torch.bincount(torch.tensor([0, 2, 2]), minlength=5).tolist() == [1, 0, 2, 0, 0]
    weights = torch.tensor([0.5, 1.0, 2.0])
    assert torch.bincount(torch.tensor([0, 2, 2]), weights).tolist() == [0.5, 0, 3]
    assert torch.histc(torch.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3).tolist() == [0, 2, 1, 0]


def test_numpy_functions():
    x = torch.tensor([[3.0, 1.0], [2.0, 4.0]], requires_grad=True)
    assert np.sort(x, axis=0).tolist() == [[2, 1], [3, 4]]
    assert np.cumsum(x).tolist() == [3, 4, 6, 10]
    assert np.diff(x, axis=0).tolist() == [[-1, 3]]
