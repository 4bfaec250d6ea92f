"""`strided` and the memory formats: how a tensor lies in memory, as far as a user says so."""

from __future__ import annotations

from typing import Final

from chainrule.names import public_name


class layout:
    """How the elements of a tensor are kept. There is one way here, `strided`: every element, at regular distances.

    >>> torch.zeros(2, layout=torch.strided)
    tensor([0., 0.])
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"{public_name()}.{self._name}"

    def __reduce__(self) -> str:
        return self._name


class memory_format:
    """The order of a tensor's dimensions in memory.

    >>> torch.empty(1, 2, 3, 4, memory_format=torch.channels_last).stride()
    (24, 1, 8, 2)
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"{public_name()}.{self._name}"

    def __reduce__(self) -> str:
        return self._name


strided: Final = layout("strided")
contiguous_format: Final = memory_format("contiguous_format")
preserve_format: Final = memory_format("preserve_format")
channels_last: Final = memory_format("channels_last")
channels_last_3d: Final = memory_format("channels_last_3d")
