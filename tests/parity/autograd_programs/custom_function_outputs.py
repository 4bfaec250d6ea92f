"""Functions that return their inputs, views of them, inputs changed in place, and tensors from elsewhere."""

from .custom_functions import _function, _numbers


def an_input_returned_as_it_is(torch, show):
    own = _function(torch, lambda ctx, x: x, lambda ctx, grad: grad * 3)
    x = _numbers(torch)
    y = own.apply(x)
    show(y, y is x, y._is_view(), y._base is x, x)
    y.sum().backward()
    show(x.grad)
    show.error(y.add_, 1)


def an_input_returned_where_nothing_requires_grad(torch, show):
    own = _function(torch, lambda ctx, x: x, lambda ctx, grad: grad * 3)
    x = _numbers(torch, requires_grad=False)
    y = own.apply(x)
    y.add_(1)
    show(y, x, y is x, y._is_view())
    leaf = _numbers(torch)
    with torch.no_grad():
        y = own.apply(leaf)
        y.add_(1)
    show(y, leaf, y._is_view())


def an_input_returned_twice(torch, show):
    def backward(ctx, one, other):
        show(one, other)
        return one + other

    x = _numbers(torch)
    a, b = _function(torch, lambda ctx, x: (x, x), backward).apply(x * 1)
    show(a, b, a is b, a.output_nr, b.output_nr)
    (a * 2 + b).sum().backward()
    show(x.grad)


def one_tensor_returned_twice_is_the_last(torch, show):
    def forward(ctx, x):
        result = x * 2
        return result, result

    def backward(ctx, one, other):
        show(one, other)
        return one + other

    x = _numbers(torch)
    a, b = _function(torch, forward, backward).apply(x)
    show(a is b, a.output_nr)
    (a * 2 + b).sum().backward()
    show(x.grad)


def a_view_of_the_input_is_returned(torch, show):
    own = _function(torch, lambda ctx, x: x.view(3, 1), lambda ctx, grad: grad.view(3) * 5)
    x = _numbers(torch)
    y = own.apply(x)
    show(y, y._is_view(), y._base is x)
    y.sum().backward()
    show(x.grad)
    flat = own.apply(_numbers(torch, requires_grad=False))
    flat.add_(1)
    show(flat, flat._is_view())


def views_returned_beside_others_refuse_as_one_of_several(torch, show):
    own = _function(torch, lambda ctx, x: (x.view(3, 1), x * 2), lambda ctx, one, other: one.view(3) + other)
    y, z = own.apply(_numbers(torch) * 1)
    z.add_(1)
    show(z)
    show.error(y.add_, 1)


def a_changed_base_takes_the_view_with_it(torch, show):
    x = _numbers(torch) * 1
    y = _function(torch, lambda ctx, x: x.view(3, 1), lambda ctx, grad: grad.view(3)).apply(x)
    show(y)
    x.add_(1)
    show.error(lambda: y + 1)


def an_integer_input_returned_as_it_is(torch, show):
    own = _function(torch, lambda ctx, n, x: (n, x * 2), lambda ctx, _, grad: (None, grad * 2))
    n = torch.arange(3)
    same, y = own.apply(n, _numbers(torch))
    show(same, same is n, same._is_view(), y)


def changed_in_place_and_marked_dirty(torch, show):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    leaf = _numbers(torch)
    x = leaf * 1
    before = x._version
    y = Double.apply(x)
    show(y is x, y, x._version - before)
    y.sum().backward()
    show(leaf.grad)


def a_dirty_input_that_backward_needs_as_it_became(torch, show):
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            x.exp_()
            ctx.save_for_backward(x)
            return x

        @staticmethod
        def backward(ctx, grad):
            (result,) = ctx.saved_tensors
            show(result)
            return grad * result

    leaf = _numbers(torch, 0.5, -1.0)
    y = Exp.apply(leaf * 1)
    (first,) = torch.autograd.grad(y.sum(), leaf, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), leaf)
    show(first, second)


def a_dirty_view_changes_the_history_of_its_base(torch, show):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor):
            ctx.mark_dirty(x)
            ctx.save_for_backward(factor)
            return x.mul_(factor)

        @staticmethod
        def backward(ctx, grad):
            (factor,) = ctx.saved_tensors
            return grad * factor, grad * 3

    leaf = _numbers(torch)
    factor = _numbers(torch, 5.0, 6.0)
    base = leaf * 1
    part = base[:2]
    y = Scale.apply(part, factor)
    show(y is part, y, base)
    base.sum().backward()
    show(leaf.grad, factor.grad)


def a_dirty_view_of_a_constant_base(torch, show):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor):
            ctx.mark_dirty(x)
            return x.mul_(factor)

        @staticmethod
        def backward(ctx, grad):
            return grad * 2, grad * 3

    factor = _numbers(torch, 5.0, 6.0)
    base = _numbers(torch, requires_grad=False)
    Scale.apply(base[1:], factor)
    show(base)
    (base * 2).sum().backward()
    show(factor.grad)


def two_dirty_inputs(torch, show):
    def forward(ctx, x, y):
        ctx.mark_dirty(x, y)
        return x.mul_(2), y.add_(1), x * y

    a = _numbers(torch)
    own = _function(torch, forward, lambda ctx, one, other, _: (one * 2, other))
    x, y, z = own.apply(a * 1, a * 3)
    show(x, y, z, [t.output_nr for t in (x, y, z)])
    (x + y).sum().backward()
    show(a.grad)


def dirty_inputs_where_nothing_requires_grad(torch, show):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2)

    own = _function(torch, forward)
    x = _numbers(torch, requires_grad=False)
    show(own.apply(x) is x, x, x._version)
    leaf = _numbers(torch)
    with torch.no_grad():
        own.apply(leaf)
    show(leaf)


def a_dirty_output_that_is_a_constant(torch, show):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        ctx.mark_non_differentiable(x)
        return x.mul_(2)

    x = _numbers(torch) * 1
    y = _function(torch, forward).apply(x)
    show(y is x, y, x)


def recorded_inside_forward_is_cut_off(torch, show):
    def forward(ctx, x):
        with torch.enable_grad():
            result = x * 2
        show(result)
        return result

    leaf = _numbers(torch)
    y = _function(torch, forward, lambda ctx, grad: grad * 7).apply(leaf)
    show(y)
    y.sum().backward()
    show(leaf.grad)


def a_tensor_from_elsewhere_is_returned(torch, show):
    elsewhere = torch.tensor([7.0, 8.0])
    own = _function(torch, lambda ctx, x: elsewhere, lambda ctx, grad: grad.sum().expand(3))
    y = own.apply(_numbers(torch))
    show(y is elsewhere, y)
    computed = torch.tensor([7.0, 8.0], requires_grad=True) * 2
    y = _function(torch, lambda ctx, x: computed).apply(_numbers(torch))
    show(y is computed, y)
    y = _function(torch, lambda ctx, x: computed).apply(_numbers(torch, requires_grad=False))
    show(y is computed, y)


def a_parameter_goes_in_and_comes_out(torch, show):
    parameter = torch.nn.Parameter(torch.ones(2))
    y = _function(torch, lambda ctx, p: p, lambda ctx, grad: grad * 4).apply(parameter)
    show(type(y).__name__, y)
    y.sum().backward()
    show(parameter.grad)
