"""The workloads for HIPS autograd, which differentiates functions of NumPy arrays."""

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
from autograd import elementwise_grad, make_vjp, value_and_grad
from autograd import hessian as hessian_of
from autograd import jacobian as jacobian_of

from workloads import Run
from workloads.in_numpy import Adam, filled
from workloads.inputs import classes, normal

ONES = np.ones(3, np.float32)


def products(length: int) -> Run:
    """Forward and backward through y = y * b, with gradients for both."""

    def chain(x_and_b: Any) -> Any:
        y, b = x_and_b
        for _ in range(length):
            y = y * b
        return y

    def run() -> list[Any]:
        pull_back, _ = make_vjp(chain)((ONES, ONES))
        return list(pull_back(ONES))

    return run


def sines(length: int) -> Run:
    """Forward and backward through y = sin(y)."""

    def chain(y: Any) -> Any:
        for _ in range(length):
            y = anp.sin(y)
        return y

    def run() -> list[Any]:
        pull_back, _ = make_vjp(chain)(ONES)
        return [pull_back(ONES)]

    return run


def indexing(length: int) -> Run:
    """Rows cut off, rows picked, sums, means and the maximum."""
    x = normal("x", 8, 8)
    rows = np.array([0, 3, 1, 6, 2, 2, 5, 4])

    def chain(y: Any) -> Any:
        for _ in range(length):
            picked = y[1:][rows]
            y = (anp.sum(picked, axis=1).reshape(8, 1) * 0.125 + anp.mean(picked, axis=0) + anp.max(picked)) / 3
        return y

    def run() -> list[Any]:
        pull_back, y = make_vjp(chain)(x)
        return [y, pull_back(np.ones_like(x))]

    return run


def elementwise(size: int) -> Run:
    """A formula of seven operations and its gradient."""
    a = normal("a", size)
    gradient = value_and_grad(lambda a: anp.sum(anp.tanh(anp.sin(a) * anp.exp(a) + a * a)))
    return lambda: list(gradient(a))


def matmul(size: int) -> Run:
    """A product of matrices and both its gradients."""
    a, b, gradient = normal("a", size, size), normal("b", size, size), normal("gradient", size, size)

    def run() -> list[Any]:
        pull_back, product = make_vjp(lambda both: both[0] @ both[1])((a, b))
        return [product, *pull_back(gradient)]

    return run


def jacobian(size: int) -> Run:
    """The derivative of each output of a small network by each of its inputs."""
    x = normal("x", size)
    first, second = (normal(name, size, size, scale=size**-0.5) for name in ("first", "second"))
    derivative = jacobian_of(lambda x: anp.tanh(x @ first) @ second)
    return lambda: [derivative(x)]


def hessian(size: int) -> Run:
    """The second derivatives of one output of a small network."""
    x, first, second = normal("x", size), normal("first", size, size, scale=size**-0.5), normal("second", size)
    derivative = hessian_of(lambda x: anp.sum(anp.tanh(x @ first) * second))
    return lambda: [derivative(x)]


def second_derivative(length: int) -> Run:
    """The gradient of a gradient of a chain."""
    x, b = normal("x", 3), np.array([1.1, 0.9, 1.2], np.float32)

    def chain(y: Any) -> Any:
        for _ in range(length):
            y = anp.sin(y * b)
        return y

    def run() -> list[Any]:
        pull_back, slope = make_vjp(elementwise_grad(chain))(x)
        return [slope, pull_back(ONES)]

    return run


def training(loss_of: Callable[[Any], Any], parameters: list[Any], update: Callable[[list[Any]], None]) -> Run:
    """One step of training, which returns the loss, the first and the last parameter."""
    loss_and_slopes = value_and_grad(loss_of)

    def run() -> list[Any]:
        loss, slopes = loss_and_slopes(parameters)
        update(slopes)
        return [loss, parameters[0], parameters[-1]]

    return run


def tiny_model(inputs: int, hidden: int) -> Run:
    """The model of PyTorch's tutorial on the fundamentals of autograd."""
    x, ideal = normal("some_input", 16, inputs), normal("ideal_output", 16, 10)
    parameters = [
        filled("layer1.weight", hidden, inputs), filled("layer1.bias", hidden),
        filled("layer2.weight", 10, hidden), filled("layer2.bias", 10),
    ]  # fmt: skip

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        prediction = anp.maximum(x @ w1.T + b1, 0) @ w2.T + b2
        return anp.sum((ideal - prediction) ** 2)

    def update(slopes: list[Any]) -> None:
        for parameter, slope in zip(parameters, slopes, strict=True):
            np.subtract(parameter, 0.001 * slope, out=parameter)

    return training(loss, parameters, update)


def mlp(inputs: int, hidden: int) -> Run:
    """A classifier of flattened images."""
    x, labels, rows = normal("images", 128, inputs), classes("labels", 10, 128), np.arange(128)
    parameters = [
        filled("0.weight", hidden, inputs), filled("0.bias", hidden),
        filled("2.weight", 10, hidden), filled("2.bias", 10),
    ]  # fmt: skip

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        scores = anp.maximum(x @ w1.T + b1, 0) @ w2.T + b2
        scores = scores - anp.max(scores, axis=1, keepdims=True)
        return anp.mean(anp.log(anp.sum(anp.exp(scores), axis=1)) - scores[rows, labels])

    return training(loss, parameters, Adam(parameters).step)


def rnn(steps: int, hidden: int) -> Run:
    """A recurrent network: forward, and gradients through all steps."""
    inputs, start = normal("inputs", steps, 16, 32), np.zeros((16, hidden), np.float32)
    parameters = [
        normal("w_input", 32, hidden, scale=0.1), normal("w_hidden", hidden, hidden, scale=hidden**-0.5),
        normal("bias", hidden, scale=0.1),
    ]  # fmt: skip

    def loss(parameters: Any) -> Any:
        w_input, w_hidden, bias = parameters
        h = start
        for x in inputs:
            h = anp.tanh(x @ w_input + h @ w_hidden + bias)
        return anp.mean(h**2)

    loss_and_slopes = autograd.value_and_grad(loss)

    def run() -> list[Any]:
        value, slopes = loss_and_slopes(parameters)
        return [value, *slopes]

    return run
