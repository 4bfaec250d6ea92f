"""Random programs on a batch: per-sample gradients are those of a loop, or refused; never other numbers."""

import random

import numpy as np
import pytest

import chainrule as torch
from chainrule.func import per_sample_gradients, per_sample_norms
from chainrule.nn import functional as F

SAMPLES, PROGRAMS = 3, 300


class Parameters:
    """Parameters that are made when a program first asks for them, and are the same when it asks again."""

    def __init__(self):
        self.made = {}

    def __call__(self, number, *shape):
        if (number, shape) not in self.made:
            values = np.random.default_rng(number).standard_normal(shape) * 0.7
            self.made[number, shape] = torch.tensor(values, requires_grad=True)
        return self.made[number, shape]


def split_product(h, dim):
    first, second = h.chunk(2, dim)
    return first * second


def written(h):
    copy = h * 1
    copy.select(-1, 0).copy_(h.select(-1, 0).sin())
    return copy


# h: what was computed so far, of 2 dimensions or more, the samples somewhere in them; w(*shape): a parameter;
# i, j: dimensions.
STEPS = [
    lambda h, w, i, j: h.transpose(i, j),
    lambda h, w, i, j: h.flatten(0, 1) if h.ndim > 2 else h,
    lambda h, w, i, j: h.reshape(h.shape[0], -1),
    lambda h, w, i, j: h.reshape(-1, 2, h.shape[-1] // 2) if h.shape[-1] % 2 == 0 else h,
    lambda h, w, i, j: h.sum(i) if h.ndim > 2 else h,
    lambda h, w, i, j: h * h.sum(i, keepdim=True),
    lambda h, w, i, j: h - h.mean(i, keepdim=True),
    lambda h, w, i, j: h / (h.var(i, keepdim=True, correction=0) + 1),
    lambda h, w, i, j: h / (h.detach().abs().max() + 1),
    lambda h, w, i, j: h.softmax(i),
    lambda h, w, i, j: h.cumsum(i),
    lambda h, w, i, j: h.amax(i, keepdim=True) * h,
    lambda h, w, i, j: h.logsumexp(i, keepdim=True) - h,
    lambda h, w, i, j: h.norm(dim=i, keepdim=True) + h,
    lambda h, w, i, j: h.sort(i)[0],
    lambda h, w, i, j: h.topk(1, i)[0] * h,
    lambda h, w, i, j: h.gather(i, h.argmax(i, keepdim=True)) + h,
    lambda h, w, i, j: h.flip(i),
    lambda h, w, i, j: h.roll(1, i),
    lambda h, w, i, j: torch.cat([h, h.tanh()], i),
    lambda h, w, i, j: torch.stack([h, h.sin()], i),
    lambda h, w, i, j: torch.stack([each * each for each in h.unbind(i)], i),
    lambda h, w, i, j: split_product(h, i) if h.shape[i] % 2 == 0 else h,
    lambda h, w, i, j: h.repeat(*[2 if n == i else 1 for n in range(h.ndim)]),
    lambda h, w, i, j: h.unsqueeze(i),
    lambda h, w, i, j: h.masked_fill(h > 0.5, 0.1),
    lambda h, w, i, j: F.pad(h, (1, 0)),
    lambda h, w, i, j: written(h),
    lambda h, w, i, j: h @ h.transpose(-1, -2),
    lambda h, w, i, j: torch.einsum("...te,...se->...ts", h, h),
    lambda h, w, i, j: F.scaled_dot_product_attention(h, h, h),
    lambda h, w, i, j: F.linear(h, w(4, h.shape[-1]), w(4)),
    lambda h, w, i, j: h @ w(h.shape[-1], 4),
    lambda h, w, i, j: h + w(h.shape[-1]),
    lambda h, w, i, j: h * w(h.shape[-1]).tanh(),
    lambda h, w, i, j: (h * 1).mul_(w(h.shape[-1])),
    lambda h, w, i, j: torch.where(h > 0, h, h * w(1)),
    lambda h, w, i, j: torch.maximum(h, w(h.shape[-1])),
    lambda h, w, i, j: F.prelu(h, w(1)),
    lambda h, w, i, j: F.layer_norm(h, (h.shape[-1],), w(h.shape[-1])) if h.shape[-1] > 1 else h,
    lambda h, w, i, j: F.conv1d(h, w(4, h.shape[1], 2)) if h.ndim == 3 and h.shape[2] > 1 else h,
    lambda h, w, i, j: torch.cdist(h, w(2, h.shape[-1])),
    lambda h, w, i, j: F.embedding(h.argmax(-1), w(h.shape[-1], 4)) * h.amax(-1, keepdim=True),
    lambda h, w, i, j: w(h.shape[-1], 3)[h.argmax(-1)],
]


class Program:
    """So many random steps. A sum is the loss, so that samples add up whatever the steps have made of them."""

    def __init__(self, seed):
        chosen = random.Random(seed)
        self.steps = [
            (chosen.randrange(len(STEPS)), chosen.randrange(12), chosen.randrange(12))
            for _ in range(chosen.randrange(1, 6))
        ]
        self.parameters = Parameters()
        self.x = torch.tensor(np.random.default_rng(seed).standard_normal((SAMPLES, 3, 4)))

    def loss(self, x):
        h = F.linear(x, self.parameters(99, 4, 4))
        for place, (number, i, j) in enumerate(self.steps):
            h = STEPS[number](h, lambda *shape, place=place: self.parameters(place, *shape), i % h.ndim, j % h.ndim)
        return (h.sin() * h).sum()

    def by_loop(self):
        """The gradients of samples, by parameter; None where a sample alone asks for other parameters."""
        parameters = dict(self.parameters.made)
        found = {key: [] for key in parameters}
        for i in range(SAMPLES):
            for p in parameters.values():
                p.grad = None
            self.loss(self.x[i : i + 1]).backward()
            for key, p in parameters.items():
                found[key].append(np.zeros(p.shape) if p.grad is None else p.grad.numpy().copy())
        return {key: np.stack(each) for key, each in found.items()} if self.parameters.made == parameters else None


@pytest.mark.filterwarnings("ignore:per-sample gradients")
def test_random_programs_are_right_or_refused():
    right = refused = 0
    for seed in range(PROGRAMS):
        program = Program(seed)
        program.loss(program.x)  # makes the parameters
        expected = program.by_loop()
        if expected is None:
            continue
        parameters = list(program.parameters.made.values())
        try:
            with per_sample_gradients(parameters, "sum", samples=program.x):
                program.loss(program.x).backward()
        except RuntimeError as error:
            assert "mixes the samples" in str(error), f"seed {seed}"  # noqa: PT017
            refused += 1
            continue
        squares = np.zeros(SAMPLES)
        for (key, gradients), p in zip(expected.items(), parameters, strict=True):
            found = np.zeros_like(gradients) if p.grad_sample is None else p.grad_sample.numpy()
            tolerance = 1e-8 * max(1, np.abs(gradients).max())
            np.testing.assert_allclose(found, gradients, atol=tolerance, err_msg=f"seed {seed}, parameter {key}")
            squares += (gradients**2).reshape(SAMPLES, -1).sum(1)
        with per_sample_norms(parameters, "sum", samples=program.x) as context:
            program.loss(program.x).backward()
        np.testing.assert_allclose(context.norms(), np.sqrt(squares), rtol=1e-6, atol=1e-8, err_msg=f"seed {seed}")
        right += 1
    assert right > PROGRAMS / 3
    assert refused > PROGRAMS / 10
