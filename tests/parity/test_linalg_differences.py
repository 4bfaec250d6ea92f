"""Where linear algebra is other here than in PyTorch, and why; and what is drawn or iterated, which is the same."""

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")

# ---- what is other here, and why ----


def gradients(compute, matrix):
    """Of both libraries, chainrule's first; the text of the error where there is one."""
    found = []
    for library in (chainrule, torch):
        A = library.tensor(matrix, dtype=library.float64, requires_grad=True)
        try:
            compute(library, A).backward()
            found.append(A.grad.numpy())
        except (RuntimeError, NotImplementedError) as error:
            found.append(str(error))
    return found


def test_a_factor_has_its_gradient_in_the_triangle_that_is_read():
    ours, theirs = gradients(lambda library, A: library.cholesky_inverse(A).sum(), [[2.0, 5.0], [1.0, 3.0]])
    assert ours[0, 1] == 0
    assert theirs[0, 1] != 0  # though nothing there is ever read


def test_equal_eigenvalues_have_derivatives():
    def put_together(library, A):
        values, vectors = library.linalg.eigh(A)
        return ((vectors * values) @ vectors.mT).sum()

    ours, theirs = gradients(put_together, [[1.0, 0.0], [0.0, 1.0]])
    assert np.array_equal(ours, np.ones((2, 2)))
    assert np.isnan(theirs).any()


def test_equal_singular_values_have_derivatives():
    def put_together(library, A):
        U, S, Vh = library.linalg.svd(A)
        return ((U * S) @ Vh).sum()

    ours, theirs = gradients(put_together, [[1.0, 0.0], [0.0, 1.0]])
    assert np.array_equal(ours, np.ones((2, 2)))
    assert np.isnan(theirs).any()


def test_a_singular_matrix_has_the_gradient_of_its_determinant():
    ours, theirs = gradients(lambda library, A: library.linalg.det(A), [[1.0, 1.0], [1.0, 1.0]])
    np.testing.assert_allclose(ours, [[1, -1], [-1, 1]], atol=1e-15)
    assert not np.allclose(theirs, ours)


def test_singular_values_of_zero_add_nothing_to_the_gradient_of_a_norm():
    ours, theirs = gradients(lambda library, A: library.linalg.matrix_norm(A, "nuc"), [[2.0, 0.0], [0.0, 0.0]])
    assert np.array_equal(ours, [[1, 0], [0, 0]])
    assert theirs[1, 1] == 1


@pytest.mark.parametrize(
    "compute",
    [
        lambda library, A: library.geqrf(A)[0].sum(),
        lambda library, A: library.linalg.ldl_factor(A).LD.sum(),
        lambda library, A: library.linalg.lstsq(A, A, driver="gelsd").singular_values.sum(),
        lambda library, A: library.linalg.vander(A).sum() * 0 + library.vander(A[0]).sum(),
        lambda library, A: library.linalg.cond(A, 1),
    ],
)
def test_derivatives_that_pytorch_has_not(compute):
    ours, theirs = gradients(compute, [[2.0, 1.0], [0.5, 3.0]])
    assert np.isfinite(ours).all()
    assert isinstance(theirs, str)


def test_a_pseudoinverse_without_small_singular_values_has_its_own_derivative():
    matrix = np.array([[2.0, 0.3], [0.1, 1.0]])
    ours, theirs = gradients(lambda library, A: library.linalg.pinv(A, rtol=0.8).sum(), matrix.tolist())
    step = np.array([[1e-6, 0], [0, 0]])
    pieces = [np.linalg.pinv(m, rcond=0.8).sum() for m in (matrix + step, matrix - step)]
    slope = (pieces[0] - pieces[1]) / 2e-6
    np.testing.assert_allclose(ours[0, 0], slope, rtol=1e-6)
    assert abs(theirs[0, 0] - slope) > 1e-2


def test_vectors_that_fill_the_space_have_a_gradient():
    def filling(library, A):
        U = library.linalg.svd(A).U[:, 1:]
        return (U @ U.mT)[0, 1]

    ours, theirs = gradients(filling, [[2.0], [1.0], [0.0]])
    assert np.abs(ours).max() > 0.1
    assert not theirs.any()


# ---- what is drawn, and what is iterated ----


def both(compute):
    found = []
    for library in (chainrule, torch):
        library.manual_seed(3)
        A = library.randn(7, 4, dtype=library.float64).requires_grad_()
        results = compute(library, A)
        sum((part * part[:1].detach()).sum() for part in results).backward()
        found.append([*(part.detach().numpy() for part in results), A.grad.numpy()])
    return zip(*found, strict=True)


def positive(library, A):
    return A @ A.mT + library.diag(library.arange(1.0, 8.0, dtype=library.float64))


@pytest.mark.parametrize(
    "compute",
    [
        lambda library, A: [(part**2) for part in library.svd_lowrank(A, q=3)],
        lambda library, A: [(part**2) for part in library.svd_lowrank(A.mT, q=2, niter=4)],
        lambda library, A: [library.svd_lowrank(A, q=2, M=library.ones(7, 4, dtype=library.float64))[1]],
        lambda library, A: [(part**2) for part in library.pca_lowrank(A, q=2)],
        lambda library, A: [library.pca_lowrank(A, center=False)[1]],
        lambda library, A: [(part**2) for part in library.lobpcg(positive(library, A), k=2, tol=1e-12)],
        lambda library, A: [library.lobpcg(positive(library, A), k=1, largest=False, tol=1e-12)[0]],
    ],
)
def test_low_rank(compute):
    for ours, theirs in both(compute):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    "compute",
    [
        lambda library: library.pca_lowrank(library.ones(3, 4), q=5),
        lambda library: library.pca_lowrank(library.ones(3, 4), niter=-1),
        lambda library: library.lobpcg(library.eye(3), k=2),
    ],
)
def test_low_rank_refuses_in_the_same_words(compute):
    texts = []
    for library in (chainrule, torch):
        with pytest.raises(ValueError, match="=") as error:
            compute(library)
        texts.append(str(error.value))
    assert texts[0] == texts[1]


def test_eigenpairs_of_two_matrices():
    results = []
    for library in (chainrule, torch):
        library.manual_seed(3)
        A = positive(library, library.randn(7, 4, dtype=library.float64))
        B = library.eye(7, dtype=library.float64) * 2
        B[0, 1] = B[1, 0] = 0.5
        results.append(library.lobpcg(A, k=1, B=B, tol=1e-12))
    np.testing.assert_allclose(results[0][0].numpy(), results[1][0].numpy(), rtol=1e-9)
    np.testing.assert_allclose(results[0][1].numpy() ** 2, results[1][1].numpy() ** 2, atol=1e-8)
