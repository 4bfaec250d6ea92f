"""autograd.functional: vectorized and forward-mode Jacobians and Hessians; what strict and create_graph mean there."""

import itertools

from . import differs, numbers, raises


def _f(x):
    return x.outer(x).sin().sum(0)


def _scalar(x):
    return (x**3).sum() * x.prod()


def _jacobian(f, *inputs, **options):
    def program(torch):
        tensors = tuple(numbers(torch, *shape, seed=seed) for seed, shape in enumerate(inputs))
        return torch.autograd.functional.jacobian(f, tensors if len(tensors) > 1 else tensors[0], **options)

    return program


def _hessian(f, *inputs, **options):
    def program(torch):
        tensors = tuple(numbers(torch, *shape, seed=seed) for seed, shape in enumerate(inputs))
        return torch.autograd.functional.hessian(f, tensors if len(tensors) > 1 else tensors[0], **options)

    return program


def _with_tuples(result):
    """The same as tuples, and as constants."""
    return tuple(map(_with_tuples, result)) if isinstance(result, (tuple, list)) else result.detach()


def _as_tuples(program):
    """Declare that chainrule gives tuples, as PyTorch's documentation says, and constants without create_graph."""
    reason = "tuples, and nothing that requires grad unless create_graph says so, as in reverse mode"
    return differs(reason, lambda torch: _with_tuples(program(torch)))(program)


FORWARD = {"vectorize": True, "strategy": "forward-mode"}
PROGRAMS = {
    "jacobian, vectorized": _jacobian(_f, (3,), vectorize=True),
    "jacobian in forward mode": _jacobian(_f, (3,), **FORWARD),
    "jacobian in forward mode, not vectorized": _jacobian(_f, (3,), strategy="forward-mode"),
    "jacobian in forward mode, strict": _jacobian(_f, (3,), strict=True, **FORWARD),
    "jacobian in forward mode, with a graph": _jacobian(_f, (3,), create_graph=True, **FORWARD),
    "jacobian of two inputs and two outputs, vectorized": _jacobian(
        lambda x, y: (x.outer(y), x.sum()), (3,), (2,), vectorize=True
    ),
    "jacobian of two inputs and two outputs in forward mode": _as_tuples(
        _jacobian(lambda x, y: (x.outer(y), x.sum()), (3,), (2,), **FORWARD)
    ),
    "jacobian of what does not depend, vectorized": _jacobian(lambda x, y: x * 2, (3,), (2,), vectorize=True),
    "jacobian of what does not depend in forward mode": _as_tuples(
        _jacobian(lambda x, y: x * 2, (3,), (2,), **FORWARD)
    ),
    "jacobian, strict and vectorized": _jacobian(_f, (3,), vectorize=True, strict=True),
    "jacobian, vectorized, of a scalar": _jacobian(_scalar, (3,), vectorize=True),
    "jacobian in forward mode, of a scalar": _jacobian(_scalar, (3,), **FORWARD),
    "jacobian in forward mode, of a number": _jacobian(lambda x: x.exp(), (), **FORWARD),
    "jacobian in forward mode, of a matrix": _jacobian(lambda x: x @ x.T, (2, 3), **FORWARD),
    "jacobian of an unknown strategy": _jacobian(_f, (3,), strategy="sideways"),
    "jacobian in forward mode, of a list": differs(
        "PyTorch's message lacks the name of the function",
        raises(
            TypeError,
            "The outputs of the user-provided function given to jacobian must be either a Tensor or a tuple of Tensors "
            "but the given outputs of the user-provided function has type <class 'list'>.",
        ),
    )(_jacobian(lambda x: [x], (3,), **FORWARD)),
    "hessian, vectorized": _hessian(_scalar, (3,), vectorize=True),
    "hessian with an outer forward mode": _as_tuples(
        _hessian(_scalar, (3,), vectorize=True, outer_jacobian_strategy="forward-mode")
    ),
    "hessian with an outer forward mode, with a graph": _hessian(
        _scalar, (3,), vectorize=True, outer_jacobian_strategy="forward-mode", create_graph=True
    ),
    "hessian with an outer forward mode, not vectorized": _hessian(
        _scalar, (3,), outer_jacobian_strategy="forward-mode"
    ),
    "hessian of two inputs, vectorized": _hessian(lambda x, y: (x.outer(y) ** 2).sum(), (3,), (2,), vectorize=True),
    "hessian of two inputs with an outer forward mode": _as_tuples(
        _hessian(
            lambda x, y: (x.outer(y) ** 2).sum(), (3,), (2,), vectorize=True, outer_jacobian_strategy="forward-mode"
        )
    ),
    "hessian of a vector": _hessian(_f, (3,)),
    "hessian of something linear": _hessian(lambda x: x.sum(), (3,)),
    "hessian of something linear, strict": _hessian(lambda x: x.sum(), (3,), strict=True),
    "hessian of something linear, vectorized": _hessian(lambda x: x.sum(), (3,), vectorize=True),
    **{
        f"jacobian with {options}": _jacobian(lambda x, y: (x * y, y.exp()), (2,), (2,), **options)
        for options in ({"create_graph": c, "vectorize": v} for c, v in itertools.product([False, True], repeat=2))
    },
    **{
        f"hessian with {options}": _hessian(lambda x, y: (x**2 * y).sum(), (2,), (2,), **options)
        for options in ({"create_graph": c, "vectorize": v} for c, v in itertools.product([False, True], repeat=2))
    },
}


def jacobian_in_forward_mode_differentiated(torch):
    x = numbers(torch, 3, requires_grad=True)
    jacobian = torch.autograd.functional.jacobian(_f, x, create_graph=True, vectorize=True)
    return jacobian, torch.autograd.grad(jacobian.square().sum(), x)


def hessian_vectorized_and_differentiated(torch):
    x = numbers(torch, 3, requires_grad=True)
    hessian = torch.autograd.functional.hessian(_scalar, x, create_graph=True, vectorize=True)
    return hessian, torch.autograd.grad(hessian.square().sum(), x)


def all_products(torch):
    functional = torch.autograd.functional
    x, v = numbers(torch, 3), numbers(torch, 3, seed=1)
    return {
        "vjp": functional.vjp(_f, x, v), "jvp": functional.jvp(_f, x, v),
        "vhp": functional.vhp(_scalar, x, v), "hvp": functional.hvp(_scalar, x, v),
    }  # fmt: skip


def all_products_with_a_graph(torch):
    functional = torch.autograd.functional
    x, v = numbers(torch, 3, requires_grad=True), numbers(torch, 3, seed=1)
    results = [
        functional.vjp(_f, x, v, create_graph=True), functional.jvp(_f, x, v, create_graph=True),
        functional.vhp(_scalar, x, v, create_graph=True), functional.hvp(_scalar, x, v, create_graph=True),
    ]  # fmt: skip
    return results, [torch.autograd.grad(product.sum(), x) for _, product in results]


def all_products_strictly(torch):
    functional = torch.autograd.functional
    x, v = numbers(torch, 3), numbers(torch, 3, seed=1)
    return [getattr(functional, name)(f, x, v, strict=True) for name, f in
            [("vjp", _f), ("jvp", _f), ("vhp", _scalar), ("hvp", _scalar)]]  # fmt: skip


def a_strict_product_of_a_constant(torch):
    return torch.autograd.functional.vjp(lambda x: torch.ones(3), torch.ones(3), torch.ones(3), strict=True)


def a_strict_product_that_ignores_an_input(torch):
    ones = torch.ones(3)
    return torch.autograd.functional.vjp(lambda x, y: x * 2, (ones, ones), ones, strict=True)


def a_strict_hessian_product_of_something_linear(torch):
    return torch.autograd.functional.vhp(lambda x: x.sum(), torch.ones(3), torch.ones(3), strict=True)


def functional_agrees_with_func(torch):
    x = numbers(torch, 3)
    functional, func = torch.autograd.functional, torch.func
    return [
        functional.jacobian(_f, x) - func.jacrev(_f)(x), functional.jacobian(_f, x) - func.jacfwd(_f)(x),
        functional.hessian(_scalar, x) - func.hessian(_scalar)(x),
    ]  # fmt: skip


def jacobian_within_a_transform(torch):
    return torch.func.grad(lambda x: torch.autograd.functional.jacobian(_f, x, create_graph=True).sum())(
        numbers(torch, 3)
    )


def jvp_within_vmap(torch):
    return torch.vmap(lambda x: torch.autograd.functional.jvp(_f, x, x)[1])(numbers(torch, 2, 3))


def jacobian_of_a_vmapped_function(torch):
    return torch.autograd.functional.jacobian(torch.vmap(_f), numbers(torch, 2, 3))


def jacobian_of_a_transformed_function(torch):
    return torch.autograd.functional.jacobian(torch.func.grad(_scalar), numbers(torch, 3))


def complex_jacobian_vectorized(torch):
    return torch.autograd.functional.jacobian(lambda z: z**2, numbers(torch, 2, dtype="complex128"), vectorize=True)


def complex_jacobian_in_forward_mode(torch):
    z = numbers(torch, 2, dtype="complex128")
    return torch.autograd.functional.jacobian(lambda z: z**2, z, vectorize=True, strategy="forward-mode")


def jacobian_of_parameters(torch):
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2).double()
    x = numbers(torch, 4, 3)
    call = lambda w, b: torch.func.functional_call(model, {"weight": w, "bias": b}, (x,))
    parameters = tuple(p.detach() for p in model.parameters())
    return torch.autograd.functional.jacobian(call, parameters, vectorize=True)
