"""Hooks of tensors: what they may return and do, misuse, and how they are removed."""

import copy
import gc
import weakref


def _noting(show, name, change=None):
    def hook(grad):
        show(name, grad)
        return None if change is None else change(grad)

    return hook


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
    large = torch.ones(5000, requires_grad=True)  # the gradient of a small sum is no view here
    with large.register_hook(lambda grad: grad.mul_(0)):
        show.error(large.sum().backward)
    with x.register_hook(lambda grad: show(grad.mul_(0))):
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


def hooks_that_cannot_be_serialized(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.utils.hooks.warn_if_has_hooks(x)

    def hook(grad):
        return grad

    marked = torch.utils.hooks.unserializable_hook(hook)
    show(marked is hook, hook.__torch_unserializable__)
    x.register_hook(hook)
    torch.utils.hooks.warn_if_has_hooks(x)
