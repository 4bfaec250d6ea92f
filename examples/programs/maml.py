"""Learning to learn: weights from which a few steps on a few points fit any sine (Finn, Abbeel and Levine, MAML, 2017).

The steps on a task's points are part of the graph (`create_graph=True`), so the outer gradient goes through them, and
through the gradients that they take.
"""

import argparse
import math
import time

import torch
from torch import nn
from torch.func import functional_call


def sine_task():
    """A sine with amplitude and phase of its own: a function that draws points of it."""
    amplitude = 0.1 + 4.9 * torch.rand(1)
    phase = math.pi * torch.rand(1)

    def points(count: int):
        x = 10 * torch.rand(count, 1) - 5
        return x, amplitude * torch.sin(x + phase)

    return points


def loss_of(model: nn.Module, params: dict, x, y):
    """Mean squared error of the model with these parameters."""
    return nn.functional.mse_loss(functional_call(model, params, (x,)), y)


def adapt(model: nn.Module, params: dict, x, y, lr: float, steps: int, create_graph: bool) -> dict:
    """The parameters after some steps of gradient descent on one task."""
    for _ in range(steps):
        grads = torch.autograd.grad(loss_of(model, params, x, y), list(params.values()), create_graph=create_graph)
        params = {name: p - lr * g for (name, p), g in zip(params.items(), grads, strict=True)}
    return params


def main() -> None:
    """Train; then fit sines that were not seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--every", type=int, default=50, help="print the loss every so many steps")
    parser.add_argument("--tasks", type=int, default=4, help="sines for each step")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)

    model = nn.Sequential(nn.Linear(1, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    params = dict(model.named_parameters())

    start = time.perf_counter()
    for step in range(1, args.steps + 1):
        optimizer.zero_grad()
        outer_loss = 0.0
        for _ in range(args.tasks):
            points = sine_task()
            adapted = adapt(model, params, *points(10), lr=0.01, steps=2, create_graph=True)
            outer_loss = outer_loss + loss_of(model, adapted, *points(10)) / args.tasks
        outer_loss.backward()
        optimizer.step()
        if step % args.every == 0:
            print(f"step {step:4d}  loss {outer_loss.item():.5f}")
    print(f"trained in {time.perf_counter() - start:.1f} s")

    before, after = [], []
    for _ in range(20):
        points = sine_task()
        x, y = points(10)
        unseen = points(50)
        adapted = adapt(model, params, x, y, lr=0.01, steps=10, create_graph=False)
        before.append(loss_of(model, params, *unseen).item())
        after.append(loss_of(model, adapted, *unseen).item())
    print(f"error on new sines: {sum(before) / 20:.4f}; after 10 steps on 10 points each: {sum(after) / 20:.4f}")


if __name__ == "__main__":
    main()
