"""NumPy's linear algebra on tensors: its values, types and shapes, and the gradients of what it gives."""

import numpy as np
import pytest

import chainrule as torch

RNG = np.random.default_rng(5)
A = np.array([[4.0, 1.0, 0.5], [-1.0, 3.0, 0.2], [0.3, 0.7, 2.0]])
BATCH = np.stack([A, A + np.eye(3), A.T])
P = A @ A.T
COMPLEX = A + 1j * A[::-1]
X = RNG.normal(size=(4, 3))
B = RNG.normal(size=(3, 2))
V, W = RNG.normal(size=(2, 3))

CALLS = {
    "inv": (lambda a: np.linalg.inv(a), A),
    "inv of a batch": (lambda a: np.linalg.inv(a), BATCH),
    "det": (lambda a: np.linalg.det(a), BATCH),
    "slogdet": (lambda a: np.linalg.slogdet(a), COMPLEX),
    "solve a vector": (lambda a, b: np.linalg.solve(a, b), A, V),
    "solve a matrix": (lambda a, b: np.linalg.solve(a, b), BATCH, B),
    "solve a matrix for each of a batch": (lambda a, b: np.linalg.solve(a, b), BATCH, A),
    "solve of two types": (lambda a, b: np.linalg.solve(a, b), A, V + 1j),
    "tensorsolve": (lambda a, b: np.linalg.tensorsolve(a, b), A.reshape(3, 1, 3), V.reshape(3, 1)),
    "tensorinv": (lambda a: np.linalg.tensorinv(a, 1), A),
    "pinv": (lambda a: np.linalg.pinv(a), X),
    "pinv with rtol": (lambda a: np.linalg.pinv(a, rtol=0.5), X),
    "lstsq": (lambda a, b: tuple(np.linalg.lstsq(a, b))[:2], X, RNG.normal(size=(4, 2))),
    "lstsq of a vector": (lambda a, b: tuple(np.linalg.lstsq(a, b))[:2], X, RNG.normal(size=4)),
    "cholesky": (lambda a: np.linalg.cholesky(a), P),
    "cholesky upper": (lambda a: np.linalg.cholesky(a, upper=True), P),
    "qr": (lambda a: np.linalg.qr(a), X),
    "R alone": (lambda a: np.linalg.qr(a, "r"), X),
    "raw qr": (lambda a: np.linalg.qr(a, "raw"), X),
    "singular values": (lambda a: np.linalg.svd(a, compute_uv=False), X),
    "svdvals": (lambda a: np.linalg.svdvals(a), X),
    "svd": (lambda a: np.linalg.svd(a, full_matrices=False).U ** 2, X),
    "eigvalsh": (lambda a: np.linalg.eigvalsh(a), P),
    "eigh": (lambda a: np.linalg.eigh(a, "U").eigenvalues, P),
    "eigvals": (lambda a: np.linalg.eigvals(a), A),
    "complex eigvals": (lambda a: np.linalg.eigvals(a), A - A.T),
    "eig": (lambda a: np.abs(np.linalg.eig(a).eigenvectors), COMPLEX),
    "norm": (lambda a: np.linalg.norm(a), X),
    "norm of columns": (lambda a: np.linalg.norm(a, axis=0, keepdims=True), X),
    "norm by singular values": (lambda a: np.linalg.norm(a, 2), X),
    "vector_norm": (lambda a: np.linalg.vector_norm(a, axis=1, ord=3), X),
    "vector_norm of each element": (lambda a: np.linalg.vector_norm(a, axis=(), ord=3), X),
    "matrix_norm": (lambda a: np.linalg.matrix_norm(a, ord="nuc"), X),
    "cond": (lambda a: np.linalg.cond(a), X),
    "cond by rows": (lambda a: np.linalg.cond(a, np.inf), A),
    "trace": (lambda a: np.linalg.trace(a), BATCH),
    "diagonal": (lambda a: np.linalg.diagonal(a, offset=1), BATCH),
    "matrix_power": (lambda a: np.linalg.matrix_power(a, -2), A),
    "multi_dot": (lambda a, b, c: np.linalg.multi_dot([a, b, c]), X, A, B),
    "cross": (lambda a, b: np.linalg.cross(a, b), X, V),
    "outer": (lambda a, b: np.linalg.outer(a, b), V, W),
    "matmul": (lambda a, b: np.linalg.matmul(a, b), X, A),
    "vecdot": (lambda a, b: np.linalg.vecdot(a, b), X, V),
    "tensordot": (lambda a, b: np.linalg.tensordot(a, b, axes=1), X, B),
    "matrix_transpose": (lambda a: np.linalg.matrix_transpose(a), BATCH),
    "trapezoid": (lambda y, x: np.trapezoid(y, x), X, np.array([0.0, 1.0, 3.0])),
    "trapezoid of columns": (lambda y: np.trapezoid(y, dx=0.5, axis=0), X),
    "vander": (lambda x: np.vander(x, 4), V),
    "cov": (lambda x, y: np.cov(x, y, rowvar=False), X, X[::-1]),
    "corrcoef": (lambda x: np.corrcoef(x), X),
}


def as_results(found):
    return list(found) if isinstance(found, tuple) else [found]


def total(results, weights):
    parts = [(r * w).sum() for r, w in zip(results, weights, strict=True)]
    return sum(part.real for part in parts)


@pytest.mark.parametrize("name", CALLS)
def test_values_types_and_gradients(name):
    function, *arrays = CALLS[name]
    expected = as_results(function(*arrays))
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    found = as_results(function(*tensors))
    for result, wanted in zip(found, expected, strict=True):
        assert isinstance(result, torch.Tensor)
        np.testing.assert_allclose(result.detach().numpy(), wanted, rtol=1e-9, atol=1e-12, strict=True)
    weights = [RNG.normal(size=np.shape(wanted)) for wanted in expected]
    total(found, [torch.tensor(w) for w in weights]).backward()
    directions = [RNG.normal(size=a.shape) * (1 if name not in SYMMETRIC else 0) for a in arrays]
    if name in SYMMETRIC:
        directions = [d + d.T for d in [RNG.normal(size=a.shape) for a in arrays]]
    step = 1e-6
    moved = [
        total(as_results(function(*[a + s * d for a, d in zip(arrays, directions, strict=True)])), weights)
        for s in (step, -step)
    ]
    slope = sum((t.grad.numpy().real * d).sum() for t, d in zip(tensors, directions, strict=True))
    np.testing.assert_allclose(slope, (moved[0] - moved[1]) / (2 * step), rtol=1e-5, atol=1e-6)


SYMMETRIC = {"cholesky", "cholesky upper", "eigvalsh", "eigh"}  # one triangle is read, and stands for both


def test_integers_become_float64():
    found = np.linalg.inv(torch.tensor([[2, 0], [0, 4]]))
    assert found.dtype == torch.float64
    assert found.tolist() == [[0.5, 0], [0, 0.25]]


def test_named_results():
    x = torch.tensor(A, requires_grad=True)
    assert np.linalg.eigh(x).eigenvectors.shape == (3, 3)
    assert np.linalg.slogdet(x).logabsdet.requires_grad
    assert np.linalg.svd(x).Vh.requires_grad
    assert np.linalg.matrix_rank(x).item() == 3


def test_a_singular_matrix_raises_numpys_error_too():
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        np.linalg.inv(torch.ones(2, 2))
