"""Recording: what happens when a user calls an operation.

`make_function` turns a row into the function that users call. Operations of one or two tensors, called with float
tensors of one type, take a short way written out here, because the number of Python steps is what an operation costs;
every other call goes through `call`, which does the same for any row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from chainrule.dtypes import category, default_float, result_dtype
from chainrule.engine.grad_mode import is_grad_enabled
from chainrule.engine.node import Array, GradientEdge, Node
from chainrule.engine.op import ABSENT, AS_GIVEN, CONSTANT, FLOATING, VARIABLE, Op, set_function_maker
from chainrule.engine.hooks import NodeHooks
from chainrule.engine.profiling import Watch, unwatched, watch, watched_call
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.engine.views import attach_view, recorded_view, refresh_view

FLOAT32 = np.dtype(np.float32)
FLOAT64 = np.dtype(np.float64)

NUMBERS = (int, float, complex, np.generic)
OPERANDS = (TensorBase, ndarray, *NUMBERS)


def make_function(op: Op) -> Callable[..., Any]:
    """The function that records calls of `op`."""
    plain = (
        not op.view and not op.results and op.promotion != AS_GIVEN and len(op.parameters) == len(op.tensor_positions)
    )
    if plain and op.parameters == ("self",):
        make: Callable[[Op, Watch], Callable[..., Any]] = _unary
    elif plain and op.parameters == ("self", "other"):
        make = _binary
    elif op.view and op.tensor_positions == (0,) and op.formulas and not op.takes_grads:
        make = _view
    else:
        make = _general
    function = make(op, watch)
    op.unwatched = make(op, unwatched)
    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = (
        op.forward.__doc__ if not isinstance(op.forward, np.ufunc) else f"See `numpy.{op.forward.__name__}`."
    )
    function.op = op  # type: ignore[attr-defined]
    return function


set_function_maker(make_function)


def _general(op: Op, watch: Watch) -> Callable[..., Any]:
    count = len(op.parameters)

    def function(*args: Any, **kwargs: Any) -> Any:
        observer = watch.observer
        if observer is not None:
            return watched_call(observer, op.watched_name, op.unwatched, args, kwargs)
        if kwargs:
            out = kwargs.pop("out", None)
            if out is not None:
                return call_with_out(op, op.bind(args, kwargs), out)
        if kwargs or len(args) != count:
            args = op.bind(args, kwargs)
        return call(op, args)

    return function


def _view(op: Op, watch: Watch) -> Callable[..., Any]:
    count = len(op.parameters)
    forward = op.forward

    def function(*args: Any, **kwargs: Any) -> Any:
        observer = watch.observer
        if observer is not None:
            return watched_call(observer, op.watched_name, op.unwatched, args, kwargs)
        if kwargs or len(args) != count:
            args = op.bind(args, kwargs)
        source = args[0]
        if isinstance(source, TensorBase):
            array = source._array
            found = forward(array, *args[1:])
            # A row may copy where it cannot give a view: that array is nobody's part.
            if type(found) is ndarray and (found.base is not None or found is array):
                return recorded_view(op, args, found)
        return call(op, args)

    return function


# What a fast path saves, from the node class's plan.
_PATTERNS: dict[tuple[Any, ...], int] = {(): 0, (0,): 1, (1,): 2, (~0,): 3, (0, 1): 4, (1, 0): 5}


def _fast_class(op: Op, key: tuple[int, ...]) -> tuple[type[Node], int]:
    # The node class for a call of this form, and which pattern of saving it has; -1 when it needs the general way.
    if not op.formulas or not isinstance(op.node_name, str):
        return Node, -1
    node_class = op.node_class(key, False, ())
    return node_class, -1 if node_class.argument_plan else _PATTERNS.get(node_class.save_plan, -1)


def _forward_of_floats(op: Op) -> Callable[..., Any]:
    # What the short way calls: the forward, or the check that refuses floating-point numbers.
    if op.check is None:
        return op.forward
    check = op.check
    try:
        check(FLOAT32, [np.zeros(1, FLOAT32)])
    except (RuntimeError, NotImplementedError):
        return lambda *arrays: check(arrays[0].dtype, list(arrays))
    return op.forward


def _unary(op: Op, watch: Watch) -> Callable[..., Any]:
    forward = _forward_of_floats(op)
    node_class, pattern = _fast_class(op, (VARIABLE,))
    records = bool(op.formulas)
    new = TensorBase.__new__

    def function(input: Any, *, out: Any = None) -> Any:  # noqa: A002 (PyTorch's name)
        self = input
        tensor_type = watch.tensor_type
        if type(self) is tensor_type and out is None:
            array = self._array
            dtype = array.dtype
            if dtype is FLOAT32 or dtype is FLOAT64:
                if self._base is not None:
                    refresh_view(self)
                requires = records and self._requires_grad and is_grad_enabled()
                if requires and pattern < 0:
                    return call(op, (self,))
                result = forward(array)
                if type(result) is not ndarray:
                    result = np.asarray(result)
                tensor = new(tensor_type)
                tensor._array = result
                tensor._version_counter = counter = [0]
                tensor._grad = None
                tensor._base = None
                tensor._view = None
                if requires:
                    edge = self._edge
                    if edge is None:
                        edge = self
                    if pattern == 1:
                        version = self._version_counter
                        saved: tuple[Any, ...] = (array, version, version[0])
                    elif pattern == 3:
                        saved = (result, counter, 0)
                    else:
                        saved = ()
                    tensor._edge = node_class((edge,), saved, (), result.shape, result.dtype)
                    tensor._requires_grad = True
                else:
                    tensor._edge = None
                    tensor._requires_grad = False
                return tensor
        observer = watch.observer
        if observer is not None:
            return watched_call(observer, op.watched_name, op.unwatched, (self,), {} if out is None else {"out": out})
        return call(op, (self,)) if out is None else call_with_out(op, (self,), out)

    return function


def make_operator(op: Op) -> Callable[..., Any]:
    """`op` as a Python operator: NotImplemented for what is no operand, so that Python asks the other side."""
    return _binary(op, watch, is_operator=True)


def _binary(op: Op, watch: Watch, *, is_operator: bool = False) -> Callable[..., Any]:
    forward = _forward_of_floats(op)
    both_class, both_pattern = _fast_class(op, (VARIABLE, VARIABLE))
    self_class, self_pattern = _fast_class(op, (VARIABLE, CONSTANT))
    other_class, other_pattern = _fast_class(op, (CONSTANT, VARIABLE))
    fast = bool(op.formulas) and min(both_pattern, self_pattern, other_pattern) >= 0
    records = bool(op.formulas)
    new = TensorBase.__new__

    def function(input: Any, other: Any, *, out: Any = None) -> Any:  # noqa: A002 (PyTorch's name)
        self = input
        tensor_type = watch.tensor_type
        if type(self) is tensor_type and type(other) is tensor_type and out is None:
            a = self._array
            b = other._array
            dtype = a.dtype
            if (dtype is FLOAT32 or dtype is FLOAT64) and b.dtype is dtype:
                if self._base is not None:
                    refresh_view(self)
                if other._base is not None:
                    refresh_view(other)
                self_requires = self._requires_grad
                other_requires = other._requires_grad
                if records and (self_requires or other_requires) and is_grad_enabled():
                    if not fast:
                        return call(op, (self, other))
                    try:
                        result = forward(a, b)
                    except ValueError as error:
                        raise shape_error(a, b) or error from None
                    if type(result) is not ndarray:
                        result = np.asarray(result)
                    counter = [0]
                    self_edge = other_edge = None
                    if self_requires:
                        self_edge = self._edge
                        if self_edge is None:
                            self_edge = self
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
                        other_edge = other._edge
                        if other_edge is None:
                            other_edge = other
                    if pattern == 0:
                        saved: tuple[Any, ...] = ()
                    elif pattern == 5:
                        version = self._version_counter
                        other_version = other._version_counter
                        saved = (b, other_version, other_version[0], a, version, version[0])
                    elif pattern == 4:
                        version = self._version_counter
                        other_version = other._version_counter
                        saved = (a, version, version[0], b, other_version, other_version[0])
                    elif pattern == 1:
                        version = self._version_counter
                        saved = (a, version, version[0])
                    elif pattern == 2:
                        version = other._version_counter
                        saved = (b, version, version[0])
                    else:
                        saved = (result, counter, 0)
                    tensor = new(tensor_type)
                    tensor._edge = node_class((self_edge, other_edge), saved, (), result.shape, result.dtype)
                    tensor._requires_grad = True
                    tensor._version_counter = counter
                else:
                    try:
                        result = forward(a, b)
                    except ValueError as error:
                        raise shape_error(a, b) or error from None
                    if type(result) is not ndarray:
                        result = np.asarray(result)
                    tensor = new(tensor_type)
                    tensor._edge = None
                    tensor._requires_grad = False
                    tensor._version_counter = [0]
                tensor._array = result
                tensor._grad = None
                tensor._base = None
                tensor._view = None
                return tensor
        if is_operator and not (isinstance(self, OPERANDS) and isinstance(other, OPERANDS)):
            return NotImplemented
        observer = watch.observer
        if observer is not None:
            return watched_call(observer, op.watched_name, op.unwatched, (self, other), {} if out is None else {"out": out})
        return call(op, (self, other)) if out is None else call_with_out(op, (self, other), out)

    return function


def call(op: Op, args: tuple[Any, ...]) -> Any:
    """Run `op` on tensors, arrays and numbers, record it where needed, and return what users get."""
    arrays, requires = unwrap(op, args)
    if arrays is None:
        return op.forward(*args)
    if op.promotion is not AS_GIVEN:
        promote(op, arrays)
        try:
            result = op.forward(*arrays)
        except ValueError as error:
            raise shape_error(*[arrays[i] for i in op.tensor_positions]) or error from None
    else:
        result = op.forward(*arrays)
    if requires and op.formulas and is_grad_enabled():
        return recorded(op, args, arrays, result)
    if isinstance(result, ndarray):
        tensor = new_tensor(result)
        if op.view:
            attach_view(tensor, args[0], op, args)
        return tensor
    if isinstance(result, (tuple, list)):
        return _wrap_several(op, args, [new_tensor(np.asarray(r)) for r in result])
    return new_tensor(np.asarray(result)) if isinstance(result, np.generic) else result


def unwrap(op: Op, args: tuple[Any, ...]) -> tuple[list[Any] | None, bool]:
    """The arguments with arrays in place of tensors, and whether one of them requires grad.

    None in place of the arguments when there are plain arrays only: then the operation is a plain function of arrays.
    """
    arrays = list(args)
    found = requires = False
    for i in op.tensor_positions:
        value = args[i]
        if isinstance(value, TensorBase):
            if value._base is not None:
                refresh_view(value)
            arrays[i] = value._array
            found = True
            requires = requires or value._requires_grad
        elif i == op.sequence:
            items = _sequence(op, value)
            arrays[i] = [t._array if isinstance(t, TensorBase) else t for t in items]
            for t in items:
                if isinstance(t, TensorBase):
                    if t._base is not None:
                        refresh_view(t)
                    found = True
                    requires = requires or t._requires_grad
    if found:
        for i in op.tensor_positions:
            value = arrays[i]
            if not isinstance(value, (ndarray, *NUMBERS)) and value is not None and i != op.sequence:
                raise not_a_tensor(op, i, args[i])
        return arrays, requires
    for i in op.tensor_positions:
        value = args[i]
        if isinstance(value, ndarray) or (i == op.sequence and any(isinstance(v, ndarray) for v in value)):
            return None, False
        if isinstance(value, np.generic):
            return None, False
    raise not_a_tensor(op, op.tensor_positions[0], args[op.tensor_positions[0]])


def _sequence(op: Op, value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        for position, t in enumerate(value):
            if not isinstance(t, (TensorBase, ndarray)):
                msg = f"expected Tensor as element {position} in argument 0, but got {type(t).__name__}"
                raise TypeError(msg)
        return value
    msg = f"{op.name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {type(value).__name__}"
    raise TypeError(msg)


def not_a_tensor(op: Op, position: int, value: Any) -> TypeError:
    """PyTorch's error for an argument that should have been a tensor."""
    parameter = op.parameters[position]
    shown = "input" if parameter == "self" else parameter
    return TypeError(
        f"{op.name}(): argument '{shown}' (position {position + 1}) must be Tensor, not {type(value).__name__}"
    )


def promote(op: Op, arrays: list[Any]) -> None:
    """Cast the tensor arguments to their common type, in place of the list."""
    positions = op.tensor_positions
    sequence = op.sequence
    operands: list[Any] = []
    for i in positions:
        if i == sequence:
            operands += arrays[i]
        else:
            operands.append(arrays[i])
    dtype = result_dtype(tuple(operands))
    if op.promotion is FLOATING and category(dtype) < 2:
        dtype = default_float()
    if op.check is not None:
        op.check(dtype, operands)
    for i in positions:
        value = arrays[i]
        if i == sequence:
            arrays[i] = [v if v.dtype == dtype else v.astype(dtype) for v in value]
        elif isinstance(value, ndarray):
            if value.dtype != dtype:
                arrays[i] = value.astype(dtype)
        elif value is not None:
            # A number: cast as C casts, so that one out of an integer type's range wraps as PyTorch's does.
            arrays[i] = np.asarray(value).astype(dtype)


def recorded(op: Op, args: tuple[Any, ...], arrays: list[Any], result: Any) -> Any:
    """The results as tensors that are part of the graph, with one new node behind them."""
    several = isinstance(result, (tuple, list))
    results = [np.asarray(r) for r in result] if several else [np.asarray(result)]
    if not any(r.dtype.kind in "fc" for r in results):
        return _wrap_several(op, args, [new_tensor(r) for r in results]) if several else new_tensor(results[0])
    counters = [[0] for _ in results]
    node = make_node(op, args, arrays, results, counters)
    if not several:
        tensor = new_tensor(results[0], node, counters[0])
        if op.view:
            attach_view(tensor, args[0], op, args)
        return tensor
    node.shape = tuple(r.shape for r in results)
    node.dtype = tuple(r.dtype for r in results)
    node.hooks = NodeHooks()
    return _wrap_several(
        op,
        args,
        [
            new_tensor(r, GradientEdge(node, i, r.shape, r.dtype) if r.dtype.kind in "fc" else None, counters[i])
            for i, r in enumerate(results)
        ],
    )


def make_node(
    op: Op, args: tuple[Any, ...], arrays: list[Any], results: list[Array], counters: list[list[int]]
) -> Node:
    """The node of this call, with everything saved that the formulas of the needed gradients ask for."""
    is_complex = results[0].dtype.kind == "c"
    key: list[Any] = []
    for i in op.tensor_positions:
        value = args[i]
        if i == op.sequence:
            is_complex = is_complex or any(a.dtype.kind == "c" for a in arrays[i])
            key.append(tuple(_given(t) for t in value))
        else:
            key.append(_given(value))
            is_complex = is_complex or (key[-1] != ABSENT and arrays[i].dtype.kind == "c")
    node_class = op.node_class(tuple(key), is_complex, args)
    saved: list[Any] = []
    for source in node_class.save_plan:
        if isinstance(source, tuple):
            saved_input = args[source[0]][source[1]]
        elif source >= 0:
            saved_input = args[source]
        else:
            saved += (results[~source], counters[~source], counters[~source][0])
            continue
        if isinstance(saved_input, TensorBase):
            counter = saved_input._version_counter
            saved += (saved_input._array, counter, counter[0])
        else:
            saved += (saved_input, None, 0)
    arguments: list[Any] = []
    for what, position in node_class.argument_plan:
        value = arrays[position]
        if what == "value":
            arguments.append(args[position])
        elif position == op.sequence:
            arguments.append(tuple(v.shape for v in value))
        else:
            arguments.append(np.shape(value))
    edges = tuple([_edge_of(args[s[0]][s[1]] if isinstance(s, tuple) else args[s]) for s in node_class.edge_sources])
    return node_class(edges, tuple(saved), tuple(arguments), results[0].shape, results[0].dtype)


def _given(value: Any) -> int:
    if isinstance(value, TensorBase):
        return VARIABLE if value._requires_grad else CONSTANT
    return ABSENT


def _edge_of(value: Any) -> Any:
    if isinstance(value, TensorBase) and value._requires_grad:
        return value if value._edge is None else value._edge
    return None


def _wrap_several(op: Op, args: tuple[Any, ...], tensors: list[TensorBase]) -> Any:
    if op.view:
        for number, tensor in enumerate(tensors):
            attach_view(tensor, args[0], op, args, number)
    if op.results:
        return op.return_type(tensors)
    return tuple(tensors)


def call_with_out(op: Op, args: tuple[Any, ...], out: Any) -> Any:
    """Run `op` and put the result into the tensor `out` (a tuple of tensors for several results), which is returned."""
    targets = out if op.results and isinstance(out, (tuple, list)) else (out,)
    for target in targets:
        if not isinstance(target, TensorBase):
            msg = f"{op.name}(): argument 'out' must be Tensor, not {type(target).__name__}"
            raise TypeError(msg)
    _, requires = unwrap(op, args)
    if is_grad_enabled() and (requires or any(t._requires_grad for t in targets)):
        msg = (
            f"{op.name}(): functions with out=... arguments don't support automatic differentiation, "
            "but one of the arguments requires grad."
        )
        raise RuntimeError(msg)
    result = call(op, args)
    results = result if isinstance(result, tuple) else (result,)
    for computed, target in zip(results, targets, strict=True):
        if category(computed._array.dtype) > category(target._array.dtype):
            raise cannot_cast(computed._array.dtype, target._array.dtype)
    for computed, target in zip(results, targets, strict=True):
        if target._array.shape == computed._array.shape:
            target._array[...] = computed._array
        else:
            target._array = computed._array.astype(target._array.dtype)
        target._version_counter[0] += 1
    return out


def shape_error(*operands: Any) -> RuntimeError | None:
    """PyTorch's error for operands that do not broadcast; None where they do."""
    shapes = [operand.shape for operand in operands if isinstance(operand, ndarray)]
    for other in shapes[1:]:
        first = shapes[0]
        rank = max(len(first), len(other))
        a, b = (1,) * (rank - len(first)) + first, (1,) * (rank - len(other)) + other
        for dim in range(rank - 1, -1, -1):
            if a[dim] != b[dim] and 1 not in (a[dim], b[dim]):
                return RuntimeError(
                    f"The size of tensor a ({a[dim]}) must match the size of tensor b ({b[dim]}) "
                    f"at non-singleton dimension {dim}"
                )
        shapes[0] = tuple(max(m, n) if 0 not in (m, n) else 0 for m, n in zip(a, b, strict=True))
    return None


def cannot_cast(given: Any, wanted: Any) -> RuntimeError:
    """PyTorch's error for a result whose type does not fit the tensor it should go into."""
    from chainrule.dtypes import scalar_type_name  # noqa: PLC0415

    return RuntimeError(
        f"result type {scalar_type_name(given)} can't be cast to the desired output type {scalar_type_name(wanted)}"
    )
