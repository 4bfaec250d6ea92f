"""`utils.checkpoint`: what it checks and refuses, its contexts, and the policies of selective checkpoints."""

import contextlib
import functools

from .checkpoints import _counted, _tools


def _show_first_line(show, function):
    """Show the class of the error that the function ends with, and the first line of its text."""
    try:
        function()
    except RuntimeError as error:
        show(type(error).__name__, str(error).split("\n")[0])


def no_input_requires_grad(torch, show):
    checkpoint = _tools(torch).checkpoint
    w = torch.ones(2, requires_grad=True)
    show(checkpoint(lambda x: x * w, torch.ones(2), use_reentrant=True))
    y = checkpoint(lambda x: x * w, torch.ones(2), use_reentrant=False)
    show(y)
    y.sum().backward()
    show(w.grad)


def the_reentrant_kind_refuses_grad(torch, show):
    checkpoint = _tools(torch).checkpoint
    x = torch.ones(2, requires_grad=True)
    show.error(lambda: torch.autograd.grad(checkpoint(torch.sin, x, use_reentrant=True).sum(), x))
    show.error(lambda: checkpoint(torch.sin, x, use_reentrant=True).sum().backward(inputs=[x]))
    show(x.grad)


def a_function_that_saves_fewer_tensors_later(torch, show):
    checkpoint = _tools(torch).checkpoint
    calls = []

    def function(x):
        calls.append(1)
        return x.sin() if len(calls) > 1 else x.sin().exp().cos()

    x = torch.ones(2, requires_grad=True)
    y = checkpoint(function, x, use_reentrant=False)
    _show_first_line(show, lambda: y.sum().backward())
    show(x.grad)


def a_function_that_saves_more_tensors_later(torch, show):
    checkpoint = _tools(torch).checkpoint
    for early_stop in (True, False):
        calls = []

        def function(x, calls=calls):
            calls.append(1)
            return x.sin() if len(calls) == 1 else x.sin().exp()

        x = torch.ones(2, requires_grad=True)
        y = checkpoint(function, x, use_reentrant=False, early_stop=early_stop)
        _show_first_line(show, lambda y=y: y.sum().backward())
        show(x.grad)


def a_function_that_saves_other_shapes_or_types_later(torch, show):
    checkpoint = _tools(torch).checkpoint
    for change in (lambda x: x[:1], lambda x: x.double()):
        for check in ("default", "none"):
            calls = []

            def function(x, change=change, calls=calls):
                calls.append(1)
                return (x if len(calls) == 1 else change(x)).sin()

            x = torch.ones(2, requires_grad=True)
            y = checkpoint(function, x, use_reentrant=False, determinism_check=check)
            if check == "default":
                _show_first_line(show, lambda y=y: y.sum().backward())
            else:
                y.sum().backward()
            show(x.grad)


def debug_tells_what_ran(torch, show):
    tools = _tools(torch)
    for by_context in (False, True):
        calls = []

        def function(x, calls=calls):
            calls.append(1)
            return x.sin() if len(calls) == 1 else x[:1].sin()

        x = torch.ones(2, requires_grad=True)
        with tools.set_checkpoint_debug_enabled(True if by_context else None):
            y = tools.checkpoint(function, x, use_reentrant=False, debug=not by_context)
        try:
            y.sum().backward()
        except tools.CheckpointError as error:
            show(
                "dumping logs of latest computation" in str(error), "sin" in str(error), type(error.__cause__).__name__
            )


def debug_switched_off_by_context(torch, show):
    tools = _tools(torch)
    x = torch.ones(2, requires_grad=True)
    with tools.set_checkpoint_debug_enabled(False):
        y = tools.checkpoint(torch.sin, x, use_reentrant=False, debug=True, context_fn=lambda: tools.noop_context_fn())
    y.sum().backward()
    show(x.grad)


def arguments_that_do_not_go_together(torch, show):
    tools = _tools(torch)
    x = torch.ones(2, requires_grad=True)
    contexts = lambda: (contextlib.nullcontext(), contextlib.nullcontext())
    show.error(lambda: tools.checkpoint(torch.sin, x, use_reentrant=True, debug=True))
    show.error(lambda: tools.checkpoint(torch.sin, x, use_reentrant=True, context_fn=contexts))
    show.error(lambda: tools.checkpoint(torch.sin, x, use_reentrant=False, debug=True, context_fn=contexts))
    show.error(lambda: tools.checkpoint(torch.sin, x, use_reentrant=False, determinism_check="exact"))
    show.error(lambda: tools.checkpoint(torch.sin, x, use_reentrant=False, context_fn=lambda: None))
    show.error(lambda: tools.checkpoint(3, x, use_reentrant=False))
    show(tools.checkpoint(torch.sin, x, use_reentrant=True, determinism_check="exact"))


def an_input_changed_in_place_before_backward(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        z = checkpoint(torch.sin, y, use_reentrant=use_reentrant)
        y.add_(1)
        show.error(lambda z=z: z.sum().backward())
        show(x.grad)


def a_leaf_changed_in_place_before_backward(torch, show):
    checkpoint = _tools(torch).checkpoint
    x = torch.ones(2, requires_grad=True)
    z = checkpoint(torch.sin, x, use_reentrant=False)
    with torch.no_grad():
        x.mul_(2)
    show.error(lambda: z.sum().backward())


def errors_of_the_function(torch, show):
    checkpoint = _tools(torch).checkpoint

    def fails(x):
        x.sin()
        raise ValueError("not today")

    x = torch.ones(2, requires_grad=True)
    for use_reentrant in (False, True):
        show.error(lambda kind=use_reentrant: checkpoint(fails, x, use_reentrant=kind))
    show((x * x).sin())


def errors_of_the_function_in_backward(torch, show):
    checkpoint = _tools(torch).checkpoint
    for use_reentrant in (False, True):
        calls = []

        def function(x, calls=calls):
            calls.append(1)
            if len(calls) == 2:
                raise ValueError("not a second time")
            return x.sin()

        x = torch.ones(2, requires_grad=True)
        y = checkpoint(function, x, use_reentrant=use_reentrant)
        show.error(lambda y=y: y.sum().backward())
        show(x.grad)


def an_error_that_the_forward_context_suppresses(torch, show):
    checkpoint = _tools(torch).checkpoint

    def fails(x):
        raise ValueError("lost")

    x = torch.ones(2, requires_grad=True)
    contexts = lambda: (contextlib.suppress(ValueError), contextlib.nullcontext())
    _show_first_line(show, lambda: checkpoint(fails, x, use_reentrant=False, context_fn=contexts))


def contexts_for_forward_and_recomputation(torch, show):
    checkpoint = _tools(torch).checkpoint
    told = []

    @contextlib.contextmanager
    def telling(name):
        told.append(f"{name} begins")
        yield
        told.append(f"{name} ends")

    x = torch.ones(2, requires_grad=True)
    contexts = lambda: (telling("forward"), telling("recomputation"))
    y = checkpoint(
        lambda x: told.append("function") or x.sin(), x, use_reentrant=False, context_fn=contexts, early_stop=False
    )
    y.sum().backward()
    show(told)


def ctx_saved_tensors_can_be_asked_for_once(torch, show):
    checkpoint = _tools(torch).checkpoint

    class Greedy(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            (_,) = ctx.saved_tensors
            (x,) = ctx.saved_tensors
            return grad * x

    x = torch.ones(2, requires_grad=True)
    _show_first_line(show, lambda: checkpoint(Greedy.apply, x, use_reentrant=False).sum().backward())


def misuse_of_sequences(torch, show):
    tools = _tools(torch)
    x = torch.ones(2, requires_grad=True)
    functions = [torch.sin, torch.exp, torch.cos]
    show(tools.checkpoint_sequential(functions, 2, x))
    show.error(lambda: tools.checkpoint_sequential(functions, 2, x, use_reentrant=False, debug=True))
    show.error(lambda: tools.checkpoint_sequential(functions, 0, x, use_reentrant=False))
    show.error(lambda: tools.checkpoint_sequential(functions, 5, x, use_reentrant=False))
    show.error(lambda: tools.checkpoint_sequential([], 1, x, use_reentrant=False))
    show(tools.checkpoint_sequential([torch.sin], 1, x, use_reentrant=False, preserve_rng_state=False))


def detached_variables(torch, show):
    tools = _tools(torch)
    x = torch.ones(2, requires_grad=True) * 2
    detached, number = tools.detach_variable((x, 5))
    show(detached, number, detached.is_leaf, detached.data_ptr() == x.data_ptr())
    show.error(lambda: tools.detach_variable([x]))
    tools.check_backward_validity([x, 3])
    tools.check_backward_validity([3, torch.ones(1)])
    show(tools.get_device_states(x), tools.DefaultDeviceType.get_device_type())
    tools.set_device_states([], [])
    show(type(tools.noop_context_fn()[0]).__name__)


def one_recomputation_for_a_group_of_passes(torch, show):
    tools = _tools(torch)
    function, calls = _counted(lambda x: (x.sin().exp(), x.cos().exp()))
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    one, other = tools.checkpoint(function, x, use_reentrant=False)
    with tools.GraphExecGroup():
        one.sum().backward()
        other.sum().backward()
    show(x.grad, len(calls))
    with tools.GraphExecGroup():
        show.error(tools.GraphExecGroup().__enter__)
        y = tools.checkpoint(torch.sin, x, use_reentrant=False).sum()
        y.backward(retain_graph=True)
        _show_first_line(show, y.backward)


def hooks_that_are_disabled_refuse_a_checkpoint(torch, show):
    checkpoint = _tools(torch).checkpoint
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    with torch.autograd.graph.disable_saved_tensors_hooks("no hooks here"):
        show.error(lambda: checkpoint(torch.sin, x, use_reentrant=False))
        show(checkpoint(torch.sin, x, use_reentrant=True))


def a_policy_keeps_products(torch, show):
    tools = _tools(torch)
    mm = torch.ops.aten.mm.default

    def policy(ctx, op, *args, **kwargs):
        return tools.CheckpointPolicy.MUST_SAVE if op == mm else tools.CheckpointPolicy.PREFER_RECOMPUTE

    x = torch.tensor([[0.5, 1.0], [2.0, 3.0]], dtype=torch.float64, requires_grad=True)
    w = torch.tensor([[1.0, -1.0], [0.5, 0.2]], dtype=torch.float64, requires_grad=True)
    for policies in (policy, [mm], lambda ctx, op, *args, **kwargs: op == mm):
        contexts = functools.partial(tools.create_selective_checkpoint_contexts, policies)
        y = tools.checkpoint(lambda x, w: ((x @ w).sin() @ w).exp(), x, w, use_reentrant=False, context_fn=contexts)
        x.grad = w.grad = None
        y.sum().backward()
        show(y, x.grad, w.grad)


def a_policy_is_asked_in_forward_only(torch, show):
    tools = _tools(torch)
    asked = []

    def policy(ctx, op, *args, **kwargs):
        asked.append((str(op).split(".")[1], ctx.is_recompute, ctx.op_output.shape, len(args) > 0))
        return tools.CheckpointPolicy.PREFER_RECOMPUTE

    contexts = functools.partial(tools.create_selective_checkpoint_contexts, policy)
    x = torch.tensor([[0.5, 1.0], [2.0, 3.0]], requires_grad=True)
    y = tools.checkpoint(lambda x: (x @ x).sin().exp(), x, use_reentrant=False, context_fn=contexts)
    y.sum().backward()
    show(asked, x.grad)


def a_selective_checkpoint_goes_backward_once(torch, show):
    tools = _tools(torch)
    contexts = functools.partial(tools.create_selective_checkpoint_contexts, [torch.ops.aten.sin.default])
    x = torch.tensor([0.5, 1.0], requires_grad=True)
    y = tools.checkpoint(lambda x: (x.sin() * x).exp(), x, use_reentrant=False, context_fn=contexts).sum()
    y.backward(retain_graph=True)
    show(x.grad)
    show.error(y.backward)


def what_a_policy_kept_was_changed_in_place(torch, show):
    tools = _tools(torch)

    def function(x):
        y = x.sin()
        z = y * 2
        y.add_(1)
        return (z * y).exp()

    for allow in (False, True):
        contexts = functools.partial(
            tools.create_selective_checkpoint_contexts, [torch.ops.aten.sin.default], allow_cache_entry_mutation=allow
        )
        x = torch.tensor([0.5, 1.0], requires_grad=True)
        y = tools.checkpoint(function, x, use_reentrant=False, context_fn=contexts).sum()
        if allow:
            y.backward()
        else:
            show.error(y.backward)


def a_selective_checkpoint_whose_function_changes(torch, show):
    tools = _tools(torch)
    for later in (torch.exp, lambda x: x.sin().sin()):
        calls = []

        def function(x, calls=calls, later=later):
            calls.append(1)
            return (x.sin() if len(calls) == 1 else later(x)) * x

        contexts = functools.partial(tools.create_selective_checkpoint_contexts, [torch.ops.aten.sin.default])
        x = torch.tensor([0.5, 1.0], requires_grad=True)
        y = tools.checkpoint(function, x, use_reentrant=False, context_fn=contexts).sum()
        show.error(y.backward)


def misuse_of_policies(torch, show):
    tools = _tools(torch)
    show.error(lambda: tools.create_selective_checkpoint_contexts(3))
    show.error(lambda: tools.create_selective_checkpoint_contexts([torch.ops.aten.mm]))
    show.error(lambda: tools.create_selective_checkpoint_contexts([torch.sin]))
    show.error(lambda: torch.ops.aten.no_such_operation)
    show([policy.name for policy in tools.CheckpointPolicy], tools.CheckpointPolicy.MUST_RECOMPUTE.value)
    show(torch.ops.aten.mm.default, torch.ops.aten.mm, repr(torch.ops.aten.mm.default), repr(torch.ops.aten.mm))
    show(torch.ops.aten.mm.default.name(), torch.ops.aten.mm.default == torch.ops.aten.bmm.default)
