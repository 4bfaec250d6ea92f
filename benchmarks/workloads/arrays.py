"""Large arrays, where the arithmetic and memory decide: PyTorch's names, for PyTorch and chainrule."""

from typing import Any

from workloads import Run
from workloads.inputs import normal


def elementwise(torch: Any, size: int) -> Run:
    """A formula of seven operations and its gradient."""
    a = torch.tensor(normal("a", size), requires_grad=True)

    def run() -> list[Any]:
        a.grad = None
        loss = (a.sin() * a.exp() + a * a).tanh().sum()
        loss.backward()
        return [loss, a.grad]

    return run


def matmul(torch: Any, size: int) -> Run:
    """A product of matrices and both its gradients."""
    a = torch.tensor(normal("a", size, size), requires_grad=True)
    b = torch.tensor(normal("b", size, size), requires_grad=True)
    gradient = torch.tensor(normal("gradient", size, size))

    def run() -> list[Any]:
        a.grad = b.grad = None
        product = a @ b
        product.backward(gradient)
        return [product, a.grad, b.grad]

    return run
