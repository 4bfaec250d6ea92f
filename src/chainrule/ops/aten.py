"""PyTorch's names for the operations of the table, `ops.aten.mm.default`: for policies of selective checkpointing.

They are names to compare with, not functions to call. An operation is called as PyTorch's own kernel is: what a user
writes as `matmul` is `mm`, `mv`, `dot` or `bmm`, by its arguments. Overloads of one operation are one operation here:
`add.Tensor` equals `add.Scalar`.

>>> torch.ops.aten.mm.default
<OpOverload(op='aten.mm', overload='default')>
>>> torch.ops.aten.mm.default in [torch.ops.aten.mm.default, torch.ops.aten.bmm.default]
True
"""

from __future__ import annotations

import functools
from typing import Any

from chainrule.engine.op import TABLE, Op, snake_case

# What rows that choose the name of their node by their arguments stand for.
_BY_ARGUMENTS = ("mm", "mv", "dot", "bmm", "addmm", "select", "slice", "unsqueeze", "index", "masked_select")


class OpOverloadPacket:
    """An operation under PyTorch's name; its attributes, whatever they are called, are its overloads."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, overload: str) -> OpOverload:
        if overload.startswith("_"):
            raise AttributeError(f"The underlying op of 'aten.{self._name}' has no overload name '{overload}'")
        return OpOverload(self._name, overload)

    def __reduce__(self) -> tuple[Any, ...]:
        return OpOverloadPacket, (self._name,)

    def __str__(self) -> str:
        return f"aten.{self._name}"

    def __repr__(self) -> str:
        return f"<OpOverloadPacket(op='aten.{self._name}')>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OpOverloadPacket) and self._name == other._name

    def __hash__(self) -> int:
        return hash(self._name)


class OpOverload:
    """An operation as a policy is told of it: equal to every other overload of the same operation.

    >>> str(torch.ops.aten.mm.default), torch.ops.aten.mm.default.name()
    ('aten.mm.default', 'aten::mm')
    """

    __slots__ = ("_key", "_name", "_overloadname")

    def __init__(self, name: str, overload: str = "default") -> None:
        self._name = name
        self._overloadname = overload
        self._key = _plain(name)

    @property
    def overloadpacket(self) -> OpOverloadPacket:
        """The operation itself."""
        return OpOverloadPacket(self._name)

    def name(self) -> str:
        """The operation's name with the namespace before it: `aten::mm`."""
        return f"aten::{self._name}" + ("" if self._overloadname == "default" else f".{self._overloadname}")

    def __str__(self) -> str:
        return f"aten.{self._name}.{self._overloadname}"

    def __repr__(self) -> str:
        return f"<OpOverload(op='aten.{self._name}', overload='{self._overloadname}')>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OpOverload) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


def overload_of(op: Op, args: tuple[Any, ...]) -> OpOverload:
    """PyTorch's name for a call of this row."""
    return _overload(op, op.node_name if isinstance(op.node_name, str) else op.node_name(*args))


@functools.cache
def _overload(op: Op, node_name: str) -> OpOverload:
    return OpOverload(_name_of(op, node_name))


def _name_of(op: Op, node_name: str) -> str:
    # Nodes are named after the operation, where PyTorch differentiates it by a formula of its own.
    name = snake_case(node_name) if "Backward" in node_name else op.name
    return op.name if _plain(name) == _plain(op.name) else name


def _plain(name: str) -> str:
    # `_softmax` is what `softmax` runs; `log1p` is spelt `Log1P` by its node.
    return name.replace("_", "")


def _known_names() -> set[str]:
    known = {*map(_plain, _BY_ARGUMENTS)}
    for op in TABLE.values():
        known.update(map(_plain, (op.name, *op.aliases)))
        if isinstance(op.node_name, str):
            known.add(_plain(_name_of(op, op.node_name)))
    return known


def __getattr__(name: str) -> OpOverloadPacket:
    if name.startswith("__") or _plain(name) not in _known_names():
        raise AttributeError(
            f"'_OpNamespace' 'aten' object has no attribute '{name}'\n  There is no operation of this name here: "
            "leave it out of the list or policy that names it."
        )
    packet = globals()[name] = OpOverloadPacket(name)  # found without this function from now on
    return packet
