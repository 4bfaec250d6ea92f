"""What `load` reads: PyTorch's zip archives, checked at every step. No code runs that a file names."""

from __future__ import annotations

import io
import mmap as memory_map
import os
import pickle
import sys
import zipfile
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.devices import device
from chainrule.engine.tensor_base import new_tensor
from chainrule.nn.parameter import Parameter, UninitializedBuffer, UninitializedParameter
from chainrule.serialization.allowed import find
from chainrule.serialization.unpickling import ERROR, Unpickler
from chainrule.serialization.writing import STORAGE_NAMES
from chainrule.size import Size
from chainrule.tensor import Tensor

NO_DIRECTORY = "PytorchStreamReader failed reading zip archive: failed finding central directory"
NO_CUDA = (
    "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If you are running on a "
    "CPU-only machine, please use torch.load with map_location=torch.device('cpu') to map your storages to the CPU."
)
LEGACY_MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"

_KINDS = {name: dtype for dtype, name in STORAGE_NAMES.items()}


class _StorageKind:
    # A class of storages, as a pickle names it.

    __slots__ = ("numpy",)

    def __init__(self, numpy: Any) -> None:
        self.numpy = numpy


class _Memory:
    # A storage that was read: its bytes, and the type of its elements (None for the untyped one).

    __slots__ = ("array", "numpy")

    def __init__(self, array: np.ndarray[Any, Any], numpy: Any) -> None:
        self.array = array
        self.numpy = numpy

    def seen_as(self, numpy: Any) -> np.ndarray[Any, Any]:
        wanted = np.dtype(numpy)
        usable = self.array.size // wanted.itemsize * wanted.itemsize
        return self.array[:usable].view(wanted)


def _rebuild_tensor(
    memory: Any, offset: Any, size: Any, stride: Any, requires_grad: Any = False, hooks: Any = None, *_: Any
) -> Any:
    if not isinstance(memory, _Memory) or memory.numpy is None:
        raise ERROR("a tensor is made of what is no storage")
    return _tensor(memory.seen_as(memory.numpy), offset, size, stride, requires_grad)


def _rebuild_tensor_of_type(
    memory: Any, offset: Any, size: Any, stride: Any, requires_grad: Any, hooks: Any, dtype: Any, *_: Any
) -> Any:
    if not isinstance(memory, _Memory) or not isinstance(dtype, dtypes.dtype):
        raise ERROR("a tensor is made of what is no storage, or of no type")
    return _tensor(memory.seen_as(dtype.numpy), offset, size, stride, requires_grad)


def _tensor(flat: np.ndarray[Any, Any], offset: Any, size: Any, stride: Any, requires_grad: Any) -> Any:
    numbers = (offset, *size, *stride)
    if len(size) != len(stride) or len(size) > 64 or any(type(n) is not int or n < 0 for n in numbers):
        raise ERROR("a tensor has sizes or strides that cannot be")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if 0 not in size and last >= flat.size:
        raise ERROR(f"a tensor of size {list(size)} reaches beyond its storage of {flat.size} elements")
    if 0 in size:
        array = np.empty(size, flat.dtype)
    else:
        steps = tuple([step * flat.itemsize for step in stride])
        array = np.lib.stride_tricks.as_strided(flat[offset:], size, steps)
    tensor: Any = new_tensor(array)
    if requires_grad is True:
        tensor.requires_grad_()
    return tensor


def _rebuild_parameter(data: Any, requires_grad: Any = True, hooks: Any = None, *_: Any) -> Any:
    del hooks
    if not isinstance(data, Tensor):
        raise ERROR("a parameter is made of what is no tensor")
    return Parameter(data, bool(requires_grad))


def _size(items: Any = ()) -> Any:
    if not isinstance(items, (tuple, list)) or any(type(n) is not int for n in items):
        raise ERROR("a size is made of what are no numbers")
    return Size(items)


def _encoded(text: Any, encoding: Any = "latin1") -> bytes:
    if not isinstance(text, str) or encoding not in {"latin1", "latin-1", "utf-8", "utf8", "ascii"}:
        raise ERROR("bytes are made of what is no text")
    return text.encode(encoding)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": _rebuild_tensor,
    "torch._utils._rebuild_tensor_v3": _rebuild_tensor_of_type,
    "torch._utils._rebuild_parameter": _rebuild_parameter,
    "torch._utils._rebuild_parameter_with_state": _rebuild_parameter,
    "torch.nn.parameter.UninitializedParameter": lambda requires_grad=True: UninitializedParameter(bool(requires_grad)),
    "torch.nn.parameter.UninitializedBuffer": lambda requires_grad=False: UninitializedBuffer(bool(requires_grad)),
    "torch.Size": _size,
    "torch.device": lambda *args: device(*args),
    "_codecs.encode": _encoded,
}


def _of_pytorch(full: str) -> Any:
    function = _FUNCTIONS.get(full)
    if function is not None:
        return function
    module, _, name = full.rpartition(".")
    if module == "torch":
        if name in _KINDS:
            return _StorageKind(np.dtype(getattr(dtypes, _KINDS[name]).numpy))
        if name in {"BFloat16Storage", "bfloat16"}:
            raise ERROR("the checkpoint has bfloat16 tensors, which chainrule has no type for: convert them to float32")
        found = getattr(dtypes, name, None)
        if isinstance(found, dtypes.dtype):
            return found
    if full == "torch.storage.UntypedStorage":
        return _StorageKind(None)
    return None


def _refused(module: str, name: str) -> pickle.UnpicklingError:
    return ERROR(
        f"Weights only load failed: the checkpoint names {module}.{name}, which is not allowed here. Nothing that a "
        "file names is imported or run. Where the file is to be trusted, and this is a class or function of yours, "
        f"allow it with chainrule.serialization.add_safe_globals([{name}]) first."
    )


def _builds(target: Any, state: Any) -> None:
    # State is set of dicts that have attributes, as a state_dict has `_metadata`, and of classes that were allowed.
    if isinstance(target, (OrderedDict, defaultdict)):
        if not isinstance(state, dict) or any(not isinstance(key, str) or key.startswith("__") for key in state):
            raise ERROR("the attributes of a dict are no dict")
        vars(target).update(state) if isinstance(target, OrderedDict) else None
        return
    from chainrule.serialization.allowed import get_safe_globals

    if type(target) not in [kind for kind in get_safe_globals() if isinstance(kind, type)]:
        raise ERROR(f"the pickle sets the state of a {type(target).__name__}, which has none")
    if hasattr(target, "__setstate__"):
        target.__setstate__(state)
    elif isinstance(state, dict):
        target.__dict__.update(state)
    else:
        raise ERROR(f"the state of a {type(target).__name__} is no dict")


class _Archive:
    # A zip archive in PyTorch's layout.

    def __init__(self, file: Any, mapped: Any) -> None:
        try:
            self.zip = zipfile.ZipFile(file)
            names = self.zip.namelist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, OverflowError) as error:
            raise RuntimeError(f"{NO_DIRECTORY}: {error}") from error
        pickles = [name for name in names if name.endswith("/data.pkl") and name.count("/") == 1]
        if len(pickles) != 1:
            raise RuntimeError(
                "this is a zip archive and no checkpoint: PytorchStreamReader failed locating file data.pkl: file not "
                "found"
            )
        self.folder = pickles[0].partition("/")[0]
        self.names = set(names)
        self.mapped = mapped
        order = (
            self.read("byteorder").decode(errors="replace") if f"{self.folder}/byteorder" in self.names else "little"
        )
        if order not in {"little", "big"}:
            raise RuntimeError(f"the checkpoint says that its order of bytes is {order!r}")
        self.swaps = order != sys.byteorder

    def read(self, name: str) -> bytes:
        full = f"{self.folder}/{name}"
        try:
            entry = self.zip.getinfo(full)
            if entry.compress_type != zipfile.ZIP_STORED:
                raise RuntimeError(f"the checkpoint's {name} is compressed, which PyTorch's never are")
            return self.zip.read(entry)
        except KeyError:
            raise RuntimeError(f"PytorchStreamReader failed locating file {name}: file not found") from None
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, OSError, OverflowError) as error:
            raise RuntimeError(f"the checkpoint is damaged: {name}: {error}") from error

    def memory(self, name: str) -> np.ndarray[Any, Any]:
        if self.mapped is None:
            return np.frombuffer(bytearray(self.read(name)), np.uint8)
        full = f"{self.folder}/{name}"
        if full not in self.names:
            raise RuntimeError(f"PytorchStreamReader failed locating file {name}: file not found")
        entry = self.zip.getinfo(full)
        # Behind the entry's own header, whose name and extra field may differ from those in the directory.
        header = self.mapped[entry.header_offset : entry.header_offset + 30]
        if len(header) < 30 or header[:4] != b"PK\x03\x04" or entry.compress_type != zipfile.ZIP_STORED:
            raise RuntimeError(f"the checkpoint is damaged: {name}")
        start = entry.header_offset + 30 + int.from_bytes(header[26:28], "little")
        start += int.from_bytes(header[28:30], "little")
        if start + entry.file_size > len(self.mapped):
            raise RuntimeError(f"the checkpoint is damaged: {name} ends behind the end of the file")
        return np.frombuffer(self.mapped, np.uint8, entry.file_size, start)


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `save`, of chainrule or PyTorch, wrote to the file or file-like object `f`.

    Nothing that the file names is imported or run, whatever `weights_only` says: it may name tensors, plain containers,
    and what `serialization.add_safe_globals` has allowed. `map_location`: where storages of other devices go; a CPU is
    all there is. `mmap`: read tensors when they are used, from a file on the disk.

    Raises RuntimeError for a file that is cut short, damaged or no checkpoint, and pickle.UnpicklingError for one that
    names what is not allowed.
    """
    if pickle_module is not None and pickle_module is not pickle:
        raise NotImplementedError(
            "load() has an unpickler of its own, which runs no code: pickle_module is not supported"
        )
    if mmap and not isinstance(f, (str, os.PathLike)):
        raise ValueError("f must be a file path in order to use the mmap argument")
    if isinstance(f, (str, os.PathLike)):
        with Path(f).open("rb") as file:
            return _load(file, map_location, mapped=_mapped(file) if mmap else None)
    if not (hasattr(f, "read") and hasattr(f, "seek")):
        raise AttributeError(
            f"{type(f).__name__!r} object has no attribute 'seek'. You can only torch.load from a file that is "
            "seekable. Please pre-load the data into a buffer like io.BytesIO and try to load from it instead."
        )
    return _load(f, map_location, mapped=None)


def _mapped(file: Any) -> Any:
    if os.fstat(file.fileno()).st_size == 0:
        raise RuntimeError(NO_DIRECTORY)
    # Written to, the memory is the process's own: the file stays as it is.
    return memory_map.mmap(file.fileno(), 0, access=memory_map.ACCESS_COPY)


def _load(file: Any, map_location: Any, *, mapped: Any) -> Any:
    archive = _archive(file, mapped)
    memories: dict[str, np.ndarray[Any, Any]] = {}

    def load_storage(identity: Any) -> Any:
        if not isinstance(identity, tuple) or len(identity) != 5 or identity[0] != "storage":
            raise ERROR("the pickle refers to something that is no storage")
        _, kind, key, location, count = identity
        if not isinstance(kind, _StorageKind) or not isinstance(key, str) or not isinstance(location, str):
            raise ERROR("the pickle refers to a storage in a way that is not known")
        _require_cpu(location, map_location)
        memory = memories.get(key)
        if memory is None:
            if not key.isdigit():
                raise ERROR(f"the pickle refers to a storage called {key!r}")
            memory = memories[key] = archive.memory(f"data/{key}")
        needed = count * (1 if kind.numpy is None else kind.numpy.itemsize) if type(count) is int else -1
        if not 0 <= needed <= memory.size:
            raise ERROR(f"storage {key} has {memory.size} bytes, and should have {needed}")
        if archive.swaps and kind.numpy is not None and kind.numpy.itemsize > 1:
            memory = memory.view(kind.numpy.newbyteorder("S")).astype(kind.numpy).view(np.uint8)
            memories[key] = memory
        return _Memory(memory, kind.numpy)

    def named(module: str, name: str) -> Any:
        found = find(module, name, _of_pytorch)
        if found is None:
            raise _refused(module, name)
        return found

    return Unpickler(archive.read("data.pkl"), named, load_storage, _builds).load()


def _archive(file: Any, mapped: Any) -> _Archive:
    start = file.tell()
    beginning = file.read(64)
    file.seek(start)
    if not beginning:
        raise EOFError("Ran out of input")
    if LEGACY_MAGIC in beginning:
        raise RuntimeError(
            "this checkpoint is in the format that PyTorch wrote before version 1.6, which is not supported: load it "
            "with PyTorch and save it again"
        )
    if not beginning.startswith(b"PK"):
        raise RuntimeError(f"this is no checkpoint: it begins with {beginning[:8]!r}, and not as a zip archive does")
    whole = io.BytesIO(file.read()) if start else file
    return _Archive(whole, mapped)


def _require_cpu(location: str, map_location: Any) -> None:
    if callable(map_location):
        return  # whatever it makes of a storage, this one is in memory
    mapped = map_location.get(location, location) if isinstance(map_location, dict) else map_location
    target = str(location if mapped is None else mapped)
    if target.partition(":")[0] != "cpu":
        raise RuntimeError(NO_CUDA if target.startswith("cuda") else f"there is no device {target!r}: only the CPU")


def _nothing(*args: Any) -> Any:
    # What a name makes while only the names are looked at.
    del args
    return OrderedDict()


def names_in(f: Any) -> list[str]:
    """The names in a checkpoint that `load` would refuse."""
    refused: list[str] = []

    def noting(module: str, name: str) -> Any:
        found = find(module, name, _of_pytorch)
        if found is None:
            refused.append(f"{module}.{name}")
        return _nothing if found is None or callable(found) else found

    def load_storage(identity: Any) -> Any:
        del identity

    def tolerant(target: Any, state: Any) -> None:
        del target, state

    if isinstance(f, (str, os.PathLike)):
        with Path(f).open("rb") as file:
            data = _archive(file, None).read("data.pkl")
    else:
        f.seek(0)
        data = _archive(f, None).read("data.pkl")
    try:
        Unpickler(data, noting, load_storage, tolerant).load()
    except ERROR:
        if not refused:
            raise
    return list(dict.fromkeys(refused))
