"""The forms of a call: what its node is and takes from it, worked out once for all calls alike.

A call's form is which of its arguments are tensors, which of these require grad, and PyTorch's name for its node.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from chainrule.engine.node import Node
from chainrule.engine.op import VARIABLE, Op

Arguments = Callable[[tuple[Any, ...], Any], tuple[Any, ...]]

ONE_VARIABLE = (VARIABLE,)  # the one tensor argument requires grad


class Form:
    """How calls of one form are recorded.

    - `node_class`, and `saves`, its plan of saved tensors.
    - `first`, `second`: the same where it is the one tensor argument or the one result: TENSOR, RESULT or NEITHER.
    - `arguments`: gives what is kept beside tensors, of the call's arguments and those with arrays in place of tensors;
      None where that is nothing.
    """

    __slots__ = ("arguments", "first", "node_class", "saves", "second")

    def __init__(self, node_class: type[Node], sequence: int) -> None:
        self.node_class = node_class
        self.saves: tuple[Any, ...] = node_class.save_plan
        codes = [TENSOR if source == 0 else RESULT for source in self.saves[:2]] + [NEITHER] * 2
        self.first: int = codes[0]
        self.second: int = codes[1]
        self.arguments: Arguments | None = _kept(node_class.argument_plan, sequence)


NEITHER = 0
TENSOR = 1
RESULT = 2


def form_of_one_variable(op: Op, args: tuple[Any, ...]) -> Form:
    """The form of a call with one tensor, its first argument, that is real and requires grad."""
    naming = op.node_name
    name = naming if isinstance(naming, str) else naming(*args)
    form: Form | None = op.forms.get(name)
    if form is None:
        form = op.forms[name] = Form(op.node_class(ONE_VARIABLE, False, args), op.sequence)
    return form


def form_of(op: Op, key: Any, is_complex: bool, args: tuple[Any, ...], *, inplace: bool) -> Form:
    """The form of any call; `key` as `Op.node_class` has it."""
    naming = op.inplace_node_name if inplace else op.node_name
    whole = (key, is_complex, naming if isinstance(naming, str) else naming(*args))
    form: Form | None = op.forms.get(whole)
    if form is None:
        form = op.forms[whole] = Form(op.node_class(key, is_complex, args, inplace=inplace), op.sequence)
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
    return array.shape if type(array) is ndarray else np.shape(array)
