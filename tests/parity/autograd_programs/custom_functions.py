"""Functions with a backward of the user's own: what goes in and comes out, and derivatives of any order."""


def _function(torch, forward, backward=None, setup_context=None, **members):
    """A Function called `Own` with these methods."""
    members["forward"] = staticmethod(forward)
    if backward is not None:
        members["backward"] = staticmethod(backward)
    if setup_context is not None:
        members["setup_context"] = staticmethod(setup_context)
    return type("Own", (torch.autograd.Function,), members)


def _cube(torch):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 3 * x**2 * grad

    return Cube


def _numbers(torch, *values, requires_grad=True):
    return torch.tensor(values or (1.0, 2.0, 3.0), requires_grad=requires_grad)


def first_and_second_derivative_of_a_cube(torch, show):
    x = _numbers(torch)
    y = _cube(torch).apply(x)
    show(y, y.grad_fn, type(y.grad_fn).__name__, y.grad_fn.name(), str(y))
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x, create_graph=True)
    (third,) = torch.autograd.grad(second.sum(), x)
    show(first, second, third)


def what_lies_between_is_an_output_too(torch, show):
    class Sinh(torch.autograd.Function):
        @staticmethod
        def forward(x):
            up, down = x.exp(), (-x).exp()
            return (up - down) / 2, up, down

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*output[1:])

        @staticmethod
        def backward(ctx, grad, grad_up, grad_down):
            up, down = ctx.saved_tensors
            return grad * (up + down) / 2 + grad_up * up - grad_down * down

    x = _numbers(torch, 0.5, -1.0)
    (first,) = torch.autograd.grad(Sinh.apply(x)[0].sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    show(first, second)


def arguments_that_are_no_tensors(torch, show):
    class Power(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, exponent, options):
            ctx.save_for_backward(x)
            ctx.exponent = exponent
            ctx.options = options
            show(ctx.needs_input_grad)
            return x**exponent

        @staticmethod
        def backward(ctx, grad):
            show(ctx.needs_input_grad, ctx.options, ctx.exponent)
            (x,) = ctx.saved_tensors
            return ctx.exponent * x ** (ctx.exponent - 1) * grad, None, None

    x = _numbers(torch)
    y = Power.apply(x, 3, {"note": [1]})
    y.sum().backward()
    show(x.grad, y.grad_fn.exponent, y.grad_fn.options, len(y.grad_fn.next_functions))


def setup_context_with_defaults_and_names(torch, show):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(x, factor=3, *, offset=None):
            return x * factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            show(len(inputs), inputs[1:], output, torch.is_grad_enabled())
            ctx.factor = inputs[1]

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.factor, None

    x = _numbers(torch)
    show.error(Scale.apply, x)

    class Plain(Scale):
        @staticmethod
        def forward(x, factor=3):
            return x * factor

    Plain.apply(x).sum().backward()
    Plain.apply(x, factor=5).sum().backward()
    Plain.apply(factor=torch.tensor(7.0), x=x).sum().backward()
    show(x.grad)


def arguments_by_name_take_their_places(torch, show):
    def forward(ctx, x, y, z=2):
        show(z, ctx.needs_input_grad)
        return x * y

    own = _function(torch, forward, lambda ctx, *grads: (grads[0], grads[0] * 2))
    x, y = _numbers(torch), _numbers(torch, 4.0, 5.0, 6.0)
    own.apply(x, y=y).sum().backward()
    show(x.grad, y.grad)
    own.apply(y=x, x=y).sum().backward()
    show(x.grad, y.grad)


def vjp_is_another_name_for_backward(torch, show):
    own = _function(torch, lambda ctx, x: x * 2, vjp=staticmethod(lambda ctx, grad: grad * 2))
    x = _numbers(torch)
    own.apply(x).sum().backward()
    show(x.grad)


def a_forward_runs_without_recording(torch, show):
    def forward(ctx, x):
        show(torch.is_grad_enabled(), (x * 2).requires_grad, x.requires_grad)
        return x * 2

    def backward(ctx, grad):
        show(torch.is_grad_enabled(), grad.requires_grad)
        return grad * 2

    own = _function(torch, forward, backward)
    x = _numbers(torch)
    torch.autograd.grad(own.apply(x).sum(), x)
    torch.autograd.grad(own.apply(x).sum(), x, create_graph=True)
    show(torch.is_grad_enabled())


def nothing_is_recorded_where_nothing_requires_grad(torch, show):
    def forward(ctx, x, y):
        ctx.save_for_backward(x)
        show(ctx.needs_input_grad, ctx.next_functions)
        return x * y

    own = _function(torch, forward, lambda ctx, grad: (grad, grad))
    show(own.apply(_numbers(torch, requires_grad=False), 2))
    x = _numbers(torch)
    with torch.no_grad():
        show(own.apply(x, 2))
    show(own.apply([x], 2))
    show(own.apply(x.detach(), x))


def only_some_inputs_require_grad(torch, show):
    def forward(ctx, x, y, z):
        ctx.save_for_backward(x, y)
        return x * y + z

    def backward(ctx, grad):
        x, y = ctx.saved_tensors
        show(ctx.needs_input_grad)
        return grad * y if ctx.needs_input_grad[0] else None, grad * x, grad

    x, y = _numbers(torch), _numbers(torch, 4.0, 5.0, 6.0, requires_grad=False)
    out = _function(torch, forward, backward).apply(x, y, torch.ones(3))
    show([str(node is None) for node, _ in out.grad_fn.next_functions])
    out.sum().backward()
    show(x.grad, y.grad)


def the_same_tensor_twice(torch, show):
    own = _function(torch, lambda ctx, x, y: x * y, lambda ctx, grad: (grad, grad * 10))
    x = _numbers(torch)
    out = own.apply(x, x)
    (one, _), (other, _) = out.grad_fn.next_functions
    show(one is other)
    out.sum().backward()
    show(x.grad)


def several_outputs_of_several_kinds(torch, show):
    def forward(ctx, x):
        return x * 2, None, 5, "text", [1], x > 1, x.long(), x.double() * 3

    def backward(ctx, *grads):
        show(*grads)
        return grads[0] * 2 + grads[-1] * 3

    x = _numbers(torch)
    outputs = _function(torch, forward, backward).apply(x)
    show(*outputs, [t.output_nr for t in outputs if isinstance(t, torch.Tensor)])
    outputs[0].sum().backward(retain_graph=True)
    outputs[-1].sum().backward()
    show(x.grad)


def missing_gradients_are_zeros_or_none(torch, show):
    for materialize in (True, False):

        def forward(ctx, x, materialize=materialize):
            ctx.set_materialize_grads(materialize)
            return x * 2, x.exp(), x.long()

        def backward(ctx, *grads):
            show(*grads)
            return grads[0] * 2

        x = _numbers(torch, 0.5, 1.5)
        _function(torch, forward, backward).apply(x)[0].sum().backward()
        show(x.grad)


def a_gradient_that_never_comes(torch, show):
    stop = _function(torch, lambda ctx, x: x * 2, lambda ctx, grad: None)

    def backward(ctx, grad):
        show("undefined" if grad is None else grad)
        return grad

    def silent(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 2

    x = _numbers(torch)
    stop.apply(_function(torch, lambda ctx, x: x * 2, backward).apply(x)).sum().backward()
    show(x.grad)
    x.grad = None
    stop.apply(_function(torch, silent, backward).apply(x)).sum().backward()
    show(x.grad)


def outputs_marked_as_constants(torch, show):
    class Sort(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            values, order = x.sort()
            ctx.mark_non_differentiable(order, values)
            ctx.save_for_backward(order)
            return values * 1, values, order

        @staticmethod
        def backward(ctx, grad, *others):
            show(*others)
            (order,) = ctx.saved_tensors
            return torch.zeros_like(grad).index_add(0, order, grad)

    x = _numbers(torch, 3.0, 1.0, 2.0)
    values, constant, order = Sort.apply(x)
    show(values, constant, order)
    (values * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    show(x.grad)


def a_tuple_of_one_stays_a_tuple_and_a_list_a_list(torch, show):
    x = _numbers(torch)
    show(_function(torch, lambda ctx, x: (x * 2,)).apply(x))
    show(_function(torch, lambda ctx, x: [x * 2]).apply(x))
    show(_function(torch, lambda ctx, x: None).apply(x))
    show(_function(torch, lambda ctx, x: ()).apply(x))
    show(_function(torch, lambda ctx: torch.ones(2)).apply())


def a_named_tuple_comes_back_as_a_tuple(torch, show):
    x = torch.tensor([[1.0, 5.0], [7.0, 2.0]], requires_grad=True)

    def backward(ctx, grad, _):
        return torch.zeros(2, 2).scatter(1, torch.tensor([[1], [0]]), grad[:, None])

    out = _function(torch, lambda ctx, x: torch.max(x, 1), backward).apply(x)
    show(type(out).__name__, *out)
    out[0].sum().backward()
    show(x.grad)


def gradients_of_a_broadcast_shape_are_summed(torch, show):
    own = _function(torch, lambda ctx, x, y: x + y, lambda ctx, grad: (grad, grad))
    x, y = torch.ones(3, requires_grad=True), torch.ones(2, 1, requires_grad=True)
    own.apply(x, y).sum().backward()
    show(x.grad, y.grad)
    scalar = torch.tensor(2.0, requires_grad=True)
    own.apply(torch.ones(2, 3), scalar).sum().backward()
    show(scalar.grad)


def gradients_of_another_type_are_cast(torch, show):
    for dtype in (torch.float64, torch.int64, torch.bool, torch.float16):
        x = _numbers(torch)
        own = _function(torch, lambda ctx, x: x * 2, lambda ctx, grad, dtype=dtype: torch.ones(3, dtype=dtype))
        own.apply(x).sum().backward()
        show(x.grad)


def a_real_gradient_of_a_complex_input(torch, show):
    x = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    out = _function(torch, lambda ctx, x: x.real * 2, lambda ctx, grad: grad * 2).apply(x)
    out.sum().backward()
    show(out, x.grad)


def complex_values_all_the_way(torch, show):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            ctx.save_for_backward(z)
            return z * z

        @staticmethod
        def backward(ctx, grad):
            (z,) = ctx.saved_tensors
            return grad * (2 * z).conj()

    z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    Square.apply(z).abs().sum().backward()
    w = z.detach().clone().requires_grad_()
    (w * w).abs().sum().backward()
    show(z.grad, w.grad)


def functions_within_functions(torch, show):
    cube = _cube(torch)

    class Outer(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            inner = cube.apply(x)
            show(inner)
            return inner * 2

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 6 * cube.apply(x) / x * grad

    x = _numbers(torch)
    (first,) = torch.autograd.grad(Outer.apply(x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    show(first, second)


def a_graph_of_its_own_within_forward(torch, show):
    class Checkpointed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, run, x):
            ctx.run = run
            ctx.save_for_backward(x)
            return run(x)

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            with torch.enable_grad():
                x = x.detach().requires_grad_()
                y = ctx.run(x)
            y.backward(grad)
            return None, x.grad

    x = _numbers(torch)
    weight = _numbers(torch, 4.0, 5.0, 6.0)
    Checkpointed.apply(lambda x: x.sin() * weight, x).sum().backward()
    show(x.grad, weight.grad)


def what_backward_returns_is_copied_into_grad(torch, show):
    kept = torch.ones(3)
    x = _numbers(torch)
    _function(torch, lambda ctx, x: x * 2, lambda ctx, grad: kept).apply(x).sum().backward()
    x.grad.add_(5)
    show(kept, x.grad)


def too_many_gradients_that_are_none(torch, show):
    x = _numbers(torch)
    own = _function(torch, lambda ctx, x: x * 2, lambda ctx, grad: (grad * 2, None, None))
    own.apply(x).sum().backward()
    show(x.grad)


def once_differentiable_hides_the_graph(torch, show):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            show(torch.is_grad_enabled(), grad.requires_grad)
            return 2 * ctx.saved_tensors[0] * grad

    show(Square.backward.__name__)
    x = _numbers(torch)
    (first,) = torch.autograd.grad(Square.apply(x).sum(), x)
    show(first)
    (first,) = torch.autograd.grad(Square.apply(x).sum(), x, create_graph=True)
    show(first)
    (first,) = torch.autograd.grad((Square.apply(x) ** 2).sum(), x, create_graph=True)
    show(first, first.grad_fn)
    first.sum().backward()


def gradients_in_one_list(torch, show):
    def backward(ctx, grads):
        show(grads)
        return grads.pop() + grads.pop()

    x = _numbers(torch)
    a, b = _function(torch, lambda ctx, x: (x * 2, x * 3), backward, boxed_grads_call=True).apply(x)
    (a + b * 2).sum().backward()
    show(x.grad)


def grad_outputs_of_grad_outputs(torch, show):
    cube = _cube(torch)
    x, seed = _numbers(torch), _numbers(torch, 1.0, 1.0, 2.0)
    (first,) = torch.autograd.grad(cube.apply(x), x, seed, create_graph=True)
    show(torch.autograd.grad(first.sum(), (x, seed)))


def a_module_with_a_function_inside(torch, show):
    class StraightThrough(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.sign()

        @staticmethod
        def backward(ctx, grad):
            return grad.clamp(-1, 1)

    layer = torch.nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.fill_(0.5)
        layer.bias.fill_(-1.0)
    out = StraightThrough.apply(layer(torch.tensor([[1.0, 2.0, 3.0]])))
    (out * torch.tensor([0.5, 3.0])).sum().backward()
    show(out, layer.weight.grad, layer.bias.grad)


def a_subclass_of_a_function_inherits_its_backward(torch, show):
    class Twice(_cube(torch)):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return 2 * x**3

    x = _numbers(torch)
    y = Twice.apply(x)
    show(y.grad_fn.name(), issubclass(Twice, torch.autograd.Function), type(Twice).__name__)
    y.sum().backward()
    show(x.grad)


def class_methods_and_methods_without_static(torch, show):
    class Loose(torch.autograd.Function):
        factor = 3

        @classmethod
        def forward(cls, ctx, x):
            return x * cls.factor

        def backward(ctx, grad):  # noqa: N805 (as people write it)
            return grad * 3

    x = _numbers(torch)
    Loose.apply(x).sum().backward()
    show(x.grad)


def deep_chains_of_functions(torch, show):
    cube = _function(torch, lambda ctx, x: x * 1.001, lambda ctx, grad: grad * 1.001)
    x = _numbers(torch)
    y = x
    for _ in range(3000):
        y = cube.apply(y)
    y.sum().backward()
    show(y, x.grad)


def matrix_function_with_two_inputs(torch, show):
    class Linear(torch.autograd.Function):
        @staticmethod
        def forward(x, weight, bias):
            output = x.mm(weight.t())
            return output if bias is None else output + bias.unsqueeze(0)

        @staticmethod
        def setup_context(ctx, inputs, output):
            x, weight, bias = inputs
            ctx.save_for_backward(x, weight, bias)

        @staticmethod
        def backward(ctx, grad):
            x, weight, bias = ctx.saved_tensors
            grad_bias = grad.sum(0) if bias is not None and ctx.needs_input_grad[2] else None
            return grad.mm(weight), grad.t().mm(x), grad_bias

    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    weight = torch.tensor([[0.5, -1.0], [2.0, 1.5]], requires_grad=True)
    bias = torch.tensor([1.0, 2.0], requires_grad=True)
    (Linear.apply(x, weight, bias) ** 2).sum().backward()
    show(x.grad, weight.grad, bias.grad)
    first = torch.autograd.grad((Linear.apply(x, weight, None) ** 2).sum(), (x, weight), create_graph=True)
    show(torch.autograd.grad((first[0] * first[1].sum()).sum(), weight))
