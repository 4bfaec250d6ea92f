"""no_grad, enable_grad and set_grad_enabled: as contexts, on functions, methods and generators, and in threads."""

import threading

import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
print(torch.is_grad_enabled())
with torch.no_grad():
    y = x * 2
    print(torch.is_grad_enabled(), y, y.requires_grad)
    with torch.enable_grad():
        print(torch.is_grad_enabled(), x * 2)
    z = torch.ones(1, requires_grad=True)
    print(z.requires_grad, (z * 2).requires_grad)


@torch.no_grad()
def f(x):
    return x * 2


@torch.enable_grad()
def g(x):
    return x * 2


@torch.set_grad_enabled(False)
def h(x):
    return x * 2


@torch.no_grad
def bare(x):
    return x * 2


print(f(x), g(x), h(x), bare(x), f.__name__, torch.is_grad_enabled())
with torch.no_grad():
    print(g(x), f(x))


class Model:
    @torch.no_grad()
    def method(self, x):
        "what it does"
        return x * 3

    @staticmethod
    @torch.no_grad()
    def static(x):
        return x * 3

    @classmethod
    @torch.no_grad()
    def of_class(cls, x):
        return x * 3

    @property
    @torch.no_grad()
    def prop(self):
        return torch.ones(1, requires_grad=True) * 2


print(Model().method(x), Model.static(x), Model.of_class(x), Model().prop, Model.method.__doc__)


@torch.no_grad()
def numbers():
    for i in range(3):
        received = yield x * i, torch.is_grad_enabled()
        print("inside", received, torch.is_grad_enabled())


generator = numbers()
print(next(generator), torch.is_grad_enabled())
print(generator.send("hello"), torch.is_grad_enabled())
print(list(generator))

torch.set_grad_enabled(False)
print(torch.is_grad_enabled(), x * 2)
torch.set_grad_enabled(True)
for is_train in (True, False):
    with torch.set_grad_enabled(is_train):
        print((x * 2).requires_grad)
with torch.set_grad_enabled(mode=False):
    print((x * 2).requires_grad)
try:
    with torch.no_grad():
        raise ValueError("out")
except ValueError as e:
    print(e, torch.is_grad_enabled())
print(torch.no_grad(), type(torch.no_grad()), torch.autograd.no_grad is torch.no_grad)


def work(out):
    out.append(torch.is_grad_enabled())
    out.append((x * 2).requires_grad)


out = []
with torch.no_grad():
    thread = threading.Thread(target=work, args=(out,))
    thread.start()
    thread.join()
    print(out, torch.is_grad_enabled())

w = torch.zeros(3, requires_grad=True)


def add():
    for _ in range(50):
        (w * torch.tensor([1.0, 2.0, 3.0])).sum().backward()


threads = [threading.Thread(target=add) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(w.grad)
print(x.detach().requires_grad, x.detach() is x, x.data.requires_grad, x.clone().detach())
print(x.detach().clone().requires_grad_(True), x.clone(), x.detach().data_ptr() == x.data_ptr())
