"""Logistic regression on 1,797 handwritten digits that keeps each of them private.

Each step takes every digit with the same small probability, cuts the gradient of each to a largest norm, and adds noise
of that size to their sum (Abadi et al., Deep learning with differential privacy, 2016). What an onlooker can learn of
any one digit is bounded then: but for a probability delta, no outcome is more than e^epsilon times as likely with it as
without it. Only the gradients of single samples are new here; all else is written as for PyTorch.
"""

import argparse

import numpy as np
from scipy.special import gammaln, logsumexp
from sklearn.datasets import load_digits
from tqdm import trange

import chainrule as torch
from chainrule import func, nn


def load(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """The digits in a random order, the last fifth kept for the test; pixels from 0 to 1."""
    images, labels = load_digits(return_X_y=True)
    torch.manual_seed(seed)
    order = torch.randperm(len(labels))
    x = torch.tensor(images, dtype=torch.float32)[order] / 16
    y = torch.tensor(labels, dtype=torch.int64)[order]
    cut = len(y) * 4 // 5
    return x[:cut], y[:cut], x[cut:], y[cut:]


def epsilon(steps: int, rate: float, noise: float, delta: float) -> float:
    """The privacy spent in so many steps, each on samples that are taken with probability `rate`.

    By the Renyi divergence of the sampled Gaussian mechanism at whole orders (Mironov, Talwar and Zhang, 2019), turned
    into epsilon and delta as by Canonne, Kamath and Steinke (2020).
    """
    best = np.inf
    for order in range(2, 256):
        k = np.arange(order + 1)
        ways = gammaln(order + 1) - gammaln(k + 1) - gammaln(order - k + 1)
        terms = ways + (order - k) * np.log1p(-rate) + k * np.log(rate) + k * (k - 1) / (2 * noise**2)
        divergence = steps * logsumexp(terms) / (order - 1)
        best = min(best, divergence + np.log1p(-1 / order) - (np.log(delta) + np.log(order)) / (order - 1))
    return float(best)


def private_gradients(model: nn.Module, x: torch.Tensor, y: torch.Tensor, limit: float, noise: float) -> None:
    """Put into `.grad` the sum of the samples' gradients, each of norm `limit` at most, and noise."""
    with func.per_sample_gradients(model, reduction="sum") as samples:
        nn.functional.cross_entropy(model(x), y, reduction="sum").backward()
    factor = (limit / samples.norms()).clamp(max=1)
    for parameter in model.parameters():
        total = torch.einsum("b,b...->...", factor, parameter.grad_sample)
        parameter.grad = total + noise * limit * torch.randn_like(total)


def main() -> None:
    """Train, test, and say what privacy that was."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--batch-size", type=int, default=256, help="how many digits a step takes on average")
    parser.add_argument("--limit", type=float, default=1.0, help="the largest norm of a digit's gradient")
    parser.add_argument("--noise", type=float, default=6.0, help="the deviation of the noise, in limits")
    parser.add_argument("--lr", type=float, default=2.0)
    parser.add_argument("--delta", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    x_train, y_train, x_test, y_test = load(args.seed)
    rate = args.batch_size / len(x_train)
    model = nn.Linear(64, 10)
    nn.init.zeros_(model.weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr / args.batch_size)
    for _ in trange(args.steps, unit="step"):
        taken = torch.rand(len(x_train)) < rate
        private_gradients(model, x_train[taken], y_train[taken], args.limit, args.noise)
        optimizer.step()

    with torch.no_grad():
        right = (model(x_test).argmax(dim=1) == y_test).sum().item()
    spent = epsilon(args.steps, rate, args.noise, args.delta)
    print(f"{args.steps} steps on {args.batch_size} of {len(x_train)} digits each")
    print(f"privacy: epsilon {spent:.2f} at delta {args.delta:g}")
    print(f"test accuracy: {100 * right / len(y_test):.1f}%")


if __name__ == "__main__":
    main()
