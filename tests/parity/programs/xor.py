"""XOR learned by a small network, with each optimizer; what a Sequential is made of."""

import torch
from torch import nn, optim

X = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float32)
y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
OPTIMIZERS = {
    "momentum": lambda p: optim.SGD(p, lr=0.5, momentum=0.9),
    "nesterov": lambda p: optim.SGD(p, lr=0.5, momentum=0.9, nesterov=True),
    "Adam": lambda p: optim.Adam(p, lr=0.05),
    "AdamW": lambda p: optim.AdamW(p, lr=0.05),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.01),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.1),
}
for name, make in OPTIMIZERS.items():
    torch.manual_seed(3)
    net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid())
    optimizer = make(net.parameters())
    print(name, optimizer)
    criterion = nn.BCELoss()
    for epoch in range(201):
        optimizer.zero_grad()
        loss = criterion(net(X), y)
        loss.backward()
        optimizer.step()
        if epoch % 50 == 0:
            print(name, epoch, f"{loss.item():.3f}")
    with torch.no_grad():
        print((net(X) > 0.5).int().flatten().tolist(), net(X).round().T)
    state = optimizer.state_dict()
    print(list(state), [list(s) for s in state["state"].values()][:1])

print(sum(p.numel() for p in net.parameters() if p.requires_grad), len(net), net[-1], net[:2])
for m in net.modules():
    print(type(m).__name__, m)
for name, child in net.named_children():
    print(name, child)
net.add_module("extra", nn.Linear(1, 3, bias=False))
print(net)


def init(m):
    if isinstance(m, nn.Linear):
        nn.init.xavier_uniform_(m.weight)
        if m.bias is not None:
            m.bias.data.fill_(0.01)


net.apply(init)
print(net[2].weight, net[2].bias)
for p in net.parameters():
    print(type(p), p.size(), p.is_leaf)
nn.init.constant_(net[0].weight, 0.5)
nn.init.normal_(net[2].weight, std=0.02)
print(net[0].weight, net[2].weight)
nn.init.kaiming_normal_(net[0].weight, nonlinearity="relu")
print(net[0].weight)
