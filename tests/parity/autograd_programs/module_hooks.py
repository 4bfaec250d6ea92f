"""Hooks of modules: forward and backward, full and before, of one module and of all."""

import copy
import gc
import pickle
import weakref
from typing import NamedTuple


def _linear(torch, inputs=2, outputs=1):
    layer = torch.nn.Linear(inputs, outputs)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.arange(1.0, parameter.numel() + 1).reshape(parameter.shape))
    return layer


def _two(torch):
    class Two(torch.nn.Module):
        def forward(self, a, b):
            return a * b, a + b

    return Two()


def _note(show, name, change=None):
    def hook(module, *gradients):
        show(name, type(module).__name__, *gradients)
        return None if change is None else change(*gradients)

    return hook


def what_full_backward_hooks_see(torch, show):
    layer = _linear(torch)
    layer.register_full_backward_hook(_note(show, "full"))
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = layer(x)
    show(y)
    y.sum().backward()
    show(x.grad, layer.weight.grad)


def what_they_return_replaces_the_gradient_of_the_input(torch, show):
    layer = _linear(torch)
    layer.register_full_backward_hook(lambda module, grad_inputs, grad_outputs: (grad_inputs[0] * 10,))
    x = torch.ones(1, 2, requires_grad=True)
    layer(x).sum().backward()
    show(x.grad, layer.weight.grad)


def later_hooks_see_what_earlier_ones_returned(torch, show):
    layer = _linear(torch)
    layer.register_full_backward_hook(_note(show, "first", lambda gi, go: (gi[0] + 1,)))
    layer.register_full_backward_hook(_note(show, "second", lambda gi, go: (gi[0] * 2,)))
    layer.register_full_backward_hook(_note(show, "third"))
    x = torch.ones(1, 2, requires_grad=True)
    layer(x).sum().backward()
    show(x.grad)


def hooks_in_front(torch, show):
    layer = _linear(torch)
    for register in (layer.register_full_backward_hook, layer.register_full_backward_pre_hook):
        register(_note(show, "first"))
        register(_note(show, "second"))
        register(_note(show, "in front"), prepend=True)
    layer(torch.ones(1, 2, requires_grad=True)).sum().backward()


def hooks_before_the_gradients_go_in(torch, show):
    layer = _linear(torch)
    layer.register_full_backward_pre_hook(_note(show, "pre 1", lambda go: (go[0] * 10,)))
    layer.register_full_backward_pre_hook(_note(show, "pre 2", lambda go: [go[0] + 1]))
    layer.register_full_backward_pre_hook(_note(show, "pre 3"))
    layer.register_full_backward_hook(_note(show, "full"))
    x = torch.ones(1, 2, requires_grad=True)
    layer(x).sum().backward()
    show(x.grad, layer.weight.grad, layer.bias.grad)


def hooks_before_alone(torch, show):
    layer = _linear(torch)
    layer.register_full_backward_pre_hook(_note(show, "pre", lambda go: (go[0] * 10,)))
    layer(torch.ones(1, 2)).sum().backward()
    show(layer.weight.grad)


def several_inputs_and_outputs(torch, show):
    module = _two(torch)
    module.register_full_backward_hook(_note(show, "full"))
    a, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    product, total = module(a, b)
    show(product, total)
    (product * 2 + total).sum().backward()
    show(a.grad, b.grad)


def an_input_that_needs_no_gradient(torch, show):
    module = _two(torch)
    module.register_full_backward_hook(_note(show, "full"))
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    product, _ = module(a, torch.tensor([3.0, 4.0]))
    product.sum().backward()
    show(a.grad)


def an_output_that_gets_no_gradient(torch, show):
    module = _two(torch)
    module.register_full_backward_hook(_note(show, "full"))
    module.register_full_backward_pre_hook(_note(show, "pre"))
    a, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    _, total = module(a, b)
    total.sum().backward()
    show(a.grad, b.grad)


def inputs_that_are_no_tensors(torch, show):
    class Power(torch.nn.Module):
        def forward(self, name, x, exponent):
            return x**exponent, name

    module = Power()
    module.register_full_backward_hook(_note(show, "full"))
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y, name = module("x", x, 3)
    show(name, y)
    y.sum().backward()
    show(x.grad)


def inputs_given_by_name(torch, show):
    class Double(torch.nn.Module):
        def forward(self, x=None, y=1):
            return x * 2 + y

    module = Double()
    module.register_full_backward_hook(_note(show, "full"))
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    module(x, y=torch.ones(2, requires_grad=True)).sum().backward()
    module(x=x).sum().backward()
    show(x.grad)


def no_input_requires_a_gradient(torch, show):
    layer = _linear(torch)
    layer.register_full_backward_hook(_note(show, "full"))
    layer.register_full_backward_hook(_note(show, "none", lambda gi, go: (None,)))
    layer(torch.ones(1, 2)).sum().backward()
    show(layer.weight.grad)
    layer.register_full_backward_hook(lambda module, gi, go: (torch.ones(1, 2),))
    layer(torch.ones(1, 2)).sum().backward()


def nothing_requires_a_gradient(torch, show):
    layer = _linear(torch).requires_grad_(False)
    layer.register_full_backward_hook(_note(show, "full"))
    y = layer(torch.ones(1, 2))
    show(y)
    x = torch.ones(1, 2, requires_grad=True)
    with torch.no_grad():
        show(layer(x))
    layer(x).sum().backward()
    show(x.grad)


def the_wrong_number_of_gradients(torch, show):
    layer = _linear(torch)
    x = torch.ones(1, 2, requires_grad=True)
    with layer.register_full_backward_hook(lambda module, gi, go: (gi[0], gi[0])):
        show.error(layer(x).sum().backward)
    with layer.register_full_backward_pre_hook(lambda module, go: (go[0], go[0])):
        show.error(layer(x).sum().backward)
    with layer.register_full_backward_hook(lambda module, gi, go: ()):
        show.error(layer(x).sum().backward)
    show(x.grad)


def gradients_of_the_wrong_kind(torch, show):
    layer = _linear(torch)
    x = torch.ones(1, 2, requires_grad=True)
    for wrong in (5, [5], (5,), (torch.ones(3, 3),), (torch.ones(1, 2, dtype=torch.float64),)):
        with layer.register_full_backward_hook(lambda module, gi, go, wrong=wrong: wrong):
            show.error(layer(x).sum().backward)
    show(x.grad)


def a_gradient_in_place_of_none(torch, show):
    module = _two(torch)
    module.register_full_backward_pre_hook(lambda module, go: (go[0], torch.ones(2)))
    a, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    show.error(module(a, b)[0].sum().backward)


def module_hooks_that_raise(torch, show):
    layer = _linear(torch)
    x = torch.ones(1, 2, requires_grad=True)

    def fails(*args):
        raise ZeroDivisionError("none.")

    for register in (
        layer.register_full_backward_hook,
        layer.register_full_backward_pre_hook,
        layer.register_forward_hook,
        layer.register_forward_pre_hook,
    ):
        with register(fails):
            show.error(lambda: layer(x).sum().backward())
    show(x.grad)
    layer(x).sum().backward()
    show(x.grad)


def outputs_cannot_be_changed_in_place(torch, show):
    layer = _linear(torch)
    layer.register_full_backward_hook(_note(show, "full"))
    y = layer(torch.ones(1, 2, requires_grad=True))
    show(y._is_view())
    y.mul_(2)


def outputs_of_several_cannot_be_changed_in_place(torch, show):
    module = _two(torch)
    module.register_full_backward_hook(_note(show, "full"))
    first, _ = module(torch.ones(2, requires_grad=True), torch.ones(2))
    first.mul_(2)


def inputs_cannot_be_changed_in_place(torch, show):
    module = torch.nn.ReLU(inplace=True)
    module.register_full_backward_hook(_note(show, "full"))
    x = torch.ones(2, requires_grad=True)
    module(x.clone())


def a_list_as_the_output(torch, show):
    class Lists(torch.nn.Module):
        def forward(self, x):
            return [x * 2, x * 3]

    module = Lists()
    module.register_full_backward_hook(_note(show, "full"))
    x = torch.ones(2, requires_grad=True)
    first, second = module(x)
    show(first, second)
    first.sum().backward()
    show(x.grad)


def a_dictionary_as_the_output(torch, show):
    class Dictionaries(torch.nn.Module):
        def forward(self, x):
            return {"double": x * 2}

    module = Dictionaries()
    module.register_full_backward_pre_hook(_note(show, "pre"))
    x = torch.ones(2, requires_grad=True)
    module(x)["double"].sum().backward()
    show(x.grad)


def a_named_tuple_as_the_output(torch, show):
    class Both(NamedTuple):
        double: object
        treble: object

    class Named(torch.nn.Module):
        def forward(self, x):
            return Both(double=x * 2, treble=x * 3)

    module = Named()
    module.register_full_backward_hook(_note(show, "full"))
    x = torch.ones(2, requires_grad=True)
    out = module(x)
    show(type(out) is Both)
    (out.double + out.treble).sum().backward()
    show(x.grad)


def hooks_of_modules_within_modules(torch, show):
    net = torch.nn.Sequential(_linear(torch, 2, 2), torch.nn.Tanh(), _linear(torch, 2, 1))
    for module in net.modules():
        module.register_full_backward_pre_hook(_note(show, "pre"))
        module.register_full_backward_hook(_note(show, "full"))
        module.register_forward_pre_hook(_note(show, "before"))
        module.register_forward_hook(_note(show, "after"))
    x = torch.tensor([[0.25, -0.5]], requires_grad=True)
    net(x).sum().backward()
    show(x.grad, net[0].weight.grad)


def one_module_called_twice(torch, show):
    layer = _linear(torch, 2, 2)
    layer.register_full_backward_hook(_note(show, "full"))
    x = torch.tensor([[0.25, -0.5]], requires_grad=True)
    layer(layer(x)).sum().backward()
    show(x.grad)


def a_backward_run_twice(torch, show):
    layer = _linear(torch)
    layer.register_full_backward_hook(_note(show, "full"))
    x = torch.ones(1, 2, requires_grad=True)
    y = layer(x).sum()
    y.backward(retain_graph=True)
    y.backward()
    show(x.grad)
    show.error(y.backward)


def hooks_and_second_derivatives(torch, show):
    class Cube(torch.nn.Module):
        def forward(self, x):
            return x**3

    module = Cube()
    module.register_full_backward_hook(_note(show, "full"))
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (first,) = torch.autograd.grad(module(x).sum(), x, create_graph=True)
    show(first)
    first.sum().backward()
    show(x.grad)


def hooks_and_gradients_of_parameters_alone(torch, show):
    layer = _linear(torch)
    layer.register_full_backward_hook(_note(show, "full"))
    layer.register_full_backward_pre_hook(_note(show, "pre"))
    x = torch.ones(1, 2, requires_grad=True)
    show(torch.autograd.grad(layer(x).sum(), layer.weight))


def hooks_and_the_gradient_of_one_input(torch, show):
    module = _two(torch)
    module.register_full_backward_hook(_note(show, "full"))
    a, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0], requires_grad=True)
    show(torch.autograd.grad(module(a, b)[0].sum(), a))


def hooks_and_the_gradient_of_a_modules_output(torch, show):
    layer = _linear(torch)
    layer.register_full_backward_hook(_note(show, "full", lambda gi, go: (gi[0] * 5,)))
    layer.register_full_backward_pre_hook(_note(show, "pre", lambda go: (go[0] * 7,)))
    x = torch.ones(1, 2, requires_grad=True)
    y = layer(x)
    y.retain_grad()
    (y * 2).sum().backward()
    show(y.grad, x.grad)


def a_module_that_returns_its_input(torch, show):
    module = torch.nn.Identity()
    module.register_full_backward_hook(_note(show, "full"))
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = module(x)
    show(y is x, y)
    y.sum().backward()
    show(x.grad)


def removing_backward_hooks(torch, show):
    layer = _linear(torch)
    full = layer.register_full_backward_hook(_note(show, "full"))
    pre = layer.register_full_backward_pre_hook(_note(show, "pre"))
    x = torch.ones(1, 2, requires_grad=True)
    y = layer(x).sum()
    full.remove()
    y.backward()
    layer(x).sum().backward()
    pre.remove()
    y = layer(x)
    show(y)
    y.sum().backward()
    with layer.register_full_backward_hook(_note(show, "within")):
        layer(x).sum().backward()
    layer(x).sum().backward()


def one_kind_of_backward_hooks_at_a_time(torch, show):
    layer = _linear(torch)
    handle = layer.register_full_backward_hook(_note(show, "full"))
    show.error(layer.register_backward_hook, print)
    handle.remove()
    show.error(layer.register_backward_hook, print)
    other = _linear(torch)
    other.register_backward_hook(_note(show, "old"))
    show.error(other.register_full_backward_hook, print)
    other.register_full_backward_pre_hook(_note(show, "pre"))
    other(torch.ones(1, 2, requires_grad=True)).sum().backward()


def the_deprecated_backward_hook(torch, show):
    class Double(torch.nn.Module):
        def forward(self, x):
            return x * 2

    module = Double()
    module.register_backward_hook(_note(show, "old", lambda gi, go: (gi[0] * 5, None)))
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    module(x * 1).sum().backward()
    show(x.grad)
    module(x).sum().backward()
    show(x.grad)


def the_deprecated_hook_of_several_operations(torch, show):
    class Chain(torch.nn.Module):
        def forward(self, x):
            return (x * 2).exp()

    module = Chain()
    module.register_backward_hook(_note(show, "chain"))
    module(torch.ones(2, requires_grad=True)).sum().backward()


def the_deprecated_hook_of_several_outputs(torch, show):
    module = _two(torch)
    module.register_backward_hook(_note(show, "old"))
    first, second = module(torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True))
    (first + second).sum().backward()


def the_deprecated_hook_of_a_dictionary(torch, show):
    class Dictionaries(torch.nn.Module):
        def forward(self, x, factor):
            return {"name": "double", "double": x * factor}

    module = Dictionaries()
    module.register_backward_hook(_note(show, "old"))
    module(torch.ones(2, requires_grad=True), 2)["double"].sum().backward()


def the_deprecated_hook_of_what_is_no_tensor(torch, show):
    class Scale(torch.nn.Module):
        def forward(self, x, factor):
            return x * factor

    module = Scale()
    module.register_backward_hook(_note(show, "old"))
    module(torch.ones(2, requires_grad=True), 2).sum().backward()
    show(module(torch.ones(2), 2))


def forward_hooks_in_order(torch, show):
    layer = _linear(torch)
    layer.register_forward_pre_hook(_note(show, "before 1", lambda args: (args[0] * 2,)))
    layer.register_forward_pre_hook(_note(show, "before 2", lambda args: args[0] + 1))
    layer.register_forward_hook(_note(show, "after 1", lambda args, out: out * 10))
    layer.register_forward_hook(_note(show, "after 2"))
    layer.register_forward_hook(_note(show, "in front"), prepend=True)
    layer.register_full_backward_hook(_note(show, "full"))
    x = torch.ones(1, 2, requires_grad=True)
    show(layer(x))
    layer(x).sum().backward()
    show(x.grad)


def forward_hooks_that_take_names(torch, show):
    class Scale(torch.nn.Module):
        def forward(self, x, factor=1):
            return x * factor

    module = Scale()
    module.register_forward_pre_hook(
        lambda module, args, kwargs: show(args, kwargs) or (args, {"factor": 5}), with_kwargs=True
    )
    module.register_forward_hook(lambda module, args, kwargs, out: show(args, kwargs, out), with_kwargs=True)
    show(module(torch.ones(2), factor=3))
    module.register_forward_pre_hook(lambda module, args, kwargs: args, with_kwargs=True)
    module(torch.ones(2))


def forward_hooks_that_run_always(torch, show):
    class Fails(torch.nn.Module):
        def forward(self, x):
            raise ValueError("no.")

    module = Fails()

    def fails(*args):
        raise KeyError("neither")

    module.register_forward_hook(_note(show, "not called"))
    module.register_forward_hook(_note(show, "always"), always_call=True)
    module.register_forward_hook(fails, always_call=True)
    show.error(module, torch.ones(1))


def hooks_of_all_modules(torch, show):
    net = torch.nn.Sequential(_linear(torch, 2, 2), torch.nn.Tanh())
    every = torch.nn.modules.module
    handles = [
        every.register_module_forward_pre_hook(_note(show, "all before")),
        every.register_module_forward_hook(_note(show, "all after")),
        every.register_module_full_backward_pre_hook(_note(show, "all pre")),
        every.register_module_full_backward_hook(_note(show, "all full")),
    ]
    net[0].register_forward_pre_hook(_note(show, "before"))
    net[0].register_forward_hook(_note(show, "after"))
    net[0].register_full_backward_pre_hook(_note(show, "pre"))
    net[0].register_full_backward_hook(_note(show, "full"))
    try:
        net(torch.tensor([[0.25, -0.5]], requires_grad=True)).sum().backward()
    finally:
        for handle in handles:
            handle.remove()
    net[1](torch.ones(1, requires_grad=True)).backward()


def hooks_of_all_modules_change_what_passes(torch, show):
    every = torch.nn.modules.module
    layer = _linear(torch)
    x = torch.ones(1, 2, requires_grad=True)
    with (
        every.register_module_forward_pre_hook(lambda module, args: args[0] * 2),
        every.register_module_forward_hook(lambda module, args, out: out + 100),
        every.register_module_full_backward_pre_hook(lambda module, go: (go[0] * 3,)),
        every.register_module_full_backward_hook(lambda module, gi, go: (gi[0] * 7,)),
    ):
        y = layer(x)
        show(y)
        y.sum().backward()
    show(x.grad, layer.weight.grad)


def hooks_of_all_modules_that_run_always(torch, show):
    class Fails(torch.nn.Module):
        def forward(self, x, name=""):
            raise ValueError("no.")

    every = torch.nn.modules.module
    with (
        every.register_module_forward_hook(_note(show, "always"), always_call=True),
        every.register_module_forward_hook(lambda module, args: None, always_call=True),
    ):
        show.error(Fails(), torch.ones(1))
    with every.register_module_forward_hook(lambda *args: show(len(args)), with_kwargs=True):
        torch.nn.ReLU()(torch.ones(1))


def one_kind_of_backward_hooks_of_all_modules(torch, show):
    every = torch.nn.modules.module
    with every.register_module_full_backward_hook(_note(show, "full")):
        show.error(every.register_module_backward_hook, print)


def copies_of_modules_have_their_hooks(torch, show):
    layer = _linear(torch)
    handle = layer.register_full_backward_hook(_note(show, "full"))
    layer.register_forward_hook(_note(show, "after"))
    other = copy.deepcopy(layer)
    handle.remove()
    other(torch.ones(1, 2, requires_grad=True)).sum().backward()
    layer(torch.ones(1, 2, requires_grad=True)).sum().backward()


def _named_hook(module, grad_inputs, grad_outputs):
    return (grad_inputs[0] * 100,)


def pickles_of_modules_have_their_hooks(torch, show):
    layer = _linear(torch)
    handle = layer.register_full_backward_hook(_named_hook)
    other, other_handle = pickle.loads(pickle.dumps((layer, handle)))
    x = torch.ones(1, 2, requires_grad=True)
    other(x).sum().backward()
    show(x.grad)
    other_handle.remove()
    other(x).sum().backward()
    show(x.grad)


def hooks_are_not_in_the_state(torch, show):
    layer = _linear(torch)
    layer.register_full_backward_hook(print)
    layer.register_forward_hook(print)
    show(list(layer.state_dict()), repr(layer))


def modules_with_hooks_are_freed(torch, show):
    layer = _linear(torch)
    layer.register_full_backward_hook(_note(show, "full"))
    seen = weakref.ref(layer)
    y = layer(torch.ones(1, 2, requires_grad=True)).sum()
    y.backward()
    del layer, y
    gc.collect()
    show(seen() is None)


def collecting_the_gradients_of_activations(torch, show):
    net = torch.nn.Sequential(_linear(torch, 2, 2), torch.nn.ReLU(), _linear(torch, 2, 1))
    activations, gradients = {}, {}
    target = net[1]
    target.register_forward_hook(lambda module, args, out: activations.update(relu=out.detach()))
    target.register_full_backward_hook(lambda module, gi, go: gradients.update(relu=go[0].detach()))
    net(torch.tensor([[1.0, -2.0]])).sum().backward()
    show(activations, gradients)
    weights = gradients["relu"].mean(1, keepdim=True)
    show((weights * activations["relu"]).relu())


def guided_backpropagation(torch, show):
    net = torch.nn.Sequential(_linear(torch, 2, 2), torch.nn.ReLU(), _linear(torch, 2, 1))
    net[1].register_full_backward_hook(lambda module, gi, go: (gi[0].clamp(min=0),))
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    (-net(x)).sum().backward()
    show(x.grad)
