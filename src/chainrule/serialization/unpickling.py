"""Reads a pickle as data: a small machine of its own, which knows the containers, and calls what it is allowed to.

Python's own unpickler runs whatever a file says. This one makes lists, dicts, tuples, sets, numbers and texts itself; a
name in the file is handed to `find`, and only what that gives is called or made. Every step checks what it works on, so
that a damaged pickle is an error, whatever it says.
"""

from __future__ import annotations

import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from chainrule.serialization.allowed import Uncalled

ERROR = pickle.UnpicklingError

_MARK = object()

# How far a pickle may nest or grow before it is taken for damaged: more than any checkpoint has.
MOST_MEMORIES = 1 << 24


class Unpickler:
    """One pickle. `find(module, name)` gives what a name stands for, `load_storage(id)` what a persistent id does.

    `builds(object, state)` sets the state of an object that was made, or raises.
    """

    def __init__(
        self,
        data: bytes,
        find: Callable[[str, str], Any],
        load_storage: Callable[[Any], Any],
        builds: Callable[[Any, Any], None],
    ) -> None:
        self._data = data
        self._at = 0
        self._find = find
        self._load_storage = load_storage
        self._builds = builds
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._called: set[int] = set()  # ids of what may be called

    def load(self) -> Any:
        """The object that the pickle describes; raises UnpicklingError where it is damaged or refused."""
        steps = STEPS
        try:
            while True:
                code = self._take(1)
                if code == pickle.STOP:
                    result = self._pop()
                    if self._stack:
                        raise ERROR("the pickle ends with objects left over")
                    return result
                step = steps.get(code)
                if step is None:
                    raise ERROR(f"the pickle has an instruction that is not supported: {code!r}")
                step(self)
        except ERROR:
            raise
        except (
            IndexError, KeyError, TypeError, ValueError, AttributeError, OverflowError, struct.error, RecursionError,
            MemoryError, UnicodeError,
        ) as error:  # fmt: skip
            raise ERROR(f"the pickle is damaged: {type(error).__name__}: {error}") from error

    # ---- reading ----

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if count < 0 or end > len(self._data):
            raise ERROR("the pickle ends too early")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def _number(self, layout: str) -> int:
        found: int = struct.unpack(layout, self._take(struct.calcsize(layout)))[0]
        return found

    def _line(self) -> str:
        end = self._data.find(b"\n", self._at)
        if end < 0:
            raise ERROR("the pickle ends too early")
        line = self._data[self._at : end]
        self._at = end + 1
        return line.decode()

    # ---- the stack ----

    def _push(self, value: Any) -> None:
        self._stack.append(value)

    def _pop(self) -> Any:
        value = self._stack.pop()
        if value is _MARK:
            raise ERROR("the pickle takes a mark for an object")
        return value

    def _top(self) -> Any:
        value = self._stack[-1]
        if value is _MARK:
            raise ERROR("the pickle takes a mark for an object")
        return value

    def _to_mark(self) -> list[Any]:
        for at in range(len(self._stack) - 1, -1, -1):
            if self._stack[at] is _MARK:
                items = self._stack[at + 1 :]
                del self._stack[at:]
                return items
        raise ERROR("the pickle has no mark to go back to")

    def _remember(self, number: int) -> None:
        if not 0 <= number < MOST_MEMORIES:
            raise ERROR("the pickle remembers more than any checkpoint does")
        self._memo[number] = self._top()

    # ---- names and calls ----

    def _named(self, module: Any, name: Any) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise ERROR("the pickle names something by what is no text")
        found = self._find(module, name)
        if isinstance(found, Uncalled):
            found = found.kind
        elif callable(found):
            self._called.add(id(found))
        self._push(found)

    def _call(self) -> None:
        arguments = self._pop()
        function = self._pop()
        if id(function) not in self._called:
            raise ERROR(f"the pickle calls something that is no name in it: {type(function).__name__}")
        if not isinstance(arguments, tuple):
            raise ERROR("the pickle calls something with arguments that are no tuple")
        self._push(function(*arguments))

    def _make(self) -> None:
        arguments = self._pop()
        kind = self._pop()
        if id(kind) not in self._called or not isinstance(kind, type) or not isinstance(arguments, tuple):
            raise ERROR("the pickle makes an object of something that is no class")
        self._push(kind.__new__(kind, *arguments))

    def _build(self) -> None:
        state = self._pop()
        self._builds(self._top(), state)

    # ---- containers ----

    def _set_items(self, items: list[Any]) -> None:
        target = self._top()
        if not isinstance(target, dict) or len(items) % 2:
            raise ERROR("the pickle sets items of something that is no dict")
        for key, value in zip(items[::2], items[1::2], strict=True):
            dict.__setitem__(target, key, value) if type(target) is not OrderedDict else OrderedDict.__setitem__(
                target, key, value
            )

    def _extend(self, items: list[Any]) -> None:
        target = self._top()
        if type(target) is not list:
            raise ERROR("the pickle appends to something that is no list")
        target += items

    def _add(self) -> None:
        items = self._to_mark()
        target = self._top()
        if type(target) is not set:
            raise ERROR("the pickle adds to something that is no set")
        target.update(items)

    def _tuple(self, count: int) -> None:
        items = [self._pop() for _ in range(count)]
        self._push(tuple(items[::-1]))

    def _dict(self) -> None:
        items = self._to_mark()
        self._push({})
        self._set_items(items)

    def _text(self, layout: str) -> None:
        self._push(self._take(self._number(layout)).decode("utf-8", "surrogatepass"))

    def _bytes(self, layout: str) -> None:
        self._push(self._take(self._number(layout)))

    def _latin(self, layout: str) -> None:
        self._push(self._take(self._number(layout)).decode("latin-1"))

    def _long(self, layout: str) -> None:
        self._push(int.from_bytes(self._take(self._number(layout)), "little", signed=True))

    def _persistent(self) -> None:
        self._push(self._load_storage(self._pop()))

    def _item(self) -> None:
        value, key = self._pop(), self._pop()
        self._set_items([key, value])

    def _append(self) -> None:
        self._extend([self._pop()])

    def _recall(self, number: int) -> None:
        self._push(self._memo[number])

    def _dup(self) -> None:
        self._push(self._top())

    def _global(self) -> None:
        module, name = self._line(), self._line()
        self._named(module, name)

    def _stack_global(self) -> None:
        name, module = self._pop(), self._pop()
        self._named(module, name)

    def _protocol(self) -> None:
        if self._take(1)[0] > pickle.HIGHEST_PROTOCOL:
            raise ERROR("the pickle is of a protocol that is not known")


Step = Callable[[Unpickler], Any]

STEPS: dict[bytes, Step] = {
    pickle.PROTO: Unpickler._protocol,
    pickle.FRAME: lambda u: u._number("<Q"),
    pickle.MARK: lambda u: u._push(_MARK),
    pickle.POP: lambda u: u._stack.pop(),
    pickle.POP_MARK: lambda u: u._to_mark(),
    pickle.DUP: Unpickler._dup,
    pickle.NONE: lambda u: u._push(None),
    pickle.NEWTRUE: lambda u: u._push(True),
    pickle.NEWFALSE: lambda u: u._push(False),
    pickle.BININT: lambda u: u._push(u._number("<i")),
    pickle.BININT1: lambda u: u._push(u._number("<B")),
    pickle.BININT2: lambda u: u._push(u._number("<H")),
    pickle.LONG1: lambda u: u._long("<B"),
    pickle.LONG4: lambda u: u._long("<i"),
    pickle.BINFLOAT: lambda u: u._push(struct.unpack(">d", u._take(8))[0]),
    pickle.BINUNICODE: lambda u: u._text("<I"),
    pickle.SHORT_BINUNICODE: lambda u: u._text("<B"),
    pickle.BINUNICODE8: lambda u: u._text("<Q"),
    pickle.BINSTRING: lambda u: u._latin("<i"),
    pickle.SHORT_BINSTRING: lambda u: u._latin("<B"),
    pickle.BINBYTES: lambda u: u._bytes("<I"),
    pickle.SHORT_BINBYTES: lambda u: u._bytes("<B"),
    pickle.BINBYTES8: lambda u: u._bytes("<Q"),
    pickle.BYTEARRAY8: lambda u: u._push(bytearray(u._take(u._number("<Q")))),
    pickle.EMPTY_LIST: lambda u: u._push([]),
    pickle.EMPTY_DICT: lambda u: u._push({}),
    pickle.EMPTY_TUPLE: lambda u: u._push(()),
    pickle.EMPTY_SET: lambda u: u._push(set()),
    pickle.APPEND: Unpickler._append,
    pickle.APPENDS: lambda u: u._extend(u._to_mark()),
    pickle.LIST: lambda u: u._push(u._to_mark()),
    pickle.DICT: Unpickler._dict,
    pickle.SETITEM: Unpickler._item,
    pickle.SETITEMS: lambda u: u._set_items(u._to_mark()),
    pickle.ADDITEMS: Unpickler._add,
    pickle.FROZENSET: lambda u: u._push(frozenset(u._to_mark())),
    pickle.TUPLE: lambda u: u._push(tuple(u._to_mark())),
    pickle.TUPLE1: lambda u: u._tuple(1),
    pickle.TUPLE2: lambda u: u._tuple(2),
    pickle.TUPLE3: lambda u: u._tuple(3),
    pickle.BINPUT: lambda u: u._remember(u._number("<B")),
    pickle.LONG_BINPUT: lambda u: u._remember(u._number("<I")),
    pickle.MEMOIZE: lambda u: u._remember(len(u._memo)),
    pickle.BINGET: lambda u: u._recall(u._number("<B")),
    pickle.LONG_BINGET: lambda u: u._recall(u._number("<I")),
    pickle.GLOBAL: Unpickler._global,
    pickle.STACK_GLOBAL: Unpickler._stack_global,
    pickle.REDUCE: Unpickler._call,
    pickle.NEWOBJ: Unpickler._make,
    pickle.BUILD: Unpickler._build,
    pickle.BINPERSID: Unpickler._persistent,
}
