"""Hooks of nodes, and of the nodes that accumulate."""


def _pre(show, name, change=None):
    def hook(grad_outputs):
        show(name, grad_outputs)
        return None if change is None else change(grad_outputs)

    return hook


def _post(show, name, change=None):
    def hook(grad_inputs, grad_outputs):
        show(name, grad_inputs, grad_outputs)
        return None if change is None else change(grad_inputs)

    return hook


def _accumulator(tensor):
    return tensor.view_as(tensor).grad_fn.next_functions[0][0]


def what_hooks_of_a_node_see(torch, show):
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    y = x * w
    y.grad_fn.register_prehook(_pre(show, "pre"))
    y.grad_fn.register_hook(_post(show, "post"))
    y.backward(torch.tensor([1.0, 10.0]))
    show(x.grad, w.grad)


def what_they_return_goes_on(torch, show):
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    y = x * w
    y.grad_fn.register_prehook(lambda grads: (grads[0] * 2,))
    y.grad_fn.register_hook(lambda grad_inputs, _: (grad_inputs[0] + 100, None))
    y.sum().backward()
    show(x.grad, w.grad)


def later_ones_see_what_earlier_ones_returned(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    node = y.grad_fn
    node.register_hook(_post(show, "post 1", lambda grads: (grads[0] + 1, *grads[1:])))
    node.register_hook(_post(show, "post 2", lambda grads: (grads[0] * 2, *grads[1:])))
    node.register_hook(_post(show, "post 3"))
    node.register_prehook(_pre(show, "pre 1", lambda grads: (grads[0] + 1,)))
    node.register_prehook(_pre(show, "pre 2", lambda grads: (grads[0] * 2,)))
    node.register_prehook(_pre(show, "pre 3"))
    y.sum().backward()
    show(x.grad)


def a_single_gradient_without_a_tuple(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    with y.grad_fn.register_prehook(lambda grads: grads[0] * 2):
        show.error(y.sum().backward, retain_graph=True)
    with y.grad_fn.register_hook(lambda grad_inputs, _: grad_inputs[0] * 2):
        show.error(y.sum().backward, retain_graph=True)
    show(x.grad)


def a_list_of_gradients(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    with y.grad_fn.register_prehook(lambda grads: [grads[0] * 2]):
        show.error(y.sum().backward, retain_graph=True)
    with y.grad_fn.register_hook(lambda grad_inputs, _: [grad_inputs[0] * 2]):
        show.error(y.sum().backward, retain_graph=True)
    show(x.grad)


def the_wrong_number_of_gradients(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()

    def two(*grads):
        return grads[0] * 2

    with y.grad_fn.register_prehook(two):
        show.error(y.sum().backward, retain_graph=True)
    with y.grad_fn.register_hook(two):
        show.error(y.sum().backward, retain_graph=True)
    with y.grad_fn.register_hook(lambda *grads: ()):
        show.error(y.sum().backward, retain_graph=True)
    show(x.grad)


def what_is_no_gradient(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    for wrong in (1, (1,), (torch.ones(3),), (torch.ones(2, dtype=torch.float64),)):
        with y.grad_fn.register_prehook(lambda grads, wrong=wrong: wrong):
            show.error(y.sum().backward, retain_graph=True)
        with y.grad_fn.register_hook(lambda *grads, wrong=wrong: wrong):
            show.error(y.sum().backward, retain_graph=True)
    show(x.grad)


def gradients_that_are_not_needed(torch, show):
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0])
    y = x * w
    y.grad_fn.register_hook(_post(show, "one"))
    y.sum().backward(retain_graph=True)
    y.grad_fn.register_hook(lambda grads, _: (grads[0], torch.ones(2)))
    show.error(y.sum().backward)


def taking_gradients_away(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    z = y * 2
    z.grad_fn.register_hook(lambda grad_inputs, _: tuple(None for _ in grad_inputs))
    y.grad_fn.register_prehook(_pre(show, "still runs?"))
    z.sum().backward()
    show(x.grad)


def hooks_of_a_node_with_several_outputs(torch, show):
    x = torch.arange(6.0).reshape(3, 2).requires_grad_()
    first, _, third = x.unbind(0)
    first.grad_fn.register_prehook(_pre(show, "pre"))
    first.grad_fn.register_hook(_post(show, "post"))
    first.register_hook(lambda grad: grad * 2)
    show(first.grad_fn is third.grad_fn)
    (first + third * 3).sum().backward()
    show(x.grad)


def prehooks_of_a_node_with_several_outputs(torch, show):
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    first, _ = x.split(1)
    first.grad_fn.register_prehook(lambda grads: (grads[0] * 2, grads[1]))
    show.error((first * 3).sum().backward, retain_graph=True)
    first.grad_fn.register_prehook(lambda grads: (grads[0], torch.ones(1, 3)))
    show.error((first * 3).sum().backward)
    show(x.grad)


def hooks_of_the_accumulating_node(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    accumulator = _accumulator(x)
    accumulator.register_prehook(_pre(show, "pre", lambda grads: (grads[0] * 2,)))
    accumulator.register_hook(_post(show, "post"))
    (x * 3 + x).sum().backward()
    (x * 3 + x).sum().backward()
    show(x.grad)


def the_accumulating_node_is_one(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    accumulator = _accumulator(x)
    show(accumulator is _accumulator(x), accumulator.variable is x, accumulator.name())
    accumulator.register_hook(_post(show, "post"))
    x.sum().backward()


def the_accumulating_node_and_grad(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    accumulator = _accumulator(x)
    accumulator.register_prehook(_pre(show, "pre"))
    accumulator.register_hook(_post(show, "post"))
    x.register_hook(lambda grad: show("tensor", grad))
    show(torch.autograd.grad((x * 2).sum(), x))
    (x * 2).sum().backward(inputs=[x])
    show(x.grad)


def hooks_of_the_node_of_an_input_of_grad(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.grad_fn.register_prehook(_pre(show, "pre", lambda grads: (grads[0] * 7,)))
    y.grad_fn.register_hook(_post(show, "post"))
    y.register_hook(lambda grad: grad * 3)
    z = y.exp()
    show(torch.autograd.grad(z.sum(), y, retain_graph=True))
    show(torch.autograd.grad(z.sum(), [x, y], retain_graph=True))
    show(torch.autograd.grad(z.sum(), x))


def hooks_of_the_node_of_an_input_of_backward(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.grad_fn.register_prehook(_pre(show, "pre"))
    y.grad_fn.register_hook(_post(show, "post"))
    z = y.exp()
    z.sum().backward(inputs=[y])
    show(x.grad, y.grad)


def hooks_of_nodes_with_create_graph(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x**3
    y.grad_fn.register_prehook(_pre(show, "pre", lambda grads: (grads[0] * x,)))
    y.grad_fn.register_hook(_post(show, "post", lambda grads: (grads[0] * 2,)))
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    show(first)
    show(torch.autograd.grad(first.sum(), x))


def removing_hooks_of_nodes(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    pre, post = y.grad_fn.register_prehook(_pre(show, "pre")), y.grad_fn.register_hook(_post(show, "post"))
    accumulated = y.grad_fn.next_functions[0][0].register_hook(_post(show, "accumulated"))
    y.sum().backward(retain_graph=True)
    pre.remove()
    y.sum().backward(retain_graph=True)
    post.remove()
    accumulated.remove()
    y.sum().backward()
    show(x.grad)


def hooks_of_nodes_removed_while_they_run(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2

    def once(grad_inputs, grad_outputs):
        show("once")
        handle.remove()

    handle = y.grad_fn.register_hook(once)
    y.grad_fn.register_hook(_post(show, "always"))
    y.sum().backward(retain_graph=True)
    y.sum().backward()


def hooks_of_nodes_that_raise(torch, show):
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    y = x * w
    z = y.exp()

    def fails(*grads):
        raise KeyError("missing")

    for register in (y.grad_fn.register_prehook, y.grad_fn.register_hook, z.grad_fn.register_hook):
        with register(fails):
            show.error(z.sum().backward, retain_graph=True)
        show(x.grad, w.grad)
    z.sum().backward()
    show(x.grad, w.grad)


def hooks_of_the_node_of_a_custom_function(torch, show):
    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor, w):
            ctx.factor = factor
            return x * factor, w * factor

        @staticmethod
        def backward(ctx, first, second):
            show("backward", first, second)
            return first * ctx.factor, None, second * ctx.factor

    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    first, second = Both.apply(x, 5.0, w)
    first.register_hook(lambda grad: show("first", grad))
    second.register_hook(lambda grad: show("second", grad))
    first.grad_fn.register_prehook(_pre(show, "pre", lambda grads: tuple(None if g is None else g * 2 for g in grads)))
    first.grad_fn.register_hook(_post(show, "post"))
    first.retain_grad()
    first.sum().backward()
    show(x.grad, w.grad, first.grad)


def hooks_of_the_node_of_a_change_in_place(torch, show):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    y.mul_(2)
    y.grad_fn.register_prehook(_pre(show, "change"))
    y[1:].add_(x[1:])
    y.grad_fn.register_prehook(_pre(show, "slice"))
    y.sum().backward()
    show(x.grad)


def nodes_and_their_metadata(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.grad_fn.metadata["where"] = "here"
    show(y.grad_fn.metadata, y.grad_fn.next_functions[0][0].metadata)


def the_order_of_nodes(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first = x * 2
    second = x.exp()
    third = first + second
    fourth = second * third
    for name, tensor in {"first": first, "second": second, "third": third, "fourth": fourth}.items():
        tensor.grad_fn.register_prehook(lambda grads, name=name: show(name, grads))
    _accumulator(x).register_hook(lambda *grads: show("x", x.grad))
    fourth.sum().backward()


def accumulating_nodes_run_first(torch, show):
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    first = x.exp()
    second = first * w
    _accumulator(w).register_hook(lambda *grads: show("w", w.grad))
    _accumulator(x).register_hook(lambda *grads: show("x", x.grad))
    first.grad_fn.register_prehook(lambda grads: show("first", w.grad, x.grad))
    second.sum().backward()


def a_backward_within_a_hook_of_a_node(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2

    def again(grad_inputs, grad_outputs):
        with torch.enable_grad():
            (x * 100).sum().backward()
        show("within", x.grad)

    y.grad_fn.register_hook(again)
    y.sum().backward()
    show(x.grad)


def the_same_backward_within_a_hook_of_a_leaf(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    depth = []

    def again(leaf):
        depth.append(1)
        show(len(depth), leaf.grad)
        if len(depth) < 3:
            with torch.enable_grad():
                (x * 10).sum().backward()

    x.register_post_accumulate_grad_hook(again)
    x.sum().backward()
    show(x.grad)


def hooks_that_change_while_they_run(torch, show):
    for kind in range(7):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x * 2
        accumulator = y.grad_fn.next_functions[0][0]
        register = (
            y.register_hook,
            y.grad_fn.register_prehook,
            y.grad_fn.register_hook,
            x.register_hook,
            x.register_post_accumulate_grad_hook,
            accumulator.register_prehook,
            accumulator.register_hook,
        )[kind]
        later = []

        def first(*_, register=register, later=later):
            show("first")
            later.pop().remove()
            register(lambda *_: show("new"))

        handle = register(first)
        later.append(register(lambda *_: show("second")))
        register(lambda *_: show("third"))
        y.sum().backward(retain_graph=True)
        handle.remove()
        y.sum().backward()
        show(x.grad)


def the_order_in_a_larger_graph(torch, show):
    leaves = [torch.tensor([0.5 * number, 1.0], requires_grad=True) for number in range(3)]
    tensors = list(leaves)
    for step in range(8):
        left, right = tensors[(5 * step + 1) % len(tensors)], tensors[(3 * step) % len(tensors)]
        tensors.append((left + right, left * right, (left * 0.5).sin())[step % 3])
    for number, tensor in enumerate(tensors):
        tensor.register_hook(lambda grad, number=number: show("tensor", number, grad))
        node = tensor.grad_fn
        if node is None:
            tensor.register_post_accumulate_grad_hook(lambda leaf, number=number: show("leaf", number))
        else:
            node.register_prehook(lambda grads, number=number: show("pre", number))
            node.register_hook(lambda *grads, number=number: show("post", number))
    (tensors[-1] + tensors[-2] + tensors[-4]).sum().backward()
    show([leaf.grad for leaf in leaves])
