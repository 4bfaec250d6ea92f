"""autograd.forward_ad: levels, duals, what carries a tangent and what does not, changes in place, views."""

from . import differs, numbers


def _at(torch, f, *shape, **options):
    """What f gives for a dual tensor, unpacked."""
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        dual = fwd.make_dual(numbers(torch, *shape, **options), numbers(torch, *shape, seed=9, **options))
        results = f(dual)
        several = results if isinstance(results, tuple) else (results,)
        return [tuple(fwd.unpack_dual(r)) for r in several]


OPERATIONS = {
    "sine": lambda torch: _at(torch, lambda x: x.sin(), 3),
    "arithmetic": lambda torch: _at(torch, lambda x: (x * x + 2 * x - 1) / (x.abs() + 1), 3),
    "reductions": lambda torch: _at(
        torch, lambda x: (x.sum(), x.mean(0), x.prod(), x.var(), x.norm(), x.max(1)[0]), 2, 3
    ),
    "views": lambda torch: _at(
        torch, lambda x: (x.T, x[0], x.reshape(-1), x.unsqueeze(0), x.expand(2, 2, 3), x.diagonal()), 2, 3
    ),
    "joining": lambda torch: _at(torch, lambda x: (torch.cat([x, x * 2]), torch.stack([x, torch.zeros_like(x)])), 2, 3),
    "indexing": lambda torch: _at(
        torch, lambda x: (x[[1, 0]], x[x > 100], x.gather(1, torch.tensor([[0], [1]]))), 2, 3
    ),
    "matmul": lambda torch: _at(torch, lambda x: (x @ x, x.mv(x[0]), torch.einsum("ij,kj->ik", x, x)), 3, 3),
    "linear algebra": lambda torch: _at(
        torch, lambda x: (torch.linalg.inv(x), torch.linalg.det(x), torch.linalg.solve(x, x.T)), 3, 3
    ),
    "eigenvalues": lambda torch: _at(torch, lambda x: (torch.linalg.eigvalsh(x + x.T), torch.linalg.svdvals(x)), 3, 3),
    "softmax": lambda torch: _at(torch, lambda x: (x.softmax(1), x.log_softmax(0), x.logsumexp(1)), 2, 3),
    "cumulated": lambda torch: _at(torch, lambda x: (x.cumsum(0), x.cumprod(1), x.sort(1)[0]), 2, 3),
    "layers": lambda torch: _at(
        torch,
        lambda x: (
            torch.nn.functional.layer_norm(x, (4,)),
            torch.nn.functional.conv1d(x[None], x[None, :, :2]),
            torch.nn.functional.avg_pool1d(x, 2),
            torch.nn.functional.gelu(x),
            torch.nn.functional.max_pool1d(x, 2),
        ),
        2,
        4,
    ),
    "comparisons carry nothing": lambda torch: _at(torch, lambda x: (x > 0, x.argmax(), x.sign(), x.floor()), 3),
    "detach": lambda torch: _at(torch, lambda x: x.detach() * 2, 3),
    "clone and copies": lambda torch: _at(
        torch, lambda x: (x.clone(), x.contiguous(), x.float(), x.to(torch.float64)), 3
    ),
    "constants": lambda torch: _at(torch, lambda x: (torch.zeros_like(x), torch.ones(3), x * 0), 3),
    "complex numbers": lambda torch: _at(
        torch, lambda z: (z * z, z.abs(), z.real, z.conj(), z.exp()), 3, dtype="complex128"
    ),
    "fourier transforms": lambda torch: _at(torch, lambda x: (torch.fft.fft(x), torch.fft.irfft(x)), 4),
    "where and clamp": lambda torch: _at(torch, lambda x: (torch.where(x > 0, x, -x), x.clamp(-0.5, 0.5), x.relu()), 4),
    "powers": lambda torch: _at(torch, lambda x: (x**3, (x.abs() + 1) ** x, 2**x), 3),
}
PROGRAMS = OPERATIONS


def a_dual_is_made_and_unpacked(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        dual = fwd.make_dual(numbers(torch, 3), numbers(torch, 3, seed=1))
        unpacked = fwd.unpack_dual(dual)
        return unpacked, type(unpacked).__name__, unpacked.primal, unpacked.tangent, dual


def an_ordinary_tensor_has_no_tangent(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        return fwd.unpack_dual(numbers(torch, 3)).tangent


def nothing_is_unpacked_outside_a_level(torch):
    fwd = torch.autograd.forward_ad
    x = numbers(torch, 3)
    primal, tangent = fwd.unpack_dual(x)
    return primal, tangent


def tangents_end_with_their_level(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        y = fwd.make_dual(numbers(torch, 3), numbers(torch, 3, seed=1)) * 2
        inside = fwd.unpack_dual(y).tangent
    with fwd.dual_level():
        after = fwd.unpack_dual(y).tangent
    return inside, after, y * 3


def a_level_is_entered_and_left(torch):
    fwd = torch.autograd.forward_ad
    level = fwd.enter_dual_level()
    x = fwd.make_dual(numbers(torch, 3), numbers(torch, 3, seed=1))
    tangent = fwd.unpack_dual(x.exp()).tangent
    fwd.exit_dual_level()
    return level, tangent


def a_level_is_left_by_its_number(torch):
    fwd = torch.autograd.forward_ad
    level = fwd.enter_dual_level()
    fwd.exit_dual_level(level=level)
    return fwd.unpack_dual(numbers(torch, 3)).tangent


def what_dual_level_gives(torch):
    with torch.autograd.forward_ad.dual_level() as level:
        return level


def a_wrong_level_is_left(torch):
    fwd = torch.autograd.forward_ad
    level = fwd.enter_dual_level()
    try:
        fwd.exit_dual_level(level=level + 3)
    finally:
        fwd.exit_dual_level(level=level)


def no_level_to_leave(torch):
    torch.autograd.forward_ad.exit_dual_level()


def no_level_to_leave_by_number(torch):
    torch.autograd.forward_ad.exit_dual_level(level=0)


def make_dual_outside_a_level(torch):
    return torch.autograd.forward_ad.make_dual(numbers(torch, 3), numbers(torch, 3))


def make_dual_of_another_shape(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        return fwd.make_dual(numbers(torch, 3), numbers(torch, 4))


def make_dual_of_another_type(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        return fwd.unpack_dual(fwd.make_dual(numbers(torch, 3), numbers(torch, 3, dtype="float32")))


def make_dual_of_integers(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        return fwd.make_dual(torch.arange(3), torch.ones(3))


def make_dual_with_a_tangent_of_integers(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        return fwd.make_dual(torch.ones(3), torch.arange(3))


def make_dual_of_a_dual(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        x = fwd.make_dual(numbers(torch, 3), numbers(torch, 3, seed=1))
        return fwd.make_dual(x, numbers(torch, 3, seed=2))


def make_dual_with_a_dual_tangent(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        x = fwd.make_dual(numbers(torch, 3), numbers(torch, 3, seed=1))
        return fwd.make_dual(numbers(torch, 3), x)


def make_dual_with_no_tensor(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        return fwd.make_dual(3.0, torch.ones(()))


def make_dual_does_not_change_its_argument(torch):
    fwd = torch.autograd.forward_ad
    x = numbers(torch, 3)
    with fwd.dual_level():
        fwd.make_dual(x, numbers(torch, 3, seed=1))
        return fwd.unpack_dual(x).tangent


def make_dual_shares_the_memory_of_its_argument(torch):
    fwd = torch.autograd.forward_ad
    x = numbers(torch, 3)
    with fwd.dual_level():
        dual = fwd.make_dual(x, numbers(torch, 3, seed=1))
        dual.mul_(2)
        return x, fwd.unpack_dual(dual)


def make_dual_of_a_matrix_not_in_order(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        dual = fwd.make_dual(numbers(torch, 2, 3).T, numbers(torch, 3, 2, seed=1))
        return fwd.unpack_dual(dual.reshape(-1)), dual.stride()


@differs("levels nest", lambda torch: None)
def nested_levels(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level(), fwd.dual_level():
        return


def a_level_after_a_level(torch):
    fwd = torch.autograd.forward_ad
    tangents = []
    for seed in (1, 2):
        with fwd.dual_level():
            x = fwd.make_dual(numbers(torch, 3), numbers(torch, 3, seed=seed))
            tangents.append(fwd.unpack_dual(x.sin()).tangent)
    return tangents


def a_level_is_left_after_an_error(torch):
    fwd = torch.autograd.forward_ad
    try:
        with fwd.dual_level():
            raise ValueError("no")
    except ValueError:
        pass
    with fwd.dual_level():
        return fwd.unpack_dual(fwd.make_dual(torch.ones(2), torch.ones(2)) * 3)


def tangents_of_two_inputs_are_added(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        x = fwd.make_dual(numbers(torch, 3), numbers(torch, 3, seed=1))
        y = fwd.make_dual(numbers(torch, 3, seed=2), numbers(torch, 3, seed=3))
        return fwd.unpack_dual(x * y.exp() + x / y)


def a_dual_beside_a_tensor_without_a_tangent(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        x = fwd.make_dual(numbers(torch, 3), numbers(torch, 3, seed=1))
        y = numbers(torch, 2, 3, seed=2)
        return fwd.unpack_dual(x * y), fwd.unpack_dual(y @ x), fwd.unpack_dual(y + x)


def tangents_are_recorded_for_backward(torch):
    fwd = torch.autograd.forward_ad
    x, v = numbers(torch, 3, requires_grad=True), numbers(torch, 3, seed=1, requires_grad=True)
    with fwd.dual_level():
        tangent = fwd.unpack_dual((fwd.make_dual(x, v) ** 3).sum()).tangent
    return tangent, torch.autograd.grad(tangent, (x, v))


def gradients_carry_tangents(torch):
    fwd = torch.autograd.forward_ad
    x = numbers(torch, 3, requires_grad=True)
    with fwd.dual_level():
        dual = fwd.make_dual(x, numbers(torch, 3, seed=1))
        (gradient,) = torch.autograd.grad((dual**3).sum(), dual, create_graph=True)
        return fwd.unpack_dual(gradient)


def gradients_carry_tangents_without_a_graph(torch):
    fwd = torch.autograd.forward_ad
    x = numbers(torch, 3, requires_grad=True)
    with fwd.dual_level():
        dual = fwd.make_dual(x, numbers(torch, 3, seed=1))
        (gradient,) = torch.autograd.grad((dual.exp() * dual).sum(), dual)
        return fwd.unpack_dual(gradient)


def backward_writes_gradients_with_tangents(torch):
    fwd = torch.autograd.forward_ad
    w = numbers(torch, 3, requires_grad=True)
    with fwd.dual_level():
        x = fwd.make_dual(numbers(torch, 3, seed=1), numbers(torch, 3, seed=2))
        (w.sin() * x).sum().backward()
        return fwd.unpack_dual(w.grad)


def without_recording(torch):
    fwd = torch.autograd.forward_ad
    with torch.no_grad(), fwd.dual_level():
        return fwd.unpack_dual(fwd.make_dual(numbers(torch, 3), numbers(torch, 3, seed=1)).sin())


@differs(
    "inference mode leaves forward mode alone, which records nothing", lambda torch: ([2.0] * 3, torch.full((3,), 2.0))
)
def in_inference_mode(torch):
    fwd = torch.autograd.forward_ad
    with torch.inference_mode(), fwd.dual_level():
        primal, tangent = fwd.unpack_dual(fwd.make_dual(torch.ones(3), torch.ones(3)) * 2)
        return primal.tolist(), tangent


def forward_mode_switched_off(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        x = fwd.make_dual(numbers(torch, 3), numbers(torch, 3, seed=1))
        with fwd._set_fwd_grad_enabled(False):
            y = x * 2
        return fwd.unpack_dual(y)


def a_dual_that_requires_grad(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        x = fwd.make_dual(numbers(torch, 3, requires_grad=True), numbers(torch, 3, seed=1))
        y = x**2
        return x.requires_grad, y.requires_grad, fwd.unpack_dual(y).tangent.requires_grad, x.is_leaf


def in_place_on_a_dual(torch):
    def f(x):
        y = x * 1
        y.mul_(x).add_(2).exp_()
        return y

    return _at(torch, f, 3)


def in_place_by_a_dual_on_a_constant(torch):
    def f(x):
        y = torch.ones(3, dtype=torch.float64)
        y.mul_(x)
        return y

    return _at(torch, f, 3)


def in_place_by_a_constant_on_a_dual(torch):
    def f(x):
        y = x * 1
        y.copy_(torch.ones(3))
        z = x * 1
        z.zero_()
        return y, z

    return _at(torch, f, 3)


def writing_a_dual_into_a_constant(torch):
    def f(x):
        y = torch.zeros(2, 3, dtype=torch.float64)
        y[0] = x
        y[1, 1] = x[2] * 3
        return y, y[0], y.sum()

    return _at(torch, f, 3)


def _written_in_single_precision(torch):
    def with_tangents(results):
        return [tuple(part.float() for part in pair) for pair in results]

    def f(x):
        y = torch.zeros(2, 3, dtype=torch.float64)
        y[0] = x
        return y, x * 1, x * 1

    return with_tangents(_at(torch, f, 3))


@differs("a tangent is of its tensor's type", _written_in_single_precision)
def writing_a_dual_into_a_constant_of_another_type(torch):
    def f(x):
        y = torch.zeros(2, 3)
        y[0] = x
        z = torch.zeros(3)
        return y, z.copy_(x), z

    return _at(torch, f, 3)


def writing_a_constant_into_a_dual(torch):
    def f(x):
        y = x.clone()
        y[1] = 5.0
        return y

    return _at(torch, f, 3)


def a_view_of_a_dual_changed(torch):
    def f(x):
        y = x * 1
        y[0].mul_(2)
        y[:, 1] = y[:, 0]
        return y, y[0]

    return _at(torch, f, 2, 3)


def a_view_made_before_its_base_got_a_tangent(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        base = torch.zeros(2, 3, dtype=torch.float64)
        view = base[0]
        base.add_(fwd.make_dual(numbers(torch, 2, 3), numbers(torch, 2, 3, seed=1)))
        return fwd.unpack_dual(base), fwd.unpack_dual(view)


def a_view_that_gets_a_tangent_gives_it_to_its_base(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        base = torch.zeros(2, 3, dtype=torch.float64)
        view = base[0]
        view.copy_(fwd.make_dual(numbers(torch, 3), numbers(torch, 3, seed=1)))
        return fwd.unpack_dual(base), fwd.unpack_dual(view), fwd.unpack_dual(base[1])


def a_view_of_a_view_changed(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        base = torch.zeros(2, 3, dtype=torch.float64)
        view = base.T[1:][0]
        view.add_(fwd.make_dual(numbers(torch, 2), numbers(torch, 2, seed=1)))
        base.mul_(2)
        return fwd.unpack_dual(base), fwd.unpack_dual(view)


def a_chunk_changed(torch):
    def f(x):
        y = x * 1
        first, second = y.chunk(2)
        first.mul_(second)
        return y

    return _at(torch, f, 4)


def detach_in_place(torch):
    def f(x):
        y = x * 1
        y.detach_()
        return y

    return _at(torch, f, 3)


def setting_data(torch):
    def f(x):
        y = x * 1
        y.data.fill_(3.0)
        return y

    return _at(torch, f, 3)


def a_parameter_as_a_dual(torch):
    fwd = torch.autograd.forward_ad
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2).double()
    parameters = {name: p.detach() for name, p in model.named_parameters()}
    with fwd.dual_level():
        for name, p in parameters.items():
            delattr(model, name)
            setattr(model, name, fwd.make_dual(p, p.cos()))
        return fwd.unpack_dual(model(numbers(torch, 4, 3)))


def duals_in_functional_call(torch):
    fwd = torch.autograd.forward_ad
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)).double()
    with fwd.dual_level():
        duals = {name: fwd.make_dual(p.detach(), p.detach().cos()) for name, p in model.named_parameters()}
        return fwd.unpack_dual(torch.func.functional_call(model, duals, (numbers(torch, 4, 3),)))


@differs(
    "levels nest", lambda torch: torch.func.jvp(lambda x: x**3, (numbers(torch, 3),), (numbers(torch, 3, seed=2),))
)
def jvp_within_a_level(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        x = fwd.make_dual(numbers(torch, 3), numbers(torch, 3, seed=1))
        return torch.func.jvp(lambda x: x**3, (x,), (numbers(torch, 3, seed=2),))


def grad_within_a_level(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        x = fwd.make_dual(numbers(torch, 3), numbers(torch, 3, seed=1))
        return fwd.unpack_dual(torch.func.grad(lambda x: (x**3).sum())(x))


def vmap_within_a_level(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        x = fwd.make_dual(numbers(torch, 3), numbers(torch, 3, seed=1))
        return fwd.unpack_dual(torch.vmap(lambda x: x**3)(x))


def _exponentials(torch):
    values = numbers(torch, 3, 2).exp()
    return values, values * numbers(torch, 3, 2, seed=1)


@differs("a batch can be made dual", _exponentials)
def a_level_within_vmap(torch):
    fwd = torch.autograd.forward_ad

    def f(x, v):
        with fwd.dual_level():
            return tuple(fwd.unpack_dual(fwd.make_dual(x, v).exp()))

    return torch.vmap(f)(numbers(torch, 3, 2), numbers(torch, 3, 2, seed=1))


def a_level_within_grad(torch):
    fwd = torch.autograd.forward_ad

    def f(x):
        with fwd.dual_level():
            return fwd.unpack_dual(fwd.make_dual(x, x.detach().cos()) ** 3).tangent.sum()

    return torch.func.grad(f)(numbers(torch, 3))


@differs(
    "levels nest",
    lambda torch: torch.func.jvp(lambda x: 3 * x**2, (numbers(torch, 3),), (numbers(torch, 3, seed=1),)),
)
def a_level_within_jvp(torch):
    fwd = torch.autograd.forward_ad

    def f(x):
        with fwd.dual_level():
            return fwd.unpack_dual(fwd.make_dual(x, torch.ones_like(x)) ** 3).tangent

    return torch.func.jvp(f, (numbers(torch, 3),), (numbers(torch, 3, seed=1),))


@differs("tangents come from backward where there is no jvp", lambda torch: _at(torch, lambda x: x * 2, 3))
def a_custom_function_without_jvp(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    return _at(torch, Double.apply, 3)


def a_custom_function_with_jvp(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_forward(x)
            return x**2

        @staticmethod
        def backward(ctx, grad):
            return grad

        @staticmethod
        def jvp(ctx, tangent):
            return 2 * ctx.saved_tensors[0] * tangent if hasattr(ctx, "saved_tensors") else tangent

    return _at(torch, Square.apply, 3)


def printed(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        return str(fwd.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])) * 2)


def item_and_tolist(torch):
    fwd = torch.autograd.forward_ad
    with fwd.dual_level():
        x = fwd.make_dual(torch.tensor(1.5), torch.tensor(2.0))
        return x.item(), float(x), bool(x > 1), x.tolist()


def control_flow_on_a_dual(torch):
    return _at(torch, lambda x: x * 2 if x.sum() > 0 else x * 3, 3)
