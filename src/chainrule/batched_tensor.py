"""The tensors that a function sees within `vmap`: one entry of a batch, as far as it can tell."""

from __future__ import annotations

from typing import Any, NoReturn

from chainrule.engine.batching import NO_CONTROL_FLOW, NO_VALUES, set_batched_type
from chainrule.engine.entrywise import BatchedValuesError
from chainrule.engine.tensor_base import blank_tensor
from chainrule.tensor import Tensor


class BatchedTensor(Tensor):
    """A batch that looks like one of its entries: `_value` has them all, along its first dimension."""

    __slots__ = ()

    _level: Any
    _value: Any

    def __new__(cls) -> Any:
        """A tensor without its fields, which the level fills in."""
        return blank_tensor(cls)

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are computed for the batch."""
        return bool(self._value.requires_grad)

    @requires_grad.setter
    def requires_grad(self, requires_grad: bool) -> None:
        self._value.requires_grad = requires_grad

    def detach(self) -> Any:
        """The same values without history; changes are seen on both sides."""
        return self._level.wrap(self._value.detach())

    def detach_(self) -> Any:
        """Take the batch out of the graph."""
        self._value.detach_()
        return self

    @property
    def data(self) -> Any:
        """The same values as a tensor of its own: no history, and changes are not counted here."""
        return self._level.wrap(self._value.data)

    @data.setter
    def data(self, data: Any) -> None:
        self._value.data = self._level.entries(data)

    def __bool__(self) -> bool:
        raise BatchedValuesError(NO_CONTROL_FLOW)

    def __format__(self, spec: str) -> str:
        if spec and not self._array.ndim:
            self._array.item()  # raises
        return super().__format__(spec)

    def numpy(self, *, force: bool = False) -> NoReturn:
        """Raise RuntimeError: there is one array for each entry."""
        raise BatchedValuesError(NO_VALUES.format("numpy()"))

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        del tensor_contents
        text = repr(self._value).replace("\n", "\n    ")
        return f"BatchedTensor(lvl={self._level.number}, bdim=0, value=\n    {text}\n)"


set_batched_type(BatchedTensor)
