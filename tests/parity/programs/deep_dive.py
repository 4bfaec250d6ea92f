"""The examples of a deep dive into how the engine works: graphs, output numbers, saved tensors and their versions."""

import torch

# One multiplication, and the graph behind it.
a = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(3.0)
c = a * b
print(c, c.grad_fn.next_functions[0], c.grad_fn.next_functions[1])
print(a.is_leaf, b.is_leaf, c.is_leaf, b.requires_grad, c.requires_grad)
c.backward()
print(a.grad, b.grad)

# Streams of gradients that part and meet; everything is 2.
a = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(2.0, requires_grad=True)
c = (a.detach() * b.detach())
c.requires_grad = True
d = torch.tensor(2.0, requires_grad=True)
f = torch.tensor(2.0, requires_grad=True)
h = torch.tensor(2.0, requires_grad=True)
e = c * d
g = e * f
i = g / h
j = i + h
k = j * i
print(a, b, c, d, e, f, g, h, i, j, k, sep="\n")
k.backward()
for name, tensor in dict(a=a, b=b, c=c, d=d, f=f, h=h).items():
    print(name, tensor.grad, tensor.is_leaf, tensor.requires_grad)
print(h.grad == -64, c.grad == 36)

# As the flag is set on a product of leaves that do not require grad.
a, b = torch.tensor(2.0), torch.tensor(2.0)
c = a * b
c.requires_grad = True
print(c, c.is_leaf, c.grad_fn)

# Several outputs: each edge carries its number.
a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
x, y, z = a.unbind()
product = x * y * z
print(x, y, z)
node = product.grad_fn
print(node)
print(node.next_functions)
print(node.next_functions[0][0].next_functions)
for part in (x, y, z):
    print(part.output_nr, part.grad_fn is x.grad_fn)
print([number for _, number in node.next_functions[0][0].next_functions], node.next_functions[1][1])
product.backward()
print(a.grad)

# Saved tensors have versions.
a = torch.tensor(2.0)
d = torch.tensor(4.0, requires_grad=True)
c = torch.tensor(3.0)
e = c * d
print(c._version, d._version)
c += 1
print(c._version)
try:
    e.backward()
except RuntimeError as error:
    print("RuntimeError:", error)
c = torch.tensor(3.0)
e = c + d
c += 1
e.backward()
print(d.grad)

# Gradients of what is no leaf are kept when asked for.
w = torch.tensor(3.0, requires_grad=True)
u = w * 2
u.retain_grad()
v = u * u
v.backward()
print(w.grad, u.grad, u.retains_grad, v.retains_grad)

# A second pass needs what the first one saved.
s = w * w
s.backward(retain_graph=True)
s.backward()
print(w.grad)
try:
    s.backward()
except RuntimeError as error:
    print("RuntimeError:", error)

# The gradient's own gradient.
t = torch.tensor(2.0, requires_grad=True)
(first,) = torch.autograd.grad(t**3, t, create_graph=True)
(second,) = torch.autograd.grad(first, t)
print(first, second)
