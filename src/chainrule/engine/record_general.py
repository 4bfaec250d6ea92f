"""Recording of rows that have no formula for two plain tensors: reductions, views, and whatever takes more arguments.

`one_tensor` and `view` write out what happens to one tensor and plain arguments, as record.py does for operators;
`general` is for every other row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from chainrule.engine.call import call_with_out, recorded, run
from chainrule.engine.compilation import CALLER
from chainrule.engine.forms import NEITHER, TENSOR, form_of_one_variable
from chainrule.engine.grad_mode import is_grad_enabled
from chainrule.engine.node import begin
from chainrule.engine.op import AS_GIVEN, Op
from chainrule.engine.places import frames, users_frame
from chainrule.engine.profiling import Watch, watched_call
from chainrule.engine.tensor_base import TensorBase
from chainrule.engine.versions import stamp
from chainrule.engine.views import recorded_view, refresh_view

FLOAT32 = np.dtype(np.float32)
FLOAT64 = np.dtype(np.float64)


def general(op: Op, watch: Watch, call: Callable[..., Any]) -> Callable[..., Any]:
    """The function of any row."""
    count = len(op.parameters)

    def function(*args: Any, **kwargs: Any) -> Any:
        observer = watch.observer
        if observer is not None:
            return watched_call(observer, op.watched_name, op.unwatched, args, kwargs)
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
    forward = op.forward

    def function(*args: Any, **kwargs: Any) -> Any:
        observer = watch.observer
        if observer is not None:
            return watched_call(observer, op.watched_name, op.unwatched, args, kwargs)
        if kwargs or len(args) != count:
            args = op.bind(args, kwargs)
        source = args[0]
        if watch.tensor_type is not None and isinstance(source, TensorBase):
            array = source._array
            found = forward(array, *args[1:])
            # A row may copy where it cannot give a view: that array is nobody's part.
            if type(found) is ndarray and (found.base is not None or found is array):
                return recorded_view(op, args, found)
        return call(op, args)

    return function


def one_tensor(op: Op, watch: Watch, call: Callable[..., Any], forward: Callable[..., Any]) -> Callable[..., Any]:
    """The function of a row with one tensor, first, and one result; `forward` is what floats may be given to."""
    count = len(op.parameters)
    # A row that promotes nothing takes every type as it is; complex numbers have nodes of their own.
    takes_all = op.promotion is AS_GIVEN and op.check is None
    records = bool(op.formulas)
    fixed = form_of_one_variable(op, ()) if records and isinstance(op.node_name, str) else None
    new = TensorBase.__new__

    def function(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            out = kwargs.pop("out", None)
            args = op.bind(args, kwargs)
            if out is not None:
                if watch.observer is not None:
                    return watched_call(watch.observer, op.watched_name, op.unwatched, args, {"out": out})
                return call_with_out(op, args, out)
        elif len(args) != count:
            args = op.bind(args, kwargs)
        self = args[0]
        tensor_type = watch.tensor_type
        if tensor_type is not None and isinstance(self, TensorBase):
            array = self._array
            dtype = array.dtype
            if dtype is FLOAT32 or dtype is FLOAT64 or (takes_all and dtype.kind != "c"):
                if records and self._base is not None:
                    refresh_view(self)
                result = forward(array, *args[1:])
                kind = type(result)
                if kind is not ndarray:
                    if kind is tuple or kind is list:
                        return call(op, args)
                    result = np.asarray(result)
                tensor = new(tensor_type)
                tensor._array = result
                tensor._version_counter = counter = bytearray(1)
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
                first_stamp = second_stamp = 0
                if form.first != NEITHER:
                    if form.first == TENSOR:
                        first = array
                        first_counter = self._version_counter
                        first_stamp = first_counter[0] and stamp(first_counter, array)
                    else:
                        first = result
                        first_counter = counter
                    if form.second != NEITHER:
                        if form.second == TENSOR:
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
        observer = watch.observer
        if observer is not None:
            return watched_call(observer, op.watched_name, op.unwatched, args, {})
        return call(op, args)

    return function
