"""Which functions of the table stand in which public namespace: `chainrule`, `chainrule.nn.functional` and so on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.engine.inplace import make_inplace
from chainrule.engine.op import TABLE
from chainrule.ops import MODULES


def functions_in(space: str) -> dict[str, Callable[..., Any]]:
    """The functions of the namespace `space` by name, in-place twins of functions of one tensor among them.

    >>> "tanh_" in functions_in("torch")
    True
    """
    found: dict[str, Callable[..., Any]] = {}
    for op in TABLE.values():
        for place in op.spaces:
            names: tuple[str, ...] = (op.name, *op.aliases)
            if ":" in place:  # another name there, as in special:expit
                place, _, name = place.partition(":")  # noqa: PLW2901
                names = (name,)
            if place == space:
                found.update(dict.fromkeys(names, op.public))
                if op.inplace and len(op.tensor_positions) == 1:
                    found.update(dict.fromkeys([name + "_" for name in names], make_inplace(op)))
    for module in MODULES:
        if space in getattr(module, "SPACE", "torch").split():
            found.update((name, getattr(module, name)) for name in getattr(module, "__all__", ()))
        found.update(getattr(module, "ELSEWHERE", {}).get(space, {}))  # what it has for other namespaces, by name
    return found
