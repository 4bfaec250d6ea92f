"""autograd.grad, backward and autograd.functional, with all their arguments and with the mistakes that are made."""

import torch
from torch.autograd import Variable, grad
from torch.autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp


def attempt(function):
    try:
        print(function())
    except Exception as e:
        print(type(e).__name__ + ":", e)


x, y = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0.5, 1.0, 2.0])
f = lambda x: x.exp().sum(dim=0)
cubes = lambda x: (x**3).sum()
print(jacobian(lambda x: 2 * x.exp(), x), jacobian(lambda x, y: 2 * x.exp() + 3 * y, (x, y)))
print(jacobian(lambda x: (x**2, x.sum()), x), jacobian(lambda x: x.exp(), x, create_graph=True))
print(hessian(cubes, x), hessian(lambda x, y: (x * y).sum() ** 2, (x, y)), hessian(cubes, x, create_graph=True))
print(vjp(lambda x: x.exp(), x, torch.ones(3)), vjp(f, x), vjp(lambda x, y: x * y, (x, y), torch.ones(3)))
print(jvp(lambda x: x.exp(), x, torch.ones(3)), jvp(lambda x, y: x * y, (x, y), (torch.ones(3), torch.zeros(3))))
print(vhp(cubes, x, torch.ones(3)), hvp(cubes, x, torch.ones(3)))
print(jacobian(lambda m: m.sum(0), torch.ones(2, 3)).shape, hessian(lambda m: (m**2).sum(), torch.ones(2, 2)).shape)
attempt(lambda: vjp(lambda x: x, x))
attempt(lambda: hessian(lambda x: x, x))
attempt(lambda: jvp(lambda x: x * 2, x))
attempt(lambda: vjp(lambda x: x * 2, x, torch.ones(2)))
attempt(lambda: jacobian(lambda x: torch.ones(2), x, strict=True))
attempt(lambda: jacobian(lambda x: torch.ones(2), x))
attempt(lambda: jacobian(lambda x: "a", x))
attempt(lambda: jacobian(f, [1.0, 2.0]))
attempt(lambda: hessian(lambda x: x.sum(), x, strict=True))

a, b, c = (torch.tensor(v, requires_grad=True) for v in (2.0, 3.0, 1.0))
attempt(lambda: grad(a * b, [a, c]))
attempt(lambda: grad(a * b, [a, c], allow_unused=True))
attempt(lambda: grad(a * b, [a, c], materialize_grads=True))
attempt(lambda: grad(a * b, a, materialize_grads=True, allow_unused=False))
v = torch.ones(3, requires_grad=True)
attempt(lambda: grad(v * 2, v))
attempt(lambda: grad(v * 2, v, torch.tensor([1.0, 2.0, 3.0])))
attempt(lambda: grad([v * 2, (v * 3).sum()], v, [torch.ones(3), None]))
attempt(lambda: grad(v * 2, v, torch.ones(2)))
attempt(lambda: grad(v.sum(), torch.ones(3)))
attempt(lambda: grad(torch.ones(3).sum(), v))
attempt(lambda: grad(v.sum().detach(), v))
attempt(lambda: grad(v.sum(), []))
attempt(lambda: (v * 2).backward())
attempt(lambda: torch.ones(3).sum().backward())
attempt(lambda: (v * 2).backward(torch.ones(1, 3)))
attempt(lambda: (v * 2).backward(torch.ones(3, dtype=torch.complex64)))
attempt(lambda: torch.autograd.backward((v * 2, v.sum()), (torch.ones(3),)))
attempt(lambda: v.sum().backward(inputs=[]))
v.backward(torch.ones(3))
print(v.grad)
s = v.sum()
s.backward()
s.backward()
print(v.grad)
s = (v**2).sum()
s.backward()
attempt(lambda: s.backward())
attempt(lambda: v.numpy())
attempt(lambda: v.item())
attempt(lambda: torch.ones(2).retain_grad())
w = v * 2
u = w.sum()
print(grad(u, w))
w = v * 2
w.sum().backward(inputs=[w])
print(w.grad)
w = v * 2
w.retain_grad()
w.sum().backward()
print(w.grad, w.retains_grad, v.retains_grad)
w = v * 2
w.sum().backward()
print(w.grad)

V = Variable(torch.ones(2), requires_grad=True)
V.pow(2).mean().backward()
print(V, V.data, V.grad, type(V), isinstance(V, Variable), isinstance(torch.ones(1), Variable))
