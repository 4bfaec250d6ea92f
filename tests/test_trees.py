"""Trees of containers: taken apart, put together, mapped; and the structures' own words."""

from collections import OrderedDict, defaultdict, deque
from typing import Any, NamedTuple

import pytest

import chainrule as torch
from chainrule.func.tree_maps import broadcast_to_leaves
from chainrule.utils import _pytree as pytree
from chainrule.utils._pytree import tree_flatten, tree_map, tree_structure, tree_unflatten


class Point(NamedTuple):
    x: Any
    y: Any


class Other(NamedTuple):
    x: Any
    y: Any


TREES = {
    "leaf": 1,
    "None": None,
    "tuple": (1, 2),
    "nested": [1, {"a": 2, "b": (3,)}],
    "named tuple": Point(1, (2,)),
    "ordered": OrderedDict(x=1, y=[2]),
    "default": defaultdict(list, {"x": 1}),
    "deque": deque([1, 2], maxlen=3),
    "empty": {},
    "results": torch.ones(2).max(0),
}


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_a_tree_comes_back_as_it_was(tree):
    leaves, structure = tree_flatten(tree)
    again = tree_unflatten(leaves, structure)
    assert type(again) is type(tree)
    assert str(again) == str(tree)
    assert tree_structure(again) == structure
    assert hash(tree_structure(again)) == hash(structure)
    assert structure.num_leaves == len(leaves)


def test_leaves_come_in_the_order_of_the_containers():
    assert pytree.tree_leaves({"b": 1, "a": [2, (3, None)]}) == [1, 2, 3, None]
    assert list(pytree.tree_iter((1, [2]))) == [1, 2]
    assert pytree.arg_tree_leaves([1], 2, a=(3,)) == [1, 2, 3]


def test_subclasses_of_containers_are_leaves():
    class Own(list):
        pass

    tree = Own([1, 2])
    assert pytree.tree_leaves([tree, torch.Size([2])]) == [tree, torch.Size([2])]


def test_what_is_a_leaf_may_be_said():
    leaves, structure = tree_flatten([(1, 2), 3], is_leaf=lambda t: isinstance(t, tuple))
    assert leaves == [(1, 2), 3]
    assert structure == tree_structure([0, 0])
    assert pytree.tree_is_leaf((1,), is_leaf=lambda t: isinstance(t, tuple))
    assert not pytree.tree_is_leaf((1,))


def test_structures_differ_where_containers_differ():
    structures = [
        tree_structure(t) for t in ((1, 2), [1, 2], {"a": 1, "b": 2}, {"b": 1, "a": 2}, Point(1, 2), (1, (2,)))
    ]
    assert all((a == b) == (i == j) for i, a in enumerate(structures) for j, b in enumerate(structures))
    assert structures[0] != "(*, *)"


def test_a_structure_is_printed_with_stars():
    structure = tree_structure([1, {"a": 2, "b": (3,)}])
    assert (
        repr(structure)
        == "TreeSpec(list, None, [*,\n  TreeSpec(dict, ['a', 'b'], [*,\n    TreeSpec(tuple, None, [*])])])"
    )
    assert pytree.treespec_pprint(structure) == "[*, {'a': *, 'b': (*,)}]"
    assert repr(tree_structure(Point(1, 2))).startswith("TreeSpec(namedtuple, <class")


def test_a_structure_knows_its_parts():
    structure = tree_structure([1, (2, 3)])
    assert (structure.num_nodes, structure.num_leaves, structure.num_children) == (5, 3, 2)
    assert structure.child(1) == structure.children()[1] == structure.children_specs[1] == tree_structure((0, 0))
    assert structure.child(0).is_leaf()
    assert not structure.is_leaf()


@pytest.mark.parametrize(
    ("tree", "other", "message"),
    [
        ((1, 2), (1,), "Node arity mismatch; expected 2, but got 1."),
        ({"a": 1}, {"b": 1}, r"Node keys mismatch; missing key\(s\): {'a'}; extra key\(s\): {'b'}."),
        ((1,), [1], "Node type mismatch; expected <class 'tuple'>, but got <class 'list'>."),
        ((1,), 1, "Node type mismatch; expected <class 'tuple'>, but got <class 'int'>."),
        (Point(1, 2), Other(1, 2), "Node context mismatch for node type"),
    ],
)
def test_mapping_over_trees_of_other_structures_is_refused(tree, other, message):
    with pytest.raises(ValueError, match=message):
        tree_map(lambda x, y: (x, y), tree, other)


def test_dicts_of_other_kinds_and_orders_go_together():
    other = OrderedDict(b=20, a=10)
    assert tree_map(lambda x, y: x + y, {"a": 1, "b": 2}, other) == {"a": 11, "b": 22}


def test_a_wrong_number_of_leaves_is_refused():
    with pytest.raises(ValueError, match=r"`leaves` has length 2 but the spec refers to a pytree that holds 1 items"):
        tree_unflatten([1, 2], tree_structure((1,)))
    with pytest.raises(TypeError, match="Expected `treespec` to be an instance of PyTreeSpec"):
        tree_unflatten([1], "(*,)")


def test_only_some_leaves_are_mapped():
    tree = {"a": 1, "b": ["text", 2.5]}
    assert pytree.tree_map_only(int, lambda x: -x, tree) == {"a": -1, "b": ["text", 2.5]}
    assert pytree.tree_map_only((int, float), lambda x: -x, tree) == {"a": -1, "b": ["text", -2.5]}
    assert pytree.tree_map_only(lambda x: x == "text", str.upper, tree) == {"a": 1, "b": ["TEXT", 2.5]}
    seen = []
    assert pytree.tree_map_only_(int, seen.append, tree) is tree
    assert seen == [1]


def test_all_and_any():
    assert pytree.tree_all(lambda x: x > 0, (1, [2]))
    assert not pytree.tree_any(lambda x: x > 2, (1, [2]))
    assert pytree.tree_all_only(int, lambda x: x > 0, (1, "a"))
    assert not pytree.tree_any_only(int, lambda x: x > 1, (1, "a"))


def test_paths_lead_to_leaves():
    tree = {"a": [1, Point(2, 3)]}
    paths = pytree.tree_leaves_with_path(tree)
    assert [pytree.keystr(path) for path, _ in paths] == ["['a'][0]", "['a'][1].x", "['a'][1].y"]
    assert all(pytree.key_get(tree, path) == leaf for path, leaf in paths)
    named = pytree.tree_map_with_path(lambda path, x, y: (pytree.keystr(path), x + y), [1, 2], [10, 20])
    assert named == [("[0]", 11), ("[1]", 22)]


def test_a_class_can_be_registered_once():
    class Pair:
        def __init__(self, first, second):
            self.parts = [first, second]

    pytree.register_pytree_node(Pair, lambda p: (p.parts, "pair"), lambda parts, _: Pair(*parts))
    doubled = tree_map(lambda x: 2 * x, (Pair(1, [2]), 3))
    assert doubled[0].parts == [2, [4]]
    assert doubled[1] == 6
    with pytest.raises(ValueError, match="is already registered as pytree node"):
        pytree.register_pytree_node(Pair, None, None)
    with pytest.raises(ValueError, match="Did not find a flatten_with_keys_fn"):
        pytree.tree_leaves_with_path(Pair(1, 2))
    with pytest.raises(ValueError, match="Type mismatch"):
        tree_map(lambda x, y: x, Pair(1, 2), (1, 2))


def test_a_shorter_tree_stands_for_a_longer():
    structure = tree_structure((1, [2, {"a": 3}], 4))
    assert broadcast_to_leaves(0, structure) == [0, 0, 0, 0]
    assert broadcast_to_leaves((0, None, 1), structure) == [0, None, None, 1]
    assert broadcast_to_leaves((0, (1, 2)), structure) is None


def test_named_tuples_and_results_are_told_apart():
    results = torch.ones(2).max(0)
    assert pytree.is_namedtuple(Point)
    assert pytree.is_namedtuple_instance(Point(1, 2))
    assert not pytree.is_namedtuple(results)
    assert pytree.is_structseq(results)
    assert pytree.is_structseq(type(results))
    assert not pytree.is_structseq_instance(Point(1, 2))


def test_structures_are_written_to_text_and_read_again():
    for tree in TREES.values():
        structure = tree_structure(tree)
        if "namedtuple" in repr(structure) or pytree.is_structseq(tree):
            with pytest.raises(NotImplementedError, match="No registered serialization name"):
                pytree.treespec_dumps(structure)
        else:
            assert pytree.treespec_loads(pytree.treespec_dumps(structure)) == structure
    leaf = '{"type": null, "context": null, "children_spec": []}'
    described = f'[1, {{"type": "builtins.dict", "context": "[\\"a\\"]", "children_spec": [{leaf}]}}]'
    assert pytree.treespec_dumps(tree_structure({"a": 1})) == described
    with pytest.raises(ValueError, match="Unknown protocol 2"):
        pytree.treespec_loads("[2, {}]")
    with pytest.raises(NotImplementedError, match=r"Deserializing some\.Thing"):
        pytree.treespec_loads('[1, {"type": "some.Thing", "context": "null", "children_spec": []}]')
    with pytest.raises(TypeError, match="Expected `treespec` to be instance of TreeSpec"):
        pytree.treespec_dumps((1,))
    assert isinstance(tree_structure(1), pytree.LeafSpec)


def test_a_registered_class_may_have_text():
    class Scaled:
        def __init__(self, values, scale):
            self.values, self.scale = values, scale

    pytree.register_pytree_node(
        Scaled,
        lambda s: (s.values, s.scale),
        Scaled,
        serialized_type_name="tests.Scaled",
        to_dumpable_context=lambda scale: {"scale": scale},
        from_dumpable_context=lambda text: text["scale"],
    )
    structure = tree_structure([Scaled([1, 2], 3)])
    assert pytree.treespec_loads(pytree.treespec_dumps(structure)) == structure
