"""In-place operations: the twin with an underscore that writes the result into its first argument."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy import ndarray

from chainrule.dtypes import category, result_dtype
from chainrule.engine.anomaly_mode import anomaly
from chainrule.engine.call import (
    broadcast_shape,
    cannot_cast,
    lacks_kernel,
    make_node,
    node_made,
    promote,
    shape_error,
    unwrap,
)
from chainrule.engine.compilation import copied_as_itself
from chainrule.engine.copy_slices import require_distinct
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.grad_mode import is_recording
from chainrule.engine.modes import intercepted, op_interceptors
from chainrule.engine.op import AS_GIVEN, Op
from chainrule.engine.profiling import watch, watched_call
from chainrule.engine.tensor_base import FLOAT32, FLOAT64, TensorBase
from chainrule.engine.versions import about_to_change, count_change, new_counter, stamp
from chainrule.engine.view_errors import changed_view_error
from chainrule.engine.views import rebase_history

THROUGH_A_VIEW = "torch::autograd::CopySlices"  # what makes a base anew that was changed through a view


def require_writable(tensor: TensorBase, *, records: bool = True) -> None:
    """Raise PyTorch's error where `tensor` may not be changed in place.

    `records`: whether one of the tensors that take part requires grad; else, and where nothing is recorded, any may.
    """
    if not (records and is_recording()):
        return
    base = tensor._base
    if base is not None:
        if tensor._view.creation:
            raise changed_view_error(tensor)
        if (tensor._requires_grad or base._requires_grad) and base._edge is None:
            msg = "a view of a leaf Variable that requires grad is being used in an in-place operation."
            raise RuntimeError(msg)
    if tensor._requires_grad and tensor._edge is None:
        msg = "a leaf Variable that requires grad is being used in an in-place operation."
        raise RuntimeError(msg)


def written(tensor: TensorBase, operation: str) -> None:
    """Count an in-place change by what users call `operation`."""
    count_change(tensor._version_counter, operation=operation)


def make_inplace(op: Op) -> Callable[..., Any]:
    """The twin of `op` that changes its first argument and returns it."""

    def function(self: Any, *args: Any, **kwargs: Any) -> Any:
        return call_inplace(op, op.bind((self, *args), kwargs))

    copied_as_itself(function)
    function.__name__ = function.__qualname__ = op.inplace_name
    function.__doc__ = f"`{op.name}`, written into the tensor itself."
    return function if op.adapt is None else op.adapt(function)


def call_inplace(op: Op, args: tuple[Any, ...], *, overlapping: bool = False) -> Any:
    """Run `op` and write the result into its first argument; record the change where needed.

    `overlapping`: elements of that tensor may be one in memory, as those of an expanded one are.
    """
    if watch.tensor_type is not None and (op.overwrite is not None or op.is_ufunc) and _overwritten(op, args):
        return args[0]
    observer = watch.observer
    if observer is not None:
        return watched_call(observer, op.watched_name + "_", partial(_change, op, overlapping), args, {})
    return _change(op, overlapping, *args)


def _change(op: Op, overlapping: bool, *args: Any) -> Any:
    if op_interceptors.get():
        return intercepted(lambda op, args: _changed(op, overlapping, args), op, args, "change")
    return _changed(op, overlapping, args)


def _overwritten(op: Op, args: tuple[Any, ...]) -> bool:
    # Whether the change is made: one that is not recorded, of a float array by one of its type and shape or a number.
    tensor = args[0]
    if not isinstance(tensor, TensorBase):
        return False
    array = tensor._array
    dtype = array.dtype
    if not (dtype is FLOAT32 or dtype is FLOAT64) or 0 in array.strides or not array.flags.writeable:
        return False
    recording = is_grad_enabled()
    if recording and (tensor._requires_grad or (tensor._base is not None and tensor._base._requires_grad)):
        return False
    operands: list[Any] = []
    for value in args[1:]:
        if isinstance(value, TensorBase):
            operand = value._array
            if operand.dtype is not dtype or operand.shape != array.shape:
                return False
            if recording and (value._requires_grad or (value._base is not None and value._base._requires_grad)):
                return False
            operands.append(operand)
        elif type(value) is float or type(value) is int or value is None:
            operands.append(value)
        else:
            return False
    counter = tensor._version_counter
    about_to_change(counter)
    if op.overwrite is None:
        op.compute_into(array, *operands, array)
    else:
        op.overwrite(array, *operands)
    count_change(counter, "", op.inplace_name)
    return True


def _changed(op: Op, overlapping: bool, args: tuple[Any, ...]) -> Any:
    tensor = args[0]
    if not isinstance(tensor, TensorBase):
        msg = f"{op.name}_(): argument 'input' (position 1) must be Tensor, not {type(tensor).__name__}"
        raise TypeError(msg)
    if tensor._base is not None and tensor._view.creation:
        require_writable(tensor, records=any(isinstance(a, TensorBase) and a.requires_grad for a in args))  # type: ignore[attr-defined]
    arrays, requires = unwrap(op, args)
    if arrays is None:
        raise TypeError(f"{op.name}_(): nothing to change in place")
    records = requires and is_recording() and tensor._array.dtype.kind in "fc"
    if records:
        require_writable(tensor)
    array = tensor._array
    if not overlapping:
        require_distinct(array)
    before = arrays[0]
    if op.promotion is not AS_GIVEN and not _is_of_one_type(op, arrays):
        try:
            promote(op, arrays)
        except NotImplementedError as error:
            if lacks_kernel(op, error):
                operands = [arrays[i] for i in op.tensor_positions]
                _require_place_for(broadcast_shape(operands), result_dtype(tuple(operands)), array)
            raise
    try:
        result = np.asarray(op.compute(*arrays))
    except ValueError as error:
        raise shape_error(error, *[arrays[i] for i in op.tensor_positions]) from None
    if result.dtype is not array.dtype or result.shape != array.shape:
        _require_place_for(result.shape, result.dtype, array)
    if anomaly.checks_forward:
        anomaly.check_call(op, op.inplace_name, args, result)
    if not records:
        about_to_change(tensor._version_counter)
        array[...] = result
        count_change(tensor._version_counter, operation=op.inplace_name)
        return tensor
    arrays[0] = before
    counter = tensor._version_counter
    node = make_node(op, args, arrays, [array], [counter], inplace=True)
    _save_as_it_was(node, array)
    about_to_change(counter)
    array[...] = result
    count_change(counter, node.name() if tensor._base is None else THROUGH_A_VIEW, op.inplace_name, node)
    _stamp_result(node, array, counter)
    try:
        node_made(node, args)
    finally:
        rebase_history(tensor, node)  # the values have changed, also where a hook has failed
    return tensor


def _require_place_for(shape: tuple[int, ...], dtype: Any, array: ndarray[Any, Any]) -> None:
    if shape != array.shape:
        msg = f"output with shape {list(array.shape)} doesn't match the broadcast shape {list(shape)}"
        raise RuntimeError(msg)
    if category(dtype) > category(array.dtype):
        raise cannot_cast(dtype, array.dtype)


def _is_of_one_type(op: Op, arrays: list[Any]) -> bool:
    # Whether a ufunc may have these as they are: float arrays of one type, and numbers.
    dtype = arrays[0].dtype
    if type(op.forward) is not np.ufunc or op.check is not None or not (dtype is FLOAT32 or dtype is FLOAT64):
        return False
    for value in arrays:
        kind = type(value)
        if kind is not float and kind is not int and not (kind is ndarray and value.dtype is dtype):
            return False
    return True


def _save_as_it_was(node: Any, array: ndarray[Any, Any]) -> None:
    # A formula that needs the first argument means its values before the change.
    if 0 in node.save_plan:
        saved = list(node.saved)
        for number, source in enumerate(node.save_plan):
            if source == 0:
                saved[3 * number] = array.copy()
                saved[3 * number + 1 : 3 * number + 3] = (new_counter(), 0)
        node.save(tuple(saved))


def _stamp_result(node: Any, array: ndarray[Any, Any], counter: bytearray) -> None:
    # A saved result is the tensor itself, as it is after this change.
    for number, source in enumerate(node.save_plan):
        if isinstance(source, int) and source < 0:
            saved = list(node.saved)
            saved[3 * number : 3 * number + 3] = (array, counter, stamp(counter, array))
            node.save(tuple(saved))
