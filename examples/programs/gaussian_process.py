"""Gaussian process regression: length, height and noise of the kernel are found by L-BFGS on the marginal likelihood.

In float64, as the Cholesky factor of a kernel matrix wants it (Rasmussen and Williams, Gaussian processes for machine
learning, 2006, algorithm 2.1).
"""

import argparse
import math
import time

import torch
from torch import nn


class GaussianProcess(nn.Module):
    """Smooth functions, seen through noise."""

    def __init__(self) -> None:
        super().__init__()
        self.log_length = nn.Parameter(torch.tensor(0.0))
        self.log_height = nn.Parameter(torch.tensor(0.0))
        self.log_noise = nn.Parameter(torch.tensor(-1.0))

    def kernel(self, a, b):
        """How much the values at the points `a` have to do with those at `b`."""
        return torch.exp(2 * self.log_height - 0.5 * torch.cdist(a, b).pow(2) * torch.exp(-2 * self.log_length))

    def _factor(self, x):
        return torch.linalg.cholesky(self.kernel(x, x) + torch.exp(2 * self.log_noise) * torch.eye(len(x)))

    def forward(self, x, y):
        """The negative logarithm of the marginal likelihood, per point."""
        L = self._factor(x)
        alpha = torch.cholesky_solve(y.unsqueeze(1), L).squeeze(1)
        log_det = L.diagonal().log().sum()
        return (0.5 * y @ alpha + log_det) / len(x) + 0.5 * math.log(2 * math.pi)

    @torch.no_grad()
    def predict(self, x, y, new):
        """Mean and standard deviation of the function at new points."""
        L = self._factor(x)
        k = self.kernel(x, new)
        mean = k.T @ torch.cholesky_solve(y.unsqueeze(1), L)
        v = torch.linalg.solve_triangular(L, k, upper=False)
        variance = torch.exp(2 * self.log_height) - v.pow(2).sum(dim=0)
        return mean.squeeze(1), variance.clamp(min=0).sqrt()


def main() -> None:
    """Fit, and predict."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--every", type=int, default=10, help="print the loss every so many steps")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_default_dtype(torch.float64)

    x = 6 * torch.rand(80, 1) - 3
    y = torch.sin(2 * x.squeeze(1)) + 0.1 * torch.randn(80)
    model = GaussianProcess()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=2)

    def closure():
        optimizer.zero_grad()
        loss = model(x, y)
        loss.backward()
        return loss

    start = time.perf_counter()
    for step in range(1, args.steps + 1):
        loss = optimizer.step(closure)
        if step % args.every == 0:
            print(f"step {step:4d}  loss {loss.item():.8f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    found = {name.removeprefix("log_"): p.exp().item() for name, p in model.named_parameters()}
    print("found:", ", ".join(f"{name} {value:.5f}" for name, value in found.items()))
    new = torch.linspace(-3, 3, 7).unsqueeze(1)
    for at, mean, deviation in zip(new.flatten(), *model.predict(x, y, new), strict=True):
        print(f"f({at:4.1f}) = {mean:7.4f} +- {deviation:.4f}  (in truth {torch.sin(2 * at):7.4f})")


if __name__ == "__main__":
    main()
