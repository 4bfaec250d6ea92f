"""Gradients of large tensors that are put off: the same bits as those of pieces too small for that, and in time."""

import numpy as np
import pytest

import chainrule as torch
from chainrule.kernels import blockwise

SIZE = blockwise.LARGE + 4_003
PIECE = 1 << 16


@pytest.fixture(params=[1, 2])
def threads(request, monkeypatch):
    monkeypatch.setattr(blockwise, "WORTH_A_THREAD", 1 << 16)
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def gradients(program, arrays):
    leaves = [torch.tensor(a, requires_grad=True) for a in arrays]
    result = program(*leaves)
    result.backward(torch.ones_like(result))
    return [leaf.grad.numpy() for leaf in leaves]


def check(program, count=2):
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(0.5, 1.5, SIZE).astype(np.float32) for _ in range(count)]
    pieces = [gradients(program, [a[at : at + PIECE] for a in arrays]) for at in range(0, SIZE, PIECE)]
    for found, parts in zip(gradients(program, arrays), zip(*pieces, strict=True), strict=True):
        assert found.tobytes() == np.concatenate(parts).tobytes()


PROGRAMS = {
    "the bench": lambda x, y: (x.sin() * x.exp() + y * y).tanh(),
    "itself twice": lambda x, y: ((x + x) * (x + x)).exp() * y,
    "passed on to leaves": lambda x, y: x + y,
    "passed on to a leaf and used": lambda x, y: x.sin() + y + (x + y) * y,
    "a result used by many": lambda x, y: (z := x * y) * x + z / y - z.exp() + z,
    "choices": lambda x, y: torch.where(x > y, x * y, x - y).relu() + torch.maximum(x, y),
    "numbers": lambda x, y: -((2 * x - 1) ** 3) / (y + 1.5) - 0.0 * y,
    "another dtype between": lambda x, y: (x.double().sin() * y).float().exp(),
    "views between": lambda x, y: (x.sin()[None] * y.exp().reshape(1, -1)).tanh().squeeze(0).cos(),
    "in place": lambda x, y: (x.sin() * 2).mul_(y).add_(x).exp_(),
    "pieces put together": lambda x, y: (torch.stack([x.sin(), y.cos()]) * 2).sum(0).tanh(),
    "the same twice as one": lambda x, y: (x.exp() * x.exp() + x.exp()).log1p() * y.sqrt().sqrt(),
}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.usefixtures("threads")
def test_the_bits_are_those_of_pieces(program):
    check(PROGRAMS[program])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.usefixtures("threads")
def test_any_program(seed):
    ways = np.random.default_rng(seed).integers(1 << 20, size=(14, 3))

    def program(x, y):
        made = [x, y]
        for way, first, second in ways.tolist():
            a, b = made[first % len(made)], made[second % len(made)]
            ops = [
                lambda a, b: a * b, lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a / (b * b + 1),
                lambda a, b: a.sin(), lambda a, b: a.tanh(), lambda a, b: a.sigmoid() + b, lambda a, b: a * 0.5,
                lambda a, b: a.clamp(-1, 1), lambda a, b: a.reshape(1, -1)[0] * b, lambda a, b: -a,
            ]  # fmt: skip
            made.append(ops[way % len(ops)](a, b))
        return sum(each * (i + 1) for i, each in enumerate(made))

    check(program)


@pytest.mark.usefixtures("threads")
def test_a_long_chain_and_one_that_doubles():
    def chain(x, y):
        z = x
        for _ in range(3 * blockwise.MOST_TOGETHER):
            z = (z * y).sin()
        return z

    def doubled(x, y):
        z = x * y
        for _ in range(40):
            z = z + z
        return z

    check(chain)
    check(doubled)


def test_gradients_are_each_tensors_own():
    x, y = (torch.ones(SIZE, requires_grad=True) for _ in range(2))
    z = x.exp()
    z.retain_grad()
    (z + y).sin().sum().backward()
    expected = [t.grad.clone() for t in (x, y, z)]
    for t in (x, y, z):
        before = [other.grad.clone() for other in (x, y, z)]
        t.grad.zero_()
        for other, was in zip((x, y, z), before, strict=True):
            assert other is t or (other.grad == was).all()
    (x.exp() + y).sin().sum().backward()
    assert (x.grad == expected[0]).all()
    assert (y.grad == expected[1]).all()


def test_gradients_of_results_and_of_some_inputs():
    x, y = (torch.full((SIZE,), 0.5, requires_grad=True) for _ in range(2))
    z = x.exp()
    w = z * y
    found = torch.autograd.grad((w.sin() + w).sum(), [y, w, z])
    outer = np.cos(w.detach().numpy()) + 1
    for f, e in zip(found, [outer * z.detach().numpy(), outer, outer * 0.5], strict=True):
        np.testing.assert_allclose(f.numpy(), e, rtol=1e-6)


@pytest.mark.parametrize("size", [5, SIZE])
def test_what_a_hook_changes_comes_too_late_for_formulas_before_it(size):
    # An optimizer within the backward pass: the leaf changes while others wait for gradients that were made of it.
    x = torch.full((size,), 2.0, requires_grad=True)
    w = torch.full((size,), 3.0, requires_grad=True)

    @w.register_post_accumulate_grad_hook
    def step(w):
        with torch.no_grad():
            w.zero_()

    (x.exp().log() * w).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 3.0, rtol=1e-6)
    assert not w.any()


@pytest.mark.parametrize("size", [5, SIZE])
def test_what_a_custom_function_changes_comes_too_late_as_well(size):
    kept = torch.full((size,), 3.0)

    class Spoils(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, grad):
            kept.numpy()[:] = 0  # which no counter sees
            return grad

    x, y = (torch.full((size,), 2.0, requires_grad=True) for _ in range(2))
    made = (x * 1).exp().log()
    spoiled = Spoils.apply(y)  # younger than what was made, older than the product: its turn is between theirs
    (made * kept + spoiled).sum().backward()
    assert (y.grad == 1).all()
    assert ((x.grad - 3).abs() < 1e-5).all()


def test_what_changes_before_the_pass_is_noticed():
    x = torch.ones(SIZE, requires_grad=True)
    y = x.exp()
    z = (y.sin() * 2).cos()
    y.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()
    assert x.grad is None


def test_steps_taken_together_do_nothing_twice():
    arrays = [np.random.default_rng(i).standard_normal(SIZE) for i in range(2)]
    product = blockwise.blockwise(lambda grad, other: grad * other)
    first, second = product.later(*arrays), product.later(*arrays)
    total = blockwise.sum_of_deferred(first, second)
    blockwise._known_together.clear()
    assert (total.array() == 2 * arrays[0] * arrays[1]).all()
    (steps,) = blockwise._known_together.values()
    assert [step[0].__name__ for step in steps.steps] == ["multiply", "add"]
    assert not steps.scratch
