"""Which names a checkpoint may mention, and what each stands for: nothing else is looked up, and no file runs code."""

from __future__ import annotations

import builtins
import contextlib
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

_added: dict[str, Any] = {}


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let `load` make objects of these classes, and call these functions: (object, name) for another name in files.

    >>> import chainrule as torch
    >>> class Settings: ...
    >>> torch.serialization.add_safe_globals([Settings])
    >>> Settings in torch.serialization.get_safe_globals()
    True
    >>> torch.serialization.clear_safe_globals()
    """
    for entry in safe_globals:
        allowed, name = entry if isinstance(entry, tuple) else (entry, f"{entry.__module__}.{entry.__qualname__}")
        if not callable(allowed):
            raise TypeError(f"add_safe_globals() takes classes and functions, not {allowed!r}")
        _added[name] = allowed


def get_safe_globals() -> list[Any]:
    """What `add_safe_globals` has added."""
    return list(_added.values())


def clear_safe_globals() -> None:
    """Forget what `add_safe_globals` has added."""
    _added.clear()


@contextlib.contextmanager
def safe_globals(safe_globals: list[Any]) -> Iterator[None]:
    """`add_safe_globals` within a `with` block."""
    before = dict(_added)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        _added.clear()
        _added.update(before)


class Uncalled:
    """A class that a file may mention, as what a `defaultdict` makes, and not call."""

    __slots__ = ("kind",)

    def __init__(self, kind: type) -> None:
        self.kind = kind


def _set_of(items: Any = ()) -> Any:
    return set(_plain_items(items))


def _frozenset_of(items: Any = ()) -> Any:
    return frozenset(_plain_items(items))


def _plain_items(items: Any) -> Any:
    if not isinstance(items, (list, tuple)):
        raise TypeError("a set is made of what is no list")
    return items


def _bytearray_of(contents: Any = b"", encoding: Any = None) -> Any:
    if isinstance(contents, str) and encoding in {"latin1", "latin-1"}:
        return bytearray(contents, "latin-1")
    if not isinstance(contents, bytes) or encoding is not None:
        raise TypeError("a bytearray is made of what are no bytes")
    return bytearray(contents)


def _complex_of(real: Any, imaginary: Any) -> Any:
    if type(real) is not float or type(imaginary) is not float:
        raise TypeError("a complex number is made of what are no numbers")
    return complex(real, imaginary)


# Plain containers and numbers of Python's, which take no more memory than the file has.
_PLAIN: dict[str, Any] = {
    "collections.OrderedDict": OrderedDict,
    "collections.Counter": Counter,
    "collections.defaultdict": defaultdict,
}
for _module in ("builtins", "__builtin__"):
    _PLAIN |= {
        f"{_module}.set": _set_of, f"{_module}.frozenset": _frozenset_of, f"{_module}.bytearray": _bytearray_of,
        f"{_module}.complex": _complex_of,
    }  # fmt: skip
    for _name in ("int", "float", "str", "list", "dict", "tuple"):
        _PLAIN[f"{_module}.{_name}"] = Uncalled(getattr(builtins, _name))


def find(module: str, name: str, of_pytorch: Callable[[str], Any]) -> Any:
    """What a name in a file stands for; None where it may not be mentioned. `of_pytorch`: for names of PyTorch's."""
    full = f"{module}.{name}"
    if full in _added:
        return _added[full]
    if full in _PLAIN:
        return _PLAIN[full]
    return of_pytorch(full)


def get_unsafe_globals_in_checkpoint(f: Any) -> list[str]:
    """The names in a checkpoint that `load` would refuse.

    >>> import io
    >>> import chainrule as torch
    >>> file = io.BytesIO()
    >>> torch.save(torch.ones(1), file)
    >>> torch.serialization.get_unsafe_globals_in_checkpoint(file)
    []
    """
    from chainrule.serialization.reading import names_in

    return names_in(f)
