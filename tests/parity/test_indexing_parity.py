"""Indexing, assignment, gathering and scattering against PyTorch: values, types, nodes, gradients, errors."""

import pytest

from both_libraries import compare, compare_refusals

torch = pytest.importorskip("torch")

READ = """
X[0] | X[-1] | X[0, 1] | X[0][1] | X[:] | X[...] | X[()] | X[None] | X[0:1] | X[1:] | X[:-1] | X[::2] | X[0, 1:]
X[:, 0] | X[:, 1:] | X[:, :] | X[0:2, 0] | X[0, 0:3]
X[0, :] | X[..., 0] | X[..., 1:2] | X[0, ...] | X[0, None] | X[None, 0] | X[None, None] | X[:, None] | X[:, :, None]
X[..., None] | X[0:1, None] | X[None, ..., 0] | Y[:, 0, ::2] | Y[1, ..., 2]
Y[..., 0, :] | X[5:] | X[:0] | X[-10:10] | X[t.tensor(0)] | X[t.tensor(1), t.tensor(2)] | X[np.int64(1)]
X[:t.tensor(1)] | X[t.tensor(0):] | X[..., ...] | Z[()] | Z[...] | Z[None] | X[(0, 1)]
X[i] | X[n] | X[ij] | X[M] | X[m] | X[:, j] | X[i, i] | X[0, j] | X[[0, 1]] | X[[True, False]] | X[True] | X[False]
X[t.tensor(True)] | X[t.tensor(False)] | X[i, None] | X[i, 1:] | X[0:1, j]
Y[0, :, i] | Y[:, 0, i] | Y[i, :, i] | Y[i, 0, i] | Y[:, i, i] | Y[i, None, i] | Y[i, ..., 0] | Y[..., i] | Y[i, True]
Y[True, i] | Y[None, i] | Y[:, i[:, None], i] | Y[i[None]] | Y[M] | Y[:, t.ones(3, 4, dtype=t.bool)] | Y[m, :, i[:1]]
Y[i, :, True]
X[[]] | X[:, []] | X[X > 10] | X[t.empty(0, dtype=t.int64)] | X[range(2)] | X[np.array([0, 1])]
X[np.array([True, False])] | X[(0, 1),] | X[((0, 1), (1, 2))] | X[[True, 0]] | X[i[:, None], i] | X[i, ij[:, :2]]
Z[Z > 0] | Z[True] | X[i.to(t.int32)] | X[0, True]
t.stack([X[a] for a in range(2)]) | X[i][:, j] | X[1:][0] | Y[1][:, 2] | X.t()[1] | X.t()[:, i]
"""

WRITTEN = """
c[0] = 1.0 | c[0] = W | c[:, 0] = V[:2] | c[0, 1] = Z | c[0, 1] = 2 | c[0] = Z | c[:] = W | c[...] = 3.0 | c[()] = W
c[:, :] = W | c[0:2] = X * 2 | c[0:2, 0:3] = 1.0 | c[1:, 1:] = V[:2] | c[None] = W | c[0:0] = W
c[0] = t.ones(1, 1, 3) | c[0, 0] = V[:1] | c[::2] = W
c[i] = W | c[i] = X * 3 | c[M] = 0.0 | c[M] = V | c[M] = Z | c[m] = W | c[:, j[:2]] = V[:2] | c[i, i] = V[:2]
c[0, i] = V[:2] | c[True] = 1.0 | c[False] = 1.0 | c[[0, 1]] = W | c[[]] = W | c[i] = True | c[1:, i] = V[:2]
c[n] = X | c[c > 1] = 0 | c[i, None] = Z | c[ij[:, :2], i] = Z
c[0] = t.ones(3) | c[0] = t.ones(3, dtype=t.int64) | c[0] = t.tensor(1) | c[M] = t.tensor(2.0) | c[0] += 1 | c[0] *= W
c[:, 1] -= c[:, 0] | c[M] *= 2 | c[i] += W | c[0, 1] /= 2 | c[t.tensor(0)] = W
c[0][1:] = 1.0 | c.t()[0] = V[:2] | c.view(-1)[1:3] = V[:2] | c.view(3, 2)[0] = V[:2] | c[0].fill_(2.0) | c[0].zero_()
c[1].copy_(W) | c.diagonal().mul_(2) | c.transpose(0, 1)[1].add_(V[:2]) | c.t().mul_(2) | c[0].mul_(W) | c[0].exp_()
c.unsqueeze(0)[0, 1].mul_(3)
c[:, 0].add_(Z) | c.view(6)[2:].view(2, 2)[0].mul_(V[:2]) | c[0].sub_(c[1]) | c[...].mul_(2)
c.narrow(1, 0, 2).mul_(2) | c.select(1, 0).mul_(2) | c.squeeze().mul_(2) | c.index_fill_(0, i[:1], 3.0)
c.masked_fill_(M, 0.0) | c.tril_()
c.index_put_((i,), W) | c.index_put_((i, i), Z, accumulate=True) | c.scatter_(0, row, 1.0) | c.scatter_(1, ij, X)
c.scatter_add_(1, ij, X) | c.index_add_(0, i, X) | c.index_copy_(0, i, X) | c.masked_scatter_(M, V)
c.scatter_(0, row, W[None]) | c.scatter_reduce_(1, ij, X, 'sum')
d = c[0]; c[0, 0] = 9.0; c = c * d.sum() | d = c[0]; d[1] = Z; c = c * d.sum()
d = c.view(-1); c.mul_(2); c = d.reshape(2, 3) * 1 | d = c[0]; e = d[1:]; e.mul_(3); d.mul_(Z); c = c + e.sum()
c = t.zeros(2, 3, dtype=t.float64); c[0] = W | c = t.zeros(2, 3, dtype=t.float64); d = c[0]; c[0] = W; c = d * 2
c = t.zeros(2, 3, dtype=t.float64); c[i] = W
c = t.zeros(2, 3, dtype=t.float64); d = c.view(-1); d[0] = Z; c = c * d[0] | c = t.zeros(3, dtype=t.int64); c[0] = 2.7
c = t.zeros(3, dtype=t.bool); c[0] = 1 | c = t.zeros(3, dtype=t.complex128); c[1:] = V[:2]
c = X.detach().clone(); c[0] = 5
"""

GATHERED = """
X.narrow(0, 0, 1) | X.narrow(1, -2, 2) | t.narrow(X, 1, t.tensor(1), 2) | X.select(0, 1) | X.select(dim=1, index=-1)
t.select(Y, 1, 2) | X.narrow(dim=1, start=0, length=0)
X.index_select(0, i) | X.index_select(1, j) | t.index_select(Y, -1, j) | X.index_select(dim=0, index=t.tensor(1))
Z.index_select(0, t.tensor([0])) | X.index_select(0, i.to(t.int32))
X.take(i) | X.take(ij) | X.take(n) | t.take(X, t.tensor(4)) | X.take_along_dim(i) | X.take_along_dim(ij, 1)
X.take_along_dim(row, 0) | X.take_along_dim(row, dim=1) | t.take_along_dim(X, t.tensor([[1]]), 0)
X.gather(1, ij) | X.gather(0, row) | t.gather(X, -1, ij[:1]) | X.gather(dim=1, index=ij[:, :2]) | V.gather(0, j)
Z.gather(0, t.tensor(0)) | X.gather(1, t.zeros(2, 0, dtype=t.int64)) | X.gather(1, t.zeros(2, 5, dtype=t.int64))
X.scatter(0, row, 1.0) | X.scatter(dim=0, index=row, src=W[None]) | X.scatter(0, row, value=2.0)
t.scatter(X, 1, t.tensor([[2, 0, 1], [1, 2, 0]]), X) | Z.scatter(0, t.tensor(0), 2.0)
X.scatter_add(1, ij, X) | t.scatter_add(X, 0, row, W[None]) | t.zeros(4, dtype=t.float64).scatter_add(0, j, W)
X.scatter_reduce(1, ij, X * 2, 'sum') | X.scatter_reduce(1, ij, X * 2, 'mean')
X.scatter_reduce(1, ij, X * 2, 'prod') | X.scatter_reduce(1, ij, X * 2, 'amax')
X.scatter_reduce(1, ij, X * 2, reduce='amin') | X.scatter_reduce(1, ij, X * 2, 'sum', include_self=False)
X.scatter_reduce(1, ij, X * 2, 'mean', include_self=False)
X.scatter_reduce(1, ij, X * 2, 'prod', include_self=False)
X.scatter_reduce(1, ij, X * 2, 'amax', include_self=False)
X.scatter_reduce(1, ij, X * 2, 'amin', include_self=False)
X.scatter_reduce(1, ij, X * t.tensor([1.0, 0.0, 2.0], dtype=t.float64), 'prod')
X.index_add(0, i, X) | X.index_add(1, j, X) | X.index_add(0, i, X, alpha=2) | X.index_copy(0, i, X)
X.index_copy(1, t.tensor([2, 0]), X[:, :2]) | X.index_fill(0, i, 0.0) | X.index_fill(1, j, Z)
X.index_fill(1, n, 2.0)
X.index_put((i,), X) | X.index_put((i, i), Z) | X.index_put((i,), W, accumulate=True)
X.index_put((j, j), V[:3], True) | t.index_put(X, (M,), V)
X.masked_fill(M, 0.0) | X.masked_fill(M, Z) | X.masked_fill(m[:, None], -1)
t.masked_fill(X, M, float('-inf')).isinf() | X.masked_fill(mask=M, value=2.0) | W.masked_fill(M, 1.0)
X.masked_select(M) | X.masked_select(M[0]) | W.masked_select(M) | t.masked_select(X, m[:, None])
X.masked_scatter(M, V) | X.masked_scatter(M, X)
X.repeat_interleave(2) | X.repeat_interleave(2, 0) | X.repeat_interleave(i, 0) | X.repeat_interleave(L, dim=1)
t.repeat_interleave(L) | t.repeat_interleave(X, 3, dim=-1) | V.repeat_interleave(t.tensor([2]))
X.repeat_interleave(0)
X.nonzero() | (X > 1).nonzero(as_tuple=True) | t.nonzero(X > 1) | Z.nonzero() | t.nonzero(Z, as_tuple=True)
t.argwhere(X > 1) | X.argwhere() | t.where(M) | X.where(M, 0.0) | X.where(M, W) | t.where(M, X, Z)
t.zeros(2, 3).nonzero()
t.nn.functional.one_hot(j) | t.nn.functional.one_hot(ij, 4) | t.nn.functional.one_hot(t.tensor(1), num_classes=3)
"""

REFUSALS = r"""
X[5] | X[-3] | X[0, 5] | X[0, 0, 0] | X[::-1] | X[::0] | X['a'] | X[1.0] | X[0:1.5] | X[t.tensor([2])]
X[t.tensor([-3])] | X[[0, 5]] | X[t.tensor([True])] | X[t.tensor([[True, False]])] | X[t.tensor([0.5])]
X[i, t.tensor([0, 1, 2])] | Z[0] | Z[..., 0] | X[i, i, i] | X[None, 0, 0, 0] | X[t.tensor(5)]
X[t.tensor([0], dtype=t.uint8)] | X[t.tensor([0], dtype=t.int16)] | X[{}] | X[np.True_] | Z[:] | Z[i] | Z[None, i]
X[0][0][0] | X[M, 0] | Y[i, i.to(t.bool)] | X[t.empty(0)] | X[0, t.tensor([7])] | X[:, t.tensor([7])] | X[-5, 0]
Y[0, :, 9]
c = X.clone(); c[5] = 1.0; c | c = X.clone(); c[0] = V; c | c = X.clone(); c[i] = S; c
c = X.clone(); c[M] = V[:2]; c | c = X.clone(); c[0] = 'a'; c | c = X.clone(); c[0] = [1.0, 2.0, 3.0]; c
c = X.clone(); c[0] = 1j; c | c = X.clone(); c[i] = W.detach().to(t.float64); c | c = X.clone(); c[i] = j; c
c = X.clone(); c[0] = None; c
c = X.clone(); c[t.tensor([5])] = 1.0; c | c = X.clone(); c[5, i] = 1.0; c | c = X.clone(); c[0] = S; c
c = X.clone(); c[0, 0] = V; c | c = X.clone(); c[M] = 1j; c | c = X.clone(); c[::-1] = 1.0; c
c = X.detach(); c[i] = S.detach(); c | c = X.detach(); c[0] = V.detach(); c
X.__setitem__(0, 1.0) | X.__setitem__(i, 1.0) | X.__setitem__(M, 1.0) | X.__setitem__(..., 1.0) | X[0].mul_(2)
X.view(-1).mul_(2) | X.mul_(2)
X.narrow(0, 1, 2) | X.narrow(0, -3, 1) | X.narrow(0, 0, -1) | X.narrow(2, 0, 1) | X.select(0, 2) | X.select(2, 0)
Z.select(0, 0) | X.index_select(0, t.tensor([2])) | X.index_select(0, t.tensor([[0]]))
X.index_select(0, t.tensor([0.0])) | X.take(t.tensor([6])) | X.take(t.tensor([0.0]))
X.gather(0, i) | X.gather(0, t.tensor([[2]])) | X.gather(0, t.tensor([[0.0]])) | X.gather(2, row)
X.gather(0, t.zeros(1, 5, dtype=t.int64)) | X.gather(1, t.zeros(3, 1, dtype=t.int64))
X.scatter(0, t.tensor([[2]]), 1.0) | X.scatter(0, i, 1.0) | X.scatter(0, row, X.to(t.float64))
X.scatter(0, t.zeros(3, 4, dtype=t.int64), X) | X.scatter_add(0, t.tensor([[-1]]), X)
X.scatter_reduce(0, row, X, 'foo') | X.scatter_add(0, t.zeros(2, 4, dtype=t.int64), X)
X.scatter(0, row, 1.0, reduce='foo')
X.index_add(0, i, V) | X.index_add(0, t.tensor([5, 0]), X) | X.index_add(0, i, X.to(t.float64))
X.index_add(0, i[:1], X) | X.index_copy(0, i[:1], X) | X.index_copy(0, t.tensor([5, 0]), X)
X.index_fill(0, t.tensor([5]), 0.0) | X.index_fill(0, i, X) | X.index_put((i, i, i), X) | X.index_put(i, X)
X.masked_fill(i, 0.0) | X.masked_fill(m, 0.0) | X.masked_fill(j, 0.0) | X.masked_fill(M, X) | X.masked_fill(M, 1j)
X.masked_select(m) | X.masked_select(j) | X.masked_scatter(M, W[:2]) | X.masked_scatter(M, X.to(t.float64))
X.masked_scatter(i, X) | X.masked_scatter(j, X)
X.repeat_interleave(-1) | X.repeat_interleave(t.tensor([1, 2]), 1) | X.repeat_interleave(t.tensor([-1, 2]), 0)
X.repeat_interleave(t.tensor([1.0, 2]), 0) | X.take_along_dim(i, 0) | X.take_along_dim(i.to(t.float32)[None], 0)
X.take_along_dim(ij[:, :2], 0)
t.nn.functional.one_hot(t.tensor([0, 5]), 3) | t.nn.functional.one_hot(t.tensor([-1]))
t.nn.functional.one_hot(V.detach()) | t.nn.functional.one_hot(t.tensor([], dtype=t.int64)) | X.gather(0)
"""


def cases(text):
    return [case.strip() for line in text.strip().splitlines() for case in line.split(" | ")]


@pytest.mark.parametrize("expression", cases(READ) + cases(GATHERED))
def test_the_same_as_pytorch(expression):
    compare(torch, expression)


@pytest.mark.parametrize("statements", cases(WRITTEN))
def test_written_as_pytorch_writes(statements):
    compare(torch, f"c = X.clone(); {statements}; c")


@pytest.mark.parametrize("expression", cases(REFUSALS))
def test_refused_as_pytorch_does(expression):
    compare_refusals(torch, expression)
