"""Hooks of saved tensors: packing, unpacking, nesting, refusing; saving elsewhere; changing what is saved."""

import threading


def _showing(show, note=""):
    def pack(tensor):
        show(f"pack{note}", tensor)
        return tensor.detach()

    def unpack(packed):
        show(f"unpack{note}", packed)
        return packed

    return pack, unpack


def packed_when_recorded_unpacked_when_needed(torch, show):
    a = torch.ones(5, requires_grad=True)
    b = torch.ones(5, requires_grad=True) * 2
    with torch.autograd.graph.saved_tensors_hooks(*_showing(show)):
        y = a * b
    show("recorded")
    y.sum().backward()
    show(a.grad)


def only_what_is_saved_is_packed(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(*_showing(show)):
        x + 1
        x.sum()
        x.reshape(2, 1)
        x * 3
        with torch.no_grad():
            x.exp()
        x.detach().exp()
        x.exp()
        x[1:]


def packing_to_numbers(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.tolist(), torch.tensor):
        y = (x.sin() * x.exp()).sigmoid()
    y.sum().backward()
    show(y, x.grad)


def the_hooks_run_without_recording(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)

    def pack(tensor):
        show(torch.is_grad_enabled(), (tensor * 2).requires_grad, tensor.requires_grad)
        return tensor.detach()

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        y = x.exp()
        z = y * y
    z.sum().backward()
    show(x.grad)


def what_the_hook_changes_is_what_backward_sees(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t * 2, lambda t: t + 1):
        y = x.sin()
        z = y * torch.tensor([3.0, 4.0])
    show(z.grad_fn._saved_other, y.grad_fn._saved_self)
    z.sum().backward()
    show(x.grad)


def unpacked_each_time(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    calls = []

    def unpack(packed):
        calls.append(packed)
        return packed

    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach(), unpack):
        y = x.exp()
    show(len(calls))
    y.grad_fn._saved_result
    show(len(calls))
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    show(len(calls), x.grad)
    show.error(lambda: y.grad_fn._saved_result)
    show.error(lambda: y.sum().backward())
    show(len(calls))


def gradients_of_gradients_through_hooks(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach().clone(), lambda t: t):
        y = x.exp() * x.sin()
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    show(first)
    (second,) = torch.autograd.grad(first.sum(), x, create_graph=True)
    show(second)
    second.sum().backward()
    show(x.grad)


def hooks_during_a_backward_that_is_recorded(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    count = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: count.append(1) or t.detach(), lambda t: t):
        (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    show(first, len(count) > 0)
    first.sum().backward()
    show(x.grad)


def only_the_innermost_hooks_count(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    graph = torch.autograd.graph
    with graph.saved_tensors_hooks(*_showing(show, " outer")):
        x.exp()
        with graph.saved_tensors_hooks(*_showing(show, " inner")):
            y = x.sin()
        x.tanh()
    x.cos()
    y.sum().backward()


def hooks_that_are_entered_again(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    hooks = torch.autograd.graph.saved_tensors_hooks(*_showing(show))
    with hooks, hooks:
        x.exp()
    x.exp()
    with hooks:
        x.sin()


def hooks_are_left_after_an_error(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    show.error(_fail_within, torch, x)
    show(x.exp().grad_fn._raw_saved_result.unpack_hook)


def _fail_within(torch, x):
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach(), lambda t: t):
        raise KeyError(x.exp().grad_fn.name())


def a_failing_pack_hook(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: 1 / 0, lambda t: t):
        show(x + 1)
        show.error(x.exp)
    show(x.exp())


def a_failing_unpack_hook(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach(), lambda t: {}["missing"]):
        y = x.exp()
    show.error(lambda: (y + 0).sum().backward())
    show(x.grad)
    w.sum().backward()
    show(w.grad)


def a_pack_hook_that_changes_its_input(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.mul_(2), lambda t: t):
        y = (x + 0).sin()
    show(y)


def an_unpack_hook_without_a_tensor(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: "text", lambda packed: packed):
        y = x.exp()
    show.error(y.sum().backward)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: None, lambda packed: None):
        y = x.exp()
    y.sum().backward()


def hooks_that_are_no_functions(torch, show):
    def enter(pack, unpack):
        with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
            pass

    for hooks in ((1, len), (len, None)):
        try:
            enter(*hooks)
        except TypeError as error:
            show(type(error))


def changing_a_packed_copy_later_is_no_error(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.clone(), lambda t: t):
        y = x * 2
        z = y.sin()
    y.zero_()
    z.sum().backward()
    show(x.grad)


def hooks_of_an_inplace_operation(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: show(t) or t.clone(), lambda t: t):
        y = x * 1
        y.exp_()
        y.mul_(torch.tensor([3.0, 4.0]))
    y.sum().backward()
    show(x.grad)


def hooks_of_a_change_through_a_view(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.tolist(), torch.tensor):
        y = x * 1
        y[:1].mul_(torch.tensor([5.0]))
        y[1:].exp_()
    y.sum().backward()
    show(y, x.grad)


def hooks_of_several_results(torch, show):
    x = torch.tensor([[3.0, 1.0], [2.0, 5.0]], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.tolist(), torch.tensor):
        values, indices = x.sort()
        largest = x.max(1).values
    (values[:, 0].sum() + largest.sum()).backward()
    show(values, indices, x.grad)


def hooks_of_a_sequence(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.tolist(), torch.tensor):
        y = torch.einsum("i,j,k->", x, x, x)
        z = torch.linalg.multi_dot([x[None], x[:, None]])
    (y + z.sum()).backward()
    show(y, x.grad)


def hooks_of_a_custom_function(torch, show):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            result = a**3
            ctx.save_for_backward(a, result)
            return result

        @staticmethod
        def backward(ctx, grad):
            a, result = ctx.saved_tensors
            return grad * 3 * result / a

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(*_showing(show)):
        y = Cube.apply(x)
    show("recorded")
    y.sum().backward()
    show(x.grad)


def hooks_of_a_module(torch, show):
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    data = torch.tensor([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]])
    sizes = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: sizes.append(t.numel()) or t.detach(), lambda t: t):
        loss = (model(data) ** 2).mean()
    loss.backward()
    show(sum(sizes) > 0, [p.grad for p in model.parameters()])


def parameters_are_packed_as_themselves(torch, show):
    w = torch.nn.Parameter(torch.ones(2, 2))
    x = torch.ones(1, 2)
    seen = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: seen.append(t) or t, lambda t: t):
        x @ w
        w * w
        x * w
    show([(t is w, t is x) for t in seen])


def hooks_of_another_thread(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    packed = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: packed.append(t) or t.detach(), lambda t: t):
        thread = threading.Thread(target=x.exp)
        thread.start()
        thread.join()
        show(len(packed))
        x.exp()
        show(len(packed))


# Saving on the CPU


def saving_on_the_cpu(torch, show):
    a = torch.ones(3, requires_grad=True)
    b = torch.full((3,), 2.0, requires_grad=True)
    with torch.autograd.graph.save_on_cpu():
        y = (a * b).sin()
    show(y, y.grad_fn._raw_saved_self.data[0])
    y.sum().backward()
    show(a.grad, b.grad)


def saving_in_pinned_memory(torch, show):
    x = torch.ones(3, requires_grad=True)
    with torch.autograd.graph.save_on_cpu(pin_memory=True):
        y = x * 2
        z = y * y
    y.zero_()
    z.sum().backward()
    show(x.grad)


def saving_on_the_cpu_is_a_pair_of_hooks(torch, show):
    graph = torch.autograd.graph
    saving = graph.save_on_cpu(device_type="cpu")
    show(isinstance(saving, graph.saved_tensors_hooks), callable(saving.pack_hook), callable(saving.unpack_hook))
    device, tensor = saving.pack_hook(torch.ones(2))
    show(device, tensor, saving.unpack_hook((device, tensor)))


# Refusing hooks


def hooks_are_refused_with_a_message(torch, show):
    graph = torch.autograd.graph
    x = torch.ones(2, requires_grad=True)
    with graph.disable_saved_tensors_hooks("not here"):
        show.error(graph.save_on_cpu().__enter__)
        show.error(graph.saved_tensors_hooks(len, len).__enter__)
        show(x.exp())
    with graph.save_on_cpu():
        show(x.exp())


def refusals_within_refusals(torch, show):
    graph = torch.autograd.graph
    with graph.disable_saved_tensors_hooks("outer"):
        with graph.disable_saved_tensors_hooks("inner"):
            show.error(graph.save_on_cpu().__enter__)
        show.error(graph.save_on_cpu().__enter__)
    with graph.save_on_cpu():
        show("allowed")


def refusing_while_hooks_are_active(torch, show):
    graph = torch.autograd.graph
    x = torch.ones(2, requires_grad=True)

    def refuse():
        with graph.disable_saved_tensors_hooks("too late"):
            show("never")

    with graph.saved_tensors_hooks(lambda t: t.detach(), lambda t: t):
        show.error(refuse)
        show(x.exp())
    with graph.save_on_cpu():
        show("allowed")


def a_function_that_refuses_hooks(torch, show):
    graph = torch.autograd.graph

    @graph.disable_saved_tensors_hooks("not in this function")
    def function(x):
        with graph.save_on_cpu():
            return x.exp()

    show.error(function, torch.ones(2, requires_grad=True))
    show.error(function, torch.ones(2, requires_grad=True))


def refusing_does_not_touch_one_value(torch, show):
    x = torch.ones(2, requires_grad=True)
    with torch.autograd.graph.disable_saved_tensors_hooks("no"):
        y = x.sin()
        y.grad_fn._raw_saved_self.register_hooks(lambda t: t * 0, lambda t: t)
    y.sum().backward()
    show(x.grad)


# Changing what is saved


def changing_what_is_saved(torch, show):
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        a = torch.ones(2, 3, requires_grad=True)
        b = a.clone()
        out = (b**2).sum()
        b.sin_()
        show(b)
        out.sum().backward()
    show(a.grad)


def copies_are_made_when_something_changes(torch, show):
    with torch.autograd.graph.allow_mutation_on_saved_tensors() as context:
        a = torch.ones(2, 3, requires_grad=True)
        b = a.clone()
        out = (b**2).sum()
        show(len(context.original), len(context.cloned))
        b.sin_()
        show(len(context.cloned))
        b.sin_()
        show(len(context.cloned))
        out.backward()
    show(len(context.original), len(context.cloned), a.grad)


def the_same_value_saved_twice(torch, show):
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        a = torch.tensor([1.0, 2.0], requires_grad=True)
        b = a.clone()
        first, second = b.sin(), b.exp()
        b.zero_()
        third = b.cos()
        b.fill_(7)
        (first + second + third).sum().backward()
    show(a.grad)


def changing_a_base_whose_view_was_saved(torch, show):
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        b = a.clone()
        out = (b[:2] ** 2).sum()
        b.mul_(10)
        out.backward()
    show(a.grad)


def changing_results_that_were_saved(torch, show):
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        a = torch.tensor([0.5, -1.0], requires_grad=True)
        y = a.sigmoid()
        y.add_(1)
        y.mul_(y.detach().clone())
        y.sum().backward()
    show(y, a.grad)


def assigning_into_what_is_saved(torch, show):
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        b = a.clone()
        out = (b * b).sum()
        b[0] = 100.0
        b[1:].copy_(torch.zeros(2))
        b += 1
        torch.add(torch.ones(3), 1, out=b.detach())
        out.backward()
    show(a.grad, b)


def a_saved_leaf_changed_without_grad(torch, show):
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        out = (w * w).sum()
        with torch.no_grad():
            w.zero_()
        out.backward()
    show(w.grad, w)


def an_optimizer_between_two_losses(torch, show):
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        first = (w * w).sum()
        second = (w * w * w).sum()
        first.backward()
        optimizer.step()
        optimizer.zero_grad()
        second.backward()
    show(w, w.grad)


def gradients_of_gradients_of_what_changed(torch, show):
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        a = torch.tensor([1.0, 2.0], requires_grad=True)
        b = a.clone()
        out = (b**3).sum()
        b.zero_()
        (first,) = torch.autograd.grad(out, a, create_graph=True)
        show(first)
        (second,) = torch.autograd.grad(first.sum(), a)
        show(second)


def backward_outside_of_the_context(torch, show):
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        a = torch.ones(2, requires_grad=True)
        out = (a.clone() ** 2).sum()
    show.error(out.backward)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        show.error(out.backward)
    show(a.grad)


def such_contexts_cannot_be_nested(torch, show):
    def nest():
        with (
            torch.autograd.graph.allow_mutation_on_saved_tensors(),
            torch.autograd.graph.allow_mutation_on_saved_tensors(),
        ):
            show("never")

    show.error(nest)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        show("allowed")


def without_the_context_a_change_is_an_error(torch, show):
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        pass
    a = torch.ones(2, requires_grad=True)
    b = a.clone()
    out = (b**2).sum()
    b.sin_()
    out.backward()
