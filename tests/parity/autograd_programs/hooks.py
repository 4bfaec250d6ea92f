"""Hooks of tensors: what they see, and in which order they run."""


def _noting(show, name, change=None):
    def hook(grad):
        show(name, grad)
        return None if change is None else change(grad)

    return hook


def a_hook_sees_the_gradient(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.register_hook(_noting(show, "y"))
    x.register_hook(_noting(show, "x"))
    y.sum().backward()
    show(x.grad)


def what_a_hook_returns_goes_on(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.register_hook(lambda grad: grad * 10)
    y.sum().backward()
    show(x.grad)


def later_hooks_see_what_earlier_ones_returned(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(_noting(show, "first", lambda grad: grad + 1))
    x.register_hook(_noting(show, "second"))
    x.register_hook(_noting(show, "third", lambda grad: grad * 2))
    x.register_hook(_noting(show, "fourth", lambda grad: None))
    (x * 3).sum().backward()
    show(x.grad)


def the_same_hook_twice(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    hook = lambda grad: grad * 2
    first = x.register_hook(hook)
    x.register_hook(hook)
    x.sum().backward()
    show(x.grad)
    first.remove()
    x.grad = None
    x.sum().backward()
    show(x.grad)


def hooks_of_a_leaf_run_once_with_the_sum(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(_noting(show, "x"))
    (x * 3 + x.exp() + x).sum().backward()
    show(x.grad)


def hooks_do_not_see_what_was_in_grad(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(_noting(show, "x", lambda grad: grad * 2))
    x.sum().backward()
    x.sum().backward()
    show(x.grad)


def hooks_run_again_for_each_backward(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    y.register_hook(_noting(show, "y", lambda grad: grad * 2))
    total = y.sum()
    total.backward(retain_graph=True)
    total.backward(retain_graph=True)
    total.backward()
    show(x.grad)


def the_order_of_everything_at_one_node(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: show("node", grad_inputs, grad_outputs))
    y.grad_fn.register_prehook(lambda grad_outputs: show("pre", grad_outputs, y.grad))
    y.retain_grad()
    y.register_hook(_noting(show, "tensor", lambda grad: grad * 10))
    accumulator = y.grad_fn.next_functions[0][0]
    accumulator.register_hook(lambda grad_inputs, grad_outputs: show("accumulated", grad_inputs, grad_outputs, x.grad))
    accumulator.register_prehook(lambda grad_outputs: show("accumulates", grad_outputs, x.grad))
    x.register_post_accumulate_grad_hook(lambda leaf: show("post accumulate", leaf.grad, leaf is x))
    x.register_hook(_noting(show, "leaf", lambda grad: grad + 1))
    y.sum().backward()
    show(x.grad, y.grad)


def retained_gradients_are_those_after_the_hooks(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.register_hook(lambda grad: grad * 10)
    y.retain_grad()
    y.register_hook(lambda grad: grad + 1)
    y.sum().backward()
    show(x.grad, y.grad)


def retained_gradients_are_those_before_the_nodes_own_hooks(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.grad_fn.register_prehook(lambda grads: (grads[0] * 100,))
    y.sum().backward()
    show(x.grad, y.grad)


def two_names_of_one_output_share_its_hooks(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    other = y.detach().requires_grad_()
    y.register_hook(_noting(show, "y"))
    other.register_hook(_noting(show, "detached"))
    (y * other).sum().backward()
    show(x.grad, other.grad)


def hooks_of_outputs_of_a_node_with_several(torch, show):
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    first, second = x.unbind(0)
    second.register_hook(_noting(show, "second", lambda grad: grad * 2))
    first.register_hook(_noting(show, "first", lambda grad: grad * 3))
    (first * 5 + second * 7).sum().backward()
    show(x.grad)


def an_output_that_got_no_gradient_runs_its_hook_not(torch, show):
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    first, second = x.split(1)
    first.register_hook(_noting(show, "first"))
    second.register_hook(_noting(show, "second"))
    second.sum().backward()
    show(x.grad)


def hooks_of_values_beside_indices(torch, show):
    x = torch.tensor([[1.0, 5.0], [3.0, 2.0]], requires_grad=True)
    values, indices = x.max(1)
    values.register_hook(_noting(show, "values", lambda grad: -grad))
    show.error(indices.register_hook, print)
    values.sum().backward()
    show(x.grad)


def hooks_of_a_view(torch, show):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    view = y[1:]
    view.register_hook(_noting(show, "view", lambda grad: grad * 10))
    y.register_hook(_noting(show, "base"))
    (view.sum() + y.sum()).backward()
    show(x.grad)


def hooks_stay_with_the_history_before_a_change_in_place(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.register_hook(_noting(show, "before"))
    y.mul_(3)
    y.register_hook(_noting(show, "after"))
    y.sum().backward()
    show(x.grad)


def hooks_before_and_after_several_changes(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.clone()
    for factor in (2, 3, 5):
        y.register_hook(_noting(show, factor, lambda grad: grad + 1))
        y.mul_(factor)
    y.sum().backward()
    show(x.grad)


def retained_gradients_move_with_a_change_in_place(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.register_hook(_noting(show, "hook"))
    y.mul_(3)
    y.sum().backward()
    show(x.grad, y.grad, y.retains_grad)


def hooks_of_a_base_changed_through_a_view(torch, show):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    y.register_hook(_noting(show, "base before"))
    y[:2].mul_(5)
    y.register_hook(_noting(show, "base after"))
    y.sum().backward()
    show(x.grad)


def hooks_of_a_view_before_its_base_changes(torch, show):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    view = y[:2]
    view.register_hook(_noting(show, "before"))
    y.mul_(2)
    view.sum().backward()
    show(x.grad)


def hooks_and_grad(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    x.register_hook(_noting(show, "x", lambda grad: grad * 2))
    y.register_hook(_noting(show, "y", lambda grad: grad * 5))
    show(torch.autograd.grad(y.sum(), x))
    show(x.grad)


def hooks_and_grad_of_what_lies_between(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    x.register_hook(_noting(show, "x"))
    y.register_hook(_noting(show, "y", lambda grad: grad * 5))
    show(torch.autograd.grad((y * 3).sum(), y))
    show(x.grad, y.retains_grad)


def hooks_and_grad_of_both(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    x.register_hook(_noting(show, "x"))
    y.register_hook(_noting(show, "y", lambda grad: grad * 5))
    show(torch.autograd.grad((y * 3).sum(), [x, y]))


def hooks_with_create_graph(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x**3
    y.register_hook(_noting(show, "y", lambda grad: grad * x))
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    show(first)
    (second,) = torch.autograd.grad(first.sum(), x)
    show(second)


def a_hook_on_a_gradient(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (first,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    first.register_hook(_noting(show, "gradient", lambda grad: grad * 2))
    first.sum().backward()
    show(x.grad)


def whether_hooks_record(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.register_hook(lambda grad: show(torch.is_grad_enabled(), grad.requires_grad, (x * 2).requires_grad))
    y.sum().backward(retain_graph=True)
    y.sum().backward(create_graph=True)
    with torch.no_grad():
        y.register_hook(lambda grad: show("registered without", torch.is_grad_enabled()))
    with torch.enable_grad():
        torch.autograd.grad(y.sum(), x)


def gradients_may_be_stored(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    stored = []
    y = x * x
    y.register_hook(stored.append)
    x.register_hook(stored.append)
    y.sum().backward()
    x.grad.zero_()
    show(stored)


def the_order_along_a_chain(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    tensors = {"x": x}
    for name in "abc":
        tensors[name] = x = x * 2
    for name, tensor in tensors.items():
        tensor.register_hook(_noting(show, name))
    x.sum().backward()


def the_order_of_two_branches(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    left = x * 2
    right = x.exp()
    left_again = left + 1
    for name, tensor in {"x": x, "left": left, "right": right, "left again": left_again}.items():
        tensor.register_hook(_noting(show, name))
    (right.sum() + left_again.sum()).backward()


def hooks_of_a_leaf_changed_without_recording(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(_noting(show, "x"))
    with torch.no_grad():
        x.mul_(2)
    (x * x).sum().backward()
    show(x.grad)


def a_leaf_that_stops_being_one(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.zeros(2)
    y.add_(x)
    y.register_hook(_noting(show, "y", lambda grad: grad * 2))
    y.mul_(3)
    y.sum().backward()
    show(x.grad)


def a_leaf_that_requires_grad_no_more(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(_noting(show, "x"))
    x.requires_grad_(False)
    x.requires_grad_(True)
    x.sum().backward()
    show(x.grad)


def hooks_of_a_gradient_that_never_comes(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    unused = x.exp()
    unused.register_hook(_noting(show, "unused"))
    y.sum().backward()
    show(x.grad)


def hooks_of_the_root(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    y.register_hook(_noting(show, "root", lambda grad: grad * 3))
    y.backward()
    show(x.grad)
    x.register_hook(_noting(show, "leaf as a root", lambda grad: grad * 3))
    x.backward(torch.ones(2))
    show(x.grad)


def hooks_of_complex_tensors(torch, show):
    x = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    y = x * x
    y.register_hook(_noting(show, "y", lambda grad: grad.conj()))
    y.abs().sum().backward()
    show(x.grad)


def hooks_of_a_tensor_of_another_type(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.double()
    y.register_hook(_noting(show, "double"))
    x.register_hook(_noting(show, "single"))
    (y * y).sum().backward()
    show(x.grad)


def the_unused_in_grad_and_their_hooks(torch, show):
    x, w = torch.tensor([1.0], requires_grad=True), torch.tensor([2.0], requires_grad=True)
    w.register_hook(_noting(show, "w"))
    show(torch.autograd.grad(x * 2, [x, w], allow_unused=True))


def hooks_of_parameters(torch, show):
    layer = torch.nn.Linear(2, 1)
    layer.weight.register_hook(_noting(show, "weight", lambda grad: grad * torch.tensor([[1.0, 0.0]])))
    layer.bias.register_hook(_noting(show, "bias"))
    layer(torch.tensor([[2.0, 3.0]])).sum().backward()
    show(layer.weight.grad, layer.bias.grad)
    layer.weight.data = torch.zeros(1, 2)
    layer(torch.tensor([[2.0, 3.0]])).sum().backward()


def clipping_every_gradient(torch, show):
    x = torch.tensor([1.0, 20.0, -30.0], requires_grad=True)
    x.register_hook(lambda grad: grad.clamp(-1, 1))
    (x * x).sum().backward()
    show(x.grad)


def reversing_a_gradient(torch, show):
    features = torch.tensor([1.0, 2.0], requires_grad=True)
    hidden = features.tanh()
    reversed_ = hidden.view_as(hidden)
    reversed_.register_hook(lambda grad: -0.5 * grad)
    (hidden.sum() + reversed_.sum()).backward()
    show(features.grad)
