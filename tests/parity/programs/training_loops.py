"""Training as people write it: a spiral with validation and the best state kept, closures, two optimizers, an RNN by hand."""

import copy
import math

import torch
import torch.nn.functional as F
from torch import nn, optim

torch.manual_seed(0)
N = 60
t = torch.linspace(0, 1, N)


def arm(k):
    angle = 4 * t + k * math.pi
    return torch.stack([t * torch.cos(angle), t * torch.sin(angle)], 1) + 0.02 * torch.randn(N, 2)


X, y = torch.cat([arm(0), arm(1)]), torch.cat([torch.zeros(N), torch.ones(N)]).long()
idx = torch.randperm(2 * N)
X_train, y_train, X_test, y_test = X[idx[:90]], y[idx[:90]], X[idx[90:]], y[idx[90:]]


class MLP(nn.Module):
    def __init__(self, sizes, act=nn.Tanh, p=0.1):
        super().__init__()
        layers = []
        for i, (a, b) in enumerate(zip(sizes[:-1], sizes[1:])):
            layers.append(nn.Linear(a, b))
            if i < len(sizes) - 2:
                layers += [act(), nn.Dropout(p)]
        self.net = nn.Sequential(*layers)
        self.register_buffer("steps", torch.tensor(0))

    def forward(self, x):
        if self.training:
            self.steps += 1
        return self.net(x)


def evaluate(model, X, y):
    model.eval()
    with torch.no_grad():
        out = model(X)
        return F.cross_entropy(out, y).item(), (out.argmax(1) == y).float().mean().item()


model = MLP([2, 16, 16, 2])
print(model, f"{sum(p.numel() for p in model.parameters()):,} parameters")
optimizer = optim.Adam(model.parameters(), lr=0.02)
best, best_state = 1e9, None
for epoch in range(15):
    model.train()
    perm, total = torch.randperm(len(X_train)), 0.0
    for i in range(0, len(X_train), 30):
        batch = perm[i : i + 30]
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X_train[batch]), y_train[batch])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item() * len(batch)
    val_loss, val_acc = evaluate(model, X_test, y_test)
    if val_loss < best:
        best, best_state = val_loss, copy.deepcopy(model.state_dict())
    if epoch % 5 == 0:
        print(f"epoch {epoch:2d} train {total / len(X_train):.3f} val {val_loss:.3f} acc {val_acc:.2%}")
model.load_state_dict(best_state)
print("best %.3f" % best, model.steps)
state = optimizer.state[model.net[0].weight]
print(state["step"], state["exp_avg"].shape, sorted(state))
second = optim.Adam(model.parameters())
second.load_state_dict(optimizer.state_dict())
print(second.param_groups[0]["lr"])

w = torch.tensor([5.0], requires_grad=True)
sgd = optim.SGD([w], lr=0.1)


def closure():
    sgd.zero_grad()
    loss = (w - 2).pow(2).sum()
    loss.backward()
    return loss


for _ in range(3):
    print(sgd.step(closure), w)
for cls, options in ((optim.SGD, {"maximize": True}), (optim.SGD, {"momentum": 0.9, "dampening": 0.5}),
                     (optim.SGD, {"weight_decay": 0.1}), (optim.Adam, {"amsgrad": True}), (optim.AdamW, {}),
                     (optim.Adam, {"weight_decay": 0.1, "betas": (0.8, 0.9)}), (optim.Adagrad, {"lr_decay": 0.1}),
                     (optim.RMSprop, {"momentum": 0.9, "centered": True}), (optim.Adadelta, {})):
    w = torch.tensor([5.0, 1.0], requires_grad=True)
    optimizer = cls([w], lr=0.1, **options)
    for _ in range(3):
        optimizer.zero_grad()
        (w**2).sum().backward()
        optimizer.step()
    print(cls.__name__, options, w, list(optimizer.state[w]))

G = nn.Linear(2, 2)
D = nn.Sequential(nn.Linear(2, 4), nn.LeakyReLU(0.2), nn.Linear(4, 1))
optimizer_g, optimizer_d = optim.SGD(G.parameters(), lr=0.1), optim.SGD(D.parameters(), lr=0.1)
for i in range(3):
    fake = G(torch.randn(8, 2))
    optimizer_d.zero_grad()
    loss_d = F.binary_cross_entropy_with_logits(D(X[:8]), torch.ones(8, 1))
    loss_d = loss_d + F.binary_cross_entropy_with_logits(D(fake.detach()), torch.zeros(8, 1))
    loss_d.backward()
    optimizer_d.step()
    optimizer_g.zero_grad()
    loss_g = F.binary_cross_entropy_with_logits(D(fake), torch.ones(8, 1))
    loss_g.backward()
    optimizer_g.step()
    print(f"{loss_d.item():.4f} {loss_g.item():.4f}")
tied = nn.Linear(3, 3, bias=False)
twice = nn.Sequential(tied, nn.Tanh(), tied)
twice(torch.ones(1, 3)).sum().backward()
print(len(list(twice.parameters())), list(twice.state_dict()), tied.weight.grad.shape)

text = "hello world"
chars = sorted(set(text))
ids = torch.tensor([chars.index(c) for c in text])
E = torch.eye(len(chars))
Wxh, Whh, Why = ((torch.randn(*s) * 0.1).requires_grad_() for s in ((len(chars), 16), (16, 16), (16, len(chars))))
for it in range(21):
    h, loss = torch.zeros(16), 0
    for c, following in zip(ids[:-1], ids[1:]):
        h = torch.tanh(E[c] @ Wxh + h @ Whh)
        loss = loss + F.cross_entropy((h @ Why).unsqueeze(0), following.unsqueeze(0))
    for p in (Wxh, Whh, Why):
        p.grad = None
    loss.backward()
    for p in (Wxh, Whh, Why):
        p.data -= 0.1 * p.grad.clamp(-1, 1)
    if it % 10 == 0:
        print(it, f"{loss.item():.2f}", "".join(chars[i] for i in ids))
C = X[[0, 100]].clone()
for _ in range(5):
    nearest = ((X[:, None] - C[None]) ** 2).sum(-1).argmin(1)
    C = torch.stack([X[nearest == k].mean(0) for k in range(2)])
print(C, torch.bincount(nearest))
q, k, v = (torch.randn(2, 4, 8) for _ in range(3))
scores = (q @ k.transpose(-2, -1) / 8**0.5).masked_fill(torch.tril(torch.ones(4, 4)) == 0, float("-inf"))
attention = scores.softmax(-1)
print(attention[0], (attention @ v).shape, torch.einsum("bij,bjk->bik", attention, v).shape)
