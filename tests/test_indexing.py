"""Indexing and assignment: what they mean, what they keep of an index, and the kernel that adds at places."""

import numpy as np
import pytest

import chainrule as torch
from chainrule.kernels.scatter import FEW_VALUES, MANY_VALUES, add_at, add_rows


def numbers(*shape):
    return torch.tensor(np.arange(1.0, 1 + np.prod(shape, dtype=int)).reshape(shape), requires_grad=True)


# ---- reading ----


def test_integers_choose_before_tensors_pick():
    # NumPy would put the picked dimension first here: an integer beside an index array is one more array to it.
    x = numbers(2, 3, 4)
    assert x[0, :, [0, 1]].shape == (3, 2)
    assert x.detach().numpy()[0, :, [0, 1]].shape == (2, 3)


def test_a_short_list_of_more_than_numbers_is_a_tuple():
    x = numbers(2, 3)
    assert x[[0, slice(0, 1)]].tolist() == [1]
    assert x[[[0, 1], [1, 0]]].tolist() == [2, 4]
    assert x[[0, 1]].shape == (2, 3)


def test_rows_are_picked_of_any_layout():
    x = numbers(3, 4)
    places = torch.tensor([1, -1, 0])
    for source in (x, x.t(), x[:, ::2], x[1:], x.unsqueeze(1)):
        assert source[places].tolist() == source.detach().numpy()[places.numpy()].tolist()
    with pytest.raises(IndexError, match="index 3 is out of bounds for dimension 0 with size 3"):
        x[torch.tensor([0, 3])]


@pytest.mark.parametrize(
    ("index", "name"),
    [
        ((0, slice(None)), "Select"),
        ((slice(None), 1), "Select"),
        ((slice(None), slice(0, 4)), "Alias"),  # all of it
        ((slice(None), slice(0, 3)), "Slice"),
        ((slice(None, None, 2), slice(None)), "Slice"),
        ((..., 0), "Select"),
        ((0, ..., None), "Unsqueeze"),
        ((None, 0), "Select"),
        ((..., slice(1, None)), "Slice"),
    ],
    ids=str,
)
def test_a_view_is_called_by_the_last_step_of_its_index(index, name):
    x = numbers(3, 4)
    part = x[index]
    assert part.grad_fn.name() == f"{name}Backward0"
    assert part.tolist() == x.detach().numpy()[index].tolist()
    part.sum().backward()
    assert x.grad.sum().item() == part.numel()


@pytest.mark.parametrize("index", [(0, 0, 0), (..., 0, 0, 0), (slice(None), slice(None), slice(1, 2)), (3, 0)], ids=str)
def test_an_index_of_too_many_or_too_far(index):
    with pytest.raises(IndexError, match=r"too many indices for tensor of dimension 2|out of bounds for dimension 0"):
        numbers(3, 4)[index]


def test_an_assignment_that_is_refused_changes_nothing():
    x = torch.zeros(2, 3)
    for index, value in [(5, 1.0), ((0, 7), 1.0), (0, torch.ones(4)), ((0, slice(None, None, -1)), 1.0)]:
        with pytest.raises((IndexError, RuntimeError, ValueError)):
            x[index] = value
    assert x.sum().item() == x._version == 0


def test_uint8_is_a_mask():
    mask = torch.tensor([1, 0], dtype=torch.uint8)
    assert numbers(2, 3)[mask].tolist() == [[1, 2, 3]]


def test_an_index_may_be_changed_afterwards():
    x = numbers(3)
    places = torch.tensor([0, 0, 2])
    picked = x[places]
    places.add_(-2)
    picked.sum().backward()
    assert x.grad.tolist() == [2, 0, 1]


def test_a_mask_may_be_changed_afterwards():
    x = numbers(3)
    mask = torch.tensor([True, False, True])
    picked = x[mask]
    mask[0] = False
    picked.sum().backward()
    assert x.grad.tolist() == [1, 0, 1]


def test_picking_copies_and_choosing_does_not():
    x = numbers(2, 3).detach()
    x[0].zero_()
    x[[1]].zero_()
    assert x.tolist() == [[0, 0, 0], [4, 5, 6]]


def test_an_element_is_a_tensor_without_dimensions():
    element = numbers(2, 3)[1, 2]
    assert element.shape == ()
    assert element.item() == 6


def test_iteration_gives_the_rows():
    x = numbers(2, 3)
    first, second = x
    (first * 2 + second).sum().backward()
    assert x.grad.tolist() == [[2, 2, 2], [1, 1, 1]]


# ---- writing ----


@pytest.mark.parametrize(
    ("index", "value"),
    [
        (0, [1.0]),
        (0, "a"),
        (0, np.nan + 1j),
        (7, 1.0),
        (slice(None, None, -1), 1.0),
        (0, torch.zeros(4)),
        ([0, 5], 1.0),
        ([0, 1], torch.zeros(2, 4, dtype=torch.float64)),
        (torch.tensor([True]), 1.0),
    ],
)
def test_a_refused_assignment_changes_nothing(index, value):
    x = numbers(2, 3) * 1
    node = x.grad_fn
    with pytest.raises((IndexError, RuntimeError, TypeError, ValueError)):
        x[index] = value
    assert x.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert x._version == 0
    assert x.grad_fn is node


def test_an_array_may_be_assigned():
    x = numbers(2, 3) * 1
    x[0] = np.array([7.0, 8.0, 9.0])
    assert x.tolist() == [[7, 8, 9], [4, 5, 6]]


def test_what_is_written_twice_counts_once():
    x = numbers(3)
    y = x * 1
    y[[1, 1]] = 5.0
    y.sum().backward()
    assert x.grad.tolist() == [1, 0, 1]


def test_a_swap_of_rows():
    x = numbers(2, 2)
    y = x * 1
    y[[0, 1]] = y[[1, 0]]
    assert y.tolist() == [[3, 4], [1, 2]]
    (y * torch.tensor([[1.0], [10.0]], dtype=torch.float64)).sum().backward()
    assert x.grad.tolist() == [[10, 10], [1, 1]]


def test_numbers_are_cast_to_the_tensors_type():
    x = torch.zeros(3, dtype=torch.int64)
    x[0], x[1:] = 2.7, torch.tensor([1.5, -1.5])
    assert x.tolist() == [2, 1, -1]


def test_gradients_of_a_recurrence_written_place_by_place():
    x = torch.tensor([0.5, 0.25], dtype=torch.float64, requires_grad=True)
    path = torch.zeros(4, dtype=torch.float64)
    path[0] = x[0]
    for step in range(3):
        path[step + 1] = path[step].clone() * x[1]
    path[3].backward()  # x0 * x1**3
    np.testing.assert_allclose(x.grad.numpy(), [0.25**3, 3 * 0.5 * 0.25**2])


# ---- gathering and scattering ----


def test_scatter_may_use_a_corner_of_its_source():
    x, source = numbers(2, 3), numbers(2, 3)
    x.scatter(1, torch.tensor([[2], [0]]), source).sum().backward()
    assert x.grad.tolist() == [[1, 1, 0], [0, 1, 1]]
    assert source.grad.tolist() == [[1, 0, 0], [1, 0, 0]]


def test_counts_of_one_and_of_each():
    x = numbers(2)
    x.repeat_interleave(torch.tensor([3, 1])).sum().backward()
    assert x.grad.tolist() == [3, 1]


# ---- the kernel ----


@pytest.mark.parametrize(
    "index",
    [
        (np.array([0, 0, 2]),),
        (np.array([-1, 2, -1]),),
        (np.array([[0, 1], [1, 1]]),),
        (slice(None), np.array([1, 1, 0])),
        (np.array([0, 0]), slice(None), np.array([3, 3])),
        (slice(None), np.array([[0], [2]]), np.array([1, 1])),
        (np.array([True, False, True]),),
        (np.array([True, False, True]), np.array([1, 1])),
        (slice(None), np.ones((3, 4), np.bool_)),
        (np.array([], np.intp),),
    ],
    ids=str,
)
@pytest.mark.parametrize("behind", [(), (FEW_VALUES,)], ids=["few values", "many"])
def test_add_at_is_the_transpose_of_picking(index, behind):
    rng = np.random.default_rng(4)
    shape = (3, 3, 4, *behind)
    picked = np.empty(shape)[index]
    values = rng.uniform(-1, 1, picked.shape)
    wanted = np.zeros(shape)
    np.add.at(wanted, index, values)
    np.testing.assert_allclose(add_at(shape, index, values), wanted, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.float16, np.int64])
def test_many_rows_are_added_as_few_are(dtype):
    rng = np.random.default_rng(5)
    count, width = MANY_VALUES // 8, 8
    rows = rng.integers(0, 100, count)
    values = rng.integers(-3, 4, (count, width)).astype(dtype)
    wanted = np.zeros((100, width), dtype)
    np.add.at(wanted, rows, values)
    found = add_rows(100, rows, values)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, wanted)
