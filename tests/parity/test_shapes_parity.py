"""Shapes, joining and taking apart, against PyTorch: values, types, nodes, first and second gradients, errors."""

import pytest

from both_libraries import compare, compare_refusals

torch = pytest.importorskip("torch")

CASES = """
X.view(3, 2) | X.view(-1) | X.view(2, 3) | X.view((3, -1)) | X.view(size=(3, 2)) | E.view(3, 0) | V[:1].view(())
X.detach().view(t.float64) | X.detach().view(t.int64) | X.detach().view(t.int32) | X.detach().view(t.int16)
X.t().reshape(6) | X.reshape(3, 2) | X.reshape((6,)) | X.reshape(shape=(3, 2)) | Y[:, 1].reshape(-1) | E.reshape(0)
X.flatten() | Y.flatten(1) | Y.flatten(0, 1) | Z.flatten() | X.t().flatten() | Y.flatten(start_dim=-2)
X.unflatten(1, (1, 3)) | X.unflatten(1, (-1, 3)) | t.unflatten(V, 0, (2, 2))
X.squeeze() | U.squeeze() | U.squeeze(1) | U.squeeze(0) | U.squeeze((1, 3)) | U.squeeze(-1) | Z.squeeze(0)
t.squeeze(U, dim=1)
X.unsqueeze(0) | X.unsqueeze(-1) | X.unsqueeze(dim=1) | Z.unsqueeze(0)
X.transpose(0, 1) | Y.transpose(-1, 0) | Z.transpose(0, 0) | X.t() | V.t() | Z.t() | Y.transpose(dim0=1, dim1=2)
X.permute(1, 0) | Y.permute(2, 0, 1) | Y.permute((-1, 0, 1)) | t.permute(Y, (1, 2, 0)) | Z.permute(())
Y.permute(dims=(2, 1, 0))
X.T | X.mT | X.H | X.mH | Y.mT | Y.mH | X.adjoint() | t.adjoint(Y)
X.expand(4, 2, 3) | U.expand(2, 5, 3, 2) | U.expand(-1, 5, -1, -1) | Z.expand(3) | X.expand((2, 3))
X.expand(size=(2, 3)) | V.expand_as(S.new_zeros(2, 4))
X.view_as(t.zeros(3, 2)) | X.reshape_as(t.zeros(6)) | X.broadcast_to((2, 2, 3)) | X.broadcast_to(2, 2, 3)
t.broadcast_to(W, (2, 3))
X.repeat(2, 1) | X.repeat(2, 1, 3) | Z.repeat(3) | Z.repeat(()) | X.repeat((1, 2)) | X.repeat(0, 1)
X.repeat(repeats=(2, 2))
X.tile(2) | X.tile((2, 1)) | X.tile(2, 2, 2) | t.tile(V, (2,)) | X.tile(())
X.t().contiguous() | X[:, 1:].contiguous()
X.movedim(0, 1) | Y.movedim(0, -1) | Y.movedim((0, 1), (2, 0)) | t.moveaxis(Y, 1, 0) | X.swapaxes(0, 1)
X.swapdims(0, 1) | t.swapaxes(X, axis0=0, axis1=1)
X.flip(0) | X.flip(0, 1) | X.flip((-1,)) | t.flip(Y, (0, 2)) | X.flip(dims=(1,)) | Z.flip(0) | X.fliplr() | X.flipud()
t.fliplr(X)
X.roll(1) | X.roll(1, 0) | X.roll((1, 2), (0, 1)) | t.roll(X, -1, 1) | X.roll(shifts=1, dims=0) | Z.roll(1)
X.rot90() | t.rot90(X, 2) | t.rot90(X, -1) | Y.rot90(1, (1, 2)) | X.rot90(k=3, dims=[0, 1])
t.atleast_1d(Z) | t.atleast_1d(V, Z) | t.atleast_2d(Z) | t.atleast_2d(V) | t.atleast_2d((V, X)) | t.atleast_3d(V)
t.atleast_3d(X) | t.atleast_3d(Z)
V.ravel() | X.ravel() | t.ravel(Y)
Y.unfold(2, 2, 1) | Y.unfold(1, 2, 2) | V.unfold(0, 3, 1) | X.unfold(dimension=1, size=2, step=1) | V.unfold(0, 0, 1)
X.diagonal() | X.diagonal(1) | Y.diagonal(0, 1, 2) | Y.diagonal(-1, 2, 0) | S.diagonal(offset=-1)
t.diagonal(Y, dim1=0, dim2=2)
X.diag() | V.diag() | S.diag(1) | V.diag(-1) | t.diag(S, diagonal=-2)
t.diag_embed(V) | t.diag_embed(X) | t.diag_embed(X, 1, 0, 2) | t.diag_embed(X, offset=-1)
t.diag_embed(X, dim1=0, dim2=1) | t.diagflat(V) | t.diagflat(X, 1)
X.tril() | X.tril(1) | X.triu() | Y.triu(-1) | t.tril(S, diagonal=-1) | t.triu(Y)
t.as_strided(V, (2,), (2,)) | V.as_strided((3, 2), (1, 1)) | X.as_strided((2, 2), (1, 2), 1)
X.as_strided(size=(2,), stride=(3,)) | X.t().as_strided((2, 3), (3, 1))
t.broadcast_tensors(X, W) | t.broadcast_tensors(Y[:, :1], Z, W[:2, None]) | t.broadcast_tensors(X)
t.meshgrid(V, W, indexing='ij') | t.meshgrid([V, W], indexing='xy') | t.meshgrid(V, W, Z, indexing='xy')
t.meshgrid(V, indexing='ij')
t.diagonal_scatter(X, V[:2]) | t.diagonal_scatter(S, V[:2], 1) | t.select_scatter(X, W, 0, 1)
t.slice_scatter(X, X[:1], 0, 1) | X.slice_scatter(X[:, :2], 1, 0, 3, 2)
t.cat([X, X]) | t.cat((X, S)) | t.cat([X, X], 1) | t.cat([X, X], dim=-1) | t.cat([t.zeros(0, dtype=t.float64), X])
t.cat([X, E]) | t.cat([V, W, V]) | t.cat(tensors=[V, W])
t.cat([X, t.ones(2, 3)]) | t.cat([X, t.ones(2, 3, dtype=t.int64)]) | t.cat([V.detach(), W]) | t.concat([X, X])
t.concatenate([X, X], dim=1) | t.cat([X, X], axis=1)
t.stack([X, X * 2]) | t.stack([X, X], 1) | t.stack([X, X], dim=-1) | t.stack((Z, Z)) | t.stack([V])
t.hstack([X, X]) | t.hstack((V, W)) | t.hstack((Z, Z)) | t.vstack([V, V]) | t.vstack([X, S]) | t.row_stack([V, V])
t.dstack([X, X]) | t.dstack((V, V)) | t.column_stack([V, V]) | t.column_stack([X, X[:, 0]])
X.split(1) | X.split(2, 1) | X.split([1, 1]) | X.split((2, 1), dim=1) | t.split(V, 3) | V.split(split_size=2)
t.split(V, 10) | X.split_with_sizes([1, 2], 1) | X.split(1)[1] | X.split(2, dim=1)[0]
X.chunk(2) | X.chunk(2, 1) | X.chunk(5) | V.chunk(3) | t.chunk(V, 2, dim=0) | E.chunk(2)
X.tensor_split(2) | V.tensor_split(3) | V.tensor_split((1, 3)) | X.tensor_split(2, dim=1)
V.tensor_split(t.tensor(2)) | V.tensor_split(sections=2) | V.tensor_split(indices=(1,))
X.hsplit(3) | V.hsplit(2) | X.vsplit(2) | Y.dsplit(2) | X.hsplit((1,)) | t.vsplit(X, (1,))
X.unbind() | X.unbind(1) | Y.unbind(dim=-1) | X.unbind()[1] | list(X) | list(Y[0])
t.block_diag(X, V, Z) | t.block_diag(X) | t.cartesian_prod(V) | t.cartesian_prod(V, W) | t.combinations(V)
t.combinations(V, 3) | t.combinations(W, 2, True)
X.real | t.view_as_real(X + 1j * X) | t.view_as_complex(t.stack([X, X], -1)) | (X + 2j).mT | (X + 2j).mH | (X + 2j).H
(X * 1j).expand(2, 2, 3)
c = X.clone(); c.t_() | c = X.clone(); c.transpose_(0, 1) | c = X.clone(); c.unsqueeze_(1)
c = U.clone(); c.squeeze_() | c = U.clone(); c.squeeze_(1) | c = X.clone(); c.swapaxes_(0, 1)
c = X.clone(); c.tril_() | c = X.clone(); c.triu_(1)
c = X.clone(); c.fill_diagonal_(2.0) | c = t.cat([S, S, S]); c.fill_diagonal_(2.0, wrap=True)
t.as_strided(X[1:], (2,), (1,)) | t.as_strided(Y[1, 1:], (2, 2), (4, 1), 3) | c = X.clone(); c.t_().mul_(2)
c = U.clone(); c.squeeze_((1, 3)) | c = X.clone(); c.swapdims_(0, 1)
"""

REFUSALS = r"""
X.view(5) | X.view(-1, 4) | X.view(-1, -1) | X.view(-2, 3) | X.t().view(6) | X.reshape(5) | E.view(-1, 0) | X.view()
X.reshape(())
X.unsqueeze(3) | X.unsqueeze(-4) | X.squeeze(2) | U.squeeze((1, 1)) | X.transpose(0, 2) | Y.t() | X.permute(0)
X.permute(0, 0) | X.permute(0, 2)
X.expand(3, 3) | X.expand(3) | X.expand(-1, 2, 3) | X.expand(2, -2) | X.repeat(2) | X.repeat(-1, 1)
X.movedim(0, 2) | X.movedim((0, 1), (0,)) | X.flip(2) | X.flip(0, 0) | X.roll((1, 2), 0) | X.roll(1, 2) | Z.roll(1, 0)
t.rot90(V) | t.rot90(X, 1, (0, 0))
X.diagonal(0, 0, 0) | Y.diag() | V.tril() | X.flatten(1, 0) | X.unflatten(1, (2, 2)) | X.unflatten(1, ())
X.unfold(1, 4, 1) | X.unfold(1, 2, 0)
t.meshgrid(V, V, indexing='ab') | t.meshgrid(V, V.to(t.float64), indexing='ij') | V.H | V.mT | V.mH | V.adjoint()
Y.H | t.broadcast_tensors(X, V) | t.diag_embed(V, 0, 0, 0)
t.cat([X, t.ones(2, 4)]) | t.cat([X, V]) | t.cat([]) | t.cat([X, X], 2) | t.cat(X) | t.cat([X, 3]) | t.stack([V, W])
t.stack([]) | t.stack([X, X], 3) | t.hstack([X, V]) | t.vstack([V, W]) | t.stack(X) | t.stack([X, 1]) | t.cat([Z, Z])
X.split(0) | X.split(-1) | X.split([1, 2]) | X.split([3, -1]) | X.split(2.0) | X.chunk(0) | X.chunk(2, 5)
X.tensor_split(0) | X.hsplit(2) | V.vsplit(2) | X.dsplit(2) | Z.hsplit(1) | Z.unbind() | X.unbind(2)
t.cartesian_prod(X, V) | t.block_diag(Y)
t.select_scatter(X, V, 0, 0) | t.slice_scatter(X, V, 0, 0, 1) | t.diagonal_scatter(X, V) | X.flip() | X.repeat()
X.expand() | X.permute() | X.tile() | X.reshape()
X.detach().view(t.float64) | t.as_strided(V, (5,), (1,)) | t.as_strided(V, (2,), (-1,))
X.t_() | X.unsqueeze_(0) | X.detach().expand(2, 2, 3).add_(1) | c = X.clone(); c.split(1)[0].mul_(2)
c = X.clone(); c.unbind()[1].mul_(2) | c = X.clone(); c.split([1, 1])[1].mul_(2)
"""


def cases(text):
    return [case.strip() for line in text.strip().splitlines() for case in line.split(" | ")]


@pytest.mark.parametrize("expression", cases(CASES))
def test_the_same_as_pytorch(expression):
    compare(torch, expression)


@pytest.mark.parametrize("expression", cases(REFUSALS))
def test_refused_as_pytorch_does(expression):
    compare_refusals(torch, expression)
