"""What PyTorch says to a Function that was written wrong, and what is left then."""

from .custom_functions import _cube, _function, _numbers


def _run(own, *args):
    """Apply, and go back."""
    outputs = own.apply(*args)
    first = outputs if not isinstance(outputs, tuple) else outputs[0]
    first.sum().backward()


def no_forward(torch, show):
    class Empty(torch.autograd.Function):
        pass

    class Half(torch.autograd.Function):
        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

    show.error(Empty.apply, _numbers(torch))
    show.error(Half.apply, _numbers(torch))


def no_backward(torch, show):
    x = _numbers(torch)
    show.error(_run, _function(torch, lambda ctx, x: x * 2), x)
    show(x.grad)


def backward_and_vjp(torch, show):
    own = _function(torch, lambda ctx, x: x * 2, lambda ctx, g: g, vjp=staticmethod(lambda ctx, g: g))
    show.error(_run, own, _numbers(torch))


def methods_that_are_not_overridden(torch, show):
    function = torch.autograd.Function
    show.error(function.forward, 1, 2)
    show.error(function.backward, 1, 2)
    show.error(function.vjp, 1, 2)
    show.error(function.jvp, 1, 2)
    show.error(function.vmap, 1, 2)
    show.error(function.setup_context, 1, 2, 3)
    show.error(function.apply, _numbers(torch))
    show(function.generate_vmap_rule, function.clear_saved_tensors_on_access)


def too_few_gradients(torch, show):
    x, y = _numbers(torch), _numbers(torch)
    show.error(_run, _function(torch, lambda ctx, x, y: x * y, lambda ctx, grad: grad), x, y)
    show.error(_run, _function(torch, lambda ctx, x, y: x * y, lambda ctx, grad: ()), x, y)
    show(x.grad, y.grad)


def too_many_gradients(torch, show):
    show.error(_run, _function(torch, lambda ctx, x: x * 2, lambda ctx, grad: (grad, grad)), _numbers(torch))


def a_gradient_of_the_wrong_shape(torch, show):
    for shape in ((5,), (), (1,), (3, 2)):
        x = _numbers(torch)
        own = _function(torch, lambda ctx, x: x * 2, lambda ctx, grad, shape=shape: torch.ones(shape))
        show.error(_run, own, x)
        show(x.grad)


def a_gradient_of_the_wrong_shape_for_the_second_tensor(torch, show):
    own = _function(torch, lambda ctx, x, n, y: x * y, lambda ctx, grad: (grad, None, torch.ones(2, 2)))
    show.error(_run, own, _numbers(torch), 3, _numbers(torch))


def a_gradient_that_is_no_tensor(torch, show):
    for value in ("text", 2.0, [1.0], True):
        own = _function(torch, lambda ctx, x: x * 2, lambda ctx, grad, value=value: value)
        show.error(_run, own, _numbers(torch))


def a_gradient_for_what_is_no_tensor(torch, show):
    own = _function(torch, lambda ctx, x, n: x * n, lambda ctx, grad: (grad, grad))
    show.error(_run, own, _numbers(torch), 2)


def saving_what_is_no_tensor(torch, show):
    def forward(ctx, x):
        ctx.save_for_backward(x, 3)
        return x * 2

    own = _function(torch, forward)
    show.error(own.apply, _numbers(torch))
    show(own.apply(_numbers(torch, requires_grad=False)))


def saving_for_forward_what_is_no_tensor(torch, show):
    def forward(ctx, x):
        ctx.save_for_forward(3)

    show.error(_function(torch, forward).apply, _numbers(torch))


def a_leaf_marked_dirty(torch, show):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x

    leaf = _numbers(torch)
    show.error(_function(torch, forward).apply, leaf)
    show(leaf)
    part = leaf[:2]
    show.error(_function(torch, forward).apply, part)
    show(leaf)


def dirty_but_not_returned(torch, show):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2).clone()

    show.error(_function(torch, forward).apply, _numbers(torch) * 1)


def dirty_but_no_input(torch, show):
    def forward(ctx, x):
        result = x * 2
        ctx.mark_dirty(result)
        return result

    y = _function(torch, forward, lambda ctx, grad: grad * 2).apply(_numbers(torch))
    show(y)


def a_dirty_view_beside_another_output(torch, show):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2), 3

    base = _numbers(torch) * 1
    show.error(_function(torch, forward).apply, base[:2])


def a_dirty_view_of_several(torch, show):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2)

    one, _ = (_numbers(torch, 1.0, 2.0) * 1).unbind()
    show.error(_function(torch, forward).apply, one)


def instances_are_of_no_use(torch, show):
    class Legacy(torch.autograd.Function):
        def forward(self, x):
            return x

    legacy = Legacy()
    show(type(legacy).__name__)
    show.error(legacy, _numbers(torch))
    inplace = torch.autograd.function.InplaceFunction(inplace=True)
    show(inplace.inplace)


def a_returned_input_saved_in_setup_context(torch, show):
    own = _function(torch, lambda x: x, None, lambda ctx, inputs, output: ctx.save_for_backward(output))
    show.error(own.apply, _numbers(torch))
    show.error(own.apply, _numbers(torch, requires_grad=False))
    with torch.no_grad():
        show(own.apply(_numbers(torch)))


def names_that_forward_does_not_have(torch, show):
    own = _function(torch, lambda ctx, x, y=2: x * y)
    x = _numbers(torch)
    show.error(own.apply, x, z=3)
    show.error(own.apply, x, x=x)
    show.error(own.apply, y=x)
    show.error(_function(torch, lambda ctx, *xs: xs[0]).apply, x, xs=1)
    separate = _function(torch, lambda x, y=2: x * y, None, lambda ctx, inputs, output: None)
    show.error(separate.apply, x, z=3)
    show.error(separate.apply)


def values_a_context_refuses(torch, show):
    def forward(ctx, x):
        for value in ("yes", 1, None):
            try:
                ctx.set_materialize_grads(value)
            except TypeError as error:
                show(str(error).split(" - ", maxsplit=1)[0])
        return x * 2

    show(_function(torch, forward).apply(_numbers(torch)))


def attributes_a_context_does_not_have(torch, show):
    def forward(ctx, x):
        return ctx.nothing

    show.error(_function(torch, forward).apply, _numbers(torch))


def a_saved_input_is_changed(torch, show):
    leaf = _numbers(torch)
    x = leaf * 1
    y = _cube(torch).apply(x)
    x.add_(1)
    show.error(lambda: y.grad_fn.saved_tensors)
    show.error(y.sum().backward)
    show(leaf.grad)


def a_saved_leaf_is_changed_by_an_optimizer(torch, show):
    leaf = _numbers(torch)
    y = _cube(torch).apply(leaf)
    leaf.grad = torch.ones(3)
    torch.optim.SGD([leaf], lr=0.5).step()
    y.sum().backward()


def a_saved_output_is_changed(torch, show):
    def forward(ctx, x):
        result = x.exp()
        ctx.save_for_backward(result)
        return result

    y = _function(torch, forward, lambda ctx, grad: grad * ctx.saved_tensors[0]).apply(_numbers(torch))
    y.mul_(2)
    y.sum().backward()


def something_saved_that_is_neither_is_changed(torch, show):
    mask = torch.ones(3)

    def forward(ctx, x):
        ctx.save_for_backward(mask)
        return x * mask

    y = _function(torch, forward, lambda ctx, grad: grad * ctx.saved_tensors[0]).apply(_numbers(torch))
    mask.zero_()
    y.sum().backward()


def a_saved_tensor_may_change_when_it_is_not_looked_at(torch, show):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2

    leaf = _numbers(torch)
    x = leaf * 1
    y = _function(torch, forward, lambda ctx, grad: grad * 2).apply(x)
    x.add_(1)
    y.sum().backward()
    show(leaf.grad)


def an_error_in_forward(torch, show):
    x = _numbers(torch)
    show.error(_function(torch, lambda ctx, x: 1 / 0).apply, x)
    show(x, torch.is_grad_enabled())


def an_error_in_setup_context(torch, show):
    x = _numbers(torch)
    show.error(_function(torch, lambda x: x * 2, None, lambda ctx, inputs, output: {}["missing"]).apply, x)
    show(x, torch.is_grad_enabled())


def an_error_in_backward_and_then_another_try(torch, show):
    fails = [True]

    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        if fails:
            raise ValueError(f"not {fails.pop()}")
        return 2 * x * grad

    x, other = _numbers(torch), _numbers(torch)
    loss = (_function(torch, forward, backward).apply(x) + other).sum()
    show.error(loss.backward, retain_graph=True)
    show(torch.is_grad_enabled(), x.grad)
    loss.backward()
    show(x.grad)


def differentiated_twice_though_once_differentiable(torch, show):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2, x * 3

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad, other):
            return 2 * ctx.saved_tensors[0] * grad + 3 * other

    x = _numbers(torch)
    seed = torch.ones(3, requires_grad=True)
    (first,) = torch.autograd.grad(Square.apply(x)[0], x, create_graph=True, grad_outputs=torch.ones(3))
    show.error(first.sum().backward)
    (first,) = torch.autograd.grad(Square.apply(x)[0], x, create_graph=True, grad_outputs=seed)
    show(first)
    show.error(first.sum().backward)


def saved_tensors_accessed_twice(torch, show):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    def backward(ctx, grad):
        return ctx.saved_tensors[0] * ctx.saved_tensors[0] * grad

    own = _function(torch, forward, backward, clear_saved_tensors_on_access=True)
    show.error(_run, own, _numbers(torch))


def shared_storage_need_not_be_marked(torch, show):
    def forward(ctx, x):
        y = x * 2
        ctx.mark_shared_storage((x, y))
        return y

    show(_function(torch, forward).apply(_numbers(torch)))


def saved_variables_is_an_old_name(torch, show):
    y = _cube(torch).apply(_numbers(torch))
    show(y.grad_fn.saved_variables)


def saved_tensors_cannot_be_set(torch, show):
    def forward(ctx, x):
        try:
            ctx.saved_tensors = (x,)
        except AttributeError as error:
            show(type(error).__name__)
        return x * 2

    show(_function(torch, forward).apply(_numbers(torch)))


def a_view_of_a_returned_view_refuses_too(torch, show):
    x = _numbers(torch) * 1
    y = _function(torch, lambda ctx, x: x.view(3, 1), lambda ctx, grad: grad.view(3)).apply(x)
    show.error(y[0].add_, 1)
    show.error(y.__setitem__, 0, 5.0)
    with torch.no_grad():
        y.add_(1)
    show(x)


def a_nested_function_is_of_no_use(torch, show):
    nested = torch.autograd.function.NestedIOFunction()
    show(isinstance(nested, torch.autograd.Function), torch.autograd.NestedIOFunction is type(nested))
    show.error(nested.forward_extended, 1)
    show.error(nested.backward_extended, 1)


def hooks_that_fail_while_packing(torch, show):
    def pack(tensor):
        raise ValueError(f"not {tuple(tensor.shape)}")

    x = _numbers(torch)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda packed: packed):
        show.error(_cube(torch).apply, x)
    show(_cube(torch).apply(x))


def not_a_number_in_anomaly_mode(torch, show):
    own = _function(torch, lambda ctx, x: x * 2, lambda ctx, grad: grad * float("nan"))
    x = _numbers(torch)
    y = own.apply(x)
    try:
        with torch.autograd.set_detect_anomaly(True):
            y.sum().backward()
    except RuntimeError as error:
        show(error)
    show(x.grad)


def a_gradient_that_reaches_nobody_is_not_looked_at(torch, show):
    own = _function(torch, lambda ctx, x, y: x * y, lambda ctx, grad: (grad, torch.ones(5)))
    x = _numbers(torch)
    own.apply(x, torch.ones(3)).sum().backward()
    show(x.grad)


def grad_mode_changed_within_forward(torch, show):
    def forward(ctx, x):
        torch.set_grad_enabled(True)
        return x * 2

    y = _function(torch, forward, lambda ctx, grad: grad * 3).apply(_numbers(torch))
    show(y, torch.is_grad_enabled())
    with torch.no_grad():
        _function(torch, forward).apply(_numbers(torch))
        show(torch.is_grad_enabled())


def a_class_that_is_no_function(torch, show):
    class Plain:
        @staticmethod
        def forward(ctx, x):
            return x

    show(hasattr(Plain, "apply"), isinstance(torch.autograd.Function, type(torch.autograd.function.Function)))
    show(type(torch.autograd.Function).__name__, torch.autograd.function.FunctionMeta.__name__)
    show(torch.autograd.Function is torch.autograd.function.Function)
    show(sorted(torch.autograd.function.__all__))
