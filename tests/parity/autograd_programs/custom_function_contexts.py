"""What the context of a Function saves, shows and keeps."""

import copy
import gc
import pickle
import weakref

from .custom_functions import _cube, _function, _numbers


class _Note:
    pass


def a_saved_result_brings_its_history(torch, show):
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            result = x.exp()
            ctx.save_for_backward(result)
            return result

        @staticmethod
        def backward(ctx, grad):
            (result,) = ctx.saved_tensors
            show(result)
            return grad * result

    x = _numbers(torch, 0.5, -1.0)
    (first,) = torch.autograd.grad(Exp.apply(x).sum(), x, create_graph=True)
    first.sum().backward()
    show(first, x.grad)


def something_between_is_saved_as_a_constant(torch, show):
    class Sinh(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            up, down = x.exp(), (-x).exp()
            ctx.save_for_backward(up, down)
            return (up - down) / 2

        @staticmethod
        def backward(ctx, grad):
            up, down = ctx.saved_tensors
            show(up, down)
            return grad * (up + down) / 2

    x = _numbers(torch, 0.5, -1.0)
    (first,) = torch.autograd.grad(Sinh.apply(x).sum(), x, create_graph=True)
    show(first)


def a_context_may_have_attributes_of_any_name(torch, show):
    def forward(ctx, x):
        ctx.shape, ctx.dtype, ctx.dim, ctx.args, ctx.edge, ctx.first = x.shape, x.dtype, 1, (1, 2), "edge", 3
        ctx.hooks = ctx.saved = ctx.rules = ctx.arguments = ctx.kind = ctx.code = ctx.op = "mine"
        return x * 2

    def backward(ctx, grad):
        show(ctx.shape, ctx.dim, ctx.args, ctx.edge, ctx.first, ctx.hooks, ctx.rules, ctx.arguments, ctx.op)
        return grad.reshape(ctx.shape).to(ctx.dtype) * 2

    x = _numbers(torch)
    y = _function(torch, forward, backward).apply(x)
    y.sum().backward()
    show(x.grad, sorted(vars(y.grad_fn)))


def saved_tensors_are_the_tensors_themselves(torch, show):
    x, leaf = _numbers(torch) * 2, _numbers(torch)
    constant = torch.ones(3)

    def forward(ctx, x, leaf, constant):
        result = x * leaf
        ctx.save_for_backward(x, leaf, None, constant, result)
        return result

    y = _function(torch, forward).apply(x, leaf, constant)
    saved = y.grad_fn.saved_tensors
    show(saved, [one is other for one, other in zip(saved, (x, leaf, None, constant, y), strict=True)])


def saved_tensors_go_through_hooks(torch, show):
    def pack(tensor):
        show("pack", tensor)
        return tensor.detach() * 2

    def unpack(packed):
        show("unpack")
        return packed / 2

    def forward(ctx, x, leaf):
        result = x * leaf
        ctx.save_for_backward(x, x + 1, None, result, leaf)
        return result

    def backward(ctx, grad):
        x, more, nothing, result, leaf = ctx.saved_tensors
        show(x, more, nothing, result, leaf.requires_grad)
        return grad * leaf, grad * x

    a, leaf = _numbers(torch), _numbers(torch, 4.0, 5.0, 6.0)
    x = a * 1
    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = _function(torch, forward, backward).apply(x, leaf)
    (first,) = torch.autograd.grad(y.sum(), a, create_graph=True)
    show(first)
    (second,) = torch.autograd.grad(first.sum(), leaf)
    show(second)


def needs_input_grad_knows_nothing_of_the_pass(torch, show):
    def backward(ctx, grad):
        show(ctx.needs_input_grad)
        return grad, grad * 2

    a, b = _numbers(torch), _numbers(torch)
    y = _function(torch, lambda ctx, x, y: x * y, backward).apply(a, b)
    show(torch.autograd.grad(y.sum(), a, retain_graph=True))
    y.sum().backward(inputs=[b])
    show(a.grad, b.grad)


def hooks_on_the_node_of_a_function(torch, show):
    x = _numbers(torch)
    y = _function(torch, lambda ctx, x: x * 2, lambda ctx, grad: grad * 2).apply(x)
    node = y.grad_fn
    node.metadata["note"] = 1
    show(node.metadata, y.grad_fn.metadata, y.grad_fn is node)
    node.register_hook(lambda inputs, outputs: show("post", inputs, outputs))
    handle = node.register_prehook(lambda outputs: (outputs[0] * 10,))
    y.register_hook(lambda grad: show("tensor", grad))
    y.retain_grad()
    y.sum().backward(retain_graph=True)
    show(x.grad, y.grad)
    handle.remove()
    y.sum().backward()
    show(x.grad)


def attributes_are_seen_from_both_sides(torch, show):
    def forward(ctx, x):
        ctx.note = ["forward"]
        return x * 2

    def backward(ctx, grad):
        ctx.note.append(ctx.later)
        return grad * 2

    x = _numbers(torch)
    y = _function(torch, forward, backward).apply(x)
    y.grad_fn.later = "set on grad_fn"
    y.sum().backward()
    show(y.grad_fn.note, vars(y.grad_fn))


def a_second_backward_where_nothing_was_saved(torch, show):
    x = _numbers(torch)
    y = _function(torch, lambda ctx, x: x * 2, lambda ctx, grad: grad * 2).apply(x)
    loss = y.sum()
    loss.backward()
    loss.backward()
    show(x.grad)
    show.error(lambda: y.grad_fn.saved_tensors)


def saved_tensors_until_they_are_freed(torch, show):
    x = _numbers(torch)
    y = _cube(torch).apply(x)
    show(y.grad_fn.saved_tensors)
    y.sum().backward(retain_graph=True)
    show(y.grad_fn.saved_tensors)
    y.sum().backward()
    show(x.grad)
    show.error(lambda: y.grad_fn.saved_tensors)
    show.error(y.sum().backward)


def saved_tensors_cleared_on_access(torch, show):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * x * grad

    x = _numbers(torch)
    y = _function(torch, forward, backward, clear_saved_tensors_on_access=True).apply(x)
    y.sum().backward(retain_graph=True)
    show(x.grad)
    y.sum().backward()


def backward_called_by_hand(torch, show):
    y = _cube(torch).apply(_numbers(torch))
    show(y.grad_fn.apply(torch.ones(3)))
    ctx = torch.autograd.function.FunctionCtx()
    show(_cube(torch).forward(ctx, torch.ones(2)), ctx.to_save)
    ctx.mark_dirty(1)
    ctx.mark_non_differentiable(2)
    ctx.set_materialize_grads(False)
    show(vars(ctx))


def save_for_forward_has_no_part_in_backward(torch, show):
    def forward(ctx, x):
        ctx.save_for_forward(x, None)
        ctx.save_for_backward(x * 5)
        return x * 2

    x = _numbers(torch)
    jvp = staticmethod(lambda ctx, tangent: tangent * 2)
    y = _function(torch, forward, lambda ctx, grad: grad * ctx.saved_tensors[0], jvp=jvp).apply(x)
    y.sum().backward()
    show(x.grad, y.grad_fn.saved_for_forward, y.grad_fn.to_save)


def hidden_saves_keep_values_by_hand(torch, show):
    def forward(ctx, x):
        ctx.x = x.detach().clone()
        return x * x

    own = _function(torch, forward, lambda ctx, grad: 2 * ctx.x * grad)
    leaf = _numbers(torch)
    x = leaf * 1
    y = own.apply(x)
    x.mul_(100)
    y.sum().backward()
    show(leaf.grad)


def a_context_goes_with_its_graph(torch, show):
    def forward(ctx, x, note):
        ctx.note = note
        return x * 2

    note = _Note()
    gone = weakref.ref(note)
    y = _function(torch, forward, lambda ctx, grad: (grad * 2, None)).apply(_numbers(torch), note)
    node = y.grad_fn
    del note, y
    show(gone() is None, type(node.note).__name__)
    del node
    gc.collect()
    show(gone() is None)


def functions_in_inference_mode(torch, show):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        show(torch.is_inference_mode_enabled(), ctx.needs_input_grad)
        return x * 2

    own = _function(torch, forward, lambda ctx, grad: grad * 2)
    x = _numbers(torch)
    with torch.inference_mode():
        inside = own.apply(x)
        made = torch.ones(3)
    show(inside, inside.is_inference(), made.is_inference())
    show(own.apply(made))
    show.error(_function(torch, lambda ctx, x, y: (ctx.save_for_backward(y), x * 2)[1]).apply, x, made)


def functions_in_anomaly_mode(torch, show):
    own = _function(torch, lambda ctx, x: x * 2, lambda ctx, grad: grad * float("nan"))
    fine = _function(torch, lambda ctx, x: x * 2, lambda ctx, grad: grad * 2)
    with torch.autograd.set_detect_anomaly(True):
        x = _numbers(torch)
        fine.apply(x).sum().backward()
        show(x.grad)
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        own.apply(x).sum().backward()
        show(x.grad)


def gradients_wanted_of_an_output_of_a_function(torch, show):
    def backward(ctx, grad, other):
        show("backward", grad, other)
        return grad * 2 + other * 3

    own = _function(torch, lambda ctx, x: (x * 2, x * 3), backward)
    x = _numbers(torch)
    a, b = own.apply(x)
    loss = (a * b).sum()
    show(torch.autograd.grad(loss, [b], retain_graph=True))
    show(torch.autograd.grad(loss, [a, x], retain_graph=True))
    loss.backward(inputs=[a])
    show(a.grad, x.grad)


def kept_gradients_of_outputs(torch, show):
    own = _function(torch, lambda ctx, x: (x * 2, x * 3), lambda ctx, one, other: one * 2 + other * 3)
    x = _numbers(torch)
    a, b = own.apply(x)
    a.retain_grad()
    b.retain_grad()
    a.register_hook(lambda grad: grad * 10)
    (a * 2).sum().backward()
    show(a.grad, b.grad, a.retains_grad, b.retains_grad, x.grad)


def kept_gradients_through_a_dirty_input(torch, show):
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(2)

    leaf = _numbers(torch)
    x = leaf * 3
    x.retain_grad()
    x.register_hook(lambda grad: show("before", grad))
    _function(torch, forward, lambda ctx, grad: grad * 2).apply(x)
    x.register_hook(lambda grad: show("after", grad))
    x.sum().backward()
    show(x.grad, leaf.grad)


def leaving_gradients_out(torch, show):
    def backward(ctx, grad):
        (x, y) = ctx.saved_tensors
        return tuple(
            grad * other if needed else None for needed, other in zip(ctx.needs_input_grad, (y, x), strict=True)
        )

    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y

    own = _function(torch, forward, backward)
    x, y = _numbers(torch), _numbers(torch, requires_grad=False)
    own.apply(x, y).sum().backward()
    own.apply(y, x).sum().backward()
    show(x.grad, y.grad)


def hooks_for_one_saved_tensor(torch, show):
    def forward(ctx, x):
        result = x.exp()
        ctx.save_for_backward(x, result, None, x + 1)
        return result

    def pack(tensor):
        show("pack", tensor)
        return tensor.clone()

    def unpack(packed):
        show("unpack")
        return packed

    x = _numbers(torch, 0.5, -1.0)
    y = _function(torch, forward, lambda ctx, grad: grad * ctx.saved_tensors[1]).apply(x * 1)
    places = y.grad_fn._raw_saved_tensors
    show(len(places), type(places).__name__)
    places[0].register_hooks(pack, unpack)
    places[1].register_hooks(pack, unpack)
    show.error(places[1].register_hooks, pack, unpack)
    show.error(places[2].register_hooks, pack, unpack)
    show(y.grad_fn.saved_tensors)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    first.sum().backward()
    show(x.grad)
    show.error(lambda: y.grad_fn._raw_saved_tensors)


def a_context_as_a_node(torch, show):
    y = _cube(torch).apply(_numbers(torch))
    node = y.grad_fn
    show(isinstance(node, torch.autograd.graph.Node), node.requires_grad, node._sequence_nr() >= 0)
    show([list(each.shape) for each in node._input_metadata], [each.dtype for each in node._input_metadata])
    show(torch.autograd.graph.get_gradient_edge(y).node is node, (y * 2).grad_fn.next_functions[0][0] is node)
    edge = torch.autograd.graph.GradientEdge(node, 0)
    show(torch.autograd.grad((y * 3).sum(), edge))
    show.error(lambda: node(torch.ones(3)))
    show.error(copy.copy, node)
    show.error(pickle.dumps, node)
    show.error(lambda: node._saved_x)
