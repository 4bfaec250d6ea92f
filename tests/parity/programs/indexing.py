"""Indexing and assigning: a game of life, sliding windows, masks, and gradients through what was assigned."""

import torch


def step(board):
    n = sum(torch.roll(board, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0))
    return ((n == 3) | ((board == 1) & (n == 2))).to(board.dtype)


board = torch.zeros(6, 6, dtype=torch.int)
board[1, 2] = board[2, 3] = 1
board[3, 1:4] = 1
for generation in range(4):
    print(board)
    board = step(board)
for row in board.tolist():
    print("".join(".#"[v] for v in row))

x = torch.arange(10.0)
print(x.unfold(0, 3, 1), x.unfold(0, 4, 2).mean(1), torch.stack([x[i : i + 3] for i in range(8)]).mean(1))
m = torch.arange(12.0).view(3, 4)
n = m.clone()
n[n > 6] = 0
print(n)
n[:, 0] += 1
n[0] = torch.tensor([9.0, 8.0, 7.0, 6.0])
n[-1, -1] = -1
n[::2, 1:3] *= 10
print(n)
n[[0, 2], [1, 3]] = torch.tensor([100.0, 200.0])
n[..., 2] = torch.arange(3.0)
n[1] = n[0]
n[torch.tensor([True, False, False])] = 5.0
print(n)
print(m[1], m[1, 2], m[:, 1], m[1:, :2], m[-1], m[[0, 2]], m[:, [1, 0]], m[[0, 1], [2, 3]], m[m > 5], m[None].shape)
print(m[..., 0], m[::2], m[torch.tensor([True, False, True])], m[1][2], m[(1, 2)], m[m[:, 0] > 3], m[0:0], m[:, 5:])
print(torch.where(m > 5, m, -m), torch.where(m > 5), m.nonzero().T, torch.masked_select(m, m > 8), m.clamp(2, 5))
print(m.gather(1, torch.tensor([[0, 1], [2, 3], [3, 0]])), m.index_select(1, torch.tensor([0, 2])), m.flip(1), m.triu())
print(torch.zeros(3, 5).scatter_(1, torch.tensor([[0, 1], [2, 3], [4, 0]]), 1.0), m.take(torch.tensor([0, 5])))
print(m.split(2, 1), m.chunk(2), m.repeat(1, 2), m.repeat_interleave(2, 0), torch.meshgrid(x[:2], x[:3], indexing="ij"))

w = torch.ones(3, 4, requires_grad=True)
y = w * 2
y[:, 0] += 1
y[1] = 0
y[2, 2:] *= 3
print(y)
y.sum().backward()
print(w.grad)
w.grad = None
y = w.clone()
y[y > 0.5] = 0
print(y, y.grad_fn)
y.sum().backward()
print(w.grad)
w.grad = None
z = torch.zeros(3, 4)
z[0] = w[0] * 2
z[1:, :2] = w[1:, :2] ** 2
print(z, z.requires_grad, z.is_leaf)
z.sum().backward()
print(w.grad)
w.grad = None
w[[0, 0, 1]].sum().backward()
print(w.grad)
v = m.view(-1)
v[0] = 99
c = m[0]
c += 1
print(m[0], v[:2], m._version, c._version, v._base is m)

for mistake in (
    lambda: m[3], lambda: m[0, 4], lambda: m[0, 0, 0], lambda: m[[0, 5]], lambda: m[::-1],
    lambda: m[torch.tensor([True, False])], lambda: m.__setitem__(0, torch.ones(3)), lambda: torch.tensor(3)[0],
    lambda: len(torch.tensor(3)), lambda: w.__setitem__(0, 1.0), lambda: m[torch.tensor([0.5])],
    lambda: m[[0, 1], [0, 1, 2]], lambda: m.view(5, 2), lambda: m.reshape(-1, 5), lambda: m.T.view(-1),
    lambda: torch.cat([m, m[:, :2]]), lambda: torch.stack([m, m[:2]]), lambda: m.transpose(0, 2), lambda: m.sum(3),
    lambda: m + torch.ones(3), lambda: m @ m, lambda: m.expand(2, 4), lambda: m.gather(1, torch.tensor([[4]])),
    lambda: m.split([1, 1]), lambda: m.item(), lambda: bool(m), lambda: float(m), lambda: m.squeeze(5),
):
    try:
        print(mistake())
    except Exception as e:
        print(type(e).__name__, str(e).splitlines()[0])
