"""A mixture density network: several answers to one question, each with its weight (Bishop, 1994)."""

import argparse
import time

import torch
from torch import nn
from torch.distributions import Categorical, MixtureSameFamily, Normal


class MixtureDensityNetwork(nn.Module):
    """A mixture of Gaussians for each input."""

    def __init__(self, width: int = 32, components: int = 5) -> None:
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(1, width), nn.Tanh())
        self.logits = nn.Linear(width, components)
        self.means = nn.Linear(width, components)
        self.log_scales = nn.Linear(width, components)

    def forward(self, x) -> MixtureSameFamily:
        """The distribution of y at each x."""
        h = self.hidden(x)
        scales = 0.02 + self.log_scales(h).exp()
        return MixtureSameFamily(Categorical(logits=self.logits(h)), Normal(self.means(h), scales))


def main() -> None:
    """Train, and draw answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--every", type=int, default=100, help="print the loss every so many steps")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    # x is a function of y, but not the other way round.
    y = torch.rand(1000)
    x = (y + 0.3 * torch.sin(2 * torch.pi * y) + 0.1 * (torch.rand(1000) - 0.5)).unsqueeze(1)
    model = MixtureDensityNetwork()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, amsgrad=True)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=20)

    start = time.perf_counter()
    for step in range(1, args.steps + 1):
        loss = -model(x).log_prob(y).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step(loss.item())
        if step % args.every == 0:
            print(f"step {step:4d}  loss {loss.item():.5f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    with torch.no_grad():
        mixture = model(torch.tensor([[0.1], [0.5], [0.9]]))
        print("means:", mixture.mean)
        answers = mixture.sample((1000,))
    for at, drawn in zip((0.1, 0.5, 0.9), answers.T, strict=True):
        print(f"answers at {at}, from 0 to 1:", torch.histc(drawn, bins=8, min=0, max=1).int().tolist())


if __name__ == "__main__":
    main()
