"""Train a two-layer network on 1,797 handwritten digits, and draw how its loss fell and the graph behind its gradients.

Written as for PyTorch, but for the first import and for `see`, which draws the graph.
"""

import argparse
import time
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from sklearn.datasets import load_digits
from tqdm import trange

import chainrule as torch
from chainrule import nn, optim, see


def load(generator_seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The digits in a random order, the last fifth kept for the test; pixels from 0 to 1."""
    images, labels = load_digits(return_X_y=True)
    torch.manual_seed(generator_seed)
    order = torch.randperm(len(labels))
    x = torch.tensor(images, dtype=torch.float32)[order] / 16
    y = torch.tensor(labels, dtype=torch.int64)[order]
    cut = len(y) * 4 // 5
    return x[:cut], y[:cut], x[cut:], y[cut:]


def main() -> None:
    """Train, test, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--outputs", type=Path, default=Path("outputs"), help="the folder that pictures are written to")
    args = parser.parse_args()

    x_train, y_train, x_test, y_test = load(args.seed)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    print(model)
    start = time.perf_counter()
    losses = []
    progress = trange(args.epochs, unit="epoch")
    for _ in progress:
        for batch in torch.randperm(len(x_train)).split(args.batch_size):
            optimizer.zero_grad()
            loss = criterion(model(x_train[batch]), y_train[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        progress.set_postfix(loss=f"{losses[-1]:.4f}")
    seconds = time.perf_counter() - start

    with torch.no_grad():
        right = (model(x_test).argmax(dim=1) == y_test).sum().item()
    print(f"{len(losses)} steps in {seconds:.1f} s ({1e6 * seconds / len(losses):.0f} us a step)")
    print(f"test accuracy: {right / len(y_test):.2%} ({right} of {len(y_test)})")

    args.outputs.mkdir(parents=True, exist_ok=True)
    draw_losses(losses, args.outputs / "loss.png")
    loss = criterion(model(x_train[: args.batch_size]), y_train[: args.batch_size])
    see.graph(loss, params=dict(model.named_parameters()), path=args.outputs / "graph.png")
    print(f"loss curve:     {args.outputs / 'loss.png'}")
    print(f"backward graph: {args.outputs / 'graph.png'}")


def draw_losses(losses: list[float], path: Path) -> None:
    """Each step's loss as a dot, and their running mean as a line."""
    mpl.use("agg")
    window = max(1, len(losses) // 50)
    means = [sum(losses[i - window : i]) / window for i in range(window, len(losses) + 1)]
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.semilogy(losses, ".", markersize=2, alpha=0.35, label="one mini-batch")
    axes.semilogy(range(window - 1, len(losses)), means, label=f"mean of {window}")
    axes.set(xlabel="step", ylabel="cross entropy", title="Handwritten digits, 64-64-10")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=144)


if __name__ == "__main__":
    main()
