"""A convolutional network with batch norm and dropout reads handwritten digits of 8 x 8 pixels.

A `DataLoader` shuffles them, and the learning rate follows a one-cycle schedule.
"""

import argparse
import time

import torch
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset, random_split


class Net(nn.Module):
    """Two blocks of convolutions, and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, kernel_size=3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(32)
        self.dropout = nn.Dropout2d(0.1)
        self.fc = nn.Linear(32 * 2 * 2, 10)

    def forward(self, x):
        """Logarithms of the probabilities of the ten digits, for images of shape `(N, 1, 8, 8)`."""
        x = F.max_pool2d(F.silu(self.bn1(self.conv1(x))), 2)
        x = F.max_pool2d(F.silu(self.bn2(self.conv2(x))), 2)
        x = self.dropout(x)
        x = self.fc(torch.flatten(x, 1))
        return F.log_softmax(x, dim=1)


def test(model: nn.Module, loader: DataLoader) -> None:
    """Print what the model makes of digits that it has not seen."""
    model.eval()
    loss, correct = 0.0, 0
    with torch.no_grad():
        for x, y in loader:
            output = model(x)
            loss += F.nll_loss(output, y, reduction="sum").item()
            pred = output.argmax(dim=1, keepdim=True)
            correct += pred.eq(y.view_as(pred)).sum().item()
    count = len(loader.dataset)
    print(f"test: average loss {loss / count:.4f}, accuracy {correct}/{count} ({100.0 * correct / count:.1f}%)")
    model.train()


def main() -> None:
    """Train and test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--every", type=int, default=20, help="print the loss every so many steps")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    digits = load_digits()
    x = torch.tensor(digits.images, dtype=torch.float32, device=device).unsqueeze(1)
    y = torch.tensor(digits.target, dtype=torch.long, device=device)
    dataset = TensorDataset((x - x.mean()) / x.std(), y)
    train, unseen = random_split(dataset, [len(dataset) - 300, 300])
    loader = DataLoader(train, batch_size=args.batch_size, shuffle=True, drop_last=True)

    model = Net().to(device)
    print(model)
    optimizer = optim.SGD(model.parameters(), lr=args.lr, momentum=0.9, nesterov=True, weight_decay=5e-4)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=args.lr, total_steps=args.steps)

    start = time.perf_counter()
    step = 0
    while step < args.steps:
        for x, y in loader:
            step += 1
            optimizer.zero_grad()
            loss = F.nll_loss(model(x), y)
            loss.backward()
            optimizer.step()
            scheduler.step()
            if step % args.every == 0:
                print(f"step {step:4d}  loss {loss.item():.5f}  lr {scheduler.get_last_lr()[0]:.6f}")
            if step == args.steps:
                break
    print(f"trained in {time.perf_counter() - start:.1f} s")
    test(model, DataLoader(unseen, batch_size=100))


if __name__ == "__main__":
    main()
