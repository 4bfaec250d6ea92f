"""Derivatives of derivatives: Newton's method, Hessians, a gradient penalty, a differential equation solved by a network."""

import torch
from torch.autograd import grad

x = torch.tensor(2.0, requires_grad=True)
for i in range(6):
    y = x**3 - 2 * x - 5
    (g,) = grad(y, x)
    print(i, x, y, g)
    with torch.no_grad():
        x -= y / g

x = torch.tensor([1.5], requires_grad=True)
for i in range(5):
    y = x**4 - 3 * x**3 + 2
    (g,) = grad(y, x, create_graph=True)
    (h,) = grad(g, x)
    print(y, g, h, g.grad_fn, h.requires_grad)
    x.data -= (g / h).data
print(x)

x = torch.tensor(1.0, requires_grad=True)
d = torch.exp(2 * x) * torch.sin(x)
for n in range(3):
    (d,) = grad(d, x, create_graph=True)
    print(n + 1, d)

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
f = lambda x: (x**2).sum() * x.prod() + torch.sin(x).sum()
(g,) = grad(f(x), x, create_graph=True)
H = torch.stack([grad(gi, x, retain_graph=True)[0] for gi in g])
print(g, H, torch.allclose(H, H.T))
print(torch.autograd.functional.hessian(f, x), torch.autograd.functional.jacobian(f, x))
v = torch.tensor([1.0, 0.0, 1.0])
(hv,) = grad((g * v).sum(), x)
print(hv, torch.autograd.functional.hvp(f, x, v), torch.autograd.functional.vhp(f, x, v), H @ v)

x = torch.tensor(2.0, requires_grad=True)
y = torch.tensor(3.0, requires_grad=True)
z = x**2 * y**3
zx, zy = grad(z, (x, y), create_graph=True)
(zxy,) = grad(zx, y, create_graph=True)
(zyx,) = grad(zy, x, create_graph=True)
print(zx, zy, zxy, zyx, zxy == zyx)
zxy.backward()
print(x.grad, y.grad)

torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
x = torch.rand(5, 2, requires_grad=True)
out = net(x)
(gx,) = grad(out, x, torch.ones_like(out), create_graph=True)
penalty = ((gx.norm(2, dim=1) - 1) ** 2).mean()
print(gx, penalty)
penalty.backward()
for name, p in net.named_parameters():
    print(name, p.grad)


class PINN(torch.nn.Module):
    """u'' = -u with u(0) = 0 and u'(0) = 1, so u = sin."""

    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(1, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))

    def forward(self, t):
        return self.net(t)


u = PINN()
optimizer = torch.optim.Adam(u.parameters(), lr=1e-2)
t = torch.linspace(0, 3, 30).view(-1, 1).requires_grad_(True)
t0 = torch.zeros(1, 1, requires_grad=True)
print(t.is_leaf, t.requires_grad, t[:2])
for it in range(41):
    optimizer.zero_grad()
    y = u(t)
    u_t = grad(y, t, grad_outputs=torch.ones_like(y), create_graph=True)[0]
    u_tt = grad(u_t, t, grad_outputs=torch.ones_like(u_t), create_graph=True)[0]
    y0 = u(t0)
    dy0 = grad(y0, t0, torch.ones_like(y0), create_graph=True)[0]
    loss = ((u_tt + y) ** 2).mean() + (y0 - 0).pow(2).mean() + (dy0 - 1).pow(2).mean()
    loss.backward()
    optimizer.step()
    if it % 10 == 0:
        print(it, "%.3f" % loss.item(), u_tt.shape, u_tt.requires_grad)
