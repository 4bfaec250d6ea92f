"""The workloads for MLX, on its CPU device. It computes nothing until `eval` asks for it, so each run does."""

from collections.abc import Callable
from typing import Any

import mlx.core as mx

from workloads import Run
from workloads.in_numpy import filled
from workloads.inputs import normal

mx.set_default_device(mx.cpu)


def evaluating(compute: Callable[[], list[Any]]) -> Run:
    """A run that ends when all results are there."""

    def run() -> list[Any]:
        results = compute()
        mx.eval(*results)
        return results

    return run


def products(length: int) -> Run:
    """Forward and backward through y = y * b, with gradients for both."""

    def chain(y: Any, b: Any) -> Any:
        for _ in range(length):
            y = y * b
        return y.sum()

    gradient, ones = mx.grad(chain, argnums=(0, 1)), mx.ones(3)
    return evaluating(lambda: list(gradient(ones, ones)))


def sines(length: int) -> Run:
    """Forward and backward through y = sin(y)."""

    def chain(y: Any) -> Any:
        for _ in range(length):
            y = mx.sin(y)
        return y.sum()

    gradient, ones = mx.grad(chain), mx.ones(3)
    return evaluating(lambda: [gradient(ones)])


def indexing(length: int) -> Run:
    """Rows cut off, rows picked, sums, means and the maximum."""
    x = mx.array(normal("x", 8, 8))
    rows = mx.array([0, 3, 1, 6, 2, 2, 5, 4])

    def chain(y: Any) -> Any:
        for _ in range(length):
            picked = y[1:][rows]
            y = (picked.sum(axis=1).reshape(8, 1) * 0.125 + picked.mean(axis=0) + picked.max()) / 3
        return y

    def compute() -> list[Any]:
        (y,), gradients = mx.vjp(chain, [x], [mx.ones((8, 8))])
        return [y, *gradients]

    return evaluating(compute)


def elementwise(size: int) -> Run:
    """A formula of seven operations and its gradient."""
    a = mx.array(normal("a", size))
    gradient = mx.value_and_grad(lambda a: mx.tanh(mx.sin(a) * mx.exp(a) + a * a).sum())
    return evaluating(lambda: list(gradient(a)))


def matmul(size: int) -> Run:
    """A product of matrices and both its gradients."""
    a, b, gradient = (mx.array(normal(name, size, size)) for name in ("a", "b", "gradient"))

    def compute() -> list[Any]:
        (product,), gradients = mx.vjp(lambda a, b: a @ b, [a, b], [gradient])
        return [product, *gradients]

    return evaluating(compute)


def tiny_model(inputs: int, hidden: int) -> Run:
    """The model of PyTorch's tutorial on the fundamentals of autograd."""
    x, ideal = mx.array(normal("some_input", 16, inputs)), mx.array(normal("ideal_output", 16, 10))
    parameters = [
        mx.array(filled(name, *shape))
        for name, shape in {
            "layer1.weight": (hidden, inputs), "layer1.bias": (hidden,), "layer2.weight": (10, hidden),
            "layer2.bias": (10,),
        }.items()
    ]  # fmt: skip

    def loss_of(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        prediction = mx.maximum(x @ w1.T + b1, 0) @ w2.T + b2
        return ((ideal - prediction) ** 2).sum()

    loss_and_slopes = mx.value_and_grad(loss_of)

    def run() -> list[Any]:
        nonlocal parameters
        loss, slopes = loss_and_slopes(parameters)
        parameters = [parameter - 0.001 * slope for parameter, slope in zip(parameters, slopes, strict=True)]
        mx.eval(loss, *parameters)
        return [loss, parameters[0], parameters[-1]]

    return run


def rnn(steps: int, hidden: int) -> Run:
    """A recurrent network: forward, and gradients through all steps."""
    inputs = mx.array(normal("inputs", steps, 16, 32))
    parameters = [
        mx.array(normal("w_input", 32, hidden, scale=0.1)),
        mx.array(normal("w_hidden", hidden, hidden, scale=hidden**-0.5)), mx.array(normal("bias", hidden, scale=0.1)),
    ]  # fmt: skip

    def loss_of(parameters: Any) -> Any:
        w_input, w_hidden, bias = parameters
        h = mx.zeros((16, hidden))
        for step in range(steps):
            h = mx.tanh(inputs[step] @ w_input + h @ w_hidden + bias)
        return (h**2).mean()

    loss_and_slopes = mx.value_and_grad(loss_of)

    def compute() -> list[Any]:
        loss, slopes = loss_and_slopes(parameters)
        return [loss, *slopes]

    return evaluating(compute)
