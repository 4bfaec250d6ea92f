"""Products of matrices and linear algebra give what PyTorch gives: one expression, one line."""

import pytest

import chainrule
from expressions import differences, outcome

torch = pytest.importorskip("torch")

SAME = """
x @ A
x @ v
v @ A
v @ w
x.matmul(y.T)
torch.matmul(B, A)
B @ v
v @ B
B @ B
B @ C
x @ B
x @ C
D @ B
D @ A
D @ v
v @ D.mT
B @ D[0].mT
A @ x.T.unsqueeze(0)
e @ A
i @ i.T
f @ f.T
M @ c
c @ M
M @ M
c @ c
x.mm(A)
torch.mm(i, i.T)
B.bmm(C)
M.unsqueeze(0).bmm(M.unsqueeze(0))
A.mv(v)
M.mv(c)
v.dot(w)
c.dot(c)
j.dot(j)
torch.vdot(v, w)
torch.vdot(c, c.conj() * 2)
torch.vdot(c, 1j * c)
v.outer(w)
torch.ger(v, w4)
torch.outer(v, j)
torch.inner(v, w)
torch.inner(x, y)
torch.inner(x, v)
torch.inner(v, x)
torch.inner(B, x)
torch.inner(z, x)
torch.inner(c, M)
torch.addmm(x, x, A)
torch.addmm(v, x, A, beta=2, alpha=0.5)
torch.addmm(x, x, A, beta=0)
torch.addmm(i, i @ i.T, i, beta=2)
x.addmm(x, A, alpha=3)
torch.addmm(c, M, M, alpha=1j)
torch.addmv(v, A, w)
torch.addmv(z, A, w, beta=2, alpha=3)
torch.baddbmm(B, B, B)
torch.baddbmm(A, B, B, beta=0.5, alpha=2)
torch.addbmm(A, B, B)
torch.addbmm(v, B, B, beta=2, alpha=3)
torch.addr(A, v, w)
torch.addr(A, v, w, beta=2, alpha=3)
torch.einsum("ij->ji", x)
torch.einsum("ij", x)
torch.einsum("ba", x)
torch.einsum("ij->", x)
torch.einsum("ij->i", x)
torch.einsum("ii->i", A)
torch.einsum("ii", A)
torch.einsum("bii->b", B)
torch.einsum("i,i->", v, w)
torch.einsum("i,i", v, w)
torch.einsum("i,j->ij", v, w)
torch.einsum("ij,kj->ik", x, y)
torch.einsum("ij,ij->ij", x, y)
torch.einsum("ij,j->i", x, v)
torch.einsum("bij,bjk->bik", B, C)
torch.einsum("...ij,...jk->...ik", B, A)
torch.einsum("...ij,...jk", D, B)
torch.einsum("i...->...", x)
torch.einsum("...", x)
torch.einsum("ij,jk,kl->il", x, A, P)
torch.einsum("ij,jk,k", x, A, v)
torch.einsum("ii,i->i", A, v)
torch.einsum("ij,ik->jk", x, y)
torch.einsum("ij,kl->jl", x, y)
torch.einsum("i,i,i->", v, w, v)
torch.einsum(x, [0, 1], A, [1, 2], [0, 2])
torch.einsum(x, [0, 1], A, [1, 2])
torch.einsum(B, [..., 1, 2], A, [2, 3], [..., 1, 3])
torch.einsum("ij->", [x])
torch.einsum(" i j , j k -> i k ", x, A)
torch.einsum("Ab,bC->AC", x, A)
torch.einsum("->", z)
torch.einsum(",i->i", z, v)
torch.einsum("ij,jk", D[0, :, 0], A)
torch.einsum("ij,ij->j", D[0, :, 0], x)
torch.einsum("i,ij,j->", c, M, c)
torch.einsum("ij,jk->ik", i, i.T)
torch.tensordot(x, y)
torch.tensordot(x, A, dims=1)
torch.tensordot(x, y, dims=([1], [1]))
torch.tensordot(B, C, dims=([0, 1], [0, 1]))
torch.kron(A, x)
torch.kron(v, x)
torch.kron(z, v)
torch.kron(i, x)
A.trace()
torch.trace(x)
i.trace()
torch.cross(v, w, dim=0)
torch.cross(x, y, dim=1)
x.cross(y, -1)
torch.linalg.cross(x, y)
torch.linalg.cross(x, v.unsqueeze(0))
torch.linalg.cross(c, c * 2j)
torch.matrix_power(A, 2)
torch.matrix_power(A, 3)
A.matrix_power(5)
torch.matrix_power(A, 1)
torch.matrix_power(B, 4)
torch.linalg.multi_dot([x, A, P])
torch.linalg.multi_dot([v, A, B[0], w])
torch.linalg.multi_dot([v, w])
torch.linalg.vecdot(v, w)
torch.linalg.vecdot(x, y)
torch.linalg.vecdot(x, v)
torch.linalg.vecdot(c, M)
torch.linalg.vecdot(x, y, dim=0)
torch.linalg.inv(A)
torch.inverse(B)
A.inverse()
torch.linalg.inv(M)
torch.matrix_power(A, -2)
torch.linalg.solve(A, v)
torch.linalg.solve(A, P)
torch.linalg.solve(B, x)
torch.linalg.solve(B, A)
torch.linalg.solve(A, x, left=False)
torch.linalg.solve(M, c)
torch.linalg.det(A)
torch.linalg.det(B)
A.det()
torch.linalg.det(M)
torch.linalg.slogdet(A)
P.slogdet()
torch.logdet(P)
torch.linalg.cholesky(P)
torch.linalg.cholesky(P, upper=True)
torch.linalg.cholesky(B @ B.mT)
torch.linalg.cholesky(M @ M.mH)
torch.linalg.qr(A)
torch.linalg.qr(x)
torch.linalg.qr(x.T)
torch.linalg.qr(B)
torch.linalg.qr(M)
torch.linalg.eigvalsh(P)
torch.linalg.eigh(P).eigenvectors ** 2
torch.linalg.eigh(P)[0]
torch.linalg.eigh(M @ M.mH).eigenvectors.abs()
torch.linalg.svdvals(A)
torch.linalg.svdvals(x)
torch.linalg.svd(x, full_matrices=False).S
torch.linalg.svd(x, full_matrices=False).U ** 2
torch.linalg.svd(x.T, full_matrices=False)[0] ** 2
torch.linalg.svd(x, full_matrices=False).Vh ** 2
torch.linalg.svd(A)[2] ** 2
torch.linalg.svd(M).U.abs()
torch.linalg.svd(M).Vh.abs()
torch.svd(x)[2] ** 2
torch.linalg.pinv(x)
torch.linalg.pinv(x.T)
torch.linalg.pinv(A)
torch.linalg.pinv(M)
torch.pinverse(x)
torch.linalg.solve_triangular(A, P, upper=True)
torch.linalg.solve_triangular(A, P, upper=False, unitriangular=True)
torch.linalg.solve_triangular(A, x, upper=True, left=False)
torch.linalg.solve_triangular(M, M, upper=False)
torch.linalg.norm(x, 2)
torch.linalg.norm(x, "nuc")
torch.linalg.matrix_norm(B, -2)
x.norm("nuc")
""".strip().splitlines()

# Refused by both in the same words.
REFUSED = """
x @ y
x @ w4
w4 @ x
v @ w4
z @ x
x @ z
B @ D[0, 0]
C @ B
C @ x
B @ w4
w4 @ C
B @ torch.ones(3, 3, 3, dtype=torch.float64)
x @ f.T
v @ f.T
v @ v.to(torch.float32)
B @ A.to(torch.float32)
A @ i
b @ b.T
A @ c
x @ 2
2 @ x
x @ [1, 2]
torch.matmul(x, None)
torch.mm(v, v)
torch.mm(x, v)
torch.mm(x, x)
torch.mm(x, f.T)
torch.bmm(x, x)
torch.bmm(B, x)
torch.bmm(B, D[0])
torch.bmm(B, C.to(torch.float32))
torch.mv(v, v)
torch.mv(x, x)
torch.mv(x, w4)
torch.mv(x, v.to(torch.float32))
torch.dot(x, x)
torch.dot(v, w4)
torch.dot(v, v.to(torch.float32))
torch.vdot(v, w4)
torch.inner(x, w4)
torch.inner(x, C)
torch.outer(x, v)
torch.addmm(x, x, x)
torch.addmm(w4, x, A)
torch.addmm(B, x, A)
torch.addmm(f, x, A)
torch.addmm(x, v, v)
torch.addmv(v, x, w4)
torch.addmv(w4, x, v)
torch.addmv(x, x, v)
torch.baddbmm(B, B, D[0])
torch.baddbmm(w4, B, B)
torch.addr(x, v, v)
torch.einsum("ij,jk", x, x)
torch.einsum("ij,jk", x)
torch.einsum("ij", x, x)
torch.einsum("ij", v)
torch.einsum("i...", z)
torch.einsum("ij,jk->il", x, A)
torch.einsum("i->ii", v)
torch.einsum("i1", x)
torch.einsum("i.j", x)
torch.einsum("i,i", v, w4)
torch.einsum("ii", x)
torch.einsum("ij,j", x, v.to(torch.float32))
torch.einsum("ij")
torch.tensordot(x, x, dims=1)
torch.tensordot(x, x, dims=3)
torch.tensordot(x, x, dims=-1)
torch.tensordot(x, x, dims=([0, 1], [0]))
torch.trace(v)
torch.cross(v, w4, 0)
torch.cross(w4, w4)
torch.linalg.cross(x, v)
torch.matrix_power(x, 2)
torch.matrix_power(v, 2)
torch.linalg.multi_dot([x])
torch.linalg.multi_dot([x, x, x])
torch.linalg.multi_dot([x, v, x])
torch.linalg.vecdot(v, w4)
torch.linalg.inv(x)
torch.linalg.inv(v)
torch.linalg.inv(i[:, :2])
torch.linalg.inv(torch.ones(2, 2))
torch.linalg.inv(torch.stack([torch.eye(2), torch.ones(2, 2)]))
torch.linalg.solve(x, x)
torch.linalg.solve(A, w4)
torch.linalg.solve(torch.zeros(2, 2), torch.ones(2))
torch.linalg.det(x)
torch.linalg.det(i[:, :2])
torch.linalg.cholesky(-P)
torch.linalg.cholesky(x)
torch.linalg.cholesky(torch.stack([torch.eye(2), -torch.eye(2)]))
torch.linalg.qr(v)
torch.linalg.qr(x, mode="foo")
torch.linalg.eigh(x)
torch.linalg.eigh(A, UPLO="X")
torch.linalg.svd(v)
torch.linalg.pinv(v)
torch.linalg.solve_triangular(A, v, upper=True)
""".strip().splitlines()


@pytest.mark.parametrize("expression", SAME)
def test_same_values_types_nodes_and_gradients(expression):
    assert not differences(outcome(chainrule, expression), outcome(torch, expression))


@pytest.mark.parametrize("expression", REFUSED)
def test_same_errors(expression):
    ours, theirs = outcome(chainrule, expression), outcome(torch, expression)
    assert theirs[0].endswith("Error")
    assert ours == theirs
