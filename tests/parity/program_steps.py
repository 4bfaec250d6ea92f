"""What random programs begin with, and the steps they are made of: see random_programs.py."""

import numpy as np

RNG = np.random.default_rng(20)

# Leaves by name; a program works on what `clone()` makes of those that require grad, so that it may change them.
START = {
    "a": RNG.uniform(-2, 2, (2, 3)),
    "b": RNG.uniform(0.5, 2, (3,)),
    "c": RNG.uniform(-2, 2, (3, 3)),
    "d": np.array(1.25),
    "e": RNG.uniform(-2, 2, (2, 1, 3)),
    "f": RNG.uniform(-2, 2, (2, 3)).astype(np.float32),
    "g": RNG.uniform(-1, 1, 3) + 1j * RNG.uniform(-1, 1, 3),
    "i": np.array([[3, -1, 2], [0, 5, -3]]),
    "j": np.array([2, 0, 1]),
    "k": np.array([[True, False, True], [False, False, True]]),
    "u": np.array([1, 0, 200], np.uint8),
    "empty": np.zeros((0, 3)),
}
CONSTANT = frozenset({"e", "i", "j", "k", "u"})

# One step a line.
STEPS = """
x.sin()
x.cos()
x.tanh()
x.sigmoid()
x.square()
torch.exp(x.tanh())
torch.log1p(x.square())
(x.square() + 1).sqrt()
-x
x.neg()
x.conj() + 0
x + y
x - y
x * y
x + y * z
torch.add(x, y, alpha=2)
torch.sub(x, y, alpha=3)
torch.addcmul(x, y, z, value=0.5)
torch.lerp(x, y, 0.25)
torch.logaddexp(x, y)
x + 2
x - 1.5
2 - x
3 * x
x / 4
1 / (x.square() + 1)
x ** 2
x ** 3
2 ** x.tanh()
x * True
x + 1j
x & y
x | y
x ^ y
~x
x.logical_not()
torch.where(k, x, y)
torch.where(k, x, 0.0)
x.sum()
x.sum(0)
x.sum(-1, keepdim=True)
x.sum(dtype=torch.float64)
x.mean()
x.mean(0)
x.mean((0, -1))
x.prod()
x.prod(-1)
x.var()
x.var(0, unbiased=False)
x.cumsum(0)
x.cumprod(-1)
x.logsumexp(0)
x.softmax(-1)
x.log_softmax(0)
x.any()
x.all(0)
x.t()
x.T
x.mT
x.transpose(0, -1)
x.transpose(0, 1)
x.permute(1, 0)
x.reshape(-1)
x.reshape(3, -1)
x.view(-1)
x.view(3, -1)
x.flatten()
x.unsqueeze(0)
x.unsqueeze(-1)
x.squeeze()
x.squeeze(1)
x.expand(2, -1, -1)
x.expand(2, 3)
x.broadcast_to((2, 3))
x.expand_as(y)
x[0]
x[-1]
x[1:]
x[..., 0]
x[..., 1:]
x[::2]
x[:, None]
x[None]
x[:, 1]
x[..., :-1]
x[0, 1]
x[5]
x[j]
x[:, j]
x[[0, 1]]
x[[0, -1], [1, 0]]
x[k]
x[j, None]
x.select(0, 1)
x.narrow(-1, 1, 2)
x.chunk(2)[0]
x.split(2, -1)[0]
x.unbind(0)[0]
x.unbind(0)
x.diagonal()
x.diag()
x.tril()
x.triu(1)
x.flip(0)
x.roll(1, -1)
x.repeat(2, 1)
x.movedim(0, -1)
x.unfold(-1, 2, 1)
x.as_strided((2,), (1,))
x.detach()
x.clone()
x.contiguous()
x.real
x.imag
torch.view_as_real(x)
x.gather(-1, i.clamp(0, 1))
x.gather(0, j[None])
x.index_select(0, j)
x.index_select(-1, j)
x.take(j)
x.masked_fill(k, 0.5)
x.masked_fill(k, d)
x.masked_select(k)
x.scatter(0, j[None], 1.5)
x.scatter_add(0, j[None], y)
x.index_add(0, j, y)
x.index_fill(0, j, 2.0)
x.index_copy(0, j, y)
x.index_put((j,), y)
torch.cat([x, y])
torch.cat([x, y], -1)
torch.stack([x, y])
torch.stack([x, y, x], -1)
x @ y
x.matmul(y.mT)
torch.mm(x, y)
torch.outer(x, y)
torch.dot(x, y)
torch.einsum("ij,kj->ik", x, y) + 0
torch.addmm(x, y, z)
torch.nn.functional.linear(x, y)
torch.nn.functional.linear(x, y, z)
torch.nn.functional.mse_loss(x, y)
torch.nn.functional.softplus(x)
torch.nn.functional.gelu(x)
torch.nn.functional.pad(x, (1, 1))
x.float()
x.double()
x.to(torch.complex128)
x.to(torch.float32)
x.type_as(y)
x.add_(y)
x.add_(1)
x.sub_(y, alpha=2)
x.mul_(y)
x.mul_(2)
x.div_(2)
x.pow_(2)
x.neg_()
x.sin_()
x.tanh_()
x.sigmoid_()
x.square_()
x.zero_()
x.fill_(0.5)
x.fill_(d)
x.copy_(y)
x.copy_(y.mT)
x.masked_fill_(k, 1.5)
x.addcmul_(y, z)
x.lerp_(y, 0.5)
x.cumsum_(0)
x.t_()
x.squeeze_()
x.unsqueeze_(0)
x.transpose_(0, -1)
x.detach_()
x.requires_grad_()
x.requires_grad_(False)
x.retain_grad()
x.index_add_(0, j, y)
x.index_fill_(0, j, 1.0)
x.scatter_(0, j[None], 2.5)
x.index_put_((j,), y, accumulate=True)
x.set_data(y)
x.__setitem__(0, 1.0)
x.__setitem__(0, y)
x.__setitem__((Ellipsis, 0), y)
x.__setitem__(slice(1, None), 0.5)
x.__setitem__(k, 0.25)
x.__setitem__(k, y)
x.__setitem__(j, y)
x.__setitem__((slice(None), j), y)
x[0].add_(1)
x[..., 0].mul_(y)
x[1:].copy_(y)
x.view(-1).mul_(2)
x.diagonal().zero_()
x.unbind(0)[0].add_(1)
x.detach().add_(1)
no_grad(lambda: x * y)
no_grad(lambda: x.add_(1))
no_grad(lambda: x[0])
no_grad(lambda: x.view(-1))
x.requires_grad
x.is_leaf
x._version
x.shape
x.stride()
x.storage_offset()
x.is_contiguous()
x._is_view()
x._base is y
x.tolist()
""".strip().splitlines()
# The same, left out where a number is nearly at a corner or a pole, or two are nearly the same: there rounding decides.
CAREFUL_STEPS = """
x.abs()
x.sign()
x.relu()
x.relu_()
x.floor()
x.round()
x.trunc()
x.frac()
x.clamp(-1, 1)
x.clamp(min=0)
x.clamp_(-1, 1)
x.clamp_(max=y)
x.long()
x.bool()
x.to(torch.int32)
x // 1
x % 1
x.fmod(1)
x // y
x % y
torch.maximum(x, y)
torch.minimum(x, y)
torch.fmax(x, y)
x.max()
x.min(-1)
x.max(0)[0]
x.amax(-1)
x.amin((0, -1))
x.argmax()
x.argmin(0)
x.sort()
x.sort(0, descending=True)[0]
x.argsort(-1)
x.topk(2)[0]
x.median()
x.median(0)
x.cummax(0)[0]
x.kthvalue(1)[0]
x.unique()
x.nonzero()
x == y
x != y
x < y
x >= 0
x.gt(0.5)
x.eq(1)
x[x > 0]
x.heaviside(y)
x.copysign(y)
x.sgn()
torch.nn.functional.leaky_relu(x)
torch.nn.functional.elu(x)
torch.nn.functional.hardtanh(x)
torch.nn.functional.smooth_l1_loss(x, y)
torch.nn.functional.l1_loss(x, y)
torch.atan2(x, y)
torch.hypot(x, y)
torch.nn.functional.layer_norm(x, (3,))
x / y
x.angle().cos()
x.div_(y)
x.norm()
x.norm(dim=-1)
x.reciprocal()
x.std(-1, keepdim=True)
""".strip().splitlines()
