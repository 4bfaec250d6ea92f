"""vmap: which dimension, of what, into which; containers, chunks and nesting."""

from . import numbers


def over_the_first_dimension(torch):
    return torch.func.vmap(lambda x: x.sum())(numbers(torch, 3, 4))


def is_torch_vmap(torch):
    return torch.vmap(torch.dot)(numbers(torch, 3, 4), numbers(torch, 3, 4, seed=1))


def over_another_dimension(torch):
    x = numbers(torch, 2, 3, 4)
    return [torch.vmap(lambda x: x.cumsum(0), in_dims=dim)(x) for dim in (0, 1, 2, -1, -2)]


def of_two_arguments_over_different_dimensions(torch):
    return torch.vmap(torch.dot, in_dims=(0, 1))(numbers(torch, 3, 4), numbers(torch, 4, 3, seed=1))


def of_one_argument_only(torch):
    return torch.vmap(torch.mv, in_dims=(None, 0))(numbers(torch, 2, 3), numbers(torch, 5, 3, seed=1))


def of_one_argument_only_as_a_list(torch):
    return torch.vmap(torch.mv, in_dims=(0, None))(numbers(torch, 5, 2, 3), numbers(torch, 3, seed=1))


def numbers_are_left_alone(torch):
    return torch.vmap(lambda x, n: x**n, in_dims=(0, None))(numbers(torch, 3), 3)


def a_shared_dimension_for_all_arguments(torch):
    f = lambda x, y: x * y
    return torch.vmap(f, in_dims=1)(numbers(torch, 2, 3), numbers(torch, 4, 3, seed=1)[:2])


def keyword_arguments_are_batched_over_the_first_dimension(torch):
    return torch.vmap(lambda x, *, y: x * y)(numbers(torch, 3), y=numbers(torch, 3, seed=1))


def keyword_arguments_of_other_kinds(torch):
    return torch.vmap(lambda x, *, dim: x.sum(dim))(numbers(torch, 3, 2, 4), dim=0)


def nested_arguments(torch):
    tree = {"a": numbers(torch, 3, 2), "b": [numbers(torch, 3, seed=1), (numbers(torch, 3, 2, seed=2),)]}
    return torch.vmap(lambda t: t["a"] * t["b"][0] + t["b"][1][0])(tree)


def nested_dimensions(torch):
    tree = {"a": numbers(torch, 2, 3), "b": [numbers(torch, 3, seed=1), numbers(torch, 2)]}
    f = lambda t, y: t["a"] * t["b"][0] + t["b"][1] * y
    return torch.vmap(f, in_dims=({"a": 1, "b": [0, None]}, None))(tree, numbers(torch, 2, seed=3))


def one_dimension_for_a_container(torch):
    tree = {"a": numbers(torch, 2, 3), "b": (numbers(torch, 2, 3, seed=1),)}
    return torch.vmap(lambda t, y: t["a"] * t["b"][0] + y, in_dims=(1, 0))(tree, numbers(torch, 3, 2))


def no_dimension_for_a_container(torch):
    tree = {"a": numbers(torch, 2), "b": 3}
    return torch.vmap(lambda t, y: t["a"] * t["b"] + y, in_dims=(None, 0))(tree, numbers(torch, 3, 2))


def several_results(torch):
    return torch.vmap(lambda x: (x.sum(), x * 2))(numbers(torch, 3, 2))


def a_list_of_results(torch):
    return torch.vmap(lambda x: [x.sum(), x * 2])(numbers(torch, 3, 2))


def nested_results(torch):
    return torch.vmap(lambda x: {"a": x.sum(), "b": (x * 2, [x.exp()])})(numbers(torch, 3, 2))


def results_along_another_dimension(torch):
    x = numbers(torch, 3, 2, 4)
    return [torch.vmap(lambda x: x * 2, out_dims=dim)(x) for dim in (0, 1, 2, -1, -3)]


def results_along_several_dimensions(torch):
    return torch.vmap(lambda x: (x.sum(), x * 2, x.outer(x)), out_dims=(0, 1, 2))(numbers(torch, 3, 2))


def nested_out_dims(torch):
    f = lambda x: {"a": x * 2, "b": (x * 3, x.sum())}
    return torch.vmap(f, out_dims={"a": 1, "b": (0, 0)})(numbers(torch, 3, 2))


def one_out_dim_for_a_container(torch):
    return torch.vmap(lambda x: {"a": x * 2, "b": x * 3}, out_dims=1)(numbers(torch, 3, 2))


def in_and_out_of_different_dimensions(torch):
    return torch.vmap(lambda x: x.flip(0), in_dims=2, out_dims=1)(numbers(torch, 2, 3, 4))


def a_result_that_is_the_same_for_all(torch):
    return torch.vmap(lambda x: (x, torch.arange(2)))(numbers(torch, 3))


def a_result_that_is_given_once(torch):
    return torch.vmap(lambda x: (x, torch.arange(2)), out_dims=(0, None))(numbers(torch, 3))


def the_identity(torch):
    x = numbers(torch, 3, 2)
    return torch.vmap(lambda x: x)(x)


def two_deep(torch):
    vmap = torch.vmap
    return vmap(vmap(torch.dot, (0, None)), (None, 0))(numbers(torch, 3, 4), numbers(torch, 2, 4, seed=1))


def three_deep(torch):
    f = lambda x, y: (x * y).cumsum(0)
    for _ in range(3):
        f = torch.vmap(f)
    return f(numbers(torch, 2, 3, 4, 5), numbers(torch, 2, 3, 4, 5, seed=1))


def three_deep_over_different_dimensions(torch):
    x = numbers(torch, 2, 3, 4, 5)
    f = torch.vmap(lambda x: x.cumsum(0), in_dims=1, out_dims=1)
    return torch.vmap(torch.vmap(f, in_dims=-1), in_dims=0, out_dims=2)(x)


def an_outer_product_by_two_levels(torch):
    x, y = numbers(torch, 3), numbers(torch, 4, seed=1)
    return torch.vmap(lambda a: torch.vmap(lambda b: a * b.exp())(y))(x)


def the_inner_level_sees_the_outer_argument(torch):
    x, y = numbers(torch, 3, 2), numbers(torch, 4, 2, seed=1)
    return torch.vmap(lambda a: torch.vmap(lambda b: (a * b).sum() + a, out_dims=1)(y))(x)


def the_inner_level_is_over_an_unbatched_argument_of_the_outer(torch):
    x, y = numbers(torch, 3, 2), numbers(torch, 4, 2, seed=1)
    inner = torch.vmap(torch.dot, in_dims=(None, 0))
    return torch.vmap(lambda a: inner(a, y) * a.sum())(x)


def in_chunks(torch):
    x = numbers(torch, 7, 3)
    return [torch.vmap(lambda x: x.cumsum(0), chunk_size=size)(x) for size in (1, 2, 3, 7, 10)]


def in_chunks_with_containers_and_dimensions(torch):
    tree = {"a": numbers(torch, 2, 5), "b": numbers(torch, 2, seed=1)}
    f = lambda t, y: (t["a"] * t["b"], {"y": y.sum()})
    mapped = torch.vmap(f, in_dims=({"a": 1, "b": None}, 0), out_dims=(1, 0), chunk_size=2)
    return mapped(tree, numbers(torch, 5, 3, seed=2))


def how_many_are_in_a_chunk(torch):
    seen = []

    def f(x):
        seen.append(tuple(x.shape))
        return x * 2

    torch.vmap(f, chunk_size=3)(numbers(torch, 7, 2))
    return seen


def what_is_seen_within(torch):
    seen = []

    def f(x):
        seen.extend([tuple(x.shape), x.dim(), len(x), x.dtype, x.requires_grad, x.numel(), x.size(-1), x.ndim])
        return x

    torch.vmap(f)(numbers(torch, 5, 2, 3))
    return seen


def called_once(torch):
    calls = []

    def f(x):
        calls.append(1)
        return x + 1

    torch.vmap(f)(numbers(torch, 5))
    return len(calls)


def a_batch_of_one(torch):
    return torch.vmap(lambda x: x.sum(0))(numbers(torch, 1, 3))


def a_batch_of_booleans_and_integers(torch):
    x = torch.arange(6).reshape(3, 2)
    return torch.vmap(lambda x: (x > 2, x // 2, x.sum(), ~(x > 1)))(x)


def made_within(torch):
    def f(x):
        return x + torch.arange(2) + torch.ones(2, dtype=torch.float64), torch.zeros_like(x), torch.full((2,), 3.0)

    return torch.vmap(f)(numbers(torch, 3, 2))


def made_new_from_a_batched_tensor(torch):
    def f(x):
        return x.new_zeros(2), x.new_ones(2, 2), x.new_tensor([1.0, 2.0]), torch.ones_like(x), torch.full_like(x, 2)

    return torch.vmap(f)(numbers(torch, 3, 2))


def iterating_and_unpacking_within(torch):
    def f(x):
        a, b, c = x
        return a * b + c, torch.stack([row * 2 for row in x]), sum(x)

    return torch.vmap(f)(numbers(torch, 4, 3))


def views_within(torch):
    def f(x):
        return x.T, x[0], x.reshape(-1), x.unsqueeze(0), x.flatten(), x.view(3, 2), x.permute(1, 0), x.expand(2, 2, 3)

    return torch.vmap(f)(numbers(torch, 4, 2, 3))


def comparing_with_what_is_outside(torch):
    limit = torch.tensor(0.0)
    return torch.vmap(lambda x: torch.where(x > limit, x, limit))(numbers(torch, 4, 2))


def an_argument_that_requires_grad(torch):
    x = numbers(torch, 3, 2, requires_grad=True)
    y = torch.vmap(lambda x: (x**2).sum())(x)
    return y, torch.autograd.grad(y.sum(), x)


def without_recording(torch):
    x = numbers(torch, 3, 2, requires_grad=True)
    with torch.no_grad():
        return torch.vmap(lambda x: (x**2).sum())(x)


def a_decorated_function(torch):
    @torch.vmap
    def f(x):
        return x.sum()

    return f(numbers(torch, 3, 2)), f.__name__


def a_method_and_a_module(torch):
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2)
    x = numbers(torch, 4, 3, dtype="float32")
    return torch.vmap(model)(x), torch.vmap(torch.Tensor.sum)(x)


def a_complex_batch(torch):
    f = lambda z: (z.conj() @ z, z.abs(), z.real, z * 2j)
    return torch.vmap(f)(numbers(torch, 3, 2, dtype="complex128"))


def numbers_batched_at_different_levels_together(torch):
    x, y = numbers(torch, 3), numbers(torch, 2, seed=1)

    def outer(a):
        def inner(b):
            return torch.stack([a, b, a * b]), torch.cat([a.reshape(1), b.reshape(1)])

        return torch.vmap(inner)(y)

    return torch.vmap(outer)(x)


def printing_does_not_fail(torch):
    texts = []

    def f(x):
        texts.append(str(x).split("(")[0] != "")
        return x

    torch.vmap(f)(numbers(torch, 3))
    return texts
