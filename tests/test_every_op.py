"""Properties of all operations, each held against every row of op_samples.py.

A failing test names the row and the property. test_the_checks.py sees that these properties find what is wrong.
"""

import gc
import re
import weakref
from dataclasses import dataclass, field

import numpy as np
import pytest

import chainrule as torch
from chainrule.engine.op import ELEMENTWISE
from chainrule.tensor import wrap
from op_samples import Input, all_samples, drawn

STEP = 1e-6  # of finite differences: their own error is then about 1e-10
SHORT = {"float64": np.float32, "complex128": np.complex64}


@dataclass
class Call:
    """One call of a row: its arguments as arrays and as tensors, and the tensors that gradients are asked for."""

    arrays: list
    arguments: list
    variables: list = field(default_factory=list)


def prepare(row, *, arrays=None, track=True, only=None, layout=np.array, inputs=None):
    """The row's arguments drawn (or taken from `arrays`) and made tensors.

    `only`: the number of the one variable that is to require grad. `layout`: how the tensors' memory is made.
    """
    rng = row.rng()
    inputs = list(row.inputs if inputs is None else inputs)
    arrays = [drawn(i, rng) for i in inputs] if arrays is None else arrays
    call = Call(arrays, [])

    def as_argument(given, array):
        if isinstance(given, Input):
            tensor = wrap(layout(array))
            if given.differentiate and array.dtype.kind in "fc":
                call.variables.append(tensor)
                if track and only in (None, len(call.variables) - 1):
                    tensor.requires_grad_()
            return tensor
        if isinstance(given, (list, tuple)):
            return type(given)(as_argument(g, a) for g, a in zip(given, array, strict=True))
        return array

    call.arguments = [as_argument(i, a) for i, a in zip(inputs, arrays, strict=True)]
    return call


def run(row, call):
    """The results of a call, as a list of tensors."""
    result = row.function(*call.arguments, **row.kwargs)
    return list(result) if isinstance(result, (tuple, list)) else [result]


def made_by(results, call):
    """Those of the results that are not simply an argument: `+x` and the real part of a real `x` are `x`."""
    return [r for r in results if isinstance(r, torch.Tensor) and not any(r is a for a in flat(call.arguments))]


def expected_results(row, arrays):
    with np.errstate(all="ignore"):
        result = row.reference(*arrays, **row.kwargs)
    return [np.asarray(r) for r in (result if isinstance(result, (tuple, list)) else [result])]


def values_of(results):
    return [r._array if isinstance(r, torch.Tensor) else np.asarray(r) for r in results]


def like(array, rng):
    """Random numbers of an array's shape and type."""
    made = rng.uniform(-1, 1, array.shape)
    return np.asarray(made + 1j * rng.uniform(-1, 1, array.shape) if array.dtype.kind == "c" else made, array.dtype)


def dot(a, b):
    """The real scalar product: how much a change `b` changes what has the gradient `a`."""
    return float(np.sum((np.conj(a) * b).real, dtype=np.float64))


def moved(row, arrays, directions, step):
    """The arrays, with those that have gradients moved by `step` in their directions."""
    left = list(directions)

    def move(given, array):
        if isinstance(given, Input):
            return array + step * left.pop(0) if given.differentiate and array.dtype.kind in "fc" else array
        if isinstance(given, (list, tuple)):
            return type(given)(move(g, a) for g, a in zip(given, array, strict=True))
        return array

    return [move(i, a) for i, a in zip(row.inputs, arrays, strict=True)]


def gradients(results, variables, weights, **keywords):
    """The gradients of the results, weighted, with respect to the variables; zeros where they do not depend on one."""
    kept = [(r, w) for r, w in zip(results, weights, strict=True) if w is not None and r.requires_grad]
    if not kept:
        return [torch.tensor(np.zeros_like(v._array)) for v in variables]
    return torch.autograd.grad(
        [r for r, _ in kept], variables, [w for _, w in kept], allow_unused=True, materialize_grads=True, **keywords
    )


def weights_for(results, rng):
    """Random gradients for the results that can have one, None for the others."""
    return [wrap(like(v, rng)) if v.dtype.kind in "fc" else None for v in values_of(results)]


def assert_close(actual, expected, tolerance, what):
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance, err_msg=what, strict=True)


def assert_same(actual, expected, what):
    np.testing.assert_array_equal(actual, expected, err_msg=what, strict=True)


# ---- the rows that a property is about ----


def variable_count(row):
    return len(prepare(row).variables)


def has_gradient(row):
    return row.orders >= 1 and variable_count(row) > 0


ROWS = all_samples()
DIFFERENTIABLE = [row for row in ROWS if has_gradient(row)]
TWICE = [row for row in DIFFERENTIABLE if row.orders >= 2]
POINTWISE = [row for row in ROWS if row.row is not None and row.row.kind == ELEMENTWISE and row.resized(()) is not None]
BROADCASTING = [row for row in POINTWISE if sum(isinstance(i, Input) for i in row.inputs) > 1]
WITH_TWIN = [row for row in ROWS if row.inplace is not None and isinstance(row.inputs[0], Input)]
WITH_ERRORS = [row for row in ROWS if row.must_raise]
TABLE_ROWS = [row for row in ROWS if row.row is not None and any(isinstance(i, Input) for i in row.inputs)]


def each(rows):
    return pytest.mark.parametrize("row", rows, ids=repr)


# ---- properties ----


@each(ROWS)
def test_value(row):
    call = prepare(row, track=False)
    expected = expected_results(row, call.arrays)
    results = run(row, call)
    assert len(results) == len(expected), f"{row} has {len(results)} results, its reference {len(expected)}"
    for number, (actual, wanted) in enumerate(zip(values_of(results), expected, strict=True)):
        assert_close(actual, wanted, row.tolerance, f"result {number} of {row}")


@each(DIFFERENTIABLE)
def test_gradient(row):
    call = prepare(row)
    rng = row.rng()
    results = run(row, call)
    weights = weights_for(results, rng)
    found = gradients(results, call.variables, weights)
    directions = [like(v._array, rng) for v in call.variables]

    def weighted(step):
        moved_call = prepare(row, arrays=moved(row, call.arrays, directions, step), track=False)
        pairs = zip(weights, values_of(run(row, moved_call)), strict=True)
        return sum(dot(w._array, v) for w, v in pairs if w is not None)

    for variable, gradient in zip(call.variables, found, strict=True):
        assert gradient.shape == variable.shape, f"the gradient of {row} has the shape {gradient.shape}"
        assert gradient.dtype == variable.dtype, f"the gradient of {row} has the type {gradient.dtype}"
    numerical = (weighted(STEP) - weighted(-STEP)) / (2 * STEP)
    analytical = sum(dot(g._array, d) for g, d in zip(found, directions, strict=True))
    assert_close(analytical, numerical, 1e-6 * max(1, row.tolerance / 1e-12), f"derivative of {row} along a direction")


@each(TWICE)
def test_second_order(row):
    call = prepare(row)
    rng = row.rng()
    results = run(row, call)
    weights = weights_for(results, rng)
    for w in weights:
        if w is not None:
            w.requires_grad_()
    found = gradients(results, call.variables, weights, create_graph=True)
    arrays_alone = gradients(run(row, call), call.variables, [None if w is None else w.detach() for w in weights])
    for on_tensors, on_arrays in zip(found, arrays_alone, strict=True):
        assert_close(on_tensors._array, on_arrays._array, 1e-12, f"the recorded first gradient of {row}")

    # The derivative of the first gradient, itself weighted, along a direction of inputs and weights.
    second_weights = [wrap(like(g._array, rng)) for g in found]
    variables = [*call.variables, *(w for w in weights if w is not None)]
    second = gradients(found, variables, second_weights)
    directions = [like(v._array, rng) for v in variables]

    def weighted_gradient(step):
        moved_call = prepare(row, arrays=moved(row, call.arrays, directions[: len(call.variables)], step))
        left = iter(directions[len(call.variables) :])
        moved_weights = [None if w is None else wrap(w._array + step * next(left)) for w in weights]
        first = gradients(run(row, moved_call), moved_call.variables, moved_weights)
        return sum(dot(w._array, g._array) for w, g in zip(second_weights, first, strict=True))

    numerical = (weighted_gradient(STEP) - weighted_gradient(-STEP)) / (2 * STEP)
    analytical = sum(dot(g._array, d) for g, d in zip(second, directions, strict=True))
    assert_close(analytical, numerical, 1e-6 * max(1, row.tolerance / 1e-12), f"second derivative of {row}")


@each([row for row in DIFFERENTIABLE if variable_count(row) > 1])
def test_each_gradient_alone(row):
    call = prepare(row)
    together = run(row, call)
    weights = weights_for(together, row.rng())
    wanted = gradients(together, call.variables, weights)
    for number in range(len(call.variables)):
        alone = prepare(row, only=number)
        (found,) = gradients(run(row, alone), [alone.variables[number]], weights)
        assert_close(found._array, wanted[number]._array, 1e-12, f"gradient {number} of {row}, asked for alone")


@each(DIFFERENTIABLE)
def test_float32(row):
    call = prepare(row)
    results = run(row, call)
    weights = weights_for(results, row.rng())
    wanted = gradients(results, call.variables, weights)

    def shortened(array):
        if isinstance(array, (list, tuple)):
            return type(array)(shortened(a) for a in array)
        return array.astype(SHORT.get(array.dtype.name, array.dtype)) if isinstance(array, np.ndarray) else array

    def short_argument(given, array):
        return shortened(array) if isinstance(given, (Input, list, tuple)) else array

    short = prepare(row, arrays=[short_argument(i, a) for i, a in zip(row.inputs, call.arrays, strict=True)])
    short_results = run(row, short)
    for long, result in zip(values_of(results), values_of(short_results), strict=True):
        expected_type = SHORT.get(long.dtype.name, long.dtype) if row.row is None or row.op != "to_copy" else long.dtype
        assert result.dtype == expected_type, f"{row} of float32 gives {result.dtype}"
        assert_close(result, long.astype(result.dtype), 1e-3, f"{row} in float32")
    pairs = zip(weights, values_of(short_results), strict=True)
    short_weights = [None if w is None else wrap(w._array.astype(v.dtype)) for w, v in pairs]
    for long, gradient in zip(wanted, gradients(short_results, short.variables, short_weights), strict=True):
        assert gradient._array.dtype == SHORT[long._array.dtype.name], f"the gradient of {row} is {gradient.dtype}"
        assert_close(gradient._array, shortened(long._array), 1e-2, f"gradient of {row} in float32")


@each(BROADCASTING)
def test_broadcasting(row):
    wide = row.resized((3, 1), (2, 1, 4))
    test_value(wide)
    if has_gradient(row):
        test_gradient(wide)


@each(POINTWISE)
def test_no_dimensions(row):
    scalar = row.resized(())
    test_value(scalar)
    if has_gradient(row):
        test_gradient(scalar)


@each(POINTWISE)
def test_no_elements(row):
    empty = row.resized((2, 0))
    test_value(empty)
    if has_gradient(row):
        test_gradient(empty)


@each(ROWS)
def test_inputs_are_not_changed(row):
    call = prepare(row)
    before = prepare(row)
    results = run(row, call)
    weights = weights_for(results, row.rng())
    weights_before = [None if w is None else w._array.copy() for w in weights]
    if has_gradient(row):
        gradients(results, call.variables, weights)
    for now, then in zip(flat(call.arguments), flat(before.arguments), strict=True):
        assert_same(now._array, then._array, f"an input of {row}")
        assert now._version == 0, f"an input of {row} counts as changed"
    for now, then in zip(weights, weights_before, strict=True):
        assert now is None or np.array_equal(now._array, then), f"the gradient given to {row} was changed"


def flat(arguments):
    """All tensors among the arguments."""
    for argument in arguments:
        if isinstance(argument, torch.Tensor):
            yield argument
        elif isinstance(argument, (list, tuple)):
            yield from flat(argument)


@each(ROWS)
def test_any_layout_of_memory(row):
    def gaps(array):
        every_second = (*(slice(None, None, 2) for _ in array.shape), ...)
        spread = np.zeros(tuple(2 * n for n in array.shape), array.dtype)[every_second]
        spread[...] = array
        return spread

    for layout in (gaps, lambda array: np.array(array, order="F")):
        call = prepare(row, layout=layout)
        plain = prepare(row)
        results, expected = run(row, call), run(row, plain)
        for actual, wanted in zip(values_of(results), values_of(expected), strict=True):
            assert_close(actual, wanted, 1e-12, f"{row} of inputs in another layout")
        if has_gradient(row):
            weights = weights_for(results, row.rng())
            found = gradients(results, call.variables, weights)
            for actual, wanted in zip(found, gradients(expected, plain.variables, weights), strict=True):
                assert_close(actual._array, wanted._array, 1e-12, f"gradient of {row} of inputs in another layout")


@each(WITH_TWIN)
def test_inplace_twin(row):
    call = prepare(row, track=has_gradient(row))
    (wanted,) = run(row, call)
    first = call.arguments[0]
    if wanted.shape != first.shape or wanted.dtype not in {first.dtype, torch.bool}:
        return  # the result does not fit into the first argument: test_inplace.py has the errors
    twin_call = prepare(row, track=has_gradient(row))
    target = twin_call.arguments[0].clone()
    memory, version = target._array, target._version
    with np.errstate(all="ignore"):
        result = row.inplace(target, *twin_call.arguments[1:], **row.kwargs)
    assert result is target, f"the twin of {row} must return the tensor that it changes"
    assert target._array is memory, f"the twin of {row} must write into the tensor's memory"
    assert target._version == version + 1, f"the twin of {row} must count one change"
    assert_same(target._array, wanted._array.astype(memory.dtype), f"the twin of {row}")
    if has_gradient(row):
        weights = weights_for([wanted], row.rng())
        found = gradients([target], twin_call.variables, weights)
        for actual, expected in zip(found, gradients([wanted], call.variables, weights), strict=True):
            assert_close(actual._array, expected._array, 1e-12, f"gradient of the twin of {row}")


@each(ROWS)
def test_nothing_is_recorded_without_need(row):
    call = prepare(row)
    with torch.no_grad():
        results = made_by(run(row, call), call)
    results += run(row, prepare(row, track=False))
    for result in results:
        if isinstance(result, torch.Tensor):
            # A view requires grad whenever its base does, as in PyTorch, though it has no history.
            assert not result.requires_grad or result._is_view(), f"{row} was recorded"
            assert result.grad_fn is None, f"{row} was recorded"


@each(DIFFERENTIABLE)
def test_memory_is_released(row):
    gc.disable()
    try:
        call = prepare(row)
        results = run(row, call)
        nodes = [weakref.ref(r.grad_fn) for r in results if isinstance(r, torch.Tensor) and r.grad_fn is not None]
        arrays = [weakref.ref(v) for v in values_of(made_by(results, call))]
        weights = weights_for(results, row.rng())
        found = gradients(results, call.variables, weights, retain_graph=True)
        del results, call, found, weights
        assert not any(node() for node in nodes), f"a node of {row} is kept alive by a cycle"
        assert not any(array() is not None for array in arrays), f"a result of {row} is kept alive by a cycle"
    finally:
        gc.enable()


@each(TABLE_ROWS)
def test_arrays_give_arrays(row):
    call = prepare(row, track=False)
    with np.errstate(all="ignore"):
        result = row.function(*call.arrays, **row.kwargs)
    results = list(result) if isinstance(result, (tuple, list)) else [result]
    for actual, tensor in zip(results, run(row, call), strict=True):
        assert not isinstance(actual, torch.Tensor), f"{row} of arrays gives a tensor"
        assert_close(np.asarray(actual, tensor._array.dtype), tensor._array, 1e-6, f"{row} of arrays")


@each(WITH_ERRORS)
def test_must_raise(row):
    for refusal in row.must_raise:
        call = prepare(row, inputs=refusal.inputs)
        before = [t._array.copy() for t in flat(call.arguments)]
        with pytest.raises(refusal.exception, match=re.escape(refusal.message)):
            row.function(*call.arguments, **refusal.kwargs)
        for now, then in zip(flat(call.arguments), before, strict=True):
            assert_same(now._array, then, f"an input of {row}, which it refused")
