"""Derivatives of derivatives, and of functions with many results: PyTorch's names, for PyTorch and chainrule."""

from typing import Any

from workloads import Run
from workloads.inputs import normal


def jacobian(torch: Any, size: int) -> Run:
    """The derivative of each output of a small network by each of its inputs."""
    x = torch.tensor(normal("x", size))
    first = torch.tensor(normal("first", size, size, scale=size**-0.5))
    second = torch.tensor(normal("second", size, size, scale=size**-0.5))

    def network(x: Any) -> Any:
        return torch.tanh(x @ first) @ second

    return lambda: [torch.autograd.functional.jacobian(network, x)]


def hessian(torch: Any, size: int) -> Run:
    """The second derivatives of one output of a small network."""
    x = torch.tensor(normal("x", size))
    first = torch.tensor(normal("first", size, size, scale=size**-0.5))
    second = torch.tensor(normal("second", size))

    def network(x: Any) -> Any:
        return (torch.tanh(x @ first) * second).sum()

    return lambda: [torch.autograd.functional.hessian(network, x)]


def second_derivative(torch: Any, length: int) -> Run:
    """The gradient of a gradient of a chain, by way of `create_graph`."""
    x = torch.tensor(normal("x", 3), requires_grad=True)
    b = torch.tensor([1.1, 0.9, 1.2])

    def run() -> list[Any]:
        y = x
        for _ in range(length):
            y = (y * b).sin()
        (slope,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        (curvature,) = torch.autograd.grad(slope.sum(), x)
        return [slope, curvature]

    return run
