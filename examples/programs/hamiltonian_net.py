"""A Hamiltonian network learns a pendulum, and keeps its energy (Greydanus, Dzamba and Yosinski, 2019).

The network is the energy H(q, p). Its gradient by its inputs gives the motion, dq/dt = dH/dp and dp/dt = -dH/dq; the
loss is about that gradient, so learning takes second derivatives.
"""

import argparse
import time

import torch
from torch import nn


class HNN(nn.Module):
    """H(q, p), and the motion that follows from it."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(2, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1, bias=False)
        )
        for layer in self.net:
            if isinstance(layer, nn.Linear):
                nn.init.orthogonal_(layer.weight)
        self.register_buffer("J", torch.tensor([[0.0, 1.0], [-1.0, 0.0]]))

    def forward(self, x):
        """Time derivatives of q and p, both in `x`, of shape `(N, 2)`."""
        with torch.enable_grad():
            if not x.requires_grad:
                x = x.requires_grad_()
            H = self.net(x).sum()
            (dH,) = torch.autograd.grad(H, x, create_graph=True)
        return dH @ self.J.t()


def true_motion(x):
    """Of a pendulum with H = p^2/2 + 3 (1 - cos q)."""
    q, p = x.unbind(dim=1)
    return torch.stack([p, -3 * torch.sin(q)], dim=1)


def energy(x):
    """The true energy."""
    q, p = x.unbind(dim=1)
    return 0.5 * p**2 + 3 * (1 - torch.cos(q))


def trajectory(motion, x, dt: float, steps: int):
    """Where `motion` leads from `x`, by the midpoint rule."""
    points = [x]
    for _ in range(steps):
        middle = (x + dt / 2 * motion(x)).detach()
        x = (x + dt * motion(middle)).detach()
        points.append(x)
    return torch.stack(points)


def main() -> None:
    """Train, and follow the pendulum for a while."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--every", type=int, default=50, help="print the loss every so many steps")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    x = 4 * torch.rand(512, 2) - 2
    dx = true_motion(x) + 0.05 * torch.randn(512, 2)
    model = HNN()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=1e-4)
    criterion = nn.MSELoss()

    start = time.perf_counter()
    for step in range(1, args.steps + 1):
        batch = torch.randint(512, (128,))
        loss = criterion(model(x[batch]), dx[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % args.every == 0:
            print(f"step {step:4d}  loss {loss.item():.6f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    points = trajectory(model, torch.tensor([[1.0, 0.0]]), dt=0.05, steps=200).squeeze(1)
    energies = energy(points)
    print(
        f"energy: {energies[0].item():.4f} at first, from {energies.min().item():.4f}"
        f" to {energies.max().item():.4f} later"
    )


if __name__ == "__main__":
    main()
