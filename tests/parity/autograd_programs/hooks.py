"""Hooks of tensors: what they see, in which order they run, and what they may return."""

import copy
import gc
import weakref


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


def post_accumulate_hooks_and_grad(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: show("post", leaf.grad))
    show(torch.autograd.grad((x * 2).sum(), x))
    show(x.grad)


def backward_for_some_inputs(torch, show):
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    y = x * w
    for name, tensor in {"x": x, "w": w, "y": y}.items():
        tensor.register_hook(_noting(show, name))
    w.register_post_accumulate_grad_hook(lambda leaf: show("post w"))
    x.register_post_accumulate_grad_hook(lambda leaf: show("post x", leaf.grad))
    y.sum().backward(inputs=[x], retain_graph=True)
    show(x.grad, w.grad)
    y.sum().backward(inputs=[y])
    show(x.grad, w.grad, y.grad)


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


def removing(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    handle = x.register_hook(_noting(show, "x"))
    other = x.register_hook(_noting(show, "other"))
    handle.remove()
    handle.remove()
    x.sum().backward()
    other.remove()
    x.sum().backward()
    show(x.grad)


def a_handle_as_a_context(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with x.register_hook(_noting(show, "within", lambda grad: grad * 2)) as handle:
        show(type(handle).__name__)
        x.sum().backward()
    x.sum().backward()
    with x.register_post_accumulate_grad_hook(lambda leaf: show("post", leaf.grad)):
        x.sum().backward()
    x.sum().backward()
    show(x.grad)


def a_handle_outlives_its_tensor(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    handle = (x * 2).register_hook(print)
    gc.collect()
    handle.remove()
    show(type(handle).__name__)


def removing_oneself(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def once(grad):
        show("once")
        handle.remove()
        return grad * 2

    handle = x.register_hook(once)
    x.sum().backward()
    x.sum().backward()
    show(x.grad)


def what_is_no_gradient(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for wrong in (1, "gradient", 2.5, [1.0, 2.0], (torch.ones(2),)):
        with x.register_hook(lambda grad, wrong=wrong: wrong):
            show.error(x.sum().backward)
    show(x.grad)


def gradients_of_another_size(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    for wrong in (torch.ones(3), torch.ones(2, 1), torch.ones(1), torch.tensor(1.0)):
        with y.register_hook(lambda grad, wrong=wrong: wrong):
            show.error(y.sum().backward, retain_graph=True)
    show(x.grad)


def gradients_of_another_type(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for dtype in (torch.float64, torch.int64, torch.complex64):
        with x.register_hook(lambda grad, dtype=dtype: grad.to(dtype)):
            show.error(x.sum().backward)
    show(x.grad)


def the_name_of_the_hook_in_errors(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def larger(grad):
        return torch.ones(3)

    class Larger:
        def __call__(self, grad):
            return torch.ones(3)

    for hook in (larger, Larger()):
        with x.register_hook(hook):
            show.error(x.sum().backward)


def what_cannot_have_hooks(torch, show):
    x = torch.tensor([1.0, 2.0])
    show.error(x.register_hook, print)
    show.error(x.register_post_accumulate_grad_hook, print)
    x.requires_grad_()
    show.error((x * 2).register_post_accumulate_grad_hook, print)
    with torch.no_grad():
        show.error((x * 2).register_hook, print)
        x.register_hook(_noting(show, "x"))
    show.error((x * 2).detach().register_hook, print)
    show.error(torch.tensor([1, 2]).register_hook, print)
    x.sum().backward()


def a_hook_that_raises_changes_nothing(torch, show):
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    x.sum().backward()
    y = x * w

    def fails(grad):
        raise ValueError("not this one.")

    handle = y.register_hook(fails)
    show.error(y.sum().backward, retain_graph=True)
    show(x.grad, w.grad)
    handle.remove()
    y.sum().backward()
    show(x.grad, w.grad)


def a_hook_that_changes_its_gradient_in_place(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp() * 1
    y.register_hook(lambda grad: show(grad.mul_(0)))
    z = y * 2
    z.sum().backward()
    show(x.grad)


def a_hook_that_starts_a_backward(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)

    def more(grad):
        (w * grad).sum().backward()
        show("w", w.grad)

    x.register_hook(lambda grad: show("nothing yet", x.grad))
    y = x * x
    y.register_hook(lambda grad: None)
    with torch.enable_grad():
        y.register_hook(lambda grad: show(torch.is_grad_enabled()))
    y.register_hook(lambda grad: torch.enable_grad()(more)(grad))
    y.sum().backward()
    show(x.grad, w.grad)


def a_hook_that_asks_for_a_gradient(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x

    def scaled(grad):
        with torch.enable_grad():
            z = x.detach().requires_grad_()
            return grad * torch.autograd.grad((z**3).sum(), z)[0]

    y.register_hook(scaled)
    y.sum().backward()
    show(x.grad)


def a_hook_that_registers_hooks(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2

    def registers(grad):
        show("y")
        x.register_hook(_noting(show, "x", lambda grad: grad * 7))

    y.register_hook(registers)
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    show(x.grad)


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


def the_order_of_leaves(torch, show):
    leaves = [torch.tensor([float(number)], requires_grad=True) for number in range(4)]
    for number, leaf in enumerate(leaves):
        leaf.register_hook(_noting(show, number))
        leaf.register_post_accumulate_grad_hook(lambda leaf, number=number: show("post", number, leaf.grad))
    total = leaves[0] * leaves[1] + leaves[2].exp() * leaves[3]
    total.backward()


def leaves_are_written_before_older_nodes_run(torch, show):
    x, w, v = (torch.tensor([float(number)], requires_grad=True) for number in (1, 2, 3))
    first = x * w
    second = first * v
    first.register_hook(lambda grad: show("first", v.grad, x.grad))
    v.register_post_accumulate_grad_hook(lambda leaf: show("v", leaf.grad, x.grad))
    x.register_post_accumulate_grad_hook(lambda leaf: show("x", leaf.grad, v.grad))
    second.backward()


def post_accumulate_hooks_in_order(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: show("first", leaf.grad))
    x.register_post_accumulate_grad_hook(lambda leaf: show(leaf.grad.mul_(10)))
    x.register_post_accumulate_grad_hook(lambda leaf: show("last", leaf.grad))
    (x * 2 + x).sum().backward()
    show(x.grad)


def what_a_post_accumulate_hook_may_return(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    returned = None, x, 5, torch.ones(3), torch.ones(2, dtype=torch.float64), x.detach() * 2
    for value in returned:
        with x.register_post_accumulate_grad_hook(lambda leaf, value=value: value):
            show.error(x.sum().backward)


def a_post_accumulate_hook_may_take_the_gradient_away(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    taken = []

    def take(leaf):
        taken.append(leaf.grad)
        leaf.grad = None

    x.register_post_accumulate_grad_hook(take)
    for factor in (2, 3):
        (x * factor).sum().backward()
    show(x.grad, taken)


def optimizers_in_the_backward_pass(torch, show):
    layers = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))
    with torch.no_grad():
        for parameter in layers.parameters():
            parameter.fill_(0.5)
    optimizers = {p: torch.optim.SGD([p], lr=0.1, momentum=0.9) for p in layers.parameters()}

    def step(parameter):
        optimizers[parameter].step()
        optimizers[parameter].zero_grad()

    for parameter in layers.parameters():
        parameter.register_post_accumulate_grad_hook(step)
    for _ in range(3):
        layers(torch.tensor([[1.0, -2.0, 0.5]])).pow(2).sum().backward()
    show([p.grad for p in layers.parameters()], list(layers.parameters()))


def optimizers_in_the_backward_pass_that_keep_gradients(torch, show):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=0.1)
    w.register_post_accumulate_grad_hook(lambda leaf: optimizer.step())
    for _ in range(3):
        (w * w).sum().backward()
    show(w, w.grad)


def post_accumulate_hooks_with_create_graph(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda leaf: show(leaf.grad))
    (x**3).sum().backward(create_graph=True)
    x.grad = None


def a_post_accumulate_hook_removed(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    handle = x.register_post_accumulate_grad_hook(lambda leaf: show("post"))
    x.sum().backward()
    handle.remove()
    x.sum().backward()
    show(x.grad)


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


def a_copy_has_no_hooks(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(_noting(show, "x"))
    x.register_post_accumulate_grad_hook(lambda leaf: show("post"))
    for other in (copy.deepcopy(x), x.detach().requires_grad_(), x.clone().detach().requires_grad_()):
        other.sum().backward()
        show(other.grad)


def hooks_do_not_keep_their_tensor(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    seen = weakref.ref(y)
    y.register_hook(lambda grad: None)
    del y
    gc.collect()
    show(seen() is None)


def hooks_live_on_in_the_graph(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.register_hook(_noting(show, "y", lambda grad: grad * 3))
    z = y + 1
    del y
    gc.collect()
    z.sum().backward()
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


def hooks_that_cannot_be_called(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    node = y.grad_fn
    for register in (x.register_hook, x.register_post_accumulate_grad_hook, node.register_hook, node.register_prehook):
        with register(5):
            show.error(y.sum().backward, retain_graph=True)
        with register(lambda *args: args[3]):
            show.error(y.sum().backward, retain_graph=True)


def a_hook_that_changes_what_others_share(torch, show):
    x, w = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    with x.register_hook(lambda grad: show(grad.mul_(0))):
        show.error(x.sum().backward)
        ((x + w) * 2).sum().backward()
    show(x.grad, w.grad)
    seed = torch.ones(2)
    y = x * 1
    y.register_hook(lambda grad: show(grad.mul_(3)))
    y.backward(seed)
    show(x.grad, seed)


def a_hook_may_return_what_it_keeps(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    kept = torch.tensor([7.0, 8.0])
    x.register_hook(lambda grad: kept)
    for _ in range(2):
        (x * 2).sum().backward()
    show(x.grad, kept)


def a_hook_may_return_a_leaf(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda grad: x)
    (x * 2).sum().backward()
    show(x.grad, x)
    x.grad.zero_()
    show(x)


def a_hook_may_return_an_expanded_tensor(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.register_hook(lambda grad: torch.ones(1).expand(2))
    y.sum().backward()
    show(x.grad)


def a_hook_that_records(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2

    @torch.enable_grad()
    def hook(grad):
        return grad * x

    y.register_hook(hook)
    y.sum().backward()
    show(x.grad)


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


def hooks_that_cannot_be_serialized(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.utils.hooks.warn_if_has_hooks(x)

    def hook(grad):
        return grad

    marked = torch.utils.hooks.unserializable_hook(hook)
    show(marked is hook, hook.__torch_unserializable__)
    x.register_hook(hook)
    torch.utils.hooks.warn_if_has_hooks(x)
