"""Inverses, factorizations, spectra, distances and integrals give what PyTorch gives: one expression, one line."""

import numpy as np
import pytest

import chainrule
from expressions import differences, outcome

torch = pytest.importorskip("torch")

SAME = """
torch.linalg.inv_ex(A)
torch.linalg.inv_ex(B)
torch.linalg.inv_ex(torch.ones(2, 2)).info
torch.linalg.solve_ex(A, v)
torch.linalg.solve_ex(A, x, left=False)
torch.linalg.solve_ex(torch.ones(2, 2), torch.ones(2, 2)).info
torch.linalg.cholesky_ex(P)
torch.linalg.cholesky_ex(P, upper=True)
torch.linalg.cholesky_ex(-P.detach())
torch.linalg.lu(A)
torch.linalg.lu(x)
torch.linalg.lu(x.T)
torch.linalg.lu(B)
torch.linalg.lu(C)
torch.linalg.lu(M)
torch.linalg.lu_factor(A)
torch.linalg.lu_factor(B)
torch.linalg.lu_factor(x)
torch.linalg.lu_factor(M)
torch.linalg.lu_factor_ex(A)
torch.linalg.lu_factor_ex(torch.ones(2, 2))
torch.linalg.lu_solve(*torch.linalg.lu_factor(A), x.T)
torch.linalg.lu_solve(*torch.linalg.lu_factor(A), x.T, adjoint=True)
torch.linalg.lu_solve(*torch.linalg.lu_factor(A), x, left=False)
torch.linalg.lu_solve(*torch.linalg.lu_factor(A), x, left=False, adjoint=True)
torch.linalg.lu_solve(*torch.linalg.lu_factor(M), M, adjoint=True)
torch.linalg.lu_solve(*torch.linalg.lu_factor(B), P)
torch.lu(A)
torch.lu(A, get_infos=True)
A.lu()
torch.lu(x)
torch.lu_solve(x.T, *torch.lu(A))
x.T.lu_solve(*torch.lu(A))
torch.lu_unpack(*torch.lu(A))
torch.lu_unpack(*torch.lu(x))
torch.lu_unpack(*torch.lu(x.T))
torch.lu_unpack(*torch.lu(B))
torch.lu_unpack(*torch.lu(A), unpack_pivots=False)
torch.linalg.ldl_factor(P.detach())
torch.linalg.ldl_factor(A.detach())
torch.linalg.ldl_factor_ex(A.detach())
torch.linalg.ldl_factor(M.detach(), hermitian=True)
torch.linalg.ldl_factor(M.detach())
torch.linalg.ldl_factor(B.detach())
torch.linalg.ldl_solve(*torch.linalg.ldl_factor(A.detach()), x.T.detach())
torch.linalg.ldl_solve(*torch.linalg.ldl_factor(B.detach()), P.detach())
torch.linalg.ldl_solve(*torch.linalg.ldl_factor(M.detach(), hermitian=True), M.detach(), hermitian=True)
torch.linalg.ldl_solve(*torch.linalg.ldl_factor(M.detach()), M.detach())
torch.linalg.lstsq(torch.ones(3, 2), torch.ones(3, 1)).rank
torch.linalg.lstsq(torch.ones(3, 2), torch.ones(3, 1)).solution
torch.linalg.lstsq(torch.ones(3, 2), torch.ones(3, 1), driver="gelsd")
torch.linalg.eigvals(P).real.sort().values
torch.linalg.eigvals(A)
torch.linalg.eigvals(M)
torch.linalg.eig(A)[0]
torch.linalg.eig(A)[1].abs()
torch.linalg.eig(M)[1].abs()
torch.linalg.eig(B)[1].abs()
torch.linalg.eigh(P, "U")[0]
torch.linalg.eigh(A, UPLO="U")[0]
torch.linalg.eigvalsh(A, "U")
torch.linalg.eigvalsh(P.detach())
torch.linalg.eigvalsh(B)
torch.linalg.eigvalsh(M + M.mH)
torch.linalg.svdvals(B)
torch.linalg.svdvals(M)
torch.svd(x)[1]
torch.svd(x.detach(), compute_uv=False)
torch.svd(x, some=False)[1]
torch.linalg.householder_product(x.T, v[:2])
torch.linalg.householder_product(B, x)
torch.linalg.householder_product(A, v)
torch.linalg.householder_product(M, c)
torch.orgqr(A, v)
A.orgqr(v)
torch.ormqr(A, v, x.T)
torch.ormqr(A, v, x, left=False)
torch.ormqr(A, v, x.T, transpose=True)
A.ormqr(v, x, False, True)
torch.ormqr(M, c, M)
torch.ormqr(M, c, M, left=False, transpose=True)
torch.geqrf(A.detach())
torch.geqrf(x.detach())
torch.geqrf(B.detach())
torch.geqrf(M.detach())
A.detach().geqrf()
torch.qr(A)
A.qr()
torch.linalg.qr(x.T.detach(), mode="complete")
torch.linalg.qr(A, mode="complete")
torch.linalg.matrix_rank(A)
torch.linalg.matrix_rank(B)
torch.linalg.matrix_rank(zeros)
torch.linalg.matrix_rank(x, atol=1.0)
torch.linalg.matrix_rank(x, 1.0)
torch.linalg.matrix_rank(x, rtol=0.5)
torch.linalg.matrix_rank(P, hermitian=True)
torch.linalg.matrix_rank(torch.zeros(0, 3))
torch.linalg.cond(A)
torch.linalg.cond(x)
torch.linalg.cond(B)
torch.linalg.cond(A, 2)
torch.linalg.cond(A, -2)
torch.linalg.cond(A, "nuc")
torch.linalg.cond(torch.ones(2, 2), 1)
torch.linalg.cond(torch.ones(2, 2), "nuc")
torch.linalg.cond(torch.stack([torch.ones(2, 2), torch.eye(2)]), "fro")
torch.linalg.cond(M)
torch.linalg.tensorinv((torch.arange(36.0) * 1.7).sin().reshape(6, 2, 3) + torch.eye(6).reshape(6, 2, 3), ind=1)
torch.linalg.tensorsolve(B.reshape(2, 9)[:, :2].reshape(2, 1, 2), v[:2])
torch.linalg.tensorsolve(A.reshape(3, 1, 3), w)
torch.linalg.tensorsolve(A.reshape(1, 3, 3), w.reshape(1, 3))
torch.linalg.tensorsolve(A.reshape(3, 1, 3), w.reshape(1, 3), dims=(0,))
torch.linalg.vander(v)
torch.linalg.vander(x, N=5)
torch.linalg.vander(i)
torch.linalg.vander(c)
torch.vander(v, 0)
torch.vander(j)
torch.linalg.matrix_exp(A)
torch.matrix_exp(B)
A.matrix_exp()
torch.linalg.matrix_exp(M)
torch.linalg.matrix_exp(torch.zeros(0, 0))
torch.linalg.diagonal(B)
torch.linalg.diagonal(B, offset=1)
torch.triangular_solve(x.T, A)
torch.triangular_solve(x.T, A, upper=False)
torch.triangular_solve(x.T, A, transpose=True)
torch.triangular_solve(x.T, A, unitriangular=True)
x.T.triangular_solve(A)
torch.triangular_solve(M, M, transpose=True)
torch.linalg.solve_triangular(torch.zeros(2, 2), torch.ones(2, 2), upper=True)
torch.nuclear_norm(A)
torch.nuclear_norm(B)
torch.nuclear_norm(B, (0, 1))
torch.trapezoid(i)
torch.trapezoid(torch.ones(1))
torch.trapezoid(torch.ones(0))
torch.cumulative_trapezoid(x)
torch.cumulative_trapezoid(x, dx=0.5)
torch.cumulative_trapezoid(i)
torch.slogdet(A)
torch.slogdet(B)
torch.slogdet(M)
torch.logdet(A)
torch.logdet(B)
torch.logdet(M)
torch.inverse(A)
torch.linalg.pinv(x, rcond=1e-3)
torch.linalg.pinv(x, 1e-3)
torch.linalg.pinv(x, atol=1e-3)
torch.linalg.pinv(x, atol=1.8)
torch.linalg.pinv(P, hermitian=True)
torch.linalg.pinv(B)
torch.chain_matmul(x, A, P)
torch.chain_matmul(x)
torch.cov(x)
torch.cov(x, correction=0)
torch.cov(x, fweights=torch.tensor([1, 2, 3]))
torch.cov(x, aweights=v.abs())
torch.cov(c)
torch.cov(i)
torch.corrcoef(x)
torch.corrcoef(c)
torch.corrcoef(v)
torch.linalg.matrix_norm(B, 2, dim=(0, 1))
torch.linalg.norm(x, "fro", dim=(0, 1))
torch.linalg.matmul(x, A)
torch.linalg.matrix_power(A, -2)
torch.linalg.matrix_power(i[:, :2], 3)
torch.cholesky_inverse(P.tril())
torch.cholesky_inverse(A.tril())
torch.cholesky_inverse(A.triu(), True)
A.tril().cholesky_inverse()
torch.cholesky_inverse(torch.linalg.cholesky(M @ M.mH))
torch.cholesky_inverse(B.tril())
torch.cholesky_solve(x.T, P.tril())
torch.cholesky_solve(x.T, A.triu(), upper=True)
x.T.cholesky_solve(A.tril())
torch.cholesky_solve(M, torch.linalg.cholesky(M @ M.mH))
torch.cholesky_solve(B, P.tril())
torch.linalg.inv(torch.zeros(0, 0))
torch.linalg.inv(torch.zeros(0, 3, 3))
torch.linalg.det(torch.zeros(0, 0))
torch.linalg.det(torch.zeros(2, 0, 0))
torch.linalg.det(torch.zeros(0, 2, 2))
torch.linalg.slogdet(torch.zeros(0, 0))
torch.linalg.eigh(torch.zeros(0, 0))
torch.linalg.eigh(torch.zeros(0, 2, 2))
torch.linalg.eigvalsh(torch.zeros(0, 0))
torch.linalg.eig(torch.zeros(0, 0))
torch.linalg.svd(torch.zeros(0, 3))
torch.linalg.svd(torch.zeros(3, 0), full_matrices=False)
torch.linalg.svd(torch.zeros(0, 3, 2))
torch.linalg.svdvals(torch.zeros(0, 3))
torch.linalg.qr(torch.zeros(0, 3))
torch.linalg.qr(torch.zeros(3, 0))
torch.linalg.qr(torch.zeros(3, 0), mode="complete")
torch.linalg.cholesky(torch.zeros(0, 0))
torch.linalg.cholesky_ex(torch.zeros(0, 2, 2))
torch.linalg.lu(torch.zeros(0, 3))
torch.linalg.lu(torch.zeros(3, 0))
torch.linalg.lu(torch.zeros(0, 3, 2))
torch.linalg.lu_factor(torch.zeros(0, 0))
torch.linalg.lu_factor(torch.zeros(0, 3, 2))
torch.linalg.lu_solve(*torch.linalg.lu_factor(torch.zeros(0, 0)), torch.zeros(0, 2))
torch.linalg.ldl_factor(torch.zeros(0, 0))
torch.linalg.ldl_factor(torch.zeros(0, 2, 2))
torch.linalg.solve(torch.zeros(0, 0), torch.zeros(0, 2))
torch.linalg.solve(torch.zeros(0, 2, 2), torch.zeros(2, 3))
torch.linalg.solve(torch.eye(2), torch.zeros(2, 0))
torch.linalg.solve_triangular(torch.zeros(0, 0), torch.zeros(0, 2), upper=True)
torch.linalg.solve_ex(torch.zeros(0, 2, 2), torch.zeros(2, 3))
torch.linalg.inv_ex(torch.zeros(0, 2, 2))
torch.linalg.lstsq(torch.zeros(3, 2), torch.zeros(3, 0))
torch.linalg.lstsq(torch.zeros(0, 3, 2), torch.zeros(0, 3, 2))
torch.linalg.pinv(torch.zeros(0, 3))
torch.linalg.pinv(torch.zeros(0, 3, 2))
torch.linalg.pinv(torch.zeros(3, 3))
torch.linalg.matrix_rank(torch.zeros(3, 3))
torch.linalg.matrix_rank(torch.zeros(0, 3, 3))
torch.linalg.cond(torch.zeros(0, 0))
torch.linalg.cond(torch.zeros(0, 2, 2))
torch.linalg.cond(torch.zeros(0, 2, 2), "fro")
torch.linalg.cond(torch.zeros(2, 2))
torch.linalg.matrix_exp(torch.zeros(0, 2, 2))
torch.linalg.householder_product(torch.zeros(3, 0), torch.zeros(0))
torch.linalg.householder_product(torch.zeros(0, 3, 2), torch.zeros(0, 2))
torch.geqrf(torch.zeros(0, 3))
torch.geqrf(torch.zeros(3, 0))
torch.cholesky_inverse(torch.zeros(0, 0))
torch.cholesky_solve(torch.zeros(0, 2), torch.zeros(0, 0))
torch.triangular_solve(torch.zeros(0, 2), torch.zeros(0, 0))
torch.lu_unpack(*torch.lu(torch.zeros(0, 0)))
torch.cdist(torch.zeros(2, 0), torch.zeros(3, 0))
torch.cdist(torch.zeros(0, 2), torch.zeros(3, 2))
torch.cdist(torch.zeros(0, 3, 2), torch.zeros(0, 4, 2))
torch.linalg.vander(torch.zeros(2, 0), N=3)
torch.vander(torch.zeros(0))
torch.trapezoid(torch.zeros(0, 3))
torch.trapezoid(torch.zeros(3, 0))
torch.cumulative_trapezoid(torch.zeros(0))
torch.cumulative_trapezoid(torch.ones(1))
torch.linalg.matrix_norm(torch.zeros(0, 0))
torch.linalg.matrix_norm(torch.zeros(0, 0), "nuc")
torch.linalg.matrix_norm(torch.zeros(0, 3), 2)
torch.linalg.matrix_norm(torch.zeros(0, 3), 1)
torch.linalg.matrix_power(torch.zeros(0, 0), 3)
torch.linalg.multi_dot([torch.zeros(0, 2), torch.zeros(2, 3)])
torch.linalg.tensorinv(torch.eye(4).reshape(2, 2, 4))
torch.linalg.inv(A=A)
torch.linalg.det(A=A)
torch.linalg.solve(A=A, B=P)
torch.linalg.svdvals(A=x)
torch.linalg.qr(A=A, mode="reduced")
torch.linalg.lstsq(x.T, x.T, rcond=0.5).rank
torch.inverse(input=A)
torch.cholesky_solve(input=x.T, input2=P.tril())
torch.cdist(x1=x, x2=y, p=2.0).detach()
torch.lu_solve(input=x.T, LU_data=torch.lu(A)[0], LU_pivots=torch.lu(A)[1])
torch.linalg.cross(input=x, other=y, dim=-1)
torch.linalg.matrix_exp(input=A)
torch.linalg.vecdot(x=v, y=w)
torch.linalg.norm(input=x)
torch.linalg.matrix_norm(input=x)
torch.linalg.vector_norm(x=x)
torch.linalg.cond(input=A)
torch.linalg.matrix_power(input=A, n=2)
torch.linalg.pinv(input=A)
torch.linalg.eigvals(f[:, :2])
torch.linalg.eigh(f[:, :2])[0]
torch.det(f[:, :2])
torch.linalg.det(i[:, :2].double())
torch.linalg.lu(f)
torch.linalg.solve(f[:, :2], f)
torch.linalg.lstsq(f, f)[0]
torch.linalg.svd(x, False)[1]
torch.linalg.vecdot(x, z)
torch.linalg.slogdet(torch.zeros(2, 2))
torch.logdet(torch.zeros(2, 2))
torch.slogdet(torch.tensor([[-1.0, 0.0], [0.0, 2.0]]))
torch.linalg.lstsq(A, P, rcond=0.0).solution
torch.linalg.matrix_rank(x, tol=0.1)
torch.linalg.matrix_rank(x, atol=torch.tensor(0.1, dtype=torch.float64))
torch.linalg.pinv(x, rcond=torch.tensor(0.1, dtype=torch.float64))
torch.cov(x, fweights=torch.tensor([1, 0, 2]), aweights=v.abs().detach())
torch.cov(v)
torch.cov(z)
torch.corrcoef(z)
torch.cdist(x.detach() * 0, x.detach() * 0)
torch.cdist(x.repeat(13, 1), y, compute_mode="donot_use_mm_for_euclid_dist").detach()
torch.cdist(f, f)
torch.linalg.vecdot(c, c)
""".strip().splitlines()

# The same values and gradients; PyTorch comes to them by other operations.
OTHER_NODES = """
torch.cholesky(P)
torch.cholesky(P, True)
P.cholesky()
torch.linalg.tensorinv(A, ind=1)
torch.nuclear_norm(B, (0, 1), keepdim=True)
torch.frobenius_norm(A, (0, 1))
torch.frobenius_norm(A, dim=(0, 1), keepdim=True)
torch.frobenius_norm(A, dim=1)
torch.frobenius_norm(A, dim=())
torch.norm_except_dim(A, 2, 0)
torch.norm_except_dim(C, 2, 1)
torch.norm_except_dim(C, 2, 2)
torch.norm_except_dim(C, 1, -1)
torch.trapz(v)
torch.trapz(v, w)
torch.trapz(x, dx=2)
torch.trapezoid(v, dx=2)
torch.trapezoid(x, v)
torch.trapezoid(x, y)
torch.trapezoid(x, dim=0)
torch.trapezoid(C, w4)
torch.trapezoid(C, v, dim=1)
torch.cumulative_trapezoid(x, v)
torch.cumulative_trapezoid(x, y, dim=0)
torch.nn.functional.pairwise_distance(x, y)
torch.nn.functional.pairwise_distance(x, y, p=1, keepdim=True)
torch.pairwise_distance(x, v)
torch.linalg.matrix_norm(x, "nuc", keepdim=True)
torch.linalg.lstsq(x, x).solution
torch.linalg.lstsq(x.T, x.T).solution
torch.linalg.lstsq(x.T, A).solution
torch.linalg.lstsq(x.T, A, driver="gelsd").solution
torch.linalg.lstsq(x.T, A, driver="gels").solution
torch.linalg.lstsq(x.T, A, driver="gelss").solution
torch.linalg.lstsq(A, v).solution
torch.linalg.lstsq(B, x).solution
torch.linalg.lstsq(C, B).solution
torch.linalg.lstsq(M, M).solution
""".strip().splitlines()

# PyTorch has no second derivative.
FIRST_ORDER = """
torch.cdist(x, y)
torch.cdist(x, y, p=1)
torch.cdist(x, y, p=3)
torch.cdist(x, y, p=inf)
torch.cdist(x, y, p=0)
torch.cdist(B, A)
torch.cdist(e, x)
torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
torch.pdist(A)
torch.pdist(A, 1)
torch.pdist(A, 3)
torch.pdist(A, inf)
torch.pdist(A, 0)
torch.nn.functional.pdist(A)
""".strip().splitlines()

# PyTorch has no derivative, not of all results, or one that fails because it changed what it had saved.
VALUES = """
torch.linalg.pinv(B, rtol=torch.tensor([0.1, 0.2], dtype=torch.float64))
torch.linalg.pinv(x, rtol=0.9)
torch.linalg.cond(A, 1)
torch.linalg.cond(A, -1)
torch.linalg.cond(A, inf)
torch.linalg.cond(A, -inf)
torch.linalg.cond(A, "fro")
torch.linalg.cond(M, 1)
torch.vander(v)
torch.vander(v, 2)
torch.vander(v, increasing=True)
torch.lu_unpack(*torch.lu(A), unpack_data=False)
torch.linalg.qr(x, mode="r")
torch.linalg.qr(A, "r")
torch.linalg.lstsq(x, x)
torch.linalg.lstsq(x.T, x.T)
torch.linalg.lstsq(x.T, A)
torch.linalg.lstsq(x.T, A, driver="gelsd")
torch.linalg.lstsq(x.T, A, driver="gels")
torch.linalg.lstsq(x.T, A, driver="gelss")
torch.linalg.lstsq(A, v)
torch.linalg.lstsq(B, x)
torch.linalg.lstsq(C, B)
torch.linalg.lstsq(M, M)
""".strip().splitlines()

REFUSED = """
torch.linalg.inv_ex(x)
torch.linalg.inv_ex(torch.ones(2, 2), check_errors=True)
torch.linalg.solve_ex(torch.ones(2, 2), torch.ones(2, 2), check_errors=True)
torch.linalg.solve(A, v, left=False)
torch.linalg.solve(D[0], B)
torch.linalg.cholesky_ex(-P, check_errors=True)
torch.linalg.cholesky_ex(torch.stack([torch.eye(2), -torch.eye(2)]), check_errors=True)
torch.linalg.lu(v)
torch.linalg.lu(A, pivot=False)
torch.linalg.lu_factor(torch.ones(2, 2))
torch.linalg.lu_factor(torch.stack([torch.eye(2), torch.ones(2, 2)]))
torch.linalg.lu_factor(A, pivot=False)
torch.linalg.lu_factor(v)
torch.linalg.lu_factor(i)
torch.linalg.lu_factor_ex(torch.ones(2, 2), check_errors=True)
torch.linalg.lu_solve(*torch.linalg.lu_factor(A), x)
torch.linalg.lu_solve(*torch.linalg.lu_factor(A), v)
torch.linalg.lu_solve(*torch.linalg.lu_factor(A), f.T)
torch.linalg.lu_solve(A, j, x.T)
torch.lu(A, pivot=False)
torch.lu_unpack(A, j)
torch.linalg.ldl_factor(x)
torch.linalg.ldl_factor(v)
torch.linalg.lstsq(x.T, x.T, driver="foo")
torch.linalg.lstsq(torch.ones(3, 2), torch.ones(3, 1), driver="gels")
torch.linalg.lstsq(A, v.float())
torch.linalg.lstsq(A, x)
torch.linalg.lstsq(v, x)
torch.linalg.lstsq(i, i)
torch.linalg.lstsq(A, w4)
torch.linalg.eig(x)
torch.linalg.eig(v)
torch.linalg.eig(torch.full((2, 2), float("nan")))
torch.linalg.eigvalsh(A, "X")
torch.linalg.eigvalsh(f)
torch.linalg.svd(x, driver="gesvd")
torch.linalg.svdvals(x, driver="gesvd")
torch.linalg.svdvals(v)
torch.linalg.svd(torch.full((2, 2), float("nan")))
torch.linalg.householder_product(x, v)
torch.linalg.householder_product(A, w4)
torch.linalg.householder_product(v, v)
torch.linalg.householder_product(A, x)
torch.ormqr(A, v, x)
torch.ormqr(A, v, x.T, left=False)
torch.geqrf(v)
torch.linalg.matrix_rank(v)
torch.linalg.cond(x, 1)
torch.linalg.cond(A, 3)
torch.linalg.cond(A, "foo")
torch.linalg.cond(v)
torch.linalg.tensorinv(A)
torch.linalg.tensorinv(A, ind=0)
torch.linalg.tensorsolve(A.reshape(3, 1, 3), x)
torch.linalg.vander(v, N=1)
torch.linalg.vander(z)
torch.vander(x)
torch.vander(v, -1)
torch.linalg.matrix_exp(x)
torch.linalg.matrix_exp(v)
torch.linalg.matrix_exp(i[:, :2])
torch.cholesky_inverse(x)
torch.cholesky_inverse(v)
torch.cholesky_solve(x, P)
torch.cholesky_solve(v, P)
torch.cholesky_solve(x.T, x.T)
torch.triangular_solve(x, A)
torch.triangular_solve(x.T, x.T)
torch.lstsq(x, A)
torch.symeig(A)
torch.eig(A)
torch.solve(A, A)
A.lstsq(A)
A.symeig()
A.eig()
A.solve(A)
torch.nuclear_norm(v)
torch.frobenius_norm(A)
torch.trapezoid(C, x, dim=1)
torch.trapezoid(x, torch.ones(4))
torch.trapezoid(b)
torch.trapezoid(z)
torch.trapezoid(x, x, dx=1)
torch.cumulative_trapezoid(x, w4)
torch.cdist(x, x[:, :2])
torch.cdist(x, f)
torch.cdist(v, v)
torch.cdist(x, y, p=-1)
torch.cdist(x, y, compute_mode="foo")
torch.cdist(i, i)
torch.pdist(v)
torch.pdist(A, -1)
torch.pairwise_distance(x, w4)
torch.linalg.slogdet(x)
torch.logdet(x)
torch.det(i)
torch.inverse(x)
torch.linalg.pinv(x, hermitian=True)
torch.cov(B)
torch.linalg.matrix_norm(v)
torch.linalg.norm(B, 2)
torch.linalg.multi_dot([])
torch.linalg.vander(torch.zeros(0))
torch.linalg.inv(h)
torch.linalg.cholesky(b[:, :2])
torch.linalg.solve(2, A)
torch.linalg.inv([[1.0]])
torch.linalg.svd(x, some=True)
torch.linalg.eigh(P, "lower")
torch.linalg.norm(v, "fro")
torch.linalg.norm(v, "nuc")
torch.linalg.cross(v, w4)
torch.linalg.matrix_power(A, 2.5)
torch.linalg.multi_dot(A)
torch.cov(x, fweights=torch.tensor([1.0, 0, 2]))
torch.cov(x, aweights=torch.tensor([1, 0, 2]))
torch.cov(x, fweights=torch.tensor([1, 0]))
torch.cov(x, fweights=torch.tensor([1, -1, 2]))
torch.cov(x, aweights=torch.tensor([1.0, -1.0, 2]))
torch.cov(x, fweights=torch.tensor([[1, 0, 2]]))
torch.linalg.vector_norm(torch.zeros(0, 3), inf)
""".strip().splitlines()


def without_nodes(facts):
    return [fact for fact in facts if not (isinstance(fact, str) and is_node(fact))]


def is_node(name):
    return "Backward" in name or name in {"NoneType", "CopySlices"}


@pytest.mark.parametrize("expression", SAME)
def test_same_values_types_nodes_and_gradients(expression):
    assert not differences(outcome(chainrule, expression), outcome(torch, expression))


@pytest.mark.parametrize(
    ("expression", "orders"),
    [(e, 2) for e in OTHER_NODES] + [(e, 1) for e in FIRST_ORDER] + [(e, 0) for e in VALUES],
)
def test_same_values_types_and_gradients(expression, orders):
    ours, theirs = outcome(chainrule, expression, orders=orders), outcome(torch, expression, orders=orders)
    assert not differences(without_nodes(ours), without_nodes(theirs))


@pytest.mark.parametrize("expression", REFUSED)
def test_same_errors(expression):
    ours, theirs = outcome(chainrule, expression), outcome(torch, expression)
    assert theirs[0].endswith("Error")
    assert ours == theirs


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
