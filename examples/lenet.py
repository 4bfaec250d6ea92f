"""Train LeNet-5 on 1,797 handwritten digits, and draw what its first layer has learned to look for.

Written as for PyTorch, but for the first import. The digits are 8 x 8 pixels, enlarged here to the 32 x 32 that the
network is made for (LeCun et al., Gradient-based learning applied to document recognition, 1998).
"""

import argparse
import time
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from sklearn.datasets import load_digits
from tqdm import trange

import chainrule as torch
from chainrule import nn, optim


class LeNet(nn.Module):
    """Two convolutions, each followed by pooling, and three linear layers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """What the first layer finds, before pooling."""
        return torch.relu(self.conv1(x))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores of the ten digits, for images of shape `(N, 1, 32, 32)`."""
        x = self.pool(self.features(x))
        x = self.pool(torch.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return self.fc3(x)


def load() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The digits in a random order, the last fifth kept for the test; pixels from 0 to 1."""
    digits = load_digits()
    order = torch.randperm(len(digits.target))
    x = torch.tensor(digits.images, dtype=torch.float32)[order] / 16
    x = x.repeat_interleave(4, dim=1).repeat_interleave(4, dim=2).unsqueeze(1)
    y = torch.tensor(digits.target, dtype=torch.int64)[order]
    cut = len(y) * 4 // 5
    return x[:cut], y[:cut], x[cut:], y[cut:]


def main() -> None:
    """Train, test, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--outputs", type=Path, default=Path("outputs"), help="the folder that pictures are written to")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    x_train, y_train, x_test, y_test = load()
    model = LeNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    print(model)
    start = time.perf_counter()
    steps = 0
    progress = trange(args.epochs, unit="epoch")
    for _ in progress:
        for batch in torch.randperm(len(x_train)).split(args.batch_size):
            optimizer.zero_grad()
            loss = criterion(model(x_train[batch]), y_train[batch])
            loss.backward()
            optimizer.step()
            steps += 1
        progress.set_postfix(loss=f"{loss.item():.4f}")
    seconds = time.perf_counter() - start

    with torch.no_grad():
        right = (model(x_test).argmax(dim=1) == y_test).sum().item()
    print(f"{steps} steps in {seconds:.1f} s ({1e3 * seconds / steps:.1f} ms a step)")
    print(f"test accuracy: {right / len(y_test):.2%} ({right} of {len(y_test)})")

    args.outputs.mkdir(parents=True, exist_ok=True)
    draw(model, x_test[:4], args.outputs / "lenet.png")
    print(f"filters, and what they find: {args.outputs / 'lenet.png'}")


def draw(model: LeNet, images: torch.Tensor, path: Path) -> None:
    """The filters of the first layer in the top row, and below each of them what it finds in each image."""
    mpl.use("agg")
    filters = model.conv1.weight.detach().numpy()
    with torch.no_grad():
        found = model.features(images).numpy()
        digits = model(images).argmax(dim=1).tolist()
    count = len(filters)
    figure, grid = plt.subplots(1 + len(images), 1 + count, figsize=(1 + count, 1 + len(images)), layout="constrained")
    for axes in grid.flat:
        axes.set_axis_off()
    largest = abs(filters).max()
    for j in range(count):
        grid[0, 1 + j].imshow(filters[j, 0], cmap="RdBu", vmin=-largest, vmax=largest)
        for i in range(len(images)):
            grid[1 + i, 1 + j].imshow(found[i, j], cmap="viridis")
    for i, digit in enumerate(digits):
        grid[1 + i, 0].imshow(images[i, 0].numpy(), cmap="gray_r")
        grid[1 + i, 0].set_title(f"read as {digit}", fontsize=8)
    figure.suptitle("LeNet-5: filters of the first layer, and what they find", fontsize=10)
    figure.savefig(path, dpi=144)


if __name__ == "__main__":
    main()
