"""Anomaly mode: what it is set to, what it refuses, and what it notes on nodes.

PyTorch says where the forward call was in a warning; here the error says it. The programs show the errors.
"""

import threading

NAN = float("nan")


def _state(torch):
    return torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()


def it_is_off_at_first_and_behind(torch, show):
    show(_state(torch))
    with torch.autograd.detect_anomaly():
        show(_state(torch))
    show(_state(torch))


def contexts_within_contexts(torch, show):
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        show(_state(torch))
        with torch.autograd.set_detect_anomaly(False):
            show(_state(torch))
            with torch.autograd.detect_anomaly():
                show(_state(torch))
        show(_state(torch))
    show(_state(torch))


def set_as_a_function(torch, show):
    torch.autograd.set_detect_anomaly(True)
    show(_state(torch))
    torch.autograd.set_detect_anomaly(True, False)
    show(_state(torch))
    torch.autograd.set_detect_anomaly(False)
    show(_state(torch))
    torch.set_anomaly_enabled(True, False)
    show(_state(torch))
    torch.set_anomaly_enabled(False)
    show(_state(torch))


def set_to_what_is_no_bool(torch, show):
    show.error(torch.autograd.set_detect_anomaly, "on")
    show.error(torch.autograd.set_detect_anomaly, 1)
    show.error(torch.set_anomaly_enabled, None)
    show.error(torch.autograd.set_detect_anomaly)
    show(_state(torch))


def an_exception_leaves_it(torch, show):
    try:
        with torch.autograd.detect_anomaly(check_nan=False):
            raise KeyError
    except KeyError:
        show(_state(torch))


def it_is_one_setting_for_all_threads(torch, show):
    seen = []
    with torch.autograd.detect_anomaly():
        thread = threading.Thread(target=lambda: seen.append(_state(torch)))
        thread.start()
        thread.join()
    show(seen)


def nothing_is_wrong(torch, show):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = (x.sqrt() * x.exp()).sum()
        y.backward()
    show(y, x.grad)


def a_root_of_a_negative_number(torch, show):
    x = torch.tensor([1.0, -1.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = (x.sqrt() * 2).sum()
        show.error(y.backward)


def the_forward_call_was_outside(torch, show):
    x = torch.full((2,), -1.0, requires_grad=True)
    y = (x.sqrt() * 2).sum()
    with torch.autograd.detect_anomaly():
        show.error(y.backward)


def the_forward_call_alone_was_inside(torch, show):
    x = torch.full((2,), -1.0, requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = (x.sqrt() * 2).sum()
    y.backward()
    show(x.grad)


def without_looking_for_nan(torch, show):
    x = torch.full((2,), -1.0, requires_grad=True)
    with torch.autograd.detect_anomaly(check_nan=False):
        (x.sqrt() * 2).sum().backward()
    show(x.grad)


def infinities_are_no_anomaly(torch, show):
    x = torch.zeros(2, requires_grad=True)
    with torch.autograd.detect_anomaly():
        x.sqrt().sum().backward()
        torch.log(x).sum().backward()
    show(x.grad)


def which_of_the_outputs(torch, show):
    x = torch.tensor([1.0, 0.0], requires_grad=True)
    w = torch.tensor([1.0, 0.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = x / w
        show.error(y.sum().backward)
        y = (x - 2) ** (w - 0.5)
        show.error((y * 2).sum().backward)


def by_grad(torch, show):
    x = torch.full((2,), -1.0, requires_grad=True)
    with torch.autograd.detect_anomaly():
        show.error(torch.autograd.grad, (x.sqrt() * 2).sum(), x)
    show(x.grad)


def where_it_has_no_gradient_to_look_at(torch, show):
    x = torch.zeros(2, requires_grad=True)
    c = torch.zeros(2)
    with torch.autograd.detect_anomaly():
        ((c.sqrt() / c).nan_to_num() * x).sum().backward()
    show(x.grad)


def a_hook_makes_nan(torch, show):
    x = torch.ones(2, requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = x * 2
        y.register_hook(lambda grad: grad * NAN)
        show.error(y.exp().sum().backward)


def hooks_of_nodes_make_nan(torch, show):
    x = torch.ones(2, requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = x.exp()
        y.grad_fn.register_prehook(lambda grads: (grads[0] * NAN,))
        show.error(y.sum().backward)
        z = x.sin()
        z.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] * NAN,))
        show.error(z.sum().backward)


def hooks_of_leaves_are_not_looked_at(torch, show):
    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda grad: grad * NAN)
    with torch.autograd.detect_anomaly():
        (x * 2).sum().backward()
    show(x.grad)


def nan_comes_in(torch, show):
    x = torch.ones(2, requires_grad=True)
    seed = torch.tensor([NAN, 1.0])
    with torch.autograd.detect_anomaly():
        x.backward(seed)
        show(x.grad)
        show.error((x * 2).backward, seed)
        show.error((x.unsqueeze(0)).backward, seed.unsqueeze(0))


def complex_numbers(torch, show):
    z = torch.full((2,), float("nan"), dtype=torch.complex64, requires_grad=True)
    with torch.autograd.detect_anomaly():
        show.error((z.sqrt() * 2).abs().sum().backward)


def a_custom_function_returns_nan(torch, show):
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, grad):
            return grad, grad * NAN

    x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    with torch.autograd.detect_anomaly():
        show.error(Wrong.apply(x, y).sum().backward)


def a_custom_function_raises(torch, show):
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            raise ValueError("there is no such gradient. None.")

    x = torch.ones(2, requires_grad=True)
    with torch.autograd.detect_anomaly():
        show.error(Wrong.apply(x).sum().backward)


def a_hook_raises(torch, show):
    x = torch.ones(2, requires_grad=True)

    def hook(grad):
        raise KeyError("hook")

    with torch.autograd.detect_anomaly():
        y = x * 2
        y.register_hook(hook)
        show.error(y.sum().backward)
    show(_state(torch))


def a_saved_tensor_was_changed(torch, show):
    x = torch.ones(2, requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = x.sigmoid()
        y.add_(1)
        show.error(y.sum().backward)


def a_graph_was_freed(torch, show):
    x = torch.ones(2, requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = (x * x).sum()
        y.backward()
        show.error(y.backward)


def second_derivatives(torch, show):
    x = torch.zeros(2, requires_grad=True)
    with torch.autograd.detect_anomaly():
        (gradient,) = torch.autograd.grad((x**1.5).sum(), x, create_graph=True)
        show.error((gradient * float("nan")).sum().backward)


def nodes_know_their_tracebacks(torch, show):
    x = torch.ones(2, requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = x.sqrt()
    z = y * 2
    note = y.grad_fn.metadata["traceback_"]
    show(isinstance(note, list), note[-1].splitlines()[-1].strip(), all(line.startswith("  File") for line in note))
    show(list(z.grad_fn.metadata), list(y.grad_fn.metadata))


def nodes_of_a_backward_pass_know_what_ran(torch, show):
    x = torch.ones(2, requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = (x**3).sum()
        (gradient,) = torch.autograd.grad(y, x, create_graph=True)
    metadata = gradient.grad_fn.metadata
    show(list(metadata), metadata["parent_"].name())
    show("parent_" in y.grad_fn.metadata)


def training_goes_on_after_an_anomaly(torch, show):
    w = torch.tensor([4.0, -1.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    for shift in (0.0, 2.0):
        optimizer.zero_grad()
        with torch.autograd.detect_anomaly():
            loss = (w + shift).sqrt().sum()
            try:
                loss.backward()
            except RuntimeError as error:
                show(error)
                continue
        optimizer.step()
        show(w)
