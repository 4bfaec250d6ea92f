"""Modules that hold modules or parameters: lists and dictionaries in all they do and refuse."""

from collections import OrderedDict

import pytest

import chainrule as torch
from chainrule import nn


def ones(*shape):
    return torch.ones(*shape)


def parameter(*shape):
    return nn.Parameter(ones(*shape))


def test_sequential_is_a_list():
    net = nn.Sequential(nn.ReLU(), nn.Tanh(), nn.Sigmoid())
    assert isinstance(net[-1], nn.Sigmoid)
    assert repr(net[1:]) == "Sequential(\n  (1): Tanh()\n  (2): Sigmoid()\n)"
    del net[0]
    assert list(net._modules) == ["0", "1"]
    net.append(nn.ReLU()).insert(0, nn.Identity())
    assert [type(m).__name__ for m in net] == ["Identity", "Tanh", "Sigmoid", "ReLU"]
    assert isinstance(net.pop(0), nn.Identity)
    net[0] = nn.ReLU()
    assert len(net + net) == len(net * 2) == 6
    net += nn.Sequential(nn.Tanh())
    net *= 2
    assert len(net) == 8
    named = nn.Sequential(OrderedDict([("act", nn.ReLU()), ("out", nn.Tanh())]))
    assert isinstance(named.out, nn.Tanh)
    assert nn.Sequential()(3) == 3


def test_module_list():
    layers = nn.ModuleList([nn.ReLU() for _ in range(3)])
    layers.append(nn.Tanh())
    layers.insert(1, nn.Linear(1, 1))
    assert repr(layers) == (
        "ModuleList(\n  (0): ReLU()\n  (1): Linear(in_features=1, out_features=1, bias=True)\n"
        "  (2-3): 2 x ReLU()\n  (4): Tanh()\n)"
    )
    assert len(layers[:2]) == 2
    del layers[1]
    layers += [nn.ReLU()]
    assert len(layers) == len(layers + nn.ModuleList()) == 5
    assert layers.pop(-1) is not None
    with pytest.raises(NotImplementedError, match='missing the required "forward"'):
        layers(1)


def test_module_dict():
    acts = nn.ModuleDict([("relu", nn.ReLU()), ("tanh", nn.Tanh())])
    assert list(acts) == list(acts.keys()) == ["relu", "tanh"]
    assert "tanh" in acts
    acts.update({"id": nn.Identity()})
    assert isinstance(acts.pop("id"), nn.Identity)
    assert len(acts) == 2
    assert [type(m).__name__ for _, m in acts.items()] == [type(m).__name__ for m in acts.values()]
    del acts["tanh"]
    acts.clear()
    assert repr(acts) == "ModuleDict()"


def test_parameter_list():
    held = nn.ParameterList([ones(2), parameter(2, 3), 7])
    assert len(list(held.parameters())) == 2
    assert list(held.state_dict()) == ["0", "1"]
    held.append(ones(1))
    held[0] = ones(4)
    assert held[0].shape == (4,)
    assert isinstance(held[-1], nn.Parameter)
    assert len(held[1:]) == 3
    assert held[2] == 7
    with pytest.raises(RuntimeError, match=r"ParameterList should not be called."):
        held()


def test_parameter_dict():
    held = nn.ParameterDict({"b": ones(2), "a": 3})
    assert list(held.keys()) == ["a", "b"]
    held["c"] = ones(1)
    assert isinstance(held.c, nn.Parameter)
    assert held.get("none", 5) == 5
    assert held.pop("a") == 3
    assert held.popitem()[0] == "c"
    assert list((held | nn.ParameterDict({"z": ones(1)})).keys()) == ["b", "z"]
    assert held.setdefault("d", 4) == 4
    assert len(held.copy()) == 2
    held.clear()
    assert not list(held.parameters())


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda: nn.Sequential(nn.ReLU())[3], IndexError, "index 3 is out of range"),
        (lambda: nn.Sequential(3), TypeError, "int is not a Module subclass"),
        (
            lambda: nn.Sequential() + 3,
            ValueError,
            "add operator supports only objects of Sequential class, but <class 'int'> is given.",
        ),
        (lambda: nn.Sequential() * 0, ValueError, "Non-positive multiplication factor 0 for"),
        (lambda: nn.Sequential().insert(2, nn.ReLU()), IndexError, "Index out of range: 2"),
        (lambda: nn.ModuleList([])[0], IndexError, "index 0 is out of range"),
        (lambda: nn.ModuleList(3), TypeError, "ModuleList.extend should be called with an iterable, but got int"),
        (
            lambda: nn.ModuleDict(3),
            TypeError,
            "ModuleDict.update should be called with an iterable of key/value pairs, but got int",
        ),
        (lambda: nn.ModuleDict([3]), TypeError, "ModuleDict update sequence element #0 should be Iterable; isint"),
        (
            lambda: nn.ModuleDict([(1, 2, 3)]),
            ValueError,
            "ModuleDict update sequence element #0 has length 3; 2 is required",
        ),
        (lambda: nn.ModuleDict({"forward": nn.ReLU()}), KeyError, "attribute 'forward' already exists"),
        (lambda: nn.ParameterList(3), TypeError, "ParameterList.extend should be called with an iterable, but got int"),
        (
            lambda: nn.ParameterDict({3: 4}),
            TypeError,
            "Index given to ParameterDict cannot be used as a key as it is not a string (type is 'int').",
        ),
        (lambda: nn.ParameterDict({"a": 3})["b"], AttributeError, "'ParameterDict' object has no attribute 'b'"),
    ],
)  # fmt: skip
def test_what_containers_refuse(wrong, error, message):
    with pytest.raises(error) as raised:
        wrong()
    assert message in (raised.value.args[0] if error is KeyError else str(raised.value))
