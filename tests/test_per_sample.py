"""Gradients of every sample from one backward pass, against a loop over the samples."""

import warnings

import numpy as np
import pytest

import chainrule as torch
from chainrule import nn
from chainrule.func.per_sample import per_sample_gradients, per_sample_norms, per_sample_second_moments
from chainrule.nn import functional as F
from chainrule.utils.checkpoint import checkpoint
from per_sample_models import MODELS, indices, losses, made, module, numbers

KINDS = (per_sample_gradients, per_sample_norms, per_sample_second_moments)


def by_loop(model, x, loss=losses):
    """The gradients of the samples' own losses, one after another, by parameter."""
    found = {name: [] for name, _ in model.named_parameters()}
    for i in range(len(x)):
        model.zero_grad()
        loss(model(x[i : i + 1])).sum().backward()
        for name, parameter in model.named_parameters():
            found[name].append(np.zeros(parameter.shape) if parameter.grad is None else parameter.grad.numpy().copy())
    model.zero_grad()
    return {name: np.stack(each) for name, each in found.items()}


def check(model, x, expected, compute):
    """All three kinds against the gradients expected, for `compute()`, which goes forward and backward."""
    for kind in KINDS:
        model.zero_grad()
        with kind(model) as context:
            compute()
        assert context.size == len(x)
        for name, parameter in model.named_parameters():
            gradients = expected[name]
            np.testing.assert_allclose(parameter.grad * len(x), gradients.sum(0), atol=1e-9, err_msg=name)
            if kind is per_sample_gradients:
                assert parameter.grad_sample.shape == (len(x), *parameter.shape)
                assert parameter.grad_sample.dtype is parameter.dtype
                np.testing.assert_allclose(parameter.grad_sample, gradients, atol=1e-9, err_msg=name)
            elif kind is per_sample_norms:
                norms = np.sqrt((gradients.reshape(len(x), -1) ** 2).sum(1))
                np.testing.assert_allclose(parameter.grad_sample_norm, norms, atol=1e-9, err_msg=name)
            else:
                np.testing.assert_allclose(parameter.sum_grad_squared, (gradients**2).sum(0), atol=1e-9, err_msg=name)
        if kind is not per_sample_second_moments:
            norms = np.sqrt(sum((g.reshape(len(x), -1) ** 2).sum(1) for g in expected.values()))
            np.testing.assert_allclose(context.norms(), norms, atol=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_gradients_norms_and_squares_are_those_of_a_loop(name):
    model, x = made(torch, name)
    check(model, x, by_loop(model, x), lambda: losses(model(x)).mean().backward())


@pytest.mark.parametrize("size", [1, 2])
def test_few_samples(size):
    model, x = made(torch, "convolutional")
    x = x[:size]
    check(model, x, by_loop(model, x), lambda: losses(model(x)).mean().backward())


def test_losses_of_sequences():
    torch.manual_seed(0)
    model, x = nn.Linear(3, 4).double(), numbers(torch, 6, 5, 3)
    targets, long, short = torch.randint(1, 4, (5, 2)), torch.tensor([6, 5, 6, 4, 6]), torch.tensor([2, 1, 2, 2, 1])

    def loss(x, targets, long, short):
        return F.ctc_loss(model(x).log_softmax(-1), targets, long, short, reduction="sum")

    with per_sample_gradients(model, "sum", batch_dim=1):
        loss(x, targets, long, short).backward()
    for i in range(5):
        at = slice(i, i + 1)
        (expected,) = torch.autograd.grad(loss(x[:, at], targets[at], long[at], short[at]), model.weight)
        np.testing.assert_allclose(model.weight.grad_sample[i], expected, atol=1e-9)


def smoothed(output, target, reduction):
    return F.cross_entropy(output, target, reduction=reduction, label_smoothing=0.1)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(
    ("criterion", "target"),
    [
        (F.cross_entropy, torch.tensor([0, 3, 1, 2])),
        (F.mse_loss, numbers(torch, 4, 4)),
        (F.l1_loss, numbers(torch, 4, 4)),
        (F.smooth_l1_loss, numbers(torch, 4, 4)),
        (F.huber_loss, numbers(torch, 4, 4)),
        (F.binary_cross_entropy_with_logits, torch.tensor(np.eye(4))),
        (F.multi_margin_loss, torch.tensor([0, 3, 1, 2])),
        (F.multilabel_margin_loss, torch.tensor([[0, 3, -1, 0], [1, -1, 0, 0], [2, 1, 0, -1], [-1, 0, 0, 0]])),
        (F.poisson_nll_loss, torch.tensor(np.eye(4) / 2 + 0.125)),
        (smoothed, torch.tensor([0, 3, 1, 2])),
    ],
)  # fmt: skip
def test_losses_that_reduce_the_batch(criterion, target, reduction):
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4)).double(), numbers(torch, 4, 3)
    expected = {name: [] for name, _ in model.named_parameters()}
    for i in range(4):
        model.zero_grad()
        criterion(model(x[i : i + 1]), target[i : i + 1], reduction=reduction).backward()
        for name, p in model.named_parameters():
            expected[name].append(p.grad.numpy().copy())
    with per_sample_gradients(model, reduction):
        criterion(model(x), target, reduction=reduction).backward()
    for name, p in model.named_parameters():
        np.testing.assert_allclose(p.grad_sample, np.stack(expected[name]), atol=1e-9)


def test_a_penalty_in_the_loss_is_every_samples():
    model, x = made(torch, "linear")
    expected = by_loop(model, x, lambda o: losses(o) + (model.weight**2).sum())
    check(model, x, expected, lambda: (losses(model(x)).mean() + (model.weight**2).sum()).backward())
    with per_sample_gradients(model, "sum"):
        (losses(model(x)).sum() + 5 * (model.weight**2).sum()).backward()
    np.testing.assert_allclose(model.weight.grad_sample, expected["weight"], atol=1e-9)


def test_rows_of_no_sample_are_every_samples():
    model, x = made(torch, "linear")
    row = numbers(torch, 1, 3)
    expected = by_loop(model, x, lambda o: losses(o) + losses(model(row)).sum())

    def compute():
        (losses(F.linear(torch.cat([x, row, x[:0]]), model.weight, model.bias))).sum().backward()

    with per_sample_gradients(model, "sum", samples=x):
        compute()
    total = {name: p.grad.numpy().copy() for name, p in model.named_parameters()}
    own = by_loop(model, row)
    for name, p in model.named_parameters():
        np.testing.assert_allclose(p.grad_sample, expected[name] - own[name] * 4 / 5, atol=1e-9)
        np.testing.assert_allclose(p.grad_sample.sum(0), total[name], atol=1e-9)


def test_a_loss_that_is_added_up_sample_by_sample():
    model, x = made(torch, "linear")
    expected = by_loop(model, x, lambda o: (o * o).sum(1).sqrt())

    def compute():
        output = model(x)
        (sum(each.norm() for each in output) / len(x)).backward()

    check(model, x, expected, compute)


def test_each_sample_through_the_model_by_itself():
    model, x = made(torch, "convolutional")
    expected = by_loop(model, x)
    with per_sample_gradients(model, samples=x):
        (sum(losses(model(each[None])).sum() for each in x) / len(x)).backward()
    for name, p in model.named_parameters():
        np.testing.assert_allclose(p.grad_sample, expected[name], atol=1e-9)


def test_passes_in_one_block_add_up_and_blocks_begin_anew():
    model, x = made(torch, "linear")
    expected = by_loop(model, x)["weight"]
    with per_sample_gradients(model):
        losses(model(x)).mean().backward()
        (2 * losses(model(x)).mean()).backward()
    np.testing.assert_allclose(model.weight.grad_sample, 3 * expected, atol=1e-9)
    with per_sample_gradients(model):
        loss = losses(model(x[:3])).mean()
        loss.backward(retain_graph=True)
        loss.backward()
    np.testing.assert_allclose(model.weight.grad_sample, 2 * expected[:3], atol=1e-9)
    with per_sample_gradients(model):
        pass
    assert model.weight.grad_sample is None


def test_a_second_use_of_the_graph_outside_of_the_block_is_an_ordinary_one():
    model, x = made(torch, "linear")
    with per_sample_norms(model):
        each = losses(model(x))
        each.mean().backward(retain_graph=True)
    norms = model.weight.grad_sample_norm.numpy().copy()
    model.zero_grad()
    (each * torch.arange(5.0)).sum().backward()
    np.testing.assert_array_equal(model.weight.grad_sample_norm, norms)
    np.testing.assert_allclose(
        model.weight.grad, (by_loop(model, x)["weight"] * np.arange(5.0)[:, None, None]).sum(0), atol=1e-9
    )


def test_norms_take_one_pass():
    model, x = made(torch, "linear")
    with per_sample_norms(model):
        losses(model(x)).mean().backward()
        with pytest.raises(RuntimeError, match="per_sample_norms takes one backward pass in a block"):
            losses(model(x)).mean().backward()


def test_gradients_that_are_asked_for_otherwise_are_left_alone():
    model, x = made(torch, "linear")
    x.requires_grad_()
    with per_sample_gradients(model):
        output = losses(model(x)).mean()
        (found,) = torch.autograd.grad(output, x, retain_graph=True)
        assert model.weight.grad_sample is None
        output.backward(inputs=[model.bias])
    assert found.shape == x.shape
    assert model.weight.grad_sample is None
    assert model.bias.grad_sample.shape == (5, 4)


def test_only_what_requires_grad():
    model, x = made(torch, "convolutional")
    model[0].weight.requires_grad_(False)
    with per_sample_gradients(model):
        losses(model(x)).mean().backward()
    assert not hasattr(model[0].weight, "grad_sample")
    assert model[4].weight.grad_sample.shape == (4, 4, 27)


def test_blocks_within_one_another():
    model, x = made(torch, "linear")
    expected = by_loop(model, x)["weight"]
    with per_sample_gradients(model), per_sample_second_moments(model):
        losses(model(x)).mean().backward()
    np.testing.assert_allclose(model.weight.grad_sample, expected, atol=1e-9)
    np.testing.assert_allclose(model.weight.sum_grad_squared, (expected**2).sum(0), atol=1e-9)


def test_parameters_without_a_module():
    w, b, x = numbers(torch, 3, 2).requires_grad_(), numbers(torch, 2).requires_grad_(), numbers(torch, 5, 3)
    with per_sample_gradients([w, b], samples=x):
        ((x @ w + b) ** 2).sum(1).mean().backward()
    residual = 2 * (x.numpy() @ w.detach().numpy() + b.detach().numpy())
    np.testing.assert_allclose(w.grad_sample, x.numpy()[:, :, None] * residual[:, None, :])
    np.testing.assert_allclose(b.grad_sample, residual)
    with pytest.raises(TypeError, match="which tensors are samples"):
        per_sample_gradients([w, b])


def test_another_dimension_of_the_batch():
    model, x = made(torch, "linear, several rows a sample")
    expected = by_loop(model, x)
    with per_sample_gradients(model, batch_dim=1):
        losses(model(x.transpose(0, 1).clone()).transpose(0, 1)).mean().backward()
    np.testing.assert_allclose(model.weight.grad_sample, expected["weight"], atol=1e-9)
    with per_sample_gradients(model, batch_dim=-2):
        losses(model(x.transpose(0, 1).clone()).transpose(0, 1)).mean().backward()
    np.testing.assert_allclose(model.weight.grad_sample, expected["weight"], atol=1e-9)


def test_samples_that_another_model_made():
    torch.manual_seed(0)
    maker, model = nn.Linear(2, 3).double(), nn.Linear(3, 4).double()
    z = numbers(torch, 5, 2)
    with per_sample_gradients(model):
        losses(model(maker(z).tanh())).mean().backward()
    expected = by_loop(model, maker(z).tanh().detach())["weight"]
    np.testing.assert_allclose(model.weight.grad_sample, expected, atol=1e-9)
    assert maker.weight.grad is not None
    assert not hasattr(maker.weight, "grad_sample")


def test_arguments_in_containers_and_by_name():
    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(3, 4)

        def forward(self, batch, *, scale):
            return self.inner(batch["x"]) * scale[0]

    model, x = Network().double(), numbers(torch, 5, 3)
    with per_sample_gradients(model):
        losses(model({"x": x}, scale=[x[:, :1]])).mean().backward()
    for i in range(5):
        model.zero_grad()
        losses(model({"x": x[i : i + 1]}, scale=[x[i : i + 1, :1]])).mean().backward()
        np.testing.assert_allclose(model.inner.weight.grad_sample[i], model.inner.weight.grad, atol=1e-9)


def test_in_place_changes():
    def forward(self, x):
        found = torch.zeros(x.shape[0], 2, 3, dtype=x.dtype)
        hidden = self.inner(x) * 1
        hidden *= self.scale
        hidden += self.scale.exp()
        found[:, 0] = hidden
        found[:, 1] = x * 2
        return found

    def build(self):
        self.inner = nn.Linear(3, 3)
        self.scale = nn.Parameter(numbers(torch, 3))

    model, x = module(torch, build, forward).double(), numbers(torch, 5, 3)
    check(model, x, by_loop(model, x), lambda: losses(model(x)).mean().backward())


@pytest.mark.parametrize("reentrant", [True, False])
def test_checkpoints(reentrant):
    def forward(self, x):
        return checkpoint(lambda h: torch.tanh(self.second(h)), self.first(x), use_reentrant=reentrant)

    def build(self):
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)

    model, x = module(torch, build, forward).double(), numbers(torch, 5, 3)
    expected = by_loop(model, x)
    with per_sample_gradients(model):
        losses(model(x)).mean().backward()
    for name, p in model.named_parameters():
        np.testing.assert_allclose(p.grad_sample, expected[name], atol=1e-9, err_msg=name)


def test_a_penalty_on_gradients():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    x = numbers(torch, 5, 3)

    def loss(x):
        x = x.detach().requires_grad_()
        (slope,) = torch.autograd.grad(model(x).sum(), x, create_graph=True)
        return ((slope**2).sum(1) - 1) ** 2

    expected = []
    for i in range(5):
        model.zero_grad()
        loss(x[i : i + 1]).sum().backward()
        expected.append(model[0].weight.grad.numpy().copy())
    with per_sample_gradients(model):
        loss(x).mean().backward()
    np.testing.assert_allclose(model[0].weight.grad_sample, np.stack(expected), atol=1e-9)


class Squared(torch.autograd.Function):
    """An operation of a user."""

    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x * x * w

    @staticmethod
    def backward(ctx, grad):
        x, w = ctx.saved_tensors
        return 2 * grad * x * w, (grad * x * x).sum(0)


@pytest.mark.parametrize(
    ("forward", "name"),
    [(lambda self, x: Squared.apply(x, self.w), "SquaredBackward"), (lambda self, x: torch.cdist(x, self.w), "cdist")],
)
def test_what_has_no_rule_is_right_and_said_to_be_slow(forward, name):
    from chainrule.func import sample_rules

    sample_rules._warned.discard(name)
    shape = (3,) if name != "cdist" else (2, 3)
    model = module(torch, lambda self: setattr(self, "w", nn.Parameter(numbers(torch, *shape))), forward).double()
    x = numbers(torch, 5, 3)
    expected = by_loop(model, x)
    with per_sample_gradients(model), pytest.warns(UserWarning, match=f"no rule for {name}"):
        losses(model(x)).mean().backward()
    np.testing.assert_allclose(model.w.grad_sample, expected["w"], atol=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # once is enough
        check(model, x, expected, lambda: losses(model(x)).mean().backward())


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_bags_of_embeddings(mode):
    model, x = nn.EmbeddingBag(7, 3, mode=mode).double(), indices(torch, 7, 5, 4)
    check(model, x, by_loop(model, x), lambda: losses(model(x)).mean().backward())


# ---- what has no gradient of its own ----


def refused(model, x, compute, match):
    with per_sample_gradients(model):
        loss = compute()
        with pytest.raises(RuntimeError, match=match):
            loss.backward()
    assert all(p.grad is None for p in model.parameters())
    assert all(p.grad_sample is None for p in model.parameters())


def test_batch_normalisation_in_training_is_refused_by_name():
    model, x = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), torch.randn(5, 3)
    refused(model, x, lambda: losses(model(x)).mean(), r"batch_norm in training mode mixes the samples(.|\n)*GroupNorm")


def test_frequencies_in_the_batch_are_refused():
    model, x = nn.Embedding(7, 3, scale_grad_by_freq=True), indices(torch, 7, 5, 4)
    refused(model, x, lambda: losses(model(x)).mean(), "embedding with scale_grad_by_freq mixes the samples")


@pytest.mark.parametrize(
    ("mix", "name"),
    [
        (lambda h: h - h.mean(0), "sub"),
        (lambda h: h.softmax(0), "softmax"),
        (lambda h: h @ h.t(), "matmul|mm"),
        (lambda h: h - h[0], "sub"),
        (lambda h: h.cumsum(0), "cumsum"),
        (lambda h: torch.cdist(h, h), "cdist"),
        (lambda h: h / h.std(), "std"),
    ],
)
def test_what_mixes_samples_is_refused_by_name_and_line(mix, name):
    model, x = nn.Linear(3, 4), torch.randn(5, 3)
    refused(model, x, lambda: (mix(model(x)) ** 2).mean(), rf"({name})\S* mixes the samples(.|\n)*test_per_sample.py")


def test_a_loss_that_is_no_sum_over_samples_is_refused():
    model, x = nn.Linear(3, 4), torch.randn(5, 3)
    refused(model, x, lambda: losses(model(x)).mean().sqrt(), "sqrt mixes the samples")


@pytest.mark.parametrize(
    "transformed",
    [
        lambda f, x: torch.func.vmap(f)(x.reshape(-1, 3)).reshape(x.shape[0], -1),
        lambda f, x: torch.func.vmap(torch.func.grad(f))(x.reshape(-1, 3)).reshape(x.shape[0], -1),
        lambda f, x: torch.func.jvp(lambda x: torch.func.vmap(torch.func.vmap(f))(x), (x,), (torch.cos(x),))[1],
    ],
    ids=["vmap", "grad", "jvp"],
)
def test_transforms_within_the_model(transformed):
    w, x = numbers(torch, 3, 3).requires_grad_(), numbers(torch, 5, 4, 3)

    def loss(x):
        return (transformed(lambda row: torch.tanh(row @ w).sum(), x) ** 2).sum()

    with per_sample_gradients([w], "sum", samples=x):
        loss(x).backward()
    for i in range(5):
        (expected,) = torch.autograd.grad(loss(x[i : i + 1]), w)
        np.testing.assert_allclose(w.grad_sample[i], expected, atol=1e-9)


def test_targets_may_be_named_as_samples():
    model, x = made(torch, "linear")
    y = numbers(torch, 5, 4)
    for samples in (x, (x, y)):
        with per_sample_gradients(model, samples=samples):
            F.mse_loss(model(x), y).backward()
        residual = 2 * (model(x) - y).detach().numpy() / 4
        np.testing.assert_allclose(model.bias.grad_sample, residual, atol=1e-9)
    places = torch.tensor([[0, 1], [2, 3], [1, 2], [3, 0], [0, 2]])

    def loss(output, places):
        return output.scatter(1, places, 0.0).square().sum()

    with per_sample_gradients(model, "sum", samples=(x, places)):
        loss(model(x), places).backward()
    for i in range(5):
        (expected,) = torch.autograd.grad(loss(model(x[i : i + 1]), places[i : i + 1]), model.weight)
        np.testing.assert_allclose(model.weight.grad_sample[i], expected, atol=1e-9)
    model.zero_grad()
    refused(model, x, lambda: loss(model(x), places), r"scatter\S* mixes the samples(.|\n)*name that as well")


def test_a_mean_over_what_a_mask_leaves():
    model, x = made(torch, "linear")
    mask = x[:, 0] > 0

    def compute(kind):
        model.zero_grad()
        with kind(model, samples=(x, mask)):
            each = losses(model(x))
            ((each * mask).sum() / mask.sum()).backward()

    compute(per_sample_gradients)
    gradients = by_loop(model, x)["weight"]
    kept = mask.numpy()
    np.testing.assert_allclose(
        model.weight.grad_sample, gradients * kept[:, None, None] * len(x) / kept.sum(), atol=1e-9
    )


def test_products_that_add_up_samples():
    w, x = numbers(torch, 3, 3).requires_grad_(), numbers(torch, 5, 3)
    with per_sample_gradients([w], "sum", samples=x):
        torch.einsum("bi,ij,bj->", x, w.sin(), x).backward()
    expected = x.numpy()[:, :, None] * x.numpy()[:, None, :] * np.cos(w.detach().numpy())
    np.testing.assert_allclose(w.grad_sample, expected)


def test_attention_of_samples_to_one_another_is_refused():
    model, x = nn.Linear(3, 3), torch.randn(5, 3)

    def compute():
        hidden = model(x)
        return F.scaled_dot_product_attention(hidden, hidden, hidden).mean()

    refused(model, x, compute, "attention mixes the samples")


def test_large_tensors_element_by_element():
    w, b = torch.randn(600, requires_grad=True), torch.randn(600, requires_grad=True)
    x = torch.randn(40, 100, 600)
    with per_sample_gradients([w, b], "sum", samples=x):
        torch.tanh(x * w + b).sum().backward()
    slope = 1 - np.tanh(x.numpy() * w.detach().numpy() + b.detach().numpy()) ** 2
    np.testing.assert_allclose(b.grad_sample, slope.sum(1), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(w.grad_sample, (slope * x.numpy()).sum(1), rtol=1e-4, atol=1e-3)


def test_complex_parameters():
    x = torch.complex(numbers(torch, 5, 3), numbers(torch, 3, 5).t().contiguous())
    w = torch.complex(numbers(torch, 3, 2), numbers(torch, 2, 3).t().contiguous()).requires_grad_()

    def loss(x):
        return (x @ w).abs().square().sum()

    with per_sample_gradients([w], "sum", samples=x):
        loss(x).backward()
    for i in range(5):
        (expected,) = torch.autograd.grad(loss(x[i : i + 1]), w)
        np.testing.assert_allclose(w.grad_sample[i], expected)


def test_a_parameter_that_meets_samples_where_they_are_added_up_is_refused():
    model = module(torch, lambda self: setattr(self, "w", nn.Parameter(torch.randn(5))), lambda self, x: self.w @ x)
    x = torch.randn(5)
    refused(model, x, lambda: model(x), "takes a parameter and adds up samples at once")


def test_a_pass_that_no_sample_takes_part_in_is_refused():
    model, x = nn.Linear(3, 4), torch.randn(5, 3)
    with per_sample_gradients(model):
        for loss in (losses(F.linear(x, model.weight)).mean(), (model.weight**2).sum()):
            with pytest.raises(RuntimeError, match="reached weight by a path on which no sample lies"):
                loss.backward()


def test_batches_of_two_sizes_in_a_block_are_refused():
    model = nn.Linear(3, 4)
    large, small = torch.randn(5, 3), torch.randn(4, 3)
    with per_sample_gradients(model):
        model(large)
        with pytest.raises(ValueError, match=r"tensors of shape \[4, 3\] have no 5 samples along dimension 0"):
            model(small)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="reduction must be 'mean' or 'sum'"):
        per_sample_gradients(nn.Linear(2, 2), "none")
    with pytest.raises(TypeError, match="no leaf tensor"):
        per_sample_gradients([torch.ones(2, requires_grad=True) * 2], samples=torch.ones(2))
    with per_sample_gradients(nn.Linear(2, 2)) as context:
        pass
    with pytest.raises(RuntimeError, match="entered before"), context:
        pass
    with pytest.raises(RuntimeError, match="no backward pass"):
        context.norms()


def test_nothing_is_left_behind():
    model, x = nn.Linear(3, 4), torch.randn(5, 3)
    with pytest.raises(RuntimeError, match="cannot be multiplied"), per_sample_gradients(model):
        model(x.t())
    assert not model._forward_pre_hooks
    losses(model(x)).mean().backward()
    assert model.weight.grad_sample is None


def test_large_arrays():
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Linear(300, 500), nn.Tanh(), nn.Linear(500, 300)), torch.randn(64, 40, 300)
    with per_sample_gradients(model):
        (model(x) ** 2).mean().backward()
    for p in model.parameters():
        np.testing.assert_allclose(p.grad_sample.mean(0), p.grad, atol=1e-6)
    norms = [np.linalg.norm(p.grad_sample.numpy().reshape(64, -1), axis=1) for p in model.parameters()]
    with per_sample_norms(model):
        (model(x) ** 2).mean().backward()
    for p, expected in zip(model.parameters(), norms, strict=True):
        np.testing.assert_allclose(p.grad_sample_norm, expected, rtol=1e-4)
