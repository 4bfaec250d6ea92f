"""Containers within containers, their leaves and their structure: what functions take and give.

A tree is a leaf, or a dict, list, tuple, named tuple, `OrderedDict`, `defaultdict`, `deque`, result of an operation
with several results, or object of a class that was registered, which holds trees. Any other object is a leaf.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, NamedTuple

from chainrule.return_types import NamedResults

Tree = Any
IsLeaf = Callable[[Tree], bool] | None


class NodeKind(NamedTuple):
    """How containers of one class are taken apart and put together.

    `flatten(container)` is what it holds, and what else is needed (its context) for `unflatten(held, context)`;
    `keys(container)` says where each of what it holds stands.
    """

    flatten: Callable[[Any], tuple[list[Any], Any]]
    unflatten: Callable[[Iterable[Any], Any], Any]
    keys: Callable[[Any], list[Any]] | None


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


_kinds: dict[Any, NodeKind] = {
    tuple: NodeKind(lambda t: (list(t), None), lambda values, _: tuple(values), _places),
    list: NodeKind(lambda t: (t, None), lambda values, _: list(values), _places),
    dict: NodeKind(_of_mapping, lambda values, keys: dict(zip(keys, values, strict=True)), _keys),
    OrderedDict: NodeKind(_of_mapping, lambda values, keys: OrderedDict(zip(keys, values, strict=True)), _keys),
    defaultdict: NodeKind(_of_defaultdict, _as_defaultdict, _keys),
    deque: NodeKind(lambda t: (list(t), t.maxlen), lambda values, maxlen: deque(values, maxlen=maxlen), _places),
    # The function stands for all classes that it makes, as in the structures that PyTorch shows.
    namedtuple: NodeKind(  # noqa: PYI024
        lambda t: (list(t), type(t)), lambda values, kind: kind(*values), _fields
    ),
    NamedResults: NodeKind(lambda t: (list(t), type(t)), _as_results, _fields),
}
_BUILT_IN = frozenset(_kinds)
_DICTS = frozenset({dict, OrderedDict, defaultdict})


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
        serialized_type_name: kept for PyTorch's sake, as the next two: structures are not written to text.
        to_dumpable_context: unused.
        from_dumpable_context: unused.
        flatten_with_keys_fn: as `flatten_fn`, with a key beside each of what it holds, for paths.

    Raises ValueError for a class that is registered already.

    >>> class Pair:
    ...     def __init__(self, first, second):
    ...         self.first, self.second = first, second
    >>> register_pytree_node(Pair, lambda p: ([p.first, p.second], None), lambda values, _: Pair(*values))
    >>> tree_flatten([Pair(1, 2), 3])[0]
    [1, 2, 3]
    """
    if cls in _kinds or is_namedtuple_class(cls):
        raise ValueError(f"{cls} is already registered as pytree node.")

    def keys(tree: Any) -> list[Any]:
        return [key for key, _ in flatten_with_keys_fn(tree)[0]]  # type: ignore[misc]

    _kinds[cls] = NodeKind(flatten_fn, unflatten_fn, None if flatten_with_keys_fn is None else keys)


def _kind_of(tree: Tree) -> Any:
    # The key into `_kinds`; None for a leaf.
    cls = type(tree)
    if cls in _kinds:
        return cls
    if isinstance(tree, tuple):
        if isinstance(tree, NamedResults):
            return NamedResults
        if is_namedtuple_class(cls):
            return namedtuple  # noqa: PYI024
    return None


class TreeSpec:
    """The structure of a tree: everything but its leaves. Those are shown as stars.

    >>> tree_structure({"a": 1, "b": (2, 3)})
    TreeSpec(dict, ['a', 'b'], [*,
      TreeSpec(tuple, None, [*,
        *])])
    """

    __slots__ = ("_children", "context", "num_leaves", "num_nodes", "type")

    def __init__(self, type: Any, context: Any, children_specs: list[TreeSpec]) -> None:
        self.type = type
        self.context = context
        self._children = children_specs
        self.num_leaves: int = sum([child.num_leaves for child in children_specs])
        self.num_nodes: int = 1 + sum([child.num_nodes for child in children_specs])
        if type is None:
            self.num_leaves = 1

    @property
    def num_children(self) -> int:
        """How many trees this one holds."""
        return len(self._children)

    @property
    def children_specs(self) -> list[TreeSpec]:
        """The structures of the trees that this one holds."""
        return self._children

    def children(self) -> list[TreeSpec]:
        """The structures of the trees that this one holds, as a new list."""
        return list(self._children)

    def child(self, index: int) -> TreeSpec:
        """The structure of one of the trees that this one holds."""
        return self._children[index]

    def is_leaf(self) -> bool:
        """Whether it is that of a leaf."""
        return self.type is None

    def unflatten(self, leaves: Iterable[Any]) -> Tree:
        """The tree of this structure with these leaves; ValueError where their number is another."""
        leaves = list(leaves)
        if len(leaves) != self.num_leaves:
            raise ValueError(
                f"treespec.unflatten(leaves): `leaves` has length {len(leaves)} "
                f"but the spec refers to a pytree that holds {self.num_leaves} items ({self})."
            )
        return self._of(iter(leaves))

    def _of(self, leaves: Iterator[Any]) -> Tree:
        if self.type is None:
            return next(leaves)
        return _kinds[self._key].unflatten([child._of(leaves) for child in self._children], self.context)

    @property
    def _key(self) -> Any:
        return NamedResults if self.type not in _kinds else self.type

    def flatten_up_to(self, tree: Tree) -> list[Tree]:
        """The parts of another tree that stand where this one has its leaves.

        Raises ValueError where it is not of this structure, as far as this one goes.
        """
        found: list[Tree] = []
        self._collect(tree, found)
        return found

    def _collect(self, tree: Tree, found: list[Tree]) -> None:
        if self.type is None:
            found.append(tree)
            return
        for child, part in zip(self._children, self._parts(tree), strict=True):
            child._collect(part, found)

    def _parts(self, tree: Tree) -> list[Tree]:
        key = _kind_of(tree)
        both_dicts = key in _DICTS and self.type in _DICTS
        if key is None or not (both_dicts or key == self._key):
            shown = type(tree) if key in {None, NamedResults} else key
            node = "Type" if self._key not in _BUILT_IN else "Node type"
            raise ValueError(f"{node} mismatch; expected {self.type!r}, but got {shown!r}.")
        parts, context = _kinds[key].flatten(tree)
        if len(parts) != len(self._children):
            raise ValueError(f"Node arity mismatch; expected {len(self._children)}, but got {len(parts)}.")
        if both_dicts:
            return _in_order(tree, self.context[1] if self.type is defaultdict else self.context)
        if key is not deque and context != self.context:
            if self._key not in _BUILT_IN:
                raise ValueError(f"Node context mismatch for custom node type {self.type!r}.")
            mismatch = f"expected {self.context!r}, but got {context!r}"
            raise ValueError(f"Node context mismatch for node type {self.type!r}; {mismatch}.")
        return parts

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, TreeSpec):
            return NotImplemented
        return (
            self.type == other.type
            and len(self._children) == len(other._children)
            and bool(self.context == other.context)
            and self._children == other._children
        )

    def __hash__(self) -> int:
        context: Any = self.context
        if self.type in _DICTS:
            context = str(context)
        elif not isinstance(context, Hashable):
            context = None
        return hash((self.type, context, tuple(self._children)))

    def __repr__(self) -> str:
        return self._text(0)

    def _text(self, indent: int) -> str:
        if self.type is None:
            return "*"
        between = ",\n" + " " * (indent + 2)
        children = between.join([child._text(indent + 2) for child in self._children])
        context = None if self._key is NamedResults else self.context
        return f"TreeSpec({self.type.__name__}, {context}, [{children}])"


PyTreeSpec = TreeSpec
_LEAF = TreeSpec(None, None, [])


def _in_order(mapping: Any, keys: list[Any]) -> list[Any]:
    expected, given = set(keys), set(mapping)
    if expected != given:
        missing, extra = expected - given, given - expected
        message = f"; missing key(s): {missing}" if missing else ""
        message += f"; extra key(s): {extra}" if extra else ""
        raise ValueError(f"Node keys mismatch{message}.")
    return [mapping[key] for key in keys]


def tree_is_leaf(tree: Tree, is_leaf: IsLeaf = None) -> bool:
    """Whether an object is a leaf: no container that is known, or one of which `is_leaf` says so.

    >>> tree_is_leaf(None), tree_is_leaf([1])
    (True, False)
    """
    return (is_leaf is not None and is_leaf(tree)) or _kind_of(tree) is None


def tree_flatten(tree: Tree, is_leaf: IsLeaf = None) -> tuple[list[Any], TreeSpec]:
    """The leaves of a tree, as a list, and its structure. What `is_leaf` accepts is not looked into.

    >>> leaves, structure = tree_flatten({"a": 1, "b": [2, 3]})
    >>> leaves
    [1, 2, 3]
    >>> tree_unflatten([10, 20, 30], structure)
    {'a': 10, 'b': [20, 30]}
    """
    leaves: list[Any] = []
    return leaves, _flatten(tree, leaves, is_leaf)


def _flatten(tree: Tree, leaves: list[Any], is_leaf: IsLeaf) -> TreeSpec:
    key = None if is_leaf is not None and is_leaf(tree) else _kind_of(tree)
    if key is None:
        leaves.append(tree)
        return _LEAF
    parts, context = _kinds[key].flatten(tree)
    children = [_flatten(part, leaves, is_leaf) for part in parts]
    return TreeSpec(type(tree) if key is NamedResults else key, context, children)


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> Tree:
    """The tree of a structure with these leaves.

    Raises TypeError where the structure is none, ValueError where the number of leaves is another.

    >>> tree_unflatten([1, 2], tree_structure((None, None)))
    (1, 2)
    """
    if not isinstance(treespec, TreeSpec):
        kind = type(treespec)
        raise TypeError(f"Expected `treespec` to be an instance of PyTreeSpec but got item of type {kind}.")
    return treespec.unflatten(leaves)


def tree_structure(tree: Tree, is_leaf: IsLeaf = None) -> TreeSpec:
    """The structure of a tree.

    >>> tree_structure([1, 2]) == tree_structure([3, 4])
    True
    """
    return _flatten(tree, [], is_leaf)


def tree_iter(tree: Tree, is_leaf: IsLeaf = None) -> Iterator[Any]:
    """The leaves of a tree, one after another.

    >>> [2 * leaf for leaf in tree_iter((1, [2]))]
    [2, 4]
    """
    return iter(tree_leaves(tree, is_leaf))


def tree_leaves(tree: Tree, is_leaf: IsLeaf = None) -> list[Any]:
    """The leaves of a tree, as a list.

    >>> tree_leaves({"a": 1, "b": (2, None)})
    [1, 2, None]
    """
    leaves: list[Any] = []
    _flatten(tree, leaves, is_leaf)
    return leaves


def arg_tree_leaves(*args: Tree, **kwargs: Tree) -> list[Any]:
    """The leaves of all arguments, as a list.

    >>> arg_tree_leaves([1, 2], a=3)
    [1, 2, 3]
    """
    return tree_leaves((args, list(kwargs.values())))


def keys_and_parts(tree: Tree) -> list[tuple[Any, Tree]] | None:
    """What a tree holds and where; None for a leaf. ValueError for a class registered without keys."""
    key = _kind_of(tree)
    if key is None:
        return None
    kind = _kinds[key]
    if kind.keys is None:
        raise ValueError(
            f"Did not find a flatten_with_keys_fn for type: {key}. "
            "Please pass a flatten_with_keys_fn argument to register_pytree_node."
        )
    return list(zip(kind.keys(tree), kind.flatten(tree)[0], strict=True))
