"""Functions applied to the leaves of trees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.func.trees import IsLeaf, Tree, TreeSpec, keys_and_parts, tree_flatten, tree_leaves, tree_structure

Predicate = Callable[[Any], bool]


def tree_map(func: Callable[..., Any], tree: Tree, *rests: Tree, is_leaf: IsLeaf = None) -> Tree:
    """The tree of what `func` gives for each leaf, and for what stands in its place in each of `rests`.

    Raises ValueError where one of `rests` is of another structure.

    >>> tree_map(lambda x, y: x + y, {"a": 1, "b": [2]}, {"a": 10, "b": [20]})
    {'a': 11, 'b': [22]}
    """
    leaves, structure = tree_flatten(tree, is_leaf)
    return structure.unflatten(map(func, leaves, *[structure.flatten_up_to(rest) for rest in rests]))


def tree_map_(func: Callable[..., Any], tree: Tree, *rests: Tree, is_leaf: IsLeaf = None) -> Tree:
    """Call `func` as `tree_map` does, and give the tree itself back.

    >>> tree_map_(print, [1, (2,)])
    1
    2
    [1, (2,)]
    """
    leaves, structure = tree_flatten(tree, is_leaf)
    for each in zip(leaves, *[structure.flatten_up_to(rest) for rest in rests], strict=True):
        func(*each)
    return tree


def _predicate(type_or_types_or_pred: Any) -> Predicate:
    kinds = type_or_types_or_pred
    if callable(kinds) and not isinstance(kinds, type):
        return kinds  # type: ignore[no-any-return]
    return lambda leaf: isinstance(leaf, kinds)


def map_only(type_or_types_or_pred: Any, /) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """A decorator: the function is called with objects of these types (or that the predicate accepts) only.

    >>> tree_map(map_only(int)(lambda x: x + 1), [1, "a"])
    [2, 'a']
    """
    accepted = _predicate(type_or_types_or_pred)

    def decorate(func: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda leaf: func(leaf) if accepted(leaf) else leaf

    return decorate


def tree_map_only(
    type_or_types_or_pred: Any, /, func: Callable[[Any], Any], tree: Tree, is_leaf: IsLeaf = None
) -> Tree:
    """The tree with `func` applied to the leaves of these types, or that the predicate accepts.

    >>> tree_map_only(int, lambda x: 2 * x, {"a": 1, "b": "text"})
    {'a': 2, 'b': 'text'}
    """
    return tree_map(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_map_only_(
    type_or_types_or_pred: Any, /, func: Callable[[Any], Any], tree: Tree, is_leaf: IsLeaf = None
) -> Tree:
    """Call `func` as `tree_map_only` does, and give the tree itself back.

    >>> tree_map_only_(int, print, [1, "a"])
    1
    [1, 'a']
    """
    return tree_map_(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_all(pred: Predicate, tree: Tree, is_leaf: IsLeaf = None) -> bool:
    """Whether the predicate accepts every leaf.

    >>> tree_all(lambda x: x > 0, [1, (2, 3)])
    True
    """
    return all(map(pred, tree_leaves(tree, is_leaf)))


def tree_any(pred: Predicate, tree: Tree, is_leaf: IsLeaf = None) -> bool:
    """Whether the predicate accepts a leaf.

    >>> tree_any(lambda x: x > 2, [1, (2, 3)])
    True
    """
    return any(map(pred, tree_leaves(tree, is_leaf)))


def tree_all_only(type_or_types: Any, /, pred: Predicate, tree: Tree, is_leaf: IsLeaf = None) -> bool:
    """Whether the predicate accepts every leaf of these types.

    >>> tree_all_only(int, lambda x: x > 0, [1, "a"])
    True
    """
    accepted = _predicate(type_or_types)
    return all(pred(leaf) for leaf in tree_leaves(tree, is_leaf) if accepted(leaf))


def tree_any_only(type_or_types: Any, /, pred: Predicate, tree: Tree, is_leaf: IsLeaf = None) -> bool:
    """Whether the predicate accepts a leaf of these types.

    >>> tree_any_only(str, str.isupper, [1, "a"])
    False
    """
    accepted = _predicate(type_or_types)
    return any(pred(leaf) for leaf in tree_leaves(tree, is_leaf) if accepted(leaf))


def broadcast_to_leaves(prefix: Tree, structure: TreeSpec) -> list[Any] | None:
    """For each leaf of a structure the one that stands for it in a tree that may end earlier; None if it does not fit.

    >>> broadcast_to_leaves((0, None), tree_structure((1, [2, 3])))
    [0, None, None]
    """
    leaves, own = tree_flatten(prefix)
    try:
        parts = own.flatten_up_to(structure.unflatten([0] * structure.num_leaves))
    except ValueError:
        return None
    return [leaf for leaf, part in zip(leaves, parts, strict=True) for _ in range(tree_structure(part).num_leaves)]


# Paths


def tree_leaves_with_path(tree: Tree, is_leaf: IsLeaf = None) -> list[tuple[tuple[Any, ...], Any]]:
    """The leaves of a tree, each with the keys that lead to it.

    >>> [(keystr(path), leaf) for path, leaf in tree_leaves_with_path({"a": 1, "b": [2]})]
    [("['a']", 1), ("['b'][0]", 2)]
    """
    found: list[tuple[tuple[Any, ...], Any]] = []

    def collect(path: tuple[Any, ...], tree: Tree) -> None:
        parts = None if is_leaf is not None and is_leaf(tree) else keys_and_parts(tree)
        if parts is None:
            found.append((path, tree))
        else:
            for key, part in parts:
                collect((*path, key), part)

    collect((), tree)
    return found


def tree_flatten_with_path(tree: Tree, is_leaf: IsLeaf = None) -> tuple[list[tuple[tuple[Any, ...], Any]], TreeSpec]:
    """The leaves of a tree, each with the keys that lead to it, and its structure.

    >>> tree_flatten_with_path([5])[0]
    [((SequenceKey(idx=0),), 5)]
    """
    return tree_leaves_with_path(tree, is_leaf), tree_structure(tree, is_leaf)


def tree_map_with_path(func: Callable[..., Any], tree: Tree, *rests: Tree, is_leaf: IsLeaf = None) -> Tree:
    """As `tree_map`, for a function that takes the keys that lead to the leaf before the leaf.

    >>> tree_map_with_path(lambda path, x: f"{keystr(path)} is {x}", {"a": 1})
    {'a': "['a'] is 1"}
    """
    found, structure = tree_flatten_with_path(tree, is_leaf)
    others = [structure.flatten_up_to(rest) for rest in rests]
    return structure.unflatten(func(path, leaf, *rest) for (path, leaf), *rest in zip(found, *others, strict=True))


def keystr(kp: tuple[Any, ...]) -> str:
    """The keys that lead to a leaf, as Python would write them.

    >>> keystr(tree_leaves_with_path({"a": [1]})[0][0])
    "['a'][0]"
    """
    return "".join(map(str, kp))


def key_get(obj: Any, kp: tuple[Any, ...]) -> Any:
    """What the keys lead to.

    >>> tree = {"a": [1, 2]}
    >>> key_get(tree, tree_leaves_with_path(tree)[1][0])
    2
    """
    for key in kp:
        obj = key.get(obj)
    return obj


class _Star:
    def __repr__(self) -> str:
        return "*"


def treespec_pprint(treespec: TreeSpec) -> str:
    """A structure as Python writes its containers, with stars for the leaves.

    >>> treespec_pprint(tree_structure({"a": (1, 2)}))
    "{'a': (*, *)}"
    """
    return repr(treespec.unflatten([_Star()] * treespec.num_leaves))
