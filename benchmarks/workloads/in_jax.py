"""The workloads for JAX. Chains of small operations run as they are written; all else is compiled by `jax.jit` first.

Compiling is not timed. Each run waits for its results, as whoever looks at them does.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from workloads import Run
from workloads.in_numpy import filled
from workloads.inputs import classes, normal


def waiting(compute: Callable[..., Any], *arguments: Any) -> Run:
    """A run that ends when all results are there."""

    def run() -> list[Any]:
        return list(jax.block_until_ready(compute(*arguments)))

    return run


def products(length: int) -> Run:
    """Forward and backward through y = y * b, with gradients for both."""

    def chain(y: Any, b: Any) -> Any:
        for _ in range(length):
            y = y * b
        return y

    ones = jnp.ones(3)
    return waiting(lambda: jax.vjp(chain, ones, ones)[1](ones))


def sines(length: int) -> Run:
    """Forward and backward through y = sin(y)."""

    def chain(y: Any) -> Any:
        for _ in range(length):
            y = jnp.sin(y)
        return y

    ones = jnp.ones(3)
    return waiting(lambda: jax.vjp(chain, ones)[1](ones))


def mixed_no_grad(length: int) -> Run:
    """Seventeen operations, again and again."""
    x, weight, bias = (
        jnp.asarray(each) for each in (normal("x", 4, 4), normal("weight", 4, 4, scale=0.5), normal("bias", 4))
    )

    def chain() -> Any:
        y = x
        for _ in range(length):
            y = y @ weight + bias
            y = jax.nn.relu(y) * 0.5 - jnp.sin(y)
            centered = y - y.mean(axis=0)
            y = jnp.exp(centered.reshape(2, 8)).sum(axis=1)
            y = jnp.tanh(y[0] / y[1] * weight.T)
        return [y]

    return waiting(chain)


def indexing(length: int) -> Run:
    """Rows cut off, rows picked, sums, means and the maximum."""
    x = jnp.asarray(normal("x", 8, 8))
    rows = jnp.array([0, 3, 1, 6, 2, 2, 5, 4])

    def chain(y: Any) -> Any:
        for _ in range(length):
            picked = y[1:][rows]
            y = (picked.sum(axis=1).reshape(8, 1) * 0.125 + picked.mean(axis=0) + picked.max()) / 3
        return y

    def compute() -> list[Any]:
        y, pull_back = jax.vjp(chain, x)
        return [y, *pull_back(jnp.ones_like(x))]

    return waiting(compute)


def elementwise(size: int) -> Run:
    """A formula of seven operations and its gradient."""
    a = jnp.asarray(normal("a", size))
    return waiting(jax.jit(jax.value_and_grad(lambda a: jnp.tanh(jnp.sin(a) * jnp.exp(a) + a * a).sum())), a)


def matmul(size: int) -> Run:
    """A product of matrices and both its gradients."""
    a, b, gradient = (jnp.asarray(normal(name, size, size)) for name in ("a", "b", "gradient"))

    @jax.jit
    def compute(a: Any, b: Any, gradient: Any) -> Any:
        product, pull_back = jax.vjp(jnp.matmul, a, b)
        return [product, *pull_back(gradient)]

    return waiting(compute, a, b, gradient)


def jacobian(size: int) -> Run:
    """The derivative of each output of a small network by each of its inputs."""
    x, first, second = normal("x", size), *(normal(n, size, size, scale=size**-0.5) for n in ("first", "second"))
    derivative = jax.jit(jax.jacrev(lambda x: jnp.tanh(x @ first) @ second))
    return waiting(lambda x: [derivative(x)], jnp.asarray(x))


def hessian(size: int) -> Run:
    """The second derivatives of one output of a small network."""
    x, first, second = normal("x", size), normal("first", size, size, scale=size**-0.5), normal("second", size)
    derivative = jax.jit(jax.hessian(lambda x: (jnp.tanh(x @ first) * second).sum()))
    return waiting(lambda x: [derivative(x)], jnp.asarray(x))


def second_derivative(length: int) -> Run:
    """The gradient of a gradient of a chain."""
    b = jnp.array([1.1, 0.9, 1.2])

    def chain(y: Any) -> Any:
        for _ in range(length):
            y = jnp.sin(y * b)
        return y.sum()

    @jax.jit
    def compute(x: Any) -> Any:
        slope, pull_back = jax.vjp(jax.grad(chain), x)
        return [slope, *pull_back(jnp.ones(3))]

    return waiting(compute, jnp.asarray(normal("x", 3)))


def training(
    loss_of: Callable[[Any], Any], parameters: list[np.ndarray], update: Callable[..., Any], state: Any
) -> Run:
    """One compiled step of training, which returns the loss, the first and the last parameter."""
    held = jax.tree.map(jnp.asarray, (parameters, state))

    @jax.jit
    def step(parameters: Any, state: Any) -> Any:
        loss, slopes = jax.value_and_grad(loss_of)(parameters)
        return loss, *update(parameters, slopes, state)

    def run() -> list[Any]:
        nonlocal held
        loss, *held = jax.block_until_ready(step(*held))
        return [loss, held[0][0], held[0][-1]]

    return run


def descent(parameters: Any, slopes: Any, state: Any) -> Any:
    """Gradient descent."""
    return jax.tree.map(lambda parameter, slope: parameter - 0.001 * slope, parameters, slopes), state


def adam(parameters: Any, slopes: Any, state: Any, *, decay: float = 0.0) -> Any:
    """Adam, or with a decay of the parameters AdamW."""
    steps, means, squares = state
    steps = steps + 1
    means = jax.tree.map(lambda mean, slope: 0.9 * mean + 0.1 * slope, means, slopes)
    squares = jax.tree.map(lambda square, slope: 0.999 * square + 0.001 * slope * slope, squares, slopes)
    rate, root = 0.001 / (1 - 0.9**steps), jnp.sqrt(1 - 0.999**steps)
    parameters = jax.tree.map(
        lambda parameter, mean, square: (
            parameter * (1 - 0.001 * decay) - rate * mean / (jnp.sqrt(square) / root + 1e-8)
        ),
        parameters, means, squares,
    )  # fmt: skip
    return parameters, (steps, means, squares)


def adam_state(parameters: list[np.ndarray]) -> Any:
    """No steps yet."""
    return 0.0, [np.zeros_like(each) for each in parameters], [np.zeros_like(each) for each in parameters]


def linear(x: Any, weight: Any, bias: Any) -> Any:
    """A layer, with the weight as PyTorch has it."""
    return x @ weight.T + bias


def tiny_model(inputs: int, hidden: int) -> Run:
    """The model of PyTorch's tutorial on the fundamentals of autograd."""
    x, ideal = normal("some_input", 16, inputs), normal("ideal_output", 16, 10)
    parameters = [
        filled("layer1.weight", hidden, inputs), filled("layer1.bias", hidden),
        filled("layer2.weight", 10, hidden), filled("layer2.bias", 10),
    ]  # fmt: skip

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        return ((ideal - linear(jax.nn.relu(linear(x, w1, b1)), w2, b2)) ** 2).sum()

    return training(loss, parameters, descent, ())


def mlp(inputs: int, hidden: int) -> Run:
    """A classifier of flattened images."""
    x, labels = normal("images", 128, inputs), classes("labels", 10, 128)
    parameters = [
        filled("0.weight", hidden, inputs), filled("0.bias", hidden),
        filled("2.weight", 10, hidden), filled("2.bias", 10),
    ]  # fmt: skip

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        scores = jax.nn.log_softmax(linear(jax.nn.relu(linear(x, w1, b1)), w2, b2))
        return -scores[jnp.arange(128), labels].mean()

    return training(loss, parameters, adam, adam_state(parameters))


def rnn(steps: int, hidden: int) -> Run:
    """A recurrent network: forward, and gradients through all steps."""
    inputs = normal("inputs", steps, 16, 32)

    def loss(w_input: Any, w_hidden: Any, bias: Any) -> Any:
        h = jnp.zeros((16, hidden))
        for x in inputs:
            h = jnp.tanh(x @ w_input + h @ w_hidden + bias)
        return (h**2).mean()

    loss_and_slopes = jax.jit(jax.value_and_grad(loss, argnums=(0, 1, 2)))

    def compute(*parameters: Any) -> list[Any]:
        value, slopes = loss_and_slopes(*parameters)
        return [value, *slopes]

    parameters = (
        normal("w_input", 32, hidden, scale=0.1), normal("w_hidden", hidden, hidden, scale=hidden**-0.5),
        normal("bias", hidden, scale=0.1),
    )  # fmt: skip
    return waiting(compute, *map(jnp.asarray, parameters))


def transformer(length: int, width: int) -> Run:
    """One block: attention with four heads, and a network four times as wide, each behind a layer norm."""
    batch, heads = 8, 4
    x, target = normal("x", batch, length, width), normal("target", batch, length, width)
    shapes = {
        "norm1": (width,), "to_qkv": (3 * width, width), "project": (width, width),
        "norm2": (width,), "mlp.0": (4 * width, width), "mlp.2": (width, 4 * width),
    }  # fmt: skip
    parameters = [
        each
        for name, shape in shapes.items()
        for each in (filled(f"{name}.weight", *shape), filled(f"{name}.bias", shape[0]))
    ]

    def layer_norm(x: Any, weight: Any, bias: Any) -> Any:
        return jax.nn.standardize(x, epsilon=1e-5) * weight + bias

    def loss(parameters: Any) -> Any:
        norm1, to_qkv, project, norm2, wide, narrow = zip(parameters[::2], parameters[1::2], strict=True)
        qkv = linear(layer_norm(x, *norm1), *to_qkv).reshape(batch, length, 3, heads, -1)
        q, k, v = qkv.transpose(2, 0, 3, 1, 4)
        weights = jax.nn.softmax(q @ k.swapaxes(-2, -1) * (width // heads) ** -0.5)
        hidden = x + linear((weights @ v).swapaxes(1, 2).reshape(batch, length, width), *project)
        inner = jax.nn.gelu(linear(layer_norm(hidden, *norm2), *wide), approximate=False)
        return ((hidden + linear(inner, *narrow) - target) ** 2).mean()

    return training(loss, parameters, partial(adam, decay=0.01), adam_state(parameters))


def lenet(batch: int) -> Run:
    """The convolutional network of the beginners' tutorial, on images of 28 x 28."""
    images, labels = normal("images", batch, 1, 28, 28), classes("labels", 10, batch)
    shapes = {"0": (6, 1, 5, 5), "3": (16, 6, 5, 5), "7": (120, 400), "9": (84, 120), "11": (10, 84)}
    parameters = [
        each
        for name, shape in shapes.items()
        for each in (filled(f"{name}.weight", *shape), filled(f"{name}.bias", shape[0]))
    ]

    def convolution(x: Any, weight: Any, bias: Any, padding: int) -> Any:
        product = jax.lax.conv(x, weight, (1, 1), "SAME" if padding else "VALID")
        pooled = jax.nn.relu(product + bias[:, None, None])
        return jax.lax.reduce_window(pooled, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")

    def loss(parameters: Any) -> Any:
        first, second, *dense = zip(parameters[::2], parameters[1::2], strict=True)
        x = convolution(convolution(images, *first, padding=2), *second, padding=0).reshape(batch, -1)
        for layer in dense[:-1]:
            x = jax.nn.relu(linear(x, *layer))
        scores = jax.nn.log_softmax(linear(x, *dense[-1]))
        return -scores[jnp.arange(batch), labels].mean()

    def momentum(parameters: Any, slopes: Any, speeds: Any) -> Any:
        speeds = jax.tree.map(lambda speed, slope: 0.9 * speed + slope, speeds, slopes)
        return jax.tree.map(lambda parameter, speed: parameter - 0.01 * speed, parameters, speeds), speeds

    return training(loss, parameters, momentum, [np.zeros_like(each) for each in parameters])
