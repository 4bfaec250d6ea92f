"""Shapes, joining and taking apart: what the samples do not say, such as what is the same object or memory."""

import numpy as np
import pytest

import chainrule as torch
from chainrule.dimensions import infer_size, wrap_dim, wrap_dims


def numbers(*shape):
    return torch.tensor(np.arange(1.0, 1 + np.prod(shape, dtype=int)).reshape(shape), requires_grad=True)


@pytest.mark.parametrize(
    ("shape", "count", "wanted"),
    [((2, -1), 6, (2, 3)), ((), 1, ()), ((0, 3), 0, (0, 3)), ((-1,), 0, (0,)), ((-1, 6), 6, (1, 6))],
)
def test_the_missing_size(shape, count, wanted):
    assert infer_size(shape, count) == wanted


def test_dimensions_count_from_either_end():
    assert [wrap_dim(d, 3) for d in (-3, -1, 0, 2)] == [0, 2, 0, 2]
    assert wrap_dim(-1, 0) == 0
    assert wrap_dims((-1, 0), 3) == (2, 0)
    with pytest.raises(IndexError, match="Dimension specified as 0 but tensor has no dimensions"):
        wrap_dim(0, 0, wrap_scalar=False)


def test_what_is_contiguous_is_the_tensor_itself():
    x = numbers(2, 3)
    assert x.contiguous() is x
    assert x.flatten(1) is x
    assert x.t().contiguous() is not x
    assert x.t().contiguous().is_contiguous()


def test_reshape_copies_where_it_must():
    x = numbers(2, 3).detach()
    assert np.shares_memory(x.reshape(3, 2).numpy(), x.numpy())
    assert not np.shares_memory(x.t().reshape(6).numpy(), x.numpy())
    # Splitting a dimension moves no element, however the others lie.
    y = numbers(2, 3, 4).detach()
    assert np.shares_memory(y.transpose(0, 1).reshape(3, 2, 2, 2).numpy(), y.numpy())


def test_sizes_may_be_tensors():
    x = numbers(2, 3)
    assert x.view(torch.tensor(3), 2).shape == (3, 2)
    assert x.reshape(-1, torch.tensor(2)).shape == (3, 2)


def test_flip_and_roll_copy():
    x = numbers(3).detach()
    for made in (x.flip(0), x.roll(1), x.repeat(1), torch.rot90(numbers(2, 2).detach(), 4)):
        assert not np.shares_memory(made.numpy(), x.numpy())
        assert made.numpy().flags.c_contiguous


def test_types_are_promoted_when_joined():
    joined = torch.cat([torch.tensor([1, 2]), torch.tensor([0.5])])
    assert joined.dtype == torch.float32
    x = torch.tensor([1.0], requires_grad=True)
    torch.cat([x, torch.tensor([2.0], dtype=torch.float64)]).sum().backward()
    assert x.grad.dtype == torch.float32


def test_the_same_tensor_twice_gets_both_gradients():
    x = numbers(2)
    (torch.stack([x, x]) * torch.tensor([[1.0], [10.0]], dtype=torch.float64)).sum().backward()
    assert x.grad.tolist() == [11, 11]


def test_pieces_that_nothing_uses_have_no_gradient():
    x = numbers(5)
    first, _, last = x.split(2)
    (first.sum() + 3 * last.sum()).backward()
    assert x.grad.tolist() == [1, 1, 0, 0, 3]


def test_a_view_as_another_type_is_the_same_memory():
    x = torch.tensor([1.0, 2.0])
    bits = x.view(torch.int32)
    bits.zero_()
    assert x.tolist() == [0, 0]


def test_columns_are_differentiated_through_every_way_of_naming_them():
    x = numbers(2, 3)
    for column in (x[:, 1], x.t()[1], x.T[1], x.unbind(1)[1], x.select(1, 1), x.narrow(1, 1, 1).squeeze(1), x.mT[1]):
        (gradient,) = torch.autograd.grad(column.sum(), x)
        assert gradient.tolist() == [[0, 1, 0], [0, 1, 0]]
