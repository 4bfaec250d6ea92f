"""jacrev, jacfwd and hessian: layouts of results, options, and agreement of all ways to second derivatives."""

from . import differs, numbers


def reverse(torch):
    return torch.func.jacrev(lambda x: x.sin() * x.sum())(numbers(torch, 3))


def forward(torch):
    return torch.func.jacfwd(lambda x: x.sin() * x.sum())(numbers(torch, 3))


def of_matrices(torch):
    x = numbers(torch, 2, 3)
    f = lambda x: x @ x.T
    return torch.func.jacrev(f)(x), torch.func.jacfwd(f)(x)


def of_a_scalar_result(torch):
    f = lambda x: (x**3).sum()
    return torch.func.jacrev(f)(numbers(torch, 2, 2)), torch.func.jacfwd(f)(numbers(torch, 2, 2))


def of_a_number(torch):
    x = torch.tensor(0.5)
    return torch.func.jacrev(torch.exp)(x), torch.func.jacfwd(torch.exp)(x)


def vector_of_a_number(torch):
    x = torch.tensor(0.5, dtype=torch.float64)
    f = lambda x: torch.stack([x, x**2, x**3])
    return torch.func.jacrev(f)(x), torch.func.jacfwd(f)(x)


def for_the_second_argument(torch):
    x, y = numbers(torch, 3), numbers(torch, 2, seed=1)
    f = lambda x, y: x.outer(y**2)
    return torch.func.jacrev(f, argnums=1)(x, y), torch.func.jacfwd(f, argnums=1)(x, y)


def for_two_arguments(torch):
    x, y = numbers(torch, 3), numbers(torch, 2, seed=1)
    f = lambda x, y: x.outer(y**2)
    return torch.func.jacrev(f, argnums=(0, 1))(x, y), torch.func.jacfwd(f, argnums=(0, 1))(x, y)


def for_a_tuple_of_one_argument(torch):
    x, y = numbers(torch, 3), numbers(torch, 3, seed=1)
    f = lambda x, y: x * y
    return torch.func.jacrev(f, argnums=(1,))(x, y), torch.func.jacfwd(f, argnums=(1,))(x, y)


def for_the_last_argument(torch):
    x, y = numbers(torch, 3), numbers(torch, 3, seed=1)
    return torch.func.jacrev(lambda x, y: x * y**2, argnums=-1)(x, y)


@differs("PyTorch's jacfwd gives zeros", for_the_last_argument)
def for_the_last_argument_forward(torch):
    x, y = numbers(torch, 3), numbers(torch, 3, seed=1)
    return torch.func.jacfwd(lambda x, y: x * y**2, argnums=-1)(x, y)


def of_several_outputs(torch):
    f = lambda x: (x.sin(), x.sum(), x[:2].outer(x))
    return torch.func.jacrev(f)(numbers(torch, 3)), torch.func.jacfwd(f)(numbers(torch, 3))


def of_a_dictionary_of_outputs(torch):
    f = lambda x: {"sine": x.sin(), "parts": [x.sum(), (x * 2,)]}
    return torch.func.jacrev(f)(numbers(torch, 3)), torch.func.jacfwd(f)(numbers(torch, 3))


def for_a_dictionary(torch):
    tree = {"a": numbers(torch, 2), "b": [numbers(torch, 3, seed=1)]}
    f = lambda t: t["a"].outer(t["b"][0])
    return torch.func.jacrev(f)(tree), torch.func.jacfwd(f)(tree)


def for_a_dictionary_and_a_tensor_with_several_outputs(torch):
    tree, y = {"a": numbers(torch, 2)}, numbers(torch, 2, seed=1)
    f = lambda t, y: (t["a"] * y, {"sum": (t["a"] + y).sum()})
    return torch.func.jacrev(f, argnums=(0, 1))(tree, y), torch.func.jacfwd(f, argnums=(0, 1))(tree, y)


def with_auxiliary_results(torch):
    f = lambda x: (x**2, {"x": x * 3})
    x = numbers(torch, 3)
    return torch.func.jacrev(f, has_aux=True)(x), torch.func.jacfwd(f, has_aux=True)(x)


def reverse_in_chunks(torch):
    x = numbers(torch, 5)
    f = lambda x: x.sin() * x.sum()
    return [torch.func.jacrev(f, chunk_size=size)(x) for size in (1, 2, 5, 100)]


def reverse_in_chunks_of_several_outputs(torch):
    x, y = numbers(torch, 3), numbers(torch, 2, seed=1)
    f = lambda x, y: (x.sin() * x.sum(), x.outer(y), y.sum())
    return [torch.func.jacrev(f, argnums=(0, 1), chunk_size=size)(x, y) for size in (1, 2, 4)]


def of_what_does_not_depend(torch):
    f = lambda x, y: (x * 2, torch.ones(2))
    x, y = numbers(torch, 3), numbers(torch, 2, seed=1)
    return torch.func.jacrev(f, argnums=(0, 1))(x, y), torch.func.jacfwd(f, argnums=(0, 1))(x, y)


def of_the_identity(torch):
    x = numbers(torch, 3)
    return torch.func.jacrev(lambda x: x)(x), torch.func.jacfwd(lambda x: x)(x)


def of_a_view(torch):
    x = numbers(torch, 2, 3)
    return torch.func.jacrev(lambda x: x.T[1:])(x), torch.func.jacfwd(lambda x: x.T[1:])(x)


def of_indexing(torch):
    f = lambda x: x[torch.tensor([2, 0, 0])] * x[1]
    return torch.func.jacrev(f)(numbers(torch, 3)), torch.func.jacfwd(f)(numbers(torch, 3))


def of_changes_in_place(torch):
    def f(x):
        y = x * x
        y[0] = x.sum()
        y.mul_(2)
        return y

    return torch.func.jacrev(f)(numbers(torch, 3)), torch.func.jacfwd(f)(numbers(torch, 3))


def of_softmax(torch):
    f = lambda x: x.softmax(0)
    return torch.func.jacrev(f)(numbers(torch, 4)), torch.func.jacfwd(f)(numbers(torch, 4))


def of_a_solution(torch):
    a, b = numbers(torch, 3, 3) + 4 * torch.eye(3, dtype=torch.float64), numbers(torch, 3, seed=1)
    f = torch.linalg.solve
    return torch.func.jacrev(f, argnums=(0, 1))(a, b), torch.func.jacfwd(f, argnums=(0, 1))(a, b)


def of_a_convolution(torch):
    x, weight = numbers(torch, 1, 2, 4, 4), numbers(torch, 2, 2, 3, 3, seed=1)
    f = lambda x, w: torch.nn.functional.conv2d(x, w).tanh()
    return torch.func.jacrev(f, argnums=(0, 1))(x, weight), torch.func.jacfwd(f, argnums=(0, 1))(x, weight)


def of_a_type_change(torch):
    f = lambda x: x.double() ** 2
    x = numbers(torch, 3, dtype="float32")
    return torch.func.jacrev(f)(x), torch.func.jacfwd(f)(x)


def hessian_of_a_scalar(torch):
    return torch.func.hessian(lambda x: (x**3).sum() * x.prod())(numbers(torch, 3))


def hessian_of_a_matrix_argument(torch):
    return torch.func.hessian(lambda x: (x @ x.T).tanh().sum())(numbers(torch, 2, 2))


def hessian_of_a_vector(torch):
    return torch.func.hessian(lambda x: x**3)(numbers(torch, 3))


def hessian_of_two_arguments(torch):
    x, y = numbers(torch, 2), numbers(torch, 3, seed=1)
    return torch.func.hessian(lambda x, y: (x.outer(y) ** 2).sum(), argnums=(0, 1))(x, y)


def hessian_of_a_dictionary(torch):
    tree = {"a": numbers(torch, 2), "b": numbers(torch, 2, seed=1)}
    return torch.func.hessian(lambda t: (t["a"] ** 2 * t["b"]).sum())(tree)


def hessian_of_something_linear(torch):
    return torch.func.hessian(lambda x: (2 * x).sum())(numbers(torch, 3))


def second_derivatives_in_all_four_ways(torch):
    f = lambda x: (x.outer(x).sin() @ x).prod()
    x = numbers(torch, 3)
    forward, reverse = torch.func.jacfwd, torch.func.jacrev
    return [outer(inner(f))(x) for outer in (forward, reverse) for inner in (forward, reverse)]


def second_derivatives_of_a_vector_in_all_four_ways(torch):
    f = lambda x: (x @ x.T).cumsum(0).exp()
    x = numbers(torch, 2, 2) * 0.3
    forward, reverse = torch.func.jacfwd, torch.func.jacrev
    return [outer(inner(f))(x) for outer in (forward, reverse) for inner in (forward, reverse)]


def third_derivatives(torch):
    f = lambda x: (x**4).sum() + x.prod()
    x = numbers(torch, 3)
    forward, reverse = torch.func.jacfwd, torch.func.jacrev
    return forward(forward(reverse(f)))(x), reverse(forward(forward(f)))(x), forward(reverse(reverse(f)))(x)


def complex_reverse(torch):
    return torch.func.jacrev(lambda z: z**2)(numbers(torch, 2, dtype="complex128"))


def complex_forward(torch):
    return torch.func.jacfwd(lambda z: z**2)(numbers(torch, 2, dtype="complex128"))


def real_of_complex(torch):
    z = numbers(torch, 2, dtype="complex128")
    f = lambda z: z.abs() ** 2
    return torch.func.jacrev(f)(z), torch.func.jacfwd(f)(z)


def complex_of_real(torch):
    f = lambda x: torch.complex(x, x**2)
    return torch.func.jacfwd(f)(numbers(torch, 2))


def complex_of_real_in_reverse(torch):
    return torch.func.jacrev(lambda x: torch.complex(x, x**2))(numbers(torch, 2))


def forward_with_the_same_randomness(torch):
    torch.manual_seed(0)
    f = lambda x: x * torch.rand(3, dtype=torch.float64)
    return torch.func.jacfwd(f, randomness="same")(numbers(torch, 3))


def batched_jacobians(torch):
    f = lambda x: x.outer(x).sum(0)
    x = numbers(torch, 4, 3)
    vmap = torch.func.vmap
    return vmap(torch.func.jacrev(f))(x), vmap(torch.func.jacfwd(f))(x), vmap(torch.func.hessian(f))(x)


def jacobian_of_a_batched_function(torch):
    f = torch.func.vmap(lambda x: x.outer(x).sum(0))
    x = numbers(torch, 2, 3)
    return torch.func.jacrev(f)(x), torch.func.jacfwd(f)(x)


def divergence_and_laplacian(torch):
    f = lambda x: (x**2).sum().exp()
    x = numbers(torch, 5, 3) * 0.3
    laplacian = torch.func.vmap(lambda x: torch.func.hessian(f)(x).trace())(x)
    divergence = torch.func.vmap(lambda x: torch.func.jacfwd(torch.func.grad(f))(x).diagonal().sum())(x)
    return laplacian, divergence


def gradient_of_the_norm_of_a_jacobian(torch):
    def penalty(x):
        return torch.func.jacrev(lambda x: x.outer(x).sin().sum(0))(x).norm()

    def other(x):
        return torch.func.jacfwd(lambda x: x.outer(x).sin().sum(0))(x).norm()

    return torch.func.grad(penalty)(numbers(torch, 3)), torch.func.grad(other)(numbers(torch, 3))


def of_a_module(torch):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    x = numbers(torch, 3, dtype="float32")
    return torch.func.jacrev(model)(x), torch.func.jacfwd(model)(x)


def of_the_parameters_of_a_module(torch):
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2)
    parameters = {name: p.detach() for name, p in model.named_parameters()}
    x = numbers(torch, 3, dtype="float32")
    call = lambda p: torch.func.functional_call(model, p, (x,))
    return torch.func.jacrev(call)(parameters), torch.func.jacfwd(call)(parameters)


def recorded_for_autograd(torch):
    x = numbers(torch, 3, requires_grad=True)
    jacobian = torch.func.jacrev(lambda x: x**3)(x)
    forward = torch.func.jacfwd(lambda x: x**3)(x)
    return jacobian, forward, torch.autograd.grad(jacobian.sum(), x), torch.autograd.grad(forward.sum(), x)


def empty_input(torch):
    return torch.func.jacrev(lambda x: x * 2)(torch.zeros(0)), torch.func.jacfwd(lambda x: x * 2)(torch.zeros(0))
