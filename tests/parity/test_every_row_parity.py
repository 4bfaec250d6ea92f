"""Every row of samples gives PyTorch's values, types, shapes, gradients of two orders, and errors.

What differs on purpose, and what PyTorch does not have, is declared in row_differences.py, each with its reason.
"""

import functools
import types
import warnings

import numpy as np
import pytest

import chainrule
from op_samples import Input, all_samples, drawn
from row_differences import DIFFERENT_ERRORS, DIFFERENT_GRADIENTS, DIFFERENT_VALUES, NOT_IN_PYTORCH
from test_every_op import variable_count

torch = pytest.importorskip("torch")


def labelled():
    """Every row by its name; what has the name of one before it, with a number."""
    found = {}
    for row in all_samples():
        count = sum(1 for other in found.values() if other.name == row.name)
        found[f"{row.name} {count + 1}" if count else row.name] = row
    return found


ALL = labelled()
# A row that users cannot call is a part of one that they can.
PUBLIC = {name: row for name, row in ALL.items() if row.row is None or row.row.spaces}
ROWS = {name: row for name, row in PUBLIC.items() if name not in NOT_IN_PYTORCH}
DIFFERENTIABLE = [name for name, row in ROWS.items() if row.orders and variable_count(row)]
REFUSALS = [(name, number) for name, row in ROWS.items() for number in range(len(row.must_raise))]


def in_library(row, library):
    """The function that a row is about, of PyTorch or of chainrule; LookupError where it has none of that name."""
    if callable(row.op):
        if row.op.__module__.partition(".")[0] == "chainrule":
            return getattr(library.nn.functional, row.op.__name__, None) or getattr(library, row.op.__name__)
        # A function of the samples: the same code, with the library where it says `torch`.
        scope = {name: library if value is chainrule else value for name, value in row.op.__globals__.items()}
        made = types.FunctionType(row.op.__code__, scope, row.op.__name__, row.op.__defaults__, row.op.__closure__)
        made.__kwdefaults__ = row.op.__kwdefaults__
        return made
    for path in paths(row):
        try:
            return functools.reduce(getattr, path, library)
        except AttributeError:
            continue
    msg = f"PyTorch has nothing called {' or '.join('.'.join(path) for path in paths(row))}"
    raise LookupError(msg)


def paths(row):
    """Where users find the row, from the library on."""
    if row.row is None:
        return [row.op.split(".")]
    places = [space.partition(":") for space in row.row.spaces]
    return [[*(() if space == "torch" else space.split(".")), name or row.row.name] for space, _, name in places]


def to_tensor(library, array):
    return library.from_numpy(np.array(array, order="C"))


def call(row, library, inputs, kwargs):
    """The results of a row's function, and the tensors that require grad."""
    arrays = [drawn(given, rng) for rng in [row.rng()] for given in inputs]
    variables = []

    def as_argument(given, array):
        if isinstance(given, Input):
            tensor = to_tensor(library, array)
            if given.differentiate and array.dtype.kind in "fc":
                variables.append(tensor.requires_grad_())
            return tensor
        if isinstance(given, (list, tuple)):
            return type(given)(as_argument(g, a) for g, a in zip(given, array, strict=True))
        if isinstance(given, np.ndarray):
            return to_tensor(library, given)
        if isinstance(given, chainrule.dtype):
            return getattr(library, str(given).rpartition(".")[2])
        return array

    arguments = [as_argument(given, array) for given, array in zip(inputs, arrays, strict=True)]
    named = {name: as_argument(value, value) for name, value in kwargs.items()}
    function = in_library(row, library)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = function(*arguments, **named)
    return (list(result) if isinstance(result, (tuple, list)) else [result]), variables


def to_numpy(value):
    return value.detach().resolve_conj().resolve_neg().numpy(force=True) if isinstance(value, torch.Tensor) else value


def arrays_of(results):
    return [
        np.asarray(to_numpy(r)) if not isinstance(r, chainrule.Tensor) else r.detach().numpy(force=True)
        for r in results
    ]


def gradients(row, library, results, variables):
    """Gradients of the results with random weights, and gradients of these; zeros for None."""
    rng = row.rng()

    def weights_like(tensors):
        return [to_tensor(library, like(t, rng)) for t in tensors]

    outputs = [r for r in results if isinstance(r, library.Tensor) and r.requires_grad]
    found = []
    for order in range(row.orders):
        if not outputs or not variables:
            # Whether a gradient that is the same everywhere is recorded is not compared.
            found.append([np.zeros(v.shape) for v in variables])
            continue
        grads = library.autograd.grad(
            outputs, variables, weights_like(outputs), create_graph=order + 1 < row.orders, allow_unused=True
        )
        # Whether a gradient of zeros is left out is not compared.
        found.append(
            [np.zeros(v.shape) if g is None else arrays_of([g])[0] for g, v in zip(grads, variables, strict=True)]
        )
        outputs = [g for g in grads if g is not None and g.requires_grad]
    return found


def like(tensor, rng):
    made = rng.uniform(-1, 1, tuple(tensor.shape))
    kind = str(tensor.dtype).rpartition(".")[2]
    return np.asarray(made + 1j * rng.uniform(-1, 1, made.shape) if kind.startswith("complex") else made, kind)


def differ(compare, *errors):
    """Whether a comparison fails; its error is shown where that was not declared."""
    try:
        compare()
    except errors as error:
        return error
    return None


def hold_declaration(name, declared, error):
    """Raise what differs where it is not declared, and complain of a declaration whose reason is gone."""
    if error is not None and name not in declared:
        raise error
    assert error is not None or name not in declared, f"{name} is declared to differ from PyTorch, and does not"


@pytest.mark.parametrize("name", ROWS)
def test_values(name):
    row = ROWS[name]
    close = max(1e-9, row.tolerance)

    def compare():
        theirs, _ = call(row, torch, row.inputs, row.kwargs)
        assert len(ours) == len(theirs), f"{row} has {len(ours)} results, PyTorch's {len(theirs)}"
        for a, b in zip(arrays_of(ours), arrays_of(theirs), strict=True):
            assert a.dtype == b.dtype, f"{row} gives {a.dtype}, PyTorch's {b.dtype}"
            assert a.shape == b.shape, f"{row} gives {a.shape}, PyTorch's {b.shape}"
            np.testing.assert_allclose(a, b, rtol=close, atol=close, err_msg=name)

    ours, _ = call(row, chainrule, row.inputs, row.kwargs)
    hold_declaration(name, DIFFERENT_VALUES, differ(compare, AssertionError, RuntimeError))


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_gradients(name):
    row = ROWS[name]
    close = max(1e-8, row.tolerance)

    def compare():
        theirs = gradients(row, torch, *call(row, torch, row.inputs, row.kwargs))
        for order, (a, b) in enumerate(zip(ours, theirs, strict=True), 1):
            for mine, other in zip(a, b, strict=True):
                np.testing.assert_allclose(mine, other, rtol=close, atol=close, err_msg=f"order {order} of {name}")

    ours = gradients(row, chainrule, *call(row, chainrule, row.inputs, row.kwargs))
    hold_declaration(name, DIFFERENT_GRADIENTS, differ(compare, AssertionError, RuntimeError, ValueError))


@pytest.mark.parametrize(("name", "number"), REFUSALS)
def test_errors(name, number):
    row = ROWS[name]
    refusal = row.must_raise[number]
    with pytest.raises(Exception) as raised:  # noqa: PT011 (which one is what is compared)
        call(row, torch, refusal.inputs, refusal.kwargs)
    same = isinstance(raised.value, refusal.exception) and refusal.message in str(raised.value)
    declared = f"{name}-{number}" in DIFFERENT_ERRORS
    assert same or declared, f"PyTorch: {type(raised.value).__name__}: {raised.value}"
    assert not (same and declared), f"{name} is declared to differ from PyTorch, and does not"


def test_declarations_name_rows():
    assert not {*DIFFERENT_VALUES, *DIFFERENT_GRADIENTS, *NOT_IN_PYTORCH} - set(PUBLIC)
    assert not set(DIFFERENT_ERRORS) - {f"{name}-{number}" for name, number in REFUSALS}
