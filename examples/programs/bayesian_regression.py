"""A network whose weights are distributions (Blundell et al., Weight uncertainty in neural networks, 2015).

What it predicts comes with how sure it is.
"""

import argparse
import time

import torch
from torch import nn
from torch.distributions import Independent, Normal, kl_divergence
from torch.nn import functional as F


class BayesianLinear(nn.Module):
    """A linear layer that draws its weights anew for each batch."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.randn(out_features, in_features + 1) / (in_features + 1) ** 0.5)
        self.rho = nn.Parameter(torch.full((out_features, in_features + 1), -4.0))
        self.register_buffer("prior_scale", torch.tensor(1.0))

    @property
    def posterior(self) -> Independent:
        """What is known of the weights."""
        return Independent(Normal(self.mean, F.softplus(self.rho)), 2)

    def divergence(self):
        """How much more that is than was known before."""
        prior = Independent(Normal(torch.zeros_like(self.mean), self.prior_scale), 2)
        return kl_divergence(self.posterior, prior)

    def forward(self, x):
        """`(N, in_features)` to `(N, out_features)`."""
        weights = self.posterior.rsample()
        return F.linear(x, weights[:, :-1], weights[:, -1])


def main() -> None:
    """Train, and say how sure the network is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--every", type=int, default=150, help="print the loss every so many steps")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    x = torch.cat([4 * torch.rand(60, 1) - 4, torch.rand(20, 1) + 1])
    y = torch.sin(1.5 * x) + 0.1 * torch.randn_like(x)
    model = nn.Sequential(BayesianLinear(1, 32), nn.Tanh(), BayesianLinear(32, 1))
    print(model)
    optimizer = torch.optim.NAdam(model.parameters(), lr=1e-2)

    start = time.perf_counter()
    for step in range(1, args.steps + 1):
        likelihood = Normal(model(x), 0.1).log_prob(y).sum()
        divergence = sum(layer.divergence() for layer in model if isinstance(layer, BayesianLinear))
        loss = (divergence - likelihood) / len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % args.every == 0:
            print(f"step {step:4d}  loss {loss.item():.5f}  divergence {divergence.item():.4f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    with torch.no_grad():
        at = torch.tensor([[-3.0], [-1.0], [1.5], [4.0]])
        drawn = torch.stack([model(at) for _ in range(200)]).squeeze(2)
    for place, mean, deviation in zip(at.flatten(), drawn.mean(dim=0), drawn.std(dim=0), strict=True):
        print(f"f({place:.1f}) = {mean:.3f} +- {deviation:.3f}")


if __name__ == "__main__":
    main()
