"""Containers within containers, their leaves and their structure: what functions take and give.

A tree is a leaf, or a dict, list, tuple, named tuple, `OrderedDict`, `defaultdict`, `deque`, result of an operation
with several results, or object of a class that was registered, which holds trees. Any other object is a leaf.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from chainrule.func.containers import BUILT_IN, DICTS, kind_of, kinds
from chainrule.return_types import NamedResults

Tree = Any
IsLeaf = Callable[[Tree], bool] | None


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
        return kinds[self._key].unflatten([child._of(leaves) for child in self._children], self.context)

    @property
    def _key(self) -> Any:
        return NamedResults if self.type not in kinds else self.type

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
        key = kind_of(tree)
        both_dicts = key in DICTS and self.type in DICTS
        if key is None or not (both_dicts or key == self._key):
            shown = type(tree) if key in {None, NamedResults} else key
            node = "Type" if self._key not in BUILT_IN else "Node type"
            raise ValueError(f"{node} mismatch; expected {self.type!r}, but got {shown!r}.")
        parts, context = kinds[key].flatten(tree)
        if len(parts) != len(self._children):
            raise ValueError(f"Node arity mismatch; expected {len(self._children)}, but got {len(parts)}.")
        if both_dicts:
            return _in_order(tree, self.context[1] if self.type is defaultdict else self.context)
        if key is not deque and context != self.context:
            if self._key not in BUILT_IN:
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
        if self.type in DICTS:
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


class LeafSpec(TreeSpec):
    """The structure of a leaf.

    >>> tree_structure(1) == LeafSpec()
    True
    """

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(None, None, [])


PyTreeSpec = TreeSpec
_LEAF = LeafSpec()


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
    return (is_leaf is not None and is_leaf(tree)) or kind_of(tree) is None


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
    key = None if is_leaf is not None and is_leaf(tree) else kind_of(tree)
    if key is None:
        leaves.append(tree)
        return _LEAF
    parts, context = kinds[key].flatten(tree)
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
    key = kind_of(tree)
    if key is None:
        return None
    kind = kinds[key]
    if kind.keys is None:
        raise ValueError(
            f"Did not find a flatten_with_keys_fn for type: {key}. "
            "Please pass a flatten_with_keys_fn argument to register_pytree_node."
        )
    return list(zip(kind.keys(tree), kind.flatten(tree)[0], strict=True))
