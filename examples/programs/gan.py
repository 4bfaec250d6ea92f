"""A generative adversarial network learns eight Gaussians on a circle (Goodfellow et al., 2014).

Two networks with an optimizer each: what the discriminator is shown of the generator is detached, and the generator
learns through the discriminator.
"""

import argparse
import math
import time

import torch
from torch import nn


def real_samples(count: int):
    """Points of the mixture."""
    angles = torch.randint(0, 8, (count,)) * (2 * math.pi / 8)
    centres = torch.stack([torch.cos(angles), torch.sin(angles)], dim=1)
    return 2 * centres + 0.05 * torch.randn(count, 2)


class Generator(nn.Sequential):
    """Noise to points."""

    def __init__(self, noise: int = 8, width: int = 64) -> None:
        super().__init__(
            nn.Linear(noise, width),
            nn.BatchNorm1d(width),
            nn.ReLU(inplace=True),
            nn.Linear(width, width),
            nn.BatchNorm1d(width),
            nn.ReLU(inplace=True),
            nn.Linear(width, 2),
        )


class Discriminator(nn.Sequential):
    """Points to how likely they are to be real."""

    def __init__(self, width: int = 64) -> None:
        super().__init__(
            nn.Linear(2, width),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Linear(width, width),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Linear(width, 1),
        )


def main() -> None:
    """Train, and count which of the eight were found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--every", type=int, default=100, help="print the losses every so many steps")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    netG, netD = Generator(), Discriminator()
    print(netG, netD, sep="\n")
    criterion = nn.BCEWithLogitsLoss()
    optimizerD = torch.optim.Adam(netD.parameters(), lr=1e-3, betas=(0.5, 0.999))
    optimizerG = torch.optim.Adam(netG.parameters(), lr=1e-3, betas=(0.5, 0.999))
    ones, zeros = torch.ones(args.batch_size, 1), torch.zeros(args.batch_size, 1)

    start = time.perf_counter()
    for step in range(1, args.steps + 1):
        fake = netG(torch.randn(args.batch_size, 8))

        netD.zero_grad()
        errD = criterion(netD(real_samples(args.batch_size)), ones) + criterion(netD(fake.detach()), zeros)
        errD.backward()
        optimizerD.step()

        netG.zero_grad()
        errG = criterion(netD(fake), ones)
        errG.backward()
        optimizerG.step()
        if step % args.every == 0:
            print(f"step {step:4d}  discriminator {errD.item():.5f}  generator {errG.item():.5f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    netG.eval()
    with torch.no_grad():
        points = netG(torch.randn(1000, 8))
    angles = torch.atan2(points[:, 1], points[:, 0])
    nearest = torch.round(angles / (2 * math.pi / 8)).long() % 8
    print("points near each centre:", torch.bincount(nearest, minlength=8).tolist())
    print(f"mean distance from the origin: {points.norm(dim=1).mean().item():.3f} (of the data: 2)")


if __name__ == "__main__":
    main()
