"""The workloads for MyGrad, which records operations on its tensors as PyTorch does."""

from typing import Any

import mygrad as mg
import numpy as np

from workloads import Run
from workloads.in_numpy import filled
from workloads.inputs import normal


def products(length: int) -> Run:
    """Forward and backward through y = y * b, with gradients for both."""

    def run() -> list[Any]:
        y = x = mg.ones(3, dtype=np.float32)
        b = mg.ones(3, dtype=np.float32)
        for _ in range(length):
            y = y * b
        y.backward(np.ones(3, np.float32))
        return [x.grad, b.grad]

    return run


def sines(length: int) -> Run:
    """Forward and backward through y = sin(y)."""

    def run() -> list[Any]:
        y = x = mg.ones(3, dtype=np.float32)
        for _ in range(length):
            y = mg.sin(y)
        y.backward(np.ones(3, np.float32))
        return [x.grad]

    return run


def indexing(length: int) -> Run:
    """Rows cut off, rows picked, sums, means and the maximum."""
    x = mg.tensor(normal("x", 8, 8))
    rows = np.array([0, 3, 1, 6, 2, 2, 5, 4])

    def run() -> list[Any]:
        x.null_grad()
        y = x
        for _ in range(length):
            picked = y[1:][rows]
            y = (picked.sum(axis=1).reshape(8, 1) * 0.125 + picked.mean(axis=0) + picked.max()) / 3
        y.sum().backward()
        return [y.data, x.grad]

    return run


def elementwise(size: int) -> Run:
    """A formula of seven operations and its gradient."""
    a = mg.tensor(normal("a", size))

    def run() -> list[Any]:
        loss = mg.tanh(mg.sin(a) * mg.exp(a) + a * a).sum()
        loss.backward()
        return [loss.data, a.grad]

    return run


def matmul(size: int) -> Run:
    """A product of matrices and both its gradients."""
    a, b, gradient = (
        mg.tensor(normal("a", size, size)),
        mg.tensor(normal("b", size, size)),
        normal("gradient", size, size),
    )

    def run() -> list[Any]:
        product = a @ b
        product.backward(gradient)
        return [product.data, a.grad, b.grad]

    return run


def tiny_model(inputs: int, hidden: int) -> Run:
    """The model of PyTorch's tutorial on the fundamentals of autograd."""
    x, ideal = normal("some_input", 16, inputs), normal("ideal_output", 16, 10)
    w1, b1 = mg.tensor(filled("layer1.weight", hidden, inputs)), mg.tensor(filled("layer1.bias", hidden))
    w2, b2 = mg.tensor(filled("layer2.weight", 10, hidden)), mg.tensor(filled("layer2.bias", 10))

    def run() -> list[Any]:
        prediction = mg.maximum(x @ w1.T + b1, 0) @ w2.T + b2
        loss = ((ideal - prediction) ** 2).sum()
        loss.backward()
        for parameter in (w1, b1, w2, b2):
            np.subtract(parameter.data, 0.001 * parameter.grad, out=parameter.data)
        return [loss.data, w1.data, b2.data]

    return run


def rnn(steps: int, hidden: int) -> Run:
    """A recurrent network: forward, and gradients through all steps."""
    inputs, start = normal("inputs", steps, 16, 32), np.zeros((16, hidden), np.float32)
    w_input, bias = mg.tensor(normal("w_input", 32, hidden, scale=0.1)), mg.tensor(normal("bias", hidden, scale=0.1))
    w_hidden = mg.tensor(normal("w_hidden", hidden, hidden, scale=hidden**-0.5))

    def run() -> list[Any]:
        h = start
        for x in inputs:
            h = mg.tanh(x @ w_input + h @ w_hidden + bias)
        loss = (h**2).mean()
        loss.backward()
        return [loss.data, w_input.grad, w_hidden.grad, bias.grad]

    return run
