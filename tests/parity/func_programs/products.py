"""vjp, jvp and linearize: products with Jacobians, in both directions."""

from . import numbers


def vjp_of_a_function(torch):
    output, pull = torch.func.vjp(lambda x: x.sin(), numbers(torch, 3))
    return output, pull(torch.ones(3, dtype=torch.float64)), pull(numbers(torch, 3, seed=1))


def vjp_of_two_arguments(torch):
    output, pull = torch.func.vjp(lambda x, y: x @ y, numbers(torch, 2, 3), numbers(torch, 3, 4, seed=1))
    return output, pull(numbers(torch, 2, 4, seed=2))


def vjp_of_several_outputs(torch):
    output, pull = torch.func.vjp(lambda x: (x.sin(), x.sum()), numbers(torch, 3))
    return output, pull((numbers(torch, 3, seed=1), torch.tensor(2.0, dtype=torch.float64)))


def vjp_of_containers(torch):
    def f(tree):
        return {"a": tree["x"] * tree["y"][0], "b": [tree["x"].sum()]}

    tree = {"x": numbers(torch, 3), "y": (numbers(torch, 3, seed=1),)}
    output, pull = torch.func.vjp(f, tree)
    cotangents = {"a": numbers(torch, 3, seed=2), "b": [torch.tensor(3.0, dtype=torch.float64)]}
    return output, pull(cotangents)


def vjp_with_auxiliary_results(torch):
    output, pull, aux = torch.func.vjp(lambda x: (x.exp(), {"mean": x.mean()}), numbers(torch, 3), has_aux=True)
    return output, pull(torch.ones(3, dtype=torch.float64)), aux


def vjp_in_another_order_of_calls(torch):
    _, pull = torch.func.vjp(lambda x: x**3, numbers(torch, 3))
    first, second = numbers(torch, 3, seed=1), numbers(torch, 3, seed=2)
    return pull(second), pull(first), pull(second)


def vjp_within_a_gradient(torch):
    def f(x):
        output, pull = torch.func.vjp(lambda x: x**3, x)
        return (pull(output)[0] * x).sum()

    return torch.func.grad(f)(numbers(torch, 3))


def vjp_with_a_cotangent_that_requires_grad(torch):
    x = numbers(torch, 3)
    v = numbers(torch, 3, seed=1, requires_grad=True)
    _, pull = torch.func.vjp(lambda x: x**2, x)
    (product,) = pull(v)
    return product, torch.autograd.grad(product.sum(), v)


def vjp_batched_by_vmap(torch):
    x = numbers(torch, 3)
    _, pull = torch.func.vjp(lambda x: x.outer(x).sum(0), x)
    return torch.func.vmap(pull)(torch.eye(3, dtype=torch.float64))


def vjp_of_what_is_independent(torch):
    _, pull = torch.func.vjp(lambda x, y: x * 2, numbers(torch, 3), numbers(torch, 2))
    return pull(torch.ones(3, dtype=torch.float64))


def vjp_of_a_constant(torch):
    _, pull = torch.func.vjp(lambda x: torch.ones(3), numbers(torch, 3))
    return pull(torch.ones(3))


def vjp_of_the_identity(torch):
    x = numbers(torch, 3)
    output, pull = torch.func.vjp(lambda x: x, x)
    return output, pull(torch.ones(3, dtype=torch.float64)), output is x


def vjp_complex(torch):
    z = numbers(torch, 3, dtype="complex128")
    output, pull = torch.func.vjp(lambda z: z**2 + z.conj(), z)
    return output, pull(numbers(torch, 3, seed=1, dtype="complex128"))


def vjp_keeps_no_graph_of_its_own(torch):
    output, pull = torch.func.vjp(lambda x: x**2, numbers(torch, 3))
    return output.requires_grad, pull(torch.ones(3, dtype=torch.float64))[0].requires_grad


def jvp_of_a_function(torch):
    return torch.func.jvp(torch.sin, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


def jvp_of_two_arguments(torch):
    x, y, a, b = (numbers(torch, 3, seed=seed) for seed in range(4))
    return torch.func.jvp(lambda x, y: x * y.exp(), (x, y), (a, b))


def jvp_of_containers(torch):
    tree = {"x": numbers(torch, 3), "y": [numbers(torch, 3, seed=1)]}
    tangents = {"x": numbers(torch, 3, seed=2), "y": [numbers(torch, 3, seed=3)]}
    return torch.func.jvp(lambda t: {"p": t["x"] * t["y"][0], "q": (t["x"].sum(),)}, (tree,), (tangents,))


def jvp_with_auxiliary_results(torch):
    x, v = numbers(torch, 3), numbers(torch, 3, seed=1)
    return torch.func.jvp(lambda x: (x**2, {"x": x * 3}), (x,), (v,), has_aux=True)


def jvp_of_an_output_that_does_not_depend(torch):
    x, v = numbers(torch, 3), numbers(torch, 3, seed=1)
    return torch.func.jvp(lambda x: (x * 2, torch.ones(2)), (x,), (v,))


def jvp_strict_with_an_output_that_does_not_depend(torch):
    x, v = numbers(torch, 3), numbers(torch, 3, seed=1)
    return torch.func.jvp(lambda x: (x * 2, torch.ones(2)), (x,), (v,), strict=True)


def jvp_of_jvp(torch):
    x, v = numbers(torch, 3), numbers(torch, 3, seed=1)
    first = lambda x: torch.func.jvp(lambda x: x**3, (x,), (v,))[1]
    return torch.func.jvp(first, (x,), (v,))


def jvp_three_deep(torch):
    one = torch.tensor(1.0, dtype=torch.float64)
    f = torch.sin
    for _ in range(3):
        f = lambda x, f=f: torch.func.jvp(f, (x,), (one,))[1]
    return f(torch.tensor(0.4, dtype=torch.float64))


def jvp_of_matrix_products_and_sums(torch):
    a, b, da, db = (numbers(torch, 3, 3, seed=seed) for seed in range(4))
    return torch.func.jvp(lambda a, b: (a @ b).softmax(1).cumsum(0).logsumexp(1), (a, b), (da, db))


def jvp_of_linear_algebra(torch):
    a, v = numbers(torch, 3, 3), numbers(torch, 3, 3, seed=1)
    a = a @ a.T + torch.eye(3, dtype=torch.float64)

    def f(a):
        return torch.linalg.inv(a), torch.linalg.cholesky(a @ a.T), torch.linalg.slogdet(a)[1], torch.linalg.det(a)

    return torch.func.jvp(f, (a,), (v,))


def jvp_of_layers(torch):
    x, v = numbers(torch, 2, 3, 6, 6), numbers(torch, 2, 3, 6, 6, seed=1)
    weight = numbers(torch, 4, 3, 3, 3, seed=2)
    F = torch.nn.functional

    def f(x):
        return F.max_pool2d(F.conv2d(x, weight, padding=1).relu(), 2).flatten(1).log_softmax(1)

    return torch.func.jvp(f, (x,), (v,))


def jvp_of_indexing_and_joining(torch):
    x, v = numbers(torch, 4, 3), numbers(torch, 4, 3, seed=1)

    def f(x):
        top, bottom = x.chunk(2)
        picked = x[torch.tensor([0, 2]), torch.tensor([1, 1])]
        return (
            torch.cat([top * bottom, x[1:3]]),
            picked,
            x.sort(0)[0],
            x.max(1).values,
            x.gather(1, torch.tensor([[2]])),
        )

    return torch.func.jvp(f, (x,), (v,))


def jvp_of_sorting_a_number(torch):
    x, v = numbers(torch), numbers(torch, seed=1)
    return torch.func.jvp(lambda x: (x.sort(0)[0], x.topk(1)[0], x.cummax(0)[0], x.median(0)[0]), (x,), (v,))


def jvp_of_what_shares_its_tangent(torch):
    def f(x):
        y = x * 2
        z = y + 1
        y.sin_()
        return y, z, y[:1]

    return torch.func.jvp(f, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


def jvp_of_in_place_changes(torch):
    x, v = numbers(torch, 4), numbers(torch, 4, seed=1)

    def f(x):
        y = x * 2
        y[1:3] = x[:2] * y[2:]
        y.sin_()
        y[0] += x[3]
        return y

    return torch.func.jvp(f, (x,), (v,))


def jvp_complex(torch):
    z, v = numbers(torch, 3, dtype="complex128"), numbers(torch, 3, seed=1, dtype="complex128")
    return torch.func.jvp(lambda z: (z**2, z.abs(), z.conj() * z, z.real, z.angle()), (z,), (v,))


def jvp_without_gradients_recorded(torch):
    with torch.no_grad():
        return torch.func.jvp(lambda x: x**2, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


def jvp_of_a_tensor_that_requires_grad(torch):
    x = numbers(torch, 3, requires_grad=True)
    v = numbers(torch, 3, seed=1)
    output, tangent = torch.func.jvp(lambda x: x**3, (x,), (v,))
    return output, tangent, torch.autograd.grad(tangent.sum(), x)


def jvp_of_a_tangent_that_requires_grad(torch):
    x, v = numbers(torch, 3), numbers(torch, 3, seed=1, requires_grad=True)
    _, tangent = torch.func.jvp(lambda x: x**3, (x,), (v,))
    return tangent, torch.autograd.grad(tangent.sum(), v)


def jvp_with_tangents_of_zero(torch):
    return torch.func.jvp(lambda x: x.sqrt(), (torch.zeros(2),), (torch.zeros(2),))


def jvp_of_integers_beside_the_dual(torch):
    index = torch.tensor([2, 0])
    return torch.func.jvp(lambda x: (x[index], (x > 0).sum(), x.argmax()), (numbers(torch, 3),), (numbers(torch, 3),))


def jvp_of_a_loss(torch):
    x, v = numbers(torch, 4, 3), numbers(torch, 4, 3, seed=1)
    target = torch.tensor([0, 2, 1, 1])
    F = torch.nn.functional
    losses = [
        lambda x: F.cross_entropy(x, target),
        lambda x: F.mse_loss(x, torch.zeros(4, 3, dtype=torch.float64)),
        lambda x: F.smooth_l1_loss(x, torch.ones(4, 3, dtype=torch.float64)),
        lambda x: F.binary_cross_entropy_with_logits(x, torch.ones(4, 3, dtype=torch.float64)),
    ]
    return [torch.func.jvp(loss, (x,), (v,)) for loss in losses]


def linearize_a_function(torch):
    x = numbers(torch, 3)
    output, push = torch.func.linearize(lambda x: x.sin() * x, x)
    return output, push(numbers(torch, 3, seed=1)), push(numbers(torch, 3, seed=2))


def linearize_two_arguments(torch):
    x, y = numbers(torch, 3), numbers(torch, 3, seed=1)
    output, push = torch.func.linearize(lambda x, y: (x * y, x.sum()), x, y)
    return output, push(numbers(torch, 3, seed=2), numbers(torch, 3, seed=3))


def linearize_a_dictionary(torch):
    parameters = {"a": numbers(torch, 3), "b": numbers(torch, 3, seed=1)}
    output, push = torch.func.linearize(lambda p: {"product": p["a"] * p["b"]}, parameters)
    return output, push({"a": numbers(torch, 3, seed=2), "b": numbers(torch, 3, seed=3)})


def linearize_batched_by_vmap(torch):
    _, push = torch.func.linearize(lambda x: x.outer(x), numbers(torch, 3))
    return torch.func.vmap(push)(torch.eye(3, dtype=torch.float64))


def linearize_a_product_of_matrices(torch):
    a, b = numbers(torch, 2, 3), numbers(torch, 3, 2, seed=1)
    output, push = torch.func.linearize(lambda a: (a @ b).softmax(-1), a)
    return output, push(numbers(torch, 2, 3, seed=2))


def vjp_and_jvp_agree(torch):
    f = lambda x: (x.outer(x).tanh() @ x).cumsum(0)
    x, u, v = (numbers(torch, 3, seed=seed) for seed in range(3))
    _, pull = torch.func.vjp(f, x)
    _, tangent = torch.func.jvp(f, (x,), (v,))
    return torch.dot(pull(u)[0], v), torch.dot(u, tangent)


def hessian_times_vector_forward_over_reverse(torch):
    x, v = numbers(torch, 3), numbers(torch, 3, seed=1)
    return torch.func.jvp(torch.func.grad(lambda x: (x**3).sum() * x.prod()), (x,), (v,))


def hessian_times_vector_reverse_over_forward(torch):
    x, v = numbers(torch, 3), numbers(torch, 3, seed=1)
    slope = lambda x: torch.func.jvp(lambda x: (x**3).sum() * x.prod(), (x,), (v,))[1]
    return torch.func.grad(slope)(x)


def hessian_times_vector_reverse_over_reverse(torch):
    x, v = numbers(torch, 3), numbers(torch, 3, seed=1)
    _, pull = torch.func.vjp(torch.func.grad(lambda x: (x**3).sum() * x.prod()), x)
    return pull(v)
