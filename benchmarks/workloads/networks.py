"""Steps of training, as they are written for PyTorch; `torch` is PyTorch or chainrule."""

from collections.abc import Callable
from typing import Any

from workloads import Run
from workloads.inputs import classes, normal

CLASSES = 10


def filled(torch: Any, model: Any) -> Any:
    """The model with parameters that are the same for every library."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            scale = parameter.shape[-1] ** -0.5 if parameter.ndim > 1 else 0.1
            parameter.copy_(torch.tensor(normal(name, *parameter.shape, scale=scale)))
    return model


def training(model: Any, optimizer: Any, loss_of: Callable[[], Any]) -> Run:
    """One step of training, which returns the loss and what it made of the first and the last parameter."""
    first, *_, last = model.parameters()

    def run() -> list[Any]:
        loss = loss_of()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return [loss, first, last]

    return run


def tiny_model(torch: Any, inputs: int, hidden: int) -> Run:
    """The model of PyTorch's tutorial on the fundamentals of autograd."""

    class TinyModel(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer1 = torch.nn.Linear(inputs, hidden)
            self.relu = torch.nn.ReLU()
            self.layer2 = torch.nn.Linear(hidden, 10)

        def forward(self, x: Any) -> Any:
            x = self.layer1(x)
            x = self.relu(x)
            return self.layer2(x)

    some_input = torch.tensor(normal("some_input", 16, inputs))
    ideal_output = torch.tensor(normal("ideal_output", 16, 10))
    model = filled(torch, TinyModel())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)

    def loss() -> Any:
        prediction = model(some_input)
        return (ideal_output - prediction).pow(2).sum()

    return training(model, optimizer, loss)


def mlp(torch: Any, inputs: int, hidden: int) -> Run:
    """A classifier of flattened images."""
    nn = torch.nn
    images = torch.tensor(normal("images", 128, inputs))
    labels = torch.tensor(classes("labels", CLASSES, 128))
    model = filled(torch, nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, CLASSES)))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    criterion = nn.CrossEntropyLoss()
    return training(model, optimizer, lambda: criterion(model(images), labels))


def rnn(torch: Any, steps: int, hidden: int) -> Run:
    """A recurrent network without a module: forward, and gradients through all steps."""
    inputs = torch.tensor(normal("inputs", steps, 16, 32))
    start = torch.zeros(16, hidden)
    w_input = torch.tensor(normal("w_input", 32, hidden, scale=0.1), requires_grad=True)
    w_hidden = torch.tensor(normal("w_hidden", hidden, hidden, scale=hidden**-0.5), requires_grad=True)
    bias = torch.tensor(normal("bias", hidden, scale=0.1), requires_grad=True)

    def run() -> list[Any]:
        w_input.grad = w_hidden.grad = bias.grad = None
        h = start
        for step in range(steps):
            h = torch.tanh(inputs[step] @ w_input + h @ w_hidden + bias)
        loss = h.pow(2).mean()
        loss.backward()
        return [loss, w_input.grad, w_hidden.grad, bias.grad]

    return run


def transformer(torch: Any, length: int, width: int) -> Run:
    """One block: attention with four heads, and a network four times as wide, each behind a layer norm."""
    nn = torch.nn
    batch, heads = 8, 4

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm1 = nn.LayerNorm(width)
            self.to_qkv = nn.Linear(width, 3 * width)
            self.project = nn.Linear(width, width)
            self.norm2 = nn.LayerNorm(width)
            self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def attention(self, x: Any) -> Any:
            qkv = self.to_qkv(x).reshape(batch, length, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
            q, k, v = qkv[0], qkv[1], qkv[2]
            weights = torch.softmax(q @ k.transpose(-2, -1) * (width // heads) ** -0.5, dim=-1)
            return self.project((weights @ v).transpose(1, 2).reshape(batch, length, width))

        def forward(self, x: Any) -> Any:
            x = x + self.attention(self.norm1(x))
            return x + self.mlp(self.norm2(x))

    x = torch.tensor(normal("x", batch, length, width))
    target = torch.tensor(normal("target", batch, length, width))
    model = filled(torch, Block())
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.001)
    return training(model, optimizer, lambda: nn.functional.mse_loss(model(x), target))


def lenet(torch: Any, batch: int) -> Run:
    """The convolutional network of the beginners' tutorial, on images of 28 x 28."""
    nn = torch.nn
    if missing := [name for name in ("Conv2d", "MaxPool2d") if not hasattr(nn, name)]:
        raise LookupError(f"there is no nn.{missing[0]} yet")

    images = torch.tensor(normal("images", batch, 1, 28, 28))
    labels = torch.tensor(classes("labels", CLASSES, batch))
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, CLASSES),
    )  # fmt: skip
    optimizer = torch.optim.SGD(filled(torch, model).parameters(), lr=0.01, momentum=0.9)
    criterion = nn.CrossEntropyLoss()
    return training(model, optimizer, lambda: criterion(model(images), labels))
