"""Products of matrices and linear algebra: gradients computed no more than needed, memory, and what is refused."""

import numpy as np
import pytest

import chainrule as torch
from chainrule.kernels.contraction import contract


def test_only_the_gradient_that_is_needed_is_saved_for():
    A = torch.ones(2, 3, requires_grad=True)
    B = torch.ones(3, 4)
    product = A @ B
    A.detach().add_(1)  # A is not needed for its own gradient
    product.sum().backward()
    assert A.grad.tolist() == [[4, 4, 4], [4, 4, 4]]


def test_saved_factor_changed_in_place():
    A = torch.ones(2, 2, requires_grad=True)
    B = torch.ones(2, 2)
    product = A @ B
    B += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        product.sum().backward()


def test_a_batch_of_no_matrices_has_no_products():
    for a, b in (((0, 2, 3), (0, 3, 4)), ((0, 2, 1), (0, 1, 4)), ((0, 2, 3), (0, 3, 1)), ((0, 2, 3), (3, 4))):
        A, B = torch.ones(a, requires_grad=True), torch.ones(b, requires_grad=True)
        product = A @ B
        product.sum().backward()
        assert (product.shape, A.grad.shape, B.grad.shape) == ((0, 2, b[-1]), a, b)
        assert not B.grad.any()
    repeated = torch.ones(2, 2).expand(0, 2, 2)
    assert (torch.ones(0, 2, 2) @ repeated).shape == (repeated @ torch.ones(0, 2, 2)).shape == (0, 2, 2)
    assert (repeated @ torch.ones(0, 2, 1)).shape == (0, 2, 1)


def test_gradients_of_broadcast_batches_are_summed():
    A = torch.ones(3, 4, requires_grad=True)
    B = torch.ones(5, 2, 4, 6, requires_grad=True)
    (A @ B).sum().backward()
    assert A.grad.shape == (3, 4)
    assert A.grad[0, 0].item() == 60
    assert B.grad.shape == (5, 2, 4, 6)


def test_integers_are_multiplied_and_booleans_refused():
    x = torch.arange(6).reshape(2, 3)
    assert (x @ x.T).tolist() == [[5, 14], [14, 50]]
    with pytest.raises(NotImplementedError, match="not implemented for 'Bool'"):
        torch.mm(x > 2, (x > 2).T)


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (lambda x: x @ x, r"mat1 and mat2 shapes cannot be multiplied \(2x3 and 2x3\)"),
        (lambda x: x @ torch.ones(4), r"size mismatch, got input \(2\), mat \(2x3\), vec \(4\)"),
        (lambda x: x @ x.T.to(torch.float64), "expected m1 and m2 to have the same dtype, but got: float != double"),
        (lambda x: torch.mm(x[0], x), "self must be a matrix"),
        (lambda x: torch.dot(x[0], torch.ones(4)), r"expected tensor \[3\] and src \[4\]"),
        (lambda x: torch.bmm(x, x), "batch1 must be a 3D tensor"),
        (lambda x: torch.einsum("ij,jk", x, x), "which does not broadcast with previously seen size 3"),
        (lambda x: torch.linalg.inv(x), "linalg.inv: A must be batches of square matrices"),
        (lambda x: torch.linalg.inv(torch.ones(2, 2)), "The diagonal element 2 is zero"),
    ],
)
def test_refusals(operation, message):
    with pytest.raises(RuntimeError, match=message):
        operation(torch.ones(2, 3))


def test_a_number_is_no_factor_of_a_matrix_product():
    with pytest.raises(TypeError, match="unsupported operand type"):
        torch.ones(2, 2) @ 2
    with pytest.raises(TypeError, match=r"argument 'other' \(position 2\) must be Tensor, not int"):
        torch.matmul(torch.ones(2, 2), 2)


def test_what_is_multiplied_by_zero_does_not_matter():
    nan = torch.full((2, 2), float("nan"))
    assert torch.addmm(nan, torch.eye(2), torch.eye(2), beta=0).tolist() == [[1, 0], [0, 1]]


def test_in_place_twins():
    total = torch.zeros(2, 2)
    assert total.addmm_(torch.eye(2), torch.ones(2, 2), alpha=2) is total
    assert total.addr_(torch.ones(2), torch.ones(2)).tolist() == [[3, 3], [3, 3]]


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("abc,cd,bd->ad", [(2, 3, 4), (4, 5), (3, 5)]),
        ("ij,kl->", [(2, 3), (3, 2)]),
        ("ij,ij->i", [(2, 1), (2, 3)]),
        ("iij->j", [(3, 3, 2)]),
        ("ai,bi,ci->abc", [(2, 3), (3, 3), (4, 3)]),
    ],
)
def test_contraction_is_numpys(equation, shapes):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in shapes]
    left, _, right = equation.partition("->")
    inputs = [tuple(map(ord, term)) for term in left.split(",")]
    found = contract(arrays, inputs, tuple(map(ord, right)))
    np.testing.assert_allclose(found, np.einsum(equation, *arrays), atol=1e-12)


def test_gradient_of_the_determinant_of_a_singular_matrix():
    A = torch.ones(2, 2, dtype=torch.float64, requires_grad=True)
    torch.linalg.det(A).backward()
    np.testing.assert_allclose(A.grad.numpy(), [[1, -1], [-1, 1]], atol=1e-12)


def test_gradient_of_equal_eigenvalues():
    A = torch.eye(3, dtype=torch.float64, requires_grad=True)
    torch.linalg.eigvalsh(A).sum().backward()
    np.testing.assert_allclose(A.grad.numpy(), np.eye(3), atol=1e-12)


def test_qr_that_has_no_derivative_says_so():
    A = torch.eye(4, 2, requires_grad=True)
    with pytest.raises(RuntimeError, match="not differentiable when mode='complete'"):
        (torch.linalg.qr(A, mode="complete").Q * torch.arange(16.0).reshape(4, 4)).sum().backward()


def test_numpy_functions():
    x = torch.arange(6.0).reshape(2, 3)
    assert np.einsum("ij,kj->ik", x, x).tolist() == (x @ x.T).tolist()
    assert np.dot(x, x.T).tolist() == np.matmul(x, x.T).tolist()
    assert np.tensordot(x, x).item() == 55
    assert np.outer(x[0], x[0]).shape == (3, 3)
    assert np.trace(x).item() == 4


@pytest.mark.parametrize(
    ("compute", "count"),
    [
        (lambda A, **out: torch.linalg.inv(A, **out), 1),
        (lambda A, **out: torch.linalg.qr(A, **out), 2),
        (lambda A, **out: torch.linalg.lu(A, **out), 3),
        (lambda A, **out: torch.linalg.eigvalsh(A, **out), 1),
        (lambda A, **out: torch.linalg.svdvals(A, **out), 1),
        (lambda A, **out: torch.linalg.lu_factor(A, **out), 2),
        (lambda A, **out: torch.linalg.cond(A, 1, **out), 1),
        (lambda A, **out: torch.linalg.matrix_norm(A, 2, **out), 1),
        (lambda A, **out: torch.linalg.multi_dot([A, A], **out), 1),
        (lambda A, **out: torch.linalg.pinv(A, **out), 1),
        (lambda A, **out: torch.cholesky_inverse(A, **out), 1),
    ],
)
def test_results_go_into_out(compute, count):
    A = torch.tensor([[4.0, 1.0], [0.5, 3.0]])
    expected = compute(A)
    out = tuple(torch.empty(0, dtype=t.dtype) for t in (expected if count > 1 else (expected,)))
    found = compute(A, out=out if count > 1 else out[0])
    for target, result, wanted in zip(
        out, found if count > 1 else (found,), expected if count > 1 else (expected,), strict=True
    ):
        assert result is target
        assert target.tolist() == wanted.tolist()
    with pytest.raises(RuntimeError, match=r"out=\.\.\. arguments don't support automatic differentiation"):
        compute(A.requires_grad_(), out=out if count > 1 else out[0])


# Expression in the matrix x, x, value, gradient of its sum.
EDGES = [
    ("torch.det(x)", [[1.0, 1.0], [1.0, 1.0]], 0, [[1, -1], [-1, 1]]),
    ("torch.det(x)", [[0.0, 0.0], [0.0, 0.0]], 0, [[0, 0], [0, 0]]),
    ("torch.det(x)", [[0.0]], 0, [[1]]),
    ("torch.slogdet(x).logabsdet", [[1.0, 0.0], [0.0, 0.0]], -np.inf, [[0, 0], [0, np.inf]]),
    ("torch.logdet(x)", [[0.0, 0.0], [0.0, 0.0]], -np.inf, [[0, 0], [0, 0]]),
    ("torch.linalg.matrix_norm(x, 'nuc')", [[0.0, 0.0], [0.0, 0.0]], 0, [[0, 0], [0, 0]]),
    ("torch.linalg.matrix_norm(x, 2)", [[0.0, 0.0], [0.0, 0.0]], 0, [[0, 0], [0, 0]]),
    ("torch.linalg.matrix_norm(x)", [[0.0, 0.0], [0.0, 0.0]], 0, [[0, 0], [0, 0]]),
    ("torch.linalg.eigvalsh(x).sum()", [[1.0, 0.0], [0.0, 1.0]], 2, [[1, 0], [0, 1]]),
    ("torch.linalg.svdvals(x).sum()", [[1.0, 0.0], [0.0, 1.0]], 2, [[1, 0], [0, 1]]),
    ("torch.linalg.pinv(x).sum()", [[2.0, 0.0], [0.0, 0.0]], 0.5, [[-0.25, 0.25], [0.25, 0.0]]),
    ("torch.cdist(x, x.detach())", [[1.0, 1.0]], 0, [[0, 0]]),
    ("torch.cdist(x, x.detach(), p=1)", [[1.0, 1.0]], 0, [[0, 0]]),
    ("torch.cdist(x, x.detach(), p=3)", [[1.0, 1.0]], 0, [[0, 0]]),
    ("torch.cdist(x, x.detach(), p=float('inf'))", [[1.0, 1.0]], 0, [[0, 0]]),
    ("torch.pdist(x)", [[1.0, 1.0], [1.0, 1.0]], 0, [[0, 0], [0, 0]]),
    ("torch.pairwise_distance(x, x.detach(), eps=0)", [[1.0, 1.0]], 0, [[0, 0]]),
    ("torch.matrix_exp(x).sum()", [[0.0, 0.0], [0.0, 0.0]], 2, [[1, 1], [1, 1]]),
    ("torch.matrix_power(x, 0).sum()", [[3.0, 1.0], [0.0, 0.0]], 2, [[0, 0], [0, 0]]),
]


@pytest.mark.parametrize(("expression", "matrix", "value", "gradient"), EDGES)
def test_edges(expression, matrix, value, gradient):
    x = torch.tensor(matrix, dtype=torch.float64, requires_grad=True)
    result = eval(expression, {"torch": torch, "x": x})
    result.sum().backward()
    np.testing.assert_allclose(result.sum().item(), value, atol=1e-15)
    np.testing.assert_allclose(x.grad.numpy(), gradient, atol=1e-12)


def test_the_determinants_second_derivative_at_rank_one():
    def cofactor_sum(A):
        return (np.linalg.det(A) * np.linalg.inv(A)).sum()

    A = np.outer([1.0, 2, 3], [1.0, 1, 2])
    tensor = torch.tensor(A, requires_grad=True)
    (first,) = torch.autograd.grad(torch.det(tensor), tensor, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), tensor)
    for place in np.ndindex(3, 3):
        step = np.zeros((3, 3))
        step[place] = 1e-3
        shift = 1e-2 * np.diag([1.0, 2, 3])  # the cofactors are polynomials: their change at A from regular ones
        slopes = [(cofactor_sum(A + s * shift + step) - cofactor_sum(A + s * shift - step)) / 2e-3 for s in (1, -1)]
        np.testing.assert_allclose(second.numpy()[place], np.mean(slopes), rtol=1e-6, atol=1e-6)
