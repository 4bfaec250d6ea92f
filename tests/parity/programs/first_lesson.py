"""A first lesson on autograd: tracking, detaching, and a squared error differentiated by hand and by machine."""

import torch

torch.manual_seed(0)

# Tensors that follow their history.
x = torch.ones(2, 2, requires_grad=True)
print(x)
print(x.requires_grad, x.is_leaf, x.grad_fn)
y = x + 2
print(y)
print(y.grad_fn)
z = y * y * 3
out = z.mean()
print(z, out)
out.backward()
print(x.grad)

a = torch.randn(2, 2)
a = (a * 3) / (a - 1)
print(a.requires_grad)
a.requires_grad_(True)
print(a.requires_grad)
b = (a * a).sum()
print(b.grad_fn)

# Taking a tensor out of the graph.
c = x * 2
print(c.requires_grad, c.is_leaf)
c.detach_()
print(c.requires_grad, c.is_leaf, c.grad_fn)
print(c)
d = (x * 2).detach()
print(d.requires_grad)
print(d.eq(c).all())

# Not following it at all.
print((x**2).requires_grad)
with torch.no_grad():
    print((x**2).requires_grad)
    w = x * 3
print(w, w.requires_grad)

# A vector in place of a scalar.
x = torch.randn(3, requires_grad=True)
y = x * 2
while y.data.norm() < 1000:
    y = y * 2
print(y)
v = torch.tensor([0.1, 1.0, 0.0001], dtype=torch.float)
y.backward(v)
print(x.grad)

# The squared error of a linear model, its gradient by hand and by autograd.
inputs = torch.rand(5, 3)
targets = torch.rand(5, 1)
weights = torch.randn(3, 1, requires_grad=True)
bias = torch.zeros(1, requires_grad=True)
prediction = inputs @ weights + bias
error = prediction - targets
loss = (error**2).mean()
print(loss)
loss.backward()
with torch.no_grad():
    by_hand = 2 * inputs.t() @ error / len(inputs)
    bias_by_hand = 2 * error.mean(0)
print(weights.grad)
print(by_hand)
print(torch.allclose(weights.grad, by_hand), torch.allclose(bias.grad, bias_by_hand))
print(weights.grad.shape.__len__(), weights.grad.size(), bias.grad.size())

# Gradients add up until they are cleared.
loss = ((inputs @ weights + bias - targets) ** 2).mean()
before = weights.grad.clone()
loss.backward()
print((weights.grad - 2 * before).abs().max() < 1e-6)
weights.grad.zero_()
print(weights.grad)
print(weights.grad.eq(torch.zeros(3, 1)).all())

# One step against the gradient.
for step in range(3):
    loss = ((inputs @ weights + bias - targets) ** 2).mean()
    weights.grad = None
    bias.grad = None
    loss.backward()
    with torch.no_grad():
        weights -= 0.1 * weights.grad
        bias -= 0.1 * bias.grad
    print(step, round(loss.item(), 4))
print(weights)
try:
    loss.backward()
except RuntimeError as error:
    print("RuntimeError:", error)
