"""Random operations within vmap: what is drawn for each element, what for all, and what is refused."""

from . import numbers


def _drawn(randomness, draw, *shape):
    def program(torch):
        torch.manual_seed(3)
        return torch.vmap(lambda x: draw(torch, x), randomness=randomness)(numbers(torch, *(shape or (3,))))

    return program


def _facts(torch, drawn):
    """What can be said of noise that is not the same: its shape, its type, and whether the rows are equal."""
    rows = [row.tolist() for row in drawn]
    return tuple(drawn.shape), drawn.dtype, all(row == rows[0] for row in rows[1:])


def _kind_of(randomness, draw, *shape):
    def program(torch):
        return _facts(torch, _drawn(randomness, draw, *shape)(torch))

    return program


RANDOM = {
    "rand": lambda torch, x: torch.rand(4, dtype=torch.float64),
    "randn": lambda torch, x: torch.randn(4, dtype=torch.float64),
    "rand_like": lambda torch, x: torch.rand_like(x),
    "randint": lambda torch, x: torch.randint(0, 1000, (4,)),
    "randperm": lambda torch, x: torch.randperm(30),
    "uniform in place": lambda torch, x: x.clone().uniform_(),
    "normal": lambda torch, x: torch.normal(0.0, 1.0, (4,)),
    "bernoulli": lambda torch, x: torch.bernoulli(torch.full((40,), 0.5, dtype=torch.float64)),
    "dropout": lambda torch, x: torch.nn.functional.dropout(torch.ones(40, dtype=torch.float64)),
    "dropout of the batched": lambda torch, x: torch.nn.functional.dropout(x + torch.ones(40, dtype=torch.float64)),
    "multinomial": lambda torch, x: torch.multinomial(torch.ones(40), 20),
    "exponential": lambda torch, x: torch.ones(10).exponential_() + 0 * x.float(),
}
PROGRAMS = {
    **{f"{name} in error mode": _drawn("error", draw) for name, draw in RANDOM.items()},
    **{
        f"{name} in {mode} mode": _kind_of(mode, RANDOM[name], *shape)
        for name, shape in [
            ("rand", (3,)),
            ("randn", (3,)),
            ("randint", (3,)),
            ("randperm", (3,)),
            ("normal", (3,)),
            ("bernoulli", (3,)),
            ("dropout", (3,)),
            ("multinomial", (3,)),
        ]
        for mode in ("same", "different")
    },
    **{
        f"{name} in different mode": _kind_of("different", RANDOM[name], 3, 4)
        for name in ("rand_like", "uniform in place")
    },
    "the same values as outside": lambda torch: _drawn("same", RANDOM["rand"])(torch),
    "different values are those of a batch": lambda torch: _drawn("different", RANDOM["rand"])(torch),
    "rand_like in same mode": _drawn("same", RANDOM["rand_like"], 3, 4),
    "uniform in place in same mode": _drawn("same", RANDOM["uniform in place"], 3, 4),
    "no such mode": _drawn("mixed", RANDOM["rand"]),
    "nothing random in error mode": lambda torch: torch.vmap(lambda x: x * 2, randomness="error")(numbers(torch, 3)),
    "dropout that is off in error mode": lambda torch: torch.vmap(
        lambda x: torch.nn.functional.dropout(x, training=False)
    )(numbers(torch, 3)),
}


def two_levels_with_different_modes(torch):
    inner = torch.vmap(lambda y: y + torch.rand(2), randomness="different")
    rows = torch.vmap(lambda x: inner(x), randomness="same")(torch.zeros(3, 4))
    return tuple(rows.shape), bool((rows[0] == rows[1]).all()), bool((rows[0, 0] == rows[0, 1]).all())


def the_outer_level_refuses(torch):
    inner = torch.vmap(lambda y: y + torch.rand(2), randomness="different")
    return torch.vmap(lambda x: inner(x))(torch.zeros(3, 4))


def in_chunks_it_is_drawn_for_each(torch):
    rows = torch.vmap(lambda x: x + torch.rand(2), randomness="different", chunk_size=2)(torch.zeros(5, 1))
    return tuple(rows.shape), len({tuple(row.tolist()) for row in rows})


def in_chunks_it_is_drawn_once(torch):
    rows = torch.vmap(lambda x: x + torch.rand(2), randomness="same", chunk_size=2)(torch.zeros(5, 1))
    return tuple(rows.shape), len({tuple(row.tolist()) for row in rows})


def dropout_of_each_sample(torch):
    F = torch.nn.functional
    rows = torch.vmap(lambda x: F.dropout(x, 0.5), randomness="different")(torch.ones(4, 100))
    return sorted(set(rows.flatten().tolist())), len({tuple(row.tolist()) for row in rows})


def the_gradient_of_dropout(torch):
    F = torch.nn.functional
    gradients = torch.vmap(torch.func.grad(lambda x: F.dropout(x, 0.5).sum()), randomness="different")(
        torch.ones(4, 100)
    )
    return sorted(set(gradients.flatten().tolist())), len({tuple(row.tolist()) for row in gradients})


def jacfwd_refuses_by_default(torch):
    return torch.func.jacfwd(lambda x: x * torch.rand(3))(torch.ones(3))


def jacfwd_with_different_randomness(torch):
    jacobian = torch.func.jacfwd(lambda x: x * torch.rand(3), randomness="different")(torch.ones(3))
    return tuple(jacobian.shape), (jacobian != 0).tolist()


def a_generator_within(torch):
    generator = torch.Generator()
    generator.manual_seed(5)
    return torch.vmap(lambda x: x + torch.rand(2, generator=generator), randomness="same")(torch.zeros(3, 1))
