"""Batches from a worker process to the one that wants them: the numbers of tensors go as they lie in memory."""

from __future__ import annotations

import io
import pickle
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from chainrule.engine.grad_mode import no_grad
from chainrule.tensor import Tensor, wrap

__all__ = ["receive", "send"]

_NO_LEAF = (
    "Cowardly refusing to serialize non-leaf tensor which requires_grad, since autograd does not support crossing "
    "process boundaries.  If you just want to transfer the data, call detach() on the tensor before serializing (e.g., "
    "putting it on the queue)."
)


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
    connection.send((file.getvalue(), [(array.dtype.str, array.shape) for array in arrays]))
    for part in _bytes_of(arrays):
        connection.send_bytes(part)


def _bytes_of(arrays: Sequence[Array]) -> list[memoryview]:
    return [array.reshape(-1).view(np.uint8).data for array in arrays if array.nbytes]


def receive(connection: Connection) -> Any:
    """The next message; EOFError if the other end is closed."""
    pickled, kinds = connection.recv()
    arrays = [np.empty(shape, dtype) for dtype, shape in kinds]
    for part in _bytes_of(arrays):
        connection.recv_bytes_into(part)
    return _Unpickler(io.BytesIO(pickled), arrays).load()
