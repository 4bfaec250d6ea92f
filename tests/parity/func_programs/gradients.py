"""grad and grad_and_value: which argument, containers, auxiliary results, and gradients of gradients."""

from . import numbers


def of_a_sum_of_sines(torch):
    return torch.func.grad(lambda x: x.sin().sum())(numbers(torch, 4))


def of_a_number(torch):
    return torch.func.grad(torch.sin)(torch.tensor(0.7))


def third_derivative(torch):
    grad = torch.func.grad
    return grad(grad(grad(torch.tanh)))(torch.tensor(0.3, dtype=torch.float64))


def of_the_second_argument(torch):
    return torch.func.grad(lambda x, y: (x * y**2).sum(), argnums=1)(numbers(torch, 3), numbers(torch, 3, seed=1))


def of_the_last_argument(torch):
    return torch.func.grad(lambda x, y: (x * y**2).sum(), argnums=-1)(numbers(torch, 3), numbers(torch, 3, seed=1))


def of_two_arguments(torch):
    x, y, z = (numbers(torch, 3, seed=seed) for seed in range(3))
    return torch.func.grad(lambda x, y, z: (x * y * z).sum(), argnums=(0, 2))(x, y, z)


def of_two_arguments_the_other_way_around(torch):
    return torch.func.grad(lambda x, y: (x * y**2).sum(), argnums=(1, 0))(numbers(torch, 3), numbers(torch, 3, seed=1))


def of_a_tuple_of_one_argument(torch):
    return torch.func.grad(lambda x, y: (x * y).sum(), argnums=(0,))(numbers(torch, 3), numbers(torch, 3, seed=1))


def of_a_dictionary(torch):
    parameters = {"weight": numbers(torch, 2, 3), "bias": numbers(torch, 2, seed=1)}
    x = numbers(torch, 3, seed=2)
    return torch.func.grad(lambda p, x: (p["weight"] @ x + p["bias"]).tanh().sum())(parameters, x)


def of_nested_containers(torch):
    tree = {"layers": [(numbers(torch, 2), numbers(torch, 2, seed=1))], "scale": torch.tensor(2.0)}

    def total(tree):
        first, second = tree["layers"][0]
        return (first * second.exp()).sum() * tree["scale"]

    return torch.func.grad(total)(tree)


def of_a_keyword_only_by_closure(torch):
    return torch.func.grad(lambda x, power=1: (x**power).sum())(numbers(torch, 3), power=3)


def of_a_named_tuple(torch):
    import collections

    pair = collections.namedtuple("Pair", "a b")  # noqa: PYI024
    return torch.func.grad(lambda p: (p.a * p.b).sum())(pair(numbers(torch, 2), numbers(torch, 2, seed=1)))


def of_an_ordered_dictionary(torch):
    import collections

    parameters = collections.OrderedDict(b=numbers(torch, 2), a=numbers(torch, 2, seed=1))
    return torch.func.grad(lambda p: (p["a"] * p["b"] ** 2).sum())(parameters)


def with_auxiliary_results(torch):
    def loss(x):
        y = x.exp()
        return y.sum(), {"y": y, "x": x}

    return torch.func.grad(loss, has_aux=True)(numbers(torch, 3))


def auxiliary_numbers_are_refused(torch):
    return torch.func.grad(lambda x: (x.sum(), 3), has_aux=True)(numbers(torch, 3))


def auxiliary_result_that_depends_on_nothing(torch):
    return torch.func.grad(lambda x: (x.sum(), torch.ones(2)), has_aux=True)(numbers(torch, 3))


def auxiliary_results_of_two_gradients(torch):
    def loss(x):
        return (x**3).sum(), x * 2

    def slope(x):
        gradient, aux = torch.func.grad(loss, has_aux=True)(x)
        return gradient.sum(), aux

    return torch.func.grad(slope, has_aux=True)(numbers(torch, 3))


def with_the_value(torch):
    return torch.func.grad_and_value(lambda x: x.square().sum())(numbers(torch, 3))


def with_the_value_and_auxiliary_results(torch):
    return torch.func.grad_and_value(lambda x: (x.square().sum(), x.cos()), has_aux=True)(numbers(torch, 3))


def with_the_value_of_two_arguments(torch):
    x, y = numbers(torch, 3), numbers(torch, 3, seed=1)
    return torch.func.grad_and_value(lambda x, y: (x / y).sum(), argnums=(0, 1))(x, y)


def a_decorated_function(torch):
    @torch.func.grad
    def loss(x):
        """The loss."""
        return (x**2).sum()

    return loss(numbers(torch, 3)), loss.__name__, loss.__doc__


def what_the_result_does_not_depend_on_has_zeros(torch):
    x, y = numbers(torch, 3), numbers(torch, 2, 2, seed=1)
    return torch.func.grad(lambda x, y: x.sum(), argnums=(0, 1))(x, y)


def a_constant_has_zeros(torch):
    return torch.func.grad(lambda x: torch.tensor(3.0))(numbers(torch, 3))


def nothing_goes_through_detach(torch):
    return torch.func.grad(lambda x: (x * x.detach()).sum())(numbers(torch, 3))


def no_grad_within_stops_the_gradient(torch):
    def loss(x):
        with torch.no_grad():
            constant = x**2
        return (x**3 - constant).sum()

    return torch.func.grad(loss)(numbers(torch, 3))


def no_grad_around_does_not_stop_it(torch):
    with torch.no_grad():
        return torch.func.grad(lambda x: (x**3).sum())(numbers(torch, 3))


def no_grad_around_two_gradients(torch):
    grad = torch.func.grad
    with torch.no_grad():
        return grad(lambda x: grad(lambda x: (x**3).sum())(x).sum())(numbers(torch, 3))


def enable_grad_within_no_grad(torch):
    def loss(x):
        with torch.no_grad():
            with torch.enable_grad():
                y = x**2
            return y.sum() + x.sum()

    return torch.func.grad(loss)(numbers(torch, 3))


def flags_seen_within(torch):
    seen = []

    def loss(x):
        seen.extend([x.requires_grad, x.is_leaf, torch.is_grad_enabled()])
        y = x * 2
        seen.extend([y.requires_grad, y.is_leaf])
        return y.sum()

    torch.func.grad(loss)(numbers(torch, 3))
    return seen


def changes_in_place_within(torch):
    def loss(x):
        y = x.clone()
        y.mul_(x).add_(1)
        y[0] = x[1] * 3
        return (y**2).sum()

    return torch.func.grad(loss)(numbers(torch, 3))


def changes_an_argument_in_place(torch):
    def loss(x):
        x.mul_(2)
        return (x**2).sum()

    x = numbers(torch, 3)
    return torch.func.grad(loss)(x), x


def changes_a_view_in_place(torch):
    def loss(x):
        y = x * 1
        y[:, 0].exp_()
        y.T[1].mul_(x[:, 0])
        return (y * x).sum()

    return torch.func.grad(loss)(numbers(torch, 3, 2))


def changes_in_place_what_is_needed(torch):
    def loss(x):
        y = x * 1
        z = y.exp()
        z.add_(1)
        return z.sum()

    return torch.func.grad(loss)(numbers(torch, 3))


def gradient_of_a_gradient_norm(torch):
    def penalty(x):
        return torch.func.grad(lambda x: (x.sin() * x).sum())(x).norm()

    return torch.func.grad(penalty)(numbers(torch, 4))


def gradient_through_the_inner_argument_and_the_outer(torch):
    def outer(x):
        inner = torch.func.grad(lambda y: (x * y**2).sum())(x)
        return (inner * x).sum()

    return torch.func.grad(outer)(numbers(torch, 3))


def complex_input_with_a_real_loss(torch):
    return torch.func.grad(lambda z: (z * z.conj()).real.sum())(numbers(torch, 3, dtype="complex128"))


def complex_input_with_an_absolute_value(torch):
    return torch.func.grad(lambda z: z.exp().abs().sum())(numbers(torch, 3, dtype="complex64"))


def complex_within_real(torch):
    return torch.func.grad(lambda x: torch.fft.fft(x).abs().square().sum())(numbers(torch, 5))


def second_derivative_with_complex_numbers(torch):
    grad = torch.func.grad
    loss = lambda z: (z**3).abs().sum()
    return grad(lambda z: (grad(loss)(z).abs() ** 2).sum())(numbers(torch, 3, dtype="complex128"))


def input_in_half_precision(torch):
    return torch.func.grad(lambda x: (x * x).sum())(torch.tensor([1.0, 2.0], dtype=torch.float16))


def of_a_matrix_inverse(torch):
    return torch.func.grad(lambda a: torch.linalg.inv(a).trace())(numbers(torch, 3, 3) + 3 * torch.eye(3))


def of_a_tensor_with_a_gradient_already(torch):
    x = numbers(torch, 3, requires_grad=True)
    (x**2).sum().backward()
    gradient = torch.func.grad(lambda x: (x**3).sum())(x)
    return gradient, x.grad, x.requires_grad


def tensor_gradients_by_autograd_within(torch):
    def loss(x):
        y = x**3
        (gradient,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        return (gradient * x).sum()

    return torch.func.grad(loss)(numbers(torch, 3))


def an_empty_tensor(torch):
    return torch.func.grad(lambda x: x.sum())(torch.zeros(0, 3))


def a_result_with_one_element_in_no_dimension(torch):
    return torch.func.grad(lambda x: x[0] * x[1])(numbers(torch, 3))


def partial_functions(torch):
    import functools

    loss = functools.partial(lambda scale, x: (scale * x**2).sum(), 3.0)
    return torch.func.grad(loss)(numbers(torch, 3))


def a_module_as_a_function(torch):
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 1)
    return torch.func.grad(lambda x: model(x).sum())(numbers(torch, 3, dtype="float32"))


def other_arguments_of_any_kind(torch):
    def loss(x, name, options, number):
        return (x ** options["power"]).sum() * number * len(name)

    return torch.func.grad(loss)(numbers(torch, 3), "ab", {"power": 2}, 3)


def deeper_than_four(torch):
    f = lambda x: (x * x.sin()).exp()
    for _ in range(5):
        f = torch.func.grad(f)
    return f(torch.tensor(0.2, dtype=torch.float64))
