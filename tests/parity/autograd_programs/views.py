"""Views: what they share with their base, what they know, and whose history they have after a change."""


def _leaf(torch, *sizes):
    count = 1
    for size in sizes:
        count *= size
    return torch.arange(1.0, count + 1).view(*sizes).clone().requires_grad_()


def memory_version_and_base_are_shared(torch, show):
    base = torch.zeros(2, 3)
    view = base[1]
    view += 5
    show(base, view, base._version, view._version, view._base is base, view._is_view(), base._is_view(), base._base)


def the_base_of_a_view_of_a_view(torch, show):
    base = torch.zeros(2, 3, 4)
    view = base[0].t()[1:].unsqueeze(0)
    show(view._base is base, view._is_view(), view.shape, view.is_contiguous())


def what_is_a_view_and_what_a_copy(torch, show):
    x = torch.arange(6.0).view(2, 3)
    made = {
        "slice": x[:, 1:],
        "integer": x[0, 1],
        "None": x[None],
        "Ellipsis": x[...],
        "list": x[[0]],
        "mask": x[x > 2],
        "t": x.t(),
        "reshape": x.reshape(3, 2),
        "reshape of transposed": x.t().reshape(6),
        "contiguous": x.contiguous(),
        "contiguous of transposed": x.t().contiguous(),
        "flatten": x.flatten(),
        "expand": x.expand(2, 2, 3),
        "diagonal": x.diagonal(),
        "detach": x.detach(),
        "clone": x.clone(),
        "view_as": x.view_as(x),
        "narrow": x.narrow(0, 0, 1),
        "index_select": x.index_select(0, torch.tensor([0])),
        "movedim": x.movedim(0, 1),
        "unfold": x.unfold(1, 2, 1),
        "squeeze": x.squeeze(),
        "float": x.float(),
        "double": x.double(),
        "data": x.data,
        "unflatten": x.unflatten(1, (3, 1)),
        "swapaxes": x.swapaxes(0, 1),
        "mT": x.mT,
        "real": x.real,
    }
    show({name: (t._is_view(), t.data_ptr() == x.data_ptr()) for name, t in made.items()})


def the_nodes_of_views(torch, show):
    x = _leaf(torch, 2, 3)
    views = [
        x[0], x[:, 1:], x[None], x[...], x.t(), x.view(6), x.reshape(3, 2), x.expand(2, 2, 3), x.unsqueeze(0),
        x.permute(1, 0), x.transpose(0, 1), x.diagonal(), x.narrow(1, 0, 2), x.select(1, 2), x.view_as(x),
        x.unfold(1, 2, 1), x.as_strided((2,), (1,)), x[:1].squeeze(0), x[:1].squeeze(), x.movedim(0, 1), x.flatten(),
        x.detach(), x.swapaxes(0, 1), x.T, x.mT, x.unflatten(1, (3, 1)), x.expand_as(x), x.broadcast_to((2, 2, 3)),
    ]  # fmt: skip
    show([None if v.grad_fn is None else v.grad_fn.name() for v in views])


def the_nodes_of_several_views(torch, show):
    x = _leaf(torch, 4, 2)
    for views in (x.unbind(), x.split(3), x.split([1, 3]), x.chunk(2), x.tensor_split(3), x.hsplit(2), x.vsplit(2)):
        show([(v.grad_fn.name(), v.output_nr, v._is_view(), v._base is x) for v in views])


def a_change_through_a_view_is_in_the_history_of_the_base(torch, show):
    x = _leaf(torch, 4)
    base = x * 2
    view = base[1:3]
    view.mul_(10)
    show(base, view, base.grad_fn.name(), view.grad_fn.name(), view.grad_fn.next_functions[0][0] is base.grad_fn)
    (base * base).sum().backward()
    show(x.grad)


def a_change_of_the_base_is_in_the_history_of_its_views(torch, show):
    x = _leaf(torch, 4)
    base = x * 2
    view = base[1:3]
    before = view.grad_fn
    base.mul_(10)
    show(view.grad_fn.name(), view.grad_fn is before, view.grad_fn is view.grad_fn)
    show(torch.autograd.grad((view**2).sum(), x))


def a_change_through_one_view_is_in_the_history_of_another(torch, show):
    x = _leaf(torch, 2, 3)
    base = x * 1
    row, column = base[0], base[:, 1]
    row.mul_(column.detach()[0] + 5)
    show(column, column.grad_fn.name())
    show(torch.autograd.grad((column**2).sum(), x))


def a_change_through_a_chain_of_views(torch, show):
    x = _leaf(torch, 2, 3)
    base = x * 1
    view = base.t()[1:].transpose(0, 1)[0]
    view.exp_()
    show(base, view)
    show(torch.autograd.grad((base * base).sum(), x))


def a_view_in_the_middle_of_a_chain(torch, show):
    x = _leaf(torch, 2, 3)
    base = x * 1
    middle = base[:, :2]
    end = middle[1]
    end.mul_(3)
    show(base.grad_fn.name(), middle.grad_fn.name(), end.grad_fn.name())
    middle.mul_(2)
    show(base, middle, end)
    show(torch.autograd.grad((end * middle.sum()).sum(), x))


def changes_through_a_transposed_view(torch, show):
    x = _leaf(torch, 2, 3)
    base = x * 1
    base.t()[0].fill_(7)
    base.transpose(0, 1).mul_(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    show(base)
    show(torch.autograd.grad((base**2).sum(), x))


def changes_through_a_diagonal(torch, show):
    x = _leaf(torch, 3, 3)
    base = x * 1
    base.diagonal().mul_(10)
    base.diagonal(1).copy_(base.diagonal(-1))
    show(base, base.grad_fn.name())
    show(torch.autograd.grad((base**2).sum(), x))


def changes_through_windows_that_do_not_overlap(torch, show):
    x = _leaf(torch, 6)
    base = x * 1
    base.unfold(0, 2, 2)[:, 0].mul_(5)
    show(base)
    show(torch.autograd.grad((base**2).sum(), x))


def changes_through_given_strides(torch, show):
    x = _leaf(torch, 2, 3)
    base = x * 1
    view = base.as_strided((2, 2), (3, 2), 0)
    view.sin_()
    show(view, base)
    show(torch.autograd.grad((base**2).sum(), x))


def an_expanded_view_follows_its_base(torch, show):
    x = _leaf(torch, 2)
    base = (x * 1).unsqueeze(1)
    wide = base.expand(2, 3)
    base.mul_(3)
    show(wide)
    show(torch.autograd.grad((wide * torch.arange(6.0).view(2, 3)).sum(), x))


def a_view_of_one_element(torch, show):
    x = _leaf(torch, 3)
    base = x * 1
    element = base[1]
    element.mul_(base[0])
    show(base, element)
    show(torch.autograd.grad(base.prod(), x))


def writing_into_a_base_without_history(torch, show):
    base = torch.zeros(2, 2)
    view = base[0]
    other = base[1]
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    view.copy_(w)
    show(base, view, other, base.requires_grad, other.requires_grad)
    (base * base).sum().backward()
    show(w.grad)


def a_view_made_before_the_base_required_grad(torch, show):
    base = torch.ones(4)
    view = base[:2]
    base.requires_grad_()
    show(view.requires_grad, view.grad_fn, view.is_leaf)
    doubled = view * 2
    show(doubled, doubled.grad_fn.next_functions[0])
    doubled.sum().backward()
    show(base.grad, view.grad)
    show.error(view.add_, 1)


def a_view_made_and_changed_before_the_base_required_grad(torch, show):
    base = torch.ones(4)
    view = base[:2]
    base.add_(1)
    base.requires_grad_()
    show(view.requires_grad, view.grad_fn.name(), view.is_leaf)
    (view * 2).sum().backward()
    show(base.grad)


def a_view_that_requires_grad_of_a_base_that_does_not(torch, show):
    base = torch.ones(4)
    view = base[:2]
    view.requires_grad_()
    show(base.requires_grad, view.requires_grad, view.is_leaf)
    base.add_(1)
    show.error(view.add_, 1)
    (view * view).sum().backward()
    show(view.grad, base.grad)


def a_view_of_a_leaf(torch, show):
    x = _leaf(torch, 4)
    view = x[:2]
    show.error(view.mul_, 2)
    show.error(view.zero_)
    show.error(view.t_)
    show.error(view.__setitem__, 0, 1.0)
    with torch.no_grad():
        view.mul_(2)
    show(x, view, x._version, view.grad_fn.name())
    (view**2).sum().backward()
    show(x.grad)


def detached_twins_share_memory_and_version(torch, show):
    x = _leaf(torch, 3)
    y = x * 2
    twin = y.detach()
    show(twin.requires_grad, twin._is_view(), twin.is_leaf)
    twin.add_(1)
    show(y, y._version, twin._version)
    z = y.exp()
    z.detach().zero_()
    show.error(z.sum().backward)


def a_detached_view_changes_its_base_without_history(torch, show):
    x = _leaf(torch, 4)
    base = x * 1
    base[:2].detach().mul_(100)
    show(base, base.grad_fn.name())
    show(torch.autograd.grad((base * torch.arange(4.0)).sum(), x))


def detaching_in_place(torch, show):
    x = _leaf(torch, 3)
    y = (x * 2).detach_()
    show(y, y.is_leaf)
    show.error(x[:2].detach_)
    show.error((x * 2)[0].detach_)
    show.error(torch.ones(3)[:2].detach_)
    show(x.detach_())


def views_of_a_base_that_was_detached_in_place(torch, show):
    x = _leaf(torch, 4)
    base = x * 2
    view = base[:2]
    base.detach_()
    show(view, view.grad_fn.name(), base.requires_grad)
    show(torch.autograd.grad(view.sum(), x))


def second_derivatives_through_a_changed_view(torch, show):
    x = torch.tensor([0.5, 1.0, 1.5], dtype=torch.float64, requires_grad=True)
    base = x**3
    base[1:].mul_(x[:2])
    base[0].sin_()
    (first,) = torch.autograd.grad((base**2).sum(), x, create_graph=True)
    show(first)
    (second,) = torch.autograd.grad(first.sum(), x)
    show(second)


def third_derivatives_through_a_changed_view(torch, show):
    x = torch.tensor([0.5, 1.0], dtype=torch.float64, requires_grad=True)
    base = x * x
    base.view(2, 1)[1].exp_()
    total = base.prod()
    for _ in range(3):
        (gradient,) = torch.autograd.grad(total, x, create_graph=True)
        show(gradient.detach())
        total = gradient.sum()


def changes_of_shape_in_place(torch, show):
    x = _leaf(torch, 2, 3)
    y = x * 1
    show(y.t_(), y.transpose_(0, 1), y.unsqueeze_(0), y.squeeze_(0), y.squeeze_(), y.swapaxes_(0, 1), y.swapdims_(0, 1))
    show(y._version, y._is_view())
    show(torch.autograd.grad((y * torch.arange(6.0).view(2, 3)).sum(), x))
    for change in ("t_", "unsqueeze_", "squeeze_"):
        arguments = (0,) if change == "unsqueeze_" else ()
        show.error(getattr(x, change), *arguments)


def views_of_a_base_that_changes_its_shape(torch, show):
    x = _leaf(torch, 2, 3)
    base = x * 1
    row, flat = base[0], base.view(6)
    base.t_()
    show(base, row, flat, row.grad_fn.name())
    show(torch.autograd.grad((row * torch.arange(3.0)).sum(), x, retain_graph=True))
    row.mul_(10)
    show(base, flat)
    show(torch.autograd.grad((base * torch.arange(6.0).view(3, 2)).sum(), x, retain_graph=True))
    show(torch.autograd.grad((flat * torch.arange(6.0)).sum(), x))


def views_of_a_view_that_changes_its_shape(torch, show):
    x = _leaf(torch, 2, 3)
    base = x * 1
    part = base[:, 1:]
    end = part[0]
    part.t_()
    end.mul_(10)
    show(base, part, end)
    show(torch.autograd.grad((part * torch.arange(4.0).view(2, 2)).sum(), x))


def assigning_data_to_a_leaf(torch, show):
    x = _leaf(torch, 4)
    x.data = torch.tensor([5.0, 6.0])
    show(x, x._version, x.is_leaf)
    (x * x).sum().backward()
    show(x.grad)
    show.error(setattr, x, "data", 3)
    show.error(setattr, x, "data", torch.ones(2, dtype=torch.int64))
    show(x)


def assigning_data_to_a_view(torch, show):
    x = _leaf(torch, 4)
    base = x * 2
    view = base[:2]
    view.data = torch.tensor([7.0, 8.0])
    show(view, base, view._is_view(), view._version)
    view.detach().add_(1)
    show(view, base)


def assigning_data_of_another_type(torch, show):
    x = _leaf(torch, 2)
    x.data = torch.ones(2, dtype=torch.float64)
    show(x)
    (x * 3).sum().backward()
    show(x.grad)
    count = torch.ones(2, dtype=torch.int64)
    count.data = torch.ones(3)
    show(count)


def assigning_data_to_a_result(torch, show):
    y = _leaf(torch, 2) * 2
    y.data = torch.zeros(2)
    show(y, y.grad_fn.name())
    y.sum().backward()


def changes_of_data_are_not_counted(torch, show):
    x = _leaf(torch, 3)
    x.data.mul_(2)
    x.data[0] = 10
    show(x, x._version, x.data._version, x.data.requires_grad, x.data.is_leaf, x.data._is_view())


def views_as_real_and_complex_numbers(torch, show):
    z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    w = z * 1
    torch.view_as_real(w)[:, 0].mul_(3)
    show(w)
    show(torch.autograd.grad((w * w.conj()).real.sum(), z))
    pairs = torch.tensor([[1.0, 2.0]], requires_grad=True) * 1
    torch.view_as_complex(pairs).mul_(2j)
    show(pairs)


def hooks_of_a_view_and_of_its_base(torch, show):
    x = _leaf(torch, 4)
    base = x * 2
    view = base[:2]
    base.register_hook(lambda grad: show("base", grad))
    view.register_hook(lambda grad: show("view", grad))
    view.mul_(3)
    base.register_hook(lambda grad: show("base afterwards", grad))
    view.register_hook(lambda grad: show("view afterwards", grad))
    (base.sum() + view.sum()).backward()
    show(x.grad)


def retained_gradients_of_a_changed_base_and_its_view(torch, show):
    x = _leaf(torch, 4)
    base = x * 2
    view = base[:2]
    base.retain_grad()
    view.retain_grad()
    view.mul_(3)
    show(base.retains_grad, view.retains_grad)
    (base * base).sum().backward(retain_graph=True)
    show(base.grad, view.grad, x.grad)
    (view * view).sum().backward()
    show(base.grad, view.grad, x.grad)


def retained_gradients_of_a_view_whose_base_changed(torch, show):
    x = _leaf(torch, 4)
    base = x * 2
    view = base[:2]
    view.retain_grad()
    base.mul_(3)
    show(view.retains_grad)
    (view * view).sum().backward()
    show(view.grad, x.grad)


def views_within_no_grad_of_what_needs_none(torch, show):
    base = torch.zeros(4)
    with torch.no_grad():
        view = base[:2]
    view.add_(1)
    show(base, view, view.requires_grad)


def empty_views(torch, show):
    x = _leaf(torch, 4)
    base = x * 1
    nothing = base[2:2]
    nothing.mul_(3)
    base[:0] = 5
    show(base, nothing, nothing._is_view())
    show(torch.autograd.grad(base.sum(), x))


def the_result_of_a_change_is_the_tensor_itself(torch, show):
    x = _leaf(torch, 4)
    base = x * 1
    view = base[:2]
    show(view.mul_(2) is view, base.add_(1) is base, base.sin_() is base, view.zero_() is view)
    aliased = view
    aliased += 1
    show(aliased is view, base)


def a_running_recurrence_in_a_buffer(torch, show):
    x = torch.tensor([0.1, 0.2, 0.3, 0.4], requires_grad=True)
    state = torch.zeros(5)
    for i in range(4):
        state[i + 1] = state[i].clone() * 0.5 + x[i] ** 2
    show(state)
    state[-1].backward()
    show(x.grad)


def a_recurrence_that_reads_what_it_overwrites(torch, show):
    x = torch.tensor([0.1, 0.2, 0.3], requires_grad=True)
    state = torch.ones(4)
    for i in range(3):
        state[i + 1] = state[i] * x[i]
    show.error(state[-1].backward)


def filling_rows_with_results(torch, show):
    w = _leaf(torch, 2, 2)
    out = torch.empty(3, 2)
    for i, row in enumerate(torch.arange(6.0).view(3, 2)):
        out[i] = w @ row
    show(out)
    (out**2).sum().backward()
    show(w.grad)


def a_leaf_that_no_longer_requires_grad(torch, show):
    x, w = _leaf(torch, 2), _leaf(torch, 2)
    loss = (x * w).sum()
    x.requires_grad_(False)
    loss.backward()
    show(x.grad, w.grad, x.requires_grad)


def a_leaf_that_was_detached_in_place(torch, show):
    x, w = _leaf(torch, 2), _leaf(torch, 2)
    loss = (x * w).sum()
    show(x.detach_())
    loss.backward()
    show(x.grad, w.grad)


def strided_views_of_strided_views(torch, show):
    x = torch.arange(12.0, requires_grad=True)
    base = (x * 1).view(3, 4)
    part = base.as_strided((2, 2), (1, 4), 1)
    windows = base.unfold(1, 2, 1)
    for view in (
        part,
        part.as_strided((3,), (1,), 0),
        part.as_strided((3,), (1,)),
        part[1].as_strided((2,), (4,)),
        windows[1],
        windows.as_strided((3,), (2,), 3),
    ):
        show(view, view.storage_offset(), view.stride())
    part.as_strided((3,), (1,), 0).mul_(3)
    base.sum().backward()
    show(base, part, x.grad)


def strides_of_dimensions_of_size_one(torch, show):
    x = torch.zeros(3, 4)
    views = (x[None], x.unsqueeze(-1), x.unsqueeze(1), x[None, None, :, None], x.expand(1, 1, 3, 4), x.T[None],
             x.expand(2, 1, 3, 4), x[:, :1].expand(3, 4), x.view(3, 1, 4, 1), x.sum(0, keepdim=True))  # fmt: skip
    show(*[(view.stride(), view.stride(0), view.stride(-1)) for view in views])


def expansions_that_do_not_fit(torch, show):
    x = torch.zeros(3, 4)
    for sizes in ((3, 3), (2, 4), (2, 5), (-1, 2, 3, 4), (-1, -1, 4), (5, -1, -1, 3), (3, -2), (4,)):
        show.error(x.expand, sizes)
