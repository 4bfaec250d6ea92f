"""A convolutional autoencoder takes noise off handwritten digits (Vincent et al., 2008)."""

import argparse
import time

import torch
from sklearn.datasets import load_digits
from torch import nn


class Autoencoder(nn.Module):
    """8 x 8 pixels to eight numbers, and back by transposed convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=2, padding=1),
            nn.SiLU(),
            nn.Conv2d(8, 16, 3, stride=2, padding=1),
            nn.GroupNorm(4, 16),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(64, 8),
        )
        self.decoder = nn.Sequential(
            nn.Linear(8, 64),
            nn.Unflatten(1, (16, 2, 2)),
            nn.SiLU(),
            nn.ConvTranspose2d(16, 8, 3, stride=2, padding=1, output_padding=1),
            nn.SiLU(),
            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
            nn.Conv2d(8, 1, 3, padding=1),
        )

    def forward(self, x):
        """`(N, 1, 8, 8)` to `(N, 1, 8, 8)`."""
        return torch.sigmoid(self.decoder(self.encoder(x)))


def side_by_side(*images) -> str:
    """Images in characters."""
    shades = " .:-=+*#%@"
    rows = torch.cat(images, dim=-1).clamp(0, 0.999).squeeze(0)
    return "\n".join("".join(2 * shades[int(10 * p)] for p in row) for row in rows.tolist())


def main() -> None:
    """Train, and show a digit, what noise made of it, and what the network makes of that."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--every", type=int, default=50, help="print the loss every so many steps")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    x = torch.tensor(load_digits().images, dtype=torch.float32).unsqueeze(1) / 16
    train, unseen = x[:-100], x[-100:]
    model = Autoencoder()
    print(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=1e-2)
    criterion = nn.MSELoss()

    start = time.perf_counter()
    for step in range(1, args.steps + 1):
        clean = train[torch.randint(len(train), (args.batch_size,))]
        noisy = clean + 0.3 * torch.randn_like(clean)
        loss = criterion(model(noisy), clean)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % args.every == 0:
            print(f"step {step:4d}  loss {loss.item():.6f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    model.eval()
    with torch.inference_mode():
        noisy = unseen + 0.3 * torch.randn_like(unseen)
        cleaned = model(noisy)
        errors = criterion(noisy, unseen), criterion(cleaned, unseen)
        print(f"error of unseen digits: {errors[0]:.5f} with noise, {errors[1]:.5f} without")
    print(side_by_side(unseen[3], noisy[3], cleaned[3]))


if __name__ == "__main__":
    main()
