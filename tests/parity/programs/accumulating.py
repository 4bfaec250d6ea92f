"""Gradients that add up: small batches, zero_grad, retain_graph, several losses, shared layers, parameter groups."""

import torch
from torch import nn

torch.manual_seed(0)
m = nn.Linear(3, 2)
x, y = torch.randn(8, 3), torch.randn(8, 2)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(m.parameters(), lr=0.1)
print(m.weight.grad, m.bias.grad)
criterion(m(x), y).backward()
full = m.weight.grad.clone()
print(full)
optimizer.zero_grad(set_to_none=True)
print(m.weight.grad)
for i in range(0, 8, 2):
    (criterion(m(x[i : i + 2]), y[i : i + 2]) / 4).backward()
    print(i, m.weight.grad)
print(torch.allclose(full, m.weight.grad))
optimizer.zero_grad(set_to_none=False)
print(m.weight.grad, m.bias.grad)
m.zero_grad(set_to_none=True)
print(m.weight.grad)
criterion(m(x), y).backward()
m.zero_grad(set_to_none=False)
print(m.weight.grad)

a = torch.tensor([1.0, 2.0], requires_grad=True)
b = (a * a).sum()
b.backward(retain_graph=True)
print(a.grad)
b.backward()
print(a.grad)
try:
    b.backward()
except RuntimeError as e:
    print(e)

w = torch.tensor(1.0, requires_grad=True)
h = w.exp()
l1, l2 = h * 2, h**2
l1.backward(retain_graph=True)
print(w.grad)
l2.backward()
print(w.grad)
w.grad = None
(w.exp() * 2 + w.exp() ** 2).backward()
print(w.grad)
torch.autograd.backward([w**2, w**3])
print(w.grad)
torch.autograd.backward([a * 2, a * 3], [torch.ones(2), torch.tensor([1.0, 0.5])])
print(a.grad)
(a * 2).backward(torch.tensor([1.0, 10.0]))
print(a.grad)
(a * 2).sum().backward(gradient=torch.tensor(3.0))
print(a.grad)
a, b = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
(a * b).backward(inputs=[a])
print(a.grad, b.grad)

shared, head1, head2 = nn.Linear(3, 4), nn.Linear(4, 1), nn.Linear(4, 2)
f = torch.relu(shared(x))
loss1, loss2 = head1(f).mean(), head2(f).pow(2).mean()
g1 = torch.autograd.grad(loss1, shared.parameters(), retain_graph=True)
g2 = torch.autograd.grad(loss2, shared.parameters(), retain_graph=True)
print(g1, g2)
(0.3 * loss1 + 0.7 * loss2).backward()
print(shared.weight.grad, torch.allclose(shared.weight.grad, 0.3 * g1[0] + 0.7 * g2[0]))
print(nn.utils.clip_grad_norm_(shared.parameters(), 0.1), shared.weight.grad)
nn.utils.clip_grad_value_(shared.parameters(), 0.01)
print(shared.weight.grad)

for p in shared.parameters():
    p.requires_grad = False
head1(shared(x)).sum().backward()
print([name for name, p in nn.Sequential(shared, head1).named_parameters() if p.requires_grad])
shared.requires_grad_(True)
optimizer = torch.optim.SGD(
    [{"params": shared.parameters()}, {"params": head1.parameters(), "lr": 1e-3}], lr=1e-2, momentum=0.9
)
print(optimizer)
for group in optimizer.param_groups:
    group["lr"] *= 0.1
    print(f"{group['lr']:.4g}", len(group["params"]), sorted(k for k in group if k != "params"))
optimizer.add_param_group({"params": head2.parameters()})
print(len(optimizer.param_groups))
try:
    optimizer.add_param_group({"params": head2.parameters()})
except ValueError as e:
    print(e)
