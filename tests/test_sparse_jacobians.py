"""Sparse Jacobians and Hessians: the patterns that are found, the passes they take, and what comes out."""

import gc
import itertools
import re
import weakref
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

import chainrule as torch
from chainrule.autograd.gradient_edges import engine_edge
from chainrule.autograd.sparsity.compression import compression
from chainrule.autograd.sparsity.pattern import pattern_of
from chainrule.autograd.sparsity.probing import LINEAR_IN_INPUTS
from chainrule.autograd.sparsity.recorded import Graph
from chainrule.autograd.sparsity.rules import RULES, broadcast, everything, in_common
from chainrule.autograd.sparsity.structure import structure_of
from chainrule.engine.batched import gradients_of_rows
from chainrule.engine.op import TABLE
from chainrule.kernels.colouring import row_colours, star_colours
from test_every_op import DIFFERENTIABLE, TWICE, gradients, prepare, run, weights_for

functional = torch.autograd.functional


def doubles(*values):
    return torch.tensor(values, dtype=torch.float64)


def ramp(count):
    return torch.linspace(0.5, 1.5, count, dtype=torch.float64)


def dense(array):
    return array.toarray()


def assert_same_jacobian(f, inputs, *, passes=None):
    """Sparse and dense Jacobians of `f` are equal; it takes so many passes."""
    jacobian = torch.func.sparse_jacobian(f)
    found = jacobian(inputs)
    expected = functional.jacobian(f, inputs)
    np.testing.assert_allclose(dense(found), expected.reshape(found.shape)._array, rtol=1e-12, atol=1e-12)
    assert found.dtype == expected._array.dtype
    assert found.has_canonical_format
    assert found.indices.dtype == found.indptr.dtype == np.int32
    if passes is not None:
        assert jacobian.passes == passes
    return jacobian


def assert_same_hessian(f, inputs, *, passes=None):
    hessian = torch.func.sparse_hessian(f)
    found = hessian(inputs)
    expected = functional.hessian(f, inputs)
    np.testing.assert_allclose(dense(found), expected.reshape(found.shape)._array, rtol=1e-12, atol=1e-12)
    if passes is not None:
        assert hessian.passes == passes
    return hessian


# ---- every row: no pattern is too small ----


def graph_of(result, variables):
    return Graph((engine_edge(result),), tuple(variables))


def pattern_as_matrix(graph):
    starts, columns = pattern_of(graph)
    matrix = np.zeros((len(starts) - 1, sum(leaf._array.size for leaf in graph.leaves)), bool)
    matrix[np.repeat(np.arange(len(matrix)), np.diff(starts)), columns] = True
    return matrix


def nonzeros(result, variables):
    """Where the derivatives of the result are not zero, computed row by row."""
    rows = gradients_of_rows(engine_edge(result), result._array.shape, result._array.dtype, tuple(variables))
    count = result._array.size
    return np.concatenate(
        [
            np.zeros((count, v._array.size), bool) if block is None else block.reshape(count, -1) != 0
            for block, v in zip(rows, variables, strict=True)
        ],
        axis=1,
    )


def assert_patterns_hold(row, calls, results):
    """The pattern found for one call has all its derivatives, and those of another call that is said to be alike."""
    for result, other in zip(*results, strict=True):
        if not (isinstance(result, torch.Tensor) and result.requires_grad):
            continue
        graph = graph_of(result, calls[0].variables)
        pattern = pattern_as_matrix(graph)
        assert not (nonzeros(result, calls[0].variables) & ~pattern).any(), f"the pattern of {row} is too small"
        assert structure_of(graph) == structure_of(graph), f"the structure of {row} is equal to nothing"
        if other.requires_grad and structure_of(graph_of(other, calls[1].variables)) == structure_of(graph):
            lost = nonzeros(other, calls[1].variables) & ~pattern
            assert not lost.any(), f"the pattern of {row} is too small for other values"


def two_calls(row):
    return [prepare(row), prepare(replace(row, name=row.name + " again"))]


@pytest.mark.parametrize("row", DIFFERENTIABLE, ids=repr)
def test_no_pattern_is_too_small(row):
    calls = two_calls(row)
    assert_patterns_hold(row, calls, [run(row, call) for call in calls])


# The gradient of `attention in blocks` may depend on 174 million pairs: it is refused, see below.
@pytest.mark.parametrize("row", [row for row in TWICE if row.name != "attention in blocks"], ids=repr)
def test_no_pattern_of_second_derivatives_is_too_small(row):
    calls = two_calls(row)
    results = []
    for call in calls:
        found = run(row, call)
        weights = weights_for(found, row.rng())
        results.append(gradients(found, call.variables, weights, create_graph=True))
    assert_patterns_hold(row, calls, results)


# Rules that forget a dimension, and one that takes none for a place that counts.
WRONG_RULES = {
    "softmax_along": broadcast,
    "matmul": lambda of, sets: in_common(of, sets, [(d, d) for d in range(min(len(of.shape), len(of.result_shape)))]),
    "sort": broadcast,
    "linalg_inv": broadcast,
    "max_pool2d_with_indices": lambda of, sets: everything(of, sets).taken(np.full(np.prod(of.result_shape), -1)),
}


@pytest.mark.parametrize("name", WRONG_RULES)
def test_a_rule_that_forgets_something_is_noticed(name, monkeypatch):
    monkeypatch.setitem(RULES, name, WRONG_RULES[name])
    found = []
    for row in DIFFERENTIABLE:
        if name in row.covers:
            calls = two_calls(row)
            try:
                assert_patterns_hold(row, calls, [run(row, call) for call in calls])
            except AssertionError as error:
                found.append(str(error))
    assert found
    assert all("is too small" in message for message in found)


def test_rules_are_about_rows():
    assert set(RULES) <= set(TABLE)
    assert set(TABLE) >= LINEAR_IN_INPUTS


# ---- patterns that should be exact ----

EXACT = {
    "neighbours": lambda x: x[1:] - x[:-1] ** 2,
    "joined": lambda x: torch.cat([x[2:].sin(), x[:3] * x[1:4], x[-1:]]),
    "flipped": lambda x: x * x.flip(0),
    "rolled": lambda x: torch.roll(x, 2) - x,
    "picked twice": lambda x: x[[0, 0, 3, 1]] * 2,
    "masked": lambda x: x[torch.tensor([True, False] * 4)],
    "every second": lambda x: x[::2] * x[1::2].exp(),
    "rows summed": lambda x: (x.reshape(2, 4) ** 2).sum(1),
    "rows normed": lambda x: torch.linalg.vector_norm(x.reshape(2, 4), dim=1),
    "columns maximum": lambda x: x.reshape(2, 4).amax(0),
    "softmax of rows": lambda x: torch.softmax(x.reshape(4, 2), dim=1),
    "outer product": lambda x: x[:3, None] * x[None, 3:],
    "expanded": lambda x: x[:2].expand(3, 2) * 2,
    "transposed": lambda x: x.reshape(2, 4).T.reshape(-1),
    "matrix product": lambda x: x[:4].reshape(2, 2) @ x[4:].reshape(2, 2),
    "constant band": lambda x: torch.diag(torch.ones(8, dtype=torch.float64)).roll(1, 0) @ x,
    "constant band from the right": lambda x: x.reshape(1, 8) @ torch.diag(torch.ones(8, dtype=torch.float64)),
    "einsum": lambda x: torch.einsum("ij,ik->ijk", x[:4].reshape(2, 2), x[4:].reshape(2, 2)),
    "convolution": lambda x: torch.nn.functional.conv1d(
        x.reshape(1, 1, 8), doubles(1, -2, 1).reshape(1, 1, 3), padding=1
    ),
    "stencil": lambda x: torch.nn.functional.conv2d(
        x.reshape(1, 1, 2, 4), torch.tensor([[[[0, 1.0, 0], [1, -4, 1], [0, 1, 0]]]], dtype=torch.float64), padding=1
    ),
    "average under windows": lambda x: torch.nn.functional.avg_pool1d(x.reshape(1, 1, 8), 3, stride=1),
    "sum so far": lambda x: torch.cumsum(x.reshape(2, 4), 0),
    "np.diff": lambda x: np.diff(x, 2),
    "np.pad": lambda x: np.pad(x, 1),
    "stacked": lambda x: torch.stack([x, 2 * x], 1),
    "split": lambda x: torch.cat(x.split(3)[::-1]),
    "gathered": lambda x: x.gather(0, torch.tensor([7, 7, 0])),
    "added at places": lambda x: torch.zeros(3, dtype=torch.float64).index_add(0, torch.tensor([0, 2, 0]), x[:3]),
    "lower triangle": lambda x: x.reshape(2, 4).tril(),
    "padded": lambda x: torch.nn.functional.pad(x, (2, 1), value=3.0),
}


def written(x):
    y = torch.zeros(8, dtype=torch.float64)
    y[2:5] = x[:3] ** 2
    y[0] = x[7] * x[6]
    y[3:5] *= x[4:6]
    return y


EXACT["written into"] = written


@pytest.mark.parametrize("name", EXACT)
def test_pattern_is_exact(name):
    f = EXACT[name]
    x = doubles(0.3, -1.2, 0.8, 1.7, -0.4, 0.9, 2.2, -0.6)
    jacobian = assert_same_jacobian(f, x)
    places = functional.jacobian(f, x).reshape(-1, 8)._array != 0
    if name == "columns maximum":  # which of the two it is, the values say
        places = np.tile(np.eye(4, dtype=bool), 2)
    np.testing.assert_array_equal(dense(jacobian.pattern), places)


def test_many_writes_make_no_long_lists():
    def f(x):
        y = torch.zeros(60, dtype=torch.float64)
        for i in range(1, 59):
            y[i] = x[i - 1] - 2 * x[i] ** 2 + x[i + 1]
        return y

    jacobian = assert_same_jacobian(f, ramp(60), passes=3)
    assert jacobian.pattern.nnz == 3 * 58


# ---- colours ----


def test_a_tridiagonal_jacobian_takes_three_passes():
    def f(x):
        return torch.cat([x[:1] ** 2, x[1:-1] * x[2:] - x[:-2].sin(), x[-1:] ** 2])

    assert_same_jacobian(f, ramp(50), passes=3)


def test_a_full_row_is_found_by_itself():
    def f(x):
        return torch.cat([x**2, x.sum().reshape(1)])

    assert_same_jacobian(f, ramp(20), passes=2)


def test_full_columns_are_found_from_the_right():
    def f(x):
        return x[:1] * x[1:] ** 2

    assert_same_jacobian(f, ramp(20), passes=2)


def test_the_hessian_of_an_arrow_takes_two_passes():
    def f(x):
        return (x[0] * x[1:] ** 2).sum()

    assert_same_hessian(f, ramp(30), passes=2)


def test_the_hessian_of_rosenbrock_takes_three_passes():
    def f(x):
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    assert_same_hessian(f, ramp(30), passes=3)


def test_a_dense_hessian_is_right_too():
    def f(x):
        return (x.sum() ** 2 * x).exp().sum()

    assert_same_hessian(f, ramp(6) / 10, passes=6)


def spread(u):
    """The second differences of a grid with zeros around it."""
    padded = torch.nn.functional.pad(u, (1, 1) * u.ndim)
    inner = (slice(1, -1),) * u.ndim
    result = -2 * u.ndim * u * u
    for d, step in itertools.product(range(u.ndim), (-1, 1)):
        result = result + padded.roll(step, d)[inner]
    return result


@pytest.mark.parametrize("shape", [(12, 9), (6, 5, 7), (8, 8)])
def test_neighbours_on_a_grid_take_as_few_passes_as_there_are(shape):
    assert_same_jacobian(spread, ramp(int(np.prod(shape))).reshape(shape), passes=2 * len(shape) + 1)


def random_pattern(rng, height, width, share):
    matrix = sparse.csr_array(rng.random((height, width)) < share)
    return matrix.toarray(), matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)


@pytest.mark.parametrize("seed", range(20))
def test_rows_of_a_colour_share_no_column(seed):
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 15, 2)
    matrix, starts, columns = random_pattern(rng, height, width, rng.uniform(0.05, 0.6))
    colours = row_colours(starts, columns, width)
    for i, j in itertools.combinations(range(height), 2):
        assert colours[i] != colours[j] or not (matrix[i] & matrix[j]).any()


@pytest.mark.parametrize("seed", range(40))
def test_products_with_the_colours_of_a_symmetric_matrix_tell_all(seed):
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 15)
    places = np.triu(rng.random((size, size)) < rng.uniform(0.05, 0.6))
    matrix = rng.standard_normal((size, size)) * places
    matrix += matrix.T
    pattern = sparse.csr_array(places | places.T)
    found = compression(pattern.indptr.astype(np.int64), pattern.indices.astype(np.int64), size, symmetric=True)
    products = np.stack([matrix[found.colours == colour].sum(0) for colour in range(found.passes)])
    entries = np.take(products, found.place)
    whole = sparse.csr_array((entries, found.columns, found.starts), shape=(size, size))
    np.testing.assert_array_equal(dense(whole), matrix)


def test_no_more_colours_than_columns():
    full = np.ones((4, 4), bool)
    pattern = sparse.csr_array(full)
    assert star_colours(pattern.indptr, pattern.indices).tolist() == [0, 1, 2, 3]


# ---- the pattern is kept, and looked at each time ----


def test_the_pattern_is_found_once():
    jacobian = torch.func.sparse_jacobian(lambda x: x[1:] * x[:-1])
    for start in range(4):
        x = torch.arange(start, start + 6, dtype=torch.float64)
        expected = functional.jacobian(lambda x: x[1:] * x[:-1], x)
        np.testing.assert_array_equal(dense(jacobian(x)), expected._array)
    assert jacobian.searches == 1
    jacobian(torch.ones(7))
    assert jacobian.searches == 2


def test_another_branch_is_another_pattern():
    def f(x):
        return x[1:] * x[:-1] if x[0] > 0 else x[1:] * x[0]

    jacobian = torch.func.sparse_jacobian(f)
    for x in (ramp(6), -ramp(6), ramp(6), -ramp(6)):
        np.testing.assert_array_equal(dense(jacobian(x)), functional.jacobian(f, x)._array)
    assert jacobian.searches == 2


def test_other_indices_are_another_pattern():
    def f(x):
        return x[torch.argsort(x)] * 2

    jacobian = torch.func.sparse_jacobian(f)
    rng = np.random.default_rng(0)
    for _ in range(5):
        x = torch.tensor(rng.permutation(6).astype(float))
        np.testing.assert_array_equal(dense(jacobian(x)), functional.jacobian(f, x)._array)


def test_other_zeros_of_a_constant_matrix_are_another_pattern():
    matrices = [np.eye(4), np.eye(4)[::-1], np.triu(np.ones((4, 4)))]
    jacobian = torch.func.sparse_jacobian(lambda matrix, x: matrix @ x.sin(), argnums=1)
    for matrix in [*matrices, *matrices]:
        x = ramp(4)
        found = jacobian(torch.tensor(matrix.copy()), x)
        np.testing.assert_allclose(dense(found), matrix * np.cos(x._array), atol=1e-15)
    assert jacobian.searches == 3


def test_which_element_is_the_largest_is_no_pattern():
    def f(x):
        return torch.cat([x.reshape(-1, 2).amax(1), x.reshape(-1, 2).sort(1).values.reshape(-1), x.relu()])

    jacobian = torch.func.sparse_jacobian(f)
    rng = np.random.default_rng(0)
    for _ in range(6):
        x = torch.tensor(rng.standard_normal(8))
        np.testing.assert_array_equal(dense(jacobian(x)), functional.jacobian(f, x)._array)
    assert jacobian.searches == 1


def test_numbers_that_change_are_no_pattern():
    jacobian = torch.func.sparse_jacobian(lambda t, x: x[1:] * t + x[:-1] ** t, argnums=1)
    for t in (2.0, 3.0, 4.5):
        jacobian(t, ramp(5))
    assert jacobian.searches == 1


def test_few_patterns_are_kept():
    jacobian = torch.func.sparse_jacobian(lambda x: x * 2)
    for size in range(1, 60):
        assert jacobian(torch.ones(size)).shape == (size, size)
    assert len(jacobian._patterns._known) <= 16


def test_results_share_nothing_with_what_is_kept():
    jacobian = torch.func.sparse_jacobian(lambda x: x[1:] * x[:-1])
    first = jacobian(ramp(5))
    expected = dense(first).copy()
    first.data[:] = 0
    first.indices[:] = 0
    first.indptr[:] = 0
    np.testing.assert_array_equal(dense(jacobian(ramp(5))), expected)


def test_functional_keeps_patterns_with_the_function():
    from chainrule.autograd import sparse_derivatives

    def f(x):
        return x[1:] * x[:-1]

    functional.jacobian(f, ramp(5), sparse=True)
    patterns = sparse_derivatives.patterns_of(f, symmetric=False)
    functional.jacobian(f, ramp(5), sparse=True)
    assert patterns.searches == 1
    known = weakref.ref(patterns)
    del patterns, f
    gc.collect()
    assert known() is None


class Model:
    """Something with a method to differentiate; objects of it cannot be hashed."""

    __hash__ = None

    def residual(self, x):
        return x[1:] * x[:-1]


def test_functional_takes_what_cannot_be_hashed():
    found = functional.jacobian(Model().residual, ramp(5), sparse=True)
    assert found.shape == (4, 5)


# ---- inputs and outputs ----


def test_several_inputs_and_outputs():
    def f(x, y):
        return x * y.sum(1), y[:, 0] ** 2

    x, y = ramp(3), torch.arange(6, dtype=torch.float64).reshape(3, 2)
    found = functional.jacobian(f, (x, y), sparse=True)
    expected = functional.jacobian(f, (x, y))
    assert isinstance(found, tuple)
    for row, wanted_row in zip(found, expected, strict=True):
        assert isinstance(row, tuple)
        for block, wanted in zip(row, wanted_row, strict=True):
            assert isinstance(block, sparse.csr_array)
            np.testing.assert_array_equal(dense(block), wanted.reshape(block.shape)._array)
    assert found[1][0].nnz == 0


def test_one_of_several():
    (block,) = functional.jacobian(lambda x: x**2, (ramp(3),), sparse=True)
    np.testing.assert_array_equal(dense(block), np.diag(2 * ramp(3)._array))
    (block,) = functional.jacobian(lambda x: (x**2,), ramp(3), sparse=True)
    np.testing.assert_array_equal(dense(block), np.diag(2 * ramp(3)._array))


def test_hessian_of_several_inputs():
    def f(x, y):
        return (x**2 * y).sum() + y[0] ** 3

    inputs = ramp(3), ramp(3) * 2
    found, expected = functional.hessian(f, inputs, sparse=True), functional.hessian(f, inputs)
    for row, wanted_row in zip(found, expected, strict=True):
        for block, wanted in zip(row, wanted_row, strict=True):
            np.testing.assert_allclose(dense(block), wanted._array, atol=1e-14)
    block = functional.hessian(lambda x: (x**3).sum(), ramp(3), sparse=True)
    np.testing.assert_allclose(dense(block), np.diag(6 * ramp(3)._array))


def test_containers():
    def f(weights):
        return {"product": weights["a"] * weights["b"], "square": weights["a"] ** 2}

    weights = {"a": ramp(3), "b": ramp(3) + 1}
    found = torch.func.sparse_jacobian(f)(weights)
    expected = torch.func.jacrev(f)(weights)
    for output, argument in itertools.product(("product", "square"), ("a", "b")):
        np.testing.assert_array_equal(dense(found[output][argument]), expected[output][argument]._array)
    hessian = torch.func.sparse_hessian(lambda weights: (weights["a"] ** 2 * weights["b"]).sum())(weights)
    np.testing.assert_allclose(dense(hessian["a"]["b"]), np.diag(2 * weights["a"]._array))


def test_argnums():
    def f(x, y):
        return x[1:] * y[:-1]

    x, y = ramp(4), ramp(4) ** 2
    by_x, by_y = torch.func.sparse_jacobian(f, argnums=(0, 1))(x, y)
    np.testing.assert_array_equal(dense(by_x), functional.jacobian(lambda x: f(x, y), x)._array)
    np.testing.assert_array_equal(dense(by_y), functional.jacobian(lambda y: f(x, y), y)._array)
    np.testing.assert_array_equal(dense(torch.func.sparse_jacobian(f, argnums=-1)(x, y)), dense(by_y))


def test_float32_stays_float32():
    found = functional.jacobian(lambda x: x[1:] * x[:-1], torch.ones(4), sparse=True)
    assert found.dtype == np.float32


def test_no_elements():
    assert functional.jacobian(lambda x: x[:0], ramp(3), sparse=True).shape == (0, 3)
    assert functional.jacobian(lambda x: x * 2, ramp(0), sparse=True).shape == (0, 0)
    assert functional.hessian(lambda x: x.sum(), ramp(0), sparse=True).shape == (0, 0)


def test_what_depends_on_nothing():
    found = functional.jacobian(lambda x: torch.ones(2), ramp(3), sparse=True)
    assert found.shape == (2, 3)
    assert found.nnz == 0
    assert functional.hessian(lambda x: x.sum(), ramp(3), sparse=True).nnz == 0
    message = "Output 0 of the user-provided function does not require gradients"
    with pytest.raises(RuntimeError, match=message):
        functional.jacobian(lambda x: torch.ones(2), ramp(3), sparse=True, strict=True)
    message = "Output 0 of the user-provided function is independent of input 1. This is not allowed in strict mode."
    with pytest.raises(RuntimeError, match=re.escape(message)):
        functional.jacobian(lambda x, y: x * 2, (ramp(3), ramp(3)), sparse=True, strict=True)


def test_the_input_itself():
    np.testing.assert_array_equal(dense(functional.jacobian(lambda x: x, ramp(3), sparse=True)), np.eye(3))


def test_the_callers_tensors_are_left_alone():
    x = ramp(3).requires_grad_()
    functional.jacobian(lambda x: x**2, x, sparse=True)
    torch.func.sparse_hessian(lambda x: (x**3).sum())(x)
    assert x.grad is None
    with torch.no_grad():
        found = torch.func.sparse_jacobian(lambda x: x**2)(x)
    np.testing.assert_array_equal(dense(found), np.diag(2 * x._array))


def test_complex_inputs():
    x = torch.tensor([1 + 2j, 3 - 1j, 0.5j])
    found = functional.jacobian(lambda x: (x[1:] * x[:-1]).abs(), x, sparse=True)
    expected = functional.jacobian(lambda x: (x[1:] * x[:-1]).abs(), x)
    np.testing.assert_allclose(dense(found), expected._array)


# ---- hooks and functions of the user's own ----


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * x * grad


def test_a_custom_function_may_depend_on_everything():
    jacobian = assert_same_jacobian(lambda x: Square.apply(x)[1:] - x[:-1], ramp(4), passes=3)
    assert jacobian.pattern.nnz == 12


def test_a_pattern_may_be_given():
    def f(x):
        return Square.apply(x)[1:] - x[:-1]

    pattern = sparse.diags_array([np.ones(9), np.ones(9)], offsets=[0, 1], shape=(9, 10), dtype=float)
    jacobian = torch.func.sparse_jacobian(f, pattern=pattern)
    for x in (ramp(10), 2 * ramp(10)):
        np.testing.assert_array_equal(dense(jacobian(x)), functional.jacobian(f, x)._array)
    assert jacobian.passes == 2
    assert jacobian.searches == 0


def test_a_given_pattern_that_is_too_small_is_noticed():
    jacobian = torch.func.sparse_jacobian(lambda x: x[1:] * x[:-1], pattern=np.eye(4, 5))
    with pytest.raises(RuntimeError, match="entries that the given pattern does not have"):
        jacobian(ramp(5))
    hessian = torch.func.sparse_hessian(lambda x: (x[1:] * x[:-1]).sum(), pattern=np.eye(5))
    with pytest.raises(RuntimeError, match="entries that the given pattern does not have"):
        hessian(ramp(5))


def test_a_given_pattern_has_the_derivatives_shape():
    jacobian = torch.func.sparse_jacobian(lambda x: x * 2, pattern=np.eye(4))
    with pytest.raises(ValueError, match=re.escape("the pattern has the shape (4, 4), the derivative (5, 5)")):
        jacobian(ramp(5))


def test_hooks_may_mix_gradients():
    def f(x):
        y = x**2
        y.register_hook(lambda grad: grad.flip(0))
        return y * 3

    assert_same_jacobian(f, ramp(4))


# ---- what is refused ----


def test_refusals():
    with pytest.raises(ValueError, match="`sparse=True` gives arrays of SciPy"):
        functional.jacobian(lambda x: x, ramp(2), create_graph=True, sparse=True)
    with pytest.raises(ValueError, match="`sparse=True` gives arrays of SciPy"):
        functional.hessian(lambda x: x.sum(), ramp(2), create_graph=True, sparse=True)
    with pytest.raises(RuntimeError, match="should contain a single element"):
        functional.hessian(lambda x: x, ramp(2), sparse=True)
    with pytest.raises(RuntimeError, match="expected a function of one element"):
        torch.func.sparse_hessian(lambda x: x)(ramp(2))
    with pytest.raises(RuntimeError, match="to be real but received complex"):
        torch.func.sparse_jacobian(lambda x: x * 1j)(ramp(2))
    with pytest.raises(RuntimeError, match="call it outside of them"):
        torch.func.vmap(torch.func.sparse_jacobian(lambda x: x * 2))(torch.ones(2, 2))
    with pytest.raises(RuntimeError, match="call it first"):
        _ = torch.func.sparse_jacobian(lambda x: x).passes


def test_too_many_places_are_refused():
    with pytest.raises(MemoryError, match="places that may not be zero"):
        functional.jacobian(lambda x: x / x.sum(), torch.ones(20_000), sparse=True)
