"""The graph behind a result, printed as a tree, as an outline of arrows, and counted."""

import torch
from torch import nn


def tree(fn, depth=0, nr=0):
    if fn is None:
        print("  " * depth + "None")
        return
    shape = f" {tuple(fn.variable.shape)}" if hasattr(fn, "variable") else ""
    print("  " * depth + f"{fn.name()} [{nr}] {type(fn).__name__}{shape}")
    for child, i in fn.next_functions:
        tree(child, depth + 1, i)


torch.manual_seed(0)
a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
c = (a * b + a).sin().sum() / 2
tree(c.grad_fn)
print(c.grad_fn, c.grad_fn.next_functions, c.grad_fn.next_functions[0][0].next_functions[0][0].next_functions)
layer = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
out = layer(torch.ones(5, 3))
loss = nn.CrossEntropyLoss()(out, torch.zeros(5, dtype=torch.long))
print(loss.grad_fn, loss.grad_fn.next_functions[0][0], loss.grad_fn.next_functions[0][0].next_functions[0][0])
print(nn.MSELoss()(out, torch.zeros(5, 2)).grad_fn.next_functions[0][0].next_functions[0][0])
print(nn.LayerNorm(3)(torch.ones(2, 3)).grad_fn, nn.BatchNorm1d(3)(torch.ones(2, 3)).grad_fn)
tree(nn.Embedding(3, 2)(torch.tensor([1])).grad_fn)
x, y, z = a.view(2, 1).expand(2, 3).unbind(1)
tree((x * y).grad_fn)
print(x.output_nr, y.output_nr, z.output_nr, x.grad_fn is y.grad_fn)
s1, s2 = a.chunk(2)
tree((s1 + s2).grad_fn)
values, indices = a.max(0)
tree(values.grad_fn)
for t in (torch.cat([a, b, torch.ones(1)]), torch.stack([a, a * 2]), a @ b, a[:, None] @ b[None], a[0], a.norm(),
          a.softmax(0).log(), torch.where(a > 0, a, b), a**2, 2**a, a**b, a + 1, a - b, 1 / a, -a, a.mean(), a.T):
    tree(t.grad_fn)
t = a.clone()
t.mul_(2)
tree(t.grad_fn)
acc = (a * 2).grad_fn.next_functions[0][0]
print(acc, acc.variable is a, acc.next_functions, acc is (a + b).grad_fn.next_functions[0][0])
print(a.grad_fn, a.is_leaf, c.is_leaf, (a.detach() * 2).is_leaf, a.output_nr, c.grad_fn is c.grad_fn)

counted = {}


def count(fn):
    if fn is not None:
        counted[fn.name()] = counted.get(fn.name(), 0) + 1
        for node, _ in fn.next_functions:
            count(node)


count(c.grad_fn)
print(counted)
seen, lines = set(), []


def arrows(fn):
    if fn in seen:
        return
    seen.add(fn)
    for node, _ in fn.next_functions:
        if node is not None:
            lines.append(f"{type(node).__name__} -> {type(fn).__name__}")
            arrows(node)


arrows(c.grad_fn)
print("\n".join(lines))
tree(torch.autograd.grad(a.sin().sum(), a, create_graph=True)[0].grad_fn)
