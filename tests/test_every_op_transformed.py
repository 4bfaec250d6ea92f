"""Forward mode and batching of all operations, held against every row of op_samples.py.

Tangents are compared with the gradients, which test_every_op.py compares with finite differences: for a result `y` with
the gradient `w`, the tangent in a direction `d` is such that `<w, tangent> = <gradient, d>`. Batches are compared with
the operation called once for each entry.
"""

import warnings

import numpy as np
import pytest

import chainrule as torch
from chainrule.engine.batching import VmapLevel
from chainrule.engine.forward_mode import JvpLevel
from chainrule.tensor import wrap
from op_samples import Input
from test_every_op import (
    DIFFERENTIABLE,
    TABLE_ROWS,
    TWICE,
    assert_close,
    dot,
    each,
    gradients,
    like,
    moved,
    prepare,
    run,
    values_of,
)

ENTRIES = 2


def directions_of(call, rng):
    return [like(v._array, rng) for v in call.variables]


def with_variables(row, call, replaced):
    """The call's arguments with these tensors in place of its variables."""
    left = list(replaced)

    def put(given, argument):
        if isinstance(given, Input):
            return left.pop(0) if any(argument is v for v in call.variables) else argument
        if isinstance(given, (list, tuple)):
            return type(given)(put(g, a) for g, a in zip(given, argument, strict=True))
        return argument

    return [put(i, a) for i, a in zip(row.inputs, call.arguments, strict=True)]


def listed(result):
    return list(result) if isinstance(result, (tuple, list)) else [result]


def tangents_in(row, call, directions):
    """The results of a call and their tangents, zeros where there is none."""
    level = JvpLevel()
    with level.entered():
        duals = [level.make_dual(v, d) for v, d in zip(call.variables, directions, strict=True)]
        results = listed(row.function(*with_variables(row, call, duals), **row.kwargs))
        return [level.unpack(r) if isinstance(r, torch.Tensor) else (r, None) for r in results]


@each(DIFFERENTIABLE)
def test_the_tangent_agrees_with_the_gradient(row):
    rng = row.rng()
    call = prepare(row, track=False)
    directions = directions_of(call, rng)
    found = tangents_in(row, call, [wrap(d) for d in directions])
    recorded = prepare(row, arrays=call.arrays)
    results = run(row, recorded)
    weights = [wrap(like(v, rng)) if v.dtype.kind in "fc" else None for v in values_of(results)]
    expected = sum(
        dot(g._array, d) for g, d in zip(gradients(results, recorded.variables, weights), directions, strict=True)
    )
    for (_, tangent), result in zip(found, results, strict=True):
        if tangent is not None:
            assert tangent._array.shape == result._array.shape
            assert tangent._array.dtype == result._array.dtype
    actual = sum(
        dot(w._array, tangent._array)
        for (_, tangent), w in zip(found, weights, strict=True)
        if tangent is not None and w is not None
    )
    assert_close(np.asarray(float(actual)), np.asarray(float(expected)), 1e-8, f"{row!r}: tangent against gradient")


@each(TWICE)
def test_second_derivatives_are_the_same_in_all_four_orders(row):
    """Of the weighted sum of the results, in two directions: each order gives <second derivative, directions>."""
    rng = row.rng()
    call = prepare(row, track=False)
    first = [wrap(d) for d in directions_of(call, rng)]
    second = [wrap(d) for d in directions_of(call, rng)]
    weights = [wrap(like(v, rng)) if v.dtype.kind in "fc" else None for v in values_of(run(row, call))]

    def scalar(*variables):
        results = listed(row.function(*with_variables(row, call, variables), **row.kwargs))
        total = None
        for result, weight in zip(results, weights, strict=True):
            if weight is not None:
                product = result * weight.conj()
                term = (product.real if product.is_complex() else product).sum()
                total = term if total is None else total + term.to(total.dtype)
        return total

    def gradient(function, along):
        # The derivative in a direction by reverse mode: a function of the same variables.
        def derived(*variables):
            pulled = torch.func.grad(function, argnums=tuple(range(len(variables))))(*variables)
            terms = [
                (g.conj() * d).real.sum() if g.is_complex() else (g * d).sum()
                for g, d in zip(pulled, along, strict=True)
            ]
            return sum(terms[1:], terms[0])

        return derived

    def tangent(function, along):
        def derived(*variables):
            return torch.func.jvp(function, tuple(variables), tuple(along))[1]

        return derived

    expected = gradient(gradient(scalar, first), second)(*call.variables)
    assert np.isfinite(expected._array).all()
    for outer, inner in ((gradient, tangent), (tangent, gradient), (tangent, tangent)):
        found = outer(inner(scalar, first), second)(*call.variables)
        what = f"{row!r}: {outer.__name__} of {inner.__name__}"
        assert_close(found._array, expected._array, 1e-7, what)


@each(TABLE_ROWS)
def test_a_batch_is_the_operation_once_for_each_entry(row):
    rng = row.rng()
    calls = []
    for number in range(ENTRIES):
        call = prepare(row, track=False)
        if number and call.variables:
            near = moved(row, call.arrays, directions_of(call, rng), 1e-3)
            call = prepare(row, arrays=near, track=False)
        calls.append(call)
    try:
        expected = [values_of(run(row, call)) for call in calls]
    except RuntimeError as error:
        pytest.fail(f"{row!r}: {error}")
    batched = calls[0].variables or [a for a in calls[0].arguments if isinstance(a, torch.Tensor)]
    if not batched:
        return
    level = VmapLevel(ENTRIES)
    with warnings.catch_warnings(), level.entered():
        warnings.simplefilter("ignore")
        if calls[0].variables:
            stacks = [
                level.wrap(wrap(np.stack([call.variables[i]._array for call in calls]))) for i in range(len(batched))
            ]
            arguments = with_variables(row, calls[0], stacks)
        else:
            arguments = [
                level.wrap(wrap(np.stack([call.arguments[i]._array for call in calls])))
                if isinstance(argument, torch.Tensor)
                else argument
                for i, argument in enumerate(calls[0].arguments)
            ]
        results = listed(row.function(*arguments, **row.kwargs))
        found = [level.unwrap(r)._array if isinstance(r, torch.Tensor) else r for r in results]
    assert len(found) == len(expected[0])
    for number, values in enumerate(found):
        for entry in range(ENTRIES):
            wanted = expected[entry][number]
            got = values[entry] if isinstance(values, np.ndarray) else np.asarray(values)
            assert_close(np.asarray(got), wanted, 1e-9, f"{row!r}: result {number} of entry {entry}")


@each(DIFFERENTIABLE)
def test_batched_gradients_are_the_gradients_one_by_one(row):
    rng = row.rng()
    call = prepare(row)
    results = run(row, call)
    weights = [[like(v, rng) if v.dtype.kind in "fc" else None for v in values_of(results)] for _ in range(ENTRIES)]
    expected = [gradients(results, call.variables, [w if w is None else wrap(w) for w in each], retain_graph=True)
                for each in weights]  # fmt: skip
    stacked = [None if w[0] is None else wrap(np.stack(w)) for w in zip(*weights, strict=True)]
    kept = [(r, w) for r, w in zip(results, stacked, strict=True) if w is not None and r.requires_grad]
    if not kept:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = torch.autograd.grad(
            [r for r, _ in kept], call.variables, [w for _, w in kept], allow_unused=True, is_grads_batched=True
        )
    for number, gradient in enumerate(found):
        for entry in range(ENTRIES):
            wanted = expected[entry][number]._array
            got = np.zeros_like(wanted) if gradient is None else gradient._array[entry]
            assert_close(np.asarray(got), wanted, 1e-9, f"{row!r}: gradient {number} of entry {entry}")


@each(DIFFERENTIABLE)
def test_batched_tangents_are_the_tangents_one_by_one(row):
    rng = row.rng()
    call = prepare(row, track=False)
    directions = [directions_of(call, rng) for _ in range(ENTRIES)]
    expected = [tangents_in(row, call, [wrap(d) for d in each]) for each in directions]
    level = VmapLevel(ENTRIES)
    with warnings.catch_warnings(), level.entered():
        warnings.simplefilter("ignore")
        stacks = [level.wrap(wrap(np.stack(d))) for d in zip(*directions, strict=True)]
        found = [None if t is None else level.unwrap(t)._array for _, t in tangents_in(row, call, stacks)]
    for number, tangent in enumerate(found):
        for entry in range(ENTRIES):
            wanted = expected[entry][number][1]
            if tangent is None or wanted is None:
                assert tangent is None or not np.any(tangent[entry])
                assert wanted is None or not np.any(wanted._array)
            else:
                what = f"{row!r}: tangent {number} of entry {entry}"
                assert_close(np.asarray(tangent[entry]), wanted._array, 1e-9, what)


def test_what_is_written_over_by_a_comparison_does_not_move_any_more():
    def compared(x):
        y = x * x
        y.eq_(4.0)
        return y + x

    x = torch.tensor([1.0, 2.0])
    _, tangent = torch.func.jvp(compared, (x,), (torch.ones(2),))
    assert tangent.tolist() == [1.0, 1.0]
