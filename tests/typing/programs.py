"""Programs as users write them: mypy --strict and pyright find nothing to say of them. They run, too.

make types
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, assert_type

import numpy as np

import chainrule as torch
import chainrule.nn.functional as F
from chainrule import Tensor, nn, optim
from chainrule.autograd import Function, grad
from chainrule.autograd.functional import hessian, jacobian
from chainrule.nn.utils import clip_grad_norm_

# ---- a module of one's own, and a training loop ----


class Network(nn.Module):
    def __init__(self, inputs: int, hidden: int, classes: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.hidden = nn.Linear(inputs, hidden)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(hidden, classes)
        self.scale = nn.Parameter(torch.ones(classes))
        self.mean: Tensor
        self.register_buffer("mean", torch.zeros(inputs))

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.hidden(x - self.mean))
        logits = self.out(self.dropout(h))
        return F.log_softmax(logits * self.scale, dim=-1)


def batches(x: Tensor, y: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    order = torch.randperm(x.shape[0])
    for start in range(0, len(x), size):
        chosen = order[start : start + size]
        yield x[chosen], y[chosen]


def train(epochs: int = 2) -> float:
    torch.manual_seed(0)
    x = torch.randn(20, 4)
    y = (x.sum(dim=1) > 0).long()
    model = Network(4, 8, 2)
    optimizer = optim.Adam(model.parameters(), lr=1e-2, weight_decay=1e-4)
    criterion = nn.NLLLoss()
    total = 0.0
    correct = 0
    for _ in range(epochs):
        model.train()
        for inputs, labels in batches(x, y, 5):
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            norm = clip_grad_norm_(model.parameters(), 1.0)
            assert_type(norm, Tensor)
            optimizer.step()
            total += loss.item() * len(inputs)
        model.eval()
        with torch.no_grad():
            predicted = model(x).argmax(dim=1)
            correct += (predicted == y).sum().item()
    state = model.state_dict()
    model.load_state_dict(state)
    return total


def stacked() -> nn.Sequential:
    return nn.Sequential(
        OrderedDict(
            [
                ("conv", nn.Conv2d(1, 4, kernel_size=3, padding=1)),
                ("norm", nn.BatchNorm2d(4)),
                ("relu", nn.ReLU(inplace=True)),
                ("pool", nn.MaxPool2d(2)),
            ]
        )
    )


# ---- autograd ----


class Cube(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Tensor:
        x: Tensor = ctx.saved_tensors[0]
        return grad_output * 3 * x**2


def derivatives() -> None:
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y: Tensor = Cube.apply(x).sum()
    (first,) = grad(y, x, create_graph=True)
    assert_type(first, Tensor)
    first.sum().backward()
    if x.grad is not None:
        assert_type(x.grad, Tensor)
        x.grad.zero_()
    handle = x.register_hook(lambda g: g * 2)
    handle.remove()

    def energy(x: Tensor) -> Tensor:
        return (x * x).sum()

    jacobian(torch.exp, x.detach())
    hessian(energy, x.detach())
    with torch.enable_grad(), torch.inference_mode(mode=False):
        z = x.detach().requires_grad_()
    assert_type(z, Tensor)
    assert_type(z.is_leaf, bool)


# ---- tensors ----


def made() -> None:
    assert_type(torch.zeros(2, 3), Tensor)
    assert_type(torch.zeros((2, 3), dtype=torch.int64), Tensor)
    assert_type(torch.arange(0, 1, 0.1), Tensor)
    assert_type(torch.linspace(0, 1, 5, requires_grad=True), Tensor)
    assert_type(torch.randn(2, 3, generator=torch.Generator()), Tensor)
    assert_type(torch.randint(10, (2, 3)), Tensor)
    assert_type(torch.from_numpy(np.zeros(3)), Tensor)
    assert_type(torch.full((2,), 3.5), Tensor)
    assert_type(torch.eye(3).new_zeros(2, 2), Tensor)
    assert_type(torch.as_tensor([1, 2], device="cpu"), Tensor)


def operators(x: Tensor) -> None:
    assert_type(x + 1, Tensor)
    assert_type(1 - x, Tensor)
    assert_type(2.0 * x / 3, Tensor)
    assert_type(x @ x.T, Tensor)
    assert_type(-x, Tensor)
    assert_type(x**2, Tensor)
    assert_type(2**x, Tensor)
    assert_type(x > 0, Tensor)
    assert_type((x == 1) | ~(x != 2), Tensor)
    assert_type(x + np.ones(3), Tensor)
    x += 1
    x *= x
    assert_type(x, Tensor)
    if (x > 0).all():
        pass


def layers() -> None:
    x = torch.ones(2, 3)
    assert_type(nn.Linear(3, 4)(x), Tensor)
    assert_type(nn.Conv1d(2, 1, 2)(x.unsqueeze(0)), Tensor)
    assert_type(nn.CrossEntropyLoss()(x, torch.tensor([0, 1])), Tensor)
    assert_type(nn.Linear(3, 4).weight, nn.Parameter)
    for parameter in nn.Linear(3, 4).parameters():
        assert_type(parameter, nn.Parameter)


def indexing(x: Tensor) -> None:
    assert_type(x[0], Tensor)
    assert_type(x[..., None, 1:2], Tensor)
    assert_type(x[x > 0], Tensor)
    assert_type(x[[0, 1], :], Tensor)
    assert_type(x[torch.tensor([0]), np.array([1])], Tensor)
    x[0, :] = 1.5
    x[x > 1] = torch.zeros(())
    for row in x:
        assert_type(row, Tensor)
    a, b = x.unbind(0)[:2]
    assert_type(a, Tensor)
    assert_type(b, Tensor)
    assert_type(x.masked_fill(x > 0, -1.0), Tensor)
    assert_type(x.index_add(0, torch.tensor([0]), x[:1], alpha=2), Tensor)
    assert_type(torch.where(x > 0, x, 0.0), Tensor)
    assert_type(torch.where(x > 0), tuple[Tensor, ...])
    assert_type(x.nonzero(), Tensor)
    assert_type(x.nonzero(as_tuple=True), tuple[Tensor, ...])


def in_place(x: Tensor) -> None:
    assert_type(x.add_(1).mul_(2), Tensor)
    assert_type(x.clamp_(min=0, max=1), Tensor)
    assert_type(x.zero_().fill_(2.0), Tensor)
    assert_type(x.uniform_(0, 1).normal_(0, 1), Tensor)
    assert_type(torch.relu_(x), Tensor)
    p = nn.Parameter(torch.ones(2))
    with torch.no_grad():
        assert_type(p.mul_(2), nn.Parameter)
        p -= 0.1 * torch.ones(2)
        p.copy_(torch.zeros(2))


def reductions(x: Tensor) -> None:
    assert_type(x.sum(), Tensor)
    assert_type(x.sum(0, keepdim=True), Tensor)
    assert_type(x.sum(axis=0, keepdims=True), Tensor)
    assert_type(x.mean(dim=(0, 1)), Tensor)
    assert_type(x.max(), Tensor)
    assert_type(x.max(0).values, Tensor)
    values, indices = x.max(dim=1)
    assert_type(values, Tensor)
    assert_type(indices, Tensor)
    assert_type(torch.topk(x, 2).indices, Tensor)
    assert_type(x.sort(descending=True).values, Tensor)
    assert_type(torch.std(x, dim=0, unbiased=False), Tensor)
    assert_type(x.var(0, correction=0), Tensor)
    assert_type(torch.unique(x), Tensor)
    assert_type(torch.unique(x, return_counts=True), tuple[Tensor, Tensor])
    assert_type(torch.allclose(x, x), bool)
    assert_type(x.argmax(-1), Tensor)
    assert_type(torch.logsumexp(x, 0), Tensor)
    assert_type(torch.cumsum(x, dim=0), Tensor)


def shapes(x: Tensor) -> None:
    assert_type(x.shape, torch.Size)
    assert_type(x.shape[0], int)
    assert_type(x.size(), torch.Size)
    assert_type(x.size(0), int)
    assert_type(x.ndim, int)
    assert_type(x.numel(), int)
    assert_type(x.dtype, torch.dtype)
    assert_type(x.device, torch.device)
    rows, columns = x.shape
    assert_type(x.reshape(columns, rows), Tensor)
    assert_type(x.view(-1), Tensor)
    assert_type(x.view((rows, columns)), Tensor)
    assert_type(x.permute(1, 0).transpose(0, 1).contiguous(), Tensor)
    assert_type(x.expand(2, -1, -1), Tensor)
    assert_type(x.unsqueeze(0).squeeze(), Tensor)
    assert_type(torch.cat([x, x], dim=1), Tensor)
    assert_type(torch.stack((x, x)), Tensor)
    assert_type(x.split(1), tuple[Tensor, ...])
    assert_type(x.chunk(2, dim=1), tuple[Tensor, ...])
    assert_type(torch.meshgrid(x[0], x[0], indexing="ij"), tuple[Tensor, ...])
    assert_type(torch.einsum("ij,kj->ik", x, x), Tensor)
    assert_type(x.float().to(torch.float64).to("cpu"), Tensor)
    assert_type(x.bool(), Tensor)
    assert_type(x.detach().cpu().numpy(), np.ndarray[Any, Any])
    assert_type(x.stride(), tuple[int, ...])
    assert_type(x.stride(0), int)


def namespaces(x: Tensor) -> None:
    square = x @ x.T
    assert_type(torch.linalg.inv(square + torch.eye(2)), Tensor)
    assert_type(torch.linalg.eigh(square).eigenvalues, Tensor)
    u, s, vh = torch.linalg.svd(x, full_matrices=False)
    assert_type(u @ torch.diag(s) @ vh, Tensor)
    assert_type(torch.linalg.norm(x, ord="fro"), Tensor)
    assert_type(torch.fft.rfft(x, n=4, norm="ortho"), Tensor)
    assert_type(torch.special.expit(x), Tensor)
    assert_type(torch.special.xlogy(0.5, x.exp()), Tensor)
    assert_type(F.cross_entropy(x, torch.tensor([0, 1]), label_smoothing=0.1), Tensor)
    assert_type(F.softmax(x, dim=-1), Tensor)
    assert_type(F.gelu(x, approximate="tanh"), Tensor)
    assert_type(F.pad(x, (1, 1)), Tensor)
    assert_type(F.linear(x, torch.ones(4, 3)), Tensor)
    assert_type(F.max_pool1d(x, 2, return_indices=True), tuple[Tensor, Tensor])
    assert_type(torch.nn.functional.mse_loss(x, x, reduction="sum"), Tensor)
    assert_type(torch.float32, torch.dtype)


def main() -> None:
    assert isinstance(train(), float)
    stacked()(torch.ones(1, 1, 4, 4))
    derivatives()
    made()
    layers()
    for program in (operators, indexing, in_place, reductions, shapes, namespaces):
        program(torch.arange(6.0).reshape(2, 3) + 1 if program is not operators else torch.ones(3, 3))


if __name__ == "__main__":
    main()
