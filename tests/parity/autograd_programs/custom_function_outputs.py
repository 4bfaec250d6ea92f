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


def a_buffer_is_filled(torch, show):
    class Store(torch.autograd.Function):
        @staticmethod
        def forward(ctx, buffer, x):
            ctx.mark_dirty(buffer)
            return buffer.copy_(x)

        @staticmethod
        def backward(ctx, grad):
            show(ctx.needs_input_grad)
            return None, grad * 2

    buffer, x = torch.zeros(3), _numbers(torch)
    show(Store.apply(buffer, x) is buffer, buffer)
    Store.apply(buffer, buffer * 2)
    buffer.sum().backward()
    show(buffer, x.grad)
    counts = torch.zeros(3, dtype=torch.int64)
    show(Store.apply(counts, x) is counts, counts, counts._version)


def a_view_of_another_output(torch, show):
    def forward(ctx, x):
        result = x * 2
        return result, result[0]

    own = _function(torch, forward, lambda ctx, grad, first: grad * 2 + first)
    leaf = _numbers(torch)
    result, first = own.apply(leaf)
    show(result, first, first._is_view(), first._base is result)
    (result.sum() + first).backward(retain_graph=True)
    show(leaf.grad)
    show.error(first.add_, 1)
    result.add_(1)
    show(result)
    show.error(lambda: first * 2)


def an_expanded_and_a_transposed_output(torch, show):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.expand(2, 3), x[None].t()

    def backward(ctx, grad, other):
        show(grad.shape, other.shape, ctx.saved_tensors[0])
        return grad.sum(0) + other[:, 0]

    x = _numbers(torch)
    wide, tall = _function(torch, forward, backward).apply(x)
    show(wide, tall)
    (wide.sum() + (tall * 2).sum()).backward()
    show(x.grad)


def an_empty_tensor_and_a_number(torch, show):
    own = _function(torch, lambda ctx, x: (x.sum(), x[:0]), lambda ctx, grad, empty: grad.expand(3) + empty.sum())
    x = _numbers(torch)
    total, empty = own.apply(x)
    show(total, empty)
    total.backward()
    show(x.grad)


def returned_and_changed_before(torch, show):
    own = _function(torch, lambda ctx, x: x, lambda ctx, grad: grad * 3)
    x = _numbers(torch) * 1
    x.add_(1)
    y = own.apply(x)
    show(y, y._version)
    x = x.detach()
    z = own.apply(x)
    x.mul_(2)
    show(z)


def detached_views_go_their_own_way(torch, show):
    own = _function(torch, lambda ctx, x: x.view(3, 1), lambda ctx, grad: grad.view(3))
    x = _numbers(torch) * 1
    y = own.apply(x)
    free = y.detach()
    free.add_(1)
    show(free, x, y._version)
    copy = own.apply(x).clone()
    copy.add_(1)
    show(copy)
    with torch.no_grad():
        inside = own.apply(x)
    show(inside, inside._is_view())
    show.error(inside.add_, 1)


def a_view_taken_before_forward_changed_its_input(torch, show):
    def forward(ctx, x):
        part = x.view(3, 1)
        ctx.mark_dirty(x)
        return x.mul_(2), part

    leaf = _numbers(torch)
    x, part = _function(torch, forward, lambda ctx, grad, other: grad * 2 + other[:, 0]).apply(leaf * 1)
    show(x, part, part._version)
    (x + part[:, 0]).sum().backward()
    show(leaf.grad)
    x.add_(1)
    show.error(lambda: part + 1)
