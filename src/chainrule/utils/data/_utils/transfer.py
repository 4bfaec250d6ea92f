"""Batches from a worker process to the one that wants them: the numbers of tensors go as they lie in memory."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from typing import Any, Final

import numpy as np

from chainrule.engine.grad_mode import no_grad
from chainrule.tensor import Tensor, wrap

__all__ = ["receive", "send"]

_NO_LEAF = (
    "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support crossing "
    "process boundaries.  If you just want to transfer the data, call detach() on the tensor before serializing (e.g., "
    "putting it on the queue)."
)


# From so many bytes on, numbers go through memory that both processes have, where the system has such: a pipe takes
# little at a time. A batch of 3 MB took 3 ms in place of 100 with two busy cores.
LARGE: Final = 1 << 17

Array = np.ndarray[Any, Any]


class _Pickler(pickle.Pickler):
    """Leaves tensors out, and says where they were."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.arrays: list[Array] = []
        self._places: dict[int, int] = {}
        self._kept: list[Tensor] = []

    def persistent_id(self, obj: Any) -> tuple[int, bool] | None:
        if not isinstance(obj, Tensor):
            return None
        if obj.requires_grad and not obj.is_leaf:
            raise RuntimeError(_NO_LEAF)
        if type(obj) is not Tensor or obj.__dict__ or obj.grad is not None:
            return None  # pickle knows how
        place = self._places.get(id(obj))
        if place is None:
            place = self._places[id(obj)] = len(self.arrays)
            # A row of a large tensor goes alone, not with all the memory that it is a part of.
            self.arrays.append(np.asarray(obj._array, order="C"))
            self._kept.append(obj)  # so that no other tensor gets its id
        return place, obj.requires_grad


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, arrays: list[Array]) -> None:
        super().__init__(file)
        self._arrays = arrays
        self._tensors: dict[int, Tensor] = {}

    def persistent_load(self, pid: tuple[int, bool]) -> Tensor:
        place, requires_grad = pid
        if place not in self._tensors:
            self._tensors[place] = wrap(self._arrays[place])
            self._tensors[place].requires_grad = requires_grad
        return self._tensors[place]


def send(connection: Connection, message: Any) -> None:
    """Send a message. Nothing is sent of one that cannot be pickled."""
    file = io.BytesIO()
    pickler = _Pickler(file)
    with no_grad():
        pickler.dump(message)
    arrays = pickler.arrays
    together = hasattr(os, "memfd_create") and sum(array.nbytes for array in arrays) >= LARGE
    connection.send((file.getvalue(), [(array.dtype.str, array.shape) for array in arrays], together))
    if together:
        _send_memory(connection, _bytes_of(arrays))
    else:
        for part in _bytes_of(arrays):
            connection.send_bytes(part)


def _bytes_of(arrays: Sequence[Array]) -> list[memoryview]:
    return [array.reshape(-1).view(np.uint8).data for array in arrays if array.nbytes]


def _send_memory(connection: Connection, parts: list[memoryview]) -> None:
    memory = os.memfd_create("chainrule")
    try:
        for part in parts:
            written = 0
            while written < len(part):  # at most 2 GB at a time
                written += os.write(memory, part[written:])
        send_handle(connection, memory, None)
    finally:
        os.close(memory)


def _receive_memory(connection: Connection, parts: list[memoryview]) -> None:
    memory = recv_handle(connection)
    try:
        offset = 0
        for part in parts:
            read = 0
            while read < len(part):
                read += os.preadv(memory, [part[read:]], offset + read)
            offset += len(part)
    finally:
        os.close(memory)


def receive(connection: Connection) -> Any:
    """The next message; EOFError if the other end is closed."""
    pickled, kinds, together = connection.recv()
    arrays = [np.empty(shape, dtype) for dtype, shape in kinds]
    if together:
        _receive_memory(connection, _bytes_of(arrays))
    else:
        for part in _bytes_of(arrays):
            connection.recv_bytes_into(part)
    return _Unpickler(io.BytesIO(pickled), arrays).load()
