"""The containers that trees are made of: how each is taken apart and put together, and where what it holds stands."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, NamedTuple

from chainrule.return_types import NamedResults


class NodeKind(NamedTuple):
    """How containers of one class are taken apart and put together.

    `flatten(container)` is what it holds, and what else is needed (its context) for `unflatten(held, context)`;
    `keys(container)` says where each of what it holds stands. In text it is called `name`, and its context is what
    `dump` makes of it, which `load` reads; None for what JSON makes of it.
    """

    flatten: Callable[[Any], tuple[list[Any], Any]]
    unflatten: Callable[[Iterable[Any], Any], Any]
    keys: Callable[[Any], list[Any]] | None
    name: str | None = None
    dump: Callable[[Any], Any] | None = None
    load: Callable[[Any], Any] | None = None


class SequenceKey(NamedTuple):
    """A place in a sequence."""

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx!r}]"

    def get(self, sequence: Any) -> Any:
        """What stands there."""
        return sequence[self.idx]


class MappingKey(NamedTuple):
    """A place in a mapping."""

    key: Any

    def __str__(self) -> str:
        return f"[{self.key!r}]"

    def get(self, mapping: Any) -> Any:
        """What stands there."""
        return mapping[self.key]


class GetAttrKey(NamedTuple):
    """An attribute."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"

    def get(self, obj: Any) -> Any:
        """Its value."""
        return getattr(obj, self.name)


def _places(sequence: Any) -> list[Any]:
    return [SequenceKey(i) for i in range(len(sequence))]


def _keys(mapping: Any) -> list[Any]:
    return [MappingKey(key) for key in mapping]


def _fields(named: Any) -> list[Any]:
    return [GetAttrKey(name) for name in named._fields]


def _of_mapping(mapping: Any) -> tuple[list[Any], Any]:
    return list(mapping.values()), list(mapping)


def _of_defaultdict(mapping: Any) -> tuple[list[Any], Any]:
    return list(mapping.values()), [mapping.default_factory, list(mapping)]


def _as_defaultdict(values: Iterable[Any], context: Any) -> Any:
    factory, keys = context
    return defaultdict(factory, zip(keys, values, strict=True))


def _as_results(values: Iterable[Any], context: Any) -> Any:
    return context(values)


def _dumped_defaultdict(context: Any) -> Any:
    factory, keys = context
    return {
        "default_factory_module": factory.__module__,
        "default_factory_name": factory.__qualname__,
        "dict_context": keys,
    }


def _loaded_defaultdict(text: Any) -> Any:
    factory = getattr(import_module(text["default_factory_module"]), text["default_factory_name"])
    return [factory, text["dict_context"]]


kinds: dict[Any, NodeKind] = {
    tuple: NodeKind(lambda t: (list(t), None), lambda values, _: tuple(values), _places, "builtins.tuple"),
    list: NodeKind(lambda t: (t, None), lambda values, _: list(values), _places, "builtins.list"),
    dict: NodeKind(_of_mapping, lambda values, keys: dict(zip(keys, values, strict=True)), _keys, "builtins.dict"),
    OrderedDict: NodeKind(
        _of_mapping,
        lambda values, keys: OrderedDict(zip(keys, values, strict=True)),
        _keys,
        "collections.OrderedDict",
    ),
    defaultdict: NodeKind(
        _of_defaultdict, _as_defaultdict, _keys, "collections.defaultdict", _dumped_defaultdict, _loaded_defaultdict
    ),
    deque: NodeKind(
        lambda t: (list(t), t.maxlen), lambda values, maxlen: deque(values, maxlen=maxlen), _places, "collections.deque"
    ),
    # The function stands for all classes that it makes, as in the structures that PyTorch shows.
    namedtuple: NodeKind(  # noqa: PYI024
        lambda t: (list(t), type(t)), lambda values, kind: kind(*values), _fields
    ),
    NamedResults: NodeKind(lambda t: (list(t), type(t)), _as_results, _fields),
}
BUILT_IN = frozenset(kinds)
DICTS = frozenset({dict, OrderedDict, defaultdict})


def is_namedtuple_class(cls: type) -> bool:
    """Whether a class is one that `collections.namedtuple` or `typing.NamedTuple` made.

    >>> is_namedtuple_class(tuple)
    False
    """
    return (
        isinstance(cls, type)
        and issubclass(cls, tuple)
        and isinstance(getattr(cls, "_fields", None), tuple)
        and all(callable(getattr(cls, name, None)) for name in ("_make", "_asdict"))
    )


def is_namedtuple_instance(obj: object) -> bool:
    """Whether an object is a named tuple.

    >>> is_namedtuple_instance((1, 2))
    False
    """
    return is_namedtuple_class(type(obj))


def is_namedtuple(obj: object | type) -> bool:
    """Whether an object is a named tuple, or a class of these.

    >>> is_namedtuple([])
    False
    """
    return is_namedtuple_class(obj if isinstance(obj, type) else type(obj))


def is_structseq_class(cls: type) -> bool:
    """Whether a class is that of the results of an operation, such as `max`.

    >>> is_structseq_class(tuple)
    False
    """
    return isinstance(cls, type) and issubclass(cls, NamedResults) and cls is not NamedResults


def is_structseq_instance(obj: object) -> bool:
    """Whether an object holds the results of an operation, such as `max`.

    >>> import chainrule as torch
    >>> is_structseq_instance(torch.ones(2).max(0))
    True
    """
    return is_structseq_class(type(obj))


def is_structseq(obj: object | type) -> bool:
    """Whether an object holds the results of an operation, such as `max`, or is a class of these.

    >>> is_structseq((1, 2))
    False
    """
    return is_structseq_class(obj if isinstance(obj, type) else type(obj))


def register_pytree_node(
    cls: type,
    flatten_fn: Callable[[Any], tuple[list[Any], Any]],
    unflatten_fn: Callable[[Iterable[Any], Any], Any],
    *,
    serialized_type_name: str | None = None,
    to_dumpable_context: Callable[[Any], Any] | None = None,
    from_dumpable_context: Callable[[Any], Any] | None = None,
    flatten_with_keys_fn: Callable[[Any], tuple[list[tuple[Any, Any]], Any]] | None = None,
) -> None:
    """Have objects of the class taken apart as containers are.

    Args:
        cls: the class; not its subclasses.
        flatten_fn: gives what such an object holds, as a list, and a context of any kind that compares by `==`.
        unflatten_fn: makes the object again, from what it holds and the context.
        serialized_type_name: what it is called by `treespec_dumps`; without one it has no text.
        to_dumpable_context: makes of a context what JSON can write.
        from_dumpable_context: makes it a context again.
        flatten_with_keys_fn: as `flatten_fn`, with a key beside each of what it holds, for paths.

    Raises ValueError for a class that is registered already.

    >>> class Pair:
    ...     def __init__(self, first, second):
    ...         self.first, self.second = first, second
    >>> from chainrule.func.trees import tree_leaves
    >>> register_pytree_node(Pair, lambda p: ([p.first, p.second], None), lambda values, _: Pair(*values))
    >>> tree_leaves([Pair(1, 2), 3])
    [1, 2, 3]
    """
    if cls in kinds or is_namedtuple_class(cls):
        raise ValueError(f"{cls} is already registered as pytree node.")

    def keys(tree: Any) -> list[Any]:
        return [key for key, _ in flatten_with_keys_fn(tree)[0]]  # type: ignore[misc]

    kinds[cls] = NodeKind(
        flatten_fn,
        unflatten_fn,
        None if flatten_with_keys_fn is None else keys,
        serialized_type_name,
        to_dumpable_context,
        from_dumpable_context,
    )


def kind_of(tree: Any) -> Any:
    """The key into `kinds`; None for a leaf."""
    cls = type(tree)
    if cls in kinds:
        return cls
    if isinstance(tree, tuple):
        if isinstance(tree, NamedResults):
            return NamedResults
        if is_namedtuple_class(cls):
            return namedtuple  # noqa: PYI024
    return None
