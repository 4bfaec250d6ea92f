"""DLPack between chainrule and PyTorch: one memory, seen by both."""

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")

TYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64", "complex128"]


@pytest.mark.parametrize("name", TYPES)
def test_both_ways(name):
    values = (np.arange(6).reshape(2, 3) % 2 if name == "bool" else np.arange(6).reshape(2, 3)).astype(name)
    theirs = torch.from_numpy(values.copy())
    ours = chainrule.from_dlpack(theirs)
    assert (ours.dtype.name, ours.tolist()) == (name, theirs.tolist())
    ours[0, 1] = 1
    assert theirs[0, 1] == 1
    back = torch.from_dlpack(ours)
    assert back.dtype == theirs.dtype
    back[1, 0] = 0
    assert (ours[1, 0].item(), theirs[1, 0].item()) == (0, 0)


def test_layouts():
    for theirs in (torch.arange(12.0).reshape(3, 4).T, torch.arange(12.0)[2::3], torch.tensor(3.0), torch.zeros(0, 2)):
        ours = chainrule.from_dlpack(theirs)
        assert (tuple(ours.shape), ours.tolist()) == (tuple(theirs.shape), theirs.tolist())
        again = torch.from_dlpack(ours)
        assert (again.shape, again.tolist()) == (theirs.shape, theirs.tolist())


def test_copies():
    theirs, ours = torch.ones(2), chainrule.ones(2)
    copied = chainrule.from_dlpack(theirs, copy=True)
    copied[0] = 5
    assert theirs.tolist() == [1, 1]
    copied = torch.from_dlpack(ours, copy=True)
    copied[0] = 5
    assert ours.tolist() == [1, 1]
    assert ours.__dlpack_device__() == tuple(map(int, theirs.__dlpack_device__()))


def test_capsules():
    assert chainrule.from_dlpack(torch.utils.dlpack.to_dlpack(torch.ones(2))).tolist() == [1, 1]
    assert torch.from_dlpack(chainrule.to_dlpack(chainrule.ones(2))).tolist() == [1, 1]


def test_what_requires_grad_is_refused_alike():
    texts = []
    for library in (torch, chainrule):
        with pytest.raises(BufferError) as raised:
            library.ones(1, requires_grad=True).__dlpack__()
        texts.append(str(raised.value))
    assert texts[0] == texts[1]
