"""Hooks of several tensors at once."""


def all_of_several(torch, show):
    a, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    c, d = a * b, a * b
    handle = torch.autograd.graph.register_multi_grad_hook((a, b, c, d), lambda grads: show("all", grads))
    c.sum().backward(retain_graph=True)
    c.sum().backward(inputs=(a,), retain_graph=True)
    (c + d).sum().backward(retain_graph=True)
    handle.remove()
    (c + d).sum().backward()
    show(a.grad, isinstance(handle, torch.utils.hooks.RemovableHandle))


def any_of_several(torch, show):
    a, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    c = a * b
    d = c.exp()
    handle = torch.autograd.graph.register_multi_grad_hook((a, c, d), lambda grad: show("any", grad), mode="any")
    d.sum().backward(retain_graph=True)
    c.sum().backward(retain_graph=True)
    torch.autograd.graph.register_multi_grad_hook([torch.ones(2), b], lambda grad: show("b", grad), mode="any")
    c.sum().backward(retain_graph=True)
    handle.remove()
    c.sum().backward()


def all_of_several_and_grad(torch, show):
    a, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    c = a * b
    torch.autograd.graph.register_multi_grad_hook((c, c.exp()), lambda grads: show("all", grads))
    show(torch.autograd.grad(c.sum(), c))


def all_of_outputs_of_one_node(torch, show):
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    first, second = x.unbind(0)
    torch.autograd.graph.register_multi_grad_hook((first, second), lambda grads: show("both", grads))
    (first * second).sum().backward(retain_graph=True)
    show(x.grad)


def several_of_which_some_get_no_gradient(torch, show):
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    first, second = x.unbind(0)
    register = torch.autograd.graph.register_multi_grad_hook
    register((x, first, second), lambda grads: show("all", grads))
    register((x, first, second), lambda grad: show("any", grad), mode="any")
    second.sum().backward(retain_graph=True)
    first.grad_fn.register_hook(lambda *_: (None,))
    first.sum().backward()
    show(x.grad)


def hooks_of_several_misused(torch, show):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    register = torch.autograd.graph.register_multi_grad_hook
    show.error(register, (a,), print, mode="some")
    show.error(register, (a, torch.ones(2)), print)
    show.error(register, (a,), print, "all")

    def fails(grads):
        raise ValueError("no.")

    with register((a,), fails):
        show.error(a.sum().backward)
    show(a.grad)
    with register((a * 2, a), lambda grads: 5):
        a.sum().backward()
    show(a.grad)


def a_backward_within_the_hook_of_several(torch, show):
    a, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    depth = []

    def again(grads):
        show(len(depth), grads)
        if len(depth) < 2:
            depth.append(1)
            with torch.enable_grad():
                (a * b).sum().backward()

    torch.autograd.graph.register_multi_grad_hook((a, b), again)
    (a * b).sum().backward()
    show(a.grad, b.grad)
