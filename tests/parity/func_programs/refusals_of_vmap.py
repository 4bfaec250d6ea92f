"""What vmap refuses: dimensions, results, values that differ along the batch, operations that cannot be batched."""

from . import differs, numbers, raises

CONTROL_FLOW = "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow."
VALUES = "vmap: the values of a batched tensor are asked for, of which there is one for each entry of the batch: {}"


def _over(f, *args, **options):
    """A program that maps f over these arguments, made by functions of the library."""

    def program(torch):
        given = [a(torch) if callable(a) else a for a in args]
        return torch.vmap(lambda *inner: f(torch, *inner), **options)(*given)

    return program


def _x(torch):
    return numbers(torch, 3, 2)


def _named(f, *args, **options):
    """The same, where the function's name is in the message."""

    def program(torch):
        return torch.vmap(f, **options)(*[a(torch) if callable(a) else a for a in args])

    return program


def _without_values(what):
    """A program that asks for values, and what it was that asked."""
    return differs("the message says that it is a batch, and who asked", raises(RuntimeError, VALUES.format(what)))


def double(x, *others):
    return x * 2


PROGRAMS = {
    # What goes in
    "an in_dim too large": _named(double, _x, in_dims=2),
    "an in_dim too negative": _named(double, _x, in_dims=-3),
    "an in_dim too large in a tuple": _named(double, _x, _x, in_dims=(0, 5)),
    "an in_dim of a tensor without dimensions": _named(double, lambda torch: torch.tensor(1.0)),
    "an in_dim of None for all": _named(double, _x, in_dims=None),
    "in_dims of None for each": _named(double, _x, _x, in_dims=(None, None)),
    "in_dims that are a string": _named(double, _x, in_dims="x"),
    "in_dims that are a float": _named(double, _x, in_dims=0.0),
    "in_dims that are a set": _named(double, _x, in_dims={0}),
    "in_dims with too few": _named(double, _x, _x, in_dims=(0,)),
    "in_dims with too many": _named(double, _x, in_dims=(0, 0)),
    "in_dims with a string": _named(double, _x, in_dims=("a",)),
    "in_dims of another structure": _named(double, lambda torch: {"a": _x(torch)}, in_dims=({"b": 0},)),
    "in_dims deeper than the argument": _named(double, _x, in_dims=([0],)),
    "an in_dim for a number": _named(double, 3.0),
    "an in_dim for a number beside a tensor": _named(double, _x, 3),
    "an in_dim for a string": _named(double, _x, "a", in_dims=(0, 0)),
    "an in_dim for None": _named(double, _x, None),
    "different sizes": _named(double, _x, lambda torch: torch.ones(4)),
    "different sizes along different dimensions": _named(
        double, _x, lambda torch: torch.ones(2, 4), _x, in_dims=(0, 1, None)
    ),
    "different sizes in a container": _named(double, _x, lambda torch: [_x(torch), torch.ones(5)]),
    "no arguments": lambda torch: torch.vmap(lambda: torch.ones(2))(),
    "an empty container": lambda torch: torch.vmap(lambda x: torch.ones(2))({}),
    "a keyword argument only": lambda torch: torch.vmap(lambda *, x: x * 2)(x=_x(torch)),
    "a batch of size zero": _named(double, lambda torch: torch.ones(0, 2)),
    "chunks of size zero": _named(double, _x, chunk_size=0),
    "chunks of negative size": _named(double, _x, chunk_size=-1),
    "a callable that is none": lambda torch: torch.vmap(3)(_x(torch)),
    # What comes out
    "a number comes out": _over(lambda torch, x: 3.0, _x),
    "nothing comes out": _over(lambda torch, x: None, _x),
    "a string comes out": _over(lambda torch, x: "a", _x),
    "a tuple with a number comes out": _over(lambda torch, x: (x, 3), _x),
    "an empty tuple comes out": _over(lambda torch, x: (), _x),
    "an out_dim too large": _over(lambda torch, x: x, _x, out_dims=2),
    "an out_dim too negative": _over(lambda torch, x: x, _x, out_dims=-3),
    "an out_dim of None for a batched result": _over(lambda torch, x: x, _x, out_dims=None),
    "an out_dim of None for an unbatched result": _over(lambda torch, x: torch.ones(2), _x, out_dims=None),
    "out_dims with too few": _over(lambda torch, x: (x, x), _x, out_dims=(0,)),
    "out_dims with too many": _over(lambda torch, x: (x, x), _x, out_dims=(0, 0, 0)),
    "out_dims for a single result": _over(lambda torch, x: x, _x, out_dims=(0,)),
    "out_dims for a single result with too many": _over(lambda torch, x: x, _x, out_dims=(0, 0)),
    "out_dims that are a string": _over(lambda torch, x: x, _x, out_dims="a"),
    "out_dims that are a float": _over(lambda torch, x: x, _x, out_dims=0.5),
    "out_dims with a string": _over(lambda torch, x: (x, x), _x, out_dims=(0, "a")),
    "out_dims of another structure": _over(lambda torch, x: {"a": x}, _x, out_dims={"b": 0}),
    # What depends on values
    "item": _over(lambda torch, x: x[0].item() * x, _x),
    "float": _over(lambda torch, x: float(x[0]), _x),
    "int": _over(lambda torch, x: int(x[0]), _x),
    "bool": _over(lambda torch, x: bool(x[0] > 0), _x),
    "if": _over(lambda torch, x: x if x.sum() > 0 else -x, _x),
    "while": _over(lambda torch, x: _halved(x), _x),
    "and": _over(lambda torch, x: x[0] > 0 and x[1] > 0, _x),
    "tolist": _without_values("tolist()")(_over(lambda torch, x: x.tolist(), _x)),
    "numpy": _without_values("numpy()")(_over(lambda torch, x: torch.from_numpy(x.numpy()), _x)),
    "an index": _over(lambda torch, x: [1, 2, 3][x[0].long()], _x),
    "range": _over(lambda torch, x: sum(x[0] for _ in range(x[0].long())), _x),
    "nonzero": _over(lambda torch, x: x.nonzero(), _x),
    "where of a condition alone": _over(lambda torch, x: torch.where(x > 0), _x),
    "a mask as an index": _over(lambda torch, x: x[x > 0], _x),
    "masked_select": _over(lambda torch, x: x.masked_select(x > 0), _x),
    "unique": differs(
        "it runs for each entry, and is refused where the sizes are different",
        lambda torch: _x(torch).sort(1)[0],
    )(_over(lambda torch, x: x.unique(), _x)),
    "unique, of different sizes": differs(
        "it runs for each entry, and is refused where the sizes are different",
        raises(
            RuntimeError,
            "vmap: the results of unique for the entries of a batch have different shapes: [(1,), (2,)]",
        ),
    )(_over(lambda torch, x: x.unique(), lambda torch: torch.tensor([[1, 2], [1, 1]]))),
    "bincount": _over(lambda torch, x: torch.bincount(x), lambda torch: torch.tensor([[0, 1], [1, 1]])),
    "one_hot without the number of classes": _over(
        lambda torch, x: torch.nn.functional.one_hot(x), lambda torch: torch.tensor([[0, 1], [3, 2]])
    ),
    "equal": differs("as any other truth of a batch", raises(RuntimeError, CONTROL_FLOW))(
        _over(lambda torch, x: torch.equal(x, x), _x)
    ),
    "allclose": differs("as any other truth of a batch", raises(RuntimeError, CONTROL_FLOW))(
        _over(lambda torch, x: torch.allclose(x, x), _x)
    ),
    "a batched repeat_interleave": _without_values("by numpy.broadcast_to, or outside of the vmap it belongs to")(
        _over(lambda torch, x, n: x.repeat_interleave(n), _x, lambda torch: torch.tensor([[1, 2], [2, 1], [0, 1]]))
    ),
    "tensor of a batched tensor": _without_values("a copy of it, which `clone()` would make")(
        _over(lambda torch, x: torch.tensor(x), _x)
    ),
    "tensor of batched numbers": _over(lambda torch, x: torch.tensor([x[0], x[1]]), _x),
    "formatted": _over(lambda torch, x: f"{x[0]:.2f}", _x),
    "is in": _over(lambda torch, x: x[0] in [1.0, 2.0], _x),
    # What is wrong for one is wrong for all
    "a shape that does not fit": _over(lambda torch, x: x + torch.ones(3), _x),
    "a matrix product that does not fit": differs(
        "the batch is a matrix here too, and another function multiplies it",
        raises(RuntimeError, "mat1 and mat2 shapes cannot be multiplied (3x2 and 3x1)"),
    )(_over(lambda torch, x: x @ torch.ones(3), _x)),
    "a matrix product of numbers": _over(lambda torch, x: x[0] @ x[0], _x),
    "a dimension out of range": _over(lambda torch, x: x.sum(1), _x),
    "a negative dimension out of range": _over(lambda torch, x: x.sum(-2), _x),
    "an index out of range": _over(lambda torch, x: x[2], _x),
    "too many indices": _over(lambda torch, x: x[0, 0], _x),
    "a view that does not fit": _over(lambda torch, x: x.view(3), _x),
    "an inverse of what is not square": _over(
        lambda torch, x: torch.linalg.inv(x), lambda torch: numbers(torch, 3, 2, 4)
    ),
    "an inverse of what is singular": _over(lambda torch, x: torch.linalg.inv(x), lambda torch: torch.zeros(3, 2, 2)),
    "cat of different shapes": _over(lambda torch, x: torch.cat([x, x[None]]), _x),
    "an iteration over a number": _over(lambda torch, x: [y for y in x[0]], _x),  # noqa: C416
    "the length of a number": _over(lambda torch, x: len(x[0]), _x),
    "an attribute that is none": differs(
        "a batch has a class of its own",
        raises(AttributeError, "'BatchedTensor' object has no attribute 'no_such_method'"),
    )(_over(lambda torch, x: x.no_such_method(), _x)),
    "an error within": _over(lambda torch, x: {}["a"], _x),
    "different types": _over(lambda torch, x: x @ torch.ones(2, 2), _x),
    "integers where numbers with a gradient are wanted": _over(
        lambda torch, x: torch.func.grad(lambda x: x.sum())(x), lambda torch: torch.ones(2, 2, dtype=torch.int64)
    ),
    "a gradient of a vector": _over(lambda torch, x: torch.func.grad(lambda x: x)(x), _x),
    "inner sizes that differ": _over(lambda torch, x: torch.vmap(lambda x, y: x)(x, torch.ones(5)), _x),
    "an inner in_dim too large": _over(lambda torch, x: torch.vmap(lambda x: x, in_dims=1)(x), _x),
    "in-place on what is shared": _over(lambda torch, x: torch.zeros(2).mul_(x), _x),
    "writing into what is shared": _over(lambda torch, x: torch.zeros(2).__setitem__(0, x[0]), _x),
}


def _halved(x):
    while x.sum() > 0.1:
        x = x / 2
    return x
