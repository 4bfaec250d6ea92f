"""Views that may not follow an in-place change, and what is refused of them when."""


def _parts(torch):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    base = x * 2
    return x, base


def one_of_several_views_is_not_changed(torch, show):
    for split in ("unbind", "split", "chunk", "tensor_split", "hsplit"):
        _, base = _parts(torch)
        arguments = {"unbind": (), "split": (2,), "chunk": (2,), "tensor_split": (2,), "hsplit": (2,)}[split]
        parts = getattr(base, split)(*arguments)
        show.error(parts[1].add_, 1)
        show.error(parts[0].zero_)
        show(base, parts[0])


def rows_that_iteration_gives_are_not_changed(torch, show):
    _, base = _parts(torch)
    for row in base:
        show.error(row.mul_, 2)
    first, *_ = base
    show.error(first.__setitem__, ..., 1.0)


def one_of_several_views_after_its_base_changed(torch, show):
    _, base = _parts(torch)
    _, second = base.split(2)
    base.add_(1)
    show(second.requires_grad, second.output_nr, second > 8, second.detach(), second.tolist())
    show.error(lambda: second.grad_fn)
    show.error(lambda: second * 2)
    show.error(lambda: second[0])
    show.error(lambda: second.is_leaf)
    show.error(second.retain_grad)
    show.error(second.add_, 1)
    show.error(lambda: second.sum().backward())
    show(repr(second))


def one_of_several_views_without_recording_after_its_base_changed(torch, show):
    _, base = _parts(torch)
    _, second = base.chunk(2)
    base.add_(1)
    with torch.no_grad():
        show(second * 2, second[0].requires_grad)
        second.mul_(2)
    show(base)


def one_of_several_views_after_an_unrecorded_change(torch, show):
    _, base = _parts(torch)
    first, _ = base.unbind()[:2]
    with torch.no_grad():
        base.mul_(2)
    show.error(lambda: first + 1)


def one_of_several_views_of_a_base_without_history(torch, show):
    base = torch.ones(4)
    first, second = base.split(2)
    first.add_(1)
    show(base, second.requires_grad)
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    show.error(second.mul_, w)
    base.mul_(torch.cat([w, w]))
    show(second.requires_grad)
    show.error(lambda: second.grad_fn)
    show.error(second.mul_, 2)


def a_view_of_one_of_several(torch, show):
    _, base = _parts(torch)
    part = base.split(2)[1]
    element = part[0]
    show.error(element.add_, 1)
    show(torch.autograd.grad((element * 3).sum(), base))


def several_views_do_not_mind_a_copy(torch, show):
    x, base = _parts(torch)
    first, second = (part.clone() for part in base.split(2))
    first.add_(1)
    second.mul_(first)
    show(first, second)
    show(torch.autograd.grad(second.sum(), x))


def a_view_made_without_recording(torch, show):
    x, base = _parts(torch)
    for source in (x, base):
        with torch.no_grad():
            view = source[:2]
        show(view.requires_grad, view.grad_fn, view.is_leaf, view._is_view(), view._base is source)
        show.error(view.add_, 1)
        doubled = view * 2
        show(doubled, doubled.grad_fn.next_functions[0])
        doubled.sum().backward()
        show(x.grad, view.grad if view.is_leaf else None)


def a_view_made_without_recording_and_changed_so(torch, show):
    _, base = _parts(torch)
    with torch.no_grad():
        view = base[:2]
        view.add_(1)
    show(base, base._version, base.grad_fn.name())
    show.error(lambda: view * 2)
    show.error(lambda: view.grad_fn)
    show(view.requires_grad, repr(view))


def a_view_of_a_view_made_without_recording(torch, show):
    _, base = _parts(torch)
    with torch.no_grad():
        view = base[:2]
    element = view[0]
    show(element, element.requires_grad)
    show.error(element.add_, 1)
    base.add_(1)
    show.error(lambda: element.grad_fn)
    show.error(lambda: view.grad_fn)


def a_view_made_with_recording_and_changed_without(torch, show):
    x, base = _parts(torch)
    view = base[:2]
    with torch.no_grad():
        view.add_(1)
    show(view, view.grad_fn.name(), base.grad_fn.name())
    show(torch.autograd.grad((view**2).sum(), x))


def a_view_made_without_recording_of_a_constant(torch, show):
    base = torch.ones(4)
    with torch.no_grad():
        view = base[:2]
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    show.error(view.mul_, w)
    view.mul_(2)
    base.mul_(torch.cat([w, w]))
    show(view.requires_grad)
    show.error(lambda: view + 1)


def several_views_made_without_recording(torch, show):
    _, base = _parts(torch)
    with torch.no_grad():
        first, second = base.split(2)
    show(first.requires_grad, first.grad_fn)
    show.error(first.add_, 1)
    base.add_(1)
    show.error(lambda: second.grad_fn)


def a_view_out_of_a_custom_function(torch, show):
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 10

    class Part(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x[:2]

        @staticmethod
        def backward(ctx, grad):
            return torch.cat([grad, grad])

    for function in (Same, Part):
        x, base = _parts(torch)
        made = function.apply(base)
        show(made, made._is_view())
        show.error(made.add_, 1)
        show(torch.autograd.grad(made.sum(), x, retain_graph=True))
        base.add_(1)
        show.error(lambda made=made: made * 2)


def views_out_of_a_custom_function_of_several(torch, show):
    class Halves(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x[:2], x[2:]

        @staticmethod
        def backward(ctx, first, second):
            return torch.cat([first, second])

    x, base = _parts(torch)
    first, second = Halves.apply(base)
    show.error(first.add_, 1)
    show(torch.autograd.grad((first * second).sum(), x))


def a_leaf_that_requires_grad(torch, show):
    x, _ = _parts(torch)
    changes = [
        ("add_", 1), ("mul_", 2), ("zero_",), ("fill_", 1), ("copy_", torch.zeros(4)), ("exp_",), ("t_",),
        ("masked_fill_", torch.tensor([True, False, True, False]), 0.0), ("clamp_", 0, 1), ("uniform_",), ("normal_",),
        ("index_fill_", 0, torch.tensor([0]), 1.0), ("index_put_", (torch.tensor([0]),), torch.tensor(1.0)),
        ("scatter_", 0, torch.tensor([0]), 1.0), ("put_", torch.tensor([0]), torch.tensor([1.0])), ("relu_",),
        ("set_", torch.ones(2)), ("__setitem__", 0, 1.0), ("__setitem__", slice(0, 2), torch.zeros(2)),
        ("__setitem__", torch.tensor([0]), 1.0), ("__iadd__", 1), ("eq_", 1), ("sign_",), ("resize_", 2),
    ]  # fmt: skip
    for name, *arguments in changes:
        show(name)
        show.error(getattr(x, name), *arguments)
    show(x, x._version)


def a_leaf_that_requires_grad_without_recording(torch, show):
    x, _ = _parts(torch)
    with torch.no_grad():
        x.add_(1)
        x[0] = 10
        x[1:].mul_(2)
        x.clamp_(max=8)
    show(x, x._version, x.is_leaf)
    (x * x).sum().backward()
    show(x.grad)


def the_same_memory_more_than_once(torch, show):
    wide = torch.ones(1).expand(3)
    mask = torch.tensor([True, False, True])
    at = torch.tensor([0])
    for name, *arguments in [
        ("add_", 1), ("copy_", torch.ones(3)), ("mul_", wide), ("exp_",), ("clamp_", 0),
        ("index_add_", 0, at, torch.ones(1)), ("index_copy_", 0, at, torch.ones(1)), ("scatter_", 0, at, 1.0),
        ("masked_scatter_", mask, torch.ones(3)), ("put_", at, torch.ones(1)),
    ]:  # fmt: skip
        show(name)
        show.error(getattr(wide, name), *arguments)
    show(wide)


def the_same_memory_more_than_once_filled(torch, show):
    wide = torch.ones(2, 1).expand(2, 3)
    show(wide.zero_(), wide.fill_(2), wide._version)
    wide[:, 1] = torch.tensor([7.0, 8.0])
    show(wide)
    show.error(wide.__setitem__, 0, 5)
    show.error(wide.__setitem__, slice(None), 5.0)
    show.error(wide.__setitem__, ..., torch.ones(3))


def history_of_the_same_memory_more_than_once(torch, show):
    _, base = _parts(torch)
    wide = base[:1].expand(3)
    wide.zero_()
    show(base, wide)
    show.error(base.sum().backward)


def a_refused_change_leaves_everything(torch, show):
    x, base = _parts(torch)
    view, node = base[:2], base.grad_fn
    show.error(view.add_, torch.ones(3))
    show.error(view.copy_, torch.ones(3))
    show.error(base.mul_, torch.ones(2, 4))
    show.error(view.__setitem__, 5, 1.0)
    show.error(base.masked_fill_, torch.tensor([True]), torch.ones(2))
    show(base, base._version, base.grad_fn is node, view.grad_fn.name())
    show(torch.autograd.grad(base.sum(), x))
