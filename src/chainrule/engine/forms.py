"""The forms of a call: what its node is and takes from it, worked out once for all calls alike.

A call's form is which of its arguments are tensors, which of these require grad, and PyTorch's name for its node.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final

import numpy as np

from chainrule.engine.node import NEVER_CHANGED, Node
from chainrule.engine.op import ABSENT, CONSTANT, VARIABLE, Op
from chainrule.engine.tensor_base import ARRAY

Arguments = Callable[[tuple[Any, ...], Any], tuple[Any, ...]]

# What stands in a form for the position of an argument.
RESULT: Final = -1
NEITHER: Final = -2

ONE_VARIABLE = (VARIABLE,)  # the one tensor argument requires grad


class Form:
    """How calls of one form are recorded.

    - `node_class`, and `saves`, its plan of saved tensors.
    - `is_short`: at most two tensors are saved, and none of a sequence. Then `first` and `second` say which, and `edge`
      and `other_edge` which argument each edge is of (`more_edges` of all where there are more): a position, RESULT or
      NEITHER.
    - `counter`: what stands for the counter of the first saved tensor where there is none.
    - `arguments`: gives what is kept beside tensors, of the call's arguments and those with arrays in place of tensors;
      None where that is nothing.
    """

    __slots__ = (
        "arguments", "counter", "edge", "first", "is_short", "more_edges", "node_class", "other_edge", "saves",
        "second",
    )  # fmt: skip

    def __init__(self, op: Op, node_class: type[Node], key: tuple[Any, ...]) -> None:
        self.node_class = node_class
        self.saves: tuple[Any, ...] = node_class.save_plan
        self.arguments: Arguments | None = _kept(node_class.argument_plan, op.sequence)
        self.counter: bytearray | None = NEVER_CHANGED if node_class.saved_count and not self.saves else None
        sources = node_class.edge_sources
        self.is_short: bool = op.sequence < 0 and len(self.saves) <= 2
        self.first: int = NEITHER
        self.second: int = NEITHER
        self.edge: int = NEITHER
        self.other_edge: int = NEITHER
        self.more_edges: list[int] | None = None
        if self.is_short:
            given = dict(zip(op.tensor_positions, key, strict=True))
            edges = [p if given.get(p) == VARIABLE else NEITHER for p in sources]
            self.edge, self.other_edge = [*edges, NEITHER, NEITHER][:2]
            self.more_edges = edges if len(edges) > 2 else None
            saved = [*self.saves, NEITHER, NEITHER]
            self.first, self.second = saved[:2]


def form_of_one_variable(op: Op, args: tuple[Any, ...]) -> Form:
    """The form of a call with one tensor, its first argument, that is real and requires grad."""
    naming = op.node_name
    name = naming if isinstance(naming, str) else naming(*args)
    form: Form | None = op.forms.get(name)
    if form is None:
        form = op.forms[name] = Form(op, op.node_class(ONE_VARIABLE, False, args), ONE_VARIABLE)
    return form


def form_of_tensors(op: Op, digits: int, args: tuple[Any, ...]) -> Form:
    """The form of a call of real tensors: `digits` in base 3, one for each argument that may be a tensor.

    They are ABSENT, CONSTANT and VARIABLE.
    """
    naming = op.node_name
    name = digits if isinstance(naming, str) else (digits, naming(*args))
    form: Form | None = op.forms.get(name)
    if form is None:
        codes: list[int] = []
        for _ in op.tensor_positions:
            digits, code = divmod(digits, 3)
            codes.append((ABSENT, CONSTANT, VARIABLE)[code])
        key = tuple(codes[::-1])
        form = op.forms[name] = Form(op, op.node_class(key, False, args), key)
    return form


def form_of(
    op: Op, key: Any, is_complex: bool, args: tuple[Any, ...], *, inplace: bool = False, large: bool = False
) -> Form:
    """The form of any call; `key` and `large` as `Op.node_class` has them."""
    naming = op.inplace_node_name if inplace else op.node_name
    whole = (key, is_complex, naming if isinstance(naming, str) else naming(*args), large)
    form: Form | None = op.forms.get(whole)
    if form is None:
        form = op.forms[whole] = Form(op, op.node_class(key, is_complex, args, inplace=inplace, large=large), key)
    return form


def _kept(plan: tuple[tuple[str, int], ...], sequence: int) -> Arguments | None:
    if not plan:
        return None
    what, position = plan[0]
    if len(plan) == 1 and what == "value":

        def value(args: tuple[Any, ...], arrays: Any) -> tuple[Any, ...]:
            return (args[position],)

        return value
    if len(plan) == 1 and position != sequence:

        def shape(args: tuple[Any, ...], arrays: Any) -> tuple[Any, ...]:
            return (_shape(arrays[position]),)

        return shape

    if len(plan) == 2 and sequence not in (position, plan[1][1]):
        other_what, other_position = plan[1]
        is_value = what == "value"
        other_is_value = other_what == "value"

        def two(args: tuple[Any, ...], arrays: Any) -> tuple[Any, ...]:
            first = args[position] if is_value else _shape(arrays[position])
            return (first, args[other_position] if other_is_value else _shape(arrays[other_position]))

        return two

    shapes = [position for what, position in plan if what == "shape"]
    if len(shapes) <= 1 and sequence not in shapes:
        # The shape, where there is one, stands behind the arguments.
        pick = itemgetter(*[at if what == "value" else -1 for what, at in plan])
        shaped = shapes[0] if shapes else -1

        def picked(args: tuple[Any, ...], arrays: Any) -> tuple[Any, ...]:
            return pick(args if shaped < 0 else (*args, _shape(arrays[shaped])))

        return picked

    def several(args: tuple[Any, ...], arrays: Any) -> tuple[Any, ...]:
        kept: list[Any] = []
        for what, position in plan:
            if what == "value":
                kept.append(args[position])
            elif position == sequence:
                kept.append(tuple([array.shape for array in arrays[position]]))
            else:
                kept.append(_shape(arrays[position]))
        return tuple(kept)

    return several


def _shape(array: Any) -> tuple[int, ...]:
    return array.shape if type(array) is ARRAY else np.shape(array)
