"""What `save` writes: a zip archive with a pickle of the objects, and the memory of their tensors beside it.

    name/data.pkl        the objects; a tensor is where it lies in a storage, and the storage's number
    name/data/0 ...      the storages, each once, however many tensors are views of it
    name/byteorder, name/version, name/.format_version, name/.data/serialization_id

The names in the pickle are PyTorch's, so that PyTorch opens the file. Nothing is compressed, and storages begin at
multiples of 64 bytes, so that the file may be mapped into memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
import sys
import tempfile
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.devices import device
from chainrule.dtypes import dtype, from_numpy_dtype
from chainrule.engine.tensor_base import TensorBase
from chainrule.nn.parameter import Parameter, is_lazy
from chainrule.ops.strided import storage
from chainrule.size import Size

ALIGNMENT = 64
PROTOCOL = 2

# PyTorch's classes of typed storages; for other types there is only the untyped one.
STORAGE_NAMES = {
    "float64": "DoubleStorage", "float32": "FloatStorage", "float16": "HalfStorage", "int64": "LongStorage",
    "int32": "IntStorage", "int16": "ShortStorage", "int8": "CharStorage", "uint8": "ByteStorage",
    "bool": "BoolStorage", "complex64": "ComplexFloatStorage", "complex128": "ComplexDoubleStorage",
}  # fmt: skip


class Name:
    """A name of PyTorch's as it stands in a pickle: nothing is imported for it."""

    __slots__ = ("module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def __call__(self, *args: Any) -> Any:
        """Raise TypeError: it is only a name."""
        raise TypeError(f"{self.module}.{self.name} is only a name here")


class _Storage:
    # The memory of tensors, of one type of elements, and its number in the file.

    __slots__ = ("array", "number")

    def __init__(self, array: np.ndarray[Any, Any], number: int) -> None:
        self.array = array
        self.number = number


# The pickler in C looks names up, which need not exist here.
_PythonPickler: Any = pickle._Pickler


class Pickler(_PythonPickler):  # type: ignore[misc]
    """Writes objects under PyTorch's names, and puts the memory of tensors aside, in `storages`."""

    dispatch = _PythonPickler.dispatch.copy()

    def __init__(self, file: Any, protocol: int) -> None:
        super().__init__(file, protocol)
        self.storages: list[_Storage] = []
        self._numbers: dict[int, _Storage] = {}  # by address
        self._names: dict[tuple[str, str], Name] = {}

    def _name(self, module: str, name: str) -> Name:
        # One object for each, so that the second is a reference to the first.
        return self._names.setdefault((module, name), Name(module, name))

    def _save_name(self, name: Name) -> None:
        self.write(pickle.GLOBAL + f"{name.module}\n{name.name}\n".encode())
        self.memoize(name)

    dispatch[Name] = _save_name

    def save_global(self, obj: Any, name: str | None = None) -> None:
        """A class or function of chainrule's under PyTorch's name; any other under its own."""
        module = getattr(obj, "__module__", None) or ""
        if module.partition(".")[0] == "chainrule":
            self.save(self._name("torch" + module[len("chainrule") :], name or obj.__qualname__))
            return
        super().save_global(obj, name)

    dispatch[type] = lambda self, obj: self.save_global(obj) if obj is not type(None) else self.save_type(obj)
    dispatch[type(save_global)] = save_global

    def persistent_id(self, obj: Any) -> Any:
        """For a storage, what says where it is."""
        if not isinstance(obj, _Storage):
            return None
        kind = STORAGE_NAMES.get(from_numpy_dtype(obj.array.dtype).name)
        if kind is None:
            return ("storage", self._name("torch.storage", "UntypedStorage"), str(obj.number), "cpu", obj.array.nbytes)
        return ("storage", self._name("torch", kind), str(obj.number), "cpu", obj.array.size)

    def reducer_override(self, obj: Any) -> Any:
        """How tensors and the small objects of PyTorch are made again."""
        if is_lazy(obj):
            return self._name("torch.nn.parameter", type(obj).__name__), (obj._requires_grad,)
        if isinstance(obj, Parameter):
            return self._name("torch._utils", "_rebuild_parameter"), (obj.data, obj.requires_grad, OrderedDict())
        if isinstance(obj, TensorBase):
            return self._reduced(obj)
        if isinstance(obj, Size):
            return self._name("torch", "Size"), (tuple(obj),)
        if isinstance(obj, device):
            return self._name("torch", "device"), (obj.type,) if obj.index is None else (obj.type, obj.index)
        return NotImplemented

    def _save_dtype(self, obj: Any) -> None:
        self.save(self._name("torch", obj.name))

    dispatch[dtype] = _save_dtype

    def _reduced(self, tensor: Any) -> Any:
        array = tensor._array
        if any(stride % array.itemsize or stride < 0 for stride in array.strides) or not array.dtype.isnative:
            array = np.array(array, dtype=array.dtype.newbyteorder("="), order="C")
        memory, offset = storage(array)
        kept = self._storage(memory)
        strides = tuple([stride // array.itemsize for stride in array.strides])
        arguments: tuple[Any, ...] = (
            kept,
            offset,
            tuple(array.shape),
            strides,
            bool(tensor.requires_grad),
            OrderedDict(),
        )
        own = from_numpy_dtype(array.dtype)
        if own.name in STORAGE_NAMES:
            return self._name("torch._utils", "_rebuild_tensor_v2"), arguments
        return self._name("torch._utils", "_rebuild_tensor_v3"), (*arguments, own)

    def _storage(self, memory: Any) -> _Storage:
        address = memory.__array_interface__["data"][0] if memory.size else -1 - len(self.storages)
        found = self._numbers.get(address)
        if found is None:
            found = self._numbers[address] = _Storage(memory, len(self.storages))
            self.storages.append(found)
        elif found.array.dtype != memory.dtype:
            raise RuntimeError(
                "Cannot save multiple tensors or storages that view the same data as different types: "
                f"{found.array.dtype} and {memory.dtype}"
            )
        return found


def save(
    obj: object,
    f: Any,
    pickle_module: Any = None,
    pickle_protocol: int = PROTOCOL,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Write `obj` (tensors, state dicts, anything that can be pickled) to the file or file-like object `f`.

    PyTorch opens the file, as `load` opens PyTorch's. Tensors that share memory share it when they are read. A file
    appears under its name when it is complete: what was there before stays until then, also if writing is interrupted.
    Raises TypeError for an `f` that is neither a path nor has `write`, and what `pickle` raises for `obj`.

    >>> import io
    >>> import chainrule as torch
    >>> file = io.BytesIO()
    >>> torch.save({"weight": torch.ones(2)}, file)
    >>> _ = file.seek(0)
    >>> torch.load(file)
    {'weight': tensor([1., 1.])}
    """
    if not _use_new_zipfile_serialization:
        raise NotImplementedError("save() writes PyTorch's zip format only: the one before it cannot be written")
    if pickle_module is not None and pickle_module is not pickle:
        raise NotImplementedError("save() pickles with Python's own `pickle`: another pickle_module is not supported")
    if not 2 <= pickle_protocol <= pickle.HIGHEST_PROTOCOL:
        raise ValueError(f"pickle_protocol must be from 2 to {pickle.HIGHEST_PROTOCOL}, not {pickle_protocol}")
    pickled = io.BytesIO()
    pickler = Pickler(pickled, pickle_protocol)
    pickler.dump(obj)
    memories = [kept.array for kept in pickler.storages]
    options = {"with_byteorder": not _disable_byteorder_record}
    if hasattr(f, "write"):
        _write_archive(f, "archive", pickled.getvalue(), memories, **options)
        return
    if not isinstance(f, (str, os.PathLike)):
        raise TypeError(f"expected 'f' to be string, path, or a file-like object with a 'write' attribute, not {f!r}")
    path = Path(f)
    with _replacing(path) as file:
        _write_archive(file, path.stem or "archive", pickled.getvalue(), memories, **options)


@contextlib.contextmanager
def _replacing(path: Path) -> Any:
    # A file beside `path`, which takes its place when all is written, and is removed if anything goes wrong.
    folder = path.parent
    if not folder.is_dir():
        raise RuntimeError(f"Parent directory {folder} does not exist.")
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=folder)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        part.chmod(mode)
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _write_archive(
    file: Any, name: str, pickled: bytes, memories: list[np.ndarray[Any, Any]], *, with_byteorder: bool
) -> None:
    digest = hashlib.sha256(pickled)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        _write(archive, f"{name}/data.pkl", pickled)
        _write(archive, f"{name}/.format_version", b"1")
        _write(archive, f"{name}/.storage_alignment", str(ALIGNMENT).encode())
        if with_byteorder:
            _write(archive, f"{name}/byteorder", sys.byteorder.encode())
        for number, memory in enumerate(memories):
            flat: Any = np.ascontiguousarray(memory).reshape(-1).view(np.uint8)
            contents = memoryview(flat)
            digest.update(contents)
            _write(archive, f"{name}/data/{number}", contents)
        _write(archive, f"{name}/version", b"3\n")
        identity = str(int.from_bytes(digest.digest()[:16], "big")).zfill(40)
        _write(archive, f"{name}/.data/serialization_id", identity.encode())


def _write(archive: zipfile.ZipFile, name: str, contents: Any) -> None:
    entry = zipfile.ZipInfo(name)
    # The header of an entry is 30 bytes, its name and its extra field, of which the last fills up to the alignment.
    large = len(contents) >= (1 << 31)
    header = archive.fp.tell() + 30 + len(name.encode()) + (20 if large else 0)  # type: ignore[union-attr]
    padding = -(header + 4) % ALIGNMENT
    entry.extra = b"FB" + padding.to_bytes(2, "little") + b"Z" * padding
    with archive.open(entry, "w", force_zip64=large) as target:
        target.write(contents)
