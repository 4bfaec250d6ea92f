"""The structures of trees as text, in PyTorch's own form: JSON with a number for its version."""

from __future__ import annotations

import json
from typing import Any

from chainrule.func.containers import kinds
from chainrule.func.trees import LeafSpec, TreeSpec

PROTOCOL = 1


def treespec_dumps(treespec: TreeSpec, protocol: int | None = None) -> str:
    """A structure as text that `treespec_loads`, here or in PyTorch, makes a structure again.

    Raises TypeError for what is no structure, NotImplementedError for a class without a name in text, ValueError for
    another `protocol` than 1.

    >>> from chainrule.func.trees import tree_structure
    >>> treespec_dumps(tree_structure(1))
    '[1, {"type": null, "context": null, "children_spec": []}]'
    """
    if not isinstance(treespec, TreeSpec):
        kind = type(treespec)
        raise TypeError(
            f"treespec_dumps(treespec, protocol): Expected `treespec` to be instance of TreeSpec but got item of type "
            f"{kind}."
        )
    _check_protocol(PROTOCOL if protocol is None else protocol)
    return json.dumps([PROTOCOL, _described(treespec)])


def treespec_loads(serialized: str) -> TreeSpec:
    """The structure that `treespec_dumps`, here or in PyTorch, wrote.

    >>> from chainrule.func.trees import tree_structure
    >>> structure = tree_structure({"a": 1, "b": (2, 3)})
    >>> treespec_loads(treespec_dumps(structure)) == structure
    True
    """
    protocol, described = json.loads(serialized)
    _check_protocol(protocol)
    return _read(described)


def _check_protocol(protocol: int) -> None:
    if protocol != PROTOCOL:
        raise ValueError(f"Unknown protocol {protocol}. Available protocols: [{PROTOCOL}]")


def _described(treespec: TreeSpec) -> dict[str, Any]:
    if treespec.is_leaf():
        return {"type": None, "context": None, "children_spec": []}
    kind = kinds.get(treespec.type)
    if kind is None or kind.name is None:
        shown = treespec.context if kind is not None and isinstance(treespec.context, type) else treespec.type
        raise NotImplementedError(
            f"No registered serialization name for {shown} found. Please update your _register_pytree_node call with a "
            "`serialized_type_name` kwarg."
        )
    return {
        "type": kind.name,
        "context": json.dumps(treespec.context) if kind.dump is None else kind.dump(treespec.context),
        "children_spec": [_described(child) for child in treespec.children()],
    }


def _read(described: dict[str, Any]) -> TreeSpec:
    name = described["type"]
    if name is None:
        return LeafSpec()
    for cls, kind in kinds.items():
        if kind.name == name:
            context = described["context"]
            context = json.loads(context) if kind.load is None else kind.load(context)
            return TreeSpec(cls, context, [_read(child) for child in described["children_spec"]])
    raise NotImplementedError(f"Deserializing {name} in pytree is not registered.")
