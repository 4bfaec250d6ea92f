"""A physics-informed network: Burgers' equation, u_t + u u_x = 0.01/pi u_xx, solved by making a network obey it.

Derivatives of the network by its inputs are asked for with `torch.autograd.grad(..., create_graph=True)`, and the loss
made of them is differentiated once more, by the weights (Raissi, Perdikaris and Karniadakis, 2019).
"""

import argparse
import math
import time
from itertools import pairwise

import torch
from torch import nn

VISCOSITY = 0.01 / math.pi


class Network(nn.Module):
    """u(t, x)."""

    def __init__(self, width: int = 32, layers: int = 4) -> None:
        super().__init__()
        sizes = [2] + layers * [width]
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.out = nn.Linear(width, 1)
        for layer in [*self.hidden, self.out]:
            nn.init.xavier_normal_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, t, x):
        """`(N, 1)` and `(N, 1)` to `(N, 1)`."""
        h = torch.cat([t, x], dim=1)
        for layer in self.hidden:
            h = torch.tanh(layer(h))
        return self.out(h)


def derivative(y, x):
    """dy/dx, where each y hangs on its own x alone."""
    return torch.autograd.grad(y, x, grad_outputs=torch.ones_like(y), create_graph=True)[0]


def residual(net: Network, t, x):
    """How far the network is from obeying the equation at each point."""
    u = net(t, x)
    u_t = derivative(u, t)
    u_x = derivative(u, x)
    u_xx = derivative(u_x, x)
    return u_t + u * u_x - VISCOSITY * u_xx


def main() -> None:
    """Train, and compare with the exact solution where that is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--every", type=int, default=100, help="print the loss every so many steps")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    net = Network()
    print(net)
    t = torch.rand(400, 1, requires_grad=True)
    x = (2 * torch.rand(400, 1) - 1).requires_grad_()
    x_start = torch.linspace(-1, 1, 50).unsqueeze(1)
    u_start = -torch.sin(math.pi * x_start)
    t_wall = torch.rand(50, 1)
    x_wall = torch.where(torch.arange(50).unsqueeze(1) % 2 == 0, -1.0, 1.0)

    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    start = time.perf_counter()
    for step in range(1, args.steps + 1):
        optimizer.zero_grad()
        equation = residual(net, t, x).pow(2).mean()
        beginning = (net(torch.zeros_like(x_start), x_start) - u_start).pow(2).mean()
        walls = net(t_wall, x_wall).pow(2).mean()
        loss = equation + beginning + walls
        loss.backward()
        optimizer.step()
        if step % args.every == 0:
            print(
                f"step {step:4d}  loss {loss.item():.6f}  equation {equation.item():.6f}"
                f"  beginning {beginning.item():.6f}  walls {walls.item():.6f}"
            )
    print(f"trained in {time.perf_counter() - start:.1f} s")

    with torch.no_grad():
        # The solution is odd in x at all times.
        x = torch.linspace(-1, 1, 11).unsqueeze(1)
        u = net(torch.full_like(x, 0.25), x)
    print("u(0.25, x):", *(f"{value:.4f}" for value in u.flatten().tolist()))
    print(f"largest |u(x) + u(-x)|: {(u + u.flip(0)).abs().max().item():.4f}")


if __name__ == "__main__":
    main()
