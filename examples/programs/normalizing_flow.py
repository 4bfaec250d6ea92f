"""A normalizing flow learns two moons (Dinh, Sohl-Dickstein and Bengio, Density estimation using Real NVP, 2016).

Each affine coupling changes half of the coordinates by what the other half says, so that its inverse and the
determinant of its Jacobian are known.
"""

import argparse
import math
import time

import torch
from torch import nn


def two_moons(count: int, noise: float = 0.08):
    """Points on two half circles."""
    angles = math.pi * torch.rand(count)
    upper = torch.rand(count) < 0.5
    x = torch.where(upper, torch.cos(angles), 1 - torch.cos(angles))
    y = torch.where(upper, torch.sin(angles), 0.5 - torch.sin(angles))
    return torch.stack([x - 0.5, y - 0.25], dim=1) + noise * torch.randn(count, 2)


class AffineCoupling(nn.Module):
    """Scales and shifts the coordinates that the mask leaves out, by what those in the mask say."""

    def __init__(self, mask: list[float], width: int = 32) -> None:
        super().__init__()
        self.register_buffer("mask", torch.tensor(mask))
        self.s = nn.Sequential(nn.Linear(2, width), nn.LeakyReLU(), nn.Linear(width, 2), nn.Tanh())
        self.t = nn.Sequential(nn.Linear(2, width), nn.LeakyReLU(), nn.Linear(width, 2))

    def forward(self, x):
        """From the data to the noise; also the logarithm of the determinant."""
        kept = x * self.mask
        s = self.s(kept) * (1 - self.mask)
        t = self.t(kept) * (1 - self.mask)
        return kept + (1 - self.mask) * (x * torch.exp(s) + t), s.sum(dim=1)

    def inverse(self, z):
        """From the noise to the data."""
        kept = z * self.mask
        s = self.s(kept) * (1 - self.mask)
        t = self.t(kept) * (1 - self.mask)
        return kept + (1 - self.mask) * (z - t) * torch.exp(-s)


class RealNVP(nn.Module):
    """Couplings one after another, each with the other mask."""

    def __init__(self, layers: int = 6) -> None:
        super().__init__()
        masks = [[0.0, 1.0], [1.0, 0.0]]
        self.layers = nn.ModuleList([AffineCoupling(masks[i % 2]) for i in range(layers)])

    def log_prob(self, x):
        """The logarithm of the density at each point."""
        log_det = torch.zeros(len(x))
        for layer in self.layers:
            x, change = layer(x)
            log_det += change
        return log_det - 0.5 * (x**2).sum(dim=1) - math.log(2 * math.pi)

    @torch.no_grad()
    def sample(self, count: int):
        """New points."""
        z = torch.randn(count, 2)
        for layer in reversed(self.layers):
            z = layer.inverse(z)
        return z


def main() -> None:
    """Train, and draw the density."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--every", type=int, default=100, help="print the loss every so many steps")
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    flow = RealNVP()
    print(f"{sum(p.numel() for p in flow.parameters()):,} parameters")
    optimizer = torch.optim.Adam(flow.parameters(), lr=2e-3)

    start = time.perf_counter()
    for step in range(1, args.steps + 1):
        loss = -flow.log_prob(two_moons(args.batch_size)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % args.every == 0:
            print(f"step {step:4d}  loss {loss.item():.5f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    with torch.no_grad():
        y, x = torch.meshgrid(torch.linspace(1, -1, 12), torch.linspace(-2, 2, 48), indexing="ij")
        density = flow.log_prob(torch.stack([x, y], dim=-1).view(-1, 2)).exp().view(12, 48)
    shades = " .:-=+*#%@"
    for row in density:
        print("".join(shades[min(9, int(10 * p))] for p in row))
    points = flow.sample(1000)
    print("mean and spread of samples:", points.mean(dim=0), points.std(dim=0))


if __name__ == "__main__":
    main()
