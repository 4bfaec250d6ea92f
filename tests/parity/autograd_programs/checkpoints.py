"""`utils.checkpoint`: both kinds, what they compute, and when they compute it again."""

import functools


def _tools(torch):
    import importlib

    return importlib.import_module(torch.__name__ + ".utils.checkpoint")


def _counted(function):
    """The function, and a list that grows by one entry with each call of it."""
    calls = []

    def counted(*args, **kwargs):
        calls.append(len(args))
        return function(*args, **kwargs)

    return counted, calls


def both_kinds_give_the_gradients(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        x = torch.tensor([0.1, 0.2, 0.3], requires_grad=True)
        function, calls = _counted(lambda x: (x.sin() * x).exp())
        y = checkpoint(function, x, use_reentrant=use_reentrant)
        show(y, len(calls))
        y.sum().backward()
        show(x.grad, len(calls))


def without_a_kind_there_is_a_warning(torch, show):
    checkpoint = _tools(torch).checkpoint
    x = torch.ones(2, requires_grad=True)
    y = checkpoint(torch.sin, x)
    show(y)
    y.sum().backward()
    show(x.grad)


def parameters_that_the_function_closes_over(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        x = torch.tensor([1.0, -1.0], requires_grad=True)
        checkpoint(lambda x, w=w: (w @ x).tanh().sum(), x, use_reentrant=use_reentrant).backward()
        show(x.grad, w.grad)


def the_other_kind_takes_grad_and_inputs(torch, show):
    checkpoint = _tools(torch).checkpoint
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    show(torch.autograd.grad(checkpoint(lambda a, b: a.sin() * b, x, w, use_reentrant=False).sum(), x))
    checkpoint(lambda a, b: a.sin() * b, x, w, use_reentrant=False).sum().backward(inputs=[w])
    show(x.grad, w.grad)


def keyword_arguments_of_the_function(torch, show):
    checkpoint = _tools(torch).checkpoint
    x = torch.ones(2, requires_grad=True)
    y = checkpoint(lambda x, scale, shift=0: x.exp() * scale + shift, x, scale=3, shift=1, use_reentrant=False)
    y.sum().backward()
    show(y, x.grad)
    show.error(lambda: checkpoint(lambda x, scale: x * scale, x, scale=3, use_reentrant=True))
    show.error(lambda: checkpoint(lambda x: x, x, use_reentrant=False, unknown=3))


def a_tensor_given_by_keyword(torch, show):
    checkpoint = _tools(torch).checkpoint
    x = torch.ones(2, requires_grad=True)
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    checkpoint(lambda x, w: (x * w).sin(), x, w=w, use_reentrant=False).sum().backward()
    show(x.grad, w.grad)


def arguments_that_are_no_tensors(torch, show):
    checkpoint = _tools(torch).checkpoint

    def function(x, power, names, none):
        return x**power * len(names) if none is None else x

    for use_reentrant in (False, True):
        x = torch.tensor([2.0], requires_grad=True)
        checkpoint(function, x, 3, ["a", "b"], None, use_reentrant=use_reentrant).backward()
        show(x.grad)


def several_outputs(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        outputs = checkpoint(lambda x: (x.sin(), x.exp(), (x * 2).detach()), x, use_reentrant=use_reentrant)
        show(*outputs)
        (outputs[0] * outputs[1]).sum().backward()
        show(x.grad)


def outputs_that_are_no_tensors(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y, number, none = checkpoint(lambda x: (x.sin(), 3, None), x, use_reentrant=use_reentrant)
        y.sum().backward()
        show(number, none, x.grad)


def an_input_that_does_not_require_grad(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        weights = torch.tensor([3.0, 4.0])
        checkpoint(lambda x, w: (x * w).sin(), x, weights, use_reentrant=use_reentrant).sum().backward()
        show(x.grad, weights.grad)


def the_same_tensor_twice(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        checkpoint(lambda a, b: (a * b).exp(), x, x, use_reentrant=use_reentrant).sum().backward()
        show(x.grad)


def inputs_that_have_a_history(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = (x * 3).sin()
        z = checkpoint(lambda y: y.exp() * y, y, use_reentrant=use_reentrant)
        (z * y).sum().backward()
        show(x.grad)


def a_checkpoint_that_detaches_everything(torch, show):
    checkpoint = _tools(torch).checkpoint
    x = torch.ones(2, requires_grad=True)
    show(checkpoint(lambda x: x.detach() * 2, x, use_reentrant=False))
    y = checkpoint(lambda x: x.detach() * 2, x, use_reentrant=True)
    show(y)
    show.error(lambda: y.sum().backward())


def without_grad_nothing_is_recorded(torch, show):
    checkpoint = _tools(torch).checkpoint
    x = torch.ones(2, requires_grad=True)
    function, calls = _counted(torch.sin)
    with torch.no_grad():
        show(checkpoint(function, x, use_reentrant=False))
        show(checkpoint(function, x, use_reentrant=True))
    show(len(calls))


def backward_twice_with_the_graph_retained(torch, show):
    checkpoint = _tools(torch).checkpoint
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    function, calls = _counted(lambda x: (x * x).sin())
    y = checkpoint(function, x, use_reentrant=False).sum()
    y.backward(retain_graph=True)
    y.backward(retain_graph=True)
    show(x.grad, len(calls))
    y.backward()
    show(x.grad, len(calls))
    show.error(y.backward)


def the_reentrant_kind_twice(torch, show):
    checkpoint = _tools(torch).checkpoint
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    function, calls = _counted(lambda x: (x * x).sin())
    y = checkpoint(function, x, use_reentrant=True).sum()
    y.backward(retain_graph=True)
    y.backward()
    show(x.grad, len(calls))
    show.error(y.backward)


def second_derivatives(torch, show):
    checkpoint = _tools(torch).checkpoint
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    y = checkpoint(lambda x: (x**3).sin() * x, x, use_reentrant=False)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x, create_graph=True)
    show(first, second)
    second.sum().backward()
    show(x.grad)


def second_derivatives_within_the_function(torch, show):
    checkpoint = _tools(torch).checkpoint

    def penalty(x):
        y = (x**3).sum()
        (gradient,) = torch.autograd.grad(y, x, create_graph=True)
        return (gradient * gradient).sum()

    for early_stop in (True, False):
        x = torch.tensor([0.5, 1.0], requires_grad=True)
        loss = checkpoint(penalty, x, use_reentrant=False, early_stop=early_stop)
        loss.backward()
        show(loss, x.grad)


def backward_within_the_function_frees_its_part(torch, show):
    checkpoint = _tools(torch).checkpoint

    def function(x):
        (gradient,) = torch.autograd.grad(x.sin().cos().sum(), x)
        return x.cos() * gradient

    for early_stop in (True, False):
        x = torch.tensor([0.5, 1.0], requires_grad=True)
        y = checkpoint(function, x, use_reentrant=False, early_stop=early_stop)
        y.sum().backward()
        show(y, x.grad)


def checkpoints_within_checkpoints(torch, show):
    checkpoint = _tools(torch).checkpoint
    inner, inner_calls = _counted(lambda x: (x * 2).sin().exp())

    def middle(x):
        return checkpoint(inner, x.cos(), use_reentrant=False) * x

    middle, middle_calls = _counted(middle)
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    y = checkpoint(lambda x: checkpoint(middle, x.tanh(), use_reentrant=False).exp(), x, use_reentrant=False)
    y.sum().backward()
    show(y, x.grad, len(inner_calls), len(middle_calls))


def a_reentrant_checkpoint_within_one_of_the_other_kind(torch, show):
    checkpoint = _tools(torch).checkpoint
    for outer, inner in ((False, True), (True, False), (True, True)):
        x = torch.tensor([0.5, 1.0], requires_grad=True)
        inside = functools.partial(checkpoint, lambda x: (x * x).sin(), use_reentrant=inner)
        checkpoint(lambda x, inside=inside: inside(x.cos()).exp(), x, use_reentrant=outer).sum().backward()
        show(x.grad)


def early_stop_leaves_out_the_rest(torch, show):
    checkpoint = _tools(torch).checkpoint
    for early_stop in (True, False):
        reached = []

        def function(x, reached=reached):
            y = x.sin()
            reached.append("before")
            z = y + 1
            reached.append("after")
            return z

        x = torch.ones(2, requires_grad=True)
        checkpoint(function, x, use_reentrant=False, early_stop=early_stop).sum().backward()
        show(reached, x.grad)


def early_stop_by_context(torch, show):
    tools = _tools(torch)
    for enable in (True, False):
        reached = []

        def function(x, reached=reached):
            y = x.sin() + 1
            reached.append("end")
            return y

        x = torch.ones(2, requires_grad=True)
        with tools.set_checkpoint_early_stop(enable):
            y = tools.checkpoint(function, x, use_reentrant=False, early_stop=not enable)
        y.sum().backward()
        show(reached)


def finally_runs_when_recomputation_stops_early(torch, show):
    checkpoint = _tools(torch).checkpoint
    told = []

    def function(x):
        try:
            return x.sin().exp()
        finally:
            told.append("left")

    x = torch.ones(2, requires_grad=True)
    checkpoint(function, x, use_reentrant=False).sum().backward()
    show(told, x.grad)


def the_same_random_numbers(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        torch.manual_seed(3)
        x = torch.ones(4, requires_grad=True)
        y = checkpoint(lambda x: (x * torch.rand(4)).exp(), x, use_reentrant=use_reentrant)
        after = torch.rand(2)
        y.sum().backward()
        show(y, x.grad, after, torch.rand(2))


def other_random_numbers_unless_they_are_preserved(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        torch.manual_seed(3)
        x = torch.ones(4, requires_grad=True)
        y = checkpoint(lambda x: (x * torch.rand(4)).exp(), x, use_reentrant=use_reentrant, preserve_rng_state=False)
        torch.manual_seed(5)
        y.sum().backward()
        show(y, x.grad, torch.rand(2))


def changes_in_place_within_the_function(torch, show):
    checkpoint = _tools(torch).checkpoint

    def function(x):
        y = x * 2
        y.sin_()
        y[0] = 3.0
        return y.exp_() * x

    for use_reentrant in (False, True):
        x = torch.tensor([0.5, 1.0], requires_grad=True)
        checkpoint(function, x, use_reentrant=use_reentrant).sum().backward()
        show(x.grad)


def a_custom_function_in_a_checkpoint(torch, show):
    checkpoint = _tools(torch).checkpoint

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 3 * x**2 * grad

    for use_reentrant in (False, True):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        checkpoint(lambda x: Cube.apply(x).sin(), x, use_reentrant=use_reentrant).sum().backward()
        show(x.grad)


def hooks_within_a_checkpoint(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):

        def function(x):
            y = x * 2
            if y.requires_grad:
                y.register_hook(lambda grad: grad * 10)
            return y.sin()

        x = torch.tensor([1.0, 2.0], requires_grad=True)
        x.register_hook(lambda grad: show("leaf", grad))
        y = checkpoint(function, x, use_reentrant=use_reentrant)
        y.register_hook(lambda grad: show("output", grad))
        y.sum().backward()
        show(x.grad)


def a_sequence_in_segments(torch, show):
    tools = _tools(torch)
    for use_reentrant in (False, True):
        for segments in (1, 2, 3):
            functions, calls = zip(
                *map(_counted, (torch.sin, torch.exp, torch.tanh, torch.cos, torch.sigmoid)), strict=True
            )
            x = torch.tensor([0.5, 1.0], requires_grad=True)
            y = tools.checkpoint_sequential(list(functions), segments, x, use_reentrant=use_reentrant)
            y.sum().backward()
            show(y, x.grad, [len(c) for c in calls])


def a_sequential_module_in_segments(torch, show):
    tools = _tools(torch)
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2), torch.nn.Tanh())
    x = torch.tensor([[0.5, -1.0, 2.0]], requires_grad=True)
    tools.checkpoint_sequential(model, 2, x, use_reentrant=False).sum().backward()
    show(x.grad, *[p.grad for p in model.parameters()])


def dropout_in_a_checkpointed_module_keeps_its_mask(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        x = torch.ones(64, requires_grad=True)
        y = checkpoint(lambda x: torch.nn.functional.dropout(x, 0.5) * x, x, use_reentrant=use_reentrant)
        y.sum().backward()
        show(torch.equal(x.grad, 2 * y.detach()))


def partial_backward_passes(torch, show):
    checkpoint = _tools(torch).checkpoint
    function, calls = _counted(lambda x: (x.sin().exp(), x.cos().exp()))
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    one, other = checkpoint(function, x, use_reentrant=False)
    one.sum().backward()
    show(x.grad, len(calls))
    other.sum().backward()
    show(x.grad, len(calls))


def saved_values_asked_for_outside_of_backward(torch, show):
    checkpoint = _tools(torch).checkpoint
    function, calls = _counted(lambda x: (x * 2).sin())
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    y = checkpoint(function, x, use_reentrant=False)
    show(y.grad_fn._saved_self.detach(), len(calls))
    show(y.grad_fn._saved_self.detach(), len(calls))
    y.sum().backward()
    show(x.grad, len(calls))


def saved_tensors_hooks_around_a_checkpoint(torch, show):
    checkpoint = _tools(torch).checkpoint
    packed = []

    def pack(x):
        packed.append(tuple(x.shape))
        return x * 1

    x = torch.tensor([0.5, 1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        y = checkpoint(lambda x: x.sin().exp(), x * 2, use_reentrant=False)
    y.sum().backward()
    show(y, x.grad)


def saved_tensors_hooks_within_a_checkpoint(torch, show):
    checkpoint = _tools(torch).checkpoint
    told = []

    def function(x):
        with torch.autograd.graph.saved_tensors_hooks(lambda x: told.append("pack") or x, lambda x: x):
            y = x.sin()
        return y.exp()

    x = torch.tensor([0.5, 1.0], requires_grad=True)
    checkpoint(function, x, use_reentrant=False).sum().backward()
    show(x.grad, set(told))


def accumulation_over_several_checkpoints(torch, show):
    checkpoint = _tools(torch).checkpoint
    w = torch.tensor([0.5, 1.0], requires_grad=True)
    for use_reentrant in (False, True, False):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        checkpoint(lambda x: (x * w).tanh(), x, use_reentrant=use_reentrant).sum().backward()
        show(w.grad)


def only_integers_go_in(torch, show):
    checkpoint = _tools(torch).checkpoint
    w = torch.arange(6.0).reshape(3, 2).requires_grad_()
    indices = torch.tensor([2, 0, 2])
    y = checkpoint(lambda i: w[i].sin(), indices, use_reentrant=False)
    y.sum().backward()
    show(y, w.grad)
    show(checkpoint(lambda i: w[i].sin(), indices, use_reentrant=True))


def views_go_in_and_out(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        x = torch.arange(6.0).requires_grad_()
        y = checkpoint(lambda v: v.t().sin()[1], (x * 2).view(2, 3), use_reentrant=use_reentrant)
        y.sum().backward()
        show(y.shape, x.grad)


def a_recorded_backward_pass_through_the_reentrant_kind(torch, show):
    checkpoint = _tools(torch).checkpoint
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    y = checkpoint(lambda x: x.sin() * x, x, use_reentrant=True)
    (y * x).sum().backward(create_graph=True)
    show(x.grad)
    (second,) = torch.autograd.grad(x.grad.sum(), x)
    show(second)


def hooks_of_parameters_within_a_checkpoint(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        w = torch.tensor([0.5, 1.0], requires_grad=True)
        w.register_hook(lambda grad: show("hook", grad))
        w.register_post_accumulate_grad_hook(lambda leaf: show("after", leaf.grad))
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = checkpoint(lambda x, w=w: (x * w).sin(), x, use_reentrant=use_reentrant)
        (y * w).sum().backward()
        show(w.grad, x.grad)


def retained_gradients_around_a_checkpoint(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        x = torch.tensor([0.5, 1.0], requires_grad=True)
        before = x * 2
        before.retain_grad()
        after = checkpoint(lambda x: x.sin().exp(), before, use_reentrant=use_reentrant)
        after.retain_grad()
        (after * after).sum().backward()
        show(before.grad, after.grad, x.grad)


def a_function_that_returns_its_input(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        x = torch.tensor([0.5, 1.0], requires_grad=True)
        y = checkpoint(lambda x: x, x * 2, use_reentrant=use_reentrant)
        show(y)
        y.sum().backward()
        show(x.grad)


def a_function_without_arguments(torch, show):
    checkpoint = _tools(torch).checkpoint
    w = torch.tensor([0.5, 1.0], requires_grad=True)
    y = checkpoint(lambda: w.sin().exp(), use_reentrant=False)
    y.sum().backward()
    show(y, w.grad)
    show(checkpoint(lambda: w.sin().exp(), use_reentrant=True))


def tensors_in_containers(torch, show):
    checkpoint = _tools(torch).checkpoint
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    y = checkpoint(lambda pair: {"sum": pair[0].sin() + pair[1]["x"]}, (x, {"x": x}), use_reentrant=False)["sum"]
    y.sum().backward()
    show(x.grad)
    show(checkpoint(lambda pair: pair[0].sin(), (x, x), use_reentrant=True))


def training_with_and_without_checkpoints(torch, show):
    checkpoint = _tools(torch).checkpoint
    losses = []
    for use in (None, False, True):
        torch.manual_seed(0)
        first, last = torch.nn.Linear(3, 4), torch.nn.Linear(4, 1)
        optimizer = torch.optim.SGD([*first.parameters(), *last.parameters()], lr=0.1)
        inputs = torch.tensor([[0.1, 0.2, 0.3], [1.0, -1.0, 0.5]], requires_grad=True)
        for _ in range(5):
            optimizer.zero_grad()
            if use is None:
                hidden = first(inputs).tanh()
            else:
                hidden = checkpoint(lambda x, layer=first: layer(x).tanh(), inputs, use_reentrant=use)
            loss = (last(hidden) ** 2).mean()
            loss.backward()
            optimizer.step()
        losses.append(loss.detach())
    show(*losses)
