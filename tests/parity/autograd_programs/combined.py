"""Longer programs, as users write them: several of autograd's features at once."""

import copy
import functools


def _in_double_precision(program):
    # Rounding grows over several steps: in single precision to more than what is compared to.
    @functools.wraps(program)
    def run(torch, show):
        torch.set_default_dtype(torch.float64)
        try:
            program(torch, show)
        finally:
            torch.set_default_dtype(torch.float32)

    return run


def flags_that_may_not_be_set(torch, show):
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    for tensor in (y, y[:1], x, x.detach(), torch.tensor([1])):
        for flag in (True, False, 1, None):
            show.error(setattr, tensor, "requires_grad", flag)
            show(tensor.requires_grad)
    show(y.requires_grad_())
    for mode in (1, None, "yes"):
        show.error(torch.set_grad_enabled, mode)
        show(torch.is_grad_enabled())


def more_and_fewer_gradients_than_outputs(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    ones = torch.ones(2)
    show(torch.autograd.grad(x * x, x, [ones, ones]))
    torch.autograd.backward([x.sum()], [None, None])
    show(x.grad)
    for given in ((), [ones], ones):
        show.error(torch.autograd.grad, [x * x, x * 3], x, given)
        show.error(torch.autograd.backward, [x * x, x * 3], given)
    show(x.grad)


@_in_double_precision
def function_in_checkpoint_in_hooked_module_with_packed_values(torch, show):
    class Swish(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, beta):
            gate = torch.sigmoid(beta * x)
            ctx.save_for_backward(x, gate, beta)
            return x * gate

        @staticmethod
        def backward(ctx, grad):
            x, gate, beta = ctx.saved_tensors
            show("backward", ctx.needs_input_grad, grad)
            slope = gate * (1 - gate)
            return grad * (gate + beta * x * slope), (grad * x * x * slope).sum()

    class Block(torch.nn.Module):
        def __init__(self, kind):
            super().__init__()
            self.linear = torch.nn.Linear(3, 3)
            self.beta = torch.nn.Parameter(torch.tensor(1.5))
            self.kind = kind

        def inner(self, x):
            return x + Swish.apply(self.linear(x), self.beta)

        def forward(self, x):
            if self.kind is None:
                return self.inner(x)
            return torch.utils.checkpoint.checkpoint(self.inner, x, use_reentrant=self.kind)

    for kind in (None, False, True):
        torch.manual_seed(1)
        net = torch.nn.Sequential(Block(kind), torch.nn.Tanh(), Block(kind), torch.nn.Linear(3, 1))
        for name, module in net.named_modules():
            module.register_full_backward_hook(lambda _, inputs, outputs, name=name: show(name, inputs, outputs))
            module.register_full_backward_pre_hook(lambda _, outputs, name=name: show(name, "before", outputs))
            module.register_forward_hook(lambda _, inputs, output, name=name: show(name, output.requires_grad))
        x = torch.randn(4, 3, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach().clone().numpy(), torch.from_numpy):
            loss = (net(x) ** 2).mean()
        loss.backward()
        show(loss, x.grad, *[p.grad for p in net.parameters()])


@_in_double_precision
def optimizer_steps_within_backward_then_buckets(torch, show):
    net = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.GELU(), torch.nn.LayerNorm(6), torch.nn.Linear(6, 3))
    x, target = torch.randn(8, 4), torch.randint(0, 3, (8,))
    optimizers = {p: torch.optim.SGD([p], lr=0.1, momentum=0.9) for p in net.parameters()}

    def step(parameter):
        optimizers[parameter].step()
        optimizers[parameter].zero_grad()

    handles = [p.register_post_accumulate_grad_hook(step) for p in net.parameters()]
    for _ in range(3):
        loss = torch.nn.functional.cross_entropy(net(x), target)
        loss.backward()
        show(loss, [p.grad for p in net.parameters()])
    for handle in handles:
        handle.remove()

    flat = torch.zeros(sum(p.numel() for p in net.parameters()))
    at = 0
    for p in net.parameters():
        p.grad = flat[at : at + p.numel()].view_as(p)
        at += p.numel()
    left = [len(optimizers)]

    def arrived(parameter):
        left[0] -= 1
        show(parameter.shape, parameter.grad._base is flat)
        if not left[0]:
            torch.autograd.Variable._execution_engine.queue_callback(lambda: show("averaged", flat.div_(2)))

    nodes = [p.expand_as(p).grad_fn.next_functions[0][0] for p in net.parameters()]
    for p, node in zip(net.parameters(), nodes, strict=True):
        node.register_hook(lambda *_, p=p: arrived(p))
    torch.nn.functional.cross_entropy(net(x), target).backward()
    show(flat._version > 0, [p.grad._version for p in net.parameters()] == [flat._version] * len(nodes))


@_in_double_precision
def two_players_and_a_gradient_penalty(torch, show):
    nn = torch.nn
    generator = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
    critic = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
    players = [torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9) for net in (generator, critic)]
    real = torch.randn(6, 2) + 2
    for _ in range(3):
        fake = generator(torch.randn(6, 2))
        between = torch.lerp(real, fake.detach(), torch.rand(6, 1)).requires_grad_()
        (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
        penalty = ((slope.norm(2, dim=1) - 1) ** 2).mean()
        players[1].zero_grad()
        loss = critic(fake.detach()).mean() - critic(real).mean() + 10 * penalty
        loss.backward()
        players[1].step()
        critic.requires_grad_(False)
        players[0].zero_grad()
        cost = -critic(fake).mean()
        cost.backward()
        players[0].step()
        critic.requires_grad_(True)
        show(loss, cost, penalty, *[p.grad for p in generator.parameters()], *[p.grad for p in critic.parameters()])
    hidden = generator[:2](torch.randn(6, 2))
    score = critic(hidden @ generator[2].weight.t())
    score.mean().backward(retain_graph=True)
    players[0].step()
    show.error(score.sum().backward)


@_in_double_precision
def inner_loops_with_learned_rates(torch, show):
    functional = torch.nn.functional
    weights = [torch.nn.Parameter(torch.randn(*shape) * 0.5) for shape in ((8, 1), (8,), (1, 8), (1,))]
    rates = [torch.tensor(0.1, requires_grad=True) for _ in weights]

    def model(x, w, b, v, c):
        return functional.linear(torch.tanh(functional.linear(x, w, b)), v, c)

    for _ in range(2):
        x = torch.rand(10, 1) * 4
        y = torch.sin(x)
        fast = weights
        for _ in range(3):
            loss = functional.mse_loss(model(x[:5], *fast), y[:5])
            slopes = torch.autograd.grad(loss, fast, create_graph=True)
            fast = [w - rate * slope for w, rate, slope in zip(fast, rates, slopes, strict=True)]
        functional.mse_loss(model(x[5:], *fast), y[5:]).backward()
    show(*[w.grad for w in weights], *[rate.grad for rate in rates])


@_in_double_precision
def residual_blocks_in_place_on_views_twice(torch, show):
    x, w = torch.randn(4, 6, requires_grad=True), torch.randn(3, 3, requires_grad=True)
    h = x.clone()
    left, right = h[:, :3], h[:, 3:]
    left += torch.tanh(right.clone() @ w)
    right.mul_(torch.sigmoid(left.clone()))
    h.t()[0].add_(1)
    h.view(2, 12)[1].exp_()
    show(left, right, h, h._version)
    loss = h.sum()
    loss.backward(retain_graph=True)
    show(x.grad, w.grad)
    loss.backward(retain_graph=True)
    show(x.grad, w.grad)
    (slope,) = torch.autograd.grad(loss, x, create_graph=True)
    slope.pow(2).sum().backward()
    show(slope, x.grad, w.grad)


@_in_double_precision
def frozen_copied_and_trained_by_hand(torch, show):
    nn = torch.nn
    net = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 2))
    average = copy.deepcopy(net).requires_grad_(False)
    net[3].register_full_backward_hook(lambda _, inputs, outputs: show("hook", inputs, outputs))
    net[0].weight.register_hook(lambda grad: grad * 2)
    x, target = torch.randn(8, 3), torch.randn(8, 2)

    @torch.inference_mode()
    def evaluate(model):
        model.eval()
        output = model(x)
        model.train()
        show(output.is_inference(), (output - target).abs().mean())

    def train(model, momentum):
        ((model(x) - target) ** 2).mean().backward()
        with torch.no_grad():
            for name, p in model.named_parameters():
                if p.grad is not None:
                    velocity = momentum.setdefault(name, torch.zeros_like(p))
                    p.sub_(0.1 * velocity.mul_(0.9).add_(p.grad))
                    p.grad = None
            for mean, p in zip(average.parameters(), model.parameters(), strict=True):
                mean.lerp_(p, 0.1)
        show([p._version for p in model.parameters()])

    momentum = {}
    for stage in ("all", "head", "all again"):
        show(stage)
        net[0].requires_grad_(stage != "head")
        train(net, momentum)
        train(net, momentum)
        evaluate(net)
    twin = copy.deepcopy(net)
    train(twin, {})
    show(*net.parameters(), *average.parameters(), *twin.parameters())


@_in_double_precision
def truncated_sequences_with_tied_weights(torch, show):
    nn = torch.nn
    table = nn.Embedding(7, 4, padding_idx=0)
    cell, out = nn.Linear(8, 4), nn.Linear(4, 7, bias=False)
    out.weight = table.weight
    parameters = [table.weight, *cell.parameters()]
    data = torch.randint(0, 7, (2, 9))
    h = torch.zeros(2, 4)
    for start in (0, 4):
        h = h.detach()
        scores = torch.zeros(2, 4, 7)
        for i in range(4):
            h = torch.tanh(cell(torch.cat([table(data[:, start + i]), h], 1)))
            scores[:, i] = out(h)
        target = data[:, start + 1 : start + 5].reshape(-1)
        loss = nn.functional.cross_entropy(scores.reshape(-1, 7), target, ignore_index=0)
        loss.backward()
        show(loss, scores, h, nn.utils.clip_grad_norm_(parameters, 0.5), *[p.grad for p in parameters])
    show.error(lambda: h.sum().backward())
    h.detach_()
    show(h)
