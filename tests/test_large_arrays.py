"""Large arrays: worked on in blocks and in threads, with the same bits as a result as piece by piece."""

import os
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest

import chainrule as torch
from chainrule.engine.op import ELEMENTWISE, TABLE
from chainrule.kernels import blas_threads, blockwise, steps, threads
from chainrule.kernels.selection import select
from op_samples import Input, all_samples, drawn

# More than an array needs to be large, in pieces that are small, and some elements that fill no vector.
SHAPE = (5, 56_003)
SIZE = SHAPE[0] * SHAPE[1]
PIECE = 1 << 16


@pytest.fixture
def number_of_threads(monkeypatch):
    monkeypatch.setattr(blockwise, "WORTH_A_THREAD", 1 << 16)
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


# Functions that SciPy computes number by number, a thousand times longer than it takes to read them: what is cut into
# blocks of their formulas are products, as in every other row.
NUMBER_BY_NUMBER = ("bessel", "modified_bessel", "beta_functions", "distributions", "elliptic", "gamma_functions")


def is_cut_into_blocks(op):
    slow = op.name == "wright_bessel" or str(op.forward.__module__).endswith(NUMBER_BY_NUMBER)
    return op.kind == ELEMENTWISE and not slow


def is_elementwise(row):
    covered = [TABLE[name] for name in row.covers if name in TABLE]
    return bool(covered) and row.resized(SHAPE) is not None and all(is_cut_into_blocks(op) for op in covered)


ROWS = [row for row in all_samples() if is_elementwise(row)]


def test_most_elementwise_rows_are_looked_at():
    everything = {name for row in all_samples() for name in row.covers if name in TABLE}
    elementwise = {name for name in everything if is_cut_into_blocks(TABLE[name])}
    assert len({name for row in ROWS for name in row.covers}) > 0.9 * len(elementwise)


def value_and_gradients(row, arrays, grad):
    arguments = [torch.from_numpy(a.copy()) if isinstance(a, np.ndarray) else a for a in arrays]
    variables = [
        argument.requires_grad_()
        for given, argument in zip(row.inputs, arguments, strict=True)
        if isinstance(given, Input) and given.differentiate and argument.is_floating_point()
    ]
    result = row.function(*arguments, **row.kwargs)
    results = [result.detach().numpy()]
    if result.requires_grad and row.orders:
        result.backward(torch.from_numpy(grad.astype(results[0].dtype)))
        results += [v.grad.numpy() for v in variables if v.grad is not None]
    return results


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_large_tensor_gives_bit_for_bit_what_its_pieces_give(row, dtype, number_of_threads):
    rng = row.rng()
    arrays = [drawn(i, rng) for i in row.resized(SHAPE).inputs]
    arrays = [a.astype(dtype) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a for a in arrays]
    grad = rng.standard_normal(SHAPE)
    pieces = [
        value_and_gradients(
            row,
            [a.reshape(-1)[at : at + PIECE] if isinstance(a, np.ndarray) else a for a in arrays],
            grad.reshape(-1)[at : at + PIECE],
        )
        for at in range(0, SIZE, PIECE)
    ]
    expected = [np.concatenate(parts) for parts in zip(*pieces, strict=True)]
    for number in (1, 2):
        number_of_threads(number)
        found = value_and_gradients(row, arrays, grad)
        assert len(found) == len(expected)
        for f, e in zip(found, expected, strict=True):
            assert f.shape == SHAPE
            assert f.dtype == e.dtype
            assert f.tobytes() == e.tobytes()


# ---- steps ----

FLOAT = np.dtype(np.float32)


def steps_of(function, *arguments):
    return steps.steps_of(function, arguments)


def names_of(found):
    return [step[0].__name__ for step in found.steps]


def test_a_formula_is_known_step_by_step():
    found = steps_of(lambda grad, result: grad * (1 - result * result), FLOAT, FLOAT)
    assert names_of(found) == ["multiply", "subtract", "multiply"]
    assert found.dtype == FLOAT
    assert not found.scratch  # the memory of the result is enough
    assert not found.is_work
    assert steps_of(lambda grad, x: grad * np.cos(x), FLOAT, FLOAT).is_work


def test_steps_that_nothing_comes_of_are_left_out():
    def formula(grad, x):
        np.sin(x)
        return grad + x

    assert names_of(steps_of(formula, FLOAT, FLOAT)) == ["add"]


def test_a_step_of_another_type_has_memory_of_its_own():
    found = steps_of(lambda grad, x: np.where(x > 0, grad, 0), FLOAT, FLOAT)
    assert names_of(found) == ["greater", "select_into"]
    assert [dtype for _, dtype in found.scratch] == [np.dtype(bool)]


@pytest.mark.parametrize(
    "formula",
    [
        lambda x: x,  # itself: not to be copied
        lambda x: 0,
        lambda x: x * x.size,
        lambda x: x * 2 if (x > 0).any() else x,
        lambda x: x if x > 0 else -x,
        lambda x: (x, x),
        lambda x: np.asarray(x) + 1,
        lambda x: np.add.reduce(x),
        lambda x: np.add(x, x, out=np.empty(3)),
        lambda x: np.modf(x)[0],
        lambda x: x + np.ones(3),
        lambda x: x.astype(np.int64),
        lambda x: x.astype(x.dtype),
        lambda x: 1 // 0,
    ],
    ids=range(14),
)
def test_what_hangs_on_values_or_shapes_has_no_steps(formula):
    assert steps_of(formula, FLOAT) is None


def test_numbers_keep_their_sign_and_their_type():
    function = blockwise.blockwise(lambda x, number: x * number)
    x = np.ones(blockwise.LARGE, np.float32)
    assert np.signbit(function(x, -0.0)).all()
    assert not np.signbit(function(x, 0.0)).any()
    assert function(x, 2).dtype == np.float32
    assert function(x.astype(np.int64), 2).dtype == np.int64
    assert function(x.astype(np.int64), 2.0).dtype == np.float64


def test_a_function_called_in_many_ways_remembers_few():
    calls = []

    def function(x, number):
        calls.append(number)
        return x * number

    in_blocks = blockwise.blockwise(function)
    x = np.ones(blockwise.LARGE, np.float32)
    for number in range(3 * blockwise.MOST_KNOWN):
        assert in_blocks(x, number)[-1] == number
    assert len(calls) == 3 * blockwise.MOST_KNOWN  # each was looked at once, and none is wrong


def test_the_power_operator_is_taken_for_what_numpy_makes_of_it():
    x = np.random.default_rng(0).uniform(0.1, 3, SIZE).astype(np.float32)
    for exponent in (2, 2.0, 0.5, -1, 1, 0, 3, 1.7, -2):

        def power(x, exponent=exponent):
            return x**exponent * 1

        assert blockwise.blockwise(power)(x).tobytes() == power(x).tobytes()


# ---- layouts ----


def layouts():
    x = np.random.default_rng(0).standard_normal((600, 500)).astype(np.float32)
    return {
        "rows": x,
        "transposed": x.T,
        "sliced": np.repeat(x, 2, 0)[::2],
        "backwards": x[::-1],
        "expanded": np.broadcast_to(np.float32(1.5), x.shape),
        "expanded in part": np.broadcast_to(x[:1], x.shape),
    }


@pytest.mark.parametrize("layout", layouts())
def test_any_layout(layout):
    x = layouts()[layout]
    g = np.ones(x.shape, x.dtype)

    def formula(grad, x):
        return grad * (1 - x * x)

    found = blockwise.blockwise(formula)(g, x)
    expected = formula(g, x)
    assert found.tobytes() == expected.tobytes()
    assert found.strides == expected.strides


def test_the_gradient_of_a_sum_needs_no_copy():
    grad = np.broadcast_to(np.float32(2), SHAPE)
    x = np.random.default_rng(0).standard_normal(SHAPE).astype(np.float32)
    found = blockwise.blockwise(lambda grad, x: grad * np.cos(x))(grad, x)
    assert found.tobytes() == (grad * np.cos(x)).tobytes()


def test_broadcasting_beside_a_large_tensor():
    x = torch.randn(*SHAPE, requires_grad=True)
    row = torch.randn(SHAPE[1], requires_grad=True)
    (x * row).sum().backward()
    np.testing.assert_allclose(row.grad.numpy(), x.detach().numpy().sum(0), rtol=1e-4, atol=1e-4)
    assert (x.grad == row).all()


def test_second_derivatives_of_large_tensors():
    x = torch.linspace(-2, 2, SIZE, dtype=torch.float64).requires_grad_()
    (first,) = torch.autograd.grad(x.tanh().sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    t = np.tanh(x.detach().numpy())
    np.testing.assert_allclose(second.numpy(), -2 * t * (1 - t * t), atol=1e-12)


def test_a_large_tensor_changed_since_is_noticed():
    x = torch.randn(SIZE, requires_grad=True)
    y = x.exp()
    z = y.sin()
    y.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


# ---- choosing ----


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64, np.int8, np.bool_, np.complex64])
def test_select_is_where(dtype):
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal((40, 50)) * 3).astype(dtype), (rng.standard_normal((40, 50)) * 3).astype(dtype)
    condition = rng.random((40, 50)) < 0.5
    choices = [
        (x, y),
        (x, x),
        (0, y),
        (x, 0),
        (0.0, y),
        (x, -0.0),
        (1.5, y),
        (x, np.nan),
        (2, 3),
        (x[0], y),
        (x[0, 0], y),
        (np.array(x[0, 0]), y),
    ]
    choices.append((x.T, x.T))
    for a, b in choices:
        if np.shape(a) == (50, 40):
            found, expected = select(condition.T, a, b), np.where(condition.T, a, b)
        else:
            found, expected = select(condition, a, b), np.where(condition, a, b)
        assert found.dtype == expected.dtype
        assert np.array_equal(found, expected, equal_nan=True)
        assert np.array_equal(np.signbit(found.real), np.signbit(expected.real)) if found.dtype.kind in "fc" else True


# ---- sums ----


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [blockwise.LARGE, SIZE, 1_000_001, 4_999_999])
def test_the_sum_is_numpys_with_any_number_of_threads(size, dtype, number_of_threads):
    x = np.random.default_rng(0).standard_normal(size).astype(dtype)
    for number in (1, 2, 3):
        number_of_threads(number)
        found = torch.from_numpy(x).sum()
        assert found.dtype == torch.from_numpy(x).dtype
        assert found.numpy().tobytes() == np.add.reduce(x).tobytes()


# ---- threads ----


def test_the_number_of_threads(number_of_threads):
    number_of_threads(3)
    assert torch.get_num_threads() == 3
    assert set(blas_threads.counts().values()) <= {3, None}
    for wrong, message in ((0, "positive integer"), (-1, "positive integer"), (1.5, "an int, but got float")):
        with pytest.raises(RuntimeError, match=f"set_num_threads expects {'a ' * (wrong != 1.5)}{message}"):
            torch.set_num_threads(wrong)
    assert torch.get_num_threads() == 3


def test_the_number_of_threads_between_operations_is_said_once():
    program = """
import chainrule as torch
assert torch.get_num_interop_threads() == torch.get_num_threads()
torch.set_num_interop_threads(7)
assert torch.get_num_interop_threads() == 7
try:
    torch.set_num_interop_threads(8)
except RuntimeError as error:
    print(error)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("Error: cannot set number of interop threads")


def test_the_environment_says_how_many_threads():
    environment = {**os.environ, "OMP_NUM_THREADS": "5"}
    program = "import chainrule; print(chainrule.get_num_threads())"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert told.stdout == "5\n"


def test_pieces_run_side_by_side_and_each_once(number_of_threads):
    number_of_threads(4)
    both = threading.Barrier(2, timeout=20)
    done = []

    def work(number):
        if number < 2:
            both.wait()  # passes when two are at it at the same time
        done.append(number)

    threads.run_side_by_side([lambda n=n: work(n) for n in range(6)])
    assert sorted(done) == list(range(6))


def test_work_within_work(number_of_threads):
    number_of_threads(2)
    done = []

    def outer(number):
        threads.run_side_by_side([lambda n=n: done.append((number, n)) for n in range(3)])

    threads.run_side_by_side([lambda n=n: outer(n) for n in range(3)])
    assert sorted(done) == [(i, j) for i in range(3) for j in range(3)]


def test_an_error_in_a_thread_is_raised_when_all_have_finished(number_of_threads):
    number_of_threads(2)
    done = []

    def fail():
        raise ZeroDivisionError

    for works in ([fail, lambda: done.append(1)], [lambda: done.append(1), fail]):
        done.clear()
        with pytest.raises(ZeroDivisionError):
            threads.run_side_by_side(works)
        assert done == [1]


def test_a_thread_warns_as_its_caller_wants(number_of_threads):
    number_of_threads(2)
    x = np.zeros(4 * blockwise.WORTH_A_THREAD, np.float32)
    log = blockwise.blockwise(np.log)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(divide="ignore"):
            assert np.isneginf(log(x)).all()
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        log(x)


def test_many_threads_at_once(number_of_threads):
    number_of_threads(2)
    x = np.random.default_rng(0).standard_normal(SIZE).astype(np.float32)
    expected = np.exp(np.sin(x)).tobytes()
    wrong = []

    def program():
        found = [torch.from_numpy(x).sin().exp().numpy().tobytes() for _ in range(5)]
        wrong.extend([each for each in found if each != expected])

    programs = [threading.Thread(target=program) for _ in range(6)]
    for each in programs:
        each.start()
    for each in programs:
        each.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_threads_of_its_own():
    program = """
import os, sys, warnings
warnings.simplefilter("ignore")  # that there are threads, which do not come along
import chainrule as torch
torch.set_num_threads(2)
x = torch.randn(1 << 19)
expected = x.exp()
child = os.fork()
if not child:
    os._exit(0 if (x.exp() == expected).all() else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
