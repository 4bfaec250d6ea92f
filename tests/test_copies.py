"""Copies and pickles of tensors, beyond what PyTorch has the same: see tests/parity for that."""

import copy
import io
import pickle
import pickletools
import warnings
import weakref
from collections import OrderedDict

import numpy as np
import pytest

import chainrule as torch
from chainrule import nn
from chainrule.tensor_copies import rebuilt

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Point(torch.Tensor):
    """A tensor of a class of its own."""


def pickled(value, protocol=None):
    return pickle.loads(pickle.dumps(value, protocol))


WAYS = {"deepcopy": copy.deepcopy, **{f"protocol {p}": lambda value, p=p: pickled(value, p) for p in PROTOCOLS}}


@pytest.fixture(params=WAYS.values(), ids=WAYS)
def way(request):
    return request.param


# ---- a leaf and its grad ---------------------------------------------------------------------------------------------


def test_a_leaf_keeps_its_grad(way):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    y = way(x)
    assert y.requires_grad
    assert y.is_leaf
    assert y.grad.tolist() == [2, 4]
    assert y.grad is not x.grad
    (y * 3).sum().backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([2, 4], [5, 7])


def test_a_grad_of_another_type_stays_one(way):
    x = torch.ones(2, dtype=torch.float16, requires_grad=True)
    x.grad_dtype = torch.float32
    x.grad = torch.tensor([1.0, 2.0])
    y = way(x)
    assert y.grad.tolist() == [1, 2]
    assert y.grad.dtype is y.grad_dtype is torch.float32


def test_a_grad_that_has_a_history_loses_it_in_a_pickle_and_refuses_a_deep_copy():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = x * 3
    assert pickled(x).grad.tolist() == [3, 6]
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(x)


def test_a_grad_of_a_result_is_not_taken_along():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.sum().backward()
    assert y.grad is not None
    assert pickled(y).grad is None
    assert copy.copy(y).grad is None


def test_what_is_refused_leaves_no_trace():
    x = torch.ones(2, requires_grad=True)
    memo = {}
    with pytest.raises(
        RuntimeError, match=r"^Only Tensors created explicitly by the user \(graph leaves\) support the "
    ):
        copy.deepcopy(x * 2, memo)
    assert memo == {}


# ---- memory ----------------------------------------------------------------------------------------------------------


def test_views_share_memory_after_a_copy_as_they_did(way):
    base = torch.arange(12.0).reshape(3, 4)
    views = [base, base[1], base.t(), base[:, ::2], base.reshape(-1)[3:7]]
    before = [view.tolist() for view in views]
    made = way(views)
    assert [view.tolist() for view in made] == before
    made[0].mul_(2)
    assert [view.tolist() for view in made] == [(torch.tensor(old) * 2).tolist() for old in before]
    assert [view.tolist() for view in views] == before
    assert [view.stride() for view in made] == [view.stride() for view in views]
    assert [view.storage_offset() for view in made] == [view.storage_offset() for view in views]


def test_deep_copies_of_one_family_share_their_versions():
    base = torch.arange(4.0)
    a, b = copy.deepcopy([base[:2], base])
    w = torch.ones(2, requires_grad=True)
    loss = (w * a).sum()
    b.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_copy_shares_its_version_with_what_it_was_copied_from():
    x = torch.ones(2)
    w = torch.ones(2, requires_grad=True)
    loss = (w * copy.copy(x)).sum()
    x.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


STRIDED = {
    "transposed": lambda x: x.t(),
    "permuted": lambda x: x.reshape(2, 3, 4).permute(1, 2, 0),
    "permuted clone": lambda x: x.reshape(2, 3, 4).permute(1, 2, 0).clone(),
    "sliced": lambda x: x[1:3, ::2],
    "expanded": lambda x: x[:1].expand(3, 6),
    "diagonal": lambda x: x.diagonal(),
    "reversed, over an array": lambda x: torch.from_numpy(x.numpy()[::-1, ::-2]),
    "sliced, over an array": lambda x: torch.from_numpy(x.numpy()[:, 1::2]),
    "real parts": lambda x: (x * 1j).real,
    "0-d": lambda x: x[1, 1],
    "empty": lambda x: x[4:],
}


@pytest.mark.parametrize("make", STRIDED.values(), ids=STRIDED)
def test_layouts(way, make):
    x = make(torch.arange(24.0).reshape(4, 6))
    y = way(x)
    assert y.tolist() == x.tolist()
    assert y.shape == x.shape
    assert y.dtype is x.dtype
    if x.numel() and isinstance(x._array.base, np.ndarray):
        assert y.stride() == x.stride()
    assert y._array.flags.writeable
    assert not np.shares_memory(y._array, x._array)


def test_a_copy_of_what_numpy_shares_is_apart_from_it(way):
    array = np.array([1.0, 2.0])
    t = way(torch.from_numpy(array))
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    loss = (w * t).sum()
    array[:] = 9
    loss.backward()
    assert w.grad.tolist() == [1, 2]


def test_a_shallow_copy_of_what_numpy_shares_is_watched():
    array = np.array([1.0, 2.0])
    w = torch.ones(2, dtype=torch.float64, requires_grad=True)
    loss = (w * copy.copy(torch.from_numpy(array))).sum()
    array[:] = 9
    with pytest.raises(RuntimeError, match="modified through NumPy"):
        loss.backward()


def test_the_memo_does_not_keep_originals_alive():
    x = torch.ones(1000)
    reference = weakref.ref(x)
    y = copy.deepcopy(x[10:20])
    del x
    assert reference() is None
    assert y.tolist() == [1] * 10


# ---- classes and attributes ------------------------------------------------------------------------------------------


def test_classes_and_attributes_stay(way):
    point = Point([1.0, 2.0])
    point.name_of_it = ["p"]
    made = way(point)
    assert type(made) is Point
    assert made.tolist() == [1, 2]
    assert made.name_of_it == ["p"]
    assert made.name_of_it is not point.name_of_it
    assert type(copy.copy(point)) is Point


def test_a_copy_can_be_copied_again(way):
    x = torch.arange(6.0).reshape(2, 3).t()
    y = way(way(way(x)))
    assert (y.tolist(), y.stride()) == (x.tolist(), (1, 3))
    assert len(pickle.dumps(y)) < 500


def test_a_tensor_that_holds_itself():
    x = torch.ones(2)
    x.me = x
    y = copy.deepcopy(x)
    assert y.me is y


@pytest.mark.parametrize("kind", [nn.Parameter, nn.Buffer])
def test_parameters_and_buffers_stay_what_they_are(way, kind):
    made = way(kind(torch.arange(3.0)))
    assert type(made) is kind
    assert made.tolist() == [0, 1, 2]


def test_a_buffer_stays_as_persistent_as_it_was(way):
    assert not way(nn.Buffer(torch.ones(1), persistent=False)).persistent


def test_parameters_of_one_memory_share_it_in_a_pickle():
    flat = torch.arange(4.0)
    a, b, whole = pickled([nn.Parameter(flat[:2]), nn.Parameter(flat[2:]), flat])
    whole.zero_()
    assert a.tolist() == b.tolist() == [0, 0]


# ---- modules and optimizers ------------------------------------------------------------------------------------------


class Net(nn.Module):
    """Layers, a buffer, a parameter twice, a plain attribute."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 2)
        self.second = nn.Linear(2, 2)
        self.second.weight = self.first.weight
        self.register_buffer("scale", torch.ones(2))
        self.note = {"made": "here"}

    def forward(self, x):
        return self.second(self.first(x)) * self.scale


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "RMSprop"])
def test_a_copied_model_and_optimizer_train_on_exactly_as_the_first_do(way, optimizer):
    torch.manual_seed(0)
    net = Net()
    options = {"lr": 0.01, "momentum": 0.9} if optimizer == "SGD" else {"lr": 0.01}
    steps = getattr(torch.optim, optimizer)(net.parameters(), **options)

    def train(net, steps):
        steps.zero_grad()
        loss = net(torch.ones(3, 2)).pow(2).sum()
        loss.backward()
        steps.step()
        return loss.item()

    train(net, steps)
    other, its = way((net, steps))
    assert other.first.weight is other.second.weight
    assert other.note == net.note
    assert [train(net, steps) for _ in range(3)] == [train(other, its) for _ in range(3)]
    assert other.first.weight is not net.first.weight


def test_a_state_dict_survives(way):
    net = Net()
    state = way(net.state_dict())
    assert isinstance(state, OrderedDict)
    other = Net()
    other.load_state_dict(state)
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), other.parameters(), strict=True))


# ---- pickles that are none -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pickle_that_was_cut_off_is_pickles_own_error(protocol):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.grad = torch.ones(2)
    whole = pickle.dumps(x[:] if protocol == 0 else x, protocol)
    for length in range(len(whole) - 1):
        with pytest.raises((pickle.UnpicklingError, EOFError, ValueError, KeyError, IndexError, AttributeError)):
            pickle.loads(whole[:length])


class Refuser(pickle.Unpickler):
    """Knows what a pickle of a tensor asks for, and nothing else."""

    allowed = frozenset(
        {
            ("chainrule.tensor_copies", "rebuilt"),
            ("chainrule.tensor", "Tensor"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
        }
    )

    def find_class(self, module, name):
        if (module, name) in self.allowed or module.startswith("numpy._core."):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not asked for by tensors")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pickle_of_a_tensor_asks_for_little(protocol):
    if protocol < 2:
        Refuser.allowed |= {("_codecs", "encode")}
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    x.grad = torch.ones(1, 2)
    made = Refuser(io.BytesIO(pickle.dumps([x, x.detach().t()], protocol))).load()
    assert made[0].tolist() == [[1, 2]]
    assert made[0].grad.tolist() == [[1, 1]]


HOSTILE = {
    "no class of tensors": (list, np.ones(2), None, False, None, None),
    "no class": (len, np.ones(2), None, False, None, None),
    "no memory": (torch.Tensor, [1.0, 2.0], None, False, None, None),
    "a type that tensors do not have": (torch.Tensor, np.array([print]), None, False, None, None),
    "outside the memory": (torch.Tensor, np.ones(2), ("<f8", 8, (2,), (8,)), False, None, None),
    "before the memory": (torch.Tensor, np.ones(2), ("<f8", -8, (2,), (8,)), False, None, None),
    "objects in the memory": (torch.Tensor, np.ones(2), ("O", 0, (2,), (8,)), False, None, None),
    "steps out of the memory": (torch.Tensor, np.ones(2), ("<f8", 0, (2,), (1 << 40,)), False, None, None),
    "no layout": (torch.Tensor, np.ones(2), 5, False, None, None),
    "no type": (torch.Tensor, np.ones(2), ("nonsense", 0, (2,), (8,)), False, None, None),
    "integers that require grad": (torch.Tensor, np.ones(2, np.int64), None, True, None, None),
    "a grad that is no tensor": (torch.Tensor, np.ones(2), None, True, "grad", None),
    "a grad of another shape": (torch.Tensor, np.ones(2), None, True, torch.ones(3), None),
    "attributes that are none": (torch.Tensor, np.ones(2), None, False, None, [1]),
}


@pytest.mark.parametrize("arguments", HOSTILE.values(), ids=HOSTILE)
def test_a_pickle_of_something_else_is_refused(arguments):
    with pytest.raises(pickle.UnpicklingError, match="this is not the pickle of a tensor"):
        rebuilt(*arguments)


def test_a_pickle_is_about_as_large_as_the_values():
    x = torch.zeros(10_000)
    assert len(pickle.dumps(x)) < x.nbytes + 500
    assert len(pickle.dumps([x, x[5:], x.reshape(100, 100)])) < x.nbytes + 1000
    pickletools.dis(pickle.dumps(x), out=io.StringIO())


def test_values_can_travel_outside_the_pickle():
    x = torch.arange(100_000.0)
    buffers = []
    data = pickle.dumps(x, protocol=5, buffer_callback=buffers.append)
    assert len(data) < 1000
    assert torch.equal(pickle.loads(data, buffers=buffers), x)


# ---- hooks -----------------------------------------------------------------------------------------------------------


def test_the_warning_points_at_the_line_that_copies():
    x = torch.ones(2, requires_grad=True)
    x.register_hook(print)
    for make in (copy.copy, pickle.dumps):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            make(x)
        assert len(caught) == 1
        assert "will not be serialized" in str(caught[0].message)
