"""Transforms beside ordinary autograd: tensors that require grad, graphs within and without, flags, hooks."""

import contextlib

from . import differs, numbers, raises


def a_captured_tensor_that_requires_grad(torch):
    w = numbers(torch, 3, seed=1, requires_grad=True)
    gradient = torch.func.grad(lambda x: (w * x**2).sum())(numbers(torch, 3))
    return gradient, torch.autograd.grad(gradient.sum(), w)


def an_argument_that_requires_grad(torch):
    x = numbers(torch, 3, requires_grad=True)
    gradient = torch.func.grad(lambda x: (x**3).sum())(x)
    return gradient, torch.autograd.grad(gradient.sum(), x)


def an_argument_that_does_not_require_grad(torch):
    gradient, value = torch.func.grad_and_value(lambda x: (x**3).sum())(numbers(torch, 3))
    return gradient.requires_grad, value.requires_grad, gradient.is_leaf, value.is_leaf


def backward_through_a_transform(torch):
    x, w = numbers(torch, 3, requires_grad=True), numbers(torch, 3, seed=1, requires_grad=True)
    torch.func.grad(lambda x: (w * x**3).sum())(x).square().sum().backward()
    return x.grad, w.grad


def backward_through_vmap(torch):
    x, w = numbers(torch, 4, 3, requires_grad=True), numbers(torch, 3, seed=1, requires_grad=True)
    torch.vmap(lambda x: (w * x.sin()).sum())(x).square().sum().backward()
    return x.grad, w.grad


def backward_through_vmap_of_grad(torch):
    x, w = numbers(torch, 4, 3, requires_grad=True), numbers(torch, 3, seed=1, requires_grad=True)
    torch.vmap(torch.func.grad(lambda x: (w * x.sin()).sum().exp()))(x).square().sum().backward()
    return x.grad, w.grad


def backward_through_jvp(torch):
    x, v = numbers(torch, 3, requires_grad=True), numbers(torch, 3, seed=1, requires_grad=True)
    w = numbers(torch, 3, seed=2, requires_grad=True)
    output, tangent = torch.func.jvp(lambda x: (w * x).sin() * x.sum(), (x,), (v,))
    (output.sum() + tangent.square().sum()).backward()
    return x.grad, v.grad, w.grad


def backward_through_vjp(torch):
    x, v = numbers(torch, 3, requires_grad=True), numbers(torch, 3, seed=1, requires_grad=True)
    output, pull = torch.func.vjp(lambda x: x.sin() * x.sum(), x)
    (output.sum() + pull(v)[0].square().sum()).backward()
    return x.grad, v.grad


def backward_through_a_hessian(torch):
    x = numbers(torch, 3, requires_grad=True)
    torch.func.hessian(lambda x: (x**4).sum())(x).sum().backward()
    return x.grad


def second_backward_through_a_transform(torch):
    x = numbers(torch, 3, requires_grad=True)
    gradient = torch.func.grad(lambda x: (x**4).sum())(x)
    (second,) = torch.autograd.grad(gradient.sum(), x, create_graph=True)
    return second, torch.autograd.grad(second.sum(), x)


def a_loss_with_a_gradient_penalty(torch):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)).double()
    x = numbers(torch, 5, 3)
    gradients = torch.vmap(torch.func.grad(lambda x: model(x).squeeze()))(x)
    (model(x).mean() + (gradients.norm(dim=1) - 1).square().mean()).backward()
    return [p.grad for p in model.parameters()]


def no_gradients_are_written_by_a_transform(torch):
    x, w = numbers(torch, 3, requires_grad=True), numbers(torch, 3, seed=1, requires_grad=True)
    torch.func.grad(lambda x: (w * x).sum())(x)
    return x.grad, w.grad


def autograd_grad_within_vmap(torch):
    w = numbers(torch, 3, requires_grad=True)

    def f(x):
        y = (w * x).sin().sum()
        return torch.autograd.grad(y, w, create_graph=True)[0]

    return torch.vmap(f)(numbers(torch, 4, 3, seed=1))


def autograd_grad_of_what_is_made_within_vmap(torch):
    def f(x):
        w = torch.ones(3, dtype=torch.float64, requires_grad=True)
        return torch.autograd.grad((w * x).exp().sum(), w)[0]

    return torch.vmap(f)(numbers(torch, 4, 3))


def autograd_grad_within_grad(torch):
    def f(x):
        return torch.autograd.grad((x**3).sum(), x, create_graph=True)[0].sum()

    return torch.func.grad(f)(numbers(torch, 3))


def autograd_grad_within_jvp(torch):
    def f(x):
        w = torch.ones(3, dtype=torch.float64, requires_grad=True)
        return torch.autograd.grad((w * x).exp().sum(), w, create_graph=True)[0]

    return torch.func.jvp(f, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


def backward_within_grad(torch):
    def f(x):
        y = (x**2).sum()
        y.backward()
        return y

    return torch.func.grad(f)(numbers(torch, 3))


def backward_within_vmap(torch):
    w = numbers(torch, 3, requires_grad=True)

    def f(x):
        y = (w * x).sum()
        y.backward()
        return y

    return torch.vmap(f)(numbers(torch, 4, 3))


def backward_within_jvp(torch):
    w = numbers(torch, 3, requires_grad=True)

    def f(x):
        y = (w * x).sum()
        y.backward()
        return y

    return torch.func.jvp(f, (numbers(torch, 3),), (numbers(torch, 3),))


def backward_within_a_function_for_vjp(torch):
    def f(x):
        (x**2).sum().backward()
        return x

    return torch.func.vjp(f, numbers(torch, 3))


def requires_grad_within_grad(torch):
    def f(x):
        y = x.detach()
        y.requires_grad_()
        return (x * y).sum()

    return torch.func.grad(f)(numbers(torch, 3))


def requires_grad_of_the_argument_within_grad(torch):
    def f(x):
        x.requires_grad_()
        return (x * x).sum()

    return torch.func.grad(f)(numbers(torch, 3))


def requires_grad_within_vmap(torch):
    def f(x):
        x.requires_grad_()
        return x * 2

    return torch.vmap(f)(numbers(torch, 3))


def requires_grad_turned_off_within_grad(torch):
    def f(x):
        x.requires_grad_(False)
        return (x * x).sum()

    return torch.func.grad(f)(numbers(torch, 3))


def requires_grad_set_within_grad(torch):
    def f(x):
        y = torch.ones(3)
        y.requires_grad = True
        return (x * y).sum()

    return torch.func.grad(f)(numbers(torch, 3))


def requires_grad_asked_for_at_creation(torch):
    def f(x):
        y = torch.ones(3, requires_grad=True)
        return (x * y).sum()

    return torch.func.grad(f)(numbers(torch, 3))


def retain_grad_within_grad(torch):
    def f(x):
        y = x * 2
        y.retain_grad()
        return y.sum()

    return torch.func.grad(f)(numbers(torch, 3))


def a_hook_within_grad(torch):
    def f(x):
        y = x * 2
        y.register_hook(lambda g: g * 10)
        return (y * x).sum()

    return torch.func.grad(f)(numbers(torch, 3))


def a_hook_of_the_argument_within_grad(torch):
    def f(x):
        x.register_hook(lambda g: g * 10)
        return (x * x).sum()

    return torch.func.grad(f)(numbers(torch, 3))


def grad_fn_within(torch):
    seen = []

    def f(x):
        y = x.sin()
        seen.extend([type(y.grad_fn).__name__, x.grad_fn is None, x.grad is None])
        return y.sum()

    torch.func.grad(f)(numbers(torch, 3))
    return seen


def detached_within_vmap(torch):
    x = numbers(torch, 3, requires_grad=True)
    return torch.vmap(lambda x: (x.detach() * 2, x * 2))(x)


def no_grad_within_vmap(torch):
    def f(x):
        with torch.no_grad():
            y = x**2
        return y, x * y

    return torch.vmap(f)(numbers(torch, 3, requires_grad=True))


def inference_mode_around(torch):
    with torch.inference_mode():
        return torch.func.grad(lambda x: (x**2).sum())(torch.ones(3)).tolist()


def enable_grad_switched_within(torch):
    def f(x):
        torch.set_grad_enabled(False)
        y = x * 2
        torch.set_grad_enabled(True)
        return (y * x).sum()

    return torch.func.grad(f)(numbers(torch, 3))


def grad_mode_is_as_before_after_an_error(torch):
    def f(x):
        raise ValueError("no")

    with torch.no_grad():
        try:
            torch.func.grad(f)(numbers(torch, 3))
        except ValueError:
            return torch.is_grad_enabled()


def transforms_work_after_an_error_within(torch):
    def fails(x):
        raise ValueError("no")

    for transform in (torch.func.grad, torch.vmap, torch.func.jacfwd):
        with contextlib.suppress(ValueError):
            torch.vmap(transform(fails))(numbers(torch, 3, 2))
    x = numbers(torch, 3, requires_grad=True)
    (x**2).sum().backward()
    return x.grad, torch.vmap(torch.func.grad(torch.sin))(x.detach())


def is_grads_batched(torch):
    x = numbers(torch, 3, requires_grad=True)
    y = x.outer(x).sum(0)
    basis = torch.eye(3, dtype=torch.float64)
    return torch.autograd.grad(y, x, basis, is_grads_batched=True)


def is_grads_batched_of_several_outputs(torch):
    x, w = numbers(torch, 3, requires_grad=True), numbers(torch, 2, seed=1, requires_grad=True)
    outputs = (x.outer(w), x.sin())
    batches = (numbers(torch, 4, 3, 2, seed=2), numbers(torch, 4, 3, seed=3))
    return torch.autograd.grad(outputs, (x, w), batches, is_grads_batched=True)


def is_grads_batched_with_a_graph(torch):
    x = numbers(torch, 3, requires_grad=True)
    basis = torch.eye(3, dtype=torch.float64)
    (jacobian,) = torch.autograd.grad(x**3, x, basis, is_grads_batched=True, create_graph=True)
    return jacobian, torch.autograd.grad(jacobian.sum(), x)


def is_grads_batched_of_what_is_unused(torch):
    x, y = numbers(torch, 3, requires_grad=True), numbers(torch, 2, requires_grad=True)
    basis = torch.eye(3, dtype=torch.float64)
    return torch.autograd.grad(x * 2, (x, y), basis, is_grads_batched=True, allow_unused=True)


def is_grads_batched_of_linear_algebra_and_layers(torch):
    a = numbers(torch, 3, 3, requires_grad=True)
    F = torch.nn.functional
    outputs = [torch.linalg.inv(a).sum(0), F.conv1d(a[None], torch.ones(2, 3, 2).double()).flatten(), a.softmax(1)[0]]
    return [torch.autograd.grad(y, a, torch.eye(y.numel()).double(), is_grads_batched=True)[0] for y in outputs]


def is_grads_batched_without_gradients_of_outputs(torch):
    x = numbers(torch, 3, requires_grad=True)
    return torch.autograd.grad(x.sum(), x, is_grads_batched=True)


def is_grads_batched_of_another_shape(torch):
    x = numbers(torch, 3, requires_grad=True)
    return torch.autograd.grad(x * 2, x, torch.ones(4, 2), is_grads_batched=True)


def what_escapes_is_an_ordinary_tensor(torch):
    kept = []

    def f(x):
        kept.append(x * 2)
        return x.sum()

    torch.func.grad(f)(numbers(torch, 3))
    return kept[0].detach() + 1


@differs(
    "the message names what was done with it",
    raises(
        RuntimeError,
        "vmap: the values of a batched tensor are asked for, of which there is one for each entry of the batch: by "
        "numpy.add, or outside of the vmap it belongs to",
    ),
)
def a_tensor_that_escapes_from_vmap(torch):
    kept = []

    def f(x):
        kept.append(x * 2)
        return x.sum()

    torch.vmap(f)(numbers(torch, 3, 2))
    return kept[0] + 1
