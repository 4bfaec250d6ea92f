"""Whether memory stays flat over a million steps of training with everything that could hold on to it.

A small network is trained; each step does, in turns, one more thing: hooks of every kind, checkpoints of both kinds,
errors inside hooks, derivatives and checkpoints, second derivatives, a graph of the backward pass that is dropped,
views changed in place. Resident memory is read at intervals, after a garbage collection. Ends with status 1 when it has
grown by more than 5 % since the warm-up.

    python benchmarks/memory.py                    # a million steps, some minutes
    python benchmarks/memory.py --steps 20000      # a quick look
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import chainrule as torch
from chainrule.utils.checkpoint import checkpoint

ALLOWED_GROWTH = 0.05
WARM_UP = 0.05  # of the steps
READINGS = 100

Step = Callable[["Training"], object]
STEPS: list[Step] = []


def step(function: Step) -> Step:
    """Have the training do this in its turn."""
    STEPS.append(function)
    return function


class Training:
    """A network, its optimizer, and one batch."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1e-3)
        self.inputs = torch.randn(16, 4)
        self.targets = self.inputs.sum(1, keepdim=True)
        self.weight = self.model[0].weight

    def loss(self, inputs: Any = None) -> Any:
        """The loss of the batch."""
        outputs = self.model(self.inputs if inputs is None else inputs)
        return ((outputs - self.targets) ** 2).mean()

    def improve(self, loss: Any) -> None:
        """One step of the optimizer."""
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


class FaultError(Exception):
    """What the steps below raise themselves."""


def fail(*args: object) -> None:
    """Raise it, from wherever this is called."""
    raise FaultError


class FailsBackward(torch.autograd.Function):
    """An operation whose derivative raises."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        """Twice the input, with the input saved."""
        ctx.save_for_backward(x)
        ctx.another = [ctx]
        return x * 2

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        """Raise FaultError."""
        raise FaultError


class Cube(torch.autograd.Function):
    """An operation with a derivative of its own."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        """The third power."""
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        """Its derivative."""
        (x,) = ctx.saved_tensors
        return 3 * x**2 * grad


def expect(error: type[Exception], function: Callable[[], object]) -> None:
    """Call the function, which must fail."""
    try:
        function()
    except error:
        return
    raise AssertionError(f"{function} did not raise {error.__name__}")


@step
def plain(training: Training) -> None:
    """A step as everybody writes it."""
    training.improve(training.loss())


@step
def hooks_of_tensors(training: Training) -> None:
    """Hooks that change gradients, one removed, one left to its tensor; a gradient that is retained."""
    hidden = training.model[0](training.inputs)
    kept: list[Any] = []
    handle = training.weight.register_hook(lambda grad: grad * 1.0)
    hidden.register_hook(kept.append)
    hidden.register_hook(lambda grad: (grad + hidden * 0).detach())
    hidden.retain_grad()
    training.improve(training.model[2](hidden.tanh()).mean())
    handle.remove()


@step
def hooks_of_nodes(training: Training) -> None:
    """Hooks before and after a node runs, that hold the node itself; a hook after `.grad` is written."""
    loss = training.loss()
    node = loss.grad_fn
    node.register_hook(lambda *grads: node.name() and None)
    node.register_prehook(lambda grads: node.name() and None)
    node.metadata["node"] = node
    handle = training.weight.register_post_accumulate_grad_hook(lambda leaf: setattr(leaf, "grad", leaf.grad * 1.0))
    training.improve(loss)
    handle.remove()


@step
def hooks_of_modules(training: Training) -> None:
    """Hooks around a module's forward and backward."""
    layer = training.model[0]
    handles = [
        layer.register_forward_pre_hook(lambda module, args: None),
        layer.register_forward_hook(lambda module, args, output: output * 1.0),
        layer.register_full_backward_hook(lambda module, grad_input, grad_output: None),
        layer.register_full_backward_pre_hook(lambda module, grad_output: None),
    ]
    training.improve(training.loss(training.inputs.clone().requires_grad_()))
    for handle in handles:
        handle.remove()


@step
def hooks_of_graphs(training: Training) -> None:
    """Hooks on several tensors at once, on the making of nodes, and at the end of a pass."""
    graph = torch.autograd.graph
    parameters = list(training.model.parameters())
    made: list[Any] = []
    handles = [
        graph.register_multi_grad_hook(parameters, lambda grads: made.append(grads)),
        graph.register_multi_grad_hook(parameters, made.append, mode="any"),
        training.weight.register_hook(lambda grad: graph.queue_callback(lambda: made.append(grad))),
    ]
    with graph.node_creation_hook(made.append):
        loss = training.loss()
    training.improve(loss)
    for handle in handles:
        handle.remove()


@step
def checkpoint_that_records(training: Training) -> None:
    """A checkpoint of the kind that records, with another inside."""

    def inner(hidden: Any) -> Any:
        return checkpoint(torch.tanh, hidden, use_reentrant=False) * 1.0

    hidden = checkpoint(lambda x: inner(training.model[0](x)), training.inputs, use_reentrant=False)
    training.improve(training.model[2](hidden).mean())


@step
def reentrant_checkpoint(training: Training) -> None:
    """A checkpoint of the kind that runs a pass within the pass."""
    inputs = training.inputs.clone().requires_grad_()
    hidden = checkpoint(training.model[0], inputs, use_reentrant=True)
    training.improve(training.model[2](hidden.tanh()).mean())


@step
def abandoned_checkpoint(training: Training) -> None:
    """Checkpoints whose backward never runs, or for one of two outputs only."""
    checkpoint(training.model, training.inputs, use_reentrant=False)
    one, _ = checkpoint(lambda x: (x.sin().exp(), x.cos().exp()), training.weight, use_reentrant=False)
    torch.autograd.grad(one.sum(), training.weight)


@step
def error_in_a_hook(training: Training) -> None:
    """A hook that raises in the middle of backward."""
    hidden = training.model[0](training.inputs)
    hidden.register_hook(fail)
    loss = training.model[2](hidden.tanh()).mean()
    expect(FaultError, loss.backward)


@step
def error_in_a_derivative(training: Training) -> None:
    """A custom Function that raises in backward, once with a graph of the backward pass."""
    loss = FailsBackward.apply(training.model(training.inputs)).mean()
    expect(FaultError, lambda: loss.backward(retain_graph=True))
    expect(FaultError, lambda: loss.backward(create_graph=True))


@step
def error_of_the_engine(training: Training) -> None:
    """A saved tensor changed in place, and a graph used a second time."""
    hidden = training.model[0](training.inputs).tanh()
    loss = training.model[2](hidden).mean()
    hidden.add_(1.0)
    expect(RuntimeError, loss.backward)
    again = training.loss()
    again.backward()
    expect(RuntimeError, again.backward)


@step
def error_in_anomaly_mode(training: Training) -> None:
    """A gradient that is not a number, in the mode that looks for them; nothing recorded in inference mode."""
    with torch.autograd.set_detect_anomaly(True):
        loss = (training.weight * 0 - 1).sqrt().sum()
        expect(RuntimeError, loss.backward)
    with torch.inference_mode():
        training.loss()


@step
def errors_in_checkpoints(training: Training) -> None:
    """Functions that raise in a checkpoint, in forward, and when they run again."""
    for use_reentrant in (True, False):
        inputs = training.inputs.clone().requires_grad_()
        expect(FaultError, partial(checkpoint, fail, inputs, use_reentrant=use_reentrant))
        runs: list[int] = []

        def function(x: Any, runs: list[int] = runs) -> Any:
            runs.append(1)
            return x.sin() if len(runs) == 1 else fail()

        loss = checkpoint(function, inputs, use_reentrant=use_reentrant).sum()
        expect(FaultError, loss.backward)


@step
def second_derivatives(training: Training) -> None:
    """A penalty on the gradient, as `autograd.grad` has it."""
    inputs = training.inputs.clone().requires_grad_()
    loss = training.loss(inputs)
    (gradient,) = torch.autograd.grad(loss, inputs, create_graph=True)
    training.improve(loss + (Cube.apply(gradient) ** 2).sum())


@step
def second_derivatives_of_a_checkpoint(training: Training) -> None:
    """The same through a checkpoint."""
    inputs = training.inputs.clone().requires_grad_()
    loss = checkpoint(lambda x: training.model(x).sin().sum(), inputs, use_reentrant=False)
    (gradient,) = torch.autograd.grad(loss, inputs, create_graph=True)
    training.improve((gradient**2).sum())


@step
def dropped_graph_of_a_backward_pass(training: Training) -> None:
    """`.grad` that has a history which leads back to its tensor: a cycle, left to the garbage collector."""
    model = torch.nn.Linear(4, 1)
    ((model(training.inputs) - training.targets) ** 2).mean().backward(create_graph=True)
    x = torch.ones(3, requires_grad=True)
    (x**3).sum().backward(create_graph=True)
    Cube.apply(x).sum().backward(create_graph=True)


@step
def views_changed_in_place(training: Training) -> None:
    """Views of views, written to; the base's history is rewritten each time."""
    base = training.weight * 1.0
    base[:2].mul_(2.0)
    base.t()[0, 1:3] = 0.5
    base.view(-1)[::3].sin_()
    training.improve(base.exp().mean())


@step
def saved_tensors_elsewhere(training: Training) -> None:
    """What is saved goes through hooks, one of which fails."""
    with torch.autograd.graph.saved_tensors_hooks(lambda x: [x.detach().clone()], lambda packed: packed[0]):
        loss = training.loss()
    training.improve(loss)

    def fails() -> None:
        with torch.autograd.graph.saved_tensors_hooks(fail, lambda packed: packed):
            training.loss()

    expect(FaultError, fails)


def resident_bytes() -> int:
    """The memory that this process has resident."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, text=True, check=True)  # noqa: S607
    return int(told.stdout) * 1024


def counted(steps: int) -> Iterator[int]:
    """The numbers of the steps, with a progress bar where tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        yield from range(steps)
    else:
        yield from tqdm(range(steps), unit="step", mininterval=5, disable=not sys.stderr.isatty())


def main() -> None:
    """Train, print resident memory at intervals, and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000, help="how many (default: a million)")
    parser.add_argument("--only", choices=[each.__name__ for each in STEPS], help="one kind of step in place of all")
    given = parser.parse_args()
    steps = [each for each in STEPS if given.only in (None, each.__name__)]
    interval = max(given.steps // READINGS, len(steps))
    warm_up = int(given.steps * WARM_UP)
    training = Training()
    first: int | None = None
    growth = 0.0
    started = time.perf_counter()
    for number in counted(given.steps):
        steps[number % len(steps)](training)
        if (number + 1) % interval and number + 1 != given.steps:
            continue
        gc.collect()
        resident = resident_bytes()
        if number + 1 <= warm_up:
            verdict = "warming up"
        else:
            first = first or resident
            growth = max(growth, resident / first - 1)
            verdict = f"{resident / first - 1:+.2%} since the warm-up"
        seconds = time.perf_counter() - started
        print(f"{number + 1:>9,} steps {seconds:7.0f} s {resident / 2**20:8.2f} MiB  {verdict}", flush=True)
    print(f"largest growth after the warm-up: {growth:+.2%} (allowed: {ALLOWED_GROWTH:.0%})")
    if growth > ALLOWED_GROWTH:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
