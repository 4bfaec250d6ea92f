"""Operations that change a tensor: which of them backward minds, and what a leaf allows."""

import torch


def attempt(function):
    try:
        print(function())
    except Exception as e:
        print(type(e).__name__ + ":", e)


a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
attempt(lambda: a.add_(1))
attempt(lambda: a[0:1].add_(1))
attempt(lambda: a.__setitem__(0, 5.0))
attempt(lambda: torch.sin_(a))
b = a * 2
print(b._version)
b += 1
print(b._version, b)
b.mul_(2)
b[0] = 0
print(b._version, b)
b.sum().backward()
print(a.grad)
c = a.exp()
c += 1
attempt(lambda: c.sum().backward())
d = a.sin()
d.mul_(2)
d.sum().backward()
print(a.grad)
e = a * a.detach()
a.detach().add_(1)
attempt(lambda: e.sum().backward())
w, x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True), torch.ones(2, 2)
y = w @ x
x[0, 0] = 5.0
attempt(lambda: y.sum().backward())
s = torch.sigmoid(a)
s.zero_()
attempt(lambda: s.sum().backward())
r = torch.relu(a * 1)
r *= 2
attempt(lambda: r.sum().backward())
p = a * 1
q = p**2
p.add_(1)
attempt(lambda: q.sum().backward())

with torch.no_grad():
    a += 1
    a.mul_(2)
    a[0] = 0
print(a, a._version, a.is_leaf)
a.data[0] = 7
print(a, a._version)
t = torch.ones(3).requires_grad_()
t.data = torch.zeros(3)
t.detach().fill_(4)
print(t)
z = torch.ones(2, 2)
print(z.add_(1).mul_(3).sub_(1).div_(2).pow_(2).neg_().abs_().sqrt_().exp_().log_().clamp_(0, 2).zero_().fill_(2))
print(z._version, z.copy_(torch.arange(4.0).view(2, 2)), z.t_(), z.unsqueeze_(0).shape, z.squeeze_(0), z)
print(z.masked_fill_(z > 1, 9), z.uniform_(0, 0), z._version)
h = a.detach().clone().requires_grad_(True)
k = h * 3
l = k.relu_()
print(l is k, k.grad_fn)
k.sum().backward()
print(h.grad)
o = torch.zeros(3)
o.add_(h)
print(o, o.grad_fn, o.is_leaf, o.requires_grad)
x = torch.ones(3, requires_grad=True)
y = x
y = y + 1
print(x, y)


def double(t):
    t *= 2
    return t


u = torch.ones(2)
double(u)
print(u)
attempt(lambda: double(x))
attempt(lambda: torch.ones(3).expand(2, 3).contiguous().add_(1))
attempt(lambda: torch.ones(3).add_(torch.ones(2, 3)))
attempt(lambda: torch.ones(3).copy_(torch.ones(2)))
attempt(lambda: torch.tensor([1, 2]).add_(1.5))
x = torch.tensor([0.3, 0.9, -0.2], requires_grad=True)
y, n = x * 2, 0
while y.data.norm() < 1000:
    y = y * 2
    n += 1
print(n, y)
y.backward(torch.tensor([0.1, 1.0, 0.0001]))
print(x.grad)
y.detach_()
print(y.grad_fn, y.requires_grad, y.is_leaf)
attempt(lambda: x.view(-1).detach_())
attempt(lambda: setattr(x * 2, "requires_grad", False))
attempt(lambda: (x * 2).requires_grad_(False))
attempt(lambda: setattr(x, "grad", torch.ones(2)))
attempt(lambda: setattr(x, "grad", torch.ones(3).double()))
attempt(lambda: setattr(x, "grad", 3))
attempt(lambda: setattr(x, "data", 3))
attempt(lambda: setattr(torch.tensor([1, 2]), "requires_grad", True))
del x.grad
print(x.grad)
