"""A diffusion model learns a spiral (Ho, Jain and Abbeel, Denoising diffusion probabilistic models, 2020)."""

import argparse
import math
import time

import torch
from torch import nn


def spiral(count: int):
    """Points of a spiral that turns once and a half."""
    angle = 3 * math.pi * torch.rand(count).sqrt()
    points = torch.stack([angle * angle.cos(), angle * angle.sin()], dim=1) / (1.5 * math.pi)
    return points + 0.03 * torch.randn(count, 2)


class Denoiser(nn.Module):
    """What noise there is in points, told how many steps of noise they have had."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.register_buffer("frequencies", torch.exp(torch.linspace(0, math.log(1000), 16)))
        self.layers = nn.Sequential(
            nn.Linear(2 + 32, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 2)
        )

    def forward(self, x, t):
        """`(N, 2)` and times from 0 to 1 of shape `(N,)` to `(N, 2)`."""
        phases = t[:, None] * self.frequencies[None]
        return self.layers(torch.cat([x, phases.sin(), phases.cos()], dim=-1))


class Diffusion:
    """The schedule: how much noise each step adds."""

    def __init__(self, steps: int = 50) -> None:
        self.steps = steps
        self.betas = torch.linspace(1e-3, 0.15, steps)
        self.alphas = 1.0 - self.betas
        self.alpha_bars = torch.cumprod(self.alphas, dim=0)

    def loss(self, model: Denoiser, x):
        """How wrong the model is about noise of random strength."""
        t = torch.randint(self.steps, (len(x),))
        noise = torch.randn_like(x)
        bar = self.alpha_bars[t].unsqueeze(1)
        noisy = bar.sqrt() * x + (1 - bar).sqrt() * noise
        return nn.functional.mse_loss(model(noisy, t / self.steps), noise)

    @torch.no_grad()
    def sample(self, model: Denoiser, count: int):
        """New points: noise, taken off step by step."""
        x = torch.randn(count, 2)
        for t in reversed(range(self.steps)):
            noise = model(x, torch.full((count,), t / self.steps))
            x = (x - self.betas[t] / (1 - self.alpha_bars[t]).sqrt() * noise) / self.alphas[t].sqrt()
            if t > 0:
                x += self.betas[t].sqrt() * torch.randn_like(x)
        return x


def main() -> None:
    """Train with a moving average of the weights, and draw new points."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--every", type=int, default=100, help="print the loss every so many steps")
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    model, averaged, diffusion = Denoiser(), Denoiser(), Diffusion()
    averaged.load_state_dict(model.state_dict())
    averaged.requires_grad_(False)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

    start = time.perf_counter()
    for step in range(1, args.steps + 1):
        loss = diffusion.loss(model, spiral(args.batch_size))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for average, p in zip(averaged.parameters(), model.parameters(), strict=True):
                average.lerp_(p, 0.02)
        if step % args.every == 0:
            print(f"step {step:4d}  loss {loss.item():.5f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    points = diffusion.sample(averaged, 500)
    counts, _ = torch.histogram(points.norm(dim=1), bins=8, range=(0.0, 2.4))
    print("points by their distance from the centre:", counts.int().tolist())


if __name__ == "__main__":
    main()
