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


def mixed_no_grad(length: int) -> Run:
    """The seventeen operations as NumPy has them."""
    x, weight, bias = normal("x", 4, 4), normal("weight", 4, 4, scale=0.5), normal("bias", 4)

    def run() -> list[np.ndarray]:
        y = x
        for _ in range(length):
            y = y @ weight + bias
            y = np.maximum(y, 0) * 0.5 - np.sin(y)
            centered = y - y.mean(axis=0)
            y = np.exp(centered.reshape(2, 8)).sum(axis=1)
            y = np.tanh(y[0] / y[1] * weight.T)
        return [y]

    return run


def indexing(length: int) -> Run:
    """The ten operations, and their derivatives."""
    x = normal("x", 8, 8)
    rows = np.array([0, 3, 1, 6, 2, 2, 5, 4])

    def run() -> list[np.ndarray]:
        y, saved = x, []
        for _ in range(length):
            picked = y[1:][rows]
            largest = picked.max()
            saved.append((picked, largest))
            y = (picked.sum(axis=1).reshape(8, 1) * 0.125 + picked.mean(axis=0) + largest) / 3
        grad = np.ones((8, 8), np.float32)
        for picked, largest in reversed(saved):
            grad = grad / 3
            mask = picked == largest
            grad_picked = mask * (grad.sum() / mask.sum(dtype=np.float32))
            grad_picked += grad.sum(axis=0) / 8
            grad_picked += grad.sum(axis=1).reshape(8, 1) * 0.125
            grad = np.zeros((8, 8), np.float32)
            np.add.at(grad[1:], rows, grad_picked)
        return [y, grad]

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
    """Adam, written with NumPy as one reads it; AdamW if the parameters decay."""

    def __init__(self, parameters: list[np.ndarray], decay: float = 0.0) -> None:
        self.parameters, self.kept = parameters, 1 - 0.001 * decay
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
            np.subtract(self.kept * parameter, rate * mean / (np.sqrt(square) / root + 1e-8), out=parameter)


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


class LayerNorm:
    """A layer norm with its parameters, and what it keeps for the way back."""

    def __init__(self, name: str, width: int) -> None:
        self.weight, self.bias = filled(f"{name}.weight", width), filled(f"{name}.bias", width)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Each row with mean 0 and variance 1, scaled and shifted."""
        self.normal = x - x.mean(-1, keepdims=True)
        self.scale = 1 / np.sqrt((self.normal * self.normal).mean(-1, keepdims=True) + 1e-5)
        self.normal *= self.scale
        return self.normal * self.weight + self.bias

    def backward(self, grad: np.ndarray) -> np.ndarray:
        """The gradient of the input; those of the parameters are kept in `slopes`."""
        rows = (-1, grad.shape[-1])
        self.slopes = [(grad * self.normal).reshape(rows).sum(0), grad.reshape(rows).sum(0)]
        grad = grad * self.weight
        along = (grad * self.normal).mean(-1, keepdims=True)
        return self.scale * (grad - grad.mean(-1, keepdims=True) - self.normal * along)


class Linear:
    """A layer with its parameters, and what it keeps for the way back."""

    def __init__(self, name: str, inputs: int, outputs: int) -> None:
        self.weight, self.bias = filled(f"{name}.weight", outputs, inputs), filled(f"{name}.bias", outputs)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """A product and a sum; all but the last dimension as one."""
        self.x = x.reshape(-1, x.shape[-1])
        return (self.x @ self.weight.T + self.bias).reshape(*x.shape[:-1], -1)

    def backward(self, grad: np.ndarray) -> np.ndarray:
        """The gradient of the input; those of the parameters are kept in `slopes`."""
        rows = grad.reshape(-1, grad.shape[-1])
        self.slopes = [rows.T @ self.x, rows.sum(0)]
        return (rows @ self.weight).reshape(*grad.shape[:-1], -1)


def transformer(length: int, width: int) -> Run:
    """The block, its gradients, and a step of AdamW."""
    from scipy.special import erf

    batch, heads = 8, 4
    scale = np.float32((width // heads) ** -0.5)
    norm1, norm2 = LayerNorm("norm1", width), LayerNorm("norm2", width)
    to_qkv, project = Linear("to_qkv", width, 3 * width), Linear("project", width, width)
    wide, narrow = Linear("mlp.0", width, 4 * width), Linear("mlp.2", 4 * width, width)
    layers = [norm1, to_qkv, project, norm2, wide, narrow]
    optimizer = Adam([each for layer in layers for each in (layer.weight, layer.bias)], decay=0.01)
    x, target = normal("x", batch, length, width), normal("target", batch, length, width)

    def run() -> list[np.ndarray]:
        qkv = to_qkv.forward(norm1.forward(x)).reshape(batch, length, 3, heads, -1).transpose(2, 0, 3, 1, 4)
        q, k, v = qkv
        weights = q @ k.swapaxes(-2, -1) * scale
        weights = np.exp(weights - weights.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        hidden = x + project.forward((weights @ v).swapaxes(1, 2).reshape(batch, length, width))
        before = wide.forward(norm2.forward(hidden))
        share = 0.5 * (1 + erf(before * np.float32(0.5**0.5)))
        error = hidden + narrow.forward(before * share) - target

        grad = error * np.float32(2 / error.size)
        density = np.exp(before * before * -0.5) * np.float32((2 * np.pi) ** -0.5)
        inner = narrow.backward(grad) * (share + before * density)
        grad = grad + norm2.backward(wide.backward(inner))
        inner = project.backward(grad).reshape(batch, length, heads, -1).swapaxes(1, 2)
        grad_qkv = np.empty_like(qkv, shape=qkv.shape)
        grad_qkv[2] = weights.swapaxes(-2, -1) @ inner
        slope = inner @ v.swapaxes(-2, -1) * weights
        slope = (slope - weights * slope.sum(-1, keepdims=True)) * scale
        grad_qkv[0], grad_qkv[1] = slope @ k, slope.swapaxes(-2, -1) @ q
        norm1.backward(to_qkv.backward(grad_qkv.transpose(1, 3, 0, 2, 4).reshape(batch, length, -1)))
        optimizer.step([each for layer in layers for each in layer.slopes])
        return [(error * error).mean(), norm1.weight, narrow.bias]

    return run
