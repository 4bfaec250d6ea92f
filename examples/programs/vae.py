"""A variational autoencoder of handwritten digits (Kingma and Welling, Auto-Encoding Variational Bayes, 2013)."""

import argparse
import time

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F


class VAE(nn.Module):
    """Images of 64 pixels to two numbers and back."""

    def __init__(self, pixels: int = 64, hidden: int = 128, latent: int = 2) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU())
        self.mu = nn.Linear(hidden, latent)
        self.logvar = nn.Linear(hidden, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, pixels), nn.Sigmoid())

    def encode(self, x):
        """Mean and logarithm of the variance of what may have made each image."""
        h = self.encoder(x)
        return self.mu(h), self.logvar(h)

    def reparameterize(self, mu, logvar):
        """A sample that gradients go through."""
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def forward(self, x):
        """The image made again from a sample, and the distribution that this was drawn from."""
        mu, logvar = self.encode(x)
        return self.decoder(self.reparameterize(mu, logvar)), mu, logvar


def loss_function(reconstructed, x, mu, logvar):
    """What reconstruction and the distance from a standard normal distribution cost, per image."""
    bce = F.binary_cross_entropy(reconstructed, x, reduction="sum")
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return bce / len(x), kld / len(x)


def picture(image) -> str:
    """An image in characters."""
    shades = " .:-=+*#%@"
    return "\n".join("".join(2 * shades[int(9.99 * p)] for p in row) for row in image.view(8, 8).tolist())


def main() -> None:
    """Train, and draw a digit that nobody wrote."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--every", type=int, default=100, help="print the loss every so many steps")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    digits = load_digits()
    x = torch.from_numpy(digits.data).float() / 16
    labels = torch.from_numpy(digits.target)
    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    print(model)

    start = time.perf_counter()
    batches = iter(())
    for step in range(1, args.steps + 1):
        batch = next(batches, None)
        if batch is None:
            batches = iter(torch.randperm(len(x)).split(args.batch_size))
            batch = next(batches)
        reconstructed, mu, logvar = model(x[batch])
        bce, kld = loss_function(reconstructed, x[batch], mu, logvar)
        loss = bce + kld
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % args.every == 0:
            parts = f"reconstruction {bce.item():.5f}  divergence {kld.item():.5f}"
            print(f"step {step:4d}  loss {loss.item():.5f}  {parts}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    with torch.no_grad():
        mu, _ = model.encode(x)
        centres = torch.stack([mu[labels == digit].mean(dim=0) for digit in range(10)])
        places = (f"{digit}: ({a:.3f}, {b:.3f})" for digit, (a, b) in enumerate(centres.tolist()))
        print("where the digits lie:", *places)
        print(picture(model.decoder(centres[0])))


if __name__ == "__main__":
    main()
