"""Four mistakes that everybody makes once, and what the error says: which line saved a value, and which changed it.

    python examples/classic_mistakes.py

PyTorch finds the first three too, and says neither line; the fourth gives it a wrong gradient.
"""

import sys

import numpy as np

import chainrule as torch
from chainrule import nn


def the_result_is_needed() -> None:
    """The derivative of a sigmoid is computed from its result."""
    x = torch.tensor([0.5, -1.0], requires_grad=True)
    y = x.sigmoid()  # saved
    y.add_(1)  # changed
    y.sum().backward()


def two_optimizers() -> None:
    """A GAN's generator is judged by a discriminator that has taken a step since."""
    torch.manual_seed(0)
    generator, discriminator = nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    of_generator = torch.optim.SGD(generator.parameters(), lr=0.1)
    of_discriminator = torch.optim.SGD(discriminator.parameters(), lr=0.1)
    fake = generator(torch.randn(4, 2))
    verdict = discriminator(fake)  # saved
    discriminator_loss = nn.functional.softplus(verdict).mean()
    generator_loss = nn.functional.softplus(-verdict).mean()
    of_discriminator.zero_grad()
    discriminator_loss.backward(retain_graph=True)
    of_discriminator.step()  # changed
    of_generator.zero_grad()
    generator_loss.backward()


def through_a_view() -> None:
    """The first row is the same memory as the matrix that it was taken from."""
    weights = torch.ones(2, 3, requires_grad=True) * 2
    row = weights[0]
    energy = (weights**2).sum()  # saved
    row.mul_(0.5)  # changed
    energy.backward()


def through_numpy() -> None:
    """A tensor made by `from_numpy` is the same memory as the array."""
    readings = np.array([1.0, 2.0, 3.0])
    measured = torch.from_numpy(readings)  # changed
    factor = torch.tensor([1.0, 1.0, 1.0], dtype=torch.float64, requires_grad=True)
    loss = (factor * measured).sum()  # saved
    readings *= 100
    loss.backward()


def main() -> int:
    """Make each mistake and print what the error says."""
    for mistake in (the_result_is_needed, two_optimizers, through_a_view, through_numpy):
        print(f"{mistake.__name__}: {mistake.__doc__}\n")
        try:
            mistake()
        except RuntimeError as error:
            print("RuntimeError:", error, "\n")
        else:
            print("no error\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
