"""The general way of a call: any row, with tensors, arrays and numbers as its arguments.

record.py has shorter ways for the calls that most programs are made of; they do the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy import ndarray

from chainrule.dtypes import category, default_float, result_dtype
from chainrule.engine.anomaly_mode import anomaly
from chainrule.engine.compilation import CALLER
from chainrule.engine.forms import Form, form_of
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.grad_mode import is_recording, no_grad
from chainrule.engine.hooks import NO_HOOKS
from chainrule.engine.inference import is_inference_mode_enabled
from chainrule.engine.modes import intercepted, node_creation_hooks, op_interceptors
from chainrule.engine.node import NEVER_CHANGED, TWO_TENSORS, Array, GradientEdge, Node, begin
from chainrule.engine.op import ABSENT, AS_GIVEN, CONSTANT, ELEMENTWISE, FLOATING, VARIABLE, Op
from chainrule.engine.places import frames, users_frame
from chainrule.engine.profiling import unwatched
from chainrule.engine.saved import pack_all
from chainrule.engine.shared_memory import operand_stamp
from chainrule.engine.tensor_base import FLOAT32, FLOAT64, TensorBase, new_tensor
from chainrule.engine.versions import INFERENCE, about_to_change, count_change, new_counter, stamp
from chainrule.engine.views import attach_views, refresh_view
from chainrule.kernels.blockwise import LARGE
from chainrule.kernels.steps import StandIn

NUMBERS = (int, float, complex, np.generic)
ARRAYS_AND_NUMBERS = (ndarray, *NUMBERS)
# The integers that a number may be.
LEAST: Final = -(1 << 63)
GREATEST: Final = (1 << 64) - 1
OPERANDS = (TensorBase, *ARRAYS_AND_NUMBERS)


def call(op: Op, args: tuple[Any, ...]) -> Any:
    """Run `op` on tensors, arrays and numbers, record it where needed, and return what users get."""
    if unwatched.tensor_type is not None:
        return run(op, args)
    result = _call_in_modes(op, args)
    if anomaly.checks_forward:
        anomaly.check_call(op, op.name, args, result)
    return result


def _call_in_modes(op: Op, args: tuple[Any, ...]) -> Any:
    if not is_inference_mode_enabled():
        return intercepted(run, op, args)
    if is_grad_enabled():  # `enable_grad` within inference mode: nothing is recorded all the same
        with no_grad():
            return _call_in_modes(op, args)
    if op.in_inference_mode is None or op_interceptors.get():
        return intercepted(run, op, args)
    result = op.in_inference_mode(*args)
    if not op.view and isinstance(result, TensorBase):
        result._version_counter[0] = INFERENCE
    return result


def run(op: Op, args: tuple[Any, ...]) -> Any:
    """The same, whatever modes there are."""
    arrays, requires = unwrap(op, args)
    if arrays is None:
        return op.compute(*args)
    forward = op.compute
    if op.kind is ELEMENTWISE and _is_large(arrays):
        forward = op.forward_of_large
    if op.promotion is not AS_GIVEN:
        promote(op, arrays)
        try:
            result = forward(*arrays)
        except ValueError as error:
            raise shape_error(error, *[arrays[i] for i in op.tensor_positions]) from None
    else:
        result = forward(*arrays)
    if requires and op.formulas and is_grad_enabled():
        return recorded(op, args, arrays, result)
    if type(result) is ndarray:
        tensor = new_tensor(result)
        if op.view:
            attach_views((tensor,), op, args, several=False)
        return tensor
    if isinstance(result, (tuple, list)):
        return _wrap_several(op, args, [new_tensor(r if type(r) is ndarray else np.asarray(r)) for r in result])
    return new_tensor(np.asarray(result)) if isinstance(result, (np.generic, ndarray)) else result


def _is_large(arrays: list[Any]) -> bool:
    for array in arrays:  # noqa: SIM110 (making a generator would take longer)
        if type(array) is ndarray and array.size >= LARGE:
            return True
    return False


def unwrap(op: Op, args: tuple[Any, ...]) -> tuple[list[Any] | None, bool]:
    """The arguments with arrays in place of tensors, and whether one of them requires grad.

    None in place of the arguments when there are plain arrays only: then the operation is a plain function of arrays.
    """
    arrays = list(args)
    found = requires = False
    wrong = -1
    for i in op.tensor_positions:
        value = args[i]
        if isinstance(value, TensorBase):
            if value._base is not None and op.formulas:
                refresh_view(value)
            arrays[i] = value._array
            found = True
            if value._requires_grad:
                requires = True
        elif i == op.sequence:
            arrays[i], of_tensors, requiring = _unwrapped(op, value)
            found = found or of_tensors
            requires = requires or requiring
        elif wrong < 0 and value is not None and not isinstance(value, ARRAYS_AND_NUMBERS):
            wrong = i
    if found:
        if wrong >= 0:
            raise not_a_tensor(op, wrong, args[wrong])
        return arrays, requires
    for i in op.tensor_positions:
        value = args[i]
        if isinstance(value, (ndarray, StandIn)) or (i == op.sequence and any(isinstance(v, ndarray) for v in value)):
            return None, False
        if isinstance(value, np.generic):
            return None, False
    raise not_a_tensor(op, op.tensor_positions[0], args[op.tensor_positions[0]])


def _unwrapped(op: Op, tensors: Any) -> tuple[list[Any], bool, bool]:
    # The arrays of a sequence of tensors, whether there is a tensor among them, and whether one requires grad.
    if not isinstance(tensors, (tuple, list)):
        msg = f"{op.name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {type(tensors).__name__}"
        raise TypeError(msg)
    arrays: list[Any] = []
    found = requires = False
    for t in tensors:
        if isinstance(t, TensorBase):
            if t._base is not None and op.formulas:
                refresh_view(t)
            arrays.append(t._array)
            found = True
            if t._requires_grad:
                requires = True
        elif isinstance(t, ndarray):
            arrays.append(t)
        else:
            msg = f"expected Tensor as element {len(arrays)} in argument 0, but got {type(t).__name__}"
            raise TypeError(msg)
    return arrays, found, requires


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
    dtype = _one_type(operands)
    is_float = dtype is FLOAT32 or dtype is FLOAT64
    if dtype is not None and (op.takes_floats if is_float else op.promotion is not FLOATING):
        if not is_float and op.check is not None:
            check_types(op, dtype, operands)
        for i in positions:
            value = arrays[i]
            if type(value) is int or type(value) is float:
                arrays[i] = dtype.type(value)
        return
    dtype = result_dtype(tuple(operands))
    if op.promotion is FLOATING and category(dtype) < 2:
        dtype = default_float()
    if op.check is not None:
        check_types(op, dtype, operands)
    for i in positions:
        value = arrays[i]
        if i == sequence:
            arrays[i] = [v if v.dtype == dtype else v.astype(dtype) for v in value]
        elif isinstance(value, ndarray):
            if value.dtype != dtype:
                arrays[i] = value.astype(dtype)
        elif value is not None:
            if isinstance(value, int) and not LEAST <= value <= GREATEST:
                msg = "int too big to convert" if value > 0 else "can't convert negative int to unsigned"
                raise OverflowError(msg)
            # A number: cast as C casts, so that one out of an integer type's range wraps as PyTorch's does.
            arrays[i] = np.asarray(value).astype(dtype)


def check_types(op: Op, dtype: Any, operands: list[Any]) -> None:
    """Let a row refuse the common type of its operands."""
    try:
        op.check(dtype, operands)  # type: ignore[misc]
    except NotImplementedError as error:
        if lacks_kernel(op, error):
            broadcast_shape(operands)
        raise


def lacks_kernel(op: Op, error: NotImplementedError) -> bool:
    """Whether an elementwise operation has no kernel for a type: what PyTorch finds out after all else."""
    return op.kind is ELEMENTWISE and str(error).startswith('"')


def _one_type(operands: list[Any]) -> Any:
    # The type that all arrays among the operands have, and Python's numbers take; None where there may be another.
    found: Any = None
    for operand in operands:
        if type(operand) is ndarray and operand.dtype is not found:
            if found is not None:
                return None
            found = operand.dtype
    if found is None:
        return None
    for operand in operands:
        kind = type(operand)
        if kind is int:
            # Small enough for any integer type.
            if found.kind == "b" or (found.kind in "iu" and not 0 <= operand < 128):
                return None
        elif kind is float:
            if found.kind in "biu":
                return None
        elif kind is not ndarray and operand is not None:
            return None
    return found


def recorded(op: Op, args: tuple[Any, ...], arrays: list[Any], result: Any) -> Any:
    """The results as tensors that are part of the graph, with one new node behind them."""
    if type(result) is ndarray or not isinstance(result, (tuple, list)):
        array = result if type(result) is ndarray else np.asarray(result)
        if array.dtype.kind not in "fc":
            return new_tensor(array)
        counter = new_counter()
        node = make_node(op, args, arrays, [array], [counter])
        if unwatched.tensor_type is None:
            node_made(node, args)
        tensor = new_tensor(array, node, counter)
        if op.view:
            attach_views((tensor,), op, args, several=False)
        return tensor
    results = [r if type(r) is ndarray else np.asarray(r) for r in result]
    differentiable = [r.dtype.kind in "fc" for r in results]
    if True not in differentiable:
        return _wrap_several(op, args, [new_tensor(r) for r in results])
    counters = [new_counter() for _ in results]
    node = make_node(op, args, arrays, results, counters)
    node.shape = shapes = tuple([r.shape for r in results])
    node.dtype = dtypes = tuple([r.dtype for r in results])
    node.hooks = NO_HOOKS
    if unwatched.tensor_type is None:
        node_made(node, args)
    tensors: list[TensorBase] = []
    for i, array in enumerate(results):
        edge = GradientEdge(node, i, shapes[i], dtypes[i]) if differentiable[i] else None
        tensors.append(new_tensor(array, edge, counters[i]))
    return _wrap_several(op, args, tensors)


def make_node(
    op: Op,
    args: tuple[Any, ...],
    arrays: list[Any],
    results: list[Array],
    counters: list[bytearray],
    *,
    inplace: bool = False,
) -> Node:
    """The node of this call, with everything saved that the formulas of the needed gradients ask for."""
    is_complex = results[0].dtype.kind == "c"
    key: list[Any] = []
    for i in op.tensor_positions:
        value = args[i]
        if isinstance(value, TensorBase):
            key.append(VARIABLE if value._requires_grad else CONSTANT)
            is_complex = is_complex or value._array.dtype.kind == "c"
        elif i == op.sequence:
            key.append(tuple([_given(t) for t in value]))
            is_complex = is_complex or any(a.dtype.kind == "c" for a in arrays[i])
        elif isinstance(value, ndarray):
            key.append(CONSTANT)
            is_complex = is_complex or value.dtype.kind == "c"
        else:
            key.append(ABSENT)
    large = op.kind is ELEMENTWISE and not is_complex and results[0].size >= LARGE
    form = form_of(op, tuple(key), is_complex, args, inplace=inplace, large=large)
    saved = _saved(form, args, arrays, results, counters)
    keep = form.arguments
    node_class = form.node_class
    edges: list[Any] = []
    for source in node_class.edge_sources:
        value = args[source[0]][source[1]] if isinstance(source, tuple) else args[source]
        if isinstance(value, TensorBase) and value._requires_grad:
            edges.append(value if value._edge is None else value._edge)
        else:
            edges.append(None)
    edge_count = len(edges)
    saved_count = len(saved)
    in_place_of_two = 0 < saved_count <= TWO_TENSORS
    both = saved_count == TWO_TENSORS
    frame = frames.get(CALLER)
    if frame.f_code is not frames.user_code:
        frame = users_frame(frame)
    node = begin(
        node_class(),
        edges[0] if edge_count else None,
        saved[0] if in_place_of_two else None,
        saved[1] if in_place_of_two else (NEVER_CHANGED if node_class.saved_count and not saved else None),
        saved[2] if in_place_of_two else 0,
        results[0].shape,
        results[0].dtype,
        frame.f_code,
        frame.f_lasti,
        edges[1] if edge_count > 1 else None,
        saved[3] if both else None,
        saved[4] if both else None,
        saved[5] if both else 0,
        () if keep is None else keep(args, arrays),
    )
    if saved_count > TWO_TENSORS:
        node.more_saved = tuple(saved)
    if edge_count > 2:
        node.more_edges = tuple(edges)
    return node


def _saved(
    form: Form, args: tuple[Any, ...], arrays: list[Any], results: list[Array], counters: list[bytearray]
) -> list[Any]:
    saved: list[Any] = []
    for source in form.saves:
        if isinstance(source, tuple):
            saved_input = args[source[0]][source[1]]
        elif source >= 0:
            saved_input = args[source]
        else:
            counter = counters[~source]
            saved += (results[~source], counter, counter[0] and stamp(counter, results[~source]))
            continue
        if isinstance(saved_input, TensorBase):
            counter = saved_input._version_counter
            array = saved_input._array
            if array.dtype.kind in "biu" and not isinstance(source, tuple):
                array = arrays[source]  # cast to the common type: formulas know no integers
            saved += (array, counter, counter[0] and stamp(counter, array))
        elif isinstance(saved_input, ndarray):
            saved += (saved_input, new_counter(), operand_stamp(saved_input))
        else:
            saved += (saved_input, new_counter(), 0)
    return saved


def node_made(node: Node, args: tuple[Any, ...]) -> None:
    """Do what modes (see modes.py) want done with a node of these arguments that has saved what it needs."""
    if unwatched.tensor_type is None:
        pack_all(node, args)
        announce(node)


def announce(node: Node) -> None:
    """The same for a node that packs what it saves itself."""
    if unwatched.tensor_type is None:
        if anomaly.enabled:
            anomaly.note(node)
        for hook in node_creation_hooks.get()[::-1]:
            hook(node.grad_fn)


def _given(value: Any) -> int:
    if isinstance(value, TensorBase):
        return VARIABLE if value._requires_grad else CONSTANT
    return CONSTANT if isinstance(value, ndarray) else ABSENT


def _wrap_several(op: Op, args: tuple[Any, ...], tensors: list[TensorBase]) -> Any:
    if op.view:
        attach_views(tensors, op, args, several=True)
    if op.results:
        return op.return_type(tensors)
    return tuple(tensors)


OUT_IS_NOT_RECORDED = (
    "{}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires "
    "grad."
)


def call_with_out(op: Op, args: tuple[Any, ...], out: Any) -> Any:
    """Run `op` and put the result into the tensor `out` (a tuple of tensors for several results), which is returned."""
    targets = out if op.results and isinstance(out, (tuple, list)) else (out,)
    for target in targets:
        if not isinstance(target, TensorBase):
            msg = f"{op.name}(): argument 'out' must be Tensor, not {type(target).__name__}"
            raise TypeError(msg)
    _, requires = unwrap(op, args)
    if is_recording() and (requires or any(t._requires_grad for t in targets)):
        raise RuntimeError(OUT_IS_NOT_RECORDED.format(op.name))
    result = call(op, args)
    results = result if isinstance(result, tuple) else (result,)
    for computed, target in zip(results, targets, strict=True):
        if category(computed._array.dtype) > category(target._array.dtype):
            raise cannot_cast(computed._array.dtype, target._array.dtype)
    for target in targets:
        about_to_change(target._version_counter)
    if op_interceptors.get():
        for computed, target in zip(results, targets, strict=True):
            target.copy_(computed)
        return out
    for computed, target in zip(results, targets, strict=True):
        if target._array.shape == computed._array.shape:
            target._array[...] = computed._array
        else:
            if target._array.size:
                _warn_of_resizing(target._array.shape, computed._array.shape)
            target._array = computed._array.astype(target._array.dtype)
        count_change(target._version_counter, operation=f"{op.name}(out=...)")
    return out


def _warn_of_resizing(had: tuple[int, ...], required: tuple[int, ...]) -> None:
    import warnings

    msg = (
        f"An output with one or more elements was resized since it had shape {list(had)}, which does not match the "
        f"required output shape {list(required)}. This behavior is deprecated, and in a future PyTorch release outputs "
        "will not be resized unless they have zero elements. You can explicitly reuse an out tensor t by resizing it, "
        "inplace, to zero elements with t.resize_(0)."
    )
    warnings.warn(msg, UserWarning, stacklevel=4)


def shape_error(error: ValueError, *operands: Any) -> Exception:
    """PyTorch's error for operands that do not broadcast; the error itself where it is about something else."""
    if "broadcast" not in str(error):
        return error
    try:
        broadcast_shape(operands)
    except RuntimeError as said:
        return said
    return error


def broadcast_shape(operands: Iterable[Any]) -> tuple[int, ...]:
    """The shape that arrays have together; PyTorch's error where they do not broadcast."""
    found: tuple[int, ...] = ()
    for operand in operands:
        if not isinstance(operand, ndarray) or operand.shape == found:
            continue
        shape = operand.shape
        rank = max(len(found), len(shape))
        a, b = (1,) * (rank - len(found)) + found, (1,) * (rank - len(shape)) + shape
        for dim in range(rank - 1, -1, -1):
            if a[dim] != b[dim] and a[dim] != 1 and b[dim] != 1:
                msg = (
                    f"The size of tensor a ({a[dim]}) must match the size of tensor b ({b[dim]}) "
                    f"at non-singleton dimension {dim}"
                )
                raise RuntimeError(msg)
        found = tuple([n if m == 1 else m for m, n in zip(a, b, strict=True)])
    return found


def cannot_cast(given: Any, wanted: Any) -> RuntimeError:
    """PyTorch's error for a result whose type does not fit the tensor it should go into."""
    from chainrule.dtypes import scalar_type_name

    return RuntimeError(
        f"result type {scalar_type_name(given)} can't be cast to the desired output type {scalar_type_name(wanted)}"
    )
