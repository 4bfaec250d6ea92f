"""Random programs of views and changes in place within `jvp`, `vmap` and `grad`: the same as in PyTorch."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import chainrule

from .test_views_parity import CHANGES, COPIES, SHAPE_CHANGES, VIEWS

torch = pytest.importorskip("torch")

X = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]
V = [[1.0, -0.5, 2.0], [0.3, 0.7, -1.0]]
TABLES = {"view": VIEWS, "copy": COPIES, "change": CHANGES}
# A mask picks another number of elements for each entry of a batch, and a batch says of no entry how it lies in memory.
LEFT_OUT = ("mask and write", "pick and write", "the same")
STEPS = [(kind, name) for kind, table in TABLES.items() for name in sorted(table) if name not in LEFT_OUT]

programs = st.lists(
    st.tuples(st.sampled_from([*STEPS, *[step for step in STEPS if step[0] == "change"]]), *[st.integers(0, 99)] * 2),
    min_size=1,
    max_size=9,
)


def function(library, steps):
    """The program as a function of its tensor: a weighted sum of the squares of all that it made."""

    def run(x):
        tensors = [x * 1]
        for (kind, name), first, second in steps:
            one, other = tensors[first % len(tensors)], tensors[second % len(tensors)]
            if kind == "view":
                tensors.append(VIEWS[name](one))
            elif kind == "copy":
                tensors.append(COPIES[name](one, other))
            else:
                CHANGES[name](one, other)
        total = 0
        for number, tensor in enumerate(tensors):
            weights = library.cos(library.arange(tensor.numel(), dtype=library.float64) + number)
            total = total + (tensor * tensor * weights.reshape(tuple(tensor.shape))).sum()
        return total

    return run


def results(library, steps):
    """Value, gradient and tangent, those of a batch, and second derivatives; None for what is refused."""
    run = function(library, steps)
    x, v = (library.tensor(values, dtype=library.float64) for values in (X, V))
    batch, directions = library.stack([x, x * 1.5, x - 0.05]), library.stack([v, v * 2, -v])
    func = library.func
    calls = {
        "value": lambda: run(x.clone()),
        "gradient": lambda: func.grad(run)(x.clone()),
        "tangent": lambda: func.jvp(run, (x.clone(),), (v.clone(),))[1],
        "batch": lambda: func.vmap(run)(batch.clone()),
        "gradients of a batch": lambda: func.vmap(func.grad(run))(batch.clone()),
        "tangents of a batch": lambda: func.jvp(func.vmap(run), (batch.clone(),), (directions.clone(),))[1],
        "a batch of tangents": lambda: func.vmap(lambda x, v: func.jvp(run, (x,), (v,))[1])(
            batch.clone(), directions.clone()
        ),
        "a batch of second derivatives": lambda: func.vmap(lambda x, v: func.jvp(func.grad(run), (x,), (v,))[1])(
            batch.clone(), directions.clone()
        ),
        "second derivative": lambda: func.jvp(func.grad(run), (x.clone(),), (v.clone(),))[1],
    }
    found = {}
    for name, call in calls.items():
        try:
            found[name] = np.array(call().tolist())
        except (RuntimeError, IndexError):
            found[name] = None
    return found


@settings(max_examples=100, deadline=None)
@given(programs)
def test_views_and_changes(steps):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected, given = results(torch, steps), results(chainrule, steps)
    # Of larger numbers no digits are left in their differences.
    assume(all(value is None or np.abs(value).max() < 1e6 for value in expected.values()))
    names = {step for (_, step), *_ in steps}
    for name, value in expected.items():
        if given[name] is None and names & {"expanded", *SHAPE_CHANGES}:
            continue  # a tangent is not written into what is expanded, nor seen through a shape that has changed
        if value is not None:  # what PyTorch refuses may work here
            assert given[name] is not None, f"refused: {name}"
            np.testing.assert_allclose(given[name], value, rtol=1e-7, atol=1e-9, err_msg=name)
