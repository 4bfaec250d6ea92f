"""Custom Functions under transforms: setup_context, generate_vmap_rule, vmap, jvp, vjp."""

from . import differs, numbers


def _function(torch, name="Own", **members):
    """A Function with these methods; what is callable is a static method."""
    wrapped = {key: staticmethod(m) if callable(m) else m for key, m in members.items()}
    return type(name, (torch.autograd.Function,), wrapped)


def _cube(torch, **members):
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    return _function(
        torch,
        "Cube",
        forward=lambda x: x**3,
        setup_context=setup_context,
        backward=lambda ctx, grad: 3 * ctx.saved_tensors[0] ** 2 * grad,
        **members,
    )


def _with_jvp(torch, **members):
    """The cube, with a rule for tangents."""
    return _cube(torch, jvp=lambda ctx, tangent: 3 * ctx.saved_tensors[0] ** 2 * tangent, **members)


def _product(torch, **members):
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    def jvp(ctx, a, b):
        x, y = ctx.saved_tensors
        return a * y + x * b

    return _function(
        torch,
        "Product",
        forward=lambda x, y: x * y,
        setup_context=setup_context,
        backward=lambda ctx, grad: (grad * ctx.saved_tensors[1], grad * ctx.saved_tensors[0]),
        jvp=jvp,
        **members,
    )


def gradient(torch):
    return torch.func.grad(lambda x: _cube(torch).apply(x).sum())(numbers(torch, 3))


def second_and_third_gradient(torch):
    f = _cube(torch).apply
    grad = torch.func.grad
    x = torch.tensor(1.5)
    return grad(grad(f))(x), grad(grad(grad(f)))(x)


@differs("a Function whose forward takes ctx can be transformed too", lambda torch: 2 * numbers(torch, 3))
def gradient_with_forward_and_context_together(torch):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    square = _function(torch, "Square", forward=forward, backward=lambda ctx, grad: 2 * ctx.saved_tensors[0] * grad)
    return torch.func.grad(lambda x: square.apply(x).sum())(numbers(torch, 3))


@differs("a Function whose forward takes ctx can be transformed too", lambda torch: numbers(torch, 3) ** 2)
def vmap_with_forward_and_context_together(torch):
    def forward(ctx, x):
        return x**2

    square = _function(torch, "Square", forward=forward, backward=lambda ctx, grad: grad, generate_vmap_rule=True)
    return torch.vmap(square.apply)(numbers(torch, 3))


@differs("a Function without a rule runs once for each entry", lambda torch: numbers(torch, 3) ** 3)
def vmap_without_a_rule(torch):
    return torch.vmap(_cube(torch).apply)(numbers(torch, 3))


def vmap_with_a_generated_rule(torch):
    return torch.vmap(_cube(torch, generate_vmap_rule=True).apply)(numbers(torch, 3, 2))


def vmap_with_a_generated_rule_over_another_dimension(torch):
    return torch.vmap(_cube(torch, generate_vmap_rule=True).apply, in_dims=1, out_dims=1)(numbers(torch, 3, 2))


def vmap_with_a_generated_rule_that_reduces(torch):
    total = _function(
        torch,
        "Total",
        forward=lambda x: x.sum(),
        setup_context=lambda ctx, inputs, output: setattr(ctx, "shape", inputs[0].shape),
        backward=lambda ctx, grad: grad.expand(ctx.shape),
        generate_vmap_rule=True,
    )
    return torch.vmap(total.apply)(numbers(torch, 3, 2)), torch.vmap(torch.func.grad(total.apply))(numbers(torch, 3, 2))


def vmap_of_one_argument_only(torch):
    product = _product(torch, generate_vmap_rule=True)
    return torch.vmap(product.apply, in_dims=(0, None))(numbers(torch, 3, 2), numbers(torch, 2, seed=1))


def gradient_of_vmap_with_a_generated_rule(torch):
    f = torch.vmap(_cube(torch, generate_vmap_rule=True).apply)
    return torch.func.grad(lambda x: f(x).sum())(numbers(torch, 3, 2))


def vmap_of_gradient_with_a_generated_rule(torch):
    f = torch.func.grad(lambda x: _cube(torch, generate_vmap_rule=True).apply(x).sum())
    return torch.vmap(f)(numbers(torch, 3, 2))


def backward_through_vmap_with_a_generated_rule(torch):
    x = numbers(torch, 3, 2, requires_grad=True)
    torch.vmap(_cube(torch, generate_vmap_rule=True).apply)(x).sum().backward()
    return x.grad


def two_levels_of_vmap_with_a_generated_rule(torch):
    product = _product(torch, generate_vmap_rule=True)
    f = torch.vmap(torch.vmap(product.apply, (0, None)), (None, 0))
    return f(numbers(torch, 3), numbers(torch, 2, seed=1))


def jacobians_with_a_generated_rule(torch):
    f = _with_jvp(torch, generate_vmap_rule=True).apply
    x = numbers(torch, 3)
    return torch.func.jacrev(f)(x), torch.func.jacfwd(f)(x)


def hessian_with_a_generated_rule(torch):
    f = _with_jvp(torch, generate_vmap_rule=True).apply
    return torch.func.hessian(lambda x: f(x).sum())(numbers(torch, 3))


def jacrev_without_a_rule(torch):
    return torch.func.jacrev(_cube(torch).apply)(numbers(torch, 3))


def vmap_with_a_rule(torch):
    seen = []

    def vmap(info, in_dims, x):
        seen.extend([info.batch_size, info.randomness, in_dims, tuple(x.shape)])
        return x**3 + 100, 0

    return torch.vmap(_cube(torch, vmap=vmap).apply)(numbers(torch, 4, 2)), seen


def vmap_with_a_rule_over_another_dimension(torch):
    def vmap(info, in_dims, x):
        return x.movedim(in_dims[0], 0) ** 3, 0

    return torch.vmap(_cube(torch, vmap=vmap).apply, in_dims=1)(numbers(torch, 4, 2))


def vmap_with_a_rule_for_two_arguments(torch):
    seen = []

    def vmap(info, in_dims, x, y):
        seen.append(in_dims)
        return x * y, 0

    product = _product(torch, vmap=vmap)
    f = torch.vmap(product.apply, in_dims=(0, None))
    return f(numbers(torch, 3, 2), numbers(torch, 2, seed=1)), seen


def vmap_with_a_rule_and_an_unbatched_result(torch):
    both = _function(
        torch,
        "Both",
        forward=lambda x: (x * 2, torch.ones(2)),
        setup_context=lambda ctx, inputs, output: None,
        backward=lambda ctx, a, b: a * 2,
        vmap=lambda info, in_dims, x: ((x * 2, torch.ones(2)), (0, None)),
    )
    return torch.vmap(both.apply)(numbers(torch, 3, 2))


def vmap_with_a_rule_that_calls_the_function(torch):
    members = {}

    def vmap(info, in_dims, x):
        return members["function"].apply(x), in_dims[0]

    members["function"] = _cube(torch, vmap=vmap)
    f = torch.vmap(members["function"].apply)
    return f(numbers(torch, 3, 2)), torch.func.grad(lambda x: f(x).sum())(numbers(torch, 3, 2))


def vmap_with_a_rule_and_numbers(torch):
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])
        ctx.power = inputs[1]

    power = _function(
        torch,
        "Power",
        forward=lambda x, n: x**n,
        setup_context=setup_context,
        backward=lambda ctx, grad: (ctx.power * ctx.saved_tensors[0] ** (ctx.power - 1) * grad, None),
        vmap=lambda info, in_dims, x, n: (x**n, 0),
    )
    return torch.vmap(lambda x: power.apply(x, 3))(numbers(torch, 3, 2)), torch.func.grad(
        lambda x: power.apply(x, 3).sum()
    )(numbers(torch, 3))


def vmap_with_a_rule_that_returns_too_little(torch):
    return torch.vmap(_cube(torch, vmap=lambda info, in_dims, x: x**3).apply)(numbers(torch, 4, 2))


def vmap_with_both_rules(torch):
    f = _cube(torch, generate_vmap_rule=True, vmap=lambda info, in_dims, x: (x**3, 0))
    return torch.vmap(f.apply)(numbers(torch, 3))


def jvp_with_a_rule(torch):
    return torch.func.jvp(_with_jvp(torch).apply, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


def _plain_jvp(torch):
    return torch.func.jvp(lambda x: x**3, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


@differs("tangents come from backward where there is no jvp", _plain_jvp)
def jvp_without_a_rule(torch):
    return torch.func.jvp(_cube(torch).apply, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


def jvp_of_two_arguments(torch):
    x, y, a, b = (numbers(torch, 3, seed=seed) for seed in range(4))
    return torch.func.jvp(_product(torch).apply, (x, y), (a, b))


def jvp_of_one_of_two_arguments(torch):
    x, y, a = (numbers(torch, 3, seed=seed) for seed in range(3))
    seen = []

    def jvp(ctx, a, b):
        seen.append(b is None)
        return a * ctx.saved_tensors[1]

    def setup_context(ctx, inputs, output):
        ctx.save_for_forward(*inputs)

    product = _function(
        torch, "Product", forward=lambda x, y: x * y, setup_context=setup_context, jvp=jvp,
        backward=lambda ctx, grad: (grad, grad),
    )  # fmt: skip
    return torch.func.jvp(lambda x: product.apply(x, y), (x,), (a,)), seen


def jvp_of_several_outputs(torch):
    def setup_context(ctx, inputs, output):
        ctx.save_for_forward(*inputs)

    def jvp(ctx, tangent):
        (x,) = ctx.saved_tensors
        return x.cos() * tangent, -x.sin() * tangent

    both = _function(
        torch, "Both", forward=lambda x: (x.sin(), x.cos()), setup_context=setup_context, jvp=jvp,
        backward=lambda ctx, a, b: a,
    )  # fmt: skip
    return torch.func.jvp(both.apply, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


def jvp_that_gives_too_many(torch):
    f = _cube(torch, jvp=lambda ctx, tangent: (tangent, tangent))
    return torch.func.jvp(f.apply, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


def jvp_that_gives_another_shape(torch):
    f = _cube(torch, jvp=lambda ctx, tangent: tangent.sum())
    return torch.func.jvp(f.apply, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


def _cube_and_zeros(torch):
    return numbers(torch, 3) ** 3, torch.zeros(3, dtype=torch.float64)


@differs("None is no tangent, where PyTorch fails an assertion", _cube_and_zeros)
def jvp_that_gives_none(torch):
    f = _cube(torch, jvp=lambda ctx, tangent: None)
    return torch.func.jvp(f.apply, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


def gradient_of_jvp_with_a_rule(torch):
    f = _with_jvp(torch).apply
    slope = lambda x: torch.func.jvp(f, (x,), (x.cos(),))[1].sum()
    return torch.func.grad(slope)(numbers(torch, 3))


def jvp_of_gradient_with_a_rule(torch):
    f = _with_jvp(torch).apply
    gradient = torch.func.grad(lambda x: f(x).sum())
    return torch.func.jvp(gradient, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


def _plain_jvp_of_jvp(torch):
    slope = lambda x: torch.func.jvp(lambda x: x**3, (x,), (x.cos(),))[1]
    return torch.func.jvp(slope, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


@differs("PyTorch has zeros for the second derivative", _plain_jvp_of_jvp)
def jvp_of_jvp_with_a_rule(torch):
    f = _with_jvp(torch).apply
    slope = lambda x: torch.func.jvp(f, (x,), (x.cos(),))[1]
    return torch.func.jvp(slope, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


def vmap_of_jvp_with_a_generated_rule(torch):
    f = _with_jvp(torch, generate_vmap_rule=True).apply
    return torch.vmap(lambda x, v: torch.func.jvp(f, (x,), (v,)))(numbers(torch, 4, 3), numbers(torch, 4, 3, seed=1))


def jvp_of_vmap_with_a_generated_rule(torch):
    f = torch.vmap(_with_jvp(torch, generate_vmap_rule=True).apply)
    return torch.func.jvp(f, (numbers(torch, 4, 3),), (numbers(torch, 4, 3, seed=1),))


@differs("vjp is another name for backward in transforms too", lambda torch: 2 * numbers(torch, 3))
def vjp_instead_of_backward(torch):
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    square = _function(
        torch, "Square", forward=lambda x: x**2, setup_context=setup_context,
        vjp=lambda ctx, grad: 2 * ctx.saved_tensors[0] * grad,
    )  # fmt: skip
    return torch.func.grad(lambda x: square.apply(x).sum())(numbers(torch, 3))


def no_backward(torch):
    f = _function(torch, "Nothing", forward=lambda x: x * 2, setup_context=lambda ctx, inputs, output: None)
    return torch.func.grad(lambda x: f.apply(x).sum())(numbers(torch, 3))


def an_integer_output(torch):
    def setup_context(ctx, inputs, output):
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(output[1])

    def backward(ctx, grad, _):
        (index,) = ctx.saved_tensors
        return torch.zeros(3, dtype=torch.float64).scatter(0, index, grad)

    sort = _function(
        torch, "Sort", forward=lambda x: tuple(x.sort()), setup_context=setup_context, backward=backward,
    )  # fmt: skip

    def f(x):
        values, index = sort.apply(x)
        return (values * torch.arange(3)).sum(), index

    return torch.func.grad(f, has_aux=True)(numbers(torch, 3))


def intermediates_as_outputs(torch):
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output[1])

    def backward(ctx, grad, grad_power):
        (power,) = ctx.saved_tensors
        return grad * power + grad_power * power

    f = _function(
        torch, "Exponential", forward=lambda x: (x.exp() - 1, x.exp()), setup_context=setup_context,
        backward=backward, generate_vmap_rule=True,
    )  # fmt: skip
    second = torch.func.grad(lambda x: torch.func.grad(lambda x: f.apply(x)[0].sum())(x).sum())
    return second(numbers(torch, 3)), torch.vmap(second)(numbers(torch, 2, 3))


def numpy_within_with_a_rule(torch):
    import numpy as np

    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    sine = _function(
        torch,
        "Sine",
        forward=lambda x: torch.tensor(np.sin(np.array(x.tolist())).tolist(), dtype=torch.float64),
        setup_context=setup_context,
        backward=lambda ctx, grad: grad * ctx.saved_tensors[0].cos(),
        vmap=lambda info, in_dims, x: (sine.apply(x), in_dims[0]),
    )
    return torch.vmap(torch.func.grad(lambda x: sine.apply(x).sum()))(numbers(torch, 4, 3))


def in_place_within_a_transform(torch):
    def setup_context(ctx, inputs, output):
        ctx.mark_dirty(inputs[0])

    double = _function(
        torch, "Double", forward=lambda x: x.mul_(2), setup_context=setup_context, backward=lambda ctx, grad: grad * 2,
    )  # fmt: skip
    return torch.func.grad(lambda x: double.apply(x.clone()).sum())(numbers(torch, 3))


def materialized_gradients(torch):
    seen = []

    def backward(ctx, a, b):
        seen.extend([a is None, b is None])
        return a

    f = _function(
        torch, "Pair", forward=lambda x: (x * 1, x * 2), setup_context=lambda ctx, inputs, output: None,
        backward=backward,
    )  # fmt: skip
    return torch.func.grad(lambda x: f.apply(x)[0].sum())(numbers(torch, 3)), seen


def needs_input_grad_within(torch):
    seen = []

    def backward(ctx, grad):
        seen.append(ctx.needs_input_grad)
        return grad, None

    f = _function(
        torch, "First", forward=lambda x, y: x + y, setup_context=lambda ctx, inputs, output: None, backward=backward,
    )  # fmt: skip
    y = numbers(torch, 3, seed=1)
    return torch.func.grad(lambda x: f.apply(x, y).sum())(numbers(torch, 3)), seen


def once_differentiable_twice(torch):
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    from_numbers = _function(
        torch, "Once", forward=lambda x: x**2, setup_context=setup_context,
        backward=torch.autograd.function.once_differentiable(lambda ctx, grad: 2 * ctx.saved_tensors[0] * grad),
    )  # fmt: skip
    first = torch.func.grad(from_numbers.apply)
    return torch.func.grad(first)(torch.tensor(2.0))


def containers_as_arguments(torch):
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])
        ctx.scale = inputs[1]["scale"]

    f = _function(
        torch, "Scaled", forward=lambda x, options: x * options["scale"], setup_context=setup_context,
        backward=lambda ctx, grad: (grad * ctx.scale, None), generate_vmap_rule=True,
    )  # fmt: skip
    return torch.vmap(torch.func.grad(lambda x: f.apply(x, {"scale": 3.0}).sum()))(numbers(torch, 2, 3))
