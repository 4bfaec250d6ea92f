"""Recording: what happens when a user calls an operation.

`make_function` turns a row into the function that users call. Operations of one or two tensors, called with float
tensors of one type, take a short way written out here, because the number of Python steps is what an operation costs;
every other row is in record_general.py, and every other call goes through `call`, which does the same for any row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from chainrule.engine import record_general
from chainrule.engine.call import OPERANDS, call, call_with_out, check_types, recorded, run, shape_error
from chainrule.engine.compilation import CALLER, copied_as_itself
from chainrule.engine.forms import NEITHER, RESULT, form_of_tensors
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.node import NEVER_CHANGED, Node, begin
from chainrule.engine.numpy_calls import with_a_number
from chainrule.engine.op import ABSENT, AS_GIVEN, CONSTANT, ELEMENTWISE, VARIABLE, Op, set_function_maker
from chainrule.engine.places import frames, users_frame
from chainrule.engine.profiling import Watch, always_open, unwatched, watch, watched_call
from chainrule.engine.tensor_base import ARRAY, FLOAT32, FLOAT64, TensorBase, blank_tensor, new_tensor
from chainrule.engine.versions import fresh_counter, stamp
from chainrule.engine.views import refresh_view
from chainrule.kernels.blockwise import LARGE

Maker = Callable[[Op, Watch, Callable[[Op, tuple[Any, ...]], Any]], Callable[..., Any]]


def make_function(op: Op) -> Callable[..., Any]:
    """The function that records calls of `op`."""
    plain = (
        not op.view and not op.results and op.promotion != AS_GIVEN and len(op.parameters) == len(op.tensor_positions)
    )
    if plain and op.parameters == ("self",):
        make: Maker = _unary
    elif plain and op.parameters == ("self", "other"):
        make = _binary
    elif op.view and op.tensor_positions == (0,) and op.formulas and not op.takes_grads:
        make = record_general.view
    elif op.tensor_positions == (0,) and op.sequence < 0 and not (op.view or op.results or op.takes_grads):
        make = _one_tensor
    elif op.sequence == 0 and op.tensor_positions == (0,) and not op.results and _keeps_shapes_only(op):
        make = record_general.sequence
    elif (
        op.sequence < 0 and op.tensor_positions == (0,) and op.promotion is AS_GIVEN and (op.results or op.takes_grads)
    ):
        make = record_general.several_results
    elif op.sequence < 0 and not (op.view or op.results or op.takes_grads):
        make = record_general.several_tensors
    else:
        make = record_general.general
    function = make(op, watch, call)
    op.unwatched = make(op, unwatched, call)
    if make is not record_general.general:
        op.in_inference_mode = make(op, always_open, run)
    copied_as_itself(function)
    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = (
        op.forward.__doc__ if not isinstance(op.forward, np.ufunc) else f"See `numpy.{op.forward.__name__}`."
    )
    function.op = op  # type: ignore[attr-defined]
    return function


set_function_maker(make_function)


def _keeps_shapes_only(op: Op) -> bool:
    saves = any("tensors" in names or "result" in names for _, _, names in op.formulas)
    return isinstance(op.node_name, str) and not saves


def _one_tensor(op: Op, watch: Watch, call: Callable[..., Any]) -> Callable[..., Any]:
    return record_general.one_tensor(op, watch, call, _forward_of_floats(op))


# What a fast path saves, from the node class's plan.
_PATTERNS: dict[tuple[Any, ...], int] = {(): 0, (0,): 1, (1,): 2, (~0,): 3, (0, 1): 4, (1, 0): 5}


def _fast_class(op: Op, key: tuple[int, ...], arguments: tuple[Any, ...] = ()) -> tuple[type[Node], int]:
    # The node class for a call of this form, and which pattern of saving it has; -1 when it needs the general way.
    if not op.formulas or not isinstance(op.node_name, str):
        return Node, -1
    node_class = op.node_class(key, False, ())
    return node_class, -1 if node_class.argument_plan not in {(), arguments} else _PATTERNS.get(
        node_class.save_plan, -1
    )


def _forward_of_floats(op: Op) -> Callable[..., Any]:
    # What the short way calls: the forward, or the check that refuses floating-point numbers.
    check = op.check
    if check is None or op.takes_floats:
        return op.compute
    return lambda *arrays: check_types(op, arrays[0].dtype, list(arrays))


def _unary(op: Op, watch: Watch, call: Callable[..., Any]) -> Callable[..., Any]:
    forward = _forward_of_floats(op)
    in_general = record_general.several_tensors(op, watch, call)
    node_class, pattern = _fast_class(op, (VARIABLE,))
    same_shape = op.kind is ELEMENTWISE
    records = bool(op.formulas)

    def function(input: Any, *, out: Any = None) -> Any:
        tensor_type = watch.tensor_type
        if out is None and (type(input) is tensor_type or (isinstance(input, TensorBase) and tensor_type is not None)):
            self: TensorBase = input
            array = self._array
            dtype = array.dtype
            if (dtype is FLOAT32 or dtype is FLOAT64) and array.size < LARGE:
                if records and self._base is not None:
                    refresh_view(self)
                requires = records and self._requires_grad and is_grad_enabled()
                if requires and pattern < 0:
                    return call(op, (self,))
                result = forward(array)
                if type(result) is not ARRAY:
                    result = np.asarray(result)
                tensor: TensorBase = blank_tensor(tensor_type)
                tensor._array = result
                tensor._version_counter = counter = fresh_counter()
                tensor._grad = None
                tensor._hooks = None
                tensor._base = None
                tensor._view = None
                if requires:
                    edge: Any = self._edge
                    saved: Any
                    saved_counter: Any
                    saved_stamp: Any
                    if same_shape and isinstance(edge, Node):
                        previous: Node = edge
                        shape = previous.shape  # one tuple for a whole chain
                    else:
                        shape = result.shape
                        if edge is None:
                            edge = self
                    if pattern == 1:
                        saved = array
                        saved_counter = self._version_counter
                        saved_stamp = saved_counter[0] and stamp(saved_counter, saved)
                    elif pattern == 3:
                        saved = result
                        saved_counter = counter
                        saved_stamp = 0
                    else:
                        saved = saved_counter = None
                        saved_stamp = 0
                    frame = frames.get(CALLER)
                    code = frame.f_code
                    if code is not frames.user_code:
                        frame = users_frame(frame)
                        code = frame.f_code
                    tensor._edge = begin(
                        node_class(), edge, saved, saved_counter, saved_stamp, shape, dtype, code, frame.f_lasti
                    )
                    tensor._requires_grad = True
                else:
                    tensor._edge = None
                    tensor._requires_grad = False
                return tensor
        observer = watch.observer
        if observer is not None:
            return watched_call(observer, op.watched_name, op.unwatched, (input,), {} if out is None else {"out": out})
        return in_general(input) if out is None else call_with_out(op, (input,), out)

    return function


def _recorded_pair(op: Op, forward: Callable[..., Any], self: TensorBase, other: TensorBase) -> Any:
    # Two tensors of one floating-point type, one of which requires grad, for any formulas.
    a, b = self._array, other._array
    try:
        result = forward(a, b)
    except ValueError as error:
        raise shape_error(error, a, b) from None
    if type(result) is not ARRAY:
        result = np.asarray(result)
    args = (self, other)
    digits = 3 * (VARIABLE if self._requires_grad else CONSTANT) + (VARIABLE if other._requires_grad else CONSTANT)
    form = form_of_tensors(op, digits, (a, b))
    if not form.is_short:
        return recorded(op, args, [a, b], result)
    counter = fresh_counter()
    first = second = first_counter = second_counter = None
    first_stamp: Any = 0
    second_stamp: Any = 0
    at = form.first
    if at == RESULT:
        first = result
        first_counter = counter
    elif at != NEITHER:
        source = args[at]
        first = source._array
        first_counter = source._version_counter
        first_stamp = first_counter[0] and stamp(first_counter, first)
    at = form.second
    if at == RESULT:
        second = result
        second_counter = counter
    elif at != NEITHER:
        source = args[at]
        second = source._array
        second_counter = source._version_counter
        second_stamp = second_counter[0] and stamp(second_counter, second)
    edge: Any = None
    other_edge: Any = None
    if self._requires_grad:
        edge = self if self._edge is None else self._edge
    if other._requires_grad:
        other_edge = other if other._edge is None else other._edge
    keep = form.arguments
    frame = frames.get(2 * CALLER)
    if frame.f_code is not frames.user_code:
        frame = users_frame(frame)
    node = begin(
        form.node_class(),
        edge,
        first,
        first_counter,
        first_stamp,
        result.shape,
        result.dtype,
        frame.f_code,
        frame.f_lasti,
        other_edge,
        second,
        second_counter,
        second_stamp,
        () if keep is None else keep(args, (a, b)),
    )
    return new_tensor(result, node, counter)


def make_operator(op: Op) -> Callable[..., Any]:
    """`op` as a Python operator: NotImplemented for what is no operand, so that Python asks the other side."""
    return _binary(op, watch, call, is_operator=True)


def _binary(op: Op, watch: Watch, call: Callable[..., Any], *, is_operator: bool = False) -> Callable[..., Any]:
    forward = _forward_of_floats(op)
    in_general = record_general.several_tensors(op, watch, call)
    both_class, both_pattern = _fast_class(op, (VARIABLE, VARIABLE))
    self_class, self_pattern = _fast_class(op, (VARIABLE, CONSTANT))
    other_class, other_pattern = _fast_class(op, (CONSTANT, VARIABLE))
    number_class, number_pattern = _fast_class(op, (VARIABLE, ABSENT), arguments=(("value", 1),))
    number_counter = NEVER_CHANGED if number_class.saved_count and not number_class.save_plan else None
    fast = bool(op.formulas) and min(both_pattern, self_pattern, other_pattern) >= 0
    records = bool(op.formulas)
    # What does not promote its arguments, as a product of matrices, takes no numbers.
    takes_numbers = op.promotion is not AS_GIVEN
    forward_of_number = with_a_number(op.forward) if op.is_ufunc and takes_numbers else forward
    operands = OPERANDS if takes_numbers else (TensorBase, ndarray)

    def function(input: Any, other: Any, *, out: Any = None) -> Any:
        tensor_type = watch.tensor_type
        left: TensorBase
        tensor: TensorBase
        if (
            out is None
            and (type(input) is tensor_type or (isinstance(input, TensorBase) and tensor_type is not None))
            and (type(other) is tensor_type or (isinstance(other, TensorBase) and tensor_type is not None))
        ):
            left = input
            right: TensorBase = other
            a = left._array
            b = right._array
            dtype = a.dtype
            if (dtype is FLOAT32 or dtype is FLOAT64) and b.dtype is dtype and a.size < LARGE:
                if records and left._base is not None:
                    refresh_view(left)
                if records and right._base is not None:
                    refresh_view(right)
                self_requires = left._requires_grad
                other_requires = right._requires_grad
                if records and (self_requires or other_requires) and is_grad_enabled():
                    if not fast:
                        return _recorded_pair(op, forward, left, right)
                    try:
                        result = forward(a, b)
                    except ValueError as error:
                        raise shape_error(error, a, b) from None
                    if type(result) is not ARRAY:
                        result = np.asarray(result)
                    counter = fresh_counter()
                    shape = result.shape
                    self_edge: Any = None
                    other_edge: Any = None
                    previous: Node
                    if self_requires:
                        self_edge = left._edge
                        if self_edge is None:
                            self_edge = left
                        elif isinstance(self_edge, Node):
                            previous = self_edge
                            if shape == previous.shape:
                                shape = previous.shape  # one tuple for a whole chain
                        if other_requires:
                            node_class = both_class
                            pattern = both_pattern
                        else:
                            node_class = self_class
                            pattern = self_pattern
                    else:
                        node_class = other_class
                        pattern = other_pattern
                    if other_requires:
                        other_edge = right._edge
                        if other_edge is None:
                            other_edge = right
                    first = second = first_counter = second_counter = None
                    first_stamp: Any = 0
                    second_stamp: Any = 0
                    if pattern == 5:
                        first = b
                        first_counter = right._version_counter
                        first_stamp = first_counter[0] and stamp(first_counter, first)
                        second = a
                        second_counter = left._version_counter
                        second_stamp = second_counter[0] and stamp(second_counter, second)
                    elif pattern == 4:
                        first = a
                        first_counter = left._version_counter
                        first_stamp = first_counter[0] and stamp(first_counter, first)
                        second = b
                        second_counter = right._version_counter
                        second_stamp = second_counter[0] and stamp(second_counter, second)
                    elif pattern == 1:
                        first = a
                        first_counter = left._version_counter
                        first_stamp = first_counter[0] and stamp(first_counter, first)
                    elif pattern == 2:
                        first = b
                        first_counter = right._version_counter
                        first_stamp = first_counter[0] and stamp(first_counter, first)
                    elif pattern == 3:
                        first = result
                        first_counter = counter
                    tensor = blank_tensor(tensor_type)
                    frame = frames.get(CALLER)
                    code = frame.f_code
                    if code is not frames.user_code:
                        frame = users_frame(frame)
                        code = frame.f_code
                    tensor._edge = begin(
                        node_class(),
                        self_edge,
                        first,
                        first_counter,
                        first_stamp,
                        shape,
                        result.dtype,
                        code,
                        frame.f_lasti,
                        other_edge,
                        second,
                        second_counter,
                        second_stamp,
                    )
                    tensor._requires_grad = True
                    tensor._version_counter = counter
                else:
                    try:
                        result = forward(a, b)
                    except ValueError as error:
                        raise shape_error(error, a, b) from None
                    if type(result) is not ARRAY:
                        result = np.asarray(result)
                    tensor = blank_tensor(tensor_type)
                    tensor._edge = None
                    tensor._requires_grad = False
                    tensor._version_counter = fresh_counter()
                tensor._array = result
                tensor._grad = None
                tensor._hooks = None
                tensor._base = None
                tensor._view = None
                return tensor
        if (
            takes_numbers
            and (type(other) is float or type(other) is int)
            and (type(input) is tensor_type or (isinstance(input, TensorBase) and tensor_type is not None))
            and out is None
        ):
            left = input
            a = left._array
            dtype = a.dtype
            if (dtype is FLOAT32 or dtype is FLOAT64) and a.size < LARGE:
                if records and left._base is not None:
                    refresh_view(left)
                requires = records and left._requires_grad and is_grad_enabled()
                if requires and number_pattern < 0:
                    return call(op, (left, other))
                result = forward_of_number(a, other)
                if type(result) is not ARRAY:
                    result = np.asarray(result)
                tensor = blank_tensor(tensor_type)
                tensor._array = result
                tensor._version_counter = counter = fresh_counter()
                tensor._grad = None
                tensor._hooks = None
                tensor._base = None
                tensor._view = None
                if requires:
                    self_edge = left._edge
                    first = None
                    first_counter = number_counter
                    first_stamp = 0
                    if number_pattern == 1:
                        first = a
                        first_counter = left._version_counter
                        first_stamp = first_counter[0] and stamp(first_counter, first)
                    elif number_pattern == 3:
                        first = result
                        first_counter = counter
                    frame = frames.get(CALLER)
                    code = frame.f_code
                    if code is not frames.user_code:
                        frame = users_frame(frame)
                        code = frame.f_code
                    tensor._edge = begin(
                        number_class(),
                        left if self_edge is None else self_edge,
                        first,
                        first_counter,
                        first_stamp,
                        result.shape,
                        result.dtype,
                        code,
                        frame.f_lasti,
                        arguments=(other,) if number_class.argument_plan else (),
                    )
                    tensor._requires_grad = True
                else:
                    tensor._edge = None
                    tensor._requires_grad = False
                return tensor
        if is_operator and not (isinstance(input, operands) and isinstance(other, operands)):
            return NotImplemented
        observer = watch.observer
        if observer is not None:
            return watched_call(
                observer, op.watched_name, op.unwatched, (input, other), {} if out is None else {"out": out}
            )
        return in_general(input, other) if out is None else call_with_out(op, (input, other), out)

    return function
