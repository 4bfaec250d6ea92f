"""`save` and `load`: what is written comes back, damaged and hostile files are errors, and nothing is lost."""

import collections
import contextlib
import io
import os
import pickle
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

import chainrule as torch
from chainrule.serialization import unpickling

MUTATIONS = 10_000


def written(obj, **options):
    file = io.BytesIO()
    torch.save(obj, file, **options)
    return file.getvalue()


def read(data, **options):
    return torch.load(io.BytesIO(data), **options)


def checkpoint():
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(5, 3)).sum().backward()
    optimizer.step()
    return {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "name": "run"}


@pytest.mark.parametrize(
    "dtype",
    [
        "float16",
        "float32",
        "float64",
        "complex64",
        "complex128",
        "uint8",
        "int8",
        "int16",
        "int32",
        "int64",
        "bool",
        "uint16",
        "uint32",
        "uint64",
    ],
)
def test_every_type_comes_back(dtype):
    tensor = torch.arange(6).reshape(2, 3).to(getattr(torch, dtype))
    found = read(written(tensor))
    assert found.dtype == tensor.dtype
    assert found.tolist() == tensor.tolist()


def test_containers_and_small_objects_come_back():
    given = {
        "size": torch.Size([2, 3]), "device": torch.device("cpu"), "dtype": torch.float64, "set": {1, 2},
        "bytes": b"\x00\xff", "frozen": frozenset({3}), "none": None, "numbers": [1, -(2**40), 1.5, 2j, True],
        "ordered": collections.OrderedDict(b=1, a=2), "tuple": ((), (1,), (1, 2, 3, 4)), "text": "naïve",
    }  # fmt: skip
    assert read(written(given)) == given
    assert list(read(written(given))["ordered"]) == ["b", "a"]


def test_memory_that_is_shared_stays_shared():
    x = torch.arange(6.0)
    whole, part, parameter = read(written([x, x[2:5], torch.nn.Parameter(x.reshape(2, 3).t())]))
    whole[2] = 9
    assert part[0] == 9
    assert parameter.data[2, 0] == 9
    assert parameter.stride() == (1, 3)
    assert parameter.requires_grad


def test_a_model_and_its_optimizer_go_on_where_they_were():
    saved = checkpoint()
    found = read(written(saved))
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    assert str(model.load_state_dict(found["model"])) == "<All keys matched successfully>"
    assert found["model"]._metadata == saved["model"]._metadata
    torch.optim.Adam(model.parameters()).load_state_dict(found["optimizer"])
    assert (found["epoch"], found["name"]) == (3, "run")


def test_a_file_can_be_mapped_into_memory(tmp_path):
    path = tmp_path / "x.pt"
    torch.save({"x": torch.arange(1000.0)}, path)
    mapped = torch.load(path, mmap=True)["x"]
    assert mapped.sum() == 499500
    mapped[0] = 1  # in memory only
    assert torch.load(path)["x"][0] == 0
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo("x/data/0")
        with path.open("rb") as file:
            file.seek(entry.header_offset + 26)
            lengths = np.frombuffer(file.read(4), "<u2")
    assert (entry.header_offset + 30 + int(lengths.sum())) % 64 == 0


def test_arguments_are_checked(tmp_path):
    with pytest.raises(TypeError, match="expected 'f' to be string, path, or a file-like object"):
        torch.save(1, 2)
    with pytest.raises(RuntimeError, match=r"Parent directory .* does not exist"):
        torch.save(1, tmp_path / "missing" / "x.pt")
    with pytest.raises(ValueError, match="f must be a file path in order to use the mmap argument"):
        torch.load(io.BytesIO(), mmap=True)
    with pytest.raises(AttributeError, match=r"You can only torch.load from a file that is seekable"):
        torch.load(3)
    with pytest.raises(NotImplementedError, match="zip format only"):
        torch.save(1, io.BytesIO(), _use_new_zipfile_serialization=False)
    x = torch.arange(4, dtype=torch.int32)
    with pytest.raises(RuntimeError, match="view the same data as different types"):
        torch.save([x, x.view(torch.float32)], io.BytesIO())


def test_what_is_no_checkpoint_is_said_to_be_none(tmp_path):
    with pytest.raises(EOFError, match="Ran out of input"):
        read(b"")
    with pytest.raises(RuntimeError, match="this is no checkpoint"):
        read(b"a text, and no archive")
    with pytest.raises(RuntimeError, match=r"before version 1.6"):
        read(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "text")
    with pytest.raises(RuntimeError, match="zip archive and no checkpoint"):
        read(other.getvalue())
    with pytest.raises(FileNotFoundError):
        torch.load(tmp_path / "missing.pt")


def test_a_file_that_is_cut_short_is_an_error_wherever_it_ends():
    data = written(checkpoint())
    for end in range(0, len(data) - 1, 97):
        with pytest.raises((RuntimeError, EOFError)):
            read(data[:end])


def test_ten_thousand_damaged_files_are_errors_or_read_as_data():
    """Bytes changed, left out, doubled; in the archive, and in its pickle with the archive made anew around it."""
    rng = np.random.default_rng(0)
    whole = written(checkpoint())
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    errors = 0
    for number in range(MUTATIONS):
        in_pickle = number % 2
        damaged = bytearray(entries["archive/data.pkl"] if in_pickle else whole)
        for _ in range(rng.integers(1, 6)):
            at = int(rng.integers(len(damaged)))
            kind = rng.integers(4)
            if kind == 0:
                damaged[at] = int(rng.integers(256))
            elif kind == 1:
                damaged[at] ^= 1 << int(rng.integers(8))
            elif kind == 2:
                del damaged[at : at + int(rng.integers(1, 20))]
            else:
                damaged[at:at] = damaged[at : at + int(rng.integers(1, 20))]
        data = bytes(damaged)
        if in_pickle:
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w") as archive:
                for name, contents in entries.items():
                    archive.writestr(name, data if name == "archive/data.pkl" else contents)
            data = file.getvalue()
        try:
            read(data)
        except (RuntimeError, pickle.UnpicklingError, EOFError) as error:
            errors += 1
            assert str(error)  # noqa: PT017 (most are errors, and none is without a word)
    assert errors > MUTATIONS // 2


class Ran(Exception):  # noqa: N818
    """Code in a file was run."""


def run_code(*args):
    raise Ran(args)


class Hostile:
    def __init__(self, *reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


def archive_of(pickled):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/version", "3\n")
    return file.getvalue()


HOSTILE = {
    "system": Hostile(os.system, ("exit 1",)),
    "own": Hostile(run_code, ()),
    "eval": Hostile(eval, ("run_code()",)),
    "exec": Hostile(exec, ("raise SystemExit",)),
    "import": Hostile(__import__, ("antigravity",)),
    "getattr": Hostile(getattr, ("text", "format")),
    "open": Hostile(open, ("stolen", "w")),
    "popen": Hostile(subprocess.Popen, (["false"],)),
    "partial": Hostile(__import__("functools").partial, (run_code,)),
    "class": Hostile(type, ("Made", (), {})),
    "numpy": Hostile(np.load, ("x.npy",)),
    "nested pickle": Hostile(pickle.loads, (b"",)),
    "state": Hostile(collections.OrderedDict, (), {"__class__": 1}),
    "state of a list": Hostile(list, (), {"a": 1}),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_hostile_pickles_run_nothing(name, protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = archive_of(pickle.dumps(HOSTILE[name], protocol))
    for weights_only in (True, False, None):
        with pytest.raises(pickle.UnpicklingError):
            read(data, weights_only=weights_only)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "pickled",
    [
        b"cos\nsystem\n(S'exit 1'\ntR.",  # texts of protocol 0
        b"cbuiltins\neval\n.", b"(ibuiltins\neval\n.", b"cbuiltins.__dict__\nx\n.",
        b"ccollections\nOrderedDict\n}(X\x03\x00\x00\x00popK\x01ub.",  # sets attributes of the class itself
        b"ctorch._utils\n_rebuild_tensor_v2\n}(X\x01\x00\x00\x00aK\x01ub.",
        b"ctorch\nTensor\n.", b"ctorch\nload\n.", b"cchainrule\nload\n.", b"ctorch.serialization\nsave\n.",
        b"((((t.", b".", b"0.", b"K\x01K\x02.", b"h\x07.", b"}K\x01.", b"K\x01)R.",
        b"cbuiltins\nbytearray\n\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85R.",
        b"cbuiltins\nrange\n\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85Rcbuiltins\nlist\n\x85R.",
        b"r\xff\xff\xff\xff.", b"X\xff\xff\xff\xff.", b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.",
    ],
)  # fmt: skip
def test_pickles_written_by_hand_run_nothing(pickled):
    with pytest.raises((pickle.UnpicklingError, RuntimeError)):
        read(archive_of(pickled))
    assert collections.OrderedDict(a=1).pop("a") == 1


def test_a_name_that_is_refused_is_named_and_can_be_allowed():
    data = written({"settings": Settings(3)})
    with pytest.raises(pickle.UnpicklingError, match=r"names \S*test_serialization\.Settings, which is not allowed"):
        read(data)
    (refused,) = torch.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(data))
    assert refused.endswith("test_serialization.Settings")
    with torch.serialization.safe_globals([Settings]):
        assert read(data)["settings"].depth == 3
    with pytest.raises(pickle.UnpicklingError):
        read(data)


class Settings:
    def __init__(self, depth):
        self.depth = depth


def test_tensors_cannot_reach_beyond_their_storage():
    stored = written(torch.arange(4.0))
    with zipfile.ZipFile(io.BytesIO(stored)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    pickled = entries["archive/data.pkl"]
    assert b"K\x04\x85" in pickled  # the size, (4,)
    for size in (b"K\x05\x85", b"J\xff\xff\xff\x7f\x85", b"J\xff\xff\xff\xff\x85", b"X\x01\x00\x00\x00a\x85"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, contents in entries.items():
                changed = pickled.replace(b"K\x04\x85", size, 1) if name == "archive/data.pkl" else contents
                archive.writestr(name, changed)
        with pytest.raises(pickle.UnpicklingError):
            read(file.getvalue())


def test_every_instruction_that_is_known_checks_an_empty_stack():
    for code in unpickling.STEPS:
        with contextlib.suppress(pickle.UnpicklingError, RuntimeError):
            read(archive_of(code + b"."))


SAVING = """
import sys
import chainrule as torch
weights = [torch.full((200_000,), float(i)) for i in range(10)]
torch.save(weights, sys.argv[1])
print("saved", flush=True)
while True:
    torch.save(weights, sys.argv[1])
"""


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_a_process_stopped_while_saving_leaves_a_whole_checkpoint(stop, tmp_path):
    path = tmp_path / "x.pt"
    environment = os.environ | {"PYTHONPATH": str(Path(torch.__file__).parents[1])}
    for delay in (0.0, 0.02, 0.05, 0.11):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVING, str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment,
        )  # fmt: skip
        assert process.stdout.readline() == b"saved\n"
        time.sleep(delay)
        process.send_signal(stop)
        process.wait()
        process.stdout.close()
        found = torch.load(path)
        assert [float(t[-1]) for t in found] == [float(i) for i in range(10)]


def test_a_save_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "x.pt"
    torch.save([1], path)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        torch.save([2, lambda: 0], path)
    assert torch.load(path) == [1]
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.pt"]
