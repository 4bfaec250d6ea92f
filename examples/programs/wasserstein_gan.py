"""A Wasserstein GAN with gradient penalty learns a ring (Gulrajani et al., 2017).

The penalty is about the critic's gradient by its inputs, so the critic learns from second derivatives. The generator
has its weights normalized.
"""

import argparse
import math
import time

import torch
from torch import autograd, nn, optim
from torch.nn.utils.parametrizations import weight_norm


def ring(count: int):
    """Points near the unit circle."""
    angle = 2 * math.pi * torch.rand(count, 1)
    return (1 + 0.05 * torch.randn(count, 1)) * torch.cat([angle.cos(), angle.sin()], dim=1)


def gradient_penalty(critic: nn.Module, real, fake):
    """How far the slope of the critic is from one, between real points and others."""
    alpha = torch.rand(len(real), 1)
    interpolates = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
    scores = critic(interpolates)
    gradients = autograd.grad(
        outputs=scores, inputs=interpolates, grad_outputs=torch.ones_like(scores), create_graph=True, retain_graph=True
    )[0]
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean()


def main() -> None:
    """Train, and see how round it got."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--every", type=int, default=100, help="print the losses every so many steps")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    generator = nn.Sequential(
        weight_norm(nn.Linear(2, 64)),
        nn.SiLU(),
        weight_norm(nn.Linear(64, 64)),
        nn.SiLU(),
        nn.Linear(64, 2),
    )
    critic = nn.Sequential(nn.Linear(2, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 1))
    print(generator)
    optimizer_g = optim.Adam(generator.parameters(), lr=1e-3, betas=(0.0, 0.9))
    optimizer_c = optim.Adam(critic.parameters(), lr=1e-3, betas=(0.0, 0.9))

    start = time.perf_counter()
    for step in range(1, args.steps + 1):
        for p in critic.parameters():
            p.requires_grad = True
        for _ in range(5):
            real = ring(args.batch_size)
            with torch.no_grad():
                fake = generator(torch.randn(args.batch_size, 2))
            penalty = gradient_penalty(critic, real, fake)
            loss_c = critic(fake).mean() - critic(real).mean() + penalty
            optimizer_c.zero_grad()
            loss_c.backward()
            optimizer_c.step()
        for p in critic.parameters():
            p.requires_grad = False
        loss_g = -critic(generator(torch.randn(args.batch_size, 2))).mean()
        optimizer_g.zero_grad()
        loss_g.backward()
        optimizer_g.step()
        if step % args.every == 0:
            print(f"step {step:4d}  critic's loss {loss_c.item():.5f}  generator's loss {loss_g.item():.5f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    generator.eval()
    with torch.no_grad():
        radius = generator(torch.randn(1000, 2)).norm(dim=1)
    print(f"distance from the centre: {radius.mean():.3f} +- {radius.std():.3f} (of the data: 1 +- 0.05)")


if __name__ == "__main__":
    main()
