"""Many small operations, where nearly all of the time is the library's own; for PyTorch and chainrule."""

from typing import Any

from workloads import Run
from workloads.inputs import normal


def products(torch: Any, length: int) -> Run:
    """Forward and backward through y = y * b, with gradients for both."""

    def run() -> list[Any]:
        y = x = torch.ones(3, requires_grad=True)
        b = torch.ones(3, requires_grad=True)
        for _ in range(length):
            y = y * b
        y.backward(torch.ones(3))
        return [x.grad, b.grad]

    return run


def graph(torch: Any, nodes: int) -> Run:
    """A graph of products: recorded, walked backward and freed."""
    return products(torch, nodes)


def sines(torch: Any, length: int) -> Run:
    """Forward and backward through y = y.sin()."""

    def run() -> list[Any]:
        y = x = torch.ones(3, requires_grad=True)
        for _ in range(length):
            y = y.sin()
        y.backward(torch.ones(3))
        return [x.grad]

    return run


def mixed_no_grad(torch: Any, length: int) -> Run:
    """Seventeen operations, again and again, on parameters, with nothing recorded."""
    x = torch.tensor(normal("x", 4, 4))
    weight = torch.tensor(normal("weight", 4, 4, scale=0.5), requires_grad=True)
    bias = torch.tensor(normal("bias", 4), requires_grad=True)

    def run() -> list[Any]:
        y = x
        with torch.no_grad():
            for _ in range(length):
                y = y @ weight + bias
                y = torch.relu(y) * 0.5 - y.sin()
                centered = y - y.mean(dim=0)
                y = centered.reshape(2, 8).exp().sum(dim=1)
                y = torch.tanh(y[0] / y[1] * weight.t())
        return [y]

    return run


def indexing(torch: Any, length: int) -> Run:
    """Rows cut off, rows picked, sums, means and the maximum, put together again to a matrix of the same size."""
    x = torch.tensor(normal("x", 8, 8), requires_grad=True)
    rows = torch.tensor([0, 3, 1, 6, 2, 2, 5, 4])

    def run() -> list[Any]:
        x.grad = None
        y = x
        for _ in range(length):
            picked = y[1:][rows]
            y = (picked.sum(dim=1).reshape(8, 1) * 0.125 + picked.mean(dim=0) + picked.max()) / 3
        y.sum().backward()
        return [y, x.grad]

    return run
