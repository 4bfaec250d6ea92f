"""What grad, vjp, jvp, linearize, jacrev, jacfwd and hessian refuse, and what they say."""

from . import differs, numbers, raises


def _refused(name, f, *args, **options):
    """A program that transforms f and calls it with these arguments, made by functions of the library."""

    def program(torch):
        return getattr(torch.func, name)(f, **options)(*[a(torch) if callable(a) else a for a in args])

    return program


def _x(torch):
    return numbers(torch, 3)


def _integers(torch):
    return torch.arange(3)


PROGRAMS = {
    "grad of a vector": _refused("grad", lambda x: x * 2, _x),
    "grad of a matrix": _refused("grad", lambda x: x.outer(x), _x),
    "grad of one element in a dimension": _refused("grad", lambda x: x.sum().reshape(1), _x),
    "grad of a number": _refused("grad", lambda x: 3.0, _x),
    "grad of None": _refused("grad", lambda x: None, _x),
    "grad of a tuple": _refused("grad", lambda x: (x.sum(), x.sum()), _x),
    "grad of a dictionary": _refused("grad", lambda x: {"a": x.sum()}, _x),
    "grad without the auxiliary result": _refused("grad", lambda x: x.sum(), _x, has_aux=True),
    "grad with one too many": _refused("grad", lambda x: (x.sum(), x, x), _x, has_aux=True),
    "grad for integers": _refused("grad", lambda x: x.sum(), _integers),
    "grad for booleans": _refused("grad", lambda x: x.sum(), lambda torch: torch.tensor([True])),
    "grad for an integer result": _refused("grad", lambda x: x.argmax(), _x),
    "grad for a number": _refused("grad", lambda x: x**2, 3.0),
    "grad for a list of numbers": _refused("grad", lambda x: x[0] ** 2, [3.0, 1.0]),
    "grad for a tensor and a string": _refused(
        "grad", lambda x: x["a"].sum(), lambda torch: {"a": torch.ones(2), "b": "c"}
    ),
    "grad for a container without tensors": _refused("grad", lambda x: 3.0, {}),
    "grad with a complex result": _refused(
        "grad", lambda z: (z * z).sum(), lambda torch: numbers(torch, 3, dtype="complex128")
    ),
    "grad with argnums too large": _refused("grad", lambda x: x.sum(), _x, argnums=2),
    "grad with argnums too negative": _refused("grad", lambda x: x.sum(), _x, argnums=-2),
    "grad with the same argnums twice": _refused("grad", lambda x: x.sum(), _x, argnums=(0, 0)),
    "grad with argnums too large in a tuple": _refused("grad", lambda x: x.sum(), _x, argnums=(0, 1)),
    "grad with no argnums": _refused("grad", lambda x: x.sum(), _x, argnums=()),
    "grad with argnums that is a string": _refused("grad", lambda x: x.sum(), _x, argnums="x"),
    "grad with argnums that is a list": _refused("grad", lambda x: x.sum(), _x, argnums=[0]),
    "grad with argnums that is None": _refused("grad", lambda x: x.sum(), _x, argnums=None),
    "grad without arguments": _refused("grad", lambda: None),
    "grad of keywords only": lambda torch: torch.func.grad(lambda x: x.sum())(x=_x(torch)),
    "grad of an error within": _refused("grad", lambda x: x.no_such_method(), _x),
    "grad_and_value of a vector": _refused("grad_and_value", lambda x: x * 2, _x),
    "grad_and_value of a tuple": _refused("grad_and_value", lambda x: (x.sum(), x), _x),
    "jacrev of a number": _refused("jacrev", lambda x: 3.0, _x),
    "jacrev of None": _refused("jacrev", lambda x: None, _x),
    "jacrev of a tuple with a number": _refused("jacrev", lambda x: (x, 3), _x),
    "jacrev of nothing": _refused("jacrev", lambda x: (), _x),
    "jacrev of integers": _refused("jacrev", lambda x: x.argsort(), _x),
    "jacrev for integers": _refused("jacrev", lambda x: x * 2, _integers),
    "jacrev for a number": _refused("jacrev", lambda x: x * 2, 3.0),
    "jacrev without the auxiliary result": _refused("jacrev", lambda x: x * 2, _x, has_aux=True),
    "jacrev with argnums too large": _refused("jacrev", lambda x: x * 2, _x, argnums=1),
    "jacrev with the same argnums twice": _refused("jacrev", lambda x: x * 2, _x, argnums=(0, 0)),
    "jacrev with argnums that is a string": _refused("jacrev", lambda x: x * 2, _x, argnums="x"),
    "jacrev with no argnums": _refused("jacrev", lambda x: x * 2, _x, argnums=()),
    "jacrev in chunks of zero": _refused("jacrev", lambda x: x * 2, _x, chunk_size=0),
    "jacrev in chunks of less": _refused("jacrev", lambda x: x * 2, _x, chunk_size=-1),
    "jacfwd of a number": _refused("jacfwd", lambda x: 3.0, _x),
    "jacfwd of None": _refused("jacfwd", lambda x: None, _x),
    "jacfwd of a tuple with a number": _refused("jacfwd", lambda x: (x, 3), _x),
    "jacfwd of integers": _refused("jacfwd", lambda x: x.argsort(), _x),
    "jacfwd for integers": _refused("jacfwd", lambda x: x * 2, _integers),
    "jacfwd for a number": _refused("jacfwd", lambda x: x * 2, 3.0),
    "jacfwd without the auxiliary result": _refused("jacfwd", lambda x: x * 2, _x, has_aux=True),
    "jacfwd with argnums too large": _refused("jacfwd", lambda x: x * 2, _x, argnums=1),
    "jacfwd with no argnums": _refused("jacfwd", lambda x: x * 2, _x, argnums=()),
    "jacfwd with an unknown randomness": _refused("jacfwd", lambda x: x * 2, _x, randomness="some"),
    "hessian with argnums too large": _refused("hessian", lambda x: x.sum(), _x, argnums=3),
    "hessian for integers": _refused("hessian", lambda x: x.sum(), _integers),
    "hessian of a number": _refused("hessian", lambda x: 3.0, _x),
    "hessian for complex numbers": _refused(
        "hessian", lambda z: z.abs().sum(), lambda torch: numbers(torch, 2, dtype="complex128")
    ),
    "vjp of a number": lambda torch: torch.func.vjp(lambda x: 3.0, _x(torch)),
    "vjp of None": lambda torch: torch.func.vjp(lambda x: None, _x(torch)),
    "vjp of a tuple with a number": lambda torch: torch.func.vjp(lambda x: (x, 3), _x(torch)),
    "vjp of nothing": lambda torch: torch.func.vjp(lambda x: (), _x(torch)),
    "vjp for a number": lambda torch: torch.func.vjp(lambda x: x, 3.0),
    "vjp for integers": lambda torch: torch.func.vjp(lambda x: x * 2, _integers(torch)),
    "vjp of integers": lambda torch: torch.func.vjp(lambda x: x.argsort(), _x(torch))[0],
    "vjp of integers, pulled": lambda torch: torch.func.vjp(lambda x: x.argsort(), _x(torch))[1](torch.ones(3)),
    "vjp without the auxiliary result": lambda torch: torch.func.vjp(lambda x: x, _x(torch), has_aux=True),
    "vjp with a cotangent of another shape": lambda torch: torch.func.vjp(lambda x: x * 2, _x(torch))[1](torch.ones(2)),
    "vjp with a cotangent of another type": lambda torch: torch.func.vjp(lambda x: x * 2, _x(torch))[1](torch.ones(3)),
    "vjp with a cotangent of another structure": lambda torch: torch.func.vjp(lambda x: x * 2, _x(torch))[1](
        (torch.ones(3),)
    ),
    "vjp with too few cotangents": lambda torch: torch.func.vjp(lambda x: (x, x), _x(torch))[1](torch.ones(3)),
    "vjp with a number as cotangent": lambda torch: torch.func.vjp(lambda x: x.sum(), _x(torch))[1](1.0),
    "vjp without primals": lambda torch: torch.func.vjp(lambda: torch.ones(2)),
    "jvp of a number": lambda torch: torch.func.jvp(lambda x: 3.0, (_x(torch),), (_x(torch),)),
    "jvp of None": lambda torch: torch.func.jvp(lambda x: None, (_x(torch),), (_x(torch),)),
    "jvp of a tuple with a number": lambda torch: torch.func.jvp(lambda x: (x, 3), (_x(torch),), (_x(torch),)),
    "jvp of integers": lambda torch: torch.func.jvp(lambda x: x.argsort(), (_x(torch),), (_x(torch),)),
    "jvp with primals that are a tensor": lambda torch: torch.func.jvp(lambda x: x, _x(torch), _x(torch)),
    "jvp with primals that are a list": lambda torch: torch.func.jvp(lambda x: x, [_x(torch)], [_x(torch)]),
    "jvp with tangents that are a tensor": lambda torch: torch.func.jvp(lambda x: x, (_x(torch),), _x(torch)),
    "jvp with tangents of another structure": lambda torch: torch.func.jvp(
        lambda x: x, (_x(torch),), (_x(torch), _x(torch))
    ),
    "jvp with tangents of another shape": lambda torch: torch.func.jvp(lambda x: x, (_x(torch),), (torch.ones(2),)),
    "jvp with tangents of another type": lambda torch: torch.func.jvp(lambda x: x * 2, (_x(torch),), (torch.ones(3),)),
    "jvp with tangents of integers": lambda torch: torch.func.jvp(lambda x: x * 2, (_x(torch),), (_integers(torch),)),
    "jvp for integers": lambda torch: torch.func.jvp(lambda x: x * 2, (_integers(torch),), (_integers(torch),)),
    "jvp for a number": lambda torch: torch.func.jvp(lambda x: x * 2, (3.0,), (1.0,)),
    "jvp with no primals": lambda torch: torch.func.jvp(lambda: torch.ones(2), (), ()),
    "jvp without the auxiliary result": lambda torch: torch.func.jvp(
        lambda x: x, (_x(torch),), (_x(torch),), has_aux=True
    ),
    "linearize for a number": differs(
        "as grad says it; PyTorch fails within",
        raises(ValueError, "Thing passed to transform API must be Tensor, got <class 'float'>"),
    )(lambda torch: torch.func.linearize(lambda x: x * 2, 3.0)),
    "linearize of a number": lambda torch: torch.func.linearize(lambda x: 3.0, _x(torch)),
    "linearize with a tangent of another shape": lambda torch: torch.func.linearize(lambda x: x.sin(), _x(torch))[1](
        torch.ones(2, dtype=torch.float64)
    ),
    "linearize with a tangent of another type": lambda torch: torch.func.linearize(lambda x: x.sin(), _x(torch))[1](
        torch.ones(3)
    ),
    "linearize with too many tangents": lambda torch: torch.func.linearize(lambda x: x.sin(), _x(torch))[1](
        _x(torch), _x(torch)
    ),
    "linearize with a tangent of another structure": lambda torch: torch.func.linearize(
        lambda p: p["a"].sin(), {"a": _x(torch)}
    )[1](_x(torch)),
}
