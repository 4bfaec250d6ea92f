"""The NumPy calls alone: what the arithmetic costs when forward and backward are written out by hand.

It is the floor of a library that computes with NumPy, one operation after another. Nothing here is tuned: memory is
allocated where NumPy allocates it.
"""

import numpy as np

from workloads import Run
from workloads.inputs import classes, normal


def products(length: int) -> Run:
    """Three products for each operation."""

    def run() -> list[np.ndarray]:
        x, b = np.ones(3, np.float32), np.ones(3, np.float32)
        saved = [x]
        for _ in range(length):
            saved.append(saved[-1] * b)
        grad, grad_b = np.ones(3, np.float32), np.zeros(3, np.float32)
        for y in reversed(saved[:-1]):
            grad_b += grad * y
            grad = grad * b
        return [grad, grad_b]

    return run


def sines(length: int) -> Run:
    """A sine, a cosine and a product for each operation."""

    def run() -> list[np.ndarray]:
        saved = [np.ones(3, np.float32)]
        for _ in range(length):
            saved.append(np.sin(saved[-1]))
        grad = np.ones(3, np.float32)
        for y in reversed(saved[:-1]):
            grad = grad * np.cos(y)
        return [grad]

    return run


def elementwise(size: int) -> Run:
    """Seven operations forward, and their derivatives."""
    a = normal("a", size)

    def run() -> list[np.ndarray]:
        sine, exponential = np.sin(a), np.exp(a)
        result = np.tanh(sine * exponential + a * a)
        inner = 1 - result * result
        grad = inner * exponential * np.cos(a) + inner * sine * exponential + inner * a * 2
        return [result.sum(), grad]

    return run


def matmul(size: int) -> Run:
    """Three products of matrices."""
    a, b, gradient = normal("a", size, size), normal("b", size, size), normal("gradient", size, size)
    return lambda: [a @ b, gradient @ b.T, a.T @ gradient]


def filled(name: str, *shape: int) -> np.ndarray:
    """A parameter as the modules have it."""
    return normal(name, *shape, scale=shape[-1] ** -0.5 if len(shape) > 1 else 0.1)


def tiny_model(inputs: int, hidden: int) -> Run:
    """Two layers, their gradients, and a step of gradient descent."""
    x, ideal = normal("some_input", 16, inputs), normal("ideal_output", 16, 10)
    w1, b1 = filled("layer1.weight", hidden, inputs), filled("layer1.bias", hidden)
    w2, b2 = filled("layer2.weight", 10, hidden), filled("layer2.bias", 10)

    def run() -> list[np.ndarray]:
        active = np.maximum(x @ w1.T + b1, 0)
        error = ideal - (active @ w2.T + b2)
        loss = (error * error).sum()
        grad = -2 * error
        behind = (grad @ w2) * (active > 0)
        for parameter, slope in (
            (w1, behind.T @ x), (b1, behind.sum(0)), (w2, grad.T @ active), (b2, grad.sum(0)),
        ):  # fmt: skip
            np.subtract(parameter, 0.001 * slope, out=parameter)
        return [loss, w1, b2]

    return run


class Adam:
    """Adam, written with NumPy as one reads it."""

    def __init__(self, parameters: list[np.ndarray]) -> None:
        self.parameters = parameters
        self.means = [np.zeros_like(each) for each in parameters]
        self.squares = [np.zeros_like(each) for each in parameters]
        self.steps = 0

    def step(self, slopes: list[np.ndarray]) -> None:
        """Change each parameter in place."""
        self.steps += 1
        rate, root = 0.001 / (1 - 0.9**self.steps), (1 - 0.999**self.steps) ** 0.5
        for parameter, slope, mean, square in zip(self.parameters, slopes, self.means, self.squares, strict=True):
            np.add(0.9 * mean, 0.1 * slope, out=mean)
            np.add(0.999 * square, 0.001 * slope * slope, out=square)
            np.subtract(parameter, rate * mean / (np.sqrt(square) / root + 1e-8), out=parameter)


def mlp(inputs: int, hidden: int) -> Run:
    """Two layers, cross entropy, their gradients, and a step of Adam."""
    x, labels = normal("images", 128, inputs), classes("labels", 10, 128)
    w1, b1 = filled("0.weight", hidden, inputs), filled("0.bias", hidden)
    w2, b2 = filled("2.weight", 10, hidden), filled("2.bias", 10)
    optimizer = Adam([w1, b1, w2, b2])
    rows = np.arange(128)

    def run() -> list[np.ndarray]:
        active = np.maximum(x @ w1.T + b1, 0)
        scores = active @ w2.T + b2
        scores -= scores.max(1, keepdims=True)
        grad = np.exp(scores)
        total = grad.sum(1, keepdims=True)
        loss = (np.log(total[:, 0]) - scores[rows, labels]).mean()
        grad /= total
        grad[rows, labels] -= 1
        grad /= np.float32(128)
        behind = (grad @ w2) * (active > 0)
        optimizer.step([behind.T @ x, behind.sum(0), grad.T @ active, grad.sum(0)])
        return [loss, w1, b2]

    return run


def rnn(steps: int, hidden: int) -> Run:
    """Two products and a tanh for each step, and what belongs to them on the way back."""
    inputs = normal("inputs", steps, 16, 32)
    w_input, bias = normal("w_input", 32, hidden, scale=0.1), normal("bias", hidden, scale=0.1)
    w_hidden = normal("w_hidden", hidden, hidden, scale=hidden**-0.5)

    def run() -> list[np.ndarray]:
        states = [np.zeros((16, hidden), np.float32)]
        for x in inputs:
            states.append(np.tanh(x @ w_input + states[-1] @ w_hidden + bias))
        h = states[-1]
        grad_input, grad_hidden, grad_bias = np.zeros_like(w_input), np.zeros_like(w_hidden), np.zeros_like(bias)
        grad = h * np.float32(2 / h.size)
        for step in reversed(range(steps)):
            grad = grad * (1 - states[step + 1] * states[step + 1])
            grad_input += inputs[step].T @ grad
            grad_hidden += states[step].T @ grad
            grad_bias += grad.sum(0)
            grad = grad @ w_hidden.T
        return [(h * h).mean(), grad_input, grad_hidden, grad_bias]

    return run
