"""Find the rates of a predator-prey model from noisy counts, how sure they are, and draw the fit.

SciPy integrates the equations and searches for the rates. The gradients go through the integration, and once more
through the search: so the example also knows how each estimate would follow each count, which gives standard errors.
"""

import argparse
import time
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt

import chainrule as torch
from chainrule import implicit

NAMES = ("birth of prey", "hunting", "death of predators", "growth of predators")
TRUE_RATES = (1.1, 0.4, 0.4, 0.1)
START = (10.0, 5.0)
NOISE = 0.4


def counts(log_rates: torch.Tensor, times: np.ndarray) -> torch.Tensor:
    """How many of both there are at these times: the equations of Lotka and Volterra."""
    birth, hunting, death, growth = log_rates.exp()

    def change(t: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        prey, predators = y
        return torch.stack([(birth - hunting * predators) * prey, (growth * prey - death) * predators])

    start = torch.tensor(START, dtype=torch.float64)
    return implicit.solve_ivp(change, (0, times[-1]), start, t_eval=times, rtol=1e-6, atol=1e-6).y


def fitted(observed: torch.Tensor, times: np.ndarray) -> torch.Tensor:
    """The logarithms of the rates with the least squared error, a function of what was observed."""

    def error(log_rates: torch.Tensor) -> torch.Tensor:
        return ((counts(log_rates, times) - observed) ** 2).sum()

    guess = torch.tensor([1.0, 0.3, 0.5, 0.13], dtype=torch.float64).log()
    return implicit.argmin(error, guess, method="BFGS", tol=1e-3)


def main() -> None:
    """Observe, fit, say how sure the fit is, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--outputs", type=Path, default=Path("outputs"), help="the folder that pictures are written to")
    args = parser.parse_args()

    times = np.linspace(0, 12, 25)
    truth = torch.tensor(TRUE_RATES, dtype=torch.float64)
    noise = NOISE * np.random.default_rng(args.seed).standard_normal((2, len(times)))
    observed = (counts(truth.log(), times) + torch.tensor(noise)).requires_grad_()

    start = time.perf_counter()
    log_rates = fitted(observed, times)
    rates = log_rates.exp()
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    # How the estimates follow the counts: the errors of the counts are independent, and so add up in squares.
    follows = [torch.autograd.grad(rate, observed, retain_graph=True)[0] for rate in rates]
    errors = [NOISE * follow.square().sum().sqrt().item() for follow in follows]
    more_seconds = time.perf_counter() - start

    print(f"fitted in {seconds:.1f} s, standard errors in {more_seconds:.1f} s")
    for name, true, rate, error in zip(NAMES, TRUE_RATES, rates.tolist(), errors, strict=True):
        print(f"{name + ':':20} {rate:.4f} +- {error:.4f} (in truth {true})")

    args.outputs.mkdir(parents=True, exist_ok=True)
    path = args.outputs / "fit_ode.png"
    draw(times, observed.detach().numpy(), log_rates.detach(), path)
    print(f"picture: {path}")


def draw(times: np.ndarray, observed: np.ndarray, log_rates: torch.Tensor, path: Path) -> None:
    """The counts as dots, and the fitted solution as lines."""
    mpl.use("agg")
    fine = np.linspace(0, times[-1], 400)
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for name, dots, line in zip(("prey", "predators"), observed, counts(log_rates, fine).numpy(), strict=True):
        (drawn,) = axes.plot(fine, line, label=name)
        axes.plot(times, dots, "o", markersize=4, color=drawn.get_color())
    axes.set(xlabel="time", ylabel="count", title="Lotka-Volterra equations, fitted")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=144)


if __name__ == "__main__":
    main()
