"""A neural ordinary differential equation learns a spiral (Chen et al., Neural Ordinary Differential Equations, 2018).

The solver is the classical fourth-order Runge-Kutta method, written out; gradients go back through all its steps.
"""

import argparse
import time

import torch
from torch import nn


def rk4_step(f, t, y, dt):
    """One step of Runge and Kutta's method."""
    k1 = f(t, y)
    k2 = f(t + dt / 2, y + dt / 2 * k1)
    k3 = f(t + dt / 2, y + dt / 2 * k2)
    k4 = f(t + dt, y + dt * k3)
    return y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def odeint(f, y0, t):
    """What y is at each of the times `t`, of shape `(len(t), *y0.shape)`."""
    solution = [y0]
    for i in range(len(t) - 1):
        solution.append(rk4_step(f, t[i], solution[-1], t[i + 1] - t[i]))
    return torch.stack(solution)


class Spiral(nn.Module):
    """The truth: a linear system of the cubes."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("A", torch.tensor([[-0.1, 2.0], [-2.0, -0.1]]))

    def forward(self, t, y):
        """dy/dt."""
        return torch.mm(y**3, self.A)


class ODEFunc(nn.Module):
    """The network that is to learn it."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 50), nn.Tanh(), nn.Linear(50, 2))
        for m in self.net.modules():
            if isinstance(m, nn.Linear):
                nn.init.normal_(m.weight, mean=0, std=0.1)
                nn.init.constant_(m.bias, val=0)

    def forward(self, t, y):
        """dy/dt."""
        return self.net(y**3)


def main() -> None:
    """Train on pieces of the trajectory; test on the whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--every", type=int, default=60, help="print the loss every so many steps")
    parser.add_argument("--batch-time", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    t = torch.linspace(0.0, 10.0, 400)
    with torch.no_grad():
        true_y = odeint(Spiral(), torch.tensor([[2.0, 0.0]]), t)
    func = ODEFunc()
    optimizer = torch.optim.RMSprop(func.parameters(), lr=2e-3)

    def get_batch():
        s = torch.randperm(len(t) - args.batch_time)[: args.batch_size]
        batch_y = torch.stack([true_y[s + i] for i in range(args.batch_time)], dim=0)
        return true_y[s].squeeze(1), t[: args.batch_time], batch_y.squeeze(2)

    start = time.perf_counter()
    for step in range(1, args.steps + 1):
        batch_y0, batch_t, batch_y = get_batch()
        optimizer.zero_grad()
        pred_y = odeint(func, batch_y0, batch_t)
        loss = torch.mean(torch.abs(pred_y - batch_y))
        loss.backward()
        optimizer.step()
        if step % args.every == 0:
            print(f"step {step:4d}  loss {loss.item():.6f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    with torch.no_grad():
        pred_y = odeint(func, true_y[0], t)
        print(f"mean distance along the whole spiral: {torch.mean(torch.abs(pred_y - true_y)).item():.4f}")


if __name__ == "__main__":
    main()
