"""Derivatives of eigenvectors and singular vectors where values are equal: exact for a loss that does not depend on the
choice of vectors, a named error for one that does."""

import numpy as np
import pytest

import chainrule as torch

RNG = np.random.default_rng(11)


def orthogonal(size, *, is_complex=False):
    matrix = RNG.normal(size=(size, size)) + (1j * RNG.normal(size=(size, size)) if is_complex else 0)
    return np.linalg.qr(matrix)[0]


def adjoint(a):
    return np.conj(np.swapaxes(a, -1, -2))


def symmetric(values, *, is_complex=False):
    Q = orthogonal(len(values), is_complex=is_complex)
    return (Q * values) @ adjoint(Q)


def oblong(values, rows, columns, *, is_complex=False):
    U, V = orthogonal(rows, is_complex=is_complex), orthogonal(columns, is_complex=is_complex)
    return (U[:, : len(values)] * values) @ adjoint(V[:, : len(values)])


def like(A):
    return RNG.normal(size=A.shape) + (1j * RNG.normal(size=A.shape) if A.dtype.kind == "c" else 0)


def slope(function, A, direction, step=1e-6):
    return (function(A + step * direction) - function(A - step * direction)) / (2 * step)


def gradient_of(loss, A):
    A = torch.tensor(A, requires_grad=True)
    loss(A).backward()
    return A.grad.numpy()


def assert_gradient(loss, function, A, *, hermitian=False, tolerance=1e-6):
    """`loss` of a tensor has the gradient of `function` of an array, which needs no decomposition."""
    gradient = gradient_of(loss, A)
    assert np.isfinite(gradient).all()
    for _ in range(3):
        direction = like(A)
        if hermitian:
            direction = direction + adjoint(direction)
        found = np.sum(np.conj(gradient) * direction).real
        np.testing.assert_allclose(found, slope(function, A, direction), rtol=tolerance, atol=tolerance)


def weighted(product, weights):
    """A real number from a matrix: the same for tensors and arrays."""
    total = (product * weights).sum()
    return total.real if weights.dtype.kind == "c" else total


def function_of(A, h):
    values, vectors = np.linalg.eigh(A)
    return (vectors * h(values)) @ adjoint(vectors)


# ---- symmetric matrices ----

EQUAL = {
    "identity": np.eye(3),
    "diagonal": np.diag([1.0, 1.0, 2.0]),
    "turned": symmetric([1.0, 1.0, 2.0, 3.0, 3.0]),
    "three of five": symmetric([0.5, 2.0, 2.0, 2.0, 3.0]),
    "complex": symmetric([1.0, 1.0, 2.0], is_complex=True),
}
FUNCTIONS = {"itself": lambda x: x * 1, "root": np.sqrt, "exponential": np.exp, "inverse": lambda x: 1 / x}


@pytest.mark.parametrize("name", EQUAL)
@pytest.mark.parametrize("h", FUNCTIONS)
def test_functions_of_a_matrix_by_its_eigenvalues(name, h):
    A, h = EQUAL[name], FUNCTIONS[h]
    weights = like(A)

    def loss(A):
        values, vectors = torch.linalg.eigh(A)
        return weighted((vectors * h(values)) @ vectors.mH, torch.tensor(weights))

    assert_gradient(loss, lambda A: weighted(function_of(A, h), weights), A, hermitian=True)


def test_the_sum_of_a_function_of_the_identity():
    def loss(A):
        values, vectors = torch.linalg.eigh(A)
        return ((vectors * values.sqrt()) @ vectors.mT).sum()

    np.testing.assert_allclose(gradient_of(loss, np.eye(3)), np.full((3, 3), 0.5), atol=1e-12)


@pytest.mark.parametrize("name", ["turned", "three of five", "complex"])
def test_the_space_of_equal_eigenvectors(name):
    A = EQUAL[name]
    weights = like(A)
    first = 2 if name != "three of five" else 1
    kept = slice(0, first) if name != "three of five" else slice(1, 4)

    def projection(A):
        vectors = np.linalg.eigh(A)[1][:, kept]
        return weighted(vectors @ adjoint(vectors), weights)

    def loss(A):
        vectors = torch.linalg.eigh(A).eigenvectors[:, kept]
        return weighted(vectors @ vectors.mH, torch.tensor(weights))

    assert_gradient(loss, projection, A, hermitian=True)


@pytest.mark.parametrize("name", ["turned", "complex"])
def test_values_and_the_space_of_their_vectors_together(name):
    A = EQUAL[name]
    weights = like(A)

    def value(A):
        values, vectors = np.linalg.eigh(A)
        return np.log(values).sum() + weighted(vectors[:, :2] @ adjoint(vectors[:, :2]), weights)

    def loss(A):
        values, vectors = torch.linalg.eigh(A)
        return values.log().sum() + weighted(vectors[:, :2] @ vectors[:, :2].mH, torch.tensor(weights))

    assert_gradient(loss, value, A, hermitian=True)


def test_values_and_vectors_of_others():
    A = EQUAL["turned"]

    def value(A):
        values, vectors = np.linalg.eigh(A)
        return (values**2).sum() + (vectors[:, 2] ** 4).sum()

    def loss(A):
        values, vectors = torch.linalg.eigh(A)
        return (values**2).sum() + (vectors[:, 2] ** 4).sum()

    assert_gradient(loss, value, A, hermitian=True)


def test_vectors_of_values_that_differ_beside_some_that_do_not():
    A = EQUAL["turned"]

    def last(A):
        return (np.linalg.eigh(A)[1][:, 2] ** 4).sum()

    def loss(A):
        return (torch.linalg.eigh(A).eigenvectors[:, 2] ** 4).sum()

    assert_gradient(loss, last, A, hermitian=True)


def test_batches_with_equal_eigenvalues_in_some():
    batch = np.stack([EQUAL["diagonal"], np.diag([1.0, 2.0, 3.0])])
    weights = torch.tensor(like(batch))

    def loss(A):
        values, vectors = torch.linalg.eigh(A)
        return (((vectors * values.unsqueeze(-2)) @ vectors.mT) * weights).sum()

    expected = 0.5 * (weights.numpy() + adjoint(weights.numpy()))
    np.testing.assert_allclose(gradient_of(loss, batch), expected, atol=1e-9)


def test_second_derivatives_of_eigenvalues_that_are_equal():
    A = torch.eye(3, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad((torch.linalg.eigvalsh(A) ** 3).sum(), A, create_graph=True)
    weights = torch.tensor(like(np.eye(3)))
    weights = weights + weights.mT
    (second,) = torch.autograd.grad((gradient * weights).sum(), A)
    np.testing.assert_allclose(gradient.detach().numpy(), 3 * np.eye(3), atol=1e-12)
    np.testing.assert_allclose(second.numpy(), 6 * weights.numpy(), atol=1e-9)


def test_what_cannot_be_differentiated_twice_says_so():
    A = torch.eye(2, dtype=torch.float64, requires_grad=True)
    values, vectors = torch.linalg.eigh(A)
    loss = ((vectors * values.sqrt()) @ vectors.mT).sum()
    (gradient,) = torch.autograd.grad(loss, A, create_graph=True)
    np.testing.assert_allclose(gradient.detach().numpy(), np.full((2, 2), 0.5), atol=1e-12)
    with pytest.raises(RuntimeError, match="The second derivative of eigenvectors or singular vectors at equal values"):
        gradient.sum().backward()


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda values, vectors: vectors[0, 0], "specified up to a change of basis among them"),
        (lambda values, vectors: (vectors**4).sum(), "specified up to a change of basis among them"),
        (lambda values, vectors: vectors.sum(), "linalg_eigh_backward: The eigenvectors of equal eigenvalues are"),
        (
            lambda values, vectors: (
                ((vectors * values.log()) @ vectors.mT) * torch.tensor([[1.0, 2.0], [2.0, 5.0]])
            ).sum(),
            "cannot be found from the gradients",
        ),
        (
            lambda values, vectors: ((vectors * values**2) @ vectors.mT)[0, 1] + vectors.square().sum() * 0,
            "cannot be found from the gradients of the eigenvalues and their vectors",
        ),
    ],
)
def test_what_depends_on_the_choice_of_eigenvectors_is_refused(loss, message):
    A = torch.eye(2, dtype=torch.float64) if "cannot" in message else torch.tensor(EQUAL["turned"])
    A.requires_grad_()
    with pytest.raises(RuntimeError, match=message):
        loss(*torch.linalg.eigh(A)).backward()
    assert A.grad is None


def test_phases_of_complex_vectors():
    A = torch.tensor(symmetric([1.0, 2.0, 3.0], is_complex=True), requires_grad=True)
    with pytest.raises(RuntimeError, match="linalg_eigh_backward: The eigenvectors in the complex case are specified"):
        torch.linalg.eigh(A).eigenvectors.real.sum().backward()
    with pytest.raises(RuntimeError, match="svd_backward: The singular vectors in the complex case are specified"):
        torch.linalg.svd(A).U.real.sum().backward()
    with pytest.raises(RuntimeError, match="linalg_eig_backward: The eigenvectors in the complex case are specified"):
        torch.linalg.eig(A).eigenvectors.real.sum().backward()


# ---- singular values ----

OBLONG = {
    "identity": np.eye(3),
    "square": oblong([2.0, 2.0, 1.0], 3, 3),
    "tall": oblong([2.0, 2.0, 1.0], 5, 3),
    "wide": oblong([3.0, 1.0, 1.0], 3, 4),
    "complex": oblong([2.0, 2.0, 1.0], 3, 3, is_complex=True),
    "complex and tall": oblong([2.0, 2.0, 1.0], 4, 3, is_complex=True),
}


def polar(A):
    """The nearest matrix with orthonormal rows or columns."""
    U, _, Vh = np.linalg.svd(A, full_matrices=False)
    return U @ Vh


@pytest.mark.parametrize("name", OBLONG)
def test_a_matrix_put_together_from_its_singular_values(name):
    A = OBLONG[name]
    weights = like(A)

    def loss(A):
        U, S, Vh = torch.linalg.svd(A, full_matrices=False)
        return weighted((U * S) @ Vh, torch.tensor(weights))

    np.testing.assert_allclose(gradient_of(loss, A), np.conj(weights), atol=1e-9)


@pytest.mark.parametrize("name", OBLONG)
def test_the_orthogonal_factor(name):
    A = OBLONG[name]
    weights = like(A)

    def loss(A):
        U, _, Vh = torch.linalg.svd(A, full_matrices=False)
        return weighted(U @ Vh, torch.tensor(weights))

    assert_gradient(loss, lambda A: weighted(polar(A), weights), A)


@pytest.mark.parametrize("name", OBLONG)
def test_the_sum_of_equal_singular_values(name):
    A = OBLONG[name]
    np.testing.assert_allclose(gradient_of(lambda A: torch.linalg.svdvals(A).sum(), A), polar(A), atol=1e-12)


@pytest.mark.parametrize("name", ["square", "tall", "complex", "complex and tall"])
def test_the_spaces_of_equal_singular_vectors(name):
    A = OBLONG[name]
    left, right = like(A @ adjoint(A)), like(adjoint(A) @ A)

    def value(A):
        U, _, Vh = np.linalg.svd(A, full_matrices=False)
        U, Vh = U[:, :2], Vh[:2]
        return weighted(U @ adjoint(U), left) + weighted(adjoint(Vh) @ Vh, right)

    def loss(A):
        U, _, Vh = torch.linalg.svd(A, full_matrices=False)
        U, Vh = U[:, :2], Vh[:2]
        return weighted(U @ U.mH, torch.tensor(left)) + weighted(Vh.mH @ Vh, torch.tensor(right))

    assert_gradient(loss, value, A)


@pytest.mark.parametrize("name", ["square", "tall", "complex"])
def test_second_derivatives_of_singular_values_that_are_equal(name):
    A, direction, other = OBLONG[name], like(OBLONG[name]), like(OBLONG[name])

    def first(A, **kwargs):
        return torch.autograd.grad((torch.linalg.svdvals(A) ** 3).sum(), A, **kwargs)[0]

    def along(A):
        return (np.conj(first(torch.tensor(A, requires_grad=True)).numpy()) * direction).sum().real

    tensor = torch.tensor(A, requires_grad=True)
    gradient = weighted(first(tensor, create_graph=True).conj(), torch.tensor(direction))
    (second,) = torch.autograd.grad(gradient, tensor)
    found = (np.conj(second.numpy()) * other).sum().real
    np.testing.assert_allclose(found, slope(along, A, other), rtol=1e-5)


def test_vectors_that_fill_the_space():
    A = oblong([3.0, 1.0], 4, 2)
    weights = like(np.eye(4))

    def rest(A):
        U = np.linalg.svd(A)[0][:, 2:]
        return (U @ U.T * weights).sum()

    def loss(A):
        U = torch.linalg.svd(A).U[:, 2:]
        return (U @ U.mT * torch.tensor(weights)).sum()

    assert_gradient(loss, rest, A)
    with pytest.raises(RuntimeError, match="The vectors that full_matrices=True adds are specified up to a rotation"):
        gradient_of(lambda A: torch.linalg.svd(A).U[0, 2], A)


@pytest.mark.parametrize("name", ["square", "tall", "wide", "complex"])
def test_what_depends_on_the_choice_of_singular_vectors_is_refused(name):
    A = torch.tensor(OBLONG[name], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"svd_backward: The singular vectors (of equal|in the complex case)"):
        torch.linalg.svd(A, full_matrices=False).U.real.sum().backward()


def test_singular_values_of_zero():
    A = oblong([2.0, 1.0, 0.0], 3, 3)
    U, _, Vh = np.linalg.svd(A)
    # The smallest of the subgradients: nothing along the vectors of the zero.
    np.testing.assert_allclose(
        gradient_of(lambda A: torch.linalg.matrix_norm(A, "nuc"), A), U[:, :2] @ Vh[:2], atol=1e-12
    )
    weights = like(A)

    def put_together(A):
        U, S, Vh = torch.linalg.svd(A)
        return ((U * S) @ Vh * torch.tensor(weights)).sum()

    np.testing.assert_allclose(gradient_of(put_together, A), weights, atol=1e-9)
    with pytest.raises(RuntimeError, match="svd_backward: The gradient at equal singular values cannot be found"):
        gradient_of(put_together, oblong([2.0, 0.0, 0.0], 3, 3))


# ---- any square matrix ----


def test_the_space_of_equal_eigenvalues_of_any_matrix():
    V = RNG.normal(size=(4, 4))
    A = V @ np.diag([1.0, 1.0, 2.0, 3.0]) @ np.linalg.inv(V)
    weights = like(A)

    def spectral(A):
        values, vectors = np.linalg.eig(A)
        kept = (np.abs(values - 1) < 0.5).astype(float)
        return ((vectors * kept) @ np.linalg.inv(vectors) * weights).sum().real

    def loss(A):
        values, vectors = torch.linalg.eig(A)
        kept = (values.detach() - 1).abs() < 0.5
        return ((vectors * kept) @ torch.linalg.inv(vectors) * torch.tensor(weights)).sum().real

    assert_gradient(loss, spectral, A, tolerance=1e-5)


def test_sums_of_equal_eigenvalues_of_any_matrix():
    V = RNG.normal(size=(3, 3))
    A = V @ np.diag([1.0, 1.0, 2.0]) @ np.linalg.inv(V)
    gradient = gradient_of(lambda A: (torch.linalg.eigvals(A) ** 2).sum().real, A)
    np.testing.assert_allclose(gradient, 2 * A.T, atol=1e-9)


def test_what_depends_on_the_choice_of_eigenvectors_of_any_matrix_is_refused():
    A = torch.eye(2, dtype=torch.float64, requires_grad=True)
    values, vectors = torch.linalg.eig(A)
    with pytest.raises(RuntimeError, match="linalg_eig_backward: The eigenvectors of equal eigenvalues are specified"):
        vectors[0, 1].real.backward()
    values, vectors = torch.linalg.eig(A)
    with pytest.raises(RuntimeError, match="linalg_eig_backward: The gradient at equal eigenvalues cannot be found"):
        ((vectors * values) @ torch.linalg.inv(vectors)).sum().real.backward()


def test_a_defective_matrix():
    A = torch.tensor([[1.0, 1.0], [0.0, 1.0]], requires_grad=True)
    with pytest.raises(RuntimeError, match="linalg_eig_backward: The matrix is defective"):
        torch.linalg.eigvals(A).real.sum().backward()


# ---- QR ----


def test_what_completes_q():
    A = RNG.normal(size=(4, 2))
    weights = like(np.eye(4))

    def rest(A):
        return ((np.eye(4) - A @ np.linalg.pinv(A)) * weights).sum()

    def loss(A):
        Q = torch.linalg.qr(A, mode="complete").Q[:, 2:]
        return (Q @ Q.mT * torch.tensor(weights)).sum()

    assert_gradient(loss, rest, A)


def test_columns_that_depend_on_each_other():
    A = torch.ones(3, 2, requires_grad=True)
    with pytest.raises(RuntimeError, match="linalg_qr_backward: The columns of the matrix are linearly dependent"):
        torch.linalg.qr(A).Q.sum().backward()


# ---- many of them ----


@pytest.mark.parametrize("dtype", [np.float64, np.complex128, np.float32, np.complex64])
def test_many_matrices_of_equal_values_of_every_size(dtype):
    rng = np.random.default_rng(1)
    is_complex = np.dtype(dtype).kind == "c"
    tolerance = 1e-9 if np.dtype(dtype).name in ("float64", "complex128") else 0.1
    for size, power in ((2, 0), (3, -3), (5, 3), (9, 1), (20, 0)):
        values = rng.choice(rng.uniform(0.5, 3, max(1, size // 2)), size) * 10.0**power
        Q = orthogonal(size, is_complex=is_complex)
        A = ((Q * values) @ adjoint(Q)).astype(dtype)
        weights = like(A).astype(dtype)

        def by_eigenvalues(A, weights=weights):
            values, vectors = torch.linalg.eigh(A)
            return weighted((vectors * values) @ vectors.mH, torch.tensor(weights))

        def by_singular_values(A, weights=weights):
            U, S, Vh = torch.linalg.svd(A)
            return weighted((U * S) @ Vh, torch.tensor(weights))

        symmetric_part = 0.5 * (np.conj(weights) + weights.T)
        np.testing.assert_allclose(gradient_of(by_eigenvalues, A), symmetric_part, atol=tolerance)
        np.testing.assert_allclose(gradient_of(by_singular_values, A), np.conj(weights), atol=tolerance)
