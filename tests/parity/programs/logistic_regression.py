"""Two blobs of points told apart: by hand, then with nn.Linear, cross entropy and SGD."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim

torch.manual_seed(42)
n = 40
centers = torch.tensor([[-2.0, 0.0], [2.0, 1.0]])
X = torch.cat([c + 0.7 * torch.randn(n, 2) for c in centers])
Y = torch.cat([torch.zeros(n), torch.ones(n)]).long()
print(X[:3], Y[::10], X.mean(0), X.std(dim=0), X.min(dim=0), X.max(0).values)
perm = torch.randperm(len(X))
X, Y = X[perm], Y[perm]
print(Y[:20], Y.sum(), torch.bincount(Y), Y.unique(return_counts=True))

w = torch.zeros(2, requires_grad=True)
b = torch.zeros((), requires_grad=True)
for step in range(41):
    p = torch.sigmoid(X @ w + b)
    loss = -(Y * torch.log(p) + (1 - Y) * torch.log(1 - p)).mean()
    gw, gb = torch.autograd.grad(loss, [w, b])
    with torch.no_grad():
        w -= 0.5 * gw
        b -= 0.5 * gb
    if step % 10 == 0:
        print(step, loss, gw)
print(w, b)
accuracy = ((X @ w + b > 0) == Y).float().mean()
print("accuracy", accuracy, f"{accuracy:.1%}")
print(F.binary_cross_entropy_with_logits(X @ w + b, Y.float()), nn.BCELoss()(torch.sigmoid(X @ w + b), Y.float()))


class LogReg(nn.Module):
    def __init__(self, n_in, n_out):
        super(LogReg, self).__init__()
        self.fc = nn.Linear(n_in, n_out)

    def forward(self, x):
        return self.fc(x)


model = LogReg(2, 2)
print(model)
for name, param in model.named_parameters():
    print(name, param.shape, param.requires_grad, param)
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
print(optimizer)
for epoch in range(5):
    running, correct = 0.0, 0
    model.train()
    for i in range(0, len(X), 16):
        xb, yb = X[i : i + 16], Y[i : i + 16]
        optimizer.zero_grad()
        out = model(xb)
        loss = criterion(out, yb)
        loss.backward()
        optimizer.step()
        running += loss.item() * xb.size(0)
        _, predicted = torch.max(out, 1)
        correct += (predicted == yb).sum().item()
    print(f"Epoch [{epoch + 1}/5], Loss: {running / len(X):.4f}, Acc: {100 * correct / len(X):.2f}%")

model.eval()
with torch.no_grad():
    out = model(X)
    probs = F.softmax(out, dim=1)
    pred = probs.argmax(dim=1)
    confusion = torch.zeros(2, 2, dtype=torch.int64)
    for t, q in zip(Y, pred):
        confusion[t, q] += 1
print(out[:3], probs[:3], confusion, out.requires_grad, out.grad_fn, model.training)
logits = model(X)
by_hand = -(logits - logits.exp().sum(1, keepdim=True).log())[torch.arange(len(Y)), Y].mean()
print(by_hand, F.cross_entropy(logits, Y), torch.allclose(by_hand, F.cross_entropy(logits, Y)))
print(F.nll_loss(F.log_softmax(logits, dim=1), Y), criterion(logits, Y).grad_fn)
print(F.one_hot(Y, 2)[:3], model.state_dict())
