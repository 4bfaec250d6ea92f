"""Transforms of transforms: each pair in both orders, and some deeper."""

import itertools

from . import differs, numbers


def _scalar(torch):
    return lambda x: (x.outer(x).sin() @ x).prod() + x.exp().sum()


def _vector(torch):
    return lambda x: x.outer(x).tanh().sum(0) * x


def _jvp(torch, f):
    """The derivative of f in a direction of its own."""
    return lambda x: torch.func.jvp(f, (x,), (x.cos(),))[1]


def _vjp(torch, f):
    """The pulled-back of a function of the output, as a function of the input."""

    def pulled(x):
        output, pull = torch.func.vjp(f, x)
        return pull(output.cos())[0]

    return pulled


def _linearized(torch, f):
    def pushed(x):
        return torch.func.linearize(f, x.detach())[1](x.cos())

    return pushed


def _over_rows(torch, f):
    """The function of each of two rows made of the argument, joined."""
    return lambda x: torch.vmap(f)(torch.stack([x, x.sin()])).sum(0)


def _summed(torch, f):
    return lambda x: f(x).sum()


TRANSFORMS = {
    "jvp": _jvp,
    "vjp": _vjp,
    "grad": lambda torch, f: torch.func.grad(_summed(torch, f)),
    "jacrev": lambda torch, f: lambda x: torch.func.jacrev(f)(x).sum(0),
    "jacfwd": lambda torch, f: lambda x: torch.func.jacfwd(f)(x).sum(0),
    "vmap": _over_rows,
}


def _composed(*names):
    def program(torch):
        f = _vector(torch)
        for name in reversed(names):
            f = TRANSFORMS[name](torch, f)
        return f(numbers(torch, 3) * 0.5)

    return program


PROGRAMS = {
    **{f"{outer} of {inner}": _composed(outer, inner) for outer, inner in itertools.product(TRANSFORMS, repeat=2)},
    **{
        " of ".join(names): _composed(*names)
        for names in [
            ("jvp", "jvp", "jvp"),
            ("grad", "jvp", "grad"),
            ("jvp", "grad", "jvp"),
            ("vmap", "jvp", "grad"),
            ("vmap", "grad", "jvp"),
            ("grad", "vmap", "jvp"),
            ("jvp", "vmap", "grad"),
            ("jacfwd", "vmap", "grad"),
            ("vmap", "vmap", "grad"),
            ("jvp", "vmap", "vmap"),
            ("grad", "grad", "grad"),
            ("grad", "jacrev", "vmap"),
            ("vmap", "jacfwd", "jacrev"),
            ("vmap", "jacrev", "jacfwd"),
            ("jacfwd", "jacrev", "jacfwd"),
            ("vjp", "jvp", "vmap"),
            ("jacrev", "vjp", "jvp"),
            ("vmap", "grad", "vmap"),
            ("grad", "vmap", "grad"),
            ("vmap", "jvp", "vmap", "grad"),
            ("jvp", "vmap", "jvp", "vjp"),
        ]
    },
}


def hessians_in_all_ways(torch):
    x = numbers(torch, 3) * 0.5
    ways = {"grad": None, "jacfwd": torch.func.jacfwd, "jacrev": torch.func.jacrev}
    return {
        f"{outer} of {inner}": ways[outer]((torch.func.grad if inner == "grad" else ways[inner])(_scalar(torch)))(x)
        for outer in ("jacfwd", "jacrev")
        for inner in ways
    }


def gradients_of_each_sample(torch):
    weight, x, y = numbers(torch, 3), numbers(torch, 5, 3, seed=1), numbers(torch, 5, seed=2)
    loss = lambda w, x, y: (w @ x - y) ** 2
    return torch.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(weight, x, y)


def values_and_gradients_of_each_sample_with_more(torch):
    weight, x = {"w": numbers(torch, 3)}, numbers(torch, 5, 3, seed=1)

    def loss(p, x):
        y = p["w"] @ x
        return y**2, {"y": y, "x": x}

    return torch.vmap(torch.func.grad_and_value(loss, has_aux=True), in_dims=(None, 0))(weight, x)


def gradient_of_a_sum_over_a_batch(torch):
    weight, x = numbers(torch, 3), numbers(torch, 5, 3, seed=1)
    return torch.func.grad(lambda w: torch.vmap(lambda x: (w @ x).sin())(x).sum())(weight)


def gradient_with_respect_to_what_is_captured_and_batched(torch):
    x = numbers(torch, 4, 3)

    def of_one(x):
        return torch.func.grad(lambda y: (x * y**2).sum())(x * 2)

    return torch.vmap(of_one)(x)


def inner_gradient_of_an_outer_variable(torch):
    def outer(x):
        inner = torch.func.grad(lambda y: y * x**2)(x)
        return inner * x

    return torch.func.grad(outer)(torch.tensor(2.0))


def perturbations_are_not_confused(torch):
    one = torch.tensor(1.0)

    def outer(x):
        return x * torch.func.jvp(lambda y: x + y, (one,), (one,))[1]

    return torch.func.jvp(outer, (torch.tensor(3.0),), (one,))


def perturbations_are_not_confused_with_gradients(torch):
    one = torch.tensor(1.0)
    outer = lambda x: x * torch.func.jvp(lambda y: x * y**2, (x,), (one,))[1]
    return torch.func.grad(outer)(torch.tensor(3.0)), torch.func.jvp(torch.func.grad(outer), (one * 3,), (one,))


def vmap_over_directions(torch):
    x, directions = numbers(torch, 3), numbers(torch, 4, 3, seed=1)
    push = lambda v: torch.func.jvp(_vector(torch), (x,), (v,))
    return torch.vmap(push)(directions), torch.vmap(push, out_dims=(None, 1))(directions)


def vmap_over_points_and_directions(torch):
    push = lambda x, v: torch.func.jvp(_vector(torch), (x,), (v,))[1]
    return torch.vmap(torch.vmap(push, (None, 0)), (0, None))(numbers(torch, 2, 3), numbers(torch, 4, 3, seed=1))


def vmap_over_cotangents(torch):
    _, pull = torch.func.vjp(_vector(torch), numbers(torch, 3))
    return torch.vmap(pull)(numbers(torch, 4, 3, seed=1)), torch.vmap(pull, in_dims=1)(numbers(torch, 3, 4, seed=1))


def vmap_in_chunks_of_gradients(torch):
    return torch.vmap(torch.func.grad(_scalar(torch)), chunk_size=2)(numbers(torch, 5, 3))


def hessian_vector_products_of_a_batch(torch):
    def product(x, v):
        return torch.func.jvp(torch.func.grad(_scalar(torch)), (x,), (v,))[1]

    return torch.vmap(product)(numbers(torch, 4, 3) * 0.5, numbers(torch, 4, 3, seed=1))


def a_step_of_newton_for_each(torch):
    def step(x):
        f = lambda x: (x**4).sum() + (x**2).sum()
        return x - torch.linalg.solve(torch.func.hessian(f)(x), torch.func.grad(f)(x))

    return torch.vmap(step)(numbers(torch, 4, 3))


def training_steps_within_a_gradient(torch):
    x, y = numbers(torch, 6, 3), numbers(torch, 6, seed=1)

    def loss_after_training(rate):
        w = torch.zeros(3, dtype=torch.float64)
        for _ in range(3):
            w = w - rate * torch.func.grad(lambda w: ((x @ w - y) ** 2).mean())(w)
        return ((x @ w - y) ** 2).mean()

    return torch.func.grad_and_value(loss_after_training)(torch.tensor(0.1, dtype=torch.float64))


def training_steps_of_several_models(torch):
    x, y, starts = numbers(torch, 6, 3), numbers(torch, 6, seed=1), numbers(torch, 4, 3, seed=2)

    def trained(w):
        for _ in range(3):
            w = w - 0.1 * torch.func.grad(lambda w: ((x @ w - y) ** 2).mean())(w)
        return w

    return torch.vmap(trained)(starts)


def adapting_to_each_task(torch):
    weight, tasks = numbers(torch, 3), numbers(torch, 4, 6, 3, seed=1)

    def loss(w, x):
        return ((x @ w).sin() - 1).square().mean()

    def after_adapting(w, x):
        return loss(w - 0.1 * torch.func.grad(loss)(w, x), x)

    total = lambda w: torch.vmap(after_adapting, in_dims=(None, 0))(w, tasks).mean()
    return torch.func.grad_and_value(total)(weight)


def a_physics_informed_loss(torch):
    weights = {"a": numbers(torch, 5), "b": numbers(torch, 5, seed=1), "c": numbers(torch, 5, seed=2)}

    def u(p, t):
        return p["c"] @ (p["a"] * t + p["b"]).tanh()

    def residual(p, t):
        first = torch.func.grad(u, argnums=1)
        second = torch.func.grad(first, argnums=1)
        return second(p, t) + u(p, t) * first(p, t)

    times = torch.linspace(0, 1, 4, dtype=torch.float64)
    loss = lambda p: torch.vmap(residual, in_dims=(None, 0))(p, times).square().mean()
    return torch.func.grad_and_value(loss)(weights)


def jacobian_by_vmap_and_jvp_and_by_vmap_and_vjp(torch):
    x, basis = numbers(torch, 3), torch.eye(3, dtype=torch.float64)
    f = _vector(torch)
    columns = torch.vmap(lambda v: torch.func.jvp(f, (x,), (v,))[1], out_dims=1)(basis)
    _, pull = torch.func.vjp(f, x)
    (rows,) = torch.vmap(pull)(basis)
    return columns, rows


def gauss_newton_product(torch):
    x, v = numbers(torch, 3), numbers(torch, 3, seed=1)
    _, push = torch.func.linearize(_vector(torch), x)
    _, pull = torch.func.vjp(_vector(torch), x)
    return pull(push(v))


def linearized_within_vmap(torch):
    def f(x, v):
        return torch.func.jvp(_vector(torch), (x,), (v,))

    return torch.vmap(f, in_dims=(0, None))(numbers(torch, 2, 3), numbers(torch, 3, seed=1))


def neural_tangent_kernel(torch):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2)).double()
    parameters = {name: p.detach() for name, p in model.named_parameters()}
    x = numbers(torch, 3, 3)

    def jacobian(x):
        return torch.func.jacrev(lambda p: torch.func.functional_call(model, p, (x,)))(parameters)

    jacobians = [j.flatten(2) for j in torch.vmap(jacobian)(x).values()]
    return torch.stack([torch.einsum("Naf,Mbf->NMab", j, j) for j in jacobians]).sum(0)


def _normalized(torch):
    weights = torch.arange(3, dtype=torch.float64).cos()
    return lambda x: (torch.nn.functional.layer_norm(x, (3,)) * weights).sin().sum()


def layer_norm_forward_over_reverse(torch):
    x = numbers(torch, 3)
    return torch.func.jvp(torch.func.grad(_normalized(torch)), (x,), (x.cos(),))[1]


@differs("PyTorch's second derivative is wrong in this order", layer_norm_forward_over_reverse)
def layer_norm_reverse_over_forward(torch):
    x = numbers(torch, 3)
    return torch.func.grad(lambda x: torch.func.jvp(_normalized(torch), (x,), (x.detach().cos(),))[1])(x)


def _square(torch):
    return torch.func.jvp(lambda x: x**2, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


@differs("PyTorch's tangent is wrong where a tensor is multiplied by itself in place", _square)
def jvp_of_a_product_with_itself_in_place(torch):
    def f(x):
        y = x * 1
        return y.mul_(y)

    return torch.func.jvp(f, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


def jvp_over_gradient_of_a_change_in_place(torch):
    def f(x):
        y = x * 1
        z = y.tanh().exp()
        y.zero_()
        y[0] = z[1]
        return (z * y).sum()

    x = numbers(torch, 3)
    return torch.func.jvp(torch.func.grad(f), (x,), (x.cos(),))
