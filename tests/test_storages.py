"""The memory of tensors as objects, tensors over it, and tensors of a caller's layout."""

import re

import numpy as np
import pytest

import chainrule as torch


def test_a_storage_is_all_of_the_memory():
    x = torch.arange(6.0).reshape(2, 3)
    part = x[1]
    assert part.storage().tolist() == [0, 1, 2, 3, 4, 5]
    assert part.untyped_storage() == x.untyped_storage()
    assert hash(part.untyped_storage()) == hash(x.untyped_storage())
    assert x.untyped_storage() != x.clone().untyped_storage()
    assert x.untyped_storage() != 3
    assert part.untyped_storage().nbytes() == len(part.untyped_storage()) == x.nbytes
    assert part.untyped_storage().data_ptr() == x.data_ptr() != part.data_ptr()


def test_what_is_written_to_a_storage_is_in_the_tensors_and_counted():
    x = torch.tensor([1.0, 2.0])
    view = x[1:]
    x.storage()[1] = 5
    assert view.tolist() == [5]
    assert x._version == view._version == 1
    x.untyped_storage().fill_(0)
    assert x.tolist() == [0, 0]
    assert x._version == 2


def test_backward_notices_what_a_storage_has_changed():
    x = torch.tensor([1.0, 2.0])
    w = torch.ones(2, requires_grad=True)
    y = (w * x).sum()
    x.storage().fill_(7)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_bytes():
    s = torch.tensor([1, 2, 3], dtype=torch.uint8).untyped_storage()
    assert s[0] == 1
    assert s[-1] == 3
    assert s[1:].tolist() == [2, 3]
    assert list(s) == [1, 2, 3]
    s[1:] = 300
    assert s.tolist() == [1, 44, 44]
    assert torch.UntypedStorage([1, 300]).tolist() == [1, 44]
    assert torch.UntypedStorage(3).tolist() == [0, 0, 0]
    assert s.clone().fill_(9).tolist() == [9, 9, 9]
    assert s.tolist() == [1, 44, 44]
    assert s.copy_(torch.UntypedStorage([5, 6, 7])).tolist() == [5, 6, 7]
    assert s.float().tolist() == [5.0, 6.0, 7.0]
    assert s.new().size() == 0
    assert repr(s) == " 5\n 6\n 7\n[chainrule.storage.UntypedStorage(device=cpu) of size 3]"
    assert (s.element_size(), s.is_shared(), s.is_pinned(), s.resizable(), s.is_cuda) == (1, False, False, False, False)
    assert s.cpu() is s.untyped() is s.resize_(3) is s
    assert s.device == torch.device("cpu")


def test_elements():
    s = torch.tensor([1.0, 2.0], dtype=torch.float64).storage()
    assert (s.dtype, s.size(), len(s), s.nbytes(), s.element_size()) == (torch.float64, 2, 2, 16, 8)
    assert (s.type(), s.pickle_storage_type(), s.get_device()) == ("torch.DoubleStorage", "DoubleStorage", -1)
    assert s.double() is s.cpu() is s
    assert s.int().tolist() == [1, 2]
    assert s.clone().fill_(4).tolist() == [4, 4]
    assert list(s) == [1, 2]
    assert s.copy_(torch.TypedStorage([3, 4], dtype=torch.int64)).tolist() == [3, 4]
    assert s.untyped().nbytes() == 16
    assert repr(s) == " 3.0\n 4.0\n[chainrule.storage.TypedStorage(dtype=chainrule.float64, device=cpu) of size 2]"
    assert torch.ones(1).storage_type() is torch.FloatStorage
    assert isinstance(s, torch.DoubleStorage)
    assert not isinstance(s, torch.FloatStorage)
    assert torch.LongStorage([1, 2.5]).tolist() == [1, 2]
    assert torch.BoolStorage(2).tolist() == [False, False]
    assert torch.Tensor(torch.FloatStorage([1, 2])).tolist() == [1, 2]
    assert torch.is_storage(s)
    assert not torch.is_storage(torch.ones(1))


def test_tensors_over_a_storage():
    s = torch.TypedStorage([1.0, 2.0, 3.0])
    x = torch.zeros(1).set_(s)
    x[0] = 9
    assert s.tolist() == [9, 2, 3]
    assert torch.zeros(1).set_(s, 1, (2,), (1,)).tolist() == [2, 3]
    assert torch.zeros(1).new(s).tolist() == [9, 2, 3]
    assert torch.zeros(1).set_(s.untyped()).tolist() == [9, 2, 3]
    assert torch.zeros(1, dtype=torch.int32).set_(s.untyped()).shape == (3,)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda s: s.untyped()["a"], TypeError, "can't index a chainrule.UntypedStorage with str"),
        (lambda s: s.untyped()[8], IndexError, "index 8 out of range for storage of size 8"),
        (lambda s: s["a"], RuntimeError, "can't index a <class 'TypedStorage'> with <class 'str'>"),
        (lambda s: s[2], IndexError, "index 2 out of range for storage of size 2"),
        (lambda s: s[:1], RuntimeError, "slices are only supported in UntypedStorage.__getitem__"),
        (lambda s: s.resize_(3), RuntimeError, "cannot grow or shrink"),
        (lambda s: s.untyped().resize_(3), RuntimeError, "cannot grow or shrink"),
        (lambda s: s.share_memory_(), RuntimeError, "other processes is not supported"),
        (lambda s: s.untyped().share_memory_(), RuntimeError, "other processes is not supported"),
        (lambda s: s.cuda(), RuntimeError, "No CUDA GPUs are available"),
        (lambda s: s.untyped().cuda(), RuntimeError, "No CUDA GPUs are available"),
        (lambda s: s.untyped().copy_(torch.UntypedStorage(3)), RuntimeError, "3 bytes cannot be written into one of 8"),
        (lambda s: torch.UntypedStorage("a"), RuntimeError, "one of the items was of type str instead of int"),
        (lambda s: torch.zeros(1, dtype=torch.float64).set_(s), RuntimeError, "Expected a Storage of type double"),
        (lambda s: torch.ones(1).share_memory_(), RuntimeError, "other processes is not supported"),
    ],
)
def test_what_storages_refuse(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call(torch.tensor([1.0, 2.0]).storage())


# ---- files ----


def test_a_tensor_over_a_file(tmp_path):
    path = tmp_path / "numbers"
    np.arange(4.0).tofile(path)
    own = torch.from_file(str(path), size=3, dtype=torch.float64)
    own += 1
    assert own.tolist() == [1, 2, 3]
    assert np.fromfile(path).tolist() == [0, 1, 2, 3]
    shared = torch.from_file(path, shared=True, size=5, dtype=torch.float64)
    shared[4] = 9
    shared.mul_(2)
    assert np.fromfile(path).tolist() == [0, 2, 4, 6, 18]
    assert torch.from_file(path).shape == (0,)


def test_files_that_are_not_there_or_too_short(tmp_path):
    with pytest.raises(RuntimeError, match=r"unable to open file <.*absent> in read-only mode: No such file or dir"):
        torch.from_file(tmp_path / "absent", size=1)
    (tmp_path / "short").write_bytes(b"1234")
    with pytest.raises(RuntimeError, match=r"size <4> is smaller than the required mapping size <8>"):
        torch.from_file(tmp_path / "short", size=2)


# ---- elements in Python ----


def test_functions_of_elements():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert x.clone().apply_(lambda v: v * v).tolist() == [[1, 4], [9, 16]]
    assert x.t().contiguous().apply_(lambda v: -v).tolist() == [[-1, -3], [-2, -4]]
    assert x.clone().map_(torch.tensor([10.0, 20.0]), lambda a, b: a + b).tolist() == [[11, 22], [13, 24]]
    assert x.clone().map2_(x, x, lambda a, b, c: a + b * c).tolist() == [[2, 6], [12, 20]]
    y = x.clone()
    y.apply_(lambda v: v)
    assert y._version == 1


def test_a_function_that_fails_changes_nothing():
    x = torch.tensor([1.0, 0.0])
    with pytest.raises(ZeroDivisionError):
        x.apply_(lambda v: 1 / v)
    assert x.tolist() == [1, 0]
    assert x._version == 0


# ---- what is not there ----


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("bfloat16", RuntimeError, "bfloat16() is not supported: NumPy has no numbers of this type"),
        ("chalf", RuntimeError, "chalf() is not supported: NumPy has no complex numbers of half precision"),
        ("xpu", AssertionError, "xpu() is not supported: tensors live on the CPU"),
        ("record_stream", RuntimeError, "record_stream() is not supported: there are no streams on the CPU"),
        ("is_coalesced", RuntimeError, "is_coalesced expected sparse coordinate tensor layout but got Strided"),
        ("values", RuntimeError, "values expected sparse tensor layout but got Strided"),
    ],
)
def test_what_tensors_refuse(name, error, message):
    with pytest.raises(error, match=re.escape(message)):
        getattr(torch.ones(2), name)()


def test_what_was_removed():
    with pytest.raises(RuntimeError, match=re.escape("reinforce() was removed.")):
        torch.ones(2).reinforce(1)


def test_resize_is_deprecated():
    x = torch.arange(6)
    with pytest.warns(UserWarning, match="non-inplace resize is deprecated"):
        assert x.resize(2, 3).shape == (2, 3)
    with pytest.warns(UserWarning, match="non-inplace resize_as is deprecated"):
        assert x.resize_as(torch.ones(3, 2)).shape == (3, 2)


def test_a_file_is_memory(tmp_path):
    path = tmp_path / "bytes"
    path.write_bytes(bytes(range(10)))
    own = torch.UntypedStorage.from_file(path, False, 8)
    own[0] = 99
    assert path.read_bytes()[0] == 0
    assert own.tolist()[:3] == [99, 1, 2]
    shared = torch.UntypedStorage.from_file(path, True, 8)
    shared[1] = 98
    assert path.read_bytes()[:3] == bytes([0, 98, 2])
    assert torch.asarray(own[2:6], dtype=torch.uint8).tolist() == [2, 3, 4, 5]
    with pytest.raises(ValueError, match="greater than file size"):
        torch.UntypedStorage.from_file(path, False, 80)
    with pytest.raises(FileNotFoundError):
        torch.UntypedStorage.from_file(tmp_path / "missing", False, 8)
