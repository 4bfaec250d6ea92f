"""Recording of rows that have no formula for two plain tensors: reductions, views, and whatever takes more arguments.

`one_tensor` and `view` write out what happens to one tensor and plain arguments, as record.py does for operators;
`general` is for every other row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from chainrule.engine.call import call_with_out, promote, recorded, run, shape_error
from chainrule.engine.compilation import CALLER
from chainrule.engine.forms import NEITHER, RESULT, Form, form_of, form_of_one_variable, form_of_tensors
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.hooks import NO_HOOKS
from chainrule.engine.node import GradientEdge, Node, begin
from chainrule.engine.op import AS_GIVEN, COMMON, CONSTANT, ELEMENTWISE, VARIABLE, Op
from chainrule.engine.places import frames, users_frame
from chainrule.engine.profiling import Watch, watched_call
from chainrule.engine.tensor_base import ARRAY, FLOAT32, FLOAT64, TensorBase, blank_tensor, new_tensor
from chainrule.engine.versions import fresh_counter, stamp
from chainrule.engine.views import attach_views, recorded_view, refresh_view
from chainrule.kernels.blockwise import LARGE

# From where on `run` has another way: for rows that have none a number that, compiled, is compared in one step.
NEVER_LARGE: Final = 1 << 60


def general(op: Op, watch: Watch, call: Callable[..., Any]) -> Callable[..., Any]:
    """The function of any row."""
    count = len(op.parameters)

    def function(*args: Any, **kwargs: Any) -> Any:
        if watch.observer is not None:
            return watched_call(watch.observer, op.watched_name, op.unwatched, args, kwargs)
        if kwargs:
            out = kwargs.pop("out", None)
            args = op.bind(args, kwargs)
            if out is not None:
                return call_with_out(op, args, out)
        elif len(args) != count:
            args = op.bind(args, kwargs)
        return call(op, args) if watch.tensor_type is None else run(op, args)

    return function


def view(op: Op, watch: Watch, call: Callable[..., Any]) -> Callable[..., Any]:
    """The function of a row that gives one view of its first argument, the only tensor."""
    count = len(op.parameters)
    forward = op.compute

    def function(*args: Any, **kwargs: Any) -> Any:
        if watch.tensor_type is not None:
            if kwargs or len(args) != count:
                args = op.bind(args, kwargs)
            given = args[0]
            if isinstance(given, TensorBase):
                source: TensorBase = given
                array = source._array
                if count == 2:
                    found = forward(array, args[1])
                else:
                    found = forward(array) if count == 1 else forward(array, *args[1:])
                # A row may copy where it cannot give a view: that array is nobody's part.
                if type(found) is ARRAY and (found.base is not None or found is array):
                    return recorded_view(op, args, found)
            return call(op, args)
        observer = watch.observer
        if observer is not None:
            return watched_call(observer, op.watched_name, op.unwatched, args, kwargs)
        return call(op, op.bind(args, kwargs))

    return function


def one_tensor(op: Op, watch: Watch, call: Callable[..., Any], forward: Callable[..., Any]) -> Callable[..., Any]:
    """The function of a row with one tensor, first, and one result; `forward` is what floats may be given to."""
    count = len(op.parameters)
    # A row that promotes nothing takes every type as it is; complex numbers have nodes of their own.
    takes_all = op.promotion is AS_GIVEN and op.check is None
    large = LARGE if op.kind is ELEMENTWISE else NEVER_LARGE
    records = bool(op.formulas)
    fixed = form_of_one_variable(op, ()) if records and isinstance(op.node_name, str) else None

    def function(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            out = kwargs.pop("out") if "out" in kwargs else None
            args = op.bind(args, kwargs)
            if out is not None:
                if watch.observer is not None:
                    return watched_call(watch.observer, op.watched_name, op.unwatched, args, {"out": out})
                return call_with_out(op, args, out)
        elif len(args) != count:
            args = op.bind(args, kwargs)
        given = args[0]
        tensor_type = watch.tensor_type
        if tensor_type is not None and isinstance(given, TensorBase):
            self: TensorBase = given
            array = self._array
            dtype = array.dtype
            if (dtype is FLOAT32 or dtype is FLOAT64 or (takes_all and dtype.kind != "c")) and array.size < large:
                if records and self._base is not None:
                    refresh_view(self)
                if count == 4:
                    result = forward(array, args[1], args[2], args[3])
                elif count == 2:
                    result = forward(array, args[1])
                else:
                    result = forward(array, *args[1:])
                kind = type(result)
                if kind is not ARRAY:
                    if kind is tuple or kind is list:
                        return call(op, args)
                    result = np.asarray(result)
                tensor: TensorBase = blank_tensor(tensor_type)
                tensor._array = result
                tensor._version_counter = counter = fresh_counter()
                tensor._grad = None
                tensor._hooks = None
                tensor._base = None
                tensor._view = None
                if not (records and self._requires_grad and is_grad_enabled()):
                    tensor._edge = None
                    tensor._requires_grad = False
                    return tensor
                dtype = result.dtype
                if dtype is not FLOAT32 and dtype is not FLOAT64:
                    return recorded(op, args, [array, *args[1:]], result)
                form = form_of_one_variable(op, args) if fixed is None else fixed
                first = second = first_counter = second_counter = None
                first_stamp: Any = 0
                second_stamp: Any = 0
                if form.first != NEITHER:
                    if form.first != RESULT:
                        first = array
                        first_counter = self._version_counter
                        first_stamp = first_counter[0] and stamp(first_counter, array)
                    else:
                        first = result
                        first_counter = counter
                    if form.second != NEITHER:
                        if form.second != RESULT:
                            second = array
                            second_counter = self._version_counter
                            second_stamp = second_counter[0] and stamp(second_counter, array)
                        else:
                            second = result
                            second_counter = counter
                keep = form.arguments
                edge = self._edge
                frame = frames.get(CALLER)
                code = frame.f_code
                if code is not frames.user_code:
                    frame = users_frame(frame)
                    code = frame.f_code
                tensor._edge = begin(
                    form.node_class(),
                    self if edge is None else edge,
                    first,
                    first_counter,
                    first_stamp,
                    result.shape,
                    dtype,
                    code,
                    frame.f_lasti,
                    None,
                    second,
                    second_counter,
                    second_stamp,
                    () if keep is None else keep(args, (array,)),
                )
                tensor._requires_grad = True
                return tensor
        elif tensor_type is not None and type(given) is ARRAY:
            return op.compute(*args)  # of a formula: arrays in, arrays out
        observer = watch.observer
        if observer is not None:
            return watched_call(observer, op.watched_name, op.unwatched, args, {})
        return call(op, args)

    return function


def several_tensors(op: Op, watch: Watch, call: Callable[..., Any]) -> Callable[..., Any]:
    """The function of a row with several arguments that may be tensors, and one result."""
    count = len(op.parameters)
    positions = op.tensor_positions
    forward = op.compute
    promotes = op.promotion is not AS_GIVEN
    takes_floats = op.takes_floats
    takes_all = op.promotion is COMMON and op.check is None
    large = LARGE if op.kind is ELEMENTWISE else NEVER_LARGE
    records = bool(op.formulas)

    def function(*args: Any, **kwargs: Any) -> Any:
        if watch.observer is not None:
            return watched_call(watch.observer, op.watched_name, op.unwatched, args, kwargs)
        if kwargs:
            out = kwargs.pop("out", None)
            args = op.bind(args, kwargs)
            if out is not None:
                return call_with_out(op, args, out)
        elif len(args) != count:
            args = op.bind(args, kwargs)
        tensor_type = watch.tensor_type
        if tensor_type is None:
            return call(op, args)
        arrays = list(args)
        dtype: Any = None  # of all tensors, while it is one
        digits = 0
        one_type = True
        requires = numbers = False
        for i in positions:
            value = args[i]
            digits *= 3
            if isinstance(value, TensorBase):
                operand: TensorBase = value
                if operand._base is not None and records:
                    refresh_view(operand)
                arrays[i] = array = operand._array
                if array.size >= large:
                    return run(op, args)
                if array.dtype is not dtype:
                    if dtype is not None:
                        one_type = False
                    dtype = array.dtype
                    if dtype.kind == "c":
                        return run(op, args)
                if operand._requires_grad:
                    digits += VARIABLE
                    requires = True
                else:
                    digits += CONSTANT
            elif value is not None:
                if type(value) is not float and type(value) is not int:
                    return run(op, args)
                numbers = True
        if dtype is None:
            return run(op, args)
        if promotes:
            is_float = dtype is FLOAT32 or dtype is FLOAT64
            if not one_type or not (takes_floats if is_float else takes_all and not numbers):
                promote(op, arrays)
            elif numbers:
                for i in positions:
                    if type(arrays[i]) is not ARRAY and arrays[i] is not None:
                        arrays[i] = dtype.type(arrays[i])
            try:
                result = forward(*arrays)
            except ValueError as error:
                raise shape_error(error, *[arrays[i] for i in positions]) from None
        else:
            result = forward(*arrays)
        if type(result) is not ARRAY:
            result = np.asarray(result)
        recording = requires and records and is_grad_enabled()
        if recording:
            dtype = result.dtype
            form = form_of_tensors(op, digits, args)
            if not form.is_short or not one_type or (dtype is not FLOAT32 and dtype is not FLOAT64):
                return recorded(op, args, arrays, result)
        tensor: TensorBase = blank_tensor(tensor_type)
        tensor._array = result
        tensor._version_counter = counter = fresh_counter()
        tensor._grad = None
        tensor._hooks = None
        tensor._base = None
        tensor._view = None
        if not recording:
            tensor._edge = None
            tensor._requires_grad = False
            return tensor
        first = second = second_counter = None
        first_counter: bytearray | None = form.counter
        first_stamp: Any = 0
        second_stamp: Any = 0
        at = form.first
        if at != NEITHER:
            if at == RESULT:
                first = result
                first_counter = counter
            else:
                saved: TensorBase = args[at]
                first = saved._array
                first_counter = saved._version_counter
                first_stamp = first_counter[0] and stamp(first_counter, first)
            at = form.second
            if at == RESULT:
                second = result
                second_counter = counter
            elif at != NEITHER:
                saved = args[at]
                second = saved._array
                second_counter = saved._version_counter
                second_stamp = second_counter[0] and stamp(second_counter, second)
        edge: Any = None
        other_edge: Any = None
        at = form.edge
        if at != NEITHER:
            edge = _edge_of(args[at])
        at = form.other_edge
        if at != NEITHER:
            other_edge = _edge_of(args[at])
        keep = form.arguments
        frame = frames.get(CALLER)
        code = frame.f_code
        if code is not frames.user_code:
            frame = users_frame(frame)
            code = frame.f_code
        node = begin(
            form.node_class(),
            edge,
            first,
            first_counter,
            first_stamp,
            result.shape,
            dtype,
            code,
            frame.f_lasti,
            other_edge,
            second,
            second_counter,
            second_stamp,
            () if keep is None else keep(args, arrays),
        )
        if form.more_edges is not None:
            node.more_edges = tuple([None if at == NEITHER else _edge_of(args[at]) for at in form.more_edges])
        tensor._edge = node
        tensor._requires_grad = True
        return tensor

    return function


def _edge_of(tensor: TensorBase) -> Any:
    return tensor if tensor._edge is None else tensor._edge


def sequence(op: Op, watch: Watch, call: Callable[..., Any]) -> Callable[..., Any]:
    """The function of a row whose first argument is a sequence of tensors, of which nothing is saved."""
    count = len(op.parameters)
    forward = op.compute
    promotes = op.promotion is not AS_GIVEN
    forms: dict[int, Form] = {}  # where all require grad, by how many there are

    def function(*args: Any, **kwargs: Any) -> Any:
        if watch.observer is not None:
            return watched_call(watch.observer, op.watched_name, op.unwatched, args, kwargs)
        if kwargs:
            out = kwargs.pop("out", None)
            args = op.bind(args, kwargs)
            if out is not None:
                return call_with_out(op, args, out)
        elif len(args) != count:
            args = op.bind(args, kwargs)
        tensors = args[0]
        if watch.tensor_type is None or not (type(tensors) is list or type(tensors) is tuple):
            return call(op, args)
        arrays: list[Any] = []
        edges: list[Any] = []
        variables = 0
        dtype: Any = None
        for tensor in tensors:
            if not isinstance(tensor, TensorBase):
                return run(op, args)
            if tensor._base is not None:
                refresh_view(tensor)
            array = tensor._array
            arrays.append(array)
            if array.dtype is not dtype:
                if dtype is not None or array.dtype.kind == "c":
                    return run(op, args)
                dtype = array.dtype
            if tensor._requires_grad:
                edges.append(tensor if tensor._edge is None else tensor._edge)
                variables += 1
            else:
                edges.append(None)
        if promotes and dtype is not FLOAT32 and dtype is not FLOAT64:
            return run(op, args)
        result = forward(arrays, *args[1:])
        if not variables or not is_grad_enabled():
            return new_tensor(result)
        form = forms.get(variables) if variables == len(edges) else None
        if form is None:
            form = form_of(op, (tuple([CONSTANT if e is None else VARIABLE for e in edges]),), False, args)
            if variables == len(edges):
                forms[variables] = form
        keep = form.arguments
        frame = frames.get(CALLER)
        if frame.f_code is not frames.user_code:
            frame = users_frame(frame)
        node = begin(
            form.node_class(),
            edges[0],
            None,
            None,
            0,
            result.shape,
            dtype,
            frame.f_code,
            frame.f_lasti,
            edges[1] if len(edges) > 1 else None,
            None,
            None,
            0,
            () if keep is None else keep(args, (arrays,)),
        )
        if len(edges) > 2:
            node.more_edges = tuple(edges)
        return new_tensor(result, node)

    return function


def several_results(op: Op, watch: Watch, call: Callable[..., Any]) -> Callable[..., Any]:
    """The function of a row with one tensor, first, and several results: views of it where the row says so."""
    count = len(op.parameters)
    forward = op.compute
    is_view = op.view
    records = bool(op.formulas)
    of_results = op.return_type

    def function(*args: Any, **kwargs: Any) -> Any:
        if watch.observer is not None:
            return watched_call(watch.observer, op.watched_name, op.unwatched, args, kwargs)
        if kwargs:
            out = kwargs.pop("out", None)
            args = op.bind(args, kwargs)
            if out is not None:
                return call_with_out(op, args, out)
        elif len(args) != count:
            args = op.bind(args, kwargs)
        self = args[0]
        if watch.tensor_type is None or not isinstance(self, TensorBase):
            return call(op, args)
        array = self._array
        if array.dtype.kind == "c":
            return run(op, args)
        if self._base is not None and records:
            refresh_view(self)
        results = [r if type(r) is ARRAY else np.asarray(r) for r in forward(array, *args[1:])]
        tensors: Any
        if records and self._requires_grad and is_grad_enabled():
            if results and results[0].dtype.kind == "c":
                return recorded(op, args, [array, *args[1:]], results)
            frame = frames.get(CALLER)
            if frame.f_code is not frames.user_code:
                frame = users_frame(frame)
            tensors = _recorded_results(form_of_one_variable(op, args), args, results, frame)
        else:
            tensors = [new_tensor(r) for r in results]
        if is_view:
            attach_views(tensors, op, args, several=True)
        return of_results(tensors)

    return function


def _recorded_results(form: Form, args: tuple[Any, ...], results: list[Any], frame: Any) -> list[TensorBase]:
    self: TensorBase = args[0]
    array = self._array
    saved: list[Any] = []
    counters = [fresh_counter() for _ in results]
    for source in form.saves:
        if source < 0:
            saved += (results[~source], counters[~source], 0)
        else:
            counter = self._version_counter
            saved += (array, counter, counter[0] and stamp(counter, array))
    keep = form.arguments
    shapes = tuple([r.shape for r in results])
    dtypes = tuple([r.dtype for r in results])
    node: Node = begin(
        form.node_class(),
        self if self._edge is None else self._edge,
        None,
        None,
        0,
        shapes,
        dtypes,
        frame.f_code,
        frame.f_lasti,
        None,
        None,
        None,
        0,
        () if keep is None else keep(args, (array,)),
    )
    if saved:
        node.save(tuple(saved))
    node.hooks = NO_HOOKS
    tensors: list[TensorBase] = []
    for i, result in enumerate(results):
        edge = GradientEdge(node, i, shapes[i], dtypes[i]) if dtypes[i].kind == "f" else None
        tensors.append(new_tensor(result, edge, counters[i]))
    return tensors
