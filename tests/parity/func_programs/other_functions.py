"""functionalize, debug_unwrap, and what else torch.func has."""

from . import differs, numbers

NAMES = (
    "debug_unwrap", "functional_call", "functionalize", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp",
    "linearize", "replace_all_batch_norm_modules_", "stack_module_state", "vjp", "vmap",
)  # fmt: skip


def _changes(torch):
    def f(x):
        y = x * 1
        y[0].mul_(2)
        y.view(-1)[-1] = 5.0
        return y

    return f


def functionalized(torch):
    x = numbers(torch, 2, 3)
    return torch.func.functionalize(_changes(torch))(x), x


def functionalized_with_changes_to_the_argument(torch):
    def f(x):
        x.mul_(2)
        return x + 1

    x = numbers(torch, 3)
    return torch.func.functionalize(f)(x), x


def functionalized_without_views(torch):
    return torch.func.functionalize(_changes(torch), remove="mutations_and_views")(numbers(torch, 2, 3))


def functionalized_with_an_unknown_option(torch):
    return torch.func.functionalize(_changes(torch), remove="everything")(numbers(torch, 2, 3))


def functionalized_in_a_batch(torch):
    return torch.vmap(torch.func.functionalize(_changes(torch)))(numbers(torch, 4, 2, 3))


def _differentiated(torch):
    return torch.func.grad(lambda x: _changes(torch)(x).square().sum())(numbers(torch, 2, 3))


@differs("PyTorch has no derivative of the copy that it makes", _differentiated)
def functionalized_and_differentiated(torch):
    f = torch.func.functionalize(lambda x: _changes(torch)(x).square().sum())
    return torch.func.grad(f)(numbers(torch, 2, 3))


def functionalized_containers(torch):
    def f(tree):
        tree["a"].add_(1)
        return {"b": tree["a"] * 2}

    return torch.func.functionalize(f)({"a": numbers(torch, 3)})


def unwrapped(torch):
    seen = []

    def f(x):
        seen.append(torch.func.debug_unwrap(x))
        return x.sum()

    torch.vmap(f)(numbers(torch, 3, 2))
    return seen


def unwrapped_one_level(torch):
    seen = []

    def f(x):
        seen.append(tuple(torch.func.debug_unwrap(x, recurse=False).shape))
        seen.append(tuple(torch.func.debug_unwrap(x).shape))
        return x.sum()

    torch.vmap(torch.vmap(f))(numbers(torch, 4, 3, 2))
    return seen


@differs("reverse mode wraps nothing: the argument requires grad", lambda torch: [True])
def unwrapped_within_grad(torch):
    seen = []

    def f(x):
        seen.append(torch.func.debug_unwrap(x).requires_grad)
        return x.sum()

    torch.func.grad(f)(numbers(torch, 3))
    return seen


def unwrapped_what_is_not_wrapped(torch):
    x = numbers(torch, 3)
    return torch.func.debug_unwrap(x) is x


def names(torch):
    return [name for name in NAMES if name not in torch.func.__all__]


def vmap_is_the_same_everywhere(torch):
    return torch.vmap is torch.func.vmap, torch.func.vmap.__name__
