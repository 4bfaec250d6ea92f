"""A network of one's own modules: parameters, buffers, state_dict, copies, train and eval, and how they print."""

import copy
import pickle

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, d, p=0.5):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.fc = nn.Linear(d, d)
        self.drop = nn.Dropout(p)
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("count", torch.zeros((), dtype=torch.long))
        self.not_param = torch.ones(2)

    def forward(self, x):
        self.count += 1
        return x + self.scale * self.drop(F.relu(self.fc(self.norm(x))))

    def extra_repr(self):
        return f"d={self.fc.in_features}"


class Net(nn.Module):
    def __init__(self, d=4, n=2):
        super().__init__()
        self.inp = nn.Linear(3, d)
        self.blocks = nn.ModuleList([Block(d) for _ in range(n)])
        self.heads = nn.ModuleDict({"a": nn.Linear(d, 1), "b": nn.Linear(d, 2)})
        self.act = nn.ReLU(inplace=True)

    def forward(self, x, head="a"):
        x = self.act(self.inp(x))
        for b in self.blocks:
            x = b(x)
        return self.heads[head](x)


net = Net()
print(net)
print([name for name, _ in net.named_parameters()])
print([name for name, _ in net.named_modules()])
print(list(net.named_buffers()), [name for name, _ in net.named_children()])
print(sum(p.numel() for p in net.parameters()), len(list(net.parameters())))
x = torch.randn(2, 3)
net.eval()
print(net.training, net.blocks[0].drop.training, net(x), net(x, head="b"))
net.train()
print(net.training)

state = net.state_dict()
print(type(state), list(state), state["blocks.0.count"])
other = Net()
print(other.load_state_dict(state))
other.eval()
net.eval()
print(torch.equal(net(x), other(x)))
third = copy.deepcopy(net)
print(torch.equal(third(x), net(x)), third.inp.weight is net.inp.weight, third.inp.weight.requires_grad)
with torch.no_grad():
    third.inp.weight.zero_()
print(net.inp.weight[0], third.inp.weight[0])

bad = dict(state)
bad["inp.weight"] = torch.ones(2, 2)
del bad["inp.bias"]
bad["extra"] = torch.ones(1)
for wrong in ({"x": torch.ones(1)}, bad):
    try:
        other.load_state_dict(wrong)
    except RuntimeError as e:
        print(e)
del bad["inp.weight"]
print(other.load_state_dict(bad, strict=False))


class Forgetful(nn.Module):
    def __init__(self):
        self.fc = nn.Linear(1, 1)


class NoForward(nn.Module):
    pass


def assign():
    net.inp.weight = torch.ones(4, 3)


for mistake in (
    lambda: net.nothing,
    Forgetful,
    lambda: NoForward()(1),
    assign,
    lambda: net.inp(torch.ones(2, 5)),
    lambda: net.inp(torch.ones(5)),
    lambda: net.inp(1),
    lambda: net.inp(torch.ones(2, 3).double()),
    lambda: net.inp(torch.ones(2, 3, dtype=torch.long)),
    lambda: net.register_parameter("q", torch.ones(1)),
    lambda: nn.Sequential(nn.Linear(1, 2), nn.Linear(3, 1))(torch.ones(1, 1)),
    lambda: nn.Embedding(2, 2)(torch.tensor([5])),
    lambda: nn.Dropout(1.5),
):
    try:
        print(mistake())
    except Exception as e:
        print(type(e).__name__, e)

net.inp.weight = nn.Parameter(torch.ones(4, 3))
print(net.inp.weight)
net.double()
print(net.inp.weight.dtype, net.blocks[0].count.dtype)
net.float().to(torch.float64).to("cpu")
print(next(net.parameters()).dtype, next(net.parameters()).device)
net.float().requires_grad_(False)
print(any(p.requires_grad for p in net.parameters()))
net.tmp = nn.Linear(1, 1)
print("tmp" in dict(net.named_children()), net.get_submodule("blocks.1.fc"), net.get_parameter("inp.bias").shape)
del net.tmp
print(hasattr(net, "tmp"))

print(nn.Linear(2, 1)(torch.ones(2)).grad_fn, nn.Linear(2, 1, bias=False)(torch.ones(2)).grad_fn)
dropout = nn.Dropout(0.5)
print(dropout(torch.ones(10)), dropout.eval()(torch.ones(3)), dropout)
norm = nn.BatchNorm1d(2)
print(norm(torch.tensor([[1.0, 2.0], [3.0, 6.0]])), norm.running_mean, norm.running_var, norm.num_batches_tracked)
print(norm.eval()(torch.ones(1, 2)))
embedding = nn.Embedding(4, 2)
chosen = embedding(torch.tensor([[0, 1], [3, 3]]))
chosen.sum().backward()
print(chosen, embedding.weight.grad)
again = pickle.loads(pickle.dumps(other.inp))
print(again, again.weight)
leaf = torch.arange(3.0).requires_grad_()
print(copy.deepcopy(leaf), copy.deepcopy(leaf).is_leaf, copy.copy(leaf), pickle.loads(pickle.dumps(leaf)))
try:
    copy.deepcopy(leaf * 2)
except RuntimeError as e:
    print(e)
for layer in (nn.Linear(2, 3, bias=False), nn.LeakyReLU(0.1), nn.Softmax(dim=1), nn.Flatten(), nn.Identity(),
              nn.MSELoss(), nn.BCEWithLogitsLoss(), nn.Embedding(3, 2), nn.LayerNorm(3), nn.BatchNorm1d(3), nn.GELU(),
              nn.ELU(), nn.Softplus(), nn.PReLU(), nn.SmoothL1Loss(), nn.Unflatten(1, (2, 3)),
              nn.ParameterList([nn.Parameter(torch.ones(2))]), nn.ModuleList([nn.ReLU()])):
    print(layer)
