"""The results of operations that have several named ones: tuples with names, printed as PyTorch's."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from chainrule.names import public_name


class NamedResults(tuple[Any, ...]):
    """A tuple of results that can be read by name too: `values, indices = t.max(0)` or `t.max(0).indices`."""

    __slots__ = ()
    _name = ""
    _fields: tuple[str, ...] = ()

    def __repr__(self) -> str:
        shown = ",\n".join(f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True))
        return f"{public_name()}.return_types.{self._name}(\n{shown})"


def return_type(name: str, fields: tuple[str, ...]) -> type[NamedResults]:
    """The class of the results of the operation `name`."""
    properties = {field: property(itemgetter(i)) for i, field in enumerate(fields)}
    return type(name, (NamedResults,), {"__slots__": (), "_name": name, "_fields": fields, **properties})
